"""What rows do at kinks, poles and ends of domains, on NaN, and as text."""

import math
import operator
import re
from itertools import product

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rows import ROWS

import micrograph as mg
from micrograph import DomainError, Value
from micrograph.core import TABLE, Primitive
from micrograph.namespaces.array import NUMPY
from micrograph.namespaces.floats import FLOAT, IEEE, Ieee
from micrograph.namespaces.latex import LATEX, Latex, template
from micrograph.namespaces.mpmath import MPMATH
from micrograph.namespaces.text import TEXT, Text, formula, show

every_row = pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)


@every_row
def test_a_row_prints_its_rule(row):
    xs = [Text(f"{name}{i}") for name in row.arguments for i in range(3 if row.vectors else 1)]
    assert all(isinstance(d, float | Text) for d in row.partials_at(TEXT, Text("y"), xs))
    with pytest.raises(TypeError, match=r"xp\.where"):
        bool(xs[0])


@pytest.mark.parametrize(
    ("row", "xs", "slopes"),
    [  # the policy at kinks and corners
        (mg.relu, (0.0,), (0.0,)),
        (mg.abs, (0.0,), (0.0,)),
        (mg.sign, (0.0,), (0.0,)),
        (mg.lt, (1.0, 1.0), (0.0, 0.0)),
        (mg.maximum, (2.0, 2.0), (0.5, 0.5)),
        (mg.minimum, (2.0, 2.0), (0.5, 0.5)),
        (mg.maximum, (math.inf, 1.0), (1.0, 0.0)),
        (mg.maximum, (math.nan, 1.0), (math.nan, math.nan)),
        (mg.mod, (7.0, 2.0), (1.0, -3.0)),
        (mg.mod, (-7.0, 2.0), (1.0, 4.0)),
        (mg.floordiv, (7.0, 2.0), (0.0, 0.0)),
        (mg.pow, (0.0, 0.0), (0.0, 0.0)),
        (TABLE["constpow"], (0.0, 0.0), (0.0, 0.0)),
        (TABLE["constpow"], (5.0, 0.0), (0.0, 0.0)),
        (mg.pow, (0.0, 2.0), (0.0, 0.0)),
        (mg.pow, (0.0, 1.0), (1.0, 0.0)),
        (mg.pow, (0.0, 0.5), (math.inf, 0.0)),
        (TABLE["constpow"], (0.0, 0.1), (math.inf, 0.0)),
        (mg.pow, (-2.0, 3.0), (12.0, math.nan)),
        (mg.pow, (-1e-200, 2.0), (-2e-200, math.nan)),
        (TABLE["constpow"], (-2.0, 3.0), (12.0, 0.0)),
        (
            TABLE["constpow"],
            (-1.0, 9007199254740996.0),
            (-9007199254740996.0,),
        ),  # b − 1 rounds to b
        (mg.sqrt, (0.0,), (math.inf,)),
        (mg.sqrt, (-0.0,), (math.inf,)),
        (mg.cbrt, (0.0,), (math.inf,)),
        (mg.asin, (1.0,), (math.inf,)),
        (mg.acos, (-1.0,), (-math.inf,)),
        (mg.acosh, (1.0,), (math.inf,)),
        (mg.hypot, (0.0, 0.0), (0.0, 0.0)),
        (mg.hypot, (1e200, 1e200), (0.5**0.5, 0.5**0.5)),
        (mg.atan2, (0.0, 0.0), (0.0, 0.0)),
        (mg.atan2, (1e200, 1e200), (5e-201, -5e-201)),
        (mg.floor, (2.0,), (0.0,)),
        (mg.ceil, (2.5,), (0.0,)),
        (mg.clip, (0.5, 0.0, 1.0), (1.0, 0.0, 0.0)),
        (mg.clip, (0.0, 0.0, 1.0), (0.5, 0.5, 0.0)),
        (mg.clip, (1.0, 1.0, 1.0), (0.0, 0.0, 0.5)),
        (mg.clip, (7.0, 0.0, 1.0), (0.0, 0.0, 1.0)),
        (mg.prod, (0.0, 3.0, 0.0), (0.0, 0.0, 0.0)),
        (mg.max, (1.0, 3.0, 3.0), (0.0, 0.5, 0.5)),
        (mg.max, (-math.inf, math.inf), (0.0, 1.0)),
        (mg.min, (2.0, 2.0, 2.0, 2.0), (0.25, 0.25, 0.25, 0.25)),
        (mg.prod, (0.0, 3.0, 2.0), (6.0, 0.0, 0.0)),
        (mg.mean, (1.0, 2.0, 6.0), (1 / 3, 1 / 3, 1 / 3)),
        (mg.logsumexp, (1000.0, 1000.0), (0.5, 0.5)),
        (mg.logaddexp, (-math.inf, -math.inf), (0.5, 0.5)),
        (mg.softplus, (-800.0,), (0.0,)),
        (mg.log_sigmoid, (800.0,), (0.0,)),
        (mg.log_norm_cdf, (-1e8,), (1e8,)),
        (mg.log_norm_cdf, (-math.inf,), (math.inf,)),
        (mg.inverse_mills, (-1e200,), (-1.0,)),
        (mg.polygamma, (0.0, 1.0), (0.0, math.pi**2 / 6)),
        (mg.truncnorm_moment, (0.0, -3.0), (0.0, 0.0)),
        (mg.truncnorm_moment, (2.0, -1e200), (0.0, 0.0)),
        (mg.truncnorm_moment, (2.0, 1e100), (0.0, 2e100)),
        (mg.leaky_relu, (0.0, 0.25), (0.25, 0.0)),
        (mg.leaky_relu, (-0.0, 0.0), (0.0, 0.0)),  # as relu
        (mg.elu, (0.0, 2.0), (2.0, 0.0)),
        (mg.elu, (-math.inf, 2.0), (0.0, -1.0)),
        *(
            (mg.lambertw, (-1 / math.e, k), (slope, 0.0))
            for k, slope in ((0, math.inf), (-1, -math.inf))
        ),
        (mg.lambertw, (0.0, 0), (1.0, 0.0)),
        (mg.lambertw, (math.inf, 0), (0.0, 0.0)),
        (mg.sinc, (0.0,), (0.0,)),
        *((row, (x,), (0.0,)) for row in (mg.sinc, mg.softsign) for x in (math.inf, -math.inf)),
        (mg.softsign, (0.0,), (1.0,)),
        (mg.softsign, (1e100,), (1e-200,)),
        *((mg.mish, (x,), (float(x > 0),)) for x in (math.inf, -math.inf, 1e300, -1e300)),
        (mg.log1mexp, (720.0,), (math.exp(-720.0),)),
        (mg.silu, (-1e300,), (0.0,)),
        (mg.gelu, (-1e300,), (0.0,)),
        *((mg.gelu, (x,), (float(x > 0),)) for x in (math.inf, -math.inf)),
        *((mg.silu, (x,), (float(x > 0),)) for x in (math.inf, -math.inf, 1e300, -1e300)),
        *(
            (row, (x,), (0.0,))
            for row in (TABLE["gelu_slope"], TABLE["silu_slope"])
            for x in (math.inf, -math.inf)
        ),
        (mg.norm_pdf, (-math.inf,), (0.0,)),
        (mg.atan2, (1.5, math.inf), (0.0, 0.0)),
        (mg.logsumexp, (-math.inf,), (1.0,)),
        (mg.logsumexp, (-math.inf, -math.inf), (0.5, 0.5)),
        (mg.logsumexp, (0.0, math.inf), (0.0, 1.0)),
        (mg.logsumexp, (-math.inf, 3.0), (0.0, 1.0)),
        (mg.logsumexp, (0.0, math.nan), (math.nan, math.nan)),
        (mg.logaddexp, (-math.inf, 3.0), (0.0, 1.0)),
        (mg.prod, (1.0, 1e-300, 1e200, 1e200), (1e100, math.inf, 1e-100, 1e-100)),
        (mg.prod, (0.0, 0.0, 1e200, 1e200), (0.0, 0.0, 0.0, 0.0)),
        (mg.xlogy, (0.0, 0.0), (-math.inf, 0.0)),
        (TABLE["azmul"], (0.0, math.inf), (math.inf, 0.0)),
        (mg.sigmoid, (40.0,), (4.248354255291589e-18,)),  # mpmath: exp(-40)/(1 + exp(-40))**2
        (mg.tanh, (20.0,), (1.6993417021166355e-17,)),  # mpmath: sech(20)**2
        (
            TABLE["constpow"],
            (1e-200, 0.1),
            (9.999999999999974e178,),
        ),  # mpmath; b·a**(b−1) is 89 ULP off
    ],
    ids=str,
)
def test_corners(row, xs, slopes):
    found = FLOAT.partials(row, FLOAT.value(row, xs), xs)[: len(slopes)]
    assert found == pytest.approx(slopes, rel=4e-16, abs=0, nan_ok=True)


@pytest.mark.parametrize(
    ("row", "xs", "y"),
    [
        (mg.sign, (-0.0,), 0.0),
        (mg.sign, (math.nan,), math.nan),
        (mg.relu, (-0.0,), 0.0),
        (mg.maximum, (math.nan, 1.0), math.nan),
        (mg.minimum, (1.0, math.nan), math.nan),
        (mg.clip, (5.0, 0.0, 1.0), 1.0),
        (mg.xlogy, (0.0, 0.0), 0.0),
        (mg.xlogy, (0.0, 3.0), 0.0),
        (TABLE["azmul"], (0.0, math.inf), 0.0),
        (mg.hypot, (0.0, 0.0), 0.0),
        (mg.max, (1.0, math.nan, 2.0), math.nan),
        (mg.where, (0.0, math.inf, 2.0), 2.0),
        (mg.where, (math.nan, 1.0, 2.0), 1.0),
        (mg.logical_and, (2.0, -1.0), 1.0),
        (mg.logical_and, (2.0, 0.0), 0.0),
        (mg.logical_or, (0.0, 0.0), 0.0),
        (mg.logical_or, (0.0, 0.5), 1.0),
        (mg.logical_not, (0.5,), 0.0),
        (mg.ne, (math.nan, math.nan), 1.0),
        (mg.eq, (math.nan, math.nan), 0.0),
        (mg.sum, (), 0.0),
        (mg.prod, (), 1.0),
        (mg.prod, (1e200, 1e200, 1e-300), 1e100),
        (mg.prod, (1e200, 1e200, -0.0), -0.0),
        (mg.logsumexp, (), -math.inf),
        (mg.logsumexp, (-math.inf,), -math.inf),
        (mg.logsumexp, (-math.inf, -math.inf), -math.inf),
        (mg.logsumexp, (-math.inf, math.inf), math.inf),
    ],
    ids=str,
)
def test_values_at_corners(row, xs, y):
    """Of floats, and of the definition."""
    found = FLOAT.value(row, xs)
    assert found == pytest.approx(y, nan_ok=True)
    assert math.copysign(1, found) == math.copysign(1, y)
    assert float(MPMATH.value(row, [*map(mpmath.mpf, xs)])) == pytest.approx(y, nan_ok=True)


@given(st.lists(st.tuples(st.floats(1, 2), st.integers(-1074, 1022)), max_size=6), st.booleans())
def test_a_product_leaves_the_range_of_floats_only_where_it_must(parts, with_zero):
    """Neither it nor its partials, of floats or of arrays, overflow or underflow on the way."""
    xs = [0.0] * with_zero + [math.ldexp(x, e) for x, e in parts]
    others = [[x for j, x in enumerate(xs) if j != i] for i in range(len(xs))]
    with mpmath.workprec(8000):  # exact
        exact = [float(mpmath.fprod(map(mpmath.mpf, factors))) for factors in (xs, *others)]
    y = FLOAT.value(mg.prod, xs)
    arrays = [np.array([x]) for x in xs]
    for_arrays = NUMPY.value(mg.prod, arrays)
    for found in (
        [y, *FLOAT.partials(mg.prod, y, xs)],
        [np.ravel(e)[0] for e in (for_arrays, *NUMPY.partials(mg.prod, for_arrays, arrays))],
    ):  # six roundings, of a subnormal number too
        assert found == pytest.approx(exact, rel=6 * 2**-53, abs=5e-324)


VECTORS = [row for row in ROWS if row.vectors]


@pytest.mark.parametrize("row", VECTORS, ids=str)
@pytest.mark.parametrize("length", range(4))
def test_a_vector_row_has_a_value_or_one_sentence(row, length):
    """An error is written without fail, however many numbers there are, and whatever they are."""
    for xs in product([0.0, -math.inf, math.inf, 1e300, math.nan], repeat=length):
        for numbers in (xs, [Value(x, f"x{i}") for i, x in enumerate(xs)]):
            try:
                row(*[numbers] * row.vectors)
            except (DomainError, ZeroDivisionError, OverflowError) as error:
                said = r".+(: expected one number at least, got none| is undefined.*: expected finite numbers| divides by zero.*| is too large for a float.*)"
                assert re.fullmatch(said, str(error))  # noqa: PT017  # some raise, some don't


@pytest.mark.parametrize(
    ("name", "x", "y"),
    [  # C's, which NumPy hands on
        *((name, x, x) for name in ("floor", "ceil", "trunc") for x in (math.inf, -math.inf)),
        ("sinh", 710.4, float(np.sinh(710.4))),
        ("sinh", -710.4, float(np.sinh(-710.4))),
        ("sinh", 711.0, math.inf),
        ("sinh", -711.0, -math.inf),
        ("gamma", -5e-324, -math.inf),
        ("gamma", 5e-324, math.inf),
        ("gamma", 0.0, math.inf),
        ("gamma", -0.0, -math.inf),
        ("gamma", 172.0, math.inf),
        ("gamma", -1.0, math.nan),
        ("lgamma", 0.0, math.inf),
        ("lgamma", -3.0, math.inf),
    ],
)
def test_ieee_functions_at_their_ends(name, x, y):
    assert float(getattr(IEEE, name)(Ieee(x))) == pytest.approx(y, rel=1e-15, abs=0, nan_ok=True)


def test_truth_is_the_definition_and_machine_numbers_take_the_stable_form():
    row = Primitive(
        "planted",
        partials=lambda xp, y, x: (1.0,),
        definition=lambda xp, x: x,
        stable=lambda xp, x: x + 1,
    )
    assert MPMATH.spell(row)(mpmath.mpf(1)) == 1
    assert FLOAT.spell(row)(1.0) == 2


@pytest.mark.parametrize(
    "name", ["sinh", "log", "log2", "log10", "log1p", "exp", "expm1", "tan", "cosh"]
)
def test_ieee_functions_are_numpys(name):
    numbers = [0.0, -0.0, 1.0, -1.0, -2.0, math.inf, -math.inf, math.nan, 1e300, -1e300]
    with np.errstate(all="ignore"):
        expected = getattr(np, name)(np.array(numbers))
    found = [float(getattr(IEEE, name)(Ieee(x))) for x in numbers]
    assert found == pytest.approx(expected, rel=1e-14, nan_ok=True)


@every_row
def test_a_row_has_a_form_in_latex(row):
    written = template(row).format(*(f"<{name}>" for name in row.arguments))
    assert all(f"<{name}>" in written for name in row.arguments)
    assert written.count("{") == written.count("}")
    assert not set("%&~#$≤≥≠·") & set(written)  # LaTeX reads these otherwise, or not at all


@every_row
def test_nan_in_gives_nan_out(row):
    if row.dense and row.arity == 1 and not row.vectors:
        assert math.isnan(FLOAT.value(row, [math.nan]))
        assert math.isnan(NUMPY.value(row, [np.array([math.nan])])[0])


def test_a_value_out_of_a_nan_operand_is_nan():
    for row in (mg.maximum, mg.minimum):
        assert math.isnan(row(math.nan, 1.0))
        assert math.isnan(row(1.0, math.nan))
    assert math.isnan(mg.relu(math.nan))


@pytest.mark.parametrize(
    ("a", "b", "y"),
    [(-8.0, 0.5, math.nan), (0.0, -1.0, math.inf), (-0.0, -1.0, -math.inf), (-10.0, 401.0, -math.inf),
     (-10.0, 400.0, math.inf), (2.0, 0.5, 2**0.5), (-2e-4, -117.7, math.nan), (-1e200, 1.5, math.nan),
     (-1.0, math.inf, 1.0), (-0.5, -math.inf, math.inf), (-math.inf, 0.5, math.inf),
     (-math.inf, -0.5, 0.0)],
)  # fmt: skip
def test_ieee_powers(a, b, y):
    assert np.array(Ieee(a) ** Ieee(b)) == pytest.approx(y, nan_ok=True)
    with np.errstate(all="ignore"):
        assert np.float64(a) ** np.float64(b) == pytest.approx(y, nan_ok=True)


def test_ieee_division_is_numpys():
    numbers = [0.0, -0.0, 1.0, -2.0, math.inf, -math.inf, math.nan]
    for a in numbers:
        for b in numbers:
            with np.errstate(all="ignore"):
                expected = np.float64(a) / np.float64(b)
            assert Ieee(a) / b == pytest.approx(expected, nan_ok=True)
            assert isinstance(a / Ieee(b), Ieee)


@pytest.mark.parametrize(
    ("x", "text"),
    [(33.000300000000003, "33.0003"), (1 / 3, "0.333333"), (5.000001, "5.000001"), (6.0, "6"),
     (0.1 + 0.2, "0.3"), (123456789.0, "123456789"), (1e-300, "1e-300"), (-0.5, "-0.5"),
     (math.inf, "inf"), (math.nan, "nan"), (1e22, "1e+22")],
)  # fmt: skip
def test_numbers_print_with_sensible_digits(x, text):
    assert show(x) == text


@pytest.mark.parametrize(
    ("row", "operands", "text"),
    [(mg.mul, ["b", "c"], "b·c"), (mg.mul, [3.0, "v"], "3·v"), (mg.add, ["a", -2.0], "a + (-2)"),
     (mg.mul, [-2.0, "v"], "(-2)·v"), (mg.neg, ["x"], "-x"), (TABLE["constpow"], ["x", 2.0], "x^2"),
     (mg.sigmoid, ["z"], "σ(z)"), (mg.sum, ["a", "b", 1.0], "a + b + 1"), (mg.lt, ["a", 0.0], "a < 0"),
     (mg.dot, ["w1", "w2", "x1", "x2"], "w1·x1 + w2·x2"), (mg.where, ["c", "a", "b"], "where(c, a, b)"),
     (mg.sum, [f"x{i}" for i in range(100)], "sum(x0, x1, …, x99)")],
)  # fmt: skip
def test_formulas_read_as_a_person_writes_them(row, operands, text):
    assert formula(row, operands) == text


CHOOSING = {  # rows of which the definition is no formula of a textbook, by Python itself
    "lt": operator.lt,
    "le": operator.le,
    "gt": operator.gt,
    "ge": operator.ge,
    "eq": operator.eq,
    "ne": operator.ne,
    "logical_and": lambda a, b: bool(a) and bool(b),
    "logical_or": lambda a, b: bool(a) or bool(b),
    "logical_not": lambda a: not a,
    "sign": lambda x: math.copysign(1, x) if x else 0,
    "maximum": max,
    "minimum": min,
    "clip": lambda x, low, high: min(max(x, low), high),
    "relu": lambda x: max(x, 0),
    "where": lambda condition, a, b: a if condition else b,
    "copysign": math.copysign,
    "floor": math.floor,
    "ceil": math.ceil,
    "trunc": math.trunc,
    "round": lambda x, digits: round(x),
}


@pytest.mark.parametrize("name", CHOOSING)
@pytest.mark.parametrize("xp", [FLOAT, IEEE, NUMPY, MPMATH], ids=str)
def test_rows_that_choose_are_pythons(name, xp):
    row = TABLE[name]
    for xs in product([-2.0, -0.75, 0.0, 1.0, 3.0], repeat=row.arity):
        if name == "round":
            xs = (xs[0], 0.0)
        elif name == "copysign" and xs[1] == 0:
            continue  # mpmath has but one 0
        assert float(xp.value(row, [xp.convert(x) for x in xs])) == CHOOSING[name](*xs), xs
        if row.step:
            assert not any(FLOAT.partials(row, 0.0, xs))


def test_where_rows_are_flat_and_where_they_choose():
    """A missing flag would let an infinite adjoint into what was not taken."""
    steps = {
        "floordiv",
        "sign",
        "round",
        "floor",
        "ceil",
        "trunc",
        "stop_gradient",
        "lt",
        "le",
        "gt",
    }
    steps |= {"ge", "eq", "ne", "logical_and", "logical_or", "logical_not"}
    assert {row.name for row in ROWS if row.step} == steps
    choices = {"where", "maximum", "minimum", "max", "min", "clip", "relu"}
    assert {row.name for row in ROWS if row.choice} == choices


@pytest.mark.parametrize(
    ("row", "inside", "outside"),
    [
        (mg.log, [5e-324, 1e308], [0.0, -1.0]),
        (mg.log2, [5e-324, 0.5], [0.0, -1.0]),
        (mg.log10, [5e-324, 0.5], [0.0, -1.0]),
        (mg.log1p, [-1 + 2**-53, 0.0], [-1.0, -2.0]),
        (mg.sqrt, [0.0, 1.0], [-5e-324]),
        (mg.asin, [-1.0, -0.5, 1.0], [1 + 2**-52, -1 - 2**-52]),
        (mg.acos, [-1.0, 0.5, 1.0], [1 + 2**-52, -1 - 2**-52]),
        (mg.acosh, [1.0, 2.0], [1 - 2**-53]),
        (mg.atanh, [-1 + 2**-53, -0.5, 0.5], [-1.0, 1.0]),
        (mg.gamma, [0.5, 1.0, 2.0, -0.5], [0.0, -1.0]),
        (mg.reciprocal, [1.0, -1.0], [0.0]),
        (
            mg.polygamma,
            [(0.0, 1.0), (1.0, 1.0), (2.0, -0.5)],
            [(-1.0, 1.0), (0.5, 1.0), (1.0, -1.0)],
        ),
        (mg.truncnorm_moment, [(0.0, 1.0), (1.0, 1.0), (2.0, -0.5)], [(-1.0, 1.0), (0.5, 1.0)]),
        (mg.pow, [(0.0, 0.0), (-2.0, 3.0), (-0.5, -2.0), (2.0, 0.5)], [(0.0, -1.0), (-2.0, 0.5)]),
        (mg.xlogy, [(0.0, 0.0), (1.0, 1.0)], [(1.0, 0.0), (1.0, -1.0)]),
        (mg.div, [(1.0, 2.0), (1.0, -0.5)], [(1.0, 0.0)]),
        (mg.mod, [(1.0, 2.0), (1.0, -0.5)], [(1.0, 0.0)]),
    ],
    ids=str,
)
def test_domains_end_where_the_function_does(row, inside, outside):
    for xs, within in [(x, True) for x in inside] + [(x, False) for x in outside]:
        xs = xs if isinstance(xs, tuple) else (xs,)
        assert (xs in row.domain) == within, xs
        try:
            row(*xs)
        except (ValueError, ZeroDivisionError):
            assert not within, xs
        else:
            assert within, xs


@pytest.mark.parametrize(
    ("row", "kinks", "smooth"),
    [
        (mg.clip, [(1.0, 1.0, 3.0), (3.0, 1.0, 3.0), (5.0, 2.0, 2.0)], [(2.0, 1.0, 3.0), (-1.0, 1.0, 3.0), (0.0, -1.0, 3.0)]),
        (mg.remainder, [(1.0, 2.0), (3.0, 2.0), (-5.0, 2.0)], [(4.0, 2.0), (0.25, 2.0), (6.0, 1.5)]),
        (mg.round, [(2.5, 0.0), (0.25, 1.0), (-0.5, 0.0)], [(2.0, 0.0), (0.2, 0.0)]),
        (mg.atan2, [(0.0, -1.0), (0.0, 0.0)], [(1.0, -1.0), (0.0, 1.0)]),
        (mg.maximum, [(2.0, 2.0)], [(2.0, 3.0)]),
        (mg.floor, [(2.0,)], [(2.5,)]),
        (mg.ceil, [(2.0,)], [(2.5,)]),
        (mg.trunc, [(-2.0,)], [(2.5,)]),
    ],
    ids=str,
)  # fmt: skip
def test_kinks_are_where_the_slope_jumps(row, kinks, smooth):
    assert all(row.kink(MPMATH, *map(mpmath.mpf, xs)) == 0 for xs in kinks)
    assert all(row.kink(MPMATH, *map(mpmath.mpf, xs)) != 0 for xs in smooth)


def test_rows_apply_to_every_kind_of_number():
    assert mg.exp(0) == 1.0
    assert isinstance(mg.maximum(1, 2), float)
    assert mg.exp(np.float32(0)) == 1.0
    assert mg.relu(mpmath.mpf(-1)) == 0
    assert mg.exp(Value(0.0)).data == 1.0
    assert mg.exp(np.zeros(2)).tolist() == [1.0, 1.0]
    assert [v.data for v in mg.maximum(np.array([Value(0.0), Value(3.0)]), 1.0)] == [1.0, 3.0]
    assert mg.sum([]) == 0.0
    assert (mg.round(2.5), mg.round(2.567, 2)) == (2.0, 2.57)
    assert mg.round(Value(1.6)).data == 2.0
    assert mg.dot(np.array([1.0, 2.0]), [3, Value(4.0)]).data == 11.0
    assert mg.sum(x * x for x in (Value(1.0), Value(2.0))).data == 5.0


@pytest.mark.parametrize(
    ("call", "error", "text"),
    [
        (lambda: mg.exp("1"), TypeError, "expected a number, got '1'"),
        (lambda: mg.exp(None), TypeError, "expected a number, got None"),
        (lambda: mg.exp(1j), TypeError, "expected a number, got 1j"),
        (lambda: mg.exp(np.complex64(1j)), TypeError, "expected a number"),
        (lambda: mg.exp([1.0]), TypeError, r"expected a number, got \[1.0\]"),
        (lambda: mg.digamma(-2), mg.DomainError, "at x = -2.0: expected x > 0 or not an integer"),
        (lambda: mg.polygamma(1, 0), mg.DomainError, "expected n among 0, 1, 2 … and x > 0"),
        (lambda: mg.polygamma(1.5, Value(2.0)), mg.DomainError, "expected 1.5 among 0, 1, 2 …"),
        (lambda: mg.digamma(1e-310), OverflowError, "too large for a float"),
        (
            lambda: mg.prod(3, 4),
            TypeError,
            r"prod expects 1 argument, prod\(\[x1, x2, …\]\); got 2",
        ),
        (lambda: mg.exp(z=1), TypeError, r"exp expects 1 argument, exp\(x\); got 0 and z"),
        (lambda: mg.clip(1, low=2), TypeError, r"clip expects 3 .* clip\(x, low, high\); got 2"),
        (lambda: mg.clip(1, 2, x=3), TypeError, r"clip\(x, low, high\); got 2 and x"),
        (lambda: mg.log(8.0, base=2), TypeError, r"log\(x\); got 1 and base"),
        (
            lambda: mg.elu(1, a=2),
            TypeError,
            r"elu expects 1 or 2 .* elu\(x, alpha=1\); got 1 and a",
        ),
        (lambda: mg.exp(1, 2), TypeError, r"exp expects 1 argument, exp\(x\); got 2"),
        (lambda: mg.maximum(1), TypeError, r"maximum expects 2 arguments, maximum\(a, b\); got 1"),
        (lambda: mg.sum(3), TypeError, "sum expects a sequence of numbers, got 3"),
        (lambda: mg.dot([1], [1, 2]), ValueError, "dot expects vectors of one length, got 1 and 2"),
        (lambda: mg.log(-1), mg.DomainError, "undefined at x = -1.0: expected x > 0"),
        (lambda: mg.sin(math.inf), mg.DomainError, "sin.* expected a finite x"),
        (lambda: mg.pow(-8, 0.5), mg.DomainError, "expected a ≥ 0 or b an integer"),
        (lambda: mg.div(1, 0), ZeroDivisionError, "a / b divides by zero at a = 1.0, b = 0.0"),
        (lambda: mg.pow(0, -1), ZeroDivisionError, r"a\^b divides by zero"),
        (lambda: mg.exp(1000), OverflowError, r"exp\(x\) is too large for a float at x = 1000.0"),
        (lambda: FLOAT.nonsense, AttributeError, "no row named 'nonsense'"),
        (
            lambda: mg.lambertw(Value(-2.0)),
            mg.DomainError,
            "expected x ≥ -1/e with k = 0, or -1/e ≤ x < 0 with k = -1",
        ),
    ],
)
def test_bad_input_gets_one_sentence(call, error, text):
    with pytest.raises(error, match=text):
        call()


@pytest.mark.parametrize("kind", [float, Value, lambda x: np.array([x, x])])
def test_no_row_passes_over_a_word_that_it_does_not_know(kind):
    """softplus(x, beta=2) is another function elsewhere."""
    for row in ROWS:
        x = [[kind(0.5)]] * row.vectors or [kind(0.5)] * row.arity
        with pytest.raises(TypeError, match="beta"):
            row(*x, beta=2.0)


@pytest.mark.parametrize(
    ("name", "text", "latex"),
    [
        (
            "cross_entropy_slope",
            "-y / x + (1 - y) / (1 - x)",
            r"\frac{- y}{x} + \frac{1 - y}{1 - x}",
        ),
        ("logistic_loss_slope", "σ(x) - y", r"\sigma(x) - y"),
        (
            "silu_slope",
            "σ(x)·(1 + x·σ(-x))",
            r"\sigma(x) \cdot \left(1 + x \cdot \sigma(- x)\right)",
        ),
        ("identity", "x", "x"),
    ],
)
def test_a_row_that_users_do_not_know_is_written_by_its_formula(name, text, latex):
    row = TABLE[name]
    names = ("x", "y")[: row.arity]
    assert formula(row, names) == text
    assert str(LATEX.value(row, [Latex(x) for x in names])) == latex


def test_a_factor_of_1_in_a_dot_product_is_not_written():
    """Exactly 1, on either side; a bias is b·1."""
    w, x, b = Text("w"), Text("x"), Text("b")
    assert str(TEXT.dot([w, b], [x, 1.0])) == "w·x + b"
    assert str(TEXT.dot([1.0, w], [b, 1 + 2**-52])) == "b + w·1"
    assert str(TEXT.dot([1.0, w], [-2.0, x])) == "-2 + w·x"
    assert str(LATEX.dot([Latex("w"), Latex("b")], [Latex("x"), 1.0])) == r"w \cdot x + b"
    assert str(TEXT.sum([w, 1.0])) == "w + 1"


def test_a_namespace_without_an_atom_says_so():
    row = Primitive("zeta", partials=lambda xp, y, x: (0.0,))
    with pytest.raises(NotImplementedError, match="float numbers have no zeta"):
        FLOAT.spell(row)


def test_arguments_have_names():
    x = Value(2.345)
    assert mg.round(x, decimals=2).data == mg.round(2.345, decimals=2) == 2.35
    assert mg.clip(x, low=0, high=1).data == mg.clip(x, 0, high=1).data == 1.0
    assert mg.where(condition=x > 2, a=x, b=0).data == 2.345
    assert mg.exp(x=0.0) == 1.0
    with pytest.raises(TypeError):
        mg.round(x, decimals=Value(2.0))


def test_hypot_takes_numbers_as_well_as_a_vector():
    a, b = Value(3.0), Value(4.0)
    for y in (mg.hypot(a, b), mg.hypot([a, b]), a.hypot(b), mg.hypot(a, 4), mg.hypot(3, b)):
        assert y.data == 5.0
    assert mg.hypot(3, 4) == mg.hypot([3, 4]) == mg.hypot(np.array([3.0, 4.0])) == 5.0
    assert mg.hypot(-2) == 2.0
    mg.hypot(a, b).backward()
    assert (a.grad, b.grad) == (0.6, 0.8)


@pytest.mark.parametrize("empty", [[], (), np.zeros(0), np.zeros((3, 0)), mg.values(np.zeros(0))])
@pytest.mark.parametrize("name", ["max", "min", "mean"])
def test_of_no_numbers_there_is_no_largest_and_no_mean(name, empty):
    with pytest.raises(mg.DomainError, match=f"{name}: expected one number at least, got none"):
        getattr(mg, name)(empty)
