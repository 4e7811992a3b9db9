"""The shape of the house: imports point down, importing is light, what is promised is there."""

import ast
import builtins
import html
import inspect
import pydoc
import re
import runpy
import subprocess
import sys
from graphlib import TopologicalSorter
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest

import micrograph
from micrograph import Value, primitives
from micrograph.core import TABLE, Primitive

PACKAGE = Path(micrograph.__file__).parent
FLOORS = [
    {"annotation"},
    {"domain", "special", "hint"},
    {"core"},
    {"primitives"},
    {"namespaces"},
    {"engine"},
    {"arrays"},
    {"graph"},
    {"transforms", "math", "numpy", "vectors", "naming"},
    {"registration", "explanation", "kernels"},
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


UNDONE = {"_lock", "LOCK", "workprec", "extraprec", "localcontext", "one_thread"}
"""What is undone at the end of a ``with``: left locked, or at another precision, it breaks the next
call."""

LOOPS = (ast.For, ast.While, ast.ListComp, ast.SetComp, ast.DictComp)


def looped(block):
    """The lines of loops in a block, but for those in functions that it calls."""
    if isinstance(block, LOOPS):
        yield block.lineno
    if not isinstance(block, ast.Lambda | ast.FunctionDef | ast.GeneratorExp):
        for part in ast.iter_child_nodes(block):
            yield from looped(part)


@pytest.mark.parametrize("path", MODULES, ids=module)
def test_no_loop_is_where_an_interrupt_would_leave_a_lock(path):
    """On CPython 3.13 an interrupt at the end of a loop's turn leaves a ``with`` without its exit.

    There the jump back to the loop's head is in no range of the exception table.
    """
    for block in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(block, ast.With):
            names = {ast.unparse(x.context_expr).partition("(")[0] for x in block.items}
            if UNDONE & {name.rpartition(".")[2] for name in names}:
                assert [line for part in block.body for line in looped(part)] == []


def test_no_top_module_bears_a_public_name():
    """``micrograph.X`` would be the module as soon as anything imports it."""
    coming = "compile explain latex mermaid page scope to_html trace mean_over"
    assert not set(ROOMS) & {*micrograph.__all__, *TABLE, *coming.split()}


def in_a_fresh_process(script):
    return subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    ).stdout


def test_importing_brings_no_third_party_package_and_nothing_slow():
    script = (
        "import sys; old = set(sys.modules); import micrograph; print(*(set(sys.modules) - old))"
    )
    loaded = {name.partition(".")[0] for name in in_a_fresh_process(script).split()}
    ours = {name for name in loaded if name == "micrograph" or "cython" in name}  # what it compiled
    assert loaded - ours <= set(sys.stdlib_module_names)
    slow = {"ast", "dataclasses", "enum", "inspect", "json", "pickle", "re", "typing"}
    assert not loaded & slow  # typing and what it needs took 6 of 20 ms


def test_public_names():
    assert {"Value", "Graph", "draw", "table", "zero_grad", "DomainError"} <= set(
        micrograph.__all__
    )
    assert not set(micrograph.__all__) & set(dir(builtins))
    assert all(getattr(micrograph, name) is not None for name in micrograph.__all__)
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        micrograph.nonsense  # noqa: B018  # the attribute access is what is tested


def test_rows_are_public_unless_they_serve_the_engine():
    rows = {row.name: row for row in vars(primitives).values() if isinstance(row, Primitive)}
    inner = {row.name for row in rows.values() if not row.public}
    slopes = {"cross_entropy_label_slope", "cross_entropy_slope", "logistic_loss_slope"}
    slopes |= {"betaln_slope", "j1_slope", "i0e_slope", "i1e_slope", "gelu_slope", "silu_slope"}
    slopes |= {"gammainc_slope", "gammainc_density", "betainc_slope", "betainc_density"}
    slopes |= {"exp_difference", "log_largest_share"}  # parts of softmax and log_softmax
    assert inner == {"azmul", "constpow", "identity", "mish_slope", "lambertw_above", *slopes}
    for name, row in rows.items():
        assert hasattr(micrograph, name) == row.public
        assert hasattr(Value, name) == (row.public and (row.spread or not row.vectors))
        if row.public:
            assert getattr(micrograph, name) is row
            assert inspect.signature(row).parameters.keys() == set(row.arguments)
    assert micrograph.ndtr is micrograph.norm_cdf
    assert Value(0.5).log_ndtr().data == Value(0.5).log_norm_cdf().data


def test_tab_shows_the_public_names_and_no_others():
    """In a fresh process, before anything was used: what is imported later is shown as well."""
    script = "import micrograph as mg; print(*dir(mg)); print(*mg.__all__)"
    shown, stars = in_a_fresh_process(script).splitlines()
    modules = {"learn", "math", "numpy", "testing", "__version__"}
    shadows = {"abs", "compile", "max", "min", "pow", "round", "sum"}
    assert set(shown.split()) == {*stars.split(), *modules, *shadows}
    assert not set(stars.split()) & {*modules, *shadows}
    assert "draw" in shown


@pytest.mark.parametrize("place", ["learn", "testing"])
def test_tab_shows_what_these_modules_are_for(place):
    script = f"import micrograph.{place} as here; print(*dir(here)); print(*sorted(here.__all__))"
    shown, public = in_a_fresh_process(script).splitlines()
    assert shown == public


@pytest.mark.parametrize(
    ("place", "misspelt", "meant"),
    [
        ("micrograph", "sigmod", "sigmoid"),
        ("micrograph.learn", "LogisticRegresion", "LogisticRegression"),
        ("micrograph.testing", "check_gradient", "check_gradients"),
        ("micrograph.testing", "check_primitve", "check_primitive"),  # imported when it is used
    ],
)
def test_a_misspelt_name_is_told_from_the_public_ones(place, misspelt, meant):
    script = f"import {place} as here; here.{misspelt}"
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert ran.stderr.splitlines()[-1] == (
        f"AttributeError: module {place!r} has no attribute {misspelt!r}. Did you mean: {meant!r}?"
    )


def test_modules_import_themselves():
    script = (
        "import micrograph as mg; print(mg.math.exp(0.0), mg.testing.check_gradients.__name__, "
        "mg.learn.cost.__name__)"
    )
    assert in_a_fresh_process(script).split() == ["1.0", "check_gradients", "cost"]


def test_help_on_a_row_is_written_from_the_row():
    told = pydoc.render_doc(micrograph.log, renderer=pydoc.plaintext)
    for part in ("log(x)", "∂y/∂x = 1 / x", "Domain: x > 0"):
        assert part in told
    assert "y = 1 / (1 + exp(-x))" in micrograph.sigmoid.__doc__
    assert "Kinks, where the slope jumps: x = 0" in micrograph.relu.__doc__
    assert all(row.__doc__.startswith(row.name) for row in TABLE.values())
    assert "One row of the table" in Primitive.__doc__
    assert [*inspect.signature(Value).parameters] == ["data", "name"]
    assert Value.__doc__.startswith("A node of the graph")


def test_help_on_a_method_has_its_operands_and_says_where_the_row_is_described():
    """In both engines, so editors and notebooks show the same."""
    public = [row for row in TABLE.values() if row.public and (row.spread or not row.vectors)]
    for row in public:
        for name in (row.name, *row.aliases):
            method = getattr(Value, name)
            assert f"help(mg.{row.name})" in method.__doc__
            names = [*inspect.signature(method).parameters]
            assert names[1:] == (["others"] if row.spread else list(row.arguments[1:]))
    for name, words in {"backward": ["seed"], "walk": [], "leaves": [], "named": ["name"]}.items():
        assert [*inspect.signature(getattr(Value, name)).parameters] == ["self", *words]


@pytest.mark.parametrize("place", ["micrograph", "micrograph.learn", "micrograph.testing"])
def test_the_reference_has_every_public_name(place):
    """Rows have a table there, and modules a heading."""
    module = import_module(place)
    names = {name for name in dir(module) if not name.startswith("_")}
    public = {name: getattr(module, name) for name in names}
    told = (PACKAGE.parent / "docs" / "reference.md").read_text(encoding="utf-8")
    entries = set(re.findall(r"^\.\. auto\w+:: (\w+)", told, re.MULTILINE))
    others = {name for name, x in public.items() if isinstance(x, Primitive | ModuleType)}
    assert names - others <= entries


def code(source):
    """The lines of a module that are neither empty nor in a docstring."""
    lines = dict(enumerate(source.splitlines(), 1))
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            for i in range(node.lineno, node.end_lineno + 1):
                lines.pop(i, None)
    return {i: line for i, line in lines.items() if line.strip()}


def test_the_readers_files_stay_short():
    """value, sweep and what is no row or import in primitives: reverse mode, in some 300 lines."""
    value, sweep, table = (
        (PACKAGE / f"{name}.py").read_text(encoding="utf-8")
        for name in ("engine/value", "engine/sweep", "primitives")
    )
    rows = [node for node in ast.parse(table).body if isinstance(node, ast.Assign | ast.ImportFrom)]
    in_rows = {line for node in rows for line in range(node.lineno, node.end_lineno + 1)}
    assert len(code(value)) + len(code(sweep)) + len(code(table).keys() - in_rows) < 310


def test_the_picture_of_the_house_is_of_this_code():
    """docs/house.svg, which CONTRIBUTING shows. To draw it anew: python docs/house.py."""
    folder = PACKAGE.parent / "docs"
    if not folder.is_dir():
        pytest.skip("the package is installed without its docs")
    house = runpy.run_path(str(folder / "house.py"))
    picture = html.unescape(house["PICTURE"].read_text(encoding="utf-8"))
    titles = set(re.findall("<title>(.+?)</title>", picture))
    wanted = {f"{a}->{b}" for a, b in house["arrows"]() if a != "__main__"}
    assert titles - {"%3"} == wanted | (set(ROOMS) - {"__main__"})
    for name in set(ROOMS) - {"__main__"}:
        assert house["said"](name).split()[0] in picture
