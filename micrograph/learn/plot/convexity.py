"""Why cross-entropy: its cost is convex in the weight, and that of the squared loss is not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ...engine.value import Value
from ...graph import Graph
from ...transforms import grad
from ..losses import cross_entropy, squared_loss
from ..triangle import Array
from .canvas import ONE, ZERO, axes, blank, plain
from .landscape import Landscape, loss_at

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def plot_losses(
    x: Any,
    y: Any,
    *,
    bias: float = 0.0,
    weights: Any = None,
    standardise: bool = True,
    ax: Any = None,
) -> Figure:
    """The costs of cross-entropy and of the squared loss, side by side, as functions of the weight.

    The cost of cross-entropy is convex and has one minimum. That of the squared loss is not convex:
    where its second derivative is negative, the area is shaded. There may be several local minima,
    and each is marked.

    Args:
        x: The feature, shape (m,) or (m, 1).
        y: The labels, of two kinds, shape (m,).
        bias: The bias b.
        weights: The weights to draw, in rising order. By default 801 from −10 to 10.
        standardise: Whether the feature is measured from its average, in standard deviations.
        ax: Two axes to draw on, or None.

    Returns:
        The figure. In a notebook it shows itself if it is new.

    Raises:
        ValueError: If x is not one finite feature that varies, if there are not two kinds of
            labels, or if weights or bias are not as described.
        TypeError: If ax are not axes of Matplotlib, or x has elements that are no numbers.
        ImportError: If Matplotlib is not installed.

    Example:
        >>> figure = plot_losses([1.0, 2.0, 3.0, 4.0], [0, 1, 0, 1])
        >>> [ax.get_title() for ax in figure.axes]
        ['cross-entropy: convex', 'squared loss: not convex']
    """
    w = _weights(weights, bias)
    costs = [Landscape(x, y, loss, standardise) for loss in (cross_entropy, squared_loss)]
    if ax is None:
        page = blank(7.0, 3.3)
        panels = [axes(None, figure=page, place=place) for place in (121, 122)]
    else:
        if np.shape(ax) != (2,):
            raise TypeError(f"ax should be two axes, as subplots(1, 2) makes them, got {ax!r:.80}")
        panels = [axes(one) for one in ax]
    for panel, land, colour in zip(panels, costs, (ZERO, ONE), strict=True):
        J, slope, bend = along(land, w, bias)
        convex = not np.any(bend < 0)
        panel.plot(w, J, color=colour, lw=2)
        if not convex:
            panel.fill_between(
                *(w, 0, 1),
                where=bend < 0,
                transform=panel.get_xaxis_transform(),
                color="0.5",
                alpha=0.25,
                lw=0,
                label="second derivative < 0",
            )
        low = np.flatnonzero((slope[:-1] < 0) & (slope[1:] >= 0))
        low = low + (J[low + 1] < J[low])
        said = "minimum" if len(low) == 1 else "local minima"
        if len(low):
            panel.plot(w[low], J[low], "o", ms=8, mfc="white", mec=colour, mew=2, label=said)
        name = "cross-entropy" if land.loss is cross_entropy else "squared loss"
        panel.set_title(f"{name}: {'convex' if convex else 'not convex'}", fontsize="medium")
        panel.set_xlabel(f"weight w {plain(land.of)}")
        panel.set_ylabel("cost J")
        if panel.get_legend_handles_labels()[0]:
            panel.legend(fontsize="small")
    return panels[0].get_figure()  # type: ignore[return-value]  # axes have a figure


def _weights(given: Any, bias: Any) -> Array:
    """The weights to draw, as an array."""
    try:
        w = np.linspace(-10, 10, 801) if given is None else np.asarray(given, dtype=float)
        good = w.ndim == 1 and len(w) > 1 and np.all(np.isfinite(w)) and np.all(np.diff(w) > 0)
    except (TypeError, ValueError):
        good = False
    if not good:
        raise ValueError(f"weights should be two or more rising numbers, got {given!r:.80}")
    if not isinstance(bias, float | int | np.number) or not np.isfinite(bias):
        raise ValueError(f"bias should be a finite number, got {bias!r:.80}")
    return w


def along(land: Landscape, w: Array, bias: float) -> tuple[Array, Array, Array]:
    """J, dJ/dw and d²J/dw² at each weight, shape (k,) each.

    The derivatives of the loss by z come from its graph. As z = wx + b, each derivative by w has
    one more factor x.
    """
    z, y = Value(0.5, "z"), Value(1.0, "y")

    def loss(z: Any) -> Any:
        return loss_at(land.loss, z, y)

    graph = Graph.of(loss(z), grad(loss)(z), grad(grad(loss))(z))
    L, slope, bend = graph(z=w[:, None] * land.x + bias, y=land.y + 0 * w[:, None])
    return L.mean(axis=1), (slope * land.x).mean(axis=1), (bend * land.x**2).mean(axis=1)
