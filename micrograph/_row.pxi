"""What is known of the rows, those of _rows.h by their numbers there; and how a row is called."""

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

    #ifdef __VERSION__
    #define COMPILER "C compiler " __VERSION__
    #else
    #define COMPILER "a C compiler"
    #endif
    """
    ctypedef int (*Function)(const double *operands, double *y, double *partials) noexcept
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
        PRINTED, ASKED_OF_PYTHON
        ROW_add, ROW_sub, ROW_mul, ROW_div, ROW_floordiv, ROW_mod, ROW_pow, ROW_neg, ROW_abs
        ROW_lt, ROW_le, ROW_gt, ROW_ge, ROW_eq, ROW_ne
        ROW_logical_and, ROW_logical_or, ROW_logical_not

cdef extern from "Python.h":
    ctypedef struct PyHeader "PyTypeObject":
        void (*tp_free)(void *) noexcept
        object (*tp_call)(PyObject *, PyObject *, PyObject *)
        Py_ssize_t tp_basicsize
        unsigned long tp_flags
    PyObject *PyDict_GetItem(object, object)
    object PyDescr_NewMethod(PyTypeObject *, PyMethodDef *)


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


def add_methods(dict table):
    """``x.exp()``: the rows of one operand as methods."""
    cdef PyMethodDef *method = METHODS
    while method.ml_name != NULL:
        row = table[method.ml_name.decode()]
        for name in (row.name, *row.aliases):
            setattr(Value, name, PyDescr_NewMethod(<PyTypeObject *>Value, method))
        method += 1
