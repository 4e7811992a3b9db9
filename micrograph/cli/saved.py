"""A fitted model in a file of plain JSON: its terms, levels and coefficients."""

from __future__ import annotations

import json
import math
from os import PathLike
from typing import Any, NamedTuple

import numpy as np

from ..learn.plain import PlainRegression
from .design import evaluated
from .examples import Examples
from .opening import DataError
from .terms import Factor, Formula

KIND, VERSION = "micrograph logistic regression", 1

MOST = 50_000_000  # the most bytes that are read: no model is as large


class Model(NamedTuple):
    """A model that was fitted before.

    Attributes:
        target: The name of what it predicts.
        classes: The classes.
        formula: Its terms.
        levels: The levels of each category, by column. The first is the base.
        names: What the columns of its matrix are called.
        intercept: The intercept of each class but the first, shape (c,).
        coefficients: Of each class but the first, one for each name, shape (c, n).
        offset: The column of the offset, or None.
    """

    target: str
    classes: list[Any]
    formula: Formula
    levels: dict[str, list[str]]
    names: list[str]
    intercept: Any
    coefficients: Any
    offset: str | None


def write(
    path: str | PathLike[str], model: PlainRegression, examples: Examples, found: dict[str, Any]
) -> None:
    """Write a fitted model to a file.

    Of more than two classes, an intercept or coefficient is a list, with a number for each class
    but the first.

    Args:
        path: The file.
        model: The model.
        examples: What it was fitted to.
        found: The facts of the fit, which are saved too.

    Raises:
        OSError: If the file can't be written.
    """
    b, W = model.intercept_, model.coef_
    if len(examples.classes) > 2:
        b, W = b[1:] - b[0], W[1:] - W[0]
    own = [x[0] if len(x) == 1 else x for x in np.column_stack([b, W]).T.tolist()]
    said = {
        "kind": KIND,
        "version": VERSION,
        "terms": [
            [
                {"category": f.text} if f.category
                else {"expression": f.expression, "columns": list(f.columns), "text": f.text}
                if f.expression
                else {"column": f.text}
                for f in term
            ]
            for term in examples.formula.terms
        ],
        "levels": examples.levels,
        "offset": examples.offset_column,
        **{key: found[key] for key in ("target", "formula", "classes")},
        "intercept": own[0],
        "coefficients": dict(zip(examples.names, own[1:], strict=True)),
        "fit": {key: x for key, x in found.items() if key not in ("coefficients", "intercept")},
    }  # fmt: skip
    with open(path, "w", encoding="utf-8") as file:
        json.dump(said, file, indent=1, allow_nan=False, ensure_ascii=False)
        file.write("\n")


def read(path: str | PathLike[str]) -> Model:
    """The model in a file that ``write`` wrote.

    Raises:
        OSError: If the file can't be read.
        DataError: If there is no such model in it. Nothing in the file is run as code.
    """
    try:
        with open(path, encoding="utf-8") as file:
            said = json.loads(file.read(MOST))
    except OSError as error:
        raise type(error)(f"can't read {str(path)!r}: {error.strerror or error}") from None
    except (ValueError, RecursionError):
        said = None
    if not isinstance(said, dict) or said.get("kind") != KIND:
        raise DataError(f"{path} holds no model; expected a file that micrograph fit --save wrote")
    if said.get("version") != VERSION:
        raise DataError(
            f"{path} is of version {said.get('version')!r}, expected {VERSION}; fit the model again"
        )
    try:
        return _model(said)
    except (KeyError, TypeError, ValueError, AttributeError, AssertionError) as error:
        raise DataError(
            f"{path} is damaged, {type(error).__name__}: {error}; fit the model again"
        ) from None


def _model(said: dict[str, Any]) -> Model:
    terms = tuple(tuple(map(_factor, term)) for term in said["terms"])
    for factor in (factor for term in terms for factor in term):
        assert all(isinstance(name, str) for name in factor.columns)
        if factor.expression:
            evaluated(factor.expression, [1.0] * len(factor.columns))  # raises if not allowed
    coefficients = said["coefficients"]
    levels = {str(name): list(map(str, kinds)) for name, kinds in said["levels"].items()}
    offset = said["offset"]
    assert offset is None or isinstance(offset, str)
    classes = list(said["classes"])
    assert len(classes) >= 2
    b, *w = (_numbers(x, len(classes) - 1) for x in [said["intercept"], *coefficients.values()])
    W = np.array(w).reshape(len(w), -1).T
    names = list(map(str, coefficients))
    return Model(
        str(said["target"]), classes, Formula((), terms), levels, names, np.array(b), W, offset
    )


def _factor(said: dict[str, Any]) -> Factor:
    if "expression" in said:
        return Factor(str(said["text"]), tuple(said["columns"]), str(said["expression"]))
    category = "category" in said
    name = said["category" if category else "column"]
    return Factor(name, (name,), category=category)


def _numbers(x: Any, c: int) -> list[float]:
    """A number for each of c classes, of which one stands alone."""
    xs = [x] if c == 1 else list(x)
    if len(xs) != c:
        raise ValueError(f"{x!r}: expected {c} numbers")
    return list(map(_number, xs))


def _number(x: Any) -> float:
    if isinstance(x, bool) or not isinstance(x, int | float) or not math.isfinite(x):
        raise ValueError(f"{x!r}: expected a finite number")
    return float(x)
