"""The rows as C knows them: first those of _rows.h, by their numbers there, then users' own rows.

A row is called as ``exp(x)``, as ``x.exp()`` or through its recorder. All three lead to
``_recording.pxi``.
"""

cdef extern from *:
    """
    #include <math.h>
    #include "_rows.h"

    #define NUMBERED(name) ROW_##name,
    enum { LEAF, EACH_ROW(NUMBERED) PRINTED };  /* PRINTED: how many rows there are, plus 1 */

    typedef struct { const char *name; Function function; } Print;
    #define LISTED(name) {#name, row_##name},
    static const Print PRINTS[] = { {"", NULL}, EACH_ROW(LISTED) };

    static PyObject *record_unary(int row, Function function, PyObject *x);
    #define METHOD(name) static PyObject *method_##name(PyObject *x, PyObject *none) \\
        { return record_unary(ROW_##name, row_##name, x); }
    EACH_UNARY(METHOD)
    /* As recording.py describes a method; the first line is the signature, as inspect reads it. */
    #define DESCRIBED(name) \\
        #name "($self, /)\\n--\\n\\n``mg." #name "`` of this Value: see ``help(mg." #name ")``."
    #define DEFINED(name) {#name, method_##name, METH_NOARGS, DESCRIBED(name)},
    static PyMethodDef METHODS[] = { EACH_UNARY(DEFINED) {NULL, NULL, 0, NULL} };
    """
    ctypedef int (*Function)(const double *operands, double *y, double *partials) noexcept
    struct Print:
        const char *name
        Function function
    const Print PRINTS[]
    PyMethodDef METHODS[]
    const char *ASKED[]
    const char *TABLE "FINGERPRINT"
    enum:
        PRINTED, ASKED_OF_PYTHON
        ROW_add, ROW_azmul, ROW_sub, ROW_mul, ROW_div, ROW_floordiv, ROW_mod, ROW_pow, ROW_neg, ROW_abs
        ROW_lt, ROW_le, ROW_gt, ROW_ge, ROW_eq, ROW_ne
        ROW_logical_and, ROW_logical_or, ROW_logical_not

cdef extern from "Python.h":
    object PyDescr_NewMethod(PyTypeObject *, PyMethodDef *)

cdef struct Row:
    Function function  # NULL if there is only the recorder
    Py_ssize_t arity
    int constant  # the row that serves if the second operand is a constant, or 0
    unsigned fixed  # a bit for each operand that should be a plain number, not a Value
    unsigned static  # a bit for each operand in which there is no slope
    bint choice, dense, vectors

# By the number of a row. The number 0 stands for a leaf.
cdef Row *ROWS = <Row *>PyMem_Calloc(1, sizeof(Row))
cdef list PRIMITIVES = [None]
cdef list RECORDERS = [None]  # the recorders of recording.py
cdef dict NUMBERS = {}  # a primitive -> its number
cdef dict on_lists = {}  # the number of a row of vectors -> Python functions for value and partials
cdef int row_sum = 0, row_dot = 0  # of the rows of vectors, those that C computes itself
cdef list answers = []  # FLOAT's functions, by their index in ASKED


cdef int number_of(object primitive) except 0:
    """The row's number. A row that is met for the first time gets one."""
    global ROWS
    known = NUMBERS.get(primitive)
    if known is not None:
        return known
    if not isinstance(primitive, plain.Primitive):
        raise TypeError(f"expected a primitive, got {primitive!r}")
    cdef int i = len(PRIMITIVES)
    if i > 0xFFFF:
        raise OverflowError("the table is full: 65,535 rows")
    cdef Row *rows = <Row *>PyMem_Realloc(ROWS, (i + 1) * sizeof(Row))
    if rows == NULL:
        raise MemoryError
    ROWS = rows
    rows[i] = Row(
        function=NULL, arity=primitive.arity, constant=0, fixed=0, static=0,
        choice=primitive.choice, dense=primitive.dense, vectors=primitive.vectors > 0,
    )
    for k, name in enumerate(primitive.arguments[:32]):
        if not primitive.slope_in(k):
            rows[i].static |= 1 << k
        if name in primitive.static and not primitive.operator:
            rows[i].fixed |= 1 << k
    try:
        PRIMITIVES.append(primitive)
        RECORDERS.append(None)
        NUMBERS[primitive] = i
    except MemoryError:  # all three, or none
        NUMBERS.pop(primitive, None)
        del PRIMITIVES[i:], RECORDERS[i:]
        raise
    return i


def learn(dict table, numbers, type quiet_float):
    """Learn the rows of _rows.h, FLOAT, and the type of the floats that a rule meets at a pole."""
    global ieee, row_sum, row_dot
    cdef int i, number
    ieee = quiet_float
    for i in range(1, PRINTED):
        number = number_of(table[PRINTS[i].name.decode()])
        assert number == i
        ROWS[i].function = PRINTS[i].function
    for i in range(1, PRINTED):
        constant = PRIMITIVES[i].constant
        ROWS[i].constant = NUMBERS[constant] if constant else 0
    row_sum, row_dot = number_of(table["sum"]), number_of(table["dot"])
    a, b = [2.0], [3.0]  # what C does is what the rows say
    assert table["sum"].partials(None, None, a) == ([1.0],)
    assert table["dot"].partials(None, None, a, b) == (b, a)
    for i in range(ASKED_OF_PYTHON):
        name = ASKED[i].decode()
        answers.append((getattr(numbers, name), table[name].vectors))


cdef double ask "ask" (int which, int n, const double *operands) except? -1.0:
    """What plain Python computes. The C functions of rows call this."""
    function, vectors = answers[which]
    cdef list numbers = [None] * n
    for i in range(n):
        numbers[i] = operands[i]
    return function(numbers) if vectors else function(*numbers)


cdef class Recorder:
    """Records a row: by its C function if that can compute the row, else in Python."""

    cdef int row
    cdef object python

    def __init__(self, int row, python):
        self.row, self.python = row, python

    def __call__(self, *operands):
        cdef Value node = attempt(self.row, operands)
        return node if node is not None else self.python(*operands)


def recorder(primitive, python, numbers):
    """The recorder of a row: ``python``, or a fast one that calls ``python`` rarely."""
    cdef int i = number_of(primitive)
    if primitive.vectors:
        on_lists[i] = getattr(numbers, primitive.key), partial(primitive.partials, numbers)
    elif ROWS[i].function == NULL:
        return python
    RECORDERS[i] = python
    return Recorder(i, python)


cdef object call_in_python

cdef object call(PyObject *self, PyObject *operands, PyObject *named):
    """What ``exp(x)`` returns: the call of a Primitive."""
    cdef Value node
    number = NUMBERS.get(<object>self)
    if number is not None and (named == NULL or not <dict>named):
        node = attempt(number, <tuple>operands)
        if node is not None:
            return node
    return call_in_python(<object>self, *<tuple>operands, **(<dict>named if named != NULL else {}))


def answer_calls(primitive_class):
    """Let a row record at once if it is called on Values."""
    global call_in_python
    call_in_python = primitive_class.__call__
    (<PyTypeObject *>primitive_class).tp_call = <ternaryfunc>call


def add_methods(dict table):
    """``x.exp()``: the rows of one operand as methods."""
    cdef PyMethodDef *method = METHODS
    while method.ml_name != NULL:
        row = table[method.ml_name.decode()]
        for name in (row.name, *row.aliases) if row.public else ():
            setattr(Value, name, PyDescr_NewMethod(<PyTypeObject *>Value, method))
        method += 1
