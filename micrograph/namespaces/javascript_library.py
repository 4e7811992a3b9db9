"""What JavaScript's ``Math`` lacks: functions of C's library, and the C functions of rows.

``c_library`` has C functions of rows that need one. ``translated`` makes JavaScript of such a
function, so no rule is typed again. It knows the C of those functions alone: doubles, ints, pairs
and arrays, one statement a line.
"""

from __future__ import annotations

import re
from typing import Any

MATH = (
    "acos", "acosh", "asin", "asinh", "atan", "atan2", "atanh", "cbrt", "ceil", "cos", "cosh",
    "exp", "expm1", "floor", "log", "log10", "log1p", "log2", "sin", "sinh", "sqrt", "tan", "tanh",
    "trunc",
)  # fmt: skip

NAMES = {  # of C's library, in JavaScript
    **{name: f"const {name} = Math.{name};" for name in MATH},
    "fabs": "const fabs = Math.abs;",
    "isfinite": "const isfinite = Number.isFinite;",
    "isnan": "const isnan = Number.isNaN;",
    "isinf": "const isinf = (x) => x === Infinity || x === -Infinity;",
    "INFINITY": "const INFINITY = Infinity;",
    "NAN": "const NAN = NaN;",
    "DBL_MIN": "const DBL_MIN = 2 ** -1022;",
    "fmod": "const fmod = (a, b) => a % b;",
    "copysign": """\
const copysign = (x, s) => (s < 0 || Object.is(s, -0) ? -Math.abs(x) : Math.abs(x));""",
    "rint": """\
const rint = (x) => { // adding 2 ** 52 rounds half to even
    const big = copysign(2 ** 52, x);
    return Math.abs(x) < 2 ** 52 ? copysign(x + big - big, x) : x;
};""",
    "frexp": """\
const frexp = (x, keep) => { // the power is handed to keep
    if (x === 0 || !Number.isFinite(x)) {
        keep(0);
        return x;
    }
    const bits = new DataView(new ArrayBuffer(8));
    const lift = Math.abs(x) < 2 ** -1022 ? 64 : 0;
    bits.setFloat64(0, x * 2 ** lift);
    const high = bits.getUint32(0);
    keep(((high >>> 20) & 2047) - 1022 - lift);
    bits.setUint32(0, (high & 0x800fffff) | 0x3fe00000);
    return bits.getFloat64(0);
};""",
    "ldexp": """\
const ldexp = (x, power) => { // of the two products only the last one rounds
    let own = 0;
    const y = frexp(x, (found) => (own = found));
    const whole = Math.max(-2000, Math.min(2000, own + power));
    const half = Math.trunc(whole / 2);
    return y * 2 ** half * 2 ** (whole - half);
};""",
    "$pair": "const $pair = (high = 0, low = 0) => ({ high, low });",
}

OWN = {  # functions that C's library has, or that are otherwise in JavaScript
    "pow": """
/* As in C, 1 to any power is 1, and -1 to an infinite power is 1. */
function $pow(a, b) {
    return a === 1 || (a === -1 && isinf(b)) ? 1 : a ** b;
}""",
    "remainder": """
/* a - b * (a / b rounded to even). */
function $remainder(a, b) {
    const x = fabs(a), y = fabs(b), rest = x % y, other = y - rest;
    if (!isfinite(x) || isnan(y) || y === 0) return NAN;
    if (rest < other) return copysign(1, a) * rest;
    if (rest > other) return copysign(1, a) * -other;
    return copysign(1, a) * (rest - 2 * ((0.5 * (x - rest)) % y));
}""",
    "round": """
/* x rounded to this many decimals, half to even, as an exact fraction. */
function $round(x, decimals) {
    const n = Math.max(-400, Math.min(400, trunc(decimals)));
    if (isnan(n)) return NAN;
    if (!isfinite(x) || x === 0 || n > 323) return x;
    let power = 0, below = 1n;
    let above = BigInt(frexp(fabs(x), (found) => (power = found - 53)) * 2 ** 53);
    if (power > 0) above <<= BigInt(power);
    else below <<= BigInt(-power);
    if (n > 0) above *= 10n ** BigInt(n);
    else below *= 10n ** BigInt(-n);
    const whole = above / below, twice = 2n * (above % below);
    const up = twice > below || (twice === below && whole % 2n === 1n) ? 1n : 0n;
    return copysign(Number(`${whole + up}e${-n}`), x);
}""",
    "exact_product": """
/* a * b rounded, and what the rounding lost: Dekker's product, for want of fma. */
function $exact_product(a, b) {
    const high = a * b, [a1, b1] = [$upper(a), $upper(b)], [a2, b2] = [a - a1, b - b1];
    const low = a1 * b1 - high + a1 * b2 + a2 * b1 + a2 * b2;
    return $pair(high, isfinite(low) ? low : 0);
}""",
    "upper": """
/* The upper half of the digits of x. */
function $upper(x) {
    const by = fabs(x) > 2 ** 990 ? 2 ** -53 : 1, scaled = x * by * 134217729;
    return (scaled - (scaled - x * by)) / by;
}""",
    "products_of_others": """
/* For each element the product of all before it, times that of all after it. */
function $products_of_others(x) {
    const split = (y, power) => {
        let own = 0;
        const part = frexp(y, (found) => (own = found));
        return [part, power + own];
    };
    const exponents = x.map((e) => fabs(split(e, 0)[1]));
    const apart = exponents.reduce((a, b) => a + b, 0) > 1000; /* so a product may overflow */
    const times = (a, b) => (apart ? split(a[0] * b[0], a[1] + b[1]) : [a[0] * b[0], 0]);
    const factors = x.map((e) => (apart ? split(e, 0) : [e, 0]));
    const before = [[1, 0]], behind = [[1, 0]];
    for (let i = 0; i < x.length - 1; i++) {
        before.push(times(before[i], factors[i]));
        behind.push(times(behind[i], factors[x.length - 1 - i]));
    }
    const clipped = (power) => Math.max(-1000, Math.min(1000, power));
    return x.map((_, i) => {
        const [y, power] = times(before[i], behind[x.length - 1 - i]), first = clipped(power);
        return y * 2 ** first * 2 ** clipped(power - first);
    });
}""",
    "gamma": """
/* The gamma function, from pairs for its logarithm; left of 0 by the reflection formula. */
function $gamma(x) {
    if (x === 0) return copysign(INFINITY, x);
    if (x < 0 && x === floor(x)) return NAN;
    if (isnan(x) || x > 172) return x > 172 ? INFINITY : NAN;
    const apart = fabs(x - rint(x)), log_gamma = (z) => $right(-1, z);
    let y = x > 0 ? log_gamma($exact_sum(x, 0)) : log_gamma($exact_sum(apart, 0));
    if (x < 0) {
        y = $plus(y, log_gamma($exact_sum(1, -apart)));
        y = $plus(y, $scaled(log_gamma($exact_sum(1, -x)), -1));
    }
    const root = $pair_exp($scaled(y, 0.5)); /* the exponential itself might overflow */
    const size = $times(root, root).high;
    return x < 0 && floor(x) % 2 !== 0 ? -size : size;
}""",
}

TYPE = r"(?:double|int|void|\$pair)"


def translated(text: str) -> str:
    r"""A C function of ``c_library`` as a JavaScript function of the same name.

    Args:
        text: The C function, with ``$`` before its own name and those of the functions it calls.

    Example:
        >>> print(translated("static double $half(double x)\n{\n    return x / 2.0;\n}"))
        function $half(x) {
            return x / 2.0;
        }
    """
    text = re.sub(r",\n +", ", ", text)  # a long line that C goes on with
    head = re.search(rf"(?m)^static {TYPE} (\$\w+)\((.*)\)\n{{$", text)
    if not head:
        return ""  # a type: JavaScript has none
    parameters = re.findall(r"(\$pair )?\*?(\w+)(?:,|$)", head[2])
    body = text[head.end() :]
    copied = "".join(
        f"\n    {x} = {{ ...{x} }};"  # C hands over a copy, so the function may change it
        for pair, x in parameters
        if pair and re.search(rf"\b{x}\.(high|low) = ", body)
    )
    for pattern, by in REPLACEMENTS:
        body = re.sub(pattern, by, body)
    listed = ", ".join(x for _, x in parameters)
    return f"{text[: head.start()]}function {head[1]}({listed}) {{{copied}{body}"


def _pairs(found: re.Match[str]) -> str:
    """A declaration of pairs that may be changed. None shares its numbers with another."""
    space, listed = found[1], found[2]
    if "=" not in listed:
        listed = ", ".join(f"{name} = $pair()" for name in listed.split(", "))
    copied = re.sub(r"= ([a-zA-Z]\w*)(?=,|$)", r"= { ...\1 }", listed)
    return f"{space}let {copied};"


REPLACEMENTS: tuple[tuple[str, Any], ...] = (
    (r"(?m)^(\s+)double (\w+)\[\d+\], (\w+)\[\d+\];$", r"\1const \2 = [], \3 = [];"),  # arrays
    (r"(?m)^(\s+)double (\w+)\[\d+\];$", r"\1const \2 = [];"),
    (r"(\w+)\[\] = \{(.*)\};", r"\1 = [\2];"),  # a table
    (r"\{([^{};\n]+), ([^{};\n]+)\}", r"$pair(\1, \2)"),
    (r"(?m)^(\s+)\$pair (.*);$", _pairs),
    (rf"(?m)^(\s+)(?:static )?const {TYPE} ", r"\1const "),
    (rf"(?m)^(\s+){TYPE} ", r"\1let "),
    (r"(?<!&)&(\w+)", r"(found) => (\1 = found)"),  # where a function leaves a result
    (r"\berfc\(", "$erfc("),  # a form of special/error.py
    (r"\(int\)(?=\()", "trunc"),
    (r"\((?:int|double)\)", ""),  # of whole numbers
)
"""What C writes in another way than JavaScript, in the order in which it is replaced."""
