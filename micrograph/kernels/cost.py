"""A compiled cost: the loss of one example, and its slopes, averaged over many in one pass."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..graph import Graph
from ..graph.arguments import leaves
from ..transforms.derivatives import Argnums
from ..transforms.run import positions, while_sweeping
from ..transforms.tracing import Call
from ..transforms.tree import Tree
from .derived import expanded, simplified, with_gradient, with_hessian_of_vectors
from .examples import Given, given_to
from .mean_over import MeanOver
from .means import Means
from .nonfinite import NonFinite, found_in
from .numbered import numbered
from .program import kernels_for
from .setting import Setting, hashable, whole
from .structure import static, structure
from .threads import processors


class CompiledCost(Setting):
    """A compiled cost, as ``mg.compile(mg.mean_over(…))`` returns it.

    Each example is read once, whatever is asked for: the loss, its slopes and their sums are made
    block by block, on all processors. The results have the same bits for any number of threads.

    All methods take the arguments of the loss. Those that ``mean_over`` was told of hold an entry
    for each example, and the others are parameters. A parameter is a number, an array, or a
    container of these. An array is a vector or a matrix to the loss, never a batch. A parameter
    that is called argnums or threads has to be given by position.
    What was compiled can be pickled if the loss can.

    Args:
        cost: The cost.
        argnums: Which arguments derivatives are taken by, as of ``mg.grad``. They are parameters.
        static_argnames: The names of arguments that reach the loss as they are.
        threads: On how many threads examples are read at most.
        backend: "auto", or "numpy".

    Example:
        >>> import micrograph as mg
        >>> loss = lambda w, x, y: (w * x - y) ** 2
        >>> fast = mg.compile(mg.mean_over(loss, "x", "y"))
        >>> fast(2.0, [1.0, 2.0], [0.0, 2.0]), fast.grad(2.0, [1.0, 2.0], [0.0, 2.0])
        (4.0, 6.0)
    """

    def __init__(
        self,
        cost: MeanOver,
        argnums: Argnums = 0,
        static_argnames: str | Sequence[str] = (),
        threads: int | None = None,
        backend: str = "auto",
    ) -> None:
        super().__init__(cost, argnums, static_argnames, threads, backend)
        if backend == "jax":
            raise ValueError('compile: a cost runs on "auto" or "numpy"; got backend="jax"')
        for name in self._static:
            if name in cost.names:
                raise TypeError(
                    f"compile: static_argnames: {name!r} belongs to the example; expected a "
                    "parameter, which is the same for all examples"
                )
        self._cost = cost

    def __call__(self, /, *args: Any, threads: int | None = None, **kwargs: Any) -> float:
        """The mean of the loss over the examples.

        Example:
            >>> import micrograph as mg
            >>> mg.compile(mg.mean_over(lambda w, x: w * x, "x"))(2.0, [1.0, 2.0])
            3.0
        """
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
        """The gradient of the cost. The arguments are those of ``value_and_grad``.

        Example:
            >>> import micrograph as mg
            >>> mg.compile(mg.mean_over(lambda w, x: w * x, "x")).grad(2.0, [1.0, 2.0])
            1.5
        """
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
        """The second derivatives of the cost, as ``mg.hessian`` has them.

        The arguments are those of ``value_and_grad``.

        Example:
            >>> import micrograph as mg
            >>> mg.compile(mg.mean_over(lambda w, x: (w * x) ** 2, "x")).hessian(2.0, [1.0, 2.0])
            5.0
        """
        rows, rebuild = self._computed("hessian", argnums, args, kwargs, threads)
        return rebuild(rows)

    def first_nonfinite(self, /, *args: Any, **kwargs: Any) -> NonFinite | None:
        """Where a number of the loss first is infinite or NaN: at which node, for which example.

        Values are searched first, in all examples. If all are finite, the gradient in all arguments
        is searched, those of the example among them. Each element of a vector has nodes of its own.
        The sums over the examples are not searched: finite losses may add up to infinity.

        Returns:
            None if all numbers are finite.

        Cost:
            A trace, an evaluation and a reverse sweep by NumPy, some 8 MB of numbers at a time.
            There is a step for each element of each vector.

        Example:
            >>> import micrograph as mg
            >>> fast = mg.compile(mg.mean_over(lambda w, x: mg.log(w * x), "x"))
            >>> print(fast.first_nonfinite(2.0, [1.0, 3.0, -1.0]))
            v2 = log(v1) is nan at v1 = -2.0, in example 2
        """
        given = given_to(self._cost, args, kwargs)
        self._key(given)  # it raises what is to be raised
        return found_in(*numbered(self._cost.loss, given, self._static))

    @property
    def backend(self) -> str:
        """What runs, and why."""
        found = dict.fromkeys(means.backend for means, _ in self._cache.values())
        return "; ".join(found) or "nothing yet: it is known after the first call"

    def __repr__(self) -> str:
        return f"<compiled {self._cost!r}: {self.backend}>"

    def _computed(
        self,
        kind: str,
        argnums: Any,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        threads: int | None,
    ) -> tuple[Sequence[Any], Callable[[Sequence[Any]], Any]]:
        """The means of the outputs of a kind of graph, and what makes a gradient of them."""
        given = given_to(self._cost, args, kwargs)
        chosen = self._argnums if argnums is None else hashable(argnums)
        chosen = None if kind == "value" else chosen
        key = kind, type(chosen), chosen, len(args), self._key(given)
        means, rebuild = self._cache.get(key, lambda: self._made(kind, chosen, given))
        count = whole(threads) if threads is not None else self._threads or processors()
        found = means.of(given, count)
        return found, lambda numbers: rebuild(given, numbers)

    def _key(self, given: Given) -> Any:
        """What tells arguments apart that need graphs of their own: containers, lengths, shapes."""
        found: list[Any] = []
        for name, x in given.arguments.items():
            leaves: list[Any] = []
            as_it_is = name in self._static
            shape = static(x, (name,)) if as_it_is else structure(x, (name,), leaves)
            sizes = tuple([getattr(y, "shape", ()) for y in leaves])
            found.append((name, shape, sizes if any(sizes) else ()))
        return tuple(found)

    def _traced(self, given: Given) -> tuple[Graph, dict[str, Any]]:
        """The graph of the loss, and for each argument the inputs that it holds."""
        args = tuple(given.arguments.values())[: given.positional]
        kwargs = dict(list(given.arguments.items())[given.positional :])
        used = [name for name in self._static if name in given.arguments]
        call = Call(self._cost.loss, args, kwargs, used, False, "compile")
        # The first example may lie outside the domain. So numbers go on as infinities and NaN.
        graph: Graph = while_sweeping(lambda: call.traced(guards=False))[0]
        if [graph.nodes.shape(i) for i in graph.places] != [()]:
            raise TypeError(
                f"compile: the loss returned {call.returned!r:.80} "
                f"({type(call.returned).__name__}); expected one number for each example"
            )
        return expanded(graph), dict(graph.arguments)

    def _made(self, kind: str, argnums: Any, given: Given) -> tuple[Means, Any]:
        """What computes the means of this kind, for such arguments; and what rebuilds them."""
        graph, structures = self._traced(given)
        extension, why = kernels_for(graph, self._backend)
        if kind == "value":
            return Means(simplified(graph), structures, given, extension, why), None
        names, several = self._chosen(argnums, given)
        wanted = [i for name in names for i in leaves(structures[name])]
        kernels = extension.OPERATIONS if extension else ()
        derive = with_gradient if kind == "value_and_grad" else with_hessian_of_vectors
        means = Means(derive(graph, wanted, kernels), structures, given, extension, why)

        def rebuild(given: Given, found: Sequence[Any]) -> Any:
            chosen = tuple(given.arguments[name] for name in names)
            tree = Tree(chosen if several else chosen[0])
            if kind == "value_and_grad":
                return tree.rebuild(_flat(found))
            size, flat = len(tree.leaves), _flat(found)
            return tree.outer(tree, [flat[k * size : (k + 1) * size] for k in range(size)])

        return means, rebuild

    def _chosen(self, argnums: Any, given: Given) -> tuple[list[str], bool]:
        """The names of the parameters to differentiate by, and whether a sequence of them is given.

        Raises:
            TypeError: If one of them is no parameter.
        """
        every = list(given.arguments)
        args = tuple(given.arguments.values())[: given.positional]
        kwargs = dict.fromkeys(every[given.positional :])
        keys, several = positions(self._cost.loss, argnums, args, kwargs)
        names = [every[key] if isinstance(key, int) else key for key in keys]
        for name in names:
            if name in given.many or name in self._static:
                what = "belongs to the example" if name in given.many else "is static"
                raise TypeError(f"argnums: {name!r} {what}; expected a parameter of the cost")
        return names, several


def _flat(found: Sequence[Any]) -> list[float]:
    """The numbers in some numbers and arrays."""
    flat: list[float] = np.concatenate([[], *map(np.ravel, found)]).tolist()
    return flat
