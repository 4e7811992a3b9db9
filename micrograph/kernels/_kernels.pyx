# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
"""The kernels as an extension: tapes run over blocks of points, and for one point."""

from cpython.buffer cimport PyBUF_FORMAT, PyBUF_ND, PyBUF_STRIDES, PyBUF_WRITABLE
from cpython.buffer cimport PyObject_GetBuffer, PyBuffer_FillInfo, PyBuffer_Release
from cpython.float cimport PyFloat_AS_DOUBLE, PyFloat_CheckExact, PyFloat_FromDouble
from cpython.long cimport PyLong_CheckExact
from cpython.ref cimport Py_INCREF
from cpython.tuple cimport PyTuple_GET_ITEM, PyTuple_GET_SIZE, PyTuple_New, PyTuple_SET_ITEM
from libc.stdint cimport uintptr_t
from libc.stdlib cimport free, malloc
from libc.string cimport memcpy, memset

cdef extern from "blocks.h":
    ctypedef Py_ssize_t Size
    ctypedef struct Step:
        int op, width, y, a, b, c, d, at
    ctypedef struct Tape:
        const Step *steps
        Size once, count, origin
        const Size *table
        Size slots
        double *const *base
        const Size *stride
        double **slot
        double *const *sent
    ctypedef struct Blocks:
        const char *name
        void (*run)(const Tape *tape, Size block, Size first, Size last) noexcept nogil
    int PICK, DOT, GATHER, ADD_UP, ADD_PRODUCTS, SPECIAL

cdef extern from "sets.h":
    const char *const *micrograph_kernel_names
    const char *const *micrograph_reduced_names
    const char *micrograph_kernels_fingerprint
    void micrograph_point(const Step *steps, Size count, const Size *table, double *v) noexcept nogil
    int micrograph_find_mvec()
    const Blocks *const *micrograph_sets() noexcept  # those that this processor has, the best first

FINGERPRINT = micrograph_kernels_fingerprint.decode()
MVEC = micrograph_find_mvec()
"""How many functions of C's library have a form for several numbers at once."""

cdef enum:
    ALIGNED = 64




cdef dict _numbered():
    cdef dict found = {}
    cdef int i = 0
    while micrograph_kernel_names[i]:
        found[micrograph_kernel_names[i].decode()] = i
        i += 1
    return found


cdef dict _reduced(int first):
    cdef dict found = {}
    cdef int i = 0
    while micrograph_reduced_names[i]:
        found[micrograph_reduced_names[i].decode()] = first + i
        i += 1
    return found


OPERATIONS = _numbered()
"""The number of each kernel, by its name."""

BEYOND = {
    name: len(OPERATIONS) + number
    for name, number in (("pick", PICK), ("dot", DOT), ("gather", GATHER), ("add_up", ADD_UP),
                         ("add_products", ADD_PRODUCTS))
}
"""The numbers of the operations that are no kernel."""

REDUCED = _reduced(len(OPERATIONS) + SPECIAL)
"""The number of each row of vectors, by its name."""


def _sets():
    cdef list found = []
    cdef const Blocks *const *sets = micrograph_sets()
    cdef int i = 0
    while sets[i]:
        found.append(sets[i].name.decode())
        i += 1
    return tuple(found)


SETS = _sets()
"""The sets of instructions that the kernels can use on this processor, the best first."""


cdef class Runner:
    """A tape in memory, to be run over blocks of points.

    Args:
        steps: The steps, 8 numbers each, an array of ints.
        table: What steps refer to, an array of whole numbers.
        widths: How many doubles a slot has for each point.
        constants: The constants, by slot.
        block: How many points a block has, a multiple of 8.
        which: Which set of instructions to use.
        once: How many of the first steps are the same for all blocks.
    """

    cdef Step *steps
    cdef Size *table
    cdef Size *widths
    cdef Size once, count, slots
    cdef readonly Size block
    cdef dict constants
    cdef const Blocks *blocks

    def __cinit__(self, const int[::1] steps, const Size[::1] table, const Size[::1] widths, dict constants,
                  Size block, int which=0, Size once=0):
        self.once, self.count, self.slots, self.block = once, steps.shape[0] // 8, widths.shape[0], block
        self.constants = constants
        self.blocks = micrograph_sets()[which]
        self.steps = <Step *>malloc(self.count * sizeof(Step) + 1)
        self.table = <Size *>malloc(table.shape[0] * sizeof(Size) + 1)
        self.widths = <Size *>malloc(self.slots * sizeof(Size) + 1)
        if not self.steps or not self.table or not self.widths:
            raise MemoryError
        if self.count:
            memcpy(self.steps, &steps[0], self.count * sizeof(Step))
        if table.shape[0]:
            memcpy(self.table, &table[0], table.shape[0] * sizeof(Size))
        if self.slots:
            memcpy(self.widths, &widths[0], self.slots * sizeof(Size))

    def __dealloc__(self):
        free(self.steps)
        free(self.table)
        free(self.widths)

    def run(self, dict arrays, dict numbers, Size first, Size last, dict results=None, bint large=False,
            dict sums=None, Size part=0):
        """Run the tape for the points first … last − 1.

        Args:
            arrays: By slot, a pair of an address and how many doubles the slot moves a point. A slot
                that steps gather from moves by 0. These are read, and never written to.
            numbers: By slot, the number of a slot that is the same for all points.
            first: The first point.
            last: The point after the last one.
            results: As ``arrays``: those that are filled in.
            large: Whether the results are larger than the caches: then they are written past them.
                They move by 1.
            sums: By slot, a pair of an address and a number of doubles: where the sums over the
                points of each part stand, one part after the other. They should be 0 at first.
            part: How many points a part has. It divides ``first``.
        """
        cdef Size s, i, room = 0, whole = first + ((last - first) & ~(<Size>7))
        cdef Size edge = last - whole
        cdef double **base = <double **>malloc(4 * self.slots * sizeof(double *) + 1)
        cdef double **sent = base + 3 * self.slots
        cdef Size *stride = <Size *>malloc(3 * self.slots * sizeof(Size) + 1)
        cdef Size *by_part = stride + self.slots
        cdef Size *filled = by_part + self.slots  # as stride, but 0 for what is read alone
        cdef double *work = NULL
        cdef double *at
        cdef double x
        cdef Tape tape
        if not base or not stride:
            free(base)
            free(stride)
            raise MemoryError
        try:
            memset(base, 0, 4 * self.slots * sizeof(double *))
            memset(stride, 0, 3 * self.slots * sizeof(Size))
            for given in (arrays, results or {}):
                for slot, (address, step) in given.items():
                    if large and given is results:  # a block is computed in the workspace
                        sent[<Size>slot] = <double *><uintptr_t>address
                        continue
                    base[<Size>slot] = <double *><uintptr_t>address
                    stride[<Size>slot] = step
                    filled[<Size>slot] = step if given is results else 0
            if sums is not None:
                for slot, (address, size) in sums.items():
                    by_part[<Size>slot] = size
                    base[<Size>slot] = <double *><uintptr_t>address + first // part * <Size>size
            for s in range(self.slots):
                if not base[s]:
                    room += self._room(s)
                elif edge and stride[s]:
                    room += 8 * stride[s] + 8
            work = <double *>malloc(room * sizeof(double) + ALIGNED)
            if not work:
                raise MemoryError
            at = <double *>((<uintptr_t>work + ALIGNED - 1) & ~<uintptr_t>(ALIGNED - 1))
            for s in range(self.slots):
                if not base[s]:
                    base[s] = at
                    at += self._room(s)
            for held in (self.constants, numbers):
                for slot, number in held.items():
                    x = number
                    for i in range(self.block * self.widths[<Size>slot]):
                        base[<Size>slot][i] = x
            tape.steps, tape.once, tape.count, tape.table = self.steps, self.once, self.count, self.table
            tape.slots, tape.base, tape.stride = self.slots, base, stride
            tape.slot, tape.origin = base + self.slots, 0
            tape.sent = sent if large else NULL
            with nogil:
                while part and first + part < last:
                    self.blocks.run(&tape, self.block, first, first + part)
                    first += part
                    for s in range(self.slots):
                        base[s] += by_part[s]
                self.blocks.run(&tape, self.block, first, whole)
                if edge:
                    self._run_edge(&tape, base, stride, filled, at, whole, edge)
        finally:
            free(work)
            free(base)
            free(stride)

    cdef Size _room(self, Size s) noexcept nogil:
        """How many doubles a slot takes: those of a block, and some, lest slots share a cache set."""
        return ((self.block + 8) * self.widths[s] + 7) & ~<Size>7

    cdef void _run_edge(self, Tape *tape, double **base, const Size *stride, const Size *filled, double *at,
                        Size first, Size n) noexcept nogil:
        """The last points, fewer than 8, in memory that has room for 8."""
        cdef double **edge = base + 2 * self.slots
        cdef double *const *sent
        cdef Size s, i
        for s in range(self.slots):
            edge[s] = base[s]
            if stride[s]:
                edge[s] = at
                at += 8 * stride[s]
                memcpy(edge[s], base[s] + first * stride[s], n * stride[s] * sizeof(double))
                for i in range(n, 8):  # copies: other numbers might be slow ones
                    memcpy(edge[s] + i * stride[s], edge[s], stride[s] * sizeof(double))
        sent = tape.sent
        tape.base, tape.origin, tape.sent = edge, first, NULL
        self.blocks.run(tape, 8, 0, n)
        for s in range(self.slots):
            if filled[s]:
                memcpy(base[s] + first * filled[s], edge[s], n * filled[s] * sizeof(double))
            elif sent and sent[s]:
                memcpy(sent[s] + first, edge[s], n * sizeof(double))


cdef class Point:
    """A tape in memory, to be run for one point: called with numbers, it returns a tuple of numbers.

    Args:
        steps: The steps, 8 numbers each, an array of ints. Slots are places among ``numbers``.
        table: What steps refer to, an array of whole numbers.
        numbers: The number at each place. Inputs come first, then the results, then constants.
        inputs: How many inputs there are.
        results: How many results there are.
    """

    cdef Step *steps
    cdef Size *table
    cdef double *numbers
    cdef Size count
    cdef readonly Size inputs, results

    def __cinit__(self, const int[::1] steps, const Size[::1] table, const double[::1] numbers, Size inputs,
                  Size results):
        self.count, self.inputs, self.results = steps.shape[0] // 8, inputs, results
        self.steps = <Step *>malloc(self.count * sizeof(Step) + 1)
        self.table = <Size *>malloc(table.shape[0] * sizeof(Size) + 1)
        self.numbers = <double *>malloc(numbers.shape[0] * sizeof(double) + 1)
        if not self.steps or not self.table or not self.numbers:
            raise MemoryError
        if self.count:
            memcpy(self.steps, &steps[0], self.count * sizeof(Step))
        if table.shape[0]:
            memcpy(self.table, &table[0], table.shape[0] * sizeof(Size))
        if numbers.shape[0]:
            memcpy(self.numbers, &numbers[0], numbers.shape[0] * sizeof(double))

    def __dealloc__(self):
        free(self.steps)
        free(self.table)
        free(self.numbers)

    cdef bint given(self, tuple args) except -1:
        """Put the inputs in place, if they are as many plain numbers; else return False."""
        cdef Size i
        cdef object x
        if PyTuple_GET_SIZE(args) != self.inputs:
            return False
        for i in range(self.inputs):
            x = <object>PyTuple_GET_ITEM(args, i)
            if PyFloat_CheckExact(x):
                self.numbers[i] = PyFloat_AS_DOUBLE(x)
            elif PyLong_CheckExact(x):
                self.numbers[i] = x
            else:
                return False
        return True

    cdef inline void compute(self) noexcept:
        micrograph_point(self.steps, self.count, self.table, self.numbers)

    cdef tuple computed(self, tuple args, Size first):
        """The results from the one numbered ``first`` on; None if the inputs are no plain numbers.

        The tuple is made first: to make one may run Python code, which may call this Point.
        """
        cdef tuple found = PyTuple_New(self.results - first)
        cdef Size i
        cdef object y
        if not self.given(args):
            return None
        self.compute()
        for i in range(first, self.results):
            y = PyFloat_FromDouble(self.numbers[self.inputs + i])
            Py_INCREF(y)
            PyTuple_SET_ITEM(found, i - first, y)
        return found

    def __call__(self, *args):
        found = self.computed(args, 0)
        if found is None:
            raise TypeError(f"expected {self.inputs} numbers, got {args!r:.80}")
        return found


cdef class Door:
    """A way into a compiled function that plain numbers pass at once. All else goes to Python.

    Args:
        otherwise: What is called, with the same arguments, if they are not all plain numbers.
        argnums: What the results were compiled for, if no other argnums are given.
    """

    cdef object otherwise, argnums, other_argnums
    cdef Point point, other
    cdef int shape, other_shape
    cdef dict __dict__

    def __init__(self, otherwise, argnums):
        self.otherwise, self.argnums = otherwise, argnums

    def opens(self, Point point, int shape, argnums):
        """Let plain numbers pass from now on.

        Args:
            point: What computes the results.
            shape: 0: the result is a number; 1: a pair of numbers; 2: a pair of a number and a
                tuple; 3: a tuple.
            argnums: The argnums that this is for.
        """
        same = type(argnums) is type(self.argnums)  # a number of NumPy's == a tuple is an array
        if argnums is None or (same and argnums == self.argnums):
            self.shape, self.point = shape, point
        else:
            self.other_argnums, self.other_shape, self.other = argnums, shape, point

    def __call__(self, *args, argnums=None, **named):
        cdef Point point = self.point
        cdef int shape = self.shape
        cdef tuple found
        cdef double y
        if not named:
            if argnums is not None and argnums is not self.argnums:
                point = None
                if argnums is self.other_argnums or (
                    type(argnums) is tuple and argnums == self.other_argnums
                ):
                    point, shape = self.other, self.other_shape
            if point is not None:
                if shape >= 2:
                    found = point.computed(args, shape == 2)
                    if found is not None:
                        if shape == 3:
                            return found
                        return point.numbers[point.inputs], found
                elif point.given(args):
                    point.compute()
                    y = point.numbers[point.inputs]
                    if shape == 0:
                        return y
                    return y, point.numbers[point.inputs + 1]
        if argnums is not None:
            named["argnums"] = argnums
        return self.otherwise(*args, **named)


# Memory of results: it comes back when the array and all views of it are gone

cdef dict _free = {}  # by size, the blocks of memory that wait to be used again
cdef Size _held = 0

MOST_HELD = 1 << 28
"""The most bytes of memory that wait to be used again."""


cdef class Memory:
    """A block of memory that an array of results stands on. When it goes, others may have it."""

    cdef void *start
    cdef void *block
    cdef Size size

    def __cinit__(self, Size size):
        global _held
        if size < 0:
            raise ValueError(f"expected a number of bytes, got {size}")
        self.size = size
        waiting = _free.get(size)
        if waiting:
            self.block = <void *><uintptr_t>waiting.pop()
            _held -= size
        else:
            self.block = malloc(size + ALIGNED)
            if not self.block:
                raise MemoryError(f"no memory for {size:,} bytes of results")
        self.start = <void *>((<uintptr_t>self.block + ALIGNED - 1) & ~<uintptr_t>(ALIGNED - 1))

    def __dealloc__(self):
        global _held
        if not self.block:
            return
        if _held + self.size > MOST_HELD:
            release()  # of sizes that are used no more
        if self.size > MOST_HELD:
            free(self.block)
            return
        _held += self.size
        _free.setdefault(self.size, []).append(<uintptr_t>self.block)

    def __getbuffer__(self, Py_buffer *buffer, int flags):
        PyBuffer_FillInfo(buffer, self, self.start, self.size, 0, flags)

    def __releasebuffer__(self, Py_buffer *buffer):
        pass


def waiting():
    """How many bytes of memory wait to be used again."""
    return _held


def release():
    """Give back the memory that waits to be used again.

    It is taken off the list first: a loop may start Python's collector, and this may end a Memory.
    """
    global _free, _held
    cdef dict gone = _free
    _free, _held = {}, 0
    for blocks in gone.values():
        for block in blocks:
            free(<void *><uintptr_t>block)
