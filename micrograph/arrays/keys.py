"""What pandas does by keys, done by the numbers of Values.

pandas finds keys by their hash, and that of a Value is its identity. A key has no derivative.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from ..engine.value import Value
from .array import ValueArray, numbers, plain

BY_NUMBERS = ("isin", "duplicated", "nunique", "value_counts", "rank", "idxmax", "idxmin")
OF_A_SERIES = ("factorize", "argmax", "argmin", "argsort", "searchsorted")
PROPERTIES = ("is_unique", "is_monotonic_increasing", "is_monotonic_decreasing")
"""What has no slope: answered with labels, places, truth and counts, by the numbers."""

ARRANGEMENTS = ("sort_values", "nlargest", "nsmallest")


def by_numbers(x: Any) -> Any:
    """x, a plain Series or DataFrame of the numbers if it is one of Values. Lists go by element.

    pandas finds keys by their hash, and that of a Value is its identity.
    """
    if isinstance(x, pd.DataFrame):
        if not any(dtype.kind == "O" for dtype in x.dtypes):
            return x
        columns = [by_numbers(x.iloc[:, i]) for i in range(x.shape[1])]
        return pd.concat(columns, axis=1) if columns else pd.DataFrame(x)
    if isinstance(x, pd.Series):
        if x.dtype.kind != "O":
            return pd.Series(x)
        flat = [numbers(e) if isinstance(e, Value) else e for e in plain(x.to_numpy())]
        return pd.Series(flat, x.index, object, x.name).infer_objects()
    if isinstance(x, ValueArray | Value):
        return numbers(x)
    if isinstance(x, list | tuple | set):
        return type(x)(map(by_numbers, x))
    return {name: by_numbers(e) for name, e in x.items()} if isinstance(x, dict) else x


def with_keys(frame: Any, *keys: Any) -> Any:
    """The DataFrame, with numbers in place of Values in the columns that are named among keys."""
    found = frame
    for key in keys:
        named = getattr(key, "key", key)  # of a Grouper
        for name in named if isinstance(named, list) else [named]:
            is_label = not isinstance(name, pd.Series | np.ndarray) and _is_hashable(name)
            if is_label and name in frame.columns and isinstance(frame[name], pd.Series):
                found = found.copy(deep=False) if found is frame else found
                found[name] = by_numbers(frame[name])
    return found


def _is_hashable(x: Any) -> bool:
    try:
        hash(x)
    except TypeError:
        return False
    return True


def _numbered(x: Any) -> Any:
    """The numbers, with the places of the rows as labels."""
    return by_numbers(x).set_axis(range(len(x)))


def answered(name: str) -> Callable[..., Any]:
    """The method, answered by the numbers."""

    def answer(self: Any, *args: Any, **options: Any) -> Any:
        return getattr(by_numbers(self), name)(*by_numbers(args), **by_numbers(options))

    answer.__name__, answer.__doc__ = name, f"As pandas' {name}, by the numbers."
    return answer


def asked(name: str) -> property:
    """The property, answered by the numbers."""
    return property(lambda self: getattr(by_numbers(self), name), doc=f"As pandas' {name}.")


def arranged(name: str) -> Callable[..., Any]:
    """The method, which takes rows in an order that the numbers give."""

    def arrange(self: Any, *args: Any, **options: Any) -> Any:
        if options.pop("inplace", False):
            raise TypeError(f"{name} of Values: the option inplace is not served")
        ignore_index, known = options.pop("ignore_index", False), _numbered(self)
        for level in self.index.names:  # which sort_values takes for a column
            if level is not None and isinstance(known, pd.DataFrame) and level not in known:
                known[level] = self.index.get_level_values(level)
        if isinstance(known, pd.DataFrame) and options.get("axis") in (1, "columns"):
            raise TypeError(f"{name} of Values: the option axis is not served")
        found = self.iloc[getattr(known, name)(*args, **options).index]
        return found.reset_index(drop=True) if ignore_index else found

    arrange.__name__, arrange.__doc__ = name, f"As pandas' {name}, by the numbers."
    return arrange


def refused(name: str, instead: str) -> Callable[..., Any]:
    """A method of pandas' that would not say itself that it takes floats."""

    def call(self: Any, *args: Any, **options: Any) -> Any:
        raise TypeError(f"pandas' {name} takes floats, and would drop the derivative; {instead}")

    return call
