"""Values through a life of their own, beside a naive oracle: dicts and plain recursion.

All numbers are small integers and halves, on which floats are exact: comparisons are to the last
bit.
"""

import copy
import gc
import pickle

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, rule

import micrograph as mg
from micrograph import Graph, Value

OPERATIONS = {  # the value, and both slopes, as a textbook has them
    "add": (lambda a, b: a + b, lambda a, b: (1, 1)),
    "sub": (lambda a, b: a - b, lambda a, b: (1, -1)),
    "mul": (lambda a, b: a * b, lambda a, b: (b, a)),
    "maximum": (lambda a, b: max(a, b), lambda a, b: (a > b, a < b) if a != b else (0.5, 0.5)),
    "relu": (lambda a: max(a, 0), lambda a: (a > 0,)),
}
LARGEST = 2**20

small = st.integers(-3, 3)


class Node:
    """What the oracle knows: numbers, and operands with the version that they had when used."""

    def __init__(self, data, operation=None, operands=()):
        self.data, self.operation, self.operands = data, operation, operands
        self.grad, self.name, self.version = 0, None, 0
        self.used = [x.version for x in self.parents]

    @property
    def parents(self):
        return [x for x in self.operands if isinstance(x, Node)]


def below(node):
    """A node and all that it was computed from."""
    return {node}.union(*map(below, node.parents))


def outdated(root):
    return any([x.version for x in node.parents] != node.used for node in below(root))


def derivative(root, node):
    """d root / d node, down every path."""
    if root is node:
        return 1
    if not root.operation:
        return 0
    numbers = [x.data if isinstance(x, Node) else x for x in root.operands]
    slopes = zip(OPERATIONS[root.operation][1](*numbers), root.operands, strict=True)
    return sum(d * derivative(x, node) for d, x in slopes if isinstance(x, Node))


class Life(RuleBasedStateMachine):
    """Each rule does the same to a Value and to its Node."""

    pairs = Bundle("pairs")

    def __init__(self):
        super().__init__()
        self.alive = []

    def born(self, value, node):
        self.alive.append((value, node))
        return value, node

    @rule(target=pairs, x=small)
    def leaf(self, x):
        return self.born(Value(x), Node(x))

    @rule(target=pairs, operation=st.sampled_from(list(OPERATIONS)), a=pairs, b=pairs | small)
    def record(self, operation, a, b):
        operands = [a, b if isinstance(b, tuple) else (b, b)][: 1 if operation == "relu" else 2]
        values, nodes = zip(*operands, strict=True)
        data = OPERATIONS[operation][0](*(x.data if isinstance(x, Node) else x for x in nodes))
        if abs(data) > LARGEST or len(below(a[1])) > 12:  # the oracle goes down every path
            return a
        return self.born(getattr(mg, operation)(*values), Node(data, operation, nodes))

    @rule(pair=pairs, name=st.sampled_from(["a", "b", None]))
    def name(self, pair, name):
        pair[0].named(name)
        pair[1].name = name

    @rule(pair=pairs, seed=small)
    def sweep(self, pair, seed):
        value, root = pair
        if outdated(root):
            with pytest.raises(RuntimeError, match="changed after"):
                value.backward(seed)
            return
        value.backward(seed)
        for node in below(root):
            found = seed * derivative(root, node)
            node.grad = found if node.operation else node.grad + found

    @rule(pair=pairs)
    def zero(self, pair):
        mg.zero_grad(pair[0])
        for node in below(pair[1]):
            node.grad = 0

    @rule(pair=pairs, x=small)
    def assign(self, pair, x):
        value, node = pair
        if node.operation:
            with pytest.raises(AttributeError, match="was computed"):
                value.data = x
            return
        value.data = x
        node.data, node.version = x, node.version + 1

    @rule(
        target=pairs,
        pair=pairs,
        copied=st.sampled_from([copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))]),
    )
    def copy(self, pair, copied):
        value, node = copied(pair[0]), copy.deepcopy(pair[1])
        return self.born(value, node)

    @rule(pair=consumes(pairs))
    def delete(self, pair):
        self.alive = [other for other in self.alive if other[0] is not pair[0]]
        del pair
        gc.collect(0)

    @rule(pair=pairs)
    def evaluate(self, pair):
        """The graph at the leaves' present numbers, outdated or not."""
        value, root = pair
        again = {}

        def compute(node):
            if node not in again:
                numbers = [compute(x) if isinstance(x, Node) else x for x in node.operands]
                again[node] = (
                    OPERATIONS[node.operation][0](*numbers) if node.operation else node.data
                )
            return again[node]

        assert Graph.of(value)(*(x.data for x in value.leaves())) == compute(root)

    @invariant()
    def they_agree(self):
        for value, node in self.alive:
            assert (value.data, value.grad, value.name) == (node.data, node.grad, node.name)
            assert value.op is (mg.core.TABLE[node.operation] if node.operation else None)
            assert [x.data for x in value.parents] == [x.data for x in node.parents]
            assert [x.grad for x in value.parents] == [x.grad for x in node.parents]


Life.TestCase.settings = settings(stateful_step_count=30)
TestLife = Life.TestCase
