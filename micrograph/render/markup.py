"""The picture as text in the languages of Mermaid and TikZ: ``mermaid(J)``, ``tikz(J)``."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, TypedDict, Unpack

from ..engine.value import Value
from ..namespaces.printed import Printed
from .dot import draw


class Options(TypedDict, total=False):
    """What may be chosen of a picture in any language. ``draw`` explains each."""

    names: Mapping[str, Any] | None
    hide: Collection[str]
    blank: Collection[str]
    highlight: Value | str | None
    depth: int | None
    constants: bool
    max_nodes: int | None
    direction: str | None
    fold: bool | None
    expand: bool
    step: int | None
    show: str | None


class Diagram(Printed):
    """A diagram in Mermaid's language, which a notebook draws if it can."""

    __slots__ = ()

    def _repr_markdown_(self) -> str:
        return f"```mermaid\n{str.__str__(self)}```"


def mermaid(what: Any, **options: Unpack[Options]) -> Diagram:
    """The picture that ``draw`` makes, as a Mermaid diagram: GitHub draws it in Markdown.

    In Markdown the diagram stands in a fence of three backticks, which is opened with the word
    mermaid. ``draw(J, "graph.mmd")`` writes the diagram to a file.

    Args:
        what: The Value whose graph is drawn, several Values, or a ``Graph``.
        options: As for ``draw``: names, hide, blank, highlight, depth, constants, max_nodes,
            direction, fold, expand, step and show.

    Raises:
        ValueError: As ``draw``. Or if there are more than 500 edges or 50,000 characters, which are
            the most that Mermaid draws unless it is configured otherwise.
        TypeError, RuntimeError: As ``draw``.

    Cost:
        One reverse sweep.

    Example:
        >>> a, b = Value(2, "a"), Value(3, "b")
        >>> mermaid((a * b).named("J"), hide={"grad"})
        graph LR
          n0["a<br/>2"]:::leaf
          n1["b<br/>3"]:::leaf
          n2[["J = a·b<br/>6"]]:::output
          n0 -->|"∂J/∂a = 3"| n2
          n1 -->|"∂J/∂b = 2"| n2
          classDef leaf fill:#e8f1fb,stroke:#2b6cb0,color:#111827
          classDef output fill:#fdf3e4,stroke:#b45309,color:#111827
        <BLANKLINE>
    """
    return Diagram(_text(what, "mmd", options))


def tikz(what: Any, **options: Unpack[Options]) -> Printed:
    r"""The picture that ``draw`` makes, as a ``tikzpicture`` for a document in LaTeX.

    Its text is set as mathematics in the fonts of the document. The preamble needs
    ``\usepackage{amsmath, tikz}``. ``draw(J, "graph.tex")`` writes the picture to a file, which
    ``\input{graph}`` includes.

    Args:
        what: The Value whose graph is drawn, several Values, or a ``Graph``.
        options: As for ``draw``: names, hide, blank, highlight, depth, constants, max_nodes,
            direction, fold, expand, step and show.

    Raises:
        ValueError, TypeError, RuntimeError: As ``draw``.
        LayoutError: If the layout program is missing, fails or takes more than 60 seconds.

    Cost:
        One reverse sweep, and a layout.

    Example:
        >>> a, b = Value(2, "a"), Value(3, "b")
        >>> print(tikz((a * b).named("J")).splitlines()[0])
        % needs \usepackage{amsmath, tikz} in the preamble
    """
    return Printed(_text(what, "tex", options))


def _text(what: Any, format: str, options: Options) -> str:
    if found := options.keys() - Options.__annotations__.keys():
        raise TypeError(f"there is no option {', '.join(sorted(found))}; see help(micrograph.draw)")
    text: str = draw(what, **options).pipe(format, encoding="utf-8")
    return text
