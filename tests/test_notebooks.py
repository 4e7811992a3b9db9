"""The notebooks, as they are stored; the build of the documentation executes them."""

import ast
import json
from pathlib import Path

import pytest

import micrograph

NOTEBOOKS = sorted((Path(__file__).parent.parent / "notebooks").glob("*.ipynb"))
every_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)


def code_cells(path):
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return [cell for cell in cells if cell["cell_type"] == "code"]


@every_notebook
def test_a_notebook_is_stored_without_outputs(path):
    assert {(cell["execution_count"], *cell["outputs"]) for cell in code_cells(path)} == {(None,)}


@every_notebook
def test_a_notebook_imports_public_names_only(path):
    source = "\n".join("".join(cell["source"]) for cell in code_cells(path))
    nodes = list(ast.walk(ast.parse(source)))
    for node in nodes:
        if isinstance(node, ast.ImportFrom) and node.module == "micrograph":
            assert {alias.name for alias in node.names} <= {*micrograph.__all__, "math"}
        modules = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        modules += [node.module] if isinstance(node, ast.ImportFrom) else []
        assert not any("._" in name for name in modules)
    private = {node.attr for node in nodes if isinstance(node, ast.Attribute)}
    assert not [name for name in private if name.startswith("_") and not name.endswith("__")]
