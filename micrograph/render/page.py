"""The graph as a page that is stepped through in a browser: ``to_html(J, "page.html")``."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Iterator, Mapping
from dataclasses import replace
from hashlib import sha256
from html import escape
from importlib.resources import files
from itertools import count
from math import isfinite
from os import PathLike
from pathlib import Path
from typing import Any, Unpack

from ..core import Primitive
from ..explanation.board import lines_of_nodes
from ..explanation.swept import Swept, swept
from ..graph.node import PICK
from ..namespaces.javascript import lacking, program
from ..namespaces.printed import on_stdout, printable
from ..namespaces.text import LONG
from .dot import Picture, draw
from .markup import Options
from .scene import Scene, variables
from .shapes import shapes
from .table import table

DRAWN, COMPUTED = 300, 5_000
"""The most nodes that a page draws unless it is told otherwise, and the most that it recomputes."""

NOT_OURS = {"step": "the page goes through the steps", "blank": "the page fills in every number",
            "show": "what it remarks would no longer hold when a leaf is changed"}  # fmt: skip
"""The options of ``draw`` that a page does not take, and why."""

_numbers = count(1)


class Page(str):
    """A page as HTML, which shows itself in a notebook.

    Attributes:
        picture: What ``draw`` makes of the graph, for where no script runs.
        text: What ``table`` makes of the graph, for a terminal.
    """

    picture: Picture
    text: str
    _parts: tuple[str, dict[str, Any], str]

    def __repr__(self) -> str:
        return on_stdout(self.text)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        """The page as one element with its style and script, for the output of a cell.

        No frame is needed, and no name is global. A cell has no Content-Security-Policy of ours:
        there the notebook's own holds.
        """
        svg, data, script = self._parts
        root = f"mg-page-{next(_numbers)}-{sha256(self.encode()).hexdigest()[:12]}"
        page = _element(root, svg, {**data, "alone": False}, style(), script)
        return {
            "text/html": page,
            "image/svg+xml": self.picture.pipe("svg", encoding="utf-8"),
            "text/plain": self.text,
        }


def to_html(what: Any, path: str | PathLike[str] | None = None, **options: Unpack[Options]) -> Page:
    """A page to step through both sweeps in a browser, and to change the leaves.

    The page is one file, which loads nothing. Values appear node by node, then gradients. Beside
    the picture stands the line of ``explain`` for each step. If a leaf is dragged, the page
    computes all numbers anew. Gradients come from a sweep of its own.

    In a notebook the page shows itself.

    Args:
        what: The Value whose graph is shown, several Values, or a ``Graph``. If there are several
            outputs, only the forward sweep is shown.
        path: The page is also written to this file, whose name ends in .html or .htm.
        options: As for ``draw``: names, hide, highlight, depth, constants, max_nodes (as a rule
            300), direction, fold and expand.

    Raises:
        TypeError: If there is no such option, or if ``draw`` raises it.
        ValueError: If the file has another suffix, or if ``draw`` raises it: there are more nodes
            than ``max_nodes``.
        RuntimeError: If a leaf was assigned after its use.
        LayoutError: If the layout program is missing, fails or takes more than 60 seconds.
        OSError: If the file can't be written.

    Cost:
        One reverse sweep and a layout.

    Example:
        >>> from micrograph import Value
        >>> a, b = Value(2, "a"), Value(3, "b")
        >>> page = to_html((a * b).named("J"))
        >>> page.startswith("<!doctype html>"), "://" in page
        (True, False)
    """
    for name in options:
        if name in NOT_OURS:
            raise TypeError(f"to_html takes no {name}=…: {NOT_OURS[name]}")
        if name not in Options.__annotations__:
            raise TypeError(f"there is no option {name}; see help(micrograph.draw)")
    if path is not None and Path(path).suffix.lower() not in (".html", ".htm"):
        raise ValueError(f"{str(path)!r} should end in .html or .htm")
    names = options.get("names")
    graph = swept(what, variables(names) if isinstance(names, Mapping) else None)
    # what stands in .grad is another sweep's: the page shows its own
    graph = replace(graph, reached=True, stored=[None] * len(graph))
    picture = draw(graph, **{"max_nodes": DRAWN, **options})  # type: ignore[arg-type]  # options
    assert picture.drawn is not None
    seen = picture.drawn[0]
    rows = list(dict.fromkeys(row for row in _graph(seen).ops if row is not None))
    without = lacking(rows)
    data = _data(seen, rows, without)
    svg = shapes(seen, options.get("direction"), changing=data["live"])
    computing = [row for row in rows if row.entry not in without] if data["live"] else []
    script = "\n".join([program(computing), _file("numbers.js"), _file("page.js")])
    if re.search("</script|<!--", script, re.IGNORECASE):
        raise ValueError("the name of a row would end the page's script; give the row another name")
    title = f"{seen.output or 'Graph'}: a computation graph"
    page = Page(_document(title, svg, data, script))
    page.picture, page._parts = picture, (svg, data, script)
    shown = {k: v for k, v in options.items() if k in ("hide", "depth")}
    page.text = str.__str__(table(graph, **shown))  # type: ignore[arg-type]  # a graph with its numbers
    if path is not None:
        Path(path).write_text(page, encoding="utf-8")
    return page


def style() -> str:
    """The style sheet of a page."""
    return _file("page.css")


def _file(name: str) -> str:
    return (files(__package__) / "web" / name).read_text(encoding="utf-8")


def _document(title: str, svg: str, data: dict[str, Any], script: str) -> str:
    """The page as a document of its own.

    Its Content-Security-Policy lets nothing load, and nothing run but the script and the style
    whose hashes it names.
    """
    root = "mg-page"
    around = (
        "body { margin: 0 } @media (prefers-color-scheme: dark) { body { background: #14171c } } "
    )
    around += "@media print { body { background: #fff } }"
    sheet = f"{around}\n{style()}"
    policy = "; ".join(
        [
            "default-src 'none'",
            f"script-src '{_hash(_scoped(root, script))}'",
            f"style-src '{_hash(sheet)}'",
            "base-uri 'none'",
            "form-action 'none'",
        ]
    )
    element = _element(root, svg, {**data, "alone": True}, sheet, script)
    head = (
        '<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>"
    )
    return (
        f'<!doctype html>\n<html lang="en">\n<head>\n{head}\n</head>\n'
        f"<body>\n{element}\n</body>\n</html>\n"
    )


def _element(root: str, svg: str, data: dict[str, Any], sheet: str, script: str) -> str:
    """The page's one element. What is put in place of {svg} may itself contain "{data}"."""
    parts = {"id": root, "svg": svg, "data": _json(data)}
    inside = re.sub(r"\{(id|svg|data)\}", lambda x: parts[x[1]], _file("page.html"))
    return (
        f'<div class="mg-page" id="{root}">\n<style>{sheet}</style>\n{inside}\n'
        f"<script>{_scoped(root, script)}</script>\n</div>"
    )


def _scoped(root: str, script: str) -> str:
    """The script as a function of the page's element, which leaves no name behind."""
    return f'(root => {{\n"use strict";\n{script}\n}})(document.getElementById("{root}"));'


def _hash(text: str) -> str:
    return f"sha256-{b64encode(sha256(text.encode()).digest()).decode()}"


def _json(data: Any) -> str:
    """The data as JSON that can stand in a script element: no name in it ends that element."""
    text = json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return re.sub("[<>&\u2028\u2029\ud800-\udfff]", lambda c: f"\\u{ord(c[0]):04x}", text)


def _data(seen: Scene, rows: list[Primitive], without: dict[str, str]) -> dict[str, Any]:
    """What the script knows of the graph."""
    graph = _graph(seen)
    scalar = not any(graph.shapes) and PICK not in rows
    few = len(graph) <= COMPUTED
    why = ""
    if not scalar:
        why = "This graph has vectors: the page shows its numbers, and does not recompute them."
    elif not few:
        why = (
            f"This graph has {len(graph):,} nodes: the page shows its numbers, and recomputes "
            f"graphs of up to {COMPUTED:,}."
        )
    numbers = scalar and few
    edges = [(edge, at) for at, step in enumerate(seen.steps) for edge in step.edges]
    steps = list(_steps(seen, graph, scalar))
    forward = {step["at"]: k for k, step in enumerate(steps) if step["way"] == "forward"}
    backward = {step["at"]: k for k, step in enumerate(steps) if step["way"] == "backward"}
    return {
        "output": seen.output,
        "root": graph.outputs[0] if seen.output and graph.adjoints is not None else -1,
        "numbers": numbers,
        "live": numbers,
        "why": why,
        "table": [
            {
                "name": row.entry,
                "slope": True
                if row.vectors and not row.step
                else [row.slope_in(i) for i in range(row.arity)]
                if not row.vectors
                else [],
                "choice": row.choice,
                "lacking": without.get(row.entry, ""),
            }
            for row in rows
        ],
        "nodes": _columns(graph, rows) if numbers else {key: [] for key in COLUMNS},
        "drawn": [
            {
                "name": step.name,
                "short": step.short,
                "formula": step.formula,
                "leaf": bool(step.members) and graph.ops[step.members[0]] is None,
                "members": step.members,
                "value": forward.get(at, 0),
                "gradient": backward.get(at, 0),
            }
            for at, step in enumerate(seen.steps)
        ],
        "edges": [{"from": e.operand, "to": at, "y": e.of[0], "x": e.of[1]} for e, at in edges],
        "steps": steps,
    }


COLUMNS = ("names", "rows", "operands", "data", "partials", "adjoints")


def _columns(graph: Swept, rows: list[Primitive]) -> dict[str, Any]:
    place = {row: k for k, row in enumerate(rows)}
    return {
        "names": [printable(name) for name in graph.names],
        "rows": [place[row] if row else -1 for row in graph.ops],
        "operands": [
            [k if type(k) is int else [_number(k)] for k in args] for args in graph.operands
        ],
        "data": list(map(_number, graph.data)),
        "partials": [[None if d is None else _number(d) for d in ds] for ds in graph.partials],
        "adjoints": list(map(_number, graph.adjoints or ())),
    }


def _number(x: float) -> float | str:
    """A float for JSON, which has no infinity and no NaN."""
    return x if isfinite(x) else "NaN" if x != x else "Infinity" if x > 0 else "-Infinity"


def _steps(seen: Scene, graph: Swept, scalar: bool) -> Iterator[dict[str, Any]]:
    """The steps of the page: the leaves, the forward sweep, the backward sweep, and the whole."""
    inner, leaves = list[int](), list[int]()
    for at, s in enumerate(seen.steps):
        if s.members:
            (inner if graph.ops[s.members[0]] else leaves).append(at)
    root = next((at for at, s in enumerate(seen.steps) if graph.outputs[0] in s.members), -1)
    back: list[int] = []
    if graph.adjoints is not None and root >= 0:
        back = [root, *(at for at in [*reversed(inner), *leaves] if at != root)]

    def first(at: int) -> int:
        return seen.steps[at].members[0]

    forward_lines, backward_lines = dict[int, str](), dict[int, str]()
    if scalar and graph.adjoints is not None:
        forward_lines, backward_lines = lines_of_nodes(
            graph, map(first, inner), (first(at) for at in back if at != root)
        )

    def step(way: str, line: str, at: int = -1) -> dict[str, Any]:
        more = seen.steps[at].times - 1 if at >= 0 else 0
        return {"way": way, "at": at, "line": f"{line}\nand {more} more like it" if more else line}

    shown = [seen.steps[at] for at in leaves[:LONG]]
    dots = ", …" * (len(leaves) > LONG)
    yield step("start", ", ".join(f"{s.name} = {s.value}" for s in shown if s.value) + dots)
    for at in inner:
        s = seen.steps[at]
        plain = " = ".join(filter(None, (s.short, s.formula, s.value)))
        yield step("forward", forward_lines.get(first(at), plain), at)
    J = seen.output
    for at in back:
        s = seen.steps[at]
        plain = f"d{J}/d{s.short} = {s.grad}" if s.grad else f"d{J}/d{s.short}"
        if at != root and (found := backward_lines.get(first(at))):
            plain = found
        yield step("backward", plain, at)
    ends = [s for s in shown if s.grad]
    yield step("end", ", ".join(f"d{J}/d{s.short} = {s.grad}" for s in ends) + dots * bool(ends))


def _graph(seen: Scene) -> Swept:
    assert seen.graph is not None
    return seen.graph
