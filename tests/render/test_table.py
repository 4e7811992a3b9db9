"""Tables of graphs: what they say, how they become narrower, and that any terminal prints them."""

import copy
import io
import pickle
import re
import sys
from contextlib import redirect_stdout

import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_render import seed

import micrograph as mg
from micrograph import Value, table
from micrograph.namespaces.text import columns_of


def logistic_loss():
    x, w, b, y = Value(-2.7, "x"), Value(0.1, "w"), Value(0.5, "b"), Value(1.0, "y")
    yhat = mg.sigmoid((w * x + b).named("z")).named("ŷ")
    L = (-(y * mg.log(yhat) + (1 - y) * mg.log(1 - yhat))).named("L")
    L.backward()
    return L


def lines(*arguments, **options):
    return str(table(*arguments, **options)).splitlines()


def printed(shown, encoding, write=print):
    """What ``print`` writes on a terminal of this encoding."""
    out = io.TextIOWrapper(io.BytesIO(), encoding, newline="\n")
    with redirect_stdout(out):
        write(shown)
    out.flush()
    return out.buffer.getvalue().decode(encoding)


def test_the_table():
    assert table(seed()) == (
        "name  formula  value  gradient   partials\n"
        "a              5      dJ/da = 3\n"
        "b              3      dJ/db = 6\n"
        "c              2      dJ/dc = 9\n"
        "u     b·c      6      dJ/du = 3  ∂u/∂b = 2, ∂u/∂c = 3\n"
        "v     a + u    11     dJ/dv = 3  ∂v/∂a = 1, ∂v/∂u = 1\n"
        "J     3·v      33     dJ/dJ = 1  ∂J/∂v = 3"
    )
    assert repr(table(seed())) == str(table(seed()))
    wide = lines((Value(1.0, "数") * 2).named("J"), hide={"grad"})
    assert wide[1] == "数             1"  # a wide character takes two columns


# Narrow tables. The steps are those that the docstring states, in its order.


def test_first_the_partials_wrap():
    assert lines(seed(), width=53) == lines(seed())
    assert lines(seed(), width=52)[4:6] == [
        "u     b·c      6      dJ/du = 3  ∂u/∂b = 2",
        "                                 ∂u/∂c = 3",
    ]


def test_then_they_are_left_out_and_the_last_line_says_which_width_shows_them():
    *rows, last = lines(seed(), width=40)
    assert rows[4] == "u     b·c      6      dJ/du = 3"
    assert last == "partials left out: width=42 shows them"
    assert "∂u/∂c = 3" in table(seed(), width=42)
    assert "∂u" not in table(seed(), width=41)
    assert lines(seed(), width=34)[-1] == "partials: width=42"


def test_then_formulas_are_cut():
    total = mg.sum([Value(i, f"weight{i}") for i in range(3)]).named("J")
    total.backward()
    assert lines(total, width=50)[-2] == "J        weight0 + weight…  3      dJ/dJ = 1"


def test_then_the_gradient_is_the_number_alone():
    head, *rows, last = lines(logistic_loss(), width=40)
    assert head.split() == ["name", "formula", "value", "dL/d…"]
    assert rows[-1].split()[-1] == "1"
    assert last.startswith("partials left out: width=")


def test_at_last_lines_are_cut():
    assert lines(seed(), width=12)[4:] == ["u     b·c  …", "v     a + u…", "J     3·v  …", "partials: w…"]  # fmt: skip
    with pytest.raises(ValueError, match="width expects a number of characters, 1 or more, got 0"):
        table(seed(), width=0)


@pytest.mark.parametrize("graph", [seed, logistic_loss])
def test_40_columns_show_name_value_and_gradient(graph):
    J = graph()
    shown = lines(J, width=40)
    for node, line in zip(J.walk(), shown[1:], strict=False):
        name, *_, value, grad = re.sub(r"d\S+ = ", "", line).split()
        assert name == node.name or not node.name
        assert float(value) == pytest.approx(node.data, rel=1e-5)  # six digits are shown
        assert float(grad) == pytest.approx(node.grad, rel=1e-5)


@given(st.lists(st.text(max_size=12), min_size=1, max_size=9), st.integers(1, 130))
def test_any_table_fits_its_width(names, width):
    J = mg.hypot([Value(i, name) for i, name in enumerate(names, 1)])
    J.backward()
    assert max(map(columns_of, table(J, width=width).splitlines())) <= width


def test_a_hidden_column_is_not_said_to_be_left_out():
    assert lines(seed(), hide={"partial"}, width=20)[-1].startswith("J")
    assert len(lines(seed(), hide={"partial"}, width=20)) == 7


def test_a_table_takes_the_width_of_the_terminal(monkeypatch):
    terminal = io.StringIO()
    monkeypatch.setattr(terminal, "isatty", lambda: True, raising=False)
    monkeypatch.setenv("COLUMNS", "40")
    with redirect_stdout(terminal):
        assert table(seed()) == table(seed(), width=40)
        assert table(seed(), width=53) != table(seed())
    assert table(seed()) == table(seed(), width=53)  # a pipe or a file has no width


def test_wide_nodes_are_quick_to_show():
    total = mg.sum([Value(i, f"x{i}") for i in range(5_000)])
    shown = lines(total, width=40)
    assert len(shown) == 5_003  # the heading, and the line on partials
    assert shown[-2].startswith("v1")
    assert max(map(len, shown)) <= 40


# Terminals


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "latin-1", "cp437", "utf-8", "utf-16"])
@pytest.mark.parametrize("width", [None, 80, 40, 20])
def test_any_terminal_prints_a_table_aligned(encoding, width):
    shown = table(logistic_loss(), width=width)
    text = printed(shown, encoding)
    assert printed(shown, encoding, lambda x: print(repr(x))) == text
    head, *rows = text.splitlines()
    if width is None:
        for line in rows:
            for word in ("value", "gradient"):
                at = head.index(word)
                assert line[at - 1] == " "
                assert line[at] != " "
    else:
        assert max(map(columns_of, text.splitlines())) <= width


def test_signs_are_spelled_where_the_terminal_lacks_them():
    assert printed(table(seed()), "ascii").splitlines()[4] == (
        "u     b*c      6      dJ/du = 3  du/db = 2, du/dc = 3"
    )
    assert printed(table(seed()), "cp1252").splitlines()[4] == (
        "u     b·c      6      dJ/du = 3  du/db = 2, du/dc = 3"
    )


def test_standard_output_may_be_missing(monkeypatch):
    shown = table(seed())
    for out in (None, object()):
        monkeypatch.setattr(sys, "stdout", out)
        try:
            text = str(shown)
        finally:
            monkeypatch.undo()
        assert text == shown


def test_a_copy_prints_as_the_table_does():
    shown = table(logistic_loss(), width=40)
    for copied in (copy.copy(shown), copy.deepcopy(shown), pickle.loads(pickle.dumps(shown))):
        assert copied == shown
        assert printed(copied, "ascii") == printed(shown, "ascii")
