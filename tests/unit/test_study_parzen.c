/* SPDX-License-Identifier: Apache-2.0 */
/* Parzen estimators against the definition, after insertions and removals. */
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
#include "study/parzen.h"
#include "support/near.h"
#include "support/statuses.h"

enum { MOST = 400, AXES = 3, QUERIES = 6 };

static const int32_t all_kinds[AXES] = {CRUCIBLE__PARZEN_CONTINUOUS,
                                        CRUCIBLE__PARZEN_DISCRETE,
                                        CRUCIBLE__PARZEN_CHOICE};

/* Observations by age, as an estimator should have them. */
typedef struct model {
  size_t n, n_axes;
  const int32_t *kinds;
  double centres[MOST][AXES];
  double floor_width;
} model;

static double phi(double z) { return 0.5 * erfc(-z / sqrt(2)); }

/* P(a < Z < b) without cancellation in the right tail. */
static double mass(double a, double b) {
  return a > 0 ? phi(-a) - phi(-b) : phi(b) - phi(a);
}

/* The nearest neighbours of observation i among those sorted by centre, then by
   age. */
static double width_of(const model *m, size_t i, size_t axis) {
  const double x = m->centres[i][axis];
  double left = -1, right = 2;
  if (m->n == 1)
    return fmin(fmax(fmax(x, 1 - x), m->floor_width), 1);
  for (size_t k = 0; k < m->n; ++k) {
    const double y = m->centres[k][axis];
    if (y < x || (y == x && k < i))
      left = fmax(left, y);
    if (y > x || (y == x && k > i))
      right = fmin(right, y);
  }
  const double gap = fmax(left >= 0 ? x - left : 0, right <= 1 ? right - x : 0);
  return fmin(fmax(gap, m->floor_width), 1);
}

/* The sum that the queries are to get, by the definition. */
static double density(const model *m, const crucible__parzen_weights *weights,
                      const double *at) {
  double sum = 0;
  for (size_t i = 0; i < m->n; ++i) {
    double product = fmin(1, weights->oldest + weights->more * (double)i);
    for (size_t a = 0; a < m->n_axes; ++a) {
      const double x = m->centres[i][a];
      if (m->kinds[a] == CRUCIBLE__PARZEN_CHOICE) {
        product *= x == at[2 * a] ? 1 : exp2(-at[2 * a + 1]);
        continue;
      }
      const double w = width_of(m, i, a);
      const double z = (at[2 * a] - x) / w;
      product *= m->kinds[a] == CRUCIBLE__PARZEN_CONTINUOUS
                     ? exp(-z * z / 2) / w
                     : mass(z, (at[2 * a + 1] - x) / w);
      product /= mass(-x / w, (1 - x) / w);
    }
    sum += product;
  }
  return sum;
}

static void draw_query(const model *m, crucible__rng *rng, double *at) {
  for (size_t a = 0; a < m->n_axes; ++a, at += 2) {
    at[0] = crucible__rng_uniform(rng);
    at[1] = 0;
    if (m->kinds[a] == CRUCIBLE__PARZEN_DISCRETE) {
      const double widths[] = {0.05, 0.2, 1e-5, 1};
      const double w = widths[crucible__rng_below(rng, 4)];
      at[0] *= 1 - w;
      at[1] = at[0] + w;
    } else if (m->kinds[a] == CRUCIBLE__PARZEN_CHOICE) {
      at[0] = floor(4 * at[0]);
      at[1] = 2;
    }
  }
}

/* Sums of some queries at every vector level: the same bits, and right. */
static void assert_densities(model *m, crucible__parzen *p, crucible__rng *rng,
                             size_t step) {
  const crucible__parzen_weights weights = {
      m->n > 25 ? 1 / (double)m->n : 1,
      m->n > 26 ? (1 - 1 / (double)m->n) / ((double)m->n - 26) : 1};
  double at[QUERIES][2 * AXES], first[QUERIES][8];
  m->floor_width = 1 / (double)(m->n < 98 ? m->n + 2 : 100);
  crucible__parzen_refresh(p, m->floor_width);
  for (int32_t level = 0; level <= 2; ++level) {
    crucible__parzen_query queries[QUERIES];
    if (crucible__simd_force(level) != level)
      continue;
    memset(queries, 0, sizeof queries);
    for (size_t q = 0; q < QUERIES; ++q) {
      if (level == 0)
        draw_query(m, rng, at[q]);
      queries[q].at = at[q];
      queries[q].reference = 1;
      queries[q].least = -50;
    }
    crucible__parzen_add(p, &weights, queries, QUERIES);
    for (size_t q = 0; q < QUERIES; ++q) {
      double sum = 0;
      for (size_t k = 0; k < 8; ++k)
        sum += queries[q].sum[k];
      const double expected = density(m, &weights, at[q]) * exp2(-1);
      if (level == 0 && !near_holds(sum, expected, 1e-9, 1e-13))
        fail_msg("step %zu, %zu kernels: %.17g, expected %.17g", step, m->n,
                 sum, expected);
      if (level == 0)
        memcpy(first[q], queries[q].sum, sizeof first[q]);
      assert_same_bits_n(queries[q].sum, first[q], 8);
    }
  }
  crucible__simd_force(-1);
}

static void play(const int32_t *kinds, size_t n_axes, int keeps_age,
                 uint64_t id) {
  crucible__parzen p;
  crucible__rng rng;
  model *m = calloc(1, sizeof *m);
  assert_non_null(m);
  m->kinds = kinds;
  m->n_axes = n_axes;
  crucible__rng_init(&rng, 1, CRUCIBLE__RNG_TEST, id);
  crucible__parzen_init(&p, kinds, n_axes, keeps_age);
  assert_int_equal(p.is_line, !keeps_age && n_axes == 1);
  for (size_t step = 0; step < 900; ++step) {
    /* grows to MOST, then shrinks to nothing */
    const double more = step < 600 ? 0.85 : 0.05;
    if (m->n == 0 || (m->n < MOST && crucible__rng_uniform(&rng) < more)) {
      const size_t rank = crucible__rng_uniform(&rng) < 0.7
                              ? m->n
                              : (size_t)crucible__rng_below(&rng, m->n + 1);
      memmove(m->centres + rank + 1, m->centres + rank,
              (m->n - rank) * sizeof m->centres[0]);
      for (size_t a = 0; a < n_axes; ++a) {
        const double u = crucible__rng_uniform(&rng);
        m->centres[rank][a] = kinds[a] == CRUCIBLE__PARZEN_CHOICE ? floor(4 * u)
                              : crucible__rng_uniform(&rng) < 0.3
                                  ? floor(6 * u) / 5 /* copies and ends */
                                  : u * u;
      }
      ++m->n;
      assert_ok(crucible__parzen_insert(&p, rank, m->centres[rank]));
    } else {
      const size_t rank = (size_t)crucible__rng_below(&rng, m->n);
      crucible__parzen_remove(&p, rank, m->centres[rank]);
      --m->n;
      memmove(m->centres + rank, m->centres + rank + 1,
              (m->n - rank) * sizeof m->centres[0]);
    }
    assert_int_equal(p.n, m->n);
    if (step % 7 == 0 || m->n < 5)
      assert_densities(m, &p, &rng, step);
  }
  crucible__parzen_free(&p);
  free(m);
}

static void a_line_of_numbers_is_the_mixture_defined(void **state) {
  (void)state;
  play(all_kinds, 1, 0, 1);
}

static void a_line_of_steps_is_the_mixture_defined(void **state) {
  (void)state;
  play(all_kinds + 1, 1, 0, 2);
}

static void several_axes_are_the_mixture_defined(void **state) {
  (void)state;
  play(all_kinds, AXES, 0, 3);
  play(all_kinds + 1, 2, 0, 4);
  play(all_kinds + 2, 1, 1, 5);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_line_of_numbers_is_the_mixture_defined),
      cmocka_unit_test(a_line_of_steps_is_the_mixture_defined),
      cmocka_unit_test(several_axes_are_the_mixture_defined),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
