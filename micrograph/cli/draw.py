"""What ``micrograph draw`` does: print the nodes of a formula, and draw its graph to a file."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Mapping

from ..render.table import table
from .formula import read


def draw(formula: str, values: Mapping[str, float], options: Namespace, width: int | None) -> str:
    """The nodes of the formula as a table. With ``options.output``, the picture is written there.

    width: the most characters on a line of the table, or None

    Raises: as ``read``, ``micrograph.draw`` and ``micrograph.table`` do.
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
        )
    return table(root, depth=options.depth, width=width)
