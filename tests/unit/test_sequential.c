/* SPDX-License-Identifier: Apache-2.0 */
/* Confidence sequences of Sharpe ratios: figures, streams, refusals. Whether
   they keep their error rate: test_sequential_rates.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

#include <crucible/sequential.h>
#include <crucible/stats.h>

#include "base/rng.h"
#include "stats/evidence.h"
#include "support/failing_alloc.h"
#include "support/golden_rows.h"
#include "support/near.h"

enum { N = 3000 };

static double golden(const char *word, int32_t sides, double a, double b,
                     double alpha) {
  double first = 0, second = 0;
  if (strncmp(word, "rho2", 4) == 0) {
    assert_int_equal(crucible_sequence_best_rho2(a, alpha, sides, &first), 0);
    return first;
  }
  if (strncmp(word, "margin", 6) == 0) {
    assert_int_equal(crucible_sequence_best_rho2(b, alpha, sides, &first), 0);
    assert_int_equal(crucible_sequence_margin(a, first, alpha, sides, &second),
                     0);
    return second;
  }
  if (strncmp(word, "rho", 3) == 0) {
    assert_int_equal(crucible_mixture_best_rho(a, alpha, sides, &first), 0);
    return first;
  }
  assert_int_equal(crucible_mixture_best_rho(b, alpha, sides, &first), 0);
  assert_int_equal(crucible_mixture_log(a, b, first, sides, &second), 0);
  return second;
}

static void all_golden_cases_are_reproduced(void **state) {
  (void)state;
  golden_rows rows = golden_rows_read("stats/sequential.csv");
  assert_int_equal(rows.n, 10);
  for (size_t i = 0; i < rows.n; ++i) {
    const double *cell = rows.row[i].cell;
    assert_near(
        golden(rows.row[i].word, (int32_t)cell[1], cell[2], cell[3], cell[4]),
        cell[5], 1e-9, 0);
  }
  golden_rows_free(&rows);
}

static void lambert_solves_its_equation_for_any_error(void **state) {
  (void)state;
  /* mpmath 1.3.0, 30 digits: -lambertw(-exp(-1 - u), -1) - 1 */
  const double known[][2] = {{1e-12, 0.0000014142142290398403},
                             {1e-4, 0.014208880709801014},
                             {0.5, 1.3576766739458991},
                             {5.991464547107982, 8.2119680620682542},
                             {1381.5510557964274, 1388.7879622657858}};
  for (size_t i = 0; i < sizeof known / sizeof known[0]; ++i) {
    const double h = crucible__lambert_excess(known[i][0]);
    assert_near(h, known[i][1], 1e-13, 0);
  }
  assert_same_bits(crucible__lambert_excess(0), 0);
}

/* 1 - 1/E of a long record by long double, term by term. */
static void evidence_neither_overflows_nor_cancels(void **state) {
  (void)state;
  double low, high;
  for (double x = -28; x < 30; x += 0.37) {
    const long double phi = 0.5L * erfcl(-(long double)x / sqrtl(2));
    const long double wide = (long double)x;
    const double want = (double)(0.5L * wide * wide + logl(phi));
    assert_near(crucible__log_half_mixture(x), want, 1e-12, 1e-12);
  }
  /* both sides of the border between the two forms */
  low = crucible__log_half_mixture(nextafter(-30, -31));
  high = crucible__log_half_mixture(nextafter(-30, -29));
  assert_near(low, high, 1e-12, 0);
  assert_near(crucible__log_half_mixture(-1e8),
              -log(1e8) - 0.91893853320467274178, 1e-14, 0);
  assert_int_equal(crucible_mixture_log(1e150, 1, 1, 1, &high), CRUCIBLE_OK);
  assert_true(isfinite(high));
  assert_int_equal(crucible_mixture_log(-1e150, 1, 1, 1, &low), CRUCIBLE_OK);
  assert_true(isfinite(low) && low < 0);
}

/* Returns whose neighbours depend on each other, skewed, with a few outliers.
 */
static void fill(double *x, size_t n, double mean, double phi, uint64_t seed) {
  crucible__rng rng;
  crucible__rng_init(&rng, seed, CRUCIBLE__RNG_TEST, 7);
  double previous = 0;
  for (size_t i = 0; i < n; ++i) {
    const double z = crucible__rng_normal(&rng);
    previous = phi * previous + z + 0.3 * (z * z - 1);
    x[i] = mean + 1e-3 * previous;
    if (crucible__rng_below(&rng, 500) == 0)
      x[i] -= 0.01;
  }
}

static crucible_sharpe_sequence *create_with(uint32_t lags, uint32_t burn_in,
                                             double caution) {
  crucible_sharpe_sequence_options options;
  crucible_sharpe_sequence *made;
  crucible_sharpe_sequence_options_init(&options, sizeof options);
  options.lags = lags;
  options.burn_in = burn_in;
  options.caution = caution;
  options.t_opt = 500;
  options.benchmark_per_observation = 0.01;
  options.floor_per_observation = -0.02;
  assert_int_equal(crucible_sharpe_sequence_create(&options, &made),
                   CRUCIBLE_OK);
  return made;
}

static crucible_sharpe_sequence *create(uint32_t lags, uint32_t burn_in) {
  return create_with(lags, burn_in, 1);
}

static crucible_sharpe_sequence_state get(const crucible_sharpe_sequence *s) {
  crucible_sharpe_sequence_state found = {.struct_size = sizeof found};
  assert_int_equal(crucible_sharpe_sequence_get(s, &found), CRUCIBLE_OK);
  return found;
}

/* n times the variance of the estimate, from scratch: Newey and West on psi. */
static double long_run(const double *x, size_t n, uint32_t lags,
                       double caution) {
  static long double psi[N];
  long double mean = 0, m2 = 0, m4 = 0, sum = 0, square = 0;
  for (size_t i = 0; i < n; ++i)
    mean += (long double)x[i];
  mean /= (long double)n;
  for (size_t i = 0; i < n; ++i)
    m2 += ((long double)x[i] - mean) * ((long double)x[i] - mean);
  const long double sd = sqrtl(m2 / (long double)n);
  const long double sharpe = mean / sqrtl(m2 / (long double)(n - 1));
  for (size_t i = 0; i < n; ++i) {
    const long double z = ((long double)x[i] - mean) / sd;
    psi[i] = z - sharpe / 2 * (z * z - 1);
    square += psi[i] * psi[i];
    m4 += z * z * z * z;
  }
  for (uint32_t j = 1; j <= lags; ++j)
    for (size_t i = j; i < n; ++i)
      sum += 2 * (1 - (long double)j / (lags + 1)) * psi[i] * psi[i - j];
  const double v = (double)((square + (sum > 0 ? sum : 0)) / (long double)n);
  if (caution == 0)
    return v;
  const double g4 = (double)(m4 / (long double)n);
  return fmax(1, v) * (1 + caution * sqrt((g4 - 1) / (double)n));
}

/* At each bar everything is what the header's formulas give from scratch. */
static void figures_are_those_of_the_formulas_with_and_without_lags(void **st) {
  (void)st;
  static double x[N];
  const uint32_t lags[] = {0, 1, 12, 64};
  for (size_t k = 0; k < 4; ++k) {
    const double phi = k == 1 ? -0.3 : 0.25; /* taken away: not credited */
    fill(x, N, 2e-4, phi, k);
    const double caution = k == 0 ? 0 : k == 3 ? 2 : 1;
    crucible_sharpe_sequence *s = create_with(lags[k], 10, caution);
    double rho2, best = 0, best_bad = 0;
    assert_int_equal(crucible_sequence_best_rho2(500, 0.05, 1, &rho2), 0);
    for (size_t i = 0; i < 600; ++i) {
      assert_int_equal(crucible_sharpe_sequence_push(s, x[i]), CRUCIBLE_OK);
      const crucible_sharpe_sequence_state now = get(s);
      const double t = (double)(i + 1);
      assert_int_equal(now.n, i + 1);
      if (i < 9) {
        assert_int_equal(now.is_speaking, 0);
        assert_true(isnan(now.lower) && isnan(now.upper) && isnan(now.log_e));
        assert_true(now.anytime_psr == 0 && now.anytime_bad == 0);
        continue;
      }
      double sharpe, margin, e, bad;
      assert_int_equal(crucible_sharpe(x, i + 1, &sharpe), CRUCIBLE_OK);
      const double v = long_run(x, i + 1, lags[k], caution);
      assert_int_equal(crucible_sequence_margin(t, rho2, 0.05, 1, &margin), 0);
      const double s0 = t * (sharpe - 0.01) / sqrt(v);
      const double s1 = t * (-0.02 - sharpe) / sqrt(v);
      assert_int_equal(crucible_mixture_log(s0, t, 1 / rho2, 1, &e), 0);
      assert_int_equal(crucible_mixture_log(s1, t, 1 / rho2, 1, &bad), 0);
      best = fmax(best, e);
      best_bad = fmax(best_bad, bad);
      assert_near(now.sharpe, sharpe, 1e-10, 1e-15);
      assert_near(now.standard_error, sqrt(v / t), 1e-9, 0);
      assert_near(now.lower, sharpe - sqrt(v) * margin, 1e-9, 1e-12);
      assert_near(now.upper, sharpe + sqrt(v) * margin, 1e-9, 1e-12);
      assert_near(now.log_e, e, 1e-8, 1e-10);
      assert_near(now.log_e_bad, bad, 1e-8, 1e-10);
      assert_near(now.log_e_max, best, 1e-8, 1e-10);
      assert_near(now.log_e_bad_max, best_bad, 1e-8, 1e-10);
      assert_near(now.anytime_psr, 1 - exp(-best), 1e-8, 1e-10);
      assert_near(now.anytime_bad, 1 - exp(-best_bad), 1e-8, 1e-10);
    }
    crucible_sharpe_sequence_destroy(s);
  }
}

/* A bound above the benchmark is evidence of at least 1 / alpha. */
static void bounds_and_evidence_agree(void **state) {
  (void)state;
  static double x[N];
  size_t above = 0, below = 0;
  for (uint64_t seed = 0; seed < 20; ++seed) {
    fill(x, N, seed % 2 ? 1e-4 : -1e-4, 0, seed);
    crucible_sharpe_sequence *s = create(0, 100);
    for (size_t i = 0; i < N; ++i) {
      assert_int_equal(crucible_sharpe_sequence_push(s, x[i]), CRUCIBLE_OK);
      const crucible_sharpe_sequence_state now = get(s);
      assert_true(!(now.lower >= now.upper));
      if (now.lower > 0.01) {
        assert_true(now.log_e >= log(20) && now.anytime_psr >= 0.95);
        ++above;
      }
      if (now.upper < -0.02) {
        assert_true(now.log_e_bad >= log(20) && now.anytime_bad >= 0.95);
        ++below;
      }
    }
    crucible_sharpe_sequence_destroy(s);
  }
  assert_true(above > 100 && below > 100);
}

static size_t save(const crucible_sharpe_sequence *s, unsigned char *bytes,
                   size_t room) {
  size_t n, asked;
  assert_int_equal(crucible_sharpe_sequence_save(s, NULL, 0, &asked), 0);
  assert_true(asked <= room);
  assert_int_equal(crucible_sharpe_sequence_save(s, bytes, room, &n), 0);
  assert_int_equal(n, asked);
  return n;
}

static void
batch_is_stream_and_a_restored_record_goes_on_to_the_bit(void **st) {
  (void)st;
  static double x[N], lower[N], upper[N], psr[N];
  static unsigned char bytes[4000], one[4000], other[4000];
  const uint32_t lags[] = {0, 3, 64};
  fill(x, N, 1e-4, 0.2, 5);
  for (size_t k = 0; k < 3; ++k)
    for (size_t stop = 0; stop < N; stop += 1 + stop / 3) {
      crucible_sharpe_sequence *a = create(lags[k], 50);
      crucible_sharpe_sequence *b = create(lags[k], 50);
      assert_int_equal(crucible_sharpe_sequence_run(a, x, N, lower, upper, psr),
                       0);
      assert_int_equal(
          crucible_sharpe_sequence_run(b, x, stop, NULL, NULL, NULL), 0);
      const size_t n = save(b, bytes, sizeof bytes);
      crucible_sharpe_sequence_destroy(b);
      b = create(lags[k], 50);
      assert_int_equal(
          crucible_sharpe_sequence_run(b, x + 9, 91, NULL, NULL, NULL), 0);
      assert_int_equal(crucible_sharpe_sequence_load(b, bytes, n), 0);
      assert_int_equal(save(b, other, sizeof other), n);
      assert_memory_equal(bytes, other, n);
      for (size_t i = stop; i < N; ++i) {
        assert_int_equal(crucible_sharpe_sequence_push(b, x[i]), 0);
        if (i % 50 == 0 || i == N - 1) {
          const crucible_sharpe_sequence_state now = get(b);
          assert_same_bits(now.lower, lower[i]);
          assert_same_bits(now.upper, upper[i]);
          assert_same_bits(now.anytime_psr, psr[i]);
        }
      }
      const size_t m = save(a, one, sizeof one);
      assert_int_equal(save(b, other, sizeof other), m);
      assert_memory_equal(one, other, m);
      crucible_sharpe_sequence_destroy(a);
      crucible_sharpe_sequence_destroy(b);
    }
}

static void damaged_bytes_and_other_options_are_refused(void **state) {
  (void)state;
  static double x[200];
  static unsigned char bytes[4000], before[4000], after[4000];
  fill(x, 200, 0, 0, 1);
  crucible_sharpe_sequence *a = create(5, 50), *b = create(5, 50);
  assert_int_equal(crucible_sharpe_sequence_run(a, x, 200, NULL, NULL, NULL),
                   0);
  const size_t n = save(a, bytes, sizeof bytes);
  const size_t m = save(b, before, sizeof before);
  for (size_t i = 0; i < n; ++i) {
    assert_int_equal(crucible_sharpe_sequence_load(b, bytes, i),
                     CRUCIBLE_E_STORE);
    bytes[i] ^= (unsigned char)(1u << i % 8);
    assert_int_equal(crucible_sharpe_sequence_load(b, bytes, n),
                     CRUCIBLE_E_STORE);
    bytes[i] ^= (unsigned char)(1u << i % 8);
  }
  assert_int_equal(save(b, after, sizeof after), m);
  assert_memory_equal(before, after, m);
  crucible_sharpe_sequence *others[] = {create(4, 50), create(5, 51),
                                        create(0, 50)};
  for (size_t i = 0; i < 3; ++i) {
    assert_int_equal(crucible_sharpe_sequence_load(others[i], bytes, n),
                     CRUCIBLE_E_STORE);
    crucible_sharpe_sequence_destroy(others[i]);
  }
  assert_int_equal(crucible_sharpe_sequence_load(b, bytes, n), CRUCIBLE_OK);
  assert_int_equal(crucible_sharpe_sequence_load(b, NULL, n),
                   CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_sharpe_sequence_load(NULL, bytes, n),
                   CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_sharpe_sequence_save(a, NULL, 1, &(size_t){0}),
                   CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_sharpe_sequence_save(NULL, bytes, 1, &(size_t){0}),
                   CRUCIBLE_E_INVALID);
  crucible_sharpe_sequence_destroy(a);
  crucible_sharpe_sequence_destroy(b);
}

/* Powers of two round nothing: the same bits in any unit. */
static void units_do_not_matter(void **state) {
  (void)state;
  static double x[N], scaled[N];
  fill(x, N, 1e-4, 0.2, 3);
  const double units[] = {0x1p-20, 0x1p30, 0x1p90};
  for (size_t k = 0; k < 3; ++k) {
    crucible_sharpe_sequence *a = create(12, 50), *b = create(12, 50);
    for (size_t i = 0; i < N; ++i)
      scaled[i] = x[i] * units[k];
    assert_int_equal(crucible_sharpe_sequence_run(a, x, N, NULL, NULL, NULL),
                     0);
    assert_int_equal(
        crucible_sharpe_sequence_run(b, scaled, N, NULL, NULL, NULL), 0);
    assert_true(get(a).log_e_max > 0);
    assert_same_bits(get(b).log_e_max, get(a).log_e_max);
    assert_same_bits(get(b).lower, get(a).lower);
    assert_same_bits(get(b).sharpe, get(a).sharpe);
    crucible_sharpe_sequence_destroy(a);
    crucible_sharpe_sequence_destroy(b);
  }
}

/* A first return far from all others does not spoil the sums of later ones. */
static void an_outlier_at_the_start_costs_no_digits(void **state) {
  (void)state;
  static double x[N];
  fill(x, N, 1e-4, 0.3, 11);
  x[0] = 3;
  crucible_sharpe_sequence *s = create(12, 50);
  assert_int_equal(crucible_sharpe_sequence_run(s, x, N, NULL, NULL, NULL), 0);
  assert_near(get(s).standard_error, sqrt(long_run(x, N, 12, 1) / N), 1e-9, 0);
  crucible_sharpe_sequence_destroy(s);
}

static void equal_returns_have_no_ratio_and_are_no_error(void **state) {
  (void)state;
  crucible_sharpe_sequence *s = create(12, 5);
  for (int i = 0; i < 100; ++i)
    assert_int_equal(crucible_sharpe_sequence_push(s, 0.01), CRUCIBLE_OK);
  crucible_sharpe_sequence_state now = get(s);
  assert_true(isnan(now.sharpe) && isnan(now.lower) && isnan(now.log_e));
  assert_true(now.anytime_psr == 0 && !now.is_speaking && now.n == 100);
  assert_int_equal(crucible_sharpe_sequence_push(s, 0.02), CRUCIBLE_OK);
  now = get(s);
  assert_true(isfinite(now.sharpe) && now.is_speaking);
  crucible_sharpe_sequence_destroy(s);
}

static void what_is_wrong_is_refused_and_changes_nothing(void **state) {
  (void)state;
  unsigned char before[4000], after[4000];
  crucible_sharpe_sequence *s = create(2, 5), *none;
  const double bad[] = {(double)NAN, (double)INFINITY, -(double)INFINITY, 2e60};
  const double values[] = {0.01, -0.02, 0.03};
  assert_int_equal(crucible_sharpe_sequence_run(s, values, 3, NULL, NULL, NULL),
                   0);
  const size_t n = save(s, before, sizeof before);
  for (size_t i = 0; i < 4; ++i) {
    const double row[] = {0.01, bad[i]};
    assert_int_equal(crucible_sharpe_sequence_push(s, bad[i]),
                     CRUCIBLE_E_INVALID);
    assert_int_equal(crucible_sharpe_sequence_run(s, row, 2, NULL, NULL, NULL),
                     CRUCIBLE_E_INVALID);
    assert_non_null(strstr(crucible_last_error(), "values[1]"));
  }
  assert_int_equal(save(s, after, sizeof after), n);
  assert_memory_equal(before, after, n);
  crucible_sharpe_sequence_destroy(s);
  for (int i = 0; i < 13; ++i) {
    crucible_sharpe_sequence_options o;
    crucible_sharpe_sequence_options_init(&o, sizeof o);
    const double alphas[] = {0, 0.5, -1, (double)NAN};
    if (i < 4)
      o.alpha = alphas[i];
    o.benchmark_per_observation = i == 4 ? (double)INFINITY : 0;
    o.floor_per_observation = i == 5 ? (double)NAN : 0;
    o.t_opt = i == 6 ? 0 : i == 7 ? (double)NAN : 500;
    o.burn_in = i == 8 ? 1 : 100;
    o.caution = i == 12 ? -1 : 1;
    o.lags = i == 9 ? 65 : 0;
    o.struct_size = i == 10 ? 3 : sizeof o;
    assert_int_equal(
        crucible_sharpe_sequence_create(&o, i == 11 ? NULL : &none),
        CRUCIBLE_E_INVALID);
  }
  double out;
  const double wrong[] = {0, 1, -0.1, (double)NAN};
  for (size_t i = 0; i < 4; ++i) {
    assert_int_equal(crucible_sequence_best_rho2(100, wrong[i], 2, &out),
                     CRUCIBLE_E_INVALID);
    assert_int_equal(crucible_sequence_margin(100, 1, wrong[i], 1, &out),
                     CRUCIBLE_E_INVALID);
    assert_int_equal(crucible_mixture_best_rho(100, wrong[i], 2, &out),
                     CRUCIBLE_E_INVALID);
  }
  assert_int_equal(crucible_sequence_best_rho2(100, 0.5, 1, &out),
                   CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_sequence_best_rho2(100, 0.05, 3, &out),
                   CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_sequence_margin(0, 1, 0.05, 1, &out),
                   CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_mixture_log((double)NAN, 1, 1, 1, &out),
                   CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_mixture_log(1, -1, 1, 1, &out), CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_mixture_log(1, 1, 0, 1, &out), CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_mixture_log(1, 1, 1, 1, NULL), CRUCIBLE_E_INVALID);
}

static crucible_status make_and_use(void *data) {
  crucible_sharpe_sequence *s;
  unsigned char bytes[4000];
  size_t n = 0;
  crucible_status status = crucible_sharpe_sequence_create(NULL, &s);
  if (status == CRUCIBLE_OK)
    status = crucible_sharpe_sequence_run(s, data, 100, NULL, NULL, NULL);
  if (status == CRUCIBLE_OK)
    status = crucible_sharpe_sequence_save(s, bytes, sizeof bytes, &n);
  if (status == CRUCIBLE_OK)
    status = crucible_sharpe_sequence_load(s, bytes, n);
  crucible_sharpe_sequence_destroy(s);
  return status;
}

static void memory_may_run_out_anywhere(void **state) {
  (void)state;
  double x[100];
  fill(x, 100, 0, 0, 1);
  assert_true(failing_alloc_run(make_and_use, x) >= 2);
}

int main(void) {
  failing_alloc_install();
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(all_golden_cases_are_reproduced),
      cmocka_unit_test(lambert_solves_its_equation_for_any_error),
      cmocka_unit_test(evidence_neither_overflows_nor_cancels),
      cmocka_unit_test(figures_are_those_of_the_formulas_with_and_without_lags),
      cmocka_unit_test(bounds_and_evidence_agree),
      cmocka_unit_test(
          batch_is_stream_and_a_restored_record_goes_on_to_the_bit),
      cmocka_unit_test(damaged_bytes_and_other_options_are_refused),
      cmocka_unit_test(units_do_not_matter),
      cmocka_unit_test(an_outlier_at_the_start_costs_no_digits),
      cmocka_unit_test(equal_returns_have_no_ratio_and_are_no_error),
      cmocka_unit_test(what_is_wrong_is_refused_and_changes_nothing),
      cmocka_unit_test(memory_may_run_out_anywhere)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
