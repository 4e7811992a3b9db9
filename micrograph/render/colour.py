"""The colours of a picture, legible on a light page and on a dark one."""

from __future__ import annotations

BLUE, AMBER, GREY, RED = "#2b6cb0", "#b45309", "#6b7280", "#c81e1e"
INK = "#111827"  # text in boxes, whose ground is light everywhere
MIDDLE = "#77808f"  # text and lines on the page: as legible on black as on white, 4:1

LINES = {"leaf": BLUE, "op": GREY, "output": AMBER}
GROUNDS = {"leaf": "#e8f1fb", "op": "#f6f6f6", "output": "#fdf3e4"}
"""The outline and the ground of a box, by the kind of its step. Other kinds have no box."""


def heated(heat: float) -> str:
    """The ground of a node that is marked: from white, where the heat is 0, to red at 1."""
    mixed = (round(255 + (x - 255) * min(heat, 1.0)) for x in (253, 186, 175))
    return "#" + "".join(f"{x:02x}" for x in mixed)
