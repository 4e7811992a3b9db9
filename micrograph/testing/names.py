"""Names of a function's arguments and results, and of its derivatives, for messages."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import Any

from ..graph import Graph

POWERS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


def arguments(f: Callable[..., Any], args: Sequence[Any]) -> list[str]:
    """The names that f gives its arguments; x1, x2, … if it gives none."""
    if isinstance(f, Graph) and len(args) == len(f.inputs):
        return [node.name for node in f.inputs]
    try:
        bound = inspect.signature(f).bind(*args)
    except (TypeError, ValueError):
        names: list[str] = []
    else:
        names = [n for n, x in bound.arguments.items() if not _rest(f, n)]
    return [names[i] if i < len(names) else f"x{i + 1}" for i in range(len(args))]


def _rest(f: Callable[..., Any], name: str) -> bool:
    kind = inspect.signature(f).parameters[name].kind
    return kind in (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)


def output(f: Callable[..., Any]) -> str:
    """The name of f's result in messages: that of f itself, or y."""
    name = getattr(f, "__name__", "")
    return name if name.isidentifier() else "y"


def derivative(y: str, xs: Sequence[str]) -> str:
    """The symbol of a derivative: ``∂y/∂x``, ``∂²y/∂x∂z``."""
    power = "" if len(xs) == 1 else str(len(xs)).translate(POWERS)
    return f"∂{power}{y}/∂{'∂'.join(xs)}"
