"""What every picture of a graph shows: names, formulas, numbers and edges, ready as text.

A gradient is dJ/dnode, where J is the root that is drawn. The gradients come from a reverse
sweep of their own, which changes no ``.grad``. "–" stands in their place until ``backward()``
has reached the root.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from ..engine.reading import current
from ..engine.reading import edges as edges_of
from ..engine.reading import names as naming
from ..engine.sweep import reverse
from ..engine.value import Value
from ..namespaces.floats import FLOAT
from ..namespaces.text import formula, show

PARTS = frozenset({"formula", "value", "grad", "partial"})
LONGEST = 60  # the most characters of a name that are shown


class Edge(NamedTuple):
    """The edge from an operand to the step that uses it, with the local partial derivative."""

    operand: int  # the index of the operand's own step
    partial: str  # "∂u/∂b = 2"; "" if the operand is a constant
    highlighted: bool


class Step(NamedTuple):
    """A node as it is shown. A field that is hidden is ""."""

    kind: str  # "leaf", "op", "output", "constant"; "cut": stands for operands beyond the depth
    name: str
    formula: str  # "b·c"
    value: str  # "6"
    grad: str  # "3"; "3 (accumulated 6)" if 6 is the leaf's .grad; "–" before the first sweep
    exact: str  # the value and the gradient with all their digits
    edges: tuple[Edge, ...]
    highlighted: bool


def scene(
    root: Value,
    *,
    names: Mapping[str, Any] | None = None,
    hide: Collection[str] = (),
    highlight: Value | None = None,
    depth: int | None = None,
    constants: bool = False,
    max_nodes: int | None = None,
) -> list[Step]:
    """The steps to show: the nodes that ``root`` was computed from, and ``root``, operands first.

    Args:
        root: The Value whose graph is shown.
        names: A mapping such as ``vars()``, which names the nodes that have no name.
        hide: Some of "formula", "value", "grad", "partial".
        highlight: A node. The paths from this node to the root are marked.
        depth: How many edges to go from the root. Nodes further away are cut off.
        constants: True: constants are steps too. False: they only stand in formulas.
        max_nodes: The most steps allowed. At most ten times as many edges are allowed.

    Raises:
        TypeError: If ``root`` is no Value, or ``names`` no mapping.
        ValueError: If ``hide`` has another word, ``depth`` is below 0, ``highlight`` is no node
            of the graph, or there are more nodes or edges than ``max_nodes`` allows.
        RuntimeError: If a leaf was assigned after its use.

    Cost:
        One reverse sweep.
    """
    if not isinstance(root, Value):
        raise TypeError(f"expected a Value to show, got {root!r}")
    hidden = frozenset([hide] if isinstance(hide, str) else hide or ())
    if hidden - PARTS:
        raise ValueError(f"hide expects some of {sorted(PARTS)}, got {sorted(hidden - PARTS)}")
    order = current(root)
    shown = order if depth is None else _near(root, depth)
    if not isinstance(names, Mapping | None):
        raise TypeError(f"names expects a mapping such as vars(), got {names!r}")
    _refuse(len(shown), "nodes", max_nodes, max_nodes)
    called = {x: printable(name) for x, name in naming(order, _variables(names or {})).items()}
    marked = _on_paths(highlight, order) if highlight is not None else set()
    adjoints = {}
    if "grad" not in hidden and root._swept:
        adjoints = reverse(order, {root: 1.0}, edges_of, FLOAT.azmul)

    steps: list[Step] = []
    index: dict[Value, int] = {}

    def label(node: Value, parent: Value, partial: float) -> str:
        if "partial" in hidden:
            return ""
        return f"∂{called[node]}/∂{called[parent]} = {show(partial)}"

    def edges(node: Value) -> Iterator[Edge]:
        partials = iter(node.partials)
        cut = False
        for x in node.operands:
            if not isinstance(x, Value):
                if constants:
                    steps.append(Step("constant", show(x), "", "", "", repr(x), (), False))
                    yield Edge(len(steps) - 1, "", False)
                continue
            partial = next(partials)
            if x in index:
                yield Edge(index[x], label(node, x, partial), x in marked and node in marked)
            elif not cut:
                cut = True
                steps.append(Step("cut", "…", "", "", "", f"beyond depth={depth}", (), False))
                yield Edge(len(steps) - 1, "", False)

    for node in sorted(shown, key={x: i for i, x in enumerate(order)}.__getitem__):
        kind = "output" if node is root else "op" if node.op else "leaf"
        links = tuple(edges(node))
        text = value = ""
        if node.op and "formula" not in hidden:
            text = formula(
                node.op, [called[x] if isinstance(x, Value) else x for x in node.operands]
            )
        if "value" not in hidden:
            value = show(node.data)
        grad = _gradient(node, adjoints) if "grad" not in hidden else ""
        exact = f"{called[node]} = {node.data!r}"
        if adjoints:
            exact += f", d{called[root]}/d{called[node]} = {adjoints.get(node, 0.0)!r}"
        index[node] = len(steps)
        steps.append(Step(kind, called[node], text, value, grad, exact, links, node in marked))
    _refuse(len(steps), "nodes, constants counted,", max_nodes, max_nodes)
    _refuse(
        sum(len(step.edges) for step in steps), "edges", max_nodes and 10 * max_nodes, max_nodes
    )
    return steps


def _refuse(n: int, what: str, limit: int | None, max_nodes: int | None) -> None:
    if limit is not None and n > limit:
        raise ValueError(
            f"{n} {what} are more than max_nodes={max_nodes} allows; "
            "show fewer with depth=…, or allow more with max_nodes=…"
        )


def _gradient(node: Value, adjoints: Mapping[Value, float]) -> str:
    if not adjoints:
        return "–"
    grad, stored = show(adjoints.get(node, 0.0)), show(node.grad)
    return grad if node.op or grad == stored else f"{grad} (accumulated {stored})"


def _near(root: Value, depth: int) -> set[Value]:
    """The nodes at most ``depth`` edges from the root."""
    if not isinstance(depth, int) or depth < 0:
        raise ValueError(f"depth expects a number of edges, 0 or more, got {depth!r}")
    near, last = {root}, {root}
    for _ in range(depth):
        last = {parent for node in last for parent in node.parents} - near
        if not last:
            break
        near |= last
    return near


def _on_paths(node: Value, order: Sequence[Value]) -> set[Value]:
    """The node, and all nodes in ``order`` that were computed from it."""
    if not isinstance(node, Value) or node not in set(order):
        raise ValueError(f"highlight expects a node of the graph, got {node!r}")
    marked = {node}
    for user in order:
        if any(parent in marked for parent in user.parents):
            marked.add(user)
    return marked


def _variables(namespace: Mapping[str, Any]) -> dict[Value, str]:
    """The Values among a program's variables, each with the first name that holds it.

    Names that begin with "_" do not count.
    """
    found: dict[Value, str] = {}
    for name, x in namespace.items():
        if isinstance(x, Value) and not str(name).startswith("_"):
            found.setdefault(x, str(name))
    return found


def printable(name: str) -> str:
    """The name on one line, every character visible: a newline becomes a backslash and an n."""
    start = str(name)[: LONGEST + 1]
    shown = "".join(c if c.isprintable() else repr(c)[1:-1] for c in start)
    return shown if len(shown) <= LONGEST else shown[:LONGEST] + "…"
