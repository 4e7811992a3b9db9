"""Compiled functions beside their peers, in one run: ``python tests/benchmarks/kernels.py > table.md``.

Installs the peers and this checkout into an environment of their own, as ``compare.py`` does, and starts
a process for each. They take turns, A B A B: what slows the machine slows all of them. Each waits for 20
ms first, for JAX's threads spin on after a call. ``kernels_work.py`` says what each of them does.
"""

import argparse
import json
import os
import subprocess
from datetime import date
from math import inf, isfinite, nan
from pathlib import Path
from statistics import median, quantiles
from threading import Timer
from time import sleep
from typing import NamedTuple

from compare import environment, machine

HERE = Path(__file__).parent
LIMIT = 120
"""Seconds that an engine may take for a round, with its preparation."""


class Section(NamedTuple):
    """A table: what is done, in which unit, by whom, and whose time the ratios are to."""

    title: str
    unit: str
    each: float
    """A second in this unit."""
    sizes: tuple
    rows: dict
    """The label of a row -> the engine, and what it is asked for."""
    beside: str
    rounds: int = 99
    """At most so many rounds."""


def everybody(work, *engines):
    return {engine: (engine, work) for engine in engines}


def logistic(m, d):
    engines = everybody("logistic", "micrograph", "NumPy", "scikit-learn", "PyTorch", "JAX")
    rows = {"reading X once": ("NumPy", "reading"), **engines}
    title = f"Cost and gradient of logistic regression, {m:,} × {d}"
    return Section(title, "ms", 1e3, (m, d), rows, "reading X once")


def compiling(n):
    engines = ("micrograph", "ddx", "JAX") if n == 10_000 else ("micrograph", "ddx")
    title = f"To compile a shared graph of {n:,} operations with its gradient, and call it once"
    rows = everybody("operations", *engines)
    return Section(title, "s", 1, (n,), rows, "micrograph", rounds=3)


def steps(shape, n):
    title = f"Value and slope of a {shape} graph of 200 operations, {n:,} points"
    rows = everybody("steps", "micrograph", "JAX", "ddx", "NumPy")
    return Section(title, "ns a point", 1e9 / n, (shape, n), rows, "micrograph")


N = 1_000_000
SECTIONS = [
    Section(
        f"Black–Scholes, value and five Greeks, {N:,} points", "ns a point", 1e9 / N, (N,),
        {"micrograph, out=": ("micrograph", "kept"), "micrograph": ("micrograph", "fresh"),
         "JAX": ("JAX", "fresh"), "JAX, NumPy's arrays": ("JAX", "as_numpy"),
         "ddx, buffer": ("ddx", "kept"), "ddx": ("ddx", "fresh")},
        "micrograph, out=",
    ),
    Section(
        "The same: to compile it", "ms", 1e3, (),
        everybody("compiling", "micrograph", "JAX", "ddx"), "micrograph",
    ),
    Section(
        "The same: one call with five numbers", "µs", 1e6, (),
        {"micrograph": ("micrograph", "scalar"), "micrograph, argnums bound": ("micrograph", "bound"),
         "ddx": ("ddx", "scalar"), "ddx, buffer": ("ddx", "bound"), "JAX": ("JAX", "scalar")},
        "micrograph",
    ),
    *(logistic(m, d) for m, d in ((N, 20), (200_000, 100), (20_000, 784), (N, 2))),
    *map(compiling, (10_000, 100_000, 1_000_000)),
    *(steps(shape, 100_000) for shape in ("chain", "shared")),
]  # fmt: skip


class Worker:
    """The process of one engine, seen from here. One that has ended is started anew."""

    def __init__(self, python, engine):
        self.command = [python, HERE / "kernels_work.py", engine]
        self.engine, self.process = engine, None
        self.version = self.start()

    def start(self):
        """A new process, and the version of the engine. None if it is not there."""
        tests = os.pathsep.join(filter(None, [str(HERE.parent), os.environ.get("PYTHONPATH")]))
        self.process = subprocess.Popen(
            self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            env={**os.environ, "MICROGRAPH_PURE": "0", "PYTHONPATH": tests},
        )  # fmt: skip
        line = self.process.stdout.readline()
        return json.loads(line) if line else None

    def tell(self, asked):
        print(json.dumps(asked), file=self.process.stdin, flush=True)

    def round(self, work, sizes):
        """The seconds of a round: infinite beyond the limit, NaN if it broke, None if not done."""
        sleep(0.02)
        clock = Timer(LIMIT, self.process.kill)
        clock.start()
        self.tell([work, sizes])
        line = self.process.stdout.readline()
        late = not clock.is_alive()
        clock.cancel()
        if line:
            return json.loads(line)
        self.process.wait()
        self.start()
        return inf if late else nan


def measured(section, workers, rounds):
    """The times of each row, a list of rounds. A row that took too long or broke is asked no more."""
    times = {label: [] for label in section.rows}
    for k in range(min(rounds, section.rounds) + 1):
        for label, (engine, work) in section.rows.items():
            if engine not in workers or (times[label] and not is_time(times[label][-1])):
                continue
            seconds = workers[engine].round(work, section.sizes)
            if k or not is_time(seconds):  # the first round warms up
                times[label].append(seconds)
    for worker in workers.values():
        worker.tell(None)
    return times


def is_time(seconds):
    return seconds is not None and isfinite(seconds)


def middle(numbers):
    """The median, and the quartiles in brackets."""
    if len(numbers) < 2:
        return "".join(map(rounded, numbers))
    low, _, high = quantiles(numbers, n=4, method="inclusive")
    return f"{rounded(median(numbers))} ({rounded(low)} … {rounded(high)})"


def rounded(x):
    return f"{x:,.0f}" if abs(x) >= 100 else f"{x:.3g}"


def table(section, times):
    """A section as Markdown."""
    lines = [f"\n**{section.title}**\n"]
    lines += [f"| | {section.unit} | ratio to {section.beside} |", "|---|--:|--:|"]
    base = times[section.beside]
    for label, found in times.items():
        if not found or not is_time(found[-1]):
            cell = {inf: f"> {LIMIT} s", None: "–"}.get(found[-1] if found else None, "broke")
            lines.append(f"| {label} | {cell} | – |")
            continue
        compared = base and is_time(base[-1])
        ratios = [a / b for a, b in zip(found, base, strict=False)] if compared else []
        scaled = [section.each * seconds for seconds in found]
        lines.append(f"| {label} | {middle(scaled)} | {middle(ratios) or '–'} |")
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--torch", action="store_true", help="install PyTorch too: some 200 MB")
    parser.add_argument("--python", help="that of an environment where all is installed already")
    parser.add_argument("--only", default="", help="a part of the titles of the tables wanted")
    options = parser.parse_args()
    peers = ["numpy", "scipy", "scikit-learn", "jax", "ddx-ad"] + ["torch"] * options.torch
    python = options.python or environment(peers)
    engines = ["micrograph", "JAX", "ddx", "NumPy", "PyTorch", "scikit-learn"]
    workers = {w.engine: w for w in (Worker(python, x) for x in engines) if w.version}
    versions = ", ".join(f"{name} {worker.version}" for name, worker in workers.items())
    print(f"{date.today()}, {machine()}; {versions}. Medians of {options.rounds} rounds, taken in")
    print("turn, with quartiles. X is read by np.add.reduce, in a block for each core. ddx runs in")
    print("one thread.")
    for section in SECTIONS:
        if options.only in section.title:
            print(table(section, measured(section, workers, options.rounds)), flush=True)


if __name__ == "__main__":
    main()
