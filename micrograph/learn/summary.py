"""What a fitted logistic regression says: a table of coefficients, and how well it fits."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from typing import Any

import numpy as np

from ..namespaces.printed import Printed, on_stdout
from ..namespaces.text import aligned, show

COLUMNS = {
    "coefficients": "coefficient",
    "standard_errors": "std. error",
    "z": "z",
    "p": "p",
    "low": "2.5 %",
    "high": "97.5 %",
    "odds_ratios": "odds ratio",
}
"""The columns of the table: their keys, and what stands above them."""

FIGURES = {
    "log_likelihood": "log-likelihood",
    "null_log_likelihood": "of the intercept alone",
    "deviance": "residual deviance",
    "null_deviance": "null deviance",
    "aic": "AIC",
    "bic": "BIC",
    "mcfadden_r2": "McFadden's R²",
    "accuracy": "accuracy",
    "auc": "area under the ROC curve",
    "log_loss": "log loss",
}
"""The numbers below the table: their keys, and what they are called."""

NAME = 40  # the most characters of a name in the text


class Summary:
    """The inference of a fitted model, as text, HTML, a data frame and plain data.

    ``str(summary)`` is the text. In Jupyter the summary shows itself as HTML.

    Args:
        facts: What ``to_dict`` returns.

    Example:
        >>> from micrograph.learn import LogisticRegression
        >>> X, y = [[0.0], [1.0], [2.0], [3.0]], [0, 1, 0, 1]
        >>> summary = LogisticRegression().fit(X, y, feature_names=["dose"]).summary()
        >>> summary.frame.loc["dose", "odds ratio"].round(4)
        np.float64(2.4798)
        >>> print(summary.text.splitlines()[0])
        Logistic regression: P(1), fitted to 4 examples: 2 of 0, 2 of 1
        >>> round(summary.to_dict()["aic"], 4)
        8.695
    """

    def __init__(self, facts: dict[str, Any]) -> None:
        self._facts = facts

    def to_dict(self) -> dict[str, Any]:
        """All of it as plain data for JSON: what is not finite is None.

        ``coefficients``, ``standard_errors``, ``z``, ``p``, ``intervals`` and ``odds_ratios`` are
        dicts by the name of the parameter. Of more than two classes there is a parameter for each
        class but the first, "class: name".
        """
        return _plain(self._facts)  # type: ignore[no-any-return]  # a dict of what it was

    @property
    def frame(self) -> Any:
        """The table of coefficients as a pandas data frame, a row for each parameter."""
        import pandas

        table = {title: list(column) for title, column in zip(COLUMNS.values(), self._columns())}  # noqa: B905  # both have an entry for each column
        return pandas.DataFrame(table, index=self._names, dtype=float)

    @property
    def text(self) -> str:
        """The text for a terminal, coefficients first and then how well the model fits."""
        return Printed("\n".join(self._lines()))

    @property
    def _names(self) -> list[str]:
        return list(self._facts["coefficients"])

    def _columns(self) -> Iterator[list[Any]]:
        for key in COLUMNS:
            if key in ("low", "high"):
                yield [pair[key == "high"] for pair in self._facts["intervals"].values()]
            else:
                yield list(self._facts[key].values())

    def _cells(self) -> list[list[str]]:
        """The table as text: a row of titles, then one for each parameter."""
        digits = [[_digits(x, key) for x in xs] for key, xs in zip(COLUMNS, self._columns())]  # noqa: B905  # as above
        names = [name if len(name) <= NAME else f"{name[: NAME - 1]}…" for name in self._names]
        return [["", *COLUMNS.values()], *map(list, zip(names, *digits, strict=True))]

    def _figures(self) -> list[tuple[str, str]]:
        facts = self._facts
        test = facts["likelihood_ratio"]
        found = [(title, _digits(facts[key])) for key, title in FIGURES.items()]
        said = f"{_digits(test['statistic'])} on {test['df']} df, p = {_digits(test['p'], 'p')}"
        found.insert(4, ("likelihood ratio", said))
        if "auc_within" in facts:  # of blocks with many scores
            title, auc = FIGURES["auc"], f"{facts['auc']:.6g} ± {facts['auc_within']:.1g}"
            found = [(name, auc if name == title else text) for name, text in found]
        df = {FIGURES["deviance"]: "df_residual", FIGURES["null_deviance"]: "df_null"}
        return [
            (title, f"{text} on {show(facts[df[title]])} df" if title in df else text)
            for title, text in found
            if text != "–"
        ]

    def _heading(self) -> str:
        facts = self._facts
        kinds = ", ".join(
            f"{show(n)} of {kind}"
            for kind, n in zip(facts["classes"], facts["counts"])  # noqa: B905  # a count for each class
        )
        of = (
            f"P({facts['classes'][1]})"
            if len(facts["classes"]) == 2
            else f"log-odds against {facts['classes'][0]}"
        )
        return f"Logistic regression: {of}, fitted to {show(facts['examples'])} examples: {kinds}"

    def _remarks(self) -> list[str]:
        facts = self._facts
        notes = []
        if "groups" in facts:
            notes.append(
                f"Counts of {show(facts['groups'])} groups: the deviances compare with a "
                "probability of its own for each group, and log-likelihood, AIC and BIC have the "
                "binomial coefficients, as in R and statsmodels. The log loss is of one trial."
            )
        if facts["penalty"]:
            notes.append(
                f"The coefficients are shrunk by the penalty l2, C = {show(facts['C'])}. Errors, "
                "z, p and intervals are those of the penalised cost."
            )
        if not (facts["converged"] or facts["warnings"]):
            notes.append("The fit did not converge.")
        return notes + [f"Warning: {said}" for said in facts["warnings"]]

    def _lines(self) -> Iterator[str]:
        yield self._heading()
        yield ""
        head, *table = _aligned(self._cells())
        yield head
        of_one = len(table) // max(1, len(self._facts["classes"]) - 1)
        for i, line in enumerate(table):
            yield from [""] * (i > 0 and i % of_one == 0)  # a block for each class
            yield line
        yield ""
        yield from _aligned([[title, text] for title, text in self._figures()])
        yield ""
        yield "actual, down, and predicted, across"
        yield from _aligned(self._confusion())
        for note in self._remarks():
            yield ""
            yield note

    def _confusion(self) -> list[list[str]]:
        kinds = [str(kind) for kind in self._facts["classes"]]
        counts = self._facts["confusion"]
        return [
            ["", *kinds],
            *([kind, *map(show, row)] for kind, row in zip(kinds, counts, strict=True)),
        ]

    def __str__(self) -> str:
        return str(self.text)

    def __repr__(self) -> str:
        return str(self.text)

    def _repr_html_(self) -> str:
        parts = [f"<p>{escape(self._heading())}</p>", _table(self._cells())]
        parts.append(_table([["", ""], *([a, b] for a, b in self._figures())]))
        parts += ["<p>actual, down, and predicted, across</p>", _table(self._confusion())]
        parts += [f"<p>{escape(note)}</p>" for note in self._remarks()]
        return "\n".join(parts)


def _digits(x: Any, key: str = "") -> str:
    if x is None or not np.isfinite(x):
        return "–" if x is None or np.isnan(x) else "∞" if x > 0 else "-∞"
    return f"{x:.3g}" if key == "p" else f"{x:.6g}"


def _plain(x: Any) -> Any:
    if isinstance(x, dict):
        return {key: _plain(one) for key, one in x.items()}
    if isinstance(x, list | tuple):
        return [_plain(one) for one in x]
    return None if isinstance(x, float) and not np.isfinite(x) else x


def _aligned(table: list[list[str]]) -> Iterator[str]:
    """The rows as lines: names to the left, numbers to the right."""
    return aligned(([on_stdout(cell) for cell in row] for row in table), numbers=True)


def _table(cells: list[list[str]]) -> str:
    head, *body = cells
    lines = ["<table>"]
    if any(head):
        lines.append("<tr>" + "".join(f"<th>{escape(cell)}</th>" for cell in head) + "</tr>")
    for name, *numbers in body:
        row = "".join(f'<td style="text-align:right">{escape(cell)}</td>' for cell in numbers)
        lines.append(f"<tr><th>{escape(name)}</th>{row}</tr>")
    return "\n".join([*lines, "</table>"])
