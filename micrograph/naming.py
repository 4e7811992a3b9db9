"""The names of users' rows: a row takes a name, another row takes the name after it.

Namespaces know a user's row by its key, which no other row ever has. So what holds the row itself,
such as a Value or a Graph, computes with it even if another row has the name by now. A rule gets
rows by name. So a rule is handed a namespace in which names mean what they meant before.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import count
from threading import Lock
from typing import Any

from .core import ADDED, KINDS, TABLE, Namespace, Primitive
from .engine.value import Value
from .graph.symbols import Construction
from .namespaces.floats import FLOAT, IEEE
from .namespaces.text import TEXT, Text

_keys = count(1)

_known: dict[str, dict[str, Primitive]] = {}
"""For each key, the rows that the rules of this row get by names that other rows have by now."""

_homes: dict[str, str] = {}
"""For each key, the module in which the row was registered."""

_entering = Lock()


def replaceable(name: str, home: str, replace: bool) -> Primitive | None:
    """The row of this name, if another may take its place. None if there is no row of the name.

    Raises:
        ValueError: If the name is taken.
    """
    old = TABLE.get(name)
    if name.startswith("__"):
        raise ValueError(f"primitive: the name {name!r} is Python's own; choose another")
    if old is None:
        if any(hasattr(x, name) for x in (Value, Text, FLOAT, Construction)):
            raise ValueError(f"primitive: the name {name!r} is taken; choose another")
    elif old.key not in ADDED:
        raise ValueError(
            f"primitive: the name {name!r} is taken by a row of micrograph itself, which can't be "
            "replaced; choose another"
        )
    elif not (replace or home == _homes.get(old.key) == "__main__"):
        raise ValueError(
            f"primitive: a row named {name!r} is registered already, in {_homes.get(old.key)}; "
            "write replace=True to put this one in its place, or choose another name"
        )
    return old


def added(row: Primitive, home: str) -> None:
    """Add a row without a name: its own rules alone find it, as polygamma's rule finds polygamma.

    Args:
        row: The row.
        home: The module in which it is registered.
    """
    row.key = f"{row.name} {next(_keys)}"  # no name is such a key, for names are identifiers
    ADDED[row.key], _homes[row.key], _known[row.key] = row, home, {row.name: row}


def enter(
    row: Primitive, old: Primitive | None, recorded: Callable[..., Any], replace: bool
) -> None:
    """Give the row its name: in the table, in the namespaces, and as a method.

    Args:
        row: The row.
        old: The row that has the name, or None.
        recorded: The method of Value.
        replace: Whether it takes the place of whatever row of users has the name by now.

    Raises:
        ValueError: If another thread has registered a row of this name meanwhile.
    """
    name = row.name
    methods = [(Value, recorded), (Text, getattr(TEXT, row.key))]
    with _entering:
        if replace:
            old = TABLE.get(name)
        if TABLE.get(name) is not old:
            raise ValueError(
                f"primitive: another thread registered a row named {name!r} meanwhile; write "
                "replace=True to put this one in its place"
            )
        if old is not None:
            for known in [*_known.values()]:
                known.setdefault(name, old)
        _known[row.key].clear()  # from now on the name is the row's own
        before = [(Value, vars(Value).get(name)), (Text, vars(Text).get(name))]
        try:
            _name(name, row, methods)
        except BaseException:  # an interrupt
            _name(name, old, before)
            raise


def _name(name: str, row: Primitive | None, methods: Sequence[tuple[type, Any]]) -> None:
    """Let this row have the name; no row, if it is None."""
    if row is None:
        TABLE.pop(name, None)
    else:
        TABLE[name] = row
    for xp in set(KINDS.values()):
        xp.forget(name)  # what it kept is the operation of the row that had the name
    for cls, method in methods:
        if method is not None:
            setattr(cls, name, method)
        elif name in vars(cls):
            delattr(cls, name)


class _Seen:
    """A namespace as a row's rules see it: a name that another row has by now is the old row's."""

    def __init__(self, xp: Namespace, known: dict[str, Primitive]) -> None:
        self._xp, self._rows = xp, known

    def __getattr__(self, name: str) -> Any:
        row = self._rows.get(name)
        return getattr(self._xp, name if row is None else row.key)

    def __repr__(self) -> str:
        return "xp, the functions of a kind of number"


def seen(xp: Namespace, row: Primitive) -> Any:
    """The namespace for the row's rules."""
    known = _known.get(row.key)
    return _Seen(xp, known) if known else xp


def forget(name: str) -> None:
    """Remove the row of this name, and those that it replaced, as after a test."""
    _name(name, None, [(Value, None), (Text, None)])
    for row in [*ADDED.values()]:
        if row.name == name:
            drop(row)


def drop(row: Primitive) -> None:
    """Remove what namespaces know of a row that no longer has a name, or was refused one."""
    for rows in (ADDED, _known, _homes, FLOAT.atoms, IEEE.atoms):
        rows.pop(row.key, None)
    for xp in set(KINDS.values()):
        xp.forget(row.key)
