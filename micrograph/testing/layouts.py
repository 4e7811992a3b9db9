"""How a derivative is laid out: where the number ∂y/∂x stands in what a user gives.

A number is found by the keys that lead to it, and never by its position: JAX sorts the keys of a
dict, and others keep their order. Read are the layouts of our transforms and of JAX (the outputs'
containers, with the inputs' containers in place of each number), and a matrix with a row for each
output and a column for each input, as NumPy and autograd have it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from ..transforms.containers import Field, Index, Path, walk

Keys = tuple[Any, ...]
Matrix = list[list[float]]


def read(found: Any, what: str, outputs: Sequence[Path], inputs: Sequence[Path]) -> Matrix:
    """The given derivatives as a matrix: a row for each output, a column for each input.

    Args:
        found: What the user gave, or the user's function returned.
        what: What to call it in messages: "gradient".
        outputs: The path of each output. A path has the key Index for a place in an array.
        inputs: The path of each input.

    Raises:
        TypeError: If no layout has the shape of what was given.
        Transposed: If the layout is right with inputs and outputs exchanged.
    """
    ordered = all(type(key) in (int, Index) for path in (*outputs, *inputs) for key in path)
    if ordered and _is_matrix(found, len(outputs), len(inputs)):
        rows: Matrix = found.tolist()
        return [list(map(float, row)) for row in rows]
    numbers = {_keys(path): float(x) for path, x in walk(found, f"{what}: it returned")}
    for layout in _layouts(outputs, inputs):
        if len(layout) == len(numbers) and layout.keys() == numbers.keys():
            matrix = [[0.0] * len(inputs) for _ in outputs]
            for keys, (j, i) in layout.items():
                matrix[j][i] = numbers[keys]
            return matrix
    for layout in _layouts(inputs, outputs):
        if len(outputs) > 1 and layout.keys() == numbers.keys():
            expected = f", expected {(len(outputs), len(inputs))}"
            shape = getattr(found, "shape", None)
            raise Transposed(
                f"{what}: its shape is {tuple(shape)}{expected}"
                if shape
                else f"{what}: it has a row for each input{expected}"
            )
    raise TypeError(
        f"{what}: expected {_count(len(outputs) * len(inputs), 'number')}, of "
        f"{_count(len(outputs), 'output')} by {_count(len(inputs), 'input')}, in containers as the "
        f"inputs are, or as a matrix; got {_outline(found, numbers)}"
        f"{_hint(found, what, outputs, inputs, numbers)}"
    )


class Transposed(Exception):
    """The derivative has the shape of its transpose."""


def _is_matrix(found: Any, m: int, n: int) -> bool:
    """Whether this is a plain array of m rows of n numbers: a large one is not searched by keys."""
    kind = getattr(getattr(found, "dtype", None), "kind", "")
    return type(found).__name__ == "ndarray" and found.shape == (m, n) and kind in ("f", "i", "u")


def _layouts(
    outputs: Sequence[Path], inputs: Sequence[Path]
) -> Iterator[dict[Keys, tuple[int, int]]]:
    """The keys of ∂y_j/∂x_i -> (j, i), for each layout that is read."""
    pairs = [(j, i) for j in range(len(outputs)) for i in range(len(inputs))]
    yield {_nested(outputs[j], inputs[i]): (j, i) for j, i in pairs}
    ordered = all(type(key) in (int, Index) for path in (*outputs, *inputs) for key in path)
    if ordered:
        yield {(j, i): (j, i) for j, i in pairs}
    if len(outputs) == 1:
        yield {_keys(path): (0, i) for i, path in enumerate(inputs)}
        yield {(0, *_keys(path)): (0, i) for i, path in enumerate(inputs)}
        if ordered:
            yield {(i,): (0, i) for i in range(len(inputs))}


def _nested(output: Path, x: Path) -> Keys:
    """As JAX has it: containers of outputs, of inputs; then places in arrays, in the same order."""
    outer, row = _split(output)
    inner, column = _split(x)
    return (*outer, *inner, *row, *column)


def _split(path: Path) -> tuple[Path, Keys]:
    if path and isinstance(path[-1], Index):
        return path[:-1], tuple(path[-1])
    return path, ()


def _keys(path: Path) -> Keys:
    """A path without the difference between a place in a list and one in an array."""
    return tuple(k for key in path for k in (key if isinstance(key, Index) else (key,)))


def _count(n: int, what: str) -> str:
    return f"{n} {what}{'s' * (n != 1)}"


def _hint(
    found: Any,
    what: str,
    outputs: Sequence[Path],
    inputs: Sequence[Path],
    numbers: dict[Keys, float],
) -> str:
    """What to do about numbers in no layout; "" if that is not known."""
    n = len(outputs) * len(inputs)
    pair = what == "gradient" and isinstance(found, tuple) and len(found) == 2
    if pair and len(numbers) == n + len(outputs):
        return "; if it is the pair (value, gradient), say has_value=True"
    named = dict.fromkeys(key for path in inputs for key in path[:1] if isinstance(key, str))
    if not named:
        return ""
    if any(isinstance(key, str) for keys in numbers for key in keys):
        return f"; expected under {', '.join(map(repr, named))}"
    keys = ", ".join(f"{key!r}: …" for key in named)
    return f"; numbers of a dict are found by their keys: give {{{keys}}}"


def _outline(found: Any, numbers: dict[Keys, float]) -> str:
    """What was given, in words."""
    shape = getattr(found, "shape", None)
    if shape is not None:
        return f"an array of shape {tuple(shape)}"
    keys = dict.fromkeys(keys[0] for keys in numbers if keys)
    if any(isinstance(key, str | Field) for key in keys):
        return f"{_count(len(numbers), 'number')} under {', '.join(map(repr, keys))}"
    return _count(len(numbers), "number")
