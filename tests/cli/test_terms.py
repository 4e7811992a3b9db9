"""Formulas of models: their terms, their matrices, and what is refused."""

import io

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from micrograph.cli.choice import Choice
from micrograph.cli.examples import read as read_examples
from micrograph.cli.formula import FormulaError
from micrograph.cli.opening import DataError
from micrograph.cli.table import Table
from micrograph.cli.terms import read


def right(formula):
    return read(formula, lambda target: ["a", "b", "c d"]).right


@pytest.mark.parametrize(
    ("written", "terms"),
    [
        ("y ~ a", "a"),
        ("survived ~ age + C(class) + age:sex + log(fare)", "age + C(class) + log(fare) + age:sex"),
        ("y ~ a*b", "a + b + a:b"),
        ("y ~ a*b*c - a:b:c", "a + b + c + a:b + a:c + b:c"),
        ("y ~ a*b:c", "a + b:c + a:b:c"),  # as in R, where : binds before *
        ("y ~ (a + b):c", "a:c + b:c"),
        ("y ~ a + a + a:a", "a"),
        ("y ~ a - 1", "a - 1"),
        ("y ~ 0 + a", "a - 1"),
        ("y ~ -1 + a", "a - 1"),
        ("y ~ 1 + a", "a"),
        ("y ~ .", "a + b + `c d`"),
        ("y ~ . - b", "a + `c d`"),
        ("y ~ `c  d` + in + Sepal.Length", "`c d` + in + Sepal.Length"),
        ("y ~ I(a**2 / (b - 1)) + I(a^2)", "I(a ** 2 / (b - 1)) + I(a ** 2)"),
        ("y ~ log(a) + log(a)", "log(a)"),
        ("y ~ a − 1", "a - 1"),
        ("y ~ + a", "a"),
        ("y ~ -1 + +a + b:(+a)", "a + b:a - 1"),
        ("y ~ a + C(a)", "C(a)"),
        ("y ~ . + C(a)", "C(a) + b + `c d`"),
        ("y ~ C(a) - a", "C(a)"),
        ("y ~ a*b + C(a) + b:C(a) + a:C(a)", "C(a) + b + C(a):b"),
    ],
)
def test_terms(written, terms):
    assert right(written) == terms
    assert right(f"y ~ {terms}") == terms  # what is printed reads back


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("y", "with one ~ between two parts"),
        ("~ a", "with one ~ between two parts"),
        ("y ~ a ~ b", "with one ~ between two parts"),
        ("y ~ a +", "not a formula"),
        ("y ~ a^2", "a power stands in I"),
        ("y ~ 2*a", "arithmetic stands in I"),
        ("y ~ a/b", "other arithmetic stands in I"),
        ("y ~ log(a:b)", "a:b stands outside of functions"),
        ("y ~ exit()", "exit is not a function here"),
        ("y ~ squrt(a)", "squrt is not a function here; did you mean sqrt?"),
        ("y ~ factor(sex)", "factor is not a function here; write C(sex) for a category"),
        (
            "y ~ a*as.factor(`c d`)",
            "as.factor is not a function here; write C(`c d`) for a category",
        ),
        ("y ~ poly(age, 2)", "poly is not a function here; write age + I(age**2)"),
        ("y ~ a + offset(dose)", "leave the term out, and give --offset dose"),
        ("y ~ offset(log(a))", "leave the term out, and give --offset …"),
        ("y ~ np.log(a)", "np.log is not a function here; write log(a)"),
        ("y ~ a.b(a + 1)", "a.b is not a function here; a name before ( has no point"),
        ("y ~ heigth(a + b)", "heigth is not a function here; a product is written heigth:(…)"),
        ("y ~ -(-a) + 2", "a number is no term"),
        ("y ~ mean(a)", "mean is of a whole vector"),
        ("y ~ log(2)", "contains no column"),
        ("y ~ C(a, b)", "C takes one column"),
        ("cbind(a) ~ b", "cbind takes two columns"),
        ("y ~ __import__('os').system('true')", "neither a name, a number nor a sign"),
        ("y ~ (lambda: 0)()", "is no function"),
        ("y ~ [a for a in b]", "neither a name, a number nor a sign"),
        ("y ~ " + "(" * 5000 + "a" + ")" * 5000, "nest"),
        ("y ~ " + "*".join(f"a{i}" for i in range(40)), "may have 10,000 terms"),
        ("y ~ " + "a + " * 10_000 + "a", "may have 10,000 characters"),
    ],
)
def test_what_is_no_formula_is_refused_in_one_sentence(written, said):
    with pytest.raises(FormulaError) as refused:
        right(written)
    assert said.replace("nest", "") in str(refused.value)
    assert len(str(refused.value)) < 200


WORDS = [
    "a",
    "b",
    "`c d`",
    "C(a)",
    "I(",
    "log(",
    "(",
    ")",
    "+",
    "-",
    "*",
    ":",
    "~",
    ".",
    "1",
    "0",
    "2.5",
    "**",
    ",",
    "_0_",
    "'",
    "if",
    "lambda",
    "\n",
    "\0",
]


@given(st.lists(st.sampled_from(WORDS), max_size=12).map(" ".join) | st.text(max_size=20))
@example("_0_")
@example("_5_ + a")
@example("(" * 300 + "a")
def test_no_text_is_another_error_than_a_formulas(text):
    try:
        found = right(f"y ~ {text}")
    except FormulaError:
        return
    assert right(f"y ~ {found}") == found


TABLE = "y,a,b,sex,k\n0,1,2,f,1\n1,2,3,m,2\n1,4,5,f,3\n0,8,1,m,1\n"


def matrix(formula, text=TABLE, **choice):
    return read_examples(Table(io.StringIO(text)), Choice(formula=formula, **choice))


@pytest.mark.parametrize(
    ("formula", "columns"),
    [
        ("y ~ a + sex", {"a": [1, 2, 4, 8], "sex[m]": [0, 1, 0, 1]}),
        ("y ~ sex - 1", {"sex[f]": [1, 0, 1, 0], "sex[m]": [0, 1, 0, 1]}),
        ("y ~ C(k)", {"k[2]": [0, 1, 0, 0], "k[3]": [0, 0, 1, 0]}),
        ("y ~ a + a:sex", {"a": [1, 2, 4, 8], "a:sex[m]": [0, 2, 0, 8]}),
        ("y ~ a:sex", {"a:sex[f]": [1, 0, 4, 0], "a:sex[m]": [0, 2, 0, 8]}),
        ("y ~ a:b", {"a:b": [2, 6, 20, 8]}),
        ("y ~ log2(a)", {"log2(a)": [0, 1, 2, 3]}),
        ("y ~ I(a**2 - b)", {"I(a ** 2 - b)": [-1, 1, 11, 63]}),
        ("y ~ I(a > 2)", {"I(a > 2)": [0, 0, 1, 1]}),
    ],
)
def test_matrices(formula, columns):
    found = matrix(formula)
    assert dict(zip(found.names, found.X.T.tolist(), strict=True)) == columns
    assert found.y.tolist() == [0, 1, 1, 0]


@given(st.sampled_from(["a", "b", "sex", "C(k)", "a:b", "a:sex", "b:C(k)", "sex:C(k)", "log(a)"]).flatmap(
    lambda first: st.lists(st.sampled_from(["a", "b", "sex", "C(k)", "a:b", "a:sex", "sex:C(k)", "- 1"]), max_size=4).map(lambda more: [first, *more])
))  # fmt: skip
def test_columns_are_as_many_as_statsmodels_has_and_span_the_same(terms):
    """patsy, by which statsmodels reads formulas, codes categories as R does: its columns and ours
    span the same space, on a table in which all combinations occur."""
    patsy = pytest.importorskip("patsy")
    pd = pytest.importorskip("pandas")
    draw = np.random.default_rng(0)
    m = 60
    data = pd.DataFrame({
        "y": np.arange(m) % 2, "a": draw.uniform(1, 9, m).round(3), "b": draw.uniform(1, 9, m).round(3),
        "sex": [*"fm"] * (m // 2), "k": (np.arange(m) // 2) % 3,
    })  # fmt: skip
    written = " + ".join(terms).replace("+ - 1", "- 1")
    ours = matrix(f"y ~ {written}", data.to_csv(index=False))
    X = np.column_stack([ours.X, *([np.ones(m)] if () in ours.formula.terms else [])])
    theirs = np.asarray(patsy.dmatrix(written.replace("log(", "np.log("), data))
    rank = np.linalg.matrix_rank
    assert rank(X) == rank(theirs) == rank(np.column_stack([X, theirs]))


@pytest.mark.parametrize(
    ("formula", "said"),
    [
        ("y ~ z", "there is no column 'z'"),
        ("y ~ log(sex)", "line 2: sex is 'f', expected a finite number"),
        ("y ~ log(a - 4)", "line 2: log(a - 4) is nan, as a is 1; expected finite"),
        ("y ~ 1", "the model has no column"),
        ("k ~ a", "k has 3 values, 1, 2, 3, in 4 rows; expected two classes, or at most 20"),
        ("y ~ C(a) + log(a)", "a is in C(a) and in arithmetic"),
        ("cbind(a, b - 2) ~ k", "line 5: b - 2 is -1; expected a count"),
        ("cbind(a, sqrt(b - 2)) ~ k", "line 5: sqrt(b - 2) is nan, as b is 1; expected finite"),
        ("sqrt(a - 2) ~ k", "line 2: sqrt(a - 2) is nan, as a is 1; expected finite"),
        ("log(y) ~ k", "line 2: log(y) is -inf, as y is 0; expected finite"),
        ("I(1 / (b - 3)) ~ k", "line 3: I(1 / (b - 3)) is inf, as b is 3; expected finite"),
    ],
)
def test_what_does_not_go_with_the_table_is_refused(formula, said):
    with pytest.raises((DataError, FormulaError)) as refused:
        matrix(formula)
    assert said in str(refused.value)


def test_counts_are_two_weighted_rows():
    found = matrix("cbind(a, b) ~ k")
    assert found.y.tolist() == [1, 1, 1, 1, 0, 0, 0, 0]
    assert found.weights.tolist() == [1, 2, 4, 8, 2, 3, 5, 1]
    trials = matrix(None, "a,n,k\n1,3,1\n2,5,2\n", target="a", trials="n")
    assert trials.weights.tolist() == [1, 2, 2, 3]
    assert trials.names == ["k"]


def test_values_that_differ_in_late_digits_are_classes_of_their_own():
    found = matrix("I(1 + 1e-9 * y) ~ a")
    assert (found.classes, found.y.tolist()) == ([1.0, 1 + 1e-9], [0, 1, 1, 0])


def test_positive_chooses_the_class():
    assert matrix("sex ~ a", positive="f").classes == ["m", "f"]
    assert matrix("sex ~ a", positive="f").y.tolist() == [1, 0, 1, 0]
    one = matrix("k ~ a", positive="1")
    assert (one.classes, one.y.tolist()) == (["not 1", "1"], [1, 0, 0, 1])


def test_rows_with_missing_cells_are_left_out_and_counted():
    text = "y,a,s,more\n0,1,u,\n1,,v,\n?,3,u,\n1,4,v,\n0,5,NA,\n1,6,u,\n"
    found = matrix("y ~ a + s", text, drop_missing=True)
    assert found.X.tolist() == [[1, 0], [4, 1], [6, 0]]
    assert found.notes == ["3 of 6 rows left out, with missing cells", "s: u is the base"]
