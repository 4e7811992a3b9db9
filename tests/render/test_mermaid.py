"""Diagrams in Mermaid's language. Its own engine, 11.17, parsed and drew what is expected here."""

import inspect
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_render import HOSTILE, seed

import micrograph as mg
from micrograph import Value, draw, mermaid
from micrograph.render.dot import Picture
from micrograph.render.markup import Options
from micrograph.render.mermaid import diagram
from micrograph.render.scene import scene

SEED = """\
graph LR
  n0["a<br/>5<br/>dJ/da = 3"]:::leaf
  n1["b<br/>3<br/>dJ/db = 6"]:::leaf
  n2["c<br/>2<br/>dJ/dc = 9"]:::leaf
  n3("u = b·c<br/>6<br/>dJ/du = 3"):::op
  n4("v = a + u<br/>11<br/>dJ/dv = 3"):::op
  n5[["J = 3·v<br/>33<br/>dJ/dJ = 1"]]:::output
  n1 -->|"∂u/∂b = 2"| n3
  n2 -->|"∂u/∂c = 3"| n3
  n0 -->|"∂v/∂a = 1"| n4
  n3 -->|"∂v/∂u = 1"| n4
  n4 -->|"∂J/∂v = 3"| n5
  classDef leaf fill:#e8f1fb,stroke:#2b6cb0,color:#111827
  classDef op fill:#f6f6f6,stroke:#6b7280,color:#111827
  classDef output fill:#fdf3e4,stroke:#b45309,color:#111827
"""

# Inside a label: letters, signs without a meaning, numbers of characters, and line breaks.
LABEL = r'"(?:[^\x00-\x1f!-~]|[A-Za-z0-9 _()\[\],.:+=/-]|#\d+;|<br/>)+"'
GRAMMAR = re.compile(
    rf"graph (?:LR|TB)|n\d+(?:\[{LABEL}\]|\({LABEL}\)|\[\[{LABEL}\]\]):::\w+"
    rf"|n\d+ (?:-->|-\.->)(?:\|{LABEL}\|)? n\d+|subgraph s\d+\[{LABEL}\]|end"
    rf"|note_\[{LABEL}\]:::plain|classDef \w+ [\w:#,-]+|style n\d+ [\w:#,-]+"
    r"|linkStyle [\d,]+ [\w:#,-]+"
)


def assert_valid(text):
    assert text.endswith("\n")
    for line in text[:-1].split("\n"):
        assert GRAMMAR.fullmatch(line.strip(" ")), line


def shown(label):
    """What Mermaid shows of a label."""
    return re.sub(r"#(\d+);", lambda c: chr(int(c[1])), label.replace("<br/>", ""))


def test_the_seeds_diagram(tmp_path):
    assert mermaid(seed()) == SEED
    assert repr(mermaid(seed())) == SEED
    draw(seed(), tmp_path / "graph.mmd")
    assert (tmp_path / "graph.mmd").read_bytes() == SEED.encode()
    assert mermaid(seed())._repr_markdown_() == f"```mermaid\n{SEED}```"


def check_name(name):
    text = mermaid((Value(2.0, name) ** 2).named("J"), hide={"value", "grad", "formula"})
    assert_valid(text)
    visible = "".join(c if c.isprintable() else repr(c)[1:-1] for c in name) or "v1"
    visible = visible if len(visible) <= 60 else visible[:60] + "…"
    labels = re.findall(r'"([^"]*)"', text)
    assert [shown(x) for x in labels] == [visible, "J", f"∂J/∂{visible} = 4"]


@pytest.mark.parametrize("name", [*HOSTILE, "end", "`**b**`", "a;b#35;", "%%{init}%%"], ids=ascii)
def test_hostile_names_are_shown_as_they_are(name):
    check_name(name)


@settings(max_examples=100)
@given(st.text(max_size=12))
def test_no_name_breaks_a_diagram(name):
    check_name(name)


def test_what_repeats_is_drawn_once_and_loops_lead_back():
    x = y = Value(0.5, "x")
    w = Value(0.9, "w")
    for _ in range(50):
        y = mg.tanh(y * w + 1)
    text = mermaid(y)
    assert_valid(text)
    assert "× 49" in text
    assert len(re.findall(r"n\d+ -\.->", text)) == 1
    assert "× 49" not in mermaid(y, fold=False)
    assert mermaid(x.sigmoid() + x, expand=True).count(":::op") > 2


def test_marks_blanks_and_the_note():
    text = mermaid(seed(swept=False), highlight="u", constants=True, blank={"formula", "value"})
    assert_valid(text)
    assert re.findall("style n(\\d+) stroke:#c81e1e", text) == ["3", "4", "6"]
    edges = re.findall(r"(n\d) --.* (n\d)\n", text)
    marked = re.search(r"linkStyle ([\d,]+)", text)[1].split(",")
    assert [edges[int(i)] for i in marked] == [("n3", "n4"), ("n4", "n6")]
    assert 'n5["3"]:::plain' in text
    assert "u = ____<br/>____<br/>dJ/du = –" in text
    assert 'note_["gradients are shown after J.backward()"]' in text
    assert "∂u/∂b = ____" in mermaid(seed(), blank="partial")
    assert "dJ/db = ____" in mermaid(seed(), blank="grad")


def test_scopes_are_subgraphs_inside_each_other():
    seen = scene(seed())
    scopes = [("a",), ("a", 'b"'), (), ("a", 'b"'), (), ()]
    steps = [x._replace(scope=s) for x, s in zip(seen.steps, scopes, strict=True)]
    text = diagram(seen._replace(steps=tuple(steps)), "LR")
    assert_valid(text)
    inside = [
        line for line in text.splitlines()[:12] if "subgraph" in line or line.strip() == "end"
    ]
    assert inside == ['  subgraph s1["a"]', '    subgraph s0["b#34;"]', "    end", "  end"]


def test_more_than_mermaid_draws_is_refused():
    x = [Value(1.0, f"x{i}") for i in range(501)]
    with pytest.raises(ValueError, match=r"up to 500 edges, and this diagram has 501; show fewer"):
        mermaid(mg.sum(x), max_nodes=None, fold=False)
    long = [Value(1.0, "x" * 60 + f"{i}") for i in range(300)]
    with pytest.raises(ValueError, match="up to 50,000 characters"):
        mermaid(mg.sum(long), max_nodes=None, fold=False)


def test_the_options_are_those_of_draw():
    known = inspect.signature(draw).parameters.keys() - {"root", "file", "program"}
    assert Options.__annotations__.keys() == known
    for function in (mermaid, mg.tikz):
        assert all(name in function.__doc__ for name in known)
        with pytest.raises(TypeError, match="there is no option colour"):
            function(seed(), colour="red")


def test_a_picture_of_somebody_else_has_no_diagram():
    with pytest.raises(ValueError, match="only a picture made by draw can be written as mmd"):
        Picture().pipe("mmd")
