"""Pictures and tables: what they show, that nothing breaks them, that they need no ``dot``."""

import os
import re
import shutil
import subprocess
import sys
import xml.dom.minidom

import graphviz
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import micrograph as mg
from micrograph import Value, draw, table
from micrograph.render import layout
from micrograph.render.layout import LayoutError

has_dot = pytest.mark.skipif(not shutil.which("dot"), reason="no system dot on this machine")
PROGRAMS = [None, pytest.param("dot", marks=has_dot)]


def seed(swept=True):
    a, b, c = Value(5, "a"), Value(3, "b"), Value(2, "c")
    J = (3 * (a + (b * c).named("u")).named("v")).named("J")
    if swept:
        J.backward()
    return J


def texts(picture):
    """Every text in the laid-out SVG, by the identifier of its node or edge."""
    document = xml.dom.minidom.parseString(picture.pipe("svg"))
    found = {}
    for group in document.getElementsByTagName("g"):
        if group.getAttribute("class") in ("node", "edge"):
            title = group.getElementsByTagName("title")[0].firstChild.data
            lines = [t.firstChild.data for t in group.getElementsByTagName("text") if t.firstChild]
            found.setdefault(title, []).append("".join(lines).replace("\xa0", " "))
    return found


@pytest.mark.parametrize("program", PROGRAMS)
def test_the_seeds_picture(program):
    found = texts(draw(seed(), program=program))
    assert found == {
        "n0": ["a5dJ/da = 3"],
        "n1": ["b3dJ/db = 6"],
        "n2": ["c2dJ/dc = 9"],
        "n3": ["u = b·c6dJ/du = 3"],
        "n4": ["v = a + u11dJ/dv = 3"],
        "n5": ["J = 3·v33dJ/dJ = 1"],
        "n0->n4": ["∂v/∂a = 1"],
        "n1->n3": ["∂u/∂b = 2"],
        "n2->n3": ["∂u/∂c = 3"],
        "n3->n4": ["∂v/∂u = 1"],
        "n4->n5": ["∂J/∂v = 3"],
    }


def test_a_picture_is_a_digraph_from_left_to_right_told_apart_by_shape_and_colour():
    picture = draw(seed())
    assert isinstance(picture, graphviz.Digraph)
    assert "rankdir=LR" in picture.source
    looks = {
        m[0]
        for m in re.findall(r"(color=\S+ fillcolor=\S+( peripheries=2)? shape=\w+)", picture.source)
    }
    assert len(looks) == 3
    assert len(set(re.findall(r"shape=\w+", picture.source))) == 2


def test_the_same_bytes_on_every_run():
    script = (
        "import sys; from micrograph import Value, draw; a, b = Value(5, 'a'), Value(3, 'b');"
        "J = (a * b + a).sigmoid(); J.backward(); sys.stdout.buffer.write(draw(J).pipe('svg'))"
    )
    runs = {
        subprocess.run([sys.executable, "-c", script], capture_output=True, check=True,
                       env={**os.environ, "PYTHONHASHSEED": str(n)}).stdout
        for n in (1, 2)
    }  # fmt: skip
    assert len(runs) == 1
    assert b"<svg" in runs.pop()


@pytest.mark.parametrize(
    "suffix", ["svg", "png", "dot", "mmd", "tex", pytest.param("pdf", marks=has_dot)]
)
def test_one_file_and_nothing_else(tmp_path, suffix, monkeypatch):
    monkeypatch.chdir(tmp_path)
    magic = {
        "svg": b"<?xml",
        "png": b"\x89PNG",
        "pdf": b"%PDF",
        "dot": b"digraph",
        "mmd": b"graph LR",
        "tex": b"% needs",
    }[suffix]
    for write in (
        lambda name: draw(seed(), name),
        lambda name: draw(seed()).render(name),
        lambda name: draw(seed()).render(name[: -len(suffix) - 1], format=suffix),
        lambda name: draw(seed()).render(outfile=name, cleanup=True),
    ):
        write(f"graph.{suffix}")
        assert os.listdir() == [f"graph.{suffix}"]
        assert (tmp_path / f"graph.{suffix}").read_bytes().startswith(magic)
        (tmp_path / f"graph.{suffix}").unlink()


def test_a_picture_shows_itself_in_a_notebook():
    bundle = draw(seed())._repr_mimebundle_()
    assert bundle["image/svg+xml"].startswith("<?xml")
    assert draw(seed())._repr_mimebundle_(include=["image/png"])["image/png"].startswith(b"\x89PNG")


def test_no_dot_on_the_path(monkeypatch, tmp_path, capfd):
    monkeypatch.setenv("PATH", str(tmp_path))
    draw((seed() * 2).sigmoid(), tmp_path / "graph.svg")
    assert "σ(v" in (tmp_path / "graph.svg").read_text(encoding="utf-8")
    with pytest.raises(LayoutError, match=r"pdf needs Graphviz's own dot, .* apt install graphviz"):
        draw(seed(), tmp_path / "graph.pdf")
    assert not (tmp_path / "graph.pdf").exists()
    with pytest.raises(LayoutError, match="there is no program 'dot'"):
        draw(seed(), program="dot").pipe()
    assert capfd.readouterr() == ("", "")


@pytest.mark.skipif(os.name != "posix", reason="the programs are shell scripts")
@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("sleep 300", r"was stopped after 0\.5 seconds: draw fewer nodes"),
        ("echo garbage", r"should write svg, and wrote b'garbage\\n'"),
        ("exit 0", r"failed \(0\): it wrote nothing"),
        ("echo '<svg'; echo no such font >&2; exit 3", r"failed \(3\): no such font"),
    ],
)
def test_a_layout_program_that_hangs_or_writes_no_picture(script, said, tmp_path, monkeypatch):
    program, picture = tmp_path / "layout", tmp_path / "graph.svg"
    program.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    program.chmod(0o755)
    picture.write_text("an older picture", encoding="utf-8")
    monkeypatch.setattr(layout, "SECONDS", 0.5)
    with pytest.raises(LayoutError, match=said):
        draw(seed(), picture, program=str(program))
    assert picture.read_text(encoding="utf-8") == "an older picture"


def test_an_interrupt_just_after_the_layout_ended_stays_an_interrupt(monkeypatch):
    class Interrupted(subprocess.Popen):
        def communicate(self, *given):
            super().communicate(*given)
            raise KeyboardInterrupt

    monkeypatch.setattr(subprocess, "Popen", Interrupted)
    with pytest.raises(KeyboardInterrupt):
        draw(seed()).pipe()


def test_before_the_first_sweep_gradients_are_open():
    J = seed(swept=False)
    assert texts(draw(J))["n0"] == ["a5dJ/da = –"]
    a = J.node("a")
    (a * 4).backward()
    assert a.grad == 4
    assert texts(draw(J))["n0"] == ["a5dJ/da = –"]
    assert a.grad == 4


def test_gradients_are_of_the_root_that_is_drawn():
    J = seed()
    (J.node("a") * 7).backward()
    assert texts(draw(J))["n0"] == ["a5dJ/da = 3 (accumulated 10)"]
    assert texts(draw(J.node("u")))["n0"] == ["b3du/db = 2 (accumulated 6)"]
    assert J.node("u").grad == 3


def test_two_uses_are_one_edge_with_a_partial_for_each():
    a = Value(3.0, "a")
    assert texts(draw(a * a))["n0->n1"] == ["∂v1/∂a = 3 + 3"]
    assert texts(draw(a - a))["n0->n1"] == ["∂v1/∂a = 1 - 1"]


def test_constants_are_folded_unless_asked_for():
    assert "n6" not in texts(draw(seed()))
    found = texts(draw(seed(), constants=True))
    assert found["n5"] == ["3"]
    assert "n5->n6" in found


@pytest.mark.parametrize(
    ("hide", "u"),
    [({"grad"}, "u = b·c6"), ({"formula"}, "u6dJ/du = 3"), ("value", "u = b·cdJ/du = 3"),
     ({"grad", "value", "formula", "partial"}, "u")],
)  # fmt: skip
@pytest.mark.parametrize("program", PROGRAMS)
def test_parts_can_be_hidden(hide, u, program):
    found = texts(draw(seed(), hide=hide, program=program))
    assert found["n3"] == [u]
    assert found["n3->n4"] == [""] or "partial" not in hide


def test_names_are_taken_from_variables():
    x = Value(2.0)
    hidden = _private = x * 3
    y = hidden + 1
    found = texts(draw(y, names={"x": x, "_p": _private, "hidden": hidden, "n": 3}))
    assert [found[f"n{i}"][0][:8] for i in range(3)] == ["x2dv1/dx", "hidden =", "v1 = hid"]
    assert x.name is None


def test_highlight_marks_the_paths_to_a_node():
    J = seed()
    source = draw(J, highlight=J.node("b")).source
    marked = [line.split()[0] for line in source.splitlines() if "penwidth" in line]
    assert marked == ["n1", "n3", "n1", "n4", "n3", "n5", "n4"]
    with pytest.raises(ValueError, match="highlight expects a node of the graph"):
        draw(J, highlight=Value(3.0))


def test_depth_cuts_the_graph():
    found = texts(draw(seed(), depth=1))
    assert sorted(found) == ["n0", "n0->n1", "n1", "n1->n2", "n2"]
    assert found["n0"] == ["…"]
    assert len(table(seed(), depth=0).splitlines()) == 2


def test_large_graphs_are_refused_by_name():
    x = y = Value(1.0)
    for _ in range(200):
        y = y * x
    with pytest.raises(
        ValueError, match=r"201 nodes are more than max_nodes=200 allows; .*depth=….*max_nodes=…"
    ):
        draw(y, fold=False)
    assert draw(y, max_nodes=201, fold=False)
    assert draw(y, depth=3)


@pytest.mark.parametrize(
    ("call", "error", "text"),
    [
        (lambda J: draw(3), TypeError, "expected a Value to show, got 3"),
        (lambda J: table([J, 3]), TypeError, "expected a Value to show, got 3"),
        (lambda J: draw([]), ValueError, "expected a Value to show, got an empty sequence"),
        (lambda J: draw(J, hide={"gradient"}), ValueError, "hide expects some of .*got .*gradient"),
        (lambda J: draw(J, hide=3), TypeError, "hide expects some of .*got 3"),
        (lambda J: draw(J, blank=3), TypeError, "blank expects some of .*got 3"),
        (lambda J: draw(J, max_nodes="9"), TypeError, "max_nodes expects a number .*got '9'"),
        (lambda J: table(J, width="9"), ValueError, "width expects a number .*got '9'"),
        (lambda J: draw(J, depth=-1), ValueError, "depth expects a number of edges"),
        (lambda J: draw(J, "graph.gif"), ValueError, "should end in one of .svg, .png, .pdf, .dot"),
        (lambda J: draw(J, "graph"), ValueError, "should end in one of"),
        (lambda J: draw(J, "nowhere/graph.svg"), OSError, "nowhere"),
        (lambda J: draw(J, program=sys.executable).pipe(), LayoutError, "failed"),
    ],
)
def test_bad_input_gets_one_sentence(call, error, text):
    with pytest.raises(error, match=text):
        call(seed())


HOSTILE = ["<", "a|b", "{", '"', "\\", "\\N", "x\\", "\\G\\E", "&amp;", "<b>", "]]>", "-->", "é", "数", "😀",
           "a\nb", "\x00", "\ud800", "\u202e", "%s", "a" * 1000, " ", "graph", "∂", "//"]  # fmt: skip


@settings(max_examples=15)
@given(st.text(max_size=12))
@example("\\\\N")
def test_no_name_breaks_a_picture(name):
    check_name(name)


@pytest.mark.parametrize("name", HOSTILE, ids=ascii)
def test_hostile_names(name):
    check_name(name, *PROGRAMS[1].values if shutil.which("dot") else ())


def check_name(name, *programs):
    x = Value(2.0, name)
    J = (x * x).named("J")
    shown = "".join(c if c.isprintable() else repr(c)[1:-1] for c in name)
    shown = shown if len(shown) <= 60 else shown[:60] + "…"
    for program in (None, *programs):
        found = texts(draw(J, hide={"value", "grad"}, program=program))
        assert found["n0"][0].replace(" ", "") == (shown or "v1").replace(" ", "")
        assert found["n0->n1"][0].replace(" ", "") == f"∂J/∂{shown or 'v1'}=2+2".replace(" ", "")
    assert len(table(J).splitlines()) == 3
    table(J).encode()


def test_numbers_are_shown_with_sensible_digits():
    J = seed()
    nudged = mg.Graph.of(J)(Value(5.0001, "a"), Value(3, "b"), Value(2, "c"))
    assert table(nudged).splitlines()[-1].split()[2:3] == ["33.0003"]


def test_constants_and_edges_count_too():
    a = Value(1.0, "a")
    with pytest.raises(
        ValueError, match="1002 nodes, constants counted, are more than max_nodes=200"
    ):
        draw(mg.sum([*[1.0] * 1000, a]), constants=True)
    xs = [Value(1.0, "x" * i) for i in range(1, 91)]  # with names so different nothing is folded
    ys = [mg.sum(xs[i:]) for i in range(60)]
    with pytest.raises(ValueError, match="edges are more than max_nodes=200 allows"):
        draw(ys)
    assert draw(ys, max_nodes=None)


def test_options_of_the_wrong_kind():
    with pytest.raises(TypeError, match="names expects a mapping such as vars"):
        draw(seed(), names=[1])
    with pytest.raises(ValueError, match="should end in one of"):
        draw(seed(), "")
    assert draw(seed(), hide=None, names={3: Value(1.0)})


def test_a_sweep_counts_whatever_gradient_it_brings():
    J = seed(swept=False)
    J.backward(0)
    assert texts(draw(J))["n0"] == ["a5dJ/da = 3 (accumulated 0)"]
    mg.relu(-J).backward()  # hands J a gradient of 0
    assert texts(draw(J))["n3"] == ["u = b·c6dJ/du = 3"]
    mg.zero_grad(J)
    assert texts(draw(J))["n0"] == ["a5dJ/da = –"]
