"""The steps of a picture, made from a graph with its numbers: what stands in each box, as text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from ..core import Primitive
from ..explanation.swept import Swept
from ..namespaces.printed import printable
from ..namespaces.text import LONG, few, formula, show
from .fold import Group


class Edge(NamedTuple):
    """The edge from an operand to the step that uses it, with the local partial derivative."""

    operand: int  # the index of the operand's own step
    of: tuple[str, str, str]  # the partial: "u", "b", "2"; each "" if the operand is a constant
    highlighted: bool
    back: bool = False  # whether it leads back, as what one step of a loop hands to the next

    @property
    def slope(self) -> str:
        """The name of the partial: "∂u/∂b"."""
        y, x, _ = self.of
        return f"∂{y}/∂{x}"

    @property
    def partial(self) -> str:
        """The partial as an equation, "∂u/∂b = 2"; or "" if the operand is a constant."""
        return f"{self.slope} = {self.of[2]}" if self.of[2] else ""


class Step(NamedTuple):
    """A node as it is shown, or equal nodes that are shown as one. A field that is hidden is ""."""

    kind: str  # "leaf", "op", "output", "constant"; "cut": stands for operands beyond the depth
    name: str
    formula: str  # "b·c"
    value: str  # "6"
    grad: str  # "3"; "3 (accumulated 6)" if 6 is the leaf's .grad; "–" before the first sweep
    exact: str  # the whole name, and the value and the gradient with all their digits
    edges: tuple[Edge, ...]
    highlighted: bool
    times: int = 1  # how many nodes the step stands for
    short: str = ""  # the name in derivatives: of several nodes, that of the first
    scope: tuple[str, ...] = ()  # the names of the scopes around the node, the outermost first
    room: str = ""  # the longest text that ``grad`` is in any picture of the sweep
    remark: str = ""  # one more line, such as "loses 8 digits: cancellation"
    heat: float = 0.0  # how strongly the remark is marked: from 0, not at all, to 1
    row: Primitive | None = None  # the operation and its operands, for another notation's formula
    operands: tuple[str | float, ...] = ()
    members: Group = ()  # the nodes of the graph that the step shows; none if it is a constant

    def slope(self, output: str) -> str:
        """The name of the gradient: "dJ/da" for the output J."""
        return f"d{output}/d{self.short}"


@dataclass(frozen=True)
class Drawing:
    """What is drawn, and how: ``steps`` makes the steps of it.

    Attributes:
        graph: The graph.
        groups: The nodes that are drawn, operands first. Nodes of a group are drawn as one.
        hidden: Some of "formula", "value", "grad", "partial".
        constants: Whether all constants are steps, and not only those that a row says are drawn.
        depth: How many edges are drawn from the outputs, or None for all.
        grads: The text of each node's gradient, and the longest that it is in any picture.
        output: What the output is called, or "" if there are several.
        marked: The nodes that are highlighted, with the edges between them.
        handing: The nodes whose edges from their operands are highlighted.
        remarks: More lines: the text, and how strongly it is marked.
    """

    graph: Swept
    groups: Sequence[Group]
    hidden: frozenset[str]
    constants: bool
    depth: int | None
    grads: Sequence[tuple[str, str]]
    output: str
    marked: frozenset[int]
    handing: frozenset[int]
    remarks: Mapping[int, tuple[str, float]]

    def steps(self) -> tuple[Step, ...]:
        """The steps, operands first."""
        index: dict[int, int] = {}
        made: list[Step] = []
        beside: list[dict[int, int]] = []  # by place of an operand: the step of a constant, a cut
        shown = {i for members in self.groups for i in members}
        for members in self.groups:
            beside.append(dict(self._beside(members, shown, made)))
            index.update(dict.fromkeys(members, len(made)))
            made.append(self._step(members, beside[-1]))
        for members, extra in zip(self.groups, beside, strict=True):
            at = index[members[0]]
            edges = tuple(self._edges(members, extra, index))
            made[at] = made[at]._replace(edges=edges)
        return tuple(made)

    def _beside(
        self, members: Group, shown: set[int], made: list[Step]
    ) -> Iterator[tuple[int, int]]:
        """Make the steps of constants, and of what is cut off: their operand's place and step."""
        i = members[0]
        cut: int | None = None
        drawn = self._drawn(i)
        for place, k in enumerate(self.graph.operands[i]):
            if type(k) is float and (self.constants or place in drawn):
                values = [self.graph.operands[m][place] for m in members]
                text = spanned([show(x) for x in values])
                name = f"{drawn[place]} = {text}" if place in drawn else text
                made.append(Step("constant", name, "", "", "", repr(k), (), False))
                yield place, len(made) - 1
            elif type(k) is int and k not in shown:
                if cut is None:
                    cut = len(made)
                    made.append(
                        Step("cut", "…", "", "", "", f"beyond depth={self.depth}", (), False)
                    )
                yield place, cut

    def _drawn(self, i: int) -> dict[int, str]:
        """The constants of node i that are drawn, by place. One that is called as a node is not."""
        labels = self.graph.labels(i).items()
        return {place: name for place, name in labels if name not in self.graph.names}

    def _step(self, members: Group, beside: Mapping[int, int]) -> Step:
        graph, i = self.graph, members[0]
        op, drawn = graph.ops[i], self._drawn(i)
        kind = "op" if op else "leaf"
        if any(m in graph.outputs for m in members):
            kind = "output"
        text = value = grad = room = ""
        operands: list[str | float] = []
        mixed = self._mixed(members)
        if op and "formula" not in self.hidden and mixed:
            rows = [graph.ops[m] or op for m in members]
            first, last = (formula(row, ["…"] * len(row.arguments)) for row in (rows[0], rows[-1]))
            text = f"{first}, …, {printable(graph.names[members[-1]])} = {last}"
        elif op and "formula" not in self.hidden:
            operands = [
                drawn.get(place, k) if type(k) is float else printable(graph.names[k])  # type: ignore[index]  # an int
                for place, k in enumerate(graph.operands[i])
            ]
            text = formula(op, operands)
        if "value" not in self.hidden:
            value = spanned([shown(graph.data[m], graph.shapes[m]) for m in members])
        if "grad" not in self.hidden and graph.adjoints is not None:
            grad, room = (spanned([self.grads[m][which] for m in members]) for which in (0, 1))
        remark, heat = max((self.remarks.get(m, ("", 0.0)) for m in members), key=lambda r: r[1])
        return Step(
            kind=kind,
            name=_name(graph, members),
            formula=text,
            value=value,
            grad=grad,
            exact=self._exact(members),
            edges=(),
            highlighted=not self.marked.isdisjoint(members),
            times=len(members),
            short=printable(graph.names[i]),
            scope=_scope(graph, members),
            room=room,
            remark=remark,
            heat=heat,
            row=None if mixed else op,
            operands=tuple(operands),
            members=tuple(members),
        )

    def _mixed(self, members: Group) -> bool:
        """Whether the nodes are a part of a chain, and not the same operation repeated."""
        return len({self.graph.ops[m] for m in members}) > 1

    def _exact(self, members: Group) -> str:
        """The tooltip: the whole name, and the numbers with all their digits."""
        graph, i = self.graph, members[0]
        whole = printable(graph.names[i], 1000)
        exact = f"{whole} = {_all_digits(graph.data[i])}"
        if graph.adjoints is not None and graph.reached:
            exact += f", d{self.output}/d{whole} = {_all_digits(graph.adjoints[i])}"
        return exact if len(members) == 1 else f"{len(members)} nodes, the first: {exact}"

    def _edges(
        self, members: Group, beside: Mapping[int, int], index: Mapping[int, int]
    ) -> Iterator[Edge]:
        graph, at, mixed = self.graph, index[members[0]], self._mixed(members)
        found: dict[int, list[tuple[int, int, int]]] = {}  # by step: member, operand, place
        for member in members:
            for place, k in enumerate(graph.operands[member]):
                if mixed and type(k) is int and k in members:
                    continue
                if type(k) is int and k in index:
                    found.setdefault(index[k], []).append((member, k, place))
                elif place in beside:
                    found.setdefault(beside[place], [])
        for step, uses in found.items():
            marked = any(m in self.handing or {m, k} <= self.marked for m, k, _ in uses)
            of = ("", "", "") if "partial" in self.hidden else self._partial(uses)
            yield Edge(step, of, marked, bool(uses) and step >= at)

    def _partial(self, uses: Sequence[tuple[int, int, int]]) -> tuple[str, str, str]:
        """The partial at an edge: the names y and x, and the number, which is "3 + 3" for x·x.

        Args:
            uses: Who uses what at which place: the node, the operand, and the place.
        """
        slopes: dict[tuple[int, int], list[float]] = {}
        for m, k, place in uses:
            d = self.graph.partials[m][place]
            if d is None:
                return "", "", ""
            slopes.setdefault((m, k), []).append(d)
        if not slopes:
            return "", "", ""
        y, x = (printable(self.graph.names[i]) for i in uses[0][:2])
        return y, x, spanned(map(_summed, slopes.values()))


def gradients(graph: Swept) -> list[tuple[str, str]]:
    """The text of each node's gradient, twice: "3", "3 (accumulated 6)", or "–" before a sweep."""
    found = []
    for i in range(len(graph)):
        text = "–"
        if graph.reached and graph.adjoints is not None:
            text = shown(graph.adjoints[i], graph.shapes[i])
            stored = graph.stored[i]
            if stored is not None and text != show(stored + 0.0):
                text = f"{text} (accumulated {show(stored + 0.0)})"
        found.append((text, text))
    return found


def shown(x: Any, shape: tuple[int, ...] = ()) -> str:
    """A number, or a vector's numbers, as text: 33.0003, or [1, 2, …, 5] (784)."""
    if not shape:
        return show(x + 0.0)  # −0 is shown as 0
    size = f" ({' × '.join(map(str, shape))})" if len(x) > 3 else ""
    return f"[{', '.join(few([show(e + 0.0) for e in x], most=3))}]{size}"


def spanned(texts: Iterable[str]) -> str:
    """The first text, … and the last, if there are more than two; one if all are equal."""
    texts = list(texts)
    if len(set(texts)) <= 1:
        return texts[0] if texts else ""
    return ", ".join(texts if len(texts) <= 2 else [texts[0], "…", texts[-1]])


def _summed(slopes: Sequence[float]) -> str:
    """The partials of a node at the places where one operand stands: "3 + 3" for x·x."""
    first, *rest = [show(d + 0.0) for d in slopes]
    signed = (f" - {d[1:]}" if d[0] == "-" else f" + {d}" for d in rest[:2])
    return first + "".join(signed) + f" + … ({len(slopes)} terms)" * (len(rest) > 2)


def _name(graph: Swept, members: Group) -> str:
    names = list(dict.fromkeys(printable(graph.names[m]) for m in members))
    return names[0] if len(names) == 1 else f"{names[0]} … {names[-1]}"


def _scope(graph: Swept, members: Group) -> tuple[str, ...]:
    """The scope of the nodes. Where the members differ, the first and the last name stand."""
    levels = zip(*(graph.scopes[m] for m in members), strict=True)
    return tuple(
        printable(names[0] if len(set(names)) == 1 else f"{names[0]} … {names[-1]}")
        for names in levels
    )


def _all_digits(x: Any) -> str:
    if not isinstance(x, Sequence):
        return repr(x)
    few = [repr(e) for e in x[:LONG]]
    return f"[{', '.join(few)}{', …' * (len(x) > LONG)}]"
