"""Containers of numbers reach f, and their gradients come back, as what they are."""

import collections
import collections.abc
import dataclasses
import datetime
import types
from functools import cached_property

import numpy as np
import pytest

import micrograph as mg
from micrograph import Value, ValueArray
from micrograph.transforms.containers import parts, walk, written
from micrograph.transforms.tree import Tree

Point = collections.namedtuple("Point", "x y")


@dataclasses.dataclass
class Model:
    w: np.ndarray
    b: float
    name: str = "linear"
    fitted: bool = False


@dataclasses.dataclass(frozen=True)
class Frozen:
    a: float
    more: tuple = ()


class Labelled(list):
    def __init__(self, elements, label):
        super().__init__(elements)
        self.label = label


class Table(dict):
    unit = "m"


CONTAINERS = {
    "list": [1.0, 2.0],
    "tuple": (1.0, 2.0),
    "named tuple": Point(1.0, 2.0),
    "dict": {"x": 1.0, "y": 2.0},
    "OrderedDict": collections.OrderedDict(y=1.0, x=2.0),
    "Counter": collections.Counter(x=1, y=2),
    "dict's subclass": Table(x=1.0, y=2.0),
    "list's subclass": Labelled([1.0, 2.0], "m"),
    "dataclass": Model(np.array([1.0, 2.0]), 3.0),
    "frozen dataclass": Frozen(1.0, (2.0, 3.0)),
    "nested": {"a": [Point(1.0, (2.0,))], "b": np.ones((2, 1))},
    "empty": {"a": [], "b": 1.0},
}


@pytest.mark.parametrize("x", CONTAINERS.values(), ids=CONTAINERS)
def test_a_gradient_is_a_container_of_the_same_kind(x):
    seen = []

    def f(v):
        seen.append(v)
        return mg.sum([leaf * leaf for _, leaf in walk(v)])

    slope = mg.grad(f)(x)
    for found in (slope, *seen):
        assert type(found) is type(x)
        assert [path for path, _ in walk(found)] == [path for path, _ in walk(x)]
    assert Tree(slope).leaves == [2 * leaf for leaf in Tree(x).leaves]
    assert {type(leaf) for leaf in Tree(slope).leaves} <= {float}
    assert {type(leaf) for leaf in Tree(seen[0]).leaves} <= {Value}


class Around(collections.abc.MutableMapping):
    """A mapping that keeps its parts in another, as users write them."""

    def __init__(self, parts):
        self.keep(parts)

    def keep(self, parts):
        self._parts = parts

    def kept(self):
        return self._parts

    def __getitem__(self, key):
        return self.kept()[key]

    def __setitem__(self, key, part):
        self.kept()[key] = part

    def __delitem__(self, key):
        del self.kept()[key]

    def __iter__(self):
        return iter(self.kept())

    def __len__(self):
        return len(self.kept())


class AroundInSlots(Around):
    __slots__ = ("__hidden",)

    def keep(self, parts):
        self.__hidden = parts

    def kept(self):
        return self.__hidden


MAPPINGS = {
    "UserDict": lambda: collections.UserDict(x=1.0, y=2.0),
    "ChainMap": lambda: collections.ChainMap({"x": 1.0}, {"x": 5.0, "y": 2.0}),
    "around a dict": lambda: Around({"x": 1.0, "y": 2.0}),
    "around another": lambda: Around(Around({"x": 1.0, "y": 2.0})),
    "in slots": lambda: AroundInSlots({"x": 1.0, "y": 2.0}),
    "around a ChainMap": lambda: Around(collections.ChainMap({"x": 1.0}, {"y": 2.0})),
}


@pytest.mark.parametrize("make", MAPPINGS.values(), ids=MAPPINGS)
def test_a_mapping_that_keeps_its_parts_elsewhere_is_left_as_it_is(make):
    f = lambda d: d["x"] ** 2 * d["y"] ** 3
    fast = mg.compile(f)
    for transform in (mg.grad(f), mg.jacobian(f), mg.hessian(f), fast.grad):
        x = make()
        found = transform(x)
        assert type(found) is type(x)
        assert dict(x) == {"x": 1.0, "y": 2.0}
        assert all(type(part) is float for part in x.values())
    assert dict(mg.grad(f)(make())) == dict(fast.grad(make())) == {"x": 16.0, "y": 12.0}
    assert fast(make()) == 8.0


class Attributes(dict):
    """A dict whose keys are attributes, too: as many write it, with a KeyError for others."""

    __getattr__ = dict.__getitem__


class AnyAttribute(dict):
    __getattr__ = dict.get


@pytest.mark.parametrize("kind", [Attributes, AnyAttribute])
def test_a_dict_may_answer_any_attribute(kind):
    x = kind(w=kind(b=3.0), dtype=2.0, shape=[1.0])
    f = lambda d: d.w.b**2 * d.dtype * d["shape"][0]
    found = mg.grad(f)(x)
    assert type(found) is type(found.w) is kind
    assert found == mg.compile(f).grad(x) == {"w": {"b": 12.0}, "dtype": 9.0, "shape": [18.0]}
    assert mg.trace(f, x)(x) == 18.0


class Pair(tuple):
    """A tuple that is made of two arguments."""

    def __new__(cls, a, b):
        return super().__new__(cls, (a, b))

    @cached_property
    def total(self):
        return self[0] + self[1]


class Fixed(collections.abc.Mapping):
    """A mapping that can't be changed, made of more than its parts."""

    def __init__(self, parts, *, unit):
        self._parts, self.unit = dict(parts), unit

    def __getitem__(self, key):
        return self._parts[key]

    def __iter__(self):
        return iter(self._parts)

    def __len__(self):
        return len(self._parts)

    @cached_property
    def total(self):
        return sum(self._parts.values())


def test_a_container_is_remade_without_its_own_arguments():
    x, f = Pair(1.0, 2.0), lambda p: p.total**2 * p[0]
    assert x.total == 3.0  # which its copies find anew
    for found in (mg.grad(f)(x), mg.compile(f).grad(x)):
        assert (type(found), found) == (Pair, (15.0, 6.0))
        assert found.total == 21.0
    x, f = Fixed({"a": 1.0, "b": 2.0}, unit="m"), lambda p: p.total**2 * p["a"]
    assert x.total == 3.0
    found = mg.grad(f)(x)
    assert (dict(found), found.unit, found.total) == ({"a": 15.0, "b": 6.0}, "m", 21.0)
    assert dict(x) == {"a": 1.0, "b": 2.0}


def test_a_label_beside_a_mapping_is_part_of_the_structure():
    x = MAPPINGS["around a dict"]()
    fast = mg.compile(lambda d: d["x"] * d["y"] * (2.0 if d.unit == "m" else 1.0))
    x.unit = "m"
    assert fast(x) == 4.0
    x.unit = "km"
    assert fast(x) == 2.0
    x.unit = {"x": "m"}
    with pytest.raises(TypeError, match=r"d.unit is static, and .* can't be hashed"):
        fast(x)


def test_what_else_a_container_holds_is_kept():
    assert mg.grad(lambda v: v[0] * v[1])(CONTAINERS["list's subclass"]).label == "m"
    slope = mg.grad(lambda m: (m.w * m.w).sum() * m.b)(CONTAINERS["dataclass"])
    assert (slope.name, slope.fitted, slope.b, slope.w.tolist()) == (
        "linear",
        False,
        5.0,
        [6.0, 12.0],
    )
    tree = collections.defaultdict(list, a=[1.0])
    slope = mg.grad(lambda d: d["a"][0] ** 2 + len(d["new"]))(tree)
    assert slope.default_factory is list
    assert dict(slope) == {"a": [2.0]}
    frozen = types.MappingProxyType({"a": 3.0})
    assert mg.grad(lambda d: d["a"] ** 2)(frozen)["a"] == 6.0


def test_a_jacobian_holds_a_container_in_a_container():
    J = mg.jacobian(lambda p: Point(p.x * p.y, p.y))(Point(2.0, 5.0))
    assert Point(Point(5.0, 2.0), Point(0.0, 1.0)) == J


@dataclasses.dataclass
class Cached:
    a: float
    b: list

    @cached_property
    def product(self):
        return np.array([self.a * x for x in self.b])


class CachedList(list):
    @cached_property
    def product(self):
        return self[0] * np.array(self[1])


@pytest.mark.parametrize("make", [Cached, lambda a, b: CachedList([a, b])])
def test_what_a_cached_property_found_is_found_anew(make):
    """It held the number of before, so its derivative was lost in silence."""
    x = make(3.0, [2.0, 5.0])
    f = lambda x: x.product[0] + 2 * x.product[1]
    assert f(x) == 36.0
    for slopes in (mg.grad(f)(x), mg.vjp(f, x)[1](1.0)[0], mg.compile(f).grad(x)):
        assert [e for _, e in walk(slopes)] == [12.0, 3.0, 6.0]
    assert mg.trace(f, x)(make(1.0, [2.0, 5.0])) == 12.0
    assert x.product.tolist() == [6.0, 15.0]


def test_a_path_leads_to_each_number():
    x = {"w": [1.0, Point(2.0, np.array([[3.0]]))]}
    assert [written(path) for path, _ in walk(x)] == ["['w'][0]", "['w'][1].x", "['w'][1].y[0, 0]"]
    assert parts(3.0) is None


@pytest.mark.parametrize(
    ("x", "text"),
    [
        (np.ma.masked_array([1.0, 2.0], [False, True]), "a masked array; fill it first"),
        (np.array([(1.0, 2)], dtype=[("a", float), ("b", int)]), "a structured array"),
        (np.array(["2026-11-26"], dtype="datetime64[D]"), r"an array of datetime64\[D\]"),
        (np.array([1j]), "an array of complex128"),
        (np.array(["a"]), "an array of <U1"),
        (np.array([[1.0], [1.0, 2.0]], dtype=object), "a ragged array; give a list of its rows"),
        ([1.0, "a"], r"the argument is 'a' \(str\) at \[1\]; expected numbers"),
        ({"a": None}, r"the argument is None \(NoneType\) at \['a'\]; expected numbers"),
        (
            [1.0, [{"w": Point(1.0, ["a"])}]],
            r"'a' \(str\) at \[1\]\[0\]\['w'\].y\[0\]; expected numbers",
        ),
        (np.array([1.0, "a"], dtype=object), r"'a' \(str\) at \[1\]; expected numbers"),
        ({1.0, 2.0}, r"\(set\); expected numbers"),
        (datetime.date(2026, 11, 26), r"\(date\); expected numbers"),
        (Point, r"\(type\); expected numbers"),
    ],
)
def test_what_is_no_container_of_real_numbers_is_refused_by_name(x, text):
    with pytest.raises(
        TypeError, match=f"the argument is {text}" if isinstance(x, np.ndarray) else text
    ):
        mg.grad(lambda v: 1.0)(x)


@pytest.mark.parametrize("column", [["u", "v"], ["2026-11-27"] * 2, [None, 1.0], [1j, 2.0]])
def test_a_column_that_holds_no_numbers_is_named(column):
    import pandas as pd

    frame = pd.DataFrame({"x": [1.0, 2.0], "kind": pd.Series(column, dtype=object)})
    if column[0] == "2026-11-27":
        frame["kind"] = pd.to_datetime(frame["kind"])
    for transform in (mg.grad, mg.hessian, lambda f: lambda d: mg.trace(f, d)):
        with pytest.raises(
            TypeError, match=r"whose column 'kind' holds .*; expected numbers: give"
        ):
            transform(lambda d: (d["x"] ** 2).sum())(frame)


def test_pandas_goes_in_and_out():
    import pandas as pd

    frame = pd.DataFrame({"a": [1.0, 2.0], "b": [3.0, 4.0]}, index=["u", "v"])

    def f(d):
        return (np.exp(d["a"]) * d["b"]).sum() + (d["b"] ** 2).mean()

    value, slope = mg.value_and_grad(f)(frame)
    assert value == pytest.approx(f(frame))
    assert isinstance(slope, pd.DataFrame)
    assert (list(slope.columns), list(slope.index)) == (["a", "b"], ["u", "v"])
    assert slope["b"].to_numpy() == pytest.approx(np.exp([1.0, 2.0]) + np.array([3.0, 4.0]))
    series = mg.grad(lambda s: (s * s).mean())(frame["a"])
    assert isinstance(series, pd.Series)
    assert (series.name, series.tolist()) == ("a", [1.0, 2.0])
    with pytest.raises(TypeError, match=r"'x' \(str\) at \[0\]; expected numbers"):
        mg.grad(lambda s: 1.0)(pd.Series(["x", "y"], dtype="category"))


def test_arrays_in_containers_are_of_values():
    seen = mg.grad(lambda d: (type(d["w"]) is ValueArray) * d["w"].sum())({"w": np.ones(2)})
    assert seen["w"].tolist() == [1.0, 1.0]


@pytest.mark.parametrize(
    "array",
    [np.array([1, 2]), np.array([1, 2], object), np.array([True, False]),
     np.float16([1.0, 2.0]), np.arange(4.0)[::2], np.asfortranarray(np.eye(2)), np.array(3.0)],
    ids=repr,
)  # fmt: skip
def test_arrays_of_every_real_kind_are_differentiated_by(array):
    slope = mg.grad(lambda v: np.sum(v * v))(array)
    assert slope.dtype == float
    assert slope.tolist() == (2 * np.asarray(array, dtype=float)).tolist()
