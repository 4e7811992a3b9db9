"""A node's memory. The nodes that only a dead node held are freed one after the other.

Freeing them by recursion would overflow C's stack.
"""

cdef extern from *:
    """
    enum { NODE = 96 };  /* bytes */
    #ifndef KEPT  /* 0 for a memory checker: no dead node is kept */
    #define KEPT (1 << 17)
    #endif
    #ifdef _MSC_VER  /* each thread frees what it let go, even while another is busy */
    #define OF_THREAD __declspec(thread)
    #else
    #define OF_THREAD __thread
    #endif
    static OF_THREAD PyObject *dying = NULL;
    static OF_THREAD int busy = 0;
    #define allocate_by(type, function) ((type)->tp_alloc = (allocfunc)(function))
    static void look_behind(PyTypeObject *type, PyObject *order)
    {
        Py_INCREF(order);
        type->tp_mro = order;
        PyType_Modified(type);
    }
    static vectorcallfunc make;
    static PyObject *explain_words;  /* hint.refuse_words: it raises, if it knows a better sentence */
    static PyObject *make_or_explain(PyObject *type, PyObject *const *x, size_t n, PyObject *words)
    {
        PyObject *kind, *error, *trace, *found, *node = make(type, x, n, words);
        if (node != NULL || words == NULL || !PyErr_ExceptionMatches(PyExc_TypeError))
            return node;
        PyErr_Fetch(&kind, &error, &trace);
        found = PyObject_CallOneArg(explain_words, words);
        if (found != NULL) {
            Py_DECREF(found);
            PyErr_Restore(kind, error, trace);
            return NULL;
        }
        Py_XDECREF(kind);
        Py_XDECREF(error);
        Py_XDECREF(trace);
        return NULL;
    }
    static void explain_by(PyTypeObject *type, PyObject *explain)
    {
        if (type->tp_vectorcall == NULL)  /* as Cython before 3.3 leaves it */
            return;
        Py_INCREF(explain);
        explain_words = explain;
        make = type->tp_vectorcall;
        type->tp_vectorcall = make_or_explain;
    }
    #define weak_references(x) (*(PyObject **)((char *)(x) + Py_TYPE(x)->tp_weaklistoffset))
    """
    enum:
        NODE, KEPT
    void allocate_by(PyTypeObject *type, void *function) noexcept
    void explain_by(PyTypeObject *type, object explain) noexcept
    void look_behind(PyTypeObject *type, object order) noexcept
    PyObject *dying  # the list of nodes that this thread is about to free
    bint busy  # whether this thread is freeing them
    PyObject *weak_references(PyObject *x) noexcept

cdef extern from "Python.h":
    Value PyObject_Init(PyObject *, PyTypeObject *)
    PyObject *PyType_GenericAlloc(PyTypeObject *, Py_ssize_t) except NULL
    void PyObject_ClearWeakRefs(PyObject *)

# Dead nodes wait in a list, and new nodes take their memory, as it is warm (2026-11-24: a fresh
# page costs a node three times what recording does).
cdef PyObject *dead = NULL
cdef int kept = 0


cdef inline PyObject **next_to(PyObject *x) noexcept:
    """Where a node of a list holds the next one."""
    return <PyObject **>(x + 1)


cdef inline Value new_node():
    global dead, kept
    cdef PyObject *node = dead
    if node != NULL:
        dead = next_to(node)[0]
        kept -= 1
    else:
        node = <PyObject *>PyObject_Malloc(NODE)
        if node == NULL:
            raise MemoryError
    memset(node + 1, 0, NODE - sizeof(PyObject))
    return PyObject_Init(node, <PyTypeObject *>Value)


cdef PyObject *allocate(PyTypeObject *cls, Py_ssize_t n) except NULL:
    """``tp_alloc``: a leaf takes a dead node's memory, too. Otherwise the list would only grow."""
    cdef Value node
    if cls != <PyTypeObject *>Value:
        return PyType_GenericAlloc(cls, n)
    node = new_node()
    Py_INCREF(node)
    return <PyObject *>node


cdef inline void bury(PyObject *node) noexcept:
    global dead, kept
    if kept < KEPT:
        next_to(node)[0] = dead
        dead = node
        kept += 1
    else:
        PyObject_Free(node)


cdef void release_operands(PyObject *x) noexcept:
    cdef Edges to = edges(x)
    cdef bint wide = (<Value>x).n == WIDE
    cdef Py_ssize_t i
    (<Value>x).n = 0
    for i in range(to.n):
        Py_XDECREF(to.operands[i])
    if wide:
        PyMem_Free(to.operands)
    (<Value>x).operands_[0] = (<Value>x).operands_[1] = NULL


cdef inline void release(PyObject *x) noexcept:
    if weak_references(x) != NULL:
        PyObject_ClearWeakRefs(x)
    if (<Value>x).n:
        release_operands(x)
    Py_XDECREF((<Value>x).called)


cdef void deallocate(PyObject *x) noexcept:
    """Free a node and, one after the other, the nodes that only it held."""
    global dying, busy
    if type(<object>x) is not Value:  # a subclass, so a leaf
        release(x)
        Py_TYPE(<object>x).tp_free(x)
        return
    next_to(x)[0] = dying
    dying = x
    if busy:
        return
    busy = True
    while dying != NULL:
        x = dying
        dying = next_to(x)[0]
        release(x)
        bury(x)
    busy = False
