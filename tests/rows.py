"""Where to test a row: operands drawn from the domain that stands in the row itself."""

import math

from hypothesis import assume
from hypothesis import strategies as st

from micrograph.domain import Interval
from micrograph.row import TABLE, Primitive

ROWS = list(TABLE.values())
NOTABLE = [0.0, -0.0, 0.5, 1.0, -1.0, 2.0, 3.0, -2.0, 10.0, 1e-8, -1e-8, 5e-324]


def numbers(interval: Interval, smallest: float, largest: float) -> st.SearchStrategy[float]:
    """0 and floats of such magnitudes in an interval, notable ones often."""
    low, high = max(interval.low, -largest), min(interval.high, largest)
    some = st.floats(low, high) | st.sampled_from(NOTABLE)
    return some.filter(lambda x: x in interval and (x == 0 or smallest <= abs(x)))


@st.composite
def operands(draw: st.DrawFn, row: Primitive, smallest: float, largest: float) -> list[float]:
    """Operands within a row's domain; its vectors have three elements."""
    xs = []
    for name, interval in zip(row.arguments, row.domain.intervals, strict=True):
        if name in row.static:
            xs.append(float(draw(st.integers(-3, 6).filter(lambda n, i=interval: n in i))))
        else:
            xs += [
                draw(numbers(interval, smallest, largest)) for _ in range(3 if row.vectors else 1)
            ]
    assume(row.vectors or xs in row.domain)
    return xs


def ulps(x: float, exact: float) -> float:
    """How many units in its last place ``x`` is off."""
    return float(abs(x - exact)) / math.ulp(x)
