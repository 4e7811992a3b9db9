"""The recorded partials of a node: by a tape of the row if there is one, else by its rule."""

cdef object taped  # tapes.taped
cdef object value  # recording.VALUE


def record_rules(by_tape, in_python):
    """Learn the function that makes a tape, and the namespace that runs a rule in Python."""
    global taped, value
    taped, value = by_tape, in_python


cdef enum:
    SLOTS = 64  # the most slots that a tape has
    TAPES = 8  # the most tapes that a row has, if its rule chooses by a constant

cdef struct Step:
    int row, arity
    bint constant, checks  # whether all operands are constants; whether the rule chose by them
    double expected
    int places[3]  # the slots of the operands, -1 for a number
    double numbers[3]

cdef struct Tape:
    int n
    Step *steps
    int places[3]  # the slots of the partials, -1 for a number
    double numbers[3]
    Tape *next

cdef Tape *NO_TAPE = <Tape *>PyMem_Calloc(1, sizeof(Tape))

# By the number of a row, and a bit for each operand that is a Value. NULL until one is asked for.
cdef Tape **tapes = <Tape **>PyMem_Calloc(8 * PRINTED, sizeof(Tape *))


cdef enum:
    RECORDED, REFUSED, OTHERWISE  # done; a step asked for Python; the rule chose otherwise


@cython.final
@cython.internal
cdef class Partials:
    """Records the partials of a flat graph's nodes, one node after the other."""

    cdef Flat flat
    cdef Py_ssize_t i, n  # where the node stands, and how many operands it has
    cdef Row *row
    cdef bint *needed  # whether a slope in the operand is needed, of a row that is not dense
    cdef Py_ssize_t room  # for so many operands
    cdef Tape *tape  # NULL if Python found the partials
    cdef object found  # the partials that Python found
    cdef int used, first  # how many slots are filled; the first that holds a Value made here
    cdef PyObject *values[SLOTS]  # NULL for constants
    cdef double numbers[SLOTS]

    def __dealloc__(self):
        self.clear()
        PyMem_Free(self.needed)

    cdef void clear(self) noexcept:
        while self.used > self.first:
            self.used -= 1
            Py_XDECREF(self.values[self.used])
        self.used = self.first = 0

    cdef bint take(self, Flat flat, Py_ssize_t i) except -1:
        """Whether the node has a slope in an active operand; if so, its partials are recorded."""
        cdef Value node = flat.order[i]
        cdef Edges to = edges(<PyObject *>node)
        cdef Py_ssize_t k
        self.flat, self.i, self.n = flat, i, flat.start[i + 1] - flat.start[i]
        self.row = &ROWS[node.row]
        if to.n != self.n:
            raise RuntimeError("a node was changed while its graph was swept")
        if not self.meet(to):
            return False
        self.clear()
        self.found = None
        self.tape = NULL
        if node.row < PRINTED and not self.row.vectors:
            self.run_tape(node)
        if self.tape == NULL:
            self.found = value.partials(node.op, node, node.operands)
        return True

    cdef bint meet(self, Edges to) except -1:
        """Note in which operands a slope is needed. Return whether in any."""
        cdef Py_ssize_t k
        cdef bint any_needed = False
        cdef bint *wider
        cdef set needed = set()
        if self.row.dense:
            for k in range(self.n):
                if self.is_active(k):
                    return True
            return False
        if self.n > self.room:
            wider = <bint *>PyMem_Realloc(self.needed, self.n * sizeof(bint))
            if wider == NULL:
                raise MemoryError
            self.needed, self.room = wider, self.n
        for k in range(self.n):
            self.needed[k] = self.is_active(k) and has_slope(self.row, k, to.numbers[k])
            if self.needed[k]:
                any_needed = True
                needed.add(<size_t>to.operands[k])
        for k in range(self.n):  # if a node is an operand twice, both places
            if to.operands[k] != NULL and <size_t>to.operands[k] in needed:
                self.needed[k] = True
        return any_needed

    cdef inline bint is_active(self, Py_ssize_t k) noexcept:
        cdef Py_ssize_t j = self.flat.to[self.flat.start[self.i] + k]
        return j >= 0 and self.flat.active[j]

    cdef inline bint wanted(self, Py_ssize_t k):
        """Whether the sweep goes on into the k-th operand."""
        if self.row.dense:
            return self.is_active(k)
        if not self.needed[k]:
            return False
        if self.row.choice:  # not into a condition
            d = self.at(k)
            return isinstance(d, Value) or d
        return True

    cdef inline object at(self, Py_ssize_t k):
        """The partial by the k-th operand: a Value or a number."""
        if self.tape == NULL:
            return self.found[k]
        cdef int place = self.tape.places[k]
        if place < 0:
            return self.tape.numbers[k]
        if self.values[place] != NULL:
            return <object>self.values[place]
        return self.numbers[place]

    cdef int run_tape(self, Value node) except -1:
        """Record by the first tape that fits, and note the tape. If none fits, Python records."""
        cdef Edges to = edges(<PyObject *>node)
        cdef Py_ssize_t k
        cdef int mask = 0, tried = 0
        cdef Tape **place
        for k in range(to.n):
            mask |= (to.operands[k] != NULL) << k
        place = &tapes[8 * node.row + mask]
        while tried < TAPES:
            if place[0] == NULL:
                place[0] = tape_of(node, to)
            if place[0] == NO_TAPE:
                return 0
            answer = self.follow(place[0], node, to)
            if answer == RECORDED:
                self.tape = place[0]
            if answer != OTHERWISE:
                return 0
            self.clear()
            place = &place[0].next
            tried += 1
        return 0

    cdef inline void put(self, PyObject *value, double number) noexcept:
        """Fill the next slot."""
        self.values[self.used] = value
        self.numbers[self.used] = number
        self.used += 1

    cdef int follow(self, Tape *tape, Value node, Edges to) except -1:
        """Take the steps of a tape, one after the other."""
        cdef Step *step
        cdef double x[3]
        cdef double d[3]
        cdef PyObject *operands[3]
        cdef double y
        cdef Py_ssize_t s, k
        cdef Value made
        self.put(<PyObject *>node, node._number)  # the graph keeps these alive
        for k in range(to.n):
            if to.operands[k] != NULL:
                self.put(to.operands[k], (<Value>to.operands[k])._number)
            else:
                self.put(NULL, to.numbers[k])
        self.first = self.used
        for s in range(tape.n):
            step = &tape.steps[s]
            for k in range(step.arity):
                operands[k] = self.values[step.places[k]] if step.places[k] >= 0 else NULL
                x[k] = self.numbers[step.places[k]] if step.places[k] >= 0 else step.numbers[k]
            if step.constant:
                if not ROWS[step.row].function(x, &y, d):
                    refused()
                    return REFUSED
                if step.checks and y != step.expected:
                    return OTHERWISE
                self.put(NULL, y)
                continue
            if step.arity == 1:
                made = unary_node(
                    step.row, ROWS[step.row].function, <object>operands[0], x[0]
                )
            elif step.arity == 2:
                made = binary_node(
                    step.row, or_none(operands[0]), operands[0] != NULL,
                    or_none(operands[1]), operands[1] != NULL, x,
                )
            else:
                made = ternary_node(
                    step.row, or_none(operands[0]), operands[0] != NULL,
                    or_none(operands[1]), operands[1] != NULL,
                    or_none(operands[2]), operands[2] != NULL, x,
                )
            if made is None:
                return REFUSED
            Py_INCREF(made)
            self.put(<PyObject *>made, made._number)
        return RECORDED


cdef inline object or_none(PyObject *x):
    return <object>x if x != NULL else None


cdef Tape *tape_of(Value node, Edges to) except NULL:
    """A new tape of a node's rule, or NO_TAPE if there can be none."""
    cdef Tape *tape
    cdef Py_ssize_t k
    cdef list operands = [None] * to.n
    for k in range(to.n):
        operands[k] = None if to.operands[k] != NULL else to.numbers[k]
    found = taped(node.op, operands)
    if found is None:
        return NO_TAPE
    steps, partials = found
    for row, _, _ in steps:
        if NUMBERS[row] >= PRINTED:
            return NO_TAPE
    if len(steps) + 1 + to.n > SLOTS:
        return NO_TAPE
    tape = <Tape *>room(1, sizeof(Tape))
    tape.n = len(steps)
    for k in range(to.n):
        set_place(partials[k], &tape.places[k], &tape.numbers[k])
    tape.steps = <Step *>PyMem_Calloc(tape.n + 1, sizeof(Step))
    if tape.steps == NULL:
        PyMem_Free(tape)
        raise MemoryError
    constants = set()
    for k in range(to.n):
        if to.operands[k] == NULL:
            constants.add(k + 1)
    for k in range(tape.n):
        set_step(&tape.steps[k], steps[k], constants, 1 + to.n + k)
    return tape


cdef int set_step(Step *step, found, set constants, place) except -1:
    row, operands, expected = found
    step.row, step.arity = NUMBERS[row], len(operands)
    step.constant, step.checks = True, expected is not None
    if step.checks:
        step.expected = expected
    for k, x in enumerate(operands):
        set_place(x, &step.places[k], &step.numbers[k])
        if type(x) is int and x not in constants:
            step.constant = False
    if step.constant:
        constants.add(place)
    return 0


cdef int set_place(x, int *place, double *number) except -1:
    if type(x) is int:
        place[0] = x
    else:
        place[0] = -1
        number[0] = x
    return 0
