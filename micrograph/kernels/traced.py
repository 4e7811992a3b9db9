"""A function of numbers, traced for arguments of one structure."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from typing import Any

from ..graph import Graph
from ..namespaces.text import listed
from ..transforms.run import positions, while_sweeping
from ..transforms.tracing import Call, parameters
from ..transforms.tree import Tree
from .derived import expanded, simplified
from .program import kernels_for
from .structure import arrays, example

AS_A_VECTOR = re.compile(
    r"subscriptable|iterable|has no len|for @:|expects a sequence|expected a list of numbers|"
    r"object has no attr|is a number;"
)
"""What errors say of code that takes a number for a vector."""


class Traced:
    """f, traced for arguments of one structure.

    Args:
        f: The function.
        static: The names of arguments that reach f as they are.
        args: The arguments of a call.
        kwargs: Those that are given by name.
        backend: As of ``compile``.

    Attributes:
        graph: The graph. Its inputs are the numbers and arrays of the arguments, in their order.
        outputs: The structure of what f returned.
        kernels: The names of the kernels that run it; none if NumPy or JAX does.
    """

    def __init__(
        self,
        f: Callable[..., Any],
        static: tuple[str, ...],
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        backend: str,
    ) -> None:
        names = parameters(f, len(args))
        self._f, self._static = f, static
        self._args = tuple(
            x if name in static else example(x) for name, x in zip(names, args, strict=False)
        )
        self._kwargs = {name: x if name in static else example(x) for name, x in kwargs.items()}
        used = [name for name in static if name in names[: len(args)] or name in kwargs]
        call = Call(f, self._args, self._kwargs, used, False, "compile", vectors=False)
        # The example may lie outside the domain of f. So numbers go on as infinities and NaN.
        try:
            self.graph: Graph = while_sweeping(lambda: call.traced(guards=False))[0]
        except (TypeError, AttributeError) as error:
            given = [*zip(names, args, strict=False), *kwargs.items()]
            batches = [called for name, x in given for called in arrays(x, (name,))]
            if not batches or not AS_A_VECTOR.search(str(error)):
                raise
            raise TypeError(
                f"compile: {error}. An array is a batch here, and f gets one number in place of "
                f"{listed(batches)}. Pass a vector as a list: {batches[0]}.tolist()"
            ) from error
        if any(self.graph.nodes.shape(i) for i in self.graph.places):
            raise TypeError(
                "compile: f returned an array; expected a number or a container of numbers. An "
                "array is a batch here: return y.tolist()"
            )
        self.outputs = Tree(example(call.returned))
        self.graph = simplified(expanded(self.graph))
        found, _ = kernels_for(self.graph, backend)
        self.kernels: Collection[str] = found.OPERATIONS if found else ()

    def chosen(self, argnums: Any) -> tuple[list[int], Tree]:
        """The places of the inputs that these arguments hold, and their structure."""
        keys, several = positions(self._f, argnums, self._args, self._kwargs)
        names = parameters(self._f, len(self._args))
        each: dict[Any, list[int]] = {}
        start = 0
        for key, x in [*enumerate(self._args), *self._kwargs.items()]:
            if (names[key] if isinstance(key, int) else key) in self._static:
                continue
            size = len(Tree(x).leaves)
            each[key] = list(range(start, start + size))
            start += size
        for key in keys:
            if key not in each:
                name = names[key] if isinstance(key, int) else key
                raise TypeError(
                    f"argnums: {name!r} is static; expected an argument that holds numbers"
                )
        given: dict[Any, Any] = {**dict(enumerate(self._args)), **self._kwargs}
        chosen = tuple(given[key] for key in keys)
        return [i for key in keys for i in each[key]], Tree(chosen if several else chosen[0])

    def single(self, who: str) -> None:
        """Raise TypeError if f returned more than one number, or none."""
        n = len(self.outputs.leaves)
        if n != 1:
            raise TypeError(f"{who}: f returned {n} outputs; expected 1. Use jacobian")
