"""What is done to a picture in SVG after its layout: text is centred, and the size fits the page.

Graphviz starts each line at its left, where the line should begin in the font that Graphviz
measured. Another font is wider, and then the text leaves its box. A line that is centred stays in
the middle, whatever the font. ``measure`` has left room for the widest.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import unescape

from .measure import width_of

FONT = "Helvetica,Arial,sans-serif"

LEGIBLE = 0.57
"""How far a picture is scaled down to the width of its page. A wider picture is scrolled."""

CELL = 600.0
"""From this width on, in points, a picture fills the cell of a notebook."""

_NODE = re.compile(r'<g id="node\d+" class="node">.*?\n</g>', re.DOTALL)
_TEXT = re.compile(r'<text [^>]*text-anchor="start" x="([-\d.]+)" y="([-\d.]+)"[^>]*>[^<]*</text>')
_TAG = re.compile(r"<[^>]*>")
_POINTS = re.compile(r'<polygon fill="none" stroke="[^"]*" points="([^"]*)"')
_TOOLTIP = re.compile(r'<a xlink:title="([^"]*)">')
_SIZE = re.compile(r'<svg width="([\d.]+)pt" height="([\d.]+)pt"')


def finished(svg: str) -> str:
    """The picture with its text centred, in fonts that all systems have, scaled to its page.

    Browsers show a ``title`` as a tooltip, and not what Graphviz writes. Pages underline links, and
    a node is none.

    Args:
        svg: The picture, as Graphviz writes it. Text that is not so written stays as it is.
    """
    svg = _NODE.sub(lambda node: _centred(node[0]), svg)
    svg = _TOOLTIP.sub(r'<a xlink:title="\1" style="text-decoration:none"><title>\1</title>', svg)
    svg = re.sub(r'font-family="Helvetica[^"]*"', f'font-family="{FONT}"', svg)
    size = _SIZE.search(svg)
    if size is None:
        return svg
    least = float(size[1]) * LEGIBLE
    style = f"max-width:100%;height:auto;min-width:{least:.0f}pt"
    return f'{svg[: size.end()]} style="{style}"{svg[size.end() :]}'


def fitting(svg: str) -> str:
    """The picture for a notebook that shows it as an image: a wide one is as wide as its cell.

    JupyterLab shows an image in the size that the image says, and a cell is some 640 points wide.
    """
    size = _SIZE.search(svg)
    if size is None or float(size[1]) < CELL:
        return svg
    return f'{svg[: size.start()]}<svg width="100%"{svg[size.end() :]}'


def _centred(node: str) -> str:
    """A node's text, each line anchored at its middle.

    A line of two parts, one of them bold, is anchored where the parts meet. Text before a box to
    fill in ends at the box.
    """
    outline, text, _ = node.partition("<text")
    across = [float(x) for x in re.findall(r"([-\d.]+),[-\d.]+", outline)]
    if not across or not text:
        return node
    middle = (min(across) + max(across)) / 2
    boxes = [_box(points) for points in _POINTS.findall(node[len(outline) :])]
    lines: dict[str, list[re.Match[str]]] = {}
    for run in _TEXT.finditer(node):
        lines.setdefault(run[2], []).append(run)
    for y, runs in lines.items():
        box = next((left for left, top, bottom in boxes if top <= float(y) <= bottom), None)
        if box is not None:
            anchors = [("end", float(after[1])) for after in runs[1:]] + [("end", box - 3)]
        elif len(runs) == 1:
            anchors = [("middle", middle)]
        else:
            joint = float(runs[1][1])
            moved = _joint(middle, runs, joint)
            right = [("start", float(run[1]) + moved - joint) for run in runs[1:]]
            anchors = [("end", moved), *right]
        for run, (anchor, x) in zip(runs, anchors, strict=True):
            was = f'text-anchor="start" x="{run[1]}"'
            node = node.replace(run[0], run[0].replace(was, f'text-anchor="{anchor}" x="{x:.2f}"'))
    return node


SLACK = 8.0
"""How far in points the widest text may be from the middle: the margin of a node."""


def _joint(middle: float, runs: Sequence[re.Match[str]], x: float) -> float:
    """Where the parts of a line meet: at x, or where both have room in the widest font too."""
    first, *rest = (width_of(unescape(_TAG.sub("", run[0]))) for run in runs)
    even = middle + (first - sum(rest)) / 2
    return min(max(x, even - SLACK), even + SLACK)


def _box(points: str) -> tuple[float, float, float]:
    """The left, the top and the bottom of a rectangle."""
    corners = [tuple(map(float, corner.split(","))) for corner in points.split()]
    across, down = zip(*corners, strict=True)
    return min(across), min(down), max(down)
