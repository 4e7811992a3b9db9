"""One cell of a table: whether it is a number, which one, and what is amiss if it is none."""

from __future__ import annotations

import math
import re
from decimal import Context, Decimal, InvalidOperation

from .header import is_number

MISSING = ["", "NA", "N/A", "n/a", "<NA>", "#NA", "#N/A", "NaN", "nan", "NULL", "null", "?", "."]
"""What a cell may hold where its value is missing, with spaces around it or not."""

ABSENT = {"-", "--", "–", "—", "none", "missing", "unknown", "n.a."}
"""Words that say in a column of numbers, in small letters, that one is missing. In a column of
texts they are levels."""

SAME = str.maketrans({"−": "-", "\N{NO-BREAK SPACE}": " ", "\N{NARROW NO-BREAK SPACE}": " "})
"""Signs that a number may be written with, and those which they stand for."""


def is_absent(text: str) -> bool:
    """Whether the cell says in words that a number is missing."""
    return text.strip().lower() in ABSENT


def is_plain(text: str, decimal: str, thousands: str | None) -> bool:
    """Whether the cell is a number, written with these signs."""
    return is_number(_plain(text), decimal, thousands and thousands.translate(SAME))


def value(text: str, decimal: str, thousands: str | None) -> float:
    """The number in a cell, or NaN if it is absent."""
    if is_absent(text):
        return math.nan
    return float(_written(text, decimal, thousands))


def level(text: str, decimal: str, thousands: str | None) -> str:
    """The number in a cell as the name of a level: 3 for 3.0. No two numbers have the same name."""
    text = _written(text, decimal, thousands)
    number = exact(text)
    if number is None:
        return text
    if number.adjusted() < 30 and number == number.to_integral_value():
        return str(int(number))
    short = repr(float(number))
    if Decimal(short) == number:
        return short
    return str(Context(prec=len(text)).normalize(number))  # which is as many digits at most


def exact(text: str) -> Decimal | None:
    """The number in a text such as 1.50 in all its digits. None if the exponent is too great."""
    try:
        return Decimal(text)
    except InvalidOperation:
        return None


def expected(text: str, decimal: str, thousands: str | None) -> str:
    """What a cell should be that is no number, and what to do if it is written in another way."""
    other = "," if decimal == "." else "."
    text = _plain(text)
    if is_number(text, other) and decimal == ",":
        return "a decimal point where other cells have decimal commas; give --decimal"
    if re.fullmatch(r"[+-]?\d{1,3}(,\d{3})+(\.\d*)?", text) and thousands != ",":
        return "expected a finite number; if , divides thousands, give --thousands ,"
    if re.fullmatch(r"[+-]?\d{1,3}(\.\d{3})+(,\d*)?", text) and thousands != ".":
        return "expected a finite number; if . divides thousands, give --thousands ."
    if re.fullmatch(r"[+-]?\d{1,3}([ '’]\d{3})+([.,]\d*)?", text):
        sign = next(sign for sign in " '’" if sign in text)
        return f"expected a finite number; if {sign!r} divides thousands, give it as --thousands"
    if is_number(text, other):
        return f"expected a finite number; if {other} is the decimal sign, give --decimal {other}"
    unit = re.fullmatch(r"([^\d\s.,+-]*)\s*[+-]?\d[\d.,' ]*?\s*([^\d\s.,]*)", text)
    if unit and bool(unit[1]) != bool(unit[2]):
        return f"expected a number alone; remove {unit[1] or unit[2]} from the cells of this column"
    return "expected a finite number"


def _written(text: str, decimal: str, thousands: str | None) -> str:
    """The number in a cell as ``float`` reads it."""
    text = _plain(text)
    if thousands:
        text = text.replace(thousands.translate(SAME), "")
    return text.replace(decimal, ".")


def _plain(text: str) -> str:
    return text.translate(SAME).strip()
