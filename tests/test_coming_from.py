"""The page for those who come from another library: its lines run there, and print what ours print."""

import contextlib
import doctest
import io
import re
from pathlib import Path

import pytest

PAGE = (Path(__file__).parent.parent / "docs" / "coming_from.md").read_text(encoding="utf-8")
MODULES = {"micrograd": "micrograd", "PyTorch": "torch", "JAX": "jax", "autograd": "autograd"}
NUMBER = re.compile(r"(?<![\w.])-?\d+(?:\.\d*)?(?:e[+-]?\d+)?")  # 33.0 and 3., no digit of float32


def numbers(text):
    return [float(number) for number in NUMBER.findall(text)]


def sections():
    """For each section: its title, what our lines print, and the blocks of the others by name."""
    for text in PAGE.split("\n## ")[1:]:
        ours = "".join(example.want for example in doctest.DocTestParser().get_examples(text))
        blocks = re.findall(r"```py\n(# (\w+).*?)```", text, re.DOTALL)
        yield text.partition("\n")[0], numbers(ours), {name: code for code, name in blocks}


def test_each_section_with_numbers_has_a_block_of_each_library_or_a_sentence():
    for text in PAGE.split("\n## ")[1:10]:
        for name in MODULES:
            assert name in text, (name, text.partition("\n")[0])


@pytest.mark.parametrize("name", MODULES)
@pytest.mark.filterwarnings("ignore")  # theirs are not ours to mend
def test_its_lines_print_the_numbers_of_ours(name):
    pytest.importorskip(MODULES[name], exc_type=ImportError)
    names, compared = {}, 0
    for title, ours, blocks in sections():
        if name in blocks:
            printed = io.StringIO()
            with contextlib.redirect_stdout(printed):
                exec(blocks[name], names)
            # float32 has whole numbers to the last digit, and all of these are whole
            assert numbers(printed.getvalue()) == ours, (title, printed.getvalue())
            compared += 1
    assert compared >= 6
