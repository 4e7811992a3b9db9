"""One function of C that evaluates the nodes of a graph, in parts if there are many."""

from __future__ import annotations

import re
from collections.abc import Sequence
from math import prod

from ..namespaces.standalone import Program
from .c_names import identifiers
from .c_step import assigned, looped
from .node import Node, needed

PARAMETERS = 126
"""The most inputs that are parameters of their own. C promises 127 parameters, and one is taken."""

PART = 500
"""The most steps of one function. Compilers take more than linear time for a long one."""

ON_STACK = 4096
"""The most numbers that are kept on the stack. Threads may have little of it."""


class CFunction:
    """A function of C.

    A number is a local variable. A vector, and a number that a later part needs, have a place in
    the array ``work``, which is free again after its last use.

    Args:
        program: The functions that it calls.
        name: Its name.
        nodes: The nodes of a graph.
        outputs: The places of the nodes that it computes.
        gradient: Whether it returns the first output, and the others are the gradient.

    Attributes:
        inputs: What its inputs are called.
        named: Whether they are parameters of their own, and not one array.
        returns: Whether it returns the first output.
        declared: How it is declared, without the semicolon.
        texts: The text of its parts, and its own.
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
        self.nodes = nodes = list(nodes)
        self.sizes = [prod(node.shape) for node in nodes]
        places = [i for i, node in enumerate(nodes) if node.op is None]
        self.names = identifiers((node.name for node in nodes), program.prefix[:-1])
        self.inputs = [self.names[i] for i in places]
        self.named = len(places) <= PARAMETERS
        self.returns = not nodes[outputs[0]].shape and (gradient or len(outputs) == 1)
        self.results = "gradient" if gradient else "" if self.returns else "outputs"
        self.given = ["const double *inputs"]
        if self.named:
            self.given = [self._parameter(i) for i in places]
        listed = ", ".join([*self.given, *([f"double *{self.results}"] if self.results else [])])
        self.declared = f"{'double' if self.returns else 'void'} {name}({listed or 'void'})"
        self._places = places
        self._free: dict[int, list[int]] = {}  # places in work, by size; 0 stands for a number
        self._ends: dict[int, list[tuple[int, int]]] = {}  # sizes and places, by the last use
        self._size = 0  # of the array work
        self.texts = self._written()

    def _parameter(self, i: int) -> str:
        wide = self.nodes[i].shape
        return f"const double *{self.names[i]}" if wide else f"double {self.names[i]}"

    def _written(self) -> list[str]:
        live = needed([node.args for node in self.nodes], self.outputs)
        steps = [i for i, node in enumerate(self.nodes) if node.op and live[i]]
        parts = [steps[k : k + PART] for k in range(0, len(steps), PART)] or [[]]
        whole = len(parts) == 1
        last = {x: i for i in steps for x in self.nodes[i].args if type(x) is int}
        part_of = {i: p for p, part in enumerate(parts) for i in part}
        kept = {i for i in steps if i in last and part_of[last[i]] > part_of[i]}
        kept.update(() if whole else self.outputs)
        last.update(dict.fromkeys(self.outputs, len(self.nodes)))
        found = self._of_inputs()
        texts = []
        for part in parts:
            lines, later = self._lines(part, found, last, kept)
            found.update({} if whole else later)
            texts.append(lines)
        results = self._delivered(found)
        if whole:
            lines = self._shorter([*texts[0], *results])
            return [_text_of(self.declared, self._with_work(lines))]
        listed = ", ".join([*self.given, "double *work"])
        called = [f"{self.name}_part{p}" for p in range(1, len(parts) + 1)]
        written = [
            _text_of(f"static void {name}({listed})", [*self._unused(lines), *lines])
            for name, lines in zip(called, texts, strict=True)
        ]
        passed = ", ".join([*(self.inputs if self.named else ["inputs"]), "work"])
        lines = [*(f"{name}({passed});" for name in called), *results]
        return [*written, _text_of(self.declared, self._with_work(lines))]

    def _of_inputs(self) -> dict[int, str]:
        """What the inputs are in C, by place."""
        found, start = {}, 0
        for i in self._places:
            wide = self.nodes[i].shape
            found[i] = f"(inputs + {start})" if wide else f"inputs[{start}]"
            start += self.sizes[i]
        return {i: self.names[i] for i in found} if self.named else found

    def _lines(
        self, steps: Sequence[int], found: dict[int, str], last: dict[int, int], kept: set[int]
    ) -> tuple[list[str], dict[int, str]]:
        """The lines that compute these steps, and what the steps are in functions after this one.

        ``found`` then has what they are in this function.
        """
        lines: list[str] = []
        later: dict[int, str] = {}
        for i in steps:
            name, wide = self.names[i], bool(self.nodes[i].shape)
            if wide or i in kept:
                size = self.sizes[i] if wide else 0
                place = self._reserved(size, last[i])
                later[i] = f"(work + {place})" if wide else f"work[{place}]"
            if wide:
                lines.append(f"double *const {name} = work + {place};")
            write = looped if wide else assigned
            lines += write(self.program, self.nodes, i, name, found)
            if i in kept and not wide:
                lines.append(f"{later[i]} = {name};")
            found[i] = name
            for size, place in self._ends.pop(i, ()):
                self._free.setdefault(size, []).append(place)
        return lines, later

    def _reserved(self, size: int, last: int) -> int:
        """A place in ``work``, until the step ``last`` has run."""
        if not self._free.setdefault(size, []):
            self._free[size].append(self._size)
            self._size += size or 1
        place = self._free[size].pop()
        self._ends.setdefault(last, []).append((size, place))
        return place

    def _unused(self, lines: Sequence[str]) -> list[str]:
        """Lines that say that a parameter is not used on purpose."""
        used = set(re.findall(r"\w+", " ".join(lines)))
        names = [*(self.inputs if self.named else ["inputs"])]
        return [f"(void){name};" for name in names if name not in used]

    def _delivered(self, found: dict[int, str]) -> list[str]:
        """The lines that hand back the results."""
        lines, start = [], 0
        for i in self.outputs[int(self.returns) :]:
            n = self.sizes[i]
            if self.nodes[i].shape:
                to = f"{self.results}[{start} + i]" if start else f"{self.results}[i]"
                lines += [f"for (int i = 0; i < {n}; i++)", f"    {to} = {found[i]}[i];"]
            else:
                lines.append(f"{self.results}[{start}] = {found[i]};")
            start += n
        return [*lines, *([f"return {found[self.outputs[0]]};"] if self.returns else [])]

    def _with_work(self, lines: list[str]) -> list[str]:
        """The lines of the function itself, with the array that they need."""
        unused = self._unused(lines)
        if not self._size:
            return [*unused, *lines]
        if self._size <= ON_STACK:
            return [*unused, f"double work[{self._size}];", *lines]
        self.program.includes.add("#include <stdlib.h>")
        count = sum(self.sizes[i] for i in self.outputs[int(self.returns) :])
        results = [f"for (int i = 0; i < {count}; i++)", f"    {self.results}[i] = NAN;"]
        return [
            *unused,
            f"double *const work = (double *)malloc({self._size} * sizeof(double));",
            *(["double y = NAN;"] if self.returns else []),
            *(results if self.results else []),
            "if (work) {",
            *(f"    {re.sub('^return', 'y =', line)}" for line in lines),
            "    free(work);",
            "}",
            *(["return y;"] if self.returns else []),
        ]

    @staticmethod
    def _shorter(lines: list[str]) -> list[str]:
        """The lines, without a variable that is computed only to be returned."""
        *before, y, last = ["", "", *lines]
        start = f"const double {last[len('return ') : -1]} = "
        if last.startswith("return ") and y.startswith(start):
            return [*before[2:], f"return {y[len(start) :]}"]
        return lines


def _text_of(declared: str, lines: Sequence[str]) -> str:
    body = "\n".join(f"    {line}" for line in lines)
    return f"{declared}\n{{\n{body}\n}}"
