"""What a picture remarks on its nodes: where digits are lost, where the first infinity is born."""

from __future__ import annotations

from math import isfinite

from ..explanation.conditioning import conditioning
from ..explanation.nonfinite import first_of
from ..explanation.swept import Swept

SHOWS = ("conditioning", "nonfinite")

Remarks = dict[int, tuple[str, float]]
"""By node: a line of text, and how strongly the node is marked, from 0 to 1."""

ALL = 16
"""The decimal digits of a float: a node that loses so many is marked as strongly as can be."""


def remarks(graph: Swept, show: str | None) -> Remarks:
    """The remarks on a graph that a picture shows.

    Args:
        graph: The graph.
        show: "conditioning", "nonfinite", or None for no remarks.

    Raises:
        ValueError: If ``show`` is another word, or the graph has several outputs.
    """
    if show is None:
        return {}
    if show not in SHOWS:
        raise ValueError(f'show expects "conditioning" or "nonfinite", got {show!r}')
    return _conditioning(graph) if show == "conditioning" else _nonfinite(graph)


def _conditioning(graph: Swept) -> Remarks:
    """What is said of nodes that lose half a digit, or cause a tenth of the output's error."""
    found: Remarks = {}
    for i, node in enumerate(conditioning(graph)):
        if node is None:
            continue
        said = []
        if node.digits >= 0.5:
            lost = f"{node.digits:.1f}" if isfinite(node.digits) else "all"
            said.append(f"loses {lost} digits" + ": cancellation" * node.cancels)
        if node.share >= 0.1:
            said.append(f"{100 * node.share:.0f} % of the error")
        heat = min(node.digits / ALL, 1.0)
        if said:
            found[i] = (", ".join(said), heat)
    return found


def _nonfinite(graph: Swept) -> Remarks:
    first = first_of(graph)
    return {first[0]: (f"the first infinity or NaN: {first[1]}", 1.0)} if first else {}
