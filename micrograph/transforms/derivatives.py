"""Derivatives of functions: grad, jacobian, hessian, jvp, vjp, hvp, nested to any order.

A transform calls the function on Values. They record the function, and a sweep over the recording
finds the derivative. Inside another transform the sweep itself runs on Values. So the derivative is
recorded, too, and can be differentiated once more. Each call differentiates by nodes of its own. So
a variable of an outer transform is a constant of an inner one (Siskind & Pearlmutter, Nesting
forward-mode AD, 2008).

The conventions are JAX's. Arguments may be numbers, arrays, and lists, tuples and dicts of them. An
array reaches the function as an array of Values. Only the arguments in ``argnums`` are replaced by
Values. The results are floats and float64 arrays. No ``.grad`` is read or written.

There is one exception. A function captures a Value if the Value existed before the call, is not
among the arguments to differentiate by, and if a path of edges with a slope leads from it to an
output. If a Value is captured, or an argument to differentiate by holds one, then all numbers of
the result are recorded Values. So the result can be differentiated by the Value.
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

    Args:
        f: A function that returns one number.
        argnums: Which arguments to differentiate by: a position, counted from 0, or the name of a
            parameter. A sequence of these gives a tuple of gradients.
        has_aux: Whether f returns a pair of the number and anything else. The gradient then
            returns a pair, too: the slopes, and what else f returned, with numbers in place of
            Values.

    Returns:
        A function of f's arguments. It returns the slopes in the shape of the argument, as a float,
        a float64 array or a container of them. If f captures a Value, they are Values. The function
        can be pickled if f can.

    Raises:
        TypeError: If f is no function. When the gradient is called: if f returns anything but one
            number, if an argument to differentiate by is no number, or if there is no argument that
            ``argnums`` names.
        RuntimeError: When the gradient is called: if f uses a Value that was recorded before a leaf
            changed.

    Cost:
        One recording and one reverse sweep, whatever the number of inputs.

    Example:
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
    """f and its gradient at once: a function of the same arguments that returns the pair.

    Args:
        f: A function that returns one number.
        argnums: As for ``grad``.
        has_aux: Whether f returns a pair of the number and anything else. That pair then stands in
            place of f's value.

    Returns:
        A function of f's arguments. It returns f's value, and the slopes as ``grad`` returns them.

    Raises:
        TypeError: As for ``grad``.
        RuntimeError: As for ``grad``.

    Cost:
        One recording and one reverse sweep, whatever the number of inputs.

    Example:
        >>> value_and_grad(lambda x, y: x * y, argnums=("x", "y"))(2.0, 5.0)
        (10.0, (5.0, 2.0))
        >>> value_and_grad(lambda x: (x**3, "aux"), has_aux=True)(2.0)
        ((8.0, 'aux'), 12.0)
    """
    return Derivative(value_and_grad, f, argnums, has_aux, _gradient)


def _gradient(run: Run) -> tuple[Any, Any]:
    y = run.single_output("grad")
    return run.output(y), run.inputs.rebuild(run.adjoints({y: 1.0}))


def jacobian(
    f: Callable[..., Any], argnums: Argnums = 0, has_aux: bool = False
) -> Callable[..., Any]:
    """The Jacobian of f, a function of the same arguments.

    Args:
        f: A function that returns numbers, arrays, or containers of them.
        argnums: As for ``grad``.
        has_aux: As for ``grad``.

    Returns:
        A function of f's arguments. If f's output is an array of shape s and the argument an array
        of shape t, it returns an array of shape s + t, with J[i, j] = ∂y_i/∂x_j. If they are
        containers, it returns the output's container, with a copy of the argument's container in
        place of each number.

    Raises:
        TypeError: If f is no function. When the Jacobian is called: if f returns anything but
            numbers, if an argument to differentiate by is no number, or if there is no argument
            that ``argnums`` names.
        RuntimeError: As for ``grad``.

    Cost:
        One recording, and as many sweeps as there are inputs or outputs, whichever are fewer.

    Example:
        >>> jacobian(lambda x: [x[0] * x[1], x[1]])([2.0, 5.0])
        [[5.0, 2.0], [0.0, 1.0]]
    """
    return Derivative(jacobian, f, argnums, has_aux, _jacobian, alone=True)


def value_and_jacobian(
    f: Callable[..., Any], argnums: Argnums = 0, has_aux: bool = False
) -> Callable[..., Any]:
    """f and its Jacobian at once: a function of the same arguments that returns the pair.

    Args:
        f: A function that returns numbers, arrays, or containers of them.
        argnums: As for ``grad``.
        has_aux: As for ``value_and_grad``.

    Returns:
        A function of f's arguments. It returns f's value, and the Jacobian in the shape that
        ``jacobian`` gives it.

    Raises:
        TypeError: As for ``jacobian``.
        RuntimeError: As for ``grad``.

    Cost:
        One recording, and as many sweeps as there are inputs or outputs, whichever are fewer.

    Example:
        >>> value_and_jacobian(lambda x: [x[0] * x[1], x[1]])([2.0, 5.0])
        ([10.0, 5.0], [[5.0, 2.0], [0.0, 1.0]])
    """
    return Derivative(value_and_jacobian, f, argnums, has_aux, _jacobian)


def _jacobian(run: Run) -> tuple[Any, Any]:
    return run.value(), run.outputs.outer(run.inputs, run.jacobian())


def hessian(
    f: Callable[..., Any], argnums: Argnums = 0, has_aux: bool = False
) -> Callable[..., Any]:
    """The Hessian of f, a function of the same arguments: the Jacobian of f's gradient.

    Args:
        f: A function that returns one number.
        argnums: As for ``grad``.
        has_aux: As for ``grad``.

    Returns:
        A function of f's arguments. If the argument is an array of shape t, it returns an array of
        shape t + t, with H[i, j] = ∂²f/∂x_i∂x_j. If the argument is a container, it returns that
        container, with a copy of it in place of each number.

    Raises:
        TypeError: As for ``grad``.
        RuntimeError: As for ``grad``.

    Cost:
        One recorded gradient, and one sweep over it for each input.

    Example:
        >>> hessian(lambda x: x[0] ** 2 * x[1])([3.0, 5.0])
        [[10.0, 6.0], [6.0, 0.0]]
    """
    if not callable(f):
        _refuse("hessian", f)
    return jacobian(grad(f, argnums, has_aux), argnums, has_aux)


class Derivative:
    """The derivative of a function, as a transform returns it. It takes the function's arguments.

    Args:
        transform: The transform that makes it.
        f: The function.
        argnums: The arguments to differentiate by.
        has_aux: Whether f returns a pair of a value and anything else.
        both: ``run -> (value, derivative)``, for the recorded function.
        alone: Whether the derivative is wanted without the value.
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
        """The result, from the y that f returned for these inputs.

        The compiled engine calls this if a sweep over numbers is not enough.
        """
        given = Tree(inputs[0] if isinstance(self._made_by[2], int) else tuple(inputs))
        return self._wanted(Run(given, Tree(y, "f returned"), None, birth, given=False))

    _explain = staticmethod(explain)

    def _wanted(self, run: Run) -> Any:
        value, slope = self._both(run)
        if self._made_by[-1]:
            return (slope, run.aux) if self._alone else ((value, run.aux), slope)
        return slope if self._alone else (value, slope)

    def __getattr__(self, name: str) -> Any:
        """An attribute that ``functools.wraps`` would have copied from f."""
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
    """f's value at the primals, and f's derivative along the tangents: a Jacobian-vector product.

    Args:
        f: A function that returns numbers, arrays, or containers of them.
        primals: The arguments of f, a sequence.
        tangents: The direction: a sequence with a tangent for each primal, in its shape.
        has_aux: Whether f returns a pair of its value and anything else.

    Returns:
        The pair (value, derivative), both in the shape of f's value. If ``has_aux`` is true, what
        else f returned comes third.

    Raises:
        TypeError: If f is no function or returns anything but numbers, if a primal is no number,
            or if the tangents do not have the shape of the primals.
        RuntimeError: If f uses a Value that was recorded before a leaf changed.

    Cost:
        One recording and one forward sweep, whatever the number of inputs.

    Example:
        >>> jvp(lambda x, y: x * y, (2.0, 5.0), (1.0, 0.0))
        (10.0, 5.0)
    """
    if not callable(f):
        raise TypeError(f"jvp expects a function, got {f!r}; write jvp(f, primals, tangents)")
    for what, x in (("primals", primals), ("tangents", tangents)):
        if not isinstance(x, Sequence) or isinstance(x, str):
            raise TypeError(
                f"jvp expects a tuple as {what}, an element for each argument of f, got {x!r}; "
                "write jvp(f, (x,), (v,))"
            )

    def along(run: Run) -> tuple[Any, ...]:
        seeds = run.inputs.like(tuple(tangents), "jvp: the tangents")
        pair = run.value(), run.outputs.rebuild(run.tangents([seeds])[0])
        return (*pair, run.aux) if has_aux else pair

    found: tuple[Any, ...] = record(f, range(len(primals)), tuple(primals), {}, along, has_aux)
    return found


def vjp(f: Callable[..., Any], *primals: Any, has_aux: bool = False) -> tuple[Any, ...]:
    """f's value at the primals, and a function that computes vector-Jacobian products there.

    Args:
        f: A function that returns numbers, arrays, or containers of them.
        *primals: The arguments of f. All are differentiated by.
        has_aux: Whether f returns a pair of its value and anything else.

    Returns:
        The pair (value, pull). The function ``pull`` takes adjoints in the shape of f's value, and
        returns a tuple with the adjoint of each primal, in the primal's shape. If ``has_aux`` is
        true, what else f returned comes third.

    Raises:
        TypeError: If f is no function or returns anything but numbers, or if a primal is no number.
            When ``pull`` is called: if the adjoints do not have the shape of f's value.
        RuntimeError: If f uses a Value that was recorded before a leaf changed. When ``pull`` is
            called: if a leaf has changed that f used.

    Cost:
        One recording, and one reverse sweep for each call of ``pull``.

    Example:
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
    """A function that multiplies the Hessian of f with a vector: ``hvp(f)(x, v, *more)``.

    The gradient is found in reverse mode, and the gradient's derivative along v in forward mode.

    Args:
        f: A function that returns one number. It is differentiated by its first argument.

    Returns:
        A function of x, v and f's other arguments. It returns the Hessian at x times v. The vector
        v and the product have the shape of x.

    Raises:
        TypeError: If f is no function. When the function is called: if f returns anything but one
            number, if x is no number, or if v does not have the shape of x.
        RuntimeError: As for ``grad``.

    Cost:
        One recorded gradient, and one forward sweep over it. This takes a few times as long as f,
        whatever the number of inputs.

    Example:
        >>> hvp(lambda x: x[0] ** 2 * x[1])([3.0, 5.0], [1.0, 0.0])
        [10.0, 6.0]
    """
    return Product(f)


class _OfGradient:
    """A function that is computed from the gradient of f. It can be pickled if f can."""

    _made_by: Callable[..., Any]
    __call__: Callable[..., Any]

    def __init__(self, f: Callable[..., Any]) -> None:
        if not callable(f):
            _refuse(self._made_by.__name__, f)
        self._f, self._slope = f, grad(f)
        functools.update_wrapper(self, f, updated=())

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self)._made_by, (self._f,)


class Product(_OfGradient):
    """The function that ``hvp`` returns."""

    _made_by = staticmethod(hvp)

    def __call__(self, x: Any, v: Any, /, *more: Any, **kwargs: Any) -> Any:
        """The Hessian at x times v. After x and v come f's other arguments."""
        Tree(x).like(v, "hvp: the vector v")
        return jvp(lambda x: self._slope(x, *more, **kwargs), (x,), (v,))[1]


def elementwise(f: Callable[..., Any]) -> Callable[..., Any]:
    """The slope of f at every point of an array, to plot it: ``elementwise(f)(x, *more)``.

    Args:
        f: A function of a number that returns one number. It is called for each element.

    Returns:
        A function of an array, or of another container of numbers. It returns the slopes ∂f/∂x in
        the shape of x. Nested, it gives second derivatives, and so on.

    Raises:
        TypeError: If f is no function, or returns anything but one number.

    Cost:
        One recording and one reverse sweep for each element.

    Example:
        >>> elementwise(lambda x: x**3)([0.0, 1.0, 2.0])
        [0.0, 3.0, 12.0]
    """
    return Elementwise(f)


class Elementwise(_OfGradient):
    """The function that ``elementwise`` returns."""

    _made_by = staticmethod(elementwise)

    def __call__(self, x: Any, /, *more: Any, **kwargs: Any) -> Any:
        """The slope at each number in x. After x come f's other arguments."""
        tree = Tree(x)
        return tree.rebuild([self._slope(number, *more, **kwargs) for number in tree.leaves])


def _refuse(who: str, f: Any) -> NoReturn:
    raise TypeError(f"{who} expects a function, got {f!r}; write {who}(f)(x)")


TRANSFORMS = (
    grad, value_and_grad, jacobian, value_and_jacobian, hessian, jvp, vjp, hvp, elementwise
)  # fmt: skip
for _transform in TRANSFORMS:
    _transform.__module__ = "micrograph"  # where a pickle looks for it
