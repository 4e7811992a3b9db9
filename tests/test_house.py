"""The shape of the house: imports point down, importing is light, what is promised is there."""

import ast
import builtins
import subprocess
import sys
from pathlib import Path

import pytest

import micrograph
from micrograph import primitives
from micrograph.core import TABLE, Primitive

PACKAGE = Path(micrograph.__file__).parent
FLOORS = [
    "engine._value", "engine.build", "domain", "special", "special.elementary", "special.logistic", "special.normal", "special.gamma", "core", "primitives", "namespaces", "namespaces.text", "namespaces.floats", "namespaces.latex", "namespaces.python", "namespaces.c", "namespaces.mpmath", "namespaces.numpy", "engine.sweep", "engine.memory", "engine.value", "engine.recording", "engine", "engine.declared", "engine.leaves", "transforms.tree", "transforms.branches", "transforms.run", "transforms.derivatives", "transforms",
    "graph.graph", "graph.derivative", "graph.export", "graph", "registration", "math", "formula", "render.scene", "render.layout", "render.dot", "render.table",
    "learn.losses", "learn.descent", "learn.logistic", "learn.examples", "learn.likelihood", "learn.data", "learn.report", "learn.regression", "learn.command", "learn",
    "testing.differences", "testing.truth", "testing.report", "testing.wide", "testing.rule", "testing.structure", "testing.recorded", "testing.labels", "testing.call", "testing.blackbox", "testing.pattern", "testing.higher", "testing.ours", "testing.given",
    "testing.points", "testing.check", "testing.primitive", "testing.accuracy", "testing.command", "testing.operands", "testing.soundness", "testing.growth", "testing.strategies", "testing", "cli", "__main__",
]  # fmt: skip
"""Modules from the ground up: each may import what stands before it, never what comes after."""


def floor(module):
    found = [name for name in FLOORS if f"{module}.".startswith(f"{name}.")]
    return FLOORS.index(max(found, key=len))


def imports(path):
    """The micrograph modules that a file imports at run time."""
    here = path.relative_to(PACKAGE).with_suffix("").parts
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and getattr(node.test, "id", "") == "TYPE_CHECKING":
            node.body = []
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.level:
            base = [*here[: len(here) - node.level], *(node.module or "").split(".")]
            base = [part for part in base if part]
            yield from (
                [".".join(base)] if node.module else [".".join([*base, n.name]) for n in node.names]
            )


MODULES = [p for p in PACKAGE.rglob("*.py") if p.name != "__init__.py"]


@pytest.mark.parametrize("path", MODULES, ids=lambda p: p.stem)
def test_imports_point_down(path):
    module = ".".join(path.relative_to(PACKAGE).with_suffix("").parts)
    for imported in imports(path):
        if imported != "__version__":
            assert floor(imported) < floor(module) or imported == module, (
                f"{module} imports {imported}"
            )


def in_a_fresh_process(script):
    return subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    ).stdout


def test_importing_brings_no_third_party_package():
    script = (
        "import sys; old = set(sys.modules); import micrograph; print(*(set(sys.modules) - old))"
    )
    loaded = {name.partition(".")[0] for name in in_a_fresh_process(script).split()}
    ours = {name for name in loaded if name == "micrograph" or "cython" in name}  # what it compiled
    assert loaded - ours <= set(sys.stdlib_module_names)


def test_public_names():
    assert {"Value", "Graph", "draw", "table", "zero_grad", "DomainError"} <= set(
        micrograph.__all__
    )
    assert not set(micrograph.__all__) & set(dir(builtins))
    assert all(getattr(micrograph, name) is not None for name in micrograph.__all__)
    rows = {name: row for name, row in vars(primitives).items() if isinstance(row, Primitive)}
    assert all(getattr(micrograph, name) is row is TABLE[name] for name, row in rows.items())
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        micrograph.nonsense  # noqa: B018  # the attribute access is what is tested


def test_the_readers_files_stay_short():
    """value, sweep and what is no row in primitives: reverse mode, in well under 500 lines."""
    value, sweep, table = (
        (PACKAGE / f"{name}.py").read_text(encoding="utf-8")
        for name in ("engine/value", "engine/sweep", "primitives")
    )
    rows = [node for node in ast.parse(table).body if isinstance(node, ast.Assign)]
    in_rows = {line for node in rows for line in range(node.lineno, node.end_lineno + 1)}
    others = [line for i, line in enumerate(table.splitlines(), 1) if line and i not in in_rows]
    assert len(value.splitlines()) + len(sweep.splitlines()) + len(others) < 450


def test_type_checkers_know_every_method():
    block = ast.parse((PACKAGE / "engine" / "declared.pyi").read_text(encoding="utf-8"))
    known = {t.id for node in ast.walk(block) if isinstance(node, ast.Assign) for t in node.targets}
    known |= {node.name for node in ast.walk(block) if isinstance(node, ast.FunctionDef)}
    rows = [
        row for row in vars(primitives).values() if isinstance(row, Primitive) and not row.vectors
    ]
    assert {name for row in rows for name in (row.name, *row.aliases)} <= known
