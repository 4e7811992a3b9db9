"""``micrograph draw``: the nodes of a formula as a table, and its graph as a picture in a file."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Mapping
from typing import Any

from ..render.table import table
from .formula import read

CHOSEN = ("depth", "max_nodes", "constants", "direction", "fold", "expand")


def chosen(options: Namespace) -> dict[str, Any]:
    """The options of a picture, from the command line, by their names in ``micrograph.draw``."""
    return {name: getattr(options, name) for name in CHOSEN}


def draw(formula: str, values: Mapping[str, float], options: Namespace) -> str:
    """The nodes of the formula as a table. If ``options.output`` is a file, draws the graph there.

    Args:
        formula: The formula, as ``read`` takes it.
        values: The value of each variable.
        options: The options of the command line: output, and those of a picture.

    Raises:
        ValueError, ArithmeticError, OSError: As ``read``, ``micrograph.draw`` and
            ``micrograph.table`` do.
    """
    root = read(formula, values)
    root.backward()
    if options.output is not None:
        from ..render import dot

        dot.draw(root, options.output, **chosen(options))
    return table(root, depth=options.depth)
