"""Graphs at the speed of the machine: tapes of kernels, run over blocks of points.

``header`` prints the rows as C when the package is built. ``tape`` makes a graph's steps, and
``program`` runs them, by the extension or by NumPy.
"""
