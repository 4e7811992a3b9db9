"""``micrograph draw``: the nodes of a formula as a table, and its graph as a picture in a file."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Mapping

from ..render.table import table
from .formula import read


def draw(formula: str, values: Mapping[str, float], options: Namespace) -> str:
    """The nodes of the formula as a table. If ``options.output`` is a file, draws the graph there.

    Args:
        formula: The formula, as ``read`` takes it.
        values: The value of each variable.
        options: The options of the command line: output, depth, max_nodes, constants, direction,
            fold and expand.

    Raises:
        ValueError, ArithmeticError, OSError: As ``read``, ``micrograph.draw`` and
            ``micrograph.table`` do.
    """
    root = read(formula, values)
    root.backward()
    if options.output is not None:
        from ..render import dot

        dot.draw(
            root,
            options.output,
            depth=options.depth,
            max_nodes=options.max_nodes,
            constants=options.constants,
            direction=options.direction,
            fold=options.fold,
            expand=options.expand,
        )
    return table(root, depth=options.depth)
