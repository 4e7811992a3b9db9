"""The graph drawn with Graphviz: ``draw(J)``, ``draw(J, "graph.svg")``."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from html import escape
from os import PathLike
from pathlib import Path
from typing import Any

import graphviz

from ..engine.value import Value
from .colour import AMBER, GREY, GROUNDS, INK, LINES, MIDDLE, RED, heated
from .layout import layout
from .measure import BESIDE, PLAIN, direction_of, first_lines, lines_of, room_of, wrapped
from .mermaid import diagram
from .scene import Scene, parts, scene
from .steps import Edge, Step
from .svg import finished, fitting
from .tikz import tikzpicture

FORMATS = ("svg", "png", "pdf", "dot", "mmd", "tex")
SHAPES = {  # the kinds of step differ in shape, not in colour alone
    "leaf": {"shape": "box"},
    "op": {"shape": "rect", "style": "filled,rounded"},
    "output": {"shape": "rect", "style": "filled,rounded", "peripheries": "2"},
}
BARE = {"shape": "plaintext", "fillcolor": "transparent", "fontcolor": MIDDLE}
HIGHLIGHT = {"color": RED, "penwidth": "2.4"}


class Picture(graphviz.Digraph):  # type: ignore[misc]  # graphviz is not typed
    """A ``graphviz.Digraph`` that shows itself in a notebook, and does so without Graphviz.

    Attributes:
        source: The DOT text.
        program: The layout program, by name or path. None: graphviz-pure, and for pdf ``dot``.
        drawn: The scene, its direction and what is blank, for formats that are not made of DOT.

    Example:
        >>> picture = draw(Value(2, "a") * 3)
        >>> picture.source.splitlines()[0]
        'digraph {'
    """

    program: str | None = None
    drawn: tuple[Scene, str, Collection[str]] | None = None

    def pipe(self, format: str | None = None, *, encoding: str | None = None, **_: Any) -> Any:
        """The picture as bytes, or as text if an encoding is given.

        Args:
            format: "svg" (the default), "png", "pdf", "dot", "mmd" for Mermaid, or "tex" for TikZ.
                The last two are of what ``draw`` chose, without what was added to the picture.
            encoding: How to decode the bytes: "utf-8" for svg, dot, mmd and tex.

        Raises:
            ValueError: If ``draw`` did not make the picture, and the format is mmd or tex. Or if
                the graph is too large for Mermaid.
            LayoutError: If the layout program is missing, fails or takes more than 60 seconds.

        Example:
            >>> draw(Value(2, "a") * 3).pipe("dot", encoding="utf-8").splitlines()[0]
            'digraph {'
        """
        drawn = self._bytes(format or "svg")
        return drawn.decode(encoding) if encoding else drawn

    def _bytes(self, format: str) -> bytes:
        source: bytes = self.source.encode()
        if format == "dot":
            return source
        if format not in ("mmd", "tex"):
            picture = layout(source, format, self.program)
            return finished(picture.decode()).encode() if format == "svg" else picture
        if self.drawn is None:
            raise ValueError(f"only a picture made by draw can be written as {format}")
        made = diagram(*self.drawn) if format == "mmd" else tikzpicture(*self.drawn, self.program)
        return made.encode()

    def _repr_image_svg_xml(self) -> str:
        return fitting(self.pipe("svg", encoding="utf-8"))

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

        The suffix of the file's name says the format: .svg, .png, .pdf, .dot, .mmd or .tex.

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
            >>> from pathlib import Path
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
    root: Any,
    file: str | PathLike[str] | None = None,
    *,
    names: Mapping[str, Any] | None = None,
    hide: Collection[str] = (),
    blank: Collection[str] = (),
    highlight: Value | str | None = None,
    depth: int | None = None,
    constants: bool = False,
    max_nodes: int | None = 200,
    direction: str | None = None,
    fold: bool | None = None,
    expand: bool = False,
    step: int | None = None,
    show: str | None = None,
    program: str | None = None,
) -> Picture:
    """A picture of the graph that computed ``root``.

    Each node shows its name, its formula in the names of its parents, its value, and the gradient
    dJ/dnode, where J is the root. Until ``backward()`` has reached J, "–" stands in place of the
    gradient. Each edge shows the local partial derivative. Boxes are leaves, rounded boxes are
    operations, and the double box is the root.

    In a graph of more than 40 nodes, equal structure that repeats is drawn once, with "× 23": the
    examples of a cost, the steps of a loop, the units of a layer. A dashed edge leads back from a
    step of a loop to the next.

    Args:
        root: The Value whose graph is drawn, several Values (an array may have any shape), or a
            ``Graph``. If there are several outputs, no gradients are shown, since a gradient is of
            one output.
        file: The picture is also written to this file, and no other file is written. The name
            ends in .svg, .png, .pdf, .dot, .mmd (Mermaid) or .tex (TikZ). None: no file is written.
        names: A mapping such as ``vars()``. A node without a name is called after the first
            variable that holds the node. Variables that begin with "_" do not count.
        hide: Some of "formula", "value", "grad", "partial".
        blank: The same words. In place of these parts there are boxes to fill in.
        highlight: A node, or its name. The paths from this node to the root are marked.
        depth: How many edges to go from the root. None: all.
        constants: True draws constants as nodes. False: they only stand in formulas, but for the
            label of a loss.
        max_nodes: The most nodes that may be drawn. At most ten times as many edges may be drawn.
            None: any number.
        direction: "LR" draws from left to right, "TB" from top to bottom. None: from left to right
            if that fits a page, or is less wide.
        fold: True: equal structure that repeats is drawn once, also in a small graph. False: never;
            nor is a long chain of + drawn as one sum.
        expand: True draws the nodes of the textbook definition in place of each row that has one.
        step: Draws the reverse sweep after so many steps. Step 0 gives the root its gradient, 1. In
            each further step a node, which is marked, hands on its gradient to its operands.
        show: "conditioning" marks the nodes that amplify rounding errors. "nonfinite" marks the
            node where an infinity or NaN first appears, forward or backward.
        program: The layout program, by name or path. None: graphviz-pure, and for pdf ``dot``.

    Raises:
        TypeError: If ``root`` is nothing to draw, or an option is of another kind.
        ValueError: If ``hide``, ``blank``, ``direction`` or ``show`` has another word, ``depth`` is
            below 0, ``highlight`` is no node of the graph, ``step`` is no step of the sweep,
            ``file`` has another suffix, or the graph is larger than ``max_nodes`` allows.
        ValueError, ArithmeticError: If ``expand`` is true and a textbook node is undefined or too
            large where the row is not: exp(1000) in softplus(1000).
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
    if direction not in (None, "LR", "TB"):
        raise ValueError(f'direction expects "LR" or "TB", got {direction!r}')
    open_parts = parts("blank", blank)
    seen = scene(
        root,
        names=names,
        hide=hide,
        highlight=highlight,
        depth=depth,
        constants=constants,
        max_nodes=max_nodes,
        fold=fold,
        expand=expand,
        step=step,
        show=show,
    )
    chosen = direction or direction_of(seen)
    picture = _picture(seen, chosen, open_parts)
    picture.program = program
    picture.drawn = seen, chosen, open_parts
    if file is not None:
        picture.render(file)
    return picture


def _picture(seen: Scene, direction: str, blank: Collection[str]) -> Picture:
    font = {"fontname": "Helvetica"}
    graph_attr = {
        "rankdir": direction,
        "bgcolor": "transparent",
        "nodesep": "0.2",
        "ranksep": "0.45",
        **font,
        "fontsize": "11",
        "fontcolor": MIDDLE,
    }
    if seen.note:
        graph_attr["label"] = seen.note
    picture = Picture(
        graph_attr=graph_attr,
        node_attr={
            **font,
            "fontsize": "12",
            "fontcolor": INK,
            "style": "filled",
            "margin": "0.08,0.04",
        },
        edge_attr={
            **font,
            "fontsize": "10",
            "arrowsize": "0.7",
            "color": MIDDLE,
            "fontcolor": MIDDLE,
        },
    )
    _clusters(picture, seen, blank)
    for at, step in enumerate(seen.steps):
        if not step.scope:
            _node(picture, at, step, seen.output, blank)
        for edge in step.edges:
            look = HIGHLIGHT if edge.highlighted else {}
            if edge.back:
                look = {**look, "style": "dashed", "constraint": "false"}
            label = _edge_label(edge, blank)
            picture.edge(f"n{edge.operand}", f"n{at}", label, **look)
    return picture


def _clusters(picture: Picture, seen: Scene, blank: Collection[str]) -> None:
    """Draw the nodes that were recorded in scopes, each inside the frames of its scopes."""
    frames: dict[tuple[str, ...], Any] = {(): picture}
    for number, scope in enumerate(seen.scopes):
        look = {"label": _quoted(scope[-1]), "style": "rounded", "color": MIDDLE}
        frames[scope] = graphviz.Digraph(f"cluster_{number}", graph_attr=look)
    for at, step in enumerate(seen.steps):
        if step.scope:
            _node(frames[step.scope], at, step, seen.output, blank)
    for scope in seen.scopes:
        frames[scope[:-1]].subgraph(frames[scope])


def _node(frame: Any, at: int, step: Step, output: str, blank: Collection[str]) -> None:
    look = BARE if step.kind in PLAIN else _boxed(step.kind)
    look = {**look, **(HIGHLIGHT if step.highlighted else {})}
    if step.heat:
        look["fillcolor"] = heated(step.heat)
    tooltip = _escape(step.exact, backslash="&#92;" * 4)  # Graphviz unescapes tooltips twice
    width = f"{room_of(step, output) / 72:.2f}"  # in inches
    frame.node(f"n{at}", _label(step, output, blank), tooltip=tooltip, width=width, **look)


def _boxed(kind: str) -> dict[str, str]:
    return {**SHAPES[kind], "color": LINES[kind], "fillcolor": GROUNDS[kind]}


def _label(step: Step, output: str, blank: Collection[str]) -> str:
    """The text shown in a node. Of a constant, plain text; else in Graphviz's HTML-like markup."""
    if step.kind in PLAIN:
        return _quoted(step.name)
    if step.formula and "formula" in blank:
        rows = [_box(f"<b>{_escape(step.name)}</b> =")]
    else:
        rows = list(_first_rows(step))
    room = dict(lines_of(step, output, room=True))
    for what, text in lines_of(step, output):
        if what in ("name", "formula"):
            continue
        if what in blank:
            rows.append(_box(_escape(step.slope(output) + " =") if what == "grad" else ""))
            continue
        colour = {"grad": AMBER, "remark": RED}.get(what)
        lines = wrapped(text)
        lines += [""] * (len(wrapped(room[what])) - len(lines))  # the same height in all steps
        for line in lines:
            shown = _escape(line) or "&#160;"
            rows.append(f'<font color="{colour}">{shown}</font>' if colour else shown)
    if not blank:
        return f"<{'<br/>'.join(rows)}>"
    cells = "".join(f"<tr><td>{row}</td></tr>" for row in rows)
    return f'<<table border="0" cellborder="0" cellspacing="0" cellpadding="1">{cells}</table>>'


def _first_rows(step: Step) -> Iterator[str]:
    """The lines of the name and the formula, the name in bold."""
    left = len(step.name)  # letters of the name that are still to come
    for line in first_lines(step):
        bold, rest = line[:left], line[max(left, 0) :]
        left = max(left - len(line), 0)
        yield f"<b>{_escape(bold)}</b>{_escape(rest)}" if bold else _escape(rest)


def _box(before: str) -> str:
    """A box to fill in, after some text."""
    text = f"<td>{before}</td>" if before else ""
    box = f'<td border="1" fixedsize="true" width="46" height="14" color="{GREY}"></td>'
    return f'<table border="0" cellborder="0" cellspacing="0"><tr>{text}{box}</tr></table>'


def _edge_label(edge: Edge, blank: Collection[str]) -> str | None:
    if not edge.partial:
        return None
    if "partial" in blank:
        return f"<{_box(_escape(edge.slope + ' ='))}>"
    return "\n".join(map(_quoted, wrapped(edge.partial, BESIDE)))


def _quoted(text: str) -> str:
    """The text as a plain label. There a backslash would begin an escape sequence."""
    return escape(text, quote=False).replace("\\", "\\\\")


def _escape(text: str, backslash: str = "&#92;&#92;") -> str:
    """The text in Graphviz's markup. There a single backslash would begin an escape sequence."""
    return escape(text).replace("\\", backslash)
