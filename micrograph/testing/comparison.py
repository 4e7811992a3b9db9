"""One given derivative beside the true ones: how far off each number may be, and what is wrong."""

from __future__ import annotations

import math
from contextlib import suppress
from functools import cached_property
from typing import Any

from . import names
from .call import FLOAT64, epsilon
from .derivatives import RECORDED, Derivatives
from .diagnosis import pattern, wrong_path
from .judge import DOUBT, TINY, Kinks, Verdict, digits, judge
from .layouts import Matrix, Transposed, read
from .nearby import distance
from .report import Component, GradientError, Inconclusive, Kind, component, wrong

ROUNDINGS = 4
"""How far off rounding may put it besides: so many units in the last place of its terms."""

LOST = 2.0**-48
"""A number that shares digits with the truth has lost the others, if it is off by less beside f."""

NEIGHBOURS = 16
"""So many times more may be unknown beside the other derivatives of an output than beside f."""

UNSEEN = 2.0**-44
"""Differences see no second derivative that is smaller beside f."""

ROUGH = 2.0**-10
"""Two estimates may look alike if they differ by less, relatively."""

FINER = 64
"""If a formula is nearer to the truth by this factor in float64, it has lost digits to rounding."""

SIZED = 2.0**-10
"""A slope that is larger beside f is not 0, however large its terms are."""

FEW = "rounding leaves too few digits"

SAME = Verdict("right", 16.0)
"""The verdict on a number that is the truth. Most entries of a large Hessian are 0."""


class Comparison:
    """One given derivative beside the true ones.

    Args:
        true: The true derivatives.
        name: Which is given: "gradient", "jacobian" or "hessian".
        derivative: What is given.
        found: Its numbers, or what it returned.
    """

    def __init__(self, true: Derivatives, name: str, derivative: Any, found: Any) -> None:
        self.of, self.name, self.second = true, name, name == "hessian"
        self.derivative = derivative
        if self.second and len(true.outputs) != 1:
            raise TypeError(f"hessian: f should have one output, it has {len(true.outputs)}")
        self.got = self._read(found)
        self.true = true.second if self.second else true.first
        self.inputs = true.call.inputs
        self.outputs = self.inputs if self.second else true.outputs
        self.relative = true.bent if self.second else true.relative

    def _read(self, found: Any) -> Matrix:
        several = len(self.of.call.chosen) > 1
        paths = [(k, *path) if several else path for k, path in self.of.call.paths]
        layouts = [paths] if several else [paths, [(0, *path) for path in paths]]  # argnums=(0,)
        refused: list[Exception] = []
        for inputs in layouts:
            try:
                return read(found, self.name, inputs if self.second else self.of.box.paths, inputs)
            except TypeError as error:
                hint = "; if it is by some of the arguments alone, say which: argnums=0"
                refused.append(TypeError(f"{error}{hint * several}"))
            except Transposed as error:
                said = f"wrong gradient: transposed, {error}"
                refused.append(GradientError(said, pattern="transposed"))
        raise refused[0] from None

    def components(self, kinks: Kinks) -> list[Component]:
        """Each number, compared. Raises as ``check_gradients``."""
        found, unknown = [], ""
        for j, row in enumerate(self.got):
            for i, g in enumerate(row):
                exact = self.true[j][i]
                same = exact.plain and g == exact.number
                verdict = SAME if same else self._verdict(j, i, kinks)
                if verdict.says in ("wrong", "kink"):
                    raise self._wrong(j, i, verdict)
                name = self._symbol(j, i)
                if verdict.says == "unknown" and not unknown:
                    unknown = f"{name}: got {g!r}, {verdict.note}; the truth is {exact.said()}"
                    unknown += "" if exact.certified else self._advice()
                found.append(component(name, g, exact, verdict.digits))
        if unknown:
            raise Inconclusive(unknown)
        return found

    @cached_property
    def wide(self) -> Matrix | None:
        """The numbers if the derivative is called with float64 in place of shorter floats.

        They tell a wrong formula from one that has lost its digits. None if it can't be called so.
        """
        if self.of.short and callable(self.derivative):
            with suppress(Exception):  # whatever the user's code raises
                found = self.derivative(*self.of.call.at(self.of.call.point, wide=True))
                return self._read(found) if epsilon(found) == FLOAT64 else None
        return None

    def _advice(self) -> str:
        """What to do if differences can't tell."""
        if self.of.short and not self.of.box.wide:
            return ". f computes with short floats; if it can compute with float64, let it do so"
        return f". If f is noisy, give {'a larger ' * self.of.given}tolerance="

    def _symbol(self, j: int, i: int) -> str:
        if self.second:
            return names.derivative(self.of.outputs[0], [self.inputs[j], self.inputs[i]])
        return names.derivative(self.outputs[j], [self.inputs[i]])

    def _verdict(self, j: int, i: int, kinks: Kinks) -> Verdict:
        g, exact, scale = self.got[j][i], self.true[j][i], self._scale(j, i)
        box, record = self.of.box, self.of.record
        beside, absolute = 0.0, ROUNDINGS * box.epsilon * self._summed(j, i) + self.of.tiny
        if self.second and not record:
            absolute = max(absolute, self._hidden(j, i))
        if not exact.certified and abs(exact.number) <= DOUBT * exact.error:
            beside = self._bend_beside(j, i) if self.second else box.slope_beside(j, i)
            beside = max(beside, scale) if self.of.given else beside
        verdict = judge(g, exact, self.relative, absolute, kinks, scale, beside, self.of.certain)
        excused = verdict.says == "wrong" and self._is_rounding(j, i, absolute)
        if excused:
            verdict = Verdict("right", verdict.digits)
        elif verdict.says == "wrong" and self.wide:
            return verdict
        size = max(abs(exact.number), exact.off(g))
        sweep = None if self.second else record
        lost = size > SIZED * abs(self.of.values[0 if self.second else j]) / self._moves[1][i] > 0.0
        few = verdict.digits < self.of.least and (size > absolute + TINY or (sweep and lost))
        if not few or not (record or excused):
            return verdict
        if sweep and (reach := sweep.rounding.zero(g, exact, j, i)):
            return Verdict("right", digits(exact.off(g), reach))
        told = verdict.says != "right"
        return verdict if told else verdict._replace(says="unknown", note=FEW)

    def _summed(self, j: int, i: int) -> float:
        """The size of the terms of a number, times what summing does to their roundings.

        The roundings of n sums add up to √n of one (Higham & Mary 2019, SIAM J. Sci. Comput.
        41:A2815). The terms of a black box's gradient are not known.
        """
        record = self.of.record
        times = math.sqrt(len(record.order)) if record else 1.0
        if self.second:
            return times * self._bend(j, i)
        return times * float(record.rounding.terms(j)[i]) if record else 0.0

    def _is_rounding(self, j: int, i: int, absolute: float) -> bool:
        """Whether a number is off by no more than rounding may put it.

        A formula that is nearer to the truth in float64 than in shorter floats is rounded. What was
        rounded on the way to a node moves its partials: those of sin(1e8·x) by 1e-8. So a sweep
        over true partials at the record's floats is a truth, too. The record's own partials prove
        nothing: the given gradient may come of the same wrong rule.
        """
        g, exact, record = self.got[j][i], self.true[j][i], self.of.record
        sweep = None if self.second else record
        if sweep and (sweep.branched or exact.tied or not math.isfinite(absolute)):
            return False
        if not math.isfinite(exact.number) or not (record or self.of.short):
            return False
        off, slack = exact.off(g), self._slack(j, i)
        slack = slack if slack < math.inf else 0.0
        allowed = self.relative * abs(exact.number) + absolute
        if self.wide:
            finer, part = exact.off(self.wide[j][i]), FLOAT64 / self.of.box.epsilon
            allowed += 0.0 if exact.certified else DOUBT * exact.error
            return finer < math.inf and finer <= max(allowed, off / FINER, slack * part)
        x = sweep.swept(j, i)[0] if sweep else math.nan
        return bool(off <= allowed + slack or abs(g - x) <= self.relative * abs(x) + absolute)

    def _slack(self, j: int, i: int) -> float:
        """How far off rounding may put a number, besides what it does to sums.

        A formula of the user's rounds elsewhere, as if inputs moved by some ULP, or nodes by one.
        Of a black box only the noise of its values is known, and only that of short floats counts.
        """
        of, record, point = self.of, self.of.record, self.of.call.point
        unit = ROUNDINGS * of.box.epsilon
        if not record:
            units = distance(point[i]) * (distance(point[j]) if self.second else 1.0)
            return ROUNDINGS * of.box.rough[0 if self.second else j] / units
        rounding, cost = record.rounding, 0.0
        if self.second or of.short:
            with suppress(TypeError):  # a rule in Python code can't be differentiated again
                cost = rounding.cost(1 + self.second, j * len(point) + i)
        reused = rounding.reused(0, j, i) if self.second else rounding.reused(j, i)
        return float(max(reused, unit * cost, 0.0 if self.second else rounding.steep(j, i)))

    @cached_property
    def _largest(self) -> list[float]:
        """The largest true number of each row that can be told from 0."""
        return [
            max(
                (abs(t.number) for t in row if DOUBT * t.error < abs(t.number) < math.inf),
                default=0.0,
            )
            for row in self.true
        ]

    def _scale(self, j: int, i: int) -> float:
        """The size beside which a number counts as 0: of its neighbours, and of its terms."""
        return max(NEIGHBOURS * self._largest[j], self._terms(j, i))

    def _terms(self, j: int, i: int) -> float:
        """The size of the terms of a number: of its paths, and of f beside x."""
        y = abs(self.of.values[0 if self.second else j])
        paths = self.of.record.rounding.terms(j)[i] if self.of.record and not self.second else 0.0
        return max(y / self._moves[1][i], paths)

    def _bend(self, j: int, i: int) -> float:
        """The size of a second derivative, if it changed f as much as the largest does.

        Inputs differ in size, and so do second derivatives by them. They are compared as changes of
        f if each input moves by its own size, and also if a small input moves by 1.
        """
        pairs = zip(self._moves, self._changes, strict=True)
        return min(largest / moves[j] / moves[i] for moves, largest in pairs)

    def _hidden(self, j: int, i: int) -> float:
        """How large a second derivative may be that differences don't see beside f's own size.

        One that they can't tell from 0 may be large on a short stretch alone. So the second
        derivative of softplus falls from 1e-13 to 1e-14 where f is 30.
        """
        exact, size = self.true[j][i], UNSEEN * abs(self.of.values[0])
        told = exact.sides or abs(exact.number) > DOUBT * exact.error
        short = 0.0 if told else min(size, RECORDED * self._bend(j, i))
        return max(UNSEEN * self._terms(j, i) / self._moves[1][j], short)

    def _bend_beside(self, j: int, i: int) -> float:
        """The size beside which a second derivative that can't be told from 0 is small."""
        slope = self.of.box.slope_beside(0, i) / max(1.0, abs(self.of.call.point[i]))
        return max(slope, self.relative * self._bend(j, i))

    @cached_property
    def _moves(self) -> list[list[float]]:
        """Two sizes of each input: its own, and one of at least 1."""
        point = self.of.call.point
        return [[abs(x) or 1.0 for x in point], [max(1.0, abs(x)) for x in point]]

    @cached_property
    def _changes(self) -> list[float]:
        """For each of these sizes of the inputs, the largest change of f that they make.

        Of a recorded function, second derivatives are known well enough to leave out the slopes.
        """
        box, record = self.of.box, self.of.record
        slopes = [0.0 if record else box.slope_beside(0, i) for i in range(len(self.inputs))]
        bends = [
            [abs(t.number) if math.isfinite(t.number) else 0.0 for t in row] for row in self.true
        ]
        return [
            max(
                max(d * u, max(b * u * v for b, v in zip(row, moves, strict=True)))
                for d, u, row in zip(slopes, moves, bends, strict=True)
            )
            for moves in self._moves
        ]

    def _wrong(self, j: int, i: int, verdict: Verdict) -> GradientError:
        g, exact, record = self.got[j][i], self.true[j][i], self.of.record
        root = record and record.results[0 if self.second else j]
        kind: Kind = "kink" if verdict.says == "kink" else "wrong gradient"
        seen = verdict.note if kind == "kink" else self._likeness(j, i, root)
        if not seen and verdict.digits >= 3:
            seen = f"only {verdict.digits:.0f} digits agree"
            unit = self._moves[1][j] if self.second else 1.0
            if exact.off(g) <= LOST * max(self._terms(j, i) / unit, TINY):
                kind = "cancellation"
        skew = self._skew(j, i)
        said = seen if skew in seen else f"{seen}; {skew}"
        return wrong(
            kind,
            self._symbol(j, i),
            g,
            exact,
            note=f"{self.name}: {said}" if said else self.name,
            tolerance="" if kind == "kink" else self.of.tolerance(self.relative),
            pattern=seen,
            graph=root if getattr(root, "op", None) else None,
        )

    def _skew(self, j: int, i: int) -> str:
        """That a Hessian is not symmetric here; "" if it is."""
        g, other = self.got[j][i], self.got[i][j] if self.second else math.nan
        same = math.isclose(g, other, rel_tol=8 * self.relative)
        return "" if same or other != other else f"not symmetric: {other!r} across the diagonal"

    def _likeness(self, j: int, i: int, root: Any) -> str:
        """What the wrong number looks like; "" if it looks like nothing known."""
        numbers, slack = [[t.number for t in row] for row in self.true], 8 * self.relative
        if not self.true[j][i].certified:
            doubt = DOUBT * self.true[j][i].error
            slack = max(slack, min(doubt / (abs(numbers[j][i]) or 1.0), ROUGH))
        seen = pattern(self.got, numbers, i, j, slack, self.inputs, self.outputs)
        g, record = self.got[j][i], self.of.record
        if self.second or not record:
            return seen or self._skew(j, i)
        way = wrong_path(
            record.order, record.called, record.slopes, root, record.leaves[i], g, slack
        )
        if seen == "zero":  # the paths of x·x cancel if one has the wrong sign: that says less
            return way if "without" in way else seen
        return f"{seen}, or {way}" if way and seen else way or seen
