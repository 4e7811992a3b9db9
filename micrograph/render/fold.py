"""Equal structure that repeats: the examples of a cost, the steps of a loop, a layer's units.

Nodes that play the same part in each repetition are drawn as one. In the order of computation a
repetition is a run: with a period p, each node computes what the node p places before it does, from
operands that are the same nodes, or their counterparts, or the counterparts' results.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from itertools import chain
from typing import Any

from ..explanation.swept import Swept
from ..graph.node import AUTOMATIC

FEWEST = 3
"""The fewest repetitions that are drawn as one."""

TRIES = 300_000
"""About how often a pass tries whether a repetition begins: so folding takes seconds at most."""

Group = tuple[int, ...]
"""Nodes that are drawn as one, in the order of computation."""


def folded(graph: Swept, shown: Sequence[int], apart: Collection[int]) -> list[Group]:
    """A partition of the nodes shown, leaves first: nodes that play the same part are together.

    Args:
        graph: The graph.
        shown: The nodes, operands first.
        apart: Nodes that stay alone.

    Cost:
        Linear in the number of nodes. If little repeats, some seconds.
    """
    groups: list[Group] = [(i,) for i in shown if graph.ops[i]]
    while True:
        fewer = list(_Runs(graph, groups, apart).folded())
        if len(fewer) == len(groups):
            break
        groups = fewer
    groups = _shortened(graph, groups, apart)
    leaves = [i for i in shown if not graph.ops[i]]
    return [*_of_leaves(graph, groups, leaves, apart), *groups]


CHAIN = 12
"""The longest chain of different steps that is drawn whole."""


def _shortened(graph: Swept, groups: Sequence[Group], apart: Collection[int]) -> list[Group]:
    """The groups, where each long chain of nodes is cut to its ends and one group between them.

    In a chain each node has one operand that is a node, and one use. None was given a name.
    """
    users: dict[int, set[int]] = {}
    for i in range(len(graph)):
        for k in graph.parents(i):
            users.setdefault(k, set()).add(i)

    def continues(a: Group, b: Group) -> bool:
        """Whether b goes on with the chain at a."""
        both = {*a, *b}
        operands = {k for i in b for k in graph.parents(i)}
        used = set().union(*(users.get(i, ()) for i in a))
        return (
            bool(operands)
            and operands <= both
            and used <= both
            and both.isdisjoint(apart)
            and all(AUTOMATIC.fullmatch(graph.names[i]) for i in both)
            and len({graph.scopes[i] for i in both}) == 1
        )

    found: list[Group] = []
    chain: list[Group] = []
    for group in [*groups, ()]:
        if chain and group and continues(chain[-1], group):
            chain.append(group)
            continue
        if len(chain) > CHAIN:
            chain = [*chain[:2], tuple(i for group in chain[2:-2] for i in group), *chain[-2:]]
        found += chain
        chain = [group] if group else []
    return found


def stem(name: str) -> str:
    """The name without its digits: nodes of a repetition are called x1, x2, …"""
    return re.sub(r"\d+", "", name)


class _Runs:
    """One pass over groups: each run of repetitions becomes the groups of one repetition."""

    def __init__(self, graph: Swept, groups: Sequence[Group], apart: Collection[int]) -> None:
        self.graph, self.groups = graph, groups
        self.place = {i: g for g, members in enumerate(groups) for i in members}
        self.keys = [self._key(members, apart) for members in groups]
        self.slots = [self._slots(members) for members in groups]
        self.tries = max(4, TRIES // (len(groups) + 1))
        later: dict[Any, int] = {}
        self.next = [len(groups)] * len(groups)  # the next group with the same key
        for g in reversed(range(len(groups))):
            self.next[g] = later.get(self.keys[g], len(groups))
            later[self.keys[g]] = g

    def _key(self, members: Group, apart: Collection[int]) -> Any:
        """What is equal in groups that may play the same part."""
        graph, i = self.graph, members[0]
        if i in apart:
            return object()  # equals nothing else
        scopes = tuple(map(stem, graph.scopes[i]))
        known = graph.ops[i], len(members), len(graph.operands[i])
        return *known, stem(graph.names[i]), scopes, i in graph.outputs

    def _slots(self, members: Group) -> list[tuple[int | None, ...]]:
        """What stands at each operand: the places of groups, −1 − leaf, None for a constant.

        A vector of operands counts as one. The members of a group may have several operands.
        """
        row = self.graph.ops[members[0]]
        assert row is not None
        n = len(self.graph.operands[members[0]])
        size = n // row.vectors if row.vectors else 1
        found = []
        for start in range(0, n, size or 1):
            at = chain.from_iterable(self.graph.operands[i][start : start + size] for i in members)
            refs = (None if type(k) is float else self.place.get(k, ~k) for k in at)  # type: ignore[operator, arg-type]  # k is an int
            found.append(tuple(dict.fromkeys(refs)))
        return found

    def folded(self) -> Iterator[Group]:
        start = 0
        while start < len(self.groups):
            period, times = self._longest_run(start)
            for k in range(start, start + period):
                run = self.groups[k : k + period * times : period]
                yield tuple(chain.from_iterable(run))
            start += period * times

    def _longest_run(self, start: int) -> tuple[int, int]:
        """The period and the repetitions of the run that covers most; (1, 1) if there is none."""
        best = (1, 1)
        second = start
        for _ in range(self.tries):
            second = self.next[second]
            if second == len(self.groups):
                break
            period = second - start
            if second < start + best[0] * best[1] and period % best[0] == 0 and best[1] > 1:
                continue  # within a run, a multiple of its period covers no more
            if not self._alike(start, second, start):
                continue
            i = start
            while i + period < len(self.groups) and self._alike(i, i + period, start):
                i += 1
            times = (i - start) // period + 1
            if times >= FEWEST and times * period > best[0] * best[1]:
                best = period, times
        return best

    def _alike(self, a: int, b: int, start: int) -> bool:
        """Whether group b plays the part of group a one repetition later. The run has a start."""
        if self.keys[a] != self.keys[b]:
            return False
        period = b - a
        first = a < start + period
        for xs, ys in zip(self.slots[a], self.slots[b], strict=True):
            if len(xs) != len(ys):
                return False
            for x, y in zip(xs, ys, strict=True):
                if x == y or (x is not None and y is not None and self._counterparts(x, y, period)):
                    continue
                carried = y is not None and start <= y < start + period  # a loop's state
                initial = x is None or x < start
                if not (first and carried and initial):
                    return False
        return True

    def _counterparts(self, x: int, y: int, period: int) -> bool:
        if x < 0 and y < 0:
            return stem(self.graph.names[~x]) == stem(self.graph.names[~y])
        return x >= 0 and y - x == period


def _of_leaves(
    graph: Swept, groups: Sequence[Group], leaves: Sequence[int], apart: Collection[int]
) -> list[Group]:
    """The leaves: those that only one repetition uses are together, and those of a long vector."""
    uses: dict[int, set[Any]] = {i: set() for i in leaves}
    users: dict[int, set[int]] = {i: set() for i in leaves}
    size: dict[int, int] = {}
    for g, members in enumerate(groups):
        size[g] = len(members)
        for i in members:
            row = graph.ops[i]
            for place, k in enumerate(graph.operands[i]):
                if k in uses and type(k) is int:
                    n = len(graph.operands[i]) // row.vectors if row and row.vectors else 1
                    uses[k].add((g, place // n))
                    users[k].add(i)
    found: dict[Any, list[int]] = {}
    for i in leaves:
        shared = any(len(users[i] & set(groups[g])) > 1 for g, _ in uses[i] if size[g] > 1)
        stems = stem(graph.names[i]), tuple(map(stem, graph.scopes[i]))
        key = (i,) if i in apart else (*stems, shared, frozenset(uses[i]))
        found.setdefault(key, []).append(i)
    parts: list[Group] = []
    for alike in found.values():
        parts += [tuple(alike)] if len(alike) >= FEWEST else [(i,) for i in alike]
    return sorted(parts)
