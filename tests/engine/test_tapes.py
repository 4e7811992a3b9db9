"""Recorded sweeps of the compiled engine: what its tapes record is what the rules record."""

import math

import pytest
from hypothesis import given, reject
from hypothesis import strategies as st
from random_programs import bits
from rows import ROWS, fixed, operands

import micrograph as mg
from micrograph import Value, naming
from micrograph.engine.build import compiled
from micrograph.engine.tapes import taped
from micrograph.transforms import run

compiled_only = pytest.mark.skipif(not compiled, reason="no extension was built")
OF_NUMBERS = [row for row in ROWS if not row.vectors]
BY_PYTHON = {"asinh", "atan2"} | {
    "sinc", "mish_slope", "betaln_slope", "i0e_slope", "i1e_slope",
}  # fmt: skip
"""Rows whose rules call a row of vectors, hypot, and those with long rules."""


def described(roots):
    """The graph below some nodes: operations, numbers and partials, and what is an operand where."""
    order = mg.engine.reading.topological(*roots)
    index = {node: i for i, node in enumerate(order)}
    return [
        (repr(node.op), bits(node.data), [*map(bits, node.partials)],
         [index[x] if isinstance(x, Value) else bits(x) for x in node.operands])
        for node in order
    ]  # fmt: skip


@pytest.mark.parametrize("row", OF_NUMBERS, ids=lambda row: row.name)
def test_every_rule_of_numbers_has_a_tape(row):
    for mask in range(1, 2**row.arity):
        given = [None if mask >> k & 1 else 2.0 for k in range(row.arity)]
        assert (taped(row, given) is None) == (row.name in BY_PYTHON)


@compiled_only
@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
@given(data=st.data())
def test_a_tape_records_what_the_rule_records(row, data):
    xs = data.draw(operands(row, 1e-3, 30))
    size = len(xs) // (row.vectors or 1)
    free = [not fixed(row, i) for i in range(len(xs))]
    kept = [not data.draw(st.booleans()) if f else True for f in free]
    leaves = [x if constant else Value(x) for x, constant in zip(xs, kept, strict=True)]
    places = [i for i, constant in enumerate(kept) if not constant]

    def f(*v):
        if not row.vectors:
            return row(*v)
        return row(*[v[i * size : (i + 1) * size] for i in range(row.vectors)])

    if not places:
        return

    def by(*chosen):
        v = list(leaves)
        for i, x in zip(places, chosen, strict=True):
            v[i] = x
        return f(*v)

    def second(*v):
        return mg.sum([g * g for g in mg.grad(by, argnums=range(len(v)))(*v)])

    def both():
        given = [leaves[i] for i in places]
        slopes = [mg.grad(g, argnums=range(len(given)))(*given) for g in (by, second)]
        return [*map(described, slopes), described(mg.jvp(by, given, [1.0] * len(given)))]

    try:
        found = both()
    except OverflowError:  # of the value
        reject()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(run, "compiled", None)
        expected = both()
    assert found == expected


@compiled_only
def test_a_rule_that_chooses_by_a_constant_has_a_tape_for_each_choice():
    x = Value(1.0)
    for n in (0.0, 1.0, 2, 3, -1, 0.5, 0.1, 1e-200, 2.0**53, 0.0, 2):
        slope = mg.grad(lambda x, n=n: x**n * 1.0)(x)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(run, "compiled", None)
            assert described([slope]) == described([mg.grad(lambda x, n=n: x**n * 1.0)(x)])


@compiled_only
def test_a_users_rule_is_run_each_time():
    scale = [1.0]
    name = "scaled_by_what_stands_elsewhere"
    row = mg.primitive(
        name, formula=lambda xp, x: x * x, partials=lambda xp, y, x: (scale[0] * 2 * x,)
    )
    try:
        x = Value(3.0)
        assert mg.grad(row)(x).data == 6.0
        scale[0] = 5.0
        assert mg.grad(row)(x).data == 30.0
    finally:
        naming.forget(name)


def test_recorded_slopes_of_a_choice_among_many_operands():
    """The compiled sweep noted which slopes are needed for three operands, and wrote past these."""
    n = 1000
    xs = [math.sin(i) for i in range(n)]
    f = lambda *v: mg.exp(mg.max(v)) + mg.min([*v, v[0]])
    top, least = max(range(n), key=xs.__getitem__), min(range(n), key=xs.__getitem__)
    found = mg.grad(lambda *v: mg.grad(f, top)(*v), (top, least))(*xs)
    assert found == (math.exp(xs[top]), 0.0)
