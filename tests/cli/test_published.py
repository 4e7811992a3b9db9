"""Published fits, each from a file as people have it, by one command."""

import json

import numpy as np
import pytest

from micrograph.cli import main
from micrograph.cli.choice import Choice
from micrograph.cli.examples import read
from micrograph.cli.table import Table

WT = [2.62, 2.875, 2.32, 3.215, 3.44, 3.46, 3.57, 3.19, 3.15, 3.44, 3.44, 4.07, 3.73, 3.78, 5.25, 5.424,
      5.345, 2.2, 1.615, 1.835, 2.465, 3.52, 3.435, 3.84, 3.845, 1.935, 2.14, 1.513, 3.17, 2.77, 3.57, 2.78]  # fmt: skip
AM = [1, 1, 1, *[0] * 14, 1, 1, 1, *[0] * 5, *[1] * 7]

TITANIC = {
    "1st Male Child": (0, 5), "2nd Male Child": (0, 11), "3rd Male Child": (35, 13),
    "1st Female Child": (0, 1), "2nd Female Child": (0, 13), "3rd Female Child": (17, 14),
    "1st Male Adult": (118, 57), "2nd Male Adult": (154, 14), "3rd Male Adult": (387, 75),
    "Crew Male Adult": (670, 192), "1st Female Adult": (4, 140), "2nd Female Adult": (13, 80),
    "3rd Female Adult": (89, 76), "Crew Female Adult": (3, 20),
}  # fmt: skip

ADMISSIONS = {
    "A": (512, 313, 89, 19), "B": (353, 207, 17, 8), "C": (120, 205, 202, 391),
    "D": (138, 279, 131, 244), "E": (53, 138, 94, 299), "F": (22, 351, 24, 317),
}  # fmt: skip

MTCARS = '"","wt","am"\n' + "".join(
    f'"car {i}",{wt},{am}\n' for i, (wt, am) in enumerate(zip(WT, AM, strict=True))
)
BUDWORM = "dose\tsex\tkilled\tn\n" + "".join(
    f"{2**i}\t{sex}\t{killed}\t20\n"
    for sex, all_killed in {"M": [1, 4, 9, 13, 18, 20], "F": [0, 2, 6, 10, 12, 16]}.items()
    for i, killed in enumerate(all_killed)
)
BEETLES = "sep=;\ndose;n;killed\n" + "".join(
    f"{dose:.4f};{n};{killed}\n".replace(".", ",")
    for dose, n, killed in zip(
        [1.6907, 1.7242, 1.7552, 1.7842, 1.8113, 1.8369, 1.8610, 1.8839],
        [59, 60, 62, 56, 63, 59, 62, 60],
        [6, 13, 18, 28, 52, 53, 61, 60],
        strict=True,
    )
)
SNORING = "snoring disease freq\n" + "".join(
    f"{score} {kind} {n}\n"
    for score, *ns in [(0, 24, 1355), (2, 35, 603), (4, 21, 192), (5, 30, 224)]
    for kind, n in zip(["yes", "no"], ns, strict=True)
)
LIVES = "Class|Sex|Age|Survived|Freq\n" + "".join(
    f"{key.replace(' ', '|')}|{kind}|{n}\n"
    for key, ns in TITANIC.items()
    for kind, n in zip(["No", "Yes"], ns, strict=True)
)
STUDENTS = "Dept,Gender,admitted,rejected\r\n" + "".join(
    f"{dept},{gender},{yes},{no}\r\n"
    for dept, (a, b, c, d) in ADMISSIONS.items()
    for gender, yes, no in [("male", a, b), ("female", c, d)]
)

# name: the file, what is chosen of it, the estimates as published, and to how many decimals
PUBLISHED = {
    "mtcars, R's manuals": (
        MTCARS, {"formula": "am ~ wt"}, {"intercept": 12.040, "wt": -4.024}, {"intercept": 4.510, "wt": 1.436}, 3,
    ),
    "budworm, Venables and Ripley (2002), section 7.2": (
        BUDWORM, {"formula": "cbind(killed, n - killed) ~ sex * I(log2(dose) - 3)"},
        {"intercept": -0.2754, "sex[M]": 1.2337, "I(log2(dose) - 3)": 0.9060, "sex[M]:I(log2(dose) - 3)": 0.3529},
        {"intercept": 0.2305, "sex[M]": 0.3770, "I(log2(dose) - 3)": 0.1671, "sex[M]:I(log2(dose) - 3)": 0.2700}, 4,
    ),
    "beetles, Dobson (2002), section 7.3": (
        BEETLES, {"target": "killed", "trials": "n"},
        {"intercept": -60.717, "dose": 34.270}, {"intercept": 5.181, "dose": 2.912}, 3,
    ),
    "snoring, Agresti (2002), section 4.2": (
        SNORING, {"formula": "disease ~ snoring", "weights": "freq"}, {"intercept": -3.866, "snoring": 0.397},
        {"intercept": 0.166, "snoring": 0.050}, 3,
    ),
    "Titanic, R's Titanic": (
        LIVES, {"formula": "Survived ~ Class + Sex + Age", "weights": "Freq"},
        {"intercept": 2.0438, "Class[2nd]": -1.0181, "Class[3rd]": -1.7778, "Class[Crew]": -0.8577,
         "Sex[Male]": -2.4201, "Age[Child]": 1.0615}, {"Sex[Male]": 0.1404, "Age[Child]": 0.2440}, 4,
    ),
    "admissions, R's UCBAdmissions": (
        STUDENTS, {"formula": "cbind(admitted, rejected) ~ Dept + Gender"},
        {"intercept": 0.68192, "Gender[male]": -0.09987, "Dept[B]": -0.04340, "Dept[C]": -1.26260,
         "Dept[D]": -1.29461, "Dept[E]": -1.73931, "Dept[F]": -3.30648}, {"Gender[male]": 0.08085}, 5,
    ),
}  # fmt: skip


def fitted(path, text, choice, capsys):
    """What the command line says, as data."""
    path.write_bytes(text.encode())
    options = [
        x for name, given in choice.items() if name != "formula" for x in (f"--{name}", given)
    ]
    formula = [choice["formula"]] if "formula" in choice else []
    assert main(["fit", str(path), *formula, *options, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


@pytest.mark.parametrize(("text", "choice", "estimates", "errors", "digits"), PUBLISHED.values(), ids=PUBLISHED)  # fmt: skip
def test_published_estimates(text, choice, estimates, errors, digits, tmp_path, capsys):
    found = fitted(tmp_path / "data.txt", text, choice, capsys)
    own = {"intercept": found["intercept"], **found["coefficients"]}
    # half a unit of the last decimal printed; intercepts of another base are sums of two or three
    slack = 0.5 * 10**-digits * 3
    assert own == pytest.approx(estimates, abs=slack)
    # R stops its iterations at a change of 1e-8 in the deviance, which shows in its last decimal
    assert {name: found["standard_errors"][name] for name in errors} == pytest.approx(
        errors, abs=10**-digits
    )


def test_an_offset_has_the_coefficient_1(tmp_path, capsys):
    """Adding t to z takes 1 from the coefficient of t."""
    path = tmp_path / "x.csv"
    path.write_text("t,o,y\n1,1,0\n2,2,1\n3,3,0\n4,4,1\n5,5,0\n6,6,1\n", encoding="utf-8")
    own = []
    for more in ([], ["--offset", "o"]):
        assert main(["fit", str(path), "y ~ t", *more, "--json"]) == 0
        own.append(json.loads(capsys.readouterr().out)["coefficients"]["t"])
    assert own[0] - own[1] == pytest.approx(1, abs=1e-8)  # both fits end at slopes of 1e-10


@pytest.mark.parametrize("name", PUBLISHED)
def test_statsmodels_agrees(name, tmp_path, capsys):
    """On the same design matrix, from the same file."""
    api = pytest.importorskip("statsmodels.api")
    text, choice, *_ = PUBLISHED[name]
    path = tmp_path / "data.txt"
    ours = fitted(path, text, choice, capsys)
    found = read(Table(path), Choice(**choice))
    X, y = api.add_constant(found.X, has_constant="add"), found.y
    weights = {} if found.weights is None else {"freq_weights": found.weights}
    if found.groups is not None:
        y, weights = np.column_stack(found.groups[:2]), {}
        X = X[: len(y)]
    theirs = api.GLM(y, X, family=api.families.Binomial(), **weights).fit(tol=1e-12)
    own = [ours["intercept"], *ours["coefficients"].values()]
    assert own == pytest.approx(theirs.params.tolist(), rel=1e-6)
    assert list(ours["standard_errors"].values()) == pytest.approx(theirs.bse.tolist(), rel=1e-5)
    assert ours["deviance"] == pytest.approx(theirs.deviance, rel=1e-8)
