/* A tape, run for one point by the scalar functions of C's library. */

#include "blocks.h"

#define INLINE static inline
#if defined(__GNUC__)
#define UNUSED __attribute__((unused))
#endif
#include "_kernels.h"

#define NUMBER(name, arity) OP_##name,
enum { EACH_KERNEL(NUMBER) EACH_BOTH(NUMBER) KERNELS };
#define NAME(name, arity) #name,
#define REDUCED(name, vectors) #name,
const char *const micrograph_kernel_names[] = {EACH_KERNEL(NAME) EACH_BOTH(NAME) 0};
const char *const micrograph_reduced_names[] = {EACH_REDUCED(REDUCED) 0};
const char *const micrograph_kernels_fingerprint = KERNELS_FINGERPRINT;

#define REDUCED_NUMBER(name, vectors) REDUCED_##name,
enum { EACH_REDUCED(REDUCED_NUMBER) REDUCTIONS };

/* v: the number at each slot. A slot that is a vector goes on in the places after it.
   table: of PICK, the places of the elements. */
void micrograph_point(const Step *steps, Size count, const Size *table, double *v)
{
    for (const Step *t = steps, *end = steps + count; t < end; t++)
        switch (t->op) {
#define CALLED_1 v[t->a]
#define CALLED_2 v[t->a], v[t->b]
#define CALLED_3 v[t->a], v[t->b], v[t->c]
#define CALLED_4 v[t->a], v[t->b], v[t->c], v[t->d]
#define CASE(name, arity)                                                                          \
    case OP_##name: v[t->y] = at_##name(CALLED_##arity); break;
            EACH_KERNEL(CASE)
#define CASE_BOTH(name, arity)                                                                     \
    case OP_##name: at_##name(CALLED_##arity, v + t->y, v + t->d); break;
            EACH_BOTH(CASE_BOTH)
        case KERNELS + PICK:
            for (int q = 0; q < t->width; q++)
                v[t->y + q] = v[table[t->at + 3 * q]];
            break;
#define VECTORS_1 v + t->a
#define VECTORS_2 v + t->a, v + t->b
#define CASE_REDUCED(name, vectors)                                                                \
    case KERNELS + SPECIAL + REDUCED_##name:                                                       \
        v[t->y] = k_##name(VECTORS_##vectors, (int)table[t->at + 2]);                              \
        break;
            EACH_REDUCED(CASE_REDUCED)
        default: break;
        }
}
