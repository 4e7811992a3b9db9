"""Every allocation fails once: ``python without_memory.py``. What was there before is as it was.

``test_hostile`` runs this with either engine. CPython's own test module makes allocations fail.
"""

import _testcapi
import copy
import pickle
import sys

import micrograph as mg
from micrograph import Value

x, w = Value(0.5, "x"), Value(2.0)
J = x
for _ in range(3):
    J = (J * w + x).tanh() + mg.sum([J, x, w, 1.0]) * mg.where(x > 0, J, w)
gradient, hessian = mg.value_and_grad, mg.hessian  # imported with memory at hand
both = gradient(lambda a, b: mg.sum([a * b, a.exp(), b * b * a]), (0, 1))
double = mg.primitive("double", value=lambda a: 2 * a, partials=lambda xp, y, a: (2.0,))
count = iter(range(10**6))


def swept():
    mg.zero_grad(J)
    J.backward()
    return x.grad, w.grad


def registered():
    row = mg.primitive(
        f"half{next(count)}", value=lambda a: a / 2, partials=lambda xp, y, a: (0.5,)
    )
    return row(x)


def checked():
    assert swept() == EXPECTED
    assert both(0.5, 2.0) == DERIVATIVES
    for name, row in list(mg.core.TABLE.items()):
        if name.startswith("half"):
            node = row(x)
            assert (node.data, node.op, node.partials) == (0.25, row, (0.5,))


EXPECTED, DERIVATIVES = swept(), both(0.5, 2.0)
WORK = {
    "backward": swept,
    "walk": J.walk,
    "record": lambda: mg.dot([x, w], [w, 1.0]) + (x**3) * mg.clip(x, 0, w) + double(x),
    "grad": lambda: both(0.5, 2.0),
    "hessian": lambda: hessian(lambda v: mg.sum([v[0] * v[1], v[0].exp()]))([0.5, 2.0]),
    "deepcopy": lambda: copy.deepcopy(J),
    "pickle": lambda: pickle.loads(pickle.dumps(J)),
    "register": registered,
}

sys.unraisablehook = lambda _: None  # generators that had no memory left to close
for name, work in WORK.items():
    failed = at = quiet = 0
    while quiet < 30:  # so many in a row that failed nothing: there are no more allocations
        try:
            _testcapi.set_nomemory(at, at + 1)
            try:
                work()
            finally:
                _testcapi.remove_mem_hooks()
            quiet += 1
        except (MemoryError, SystemError, RuntimeError):  # the latter are CPython's own ways
            failed, quiet = failed + 1, 0
        at += 1
        checked()
    print(name, failed)
