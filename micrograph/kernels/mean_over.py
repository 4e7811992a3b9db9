"""mg.mean_over: the cost over many examples, from the loss of one."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from itertools import repeat
from typing import Any

from ..engine.value import Value
from ..namespaces.floats import real
from ..primitives import mean
from ..transforms.containers import array_in, is_array, values_in


def mean_over(loss: Callable[..., Any], *names: str) -> MeanOver:
    """The cost over many examples: the mean of a loss that is of one example.

    Args:
        loss: A function of one example that returns one number.
        names: The parameters of ``loss`` that belong to the example, such as "x" and "y".

    Returns:
        A function of loss's arguments. Each argument that was named holds an entry for each
        example, along its first axis. An array of shape (m, d) gives ``loss`` rows of shape (d,); a
        DataFrame does so as well, its columns in their order. One of shape (m,) gives numbers. A
        list gives its elements. Float arrays reach ``loss`` as float64, and arrays of small
        integers as int64. All other arguments are the same for every example. So is a default of
        ``loss`` that the call leaves out. The function can be pickled if ``loss`` can.

    Raises:
        TypeError: If ``loss`` is no function, if no parameter is named, or if ``loss`` has no such
            parameter, or has it with a star. When the cost is called: if the arguments are not
            those of ``loss``, if one that was named is no sequence, or if ``loss`` returns anything
            but one number.
        ValueError: When the cost is called: if the arguments that were named hold different numbers
            of entries, or none.

    Cost:
        One call of ``loss`` for each example.

    Example:
        >>> import micrograph as mg
        >>> def loss(w, b, x, y):
        ...     return (mg.dot(w, x) + b - y) ** 2
        >>> cost = mg.mean_over(loss, "x", "y")
        >>> X, y = [[1.0, 2.0], [3.0, 4.0]], [5.0, 6.0]
        >>> cost([0.5, 1.0], 0.5, X, y)
        2.0
        >>> mg.grad(cost)([0.5, 1.0], 0.5, X, y)
        [-2.0, -4.0]
    """
    return MeanOver(loss, *names)


class MeanOver:
    """The function that ``mean_over`` returns.

    Attributes:
        loss: The loss of one example.
        names: The parameters of the loss that belong to the example.
    """

    def __init__(self, loss: Callable[..., Any], *names: str) -> None:
        if not callable(loss):
            raise TypeError(
                f'mean_over expects a function, got {loss!r}; write mean_over(loss, "x", "y")'
            )
        try:
            self._signature = inspect.signature(loss)
        except (TypeError, ValueError):
            raise TypeError(
                f"mean_over: Python can't tell the parameters of {loss!r}; give a function of your "
                "own that calls it"
            ) from None
        called = getattr(loss, "__name__", type(loss).__name__)
        self._called = f"{called}({', '.join(self._signature.parameters)})"
        _check_names(names, self._signature.parameters, self._called)
        self.loss, self.names = loss, names
        functools.update_wrapper(self, loss, updated=())

    def __call__(self, /, *args: Any, **kwargs: Any) -> Any:
        """The mean of the loss over the examples. The arguments are those of the loss."""
        bound = self.bound(args, kwargs)
        given = {x: _entries(x, bound.arguments[x]) for x in self.names if x in bound.arguments}
        self.check_lengths(given)
        bound.arguments.update(given)
        n, named = len(bound.args), list(bound.kwargs)
        every = [*bound.args, *bound.kwargs.values()]
        each = [x if type(x) is Entries else repeat(x) for x in every]
        losses = []
        for i, example in enumerate(zip(*each, strict=False)):  # what is repeated has no end
            positional, others = example[:n], dict(zip(named, example[n:], strict=True))
            try:
                losses.append(self._number(self.loss(*positional, **others)))
            except Exception as error:
                error.add_note(f"mean_over: this was at example {i}, counted from 0")
                raise
        return mean(losses)

    def bound(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> inspect.BoundArguments:
        """The arguments by the names of the loss. TypeError if they are not those of the loss."""
        try:
            return self._signature.bind(*args, **kwargs)
        except TypeError as error:
            raise TypeError(
                f"mean_over: {error}; the cost takes the arguments of {self._called}"
            ) from None

    def check_lengths(self, given: Mapping[str, Any]) -> None:
        """Raise the error for arguments that hold no examples, or not as many as each other."""
        if not given:
            raise TypeError(
                f"mean_over: none of {', '.join(self.names)} is given; expected one at least, with "
                "an entry for each example"
            )
        if len({len(x) for x in given.values()}) > 1:
            lengths = ", ".join(f"{len(x):,} in {name}" for name, x in given.items())
            raise ValueError(
                f"mean_over: expected an entry for each example in {', '.join(given)}; got "
                f"{lengths}"
            )
        if not all(map(len, given.values())):
            raise ValueError(
                f"mean_over: {', '.join(given)} hold no example; expected one at least, for there "
                "is no mean of none"
            )

    def _number(self, y: Any) -> Any:
        """The loss of an example. TypeError if it is not a single number."""
        if isinstance(y, Value) or real(y) is not None:
            return y
        if is_array(y) and y.shape == ():
            return self._number(y.item())
        raise TypeError(
            f"mean_over: {self._called} returned {y!r:.80} ({type(y).__name__}); expected one "
            "number for each example, such as the sum of its parts"
        )

    def __repr__(self) -> str:
        return f"mean_over({self._called}, {', '.join(map(repr, self.names))})"

    def __reduce__(self) -> tuple[Any, ...]:
        return mean_over, (self.loss, *self.names)


def _check_names(names: Sequence[Any], parameters: Mapping[str, Any], called: str) -> None:
    """Raise the TypeError for names of which one is no parameter for a single argument."""
    if not names:
        raise TypeError(
            f"mean_over: no parameter of {called} is named; name those that belong to the example: "
            'mean_over(loss, "x", "y")'
        )
    for i, name in enumerate(names):
        if not isinstance(name, str):
            raise TypeError(
                f'mean_over: expected names of parameters, as in mean_over(loss, "x", "y"); got '
                f"{name!r}"
            )
        if name not in parameters:
            raise TypeError(f"mean_over: {called} has no parameter {name!r}; name one that it has")
        if parameters[name].kind in (
            inspect.Parameter.VAR_POSITIONAL,
            inspect.Parameter.VAR_KEYWORD,
        ):
            raise TypeError(
                f"mean_over: {name!r} is the parameter {parameters[name]}, which takes any number "
                "of arguments; give the loss a parameter for each"
            )
        if name in names[:i]:
            raise TypeError(f"mean_over: {name!r} is named twice; name each parameter once")


class Entries(list[Any]):
    """An argument of which each example gets an element."""


def _entries(name: str, x: Any) -> Entries:
    """What each example gets of an argument: rows of an array, or the elements of a sequence.

    Float32 arithmetic would lose digits, and that of small integers would wrap around: so an array
    is widened to 64 bits. Integers stay integers, for a loss may index by them.
    """
    array = sequence(name, x)
    if not is_array(array):
        return Entries(array)
    if getattr(array.dtype, "kind", "") in "iuf":
        import numpy as np

        array = np.asarray(array).astype(np.result_type(array.dtype, np.int64), copy=False)
    return Entries(array.tolist() if array.ndim == 1 else array)


def sequence(name: str, x: Any) -> Any:
    """An argument with an entry for each example. An array is one of real numbers, or of Values.

    Raises:
        TypeError: If the argument is no array and no sequence.
    """
    if hasattr(x, "toarray"):
        raise TypeError(
            f"mean_over: {name} is sparse, which is not supported; pass {name}.toarray()"
        )
    array = x
    if is_array(x):  # a loss may read texts, so a frame's columns need not be numbers
        array = x.to_numpy() if hasattr(x, "to_numpy") else x
        array = array_in(array, f"mean_over: the argument {name} is")
    if hasattr(x, "to_numpy") and _holds_no_values(array):
        with suppress(TypeError, ValueError):  # columns of several types, such as bool and float
            array = x.to_numpy(dtype=float)
    if getattr(array, "shape", None) == () or not _is_sequence(array):
        raise TypeError(
            f"mean_over: expected an array or a list in {name}, with an entry for each example; "
            f"got {x!r:.80} ({type(x).__name__})"
        )
    return array


def _holds_no_values(array: Any) -> bool:
    """Whether an array is one of objects of which none is a Value."""
    return array.dtype.kind == "O" and next(values_in(array), None) is None


def _is_sequence(x: Any) -> bool:
    return is_array(x) or (isinstance(x, Sequence) and not isinstance(x, str | bytes))
