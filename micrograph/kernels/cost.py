"""A compiled cost: the loss of one example, and its slopes, averaged over many in one pass."""

from __future__ import annotations

import functools
from array import array
from collections.abc import Sequence
from math import prod
from typing import Any, NamedTuple

import numpy as np

from ..graph import Graph
from ..graph.arguments import flat, leaves, taken
from ..transforms.derivatives import Argnums
from ..transforms.run import positions, while_sweeping
from ..transforms.tracing import Call, parameters
from ..transforms.tree import Tree
from .build import extension
from .cache import Cache
from .derived import expanded, of_loss
from .lowered import in_parts
from .mean_over import MeanOver
from .structure import static
from .sums import Layout, Sums
from .threads import processors

PART = 1 << 20
"""So many bytes of examples are summed before their sum is set down: always in the same order."""

FEWEST = 1 << 17
"""So many bytes of examples, at least, are the work of a thread."""

BLOCK = 1 << 16
"""So many numbers of examples NumPy is given at a time, where there are no kernels."""

KINDS = dict(zip("dfbBhHiIlLqQ?", "dfbBhHiIlLqQB", strict=True))
"""The kinds of numbers that the kernels read, and how they read them."""


class Given(NamedTuple):
    """The arguments of a call.

    Attributes:
        args: Those by position, with one example in place of many.
        kwargs: Those by name, likewise.
        many: The arrays of examples, by the name of the argument.
        count: How many examples there are.
    """

    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    many: dict[str, Any]
    count: int


class CompiledCost:
    """A compiled cost, as ``mg.compile(mg.mean_over(…))`` returns it.

    Each example is read once, whatever is asked for: the loss, its slopes and their sums are made
    block by block, on all processors. The results have the same bits for any number of threads.

    Args:
        cost: The cost.
        argnums: Which arguments derivatives are taken by, as of ``mg.grad``.
        static_argnames: The names of arguments that reach the loss as they are.
        threads: On how many threads examples are read at most.
        backend: "auto", or "numpy".
    """

    def __init__(
        self,
        cost: MeanOver,
        argnums: Argnums = 0,
        static_argnames: tuple[str, ...] = (),
        threads: int | None = None,
        backend: str = "auto",
    ) -> None:
        if backend == "jax":
            raise ValueError('compile: a cost runs on "auto" or "numpy"; got backend="jax"')
        self._cost, self._argnums, self._static = cost, argnums, static_argnames
        self._threads, self._backend = threads, backend
        self._cache = Cache()
        functools.update_wrapper(self, cost, updated=())

    def __call__(self, /, *args: Any, threads: int | None = None, **kwargs: Any) -> float:
        """The mean of the loss over the examples."""
        found, _ = self._computed("value", None, args, kwargs, threads)
        return float(found[0])

    def value_and_grad(
        self,
        /,
        *args: Any,
        argnums: Argnums | None = None,
        threads: int | None = None,
        **kwargs: Any,
    ) -> Any:
        """The cost and its gradient, as ``mg.value_and_grad`` has them.

        Args:
            args: The arguments of the loss. Those that were named hold an entry for each example.
            argnums: Which arguments to differentiate by. Default: those bound by ``mg.compile``.
            threads: On how many threads to read the examples at most.
            kwargs: The arguments that are given by name.

        Example:
            >>> import micrograph as mg
            >>> def loss(w, x, y):
            ...     return (mg.dot(w, x) - y) ** 2
            >>> fast = mg.compile(mg.mean_over(loss, "x", "y"))
            >>> fast.value_and_grad([1.0, 2.0], [[1.0, 0.0], [0.0, 1.0]], [0.0, 0.0])
            (2.5, [1.0, 2.0])
        """
        (y, *slopes), rebuild = self._computed("value_and_grad", argnums, args, kwargs, threads)
        return float(y), rebuild(slopes)

    def grad(self, /, *args: Any, **named: Any) -> Any:
        """The gradient of the cost. The arguments are those of ``value_and_grad``."""
        return self.value_and_grad(*args, **named)[1]

    jacobian = grad

    def hessian(
        self,
        /,
        *args: Any,
        argnums: Argnums | None = None,
        threads: int | None = None,
        **kwargs: Any,
    ) -> Any:
        """The second derivatives of the cost, as ``mg.hessian`` has them; see ``value_and_grad``."""
        rows, rebuild = self._computed("hessian", argnums, args, kwargs, threads)
        return rebuild(rows)

    @property
    def backend(self) -> str:
        """What runs, and why."""
        if self._backend == "numpy":
            return 'NumPy: backend="numpy"'
        programs = [x for x in self._cache.values() if isinstance(x, _Program)]
        return programs[-1].backend if programs else "nothing yet: it is known after the first call"

    def __repr__(self) -> str:
        return f"<compiled {self._cost!r}: {self.backend}>"

    def __reduce__(self) -> tuple[Any, ...]:
        return CompiledCost, (
            self._cost, self._argnums, self._static, self._threads, self._backend,
        )  # fmt: skip

    def _computed(
        self,
        kind: str,
        argnums: Any,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        threads: int | None,
    ) -> tuple[Sequence[Any], Any]:
        given = self._given(args, kwargs)
        argnums = self._argnums if argnums is None else argnums
        argnums = tuple(argnums) if isinstance(argnums, list | range) else argnums
        outlines = [
            static(x, (i,)) if i in self._static else _outline(x)
            for i, x in [*enumerate(given.args), *given.kwargs.items()]
        ]
        key = kind, argnums, tuple(kwargs), tuple(outlines)
        program = self._cache.get(key, lambda: _Program(self, kind, argnums, given))
        threads = threads or self._threads or processors()
        return program.means(given, threads), program.rebuild

    def _given(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Given:
        """The arguments, with the first example in place of many."""
        bound = self._cost.bound(args, kwargs)
        entries, count = self._cost.examples(bound)
        many = {name: _array(name, x) for name, x in entries.items()}
        names = list(bound.arguments)
        first = {
            name: x[0] if isinstance(x := bound.arguments[name], list | tuple) else many[name][0]
            for name in many
        }
        first = {
            name: float(x) if np.ndim(x) == 0 else x for name, x in first.items()
        }
        arguments = bound.arguments | first
        n = len(args)
        return Given(
            tuple(arguments[name] for name in names[:n]),
            {name: arguments[name] for name in names[n:]},
            many,
            count,
        )
