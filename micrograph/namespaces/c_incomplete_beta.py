"""C functions of the incomplete beta function. ``special/incomplete_beta.py`` says how they work.

Where that file takes decimal numbers, or sums terms exactly, these functions take pairs. A table of
derivatives is one array: the i-th in a and the j-th in b is at 4·i + j. ``c_library`` says what
``$`` and ``@`` stand for.
"""

from __future__ import annotations

BETA = {
    "betainc": """
/* The regularised incomplete beta function. */
static double $betainc(double a, double b, double x)
{
    if (!$beta_domain(a, b, x))
        return NAN;
    if (x == 0.0 || x == 1.0 || isinf(a) || isinf(b))
        return x == 1.0 || (x > 0.0 && isinf(b)) ? 1.0 : 0.0;
    return x <= 0.5 ? $beta_shares(a, b, x).high : $beta_shares(b, a, 1.0 - x).low;
}""",
    "betainc_slope": """
/* The k-th derivative in a and b of the incomplete beta function. */
static double $betainc_slope(double k, double a, double b, double x)
{
    int both = 0, n;
    if (!(k >= 0.0 && k <= @LAST) || fmod(k, 1.0) != 0.0)
        return NAN;
    if (k == 0.0)
        return $betainc(a, b, x);
    if (!$beta_domain(a, b, x))
        return NAN;
    if (x == 0.0 || x == 1.0 || isinf(a) || isinf(b))
        return 0.0;
    both = k > 5.0 ? 3 : k > 2.0 ? 2 : 1;
    n = (int)k - both * (both + 1) / 2;
    a = a < 1e-290 ? 1e-290 : a;
    b = b < 1e-290 ? 1e-290 : b;
    if (x <= 0.5)
        return $beta_slope(both - n, n, a, b, x);
    return -$beta_slope(n, both - n, b, a, 1.0 - x);
}""",
    "betainc_density": """
/* The k-th derivative in a and b of the density. */
static double $betainc_density(double k, double a, double b, double x)
{
    double c[16], g[16];
    double here, other, y;
    int both = 0, m, n, in_a, in_b;
    if (!(k >= 0.0 && k <= @LAST) || fmod(k, 1.0) != 0.0)
        return NAN;
    if (!$beta_domain(a, b, x))
        return NAN;
    if (isinf(a) || isinf(b))
        return 0.0;
    if (x == 0.0 || x == 1.0) {
        here = x == 1.0 ? b : a;
        other = x == 1.0 ? a : b;
        if (here > 1.0)
            return 0.0;
        if (k > 0.0)
            return NAN;
        return here == 1.0 ? other : INFINITY;
    }
    both = k > 5.0 ? 3 : k > 2.0 ? 2 : k > 0.0 ? 1 : 0;
    n = (int)k - both * (both + 1) / 2;
    m = both - n;
    if (x > 0.5) {
        here = a;
        a = b;
        b = here;
        n = m;
        m = both - n;
        x = 1.0 - x;
    }
    in_a = m > 1 && a < 1.0 && a < b ? 1 : 0;
    in_b = n > 1 && b < 1.0 && b < a ? 1 : 0;
    y = $beta_factor(a, b, x, 1, in_a, in_b) / x / (1.0 - x);
    if (y == 0.0 || both == 0)
        return y * (in_a ? a : 1.0) * (in_b ? b : 1.0);
    $beta_cumulants(c, m, n, a, b, x, 1, in_a, in_b);
    $beta_bell(g, c, m, n, 0.0, 0.0);
    return y * $beta_shifted(m, n, a, b, in_a, in_b, g);
}""",
    "beta_domain": """
static int $beta_domain(double a, double b, double x)
{
    if (!(a > 0.0 && b > 0.0 && x >= 0.0 && x <= 1.0))
        return 0;
    return isinf(a) || isinf(b) ? !(isinf(a) && isinf(b)) : !isinf(a + b);
}""",
    "beta_near": """
/* Whether the power series serves. */
static int $beta_near(double a, double b, double p)
{
    return b * p <= 0.5 || (b * p <= 1.0 && p * (a + b) <= a) ? 1 : 0;
}""",
    "beta_shares": """
/* The integral from 0 to p, and in the place of the low part that from p to 1. */
static $pair $beta_shares(double a, double b, double p)
{
    static const double NONE[] = {0.0, 0.0};
    $pair y;
    double power, rest, share, up;
    if ($beta_near(a, b, p)) {
        power = $beta_factor(a, b, p, 0, 1, 0);
        rest = $beta_series(0, 0, a, b, p);
        y.high = power + power * rest;
        y.low = y.high < 0.5 ? 1.0 - y.high : -expm1($beta_log_power(a, b, p)) - power * rest;
        return y;
    }
    up = p * (a + b) > a ? 1.0 : -1.0;
    share = $beta_factor(a, b, p, 1, 0, 0) * $beta_integral(0, 0, NONE, 0, a, b, p, up);
    share = share > 1.0 ? 1.0 : share;
    y.high = up > 0.0 ? 1.0 - share : share;
    y.low = up > 0.0 ? share : 1.0 - share;
    return y;
}""",
    "beta_slope": """
/* The m-th derivative in a and n-th in b of the integral from 0 to p, where p is at most 0.5. */
static double $beta_slope(int m, int n, double a, double b, double p)
{
    static const double CHOOSE[] = @CHOOSE;
    double c[16], g[16];
    double factor, up, part;
    $pair sum = {0.0, 0.0};
    int i, j, more;
    if ($beta_near(a, b, p)) {
        more = n > 1 && b < 1.0 && b < a ? 1 : 0;
        factor = $beta_factor(a, b, p, 0, 1, more);
        if (factor == 0.0)
            return 0.0;
        $beta_cumulants(c, m, n, a, b, p, 0, 1, more);
        $beta_bell(g, c, m, n, 0.0, 0.0);
        for (i = 0; i <= m; i++) {
            for (j = 0; j <= n; j++) {
                part = CHOOSE[4 * m + i] * CHOOSE[4 * n + j];
                part *= $beta_shifted(m - i, n - j, a, b, 0, more, g);
                part *= $beta_series(i, j, a, b, p) + (i + j == 0 ? 1.0 : 0.0);
                sum = $plus(sum, $exact_sum(part, 0.0));
            }
        }
        return factor * sum.high;
    }
    up = p * (a + b) > a ? 1.0 : -1.0;
    more = m > 1 && a < 1.0 && a < b ? 1 : 0;
    factor = $beta_factor(a, b, p, 1, more, 0);
    if (factor == 0.0)
        return 0.0;
    $beta_cumulants(c, m, n, a, b, p, 1, more, 0);
    return -up * factor * $beta_integral(m, n, c, more, a, b, p, up);
}""",
    "beta_bell": """
/* The derivatives of f in a and b, divided by f. Those of log f are c, of which two are raised. */
static void $beta_bell(double *g, const double *c, int m, int n, double low, double high)
{
    static const double CHOOSE[] = @CHOOSE;
    double sum, slope;
    int i, j, s, t, down, right;
    for (i = 0; i <= m; i++) {
        for (j = 0; j <= n; j++) {
            sum = i + j == 0 ? 1.0 : 0.0;
            down = i ? i - 1 : 0;
            right = i ? j : j - 1;
            for (s = 0; s <= down; s++) {
                for (t = 0; t <= right; t++) {
                    slope = c[4 * (i ? s + 1 : s) + (i ? t : t + 1)];
                    if (s + t == 0)
                        slope += i ? low : high;
                    slope *= CHOOSE[4 * down + s] * CHOOSE[4 * (right < 0 ? 0 : right) + t];
                    sum += i + j ? slope * g[4 * (down - s) + right - t] : 0.0;
                }
            }
            g[4 * i + j] = sum;
        }
    }
}""",
    "beta_shifted": """
/* The derivative of f, of a * f, b * f or a * b * f, divided by f. */
static double $beta_shifted(int m, int n, double a, double b, int in_a, int in_b, const double *g)
{
    double y = 0.0, part;
    int i;
    for (i = in_a && m ? m - 1 : m; i <= m; i++) {
        part = g[4 * i + n];
        if (in_b)
            part = b * part + (n ? n * g[4 * i + n - 1] : 0.0);
        if (in_a)
            part *= i < m ? m : a;
        y += part;
    }
    return y;
}""",
    "beta_cumulants": """
/* The derivatives in a and b of the logarithm of beta_factor. */
static void $beta_cumulants(double *c, int m, int n, double a, double b, double p, int both,
    int u, int v)
{
    const $pair sum = $exact_sum(a, b), moved = $exact_sum(a, u), other = $exact_sum(b, v);
    double d;
    $pair y;
    int i, j;
    for (i = 0; i <= m; i++) {
        for (j = 0; j <= n; j++) {
            if (i + j == 0)
                continue;
            y = $right(i + j - 1, sum);
            if (j == 0)
                y = $plus(y, $scaled($right(i - 1, moved), -1.0));
            if (i == 0)
                y = $plus(y, $scaled($right(j - 1, other), -1.0));
            if (i + j == 1 && (i || both))
                y = $plus(y, $pair_log(i ? $exact_sum(p, 0.0) : $exact_sum(1.0, -p)));
            c[4 * i + j] = y.high;
        }
    }
    d = $beta_excess(a, b, p).high;
    if (m > 0 && a >= 1e10)
        c[4] = log1p(d / a) + 0.5 / a * (b / (a + b)) - (u ? 1.0 / a : 0.0);
    if (n > 0 && b >= 1e10 && both)
        c[1] = log1p(-d / b) + 0.5 / b * (a / (a + b));
}""",
    "beta_excess": """
/* p * (a + b) - a. */
static $pair $beta_excess(double a, double b, double p)
{
    const $pair y = $plus($exact_product(p, a), $exact_product(p, b));
    return $plus(y, $exact_sum(-a, 0.0));
}""",
    "beta_factor": """
/* p to the power a, times (1 - p) to the power b if both is 1, times Gamma(a + b) /
   (Gamma(a + in_a) * Gamma(b + in_b)). From 1e10 on by Stirling's formula, around the mode. */
static double $beta_factor(double a, double b, double p, int both, int in_a, int in_b)
{
    const $pair sum = $exact_sum(a, b), d = $beta_excess(a, b, p);
    $pair e;
    double y;
    if (a < 1e10 && b < 1e10)
        return $exponential($beta_log_factor(a, b, p, both, in_a, in_b));
    e = $plus($beta_deviance(a, sum, $exact_sum(p, 0.0), d),
        $beta_deviance(b, sum, $exact_sum(1.0, -p), $scaled(d, -1.0)));
    e = $plus(e, $plus($stirling_rest(a), $stirling_rest(b)));
    e = $scaled($plus(e, $scaled($stirling_rest(a + b), -1.0)), -1.0);
    if (!both)
        e = $plus(e, $scaled($pair_log($exact_sum(1.0, -p)), -b));
    y = $exponential(e) * @RSQRT_TAU;
    y *= in_a ? sqrt(1.0 / a / (a + b)) : sqrt(a / (a + b));
    return y * (in_b ? 1.0 / sqrt(b) : sqrt(b));
}""",
    "beta_deviance": """
/* d - a * log(1 + d / a), where 1 + d / a is p * sum / a. */
static $pair $beta_deviance(double a, $pair sum, $pair p, $pair d)
{
    const $pair u = $over(d, $exact_sum(a, 0.0));
    $pair y = {0.0, 0.0};
    int k;
    if (fabs(u.high) < 0.1) {
        for (k = 40; k > 1; k--)
            y = $plus($over($exact_sum(1.0, 0.0), $exact_sum(k, 0.0)), $scaled($times(u, y), -1.0));
        return $times($times($scaled(u, a), u), y);
    }
    y = $plus($plus($pair_log(p), $pair_log(sum)), $scaled($pair_log($exact_sum(a, 0.0)), -1.0));
    return $plus(d, $scaled(y, -a));
}""",
    "stirling_rest": """
/* log Gamma(a), less what Stirling's formula says. */
static $pair $stirling_rest(double a)
{
    static const $pair HALF_LOG_TAU = @HALF_LOG_TAU;
    const double s = 1.0 / a / a;
    $pair y;
    if (a >= 60.0)
        return $exact_sum(
            (1.0 / 12.0 - s * (1.0 / 360.0 - s * (1.0 / 1260.0 - s / 1680.0))) / a, 0.0);
    y = $plus($right(-1, $exact_sum(a, 0.0)), $scaled(HALF_LOG_TAU, -1.0));
    y = $plus(y, $times($exact_sum(0.5, -a), $pair_log($exact_sum(a, 0.0))));
    return $plus(y, $exact_sum(a, 0.0));
}""",
    "beta_log_factor": """
static $pair $beta_log_factor(double a, double b, double p, int both, int in_a, int in_b)
{
    $pair y = $scaled($pair_log($exact_sum(p, 0.0)), a);
    if (both)
        y = $plus(y, $scaled($pair_log($exact_sum(1.0, -p)), b));
    y = $plus(y, $right(-1, $exact_sum(a, b)));
    y = $plus(y, $scaled($right(-1, $exact_sum(a, in_a)), -1.0));
    return $plus(y, $scaled($right(-1, $exact_sum(b, in_b)), -1.0));
}""",
    "beta_log_power": """
/* log(p to the power a, times Gamma(a + b) / (Gamma(a + 1) * Gamma(b))), to all digits of a. */
static double $beta_log_power(double a, double b, double p)
{
    const $pair log_p = $pair_log($exact_sum(p, 0.0));
    $pair y;
    double bend;
    if (a < 1e-9) { /* its Taylor series */
        y = $plus(log_p, $right(0, $exact_sum(b, 1.0)));
        y = $plus(y, $scaled($right(0, $exact_sum(1.0, 0.0)), -1.0));
        bend = $polygamma(1.0, b + 1.0) - $polygamma(1.0, 1.0);
        return a * (y.high + 0.5 * a * bend) - log1p(a / b);
    }
    if (b < 1e6)
        return $beta_log_factor(a, b, p, 0, 1, 0).high;
    y = $scaled($plus(log_p, $right(0, $exact_sum(b, 0.0))), a);
    y = $plus(y, $scaled($right(-1, $exact_sum(a, 1.0)), -1.0));
    bend = a / b * (0.5 * a * (1.0 + 0.5 / b) - a * a / b / 6.0);
    return $plus(y, $exact_sum(bend, 0.0)).high;
}""",
    "beta_series": """
/* The derivative in a and b of the sum over k > 0 of (1 - b)_k / k! * p^k * a / (a + k). */
static double $beta_series(int i, int j, double a, double b, double p)
{
    double powers[4];
    $pair y = {0.0, 0.0};
    double slope;
    int d, k;
    for (d = 0; d < 4; d++)
        powers[d] = d ? 0.0 : 1.0;
    for (k = 1; k < @TERMS; k++) {
        for (d = j; d >= 0; d--)
            powers[d] = (powers[d] * (k - b) - (d ? d * powers[d - 1] : 0.0)) * p / k;
        slope = i ? -k : a;
        for (d = 1; d <= i; d++)
            slope *= -d / (a + k);
        y = $plus(y, $exact_sum(powers[j] * slope / (a + k), 0.0));
    }
    return y.high;
}""",
    "beta_integral": """
/* The integral over v > 0 of exp(-phi(v)) times a polynomial, as in Python. */
static double $beta_integral(int m, int n, const double *c, int u, double a, double b,
    double p, double up)
{
    static const double PLACES[] = @BETA_PLACES;
    static const double WEIGHTS[] = @BETA_WEIGHTS;
    double g[16];
    $pair y = {0.0, 0.0};
    const double both = a + b, slope = up * $beta_excess(a, b, p).high;
    const double root = sqrt(2.0 * @DEPTH * p * (1.0 - p)) * sqrt(both);
    double end = 2.0 * @DEPTH / (slope + $hypotenuse(slope, root)), v, term, down, rise;
    int k;
    for (k = 0; k < 12; k++) {
        rise = expm1(up * end);
        rise = slope + up * both * p * (1.0 - p) * (rise / (1.0 + p * rise));
        end -= (slope * end + both * $beta_bend(p, up * end) - @DEPTH) / rise;
    }
    for (k = 0; k < @len(BETA_PLACES); k++) {
        v = end * PLACES[k];
        term = WEIGHTS[k] * exp(-slope * v - both * $beta_bend(p, up * v));
        if (m + n > 0) {
            down = log1p(p * expm1(up * v));
            $beta_bell(g, c, m, n, up * v - down, -down);
            term *= $beta_shifted(m, n, a, b, u, 0, g);
        }
        y = $plus(y, $exact_sum(term, 0.0));
    }
    return end * y.high;
}""",
    "beta_bend": """
/* log(1 + p * (exp(w) - 1)) - p * w. */
static double $beta_bend(double p, double w)
{
    static const double ODD[] = @ODD;
    const double z = p * expm1(w), s = z / (2.0 + z);
    if (fabs(w) < 0.7)
        return p * $beyond(w)
            - z * (s - 2.0 * s * s / (2.0 + z) * $polynomial(ODD, @len(ODD), s * s));
    return log1p(z) - p * w;
}""",
}
