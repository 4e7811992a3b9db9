"""Pictures in a page, step by step, with boxes to fill in; text that stays inside its box."""

import re
import shutil
import subprocess
import xml.dom.minidom
from html import unescape

import pytest
from test_render import seed

import micrograph as mg
from micrograph import Graph, Value, draw
from micrograph.learn import example
from micrograph.render.frames import frames
from micrograph.render.measure import width_of
from micrograph.render.steps import shown

BROWSER = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)


def hostile():
    x = Value(1, '<b>&amp;\\N"|{')
    y = Value(2, "a long name WITH CAPITALS that goes on and on for more than sixty characters")
    z = Value(-0.0, "数😀")
    J = (x * y + mg.logsumexp([x, y, z]) * x * x).named("]]>-->")
    J.backward()
    return J


def repeated():
    w = Value(0.9, "weight")
    J = mg.mean([mg.softplus(w * Value(i / 7, f"x{i}")) for i in range(30)]).named("J")
    J.backward()
    return J


def logistic():
    L = example([0.5, -1.25], 1, [Value(1 / 3, "w1"), Value(-2 / 7, "w2")], Value(1e-9, "b"))
    L.backward()
    return L


def a_short_name_before_a_long_formula():
    return mg.sum([Value(k, f"v{k}") for k in (10, 11, 21, 22)]).named("J")


PICTURES = {
    "seed": lambda: draw(seed()),
    "top down": lambda: draw(seed(), direction="TB", constants=True),
    "hostile": lambda: draw(hostile()),
    "folded": lambda: draw(repeated()),
    "formula": lambda: draw(a_short_name_before_a_long_formula()),
    "logistic": lambda: draw(logistic()),
    "expanded": lambda: draw(logistic(), expand=True),
    "blank": lambda: draw(seed(), blank={"grad", "value"}),
    "step": lambda: draw(logistic(), step=2),
}
SCRIPT = """
<script>
const found = [];
for (const node of document.querySelectorAll("g.node")) {
  const box = node.querySelector("polygon, path, ellipse").getBBox();
  for (const text of node.querySelectorAll("text")) {
    const b = text.getBBox();
    if (b.x < box.x || b.x + b.width > box.x + box.width || b.y < box.y - 1 || b.y + b.height > box.y + box.height + 2)
      found.push(text.textContent);
  }
}
document.title = "outside: " + JSON.stringify(found);
</script>
"""


@pytest.mark.skipif(not BROWSER, reason="no Chromium on this machine")
@pytest.mark.parametrize(
    "font", ["Helvetica,Arial,sans-serif", "DejaVu Sans", "Verdana, DejaVu Sans"]
)
def test_text_stays_inside_its_box_in_a_browser(tmp_path, font):
    """Of the fonts that pictures fall back on, DejaVu Sans is the widest."""
    pictures = [make().pipe("svg", encoding="utf-8") for make in PICTURES.values()]
    body = "".join(svg[svg.index("<svg") :] for svg in pictures)
    body = re.sub('font-family="[^"]*"', f'font-family="{font}"', body)
    page = tmp_path / "page.html"
    page.write_text(f"<meta charset=utf-8><body>{body}{SCRIPT}", encoding="utf-8")
    options = ["--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path}/profile"]
    dumped = subprocess.run(
        [BROWSER, *options, "--dump-dom", page.as_uri()],
        capture_output=True,
        timeout=120,
        check=True,
    ).stdout.decode()
    assert re.search(r"<title>(.*)</title>", dumped)[1] == "outside: []"


@pytest.mark.parametrize("name", PICTURES)
def test_every_line_of_a_node_is_centred_or_anchored_at_a_fixed_point(name):
    document = xml.dom.minidom.parseString(PICTURES[name]().pipe("svg"))
    nodes = [g for g in document.getElementsByTagName("g") if g.getAttribute("class") == "node"]
    alone = []
    for node in nodes:
        lines = {}
        for text in node.getElementsByTagName("text"):
            lines.setdefault(text.getAttribute("y"), []).append(text.getAttribute("text-anchor"))
        for anchors in lines.values():
            assert anchors in (["middle"], ["end", "start"], ["end"], ["end", "end"]), anchors
            alone += anchors * (len(anchors) == 1)
    assert "middle" in alone


def test_room_is_left_for_the_widest_font():
    """The widths of DejaVu Sans at 1 em, read from the font's own table of advances."""
    advances = {"a": 0.613, "i": 0.278, "m": 0.974, "W": 0.989, "0": 0.636, "=": 0.838, "∂": 0.517,
                "σ": 0.634, "·": 0.318, "…": 1.0, "-": 0.361, "J": 0.295, "Q": 0.787, "w": 0.818}  # fmt: skip
    for letter, advance in advances.items():
        assert advance <= width_of(letter, 1.0) <= max(1.35 * advance, advance + 0.56)


def test_a_picture_scales_to_its_page_down_to_a_legible_size():
    (size,) = re.findall(
        r'<svg width="([\d.]+)pt"[^>]*style="([^"]*)"', draw(seed()).pipe("svg").decode()
    )
    least = re.fullmatch(r"max-width:100%;height:auto;min-width:(\d+)pt", size[1])
    assert 0.5 < float(least[1]) / float(size[0]) < 0.7  # letters of 12 points are 6 then, or more


def test_a_wide_picture_fills_a_notebooks_cell_and_a_small_one_keeps_its_size():
    small, wide = draw(seed()), draw(logistic(), direction="LR")
    shown = [p._repr_mimebundle_()["image/svg+xml"] for p in (small, wide)]
    assert shown[0] == small.pipe("svg").decode()
    (size,) = re.findall(r"<svg ([^>]*)>", shown[1])
    assert size.startswith('width="100%" style="max-width:100%')
    assert "height=" not in size
    assert "viewBox" in size


def test_the_direction_is_the_one_that_fits_a_page():
    assert "rankdir=LR" in draw(seed()).source
    x = Value(0.5, "x")
    for _ in range(11):
        x = mg.sin(x)
    assert "rankdir=TB" in draw(x).source
    assert "rankdir=LR" in draw(x, direction="LR").source
    with pytest.raises(ValueError, match=r"direction expects .*got 'down'"):
        draw(x, direction="down")


def test_the_ground_is_transparent_and_text_on_it_legible_on_white_and_black():
    svg = draw(seed(), constants=True).pipe("svg").decode()
    assert 'fill="white"' not in svg
    on_page = set(re.findall(r'font-size="10.00" fill="(#\w+)"', svg))
    for colour in on_page:
        channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
        light = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]  # WCAG 2.1, 1.4.3
        assert 1.05 / (light + 0.05) > 3.9
        assert (light + 0.05) / 0.05 > 4.5
    assert on_page


def test_a_picture_before_the_first_sweep_says_how_to_get_gradients():
    a = Value(2, "a")
    J = (a * 3).named("J")
    assert "gradients are shown after J.backward()" in draw(J).source
    assert "backward" not in draw(J, hide={"grad"}).source
    J.backward()
    assert "backward" not in draw(J).source


def test_minus_zero_is_zero():
    x = Value(-0.0, "x")
    y = x * -1.0
    y.backward(-0.0)
    assert "-0" not in re.sub(r'tooltip="[^"]*"', "", draw(y, constants=True).source)


def test_long_names_are_whole_in_the_tooltip():
    name = "the quantity that everybody knows under another name, which is shorter: " + "n" * 100
    source = draw((Value(1.0, name) * 2).named("y")).source
    assert name in source
    labels = "".join(re.findall(r"label=<(.*?)> ", source))
    assert all(len(re.sub("<.*?>", "", line)) < 40 for line in labels.split("<br/>"))


def test_tooltips_are_such_that_browsers_show_them():
    svg = draw(seed()).pipe("svg").decode()
    assert "<title>u = 6.0, dJ/du = 3.0</title>" in svg
    assert svg.count("<a ") == svg.count("text-decoration:none") == 6


def test_an_array_of_outputs_may_have_any_shape():
    np = pytest.importorskip("numpy")
    W, x = mg.values([[1.0, 2.0], [3.0, 4.0]], "W"), Value(5.0, "x")
    for outputs in (W * x, np.array(W[0, 0] * x)):
        drawn = [step for step in draw(outputs).drawn[0].steps if step.kind == "output"]
        assert [step.value for step in drawn] == ["5", "10", "15", "20"][: outputs.size]


def test_several_outputs():
    J = seed()
    u, v = J.node("u"), J.node("v")
    both = draw([u, v])
    assert both.source.count("peripheries=2") == 2
    assert "dJ" not in re.sub("tooltip.*", "", both.source)
    assert "∂v/∂u = 1" in both.source


def test_a_graph_is_drawn_and_so_is_its_gradient():
    np = pytest.importorskip("numpy")
    graph = Graph.of(seed())
    assert draw(graph).source.replace(" (accumulated 3)", "") == draw(seed()).source
    wide = mg.trace(lambda w, x: mg.softplus(x @ w), np.zeros(784), np.arange(784.0))
    assert "[0, 1, …, 783] (784)" in draw(wide).source
    assert "dv2/dw = [0, 0.5, …, 391.5] (784)" in draw(wide).source
    assert "(784)" in draw(wide.gradient("w")).source
    with pytest.raises(ValueError, match="expected a Graph with an output"):
        draw(graph.recorded())


def test_boxes_to_fill_in():
    picture = draw(seed(), blank={"grad", "partial"})
    assert "dJ/da =" in picture.source
    assert "= 9" not in re.sub(r'tooltip="[^"]*"', "", picture.source)
    svg = picture.pipe("svg").decode()
    assert svg.count('<polygon fill="none"') == 6 + 5
    assert "∂u/∂b =" in svg
    with pytest.raises(ValueError, match=r"blank expects some of .*got .*gradient"):
        draw(seed(), blank={"gradient"})


def shapes(picture):
    """The size of the picture, and where all boxes and lines of text are."""
    nodes = re.findall(r'class="node">.*?\n</g>', picture, re.DOTALL)
    size = re.findall(r'viewBox="[^"]*"', picture)
    return size + re.findall(r' (?:points|d|y)="[^"]*"', "".join(nodes))


@pytest.mark.parametrize("make", [seed, hostile, logistic])
def test_frames_have_one_layout_and_end_with_the_whole_sweep(tmp_path, make):
    J = make()
    paths = frames(J, tmp_path / "slides" / "sweep")
    inner = [node for node in J.walk() if node.op]
    assert [path.name for path in paths] == [f"step-{k:02}.svg" for k in range(len(inner) + 1)]
    pictures = [path.read_text(encoding="utf-8") for path in paths]
    assert len({tuple(shapes(picture)) for picture in pictures}) == 1
    assert re.findall("<text.*", pictures[-1]) == re.findall(
        "<text.*", draw(J, step=len(inner)).pipe("svg").decode()
    )
    for node in J.walk():
        assert shown(node.grad) in unescape(pictures[-1])


def test_a_step_shows_what_has_arrived_so_far():
    x = Value(2.0, "x")
    J = (x * x + 3 * x).named("J")
    grads = [re.findall(r"dJ/dx = ([^<]*)<", draw(J, step=k).source) for k in range(4)]
    assert grads == [[], [], ["3 + …"], ["7"]] or grads == [[], [], ["4 + …"], ["7"]]
    with pytest.raises(ValueError, match="step expects a number from 0 to 3, got 4"):
        draw(J, step=4)
    with pytest.raises(ValueError, match="steps of a sweep are those of one output"):
        draw([J, x * 1], step=0)
    assert x.grad == 0


def test_frames_refuse_a_format_and_write_nothing(tmp_path):
    with pytest.raises(ValueError, match=r"format expects one of svg, png, pdf, dot.*got 'gif'"):
        frames(seed(), tmp_path / "new", format="gif")
    with pytest.raises(ValueError, match="hide expects"):
        frames(seed(), tmp_path / "new", hide={"nothing"})
    with pytest.raises(TypeError, match="frames chooses step itself"):
        frames(seed(), tmp_path / "new", step=2)
    assert not (tmp_path / "new").exists()


def test_a_cancellation_is_marked_where_it_happens():
    x = Value(1e-4, "x")
    d = (1 - mg.cos(x).named("c")).named("d")
    J = (d / x**2).named("J")
    J.backward()
    source = draw(J, show="conditioning").source
    marked = {
        name for name, digits in re.findall(r"<b>(\w+)</b>.*?loses ([\d.]+) digits: cancel", source)
    }
    assert marked == {"d"}
    # cos x is rounded to 2**-53 beside 1 − cos x = 5e-9: log10(1/5e-9) = 8.3 digits are gone
    assert "loses 8.3 digits: cancellation" in source
    assert re.search(r"<b>c</b>.*?100 % of the error", source)
    assert "cancellation" not in draw(J).source
    with pytest.raises(ValueError, match='show expects "conditioning" or "nonfinite", got'):
        draw(J, show="heat")


def test_the_first_infinity_is_marked_where_it_is_born():
    x = Value(0.0, "x")
    y = (mg.sqrt(x).named("root") * 2).named("y")
    y.backward()
    source = draw(y, show="nonfinite").source
    assert re.findall(r"<b>(\w+)</b>.*?the first infinity", source) == ["root"]
    assert mg.first_nonfinite(y)[0].name == "root"
    fine = (x + 1).named("fine")
    assert "infinity" not in draw(fine, show="nonfinite").source
