"""mg.custom_vjp: a function of numbers and vectors whose derivative the user writes."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from functools import update_wrapper
from types import MethodType
from typing import Any

from ..engine.joint import Joint, number_of, recorded
from .containers import has_value, values_in
from .tree import Tree


class custom_vjp:  # noqa: N801  # JAX's name
    """A function with a derivative that you write, as JAX's ``custom_vjp``.

    The function may return a number, an array, or a container of these, and may be any Python code:
    a solver, a look-up, a call of another library. It runs on numbers alone.

    Args:
        f: The function.
        nondiff_argnums: The positions of arguments that are no numbers, or that have no
            derivative: one position, or several. They reach f, ``fwd`` and ``bwd`` as they are.

    Raises:
        TypeError: If f is no function, or if a position is none. When it is called on Values: if
            ``defvjp`` was not called, if another argument holds anything but numbers, or if ``fwd``
            uses a Value that is none of the arguments. When a derivative is taken: if ``bwd`` uses
            such a Value, or returns adjoints of other shapes than the arguments.

    Cost:
        A call on Values runs ``fwd`` once. A reverse sweep runs ``bwd`` once. A forward sweep, a
        picture and a second derivative run ``bwd`` once for each number that f returns.

    Second derivatives call ``fwd`` and ``bwd`` on Values. So they need code that runs on Values: if
    f is called in ``fwd``, its own rule serves there.

    Example:
        >>> import math
        >>> from micrograph import Value
        >>> @custom_vjp
        ... def polar(r, t):
        ...     return [r * math.cos(t), r * math.sin(t)]
        >>> def fwd(r, t):
        ...     x, y = polar(r, t)
        ...     return [x, y], (x, y, r)
        >>> def bwd(saved, g):
        ...     x, y, r = saved
        ...     return (g[0] * x + g[1] * y) / r, g[1] * x - g[0] * y
        >>> polar.defvjp(fwd, bwd)
        >>> r, t = Value(2.0), Value(0.0)
        >>> x, y = polar(r, t)
        >>> (x + y).backward()
        >>> r.grad, t.grad
        (1.0, 2.0)
    """

    def __init__(self, f: Callable[..., Any], nondiff_argnums: int | Sequence[int] = ()) -> None:
        if not callable(f):
            raise TypeError(f"custom_vjp: expected a function, got {f!r}")
        update_wrapper(self, f)
        fixed = (nondiff_argnums,) if isinstance(nondiff_argnums, int) else tuple(nondiff_argnums)
        for i in fixed:
            if not isinstance(i, int) or i < 0:
                raise TypeError(
                    f"custom_vjp: nondiff_argnums are positions, counted from 0; got {i!r}"
                )
        self._f, self._fixed = f, frozenset(fixed)
        self._has_defaults = _has_defaults(f)
        self._row = Joint(getattr(f, "__name__", "custom_vjp"))
        self._rules: tuple[Callable[..., Any], Callable[..., Any]] | None = None

    def defvjp(self, fwd: Callable[..., Any], bwd: Callable[..., Any]) -> None:
        """Set the rule.

        Args:
            fwd: A function of f's arguments. It returns the pair (what f returns, what to save).
            bwd: A function of the arguments in ``nondiff_argnums``, of what ``fwd`` saved, and of
                the adjoint of f's result, which has the result's shape. It returns a tuple: the
                adjoint of each other argument, in the shape of the argument. None stands for 0.

        Both get all arguments of f, those left at their defaults too.
        """
        for name, rule in (("fwd", fwd), ("bwd", bwd)):
            if not callable(rule):
                raise TypeError(f"{self._row.symbol}: expected a function as {name}, got {rule!r}")
        self._rules = fwd, bwd

    def __get__(self, owner: Any, cls: type | None = None) -> Any:
        """As a function in a class: the object becomes the first argument, ``self``."""
        return self if owner is None else MethodType(self, owner)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """f at these arguments. If a Value is among them, the numbers of the result are Values."""
        if kwargs or self._has_defaults:
            bound = inspect.signature(self._f).bind(*args, **kwargs)
            bound.apply_defaults()
            args = bound.args
        if not has_value(
            [x for i, a in enumerate(args) if i not in self._fixed for x in values_in(a)]
        ):
            return self._f(*args)
        if self._rules is None:
            raise TypeError(
                f"{self._row.symbol}: its derivative is not defined yet; call "
                f"{self._row.symbol}.defvjp(fwd, bwd)"
            )
        given = Tree(tuple(x for i, x in enumerate(args) if i not in self._fixed))
        numbers = [number_of(x, self._row.symbol) for x in given.leaves]
        y, saved = self._forward(args, given.rebuild(numbers))
        outputs = Tree(y, f"{self._row.symbol} returned")
        self._refuse_captured("fwd", outputs.leaves)

        def rule(seeds: Sequence[float], operands: Sequence[Any] | None) -> list[Any]:
            if operands is not None:
                _, then = self._forward(args, given.rebuild(operands))
                return self._backward(args, given, then, outputs.rebuild(seeds))
            found = self._backward(args, given, saved, outputs.rebuild(seeds))
            self._refuse_captured("bwd", found)
            return found

        nodes = recorded(self._row, list(map(float, outputs.leaves)), given.leaves, rule)
        return outputs.rebuild(nodes)

    def _refuse_captured(self, rule: str, found: Sequence[Any]) -> None:
        """Raise a TypeError if a rule made Values of numbers."""
        if has_value(found):
            raise TypeError(
                f"{self._row.symbol}: {rule} uses a Value that is none of its arguments, and its "
                "derivative would be lost; make the Value an argument"
            )

    def _forward(self, args: Sequence[Any], given: Sequence[Any]) -> tuple[Any, Any]:
        assert self._rules
        rest = iter(given)
        pair = self._rules[0](*(x if i in self._fixed else next(rest) for i, x in enumerate(args)))
        if not isinstance(pair, tuple) or len(pair) != 2:
            raise TypeError(
                f"{self._row.symbol}: fwd should return the pair (result, what to save), got "
                f"{pair!r}"
            )
        return pair

    def _backward(self, args: Sequence[Any], given: Tree, saved: Any, seed: Any) -> list[Any]:
        """What bwd makes of the adjoint of the result: the adjoint of each number that is given."""
        assert self._rules
        fixed = [x for k, x in enumerate(args) if k in self._fixed]
        found = self._rules[1](*fixed, saved, seed)
        if not isinstance(found, tuple | list) or len(found) != len(given.shape):
            raise TypeError(
                f"{self._row.symbol}: bwd should return a tuple of {len(given.shape)}, an adjoint "
                f"for each argument to differentiate by, got {found!r}"
            )
        slopes: list[Any] = []
        for x, g in zip(given.shape, found, strict=True):
            like = Tree(x)
            what = f"{self._row.symbol}: the adjoints that bwd returns"
            slopes += [0.0] * len(like.leaves) if g is None else like.like(g, what)
        return slopes


def _has_defaults(f: Callable[..., Any]) -> bool:
    """Whether an argument of f may be left out."""
    try:
        known = inspect.signature(f).parameters.values()
    except (ValueError, TypeError):  # a builtin may not tell
        return False
    return any(x.default is not x.empty for x in known)
