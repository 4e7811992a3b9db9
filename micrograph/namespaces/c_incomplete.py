"""C functions of the incomplete gamma functions. ``special/incomplete.py`` says how they work.

Where that file takes decimal numbers, or sums terms exactly, these functions take pairs.
``c_library`` says what ``$`` and ``@`` stand for.
"""

from __future__ import annotations

INCOMPLETE = {
    "gammainc": """
/* P(a, x), the regularised lower incomplete gamma function. */
static double $gammainc(double a, double x)
{
    return $gamma_shares(a, x).high;
}""",
    "gammaincc": """
/* Q(a, x), the regularised upper incomplete gamma function. */
static double $gammaincc(double a, double x)
{
    return $gamma_shares(a, x).low;
}""",
    "gamma_shares": """
/* P(a, x), and in the place of the low part Q(a, x). */
static $pair $gamma_shares(double a, double x)
{
    static const double NONE[] = {0.0, 0.0};
    $pair y;
    double share, power, rest;
    y.high = y.low = NAN;
    if (!(a > 0.0 && x >= 0.0) || (isinf(a) && isinf(x)))
        return y;
    if (x > 0.0 && !isinf(a) && (x <= 0.5 || (x <= 1.0 && x < a))) {
        power = $gamma_power(a, x);
        rest = $gamma_series(0, a, x);
        y.high = power + power * rest;
        y.low = y.high < 0.5 ? 1.0 - y.high : -expm1($gamma_log_power(a, x)) - power * rest;
        return y;
    }
    share = 0.0;
    if (x > 0.0 && !isinf(a) && !isinf(x))
        share = $gamma_factor(a, x, 0, 0)
            * $gamma_integral(0, NONE, 0, a, x, x < a ? -1.0 : 1.0);
    share = share > 1.0 ? 1.0 : share;
    y.high = x < a ? share : 1.0 - share;
    y.low = x < a ? 1.0 - share : share;
    return y;
}""",
    "gammainc_slope": """
/* The n-th derivative of P(a, x) in a. */
static double $gammainc_slope(double order, double a, double x)
{
    double c[8], b[8];
    double y, binomial = 1.0, up, power;
    int n, k, more;
    if (!(order >= 0.0 && order <= @HIGHEST) || fmod(order, 1.0) != 0.0)
        return NAN;
    n = (int)order;
    if (n == 0)
        return $gammainc(a, x);
    if (!(a > 0.0 && x >= 0.0) || (isinf(a) && isinf(x)))
        return NAN;
    if (x == 0.0 || isinf(a) || isinf(x))
        return 0.0;
    a = a < 1e-290 ? 1e-290 : a;
    if (x <= 0.5 || (x <= 1.0 && x < a)) {
        $pair sum;
        power = $gamma_power(a, x);
        if (power == 0.0)
            return 0.0;
        $gamma_cumulants(c, n, a, x, 1);
        $bell(b, c, n, 0.0);
        sum = $exact_sum(b[n], 0.0);
        for (k = 0; k <= n; k++) {
            sum = $plus(sum, $exact_sum(binomial * b[n - k] * $gamma_series(k, a, x), 0.0));
            binomial = binomial * (n - k) / (k + 1.0);
        }
        return power * sum.high;
    }
    more = n > 1 && a < 1.0 ? 1 : 0;
    $gamma_cumulants(c, 1, a, x, 0);
    up = c[0] > 0.0 ? 1.0 : -1.0;
    $gamma_cumulants(c, n, a, x, more);
    y = $gamma_factor(a, x, 0, more);
    return y == 0.0 ? 0.0 : -up * y * $gamma_integral(n, c, more, a, x, up);
}""",
    "gammainc_density": """
/* The n-th derivative in a of the density of P(a, x). */
static double $gammainc_density(double order, double a, double x)
{
    double c[8], b[8];
    double density;
    int n, more;
    if (!(order >= 0.0 && order <= @HIGHEST) || fmod(order, 1.0) != 0.0)
        return NAN;
    n = (int)order;
    if (!(a > 0.0 && x >= 0.0) || (isinf(a) && isinf(x)))
        return NAN;
    if (isinf(a) || isinf(x))
        return 0.0;
    if (x == 0.0) {
        if (a > 1.0 || (a == 1.0 && n == 0))
            return a > 1.0 ? 0.0 : 1.0;
        return n % 2 ? -INFINITY : INFINITY;
    }
    more = n > 1 && a < 1.0 ? 1 : 0;
    density = $gamma_factor(a, x, -1, more);
    if (density == 0.0)
        return 0.0;
    $gamma_cumulants(c, n, a, x, more);
    $bell(b, c, n, 0.0);
    return density * (more ? a * b[n] + n * b[n - 1] : b[n]);
}""",
    "bell": """
/* The complete Bell polynomials up to the n-th at c, of which the first number is raised. */
static void $bell(double *b, const double *c, int n, double raised)
{
    double binomial, sum;
    int m, k;
    b[0] = 1.0;
    for (m = 0; m < n; m++) {
        binomial = 1.0;
        sum = 0.0;
        for (k = 0; k <= m; k++) {
            sum += binomial * (k ? c[k] : c[0] + raised) * b[m - k];
            binomial = binomial * (m - k) / (k + 1.0);
        }
        b[m + 1] = sum;
    }
}""",
    "gamma_cumulants": """
/* The first n derivatives in a of log(x to the power a / Gamma(a + more)). */
static void $gamma_cumulants(double *c, int n, double a, double x, int more)
{
    const $pair moved = $exact_sum(a, more);
    int k;
    if (n > 0 && a >= 1e5)
        c[0] = log1p((x - a) / a) + 0.5 / a + 1.0 / (12.0 * a * a);
    else if (n > 0)
        c[0] = $plus($pair_log($exact_sum(x, 0.0)), $scaled($right(0, moved), -1.0)).high;
    for (k = 1; k < n; k++)
        c[k] = -$polygamma(k, moved.high);
}""",
    "gamma_factor": """
/* x to the power a + less, times exp(-x) / Gamma(a + more). From a = 1e5 on by Stirling's series,
   where more is 0. */
static double $gamma_factor(double a, double x, int less, int more)
{
    const $pair log_x = $pair_log($exact_sum(x, 0.0));
    $pair e, t, y = {0.0, 0.0};
    int k;
    if (a < 1e5) {
        e = $plus($scaled(log_x, a), $scaled(log_x, less));
        e = $plus($plus(e, $exact_sum(-x, 0.0)), $scaled($right(-1, $exact_sum(a, more)), -1.0));
        return $exponential(e);
    }
    if (!(fabs(x - a) < 0.13 * a))
        return 0.0;
    t = $over($exact_sum(x, -a), $exact_sum(a, 0.0));
    for (k = 40; k > 1; k--)
        y = $plus($over($exact_sum(1.0, 0.0), $exact_sum(k, 0.0)), $scaled($times(t, y), -1.0));
    e = $scaled($times($times($scaled(t, a), t), y), -1.0);
    e = $plus(e, $exact_sum(-1.0 / (12.0 * a), 0.0));
    return $exponential(e) * sqrt(a) * @RSQRT_TAU * (less ? 1.0 / x : 1.0);
}""",
    "gamma_power": """
/* x to the power a, divided by Gamma(a + 1), for x up to 1. */
static double $gamma_power(double a, double x)
{
    const $pair log_gamma = $right(-1, $exact_sum(a < 1e5 ? a : 1e5, 1.0));
    const $pair power = $scaled($pair_log($exact_sum(x, 0.0)), a);
    return a < 1e5 ? $exponential($plus(power, $scaled(log_gamma, -1.0))) : 0.0;
}""",
    "gamma_log_power": """
/* The logarithm of gamma_power, to all digits of a. */
static double $gamma_log_power(double a, double x)
{
    static const double SERIES[] = @SERIES;
    static const double ODD[] = @ODD;
    double s;
    if (a > 0.5)
        return a * log(x) - $lgamma(a + 1.0);
    s = a / (2.0 + a);
    s = s - 2.0 * s * s / (2.0 + a) * $polynomial(ODD, @len(ODD), s * s);
    return a * (log(x) + @EULER - a * $polynomial(SERIES, @len(SERIES), a) - s);
}""",
    "exponential": """
/* exp(e), to the last digits even if e is large. */
static double $exponential($pair e)
{
    double y;
    if (!(e.high > -746.0))
        return 0.0;
    if (e.high > 709.78)
        return INFINITY;
    y = exp(e.high);
    return y + y * e.low;
}""",
    "gamma_series": """
/* The k-th derivative in a of the sum over j > 0 of (-x)^j / j! * a / (a + j). */
static double $gamma_series(int k, double a, double x)
{
    $pair y = {0.0, 0.0};
    double power = 1.0, slope;
    int i, j;
    for (j = 1; j < 24; j++) {
        power *= -x / j;
        slope = k ? -j : a;
        for (i = 1; i <= k; i++)
            slope *= -i / (a + j);
        y = $plus(y, $exact_sum(power * slope / (a + j), 0.0));
    }
    return y.high;
}""",
    "gamma_integral": """
/* The integral over v > 0 of exp(-phi(v)) times the n-th polynomial, as in Python. */
static double $gamma_integral(int n, const double *c, int more, double a, double x, double up)
{
    static const double PLACES[] = @PLACES;
    static const double WEIGHTS[] = @WEIGHTS;
    double b[8];
    $pair y = {0.0, 0.0};
    const double slope = up * (x - a), root = sqrt(2.0 * @DEPTH) * sqrt(x);
    double end = 2.0 * @DEPTH / (slope + $hypotenuse(slope, root)), v, term;
    int k;
    for (k = 0; k < 12; k++)
        end -= (slope * end + x * $beyond(up * end) - @DEPTH)
            / (slope + up * x * expm1(up * end));
    for (k = 0; k < @len(PLACES); k++) {
        v = end * PLACES[k];
        term = WEIGHTS[k] * exp(-slope * v - x * $beyond(up * v));
        if (n > 0) {
            $bell(b, c, n, up * v);
            term *= more ? a * b[n] + n * b[n - 1] : b[n];
        }
        y = $plus(y, $exact_sum(term, 0.0));
    }
    return end * y.high;
}""",
    "hypotenuse": """
/* sqrt(a * a + b * b) for b > 0, where no square overflows. */
static double $hypotenuse(double a, double b)
{
    const double high = fabs(a) > b ? fabs(a) : b, low = fabs(a) > b ? b : fabs(a);
    return high * sqrt(1.0 + low / high * (low / high));
}""",
    "beyond": """
/* exp(t) - 1 - t. */
static double $beyond(double t)
{
    static const double EXPONENTIAL[] = @EXPONENTIAL;
    if (fabs(t) < 0.7)
        return t * t * $polynomial(EXPONENTIAL, @len(EXPONENTIAL), t);
    return expm1(t) - t;
}""",
}
