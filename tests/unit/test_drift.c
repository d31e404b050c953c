/* SPDX-License-Identifier: Apache-2.0 */
/* ADWIN: change points of river, what a window says it holds, and the rule over
   several streams. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include <crucible/drift.h>

#include "support/drift_series.h"
#include "support/failing_alloc.h"
#include "support/golden_rows.h"
#include "support/lcg_series.h"
#include "support/near.h"

enum { MOST = 4000 };

static crucible_adwin_options some_options(void) {
  crucible_adwin_options options;
  crucible_adwin_options_init(&options, sizeof options);
  return options;
}

static crucible_adwin *create(const crucible_adwin_options *options) {
  crucible_adwin *adwin;
  assert_int_equal(crucible_adwin_create(options, &adwin), CRUCIBLE_OK);
  return adwin;
}

static int32_t push(crucible_adwin *adwin, double value) {
  int32_t is_drift = -1;
  assert_int_equal(crucible_adwin_push(adwin, value, &is_drift), CRUCIBLE_OK);
  return is_drift;
}

static crucible_adwin_window get(const crucible_adwin *adwin) {
  crucible_adwin_window window = {.struct_size = sizeof window};
  assert_int_equal(crucible_adwin_get(adwin, &window), CRUCIBLE_OK);
  return window;
}

/* The digits of a file under tests/data/drift. */
static size_t read_digits(const char *name, double *out) {
  char path[512];
  snprintf(path, sizeof path, CRUCIBLE_SOURCE_DIR "/tests/data/drift/%s.txt",
           name);
  FILE *file = fopen(path, "r");
  assert_non_null(file);
  size_t n = 0;
  for (int c; (c = fgetc(file)) != EOF;)
    if (c >= '0' && c <= '9') {
      assert_true(n < MOST);
      out[n++] = c - '0';
    }
  assert_int_equal(fclose(file), 0);
  return n;
}

static size_t series(const char *name, double *out) {
  if (strcmp(name, "levels") == 0 || strcmp(name, "small") == 0) {
    drift_levels(MOST, strcmp(name, "small") == 0 ? 1e-3 : 1, out);
    return MOST;
  }
  if (strcmp(name, "sevens") != 0)
    return read_digits(name, out);
  for (size_t i = 0; i < 200; ++i)
    out[i] = (double)(i % 7);
  return 200;
}

static crucible_adwin_options options_of(const golden_row *row) {
  crucible_adwin_options options = some_options();
  options.after_cut =
      row->cell[1] != 0 ? CRUCIBLE_ADWIN_RESET : CRUCIBLE_ADWIN_KEEP;
  options.delta = row->cell[2];
  options.clock = (uint32_t)row->cell[3];
  options.max_buckets = (uint32_t)row->cell[4];
  options.min_window_length = (uint32_t)row->cell[5];
  options.grace_period = (uint32_t)row->cell[6];
  return options;
}

static void changes_are_those_of_river(void **state) {
  (void)state;
  static double values[MOST];
  golden_rows rows = golden_rows_read("drift/adwin.csv");
  for (size_t r = 0; r < rows.n; ++r) {
    const golden_row *row = &rows.row[r];
    const size_t n = series(row->word, values);
    const crucible_adwin_options options = options_of(row);
    crucible_adwin *adwin = create(&options);
    size_t seen = 0;
    for (size_t i = 0; i < n; ++i)
      if (push(adwin, values[i])) {
        if (11 + seen < row->n)
          assert_int_equal(i, (size_t)row->cell[11 + seen]);
        assert_int_equal(get(adwin).detected_at, i);
        ++seen;
      }
    assert_int_equal(seen, (size_t)row->cell[10]);
    const crucible_adwin_window window = get(adwin);
    assert_int_equal(window.width, (uint64_t)row->cell[7]);
    assert_int_equal(window.n_detections, seen);
    /* bits, but after a cut that kept the rest: sums are then made anew */
    const double rtol = row->cell[1] != 0 ? 0 : 1e-13;
    assert_near(window.total, row->cell[8], rtol, 0);
    assert_near(window.sum_squares, row->cell[9], rtol, 0);
    crucible_adwin_destroy(adwin);
  }
  assert_int_equal(rows.n, 18);
  golden_rows_free(&rows);
}

/* The shared golden.json: widths at the detections of river's mode. */
static void widths_at_changes_are_those_of_the_oracle(void **state) {
  (void)state;
  static double values[MOST];
  const uint64_t expected[2][2] = {{160, 224}, {1014, 830}};
  drift_levels(MOST, 1, values);
  for (int k = 0; k < 2; ++k) {
    crucible_adwin_options options = some_options();
    options.after_cut = CRUCIBLE_ADWIN_RESET;
    options.clock = k == 0 ? 32 : 1;
    crucible_adwin *adwin = create(&options);
    size_t seen = 0;
    for (size_t i = 0; i < MOST; ++i)
      if (push(adwin, values[i])) {
        assert_true(seen < 2);
        const crucible_adwin_window window = get(adwin);
        assert_int_equal(window.width, expected[k][seen++]);
        assert_int_equal(window.drift_start, i + 1 - window.width);
      }
    assert_int_equal(seen, 2);
    crucible_adwin_destroy(adwin);
  }
}

/* With the range that the data have, nothing depends on their scale. */
static void range_makes_changes_independent_of_scale(void **state) {
  (void)state;
  static double values[MOST], scaled[MOST];
  static int32_t plain[MOST], wide[MOST];
  drift_levels(MOST, 1, values);
  const double scale[] = {0x1p-10, 0x1p20, 0x1p-160};
  for (int k = 0; k < 3; ++k) {
    crucible_adwin_options options = some_options();
    for (size_t i = 0; i < MOST; ++i)
      scaled[i] = values[i] * scale[k];
    crucible_adwin *a = create(&options);
    options.range = scale[k];
    crucible_adwin *b = create(&options);
    assert_int_equal(crucible_adwin_run(a, values, MOST, plain, NULL),
                     CRUCIBLE_OK);
    assert_int_equal(crucible_adwin_run(b, scaled, MOST, wide, NULL),
                     CRUCIBLE_OK);
    assert_memory_equal(plain, wide, sizeof plain);
    assert_int_equal(get(a).n_detections, 7);
    assert_int_equal(get(b).width, get(a).width);
    crucible_adwin_destroy(a);
    crucible_adwin_destroy(b);
  }
}

/* The latest width values, by two passes. */
static void check_held(const crucible_adwin *adwin, const double *values,
                       size_t n) {
  const crucible_adwin_window window = get(adwin);
  double total = 0, squares = 0, size = 0;
  assert_int_equal(window.n_values, n);
  assert_true(window.width <= n);
  const double *held = values + (n - window.width);
  const double width = (double)window.width;
  for (size_t i = 0; i < window.width; ++i) {
    total += held[i];
    size = fmax(size, fabs(held[i]));
  }
  for (size_t i = 0; i < window.width; ++i)
    squares += (held[i] - total / width) * (held[i] - total / width);
  assert_near(window.total, total, 1e-11, 1e-11 * size);
  assert_near(window.mean, total / width, 1e-11, 1e-11 * size);
  assert_near(window.sum_squares, squares, 1e-8, 1e-11 * size * size);
  assert_near(window.variance, squares / width, 1e-8, 1e-11 * size * size);
}

static void a_window_is_of_the_values_it_says_it_holds(void **state) {
  (void)state;
  enum { N = 3000 };
  static double values[N];
  for (uint32_t seed = 1; seed <= 40; ++seed) {
    crucible_adwin_options options = some_options();
    options.clock = 1 + seed % 40;
    options.max_buckets = 1 + seed % 7;
    options.min_window_length = 1 + seed % 9;
    options.after_cut = (int32_t)(seed % 3 == 0);
    options.range = seed % 4 == 0 ? 1e9 : 1;
    uint32_t lcg = seed;
    double level = 0;
    for (size_t i = 0; i < N; ++i) {
      if (i % 500 == 0)
        level = lcg_next(&lcg) * options.range;
      values[i] = level + lcg_next(&lcg) * 0.1 * options.range;
    }
    crucible_adwin *adwin = create(&options);
    for (size_t i = 0; i < N; ++i)
      if (push(adwin, values[i]) || i % 97 == 0)
        check_held(adwin, values, i + 1);
    assert_true(get(adwin).n_detections > 0);
    crucible_adwin_destroy(adwin);
  }
}

/* An outlier takes its rounding errors along when it leaves. */
static void what_was_cut_off_leaves_no_trace(void **state) {
  (void)state;
  enum { N = 4000 };
  static double values[N];
  uint32_t lcg = 5;
  crucible_adwin_options options = some_options();
  for (size_t i = 0; i < N; ++i)
    values[i] = i < 800 ? 1e17 + 1e15 * lcg_next(&lcg) : lcg_next(&lcg);
  crucible_adwin *adwin = create(&options);
  assert_int_equal(crucible_adwin_run(adwin, values, N, NULL, NULL),
                   CRUCIBLE_OK);
  const crucible_adwin_window window = get(adwin);
  assert_true(window.drift_start >= 800 && window.drift_start < 900);
  check_held(adwin, values, N);
  crucible_adwin_destroy(adwin);
}

static void constants_are_never_cut(void **state) {
  (void)state;
  const double constants[] = {0, 1, 0.1, -5, 1e15, 1e60, -1e60, 1e-300};
  for (size_t k = 0; k < sizeof constants / sizeof *constants; ++k)
    for (uint32_t clock = 1; clock <= 32; clock += 31) {
      crucible_adwin_options options = some_options();
      options.clock = clock;
      options.range = 1e-60;
      if (fabs(constants[k]) > 1e-40) /* else its last digit is a change */
        options.range = fmin(1e60, fabs(constants[k]));
      options.delta = 0.5;
      crucible_adwin *adwin = create(&options);
      for (size_t i = 0; i < 5000; ++i)
        assert_int_equal(push(adwin, constants[k]), 0);
      const crucible_adwin_window window = get(adwin);
      assert_int_equal(window.width, 5000);
      assert_int_equal(window.drift_start, 0);
      assert_near(window.mean, constants[k], 1e-12, 0);
      crucible_adwin_destroy(adwin);
    }
}

/* Uniform values around two means: the start of the regime lies near the shift,
   and there is seldom another. */
static void a_planted_shift_is_found(void **state) {
  (void)state;
  enum { N = 6000, SHIFT = 3333, RUNS = 200 };
  static double values[N];
  size_t n_false = 0;
  for (uint32_t seed = 1; seed <= RUNS; ++seed) {
    uint32_t lcg = seed * 977;
    for (size_t i = 0; i < N; ++i)
      values[i] = lcg_next(&lcg) * 0.8 + (i >= SHIFT ? 0.2 : 0);
    crucible_adwin *adwin = create(NULL);
    uint64_t start;
    assert_int_equal(crucible_adwin_run(adwin, values, SHIFT, NULL, NULL),
                     CRUCIBLE_OK);
    n_false += get(adwin).n_detections > 0;
    assert_int_equal(
        crucible_adwin_run(adwin, values + SHIFT, N - SHIFT, NULL, NULL),
        CRUCIBLE_OK);
    assert_int_equal(crucible_adwin_drift_start(adwin, &start), CRUCIBLE_OK);
    assert_true(start > SHIFT - 200 && start < SHIFT + 600);
    crucible_adwin_destroy(adwin);
  }
  assert_true(n_false <= RUNS / 50);
}

static void a_batch_has_the_bits_of_single_values(void **state) {
  (void)state;
  static double values[MOST];
  static int32_t is_drift[MOST];
  static uint64_t start[MOST];
  drift_levels(MOST, 1, values);
  const uint32_t clocks[] = {1, 2, 32, 63, 64, 65, 1000};
  for (size_t c = 0; c < sizeof clocks / sizeof *clocks; ++c)
    for (int32_t after = 0; after < 2; ++after) {
      crucible_adwin_options options = some_options();
      options.clock = clocks[c];
      options.after_cut = after;
      crucible_adwin *one = create(&options), *many = create(&options);
      const size_t parts[] = {0, 1, 7, 7, 1234, MOST};
      for (size_t p = 1; p < 6; ++p)
        assert_int_equal(crucible_adwin_run(many, values + parts[p - 1],
                                            parts[p] - parts[p - 1],
                                            is_drift + parts[p - 1],
                                            start + parts[p - 1]),
                         CRUCIBLE_OK);
      for (size_t i = 0; i < MOST; ++i) {
        uint64_t at;
        assert_int_equal(push(one, values[i]), is_drift[i]);
        assert_int_equal(crucible_adwin_drift_start(one, &at), CRUCIBLE_OK);
        assert_int_equal(at, start[i]);
      }
      const crucible_adwin_window a = get(one), b = get(many);
      assert_memory_equal(&a, &b, sizeof a);
      crucible_adwin_destroy(one);
      crucible_adwin_destroy(many);
    }
}

/* Streams of their own levels; stream s changes at 1000 (s + 1). */
static void streams_of(size_t n, double *values) {
  uint32_t lcg = 3;
  for (size_t i = 0; i < n; ++i)
    for (size_t s = 0; s < 3; ++s)
      values[3 * i + s] =
          0.5 * lcg_next(&lcg) + (i >= 1000 * (s + 1) ? 0.4 : 0);
}

static void k_of_m_streams_must_have_changed(void **state) {
  (void)state;
  enum { N = 5000 };
  static double values[3 * N], columns[3 * N];
  static int32_t is_drift[N];
  static uint64_t start[N];
  streams_of(N, values);
  for (size_t i = 0; i < N; ++i)
    for (size_t s = 0; s < 3; ++s)
      columns[s * N + i] = values[3 * i + s];
  for (uint32_t k = 1; k <= 3; ++k) {
    crucible_drift_options options;
    crucible_drift *drift, *batch;
    crucible_drift_options_init(&options, sizeof options);
    options.n_streams = 3;
    options.at_least = k;
    assert_int_equal(crucible_drift_create(&options, &drift), CRUCIBLE_OK);
    assert_int_equal(crucible_drift_create(&options, &batch), CRUCIBLE_OK);
    const crucible_matrix table = {columns, N, 3, 1, N};
    assert_int_equal(crucible_drift_run(batch, &table, is_drift, start),
                     CRUCIBLE_OK);
    uint64_t first = 0, before = 0;
    for (size_t i = 0; i < N; ++i) {
      int32_t seen;
      uint64_t at;
      assert_int_equal(crucible_drift_push(drift, values + 3 * i, &seen),
                       CRUCIBLE_OK);
      assert_int_equal(crucible_drift_start(drift, &at), CRUCIBLE_OK);
      assert_int_equal(seen, is_drift[i]);
      assert_int_equal(at, start[i]);
      assert_int_equal(seen, at > before);
      assert_true(at >= before);
      /* as told: k streams began there or later */
      uint32_t reached = 0;
      for (uint32_t s = 0; s < 3; ++s) {
        crucible_adwin_window window = {.struct_size = sizeof window};
        assert_int_equal(crucible_drift_stream(drift, s, &window), CRUCIBLE_OK);
        reached += window.drift_start >= at;
      }
      assert_true(reached >= k);
      if (seen && first == 0)
        first = i;
      before = at;
    }
    /* the k-th stream to change is the one that moves the verdict, and in the
       end the k-th latest start stands */
    assert_true(first >= 1000 * k && first < 1000 * k + 100);
    const uint64_t end = 1000 * (4 - (uint64_t)k);
    assert_true(before > end - 100 && before < end + 100);
    crucible_drift_destroy(drift);
    crucible_drift_destroy(batch);
  }
}

/* One stream is a window; m streams share delta. */
static void streams_check_with_their_share_of_delta(void **state) {
  (void)state;
  static double values[MOST], row[4];
  drift_levels(MOST, 1, values);
  crucible_drift_options options;
  crucible_drift_options_init(&options, sizeof options);
  options.at_least = 2;
  options.adwin.delta = 0.4;
  options.adwin.clock = 1;
  const double ranges[4] = {1, 2, 4, 8};
  options.ranges = ranges;
  crucible_drift *drift;
  assert_int_equal(crucible_drift_create(&options, &drift), CRUCIBLE_OK);
  crucible_adwin *alone[4];
  for (size_t s = 0; s < 4; ++s) {
    crucible_adwin_options of = options.adwin;
    of.delta = 0.2;
    of.range = ranges[s];
    alone[s] = create(&of);
  }
  for (size_t i = 0; i < MOST; ++i) {
    for (size_t s = 0; s < 4; ++s) {
      row[s] = values[(i + 100 * s) % MOST];
      (void)push(alone[s], row[s]);
    }
    assert_int_equal(crucible_drift_push(drift, row, NULL), CRUCIBLE_OK);
  }
  for (uint32_t s = 0; s < 4; ++s) {
    const crucible_adwin_window a = get(alone[s]);
    crucible_adwin_window b = {.struct_size = sizeof b};
    assert_int_equal(crucible_drift_stream(drift, s, &b), CRUCIBLE_OK);
    assert_true(a.n_detections > 0);
    assert_memory_equal(&a, &b, sizeof a);
    crucible_adwin_destroy(alone[s]);
  }
  crucible_drift_destroy(drift);
}

static void wrong_options_are_refused(void **state) {
  (void)state;
  const crucible_adwin_options right = some_options();
  crucible_adwin_options wrong[12];
  for (size_t k = 0; k < 12; ++k)
    wrong[k] = right;
  wrong[0].delta = 0;
  wrong[1].delta = 1;
  wrong[2].delta = (double)NAN;
  wrong[3].range = 0;
  wrong[4].range = (double)INFINITY;
  wrong[5].range = (double)NAN;
  wrong[6].clock = 0;
  wrong[7].max_buckets = 0;
  wrong[8].max_buckets = 1025;
  wrong[9].min_window_length = 0;
  wrong[10].after_cut = 2;
  wrong[11].struct_size = 3;
  const char *name[] = {"delta",       "delta",
                        "delta",       "range",
                        "range",       "range",
                        "clock",       "max_buckets",
                        "max_buckets", "min_window_length",
                        "after_cut",   "struct_size"};
  for (size_t k = 0; k < 12; ++k) {
    crucible_adwin *adwin = (crucible_adwin *)&wrong;
    assert_int_equal(crucible_adwin_create(&wrong[k], &adwin),
                     CRUCIBLE_E_INVALID);
    assert_null(adwin);
    assert_non_null(strstr(crucible_last_error(), name[k]));
  }
  assert_int_equal(crucible_adwin_create(NULL, NULL), CRUCIBLE_E_INVALID);
  crucible_drift_options options;
  crucible_drift *drift;
  crucible_drift_options_init(&options, sizeof options);
  options.at_least = 5;
  assert_int_equal(crucible_drift_create(&options, &drift), CRUCIBLE_E_INVALID);
  options.at_least = 0;
  assert_int_equal(crucible_drift_create(&options, &drift), CRUCIBLE_E_INVALID);
  options.at_least = 1;
  options.n_streams = 0;
  assert_int_equal(crucible_drift_create(&options, &drift), CRUCIBLE_E_INVALID);
  options.n_streams = 2;
  const double ranges[2] = {1, -1};
  options.ranges = ranges;
  assert_int_equal(crucible_drift_create(&options, &drift), CRUCIBLE_E_INVALID);
  assert_non_null(strstr(crucible_last_error(), "stream 1: range is -1"));
  assert_null(drift);
  crucible_adwin_destroy(NULL);
  crucible_drift_destroy(NULL);
}

static void values_that_are_no_numbers_change_nothing(void **state) {
  (void)state;
  const double wrong[] = {(double)NAN, (double)INFINITY, -(double)INFINITY,
                          1.1e60, -1e300};
  crucible_adwin *adwin = create(NULL);
  crucible_drift *drift;
  assert_int_equal(crucible_drift_create(NULL, &drift), CRUCIBLE_OK);
  for (size_t i = 0; i < 40; ++i)
    (void)push(adwin, 0.5);
  const crucible_adwin_window before = get(adwin);
  for (size_t k = 0; k < sizeof wrong / sizeof *wrong; ++k) {
    int32_t is_drift[3] = {7, 7, 7};
    uint64_t start[3] = {7, 7, 7};
    const double many[4] = {0.1, 0.2, wrong[k], 0.3};
    assert_int_equal(crucible_adwin_push(adwin, wrong[k], is_drift),
                     CRUCIBLE_E_INVALID);
    assert_int_equal(crucible_adwin_run(adwin, many, 3, is_drift, start),
                     CRUCIBLE_E_INVALID);
    assert_non_null(strstr(crucible_last_error(), "values[2]"));
    assert_int_equal(crucible_drift_push(drift, many, is_drift),
                     CRUCIBLE_E_INVALID);
    assert_non_null(strstr(crucible_last_error(), "stream 2"));
    const crucible_matrix table = {many, 1, 4, 4, 1};
    assert_int_equal(crucible_drift_run(drift, &table, is_drift, start),
                     CRUCIBLE_E_INVALID);
    assert_true(is_drift[0] == 7 && is_drift[2] == 7 && start[0] == 7);
  }
  const crucible_adwin_window after = get(adwin);
  assert_memory_equal(&before, &after, sizeof before);
  crucible_adwin_window window = {.struct_size = sizeof window};
  assert_int_equal(crucible_drift_stream(drift, 0, &window), CRUCIBLE_OK);
  assert_int_equal(window.n_values, 0);
  assert_true(window.mean == 0 && window.variance == 0);
  assert_int_equal(crucible_drift_stream(drift, 4, &window),
                   CRUCIBLE_E_INVALID);
  const crucible_matrix table = {&before.mean, 1, 3, 1, 1};
  assert_int_equal(crucible_drift_run(drift, &table, NULL, NULL),
                   CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_adwin_run(adwin, NULL, 1, NULL, NULL),
                   CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_adwin_run(adwin, NULL, 0, NULL, NULL), CRUCIBLE_OK);
  assert_int_equal(crucible_adwin_push(NULL, 1, NULL), CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_adwin_get(adwin, NULL), CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_adwin_drift_start(adwin, NULL), CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_drift_start(drift, NULL), CRUCIBLE_E_INVALID);
  crucible_adwin_destroy(adwin);
  crucible_drift_destroy(drift);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(changes_are_those_of_river),
      cmocka_unit_test(widths_at_changes_are_those_of_the_oracle),
      cmocka_unit_test(range_makes_changes_independent_of_scale),
      cmocka_unit_test(a_window_is_of_the_values_it_says_it_holds),
      cmocka_unit_test(what_was_cut_off_leaves_no_trace),
      cmocka_unit_test(constants_are_never_cut),
      cmocka_unit_test(a_planted_shift_is_found),
      cmocka_unit_test(a_batch_has_the_bits_of_single_values),
      cmocka_unit_test(k_of_m_streams_must_have_changed),
      cmocka_unit_test(streams_check_with_their_share_of_delta),
      cmocka_unit_test(wrong_options_are_refused),
      cmocka_unit_test(values_that_are_no_numbers_change_nothing),
  };
  failing_alloc_install();
  return cmocka_run_group_tests(tests, NULL, NULL);
}
