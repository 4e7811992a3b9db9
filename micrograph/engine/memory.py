"""Graphs of a million nodes are copied, pickled and freed without recursion over parents.

Python copies, pickles and frees an object by descending into the objects it holds, and a node holds
its parents. Here the graph below a node is a flat list, parents first.
"""

from __future__ import annotations

import copy
import copyreg
import sys
import threading
import weakref
from collections.abc import Callable, Iterator, Mapping, Sequence
from operator import attrgetter

from ..annotation import Any
from ..core import TABLE, Primitive
from .reading import is_live, live

FIELDS = {
    "_born", "_grad", "_name", "_number", "_op", "_operands", "_parents", "_scope", "_slopes",
    "_swept", "_time",
}  # fmt: skip
Fields = tuple[float, float, str | None, Any, tuple[float, ...], bool, int]
fields_of = attrgetter("_number", "grad", "name", "op", "partials", "_swept")

# A transform differentiates by one node for each input. So a copy of that node is computed from it.


def deepcopy(root: Any, memo: dict[int, Any]) -> Any:
    """``copy.deepcopy`` of a node and the graph below it. A shared node is copied once."""
    order = root.walk()
    time_of = _times(order)
    for node in order:
        if id(node) not in memo and node in live:
            memo[id(node)] = _computed_from(node)
        elif id(node) not in memo:
            memo[id(node)] = twin = _bare(node)
            operands = [x if type(x) is float else memo[id(x)] for x in node.operands]
            fields = (*fields_of(node), time_of(node))
            _fill(twin, operands, fields, copy.deepcopy(_added(node), memo))
    return memo[id(root)]


def shallow_copy(node: Any) -> Any:
    """``copy.copy`` of a node: a second node on the same parents."""
    if node in live:
        return _computed_from(node)
    twin = _bare(node)
    _fill(twin, node.operands, (*fields_of(node), node._time), _added(node))
    return twin


def _computed_from(node: Any) -> Any:
    twin = TABLE["identity"](node).named(node.name)
    twin._scope = node.scope
    return twin


def _times(order: Sequence[Any]) -> Callable[[Any], int]:
    """A function from each of these nodes to the time that a copy or a pickle of it gets.

    The time is 0, which means now. If the nodes are outdated, the copies should be, too. So they
    get times in the same order, long ago: another process, with another clock, may read them.
    """
    for node in order:
        if any(x._time > node._time for x in node.parents if x.op is None):
            return lambda node: node._time - (1 << 60)
    return lambda node: 0


def _bare(node: Any) -> Any:
    cls: Any = type(node)
    return cls.__new__(cls)


def _fill(node: Any, operands: Sequence[Any], fields: Fields, added: dict[str, Any] | None) -> None:
    _, _, _, op, partials, _, _ = fields
    values = sum(type(x) is not float for x in operands)
    fits = isinstance(op, Primitive) and (op.vectors or len(operands) == op.arity)
    if not (fits or (op is None and not operands)) or len(partials) < values:
        raise ValueError(
            f"no node was computed by {op!r} from {len(operands)} operands, {values} Values, "
            f"with {len(partials)} partials: this copy or pickle is damaged"
        )
    node._fill(tuple(operands), fields)
    for name, x in (added or {}).items():
        setattr(node, name, x)


def _added(node: Any) -> dict[str, Any] | None:
    """A node's scope, and the attributes that a subclass added to it, in its dict or in slots."""
    scope = {"_scope": node.scope} if node.scope else {}
    if type(node).__base__ is object:
        return scope or None
    state: Any = object.__getstate__(node)
    attributes, slots = state if type(state) is tuple else (state, {})
    own = {name: x for name, x in slots.items() if name not in FIELDS}
    return {**(attributes or {}), **own, **scope}


# A pickle of J holds the nodes as bare objects first, and then a flat list of their contents. Each
# node passes through the pickler itself. So a node that is pickled beside J stays the same object.


class _Nodes:
    """The nodes below a root, while they are being pickled."""

    def __init__(self, root: Any) -> None:
        self.nodes = root.walk()
        self.bare = set(self.nodes)  # those that the pickler has not met yet

    def __reduce__(self) -> tuple[Any, ...]:
        _pickling.nodes = weakref.ref(self)  # lives as long as the pickler's memo
        index = {node: i for i, node in enumerate(self.nodes)}
        contents, time_of = [], _times(self.nodes)
        for node in self.nodes:
            operands = [x if type(x) is float else index[x] for x in node.operands]
            contents.append((operands, (*fields_of(node), time_of(node)), _added(node)))
        return _restored, (self.nodes, contents)


_pickling = threading.local()


def reduce(node: Any) -> tuple[Any, ...]:
    """``pickle`` of a node, with the graph below it.

    Raises:
        TypeError: If a transform may still ask for the node's derivative, which would be lost.
    """
    current = getattr(_pickling, "nodes", lambda: None)()
    if current and node in current.bare:
        current.bare.remove(node)
        return copyreg.__newobj__, (type(node),)  # type: ignore[attr-defined]  # undocumented
    if live and is_live(node):
        called = node.name or "v"
        raise TypeError(
            f"a pickle of {called} would drop its derivative; pickle {called}.data, or, of what "
            "another process should differentiate, the function and its arguments"
        )
    return _restored, (_Nodes(node),)


def _restored(nodes: Any, contents: Sequence[Any] | None = None) -> Any:
    """The root of these bare nodes, after they are filled. Without contents, ``nodes`` is it."""
    if contents is None:
        return nodes
    for i, (node, (operands, fields, added)) in enumerate(zip(nodes, contents, strict=True)):
        operands = [x if type(x) is float else nodes[x] for x in operands if _comes_before(x, i)]
        _fill(node, operands, fields, added)
    return nodes[-1]


def _comes_before(x: Any, i: int) -> bool:
    """True if an operand is a constant, or a node before the i-th. Else raises UnpicklingError."""
    if type(x) is float or (type(x) is int and 0 <= x < i):
        return True
    from pickle import UnpicklingError  # 1.5 ms to import, 2026-11-25

    raise UnpicklingError(f"this pickle is damaged: node {i} was computed from {x!r}")


_restored.__module__ = "micrograph"  # where a pickle looks for it, even if this file moves
_itself = _restore = _restored  # its names in pickles made before 2026-11-25


# A subclass may have attributes. If an attribute holds a node that was computed from its owner, the
# two hold each other. In the compiled engine nothing would ever free them: its nodes take no part
# in Python's garbage collection.


def set_attribute(node: Any, name: str, x: Any) -> None:
    """``__setattr__`` of a subclass. Raises TypeError if x holds a node computed from this one."""
    if name not in ("data", "grad", "name"):
        for held in _nodes_in(x):
            if held is not node and node in held.walk():
                raise TypeError(
                    f"{type(node).__name__}.{name} would hold what was computed from its owner, "
                    "and neither could ever be freed; keep it elsewhere, or keep its .data"
                )
    object.__setattr__(node, name, x)


def _nodes_in(x: Any) -> Iterator[Any]:
    waiting, met = [x], set()
    while waiting:
        x = waiting.pop()
        if hasattr(x, "_fill"):
            yield x
        elif id(x) not in met:
            met.add(id(x))
            if isinstance(x, Mapping):
                waiting += x.values()
            elif isinstance(x, list | tuple | set | frozenset):
                waiting += x
            elif getattr(getattr(x, "dtype", None), "kind", "") == "O":
                waiting += x.flat


class _Dying(threading.local):
    def __init__(self) -> None:
        self.links: list[Any] = []
        self.busy = False


_dying = _Dying()


def unlink(node: Any) -> None:
    """``__del__`` of a node: frees the nodes below it one after the other.

    CPython 3.13.0 frees nested objects on the C stack, up to 10,000 deep. That crashes a thread
    with a stack of 256 KiB. CPython 3.12 stops at 50, and 3.14 measures the stack. (2026-11-22: a
    chain of a million took 0.06 s to free without this, 0.3 s with it.)
    """
    try:
        _dying.links.append((node._operands, node._parents))
    except AttributeError:  # a node that was refused before it had operands
        return
    node._operands = node._parents = ()
    if not _dying.busy:
        try:
            _dying.busy = True
            _free_all()
        finally:
            _dying.busy = False


def _free_all() -> None:
    while _dying.links:
        _dying.links.pop()


NEEDS_UNLINK = sys.version_info[:2] == (3, 13)
