"""A picture for each step of the reverse sweep, for slides: ``frames(J, "slides/")``."""

from __future__ import annotations

from os import PathLike
from pathlib import Path
from typing import Any

from ..explanation.swept import swept
from .dot import FORMATS, draw
from .expand import expanded
from .stage import steps_of


def frames(
    root: Any, folder: str | PathLike[str], *, format: str = "svg", **options: Any
) -> list[Path]:
    """Write a picture of each step of the reverse sweep, all of the same layout.

    The first picture shows the values, and the gradient 1 of the root. In each further picture a
    node, which is marked, hands on its gradient to its operands, multiplied by the local partials.
    "3 + …" says that more is to come.

    Args:
        root: The Value whose graph is drawn, or a ``Graph`` of one output.
        folder: Where the files are written: step-00.svg, step-01.svg, … A folder that does not
            exist is made.
        format: "svg", "png", "pdf", "dot", "mmd" or "tex".
        options: Options of ``draw``, but ``step`` and ``fold``.

    Returns:
        The paths of the files, in the order of the steps.

    Raises:
        TypeError, ValueError, RuntimeError: As ``draw`` does, and if ``format`` is none of these.
        LayoutError: If the layout program is missing, fails or takes more than 60 seconds.
        OSError: If a file can't be written.

    Cost:
        A layout for each node with an operation.

    Example:
        >>> from tempfile import TemporaryDirectory
        >>> from micrograph import Value
        >>> a, b = Value(2, "a"), Value(3, "b")
        >>> with TemporaryDirectory() as folder:
        ...     [path.name for path in frames(a * b + a, folder, format="dot")]
        ['step-00.dot', 'step-01.dot', 'step-02.dot']
    """
    if format not in FORMATS:
        raise ValueError(f"format expects one of {', '.join(FORMATS)}, got {format!r}")
    for taken in options.keys() & {"step", "fold", "file"}:
        raise TypeError(f"frames chooses {taken} itself; draw(J, {taken}=…) draws one picture")
    graph = swept(root)
    last = len(steps_of(expanded(graph) if options.get("expand") else graph))
    pictures = [draw(root, step=k, **options) for k in range(last + 1)]
    drawn = [picture.pipe(format) for picture in pictures]  # all, before the first is written
    place = Path(folder)
    place.mkdir(parents=True, exist_ok=True)
    paths = []
    for k, picture in enumerate(drawn):
        paths.append(place / f"step-{k:0{max(2, len(str(last)))}}.{format}")
        paths[-1].write_bytes(picture)
    return paths
