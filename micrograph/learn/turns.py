"""Whether a descent oscillates: its rate is too large if it steps over the minimum and back."""

from __future__ import annotations

from typing import Any

SPAN = 100
"""So many steps without a new lowest cost show that a descent gets nowhere."""


class Turns:
    """Whether a descent steps over the minimum to and fro, and comes no lower.

    It does if in ``SPAN`` steps the cost found no new lowest place, the gradient turned back at a
    quarter of these steps, and it is no smaller than half of what it was.

    Args:
        cost: The cost at the start.
        slopes: The gradient there.

    Attributes:
        back: Whether the gradient turned back at the last step.
        seen: Whether the descent is seen to oscillate.
    """

    def __init__(self, cost: float, slopes: Any) -> None:
        self.back = self.seen = False
        self._slopes = slopes
        self._lower(cost)

    def _lower(self, cost: float) -> None:
        self._lowest, self._steep = cost, _product(self._slopes, self._slopes)
        self._since = self._turned = 0

    def oscillates(self, cost: float, slopes: Any) -> bool:
        """Whether the descent is seen to oscillate, after one more step."""
        self.back = _product(self._slopes, slopes) < 0
        self._slopes = slopes
        self._since, self._turned = self._since + 1, self._turned + self.back
        if cost < self._lowest - 1e-9 * abs(self._lowest):
            self._lower(cost)
        self.seen = (
            self._since >= SPAN
            and 4 * self._turned > self._since
            and 4 * _product(slopes, slopes) > self._steep
        )
        return self.seen


def _product(a: Any, b: Any) -> float:
    return float(sum(x * y for x, y in zip(a, b, strict=True)))
