"""Rows and graphs on the arrays of every library: NumPy, JAX under ``jit``, Dask, PyTorch, strict."""

import math
import subprocess
import sys
from functools import lru_cache
from importlib import import_module
from itertools import product

import numpy as np
import pytest
from hypothesis import assume, given, settings
from libraries import MODULES, ROWS, array, errors, namespace, plain, promise, results
from models.formulas import Jnp, black_scholes, logistic_loss
from rows import planted

import micrograph as mg
from micrograph import Graph, Value, naming
from micrograph.core import BACKENDS, KINDS, TABLE, namespace_of
from micrograph.namespaces.array import LIBRARIES, NUMPY
from micrograph.namespaces.floats import IEEE, Ieee
from micrograph.special import incomplete, incomplete_beta
from micrograph.testing import graphs

INCOMPLETE = {*incomplete.ROWS, *incomplete_beta.ROWS}
every_row = pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)


@pytest.fixture(params=MODULES)
def library(request):
    """Each library in turn, where it is installed."""
    pytest.importorskip(MODULES[request.param])
    if request.param in ("dask", "torch"):
        pytest.importorskip("array_api_compat")
    if request.param == "jax":
        request.getfixturevalue("x64")
    if request.param != "dask":
        yield request.param
        return
    # Dask computes later, in threads, where NumPy would warn of what is infinite or NaN
    with import_module("dask").config.set(scheduler="synchronous"), np.errstate(all="ignore"):
        yield request.param


computed = lru_cache(None)(results)


# The table


@every_row
def test_values_and_partials_are_as_good_as_is_said(library, row):
    """Within the ULP of tests/libraries.py, which says why a library is off by more than 4."""
    found, refused = computed(library)
    if row.name in refused:
        assert library in ("array_api_strict", "torch")
        return
    value, partial = promise(library, row)
    off = errors(row, found[row.name])
    assert off[0] <= value, off
    assert off[1] <= partial, off


def test_what_a_library_lacks_is_named():
    pytest.importorskip("array_api_strict")
    x = array("array_api_strict", [0.5])
    said = "array_api_strict arrays have no erfc: neither the Array API standard nor array_api_strict has it; use NumPy's, JAX's or Dask's arrays"
    with pytest.raises(NotImplementedError) as refused:
        mg.norm_cdf(x)
    assert str(refused.value) == said


def test_rows_are_lacking_only_where_the_standard_lacks_them(library):
    special = {"erf", "erfc", "gamma", "lgamma", "digamma", "polygamma", "truncnorm_moment"}
    special |= {
        "norm_cdf",
        "log_norm_cdf",
        "inverse_mills",
        "gelu",
        "gelu_slope",
        "norm_ppf",
        "erfinv",
        "betaln",
        "betaln_slope",
        *INCOMPLETE,
    }
    lacking = {"array_api_strict": special, "torch": {"gamma"}}
    assert set(computed(library)[1]) == lacking.get(library, set())


AT = [0.0, -0.0, math.inf, -math.inf, math.nan, 1.0, -2.0, 0.5]
POLES = {"gamma", "lgamma", "digamma", "polygamma"}


def alike(found, expected):
    """Whether two numbers are both NaN, the same infinity, or as good as equal."""
    # 1e-12: some thousand ULP, for JAX's gamma; 1e-300: XLA has no subnormal numbers
    return found == pytest.approx(expected, rel=1e-12, abs=1e-300, nan_ok=True)


def special(row):
    """All choices of special numbers as operands of the row."""
    fixed = plain(row) if row.name != "constpow" else [False] * 2
    return list(product(*([2.0] if f else AT for f in fixed)))


@lru_cache(None)
def at_special_numbers(library):
    return results(library, lambda row: list(zip(*special(row), strict=True)))[0]


@every_row
def test_infinities_and_nan_are_those_of_ieee_floats(library, row):
    if row.name in computed(library)[1]:
        return
    points, fixed = special(row), plain(row)
    found = at_special_numbers(library)[row.name]
    y, *slopes = (np.broadcast_to(np.asarray(x), len(points)) for x in found)
    for k, xs in enumerate(points):
        if "pow" in row.name and xs[0] == -math.inf:
            continue  # C has (−∞)**½ = ∞, and Python a complex number
        if row.name in POLES and (xs[-1] == -math.inf or xs[-1] in (0.0, -2.0)):
            assert not (math.isfinite(y[k]) and row.name == "gamma")  # libraries differ at poles
            continue
        exact = IEEE.value(row, [*map(Ieee, xs)])
        if library == "jax" and "betaln" in row.name and "-0.0" in map(str, xs):
            continue  # XLA's 1/−0.0 is +∞ after it was added to 0
        assert alike(y[k], exact), xs
        for i, d in enumerate(IEEE.partials(row, exact, [*map(Ieee, xs)])):
            if row.name == "sqrt" and str(xs[0]) == "-0.0":
                continue  # XLA takes −0.0 + 0.0 for −0.0
            if row.name == "inverse_mills" and xs[0] == -math.inf:
                continue  # NaN on floats
            if row.name == "betaln_slope" and -math.inf in xs:
                continue  # outside its domain, libraries' polygamma differ
            if row.name == "betainc_slope" and abs(d) < 1e-15:  # at a root, where terms of 1 cancel
                assert abs(slopes[i][k]) < 2e-15, (xs, i)
                continue
            if row.slope_in(i) and not fixed[i]:
                assert alike(slopes[i][k], d), (xs, i)


# Kinds of numbers


def test_float32_stays_float32(library):
    for name, (y, *slopes) in results(library, dtype="float32")[0].items():
        ours = {*POLES, "truncnorm_moment", "inverse_mills", "betaln", "betaln_slope"}
        if library in ("numpy", "dask") and name in {*ours, *INCOMPLETE}:
            continue  # computed by our own functions, of floats
        found = (x for x in (y, *slopes) if not isinstance(x, float) and x.shape)
        assert {str(x.dtype).rpartition(".")[-1] for x in found} <= {"float32"}, name


def test_integers_become_floats_and_what_is_no_real_number_is_refused(library):
    xp = namespace(library)
    whole = array(library, [1, 2], "int64")
    assert np.asarray(mg.sqrt(whole) * 2) == pytest.approx([2, 2 * math.sqrt(2)], rel=1e-6)
    assert np.asarray(mg.exp(array(library, [True, False], "bool")))[1] == 1
    with pytest.raises(TypeError, match=r"expected real numbers, got an array of .*complex128"):
        mg.exp(array(library, [1j], "complex128"))
    if xp is not NUMPY:
        with pytest.raises(TypeError, match=f"{library} arrays do not mix with Value numbers"):
            mg.maximum(array(library, [1.0]), Value(2.0))
        with pytest.raises(TypeError, match="expect real numbers, got an array of object"):
            mg.maximum(array(library, [1.0]), np.array([Value(2.0)]))
        mixed = mg.maximum(array(library, [1.0, 5.0]), np.array([2.0, 2.0]))
        assert namespace_of(mixed) is xp
        assert np.asarray(mixed).tolist() == [2, 5]


def test_a_constant_at_a_pole_is_infinite_or_nan(library):
    """``0.0/0.0`` of Python's floats would raise, within a rule that has arrays as well."""
    xp, x = namespace(library), array(library, [0.0, 2.0])
    slopes = xp.partials(mg.xlogy, xp.value(mg.xlogy, [x, 0.0]), [x, 0.0])
    assert np.asarray(slopes[0]).tolist() == -math.inf
    graph = Graph.of(Value(1.0, "a") / Value(2.0, "b"))
    assert xp.value(mg.div, [1.0, 0.0]) == math.inf
    assert np.asarray(graph(x, 0.0)).tolist() == pytest.approx([math.nan, math.inf], nan_ok=True)


def test_python_code_is_run_on_numpys_and_dasks_blocks_alone(library):
    with planted(value=lambda x: float(f"{x:.1f}"), partials=lambda xp, y, x: (1.0,)) as row:
        x = array(library, [0.26, 0.31])
        if library in ("numpy", "dask"):
            assert np.asarray(row(x)).tolist() == [0.3, 0.3]
            return
        with pytest.raises(
            NotImplementedError,
            match=f"{row.name} is Python code, which {library} arrays can't run; give",
        ):
            row(x)


def test_a_row_that_took_the_name_of_another_is_run(library):
    """Also where numbers are of 32 bits, whose constants are kept apart."""
    for factor in (2.0, 3.0):
        row = mg.primitive(
            "scaled_here", formula=[lambda xp, x: 2.0 * x, lambda xp, x: 3.0 * x][factor == 3]
        )
        x = array(library, [1.0], "float32")
        assert np.asarray(namespace(library).value(row, [x])).tolist() == [factor]
        naming.forget("scaled_here")


# Graphs


def outcome(xp, graph, inputs):
    """All values of a graph, and its gradient where it has one output."""
    values = graph.evaluate(xp, inputs)
    slopes = graph.value_and_gradient(xp, inputs)[1] if len(graph.outputs) == 1 else []
    return [*values, *slopes]


PRECISE = [row for row in mg.core.TABLE.values() if row.name not in POLES and not row.step]


@settings(max_examples=20)  # each is compiled
@given(graph=graphs(12, primitives=PRECISE, outputs=1, smooth=True))
def test_random_graphs_under_jit_are_those_on_numpy(graph):
    """Beside poles, where rounding is magnified, XLA's order of rounding may tell."""
    jax = pytest.importorskip("jax")
    before = jax.config.jax_enable_x64
    jax.config.update("jax_enable_x64", True)
    try:
        points = [np.array([node.data, node.data * 1.25]) for node in graph.inputs]
        expected = outcome(NUMPY, graph, points)
        sizes = [np.max(np.abs(y), initial=0) for y in expected]
        assume(all(s == 0 or 1e-3 < s < 1e3 for s in sizes))  # no digits lost by cancelling
        xp = namespace("jax")
        compiled = jax.jit(lambda *xs: outcome(xp, graph, xs))
        found = compiled(*[array("jax", x) for x in points])
        for y, e in zip(found, expected, strict=True):
            assert np.asarray(y) == pytest.approx(np.asarray(e), rel=1e-8, abs=1e-8, nan_ok=True)
    finally:
        jax.config.update("jax_enable_x64", before)


def test_the_norm_of_one_number_is_positive(library):
    assert np.asarray(namespace(library).hypot([array(library, [-2.0])])).tolist() == [2.0]


@pytest.mark.parametrize(
    ("f", "point"),
    [(logistic_loss, (0.5, -0.25, 2.0, 1.0)), (black_scholes, (100.0, 95.0, 0.5, 0.03, 0.2))],
)
def test_a_graph_under_jit_is_beside_jax_grad(x64, f, point):
    rng = np.random.default_rng(0)
    names = f.__code__.co_varnames[1 : f.__code__.co_argcount]
    graph = Graph.of(f(mg, *map(Value, point, names)))
    xs = [array("jax", x * rng.uniform(0.5, 2, 50)) for x in point]
    order = [names.index(node.name) for node in graph.inputs]
    xp = namespace("jax")
    ours = x64.jit(lambda *xs: graph.value_and_gradient(xp, [xs[i] for i in order]))
    value, slopes = ours(*xs)
    theirs = x64.vmap(x64.value_and_grad(lambda *xs: f(Jnp(), *xs), tuple(range(len(xs)))))
    expected, wanted = theirs(*xs)
    # 1e-11: JAX's own norm.cdf and its derivative are good to some 100 ULP
    assert np.asarray(value) == pytest.approx(np.asarray(expected), rel=1e-11)
    for i, slope in zip(order, slopes, strict=True):
        assert np.asarray(slope) == pytest.approx(np.asarray(wanted[i]), rel=1e-11, abs=1e-12)
    gradient = graph.gradient()
    for slope, again in zip(slopes, x64.jit(gradient)(*[xs[i] for i in order]), strict=True):
        assert np.asarray(again) == pytest.approx(np.asarray(slope), rel=1e-13)


def test_a_graph_goes_through_vmap_and_jaxs_own_derivatives(x64):
    graph = Graph.of(mg.tanh(Value(0.5, "a")) * Value(2.0, "b"))
    a, b = array("jax", [0.1, 0.2]), array("jax", [3.0, 4.0])
    assert np.asarray(x64.vmap(graph)(a, b)) == pytest.approx(np.asarray(graph(a, b)), rel=1e-15)
    assert np.asarray(x64.vmap(x64.grad(graph))(a, b)) == pytest.approx(
        np.asarray(graph.gradient("a")(a, b)), rel=1e-14
    )


def test_a_count_of_decimals_must_be_known_to_the_compiler(x64):
    x = array("jax", [1.26])
    graph = Graph.of(mg.round(Value(1.26, "x"), 1))
    assert np.asarray(x64.jit(graph)(x)).tolist() == [1.3]  # a constant of the graph
    with pytest.raises(TypeError, match="round of arrays expects decimals as a plain number"):
        x64.jit(mg.round)(x, 1)


def test_numbers_alone_stay_floats(library):
    """Constants of a rule are computed in 64 bits, whatever the arrays have."""
    xp = namespace(library)
    if xp is not NUMPY:
        assert type(xp.sqrt(2.0)) is type(xp.sigmoid(0.5)) is float
        assert xp.log(0.0) == -math.inf


# Vectors that users give


def test_a_row_of_vectors_takes_an_array_whole(library):
    x = [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]
    given, flat = array(library, x), array(library, [1.0, 2.0])
    assert float(mg.sum(given)) == 21
    assert float(mg.dot(flat, flat)) == 5
    assert float(mg.logsumexp(given)) == pytest.approx(np.logaddexp.reduce(np.ravel(x)))
    for axis, keepdims in product([None, 0, -1, (0, 1)], [False, True]):
        found = mg.mean(given, axis=axis, keepdims=keepdims)
        expected = np.mean(x, axis=axis, keepdims=keepdims)
        assert np.shape(np.asarray(found)) == np.shape(expected)
        assert np.asarray(found) == pytest.approx(np.asarray(expected))


# Whole vectors, for graphs whose nodes have shapes

VECTOR_ROWS = {
    "sum": lambda x: np.sum(x, -1),
    "mean": lambda x: np.mean(x, -1),
    "prod": lambda x: np.prod(x, -1),
    "hypot": lambda x: np.linalg.norm(x, axis=-1),
    "logsumexp": lambda x: np.logaddexp.reduce(x, -1),
    "dot": lambda a, b: np.sum(a * b, -1),
    "dist": lambda a, b: np.linalg.norm(a - b, axis=-1),
}


@pytest.mark.parametrize("row", [row for row in mg.core.TABLE.values() if row.vectors], ids=str)
def test_rows_of_whole_vectors_reduce_the_last_axis(library, row):
    rng, xp = np.random.default_rng(1), namespace(library)
    for shapes in (
        ((4, 5), (5,)),
        ((5,), (4, 5)),
        ((2, 4, 5), (4, 5)),
        ((5,), (5,)),
        ((3, 1), (3, 1)),
    ):
        xs = [rng.normal(size=shape) for shape in shapes[: row.vectors]]
        found = np.asarray(xp.along(row, [array(library, x) for x in xs]))
        expected = VECTOR_ROWS[row.name](*xs) if row.name in VECTOR_ROWS else None
        if expected is not None:
            assert found.shape == expected.shape
            # 1e-14 of terms of size 1: the order of summation
            assert found == pytest.approx(expected, rel=1e-14, abs=1e-14)
        lines = np.broadcast_arrays(*xs)
        for place in np.ndindex(found.shape):
            exact = row(*[line[place].tolist() for line in lines])
            assert found[place] == pytest.approx(exact, rel=1e-14, abs=1e-14)


def test_whole_vectors_neither_overflow_nor_lose_what_is_not_finite(library):
    xp, inf, nan = namespace(library), math.inf, math.nan
    vectors = [[1e300, 1e300], [3e-320, 4e-320], [0.0, 0.0], [inf, nan], [-inf, 1.0], [nan, 1.0]]
    vectors = vectors[:1] + vectors[2:] if library == "jax" else vectors  # XLA has no subnormals
    found = np.asarray(xp.along(mg.hypot, [array(library, vectors)])).tolist()
    assert found == pytest.approx([math.hypot(*x) for x in vectors], nan_ok=True)
    vectors = [
        [1e300, 1.0],
        [-inf, -inf],
        [-inf, 1.0],
        [inf, 1.0],
        [inf, inf],
        [nan, 1.0],
        [-1e300, -1e300],
    ]
    found = np.asarray(xp.along(mg.logsumexp, [array(library, vectors)])).tolist()
    assert found == pytest.approx([1e300, -inf, 1.0, inf, inf, nan, -1e300], nan_ok=True)
    if hasattr(xp.lib, "frexp"):
        vectors = [[1e200, 1e200, 1e-300], [1e-200, 1e-200, 1e300], [-2.0, 3.0, 5.0]]
        found = np.asarray(xp.along(mg.prod, [array(library, vectors)])).tolist()
        assert found == pytest.approx([1e100, 1e-100, -30.0], rel=1e-15)
    assert float(xp.along(mg.sum, [array(library, [[]])])[0]) == 0.0


def test_partials_of_whole_vectors_keep_the_last_axis(library):
    """``xp.sum(x)`` of a whole array keeps its axis, and y has one: so a rule needs no index."""
    xp = namespace(library)
    x, w = array(library, [[3.0, 4.0], [6.0, 8.0]]), array(library, [1.0, 2.0])
    y = xp.along(mg.dot, [x, w])
    by_x, by_w = xp.along_partials(mg.dot, y, [x, w])
    assert (np.asarray(by_x).tolist(), np.asarray(by_w).tolist()) == ([1, 2], [[3, 4], [6, 8]])
    assert np.asarray(x / xp.hypot(x)) == pytest.approx(np.array([[0.6, 0.8], [0.6, 0.8]]))
    assert np.asarray(xp.exp(x - xp.logsumexp(x)) / xp.sum(x)).shape == (2, 2)


def test_a_batch_is_aligned_with_nodes_and_filled_to_their_shape(library):
    xp = namespace(library)
    x = array(library, [1.0, 2.0])
    assert xp.aligned(0.5, 2) == 0.5
    assert tuple(xp.aligned(x, 2).shape) == (2, 1, 1)
    assert tuple(xp.aligned(x, 0).shape) == (2,)
    assert xp.aligned(x[0], 2).shape == ()
    assert np.asarray(xp.filled(0.5, (2, 3))).tolist() == [[0.5] * 3] * 2
    assert np.asarray(xp.filled(x[0], (3,))).tolist() == [1] * 3
    assert np.asarray(xp.filled(xp.aligned(x, 1), (3,))).tolist() == [[1] * 3, [2] * 3]
    half = array(library, [1.0, 2.0], "float32")
    assert "float32" in str(xp.filled(half[0], (3,)).dtype)


def test_elements_are_picked_from_several_nodes(library):
    """Batches broadcast, −1 is 0.0, a float is one element."""
    xp = namespace(library)
    m = np.arange(12.0).reshape(2, 2, 3)  # a batch of two matrices
    v, batch = np.array([70.0, 80.0]), np.array([5.0, 6.0])
    operands = [array(library, m), 0.25, array(library, v), array(library, batch)]
    # laid end to end: 6 of the matrix, the float, 2 of v, and one of the batch
    found = np.asarray(xp.pick(operands, [2, 0, 1, 0], [9, 0, 5, 6, 8, -1], (3, 2)))
    for k in range(2):
        flat = [*m[k].ravel(), 0.25, *v, batch[k], 0.0]
        expected = np.array([flat[i] for i in (9, 0, 5, 6, 8, -1)]).reshape(3, 2)
        assert found[k].tolist() == expected.tolist()
    x = array(library, m)
    for places, shape in (([1, 2, 3, 4], (4,)), (range(6), (6,)), ([5], ()), ([0, 0, 2], (3,))):
        picked = np.asarray(xp.pick([x], [2], places, shape))
        assert picked.tolist() == m.reshape(2, 6)[:, list(places)].reshape(2, *shape).tolist()
    assert np.asarray(xp.pick([0.5, array(library, [2.0])], [0, 1], [1, 0], (2,))).tolist() == [
        2,
        0.5,
    ]


def test_whole_vectors_go_under_jit(x64):
    xp, x, w = namespace("jax"), array("jax", np.ones((4, 3))), array("jax", [1.0, 2.0, 3.0])

    def cost(x, w):
        z = xp.along(mg.dot, [x, w])
        some = xp.pick([x, w], [1, 1], [0, 3, -1], (3,))
        return xp.along(mg.mean, [xp.softplus(z)]) + xp.along(mg.prod, [some])

    assert np.asarray(x64.jit(cost)(x, w)) == pytest.approx(np.asarray(cost(x, w)), rel=1e-15)


# How a library is found


def test_an_unknown_package_that_follows_the_standard_is_served(monkeypatch):
    strict = pytest.importorskip("array_api_strict")
    x = strict.asarray([1.0, 4.0])
    monkeypatch.delitem(BACKENDS, "array_api_strict")
    monkeypatch.delitem(KINDS, type(x), raising=False)
    monkeypatch.delitem(LIBRARIES, "array_api_strict", raising=False)
    assert np.asarray(mg.sqrt(x)).tolist() == [1, 2]
    monkeypatch.undo()


def test_a_library_that_needs_another_package_says_so(monkeypatch):
    dask = pytest.importorskip("dask.array")
    x = dask.ones(2)
    monkeypatch.setitem(sys.modules, "array_api_compat", None)
    monkeypatch.delitem(KINDS, type(x), raising=False)
    monkeypatch.delitem(LIBRARIES, "dask", raising=False)
    with pytest.raises(ImportError, match="dask arrays need the package array-api-compat; pip"):
        mg.exp(x)


def test_numpy_needs_no_other_package():
    script = (
        "import sys; sys.modules['array_api_compat'] = None; import numpy as np, micrograph as mg; "
        "print(mg.exp(np.zeros(2)).tolist(), mg.sum(np.ones((2, 2)), axis=0).tolist())"
    )
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert ran.stdout == "[1.0, 1.0] [2.0, 2.0]\n"


def test_what_only_looks_like_an_array_is_no_number():
    jax = pytest.importorskip("jax")
    with pytest.raises(TypeError, match="expected a number, got ShapeDtypeStruct"):
        mg.exp(jax.ShapeDtypeStruct((2,), float))


@pytest.mark.parametrize("name", ["max", "min", "sum", "mean", "log_largest_share"])
@pytest.mark.parametrize("axis", [None, 0, (0, 2), -1])
def test_a_reduction_of_a_whole_array_is_that_of_its_lines(name, axis, monkeypatch):
    x, row = np.random.default_rng(0).normal(size=(3, 4, 5)), TABLE[name]
    x[0, 0, 0] = x[0, 1, 0]  # a tie
    for keepdims in (False, True):
        whole = row(x, axis=axis, keepdims=keepdims)
        with monkeypatch.context() as patch:
            patch.setattr("micrograph.namespaces.array.WHOLE_IS_AS_GOOD", set())
            lines = row(x, axis=axis, keepdims=keepdims)
        assert type(whole) is type(lines)
        # terms of size 1, added in another order
        np.testing.assert_allclose(whole, lines, rtol=1e-14, atol=1e-14)


@pytest.mark.parametrize("dtype", [np.float32, np.float16])
@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_short_floats_stay_short(row, dtype):
    """Operands that must stay plain numbers, such as decimals, say nothing of the type."""
    xs = next(row.domain.examples())
    given = [x if still else np.full(2, x, dtype) for x, still in zip(xs, plain(row), strict=True)]
    if not all(plain(row)):
        assert row(*given).dtype == dtype
