"""How much each node of a graph amplifies rounding, and how much of the output's error is its own.

Two numbers are told apart. The condition number of a node says how much the relative errors that
its operands already have grow in it (Higham, *Accuracy and Stability of Numerical Algorithms*, 2nd
ed., section 1.6; for sums section 4.2). The error of a node says what its own rounding does to the
output: its adjoint is the weight of that rounding (Iri, Tsuchiya and Hoshi, J. Comput. Appl. Math.
24, 1988).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import fsum, inf, isfinite, isnan, log10

from ..core import Primitive
from ..namespaces.text import linear
from .swept import Swept

UNIT = 2.0**-53
"""The unit roundoff: the largest relative error of one rounding."""

EXACT = ("neg", "abs", "copysign", "fmod", "remainder", "identity")
"""Rows whose result is never rounded."""

BASIC = ("add", "sub", "mul", "div", "sqrt", "square", "azmul")
"""Rows that round once."""

ROUGH = {
    **dict.fromkeys(("cbrt", "tanh", "erfc", "norm_cdf", "log_norm_cdf", "inverse_mills"), 8),
    **dict.fromkeys(("gelu", "lgamma", "digamma", "polygamma", "silu_slope", "gelu_slope"), 8),
    **dict.fromkeys(("mish", "norm_ppf", "erfinv", "lambertw"), 8),
    **dict.fromkeys(("mish_slope", "truncnorm_moment"), 13),
    "gamma": 14,
    **dict.fromkeys(("sinc", "cross_entropy_slope"), 5),
    **dict.fromkeys(("gammainc", "gammaincc", "betainc", "lambertw_above"), 13),
    **dict.fromkeys(("betaln", "betaln_slope", "i0e", "i1e", "i0e_slope", "i1e_slope"), 8),
    **dict.fromkeys(("j0", "j1", "j1_slope"), 8),
}
"""How many unit roundoffs a row may be off, if more than 4: docs/accuracy.md has the measurements.

The other functions are good to two units in the last place, which are 4 unit roundoffs at most.
"""

CANCELLING = (
    "dot", "log", "log2", "log10", "logit", "lgamma", "digamma", "norm_ppf", "sin", "cos", "tan",
    "sinc", "acos", "acosh",
)  # fmt: skip
"""Beside linear rows, those whose result may be far smaller than what they compare.

log x is 0 at 1, so next to 1 it is the small difference of x from 1.
"""

MARKED = 10.0
"""From which condition number on a node counts as a cancellation: it costs a decimal digit."""

ABSOLUTE = {
    **dict.fromkeys(("logistic_loss_slope", "betaln", "j0", "j1", "j1_slope"), 8),
    **dict.fromkeys(("gammainc_slope", "gammainc_density"), 8),
    **dict.fromkeys(("betainc_slope", "betainc_density"), 8),
}
"""Rows whose terms cancel at roots: how many unit roundoffs of 1 they may be off, at least."""


@dataclass(frozen=True, slots=True)
class Condition:
    """What one node does to rounding errors.

    Attributes:
        number: The condition number Σ|x·∂y/∂x| / |y|, over the operands x that are nodes. Constants
            are exact. It is 0 for a leaf, and infinite if y is 0 and the sum is not.
        digits: The decimal digits that are lost: log₁₀ of the condition number, or 0.
        cancels: Whether the node is a cancellation: a sum, a difference, a dot product, or a
            function near its root, whose condition number is at least 10.
        error: The relative error of the output that the node's own rounding may cause: |adjoint·y|
            times the rounding of the operation, over |output|.
        share: ``error`` as a part of the sum over all nodes, from 0 to 1.
    """

    number: float
    digits: float
    cancels: bool
    error: float
    share: float


def conditioning(swept: Swept) -> list[Condition | None]:
    """What each node of a graph does to rounding errors. None for a node of vectors.

    The leaves' numbers and the constants count as exact, so all errors come from operations. To
    first order, the sum of all ``error`` bounds the relative error of the output.

    Raises:
        ValueError: If the graph has several outputs, for then there is no one error to share.

    Example:
        >>> from micrograph import Value
        >>> from micrograph.explanation.swept import swept
        >>> x = Value(1e-4, "x")
        >>> y = (1 - x.cos()).named("y")
        >>> found = conditioning(swept(y))[-1]
        >>> found.cancels, round(found.digits, 1)
        (True, 8.3)
    """
    if swept.adjoints is None:
        raise ValueError(
            "conditioning expects a graph with one output, a number; "
            f"got {len(swept.outputs)} outputs or a vector"
        )
    size = abs(swept.data[swept.outputs[0]])
    errors = [_error(swept, i) for i in range(len(swept))]
    whole = sum([e for e in errors if e])
    found: list[Condition | None] = []
    for i, error in enumerate(errors):
        if error is None:
            found.append(None)
            continue
        number = _number(swept, i)
        digits = max(0.0, log10(number)) if number > 0 else 0.0
        share = error / whole if error and isfinite(whole) else float(error > 0)
        relative = error / size if size else inf if error else 0.0
        found.append(Condition(number, digits, _cancels(swept.ops[i], number), relative, share))
    return found


def error_bound(swept: Swept) -> float:
    """The relative error of the output that rounding may cause, to first order."""
    return sum([c.error for c in conditioning(swept) if c])


def _terms(swept: Swept, i: int) -> float:
    """Σ|x·∂y/∂x| over the operands that are nodes. A slope of 0 counts for nothing."""
    pairs = [(swept.data[k], d) for k, d, _ in swept.slopes(i)]
    return float(sum([abs(x * d) for x, d in pairs if x and d]))


def _number(swept: Swept, i: int) -> float:
    y, terms = swept.data[i], _terms(swept, i)
    if y:
        return float(terms / abs(y))
    return inf if terms else terms


def _cancels(row: Primitive | None, number: float) -> bool:
    if row is None or number < MARKED or isnan(number):
        return False
    return row.name in CANCELLING or (linear(row) and len(row.arguments) + row.vectors > 1)


def _error(swept: Swept, i: int) -> float | None:
    """The error of the output that the rounding of node i may cause."""
    row, y = swept.ops[i], swept.data[i]
    assert swept.adjoints is not None
    if swept.shapes[i] or (row and None in swept.partials[i] and _takes_vectors(swept, i)):
        return None
    if row is None or row.choice or row.step or row.name in EXACT:
        return 0.0
    g = abs(swept.adjoints[i])
    if not g:
        return 0.0
    size = max(abs(y) * roundoffs(row), ABSOLUTE.get(row.name, 0))
    rounded = size * UNIT
    if row.vectors:  # n products and n − 1 sums: Higham, section 3.1
        numbers = [x if isinstance(x, float) else swept.data[x] for x in swept.operands[i]]
        rounded = max(rounded, _inside(row, numbers, y))
    return float(g * rounded)


def roundoffs(row: Primitive) -> int:
    """How many unit roundoffs the row's value may be off, if it is no row of vectors."""
    return 1 if row.name in BASIC else ROUGH.get(row.name, 4)


def _takes_vectors(swept: Swept, i: int) -> bool:
    return any(isinstance(k, int) and swept.shapes[k] for k in swept.operands[i])


def _inside(row: Primitive, numbers: list[float], y: float) -> float:
    """The rounding of a row of vectors: that of all its terms."""
    n = len(numbers) // row.vectors
    if row.name == "dot":
        terms = fsum(abs(a * b) for a, b in zip(numbers[:n], numbers[n:], strict=True))
    elif row.name in ("sum", "mean"):
        terms = fsum(map(abs, numbers)) / (n if row.name == "mean" else 1)
    else:
        terms = abs(y)
    return terms * UNIT * max(1, n)
