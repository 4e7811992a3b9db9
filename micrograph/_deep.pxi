"""A node's memory: what only it held is freed one after the other, never on C's stack."""

cdef extern from *:
    """
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
    """
    ctypedef void (*destructor)(PyObject *) noexcept
    enum:
        NODE
    Value new_node(PyTypeObject *type)
    void bury(PyObject *node) noexcept
    void wait_to_die(PyObject *node) noexcept
    PyObject *next_to_die() noexcept
    void ahead(PyObject *node) noexcept
    void clear_weak_references(PyObject *x) noexcept
    void open_class(PyTypeObject *type, destructor dealloc)


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
