"""The incomplete functions on balls: what is computed in two ways has balls that overlap."""

from flint import arb, arb_series
from hypothesis import assume, given
from hypothesis import strategies as st

from micrograph.namespaces import ball_incomplete, ball_incomplete_beta
from micrograph.namespaces.series import Undecided, at_precision

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
        return share(0, 0, a, b, x), 1 - share(0, 0, b, a, 1 - x)

    try:
        one, other = at_precision(bits, 3, both)
    except Undecided:
        assume(False)
    assert overlap(one, other, 3)


def test_a_share_that_is_0_to_every_float_is_known_without_a_long_sum():
    """Its factor says so: (1 − p)ᵇ is exp(−3e5)."""
    y = at_precision(170, 1, lambda: ball_incomplete_beta.betainc(1.25, 6.9e10, 4.5e-6)).series[0]
    assert abs(1 - y) < arb(2) ** -160
