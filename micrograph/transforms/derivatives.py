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
from collections.abc import Callable, Sequence
from typing import Any

from ..engine.value import Value
from .run import Run, record

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

    def both(run: Run) -> tuple[Any, Any]:
        y = run.single_output("grad")
        return run.number(y), run.inputs.rebuild(run.adjoints({y: 1.0}))

    @functools.wraps(f)
    def value_and_gradient(*args: Any, **kwargs: Any) -> Any:
        return record(f, argnums, args, kwargs, both)

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

    def both(run: Run) -> tuple[Any, Any]:
        return run.value(), run.outputs.outer(run.inputs, run.jacobian())

    @functools.wraps(f)
    def value_and_jacobian_of_f(*args: Any, **kwargs: Any) -> Any:
        return record(f, argnums, args, kwargs, both)

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

    def both(run: Run) -> tuple[Any, Any]:
        seeds = run.inputs.like(tuple(tangents), "jvp: the tangents")
        return run.value(), run.outputs.rebuild(run.tangents(seeds))

    return record(f, range(len(primals)), tuple(primals), {}, both)  # type: ignore[no-any-return]  # the pair


def vjp(f: Callable[..., Any], *primals: Any) -> tuple[Any, Callable[[Any], tuple[Any, ...]]]:
    """f at the primals, and the function from adjoints of f's shape to those of the primals.

    Cost: one recording; one reverse sweep per call of the function.

    >>> y, pull = vjp(lambda x, y: x * y, 2.0, 5.0)
    >>> y, pull(1.0)
    (10.0, (5.0, 2.0))
    """
    run, value = record(f, range(len(primals)), primals, {}, then=lambda run: (run, run.value()))

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
