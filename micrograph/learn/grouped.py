"""Measures of fit for counts: groups of examples that have the same features.

The likelihood of counts is binomial. R's ``glm`` and statsmodels' ``GLM`` give the same figures.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .summary import Summary
from .triangle import Array


def of_groups(summary: Summary, yes: Array, no: Array, weights: Array | None = None) -> Summary:
    """The summary of a fit to single trials, as that of the groups which they came in.

    Deviance, null deviance, log-likelihood, AIC, BIC and McFadden's R² change; coefficients, tests
    and predictions are the same. A group without trials counts for nothing.

    Args:
        summary: The summary of a fit to each of the trials.
        yes: How often it happened in each group, shape (m,).
        no: How often it did not, shape (m,).
        weights: How often each group counts, shape (m,), or None: once.

    Returns:
        A summary that says what the figures mean.
    """
    from scipy.special import betaln, xlogy

    n = yes + no
    w = np.asarray(n > 0, float) * (1.0 if weights is None else weights)
    parts = [xlogy(count, count / np.maximum(n, 1)) for count in (yes, no)]
    saturated = float(w @ sum(parts))  # the likelihood where each group has its own share
    ways = float(w @ -(betaln(yes + 1, no + 1) + np.log1p(n)))  # log binomial(n, yes)
    facts: dict[str, Any] = summary._facts
    own, null = facts["log_likelihood"], facts["null_log_likelihood"]
    groups, gone = float(w.sum()), facts["examples"] - float(w.sum())
    rank = facts["examples"] - facts["df_residual"]
    return Summary(
        facts
        | {
            "log_likelihood": own + ways,
            "null_log_likelihood": null + ways,
            "deviance": max(0.0, 2 * (saturated - own)),
            "null_deviance": max(0.0, 2 * (saturated - null)),
            "df_residual": _whole(facts["df_residual"] - gone),
            "df_null": _whole(facts["df_null"] - gone),
            "aic": 2 * rank - 2 * (own + ways),
            "bic": float(np.log(groups)) * rank - 2 * (own + ways),
            "mcfadden_r2": 1 - (own + ways) / (null + ways) if null + ways else None,
            "groups": _whole(groups),
        }
    )


def _whole(x: float) -> float:
    return int(x) if float(x).is_integer() else x
