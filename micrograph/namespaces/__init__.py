"""Namespaces: the operations of the table, spelled for one kind of number, a kind a file.

A rule asks its namespace for ``xp.sin(x)`` and uses Python's operators for the rest.
"""

from .. import primitives as primitives  # fills the TABLE
