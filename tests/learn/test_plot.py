"""Pictures of learning: what is drawn is what others compute, and Matplotlib is left as it was."""

import math
import subprocess
import sys
from io import BytesIO
from itertools import pairwise

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression as Sklearn

pytest.importorskip("matplotlib")

import matplotlib
from matplotlib.figure import Figure

from micrograph.learn import (
    ConvergenceWarning,
    LogisticRegression,
    accumulate,
    animate_descent,
    cross_entropy,
    gradient_descent,
    plot_bowl,
    plot_cost,
    plot_fit,
    plot_losses,
    squared_loss,
)
from micrograph.learn.plot.canvas import plain
from micrograph.learn.plot.convexity import along
from micrograph.learn.plot.fit import BANDS
from micrograph.learn.plot.landscape import AT_ONCE, Landscape
from micrograph.namespaces.text import to_install

rng = np.random.default_rng(21)
ONE = rng.normal(size=(40, 1)) * 5 + 60
LABELS = np.where((ONE[:, 0] - 60) / 5 + rng.logistic(size=40) > 0, "yes", "no")
TWO = np.column_stack([ONE[:, 0], rng.normal(size=40)])
STANDARD = (ONE - ONE.mean()) / ONE.std()
HOURS, PASSED = [0, 1, 2, 3, 4, 5, 6, 7, 30], [0, 0, 0, 0, 1, 1, 1, 1, 0]

CALLS = {
    "cost": lambda: plot_cost([3.0, 2.0, 1.0]),
    "curve": lambda: plot_fit(fitted(ONE), ONE, LABELS),
    "boundary": lambda: plot_fit(fitted(TWO), TWO, LABELS),
    "bowl": lambda: plot_bowl(ONE, LABELS, max_iter=5),
    "surface": lambda: plot_bowl(ONE, LABELS, max_iter=5, surface=True),
    "losses": lambda: plot_losses(ONE, LABELS),
    "film": lambda: animate_descent(ONE, LABELS, max_iter=2),
}
every_picture = pytest.mark.parametrize("draw", CALLS.values(), ids=CALLS)

# data with one feature that varies, and two kinds of labels
examples = st.lists(st.tuples(st.floats(-50, 50), st.booleans()), min_size=3, max_size=12).filter(
    lambda pairs: len({y for _, y in pairs}) == 2 and np.std([x for x, _ in pairs]) > 1e-3
)


def fitted(X):
    return LogisticRegression().fit(X, LABELS)


def sklearn(X):
    return Sklearn(C=np.inf, tol=1e-10, max_iter=10_000).fit(X, LABELS)


def line(ax, label):
    (found,) = (one for one in ax.lines if one.get_label().startswith(label))
    return np.asarray(found.get_data())


# What is drawn


def test_costs_of_a_model_a_descent_and_a_list_are_drawn_by_iteration():
    model = LogisticRegression(solver="descent", tol=1e-3).fit(ONE, LABELS)
    found = gradient_descent(lambda w: w**2, 1.0, learning_rate=0.25, max_iter=2)
    for known, costs in ((model, model.costs_), (found, [1.0, 0.25, 0.0625]), ([2.5], [2.5])):
        ((x, J),) = (np.asarray(one.get_data()) for one in plot_cost(known).lines)
        assert (x.tolist(), J.tolist()) == ([*range(len(costs))], costs)


def test_costs_on_the_same_axes_are_told_apart_by_the_legend():
    ax = plot_cost([2.0, 1.0], label="α = 0.1")
    assert plot_cost([3.0, 1.0], label="α = 1", ax=ax) is ax
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["α = 0.1", "α = 1"]


def test_the_curve_is_scikit_learns_and_the_points_are_the_data():
    ax, theirs = plot_fit(fitted(ONE), ONE, LABELS), sklearn(ONE)
    x, P = line(ax, "σ")
    # their solver ends some 1e-5 from the minimum
    assert P == pytest.approx(theirs.predict_proba(x[:, None])[:, 1], abs=1e-4)
    for height, name in enumerate(("no", "yes")):
        x, y = line(ax, f"examples of {name}")
        assert x.tolist() == ONE[LABELS == name, 0].tolist()
        assert set(y) == {height}
    x, _ = line(ax, "one half")
    assert theirs.decision_function([[x[0]]]) == pytest.approx(0, abs=1e-3)


def test_the_lines_of_the_boundary_have_scikit_learns_probabilities():
    ax, theirs = plot_fit(fitted(TWO), TWO, LABELS), sklearn(TWO)
    lines = next(c for c in ax.collections if not getattr(c, "filled", True))
    drawn = dict(zip(lines.levels, lines.get_paths(), strict=True))
    assert set(drawn) == set(BANDS[1:-1])
    for P, path in drawn.items():
        # between the places of the grid a line is straight, and the probability is not
        assert theirs.predict_proba(path.vertices)[:, 1] == pytest.approx(P, abs=1e-3)
    for name in ("no", "yes"):
        assert line(ax, f"examples of {name}").T.tolist() == TWO[LABELS == name].tolist()


def test_from_a_hundred_examples_on_points_are_thin_lines():
    X, y = np.tile(ONE, (3, 1)), np.tile(LABELS, 3)
    markers = {one.get_marker() for one in plot_fit(fitted(ONE), X, y).lines}
    assert markers == {"|", "None"}


@given(examples, st.floats(-5, 5), st.floats(-5, 5))
def test_the_heights_of_the_bowl_are_numpys(pairs, w, b):
    x, y = np.array(pairs, float).T
    heights = Landscape(x, y, cross_entropy, True).heights(
        np.array([[w], [0.0]]), np.array([[b], [0.0]])
    )
    z = w * (x - x.mean()) / x.std() + b
    J = np.mean(np.logaddexp(0, (1 - 2 * y) * z))  # −log σ(z) where y = 1, −log σ(−z) where it is 0
    # rounding in z, which is some 50 at most
    assert heights == pytest.approx(np.array([[J], [math.log(2)]]), rel=1e-13, abs=1e-13)


def test_each_step_of_a_path_is_the_notes_own():
    """From the start, w := w − α dJ/dw and b := b − α dJ/db, with derivatives written by hand."""
    y = (LABELS == "yes").astype(float)
    ax = plot_bowl(ONE, LABELS, starts=[(-2, 1.5), (3, 0)], learning_rate=0.7, max_iter=4)
    for start in ("(−2, 1.5)", "(3, 0)"):
        points = line(ax, f"from {start}").T
        assert len(points) == 5
        for (w, b), after in pairwise(points):
            _, (dw,), db = accumulate(STANDARD, y, [w], b)
            assert after == pytest.approx([w - 0.7 * dw, b - 0.7 * db], rel=1e-12)


def test_both_default_paths_end_at_scikit_learns_minimum():
    theirs = sklearn(STANDARD)
    best = [theirs.coef_[0, 0], theirs.intercept_[0]]
    ax = plot_bowl(ONE, LABELS, max_iter=400)
    ends = [line(ax, label)[:, -1] for label in ("from", "minimum") if label == "minimum"]
    ends += [one.get_xydata()[-1] for one in ax.lines if one.get_label().startswith("from")]
    assert len(ends) == 3
    for end in ends:
        assert end == pytest.approx(best, abs=1e-4)  # where their solver ends


def test_a_surface_has_the_heights_of_its_paths():
    ax = plot_bowl(ONE, LABELS, starts=[(1, 1)], max_iter=3, surface=True)
    w, b, J = next(one for one in ax.lines if one.get_label().startswith("from")).get_data_3d()
    y = (LABELS == "yes").astype(float)
    assert J == pytest.approx(
        [accumulate(STANDARD, y, [w], b)[0] for w, b in zip(w, b, strict=True)]
    )


def test_units_of_the_data_and_other_losses():
    ax = plot_bowl(STANDARD, LABELS, [(2, 0)], loss=squared_loss, standardise=False, max_iter=1)
    assert ax.get_xlabel() == "weight w of x"
    w, b = line(ax, "from")[:, 0]
    a = 1 / (1 + np.exp(-(STANDARD[:, 0] * w + b)))
    land = Landscape(STANDARD, LABELS, squared_loss, False)
    assert land.cost(w, b) == pytest.approx(np.mean((a - (LABELS == "yes")) ** 2) / 2)
    assert "minimum" not in [one.get_label() for one in ax.lines]  # nobody computed it


def test_separated_classes_have_no_minimum_to_mark():
    ax = plot_bowl([1.0, 2.0, 3.0, 4.0], [0, 0, 1, 1], max_iter=3)
    assert not [one for one in ax.lines if one.get_label() == "minimum"]


def test_many_examples_are_taken_in_parts(monkeypatch):
    w, b = np.meshgrid(np.linspace(-2, 2, 7), np.linspace(-1, 1, 5))
    land = Landscape(ONE, LABELS, squared_loss, True)
    whole = land.heights(w, b)
    assert AT_ONCE > whole.size * 40
    monkeypatch.setattr("micrograph.learn.plot.landscape.AT_ONCE", 90)
    assert land.heights(w, b).tolist() == whole.tolist()


# Convex and not


@given(examples)
def test_cross_entropy_is_convex_and_the_squared_loss_is_not(pairs):
    """Told from the curve alone, by its second differences.

    The squared loss lies between 0 and ½, and no convex function of all weights but a constant has
    an upper bound. At ±10 the curve is near that bound.
    """
    x, y = np.array(pairs, float).T
    convex, other = plot_losses(x, y).axes
    J = convex.lines[0].get_ydata()
    assert np.diff(J, 2).min() > -1e-14 * J.max()  # the rounding of J
    assert np.diff(other.lines[0].get_ydata(), 2).min() < -1e-9  # a step is 1/40: −1e-6 in J″
    assert [ax.get_title() for ax in (convex, other)] == [
        "cross-entropy: convex",
        "squared loss: not convex",
    ]


@pytest.mark.parametrize(
    ("loss", "textbook"),
    [
        (squared_loss, lambda a, y: (a - y) ** 2 / 2),
        (cross_entropy, lambda a, y: -(y * mpmath.log(a) + (1 - y) * mpmath.log(1 - a))),
    ],
)
def test_costs_slopes_and_bends_are_mpmaths(loss, textbook):
    land = Landscape(HOURS, PASSED, loss, True)
    w = np.array([-3.0, 0.5, 4.0])

    def cost(w):
        a = [1 / (1 + mpmath.exp(-(w * x + 0.25))) for x in land.x]
        return sum(textbook(a, y) for a, y in zip(a, PASSED, strict=True)) / 9

    with mpmath.workdps(40):
        truth = [[float(mpmath.diff(cost, v, n)) for v in w] for n in range(3)]
    for ours, theirs in zip(along(land, w, 0.25), truth, strict=True):
        assert ours == pytest.approx(theirs, rel=1e-12)  # rounding, and the sums cancel


def test_local_minima_of_the_squared_loss_are_marked():
    """The outlier, who learned for 30 hours and failed, makes two of one."""
    convex, other = plot_losses(HOURS, PASSED).axes
    assert line(convex, "minimum").shape == (2, 1)
    w, J = line(other, "local minima")
    assert w == pytest.approx([-0.17, 2.45], abs=0.03)  # a step of the grid
    drawn, costs = other.lines[0].get_data()
    for one, low in zip(w, J, strict=True):
        assert low == costs[np.abs(drawn - one) < 0.1].min()


# Animations


def test_a_frame_shows_the_path_so_far_and_its_curve():
    film = animate_descent(ONE, LABELS, (2, 1), learning_rate=0.5, max_iter=6)
    path = line(plot_bowl(ONE, LABELS, [(2, 1)], learning_rate=0.5, max_iter=6), "from")
    trail, here, curve, title = film._func(4)
    assert np.array_equal(trail.get_data(), path[:, :5])
    assert np.array_equal(here.get_data(), path[:, 4:5])
    (w, b), (x, P) = path[:, 4], curve.get_data()
    assert pytest.approx(1 / (1 + np.exp(-(w * (x - ONE.mean()) / ONE.std() + b)))) == P
    assert title.get_text().startswith("iteration 4, cost J = 0.")
    assert film.to_jshtml().startswith("\n<link")


def test_an_animation_is_saved_and_has_a_hundred_frames_at_most(tmp_path):
    film = animate_descent(ONE, LABELS, max_iter=250)
    frames = [*film.new_frame_seq()]
    assert (len(frames), frames[0], frames[-1]) == (100, 0, 250)
    film._draw_was_started = True  # a film that nobody saw would warn
    film = animate_descent(ONE, LABELS, max_iter=2)
    film.save(tmp_path / "descent.gif", writer="pillow")
    assert (tmp_path / "descent.gif").read_bytes()[:4] == b"GIF8"
    assert "<script" in film._repr_html_()


# Matplotlib is left as it was


@every_picture
def test_pyplot_and_the_settings_are_left_alone(draw):
    import matplotlib.pyplot as plt

    own = plt.figure()
    before = plt.get_fignums(), dict(matplotlib.rcParams)
    made = draw()
    assert (plt.get_fignums(), dict(matplotlib.rcParams)) == before
    assert plt.gcf() is own
    plt.close(own)
    getattr(made, "to_jshtml", str)()  # a film that nobody sees warns


@every_picture
def test_a_picture_shows_itself_in_a_notebook(draw):
    made = draw()
    if hasattr(made, "to_jshtml"):
        assert "<img" in made._repr_html_()
        return
    png, size = made._repr_png_()
    figure = made if isinstance(made, Figure) else made.figure
    assert png.startswith(b"\x89PNG")
    assert [*size.values()] == [round(100 * inches) for inches in figure.get_size_inches()]


def test_given_axes_are_drawn_on_and_returned():
    figure = Figure()
    left, right = figure.subplots(1, 2)
    assert plot_cost([1.0], ax=left) is left
    assert plot_fit(fitted(TWO), TWO, LABELS, ax=right) is right
    assert plot_losses(ONE, LABELS, ax=[left, right]) is figure
    solid = figure.add_subplot(projection="3d")
    assert plot_bowl(ONE, LABELS, max_iter=2, ax=solid) is solid


def in_a_fresh_process(script):
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    return (ran.stdout + ran.stderr).strip().splitlines()[-1]


def test_learning_imports_no_matplotlib_and_drawing_no_pyplot():
    script = """
import sys
from micrograph.learn import plot_cost, plot_bowl, animate_descent
first = "matplotlib" in sys.modules
plot_bowl([1.0, 2.0, 3.0], [0, 1, 0], max_iter=1, surface=True).figure.savefig(sys.stderr.buffer)
animate_descent([1.0, 2.0, 3.0], [0, 1, 0], max_iter=1).to_jshtml()
print(first, "matplotlib" in sys.modules, "matplotlib.pyplot" in sys.modules)
"""
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True)
    assert ran.stdout.split() == [b"False", b"True", b"False"]


def test_without_matplotlib_one_sentence_says_what_to_install():
    script = """
import sys
sys.modules["matplotlib"] = None
from micrograph.learn import plot_cost
plot_cost([1.0])
"""
    assert in_a_fresh_process(script) == (
        f"ImportError: pictures of learning need Matplotlib: {to_install('plot')}"
    )


# Names and bad input


@pytest.mark.parametrize(
    "name", ["$x$", r"$\frac$", "a $ b $ c", "two\nlines", "x" * 300, "_x", ""]
)
def test_names_are_text_whatever_is_in_them(name):
    y = np.where(LABELS == "yes", name, "other $y")
    for X in (ONE, TWO):
        model = LogisticRegression().fit(X, y, feature_names=[name, "t$"][: X.shape[1]])
        ax = model.plot(X, y)
        ax.figure.savefig(BytesIO())
        assert ax.get_xlabel() == plain(name)
        assert len(ax.get_xlabel()) <= 44


def test_a_model_draws_its_cost_or_with_data_its_fit():
    model = fitted(ONE)
    assert model.plot().get_ylabel() == "cost J"
    assert model.plot(ONE, LABELS).get_ylabel() == "probability of yes"


NAN = [[1.0], [np.nan], [2.0]]
THREE = np.ones((40, 3)) * ONE + rng.normal(size=(40, 3))


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: LogisticRegression().plot(), "not fitted yet"),
        (lambda: LogisticRegression().plot(ONE, LABELS), "not fitted yet"),
        (lambda: plot_cost([]), r"one or more numbers, got the shape \(0,\)"),
        (lambda: plot_cost([[1.0]]), r"one or more numbers, got the shape \(1, 1\)"),
        (lambda: plot_cost("abc"), "costs should be numbers, got 'abc'"),
        (lambda: plot_cost(sklearn(ONE)), "LogisticRegression has no costs_"),
        (lambda: plot_cost([1.0, np.nan]), "the cost is nan after 1 iterations; a lower"),
        (lambda: plot_fit(fitted(THREE), THREE, LABELS), "3 features; a picture has room for one"),
        (lambda: plot_fit(fitted(ONE), TWO, LABELS), "2 features, but LogisticRegression is exp"),
        (lambda: plot_fit(fitted(ONE), ONE, LABELS[:5]), "40 examples, y has 5 labels"),
        (lambda: plot_fit(fitted(ONE), NAN, [0, 1, 0]), r"X\[1, 0\] is NaN"),
        (lambda: plot_fit(fitted(ONE), ONE, ["maybe"] * 40), "label 'maybe': expected one of"),
        (lambda: fitted(ONE).plot(ONE), "labels, got None"),
        (lambda: plot_bowl(TWO, LABELS), "2 features; a picture of J"),
        (lambda: plot_bowl([], []), "Expected 2D array, got 1D"),
        (lambda: plot_bowl(NAN, [0, 1, 0]), r"X\[1, 0\] is NaN"),
        (lambda: plot_bowl([1.0, 2.0], [1, 1]), "least two kinds of labels, got 1 class"),
        (lambda: plot_bowl([2.0, 2.0], [0, 1]), "x is constant, 2: no weight"),
        (lambda: plot_bowl([2.0, 2.0], [0, 1], standardise=False), "x is constant, 2: no weight"),
        (lambda: plot_bowl([1.0, 2.0], [0, 1], starts=(1, 2)), r"pairs \(w, b\) of numbers, got"),
        (lambda: plot_bowl([1.0, 2.0], [0, 1], starts=[]), r"pairs \(w, b\) of numbers, got"),
        (lambda: plot_bowl([1.0, 2.0], [0, 1], [(np.inf, 0)]), r"pairs \(w, b\) of numbers, got"),
        (lambda: plot_bowl([1.0, 2.0], [0, 1], learning_rate=0), "expected a learning_rate > 0"),
        (lambda: plot_bowl(ONE, LABELS, surface=True, ax=Figure().subplots()), "projection="),
        (lambda: plot_losses(TWO, LABELS), "2 features; a picture of J"),
        (lambda: plot_losses(ONE, LABELS, weights=[2, 1]), "two or more rising numbers"),
        (lambda: plot_losses(ONE, LABELS, weights="abc"), "two or more rising numbers"),
        (lambda: plot_losses(ONE, LABELS, bias=np.nan), "bias should be a finite number"),
        (lambda: animate_descent(ONE, LABELS, start=3), r"pairs \(w, b\) of numbers, got"),
    ],
)
def test_bad_input_gets_one_clear_sentence(call, said):
    with pytest.raises(ValueError, match=said):
        call()


def test_what_is_no_axes_is_refused():
    with pytest.raises(TypeError, match=r"axes of Matplotlib, got Figure; figure\.add_subplot"):
        plot_cost([1.0], ax=Figure())
    with pytest.raises(TypeError, match="two axes, as subplots"):
        plot_losses(ONE, LABELS, ax=Figure().subplots())


def test_a_path_ends_before_a_step_to_where_there_is_no_cost():
    land = Landscape([-9.0, 8.0, 1.0], [0, 1, 0], cross_entropy, False)
    with pytest.warns(ConvergenceWarning, match="no cost after 1 steps"):
        path = land.descend((0.0, 0.0), 1e308, 3)
    assert (path.points.tolist(), path.costs) == ([[0.0, 0.0]], [pytest.approx(math.log(2))])
