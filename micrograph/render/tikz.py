"""The picture as a ``tikzpicture`` for LaTeX documents, its text set as mathematics."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from typing import NamedTuple

from ..namespaces.latex import LATEX, Latex
from ..namespaces.latex_names import prose, symbol
from .colour import AMBER, BLUE, GREY, GROUNDS, LINES, MIDDLE, RED, heated
from .measure import PLAIN, WIDTH, lines_of, width_of, wrapped
from .places import Point, places
from .scene import Scene
from .steps import Edge, Step

NEEDS = r"% needs \usepackage{amsmath, tikz} in the preamble"
COLOURS = {"leaf": BLUE, "op": GREY, "output": AMBER, "red": RED, "middle": MIDDLE}
SHAPES = {"leaf": "", "op": ", rounded corners=3pt", "output": ", rounded corners=3pt, double"}
BLANK = r"\framebox[11mm]{\rule{0pt}{1.2ex}}"
"""A box to fill in."""


class Line(NamedTuple):
    """A line of text in LaTeX, with the room that it takes in points, rounded up."""

    text: str
    width: float
    height: float


def tikzpicture(
    seen: Scene, direction: str, blank: Collection[str] = (), program: str | None = None
) -> str:
    """The scene as a TikZ picture.

    Args:
        seen: The scene.
        direction: "LR" or "TB".
        blank: The parts of a step that are to be filled in.
        program: The layout program.

    Raises:
        LayoutError: If the layout program is missing, fails or takes more than 60 seconds.
    """
    texts = [list(_lines(step, seen.output, blank)) for step in seen.steps]
    sizes = [(max(x.width for x in text) + 14, sum(x.height for x in text) + 9) for text in texts]
    labels = [list(_partial(edge, blank)) for edge in seen.edges]
    rooms = [(max(x.width for x in label) + 4, sum(x.height for x in label) + 4) if label else None
             for label in labels]  # fmt: skip
    scopes = {scope: (_width(scope[-1]) + 8, 14.0) for scope in seen.scopes}
    put = places(seen, direction, sizes, rooms, scopes, program)
    lines = [*_head(seen)]
    for scope, (corner, opposite, at) in put.frames.items():
        lines.append(rf"\draw[mg scope] {_at(corner)} rectangle {_at(opposite)};")
        lines.append(rf"\node[mg label] at {_at(at)} {{{prose(scope[-1])}}};")
    for step, text, (width, height), at in zip(seen.steps, texts, sizes, put.nodes, strict=True):
        look = "mg plain" if step.kind in PLAIN else f"mg {step.kind}"
        look += f", minimum width={width:.0f}pt, minimum height={height:.0f}pt"
        look += f", fill={_rgb(heated(step.heat))}" if step.heat else ""
        look += ", mg marked" if step.highlighted else ""
        lines.append(rf"\node[{look}] at {_at(at)} {{{_joined(text)}}};")
    for edge, curve, label, at_ in zip(seen.edges, put.curves, labels, put.labels, strict=True):
        look = "mg edge" + ", dashed" * edge.back + ", mg marked" * edge.highlighted
        lines.append(rf"\draw[{look}] {_path(curve)};")
        if at_:
            lines.append(rf"\node[mg label] at {_at(at_)} {{{_joined(label)}}};")
    if seen.note:
        below = _at((put.size[0] / 2, -12))
        lines.append(rf"\node[mg label] at {below} {{{prose(seen.note)}}};")
    inside = "\n".join(f"  {line}" for line in lines)
    return f"{NEEDS}\n\\begin{{tikzpicture}}{inside.lstrip()}\n\\end{{tikzpicture}}\n"


def _head(seen: Scene) -> Iterator[str]:
    """The options of the picture, which are its styles, and then its colours."""
    kinds = [
        f"mg {kind}/.style={{mg box, draw=mg{kind}, fill={_rgb(GROUNDS[kind])}{SHAPES[kind]}}},"
        for kind in LINES
    ]
    styles = "\n    ".join(
        [
            "[x=1pt, y=1pt, >=stealth,",
            r"mg box/.style={font=\small, align=center, inner sep=2pt},",
            *kinds,
            r"mg plain/.style={font=\small},",
            r"mg label/.style={font=\scriptsize, align=center, text=mgmiddle!60!black},",
            "mg scope/.style={draw=mgmiddle, rounded corners=4pt},",
            "mg edge/.style={->, draw=mgmiddle},",
            "mg marked/.style={draw=mgred, line width=1.2pt}]",
        ]
    )
    colours = "".join(
        rf"\definecolor{{mg{name}}}{{HTML}}{{{colour[1:].upper()}}}"
        for name, colour in COLOURS.items()
    )
    yield styles
    yield colours


def _lines(step: Step, output: str, blank: Collection[str]) -> Iterator[Line]:
    """The lines of a node."""
    for what, text in lines_of(step, output):
        if step.kind in PLAIN:
            yield _prose(text)
        elif what == "name":
            times = rf" \; (\times {step.times})" if step.times > 1 else ""
            folded = step.times > 1
            if not step.formula or folded:
                yield from _fitting(text, _named(step.name) + times)
            if not step.formula:
                continue
            if folded:
                yield from _fitting(f"{step.short} = {step.formula}", _folded(step))
            elif "formula" in blank:
                yield _open(f"{step.name} = ", rf"{_named(step.name)}{times} =")
            else:
                yield from _fitting(
                    f"{text} = {step.formula}", f"{_named(step.name)}{times} = {_formula(step)}"
                )
        elif what == "grad":
            before = f"{step.slope(output)} ="
            slope = rf"d{_named(output)} / d{_named(step.short)} ="
            if what in blank:
                yield _open(f"{before} ", slope)
            elif text:
                lines = _equation(before, slope, step.grad)
                yield from (_coloured("mgoutput", line) for line in lines)
            else:
                yield _set(" ", "")
        elif what != "formula":
            if what in blank:
                yield _open("", "")
            elif what == "value":
                yield from (_set(line, numbers(line)) for line in wrapped(text))
            else:
                yield from (_coloured("mgred", line) for line in map(_prose, wrapped(text)))


def _partial(edge: Edge, blank: Collection[str]) -> Iterator[Line]:
    """The lines beside an edge."""
    y, x, number = edge.of
    if not number:
        return
    slope = rf"\frac{{\partial {_named(y)}}}{{\partial {_named(x)}}} ="
    before = f"{edge.slope} ="
    less = _width(f"/∂{min(x, y, key=_width)}")  # which stands below the other name
    if "partial" in blank:
        yield _small(_open(f"{before} ", slope), less)
    else:
        yield from (_small(line, less) for line in _equation(before, slope, number))


def _small(line: Line, less: float) -> Line:
    r"""A line beside an edge. Its fractions are as large as in a formula of its own."""
    if r"\frac" not in line.text:
        return Line(line.text, line.width * 0.8, line.height * 0.75)
    text = line.text.replace(r"\frac", r"\displaystyle\frac", 1)
    return Line(text, (line.width - less) * 0.8, 22)


def _folded(step: Step) -> str:
    """The formula of the first of several nodes."""
    if step.row:
        return f"{_named(step.short)} = {_formula(step)}"
    return rf"\text{{{prose(step.formula)}}}"


def _formula(step: Step) -> str:
    assert step.row is not None
    operands = [Latex(symbol(x)) if isinstance(x, str) else x for x in step.operands]
    return str(LATEX.value(step.row, operands))


def _equation(before: str, slope: str, number: str) -> Iterator[Line]:
    """A derivative and its number: on one line, or on several, or as text if names are long."""
    if len(before) + len(number) < WIDTH:
        yield _set(f"{before} {number}", f"{slope} {numbers(number)}")
    elif len(before) < WIDTH:
        yield _set(before, slope)
        yield from (_set(line, numbers(line)) for line in wrapped(number, WIDTH))
    else:
        yield from map(_prose, wrapped(f"{before} {number}"))


def _fitting(text: str, tex: str) -> Iterator[Line]:
    """Mathematics on one line. If it is long, its text in lines."""
    if len(text) <= WIDTH:
        yield _set(text, tex)
    else:
        yield from map(_prose, wrapped(text))


def _set(text: str, tex: str) -> Line:
    """Mathematics, which takes about the room of its text."""
    signs = 3 * sum(text.count(c) for c in "·+-=<>≤≥≠∧∨")
    tall = 17 if "cases" in tex else 9 * (r"\frac" in tex)
    return Line(f"${tex}$", _width(text) + signs, 12.0 + tall)


def _open(text: str, tex: str) -> Line:
    """A box to fill in, after some mathematics."""
    return Line(rf"${tex}$ {BLANK}" if tex else BLANK, _width(text) + 38, 15)


def _prose(text: str) -> Line:
    return Line(prose(text), _width(text), 12)


def _coloured(colour: str, line: Line) -> Line:
    return line._replace(text=rf"\textcolor{{{colour}}}{{{line.text}}}")


def _width(text: str) -> float:
    """The width of a text. A character that LaTeX can't print is written as its number."""
    return width_of("".join(map(_printed, text)), 9)


def _printed(c: str) -> str:
    number = f"{ord(c):04X}"
    return f"U+{number}" if not c.isascii() and number in symbol(c) else c


def _joined(lines: list[Line]) -> str:
    *first, last = (line.text for line in lines)
    spaced = (text + (r" \\[3pt] " if r"\frac" in text else r" \\ ") for text in first)
    return "".join(spaced) + last


def _at(point: Point) -> str:
    return f"({point[0]:.1f}, {point[1]:.1f})"


def _path(curve: list[Point]) -> str:
    """Bézier's curves, and a line to the arrow's tip."""
    start, *rest, tip = curve
    path = _at(start)
    for i in range(0, len(rest), 3):
        a, b, end = map(_at, rest[i : i + 3])
        path += f" .. controls {a} and {b} .. {end}"
    return f"{path} -- {_at(tip)}"


def _rgb(colour: str) -> str:
    r, g, b = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return f"{{rgb,255:red,{r}; green,{g}; blue,{b}}}"


def _named(name: str) -> str:
    """A name as mathematics. Nodes that are drawn as one are called "x1 … x23"."""
    return r" \ldots ".join(map(symbol, name.split(" … ")))


def numbers(text: str) -> str:
    """Numbers as mathematics, with the words beside them: 3 (accumulated 6)."""
    text = re.sub(r" ?\b[a-z]{3,} ?", lambda word: WORDS.get(word[0], rf"\text{{{word[0]}}}"), text)
    text = re.sub(r"(?<=\d)e([+-]\d+)", lambda e: rf" \cdot 10^{{{int(e[1])}}}", text)
    return "".join(MATHS.get(c, c) for c in text)


WORDS = {"inf": r"\infty ", "nan": r"\mathrm{NaN}"}
MATHS = {"…": r"\ldots ", "×": r"\times ", "–": r"\text{--}"}
