"""The command line: ``micrograph draw "u = b*c; J = 3*u" b=3 c=2 -o graph.svg``."""

from __future__ import annotations

import argparse
import os
import re
import shutil
import sys
from collections.abc import Sequence
from typing import NoReturn
from unicodedata import normalize

from . import __version__
from .formula import LONGEST, FormulaError, read
from .render.table import table

SHORT = 300  # characters of an error that are printed


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
    draw.add_argument("formula", metavar="FORMULA", help="'u = b*c; J = 3*u', or - for stdin")
    draw.add_argument("values", metavar="NAME=NUMBER", nargs="*", help="a value for each variable")
    draw.add_argument("-o", "--output", metavar="FILE", help="picture: .svg, .png, .pdf or .dot")
    draw.add_argument("--depth", type=int, metavar="N", help="show N edges from the result")
    draw.add_argument("--max-nodes", type=int, metavar="N", default=200, help="(default: 200)")
    draw.add_argument("--constants", action="store_true", help="draw constants as nodes")
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command line; returns its exit code: 0, or 2 after an error in one line."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")  # a terminal without ∂ is no error
    try:
        print(_run(list(sys.argv[1:] if arguments is None else arguments)), flush=True)
        return 0
    except BrokenPipeError:  # the reader has seen enough: micrograph draw … | head -1
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except (ValueError, ArithmeticError, RuntimeError, OSError, MemoryError) as error:
        message = " ".join(str(error).split()) or type(error).__name__
        message = "".join(c if c.isprintable() else repr(c)[1:-1] for c in message)
        print(f"micrograph: {message[:SHORT]}{'…' * (len(message) > SHORT)}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130


def _run(arguments: list[str]) -> str:
    arguments = [_not_an_option(argument) for argument in arguments]
    options, more = _parser().parse_known_args(arguments)
    options.values += more  # argparse takes NAME=NUMBER after an option for something unknown
    formula = options.formula
    if formula.strip() == "-":
        if sys.stdin is None:
            raise OSError("standard input is closed; give the formula as an argument")
        formula = sys.stdin.read(LONGEST + 1)
    root = read(formula, _values(options.values))
    root.backward()
    if options.output is not None:
        from .render.dot import draw

        draw(
            root,
            options.output,
            depth=options.depth,
            max_nodes=options.max_nodes,
            constants=options.constants,
        )
    width = shutil.get_terminal_size().columns if sys.stdout and sys.stdout.isatty() else None
    return table(root, depth=options.depth, width=width)


def _not_an_option(argument: str) -> str:
    """A formula such as -a*b, with a space before it, which argparse takes for no option."""
    option = re.fullmatch(r"-|-[oh].*|--[a-z]+(-[a-z]+)*(=.*)?", argument, re.DOTALL)
    return f" {argument}" if argument.startswith("-") and not option else argument


def _values(given: Sequence[str]) -> dict[str, float]:
    values: dict[str, float] = {}
    for argument in given:
        name, equals, text = argument.strip().partition("=")
        name = normalize("NFKC", name)  # as Python reads names
        if not (equals and name.isidentifier()):
            raise FormulaError(f"expected NAME=NUMBER, got {argument!r}")
        if name in values:
            raise FormulaError(f"{name} is given twice")
        try:
            values[name] = float(text)
        except ValueError:
            raise FormulaError(f"{name}={text}: expected a number, as in {name}=5") from None
    return values
