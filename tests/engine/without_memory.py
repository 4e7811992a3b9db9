"""Every allocation fails once: ``python without_memory.py``. What was there before is as it was.

``test_hostile`` runs this with the compiled engine. CPython's own test module makes allocations fail.
"""

import copy
import pickle
import sys
from itertools import count

import micrograph as mg
from micrograph import Value
from micrograph.engine.build import compiled
from micrograph.engine.reading import live


def every_allocation_fails(work, check):
    """How many there are. Once each, a piece of work runs without it, and then a check."""
    import _testcapi

    failed = at = quiet = 0
    while quiet < 30:  # so many in a row that failed nothing: there are no more
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
        check()
    return failed


def main():
    x, w = Value(0.5, "x"), Value(2.0)
    J = x
    for _ in range(3):
        J = (J * w + x).tanh() + mg.sum([J, x, w, 1.0]) * mg.where(x > 0, J, w)
    hessian = mg.hessian  # imported with memory at hand
    both = mg.value_and_grad(lambda a, b: mg.sum([a * b, a.exp(), b * b * a]), (0, 1))
    slope = mg.grad(lambda a: a**3 * w.exp())
    double = mg.primitive("double", value=lambda a: 2 * a, partials=lambda xp, y, a: (2.0,))
    names = map("half{}".format, count())

    def swept():
        mg.zero_grad(J)
        J.backward()
        return x.grad, w.grad

    def registered():
        value, partials = lambda a: a / 2, lambda xp, y, a: (0.5,)
        return mg.primitive(next(names), value=value, partials=partials)(x)

    expected, derivatives, steepness = swept(), both(0.5, 2.0), slope(0.5).data

    def check():
        assert swept() == expected
        assert both(0.5, 2.0) == derivatives
        assert not live
        assert slope(0.5).data == steepness
        for name, row in list(mg.core.TABLE.items()):
            if name.startswith("half"):
                node = row(x)
                assert (node.data, node.op, node.partials) == (0.25, row, (0.5,))

    work = {
        "backward": swept,
        "walk": J.walk,
        "record": lambda: (x**3).exp() * mg.clip(x, 0, w) - mg.where(x, w, 2.0) % 3,
        "read": lambda: (J.operands, J.parents, J.partials),
        "adjoints": lambda: compiled.adjoints({J: 1.0}, [x, w]),
    }
    if sys.version_info < (3, 12):  # later ones crash where they have no memory for a function
        work |= {
            "vectors": lambda: mg.dot([x, w], [w, 1.0]) + double(x),
            "grad": lambda: both(0.5, 2.0),
            "hessian": lambda: hessian(lambda v: mg.sum([v[0] * v[1], v[0].exp()]))([0.5, 2.0]),
            "captured": lambda: slope(0.5),
            "bent": lambda: mg.hessian(lambda a: a[0] ** 3 * a[1].asinh() * w)([0.5, 2.0]),
            "jvp": lambda: mg.jvp(lambda a: [a * w, a.tanh()], (0.5,), (1.0,)),
            "deepcopy": lambda: copy.deepcopy(J),
            "pickle": lambda: pickle.loads(pickle.dumps(J)),
            "register": registered,
        }
    sys.unraisablehook = lambda _: None  # generators that had no memory left to close
    for name, piece in work.items():
        print(name, every_allocation_fails(piece, check))


if __name__ == "__main__":
    main()
