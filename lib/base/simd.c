/* SPDX-License-Identifier: Apache-2.0 */
/* What the processor can do. Threads: any. */
#include "base/simd.h"

#include <stdatomic.h>

/* The level that a test asked for; negative: none. */
static _Atomic int32_t forced = -1;

static int32_t level_of_processor(void) {
#if CRUCIBLE__SIMD_X86
  __builtin_cpu_init();
  if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("bmi") ||
      !__builtin_cpu_supports("bmi2") || !__builtin_cpu_supports("popcnt") ||
      !__builtin_cpu_supports("fma"))
    return CRUCIBLE__SIMD_BASELINE;
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
      __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl"))
    return CRUCIBLE__SIMD_AVX512;
  return CRUCIBLE__SIMD_AVX2;
#else
  return CRUCIBLE__SIMD_BASELINE;
#endif
}

int32_t crucible__simd_level(void) {
  int32_t own = level_of_processor();
  int32_t level = atomic_load_explicit(&forced, memory_order_relaxed);
  return level >= 0 && level < own ? level : own;
}

int32_t crucible__simd_force(int32_t level) {
  atomic_store_explicit(&forced, level, memory_order_relaxed);
  return crucible__simd_level();
}
