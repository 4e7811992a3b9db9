"""Runs the notebooks and stores their outputs: ``python tests/notebooks.py [NAME …]``.

Outputs are stored so that pictures show where a notebook is only read. ``test_notebooks`` runs each
notebook again and compares. A cell with the tag ``varies`` is run, and its output is not compared.
It needs nbclient: ``pip install -e ".[docs]"``.
"""

import base64
import io
import os
import re
import sys
import tempfile
from pathlib import Path

NOTEBOOKS = sorted((Path(__file__).parent.parent / "notebooks").glob("*.ipynb"))
CHANGING = re.compile(
    r" at 0x[0-9a-f]+"  # addresses
    r"|\b\d+(\.\d+)?\s?(ns|µs|ms|s|seconds)\b"  # times
    r"|Falsifying example|Failing test case"  # Hypothesis's word, before 6.170 and since
)
COLOURS, SCALE = 32, 0.6
"""How many colours a stored plot has, and what part of its pixels: legible, in a small file."""


def read(path):
    """The notebook as it is stored."""
    import nbformat

    return nbformat.read(path, as_version=4)


def run(path):
    """The notebook after a run, with the outputs of this run. A file that it writes is left nowhere."""
    from nbclient import NotebookClient

    notebook = read(path)
    environment = {k: x for k, x in os.environ.items() if k != "MPLBACKEND"}  # pictures stay inline
    with tempfile.TemporaryDirectory() as folder:
        client = NotebookClient(
            notebook,
            timeout=300,  # seconds a cell, on a slow machine
            kernel_name="python3",  # the Python that runs this file
            resources={"metadata": {"path": folder}},
            coalesce_streams=True,  # as one text, however it was flushed
            record_timing=False,
            store_widget_state=False,
        )
        return client.execute(env=environment)


def said(cell):
    """What the outputs of a cell say: their kinds, their text, and the labels of drawn graphs.

    Where a label stands is left out, as programs for layout differ. So are the pixels of plots.
    """
    if cell.cell_type != "code" or "varies" in cell.metadata.get("tags", []):
        return []
    found = []
    for output in cell.outputs:
        data = output.get("data", {"text/plain": output.get("text", "")})
        for kind, content in sorted(data.items()):
            if kind == "image/svg+xml":
                found.append((kind, sorted(re.findall(r"<text[^>]*>(.*?)</text>", content))))
            else:
                found.append((kind, "" if kind == "image/png" else CHANGING.sub("", content)))
    return found


def smaller(png):
    """A plot, in base64, with fewer colours and pixels."""
    from PIL import Image

    picture = Image.open(io.BytesIO(base64.b64decode(png))).convert("RGB")
    if picture.width > 1000:  # of our own plots, which have two pixels for each on the page
        size = [round(SCALE * x) for x in picture.size]
        picture = picture.resize(size, Image.Resampling.LANCZOS)
    file = io.BytesIO()
    picture.quantize(COLOURS, kmeans=3, dither=Image.Dither.NONE).save(file, "png", optimize=True)
    return base64.b64encode(file.getvalue()).decode()


def store(path):
    """Run the notebook, and write it with what it printed. Nothing else of the run is kept."""
    import nbformat

    notebook = run(path)
    notebook.metadata.language_info = {"name": "python"}  # and not which Python ran it
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            if "image/png" in data:
                data["image/png"] = smaller(data["image/png"])
            if "text/plain" in data:  # without addresses, which would differ on every run
                data["text/plain"] = re.sub(" at 0x[0-9a-f]+", "", data["text/plain"])
    nbformat.write(notebook, path)


if __name__ == "__main__":
    for each in NOTEBOOKS:
        if not sys.argv[1:] or any(name in each.stem for name in sys.argv[1:]):
            store(each)
            print(f"{each.name}: {each.stat().st_size // 1000} kB")
