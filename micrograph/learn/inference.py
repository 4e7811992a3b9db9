"""What follows from estimates and their errors: tests, intervals, odds ratios and criteria."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..primitives import gammaincc, norm_cdf

SIDES = 1.959963984540054  # so many standard errors to each side hold 95 %: Φ⁻¹(0.975)


def inference(
    names: Sequence[str], own: Any, errors: Any, likelihood: float, null: float, rank: int, df: int,
    m: float
) -> dict[str, Any]:  # fmt: skip
    """What follows from the estimates: tests, intervals, odds ratios and criteria.

    Args:
        names: Of the parameters.
        own: The parameters, in that order.
        errors: Their standard errors.
        likelihood: The log-likelihood.
        null: That of the intercept alone.
        rank: The number of parameters that were fitted.
        df: How many of them are not the intercept's.
        m: The number of examples.
    """
    with np.errstate(all="ignore"):
        z = own / errors
        # number by number: norm_cdf of an array imports SciPy, which takes 0.1 s
        p = np.array([2 * norm_cdf(-abs(x)) for x in z.tolist()])
        sides = np.column_stack([own - SIDES * errors, own + SIDES * errors])
        columns = {"coefficients": own, "standard_errors": errors, "z": z, "p": p,
                   "intervals": sides, "odds_ratios": np.exp(own)}  # fmt: skip
    named = {key: dict(zip(names, xs.tolist(), strict=True)) for key, xs in columns.items()}
    statistic = max(0.0, 2 * (likelihood - null))
    return named | {
        "log_likelihood": likelihood,
        "null_log_likelihood": null,
        "deviance": -2 * likelihood,
        "null_deviance": -2 * null,
        "aic": 2 * rank - 2 * likelihood,
        "bic": float(np.log(m)) * rank - 2 * likelihood,
        "mcfadden_r2": 1 - likelihood / null if null else None,
        "likelihood_ratio": {
            "statistic": statistic,
            "df": df,
            "p": gammaincc(df / 2, statistic / 2) if df > 0 else None,
        },
        "log_loss": -likelihood / m,
    }
