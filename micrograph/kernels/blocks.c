/* Tapes, run over blocks of points. This file is compiled once for each set of instructions (ISA).

   Blocks are of a multiple of 8 points, so that every number goes through the same instructions: its
   bits depend neither on its place nor on how many there are. */

#include "blocks.h"

#define JOINED(a, b) a##b
#define NAMED(a, b) JOINED(a, b)

/* The functions of glibc's libmvec, by their names in the vector ABI; mvec.c fills them in. */
#ifdef MVEC
#define SIMD __attribute__((simd("notinbranch")))
#define UNARY(f) SIMD double f(double);
#define BINARY(f) SIMD double f(double, double);
#include "mvec.h"
#undef UNARY
#undef BINARY
#endif

#if defined(__GNUC__)
#define INLINE static inline __attribute__((always_inline, unused))
#define UNUSED __attribute__((unused))
#define PREFETCH(p) __builtin_prefetch(p, 0, 2)
#else
#define INLINE static __forceinline
#define UNUSED
#define PREFETCH(p) ((void)(p))
#define restrict __restrict
#endif

#include "_kernels.h"

/* 8 doubles to an address that 64 divides, past the caches. */
#if defined(__AVX512F__)
#include <immintrin.h>
#define SEND(to, from) _mm512_stream_pd(to, _mm512_loadu_pd(from))
#elif defined(__SSE2__) || defined(_M_X64)
#include <emmintrin.h>
#define SEND(to, from)                                                                             \
    do                                                                                             \
        for (int q = 0; q < 8; q += 2)                                                             \
            _mm_stream_pd((to) + q, _mm_loadu_pd((from) + q));                                     \
    while (0)
#endif

/* Copy n doubles past the caches, which they would fill though nobody needs them soon. What is
   written there is not read from memory first. */
static void send(double *restrict to, const double *restrict from, Size n)
{
    Size i = 0;
#ifdef SEND
    for (; i < n && (size_t)(to + i) % 64; i++)
        to[i] = from[i];
    for (; i + 8 <= n; i += 8)
        SEND(to + i, from + i);
#endif
    for (; i < n; i++)
        to[i] = from[i];
}

typedef void (*Kernel)(Size, double *restrict, const double *, const double *, const double *,
                       const double *);

/* n is a multiple of 8 */
#define OVER(name, arity)                                                                          \
    static void over_##name(Size n, double *restrict y, const double *pa, const double *pb,        \
                            const double *pc, const double *pd)                                    \
    {                                                                                              \
        (void)pb, (void)pc, (void)pd;                                                              \
        n &= ~(Size)7;                                                                                  \
        for (Size i = 0; i < n; i++)                                                               \
            y[i] = at_##name(CALLED_##arity);                                                      \
    }
/* two results: the second is in place of the fourth operand */
#define OVER_BOTH(name, arity)                                                                     \
    static void over_##name(Size n, double *restrict y, const double *pa, const double *pb,        \
                            const double *pc, const double *pd)                                    \
    {                                                                                              \
        double *restrict second = (double *)pd;                                                    \
        (void)pb, (void)pc;                                                                        \
        n &= ~(Size)7;                                                                             \
        for (Size i = 0; i < n; i++) {                                                             \
            double more;                                                                           \
            at_##name(CALLED_##arity, y + i, &more);                                               \
            second[i] = more;                                                                      \
        }                                                                                          \
    }
#define CALLED_1 pa[i]
#define CALLED_2 pa[i], pb[i]
#define CALLED_3 pa[i], pb[i], pc[i]
#define CALLED_4 pa[i], pb[i], pc[i], pd[i]
EACH_KERNEL(OVER)
EACH_BOTH(OVER_BOTH)

#define POINTER(name, arity) over_##name,
static const Kernel OVERS[] = {EACH_KERNEL(POINTER) EACH_BOTH(POINTER)};

/* Rows of vectors: the elements of each point lie side by side. */
typedef void (*Reduction)(Size, double *, const double *, const double *, Size, Size, int);
#define REDUCE(name, vectors)                                                                      \
    static void reduce_##name(Size n, double *y, const double *a, const double *b, Size step_a,    \
                              long step_b, int width)                                              \
    {                                                                                              \
        (void)b, (void)step_b;                                                                     \
        for (Size i = 0; i < n; i++)                                                               \
            y[i] = k_##name(VECTORS_##vectors, width);                                             \
    }
#define VECTORS_1 a + i * step_a
#define VECTORS_2 a + i * step_a, b + i * step_b
EACH_REDUCED(REDUCE)
#define REDUCTION(name, vectors) reduce_##name,
static const Reduction REDUCTIONS[] = {EACH_REDUCED(REDUCTION)};

enum { KERNELS = sizeof OVERS / sizeof *OVERS };

/* y[i, q] = the element q of a vector that is gathered from several slots.
   table: for each q a slot, how far it moves a point, and the element. */
static void pick(const Tape *tape, const Step *t, Size n)
{
    const Size *table = tape->table + t->at;
    const Size width = t->width;
    double *y = tape->slot[t->y];
    for (Size q = 0; q < width; q++, table += 3) {
        const double *x = tape->slot[table[0]] + table[2];
        const Size step = table[1];
        for (Size i = 0; i < n; i++)
            y[i * width + q] = x[i * step];
    }
}

#define WIDE 2048

/* 8 doubles, as one number. What lies beyond a vector's end is read with it where there is room. */
#ifdef __GNUC__
typedef double Lanes __attribute__((vector_size(64), aligned(8), may_alias));
typedef long long Mask __attribute__((vector_size(64), aligned(8), may_alias));
#define AT(p) (*(const Lanes *)(p))
#ifdef __AVX512F__ /* so many lots of lanes find room in the registers */
#define ROWS 8
#elif defined(__AVX__)
#define ROWS 4
#else
#define ROWS 2
#endif
#if defined(__clang__) || __GNUC__ >= 12
#define MIXED(a, b, ...) __builtin_shufflevector(a, b, __VA_ARGS__)
#else
#define MIXED(a, b, ...) __builtin_shuffle(a, b, (Mask){__VA_ARGS__})
#endif

/* A mask of the first lanes, so many of them. */
static const long long SOME[16] = {-1, -1, -1, -1, -1, -1, -1, -1};
#define FIRST(lanes) (*(const Mask *)(SOME + 8 - (lanes)))

/* Of 8 lots of lanes, the sum of each lot. */
INLINE Lanes added(const Lanes *v)
{
#define PAIRED(a, b) (MIXED(a, b, 0, 8, 2, 10, 4, 12, 6, 14) + MIXED(a, b, 1, 9, 3, 11, 5, 13, 7, 15))
#define FOURS(a, b) (MIXED(a, b, 0, 1, 8, 9, 4, 5, 12, 13) + MIXED(a, b, 2, 3, 10, 11, 6, 7, 14, 15))
    const Lanes ab = PAIRED(v[0], v[1]), cd = PAIRED(v[2], v[3]), ef = PAIRED(v[4], v[5]),
                gh = PAIRED(v[6], v[7]), abcd = FOURS(ab, cd), efgh = FOURS(ef, gh);
    return MIXED(abcd, efgh, 0, 1, 2, 3, 8, 9, 10, 11) +
           MIXED(abcd, efgh, 4, 5, 6, 7, 12, 13, 14, 15);
}

/* The dot products of 8 points. step_a, step_b: how far a and b move a point. ahead: if not 0, how
   far ahead to fetch what comes next. */
INLINE Lanes products(const double *a, Size step_a, const double *b, Size step_b, Size d,
                      Size ahead)
{
    Lanes sum[8] = {{0}};
    for (int first = 0; first < 8; first += ROWS) {
        Size j = 0;
        for (; j + 8 <= d; j += 8) {
            const Lanes shared = AT(b + j);
            for (int r = first; r < first + ROWS; r++) {
                const double *x = a + r * step_a + j;
                sum[r] += AT(x) * (step_b ? AT(b + r * step_b + j) : shared);
                if (ahead)
                    PREFETCH(x + ahead);
            }
        }
        if (j < d) {
            const Mask some = FIRST(d - j);
            for (int r = first; r < first + ROWS; r++) {
                const Lanes x = AT(a + r * step_a + j), y = AT(b + r * step_b + j);
                sum[r] += (Lanes)((Mask)x & some) * (Lanes)((Mask)y & some);
            }
        }
    }
    return added(sum);
}

/* How many points after 8 of them are read with their vectors of length d. */
INLINE Size points_beyond(Size d, Size step)
{
    const Size beyond = ((d + 7) & ~(Size)7) - d;
    return step ? (beyond + step - 1) / step : 0; /* what is shared has room for 8 more */
}
#endif

static double product(const double *a, const double *b, Size n)
{
    double sum[8] = {0};
    Size j = 0;
    for (; j + 8 <= n; j += 8)
        for (int q = 0; q < 8; q++)
            sum[q] += a[j + q] * b[j + q];
    for (int q = 0; j < n; j++, q++)
        sum[q] += a[j] * b[j];
    return ((sum[0] + sum[1]) + (sum[2] + sum[3])) + ((sum[4] + sum[5]) + (sum[6] + sum[7]));
}

/* y[i, r] = the dot product of line r of a and of b at the point i.
   table: the length, then for a and b how far they move a point and a line. */
static void dot(const Tape *tape, const Step *t, Size n, Size room)
{
    const Size *table = tape->table + t->at;
    const Size d = table[0], k = t->width, step_a = table[1], step_b = table[3];
    const double *a = tape->slot[t->a], *b = tape->slot[t->b];
    double *y = tape->slot[t->y];
    for (Size r = 0; r < k; r++, a += table[2], b += table[4], y++) {
        Size i = 0;
#ifdef __GNUC__
        const Size by_a = points_beyond(d, step_a), by_b = points_beyond(d, step_b);
        const Size needs = by_a > by_b ? by_a : by_b;
        if (d == 2 && step_a == 2 && step_b == 0) /* without a sum of lanes, to the same bits */
            for (; i + 8 <= n; i += 8) {
                const Lanes low = AT(a + 2 * i), high = AT(a + 2 * i + 8);
                const Lanes found = MIXED(low, high, 0, 2, 4, 6, 8, 10, 12, 14) * b[0] +
                                    MIXED(low, high, 1, 3, 5, 7, 9, 11, 13, 15) * b[1] + 0.0;
                for (int q = 0; q < 8; q++)
                    y[(i + q) * k] = found[q];
            }
        const Size ahead = n * step_a > WIDE ? n * step_a : 0;
        for (; i + 8 <= n && i + 8 + needs <= n + room; i += 8) {
            const Lanes found = products(a + i * step_a, step_a, b + i * step_b, step_b, d,
                                         ahead);
            for (int q = 0; q < 8; q++)
                y[(i + q) * k] = found[q];
        }
#endif
        for (; i < n; i++)
            y[i * k] = product(a + i * step_a, b + i * step_b, d);
    }
}

/* What k adjoints of one point add to the sums over the points. If 0 is strong, an adjoint of 0 adds
   nothing, whatever x is. */
static void add_line(double *restrict sum, const double *g, const double *x, Size k, Size d,
                     int strong)
{
    for (Size r = 0; r < k; r++, sum += d) {
        const double by = g[r];
        if (by != 0.0 || !strong)
            for (Size j = 0; j < d; j++)
                sum[j] += by * x[j];
    }
}

#ifdef __GNUC__
/* The sum over n points of g[i] * x[i, 0 … 7]. */
INLINE Lanes summed(const double *g, Size dg, const double *x, Size dx, Size n)
{
    Lanes sum[4] = {{0}};
    for (Size i = 0; i < n; i += 4)
        for (int q = 0; q < 4; q++)
            sum[q] += g[(i + q) * dg] * AT(x + (i + q) * dx);
    return (sum[0] + sum[1]) + (sum[2] + sum[3]);
}
#endif

/* sum[r, j] += the sum over the points of g[i, r] * x[i, j].
   table: the width of x, how far g and x move a point, whether 0 is strong.

   An adjoint of 0 adds 0 to a sum, if x is finite. So the strong zero matters only where a sum is
   not finite: then it is made again, point by point. */
static void add_products(const Tape *tape, const Step *t, Size n, Size room)
{
    const Size *table = tape->table + t->at;
    const Size d = table[0], k = t->width, dg = table[1], dx = table[2];
    const int strong = table[3] != 0;
    double *sum = tape->slot[t->y];
    const double *g = tape->slot[t->a], *x = tape->slot[t->b];
    Size i = 0;
#ifdef __GNUC__
    const Size needs = points_beyond(d, dx);
    i = (n + room - needs < n ? n + room - needs : n) & ~(Size)3;
    i = i > 0 ? i : 0;
    for (Size r = 0; r < k && i; r++)
        for (Size j = 0; j < d; j += 8) {
            const Lanes found = summed(g + r, dg, x + j, dx, i);
            const Size width = d - j < 8 ? d - j : 8;
            const Mask finite = (found - found == 0.0) | ~FIRST(width);
            double *to = sum + r * d + j;
            long long all = -1;
            for (int q = 0; q < 8; q++)
                all &= finite[q];
            if (!all && strong)
                for (Size point = 0; point < i; point++)
                    add_line(to, g + point * dg + r, x + point * dx + j, 1, width, 1);
            else if (width == 8)
                *(Lanes *)to += found;
            else
                for (Size q = 0; q < width; q++)
                    to[q] += found[q];
        }
#endif
    for (; i < n; i++)
        add_line(sum, g + i * dg, x + i * dx, k, d, strong);
}

/* sum[j] += the sum over the points of x[i, j], or of -x[i, j]. table: how far x moves, the sign. */
static void add_up(const Tape *tape, const Step *t, Size n)
{
    const Size *table = tape->table + t->at;
    const Size step = table[0], width = t->width;
    const double sign = (double)table[1];
    double *sum = tape->slot[t->y];
    const double *x = tape->slot[t->a];
    if (width == 1 && step == 1) {
        double total = 0.0;
#pragma omp simd reduction(+ : total)
        for (Size i = 0; i < n; i++)
            total += x[i];
        *sum += sign * total;
        return;
    }
    for (Size i = 0; i < n; i++)
        for (Size j = 0; j < width; j++)
            sum[j] += sign * x[i * step + j];
}

/* A block of an array as doubles side by side.
   table: the kind of the numbers, and the bytes from a point, and from an element, to the next. */
static void gather(const Tape *tape, const Step *t, Size n, Size first)
{
    const Size *table = tape->table + t->at;
    const Size by_point = table[1], by_element = table[2], width = t->width;
    const char *x = (const char *)tape->base[t->a] + first * by_point;
    double *y = tape->slot[t->y];
#define FROM(type)                                                                                 \
    for (Size j = 0; j < width; j++)                                                               \
        for (Size i = 0; i < n; i++)                                                               \
            y[i * width + j] = (double)*(const type *)(x + i * by_point + j * by_element);
    switch (table[0]) {
    case 'd': FROM(double) break;
    case 'f': FROM(float) break;
    case 'b': FROM(signed char) break;
    case 'B': FROM(unsigned char) break;
    case 'h': FROM(short) break;
    case 'H': FROM(unsigned short) break;
    case 'i': FROM(int) break;
    case 'I': FROM(unsigned int) break;
    case 'l': FROM(long) break;
    case 'L': FROM(unsigned long) break;
    case 'q': FROM(long long) break;
    case 'Q': FROM(unsigned long long) break;
    }
}

/* Run the steps for the points first to last − 1, block by block. The numbers of a block may be
   computed for up to 7 points more than there are: the workspace has room for them.

   Meanwhile the next block is fetched: of single numbers at once, of the widest vectors some lines
   of the cache before each step, or, if a block is of more than WIDE doubles, by ``products``. So
   memory is busy while the processor computes. */
static void run(const Tape *tape, Size block, Size first, Size last)
{
    double **slot = tape->slot;
    Size widest = 0;
    for (Size s = 1; s < tape->slots; s++)
        if (tape->stride[s] > tape->stride[widest])
            widest = s;
    for (Size i = first; i < last; i += block) {
        const Size n = last - i < block ? last - i : block;
        const Size whole = (n + 7) & ~(Size)7;
        const Size room = last - i - n < 8 ? last - i - n : 8; /* points that may be read, too */
        const Step *t = tape->steps + (i > first ? tape->once : 0), *end = tape->steps + tape->count;
        const double *next = 0, *next_end = 0;
        Size lines = 0;
        for (Size s = 0; s < tape->slots; s++)
            slot[s] = tape->base[s] + tape->stride[s] * i;
        if (i + 2 * block <= last)
            for (Size s = 0; s < tape->slots; s++) {
                const Size size = tape->stride[s] * block;
                if (tape->stride[s] == 1)
                    for (Size q = 0; q < block; q += 8)
                        PREFETCH(slot[s] + block + q);
                else if (s == widest && size <= WIDE) {
                    next = slot[s] + size;
                    next_end = next + size;
                    lines = size / 8 / (end - t) + 1;
                }
            }
        for (; t < end; t++) {
            for (Size q = 0; q < lines && next < next_end; q++, next += 8)
                PREFETCH(next);
            if (t->op < KERNELS)
                OVERS[t->op](whole * t->width, slot[t->y], slot[t->a], slot[t->b], slot[t->c],
                             slot[t->d]);
            else
                switch (t->op - KERNELS) {
                case PICK: pick(tape, t, n); break;
                case DOT:
                    dot(tape, t, n, tape->stride[t->a] || tape->stride[t->b] ? room : 8);
                    break;
                case GATHER: gather(tape, t, n, i + tape->origin); break;
                case ADD_UP: add_up(tape, t, n); break;
                case ADD_PRODUCTS:
                    add_products(tape, t, n, tape->stride[t->b] ? room : 8);
                    break;
                default: {
                    const Size *table = tape->table + t->at;
                    REDUCTIONS[t->op - KERNELS - SPECIAL](n * t->width, slot[t->y], slot[t->a],
                                                          slot[t->b], table[0], table[1],
                                                          (int)table[2]);
                }
                }
        }
        for (Size s = 0; tape->sent && s < tape->slots; s++)
            if (tape->sent[s])
                send(tape->sent[s] + i, slot[s], n);
    }
#ifdef SEND
    if (tape->sent)
        _mm_sfence(); /* before other threads read what was sent */
#endif
}

#define TEXT(x) #x
#define QUOTED(x) TEXT(x)
const Blocks NAMED(micrograph_blocks_, ISA) = {QUOTED(ISA), run};
