"""Derivatives of solutions: mg.root and mg.fixed_point, by the implicit function theorem.

Let y solve f(y, θ) = 0. Then dy/dθ = −(∂f/∂y)⁻¹·∂f/∂θ at the solution, however it was found
(Griewank & Walther, Evaluating Derivatives, 2nd edition, chapter 15). SciPy finds y on floats. A
record of f at y gives the slopes. So the steps that led to y are not differentiated.

What f depends on is found in the record: the Values among θ, and those that f captures. What f
computes of them is recorded anew by each call. So the record goes back to Values that are older
than the search, which are the same ones in each call.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any, NamedTuple

from ..domain import DomainError
from ..engine.joint import Joint, number_of, recorded
from ..engine.reading import edges, sloped
from ..engine.recording import VALUE
from ..engine.sweep import reverse
from ..engine.value import Value, tick
from ..namespaces.floats import FLOAT
from ..namespaces.text import to_install
from .branches import recorded_product
from .run import while_live
from .tree import Tree

ROOT, FIXED_POINT = Joint("root"), Joint("fixed_point")

NEWTON = 100
"""The largest number of Newton's steps after SciPy's solver: two or three are enough."""


def root(f: Callable[..., Any], x0: Any, *theta: Any) -> Any:
    """x with ``f(x, *theta)`` = 0, differentiated by the implicit function theorem.

    Args:
        f: A function of x and of theta. It returns as many numbers as x has.
        x0: Where the search begins: a number, an array, or a container of numbers. A Value counts
            as its number.
        theta: What f depends on, of any kind. f may also capture Values.

    Returns:
        The solution in the shape of x0. If f depends on Values, its numbers are Values, with
        derivatives of any order. Otherwise they are floats.

    Raises:
        ArithmeticError: If no solution is found, or if the Jacobian of f is singular at the
            solution and f depends on Values: then the solution has no derivative.
        TypeError: If f returns another number of numbers than x has, or in a trace: a graph can't
            hold the search.
        ImportError: If SciPy is missing.

    Cost:
        Some ten records of f to find the solution, and one for its derivative. n unknowns take n
        reverse sweeps of each record.

    Example:
        Kepler's equation E − e·sin E = M:

        >>> from micrograph import grad, sin
        >>> def E(e, M):
        ...     return root(lambda E: E - e * sin(E) - M, M)
        >>> round(E(0.5, 1.0), 12)
        1.498701133518
        >>> round(grad(E)(0.5, 1.0), 12)  # sin E / (1 − e·cos E)
        1.034667232373
    """
    return _Problem("root", f, x0, theta).solved()


def fixed_point(f: Callable[..., Any], x0: Any, *theta: Any) -> Any:
    """x with ``f(x, *theta)`` = x, found by iteration from x0; differentiated as ``root`` is.

    Args:
        f: A function of x and of theta. It returns x's shape.
        x0: Where the iteration begins: a number, an array, or a container of numbers.
        theta: What f depends on, of any kind. f may also capture Values.

    Returns:
        The fixed point in the shape of x0. If f depends on Values, its numbers are Values, with
        derivatives of any order. Otherwise they are floats.

    Raises:
        ArithmeticError: If the iteration does not converge, or if the Jacobian of f has the
            eigenvalue 1 there and f depends on Values: then the fixed point has no derivative.
        TypeError: If f returns another number of numbers than x has, or in a trace: a graph can't
            hold the search.
        ImportError: If SciPy is missing.

    Cost:
        As many calls of f as the iteration takes to eight digits, and one record or two more.

    Example:
        >>> from micrograph import cos
        >>> round(fixed_point(lambda x, a: a * cos(x), 1.0, 1.0), 12)
        0.739085133215
    """
    return _Problem("fixed_point", f, x0, theta).solved()


class _Record(NamedTuple):
    """What f computed at x: the residuals, which should be 0.

    Attributes:
        x: The unknowns.
        residuals: The results, minus x for a fixed point: Values and floats.
        order: The nodes that f recorded and the residuals depend on, parents first.
        others: The Values from outside of f that these nodes were computed from.
    """

    x: list[Value]
    residuals: list[Any]
    order: list[Value]
    others: list[Value]


class _Problem:
    """Equations with a number of unknowns. It is the rule of the nodes of its solution.

    Args:
        who: "root" or "fixed_point".
        f, x0, theta: As ``root`` takes them.
    """

    def __init__(self, who: str, f: Callable[..., Any], x0: Any, theta: tuple[Any, ...]) -> None:
        if not callable(f):
            raise TypeError(f"{who}: expected a function, got {f!r}")
        self.who, self.f, self.theta = who, f, theta
        self.birth = tick()
        self.start = Tree(x0, f"{who}: x0 is").map(partial(number_of, who=who))
        self.solution: list[float] = []
        self.slopes: list[list[float]] = []

    def solved(self) -> Any:
        """The solution, as the user gets it."""
        self.solution = _searched(self) if self.start.leaves else []
        record = self.record(list(map(Value, self.solution)))
        if record.others:
            for x in record.others:
                number_of(x, self.who)  # a trace refuses it
            self.slopes = self._numeric(record)
            return self.start.rebuild(self._nodes(record.others))
        return self.start.rebuild(self.solution)

    def _nodes(self, operands: Sequence[Any]) -> list[Value]:
        row = ROOT if self.who == "root" else FIXED_POINT
        return recorded(row, self.solution, operands, self._pulled, self.slopes)

    def record(self, x: list[Value]) -> _Record:
        """f recorded at x."""
        given = self.start.rebuild(x)
        found = self.returned(while_live(x, lambda: self.f(given, *self.theta)))
        if self.who == "fixed_point":
            found = [a - b for a, b in zip(found, x, strict=True)]
        order = _since(self.birth, found, x)
        inner, others = {*x, *order}, dict[Value, None]()
        for node in order:
            others.update(dict.fromkeys(p for p in sloped(node) if p not in inner))
        others.update({y: None for y in found if isinstance(y, Value) and y not in inner})
        return _Record(x, found, order, [p for p in others if p.op or p._born < self.birth])

    def returned(self, y: Any) -> list[Any]:
        """The numbers that f returned, as many as there are unknowns."""
        found, n = Tree(y, f"{self.who}: f returned").leaves, len(self.start.leaves)
        if len(found) != n:
            raise TypeError(
                f"{self.who}: f returned {len(found)} numbers for {n} unknowns; expected {n}"
            )
        return found

    def jacobian(self, record: _Record) -> tuple[list[list[float]], list[list[float]]]:
        """The slopes of each residual in the unknowns, and in what else f depends on."""
        wanted = {*record.x, *record.order, *record.others}

        def slopes(node: Value) -> Iterable[tuple[Value, Any]]:
            return [pair for pair in edges(node) if pair[0] in wanted]

        found = [_swept(record, y, slopes, FLOAT.azmul) for y in record.residuals]
        return [a for a, _ in found], [b for _, b in found]

    def _numeric(self, record: _Record) -> list[list[float]]:
        """dx/dθ in numbers: a row for each unknown."""
        by_x, by_others = self.jacobian(record)
        import numpy as np

        try:
            with np.errstate(all="ignore"):
                found = -np.linalg.solve(np.array(by_x), np.array(by_others))
        except np.linalg.LinAlgError:
            found = np.array([[np.nan]])
        if not np.all(np.isfinite(found)):
            at = ", ".join(f"{x:g}" for x in self.solution[:4])
            raise ArithmeticError(
                f"{self.who}: the Jacobian of the equations is singular at the solution {at}, so "
                "the solution has no derivative there"
            )
        return found.tolist()  # type: ignore[no-any-return]  # floats

    def _pulled(self, seeds: Sequence[float], operands: Sequence[Any] | None) -> list[Any]:
        """The adjoints of the operands, recorded, for these adjoints of the unknowns."""
        assert operands is not None  # in numbers, the partials are known
        record = self.record(self._nodes(operands))
        wanted = {*record.x, *record.order, *record.others}

        def slopes(node: Value) -> Iterable[tuple[Value, Any]]:
            partials = VALUE.partials(node.op, node, node.operands) if node.op else ()
            sloped = wanted.intersection(x for x, _ in edges(node))
            pairs = zip(node.operands, partials, strict=True)
            return [(x, d) for x, d in pairs if isinstance(x, Value) and x in sloped]

        found = [_swept(record, y, slopes, recorded_product) for y in record.residuals]
        weights = _solved_transposed([a for a, _ in found], seeds)
        columns = dict(zip(record.others, zip(*[b for _, b in found], strict=True), strict=True))
        return [
            -sum(w * d for w, d in zip(weights, columns[x], strict=True)) if x in columns else 0.0
            for x in operands
        ]


def _solved_transposed(matrix: list[list[Any]], seeds: Sequence[float]) -> list[Any]:
    """w with wᵀ·matrix = seedsᵀ, in Values."""
    if len(matrix) == 1:
        return [seeds[0] / matrix[0][0]]
    import numpy as np

    from ..arrays.linalg import solve

    found: list[Any] = solve(np.array(matrix, dtype=object).T, np.array(seeds)).tolist()
    return found


def _swept(
    record: _Record, y: Any, slopes: Callable[[Value], Iterable[tuple[Value, Any]]], times: Any
) -> tuple[list[Any], list[Any]]:
    """The slopes of one residual in the unknowns, and in what else f depends on."""
    found = reverse(record.order, {y: 1.0}, slopes, times) if isinstance(y, Value) else {}
    return [found.get(x, 0.0) for x in record.x], [found.get(x, 0.0) for x in record.others]


def _since(birth: int, roots: Iterable[Any], x: Iterable[Value]) -> list[Value]:
    """The inner nodes recorded since a time that the roots depend on, but x, parents first."""
    order, known = [], set(x)
    waiting = [(y, False) for y in roots if isinstance(y, Value)]
    while waiting:
        node, done = waiting.pop()
        if done:
            order.append(node)
        elif node.op and node._time >= birth and node not in known:
            known.add(node)
            waiting.append((node, True))
            waiting += [(p, False) for p in sloped(node)]
    return order


def _searched(problem: _Problem) -> list[float]:
    """The solution on floats: by SciPy's solver, and then Newton's steps to the last digits."""
    try:
        import numpy as np
        from scipy import optimize
    except ImportError:
        raise ImportError(f"{problem.who} needs SciPy: {to_install('fast')}") from None

    last: list[Any] = []

    def residuals(x: Any) -> tuple[Any, Any]:
        try:
            record = problem.record(list(map(Value, np.asarray(x, float).tolist())))
        except (ArithmeticError, DomainError):
            if not last:
                raise  # already at the start
            return last[0] * 1e9, last[1]  # a step too far: the solver takes a shorter one
        numbers = [y.data if isinstance(y, Value) else float(y) for y in record.residuals]
        last[:] = np.array(numbers), np.array(problem.jacobian(record)[0])
        return last[0], last[1]

    def next_point(x: Any) -> Any:
        given = problem.start.rebuild(np.asarray(x, float).tolist())
        y = problem.returned(problem.f(given, *problem.theta))
        found = np.array([e.data if isinstance(e, Value) else e for e in y], float)
        if not np.all(np.isfinite(found)):
            raise OverflowError("a number that is not finite")
        return found

    start = np.array(problem.start.leaves, float)
    refused = ""
    for method in ("hybr", "lm") if problem.who == "root" else ("iteration",):
        try:
            if method == "iteration":
                x = optimize.fixed_point(
                    next_point, start, xtol=1e-8, maxiter=10_000, method=method
                )
            else:
                x = optimize.root(residuals, start, jac=True, method=method, tol=1e-12).x
            if np.all(np.isfinite(x)):
                x, good = _polished(residuals, x, np)
                if good:
                    return x.tolist()  # type: ignore[no-any-return]  # floats
        except (RuntimeError, OverflowError) as error:
            refused = f": {error}"
    at = ", ".join(f"{x:g}" for x in problem.start.leaves[:4])
    raise ArithmeticError(
        f"{problem.who}: no solution found from x0 = {at}; begin nearer to one{refused}"
    )


def _polished(residuals: Callable[[Any], tuple[Any, Any]], x: Any, np: Any) -> tuple[Any, bool]:
    """x after Newton's steps, as long as the residuals get smaller; and whether it is a solution.

    It is one if the residuals are 0, or if they get no smaller and the last step was too small to
    count, beside x and beside where the steps began.
    """
    reach = np.abs(x).max()
    y, slopes = residuals(x)
    for _ in range(NEWTON):
        if not y.any():
            return x, True
        try:
            step = np.linalg.solve(slopes, y)
            there = residuals(x - step)
        except (np.linalg.LinAlgError, ArithmeticError, ValueError):
            break
        if not np.abs(there[0]).sum() < np.abs(y).sum():
            return x, bool(np.abs(step).max() <= 1e-12 * max(reach, np.abs(x).max()))
        x, (y, slopes) = x - step, there
    return x, False
