"""A function called on Values, and the sweeps between what went in and what came out."""

from __future__ import annotations

import functools
import inspect
import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from ..core import Primitive
from ..engine.build import compiled
from ..engine.reading import edges, topological
from ..engine.recording import VALUE
from ..engine.sweep import forward, reverse
from ..engine.value import Value, mode
from ..namespaces.floats import FLOAT
from .branches import Guard, edges_in_all_arms, into_arms, recorded_product, tame
from .tree import Tree, numbers_for_values


class Run:
    """A function recorded at some arguments: its inputs and outputs, and sweeps between them.

    nested: whether the sweeps are recorded in their turn
    aux:    what else the function returned
    kept:   whether what they record may be evaluated at other inputs, which take other arms;
            not so under a transform of floats, unless an input is a leaf from elsewhere
    """

    def __init__(
        self, inputs: Tree, outputs: Tree, nested: bool, kept: bool, aux: Any = None
    ) -> None:
        self.aux = aux if nested else numbers_for_values(aux)
        self.inputs, self.outputs, self.nested, self.kept = inputs, outputs, nested, kept
        self.slopes = edges_in_all_arms if kept else edges
        self.roots = tuple([y for y in outputs.leaves if isinstance(y, Value)])

    @functools.cached_property
    def order(self) -> list[Value]:
        """The nodes between inputs and outputs."""
        active, order = set(self.inputs.leaves), []
        for node in topological(*self.roots):
            if node in active or any(x in active for x, _ in self.slopes(node)):
                active.add(node)
                order.append(node)
        return order

    @functools.cached_property
    def active(self) -> set[Any]:
        """The nodes that depend on an input, and the inputs."""
        return {*self.order, *self.inputs.leaves}

    @functools.cached_property
    def tame(self) -> set[Value]:
        """The nodes that are finite, and in every derivative, whatever the inputs."""
        return tame(self.inputs.leaves, self.order)

    def single_output(self, who: str) -> Any:
        """The one output. Raises TypeError if there are more or none."""
        n = len(self.outputs.leaves)
        if n != 1:
            raise TypeError(f"{who}: f returned {n} outputs; expected 1. Use jacobian(f).")
        return self.outputs.leaves[0]

    def number(self, y: Any) -> Any:
        """An output as the caller gets it: a float, unless a transform is waiting for it."""
        return y if self.nested or not isinstance(y, Value) else y.data

    def value(self) -> Any:
        """What the function returned, as the caller gets it."""
        return self.outputs.rebuild([self.number(y) for y in self.outputs.leaves])

    def adjoints(self, seeds: dict[Any, Any]) -> list[Any]:
        """The adjoint of each input, for these adjoints of outputs."""
        if compiled and not self.nested and {*map(type, seeds.values())} == {float}:
            seeds = {y: seed for y, seed in seeds.items() if isinstance(y, Value)}
            return compiled.adjoints(self.roots, seeds, self.inputs.leaves)  # type: ignore[no-any-return]  # floats
        start = {y: seed for y, seed in seeds.items() if y in self.active}
        edges = self._edges
        if self.kept and any(node.op and node.op.choice for node in self.order):
            edges = Guard(edges, start, self.tame).edges
        order, product, before = self.order, self._product(seeds.values()), mode.sweeping
        try:
            mode.sweeping = before + 1
            found = reverse(order, start, edges, product)
        finally:
            mode.sweeping = before
        return [found.get(x, 0.0) for x in self.inputs.leaves]

    def tangents(self, seeds: Sequence[Any]) -> list[Any]:
        """The tangent of each output, for these tangents of the inputs."""
        start = dict(zip(self.inputs.leaves, seeds, strict=True))
        order, product, before = self.order, self._product(seeds), mode.sweeping
        try:
            mode.sweeping = before + 1
            found = forward(order, start, self._edges, product)
        finally:
            mode.sweeping = before
        return [found.get(y, 0.0) if isinstance(y, Value) else 0.0 for y in self.outputs.leaves]

    def jacobian(self) -> list[list[Any]]:
        """∂y_i/∂x_j as a row per output, by whichever direction takes fewer sweeps."""
        n, m = len(self.inputs.leaves), len(self.outputs.leaves)
        if n < m:
            units = ([float(i == j) for i in range(n)] for j in range(n))
            columns = [self.tangents(unit) for unit in units]
            return [list(row) for row in zip(*columns, strict=True)] if columns else [[]] * m
        return [
            self.adjoints({y: 1.0} if isinstance(y, Value) else {}) for y in self.outputs.leaves
        ]

    def _edges(self, node: Value) -> list[tuple[Value, Any]]:
        """The edges between inputs and outputs; nested, their partials are recorded in turn."""
        live = [pair for pair in self.slopes(node) if pair[0] in self.active]
        if not self.nested or not live or node.op is None:
            return live
        found = VALUE.partials(node.op, node, node.operands)
        recorded = zip(node.operands, found, strict=True)
        wanted = {x for x, _ in live}
        live = [(x, d) for x, d in recorded if isinstance(x, Value) and x in wanted]
        if not node.op.choice:
            return live
        live = [(x, d) for x, d in live if isinstance(d, Value) or d]  # none into a condition
        return into_arms(node, live) if self.kept else live

    def _product(self, seeds: Iterable[Any]) -> Callable[[Any, Any], Any]:
        """g·d, recorded where a partial or a seed is a Value: a skipped 0 would lose its term."""
        recorded = self.nested or any(isinstance(seed, Value) for seed in seeds)
        return recorded_product if recorded else FLOAT.azmul


def record(
    f: Callable[..., Any],
    argnums: Any,
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    then: Callable[[Run], Any],
    has_aux: bool = False,
) -> Any:
    """What ``then`` returns for f called with the chosen arguments replaced by Values.

    Both run with a transform under way. An interrupt may come between any two calls: so the state
    is saved before ``try``, set within it, and what was saved is restored by plain assignments.
    There is no loop within it, as CPython 3.11 guards none of its jumps backward.
    """
    keys, several = _positions(f, argnums, args, kwargs)
    given: dict[Any, Any] = {**dict(enumerate(args)), **kwargs}
    chosen = tuple(given[key] for key in keys)
    plain = Tree(chosen if several else chosen[0])
    values = [x for x in plain.leaves if isinstance(x, Value)]
    nested, passing = mode.differentiating > 0 or bool(values), mode.passing
    kept = nested and (not passing or any(x.op is None and x not in passing for x in values))
    inputs = plain.map(lambda x: VALUE.identity(x) if isinstance(x, Value) else Value(x))
    wrapped = inputs.rebuild(inputs.leaves)
    given.update(zip(keys, wrapped if several else (wrapped,), strict=True))
    positional, named = [given[i] for i in range(len(args))], {x: given[x] for x in kwargs}
    before = mode.differentiating, mode.passing
    try:
        mode.differentiating = before[0] + 1
        if kept or not nested:
            mode.passing = frozenset() if kept else frozenset(inputs.leaves)
        y, aux = _call(f, positional, named), None
        if has_aux:
            y, aux = _pair(y)
        return then(Run(inputs, Tree(y, "f returned"), nested, kept, aux))
    finally:
        mode.differentiating, mode.passing = before


def _pair(y: Any) -> tuple[Any, Any]:
    if not isinstance(y, tuple) or len(y) != 2:
        raise TypeError(f"has_aux: f should return a pair (value, aux), got {y!r}")
    return y


def _call(f: Callable[..., Any], args: Sequence[Any], kwargs: dict[str, Any]) -> Any:
    """f's result; NumPy's refusal to convert Values to floats in the words of ``float(v)``."""
    try:
        return f(*args, **kwargs)
    except TypeError as error:
        compiled = re.match(r"ufunc '(\w+)' not supported for the input types", str(error))
        if not compiled:
            raise
        raise TypeError(
            f"NumPy's {compiled[1]} takes floats, and float(v) would drop its derivative: a "
            "function of SciPy's? Use micrograph's own (mg.norm_cdf), micrograph.math, or v.data"
        ) from error


def _positions(
    f: Callable[..., Any], argnums: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> tuple[list[int | str], bool]:
    """Where the arguments to differentiate by are: positions in args, or names in kwargs."""
    several = not isinstance(argnums, int | str)
    keys: list[int | str] = []
    for which in argnums if several else [argnums]:
        key = which
        if isinstance(which, str) and which not in kwargs:
            names = list(
                f.arguments if isinstance(f, Primitive) else inspect.signature(f).parameters
            )
            if which not in names or names.index(which) >= len(args):
                raise TypeError(
                    f"argnums: no argument {which!r} is given; f takes {', '.join(names)}"
                )
            key = names.index(which)
        elif isinstance(which, int):
            key = which + len(args) if which < 0 else which
            if not 0 <= key < len(args):
                raise TypeError(f"argnums: there is no argument {which}; f got {len(args)}")
        keys.append(key)
    return keys, several
