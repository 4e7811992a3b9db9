"""mg.compile: a function of numbers, compiled to run on numbers and on arrays."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from importlib.util import find_spec
from operator import attrgetter
from typing import TYPE_CHECKING, Any, overload

from ..namespaces.text import to_install
from ..transforms.derivatives import Argnums
from ..transforms.tracing import parameters
from .build import extension
from .entry import KINDS, Entry
from .mean_over import MeanOver
from .method import Method
from .nonfinite import NonFinite, found_in
from .setting import Setting, hashable, whole
from .structure import static, structure
from .threads import processors
from .traced import Traced

if TYPE_CHECKING:
    from .cost import CompiledCost


@overload
def compile(  # type: ignore[overload-overlap]  # noqa: A001  # a cost is a function, too
    f: MeanOver,
    argnums: Argnums = ...,
    *,
    static_argnames: str | Sequence[str] = ...,
    threads: int | None = ...,
    backend: str = ...,
) -> CompiledCost: ...
@overload
def compile(  # noqa: A001
    f: Callable[..., Any],
    argnums: Argnums = ...,
    *,
    static_argnames: str | Sequence[str] = ...,
    threads: int | None = ...,
    backend: str = ...,
) -> Compiled: ...


def compile(  # noqa: A001  # mg.compile, as re.compile
    f: Callable[..., Any],
    argnums: Argnums = 0,
    *,
    static_argnames: str | Sequence[str] = (),
    threads: int | None = None,
    backend: str = "auto",
) -> Compiled | CompiledCost:
    """f, compiled: a function of the same arguments that takes arrays in place of numbers, fast.

    f is written for numbers. It is called once, with a Value for each number among its arguments,
    and what it records is then run as a flat list of instructions. Given numbers, the compiled
    function returns numbers. Given arrays, it broadcasts as NumPy's ufuncs do: an array is a batch
    of numbers, never a vector. A vector is a list of numbers or arrays. Lists, tuples, dicts and
    dataclasses may hold numbers and arrays, in the arguments and in what f returns.

    Results follow IEEE 754: outside the domain they are infinite or NaN, and no error is raised.

    f is traced anew for arguments of another structure, such as a longer list, never for other
    numbers. What f reads besides its arguments is read when f is traced, and then stays as it is.

    Args:
        f: The function. It returns a number, or a container of numbers.
        argnums: Which arguments derivatives are taken by, as of ``mg.grad``.
        static_argnames: The names of arguments that reach f as they are: flags, numbers of steps,
            texts. f is traced anew for others.
        threads: On how many threads arrays are computed at most. Default: on all processors that
            this process may use.
        backend: What runs the instructions. "auto" takes the fastest there is, "numpy" takes NumPy,
            "jax" hands the graph to ``jax.jit``.

    Returns:
        A ``Compiled``. Its methods ``value_and_grad``, ``grad``, ``jacobian`` and ``hessian`` are
        compiled, too. If f is a cost, as ``mg.mean_over`` returns it, a ``CompiledCost``, for which
        an array is no batch: arguments are those of the cost.

    Raises:
        TypeError: If f is no function. When the compiled function is called: as of ``mg.trace``; if
            an argument is neither a number nor an array of real numbers; or if it is a Value.
        ValueError: If the number of threads is less than 1, or the backend is unknown. When the
            compiled function is called: if the arrays do not broadcast together.

    Example:
        >>> import micrograph as mg
        >>> import numpy as np
        >>> fast = mg.compile(lambda x, y: x * mg.exp(y), argnums=(0, 1))
        >>> fast(2.0, 0.0)
        2.0
        >>> fast(np.array([1.0, 2.0, 3.0]), 0.0)
        array([1., 2., 3.])
        >>> fast.value_and_grad(2.0, np.array([0.0, 0.0]))
        (array([2., 2.]), (array([1., 1.]), array([2., 2.])))
    """
    if isinstance(f, MeanOver):
        if not find_spec("numpy"):
            raise ImportError(
                f"compile: a cost over many examples needs NumPy: {to_install('fast')}"
            )
        from .cost import CompiledCost

        return CompiledCost(f, argnums, static_argnames, threads, backend)
    return Compiled(f, argnums, static_argnames, threads, backend)


class Compiled(Setting):
    """A compiled function, as ``mg.compile`` returns it. It can be pickled if f can.

    All its methods take f's arguments, and two more by name: ``out``, arrays to fill in, in the
    structure of the result; and ``threads``, as of ``mg.compile``. So an argument of f that is
    called out, threads or argnums has to be given by position. If everything given is a number, so
    is everything returned. If not, an array of the shape that the arguments broadcast to stands in
    place of each number.
    """

    def __init__(
        self,
        f: Callable[..., Any],
        argnums: Argnums = 0,
        static_argnames: str | Sequence[str] = (),
        threads: int | None = None,
        backend: str = "auto",
    ) -> None:
        if not callable(f):
            raise TypeError(f"compile: expected a function, got {f!r}")
        super().__init__(f, argnums, static_argnames, threads, backend)
        self._paths = [(name,) for name in parameters(f, 0)]  # of arguments given by position
        kernels, _ = extension()
        if kernels and backend == "auto":
            for name in DOORS:  # plain numbers pass in 0.3 µs, and by Python code in 4
                method = getattr(self, name)
                door = kernels.Door(method, self._argnums if name != "_value" else None)
                setattr(self, name, functools.update_wrapper(door, method))

    def __call__(
        self, /, *args: Any, out: Any = None, threads: int | None = None, **kwargs: Any
    ) -> Any:
        """What f returns.

        Example:
            >>> import numpy as np
            >>> fast = compile(lambda p, x: {"y": p["w"] * x + p["b"]})
            >>> fast({"w": 2.0, "b": 1.0}, np.arange(3))
            {'y': array([1., 3., 5.])}
        """
        if out is not None or threads is not None:
            kwargs |= {"out": out, "threads": threads}
        return self._value(*args, **kwargs)

    def _value(self, /, *args: Any, out: Any = None, threads: Any = None, **kwargs: Any) -> Any:
        return self._computed("value", None, args, kwargs, out, threads)

    def value_and_grad(
        self,
        /,
        *args: Any,
        argnums: Argnums | None = None,
        out: Any = None,
        threads: int | None = None,
        **kwargs: Any,
    ) -> Any:
        """f's value and its gradient, as ``mg.value_and_grad`` has them.

        Args:
            args: f's arguments.
            argnums: Which arguments to differentiate by. Default: those bound by ``mg.compile``.
            out: A pair of arrays to fill in, in the structure of the result.
            threads: As of ``mg.compile``.
            kwargs: f's arguments that are given by name.

        Example:
            >>> compile(lambda x, y: x * y).value_and_grad(2.0, 5.0, argnums=(0, "y"))
            (10.0, (5.0, 2.0))
        """
        return self._computed("value_and_grad", argnums, args, kwargs, out, threads)

    def grad(
        self,
        /,
        *args: Any,
        argnums: Argnums | None = None,
        out: Any = None,
        threads: int | None = None,
        **kwargs: Any,
    ) -> Any:
        """f's gradient, as ``mg.grad`` has it. The arguments are those of ``value_and_grad``.

        Example:
            >>> compile(lambda w: w[0] * w[1]).grad([2.0, 5.0])
            [5.0, 2.0]
        """
        return self._computed("grad", argnums, args, kwargs, out, threads)

    def jacobian(
        self,
        /,
        *args: Any,
        argnums: Argnums | None = None,
        out: Any = None,
        threads: int | None = None,
        **kwargs: Any,
    ) -> Any:
        """The slope of each of f's outputs: f's container, with the argument's in each place.

        The arguments are those of ``value_and_grad``.

        Example:
            >>> compile(lambda x: [x[0] * x[1], x[1]]).jacobian([2.0, 5.0])
            [[5.0, 2.0], [0.0, 1.0]]
        """
        return self._computed("jacobian", argnums, args, kwargs, out, threads)

    def hessian(
        self,
        /,
        *args: Any,
        argnums: Argnums | None = None,
        out: Any = None,
        threads: int | None = None,
        **kwargs: Any,
    ) -> Any:
        """f's second derivatives: the argument's container, with another in each place.

        The arguments are those of ``value_and_grad``.

        Example:
            >>> compile(lambda x: x[0] ** 2 * x[1]).hessian([3.0, 5.0])
            [[10.0, 6.0], [6.0, 0.0]]
        """
        return self._computed("hessian", argnums, args, kwargs, out, threads)

    def first_nonfinite(self, /, *args: Any, **kwargs: Any) -> NonFinite | None:
        """Where a number first is infinite or NaN: at which node, and for which example.

        Values are searched first, in all examples. If all are finite and f returns one number, the
        gradient in all arguments is searched. The nodes are those of the graph that runs, which is
        simplified: log(1 + exp(x)) is one of them.

        Returns:
            None if all numbers are finite.

        Cost:
            One evaluation and one reverse sweep by NumPy, some 8 MB of numbers at a time.

        Example:
            >>> import numpy as np
            >>> print(compile(lambda x: 1 / x + x).first_nonfinite(np.array([1.0, 2.0, 0.0])))
            v1 = 1 / x is inf at x = 0.0, in example 2
        """
        leaves: list[Any] = []
        key = self._structure(args, kwargs, leaves)
        return found_in(self._traced(key, args, kwargs).graph, leaves)

    @property
    def backend(self) -> str:
        """What runs, and why."""
        found = dict.fromkeys(e.program.backend for e in self._cache.values() if type(e) is Entry)
        return "; ".join(found) or "nothing yet: it is known after the first call"

    def __repr__(self) -> str:
        name = getattr(self._f, "__qualname__", repr(self._f))
        count = sum(type(e) is Entry for e in self._cache.values())
        return f"<compiled {name}: {count} program{'s' * (count != 1)}, {self.backend}>"

    def __get__(self, owner: Any, cls: type | None = None) -> Any:
        """As a function in a class: the object becomes the first argument, ``self``."""
        return self if owner is None else Method(self, owner)

    def __reduce__(self) -> str | tuple[Any, ...]:
        name = getattr(self, "__qualname__", "")
        with suppress(AttributeError):
            if attrgetter(name)(sys.modules.get(self.__module__)) is self:
                return name  # it was made by a decorator, and stands where f would be looked for
        return super().__reduce__()

    def _computed(
        self,
        kind: str,
        argnums: Argnums | None,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        out: Any,
        threads: int | None,
    ) -> Any:
        """A result of this kind: "value", "grad" …"""
        leaves: list[Any] = []
        key = self._structure(args, kwargs, leaves)
        chosen = self._argnums if argnums is None else hashable(argnums)
        chosen = None if kind == "value" else chosen
        entry: Entry = self._cache.get(
            (kind, type(chosen), chosen, key), lambda: self._made(kind, chosen, key, args, kwargs)
        )
        threads = whole(threads) if threads is not None else self._threads
        if out is None and {*map(type, leaves)} <= {float}:
            y = entry.rebuild(entry.program.point(*leaves))
            if not kwargs and not self._static and len(leaves) == len(args):
                self._open(kind, argnums, entry, y)
            return y
        from .batches import computed

        threads = processors() if threads is None else threads
        outputs = None if out is None else entry.arrays_in(out)
        found = computed(entry.program, leaves, outputs, threads)
        return entry.rebuild(found) if out is None else out

    def _open(self, kind: str, argnums: Any, entry: Entry, y: Any) -> None:
        """Let numbers pass at the door from now on, if a result is one that the door can make."""
        door = vars(self).get("_value" if kind == "value" else kind)
        shape = _shape(y, kind)
        if door is not None and shape is not None and entry.program.door is not None:
            door.opens(entry.program.door, shape, argnums)

    def _structure(
        self, args: tuple[Any, ...], kwargs: Mapping[str, Any], leaves: list[Any]
    ) -> Any:
        """The structure of the arguments. Their numbers and arrays are added to ``leaves``."""
        if not self._static and not kwargs:
            paths = self._paths + [(i,) for i in range(len(self._paths), len(args))]
            return tuple([structure(x, path, leaves) for x, path in zip(args, paths, strict=False)])
        names = parameters(self._f, len(args))
        given = [*zip(names, args, strict=False), *kwargs.items()]
        return tuple(kwargs), tuple(
            [
                static(x, (name,)) if name in self._static else structure(x, (name,), leaves)
                for name, x in given
            ]
        )

    def _traced(self, key: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Traced:
        """f traced for arguments of this structure."""
        traced: Traced = self._cache.get(
            ("traced", key), lambda: Traced(self._f, self._static, args, kwargs, self._backend)
        )
        return traced

    def _made(
        self,
        kind: str,
        argnums: Any,
        key: Any,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
    ) -> Entry:
        traced = self._traced(key, args, kwargs)
        if kind == "value":
            return Entry(traced.graph, self._backend, traced.outputs.rebuild)
        places, inputs = traced.chosen(argnums)
        graph, rebuild = KINDS[kind](traced, places, inputs)
        return Entry(graph, self._backend, rebuild)


DOORS = ("_value", "value_and_grad", "grad", "jacobian", "hessian")
"""The methods that the extension's ``Door`` stands before."""


def _shape(y: Any, kind: str) -> int | None:
    """The shape of a result, as a ``Door`` knows it; None if a door makes no such results."""
    if kind == "value_and_grad":
        return 1 if type(y[1]) is float else 2 if _are_numbers(y[1]) else None
    return 0 if type(y) is float else 3 if _are_numbers(y) else None


def _are_numbers(y: Any) -> bool:
    return type(y) is tuple and {*map(type, y)} <= {float}
