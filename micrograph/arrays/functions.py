"""NumPy's other functions on arrays of Values: those that NumPy's own code does not serve."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple

from .. import primitives as rows
from ..engine.value import Value
from . import linalg, squares
from .array import array_of, numbers, ours, plain
from .ufuncs import each, lines_of, matmul


def call(function: Any, args: Any, kwargs: Any) -> Any:
    """A function of NumPy's on arrays of Values: what ``__array_function__`` returns.

    Raises:
        TypeError: If the function would lose derivatives, or meets a masked array or a matrix.
    """
    for x in (*args, *kwargs.values()):
        for operand in x if type(x) in (list, tuple) else (x,):
            plain(operand)  # which refuses some
    if function in BY_NUMBERS:
        return function(*_all_numbers(args), **_all_numbers(kwargs))
    if function in WRITES and np.asarray((*args, *kwargs.values())[0]).dtype != np.object_:
        raise TypeError(
            f"NumPy's {function.__name__} into floats would drop derivatives; begin with an array "
            "of Values, such as np.zeros_like(v)"
        )
    if function is np.pad and _argument(args, kwargs, "mode", 2) == "median":
        raise TypeError('pad of Values: mode="median" is not served; give constant_values=')
    if function in OURS:
        out = _argument(args, kwargs, "out", OUT_PLACE.get(function, len(args)))
        found = ours(OURS[function](*args, **kwargs))
        if out is None:
            return found
        out[...] = found  # which refuses Values in an array of floats, within a transform
        return out
    module = getattr(function, "__module__", "")
    of_floats = module.startswith(("numpy.linalg", "numpy.fft")) and function not in BY_NUMPY
    if of_floats or function in REFUSED:
        name, home = function.__name__, f"{module}.".removeprefix("numpy.")
        instead = INSTEAD.get(name, SERVED * (home == "linalg.") + OTHERWISE)
        raise TypeError(
            f"NumPy's {home}{name} takes floats, and has no rule that keeps a derivative; {instead}"
        )
    named = {name: _promoted(x) for name, x in kwargs.items()}
    found = ours(function._implementation(*map(_promoted, args), **named))
    return found[()] if isinstance(found, np.ndarray) and not found.ndim else found


def _argument(args: Any, kwargs: Any, name: str, place: int) -> Any:
    """An argument, given by name or by its place."""
    return kwargs.get(name, args[place] if len(args) > place else None)


def _is_absent(x: Any) -> bool:
    return x is None or x is np._NoValue


def _unserved(who: str, options: dict[str, Any]) -> None:
    """Raise TypeError for an option that would change the result, and has no part in it."""
    for name, x in options.items():
        if not _is_absent(x):
            raise TypeError(f"{who} of Values: the option {name} is not served")


def _promoted(x: Any) -> Any:
    """A Value as an array of no dimension, since NumPy's own code asks for its dtype and shape."""
    return ours(plain(x)) if isinstance(x, Value) else x


def _holds_values(x: Any) -> bool:
    return isinstance(x, Value) or any(isinstance(e, Value) for e in np.ravel(np.asarray(plain(x))))


def _all_numbers(x: Any) -> Any:
    if isinstance(x, dict):
        return {name: _all_numbers(e) for name, e in x.items()}
    if isinstance(x, list | tuple):
        return type(x)(map(_all_numbers, x))
    return numbers(x) if isinstance(x, Value | np.ndarray) else x


def where(condition: Any, *branches: Any) -> Any:
    """``np.where``: with branches, an element of one of them; alone, where it is true."""
    if not branches:
        return np.nonzero(numbers(condition))
    if np.asarray(plain(condition)).dtype == np.object_:
        return each(rows.where, condition, *branches)
    return np.where(condition, *map(plain, branches))


def clip(a: Any, a_min: Any = None, a_max: Any = None, out: Any = None, **options: Any) -> Any:
    """``np.clip``: None is no bound."""
    low = options.pop("min", None) if _is_absent(a_min) else a_min
    high = options.pop("max", None) if _is_absent(a_max) else a_max
    low, high = (None if _is_absent(bound) else bound for bound in (low, high))
    _unserved("clip", {name: x for name, x in options.items() if name not in ("min", "max")})
    if low is not None and high is not None:
        return each(rows.clip, a, low, high)
    if low is None:
        return a if high is None else each(rows.minimum, a, high)
    return each(rows.maximum, a, low)


def rounded(a: Any, decimals: int = 0, out: Any = None) -> Any:
    """``np.round``: steps, of slope 0."""
    return each(lambda x: rows.round(x, decimals), a)


def full_like(a: Any, fill_value: Any, dtype: Any = None, **options: Any) -> Any:
    """``np.full_like``: an array that can hold Values, of numbers."""
    shape = options.get("shape")
    shape = np.shape(a) if shape is None else shape
    if dtype is not None:
        return np.full(shape, fill_value, dtype)
    found = np.empty(shape, dtype=object)
    found[...] = fill_value if isinstance(fill_value, Value) else plain(fill_value)
    return found


def sort(a: Any, axis: Any = -1, kind: Any = None, order: Any = None, *, stable: Any = None) -> Any:
    """``np.sort``, by the numbers. The sort is stable."""
    _unserved("sort", {"order": order})
    a = np.asarray(plain(a))
    if axis is None:
        a, axis = a.ravel(), 0
    return np.take_along_axis(a, np.argsort(numbers(a), axis=axis, kind="stable"), axis)


def partition(a: Any, kth: Any, axis: Any = -1, kind: Any = None, order: Any = None) -> Any:
    """``np.partition``: a sorted array is one."""
    return sort(a, axis, order=order)


def _kept(found: Any, axes: list[int], ndim: int, first: int = 0) -> Any:
    """A result with the reduced axes put back, of length 1, after so many of its own."""
    found = np.asarray(plain(found))
    shape = list(found.shape[first:])
    for i in sorted(axes):
        shape.insert(i, 1)
    return found.reshape([*found.shape[:first], *shape])


def quantile(
    a: Any, q: Any, axis: Any = None, out: Any = None, overwrite_input: bool = False,
    method: str = "linear", keepdims: bool = False, **options: Any
) -> Any:  # fmt: skip
    """``np.quantile`` with linear interpolation. NaN if there is one among the numbers."""
    _unserved("quantile", options)
    if method != "linear":
        raise TypeError(f'quantile of Values: expected method="linear", got {method!r}')
    if _holds_values(q):
        raise TypeError("quantile would drop the derivative by q; expected q as numbers")
    at = np.asarray(numbers(q), dtype=float)
    if not ((at >= 0) & (at <= 1)).all():
        raise ValueError("Quantiles must be in the range [0, 1]")
    lines, axes = lines_of(a, axis)
    if lines.shape[-1] == 0:
        raise ValueError("quantile of no numbers")
    lines = np.moveaxis(sort(lines, -1), -1, 0)
    at = at * (len(lines) - 1)
    low = np.floor(at).astype(int)
    high = np.minimum(low + 1, len(lines) - 1)
    share = (at - low).reshape((*at.shape, *[1] * (lines.ndim - 1)))
    found = lines[low] + (lines[high] - lines[low]) * share
    lost = np.isnan(numbers(lines).astype(float)).any(axis=0)
    found = np.where(np.broadcast_to(lost, np.shape(found)), math.nan, found)
    found = _kept(found, axes, np.ndim(plain(a)), at.ndim) if keepdims else found
    return found if found.ndim else found[()]


def median(
    a: Any, axis: Any = None, out: Any = None, overwrite_input: bool = False, keepdims: bool = False
) -> Any:
    """``np.median``: the middle number, or the mean of the two."""
    return quantile(a, 0.5, axis, keepdims=keepdims)


def percentile(a: Any, q: Any, axis: Any = None, *args: Any, **options: Any) -> Any:
    """``np.percentile``: quantiles in per cent."""
    if _holds_values(q):
        raise TypeError("percentile would drop the derivative by q; expected q as numbers")
    return quantile(a, np.asarray(q, dtype=float) / 100, axis, *args, **options)


def nanquantile(a: Any, q: Any, axis: Any = None, *args: Any, **options: Any) -> Any:
    """``np.nanquantile``: quantiles of the numbers that are not NaN."""
    _unserved("nanquantile", {**options, **{str(x): x for x in args}})
    lines, _ = lines_of(a, axis)
    found = np.empty((*np.shape(q), *lines.shape[:-1]), dtype=object)
    for place in np.ndindex(lines.shape[:-1]):
        known = lines[place][~np.isnan(numbers(lines[place]).astype(float))]
        found[(..., *place)] = plain(quantile(known, q)) if len(known) else math.nan
    return found if found.ndim else found[()]


def interp(
    x: Any, xp: Any, fp: Any, left: Any = None, right: Any = None, period: Any = None
) -> Any:
    """``np.interp``: a table looked up, linear between its points."""
    if period is not None:
        raise TypeError("interp of Values: period is not served")
    xp, fp = np.asarray(plain(xp)), np.asarray(plain(fp))
    known = numbers(xp).astype(float)

    def at(x: Any) -> Any:
        number = numbers(x)
        if len(known) == 1 and number == known[0]:
            return fp[0]
        if number < known[0] or number > known[-1]:
            beyond = left if number < known[0] else right
            return (fp[0] if number < known[0] else fp[-1]) if beyond is None else beyond
        i = min(max(int(np.searchsorted(known, number, side="right")) - 1, 0), len(known) - 2)
        return fp[i] + (x - xp[i]) * ((fp[i + 1] - fp[i]) / (xp[i + 1] - xp[i]))

    return each(at, x)


def dot(a: Any, b: Any, out: Any = None) -> Any:
    """``np.dot``: each element one node."""
    if np.ndim(plain(a)) == 0 or np.ndim(plain(b)) == 0:
        return each(rows.mul, a, b)
    if np.ndim(plain(b)) > 2:
        return np.tensordot(plain(a), plain(b), axes=(-1, -2))
    return matmul(a, b)


def nan_to_num(
    x: Any, copy: bool = True, nan: Any = 0.0, posinf: Any = None, neginf: Any = None
) -> Any:
    """``np.nan_to_num``: what is not finite becomes a constant."""
    found = np.nan_to_num(np.asarray(numbers(x), dtype=float), True, nan, posinf, neginf)
    found = np.where(np.isfinite(numbers(x)), plain(x), found)
    if not copy and isinstance(x, np.ndarray):
        x[...] = found
        return x
    return found


def average(
    a: Any, axis: Any = None, weights: Any = None, returned: bool = False, *, keepdims: bool = False
) -> Any:
    """``np.average``: the mean, weighted if there are weights."""
    a = np.asarray(plain(a))
    if weights is None:
        found = np.mean(ours(a), axis=axis, keepdims=keepdims)
        total: Any = float(lines_of(a, axis)[0].shape[-1])
    else:
        weights = ours(np.asarray(plain(weights)))
        if weights.shape != a.shape:
            if not isinstance(axis, int) or weights.ndim != 1:
                raise TypeError("average: give the axis of weights that are not of a's shape")
            weights = weights.reshape([-1 if i == axis % a.ndim else 1 for i in range(a.ndim)])
        weights = weights + np.zeros(a.shape)
        total = np.sum(weights, axis=axis, keepdims=keepdims)
        found = np.sum(ours(a) * weights, axis=axis, keepdims=keepdims) / total
    return (found, np.broadcast_to(plain(total), np.shape(found))) if returned else found


def _deviations(
    who: str, a: Any, axis: Any, ddof: Any, options: dict[str, Any]
) -> tuple[Any, list[int], float]:
    """The distances from the mean, the axes that are reduced, and the degrees of freedom."""
    correction = options.pop("correction", None)
    _unserved(who, options)
    lines, axes = lines_of(a, axis)
    apart = np.asarray(plain(ours(lines) - np.mean(ours(lines), axis=-1, keepdims=True)))
    lost = ddof if _is_absent(correction) else correction
    return apart, axes, float(lines.shape[-1] - lost)


def std(a: Any, axis: Any = None, dtype: Any = None, out: Any = None, ddof: float = 0,
        keepdims: bool = False, **options: Any) -> Any:  # fmt: skip
    """``np.std``, as a norm: of equal numbers its slope is 0, not 0/0."""
    apart, axes, degrees = _deviations("std", a, axis, ddof, options)
    found = linalg.norm(np.atleast_1d(apart), axis=-1) / math.sqrt(degrees)
    return _kept(found, axes, np.ndim(plain(a))) if keepdims is True else found


def var(a: Any, axis: Any = None, dtype: Any = None, out: Any = None, ddof: float = 0,
        keepdims: bool = False, **options: Any) -> Any:  # fmt: skip
    """``np.var``."""
    apart, axes, degrees = _deviations("var", a, axis, ddof, options)
    found = np.sum(ours(np.atleast_1d(apart)) ** 2, axis=-1) / degrees
    return _kept(found, axes, np.ndim(plain(a))) if keepdims is True else found


def histogram(
    a: Any, bins: Any = 10, range: Any = None, density: Any = None, weights: Any = None
) -> Any:
    """``np.histogram``: counts, and edges that move with the numbers if only a count is given."""
    if _holds_values(weights) or density:
        raise TypeError("histogram would drop the derivative of its weights, or of a density")
    counts, edges = np.histogram(numbers(a), _all_numbers(bins), range, density, weights)
    if range is not None or not isinstance(bins, int) or np.size(plain(a)) == 0:
        return counts, edges if not _holds_values(bins) else bins
    low, high = np.min(ours(plain(a))), np.max(ours(plain(a)))
    apart = 0.5 if numbers(low) == numbers(high) else 0.0  # as NumPy's, of numbers that are equal
    return counts, np.linspace(low - apart, high + apart, bins + 1)


def bincount(x: Any, weights: Any = None, minlength: int = 0) -> Any:
    """``np.bincount``: the sum of the weights at each index."""
    x = numbers(x).astype(int)
    if weights is None:
        return np.bincount(x, minlength=minlength)
    weights = np.asarray(plain(weights))
    if x.min(initial=0) < 0 or len(x) != len(weights):
        raise ValueError("bincount: expected indices of 0 and more, and as many weights")
    size = max(minlength, int(x.max(initial=-1)) + 1)
    return array_of([rows.sum(weights[x == i].tolist()) for i in range(size)], (size,))


def geomspace(start: Any, stop: Any, num: int = 50, endpoint: bool = True) -> Any:
    """``np.geomspace`` between positive numbers."""
    low, high = (each(rows.log, x) for x in (start, stop))
    return each(rows.exp, np.linspace(low, high, num, endpoint=endpoint))


def sinc(x: Any) -> Any:
    """``np.sinc``: sin(πx)/(πx)."""
    return each(rows.sinc, x)


def cov(
    m: Any, y: Any = None, rowvar: bool = True, bias: bool = False, ddof: float | None = None
) -> Any:
    """``np.cov`` without weights."""
    m = np.atleast_2d(plain(m))
    m = m if rowvar or m.shape[0] == 1 else m.T
    if y is not None:
        y = np.atleast_2d(plain(y))
        m = np.concatenate([m, y if rowvar or y.shape[0] == 1 else y.T])
    apart = ours(m) - np.mean(ours(m), axis=1, keepdims=True)
    degrees = m.shape[1] - (ddof if ddof is not None else 0 if bias else 1)
    found = ours(matmul(apart, apart.T)) / degrees
    return found[0, 0] if found.size == 1 else found


def corrcoef(x: Any, y: Any = None, rowvar: bool = True) -> Any:
    """``np.corrcoef``."""
    found = ours(np.atleast_2d(plain(cov(x, y, rowvar))))
    spread = np.sqrt(np.diagonal(found))
    return found / spread[:, None] / spread[None, :]


def gradient(f: Any, *spacing: Any, axis: Any = None, edge_order: int = 1) -> Any:
    """``np.gradient``: central differences inside, one-sided ones at the ends."""
    if edge_order != 1:
        raise TypeError("gradient of Values: expected edge_order=1")
    f = ours(np.asarray(plain(f)))
    axes = range(f.ndim) if axis is None else normalize_axis_tuple(axis, f.ndim)
    if any(f.shape[i] < 2 for i in axes):
        raise ValueError("gradient: expected two numbers or more along each axis")
    steps = spacing or (1.0,)
    steps = steps * len(axes) if len(steps) == 1 else steps
    found = [_slope(f, h, i) for h, i in zip(steps, axes, strict=True)]
    return found[0] if len(found) == 1 else tuple(found)


def _slope(f: Any, h: Any, axis: int) -> Any:
    f = np.moveaxis(f, axis, 0)
    x = np.arange(len(f)) * h if np.ndim(plain(h)) == 0 else ours(np.asarray(plain(h)))
    d = (x[1:] - x[:-1]).reshape([-1] + [1] * (f.ndim - 1))
    sides = (f[1:] - f[:-1]) / d
    before, after = d[:-1], d[1:]
    middle = (sides[:-1] * after + sides[1:] * before) / (before + after)
    return np.moveaxis(np.concatenate([sides[:1], middle, sides[-1:]]), 0, axis)


def diag(v: Any, k: int = 0) -> Any:
    """``np.diag``: with 0.0 beside the diagonal."""
    v = np.asarray(plain(v))
    if v.ndim != 1:
        return np.diagonal(v, k)
    n = len(v) + abs(k)
    found = np.zeros((n, n), dtype=object) + 0.0
    for i, x in enumerate(v):
        found[i + max(-k, 0), i + max(k, 0)] = x
    return found


BY_NUMBERS = {
    np.isclose, np.allclose, np.array_equal, np.array_equiv, np.argsort, np.argmax, np.argmin,
    np.nanargmax, np.nanargmin, np.searchsorted, np.digitize, np.nonzero, np.flatnonzero,
    np.argwhere, np.count_nonzero, np.any, np.all, np.lexsort, np.argpartition,
    np.isposinf, np.isneginf, np.iscomplex, np.isreal, np.isin, np.linalg.matrix_rank,
}  # fmt: skip
"""What has no slope: answered with indices, truth and counts, by the numbers."""

OUT_PLACE = {
    np.dot: 2, np.round: 2, np.around: 2, np.clip: 3, np.std: 3, np.var: 3, np.median: 2,
    np.quantile: 3, np.percentile: 3, np.trace: 5,
}  # fmt: skip
"""Where ``out`` stands among the arguments."""

BY_NUMPY = {
    np.linalg.multi_dot, np.linalg.cross, np.linalg.outer, np.linalg.tensordot, np.linalg.vecdot,
    np.linalg.matmul, np.linalg.matrix_transpose, np.linalg.diagonal, np.fft.fftshift,
    np.fft.ifftshift,
}  # fmt: skip
"""Of linalg and fft, what NumPy's own code computes by functions that are served."""

WRITES = {np.copyto, np.putmask, np.place}

REFUSED = {np.roots, np.unwrap}

INSTEAD = {"qr": "R is np.linalg.cholesky(A.T @ A).T, and Q is A @ np.linalg.inv(R)"}
"""What to write in place of a function that is refused."""

SERVED = "there are solve, lstsq, inv, det, slogdet, cholesky, matrix_power, norm and trace; "
OTHERWISE = "of Values that are constants, call it on their numbers, x.data"

OF_NUMPY: tuple[Any, ...] = (
    where, clip, full_like, sort, partition, median, quantile, percentile, nanquantile, interp, dot,
    nan_to_num, average, std, var, bincount, histogram, geomspace, sinc, gradient, cov, corrcoef,
    diag, linalg.trace, squares.polyfit,
)  # fmt: skip
OF_LINALG: tuple[Any, ...] = (
    linalg.norm, linalg.vector_norm, linalg.matrix_norm, linalg.matrix_power, linalg.solve,
    linalg.inv, linalg.det, linalg.slogdet, linalg.cholesky, squares.lstsq, squares.pinv,
)  # fmt: skip
"""What serves a function of the same name."""

OURS: dict[Any, Callable[..., Any]] = {
    **{getattr(np, serving.__name__): serving for serving in OF_NUMPY},
    **{getattr(np.linalg, serving.__name__): serving for serving in OF_LINALG},
    np.round: rounded,
    np.around: rounded,
    np.zeros_like: lambda a, dtype=None, **options: full_like(a, 0.0, dtype, **options),
    np.ones_like: lambda a, dtype=None, **options: full_like(a, 1.0, dtype, **options),
    np.empty_like: lambda a, dtype=None, **options: full_like(a, 0.0, dtype, **options),
    np.nanpercentile: lambda a, q, *args, **options: nanquantile(
        a, np.asarray(q, dtype=float) / 100, *args, **options
    ),
    np.linalg.trace: lambda x, /, *, offset=0, dtype=None: linalg.trace(x, offset, -2, -1, dtype),
}
"""A function of NumPy's -> what serves it on arrays of Values."""
