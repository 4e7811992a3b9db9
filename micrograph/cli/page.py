"""``micrograph page``: the graph of a formula as a page that is stepped through in a browser."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Mapping

from ..render.page import to_html
from .draw import chosen
from .formula import read


def page(formula: str, values: Mapping[str, float], options: Namespace) -> str:
    """Write the page of the formula. Returns the name of the file.

    Args:
        formula: The formula, as ``read`` takes it.
        values: The value of each variable.
        options: The options of the command line: output, and those of a picture.

    Raises:
        ValueError, ArithmeticError, OSError: As ``read`` and ``micrograph.to_html`` do.
    """
    root = read(formula, values)
    path = options.output if options.output is not None else f"{root.name or 'page'}.html"
    to_html(root, path, **chosen(options))
    return str(path)
