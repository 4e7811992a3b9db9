"""Every row of the table against mpmath: values and partials, in every namespace."""

import math

import mpmath
import numpy as np
import pytest
from accuracy import promise
from hypothesis import assume, example, given
from hypothesis import strategies as st
from rows import ROOTS, ROWS, near_roots, operands, ulps

import micrograph as mg
from micrograph import Value
from micrograph.namespaces.array import NUMPY
from micrograph.namespaces.floats import FLOAT, IEEE, Ieee
from micrograph.namespaces.mpmath import MPMATH
from micrograph.special import logistic

every_row = pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)


def differentiable(row, xs):
    """The operands that may move a little both ways without leaving the row's domain."""
    for i, x in enumerate(xs):
        # (+ h/3: a large x moved by a part of itself may be whole again, as a power needs)
        steps = [[*xs[:i], x + h * (abs(x) or 1) + h / 3, *xs[i + 1 :]] for h in (-1e-9, 1e-9)]
        if row.vectors or (
            row.arguments[i] not in row.static and all(ys in row.domain for ys in steps)
        ):
            yield i, x


@every_row
@given(data=st.data())
def test_partials_are_the_derivatives_of_the_definition(row, data):
    """The rule at 50 digits against mpmath's numerical derivative of the textbook value."""
    with mpmath.workdps(50):
        xs = [mpmath.mpf(x) for x in data.draw(operands(row, 1e-3, 20.0))]
        assume(row.kink is None or row.kink(MPMATH, *row.arrange(xs)) != 0)
        try:
            found = row.partials_at(MPMATH, MPMATH.value(row, xs), xs)
        except ZeroDivisionError:
            return  # a pole: see the corners
        for i, x in differentiable(row, xs):
            if mpmath.isinf(found[i]):
                continue  # likewise

            def along(t, i=i):
                return MPMATH.value(row, [*xs[:i], t, *xs[i + 1 :]])

            # mpmath differentiates at raised precision: nearly all digits are good
            assert mpmath.almosteq(found[i], mpmath.diff(along, x), rel_eps=1e-20, abs_eps=1e-20)


@every_row
@given(data=st.data())
def test_floats_keep_the_digits_of_values_and_partials(row, data):
    """The same rule on floats and at 400 digits: 2 units in the last place, partials 4."""
    drawn = operands(row, 1e-3, 20.0) | operands(row, 1e-100, 1e100)
    xs = data.draw(drawn | near_roots(row) if row.name in ROOTS else drawn)
    assume("gamma" not in row.name or xs[-1] > -100)  # mpmath takes minutes there
    assume("mills" not in row.name or xs[0] > -1e60)  # and here needs more digits
    try:
        y = FLOAT.value(row, xs)
    except OverflowError:
        assert abs(MPMATH.value(row, [mpmath.mpf(x) for x in xs])) > 1.79e308
        return
    with mpmath.workdps(400):  # floor(1e100/1e-100) has 200
        exact = [mpmath.mpf(x) for x in xs]
        if row.kink and not row.vectors and row.kink(MPMATH, *exact) == 0:
            return  # where −0.0 and 0.0 may differ, and mpmath has but one: see the corners
        truth = MPMATH.value(row, exact)
        normal = 1e-290 < abs(truth) < 1e300  # below, floats have fewer digits; above, none
        if normal and not row.vectors:  # a sum may cancel
            assert ulps(y, truth) <= promise(row.name).value
        movable = dict(differentiable(row, exact))
        if movable and (normal or truth == 0):
            found = FLOAT.partials(row, y, xs)
            try:
                exactly = row.partials_at(MPMATH, truth, exact)
            except ZeroDivisionError:
                return  # a pole: see the corners
            for i in movable:
                if 1e-290 < abs(exactly[i]) < 1e300:
                    assert ulps(found[i], exactly[i]) <= promise(row.name).partial


@every_row
@given(data=st.data())
def test_partials_never_raise(row, data):
    """Whatever the operands, infinities and NaN included, where the value itself is defined."""
    n = row.arity * (3 if row.vectors else 1)
    xs = data.draw(
        st.lists(st.floats() | st.sampled_from([0.0, -0.0, 1.0]), min_size=n, max_size=n)
    )
    if row.name == "round":
        xs[1] = 2.0
    try:
        y = FLOAT.value(row, xs)
    except (ValueError, ArithmeticError):
        y = IEEE.value(row, [Ieee(x) for x in xs])  # not even where it is not
    found = FLOAT.partials(row, float(y), xs)
    assert len(found) == n
    assert {type(d) for d in found} <= {float}


@every_row
@given(data=st.data())
def test_values_record_what_floats_compute(row, data):
    xs = data.draw(operands(row, 1e-3, 20.0))
    fixed = [name in row.static and row.arity == 2 and not row.operator for name in row.arguments]
    operands_ = [x if not row.vectors and fixed[i] else Value(x) for i, x in enumerate(xs)]
    leaves = [x for x in operands_ if isinstance(x, Value)]
    node = row(*row.arrange(operands_))
    y = FLOAT.value(row, xs)
    assert node.data == y
    assert node.op is row
    slopes = zip(operands_, FLOAT.partials(row, y, xs), strict=True)
    slopes = [d for x, d in slopes if isinstance(x, Value)]
    assert node.partials == pytest.approx(slopes, nan_ok=True, rel=0, abs=0)
    assert [id(p) for p in node.parents] == [id(x) for x in leaves]


@every_row
@given(data=st.data())
def test_numpy_computes_what_floats_compute(row, data):
    """On arrays of two examples; NumPy's own functions may differ by 4 units in the last place."""
    xs, ys = (data.draw(operands(row, 1e-3, 20.0)) for _ in range(2))
    columns = [np.array(pair) for pair in zip(xs, ys, strict=True)]
    for i, name in enumerate(row.arguments if not row.step else ["", "decimals"][: row.arity]):
        if name in row.static and name != "condition":
            columns[i] = ys[i] = xs[i]  # one number of digits, one exponent, for a whole array
    assume(row.vectors or ys in row.domain)
    both = NUMPY.value(row, columns)
    slopes = NUMPY.partials(row, both, columns)
    for i, operand in enumerate((xs, ys)):
        y = FLOAT.value(row, operand)
        # 1e-13: SciPy's erfc and lgamma differ from the C library's by up to 20 ULP
        assert both[i] == pytest.approx(y, rel=1e-13, abs=1e-14)
        if row.name == "round":
            continue  # np.round scales; its last digit differs from Python's
        for slope, d in zip(slopes, FLOAT.partials(row, y, operand), strict=True):
            # a pole is inf in both
            assert np.broadcast_to(slope, 2)[i] == pytest.approx(
                d, rel=1e-13, abs=1e-15, nan_ok=True
            )


def test_the_gamma_family_near_roots_and_poles():
    """Where the standard library's log Γ and SciPy's ψ lose all digits."""
    for x in (1 + 1e-12, 1 - 1e-9, 2 + 2e-12, 2 - 1e-7, 1.46, 0.35, 2.58, 7.3, -2.4570247382208006):
        with mpmath.workdps(50):
            exact = mpmath.log(abs(mpmath.gamma(mpmath.mpf(x))))
        assert ulps(FLOAT.lgamma(x), exact) <= 2
        assert ulps(NUMPY.lgamma(np.array([x]))[0], exact) <= 3
    for x in (-5 + 1e-12, -3 - 1e-9, -0.99, -20 + 1e-6, -17.25, 1.4616321449683622):
        with mpmath.workdps(50):
            assert ulps(FLOAT.digamma(x), mpmath.digamma(mpmath.mpf(x))) <= 2
    assert float(IEEE.digamma(Ieee(1e-310))) == -math.inf
    assert ulps(FLOAT.polygamma(2.0, -1e15 - 0.5), mpmath.polygamma(2, 1e15 + 1.5)) <= 2
    with pytest.raises(OverflowError, match=r"polygamma.* is too large for a float"):
        mg.polygamma(171, 2.0)


@given(st.lists(st.floats(-30, -1e-3), min_size=1, max_size=4), st.integers(1, 17))
def test_logsumexp_keeps_its_digits_next_to_its_root(xs, digits):
    """Where the exponentials add up to nearly 1, the largest element and its logarithm cancel."""
    rest = 1 - sum(map(math.exp, xs))
    assume(rest > 0)
    xs = [*xs, math.log(rest) * (1 + 10.0**-digits)]
    with mpmath.workdps(50):
        exact = mpmath.log(sum(mpmath.exp(mpmath.mpf(x)) for x in xs))
    assert ulps(FLOAT.logsumexp(xs), exact) <= 2


@pytest.mark.parametrize("n", range(10))
@given(x=st.floats(-1e3, 30) | st.floats(-1, 0))
def test_moments_of_the_truncated_normal(n, x):
    """n!·D₋ₙ₋₁(−x)/D₋₁(−x) by parabolic cylinder functions (Abramowitz & Stegun 19.5.3)."""
    assume(x == 0 or abs(x) > 1e-9)  # mpmath takes seconds there
    with mpmath.workdps(40):
        above, below = mpmath.pcfd(-n - 1, -x), mpmath.pcfd(-1, -x)
        exact = mpmath.factorial(n) * above / below
    assert ulps(mg.truncnorm_moment(n, x), exact) <= 3 + n / 2  # two roundings a step, seldom alike


@given(st.floats(0, 40), st.floats(-3, 3), st.integers(0, 60))
@example(2.05, -2.0, 6)  # 2.2 ULP where what rounding lost is left out
@example(1.31, 0.5, 10)
@example(1.26, -1.9, 3)
@example(2.05, -2.0, 0)
def test_logaddexp_keeps_its_digits_next_to_0_and_to_its_root(distance, share, halvings):
    """Where the larger operand is about as large as what is added to it, or a small part of it."""
    high = share * math.log1p(math.exp(-distance)) / 2**halvings
    low = high - distance
    with mpmath.workdps(80):
        truth = mpmath.log(mpmath.exp(high) + mpmath.exp(low))
    assert ulps(mg.logaddexp(high, low), truth) <= 1.5
    assert mg.logaddexp(low, high) == mg.logaddexp(high, low)


def test_a_small_term_of_logsumexp_is_kept():
    """log(1 + exp(−18)) is 1.5e-8; as the logarithm of a sum near 1 it has 8 digits."""
    for xs in ((0.0, -18.0), (-18.0, 0.0, -40.0), (0.5, 0.5, -18.0), (-3.0,)):
        with mpmath.workdps(50):
            exact = mpmath.log(sum(mpmath.exp(x) for x in xs))
        assert ulps(FLOAT.logsumexp(xs), exact) <= 2


@given(st.floats(-800, 800) | st.floats(-5, 5))
def test_floats_spell_sigmoid_for_speed_alone(x):
    """The compiled engine computes as the row says."""
    assert FLOAT.sigmoid(x) == logistic.sigmoid(FLOAT, x)
