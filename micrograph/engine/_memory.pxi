"""A node's memory: what only it held is freed one after the other, never on C's stack."""

cdef extern from *:
    """
    enum { NODE = 96 };  /* bytes */
    #ifndef KEPT  /* 0: no dead node is kept, where a memory checker watches */
    #define KEPT (1 << 17)
    #endif
    #ifdef _MSC_VER  /* each thread frees what it let go, whatever another is waiting for */
    #define OF_THREAD __declspec(thread)
    #else
    #define OF_THREAD __thread
    #endif
    static OF_THREAD PyObject *dying = NULL;
    static OF_THREAD int busy = 0;
    #define allocate_by(type, function) ((type)->tp_alloc = (allocfunc)(function))
    #define weak_references(x) (*(PyObject **)((char *)(x) + Py_TYPE(x)->tp_weaklistoffset))
    """
    enum:
        NODE, KEPT
    void allocate_by(PyTypeObject *type, void *function) noexcept
    PyObject *dying  # those that a thread is about to free
    bint busy  # whether it is freeing
    PyObject *weak_references(PyObject *x) noexcept

cdef extern from "Python.h":
    Value PyObject_Init(PyObject *, PyTypeObject *)
    PyObject *PyType_GenericAlloc(PyTypeObject *, Py_ssize_t) except NULL
    void PyObject_ClearWeakRefs(PyObject *)

# Dead nodes wait in a list, to live again: their memory is warm (2026-11-24: a fresh page costs a
# node three times what recording does).
cdef PyObject *dead = NULL
cdef int kept = 0


cdef inline PyObject **next_to(PyObject *x) noexcept:
    """Where a node in a list keeps the next one."""
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
    """``tp_alloc``: a leaf lives in a dead node's memory too, else that would only grow."""
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
    """Free a node and, one after the other, what only it held."""
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
