"""The house as a picture, drawn from the code: ``python docs/house.py`` writes docs/house.svg.

A room is a folder or a module of the package, with what its docstring says first. Rooms on one
floor import only from the floors below. An arrow is an import that no longer way replaces. The
floors stand in tests/test_house.py, which also holds this picture in step with the code.
"""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import graphviz

from micrograph.render.layout import layout

ROOT = Path(__file__).resolve().parent.parent
PICTURE = ROOT / "docs" / "house.svg"
sys.path.insert(0, str(ROOT / "tests"))

from test_house import FLOORS, MODULES, floor, imports, module, room  # noqa: E402  # needs the path


def said(name: str) -> str:
    """The first sentence of a room's docstring. A long one ends at its colon."""
    path = ROOT / "micrograph" / name
    text = (path / "__init__.py" if path.is_dir() else path.with_suffix(".py")).read_text("utf-8")
    first = (ast.get_docstring(ast.parse(text)) or "").split("\n\n")[0].replace("\n", " ")
    sentence = first.partition(". ")[0].replace("``", "")
    return (sentence if len(sentence) < 100 else sentence.partition(": ")[0]).rstrip(".:")


def arrows() -> list[tuple[str, str]]:
    """From each room to those that it imports, without those that it reaches through others."""
    to: dict[str, set[str]] = {}
    for path in MODULES:
        here = room(module(path))
        to.setdefault(here, set()).update(room(x) for x in imports(path) if room(x) != here)

    def below(name: str) -> set[str]:
        return set().union(*({x} | below(x) for x in to.get(name, ())))

    return sorted(
        (a, b) for a, there in to.items() for b in there if not any(b in below(x) for x in there)
    )


def drawn() -> graphviz.Digraph:
    """The picture."""
    picture = graphviz.Digraph()
    picture.attr(nodesep="0.15", ranksep="0.35", bgcolor="transparent")
    picture.attr("node", shape="box", style="rounded,filled", color="#777777", fillcolor="#f4f4f4")
    picture.attr("node", fontname="Helvetica", fontsize="11")
    picture.attr("edge", color="#999999", arrowsize="0.6")
    for rooms in FLOORS[::-1]:
        with picture.subgraph() as level:
            level.attr(rank="same")
            for name in sorted(rooms - {"__main__"}):
                words, rows = said(name).split(), [""]
                for word in words:
                    if len(rows[-1]) + len(word) > 34:
                        rows.append("")
                    rows[-1] = f"{rows[-1]} {word}".strip()
                text = "".join(f"{graphviz.escape(row)}\\n" for row in rows)
                level.node(name, f"{name}\\n{text}")
    for a, b in arrows():
        if a != "__main__":
            assert floor(a) > floor(b)
            picture.edge(a, b)
    return picture


if __name__ == "__main__":
    PICTURE.write_bytes(layout(drawn().source.encode(), "svg"))
