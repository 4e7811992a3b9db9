"""Gradient descent as an animation: the way down the bowl, and the curve that comes of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from ...primitives import sigmoid
from ..losses import cross_entropy
from .bowl import contours, grid, words
from .canvas import DARK, ONE, axes, blank, film
from .fit import curved, reach
from .landscape import Landscape

if TYPE_CHECKING:
    from matplotlib.animation import FuncAnimation

FRAMES = 100
"""The most frames of an animation. If there are more steps, some are left out, evenly."""


def animate_descent(
    X: Any,
    y: Any,
    start: Any = None,
    *,
    learning_rate: float = 1.0,
    max_iter: int = 100,
    loss: Callable[..., Any] = cross_entropy,
    standardise: bool = True,
    interval: float = 120,
) -> FuncAnimation:
    """Gradient descent as an animation: the path on the bowl, beside the curve σ(wx + b).

    In a notebook it plays by itself. ``save("descent.gif", writer="pillow")`` writes a file, and
    ``to_jshtml()`` gives a page of HTML.

    Args:
        X: The feature, shape (m,) or (m, 1).
        y: The labels, of two kinds, shape (m,).
        start: A pair (w, b). By default the first start of ``plot_bowl``.
        learning_rate: The learning rate α.
        max_iter: The most steps. There are 100 frames at most, spread evenly over the steps.
        loss: A function of the prediction a = σ(z) and the label, on arrays too.
        standardise: As in ``plot_bowl``.
        interval: The milliseconds from a frame to the next.

    Returns:
        An animation of Matplotlib, a ``FuncAnimation``. Keep it until it is shown or saved.

    Raises:
        ValueError, TypeError, ImportError: As ``plot_bowl`` does.

    Warns:
        ConvergenceWarning: As ``gradient_descent`` does.

    Example:
        >>> film = animate_descent([1.0, 2.0, 3.0, 4.0], [0, 1, 0, 1], max_iter=3)
        >>> html = film.to_jshtml()
    """
    land = Landscape(X, y, loss, standardise)
    begin = land.starts(None if start is None else [start])[0]
    path = land.descend(begin, learning_rate, max_iter)
    page = blank(8.0, 3.6)
    left, right = (axes(None, figure=page, place=place) for place in (121, 122))
    low = land.lowest()
    contours(left, *grid(land, [path], low))
    words(left, land)
    if low is not None:
        left.plot([low[0]], [low[1]], "*", ms=13, mfc="white", mec=DARK, label="minimum")
        left.legend(fontsize="small")
    (trail,) = left.plot([], [], "-", marker=".", color=ONE)
    (here,) = left.plot([], [], "o", ms=9, mfc=ONE, mec="white")

    x = land.given[:, 0]
    places, members = reach(x, 201), [x[land.y == label] for label in (0, 1)]
    curve = curved(right, land.name, land.classes, members, places, 0 * places)
    right.legend(fontsize="small", loc="center right")
    title = left.set_title("iteration 0", fontsize="medium")

    def show(step: int) -> list[Any]:
        w, b = path.points[step]
        trail.set_data(*path.points[: step + 1].T)
        here.set_data([w], [b])
        curve.set_ydata(sigmoid(w * (places - land.mean) / land.scale + b))
        title.set_text(f"iteration {step}, cost J = {path.costs[step]:.4f}")
        return [trail, here, curve, title]

    last = len(path.costs) - 1
    steps = np.unique(np.linspace(0, last, min(last + 1, FRAMES)).round().astype(int))
    return film(page, show, frames=steps.tolist(), interval=interval)  # type: ignore[no-any-return]  # our Film
