"""What these pages ask of Sphinx: our docstrings, the table of rows, formulas without a script.

- A docstring's aligned lines (``name:  text``) and its ``Returns``, ``Cost:``, ``Raises:`` and
  ``Warns:`` become fields.
- ``{rows}`` is a table of all rows, read from the rows; ``{accuracy} 150`` one of their largest
  errors at so many points; ``{help} draw`` is what ``--help`` prints.
- Formulas become MathML, which browsers show by themselves, offline too.
"""

import os
import re
from contextlib import redirect_stdout, suppress
from io import StringIO

from docutils import nodes
from docutils.utils.math.latex2mathml import tex2mathml
from sphinx.util.docutils import SphinxDirective

from micrograph.cli import main
from micrograph.core import TABLE
from micrograph.domain import REAL
from micrograph.namespaces.latex import template
from micrograph.namespaces.text import TEXT, Text
from micrograph.testing import check_primitive
from micrograph.testing.accuracy import promise

NAMES = r"(?!Returns|Cost|Raises|Warns)[A-Za-z]\w*(?:, [A-Za-z]\w*)*"
ITEM = re.compile(rf"\n(?={NAMES}:\s|Returns\b|Cost:|Raises:|Warns:)")
SECTION = re.compile(r"(?:^|(?<=[.;] ))(?=Returns\b|Cost:|Raises:|Warns:)")


def fields(app, what, name, obj, options, lines):
    """Rewrite a docstring's arguments and sections, in place, as reStructuredText's fields."""
    role = "ivar" if what == "class" else "param"
    paragraphs = re.split(r"\n\s*\n", "\n".join(lines).strip("\n"))
    lines[:] = [line for p in paragraphs for line in [*_paragraph(p, role), ""]]


def _paragraph(text, role):
    if text.startswith((" ", ">>>")):
        return text.split("\n")
    listed = re.match(rf"{NAMES}:\s", text)
    items = ITEM.split(text) if listed else [text]
    parts = [part for item in items for part in SECTION.split(" ".join(item.split())) if part]
    if not listed and not any(map(SECTION.match, parts)):
        return text.split("\n")
    return [line for part in parts for line in _fields(part.strip(), role)]


def _fields(part, role):
    names = re.match(rf"({NAMES}):\s+(.*)", part)
    if names:
        return [f":{role} {name}: {names[2]}" for name in names[1].split(", ")]
    section = re.match(r"(Returns|Cost|Raises|Warns)[,:]?\s+(.*)", part)
    return [f":{section[1]}: {section[2][0].upper()}{section[2][1:]}"] if section else [part, ""]


def trim(app, tree):
    """Drop the blank line that ends an example for doctest's sake."""
    for block in tree.findall(nodes.literal_block):
        block.rawsource = block.astext().rstrip()  # it is highlighted where this is its text
        block.clear()
        block += nodes.Text(block.rawsource)


class Rows(SphinxDirective):
    """All rows of the table: name, sign, formula, domain, textbook definition."""

    def run(self):
        """The nodes of a Markdown table."""
        self.env.note_reread()  # the page changes with the rows, not only with its text
        lines = ["| name | sign | formula | domain | definition |", "|---|---|---|---|---|"]
        lines += ["| {} |".format(" | ".join(_cells(row))) for row in TABLE.values()]
        return self.parse_text_to_nodes("\n".join(lines))


def _cells(row):
    names = [x if len(x) == 1 else rf"\mathrm{{{x}}}" for x in row.arguments]
    anywhere = all(i == REAL for i in row.domain.intervals) and not row.domain.joint
    sign = row.infix.strip() or row.symbol
    definition = ""
    if row.definition and not row.vectors:
        definition = f"`{row.definition(TEXT, *map(Text, row.arguments))}`"
    cells = (
        ", ".join(f"`{name}`" for name in (row.name, *row.aliases)),
        f"`{sign}`" if sign != row.name else "",
        f"${template(row).format(*names)}$",
        "" if anywhere else row.domain.describe(*row.arguments),
        definition,
    )
    return [cell.replace("|", r"\|") for cell in cells]


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
    app.connect("autodoc-process-docstring", fields)
    app.connect("doctree-read", trim)
    app.add_directive("rows", Rows)
    app.add_directive("accuracy", Accuracy)
    app.add_directive("help", Help)
    app.add_html_math_renderer("mathml", (mathml, None), (mathml, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
