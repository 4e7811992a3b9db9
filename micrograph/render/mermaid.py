"""The picture as a diagram in Mermaid's language, which GitHub and many editors draw."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from .colour import GROUNDS, INK, LINES, RED, heated
from .measure import PLAIN, first_lines, lines_of, wrapped
from .scene import Scene
from .steps import Edge, Step

SHAPES = {"leaf": '["{}"]', "op": '("{}")', "output": '[["{}"]]'}
BLANK = "____"
"""What stands in place of a part that is to be filled in."""

EDGES, CHARACTERS = 500, 50_000
"""The most edges and characters that Mermaid draws, as it is configured on GitHub."""

WIDTH = 28
"""The most characters of a line. Mermaid breaks wider lines where it likes to."""

SAFE = frozenset(" _()[],.:+-=/")
"""Signs that mean nothing to Mermaid inside quotes. Others are written as numbers: #35; is #."""


def diagram(seen: Scene, direction: str, blank: Collection[str] = ()) -> str:
    """The scene as a Mermaid flowchart.

    Args:
        seen: The scene.
        direction: "LR" or "TB".
        blank: The parts of a step that are to be filled in.

    Raises:
        ValueError: If there are more edges or characters than Mermaid draws.
    """
    frames: dict[tuple[str, ...], list[str]] = {scope: [] for scope in [*seen.scopes, ()]}
    for at, step in enumerate(seen.steps):
        frames[step.scope].append(f"n{at}{_box(step, seen.output, blank)}")
    for number, scope in enumerate(seen.scopes):
        opened = f'subgraph s{number}["{quoted(scope[-1])}"]'
        inside = (f"  {line}" for line in frames[scope])
        frames[scope[:-1]] += [opened, *inside, "end"]
    nodes = frames[()]
    if seen.note:
        nodes.append(f'note_["{quoted(seen.note)}"]:::plain')
    edges = [
        f"n{edge.operand} {'-.->' if edge.back else '-->'}{_beside(edge, blank)} n{at}"
        for at, step in enumerate(seen.steps)
        for edge in step.edges
    ]
    lines = [f"graph {direction}", *(f"  {line}" for line in [*nodes, *edges, *_looks(seen)])]
    text = "\n".join(lines) + "\n"
    for n, most, what in ((len(edges), EDGES, "edges"), (len(text), CHARACTERS, "characters")):
        if n > most:
            raise ValueError(
                f"Mermaid draws up to {most:,} {what}, and this diagram has {n:,}; "
                "show fewer nodes with depth=… or fold=True"
            )
    return text


def _box(step: Step, output: str, blank: Collection[str]) -> str:
    """The node's shape, its text and its class."""
    if step.kind in PLAIN:
        return f'["{quoted(step.name)}"]:::plain'
    text = "<br/>".join(map(quoted, text_of(step, output, blank)))
    return f"{SHAPES[step.kind].format(text)}:::{step.kind}"


def text_of(step: Step, output: str, blank: Collection[str]) -> Iterator[str]:
    """The lines of a node's text."""
    if step.formula and "formula" in blank:
        yield f"{step.name} = {BLANK}"
    else:
        yield from first_lines(step)
    for what, text in lines_of(step, output):
        if what in ("name", "formula"):
            continue
        if what not in blank:
            yield from wrapped(text, WIDTH)
        elif what == "grad":
            yield f"{step.slope(output)} = {BLANK}"
        else:
            yield BLANK


def _beside(edge: Edge, blank: Collection[str]) -> str:
    """The label of an edge."""
    if not edge.partial:
        return ""
    partial = f"{edge.slope} = {BLANK}" if "partial" in blank else edge.partial
    return f'|"{"<br/>".join(map(quoted, wrapped(partial, WIDTH)))}"|'


def _looks(seen: Scene) -> Iterator[str]:
    """The colours: of the kinds of node, then of the nodes and edges that are marked."""
    kinds = {step.kind for step in seen.steps}
    for kind, line in LINES.items():
        if kind in kinds:
            yield f"classDef {kind} fill:{GROUNDS[kind]},stroke:{line},color:{INK}"
    if seen.note or not kinds.isdisjoint(PLAIN):
        yield "classDef plain fill:none,stroke:none"
    for at, step in enumerate(seen.steps):
        look = [f"fill:{heated(step.heat)}"] if step.heat else []
        look += [f"stroke:{RED}", "stroke-width:3px"] if step.highlighted else []
        if look:
            yield f"style n{at} {','.join(look)}"
    marked = [str(i) for i, edge in enumerate(seen.edges) if edge.highlighted]
    if marked:
        yield f"linkStyle {','.join(marked)} stroke:{RED},stroke-width:3px"


def quoted(text: str) -> str:
    """The text as Mermaid shows it unchanged, inside quotes."""
    return "".join(
        c if c in SAFE or c.isalnum() or not c.isascii() else f"#{ord(c)};" for c in text
    )
