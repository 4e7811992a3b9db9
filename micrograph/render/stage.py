"""The reverse sweep, stopped on the way: what each node has received after k steps."""

from __future__ import annotations

from ..explanation.swept import Swept
from ..namespaces.floats import FLOAT
from .steps import shown


def steps_of(graph: Swept) -> list[int]:
    """The nodes that hand something on in the sweep, in its order: those with an operation.

    Raises:
        ValueError: If the graph has several outputs, or vectors: there is no such sweep.
    """
    if len(set(graph.outputs)) != 1:
        raise ValueError("the steps of a sweep are those of one output; give one")
    if any(graph.shapes):
        raise ValueError("the steps of a sweep are drawn of graphs of numbers; this has vectors")
    return [i for i in reversed(range(len(graph))) if graph.ops[i]]


def stage(graph: Swept, k: int) -> tuple[list[tuple[str, str]], frozenset[int]]:
    """The gradients after k steps of the reverse sweep, and the node that has just handed on.

    After step 0 only the output has its gradient, 1. In each step a node hands on its gradient to
    its operands, multiplied by the partials. The steps go from the output towards the leaves.

    Args:
        graph: The graph, of one output.
        k: How many steps to go.

    Returns:
        For each node the text of its gradient, and the longest that the text is in any step: "" if
        it has received nothing yet, "3 + …" if more is to come. Then the node of step k.

    Raises:
        ValueError: If k is no step of the sweep.
    """
    order = steps_of(graph)
    if not isinstance(k, int) or not 0 <= k <= len(order):
        raise ValueError(f"step expects a number from 0 to {len(order)}, got {k!r}")
    final = graph.adjoints or ()
    longest = [shown(x) for x in final]
    texts = [""] * len(graph)
    received: dict[int, float] = {}
    coming = [0] * len(graph)  # how many terms each node is still to receive
    for i in order:
        for x, _, _ in graph.slopes(i):
            coming[x] += 1

    def receive(x: int, term: float) -> str:
        received[x] = received[x] + term if x in received else term
        return shown(received[x]) + (" + …" if coming[x] else "")

    for n in range(len(order) + 1):
        terms = [] if n else [(graph.outputs[0], 1.0)]
        if n:
            i = order[n - 1]
            for x, d, _ in graph.slopes(i):
                coming[x] -= 1
                terms.append((x, FLOAT.azmul(received.get(i, 0.0), d)))
        for x, term in terms:
            text = receive(x, term)
            longest[x] = max(longest[x], text, key=len)
            if n <= k:
                texts[x] = text
        if n == k:
            done = [not more for more in coming]
    for x, whole in enumerate(final):
        if done[x] and not texts[x]:
            texts[x] = shown(whole)  # nothing leads from it to the output
    handing = frozenset(order[k - 1 : k] if k else ())
    return list(zip(texts, longest, strict=True)), handing
