"""The sweeps on graphs of any shape, against a naive oracle."""

from hypothesis import given
from hypothesis import strategies as st

from micrograph import Value
from micrograph.engine.reading import edges
from micrograph.engine.sweep import forward, reverse, topological
from micrograph.namespaces.floats import FLOAT


@st.composite
def graphs(draw):
    """Values that share operands at will; the last is the root."""
    nodes = [Value(draw(st.integers(-4, 4))) for _ in range(draw(st.integers(1, 4)))]
    for _ in range(draw(st.integers(1, 25))):
        a, b = draw(st.sampled_from(nodes)), draw(st.sampled_from(nodes))
        nodes.append(draw(st.sampled_from([a + b, a - b, b + 1, 2 * a, a * 0])))
    return nodes


def sum_over_paths(node, root):
    """dJ/dnode as the definition has it: the product of partials, added over all paths."""
    if root is node:
        return 1.0
    return sum(
        d * sum_over_paths(node, p) for p, d in zip(root.parents, root.partials, strict=True)
    )


@given(graphs())
def test_parents_come_first_and_nothing_twice(nodes):
    order = topological(nodes[-1], *nodes[:3])
    place = {node: i for i, node in enumerate(order)}
    assert len(place) == len(order)
    assert all(place[p] < place[node] for node in order for p in node.parents)
    assert set(nodes[:3]) <= set(order)
    assert nodes[-1].walk()[-1] is nodes[-1]


@given(graphs())
def test_reverse_is_the_sum_over_paths(nodes):
    root = nodes[-1]
    root.backward()
    for node in root.walk():  # small integers: exact
        assert node.grad == sum_over_paths(node, root)


@given(graphs())
def test_forward_agrees_with_reverse(nodes):
    root = nodes[-1]
    order = root.walk()
    adjoints = reverse(order, {root: 1.0}, edges, FLOAT.azmul)
    for leaf in root.leaves():
        tangents = forward(order, {leaf: 1.0}, edges, FLOAT.azmul)
        assert tangents[root] == adjoints[leaf]


def test_order_reads_from_left_to_right():
    a, b, c = Value(1, "a"), Value(2, "b"), Value(3, "c")
    order = ((a * b) + (b * c)).walk()
    assert [node.name or str(node.op) for node in order] == [
        "a", "b", "<primitive mul>", "c", "<primitive mul>", "<primitive add>"
    ]  # fmt: skip
