"""Scopes, as in ``scope.py``. What a node is called: its name, its scope, or both.

No interrupt comes while a function in C runs. So a scope is entered and left as a whole.
"""

cdef extern from *:
    """
    static OF_THREAD PyObject *within = NULL;
    #ifdef __GNUC__  /* apart from the recorders, which then need no room for its call */
    static __attribute__((cold, noinline)) void put_in_scope(PyObject *node);
    #endif
    """
    PyObject *within  # in this thread: (the innermost path, the same of the scopes around), or NULL

cdef int opened = 0  # how many scopes are open, in all threads


cdef class Scope:
    """What ``with`` enters and leaves."""

    cdef public str name

    def __enter__(self):
        global within, opened
        cdef PyObject *outer = within
        cdef tuple inner
        if outer == NULL:
            inner = ((self.name,), None)
        else:
            inner = ((*<tuple>(<tuple>outer)[0], self.name), <object>outer)
        Py_INCREF(inner)
        within = <PyObject *>inner
        opened += 1
        Py_XDECREF(outer)

    def __exit__(self, *error):
        global within, opened
        cdef PyObject *inner = within
        if inner == NULL:
            raise RuntimeError("scope: this thread is to leave a scope that it has not entered")
        outer = (<tuple>inner)[1]
        if outer is None:
            within = NULL
        else:
            Py_INCREF(outer)
            within = <PyObject *>outer
        opened -= 1
        Py_XDECREF(inner)


@cython.final
@cython.internal
@cython.no_gc
cdef class Label:
    """A name and a path: what ``called`` holds of a node that has both."""

    cdef object name
    cdef tuple path


cdef inline tuple path_here():
    return <tuple>(<tuple>within)[0] if within != NULL else ()


cdef void put_in_scope "put_in_scope" (PyObject *node) noexcept:
    """Let a node that is not called anything have the path of this thread's scope."""
    if within != NULL:
        path = (<tuple>within)[0]
        Py_INCREF(path)
        (<Value>node).called = <PyObject *>path


cdef inline object name_of(PyObject *x):
    """The name of a node, or None."""
    if (<Value>x).called == NULL:
        return None
    called = <object>(<Value>x).called
    if type(called) is tuple:
        return None
    return (<Label>called).name if type(called) is Label else called


cdef inline tuple path_of(PyObject *x):
    """The path of a node's scope."""
    if (<Value>x).called == NULL:
        return ()
    called = <object>(<Value>x).called
    if type(called) is tuple:
        return <tuple>called
    return (<Label>called).path if type(called) is Label else ()


cdef int call_node(Value node, name, tuple path) except -1:
    """Give a node this name, or None, and this path, or ()."""
    cdef PyObject *old
    cdef Label label
    if name is not None and not isinstance(name, str):
        plain._plain_name(name)  # raises the error that says why not
    called = name
    if path:
        called = path
        if name is not None:
            called = label = Label.__new__(Label)
            label.name, label.path = name, path
    old = node.called
    node.called = NULL
    if called is not None:
        Py_INCREF(called)
        node.called = <PyObject *>called
    Py_XDECREF(old)
    return 0
