"""Matplotlib's axes, figures and animations, made so that they show themselves in a notebook.

Matplotlib shows a figure in a notebook if pyplot made that figure. Ours are made without pyplot, as
pyplot has a current figure, which a function of ours should not change.
"""

from __future__ import annotations

from io import BytesIO
from typing import Any

from matplotlib.animation import FuncAnimation
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from mpl_toolkits.mplot3d.axes3d import Axes3D

SHARP = 2
"""Pixels of a picture in a notebook for each pixel of its size on the page."""


def png(figure: Any) -> tuple[bytes, dict[str, int]]:
    """A figure as PNG, with the size that a notebook should show."""
    file = BytesIO()
    figure.savefig(file, format="png", dpi=figure.dpi * SHARP)
    width, height = (round(x * figure.dpi) for x in figure.get_size_inches())
    return file.getvalue(), {"width": width, "height": height}


class Picture(Figure):
    """A figure that shows itself in a notebook."""

    def _repr_png_(self) -> tuple[bytes, dict[str, int]]:
        return png(self)


class Plot(Axes):
    """Axes that show their figure in a notebook."""

    def _repr_png_(self) -> tuple[bytes, dict[str, int]]:
        return png(self.get_figure())


class Plot3D(Axes3D):  # type: ignore[misc]  # mpl_toolkits is not typed
    """Axes in three dimensions that show their figure in a notebook."""

    def _repr_png_(self) -> tuple[bytes, dict[str, int]]:
        return png(self.get_figure())


class Film(FuncAnimation):
    """An animation that plays in a notebook."""

    def _repr_html_(self) -> str:
        return str(self.to_jshtml())
