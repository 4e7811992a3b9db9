"""``explain``: the chain rule in words, whose numbers are those of the sweep."""

import copy
import io
import math
import pickle
import random
import re
import shutil
import subprocess
import time

import numpy as np
import pytest
from drawn import record
from hypothesis import example, given
from hypothesis import strategies as st

import micrograph as mg
from micrograph import Graph, Value
from micrograph.core import TABLE
from micrograph.explanation import slopes
from micrograph.explanation.paths import Paths
from micrograph.explanation.slopes import partials
from micrograph.explanation.swept import swept


def seed_graph():
    """J = 3(a + bc) at 5, 3, 2."""
    a, b, c = Value(5, "a"), Value(3, "b"), Value(2, "c")
    u = (b * c).named("u")
    v = (a + u).named("v")
    return (3 * v).named("J"), a, b, c


def logistic_graph():
    """The loss of one example of logistic regression, in as many nodes as the notes have."""
    w1, w2, b = Value(0.5, "w1"), Value(0.25, "w2"), Value(0.1, "b")
    x1, x2 = Value(2, "x1"), Value(-1, "x2")
    z = mg.dot([w1, w2, b], [x1, x2, 1]).named("z")
    a = z.sigmoid().named("a")
    return mg.learn.cross_entropy(a, 1).named("L")


def doubling(levels, x):
    """A node with 2**levels paths to x."""
    v = x
    for _ in range(levels):
        v = v.sin() * 0.5 + v.cos()
    return v


def test_the_seed_graph():
    J, a, b, _ = seed_graph()
    assert mg.explain(J, a) == (
        "dJ/da = dJ/dv · dv/da = 3 · 1 = 3\nwhere\nJ = 3·v, dJ/dv = 3\nv = a + u, dv/da = 1"
    )
    assert mg.explain(J, "b").splitlines() == [
        "dJ/db = dJ/dv · dv/du · du/db = 3 · 1 · 2 = 6",
        "where",
        "J = 3·v, dJ/dv = 3",
        "v = a + u, dv/du = 1",
        "u = b·c, du/db = c = 2",
    ]
    assert mg.explain(J, b) == mg.explain(J, "b") == mg.explain(Graph.of(J), "b")
    assert mg.explain(J).splitlines() == [
        "Forward sweep:",
        "a = 5, b = 3, c = 2",
        "u = b·c = 3·2 = 6",
        "v = a + u = 5 + 6 = 11",
        "J = 3·v = 3·11 = 33",
        "Backward sweep, where dx stands for dJ/dx:",
        "dv = 3",
        "du = dv = 3",
        "da = dv = 3",
        "db = c·du = 2·3 = 6",
        "dc = b·du = 3·3 = 9",
    ]


def test_the_seed_graph_in_latex():
    J, a, *_ = seed_graph()
    told = mg.explain(J, a)
    assert told.latex.splitlines()[:2] == [
        r"\begin{aligned}",
        r"\frac{dJ}{da} &= \frac{dJ}{dv} \cdot \frac{dv}{da} = 3 \cdot 1 = 3 \\",
    ]
    assert told._repr_latex_() == f"$$\n{told.latex}\n$$"
    assert told.markdown.split("\n\n")[1] == "where"
    assert told._repr_markdown_() == told.markdown
    assert repr(told) == str(told)
    for other in (copy.deepcopy(told), pickle.loads(pickle.dumps(told))):
        assert (other, other.latex, other.markdown) == (told, told.latex, told.markdown)


def test_the_logistic_graph_reads_as_the_notes():
    """With the loss as a row. The rest is the same if the loss is made of several."""
    lines = mg.explain(logistic_graph()).splitlines()
    assert "z = w1·x1 + w2·x2 + b = 0.5·2 + 0.25·(-1) + 0.1 = 0.85" in lines
    assert "a = σ(z) = σ(0.85) = 0.700567" in lines
    assert "∂a/∂z = a·(1 - a) = 0.700567·(1 - 0.700567) = 0.209773" in lines
    assert "dw1 = x1·dz = 2·(-0.299433) = -0.598866" in lines
    assert "db = dz = -0.299433" in lines
    dz = next(line for line in lines if line.startswith("dz"))
    if "cross_entropy" not in TABLE:
        assert dz == "dz = da·a·(1 - a) = -1.42741·0.209773 = -0.299433"
        pytest.skip("the table has no row cross_entropy")
    assert dz == "dz = da·a·(1 - a) = a - y = 0.700567 - 1 = -0.299433"
    assert (
        "da = -y / a + (1 - y) / (1 - a) = -1 / 0.700567 + (1 - 1) / (1 - 0.700567) = -1.42741"
        in (lines)
    )
    assert "y = 1" in lines[1]
    assert "L = cross_entropy(a, y) = cross_entropy(0.700567, 1) = 0.355865" in lines


def test_parallel_edges_are_one_factor():
    x = Value(3, "x")
    u = (x * x).named("u")
    assert mg.explain(u, x) == "du/dx = 6\nwhere\nu = x·x, du/dx = x + x = 3 + 3 = 6"


def test_paths_are_added():
    x = Value(1, "x")
    J = ((3 * x * 2).named("p") + (4 * x).named("q")).named("J")
    lines = mg.explain(J, x).splitlines()
    assert lines[0] == "2 paths lead from x to J:"
    assert lines[1].startswith("path 1: ")
    assert lines[1].endswith(" = 6")
    assert lines[3] == "dJ/dx = 6 + 4 = 10"


def test_a_slope_that_is_not_the_whole_derivative_is_partial():
    """J = u·x depends on x through u as well, so its slope along the edge is not dJ/dx."""
    x = Value(3, "x")
    u = x.exp().named("u")
    lines = mg.explain((u * x).named("J"), x).splitlines()
    assert "path 1: dJ/du · du/dx = 3 · 20.0855 = 60.2566" in lines
    assert "path 2: ∂J/∂x = 20.0855" in lines


def test_the_output_itself():
    J, *_ = seed_graph()
    assert mg.explain(J, J) == "dJ/dJ = 1"
    assert mg.explain(Value(2.0, "x")).splitlines()[1] == "x = 2"


def brute_force(graph, source):
    """The products of all paths, each a list of nodes, by walking every one."""
    found, begun = {}, [((graph.outputs[0],), 1.0)]
    while begun:
        path, product = begun.pop()
        if path[-1] == source:
            found[path] = product
        edges = {}
        for k, d, _ in graph.slopes(path[-1]):
            edges[k] = edges[k] + d if k in edges else d
        begun += [((*path, k), product * d) for k, d in edges.items()]
    return found


def finite_program(seed, length):
    """A random program whose numbers, slopes and adjoints are finite, and one of its nodes."""
    draw = random.Random(seed)
    leaves = [Value(draw.uniform(-2, 2), name) for name in "xyz"]
    nodes, _ = record(draw, length, leaves)
    graph = swept(nodes[-1])
    numbers = [*graph.data, *graph.adjoints, *(d or 0.0 for ds in graph.partials for d in ds)]
    return graph if all(math.isfinite(x) and abs(x) < 1e9 for x in numbers) else None


@given(st.integers(0, 10_000))
def test_paths_are_those_of_a_walk_over_all_of_them(seed):
    graph = finite_program(seed, 14)
    for source in range(len(graph)) if graph else ():
        paths, every = Paths(graph, source), brute_force(graph, source)
        assert paths.count == len(every)
        shown = paths.largest(4)
        sizes = sorted(map(abs, every.values()), reverse=True)
        # logarithms order the products: they may differ by a rounding of each slope
        assert [abs(path.product) for path in shown] == pytest.approx(sizes[:4], rel=1e-12)
        rest = [d for path, d in every.items() if list(path) not in [p.nodes for p in shown]]
        scale = math.fsum(map(abs, every.values()))
        assert paths.rest(shown) == pytest.approx(math.fsum(rest), abs=1e-13 * scale)


@given(st.integers(0, 10_000))
def test_the_products_of_all_paths_add_up_to_the_adjoint(seed):
    """Up to rounding: the sweep adds before it multiplies, so the terms' sizes give the scale."""
    graph = finite_program(seed, 14)
    for source in range(len(graph)) if graph else ():
        products = [path.product for path in Paths(graph, source).largest(10**6)]
        scale = math.fsum(map(abs, products))
        assert math.fsum(products) == pytest.approx(graph.adjoints[source], abs=1e-13 * scale)


@given(st.integers(0, 10_000))
@example(3)
def test_any_program_is_explained(seed):
    """Infinities and NaN too. The total that is shown is the sweep's own number."""
    draw = random.Random(seed)
    nodes, _ = record(draw, 14, [Value(draw.uniform(-2, 2), name) for name in "xyz"])
    J = nodes[-1]
    graph = swept(J)
    balanced(mg.explain(J))
    balanced(mg.latex(J))
    for node, i in graph.places.items():
        told = mg.explain(J, node)
        balanced(told)
        total = next(line for line in told.splitlines() if re.match(r"d\w+/d\w+ = ", line))
        written = total.removesuffix(f": no path leads from {graph.names[i]} to {graph.names[-1]}")
        shown = float(written.rsplit(" = ", 1)[1])
        g = graph.adjoints[i]
        assert shown == pytest.approx(g, rel=1e-5, nan_ok=True)  # six digits are shown


def balanced(told):
    """Braces, environments and the sizes of brackets come in pairs."""
    for text in (getattr(told, "latex", told), getattr(told, "markdown", told)):
        bare = text.replace(r"\{", "").replace(r"\}", "")
        assert bare.count("{") == bare.count("}")
        assert text.count(r"\begin") == text.count(r"\end")
        assert text.count(r"\left") == text.count(r"\right")
        assert text.replace(r"\$", "").count("$") % 2 == 0


def test_more_paths_than_anyone_can_walk():
    x = Value(0.5, "x")
    J = doubling(60, x).named("J")
    start = time.perf_counter()
    told = mg.explain(J, x)
    assert time.perf_counter() - start < 1  # measured: 8 ms
    lines = told.splitlines()
    assert lines[0] == "1152921504606846976 paths lead from x to J; the 8 largest:"
    assert lines[9].startswith("… and 1152921504606846968 more paths, together ")
    products = [float(line.rsplit(" = ", 1)[1]) for line in lines[1:9]]
    assert products == sorted(products, key=abs, reverse=True)
    with pytest.raises(ValueError, match="over 100000 paths; give the limit"):
        mg.explain(J, x, limit=None)


def test_the_rest_keeps_its_digits_beside_large_paths():
    """1e20 − 1e20 + 0.25: the difference from the whole would be 0."""
    x = Value(1.0, "x")
    J = ((1e20 * x).named("p") - (1e20 * x).named("q")) + (0.25 * x).named("r")
    assert "… and 1 more path, together 0.25" in mg.explain(J, x, limit=2).splitlines()


def test_the_largest_product_may_begin_with_the_smaller_slope():
    x = Value(1.0, "x")
    p, q = (1000 * x - 995).named("p"), (x / 10 + 0.9).named("q")
    first = mg.explain((p * q).named("J"), x, limit=1).splitlines()[1]
    assert first.startswith("path 1: dJ/dp")
    assert first.endswith("= 1 · 1 · 1000 = 1000")


def test_equal_products_are_found_without_search():
    """Of 2**500 paths of one product, eight are found: each step of the search gives a path."""
    x = Value(1.0, "x")
    v = x
    for _ in range(500):
        v = v * 1.1 + v * 1.1
    assert mg.explain(v, x).splitlines()[0].startswith("over 10^150 paths lead from x")


def test_deep_graphs():
    x = Value(0.5, "x")
    v = x
    for _ in range(50_000):
        v = v.sin() + 0.1
    first = mg.explain(v.named("J"), x).splitlines()[0]
    assert "99989 factors" in first
    assert first.count(" · ") == 2 * 11
    whole = mg.explain(v).splitlines()
    assert "… 99940 nodes are left out; explain(J, limit=None) writes all lines" in whole
    assert len(whole) < 200


def test_a_long_path_keeps_the_product_of_what_is_left_out():
    x = Value(1.0, "x")
    v = x
    for _ in range(20):
        v = v * 2
    line = mg.explain(v.named("J"), x).splitlines()[0]
    assert line.endswith(
        "2 · 2 · 2 · 2 · 2 · 2 · (512, 9 factors) · 2 · 2 · 2 · 2 · 2 = 1.04858e+06"
    ) or (line.endswith("(512, 9 factors) · 2 · 2 · 2 · 2 · 2 = 1048576"))


def test_limit_none_writes_all_lines():
    v = Value(1.0, "x")
    for _ in range(100):
        v = v + 1
    assert len(mg.explain(v, limit=None).splitlines()) == 203
    assert len(mg.explain(v, limit=4).splitlines()) == 13


def test_no_path():
    x, w = Value(2.5, "x"), Value(1.0, "w")
    J = (mg.where(x > 1, w, x) + x.floor()).named("J")
    first, why = mg.explain(J, x).splitlines()
    assert first == "dJ/dx = 0: no path leads from x to J"
    assert "v1 = x > 1 (a step: its slope is 0)" in why
    assert "v2 = where(v1, w, x) (the branch was not taken)" in why
    assert "v3 = floor(x) (a step: its slope is 0)" in why
    assert "v2 = where(v1, w, x) (a condition, which has no slope)" in mg.explain(J, "v1")


def test_the_strong_zero_is_said():
    x = Value(0.0, "x")
    J = (x.sqrt().named("r") ** 2).named("J")
    assert mg.explain(J, x).splitlines()[:2] == [
        "dJ/dx = dJ/dr · dr/dx = 0 · inf = 0",
        "0 times an infinite or NaN slope is taken to be 0, as in the sweep",
    ]
    assert "infinite" not in mg.explain((3 * x) ** 2, x)  # 0 · 3 needs no word
    assert "there 0 times an infinite or NaN slope is taken to be 0" in mg.explain(J)
    assert "a slope is not finite" in mg.explain((x.sqrt() + x).named("J"), x)


def test_no_sweep_of_anyone_else_is_touched():
    J, a, *_ = seed_graph()
    mg.explain(J), mg.explain(J, a), mg.latex(J)
    assert [node.grad for node in J.walk()] == [0.0] * 6
    J.backward(2.0)
    a.grad = 7.0
    assert "= 3" in mg.explain(J, a)
    assert a.grad == 7.0


def test_minus_zero_is_zero():
    x = Value(-0.0, "x")
    y = Value(1.0, "y")
    J = (x * y).named("J")
    for told in (mg.explain(J), mg.explain(J, y), mg.explain(J).latex, mg.latex(J)):
        assert "-0" not in told
    assert "x = 0, y = 1" in mg.explain(J)


def test_a_row_without_a_legible_slope_keeps_its_sign():
    x = Value(0.7, "x")
    opaque = mg.primitive(
        "opaque_square", value=lambda x: x * x, partials=lambda xp, y, x: (float(2 * x),)
    )
    assert "dx = ∂J/∂x = 1.4" in mg.explain(opaque(x).named("J"))
    assert "dx = dm·∂m/∂x = 2·1.4 = 2.8" in mg.explain(opaque(x).named("m") * 2)
    assert mg.explain(opaque(x).named("J"), x).splitlines()[0] == "dJ/dx = 1.4"


def test_numbers_are_not_filled_into_a_form_that_loses_them():
    """At z = 40 a rounds to 1, and a·(1 − a) to 0: the slope's number is the row's own."""
    z = Value(40.0, "z")
    a = z.sigmoid().named("a")
    assert "da/dz = a·(1 - a) = 4.24835e-18" in mg.explain(a, z)


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252", "ascii"])
def test_the_text_of_formulas_is_latex_of_ascii(encoding):
    """What ``latex`` returns for ASCII names can be printed anywhere."""
    J, *_ = seed_graph()
    print(mg.latex(J), file=io.TextIOWrapper(io.BytesIO(), encoding=encoding))


def test_latex_of_several_outputs_and_of_vectors():
    J, *_ = seed_graph()
    assert r"v_{1} &= J \cdot 2 = 66" in mg.latex([J, J * 2])
    graph = mg.trace(lambda x, w: mg.dot(x, w), [1.0, 2.0], [3.0, 4.0])
    assert r"\operatorname{dot}(x, w) = 11" in mg.latex(graph)
    assert r"x &= \left(1, 2\right)" in mg.latex(graph)
    long = mg.trace(lambda x: x * 2, np.arange(30.0))
    assert r"\left(0, 2, \ldots, 58\right)" in mg.latex(long)
    assert mg.latex(J)._repr_latex_() == f"$$\n{mg.latex(J)}\n$$"


def test_the_slopes_of_a_node_are_written_once_for_all_its_operands(monkeypatch):
    asked = []

    def counted(row, *given):
        asked.append(row.name)
        return partials(row, *given)

    monkeypatch.setattr(slopes, "partials", counted)
    J = mg.logsumexp([Value(k / 40, f"x{k}") for k in range(40)])
    mg.explain(J)
    assert asked.count("logsumexp") == 8  # text and LaTeX; each asks in four kinds of number


@pytest.mark.parametrize("name", ["a\nb", "\x1b[31m", "a\u2028b\u202e", "n" * 10_000], ids=range(4))
def test_a_name_is_written_on_its_line_with_every_character_visible(name):
    a, b = Value(2, name), Value(3, "b")
    J = a * b
    for text in (str(mg.explain(J)), str(mg.explain(J, a))):
        assert len(text) < 1000
        assert all(line.isprintable() for line in text.split("\n"))
    assert mg.explain(J).split("\n")[2].startswith("v1 = ")
    with pytest.raises(LookupError) as refused:
        mg.explain(J, "c")
    assert str(refused.value).isprintable()


def test_what_cannot_be_explained_is_refused_in_a_sentence():
    J, a, b, _ = seed_graph()
    with pytest.raises(TypeError, match="explain expects a node of J, or its name, got 3"):
        mg.explain(J, 3)
    with pytest.raises(ValueError, match="is no node of the graph of J; J was not computed from"):
        mg.explain(J, Value(5, "a"))
    with pytest.raises(ValueError, match="name a Graph's nodes"):
        mg.explain(Graph.of(J), a)
    with pytest.raises(LookupError, match="no nodes are named 'q'; there are a, b, c, u, v, J"):
        mg.explain(J, "q")
    with pytest.raises(LookupError, match="2 nodes are named 'a'"):
        mg.explain(a * Value(2, "a"), "a")
    with pytest.raises(ValueError, match="explain expects one output, got a, b; choose one"):
        mg.explain([a, b])
    with pytest.raises(ValueError, match="x is a vector or part of one; record the graph with"):
        mg.explain(mg.trace(lambda x: mg.sum(x), [1.0, 2.0]))
    with pytest.raises(ValueError, match="limit expects 1, 2 …, or None for no limit; got 0"):
        mg.explain(J, a, limit=0)
    with pytest.raises(TypeError, match="expected a Value to show"):
        mg.explain(3.0)


def compiled(tmp_path, body):
    """Whether pdflatex sets this document."""
    document = (
        r"\documentclass[varwidth=60cm,border=4pt]{standalone}\usepackage{amsmath,amssymb}"
        rf"\begin{{document}}{body}\end{{document}}"
    )
    (tmp_path / "page.tex").write_text(document, encoding="utf-8")
    return subprocess.run(
        ["pdflatex", "-halt-on-error", "-interaction=nonstopmode", "page.tex"],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip


def explained_graphs():
    """Explanations of every form: paths, sweeps, no path, all that is not finite."""
    J, a, *_ = seed_graph()
    x = Value(0.5, "x")
    y = Value(0.0, "y_1%")
    yield from (mg.explain(J), mg.explain(J, a), mg.explain(logistic_graph()))
    yield mg.explain(doubling(60, x), x)
    yield mg.explain(mg.where(x > 1, 1.0, x.floor()), x)
    yield mg.explain((y.sqrt() ** 2 + 1e-30 * y).named("J"), y)
    yield mg.explain(mg.where(x > 1, x, y * y) + mg.mean([x, y]) * mg.hypot(x, 2) / 3)


def test_pdflatex_sets_the_latex(tmp_path):
    if not shutil.which("pdflatex"):
        pytest.skip("pdflatex is not installed")
    pages = [told.latex for told in explained_graphs()] + [mg.latex(logistic_graph())]
    ran = compiled(tmp_path, "\n\n".join(rf"\[{page}\]" for page in pages))
    assert ran.returncode == 0, ran.stdout[-2000:]
