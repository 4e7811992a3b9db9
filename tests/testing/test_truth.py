"""The truths that checks compare with, and whole rows and namespaces compared with them."""

import math
import threading
import time

import mpmath
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from rows import QUICK, planted

import micrograph as mg
from micrograph.core import TABLE, Namespace, Primitive
from micrograph.domain import Domain
from micrograph.namespaces.array import NUMPY
from micrograph.namespaces.floats import FLOAT, IEEE
from micrograph.namespaces.latex import LATEX
from micrograph.namespaces.mpmath import MPMATH
from micrograph.namespaces.python import PYTHON
from micrograph.namespaces.text import TEXT, linear, product
from micrograph.testing import (
    GradientError,
    arguments,
    check_gradients,
    check_namespace,
    check_primitive,
    expressions,
    graphs,
    points_for,
    rule,
    truth,
)
from micrograph.testing.recorded import Recorded

# The truth itself


@pytest.mark.parametrize(
    ("row", "xs", "y", "slope"),
    [
        (mg.softplus, (-740.0,), "4.18873988005e-322", "4.18873988005e-322"),  # log(1 + exp(−740))
        (mg.log, (1e-300,), "-690.775527898", "1e300"),
        (mg.sin, (0.0,), "0", "1"),
        (mg.tanh, (20.0,), "1", "1.69934170210666e-17"),
        (mg.log_norm_cdf, (-1e8,), "-5.00000000000000193394e15", "1.00000000000000010000e8"),
        (mg.digamma, (-1e8 - 0.5,), "18.420680738952365", "9.8696043911022626"),
        (mg.erfc, (26.5,), "2.2109076642637e-307", "-1.17261418e-305"),
    ],
)
def test_truth(row, xs, y, slope):
    steep, found = truth.numbers(row, xs, [0])[0], truth.value(row, xs)
    assert truth.numbers(row, xs, [0])[None] == found
    assert found.number == pytest.approx(float(y), rel=1e-4, abs=5e-324)
    assert steep.number == pytest.approx(float(slope), rel=1e-4, abs=5e-324)
    with mpmath.workdps(400):
        exact = MPMATH.value(row, list(map(mpmath.mpf, xs)))
        assert (
            abs(mpmath.mpf(found.number) + mpmath.mpf(found.rest) - exact)
            <= abs(exact) * 1e-30 + 5e-324
        )
    assert (found.certified, found.digits) == (True, 30)


@pytest.mark.parametrize("row", [row for row in QUICK if not row.step], ids=str)
@settings(max_examples=15)
@given(data=st.data())
def test_what_is_certified_is_held(row, data):
    """The true value, by mpmath at 400 digits, is within the error of number + rest."""
    xs = row.flat(data.draw(arguments(row, -1e6, 1e6, min_magnitude=1e-9)))
    found = truth.value(row, xs)
    assume(math.isfinite(found.number) and found.certified)
    with mpmath.workdps(400):
        try:
            exact = mpmath.mpf(MPMATH.value(row, list(map(mpmath.mpf, xs))))
        except (ValueError, ArithmeticError, mpmath.libmp.NoConvergence):
            assume(False)
        assume(mpmath.isfinite(exact))
        off = abs(mpmath.mpf(found.number) + mpmath.mpf(found.rest) - exact)
        assert off <= mpmath.mpf(found.error)


def test_one_sided_slopes():
    def slope(row, *xs, i=0):
        return truth.numbers(row, xs, [i])[i]

    assert slope(mg.abs, 0.0).sides == (-1, 1)
    assert slope(mg.maximum, 2.0, 2.0, i=1).sides == (0, 1)
    assert slope(mg.cbrt, 0.0).number == math.inf
    assert slope(mg.sqrt, 0.0).number == math.inf  # left of 0 it is not defined
    assert slope(mg.acos, -1.0).number == -math.inf
    assert (slope(mg.floor, 2.0).jump, slope(mg.floor, 2.0).number) == (True, 0)
    assert not slope(mg.cbrt, 0.0).jump
    assert slope(mg.hypot, 0.0, 0.0).sides == (-1, 1)


def recorded(f, point):
    return Recorded(
        lambda xs: [f(*xs)], point, [f"x{i}" for i in range(len(point))], lambda _: ["f"]
    )


@given(expressions(smooth=True) | graphs(max_nodes=20, outputs=1, smooth=True))
def test_gradients_swept_and_along_each_input_are_the_same(f):
    """Two ways to one certified number: the sweep over local partials, and the series itself."""
    record = recorded(f, [x.data for x in f.inputs])
    for i, found in enumerate(record.gradients[0]):
        along = record.steps.slope(0, i)
        assert found.known
        assert along.number == pytest.approx(found.number, rel=1e-15, abs=5e-324)
        assert abs(along.rest - found.rest) <= 1e-29 * abs(found.number) + found.error + along.error


@given(expressions(max_nodes=8, smooth=True, inputs=2))
def test_hessians_swept_and_along_two_inputs_are_the_same(f):
    record = recorded(f, [x.data for x in f.inputs])
    n = len(record.point)
    for i in range(n):
        for k in range(i, n):
            swept, along = record.exact(0, (i, k)), record.steps.mixed(0, (i, k))
            assert along.number == pytest.approx(swept.number, rel=1e-15, abs=5e-324)


@pytest.mark.parametrize("by", [(0,), (0, 0), (0, 1), (0, 0, 1), (1, 1, 1), (0, 0, 1, 1)])
def test_derivatives_of_any_order_against_mpmath(by):
    """f = exp(x·sin y): mpmath's differences at 60 digits are good to 20 of them, order by order."""
    found = recorded(lambda x, y: mg.exp(x * mg.sin(y)), [0.4, 0.9]).exact(0, by)
    with mpmath.workdps(60):
        orders = by.count(0), by.count(1)
        exact = mpmath.diff(lambda x, y: mpmath.exp(x * mpmath.sin(y)), (0.4, 0.9), orders)
    assert found.number == pytest.approx(float(exact), rel=1e-15)


long = st.lists(st.floats(-50, 50), min_size=33, max_size=60)


@settings(max_examples=20)
@given(long, st.sampled_from([mg.logsumexp, mg.sum, mg.mean, mg.hypot]), st.data())
def test_one_partial_of_a_long_vector_that_is_off_is_seen(xs, row, data):
    """By a part of 1e-8, however small it is beside the others."""
    i = data.draw(st.integers(0, len(xs) - 1))
    partials = list(FLOAT.partials(row, FLOAT.apply(row, [xs]), tuple(xs)))
    rule.examine(row, xs, partials=partials)
    assume(abs(partials[i]) > 1e-290)
    partials[i] *= 1 + 1e-8
    with pytest.raises(GradientError) as caught:
        rule.examine(row, xs, partials=partials)
    assert f"x{i + 1}" in str(caught.value).splitlines()[0]


SLOPED = [row for row in QUICK if not row.step]


@pytest.mark.parametrize(
    "row", [row for row in SLOPED if linear(row) or product(row)], ids=lambda row: row.name
)
def test_rows_that_are_linear_have_no_second_difference(row):
    xs = [mpmath.mpf(x) for x in (1.5, -2.25, 3.125, 0.75)[: 2 * row.vectors or row.arity]]
    ways = [[i == j for i in range(len(xs))] for j in range(len(xs))]  # by one operand
    for way in [[True] * len(xs)] if linear(row) else ways:
        low, middle, high = (
            MPMATH.value(row, [x + h * w for x, w in zip(xs, way, strict=True)]) for h in (-2, 0, 2)
        )
        assert abs(low + high - 2 * middle) < 1e-14 * abs(high)


def test_threads_do_not_share_a_precision():
    """Arb's precision is one for all threads: without a lock one in three numbers was wrong."""
    found, exact = [], truth.value(mg.log_norm_cdf, (-1e8,))

    def work():
        for _ in range(50):
            found.append(
                (truth.value(mg.log_norm_cdf, (-1e8,)), truth.numbers(mg.exp, (1.0,), [0])[0])
            )

    threads = [threading.Thread(target=work) for _ in range(4)]
    [t.start() for t in threads]
    [t.join() for t in threads]
    assert {y for y, _ in found} == {exact}
    assert len({slope for _, slope in found}) == 1


def test_no_climb_takes_longer_than_it_says():
    record = recorded(lambda x: mg.relu(mg.log(mg.exp(x)) - x), [0.7])
    start = time.perf_counter()
    assert not record.gradients[0][0].known
    assert time.perf_counter() - start < 4 * truth.SECONDS


# Rows and namespaces


@pytest.mark.parametrize("row", QUICK, ids=lambda row: row.name)
def test_every_row_of_the_table_passes(row):
    check_primitive(row, n=25)


def test_accuracy_reads():
    accuracy = check_primitive(mg.exp, n=30)
    assert str(accuracy).startswith("exp: 74 points; value 0.")
    assert accuracy.value.ulps < 1


@pytest.mark.parametrize("off", [0.0, 1e-10])
def test_what_was_not_measured_is_no_error_of_0(off):
    slope = lambda xp, y, x: (math.cos(x) * (1 + off),)
    with planted(value=math.sin, partials=slope) as row:
        found = check_primitive(row)
    assert not any(worst.ulps < 1e300 for worst in (found.value, found.first, found.second))
    assert 6 < found.digits < 16
    assert str(found).endswith(
        f"; value not compared; first partials agree to {int(found.digits)} digits (estimated); "
        "second partials not compared"
    )
    once = check_primitive(mg.exp, n=10, order=1)
    assert once.first.ulps < 1
    assert math.isnan(once.second.ulps)
    assert "second partials not compared" in str(once)


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


def test_a_row_whose_operator_the_numbers_lack_does_not_count_as_run():
    class Plain:
        def __init__(self, x):
            self.x = float(x)

        def __float__(self):
            return self.x

        def __add__(self, other):
            return Plain(self.x + float(other))

    class Numbers(Namespace):
        def convert(self, x):
            return Plain(x)

    found = check_namespace(Numbers("plain", {}), n=2)
    assert (found.missing["add"], found.missing["mod"]) == ((), ("mod",))
    assert "mod" not in found.worst


@pytest.mark.parametrize("xp", [TEXT, LATEX, PYTHON], ids=lambda xp: xp.name)
def test_text_is_no_number(xp, capsys):
    found = check_namespace(xp, n=3)
    assert not any(found.missing.values())
    assert not found.worst
    assert found.uncompared.keys() == TABLE.keys()
    assert capsys.readouterr().out.startswith(f"{xp.name}: {len(TABLE)} of {len(TABLE)} rows are")


class Own(float):
    """A kind of number like floats."""


def own(atoms, convert=Own, types=(Own,)):
    kind = type("Kind", (Namespace,), {"convert": lambda self, x: convert(x)})
    return kind("own", {**IEEE.atoms, **atoms}, types=types)


def refuse(error):
    def f(*xs):
        raise error

    return f


@pytest.mark.parametrize(
    ("atom", "said"),
    [
        (lambda x: None, "TypeError: it returned None (NoneType), which is no number"),
        (lambda x, y: x, "missing 1 required positional argument"),
        (lambda x: "1.0", "TypeError: it returned '1.0' (str)"),
        (refuse(KeyError("table")), "KeyError: 'table'"),
        (refuse(AttributeError("no such method")), "AttributeError: no such method"),
    ],
)
def test_an_atom_that_is_broken_is_named_and_not_missing(atom, said, capsys):
    with pytest.raises(GradientError) as caught:
        check_namespace(own({"erf": atom}), n=5)
    assert "own: wrong at erf at 1: " in str(caught.value)
    assert said in str(caught.value)
    line = next(x for x in capsys.readouterr().out.splitlines() if x.startswith("erf "))
    assert "ULP" not in line
    assert said in line


def test_a_row_of_which_nothing_is_compared_does_not_run(capsys):
    found = check_namespace(own({"erf": refuse(ValueError("never"))}), n=5)
    assert found.uncompared["erf"] == "ValueError: never"
    assert "erf" not in found.worst
    assert f"{len(TABLE) - 1} of {len(TABLE)} rows run, 1 not compared" in capsys.readouterr().out


def test_what_needs_a_broken_atom_is_not_compared(capsys):
    xp = Namespace("lean", {"where": FLOAT.where, "exp": lambda x: None, "log1p": FLOAT.log1p})
    with pytest.raises(GradientError, match=r"^lean: wrong at exp at 1: [^;]*$"):
        check_namespace(xp, n=5)
    line = next(x for x in capsys.readouterr().out.splitlines() if x.startswith("softplus "))
    assert line.endswith("not compared: needs exp, which is wrong")


class Bare:
    """A number without __float__."""

    def __init__(self, x):
        self.x = x


def test_a_kind_that_makes_no_numbers_of_its_own_is_refused():
    with pytest.raises(
        TypeError, match=r"own: convert\(1.0\) returned 1.0 \(float\); expected Own"
    ):
        check_namespace(own({}, convert=lambda x: x))
    for types in ((), (Bare,)):
        with pytest.raises(TypeError, match=r"\(Bare\); expected a number with __float__"):
            check_namespace(own({}, convert=Bare, types=types))


@given(expressions(smooth=True) | graphs(smooth=True, max_nodes=40), st.data())
def test_random_smooth_functions_raise_no_alarm(f, data):
    check_gradients(f, *data.draw(points_for(f)), order=data.draw(st.sampled_from([1, 1, 1, 2])))


@given(expressions(max_nodes=8), st.data())
def test_random_functions_raise_none_either(f, data):
    """Kinks included, a little aside."""
    check_gradients(f, *data.draw(points_for(f, margin=1e-3)))
