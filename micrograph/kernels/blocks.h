/* What the kernels of one set of instructions offer to the extension. */
#ifndef MICROGRAPH_BLOCKS_H
#define MICROGRAPH_BLOCKS_H

#include <stddef.h>

typedef ptrdiff_t Size;

/* One step of a tape: an operation, and the slots of its result and its operands. A kernel is run
   over `width` numbers for each point. The operations beyond the kernels read `table` + `at`. */
typedef struct {
    int op, width, y, a, b, c, d, at;
} Step;

/* What a tape computes with. A slot is a place in memory that moves by `stride` doubles a point, or
   stays if its stride is 0. The first steps, `once` of them, are the same for every block. */
typedef struct {
    const Step *steps;
    Size once, count;
    Size origin; /* how many points come before point 0, for steps that gather */
    const Size *table;
    Size slots;
    double *const *base;
    const Size *stride;
    double **slot; /* of this thread: where the slots are for the block under way */
    double *const *sent; /* by slot: where its numbers go past the caches, or null; null if none */
} Tape;

typedef struct {
    const char *name;
    void (*run)(const Tape *tape, Size block, Size first, Size last);
} Blocks;

/* Operations that are no kernel of a row. Their numbers follow those of the kernels. */
enum { PICK, DOT, GATHER, ADD_UP, ADD_PRODUCTS, SPECIAL };

#endif
