/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which vector instructions a kernel may use. A kernel has one source per level
 * (crucible_simd_kernels() of lib/CMakeLists.txt) and picks by
 * crucible__simd_level() once per call; all give the same bits (the same
 * operations in the same order per lane, no contraction, no libm but sqrt).
 */
#ifndef CRUCIBLE__SIMD_H
#define CRUCIBLE__SIMD_H

#include <stdint.h>

#include "base/internal.h"

/* Each level includes those before it. */
enum {
  CRUCIBLE__SIMD_BASELINE = 0, /* what the compiler was told: any processor */
  CRUCIBLE__SIMD_AVX2 = 1,     /* 4 doubles; avx2, fma, bmi, bmi2, popcnt */
  CRUCIBLE__SIMD_AVX512 = 2,   /* 8 doubles; avx512 f, bw, dq, vl as well */
  CRUCIBLE__SIMD_LEVELS = 3
};

#if defined(__x86_64__)
#define CRUCIBLE__SIMD_X86 1
#else
#define CRUCIBLE__SIMD_X86 0
#endif

/* The highest level of this processor, or the one that was forced. */
CRUCIBLE__SHARED int32_t crucible__simd_level(void);

/* Returns the address of name_baseline, name_avx2 or name_avx512 (a table of
   functions, or one), whichever the level calls for. */
#if CRUCIBLE__SIMD_X86
#define CRUCIBLE__SIMD_RETURN(name)                                            \
  do {                                                                         \
    const int32_t simd_level = crucible__simd_level();                         \
    return simd_level >= CRUCIBLE__SIMD_AVX512 ? &name##_avx512                \
           : simd_level >= CRUCIBLE__SIMD_AVX2 ? &name##_avx2                  \
                                               : &name##_baseline;             \
  } while (0)
#else
#define CRUCIBLE__SIMD_RETURN(name) return &name##_baseline
#endif

/*
 * For tests and benchmarks: from now on, in all threads, no level above this
 * one; negative: the processor's own again. Returns the level that holds, lower
 * than asked for on a processor that lacks it.
 */
CRUCIBLE__SHARED int32_t crucible__simd_force(int32_t level);

#endif
