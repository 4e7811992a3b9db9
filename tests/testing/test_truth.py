"""The truths that checks compare with, and whole rows and namespaces compared with them."""

import math

import mpmath
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rows import ROWS

import micrograph as mg
from micrograph.core import TABLE, Namespace, Primitive
from micrograph.domain import Domain
from micrograph.namespaces.floats import FLOAT, IEEE
from micrograph.namespaces.numpy import NUMPY
from micrograph.namespaces.text import TEXT, linear, product
from micrograph.testing import (
    GradientError,
    check_gradients,
    check_namespace,
    check_primitive,
    expressions,
    graphs,
    points_for,
    truth,
)
from micrograph.testing.differences import complex_step, derivative
from micrograph.testing.recorded import Recorded
from micrograph.testing.structure import may_differ_from_0
from micrograph.testing.wide import MANY, agreement, slopes

# The truth itself


@pytest.mark.parametrize(
    ("f", "by", "may"),
    [
        (lambda x, y: mg.gamma(x) + 3 * y, (1,), True),
        (lambda x, y: mg.gamma(x), (1,), False),
        (lambda x, y: mg.gamma(x) + y, (1, 1), False),
        (lambda x, y: mg.gamma(x) - y * y, (0, 1), False),
        (lambda x, y: -(mg.gamma(x) * y), (0, 0, 1), True),
        (lambda x, y: mg.mean([mg.gamma(x) * y, y]), (0, 1, 1), False),
        (lambda x, y: x * y * x * y, (0, 0, 1, 1), True),
        (lambda x, y: x * y * x * y, (0, 0, 0), False),
        (lambda x, y: mg.dot([x, y], [y, y]), (0, 0), False),
        (lambda x, y: mg.dot([x, y], [x, 2.0]), (0, 0), True),
        (lambda x, y: mg.exp(x + y), (0, 1, 0, 1), True),
        (lambda x, y: mg.degrees(x) / y, (0, 1), True),
        (lambda x, y: 2.0, (0,), False),
    ],
)
def test_some_derivatives_are_0_by_structure(f, by, may):
    record = Recorded(lambda xs: [f(*xs)], (1.5, 2.5), "xy", lambda _: ["f"])
    found = may_differ_from_0(record.order, record.leaves, record.results[0], by)
    assert found == may


# A partial of hypot is x/y: from x = 1e-150 up none is as little as TINY, which wide.py lets pass.
moderate = st.floats(-50, 50).filter(lambda x: x == 0 or abs(x) > 1e-150)
long = st.lists(moderate, min_size=MANY + 1, max_size=80)


@given(long, st.sampled_from([mg.logsumexp, mg.sum, mg.mean, mg.hypot]), st.data())
def test_one_partial_of_a_long_vector_that_is_off_is_seen(xs, row, data):
    """By a part of 1e-8, however small it is beside the others."""
    partials = FLOAT.partials(row, FLOAT.apply(row, [xs]), tuple(xs))
    assert agreement(row, xs, partials) > 40  # 53, less what 80 roundings of 1 to 4 units cost
    i = data.draw(st.integers(0, len(xs) - 1))
    off = list(partials)
    off[i] = off[i] * (1 + 1e-8) or 1e-8
    assert agreement(row, xs, off) < 33
    known = slopes(row, xs)
    assert known is not None
    assert mpmath.almosteq(known[i].number, truth.slope(row, xs, i).number, 1e-45, 1e-300)
    assert known[i].digits >= 49


SLOPED = [row for row in TABLE.values() if not row.step]


@pytest.mark.parametrize(
    "row", [row for row in SLOPED if linear(row) or product(row)], ids=lambda row: row.name
)
def test_rows_that_are_linear_have_no_second_difference(row):
    xs = [mpmath.mpf(x) for x in (1.5, -2.25, 3.125, 0.75)[: 2 * row.vectors or row.arity]]
    ways = [[i == j for i in range(len(xs))] for j in range(len(xs))]  # by one operand
    for way in [[True] * len(xs)] if linear(row) else ways:
        low, middle, high = (
            truth.defined(row, [x + h * w for x, w in zip(xs, way, strict=True)])
            for h in (-2, 0, 2)
        )
        assert abs(low + high - 2 * middle) < 1e-14 * abs(high)


@given(expressions(smooth=True) | graphs(max_nodes=20, outputs=1, smooth=True))
def test_no_derivative_differs_from_0_where_structure_says_it_may_not(f):
    point = [x.data for x in f.inputs]
    record = Recorded(lambda xs: [f(*xs)], point, [x.name for x in f.inputs], lambda _: ["f"])
    hessian = mg.hessian(lambda xs: f(*xs))(point)
    for i, row in enumerate(hessian):
        for k, found in enumerate(row):
            if found and abs(found) > 1e-9:  # less may be what rounding left of 0
                assert may_differ_from_0(record.order, record.leaves, record.results[0], (i, k))


@pytest.mark.parametrize(
    ("row", "xs", "y", "slope"),
    [
        (mg.softplus, (-740.0,), "4.18873988005e-322", "4.18873988005e-322"),  # log(1 + exp(−740))
        (mg.log, (1e-300,), "-690.775527898", "1e300"),
        (mg.sin, (0.0,), "0", "1"),
        (mg.tanh, (20.0,), "1", "1.69934170210666e-17"),
        (mg.log_norm_cdf, (-1e8,), "-5.00000000000000193394e15", "1.00000000000000010000e8"),
    ],
)
def test_truth(row, xs, y, slope):
    with mpmath.workdps(60):
        found, steep = truth.value(row, xs), truth.slope(row, xs, 0)
        assert mpmath.almosteq(found.number, mpmath.mpf(y), rel_eps=1e-10)
        assert mpmath.almosteq(steep.number, mpmath.mpf(slope), rel_eps=1e-10)
    assert found.digits == steep.digits == 50 or y == "0"


def test_one_sided_slopes():
    def sides(row, xs, i=0):
        return [float(truth.slope(row, xs, i, side).number) for side in (-1, 1)]

    assert sides(mg.abs, (0.0,)) == [-1, 1]
    assert sides(mg.cbrt, (0.0,)) == [math.inf, math.inf]
    assert math.isnan(sides(mg.sqrt, (0.0,))[0])
    assert sides(mg.sqrt, (0.0,))[1] == math.inf
    assert truth.jumps(mg.floor, (2.0,), 0)
    assert not truth.jumps(mg.cbrt, (0.0,), 0)


@given(st.floats(-3, 3), st.sampled_from([math.sin, math.exp, math.atan, math.erf]))
def test_differences_know_their_own_error(x, f):
    found = derivative(f, x)
    exact = float(mpmath.diff(getattr(mpmath, f.__name__), x))
    assert abs(found.slope - exact) <= 4 * found.error + 1e-15
    assert found.error < 1e-8


def test_complex_step():
    import cmath

    assert complex_step(cmath.sin, 1.0) == pytest.approx(math.cos(1.0), rel=1e-15)
    assert math.isnan(complex_step(math.sin, 1.0))


# Rows and namespaces


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_every_row_of_the_table_passes(row):
    check_primitive(row, n=25)


def test_accuracy_reads():
    accuracy = check_primitive(mg.exp, n=30)
    assert str(accuracy).startswith("exp: 30 points; value 0.")
    assert accuracy.value.ulps < 1


def test_a_domain_without_points_is_refused():
    row = Primitive(
        "nowhere",
        partials=lambda xp, y, x: (1.0,),
        domain=Domain.where(lambda x: x > 1 and x < 0, "never"),
    )
    with pytest.raises(ValueError, match="no point was found in its domain"):
        check_primitive(row)


def test_numpy_runs_every_row(capsys):
    found = check_namespace(NUMPY, n=8)
    assert not any(found.missing.values())
    assert capsys.readouterr().out.startswith(f"NumPy: {len(TABLE)} of {len(TABLE)} rows run")


def test_a_namespace_tells_what_it_lacks(capsys):
    lean = Namespace("lean", {name: FLOAT.atoms[name] for name in ("exp", "where", "log1p")})
    found = check_namespace(lean, n=5)
    assert found.missing["sin"] == ("cos", "sin")
    assert found.missing["softplus"] == ()  # its formula and slope need no more
    assert found.missing["gelu"] == ("erfc", "sqrt") or "erfc" in found.missing["gelu"]
    assert "row" in capsys.readouterr().out


def test_a_namespace_that_computes_wrong_is_told(capsys):
    odd = Namespace("odd", {**IEEE.atoms, "sin": math.cos})
    with pytest.raises(GradientError, match="odd: wrong at sin"):
        check_namespace(odd, n=5)
    assert "sin" in capsys.readouterr().out


def test_text_is_no_number(capsys):
    assert not any(check_namespace(TEXT, n=3).missing.values())
    assert capsys.readouterr().out


@given(expressions(smooth=True) | graphs(smooth=True, max_nodes=40), st.data())
def test_random_smooth_functions_raise_no_alarm(f, data):
    check_gradients(f, *data.draw(points_for(f)), order=data.draw(st.sampled_from([1, 1, 1, 2])))


@given(expressions(max_nodes=8), st.data())
def test_random_functions_raise_none_either(f, data):
    """Kinks included, a little aside."""
    check_gradients(f, *data.draw(points_for(f, margin=1e-3)))
