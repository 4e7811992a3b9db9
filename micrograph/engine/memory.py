"""Copy, pickle and delete graphs of a million nodes: what must not recurse over parents.

Python copies, pickles and frees an object by descending into what it holds, and a node
holds its parents. Here the whole graph below a node is taken flat, parents first.
"""

from __future__ import annotations

import copy
import copyreg
import sys
import threading
import weakref
from collections.abc import Sequence
from operator import attrgetter
from typing import Any

FIELDS = {"_data", "_operands", "_slopes", "_swept", "_time", "grad", "name", "op", "parents"}
Fields = tuple[float, float, str | None, Any, tuple[float, ...], bool, int]
fields_of = attrgetter("_data", "grad", "name", "op", "partials", "_swept", "_time")


def deepcopy(root: Any, memo: dict[int, Any]) -> Any:
    """``copy.deepcopy`` of a node: the graph below it is copied along, sharing kept."""
    for node in root.walk():
        if id(node) not in memo:
            memo[id(node)] = twin = _bare(node)
            operands = [x if type(x) is float else memo[id(x)] for x in node.operands]
            _fill(twin, operands, fields_of(node), copy.deepcopy(_added(node), memo))
    return memo[id(root)]


def shallow_copy(node: Any) -> Any:
    """``copy.copy`` of a node: a second node on the same parents."""
    twin = _bare(node)
    _fill(twin, node.operands, fields_of(node), _added(node))
    return twin


def _bare(node: Any) -> Any:
    cls: Any = type(node)
    return cls.__new__(cls)


def _fill(node: Any, operands: Sequence[Any], fields: Fields, added: dict[str, Any] | None) -> None:
    node._fill(tuple(operands), fields)
    for name, x in (added or {}).items():
        setattr(node, name, x)


def _added(node: Any) -> dict[str, Any] | None:
    """The attributes that a subclass added to a node, in its dict or in slots."""
    if type(node).__base__ is object:
        return None
    state: Any = object.__getstate__(node)
    attributes, slots = state if type(state) is tuple else (state, {})
    own = {name: x for name, x in slots.items() if name not in FIELDS}
    return {**(attributes or {}), **own}


# A pickle of J holds its nodes first as bare objects, then their contents, flat. Each node
# passes through the pickler itself, so that one pickled beside J stays the same object.


class _Nodes:
    """The nodes below a root, while they are being pickled."""

    def __init__(self, root: Any) -> None:
        self.nodes = root.walk()
        self.bare = set(self.nodes)  # those that the pickler is yet to meet

    def __reduce__(self) -> tuple[Any, ...]:
        _pickling.nodes = weakref.ref(self)  # ends with the pickler's memo, however that ends
        index = {node: i for i, node in enumerate(self.nodes)}
        contents = []
        for node in self.nodes:
            operands = [x if type(x) is float else index[x] for x in node.operands]
            outdated = any(p._time > node._time for p in node.parents if p.op is None)
            # A time is read on this process's clock alone: 0 is current anywhere, −1 outdated
            contents.append((operands, (*fields_of(node)[:-1], -outdated), _added(node)))
        return _restored, (self.nodes, contents)


_pickling = threading.local()


def reduce(node: Any) -> tuple[Any, ...]:
    """``pickle`` of a node, with the graph below it."""
    current = getattr(_pickling, "nodes", lambda: None)()
    if current and node in current.bare:
        current.bare.remove(node)
        return copyreg.__newobj__, (type(node),)  # type: ignore[attr-defined]  # undocumented
    return _restored, (_Nodes(node),)


def _restored(nodes: Any, contents: Sequence[Any] | None = None) -> Any:
    """The root of these bare nodes, after filling them; a root alone is itself."""
    if contents is None:
        return nodes
    for node, (operands, fields, added) in zip(nodes, contents, strict=True):
        _fill(node, [x if type(x) is float else nodes[x] for x in operands], fields, added)
    return nodes[-1]


_restored.__module__ = "micrograph"  # where a pickle looks for it, whatever moves
_itself = _restore = _restored  # as pickles before 2026-11-25 call it


class _Dying(threading.local):
    def __init__(self) -> None:
        self.links: list[Any] = []
        self.busy = False


_dying = _Dying()


def unlink(node: Any) -> None:
    """``__del__`` of a node: frees its parents one after the other.

    CPython 3.13.0 frees nested objects up to 10,000 deep on the C stack and crashes a
    thread that has 256 KiB of it; 3.12 stops at 50, 3.14 measures the stack. (2026-11-22:
    a chain of a million took 0.06 s to free without this, 0.3 s with it.)
    """
    try:
        _dying.links.append((node._operands, node.parents))
    except AttributeError:  # a node that was refused before it had any
        return
    node._operands = node.parents = ()
    if not _dying.busy:
        _dying.busy = True
        try:
            while _dying.links:
                _dying.links.pop()
        finally:
            _dying.busy = False


NEEDS_UNLINK = sys.version_info[:2] == (3, 13)
