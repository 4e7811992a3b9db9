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
    def __call__(self, x: Iterable[Value], /) -> Value: ...
    @overload
    def __call__(self, x: NDArray[Any], /) -> Any: ...
    @overload
    def __call__(self, x: Iterable[Number], /) -> float: ...
    @overload
    def __call__(self, x: Iterable[Any], /) -> Any: ...
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

class Numbers_n_x:
    """Called with n, x."""

    @overload
    def __call__(self, n: Number, x: Value) -> Value: ...
    @overload
    def __call__(self, n: Number, x: Number) -> float: ...
    @overload
    def __call__(self, n: Number, x: Anything) -> NDArray[Any]: ...

class Vectors_x:
    """Called with x."""

    @overload
    def __call__(self, x: Iterable[Value]) -> Value: ...
    @overload
    def __call__(self, x: NDArray[Any]) -> Any: ...
    @overload
    def __call__(self, x: Iterable[Number]) -> float: ...
    @overload
    def __call__(self, x: Iterable[Any]) -> Any: ...

class Vectors_a_b:
    """Called with a, b."""

    @overload
    def __call__(self, a: Iterable[Value], b: Iterable[Value]) -> Value: ...
    @overload
    def __call__(self, a: NDArray[Any], b: NDArray[Any]) -> Any: ...
    @overload
    def __call__(self, a: Iterable[Number], b: Iterable[Number]) -> float: ...
    @overload
    def __call__(self, a: Iterable[Any], b: Iterable[Any]) -> Any: ...

class Vectors_p_q:
    """Called with p, q."""

    @overload
    def __call__(self, p: Iterable[Value], q: Iterable[Value]) -> Value: ...
    @overload
    def __call__(self, p: NDArray[Any], q: NDArray[Any]) -> Any: ...
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
class RowNumbers_n_x(Numbers_n_x, Primitive): ...
class RowVectors_x(Vectors_x, Primitive): ...
class RowVectors_a_b(Vectors_a_b, Primitive): ...
class RowSpread(Spread, Primitive): ...
class RowVectors_p_q(Vectors_p_q, Primitive): ...

add: RowNumbers_a_b
sub: RowNumbers_a_b
mul: RowNumbers_a_b
div: RowNumbers_a_b
floordiv: RowNumbers_a_b
mod: RowNumbers_a_b
neg: RowNumbers_x
abs: RowNumbers_x
sign: RowNumbers_x
round: RowNumbers_x_decimals
pow: RowNumbers_a_b
lt: RowNumbers_a_b
le: RowNumbers_a_b
gt: RowNumbers_a_b
ge: RowNumbers_a_b
eq: RowNumbers_a_b
ne: RowNumbers_a_b
logical_and: RowNumbers_a_b
logical_or: RowNumbers_a_b
logical_not: RowNumbers_a
where: RowWhere
maximum: RowNumbers_a_b
minimum: RowNumbers_a_b
clip: RowNumbers_x_low_high
relu: RowNumbers_x
floor: RowNumbers_x
ceil: RowNumbers_x
trunc: RowNumbers_x
copysign: RowNumbers_x_s
fmod: RowNumbers_a_b
remainder: RowNumbers_a_b
exp: RowNumbers_x
exp2: RowNumbers_x
expm1: RowNumbers_x
log: RowNumbers_x
log2: RowNumbers_x
log10: RowNumbers_x
log1p: RowNumbers_x
square: RowNumbers_x
reciprocal: RowNumbers_x
sqrt: RowNumbers_x
cbrt: RowNumbers_x
sin: RowNumbers_x
cos: RowNumbers_x
tan: RowNumbers_x
asin: RowNumbers_x
acos: RowNumbers_x
atan: RowNumbers_x
atan2: RowNumbers_a_b
degrees: RowNumbers_x
radians: RowNumbers_x
sinh: RowNumbers_x
cosh: RowNumbers_x
tanh: RowNumbers_x
asinh: RowNumbers_x
acosh: RowNumbers_x
atanh: RowNumbers_x
sigmoid: RowNumbers_x
softplus: RowNumbers_x
log_sigmoid: RowNumbers_x
logaddexp: RowNumbers_a_b
silu: RowNumbers_x
xlogy: RowNumbers_x_z
erf: RowNumbers_x
erfc: RowNumbers_x
norm_pdf: RowNumbers_x
norm_cdf: RowNumbers_x
log_norm_cdf: RowNumbers_x
inverse_mills: RowNumbers_x
truncnorm_moment: RowNumbers_n_x
gelu: RowNumbers_x
gamma: RowNumbers_x
lgamma: RowNumbers_x
digamma: RowNumbers_x
polygamma: RowNumbers_n_x
sum: RowVectors_x
mean: RowVectors_x
prod: RowVectors_x
dot: RowVectors_a_b
hypot: RowSpread
dist: RowVectors_p_q
logsumexp: RowVectors_x
stop_gradient: RowNumbers_x
ndtr: RowNumbers_x
log_ndtr: RowNumbers_x
