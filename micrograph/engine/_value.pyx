# cython: language_level=3, cdivision=True, boundscheck=False, wraparound=False, binding=False
# cython: c_api_binop_methods=True, auto_pickle=False, embedsignature=True
# cython: embedsignature.format=clinic
"""The Value of ``value.py`` at C speed.

What takes time is written here, under the names that it has there. The rest is adopted from
``value.py``.

A node is older than the nodes computed from it, so there are no cycles. So a node needs no header
for the garbage collector, and takes 96 bytes. Up to two operands stand in the node itself. More
operands stand in an array.

No list is made by a comprehension: if a comprehension runs out of memory, Cython 3.3.1 releases an
element twice.

These files are included below:

    _memory.pxi     a node's memory, and how a deep graph is freed
    _scope.pxi      what a node is called: its name and its scope
    _core.pxi       what is known of the rows, and how a row is called
    _recording.pxi  from operands to a node
    _sweep.pxi      topological order and the reverse sweep
    _flat.pxi       graphs as flat lists, for recorded sweeps and other questions of transforms
    _tapes.pxi      the recorded partials of a node
    _gradient.pxi   the gradient of a function of plain numbers, in a single call
"""

cimport cython
from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize
from cpython.exc cimport PyErr_Clear, PyErr_ExceptionMatches, PyErr_Occurred
from cpython.float cimport PyFloat_AS_DOUBLE
from cpython.long cimport PyLong_AsDouble
from cpython.mem cimport PyMem_Calloc, PyMem_Free, PyMem_Malloc, PyMem_Realloc
from cpython.object cimport (
    Py_EQ, Py_GE, Py_GT, Py_LE, Py_LT, Py_TPFLAGS_HEAPTYPE, Py_TYPE, PyMethodDef, PyObject,
    PyObject_Free, PyObject_Malloc, PyTypeObject, ternaryfunc,
)
from cpython.ref cimport Py_INCREF, Py_REFCNT, Py_XDECREF
from libc.math cimport isfinite
from libc.string cimport memset

from array import array
from functools import partial
from types import FunctionType

import cython as _cython

cdef extern from *:
    """
    #ifdef __VERSION__
    #define COMPILER "C compiler " __VERSION__
    #else
    #define COMPILER "a C compiler"
    #endif
    """
    const char *COMPILER

cdef extern from "Python.h":
    unsigned long Py_TPFLAGS_IMMUTABLETYPE  # Cython 3.1.0 has it in no .pxd

cdef long long clock = 1  # plus one for each node recorded, and for each assignment of data
cdef bytes described  # the class's docstring
cdef object plain  # the module value.py
cdef set traces = set()  # reading.traces
cdef dict open_calls = {}  # calls.open_calls

cdef enum:
    WIDE = 255  # an array holds the operands

cdef enum:  # flags
    SWEPT = 1  # a sweep has reached the node since the last zero_grad
    FOUND = 2  # during a sweep only: the node has been found
    REACHED = 4  # during a sweep only: the adjoint holds a seed or a term


@cython.no_gc
cdef class Value:
    cdef readonly double _number
    cdef double adjoint  # the grad; during a sweep, the adjoint so far
    cdef PyObject *operands_[2]  # NULL for a constant. In a WIDE node: the array and its length
    cdef double numbers[2]  # for each operand its partial, or the constant itself
    cdef readonly long long _time
    cdef unsigned uses  # during a sweep only: how many edges lead to the node
    cdef unsigned short row
    cdef unsigned char n, flags
    cdef PyObject *called  # NULL, the name, the path of the scope, or a Label with both
    cdef object __weakref__

    def __init__(self, data, name=None):
        cdef double number = data if type(data) is float else plain._plain(data)
        call_node(self, name, path_here())
        self._number = number
        self.adjoint = 0.0
        if self._time:  # called again: nodes may have been computed from it
            release_operands(<PyObject *>self)
        self.row = self.flags = 0
        self._time = next_time()
        self.numbers[1] = self._time

    @property
    def data(self):
        """The number. Assigning to a leaf's data outdates all nodes recorded from the leaf."""
        return self._number

    @data.setter
    def data(self, data):
        if self.row:
            plain.Plain.data.__set__(self, data)  # raises the error that says why not
        self._number = data if type(data) is float else plain._plain(data)
        self._time = next_time()

    @data.deleter
    def data(self):
        raise AttributeError("property 'data' of 'Value' object has no deleter")

    @property
    def grad(self):
        """dJ/dnode after ``J.backward()``. On a leaf, it adds up until ``zero_grad``."""
        return self.adjoint

    @grad.setter
    def grad(self, grad):
        self.adjoint = grad if type(grad) is float else plain.number(grad, "a number as grad")

    @grad.deleter
    def grad(self):
        raise AttributeError("property 'grad' of 'Value' object has no deleter")

    @property
    def name(self):
        """What pictures and messages call the node, or None."""
        return name_of(<PyObject *>self)

    @name.setter
    def name(self, name):
        call_node(self, name, path_of(<PyObject *>self))

    @name.deleter
    def name(self):
        raise AttributeError("property 'name' of 'Value' object has no deleter")

    @property
    def scope(self):
        """The names of the scopes that it was made in, the outermost first. () if in none."""
        return path_of(<PyObject *>self)

    @property
    def _scope(self):
        return path_of(<PyObject *>self)

    @_scope.setter
    def _scope(self, tuple path not None):
        call_node(self, name_of(<PyObject *>self), path)

    @property
    def _swept(self):
        return self.flags & SWEPT != 0

    @_swept.setter
    def _swept(self, bint swept):
        self.flags = SWEPT if swept else 0

    @property
    def op(self):
        """The primitive that computed it. None on a leaf."""
        return PRIMITIVES[self.row]

    @property
    def operands(self):
        """What the node was computed from, in order: Values, and floats for constants."""
        cdef Edges to = edges(<PyObject *>self)
        cdef list found = [None] * to.n
        for i in range(to.n):
            found[i] = <object>to.operands[i] if to.operands[i] != NULL else to.numbers[i]
        return tuple(found)

    @property
    def parents(self):
        """The Values among the operands."""
        return of_values(<PyObject *>self, nodes=True)

    @property
    def partials(self):
        """∂node/∂parent, one for each parent."""
        if len(open_calls):
            plain.calls.close(self)
        return of_values(<PyObject *>self, nodes=False)

    @property
    def _born(self):
        """When a leaf was made. The leaf's second number holds this time."""
        return <long long>self.numbers[1]

    @property
    def _op(self):
        return self.op

    @property
    def _parents(self):
        return self.parents

    @property
    def _slopes(self):
        return self.partials

    @_slopes.setter
    def _slopes(self, tuple partials not None):
        cdef Edges to = edges(<PyObject *>self)
        cdef Py_ssize_t i, k = 0
        for i in range(to.n):
            if to.operands[i] != NULL:
                to.numbers[i] = partials[k]
                k += 1

    @property
    def _grad(self):
        return self.adjoint

    @_grad.setter
    def _grad(self, double grad):
        self.adjoint = grad

    def _fill(self, tuple operands, tuple fields):
        data, grad, name, op, partials, swept, time = fields
        cdef double number = data, swept_to = grad
        cdef long long clocked = time
        if op is not None:
            link(self, number_of(op), operands, partials)
        else:
            self.numbers[1] = clock
        self.name = name
        self._number, self.adjoint, self._swept = number, swept_to, swept
        self._time = clocked if clocked else clock

    def backward(self, seed=1.0):
        """Sweep the graph in reverse from this node, J: leaves add seed·dJ/dleaf to their grad.

        The grad of an inner node is set to seed·dJ/dnode. Infinities and NaN are kept, and no error
        is raised for them.

        Args:
            seed: The adjoint of J that the sweep begins with.

        Raises:
            TypeError: If ``seed`` is no plain number.
            RuntimeError: If a leaf's data was assigned after the leaf was used here.

        Cost:
            About one multiplication and one addition for each edge.

        Example:
            >>> x = Value(3.0)
            >>> (x * x).backward()
            >>> x.grad
            6.0
        """
        if len(open_calls) and awaits((self,)):
            plain.Plain.backward(self, seed)
        else:
            backward(self, seed if type(seed) is float else plain._plain(seed))

    def walk(self):
        """This node and all nodes that it was computed from, parents first.

        Cost:
            Two passes over the edges.

        Example:
            >>> y = (Value(3.0, "x") * 2).named("y")
            >>> [node.name for node in y.walk()]
            ['x', 'y']
        """
        return topological(self)

    def __bool__(self):
        if len(traces):
            return plain._decided(self)
        return self._number != 0.0

    def __hash__(self):  # == records a comparison, so a node is hashed by its identity
        return <Py_hash_t>(<size_t><PyObject *>self >> 4)

    def __add__(a, b):
        return binary(ROW_add, a, b)

    def __sub__(a, b):
        return binary(ROW_sub, a, b)

    def __mul__(a, b):
        return binary(ROW_mul, a, b)

    def __truediv__(a, b):
        return binary(ROW_div, a, b)

    def __floordiv__(a, b):
        return binary(ROW_floordiv, a, b)

    def __mod__(a, b):
        return binary(ROW_mod, a, b)

    def __pow__(a, b, modulus):
        return NotImplemented if modulus is not None else binary(ROW_pow, a, b)

    def __and__(a, b):
        return binary(ROW_logical_and, a, b)

    def __or__(a, b):
        return binary(ROW_logical_or, a, b)

    def __neg__(self):
        return unary(ROW_neg, PRINTS[ROW_neg].function, self)

    def __abs__(self):
        return unary(ROW_abs, PRINTS[ROW_abs].function, self)

    def __invert__(self):
        return unary(ROW_logical_not, PRINTS[ROW_logical_not].function, self)

    def __richcmp__(a, b, int op):
        if op == Py_LT:
            return binary(ROW_lt, a, b)
        if op == Py_LE:
            return binary(ROW_le, a, b)
        if op == Py_GT:
            return binary(ROW_gt, a, b)
        if op == Py_GE:
            return binary(ROW_ge, a, b)
        return binary(ROW_eq if op == Py_EQ else ROW_ne, a, b)


cdef inline long long next_time() noexcept:
    global clock
    clock += 1
    return clock


def tick():
    """As ``value.tick``."""
    return next_time()


cdef struct Edges:
    Py_ssize_t n
    PyObject **operands
    double *numbers  # one beside each operand


cdef inline Edges edges(PyObject *x) noexcept:
    """The operands of a node, in the node itself or in an array."""
    cdef Edges found
    found.n = (<Value>x).n
    if found.n == WIDE:
        found.n = <Py_ssize_t>(<Value>x).operands_[1]
        found.operands = <PyObject **>(<Value>x).operands_[0]
        found.numbers = <double *>(found.operands + found.n)
    else:
        found.operands = (<Value>x).operands_
        found.numbers = (<Value>x).numbers
    return found


cdef tuple of_values(PyObject *x, bint nodes):
    """The Values among the operands, or their partials."""
    cdef Edges to = edges(x)
    cdef Py_ssize_t i, k = 0
    for i in range(to.n):
        k += to.operands[i] != NULL
    cdef list found = [None] * k
    k = 0
    for i in range(to.n):
        if to.operands[i] != NULL:
            found[k] = <object>to.operands[i] if nodes else to.numbers[i]
            k += 1
    return tuple(found)


cdef int widen(Value node, Py_ssize_t n) except -1:
    """Make room for n operands in place of the node's own. If memory runs out, it keeps its own."""
    cdef PyObject *array = NULL
    if n > 2:
        array = <PyObject *>PyMem_Calloc(n, sizeof(PyObject *) + sizeof(double))
        if array == NULL:
            raise MemoryError
    if node.n:
        release_operands(<PyObject *>node)
    if array != NULL:
        node.operands_[0] = array
        node.operands_[1] = <PyObject *>n
    node.n = <unsigned char>(n if array == NULL else WIDE)
    return 0


include "_memory.pxi"
include "_scope.pxi"
include "_core.pxi"
include "_recording.pxi"
include "_sweep.pxi"
include "_flat.pxi"
include "_tapes.pxi"
include "_gradient.pxi"


def adopt(module):
    """Give this class the name of value.py's class, and all methods that only that class has.

    Raises:
        ImportError: If another import of micrograph has done so.
    """
    global plain, live, traces, open_calls, described
    if plain is not None and RECORDERS[1:]:  # that import was completed
        raise ImportError(
            "micrograph was imported before in this process, and was then taken out of sys.modules. "
            "Its compiled engine serves one import: keep that one, or set MICROGRAPH_PURE=1"
        )
    cdef PyTypeObject *opened = <PyTypeObject *>Value  # else it takes no new methods
    opened.tp_flags &= ~Py_TPFLAGS_IMMUTABLETYPE
    opened.tp_name = "micrograph.Value"
    allocate_by(opened, <void *>allocate)
    opened.tp_dealloc = deallocate
    # A class behind it in the order of look-up, but not in __bases__: dir() does not list its names
    look_behind(opened, (Value, module.hint.Elsewhere, object))
    plain, live, traces = module, module.live, module.traces
    open_calls = module.calls.open_calls
    here = vars(Value)
    for name, x in vars(module.Plain).items():
        adopted = type(x) in (FunctionType, classmethod)
        adopted |= name in ("shape", "ndim", "size", "__pandas_priority__")
        if adopted and name not in here and name != "__del__":
            setattr(Value, name, x)
    # The signature as ``inspect`` reads it of a class in C, and then the docstring.
    described = f"Value(data, name=None)\n--\n\n{module.Plain.__doc__}".encode()
    opened.tp_doc = described
    explain_by(opened, module.hint.refuse_words)


assert (<PyTypeObject *>Value).tp_basicsize == NODE
FINGERPRINT = TABLE.decode()
BUILT_BY = f"Cython {_cython.__version__}, {COMPILER.decode()}"
