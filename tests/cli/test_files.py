"""The same model from files of every kind, each by one command."""

import bz2
import gzip
import io
import json
import lzma
import os
import subprocess
import sys
import tracemalloc
import zipfile
from threading import Thread

import numpy as np
import pytest
from test_cli import assert_refused

from micrograph.cli import main

ROWS = [(1.5, "f", 1100, 0), (2.5, "m", 900, 1), (0.5, "m", 1300, 0), (3.5, "f", 800, 1),
        (4.5, "f", 1200, 1), (5.5, "m", 1000, 0), (2.0, "m", 1250, 1), (3.0, "f", 950, 0),
        (1.0, "f", 1150, 1), (4.0, "m", 1050, 1)]  # fmt: skip
NAMES = ["t", "sex", "pay", "y"]


def text(delimiter=",", decimal=".", end="\n", quote="", before="", head=(), thousands="", **cells):
    """The table as text, written in some way."""
    lines = [delimiter.join(f"{quote}{name}{quote}" for name in [*head, *NAMES])]
    for i, (t, sex, pay, y) in enumerate(ROWS):
        pay = f"{pay:,}".replace(",", thousands) if thousands else pay
        row = [str(t).replace(".", decimal), f"{quote}{sex}{quote}", pay, y]
        lines.append(delimiter.join(map(str, [*([i + 1] * (head != ())), *row])))
    return before + end.join(lines) + end


def zipped(content):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("data.csv", content)
        archive.writestr("__MACOSX/._data.csv", b"\0")
    return file.getvalue()


# kind: the name of the file, its content, and the options that it needs
FILES = {
    "commas": ("x.csv", text(), []),
    "semicolons": ("x.csv", text(";"), []),
    "semicolons and decimal commas": ("x.csv", text(";", ","), []),
    "tabs": ("x.tsv", text("\t"), []),
    "tabs and decimal commas": ("x.tsv", text("\t", ","), []),
    "bars": ("x.txt", text("|"), []),
    "spaces": ("x.txt", text(" "), []),
    "columns of spaces": ("x.txt", text("   "), []),
    "colons": ("x.txt", text(":"), ["--delimiter", ":"]),
    "a sep line": ("x.csv", text(";", ",", before="sep=;\n"), []),
    "a sep line of another": ("x.csv", text("^", before="sep=^\n"), []),
    "quotes": ("x.csv", text(quote='"'), []),
    "Windows lines": ("x.csv", text(end="\r\n"), []),
    "old Mac lines": ("x.csv", text(end="\r"), []),
    "no newline at the end": ("x.csv", text().rstrip("\n"), []),
    "blank lines": ("x.csv", "\n\n" + text(end="\n\n") + "  \n", []),
    "a mark of UTF-8": ("x.csv", text().encode("utf-8-sig"), []),
    "UTF-16": ("x.csv", text().encode("utf-16"), []),
    "UTF-16, the other way": ("x.csv", b"\xfe\xff" + text().encode("utf-16-be"), []),
    "UTF-16 without its mark": ("x.csv", text().encode("utf-16-le"), ["--encoding", "utf-16-le"]),
    "Latin-1": ("x.csv", text().replace("m", "é").encode("latin-1"), ["--encoding", "latin-1"]),
    "comments": ("x.csv", text(before="# by hand\n").replace("0\n", "0 # so\n"), ["--comment", "#"]),
    "gzip": ("x.csv.gz", gzip.compress(text().encode()), []),
    "xz": ("x.csv.xz", lzma.compress(text().encode()), []),
    "zip": ("x.zip", zipped(text().encode()), []),
    "zip of UTF-16 and semicolons": ("x.zip", zipped(text(";", ",").encode("utf-16")), []),
    "pandas' index": ("x.csv", text(head=[""]), []),
    "R's row names": ("x.txt", text(" ", quote='"', head=["i"]).replace('"i" ', ""), []),
    "an id": ("x.csv", text(head=["id"]), ["--exclude", "id"]),
    "doubled names": ("x.csv", text(head=["id"]).replace("id", "id,id", 1).replace("\n", "\n0,")[:-2], ["--exclude", "id"]),
    "thousands": ("x.csv", text(";", thousands=","), ["--thousands", ","]),
    "thousands by a point": ("x.csv", text(";", ",", thousands="."), ["--thousands", ".", "--decimal", ","]),
    "thousands by a space": ("x.csv", text(thousands=" "), ["--thousands", " "]),
    "a delimiter that ends lines": ("x.csv", text(end=",\n"), []),
    "spaces after commas": ("x.csv", text(", "), []),
    "yes and no": ("x.csv", text().replace(",1\n", ",yes\n").replace(",0\n", ",no\n"), []),
    "TRUE and FALSE": ("x.csv", text().replace(",f,", ",FALSE,").replace(",m,", ",TRUE,"), []),
    "missing marks": ("x.csv", text() + "NA,f,1,1\n1,?,1,1\n1,f,,0\n1,f,2,NaN\n", ["--drop-missing"]),
    "a name of two words": ("x.csv", text().replace("pay", "pay a month"), []),
}  # fmt: skip


@pytest.fixture(scope="module")
def truth():
    """The coefficients, by scikit-learn."""
    linear = pytest.importorskip("sklearn.linear_model")
    X = [[t, sex == "m", pay / 1000] for t, sex, pay, _ in ROWS]
    found = linear.LogisticRegression(C=float("inf"), tol=1e-10, max_iter=10_000)
    found.fit(X, [row[-1] for row in ROWS])
    return found.coef_[0] / [1, 1, 1000]


def coefficients(capsys, *arguments):
    assert main(["fit", *arguments, "--target", "y", "--json"]) == 0
    return list(json.loads(capsys.readouterr().out)["coefficients"].values())


@pytest.mark.parametrize(("name", "content", "options"), FILES.values(), ids=FILES)
def test_the_same_model_from_files_of_every_kind(name, content, options, truth, tmp_path, capsys):
    content = content.encode() if isinstance(content, str) else content
    (tmp_path / name).write_bytes(content)
    # lbfgs of scikit-learn ends where the cost is flat: four digits are sure
    assert coefficients(capsys, str(tmp_path / name), *options) == pytest.approx(truth, rel=1e-3)


@pytest.mark.parametrize(("ending", "package"), [(".parquet", "pyarrow"), (".xlsx", "openpyxl")])
def test_sheets_and_parquet(ending, package, truth, tmp_path, capsys):
    pytest.importorskip(package)
    pd = pytest.importorskip("pandas")
    frame = pd.DataFrame(ROWS, columns=NAMES)
    path = str(tmp_path / f"x{ending}")
    frame.to_parquet(path) if ending == ".parquet" else frame.to_excel(path, index=False)
    assert coefficients(capsys, path) == pytest.approx(truth, rel=1e-3)
    frame["t"] = frame["t"].astype(object)
    frame.loc[2, "t"] = None
    frame.to_parquet(path) if ending == ".parquet" else frame.to_excel(path, index=False)
    place = "row 3" if ending == ".parquet" else "row 4"
    assert_refused(["fit", path, "--target", "y"], f"{place}: t is missing", capsys)


def sheet(ending):
    """The bytes of a sheet, or of a Parquet file."""
    pytest.importorskip({".parquet": "pyarrow", ".xlsx": "openpyxl"}[ending])
    frame, file = pytest.importorskip("pandas").DataFrame(ROWS, columns=NAMES), io.BytesIO()
    frame.to_parquet(file) if ending == ".parquet" else frame.to_excel(file, index=False)
    return file.getvalue()


# kind: what stands on standard input, or is in a file whose name says nothing
BYTES = {
    "gzip": lambda: gzip.compress(text().encode()),
    "bz2": lambda: bz2.compress(text().encode()),
    "xz": lambda: lzma.compress(text().encode()),
    "zip": lambda: zipped(text().encode()),
    "gzip of UTF-16 and semicolons": lambda: gzip.compress(text(";", ",").encode("utf-16")),
    "UTF-16": lambda: text().encode("utf-16"),
    "Parquet": lambda: sheet(".parquet"),
    "xlsx": lambda: sheet(".xlsx"),
}


@pytest.mark.parametrize("content", BYTES.values(), ids=BYTES)
def test_a_file_is_known_by_its_bytes(content, truth, tmp_path, capsys, monkeypatch):
    (tmp_path / "data").write_bytes(content())
    assert coefficients(capsys, str(tmp_path / "data")) == pytest.approx(truth, rel=1e-3)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content())))
    assert coefficients(capsys, "-") == pytest.approx(truth, rel=1e-3)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with names")
@pytest.mark.parametrize("content", BYTES.values(), ids=BYTES)
def test_a_pipe_is_read_once(content, truth, tmp_path, capsys):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = Thread(target=pipe.write_bytes, args=[content()], daemon=True)
    writer.start()
    assert coefficients(capsys, str(pipe)) == pytest.approx(truth, rel=1e-3)
    writer.join()


@pytest.mark.skipif(not os.path.exists("/dev/fd"), reason="no pipes with names")
def test_pipes_of_a_shell_are_files(truth, tmp_path):
    """One, and two of which each has half of the rows."""
    pytest.importorskip("dask.array")
    head, *rows = text().splitlines(keepends=True)
    for i in range(2):
        (tmp_path / f"{i}.csv").write_text("".join([head, *rows[i::2]]), encoding="utf-8")
    for files in ("<(cat 0.csv; tail -n +2 1.csv)", "<(cat 0.csv) <(cat 1.csv)"):
        done = subprocess.run(
            ["bash", "-c", f'"$0" -m micrograph fit {files} --target y --json', sys.executable],
            capture_output=True, cwd=tmp_path, timeout=60,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        found = json.loads(done.stdout)["coefficients"]
        assert list(found.values()) == pytest.approx(truth, rel=1e-3)


@pytest.mark.parametrize("start", ["PAR1", "BZh", "PK"])
def test_text_that_begins_as_such_files_do_is_text(start, truth, tmp_path, capsys):
    (tmp_path / "data").write_text(text().replace("t,", f"{start},", 1), encoding="utf-8")
    assert coefficients(capsys, str(tmp_path / "data")) == pytest.approx(truth, rel=1e-3)


@pytest.mark.parametrize(("ending", "package"), [(".parquet", "pyarrow"), (".xlsx", "openpyxl")])
def test_a_reader_that_is_not_installed_is_named(ending, package, tmp_path, capsys, monkeypatch):
    pd = pytest.importorskip("pandas")

    def missing(source, **options):
        raise ImportError(f"no {package}")

    monkeypatch.setattr(pd, "read_parquet", missing)
    monkeypatch.setattr(pd, "read_excel", missing)
    (tmp_path / f"x{ending}").write_bytes(b"")
    assert_refused(
        ["fit", str(tmp_path / f"x{ending}"), "--target", "y"], f"pip install {package}", capsys
    )


def test_pandas_that_is_not_installed_is_named(monkeypatch, capsys, tmp_path):
    (tmp_path / "x.csv").write_text(text(), encoding="utf-8")
    monkeypatch.setitem(sys.modules, "pandas", None)
    said = 'pip install "micrograph[learn]"'
    assert_refused(["fit", str(tmp_path / "x.csv"), "--target", "y"], said, capsys)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("x.csv.gz", b"t,y\n1,0\n", "can't read"),
        ("x.csv.gz", gzip.compress(text().encode())[:40], "can't read"),
        ("x.csv.gz", gzip.compress(text().encode())[:12] + b"\xff" * 40, "can't read"),
        ("data", lzma.compress(text().encode())[:40], "can't read"),
        ("data", zipped(b"")[:30], "can't read"),
        ("x.xz", b"t,y\n1,0\n", "can't read"),
        ("x.zip", b"t,y\n1,0\n", "can't read"),
        ("x.zip", zipped(b"")[:30], "can't read"),
        ("x.parquet", b"t,y\n1,0\n", "x.parquet"),
        ("x.xlsx", b"t,y\n1,0\n", "x.xlsx"),
    ],
    ids=[
        "gz of text",
        "half a gz",
        "a gz with noise",
        "half an xz",
        "half a zip without its name",
        "xz of text",
        "zip of text",
        "half a zip",
        "parquet",
        "xlsx",
    ],
)
def test_damaged_files_are_refused_in_one_sentence(name, content, said, tmp_path, capsys):
    (tmp_path / name).write_bytes(content)
    assert_refused(["fit", str(tmp_path / name), "--target", "y"], said, capsys)


@pytest.mark.parametrize(
    "name", ["commas", "quotes", "yes and no", "thousands by a point", "missing marks"]
)
def test_a_file_is_the_same_in_chunks(name, truth, tmp_path, capsys, monkeypatch):
    """Two rows at a time; some chunks have no value, or other levels."""
    monkeypatch.setattr("micrograph.cli.table.CHUNK", 2)
    _, content, options = FILES[name]
    (tmp_path / "x.csv").write_text(content, encoding="utf-8")
    assert coefficients(capsys, str(tmp_path / "x.csv"), *options) == pytest.approx(truth, rel=1e-3)


def test_texts_and_numbers_are_found_in_any_chunk(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("micrograph.cli.table.CHUNK", 40)
    path, rows = (
        tmp_path / "x.csv",
        [f"{i},{'' if 40 <= i < 80 else 'ab'[i % 2]},{i // 3 % 2}" for i in range(200)],
    )
    path.write_text("\n".join(["t,s,y", *rows]), encoding="utf-8")
    assert len(coefficients(capsys, str(path), "--drop-missing")) == 2
    path.write_text("\n".join(["t,s,y", *rows, "many,a,1"]), encoding="utf-8")
    assert_refused(["fit", str(path), "--target", "y"], "line 202: t is 'many'", capsys)


def test_memory_is_at_most_three_times_the_data(tmp_path, capsys, monkeypatch):
    """What NumPy and pandas allocate, at the peak."""
    m, draw = 50_000, np.random.default_rng(0)
    monkeypatch.setattr("micrograph.cli.table.CHUNK", m // 10)
    X, y = draw.integers(-99, 99, (m, 5)), draw.integers(0, 2, m)
    path = tmp_path / "x.csv"
    np.savetxt(path, np.column_stack([X, y]), "%d", ",", header="a,b,c,d,e,y", comments="")
    (tmp_path / "few.csv").write_bytes(b"".join(path.read_bytes().splitlines(True)[:99]))
    assert main(["fit", str(tmp_path / "few.csv"), "--target", "y"]) == 0  # imports and compiles
    tracemalloc.start()
    try:
        assert main(["fit", str(path), "--target", "y", "--json"]) == 0
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak <= 3 * 8 * 6 * m


def test_what_is_not_chosen_is_not_read(tmp_path, capsys):
    """Doubled names, missing cells and text matter in chosen columns alone."""
    path = tmp_path / "x.csv"
    path.write_text("a,a,note,t,y\n1,2,,1,0\nx,,some,2,1\n1,1,,3,0\n,,,4,1\n", encoding="utf-8")
    assert len(coefficients(capsys, str(path), "--features", "t")) == 1
    assert_refused(["fit", str(path), "y ~ a"], "two columns are named 'a'", capsys)


@pytest.mark.parametrize("arguments", [["--target", "y", "--features", "t"], ["y ~ t"]])
def test_an_exclude_that_does_nothing_is_said(arguments, tmp_path, capsys):
    path = tmp_path / "x.csv"
    path.write_text(text(), encoding="utf-8")
    assert main(["fit", str(path), *arguments, "--exclude", "pay"]) == 0
    assert "--exclude did nothing" in capsys.readouterr().out
    assert_refused(["fit", str(path), *arguments, "--exclude", "pai"], "no column 'pai'", capsys)


def test_an_unnamed_column_is_left_out_and_said(tmp_path, capsys):
    path = tmp_path / "x.csv"
    path.write_text(text(head=[""]), encoding="utf-8")
    assert main(["fit", str(path), "--target", "y"]) == 0
    assert "column 1 has no name, and is left out" in capsys.readouterr().out


def test_text_after_the_first_rows_is_found_with_its_line(tmp_path, capsys):
    """The delimiter and the kinds of columns come from the first hundred lines."""
    path = tmp_path / "x.csv"
    rows = [f"{i},{i % 2}" for i in range(3000)]
    path.write_text("\n".join(["t,y", *rows, "many,1"]), encoding="utf-8")
    assert_refused(["fit", str(path), "--target", "y"], "line 3002: t is 'many'", capsys)
    path.write_text(
        "\n".join(["t;y", *(row.replace(",", ";") for row in rows), "0,5;1"]), encoding="utf-8"
    )
    assert_refused(["fit", str(path), "--target", "y"], "give --decimal ,", capsys)
