"""What these pages ask of Sphinx: our docstrings, the table of rows, formulas without a script.

- ``{rows}`` is a table of all rows, read from the rows; ``{accuracy} 150`` one of their largest
  errors at so many points; ``{help} draw`` is what ``--help`` prints.
- Formulas become MathML, which browsers show by themselves, offline too.
"""

import os
from contextlib import redirect_stdout, suppress
from io import StringIO

from docutils import nodes
from docutils.utils.math.latex2mathml import tex2mathml
from sphinx.util.docutils import SphinxDirective

from micrograph.cli import main
from micrograph.core import TABLE
from micrograph.namespaces.latex import LATEX, Latex
from micrograph.namespaces.text import LEGIBLE, TEXT, Text
from micrograph.testing import check_primitive
from micrograph.testing.accuracy import promise


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
        return self.parse_text_to_nodes("\n".join(lines))


def _cells(row):
    operands = [Latex(x if len(x) == 1 else rf"\mathrm{{{x}}}") for x in row.arguments]
    if row.vectors:
        operands = [Latex(f"{x}_{i}") for x in row.arguments for i in (1, 2)]
    sign = row.infix.strip() or row.symbol
    definition = ""
    if row.definition and not row.vectors:
        definition = f"`{row.definition(TEXT, *map(Text, row.arguments))}`"
    cells = (
        ", ".join(f"`{name}`" for name in (row.name, *row.aliases)),
        f"`{sign}`" if sign != row.name else "",
        f"${LATEX.value(row, operands)}$",
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
    single = len(written) == 1 and not row.vectors
    return ", ".join(
        f"${d}$" if single else rf"$\partial y / \partial {x} = {d}$" for x, d in written.items()
    )


class Accuracy(SphinxDirective):
    """Every row's largest errors, measured now at so many points."""

    required_arguments = 1

    def run(self):
        """The nodes of a Markdown table."""
        self.env.note_reread()
        lines = ["| row | value | first partials | second | why |", "|---|---|---|---|---|"]
        for row in TABLE.values():
            found = check_primitive(row, n=int(self.arguments[0]))
            worst = [f"{w.ulps:.2f}".rstrip("0").rstrip(".") for w in found[2:]]
            lines.append(f"| `{row.name}` | {' | '.join(worst)} | {promise(row.name).reason} |")
        return self.parse_text_to_nodes("\n".join(lines))


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


def mathml(writer, node):
    """Write a formula as MathML, inline or as a block of its own."""
    block = isinstance(node, nodes.math_block)
    formula = tex2mathml(node.astext().replace(r"\_", "_"), as_block=block)
    writer.body.append(f"<p>{formula}</p>" if block else formula)
    raise nodes.SkipNode


def setup(app):
    """Tell Sphinx of all this."""
    app.connect("doctree-read", trim)
    app.add_directive("rows", Rows)
    app.add_directive("accuracy", Accuracy)
    app.add_directive("help", Help)
    app.add_html_math_renderer("mathml", (mathml, None), (mathml, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
