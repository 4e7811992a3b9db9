# cython: language_level=3, cdivision=True, boundscheck=False, wraparound=False, binding=False
# cython: c_api_binop_methods=True
"""The Value of ``value.py`` at C speed: what is hot, name for name; the rest it adopts from there.

The rules come from the table: ``backends/c.py`` prints them as C functions into ``_rows.h`` when this
is built. What such a function leaves to Python, and operands that are neither Values nor plain
numbers, go to the recorders of ``recording.py``: they have the last word on errors and poles.

A node is older than what is computed from it, so there are no cycles, and it needs no header for the
garbage collector: 96 bytes. Up to two operands stand in the node itself, more of them in an array.
"""

cimport cython
from cpython.object cimport Py_EQ, Py_GE, Py_GT, Py_LE, Py_LT, PyObject, PyTypeObject
from cpython.ref cimport Py_INCREF, Py_XDECREF
from libc.stdlib cimport calloc, free, malloc, realloc

from functools import partial
from types import FunctionType

import cython as _cython


cdef extern from *:
    """
    #include <math.h>
    #include "_rows.h"

    #define NUMBERED(name) ROW_##name,
    enum { LEAF, EACH_ROW(NUMBERED) PRINTED };  /* PRINTED: one more than there are */

    typedef struct { const char *name; Function function; } Print;
    #define LISTED(name) {#name, row_##name},
    static const Print PRINTS[] = { {"", NULL}, EACH_ROW(LISTED) };

    static PyObject *record_unary(int row, Function function, PyObject *x);
    #define METHOD(name) static PyObject *method_##name(PyObject *x, PyObject *none) \\
        { return record_unary(ROW_##name, row_##name, x); }
    EACH_UNARY(METHOD)
    #define DEFINED(name) {#name, method_##name, METH_NOARGS, NULL},
    static PyMethodDef METHODS[] = { EACH_UNARY(DEFINED) {NULL, NULL, 0, NULL} };

    /* Dead nodes wait in a list, to live again: their memory is warm (2026-11-24: a fresh page
       costs a node three times what recording does). */
    #ifndef KEPT  /* 0: give them back at once, where a memory checker watches */
    #define KEPT (1 << 17)
    #endif
    enum { NODE = 96 };
    #define NEXT(x) (*(PyObject **)((PyObject *)(x) + 1))
    static PyObject *dead = NULL;
    static int kept = 0;

    static inline PyObject *new_node(PyTypeObject *type)
    {
        PyObject *node = dead;
        if (node != NULL) { dead = NEXT(node); kept--; }
        else if ((node = PyObject_Malloc(NODE)) == NULL) return PyErr_NoMemory();
        memset(node + 1, 0, NODE - sizeof(PyObject));
        return PyObject_Init(node, type);
    }

    /* The dying wait in another: a long chain must not be freed on C's stack. */
    static PyObject *dying = NULL;
    static inline void wait_to_die(PyObject *x) { NEXT(x) = dying; dying = x; }
    static inline PyObject *next_to_die(void)
    {
        PyObject *x = dying;
        if (x != NULL) dying = NEXT(x);
        return x;
    }

    static inline void bury(PyObject *node)
    {
        if (kept < KEPT) { NEXT(node) = dead; dead = node; kept++; }
        else PyObject_Free(node);
    }

    /* Nodes of one computation lie side by side, the younger behind the older. */
    #ifdef __GNUC__
    #define ahead(x) __builtin_prefetch((char *)(x) - 10 * NODE, 1)
    #else
    #define ahead(x)
    #endif

    static inline void clear_weak_references(PyObject *x)
    {
        if (*(PyObject **)((char *)x + Py_TYPE(x)->tp_weaklistoffset)) PyObject_ClearWeakRefs(x);
    }

    /* A class in C is closed; this one takes methods, as one in Python does, and has its name. */
    static void open_class(PyTypeObject *type, destructor dealloc)
    {
        type->tp_flags &= ~Py_TPFLAGS_IMMUTABLETYPE;
        type->tp_name = "micrograph.value.Value";
        type->tp_dealloc = dealloc;
    }

    #ifdef __VERSION__
    #define COMPILER "C compiler " __VERSION__
    #else
    #define COMPILER "a C compiler"
    #endif
    """
    ctypedef int (*Function)(const double *operands, double *y, double *partials) noexcept
    ctypedef void (*destructor)(PyObject *) noexcept
    struct Print:
        const char *name
        Function function
    struct PyMethodDef:
        const char *ml_name
    const Print PRINTS[]
    PyMethodDef METHODS[]
    const char *ASKED[]
    const char *TABLE "FINGERPRINT"
    const char *COMPILER
    enum:
        PRINTED, NODE, ASKED_OF_PYTHON
        ROW_add, ROW_sub, ROW_mul, ROW_div, ROW_floordiv, ROW_mod, ROW_pow, ROW_neg, ROW_abs
        ROW_lt, ROW_le, ROW_gt, ROW_ge, ROW_eq, ROW_ne
        ROW_logical_and, ROW_logical_or, ROW_logical_not
    Value new_node(PyTypeObject *type)
    void bury(PyObject *node) noexcept
    void wait_to_die(PyObject *node) noexcept
    PyObject *next_to_die() noexcept
    void ahead(PyObject *node) noexcept
    void clear_weak_references(PyObject *x) noexcept
    void open_class(PyTypeObject *type, destructor dealloc)
    PyTypeObject *TYPE "Py_TYPE" (PyObject *)

cdef extern from "Python.h":
    ctypedef struct PyHeader "PyTypeObject":
        void (*tp_free)(void *) noexcept
        object (*tp_call)(PyObject *, PyObject *, PyObject *)
        Py_ssize_t tp_basicsize
        unsigned long tp_flags
    PyHeader PyFloat_Type, PyLong_Type
    unsigned long Py_TPFLAGS_HEAPTYPE
    Py_ssize_t Py_REFCNT(PyObject *)
    bint PyFloat_Check(object)
    double PyFloat_AS_DOUBLE(object)
    double PyLong_AsDouble(object) except? -1
    bint PyObject_TypeCheck(object, PyTypeObject *)
    PyObject *PyErr_Occurred()
    void PyErr_Clear()
    bint PyErr_ExceptionMatches(object)
    object PyDescr_NewMethod(PyTypeObject *, PyMethodDef *)
    PyObject *PyDict_GetItem(object, object)


# What the engine knows of the rows: those of _rows.h by their numbers there, then users' own.

cdef struct Row:
    PyObject *recorder  # recording.py's
    Function function  # NULL where there is but the recorder
    Py_ssize_t arity
    int constant  # the row that serves when the second operand is a constant, or 0
    unsigned fixed  # a bit for each operand that should be a plain number, not a Value
    unsigned static  # a bit for each operand in which there is no slope
    bint step, choice, smooth, vectors

cdef Row *ROWS = NULL
cdef list PRIMITIVES = [None]  # by number; a leaf's is 0
cdef dict NUMBERS = {}  # a primitive -> its number
cdef long long clock = 0  # assignments of any leaf's data, so far
cdef object plain  # value.py, where the plain class and its functions are
cdef type ieee = None  # floats that a rule meets at a pole
cdef list answers = []  # FLOAT's functions, by their numbers in ASKED
cdef dict in_python = {}  # rows of vectors -> their functions of floats, for value and partials


cdef int number_of(object primitive) except 0:
    """The row's number; it gets one when it is met first."""
    global ROWS
    cdef PyObject *known = PyDict_GetItem(NUMBERS, primitive)
    if known != NULL:
        return <object>known
    cdef int i = len(PRIMITIVES)
    if i > 0xFFFF:
        raise OverflowError("the table is full: 65,535 rows")
    cdef Row *rows = <Row *>realloc(ROWS, (i + 1) * sizeof(Row))
    if rows == NULL:
        raise MemoryError
    ROWS = rows
    rows[i] = Row(
        recorder=NULL, function=NULL, arity=primitive.arity, constant=0, fixed=0, static=0,
        step=primitive.step, choice=primitive.choice, smooth=primitive.smooth,
        vectors=primitive.vectors > 0,
    )
    for k, name in enumerate(primitive.arguments[:32] if primitive.static else ()):
        if name in primitive.static:
            rows[i].static |= 1 << k
            if not primitive.operator:
                rows[i].fixed |= 1 << k
    PRIMITIVES.append(primitive)
    NUMBERS[primitive] = i
    return i


# The node

cdef enum:
    WIDE = 255  # an array holds the operands

cdef enum:  # flags
    SWEPT = 1  # by a sweep, since the last zero_grad
    FOUND = 2  # within a sweep alone: found
    REACHED = 4  # and its adjoint is a sum, or a seed


@cython.no_gc
cdef class Value:
    cdef readonly double _data
    cdef public double grad
    cdef PyObject *operands_[2]  # NULL: a constant. Or, of a WIDE node, the array and how many
    cdef double numbers[2]  # beside an operand its partial, or the constant itself
    cdef readonly long long _time
    cdef unsigned uses  # within a sweep alone: edges that lead to it
    cdef unsigned short row
    cdef unsigned char n, flags
    cdef PyObject *called
    cdef object __weakref__

    def __init__(self, data, name=None):
        if self.n:
            release_operands(<PyObject *>self)
        self._data = data if type(data) is float else plain._plain(data)
        self.grad = 0.0
        self.row = self._time = self.flags = 0
        if self.called != NULL:
            self.name = None
        if name is not None:
            self.named(name)

    @property
    def data(self):
        return self._data

    @data.setter
    def data(self, data):
        global clock
        if self.row:
            plain.Plain.data.__set__(self, data)  # says why not
        self._data = data if type(data) is float else plain._plain(data)
        clock += 1
        self._time = clock

    @property
    def name(self):
        return <object>self.called if self.called != NULL else None

    @name.setter
    def name(self, name):
        cdef PyObject *old = self.called
        self.called = NULL
        if name is not None:
            Py_INCREF(name)
            self.called = <PyObject *>name
        Py_XDECREF(old)

    @property
    def _swept(self):
        return self.flags & SWEPT != 0

    @_swept.setter
    def _swept(self, bint swept):
        self.flags = SWEPT if swept else 0

    @property
    def op(self):
        return PRIMITIVES[self.row]

    @property
    def operands(self):
        cdef PyObject **operands
        cdef double *numbers
        cdef Py_ssize_t i, n = edges(<PyObject *>self, &operands, &numbers)
        return tuple([
            <object>operands[i] if operands[i] != NULL else numbers[i] for i in range(n)
        ])

    @property
    def parents(self):
        cdef PyObject **operands
        cdef double *numbers
        cdef Py_ssize_t i, n = edges(<PyObject *>self, &operands, &numbers)
        return tuple([<object>operands[i] for i in range(n) if operands[i] != NULL])

    @property
    def partials(self):
        cdef PyObject **operands
        cdef double *numbers
        cdef Py_ssize_t i, n = edges(<PyObject *>self, &operands, &numbers)
        return tuple([numbers[i] for i in range(n) if operands[i] != NULL])

    def _fill(self, operands, fields):
        self._data, self.grad, self.name, op, partials, self._swept, self._time = fields
        if op is not None:
            link(self, number_of(op), operands, partials)

    def backward(self, seed=1.0):
        """Sweep the graph in reverse: leaves add seed·dJ/dleaf to their grad."""
        backward(self, seed if type(seed) is float else plain._plain(seed))

    def walk(self):
        """All nodes that this one was computed from, and itself; parents come first."""
        return topological(self)

    def __bool__(self):
        return self._data != 0.0

    def __hash__(self):  # a node is equal to itself alone
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


cdef inline Py_ssize_t edges(PyObject *x, PyObject ***operands, double **numbers) noexcept:
    """How many operands a node has; where they are, and the numbers beside them."""
    cdef Py_ssize_t n = (<Value>x).n
    if n == WIDE:
        operands[0] = <PyObject **>(<Value>x).operands_[0]
        n = <Py_ssize_t>(<Value>x).operands_[1]
        numbers[0] = <double *>(operands[0] + n)
    else:
        operands[0] = (<Value>x).operands_
        numbers[0] = (<Value>x).numbers
    return n


cdef int widen(Value node, Py_ssize_t n) except -1:
    """Room for n operands."""
    if n > 2:
        node.operands_[0] = <PyObject *>calloc(n, sizeof(PyObject *) + sizeof(double))
        if node.operands_[0] == NULL:
            raise MemoryError
        node.operands_[1] = <PyObject *>n
        n = WIDE
    node.n = <unsigned char>n
    return 0


cdef void release_operands(PyObject *x) noexcept:
    cdef PyObject **operands
    cdef double *numbers
    cdef Py_ssize_t i, n = edges(x, &operands, &numbers)
    cdef bint wide = (<Value>x).n == WIDE
    (<Value>x).n = 0
    for i in range(n):
        Py_XDECREF(operands[i])
    if wide:
        free(operands)
    (<Value>x).operands_[0] = (<Value>x).operands_[1] = NULL


cdef inline void release(PyObject *x) noexcept:
    clear_weak_references(x)
    if (<Value>x).n:
        release_operands(x)
    Py_XDECREF((<Value>x).called)


cdef bint busy = False

cdef void deallocate(PyObject *x) noexcept:
    """Free a node and, one after the other, what only it held."""
    global busy
    if TYPE(x) != <PyTypeObject *>Value:  # a subclass, so a leaf
        release(x)
        (<PyHeader *>TYPE(x)).tp_free(x)
    elif busy:
        wait_to_die(x)
    else:
        busy = True
        while x != NULL:
            release(x)
            bury(x)
            x = next_to_die()
        busy = False


# Recording

cdef inline int operand(object x, double *number) noexcept:
    """Its number, and 1 for a Value, 0 for a constant; -1 for what Python should look at."""
    cdef PyTypeObject *t = TYPE(<PyObject *>x)
    if t == <PyTypeObject *>Value:
        number[0] = (<Value>x)._data
        return 1
    if t == <PyTypeObject *>&PyFloat_Type:
        number[0] = PyFloat_AS_DOUBLE(x)
        return 0
    return other_operand(x, t, number)


cdef int other_operand(object x, PyTypeObject *t, double *number) noexcept:
    if t == <PyTypeObject *>&PyLong_Type:
        try:
            number[0] = PyLong_AsDouble(x)
        except OverflowError:
            return -1
        return 0
    if PyObject_TypeCheck(x, <PyTypeObject *>Value):
        number[0] = (<Value>x)._data
        return 1
    closed = not (<PyHeader *>t).tp_flags & Py_TPFLAGS_HEAPTYPE
    if PyFloat_Check(x) and (closed or t == <PyTypeObject *>ieee):  # a float64, or at a pole
        number[0] = PyFloat_AS_DOUBLE(x)
        return 0
    return -1


cdef int refused() except -1:
    """Forget why a row's function asked for Python; raise what is no matter of numbers."""
    if PyErr_Occurred() != NULL:
        if not (PyErr_ExceptionMatches(ValueError) or PyErr_ExceptionMatches(ArithmeticError)):
            return -1
        PyErr_Clear()
    return 0


cdef inline Value fresh(int row, double y):
    cdef Value node = new_node(<PyTypeObject *>Value)
    node._data = y
    node._time = clock
    node.row = <unsigned short>row
    return node


cdef inline void connect(
    PyObject **place, double *number, int kind, object x, double constant, double partial
) noexcept:
    """Put an operand in its place: a Value with the partial, or a constant."""
    if kind:
        Py_INCREF(x)
        place[0] = <PyObject *>x
        number[0] = partial
    else:
        number[0] = constant


cdef inline Value try_unary(int row, Function function, object x):
    """The node, or None where the recorder should see to it; so do the next two."""
    cdef double a, y, d
    cdef Value node
    if operand(x, &a) != 1:
        return None
    if not function(&a, &y, &d):
        refused()
        return None
    node = fresh(row, y)
    node.n = 1
    connect(&node.operands_[0], &node.numbers[0], 1, x, a, d)
    return node


cdef inline Value try_binary(int row, object a, object b):
    cdef double x[2]
    cdef double d[2]
    cdef double y
    cdef Value node
    cdef int left = operand(a, &x[0]), right = operand(b, &x[1])
    if (left | right) != 1:
        return None
    if right == 0 and ROWS[row].constant:
        row = ROWS[row].constant
    if ROWS[row].fixed & (left | right << 1):
        return None
    if not ROWS[row].function(x, &y, d):
        refused()
        return None
    node = fresh(row, y)
    node.n = 2
    connect(&node.operands_[0], &node.numbers[0], left, a, x[0], d[0])
    connect(&node.operands_[1], &node.numbers[1], right, b, x[1], d[1])
    return node


cdef Value try_ternary(int row, object a, object b, object c):
    cdef double x[3]
    cdef double d[3]
    cdef double y
    cdef PyObject **places
    cdef double *numbers
    cdef Value node
    cdef int i = operand(a, &x[0]), j = operand(b, &x[1]), k = operand(c, &x[2])
    if (i | j | k) != 1:
        return None
    if not ROWS[row].function(x, &y, d):
        refused()
        return None
    node = fresh(row, y)
    widen(node, 3)
    edges(<PyObject *>node, &places, &numbers)
    connect(&places[0], &numbers[0], i, a, x[0], d[0])
    connect(&places[1], &numbers[1], j, b, x[1], d[1])
    connect(&places[2], &numbers[2], k, c, x[2], d[2])
    return node


cdef Value try_vectors(int row, tuple vectors):
    """As the others, where the row takes vectors: Python computes, on lists of numbers."""
    cdef PyObject **places
    cdef double *numbers
    cdef double number
    cdef Value node
    cdef Py_ssize_t i = 0
    cdef int kind, kinds = 0
    cdef list given = [], one
    for vector in vectors:
        if type(vector) not in (list, tuple) or len(vector) != len(vectors[0]):
            return None
        one = []
        for x in vector:
            kind = operand(x, &number)
            if kind < 0:
                return None
            kinds |= kind
            one.append(number)
        given.append(one)
    if kinds != 1:
        return None
    compute, rule = in_python[row]
    try:
        y = float(compute(*given))
        slopes = rule(y, *given)
    except (ValueError, ArithmeticError):
        return None
    node = fresh(row, y)
    widen(node, len(given[0]) * len(given))
    edges(<PyObject *>node, &places, &numbers)
    for vector, one, slope in zip(vectors, given, slopes):
        for x, constant, partial in zip(vector, one, slope):
            connect(&places[i], &numbers[i], isinstance(x, Value), x, constant, partial)
            i += 1
    return node


cdef object unary "record_unary" (int row, Function function, object x):
    cdef Value node = try_unary(row, function, x)
    return node if node is not None else (<object>ROWS[row].recorder)(x)


cdef object binary(int row, object a, object b):
    cdef Value node = try_binary(row, a, b)
    return node if node is not None else (<object>ROWS[row].recorder)(a, b)


cdef Value attempt(int row, tuple operands):
    """The row at these operands, None where its recorder should see to it."""
    cdef Py_ssize_t n = len(operands)
    if n != ROWS[row].arity:
        return None
    if ROWS[row].vectors:
        return try_vectors(row, operands)
    if ROWS[row].function == NULL:
        return None
    if n == 1:
        return try_unary(row, ROWS[row].function, operands[0])
    if n == 2:
        return try_binary(row, operands[0], operands[1])
    return try_ternary(row, operands[0], operands[1], operands[2])


cdef int link(Value node, int row, object operands, object partials) except -1:
    """Make a node what the row computed from these operands, with a partial for each Value."""
    cdef PyObject **places
    cdef double *numbers
    cdef Py_ssize_t i = 0, k = 0
    if node.n:
        release_operands(<PyObject *>node)
    node.row = <unsigned short>row
    widen(node, len(operands))
    edges(<PyObject *>node, &places, &numbers)
    for x in operands:
        if isinstance(x, Value):
            numbers[i] = partials[k]
            Py_INCREF(x)
            places[i] = <PyObject *>x
            k += 1
        else:
            numbers[i] = x
        i += 1
    return 0


def linked(row, double data, tuple operands, tuple parents, tuple partials):
    """The node that the row computed from these operands."""
    cdef Value node = fresh(0, data)
    link(node, number_of(row), operands, partials)
    return node


# Sweeps. None of them runs Python in its midst, so none can be interrupted there.

cdef struct Nodes:
    PyObject **at
    Py_ssize_t size, room


cdef struct Found:
    Nodes marked
    Py_ssize_t size, roots  # how many there are, and at the beginning of those marked
    long long newest_leaf, oldest_result  # when they were assigned, and recorded


cdef inline int push(Nodes *nodes, PyObject *x) except -1:
    cdef PyObject **wider
    if nodes.size == nodes.room:
        wider = <PyObject **>realloc(nodes.at, 2 * (nodes.room + 64) * sizeof(PyObject *))
        if wider == NULL:
            raise MemoryError
        nodes.at = wider
        nodes.room = 2 * (nodes.room + 64)
    nodes.at[nodes.size] = x
    nodes.size += 1
    return 0


cdef inline int mark(Nodes *nodes, PyObject *x) except -1:
    push(nodes, x)
    (<Value>x).flags |= FOUND
    return 0


cdef inline bint single(PyObject *x) noexcept:
    """Whether a result is used once, as nothing else holds it: then no count is needed."""
    return Py_REFCNT(x) == 1 and (<Value>x).n != 0


cdef void forget(Nodes *nodes) noexcept:
    cdef Py_ssize_t i
    for i in range(nodes.size):
        (<Value>nodes.at[i]).flags &= SWEPT
        (<Value>nodes.at[i]).uses = 0
    free(nodes.at)


cdef int find(Found *found, tuple roots, bint every) except -1:
    """Mark the roots and what they were computed from, and count the edges that lead to each.

    every: mark single nodes as well. On a leaf the first number, which nothing else needs, keeps
    the grad.
    """
    cdef Nodes waiting = Nodes(NULL, 0, 0)
    cdef PyObject **operands
    cdef double *numbers
    cdef PyObject *x
    cdef PyObject *top = NULL  # of the stack: in a register, as most are taken at once
    cdef Py_ssize_t k, n
    found.marked = Nodes(NULL, 0, 0)
    found.newest_leaf, found.oldest_result = 0, clock
    try:
        for root in roots:
            if not (<Value>root).flags & FOUND:
                mark(&found.marked, <PyObject *>root)
                push(&waiting, <PyObject *>root)
        found.roots = found.marked.size
        found.size = 0
        while waiting.size or top != NULL:
            if top == NULL:
                waiting.size -= 1
                top = waiting.at[waiting.size]
            x, top = top, NULL
            ahead(x)
            found.size += 1
            n = edges(x, &operands, &numbers)
            if n:
                found.oldest_result = min(found.oldest_result, (<Value>x)._time)
            else:
                found.newest_leaf = max(found.newest_leaf, (<Value>x)._time)
                numbers[0] = (<Value>x).grad
            for k in range(n):
                x = operands[k]
                if x == NULL:
                    continue
                if every or not single(x):
                    (<Value>x).uses += 1
                    if (<Value>x).flags & FOUND:
                        continue
                    mark(&found.marked, x)
                if top != NULL:
                    push(&waiting, top)
                top = x
    except MemoryError:
        forget(&found.marked)
        raise
    finally:
        free(waiting.at)
    return 0


cdef Py_ssize_t begin(Found *found, PyObject ***ready) except -1:
    """Room for every node, with the roots that nothing else found uses; how many these are."""
    cdef Py_ssize_t i, n = 0
    ready[0] = <PyObject **>malloc(found.size * sizeof(PyObject *))
    if ready[0] == NULL:
        forget(&found.marked)
        raise MemoryError
    for i in range(found.roots):
        if (<Value>found.marked.at[i]).uses == 0:
            ready[0][n] = found.marked.at[i]
            n += 1
    return n


def topological(*roots):
    """As ``sweep.topological``, which also takes nodes of other kinds."""
    cdef Found found
    cdef PyObject **ready
    cdef PyObject **operands
    cdef double *numbers
    cdef PyObject *x
    cdef Py_ssize_t k, n, waiting, taken = 0
    if not roots or not all([isinstance(root, Value) for root in roots]):
        return plain.in_python(*roots)
    find(&found, roots, True)
    waiting = begin(&found, &ready)
    while waiting:
        waiting -= 1
        x = ready[waiting]
        found.marked.at[taken] = x  # as many as there are, and where they were is known no more
        taken += 1
        (<Value>x).flags &= SWEPT
        n = edges(x, &operands, &numbers)
        for k in range(n):
            x = operands[k]
            if x != NULL:
                (<Value>x).uses -= 1
                if (<Value>x).uses == 0:
                    ready[waiting] = x
                    waiting += 1
    free(ready)
    try:
        return [<object>found.marked.at[k] for k in range(taken - 1, -1, -1)]
    finally:
        free(found.marked.at)


cdef inline void pull(PyObject **ready, Py_ssize_t waiting, bint keep) noexcept:
    """The reverse sweep: adjoints stand in grad. ``keep``: they stay there, as backward has it."""
    cdef PyObject **operands
    cdef double *numbers
    cdef PyObject *x
    cdef PyObject *top = NULL
    cdef Py_ssize_t k, n
    cdef double g
    cdef bint reached
    cdef Row *row
    while waiting or top != NULL:
        if top == NULL:
            waiting -= 1
            top = ready[waiting]
        x, top = top, NULL
        ahead(x)
        n = edges(x, &operands, &numbers)
        reached = (<Value>x).flags & REACHED != 0
        if not reached:
            (<Value>x).grad = 0.0
        g = (<Value>x).grad
        row = &ROWS[(<Value>x).row]
        if keep:
            (<Value>x).flags = SWEPT
            if n == 0:
                (<Value>x).grad += numbers[0]
        for k in range(n):
            x = operands[k]
            if x == NULL:
                continue
            if reached and (row.smooth or has_slope(row, k, numbers[k])):
                send(x, g * numbers[k] if g != 0.0 else 0.0)
            if not (keep and single(x)):
                (<Value>x).uses -= 1
                if (<Value>x).uses:
                    continue
            if top != NULL:
                ready[waiting] = top
                waiting += 1
            top = x


cdef inline bint has_slope(Row *row, Py_ssize_t k, double partial) noexcept:
    """As ``value.edges``: none into a condition, into an arm not taken or out of a step."""
    return not (row.step or row.static >> k & 1 or (row.choice and partial == 0.0))


cdef inline void send(PyObject *x, double term) noexcept:
    """Add a term to the adjoint of a node."""
    if (<Value>x).flags & REACHED:
        (<Value>x).grad += term
    else:
        (<Value>x).grad = term
        (<Value>x).flags |= REACHED


cdef int backward(Value root, double seed) except -1:
    cdef Found found
    cdef PyObject **ready
    cdef Py_ssize_t waiting
    find(&found, (root,), False)
    if found.newest_leaf > found.oldest_result:  # was a leaf assigned after its use?
        forget(&found.marked)
        plain.current(root)
        find(&found, (root,), False)
    waiting = begin(&found, &ready)
    send(<PyObject *>root, seed)
    pull(ready, waiting, True)
    free(ready)
    free(found.marked.at)
    return 0


def adjoints(tuple roots, dict seeds, list leaves):
    """The adjoint of each leaf for these seeds, floats. Nobody's grad is changed.

    roots: those that the order of the sweep comes from; the seeds are among them
    """
    cdef Found found
    cdef PyObject **ready
    cdef double *grads
    cdef PyObject *x
    cdef Py_ssize_t i, waiting
    cdef list given = list(seeds.items()), adjoints = [0.0] * len(leaves)
    find(&found, roots, True)
    waiting = begin(&found, &ready)
    grads = <double *>malloc(found.size * sizeof(double))
    if grads == NULL:
        free(ready)
        forget(&found.marked)
        raise MemoryError
    for i in range(found.size):
        grads[i] = (<Value>found.marked.at[i]).grad
    for node, seed in given:
        send(<PyObject *>node, seed)
    pull(ready, waiting, False)
    for i in range(len(leaves)):
        x = <PyObject *>leaves[i]
        if (<Value>x).flags & REACHED:
            adjoints[i] = (<Value>x).grad
    for i in range(found.size):
        (<Value>found.marked.at[i]).grad = grads[i]
    free(ready)
    free(grads)
    forget(&found.marked)
    return adjoints


# What recording.py and value.py bring

cdef double ask "ask" (int which, int n, const double *operands) except? -1.0:
    """What plain Python computes."""
    function, vectors = answers[which]
    numbers = [operands[i] for i in range(n)]
    return function(numbers) if vectors else function(*numbers)


cdef class Recorder:
    """Records a row: by its function from the table where that will do, else in Python."""

    cdef int row
    cdef object python

    def __call__(self, *operands):
        cdef Value node = attempt(self.row, operands)
        return node if node is not None else self.python(*operands)


cdef list kept_alive = []


def learn(dict table, numbers, type quiet_float):
    """Meet the rows that were printed, the namespace of Python's floats, and those at a pole."""
    global ROWS, ieee
    cdef int i
    ieee = quiet_float
    ROWS = <Row *>calloc(1, sizeof(Row))  # a leaf's
    for i in range(1, PRINTED):
        assert number_of(table[PRINTS[i].name.decode()]) == i
        ROWS[i].function = PRINTS[i].function
    for i in range(1, PRINTED):
        constant = PRIMITIVES[i].constant
        ROWS[i].constant = NUMBERS[constant] if constant else 0
    for i in range(ASKED_OF_PYTHON):
        name = ASKED[i].decode()
        answers.append((getattr(numbers, name), table[name].vectors))


def recorder(primitive, python, numbers):
    """The recorder of a row: ``python``, or one that needs it rarely."""
    cdef int i = number_of(primitive)
    cdef Recorder found
    if primitive.vectors:
        in_python[i] = getattr(numbers, primitive.name), partial(primitive.partials, numbers)
    elif ROWS[i].function == NULL:
        return python
    kept_alive.append(python)
    ROWS[i].recorder = <PyObject *>python
    found = Recorder()
    found.row, found.python = i, python
    return found


cdef object call_in_python

cdef object call(PyObject *self, PyObject *operands, PyObject *named):
    """``exp(x)``: a Primitive is called."""
    cdef PyObject *number = PyDict_GetItem(NUMBERS, <object>self)
    cdef Value node
    if number != NULL and (named == NULL or not <dict>named):
        node = attempt(<object>number, <tuple>operands)
        if node is not None:
            return node
    return call_in_python(<object>self, *<tuple>operands, **(<dict>named if named != NULL else {}))


def answer_calls(primitive_class):
    """Let rows record at once where they are called on Values."""
    global call_in_python
    call_in_python = primitive_class.__call__
    (<PyHeader *>primitive_class).tp_call = call


def adopt(module):
    """Take from value.py's class what is not here."""
    global plain
    cdef PyMethodDef *method = METHODS
    plain = module
    here = vars(Value)
    for name, x in vars(module.Plain).items():
        if type(x) is FunctionType and name not in here and name != "__del__":
            setattr(Value, name, x)
    Value.__doc__ = module.Plain.__doc__


def add_methods(dict table):
    """``x.exp()``: the rows of one operand as methods."""
    cdef PyMethodDef *method = METHODS
    while method.ml_name != NULL:
        row = table[method.ml_name.decode()]
        for name in (row.name, *row.aliases):
            setattr(Value, name, PyDescr_NewMethod(<PyTypeObject *>Value, method))
        method += 1


assert (<PyHeader *>Value).tp_basicsize == NODE
open_class(<PyTypeObject *>Value, deallocate)
FINGERPRINT = TABLE.decode()
BUILT_BY = f"Cython {_cython.__version__}, {COMPILER.decode()}"
