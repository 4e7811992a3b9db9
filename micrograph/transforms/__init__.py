"""Derivatives of functions.

- ``derivatives``: grad, jacobian, hessian, jvp, vjp, hvp
- ``run``: a function is recorded, and sweeps run between its inputs and its outputs
- ``branches``: recorded sweeps that stay right if ``where`` takes another branch
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

__all__ = [
    "elementwise",
    "grad",
    "hessian",
    "hvp",
    "jacobian",
    "jvp",
    "value_and_grad",
    "value_and_jacobian",
    "vjp",
]
