"""The rows as JavaScript: what a real engine makes of them is what floats compute."""

import math
import random
import re
import shutil
from functools import cache

import javascript_engine as engine
import pytest
from javascript_engine import record, run
from rows import ROOTS, fixed, near_roots, operands, planted, samples

import micrograph as mg
from micrograph import Value, naming
from micrograph.core import TABLE
from micrograph.namespaces.floats import FLOAT, IEEE, Ieee
from micrograph.namespaces.javascript import APART, lacking, program

ODDITIES = (0.0, -0.0, 1.0, -1.0, 0.5, -2.5, 2.5, math.inf, -math.inf, math.nan, 5e-324, -1e300,
            1e-300, 1.7e308)  # fmt: skip
WHOLE = (0.0, 1.0, 2.0, 3.0, 7.0, -1.0, -3.0)  # how many decimals, or which derivative

EXACT = {"abs", "max", "min", "floor", "ceil", "trunc", "sqrt"}
"""Functions of ``Math`` that have one result only."""

CANCELLING = ("logistic_loss", "logistic_loss_slope", "gammainc_slope", "betainc_slope")
"""Their slope is the difference of two terms up to 1, each with the error of an exponential; or it is
next to a root of a sum of such terms."""

CALL = """
const answer = (cases) => cases.map((x) => {
  const row = rows[NAME], y = row.value(...x);
  return [y, ...row.partials(y, ...x)];
});"""


def on_floats(row, xs):
    """The value and the partials, on floats that never raise."""
    xs = [Ieee(x) for x in xs]
    y = Ieee(IEEE.value(row, xs))
    return [float(y), *map(float, row.partials_at(IEEE, y, xs))]


def in_javascript(row, points, folder):
    """The value and the partials at each point."""
    call = CALL.replace("NAME", engine.json.dumps(row.name))
    return run(program([row]) + call, points, folder)


def bits(x):
    return "nan" if x != x else float(x).hex()


def apart(x, y):
    """By how many units in the last place x and y differ."""
    if bits(x) == bits(y) or x == y:
        return 0
    return abs(x - y) / math.ulp(y) if math.isfinite(x) and math.isfinite(y) else math.inf


@cache
def allowed(row):
    """How many units in the last place a row may be off: none if ``Math`` only does arithmetic."""
    called = set(re.findall(r"Math\.(\w+)|(\$pow)\b", program([row])))
    by_the_engine = {a or b for a, b in called} - EXACT
    return APART.get(row.name, 4) if by_the_engine else 0


def agree(row, ours, truth):
    """Whether a row is as close to floats as it should be; if it is exact, in sign bits too."""
    assert len(ours) == len(truth)
    if not allowed(row):
        return list(map(bits, ours)) == list(map(bits, truth))
    least = 4e-16 if row.name in CANCELLING else 0.0
    pairs = zip(ours, truth, strict=True)
    return all(apart(a, b) <= allowed(row) or abs(a - b) <= least for a, b in pairs)


def points_of(row, draw):
    """Points in the domain of a row, and odd ones in and outside of it."""
    for length in (3, 10, 1) if row.vectors else (1,):
        size = length * (row.vectors or row.arity)
        near, far = operands(row, 1e-5, 1e5), operands(row, 1e-300, 1e300)
        yield from (x for x in samples(near | far, 40) if len(x) == size)
        for _ in range(40):
            yield [draw.choice(WHOLE if fixed(row, i) else ODDITIES) for i in range(size)]


@pytest.mark.parametrize("name", TABLE)
def test_a_row_computes_what_floats_compute(name, tmp_path):
    """To the last bit, if the row is arithmetic. V8's Math has other last bits than C's library."""
    row = TABLE[name]
    points = list(points_of(row, random.Random(name)))
    assert len(points) > 70
    for x, ours in zip(points, in_javascript(row, points, tmp_path), strict=True):
        assert agree(row, ours, on_floats(row, x)), (x, ours, on_floats(row, x))


@pytest.mark.parametrize("name", ROOTS)
def test_near_roots_a_row_keeps_its_digits(name, tmp_path):
    """There terms cancel. Pairs of doubles have 31 digits, so some 1e-29 is left of an error."""
    row = TABLE[name]
    points = samples(near_roots(row), 60)
    for x, ours in zip(points, in_javascript(row, points, tmp_path), strict=True):
        for a, b in zip(ours, on_floats(row, x), strict=True):
            assert apart(a, b) <= allowed(row) or abs(a - b) < 1e-28, (x, a, b)


def test_no_row_of_the_table_is_lacking():
    assert lacking(TABLE.values()) == {}


def test_a_row_without_numbers_is_computed(tmp_path):
    rows = [row for row in TABLE.values() if row.vectors]
    text = program(rows) + "\nconst answer = () => Object.values(rows).map((row) => row.value());"
    refused = {
        "mean": math.nan,
        "max": -math.inf,
        "min": math.inf,
        "log_largest_share": math.inf,
    }  # by Python, not in a page
    truth = [
        refused[row.name] if row.name in refused else float(FLOAT.value(row, [])) for row in rows
    ]
    assert list(map(bits, run(text, [], tmp_path))) == list(map(bits, truth))


SWEEP = """
const answer = ([steps, data, constants]) => {
  const values = [...data], edges = [];
  steps.forEach(([which, ...operands], k) => {
    const row = rows[NAMES[which]], x = operands.map((i) => i < 0 ? constants[-1 - i] : values[i]);
    values.push(row.value(...x));
    edges.push([k + data.length, row, operands, row.partials(values[k + data.length], ...x)]);
  });
  const adjoints = values.map(() => 0);
  adjoints[values.length - 1] = 1;
  for (const [node, row, operands, partials] of edges.reverse())
    operands.forEach((i, k) => {
      if (i >= 0 && row.reaches(k, partials[k])) adjoints[i] += rows["azmul"].value(adjoints[node], partials[k]);
    });
  return [values, adjoints];
};"""


def laid_out(root):
    """The leaves' data, the steps and the constants below a node; leaves come first."""
    walked = root.walk()
    leaves = [node for node in walked if not node.op]
    nodes = leaves + [node for node in walked if node.op]
    place, steps, constants = {id(node): i for i, node in enumerate(nodes)}, [], []
    names = list(dict.fromkeys(node.op.name for node in nodes[len(leaves) :]))
    for node in nodes[len(leaves) :]:
        step = [names.index(node.op.name)]
        for x in node.operands:
            if not isinstance(x, Value):
                constants.append(float(x))
            step.append(place[id(x)] if isinstance(x, Value) else -len(constants))
        steps.append(step)
    return nodes, names, [steps, [leaf.data for leaf in leaves], constants]


def swept(root, folder):
    """The nodes below a node, and the values and adjoints that JavaScript gives them."""
    nodes, names, given = laid_out(root)
    rows = [TABLE[name] for name in [*names, "azmul"]]
    text = f"{program(rows)}\nconst NAMES = {engine.json.dumps(names)};{SWEEP}"
    return nodes, *run(text, given, folder)


def test_an_infinite_adjoint_stays_out_of_what_was_not_chosen(tmp_path):
    x = Value(-1.0, "x")
    root = mg.sqrt(mg.relu(x)) + mg.sqrt(mg.floor(x) + 1)
    root.backward()
    nodes, _, adjoints = swept(root, tmp_path)
    assert math.inf in adjoints
    assert [*map(bits, adjoints)] == [bits(node.grad) for node in nodes]


@pytest.mark.parametrize("number", range(8))
def test_a_random_graph_is_swept_as_by_backward(number, tmp_path):
    """To 1e-9: a step that cancels makes more of a last bit. An infinite or NaN gradient is one."""
    draw, leaves = random.Random(number), [Value(x, n) for x, n in ((0.7, "x"), (-1.3, "y"))]
    nodes, _ = record(draw, 60, leaves)
    root = mg.sum([mg.tanh(node) for node in nodes if math.isfinite(node.data)])
    root.backward()
    walked, values, adjoints = swept(root, tmp_path)
    assert len(walked) > 15
    for node, y, adjoint in zip(walked, values, adjoints, strict=True):
        assert y == pytest.approx(node.data, rel=1e-9, abs=1e-12, nan_ok=True), node
        assert adjoint == pytest.approx(node.grad, rel=1e-9, abs=1e-12, nan_ok=True), node


def test_a_row_made_from_a_formula_is_expanded(tmp_path):
    with planted(formula=lambda xp, x, new: x / (1 + mg.abs(x)) + xp.erf(new) * 3) as row:
        points = [[2.0, 0.5], [-1.0, 0.25]]
        for x, ours in zip(points, in_javascript(row, points, tmp_path), strict=True):
            assert ours == pytest.approx(on_floats(row, x), rel=1e-15)


def test_a_row_of_rows_of_users_is_expanded(tmp_path):
    with (
        planted(formula=lambda xp, x: x * x * x) as cube,
        planted(formula=lambda xp, x: cube(x) + xp.hypot([x, 3.0])) as row,
    ):
        assert in_javascript(row, [[4.0]], tmp_path) == [on_floats(row, [4.0])]


def test_a_row_that_is_python_code_is_lacking():
    with planted(value=lambda x: x * 2, partials=lambda xp, y, x: (2.0,)) as row:
        assert lacking([row, TABLE["mul"]]) == {
            row.name: f"{row.name} can't be computed in JavaScript: the row {row.name!r} is Python "
            "code, which JavaScript can't hold; make the row from a formula"
        }
        with pytest.raises(TypeError, match="make the row from a formula"):
            program([TABLE["mul"], row])


@pytest.mark.parametrize("name", ["toString", "constructor", "délta", "function", "x1"])
def test_any_name_of_a_row_is_a_key_and_no_more(name, tmp_path):
    row = mg.primitive(name, formula=lambda xp, x: x * 2)
    try:
        assert in_javascript(row, [[3.0]], tmp_path) == [[6.0, 2.0]]
    finally:
        naming.forget(name)


def test_an_object_has_the_rows_asked_for_alone(tmp_path):
    asked = [TABLE["gelu"], TABLE["mul"], TABLE["mul"]]
    text = program(asked) + '\nconst answer = () => ["toString" in rows, Object.keys(rows).length];'
    assert run(text.replace('"toString" in rows', '+("toString" in rows)'), [], tmp_path) == [0, 2]
    assert not re.search(r"\$pair_log|\beval\b|\bwith \(", text)


@pytest.mark.skipif(not engine.CHROMIUM, reason="there is no chromium")
def test_a_browser_computes_what_node_computes(tmp_path, monkeypatch):
    points = [[0.3, 2.0], [-2.5, 3.0], [math.inf, -0.0], [5e-324, math.nan]]
    found = [in_javascript(TABLE["pow"], points, tmp_path)] if shutil.which("node") else []
    monkeypatch.setattr(engine, "NODE", None)
    found.append(in_javascript(TABLE["pow"], points, tmp_path))
    assert [[*map(bits, y)] for y in found[0]] == [[*map(bits, y)] for y in found[-1]]
