"""What type checkers should find: each line that says so is an error, and no other."""

from typing import Any

import micrograph as mg
from micrograph import Value, learn, math, testing
from micrograph.core import Namespace

y = Value(1.0)
y.backwards()  # wrong
mg.sigmod(1.0)  # wrong
mg.azmul(0.0, 1.0)  # wrong
y + "1"  # wrong
mg.exp("1")  # wrong
mg.maximum(y)  # wrong
math.exp("1")  # wrong
math.sine(1.0)  # wrong
y.data = "1"  # wrong
Value("a", 3)  # wrong
x: float = mg.exp(y)  # wrong
y.exp(2)  # wrong
mg.compile(math.exp, threads="2")  # wrong
print(mg.compile(mg.mean_over(math.exp, "x")).jacobians)  # wrong
y.name = 3  # wrong
y.parents = ()  # wrong
y.op = mg.exp  # wrong
mg.softmax([1.0])[0].backward()  # wrong
mg.values([1.0]).backwards()  # wrong
learn.LogisticRegresion()  # wrong
learn.LogisticRegression(Cc=1.0)  # wrong
testing.check_gradient(math.exp, 1.0)  # wrong


def rule(xp: Namespace, x: Any) -> Any:
    return xp.sine(x)  # wrong
