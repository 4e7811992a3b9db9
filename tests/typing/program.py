"""A user's program, for type checkers: what they should accept, and what its parts are."""

from typing import Any, assert_type

import numpy as np
from numpy.typing import NDArray

import micrograph as mg
from micrograph import Value, learn, math
from micrograph.core import Namespace

a, b = Value(5, "a"), Value(3.0)
u = (a * b).named("u")
J = (3 * u + 2 - a / b) ** 2 % 7
assert_type(J, Value)
assert_type(-a + abs(b), Value)
assert_type(a > b, Value)
assert_type(a.exp().clip(0, 1).maximum(b), Value)
assert_type(a.data, float)
assert_type(a.grad, float)
assert_type(a.parents, tuple[Value, ...])
J.backward()
J.backward(seed=2.0)
for node in J.walk():
    print(node.name, node.op, node.partials)

assert_type(mg.exp(1.0), float)
assert_type(mg.exp(1), float)
assert_type(mg.exp(a), Value)
assert_type(mg.exp(np.ones(3)), NDArray[Any])
assert_type(mg.maximum(a, 1.0), Value)
assert_type(mg.maximum(1, 2.0), float)
assert_type(mg.where(a > 0, a, 0.0), Value)
assert_type(mg.round(2.345, decimals=2), float)
assert_type(mg.sum([a, b]), Value)
assert_type(mg.sum([1.0, 2.0]), float)
assert_type(mg.hypot(3, 4), float)
assert_type(mg.hypot([a, b]), Value)
assert_type(mg.dot([a, b], [b, a]), Value)
assert_type(mg.ndtr(0.0), float)

assert_type(mg.sum(np.ones(3)), Any)  # not a Value, though an array is an iterable
assert_type(mg.dot(np.ones(3), np.ones(3)), Any)
assert_type(mg.softmax([a, b]), list[Value])
assert_type(mg.log_softmax([1.0, 2.0]), list[float])
assert_type(mg.cumsum([a, b]), list[Value])
assert_type(mg.norm([a, b]), Value)
assert_type(mg.norm([3.0, 4.0], ord=1), float)
print(mg.softmax(np.ones(3)), mg.norm(np.ones((2, 3)), axis=0), mg.norm([a, 1.0]))
assert_type(round(a), int)
assert_type(round(a, 2), Value)

assert_type(math.exp(1.0), float)
assert_type(math.exp(a), Value)
assert_type(math.hypot(3, 4), float)
assert_type(math.floor(a), int)
assert_type(math.log(a), Value)
assert_type(math.log(2.0, 10), float)
assert_type(math.pi, float)
assert_type(math.factorial(5), int)
assert_type(math.isnan(a), bool)

w = mg.values([0.5, -1.0], "w")
assert_type(w, mg.ValueArray)
X = np.ones((4, 2))
print(X @ w, w + 1.0, a * X, np.exp(X), w @ w, a * w, w * a, -w, w**2, 2 / w, w[0].data, w.sum())
w[0] = Value(2.0)
for leaf in w:
    leaf.data -= 0.1 * leaf.grad


def f(x: Any, y: float) -> Any:
    return x * mg.sin(x) + y


slope = mg.grad(f)(2.0, 3.0)
value, slopes = mg.value_and_grad(f, argnums=(0, 1))(2.0, 3.0)
print(mg.hessian(f)(2.0, 1.0), mg.jvp(f, (1.0, 2.0), (1.0, 0.0)), mg.vjp(f, 1.0, 2.0))
traced = mg.trace(f, 2.0, 3.0)
assert_type(traced, mg.Graph)
assert_type(traced.gradient("x"), mg.Graph)
print(mg.trace(f, 2.0, 3.0, branches="guard").gradient()(2.0, 3.0), traced.to_c(), mg.max(a, b))

fast = mg.compile(f, argnums="x", threads=1)
assert_type(fast.backend, str)
print(fast(2.0, np.ones(3)), fast.value_and_grad(2.0, 3.0), fast.first_nonfinite(2.0, 3.0))
cost = mg.compile(mg.mean_over(f, "y"))
assert_type(cost(2.0, [3.0, 4.0]), float)
print(cost.value_and_grad(2.0, [3.0, 4.0], argnums=0), cost.first_nonfinite(2.0, [3.0]))


labels = np.array([0, 1, 1, 0])
bias = Value(0.0, "b")
learn.cost(X, labels, w, bias).backward()
print(learn.cost([[1.0, 2.0]], [0], [a, b], bias), learn.example(X[0], 1, w, 0.5))
print(learn.accumulate(X, labels, np.zeros(2), 0.0), learn.accumulate([[1.0]], [0], [0.5], 0.0))


def softsign(xp: Namespace, x: Any) -> Any:
    return x / (1 + xp.abs(x))


row = mg.primitive("softsign_of_a_typed_program", formula=softsign)
print(row(2.0), mg.Graph.of(J)(a=2.0), mg.table(J))
mg.zero_grad([a, b])
