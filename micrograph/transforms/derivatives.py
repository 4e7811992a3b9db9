"""Derivatives of functions: grad, jacobian, hessian, jvp, vjp, hvp, nested to any order.

A transform calls the function on Values, which record it, and sweeps what they recorded.
Inside another transform the sweep runs the same rules on Values again: what comes out is
recorded in its turn, and can be differentiated once more. Each call differentiates by its
own nodes, so a variable of an outer transform is a constant of an inner one (Siskind &
Pearlmutter, Nesting forward-mode AD, 2008).

The conventions are JAX's. Arguments may be numbers, arrays, and lists, tuples and dicts of
them; an array reaches the function as an array of Values. Only the arguments in ``argnums``
are wrapped. Floats and float64 arrays come back; nobody's ``.grad`` is read or written.

A Value is foreign to a transform if it was there before the call, is not among the arguments
differentiated by, and has a slope path to an output. If there is one, all numbers of the result are
Values, recorded, so that what is made of them can be differentiated by it.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from types import MethodType
from typing import Any, NoReturn

from ..engine.build import compiled
from ..engine.value import Value
from .run import Run, explain, record, while_live
from .tree import Tree

Argnums = int | str | Sequence[int | str]


def grad(f: Callable[..., Any], argnums: Argnums = 0, has_aux: bool = False) -> Callable[..., Any]:
    """The gradient of f, a function of the same arguments.

    f:       returns one number
    argnums: which arguments to differentiate by: a position or a parameter's name, or a
             sequence of them, for a tuple of gradients
    has_aux: f returns a pair, the number and anything else; so does the gradient, of itself and
             what else f returned, with numbers for Values

    Returns what has the shape of the argument: a float, a float64 array, a container of them; of
    Values where f captured one. The gradient can be pickled if f can.
    Cost: one recording and one reverse sweep, whatever the number of inputs.
    Raises: TypeError where f is no function, or returns anything but one number, or an argument is
    no number; RuntimeError where f uses what was recorded before a leaf changed.

    >>> grad(lambda x: x**3)(2.0)
    12.0
    >>> grad(grad(lambda x: x**3))(2.0)
    12.0
    >>> grad(lambda x: (x**3, {"square": x**2}), has_aux=True)(2.0)
    (12.0, {'square': 4.0})
    """
    return Derivative(grad, f, argnums, has_aux, _gradient, alone=True)


def value_and_grad(
    f: Callable[..., Any], argnums: Argnums = 0, has_aux: bool = False
) -> Callable[..., Any]:
    """f and its gradient at once: a function that returns the pair. As ``grad`` otherwise.

    With ``has_aux`` the value is what f returns, the pair of a number and anything else.

    >>> value_and_grad(lambda x, y: x * y, argnums=("x", "y"))(2.0, 5.0)
    (10.0, (5.0, 2.0))
    """
    return Derivative(value_and_grad, f, argnums, has_aux, _gradient)


def _gradient(run: Run) -> tuple[Any, Any]:
    y = run.single_output("grad")
    return run.output(y), run.inputs.rebuild(run.adjoints({y: 1.0}))


def jacobian(
    f: Callable[..., Any], argnums: Argnums = 0, has_aux: bool = False
) -> Callable[..., Any]:
    """The Jacobian of f, a function of the same arguments.

    f: returns numbers, arrays, or containers of them
    argnums, has_aux: as for ``grad``

    Returns, for an output of shape s and an input of shape t, an array of shape s + t,
    J[i, j] = ∂y_i/∂x_j; for containers the container of the output, holding that of the input.
    Cost: one recording, and as many sweeps as there are inputs or outputs, whichever are fewer.

    >>> jacobian(lambda x: [x[0] * x[1], x[1]])([2.0, 5.0])
    [[5.0, 2.0], [0.0, 1.0]]
    """
    return Derivative(jacobian, f, argnums, has_aux, _jacobian, alone=True)


def value_and_jacobian(
    f: Callable[..., Any], argnums: Argnums = 0, has_aux: bool = False
) -> Callable[..., Any]:
    """f and its Jacobian at once: a function that returns the pair. As ``jacobian`` otherwise."""
    return Derivative(value_and_jacobian, f, argnums, has_aux, _jacobian)


def _jacobian(run: Run) -> tuple[Any, Any]:
    return run.value(), run.outputs.outer(run.inputs, run.jacobian())


def hessian(
    f: Callable[..., Any], argnums: Argnums = 0, has_aux: bool = False
) -> Callable[..., Any]:
    """The Hessian of f, H[i, j] = ∂²f/∂x_i∂x_j: the Jacobian of its gradient.

    f: returns one number. argnums, has_aux: as for ``grad``
    Cost: one recorded gradient, and one sweep over it per input.

    >>> hessian(lambda x: x[0] ** 2 * x[1])([3.0, 5.0])
    [[10.0, 6.0], [6.0, 0.0]]
    """
    return jacobian(grad(f, argnums, has_aux), argnums, has_aux)


class Derivative:
    """A function's derivative, which a transform made: called as the function is.

    transform: the one that made it, with f, argnums and has_aux
    both:      the value and the derivative of the recorded function
    alone:     whether the derivative is wanted without the value
    """

    def __init__(
        self,
        transform: Callable[..., Any],
        f: Callable[..., Any],
        argnums: Argnums,
        has_aux: bool,
        both: Callable[[Run], tuple[Any, Any]],
        alone: bool = False,
    ) -> None:
        who = transform.__name__
        if not callable(f):
            _refuse(who, f)
        self._made_by = transform, f, argnums, has_aux
        self._both, self._alone = both, alone
        self.__doc__, self.__module__ = f.__doc__, getattr(f, "__module__", "micrograph")
        self._at_once: Any = None
        if compiled and both is _gradient and not has_aux:
            self._at_once = compiled.gradient_at_once(f, argnums, alone)

    def __call__(self, /, *args: Any, **kwargs: Any) -> Any:
        """The derivative at these arguments, which are f's."""
        if self._at_once is not None and not kwargs:
            found = self._at_once.of(self, args)
            if found is not NotImplemented:
                return found
        _, f, argnums, has_aux = self._made_by
        return record(f, argnums, args, kwargs, self._wanted, has_aux)

    def _finish(self, inputs: list[Value], y: Any, birth: int) -> Any:
        """What follows after f returned y for these inputs, where more than numbers are swept."""
        given = Tree(inputs[0] if isinstance(self._made_by[2], int) else tuple(inputs))
        return self._wanted(Run(given, Tree(y, "f returned"), None, birth, given=False))

    _explain = staticmethod(explain)

    def _wanted(self, run: Run) -> Any:
        value, slope = self._both(run)
        if self._made_by[-1]:
            return (slope, run.aux) if self._alone else ((value, run.aux), slope)
        return slope if self._alone else (value, slope)

    def __getattr__(self, name: str) -> Any:
        """What ``functools.wraps`` would have copied from f, if it is asked for."""
        if name == "__wrapped__":
            return self._made_by[1]
        if name in functools.WRAPPER_ASSIGNMENTS:
            return getattr(self._made_by[1], name)
        raise AttributeError(f"{self!r} has no attribute {name!r}")

    def __get__(self, owner: Any, cls: type | None = None) -> Any:
        return self if owner is None else MethodType(self, owner)

    def __repr__(self) -> str:
        transform, f, *_ = self._made_by
        return f"{transform.__name__}({f!r})"

    def __reduce__(self) -> tuple[Any, ...]:
        transform, *options = self._made_by
        return transform, tuple(options)


def jvp(
    f: Callable[..., Any],
    primals: Sequence[Any],
    tangents: Sequence[Any],
    has_aux: bool = False,
) -> tuple[Any, ...]:
    """f at the primals, and its derivative along the tangents: a pair of f's shape.

    With ``has_aux`` f returns a pair, and what else it returned comes third.

    Cost: one recording and one forward sweep, whatever the number of inputs.
    Raises: TypeError where the tangents have not the shape of the primals.

    >>> jvp(lambda x, y: x * y, (2.0, 5.0), (1.0, 0.0))
    (10.0, 5.0)
    """
    if not callable(f):
        raise TypeError(f"jvp expects a function, got {f!r}; write jvp(f, primals, tangents)")

    def along(run: Run) -> tuple[Any, ...]:
        seeds = run.inputs.like(tuple(tangents), "jvp: the tangents")
        pair = run.value(), run.outputs.rebuild(run.tangents([seeds])[0])
        return (*pair, run.aux) if has_aux else pair

    found: tuple[Any, ...] = record(f, range(len(primals)), tuple(primals), {}, along, has_aux)
    return found


def vjp(f: Callable[..., Any], *primals: Any, has_aux: bool = False) -> tuple[Any, ...]:
    """f at the primals, and the function from adjoints of f's shape to those of the primals.

    With ``has_aux`` f returns a pair, and what else it returned comes third.

    Cost: one recording; one reverse sweep per call of the function.

    >>> y, pull = vjp(lambda x, y: x * y, 2.0, 5.0)
    >>> y, pull(1.0)
    (10.0, (5.0, 2.0))
    """
    if not callable(f):
        raise TypeError(f"vjp expects a function, got {f!r}; write vjp(f, *primals)")
    kept = lambda run: (run, run.value())
    run, value = record(f, range(len(primals)), primals, {}, kept, has_aux)

    def pull(adjoints: Any) -> tuple[Any, ...]:
        given = run.outputs.like(adjoints, "vjp: the adjoints")
        seeds: dict[Value, Any] = {}
        for y, seed in zip(run.outputs.leaves, given, strict=True):
            if isinstance(y, Value):
                seeds[y] = seeds[y] + seed if y in seeds else seed
        adjoints = while_live(run.inputs.leaves, lambda: run.adjoints(seeds))
        return run.inputs.rebuild(adjoints)  # type: ignore[no-any-return]  # of f's shape

    return (value, pull, run.aux) if has_aux else (value, pull)


def hvp(f: Callable[..., Any]) -> Callable[..., Any]:
    """The product of f's Hessian with a vector: ``hvp(f)(x, v, *more)``, forward over reverse.

    Cost: one recorded gradient and one forward sweep over it: a few times that of f, whatever
    the number of inputs.

    >>> hvp(lambda x: x[0] ** 2 * x[1])([3.0, 5.0], [1.0, 0.0])
    [10.0, 6.0]
    """
    return Product(f)


class Product:
    """The function that ``hvp`` makes."""

    def __init__(self, f: Callable[..., Any]) -> None:
        if not callable(f):
            _refuse("hvp", f)
        self._f, self._slope = f, grad(f)
        functools.update_wrapper(self, f, updated=())

    def __call__(self, x: Any, v: Any, /, *more: Any, **kwargs: Any) -> Any:
        """The Hessian at x times v; what follows are f's other arguments."""
        return jvp(lambda x: self._slope(x, *more, **kwargs), (x,), (v,))[1]

    def __reduce__(self) -> tuple[Any, ...]:
        return hvp, (self._f,)


def _refuse(who: str, f: Any) -> NoReturn:
    raise TypeError(f"{who} expects a function, got {f!r}; write {who}(f)(x)")


for _transform in (grad, value_and_grad, jacobian, value_and_jacobian, hessian, jvp, vjp, hvp):
    _transform.__module__ = "micrograph"  # where a pickle looks for it
