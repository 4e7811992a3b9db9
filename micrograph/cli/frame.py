"""What pandas reads, made uniform: floats or Categoricals, from text, sheets and Parquet files."""

from __future__ import annotations

import io
import re
from typing import Any, TextIO

import numpy as np

from .cell import MISSING
from .opening import DataError, Opener

OTHERS = {".xlsx": "openpyxl", ".xls": "xlrd", ".ods": "odfpy", ".parquet": "pyarrow"}
"""Files that are no text, each with the package by which pandas reads it."""


class Prefixed(io.TextIOBase):
    """A text stream with a line before it. pandas reads from it."""

    def __init__(self, line: str, text: TextIO) -> None:
        self._line, self._text = line, text

    def readable(self) -> bool:
        """True."""
        return True

    def read(self, n: int | None = None) -> str:
        """The line before the text, whole; then n characters at a time."""
        line, self._line = self._line, ""
        return line or self._text.read(-1 if n is None else n)


def column(series: Any, decimal: str = ".", as_text: bool = False) -> Any:
    """A column as an array of floats, or as a Categorical of texts.

    Args:
        series: The column.
        decimal: The decimal sign with which a float becomes a text.
        as_text: Whether numbers become texts.
    """
    import pandas as pd

    if series.dtype.kind == "M" or series.dtype.kind == "m":
        series = series.astype(str).astype("category")
    if pd.api.types.is_numeric_dtype(series) and not pd.api.types.is_bool_dtype(series):
        if not as_text:
            return series.to_numpy(float, na_value=np.nan)
        if series.dtype.kind == "f":
            series = series.astype(float)  # 0.1 of 32 bits is another number
    if not isinstance(series.dtype, pd.CategoricalDtype):
        series = series.map(lambda x: _text(x, decimal), na_action="ignore").astype("category")
    column = series.array
    column = column.rename_categories([_text(kind, decimal) for kind in column.categories])
    return column.remove_categories([x for x in column.categories if x.strip() in MISSING])


def _text(x: Any, decimal: str) -> str:
    if isinstance(x, float | np.floating):
        return str(x).replace(".", decimal)
    return str(x).upper() if isinstance(x, bool | np.bool_) else str(x)


def other_file(opener: Opener) -> Any:
    """A data frame of a sheet, or of a Parquet file."""
    import pandas as pd

    source, kind, file = opener.name, opener.kind, opener.rewound()
    try:
        if kind == ".parquet":
            frame = pd.read_parquet(file)
        else:  # as objects, so that digits in a cell of text stay a text
            frame = pd.read_excel(file, dtype=object, na_values=MISSING, keep_default_na=False)
            frame = frame.infer_objects()
    except ImportError:
        raise ImportError(
            f"{source}: pandas reads {kind} by {OTHERS[kind]}, which is not installed; "
            f"pip install {OTHERS[kind]}, or save the file as CSV"
        ) from None
    except OSError as error:
        raise type(error)(f"can't read {source!r}: {error.strerror or error}") from None
    except Exception as error:  # what the readers raise for a file that is none of theirs
        raise DataError(f"{source} is no {kind} file: {error}") from None
    frame.columns = [
        "" if re.match("Unnamed: |__", str(name)) else str(name).strip() for name in frame.columns
    ]
    return frame
