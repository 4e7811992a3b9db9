"""A call of the user's function, seen as a function from one flat list of numbers to another."""

from __future__ import annotations

import math
from collections.abc import Callable, Container, Iterator, Sequence
from itertools import zip_longest
from operator import index
from typing import Any

from ..engine.value import Value
from ..transforms.containers import (
    Path,
    dressed,
    is_array,
    parts,
    remade,
    walk,
    written,
)
from ..transforms.run import while_live
from ..transforms.tree import Tree
from . import names
from .points import beside

EPSILON = {"float16": 2.0**-10, "float32": 2.0**-23}
"""The relative distance of neighbouring floats, for types with fewer digits than float64."""

FLOAT64 = 2.0**-52


class Call:
    """A function, its arguments, and which of the arguments are differentiated by.

    The function gets copies of its arguments: the caller's own stay as they are.

    Args:
        f: The function.
        args: Its arguments.
        argnums: The positions of the arguments to differentiate by. None stands for all arguments
            that are made of numbers.

    Attributes:
        inputs: A name for each number that is differentiated by: ``x``, ``params['w'][0]``.
        paths: For each of them, which of the chosen arguments holds it, and the path in there.

    Raises:
        TypeError: If no argument is made of numbers, or argnums are no positions in args.
    """

    def __init__(self, f: Callable[..., Any], args: Sequence[Any], argnums: Any = None) -> None:
        self.f, self.args = f, tuple(args)
        self.places = _places(self.args, argnums)
        self.chosen = tuple(self.args[i] for i in self.places)
        called = names.arguments(f, args)
        try:
            self.tree = Tree(self.chosen)
            self.point = [float(x) for x in self.tree.leaves]
        except (OverflowError, RecursionError) as error:
            raise ValueError(
                f"expected containers of numbers that floats can hold: {error}"
            ) from None
        if not all(map(math.isfinite, self.point)):
            raise ValueError("expected finite numbers as arguments; got an infinity or NaN")
        found = [(k, path) for k, x in enumerate(self.chosen) for path, _ in walk(x)]
        self.paths: list[tuple[int, Path]] = found
        self.inputs = [called[self.places[k]] + written(path) for k, path in found]
        if not self.inputs:
            raise TypeError(f"check_gradients: expected numbers as arguments, got {args!r:.200}")

    def outputs(self, n: int) -> list[str]:
        """Names for n results: f's own name, with an index if there are several results."""
        called = names.output(self.f)
        return [called] if n == 1 else [f"{called}[{j}]" for j in range(n)]

    def flat(self, xs: Sequence[Any]) -> list[Any]:
        """The results at these numbers or Values. An array reaches f as an array of Values."""
        return Tree(self.f(*self._with(self.tree.rebuild(list(xs)))), "f returned").leaves

    def plain(self, xs: Sequence[Any], wide: bool = False) -> Any:
        """What f returns if it gets these numbers in containers of the types that the user gave."""
        return self.f(*self.at(xs, wide))

    def at(self, xs: Sequence[Any], wide: bool = False) -> list[Any]:
        """The arguments, as copies, with these numbers. Containers keep their types.

        Args:
            xs: The numbers.
            wide: Whether float32 and float16 become float64.
        """
        return self._with(_placed(self.chosen, iter(xs), {} if wide else EPSILON))

    def numbers_at(self, xs: Sequence[float]) -> list[float]:
        """The results of a call with Values of these numbers; none if it raises."""
        try:
            leaves = [Value(x) for x in xs]
            results = while_live(leaves, lambda: self.flat(leaves))
        except Exception:  # whatever f raises at Values
            return []
        return floats(results)

    def _with(self, chosen: Sequence[Any]) -> list[Any]:
        args = [_copied(x) for x in self.args]
        for i, x in zip(self.places, chosen, strict=True):
            args[i] = x
        return args

    def changed(self, args: Sequence[Any]) -> str:
        """The name of the first of these copies that is no longer like its original; or ""."""
        called = names.arguments(self.f, self.args)
        for name, x, copy in zip(called, self.args, args, strict=True):
            if _numbers(x) != _numbers(copy):
                return name
        return ""

    def steady(
        self,
        first: Sequence[float],
        again: Sequence[float],
        relative: float,
        noisy: str = "",
    ) -> None:
        """Raise ValueError if f, called twice, did not return the same numbers.

        Args:
            first: What f returned.
            again: What f returned the second time.
            relative: How far the two may differ.
            noisy: What to do if f is noisy, in words.
        """
        for a, b in zip_longest(first, again):
            if None in (a, b) or not same(a, b, relative):
                raise ValueError(
                    f"f returned {a!r} and then {b!r}, both at {self}; expected a function that "
                    "returns the same again: is it random? Then fix its seed"
                    + (f". If it is noisy, {noisy}" if noisy else "")
                )

    def beside(self, side: int) -> Call:
        """The same call at a point a little beside this one, above (1) or below (−1)."""
        return Call(self.f, self.at(beside(self.point, side)), self.places)

    def __str__(self) -> str:
        pairs = [f"{n} = {x!r}" for n, x in zip(self.inputs, self.point, strict=True)]
        return ", ".join(pairs[:8]) + (", …" if len(pairs) > 8 else "")


def _places(args: Sequence[Any], argnums: Any) -> list[int]:
    if argnums is None:
        return [i for i, x in enumerate(args) if _is_numbers(x)]
    try:
        given = argnums if hasattr(argnums, "__iter__") else [argnums]
        places = [index(i) % len(args) for i in given if -len(args) <= index(i) < len(args)]
    except TypeError:
        given, places = [None], []
    if len(set(places)) != len(list(given)) or isinstance(argnums, bool):
        raise TypeError(f"argnums: expected positions among {len(args)} arguments, got {argnums!r}")
    return places


def _is_numbers(x: Any) -> bool:
    try:
        return not isinstance(x, bool) and bool(Tree(x).leaves)
    except TypeError:
        return False
    except (OverflowError, RecursionError) as error:
        raise ValueError(f"expected numbers that floats can hold: {error}") from None


def _numbers(x: Any) -> list[str]:
    """The numbers in x as text, in which NaN equals itself; none if x holds anything else."""
    try:
        return [repr(float(number)) for number in Tree(x).leaves]
    except (TypeError, OverflowError, RecursionError):
        return []


def _copied(x: Any) -> Any:
    """A copy of what holds numbers; anything else as it is."""
    if is_array(x):
        return x.copy() if hasattr(x, "copy") else x
    found = parts(x)
    return x if found is None else remade(x, [_copied(part) for _, part in found])


def _placed(shape: Any, numbers: Iterator[Any], kept: Container[str]) -> Any:
    """The numbers, put into containers as in ``shape``. Floats of the types ``kept`` stay short."""
    if is_array(shape):
        import numpy as np

        flat = [next(numbers) for _ in range(shape.size)]
        name = str(getattr(shape, "dtype", ""))
        short = name in kept and not any(isinstance(x, complex) for x in flat)
        return dressed(
            shape, np.array(flat, dtype=shape.dtype if short else None).reshape(shape.shape)
        )
    found = parts(shape)
    if found is not None:
        return remade(shape, [_placed(part, numbers, kept) for _, part in found])
    x = next(numbers)
    name = str(getattr(shape, "dtype", ""))
    if name not in EPSILON or isinstance(x, complex):
        return x
    return shape.dtype.type(x) if name in kept else shape.astype("float64").dtype.type(x)


def floats(results: Sequence[Any]) -> list[float]:
    """The numbers of results, which may be Values."""
    return [y.data if isinstance(y, Value) else float(y) for y in results]


def same(a: float, b: float, relative: float) -> bool:
    """Whether two numbers are the same but for rounding. NaN is the same as NaN."""
    return math.isclose(a, b, rel_tol=relative) or (a != a and b != b)


def epsilon(x: Any) -> float:
    """The relative distance of neighbouring floats, for the shortest floats in a container."""
    found = parts(x)
    if found is not None:
        return max((epsilon(part) for _, part in found), default=FLOAT64)
    return EPSILON.get(str(getattr(x, "dtype", "")), FLOAT64)
