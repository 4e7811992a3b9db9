"""The shape of the house: imports point down, importing is light, what is promised is there."""

import ast
import builtins
import subprocess
import sys
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

import micrograph
from micrograph import primitives
from micrograph.core import TABLE, Primitive

PACKAGE = Path(micrograph.__file__).parent
FLOORS = [
    {"domain", "special"},
    {"core"},
    {"primitives"},
    {"namespaces"},
    {"engine"},
    {"graph", "transforms", "math"},
    {"registration", "explanation"},
    {"render"},
    {"learn", "testing"},
    {"cli"},
    {"__main__"},
]
"""Rooms, files and folders of the package, from the ground up: each imports from below alone.

One arrow points up: ``core.namespace_of`` imports the namespace of another package's numbers, by
name, when it meets the first of them.
"""

ROOMS = sorted(set.union(*FLOORS))
MODULES = sorted(path for path in PACKAGE.rglob("*.py") if path != PACKAGE / "__init__.py")


def module(path):
    """A file's name within the package: ``engine.value``, and ``engine`` for its __init__."""
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


NAMES = {module(path) for path in [*MODULES, *PACKAGE.rglob("*.pyx")]}


def imports(path):
    """The modules of the package that a file imports at run time, wherever in the file."""
    here = path.relative_to(PACKAGE).with_suffix("").parts
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and getattr(node.test, "id", "") == "TYPE_CHECKING":
            node.body = []
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.level:
            base = [*here[: len(here) - node.level], *(node.module or "").split(".")]
            for alias in node.names:
                named = ".".join(part for part in [*base, alias.name] if part)
                found = named if named in NAMES else named.rpartition(".")[0]
                if found:  # else a name of micrograph itself, which is the top: __version__
                    yield found


def room(name):
    return name.partition(".")[0]


def floor(name):
    return next(i for i, rooms in enumerate(FLOORS) if room(name) in rooms)


def test_every_file_is_in_a_room_of_the_plan():
    assert set(map(room, NAMES)) == set(ROOMS)


@pytest.mark.parametrize("path", MODULES, ids=module)
def test_imports_point_down(path):
    name = module(path)
    for imported in imports(path):
        inside = room(imported) == room(name)
        assert inside or floor(imported) < floor(name), f"{name} imports {imported}"


@pytest.mark.parametrize("name", ROOMS)
def test_no_room_has_a_circle_inside(name):
    inside = [path for path in MODULES if room(module(path)) == name]
    below = {module(path): {x for x in imports(path) if room(x) == name} for path in inside}
    assert set(below) <= set(TopologicalSorter(below).static_order())  # a CycleError names it


def test_no_top_module_bears_a_public_name():
    """``micrograph.X`` would be the module as soon as anything imports it."""
    coming = "compile explain latex mermaid page scope to_html trace mean_over"
    assert not set(ROOMS) & {*micrograph.__all__, *TABLE, *coming.split()}


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
