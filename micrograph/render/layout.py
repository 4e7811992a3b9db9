"""Runs the layout program, which turns DOT text into a picture.

The program is graphviz-pure, which comes with the wheel of that name, or a system ``dot``.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sysconfig
from contextlib import suppress
from functools import cache
from pathlib import Path

SECONDS = 60.0
"""The most seconds that a layout program may take. A graph of 1,000 nodes takes about one."""

BEGINNINGS = {
    "svg": (b"<?xml", b"<svg", b"<!"),
    "png": (b"\x89PNG",),
    "pdf": (b"%PDF",),
    "json": (b"{",),
}
"""The bytes with which a file of each format may begin."""


class LayoutError(RuntimeError):
    """No layout program could be run, or it failed."""


def layout(source: bytes, format: str, program: str | None = None) -> bytes:
    """The picture that DOT text describes, as the bytes of an svg, png, pdf or json file.

    Args:
        source: The DOT text, in UTF-8.
        format: "svg", "png", "pdf", or "json": where each node, edge and label stands.
        program: A layout program by name or path. None: graphviz-pure, which draws the same
            everywhere; for pdf, which graphviz-pure does not write, a system ``dot``.

    Raises:
        LayoutError: If there is no such program, or if the program fails, writes another format
            or takes more than SECONDS.
    """
    command = _find(program, format)
    try:
        code, picture, said = _run([command, "-Kdot", f"-T{format}"], source)
    except OSError as error:
        raise LayoutError(f"{command} could not be run: {error}") from None
    except subprocess.TimeoutExpired:
        raise LayoutError(
            f"{command} was stopped after {SECONDS:g} seconds: draw fewer nodes (depth=3), or give "
            'another program="dot"'
        ) from None
    if code or not picture:
        why = said.decode(errors="replace").strip() or "it wrote nothing"
        raise LayoutError(f"{command} failed ({code}): {why}")
    if not picture.lstrip().startswith(BEGINNINGS[format]):
        raise LayoutError(f"{command} should write {format}, and wrote {picture[:40]!r} …")
    return picture  # stderr is ignored here: it warns of text widths that were estimated


def _run(command: list[str], given: bytes) -> tuple[int, bytes, bytes]:
    """The exit code, the output and the error output of a program.

    A program that takes too long is killed, on POSIX with every process that it started.
    """
    pipe, own_group = subprocess.PIPE, os.name == "posix"
    with subprocess.Popen(
        command, stdin=pipe, stdout=pipe, stderr=pipe, start_new_session=own_group
    ) as process:
        try:
            output, errors = process.communicate(given, SECONDS)
        except BaseException:  # KeyboardInterrupt is one, too
            if own_group:
                with suppress(ProcessLookupError):  # it may have ended just before
                    os.killpg(process.pid, signal.SIGKILL)
            process.kill()
            raise
        return process.returncode, output, errors


def _find(program: str | None, format: str) -> str:
    """The path of the program to run."""
    if program is not None:
        if found := shutil.which(program):
            return found
        raise LayoutError(f"there is no program {program!r}; install Graphviz, or leave it out")
    if format == "pdf":
        if dot := shutil.which("dot"):
            return dot
        raise LayoutError(
            "pdf needs Graphviz's own dot, which is not installed: apt install graphviz, "
            "brew install graphviz, or graphviz.org/download; svg and png work without"
        )
    if found := _graphviz_pure() or shutil.which("graphviz-pure") or shutil.which("dot"):
        return found
    raise LayoutError("no layout program is installed: pip install graphviz-pure")


@cache
def _graphviz_pure() -> str | None:
    """The program that the graphviz-pure wheel installed for this interpreter, if there is one."""
    from importlib.metadata import PackageNotFoundError, files

    name = "graphviz-pure" + (".exe" if os.name == "nt" else "")
    beside = Path(sysconfig.get_path("scripts"), name)
    if beside.exists():
        return str(beside)
    try:
        installed = files("graphviz-pure") or []
    except PackageNotFoundError:
        return None
    found = (Path(str(file.locate())) for file in installed if file.name == name)
    return next((str(path) for path in found if path.exists()), None)
