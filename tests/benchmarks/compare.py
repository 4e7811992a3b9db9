"""micrograph beside its peers, in one run: ``python tests/benchmarks/compare.py > table.md``.

Installs the peers and this checkout into an environment of their own, .venv beside this file, starts
a process for each, and lets them take turns, A B A B: what slows the machine slows all of them. Each
records a chain of 100,000 operations, + * tanh mixed, and sweeps it in reverse; times are medians.
"""

import argparse
import gc
import json
import os
import platform
import subprocess
import sys
import venv
from datetime import date
from importlib.metadata import version
from math import tanh
from pathlib import Path
from statistics import median
from time import perf_counter

HERE = Path(__file__).parent
N = 100_000


def chain(x, tanh):
    """The work: N operations, each on the result of the one before."""
    for _ in range(N // 3):
        x = x + 0.25
        x = x * 0.75
        x = tanh(x)
    return x


def floats():
    """Plain Python floats: what the same arithmetic costs with no derivative."""
    return lambda: chain(0.5, tanh), lambda y: None


def micrograph():
    from micrograph import Value

    return lambda: chain(Value(0.5), Value.tanh), lambda y: y.backward()


def micrograd():
    from micrograd.engine import Value

    def of_tanh(x):  # as its lecture adds it
        y = Value(tanh(x.data), (x,), "tanh")

        def backward():
            x.grad += (1 - y.data**2) * y.grad

        y._backward = backward
        return y

    sys.setrecursionlimit(10 * N)  # its sweep recurses
    return lambda: chain(Value(0.5), of_tanh), lambda y: y.backward()


def xad():
    from xad import math
    from xad.adj_1st import Real, Tape

    tapes = []

    def record():
        for tape in tapes:  # of the round before
            tape.deactivate()
        tapes[:] = [Tape()]
        tapes[0].activate()
        x = Real(0.5)
        tapes[0].registerInput(x)
        tapes[0].newRecording()
        return chain(x, math.tanh)

    def sweep(y):
        tapes[0].registerOutput(y)
        y.setDerivative(1.0)
        tapes[0].computeAdjoints()

    return record, sweep


def torch():
    import torch

    torch.set_num_threads(1)
    x = torch.tensor(0.5, dtype=torch.float64, requires_grad=True)
    return lambda: chain(x, torch.tanh), lambda y: y.backward()


def autograd():
    from autograd import numpy, value_and_grad

    both = value_and_grad(lambda x: chain(x, numpy.tanh))
    return lambda: None, lambda y: both(0.5)  # records and sweeps in one


def ddx():
    import ddx

    def record():
        return ddx.equation(lambda: chain(ddx.var("x"), ddx.tanh))

    return record, lambda f: f.gradient([0.5])


def casadi():
    import casadi

    x = casadi.SX.sym("x")
    return lambda: chain(x, casadi.tanh), lambda y: casadi.gradient(y, x)


PLAIN = {"MICROGRAPH_PURE": "1"}
ENGINES = {  # name -> (its functions, distribution, environment)
    "plain floats": (floats, None, {}),
    "micrograph": (micrograph, "micrograph", {}),
    "micrograph, plain Python": (micrograph, "micrograph", PLAIN),
    "micrograd": (micrograd, "micrograd", {}),
    "XAD": (xad, "xad", {}),
    "PyTorch": (torch, "torch", {}),
    "autograd": (autograd, "autograd", {}),
    "ddx": (ddx, "ddx-ad", {}),
    "CasADi": (casadi, "casadi", {}),
}


def resident():
    """Bytes of memory that this process holds, 0 where the system does not say."""
    statm = Path("/proc/self/statm")
    pages = int(statm.read_text().split()[1]) if statm.exists() else 0
    return pages * os.sysconf("SC_PAGE_SIZE") if pages else 0


def work(name):
    """The process of one engine: for each line that comes, one round, printed as JSON."""
    functions, distribution, _ = ENGINES[name]
    try:
        record, sweep = functions()
    except ImportError:
        return  # it could not be installed, as was said
    print(json.dumps(version(distribution) if distribution else platform.python_version()))
    for _ in sys.stdin:
        gc.collect()
        before, start = resident(), perf_counter()
        y = record()
        recorded, after = perf_counter(), resident()
        sweep(y)
        swept = perf_counter()
        del y
        print(json.dumps([recorded - start, swept - start, (after - before) / N]), flush=True)


class Worker:
    """The process of one engine, seen from here."""

    def __init__(self, python, name):
        command = [python, Path(__file__).resolve(), "--engine", name]
        environment = {**os.environ, "MICROGRAPH_PURE": "0", **ENGINES[name][2]}
        self.name, self.rounds = name, []
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment,
            cwd=HERE,
        )  # fmt: skip
        self.version = self.answer()

    def answer(self):
        """What it prints next; None where it has ended."""
        line = self.process.stdout.readline()
        return json.loads(line) if line else None

    def round(self):
        """Let it work once."""
        print(file=self.process.stdin, flush=True)
        self.rounds.append(self.answer())

    def row(self, floats):
        """Its row of the table; times against those of plain floats."""
        record, both = (1e9 / N * median(times[i] for times in self.rounds[1:]) for i in (0, 1))
        apart = record > 1  # ns: or it can't tell recording from sweeping
        memory = self.rounds[0][2]
        return [
            self.name,
            self.version,
            f"{record:,.0f}" if apart else "–",
            f"{record / floats:,.1f}" if apart else "–",
            f"{both:,.0f}",
            f"{both / floats:,.1f}",
            f"{memory:,.0f}" if apart and memory > 1 else "–",
        ]


def environment(peers):
    """The Python of an environment with those peers that can be installed, and this checkout."""
    venv.create(HERE / ".venv", with_pip=True)
    python = HERE / ".venv" / ("Scripts" if os.name == "nt" else "bin") / "python"
    install = [python, "-m", "pip", "install", "-q", "--disable-pip-version-check"]
    root = HERE.parent.parent
    for what in peers:
        if subprocess.run([*install, what], stderr=subprocess.DEVNULL).returncode:
            print(f"{what} can't be installed here, and is left out", file=sys.stderr)
    subprocess.run([*install, "--force-reinstall", "--no-deps", root], check=True)
    subprocess.run([*install, root], check=True)
    return python


def machine():
    """The class of this machine."""
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text().splitlines() if cpuinfo.exists() else []
    models = [line.partition(": ")[2] for line in lines if line.startswith("model name")]
    cpu = models[0] if models else platform.processor() or platform.machine()
    return (
        f"{os.cpu_count()} cores of {cpu}, {platform.system()}, Python {platform.python_version()}"
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--torch", action="store_true", help="install PyTorch too: some 200 MB")
    parser.add_argument("--engine", choices=ENGINES, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.engine:
        return work(options.engine)
    peers = ["micrograd", "xad", "autograd", "ddx-ad", "casadi"] + ["torch"] * options.torch
    python = environment(peers)
    workers = [w for name in ENGINES if (w := Worker(python, name)).version]
    for _ in range(options.rounds + 1):
        for worker in workers:
            worker.round()
    floats = 1e9 / N * median(times[1] for times in workers[0].rounds[1:])
    print(f"{date.today()}, {machine()}. Medians of {options.rounds} rounds, taken in turn.\n")
    print("| engine | version | record, ns | × floats | with sweep, ns | × floats | bytes a node |")
    print("|---|---|--:|--:|--:|--:|--:|")
    for worker in workers:
        print(f"| {' | '.join(worker.row(floats))} |")


if __name__ == "__main__":
    main()
