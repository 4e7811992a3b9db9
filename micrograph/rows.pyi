"""How rows are called, for type checkers.

Written from the table by tests/typing/stubs.py."""

from collections.abc import Callable, Iterable
from decimal import Decimal
from fractions import Fraction
from typing import Any, TypeAlias, overload

import numpy as np
from numpy.typing import NDArray

from .core import Primitive
from .engine.value import Value

Number: TypeAlias = float | Fraction | Decimal | np.floating[Any] | np.integer[Any] | np.bool_
Scalar: TypeAlias = Value | Number
Anything: TypeAlias = Scalar | NDArray[Any]

class Where:
    """Called with a condition and two branches, each a number or a function that returns it."""

    @overload
    def __call__(self, condition: Value, a: Scalar, b: Scalar) -> Value: ...
    @overload
    def __call__(self, condition: Scalar, a: Value, b: Scalar) -> Value: ...
    @overload
    def __call__(self, condition: Scalar, a: Scalar, b: Value) -> Value: ...
    @overload
    def __call__(self, condition: Number, a: Number, b: Number) -> float: ...
    @overload
    def __call__(self, condition: Anything, a: Anything, b: Anything) -> NDArray[Any]: ...
    @overload
    def __call__(
        self, condition: Scalar, a: Scalar | Callable[[], Any], b: Scalar | Callable[[], Any]
    ) -> Any: ...

class Spread:
    """Called with a vector, or with its numbers."""

    @overload
    def __call__(self, x: NDArray[Any], /) -> Any: ...
    @overload
    def __call__(self, x: Iterable[Value], /) -> Value: ...
    @overload
    def __call__(self, x: Iterable[Number], /) -> float: ...
    @overload
    def __call__(self, x: Iterable[Any], /) -> Any: ...
    @overload
    def __call__(
        self, x: Iterable[Any], /, *, axis: int | tuple[int, ...] | None = ..., keepdims: bool = ...
    ) -> Any: ...
    @overload
    def __call__(self, *x: Number) -> float: ...
    @overload
    def __call__(self, *x: Scalar) -> Value: ...

class Numbers_a_b:
    """Called with a, b."""

    @overload
    def __call__(self, a: Value, b: Scalar) -> Value: ...
    @overload
    def __call__(self, a: Scalar, b: Value) -> Value: ...
    @overload
    def __call__(self, a: Number, b: Number) -> float: ...
    @overload
    def __call__(self, a: Anything, b: Anything) -> NDArray[Any]: ...

class Numbers_x:
    """Called with x."""

    @overload
    def __call__(self, x: Value) -> Value: ...
    @overload
    def __call__(self, x: Number) -> float: ...
    @overload
    def __call__(self, x: Anything) -> NDArray[Any]: ...

class Numbers_x_decimals:
    """Called with x, decimals."""

    @overload
    def __call__(self, x: Value, decimals: Number = ...) -> Value: ...
    @overload
    def __call__(self, x: Number, decimals: Number = ...) -> float: ...
    @overload
    def __call__(self, x: Anything, decimals: Number = ...) -> NDArray[Any]: ...

class Numbers_a:
    """Called with a."""

    @overload
    def __call__(self, a: Value) -> Value: ...
    @overload
    def __call__(self, a: Number) -> float: ...
    @overload
    def __call__(self, a: Anything) -> NDArray[Any]: ...

class Numbers_x_low_high:
    """Called with x, low, high."""

    @overload
    def __call__(self, x: Value, low: Scalar, high: Scalar) -> Value: ...
    @overload
    def __call__(self, x: Scalar, low: Value, high: Scalar) -> Value: ...
    @overload
    def __call__(self, x: Scalar, low: Scalar, high: Value) -> Value: ...
    @overload
    def __call__(self, x: Number, low: Number, high: Number) -> float: ...
    @overload
    def __call__(self, x: Anything, low: Anything, high: Anything) -> NDArray[Any]: ...

class Numbers_x_s:
    """Called with x, s."""

    @overload
    def __call__(self, x: Value, s: Scalar) -> Value: ...
    @overload
    def __call__(self, x: Scalar, s: Value) -> Value: ...
    @overload
    def __call__(self, x: Number, s: Number) -> float: ...
    @overload
    def __call__(self, x: Anything, s: Anything) -> NDArray[Any]: ...

class Numbers_x_z:
    """Called with x, z."""

    @overload
    def __call__(self, x: Value, z: Scalar) -> Value: ...
    @overload
    def __call__(self, x: Scalar, z: Value) -> Value: ...
    @overload
    def __call__(self, x: Number, z: Number) -> float: ...
    @overload
    def __call__(self, x: Anything, z: Anything) -> NDArray[Any]: ...

class Numbers_p:
    """Called with p."""

    @overload
    def __call__(self, p: Value) -> Value: ...
    @overload
    def __call__(self, p: Number) -> float: ...
    @overload
    def __call__(self, p: Anything) -> NDArray[Any]: ...

class Numbers_x_alpha:
    """Called with x, alpha."""

    @overload
    def __call__(self, x: Value, alpha: Scalar = ...) -> Value: ...
    @overload
    def __call__(self, x: Scalar, alpha: Value = ...) -> Value: ...
    @overload
    def __call__(self, x: Number, alpha: Number = ...) -> float: ...
    @overload
    def __call__(self, x: Anything, alpha: Anything = ...) -> NDArray[Any]: ...

class Numbers_x_negative_slope:
    """Called with x, negative_slope."""

    @overload
    def __call__(self, x: Value, negative_slope: Scalar = ...) -> Value: ...
    @overload
    def __call__(self, x: Scalar, negative_slope: Value = ...) -> Value: ...
    @overload
    def __call__(self, x: Number, negative_slope: Number = ...) -> float: ...
    @overload
    def __call__(self, x: Anything, negative_slope: Anything = ...) -> NDArray[Any]: ...

class Numbers_a_y:
    """Called with a, y."""

    @overload
    def __call__(self, a: Value, y: Scalar) -> Value: ...
    @overload
    def __call__(self, a: Scalar, y: Value) -> Value: ...
    @overload
    def __call__(self, a: Number, y: Number) -> float: ...
    @overload
    def __call__(self, a: Anything, y: Anything) -> NDArray[Any]: ...

class Numbers_z_y:
    """Called with z, y."""

    @overload
    def __call__(self, z: Value, y: Scalar) -> Value: ...
    @overload
    def __call__(self, z: Scalar, y: Value) -> Value: ...
    @overload
    def __call__(self, z: Number, y: Number) -> float: ...
    @overload
    def __call__(self, z: Anything, y: Anything) -> NDArray[Any]: ...

class Numbers_n_x:
    """Called with n, x."""

    @overload
    def __call__(self, n: Number, x: Value) -> Value: ...
    @overload
    def __call__(self, n: Number, x: Number) -> float: ...
    @overload
    def __call__(self, n: Number, x: Anything) -> NDArray[Any]: ...

class Numbers_x_k:
    """Called with x, k."""

    @overload
    def __call__(self, x: Value, k: Number = ...) -> Value: ...
    @overload
    def __call__(self, x: Number, k: Number = ...) -> float: ...
    @overload
    def __call__(self, x: Anything, k: Number = ...) -> NDArray[Any]: ...

class Numbers_a_x:
    """Called with a, x."""

    @overload
    def __call__(self, a: Value, x: Scalar) -> Value: ...
    @overload
    def __call__(self, a: Scalar, x: Value) -> Value: ...
    @overload
    def __call__(self, a: Number, x: Number) -> float: ...
    @overload
    def __call__(self, a: Anything, x: Anything) -> NDArray[Any]: ...

class Numbers_a_b_x:
    """Called with a, b, x."""

    @overload
    def __call__(self, a: Value, b: Scalar, x: Scalar) -> Value: ...
    @overload
    def __call__(self, a: Scalar, b: Value, x: Scalar) -> Value: ...
    @overload
    def __call__(self, a: Scalar, b: Scalar, x: Value) -> Value: ...
    @overload
    def __call__(self, a: Number, b: Number, x: Number) -> float: ...
    @overload
    def __call__(self, a: Anything, b: Anything, x: Anything) -> NDArray[Any]: ...

class Vectors_x:
    """Called with x."""

    @overload
    def __call__(self, x: NDArray[Any]) -> Any: ...
    @overload
    def __call__(self, x: Iterable[Value]) -> Value: ...
    @overload
    def __call__(self, x: Iterable[Number]) -> float: ...
    @overload
    def __call__(self, x: Iterable[Any]) -> Any: ...
    @overload
    def __call__(
        self, x: Iterable[Any], *, axis: int | tuple[int, ...] | None = ..., keepdims: bool = ...
    ) -> Any: ...

class Vectors_a_b:
    """Called with a, b."""

    @overload
    def __call__(self, a: NDArray[Any], b: NDArray[Any]) -> Any: ...
    @overload
    def __call__(self, a: Iterable[Value], b: Iterable[Value]) -> Value: ...
    @overload
    def __call__(self, a: Iterable[Number], b: Iterable[Number]) -> float: ...
    @overload
    def __call__(self, a: Iterable[Any], b: Iterable[Any]) -> Any: ...

class Vectors_p_q:
    """Called with p, q."""

    @overload
    def __call__(self, p: NDArray[Any], q: NDArray[Any]) -> Any: ...
    @overload
    def __call__(self, p: Iterable[Value], q: Iterable[Value]) -> Value: ...
    @overload
    def __call__(self, p: Iterable[Number], q: Iterable[Number]) -> float: ...
    @overload
    def __call__(self, p: Iterable[Any], q: Iterable[Any]) -> Any: ...

class RowNumbers_a_b(Numbers_a_b, Primitive): ...
class RowNumbers_x(Numbers_x, Primitive): ...
class RowNumbers_x_decimals(Numbers_x_decimals, Primitive): ...
class RowNumbers_a(Numbers_a, Primitive): ...
class RowWhere(Where, Primitive): ...
class RowNumbers_x_low_high(Numbers_x_low_high, Primitive): ...
class RowNumbers_x_s(Numbers_x_s, Primitive): ...
class RowNumbers_x_z(Numbers_x_z, Primitive): ...
class RowNumbers_p(Numbers_p, Primitive): ...
class RowNumbers_x_alpha(Numbers_x_alpha, Primitive): ...
class RowNumbers_x_negative_slope(Numbers_x_negative_slope, Primitive): ...
class RowNumbers_a_y(Numbers_a_y, Primitive): ...
class RowNumbers_z_y(Numbers_z_y, Primitive): ...
class RowNumbers_n_x(Numbers_n_x, Primitive): ...
class RowNumbers_x_k(Numbers_x_k, Primitive): ...
class RowNumbers_a_x(Numbers_a_x, Primitive): ...
class RowNumbers_a_b_x(Numbers_a_b_x, Primitive): ...
class RowVectors_x(Vectors_x, Primitive): ...
class RowVectors_a_b(Vectors_a_b, Primitive): ...
class RowSpread(Spread, Primitive): ...
class RowVectors_p_q(Vectors_p_q, Primitive): ...

add: RowNumbers_a_b
"""add(a, b)

y = a + b

∂y/∂a = 1
∂y/∂b = 1

On numbers of any kind; ``mg.add``, and a method of Value."""

sub: RowNumbers_a_b
"""sub(a, b)

y = a - b

∂y/∂a = 1
∂y/∂b = -1

On numbers of any kind; ``mg.sub``, and a method of Value."""

mul: RowNumbers_a_b
"""mul(a, b)

y = a·b

∂y/∂a = b
∂y/∂b = a

On numbers of any kind; ``mg.mul``, and a method of Value."""

div: RowNumbers_a_b
"""div(a, b)

y = a / b

∂y/∂a = 1 / b
∂y/∂b = -y / b

Domain: b ≠ 0.

On numbers of any kind; ``mg.div``, and a method of Value."""

floordiv: RowNumbers_a_b
"""floordiv(a, b)

y = a // b

The slope is 0: y is constant between its jumps.

Domain: b ≠ 0.

Jumps: a % b = 0.

On numbers of any kind; ``mg.floordiv``, and a method of Value."""

mod: RowNumbers_a_b
"""mod(a, b)

y = a % b

∂y/∂a = 1
∂y/∂b = -(a // b)

Domain: b ≠ 0.

Kinks, where the slope jumps: a % b = 0.

On numbers of any kind; ``mg.mod``, and a method of Value."""

neg: RowNumbers_x
"""neg(x)

y = -x

∂y/∂x = -1

On numbers of any kind; ``mg.neg``, and a method of Value."""

abs: RowNumbers_x
"""abs(x)

∂y/∂x = sign(x)

Kinks, where the slope jumps: x = 0.

On numbers of any kind; ``mg.abs``, and a method of Value, also called ``fabs`` and ``absolute`` there."""

sign: RowNumbers_x
"""sign(x)

y = where(x > 0, 1, where(x < 0, -1, x·x))

The slope is 0: y is constant between its jumps.

Jumps: x = 0.

On numbers of any kind; ``mg.sign``, and a method of Value."""

round: RowNumbers_x_decimals
"""round(x, decimals)

The slope is 0: y is constant between its jumps.

Jumps: (10^decimals·x + 0.5) % 1 = 0.

On numbers of any kind; ``mg.round``, and a method of Value, also called ``rint`` there."""

pow: RowNumbers_a_b
"""pow(a, b)

y = a^b

∂y/∂a = b·where(a = 0 | b - 1 + 1 = b & b - 1 ≠ b, a^(b - 1), y / where(a = 0 | b - 1 + 1 = b & b - 1 ≠ b, 1, a))
∂y/∂b = where(a < 0, y·log(a), where(a = 0, 0, y·log(where(a = 0, 1, a))))

Domain: a ≥ 0 or b an integer.

On numbers of any kind; ``mg.pow``, and a method of Value."""

lt: RowNumbers_a_b
"""lt(a, b)

y = where(a < b, 1, 0)

The slope is 0: y is constant between its jumps.

Jumps: a - b = 0.

On numbers of any kind; ``mg.lt``, and a method of Value."""

le: RowNumbers_a_b
"""le(a, b)

y = where(a ≤ b, 1, 0)

The slope is 0: y is constant between its jumps.

Jumps: a - b = 0.

On numbers of any kind; ``mg.le``, and a method of Value."""

gt: RowNumbers_a_b
"""gt(a, b)

y = where(a > b, 1, 0)

The slope is 0: y is constant between its jumps.

Jumps: a - b = 0.

On numbers of any kind; ``mg.gt``, and a method of Value."""

ge: RowNumbers_a_b
"""ge(a, b)

y = where(a ≥ b, 1, 0)

The slope is 0: y is constant between its jumps.

Jumps: a - b = 0.

On numbers of any kind; ``mg.ge``, and a method of Value."""

eq: RowNumbers_a_b
"""eq(a, b)

y = where(a = b, 1, 0)

The slope is 0: y is constant between its jumps.

Jumps: a - b = 0.

On numbers of any kind; ``mg.eq``, and a method of Value."""

ne: RowNumbers_a_b
"""ne(a, b)

y = where(a ≠ b, 1, 0)

The slope is 0: y is constant between its jumps.

Jumps: a - b = 0.

On numbers of any kind; ``mg.ne``, and a method of Value."""

logical_and: RowNumbers_a_b
"""logical_and(a, b)

y = where(a, where(b, 1, 0), 0)

The slope is 0: y is constant between its jumps.

On numbers of any kind; ``mg.logical_and``, and a method of Value."""

logical_or: RowNumbers_a_b
"""logical_or(a, b)

y = where(a, 1, where(b, 1, 0))

The slope is 0: y is constant between its jumps.

On numbers of any kind; ``mg.logical_or``, and a method of Value."""

logical_not: RowNumbers_a
"""logical_not(a)

y = where(a, 0, 1)

The slope is 0: y is constant between its jumps.

On numbers of any kind; ``mg.logical_not``, and a method of Value."""

where: RowWhere
"""where(condition, a, b)

∂y/∂a = where(condition, 1, 0)
∂y/∂b = where(condition, 0, 1)

On numbers of any kind; ``mg.where``, and a method of Value."""

maximum: RowNumbers_a_b
"""maximum(a, b)

y = where(a > b, a, where(a ≤ b, b, a + b))

∂y/∂a = where(a > b, 1, where(a < b, 0, where(a = b, 0.5, a + b)))
∂y/∂b = where(b > a, 1, where(b < a, 0, where(b = a, 0.5, b + a)))

Kinks, where the slope jumps: a - b = 0.

On numbers of any kind; ``mg.maximum``, and a method of Value."""

minimum: RowNumbers_a_b
"""minimum(a, b)

y = where(a < b, a, where(a ≥ b, b, a + b))

∂y/∂a = where(b > a, 1, where(b < a, 0, where(b = a, 0.5, b + a)))
∂y/∂b = where(a > b, 1, where(a < b, 0, where(a = b, 0.5, a + b)))

Kinks, where the slope jumps: a - b = 0.

On numbers of any kind; ``mg.minimum``, and a method of Value."""

clip: RowNumbers_x_low_high
"""clip(x, low, high)

y = min(max(x, low), high)

∂y/∂x = a long form that keeps its digits
∂y/∂low = a long form that keeps its digits
∂y/∂high = where(max(x, low) > high, 1, where(max(x, low) < high, 0, where(max(x, low) = high, 0.5, max(x, low) + high)))

Kinks, where the slope jumps: (x - low)·(x - high)·(low - high) = 0.

On numbers of any kind; ``mg.clip``, and a method of Value."""

relu: RowNumbers_x
"""relu(x)

y = where(x ≤ 0, 0, x)

∂y/∂x = where(x > 0, 1, 0)

Kinks, where the slope jumps: x = 0.

On numbers of any kind; ``mg.relu``, and a method of Value."""

floor: RowNumbers_x
"""floor(x)

The slope is 0: y is constant between its jumps.

Jumps: x - round(x, 0) = 0.

On numbers of any kind; ``mg.floor``, and a method of Value."""

ceil: RowNumbers_x
"""ceil(x)

The slope is 0: y is constant between its jumps.

Jumps: x - round(x, 0) = 0.

On numbers of any kind; ``mg.ceil``, and a method of Value."""

trunc: RowNumbers_x
"""trunc(x)

The slope is 0: y is constant between its jumps.

Jumps: x - round(x, 0) = 0.

On numbers of any kind; ``mg.trunc``, and a method of Value."""

copysign: RowNumbers_x_s
"""copysign(x, s)

∂y/∂x = sign(x)·copysign(1, s)
∂y/∂s = 0

Kinks, where the slope jumps: x·s = 0.

On numbers of any kind; ``mg.copysign``, and a method of Value."""

fmod: RowNumbers_a_b
"""fmod(a, b)

∂y/∂a = 1
∂y/∂b = -round((a - y) / b, 0)

Domain: b ≠ 0.

Kinks, where the slope jumps: a % b = 0.

On numbers of any kind; ``mg.fmod``, and a method of Value."""

remainder: RowNumbers_a_b
"""remainder(a, b)

∂y/∂a = 1
∂y/∂b = -round((a - y) / b, 0)

Domain: b ≠ 0.

Kinks, where the slope jumps: (a / b + 0.5) % 1 = 0.

On numbers of any kind; ``mg.remainder``, and a method of Value."""

exp: RowNumbers_x
"""exp(x)

∂y/∂x = y

On numbers of any kind; ``mg.exp``, and a method of Value."""

exp2: RowNumbers_x
"""exp2(x)

y = 2^x

∂y/∂x = y·log(2)

On numbers of any kind; ``mg.exp2``, and a method of Value."""

expm1: RowNumbers_x
"""expm1(x)

∂y/∂x = exp(x)

On numbers of any kind; ``mg.expm1``, and a method of Value."""

log: RowNumbers_x
"""log(x)

∂y/∂x = 1 / x

Domain: x > 0.

On numbers of any kind; ``mg.log``, and a method of Value."""

log2: RowNumbers_x
"""log2(x)

y = log(x) / log(2)

∂y/∂x = 1 / (x·log(2))

Domain: x > 0.

On numbers of any kind; ``mg.log2``, and a method of Value."""

log10: RowNumbers_x
"""log10(x)

∂y/∂x = 1 / (x·log(10))

Domain: x > 0.

On numbers of any kind; ``mg.log10``, and a method of Value."""

log1p: RowNumbers_x
"""log1p(x)

∂y/∂x = 1 / (1 + x)

Domain: x > -1.

On numbers of any kind; ``mg.log1p``, and a method of Value."""

square: RowNumbers_x
"""square(x)

y = x·x

∂y/∂x = 2·x

On numbers of any kind; ``mg.square``, and a method of Value."""

reciprocal: RowNumbers_x
"""reciprocal(x)

y = 1 / x

∂y/∂x = -y·y

Domain: x ≠ 0.

On numbers of any kind; ``mg.reciprocal``, and a method of Value."""

sqrt: RowNumbers_x
"""sqrt(x)

∂y/∂x = 0.5 / (y + 0)

Domain: x ≥ 0.

On numbers of any kind; ``mg.sqrt``, and a method of Value."""

cbrt: RowNumbers_x
"""cbrt(x)

∂y/∂x = where(x = 0, inf, y / (3·where(x = 0, 1, x)))

On numbers of any kind; ``mg.cbrt``, and a method of Value."""

sin: RowNumbers_x
"""sin(x)

∂y/∂x = cos(x)

On numbers of any kind; ``mg.sin``, and a method of Value."""

cos: RowNumbers_x
"""cos(x)

∂y/∂x = -sin(x)

On numbers of any kind; ``mg.cos``, and a method of Value."""

tan: RowNumbers_x
"""tan(x)

∂y/∂x = 1 + y·y

On numbers of any kind; ``mg.tan``, and a method of Value."""

asin: RowNumbers_x
"""asin(x)

∂y/∂x = 1 / sqrt(where(abs(x) < 0.5, 1 - x·x, (1 - x)·(1 + x)))

Domain: -1 ≤ x ≤ 1.

On numbers of any kind; ``mg.asin``, and a method of Value, also called ``arcsin`` there."""

acos: RowNumbers_x
"""acos(x)

∂y/∂x = (-1) / sqrt(where(abs(x) < 0.5, 1 - x·x, (1 - x)·(1 + x)))

Domain: -1 ≤ x ≤ 1.

On numbers of any kind; ``mg.acos``, and a method of Value, also called ``arccos`` there."""

atan: RowNumbers_x
"""atan(x)

∂y/∂x = 1 / (1 + x·x)

On numbers of any kind; ``mg.atan``, and a method of Value, also called ``arctan`` there."""

atan2: RowNumbers_a_b
"""atan2(a, b)

∂y/∂a = where(abs(b) < inf, b, 0) / where(hypot(a, b) = 0, inf, hypot(a, b)) / where(hypot(a, b) = 0, inf, hypot(a, b))
∂y/∂b = -where(abs(a) < inf, a, 0) / where(hypot(a, b) = 0, inf, hypot(a, b)) / where(hypot(a, b) = 0, inf, hypot(a, b))

Kinks, where the slope jumps: where(b > 0, 1, a) = 0.

On numbers of any kind; ``mg.atan2``, and a method of Value, also called ``arctan2`` there."""

degrees: RowNumbers_x
"""degrees(x)

∂y/∂x = 57.2958

On numbers of any kind; ``mg.degrees``, and a method of Value, also called ``rad2deg`` there."""

radians: RowNumbers_x
"""radians(x)

∂y/∂x = 0.0174533

On numbers of any kind; ``mg.radians``, and a method of Value, also called ``deg2rad`` there."""

sinc: RowNumbers_x
"""sinc(x)

y = where(x = 0, 1, sin(3.14159·x) / (3.14159·where(x = 0, 1, x)))

∂y/∂x = a long form that keeps its digits

On numbers of any kind; ``mg.sinc``, and a method of Value."""

sinh: RowNumbers_x
"""sinh(x)

∂y/∂x = cosh(x)

On numbers of any kind; ``mg.sinh``, and a method of Value."""

cosh: RowNumbers_x
"""cosh(x)

∂y/∂x = sinh(x)

On numbers of any kind; ``mg.cosh``, and a method of Value."""

tanh: RowNumbers_x
"""tanh(x)

∂y/∂x = 4·σ(2·x)·σ((-2)·x)

On numbers of any kind; ``mg.tanh``, and a method of Value."""

asinh: RowNumbers_x
"""asinh(x)

∂y/∂x = 1 / hypot(1, x)

On numbers of any kind; ``mg.asinh``, and a method of Value, also called ``arcsinh`` there."""

acosh: RowNumbers_x
"""acosh(x)

∂y/∂x = 1 / (sqrt(x - 1)·sqrt(x + 1))

Domain: x ≥ 1.

On numbers of any kind; ``mg.acosh``, and a method of Value, also called ``arccosh`` there."""

atanh: RowNumbers_x
"""atanh(x)

∂y/∂x = 1 / where(abs(x) < 0.5, 1 - x·x, (1 - x)·(1 + x))

Domain: -1 < x < 1.

On numbers of any kind; ``mg.atanh``, and a method of Value, also called ``arctanh`` there."""

sigmoid: RowNumbers_x
"""sigmoid(x)

y = 1 / (1 + exp(-x))

∂y/∂x = y·σ(-x)

On numbers of any kind; ``mg.sigmoid``, and a method of Value."""

softplus: RowNumbers_x
"""softplus(x)

y = log(1 + exp(x))

∂y/∂x = σ(x)

On numbers of any kind; ``mg.softplus``, and a method of Value."""

log_sigmoid: RowNumbers_x
"""log_sigmoid(x)

y = -log(1 + exp(-x))

∂y/∂x = σ(-x)

On numbers of any kind; ``mg.log_sigmoid``, and a method of Value."""

logaddexp: RowNumbers_a_b
"""logaddexp(a, b)

y = log(exp(a) + exp(b))

∂y/∂a = a long form that keeps its digits
∂y/∂b = a long form that keeps its digits

On numbers of any kind; ``mg.logaddexp``, and a method of Value."""

silu: RowNumbers_x
"""silu(x)

y = x·σ(x)

∂y/∂x = σ(x)·(1 + x·σ(-x))

On numbers of any kind; ``mg.silu``, and a method of Value."""

xlogy: RowNumbers_x_z
"""xlogy(x, z)

y = where(x = 0, 0, x·log(where(x = 0, 1, z)))

∂y/∂x = log(z)
∂y/∂z = x·(1 / z)

Domain: z > 0 or x = 0.

On numbers of any kind; ``mg.xlogy``, and a method of Value."""

logit: RowNumbers_p
"""logit(p)

y = log(p / (1 - p))

∂y/∂p = 1 / p + 1 / (1 - p)

Domain: 0 < p < 1.

On numbers of any kind; ``mg.logit``, and a method of Value."""

log1mexp: RowNumbers_x
"""log1mexp(x)

y = log(1 - exp(-x))

∂y/∂x = -exp(-x) / expm1(-x)

Domain: x > 0.

On numbers of any kind; ``mg.log1mexp``, and a method of Value."""

elu: RowNumbers_x_alpha
"""elu(x, alpha)

y = where(x > 0, x, alpha·(exp(x) - 1))

∂y/∂x = where(x > 0, 1, where(where(x > 0, 0, x) < -700, alpha·exp(where(x > 0, 0, x) / 2)·exp(where(x > 0, 0, x) / 2), alpha·exp(where(x > 0, 0, x))))
∂y/∂alpha = expm1(where(x > 0, 0, x))

Kinks, where the slope jumps: where(alpha = 1, 1, x) = 0.

On numbers of any kind; ``mg.elu``, and a method of Value."""

leaky_relu: RowNumbers_x_negative_slope
"""leaky_relu(x, negative_slope)

y = where(x > 0, x, negative_slope·x)

∂y/∂x = where(x > 0, 1, negative_slope)
∂y/∂negative_slope = where(x > 0, 0, x)

Kinks, where the slope jumps: where(negative_slope = 1, 1, x) = 0.

On numbers of any kind; ``mg.leaky_relu``, and a method of Value."""

softsign: RowNumbers_x
"""softsign(x)

y = x / (1 + abs(x))

∂y/∂x = 1 / (1 + abs(x))·(1 / (1 + abs(x)))

On numbers of any kind; ``mg.softsign``, and a method of Value."""

mish: RowNumbers_x
"""mish(x)

y = x·tanh(softplus(x))

∂y/∂x = tanh(softplus(x)) + x·σ(x)·(1 - square(tanh(softplus(x))))

On numbers of any kind; ``mg.mish``, and a method of Value."""

cross_entropy: RowNumbers_a_y
"""cross_entropy(a, y)

L = -(y·log(a) + (1 - y)·log(1 - a))

∂L/∂a = -y / a + (1 - y) / (1 - a)
∂L/∂y = log((1 - a) / a)

Domain: a prediction strictly between 0 and 1 and a label from 0 to 1; for a = σ(z), logistic_loss(z, y) is this loss at any z.

On numbers of any kind; ``mg.cross_entropy``, and a method of Value."""

logistic_loss: RowNumbers_z_y
"""logistic_loss(z, y)

L = -(y·log σ(z) + (1 - y)·log σ(-z))

∂L/∂z = σ(z) - y
∂L/∂y = -z

Domain: a label from 0 to 1.

On numbers of any kind; ``mg.logistic_loss``, and a method of Value."""

erf: RowNumbers_x
"""erf(x)

∂y/∂x = a long form that keeps its digits

On numbers of any kind; ``mg.erf``, and a method of Value."""

erfc: RowNumbers_x
"""erfc(x)

∂y/∂x = a long form that keeps its digits

On numbers of any kind; ``mg.erfc``, and a method of Value."""

norm_pdf: RowNumbers_x
"""norm_pdf(x)

y = exp(-x·x / 2) / sqrt(6.28319)

∂y/∂x = -(y·x)

On numbers of any kind; ``mg.norm_pdf``, and a method of Value."""

norm_cdf: RowNumbers_x
"""norm_cdf(x)

y = erfc(-x / sqrt(2)) / 2

∂y/∂x = φ(x)

On numbers of any kind; ``mg.norm_cdf``, and a method of Value, also called ``ndtr`` there."""

log_norm_cdf: RowNumbers_x
"""log_norm_cdf(x)

y = log(Φ(x))

∂y/∂x = inverse_mills(x)

On numbers of any kind; ``mg.log_norm_cdf``, and a method of Value, also called ``log_ndtr`` there."""

inverse_mills: RowNumbers_x
"""inverse_mills(x)

y = φ(x) / Φ(x)

∂y/∂x = -y·truncnorm_moment(1, x)

On numbers of any kind; ``mg.inverse_mills``, and a method of Value."""

truncnorm_moment: RowNumbers_n_x
"""truncnorm_moment(n, x)

∂y/∂x = where(x < 0 | n = 0, truncnorm_moment(n + 1, x) - truncnorm_moment(1, x)·y, n·truncnorm_moment(max(n - 1, 0), x) - inverse_mills(x)·y)

Domain: n among 0, 1, 2 ….

On numbers of any kind; ``mg.truncnorm_moment``, and a method of Value."""

gelu: RowNumbers_x
"""gelu(x)

y = x·Φ(x)

∂y/∂x = Φ(x) + x·φ(x)

On numbers of any kind; ``mg.gelu``, and a method of Value."""

norm_ppf: RowNumbers_p
"""norm_ppf(p)

∂y/∂p = where(abs(y) < 1, 1 / φ(where(abs(y) < 1, y, 0)), 1 / inverse_mills(-where(abs(y) < 1, 1, min(abs(y), 40))) / where(p < 0.5, p, 1 - p))

Domain: 0 < p < 1.

On numbers of any kind; ``mg.norm_ppf``, and a method of Value, also called ``ndtri`` there."""

erfinv: RowNumbers_x
"""erfinv(x)

∂y/∂x = a long form that keeps its digits

Domain: -1 < x < 1.

On numbers of any kind; ``mg.erfinv``, and a method of Value."""

lambertw: RowNumbers_x_k
"""lambertw(x, k)

∂y/∂x = a long form that keeps its digits

Domain: x ≥ -1/e with k = 0, or -1/e ≤ x < 0 with k = -1.

On numbers of any kind; ``mg.lambertw``, and a method of Value."""

gamma: RowNumbers_x
"""gamma(x)

y = Γ(x)

∂y/∂x = y·ψ(x)

Domain: x > 0 or not an integer.

On numbers of any kind; ``mg.gamma``, and a method of Value."""

lgamma: RowNumbers_x
"""lgamma(x)

y = log Γ(x)

∂y/∂x = ψ(x)

Domain: x > 0 or not an integer.

On numbers of any kind; ``mg.lgamma``, and a method of Value."""

digamma: RowNumbers_x
"""digamma(x)

y = ψ(x)

∂y/∂x = polygamma(1, x)

Domain: x > 0 or not an integer.

On numbers of any kind; ``mg.digamma``, and a method of Value."""

polygamma: RowNumbers_n_x
"""polygamma(n, x)

∂y/∂x = polygamma(n + 1, x)

Domain: n among 0, 1, 2 … and x > 0 or not an integer.

On numbers of any kind; ``mg.polygamma``, and a method of Value."""

betaln: RowNumbers_a_b
"""betaln(a, b)

y = log Γ(a) + log Γ(b) - log Γ(a + b)

∂y/∂a = ψ(a) - ψ(a + b)
∂y/∂b = ψ(b) - ψ(b + a)

Domain: a > 0 and b > 0.

On numbers of any kind; ``mg.betaln``, and a method of Value."""

j0: RowNumbers_x
"""j0(x)

∂y/∂x = -j1(x)

On numbers of any kind; ``mg.j0``, and a method of Value."""

j1: RowNumbers_x
"""j1(x)

∂y/∂x = j1_slope(x)

On numbers of any kind; ``mg.j1``, and a method of Value."""

i0e: RowNumbers_x
"""i0e(x)

∂y/∂x = i1e(x) - sign(x)·i0e(x)

Kinks, where the slope jumps: x = 0.

On numbers of any kind; ``mg.i0e``, and a method of Value."""

i1e: RowNumbers_x
"""i1e(x)

∂y/∂x = i1e_slope(x)

On numbers of any kind; ``mg.i1e``, and a method of Value."""

gammainc: RowNumbers_a_x
"""gammainc(a, x)

∂y/∂a = gammainc_slope(1, a, x)
∂y/∂x = gammainc_density(0, a, x)

Domain: a > 0 and x ≥ 0.

On numbers of any kind; ``mg.gammainc``, and a method of Value."""

gammaincc: RowNumbers_a_x
"""gammaincc(a, x)

∂y/∂a = -gammainc_slope(1, a, x)
∂y/∂x = -gammainc_density(0, a, x)

Domain: a > 0 and x ≥ 0.

On numbers of any kind; ``mg.gammaincc``, and a method of Value."""

betainc: RowNumbers_a_b_x
"""betainc(a, b, x)

∂y/∂a = betainc_slope(1, a, b, x)
∂y/∂b = betainc_slope(2, a, b, x)
∂y/∂x = betainc_density(0, a, b, x)

Domain: a > 0 and b > 0 and 0 ≤ x ≤ 1.

On numbers of any kind; ``mg.betainc``, and a method of Value."""

sum: RowVectors_x
"""sum([x1, x2, …])

y = x1 + x2, for two elements

∂y/∂x1 = 1
∂y/∂x2 = 1

On numbers of any kind; ``mg.sum``."""

mean: RowVectors_x
"""mean([x1, x2, …])

y = (x1 + x2) / 2, for two elements

∂y/∂x1 = 1 / 2
∂y/∂x2 = 1 / 2

On numbers of any kind; ``mg.mean``."""

prod: RowVectors_x
"""prod([x1, x2, …])

y = x1·x2, for two elements

∂y/∂x1 = 1·(1·x2)
∂y/∂x2 = 1·x1·1

On numbers of any kind; ``mg.prod``."""

dot: RowVectors_a_b
"""dot([a1, a2, …], [b1, b2, …])

y = a1·b1 + a2·b2, for two elements

∂y/∂a1 = b1
∂y/∂a2 = b2
∂y/∂b1 = a1
∂y/∂b2 = a2

On numbers of any kind; ``mg.dot``."""

hypot: RowSpread
"""hypot([x1, x2, …])

y = sqrt(x1·x1 + x2·x2), for two elements

∂y/∂x1 = x1 / where(y = 0, inf, y)
∂y/∂x2 = x2 / where(y = 0, inf, y)

On numbers of any kind; ``mg.hypot``, and a method of Value."""

dist: RowVectors_p_q
"""dist([p1, p2, …], [q1, q2, …])

y = hypot(p1 - q1, p2 - q2), for two elements

∂y/∂p1 = (p1 - q1) / where(y = 0, inf, y)
∂y/∂p2 = (p2 - q2) / where(y = 0, inf, y)
∂y/∂q1 = -((p1 - q1) / where(y = 0, inf, y))
∂y/∂q2 = -((p2 - q2) / where(y = 0, inf, y))

On numbers of any kind; ``mg.dist``."""

logsumexp: RowVectors_x
"""logsumexp([x1, x2, …])

y = log(exp(x1) + exp(x2)), for two elements

∂y/∂x1 = exp(x1 - stop_gradient(max(x1, x2))) / (exp(x1 - stop_gradient(max(x1, x2))) + exp(x2 - stop_gradient(max(x1, x2))))
∂y/∂x2 = exp(x2 - stop_gradient(max(x1, x2))) / (exp(x1 - stop_gradient(max(x1, x2))) + exp(x2 - stop_gradient(max(x1, x2))))

On numbers of any kind; ``mg.logsumexp``."""

max: RowSpread
"""max([x1, x2, …])

y = max(x1, x2), for two elements

∂y/∂x1 = where(x1 = y, 1, where(y = y, 0, y)) / (where(x1 = y, 1, where(y = y, 0, y)) + where(x2 = y, 1, where(y = y, 0, y)))
∂y/∂x2 = where(x2 = y, 1, where(y = y, 0, y)) / (where(x1 = y, 1, where(y = y, 0, y)) + where(x2 = y, 1, where(y = y, 0, y)))

On numbers of any kind; ``mg.max``, and a method of Value."""

min: RowSpread
"""min([x1, x2, …])

y = min(x1, x2), for two elements

∂y/∂x1 = where(x1 = y, 1, where(y = y, 0, y)) / (where(x1 = y, 1, where(y = y, 0, y)) + where(x2 = y, 1, where(y = y, 0, y)))
∂y/∂x2 = where(x2 = y, 1, where(y = y, 0, y)) / (where(x1 = y, 1, where(y = y, 0, y)) + where(x2 = y, 1, where(y = y, 0, y)))

On numbers of any kind; ``mg.min``, and a method of Value."""

stop_gradient: RowNumbers_x
"""stop_gradient(x)

y = x

The slope is 0: y is constant between its jumps.

On numbers of any kind; ``mg.stop_gradient``, and a method of Value."""

ndtr: RowNumbers_x
"""norm_cdf(x)

y = erfc(-x / sqrt(2)) / 2

∂y/∂x = φ(x)

On numbers of any kind; ``mg.norm_cdf``, and a method of Value, also called ``ndtr`` there."""

log_ndtr: RowNumbers_x
"""log_norm_cdf(x)

y = log(Φ(x))

∂y/∂x = inverse_mills(x)

On numbers of any kind; ``mg.log_norm_cdf``, and a method of Value, also called ``log_ndtr`` there."""

ndtri: RowNumbers_p
"""norm_ppf(p)

∂y/∂p = where(abs(y) < 1, 1 / φ(where(abs(y) < 1, y, 0)), 1 / inverse_mills(-where(abs(y) < 1, 1, min(abs(y), 40))) / where(p < 0.5, p, 1 - p))

Domain: 0 < p < 1.

On numbers of any kind; ``mg.norm_ppf``, and a method of Value, also called ``ndtri`` there."""
