"""JavaScript run by node, or by Chromium where node is missing; the engine's random programs."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parent.parent / "engine"))

from random_programs import record as record

NODE = shutil.which("node")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")

DECODED = """
const decoded = (x) => Array.isArray(x) ? x.map(decoded) : typeof x === "string" ? Number(x) : x;
const encoded = (x) =>
  Array.isArray(x) ? x.map(encoded) : Object.is(x, -0) ? "-0" : typeof x === "number" ? String(x)
    : "not a number: " + String(x);
"""
"""Numbers travel as text: JSON has no infinities, no NaN and, in places, no −0."""

NAMED = {"inf": "Infinity", "-inf": "-Infinity", "nan": "NaN"}


def run(program, given, folder):
    """What the JavaScript function ``answer`` of the program returns for these nested lists."""
    text = f"{program}\n{DECODED}\nconst given = {json.dumps(_encoded(given))};\n"
    printed = "JSON.stringify(encoded(answer(decoded(given))))"
    if NODE:
        file = folder / "program.js"
        file.write_text(f"{text}console.log({printed});", encoding="utf-8")
        ran = subprocess.run([NODE, file], capture_output=True, text=True, timeout=300)
        assert ran.returncode == 0, ran.stderr[:4000]
        return _decoded(json.loads(ran.stdout))
    if not CHROMIUM:
        pytest.skip("there is neither node nor chromium")
    file = folder / "program.html"
    file.write_text(
        f'<meta charset="utf-8"><body><script>{text}document.body.textContent = {printed};</script>'
    )
    command = [CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--dump-dom", file]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=300)
    shown = ran.stdout.partition("<body>")[2].partition("</body>")[0]
    assert shown.startswith("["), (shown[:2000], ran.stderr[:2000])
    return _decoded(json.loads(shown))


def _encoded(x):
    return [*map(_encoded, x)] if isinstance(x, list | tuple) else NAMED.get(repr(x), repr(x))


def _decoded(x):
    return [*map(_decoded, x)] if isinstance(x, list) else float(x)
