"""From operands to a node: the row's function is called, and a node is made of what it returns."""

cdef type ieee = None  # the type of the floats that a rule meets at a pole


cdef inline int operand(object x, double *number) noexcept:
    """Store x's number. Return 1 for a Value, 0 for a constant, -1 if Python should look at x."""
    if type(x) is Value:
        number[0] = (<Value>x)._number
        return 1
    if type(x) is float:
        number[0] = PyFloat_AS_DOUBLE(x)
        return 0
    return other_operand(x, number)


cdef int other_operand(object x, double *number) noexcept:
    cdef bint open_to_change = Py_TYPE(x).tp_flags & Py_TPFLAGS_HEAPTYPE
    if type(x) is int:
        try:
            number[0] = PyLong_AsDouble(x)
        except OverflowError:
            return -1
        return 0
    if isinstance(x, Value):
        number[0] = (<Value>x)._number
        return 1
    if isinstance(x, float) and (not open_to_change or type(x) is ieee):  # a float64, or an Ieee
        number[0] = PyFloat_AS_DOUBLE(x)
        return 0
    return -1


cdef int refused() except -1:
    """Clear the error with which a row's function asked for Python.

    Any error but a ValueError or an ArithmeticError is raised.
    """
    if PyErr_Occurred() != NULL:
        if not (PyErr_ExceptionMatches(ValueError) or PyErr_ExceptionMatches(ArithmeticError)):
            return -1
        PyErr_Clear()
    return 0


cdef inline Value fresh(int row, double y):
    cdef Value node = new_node()
    node._number = y
    node._time = next_time()
    node.row = <unsigned short>row
    if opened:
        put_in_scope(<PyObject *>node)
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
    """The node, or None if the recorder should make it. All functions down to ``attempt`` do so."""
    cdef double a
    if operand(x, &a) != 1:
        return None
    return unary_node(row, function, x, a)


cdef inline Value unary_node(int row, Function function, object x, double a):
    cdef double y, d
    cdef Value node
    if not function(&a, &y, &d):
        refused()
        return None
    node = fresh(row, y)
    node.n = 1
    connect(&node.operands_[0], &node.numbers[0], 1, x, a, d)
    return node


cdef inline Value try_binary(int row, object a, object b):
    cdef double x[2]
    cdef int left = operand(a, &x[0]), right = operand(b, &x[1])
    if (left | right) != 1:
        return None
    return binary_node(row, a, left, b, right, x)


cdef inline Value binary_node(int row, object a, int left, object b, int right, const double *x):
    """The node of a row of two operands, whose numbers are in x.

    Args:
        left: 1 if a is a Value. 0 if a is a constant; then a itself is not looked at.
        right: The same for b.
    """
    cdef double d[2]
    cdef double y
    cdef Value node
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
    cdef int i = operand(a, &x[0]), j = operand(b, &x[1]), k = operand(c, &x[2])
    if (i | j | k) != 1:
        return None
    return ternary_node(row, a, i, b, j, c, k, x)


cdef Value ternary_node(
    int row, object a, int i, object b, int j, object c, int k, const double *x
):
    cdef double d[3]
    cdef double y
    cdef Edges to
    cdef Value node
    if not ROWS[row].function(x, &y, d):
        refused()
        return None
    node = fresh(row, y)
    widen(node, 3)
    to = edges(<PyObject *>node)
    connect(&to.operands[0], &to.numbers[0], i, a, x[0], d[0])
    connect(&to.operands[1], &to.numbers[1], j, b, x[1], d[1])
    connect(&to.operands[2], &to.numbers[2], k, c, x[2], d[2])
    return node


cdef Value try_vectors(int row, tuple vectors):
    """The node of a row of vectors, or None. Python computes most of these rows, on lists."""
    cdef Py_ssize_t i = 0, n = -1
    cdef int kind, kinds = 0
    cdef Edges to
    cdef Value node
    for vector in vectors:
        if type(vector) not in (list, tuple) or n not in (-1, len(vector)):
            return None
        n = len(vector)
    node = fresh(row, 0.0)
    widen(node, n * len(vectors))
    to = edges(<PyObject *>node)
    for vector in vectors:
        for x in vector:
            kind = operand(x, &to.numbers[i])
            if kind < 0:
                return None
            kinds |= kind
            connect(&to.operands[i], &to.numbers[i], kind, x, to.numbers[i], to.numbers[i])
            i += 1
    if kinds != 1:
        return None
    if row == row_dot:
        node._number = turn_into_dot(to)
    elif row == row_sum:
        node._number = turn_into_sum(to)
    elif not compute_in_python(node, len(vectors)):
        return None
    return node


cdef double turn_into_sum(Edges to) noexcept:
    """The sum of a node's numbers, of which those beside Values become partials."""
    cdef double y = to.numbers[0]
    cdef Py_ssize_t i
    for i in range(1, to.n):
        y += to.numbers[i]
    for i in range(to.n):
        if to.operands[i] != NULL:
            to.numbers[i] = 1.0
    return y


cdef double turn_into_dot(Edges to) noexcept:
    """The same for the product of the two halves of a node's numbers."""
    cdef Py_ssize_t i, n = to.n // 2
    cdef double *a = to.numbers
    cdef double *b = a + n
    cdef double y = a[0] * b[0], one
    for i in range(1, n):
        y += a[i] * b[i]
    for i in range(n):
        one = a[i]
        if to.operands[i] != NULL:
            a[i] = b[i]
        if to.operands[n + i] != NULL:
            b[i] = one
    return y


cdef bint compute_in_python(Value node, Py_ssize_t vectors) except -1:
    """Whether Python's functions gave the node of a row of vectors its number and its partials."""
    cdef Edges to = edges(<PyObject *>node)
    cdef Py_ssize_t i = 0, k, n = to.n // vectors
    cdef list given = [], one
    for k in range(vectors):
        one = [None] * n
        for i in range(n):
            one[i] = to.numbers[k * n + i]
        given.append(one)
    compute, rule = on_lists[node.row]
    try:
        node._number = float(compute(*given))
        slopes = rule(node._number, *given)
    except (ValueError, ArithmeticError):
        return False
    i = 0
    for slope in slopes:
        for partial in slope:
            if to.operands[i] != NULL:
                to.numbers[i] = partial
            i += 1
    return True


cdef object unary "record_unary" (int row, Function function, object x):
    cdef Value node = try_unary(row, function, x)
    return node if node is not None else RECORDERS[row](x)


cdef object binary(int row, object a, object b):
    cdef Value node = try_binary(row, a, b)
    return node if node is not None else RECORDERS[row](a, b)


cdef Value attempt(int row, tuple operands):
    """The node of a row at these operands, or None if the recorder should make it."""
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


cdef int link(Value node, int row, tuple operands, tuple partials) except -1:
    """Turn a node into what the row computed from these operands, with a partial for each Value.

    If row, operands and partials don't go together, the node is left as it was.
    """
    cdef Edges to
    cdef Py_ssize_t i, k = 0, n = len(operands)
    cdef Py_ssize_t values = 0
    for x in operands:
        values += isinstance(x, Value)
    cdef bint counted = ROWS[row].vectors or n == ROWS[row].arity
    if not counted or len(partials) < values:
        raise TypeError(
            f"{PRIMITIVES[row].name}: expected {ROWS[row].arity if not counted else n} operands, and "
            f"a partial for each of {values} Values; got {n} and {len(partials)}"
        )
    cdef double *numbers = <double *>room(n, sizeof(double))
    try:
        for i in range(n):
            x = operands[i]
            if isinstance(x, Value):
                numbers[i], k = partials[k], k + 1
            else:
                numbers[i] = x
        widen(node, n)
        node.row = <unsigned short>row
        to = edges(<PyObject *>node)
        for i in range(n):
            x = operands[i]
            connect(&to.operands[i], &to.numbers[i], isinstance(x, Value), x, numbers[i], numbers[i])
    finally:
        PyMem_Free(numbers)
    return 0


def linked(row, double data, operands, tuple parents, tuple slopes):
    """As ``value.linked``."""
    cdef Value node = fresh(0, data)
    link(node, number_of(row), operands if type(operands) is tuple else (*parents, operands), slopes)
    return node
