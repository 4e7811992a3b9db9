"""The command line: what it prints and writes, and one sentence for every bad input."""

import io
import os
import subprocess
import sys
import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from micrograph.cli import main
from micrograph.cli.formula import LONGEST

LETTERS = ["a" * i for i in range(1, 56)]
DENSE = "; ".join(f"{'b' * i} = sum([{', '.join(LETTERS)}])" for i in range(1, 51))
DENSE += f"; sum([{', '.join('b' * i for i in range(1, 51))}])"  # 106 nodes, 2,800 edges
SEED = ["draw", "u = b*c; v = a + u; J = 3*v", "a=5", "b=3", "c=2"]


def run(*arguments, text=""):
    """The command line in a process of its own, as a person runs it."""
    return subprocess.run(
        [sys.executable, "-m", "micrograph", *arguments],
        input=text.encode() if isinstance(text, str) else text, capture_output=True, timeout=60,
        env={**os.environ, "PYTHONIOENCODING": "utf-8"},
    )  # fmt: skip


def test_the_seeds_table_and_picture(tmp_path):
    done = run(*SEED, "-o", str(tmp_path / "graph.svg"))
    assert (done.returncode, done.stderr) == (0, b"")
    rows = [line.split("  ") for line in done.stdout.decode().splitlines()]
    assert [row[0] for row in rows] == ["name", "a", "b", "c", "u", "v", "J"]
    assert "u     b·c      6      dJ/du = 3" in done.stdout.decode()
    assert os.listdir(tmp_path) == ["graph.svg"]
    assert "∂u/∂b = 2" in (tmp_path / "graph.svg").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("formula", "values", "result"),
    [
        ("-a*b", ["a=2", "b=-3"], 6),
        ("--a", ["a=2"], None),
        ("a**2 + 2**a - a//2 + a % 2", ["a=3"], 9 + 8 - 1 + 1),
        ("where((a < b) & (b != 0), a, b)", ["a=1", "b=2"], 1),
        ("~(a >= b) | (a == b)", ["a=1", "b=2"], 1),
        ("sum([a, b, 1]) + dot((a, b), [b, 2])", ["a=1", "b=2"], 4 + 6),
        ("maximum(a, b) - minimum(a, +b)", ["a=1", "b=2"], 1),
        ("relu(a) + abs(-a) + sqrt(a) + sign(a)", ["a=4"], 4 + 4 + 2 + 1),
        ("u = a\nv = u*u\n\nw = v + 1", ["a=3"], 10),
        ("exp = log(a)", ["a=1"], 0),
        ("ℓ*2", ["ℓ=2"], 4),
        ("a*1e-3", ["a=1_000"], 1),
        ("3*4", [], 12),
        ("J = 5", [], 5),
        ("+".join(["a"] * 2000), ["a=1"], 2000),
        ("; ".join(["x0 = a"] + [f"x{i} = x{i - 1} + a" for i in range(1, 3000)]), ["a=1"], 3000),
    ],
    ids=lambda x: str(x)[:20],
)
def test_formulas(capsys, formula, values, result):
    code = main(["draw", formula, *values])
    shown = capsys.readouterr()
    if result is None:  # an option to argparse: refused in one line, see the README for brackets
        assert code == 2
        return
    assert (code, shown.err) == (0, "")
    assert float(shown.out.splitlines()[-1].split("d")[0].split()[-1]) == result


def test_values_may_follow_options(capsys, tmp_path):
    assert main(["draw", "a*b", "-o", str(tmp_path / "x.png"), "a=2", "b=3"]) == 0
    assert (tmp_path / "x.png").read_bytes().startswith(b"\x89PNG")
    assert "6" in capsys.readouterr().out


def drawn(tmp_path, *options):
    """The graph of σ(σ(σ(σ(x)))) as Mermaid's text."""
    file = tmp_path / "graph.mmd"
    formula = "sigmoid(sigmoid(sigmoid(sigmoid(x))))"
    assert main(["draw", formula, "x=1", "-o", str(file), *options]) == 0
    return file.read_text(encoding="utf-8")


def test_options_of_the_picture(tmp_path, capsys):
    assert drawn(tmp_path, "--direction", "LR").startswith("graph LR\n")
    assert drawn(tmp_path, "--direction", "TB").startswith("graph TB\n")
    assert "× 3" in drawn(tmp_path, "--fold")
    assert "× 3" not in drawn(tmp_path, "--no-fold")
    assert "exp(" in drawn(tmp_path, "--expand")
    capsys.readouterr()


@pytest.mark.parametrize(
    ("suffix", "first"), [("mmd", "graph LR"), ("tex", r"% needs \usepackage{amsmath, tikz}")]
)
def test_a_picture_as_text(suffix, first, tmp_path, capsys):
    assert main([*SEED, "-o", str(tmp_path / f"graph.{suffix}")]) == 0
    assert (tmp_path / f"graph.{suffix}").read_text(encoding="utf-8").startswith(first)
    capsys.readouterr()


def test_a_page_is_named_after_the_result_or_as_it_is_told(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(["page", *SEED[1:]]) == 0
    assert main(["page", "a*b", "-o", "other.htm", "a=2", "b=3"]) == 0
    assert capsys.readouterr().out.split() == ["J.html", "other.htm"]
    assert sorted(os.listdir(tmp_path)) == ["J.html", "other.htm"]
    assert "u = b·c = 3·2 = 6" in (tmp_path / "J.html").read_text(encoding="utf-8")


def test_a_formula_from_standard_input():
    done = run("draw", "-", "a=3", text="u = a*a\nJ = u + 1\n")
    assert done.returncode == 0
    assert "J     u + 1    10" in done.stdout.decode()


BAD = {
    "no command": ([], "required: COMMAND"),
    "unknown command": (["paint"], "invalid choice: 'paint'"),
    "no formula": (["draw"], "required: FORMULA"),
    "a page as svg": (["page", "a", "a=1", "-o", "a.svg"], "should end in .html or .htm"),
    "a page of too much": (["page", "a*b", "a=1", "b=2", "--max-nodes", "2"], "max_nodes=2 allows"),
    "empty": (["draw", " "], "the formula is empty"),
    "import": (["draw", "__import__('os')"], "__import__ is not a function here"),
    "statement": (["draw", "import os"], "expected name = expression, got import"),
    "attribute": (["draw", "a.b", "a=1"], "can't contain attributes"),
    "index": (["draw", "a[0]", "a=1"], "can't contain indexing"),
    "lambda": (["draw", "lambda: 0"], "can't contain lambda"),
    "call of a call": (["draw", "exp(1)(2)"], "a call of anything but name"),
    "starred": (["draw", "exp(*a)", "a=1"], "can't contain starred"),
    "keyword": (["draw", "exp(x=a)", "a=1"], "whose arguments have no names"),
    "text": (["draw", "'a'*a", "a=1"], "can't contain 'a'"),
    "f-string": (["draw", "f'{a}'", "a=1"], "can't contain text"),
    "complex": (["draw", "1j*a", "a=1"], "can't contain 1j"),
    "bool": (["draw", "True*a", "a=1"], "can't contain True"),
    "and": (["draw", "a and a", "a=1"], "write & and |"),
    "not": (["draw", "not a", "a=1"], "write ~(…)"),
    "if": (["draw", "a if a else a", "a=1"], "write where(condition, a, b)"),
    "xor": (["draw", "a ^ 2", "a=1"], "write ** for a power"),
    "chain": (["draw", "1 < a < 2", "a=1"], "write (a < b) & (b < c)"),
    "list": (["draw", "[a, a]", "a=1"], "expected a number, got a list"),
    "list operand": (["draw", "[a, a]*2", "a=1"], "expected a number, got [Value"),
    "number of arguments": (["draw", "exp(a, a)", "a=1"], "exp expects 1 argument, exp(x); got 2"),
    "sum of numbers": (["draw", "sum(a)", "a=1"], "sum expects a sequence of numbers"),
    "unknown function": (["draw", "sinn(a)", "a=1"], "sinn is not a function here; did you mean sin?"),
    "function as a value": (["draw", "sin*a", "a=1"], "sin is a function; write sin(x)"),
    "unknown name": (["draw", "a*zeta", "a=1", "zet=2"], "zeta has no value"),
    "unused value": (["draw", "a*2", "a=1", "b=2"], "b: given a value, but not in the formula"),
    "doubled value": (["draw", "a*2", "a=1", "a=2"], "a is given twice"),
    "assigned value": (["draw", "a = 3*b", "a=1", "b=2"], "a has a value already"),
    "assigned twice": (["draw", "u = b; u = 2*b", "b=2"], "u is assigned twice"),
    "two results": (["draw", "a*2; a*3", "a=1"], "only the last part may go without a name"),
    "missing number": (["draw", "a*2", "a="], "a=: expected a number, as in a=5"),
    "not a number": (["draw", "a*2", "a=five"], "a=five: expected a number"),
    "no name": (["draw", "a*2", "=5"], "expected NAME=NUMBER, got '=5'"),
    "no equals": (["draw", "a*2", "5"], "expected NAME=NUMBER, got '5'"),
    "NaN": (["draw", "a*2", "a=nan"], "a=nan: expected a finite number"),
    "infinity": (["draw", "a*2", "a=1e999"], "expected a finite number"),
    "infinite constant": (["draw", "1e999*a", "a=1"], "too large for a float"),
    "tower": (["draw", "9**9**9**9"], "too large for a float"),
    "digits": (["draw", "9" * 5000], "not a formula"),
    "large integer": (["draw", "9" * 400], "too large for a float"),
    "constants": (["draw", "1/0*a", "a=2"], "1 / 0 divides by zero"),
    "doubled ligature": (["draw", "fi*2", "ﬁ=1", "fi=2"], "fi is given twice"),
    "warnings": (["draw", "1if 2 else 3"], "write where(condition, a, b)"),
    "escape": (["draw", "\x1b[31m", "a=1"], "not a formula"),
    "no name of a file": (["draw", "a*2", "a=1", "-o", ""], "should end in one of"),
    "edges": (["draw", DENSE, *(f"{a}=1" for a in LETTERS), "-o", "x.svg"], "edges are more than"),
    "domain": (["draw", "log(a)", "a=-1"], "log(a) is undefined at a = -1.0: expected a > 0"),
    "division": (["draw", "1/a", "a=0"], "1 / a divides by zero at a = 0.0"),
    "direction": (["draw", "a*2", "a=1", "--direction", "RL"], "invalid choice: 'RL'"),
    "suffix": (["draw", "a*2", "a=1", "-o", "x.gif"], "should end in one of .svg, .png"),
    "unwritable": (["draw", "a*2", "a=1", "-o", "nowhere/x.svg"], "No such file or directory"),
    "folder": (["draw", "a*2", "a=1", "-o", "."], "should end in one of"),
    "no file": (["draw", "a*2", "a=1", "-o"], "expected one argument"),
    "unknown option": (["draw", "a*2", "a=1", "--bogus"], "expected NAME=NUMBER, got '--bogus'"),
    "depth": (["draw", "a*2", "a=1", "--depth", "-1"], "depth expects a number of edges"),
    "max nodes": (["draw", "a*2", "a=1", "--max-nodes", "1", "-o", "x.svg"], "2 nodes are more than"),
    "brackets": (["draw", "(" * 10000 + "a" + ")" * 10000, "a=1"], "too many nested parentheses"),
    "signs": (["draw", "-" * 10000 + "a", "a=1"], "nested too deeply"),
    "syntax": (["draw", "a*", "a=1"], "not a formula: invalid syntax: a*"),
    "null": (["draw", "a*\0b", "a=1"], "not a formula"),
    "surrogate": (["draw", "\udcff", "a=1"], "not a formula"),
    "order": (["check", "x*x", "x=1", "--order", "12"], "--order: up to 6 are checked, got 12"),
}  # fmt: skip


def assert_refused(arguments, said, capsys):
    """One line on stderr, code 2."""
    assert main(arguments) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert said in shown.err
    assert shown.err.startswith("micrograph: ")
    assert shown.err.count("\n") == 1
    assert len(shown.err) < 400


@pytest.mark.parametrize(("arguments", "text"), BAD.values(), ids=BAD)
def test_bad_input_is_one_short_line_and_code_2(arguments, text, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert_refused(arguments, text, capsys)
    assert os.listdir() == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"x" * 10_000_000, f"a formula may have {LONGEST:,} characters"),
        (b"+".join([b"a"] * 200_000), f"a formula may have {LONGEST:,} characters"),
        (b"+".join([b"a"] * 45_000), "nested too deeply; compute its parts first"),
        (b"\xff\xfe\x00", "micrograph: "),
        (b"", "the formula is empty"),
    ],
    ids=["10 MB", "200,000 terms", "45,000 terms", "binary", "nothing"],
)
def test_bad_standard_input(text, said):
    started = time.monotonic()
    done = run("draw", "-", "a=1", text=text)
    assert done.returncode == 2
    assert said in done.stderr.decode()
    assert b"Traceback" not in done.stderr
    assert time.monotonic() - started < 30


@given(st.text(max_size=30))
@example("a\\\n")
def test_no_text_is_a_traceback(text):
    assert main(["draw", text]) in (0, 2) or text.startswith("-h")


@given(st.recursive(
    st.sampled_from(["a", "2", "0.5", "-3"]),
    lambda inner: st.builds("({} {} {})".format, inner, st.sampled_from("+-*/%<"), inner)
    | st.builds("{}({})".format, st.sampled_from(["exp", "sin", "tanh", "abs"]), inner),
    max_leaves=12,
))  # fmt: skip
def test_formulas_compute_what_python_computes(text):
    import math

    from micrograph.cli.formula import read

    names = {name: getattr(math, name) for name in ("exp", "sin", "tanh")}
    try:
        expected = eval(text, {"abs": abs, **names}, {"a": 1.25})
    except (ArithmeticError, ValueError) as error:
        with pytest.raises(type(error)):
            read(text, {"a": 1.25} if "a" in text.replace("tanh", "").replace("abs", "") else {})
        return
    result = read(text, {"a": 1.25} if "a" in text.replace("tanh", "").replace("abs", "") else {})
    assert result.data == expected


def test_a_terminal_without_unicode_and_a_reader_that_stops():
    done = run(*SEED[:2], "a=5", "b=3", "c=2")
    assert done.returncode == 0
    ascii_only = subprocess.run(
        [sys.executable, "-m", "micrograph", *SEED], capture_output=True,
        env={**os.environ, "PYTHONIOENCODING": "ascii"},
    )  # fmt: skip
    assert ascii_only.returncode == 0
    assert b"dJ/du = 3  du/db = 2" in ascii_only.stdout
    with subprocess.Popen([sys.executable, "-m", "micrograph", *SEED], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE) as piped:  # fmt: skip
        piped.stdout.close()
        assert piped.stderr.read() == b""
        assert piped.wait() == 0


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "latin-1"])
def test_no_command_needs_unicode(encoding, tmp_path):
    """The tables are aligned as printed, and no sign is written as an escape."""
    flights = tmp_path / "flights.csv"
    flights.write_text("σ,ŷ\n1,0\n2,1\n3,0\n4,1\n", encoding="utf-8")
    commands = {
        "draw": ["ŷ = 1/(1 + exp(-σ))", "σ=1"],
        "check": ["ŷ = 1/(1 + exp(-σ))", "σ=1"],
        "fit": [str(flights), "--target", "ŷ", "--max-iter", "50"],
    }
    for command, words in commands.items():
        done = subprocess.run(
            [sys.executable, "-m", "micrograph", command, *words], capture_output=True,
            env={**os.environ, "PYTHONIOENCODING": encoding, "PYTHONUTF8": "1"},
        )  # fmt: skip
        assert (done.returncode, done.stderr) == (0, b"")
        text = done.stdout.decode(encoding)
        assert "sigma" in text
        assert "\\" not in text
        lines = [line for line in text.splitlines() if line.startswith(("name", "sigma", "y^"))]
        if command == "draw":
            assert len({line.index(word) for line, word in zip(lines, ("val", "1 ", "0.7"), strict=True)}) == 1  # fmt: skip
    wrong = subprocess.run(
        [sys.executable, "-m", "micrograph", "draw", "y = log(σ)", "σ=-1"], capture_output=True,
        env={**os.environ, "PYTHONIOENCODING": encoding, "PYTHONUTF8": "1"},
    )  # fmt: skip
    assert b"log(sigma) is undefined at sigma = -1.0" in wrong.stderr


def test_standard_output_may_be_replaced(monkeypatch):
    monkeypatch.setattr(sys, "stdout", io.StringIO())
    assert main(SEED) == 0
    assert "J     3·v" in sys.stdout.getvalue()


def test_help_and_version(capsys):
    for arguments in (["--help"], ["draw", "--help"], ["--version"]):
        with pytest.raises(SystemExit) as ended:
            main(arguments)
        assert ended.value.code == 0
        assert "micrograph" in capsys.readouterr().out


@pytest.mark.parametrize(("redirect", "code"), [("<&-", 2), (">&-", 0)])
def test_closed_streams(redirect, code):
    formula = "-" if redirect == "<&-" else "a*2"
    done = subprocess.run(
        ["bash", "-c", f'exec "$0" -m micrograph draw "{formula}" a=1 {redirect}', sys.executable],
        capture_output=True,
    )  # fmt: skip
    assert done.returncode == code
    assert b"Traceback" not in done.stderr
