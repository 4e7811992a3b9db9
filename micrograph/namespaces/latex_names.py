"""Text in LaTeX. As mathematics, w1 is a letter with an index, and alpha is a Greek letter."""

from __future__ import annotations

import re
from keyword import iskeyword
from unicodedata import combining, normalize

from .printed import greek

LONGEST = 60
"""The most characters of a name that are written."""

_SMALL = "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi pi rho sigma tau"
_CAPITAL = "Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega"
WORDS = frozenset(f"{_SMALL} upsilon phi chi psi omega {_CAPITAL}".split())
"""The Greek letters that LaTeX has."""

_RAISED = dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ⁿᵀ", "0123456789+-nT", strict=True))
_LOWERED = dict(zip("₀₁₂₃₄₅₆₇₈₉₊₋ₐₑᵢⱼₖₘₙₚᵣₛₜₓ", "0123456789+-aeijkmnprstx", strict=True))


ESCAPED = {c: "\\" + c for c in "$%&#_{}"}

SIGNS = {
    **ESCAPED,
    **{" ": r"\ ", "\\": r"\backslash", "^": r"\hat{\ }", "~": r"\sim", "|": r"\vert",
       "ε": r"\varepsilon", "φ": r"\varphi", "ς": r"\varsigma", "ϕ": r"\phi", "ϵ": r"\epsilon",
       "ϑ": r"\vartheta", "ϱ": r"\varrho", "ο": "o", "∂": r"\partial", "∇": r"\nabla",
       "∞": r"\infty", "√": r"\surd", "·": r"\cdot", "×": r"\times", "±": r"\pm", "≤": r"\le",
       "≥": r"\ge", "≠": r"\ne", "≈": r"\approx", "→": r"\to", "…": r"\ldots", "−": "-",
       "–": "-", "‖": r"\Vert", "ℓ": r"\ell", "ß": r"\text{\ss}", "æ": r"\text{\ae}",
       "ø": r"\text{\o}", "ı": r"\imath", "′": r"\prime", "⁄": "/"},
    **{c: f"{{}}^{{{raised}}}" for c, raised in _RAISED.items()},
    **{c: f"{{}}_{{{lowered}}}" for c, lowered in _LOWERED.items()},
    **dict(zip("ΑΒΕΖΗΙΚΜΝΟΡΤΧ", "ABEZHIKMNOPTX", strict=True)),  # LaTeX has no sign for these
}  # fmt: skip
"""Characters that mathematics has under another name, or that mean something else to LaTeX."""

PROSE = {
    **ESCAPED,
    **{c: f"${c}$" for c in "<>|-+"},
    **{c: f"{{{c}}}" for c in "[*"},  # they would belong to the end of the line before
    **{"\\": r"\textbackslash{}", "^": r"\^{}", "~": r"\~{}", '"': r"{\ttfamily\char34}"},
    **{"…": r"\ldots{}", "–": "--", "—": "---"},
}  # fmt: skip
"""The same outside mathematics, and what LaTeX's text fonts have not."""

ACCENTS = {
    "\u0300": "grave", "\u0301": "acute", "\u0302": "hat", "\u0303": "tilde", "\u0304": "bar",
    "\u0306": "breve", "\u0307": "dot", "\u0308": "ddot", "\u030a": "mathring", "\u030c": "check",
    "\u20d7": "vec",
}  # fmt: skip


def symbol(name: str) -> str:
    r"""A name as LaTeX's mathematics, which needs the package amsmath.

    A letter is itself, a word is upright. Digits at the end, and what follows an underscore, are an
    index. A character that LaTeX can't print is written as its number in Unicode.

    Example:
        >>> print(*map(symbol, ["w1", "x_t", "w_temperature", "alpha", "ŷ", "σ²", "50%"]))
        w_{1} x_{t} w_{\mathrm{temperature}} \alpha \hat{y} {\sigma^{2}} \mathrm{50{\%}}
    """
    text = normalize("NFC", name if len(name) <= LONGEST else name[:LONGEST] + "…")
    if text.endswith("_") and iskeyword(text[:-1]):
        text = text[:-1]  # lambda_ in Python
    raised = re.search(f"(?<=.)[{''.join(_RAISED)}]+$", text)
    if raised:
        power = "".join(map(_RAISED.__getitem__, raised[0]))
        base = symbol(text[: raised.start()])
        accented = base.startswith(tuple(f"\\{accent}{{" for accent in ACCENTS.values()))
        guard = "{}" if accented else ""  # TeX takes braces around an accent alone away
        return f"{{{base}^{{{power}}}{guard}}}"
    lowered = re.search(f"(?<=.)[{''.join(_LOWERED)}]+$", text)
    if lowered:
        text = f"{text[: lowered.start()]}_{''.join(map(_LOWERED.__getitem__, lowered[0]))}"
    base, *indices = text.split("_")
    if not all(x and x.isprintable() for x in (base, *indices)):
        return _word(text)
    number = re.fullmatch(r"(\D+)(\d+)", normalize("NFD", base))
    if number and all(c.isalpha() or combining(c) for c in number[1]):
        base, indices = number[1], [number[2], *indices]
    if not indices:
        return _word(base)
    index = ", ".join(x if re.fullmatch("[0-9]+", x) else _word(x) for x in indices)
    return f"{_word(base)}_{{{index}}}"


def prose(text: str) -> str:
    """Any text, outside mathematics. It needs the package amsmath, too."""
    return "".join(PROSE.get(c) or (c if c.isascii() else f"${symbol(c)}$") for c in text)


def _word(text: str) -> str:
    """A text without an index: a letter, the name of a Greek letter, or an upright word."""
    letters = _characters(text)
    if len(letters) == 1 and (letters[0].isalpha() or letters[0].startswith("\\")):
        return letters[0]
    return rf"\{text}" if text in WORDS else rf"\mathrm{{{''.join(map(_grouped, letters))}}}"


def _characters(text: str) -> list[str]:
    """Each letter of the text in LaTeX, with its accents."""
    found: list[str] = []
    for c in normalize("NFD", text):
        if not combining(c) or not found:
            found.append(_character(c))
        elif c in ACCENTS:
            found[-1] = rf"\{ACCENTS[c]}{{{found[-1]}}}"
    return found


def _character(c: str) -> str:
    if c in SIGNS:
        return SIGNS[c]
    if c.isascii() and c.isprintable():
        return c
    if greek(c) in WORDS:
        return rf"\{greek(c)}"
    parts = normalize("NFKD", c)
    if parts != c and not c.isascii():  # ｘ, ﬁ, ½
        return "".join(map(_grouped, _characters(parts)))
    escaped = repr(c)[1:-1] if c.isascii() else f"U+{ord(c):04X}"
    return "".join(_grouped(SIGNS.get(x, x)) for x in escaped)


def _grouped(letter: str) -> str:
    """A letter of a word. Braces keep other signs from acting on their neighbours."""
    return letter if letter.isalnum() or letter.startswith("{") else f"{{{letter}}}"
