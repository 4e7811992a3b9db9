"""Graphs as flat lists, and what transforms ask of them: captures, tangents, recorded sweeps.

A recorded sweep runs Python code on its way, so it can be interrupted. That is why it leaves no
trace on the nodes.
"""


@cython.final
@cython.internal
cdef class Flat:
    """The nodes below some roots, parents first, and where each operand stands among them."""

    cdef list order
    cdef Py_ssize_t n
    cdef Py_ssize_t *start  # where each node's operands begin in ``to``, and where the last end
    cdef Py_ssize_t *to  # where each operand stands in the order; -1 for a constant
    cdef Py_ssize_t *inputs  # where each input stands; -1 if it is not below the roots
    cdef Py_ssize_t *outputs  # where each root stands
    cdef unsigned char *active  # for each node, whether it depends on an input

    def __dealloc__(self):
        PyMem_Free(self.start)
        PyMem_Free(self.to)
        PyMem_Free(self.inputs)
        PyMem_Free(self.outputs)
        PyMem_Free(self.active)

    cdef inline PyObject *at(self, Py_ssize_t i) noexcept:
        return <PyObject *>self.order[i]


cdef void *room(Py_ssize_t n, size_t size) except NULL:
    """Room for n items of this size, filled with 0."""
    cdef void *found = PyMem_Calloc(n + 1, size)
    if found == NULL:
        raise MemoryError
    return found


cdef Flat flatten(tuple roots, list inputs, bint only_current=True):
    """The graph below the roots.

    Args:
        inputs: Nodes whose places are wanted as well.
        only_current: Raise RuntimeError if a leaf was assigned after its use.
    """
    cdef Flat flat = Flat()
    cdef Py_ssize_t i, k, edges_there = 0
    cdef Edges to
    cdef bint torn = False
    flat.order = in_order(roots, only_current)
    flat.n = len(flat.order)
    for i in range(flat.n):
        edges_there += edges(flat.at(i)).n
    flat.start = <Py_ssize_t *>room(flat.n, sizeof(Py_ssize_t))
    flat.to = <Py_ssize_t *>room(edges_there, sizeof(Py_ssize_t))
    flat.inputs = <Py_ssize_t *>room(len(inputs), sizeof(Py_ssize_t))
    flat.outputs = <Py_ssize_t *>room(len(roots), sizeof(Py_ssize_t))
    flat.active = <unsigned char *>room(flat.n, 1)
    for i in range(flat.n):  # from here on, nothing raises until the nodes are as they were
        (<Value>flat.at(i)).uses = <unsigned>i
        (<Value>flat.at(i)).flags |= FOUND
    for i in range(flat.n):
        to = edges(flat.at(i))
        if flat.start[i] + to.n > edges_there:
            torn = True
            break
        for k in range(to.n):
            flat.to[flat.start[i] + k] = position(to.operands[k])
            torn = torn or (to.operands[k] != NULL and flat.to[flat.start[i] + k] < 0)
        flat.start[i + 1] = flat.start[i] + to.n
    for i in range(len(inputs)):
        flat.inputs[i] = position(<PyObject *>inputs[i])
    for i in range(len(roots)):
        flat.outputs[i] = position(<PyObject *>roots[i])
    for i in range(flat.n):
        (<Value>flat.at(i)).uses = 0
        (<Value>flat.at(i)).flags &= SWEPT
    if torn:
        raise RuntimeError("a node was changed while its graph was read")
    return flat


cdef inline Py_ssize_t position(PyObject *x) noexcept:
    return <Py_ssize_t>(<Value>x).uses if x != NULL and (<Value>x).flags & FOUND else -1


def columns(tuple roots, list inputs):
    """As ``reading.in_columns``."""
    cdef Flat flat = flatten(roots, inputs, False)
    cdef Py_ssize_t i, j, k, n, first = len(inputs), constants = 0, at = 0
    cdef Edges to
    cdef PyObject *x
    cdef list order = list(inputs), ops = [], places = []
    cdef dict named = {}, scopes = {}
    cdef Py_ssize_t *place = <Py_ssize_t *>room(flat.n, sizeof(Py_ssize_t))
    cdef long long *starts
    cdef long long *operands
    cdef double *numbers
    cdef double *data
    try:
        for i in range(first):
            if flat.inputs[i] >= 0:
                place[flat.inputs[i]] = -1 - i
        for i in range(flat.n):
            if place[i] < 0:
                place[i] = -1 - place[i]
            else:
                place[i] = len(order)
                order.append(flat.order[i])
        n = len(order)
        for k in range(flat.start[flat.n]):
            constants += flat.to[k] < 0
        texts = PyBytes_FromStringAndSize(NULL, 8 * (n + 1)), (
            PyBytes_FromStringAndSize(NULL, 8 * flat.start[flat.n]))
        floats = PyBytes_FromStringAndSize(NULL, 8 * constants), (
            PyBytes_FromStringAndSize(NULL, 8 * n))
        starts = <long long *>PyBytes_AS_STRING(texts[0])
        operands = <long long *>PyBytes_AS_STRING(texts[1])
        numbers = <double *>PyBytes_AS_STRING(floats[0])
        data = <double *>PyBytes_AS_STRING(floats[1])
        constants = 0
        j = 0  # the node's place in the flat graph
        for i in range(n):
            x = <PyObject *>order[i]
            starts[i] = at
            data[i] = (<Value>x)._number
            ops.append(PRIMITIVES[(<Value>x).row])
            if (<Value>x).called != NULL:
                name, path = name_of(x), path_of(x)
                if name:
                    named[i] = name
                if path:
                    scopes[i] = path
            to = edges(x)
            if i < first:
                if to.n:
                    raise ValueError("an input of a graph is a leaf")
                continue
            while place[j] < first:
                j += 1
            if to.n != flat.start[j + 1] - flat.start[j]:
                raise RuntimeError("a node was changed while its graph was read")
            for k in range(to.n):
                if flat.to[flat.start[j] + k] < 0:
                    operands[at] = -1 - constants
                    numbers[constants] = to.numbers[k]
                    constants += 1
                else:
                    operands[at] = place[flat.to[flat.start[j] + k]]
                at += 1
            j += 1
        starts[n] = at
        for i in range(len(roots)):
            places.append(place[flat.outputs[i]])
    finally:
        PyMem_Free(place)
    return (
        ops, array("q", texts[0]), array("q", texts[1]), array("d", floats[0]), array("d", floats[1]),
        named, scopes, places,
    )


cdef bint activate(Flat flat, Py_ssize_t inputs, bint every_branch) noexcept:
    """Mark the nodes that have a slope in an input. Return whether one of them is a choice.

    Args:
        every_branch: As if a choice took all its branches.
    """
    cdef Py_ssize_t i, k
    cdef Edges to
    cdef Row *row
    cdef bint choices = False
    for i in range(inputs):
        if flat.inputs[i] >= 0:
            flat.active[flat.inputs[i]] = True
    for i in range(flat.n):
        to = edges(flat.at(i))
        row = &ROWS[(<Value>flat.at(i)).row]
        for k in range(to.n):
            if leads_to(flat, i, k, to.numbers[k], row, every_branch):
                flat.active[i] = True
                choices = choices or row.choice
                break
    return choices


cdef inline bint leads_to(
    Flat flat, Py_ssize_t i, Py_ssize_t k, double partial, Row *row, bint every_branch
) noexcept:
    """Whether the k-th operand is active, and the node has a slope in it."""
    cdef Py_ssize_t j = flat.to[flat.start[i] + k]
    if j < 0 or not flat.active[j]:
        return False
    if every_branch and row.choice:
        return row.static == 0 or not row.static >> k & 1
    return row.dense or has_slope(row, k, partial)


def captured(tuple roots, long long birth):
    """As ``run.captured``."""
    cdef Found found
    cdef Flat flat
    cdef Edges to
    cdef Py_ssize_t i, j, k
    cdef PyObject *x
    cdef Row *row
    cdef bint old, foreign = False, kept = False
    if not roots:
        return False, False
    find_current(&found, roots, True)
    forget(&found.marked)
    if found.oldest >= birth:
        return False, False
    flat = flatten(roots, [])
    for i in range(len(roots)):
        flat.active[flat.outputs[i]] = True
    for i in range(flat.n - 1, -1, -1):
        x = flat.at(i)
        to = edges(x)
        row = &ROWS[(<Value>x).row]
        old = age(x) < birth
        if flat.active[i]:
            foreign = foreign or old
            for k in range(to.n):
                j = flat.to[flat.start[i] + k]
                if j >= 0 and (row.dense or has_slope(row, k, to.numbers[k])):
                    flat.active[j] = True
        if old and not kept and to.n == 0:
            kept = <object>x not in live
    return foreign, kept


def tangents(tuple roots, list inputs, list directions):
    """The tangent of each root in each of these directions, which hold a float for each input."""
    cdef Flat flat = flatten(roots, inputs)
    cdef double *of = NULL
    cdef Edges to
    cdef Py_ssize_t i, j, k
    cdef double term
    cdef Row *row
    cdef list found = [], one
    activate(flat, len(inputs), False)
    of = <double *>room(flat.n, sizeof(double))
    try:
        for direction in directions:
            for i in range(flat.n):
                of[i] = 0.0
            for i in range(len(inputs)):
                if flat.inputs[i] >= 0:
                    of[flat.inputs[i]] = direction[i]
            for i in range(flat.n):
                if not flat.active[i]:
                    continue
                to = edges(flat.at(i))
                row = &ROWS[(<Value>flat.at(i)).row]
                first = True
                for k in range(to.n):
                    if leads_to(flat, i, k, to.numbers[k], row, False):
                        j = flat.to[flat.start[i] + k]
                        term = of[j] * to.numbers[k] if of[j] != 0.0 else 0.0
                        of[i] = term if first else of[i] + term
                        first = False
            one = []
            for i in range(len(roots)):
                one.append(of[flat.outputs[i]])
            found.append(one)
        return found
    finally:
        PyMem_Free(of)


def recorded_adjoints(dict seeds, list inputs, bint every_branch):
    """The adjoint of each input for these seeds, recorded. None if the sweep should be in Python.

    That is so if choices call for a ``Guard``, or if a rule serves all results of a call together.
    """
    cdef Flat flat = flatten(tuple(seeds), inputs)
    cdef Py_ssize_t i, j, k
    cdef Partials partials = Partials()
    if activate(flat, len(inputs), every_branch) and every_branch:
        return None
    for i in range(flat.n):
        if (<Value>flat.at(i)).row >= PRINTED and plain.calls.is_together(<object>flat.at(i)):
            return None
    cdef list of = [None] * flat.n
    for i, seed in enumerate(seeds.values()):
        of[flat.outputs[i]] = seed
    for i in range(flat.n - 1, -1, -1):
        g = of[i]
        if g is None or not flat.active[i] or not partials.take(flat, i):
            continue
        for k in range(partials.n):
            if partials.wanted(k):
                j = flat.to[flat.start[i] + k]
                term = product(g, partials.at(k))
                of[j] = term if of[j] is None else total(of[j], term)
    return at_places(of, flat.inputs, len(inputs))


def recorded_tangents(tuple roots, list inputs, list seeds, bint every_branch):
    """The tangent of each root for these tangents of the inputs, recorded.

    None if choices call for a sweep in Python.
    """
    cdef Flat flat = flatten(roots, inputs)
    cdef Py_ssize_t i, j, k
    cdef Partials partials = Partials()
    if activate(flat, len(inputs), every_branch) and every_branch:
        return None
    cdef list of = [None] * flat.n
    for i in range(len(inputs)):
        if flat.inputs[i] >= 0:
            of[flat.inputs[i]] = seeds[i]
    for i in range(flat.n):
        if not flat.active[i] or not partials.take(flat, i):
            continue
        for k in range(partials.n):
            j = flat.to[flat.start[i] + k]
            if partials.wanted(k) and of[j] is not None:
                term = product(of[j], partials.at(k))
                of[i] = term if of[i] is None else total(of[i], term)
    return at_places(of, flat.outputs, len(roots))


cdef list at_places(list of, Py_ssize_t *places, Py_ssize_t n):
    """What stands at each of these places; 0 if nothing does."""
    cdef list found = [0.0] * n
    for i in range(n):
        if places[i] >= 0 and of[places[i]] is not None:
            found[i] = of[places[i]]
    return found


cdef object product(object g, object d):
    """As ``branches.recorded_product``."""
    cdef double number
    if isinstance(d, Value):
        return binary(ROW_azmul, g, d)
    number = d
    if not isfinite(number):
        return binary(ROW_azmul, g, number)
    return g if number == 1.0 else total_or_product(ROW_mul, g, number)


cdef inline object total(object a, object b):
    return total_or_product(ROW_add, a, b)


cdef object total_or_product(int row, object a, object b):
    if isinstance(a, Value) or isinstance(b, Value):
        return binary(row, a, b)
    return a + b if row == ROW_add else a * b
