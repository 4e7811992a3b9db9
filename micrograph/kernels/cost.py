"""A compiled cost: the loss of one example, and its slopes, averaged over many in one pass."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..engine.value import Value
from ..graph import Graph
from ..graph.arguments import leaves
from ..transforms.containers import array_in, is_array, parts
from ..transforms.derivatives import Argnums
from ..transforms.run import positions, while_sweeping
from ..transforms.tracing import Call, parameters
from ..transforms.tree import Tree
from .cache import Cache
from .derived import expanded, simplified, with_gradient, with_hessian_of_vectors
from .mean_over import MeanOver
from .means import KINDS, Given, Means
from .program import kernels_for
from .structure import static
from .threads import processors


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
        found = dict.fromkeys(means.backend for means, _ in self._cache.values())
        return "; ".join(found) or "nothing yet: it is known after the first call"

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
    ) -> tuple[Sequence[Any], Callable[[Sequence[Any]], Any]]:
        """The means of the outputs of a kind of graph, and what makes a gradient of them."""
        given = self._given(args, kwargs)
        argnums = self._argnums if argnums is None else argnums
        argnums = tuple(argnums) if isinstance(argnums, list | range) else argnums
        outlines = tuple(
            (name, static(x, (name,)) if name in self._static else _outline(x))
            for name, x in given.arguments.items()
        )
        key = kind, type(argnums), argnums, len(args), outlines
        made = lambda: self._made(kind, argnums, given)
        means, rebuild = self._cache.get(key, made)
        return means.of(given, threads or self._threads or processors()), rebuild

    def _made(self, kind: str, argnums: Any, given: Given) -> tuple[Means, Any]:
        """What computes the means of this kind, for such arguments; and what rebuilds them."""
        loss, n = self._cost.loss, given.positional
        args = tuple(given.arguments.values())[:n]
        kwargs = dict(list(given.arguments.items())[n:])
        used = [name for name in self._static if name in given.arguments]
        call = Call(loss, args, kwargs, used, False, "compile")
        # The first example may lie outside the domain. So numbers go on as infinities and NaN.
        graph: Graph = while_sweeping(lambda: call.traced(guards=False))[0]
        if [graph.nodes.shape(i) for i in graph.places] != [()]:
            raise TypeError(
                f"compile: the loss returned {call.returned!r:.80} "
                f"({type(call.returned).__name__}); expected one number for each example"
            )
        structures, graph = dict(graph.arguments), expanded(graph)
        extension, why = kernels_for(graph, self._backend)
        if kind == "value":
            return Means(simplified(graph), structures, given, extension, why), None
        keys, several = positions(loss, argnums, args, kwargs)
        names = [list(given.arguments)[key] if isinstance(key, int) else key for key in keys]
        for name in names:
            if name in given.many or name in used:
                what = "belongs to the example" if name in given.many else "is static"
                raise TypeError(f"argnums: {name!r} {what}; expected a parameter of the cost")
        chosen = tuple(given.arguments[name] for name in names)
        tree = Tree(chosen if several else chosen[0])
        wanted = [i for name in names for i in leaves(structures[name])]
        kernels = extension.OPERATIONS if extension else ()
        derive = with_gradient if kind == "value_and_grad" else with_hessian_of_vectors
        means = Means(derive(graph, wanted, kernels), structures, given, extension, why)
        if kind == "value_and_grad":
            return means, lambda found: tree.rebuild(_flat(found))
        size = len(tree.leaves)
        rows = lambda found: [_flat(found)[k : k + size] for k in range(0, size * size, size)]
        return means, lambda found: tree.outer(tree, rows(found))

    def _given(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Given:
        """The arguments, with the first example in place of many."""
        self._cost.bound(args, kwargs)  # it raises what is to be raised
        names = parameters(self._cost.loss, len(args))[: len(args)]
        given = {**dict(zip(names, args, strict=True)), **kwargs}
        many = {name: _array(name, given[name]) for name in self._cost.names if name in given}
        self._cost.check_lengths(many)
        for name, array in many.items():
            listed = isinstance(given[name], list | tuple)
            given[name] = array[0].tolist() if listed or array.ndim == 1 else array[0]
        return Given(given, len(args), many, len(next(iter(many.values()))))


def _flat(found: Sequence[Any]) -> list[float]:
    """The numbers in some numbers and arrays."""
    return [float(x) for y in found for x in np.ravel(y)]


def _array(name: str, x: Any) -> Any:
    """The examples of an argument as an array of real numbers.

    Raises:
        TypeError: If they are no such array.
    """
    array = np.asarray(array_in(x, f"mean_over: the argument {name} is") if is_array(x) else x)
    if array.dtype.kind not in "biuf" or not array.ndim:
        raise TypeError(
            f"compile: the argument {name} is {x!r:.80} ({type(x).__name__}); expected an array, or "
            "lists, of real numbers, with an entry for each example"
        )
    if array.dtype.char not in KINDS or not array.dtype.isnative or not array.flags.aligned:
        return array.astype(float)
    return array


def _outline(x: Any) -> Any:
    """What tells arguments apart that need graphs of their own: containers, lengths, shapes."""
    if isinstance(x, Value):
        raise TypeError(
            "compile: an argument holds a Value; expected numbers or arrays, for a compiled function "
            "records nothing. Under a transform call the cost itself"
        )
    if is_array(x):
        return np.shape(x)
    if type(x) is list and {*map(type, x)} <= {float, int}:
        return len(x)
    found = parts(x)
    if found is None:
        return float
    return type(x), tuple((key, _outline(part)) for key, part in found)
