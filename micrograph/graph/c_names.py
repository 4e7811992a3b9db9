"""Identifiers and comments of C, made of names that may be any text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import count
from unicodedata import name as called
from unicodedata import normalize

from ..namespaces.printed import visible

LONGEST = 40
"""The most characters of a name that an identifier keeps. C promises to tell 63 apart."""

_WORDS = """
auto break case char const continue default do double else enum extern float for goto if inline
int long register restrict return short signed sizeof static struct switch typedef union unsigned
void volatile while alignas alignof bool constexpr false nullptr static_assert thread_local true
typeof typeof_unqual asm fortran and and_eq bitand bitor catch char8_t class co_await co_return
co_yield compl concept const_cast consteval constinit decltype delete dynamic_cast explicit export
friend mutable namespace new noexcept not not_eq operator or or_eq private protected public
reinterpret_cast requires static_cast template this throw try typeid typename using virtual
wchar_t xor xor_eq main inputs outputs gradient work abs atoi malloc free snprintf strchr strtod
isfinite isinf isnan fma ldexp frexp rint fabs fmod remainder tgamma floor ceil trunc exp exp2
expm1 log log2 log10 log1p pow sqrt cbrt copysign sin cos tan asin acos atan atan2 sinh cosh tanh
asinh acosh atanh erf erfc errno signgam environ stdin stdout stderr assert linux unix i386 near
far small min max sun mips vax hpux I math_errhandling i
"""
RESERVED = set(_WORDS.split())
"""Words that name no variable: keywords of C and C++, what the text itself uses, and variables and
macros of some libraries and systems."""


def identifiers(names: Iterable[str], function: str) -> list[str]:
    """An identifier of C for each name, all different.

    A name that is an identifier is kept, if it can be. Greek and other letters are spelled out:
    σ² is sigma2. A name of which nothing is left becomes v1, v2 …

    Args:
        names: Any texts.
        function: The name of the function that they are in. No identifier is this name, nor begins
            with it and an underscore: so do the names of other functions.

    Cost:
        Linear in the number of names.

    Example:
        >>> identifiers(["x", "x", "σ²", "for", "*/ int main", "GDP", "f_x", "…"], "f")
        ['x', 'x_2', 'sigma2', 'for_', 'int_main', 'GDP_', 'xf_x', 'v1']
    """
    names = list(names)
    fits = [_fit(name, f"{function}_") for name in names]
    given = set(fits)
    free = (v for v in map("v{}".format, count(1)) if v not in given)
    found = {function: None}
    counts: dict[str, Iterator[int]] = {}
    for fit in fits:
        name = fit or next(free)
        while name in found or (name != fit and name in given and fit):
            name = f"{fit}_{next(counts.setdefault(fit, count(2)))}"
        found[name] = None
    return list(found)[1:]


def is_name(name: str) -> bool:
    """Whether a function may have this name."""
    fits = isinstance(name, str) and re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", name)
    return bool(fits) and len(name) <= LONGEST and "__" not in name and name not in RESERVED


def _fit(name: str, prefix: str) -> str:
    """The name as an identifier; "" if nothing is left of it."""
    text = "".join(map(_letters, normalize("NFKD", name[: 4 * LONGEST])))
    text = re.sub(r"_+", "_", text).strip("_")[:LONGEST].strip("_")
    if not text:
        return ""
    if text[0].isdigit() or text.startswith(prefix) or re.fullmatch(r"of_\d+", text):
        text = "x" + text
    macro = len(text) > 1 and text.isupper()  # by convention, such a name is a macro
    return text + "_" if macro or text in RESERVED or text.endswith("_t") else text


def _letters(c: str) -> str:
    if c.isascii():
        return c if c.isalnum() else "_"
    words = called(c, "").split()
    if "LETTER" in words or "SYMBOL" in words:
        return words[-1].lower() if words[-1].isascii() and words[-1].isalpha() else "_"
    return "" if "COMBINING" in words else "_"


def comment(text: str, longest: int = 160) -> str:
    r"""The text as part of a comment: on one line, and with nothing that ends the comment.

    Example:
        >>> print(comment("*/ int main\n/*"))
        * / int main\n/ *
    """
    shown = visible(text if len(text) <= longest else text[: longest - 1] + "…")
    for sign, apart in (("*/", "* /"), ("/*", "/ *"), ("??", "? ?"), ("??", "? ?")):
        shown = shown.replace(sign, apart)
    return shown
