"""What all pictures share: axes to draw on, colours, and text that Matplotlib takes as it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...namespaces.text import to_install

if TYPE_CHECKING:
    from types import ModuleType

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

ZERO, ONE, DARK = "#0072b2", "#d55e00", "#222222"
"""The colours of the two classes, and of what lies over a light area.

The first two are the blue and the vermilion of Okabe & Ito, Color Universal Design (2008), which
colour-blind people can tell apart."""

MARKERS = "o^"
"""Each class, and each path, has a marker of its own too, for print in grey."""


def _figures() -> ModuleType:
    """The module of our figures, which needs Matplotlib.

    Raises:
        ImportError: If Matplotlib is not installed.
    """
    try:
        from . import figure
    except ModuleNotFoundError as error:
        if str(error.name).partition(".")[0] not in ("matplotlib", "mpl_toolkits"):
            raise
        said = f"pictures of learning need Matplotlib: {to_install('plot')}"
        raise ImportError(said) from None
    return figure


def blank(width: float = 6.0, height: float = 4.0) -> Figure:
    """A new figure, in inches, of which pyplot does not know. Its parts do not overlap."""
    made: Figure = _figures().Picture(figsize=(width, height), layout="constrained")
    return made


def axes(ax: Any, *, solid: bool = False, figure: Figure | None = None, place: int = 111) -> Axes:
    """The axes ``ax``; if None, new ones of a new figure, or at a place of a given figure.

    Args:
        ax: Axes of Matplotlib, or None.
        solid: Whether new axes have three dimensions.
        figure: The figure of new axes.
        place: Where they stand in it, as ``add_subplot`` takes it.

    Raises:
        TypeError: If ax is something else.
    """
    kinds = _figures()
    if ax is None:
        kind = kinds.Plot3D if solid else kinds.Plot
        page = figure or blank(6.0, 5.0 if solid else 4.0)
        made: Axes = page.add_subplot(place, axes_class=kind)
        return made
    if not isinstance(ax, kinds.Axes):
        got = type(ax).__name__
        raise TypeError(
            f"ax should be axes of Matplotlib, got {got}; figure.add_subplot() makes some"
        )
    own: Axes = ax
    return own


def film(*args: Any, **how: Any) -> Any:
    """An animation, as Matplotlib's ``FuncAnimation`` takes its arguments."""
    return _figures().Film(*args, **how)


def plain(name: object) -> str:
    """A name as Matplotlib shows it, without reading it as a formula. A long name is cut."""
    text = " ".join(str(name).split())
    return (text if len(text) <= 40 else text[:39] + "…").replace("$", r"\$")
