"""The formulas and slopes of a graph's nodes, in symbols and with their numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from math import isclose
from typing import Any

from ..core import Primitive
from ..namespaces.floats import FLOAT
from .notation import PLAIN, Notation
from .swept import Swept
from .textbook import REWRITES, SLOPES

LEGIBLE = 60
"""How many characters of a slope are shown at most."""


@dataclass(frozen=True, slots=True)
class Slope:
    """∂node/∂operand.

    Attributes:
        number: The number that the sweep multiplies by.
        symbol: The slope as a formula in names. None if it has no legible one.
        filled: The same formula with numbers for the names. None if its number would differ.
        single: Whether the formula is one number or one symbol.
    """

    number: float
    symbol: Any
    filled: Any
    single: bool

    @property
    def sides(self) -> list[Any]:
        """The formula in names and in numbers, as far as there are such."""
        return [x for x in (self.symbol, self.filled) if x is not None]


class Written:
    """The nodes of a graph, written in one notation."""

    def __init__(self, notation: Notation, swept: Swept) -> None:
        self.notation, self.swept = notation, swept
        self._slopes: dict[int, dict[int, Slope]] = {}

    @cached_property
    def labels(self) -> dict[str, float]:
        """The constants that are written by name, such as the label y of a loss.

        A name stands for one number only, and is no node's.
        """
        found: dict[str, set[float]] = {}
        for i, xs in enumerate(self.swept.operands):
            for place, name in self.swept.labels(i).items():
                found.setdefault(name, set()).add(xs[place])
        names = set(self.swept.names) if found else set()
        return {y: min(xs) for y, xs in found.items() if len(xs) == 1 and y not in names}

    @cached_property
    def _plain(self) -> Written:
        """The same graph in text. What is legible there is written in LaTeX."""
        return self if self.notation is PLAIN else Written(PLAIN, self.swept)

    def symbol(self, i: int) -> Any:
        """The name of node i as a number of the notation."""
        return self.notation.node(self.swept.names[i])

    def operands(self, i: int) -> list[Any]:
        """The operands of node i: a symbol for a node, a float for a constant."""
        found = [x if isinstance(x, float) else self.symbol(x) for x in self.swept.operands[i]]
        for place, name in self.swept.labels(i).items():
            if name in self.labels:
                found[place] = self.notation.node(name)
        return found

    def numbers(self, i: int) -> list[float]:
        """The numbers at the operands of node i."""
        return [x if isinstance(x, float) else self.swept.data[x] for x in self.swept.operands[i]]

    def formula(self, i: int) -> Any:
        """How node i was computed, in names."""
        row = self.swept.ops[i]
        assert row is not None
        return self.notation.formula(row, self.operands(i))

    def filled(self, i: int) -> Any:
        """How node i was computed, in numbers."""
        row = self.swept.ops[i]
        assert row is not None
        known = self.swept.operands[i]
        number = self.notation.number  # as it is written: a factor 1 that has a name stays
        return self.notation.formula(
            row, [x if isinstance(x, float) else number(self.swept.data[x]) for x in known]
        )

    def slopes(self, i: int) -> dict[int, Slope]:
        """The slope of node i in each operand that it has one in.

        Parallel edges are one slope: of x·x it is x + x.
        """
        if i not in self._slopes:  # a sum of 100,000 terms is asked for once for each term
            self._slopes[i] = self._slopes_of(i)
        return self._slopes[i]

    def _slopes_of(self, i: int) -> dict[int, Slope]:
        row, edges = self.swept.ops[i], list(self.swept.slopes(i))
        if row is None or not edges:
            return {}
        symbols, filled = self._written(i, row)
        names = set(map(str, [self.symbol(i), *self.operands(i)]))
        found: dict[int, list[tuple[float, Any, Any, bool]]] = {}
        for k, d, place in edges:
            s, f = symbols[place], filled[place]
            if row.choice or isinstance(s, float) or (s is not None and str(s) == str(f)):
                s = f = self.notation.number(d)  # no name is in the formula: it is a constant
            single = s is f or str(s) in names
            found.setdefault(k, []).append((d, s, f, single and s is not None))
        return {k: self._merged(parts) for k, parts in found.items()}

    def _merged(self, parts: Sequence[tuple[float, Any, Any, bool]]) -> Slope:
        numbers, symbols, filled, single = zip(*parts, strict=True)
        if len(parts) == 1:  # most
            return Slope(numbers[0], symbols[0], filled[0], single[0])
        total = self.notation.total
        legible = all(s is not None for s in symbols)
        full = all(f is not None for f in filled)
        symbol, full_symbol = total(symbols) if legible else None, total(filled) if full else None
        return Slope(sum(numbers), symbol, full_symbol, False)

    def _written(self, i: int, row: Primitive) -> tuple[Sequence[Any], Sequence[Any]]:
        """The partials in symbols and filled with numbers. None stands for what is not legible."""
        nothing = [None] * len(self.swept.operands[i])
        if row.choice:
            return nothing, nothing
        plain = self._plain
        legible = partials(row, PLAIN.xp, plain.symbol(i), plain.operands(i))
        symbols = partials(row, self.notation.xp, self.symbol(i), self.operands(i))
        if legible is None or symbols is None:
            return nothing, nothing
        symbols = [s if _is_legible(x) else None for x, s in zip(legible, symbols, strict=True)]
        number = self.notation.number
        pairs = zip(self.operands(i), self.numbers(i), strict=True)
        given = [x if isinstance(x, float) else number(e) for x, e in pairs]
        filled = partials(row, self.notation.xp, number(self.swept.data[i]), given)
        as_floats = partials(row, FLOAT, self.swept.data[i], self.numbers(i))
        if filled is None or as_floats is None:
            return symbols, nothing
        full = []
        for s, f, y, d in zip(symbols, filled, as_floats, self.swept.partials[i], strict=True):
            same = d is not None and isinstance(y, float) and isclose(y, d, rel_tol=1e-6)
            full.append(f if same and s is not None else None)
        return symbols, full


def partials(row: Primitive, xp: Any, y: Any, operands: Sequence[Any]) -> list[Any] | None:
    """The partials of a row as textbooks write them. None if they can't be written.

    Args:
        row: The row.
        xp: The namespace.
        y: The result.
        operands: The operands, laid end to end. Constants are floats.
    """
    rule, arguments = SLOPES.get(row), row.arrange(operands)
    try:
        found = list(row.flat(rule(xp, y, *arguments))) if rule else [None] * len(operands)
        if any(x is None for x in found):
            own = row.partials_at(xp, y, operands)
            found = [b if a is None else a for a, b in zip(found, own, strict=True)]
    except MemoryError:
        raise
    except Exception:  # an opaque row's partials are any code of floats
        return None
    return [float(x) if isinstance(x, int) else x for x in found]


def rewritten(written: Written, i: int, k: int) -> tuple[Any, Any] | None:
    """∂outer/∂inner's operand, by a listed rewrite: in symbols, and filled with numbers.

    Args:
        written: The graph.
        i: The outer node, y = outer(u, …).
        k: The inner node, u = inner(x).
    """
    swept, number = written.swept, written.notation.number
    outer, inner = swept.ops[i], swept.ops[k]
    rule = outer and inner and REWRITES.get((outer, inner))
    if not rule or swept.operands[i].count(k) != 1 or swept.operands[i][0] != k:
        return None
    given, x = written.operands(i), swept.operands[k][0]
    if isinstance(x, float):
        return None
    xp, others = written.notation.xp, written.numbers(i)[1:]
    symbols = rule(xp, written.symbol(i), given[0], written.symbol(x), *given[1:])
    filled = rule(xp, *[number(swept.data[e]) for e in (i, k, x)], *map(number, others))
    pair = [number(e) if isinstance(e, float) else e for e in (symbols, filled)]
    return pair[0], pair[1]


def _is_legible(plain: Any) -> bool:
    """Whether a slope is short, and no case distinction."""
    return len(str(plain)) <= LEGIBLE and "where(" not in str(plain)
