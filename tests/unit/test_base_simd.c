/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/simd.h"

static void a_forced_level_holds_until_it_is_let_go(void **state) {
  (void)state;
  int32_t own = crucible__simd_level();
  assert_in_range(own, CRUCIBLE__SIMD_BASELINE, CRUCIBLE__SIMD_AVX512);
  assert_int_equal(crucible__simd_force(CRUCIBLE__SIMD_BASELINE),
                   CRUCIBLE__SIMD_BASELINE);
  assert_int_equal(crucible__simd_level(), CRUCIBLE__SIMD_BASELINE);
  assert_int_equal(crucible__simd_force(-1), own);
  assert_int_equal(crucible__simd_level(), own);
}

static void no_level_beyond_the_processors_can_be_forced(void **state) {
  (void)state;
  int32_t own = crucible__simd_level();
  for (int32_t level = 0; level < CRUCIBLE__SIMD_LEVELS; ++level)
    assert_int_equal(crucible__simd_force(level), level < own ? level : own);
  assert_int_equal(crucible__simd_force(-1), own);
}

#if CRUCIBLE__SIMD_X86
__attribute__((target("avx2"))) static void double_avx2(double *x) {
  for (int i = 0; i < 8; ++i)
    x[i] += x[i];
}

__attribute__((target("avx512f"))) static void double_avx512(double *x) {
  for (int i = 0; i < 8; ++i)
    x[i] += x[i];
}
#endif

static void code_of_each_level_runs_where_the_level_is_reported(void **state) {
  (void)state;
  double x[8] = {1, 2, 3, 4, 5, 6, 7, 8}, scale = 1;
#if CRUCIBLE__SIMD_X86
  int32_t own = crucible__simd_level();
  if (own >= CRUCIBLE__SIMD_AVX2) {
    double_avx2(x);
    scale *= 2;
  }
  if (own >= CRUCIBLE__SIMD_AVX512) {
    double_avx512(x);
    scale *= 2;
  }
#endif
  for (int i = 0; i < 8; ++i)
    assert_true(x[i] == scale * (i + 1));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_forced_level_holds_until_it_is_let_go),
      cmocka_unit_test(no_level_beyond_the_processors_can_be_forced),
      cmocka_unit_test(code_of_each_level_runs_where_the_level_is_reported),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
