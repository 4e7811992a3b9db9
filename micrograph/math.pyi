"""Python's math with Values, for type checkers.

Written from the table by tests/typing/stubs.py."""

from collections.abc import Iterable
from math import comb as comb
from math import e as e
from math import factorial as factorial
from math import gcd as gcd
from math import inf as inf
from math import isqrt as isqrt
from math import lcm as lcm
from math import nan as nan
from math import nextafter as nextafter
from math import perm as perm
from math import pi as pi
from math import tau as tau
from math import ulp as ulp
from typing import Any, overload

from numpy.typing import NDArray

from .engine.value import Value
from .rows import Number, Scalar, Spread, Numbers_a_b, Numbers_x, Numbers_x_s

acos: Numbers_x
acosh: Numbers_x
asin: Numbers_x
asinh: Numbers_x
atan: Numbers_x
atan2: Numbers_a_b
atanh: Numbers_x
cbrt: Numbers_x
copysign: Numbers_x_s
cos: Numbers_x
cosh: Numbers_x
degrees: Numbers_x
erf: Numbers_x
erfc: Numbers_x
exp: Numbers_x
exp2: Numbers_x
expm1: Numbers_x
fmod: Numbers_a_b
gamma: Numbers_x
lgamma: Numbers_x
log10: Numbers_x
log1p: Numbers_x
log2: Numbers_x
pow: Numbers_a_b
radians: Numbers_x
remainder: Numbers_a_b
sin: Numbers_x
sinh: Numbers_x
sqrt: Numbers_x
tan: Numbers_x
tanh: Numbers_x

@overload
def ceil(x: Scalar, /) -> int: ...
@overload
def ceil(x: NDArray[Any], /) -> NDArray[Any]: ...
@overload
def dist(p: Iterable[float], q: Iterable[float], /) -> float: ...
@overload
def dist(p: Iterable[Scalar], q: Iterable[Scalar], /) -> Value: ...
@overload
def fabs(x: Value, /) -> Value: ...
@overload
def fabs(x: Number, /) -> float: ...
@overload
def floor(x: Scalar, /) -> int: ...
@overload
def floor(x: NDArray[Any], /) -> NDArray[Any]: ...
@overload
def frexp(x: Value, /) -> tuple[Value, int]: ...
@overload
def frexp(x: Number, /) -> tuple[float, int]: ...
@overload
def fsum(x: Iterable[Value], /) -> Value: ...
@overload
def fsum(x: Iterable[float], /) -> float: ...
@overload
def fsum(x: Iterable[Any], /) -> Any: ...

hypot: Spread

def isclose(a: Scalar, b: Scalar, *, rel_tol: float = ..., abs_tol: float = ...) -> bool: ...
def isfinite(x: Scalar, /) -> bool: ...
def isinf(x: Scalar, /) -> bool: ...
def isnan(x: Scalar, /) -> bool: ...
@overload
def ldexp(x: Value, i: int, /) -> Value: ...
@overload
def ldexp(x: Number, i: int, /) -> float: ...
@overload
def log(x: Value, base: Scalar = ..., /) -> Value: ...
@overload
def log(x: Number, base: Scalar = ..., /) -> float: ...
@overload
def modf(x: Value, /) -> tuple[Value, Value]: ...
@overload
def modf(x: Number, /) -> tuple[float, float]: ...
@overload
def prod(x: Iterable[Value], /, *, start: Any = 1) -> Value: ...
@overload
def prod(x: Iterable[float], /, *, start: Any = 1) -> float: ...
@overload
def prod(x: Iterable[Any], /, *, start: Any = 1) -> Any: ...
@overload
def trunc(x: Scalar, /) -> int: ...
@overload
def trunc(x: NDArray[Any], /) -> NDArray[Any]: ...
