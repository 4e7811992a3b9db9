"""Hypothesis strategies: numbers, arguments of rows, formulas, graphs, and points for these."""

from contextlib import suppress

from .formula import Expression, expressions, graphs
from .number import arguments, numbers
from .soundness import points_for

__all__ = ["Expression", "arguments", "expressions", "graphs", "numbers", "points_for"]

with suppress(ImportError, AttributeError, TypeError):  # no part of Hypothesis's interface
    from hypothesis.internal import scrutineer

    # It explains a failure by the lines that ran in failing examples alone. Lines of this package
    # run in them because a row was drawn there, or shown: they explain nothing.
    scrutineer.UNHELPFUL_LOCATIONS += ("/micrograph/**",)  # type: ignore[assignment]  # a longer tuple
