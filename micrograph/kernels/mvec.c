/* libmvec's functions, by hidden functions of the same names in the vector ABI. Each calls glibc's if
   libmvec has it, and else the scalar function for one number after the other.

   This file is compiled once for each set of instructions (ISA), which sets how many numbers a vector
   has. */

#include <dlfcn.h>
#include <immintrin.h>
#include <math.h>

#define JOINED(a, b) a##b
#define NAMED(a, b) JOINED(a, b)
#define TEXT(x) #x
#define QUOTED(x) TEXT(x)

#if defined(__AVX512F__)
#define LANES 8
#define LETTERS(v, f) _ZGVeN8##v##_##f
typedef __m512d Lanes;
#elif defined(__AVX2__)
#define LANES 4
#define LETTERS(v, f) _ZGVdN4##v##_##f
typedef __m256d Lanes;
#else
#define LANES 2
#define LETTERS(v, f) _ZGVbN2##v##_##f
typedef __m128d Lanes;
#endif

#define HIDDEN __attribute__((visibility("hidden")))
#define UNARY(f)                                                                                   \
    static Lanes (*of_##f)(Lanes);                                                                 \
    HIDDEN Lanes LETTERS(v, f)(Lanes x)                                                            \
    {                                                                                              \
        if (of_##f)                                                                                \
            return of_##f(x);                                                                      \
        for (int i = 0; i < LANES; i++)                                                            \
            x[i] = f(x[i]);                                                                        \
        return x;                                                                                  \
    }
#define BINARY(f)                                                                                  \
    static Lanes (*of_##f)(Lanes, Lanes);                                                          \
    HIDDEN Lanes LETTERS(vv, f)(Lanes x, Lanes y)                                                  \
    {                                                                                              \
        if (of_##f)                                                                                \
            return of_##f(x, y);                                                                   \
        for (int i = 0; i < LANES; i++)                                                            \
            x[i] = f(x[i], y[i]);                                                                  \
        return x;                                                                                  \
    }
#include "mvec.h"
#undef UNARY
#undef BINARY

/* Look the functions up. Returns how many there are. */
int NAMED(micrograph_find_mvec_, ISA)(void)
{
    int found = 0;
    void *library = dlopen("libmvec.so.1", RTLD_NOW);
    if (!library)
        return 0;
#define FOUND(f, name)                                                                             \
    *(void **)&of_##f = dlsym(library, name);                                                      \
    found += of_##f != 0;
#define UNARY(f) FOUND(f, QUOTED(LETTERS(v, f)))
#define BINARY(f) FOUND(f, QUOTED(LETTERS(vv, f)))
#include "mvec.h"
    return found;
}
