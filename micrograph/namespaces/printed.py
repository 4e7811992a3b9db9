"""Text that prints on any terminal: signs that its encoding lacks are spelled in ASCII."""

from __future__ import annotations

import sys
from typing import Any
from unicodedata import combining, name, normalize

SPELLED = {
    "∂": "d", "·": "*", "×": "x", "−": "-", "–": "-", "—": "-", "…": "...", "√": "sqrt", "∞": "inf",
    "≤": "<=", "≥": ">=", "≠": "!=", "≈": "~", "±": "+-", "→": "->", "∈": "in", "∑": "sum",
    "∏": "prod", "′": "'", "‘": "'", "’": "'", "“": '"', "”": '"', "⟨": "<", "⟩": ">", "⁄": "/",
    "²": "^2", "³": "^3", "¹": "^1", "ᵀ": "^T", "ß": "ss",
    "\N{COMBINING CIRCUMFLEX ACCENT}": "^", "\N{COMBINING TILDE}": "~",
}  # fmt: skip
"""ASCII spellings of signs. Greek letters are spelled by their names; other accents are dropped."""

LONGEST = 60
"""The most characters of a name that are shown."""


def printable(name: str, longest: int = LONGEST) -> str:
    """The name on one line, every character visible, cut if there are more than ``longest``."""
    shown = visible(str(name)[: longest + 1])
    return shown if len(shown) <= longest else shown[:longest] + "…"


def visible(text: str) -> str:
    """The text on one line, every character visible: a newline becomes a backslash and an n."""
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)


def printable_on(stream: Any, text: str) -> str:
    """The text, in which each character that the stream can't encode has an ASCII spelling.

    A character without one becomes "?". A stream that names no encoding takes any text.

    Args:
        stream: A text stream such as ``sys.stdout``, or None.
        text: Any text.

    Example:
        >>> import io
        >>> printable_on(io.TextIOWrapper(io.BytesIO(), "ascii"), "∂σ(ŷ)/∂x² = 3·数")
        'dsigma(y^)/dx^2 = 3*?'
    """
    encoding = getattr(stream, "encoding", None)
    if not isinstance(encoding, str) or _encodes(encoding, text):
        return text
    return "".join(c if _encodes(encoding, c) else _spelled(c, encoding) for c in text)


def _encodes(encoding: str, text: str) -> bool:
    try:
        text.encode(encoding)
    except UnicodeError:
        return False
    except LookupError:  # no encoding of text that Python knows
        return True
    return True


def _spelled(c: str, encoding: str) -> str:
    """A character that the encoding lacks, in ASCII."""
    if c in SPELLED:
        return SPELLED[c]
    if letter := greek(c):
        return letter
    parts = normalize("NFKD", c)
    if parts == c:
        return "" if combining(c) else "?"
    return "".join(x if _encodes(encoding, x) else _spelled(x, encoding) for x in parts)


def greek(c: str) -> str:
    """What a Greek letter without accents is called: alpha, Delta. "" for other characters."""
    words = name(c, "").split()
    if words[:1] != ["GREEK"] or "LETTER" not in words or "WITH" in words:
        return ""
    letter = words[-1].replace("LAMDA", "LAMBDA")  # Unicode drops the b
    return letter.title() if "CAPITAL" in words else letter.lower()


def on_stdout(text: str) -> str:
    """The text as ``sys.stdout`` can encode it."""
    return printable_on(sys.stdout, text)


class Printed(str):
    """A string whose repr is its text, and that ``print`` can write in any terminal's encoding.

    ``str(x)`` is the text as ``sys.stdout`` can encode it. Comparisons, methods and files see the
    text itself.

    Example:
        >>> Printed("dy/dx = 2")
        dy/dx = 2
    """

    __slots__ = ()

    def __str__(self) -> str:
        return on_stdout(str.__str__(self))

    def __repr__(self) -> str:
        return str(self)
