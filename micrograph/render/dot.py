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
LOOKS = {  # the kinds of step differ in shape, not in colour alone
    "leaf": {"shape": "box", "color": BLUE, "fillcolor": "#e8f1fb"},
    "op": {"shape": "ellipse", "color": GREY, "fillcolor": "#f6f6f6"},
    "output": {"shape": "ellipse", "peripheries": "2", "color": AMBER, "fillcolor": "#fdf3e4"},
    "constant": {"shape": "plaintext", "fillcolor": "transparent", "width": "0", "height": "0"},
    "cut": {"shape": "plaintext", "fillcolor": "transparent", "width": "0", "height": "0"},
}
HIGHLIGHT = {"color": RED, "penwidth": "2.4"}


class Picture(graphviz.Digraph):  # type: ignore[misc]  # graphviz is not typed
    """A ``graphviz.Digraph`` that shows itself in a notebook, and does so without Graphviz.

    Attributes:
        source: The DOT text.
        program: The layout program, by name or path. None: graphviz-pure, and for pdf ``dot``.

    Example:
        >>> picture = draw(Value(2, "a") * 3)
        >>> picture.source.splitlines()[0]
        'digraph {'
    """

    program: str | None = None

    def pipe(self, format: str | None = None, *, encoding: str | None = None, **_: Any) -> Any:
        """The picture as bytes, or as text if an encoding is given.

        Args:
            format: "svg" (the default), "png", "pdf" or "dot".
            encoding: How to decode the bytes: "utf-8" for svg and dot.

        Raises:
            LayoutError: If the layout program is missing, fails or takes more than 60 seconds.

        Example:
            >>> draw(Value(2, "a") * 3).pipe("dot", encoding="utf-8").splitlines()[0]
            'digraph {'
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
        """Write the picture to a file and return the file's path. No other file is written.

        The suffix of the file's name says the format: .svg, .png, .pdf or .dot.

        Args:
            filename: The file's name; "graph.svg" if none is given.
            directory: The folder that the file is written to.
            view: True opens the file afterwards.
            cleanup: Without effect, since no other file is written.
            format: Added to the name as a suffix, unless the name ends in that suffix.
            outfile: The same as ``filename``, and preferred if both are given.

        Raises:
            ValueError: If the name has another suffix.
            LayoutError: If the layout program is missing, fails or takes more than 60 seconds.
            OSError: If the file can't be written.

        Example:
            >>> from tempfile import TemporaryDirectory
            >>> picture = draw(Value(2, "a") * 3)
            >>> with TemporaryDirectory() as folder:
            ...     Path(picture.render("graph.dot", folder)).name
            'graph.dot'
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
    """A picture of the graph that computed ``root``.

    Each node shows its name, its formula in the names of its parents, its value, and the gradient
    dJ/dnode, where J is the root. Until ``backward()`` has reached J, "–" stands in place of the
    gradient. Each edge shows the local partial derivative. Boxes are leaves, ellipses are
    operations, and the double ellipse is the root.

    Args:
        root: The Value whose graph is drawn.
        file: The picture is also written to this file, and no other file is written. The name
            ends in .svg, .png, .pdf or .dot. None: no file is written.
        names: A mapping such as ``vars()``. A node without a name is called after the first
            variable that holds the node. Variables that begin with "_" do not count.
        hide: Some of "formula", "value", "grad", "partial".
        highlight: A node. The paths from this node to the root are marked.
        depth: How many edges to go from the root. None: all.
        constants: True draws constants as nodes. False: they only stand in formulas.
        max_nodes: The most nodes that may be drawn. At most ten times as many edges may be drawn.
            None: any number.
        program: The layout program, by name or path. None: graphviz-pure, and for pdf ``dot``.

    Raises:
        TypeError: If ``root`` is no Value, or ``names`` no mapping.
        ValueError: If ``hide`` has another word, ``depth`` is below 0, ``highlight`` is no node
            of the graph, ``file`` has another suffix, or the graph is larger than ``max_nodes``
            allows.
        RuntimeError: If a leaf was assigned after its use.
        LayoutError: If the layout program is missing, fails or takes more than 60 seconds.
        OSError: If ``file`` can't be written.

    Cost:
        One reverse sweep; for a file, or when the picture is shown, the layout too.

    Example:
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
        tooltip = _escape(step.exact, backslash="&#92;" * 4)  # Graphviz unescapes tooltips twice
        picture.node(f"n{i}", _label(step, root_name), tooltip=tooltip, **look)
        for edge in step.edges:
            look = HIGHLIGHT if edge.highlighted else {}
            label = f"<{_escape(edge.partial)}>" if edge.partial else None
            picture.edge(f"n{edge.operand}", f"n{i}", label, **look)
    if file is not None:
        picture.render(file)
    return picture


def _label(step: Step, root: str) -> str:
    """The text shown in a node, in Graphviz's HTML-like markup."""
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
    """The text in Graphviz's markup. There a single backslash would begin an escape sequence."""
    return escape(text).replace("\\", backslash)
