"""Every row of the table against mpmath: values and partials, in every namespace."""

import math
import operator
from itertools import product

import mpmath
import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from rows import ROOTS, ROWS, near_roots, operands, ulps

import micrograph as mg
from micrograph import Value, forms
from micrograph.backends.mpmath import MPMATH
from micrograph.backends.numpy import NUMPY
from micrograph.namespaces import FLOAT, IEEE, TEXT, Ieee, Text, formula, show
from micrograph.row import TABLE, Primitive

every_row = pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)


BOUNDS = {  # units in the last place of value and slope, where they are not 2 and 4
    **dict.fromkeys(("sigmoid", "log_sigmoid", "softplus", "logaddexp"), (1.5, 4)),
    # the C library's cbrt is good to 2.9 (its slope y/3x carries them), its tanh to 2.1
    "cbrt": (3, 5),
    "tanh": (2.5, 4),
    # as the standard library has it, so that a drop-in gives its floats: 6.4
    "gamma": (8, 12),
    # between its roots 1 and 2, as a difference: 3.4 (digits to spare would take 40 times as long)
    "lgamma": (4, 4),
    # as a logarithm less a sum of reciprocals: 2.1
    **dict.fromkeys(("digamma", "polygamma"), (2.5, 4)),
    # from the C library's erfc, which is good to 2.2
    **dict.fromkeys(("erfc", "log_norm_cdf"), (3, 4)),
    **dict.fromkeys(("norm_cdf", "gelu"), (4, 4)),
    "inverse_mills": (3, 5),  # its slope is y·(x + y)
    # slopes themselves: 3.3 and 3.8
    **dict.fromkeys(("silu_slope", "gelu_slope"), (4, 4)),
    # some ten steps, each rounded: 3.6; a difference of two such: 8.4
    "truncnorm_moment": (5, 10),
}


def value(xp, row, xs):
    return getattr(xp, row.name)(*row.arrange(xs))


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
        assume(row.kink is None or row.kink(MPMATH, *xs) != 0)
        try:
            found = row.partials_at(MPMATH, value(MPMATH, row, xs), xs)
        except ZeroDivisionError:
            return  # a pole: see the corners
        for i, x in differentiable(row, xs):
            if mpmath.isinf(found[i]):
                continue  # likewise

            def along(t, i=i):
                return value(MPMATH, row, [*xs[:i], t, *xs[i + 1 :]])

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
        y = value(FLOAT, row, xs)
    except OverflowError:
        assert abs(value(MPMATH, row, [mpmath.mpf(x) for x in xs])) > 1.79e308
        return
    with mpmath.workdps(400):  # floor(1e100/1e-100) has 200
        exact = [mpmath.mpf(x) for x in xs]
        if row.kink and not row.vectors and row.kink(MPMATH, *exact) == 0:
            return  # where −0.0 and 0.0 may differ, and mpmath has but one: see the corners
        truth = value(MPMATH, row, exact)
        normal = 1e-290 < abs(truth) < 1e300  # below, floats have fewer digits; above, none
        if normal and not row.vectors:  # a sum may cancel
            assert ulps(y, truth) <= BOUNDS.get(row.name, (2, 4))[0]
        movable = dict(differentiable(row, exact))
        if movable and (normal or truth == 0):
            found = FLOAT.partials(row, y, xs)
            try:
                exactly = row.partials_at(MPMATH, truth, exact)
            except ZeroDivisionError:
                return  # a pole: see the corners
            for i in movable:
                if 1e-290 < abs(exactly[i]) < 1e300:
                    assert ulps(found[i], exactly[i]) <= BOUNDS.get(row.name, (2, 4))[1]


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
        y = value(FLOAT, row, xs)
    except (ValueError, ArithmeticError):
        y = value(IEEE, row, [Ieee(x) for x in xs])  # not even where it is not
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
    y = value(FLOAT, row, xs)
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
    for i, name in enumerate(row.arguments if not row.step else ["", "digits"][: row.arity]):
        if name in row.static and name != "condition":
            columns[i] = ys[i] = xs[i]  # one number of digits, one exponent, for a whole array
    assume(row.vectors or ys in row.domain)
    both = value(NUMPY, row, columns)
    slopes = NUMPY.partials(row, both, columns)
    for i, operand in enumerate((xs, ys)):
        y = value(FLOAT, row, operand)
        # 1e-13: SciPy's erfc and lgamma differ from the C library's by up to 20 ULP
        assert both[i] == pytest.approx(y, rel=1e-13, abs=1e-14)
        if row.name == "round":
            continue  # np.round scales; its last digit differs from Python's
        for slope, d in zip(slopes, FLOAT.partials(row, y, operand), strict=True):
            # a pole is inf in both
            assert np.broadcast_to(slope, 2)[i] == pytest.approx(
                d, rel=1e-13, abs=1e-15, nan_ok=True
            )


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
        (mg.constpow, (0.0, 0.0), (0.0, 0.0)),
        (mg.constpow, (5.0, 0.0), (0.0, 0.0)),
        (mg.pow, (0.0, 2.0), (0.0, 0.0)),
        (mg.pow, (0.0, 1.0), (1.0, 0.0)),
        (mg.pow, (0.0, 0.5), (math.inf, 0.0)),
        (mg.constpow, (0.0, 0.1), (math.inf, 0.0)),
        (mg.pow, (-2.0, 3.0), (12.0, math.nan)),
        (mg.pow, (-1e-200, 2.0), (-2e-200, math.nan)),
        (mg.constpow, (-2.0, 3.0), (12.0, 0.0)),
        (mg.constpow, (-1.0, 9007199254740996.0), (-9007199254740996.0,)),  # b − 1 rounds to b
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
        (mg.prod, (0.0, 3.0, 2.0), (6.0, 0.0, 0.0)),
        (mg.mean, (1.0, 2.0, 6.0), (1 / 3, 1 / 3, 1 / 3)),
        (mg.logsumexp, (1000.0, 1000.0), (0.5, 0.5)),
        (mg.logaddexp, (-math.inf, -math.inf), (0.5, 0.5)),
        (mg.softplus, (-800.0,), (0.0,)),
        (mg.log_sigmoid, (800.0,), (0.0,)),
        (mg.log_norm_cdf, (-1e8,), (1e8,)),
        (mg.log_norm_cdf, (-math.inf,), (math.inf,)),
        (mg.inverse_mills, (-1e200,), (-1.0,)),
        (mg.silu, (-1e300,), (0.0,)),
        (mg.gelu, (-1e300,), (0.0,)),
        (mg.xlogy, (0.0, 0.0), (-math.inf, 0.0)),
        (mg.azmul, (0.0, math.inf), (math.inf, 0.0)),
        (mg.sigmoid, (40.0,), (4.248354255291589e-18,)),  # mpmath: exp(-40)/(1 + exp(-40))**2
        (mg.tanh, (20.0,), (1.6993417021166355e-17,)),  # mpmath: sech(20)**2
        (mg.constpow, (1e-200, 0.1), (9.999999999999974e178,)),  # mpmath; b·a**(b−1) is 89 ULP off
    ],
    ids=str,
)
def test_corners(row, xs, slopes):
    found = FLOAT.partials(row, value(FLOAT, row, xs), xs)[: len(slopes)]
    assert found == pytest.approx(slopes, rel=4e-16, abs=0, nan_ok=True)


def test_truth_is_the_definition_and_machine_numbers_take_the_formula():
    row = Primitive(
        "planted",
        partials=lambda xp, y, x: (1.0,),
        definition=lambda xp, x: x,
        formula=lambda xp, x: x + 1,
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
    written = row.latex.format(*(f"<{name}>" for name in row.arguments))
    assert all(f"<{name}>" in written for name in row.arguments)
    assert written.count("{") == written.count("}")
    assert not set("%&~#$≤≥≠·") & set(written)  # LaTeX reads these otherwise, or not at all


@every_row
def test_nan_in_gives_nan_out(row):
    if row.smooth and row.arity == 1 and not row.vectors:
        assert math.isnan(value(FLOAT, row, [math.nan]))
        assert math.isnan(value(NUMPY, row, [np.array([math.nan])])[0])


def test_a_value_out_of_a_nan_operand_is_nan():
    for row in (mg.maximum, mg.minimum):
        assert math.isnan(row(math.nan, 1.0))
        assert math.isnan(row(1.0, math.nan))
    assert math.isnan(mg.relu(math.nan))


@pytest.mark.parametrize(
    ("a", "b", "y"),
    [(-8.0, 0.5, math.nan), (0.0, -1.0, math.inf), (-0.0, -1.0, -math.inf), (-10.0, 401.0, -math.inf),
     (-10.0, 400.0, math.inf), (2.0, 0.5, 2**0.5)],
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
     (mg.mul, [-2.0, "v"], "(-2)·v"), (mg.neg, ["x"], "-x"), (mg.constpow, ["x", 2.0], "x^2"),
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
        assert float(value(xp, row, [xp.convert(x) for x in xs])) == CHOOSING[name](*xs), xs
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
    choices = {"where", "maximum", "minimum", "clip", "relu"}
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
        (mg.gamma, [0.5, -0.5], [0.0, -1.0]),
        (mg.reciprocal, [1.0, -1.0], [0.0]),
        (mg.polygamma, [(0.0, 1.0), (2.0, -0.5)], [(-1.0, 1.0), (0.5, 1.0), (1.0, -1.0)]),
        (mg.truncnorm_moment, [(0.0, 1.0), (2.0, -0.5)], [(-1.0, 1.0), (0.5, 1.0)]),
        (mg.pow, [(0.0, 0.0), (-2.0, 3.0), (2.0, 0.5)], [(0.0, -1.0), (-2.0, 0.5)]),
        (mg.xlogy, [(0.0, 0.0), (1.0, 1.0)], [(1.0, 0.0), (1.0, -1.0)]),
        (mg.div, [(1.0, 2.0)], [(1.0, 0.0)]),
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
            lambda: mg.hypot(3, 4),
            TypeError,
            r"hypot expects 1 argument, hypot\(\[x1, x2, …\]\); got 2",
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
    ],
)
def test_bad_input_gets_one_sentence(call, error, text):
    with pytest.raises(error, match=text):
        call()


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
    assert ulps(mg.truncnorm_moment(n, x), exact) <= 6


def test_a_small_term_of_logsumexp_is_kept():
    """log(1 + exp(−18)) is 1.5e-8; as the logarithm of a sum near 1 it has 8 digits."""
    for xs in ((0.0, -18.0), (-18.0, 0.0, -40.0), (0.5, 0.5, -18.0), (-3.0,)):
        with mpmath.workdps(50):
            exact = mpmath.log(sum(mpmath.exp(x) for x in xs))
        assert ulps(FLOAT.logsumexp(xs), exact) <= 2


@given(st.floats(-800, 800) | st.floats(-5, 5))
def test_floats_spell_sigmoid_for_speed_alone(x):
    """The compiled engine computes as the row says."""
    assert FLOAT.sigmoid(x) == forms.sigmoid(FLOAT, x)


def test_a_namespace_without_an_atom_says_so():
    row = Primitive("zeta", partials=lambda xp, y, x: (0.0,))
    with pytest.raises(NotImplementedError, match="float numbers have no zeta"):
        FLOAT.spell(row)
