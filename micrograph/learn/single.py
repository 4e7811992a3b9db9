"""One example of a fitted model as nodes: its loss, its graph and its picture."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ..engine.value import Value
from ..graph import Graph
from ..primitives import dot, exp, logsumexp
from .logistic import output
from .losses import cross_entropy, logistic_loss
from .plot.fit import plot_cost, plot_fit

OURS = {"z", "a", "b", "L"}
"""The names of the model's own nodes. A feature called z is drawn as x_z, to tell them apart."""


def told_apart(names: Iterable[str], taken: Iterable[str], prefix: str) -> list[str]:
    """The names, each with the prefix as often as it takes to differ from the others and taken."""
    names = list(names)
    used, found = {*taken}, []
    reserved = {name for name in names if name not in used}
    for name in names:
        if name in used:
            while name in used or name in reserved:
                name = prefix + name
        used.add(name)
        found.append(name)
    return found


class OneExample:
    """The part of ``LogisticRegression`` that shows one example, and the fit."""

    coef_: Any
    intercept_: Any
    classes_: Any
    names_: list[str]

    def loss_of(self, x: Any, y: Any = None) -> Value:
        """The loss L of one example or, if y is None, a = P(second class), after its reverse sweep.

        The nodes of its graph are named z, a and L. The leaves are b, the features and their
        weights: ``w_t`` is the weight of a feature t. If a is rounded to 0 or 1, L is computed from
        z, and there is no node a. Of more than two classes each has a z, a weight and a bias, with
        its number at the end: z1, w1_t, b1. Then L = log Σ exp(z) − z of the label, and a is the
        probability of the likeliest class.

        Args:
            x: The n features of the example.
            y: Its label, or None.

        Raises:
            ValueError: If y is not one of the labels, or as ``decision_function`` does.
            TypeError: As ``decision_function`` does.

        Example:
            >>> from micrograph.learn import LogisticRegression
            >>> model = LogisticRegression().fit([[0], [1], [2], [3]], [0, 1, 0, 1])
            >>> L = model.loss_of([2.0], 1)
            >>> round(L.data, 4), round(L.node("z").grad, 4), round(L.node("w_x1").grad, 4)
            (0.4917, -0.3884, -0.7768)
        """
        shape = getattr(x, "shape", (0,))
        if len(shape) != 1:
            raise ValueError(f"expected the features of one example, got shape {shape}; give X[0]")
        self.decision_function([x])  # type: ignore[attr-defined]  # raises if x is no example
        if y is not None and y not in self.classes_.tolist():
            raise ValueError(f"label {y!r}: expected one of {self.classes_.tolist()}")
        root = self._of_two(x, y) if len(self.classes_) == 2 else self._of_many(x, y)
        root.backward()
        return root

    def _of_two(self, x: Any, y: Any) -> Value:
        names = told_apart(self.names_, OURS, "x_")
        weights = told_apart([f"w_{name}" for name in names], {*OURS, *names}, "w_")
        leaves = [Value(v, name) for v, name in zip(x, names, strict=True)]
        w = [Value(v, name) for v, name in zip(self.coef_[0], weights, strict=True)]
        a: Value = output(leaves, w, Value(self.intercept_[0], "b"))
        if y is None:
            return a
        label = float(y == self.classes_[1])
        # if a is rounded to 0 or 1, the loss comes from z
        loss = cross_entropy(a, label) if 0 < a.data < 1 else logistic_loss(a.parents[0], label)
        named: Value = loss.named("L")
        return named

    def _of_many(self, x: Any, y: Any) -> Value:
        numbers = range(1, len(self.classes_) + 1)
        own = {*OURS, *(f"{letter}{i}" for i in numbers for letter in "zb")}
        names = told_apart(self.names_, own, "x_")
        leaves = [Value(v, name) for v, name in zip(x, names, strict=True)]
        used, z = {*own, *names}, []
        for i, row, bias in zip(numbers, self.coef_, self.intercept_, strict=True):
            weights = told_apart([f"w{i}_{name}" for name in names], used, "w_")
            used.update(weights)
            w = [Value(v, name) for v, name in zip(row, weights, strict=True)]
            z.append(dot([*w, Value(bias, f"b{i}")], [*leaves, 1.0]).named(f"z{i}"))
        if y is None:
            likeliest = max(z, key=lambda one: one.data)
            a: Value = exp(likeliest - logsumexp(z)).named("a")
            return a
        L: Value = (logsumexp(z) - z[self.classes_.tolist().index(y)]).named("L")
        return L

    def graph(self, x: Any, y: Any = None) -> Graph:
        """The graph of one example: from its features and the parameters to a or, with y, to L.

        Args:
            x: The n features of the example.
            y: Its label, or None.

        Raises:
            ValueError, TypeError: As ``loss_of`` does.

        Example:
            >>> from micrograph.learn import LogisticRegression
            >>> model = LogisticRegression().fit([[0], [1], [2], [3]], [0, 1, 0, 1])
            >>> model.graph([2.0])
            Graph(w_x1, b, x1 → a: 5 nodes)
        """
        return Graph.of(self.loss_of(x, y))

    def draw(self, x: Any, y: Any = None, filename: Any = None, **how: Any) -> Any:
        """The picture of one example's nodes.

        Args:
            x: The n features of the example.
            y: Its label, or None.
            filename: The file to write, or None, as in ``micrograph.draw``.
            **how: Other arguments of ``micrograph.draw``; max_nodes is 10,000 by default.

        Raises:
            ValueError, TypeError: As ``loss_of`` and ``micrograph.draw`` do.

        Example:
            >>> from micrograph.learn import LogisticRegression
            >>> model = LogisticRegression().fit([[0], [1], [2], [3]], [0, 1, 0, 1])
            >>> picture = model.draw([2.0])
            >>> "w_x1" in picture.source
            True
        """
        from ..render.dot import draw

        return draw(self.loss_of(x, y), filename, **{"max_nodes": 10_000, **how})

    def plot(self, X: Any = None, y: Any = None, *, ax: Any = None) -> Any:
        """A picture of the fit: with data, as ``plot_fit``; without, the cost by iteration.

        Args:
            X: The features, shape (m, 1) or (m, 2), or None.
            y: The labels, shape (m,), or None.
            ax: The axes of Matplotlib to draw on, or None.

        Returns:
            The axes. In a notebook they show themselves if they are new.

        Raises:
            ValueError, TypeError, ImportError: As ``plot_fit`` and ``plot_cost`` do.

        Example:
            >>> from micrograph.learn import LogisticRegression
            >>> X, y = [[0], [1], [2], [3]], [0, 1, 0, 1]
            >>> model = LogisticRegression().fit(X, y)
            >>> model.plot().get_ylabel(), model.plot(X, y).get_ylabel()
            ('cost J', 'probability of 1')
        """
        if X is None and y is None:
            return plot_cost(self, ax=ax)
        return plot_fit(self, X, y, ax=ax)
