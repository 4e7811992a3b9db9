"""What type checkers know of Value: the operators and methods that it gets from the table.

Never imported at run time; a test holds that no row is missing.
"""

from typing import Any

from .value import Value

class Declared:
    """The rows as operators and methods: of one operand, of two, of three."""

    def __add__(self, other: Any, /) -> Value: ...

    __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __truediv__ = __rtruediv__ = __add__
    __floordiv__ = __rfloordiv__ = __mod__ = __rmod__ = __pow__ = __rpow__ = __add__
    __lt__ = __le__ = __gt__ = __ge__ = __and__ = __rand__ = __or__ = __ror__ = __add__
    __eq__ = __ne__ = __add__  # type: ignore[assignment]  # object's are bool

    def __neg__(self) -> Value: ...

    __abs__ = __invert__ = __neg__

    def where(self, a: Any, b: Any, /) -> Value: ...

    clip = where

    def hypot(self, *others: Any) -> Value: ...

    add = sub = mul = div = floordiv = mod = round = constpow = pow = lt = le = gt = __add__
    ge = eq = ne = logical_and = logical_or = maximum = minimum = copysign = fmod = __add__
    remainder = atan2 = arctan2 = logaddexp = xlogy = polygamma = azmul = __add__
    truncnorm_moment = __add__
    rint = neg = abs = fabs = absolute = sign = logical_not = relu = floor = ceil = trunc = __neg__
    exp = exp2 = expm1 = log = log2 = log10 = log1p = square = reciprocal = sqrt = __neg__
    cbrt = sin = cos = tan = asin = arcsin = acos = arccos = atan = arctan = degrees = __neg__
    rad2deg = radians = deg2rad = sinh = cosh = tanh = asinh = arcsinh = acosh = __neg__
    arccosh = atanh = arctanh = sigmoid = softplus = log_sigmoid = silu = erf = erfc = __neg__
    norm_pdf = norm_cdf = log_norm_cdf = inverse_mills = gelu = gelu_slope = __neg__
    silu_slope = gamma = lgamma = __neg__
    digamma = identity = stop_gradient = __neg__
