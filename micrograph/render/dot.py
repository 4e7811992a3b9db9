"""The graph drawn with Graphviz: ``draw(J)``, ``draw(J, "graph.svg")``."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from html import escape
from os import PathLike
from pathlib import Path
from typing import Any

import graphviz

from ..engine.value import Value
from .layout import layout
from .scene import Step, scene

FORMATS = ("svg", "png", "pdf", "dot")
BLUE, AMBER, GREY, RED = "#2b6cb0", "#b45309", "#6b7280", "#c81e1e"
LOOKS = {  # shape as well as colour
    "leaf": {"shape": "box", "color": BLUE, "fillcolor": "#e8f1fb"},
    "op": {"shape": "ellipse", "color": GREY, "fillcolor": "#f6f6f6"},
    "output": {"shape": "ellipse", "peripheries": "2", "color": AMBER, "fillcolor": "#fdf3e4"},
    "constant": {"shape": "plaintext", "fillcolor": "transparent", "width": "0", "height": "0"},
    "cut": {"shape": "plaintext", "fillcolor": "transparent", "width": "0", "height": "0"},
}
HIGHLIGHT = {"color": RED, "penwidth": "2.4"}


class Picture(graphviz.Digraph):  # type: ignore[misc]  # graphviz is not typed
    """A ``graphviz.Digraph`` that needs no Graphviz installed, and shows itself in a notebook.

    ``source`` is its DOT text, ``program`` the layout program (None: the wheel's).
    """

    program: str | None = None

    def pipe(self, format: str | None = None, *, encoding: str | None = None, **_: Any) -> Any:
        """The picture as bytes, or as text where an encoding is given.

        format: svg (default), png, pdf or dot. Raises: LayoutError where the program fails.
        """
        source = self.source.encode()
        drawn = source if format == "dot" else layout(source, format or "svg", self.program)
        return drawn.decode(encoding) if encoding else drawn

    def render(
        self,
        filename: str | PathLike[str] | None = None,
        directory: str | PathLike[str] | None = None,
        view: bool = False,
        cleanup: bool = False,
        format: str | None = None,
        *,
        outfile: str | PathLike[str] | None = None,
        **_: Any,
    ) -> str:
        """Write the picture, that one file and nothing else, and return its path.

        The suffix of the name tells the format: .svg, .png, .pdf, .dot; ``format`` adds it.
        Raises: ValueError for another suffix, LayoutError where the program is missing,
        fails or takes more than 60 seconds, OSError where the file can't be written.
        """
        given = outfile if outfile is not None else filename
        path = Path(directory or "", "graph.svg" if given is None else given)
        suffix = path.suffix.lower().removeprefix(".")
        if format is not None and format != suffix and path.name:
            path, suffix = path.with_name(f"{path.name}.{format}"), format
        if suffix not in FORMATS:
            known = ", ".join(f".{known}" for known in FORMATS)
            raise ValueError(f"{str(path)!r} should end in one of {known}")
        path.write_bytes(self.pipe(suffix))
        if view:
            self._view(str(path), format=suffix, quiet=False)
        return str(path)


def draw(
    root: Value,
    file: str | PathLike[str] | None = None,
    *,
    names: Mapping[str, Any] | None = None,
    hide: Collection[str] = (),
    highlight: Value | None = None,
    depth: int | None = None,
    constants: bool = False,
    max_nodes: int | None = 200,
    program: str | None = None,
) -> Picture:
    """The graph that computed ``root``, as a picture; written to ``file`` where one is named.

    Each node shows its name, its formula in its parents' names, its value, and dJ/dnode once
    J, the root, has been swept; each edge the local partial derivative. Boxes are leaves,
    ellipses operations, the double ellipse is the root.

    file:      a name ending in .svg, .png, .pdf or .dot; that one file is written
    names:     ``vars()`` names nodes that have no name after your variables
    hide:      some of "formula", "value", "grad", "partial"
    highlight: a node; the paths from it to the root are marked
    depth:     how many edges to go from the root
    constants: True draws them as nodes; else they stand in the formulas that use them
    max_nodes: the most nodes that may be drawn, and a tenth of the edges; None: any number
    program:   the layout program; by default the graphviz-pure wheel's, and for pdf ``dot``

    Raises: TypeError for what is no Value; ValueError for options that make no sense or more
    than ``max_nodes`` nodes; RuntimeError where a leaf was assigned after its use; LayoutError
    where the layout program is missing. Cost: one sweep, and the layout of what is shown.

    >>> a, b = Value(2, "a"), Value(3, "b")
    >>> print(draw((a * b).named("J"), hide={"grad"}).source)  # doctest: +ELLIPSIS
    digraph {
    ...
    """
    steps = scene(
        root,
        names=names,
        hide=hide,
        highlight=highlight,
        depth=depth,
        constants=constants,
        max_nodes=max_nodes,
    )
    font = {"fontname": "Helvetica"}
    picture = Picture(
        graph_attr={"rankdir": "LR", "bgcolor": "white", "nodesep": "0.2", "ranksep": "0.5"},
        node_attr={**font, "fontsize": "12", "style": "filled", "margin": "0.1,0.05"},
        edge_attr={**font, "fontsize": "10", "arrowsize": "0.7", "color": GREY, "fontcolor": GREY},
    )
    picture.program = program
    root_name = steps[-1].name
    for i, step in enumerate(steps):
        look = {**LOOKS[step.kind], **(HIGHLIGHT if step.highlighted else {})}
        tooltip = _escape(step.exact, backslash="&#92;" * 4)  # Graphviz reads tooltips twice
        picture.node(f"n{i}", _label(step, root_name), tooltip=tooltip, **look)
        for edge in step.edges:
            look = HIGHLIGHT if edge.highlighted else {}
            label = f"<{_escape(edge.partial)}>" if edge.partial else None
            picture.edge(f"n{edge.operand}", f"n{i}", label, **look)
    if file is not None:
        picture.render(file)
    return picture


def _label(step: Step, root: str) -> str:
    """The text in a node, in Graphviz's HTML-like markup."""
    name = _escape(step.name)
    lines = [f"<b>{name}</b> = {_escape(step.formula)}" if step.formula else f"<b>{name}</b>"]
    if step.kind in ("constant", "cut"):
        lines = [name]
    if step.value:
        lines.append(step.value)
    if step.grad:
        grad = _escape(f"d{root}/d{step.name} = {step.grad}")
        lines.append(f'<font color="{AMBER}">{grad}</font>')
    return f"<{'<br/>'.join(lines)}>"


def _escape(text: str, backslash: str = "&#92;&#92;") -> str:
    """The text in Graphviz's markup, in which a single backslash would start an escape."""
    return escape(text).replace("\\", backslash)
