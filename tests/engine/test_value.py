"""Value: recording, sweeping, mutation, errors; the promises that a user leans on."""

import decimal
import doctest
import fractions
import math
import threading

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import micrograph as mg
from micrograph import DomainError, Value
from micrograph.core import TABLE
from micrograph.engine import build, value
from micrograph.namespaces import FLOAT
from micrograph.testing.points import points


def seed():
    a, b, c = Value(5, "a"), Value(3, "b"), Value(2, "c")
    u = (b * c).named("u")
    v = (a + u).named("v")
    J = (3 * v).named("J")
    return a, b, c, u, v, J


def test_the_seeds_graph():
    a, b, c, u, v, J = seed()
    assert (u.data, v.data, J.data) == (6, 11, 33)
    assert J.backward() is None
    assert (J.grad, v.grad, u.grad, a.grad, b.grad, c.grad) == (1, 3, 3, 3, 6, 9)


def test_a_node_knows_how_it_was_computed():
    a, b, c, u, v, J = seed()
    assert J.op is mg.mul
    assert J.parents[0] is v
    assert J.partials == (3.0,)
    assert J.operands == (3.0, v)
    assert u.parents[0] is b
    assert u.parents[1] is c
    assert u.partials == (2.0, 3.0)
    assert (a.op, a.parents, a.partials) == (None, (), ())
    assert [id(node) for node in J.walk()] == [id(node) for node in (a, b, c, u, v, J)]
    assert [node.name for node in J.leaves()] == ["a", "b", "c"]
    assert J.node("u") is u
    assert (Value(1) * 2 + 1).node("v2").data == 2.0


def test_the_same_parent_twice_is_two_edges():
    a = Value(3.0, "a")
    b = a * a
    assert [p is a for p in b.parents] == [True, True]
    b.backward()
    assert a.grad == 6.0


def test_leaves_accumulate_and_inner_nodes_do_not():
    a, _, _, u, _, J = seed()
    J.backward()
    J.backward()
    assert (a.grad, u.grad, J.grad) == (6, 3, 1)
    mg.zero_grad(J)
    assert (a.grad, u.grad, J.grad) == (0, 0, 0)
    J.backward(seed=2)
    assert (a.grad, u.grad, J.grad) == (6, 6, 2)
    mg.zero_grad({"some": [a]})
    assert (a.grad, u.grad) == (0, 6)


def test_two_outputs_that_share_a_node():
    x = Value(2.0)
    shared = x * x
    first, second = shared * 3, shared.exp()
    first.backward()
    assert (shared.grad, x.grad) == (3.0, 12.0)
    second.backward()
    assert shared.grad == math.exp(4.0)
    assert x.grad == 12.0 + 4 * math.exp(4.0)


def test_doubling_sixty_times_is_swept_at_once():
    x = y = Value(1.0)
    for _ in range(60):
        y = y + y
    y.backward()
    assert x.grad == 2.0**60


def test_a_leaf_may_be_swept():
    x = Value(3.0)
    x.backward()
    x.backward()
    assert x.grad == 2.0


@given(st.floats(-3, 3), st.floats(-3, 3))
def test_gradients_agree_with_central_differences(x, y):
    def f(x, y):
        return mg.sin(x * y) + mg.exp(x) / (1 + y * y) - mg.sigmoid(y - x) * x + (x - 2) ** 3

    a, b = Value(x), Value(y)
    f(a, b).backward()
    h = 1e-5  # truncation h² ≈ 1e-10 times third derivatives < 1e3, rounding 1e-16/h
    assert a.grad == pytest.approx((f(x + h, y) - f(x - h, y)) / (2 * h), rel=1e-6, abs=1e-6)
    assert b.grad == pytest.approx((f(x, y + h) - f(x, y - h)) / (2 * h), rel=1e-6, abs=1e-6)


NUMBERS = [2, 2.0, True, fractions.Fraction(1, 2), decimal.Decimal("1.5"), np.float64(2), np.float32(2),
           np.int64(3), np.bool_(True), np.uint8(200)]  # fmt: skip


@pytest.mark.parametrize("other", NUMBERS, ids=repr)
def test_operators_take_numbers_of_any_kind_both_ways_round(other):
    v, x = Value(3.0), float(other)
    for found, expected in [
        (v + other, 3 + x), (other + v, x + 3), (v - other, 3 - x), (other - v, x - 3),
        (v * other, 3 * x), (other * v, x * 3), (v / other, 3 / x), (other / v, x / 3),
        (v // other, 3 // x), (other // v, x // 3), (v % other, 3 % x), (other % v, x % 3),
        (v**other, 3.0**x), (other**v, x**3.0), (v < other, 3 < x), (v >= other, 3 >= x),
    ]:  # fmt: skip
        assert isinstance(found, Value)
        assert found.data == expected
        assert type(found.data) is float
    assert divmod(v, other)[1].data == 3 % x
    assert divmod(other, v)[0].data == x // 3


@pytest.mark.parametrize(
    "data", ["3", b"3", 1j, np.complex64(1), None, [1.0], np.array([1.0]), np.array(1.0), {}, Value(2)],
    ids=repr,
)  # fmt: skip
def test_data_that_is_no_number_is_refused(data):
    with pytest.raises(TypeError, match="expected a number, got"):
        Value(data)
    x = Value(1.0)
    with pytest.raises(TypeError, match="expected a number, got"):
        x.data = data
    assert x.data == 1.0


def test_names_are_strings():
    with pytest.raises(TypeError, match="expected a string as a name, got 5"):
        Value(1.0, 5)
    with pytest.raises(TypeError):
        Value(1.0).named(5)
    assert Value(1.0).named("x").named(None).name is None


@pytest.mark.parametrize("other", ["2", None, 1j, [1], object()], ids=lambda x: type(x).__name__)
def test_operators_refuse_what_is_no_number(other):
    v = Value(1.0)
    for operation in (lambda: v + other, lambda: other * v, lambda: v**other, lambda: v < other):
        with pytest.raises(TypeError):
            operation()
    assert (v == other) is False
    assert (v != other) is True


def test_a_saturated_logarithm_names_the_form_that_does_not():
    z = Value(40.0, "z")
    a = mg.sigmoid(z).named("a")
    with pytest.raises(DomainError, match=r"log\(1 - a\) is .*rounded to 1: log_sigmoid\(-z\) is"):
        mg.log(1 - a)
    with pytest.raises(DomainError, match=r"rounded to 0: log_sigmoid\(z\) is this"):
        mg.log(mg.sigmoid(-800 * z))
    with pytest.raises(DomainError, match=r"expected 1 - z > 0$"):
        mg.log(1 - z)


def test_comparisons_are_rows():
    a, b = Value(1.0), Value(2.0)
    less = a < b
    assert less.op is mg.lt
    assert less.data == 1.0
    assert less.partials == (0.0, 0.0)
    assert less
    assert not a > b
    assert (less & (a == 1)).data == 1.0
    assert (less & (b < a)).data == 0.0
    assert ((b < a) | less).data == 1.0
    assert (~less).data == 0.0
    assert max(a, b) is b
    assert 0 < a < 3


def test_a_node_equals_itself_alone_as_a_key():
    a, b = Value(1.0), Value(1.0)
    assert len({a, b, a}) == 2
    assert a == b


def test_numbers_behave_as_floats():
    v = Value(2.567)
    assert round(v) == 3
    assert type(round(v)) is int
    assert round(v, 2).data == 2.57
    assert f"{v:.1f}" == "2.6"
    assert (float(v), int(v)) == (2.567, 2)
    assert +v is v
    assert abs(Value(-2)).data == 2
    assert math.floor(v) == 2
    assert repr(v) == "Value(2.567)"
    assert repr(seed()[0]) == "Value(5.0, 'a')"
    assert f"{v}" == str(v) == repr(v)


def test_only_a_leafs_data_may_be_assigned():
    a, _, _, u, _, J = seed()
    with pytest.raises(AttributeError, match=r"u\.data was computed, b·c, and can't be assigned"):
        u.data = 7
    assert u.data == 6
    a.data = np.float64(7)
    assert type(a.data) is float


def test_an_outdated_graph_is_refused():
    a, b, _, u, v, J = seed()
    a.data = 5.0001
    message = (
        r"a\.data changed after J was recorded; record again, or evaluate Graph\.of\(J\)\(a=…\)"
    )
    for look in (J.backward, lambda: mg.draw(J), lambda: mg.table(J)):
        with pytest.raises(RuntimeError, match=message):
            look()
    assert (a.grad, b.grad, J.grad) == (0, 0, 0)
    u.backward()  # a has no part in u
    assert b.grad == 2
    again = 3 * (a + u)
    again.backward()
    assert a.grad == 3


def test_the_leaf_that_changed_is_named():
    a, b = Value(1.0, "a"), Value(2.0, "b")
    a.data = 3.0
    J = (a * b).named("J")
    b.data = 4.0
    with pytest.raises(RuntimeError, match=r"^b\.data changed after J"):
        J.backward()


def test_training_by_assignment():
    w = Value(0.0, "w")
    for _ in range(100):
        mg.zero_grad(w)
        loss = (w - 3) ** 2
        loss.backward()
        w.data -= 0.1 * w.grad
    assert w.data == pytest.approx(3.0, abs=1e-8)  # 0.8**100 ≈ 2e-10 of the way is left


@pytest.mark.parametrize(
    ("compute", "error", "text"),
    [
        (lambda x: x.log(), DomainError, r"log\(x\) is undefined at x = -8.0: expected x > 0"),
        (lambda x: (x + 8).log(), DomainError, r"log\(x \+ 8\) is undefined at x \+ 8 = 0.0"),
        (lambda x: x**0.5, DomainError, r"x\^0.5 is undefined at x = -8.0: expected x ≥ 0 or 0.5 an"),
        (lambda x: x ** Value(0.5, "y"), DomainError, r"x\^y is undefined at x = -8.0, y = 0.5"),
        (lambda x: x.sqrt(), DomainError, r"sqrt\(x\) is undefined at x = -8.0: expected x ≥ 0"),
        (lambda x: mg.sin(x * 1e308), DomainError, r"sin\(x·1e\+308\) is undefined"),
        (lambda x: 1 / (x + 8), ZeroDivisionError, r"1 / \(x \+ 8\) divides by zero at x \+ 8 = 0.0"),
        (lambda x: x / fractions.Fraction(0), ZeroDivisionError, "x / 0 divides by zero at x = -8.0"),
        (lambda x: x % 0, ZeroDivisionError, "x % 0 divides by zero at x = -8.0"),
        (lambda x: (x + 8) ** -1, ZeroDivisionError, r"\(x \+ 8\)\^\(-1\) divides by zero"),
        (lambda x: (x * x * x * -2).exp(), OverflowError, r"exp\(…·\(-2\)\) is too large for a float"),
        (lambda x: x**400, OverflowError, r"x\^400 is too large"),
        (lambda x: mg.maximum(x, "y"), TypeError, "expected a number, got 'y'"),
        (lambda x: mg.where(x, 1, None), TypeError, "expected a number, got None"),
        (lambda x: x.node("y"), LookupError, "no nodes are named 'y'; there are x"),
        (lambda x: (x + Value(1, "x")).node("x"), LookupError, "2 nodes are named 'x'"),
        (lambda x: mg.zero_grad(3), TypeError, "expected a Value, or Values in a list, got 3"),
        (lambda x: x.backward("1"), TypeError, "expected a number, got '1'"),
    ],
)  # fmt: skip
def test_errors_name_operation_and_operands(compute, error, text):
    with pytest.raises(error, match=text):
        compute(Value(-8.0, "x"))


def test_sweeps_keep_infinities_and_a_strong_zero():
    x = Value(0.0)
    (x.sqrt() * 2).backward()
    assert x.grad == math.inf
    y = Value(0.0)
    mg.where(y > 0, y.sqrt(), 0.0).backward()  # the branch not taken does not leak its infinity
    assert y.grad == 0.0
    z = Value(0.0)
    (z.sqrt() * z).backward()  # 0·inf + sqrt(0)
    assert z.grad == 0.0


def test_eager_floats_stay_plain():
    x = Value(np.float64(2.0))
    y = np.float64(3.0) * x + x.sqrt()
    y.backward()
    assert {type(n.data) for n in y.walk()} == {float}
    assert {type(n.grad) for n in y.walk()} == {float}
    assert {type(d) for n in y.walk() for d in n.partials} == {float}


def test_subclasses_record_values():
    class Parameter(Value):
        def __init__(self, data, tag):
            super().__init__(data)
            self.tag = tag

    p = Parameter(2.0, "bias")
    y = 3 * p + p * p
    y.backward()
    assert type(y) is Value
    assert p.grad == 7.0
    assert p.tag == "bias"


@pytest.mark.skipif(build.compiled, reason="a compiled sweep runs no Python that could raise")
def test_an_interrupted_sweep_changes_nothing(monkeypatch):
    a, *_, J = seed()

    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setitem(mg.namespaces.floats.FLOAT.__dict__, "azmul", interrupt)
    with pytest.raises(KeyboardInterrupt):
        J.backward()
    monkeypatch.undo()
    assert (a.grad, J.grad) == (0, 0)
    J.backward()
    assert a.grad == 3


def test_independent_graphs_in_threads():
    def work(k, out):
        x = Value(float(k), "x")
        for _ in range(200):
            x.grad = 0.0
            y = mg.sum([x * x, x.sin(), x / 3])
            y.backward()
        out[k] = x.grad

    found: dict[int, float] = {}
    threads = [threading.Thread(target=work, args=(k, found)) for k in range(8)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert found == {k: pytest.approx(2 * k + math.cos(k) + 1 / 3) for k in range(8)}


def test_where_calls_the_arm_that_is_taken():
    x = Value(-4.0, "x")
    y = mg.where(x > 0, lambda: x.sqrt(), lambda: -x)
    assert y.data == 4.0
    y.backward()
    assert x.grad == -1.0
    assert mg.where(True, lambda: 3, lambda: 1 / 0) == 3.0
    with pytest.raises(TypeError, match="only where calls one"):
        mg.exp(lambda: 1)


def test_where_the_first_infinity_was_born():
    x = Value(0.0, "x")
    y = x.sqrt().named("y")
    J = (y * 2 + 1).named("J")
    node, where = mg.first_nonfinite(J)
    assert (node is y, where) == (True, "gradient")
    big = (Value(1e308, "b") * 10).named("big")
    node, where = mg.first_nonfinite((big - big).named("gone"))
    assert (node is big, where) == (True, "value")
    assert mg.first_nonfinite(x + 1) is None
    root = x.sqrt().named("root")
    for y in (root + x * 3, x * 3 + root):  # both hand on to x, and one of them an infinity
        assert mg.first_nonfinite(y) == (root, "gradient")
    steep = (x * 1e308).named("steep")
    total = mg.first_nonfinite(steep + steep + steep)  # terms of x that add up to an infinity
    assert total is not None
    assert total[1] == "gradient"
    assert x.grad == 0


def test_stop_gradient():
    x = Value(3.0)
    (mg.stop_gradient(x) * x).backward()
    assert x.grad == 3.0
    assert mg.stop_gradient(2) == 2.0


def test_an_infinite_adjoint_does_not_leak_into_conditions():
    x, t = Value(0.0), Value(6.0)
    mg.where(t > 5, x, 0.0).sqrt().backward()
    assert (x.grad, t.grad) == (math.inf, 0.0)
    ((t > 5) * Value(0.0)).sqrt().backward()
    assert t.grad == 0.0


def test_unnamed_operands_do_not_borrow_names():
    with pytest.raises(ZeroDivisionError, match=r"^b / 0 divides by zero at b = 1.0$"):
        Value(1, "b") / Value(0)
    with pytest.raises(DomainError, match=r"^b\^0.5 is undefined at b = -1.0: "):
        Value(-1, "b") ** Value(0.5)


def test_methods_raise_where_operators_defer():
    for call in (
        lambda: Value(2).add("a"),
        lambda: Value(2).maximum(None),
        lambda: Value(2).lt("a"),
    ):
        with pytest.raises(TypeError, match="expected a number, got"):
            call()
    with pytest.raises(TypeError, match="constpow: n should be a plain number, not a Value"):
        TABLE["constpow"](Value(2.0), Value(3.0))
    with pytest.raises(TypeError, match="expected a number, got Value"):
        (Value(2.0) * 3).backward(Value(2.0))
    assert (math.trunc(Value(-1.5)), math.ceil(Value(1.5))) == (-1, 2)


METHODS = [row for row in TABLE.values() if row.public and row.arity > 1 and not row.vectors]
METHODS = [row for row in METHODS if row.arguments[0] not in row.static]  # that is no Value


@pytest.mark.parametrize("row", METHODS, ids=lambda row: row.name)
def test_a_method_takes_operands_by_name(row):
    first, *others = points(row, 1)[0]
    named = dict(zip(row.arguments[1:], others, strict=True))
    assert getattr(Value(first), row.name)(**named).data == row(Value(first), *others).data


def test_the_figures_that_micrograds_readme_prints():
    a, b = Value(-4.0), Value(2.0)
    c = a + b
    d = a * b + b**3
    c += c + 1
    c += 1 + c + (-a)
    d += d * 2 + (b + a).relu()
    d += 3 * d + (b - a).relu()
    e = c - d
    f = e**2
    g = f / 2.0
    g += 10.0 / f
    g.backward()
    assert [f"{x:.4f}" for x in (g.data, a.grad, b.grad)] == ["24.7041", "138.8338", "645.5773"]


@pytest.mark.parametrize(
    "wrong", [None, "3", [1.0, None], [1, "a"], [1j], [Value(1.0)], b"1"], ids=repr
)
def test_an_array_of_leaves_is_made_of_numbers_alone(wrong):
    with pytest.raises(TypeError, match="values: expected real numbers, got"):
        mg.values(wrong)


@pytest.mark.parametrize("method", ["backward", "named", "walk", "leaves", "node"])
def test_the_examples_of_values_methods_hold(method):
    """pytest finds none of them, since the class says that it stands in micrograph."""
    examples = doctest.DocTestFinder().find(
        getattr(getattr(value, "Plain", Value), method), method, globs={"Value": Value}
    )
    assert sum(len(example.examples) for example in examples)
    for example in examples:
        assert doctest.DocTestRunner().run(example).failed == 0


@given(
    st.lists(
        st.tuples(*[st.one_of(st.floats(), st.integers(-9, 9), st.floats().map(Value))] * 2),
        min_size=1,
    )
)
def test_sums_and_dots_are_floats_to_the_last_bit(pairs):
    """Whatever stands beside a Value: a constant, a whole number, an infinity, NaN."""
    a, b = map(list, zip(*pairs, strict=True))
    a.append(a[0])  # twice the same node
    b.append(Value(0.1))
    numbers = [[float(x) for x in v] for v in (a, b)]
    for y, expected, operands, slopes in (
        (mg.dot(a, tuple(b)), FLOAT.dot(*numbers), a + b, numbers[1] + numbers[0]),
        (mg.sum(b), FLOAT.sum(numbers[1]), b, [1.0] * len(b)),
    ):
        assert str(y.data) == str(expected)
        given = zip(operands, slopes, strict=True)
        expected = [(x, d) for x, d in given if isinstance(x, Value)]
        assert all(
            x is parent for x, parent in zip(y.parents, (x for x, _ in expected), strict=True)
        )
        assert str(list(y.partials)) == str([d for _, d in expected])
        assert [type(x) for x in y.operands] == [
            Value if isinstance(x, Value) else float for x in operands
        ]
