"""How much room a picture's text takes, and which direction of the picture fits a page better."""

from __future__ import annotations

from collections.abc import Iterator
from unicodedata import combining, east_asian_width

from .scene import Scene
from .steps import Step

PAGE = 980.0
"""How wide a picture may be, in points, before it goes from top to bottom: some 1,300 pixels."""

PLAIN = ("constant", "cut")
"""The kinds of step that are text without a box."""

WIDTH, BESIDE = 34, 30
"""The most characters on a line of a node, and on a line beside an edge."""

WIDTHS = {
    0.37: " ',-./:;IJijl|·",
    0.47: '()[]*"frt',
    0.65: "",  # digits, small letters, and all others
    0.71: "BCEFKLPRSTXYZΓαφψ∂",
    0.85: "#&+<=>^~w∞→≤≥≠±×−¬∧∨ADGHNOQUV",
    1.0: "%@MWm…½—∑",
}
"""The width of letters in DejaVu Sans, in units of the font's size, rounded up."""

_EMS = {c: width for width, letters in WIDTHS.items() for c in letters}


def width_of(text: str, size: float = 12.0) -> float:
    """The width of a text in points, in the widest of the fonts that pictures are drawn in.

    It is that of DejaVu Sans. Helvetica and Arial take some 15 % less.

    Args:
        text: The text.
        size: The size of the font in points.
    """
    return size * sum(map(_em, text))


def _em(c: str) -> float:
    """The width of a letter, in units of the font's size."""
    if combining(c):
        return 0.0
    if east_asian_width(c) in "WF" or ord(c) > 0xFFFF:
        return 1.15
    return _EMS.get(c) or (0.85 if c.isupper() else 0.65)


def wrapped(text: str, width: int = WIDTH) -> list[str]:
    """The text in lines of at most ``width`` characters, cut after a space if there is one."""
    lines = []
    while len(text) > width:
        at = text.rfind(" ", width // 2, width) + 1 or width
        lines.append(text[:at])
        text = text[at:]
    return [*lines, text]


def lines_of(step: Step, output: str, room: bool = False) -> Iterator[tuple[str, str]]:
    """The lines of a node: what each is, such as "name" or "grad", and its text.

    Args:
        step: The node.
        output: What the output is called, for dJ/dnode.
        room: The gradient is the longest that it is in any step of the sweep.
    """
    if step.kind in PLAIN:
        yield "formula", step.name
        return
    times = f" × {step.times}" if step.times > 1 else ""
    yield "name", step.name + times
    if step.formula:
        yield "formula", step.formula
    if step.value:
        yield "value", step.value
    grad = step.room if room else step.grad
    if step.room or step.grad:
        yield "grad", f"{step.slope(output)} = {grad}" if grad else ""
    if step.remark:
        yield "remark", step.remark


def room_of(step: Step, output: str) -> float:
    """The width of a node in points that has room for its text in the widest font."""
    lines = first_lines(step)
    for what, text in lines_of(step, output, room=True):
        if what not in ("name", "formula"):
            lines += wrapped(text)
    bold = 0.1 * width_of(step.name[:WIDTH])  # by so much is the name wider
    widest = max(width_of(lines[0]) + bold, *map(width_of, lines))
    return widest + 4 if step.kind in PLAIN else max(widest + 16, 54)


def first_lines(step: Step) -> list[str]:
    """The first lines of a node: the name and the formula, "u = b·c", with "× 23" if folded."""
    found = dict(lines_of(step, ""))
    name, text = found.get("name", ""), found.get("formula", "")
    if not name:
        return wrapped(text)
    if step.times > 1:
        lines = [*wrapped(name), *(wrapped(f"{step.short} = {text}") if text else [])]
    else:
        lines = wrapped(f"{name} = {text}" if text else name)
    return lines if len(lines) <= 5 else [*lines[:3], "…", lines[-1]]


def direction_of(seen: Scene) -> str:
    """Which way a picture goes: "LR" if it fits a page so, or is less wide so; else "TB"."""
    depth = [0] * len(seen.steps)  # the longest way to an output
    for at in reversed(range(len(depth))):
        for edge in seen.steps[at].edges:
            if not edge.back:
                depth[edge.operand] = max(depth[edge.operand], depth[at] + 1)
    columns, labels, rows = ([0.0] * (1 + max(depth)) for _ in range(3))
    for at, step in zip(depth, seen.steps, strict=True):
        width = room_of(step, seen.output)
        columns[at] = max(columns[at], width)
        rows[at] += width + 15
        beside = [line for edge in step.edges for line in wrapped(edge.partial, BESIDE)]
        labels[at] = max([labels[at], *(width_of(line, 10) for line in beside)])
    from_left = sum(columns) + sum(labels) + 30 * (len(columns) - 1)
    return "LR" if from_left <= max(PAGE, *rows) else "TB"
