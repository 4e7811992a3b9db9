"""C functions for pairs of doubles, whose sum is a number with some 31 digits.

They follow T. J. Dekker, *A floating-point technique for extending the available precision*,
Numerische Mathematik 18 (1971). ``c_library`` says what ``$`` and ``@`` stand for.
"""

from __future__ import annotations

from decimal import Decimal

LOG_TWO = Decimal("0.69314718055994530941723212145817656807550013436025525412")

PAIRS = {
    "pair_exp": """
static $pair $pair_exp($pair x)
{
    static const $pair LOG_TWO = @LOG_TWO, ONE = {1.0, 0.0};
    const double power = rint(x.high / LOG_TWO.high);
    const $pair rest = $plus(x, $times(LOG_TWO, $exact_sum(-power, 0.0)));
    $pair y = ONE;
    int k;
    if (!(fabs(x.high) < 700.0))
        return $exact_sum(exp(x.high), 0.0);
    for (k = 27; k > 0; k--)
        y = $plus(ONE, $over($times(y, rest), $exact_sum(k, 0.0)));
    y.high = ldexp(y.high, (int)power);
    y.low = ldexp(y.low, (int)power);
    return y;
}""",
    "pair_log": """
/* The logarithm of a pair, by one step of Newton's method from that of its first number. */
static $pair $pair_log($pair x)
{
    static const $pair LOG_TWO = @LOG_TWO, MINUS_ONE = {-1.0, 0.0};
    $pair y, rest;
    int power;
    if (!(x.high > 0.0 && x.high < INFINITY))
        return $exact_sum(log(x.high), 0.0);
    x.high = frexp(x.high, &power);
    x.low = ldexp(x.low, -power);
    if (x.high < 0.7) {
        x = $scaled(x, 2.0);
        power--;
    }
    y = $exact_sum(log(x.high), 0.0);
    rest = $plus($times(x, $pair_exp($scaled(y, -1.0))), MINUS_ONE);
    rest = $plus(rest, $exact_sum(-0.5 * rest.high * rest.high, 0.0));
    return $plus($times(LOG_TWO, $exact_sum(power, 0.0)), $plus(y, rest));
}""",
    "over": """
static $pair $over($pair a, $pair b)
{
    const double y = a.high / b.high;
    const $pair rest = $plus(a, $scaled($times($exact_sum(y, 0.0), b), -1.0));
    const double more = rest.high / b.high;
    return isfinite(y) && isfinite(more) ? $exact_sum(y, more) : $exact_sum(y, 0.0);
}""",
    "times": """
static $pair $times($pair a, $pair b)
{
    $pair y = $exact_product(a.high, b.high);
    return isfinite(y.high) ? $exact_sum(y.high, y.low + (a.high * b.low + a.low * b.high)) : y;
}""",
    "scaled": """
/* A pair times a double. */
static $pair $scaled($pair a, double by)
{
    const $pair y = $exact_product(a.high, by);
    return isfinite(y.high) ? $exact_sum(y.high, y.low + a.low * by) : y;
}""",
    "plus": """
static $pair $plus($pair a, $pair b)
{
    $pair y = $exact_sum(a.high, b.high), low = $exact_sum(a.low, b.low);
    if (!isfinite(y.high))
        return y;
    y = $exact_sum(y.high, y.low + low.high);
    return $exact_sum(y.high, y.low + low.low);
}""",
    "exact_sum": """
/* a + b rounded, and what the rounding lost. */
static $pair $exact_sum(double a, double b)
{
    $pair y;
    const double back = (a + b) - a;
    y.high = a + b;
    y.low = isfinite(y.high) ? (a - (y.high - back)) + (b - back) : 0.0;
    return y;
}""",
    "exact_product": """
/* a * b rounded, and what the rounding lost. */
static $pair $exact_product(double a, double b)
{
    $pair y;
    y.high = a * b;
    y.low = isfinite(y.high) ? fma(a, b, -y.high) : 0.0;
    return y;
}""",
    "pair": """
/* The sum of two doubles, of which the second is at most half a unit in the last place of the
   first. */
typedef struct {
    double high, low;
} $pair;""",
}
