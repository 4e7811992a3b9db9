"""Where the layout program puts boxes, edges and labels whose sizes are given."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import NamedTuple

from .layout import layout
from .scene import Scene

Point = tuple[float, float]
Size = tuple[float, float]


class Places(NamedTuple):
    """Places in points, upwards from the lower left corner of the picture."""

    nodes: list[Point]  # the middle of each
    curves: list[list[Point]]  # of each edge: Bézier's points, and last the tip of the arrow
    labels: list[Point | None]  # of each edge: the middle of its label, if it has one
    frames: dict[tuple[str, ...], tuple[Point, Point, Point]]  # of a scope: corners, label
    size: Size


def places(
    seen: Scene,
    direction: str,
    nodes: Sequence[Size],
    labels: Sequence[Size | None],
    frames: dict[tuple[str, ...], Size],
    program: str | None = None,
) -> Places:
    """The places of the steps of a scene, of its edges and of the frames of its scopes.

    Args:
        seen: The scene.
        direction: "LR" or "TB".
        nodes: The width and height of each step's box, in points.
        labels: The same of each edge's label, in the order of the steps. None: it has no label.
        frames: The same of the label of each scope, the innermost first.
        program: The layout program.

    Raises:
        LayoutError: If the layout program is missing, fails or takes more than 60 seconds.
    """
    inside: dict[tuple[str, ...], list[str]] = {scope: [] for scope in [*frames, ()]}
    for at, (step, (width, height)) in enumerate(zip(seen.steps, nodes, strict=True)):
        size = f"width={width / 72:.3f} height={height / 72:.3f}"
        inside[step.scope].append(f"n{at} [{size}]")
    for k, scope in enumerate(frames):
        body = "; ".join(inside[scope])
        label = f"labeljust=l label={_room(frames[scope])}"
        inside[scope[:-1]].append(f"subgraph cluster_{k} {{{label}; {body}}}")
    ends = [(edge, at) for at, step in enumerate(seen.steps) for edge in step.edges]
    lines = inside[()]
    for k, ((edge, at), room) in enumerate(zip(ends, labels, strict=True)):
        look = f"id=e{k}" + (f" label={_room(room)}" if room else "")
        look += " constraint=false" if edge.back else ""
        lines.append(f"n{edge.operand} -> n{at} [{look}]")
    head = f'rankdir={direction} nodesep=0.2 ranksep=0.35; node [shape=box fixedsize=true label=""]'
    source = f"digraph {{{head}; edge [arrowsize=0.6]; {'; '.join(lines)}}}"
    found = json.loads(layout(source.encode(), "json", program))
    objects = {x["name"]: x for x in found.get("objects", ())}
    edges = {x["id"]: x for x in found.get("edges", ())}
    boxes = {
        scope: (*_corners(objects[f"cluster_{k}"]["bb"]), _point(objects[f"cluster_{k}"]["lp"]))
        for k, scope in enumerate(frames)
    }
    return Places(
        [_point(objects[f"n{at}"]["pos"]) for at in range(len(seen.steps))],
        [_curve(edges[f"e{k}"]["pos"]) for k in range(len(ends))],
        [_point(edges[f"e{k}"]["lp"]) if room else None for k, room in enumerate(labels)],
        boxes,
        _corners(found["bb"])[1],
    )


def _room(size: Size) -> str:
    """A label that is empty and has this size."""
    width, height = (f"{x:.0f}" for x in size)
    cell = f'<td fixedsize="true" width="{width}" height="{height}"></td>'
    return f'<<table border="0" cellborder="0" cellspacing="0"><tr>{cell}</tr></table>>'


def _point(text: str) -> Point:
    x, y = map(float, text.split(","))
    return x, y


def _corners(text: str) -> tuple[Point, Point]:
    left, bottom, right, top = map(float, text.split(","))
    return (left, bottom), (right, top)


def _curve(text: str) -> list[Point]:
    """The points of an edge, as in "e,85,36 85,88 84,77 84,65 85,54": the tip comes first."""
    tip, *points = text.removeprefix("e,").split()
    return [*map(_point, points), _point(tip)]
