"""How textbooks write slopes: equal to the rows' own partials, to fifty digits."""

import mpmath
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from rows import ROWS, fixed, operands

import micrograph as mg
from micrograph import Value
from micrograph.core import Primitive
from micrograph.explanation.explain import explain
from micrograph.explanation.notation import PLAIN
from micrograph.explanation.slopes import partials
from micrograph.explanation.textbook import REWRITES, SLOPES
from micrograph.namespaces.mpmath import MPMATH
from micrograph.namespaces.text import Text

DIGITS = {"rel_eps": 1e-20, "abs_eps": 1e-20}
"""Of fifty digits, a textbook form may cancel: 1 − y² at x = 20 loses 17."""


@pytest.mark.parametrize("row", SLOPES, ids=lambda row: row.name)
@given(data=st.data())
def test_slopes_are_the_partials_of_the_row(row, data):
    with mpmath.workdps(50):
        xs = [mpmath.mpf(x) for x in data.draw(operands(row, 1e-2, 20.0))]
        assume(row.kink is None or row.kink(MPMATH, *row.arrange(xs)) != 0)
        y = MPMATH.value(row, xs)
        try:
            written = row.flat(SLOPES[row](MPMATH, y, *row.arrange(xs)))
            own = row.partials_at(MPMATH, y, xs)
        except ZeroDivisionError:
            assume(False)  # a pole
        for i, (a, b) in enumerate(zip(written, own, strict=True)):
            if a is None or (row.name == "pow" and i == 1 and xs[0] < 0):
                continue  # the rule's own form, or a slope that is not real
            if mpmath.isnan(b):
                assert mpmath.isnan(a)
                continue  # xlogy(0, −1)
            assert mpmath.almosteq(mpmath.mpf(a), b, **DIGITS)


@pytest.mark.parametrize("rows", REWRITES, ids=lambda rows: f"{rows[0].name} of {rows[1].name}")
@given(data=st.data())
def test_rewrites_are_the_products_of_two_slopes(rows, data):
    outer, inner = rows
    with mpmath.workdps(50):
        (x,) = map(mpmath.mpf, data.draw(operands(inner, 1e-2, 20.0)))
        u = MPMATH.value(inner, [x])
        others = list(map(mpmath.mpf, data.draw(operands(outer, 1e-2, 20.0))))[1:]
        assume([u, *others] in outer.domain)
        assume(u != 0 or inner.name != "sqrt")  # a pole of the root
        y = MPMATH.value(outer, [u, *others])
        product = (
            outer.partials_at(MPMATH, y, [u, *others])[0] * inner.partials_at(MPMATH, u, [x])[0]
        )
        assert mpmath.almosteq(
            mpmath.mpf(REWRITES[rows](MPMATH, y, u, x, *others)), product, **DIGITS
        )


def test_a_rewrite_is_written_only_between_the_two_rows_alone():
    """u = σ(x) has another user: du is no product any more."""
    x = Value(0.5, "x")
    u = x.sigmoid().named("u")
    v = mg.log(u).named("v")
    assert "dx = du·u·(1 - u) = 1 - u = 1 - 0.622459 = 0.377541" in explain(v)
    assert "dx = du·u·(1 - u) = dv·(1 - u) = 3·(1 - 0.622459) = 1.13262" in explain(3 * v)
    assert "dx = du·u·(1 - u) = 2.60653·0.235004 = 0.612544" in explain(v + u)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
@given(data=st.data())
def test_every_row_is_explained_without_its_inner_formula(row, data):
    """No line is long, whatever form the row's rule has."""
    xs = data.draw(operands(row, 1e-1, 3.0))
    leaves = [Value(x, f"x{i}") for i, x in enumerate(xs, 1)]
    given = [xs[i] if fixed(row, i) else x for i, x in enumerate(leaves)]
    told = explain(row(*row.arrange(given)).named("y") * 3)
    assert max(map(len, told.splitlines())) < 240
    assert "where(" not in told or row.name == "where"


def test_the_slope_of_a_square_has_no_power():
    x = Value(3.0, "x")
    for y in (x**2, x.square()):
        assert "dy/dx = 2·x = 2·3 = 6" in explain(y.named("y"), x)
    assert "dy/dx = 3·x^2 = 3·3^2 = 27" in explain((x**3).named("y"), x)


def test_a_row_that_bears_a_known_name_keeps_its_own_slope():
    """The table is of this library's rows, not of names."""
    tanh = Primitive("tanh", partials=lambda xp, y, x: (x,))
    assert tanh not in SLOPES
    assert partials(tanh, PLAIN.xp, Text("y"), [Text("x")])[0].text == "x"
