"""Where a number stopped being finite, and where 0 times an infinite slope was taken to be 0."""

from __future__ import annotations

from math import isfinite

from ..core import TABLE
from ..engine.reading import current, edges
from ..engine.sweep import reverse
from ..engine.value import Value
from ..namespaces.floats import FLOAT
from .swept import Swept, swept

AZMUL = TABLE["azmul"]


def first_nonfinite(root: Value) -> tuple[Value, str] | None:
    """The node at which an infinity or NaN first appears, and "value" or "gradient".

    The values are searched first, in topological order, so operands come before the nodes that
    use them. If a value is not finite, the first such node is returned with "value". If all
    values are finite, the reverse sweep is searched. The first node that hands a parent a term
    which is not finite is returned with "gradient". If every term is finite, and yet the terms of
    a node add up to an infinity, that node is returned with "gradient".

    Args:
        root: The Value whose graph is searched, and whose gradients are computed.

    Returns:
        A pair (node, "value") or (node, "gradient"). None if all numbers are finite.

    Raises:
        RuntimeError: If a leaf was assigned after its use.

    Cost:
        One reverse sweep. No ``.grad`` changes.

    Example:
        >>> x = Value(0.0, "x")
        >>> node, where = first_nonfinite(x.sqrt().named("y") * 2)
        >>> node.name, where
        ('y', 'gradient')
    """
    graph = swept(root)
    found = first_of(graph)
    if found is None:
        return None
    return next(node for node, i in graph.places.items() if i == found[0]), found[1]


def first_of(graph: Swept) -> tuple[int, str] | None:
    """The number of the node that ``first_nonfinite`` returns, and "value" or "gradient".

    Args:
        graph: The graph. If it has several outputs, only values are searched.
    """
    for i, data in enumerate(graph.data):
        if not all(map(isfinite, data if graph.shapes[i] else [data])):
            return i, "value"
    if graph.adjoints is None:
        return None
    for i in reversed(range(len(graph))):
        g = graph.adjoints[i]
        whole = all(map(isfinite, g)) if graph.shapes[i] else isfinite(g)
        if not whole or not all(isfinite(FLOAT.azmul(g, d)) for _, d, _ in graph.slopes(i)):
            return i, "gradient"
    return None


def strong_zeros(root: Value) -> list[Value]:
    """The nodes at which 0 times an infinite or NaN slope was taken to be 0, parents first.

    In a sweep, an adjoint of 0 stays 0, whatever partial it is multiplied by. So an infinite slope
    in a branch that was not taken never leaks into a gradient. This has a price: if the true
    slope is the limit of a product 0·∞, it is lost, and forward and reverse mode may differ.

    A node is listed if its adjoint is 0, and one of its partials or one of its operands is
    infinite or NaN. (The operands do not count if the node only chooses one of them, as ``where``
    and ``maximum`` do.) In a recorded derivative the products of the sweep are nodes, too. Such a
    product is listed if the adjoint in it is 0, and the slope is infinite or NaN, or was computed
    from such a number.

    Args:
        root: The Value whose graph is searched.

    Raises:
        RuntimeError: If a leaf was assigned after its use.

    Cost:
        One reverse sweep. No ``.grad`` changes.

    Example:
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
    """The number that an operand holds: a Value's data, or the constant."""
    return x._number if isinstance(x, Value) else x


def _from_infinity(x: Value | float) -> bool:
    """Whether an operand was computed from an infinity or NaN.

    A result that was only chosen from its operands does not count as computed.
    """
    if not isinstance(x, Value) or (x.op and x.op.choice):
        return False
    return not all(isfinite(_number(e)) for e in x.operands)
