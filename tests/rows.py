"""Where to test a row: operands drawn from the domain that stands in the row itself."""

import contextlib
import itertools
import math

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from hypothesis.internal.cache import LRUCache
from hypothesis.internal.conjecture import providers

import micrograph as mg
from micrograph import naming
from micrograph.core import TABLE, Primitive
from micrograph.special import incomplete, incomplete_beta
from micrograph.testing import arguments

ROWS = list(TABLE.values())
SLOW = {*incomplete.ROWS, *incomplete_beta.ROWS}
"""Rows whose truth takes up to a second a point. tests/core/test_incomplete*.py check them."""
QUICK = [row for row in ROWS if row.name not in SLOW]

PSI_ROOTS = (1.4616321449683622, -0.5040830082644554, -1.5734984731623904, -10.708740838254144)
ROOTS = {  # of values and of slopes, by mpmath: where terms cancel, or digits are few
    **dict.fromkeys(("log", "log2", "log10"), ((1.0,),)),
    **dict.fromkeys(("sin", "cos", "tan"), ((math.pi,), (math.pi / 2,), (1e5 * math.pi,))),
    "xlogy": ((3.0, 1.0),),
    **dict.fromkeys(("cross_entropy", "cross_entropy_slope"), ((0.3, 0.3),)),
    "cross_entropy_label_slope": ((0.5,),),
    "logaddexp": tuple((x, math.log(-math.expm1(x))) for x in (-1e-9, -1e-3, -0.3, -math.log(2))),
    "silu": ((-1.2784645427610737,),),
    "silu_slope": ((-1.2784645427610737,), (2.3993572805154675,)),
    "logit": ((0.5,),),
    "mish": ((-1.1924312145154952,),),
    "mish_slope": ((-1.1924312145154952,), (-2.256376396360793,), (1.4905711794854284,)),
    "norm_ppf": ((0.5,),),
    "gelu": ((-0.7517915246935645,),),
    "gelu_slope": ((-0.7517915246935645,), (-math.sqrt(2),), (math.sqrt(2),)),
    **dict.fromkeys(("gamma", "digamma"), tuple((x,) for x in PSI_ROOTS)),
    "lgamma": tuple((x,) for x in (
        1.0, 2.0, -2.4570247382208006, -2.7476826467274127, -3.14358088834998, -5.0082181683225935,
        -9.99999972442663, *PSI_ROOTS)),
    "polygamma": ((2.0, -0.4957156769130384), (2.0, -1.4987861940097746), (1.0, -2.499444391258483),
                  (3.0, -0.49977397564859133), (4.0, -1.4999796019265712)),
    "betaln_slope": ((1e10, 3.0), (1e5, 1e-8)),
    "i1e": ((1.5451272579925426,),),
    "i1e_slope": ((1.5451272579925426,),),
}  # fmt: skip


@st.composite
def near_roots(draw: st.DrawFn, row: Primitive) -> list[float]:
    """Operands beside a root of the row's value or slope, down to a unit in the last place."""
    *others, x = draw(st.sampled_from(ROOTS[row.name]))
    return [
        *others,
        x * (1 + draw(st.sampled_from([-1, 0, 1])) * 10.0 ** -draw(st.integers(1, 17))),
    ]


NARROW = {
    **dict.fromkeys(("gammainc", "gammaincc", "gammainc_slope", "gammainc_density"), (1e-3, 100.0)),
    **dict.fromkeys(("betainc", "betainc_slope", "betainc_density"), (1e-2, 100.0)),
}
"""Rows with the magnitudes of operands at which mpmath takes less than a second.

tests/core/test_incomplete.py has other ones, and Arb as the truth.
"""


def operands(row: Primitive, smallest: float, largest: float) -> st.SearchStrategy[list[float]]:
    """Operands of such magnitudes within a row's domain; its vectors have three elements."""
    if row.name in NARROW:
        smallest, largest = max(smallest, NARROW[row.name][0]), min(largest, NARROW[row.name][1])
    drawn = arguments(row, -largest, largest, min_magnitude=smallest)
    return drawn.map(lambda xs: list(row.flat(xs)))


def ulps(x: float, exact: float) -> float:
    """How many units in its last place ``x`` is off."""
    return float(abs(x - exact)) / math.ulp(x)


numbers = itertools.count(1)


@contextlib.contextmanager
def planted(**rules):
    """A row of the table for as long as the test runs."""
    name = f"planted{next(numbers)}"
    try:
        yield mg.primitive(name, **rules)
    finally:
        naming.forget(name)


def samples(strategy, number):
    """So many examples of a strategy, the same ones each time, whatever ran before."""
    found = []

    @seed(0)
    @settings(
        max_examples=number,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    def draw(x):
        found.append(x)

    # Hypothesis also draws numbers that stand in the files imported so far: here it knows of none
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(providers, "_get_local_constants", providers.Constants, raising=False)
        cache = LRUCache(1024)  # of the numbers that it may draw
        patch.setattr(providers, "CONSTANTS_CACHE", cache, raising=False)
        draw()
    return found


def fixed(row, i):
    """Whether an operand has to be a plain number, such as how many decimals there are."""
    chooses = row.operator or row.choice  # by operands that may be any
    return not row.vectors and row.arity > 1 and row.arguments[i] in row.static and not chooses
