"""What ``micrograph fit`` says of a fitted model: as data for JSON, and as text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from ..learn.plain import PlainRegression
from ..learn.summary import Summary
from ..namespaces.printed import Printed, on_stdout
from ..namespaces.text import aligned, show
from .examples import Examples
from .options import in_options

INTERCEPT = "intercept"
NAME = 40  # the most characters of a name in the text


def facts(
    model: PlainRegression, summary: Summary, examples: Examples, said: Sequence[str] = ()
) -> dict[str, Any]:
    """What a fitted model says about the examples that it was fitted to, as data for JSON.

    It is what the summary knows, and what the command line adds: the target, the formula,
    the classes as they are in the file, the costs, and the notes and warnings. ``counts`` are the
    numbers of examples in each of the ``classes``. A positive coefficient speaks for the second
    class. Of more classes, each but the first has coefficients of its own, "class: name", the
    intercept among them, and ``intercept`` is None. A number that is not finite is None, such as
    an estimate that does not exist.

    Args:
        model: The model.
        summary: Its summary.
        examples: What it was fitted to.
        said: The warnings of the fit, in the words of the command line.
    """
    known = summary.to_dict()
    of_two = len(examples.classes) == 2
    intercept = known["coefficients"].pop(INTERCEPT, 0.0) if of_two else None
    response = ", ".join(map(str, examples.formula.response))
    left = response if len(examples.formula.response) == 1 else f"cbind({response})"
    return known | {
        "target": examples.target,
        "formula": f"{left} ~ {examples.formula.right}",
        "classes": examples.classes,
        "counts": [int(n) if float(n).is_integer() else n for n in known["counts"]],
        "intercept": intercept,
        "n_iter": int(np.max(model.n_iter_)),
        "costs": list(map(_finite, model.costs_)),
        "notes": examples.notes,
        "warnings": list(said),
    }


def report(facts: dict[str, Any], summary: str) -> str:
    """The facts as text: what was fitted, the summary, notes, and how the cost fell.

    Args:
        facts: What ``facts`` returned.
        summary: The text of the summary, whose heading does not know the target.
    """
    return Printed("\n".join(_lines(facts, summary)))


def _lines(facts: dict[str, Any], summary: str) -> Iterator[str]:
    counts, costs = facts["counts"], facts["costs"]
    target, kinds = _short(facts["target"]), [_short(str(kind)) for kind in facts["classes"]]
    if len(kinds) == 2:
        kind = f"{target} = {kinds[1]}"
        yield f"P({kind}) fitted to {sum(counts):,} examples, {counts[1]:,} of them {kind}"
    else:
        of = ", ".join(f"{n:,} of {kind}" for n, kind in zip(counts, kinds, strict=True))
        yield (
            f"log-odds of {target} against {target} = {kinds[0]}, fitted to {sum(counts):,} "
            f"examples: {of}"
        )
    yield ""
    yield in_options(summary.partition("\n\n")[2])
    if facts["notes"]:
        yield ""
        yield from map(on_stdout, facts["notes"])
    yield ""
    steps = [("iteration", "cost")] + [(f"{i:,}", _digits(costs[i])) for i in _some(len(costs))]
    yield from aligned([on_stdout(cell) for cell in row] for row in steps)


def _some(n: int) -> Sequence[int]:
    """0 … n - 1 if they are ten at most, else the first four, the powers of ten, and the last."""
    if n <= 10:
        return range(n)
    powers = (10**k for k in range(1, len(str(n))))
    return sorted({0, 1, 2, 3, n - 1}.union(i for i in powers if i < n))


def _finite(x: Any) -> float | None:
    return float(x) if np.isfinite(x) else None


def _digits(x: float | None) -> str:
    return "–" if x is None else show(x)


def _short(name: str) -> str:
    return name if len(name) <= NAME else f"{name[: NAME - 1]}…"
