"""A Graph as standalone C11: a function for its value, and one for its value and gradient."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..namespaces.c import _text
from ..namespaces.standalone import Program
from .c_header import CLOSING, about, opening
from .c_names import identifiers, is_name
from .node import AUTOMATIC, PICK, Node
from .symbols import Construction, Symbol, pruned

PARAMETERS = 126
"""The most inputs that are parameters of their own. C promises 127 parameters, and one is taken."""

PART = 500
"""The most steps of one function. Compilers take more than linear time for a long one."""

ON_STACK = 4096
"""The most numbers that are kept on the stack. Threads may have little of it."""


def to_c(graph: Any, name: str, gradient: bool | None) -> str:
    """A Graph as C. See ``Graph.to_c``."""
    count = len(graph.outputs)
    if not is_name(name):
        raise ValueError(
            f"to_c: expected a name that C can give a function, like 'f', got {name!r}"
        )
    if not count:
        raise ValueError("to_c: the graph has no output, so there is nothing to compute")
    if gradient and count > 1:
        raise ValueError(f"to_c: expected a graph of one output for a gradient, got {count}")
    for node in graph.nodes:
        if node.shape or node.op is PICK:
            raise NotImplementedError(
                f"to_c: node {node.name} is a vector or picks elements of one; C is written for "
                "graphs of numbers alone"
            )
    program = Program(f"{name}_")
    places = graph.outputs_of(range(len(graph.nodes)))
    functions = [_Function(program, name, graph.nodes, places, False)]
    if gradient or (gradient is None and count == 1):
        functions.append(_Function(program, f"{name}_gradient", *_with_gradient(graph), True))
    declared = "\n".join(f"{function.declared};" for function in functions)
    texts = [text for function in functions for text in function.texts]
    parts = [about(graph, name, functions, program), opening(program), declared]
    return "\n\n".join([*parts, *program.functions, *texts, CLOSING]) + "\n"


def _with_gradient(graph: Any) -> tuple[Sequence[Node], Sequence[int]]:
    """The nodes, and the places of the value and of its slopes. Equal steps are one node."""
    xp = Construction()
    inputs = [xp.input(node.name, node.data) for node in graph.inputs]
    for node, x in zip(graph.nodes, graph.evaluate(xp, inputs), strict=True):
        if type(x) is Symbol and not x.node.name and not AUTOMATIC.fullmatch(node.name):
            xp.nodes[x.place] = x.node._replace(name=node.name)
    y, slopes = graph.value_and_gradient(xp, inputs)
    nodes, outputs, _ = pruned(xp.nodes, [xp.output(x) for x in (y, *slopes)], 0)
    return nodes, outputs


class _Function:
    """One function of C that evaluates nodes, in parts if there are many.

    Args:
        program: The functions that it calls.
        name: Its name.
        nodes: The nodes of a graph.
        outputs: The places of the nodes that it computes.
        gradient: Whether it returns the first output, and the others are the gradient.
    """

    def __init__(
        self,
        program: Program,
        name: str,
        nodes: Sequence[Node],
        outputs: Sequence[int],
        gradient: bool,
    ) -> None:
        self.program, self.name, self.outputs = program, name, outputs
        nodes = self.nodes = list(nodes)
        self.places = [i for i, node in enumerate(nodes) if node.op is None]
        self.steps = _needed(nodes, outputs)
        function = program.prefix[:-1]
        self.names = identifiers((node.name for node in nodes), function)
        self.inputs = [self.names[i] for i in self.places]
        self.named = len(self.inputs) <= PARAMETERS
        self.results = "gradient" if gradient else "outputs" if len(outputs) > 1 else ""
        self.returns = gradient or len(outputs) == 1
        given = [f"double {x}" for x in self.inputs] if self.named else ["const double *inputs"]
        listed = ", ".join([*given, *([f"double *{self.results}"] if self.results else [])])
        self.declared = f"{'double' if self.returns else 'void'} {name}({listed or 'void'})"
        whole = len(self.steps) <= PART
        self.texts = [self._whole()] if whole else self._in_parts()

    def _whole(self) -> str:
        found = dict(zip(self.places, self._inputs(self.named), strict=True))
        lines = self._lines(self.steps, found)
        used = {k for i in self.steps for k in self.nodes[i].args if type(k) is int}
        used.update(self.outputs)
        if self.named:
            unused = [f"(void){self.names[i]};" for i in self.places if i not in used]
        else:
            unused = [] if used.intersection(self.places) else ["(void)inputs;"]
        return _text_of(self.declared, self._shorter([*unused, *lines, *self._delivered(found)]))

    def _inputs(self, named: bool) -> list[str]:
        return self.inputs if named else [f"inputs[{i}]" for i in range(len(self.inputs))]

    def _lines(self, steps: Sequence[int], found: dict[int, str]) -> list[str]:
        """The lines that compute these steps. They are then in ``found``, by their names."""
        lines: list[str] = []
        for i in steps:
            node = self.nodes[i]
            assert node.op
            operands = [found[x] if type(x) is int else _text(x) for x in node.args]
            try:
                written = self.program.written(node.op, operands, lines)
            except TypeError as error:
                raise TypeError(f"to_c: node {node.name}: {error}") from None
            lines.append(f"const double {self.names[i]} = {written};")
            found[i] = self.names[i]
        return lines

    def _delivered(self, found: dict[int, str]) -> list[str]:
        """The lines that hand back the results."""
        results = [found[i] for i in self.outputs]
        first = int(self.returns)
        lines = [f"{self.results}[{k}] = {x};" for k, x in enumerate(results[first:])]
        return [*lines, *([f"return {results[0]};"] if first else [])]

    @staticmethod
    def _shorter(lines: list[str]) -> list[str]:
        """The lines, without a variable that is computed only to be returned."""
        *before, y, last = ["", "", *lines]
        start = f"const double {last[len('return ') : -1]} = "
        if last.startswith("return ") and y.startswith(start):
            return [*before[2:], f"return {y[len(start) :]}"]
        return lines

    def _in_parts(self) -> list[str]:
        """Functions of ``PART`` steps each, and the one that calls them.

        A number that a later part needs is kept in the array ``work``. Its place is free again
        after the last part that needs it.
        """
        parts = [self.steps[k : k + PART] for k in range(0, len(self.steps), PART)]
        last: dict[int, int] = {}
        for p, part in enumerate(parts):
            for i in part:
                last.update((k, p) for k in self.nodes[i].args if type(k) is int)
        last.update(dict.fromkeys(self.outputs, len(parts)))
        found = dict(zip(self.places, self._inputs(False), strict=True))
        free: list[int] = []
        ends: list[list[int]] = [[] for _ in range(len(parts) + 1)]
        size = 0
        texts = []
        for p, part in enumerate(parts):
            lines = self._lines(part, found)
            for i in part:
                if last[i] > p:
                    if not free:
                        free.append(size)
                        size += 1
                    place = free.pop()
                    ends[last[i]].append(place)
                    lines.append(f"work[{place}] = {found[i]};")
                    found[i] = f"work[{place}]"
            free += ends[p]
            called = f"static void {self.name}_part{p + 1}(const double *inputs, double *work)"
            texts.append(_text_of(called, ["(void)inputs;", *lines]))
        calls = [f"{self.name}_part{p + 1}(inputs, work);" for p in range(len(parts))]
        delivered = self._delivered(found)
        before = [f"const double inputs[] = {{{', '.join(self.inputs)}}};"] if self.named else []
        if size <= ON_STACK:
            lines = [f"double work[{max(size, 1)}];", *calls, *delivered]
        else:
            lines = self._on_heap(size, [*calls, *delivered])
        return [*texts, _text_of(self.declared, [*before, *lines])]

    def _on_heap(self, size: int, lines: Sequence[str]) -> list[str]:
        """The lines, with an array ``work`` from malloc. Without memory the results are NaN."""
        self.program.includes.add("#include <stdlib.h>")
        count = len(self.outputs) - self.returns
        results = [f"for (int i = 0; i < {count}; i++)", f"    {self.results}[i] = NAN;"]
        return [
            f"double *const work = (double *)malloc({size} * sizeof(double));",
            *(["double y = NAN;"] if self.returns else []),
            *(results if self.results else []),
            "if (work) {",
            *(f"    {line.replace('return', 'y =')}" for line in lines),
            "    free(work);",
            "}",
            *(["return y;"] if self.returns else []),
        ]


def _needed(nodes: Sequence[Node], outputs: Sequence[int]) -> list[int]:
    """The places of the steps that the outputs need, in their order."""
    live = set(outputs)
    for i in range(len(nodes) - 1, -1, -1):
        if i in live:
            live.update(x for x in nodes[i].args if type(x) is int)
    return [i for i, node in enumerate(nodes) if node.op and i in live]


def _text_of(declared: str, lines: Sequence[str]) -> str:
    body = "\n".join(f"    {line}" for line in lines)
    return f"{declared}\n{{\n{body}\n}}"
