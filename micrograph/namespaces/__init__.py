"""Namespaces: a kind of number a file, with the operations of the table spelled for it.

A rule asks its namespace for ``xp.sin(x)`` and uses Python's operators for the rest. To add a kind:

- Its numbers have Python's operators, or get them from the rows by ``attach``.
- It spells the atoms: the rows that have neither a formula nor an operator, such as exp and where.
  An atom that it lacks is an error where a row needs it, and leaves the other rows alone.
- ``KINDS[type] = Namespace(name, atoms)`` registers it. Where kinds meet, the higher rank serves.

All other rows, their partials, and every Graph that is evaluated come free.
``micrograph.testing.check_namespace`` runs the whole table on it, and lists what it lacks.
"""

from .. import primitives as primitives  # fills the TABLE
from ..core import Namespace, atoms_in, attach
from .floats import FLOAT, IEEE
from .text import TEXT

__all__ = ["FLOAT", "IEEE", "TEXT", "Namespace", "atoms_in", "attach"]
