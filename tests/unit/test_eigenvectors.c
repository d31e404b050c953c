/* SPDX-License-Identifier: Apache-2.0 */
/* Eigenvectors: orthonormal, belonging to their values, alike at each level. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/rng.h"
#include "base/simd.h"
#include "math/eigenvectors.h"
#include "math/spectrum.h"
#include "support/near.h"

enum { MOST = 104 };

/* Kinds of matrices. */
enum { RANDOM, IDENTITY, ONES, ZERO, SPLIT, TINY, HUGE_ONE, GRADED, KINDS };

static double element(int kind, size_t i, size_t k, crucible__rng *rng) {
  const double u = crucible__rng_normal(rng);
  switch (kind) {
  case IDENTITY:
    return i == k;
  case ONES:
    return 1;
  case ZERO:
    return 0;
  case SPLIT: /* two blocks that know nothing of each other */
    return (i < 3) == (k < 3) ? u : 0;
  case TINY:
    return u * 1e-200;
  case HUGE_ONE:
    return u * 1e150;
  case GRADED:
    return u * pow(10, -(double)(i + k) / 4);
  default:
    return u;
  }
}

static double *make(int kind, size_t n, size_t stride, uint64_t id) {
  double *a = calloc(n * stride, sizeof *a);
  crucible__rng rng;
  assert_non_null(a);
  crucible__rng_init(&rng, 3, CRUCIBLE__RNG_TEST, id);
  for (size_t i = 0; i < n; ++i)
    for (size_t k = 0; k <= i; ++k)
      a[i * stride + k] = a[k * stride + i] = element(kind, i, k, &rng);
  return a;
}

static void assert_eigenvectors(const double *a, size_t n, size_t stride,
                                const double *values, const double *vectors) {
  double size = 0;
  for (size_t i = 0; i < n * stride; ++i)
    size = fmax(size, fabs(a[i]));
  for (size_t i = 0; i < n; ++i) {
    const double *v = vectors + i * stride;
    for (size_t k = 0; k <= i; ++k) {
      double inner = 0;
      for (size_t c = 0; c < n; ++c)
        inner += v[c] * vectors[k * stride + c];
      assert_near(inner, i == k, 0, 1e-13);
    }
    for (size_t r = 0; r < n; ++r) {
      double product = 0;
      for (size_t c = 0; c < n; ++c)
        product += a[r * stride + c] * v[c];
      if (!near_holds(product, values[i] * v[r], 0,
                      1e-14 * size * (double)(n + 10)))
        fail_msg("n = %zu, vector %zu, row %zu: %g, expected %g", n, i, r,
                 product, values[i] * v[r]);
    }
    for (size_t c = n; c < stride; ++c)
      assert_true(v[c] == 0);
  }
}

static void check(int kind, size_t n) {
  const size_t stride = crucible__row_stride(n);
  double values[3][MOST], scratch[4 * MOST];
  double *vectors[3];
  for (int32_t level = 0; level < 3; ++level) {
    double *a = make(kind, n, stride, n), *copy = make(kind, n, stride, n);
    vectors[level] = malloc(n * stride * sizeof(double));
    assert_non_null(vectors[level]);
    (void)crucible__simd_force(level);
    assert_int_equal(crucible__eigenvectors(copy, n, stride, values[level],
                                            vectors[level], scratch),
                     1);
    if (level == 0)
      assert_eigenvectors(a, n, stride, values[0], vectors[0]);
    assert_same_bits_n(values[level], values[0], n);
    assert_same_bits_n(vectors[level], vectors[0], n * stride);
    free(a);
    free(copy);
  }
  (void)crucible__simd_force(-1);
  for (int level = 0; level < 3; ++level)
    free(vectors[level]);
}

static void vectors_are_orthonormal_and_belong_to_their_values(void **state) {
  (void)state;
  static const size_t sizes[] = {1, 2, 3, 7, 8, 9, 16, 17, 50, 100};
  for (int kind = 0; kind < KINDS; ++kind)
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; ++i)
      check(kind, sizes[i]);
}

static void numbers_that_are_not_finite_are_refused(void **state) {
  (void)state;
  const size_t n = 5, stride = 8;
  double values[5], vectors[40], scratch[32];
  static const double bad[] = {(double)NAN, (double)INFINITY};
  for (int i = 0; i < 2; ++i) {
    double *a = make(RANDOM, n, stride, 1);
    a[2 * stride + 3] = a[3 * stride + 2] = bad[i];
    assert_int_equal(
        crucible__eigenvectors(a, n, stride, values, vectors, scratch), 0);
    free(a);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(vectors_are_orthonormal_and_belong_to_their_values),
      cmocka_unit_test(numbers_that_are_not_finite_are_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
