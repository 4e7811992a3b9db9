"""A graph as C: what compilers make of it computes what the graph computes, to the last bit."""

import ctypes
import math
import random
import re
import shutil
import subprocess
from functools import cache
from pathlib import Path

import pytest
from compiling import COMPILERS, PLUS_PLUS, STRICT, build, value, value_and_gradient
from hypothesis import strategies as st
from rows import ROOTS, near_roots, operands, planted, samples

import micrograph as mg
from micrograph import Graph, Value
from micrograph.core import TABLE
from micrograph.graph import Node, c_function
from micrograph.graph.node import PICK
from micrograph.graph.symbols import Construction
from micrograph.namespaces.floats import FLOAT, IEEE, Ieee
from micrograph.namespaces.standalone import APART
from micrograph.testing import graphs

ODDITIES = (0.0, -0.0, 1.0, -1.0, 0.5, -2.5, math.inf, -math.inf, math.nan, 5e-324, -1e300, 1e-300)


FOUND = {  # inputs at which the C of a row was once wrong
    "logaddexp": [(5.0, -745.0)],
    "polygamma": [(170.0, -38770415061.777916), (170.0, -0.5)],
    "remainder": [(-3e-276, 5e-324)],
    "betainc": [(1e-300, 1.0, 0.5)],
    "gammainc_slope": [(1.0, 10.0, 10.0)],
}


def by_graph(graph, inputs):
    """The outputs on floats that never raise, as a tuple of floats."""
    work = graph.evaluate(IEEE, [Ieee(x) for x in inputs])
    return tuple(map(float, graph.outputs_of(work)))


def slopes(graph):
    """The graph of the value and the slopes, whose numbers the C function should give."""
    xp = Construction()
    inputs = [xp.input(node) for node in graph.inputs]
    y, found = graph.value_and_gradient(xp, inputs)
    outputs = [xp.output(x) for x in (y, *found)]
    return Graph(xp.nodes, outputs)


def bits(numbers):
    """Numbers to compare to the last bit. All NaN are alike."""
    return ["nan" if x != x else x.hex() for x in numbers]


def apart(x, y):
    """How many units in the last place x and y differ by."""
    if bits([x]) == bits([y]) or x == y:
        return 0
    return abs(x - y) / math.ulp(y) if math.isfinite(x) and math.isfinite(y) else math.inf


def graph_of(row, length=3):
    """The graph of one row: its operands are inputs."""
    xp = Construction()
    n = length * row.vectors or row.arity
    inputs = [xp.input(Node(f"x{i}", None, (), 1.0)) for i in range(n)]
    y = xp.output(xp.node(row, inputs))
    return Graph(xp.nodes, [y])


def odd(draw, argument):
    """A number at the edge. How many decimals, or which derivative, stays a whole number."""
    whole = argument in ("n", "decimals")
    return draw.choice((0.0, 1.0, 2.0, 3.0, 7.0, -1.0, -3.0) if whole else ODDITIES)


@cache
def cases():
    """Each row, its graph, the inputs to try, and the numbers and slopes there with their graph."""
    found, draw = [], random.Random(0)
    for row in TABLE.values():
        for length in (3, 10) if row.vectors else (1,):
            graph = graph_of(row, length)
            size = len(graph.inputs)
            near, far = operands(row, 1e-5, 1e5), operands(row, 1e-300, 1e300)
            drawn = samples(near | far, 20)
            each = row.arguments * (size // row.arity)
            drawn += [[odd(draw, argument) for argument in each] for _ in range(40)]
            drawn += FOUND.get(row.name, ())
            drawn = [inputs for inputs in drawn if len(inputs) == size]
            truths = [
                (g, [by_graph(g, inputs) for inputs in drawn]) for g in (graph, slopes(graph))
            ]
            found.append((row, graph, drawn, truths))
    return found


@pytest.fixture(scope="module", params=COMPILERS or [""])
def library(request, tmp_path_factory):
    """The graphs of all cases, compiled together."""
    text = "\n".join(graph.to_c(f"f{i}") for i, (_, graph, *_) in enumerate(cases()))
    return build(text, tmp_path_factory.mktemp("c"), request.param)


def terms(n, a):
    """How large the terms are of which ∂ⁿP(a, x)/∂aⁿ is the sum: n!/aⁿ, if a is small.

    Next to a root they cancel.
    """
    return math.factorial(int(n)) / a**n if 1e-3 < a < 1 and 0 <= n <= 5 else 1.0


def test_every_row_gives_the_same_bits(library):
    """In its domain and outside of it, at infinities, NaN and both zeros, value and slopes."""
    for i, (row, graph, drawn, truths) in enumerate(cases()):
        called = value(library, f"f{i}", graph), value_and_gradient(library, f"f{i}")
        for f, (g, truth) in zip(called, truths, strict=True):
            inexact = {node.op.name for node in g.nodes if node.op} & APART.keys()
            for inputs, y in zip(drawn, truth, strict=True):
                ours = f(*inputs)
                if not inexact:
                    assert bits(ours) == bits(y), (row, inputs)
                # each factor of a slope brings its own error, and gamma's slope has two
                allowed = 2 * sum(APART[x] for x in inexact)
                # a slope of betainc that all but vanishes is what is left of terms of 1e-280
                least = 1e-280 * ("betainc" in inexact)
                if row.name == "gammainc_slope":
                    least = 2.0**-53 * terms(*inputs[:2])
                near = [
                    apart(a, b) <= allowed or abs(a - b) < least
                    for a, b in zip(ours, y, strict=True)
                ]
                assert all(near), (row, inputs)


def test_near_roots_it_is_as_accurate_as_on_floats(library):
    """There terms cancel. Pairs of doubles have 31 digits, so that some 1e-29 is left of an error."""
    for i, (row, graph, *_) in enumerate(cases()):
        f = value(library, f"f{i}", graph)
        for inputs in samples(near_roots(row), 60) if row.name in ROOTS else ():
            (ours,), (truth,) = f(*inputs), by_graph(graph, inputs)
            assert apart(ours, truth) <= APART.get(row.name, 0) or abs(ours - truth) < 1e-28, inputs


NUMBERS = st.sampled_from([*ODDITIES, 2.0, 3.0]) | st.floats(-10, 10)


@pytest.mark.parametrize("compiler", COMPILERS or [""])
def test_random_graphs_give_the_same_bits(compiler, tmp_path):
    """Graphs with shared nodes, dead nodes and several outputs, at their point and elsewhere."""
    apart = {*APART, "copysign"}  # the sign of a NaN is nobody's promise, and copysign reads it
    rows = [row for row in TABLE.values() if row.name not in apart]
    drawn = samples(graphs(40, primitives=rows), 15) + samples(graphs(40, outputs=1), 15)
    text = "\n".join(graph.to_c(f"f{i}") for i, graph in enumerate(drawn))
    library = build(text, tmp_path, compiler)
    compared = 0
    for i, graph in enumerate(drawn):
        point = [node.data for node in graph.inputs]
        points = [point, *samples(st.tuples(*[NUMBERS] * len(point)), 5)]
        called = [(value(library, f"f{i}", graph), graph)]
        if len(graph.outputs) == 1:
            called.append((value_and_gradient(library, f"f{i}"), slopes(graph)))
        for f, g in called:
            if not any(node.op and node.op.name in apart for node in g.nodes):
                compared += 1
                for inputs in points:
                    assert bits(f(*inputs)) == bits(by_graph(g, inputs)), (graph, inputs)
    assert compared > 15


def test_the_value_is_the_one_of_floats_and_the_gradient_that_of_a_sweep(tmp_path):
    def formula(a, b):
        return mg.sigmoid(a * b) * mg.exp(-a) + mg.maximum(a, b) ** 3 / mg.hypot(a, b)

    a, b = Value(0.7, "a"), Value(-1.3, "b")
    J = formula(a, b)
    J.backward()
    library = build(Graph.of(J).to_c("f"), tmp_path)
    assert value(library, "f", Graph.of(J))(0.7, -1.3) == (J.data,)
    assert value_and_gradient(library, "f")(0.7, -1.3) == (J.data, a.grad, b.grad)


def test_a_user_row_is_written_out_and_an_opaque_one_refused(tmp_path):
    formula = lambda xp, x: xp.exp(-x * x) + 1 / (1 + mg.exp(x))
    opaque = {"value": lambda x: x * x, "partials": lambda xp, y, x: (2 * x,)}
    with planted(formula=formula) as row, planted(**opaque) as python:
        x = Value(0.3, "x")
        graph = Graph.of(row(x) * row(x))
        library = build(graph.to_c("f"), tmp_path)
        assert bits(value(library, "f", graph)(0.3)) == bits([graph(0.3)])
        found = value_and_gradient(library, "f")(0.3)
        assert bits(found) == bits(by_graph(slopes(graph), [0.3]))
        with pytest.raises(TypeError, match=f"node J: the row '{python.name}' is Python code"):
            Graph.of(python(x).named("J")).to_c()


HOSTILE = [
    "*/ int main", '"; drop', "σ", "for", "class", "x", "x", "x_2", "NAN", "INFINITY", "EOF", "f",
    "f_gradient", "f_sigmoid", "f_row_x", "gradient", "inputs", "work", "of_3", "v1", "v2", "y1",
    "\\", "\n#error", "??/", "/*", "//", "\u202e", "\ud800", "\0", "_", "__x", "1st", "a" * 10_000,
    "a" * 9_999, "é", "θ₁", "…", "", "double", "errno", "I", "isnan", "exp", "size_t", "linux", "%s",
]  # fmt: skip


@pytest.mark.parametrize("compiler", COMPILERS or [""])
@pytest.mark.parametrize("standard", ["c11", "gnu11"])
def test_names_may_be_any_text(compiler, standard, tmp_path):
    x = [Value(float(i), name) for i, name in enumerate(HOSTILE, 1)]
    steps = [mg.sigmoid(e).named(name) for e, name in zip(x, reversed(HOSTILE), strict=True)]
    graph = Graph.of(mg.sum(steps))
    text = graph.to_c("f")
    assert text.count("*/") == text.count("/*")
    library = build(text, tmp_path, compiler, [*STRICT, f"-std={standard}"])
    inputs = [node.data for node in graph.inputs]
    assert value(library, "f", graph)(*inputs) == (graph(*inputs),)
    assert value_and_gradient(library, "f")(*inputs) == by_graph(slopes(graph), inputs)


@pytest.mark.skipif(not COMPILERS, reason="there is no C compiler")
@pytest.mark.parametrize("compiler", COMPILERS)
def test_no_macro_or_variable_of_the_library_is_taken_for_a_name(compiler, tmp_path):
    """The names that the compiler and its headers define, as names of nodes."""
    headers = "".join(f"#include <{x}.h>\n" for x in ("float", "math", "stdio", "stdlib", "string"))
    command = [compiler, "-std=gnu11", "-E", "-x", "c", "-"]
    macros, words = (
        subprocess.run([*command, *more], input=headers, capture_output=True, text=True).stdout
        for more in (["-dM"], ["-P"])
    )
    names = sorted({*re.findall(r"#define (\w+)", macros), *re.findall(r"[A-Za-z_]\w+", words)})
    assert len(names) > 500
    x = Value(0.5, "only")
    graph = Graph.of(mg.sum([(i * x).named(name) for i, name in enumerate(names)]))
    flags = [*STRICT, "-std=gnu11", "-O0"]
    library = build(graph.to_c("f", gradient=False), tmp_path, compiler, flags)
    assert value(library, "f", graph)(0.5) == (graph(),)


@pytest.mark.parametrize("compiler", COMPILERS or [""])
def test_constants_keep_every_bit(compiler, tmp_path):
    constants = [*ODDITIES, 0.1, 1e22, 2.0**-1022, 1.7976931348623157e308, math.pi]
    xp = Construction()
    x = xp.input(Node("x", None, (), 1.0))
    places = [xp.output(xp.node(TABLE["copysign"], (c, x))) for c in constants]
    places += [xp.output(c) for c in constants]
    graph = Graph(xp.nodes, places)
    library = build(graph.to_c("f"), tmp_path, compiler)
    found = value(library, "f", graph)(1.0)
    assert bits(found) == bits([*map(abs, constants), *constants])


@pytest.mark.parametrize("compiler", COMPILERS or [""])
def test_it_is_cplusplus_too(compiler, tmp_path):
    called = PLUS_PLUS.get(compiler, "")
    if not shutil.which(called):
        pytest.skip(f"there is no {called}")
    listed = [graph_of(row) for row in TABLE.values()]
    text = "\n".join(graph.to_c(f"f{i}") for i, graph in enumerate(listed))
    flags = "-std=c++11 -Wall -Wextra -Wpedantic -Werror -Wconversion -Wshadow -O1".split()  # noqa: SIM905
    library = build(text, tmp_path, called, flags, ".cpp")
    y = value(library, "f0", listed[0])(1.0, 2.0)
    assert y == (3.0,)


def test_a_product_and_a_sum_are_rounded_apart(tmp_path):
    """Processors that multiply and add in one rounding would change the last bit."""
    x = Value(1 + 2.0**-30, "x")
    graph = Graph.of(x * x - (1 + 2.0**-29))
    flags = ["-std=gnu11", "-O2"]
    about = Path("/proc/cpuinfo")
    if about.exists() and " fma " in about.read_text():
        flags.append("-mfma")
    library = build(graph.to_c("f"), tmp_path, flags=flags)
    assert value(library, "f", graph)(1 + 2.0**-30) == (0.0,)


@pytest.mark.skipif(not COMPILERS, reason="there is no C compiler")
def test_flags_that_change_numbers_are_refused(tmp_path):
    source = tmp_path / "f.c"
    source.write_text(Graph.of(Value(1.0, "x") + 1).to_c())
    command = [COMPILERS[0], "-ffast-math", "-c", "-o", tmp_path / "f.o", source]
    ran = subprocess.run(command, capture_output=True, text=True)
    assert ran.returncode
    assert "compile this file without it" in ran.stderr


def chain(steps, width=3):
    x = [Value(0.5 + i / 8, f"x{i}") for i in range(width)]
    y = x[0]
    for i in range(steps):
        y = mg.sin(y) + x[i % width] if i % 2 else y * x[i % width]
    return Graph.of(y.named("J"))


@pytest.mark.parametrize("part", [1, 7, 100, 10_000])
@pytest.mark.parametrize("on_stack", [0, 4096])
def test_parts_of_a_function_compute_what_the_whole_does(part, on_stack, tmp_path, monkeypatch):
    monkeypatch.setattr(c_function, "PART", part)
    monkeypatch.setattr(c_function, "ON_STACK", on_stack)
    graph = chain(60)
    library = build(graph.to_c("f"), tmp_path)
    inputs = [0.5, 0.625, 0.75]
    assert value(library, "f", graph)(*inputs) == (graph(*inputs),)
    assert value_and_gradient(library, "f")(*inputs) == by_graph(slopes(graph), inputs)


@pytest.mark.parametrize("width", [126, 127, 300])
def test_many_inputs_are_one_array(width, tmp_path):
    x = mg.values([i / 100 for i in range(width)], "x")
    graph = Graph.of(mg.sum([mg.sin(e) for e in x]), mg.prod(list(x[:9])))
    text = graph.to_c("f")
    assert ("const double *inputs" in text) == (width > 126)
    inputs = [node.data for node in graph.inputs]
    found = value(build(text, tmp_path), "f", graph)(*inputs)
    assert bits(found) == bits(by_graph(graph, inputs))


@pytest.mark.skipif(not COMPILERS, reason="there is no C compiler")
def test_each_file_has_what_it_needs(tmp_path):
    """Headers and functions: those of one row, and no other file's."""
    for i, row in enumerate(TABLE.values()):
        source = tmp_path / f"{i}.c"
        source.write_text(graph_of(row, 9).to_c(), encoding="utf-8")
        command = [COMPILERS[0], *STRICT, "-fsyntax-only", source]
        ran = subprocess.run(command, capture_output=True, text=True)
        assert ran.returncode == 0, ran.stderr


def test_many_nodes(tmp_path):
    """Text in proportion to the nodes, in parts."""
    graph = chain(7_000, width=200)
    text = graph.to_c("f", gradient=False)
    assert len(graph.nodes) > 10_000
    assert len(text) < 60 * len(graph.nodes)
    library = build(text, tmp_path, flags=["-O0"])
    inputs = [node.data for node in graph.inputs]
    assert value(library, "f", graph)(*inputs) == (graph(*inputs),)


def test_what_is_asked_for_in_vain_is_said_in_a_sentence():
    graph = Graph.of(Value(1.0, "x") + 1)
    for name in ("for", "2x", "a b", "f;", "", "__f", "NAN;", None):
        with pytest.raises(ValueError, match="expected a name that C can give a function"):
            graph.to_c(name)
    with pytest.raises(ValueError, match="the graph has no output"):
        Graph(graph.nodes, ()).to_c()
    with pytest.raises(ValueError, match="of one output for a gradient, got 2"):
        Graph(graph.nodes, (0, 1)).to_c(gradient=True)
    wide = Graph([Node("x", None, (), (1.0, 2.0), (2,))], (0,))
    with pytest.raises(ValueError, match=r"of one output for a gradient, got a vector"):
        wide.to_c(gradient=True)
    assert "gradient" not in wide.to_c()
    assert "gradient" not in Graph(graph.nodes, (0, 1)).to_c()


def test_the_comment_says_how_to_call_it():
    b, c = Value(3, "b"), Value(2, "σ²")
    text = Graph.of((3 * (5 + (b * c).named("u"))).named("J")).to_c("J")
    for line in (
        "u = b·σ²", "J = 3·(5 + u)", "sigma2 is σ²", "J(b, sigma2) returns J.",
        "gradient[1]: d J / d σ²", "As recorded: J(3.0, 2.0) gives 33.0.",
        "double J_gradient(double b, double sigma2, double *gradient)",
    ):  # fmt: skip
        assert line in text


X, ROWS_OF_X, B = tuple(0.1 * k - 0.4 for k in range(12)), (3, 4), (1.5, -0.0, 2.0, 0.25)


def with_vectors():
    """Nodes that are vectors, each with what NumPy makes of the same inputs."""
    np = pytest.importorskip("numpy")
    from micrograph.namespaces.array import NUMPY

    x, b = np.reshape(X, ROWS_OF_X), np.array(B)
    joined = np.concatenate([x.ravel(), b, [0.5]])
    places = [0, -1, 15, 16, 3]
    slice_, table = range(11, -1, -1), [5, -1] * 10
    listed = [
        (Node("x", None, (), X, ROWS_OF_X), x),
        (Node("b", None, (), B, (4,)), b),
        (Node("c", None, (), 0.5), 0.5),
        (Node("u", TABLE["mul"], (0, 2), (), ROWS_OF_X), x * 0.5),
        (Node("σ", TABLE["sigmoid"], (3,), (), ROWS_OF_X), NUMPY.sigmoid(x * 0.5)),
        (Node("p", TABLE["constpow"], (0, 2.0), (), ROWS_OF_X), x**2),
        (Node("d", TABLE["dot"], (0, 1), (), (3,)), (x * b).cumsum(axis=1)[:, -1]),
        (Node("s", TABLE["sum"], (1,), 0.0), b.cumsum()[-1]),
        (Node("m", TABLE["max"], (6,), 0.0), max((x * b).cumsum(axis=1)[:, -1])),
        (Node("h", TABLE["hypot"], (0,), (), (3,)), [math.hypot(*row) for row in x.tolist()]),
        (Node("pick", PICK, (0, 1, 2), (), (5,), places), np.append(joined, 0.0)[[*places]]),
        (Node("one", PICK, (1,), 0.0, (), (2,)), 2.0),
        (Node("back", PICK, (0,), (), (12,), slice_), x.ravel()[::-1]),
        (Node("many", PICK, (2,), (), (20,), [0] * 20), [0.5] * 20),
        (Node("table", PICK, (0,), (), (20,), table), [X[5], 0.0] * 10),
        (Node("t", TABLE["add"], (11, 7), 0.0), 2.0 + b.cumsum()[-1]),
    ]
    return [(node, np.ravel(truth).tolist()) for node, truth in listed]


@pytest.mark.parametrize("compiler", COMPILERS or [""])
@pytest.mark.parametrize(("part", "on_stack"), [(500, 4096), (2, 0)])
def test_vectors_are_loops(compiler, part, on_stack, tmp_path, monkeypatch):
    monkeypatch.setattr(c_function, "PART", part)
    monkeypatch.setattr(c_function, "ON_STACK", on_stack)
    nodes, truths = zip(*with_vectors(), strict=True)
    graph = Graph(nodes, range(3, len(nodes)))
    library = build(graph.to_c("f"), tmp_path, compiler)
    truth = [e for y in truths[3:] for e in y]
    outputs = (ctypes.c_double * len(truth))()
    x, b = (ctypes.c_double * 12)(*X), (ctypes.c_double * 4)(*B)
    library.f(x, b, ctypes.c_double(0.5), outputs)
    # NumPy's own exp may differ in the last bit from the C library's
    assert list(outputs) == pytest.approx(truth, rel=4e-16, abs=0)


@pytest.mark.parametrize("compiler", COMPILERS or [""])
def test_gradients_of_traced_functions_of_vectors_are_those_on_floats(compiler, tmp_path):
    """A network, products of matrices, slices, elements picked twice: to the last bit."""
    np = pytest.importorskip("numpy")
    programs = {
        "network": (lambda v, W, b, x: mg.dot(v, np.tanh(W @ x + b)), [(4,), (4, 6), (4,), (6,)]),
        "rosen": (lambda x: np.sum(9 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2), [(7,)]),
        "square": (lambda M, x: np.sum((M @ M.T) ** 2) + np.sum(x[[0, 0, 2]] ** 3), [(3, 4), (5,)]),
        "share": (lambda x: mg.logsumexp(x) * mg.max(x) - mg.hypot(x) / mg.mean(x), [(9,)]),
    }
    rng = np.random.default_rng(5)
    examples = {
        name: [rng.normal(size=s) for s in shapes] for name, (_, shapes) in programs.items()
    }
    graphs_ = {name: mg.trace(f, *examples[name]) for name, (f, _) in programs.items()}
    text = "\n".join(graph.to_c(name) for name, graph in graphs_.items())
    library = build(text, tmp_path, compiler)
    for name, graph in graphs_.items():
        inputs = [x.ravel().tolist() for x in examples[name]]
        y, found = graph.value_and_gradient(FLOAT, inputs)
        truth = [e for slope in found for e in slope]
        gradient = (ctypes.c_double * len(truth))()
        function = getattr(library, f"{name}_gradient")
        function.restype = ctypes.c_double
        of = function(*[(ctypes.c_double * len(x))(*x) for x in inputs], gradient)
        if name == "share":  # logsumexp is a unit in the last place apart, as its table says
            assert of == pytest.approx(y, rel=1e-15)
            assert list(gradient) == pytest.approx(truth, rel=1e-14)
        else:
            assert bits([of, *gradient]) == bits([y, *truth])
