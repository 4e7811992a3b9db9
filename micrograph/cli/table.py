"""A table read from a file by pandas, whose messages name the line and the column."""

from __future__ import annotations

import re
import warnings
from collections.abc import Collection, Iterator, Sequence
from itertools import islice
from os import PathLike
from typing import Any, NamedTuple, TextIO

import numpy as np

from ..namespaces.text import listed
from .cell import MISSING
from .frame import OTHERS, Prefixed, column, other_file
from .header import header, is_number, rows
from .opening import DataError, Opener
from .text_file import TextFile, lines

CHUNK = 100_000
"""So many rows are parsed at a time. The memory that parsing takes grows with them."""


class Options(NamedTuple):
    """How a text file is written. None means that it is found out."""

    delimiter: str | None = None
    decimal: str | None = None
    thousands: str | None = None
    encoding: str | None = None
    comment: str | None = None


AS_FOUND = Options()


class Table:
    r"""The columns of a file, read where they are asked for.

    Args:
        source: The name of a file, or an open text stream.
        options: How the file is written.

    Attributes:
        names: The names of all columns; "" for a column without a name.
        decimal: The decimal sign of the numbers.

    Raises:
        OSError: If the file can't be opened.
        DataError: If the file is no table.
        ImportError: If pandas, or what pandas reads such a file by, is not installed.

    Example:
        >>> from io import StringIO
        >>> table = Table(StringIO("t;y\n1,5;no\n2;yes\n"))
        >>> table.names, table.columns(["t"])["t"].tolist()
        (['t', 'y'], [1.5, 2.0])
    """

    def __init__(self, source: str | PathLike[str] | TextIO, options: Options = AS_FOUND) -> None:
        self.options = options
        self.thousands = options.thousands
        opener = Opener(source)
        kind = opener.kind
        self._frame = other_file(opener) if kind in OTHERS else None
        if self._frame is not None:
            self.decimal = options.decimal or ("," if self.thousands == "." else ".")
            self.names = [str(name) for name in self._frame.columns]
            self._in_sheet = kind != ".parquet"
            self.first = 1 if kind == ".parquet" else 2  # the row of a sheet under its names
            return
        self._file = TextFile(opener, options.encoding)
        self._header = header(self._file, options.delimiter, options.comment)
        self.names = self._header.names
        self.decimal = options.decimal or self._decimal()
        if len(self.decimal) != 1 or self.decimal not in ".,":
            raise DataError(f"--decimal {self.decimal!r}: expected . or ,")
        taken_signs = [self.decimal]
        if not self._file.has_quotes:  # between which the delimiter may stand
            taken_signs.append(self._header.delimiter)
        if self.thousands is not None and (
            len(self.thousands) != 1 or self.thousands in taken_signs
        ):
            raise DataError(
                f"--thousands {self.thousands!r}: expected one character that is neither the "
                f"decimal sign {self.decimal} nor the delimiter"
            )
        if self._file.has_quotes:  # pandas would take "1"2 for 12
            for line, row in self._rows():
                self._check_width(line, row)

    def columns(self, chosen: Sequence[str], texts: Collection[str] = ()) -> dict[str, Any]:
        """The chosen columns: numbers as arrays of floats, others as pandas' Categoricals.

        A value that is missing is NaN, or has the code -1.

        Args:
            chosen: Their names.
            texts: The names of those that are wanted as texts, even if they are numbers. A float
                would not tell numbers of 17 digits apart.

        Raises:
            DataError: If a name is that of no column, or of two, or if a row has too few cells.
        """
        at = [self._position(name) for name in chosen]
        if self._frame is not None:
            found = {
                name: self._in_frame(name, i, name in texts)
                for name, i in zip(chosen, at, strict=True)
            }
        else:
            words = {i for name, i in zip(chosen, at, strict=True) if name in texts}
            found = dict(zip(chosen, self._read(at, words), strict=True))
        if not found or not len(next(iter(found.values()))):
            raise DataError("there are no rows under the header")
        return found

    def _in_frame(self, name: str, i: int, as_text: bool) -> Any:
        frame: Any = self._frame
        series = frame.iloc[:, i]
        if not as_text:
            return column(series, self.decimal)
        if series.dtype.kind == "f" or self._in_sheet:  # where numbers are floats
            vast = [isinstance(x, int | float) and 2**53 <= abs(x) < np.inf for x in series]
            if any(vast):
                row = vast.index(True)
                raise DataError(
                    f"{self.where(row)}: {name} is {series.iloc[row]:.17g}, of which the last "
                    "digits are lost; expected at most 15 digits, or the column saved as text"
                )
        return column(series, self.decimal, as_text=True)

    def where(self, row: int) -> str:
        """The place of a row, counted from 0, in words: ``line 7``."""
        if self._frame is not None:
            return f"row {row + self.first}"
        return f"line {self._row(row)[0]}"

    def cell(self, row: int, name: str) -> str:
        """The text in a cell."""
        if self._frame is not None:
            return str(self._frame.iloc[row, self._position(name)])
        cells = self._row(row)[1]
        i = self._position(name)
        return " ".join(cells[i].split()) if i < len(cells) else ""

    def code(self, name: str) -> str | None:
        """A cell such as 01234 among the first of a column, which may be a code, or None."""
        if self._frame is not None:
            return None
        i = self._position(name)
        cells = (row[i].strip() for row in self._header.sample if i < len(row))
        return next((cell for cell in cells if re.fullmatch(r"0\d+", cell)), None)

    def _position(self, name: str) -> int:
        found = [i for i, other in enumerate(self.names) if other == name]
        if not found or not name:
            names = listed(filter(None, self.names))
            said = f"there is no column {short(name)}; the columns are {names}"
            raise DataError(said + self._no_header())
        if len(found) > 1:
            raise DataError(
                f"two columns are named {short(name)}; rename one, or leave both out with --exclude"
            )
        return found[0]

    def _no_header(self) -> str:
        """What may be wrong with the names."""
        if self._frame is None:
            named = [name for name in self.names if name]
            if named[0].startswith(("#", "%")) and not self.options.comment:
                return f"; if line {self._header.line} is a comment, give --comment '{named[0][0]}'"
            if len(self.names) == 1 and any(len(row) > 1 for row in self._header.sample):
                return f"; remove what stands above them, line {self._header.line}"
            if all(name[:1] == name[-1:] == "'" for name in named):
                return "; single quotes are part of a name: remove them"
            if any(is_number(name, self.decimal) for name in named):
                return f"; line {self._header.line} holds numbers, expected names of columns"
        return ""

    def _decimal(self) -> str:
        """A comma, if the delimiter is another and a cell is such as 1,5; else a point.

        If one of both divides thousands, the other is the decimal sign.
        """
        if self.thousands == ".":
            return ","
        if self._header.delimiter == "," or self.thousands == ",":
            return "."
        cells = (cell.strip() for row in self._header.sample for cell in row)
        commas = any("," in cell and is_number(cell, ",") for cell in cells)
        return "," if commas else "."

    def _read(self, at: Sequence[int], words: Collection[int]) -> list[Any]:
        """The columns at the given positions. Those in ``words`` are read as texts in any case."""
        words = {i for i in at if i in words or self._is_text(i)}
        frame = self._parsed(at, words)
        more = {i for i in at if i not in words and frame[i].dtype.kind not in "iuf"}
        if more:  # text after the sample: their cells are wanted as they stand in the file
            again = self._parsed(sorted(more), more)
            for i in more:
                frame[i] = again[i]
        return [column(frame.pop(i)) for i in at]

    def _is_text(self, i: int) -> bool:
        cells = [row[i].strip() for row in self._header.sample if i < len(row)]
        return any(
            not is_number(cell, self.decimal, self.thousands) and cell not in MISSING
            for cell in cells
        )

    def _parsed(self, at: Sequence[int], words: set[int]) -> Any:
        """The columns at some positions, as a data frame; those in ``words`` as Categoricals."""
        import pandas as pd

        n, (_, delimiter, _, skip, _) = len(self.names), self._header
        # numbers as names: the last column is empty but in rows that are too long
        # from pandas 3.1 on, numbers are read exactly by default, and the argument warns
        old = tuple(map(int, pd.__version__.split(".")[:2])) < (3, 1)
        exact = {"float_precision": "round_trip"} if old else {}
        first = delimiter.join(map(str, range(n + 1))) + "\n"
        with self._file.open() as text, warnings.catch_warnings():
            warnings.simplefilter("ignore", pd.errors.ParserWarning)  # of rows that are too long
            warnings.simplefilter("ignore", pd.errors.DtypeWarning)  # of columns read again
            for _ in range(skip):
                text.readline()
            try:
                read = pd.read_csv(
                    Prefixed(first, text),
                    sep=r"\s+" if delimiter == " " else delimiter,
                    usecols=[str(i) for i in sorted({*at, n - 1, n})],
                    dtype=dict.fromkeys(map(str, words), str),  # "category" makes numbers of 01
                    index_col=False,
                    decimal=self.decimal,
                    thousands=self.thousands,
                    comment=self.options.comment,
                    skipinitialspace=True,
                    na_values=MISSING,
                    keep_default_na=False,
                    chunksize=CHUNK,
                    **exact,
                )
                frame = _joined(read, set(map(str, words)))
            except pd.errors.EmptyDataError:
                raise DataError("there are no rows under the header") from None
            except pd.errors.ParserError as error:
                self._check_widths()
                raise DataError(f"no table: {error}") from None
        frame.columns = frame.columns.astype(int)
        if frame[n].notna().any() or (frame[n - 1].isna().any() and not self._file.has_quotes):
            self._check_widths()
        return frame

    def _check_widths(self) -> None:
        for line, row in self._rows():
            self._check_width(line, row)

    def _check_width(self, line: int, row: list[str]) -> None:
        n = len(self.names)
        if len(row) != n and not (len(row) == n + 1 and not row[-1].strip()):
            raise DataError(f"line {line} has {_cells(len(row))}, the header has {_cells(n)}")

    def _rows(self) -> Iterator[tuple[int, list[str]]]:
        """The rows under the names, each with its line."""
        skip = self._header.skip
        text = lines(self._file, self.options.comment)
        blank = (line if i >= skip else "\n" for i, line in enumerate(text))
        return rows(blank, self._header.delimiter)

    def _row(self, row: int) -> tuple[int, list[str]]:
        return next(islice(self._rows(), row, None), (0, []))


def _joined(chunks: Any, words: set[str]) -> Any:
    """The rows of all chunks as a data frame, each of whose columns has memory of its own.

    The columns in ``words`` become Categoricals.

    Of a million rows of six numbers pandas' own reader takes three times their memory.
    """
    import pandas as pd

    parts: dict[Any, list[Any]] = {}
    with chunks:
        for chunk in chunks:
            for name in chunk:
                cells = chunk[name].astype("category") if name in words else chunk[name]
                parts.setdefault(name, []).append(cells.array.copy())
    whole = {name: _whole(parts.pop(name)) for name in list(parts)}
    if not whole:
        raise pd.errors.EmptyDataError
    return pd.DataFrame(whole, copy=False)


def _whole(parts: list[Any]) -> Any:
    """The parts of a column as one array, or as one Categorical."""
    import pandas as pd

    if isinstance(parts[0].dtype, pd.CategoricalDtype):
        texts = [part.rename_categories(part.categories.astype(object)) for part in parts]
        return pd.api.types.union_categoricals(texts)  # a part without values has another type
    return np.concatenate([part.to_numpy() for part in parts])


def short(text: str) -> str:
    """A text, quoted, and cut if it is long."""
    return repr(text if len(text) <= 40 else f"{text[:39]}…")


def _cells(n: int) -> str:
    return "1 cell" if n == 1 else f"{n} cells"
