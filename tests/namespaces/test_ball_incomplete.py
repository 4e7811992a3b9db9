"""The incomplete functions on balls: what is computed in two ways has balls that overlap."""

import mpmath
from flint import arb, arb_series
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from micrograph.namespaces import ball_incomplete, ball_incomplete_beta
from micrograph.namespaces.mpmath import MPMATH
from micrograph.namespaces.series import Undecided, at_precision
from micrograph.special import incomplete_beta

sizes = st.floats(-3, 3).map(lambda e: 10**e)
bits = st.sampled_from([60, 170, 400])


def overlap(one, other, terms):
    """Whether so many coefficients of two series may be the same numbers, and are known at all."""
    pairs = [(one[k], other[k]) for k in range(terms)]
    assert all(x.is_finite() and y.is_finite() for x, y in pairs)
    return all(x.overlaps(y) for x, y in pairs)


@given(a=sizes, x=sizes, bits=bits, upper=st.booleans(), terms=st.integers(1, 4))
def test_the_sum_for_the_incomplete_gamma_function_is_the_mean_on_a_circle(
    a, x, bits, upper, terms
):
    def computed(way):
        return at_precision(bits, terms, lambda: way(terms, arb(a), arb(x), upper, 1))

    try:
        circle = computed(ball_incomplete._by_circle)
    except Undecided:
        assume(False)
    assert overlap(computed(ball_incomplete._regularised), circle, terms)


@given(
    operands=st.tuples(sizes, sizes), p=st.floats(0.001, 0.999), bits=bits, place=st.integers(0, 2)
)
def test_both_shares_of_the_incomplete_beta_function_add_up_to_1(operands, p, bits, place):
    def both():
        numbers = enumerate([*operands, p])
        a, b, x = (arb_series([y, 1] if k == place else [y]) for k, y in numbers)
        share = ball_incomplete_beta._share
        return share(a, b, x), 1 - share(b, a, 1 - x)

    try:
        one, other = at_precision(bits, 3, both)
    except Undecided:
        assume(False)
    assert overlap(one, other, 3)


@given(a=sizes, b=sizes, p=st.floats(0.001, 0.999), bits=bits)
def test_the_incomplete_beta_function_is_the_integral_of_its_density(a, b, p, bits):
    """In x alone it is computed so. The other series is FLINT's, whose argument moves."""

    def both():
        s, t, x = arb_series([a]), arb_series([b]), arb_series([p, 1])
        return ball_incomplete_beta.betainc(s, t, x).series, ball_incomplete_beta._integral(s, t, x)

    try:
        one, other = at_precision(bits, 4, both)
    except Undecided:
        assume(False)
    assert overlap(one, other, 4)


@given(
    operands=st.tuples(*[st.floats(-1.5, 1.5).map(lambda e: 10**e)] * 2, st.floats(0.05, 0.95)),
    ways=st.tuples(*[st.sampled_from([0, 1, -2])] * 3),
    k=st.integers(0, 5),
)
@settings(max_examples=20)
def test_derivatives_of_the_incomplete_beta_function_agree_with_mpmath(operands, ways, k):
    """Its own, and along any way the slope of each: Σ of the partials."""
    m, n = incomplete_beta.orders(k)
    above = [(m + n + 1) * (m + n + 2) // 2 + n, (m + n + 1) * (m + n + 2) // 2 + n + 1]

    def both():
        series = [arb_series([y, way]) for y, way in zip(operands, ways, strict=True)]
        return ball_incomplete_beta.betainc_slope(k, *series).series

    try:
        found = at_precision(300, 2, both)
    except Undecided:
        assume(False)
    with mpmath.workdps(60):
        numbers = list(map(mpmath.mpf, operands))
        true = MPMATH.betainc_slope(k, *numbers)
        slopes = [
            *(MPMATH.betainc_slope(i, *numbers) for i in above),
            MPMATH.betainc_density(k, *numbers),
        ]
        slope = sum(way * d for way, d in zip(ways, slopes, strict=True))
        size = max(abs(d) for d in slopes)

    def agree(got, expected, scale):
        off = abs(got - arb(mpmath.nstr(expected, 55)))
        return got.is_finite() and off < arb(mpmath.nstr(scale, 20)) * arb(10) ** -40

    assert at_precision(300, 2, lambda: agree(found[0], true, abs(true)))
    assert at_precision(300, 2, lambda: agree(found[1], slope, size))


def test_a_share_that_is_0_to_every_float_is_known_without_a_long_sum():
    """Its factor says so: (1 − p)ᵇ is exp(−3e5)."""
    y = at_precision(170, 1, lambda: ball_incomplete_beta.betainc(1.25, 6.9e10, 4.5e-6)).series[0]
    assert abs(1 - y) < arb(2) ** -160
