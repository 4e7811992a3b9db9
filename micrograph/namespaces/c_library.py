"""C functions of rows that C's own library lacks, or that FLOAT computes in another way.

A program holds those that it needs. In their text, ``$name`` stands for another function, with the
prefix of the program, and ``@NAME`` for a number or table of ``special``. If FLOAT computes a row
by arithmetic on floats, so does the C function, in the same order: the bits are the same. Where
FLOAT takes decimal numbers or exact sums, the C function takes pairs of doubles.
"""

from __future__ import annotations

import math
import re
from fractions import Fraction
from typing import Any

from ..special import gamma, incomplete, incomplete_beta, normal
from .c_gamma import GAMMAS
from .c_incomplete import INCOMPLETE
from .c_incomplete_beta import BETA
from .c_pair import LOG_TWO, PAIRS


def source(name: str, prefix: str) -> str:
    """The C function of this name, with the prefix before it and before the functions it calls."""

    def number(found: re.Match[str]) -> str:
        x = NUMBERS[found[1] or found[2]]
        return str(len(x)) if found[1] else _literal(x)

    text = re.sub(r"@(?:len\((\w+)\)|(\w+))", number, SOURCES[name].strip())
    return re.sub(r"\$(?=\w)", prefix, text)


def needs(name: str) -> list[str]:
    """The names of the other functions that this one calls."""
    found = dict.fromkeys(re.findall(r"\$(\w+)", SOURCES[name]))
    return [other for other in found if other != name]


def _literal(x: Any) -> str:
    if isinstance(x, tuple):
        return f"{{{', '.join(map(_literal, x))}}}"
    if isinstance(x, float):
        return repr(x)
    high = float(x)  # a pair: the nearest double, and the rest
    return f"{{{high!r}, {float(x - type(x)(high))!r}}}"


NUMBERS: dict[str, Any] = {
    **{name: getattr(gamma, name) for name in ("SERIES", "ODD", "SLOPES", "EULER", "ROOT")},
    **{name: getattr(normal, name) for name in ("EXCESS", "RSQRT_TAU", "RSQRT2")},
    "ONE_LESS_EULER": gamma.ONE_LESS_EULER,
    "HALF_LOG_TAU": gamma.HALF_LOG_TAU,
    "BERNOULLI": tuple(Fraction(*b) for b in gamma.BERNOULLI),
    "LOG_TWO": LOG_TWO,
    **{
        name: getattr(incomplete, name)
        for name in ("PLACES", "WEIGHTS", "DEPTH", "EXPONENTIAL", "HIGHEST")
    },
    "BETA_PLACES": incomplete_beta.PLACES,
    "BETA_WEIGHTS": incomplete_beta.WEIGHTS,
    "TERMS": float(incomplete_beta.TERMS),
    "LAST": incomplete_beta.LAST,
    "CHOOSE": tuple(float(math.comb(m, k)) for m in range(4) for k in range(4)),
}

EXTREME = """
static double ${0}(const double *x, int n)
{{
    double y = n ? x[0] : {1};
    int i;
    for (i = 1; i < n; i++)
        y = ${0}imum(y, x[i]);
    return y;
}}"""

SOURCES = {
    "azmul": """
/* The strong zero: 0 times anything is 0, even if that is infinite or NaN. */
static double $azmul(double adjoint, double partial)
{
    return adjoint == 0.0 ? 0.0 : adjoint * partial;
}""",
    "pow": """
/* a to the power b. A compiler that knew b might write a * a, which has another last bit. */
static double $pow(double a, double b)
{
    const volatile double base = a, exponent = b;
    return pow(base, exponent);
}""",
    "mod": """
/* a - b * floor(a / b): the remainder with the sign of b. */
static double $mod(double a, double b)
{
    const double rest = fmod(a, b);
    if (rest == 0.0)
        return copysign(0.0, b);
    return (rest < 0.0) == (b < 0.0) ? rest : rest + b;
}""",
    "floordiv": """
/* floor(a / b), from the remainder: a / b itself may round up to the next whole number. */
static double $floordiv(double a, double b)
{
    const double rest = fmod(a, b);
    const double quotient = (a - rest) / b - (rest != 0.0 && (rest < 0.0) != (b < 0.0) ? 1.0 : 0.0);
    const double whole = floor(quotient);
    if (b == 0.0)
        return a * copysign(INFINITY, b);
    if (quotient == 0.0)
        return copysign(0.0, a / b);
    return quotient - whole > 0.5 ? whole + 1.0 : whole;
}""",
    "round": """
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
/* x rounded to this many decimals, half to even. C's own printing rounds the exact number. */
static double $round(double x, double decimals)
{
    char text[800];
    const int n = decimals > 400.0 ? 400 : decimals > -400.0 ? (int)decimals : -400;
    int last;
    if (isnan(decimals))
        return NAN;
    if (!isfinite(x) || n > 323)
        return x;
    if (n == 0)
        return rint(x);
    if (n > 0) {
        snprintf(text, sizeof text, "%.*f", n, x);
        return strtod(text, NULL);
    }
    snprintf(text, sizeof text, "%.60e", x);
    last = atoi(strchr(text, 'e') + 1) + n; /* how many digits stay after the first one */
    if (last >= 0) {
        snprintf(text, sizeof text, "%.*e", last, x);
        return strtod(text, NULL);
    }
    /* beside 0 lies 1 with -n zeros; a tie goes to 0, which is even */
    snprintf(text, sizeof text, "5e%d", -n - 1);
    if (last < -1 || fabs(x) <= strtod(text, NULL))
        return copysign(0.0, x);
    snprintf(text, sizeof text, "1e%d", -n);
    return copysign(strtod(text, NULL), x);
}""",
    "remainder": """
/* a - b * (a / b rounded to even). Some libraries lose the sign of a zero. */
static double $remainder(double a, double b)
{
    const double rest = remainder(a, b);
    return rest == 0.0 ? copysign(0.0, a) : rest;
}""",
    "sum": """
/* x[0] + x[1] + ..., added from left to right. */
static double $sum(const double *x, int n)
{
    double y = n ? x[0] : 0.0;
    int i;
    for (i = 1; i < n; i++)
        y += x[i];
    return y;
}""",
    "mean": """
static double $mean(const double *x, int n)
{
    return $sum(x, n) / n;
}""",
    "dot": """
/* a[0] * b[0] + a[1] * b[1] + ..., added from left to right. */
static double $dot(const double *a, const double *b, int n)
{
    double y = n ? a[0] * b[0] : 0.0;
    int i;
    for (i = 1; i < n; i++)
        y += a[i] * b[i];
    return y;
}""",
    "prod": """
/* x[0] * x[1] * ... It overflows or underflows only if the result does. */
static double $prod(const double *x, int n)
{
    double y = 1.0, reach = 0.0, least = 1.0, most = 1.0;
    int i, power, sum = 0;
    for (i = 0; i < n; i++) {
        y *= x[i];
        least = fabs(y) >= least ? least : fabs(y);
        most = fabs(y) <= most ? most : fabs(y);
        frexp(isfinite(x[i]) ? x[i] : 0.0, &power);
        reach += fabs((double)power);
    }
    if ((least >= DBL_MIN && most < INFINITY) || reach <= 1000.0)
        return y;
    y = 1.0;
    for (i = 0; i < n; i++) { /* the powers of two are kept apart */
        y *= isfinite(x[i]) ? frexp(x[i], &power) : x[i];
        sum += isfinite(x[i]) ? power : 0;
        y = isfinite(y) ? frexp(y, &power) : y;
        sum += isfinite(y) ? power : 0;
    }
    power = sum < -1000 ? -1000 : sum > 1000 ? 1000 : sum;
    sum -= power;
    y = ldexp(1.0, power) * y;
    return y * ldexp(1.0, sum < -1000 ? -1000 : sum > 1000 ? 1000 : sum);
}""",
    "max": EXTREME.format("max", "-INFINITY"),
    "min": EXTREME.format("min", "INFINITY"),
    "hypot": """
/* The square root of x[0] * x[0] + x[1] * x[1] + ... */
static double $hypot(const double *x, int n)
{
    return $norm(x, 0, n);
}""",
    "dist": """
/* The square root of the sum of (p[i] - q[i]) squared. */
static double $dist(const double *p, const double *q, int n)
{
    return $norm(p, q, n);
}""",
    "norm": """
/* The Euclidean norm of p - q, or of p if q is null, kept from overflow by a power of two. */
static double $norm(const double *p, const double *q, int n)
{
    double most = 0.0, y;
    $pair sum = {0.0, 0.0};
    int i, power, nan = 0;
    for (i = 0; i < n; i++) {
        const double e = fabs(q ? p[i] - q[i] : p[i]);
        most = e > most ? e : most;
        nan = nan || isnan(e);
    }
    if (isinf(most) || nan || most == 0.0)
        return isinf(most) ? INFINITY : nan ? NAN : 0.0;
    frexp(most, &power);
    for (i = 0; i < n; i++) {
        const double e = ldexp(q ? p[i] - q[i] : p[i], -power);
        sum = $plus(sum, $exact_product(e, e));
    }
    y = sqrt(sum.high);
    sum = $plus(sum, $exact_product(-y, y));
    return ldexp(y + sum.high / (2.0 * y), power);
}""",
    "logaddexp": """
/* log(exp(a) + exp(b)), corrected for the rounding of a - b. */
static double $logaddexp(double a, double b)
{
    const double high = a > b ? a : b, low = a > b ? b : a;
    const $pair distance = $exact_sum(high, -low);
    double e, log_term;
    $pair y;
    if (!(distance.high < 750.0))
        return distance.high >= 750.0 ? high : a + b; /* equal infinities, or NaN */
    e = exp(-distance.high);
    log_term = log1p(e);
    if (-2.25 * log_term < high && high < 0.125 * log_term && high != 0.0) /* they may cancel */
        return $pair_log($plus($pair_exp($exact_sum(a, 0.0)), $pair_exp($exact_sum(b, 0.0)))).high;
    y = $exact_sum(high, log_term);
    return y.high + (y.low - e / (1.0 + e) * distance.low);
}""",
    "logsumexp": """
/* log(exp(x[0]) + exp(x[1]) + ...), with no exponential that overflows; -inf of no numbers. */
static double $logsumexp(const double *x, int n)
{
    double top = -INFINITY, log_term;
    $pair others = {0.0, 0.0}, lost = {0.0, 0.0}, y;
    int i, equal = 0;
    for (i = 0; i < n; i++) {
        if (isnan(x[i]))
            return NAN;
        top = x[i] > top ? x[i] : top;
    }
    if (isinf(top))
        return top;
    for (i = 0; i < n; i++) {
        const $pair d = $exact_sum(x[i], -top);
        const double share = exp(d.high);
        equal += x[i] == top;
        if (x[i] != top && d.high >= -750.0) {
            others = $plus(others, $exact_sum(share, 0.0));
            lost = $plus(lost, $exact_product(share, d.low));
        }
    }
    others = $plus(others, $exact_sum(equal - 1.0, 0.0));
    log_term = log1p(others.high);
    if (-2.25 * log_term < top && top < 0.0) { /* they may cancel */
        others.high = others.low = 0.0;
        for (i = 0; i < n; i++)
            others = $plus(others, $pair_exp($exact_sum(x[i], 0.0)));
        return $pair_log(others).high;
    }
    y = $exact_sum(top, log_term);
    return y.high + (y.low + lost.high / (1.0 + others.high));
}""",
    "log_largest_share": """
/* max(x) - log(exp(x[0]) + exp(x[1]) + ...). */
static double $log_largest_share(const double *x, int n)
{
    double top = n ? x[0] : 0.0, others = 0.0;
    int i, equal = 0;
    for (i = 1; i < n; i++)
        top = $maximum(top, x[i]);
    for (i = 0; i < n; i++) {
        equal += x[i] == top;
        others += x[i] == top ? 0.0 : $exp_difference(x[i], top);
    }
    return -log1p(others + (equal - 1.0));
}""",
    "truncnorm_moment": """
/* The n-th moment of a normal variable of mean x and deviation 1, given that it is positive. */
static double $truncnorm_moment(double order, double x)
{
    static const double EXCESS[] = @EXCESS;
    const double first = x < 0.0
        ? $polynomial(EXCESS, @len(EXCESS), (-x - 3.0) / (3.0 - x)) / (3.0 - x)
        : x + 2.0 * @RSQRT_TAU * exp(-x * x / 2.0) / erfc(-x * @RSQRT2);
    double before = 0.0, y = 1.0, next;
    int n, k;
    if (!(order >= 0.0) || fmod(order, 1.0) != 0.0)
        return NAN;
    if (order > 170.0)
        return INFINITY;
    n = (int)order;
    if (x < -0.5) { /* quotients of two moments, downwards: upwards the terms cancel */
        k = n + 30 + (int)((17.0 / x) * (17.0 / x));
        next = (2 * k + 1) / (sqrt(x * x + 4 * k + 2) - x);
        for (; k > 0; k--) {
            next = k / (next - x);
            if (k <= n)
                y *= next;
        }
        return y;
    }
    for (k = 0; k < n; k++) {
        next = k ? k * before + x * y : first;
        before = y;
        y = next;
    }
    return y;
}""",
    "polynomial": """
/* c[0] + c[1] * z + c[2] * z * z + ..., by Horner's rule. */
static double $polynomial(const double *c, int n, double z)
{
    double y = 0.0;
    while (n-- > 0)
        y = y * z + c[n];
    return y;
}""",
    **GAMMAS,
    **INCOMPLETE,
    **BETA,
    **PAIRS,
}
