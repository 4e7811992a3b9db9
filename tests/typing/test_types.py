"""What type checkers say of a user's program, of its mistakes, and of the stubs."""

import json
import os
import re
import subprocess
import sys
from importlib.metadata import distributions
from importlib.util import find_spec
from pathlib import Path

import pytest
from stubs import PACKAGE, STUBS

import micrograph

HERE = Path(__file__).parent


def checked_by_mypy(path):
    """The lines with an error, by mypy."""
    cache = f"--cache-dir={os.devnull}"  # several tests may run at once
    command = [sys.executable, "-m", "mypy", "--strict", "--no-error-summary", cache, str(path)]
    environment = {**os.environ, "MYPYPATH": str(PACKAGE.parent)}
    printed = subprocess.run(command, capture_output=True, text=True, env=environment, cwd=HERE)
    return {int(n) for n in re.findall(rf"{path.name}:(\d+): error:", printed.stdout)}


def checked_by_pyright(path):
    """The lines with an error, by pyright."""
    command = [sys.executable, "-m", "basedpyright", "--outputjson", "--level", "error", str(path)]
    printed = subprocess.run(command, capture_output=True, text=True, cwd=PACKAGE.parent)
    found = json.loads(printed.stdout)["generalDiagnostics"]
    return {one["range"]["start"]["line"] + 1 for one in found}


CHECKERS = {"mypy": checked_by_mypy, "basedpyright": checked_by_pyright}


@pytest.mark.parametrize("name", CHECKERS)
@pytest.mark.parametrize("program", ["program.py", "mistakes.py"])
def test_a_checker_finds_the_mistakes_and_nothing_else(name, program):
    if not find_spec(name):
        pytest.skip(f"{name} is not installed: pip install 'micrograph[types]'")
    path = HERE / program
    lines = path.read_text(encoding="utf-8").splitlines()
    wrong = {i for i, line in enumerate(lines, 1) if line.endswith("# wrong")}
    assert CHECKERS[name](path) == wrong


def test_a_checker_finds_the_package_where_it_is_installed(tmp_path):
    """An editable install, too: a hook of Python's import would hide it from checkers and editors."""
    if not find_spec("mypy") or not list(distributions(name="micrograph")):
        pytest.skip("micrograph is not installed here")
    script = tmp_path / "users.py"
    script.write_text("import micrograph as mg\n\nx: mg.Value = mg.exp(mg.Value(1.0))\n")
    command = [sys.executable, "-m", "mypy", f"--cache-dir={os.devnull}", "--strict", script.name]
    environment = {name: x for name, x in os.environ.items() if name != "MYPYPATH"}
    ran = subprocess.run(command, capture_output=True, text=True, env=environment, cwd=tmp_path)
    assert ran.stdout == "Success: no issues found in 1 source file\n"


@pytest.mark.skipif(not find_spec("ruff"), reason="ruff lays the stubs out")
@pytest.mark.parametrize("name", STUBS)
def test_the_stubs_say_what_the_table_says(name):
    command = [sys.executable, "-m", "ruff", "format", "-", "--stdin-filename", str(PACKAGE / name)]
    laid_out = subprocess.run(
        command, input=STUBS[name](), capture_output=True, text=True, check=True, cwd=PACKAGE.parent
    )
    assert laid_out.stdout == (PACKAGE / name).read_text(encoding="utf-8"), (
        "run python tests/typing/stubs.py && ruff format micrograph"
    )


def test_the_stub_has_every_public_name():
    stub = (PACKAGE / "__init__.pyi").read_text(encoding="utf-8")
    named = set(re.findall(r"\bas (\w+)$", stub, re.MULTILINE))
    assert set(micrograph.__all__) <= named
