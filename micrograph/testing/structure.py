"""Derivatives that are 0 by the structure of a graph alone: no number need be computed for them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ..engine.value import Value
from ..namespaces.text import linear, product

Masks = set[int]
"""A set of sets of places in ``by``. Each inner set is an int that has a bit for each place."""


def may_differ_from_0(
    order: Sequence[Value], leaves: Sequence[Value], y: Value, by: Sequence[int]
) -> bool:
    """Whether ∂ᵏy/∂x_i∂x_j… may differ from 0: False if it is 0 at every point.

    For each node the function finds those sets of places in ``by`` for which the derivative by the
    inputs at these places may differ from 0. A sum has the sets of its terms. A product also has
    every union of a set of one factor and a disjoint set of the other. Any other node has all
    unions of disjoint sets of its operands.

    Args:
        order: The nodes below y, and perhaps others, parents before children.
        leaves: The inputs x.
        y: The output.
        by: i, j, …: the positions in leaves of the inputs to differentiate by.

    Cost:
        At most 2ᵏ sets a node.
    """
    found: dict[object, Masks] = {
        leaf: {1 << place for place, j in enumerate(by) if j == i} for i, leaf in enumerate(leaves)
    }
    for node in order:
        if node.op is None:
            continue
        sets = [found.get(x, set()) for x in node.operands]
        half = len(sets) // 2
        masks = set().union(*sets)
        if product(node.op):
            for left, right in zip(sets[:half], sets[half:], strict=True):
                masks |= _joined(left, right)
        elif not linear(node.op):
            while not masks >= (more := _joined(masks, masks)):
                masks |= more
        found[node] = masks
    return (1 << len(by)) - 1 in found.get(y, ())


def _joined(left: Iterable[int], right: Iterable[int]) -> Masks:
    """Every union of a set on the left and a disjoint set on the right."""
    return {a | b for a in left for b in right if not a & b}
