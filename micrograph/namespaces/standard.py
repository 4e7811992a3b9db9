"""Elementwise: the rows on each element of arrays, by the functions of the Array API standard.

Outside a domain and at a pole, elements are infinite or NaN, as in IEEE 754.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from functools import partial
from typing import Any

import numpy as np

from .. import primitives
from ..core import Namespace, Primitive, namespace_of
from .floats import FLOAT, IEEE, Ieee
from .libraries import truncnorm_moment

Operation = Callable[..., Any]


class Elementwise(Namespace):
    """The namespace of a library's arrays, as far as rows of numbers go.

    Args:
        name: The library: ``jax``.
        lib: Its module, with the functions of the standard: ``jax.numpy``.
        atoms: The operations that are spelled out, by row.
        types: The types of its arrays.
        rank: As of a ``Namespace``.
        otherwise: What makes the operation of a row that is no atom and has no formula. Default:
            the row is refused.
        dtype: The type of the arrays' numbers, of which constants are made. Default: the
            library's default.
    """

    def __init__(
        self,
        name: str,
        lib: Any,
        atoms: dict[str, Operation],
        *,
        types: tuple[type, ...] = (),
        rank: int = 4,
        otherwise: Callable[[Primitive], Operation] | None = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(name, atoms, types=types, rank=rank)
        self.lib, self.dtype, self._otherwise = lib, dtype, otherwise
        self._of_dtype: dict[Any, Elementwise] = {dtype: self}  # shared by all of a library

    def forget(self, name: str) -> None:
        """As of any namespace."""
        for xp in self._of_dtype.values():
            Namespace.forget(xp, name)

    def typed(self, operands: Sequence[Any]) -> Any:
        """This namespace, with constants of the type of these arrays: float32 stays float32."""
        dtypes = {x.dtype for x in operands if self.holds(x)}
        reals = [d for d in dtypes if self.lib.isdtype(d, "real floating")]
        if not reals:
            return self
        dtype = reals[0] if len(reals) == 1 else self.lib.result_type(*reals)
        if dtype not in self._of_dtype:
            made = type(self)(
                self.name, self.lib, self.atoms,
                rank=self.rank, otherwise=self._otherwise, dtype=dtype,
            )  # fmt: skip
            self._of_dtype[dtype], made._of_dtype = made, self._of_dtype
        return self._of_dtype[dtype]

    # Numbers

    def quiet(self) -> AbstractContextManager[Any]:
        """A context in which NumPy does not warn of what is infinite or NaN."""
        return np.errstate(all="ignore")

    def holds(self, x: Any) -> bool:
        """Whether x is an array, and no plain number."""
        return hasattr(x, "dtype") and not isinstance(x, float | int)

    def array(self, x: Any) -> Any:
        """x, which may be a float or a list, as an array."""
        return x if self.holds(x) else self.lib.asarray(x, dtype=self.dtype)

    def convert(self, x: Any) -> Any:
        """An input. A plain number stays a float, and takes the type of the arrays that it meets.

        Raises:
            TypeError: If x holds what is no real number.
        """
        if not self.holds(x) or isinstance(x, np.generic):
            return self._number(x)
        if isinstance(x, np.ndarray):
            if x.dtype.kind not in "biuf":
                raise TypeError(
                    f"{self.name} arrays expect real numbers, got an array of {x.dtype}"
                )
            x = self.lib.asarray(x)
        if self.lib.isdtype(x.dtype, ("bool", "integral")):
            return self.lib.astype(x, self.lib.asarray(0.0).dtype)
        if not self.lib.isdtype(x.dtype, "real floating"):
            raise TypeError(f"expected real numbers, got an array of {x.dtype}")
        return x

    def _number(self, x: Any) -> float:
        xp = namespace_of(x)
        if xp is not FLOAT:
            raise TypeError(f"{self.name} arrays do not mix with {xp.name} numbers, got {x!r}")
        return float(x)

    def exponent(self, x: Any) -> Any:
        """As of any namespace. It is 0 of arrays whose numbers may not be known yet."""
        if self.name in LAZY or not hasattr(self.lib, "frexp"):
            return 0
        return self.lib.frexp(self.lib.where(self.lib.isfinite(x), x, self.lib.zeros_like(x)))[1]

    # Rows

    def apply(self, row: Primitive, arguments: Sequence[Any]) -> Any:
        """The row at arguments as a user gives them."""
        return self.value(row, list(map(self.convert, row.flat(arguments))))

    def value(self, row: Primitive, operands: Sequence[Any]) -> Any:
        """As of any namespace."""
        return self._at(row, operands, lambda xp, xs: getattr(xp, row.key)(*row.arrange(xs)))

    def partials(self, row: Primitive, y: Any, operands: Sequence[Any]) -> tuple[Any, ...]:
        """As of any namespace."""
        found: tuple[Any, ...] = self._at(row, operands, lambda xp, xs: row.partials_at(xp, y, xs))
        return found

    def _at(self, row: Primitive, operands: Sequence[Any], f: Callable[..., Any]) -> Any:
        """f of the operands. If a constant meets a pole, it becomes an array, and f runs again."""
        xp = self.typed(operands)
        with self.quiet():
            try:
                return f(xp, operands)
            except ArithmeticError:
                return f(
                    xp, [x if i in _fixed(row) else xp.array(x) for i, x in enumerate(operands)]
                )

    def spell(self, row: Primitive) -> Operation:
        """The operation of this row on arrays and floats. On floats alone it is IEEE's."""
        if row.name == "where":
            return self._where
        operation = self._operation(row)

        def call(*operands: Any) -> Any:
            if not any(map(self.holds, operands)):
                return float(IEEE.value(row, list(map(Ieee, operands))))
            if row.key in self.atoms:
                xp, fixed = self.typed(operands), _fixed(row)
                operands = tuple(x if i in fixed else xp.array(x) for i, x in enumerate(operands))
            with self.quiet():
                return operation(*operands)

        return call

    def _operation(self, row: Primitive) -> Operation:
        if row.key in self.atoms or row.stable or row.operator:
            return super().spell(row)
        if row.name == "truncnorm_moment" and "erfc" in self.atoms:
            return partial(truncnorm_moment, self)
        if self._otherwise:
            return self._otherwise(row)
        if vars(primitives).get(row.name) is row:
            raise NotImplementedError(
                f"{self.name} arrays have no {row.name}: neither the Array API standard nor "
                f"{self.name} has it; use NumPy's, JAX's or Dask's arrays"
            )
        raise NotImplementedError(
            f"{row.name} is Python code, which {self.name} arrays can't run; give mg.primitive a "
            "formula, or use NumPy's arrays"
        )

    def _where(self, condition: Any, a: Any, b: Any) -> Any:
        if not self.holds(condition):
            return a if condition else b
        if not self.lib.isdtype(condition.dtype, "bool"):
            condition = condition != 0
        xp = self.typed([a, b])
        return self.lib.where(condition, xp.array(a), xp.array(b))


LAZY = "jax", "dask"
"""Libraries whose arrays may be recorded before their numbers are known."""


def _fixed(row: Primitive) -> set[int]:
    """The places of the arguments that must stay plain numbers: decimals, the order n."""
    if row.operator or row.choice or row.vectors:
        return set()
    return {i for i, name in enumerate(row.arguments) if name in row.static}
