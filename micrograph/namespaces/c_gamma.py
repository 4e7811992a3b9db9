"""C functions of log Γ and its derivatives. ``special/gamma.py`` says how they work.

Where that file takes decimal numbers, or sums terms exactly, these functions take pairs.
``c_library`` says what ``$`` and ``@`` stand for.
"""

from __future__ import annotations

GAMMAS = {
    "lgamma": """
/* log |Gamma(x)|. Near its roots 1 and 2 it comes from the series of log Gamma(2 + z). */
static double $lgamma(double x)
{
    static const double SERIES[] = @SERIES;
    static const double ODD[] = @ODD;
    double z, s, rest, others = 1.0;
    int n, k;
    if (isnan(x) || isinf(x))
        return x * x;
    if (x <= 0.0)
        return x == floor(x) ? INFINITY : $left(-1, x);
    if (x >= 11.5)
        return x > 1e17 ? x * (log(x) - 1.0) : $right(-1, $exact_sum(x, 0.0)).high;
    n = (int)rint(x);
    z = x - n;
    rest = z * $polynomial(SERIES, @len(SERIES), z);
    if (n == 1) {
        s = z / (2.0 + z);
        s = s - 2.0 * s * s / (2.0 + z) * $polynomial(ODD, @len(ODD), s * s);
        return z * (rest + s - @EULER);
    }
    s = z * (rest + @ONE_LESS_EULER);
    if (n == 0)
        return s - log1p(x) - log(x);
    for (k = 1; k < n - 1; k++)
        others *= x - k;
    return s + log(others);
}""",
    "digamma": """
/* The derivative of log Gamma. Below 3.5 it comes from the series around 2. */
static double $digamma(double x)
{
    static const double SLOPES[] = @SLOPES;
    double y, z;
    int n;
    if (!(x > 0.0 && x < 3.5) || fabs(x - @ROOT) < 0.25)
        return $polygamma(0.0, x);
    n = (int)rint(x);
    z = x - n;
    y = z * $polynomial(SLOPES, @len(SLOPES), z) + @ONE_LESS_EULER;
    if (n == 3)
        return y + 1.0 / (x - 1.0);
    if (n < 2)
        y -= 1.0 / (1.0 + z);
    return n ? y : y - 1.0 / x;
}""",
    "polygamma": """
/* The n-th derivative of digamma. */
static double $polygamma(double order, double x)
{
    int n;
    if (!(order >= 0.0) || fmod(order, 1.0) != 0.0)
        return NAN;
    if (order > 170.0)
        return INFINITY;
    n = (int)order;
    if (!(x > 0.0) && !(x > -INFINITY && x != floor(x)))
        return n % 2 && isfinite(x) ? INFINITY : NAN;
    if (x == INFINITY)
        return n ? 0.0 : x;
    return x < 0.0 ? $left(n, x) : $right(n, $exact_sum(x, 0.0)).high;
}""",
    "left": """
/* The n-th derivative of digamma (log Gamma, if n is -1) left of 0, by the reflection formula. */
static double $left(int n, double x)
{
    const double nearest = rint(x), apart = fabs(x - nearest);
    const $pair near = $right(n, $exact_sum(apart, 0.0));
    const $pair beyond = $right(n, $exact_sum(1.0, -apart));
    const $pair mirrored = $right(n, $exact_sum(1.0, -x));
    const double side = n % 2 || x > nearest ? 1.0 : -1.0;
    if (n % 2 == 0 && apart == 0.5)
        return mirrored.high;
    if (isinf(near.high))
        return near.high * side;
    if (n % 2)
        return $plus($plus(near, beyond), $scaled(mirrored, -1.0)).high;
    return $plus($scaled($plus(near, $scaled(beyond, -1.0)), side), mirrored).high;
}""",
    "right": """
/* The n-th derivative of digamma (log Gamma, if n is -1) right of 0: the recurrence leads to large
   arguments, where the asymptotic series is good. */
static $pair $right(int n, $pair x)
{
    static const $pair BERNOULLI[] = @BERNOULLI;
    static const $pair HALF_LOG_TAU = @HALF_LOG_TAU;
    const double far = 60.0 + 10.0 * n;
    $pair y = {0.0, 0.0}, product = {1.0, 0.0}, z = x;
    $pair part;
    double factorial = 1.0;
    int k;
    for (k = 1; z.high < far; k++) {
        if (n < 0)
            product = $times(product, z);
        else
            y = $plus(y, $term(n, z));
        z = $plus(x, $exact_sum(k, 0.0));
    }
    if (n < 0) {
        const $pair half = {-0.5, 0.0};
        y = $plus($times($plus(z, half), $pair_log(z)), $scaled(z, -1.0));
        y = $plus($plus(y, HALF_LOG_TAU), $scaled($pair_log(product), -1.0));
    } else {
        y = $plus(y, $scaled($term(n, z), 0.5));
        y = $plus(y, n ? $term(n - 1, z) : $scaled($pair_log(z), -1.0));
    }
    for (k = 0; k < @len(BERNOULLI); k++) {
        factorial *= (2.0 * k + 1.0) * (2.0 * k + 2.0);
        part = $times(BERNOULLI[k], $term(2 * k + 1 + n, z));
        y = $plus(y, $over(part, $exact_sum(factorial, 0.0)));
    }
    return n % 2 ? y : $scaled(y, -1.0);
}""",
    "term": """
/* n! / t to the power n + 1. */
static $pair $term(int n, $pair t)
{
    const $pair one = {1.0, 0.0};
    const $pair inverse = $over(one, t);
    $pair y = inverse;
    int k;
    for (k = 1; k <= n; k++)
        y = $times($scaled(y, k), inverse);
    return y;
}""",
}
