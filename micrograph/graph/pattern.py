"""A rule of the simplifier: an expression as it is written, and what stands in its place.

Both are functions of unknowns, written with the rows themselves::

    Rule(lambda z: log(sigmoid(z)), lambda z: log_sigmoid(z))

The first function is run once, on patterns: numbers that remember how they were made. The second is
run on the nodes that the unknowns turn out to be.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from inspect import signature
from itertools import product
from math import copysign
from typing import Any, NamedTuple, Protocol

from ..core import KINDS, TABLE, Namespace, Primitive, attach
from ..primitives import add, dot, exp, mul, square
from ..primitives import sum as sum_row

COMMUTATIVE = {add, mul}

LONGEST = 100
"""The most terms that are looked for in a sum written with +, so that the time stays linear.

A longer sum stays as it is written. One written with ``mg.sum`` may have any length.
"""


class Steps(Protocol):
    """The steps that are matched, as a construction has them."""

    ops: list[Primitive | None]
    operands: list[tuple[int | float, ...]]

    def shape(self, place: int) -> tuple[int, ...]:
        """The shape of a step's result."""


ONE = {exp: 0.0, square: 1.0}
"""Where these rows are 1. So the constant 1 is a term of a sum of exponentials, or of squares."""


class Pattern:
    """A number that remembers how it was made: a row at patterns and constants, or an unknown.

    Args:
        row: The row. None for an unknown.
        args: The row's operands. For an unknown: its place among the unknowns.
        each: Whether the unknown is a vector, and this pattern stands for each of its elements.
    """

    __slots__ = ("args", "each", "row")

    def __init__(self, row: Primitive | None, args: tuple[Any, ...], each: bool = False) -> None:
        self.row, self.args, self.each = row, args, each

    def __iter__(self) -> Iterator[Pattern]:
        yield Pattern(None, self.args, each=True)

    def ways(self) -> list[Pattern]:
        """This pattern with the operands of every + and · in either order."""
        if self.row is None:
            return [self]
        orders = product(*(x.ways() if isinstance(x, Pattern) else [x] for x in self.args))
        ways = [Pattern(self.row, args) for args in orders]
        if self.row in COMMUTATIVE:
            ways += [Pattern(self.row, way.args[::-1]) for way in ways]
        return ways

    def vectors(self) -> Iterator[int]:
        """The places of the unknowns that are vectors."""
        if self.each:
            yield self.args[0]
        for x in self.args if self.row else ():
            if isinstance(x, Pattern):
                yield from x.vectors()

    def tells(self) -> tuple[Any, ...]:
        """The rows that an operand must come from to fit; none if it may be anything."""
        return (add, dot, sum_row) if self.row is sum_row else (self.row,) if self.row else ()


class _Patterns(Namespace):
    def apply(self, row: Primitive, arguments: Sequence[Any]) -> Pattern:
        operands = row.flat(arguments)
        return Pattern(row, tuple(x if type(x) is Pattern else float(x) for x in operands))


KINDS[Pattern] = _Patterns("pattern", {}, rank=2)

for _row in TABLE.values():
    if _row.operator:
        attach(Pattern, _row, lambda *xs, row=_row: KINDS[Pattern].apply(row, xs))


class Rule(NamedTuple):
    """A rule: what is written, what stands in its place, and why.

    Attributes:
        written: The expression, a function of unknowns. An unknown that it iterates is a vector.
        simpler: What stands in its place, a function of the same unknowns.
        why: What happens to the expression as written, somewhere; "" if the rule changes no bit of
            a value.
    """

    written: Callable[..., Any]
    simpler: Callable[..., Any]
    why: str = ""

    @property
    def unknowns(self) -> tuple[str, ...]:
        """The names of the unknowns."""
        return tuple(signature(self.written).parameters)

    @property
    def vectors(self) -> tuple[str, ...]:
        """The names of the unknowns that are vectors."""
        return tuple(self.unknowns[i] for i in sorted(set(self._pattern().vectors())))

    def rows(self) -> set[Primitive]:
        """The rows of the expression, but for a sum, which may be written in three ways."""
        waiting, found = [self._pattern()], set()
        for x in waiting:  # the list grows meanwhile
            if isinstance(x, Pattern) and x.row:
                found.add(x.row)
                waiting += x.args
        return found - {sum_row}

    def ways(self) -> list[Pattern]:
        """The expression as patterns: + and · in every order."""
        return self._pattern().ways()

    def _pattern(self) -> Pattern:
        y: Pattern = self.written(*(Pattern(None, (i,)) for i in range(len(self.unknowns))))
        return y


class _Rules:
    """The rules of one outermost row.

    Attributes:
        ways: The patterns of the row, each with its rule.
        constants: The constants among the operands of these patterns.
    """

    def __init__(self) -> None:
        self.ways: list[tuple[Pattern, Rule]] = []
        self.constants: set[float] = set()
        self._of: dict[Any, list[tuple[Pattern, Rule]]] = {}

    def add(self, way: Pattern, rule: Rule) -> None:
        """Add a pattern of the row."""
        self.ways.append((way, rule))
        self.constants.update(x for x in way.args if not isinstance(x, Pattern))

    def ways_at(self, of: Steps, args: Sequence[Any]) -> list[tuple[Pattern, Rule]]:
        """Those that may fit, by the rows that the operands come from, and by constants."""
        known = self.constants
        key = tuple([of.ops[x] if type(x) is int else x if x in known else None for x in args])
        found = self._of.get(key)
        if found is None:
            found = [pair for pair in self.ways if all(map(_allows, pair[0].args, key))]
            self._of[key] = found
        return found


def _allows(pattern: Any, x: Any) -> bool:
    """Whether an operand from a row, or a constant, may be what the pattern has."""
    if not isinstance(pattern, Pattern):
        return bool(pattern == x)
    tells = pattern.tells()
    return not tells or x in tells


def index(rules: Sequence[Rule]) -> dict[Primitive, _Rules]:
    """The rules by their outermost row."""
    found: dict[Primitive, _Rules] = {}
    for rule in rules:
        for way in rule.ways():
            assert way.row is not None, "the expression of a rule is an operation"
            found.setdefault(way.row, _Rules()).add(way, rule)
    return found


def match(of: Steps, among: _Rules, args: Sequence[Any]) -> tuple[Rule, list[Any]] | None:
    """The first rule that fits a row at these operands, and what the rule's unknowns are.

    Args:
        of: The steps so far.
        among: The rules of the row.
        args: The operands: places of nodes, and constants.
    """
    for way, rule in among.ways_at(of, args):
        if _may_fit(of, way, args):
            bound = fit(of, way, args)
            if bound is not None:
                return rule, bound
    return None


def _may_fit(of: Steps, pattern: Pattern, args: Sequence[Any]) -> bool:
    """Whether what the operands are computed from may fit: a quick look, where most fail."""
    bound: dict[Any, Any] = {}
    for p, x in zip(pattern.args, args, strict=True):
        if type(p) is not Pattern:
            continue
        if p.row is None:
            if bound.setdefault(p.args, x) != x:
                return False
        elif p.row is not sum_row and not p.row.vectors:
            for q, y in zip(p.args, of.operands[x], strict=True):
                if type(q) is not Pattern:
                    if q != y:
                        return False
                elif q.row is None:
                    if bound.setdefault(q.args, y) != y:
                        return False
                elif q.row is not sum_row and (type(y) is not int or of.ops[y] is not q.row):
                    return False
    return True


def fit(of: Steps, pattern: Pattern, args: Sequence[Any]) -> list[Any] | None:
    """What the unknowns are, in order, if a row at these operands fits the pattern; else None."""
    bound: dict[int, Any] = {}
    pairs = [*zip(pattern.args, args, strict=True)]
    while pairs:
        p, x = pairs.pop()
        if not isinstance(p, Pattern):
            if not _same(p, x):
                return None
        elif p.row is None:
            if not _same(bound.setdefault(p.args[0], x), x):
                return None
        elif type(x) is not int:
            return None
        elif p.row is sum_row:
            terms = _terms(of, x, p.args[0].row)
            if terms is None:
                return None
            bound[_vector(p.args[0])] = terms
        elif of.ops[x] is not p.row:
            return None
        elif p.row.vectors:
            bound[_vector(p)] = list(of.operands[x])
        else:
            pairs += zip(p.args, of.operands[x], strict=True)
    return [bound[i] for i in range(len(bound))]


def _vector(pattern: Pattern) -> int:
    """The place of the unknown vector that a row, of a vector or of each element, is applied to."""
    place: int = pattern.args[0].args[0]
    return place


def _same(a: Any, b: Any) -> bool:
    """Whether two operands are one node, or constants of the same bits."""
    if type(a) is not type(b) or a != b:
        return False
    return type(a) is int or copysign(1.0, a) == copysign(1.0, b)


def _terms(of: Steps, place: int, row: Primitive) -> list[Any] | None:
    """The operands e, if the node is a sum of terms row(e): by +, by ``sum``, or a dot product.

    A sum by + of whole vectors is none: its terms are elements of other sums.
    """
    op, args = of.ops[place], of.operands[place]
    if op is add and of.shape(place):
        return None
    if op is dot and row is square:
        half = len(args) // 2
        return list(args[:half]) if args[:half] == args[half:] else None
    if op is not sum_row and op is not add:
        return None
    found: list[Any] = []
    ahead: list[Any] = list(reversed(args))
    while ahead:
        x = ahead.pop()
        if type(x) is not int:
            if x != 1.0:
                return None
            found.append(ONE[row])
        elif of.ops[x] is row:
            found.append(of.operands[x][0])
        elif of.ops[x] is add and op is add and len(found) + len(ahead) < LONGEST:
            ahead += reversed(of.operands[x])
        else:
            return None
    return found
