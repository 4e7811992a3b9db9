"""Where a number stopped being finite."""

from __future__ import annotations

from math import isfinite

from ..engine.reading import current, edges
from ..engine.sweep import reverse
from ..engine.value import Value
from ..namespaces.floats import FLOAT


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
