"""Series and DataFrames of Values: pandas' own, but for what pandas computes on floats alone."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from ..core import COMPARE, Namespace, Primitive
from ..engine.reading import trace_of, traces
from ..engine.value import Value
from ..namespaces.array import NUMPY
from . import keys
from .array import ValueArray, numbers, ours, plain
from .groups import grouped
from .keys import by_numbers, with_keys

REDUCTIONS: dict[str, Callable[..., Any]] = {
    "sum": np.sum, "prod": np.prod, "mean": np.mean, "median": np.median, "min": np.min,
    "max": np.max, "std": np.std, "var": np.var,
}  # fmt: skip
"""pandas' reductions, by NumPy's functions, which are rows on arrays of Values."""

BY_METHOD = {*REDUCTIONS.values(), np.cumsum, np.cumprod, np.round} - {np.median}
"""Functions of NumPy's that call the method of that name."""


def _array(x: Any) -> Any:
    if isinstance(x, list | tuple):
        return type(x)(map(_array, x))
    return x.to_numpy() if isinstance(x, pd.Series | pd.DataFrame) else x


def _reduced(name: str, x: Any, skipna: bool = True, ddof: int = 1) -> Any:
    """A reduction of the numbers of a line, of which those that are NaN are left out."""
    x = x[~np.isnan(numbers(x))] if skipna else x
    spread = {"ddof": ddof} if name in ("std", "var") else {}
    if len(x) <= spread.get("ddof", 0) and name not in ("sum", "prod"):
        return math.nan
    return REDUCTIONS[name](ours(x), **spread)


def _same_labels(a: Any, b: Any) -> bool:
    pairs = zip(a.axes, b.axes, strict=False)
    return len(a.axes) == len(b.axes) and all(x.equals(y) for x, y in pairs)


def labelled(x: Any, array: Any) -> Any:
    """An array with the labels of x: of Values, a ValueSeries or a ValueFrame."""
    of_values = ValueFrame if isinstance(x, pd.DataFrame) else ValueSeries
    kind = of_values if array.dtype.kind == "O" else getattr(x, "of_floats", type(x))
    if array.ndim == 2:
        return kind(plain(array), index=x.index, columns=x.columns)
    return kind(plain(array), index=x.index, name=x.name)


def with_flags(x: Any, found: Any) -> Any:
    """A Series or a DataFrame like x, with the columns that are of bool in x."""
    if isinstance(x, pd.Series):
        return x.copy() if pd.api.types.is_bool_dtype(x.dtype) else found
    flags = [i for i, dtype in enumerate(x.dtypes) if pd.api.types.is_bool_dtype(dtype)]
    for i in flags:
        found.isetitem(i, x.iloc[:, i])
    return found


class _Pandas(Namespace):
    def spell(self, row: Primitive) -> Callable[..., Any]:
        """The row at each element, with the labels kept."""

        def on_labelled(*operands: Any) -> Any:
            given = [x for x in row.flat(operands) if isinstance(x, pd.Series | pd.DataFrame)]
            if not all(_same_labels(given[0], x) for x in given):
                raise ValueError(f"{row.name}: the labels differ; first write a, b = a.align(b)")
            arrays = [*map(_array, operands)]
            if row.precedence == COMPARE:  # a mask, as of arrays
                found = getattr(operator, row.operator)(*map(numbers, arrays))
            else:
                found = NUMPY.apply(row, arrays)
            return labelled(given[0], np.asarray(found)) if given else found

        return on_labelled


_Pandas("pandas", {}, types=(pd.Series, pd.DataFrame), rank=5)


def _is_missing(x: Any) -> bool:
    """Whether x is a Value that is NaN, and no trace would be frozen by that."""
    return isinstance(x, Value) and math.isnan(x.data) and not (traces and trace_of(x))


def _missing(x: Any) -> Any:
    """Where a Value is NaN, in a plain Series or DataFrame; or None if none is."""
    if isinstance(x, pd.Series):
        if x.dtype.kind != "O":
            return None
        found = [_is_missing(e) for e in x.to_numpy()]
        return np.array(found) if any(found) else None
    columns = [_missing(x.iloc[:, i]) for i in range(x.shape[1])]
    if all(column is None for column in columns):
        return None
    return np.array([np.zeros(len(x), bool) if c is None else c for c in columns]).T


class _Labelled:
    """What a Series and a DataFrame of Values have in common.

    pandas knows a missing number by its type: a float, NaN. A Value that is NaN becomes one.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        pandas: Any = super()
        pandas.__init__(*args, **kwargs)
        plain: Any = self.of_floats(self)
        missing = _missing(plain)
        if missing is not None:
            pandas.__init__(plain.mask(missing, math.nan))

    of_floats: Any

    def to_numpy(self, *args: Any, **kwargs: Any) -> Any:
        """As pandas', but a ValueArray, with which NumPy code runs."""
        pandas: Any = super()
        return ours(pandas.to_numpy(*args, **kwargs))

    @property
    def values(self) -> Any:
        """As ``to_numpy()``."""
        return self.to_numpy()

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
        others = [x for x in inputs if isinstance(x, pd.Series | pd.DataFrame)]
        if method != "__call__" or not all(_same_labels(self, x) for x in others):
            pandas: Any = super()  # pandas' class is next
            return pandas.__array_ufunc__(ufunc, method, *inputs, **kwargs)
        return labelled(self, ufunc(*map(_array, inputs), **kwargs))

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        if function in BY_METHOD:
            return function._implementation(*args, **kwargs)
        return function(*map(_array, args), **{name: _array(x) for name, x in kwargs.items()})

    def __getitem__(self, key: Any) -> Any:
        pandas: Any = super()
        return pandas.__getitem__(
            by_numbers(key) if isinstance(key, _Labelled | ValueArray) else key
        )

    def astype(self, dtype: Any, **options: Any) -> Any:
        """As a ValueArray's: within a transform, a copy where floats would lose a derivative."""
        if isinstance(pd.api.types.pandas_dtype(dtype), pd.CategoricalDtype):
            return by_numbers(self).astype(dtype, **options)
        return labelled(self, self.to_numpy().astype(dtype))

    def drop_duplicates(self, subset: Any = None, **options: Any) -> Any:
        """As pandas', by the numbers."""
        named = {"subset": subset} if isinstance(self, pd.DataFrame) else {}
        ignore_index = options.pop("ignore_index", False)
        found = self[~by_numbers(self).duplicated(**named, **options)]
        return found.reset_index(drop=True) if ignore_index else found

    def shift(self, periods: Any = 1, *args: Any, fill_value: Any = math.nan, **kwargs: Any) -> Any:
        """As pandas', with NaN, not None, where nothing is."""
        pandas: Any = super()
        return pandas.shift(periods, *args, fill_value=fill_value, **kwargs)

    def resample(self, *args: Any, **options: Any) -> Any:
        """As pandas'."""
        pandas: Any = super()
        return grouped(pandas.resample(*args, **options))

    def rolling(self, window: Any, min_periods: int | None = None, **options: Any) -> Any:
        """As pandas', for a window of so many rows."""
        if options or not isinstance(window, int):
            raise TypeError("rolling of Values: expected a window of so many rows, and no option")
        return Rolling(self, window, window if min_periods is None else min_periods)

    def expanding(self, min_periods: int = 1) -> Any:
        """As pandas'."""
        return Rolling(self, self.to_numpy().shape[0], min_periods)


class ValueSeries(_Labelled, pd.Series):  # type: ignore[misc]  # pandas is not typed
    """A Series of Values."""

    of_floats = pd.Series
    __pandas_priority__ = 3500  # above a Series of floats: so a mean of both has a derivative
    _constructor = property(lambda self: ValueSeries)
    _constructor_expanddim = property(lambda self: ValueFrame)

    def unique(self) -> Any:
        """As pandas', by the numbers."""
        return self.to_numpy()[~by_numbers(self).duplicated().to_numpy()]

    def mode(self, dropna: bool = True) -> Any:
        """As pandas': of equal Values the first."""
        known, found = by_numbers(self), by_numbers(self).mode(dropna)
        places = [np.flatnonzero((known == x) | ((known != known) & (x != x)))[0] for x in found]
        return self.iloc[places].reset_index(drop=True)

    def map(self, func: Any, *args: Any, **options: Any) -> Any:
        """As pandas'. A dict or a Series is looked up by the numbers."""
        if callable(func):
            return super().map(func, *args, **options)
        found = by_numbers(self).map(func, *args, **options)
        return ValueSeries(found) if found.dtype.kind == "O" else found

    def groupby(self, by: Any = None, *args: Any, **options: Any) -> Any:
        """As pandas', by the numbers."""
        return grouped(super().groupby(by_numbers(by), *args, **options))


class ValueFrame(_Labelled, pd.DataFrame):  # type: ignore[misc]  # nor here
    """A DataFrame of Values."""

    of_floats = pd.DataFrame
    __pandas_priority__ = 4500
    _constructor = property(lambda self: ValueFrame)
    _constructor_sliced = property(lambda self: ValueSeries)

    def groupby(self, by: Any = None, *args: Any, **options: Any) -> Any:
        """As pandas', by the numbers."""
        keyed = with_keys(self, *(by if isinstance(by, list) else [by]))
        return grouped(pd.DataFrame.groupby(keyed, by_numbers(by), *args, **options))

    def pivot_table(
        self, values: Any = None, index: Any = None, columns: Any = None, *args: Any, **options: Any
    ) -> Any:
        """As pandas', by the numbers."""
        keyed, index, columns = with_keys(self, index, columns), *map(by_numbers, (index, columns))
        return pd.DataFrame.pivot_table(keyed, values, index, columns, *args, **options)

    def pivot(self, *, columns: Any, **options: Any) -> Any:
        """As pandas', by the numbers."""
        keyed = with_keys(self, columns, options.get("index"))
        return pd.DataFrame.pivot(keyed, columns=columns, **options)

    def set_index(self, keys: Any, *args: Any, **options: Any) -> Any:
        """As pandas'. Labels are numbers."""
        keyed = with_keys(self, *(keys if isinstance(keys, list) else [keys]))
        return pd.DataFrame.set_index(keyed, by_numbers(keys), *args, **options)

    def merge(self, right: Any, how: Any = "inner", on: Any = None, left_on: Any = None,
              right_on: Any = None, *args: Any, **options: Any) -> Any:  # fmt: skip
        """As pandas', by the numbers."""
        by_index = options.get("left_index") or options.get("right_index") or how == "cross"
        if on is None and left_on is None and right_on is None and not by_index:
            on = [name for name in self.columns if name in right.columns]
        left, right = with_keys(self, on, left_on), with_keys(pd.DataFrame(right), on, right_on)
        return pd.DataFrame.merge(left, right, how, on, left_on, right_on, *args, **options)


class Rolling:
    """The windows of a Series or a DataFrame, each with its last row."""

    def __init__(self, over: Any, window: int, least: int) -> None:
        self._over, self._window, self._least = over, window, least

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):  # what copy asks before there is an object
            raise AttributeError(name)
        raise AttributeError(
            f"rolling of Values: {name} is not served; there are {', '.join(REDUCTIONS)}, and for "
            "all else the rows of a window, x.iloc[i : i + n]"
        )

    def _along(self, name: str, **options: Any) -> Any:
        if isinstance(self._over, pd.DataFrame):
            column = lambda x: getattr(Rolling(x, self._window, self._least), name)(**options)
            return self._over.apply(column)
        x, found = self._over.to_numpy(), np.full(len(self._over), math.nan, dtype=object)
        for i in range(len(x)):
            line = x[max(i + 1 - self._window, 0) : i + 1]
            if (~np.isnan(numbers(line))).sum() >= max(self._least, 1):
                found[i] = _reduced(name, line, **options)
        return labelled(self._over, found)


def _reduction(name: str) -> Callable[..., Any]:
    """The method of a Series and a DataFrame."""

    def reduce(
        self: Any, axis: Any = 0, skipna: bool = True, *, ddof: int = 1, **options: Any
    ) -> Any:
        if any(x is not None and x is not False for x in options.values()):
            raise TypeError(f"{name} of Values: the options {', '.join(options)} are not served")
        x = self.to_numpy()
        if x.ndim == 1 or axis is None:
            return _reduced(name, x.ravel(), skipna, ddof)
        lines, labels = (x.T, self.columns) if axis in (0, "index") else (x, self.index)
        return ValueSeries([_reduced(name, line, skipna, ddof) for line in lines], labels, object)

    reduce.__name__, reduce.__doc__ = name, f"As pandas' {name}."
    return reduce


for _name in keys.BY_NUMBERS:
    setattr(_Labelled, _name, keys.answered(_name))
for _name in keys.ARRANGEMENTS:
    setattr(_Labelled, _name, keys.arranged(_name))
for _name in keys.OF_A_SERIES:
    setattr(ValueSeries, _name, keys.answered(_name))
for _name in keys.PROPERTIES:
    setattr(ValueSeries, _name, keys.asked(_name))
for _name in REDUCTIONS:
    setattr(_Labelled, _name, _reduction(_name))
    setattr(Rolling, _name, lambda self, _name=_name, **options: self._along(_name, **options))


def _without_nan(name: str) -> Callable[..., Any]:
    """A method of pandas', for which a Value that is NaN is missing."""

    def call(self: Any, *args: Any, inplace: bool = False, **kwargs: Any) -> Any:
        if inplace:
            raise TypeError(f"{name} of Values: the option inplace is not served")
        lost = lambda x: math.nan if isinstance(x, Value) and math.isnan(x.data) else x
        known = labelled(self, np.frompyfunc(lost, 1, 1)(np.asarray(self)))
        return getattr(super(_Labelled, known), name)(*args, **kwargs)

    return call


for _name in ("dropna", "fillna", "isna", "isnull", "notna", "notnull", "count", "ffill", "bfill"):
    setattr(_Labelled, _name, _without_nan(_name))


for _name in ("describe", "ewm"):
    _instead = "use NumPy's function, or micrograph's, of x.to_numpy()"
    setattr(_Labelled, _name, keys.refused(_name, _instead))
