"""The arguments of ``micrograph fit`` and ``micrograph predict``."""

from __future__ import annotations

from argparse import ArgumentParser


def fit_arguments(fit: ArgumentParser, picture: str) -> None:
    """Add the arguments of ``micrograph fit``."""
    fit.add_argument(
        "file",
        metavar="FILE",
        help="a table with column names, or - for stdin; several files, or 'part-*.csv', are read "
        "one by one, and may be larger than memory",
    )
    fit.add_argument(
        "formula",
        metavar="FORMULA",
        nargs="?",
        help="'survived ~ age + C(class) + age:sex + log(fare)', or 'cbind(killed, n - killed) ~ "
        "dose'; without a formula, --target and all other columns",
    )
    chosen = fit.add_argument_group("what is fitted")
    chosen.add_argument("--target", metavar="COLUMN", help="the column of two classes, or more")
    chosen.add_argument("--features", metavar="A,B", help="columns (default: all others)")
    chosen.add_argument("--exclude", metavar="A,B", help="columns to leave out")
    chosen.add_argument("--positive", metavar="LEVEL", help="the class whose probability is fitted")
    chosen.add_argument("--trials", metavar="COLUMN", help="the target counts among this many")
    chosen.add_argument("--weights", metavar="COLUMN", help="how often each row counts")
    chosen.add_argument("--offset", metavar="COLUMN", help="a term whose coefficient is 1")
    chosen.add_argument(
        "--drop-missing", action="store_true", help="leave out rows with missing cells: NA, ?, …"
    )
    _reading(fit)
    how = fit.add_argument_group("how it is fitted")
    how.add_argument("--penalty", choices=["l2"], help="shrink the coefficients (default: none)")
    how.add_argument("--C", type=float, metavar="C", help="1 / strength of --penalty (default: 1)")
    how.add_argument(
        "--solver",
        choices=["newton", "lbfgs", "descent"],
        help="(default: newton, or lbfgs for over 200 features)",
    )
    how.add_argument(
        "--learning-rate",
        "--rate",
        type=float,
        metavar="R",
        help="step size of --solver descent (default: 1)",
    )
    how.add_argument("--max-iter", type=int, metavar="N", help="the most iterations")
    fit.add_argument("-o", "--output", metavar="FILE", help=picture)
    fit.add_argument("--save", metavar="FILE", help="write the model, for micrograph predict")
    fit.add_argument("--json", action="store_true", help="print one JSON object instead")


def predict_arguments(predict: ArgumentParser) -> None:
    """Add the arguments of ``micrograph predict``."""
    predict.add_argument("model", metavar="MODEL", help="what micrograph fit --save wrote")
    predict.add_argument("file", metavar="FILE", help="a table with column names, or - for stdin")
    predict.add_argument(
        "-o", "--output", metavar="FILE", help="write the predictions to this CSV file"
    )
    predict.add_argument(
        "--drop-missing", action="store_true", help="leave rows with missing cells empty"
    )
    _reading(predict)


def _reading(command: ArgumentParser) -> None:
    """The options that say how a text file is written."""
    reading = command.add_argument_group("how the file is written (default: found out)")
    reading.add_argument("--delimiter", metavar="SIGN", help="between cells: , ; | tab or space")
    reading.add_argument("--decimal", choices=[".", ","], help="the decimal sign")
    reading.add_argument("--thousands", metavar="SIGN", help="between thousands, as in 1,100")
    reading.add_argument("--encoding", metavar="NAME", help="utf-8, cp1252, utf-16, …")
    reading.add_argument("--comment", metavar="SIGN", help="what begins a comment, such as '#'")
