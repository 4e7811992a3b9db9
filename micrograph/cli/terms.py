"""Formulas of models, read into terms: ``survived ~ age + C(class) + age:sex + log(fare)``.

Python's ``ast`` parses them, after names of columns, which may be any words, were put aside. The
functions are rows of the table. Nothing is ever run as code.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator, Sequence
from functools import reduce
from typing import NamedTuple

from ..core import TABLE
from .formula import FormulaError, meant, parts_first

LONGEST = 10_000
"""The most characters in a formula."""

MOST_TERMS = 10_000
"""The most terms of a formula: a product of n columns has 2ⁿ."""

TOKEN = re.compile(
    r"\s*(?:(?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)|`(?P<quoted>[^`]+)`"
    r"|(?P<name>[^\W\d](?:[\w.]*\w)?)|(?P<sign>\*\*|<=|>=|==|!=|[-+*/:^().,<>&|%]))"
)
PLACE = re.compile(r"_(\d+)_")  # what stands for a column while Python parses


INSTEAD: dict[str, str] = {
    **dict.fromkeys(
        ("factor", "as.factor", "ordered", "as.ordered", "categorical", "cat"),
        "write C({0}) for a category",
    ),
    "offset": "leave the term out, and give --offset {0}",
    "poly": "write {0} + I({0}**2)",
    **dict.fromkeys(("bs", "ns", "cr", "cs", "s", "lo"), "there are no splines: {0} + I({0}**2)"),
    **dict.fromkeys(("scale", "center", "standardize"), "write I(({0} - 50) / 10), with numbers"),
    **dict.fromkeys(("as.numeric", "as.integer", "numeric"), "write {0} alone"),
    "Q": "write a name of several words between backticks, `a b`",
    "interaction": "write a:b",
}
"""Functions in formulas of R and Python, each with what to write. ``{0}`` is their argument."""


class Factor(NamedTuple):
    """One factor of a term: a column, C(column), or an expression of columns.

    Attributes:
        text: What it is called: ``age``, ``class``, ``log(fare)``.
        columns: The columns in it.
        expression: The same with ``_0_``, ``_1_`` … for the columns; "" for a column alone.
        category: Whether it was written C(column).
    """

    text: str
    columns: tuple[str, ...]
    expression: str = ""
    category: bool = False

    def __str__(self) -> str:
        if self.expression:
            return self.text
        return f"C({quoted(self.text)})" if self.category else quoted(self.text)


Term = tuple[Factor, ...]
"""The factors of a product. The intercept is the product of none."""


ONE: list[Term] = [()]  # the intercept alone


class Formula(NamedTuple):
    """A model: what is predicted, and by which terms.

    Attributes:
        response: One factor, or two: how often it happened, and how often it did not.
        terms: The terms in order. The empty term is the intercept.
    """

    response: tuple[Factor, ...]
    terms: tuple[Term, ...]

    @property
    def columns(self) -> list[str]:
        """The columns of its terms, each once."""
        return list(dict.fromkeys(x for term in self.terms for f in term for x in f.columns))

    @property
    def right(self) -> str:
        """What stands on the right of ~, to be read again."""
        written = [":".join(map(str, term)) for term in self.terms if term]
        return " + ".join(written or ["1"] * (() in self.terms)) + " - 1" * (() not in self.terms)


def column(name: str) -> Factor:
    """A column as a factor."""
    return Factor(name, (name,))


def of_columns(target: str, features: Sequence[str]) -> Formula:
    """The formula ``target ~ a + b + …``."""
    return Formula((column(target),), ((), *((column(name),) for name in features)))


def read(formula: str, others: Callable[[str | None], Sequence[str]]) -> Formula:
    """The terms of a formula.

    Args:
        formula: ``response ~ terms``. A response is a column, or cbind(successes, failures). Terms
            are joined by +: a column, C(column), a function of columns, I(arithmetic), a:b for a
            product, a*b for a + b + a:b, and . for all other columns. ``- 1`` leaves the intercept
            out. A name of several words stands between backticks.
        others: The columns that . stands for, given the name of the response's column.

    Raises:
        FormulaError: If the text is no such formula.

    Example:
        >>> read("y ~ age*sex + log(fare)", lambda target: []).right
        'age + sex + log(fare) + age:sex'
    """
    if len(formula) > LONGEST:
        raise FormulaError(f"a formula may have {LONGEST:,} characters; this one has more")
    left, tilde, right = formula.partition("~")
    if not tilde or "~" in right or not left.strip() or not right.strip():
        raise FormulaError("expected a formula such as 'y ~ a + b', with one ~ between two parts")
    try:
        response = _response(*_tree(left))
        target = None if response[0].expression else response[0].text
        terms = _of_one_kind(_with_intercept(*_tree(right, others, target)))
    except RecursionError:
        raise FormulaError("the formula is nested too deeply") from None
    return Formula(response, tuple(sorted(terms, key=len)))


def _response(tree: ast.expr, names: list[str]) -> tuple[Factor, ...]:
    match tree:
        case ast.Call(func=ast.Name(id="cbind"), args=[a, b], keywords=[]):
            return _factor(a, names), _factor(b, names)
        case ast.Call(func=ast.Name(id="cbind")):
            raise FormulaError("cbind takes two columns: cbind(successes, failures)")
    return (_factor(tree, names),)


def _tree(
    text: str,
    others: Callable[[str | None], Sequence[str]] | None = None,
    target: str | None = None,
) -> tuple[ast.expr, list[str]]:
    """The tree of one side, and the columns that its names ``_0_``, ``_1_`` … stand for."""
    names: list[str] = []
    try:
        source = "".join(_tokens(text, names, others, target)).strip()
        return ast.parse(source, mode="eval").body, names
    except (MemoryError, RecursionError):
        raise FormulaError("the formula is nested too deeply") from None
    except (SyntaxError, ValueError) as error:
        if isinstance(error, FormulaError):
            raise
        raise FormulaError(f"not a formula: {text.strip()[:60]!r}: {error.args[0]}") from None


def _tokens(
    text: str,
    names: list[str],
    others: Callable[[str | None], Sequence[str]] | None,
    target: str | None,
) -> Iterator[str]:
    """The words of one side as Python's: columns as ``_0_``, and : as the power, which binds so.

    Between the brackets of a function, where ** is the power, no : may stand.
    """
    text = text.replace("−", "-").replace("·", "*").strip()
    at, brackets, called = 0, list[bool](), False
    while at < len(text):
        token = TOKEN.match(text, at)
        if token is None:
            raise FormulaError(
                f"not a formula: {text[at:].strip()[:20]!r} is neither a name, a number nor a "
                "sign; a name of several words stands between backticks, `a b`"
            )
        at = token.end()
        name, sign = token["quoted"] or token["name"], token["sign"]
        was_called, called = called, False
        if token["name"] and text[at:].lstrip().startswith("("):
            called = True
            _check_foreign(name, text[at:])
            yield f" {name}"
        elif name:
            yield f" {_place(name, names)} "
        elif sign == "." and others:
            yield "(" + "+".join(_place(x, names) for x in others(target)) + ")"
        elif sign == ":":
            if any(brackets):
                raise FormulaError("a:b stands outside of functions: a:log(b)")
            yield "**"
        elif sign in ("**", "^"):
            if not any(brackets):
                raise FormulaError(f"a power stands in I(…): I(age{sign}2)")
            yield "**"
        else:
            if sign == "(":
                brackets.append(was_called)
            if sign == ")" and brackets:
                brackets.pop()
            yield token["number"] or sign


def _check_foreign(name: str, rest: str) -> None:
    """Raise FormulaError for a function of other languages; ``rest`` begins with its bracket."""
    argument = re.match(r"\s*\(\s*(`[^`]+`|[^\W\d][\w.]*)\s*[,)]", rest)
    words = INSTEAD.get(name)
    own = name.rpartition(".")[2]
    if own != name and not words:  # np.log
        words = f"write {own}({{0}})" if own in TABLE else "a name before ( has no point"
    if words and name not in TABLE:
        said = words.format(argument[1] if argument else "…")
        raise FormulaError(f"{name} is not a function here; {said}")


def _place(name: str, names: list[str]) -> str:
    name = " ".join(name.split())
    if name not in names:
        names.append(name)
    return f"_{names.index(name)}_"


def _with_intercept(tree: ast.expr, names: list[str]) -> list[Term]:
    """The terms of the right side, to which the intercept belongs if nothing takes it out."""
    one = ast.BinOp(ast.Constant(1), ast.Add(), tree)
    parts: list[tuple[bool, ast.expr]] = []
    waiting: list[tuple[bool, ast.expr]] = [(True, one)]
    while waiting:  # a sum nests to the left, as deep as it is long
        adds, node = waiting.pop()
        match node:
            case ast.BinOp(left=a, op=ast.Add() | ast.Sub() as op, right=b):
                waiting += [(adds, a), (adds == isinstance(op, ast.Add), b)]
                waiting[-2:] = waiting[-1], waiting[-2]  # the left one is popped first
            case ast.UnaryOp(op=ast.USub(), operand=a):
                waiting.append((not adds, a))
            case ast.UnaryOp(op=ast.UAdd(), operand=a):
                waiting.append((adds, a))
            case _:
                parts.append((adds, node))
    terms: dict[Term, None] = {}
    for adds, node in parts:
        match node:
            case ast.Constant(value=0):
                adds, found = not adds, ONE
            case _:
                found = _terms(node, names)
        for term in found:
            terms.pop(term, None) if not adds else terms.setdefault(term)
        if len(terms) > MOST_TERMS:
            raise FormulaError(f"a formula may have {MOST_TERMS:,} terms; this one has more")
    return list(terms)


def _of_one_kind(terms: list[Term]) -> list[Term]:
    """The terms, each once. A column that is a category in one of them is so in each."""
    categories = {f.text: f for term in terms for f in term if f.category}
    alike = [
        tuple(dict.fromkeys(f if f.expression else categories.get(f.text, f) for f in term))
        for term in terms
    ]
    once: dict[frozenset[Factor], Term] = {}
    for term in alike:  # a:b is b:a
        once.setdefault(frozenset(term), term)
    return list(once.values())


def _terms(node: ast.expr, names: list[str]) -> list[Term]:
    match node:
        case ast.Constant(value=1):
            return [()]
        case ast.BinOp(left=a, op=ast.Add(), right=b):
            return _unique([*_terms(a, names), *_terms(b, names)])
        case ast.UnaryOp(op=ast.UAdd(), operand=a):
            return _terms(a, names)
        case ast.BinOp(left=a, op=ast.Mult() | ast.Pow() as op, right=b):
            first, second = _terms(a, names), _terms(b, names)
            products = [_product(p, q) for p in first for q in second]
            if not all(first) or not all(second):
                raise FormulaError("a number is no factor of a term; arithmetic stands in I(…)")
            return _unique(products if isinstance(op, ast.Pow) else [*first, *second, *products])
        case ast.Constant():
            raise FormulaError("a number is no term, but for - 1; arithmetic stands in I(…)")
        case ast.BinOp() | ast.UnaryOp() | ast.Compare():
            raise FormulaError("terms are joined by +, : and *; other arithmetic stands in I(…)")
    return [(_factor(node, names),)]


def _unique(terms: list[Term]) -> list[Term]:
    if len(terms) > MOST_TERMS:
        raise FormulaError(f"a formula may have {MOST_TERMS:,} terms; this one has more")
    return list(dict.fromkeys(terms))


def _product(a: Term, b: Term) -> Term:
    """The product of two terms. A factor that both have is in it once."""
    return reduce(lambda term, f: term if f in term else (*term, f), b, a)


def _factor(node: ast.expr, names: list[str]) -> Factor:
    match node:
        case ast.Name(id=place):
            return column(names[int(place.strip("_"))])
        case ast.Call(func=ast.Name(id="C"), args=[ast.Name(id=place)], keywords=[]):
            return column(names[int(place.strip("_"))])._replace(category=True)
        case ast.Call(func=ast.Name(id="C")):
            raise FormulaError("C takes one column: C(class)")
        case ast.Call(func=ast.Name(id="I"), args=[inner], keywords=[]):
            return _expression(inner, names, "I({})")
        case ast.Call(func=ast.Name(id=name)) if name not in TABLE:
            raise FormulaError(f"{name} is not a function here{meant(name, ':')}")
    return _expression(node, names, "{}")


def _expression(node: ast.expr, names: list[str], form: str) -> Factor:
    used: list[str] = []
    for part in parts_first(node):  # raises for what is not allowed
        match part:
            case ast.Name(id=place):
                used.append(names[int(place.strip("_"))])
            case ast.List() | ast.Tuple():
                raise FormulaError("a formula of a model can't contain lists")
            case ast.Call(func=ast.Name(id=name)) if TABLE[name].vectors:
                raise FormulaError(f"{name} is of a whole vector; expected a function of a number")
    if not used:
        raise FormulaError(f"{ast.unparse(node)} contains no column")
    columns = tuple(dict.fromkeys(used))
    source = ast.unparse(node)
    text = PLACE.sub(lambda m: quoted(names[int(m[1])]), source)
    own = PLACE.sub(lambda m: f"_{columns.index(names[int(m[1])])}_", source)
    return Factor(form.format(text), columns, own)


def quoted(name: str) -> str:
    """A name as it stands in a formula: between backticks if it is more than a word."""
    plain = re.fullmatch(r"[^\W\d](?:[\w.]*\w)?", name)
    return name if plain else f"`{name}`"
