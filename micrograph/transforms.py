"""Derivatives of functions: grad, jacobian, hessian, jvp, vjp, hvp, nested to any order.

A transform calls the function on Values, which record it, and sweeps what they recorded.
Inside another transform the sweep runs the same rules on Values again: what comes out is
recorded in its turn, and can be differentiated once more. Each call differentiates by its
own nodes, so a variable of an outer transform is a constant of an inner one (Siskind &
Pearlmutter, Nesting forward-mode AD, 2008).

The conventions are JAX's. Arguments may be numbers, arrays, and lists, tuples and dicts of
them; an array reaches the function as an array of Values. Only the arguments in ``argnums``
are wrapped. Floats and float64 arrays come back; nobody's ``.grad`` is read or written.
"""

from __future__ import annotations

import functools
import inspect
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from .arms import Guard, edges_in_all_arms, into_arms, recorded_product, tame
from .engine.build import compiled
from .engine.recording import VALUE
from .engine.sweep import forward, reverse
from .engine.value import Value, edges, mode, topological
from .namespaces.floats import FLOAT
from .tree import Tree

Argnums = int | str | Sequence[int | str]


def grad(f: Callable[..., Any], argnums: Argnums = 0) -> Callable[..., Any]:
    """The gradient of f, a function of the same arguments.

    f:       returns one number
    argnums: which arguments to differentiate by: a position or a parameter's name, or a
             sequence of them, for a tuple of gradients

    Returns what has the shape of the argument: a float, a float64 array, a container of them.
    Cost: one recording and one reverse sweep, whatever the number of inputs.
    Raises: TypeError where f returns anything but one number, or an argument is no number.

    >>> grad(lambda x: x**3)(2.0)
    12.0
    >>> grad(grad(lambda x: x**3))(2.0)
    12.0
    """
    return _second(f, value_and_grad(f, argnums))


def value_and_grad(f: Callable[..., Any], argnums: Argnums = 0) -> Callable[..., Any]:
    """f and its gradient at once: a function that returns the pair. As ``grad`` otherwise.

    >>> value_and_grad(lambda x, y: x * y, argnums=("x", "y"))(2.0, 5.0)
    (10.0, (5.0, 2.0))
    """

    @functools.wraps(f)
    def value_and_gradient(*args: Any, **kwargs: Any) -> Any:
        with _record(f, argnums, args, kwargs) as run:
            y = run.single_output("grad")
            return run.number(y), run.inputs.rebuild(run.adjoints({y: 1.0}))

    return value_and_gradient


def jacobian(f: Callable[..., Any], argnums: Argnums = 0) -> Callable[..., Any]:
    """The Jacobian of f, a function of the same arguments.

    f: returns numbers, arrays, or containers of them

    Returns, for an output of shape s and an input of shape t, an array of shape s + t,
    J[i, j] = ∂y_i/∂x_j; for containers the container of the output, holding that of the input.
    Cost: one recording, and as many sweeps as there are inputs or outputs, whichever are fewer.

    >>> jacobian(lambda x: [x[0] * x[1], x[1]])([2.0, 5.0])
    [[5.0, 2.0], [0.0, 1.0]]
    """
    return _second(f, value_and_jacobian(f, argnums))


def _second(f: Callable[..., Any], both: Callable[..., Any]) -> Callable[..., Any]:
    """The derivative alone, of a function that returns value and derivative."""

    @functools.wraps(f)
    def derivative(*args: Any, **kwargs: Any) -> Any:
        return both(*args, **kwargs)[1]

    return derivative


def value_and_jacobian(f: Callable[..., Any], argnums: Argnums = 0) -> Callable[..., Any]:
    """f and its Jacobian at once: a function that returns the pair. As ``jacobian`` otherwise."""

    @functools.wraps(f)
    def value_and_jacobian_of_f(*args: Any, **kwargs: Any) -> Any:
        with _record(f, argnums, args, kwargs) as run:
            return run.value(), run.outputs.outer(run.inputs, run.jacobian())

    return value_and_jacobian_of_f


def hessian(f: Callable[..., Any], argnums: Argnums = 0) -> Callable[..., Any]:
    """The Hessian of f, H[i, j] = ∂²f/∂x_i∂x_j: the Jacobian of its gradient.

    f: returns one number. Cost: one recorded gradient, and one sweep over it per input.

    >>> hessian(lambda x: x[0] ** 2 * x[1])([3.0, 5.0])
    [[10.0, 6.0], [6.0, 0.0]]
    """
    return jacobian(grad(f, argnums), argnums)


def jvp(f: Callable[..., Any], primals: Sequence[Any], tangents: Sequence[Any]) -> tuple[Any, Any]:
    """f at the primals, and its derivative along the tangents: a pair of f's shape.

    Cost: one recording and one forward sweep, whatever the number of inputs.
    Raises: TypeError where the tangents have not the shape of the primals.

    >>> jvp(lambda x, y: x * y, (2.0, 5.0), (1.0, 0.0))
    (10.0, 5.0)
    """
    with _record(f, range(len(primals)), tuple(primals), {}) as run:
        seeds = run.inputs.like(tuple(tangents), "jvp: the tangents")
        return run.value(), run.outputs.rebuild(run.tangents(seeds))


def vjp(f: Callable[..., Any], *primals: Any) -> tuple[Any, Callable[[Any], tuple[Any, ...]]]:
    """f at the primals, and the function from adjoints of f's shape to those of the primals.

    Cost: one recording; one reverse sweep per call of the function.

    >>> y, pull = vjp(lambda x, y: x * y, 2.0, 5.0)
    >>> y, pull(1.0)
    (10.0, (5.0, 2.0))
    """
    with _record(f, range(len(primals)), primals, {}) as run:
        value = run.value()

    def pull(adjoints: Any) -> tuple[Any, ...]:
        given = run.outputs.like(adjoints, "vjp: the adjoints")
        seeds: dict[Value, Any] = {}
        for y, seed in zip(run.outputs.leaves, given, strict=True):
            if isinstance(y, Value):
                seeds[y] = seeds[y] + seed if y in seeds else seed
        return run.inputs.rebuild(run.adjoints(seeds))  # type: ignore[no-any-return]  # of f's shape

    return value, pull


def hvp(f: Callable[..., Any]) -> Callable[..., Any]:
    """The product of f's Hessian with a vector: ``hvp(f)(x, v, *more)``, forward over reverse.

    Cost: one recorded gradient and one forward sweep over it: a few times that of f, whatever
    the number of inputs.

    >>> hvp(lambda x: x[0] ** 2 * x[1])([3.0, 5.0], [1.0, 0.0])
    [10.0, 6.0]
    """

    @functools.wraps(f)
    def product(x: Any, v: Any, *more: Any, **kwargs: Any) -> Any:
        return jvp(lambda x: grad(f)(x, *more, **kwargs), (x,), (v,))[1]

    return product


class _Run:
    """A function recorded at some arguments: its inputs and outputs, and sweeps between them.

    nested: whether the sweeps are recorded in their turn
    kept:   whether what they record may be evaluated at other inputs, which take other arms;
            not so under a transform of floats, unless an input is a leaf from elsewhere
    """

    def __init__(self, inputs: Tree, outputs: Tree, nested: bool, kept: bool) -> None:
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
        return {*self.order, *self.inputs.leaves}

    @functools.cached_property
    def tame(self) -> set[Value]:
        return tame(self.inputs.leaves, self.order)

    def single_output(self, who: str) -> Any:
        n = len(self.outputs.leaves)
        if n != 1:
            raise TypeError(f"{who}: f returned {n} outputs; expected 1. Use jacobian(f).")
        return self.outputs.leaves[0]

    def number(self, y: Any) -> Any:
        """An output as the caller gets it: a float, unless a transform is waiting for it."""
        return y if self.nested or not isinstance(y, Value) else y.data

    def value(self) -> Any:
        return self.outputs.rebuild([self.number(y) for y in self.outputs.leaves])

    def adjoints(self, seeds: dict[Any, Any]) -> list[Any]:
        if compiled and not self.nested and {*map(type, seeds.values())} == {float}:
            seeds = {y: seed for y, seed in seeds.items() if isinstance(y, Value)}
            return compiled.adjoints(self.roots, seeds, self.inputs.leaves)  # type: ignore[no-any-return]  # floats
        start = {y: seed for y, seed in seeds.items() if y in self.active}
        edges = self._edges
        if self.kept and any(node.op and node.op.choice for node in self.order):
            edges = Guard(edges, start, self.tame).edges
        with self._sweeping():
            found = reverse(self.order, start, edges, self._product(seeds.values()))
        return [found.get(x, 0.0) for x in self.inputs.leaves]

    def tangents(self, seeds: Sequence[Any]) -> list[Any]:
        start = dict(zip(self.inputs.leaves, seeds, strict=True))
        with self._sweeping():
            found = forward(self.order, start, self._edges, self._product(seeds))
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

    @contextmanager
    def _sweeping(self) -> Iterator[None]:
        mode.sweeping += 1
        try:
            yield
        finally:
            mode.sweeping -= 1


@contextmanager
def _record(
    f: Callable[..., Any],
    argnums: Any,
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
) -> Iterator[_Run]:
    """Call f with the chosen arguments replaced by Values."""
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
    mode.differentiating += 1
    if kept or not nested:
        mode.passing = frozenset() if kept else frozenset(inputs.leaves)
    try:
        y = _call(f, [given[i] for i in range(len(args))], {name: given[name] for name in kwargs})
        yield _Run(inputs, Tree(y, "f returned"), nested, kept)
    finally:
        mode.differentiating -= 1
        mode.passing = passing


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
            names = list(inspect.signature(f).parameters)
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
