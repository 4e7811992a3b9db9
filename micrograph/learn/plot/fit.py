"""A fit: its cost by iteration, its curve over the data, its decision boundary."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ..examples import column, features
from ..triangle import Array
from .canvas import DARK, MARKERS, ONE, ZERO, axes, plain

if TYPE_CHECKING:
    from matplotlib.axes import Axes

BANDS = (0.0, 0.1, 0.25, 0.5, 0.75, 0.9, 1.0)
TINTS = ("#9ecae9", "#c9e0f2", "#eaf3fa", "#fdebdd", "#fbd0b0", "#f5b183")
"""Bands of probability, and their colours: light tints of those of the two classes."""

MANY = 100
"""From so many examples on, a point is a thin line, so that many remain legible."""


def plot_cost(costs: Any, *, label: str | None = None, ax: Axes | None = None) -> Axes:
    """The cost by iteration.

    Args:
        costs: A fitted ``LogisticRegression``, a ``Descent``, or the costs themselves.
        label: What the legend says, if several curves are drawn on the same axes.
        ax: The axes to draw on.

    Returns:
        The axes. In a notebook they show themselves if they are new.

    Raises:
        ValueError: If the model is not fitted, or the costs are not one or more finite numbers.
        TypeError: If ax are not axes of Matplotlib.
        ImportError: If Matplotlib is not installed.

    Example:
        >>> from micrograph.learn import gradient_descent
        >>> found = gradient_descent(lambda w: (w - 3) ** 2, 0.0, learning_rate=0.25, max_iter=3)
        >>> ax = plot_cost(found)
        >>> ax.lines[0].get_ydata().tolist()
        [9.0, 2.25, 0.5625, 0.140625]
    """
    J = _costs(costs)
    new = ax is None
    ax = axes(ax)
    ax.plot(np.arange(len(J)), J, marker="." if len(J) <= MANY else "", label=plain(label))
    ax.set(xlabel="iteration", ylabel="cost J")
    if new:
        ax.locator_params(axis="x", integer=True)
    if label is not None:
        ax.legend()
    return ax


def _costs(given: Any) -> Array:
    """The costs that a model, a descent or a list holds, as an array."""
    if hasattr(given, "predict_proba"):
        if not hasattr(given, "costs_"):
            given.predict_proba([[0.0]])  # a model that is not fitted says so
            raise ValueError(f"{type(given).__name__} has no costs_; give the costs as a list")
        given = given.costs_
    given = getattr(given, "costs", given)
    try:
        J = np.asarray(given, dtype=float)
    except (TypeError, ValueError):
        raise ValueError(f"costs should be numbers, got {given!r:.80}") from None
    if J.ndim != 1 or not len(J):
        raise ValueError(f"costs should be one or more numbers, got the shape {J.shape}")
    if not np.all(np.isfinite(J)):
        i = int(np.flatnonzero(~np.isfinite(J))[0])
        raise ValueError(f"the cost is {J[i]} after {i} iterations; a lower learning_rate may help")
    return J


def plot_fit(model: Any, X: Any, y: Any, *, ax: Axes | None = None) -> Axes:
    """What a model has learnt, with the data: a curve for one feature, a boundary for two.

    For one feature, the curve is σ(wx + b), the probability of the second class. For two features,
    areas show bands of that probability, and a line shows where it is ½.

    Args:
        model: A fitted ``LogisticRegression``.
        X: The features, shape (m, 1) or (m, 2).
        y: The labels, shape (m,).
        ax: The axes to draw on.

    Returns:
        The axes. In a notebook they show themselves if they are new.

    Raises:
        ValueError: If the model is not fitted, if it has more than two features, if a label is not
            one of the model's, or as ``LogisticRegression.predict_proba`` does.
        TypeError: If ax are not axes of Matplotlib, or as ``predict_proba`` does.
        ImportError: If Matplotlib is not installed.

    Example:
        >>> from micrograph.learn import LogisticRegression
        >>> X, y = [[0.0], [1.0], [2.0], [3.0]], ["no", "yes", "no", "yes"]
        >>> ax = plot_fit(LogisticRegression().fit(X, y), X, y)
        >>> ax.get_ylabel()
        'probability of yes'
    """
    model.predict_proba(X)  # raises if the model is not fitted, or X is not what it was fitted to
    x = features(X)
    n = x.shape[1]
    if n > 2:
        raise ValueError(
            f"the model has {n} features; a picture has room for one or two: fit a model to two "
            "columns, X[:, [0, 1]]"
        )
    labels = column(y, len(x))
    known = model.classes_.tolist()
    for label in labels.tolist():
        if label not in known:
            raise ValueError(f"label {label!r}: expected one of {known}")
    ax = axes(ax)
    members = [x[labels == name] for name in model.classes_]
    (_curve if n == 1 else _boundary)(ax, model, x, members)
    return ax


def reach(x: Array, places: int) -> Array:
    """So many places along the data, and a bit further."""
    margin = 0.08 * (x.max() - x.min()) or 1.0
    return np.linspace(x.min() - margin, x.max() + margin, places)


def curved(
    ax: Any, name: Any, classes: Any, members: list[Array], places: Array, P: Array,
    marks: str = MARKERS, ms: float | None = None,
) -> Any:  # fmt: skip
    """The curve of the probability P of the second class, drawn among examples at 0 and 1.

    Args:
        ax: The axes of Matplotlib to draw on.
        name: Of the feature.
        classes: The two classes.
        members: The feature of the examples of each class.
        places: Where P is known.
        P: The probabilities there.
        marks: The mark of an example of each class.
        ms: Its size.
    """
    for height, (label, those) in enumerate(zip(map(plain, classes), members, strict=True)):
        mark = {"marker": marks[height], "ls": "", "color": (ZERO, ONE)[height], "alpha": 0.75}
        heights = np.full(len(those), height)
        ax.plot(those, heights, ms=ms, label=f"examples of {label}", **mark)
    (curve,) = ax.plot(places, P, color="0.5", lw=2, label="σ(wx + b)")
    ax.set(xlabel=plain(name), ylabel=f"probability of {plain(classes[1])}", ylim=(-0.08, 1.08))
    return curve


def _curve(ax: Any, model: Any, x: Array, members: list[Array]) -> None:
    places, many = reach(x[:, 0], 401), len(x) > MANY
    P = model.predict_proba(places[:, None])[:, 1]
    marks = ("||", 9) if many else (MARKERS, 7)
    along = [those[:, 0] for those in members]
    curved(ax, model.names_[0], model.classes_, along, places, P, *marks)
    w, b = model.coef_[0, 0], model.intercept_[0]
    if w and places[0] < -b / w < places[-1]:
        ax.axvline(-b / w, ls=":", color="0.5", label=f"one half, at {-b / w:.4g}")
    ax.legend(fontsize="small", loc="center right")  # no example lies there


def _boundary(ax: Any, model: Any, x: Array, members: list[Array]) -> None:
    across, up = np.meshgrid(reach(x[:, 0], 101), reach(x[:, 1], 101))
    P = model.predict_proba(np.column_stack([across.ravel(), up.ravel()]))[:, 1]
    P = P.reshape(across.shape)
    ax.contourf(across, up, P, BANDS, colors=TINTS)
    inside = [level for level in BANDS[1:-1] if P.min() < level < P.max()]
    if inside:
        wide = [2.0 if level == 0.5 else 0.6 for level in inside]
        lines = ax.contour(across, up, P, inside, colors=DARK, linewidths=wide)
        ax.clabel(lines, fmt=lambda level: f"{100 * level:g} %", fontsize="x-small")
    for i, (label, those) in enumerate(zip(model.classes_, members, strict=True)):
        style = {"mfc": (ZERO, ONE)[i], "mec": "white", "ms": 7, "mew": 0.8}
        ax.plot(*those.T, MARKERS[i], ls="", label=f"examples of {plain(label)}", **style)
    ax.set(**dict(zip(("xlabel", "ylabel"), map(plain, model.names_), strict=True)))
    ax.set_title(f"probability of {plain(model.classes_[1])}", fontsize="medium")
    ax.legend(fontsize="small", framealpha=0.9)
