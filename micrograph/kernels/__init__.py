"""Graphs at machine speed.

- ``compiled``: ``mg.compile``, and what it returns
- ``setting``: what ``mg.compile`` is told beside the function
- ``entry``: what is computed for a structure of arguments, such as a value with its gradient
- ``traced``: a function, traced for such a structure
- ``structure``: the numbers and the arrays in the arguments of a call
- ``derived``: the graph of a value with its gradient, of a Jacobian, of a Hessian
- ``tape``: a graph as flat instructions
- ``program``: a tape with what runs it: ``by_numpy``, ``by_jax``
- ``opaque``: rows that are a user's Python code
- ``batches``: arrays of any shapes and layouts, as blocks of points
- ``results``: memory for results
- ``cache``: what was made for the latest structures
- ``mean_over``: ``mg.mean_over``, the cost over many examples
- ``cost``: such a cost, compiled
- ``examples``: its arguments: arrays of examples, and parameters
- ``means``: the means of a graph's outputs over examples
- ``sums``: a graph as steps that sum its outputs over examples
- ``lowered``: steps as the extension runs them
- ``threads``: the threads that share the work
- ``numbered``: a loss as a graph of numbers
- ``nonfinite``: where a number of a batch stopped being finite
"""
