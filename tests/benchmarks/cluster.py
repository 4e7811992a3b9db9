"""A fit to data that outgrow the machine: two workers of 1 GB each, and 4 GB of data.

``python tests/benchmarks/cluster.py --gigabytes 4`` prints the peak memory of each worker, the time
of a pass beside that of ``X.sum()``, and what becomes of a fit of which a worker is killed half way.
The data are made anew from their seeds whenever a block is read, so nothing has to be on a disk; making
them is in all times. It needs ``dask[distributed]`` and psutil, which comes with it.
"""

import argparse
import os
import signal
import threading
from time import perf_counter, sleep

import dask
import dask.array as da
import numpy as np

from micrograph.learn import LogisticRegression

FEATURES = 20
ROWS = 100_000  # of a block: 16 MB
KEPT = {"MALLOC_TRIM_THRESHOLD_": 2**27, "MALLOC_MMAP_THRESHOLD_": 2**25}
"""Dask has its workers return freed memory at once, and then every small array costs page faults: 12
blocks took 2.1 s a pass, and 1.05 s if the C library may keep up to 128 MB (2026-11-26)."""

WEIGHTS = np.linspace(-1, 1, FEATURES)


def made(block_info=None):
    """One block of features and, in the last column, labels, from the number of the block."""
    number = block_info[None]["chunk-location"][0]
    random = np.random.default_rng(number)
    X = random.normal(size=(ROWS, FEATURES))
    y = X @ WEIGHTS + random.logistic(size=ROWS) > 0
    return np.column_stack([X, y])


def data(gigabytes):
    """Features and labels, not yet computed."""
    count = max(1, round(gigabytes * 1e9 / (8 * ROWS * FEATURES)))
    chunks = ((ROWS,) * count, (FEATURES + 1,))
    both = da.map_blocks(made, chunks=chunks, dtype=float, meta=np.empty((0, 0)))
    return both[:, :FEATURES], both[:, FEATURES]


class Watch(threading.Thread):
    """The most memory that each process had, in bytes, looked at 20 times a second."""

    def __init__(self, pids):
        super().__init__(daemon=True)
        self.peaks, self.over = dict.fromkeys(pids, 0), threading.Event()

    def run(self):
        import psutil  # here, for tests import this file, and do without

        while not self.over.wait(0.05):
            for pid in self.peaks:
                if psutil.pid_exists(pid):
                    self.peaks[pid] = max(self.peaks[pid], psutil.Process(pid).memory_info().rss)


def timed(f):
    start = perf_counter()
    return f(), perf_counter() - start


def main():
    """Run it, and print what was measured."""
    from distributed import Client, LocalCluster

    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--gigabytes", type=float, default=4.0)
    gigabytes = parser.parse_args().gigabytes
    X, y = data(gigabytes)
    print(f"{len(X):,} × {FEATURES}, {X.nbytes / 1e9:.2f} GB in {X.numblocks[0]} blocks")
    dask.config.set({f"distributed.nanny.pre-spawn-environ.{x}": n for x, n in KEPT.items()})
    cluster = LocalCluster(
        n_workers=2, threads_per_worker=1, memory_limit="1GB", dashboard_address=":0"
    )
    with cluster, Client(cluster) as client:
        pids = client.run(os.getpid).values()
        total, alone = timed(lambda: X.sum().compute())
        print(f"X.sum(): {alone:.2f} s ({total:.6g})")
        watch = Watch(pids)
        watch.start()
        model, whole = timed(lambda: LogisticRegression().fit(X, y))
        watch.over.set()
        passes = int(model.n_iter_[0]) + 2  # for the units, and for the start
        a_pass = whole / passes
        print(
            f"fit: {whole:.2f} s, {passes} passes of {a_pass:.2f} s, {a_pass / alone:.2f} × X.sum()"
        )
        print("peak memory a worker:", *(f"{peak / 1e6:.0f} MB" for peak in watch.peaks.values()))
        off = np.abs(model.coef_[0] - WEIGHTS) / model.standard_errors_[0, 1:]
        print(f"true coefficients are within {off.max():.1f} standard errors")

        def kill():
            sleep(whole / 2)
            os.kill(next(iter(pids)), signal.SIGKILL)

        threading.Thread(target=kill).start()
        again, time = timed(lambda: LogisticRegression().fit(X, y))
        now = set(client.run(os.getpid).values())
        assert now != set(pids), "no worker was killed: the fit was over too early"
        same = again.covariance_.tobytes() == model.covariance_.tobytes()
        print(f"with a worker killed after {whole / 2:.1f} s: {time:.2f} s, the same bits: {same}")


if __name__ == "__main__":
    main()
