"""What each array library has for the rows that the Array API standard lacks.

The standard has no erf, erfc, gamma, lgamma, digamma, polygamma, cbrt, exp2, degrees, radians or
fmod. Each library keeps its own special functions in a module of its own; what none has is made of
the standard's functions here, or is missing.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial, reduce
from importlib import import_module
from typing import Any

from ..core import Namespace, Primitive, atoms_in
from ..special import normal
from ..special.elementary import horner, order
from ..special.gamma import BERNOULLI
from . import array_incomplete, array_incomplete_beta

Atoms = dict[str, Callable[..., Any]]

SPECIAL = {"jax": "jax.scipy.special", "torch": "torch.special", "cupy": "cupyx.scipy.special"}
"""The module of a library's special functions, which have SciPy's names."""

SCIPYS = {"lgamma": "gammaln"}
"""SciPy's names of rows that it calls otherwise."""

LIBRARIES = {"jaxlib": "jax"} | {name: name for name in (*SPECIAL, "dask", "array_api_strict")}
"""The library of each package that arrays come from."""


def library(t: type) -> str:
    """The name of the library whose arrays are of this type: ``jax``."""
    packages = [base.__module__.partition(".")[0] for base in t.__mro__]
    return next((LIBRARIES[p] for p in packages if p in LIBRARIES), packages[0])


def standard(x: Any) -> Any:
    """The module of the array x, with the functions of the Array API standard.

    Raises:
        ImportError: If the library does not follow the standard by itself, and the package that
            adapts it is missing.
    """
    name = library(type(x))
    if hasattr(x, "__array_namespace__") and name != "cupy":
        return x.__array_namespace__()
    try:
        from array_api_compat import array_namespace
    except ImportError:
        raise ImportError(
            f"{name} arrays need the package array-api-compat; pip install array-api-compat"
        ) from None
    return array_namespace(x)


def atoms(name: str, lib: Any) -> Atoms:
    """The atoms of a library's arrays, by row.

    Args:
        name: The library.
        lib: Its module, with the functions of the standard.
    """
    found = {**_of_the_standard(lib), **atoms_in(lib)}
    found |= {row: getattr(lib, row) for row in _FASTER if hasattr(lib, row)}
    if name in SPECIAL:
        special = import_module(SPECIAL[name])
        called = {
            row: SCIPYS.get(row, row) for row in ("erf", "erfc", "gamma", "lgamma", "digamma")
        }
        found |= {row: getattr(special, s) for row, s in called.items() if hasattr(special, s)}
        found["polygamma"] = partial(_polygamma, lib, special.polygamma)
        found |= array_incomplete.atoms(lib, special) if hasattr(special, "gammainc") else {}
        found |= array_incomplete_beta.atoms(lib, special) if hasattr(special, "betainc") else {}
    if name == "jax":
        found |= {"sinh": partial(_halves, lib, -1), "cosh": partial(_halves, lib, 1)}
        found["atanh"] = partial(_atanh, lib)
    found |= {"round": partial(_round, lib), "remainder": partial(remainder, lib)}
    found.pop("where")  # Arrays has one, which takes floats too
    return found


_FASTER = "log2", "square", "reciprocal"
"""Rows that have a formula, and which a library may have as well.

exp2 is not among them: JAX's is off by 80 ULP at 100, and the power of 2 is not (2026-11-26).
"""


def _of_the_standard(lib: Any) -> Atoms:
    """Rows that the standard lacks, made of its functions."""
    return {
        "cbrt": partial(_cbrt, lib),
        "degrees": lambda x: x * (180 / math.pi),
        "radians": lambda x: x * (math.pi / 180),
        "fmod": partial(_fmod, lib),
        "hypot": lambda x: reduce(lib.hypot, x[1:], lib.abs(x[0])),
    }


def _halves(lib: Any, sign: int, x: Any) -> Any:
    """sinh(x), or cosh(x) if the sign is 1, by e = exp(|x|/2): (e² ± e⁻²)/2.

    JAX's own, compiled, is off by 470 ULP at 607, and overflows early (2026-11-26).
    """
    size = lib.abs(x)
    e = lib.exp(size / 2)
    y = (0.5 * e) * e + sign * 0.5 / (e * e)
    return y if sign > 0 else lib.where(size < 1, lib.sinh(x), lib.copysign(y, x))


def _atanh(lib: Any, x: Any) -> Any:
    """½·log1p(2x/(1 − x)), from |x|. JAX's own, compiled, is off by 126 ULP (2026-11-26)."""
    size = lib.abs(x)
    return lib.copysign(lib.log1p(2 * size / (1 - size)) / 2, x)


def _fmod(lib: Any, a: Any, b: Any) -> Any:
    return lib.copysign(lib.remainder(lib.abs(a), lib.abs(b)), a)


def remainder(lib: Any, a: Any, b: Any) -> Any:
    """a − b·n, where n is the whole number nearest to a/b; half way, the even one. It is exact."""
    fmod, size = getattr(lib, "fmod", partial(_fmod, lib)), lib.abs(b)
    r = fmod(lib.abs(a), 2 * size)
    past = r > size / 2
    r = lib.where(past, r - size, r)
    r = lib.where(past & (r >= size / 2), r - size, r)
    return r * lib.copysign(lib.ones_like(a), a)


def _cbrt(lib: Any, x: Any) -> Any:
    """∛x, by a power, and a step of Newton's for the digits that the rounding of ⅓ costs."""
    size = lib.abs(x)
    usual = lib.isfinite(x) & (size > 0)
    base = lib.where(usual, size, lib.ones_like(size))
    y = base ** (1 / 3)
    y = y - (y - base / (y * y)) / 3
    return lib.where(usual, lib.copysign(y, x), x)


def _round(lib: Any, x: Any, decimals: Any) -> Any:
    """x, rounded to so many decimals; half way, to the even one. As NumPy's, it scales."""
    n = plain("round", "decimals", decimals)
    if n == 0:
        return lib.round(x)
    scale = 10.0 ** abs(n)
    y = lib.round(x * scale) / scale if n > 0 else lib.round(x / scale) * scale
    return lib.where(lib.isfinite(y), y, x)


def plain(row: str, argument: str, x: Any) -> int:
    """An argument that must be one whole number as an int.

    Raises:
        TypeError: If it is an array of several, or is not known yet, as under ``jax.jit``.
    """
    try:
        return int(x)
    except (TypeError, ValueError):
        raise TypeError(
            f"{row} of arrays expects {argument} as a plain number, not as an array; under a "
            "compiler such as jax.jit make it a constant"
        ) from None


def _polygamma(lib: Any, digamma: Callable[[Any], Any], n: Any, x: Any) -> Any:
    """The n-th derivative of digamma: right of 0 by its series, and left of it reflected.

    Abramowitz & Stegun 6.4.7: (−1)ⁿ·ψ⁽ⁿ⁾(1 − x) − ψ⁽ⁿ⁾(x) = π·dⁿ cot(πx)/dxⁿ. The derivatives of
    the cotangent are polynomials in it, as cot′ = −(1 + cot²).
    """
    n = order(plain("polygamma", "n", n), "polygamma")
    if n == 0:
        return digamma(x)
    left, nearest = x <= 0, lib.round(x)
    pole = left & (x == nearest)
    safe = lib.where(pole, lib.ones_like(x) / 2, x)
    y = _series(n, lib.where(left, 1 - safe, x))
    cotangent = 1 / lib.tan(math.pi * (safe - lib.round(safe)))
    bend = math.pi ** (n + 1) * horner(_cotangents(n), cotangent)
    y = lib.where(left, (-1) ** n * y - bend, y)
    at_pole = math.inf if n % 2 else math.nan
    return lib.where(pole, lib.where(lib.isfinite(x), at_pole + 0 * safe, x - x), y)


def _series(n: int, x: Any) -> Any:
    """ψ⁽ⁿ⁾(x) for n ≥ 1 and x > 0: the recurrence 6.4.6 up to a far argument, and 6.4.11 there."""
    f, far = math.factorial(n), 10 + 2 * n
    z = x + far
    y = math.factorial(n - 1) * z**-n + f * z ** -(n + 1) / 2
    for k, (above, below) in enumerate(BERNOULLI, 1):
        j = 2 * k + n
        y = y + above / below * math.factorial(j - 1) / math.factorial(2 * k) * z**-j
    for k in reversed(range(far)):  # the smallest terms first
        y = y + f * (x + k) ** -(n + 1)
    return y if n % 2 else -y


def _cotangents(n: int) -> tuple[float, ...]:
    """The coefficients of the polynomial in cot(t) that is the n-th derivative of cot(t)."""
    c = [0.0, 1.0]
    for _ in range(n):
        slope = [k * e for k, e in enumerate(c)][1:]
        c = [-a - b for a, b in zip([*slope, 0.0, 0.0], [0.0, 0.0, *slope], strict=True)]
    return tuple(c)


def truncnorm_moment(xp: Any, n: Any, x: Any) -> Any:
    """E[Xⁿ | X > 0] as ``special.normal`` has it, where each element has a start of its own.

    From n = 2 on, left of −½, it takes 1,186 + n steps for all elements, as many as one may need.
    """
    n = order(plain("truncnorm_moment", "n", n), "truncnorm_moment")
    first = normal.excess(xp, x)
    if n < 2:
        return first if n else xp.lib.ones_like(x) + 0 * first
    right = normal.moment_upwards(n, xp.where(x < -0.5, 0.0, x), xp.where(x < -0.5, 0.0, first))
    left = xp.where(x < -0.5, x, -1.0)
    start = n + 30 + xp.floor((17 / left) ** 2)
    ratio = (2 * start + 1) / (xp.sqrt(left * left + 4 * start + 2) - left)
    most = n + 30 + 34**2

    def step(i: Any, ratio: Any) -> Any:
        k = most - i
        return xp.lib.where(start >= k, k / (ratio - left), ratio)

    ratio = _repeated(xp.name, most - n, step, ratio)
    y = xp.lib.ones_like(x)
    for k in range(n, 0, -1):
        ratio = k / (ratio - left)
        y = y * ratio
    return xp.where(x < -0.5, y, right)


def _repeated(name: str, count: int, step: Callable[[Any, Any], Any], x: Any) -> Any:
    """x after so many steps (i, x) → x. JAX compiles a loop as one step."""
    if name == "jax":
        return import_module("jax.lax").fori_loop(0, count, step, x)
    for i in range(count):
        x = step(i, x)
    return x


def by_blocks(lib: Any, xp: Namespace, row: Primitive) -> Callable[..., Any]:
    """A row on Dask's arrays: on their blocks, which are NumPy arrays, by the namespace xp."""

    def call(*operands: Any) -> Any:
        held = [x for x in operands if hasattr(x, "chunks")]
        dtype = lib.result_type(*held)

        def on_block(*blocks: Any) -> Any:
            given = iter(blocks)
            mixed = [next(given) if hasattr(x, "chunks") else x for x in operands]
            return xp.value(row, mixed).astype(dtype)

        return lib.map_blocks(on_block, *held, dtype=dtype, meta=held[0]._meta)

    return call
