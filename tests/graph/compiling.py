"""Graphs compiled by a C compiler that is there, and called by ctypes."""

import ctypes
import shutil
import subprocess

import pytest

COMPILERS = [name for name in ("gcc", "clang") if shutil.which(name)]
STRICT = [
    "-Wall",
    "-Wextra",
    "-Wpedantic",
    "-Werror",
    "-Wconversion",
    "-Wshadow",
    "-Wstrict-prototypes",
    "-Wmissing-prototypes",
    "-O1",
    "-std=c11",
]


PLUS_PLUS = {"gcc": "g++", "clang": "clang++"}


def build(text, folder, compiler=COMPILERS[0] if COMPILERS else "", flags=STRICT, suffix=".c"):
    """The text as a loaded library. Fails with what the compiler says."""
    if not compiler:
        pytest.skip("there is no C compiler")
    source, library = folder / f"graph{suffix}", folder / f"{compiler}.so"
    source.write_text(text, encoding="utf-8")
    command = [compiler, *flags, "-shared", "-fPIC", "-o", library, source, "-lm"]
    ran = subprocess.run(command, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr[:4000]
    return ctypes.CDLL(str(library))


def value(library, name, graph):
    """The function of this name, on floats: a tuple of the graph's outputs."""
    count = len(graph.outputs)
    if count > 1:
        return lambda *inputs: _called(library, name, inputs, count)[1]
    return lambda *inputs: (_called(library, name, inputs, 0)[0],)


def value_and_gradient(library, name):
    """The function of this name and its gradient, on floats: (value, slope, …)."""

    def call(*inputs):
        y, slopes = _called(library, f"{name}_gradient", inputs, len(inputs))
        return (y, *slopes)

    return call


def _called(library, name, inputs, count):
    results = (ctypes.c_double * max(count, 1))()
    function = getattr(library, name)
    function.restype = ctypes.c_double
    if len(inputs) <= 126:
        arguments = [ctypes.c_double(x) for x in inputs]
    else:
        arguments = [(ctypes.c_double * len(inputs))(*inputs)]
    y = function(*arguments, *([results] if count else []))
    return y, tuple(results)[:count]
