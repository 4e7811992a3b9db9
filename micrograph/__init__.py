"""micrograph: reverse-mode automatic differentiation, built around the computation graph."""

from __future__ import annotations

import builtins
from typing import TYPE_CHECKING, Any

from .domain import DomainError
from .primitives import *  # noqa: F403  # every row of the table, by its name
from .row import TABLE
from .value import Value, zero_grad

if TYPE_CHECKING:
    from .graph import Graph as Graph
    from .render.dot import draw as draw
    from .render.table import table as table

__version__ = "0.1.0"

_LATER = {"Graph": ".graph", "draw": ".render.dot", "table": ".render.table"}
"""What is imported at its first use, so that ``import micrograph`` stays light."""


def __getattr__(name: str) -> Any:
    if name not in _LATER:
        raise AttributeError(f"module 'micrograph' has no attribute {name!r}")
    from importlib import import_module

    found = globals()[name] = getattr(import_module(_LATER[name], __name__), name)
    return found


__all__ = [
    "DomainError",
    "Value",
    "zero_grad",
    *_LATER,
    *(name for name in TABLE if not hasattr(builtins, name)),
]
