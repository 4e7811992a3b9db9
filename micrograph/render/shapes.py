"""The picture as SVG whose parts a page can find and change: boxes, edges, and each line of text.

The layout is that of ``draw``. Colours, fonts and what is shown when come from the page's style
sheet, by classes: a page that forbids inline styles shows the picture too.
"""

from __future__ import annotations

from html import escape

from .measure import PLAIN, direction_of, first_lines, lines_of, room_of, width_of, wrapped
from .places import Point, places
from .scene import Scene
from .steps import Edge, Step

WIDE = "-0.123456"
"""A number as wide as most are with six digits. So much room is left for one that may change."""

HIGH, LOW = 14.4, 12.0
"""The height of a line of text in a box, and beside an edge, in points."""


def shapes(seen: Scene, direction: str | None, changing: bool) -> str:
    """The scene as an ``svg`` element: ``g.edge`` for each edge, then ``g.node`` for each step.

    Args:
        seen: The scene.
        direction: "LR" or "TB". None: what fits a page better.
        changing: Whether the numbers may change, so that room is left for other ones.

    Raises:
        LayoutError: If the layout program is missing, fails or takes more than 60 seconds.
    """
    roomy = seen._replace(steps=tuple(map(_roomy, seen.steps))) if changing else seen
    steps, output = roomy.steps, seen.output
    sizes = [(room_of(step, output), HIGH * len(_texts(step, output)) + 10) for step in steps]
    edges = [(edge, at) for at, step in enumerate(steps) for edge in step.edges]
    rooms = [_label_room(edge) for edge, _ in edges]
    scopes = {
        step.scope[:n]: (width_of(step.scope[n - 1], 11.0) + 8, 14.0)
        for step in steps
        for n in range(1, len(step.scope) + 1)
    }
    put = places(roomy, direction or direction_of(roomy), sizes, rooms, scopes)
    width, height = put.size

    def at(point: Point) -> Point:
        return point[0], height - point[1]  # SVG counts downwards

    parts = [
        _frame(scope[-1], at(corner), at(opposite), at(label))
        for scope, (corner, opposite, label) in put.frames.items()
    ]
    shown = [edge for step in seen.steps for edge in step.edges]
    for edge, curve, label in zip(shown, put.curves, put.labels, strict=True):
        parts.append(_edge(edge, list(map(at, curve)), at(label) if label else None, bool(output)))
    for step, wide, size, middle in zip(seen.steps, steps, sizes, put.nodes, strict=True):
        parts.append(_node(step, wide, output, at(middle), size))
    box = f"-4 -4 {width + 8:.0f} {height + 8:.0f}"
    inside = "\n".join(parts)
    return (
        f'<svg viewBox="{box}" width="{width + 8:.0f}" height="{height + 8:.0f}">\n{inside}\n</svg>'
    )


def _roomy(step: Step) -> Step:
    """The step with room for other numbers. A group of nodes keeps the room of its own."""
    if step.kind in PLAIN or step.times > 1:
        return step
    edges = tuple([_roomy_edge(edge) for edge in step.edges])
    value = max(step.value, WIDE, key=len) if step.value else ""
    room = max(step.room, WIDE, key=len) if step.room else ""
    return step._replace(value=value, room=room, edges=edges)


def _roomy_edge(edge: Edge) -> Edge:
    y, x, number = edge.of
    if not number:
        return edge
    return edge._replace(of=(y, x, max(number, WIDE[:8], key=len)))


def _label_room(edge: Edge) -> tuple[float, float] | None:
    if not edge.partial:
        return None
    lines = wrapped(edge.partial, 30)
    widest = max(width_of(line, 10.0) for line in lines)
    return widest + 6, LOW * len(lines) + 4


def _texts(step: Step, output: str) -> list[tuple[str, str]]:
    """The lines of a box: the class of each, and its text."""
    if step.kind in PLAIN:
        return [("name", line) for line in wrapped(step.name)]
    found = [("name", line) for line in first_lines(step)]
    for what, text in lines_of(step, output, room=True):
        if what not in ("name", "formula"):
            found += [(what, line) for line in wrapped(text)]
    return found


def _node(step: Step, wide: Step, output: str, middle: Point, size: tuple[float, float]) -> str:
    x, y = middle
    width, height = size
    top = y - height / 2
    rows = []
    if step.kind not in PLAIN:
        if step.kind == "output":
            rows.append(_rect("rim", middle, (width + 6, height + 6), 10))
        rows.append(_rect("box", middle, size, 0 if step.kind == "leaf" else 7))
    shown = _texts(step._replace(room=step.grad), output)
    left_of_name = len(step.name)
    used: dict[str, int] = {}
    for k, (what, _) in enumerate(_texts(wide, output)):
        same = [text for kind, text in shown if kind == what]
        text = same[used.get(what, 0)] if used.get(what, 0) < len(same) else ""
        used[what] = used.get(what, 0) + 1
        inside = escape(text)
        if what == "name" and step.kind not in PLAIN:
            bold, rest = text[: max(left_of_name, 0)], text[max(left_of_name, 0) :]
            left_of_name -= len(text)
            inside = f"<tspan>{escape(bold)}</tspan>{escape(rest)}" if bold else escape(rest)
        line = top + 5 + HIGH * (k + 0.78)
        rows.append(f'<text class="{what}" x="{x:.1f}" y="{line:.1f}">{inside}</text>')
    focus = "" if step.kind in PLAIN else ' tabindex="0" role="button"'
    said = f"<title>{escape(step.exact)}</title>"
    label = "" if step.kind in PLAIN else f' aria-label="{escape(step.exact)}"'
    marked = " marked" * step.highlighted
    return f'<g class="node {step.kind}{marked}"{focus}{label}>{said}{"".join(rows)}</g>'


def _rect(look: str, middle: Point, size: tuple[float, float], round_: int) -> str:
    (x, y), (width, height) = middle, size
    place = f'x="{x - width / 2:.1f}" y="{y - height / 2:.1f}"'
    return f'<rect class="{look}" {place} width="{width:.1f}" height="{height:.1f}" rx="{round_}"/>'


def _edge(edge: Edge, curve: list[Point], label: Point | None, products: bool) -> str:
    look = "edge" + " back" * edge.back + " marked" * edge.highlighted
    rows = [f'<path d="{_path(curve)}"/>', _arrow(curve[-2], curve[-1])]
    if label:
        lines = wrapped(edge.partial, 30)
        x, y = label
        top = y - LOW * len(lines) / 2
        for k, line in enumerate(lines):
            rows.append(_beside("partial", x, top + LOW * (k + 0.8), line))
        if products:  # on the side of the label that is away from the curve
            above = _nearest(curve, label)[1] > y
            at = top - LOW * 0.2 if above else top + LOW * (len(lines) + 0.8)
            rows.append(_beside("product", x, at, ""))
    return f'<g class="{look}">{"".join(rows)}</g>'


def _nearest(curve: list[Point], to: Point) -> Point:
    """The point of a curve that is nearest to a point, of some that are computed."""
    found = [curve[-1]]
    for i in range(0, len(curve) - 4, 3):
        for t in (k / 16 for k in range(17)):
            weights = ((1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3)
            pairs = list(zip(weights, curve[i : i + 4], strict=True))
            found.append((sum(w * p[0] for w, p in pairs), sum(w * p[1] for w, p in pairs)))
    return min(found, key=lambda p: (p[0] - to[0]) ** 2 + (p[1] - to[1]) ** 2)


def _beside(look: str, x: float, y: float, text: str) -> str:
    return f'<text class="{look}" x="{x:.1f}" y="{y:.1f}">{escape(text)}</text>'


def _path(curve: list[Point]) -> str:
    """Bézier's curves, and a line to the arrow's tip."""
    start, *rest, tip = (f"{x:.1f},{y:.1f}" for x, y in curve)
    return f"M{start}C{' '.join(rest)}L{tip}"


def _arrow(base: Point, tip: Point) -> str:
    """The head of an arrow from the end of its curve to its tip."""
    dx, dy = tip[0] - base[0], tip[1] - base[1]
    across = (-dy * 0.4, dx * 0.4)
    corners = [
        tip,
        (base[0] + across[0], base[1] + across[1]),
        (base[0] - across[0], base[1] - across[1]),
    ]
    points = " ".join(f"{x:.1f},{y:.1f}" for x, y in corners)
    return f'<polygon points="{points}"/>'


def _frame(name: str, corner: Point, opposite: Point, label: Point) -> str:
    (left, bottom), (right, top) = corner, opposite
    look = f'x="{left:.1f}" y="{top:.1f}" width="{right - left:.1f}" height="{bottom - top:.1f}"'
    text = _beside("scope", label[0], label[1] + 4, name)
    return f'<g class="frame"><rect {look} rx="8"/>{text}</g>'
