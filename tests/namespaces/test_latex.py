"""Formulas in LaTeX: read back by a parser of mathematics, and set by pdflatex itself."""

import math
import re
import shutil
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from micrograph.core import TABLE
from micrograph.namespaces import FLOAT, IEEE
from micrograph.namespaces.floats import Ieee
from micrograph.namespaces.latex import LATEX, Latex, symbol

# A loss is written as a letter, as in lecture notes: ℒ(a, y) does not say which loss it is.
ROWS = [row for row in TABLE.values() if "mathcal" not in row.latex]
every_row = pytest.mark.parametrize("row", ROWS, ids=str)


# A reader of LaTeX as mathematicians read it: a function without brackets takes all of the product
# that follows, two signs in a row are an error, and so are cases beside another sign.

TOKEN = re.compile(
    r"\\operatorname\{(?:[a-z0-9]|\\_)+\}|\\(?:begin|end)\{cases\}|\\text\{\w+ ?\}|\\left[(|]|"
    r"\\right[)|]|\\[A-Za-z]+|\\\\|[0-9]+(?:\.[0-9]+)?|[^ ]"
)
FUNCTIONS = {
    r"\log": "log", r"\sin": "sin", r"\cos": "cos", r"\tan": "tan", r"\arcsin": "asin",
    r"\arccos": "acos", r"\arctan": "atan", r"\sinh": "sinh", r"\cosh": "cosh", r"\tanh": "tanh",
}  # fmt: skip
CALLED = {r"\sigma": "sigmoid", r"\varphi": "norm_pdf", r"\Phi": "norm_cdf", r"\Gamma": "gamma", r"\psi": "digamma"}  # fmt: skip
COMPARISONS = {"<": "lt", r"\le": "le", ">": "gt", r"\ge": "ge", "=": "eq", r"\ne": "ne"}


class Reader:
    """The value of a formula, by IEEE's arithmetic."""

    def __init__(self, text, **numbers):
        self.tokens, self.numbers = [*TOKEN.findall(text), ""], numbers

    def read(self):
        y = self.formula()
        assert self.tokens == [""], self.tokens
        return float(y)

    def take(self, *expected):
        if expected and self.tokens[0] not in expected:
            return ""
        return self.tokens.pop(0)

    def need(self, *expected):
        assert self.take(*expected), f"expected {expected}, got {self.tokens}"

    def group(self, start="{", end="}"):
        self.need(start)
        y = self.formula()
        self.need(end)
        return y

    def formula(self):
        y = self.all_of()
        while self.take(r"\lor"):
            y = IEEE.logical_or(y, self.all_of())
        return y

    def all_of(self):
        y = self.comparison()
        while self.take(r"\land"):
            y = IEEE.logical_and(y, self.comparison())
        return y

    def comparison(self):
        y = self.sum()
        if sign := self.take(*COMPARISONS):
            y = getattr(IEEE, COMPARISONS[sign])(y, self.sum())
            assert self.tokens[0] not in COMPARISONS
        return y

    def sum(self):
        y = -self.product() if self.take("-") else self.product()
        while sign := self.take("+", "-"):
            x = self.product()
            y = y + x if sign == "+" else y - x
        return y

    def product(self):
        y = self.factor()
        while True:
            if self.take(r"\cdot"):
                y = IEEE.mul(y, self.factor())
            elif self.tokens[0] == r"\log":  # x log y, which is 0 at x = 0
                y = IEEE.azmul(y, self.factor())
            elif self.take(r"\bmod"):  # all that follows: only brackets can mean less
                return IEEE.mod(y, self.product())
            else:
                return y

    def factor(self):
        if self.take(r"\lnot"):
            return IEEE.logical_not(self.factor())
        if self.tokens[0] in FUNCTIONS:
            return self.function()
        y = self.primary()
        if self.take("^"):
            y = self.power(y, self.argument())
            assert self.tokens[0] != "^"
        return y

    def power(self, a, b):
        return IEEE.exp(b) if a is math.e else IEEE.pow(a, b)

    def function(self):
        name = FUNCTIONS[self.take()]
        if self.take("_"):
            name += f"{float(self.argument()):g}"
        bracketed, of_gamma = self.tokens[0] in ("(", r"\left("), self.tokens[0] == r"\Gamma"
        x = self.factor() if bracketed else self.product()
        return getattr(IEEE, name)(
            abs(x) if of_gamma and name == "log" else x
        )  # log Γ is the logarithm of |Γ|

    def argument(self):
        return self.group() if self.tokens[0] == "{" else Ieee(float(self.take()))

    def primary(self):
        token = self.take()
        if token in self.numbers:
            return self.numbers[token]
        if re.match("[0-9]", token):
            return Ieee(float(token))
        if token == "e":
            return math.e
        if token == r"\pi":
            return Ieee(math.pi)
        if token == r"\infty":
            return Ieee(math.inf)
        if token in CALLED:
            return getattr(IEEE, CALLED[token])(self.group("(", ")"))
        if token == r"\frac":
            return IEEE.div(self.group(), self.group())
        if token == r"\sqrt":
            if self.take("["):
                assert [self.take(), self.take()] == ["3", "]"]
                return IEEE.cbrt(self.group())
            return IEEE.sqrt(self.group())
        ends = {"{": "}", "(": ")", r"\left(": r"\right)", r"\left|": r"\right|", r"\lfloor": r"\rfloor", r"\lceil": r"\rceil"}  # fmt: skip
        if token in ends:
            y = self.formula()
            self.need(ends[token])
            does = {r"\left|": IEEE.abs, r"\lfloor": IEEE.floor, r"\lceil": IEEE.ceil}
            return does.get(token, lambda y: y)(y)
        if token.startswith(r"\operatorname"):
            return self.called(token[len(r"\operatorname{") : -1].replace(r"\_", "_"))
        assert token == r"\begin{cases}", f"unexpected {token!r} before {self.tokens}"
        a = self.formula()
        self.need("&")
        self.need(r"\text{if }")
        condition = self.formula()
        self.need(r"\\")
        b = self.formula()
        for expected in ("&", r"\text{otherwise}", r"\end{cases}"):
            self.need(expected)
        assert self.tokens[0] in ("", "&", ",", "]", r"\\", *ends.values())
        return IEEE.where(condition, a, b)

    def called(self, name):
        rows = [row for row in ROWS if name in (row.name, row.symbol)]
        assert rows, f"no row is called {name}: if its LaTeX calls it so, give it symbol={name!r}"
        row = next((row for row in rows if row.vectors), rows[0])
        vectors = []
        self.need("(")
        while not self.take(")"):
            vectors.append([])
            brackets = self.take("[")
            while self.tokens[0] not in ("]", ")"):
                vectors[-1].append(self.formula())
                self.take(",")
            if brackets:
                self.need("]")
                self.take(",")
        return IEEE.value(row, row.flat(vectors) if row.vectors else vectors[0])


LETTERS = "abcdxyz"
POINTS = [
    (0.75, 1.25, 0.5),
    (2.0, 3.0, 1.0),
    (-1.5, 0.25, -0.5),
    (3.0, -2.5, 4.0),
    (0.5, 2.5, 0.25),
    (0.5, 0.0, 0.25),
]


def operands(row, letters):
    return list(letters[: row.arity if not row.vectors else 2 * row.vectors])


def on_numbers(row, xs):
    try:
        return IEEE.value(row, xs)
    except (ValueError, TypeError, ArithmeticError):  # a static operand, such as a fractional order
        return None


def check(text, expected, **numbers):
    # 1e-9: log10 and log 10 differ by rounding, and what cancels loses some more
    assert Reader(text, **numbers).read() == pytest.approx(
        float(expected), rel=1e-9, abs=1e-9, nan_ok=True
    ), text


@every_row
def test_a_row_reads_as_what_it_computes(row):
    names = operands(row, LETTERS)
    text = str(LATEX.value(row, [Latex(x) for x in names]))
    compared = 0
    for point in POINTS:
        xs = [Ieee(x) for x in (*point, 0.3, 2.0)[: len(names)]]
        expected = on_numbers(row, xs)
        outside = expected is None or (math.isnan(expected) and tuple(xs) not in row.domain)
        if not outside:
            check(text, expected, **dict(zip(names, xs, strict=True)))
            compared += not math.isnan(float(expected))
    assert compared


@every_row
def test_a_row_in_any_place_of_another_reads_as_what_it_computes(row):
    """An operand has brackets wherever mathematics needs them."""
    inside = operands(row, "abcd")
    inner = LATEX.value(row, [Latex(x) for x in inside])
    for outer in ROWS:
        around = operands(outer, "wxyz")
        for place in range(len(around)):
            written = [inner if i == place else Latex(x) for i, x in enumerate(around)]
            text = str(LATEX.value(outer, written))
            for point in POINTS:
                a = [Ieee(x) for x in (*point, 2.0)[: len(inside)]]
                b = [Ieee(x) for x in (*reversed(point), 3.0)[: len(around)]]
                y = on_numbers(row, a)
                if y is not None and math.isfinite(y) and (row.vectors or tuple(a) in row.domain):
                    xs = [y if i == place else x for i, x in enumerate(b)]
                    expected = on_numbers(outer, xs)
                    if (
                        expected is not None and abs(float(expected)) < 700
                    ):  # e^700 is still a float
                        check(
                            text, expected, **dict(zip([*inside, *around], [*a, *b], strict=True))
                        )


ROUNDED = {
    "expm1",
    "log1p",
    "log_sigmoid",
    "log_norm_cdf",
    "lgamma",
    "gamma",
    "exp2",
    "floordiv",
    "xlogy",
}
"""Rows whose formula, computed as it is read, rounds otherwise than the row. Of log Γ, the reader
can't tell whether it is log of gamma, or lgamma."""

EXACT = [row for row in ROWS if not row.vectors and row.public and row.name not in ROUNDED
         and (row.choice or row.operator or not row.static)]  # fmt: skip


@given(st.data())
def test_nested_rows_read_as_what_they_compute(data):
    """To the last bit, as the reader computes with the same rows."""

    def grown(depth):
        if not depth or data.draw(st.integers(0, 3)) == 0:
            letter = data.draw(st.sampled_from(LETTERS))
            return Latex(letter), numbers[letter]
        row = data.draw(st.sampled_from(EXACT))
        pairs = [grown(depth - 1) for _ in row.arguments]
        texts, xs = zip(*pairs, strict=True)
        return LATEX.value(row, texts), IEEE.value(row, xs)

    numbers = {x: Ieee(i / 2 - 1) for i, x in enumerate(LETTERS)}
    text, expected = grown(4)
    found = Reader(str(text), **numbers).read()
    assert found == float(expected) or (math.isnan(found) and math.isnan(expected)), str(text)


@pytest.mark.parametrize(
    ("formula", "text"),
    [
        (lambda x: -LATEX.expm1(x), r"- \left(e^{x} - 1\right)"),
        (lambda x: LATEX.log(x) * x, r"\left(\log x\right) \cdot x"),
        (lambda x: x * LATEX.log(x), r"x \cdot \log x"),
        (lambda x: LATEX.log10(x + 1), r"\log_{10} \left(x + 1\right)"),
        (lambda x: x - (-x), r"x - \left(- x\right)"),
        (lambda x: (x + 1) / x, r"\frac{x + 1}{x}"),
        (lambda x: x * 2.5e-9, r"x \cdot 2.5 \cdot 10^{-9}"),
        (lambda x: x * -2.5e-9, r"x \cdot \left(-2.5 \cdot 10^{-9}\right)"),
        (lambda x: x * 1e12, r"x \cdot 10^{12}"),
        (lambda x: 1e-9**x, r"{\left(10^{-9}\right)}^{x}"),
        (lambda x: 2.5e-9**x, r"{\left(2.5 \cdot 10^{-9}\right)}^{x}"),
        (lambda x: (-2.0) ** x, r"{\left(-2\right)}^{x}"),
        (lambda x: x + math.inf, r"x + \infty"),
        (lambda x: x + math.nan, r"x + \mathrm{NaN}"),
        (lambda x: LATEX.sum([x, 2.0]), "x + 2"),
        (lambda x: LATEX.mean([x, 2.0, x]), r"\frac{x + 2 + x}{3}"),
        (lambda x: LATEX.dot([x, 2.0], [3.0, x]), r"x \cdot 3 + 2 \cdot x"),
        (lambda x: LATEX.logsumexp([x] * 4), r"\operatorname{logsumexp}(x, x, x, x)"),
        (lambda x: LATEX.max([x] * 9), r"\operatorname{max}(x, x, \ldots, x)"),
        (lambda x: LATEX.dist([x, x], [1.0, 2.0]), r"\operatorname{dist}([x, x], [1, 2])"),
    ],
)
def test_formulas_look_as_they_should(formula, text):
    assert str(formula(Latex("x"))) == text


# Names


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("x", "x"), ("w1", "w_{1}"), ("x_12", "x_{12}"), ("x_t", "x_{t}"), ("w₁₂", "w_{12}"),
        ("w_temperature", r"w_{\mathrm{temperature}}"), ("alpha", r"\alpha"), ("σ", r"\sigma"),
        ("Φ", r"\Phi"), ("λ", r"\lambda"), ("lambda_", r"\lambda"), ("φ", r"\varphi"),
        ("ŷ", r"\hat{y}"), ("ŷ1", r"\hat{y}_{1}"), ("x̄", r"\bar{x}"), ("loss", r"\mathrm{loss}"),
        ("loss2", r"\mathrm{loss}_{2}"), ("x_i_j", "x_{i, j}"), ("w1_t", "w_{1, t}"),
        ("beta_alpha", r"\beta_{\alpha}"), ("σ²", r"{\sigma^{2}}"), ("ŷ²", r"{\hat{y}^{2}{}}"), ("x1y2", r"\mathrm{x1y2}"),
        ("Α", r"A"), ("x^2", r"\mathrm{x{\hat{\ }}2}"), ("$", r"\$"), ("50%", r"\mathrm{50{\%}}"), ("_", r"\_"),
        ("a b", r"\mathrm{a{\ }b}"), ("😀", r"\mathrm{{U{+}1F600}}"),
        ("\n", r"\mathrm{{\backslash}n}"), ("", r"\mathrm{}"),
    ],
)  # fmt: skip
def test_names_become_symbols(name, text):
    assert symbol(name) == text


@given(st.text())
def test_any_name_is_plain_mathematics(name):
    text = symbol(name)
    assert text.isascii()
    assert text.isprintable()
    plain = re.sub(r"\\[A-Za-z]+|\\.", "", text)  # without commands and escaped signs
    assert not set("$%&#~\\") & set(plain)
    depth = 0
    for c in plain:
        depth += (c == "{") - (c == "}")
        assert depth >= 0
    assert depth == 0
    assert not re.search(r"\^[^{]|_[^{]", plain)


HOSTILE = [*"$\\{}_^#%&~<>|\"'`-+=()[]@!?*/;:., ", "\n", "\t", "\x00", "\ud800", "\u202e", "数", "😀", "é", "größe",
           "\\end{document}", "%s", "a" * 1000, "_" * 9, "x_", "_x", "a__b", "{", "}{", "^^", "x^2", "f'", "f''",
           "don't", "ŷ_hat²", "x²₃", "²", "∂J/∂a", "Straße", "Ωmega", "\u0302", "x\u0302\u0303", "ｘ", "ﬁ", "½", "٣"]  # fmt: skip


@pytest.mark.skipif(not shutil.which("pdflatex"), reason="needs pdflatex")
def test_pdflatex_sets_every_row_and_every_name(tmp_path):
    """One run of all, with amsmath alone. -halt-on-error: any complaint ends it."""
    formulas = [LATEX.value(row, [Latex(symbol(x)) for x in "abcd"[: len(operands(row, "abcd"))]]) for row in ROWS]  # fmt: skip
    names = [symbol(name) for name in HOSTILE]
    inside = [LATEX.square(Latex(x)) / Latex(x) ** Latex(x) for x in names]
    lines = [f"${x}$\n" for x in (*formulas, *names, *inside)]
    (tmp_path / "all.tex").write_text(
        "\\documentclass{article}\\usepackage{amsmath}\\begin{document}\n"
        + "\n".join(lines)
        + "\\end{document}\n",
        encoding="ascii",
    )
    done = subprocess.run(
        ["pdflatex", "-halt-on-error", "-interaction=batchmode", "-no-shell-escape", "all.tex"],
        cwd=tmp_path,
        capture_output=True,
    )
    log = (tmp_path / "all.log").read_text(errors="replace")
    assert done.returncode == 0, log[-1500:]
    assert "Missing character" not in log


def test_a_definition_in_latex_is_the_row():
    """LATEX's rows are FLOAT's: the reader finds the textbook's sigmoid."""
    text = str(TABLE["sigmoid"].definition(LATEX, Latex("x")))
    assert Reader(text, x=Ieee(0.3)).read() == pytest.approx(FLOAT.sigmoid(0.3), rel=1e-15)
