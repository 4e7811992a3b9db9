"""The estimates from data that outgrow memory, by some six passes over blocks of rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .blocks import Block, Rows, fold
from .estimate import Estimate, Said, Settings, balanced, concluded, independent, sought
from .likelihood import Problem, penalty
from .minimum import CERTAIN, STEPS, Minimum, sampled, still
from .moments import CLASSES, joined, moments, units
from .passes import Passes, Seen, View
from .ranks import area
from .separation import Separation
from .triangle import Array, free

NEARBY = 1e-3
"""A solver ended at the minimum if the next step of Newton's method moves no z by more."""


def estimate_blocks(
    blocks: Sequence[Block],
    names: list[str],
    settings: Settings,
    shares: Callable[[Any, Array], Array | None],
) -> tuple[Estimate, Any, dict[str, Any]]:
    """The fit to blocks of rows, the classes, and how well the rows are predicted.

    Args:
        blocks: Of rows.
        names: Of the features.
        settings: Of the fit.
        shares: The weight of each class, of the classes and how many rows are of each; or None.

    Raises:
        ValueError: If the data are not finite numbers with labels of two kinds or more.

    Warns:
        UserWarning: If columns are constant, collinear or nearly so.
        SeparationWarning, ConvergenceWarning: As ``LogisticRegression.fit`` says.
    """
    said = Said()
    whole = fold(blocks, moments, joined)
    classes, c = whole.kinds, len(whole.kinds) - 1
    _check(classes, blocks[0].offset is not None)
    own = shares(classes, whole.counts)
    counts = whole.counts * (1.0 if own is None else own)
    measured = units(whole, settings.intercept)
    for j in np.flatnonzero(~measured.kept):
        said.warn(f"{names[j]} is constant, {whole.low[j]:g}: its coefficient is 0")
    k, total = int(settings.intercept) + len(measured.unit), float(counts.sum())
    sketch = measured.triangle(whole) * np.sqrt(max(k, 1) / whole.total)
    design = measured.design(sketch)
    turned = design._replace(back=np.eye(k))
    if np.isinf(settings.C):
        turned = independent(turned, None, names, settings.intercept, said.warn)
    turned, ridge = balanced(turned, settings, total)
    turn = None if np.array_equal(turned.back, np.eye(k)) else turned.back
    view = View(measured, turn, classes, np.ones(c + 1) if own is None else own)
    passes = Passes(blocks, view, total, penalty(ridge, c))
    start = _start(view, whole.sample, ridge)
    found, now, apart = _minimum(passes, settings, start)
    R, last = passes.newton(now, found.theta)
    if found.converged and now.moved < NEARBY:
        found = found._replace(theta=found.theta + last)  # the step costs no pass
    design = turned._replace(back=design.back @ turned.back)
    estimates, errors, covariance, complaint = concluded(
        R, c, design, found, apart, names, settings
    )
    if complaint:
        said.warn(*complaint)
    odds = counts / total if settings.intercept else np.full(c + 1, 1 / (c + 1))
    null = float(counts @ np.log(odds))
    if blocks[0].offset is not None:
        alone = view._replace(units=measured.alone(), turn=None)
        nothing = np.zeros(int(settings.intercept))
        base = Passes(blocks, alone, total, np.diag(nothing)[:0])
        null = -base.minimum(_start(alone, whole.sample, nothing), 100, 1e-12)[1].loss
    fit = Estimate(
        own=estimates,
        errors=errors,
        covariance=covariance,
        z=np.zeros((0, c)),
        rank=len(found.theta),
        log_likelihood=-now.loss,
        null=null,
        separated=apart is not None,
        found=found,
        said=list(said),
    )
    plain = own is None and blocks[0].weights is None
    return fit, classes, _facts(now, whole.counts if plain else counts, plain)


def _minimum(
    passes: Passes, settings: Settings, start: Array
) -> tuple[Minimum, Seen, Separation | None]:
    """Where the solver ends, what the rows say there, and how a plane separates the classes."""
    nothing = np.zeros(len(start))
    if settings.solver == "newton":
        found, now = passes.minimum(start, settings.steps, settings.tol)
    else:
        found = sought(passes, settings, start)
        with np.errstate(over="ignore", invalid="ignore"):  # if the rate is too large
            now = passes.look(found.theta, nothing)
            _, step = passes.newton(now, found.theta)
            after = passes.look(found.theta + step, step, ranked=True)
        if found.converged and after.moved < NEARBY:
            found, now = found._replace(theta=found.theta + step), after
        else:
            now = now._replace(moved=after.moved)
    apart = None
    if not len(passes.root):
        sure, then = found, now
        if not (found.converged and now.moved < NEARBY):
            # where Newton's method ends tells whether the classes are separated
            sure, then = passes.minimum(start, STEPS["newton"], settings.tol)
        apart = _apart(passes, sure, then)
        if apart:
            found, now = sure._replace(costs=found.costs), then
    if len(passes.view.classes) == 2 and now.ranks is None:
        now = now._replace(ranks=passes.look(found.theta, nothing, ranked=True).ranks)
    return found, now, apart


def _check(classes: Any, offset: bool) -> None:
    from sklearn.utils.multiclass import check_classification_targets

    K = len(classes)
    if K < 2:
        raise ValueError(
            f"y should have at least two kinds of labels, got 1 class: {classes.tolist()[0]!r}"
        )
    check_classification_targets(np.repeat(classes, 3))  # refuses numbers that are not whole
    if K > CLASSES:
        raise ValueError(
            f"data of Dask should have at most {CLASSES:,} kinds of labels, got more; is y a "
            "column of classes?"
        )
    if K > 2 and offset:
        raise ValueError(f"an offset is for two classes, got {K}")


def _start(view: View, sample: Rows, ridge: Array) -> Array:
    """Where Newton's method starts."""
    A, y, weights = view.of(sample)
    c = len(view.classes) - 1
    return sampled(Problem(A, y, c, weights=weights, offset=sample.offset, ridge=ridge))


def _facts(now: Seen, counts: Array, whole: bool) -> dict[str, Any]:
    """How well the rows are predicted. Without weights, counts are whole numbers."""
    table, counts = (x.round().astype(int) if whole else x for x in (now.table, counts))
    auc, within = (None, None) if now.ranks is None else area(now.ranks)
    return {"counts": counts.tolist(), "confusion": table.tolist(), "auc_within": within,
            "accuracy": float(np.trace(table) / counts.sum()), "auc": auc}  # fmt: skip


def _apart(passes: Passes, found: Minimum, now: Seen) -> Separation | None:
    """How a plane separates the classes, or None if no plane does.

    Newton's method has then moved the rows that the plane separates so far that they no longer
    influence the fit, or its last step still moves them. The others determine what can be
    determined.
    """
    k = len(found.theta)
    if now.worst < CERTAIN:
        return Separation(True, np.zeros((k, 0)), np.eye(k))
    moving = not found.converged and still(found.costs)
    if not (now.deaf or moving):
        return None
    last = passes.newton(now, found.theta)[1] if moving else np.zeros(k)
    known, unknown = free(passes.heard(found.theta, last))
    return Separation(False, known, unknown) if unknown.size else None
