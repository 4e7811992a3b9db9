"""Random programs, and all that they compute, to the last bit: ``python random_programs.py 7 100``.

``test_engine`` runs this with either engine and compares what is printed.
"""

import math
import random
import sys

import micrograph as mg
from micrograph import Value
from micrograph.core import TABLE

NUMBERS = [0.0, -0.0, 0.5, 1.0, -1.0, 2.0, 3.0, -2.5, 1e-8, 1e8, 5e-324, 1e300, -1e300, 37.0, -40.0,
           math.inf, -math.inf, math.nan, 3, -2, True]  # fmt: skip
ROWS = [row for row in TABLE.values() if "gamma" not in row.name]  # SciPy's take a while
GAMMAS = [row for row in TABLE.values() if "gamma" in row.name]


def number(draw):
    """Mostly an ordinary number, at times a notable one."""
    return draw.choice(NUMBERS) if draw.random() < 0.1 else draw.uniform(-4, 4)


def operand(draw, nodes):
    """A recent node, an old one, or a constant."""
    which = draw.random()
    if which < 0.2:
        return number(draw) if which > 0.001 else 10**400
    return draw.choice(nodes[-3:]) if which < 0.7 else draw.choice(nodes)


def step(draw, nodes):
    """One operation: by operator, by method, or as a function."""
    row = draw.choice(ROWS) if draw.random() < 0.98 else draw.choice(GAMMAS)
    if row.vectors:
        n = draw.randint(0, 5)
        return row(*[[operand(draw, nodes) for _ in range(n)] for _ in range(row.vectors)])
    operands = [operand(draw, nodes) for _ in row.arguments]
    for place, name in enumerate(row.arguments):
        if name in row.static and row.arity > 1 and not (row.operator or row.choice):
            operands[place] = draw.choice([0, 1, 2, 3.0, -1, 0.5])
    way = draw.random()
    operator = f"__{row.operator.rstrip('_')}__" if row.operator else ""
    if way < 0.4 and operator and isinstance(operands[0], Value):
        return getattr(operands[0], operator)(*operands[1:])
    if way < 0.7 and row.public and isinstance(operands[0], Value):
        return getattr(operands[0], row.name)(*operands[1:])
    return row(*operands)


def bits(x):
    """A float exactly, NaN as NaN."""
    return "nan" if x != x else float(x).hex()


def record(draw, length, leaves):
    """A program's nodes, and what it raised."""
    nodes, raised = list(leaves), []
    for _ in range(length):
        try:
            y = step(draw, nodes)
            if isinstance(y, Value):
                nodes.append(y if abs(y.data) < 1e6 else 1 / y if y.data else y)
        except (ValueError, ArithmeticError, TypeError, NotImplementedError) as error:
            raised.append(f"{type(error).__name__}: {error}")
    return nodes, raised


def described(root):
    """All below a node, a line each."""
    for node in root.walk():
        yield " ".join(
            [repr(node.op), *map(bits, (node.data, node.grad)), *map(bits, node.partials),
             *(bits(x.data if isinstance(x, Value) else x) for x in node.operands)]
        )  # fmt: skip


def numbers_in(x):
    """The numbers in nested lists."""
    return [e for part in x for e in numbers_in(part)] if isinstance(x, list | tuple) else [x]


def differentiated(seed, length, captured):
    """What transforms make of a program that multiplies by ``captured``."""
    draw = random.Random(seed)
    at = [number(draw), number(draw)]
    last = lambda x: record(random.Random(seed), length, [x[0], x[1] * captured, x[0] - 2])[0][-3:]
    f = lambda x: mg.sum([y * y + y for y in last(x)])
    for results in (
        mg.value_and_grad(f)(at),
        mg.hessian(f)(at),
        mg.jvp(last, (at,), ([1.0, 0.5],)),
        mg.jacobian(last)(at),
        mg.hvp(f)(at, [0.5, 2.0]),
        mg.jacobian(lambda x: mg.jvp(mg.grad(f), (x,), ([1.0, 0.0],))[1])(at),
    ):
        for y in numbers_in(results):
            if isinstance(y, Value):
                y.backward()
                yield from described(y)
            else:
                yield bits(y)


def run(seed, length):
    """One program: what it records, what it raises, and the gradients of its last nodes."""
    draw = random.Random(seed)
    leaves = [Value(number(draw), name) for name in (None, "x", "y")]
    nodes, raised = record(draw, length, leaves)
    yield from raised
    for root in [nodes[-1], draw.choice(nodes), mg.sum(nodes[-4:])]:
        if draw.random() < 0.3:
            draw.choice(leaves).data = number(draw)
        try:
            root.backward(number(draw))
        except RuntimeError as error:
            yield str(error)
        yield from described(root)
    f = lambda xs: mg.sum([a * b for a, b in zip(xs, nodes, strict=False)]) * xs[0].sin()
    yield from map(bits, mg.grad(f)([0.5, -1.5, 2.0]))
    yield from (" ".join(map(bits, row)) for row in mg.hessian(f)([0.5, -1.5, 2.0]))
    yield from map(bits, mg.jacobian(lambda x: [x * f([x, 1.0]), x.exp()])(0.3))
    for captured in (Value(number(draw), "p"), 0.75):
        yield from differentiated(seed, length // 4, captured)


if __name__ == "__main__":
    first, count = map(int, sys.argv[1:])
    for seed in range(first, first + count):
        print(f"program {seed}")
        for line in run(seed, random.Random(seed).randint(1, 60)):
            print(line)
