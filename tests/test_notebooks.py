"""The notebooks: what is stored is what they print, from public names, in files of modest size."""

import ast
import json
import re

import pytest

import micrograph
from notebooks import NOTEBOOKS, read, run, said

every_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)


def code_cells(path):
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return [cell for cell in cells if cell["cell_type"] == "code"]


def needed(path):
    """The packages that the first code cell looks for."""
    source = "".join(code_cells(path)[0]["source"])
    return re.findall(r'"(\w+)"', re.search(r"find_spec, \[(.*)\]", source)[1])


@every_notebook
def test_a_notebook_prints_what_is_stored(path):
    for package in ("nbclient", *needed(path)):
        pytest.importorskip(package)
    for stored, now in zip(read(path).cells, run(path).cells, strict=True):
        shown = f"{stored.source}\n\nstore anew: python tests/notebooks.py {path.stem}"
        assert said(now) == said(stored), shown


@every_notebook
def test_a_notebook_is_stored_small_with_outputs_in_order(path):
    assert path.stat().st_size < 150_000  # bytes: what loads at once where it is read
    cells = code_cells(path)
    assert [cell["execution_count"] for cell in cells] == [*range(1, len(cells) + 1)]
    assert any("image/svg+xml" in x.get("data", ()) for cell in cells for x in cell["outputs"])


@every_notebook
def test_a_notebook_begins_with_a_cell_that_installs_what_is_missing(path):
    first = code_cells(path)[0]
    source = "".join(first["source"])
    assert '"micrograph"' in source
    assert "%pip install" in source
    assert first["outputs"] == []  # where all is installed, it says nothing
    assert first["metadata"]["tags"] == ["remove-cell"]  # the built pages do without it


@every_notebook
def test_a_notebook_imports_public_names_only(path):
    lines = "\n".join("".join(cell["source"]) for cell in code_cells(path)).splitlines()
    python = (line.replace("%pip", "pass  #") if "%pip" in line else line for line in lines)
    nodes = list(ast.walk(ast.parse("\n".join(python))))
    for node in nodes:
        if isinstance(node, ast.ImportFrom) and node.module == "micrograph":
            assert {alias.name for alias in node.names} <= {*micrograph.__all__, "math"}
        modules = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        modules += [node.module] if isinstance(node, ast.ImportFrom) else []
        assert not any("._" in name for name in modules)
    private = {node.attr for node in nodes if isinstance(node, ast.Attribute)}
    assert not [name for name in private if name.startswith("_") and not name.endswith("__")]
