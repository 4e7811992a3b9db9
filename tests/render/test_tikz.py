"""Pictures for LaTeX: they compile with tikz and amsmath alone, and boxes hold their text."""

import re
import shutil
import subprocess

import pytest
from test_render import HOSTILE, seed

from micrograph import Value, draw, tikz
from micrograph.core import TABLE
from micrograph.namespaces.text import formula
from micrograph.render.scene import Scene, scene
from micrograph.render.steps import Step
from micrograph.render.tikz import tikzpicture

has_latex = pytest.mark.skipif(not shutil.which("pdflatex"), reason="no pdflatex here")
NODE = re.compile(
    r"\\node\[mg \w+, minimum width=(\d+)pt, minimum height=(\d+)pt.*?\] at \(.*?\) \{(.*)\};"
)


def compiled(folder, *parts):
    """What pdflatex says of a document of these parts."""
    preamble = "\\documentclass{article}\n\\usepackage{amsmath, tikz}\n\\begin{document}\n"
    document = preamble + "\n\n".join(parts) + "\n\\end{document}\n"
    (folder / "paper.tex").write_text(document, encoding="utf-8")
    done = subprocess.run(
        ["pdflatex", "-halt-on-error", "-interaction=nonstopmode", "paper.tex"],
        cwd=folder, capture_output=True, timeout=120,
    )  # fmt: skip
    said = done.stdout.decode(errors="replace")
    assert done.returncode == 0, said[-2000:]
    assert "Missing character" not in said
    return said


def assert_boxes_hold_their_text(folder, *pictures):
    """LaTeX measures the text of each node, which should be no larger than its box."""
    nodes = [node for picture in pictures for node in NODE.findall(picture)]
    measured = [
        rf"\setbox0\hbox{{\small\begin{{tabular}}{{@{{}}c@{{}}}}{text}\end{{tabular}}}}"
        r"\typeout{SIZE \the\wd0 \space\the\dimexpr\ht0+\dp0}"
        for _, _, text in nodes
    ]
    uncoloured = r"\renewcommand\textcolor[2]{#2}"
    said = compiled(folder, *pictures, uncoloured, *measured)
    sizes = re.findall(r"SIZE ([\d.]+)pt ([\d.]+)pt", said)
    assert len(sizes) == len(nodes) > 0
    for (width, height, text), (wide, high) in zip(nodes, sizes, strict=True):
        assert float(wide) <= float(width), text
        assert float(high) <= float(height) + 2, text  # a line of a table is 2 pt higher


def test_the_seeds_picture(tmp_path):
    text = tikz(seed())
    assert repr(text) == str(text)
    grad = r"\textcolor{mgoutput}{$dJ / d%s = %d$}"
    assert [node[2] for node in NODE.findall(text)] == [
        rf"${first}$ \\ ${value}$ \\ {grad % (first[0], slope)}"
        for first, value, slope in [
            ("a", 5, 3), ("b", 3, 6), ("c", 2, 9),
            (r"u = b \cdot c", 6, 3), ("v = a + u", 11, 3), (r"J = 3 \cdot v", 33, 1),
        ]
    ]  # fmt: skip
    assert re.findall(r"\\frac{\\partial (.)}{\\partial (.)} = (\d)", text) == [
        ("u", "b", "2"), ("u", "c", "3"), ("v", "a", "1"), ("v", "u", "1"), ("J", "v", "3"),
    ]  # fmt: skip
    draw(seed(), tmp_path / "graph.tex")
    assert (tmp_path / "graph.tex").read_text(encoding="utf-8") == text


@has_latex
def test_pictures_compile(tmp_path):
    x, y = Value(0.5, "x"), Value(0.5, "y0")
    for _ in range(50):
        y = (y * x + 1).tanh()
    y.backward()
    seen = scene(seed())
    scopes = [("a_1",), ("a_1", "b%"), (), ("a_1", "b%"), (), ()]
    steps = [step._replace(scope=s) for step, s in zip(seen.steps, scopes, strict=True)]
    assert_boxes_hold_their_text(
        tmp_path,
        tikz(seed(swept=False), highlight="u", constants=True),
        tikz(seed(), step=2),
        tikz(seed(), depth=1),
        tikz(y),
        tikz(y, fold=False, max_nodes=None, direction="LR", depth=5, show="conditioning"),
        tikzpicture(seen._replace(steps=tuple(steps)), "TB"),
    )
    compiled(tmp_path, tikz(seed(), blank={"formula", "value", "grad", "partial"}))


@has_latex
def test_hostile_names(tmp_path):
    names = [*HOSTILE, "~", "^", "[x", "*", "x_t", "alpha", "$", "ŷ", "½", "x" * 30 + "é" * 30]
    pictures = [tikz((Value(2.0, name) ** 2 * 3).named(name)) for name in names]
    assert_boxes_hold_their_text(tmp_path, *pictures)


@has_latex
def test_boxes_hold_the_formula_of_each_row(tmp_path):
    steps = []
    for row in TABLE.values():
        operands = tuple(f"x{i}" for i in range(3 * row.vectors or row.arity))
        steps.append(Step("op", "y", formula(row, operands), "1", "2", "", (), False,
                          row=row, operands=operands))  # fmt: skip
    assert_boxes_hold_their_text(tmp_path, tikzpicture(Scene(tuple(steps), "J", ""), "LR"))
