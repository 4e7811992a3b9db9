"""Arrays of any shapes and layouts, as runs of points for a program.

A program takes contiguous arrays of float64. Arrays that are so go there as they are. Others are
broadcast and converted in runs of some 65,536 points, so that nothing large is copied.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from math import prod
from typing import Any

import numpy as np

from .program import Program
from .results import results

RUN = 65_536
"""The most points that are converted at a time: 512 KiB an array."""

FLOAT64 = np.dtype(float)
Shape = tuple[int, ...]


def computed(
    program: Program, inputs: Sequence[Any], outputs: Sequence[Any] | None, threads: int
) -> Sequence[Any]:
    """The program's results at these inputs: arrays of the shape that they broadcast to.

    Args:
        program: The program.
        inputs: A float, or an array of real numbers, for each of its inputs.
        outputs: An array of float64 for each result, to be filled in. Default: new ones.
        threads: On how many threads to run at most.

    Raises:
        ValueError: If the inputs do not broadcast together, or an output has another shape.
    """
    shape = _shape([x.shape for x in inputs if type(x) is not float])
    if outputs is None:
        outputs = results(shape, len(program.tape.results))
    else:
        _check(outputs, shape)
        inputs = [_apart(x, outputs) for x in inputs]
    if not prod(shape) or not outputs:
        return outputs
    arrays = [x for x in inputs if type(x) is not float]
    if all(_is_plain(x, shape) for x in (*arrays, *outputs)):
        flat = [x if type(x) is float else x.reshape(-1) for x in inputs]
        program.points(flat, [y.reshape(-1) for y in outputs], threads)
        return outputs
    wide, _ = broadcast(inputs)
    for place in runs(shape, RUN):
        _run(program, [x if type(x) is float else x[place] for x in wide],
             [y[place] for y in outputs], threads)  # fmt: skip
    return outputs


def _run(program: Program, inputs: Sequence[Any], outputs: Sequence[Any], threads: int) -> None:
    """Compute the outputs, which may have any layout, at few points."""
    shape = outputs[0].shape
    flat = [x if type(x) is float else np.require(x, float, ["C", "A"]).reshape(-1) for x in inputs]
    direct = [y.reshape(-1) if _is_plain(y, shape) else np.empty(y.size) for y in outputs]
    program.points(flat, direct, threads)
    for y, found in zip(outputs, direct, strict=True):
        if not np.may_share_memory(y, found):
            y[...] = found.reshape(shape)


def _is_plain(x: Any, shape: Shape) -> bool:
    """Whether x is a contiguous array of float64 of this shape."""
    return (
        x.shape == shape and x.dtype == FLOAT64 and x.flags.c_contiguous and bool(x.flags.aligned)
    )


def broadcast(inputs: Sequence[Any]) -> tuple[list[Any], Shape]:
    """The inputs with each array broadcast to their common shape, and that shape.

    Raises:
        ValueError: If they do not broadcast together.
    """
    shape = _shape([x.shape for x in inputs if type(x) is not float])
    return [x if type(x) is float else np.broadcast_to(x, shape) for x in inputs], shape


def _shape(shapes: list[Shape]) -> Shape:
    """The shape that arrays of these shapes broadcast to.

    Raises:
        ValueError: If they do not broadcast together.
    """
    apart = list(dict.fromkeys(shapes))
    if len(apart) < 2:
        return apart[0] if apart else ()
    try:
        return np.broadcast_shapes(*apart)
    except ValueError:
        raise ValueError(
            f"compile: the arguments have the shapes {', '.join(map(str, apart))}, which do not "
            "broadcast together. An array is a batch of numbers"
        ) from None


def runs(shape: Shape, most: int) -> Iterator[Any]:
    """Indices that cut arrays of this shape into runs of at most so many numbers, in C's order.

    Example:
        >>> list(runs((5,), 3))
        [(slice(0, 3, None),), (slice(3, 6, None),)]
    """
    axis, inner = len(shape), 1  # the axes from here on are whole in each run
    while axis and inner * shape[axis - 1] <= most:
        axis -= 1
        inner *= shape[axis]
    if not axis:
        yield ...
        return
    step = max(1, most // inner)
    for outer in np.ndindex(*shape[: axis - 1]):
        for start in range(0, shape[axis - 1], step):
            yield (*outer, slice(start, start + step))


def output(x: Any, path: tuple[Any, ...]) -> Any:
    """An array that was given to be filled in; None for a container of these.

    Raises:
        TypeError: If x is no array of float64 that can be written.
    """
    if isinstance(x, list | tuple | dict) or not hasattr(x, "dtype"):
        return None
    if not isinstance(x, np.ndarray) or x.dtype != FLOAT64 or not x.flags.writeable:
        kind = f"an array of {x.dtype}" if isinstance(x, np.ndarray) else type(x).__name__
        frozen = isinstance(x, np.ndarray) and not x.flags.writeable
        raise TypeError(
            f"compile: out holds {'a read-only array' if frozen else kind}; expected NumPy arrays "
            "of float64 that can be written"
        )
    return x


def _check(outputs: Sequence[Any], shape: Shape) -> None:
    """Raise ValueError if an output has another shape, or shares memory with another output."""
    for i, y in enumerate(outputs):
        if y.shape != shape:
            raise ValueError(
                f"compile: out has the shape {y.shape}; the arguments broadcast to {shape}"
            )
        if any(_overlap(y, other) for other in outputs[:i]):
            raise ValueError(
                "compile: two arrays of out share memory; expected an array of its own for each "
                "result"
            )


def _apart(x: Any, outputs: Sequence[Any]) -> Any:
    """x, or a copy of x if an output overlaps it: outputs are written before all of x is read."""
    if type(x) is float or not any(np.may_share_memory(x, y) for y in outputs):
        return x
    return x.copy()


def _overlap(a: Any, b: Any) -> bool:
    exact: Callable[..., bool] = np.shares_memory
    try:
        return exact(a, b, max_work=10_000)
    except np.exceptions.TooHardError:
        return True
