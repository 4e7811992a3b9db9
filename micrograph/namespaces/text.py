"""TEXT: formulas as a person would write them, and the messages that contain them."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from math import isfinite
from unicodedata import combining, east_asian_width

from ..annotation import Any
from ..core import COMPARE, POWER, SUM, TABLE, Namespace, Primitive, attach
from ..domain import DomainError
from ..special.elementary import total


def show(x: float) -> str:
    """A number with sensible digits: 33.0003 for 33.000300000000003, 0.333333 for 1/3.

    The number is rounded to twelve significant digits, or to six if twelve take more than
    10 characters.
    """
    twelve = f"{x:.12g}"
    return twelve if len(twelve) <= 10 else f"{x:.6g}"


LONG = 8
"""The most operands that are written out. Of a longer vector, the first two and the last are."""


def few(xs: Sequence[Any], dots: Any = "…", most: int = LONG) -> Sequence[Any]:
    """The elements. If there are more than ``most``: the first two, ``dots`` and the last."""
    return xs if len(xs) <= most else [*xs[:2], dots, xs[-1]]


def listed(names: Iterable[str]) -> str:
    """The names as text for a message; if there are many, the first few and their number."""
    names = list(names)
    return ", ".join(names if len(names) <= LONG else [*names[:LONG], f"… ({len(names)} in all)"])


def is_written_out(row: Primitive, n: int) -> bool:
    """Whether a formula of this row and n operands shows its definition, ``a + b``, not its name.

    A vector of one operand does not, for that operand may be a whole vector.
    """
    return row.written_out and row.vectors < n <= LONG


def between_brackets(row: Primitive, operands: Sequence[Any], gap: str) -> str:
    """The operands of a row that is written by its name. Of two vectors each has brackets.

    If there are more operands than LONG, ``gap`` stands for those between the second and the last.
    """
    vectors = row.arrange(operands) if row.vectors else [operands]
    texts = [", ".join(map(str, few(x, gap, LONG // len(vectors)))) for x in vectors]
    if row.vectors < 2 or len(vectors[0]) < 2:
        return ", ".join(texts)
    return ", ".join(f"[{x}]" for x in texts)


class Text:
    """A number that consists of the formula for it. Operations on Texts write longer formulas.

    ``precedence`` says how strongly the outermost sign of the formula binds.
    """

    __slots__ = ("precedence", "text")

    def __init__(self, text: str, precedence: int = POWER + 1) -> None:
        self.text, self.precedence = text, precedence

    def __str__(self) -> str:
        return self.text

    def __bool__(self) -> bool:
        raise TypeError("a formula is neither true nor false; a rule chooses with xp.where")

    def inside(self, precedence: int) -> str:
        """This text as an operand of a sign that binds this strongly: in brackets if needed."""
        return self.text if self.precedence >= precedence else f"({self.text})"


def weighted_sum(xp: Namespace, dots: Any, a: Sequence[Any], b: Sequence[Any]) -> Any:
    """The formula a₁·b₁ + a₂·b₂ + …, in which a factor of exactly 1 is not written.

    Of a long sum, the first two terms and the last are written, with ``dots`` between them.
    """

    def term(p: Any, q: Any) -> Any:
        if isinstance(p, int | float) and p == 1:
            return xp.convert(q)
        return xp.convert(p) if isinstance(q, int | float) and q == 1 else xp.mul(p, q)

    terms = [term(p, q) for p, q in zip(a, b, strict=True)]
    return total(few(terms, xp.convert(dots), LONG // 2))


class Formulas(Namespace):
    """Numbers that are formulas: what those in plain text and in LaTeX have in common."""

    kind: Any
    dots: str

    def spelled_out(self, row: Primitive, operands: Sequence[Any], arguments: Sequence[Any]) -> Any:
        """The formula by other rows, if the row has no better one; else None.

        Args:
            row: The row.
            operands: Its operands, as formulas.
            arguments: Its arguments, as they are given.
        """
        if row.name == "dot" and len(operands) > 2:
            return weighted_sum(self, self.kind(self.dots), *arguments)
        known = row.public or row.infix or row.vectors  # of the others the formula says more
        if (row.definition and not known) or is_written_out(row, len(operands)):
            return self.convert(row.definition(self, *row.arrange(operands)))  # type: ignore[misc]  # it has one
        return None

    def pick(self, *operands: Any) -> Any:
        """A vector of elements of the operands: ``x[…]``, or ``[x, y]`` for several operands."""
        texts = [str(self.convert(x)) for x in operands]
        if len(texts) == 1:
            return self.kind(f"{self.convert(operands[0]).inside(POWER + 1)}[{self.dots}]")
        return self.kind(f"[{', '.join(few(texts, self.dots))}]")


class _Text(Formulas):
    kind, dots = Text, "…"

    def spell(self, row: Primitive) -> Callable[..., Text]:
        def written(*arguments: Any) -> Text:
            operands = [self.convert(x) for x in row.flat(arguments)]
            if (found := self.spelled_out(row, operands, arguments)) is not None:
                return found  # type: ignore[no-any-return]  # Text
            if not row.infix:
                return Text(f"{row.symbol}({between_brackets(row, operands, '…')})")
            if row.arity == 1:
                return Text(row.infix + operands[0].inside(row.precedence), row.precedence)
            left, right = operands
            chains = row.precedence not in (POWER, COMPARE)  # a - b - c is (a - b) - c
            sides = left.inside(row.precedence + (not chains)), right.inside(row.precedence + 1)
            return Text(row.infix.join(sides), row.precedence)

        return written

    def convert(self, x: Any) -> Text:
        if isinstance(x, Text):
            return x
        if isinstance(x, str):
            return Text(x)
        return Text(show(x)) if x >= 0 or x != x else Text(show(x), SUM)  # (-2)·v, not -2·v


TEXT = _Text("text", {}, types=(Text,), rank=1)
for _row in TABLE.values():
    attach(Text, _row, getattr(TEXT, _row.name))


def formula(row: Primitive, operands: Sequence[Text | str | float]) -> str:
    """The row as a formula in the names of its operands: ``b·c``. A float is a constant."""
    return str(TEXT.value(row, operands))


def result(row: Primitive) -> str:
    """What texts call the result of a row: y, but L if an argument is called y."""
    return "L" if "y" in row.arguments else "y"


def described(row: Primitive) -> str:
    """What ``help`` says of a row: its signature, formula, derivatives, domain and kinks."""
    if row.vectors:
        vectors = [[Text(f"{x}{i}") for i in (1, 2)] for x in row.arguments]
        operands = [x for vector in vectors for x in vector]
        called = [f"[{x}1, {x}2, …]" for x in row.arguments]
    else:
        operands = [Text(x) for x in row.arguments]
        called = list(row.arguments)
    lines = [f"{row.name}({', '.join(called)})", ""]
    written = row.definition and str(row.definition(TEXT, *row.arrange(operands)))
    sign = str(TEXT.value(row, operands))
    y = result(row)
    if written or sign != lines[0]:
        lines += [f"{y} = {written or sign}" + (", for two elements" if row.vectors else ""), ""]
    if row.step:
        lines += [f"The slope is 0: {y} is constant between its jumps.", ""]
    else:
        lines += [*_slopes(row, y, operands), ""]
    if not row.vectors:
        if not row.domain.is_everything:
            lines += [f"Domain: {row.domain.describe(*row.arguments)}.", ""]
        if row.kink:
            what = "Jumps" if row.step else "Kinks, where the slope jumps"
            lines += [f"{what}: {row.kink(TEXT, *operands)} = 0.", ""]
    others = [f"``{name}``" for name in row.aliases]
    also = f", also called {' and '.join(others)} there" if others else ""
    if row.public:
        ours = vars(sys.modules["micrograph"]).get(row.name) is row  # not one that a user added
        public, method = f"``mg.{row.name}``", not row.vectors or row.spread
        if method:
            public = f"{public}, and a method of Value" if ours else "a method of Value, too"
        lines += [f"On numbers of any kind; {public}{also}."]
    return "\n".join(lines)


LEGIBLE = 160
"""How many characters of a derivative a reader is shown at most."""


def _slopes(row: Primitive, y: str, operands: Sequence[Text]) -> Iterator[str]:
    try:
        partials = row.partials_at(TEXT, Text(y), operands)
    except TypeError:  # an opaque row's partials are any code of floats
        return
    for i, (x, d) in enumerate(zip(operands, partials, strict=True)):
        if row.slope_in(i):
            written = str(TEXT.convert(d))
            legible = len(written) <= LEGIBLE
            yield f"∂{y}/∂{x} = {written if legible else 'a long form that keeps its digits'}"


Primitive._described = described


def linear(row: Primitive) -> bool:
    """Whether every partial of the row is a constant, as those of a + b are."""
    return _degree(row) < 2


def product(row: Primitive) -> bool:
    """Whether some partial of the row is another operand, and all others are constants: a·b."""
    return _degree(row) == 2


@cache
def _degree(row: Primitive) -> int:
    """1 for a linear row, 2 for a product, 3 for anything else: read off its partials as text."""
    operands = [Text(f"⟨{i}⟩") for i in range(row.arity * (2 if row.vectors else 1))]
    try:
        partials = [str(d) for d in row.partials_at(TEXT, Text("⟨y⟩"), operands)]
    except MemoryError:
        raise
    except Exception:  # an opaque row's partials are any code of floats
        return 3
    named = [d for d in partials if "⟨" in d]
    return 1 + bool(named) + (not {*named} <= {*map(str, operands)})


LONGEST = 200
"""About how many characters a formula in a message takes at most. Long names are shortened."""


def computed(node: Any) -> Text:
    """How a node of a graph was computed, as a formula in the names of its operands.

    An operand without a name is "…". If it was computed by a function, it is ``function(…)``.
    """
    operands = [x if isinstance(x, float) else Text(x.name or _unnamed(x)) for x in node.operands]
    return TEXT.value(node.op, _brief(node.op, operands))  # type: ignore[no-any-return]  # Text


def _unnamed(node: Any) -> str:
    return f"{node.op.symbol}(…)" if node.op and not node.op.infix else "…"


def _brief(row: Primitive, operands: Sequence[Text | str | float]) -> list[Text | str | float]:
    """The operands. If the formula is too long for a message, they lose their middle parts."""
    if len(formula(row, operands)) <= LONGEST:
        return list(operands)
    shown = len(operands) if len(operands) <= LONG else 3 * max(row.vectors, 1)
    room = (LONGEST - 40) // shown  # 40: for the row's name and signs
    return [x if isinstance(x, float | int) else _shortened(x, room) for x in operands]


def _shortened(x: Text | str, room: int) -> Text | str:
    """A text of at most ``room`` characters: the start and the end of x, about "…"."""
    text, end = str(x), room // 3
    if len(text) <= room:
        return x
    text = f"{text[: room - end - 1]}…{text[len(text) - end :]}"
    return Text(text, x.precedence) if isinstance(x, Text) else text


def label(x: Any, unnamed: str) -> Text | float:
    """What a message calls an operand: its name; without a name, the formula that computed it.

    A leaf without a name is called ``unnamed``. A constant is returned as a float.
    """
    if isinstance(x, int | float):
        return float(x)
    return computed(x) if x.op and not x.name else Text(x.name or unnamed)


def to_install(extra: str) -> str:
    """What to type to get the packages of an extra: from the index, and from a checkout.

    Example:
        >>> to_install("check")
        'pip install "micrograph[check]", or in a checkout pip install -e ".[check]"'
    """
    return f'pip install "micrograph[{extra}]", or in a checkout pip install -e ".[{extra}]"'


def explain(
    row: Primitive, names: Sequence[Text | str | float], operands: Sequence[float], error: Exception
) -> Exception:
    """The exception whose message says which row failed, and at which operands.

    A name that is a float marks a constant. Constants are not listed with the operands. A
    ZeroDivisionError or OverflowError keeps its type. Any other error becomes a DomainError.
    """
    if row.vectors and not operands:
        return DomainError(f"{row.name}: expected one number at least, got none")
    names = _brief(row, names)
    pairs = dict.fromkeys(
        f"{name} = {x!r}"
        for name, x in zip(names, operands, strict=True)
        if not isinstance(name, float) and str(name) != show(x)
    )
    at = f" at {listed(pairs)}" if pairs else ""
    what = formula(row, names)
    if isinstance(error, ZeroDivisionError):
        return ZeroDivisionError(f"{what} divides by zero{at}")
    if isinstance(error, OverflowError):
        return OverflowError(f"{what} is too large for a float{at}")
    called = [show(x) if isinstance(x, float) else str(x) for x in names]
    if row.key != row.name and row.domain.is_everything and all(map(isfinite, operands)):
        return DomainError(
            f"{what} is undefined{at}: its rule fails there; say where it holds by "
            "mg.primitive(…, domain=…)"
        )
    where = "finite numbers" if row.vectors else row.domain.describe(*called)
    return DomainError(f"{what} is undefined{at}: expected {where}")


def aligned(rows: Iterable[Sequence[str]], numbers: bool = False) -> Iterator[str]:
    """The rows as lines, with two spaces between the columns.

    Args:
        rows: The cells of each row.
        numbers: Whether all columns but the first hold numbers, which stand to the right.
    """
    rows = list(rows)
    widths = [max(map(columns_of, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = []
        for i, (cell, width) in enumerate(zip(row, widths, strict=True)):
            space = " " * (width - columns_of(cell))
            cells.append(space + cell if numbers and i else cell + space)
        yield "  ".join(cells).rstrip()


def columns_of(text: str) -> int:
    """How many columns a text takes on a terminal."""
    return sum(2 if east_asian_width(c) in "WF" else not combining(c) for c in text)
