"""Derivatives that are 0 by the structure of a graph alone: no number need be computed for them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ..engine.value import Value
from ..namespaces.text import linear, product

Masks = set[int]
"""Sets of places in ``by``, each a number with those bits."""


def may_differ_from_0(
    order: Sequence[Value], leaves: Sequence[Value], y: Value, by: Sequence[int]
) -> bool:
    """Whether there may be anything in ∂ᵏy/∂x_i∂x_j…: False where it is 0 anywhere.

    order:  the nodes below y, and others, parents first
    leaves: the inputs x
    by:     i, j, …

    For each node are found the sets of places in ``by`` by whose inputs its derivative may not be
    0. Those of a sum are its terms'; in a product those of both factors join; in any other node
    all of its operands' join. Cost: at most 2ᵏ sets a node.
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
    return {a | b for a in left for b in right if not a & b}
