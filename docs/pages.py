"""What these pages ask of Sphinx: tables from the package, formulas without a script.

- ``{rows}`` is a table of all rows, read from the rows.
- ``{rules}`` is a table of the simplifier's rules, read from the page of rules.
- ``{accuracy} 2400`` is a table of the largest errors that ``check_primitive`` finds with that n.
- ``{kernels}`` is a table of the rows' kernels.
- ``{help} draw`` is what ``--help`` prints.
- ``{picture}`` is the picture that some lines of Python draw: the value of the last line, ours or
  Matplotlib's.
- ``{numpy}`` is a table of NumPy's functions that run on arrays of Values.
- Formulas become MathML, which browsers show by themselves, offline too.
"""

import ast
import inspect
import os
import re
import subprocess
import sys
from contextlib import chdir, redirect_stdout, suppress
from html import escape
from io import StringIO
from math import inf, isnan
from pathlib import Path
from typing import ClassVar

import kernel_accuracy
import numpy
from accuracy import promise
from docutils import nodes
from docutils.utils.math.latex2mathml import tex2mathml
from sphinx.addnodes import index
from sphinx.util.docutils import SphinxDirective

from micrograph import numpy as with_values
from micrograph import values
from micrograph.cli import main
from micrograph.core import TABLE
from micrograph.graph import rules
from micrograph.namespaces.latex import LATEX, Latex, symbol
from micrograph.namespaces.text import LEGIBLE, LONG, TEXT, Text, result
from micrograph.testing import check_primitive
from micrograph.testing.primitive import SLOW


def trim(app, tree):
    """Drop the blank line that ends an example for doctest's sake."""
    for block in tree.findall(nodes.literal_block):
        block.rawsource = block.astext().rstrip()  # it is highlighted where this is its text
        block.clear()
        block += nodes.Text(block.rawsource)


class Rows(SphinxDirective):
    """All public rows of the table: name, sign, formula, derivative, domain, definition."""

    def run(self):
        """The nodes of a Markdown table."""
        self.env.note_reread()  # the page changes with the rows, not only with its text
        lines = ["| name | sign | formula y | derivative | domain | definition |"]
        lines += ["|---|---|---|---|---|---|"]
        rows = [row for row in TABLE.values() if row.public]
        lines += ["| {} |".format(" | ".join(_cells(row))) for row in rows]
        made = self.parse_text_to_nodes("\n".join(lines))
        table = next(made[0].findall(nodes.table))
        table["classes"].append("rows")
        for row, line in zip(rows, next(table.findall(nodes.tbody)), strict=True):
            self.enter(f"micrograph.{row.name}", line)
        return made

    def enter(self, name, line):
        """Let the search, the index and links find a function in its line of the table."""
        self.env.get_domain("py").note_object(name, "function", name, location=line)
        line["ids"].append(name)
        module, _, short = name.rpartition(".")
        entry = ("single", f"{short}() (in module {module})", name, "", None)
        line[0].insert(0, index(entries=[entry]))


def _cells(row):
    operands = whole = [Latex(symbol(x)) for x in row.arguments]
    if row.vectors:
        operands = [Latex(f"{x}_{i}") for x in row.arguments for i in (1, 2)]
        places = [*range(1, LONG + 1), "n"]  # more than are written out: x₁, x₂, …, xₙ
        whole = [Latex(f"{x}_{i}") for x in row.arguments for i in places]
    sign = row.infix.strip() or row.symbol
    definition = ""
    if row.definition and not row.vectors:
        definition = f"`{row.definition(TEXT, *map(Text, row.arguments))}`"
    cells = (
        ", ".join(f"`{name}`" for name in (row.name, *row.aliases)),
        f"`{sign}`" if sign != row.name else "",
        f"${LATEX.value(row, whole)}$",
        _derivatives(row, operands),
        "" if row.domain.is_everything else row.domain.describe(*row.arguments),
        definition,
    )
    return [cell.replace("|", r"\|") for cell in cells]


def _derivatives(row, operands):
    """The partials as mathematics: those by the operands with a slope."""
    if row.step:
        return "$0$"
    partials = row.partials_at(LATEX, Latex("y"), operands)
    wanted = [i for i in range(len(operands)) if row.slope_in(i)]
    if row.vectors:
        wanted = [i for i in wanted if i % 2 == 0]
    written = {operands[i]: str(LATEX.convert(partials[i])) for i in wanted}
    if any(len(text) > LEGIBLE for text in written.values()):
        return "in pieces: `help` says them"
    single, y = len(written) == 1 and not row.vectors, result(row)
    told = "for two elements: " if row.vectors and _counts(row) else ""
    return told + ", ".join(
        f"${d}$" if single else rf"$\partial {y} / \partial {x} = {d}$" for x, d in written.items()
    )


def _counts(row):
    """Whether a slope of a row of vectors is written differently for more elements."""
    slopes = set()
    for elements in ((1, 2), (1, 2, 3)):
        operands = [Latex(f"{x}_{i}") for x in row.arguments for i in elements]
        slopes.add(str(LATEX.convert(row.partials_at(LATEX, Latex("y"), operands)[0])))
    return len(slopes) > 1


class Rules(SphinxDirective):
    """The rules of the simplifier as they stand in the source: a formula, and what replaces it."""

    def run(self):
        """The nodes of a Markdown table."""
        self.env.note_reread()
        lines = ["| as written | in its place | what happens as written |", "|---|---|---|"]
        for node in ast.walk(ast.parse(inspect.getsource(rules))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "Rule":
                written, simpler, *why = node.args
                forms = [f"`{ast.unparse(form.body)}`" for form in (written, simpler)]
                lines.append(f"| {' | '.join(forms)} | {why[0].value if why else ''} |")
        return self.parse_text_to_nodes("\n".join(lines))


SLOWER = 40
"""By what the points of rows are divided whose truth takes milliseconds."""


class Accuracy(SphinxDirective):
    """Every row's largest errors, measured now at so many points."""

    required_arguments = 1

    def run(self):
        """The nodes of a Markdown table."""
        self.env.note_reread()
        lines = ["| row | value | first partials | second | why |", "|---|--:|--:|--:|---|"]
        for row in TABLE.values():
            if row.name in SLOW and not row.public:
                continue  # they have no bound: their terms cancel next to roots
            n = int(self.arguments[0])
            found = check_primitive(row, n=n // SLOWER if row.name in SLOW else n)
            *limits, reason = promise(row.name)
            worst = ["–" if isnan(w.ulps) else f"{float(f'{w.ulps:.3g}'):,g}" for w in found[2:5]]
            worst[:2] = (
                "–" if limit == inf else x for x, limit in zip(worst[:2], limits, strict=True)
            )
            lines.append(f"| `{row.name}` | {' | '.join(worst)} | {reason} |")
        return self.parse_text_to_nodes("\n".join(lines))


class Kernels(SphinxDirective):
    """What each row's kernel is, measured now in a process that may use the kernels."""

    def run(self):
        """The nodes of a Markdown table."""
        self.env.note_reread()
        script = Path(kernel_accuracy.__file__)
        with_kernels = {k: x for k, x in os.environ.items() if k != "MICROGRAPH_PURE"}
        command = [sys.executable, str(script)]
        ran = subprocess.run(command, env=with_kernels, capture_output=True, text=True, check=True)
        return self.parse_text_to_nodes(ran.stdout)


CALLS = {  # a call of NumPy's, in which v is an array of three Values and x its first
    "element by element": """np.exp(v) np.log(v) np.sqrt(v) np.tanh(v) np.arctan2(v,2.0)
        np.hypot(v,2.0) np.logaddexp(v,1.0) np.maximum(v,0.5) np.power(v,3) np.floor(v) np.sign(v)
        np.abs(v) np.clip(v,0,1) np.where(v>0,v,0.0) np.heaviside(v,0.5) np.sinc(v)
        np.nan_to_num(v) np.isnan(v) np.allclose(v,v) np.exp([x,1.0]) np.spacing(v)""",
    "sums and statistics": """np.sum(v) np.mean(v) np.prod(v) np.var(v) np.std(v) np.max(v)
        np.ptp(v) np.median(v) np.quantile(v,0.3) np.cumsum(v) np.cumprod(v) np.diff(v)
        np.average(v,weights=[1,2,3]) np.cov(v) np.corrcoef(v,v*v) np.trapezoid(v) np.gradient(v)
        np.interp(v,[0,4],[0,1]) np.convolve(v,v) np.polyfit([1,2,3],v,1)""",
    "shapes and order": """np.append(v,1.0) np.hstack([v,v]) np.stack([v,v]) np.concatenate([v,v])
        np.split(v,3) np.pad(v,1) np.tile(v,2) np.repeat(v,2) np.roll(v,1) np.flip(v)
        np.reshape(v,(3,1)) np.zeros_like(v) np.sort(v) np.argsort(v) np.argmax(v)
        np.unique(v) np.meshgrid(v,v) np.log(np.array([x,1.0]))""",
    "linear algebra": """np.dot(v,v) v@v np.outer(v,v) np.einsum("i,i->",v,v) np.tensordot(v,v,1)
        np.kron(v,v) np.cross(v,v) np.trace(M) np.linalg.norm(v) np.linalg.solve(M,v)
        np.linalg.inv(M) np.linalg.det(M) np.linalg.slogdet(M) np.linalg.cholesky(M)
        np.linalg.det(np.stack([M,M])) np.linalg.matrix_power(M,3) np.linalg.matrix_norm(M)
        np.linalg.eigvalsh(M) np.linalg.svd(M) np.linalg.lstsq(M,v) np.fft.fft(v)""",
}


class Numpy(SphinxDirective):
    """Which of NumPy's functions run on arrays of Values: tried now."""

    def run(self):
        """The nodes of a Markdown table."""
        self.env.note_reread()
        lines = ["| kind | how | calls |", "|---|---|---|"]
        for kind, calls in CALLS.items():
            found = {"works": [], "with the import": [], "refused": []}
            for call in calls.split():
                found[how_it_runs(call)].append(f"`{call}`")
            for how, calls in found.items():
                if calls:
                    lines.append(f"| {kind} | {how} | {', '.join(calls)} |")
                    kind = ""
        return self.parse_text_to_nodes("\n".join(lines))


def how_it_runs(call):
    """Whether a call of NumPy's works on Values, with the import alone, or is refused."""
    v = values([0.5, 1.5, 2.5])
    M = values([[3.0, 0.1, 0.2], [0.1, 4.0, 0.3], [0.2, 0.3, 5.0]])
    for np, how in ((numpy, "works"), (with_values, "with the import")):
        try:
            eval(call, {"np": np, "v": v, "x": v[0], "M": M})
            return how
        except TypeError:
            continue
    return "refused"


class Help(SphinxDirective):
    """What a command prints when asked for ``--help``."""

    required_arguments = 1

    def run(self):
        """The text, as a literal block."""
        os.environ["COLUMNS"] = "88"
        printed = StringIO()
        with redirect_stdout(printed), suppress(SystemExit):
            main([self.arguments[0], "--help"])
        return [nodes.literal_block("", printed.getvalue(), language="text")]


class Drawn(SphinxDirective):
    """The picture that lines of Python draw. The last line is an expression."""

    has_content = True
    option_spec: ClassVar = {"alt": str.strip}

    def run(self):
        """The picture as SVG in the page. It scales to the page, and scrolls if it is wide."""
        self.env.note_reread()
        *lines, last = self.content
        names = {}
        with chdir(Path(self.env.srcdir).parent):  # docs/data is found from there
            exec("\n".join(lines), names)
            made = eval(last, names)
        svg = made.pipe("svg", encoding="utf-8") if hasattr(made, "pipe") else _plotted(made)
        return [_in_the_page(svg, self.options.get("alt", ""))]


def _in_the_page(svg, said=""):
    """An SVG as a part of the page, with the words that stand for it where nothing is seen."""
    told = f' role="img" aria-label="{escape(said)}"' if said else ""
    picture = svg[svg.index("<svg") :]
    return nodes.raw("", f'<div class="picture"{told}>{picture}</div>', format="html")


LEAST = 0.6
"""To what part of its size a plot may shrink and stay legible."""


def _plotted(made):
    """A figure of Matplotlib, or the figure of its axes, as SVG: the same text on every build."""
    import matplotlib

    file = StringIO()
    figure = made.get_figure()
    with matplotlib.rc_context({"svg.hashsalt": "micrograph"}):
        figure.savefig(file, format="svg", metadata={"Date": None})
    least = LEAST * 72 * figure.get_figwidth()
    style = f"max-width:100%;height:auto;min-width:{least:.0f}pt"
    return file.getvalue().replace("<svg ", f'<svg style="{style}" ', 1)


def show(app, tree, page):
    """Put a file's or a notebook's SVG into its page, where it scales as far as it stays legible.

    In an ``img`` the browser knows nothing of the least width that stands in the file.
    """
    for image in list(tree.findall(nodes.image)):
        path = Path(app.srcdir, image["uri"])
        if path.suffix == ".svg":
            svg = path.read_text(encoding="utf-8")
            if isinstance(image.parent, nodes.container):  # what a notebook's cell shows
                image.replace_self(_in_the_page(svg))
            else:  # the picture is a paragraph of its own
                image.parent.replace_self(_in_the_page(svg, image.get("alt", "")))


def spaced(formula):
    """MathML in which := is one sign, and y log x and fractions side by side have TeX's spaces."""
    thin = '<mspace width="0.17em"/>'
    formula = re.sub(r"<mo>∶</mo>\s*<mo>=</mo>", "<mo>:=</mo>", formula)
    formula = re.sub(r"(</mfrac>\s*)(?=<mfrac)", rf"\1{thin}", formula)
    function = r"<mi>\w{2,}</mi>\s*<mo>&ApplyFunction;</mo>"
    formula = re.sub(rf"({function})(?!\s*<mo[^>]*>\()", rf"\1{thin}", formula)
    return re.sub(rf"(</m\w+>\s*)(?={function})", rf"\1{thin}", formula)


def followed(app, tree):
    """Give each inline formula the full stop or the bracket after it: no line begins with one."""
    for formula in list(tree.findall(nodes.math)):
        line = formula.parent
        i = line.index(formula) + 1
        after = line[i] if i < len(line) else None
        if isinstance(after, nodes.Text) and (found := re.match(r"[.,:;?!)]+", after)):
            formula["after"] = found[0]
            line[i] = nodes.Text(after[found.end() :])


def mathml(writer, node):
    """Write a formula as MathML, inline or as a block of its own."""
    block, text = isinstance(node, nodes.math_block), node.astext().replace(r"\_", "_")
    formula = spaced(tex2mathml(text, as_block=block))
    if r"\left" not in text:  # a brace that TeX would not stretch
        formula = re.sub(r"<mo>([{}])</mo>", r'<mo stretchy="false">\1</mo>', formula)
    if after := node.get("after"):
        formula = f'<span class="formula">{formula}{after}</span>'
    writer.body.append(f"<p>{formula}</p>" if block else formula)
    raise nodes.SkipNode


def setup(app):
    """Tell Sphinx of all this."""
    app.connect("doctree-read", trim)
    app.connect("doctree-read", followed)
    app.connect("doctree-resolved", show)
    app.add_directive("rows", Rows)
    app.add_directive("rules", Rules)
    app.add_directive("accuracy", Accuracy)
    app.add_directive("kernels", Kernels)
    app.add_directive("help", Help)
    app.add_directive("numpy", Numpy)
    app.add_directive("picture", Drawn)
    app.add_html_math_renderer("mathml", (mathml, None), (mathml, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
