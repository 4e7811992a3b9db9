"""Topological order and the reverse sweep.

Neither of them runs Python code before it is done, so neither can be interrupted.
"""

cdef extern from *:
    """
    #ifdef __GNUC__  /* a computation's nodes lie side by side, younger behind older */
    #define ahead(x) __builtin_prefetch((char *)(x) - 10 * NODE, 1)
    #else
    #define ahead(x)
    #endif
    """
    void ahead(PyObject *node) noexcept


cdef struct Nodes:
    PyObject **at
    Py_ssize_t size, room


cdef struct Found:
    Nodes marked
    Py_ssize_t size, roots  # how many nodes were found; how many roots, the first of those marked
    bint stale  # whether a node is older than one of its operands
    long long oldest  # when the oldest node was recorded, or the oldest leaf made


cdef inline int push(Nodes *nodes, PyObject *x) except -1:
    cdef PyObject **wider
    if nodes.size == nodes.room:
        wider = <PyObject **>PyMem_Realloc(nodes.at, 2 * (nodes.room + 64) * sizeof(PyObject *))
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
    """Whether an inner node is used once, and nothing else holds it. Then it needs no count."""
    return Py_REFCNT(<object>x) == 1 and (<Value>x).n != 0


cdef void forget(Nodes *nodes) noexcept:
    cdef Py_ssize_t i
    for i in range(nodes.size):
        (<Value>nodes.at[i]).flags &= SWEPT
        (<Value>nodes.at[i]).uses = 0
    PyMem_Free(nodes.at)


cdef inline long long age(PyObject *x) noexcept:
    """When a node was recorded, or a leaf made."""
    return <long long>(<Value>x).numbers[1] if (<Value>x).n == 0 else (<Value>x)._time


cdef inline int hold(Nodes *waiting, PyObject *x) except -1:
    """Put a node among those that wait: younger above older, but at most 8 places down."""
    cdef Py_ssize_t i = waiting.size
    cdef Py_ssize_t least = i - 8 if i > 8 else 0
    push(waiting, x)
    while i > least and (<Value>waiting.at[i - 1])._time > (<Value>x)._time:
        waiting.at[i] = waiting.at[i - 1]
        i -= 1
    waiting.at[i] = x
    return 0


cdef int find(Found *found, tuple roots, bint every) except -1:
    """Mark the roots and all nodes they were computed from, and count the edges that lead to each.

    The youngest node is looked at first. So neighbours in time, which are neighbours in memory, are
    met together. (2026-11-26: a sweep of x = tanh(y)·½ + y, y = x·w + b, took three times as long
    depth first.)

    A leaf's grad is put in its first number, which nothing else needs.

    Args:
        every: Mark single nodes, too.
    """
    cdef Nodes waiting = Nodes(NULL, 0, 0)
    cdef Edges to
    cdef PyObject *x
    cdef PyObject *node
    cdef PyObject *top = NULL  # the uppermost that waits: in a register, as most are taken at once
    cdef Py_ssize_t k
    found.marked = Nodes(NULL, 0, 0)
    found.stale, found.oldest = False, clock
    try:
        for root in roots:
            if not (<Value>root).flags & FOUND:
                mark(&found.marked, <PyObject *>root)
                hold(&waiting, <PyObject *>root)
        found.roots = found.marked.size
        found.size = 0
        while waiting.size or top != NULL:
            if top == NULL:
                waiting.size -= 1
                top = waiting.at[waiting.size]
            node, top = top, NULL
            ahead(node)
            found.size += 1
            found.oldest = min(found.oldest, age(node))
            to = edges(node)
            if to.n == 0:
                to.numbers[0] = (<Value>node).adjoint
            for k in range(to.n):
                x = to.operands[k]
                if x == NULL:
                    continue
                if (<Value>x)._time > (<Value>node)._time:
                    found.stale = True
                if every or not single(x):
                    if (<Value>x).flags & FOUND:
                        (<Value>x).uses += 1
                        continue
                    mark(&found.marked, x)  # this may raise, so the edge is counted after it
                    (<Value>x).uses = 1
                    if (<Value>x).n == 0:
                        found.size += 1
                        found.oldest = min(found.oldest, age(x))
                        (<Value>x).numbers[0] = (<Value>x).adjoint
                        continue
                if top == NULL:
                    top = x
                elif (<Value>top)._time < (<Value>x)._time:
                    hold(&waiting, top)
                    top = x
                else:
                    hold(&waiting, x)
            if top != NULL and waiting.size:
                x = waiting.at[waiting.size - 1]
                if (<Value>x)._time > (<Value>top)._time:
                    waiting.size -= 1
                    hold(&waiting, top)
                    top = x
    except MemoryError:
        forget(&found.marked)
        raise
    finally:
        PyMem_Free(waiting.at)
    return 0


cdef Py_ssize_t begin(Found *found, PyObject ***ready) except -1:
    """Make room for every node, and put there the roots that no node uses. Return their number."""
    cdef Py_ssize_t i, n = 0
    ready[0] = <PyObject **>PyMem_Malloc(found.size * sizeof(PyObject *))
    if ready[0] == NULL:
        forget(&found.marked)
        raise MemoryError
    for i in range(found.roots):
        if (<Value>found.marked.at[i]).uses == 0:
            ready[0][n] = found.marked.at[i]
            n += 1
    return n


cdef int find_current(Found *found, tuple roots, bint every) except -1:
    """``find``. Raises RuntimeError if a leaf was assigned after its use."""
    find(found, roots, every)
    if found.stale:
        forget(&found.marked)
        plain.current(*roots)
        find(found, roots, every)
    return 0


def topological(*roots):
    """As ``sweep.topological``, which also takes nodes of other kinds."""
    for root in roots:
        if not isinstance(root, Value):
            return plain.sweep.topological(*roots)
    return in_order(roots, False)


cdef list in_order(tuple roots, bint only_current):
    """The roots and all nodes they were computed from, parents first.

    Args:
        only_current: Raise RuntimeError if a leaf was assigned after its use.
    """
    cdef Found found
    cdef PyObject **ready
    cdef Edges to
    cdef PyObject *x
    cdef Py_ssize_t k, waiting, taken = 0
    cdef list order
    if not roots:
        return []
    if only_current:
        find_current(&found, roots, True)
    else:
        find(&found, roots, True)
    waiting = begin(&found, &ready)
    while waiting:
        waiting -= 1
        x = ready[waiting]
        found.marked.at[taken] = x  # all nodes are marked, so there is room
        taken += 1
        (<Value>x).flags &= SWEPT
        to = edges(x)
        for k in range(to.n):
            x = to.operands[k]
            if x != NULL:
                (<Value>x).uses -= 1
                if (<Value>x).uses == 0:
                    ready[waiting] = x
                    waiting += 1
    PyMem_Free(ready)
    try:
        order = [None] * taken
        for k in range(taken):
            order[k] = <object>found.marked.at[taken - 1 - k]
        return order
    finally:
        PyMem_Free(found.marked.at)


def awaits(tuple roots):
    """As ``calls.awaits``. Rows of Python code are among those that C does not print."""
    for node in in_order(roots, False):
        if (<Value>node).row >= PRINTED and plain.calls.is_open(node):
            return True
    return False


cdef inline void pull(PyObject **ready, Py_ssize_t waiting, bint keep) noexcept:
    """The reverse sweep. Each node's adjoint is computed in place of its grad.

    Args:
        keep: Whether the adjoints become the grads, as in ``backward``.
    """
    cdef Edges to
    cdef PyObject *x
    cdef PyObject *top = NULL
    cdef Py_ssize_t k
    cdef double g
    cdef bint reached
    cdef Row *row
    while waiting or top != NULL:
        if top == NULL:
            waiting -= 1
            top = ready[waiting]
        x, top = top, NULL
        ahead(x)
        to = edges(x)
        reached = (<Value>x).flags & REACHED != 0
        if not reached:
            (<Value>x).adjoint = 0.0
        g = (<Value>x).adjoint
        row = &ROWS[(<Value>x).row]
        if keep:
            (<Value>x).flags = SWEPT
            if to.n == 0:
                (<Value>x).adjoint += to.numbers[0]
        for k in range(to.n):
            x = to.operands[k]
            if x == NULL:
                continue
            if reached and (row.dense or has_slope(row, k, to.numbers[k])):
                send(x, g * to.numbers[k] if g != 0.0 else 0.0)
            if not (keep and single(x)):
                (<Value>x).uses -= 1
                if (<Value>x).uses:
                    continue
            if top != NULL:
                ready[waiting] = top
                waiting += 1
            top = x


cdef inline bint has_slope(Row *row, Py_ssize_t k, double partial) noexcept:
    """As ``reading.edges``: no slope into a condition, into a branch not taken or out of a step."""
    cdef bint fixed = row.static != 0 and row.static >> k & 1
    return not (fixed or (row.choice and partial == 0.0))


cdef inline void send(PyObject *x, double term) noexcept:
    """Add a term to the adjoint of a node."""
    if (<Value>x).flags & REACHED:
        (<Value>x).adjoint += term
    else:
        (<Value>x).adjoint = term
        (<Value>x).flags |= REACHED


cdef int backward(Value root, double seed) except -1:
    cdef Found found
    cdef PyObject **ready
    cdef Py_ssize_t waiting
    find_current(&found, (root,), False)
    waiting = begin(&found, &ready)
    send(<PyObject *>root, seed)
    pull(ready, waiting, True)
    PyMem_Free(ready)
    PyMem_Free(found.marked.at)
    return 0


def adjoints(dict seeds, list leaves):
    """The adjoint of each leaf, for seeds that are floats. No grad changes."""
    cdef Found found
    cdef list nodes = list(seeds), numbers = list(map(float, seeds.values()))
    find_current(&found, tuple(nodes), True)
    return adjoints_of(&found, nodes, numbers, leaves)


cdef list adjoints_of(Found *found, list nodes, list numbers, list leaves):
    """As ``adjoints``, if ``find`` has found the nodes already."""
    cdef PyObject **ready
    cdef double *grads
    cdef double *found_here
    cdef PyObject *x
    cdef Py_ssize_t i, waiting, n = len(leaves)
    waiting = begin(found, &ready)
    grads = <double *>PyMem_Malloc((found.size + n) * sizeof(double))
    if grads == NULL:
        PyMem_Free(ready)
        forget(&found.marked)
        raise MemoryError
    found_here = grads + found.size
    for i in range(found.size):  # from here on, nothing raises until the grads are restored
        grads[i] = (<Value>found.marked.at[i]).adjoint
    for i in range(len(nodes)):
        send(<PyObject *>nodes[i], PyFloat_AS_DOUBLE(numbers[i]))
    pull(ready, waiting, False)
    for i in range(n):
        x = <PyObject *>leaves[i]
        found_here[i] = (<Value>x).adjoint if (<Value>x).flags & REACHED else 0.0
    for i in range(found.size):
        (<Value>found.marked.at[i]).adjoint = grads[i]
    PyMem_Free(ready)
    forget(&found.marked)
    try:
        numbers = [None] * n
        for i in range(n):
            numbers[i] = found_here[i]
        return numbers
    finally:
        PyMem_Free(grads)
