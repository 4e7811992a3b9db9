"""Derivatives of functions.

- ``derivatives``: grad, jacobian, hessian, jvp, vjp, hvp
- ``run``: a function is recorded, and sweeps run between its inputs and its outputs
- ``branches``: recorded sweeps that stay right if ``where`` takes another branch
- ``guarded``: a traced function that branches, as a graph for each path
- ``tracing``: the graph of a function, recorded at an example
- ``solutions``: derivatives of roots and fixed points
- ``custom``: a function whose derivative the user writes
- ``joint``: the nodes of what Python code computes, for these two
- ``tree``: arguments and results, nested containers of numbers, as flat lists
"""

from .custom import custom_vjp
from .derivatives import (
    elementwise,
    grad,
    hessian,
    hvp,
    jacobian,
    jvp,
    value_and_grad,
    value_and_jacobian,
    vjp,
)
from .guarded import Guarded
from .solutions import fixed_point, root
from .tracing import trace

__all__ = [
    "Guarded",
    "custom_vjp",
    "elementwise",
    "fixed_point",
    "grad",
    "hessian",
    "hvp",
    "jacobian",
    "jvp",
    "root",
    "trace",
    "value_and_grad",
    "value_and_jacobian",
    "vjp",
]
