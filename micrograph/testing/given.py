"""Derivatives that a user gives for a function, compared with the truth."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import cached_property
from typing import Any

from ..transforms.containers import walk
from . import names
from .blackbox import BlackBox
from .call import FLOAT64, Call, epsilon, same
from .diagnosis import pattern, wrong_path
from .judge import CERTAIN, DOUBT, TINY, Kinks, Truth, Verdict, digits, judge
from .layouts import Matrix, Transposed, read
from .nearby import FORMATS, distance
from .points import beside
from .report import Component, GradientError, Inconclusive, Kind, Report, component, report, wrong

RECORDED = 2.0**-30
"""The relative tolerance of a given derivative if the function can be recorded: nine digits."""

RECORDED_BEND = 2.0**-26
"""The same for a second derivative."""

ROUNDINGS = 4
"""How far off rounding may put it besides: so many units in the last place of its terms."""

SAME_DIGITS = 2.0**-40
"""So far apart, relatively, f may be with floats and with Values: it may add in another order. With
shorter floats it may be off by 16 units in their last place."""

LOST = 2.0**-48
"""A number that shares digits with the truth has lost the others, if it is off by less beside f."""

NEIGHBOURS = 16
"""So many times more may be unknown beside the other derivatives of an output than beside f."""

UNSEEN = 2.0**-44
"""Differences see no second derivative that is smaller beside f."""

ROUGH = 2.0**-10
"""Two estimates may look alike if they differ by less, relatively."""

FEWER = 0.3
"""The part of the digits of short floats that rounding must leave: two digits of float32."""

FINER = 64
"""If a formula is nearer to the truth by this factor in float64, it has lost digits to rounding."""

FEW = "rounding leaves too few digits"

VALUE = "gradient's value"
"""What to call the value in the pair (value, gradient)."""

SAME = Verdict("right", 16.0)
"""The verdict on a number that is the truth. Most entries of a large Hessian are 0."""


def given(call: Call, derivatives: dict[str, Any], kinks: Kinks, tolerance: float | None) -> Report:
    """The report on derivatives that a user gives.

    Args:
        call: The function and its arguments.
        derivatives: The given derivatives by their names: "gradient", "jacobian", "hessian"; and
            the VALUE that comes with a gradient.
        kinks: As for ``check_gradients``.
        tolerance: As for ``check_gradients``.

    Raises:
        GradientError: As ``check_gradients``, which also tells when Inconclusive, TypeError and
            ValueError are raised.
    """
    true = Derivatives(call, tolerance)
    components: list[Component] = []
    for name, derivative in derivatives.items():
        found = _returned(call, name, derivative)
        components += _compared(true, name, derivative, found, kinks)
        if callable(derivative):
            _beside(call, name, derivative, kinks, tolerance, found)
    truths = true.second if derivatives.keys() == {"hessian"} else true.first
    return report(components, truths, true.notes)


def _compared(
    true: Derivatives, name: str, derivative: Any, found: Any, kinks: Kinks
) -> list[Component]:
    """Each number of a derivative, compared; none for a value. Raises as ``check_gradients``."""
    if name != VALUE:
        return Comparison(true, name, derivative, found).components(kinks)
    slack, got = max(true.box.epsilon**0.75, true.box.noise), _flat(found)
    if len(got) != len(true.outputs):
        raise TypeError(f"has_value: expected {len(true.outputs)} values, got {len(got)}")
    for output, g, y in zip(true.outputs, got, true.values, strict=True):
        if not same(g, y, slack):
            lines = f"  expected   {y!r}, which f returns\n  got        {g!r}"
            said = f"wrong gradient: {output}, the value beside the gradient is not f's\n{lines}"
            raise GradientError(said, component=output, got=g, expected=y)
    return []


def _returned(call: Call, name: str, derivative: Any) -> Any:
    """What the derivative returns, called with copies of the arguments."""
    if not callable(derivative):
        return derivative
    args = call.at(call.point)
    found = derivative(*args)
    if changed := call.changed(args):
        raise GradientError(
            f"wrong gradient: {name} changed its argument {changed}; let it work on a copy",
            pattern="changes its argument",
        )
    return found


def _beside(
    call: Call,
    name: str,
    derivative: Callable[..., Any],
    kinks: Kinks,
    tolerance: float | None,
    found: Any,
) -> None:
    """Compare a derivative a little beside the point: it may be right at one point alone."""
    before = repr(_flat(found))  # in which NaN is the same as NaN
    true, again, refused = _near(call, tolerance), None, None
    try:
        again = _returned(true.call if true else call, name, derivative)
    except GradientError:
        raise
    except Exception as error:  # whatever the user's code raises
        refused = error
    if repr(_flat(found)) != before:
        raise GradientError(
            f"wrong gradient: what {name} returned was changed by the next call; let it return a "
            "copy",
            pattern="changes what it returned",
        )
    if not true:
        return
    try:
        if refused:
            _refused(true, name, refused)
            return
        _compared(true, name, derivative, again, kinks)
    except Inconclusive:
        return
    except (GradientError, TypeError) as error:
        said = f"{error}\nit is right at the point given, but not beside it, at {true.call}"
        error.args = (said,)
        raise


def _near(call: Call, tolerance: float | None) -> Derivatives | None:
    """The true derivatives a little beside the point; None if f is undefined on both sides."""
    for side in (1, -1):
        with suppress(Exception):  # there f may be undefined, and say so as it likes
            true = Derivatives(call.beside(side), tolerance)
            if all(map(math.isfinite, true.values)):
                return true
    return None


def _refused(true: Derivatives, name: str, error: Exception) -> None:
    """Raise GradientError if a derivative raised an error where all its numbers are known."""
    truths = true.second if name == "hessian" else true.first
    verdicts = [judge(math.nan, t, true.relative) for row in truths for t in row]
    if all(verdict.says == "wrong" for verdict in verdicts):  # there is a number, but it is not NaN
        said = f"wrong gradient: {name} raised {type(error).__name__}: {error}"
        raise GradientError(said, pattern=f"raises {type(error).__name__}")


def _flat(found: Any) -> list[float]:
    return [float(x) for _, x in walk(found)]


class Derivatives:
    """A function's true derivatives at a point: from its recorded graph, or else from differences.

    The graph is used if the function can be called with Values and then returns the same numbers,
    and python-flint is installed.
    """

    def __init__(self, call: Call, tolerance: float | None = None) -> None:
        self.call, self.box = call, BlackBox(call, tolerance)
        self.values, self.notes = self.box.values, self.box.notes
        self.record = None if tolerance is not None else self._recorded()
        self.outputs = call.outputs(len(self.values))
        precision = self.box.epsilon
        self.short = precision != FLOAT64
        whole = self.record and not self.short
        self.relative = tolerance or (RECORDED if whole else precision ** (1 / 2))
        self.bent = max(self.relative, RECORDED_BEND if whole else precision ** (1 / 3))
        self.least = 3 if whole else FEWER * -math.log10(precision)  # so many digits must be left
        self.certain = tolerance or (min(64 * self.relative, 0.25) if self.short else CERTAIN)
        self.tiny = FORMATS[precision][1] / precision  # what is off by less has underflowed
        self.given = tolerance is not None

    def tolerance(self, relative: float) -> str:
        """The tolerance in words, of which this is the relative part."""
        said = f"{relative:.1e} relative"
        if self.box.epsilon != FLOAT64:
            said += f", as f computes with {self.box.epsilon:.1e} relative precision"
        return said if self.record else f"{said}, and twice the error of the differences"

    def _recorded(self) -> Any:
        try:
            from .recorded import Recorded
        except ImportError:
            self.notes += ("python-flint is not installed: the truth is estimated",)
            return None
        call = self.call
        try:
            record = Recorded(call.flat, call.point, call.inputs, call.outputs, self.box.epsilon)
        except Exception:  # whatever f raises at Values, it is a black box then
            return None
        if record.frozen or not record.held:
            return None  # code that no record holds
        costs = [record.rounding.cost(0, j) for j in range(len(record.values))]
        if not self._same(record.values, self.values, costs):
            return None  # with Values f is another function
        moved = beside(call.point, 1)
        with suppress(Exception):  # there f may be undefined, and say so as it likes
            plain = _flat(call.plain(moved))
            if all(map(math.isfinite, plain)):
                return record if self._same(call.numbers_at(moved), plain, costs) else None
        return record

    def _same(self, a: Sequence[float], b: Sequence[float], costs: Sequence[float]) -> bool:
        """Whether two lists of results are the same but for rounding of terms of these sizes."""
        slack, tiny = max(SAME_DIGITS, 16 * self.box.epsilon), FORMATS[self.box.epsilon][1]
        return len(a) == len(b) == len(costs) and all(
            same(x, y, slack) or abs(x - y) <= slack * cost + 16 * tiny
            for x, y, cost in zip(a, b, costs, strict=True)
        )

    @cached_property
    def first(self) -> list[list[Truth]]:
        """∂y_j/∂x_i."""
        return self.record.gradients if self.record else self.box.first()

    @cached_property
    def second(self) -> list[list[Truth]]:
        """∂²y/∂x_i∂x_k of the one output."""
        n = len(self.call.inputs)
        if self.record and not self.record.opaque:
            return [[self.record.exact(0, (i, k)) for k in range(n)] for i in range(n)]
        return self.box.second()


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
        few = verdict.digits < self.of.least and size > absolute + TINY
        if not few or not (record or excused):
            return verdict
        sweep = None if self.second else record
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
        """The largest true number of each row."""
        finite = ((abs(t.number) for t in row if math.isfinite(t.number)) for row in self.true)
        return [max(sizes, default=0.0) for sizes in finite]

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
