"""The command line: ``micrograph draw "u = b*c; J = 3*u" b=3 c=2 -o graph.svg``, ``… fit``."""

from __future__ import annotations

import argparse
import os
import re
import sys
import warnings
from collections.abc import Sequence
from glob import has_magic
from typing import NoReturn, TextIO
from unicodedata import normalize

from .. import __version__
from ..namespaces.printed import printable_on, visible
from ..namespaces.text import to_install
from .arguments import fit_arguments, predict_arguments
from .formula import LONGEST, FormulaError
from .unfinished import Unfinished

PICTURE = "picture: .svg, .png, .pdf, .dot, .mmd (Mermaid) or .tex (TikZ)"
SHORT = 300  # the most characters of an error that are printed


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise ValueError(f"{message}; see {self.prog} --help")


def _parser() -> _Parser:
    parser = _Parser(prog="micrograph", description="Computation graphs, differentiated.")
    parser.add_argument("--version", action="version", version=f"micrograph {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    draw = commands.add_parser(
        "draw",
        help="print the nodes of a formula with values and gradients, and draw its graph",
        description="Print the nodes of a formula with values and gradients; with -o, draw them.",
    )
    _chosen(draw, most=200)
    draw.add_argument("-o", "--output", metavar="FILE", help=PICTURE)
    draw.set_defaults(run=_draw)
    page = commands.add_parser(
        "page",
        help="write a page that steps through the graph of a formula in a browser",
        description="Write one HTML file that steps through both sweeps, and computes all numbers "
        "anew when the value of a variable is dragged.",
    )
    _chosen(page, most=300)
    page.add_argument(
        "-o", "--output", metavar="FILE", help="the page: .html (default: named after the result)"
    )
    page.set_defaults(run=_page)
    check = commands.add_parser(
        "check",
        help="compare the derivatives of a formula with the truth",
        description="Print the derivatives of a formula beside the truth, and how many digits "
        "agree. The exit code is 1 if one is wrong, or if the check could not tell.",
    )
    check.add_argument("formula", metavar="FORMULA", help="'y = x*exp(-x)', or - for stdin")
    check.add_argument("values", metavar="NAME=NUMBER", nargs="*", help="where to differentiate")
    check.add_argument(
        "--order", type=int, metavar="N", default=1, help="check up to order N (default: 1)"
    )
    check.set_defaults(run=_check)
    fit = commands.add_parser(
        "fit",
        help="fit a logistic regression to the rows of a file",
        description="Fit a logistic regression to the rows of a file, such as CSV: print its "
        "coefficients with standard errors, and how the cost fell; with -o, draw the graph of the "
        "first row.",
    )
    fit_arguments(fit, PICTURE)
    fit.set_defaults(run=_fit)
    predict = commands.add_parser(
        "predict",
        help="predict by a model that fit --save wrote",
        description="Print as CSV the probability, and the likelier class, of each row of a file.",
    )
    predict_arguments(predict)
    predict.set_defaults(run=_predict)
    return parser


def _chosen(command: argparse.ArgumentParser, most: int) -> None:
    """The arguments of a command that draws a formula: the formula, and what is drawn of it."""
    command.add_argument("formula", metavar="FORMULA", help="'u = b*c; J = 3*u', or - for stdin")
    command.add_argument(
        "values", metavar="NAME=NUMBER", nargs="*", help="a value for each variable"
    )
    command.add_argument(
        "--depth", type=int, metavar="N", help="show nodes up to N edges from the result"
    )
    command.add_argument(
        "--max-nodes",
        type=int,
        metavar="N",
        default=most,
        help=f"the most nodes to draw (default: {most})",
    )
    command.add_argument("--constants", action="store_true", help="draw constants as nodes")
    command.add_argument(
        "--direction",
        choices=["LR", "TB"],
        help="draw from left to right or from top to bottom (default: what fits a page)",
    )
    command.add_argument(
        "--fold",
        action=argparse.BooleanOptionalAction,
        help="draw equal structure that repeats once (default: in graphs of more than 40 nodes)",
    )
    command.add_argument(
        "--expand", action="store_true", help="draw the textbook definitions of functions"
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command line, and return its exit code.

    Args:
        arguments: The words of the command line, without "micrograph". None takes ``sys.argv``.

    Returns:
        0 after success. 2 after an error, which is printed in one line on stderr. 1 if ``check``
        finds a wrong derivative or can't tell. 130 after Ctrl-C.

    Example:
        >>> main(["draw", "y = 2*x", "x=3"])
        name  formula  value  gradient   partials
        x              3      dy/dx = 2
        y     2·x      6      dy/dy = 1  ∂y/∂x = 2
        0
    """
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")  # what printable_on does not see
    try:
        print(_run(list(sys.argv[1:] if arguments is None else arguments)), flush=True)
        return 0
    except BrokenPipeError:  # the reader closed the pipe: micrograph draw … | head -1
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Unfinished as error:
        print(error.printed, flush=True)
        _complain(_one_line(error))
        return 2
    except (ValueError, ArithmeticError, RuntimeError, OSError, MemoryError) as error:
        _complain(_one_line(error))
        return 2
    except AssertionError as error:  # a wrong derivative, described in several lines
        _complain(str(error))
        return 1
    except KeyboardInterrupt:
        return 130


def _run(arguments: list[str]) -> str:
    if arguments[:1] not in (["fit"], ["predict"]):
        arguments = [_not_an_option(argument) for argument in arguments]
    options, more = _parser().parse_known_args(arguments)
    printed: str = options.run(options, more)
    return printed


def _complain(said: str) -> None:
    print(printable_on(sys.stderr, f"micrograph: {said}"), file=sys.stderr)


def _one_line(said: object) -> str:
    message = visible(" ".join(str(said).split()) or type(said).__name__)
    return f"{message[:SHORT]}{'…' * (len(message) > SHORT)}"


def _standard_input(instead: str) -> TextIO:
    if sys.stdin is None:
        raise OSError(f"standard input is closed; {instead}")
    return sys.stdin


def _draw(options: argparse.Namespace, more: list[str]) -> str:
    from .draw import draw

    return draw(*_formula(options, more), options)


def _page(options: argparse.Namespace, more: list[str]) -> str:
    from .page import page

    return page(*_formula(options, more), options)


def _formula(options: argparse.Namespace, more: list[str]) -> tuple[str, dict[str, float]]:
    """The formula, from standard input if it is given as -, and the values of its variables."""
    options.values += more  # argparse does not expect a NAME=NUMBER after an option
    formula = options.formula
    if formula.strip() == "-":
        formula = _standard_input("give the formula as an argument").read(LONGEST + 1)
    return formula, _values(options.values)


def _check(options: argparse.Namespace, more: list[str]) -> str:
    formula, values = _formula(options, more)
    try:
        from ..testing import Inconclusive  # brings Hypothesis and mpmath
        from .check import check
    except ImportError as error:
        raise RuntimeError(str(error)) from None
    try:
        return check(formula, values, options.order)
    except Inconclusive as error:
        raise AssertionError(f"could not tell: {error}") from None


def _not_an_option(argument: str) -> str:
    """The argument, with a space before it if it is a formula such as -a*b.

    Without the space, argparse would take such a formula for an option.
    """
    option = re.fullmatch(r"-|-[oh].*|--[a-z]+(-[a-z]+)*(=.*)?", argument, re.DOTALL)
    return f" {argument}" if argument.startswith("-") and not option else argument


def _values(given: Sequence[str]) -> dict[str, float]:
    values: dict[str, float] = {}
    for argument in given:
        name, equals, text = argument.strip().partition("=")
        name = normalize("NFKC", name)  # Python normalises names in this way
        if not (equals and name.isidentifier()):
            option = argument.startswith("-")
            meant = "; there is no such option" if option else "; write a=5, without spaces"
            raise FormulaError(f"expected NAME=NUMBER, got {argument!r}{meant}")
        if name in values:
            raise FormulaError(f"{name} is given twice")
        try:
            values[name] = float(text)
        except ValueError:
            comma, minus = "; write 1.5 for a decimal comma", "; write - for minus"
            meant = comma if "," in text else minus if re.match("[−–]", text) else ""
            raise FormulaError(f"{name}={text}: expected a number, as in {name}=5{meant}") from None
    return values


def _fit(options: argparse.Namespace, more: list[str]) -> str:
    words = more if options.formula is None else [options.formula, *more]
    files = [word for word in words if _is_file(word)]  # a shell writes part-*.csv out
    words = [word for word in words if word not in files]
    if options.formula in files:
        options.formula = None
    if words and (options.formula is not None or (len(words) == 1 and "~" in words[0])):
        options.formula, *words = words  # argparse does not expect a formula after an option
    if files:
        options.file = [options.file, *files]
    return _learnt("fit", options, words)


def _is_file(word: str) -> bool:
    """Whether a word names a file, or by a pattern several, and is no formula and no option."""
    if "~" in word or word.startswith("-"):
        return False
    return (os.path.exists(word) and not os.path.isdir(word)) or has_magic(word)


def _predict(options: argparse.Namespace, more: list[str]) -> str:
    return _learnt("predict", options, more)


def _learnt(command: str, options: argparse.Namespace, more: list[str]) -> str:
    """What a command prints that reads a file, after its warnings."""
    if more:
        raise ValueError(
            f"unrecognized arguments: {' '.join(more)}; see micrograph {command} --help"
        )
    from_stdin = options.file == "-"
    source = _standard_input("give the name of a file") if from_stdin else options.file
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always", UserWarning)
        try:  # both bring NumPy, SciPy and pandas
            if command == "fit":
                from .fit import fit

                return fit(source, options)
            from .predict import predict

            return predict(source, options)
        except ModuleNotFoundError as error:
            raise RuntimeError(f"{error}: {to_install('learn')}") from None
        except ImportError as error:  # whose message says what to install
            raise RuntimeError(str(error)) from None
        finally:
            for said in dict.fromkeys(_one_line(warning.message) for warning in warned):
                if sys.stderr:  # print(file=None) would write to standard output
                    _complain(f"warning: {said}")
