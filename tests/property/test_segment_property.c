/* SPDX-License-Identifier: Apache-2.0 */
/* What holds of segments on any rows: the past alone decides, batch and stream
   are one, threads change nothing, and a saved state goes on as it would have. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <crucible/segment.h>

#include "base/simd.h"
#include "regime/best_pairs.h"
#include "regime/segment_sort.h"
#include "support/near.h"
#include "support/segment_rows.h"

enum { N = 1200, COLUMNS = 3 };

/* Rows with planted regimes, some values unknown; a grid now and then. */
static double *draw_rows(uint32_t seed) {
  double *rows = malloc(N * COLUMNS * sizeof *rows);
  int32_t *truth = malloc(N * sizeof *truth);
  assert_non_null(rows);
  assert_non_null(truth);
  if (seed % 3 == 2)
    regime_grid(seed, N, COLUMNS, 6, rows);
  else
    segment_rows(seed, N, 2 + (int)seed % 4, rows, truth);
  uint32_t state = seed + 99;
  for (int i = 0; i < 40; ++i)
    rows[(size_t)(lcg_next(&state) * N * COLUMNS)] = (double)NAN;
  free(truth);
  return rows;
}

static crucible_segment_options draw_options(uint32_t seed) {
  crucible_segment_options options =
      segment_regimes(COLUMNS, 150 + 40 * (seed % 5), 17 + 13 * (seed % 4));
  options.first = seed % 2 ? 100 : 0;
  options.max_points = seed % 3 == 1 ? 90 : 0;
  options.scaling = (int32_t)(1 + seed % 3);
  options.hdbscan.min_cluster_size = 8 + seed % 20;
  options.hdbscan.allow_single_cluster = seed % 4 == 3;
  if (seed % 4 == 0) {
    options.kind = CRUCIBLE_SEGMENT_QUANTILES;
    options.n_columns = 1;
    options.n_quantiles = 2 + seed % 5;
  }
  return options;
}

static crucible_segmenter *make(const crucible_segment_options *options) {
  crucible_segmenter *segmenter;
  assert_int_equal(crucible_segmenter_create(options, &segmenter), CRUCIBLE_OK);
  return segmenter;
}

static void take(crucible_segmenter *segmenter, const double *rows,
                 size_t begin, size_t end, size_t columns, crucible_pool *pool,
                 int32_t *labels) {
  const crucible_matrix part = {rows + begin * COLUMNS, end - begin, columns,
                                COLUMNS, 1};
  assert_int_equal(
      crucible_segmenter_run(segmenter, &part, pool, NULL, labels + begin),
      CRUCIBLE_OK);
}

static void label_all(const crucible_segment_options *options,
                      const double *rows, crucible_pool *pool,
                      int32_t *labels) {
  crucible_segmenter *segmenter = make(options);
  take(segmenter, rows, 0, N, options->n_columns, pool, labels);
  crucible_segmenter_destroy(segmenter);
}

static size_t state_of(const crucible_segmenter *segmenter,
                       unsigned char **bytes) {
  size_t needed, again;
  assert_int_equal(crucible_segmenter_save(segmenter, NULL, 0, &needed),
                   CRUCIBLE_OK);
  *bytes = malloc(needed);
  assert_non_null(*bytes);
  assert_int_equal(crucible_segmenter_save(segmenter, *bytes, needed, &again),
                   CRUCIBLE_OK);
  assert_int_equal(needed, again);
  return needed;
}

static void check_same_state(const crucible_segmenter *a,
                             const crucible_segmenter *b) {
  unsigned char *one, *other;
  const size_t n = state_of(a, &one);
  assert_int_equal(state_of(b, &other), n);
  assert_memory_equal(one, other, n);
  free(one);
  free(other);
}

static void batch_and_stream_are_one(void **state) {
  (void)state;
  for (uint32_t seed = 1; seed <= 16; ++seed) {
    double *rows = draw_rows(seed);
    int32_t all[N], parts[N], one[N];
    const crucible_segment_options options = draw_options(seed);
    crucible_segmenter *a = make(&options), *b = make(&options),
                       *c = make(&options);
    take(a, rows, 0, N, options.n_columns, NULL, all);
    for (size_t i = 0, end; i < N; i = end) { /* now and then nothing */
      take(b, rows, i, i, options.n_columns, NULL, parts);
      end = i + 1 + (i * 7 + seed) % 140;
      end = end > N ? N : end;
      take(b, rows, i, end, options.n_columns, NULL, parts);
    }
    for (size_t i = 0; i < N; ++i)
      assert_int_equal(
          crucible_segmenter_push(c, rows + i * COLUMNS, NULL, NULL, one + i),
          CRUCIBLE_OK);
    assert_memory_equal(all, one, sizeof all);
    assert_memory_equal(all, parts, sizeof all);
    check_same_state(a, c);
    check_same_state(b, c);
    crucible_segmenter_destroy(a);
    crucible_segmenter_destroy(b);
    crucible_segmenter_destroy(c);
    free(rows);
  }
}

/* Other rows from some bar on, wild ones among them: no label up to that bar
   changes, and that of the bar itself depends on no later one. */
static void no_label_depends_on_a_later_bar(void **state) {
  (void)state;
  size_t n_labels = 0;
  for (uint32_t seed = 1; seed <= 24; ++seed) {
    double *rows = draw_rows(seed), *other = draw_rows(seed + 1);
    int32_t before[N], after[N];
    const crucible_segment_options options = draw_options(seed);
    label_all(&options, rows, NULL, before);
    for (size_t from = 100 + seed; from < N; from += 211) {
      double *changed = malloc(N * COLUMNS * sizeof *changed);
      assert_non_null(changed);
      memcpy(changed, rows, N * COLUMNS * sizeof *changed);
      for (size_t i = from * COLUMNS; i < N * COLUMNS; ++i)
        changed[i] = i % 5 ? 1e9 * other[i] : other[i];
      label_all(&options, changed, NULL, after);
      assert_memory_equal(before, after, from * sizeof *before);
      free(changed);
    }
    for (size_t i = 0; i < N; ++i)
      n_labels += before[i] >= 0;
    free(rows);
    free(other);
  }
  assert_true(n_labels > 24 * N / 3);
}

static void threads_and_vector_levels_change_no_label(void **state) {
  (void)state;
  for (uint32_t seed = 1; seed <= 12; ++seed) {
    double *rows = draw_rows(seed);
    int32_t one[N], other[N];
    const crucible_segment_options options = draw_options(seed);
    label_all(&options, rows, NULL, one);
    for (uint32_t threads = 2; threads <= 4; ++threads) {
      crucible_pool *pool;
      assert_int_equal(crucible_pool_create(threads, &pool), CRUCIBLE_OK);
      label_all(&options, rows, pool, other);
      assert_memory_equal(one, other, sizeof one);
      crucible_pool_destroy(pool);
    }
    for (int32_t level = 0; level < CRUCIBLE__SIMD_LEVELS; ++level) {
      crucible__simd_force(level);
      label_all(&options, rows, NULL, other);
      assert_memory_equal(one, other, sizeof one);
    }
    crucible__simd_force(-1);
    free(rows);
  }
}

static void a_saved_state_goes_on_as_if_nothing_had_been(void **state) {
  (void)state;
  for (uint32_t seed = 1; seed <= 12; ++seed) {
    double *rows = draw_rows(seed);
    int32_t whole[N], parts[N];
    const crucible_segment_options options = draw_options(seed);
    crucible_segmenter *all = make(&options);
    take(all, rows, 0, N, options.n_columns, NULL, whole);
    for (size_t at = 0; at <= N; at += 97 + seed) {
      unsigned char *bytes;
      crucible_segmenter *first = make(&options), *second = make(&options);
      take(first, rows, 0, at, options.n_columns, NULL, parts);
      take(second, rows, 0, 333, options.n_columns, NULL, whole); /* replaced */
      const size_t n = state_of(first, &bytes);
      assert_int_equal(crucible_segmenter_load(second, bytes, n, NULL),
                       CRUCIBLE_OK);
      check_same_state(first, second);
      crucible_segmenter_destroy(first);
      take(second, rows, at, N, options.n_columns, NULL, parts);
      assert_memory_equal(parts, whole, sizeof whole);
      check_same_state(all, second);
      crucible_segmenter_destroy(second);
      free(bytes);
    }
    crucible_segmenter_destroy(all);
    free(rows);
  }
}

static void damaged_states_are_refused(void **state) {
  (void)state;
  for (uint32_t seed = 3; seed <= 4; ++seed) {
    double *rows = draw_rows(seed);
    int32_t labels[N];
    crucible_segment_options options = draw_options(seed);
    crucible_segmenter *from = make(&options), *to = make(&options);
    take(from, rows, 0, 700, options.n_columns, NULL, labels);
    take(to, rows, 0, 400, options.n_columns, NULL, labels);
    unsigned char *bytes, *before, *after;
    const size_t n = state_of(from, &bytes), kept = state_of(to, &before);
    for (size_t k = 0; k < 300; ++k) {
      const size_t at = k * 7919 % n;
      bytes[at] ^= (unsigned char)(1 + k % 255);
      assert_int_equal(crucible_segmenter_load(to, bytes, n, NULL),
                       CRUCIBLE_E_STORE);
      bytes[at] ^= (unsigned char)(1 + k % 255);
      assert_int_equal(crucible_segmenter_load(to, bytes, at, NULL),
                       CRUCIBLE_E_STORE);
    }
    options.min_overlap = 0.6;
    crucible_segmenter *other = make(&options);
    assert_int_equal(crucible_segmenter_load(other, bytes, n, NULL),
                     CRUCIBLE_E_STORE);
    assert_non_null(strstr(crucible_last_error(), "options differ"));
    assert_int_equal(crucible_segmenter_load(NULL, bytes, n, NULL),
                     CRUCIBLE_E_INVALID);
    assert_int_equal(crucible_segmenter_load(to, NULL, n, NULL),
                     CRUCIBLE_E_INVALID);
    size_t needed = 5;
    assert_int_equal(crucible_segmenter_save(to, NULL, 9, &needed),
                     CRUCIBLE_E_INVALID);
    assert_int_equal(crucible_segmenter_save(NULL, NULL, 0, &needed),
                     CRUCIBLE_E_INVALID);
    assert_int_equal(needed, 5);
    assert_int_equal(state_of(to, &after), kept);
    assert_memory_equal(before, after, kept);
    crucible_segmenter_destroy(other);
    crucible_segmenter_destroy(from);
    crucible_segmenter_destroy(to);
    free(bytes);
    free(before);
    free(after);
    free(rows);
  }
}

static void a_request_stops_a_run_and_changes_nothing(void **state) {
  (void)state;
  double *rows = draw_rows(1);
  int32_t labels[N] = {9};
  const crucible_segment_options options = draw_options(1);
  crucible_segmenter *segmenter = make(&options), *fresh = make(&options);
  crucible_cancel *cancel;
  assert_int_equal(crucible_cancel_create(&cancel), CRUCIBLE_OK);
  crucible_cancel_request(cancel);
  const crucible_matrix all = regime_matrix(rows, N, COLUMNS);
  assert_int_equal(
      crucible_segmenter_run(segmenter, &all, NULL, cancel, labels),
      CRUCIBLE_E_CANCELLED);
  assert_int_equal(labels[0], 9);
  check_same_state(segmenter, fresh);
  crucible_cancel_destroy(cancel);
  crucible_segmenter_destroy(segmenter);
  crucible_segmenter_destroy(fresh);
  free(rows);
}

/* ---- scales ---- */

static void columns_are_measured_in_deviations(void **state) {
  (void)state;
  static const struct {
    double x[5];
    int32_t scaling;
    double centre, spread; /* spread 0: the column does not vary */
  } cases[] = {
      /* numpy: mean, std (divisor n) */
      {{8, 1, 4, 2, 0}, CRUCIBLE_SEGMENT_STANDARD, 3, 2.8284271247461903},
      /* median 2, deviations 6 1 2 0 2 */
      {{8, 1, 4, 2, 0}, CRUCIBLE_SEGMENT_ROBUST, 2, 2 * 1.4826022185056018},
      /* their median is 0: mean deviation 1.4 */
      {{3, 3, 3, 10, 3}, CRUCIBLE_SEGMENT_ROBUST, 3, 1.4 * 1.2533141373155003},
      {{8, 1, 4, 2, 0}, CRUCIBLE_SEGMENT_AS_IS, 0, 1},
      {{0.1, 0.1, 0.1, 0.1, 0.1}, CRUCIBLE_SEGMENT_STANDARD, 0.1, 0},
      {{0.1, 0.1, 0.1, 0.1, 0.1}, CRUCIBLE_SEGMENT_ROBUST, 0.1, 0},
      {{0.1, 0.1, 0.1, 0.1, 0.1}, CRUCIBLE_SEGMENT_AS_IS, 0.1, 0},
      {{1e-160, 0, 0, 0, 0}, CRUCIBLE_SEGMENT_STANDARD, 0, 0},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
    double x[5], centre, scale;
    memcpy(x, cases[i].x, sizeof x);
    crucible__column_scale(x, 5, cases[i].scaling, &centre, &scale);
    assert_near(centre, cases[i].centre, 1e-14, 0);
    assert_near(scale * cases[i].spread, cases[i].spread > 0, 1e-14, 0);
    if (cases[i].spread <= 0)
      assert_near(scale, 0, 0, 0);
  }
}

static int by_size(const void *a, const void *b) {
  const double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static void values_are_sorted(void **state) {
  (void)state;
  uint32_t drawn = 3;
  for (size_t n = 1; n < 200; ++n) {
    double x[200], y[200];
    for (size_t i = 0; i < n; ++i)
      x[i] = y[i] = n % 2 ? lcg_next(&drawn) : (int)(5 * lcg_next(&drawn));
    qsort(y, n, sizeof *y, by_size);
    crucible__values_sort(x, n);
    assert_same_bits_n(x, y, n);
  }
}

/* ---- optimal assignment ---- */

/* The largest sum over all ways to pair rows from row on. */
static uint64_t try_all(const uint64_t *weights, size_t rows, size_t columns,
                        size_t row, unsigned used) {
  if (row == rows)
    return 0;
  uint64_t best = try_all(weights, rows, columns, row + 1, used);
  for (size_t j = 0; j < columns; ++j)
    if (!(used >> j & 1)) {
      const uint64_t sum =
          weights[row * columns + j] +
          try_all(weights, rows, columns, row + 1, used | 1U << j);
      best = sum > best ? sum : best;
    }
  return best;
}

static void pairs_are_the_best_of_all(void **state) {
  (void)state;
  uint32_t drawn = 7;
  for (int turn = 0; turn < 3000; ++turn) {
    const size_t rows = 1 + (size_t)(6 * lcg_next(&drawn));
    const size_t columns = (size_t)(7 * lcg_next(&drawn));
    uint64_t weights[36], sum = 0;
    size_t partner[6];
    unsigned used = 0;
    const double scale = turn % 2 ? 4 : 1e12;
    for (size_t i = 0; i < rows * columns; ++i)
      weights[i] =
          lcg_next(&drawn) < 0.4 ? 0 : (uint64_t)(scale * lcg_next(&drawn));
    assert_int_equal(crucible__best_pairs(weights, rows, columns, partner),
                     CRUCIBLE_OK);
    for (size_t i = 0; i < rows; ++i) {
      if (partner[i] == columns)
        continue;
      assert_true(partner[i] < columns && !(used >> partner[i] & 1));
      assert_true(weights[i * columns + partner[i]] > 0);
      used |= 1U << partner[i];
      sum += weights[i * columns + partner[i]];
    }
    assert_true(sum == try_all(weights, rows, columns, 0, 0));
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(batch_and_stream_are_one),
      cmocka_unit_test(no_label_depends_on_a_later_bar),
      cmocka_unit_test(threads_and_vector_levels_change_no_label),
      cmocka_unit_test(a_saved_state_goes_on_as_if_nothing_had_been),
      cmocka_unit_test(damaged_states_are_refused),
      cmocka_unit_test(a_request_stops_a_run_and_changes_nothing),
      cmocka_unit_test(columns_are_measured_in_deviations),
      cmocka_unit_test(values_are_sorted),
      cmocka_unit_test(pairs_are_the_best_of_all),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
