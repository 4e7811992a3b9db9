"""The page in a browser: stepped through, its leaves dragged, and compared with Python."""

import json
import math
import random
import re
import sys
from pathlib import Path

import pytest

import micrograph as mg
from micrograph import Graph, Value, explain, to_html
from micrograph.learn import example
from micrograph.namespaces.floats import IEEE
from micrograph.namespaces.javascript import lacking
from micrograph.namespaces.text import show
from micrograph.render.steps import shown

sys.path.insert(0, str(Path(__file__).parents[1] / "engine"))
from random_programs import record


class Seen:
    """A page in the browser, and what it asked for or complained about."""

    def __init__(self, browser, file, **context):
        self.context = browser.new_context(
            **{"viewport": {"width": 1280, "height": 800}, **context}
        )
        self.page = self.context.new_page()
        self.asked, self.said = [], []
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.on("console", lambda message: self.said.append(message.text))
        self.page.on("pageerror", lambda error: self.said.append(str(error)))
        self.page.on("dialog", lambda dialog: (self.said.append("a dialog"), dialog.dismiss()))
        self.page.goto(file.as_uri())

    def texts(self, selector):
        """The text of all that is not hidden."""
        return self.page.eval_on_selector_all(
            selector,
            "all => all.filter(x => !x.classList.contains('later')).map(x => x.textContent)",
        )

    def line(self):
        return self.page.inner_text(".mg-line")

    def numbers(self):
        """By node, its value and gradient as they are written."""
        return dict(self.page.eval_on_selector_all(
            "g.node[role]",
            """all => all.map(g => [g.querySelector("tspan").textContent,
               [g.querySelector(".value").textContent, g.querySelector(".grad")?.textContent.split("= ")[1]]])""",
        ))  # fmt: skip

    def set(self, leaf, x):
        self.page.get_by_label(f"{leaf}, number", exact=True).fill(repr(x))


@pytest.fixture
def see(browser, tmp_path):
    opened = []

    def open_page(what, context=None, **options):
        to_html(what, tmp_path / "page.html", **options)
        opened.append(Seen(browser, tmp_path / "page.html", **(context or {})))
        return opened[-1]

    yield open_page
    for seen in opened:
        assert seen.asked == [(tmp_path / "page.html").as_uri()], "the page asked for more"
        assert seen.said == []
        seen.context.close()


def seed():
    a, b, c = Value(5, "a"), Value(3, "b"), Value(2, "c")
    return (3 * (a + (b * c).named("u")).named("v")).named("J")


def folded():
    w = Value(0.9, "weight")
    return mg.mean([mg.softplus(w * Value(i / 7, f"x{i}")) for i in range(30)]).named("J")


def logistic():
    return example([0.5, -1.25], 1, [Value(1 / 3, "w1"), Value(-2 / 7, "w2")], Value(1e-9, "b"))


HOSTILE = [
    "</script><script>alert(1)</script>", "<img src=x onerror=alert(1)>", "{data}", "{svg}", "{id}",
    "\u2028]]>--><!--", '" onfocus="alert(1)', "'+alert(1)+'", "数😀", "\\u003c/script>", "&lt;b&gt;",
]  # fmt: skip


def hostile():
    leaves = [Value(1 + k, name) for k, name in enumerate(HOSTILE)]
    with mg.scope("</svg><script>alert(2)</script>"):
        return mg.sum(leaves).named("</title><script>alert(3)</script>")


# ---- stepping


def test_values_and_then_gradients_appear_node_by_node(see):
    seen = see(seed())
    press = seen.page.keyboard.press
    press("Home")
    assert seen.texts("svg .value") == ["5", "3", "2"]
    assert seen.texts("svg .grad") == []
    assert seen.line() == "a = 5, b = 3, c = 2"
    lines = []
    for _ in range(3):
        press("ArrowRight")
        lines.append(seen.line())
    assert lines == ["u = b·c = 3·2 = 6", "v = a + u = 5 + 6 = 11", "J = 3·v = 3·11 = 33"]
    assert len(seen.texts("svg .value")) == 6
    assert len(seen.texts("svg .partial")) == 5
    assert seen.texts("svg .grad") == []
    gradients = []
    for _ in range(6):
        press("ArrowRight")
        gradients.append(seen.texts("svg .grad"))
    assert [len(each) for each in gradients] == [1, 2, 3, 4, 5, 6]
    assert gradients[2] == ["dJ/du = 3", "dJ/dv = 3", "dJ/dJ = 1"]
    press("End")
    assert seen.line() == "dJ/da = 3, dJ/db = 6, dJ/dc = 9"


def test_the_lines_are_those_of_explain(see):
    L = logistic()
    seen = see(L)
    lines = []
    for _ in range(int(seen.page.get_attribute(".mg-step", "max"))):
        seen.page.keyboard.press("ArrowLeft")
        lines.insert(0, seen.line())
    told = "\n".join(lines).splitlines()
    missing = [line for line in str(explain(L)).splitlines() if line not in told]
    # explain gives the leaves and the constants in a line, and a heading to each sweep
    assert all("sweep" in line or line.startswith("w1 = ") for line in missing), missing


def test_beside_the_active_edge_stands_the_product(see):
    seen = see(seed())
    for _ in range(2):  # from the end: c, then b
        seen.page.keyboard.press("ArrowLeft")
    assert [x for x in seen.texts("g.edge.active text") if x] == ["∂u/∂b = 2", "3 · 2 = 6"]
    assert seen.texts(".mg-products li") == ["dJ/du · ∂u/∂b = 3 · 2 = 6"]
    assert seen.texts("g.node.active tspan") == ["b"]


def test_what_is_used_twice_receives_two_products(see):
    x = Value(-2.0, "x")
    seen = see((x * x + 3 * x).named("J"))
    seen.page.keyboard.press("ArrowLeft")
    assert sorted(seen.texts(".mg-products li")) == [
        "dJ/dv1 · ∂v1/∂x = 1 · (-2 - 2) = -4",
        "dJ/dv2 · ∂v2/∂x = 1 · 3 = 3",
    ]


def test_the_slider_and_the_buttons_step_too(see):
    seen = see(seed())
    seen.page.locator(".mg-step").fill("4")
    assert seen.line() == "dJ/dJ = 1"
    seen.page.get_by_role("button", name="Step back", exact=True).click()
    assert seen.line() == "J = 3·v = 3·11 = 33"
    seen.page.get_by_role("button", name="First step").click()
    assert seen.page.get_attribute(".mg-step", "aria-valuetext") == "0 of 10, The leaves"
    seen.page.get_by_role("button", name="Last step").click()
    assert seen.page.input_value(".mg-step") == "10"


def test_playing_goes_on_by_itself_and_stops_at_the_end(see):
    seen = see(seed())
    seen.page.clock.install()
    seen.page.keyboard.press(" ")
    assert seen.page.input_value(".mg-step") == "0"
    seen.page.clock.run_for(2500)
    assert seen.page.input_value(".mg-step") == "2"
    seen.page.clock.run_for(60_000)
    assert seen.page.input_value(".mg-step") == "10"
    assert seen.page.inner_text("[data-do=play]") == "Play"


# ---- leaves


def test_a_leaf_is_dragged_and_all_is_recomputed(see):
    seen = see(seed())
    slider = seen.page.get_by_label("b, slider")
    box = slider.bounding_box()
    y = box["y"] + box["height"] / 2
    seen.page.mouse.move(box["x"] + box["width"] / 2, y)
    seen.page.mouse.down()
    seen.page.mouse.move(box["x"] + box["width"] * 0.8, y)
    seen.page.mouse.up()
    b = float(seen.page.get_by_label("b, number").input_value())
    assert b != 3
    numbers = seen.numbers()
    assert numbers["u"] == [show(2 * b), "3"]
    assert numbers["J"] == [show(3 * (5 + 2 * b)), "1"]
    assert numbers["c"] == ["2", show(3 * b)]
    assert f"∂u/∂c = {show(b)}" in seen.texts("svg .partial")
    assert seen.line() == f"dJ/da = 3, dJ/db = 6, dJ/dc = {show(3 * b)}"
    seen.page.get_by_role("button", name="Reset").click()
    assert seen.numbers()["J"] == ["33", "1"]


def test_lines_tell_the_new_numbers_after_a_drag(see):
    seen = see(seed())
    seen.set("b", 4.0)
    for _ in range(2):
        seen.page.keyboard.press("Escape")
        seen.page.get_by_role("button", name="Step back", exact=True).click()
    assert seen.line() == "dJ/db = dJ/du · ∂u/∂b = 3 · 2 = 6"
    seen.page.locator(".mg-step").fill("1")
    assert seen.line() == "u = b·c = 8"


def computable(root):
    rows = {node.op for node in root.walk() if node.op}
    return not lacking(rows)


def programs(count):
    """Random programs whose rows the page can compute, at numbers of ordinary size."""
    found, number = [], 0
    while len(found) < count and number < 4000:
        number += 1
        draw = random.Random(number)
        leaves = [Value(draw.uniform(0.2, 2.0), name) for name in ("x", "y", "z")]
        root = record(draw, draw.randint(3, 25), leaves)[0][-1]
        if root.op and len(root.leaves()) > 1 and math.isfinite(root.data) and computable(root):
            found.append((number, root.named("J")))
    return found


def exact(seen):
    """By node, its value and gradient with all digits, as a screen reader hears them."""
    found = {}
    for label in seen.page.eval_on_selector_all(
        "g.node[role]", "all => all.map(g => g.getAttribute('aria-label'))"
    ):
        name, value, gradient = re.fullmatch(r"(\w+) = (.*), d\w+/d\w+ = (.*)", label).groups()
        found[name] = float(value), float(gradient)
    return found


@pytest.mark.parametrize(("number", "root"), programs(12), ids=lambda x: str(x)[:4])
def test_random_graphs_are_recomputed_as_python_computes_them(see, number, root):
    seen = see(root, fold=False)
    draw, graph, moved = random.Random(number), Graph.of(root), []
    for leaf in graph.inputs:
        x = leaf.data
        if leaf.name in ("x", "y", "z"):
            seen.set(leaf.name, x := draw.uniform(0.3, 1.9))
        moved.append(x)
    numbers = graph.evaluate(IEEE, moved)
    adjoints = graph.adjoints(IEEE, numbers)
    found = exact(seen)
    assert found.keys() == set(graph.nodes.names())
    for i, (name, value) in enumerate(zip(graph.nodes.names(), numbers, strict=True)):
        for ours, theirs in zip(found[name], (value, adjoints.get(i, 0.0)), strict=True):
            # V8's exp and its like are within a unit in the last place. Through a few dozen nodes,
            # which may cancel, some thousand units of the largest number are left.
            sizes = [abs(x) for x in (*numbers, *adjoints.values()) if math.isfinite(x)]
            assert ours == pytest.approx(theirs, rel=1e-9, abs=1e-12 * max(1, *sizes), nan_ok=True)


def test_what_cannot_be_recomputed_is_said_and_shown_as_a_dash(see):
    cube = mg.primitive("page_cube", value=lambda x: x**3, partials=lambda xp, y, x: (3 * x * x,))
    a, b = Value(2.0, "a"), Value(3.0, "b")
    J = (cube(a).named("cube") + (b * b).named("square")).named("J")
    seen = see(J)
    assert seen.numbers()["cube"] == ["8", "1"]
    seen.set("b", 4.0)
    assert seen.numbers() == {"a": ["2", "12"], "b": ["4", "8"], "cube": ["8", "1"],
                              "square": ["16", "1"], "J": ["24", "1"]}  # fmt: skip
    seen.set("a", 1.0)  # J is not known, so its slopes are not either
    assert seen.numbers() == {"a": ["1", "–"], "b": ["4", "–"], "cube": ["–", "–"],
                              "square": ["16", "–"], "J": ["–", "1"]}  # fmt: skip
    assert seen.page.inner_text(".mg-note").startswith("cube can't be recomputed in the page: ")


def test_zero_times_an_infinite_slope_is_zero(see):
    x, c = Value(1.0, "x"), Value(2.0, "c")
    seen = see((c * mg.log(x).named("log")).named("J"))
    seen.set("x", 0.0)
    seen.set("c", 0.0)
    assert seen.numbers()["x"] == ["0", "0"]
    assert seen.page.inner_text(".mg-note") == "log is -inf here"


def test_a_nudge_stands_beside_the_derivative(see):
    seen = see(seed())
    assert seen.page.inner_text(".mg-nudged").splitlines() == [
        "J: 33 → 33.0003", "ΔJ/Δa = 3", "dJ/da = 3",
    ]  # fmt: skip
    seen.page.locator(".mg-which").select_option(label="c")
    seen.page.locator(".mg-by").fill("1")
    assert seen.page.inner_text(".mg-nudged").splitlines()[0] == "J: 33 → 42"
    seen.page.locator(".mg-by").fill("0")
    assert seen.page.inner_text(".mg-nudged") == "Nudge by a number other than 0."


def test_more_than_twelve_leaves_are_dragged_after_a_click_on_one(see):
    leaves = [Value(k, f"x{k}") for k in range(14)]
    J = leaves[0]
    for leaf in leaves[1:]:
        J = J * leaf + 1
    seen = see(J.named("J"), fold=False)
    assert seen.page.locator(".mg-leaf").count() == 12
    seen.page.locator("g.leaf", has_text="x13").click()
    assert seen.page.locator(".mg-leaf").count() == 13
    seen.page.keyboard.type("7")  # the number field has the focus
    assert seen.numbers()["x13"][0] != "13"


# ---- folded graphs, vectors, several outputs, large graphs


def test_a_folded_graph_is_recomputed_whole(see):
    seen = see(folded())
    assert seen.page.locator(".mg-leaf").count() == 1
    seen.set("weight", 0.25)
    w = Value(0.25, "weight")
    J = mg.mean([mg.softplus(w * Value(i / 7)) for i in range(30)])
    J.backward()
    assert seen.numbers()["J"][0] == show(J.data)
    assert seen.numbers()["weight"][1] == show(w.grad)
    seen.page.locator(".mg-step").fill("6")
    assert "and 29 more like it" not in seen.line()


def test_a_graph_with_vectors_is_shown_and_not_recomputed(see):
    np = pytest.importorskip("numpy")
    graph = mg.trace(lambda w, x: mg.softplus(x @ w), np.zeros(784), np.arange(784.0))
    seen = see(graph)
    assert "does not recompute" in seen.page.inner_text(".mg-note")
    assert "[0, 1, …, 783] (784)" in "".join(seen.texts("svg .value"))
    assert seen.page.locator(".mg-leaf").count() == 0
    seen.page.keyboard.press("Home")
    assert seen.texts("svg .grad") == []


def test_of_several_outputs_only_the_forward_sweep_is_shown(see):
    J = seed()
    seen = see([J.node("u"), J.node("v")])
    assert seen.page.get_attribute(".mg-step", "max") == "3"
    assert seen.texts("svg .grad") == []
    seen.set("b", 1.0)
    assert sorted(seen.texts("svg .value")) == ["1", "2", "2", "5", "7"]


def test_a_large_graph_is_folded_or_refused(see):
    draw, nodes = random.Random(1), [Value(0.5, "x")]
    for _ in range(750):
        nodes.append(
            draw.choice([mg.sin, mg.tanh, mg.cos])(draw.choice(nodes[-9:]) + draw.choice(nodes))
        )
    large = mg.sum(nodes)
    with pytest.raises(ValueError, match=r"nodes are more than max_nodes=300 allows"):
        to_html(large)
    y = Value(0.5, "y")
    for _ in range(6_000):
        y = mg.sin(y)
    seen = see(y.named("J"))
    assert "recomputes graphs of up to 5,000" in seen.page.inner_text(".mg-note")


def test_a_page_of_one_leaf(see):
    seen = see(Value(2.0, "x"))
    assert seen.numbers() == {"x": ["2", "1"]}
    seen.set("x", 3.0)
    assert seen.numbers() == {"x": ["3", "1"]}


# ---- reading, colours, zoom


def test_all_paths_from_a_node_are_marked_and_its_numbers_told(see):
    seen = see(seed())
    seen.page.locator("g.leaf", has_text="b").first.hover()
    assert seen.texts("g.node.path tspan") == ["b", "u", "v", "J"]
    assert seen.page.locator("g.edge.path").count() == 3
    assert seen.page.inner_text(".mg-node").startswith("b = 3")
    seen.page.mouse.move(1, 790)
    assert seen.page.locator(".path").count() == 0


def test_gradients_are_colours_of_opposite_hue(see):
    a, b = Value(2.0, "a"), Value(3.0, "b")
    seen = see((a - b).named("J"))
    fill = lambda name: seen.page.locator("g.node", has_text=name).first.locator(".box").evaluate(
        "box => getComputedStyle(box).fill"
    )  # fmt: skip
    plain = fill("a")
    seen.page.get_by_label("Colour by gradient").check()
    assert len({plain, fill("a"), fill("b")}) == 3
    assert [seen.page.inner_text(f".mg-{end}") for end in ("least", "most")] == ["-1", "1"]


def test_the_picture_zooms_and_is_dragged(see):
    seen = see(seed())
    width = lambda: seen.page.locator("svg").bounding_box()["width"]
    before = width()
    seen.page.get_by_role("button", name="Zoom in").click()
    assert width() == pytest.approx(1.25 * before)  # the button's factor
    box = seen.page.locator(".mg-picture").bounding_box()
    seen.page.mouse.move(box["x"] + 300, box["y"] + 60)
    seen.page.keyboard.down("Control")
    seen.page.mouse.wheel(0, -300)
    seen.page.keyboard.up("Control")
    seen.page.wait_for_function(f"document.querySelector('svg').clientWidth > {1.3 * before}")
    at = lambda: seen.page.locator(".mg-picture").evaluate("x => x.scrollLeft")
    start = at()
    x, y = seen.page.evaluate("""() => {
        const box = document.querySelector(".mg-picture").getBoundingClientRect();
        for (let y = box.top + 2; y < box.bottom - 30; y += 5)  // a place on the ground
            for (let x = box.left + 110; x < box.right - 110; x += 5)
                if (document.elementFromPoint(x, y).localName === "svg") return [x, y];
    }""")
    seen.page.mouse.move(x, y)
    seen.page.mouse.down()
    seen.page.mouse.move(x + 50, y)
    seen.page.mouse.up()
    assert start > 50
    assert at() == pytest.approx(start - 50, abs=2)  # whole pixels
    seen.page.get_by_role("button", name="Fit").click()
    assert seen.page.locator(".mg-picture").evaluate("x => x.scrollWidth <= x.clientWidth")


def test_numbers_are_shown_as_python_shows_them(see):
    draw = random.Random(3)
    floats = [0.0, -0.0, math.inf, -math.inf, math.nan, 5e-324, 1.7976931348623157e308, 1e21, 1e-7,
              0.1 + 0.2, 1e12, 1e11, 123456789012.5, 999999.5, 9999995e-10, 2.0**-18, 1234565e14,
              1234575e14, 100000.5, 0.00012345650, 33.000300000000003]  # fmt: skip
    floats += [draw.uniform(-1, 1) * 10.0 ** draw.randint(-20, 20) for _ in range(1500)]
    floats += [
        draw.randint(-(10**7), 10**7) * 5.0**16 * 2.0 ** draw.randint(-60, 40) for _ in range(1000)
    ]
    seen = see(seed())
    # the page's own functions are private to it: they run again here, with the page's source
    source = (Path(mg.__file__).parent / "render/web/numbers.js").read_text(encoding="utf-8")
    functions = source[source.index("function general") : source.index("// Of many texts")]
    ours = seen.context.new_page().evaluate(
        f"xs => {{ {functions}; return xs.map(x => show(Number(x))); }}",
        [repr(x).replace("inf", "Infinity") for x in floats],
    )
    assert ours == [shown(x) for x in floats]


# ---- keyboard alone, narrow, print


def test_the_keyboard_alone_does_it_all(see):
    seen = see(seed())
    press, focused = (
        seen.page.keyboard.press,
        lambda what: seen.page.evaluate(f"document.activeElement.{what}"),
    )
    press("Tab")
    assert focused("textContent") == "Skip to the controls"
    press("Enter")
    press("Tab")
    assert focused("title") == "The first step (Home)"
    press("Enter")
    assert seen.line() == "a = 5, b = 3, c = 2"
    names = []
    for _ in range(30):
        press("Tab")
        names.append(focused("getAttribute('aria-label')") or focused("textContent"))
    assert {"Step on", "The graph", "u = 6, dJ/du = 3", "b, slider", "b, number"} <= set(names)
    while focused("getAttribute('aria-label')") != "b, slider":
        press("Tab")
    press("ArrowRight")
    assert seen.numbers()["b"][0] != "3"
    assert seen.page.input_value(".mg-step") == "0"  # the key was the slider's


def test_the_focus_is_seen(see):
    seen = see(seed())
    for _ in range(14):
        seen.page.keyboard.press("Tab")
        ring = seen.page.evaluate("""() => { const x = document.activeElement, box = x.querySelector?.(".box");
            const css = getComputedStyle(box ?? x); return box && x.matches(".node") ? css.strokeWidth : css.outlineWidth }""")
        assert float(ring.removesuffix("px")) >= 3


def test_every_control_has_a_name(see):
    seen = see(seed())
    unnamed = seen.page.eval_on_selector_all(
        "button, input, select, [role=button]",
        "all => all.filter(x => !(x.getAttribute('aria-label') || x.labels?.length || x.textContent.trim())).map(x => x.outerHTML)",
    )
    assert unnamed == []
    assert seen.page.get_attribute(".mg-line", "aria-live") == "polite"


@pytest.mark.parametrize("make", [seed, folded, logistic, hostile])
def test_nothing_but_the_picture_scrolls_sideways_at_400_pixels(see, make):
    seen = see(make(), {"viewport": {"width": 400, "height": 800}})
    assert seen.page.evaluate("document.documentElement.scrollWidth") <= 400


def test_a_print_has_no_controls_and_a_white_ground(see):
    seen = see(seed(), {"color_scheme": "dark"})
    assert (
        seen.page.evaluate("getComputedStyle(document.querySelector('.mg-page')).backgroundColor")
        != "rgb(255, 255, 255)"
    )
    seen.page.emulate_media(media="print", color_scheme="dark")
    assert not seen.page.locator(".mg-bar").is_visible()
    assert not seen.page.locator(".mg-leaves").is_visible()
    assert (
        seen.page.evaluate("getComputedStyle(document.querySelector('.mg-page')).backgroundColor")
        == "rgb(255, 255, 255)"
    )


# ---- security


def test_names_are_text_and_nothing_else(see):
    seen = see(hostile(), fold=False)
    assert seen.page.locator("script").count() == 2
    assert seen.page.locator("img").count() == 0
    shown_names = "".join(seen.texts("g.node tspan"))
    assert "</script>" in shown_names
    assert "<img src=x" in shown_names
    assert "{data}" in shown_names
    assert "数😀" in shown_names
    seen.page.locator(".mg-leaf input[type=number]").first.fill("4")
    for _ in range(5):
        seen.page.keyboard.press("ArrowLeft")


def test_the_policy_is_strict_and_in_force(see):
    page = str.__str__(to_html(seed()))
    (policy,) = re.findall(r'Content-Security-Policy" content="([^"]*)"', page)
    assert re.fullmatch(
        r"default-src 'none'; script-src 'sha256-[\w+/=]+'; style-src 'sha256-[\w+/=]+'; "
        r"base-uri 'none'; form-action 'none'", policy
    )  # fmt: skip
    assert not re.search(r"\son\w+=|\sstyle=|https?:|\beval\b|new Function", page)
    seen = see(seed())
    seen.page.evaluate("""() => {
        const script = document.createElement("script");
        script.textContent = "document.title = 'it ran'";
        document.body.append(script);
        document.body.setAttribute("onclick", "document.title = 'it ran'");
        document.body.click();
        new Image().src = "https://example.invalid/";
    }""")
    assert "ran" not in seen.page.title()
    assert len([text for text in seen.said if "Content Security Policy" in text]) >= 3
    seen.said.clear()  # what we provoked, and the image that was not let through
    del seen.asked[1:]


def test_the_data_is_json_that_ends_no_script():
    page = str.__str__(to_html(hostile()))
    (data,) = re.findall(r'<script type="application/json" class="mg-data">(.*?)</script>', page)
    assert not set("<>&\u2028\u2029") & set(data)
    assert set(HOSTILE[:5]) <= set(json.loads(data)["nodes"]["names"])


# ---- Python's side


def test_a_page_is_a_string_that_notebooks_show(tmp_path):
    J = seed()
    page = to_html(J, str(tmp_path / "page.HTM"))
    assert (tmp_path / "page.HTM").read_text(encoding="utf-8") == page
    assert page == to_html(J)
    assert "dJ/da = 3" in repr(page)
    assert J.grad == 0  # the sweep is one of its own
    bundle = page._repr_mimebundle_()
    assert set(bundle) == {"text/html", "image/svg+xml", "text/plain"}
    assert bundle["image/svg+xml"].lstrip().startswith("<?xml")


def test_keys_in_a_notebook_are_left_to_the_page():
    """JupyterLab takes no shortcut of its own from an element that says so. It was tried there."""
    page = to_html(seed())._repr_mimebundle_()["text/html"]
    assert 'event.target.dataset.lmSuppressShortcuts = "true"' in page


def test_pages_in_one_notebook_do_not_meet(browser, tmp_path):
    page = to_html(seed())
    cells = [page._repr_mimebundle_()["text/html"] for _ in range(2)]
    (tmp_path / "cells.html").write_text("<meta charset=utf-8>" + "".join(cells), encoding="utf-8")
    seen = Seen(browser, tmp_path / "cells.html")
    seen.page.get_by_label("b, number").first.fill("4")
    assert seen.texts("svg .value").count("24") == 0
    assert [x for x in seen.texts("svg .value") if x in ("33", "39")] == ["39", "33"]
    ids = seen.page.eval_on_selector_all("[id]", "all => all.map(x => x.id)")
    assert len(ids) == len(set(ids))
    assert seen.page.evaluate("typeof rows + typeof graph + typeof show") == "undefined" * 3
    assert seen.said == []
    seen.context.close()


@pytest.mark.parametrize("wrong", ["page.svg", "page", "page.html.txt"])
def test_another_suffix_is_refused(tmp_path, wrong):
    with pytest.raises(ValueError, match=r"should end in \.html or \.htm"):
        to_html(seed(), tmp_path / wrong)
    assert not any(tmp_path.iterdir())


def test_options_that_a_page_has_not():
    for name, x in {"step": 1, "blank": {"grad"}, "show": "nonfinite"}.items():
        with pytest.raises(TypeError, match=f"to_html takes no {name}=…: "):
            to_html(seed(), **{name: x})
    with pytest.raises(TypeError, match="there is no option colour"):
        to_html(seed(), colour=True)
    with pytest.raises(TypeError, match="names expects a mapping"):
        to_html(seed(), names=3)
