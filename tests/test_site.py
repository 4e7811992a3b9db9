"""The built documentation in a browser: it fits the screen, its code is copied, its search finds.

It looks at the folder ``site``, which ``sphinx-build docs site`` makes, or at the one that SITE names.
"""

import ast
import os
import re
from pathlib import Path
from urllib.parse import quote

import pytest

SITE = Path(os.environ.get("SITE", Path(__file__).parent.parent / "site")).resolve()
PAGES = [
    page
    for page in (*sorted(SITE.glob("*.html")), *sorted(SITE.glob("notebooks/*.html")))
    if page.stem not in ("py-modindex", "search")
]
pytestmark = pytest.mark.skipif(not PAGES, reason="sphinx-build docs site was not run")


STICKING_OUT = """() => [...document.querySelectorAll("article *")].filter(x => {
    if (x.getBoundingClientRect().right <= innerWidth + 1) return false;
    for (let y = x.parentElement; y.tagName != "ARTICLE"; y = y.parentElement)
        if (["auto", "scroll"].includes(getComputedStyle(y).overflowX)) return false;
    return true;
}).map(x => `${x.tagName} ${x.textContent.slice(0, 60)}`)"""
SPLIT = """() => [...document.querySelectorAll("article math")].filter(x => {
    const after = x.nextSibling, range = document.createRange();
    if (after?.nodeType != 3 || !/^[.,:;?!)]/.test(after.data)) return false;
    range.setStart(after, 0);
    range.setEnd(after, 1);
    return range.getBoundingClientRect().left < x.getBoundingClientRect().right - 1;
}).map(x => x.textContent)"""
SMALL = """() => [...document.querySelectorAll("article img, div.picture > svg")].filter(x =>
    x.getBoundingClientRect().width < 0.55 * (x.naturalWidth ?? 4 / 3 * x.viewBox.baseVal.width)
).map(x => x.outerHTML.slice(0, 200))"""
PALE = """() => {
    const channels = (colour) => colour.match(/[\\d.]+/g).slice(0, 3).map((c) => c / 255);
    const light = (colour) => {
        const [r, g, b] = channels(colour).map((c) => c > 0.04 ? ((c + 0.055) / 1.055) ** 2.4 : c / 12.92);
        return 0.2126 * r + 0.7152 * g + 0.0722 * b + 0.05;
    };
    const page = light(getComputedStyle(document.body).backgroundColor);
    return [...document.querySelectorAll("div.picture g.edge text")].filter((text) => {
        const shown = light(getComputedStyle(text).fill);
        return Math.max(shown, page) / Math.min(shown, page) < 4.5;
    }).map((text) => text.textContent);
}"""
CODE = """() => [...document.querySelectorAll("div.highlight:has(> button.copy) > pre")].map(
    x => [x.textContent, codeOf(x.textContent)])"""


def test_pages_fit_the_screen_and_what_is_copied_is_python(browser):
    page = browser.new_page()
    said, wrong, copied = [], {}, 0
    page.on("pageerror", lambda error: said.append(str(error)))
    for path in PAGES:
        page.goto(path.as_uri())
        assert ",," not in "".join(page.locator("article p, article li").all_inner_texts())
        for width in (400, 1280):
            page.set_viewport_size({"width": width, "height": 800})
            for what in (STICKING_OUT, SPLIT, SMALL):
                if found := page.evaluate(what):
                    wrong[path.stem, width] = found
        for shown, code in page.evaluate(CODE):
            if shown.startswith(">>>"):
                assert ">>>" not in code
                ast.parse(code)
                copied += 1
    assert (wrong, said) == ({}, [])
    assert copied > 100


def test_the_button_copies_what_pythons_prompt_takes(browser):
    page = browser.new_page()
    page.goto((SITE / "coming_from.html").as_uri())
    block = page.locator("div.highlight", has_text="return x**3 + 2 * x").first
    block.hover()
    block.locator("button.copy").click()
    block.locator("button.copy", has_text="copied").wait_for()
    page.evaluate("document.body.prepend(document.createElement('textarea'))")
    page.locator("textarea").first.focus()
    page.keyboard.press("Control+V")
    assert page.locator("textarea").first.input_value() == (
        "def f(x):\n    return x**3 + 2 * x\n\nmg.grad(f)(2.0)\nmg.value_and_grad(f)(2.0)\n"
    )


def test_no_sentence_is_taken_for_a_type(browser):
    """Napoleon reads what stands before a colon in a property's docstring as its type."""
    page = browser.new_page()
    page.goto((SITE / "reference.html").as_uri())
    types = page.locator("dt.field-odd, dt.field-even", has_text="Type").locator("+ dd")
    found = types.all_inner_texts()
    assert found
    assert [text for text in found if re.match(r"[A-Z]\w* \w+ ", text)] == []
    costs = page.locator("dt.field-odd, dt.field-even", has_text="Cost").locator("+ dd")
    assert costs.count()
    assert costs.locator("p > em:first-child").all_inner_texts() == []


def test_a_slope_in_one_of_many_elements_says_for_how_many_it_is(browser):
    page = browser.new_page()
    page.goto((SITE / "reference.html").as_uri())
    for row, counts in {"mean": True, "prod": True, "sum": False, "dot": False}.items():
        line = page.locator(f"tr[id='micrograph.{row}']").inner_text()
        assert ("for two elements" in line) == counts


def test_help_keeps_its_columns_on_a_phone(browser):
    page = browser.new_page(viewport={"width": 400, "height": 800})
    page.goto((SITE / "reference.html").as_uri())
    assert "pre" == page.locator(".highlight-text pre").first.evaluate(
        "x => getComputedStyle(x).whiteSpace"
    )


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_what_stands_on_edges_is_legible(browser, scheme):
    page = browser.new_page(color_scheme=scheme)
    for name in ("index", "pictures", "notebooks/01_the_seed_graph"):
        page.goto((SITE / f"{name}.html").as_uri())
        assert page.locator("div.picture g.edge text").count()
        assert page.evaluate(PALE) == []


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("strong zero", "Numbers and kinks"),
        ("∂", "Prove a derivative right"),  # a sign that Sphinx drops
        ("√", "micrograph.sqrt"),
        ("where", "micrograph.where"),  # a row, though Sphinx drops the word
        ("log1p", "micrograph.log1p"),
    ],
)
def test_its_search_finds(browser, asked, found):
    page = browser.new_page()
    page.goto((SITE / "search.html").as_uri() + f"?q={quote(asked)}")
    name = re.compile(f"^{re.escape(found)}$")
    page.locator("#search-results li a", has_text=name).first.wait_for()


def test_the_index_has_the_rows(browser):
    page = browser.new_page()
    page.goto((SITE / "genindex.html").as_uri())
    page.get_by_role("link", name="sqrt() (in module micrograph)").click()
    assert page.locator("tr:target").inner_text().startswith("sqrt")
