/* libmvec's functions, by hidden functions of the same names in the vector ABI. Each calls glibc's if
   libmvec has it, and else the scalar function for one number after the other. */

#include <dlfcn.h>
#include <immintrin.h>
#include <math.h>

#define HIDDEN __attribute__((visibility("hidden")))
#define UNARY_OF(isa, letter, lanes, type, f)                                                      \
    static type (*isa##_##f)(type);                                                                \
    HIDDEN __attribute__((target(#isa))) type _ZGV##letter##N##lanes##v_##f(type x)                \
    {                                                                                              \
        if (isa##_##f)                                                                             \
            return isa##_##f(x);                                                                   \
        for (int i = 0; i < lanes; i++)                                                            \
            x[i] = f(x[i]);                                                                        \
        return x;                                                                                  \
    }
#define BINARY_OF(isa, letter, lanes, type, f)                                                     \
    static type (*isa##_##f)(type, type);                                                          \
    HIDDEN __attribute__((target(#isa))) type _ZGV##letter##N##lanes##vv_##f(type x, type y)       \
    {                                                                                              \
        if (isa##_##f)                                                                             \
            return isa##_##f(x, y);                                                                \
        for (int i = 0; i < lanes; i++)                                                            \
            x[i] = f(x[i], y[i]);                                                                  \
        return x;                                                                                  \
    }
#define UNARY(f)                                                                                   \
    UNARY_OF(sse2, b, 2, __m128d, f)                                                               \
    UNARY_OF(avx2, d, 4, __m256d, f)                                                               \
    UNARY_OF(avx512f, e, 8, __m512d, f)
#define BINARY(f)                                                                                  \
    BINARY_OF(sse2, b, 2, __m128d, f)                                                              \
    BINARY_OF(avx2, d, 4, __m256d, f)                                                              \
    BINARY_OF(avx512f, e, 8, __m512d, f)
#include "mvec.h"
#undef UNARY
#undef BINARY

/* Look the functions up. Returns how many there are, of each set of instructions. */
int micrograph_find_mvec(void)
{
    int found = 0;
    void *library = dlopen("libmvec.so.1", RTLD_NOW);
    if (!library)
        return 0;
#define FOUND(isa, letter, lanes, v, f)                                                            \
    *(void **)&isa##_##f = dlsym(library, "_ZGV" #letter "N" #lanes #v "_" #f);                    \
    found += isa##_##f != 0;
#define UNARY(f)                                                                                   \
    FOUND(sse2, b, 2, v, f) FOUND(avx2, d, 4, v, f) FOUND(avx512f, e, 8, v, f)
#define BINARY(f)                                                                                  \
    FOUND(sse2, b, 2, vv, f) FOUND(avx2, d, 4, vv, f) FOUND(avx512f, e, 8, vv, f)
#include "mvec.h"
    return found / 3;
}
