"""Groups of rows of a Series or a DataFrame of Values: pandas' own, but for some reductions.

pandas computes the mean of a group on floats alone, and refuses others. Here such a method runs the
method of that name on the rows of each group, which are a Series or a DataFrame of Values.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from ..engine.value import Value
from .keys import refused

METHODS = {
    "mean": "agg", "median": "agg", "std": "agg", "var": "agg", "cumsum": "transform",
    "cumprod": "transform", "cummax": "transform", "cummin": "transform",
}  # fmt: skip
"""Methods of groups, and the method that runs a function on the rows of each group."""

REFUSED = ("rolling", "expanding", "ewm", "ohlc")
INSTEAD = (
    "write groups.transform(f) or groups.agg(f), with a function of the rows of a group, such as "
    "lambda x: x.rolling(2).mean()"
)


class _Grouped:
    """What the groups of Series and DataFrames of Values have in common."""

    def _gotitem(self, *args: Any, **options: Any) -> Any:
        """Some columns of the groups. pandas takes them here for all of its methods."""
        pandas: Any = super()
        return grouped(pandas._gotitem(*args, **options))


def grouped(groups: Any) -> Any:
    """The groups that pandas made, with methods that keep derivatives."""
    if not isinstance(groups, _Grouped):
        groups.__class__ = _twin(groups.__class__)
    return groups


@cache
def _twin(kind: Any) -> type:
    """The class of the groups, with our methods in place of those that it has."""
    ours = {name: _of_each(name, way) for name, way in METHODS.items() if hasattr(kind, name)}
    refusing = {name: refused(f"{name} of groups", INSTEAD) for name in REFUSED}
    ours |= {name: method for name, method in refusing.items() if hasattr(kind, name)}
    return type(kind.__name__, (_Grouped, kind), ours)


def _of_each(name: str, way: str) -> Callable[..., Any]:
    first = "ddof" if name in ("std", "var") else "numeric_only"

    def call(self: Any, *args: Any, **options: Any) -> Any:
        options |= dict(zip((first,), args, strict=True)) if args else {}
        groups = _of_numbers(self) if options.pop("numeric_only", False) else self
        return getattr(groups, way)(lambda rows: getattr(rows, name)(**options))

    call.__name__, call.__doc__ = name, f"As pandas' {name}."
    return call


def _of_numbers(groups: Any) -> Any:
    """The columns of the groups that hold numbers or Values."""
    frame = groups._obj_with_exclusions
    if frame.ndim == 1:
        return groups
    held = [any(isinstance(x, Value) for x in frame.iloc[:, i]) for i in range(frame.shape[1])]
    kinds = [getattr(dtype, "kind", "O") in "biuf" for dtype in frame.dtypes]
    return groups[[x for x, *good in zip(frame, held, kinds, strict=True) if any(good)]]
