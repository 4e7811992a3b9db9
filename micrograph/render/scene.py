"""What every picture of a graph shows, chosen: which nodes, folded or expanded, marked or remarked.

A gradient is dJ/dnode, where J is the output that is drawn. The gradients come from a reverse sweep
of their own, which changes no ``.grad``. "–" stands in their place until ``backward()`` has reached
the output. If several outputs are drawn there are no gradients, since a gradient is of one output.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from ..engine.value import Value
from ..explanation.swept import Swept, swept
from ..namespaces.printed import printable
from .expand import expanded, summed
from .fold import Group, folded
from .remarks import remarks
from .stage import stage
from .steps import Drawing, Edge, Step, gradients

PARTS = frozenset({"formula", "value", "grad", "partial"})
LARGE = 40
"""If more nodes than these would be drawn, equal structure that repeats is folded."""


class Scene(NamedTuple):
    """The steps to show, operands first, and what is said beside them."""

    steps: tuple[Step, ...]
    output: str  # the name of the output, as in dJ/dnode; "" if there are several
    note: str  # a sentence to stand below the picture, or ""
    graph: Swept | None = None  # the graph that the steps show, expanded and summed

    @property
    def edges(self) -> list[Edge]:
        """The edges of all steps, in order."""
        return [edge for step in self.steps for edge in step.edges]

    @property
    def scopes(self) -> list[tuple[str, ...]]:
        """The scopes of the steps and all scopes around them, the innermost first."""
        scopes = [step.scope for step in self.steps]
        found = dict.fromkeys(scope[: n + 1] for scope in scopes for n in range(len(scope)))
        return sorted(found, key=len, reverse=True)


def scene(
    what: Any,
    *,
    names: Mapping[str, Any] | None = None,
    hide: Collection[str] = (),
    highlight: Value | str | None = None,
    depth: int | None = None,
    constants: bool = False,
    max_nodes: int | None = None,
    fold: bool | None = False,
    expand: bool = False,
    step: int | None = None,
    show: str | None = None,
) -> Scene:
    """The steps to show: the nodes that the outputs were computed from, operands first.

    Args:
        what: A Value, a sequence of Values, or a Graph.
        names: A mapping such as ``vars()``, which names the nodes that have no name.
        hide: Some of "formula", "value", "grad", "partial".
        highlight: A node or its name. The paths from this node to the outputs are marked.
        depth: How many edges to go from the outputs. Nodes further away are cut off.
        constants: True: constants are steps too. False: they only stand in formulas, but for those
            that a row says are drawn, such as the label of a loss.
        max_nodes: The most steps allowed. At most ten times as many edges are allowed.
        fold: Whether equal structure that repeats is one step, and a long chain of + one sum. None:
            sums are; repetitions are if there would be more than ``LARGE`` nodes.
        expand: Whether rows are replaced by the nodes of their textbook definitions.
        step: Shows the sweep after so many steps, as ``stage`` counts them. Nothing is folded.
        show: "conditioning" or "nonfinite": remarks on what rounding does, or on where the first
            infinity or NaN comes from.

    Raises:
        TypeError: If ``what`` is nothing to show, or an option is of another kind.
        ValueError: If ``hide`` or ``show`` has another word, ``depth`` is below 0, ``highlight`` is
            no node of the graph, ``step`` is no step of the sweep, or there are more nodes or edges
            than ``max_nodes`` allows.
        RuntimeError: If a leaf was assigned after its use.

    Cost:
        One reverse sweep.
    """
    hidden = parts("hide", hide)
    if not isinstance(names, Mapping | None):
        raise TypeError(f"names expects a mapping such as vars(), got {names!r}")
    if not isinstance(max_nodes, int | None):
        raise TypeError(f"max_nodes expects a number of nodes, or None, got {max_nodes!r}")
    graph = swept(what, variables(names or {}))
    if expand:
        graph = expanded(graph)
    if step is None and fold is not False:
        graph = summed(graph, _place(graph, highlight))
    shown = range(len(graph)) if depth is None else _near(graph, depth)
    single = len(set(graph.outputs)) == 1
    groups: Sequence[Group] = [(i,) for i in shown]
    if step is None and (fold or (fold is None and len(shown) > LARGE)):
        apart = {_place(graph, highlight), *(graph.outputs if single else ())}
        groups = folded(graph, shown, apart)
    _refuse(len(groups), "nodes", max_nodes, max_nodes)
    output = printable(graph.names[graph.outputs[0]]) if single else ""
    grads, handing = (gradients(graph), frozenset[int]()) if step is None else stage(graph, step)
    drawing = Drawing(
        graph,
        groups,
        hidden,
        constants,
        depth,
        grads,
        output,
        marked=handing | (set() if highlight is None else graph.above(_place(graph, highlight))),
        handing=handing,
        remarks=remarks(graph, show),
    )
    steps = drawing.steps()
    _refuse(len(steps), "nodes, constants counted,", max_nodes, max_nodes)
    unswept = single and step is None and not graph.reached and "grad" not in hidden
    note = f"gradients are shown after {output}.backward()" if unswept else ""
    seen = Scene(steps, output, note, graph)
    _refuse(len(seen.edges), "edges", max_nodes and 10 * max_nodes, max_nodes)
    return seen


def parts(option: str, given: Collection[str] | None) -> frozenset[str]:
    """The parts of a step that an option names: some of "formula", "value", "grad", "partial".

    Raises:
        TypeError: If ``given`` is no collection of words.
        ValueError: If there is another word.
    """
    if not isinstance(given, Iterable | None):
        raise TypeError(f"{option} expects some of {sorted(PARTS)}, got {given!r}")
    found = frozenset([given] if isinstance(given, str) else given or ())
    if found - PARTS:
        wrong = sorted(map(str, found - PARTS))
        raise ValueError(f"{option} expects some of {sorted(PARTS)}, got {wrong}")
    return found


def _refuse(n: int, what: str, limit: int | None, max_nodes: int | None) -> None:
    if limit is not None and n > limit:
        raise ValueError(
            f"{n} {what} are more than max_nodes={max_nodes} allows; "
            "show fewer with depth=…, or allow more with max_nodes=…"
        )


def _near(graph: Swept, depth: int) -> list[int]:
    """The nodes at most ``depth`` edges from the outputs."""
    if not isinstance(depth, int) or depth < 0:
        raise ValueError(f"depth expects a number of edges, 0 or more, got {depth!r}")
    near, last = set(graph.outputs), set(graph.outputs)
    for _ in range(depth):
        last = {k for i in last for k in graph.parents(i)} - near
        if not last:
            break
        near |= last
    return sorted(near)


def _place(graph: Swept, node: Any) -> int:
    """The number of a node that is given as a Value or by its name. −1 for None."""
    if node is None:
        return -1
    if isinstance(node, Value) and node in graph.places:
        return graph.places[node]
    if isinstance(node, str) and graph.names.count(node) == 1:
        return graph.names.index(node)
    raise ValueError(f"highlight expects a node of the graph, got {node!r}")


def variables(namespace: Mapping[str, Any]) -> dict[Value, str]:
    """The Values among a program's variables, each with the first name that holds it.

    Names that begin with "_" do not count.
    """
    found: dict[Value, str] = {}
    for name, x in namespace.items():
        if isinstance(x, Value) and not str(name).startswith("_"):
            found.setdefault(x, str(name))
    return found
