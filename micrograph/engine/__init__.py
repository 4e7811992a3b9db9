"""The engine: Values record what they compute, and a sweep computes the gradients. A short tour:

- ``value``: a node of the graph, with its number, its parents and the partial on each edge
- ``recording``: how ``b * c`` becomes a node
- ``sweep``: topological order, and the chain rule along it, in reverse and forward
- ``reading``: a graph's nodes in order, their names, and whether they are current
- ``scope``: groups of nodes
- ``memory``: how a graph that is a million nodes deep is copied, pickled and freed
- ``leaves``: arrays of leaves, and gradients set to 0
- ``tapes``: a row's rule as a list of steps, for recorded sweeps at C speed
- ``build``: which engine runs, plain Python or the compiled one

The compiled engine does the same at C speed, file by file. ``_value.pyx`` is the counterpart of
``value``. ``_recording.pxi``, ``_sweep.pxi``, ``_scope.pxi`` and ``_memory.pxi`` are the
counterparts of ``recording``, ``sweep``, ``scope`` and ``memory``. ``_flat.pxi``, ``_tapes.pxi``
and ``_gradient.pxi`` do what ``transforms/run`` does in Python. ``_core.pxi`` holds what the
compiled engine knows of the rows.
"""

from . import recording as recording  # gives Values their operators
