"""The bowl of the cost, seen from above or from the side, with the ways that descent takes."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from ..losses import cross_entropy
from ..triangle import Array
from .canvas import DARK, MARKERS, ONE, ZERO, axes, plain
from .landscape import Landscape, Path

if TYPE_CHECKING:
    from matplotlib.axes import Axes

FINE = 101
"""The weights and the biases at which the cost is computed."""

COLOURS = (ONE, ZERO, DARK, "#cc79a7", "#009e73")
"""The colours of paths, from Okabe & Ito, too."""


def plot_bowl(
    X: Any,
    y: Any,
    starts: Any = None,
    *,
    learning_rate: float = 1.0,
    max_iter: int = 100,
    loss: Callable[..., Any] = cross_entropy,
    standardise: bool = True,
    surface: bool = False,
    ax: Axes | None = None,
) -> Axes:
    """The cost J(w, b) of one feature, with the paths of gradient descent from two starts.

    The paths are runs of ``gradient_descent``. From one line of equal cost to
    the next, the cost grows by more the higher it is. The lowest point is marked if it is known.

    Args:
        X: The feature, shape (m,) or (m, 1).
        y: The labels, of two kinds, shape (m,).
        starts: Pairs (w, b), one for each path. By default two, on both sides of the minimum.
        learning_rate: The learning rate α of each descent.
        max_iter: The most steps of each descent.
        loss: A function of the prediction a = σ(z) and the label, on arrays too, such as
            ``squared_loss``.
        standardise: Whether the feature is measured from its average, in standard deviations, as
            descent works best with numbers around 1.
        surface: Whether the bowl is drawn as a surface in three dimensions.
        ax: The axes to draw on. They must have three dimensions to draw a surface.

    Returns:
        The axes. In a notebook they show themselves if they are new.

    Raises:
        ValueError: If X is not one finite feature that varies, if there are not two kinds of
            labels, or if starts, learning_rate or max_iter are not as described.
        TypeError: If ax are not axes of Matplotlib, or X has elements that are no numbers.
        ImportError: If Matplotlib is not installed.

    Warns:
        ConvergenceWarning: As ``gradient_descent`` does.

    Cost:
        10,201 costs, and max_iter reverse sweeps for each start.

    Example:
        >>> ax = plot_bowl([1.0, 2.0, 3.0, 4.0], [0, 1, 0, 1], starts=[(-3, 2), (4, 3)])
        >>> ax.get_ylabel()
        'bias b'
        >>> ax.figure.savefig("bowl.png")  # doctest: +SKIP
    """
    land = Landscape(X, y, loss, standardise)
    ax = axes(ax, solid=surface)
    solid = hasattr(ax, "plot_surface")
    if surface and not solid:
        raise ValueError('to draw a surface, ax needs projection="3d"; or leave ax out')
    paths = [land.descend(s, learning_rate, max_iter) for s in land.starts(starts)]
    low = land.lowest()
    w, b, J = grid(land, paths, low)
    if solid:
        _surface(ax, w, b, J)
    else:
        contours(ax, w, b, J)
    _draw(ax, paths, learning_rate, solid)
    if low is not None:
        at = [*low, float(land.cost(*low))] if solid else [*low]
        ax.plot(*([x] for x in at), "*", ms=13, mfc="white", mec=DARK, zorder=5, label="minimum")
    words(ax, land)
    ax.legend(fontsize="small")
    return ax


def _draw(ax: Any, paths: list[Path], rate: float, solid: bool) -> None:
    """The paths, each with its own colour and marker. Its start is a larger marker."""
    for i, path in enumerate(paths):
        colour, marker = COLOURS[i % len(COLOURS)], MARKERS[i % 2]
        points = [*path.points.T, path.costs] if solid else [*path.points.T]
        said = f"from ({path.points[0, 0]:.3g}, {path.points[0, 1]:.3g}), α = {rate:g}"
        said = said.replace("-", "−")
        ax.plot(*points, "-", marker=marker, ms=3.5, color=colour, label=said, zorder=4)
        start = [x[:1] for x in points]
        ax.plot(*start, marker, ms=9, mfc=colour, mec="white", zorder=5)


def grid(land: Landscape, paths: list[Path], low: Any) -> tuple[Array, Array, Array]:
    """Weights, biases and costs around the paths and the lowest point, each of shape (101, 101)."""
    seen = np.concatenate([p.points for p in paths] + ([[low]] if low is not None else []))
    first, last = seen.min(axis=0), seen.max(axis=0)
    middle, half = (first + last) / 2, np.maximum(0.62 * (last - first), 1.0)
    sides = [np.linspace(m - h, m + h, FINE) for m, h in zip(middle, half, strict=True)]
    w, b = np.meshgrid(*sides)
    return w, b, land.heights(w, b)


def _surface(ax: Any, w: Array, b: Array, J: Array) -> None:
    ax.computed_zorder = False  # the paths lie over the surface
    ax.plot_surface(w, b, J, cmap="Greys", alpha=0.6, rstride=4, cstride=4, zorder=1)
    ax.set_zlabel("cost J")
    ax.view_init(elev=35, azim=-60)
    ax.set_box_aspect(None, zoom=0.85)  # or the labels leave the figure


def contours(ax: Any, w: Array, b: Array, J: Array) -> None:
    """Areas between lines of equal cost, darker where the cost is higher."""
    low, high = float(J.min()), float(J.max())
    levels = low + (high - low) * np.linspace(0, 1, 14) ** 2
    ax.contourf(w, b, J, levels, cmap="Greys", vmin=low, vmax=low + 1.6 * (high - low))
    lines = ax.contour(w, b, J, levels[1:-1], colors=DARK, linewidths=0.5, alpha=0.6)
    ax.clabel(lines, levels[2:-1:2], fmt="%.2g", fontsize="x-small")


def words(ax: Any, land: Landscape) -> None:
    """What the axes of a landscape say."""
    ax.set_xlabel(f"weight w {plain(land.of)}")
    ax.set_ylabel("bias b")
