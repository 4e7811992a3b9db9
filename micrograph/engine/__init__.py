"""The engine: Values record what they compute, and a sweep hands gradients back. A short tour:

- ``value``: a node of the graph, with its number, its parents and the partial on each edge
- ``recording``: how ``b * c`` becomes a node
- ``sweep``: topological order, and the chain rule along it, in reverse and forward
- ``reading``: a graph's nodes in order, their names, and whether they are current
- ``memory``: copies, pickles and the end of a graph that is a million nodes deep
- ``leaves``: arrays of leaves, and their gradients set to 0
- ``tapes``: a row's rule as a list of steps, for recorded sweeps at C speed
- ``build``: which engine runs, plain Python or the compiled one

The compiled engine is the same at C speed, room by room: ``_value.pyx`` is the counterpart of
``value``, and ``_recording.pxi``, ``_sweep.pxi`` and ``_memory.pxi`` are those of their namesakes.
``_flat.pxi``, ``_tapes.pxi`` and ``_gradient.pxi`` are those of ``transforms/run``.
"""

from . import recording as recording  # gives Values their operators
