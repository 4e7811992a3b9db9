"""Where a number stopped being finite, and where 0 times an infinite slope was taken for 0."""

from __future__ import annotations

from math import isfinite

from ..core import TABLE
from ..engine.reading import current, edges
from ..engine.sweep import reverse
from ..engine.value import Value
from ..namespaces.floats import FLOAT

AZMUL = TABLE["azmul"]


def first_nonfinite(root: Value) -> tuple[Value, str] | None:
    """Where the first infinity or NaN was born: the node, and "value" or "gradient".

    Forward, in topological order: the first node whose value is not finite. Where all are, in
    reverse: the first node that hands a gradient on which is not finite. None where there is none.
    Cost: one reverse sweep; no ``.grad`` is touched.

    >>> x = Value(0.0, "x")
    >>> node, where = first_nonfinite(x.sqrt().named("y") * 2)
    >>> node.name, where
    ('y', 'gradient')
    """
    order = current(root)
    for node in order:
        if not isfinite(node._data):
            return node, "value"
    adjoints = reverse(order, {root: 1.0}, edges, FLOAT.azmul)
    for node in reversed(order):
        if any(not isfinite(adjoints.get(parent, 0.0)) for parent in node.parents):
            return node, "gradient"
    return None


def strong_zeros(root: Value) -> list[Value]:
    """The nodes at which 0 times an infinite or NaN slope was taken for 0, parents first.

    In a sweep an adjoint of 0 stays 0, whatever the partial that it is multiplied by: what is not
    taken never leaks. The price is that a slope which should be found as 0·∞ is lost there, and
    forward and reverse mode may differ. A node is listed if its adjoint is 0 while one of its
    partials is not finite, or was computed from an infinity. In a recorded derivative the products
    themselves are nodes, and are listed where they did the same.

    Cost: one reverse sweep; no ``.grad`` is touched.
    Raises: RuntimeError if a leaf was assigned after its use.

    >>> x = Value(0.0, "x")
    >>> y = x.sqrt().named("root") ** 2  # this is x, of slope 1
    >>> y.backward()
    >>> x.grad, [node.name for node in strong_zeros(y)]
    (0.0, ['root'])
    """
    order = current(root)
    adjoints = reverse(order, {root: 1.0}, edges, FLOAT.azmul)
    found = []
    for node in order:
        if node.op is AZMUL:
            g, d = node.operands
            if _number(g) == 0 and (not isfinite(_number(d)) or _from_infinity(d)):
                found.append(node)
                continue
        slopes = [partial for _, partial in edges(node)]
        if (
            slopes
            and adjoints.get(node) == 0
            and (not all(map(isfinite, slopes)) or _from_infinity(node))
        ):
            found.append(node)
    return found


def _number(x: Value | float) -> float:
    """The number of an operand."""
    return x._data if isinstance(x, Value) else x


def _from_infinity(x: Value | float) -> bool:
    """Whether an operand was computed from a number that is not finite, not merely chosen."""
    if not isinstance(x, Value) or (x.op and x.op.choice):
        return False
    return not all(isfinite(_number(e)) for e in x.operands)
