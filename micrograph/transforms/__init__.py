"""Derivatives of functions.

- ``derivatives``: grad, jacobian, hessian, jvp, vjp, hvp
- ``run``: a function is recorded, and sweeps run between its inputs and its outputs
- ``branches``: recorded sweeps that stay right if ``where`` takes another branch
- ``guarded``: a traced function that branches, as a graph for each path
- ``tracing``: the graph of a function, recorded at an example
- ``tree``: arguments and results, nested containers of numbers, as flat lists
"""

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
from .tracing import trace

__all__ = [
    "Guarded",
    "elementwise",
    "grad",
    "hessian",
    "hvp",
    "jacobian",
    "jvp",
    "trace",
    "value_and_grad",
    "value_and_jacobian",
    "vjp",
]
