"""The README: its examples print what they show, its picture is what the program draws."""

import ast
import builtins
import doctest
import re
import shlex
from importlib import import_module
from pathlib import Path

import pytest

import micrograph as mg
from micrograph.cli import main

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def commands():
    return re.findall(r"```sh\n(.*?)\n```", README, re.DOTALL)


def test_its_examples(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    found = doctest.testfile(str(ROOT / "README.md"), module_relative=False, encoding="utf-8")
    assert (found.failed, found.attempted > 20) == (0, True)
    assert (tmp_path / "graph.svg").exists()
    drawn = (tmp_path / "logistic.svg").read_bytes()
    assert drawn == (ROOT / "docs" / "logistic.svg").read_bytes()


@pytest.mark.parametrize("path", sorted((ROOT / "docs").glob("*.md")), ids=lambda p: p.stem)
def test_examples_in_the_docs(path, monkeypatch):
    monkeypatch.chdir(ROOT)
    found = doctest.testfile(str(path), module_relative=False, encoding="utf-8")
    assert (found.failed, found.attempted > 0) == (0, True)


def entries():
    """The objects of the reference, each with the public names of its module."""
    text = (ROOT / "docs" / "reference.md").read_text(encoding="utf-8")
    found = r"^\.\. (?:currentmodule:: (\S+)|auto(?:class|function|exception):: ([\w.]+))"
    place = ""
    for module, path in re.findall(found, text, re.MULTILINE):
        place = module or place
        if path:
            room, _, name = (path if "." in path else f"{place}.{path}").rpartition(".")
            yield getattr(import_module(room), name), {*dir(builtins), *dir(import_module(place))}


def test_examples_of_the_reference_import_what_they_use():
    """Doctest lets them use what their module imports, and a reader does not have that."""
    missing, examples = {}, 0
    for thing, public in entries():
        for found in doctest.DocTestFinder().find(thing, thing.__qualname__):
            nodes = [*ast.walk(ast.parse("".join(x.source for x in found.examples)))]
            known = {
                x.id for x in nodes if isinstance(x, ast.Name) and isinstance(x.ctx, ast.Store)
            }
            known |= {x.arg for x in nodes if isinstance(x, ast.arg)}
            known |= {x.asname or x.name for x in nodes if isinstance(x, ast.alias)}
            known |= {getattr(x, "name", None) for x in nodes}  # of def, class and except
            used = {x.id for x in nodes if isinstance(x, ast.Name)}
            if used - known - public:
                missing[found.name] = used - known - public
            examples += bool(found.examples)
    assert missing == {}
    assert examples > 90


def test_it_imports_what_it_names():
    assert README.index("import micrograph as mg") < README.index("mg.")


def test_it_has_two_commands_of_one_line():
    assert [command.count("\n") for command in commands()] == [0, 0]


def test_its_picture_is_what_its_command_draws(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    formula = re.search(r'micrograph draw ("[^"]+") (.*) -o', commands()[0])
    assert main(["draw", formula[1].strip('"'), *formula[2].split(), "-o", "graph.svg"]) == 0
    assert (tmp_path / "graph.svg").read_bytes() == (ROOT / "docs" / "seed.svg").read_bytes()


@pytest.mark.parametrize("path", ["README.md", "docs/checks.md"])
def test_its_commands_print_what_it_shows(path, monkeypatch, capsys):
    monkeypatch.chdir(ROOT)
    text = (ROOT / path).read_text(encoding="utf-8")
    shown = re.findall(r"```console\n\$ micrograph (.*)\n((?s:.*?))```", text)
    for command, printed in shown:
        assert main(shlex.split(command)) == 0
        assert capsys.readouterr().out == printed
    assert shown


@pytest.mark.parametrize(
    "page", [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")], ids=lambda p: p.name
)
def test_links_lead_somewhere(page):
    found = re.findall(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
    assert [path for path in found if not (page.parent / path).exists()] == []


PUBLIC = [
    x
    for home in (mg, mg.learn, mg.testing)
    for x in (getattr(home, name) for name in home.__all__)
    if isinstance(x, type)
]


@pytest.mark.parametrize("cls", PUBLIC, ids=lambda cls: cls.__name__)
def test_the_examples_of_methods_hold(cls):
    """pytest finds none of a class that says it stands where one imports it from."""
    for name, method in vars(cls).items():
        method = getattr(method, "fget", None) or getattr(method, "__func__", method)
        known = {"Value": mg.Value, cls.__name__: cls, **getattr(method, "__globals__", {})}
        if not name.startswith("__"):
            finder = doctest.DocTestFinder(recurse=False)
            for found in finder.find(method, name, module=False, globs=known):
                assert doctest.DocTestRunner().run(found).failed == 0
