"""A function called on Values, and the sweeps between its inputs and its outputs."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable, Sequence
from itertools import chain
from operator import index
from typing import Any

from ..core import Primitive
from ..engine.build import compiled
from ..engine.calls import awaits, close_all, joined
from ..engine.reading import current, edges, live, sloped, topological, trace_of, traces
from ..engine.recording import VALUE
from ..engine.sweep import forward, reverse
from ..engine.value import Value, mode, tick
from ..namespaces.floats import FLOAT
from .branches import Guard, into_branches, recorded_product, tame
from .containers import has_value, numbers_for_values, values_in
from .tree import Tree


class Run:
    """A function recorded at some arguments: its inputs and outputs, and sweeps between them.

    Args:
        inputs: The Values that the function was called with.
        outputs: What the function returned.
        aux: What else the function returned.
        birth: The time at which the call began.
        given: Whether the caller gave a Value, from which an input was then computed.

    Attributes:
        recorded: Whether the results are Values, and the sweeps are recorded. It is true if
            ``given`` is true, or if the function captured a Value from before the call.
        kept: Whether the recorded sweeps may outlive this call, and be evaluated where ``where``
            takes another branch. It is true if the results are recorded, and were computed from a
            leaf from before the call that is no input of a transform under way, or from an input
            of a trace.
        aux: What else the function returned. Numbers stand in place of Values unless the results
            are recorded.
    """

    def __init__(self, inputs: Tree, outputs: Tree, aux: Any, birth: int, given: bool) -> None:
        self.inputs, self.outputs = inputs, outputs
        roots = [y for y in outputs.leaves if isinstance(y, Value)]
        others = () if aux is None else values_in(aux)
        foreign, leaves = captured((*roots, *others), birth)
        self.recorded = given or foreign
        self.kept = self.recorded and (leaves or any(map(trace_of, roots if traces else ())))
        self.aux = aux if self.recorded else numbers_for_values(aux)
        self._roots = tuple(roots)

    def single_output(self, who: str) -> Any:
        """The one output. Raises TypeError if there are more or none."""
        n = len(self.outputs.leaves)
        if n != 1:
            raise TypeError(f"{who}: f returned {n} outputs; expected 1. Use jacobian(f).")
        return self.outputs.leaves[0]

    def number(self, y: Any) -> Any:
        """A number of the result as the caller gets it: a Value if the results are recorded."""
        return _recorded(y) if self.recorded else y

    def output(self, y: Any) -> Any:
        """An output as the caller gets it."""
        return y.data if isinstance(y, Value) and not self.recorded else self.number(y)

    def value(self) -> Any:
        """What the function returned, as the caller gets it."""
        return self.outputs.rebuild([self.output(y) for y in self.outputs.leaves])

    def adjoints(self, seeds: dict[Any, Any]) -> list[Any]:
        """The adjoint of each input, for these adjoints of outputs.

        Raises:
            RuntimeError: If a leaf was assigned after its use.
        """
        start = {y: seed for y, seed in seeds.items() if isinstance(y, Value)}
        if self._takes_numbers(start.values()):
            if compiled and not awaits(topological, *start):
                return compiled.adjoints(start, self.inputs.leaves)  # type: ignore[no-any-return]  # floats
            return self._adjoints(start, FLOAT.azmul)
        close_all(topological, *start)
        found: list[Any] = while_sweeping(lambda: self._recorded_adjoints(start))
        return list(map(_recorded, found))

    def _recorded_adjoints(self, start: dict[Value, Any]) -> list[Any]:
        found: list[Any] | None = None
        if compiled and self.recorded:
            found = compiled.recorded_adjoints(start, self.inputs.leaves, self.kept)
        return self._adjoints(start, recorded_product) if found is None else found

    def _adjoints(self, start: dict[Value, Any], product: Callable[[Any, Any], Any]) -> list[Any]:
        order, active = self._between(start)
        edges, together = self._edges(active), product is recorded_product
        if self.kept and any(node.op and node.op.choice for node in order):
            together = False  # the guard asks for each edge
            start = {y: seed for y, seed in start.items() if y in active}
            edges = Guard(edges, start, tame(self.inputs.leaves, order)).edges
        found = reverse(order, start, *joined(order, start, edges, product, together))
        return [found.get(x, 0.0) for x in self.inputs.leaves]

    def tangents(self, directions: Sequence[Sequence[Any]]) -> list[list[Any]]:
        """The tangents of the outputs in each of these directions.

        A direction is a tangent for each input.

        Raises:
            RuntimeError: If a leaf was assigned after its use.
        """
        if self._takes_numbers(list(chain.from_iterable(directions))):
            close_all(topological, *self._roots)
            if compiled:
                found = compiled.tangents(self._roots, self.inputs.leaves, directions)
            else:
                found = [self._tangents(seeds, FLOAT.azmul) for seeds in directions]
        else:
            each = lambda: [self._recorded_tangents(seeds) for seeds in directions]
            found = [list(map(_recorded, row)) for row in while_sweeping(each)]
        return list(map(self._in_place, found))

    def _recorded_tangents(self, seeds: Sequence[Any]) -> list[Any]:
        found: list[Any] | None = None
        if compiled and self.recorded:
            nodes = self._roots, self.inputs.leaves
            found = compiled.recorded_tangents(*nodes, seeds, self.kept)
        return self._tangents(seeds, recorded_product) if found is None else found

    def _tangents(self, seeds: Sequence[Any], product: Callable[[Any, Any], Any]) -> list[Any]:
        """The tangents of the outputs that are Values."""
        start = dict(zip(self.inputs.leaves, seeds, strict=True))
        order, active = self._between(self._roots)
        found = forward(order, start, self._edges(active), product)
        return [found.get(y, 0.0) for y in self._roots]

    def _in_place(self, tangents: Iterable[Any]) -> list[Any]:
        """The tangents of all outputs, from those of the outputs that are Values."""
        rest = iter(tangents)
        found = [next(rest) if isinstance(y, Value) else 0.0 for y in self.outputs.leaves]
        return list(map(self.number, found))

    def _takes_numbers(self, seeds: Iterable[Any]) -> bool:
        """Whether the sweep is over numbers: neither the partials nor the seeds are Values."""
        return not self.recorded and not has_value(seeds)

    def jacobian(self) -> list[list[Any]]:
        """∂y_i/∂x_j, a row for each output, in the mode that takes fewer sweeps."""
        n, m = len(self.inputs.leaves), len(self.outputs.leaves)
        if n < m:
            columns = self.tangents([[float(i == j) for i in range(n)] for j in range(n)])
            return [list(row) for row in zip(*columns, strict=True)] if columns else [[]] * m
        return [self.adjoints({y: 1.0}) for y in self.outputs.leaves]

    def _between(self, roots: Iterable[Value]) -> tuple[list[Value], set[Any]]:
        """The nodes between the inputs and these roots; and the set of these and the inputs."""
        active, order = set(self.inputs.leaves), []
        for node in current(*roots):
            if node in active or not active.isdisjoint(sloped(node, self.kept)):
                active.add(node)
                order.append(node)
        return order, active

    def _edges(self, active: set[Any]) -> Callable[[Value], list[tuple[Value, Any]]]:
        """The edges among these nodes. If the results are recorded, the partials are, too."""

        def numeric(node: Value) -> list[tuple[Value, Any]]:
            return [pair for pair in edges(node, self.kept) if pair[0] in active]

        def recorded(node: Value) -> list[tuple[Value, Any]]:
            live = numeric(node)
            if not live or node.op is None:
                return live
            partials = VALUE.partials(node.op, node, node.operands)
            wanted = {x for x, _ in live}
            pairs = zip(node.operands, partials, strict=True)
            live = [(x, d) for x, d in pairs if isinstance(x, Value) and x in wanted]
            if not node.op.choice:
                return live
            live = [(x, d) for x, d in live if isinstance(d, Value) or d]  # none into a condition
            return into_branches(node, live) if self.kept else live

        return recorded if self.recorded else numeric


def while_sweeping(sweep: Callable[[], Any]) -> Any:
    """What a recorded sweep returns. At a pole the sweep goes on, with an infinity or NaN.

    A trace of a function that is to be compiled is no sweep, and goes on at a pole likewise.
    """
    before = mode.sweeping
    try:
        mode.sweeping = before + 1
        return sweep()
    finally:
        mode.sweeping = before


def _recorded(x: Any) -> Value:
    return x if isinstance(x, Value) else Value(x)


def captured(roots: tuple[Value, ...], birth: int) -> tuple[bool, bool]:
    """What a call that began at the time ``birth`` captured: two answers.

    Returns:
        Whether a path of edges with a slope leads from a Value from before the call to a root; and
        whether the roots were computed from a leaf from before the call that is no input of a
        transform under way.

    Raises:
        RuntimeError: If a leaf was assigned after its use.

    Cost:
        One walk.
    """
    if compiled:
        return compiled.captured(roots, birth)  # type: ignore[no-any-return]  # two bools
    order = current(*roots)
    old = {node for node in order if (node._time if node._op else node._born) < birth}
    reached = set(roots) if old else set()
    for node in reversed(order):
        if node in reached:
            reached.update(sloped(node))
    kept = any(node._op is None and node not in live for node in old)
    return not old.isdisjoint(reached), kept


def record(
    f: Callable[..., Any],
    argnums: Any,
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    then: Callable[[Run], Any],
    has_aux: bool = False,
) -> Any:
    """What ``then`` returns for the Run of f, called with Values in place of the chosen arguments.

    Both f and ``then`` are called while the Values are live, which is while a transform
    differentiates by them.
    """
    keys, several = positions(f, argnums, args, kwargs)
    given: dict[Any, Any] = {**dict(enumerate(args)), **kwargs}
    chosen = tuple(given[key] for key in keys)
    plain = Tree(chosen if several else chosen[0])
    birth = tick()
    inputs = plain.map(lambda x: VALUE.identity(x) if isinstance(x, Value) else Value(x))
    wrapped = inputs.rebuild(inputs.leaves, flags=True)
    given.update(zip(keys, wrapped if several else (wrapped,), strict=True))
    positional, named = [given[i] for i in range(len(args))], {x: given[x] for x in kwargs}

    def run() -> Any:
        y, aux = _call(f, positional, named), None
        if has_aux:
            y, aux = _pair(y)
        by_values = has_value(plain.leaves)
        return then(Run(inputs, Tree(y, "f returned"), aux, birth, by_values))

    return while_live(inputs.leaves, run)


def while_live(inputs: Iterable[Any], call: Callable[[], Any], among: set[Any] = live) -> Any:
    """What the call returns. Meanwhile these inputs are live, or these traces are under way.

    Args:
        inputs: The inputs, or the traces.
        call: What is called.
        among: The set of all that are so: ``live``, or ``traces``.

    An interrupt may come between any two calls. So the set is not changed before ``try``, and a
    single operator undoes the change. The operator needs no memory, as the arguments of a method
    would. There is no loop here, because in CPython 3.11 ``try`` does not guard a jump backward.
    """
    some = frozenset(inputs)
    try:
        among |= some
        return call()
    finally:
        among -= some


def _pair(y: Any) -> tuple[Any, Any]:
    if not isinstance(y, tuple) or len(y) != 2:
        raise TypeError(f"has_aux: f should return a pair (value, aux), got {y!r}")
    return y


def _call(f: Callable[..., Any], args: Sequence[Any], kwargs: dict[str, Any]) -> Any:
    """What f returns. A TypeError that f raises is raised in better words if there are any."""
    try:
        return f(*args, **kwargs)
    except (TypeError, AttributeError) as error:
        explain(error)
        raise


def explain(error: Exception) -> None:
    """Raise NumPy's refusal to convert Values to floats in the words of ``float(v)``."""
    modules = [module for module, _ in _frames(error)]
    if any(x.startswith("numpy.ma.") for x in modules) and "masked array" not in str(error):
        raise TypeError(
            "numpy.ma takes floats here, not Values; compute with what is not masked: "
            "x.compressed(), or np.where(x.mask, 0.0, x.data)"
        ) from error
    if not isinstance(error, TypeError):
        return
    of_floats = re.match(r"ufunc '(\w+)' not supported for the input types", str(error))
    of_objects = re.match(
        r"loop of ufunc does not support argument .* callable (\w+) m", str(error)
    )
    package, who = _refusing(error)
    of_values = "float(" in str(error) or "object" in str(error) or "Value(" in str(error)
    owner = "SciPy's" if package == "SciPy" else "pandas'"
    if (package == "pandas" and of_values) or who in INSTEAD:
        raise TypeError(
            f"{owner} {who} takes floats, and would drop the derivative; use "
            + INSTEAD.get(who, "NumPy's function, or micrograph's, of x.to_numpy()")
        ) from error
    if of_floats:
        raise TypeError(
            f"NumPy's {of_floats[1]} takes floats, and float(v) would drop its derivative: a "
            "function of SciPy's? Use micrograph's own (mg.norm_cdf), micrograph.math, or v.data"
        ) from error
    if of_objects:
        raise TypeError(
            f"NumPy's {of_objects[1]} met an array of objects that holds numbers beside Values; "
            "make the array by micrograph.numpy, or call micrograph's own function"
        ) from error


INSTEAD = {
    "logsumexp": "mg.logsumexp(x, axis=…)",
    "log_softmax": "mg.log_softmax(x, axis=…)",
    "softmax": "mg.softmax(x, axis=…)",
}
"""What to write in place of a function of SciPy's."""


def _frames(error: Exception) -> list[tuple[str, str]]:
    """The functions that an error came through, each with its module before it."""
    frames, last = [], error.__traceback__
    while last:
        frames.append((last.tb_frame.f_globals.get("__name__", ""), last.tb_frame.f_code.co_name))
        last = last.tb_next
    return frames


def _refusing(error: Exception) -> tuple[str, str]:
    """The function of pandas' or SciPy's that refuses Values, and its package before it; or ""s."""
    frames = _frames(error)
    while frames and frames[-1][0].startswith(("micrograph.", "numpy.")):
        frames.pop()
    package = frames[-1][0].partition(".")[0] if frames else ""
    if package not in ("pandas", "scipy"):
        return "", ""
    who = ""
    while frames and frames[-1][0].startswith((package, "micrograph.arrays")):
        module, name = frames.pop()
        inner = name.startswith("_") or module.startswith(("pandas.util", "scipy._lib", "micro"))
        who = who if inner else name
    return {"scipy": "SciPy"}.get(package, package), who


def positions(
    f: Callable[..., Any], argnums: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> tuple[list[int | str], bool]:
    """Where the arguments to differentiate by are: positions in args, or names in kwargs."""
    single = isinstance(argnums, str) or hasattr(argnums, "__index__")
    several = not single or (hasattr(argnums, "__len__") and not isinstance(argnums, str))
    if several and not isinstance(argnums, Sequence):
        raise TypeError(
            "argnums: expected a position or a parameter's name, or a sequence of them, got "
            f"{argnums!r}"
        )
    keys: list[int | str] = []
    for which in argnums if several else [argnums]:
        key = _position(f, which, args, kwargs)
        if key in keys:
            raise TypeError(f"argnums: {which!r} is an argument that {argnums!r} has already")
        keys.append(key)
    return keys, several


def _position(f: Callable[..., Any], which: Any, args: Sequence[Any], kwargs: Any) -> int | str:
    if isinstance(which, str) and which not in kwargs:
        names = list(f.arguments if isinstance(f, Primitive) else inspect.signature(f).parameters)
        if which not in names or names.index(which) >= len(args):
            raise TypeError(f"argnums: no argument {which!r} is given; f takes {', '.join(names)}")
        return names.index(which)
    if hasattr(which, "__index__"):
        if not -len(args) <= which < len(args):
            named = f" by position; of one by name, write argnums={next(iter(kwargs), '')!r}"
            raise TypeError(
                f"argnums: there is no argument {which}; f got {len(args)}{named * bool(kwargs)}"
            )
        return index(which) % len(args)
    if not isinstance(which, str):
        raise TypeError(f"argnums: expected a position or a parameter's name, got {which!r}")
    return which
