"""Rules as tapes: the partials of a row as a list of steps, which the compiled engine records.

A recorded sweep runs the rule of each node on Values. A tape is the rule run once, on ``Slot``s: it
takes a tenth of the time (2026-11-26: 0.2 µs for the slope of x·x). Each of its steps is a row at
operands, and records what the rule would record, node for node.

A rule may choose by a constant operand, as that of x**n does. Then a step of the tape checks that
the choice is the same; if it is not, another tape is made.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from ..core import TABLE, Namespace, Primitive, attach
from ..namespaces.floats import FLOAT, IEEE, Ieee

LONGEST = 56
"""How many steps a tape has at most."""


COMPARISONS = ("lt", "le", "gt", "ge", "eq", "ne")


class Untaped(TypeError):
    """A rule that no tape can hold: it chooses by a Value, or calls a row of vectors."""


class Step(NamedTuple):
    """A row at operands, which are slots by their number (int) or constants (float).

    expected: None; or, where the rule chose by a comparison of constants, what it found
    """

    row: Primitive
    operands: tuple[int | float, ...]
    expected: float | None = None


class Slot:
    """A number on a tape: a Value yet to come, or a constant that is known for now."""

    __slots__ = ("known", "place", "tape")

    def __init__(self, tape: Tape, place: int, known: Ieee | None) -> None:
        self.tape, self.place, self.known = tape, place, known

    def __bool__(self) -> bool:
        if self.known is None:
            raise Untaped("a rule chooses by a Value")
        return self.tape.compare(TABLE["ne"], self, 0.0)


class Tape(Namespace):
    """The operations of a rule that is being taped: each adds a step."""

    def __init__(self) -> None:
        super().__init__("tape", {})
        self.steps: list[Step] = []
        self.size = 0  # slots in use

    def slot(self, known: float | None) -> Slot:
        """The next slot."""
        self.size += 1
        return Slot(self, self.size - 1, None if known is None else Ieee(known))

    def spell(self, row: Primitive) -> Callable[..., Any]:
        """The operation that adds a step of this row."""

        def add(*operands: Any) -> Any:
            if row.vectors:
                raise Untaped(f"a rule calls {row.name}, which takes vectors")
            if not any(isinstance(x, Slot) for x in operands):
                return getattr(FLOAT, row.name)(*operands)
            if len(self.steps) == LONGEST:
                raise Untaped("a long rule")
            known = None
            if all(_known(x) is not None for x in operands):
                known = float(getattr(IEEE, row.name)(*map(_known, operands)))
            self.steps.append(Step(row, _places(operands)))
            return self.slot(known)

        return add

    def compare(self, row: Primitive, *operands: Any) -> bool:
        """What a comparison of constants finds, with a step that checks it."""
        known = [_known(x) for x in operands]
        found = float(getattr(FLOAT, row.name)(*map(float, known)))
        self.steps.append(Step(row, _places(operands), found))
        self.size += 1
        return bool(found)


def _known(x: Any) -> Any:
    return x.known if isinstance(x, Slot) else Ieee(x)


def _places(operands: Sequence[Any]) -> tuple[int | float, ...]:
    return tuple([x.place if isinstance(x, Slot) else float(x) for x in operands])


def _operator(row: Primitive) -> Callable[..., Any]:
    """Python's operator: for constants a comparison is true or false, as it is of floats."""

    def operation(*operands: Any) -> Any:
        tape = next(x.tape for x in operands if isinstance(x, Slot))
        if row.name in COMPARISONS and all(_known(x) is not None for x in operands):
            return tape.compare(row, *operands)
        return getattr(tape, row.name)(*operands)

    return operation


for _row in TABLE.values():
    if _row.operator and not _row.vectors:
        attach(Slot, _row, _operator(_row))


def taped(
    row: Primitive, operands: Sequence[float | None]
) -> tuple[list[Step], list[int | float]] | None:
    """The steps of the row's rule, and where its partials stand; None if no tape can hold it.

    operands: None for a Value, else the constant. Slot 0 is the result, 1, 2 … are the operands.
    """
    tape = Tape()
    y, *xs = [tape.slot(x) for x in (None, *operands)]
    try:
        partials = row.partials(tape, y, *xs)
    except (Untaped, ArithmeticError, ValueError):
        return None
    return tape.steps, [x.place if isinstance(x, Slot) else float(x) for x in partials]
