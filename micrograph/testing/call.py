"""A call of the user's function, seen as a function from one flat list of numbers to another."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import zip_longest
from typing import Any

from ..transforms.tree import Tree
from . import labels
from .recorded import Recorded

BESIDE = 1.03125, 0.001
"""Stretch and shift to a point a little beside x: x_i · stretch + shift · (i + 1)."""


class Call:
    """A function, its arguments, and which of the arguments are differentiated by.

    Args:
        f: The function.
        args: Its arguments.
        argnums: The positions of the arguments to differentiate by. None stands for all arguments
            that are made of numbers.

    Raises:
        TypeError: If no argument is made of numbers, or argnums are no positions in args.
    """

    def __init__(self, f: Callable[..., Any], args: Sequence[Any], argnums: Any = None) -> None:
        self.f, self.args = f, tuple(args)
        self.places = _places(self.args, argnums)
        self.chosen = tuple(self.args[i] for i in self.places)
        self.tree = Tree(self.chosen)
        self.point = [float(x) for x in self.tree.leaves]
        called = labels.arguments(f, args)
        self.inputs = [n for i in self.places for n in labels.places(args[i], called[i])]
        if not self.inputs:
            raise TypeError(f"check_gradients: expected numbers as arguments, got {args!r:.200}")

    def outputs(self, n: int) -> list[str]:
        """Names for n results: f's own name, with an index if there are several results."""
        called = labels.output(self.f)
        return [called] if n == 1 else [f"{called}[{j}]" for j in range(n)]

    def flat(self, xs: Sequence[Any]) -> list[Any]:
        """The results at these numbers or Values. An array reaches f as an array of Values."""
        return Tree(self._at(self.tree.rebuild(list(xs))), "f returned").leaves

    def plain(self, xs: Sequence[Any]) -> Any:
        """What f returns if it gets these numbers in containers of the types that the user gave."""
        return self._at(placed(self.chosen, iter(xs)))

    def _at(self, chosen: Sequence[Any]) -> Any:
        args = list(self.args)
        for i, x in zip(self.places, chosen, strict=True):
            args[i] = x
        return self.f(*args)

    def record(self) -> Recorded:
        """The call recorded on Values. Raises whatever f raises."""
        return Recorded(self.flat, self.point, self.inputs, self.outputs)

    def steady(self, first: Sequence[float], again: Sequence[float], relative: float) -> None:
        """Raise ValueError if f, called twice, did not return the same numbers."""
        for a, b in zip_longest(first, again):
            if None in (a, b) or not (math.isclose(a, b, rel_tol=relative) or (a != a and b != b)):
                raise ValueError(
                    f"f returned {a!r} and then {b!r}, both at {self}; expected a function that "
                    "returns the same again: is it random? Then fix its seed"
                )

    def beside(self) -> Call:
        """The same call at a point a little beside this one."""
        stretch, shift = BESIDE
        moved = iter([x * stretch + shift * (i + 1) for i, x in enumerate(self.point)])
        args = list(self.args)
        for i, x in zip(self.places, placed(self.chosen, moved), strict=True):
            args[i] = x
        return Call(self.f, args, self.places)

    def __str__(self) -> str:
        pairs = [f"{n} = {x!r}" for n, x in zip(self.inputs, self.point, strict=True)]
        return ", ".join(pairs[:8]) + (", …" if len(pairs) > 8 else "")


def _places(args: Sequence[Any], argnums: Any) -> list[int]:
    if argnums is None:
        return [i for i, x in enumerate(args) if _is_numbers(x)]
    places = [argnums] if isinstance(argnums, int) else list(argnums)
    if not all(isinstance(i, int) and -len(args) <= i < len(args) for i in places):
        raise TypeError(f"argnums: expected positions among {len(args)} arguments, got {argnums!r}")
    return [i % len(args) for i in places]


def _is_numbers(x: Any) -> bool:
    try:
        return bool(Tree(x).leaves) and not isinstance(x, bool)
    except TypeError:
        return False


def placed(shape: Any, numbers: Iterator[Any]) -> Any:
    """The numbers, put into containers as in ``shape``. Arrays of floats keep their dtype."""
    if getattr(shape, "shape", ()):
        import numpy as np

        flat = [next(numbers) for _ in range(shape.size)]
        kept = shape.dtype if str(shape.dtype).startswith("float") else None
        numeric = None if any(isinstance(x, complex) for x in flat) else kept
        return np.array(flat, dtype=numeric).reshape(shape.shape)
    if isinstance(shape, Mapping):
        return type(shape)((key, placed(x, numbers)) for key, x in shape.items())  # type: ignore[call-arg]  # it takes pairs
    if isinstance(shape, list | tuple):
        elements = [placed(x, numbers) for x in shape]
        return type(shape)(*elements) if hasattr(shape, "_fields") else type(shape)(elements)
    x = next(numbers)
    return shape.dtype.type(x) if is_single(shape) and not isinstance(x, complex) else x


def is_single(x: Any) -> bool:
    """Whether a container holds floats of 32 bits or fewer."""
    if isinstance(x, Mapping):
        return any(map(is_single, x.values()))
    if isinstance(x, list | tuple):
        return any(map(is_single, x))
    return str(getattr(x, "dtype", "")) in ("float32", "float16", "bfloat16")
