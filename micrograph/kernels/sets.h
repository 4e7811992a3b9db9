/* The sets of instructions that the kernels were compiled for. */
#ifndef MICROGRAPH_SETS_H
#define MICROGRAPH_SETS_H

#include "blocks.h"

extern const char *const micrograph_kernel_names[], *const micrograph_reduced_names[];
extern const char *const micrograph_kernels_fingerprint;
void micrograph_point(const Step *steps, Size count, const Size *table, double *v);

extern const Blocks micrograph_blocks_baseline;
#ifdef X86_SETS
extern const Blocks micrograph_blocks_avx2, micrograph_blocks_avx512;
#endif

/* Look up glibc's functions of vectors. Returns how many there are. */
#ifdef MVEC
int micrograph_find_mvec_baseline(void), micrograph_find_mvec_avx2(void),
    micrograph_find_mvec_avx512(void);
static int micrograph_find_mvec(void)
{
    micrograph_find_mvec_avx2();
    micrograph_find_mvec_avx512();
    return micrograph_find_mvec_baseline();
}
#else
static int micrograph_find_mvec(void)
{
    return 0;
}
#endif

/* Those that this processor has, the best first, and 0. */
static const Blocks *const *micrograph_sets(void)
{
    static const Blocks *found[4];
    int n = 0;
#ifdef X86_SETS
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
        __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl"))
        found[n++] = &micrograph_blocks_avx512;
    if (__builtin_cpu_supports("avx2"))
        found[n++] = &micrograph_blocks_avx2;
#endif
    found[n++] = &micrograph_blocks_baseline;
    found[n] = 0;
    return found;
}

#endif
