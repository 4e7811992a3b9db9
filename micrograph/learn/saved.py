"""A fitted model as JSON text, and back."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Self

import numpy as np


def _floats(x: Any) -> Any:
    return np.array(x, dtype=float)


FITTED: dict[str, Callable[[Any], Any]] = {
    **dict.fromkeys(("classes_", "n_iter_"), np.array),
    **dict.fromkeys(("intercept_", "coef_", "standard_errors_", "covariance_"), _floats),
    **dict.fromkeys(("names_", "costs_"), list),
    "n_features_in_": int,
    "feature_names_in_": lambda x: np.array(x, dtype=object),
    "log_likelihood_": float,
    "facts_": dict,
}
"""The attributes that ``fit`` sets, each with the function that makes it from JSON's data."""


class Saved:
    """The part of ``LogisticRegression`` that writes and reads JSON."""

    def to_json(self) -> str:
        """The settings and the fit as JSON text, which ``from_json`` reads.

        Example:
            >>> from micrograph.learn import LogisticRegression
            >>> model = LogisticRegression().fit([[0], [1], [2], [3]], [0, 1, 0, 1])
            >>> LogisticRegression.from_json(model.to_json()).predict([[3.0]]).tolist()
            [1]
        """
        fitted = {name: x for name, x in vars(self).items() if name in FITTED}
        plain = {k: x.tolist() if isinstance(x, np.ndarray) else x for k, x in fitted.items()}
        settings = self.get_params()  # type: ignore[attr-defined]  # scikit-learn's
        if not np.isfinite(settings["C"]):
            settings["C"] = "inf"
        text = json.dumps({"settings": settings, "fitted": plain}, default=float)
        # NaN and infinities become null: JSON does not have them
        return json.dumps(json.loads(text, parse_constant=lambda _: None), allow_nan=False)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """The model whose JSON text ``to_json`` wrote.

        Args:
            text: The JSON text.

        Raises:
            ValueError: If ``to_json`` did not write the text.

        Example:
            >>> from micrograph.learn import LogisticRegression
            >>> LogisticRegression.from_json(LogisticRegression(C=2.0).to_json())
            LogisticRegression(C=2.0)
        """
        try:
            data = json.loads(text)
            settings = data["settings"]
            if settings.get("C") == "inf":
                settings["C"] = np.inf
            model = cls(**settings)
            for name, x in data["fitted"].items():
                setattr(model, name, FITTED[name](x))
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise ValueError(f"not a model that to_json wrote: {error!r}") from None
        return model
