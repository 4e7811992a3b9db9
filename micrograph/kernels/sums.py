"""A loss and its slopes, summed over examples in one pass: as steps for the extension.

Each example's numbers lie side by side: a vector of w numbers takes w doubles a point. What all
examples share, the parameters, stands still. The slope in a parameter is summed at once as the
adjoints come: of a product g·x with an example's vector x only the sum over the examples is made.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from math import prod
from typing import Any, NamedTuple

from ..core import TABLE, Primitive
from ..graph.node import PICK, Nodes, needed
from .lowered import Steps
from .tape import together

PRODUCTS = frozenset({TABLE["mul"], TABLE["azmul"]})
ADD, SUB, NEG = TABLE["add"], TABLE["sub"], TABLE["neg"]


CACHE = 24_000
"""So many bytes of a block of examples shall stay in a processor's caches."""


class Layout(NamedTuple):
    """How an array of examples lies in memory.

    Attributes:
        kind: The letter by which ``struct`` calls the type of its numbers.
        by_point: How many bytes lie from an example to the next.
        by_element: How many bytes lie from a number of an example to the next.
    """

    kind: str
    by_point: int
    by_element: int


class Sums:
    """The steps that sum the outputs of a graph over examples.

    Args:
        nodes: The nodes of the graph, for one example.
        outputs: The places of the outputs.
        shared: The places of the inputs that all examples share.
        layouts: For each input that examples differ in, by place: None if its numbers are doubles
            side by side, else how they lie.
        extension: The extension.

    Attributes:
        made: The steps.
        once: How many of them, at the start, are the same for each block.
        arrays: The slot of each input that stands in memory as an array, by place.
        numbers: The slots that hold the number of an input, by place.
        constants: The constants, by slot.
        sums: For each output the slot of its sum.
        block: How many examples a block has.
    """

    def __init__(
        self,
        nodes: Nodes,
        outputs: Sequence[int],
        shared: frozenset[int],
        layouts: dict[int, Layout | None],
        extension: Any,
    ) -> None:
        self.nodes, self.shared = nodes, shared
        self.once = 0
        self.arrays: dict[int, int] = {}
        self.numbers: dict[int, list[int]] = {}
        self.constants: dict[int, float] = {}
        self._slots: dict[int, int] = {}  # of nodes, as vectors that examples have
        self._held: dict[Any, int] = {}  # of constants and of shared numbers, by width
        self._tiles: dict[int, int] = {}  # of shared vectors, repeated for each example
        self._args = [nodes.args(i) for i in range(len(nodes))]
        self.made = Steps(extension, [])
        self._uses = Counter(x for args in self._args for x in args if type(x) is int)
        terms = [list(self._terms(i)) for i in outputs]
        roots = [x for found in terms for _, _, *xs in found for x in xs]
        live = [i for i, alive in enumerate(needed(self._args, roots)) if alive]
        for i in live:
            if nodes.ops[i] is None and (i in layouts or nodes.shape(i)):
                self.arrays[i] = self._slots[i] = self.made.slot(prod(nodes.shape(i)))
        self._share(live)
        self.once = len(self.made.steps) // 8
        for i, lies in layouts.items():
            if lies and i in self.arrays:
                self._gather(i, lies)
        alive, pairs = set(live), together(nodes)
        for i in live:
            if nodes.ops[i] and i not in shared and i not in self._slots:
                both, other, is_first = pairs.get(i, (None, -1, True))
                self._slots[i] = self._step(i, both if other in alive else None)
                if both and other in alive:
                    second = self._slots[other] = self.made.slot(prod(nodes.shape(i)))
                    self.made.steps[-2] = second
                    if not is_first:
                        self.made.steps[-6] = second
                        self.made.steps[-2] = self._slots[i]
        self.sums = [
            self._summed(found, prod(nodes.shape(i)))
            for i, found in zip(outputs, terms, strict=True)
        ]
        still = {*(self.arrays[i] for i in self.arrays if i in shared), *self.sums}
        room = sum(w for slot, w in enumerate(self.made.widths) if slot not in still)
        self.block = max(8, min(128, CACHE // (8 * max(1, room)) // 8 * 8))

    # What is summed

    def _terms(self, i: int) -> Iterator[tuple[int, ...]]:
        """The terms of which an output is the sum.

        Yields:
            A sign; whether an adjoint of 0 makes a product 0; and one node, or two whose products
            are meant: the first has a number for each line of them, the second one for each column.
        """
        waiting = [(1, i)]
        while waiting:
            sign, k = waiting.pop()
            op, args = self.nodes.ops[k], self._args[k]
            # of a number, each example's terms are added first: they may cancel, as softplus(z) − z
            alone = (k == i or self._uses[k] == 1) and self.nodes.shape(k) != ()
            if alone and op in (ADD, SUB) and all(self._wide(x) == self._wide(k) for x in args):
                waiting += [(sign, args[0]), (-sign if op is SUB else sign, args[1])]  # type: ignore[list-item]
            elif alone and op is NEG:
                waiting.append((-sign, args[0]))  # type: ignore[arg-type]
            else:
                pair = self._factors(k) if sign > 0 else None
                yield (sign, int(op is not TABLE["mul"]), *(pair or (k,)))

    def _wide(self, x: Any) -> Any:
        return self.nodes.shape(x) if type(x) is int else None

    def _factors(self, k: int) -> tuple[int, int] | None:
        """The adjoints and the vector of which a node is the product for each pair; or None."""
        if self.nodes.ops[k] not in PRODUCTS or not self.nodes.shape(k):
            return None
        a, b = self._args[k]
        if type(a) is not int or type(b) is not int or {a, b} & self.shared:
            return None
        if not self.nodes.shape(a):
            return a, b
        if not self.nodes.shape(b):
            return (b, a) if self.nodes.ops[k] is TABLE["mul"] else None
        return self._outer(k, a, b)

    def _outer(self, k: int, a: int, b: int) -> tuple[int, int] | None:
        """As ``_factors``, of a vector of adjoints and a vector, each repeated to a matrix."""
        shape, size = self.nodes.shape(k), prod(self.nodes.shape(k))
        if len(shape) != 2 or not self.nodes.ops[a] is self.nodes.ops[b] is PICK:
            return None
        m, n = shape
        (g, *others), (x, *more) = self._args[a], self._args[b]
        if others or more or type(g) is not int or type(x) is not int:
            return None
        if self._wide(g) != (m,) or self._wide(x) != (n,):
            return None
        by_line = [r for r in range(m) for _ in range(n)]
        if list(self.nodes.wide[a].places) != by_line:
            return None
        if list(self.nodes.wide[b].places) != [e % n for e in range(size)]:
            return None
        return (g, x) if not {g, x} & self.shared else None

    def _summed(self, terms: Sequence[Any], width: int) -> int:
        """The steps that add terms to a sum; its slot."""
        made, y = self.made, self.made.slot(width)
        for sign, strong, x, *other in terms:
            if other:
                (v,) = other
                k, d = prod(self.nodes.shape(x)), prod(self.nodes.shape(v))
                table, by = (d, k, d, strong), made.beyond["add_products"]
                made.other(by, y, (self._at(x, k), self._at(v, d)), table, k)
            else:
                at = self._at(x, width)
                made.other(made.beyond["add_up"], y, (at,), (width, sign), width)
        return y

    # The steps of one block

    def _gather(self, i: int, lies: Layout) -> None:
        """The step that brings the numbers of an input together."""
        raw, width = self.arrays[i], prod(self.nodes.shape(i))
        self._slots[i] = self.made.slot(width)
        kind = ord(lies.kind), lies.by_point, lies.by_element
        self.made.other(self.made.beyond["gather"], self._slots[i], (raw,), kind, width)

    def _share(self, live: Sequence[int]) -> None:
        """The steps that all blocks have in common: shared vectors, repeated for each example."""
        for i in live:
            if i in self.shared or self.nodes.ops[i] is None:
                continue
            op, args = self.nodes.ops[i], self._args[i]
            whole = op is PICK or (op is not None and op.vectors)
            for x in args:
                if type(x) is int and x in self.shared and self.nodes.shape(x) and not whole:
                    self._tile(x)

    def _tile(self, i: int) -> int:
        """A shared vector, repeated for each example."""
        if i not in self._tiles:
            y, width = self.made.slot(prod(self.nodes.shape(i))), prod(self.nodes.shape(i))
            table = [x for e in range(width) for x in (self._slots[i], 0, e)]
            self.made.other(self.made.beyond["pick"], y, (), table, width)
            self._tiles[i] = y
        return self._tiles[i]

    def _at(self, x: int | float, width: int) -> int:
        """The slot of an operand, with so many numbers for each example."""
        if type(x) is float:
            return self._filled(x.hex(), x, width)
        assert type(x) is int
        shape = self.nodes.shape(x)
        if x in self.shared:
            return self._tile(x) if shape else self._filled(x, None, width)
        if shape or width == 1:
            return self._slots[x]
        y = self.made.slot(width)
        table = [self._slots[x], 1, 0] * width
        self.made.other(self.made.beyond["pick"], y, (), table, width)
        return y

    def _filled(self, key: Any, x: float | None, width: int) -> int:
        """A slot filled with a constant, or with the number of a shared input."""
        if (key, width) not in self._held:
            y = self._held[key, width] = self.made.slot(width)
            if x is None:
                self.numbers.setdefault(key, []).append(y)
            else:
                self.constants[y] = x
        return self._held[key, width]

    def _step(self, i: int, both: Primitive | None = None) -> int:
        """The step of a node, or of the node and another that one kernel computes; its slot."""
        op, args, width = both or self.nodes.ops[i], self._args[i], prod(self.nodes.shape(i))
        assert op is not None
        if op is PICK:
            return self._picked(i)
        y = self.made.slot(width)
        if not op.vectors:
            self.made.kernel(op.name, y, [self._at(x, width) for x in args], width)
            return y
        vectors = self._vectors(op.vectors, args)
        if op.name in ("dot", "sum", "mean"):
            (a, n, *by_a), *others = vectors
            b, by_b = self._filled((1.0).hex(), 1.0, n), [0, 0]
            if others:
                ((b, _, *by_b),) = others
            if not by_a[0]:  # the shared one is the second
                (a, by_a), (b, by_b) = (b, by_b), (a, by_a)
            table = (n, *by_a, *by_b)
            self.made.other(self.made.beyond["dot"], y, (a, b), table, width)
            if op.name != "mean":
                return y
            whole, total = self._filled(float(n).hex(), float(n), width), y
            y = self.made.slot(width)
            self.made.kernel("div", y, (total, whole), width)
            return y
        slots, n = [found[0] for found in vectors], vectors[0][1]
        if any(map(self._wide, args)):
            if any(len(self._wide(x) or ()) != len(self.nodes.shape(i)) + 1 for x in args):
                raise NotImplementedError(f"{op.name} of a vector and a matrix")
            pairs = zip(args, slots, strict=True)
            slots = [self._tile(x) if x in self.shared else slot for x, slot in pairs]  # type: ignore[arg-type]
        self.made.other(self.made.reduced[op.name], y, slots, (n, n, n), width)
        return y

    def _vectors(self, count: int, args: Sequence[Any]) -> list[Any]:
        """The vectors of a row of vectors.

        Returns:
            For each vector its slot, its length, and how far on the next example and line are.
        """
        shapes: list[tuple[int, ...]] = [self._wide(x) or () for x in args]
        if not any(shapes):  # numbers, end to end
            n = len(args) // count
            parts = [args[k * n : (k + 1) * n] for k in range(count)]
            places = [[(self._at(x, 1), 0) for x in part] for part in parts]
            return [(self.made.gathered(found), n, n, 0) for found in places]
        found = []
        for x, shape in zip(args, shapes, strict=True):
            by_line = shape[-1] if len(shape) > 1 else 0
            shared = x in self.shared
            found.append((self._slots[x], shape[-1], 0 if shared else prod(shape), by_line))
        return found

    def _picked(self, i: int) -> int:
        """The step of a node that picks elements of its operands; its slot."""
        elements: list[tuple[int, int, int]] = []  # a slot, how far the next example, the place
        for x in self._args[i]:
            shape = self._wide(x) or ()
            if type(x) is int and x in self.shared and shape:
                elements += [(self._slots[x], 0, e) for e in range(prod(shape))]
            else:
                at = self._at(x, prod(shape))
                elements += [(at, prod(shape), e) for e in range(prod(shape))]
        zero = (self._filled((0.0).hex(), 0.0, 1), 1, 0)
        wide = self.nodes.wide[i]
        table = [n for k in wide.places for n in (elements[k] if k >= 0 else zero)]
        y = self.made.slot(len(wide.places))
        self.made.other(self.made.beyond["pick"], y, (), table, len(wide.places))
        return y
