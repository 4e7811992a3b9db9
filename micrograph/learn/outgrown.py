"""The estimates from data that outgrow memory, by some seven passes over blocks of rows."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np

from .blocks import Block, fold
from .estimate import Estimate, Settings, balanced, concluded, independent
from .minimum import CERTAIN, Minimum
from .moments import joined, moments, units
from .passes import Passes, Seen
from .separation import Separation
from .triangle import Array, free, triangle


def estimate_blocks(
    blocks: Sequence[Block], names: list[str], settings: Settings
) -> tuple[Estimate, Any, dict[str, Any]]:
    """The fit to blocks of rows, the two classes, and how well the rows are predicted.

    The area under the ROC curve is None: it would need the predictions of all rows in order.

    Raises:
        ValueError: If the data are not finite numbers with labels of two kinds.

    Warns:
        UserWarning: If columns are constant, collinear or nearly so.
        SeparationWarning, ConvergenceWarning: As ``LogisticRegression.fit`` says.
    """
    from sklearn.utils.multiclass import check_classification_targets

    said: list[str] = []

    def warn(message: str, kind: type[Warning] = UserWarning) -> None:
        said.append(message)
        warnings.warn(message, kind, stacklevel=5)  # the line that calls fit

    whole = fold(blocks, moments, joined)
    classes = whole.kinds
    if len(classes) != 2:
        got = "1 class" if len(classes) == 1 else "3 classes or more"
        raise ValueError(
            f"data of Dask should have two kinds of labels, got {got}: {classes.tolist()}"
        )
    check_classification_targets(classes)  # refuses numbers that are not whole
    measured = units(whole, settings.intercept)
    for j in np.flatnonzero(~measured.kept):
        warn(f"{names[j]} is constant, {whole.low[j]:g}: its coefficient is 0")
    passes = Passes(blocks, measured, whole.m, classes[1])
    k = len(passes.turn)
    start = passes.look(np.zeros(k), np.zeros(k))
    # at θ = 0 every second derivative is ¼, so 2R is the triangle of the examples themselves
    sketch = 2 * start.R[:-1, :-1] * np.sqrt(max(k, 1) / whole.m)
    design = measured.design(sketch)
    turned = design._replace(back=np.eye(k))
    if np.isinf(settings.C):
        turned = independent(turned, None, names, settings.intercept, warn)
    turned, ridge = balanced(turned, settings, whole.m)
    passes.turn, passes.root = turned.back, np.diag(np.sqrt(ridge))[ridge > 0]
    found, now = passes.minimum(_turned(start, turned.back), settings.steps, settings.tol)
    R, last = passes.newton(now, found.theta)
    if found.converged:
        found = found._replace(theta=found.theta + last)  # the step costs no pass
    apart = None if len(passes.root) else _apart(passes, found, now)
    design = turned._replace(back=design.back @ turned.back)
    own, errors, covariance, complaint = concluded(R, 1, design, found, apart, names, settings)
    if complaint:
        warn(*complaint)
    share = whole.counts / whole.m if settings.intercept else np.array([0.5, 0.5])
    table = now.table
    facts = {"counts": whole.counts.tolist(), "confusion": table.tolist(),
             "accuracy": float(np.trace(table) / whole.m), "auc": None}  # fmt: skip
    fit = Estimate(
        own=own,
        errors=errors,
        covariance=covariance,
        z=np.zeros((0, 1)),
        rank=len(found.theta),
        log_likelihood=-now.loss,
        null=float(whole.counts @ np.log(share)),
        separated=apart is not None,
        found=found,
        said=said,
    )
    return fit, classes, facts


def _turned(start: Seen, turn: Array) -> Seen:
    """What the rows say about θ = 0 after their columns were turned: no pass is needed."""
    R = np.column_stack([start.R[:, :-1] @ turn, start.R[:, -1]])
    return start._replace(R=triangle([R]), slope=start.slope @ turn)


def _apart(passes: Passes, found: Minimum, now: Seen) -> Separation | None:
    """How a plane separates the classes, or None if no plane does.

    Newton's method has then moved the rows that the plane separates so far that they no longer
    influence the fit. The others determine what can be determined.
    """
    k = len(found.theta)
    if now.worst < CERTAIN:
        return Separation(True, np.zeros((k, 0)), np.eye(k))
    if not now.deaf:
        return None
    known, unknown = free(passes.heard(found.theta))
    return Separation(False, known, unknown) if unknown.size else None
