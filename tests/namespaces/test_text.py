"""Formulas as text: rows of vectors, long messages, and spelling for terminals."""

import io
import sys
from contextlib import redirect_stdout

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rows import planted

import micrograph as mg
from micrograph import Value
from micrograph.core import TABLE
from micrograph.namespaces.printed import Printed, printable_on
from micrograph.namespaces.text import LONG, LONGEST, formula

VECTORS = [row for row in TABLE.values() if row.vectors]


@pytest.mark.parametrize(
    ("name", "n", "text"),
    [
        ("sum", 3, "a + b + c"),
        ("mean", 2, "(a + b) / 2"),
        ("prod", 3, "a·b·c"),
        ("dot", 4, "a·c + b·d"),
        ("hypot", 2, "hypot(a, b)"),
        ("max", 2, "max(a, b)"),
        ("logsumexp", 2, "logsumexp(a, b)"),
        ("dist", 4, "dist([a, b], [c, d])"),
        ("sum", 1, "sum(a)"),
        ("dot", 2, "dot(a, b)"),
        ("logsumexp", 9, "logsumexp(a, b, …, i)"),
        ("dot", 10, "a·f + b·g + … + e·j"),
        ("dist", 18, "dist([a, b, …, i], [j, k, …, r])"),
    ],
)
def test_short_sums_and_products_are_written_out_and_all_else_by_name(name, n, text):
    assert formula(TABLE[name], "abcdefghijklmnopqr"[:n]) == text


@pytest.mark.parametrize("row", VECTORS, ids=str)
@pytest.mark.parametrize("n", [1, 2, LONG, LONG + 1, 1000])
def test_each_operand_is_written_at_most_once(row, n):
    """So the length of a formula is that of its operands: a row's inner formula never shows."""
    operands = [f"<{x}{i}>" for x in row.arguments for i in range(n)]
    text = formula(row, operands)
    assert max(map(text.count, operands)) == 1
    assert operands[0] in text
    assert operands[-1] in text
    assert len(text) <= 20 * LONG + 20


@pytest.mark.parametrize("row", VECTORS, ids=str)
def test_long_operands_stay_as_they_are(row):
    inner = "logsumexp(x, y)"
    text = formula(row, [inner] * 2 * row.vectors)
    assert text.replace(inner, "").count("(") <= 1


LONG_NAMES = [Value(i, f"a_name_of_many_words_that_goes_on_and_on_{i}") for i in range(8)]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (lambda: mg.log(mg.logsumexp(LONG_NAMES) - 100), "log(logsumexp(…) - 100) is undefined at "
         "logsumexp(…) - 100 = "),
        (lambda: mg.log(mg.sum(LONG_NAMES) - 100), "log(sum(…) - 100) is undefined at "),
        (lambda: mg.log(-LONG_NAMES[1]), "log(-a_name_of_many_words_that_goes_on_and_on_1) is "),
        (lambda: 1 / Value(0.0, "x" * 500), "xx…xx"),
        (lambda: mg.sqrt(Value(-1.0, "x" * 500)), "xx…xx"),
        (lambda: setattr(mg.logsumexp(LONG_NAMES), "data", 1.0), "was computed, logsumexp(a_name"),
        (lambda: setattr(mg.sum(LONG_NAMES), "data", 1.0), "was computed, a_name"),
    ],
)  # fmt: skip
def test_the_formula_in_a_message_is_short(wrong, said):
    with pytest.raises((ArithmeticError, ValueError, AttributeError)) as caught:
        wrong()
    text = str(caught.value)
    assert said in text
    assert len(text) <= 3 * LONGEST + 100  # the formula, where it fails, what is expected
    assert len(text.split(" is ")[0].split(" divides")[0].split("computed, ")[-1].split(", and can't")[0]) <= LONGEST  # fmt: skip


def test_a_users_row_is_written_by_its_symbol():
    with planted(formula=lambda xp, x: xp.log(1 + x * x + x**4), symbol="ρ") as row:
        assert formula(row, ["a + b"]) == "ρ(a + b)"


# Spelling


@pytest.mark.parametrize(
    ("text", "ascii_text"),
    [
        ("∂J/∂σ·2 × √3 – …", "dJ/dsigma*2 x sqrt3 - ..."),
        ("Φ φ Γ ψ λ Λ ϕ ϵ ς", "Phi phi Gamma psi lambda Lambda phi epsilon sigma"),
        ("a ≤ b ≥ c ≠ d − e", "a <= b >= c != d - e"),
        ("x² Xᵀ w₁ ŷ é ά µ", "x^2 X^T w1 y^ e alpha mu"),
        ("数😀\ud800", "???"),
    ],
)
def test_signs_have_ascii_spellings(text, ascii_text):
    assert printable_on(io.TextIOWrapper(io.BytesIO(), "ascii"), text) == ascii_text


ENCODINGS = ["ascii", "cp1252", "latin-1", "cp437", "koi8-r", "shift_jis", "utf-8", "utf-16"]


@given(st.text(), st.sampled_from(ENCODINGS))
def test_any_text_prints_on_any_terminal(text, encoding):
    out = io.TextIOWrapper(io.BytesIO(), encoding)
    with redirect_stdout(out):
        print(Printed(text))
        out.flush()
        try:
            text.encode(encoding)
        except UnicodeError:
            return
        assert str(Printed(text)) == text  # what the terminal can show stays as it is


@pytest.mark.parametrize("out", [None, object(), io.StringIO()])
def test_a_stream_may_name_no_encoding(out, monkeypatch):
    monkeypatch.setattr(sys, "stdout", out)
    text = str(Printed("∂"))
    monkeypatch.undo()
    assert text == "∂"
