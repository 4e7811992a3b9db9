"""Namespaces: for each kind of number, the operations of the table spelled out for it.

A rule calls ``xp.sin(x)`` on its namespace ``xp``, and uses Python's operators for the rest. To
add a kind of number:

- Give its class Python's operators, with plain floats on either side and comparisons too: the
  constants of a graph are floats. If it has none, ``attach`` makes them from the
  rows. ``__float__`` gives the number that ``check_namespace`` compares with the truth.
- Write the atoms: the rows with neither a formula nor an operator, such as exp and where. If an
  atom is missing, a row that needs it raises an error. The other rows work.
- Make the namespace: ``Namespace(name, atoms, types=(cls,))``. If kinds of number meet in one
  operation, the namespace of highest rank serves. If an instance of the class is to be made of a
  plain float, a subclass of Namespace says how, in its method ``convert``.

A graph's gradient multiplies by the row ``azmul``. Give it as an atom, or give ``where``, from
which its formula is made.

All other rows, their partials, and the evaluation of every Graph come free.
``micrograph.testing.check_namespace`` runs the whole table on the namespace, and lists the atoms
that are missing.
"""

from .. import primitives as primitives  # fills the TABLE
from ..core import Namespace, atoms_in, attach
from .floats import FLOAT, IEEE
from .text import TEXT

__all__ = ["FLOAT", "IEEE", "TEXT", "Namespace", "atoms_in", "attach"]
