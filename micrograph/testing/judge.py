"""The judge: whether a number that was found is right, given the truth and how far it may be off.

Every check of this package ends here: values and partials of rows, our own derivatives of any
order, and derivatives that a user gives.
"""

from __future__ import annotations

import math
import sys
from typing import Literal, NamedTuple

Kinks = Literal["between", "exact"]

TINY = sys.float_info.min
"""A number that is off by less has underflowed: that is no fault."""

DOUBT = 2
"""How many times its estimated error an estimate may be off. Three times as many are needed to call
a number wrong."""

CERTAIN = 2.0**-10
"""If an estimate may be off by more, relatively, it can't tell a wrong number from a right one."""

FLOOR = 2.0**-44
"""What is smaller beside the other numbers counts as rounding."""


class Truth(NamedTuple):
    """A true number, certified or estimated.

    Attributes:
        number: The float nearest to it. NaN if it is unknown, or if ``sides`` differ.
        rest: What the float lacks: the truth is number + rest.
        error: How far off number + rest may be: a bound if it is certified, else an estimate.
        sides: The slopes on the left and on the right, if they differ.
        jump: Whether the function jumps there. Then the slopes are those beside the jump.
        tied: Whether a kink was met on the way, and both sides agree.
        certified: Whether the error is proved.
        decimal: Whether the function rounds to decimals: its own slope is 0, and the number is that
            of what it rounds.
    """

    number: float
    rest: float = 0.0
    error: float = 0.0
    sides: tuple[float, float] | None = None
    jump: bool = False
    tied: bool = False
    certified: bool = True
    decimal: bool = False

    @property
    def known(self) -> bool:
        """Whether there is a number, or a pair of one-sided slopes."""
        return self.sides is not None or (self.number == self.number and self.error < math.inf)

    @property
    def plain(self) -> bool:
        """Whether the truth is certified, and is a float."""
        return self.certified and not (self.rest or self.error or self.sides or self.jump)

    @property
    def digits(self) -> int:
        """To how many decimal digits the number is known: at most 30, or 15 if it is estimated."""
        most = 30 if self.certified else 15
        if self.error < TINY * 2.0**-50 or self.sides:  # no float is nearer
            return most
        if not self.known or self.error >= abs(self.number):
            return 0
        return min(most, int(-math.log10(max(self.error / abs(self.number), 1e-99))))

    def off(self, got: float) -> float:
        """How far a float is from the truth; infinite if one of the two is."""
        if got == self.number and math.isinf(got):
            return 0.0
        off = abs((got - self.number) - self.rest)
        return off if off == off else math.inf

    def said(self) -> str:
        """The truth and what it is good for, in words."""
        if not self.known:
            return "unknown"
        good = "certified" if self.certified else "estimated"
        if self.sides:
            left, right = self.sides
            return f"between the one-sided slopes {left!r} and {right!r}"
        if self.jump:
            return f"{self.number!r}, the slope on both sides of the jump"
        if not (self.certified or self.digits):  # it can't be told from 0
            return f"{self.number!r}, estimated to within {self.error:.1g}"
        return f"{self.number!r}, {good} to {self.digits} digits"


UNKNOWN = Truth(math.nan, 0.0, math.inf)


class Verdict(NamedTuple):
    """What the judge says of a number.

    Attributes:
        says: "right"; or "wrong", "kink" (no slope exists, or not this one), or "unknown".
        digits: How many decimal digits the number shares with the truth, at most 16.
        note: Why, in words.
    """

    says: Literal["right", "wrong", "kink", "unknown"]
    digits: float
    note: str = ""


def judge(
    got: float,
    truth: Truth,
    relative: float,
    absolute: float = 0.0,
    kinks: Kinks = "between",
    scale: float = 0.0,
    beside: float = 0.0,
    certain: float = CERTAIN,
) -> Verdict:
    """The verdict on a number.

    Args:
        got: The number.
        truth: The truth.
        relative: How far off it may be, as a part of the truth.
        absolute: How far off it may be besides, as rounding of terms that cancel makes it.
        kinks: "between": at a kink any number between the one-sided slopes is right. "exact": only
            a slope that exists is.
        scale: The size of the other numbers, to count digits by if the truth is 0.
        beside: The size of the slope a little beside the point. An estimate that can't be told
            from 0 is good enough if its error is small beside this.
        certain: How far off an estimate may be, relatively, if it is to tell right from wrong.
    """
    if not truth.known:
        return Verdict("unknown", 0.0, "no truth could be found")
    # An infinite slack would let all pass.
    absolute, scale = (x if x < math.inf else 0.0 for x in (absolute, scale))
    doubt = 0.0 if truth.certified else DOUBT * truth.error
    if truth.sides or truth.jump:
        slopes = [abs(x) for x in truth.sides or (truth.number,) if math.isfinite(x)]
        size = max([beside, *slopes])
        if slopes and doubt > max(certain * size, FLOOR * scale, TINY):
            return Verdict("unknown", 0.0, f"differences are off by up to {truth.error:.1g}")
        return _at_kink(got, truth, relative, kinks)
    off, size = truth.off(got), abs(truth.number)
    allowed = relative * size + absolute if math.isfinite(size) else 0.0
    shared = digits(off, max(size, abs(got)) if size > max(TINY, doubt) else scale)
    if off <= allowed + doubt + TINY:
        limit = certain * (beside if size <= doubt else size)
        # If f does not move near the point, a slope of 0 may be off by more beside f.
        still = certain**3 * (scale or 1.0) if got == truth.number == 0 else 0.0
        if doubt > max(limit, still, FLOOR * scale, absolute, TINY):
            return Verdict("unknown", shared, f"differences are off by up to {truth.error:.1g}")
        return Verdict("right", shared)
    # An estimate without a digit tells that a slope is near 0, if it is small beside others.
    sizes = (beside, scale, off if off < math.inf else 1.0)
    vague = not (truth.digits or size == math.inf) and doubt > certain * max(sizes)
    if not truth.certified and (off <= 3 * DOUBT * truth.error or vague):
        return Verdict("unknown", shared, f"differences are off by up to {truth.error:.1g}")
    if truth.decimal and got == 0:
        return Verdict("unknown", shared, "f rounds to decimals, so a slope of 0 may be meant")
    return Verdict("wrong", shared)


def _at_kink(got: float, truth: Truth, relative: float, kinks: Kinks) -> Verdict:
    left, right = truth.sides or (truth.number, truth.number)
    finite = [abs(x) for x in (left, right) if math.isfinite(x)]
    slack = relative * max(finite, default=0.0) + DOUBT * truth.error + TINY
    lies = min(left, right) - slack <= got <= max(left, right) + slack
    if lies and kinks == "between":
        return Verdict("right", 16.0)
    where = "between" if truth.sides else "beside"
    what = "f jumps here" if truth.jump else "f's slope jumps here"
    return Verdict("kink", 0.0, f"{what}, and it {'lies' if lies else 'does not lie'} {where}")


def digits(off: float, size: float) -> float:
    """How many decimal digits numbers of this size share if they are off by so much: at most 16."""
    if not off:
        return 16.0
    if not size or not off < math.inf:
        return 0.0
    return -math.log10(max(off / size, 1e-16)) if off < size else 0.0
