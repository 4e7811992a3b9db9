"""What is predicted: labels of classes, or counts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..namespaces.text import listed
from .cell import exact, level
from .choice import Choice
from .column import MOST_LEVELS, Levels, twins
from .design import computed
from .header import is_number
from .opening import DataError
from .terms import Factor, quoted


def used(column: Any) -> Any:
    """A category without the levels that no row has any more."""
    if not isinstance(column, Levels):
        return column
    some = np.bincount(column.codes, minlength=len(column.levels)) > 0
    kinds = [kind for kind, use in zip(column.levels, some, strict=True) if use]
    return column if some.all() else Levels((np.cumsum(some) - 1)[column.codes], kinds)


def classes_of(factor: Factor, sides: Mapping[str, Any], where: Callable[[int], str]) -> Levels:
    """A function of columns as classes, which are its values."""
    kinds, codes = np.unique(computed(factor, sides, where), return_inverse=True)
    return Levels(codes, [level(repr(float(x)), ".", None) for x in kinds])


def labels(
    factor: Factor,
    sides: Mapping[str, Any],
    positive: str | None,
    where: Callable[[int], str],
    rows: int | None = None,
) -> tuple[NDArray[np.int64], list[Any]]:
    """The labels 0, 1, … and what they stand for.

    Args:
        factor: The response.
        sides: The columns that the response is made of.
        positive: The level that is 1, if the user names it.
        where: The place of a row, in words.
        rows: How many rows there are, if the columns hold each level once.

    Raises:
        DataError: If the response is not finite in a row, or has no two classes, nor several.
    """
    target = str(factor)
    if factor.expression:
        codes, texts = classes_of(factor, sides, where)
    else:
        codes, texts = used(sides[factor.text])
        target = factor.text
    same = twins(texts)
    if same and len(texts) > 2:
        said = f"{target} has levels that differ in capitals alone, {listed(same)}"
        raise DataError(f"{said}; write each in one way")
    if positive is not None:
        fit = [i for i, text in enumerate(texts) if _same(text, positive)]
        if not fit:
            raise DataError(f"--positive {positive}: the levels of {target} are {listed(texts)}")
        if len(texts) > 2:
            rest = f"not {texts[fit[0]]}"
            return (codes == fit[0]).astype(int), [rest, texts[fit[0]]]
        order = [1 - fit[0], fit[0]]
        codes, texts = (codes == fit[0]).astype(int), [texts[i] for i in order]
    classes = _typed(texts)
    _check_classes(target, texts, classes, len(codes) if rows is None else rows)
    if len(classes) > 2:  # sorted as the model sorts
        kinds, places = np.unique(np.array(classes), return_inverse=True)
        return places[codes], kinds.tolist()
    return np.asarray(codes, int), classes


def _check_classes(target: str, texts: list[str], classes: list[Any], rows: int) -> None:
    """Raise DataError if the levels of the target are no classes."""
    n = len(classes)
    if n == 2 or (2 < n <= MOST_LEVELS and 2 * n <= rows and isinstance(classes[0], int | str)):
        return
    if n == 1:
        raise DataError(f"{target} has 1 value, {texts[0]}; expected two classes")
    cure = "; --positive LEVEL takes one against all others" * (n <= MOST_LEVELS)
    if not isinstance(classes[0], str):
        cure = f"; compare a number: 'I({quoted(target)} >= {texts[n // 2]}) ~ …'{cure}"
    raise DataError(
        f"{target} has {n:,} values, {listed(texts)}, in {rows:,} rows; expected two classes, or "
        f"at most {MOST_LEVELS}, of two rows each on average{cure}"
    )


def _same(text: str, positive: str) -> bool:
    """Whether a level is the one that was asked for: 1 is 1.0, and TRUE is true."""
    positive = " ".join(positive.split())
    if is_number(text) and is_number(positive):
        return exact(text) == exact(positive)
    return text == positive or (text in ("TRUE", "FALSE") and text == positive.upper())


def _typed(texts: list[str]) -> list[Any]:
    """The classes as numbers if all of them are such as floats tell apart, whole ones as ints."""
    if not all(map(is_number, texts)):
        return list(texts)
    values = [float(text) for text in texts]
    if len(set(values)) < len(values) or max(map(abs, values)) >= 2**53:
        return list(texts)
    return [int(x) for x in values] if all(x.is_integer() for x in values) else list(values)


def counts(
    response: tuple[Factor, ...],
    sides: Mapping[str, Any],
    choice: Choice,
    where: Callable[[int], str],
) -> tuple[NDArray[np.int64], NDArray[np.float64], str]:
    """Labels and weights of twice as many rows, from how often it happened and how often not."""

    def value(factor: Factor) -> NDArray[np.float64]:
        return computed(factor, sides, where) if factor.expression else sides[factor.text]

    yes = value(response[0])
    if choice.trials is not None:
        no = sides[choice.beside["trials"]] - yes
        names = str(response[0]), f"{choice.trials} − {response[0]}"
    else:
        no = value(response[1])
        names = str(response[0]), str(response[1])
    for name, x in zip(names, (yes, no), strict=True):
        bad = ~((x >= 0) & (x % 1 == 0))
        if bad.any():
            row = int(np.argmax(bad))
            raise DataError(f"{where(row)}: {name} is {x[row]:g}; expected a count, 0, 1, 2, …")
    y = np.repeat([1, 0], len(yes))
    return y, np.concatenate([yes, no]), names[0]


def row_weights(sides: Mapping[str, Any], name: str, where: Callable[[int], str]) -> Any:
    """The column of weights. Raises DataError if one is below 0."""
    found = sides[name]
    if (found < 0).any():
        row = int(np.argmax(found < 0))
        raise DataError(f"{where(row)}: {name} is {found[row]:g}, expected a weight ≥ 0")
    return found
