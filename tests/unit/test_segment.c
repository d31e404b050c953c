/* SPDX-License-Identifier: Apache-2.0 */
/* Segments: worked examples, names, unknown values, refusals, memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <crucible/segment.h>

#include "support/failing_alloc.h"
#include "support/near.h"
#include "support/segment_rows.h"

static crucible_segment_options terciles(uint64_t window, uint64_t refit) {
  crucible_segment_options options;
  crucible_segment_options_init(&options, sizeof options);
  options.window = window;
  options.refit = refit;
  return options;
}

static crucible_segmenter *make(const crucible_segment_options *options) {
  crucible_segmenter *segmenter;
  assert_int_equal(crucible_segmenter_create(options, &segmenter), CRUCIBLE_OK);
  return segmenter;
}

static int32_t push(crucible_segmenter *segmenter, const double *row) {
  int32_t label = -7;
  assert_int_equal(crucible_segmenter_push(segmenter, row, NULL, NULL, &label),
                   CRUCIBLE_OK);
  return label;
}

static int32_t push1(crucible_segmenter *segmenter, double x) {
  return push(segmenter, &x);
}

static void run(crucible_segmenter *segmenter, const double *rows, size_t n,
                size_t columns, int32_t *labels) {
  crucible_matrix matrix = regime_matrix(rows, n, columns);
  assert_int_equal(
      crucible_segmenter_run(segmenter, &matrix, NULL, NULL, labels),
      CRUCIBLE_OK);
}

static crucible_segmenter_info info_of(const crucible_segmenter *segmenter) {
  crucible_segmenter_info info = {.struct_size = sizeof info};
  assert_int_equal(crucible_segmenter_get(segmenter, &info), CRUCIBLE_OK);
  return info;
}

/* ---- quantiles ---- */

static void terciles_are_cut_as_numpy_cuts_them(void **state) {
  (void)state;
  /* numpy.quantile([1, 2, 4, 8, 16, 32], [1 / 3, 2 / 3]): 10 / 3, 32 / 3 */
  static const double past[6] = {8, 1, 32, 2, 16, 4};
  static const double next[6] = {1, 3.3, 3.4, 10.6, 10.7, 1e9};
  static const int32_t expected[6] = {0, 0, 1, 1, 2, 2};
  crucible_segment_options options = terciles(6, 0);
  crucible_segmenter *segmenter = make(&options);
  for (int i = 0; i < 6; ++i)
    assert_int_equal(push1(segmenter, past[i]), -1);
  double cuts[2], centres[3];
  int32_t names[3];
  assert_int_equal(crucible_segmenter_segments(segmenter, names, centres, cuts),
                   CRUCIBLE_OK);
  assert_near(cuts[0], 10.0 / 3, 1e-15, 0);
  assert_near(cuts[1], 32.0 / 3, 1e-15, 0);
  assert_near(centres[0], 1.5, 0, 0);
  assert_near(centres[1], 6, 0, 0);
  assert_near(centres[2], 24, 0, 0);
  for (int k = 0; k < 3; ++k)
    assert_int_equal(names[k], k);
  for (int i = 0; i < 6; ++i)
    assert_int_equal(push1(segmenter, next[i]), expected[i]);
  assert_int_equal(info_of(segmenter).n_fits, 1);
  crucible_segmenter_destroy(segmenter);
}

static void a_fit_sees_the_latest_window_and_labels_what_follows(void **state) {
  (void)state;
  crucible_segment_options options = terciles(4, 2);
  options.first = 3;
  options.n_quantiles = 2; /* the median */
  crucible_segmenter *segmenter = make(&options);
  static const double x[8] = {1, 2, 3, 2, 9, 3, 7, 1};
  /* fits after 3 (1 2 3: 2), 5 (2 3 2 9: 2.5), 7 (2 9 3 7: 5) */
  static const int32_t expected[8] = {-1, -1, -1, 0, 1, 1, 1, 0};
  for (int i = 0; i < 8; ++i)
    assert_int_equal(push1(segmenter, x[i]), expected[i]);
  const crucible_segmenter_info info = info_of(segmenter);
  assert_int_equal(info.n_rows, 8);
  assert_int_equal(info.n_complete, 8);
  assert_int_equal(info.n_fits, 3);
  assert_int_equal(info.fitted_at, 7);
  assert_int_equal(info.n_points, 4);
  assert_int_equal(info.n_segments, 2);
  assert_int_equal(info.n_names, 2);
  double cut;
  assert_int_equal(crucible_segmenter_segments(segmenter, NULL, NULL, &cut),
                   CRUCIBLE_OK);
  assert_near(cut, 5, 0, 0);
  crucible_segmenter_destroy(segmenter);
}

static void forecasts_that_are_all_equal_are_low(void **state) {
  (void)state;
  crucible_segment_options options = terciles(5, 1);
  crucible_segmenter *segmenter = make(&options);
  for (int i = 0; i < 9; ++i)
    assert_int_equal(push1(segmenter, 2), i < 5 ? -1 : 0);
  assert_int_equal(push1(segmenter, 2.1), 2);
  double centres[3];
  assert_int_equal(crucible_segmenter_segments(segmenter, NULL, centres, NULL),
                   CRUCIBLE_OK);
  assert_near(centres[0], 2, 0, 0);
  assert_true(isnan(centres[1]));
  assert_near(centres[2], 2.1, 0, 0);
  crucible_segmenter_destroy(segmenter);
}

static void an_unknown_value_is_not_labelled_and_does_not_count(void **state) {
  (void)state;
  static const double x[9] = {1, 5, 3, 2, 8, 4, 6, 1, 9};
  crucible_segment_options options = terciles(3, 2);
  crucible_segmenter *plain = make(&options), *holes = make(&options);
  for (int i = 0; i < 9; ++i) {
    for (int k = 0; k < i % 3; ++k)
      assert_int_equal(push1(holes, (double)NAN), -1);
    assert_int_equal(push1(plain, x[i]), push1(holes, x[i]));
  }
  assert_int_equal(info_of(holes).n_rows, 18);
  assert_int_equal(info_of(holes).n_complete, 9);
  crucible_segmenter_destroy(plain);
  crucible_segmenter_destroy(holes);
}

/* ---- regimes ---- */

/* Share of the labelled bars whose name is that of most bars of their truth;
   *labelled: share of all. */
static double purity(const int32_t *labels, const int32_t *truth, size_t begin,
                     size_t n, double *labelled) {
  size_t counts[8][64] = {{0}}, known = 0, right = 0;
  for (size_t i = begin; i < n; ++i)
    if (labels[i] >= 0) {
      assert_in_range(labels[i], 0, 63);
      ++counts[truth[i]][labels[i]];
      ++known;
    }
  for (int t = 0; t < 8; ++t) {
    size_t most = 0;
    for (int k = 0; k < 64; ++k)
      most = counts[t][k] > most ? counts[t][k] : most;
    right += most;
  }
  *labelled = (double)known / (double)(n - begin);
  return known > 0 ? (double)right / (double)known : 0;
}

static void planted_regimes_are_found_and_keep_their_names(void **state) {
  (void)state;
  enum { N = 4000, WINDOW = 1000 };
  double *rows = malloc(N * SEGMENT_COLUMNS * sizeof *rows), labelled;
  int32_t labels[N], truth[N];
  assert_non_null(rows);
  for (uint32_t seed = 1; seed <= 4; ++seed)
    for (int32_t scaling = 1; scaling <= 2; ++scaling) {
      segment_rows(seed, N, 3, rows, truth);
      crucible_segment_options options =
          segment_regimes(SEGMENT_COLUMNS, WINDOW, 100);
      options.scaling = scaling;
      options.max_points = seed % 2 ? 0 : 400;
      crucible_segmenter *segmenter = make(&options);
      run(segmenter, rows, N, SEGMENT_COLUMNS, labels);
      for (int i = 0; i < WINDOW; ++i)
        assert_int_equal(labels[i], -1);
      assert_true(purity(labels, truth, WINDOW, N, &labelled) > 0.995);
      assert_true(labelled > 0.8);
      const crucible_segmenter_info info = info_of(segmenter);
      assert_int_equal(info.n_fits, 31);
      assert_int_equal(info.n_names, 3); /* over 31 fits */
      assert_int_equal(info.n_segments, 3);
      assert_int_equal(info.n_points, seed % 2 ? 1000 : 334);
      crucible_segmenter_destroy(segmenter);
    }
  free(rows);
}

/* One column; regimes at levels 0, 10, 20 by turns as a string says. */
typedef struct story {
  crucible_segmenter *segmenter;
  int n_bars;
} story;

static story story_of(double return_within) {
  crucible_segment_options options = segment_regimes(1, 200, 50);
  options.scaling = CRUCIBLE_SEGMENT_AS_IS;
  options.hdbscan.min_cluster_size = 25;
  options.hdbscan.min_samples = 5;
  options.return_within = return_within;
  return (story){make(&options), 0};
}

/* n bars, by turns at each of the levels, spread evenly over 1 above it; the
   last label of each level. */
static void tell(story *s, int n, const double *levels, int n_levels,
                 int32_t *last) {
  for (int i = 0; i < n; ++i) {
    const double place = 0.6180339887498949 * ++s->n_bars;
    last[i % n_levels] =
        push1(s->segmenter, levels[i % n_levels] + place - floor(place));
  }
}

static void a_vanished_name_comes_back_where_it_was(void **state) {
  (void)state;
  static const double two[2] = {0, 10}, other[2] = {0, 20};
  for (int returns = 0; returns <= 1; ++returns) {
    story s = story_of(returns ? 0.5 : 0);
    int32_t last[2];
    tell(&s, 300, two, 2, last);
    assert_true(last[0] >= 0 && last[1] >= 0 && last[0] != last[1]);
    const int32_t low = last[0], middle = last[1];
    tell(&s, 400, other, 2, last); /* the window has forgotten 10 */
    assert_int_equal(last[0], low);
    assert_int_equal(last[1], 2);
    tell(&s, 400, two, 2, last);
    assert_int_equal(last[0], low);
    assert_int_equal(last[1], returns ? middle : 3);
    assert_int_equal(info_of(s.segmenter).n_names, returns ? 3 : 4);
    crucible_segmenter_destroy(s.segmenter);
  }
}

static void a_window_without_clusters_forgets_no_name(void **state) {
  (void)state;
  static const double two[2] = {0, 10};
  story s = story_of(0.5);
  int32_t last[2], before[2];
  tell(&s, 300, two, 2, before);
  for (int i = 0; i < 300; ++i)
    last[0] = push1(s.segmenter, 5);
  assert_int_equal(last[0], -1); /* equal points are no cluster */
  assert_int_equal(info_of(s.segmenter).n_segments, 0);
  tell(&s, 300, two, 2, last);
  assert_int_equal(last[0], before[0]);
  assert_int_equal(last[1], before[1]);
  crucible_segmenter_destroy(s.segmenter);
}

static void names_follow_a_regime_that_drifts(void **state) {
  (void)state;
  story s = story_of(0);
  int32_t last[2], before[2];
  double levels[2] = {0, 10};
  tell(&s, 250, levels, 2, before);
  for (int i = 0; i < 100; ++i) { /* both go beyond where the other began */
    levels[0] += 0.2;
    levels[1] += 0.2;
    tell(&s, 20, levels, 2, last);
  }
  assert_memory_equal(last, before, sizeof last);
  assert_int_equal(info_of(s.segmenter).n_names, 2);
  crucible_segmenter_destroy(s.segmenter);
}

static void the_larger_part_of_a_split_keeps_the_name(void **state) {
  (void)state;
  static const double near[3] = {0, 0.9, 40}, apart[4] = {0, 0, 9, 40};
  for (int far = 0; far <= 1; ++far) { /* a name in use does not come back */
    story s = story_of(far ? 100 : 0);
    int32_t before[3], last[4];
    tell(&s, 300, near, 3, before); /* 0 and 0.9 are one */
    assert_int_equal(before[0], before[1]);
    assert_int_equal(info_of(s.segmenter).n_names, 2);
    tell(&s, 400, apart, 4, last);
    assert_int_equal(last[0], before[0]);
    assert_int_equal(last[3], before[2]);
    assert_int_equal(last[2], 2);
    crucible_segmenter_destroy(s.segmenter);
  }
}

static void a_column_that_does_not_vary_counts_for_nothing(void **state) {
  (void)state;
  enum { N = 900 };
  double rows[N * 3], with[N * 4];
  int32_t truth[N], labels[N], same[N];
  segment_rows(3, N, 3, rows, truth);
  for (int32_t scaling = 1; scaling <= 3; ++scaling) {
    for (size_t i = 0; i < N; ++i) {
      memcpy(with + 4 * i, rows + 3 * i, 3 * sizeof *rows);
      with[4 * i + 3] = i < 700 ? 0.1 : 1e6 * (double)(i % 9);
    }
    crucible_segment_options options = segment_regimes(3, 700, 0);
    options.scaling = scaling;
    crucible_segmenter *three = make(&options);
    options.n_columns = 4;
    crucible_segmenter *four = make(&options);
    run(three, rows, N, 3, labels);
    run(four, with, N, 4, same);
    assert_memory_equal(labels, same, sizeof labels);
    crucible_segmenter_destroy(three);
    crucible_segmenter_destroy(four);
  }
}

static void rows_that_never_vary_are_noise(void **state) {
  (void)state;
  const double row[3] = {1, 2, 3};
  crucible_segment_options options = segment_regimes(3, 60, 10);
  crucible_segmenter *segmenter = make(&options);
  for (int i = 0; i < 100; ++i)
    assert_int_equal(push(segmenter, row), -1);
  assert_int_equal(info_of(segmenter).n_fits, 5);
  assert_int_equal(crucible_segmenter_segments(segmenter, NULL, NULL, NULL),
                   CRUCIBLE_OK);
  crucible_segmenter_destroy(segmenter);
}

/* The largest values and spreads that are taken make no fit fail. */
static void absurd_values_are_survived(void **state) {
  (void)state;
  static const double base[5] = {0, 1e100, -1e100, 1e-150, 1e-100};
  for (int32_t scaling = 1; scaling <= 3; ++scaling) {
    crucible_segment_options options = segment_regimes(2, 80, 20);
    options.scaling = scaling;
    options.hdbscan.min_cluster_size = 10;
    crucible_segmenter *segmenter = make(&options);
    for (int i = 0; i < 300; ++i) {
      const double row[2] = {i < 150 ? 1e-149 * i : base[i % 5],
                             i % 7 == 0 ? base[i % 4] : 1e-140 * (i % 3)};
      assert_in_range(push(segmenter, row) + 1, 0, 100);
    }
    crucible_segmenter_destroy(segmenter);
  }
}

/* ---- runs and transitions ---- */

static void labels_are_counted(void **state) {
  (void)state;
  static const int32_t labels[9] = {-1, -1, 0, 0, 0, 2, 0, 0, 2};
  crucible_segment_run runs[6];
  size_t n = 9;
  assert_int_equal(crucible_segment_runs(labels, 9, NULL, 0, &n), CRUCIBLE_OK);
  assert_int_equal(n, 5);
  runs[0].label = 77;
  assert_int_equal(crucible_segment_runs(labels, 9, runs, 4, &n), CRUCIBLE_OK);
  assert_int_equal(runs[0].label, 77);
  assert_int_equal(crucible_segment_runs(labels, 9, runs, 6, &n), CRUCIBLE_OK);
  static const crucible_segment_run expected[5] = {
      {0, 2, -1, 0}, {2, 5, 0, 0}, {5, 6, 2, 0}, {6, 8, 0, 0}, {8, 9, 2, 0}};
  assert_memory_equal(runs, expected, sizeof expected);
  uint64_t bars[4], moves[16];
  static const uint64_t all[4] = {2, 5, 0, 2};
  static const uint64_t next[16] = {1, 1, 0, 0, /* from -1 */
                                    0, 3, 0, 2, 0, 0, 0, 0, 0, 1, 0, 0};
  assert_int_equal(crucible_segment_transitions(labels, 9, 3, bars, moves),
                   CRUCIBLE_OK);
  assert_memory_equal(bars, all, sizeof all);
  assert_memory_equal(moves, next, sizeof next);
  assert_int_equal(crucible_segment_runs(NULL, 0, NULL, 0, &n), CRUCIBLE_OK);
  assert_int_equal(n, 0);
  assert_int_equal(crucible_segment_transitions(NULL, 0, 3, bars, NULL),
                   CRUCIBLE_OK);
  assert_int_equal(bars[0], 0);
}

/* ---- refusals ---- */

static void says(const char *text) {
  if (strstr(crucible_last_error(), text) == NULL)
    fail_msg("\"%s\" does not say \"%s\"", crucible_last_error(), text);
}

static void create_refuses_bad_options(void **state) {
  (void)state;
  crucible_segment_options q = terciles(100, 10),
                           r = segment_regimes(2, 100, 5);
  crucible_segmenter *made;
#define REFUSED(good, field, value, status, text)                              \
  do {                                                                         \
    crucible_segment_options o = (good);                                       \
    o.field = (value);                                                         \
    made = (crucible_segmenter *)(uintptr_t)8;                                 \
    assert_int_equal(crucible_segmenter_create(&o, &made), status);            \
    assert_null(made);                                                         \
    says(text);                                                                \
  } while (0)
  REFUSED(q, kind, 3, CRUCIBLE_E_INVALID, "kind is 3");
  REFUSED(q, n_columns, 0, CRUCIBLE_E_INVALID, "n_columns is 0");
  REFUSED(q, n_columns, 2, CRUCIBLE_E_INVALID, "must be 1 for quantiles");
  REFUSED(r, n_columns, 0, CRUCIBLE_E_INVALID, "n_columns is 0");
  REFUSED(r, n_columns, 51, CRUCIBLE_E_UNSUPPORTED, "n_columns is 51");
  REFUSED(q, n_quantiles, 1, CRUCIBLE_E_INVALID, "n_quantiles is 1");
  REFUSED(q, n_quantiles, 1001, CRUCIBLE_E_INVALID, "n_quantiles is 1001");
  REFUSED(q, n_quantiles, 101, CRUCIBLE_E_TOO_SHORT, "window is 100");
  REFUSED(q, first, 2, CRUCIBLE_E_TOO_SHORT, "first is 2");
  REFUSED(r, scaling, 0, CRUCIBLE_E_INVALID, "scaling is 0");
  REFUSED(q, window, 0, CRUCIBLE_E_INVALID, "window is 0");
  REFUSED(q, window, (UINT64_C(1) << 24) + 1, CRUCIBLE_E_UNSUPPORTED,
          "window is 16777217");
  REFUSED(r, first, 101, CRUCIBLE_E_INVALID, "first is 101");
  REFUSED(r, first, 10, CRUCIBLE_E_TOO_SHORT, "fits of 10 points");
  REFUSED(r, max_points, 18, CRUCIBLE_E_TOO_SHORT, "fits of 10 points");
  REFUSED(r, min_overlap, 0, CRUCIBLE_E_INVALID, "min_overlap is 0");
  REFUSED(r, min_overlap, (double)NAN, CRUCIBLE_E_INVALID, "min_overlap");
  REFUSED(r, return_within, -1, CRUCIBLE_E_INVALID, "return_within is -1");
  REFUSED(r, hdbscan.min_cluster_size, 1, CRUCIBLE_E_INVALID,
          "hdbscan: options.min_cluster_size is 1");
  REFUSED(r, hdbscan.struct_size, 0, CRUCIBLE_E_INVALID, "struct_size");
  REFUSED(r, window, 40000, CRUCIBLE_E_UNSUPPORTED, "1 / 1024");
  REFUSED(r, struct_size, 4, CRUCIBLE_E_INVALID, "struct_size");
#undef REFUSED
  assert_int_equal(crucible_segmenter_create(&q, NULL), CRUCIBLE_E_INVALID);
}

static void calls_refuse_bad_arguments(void **state) {
  (void)state;
  crucible_segment_options options = segment_regimes(2, 30, 5);
  crucible_segmenter *s = make(&options);
  const double rows[6] = {1, 2, 3, (double)INFINITY, 5, 1e101};
  int32_t labels[3] = {7, 7, 7}, label = 7;
  crucible_matrix m = regime_matrix(rows, 3, 2);
  assert_int_equal(crucible_segmenter_run(s, &m, NULL, NULL, labels),
                   CRUCIBLE_E_INVALID);
  says("row 1, column 1 is inf");
  assert_int_equal(crucible_segmenter_push(s, rows + 4, NULL, NULL, &label),
                   CRUCIBLE_E_INVALID);
  says("row 0, column 1 is 1e+101");
  m.cols = 3;
  assert_int_equal(crucible_segmenter_run(s, &m, NULL, NULL, labels),
                   CRUCIBLE_E_INVALID);
  says("rows->cols is 3: the segmenter has 2 columns");
  m = (crucible_matrix){NULL, 1, 2, 2, 1};
  assert_int_equal(crucible_segmenter_run(s, &m, NULL, NULL, labels),
                   CRUCIBLE_E_INVALID);
  says("rows->data is NULL");
  assert_int_equal(crucible_segmenter_run(NULL, &m, NULL, NULL, labels),
                   CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_segmenter_run(s, &m, NULL, NULL, NULL),
                   CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_segmenter_push(s, NULL, NULL, NULL, &label),
                   CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_segmenter_push(s, rows, NULL, NULL, NULL),
                   CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_segmenter_segments(NULL, NULL, NULL, NULL),
                   CRUCIBLE_E_INVALID);
  crucible_segmenter_info info = {0};
  assert_int_equal(crucible_segmenter_get(s, &info), CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_segmenter_get(NULL, &info), CRUCIBLE_E_INVALID);
  assert_int_equal(info_of(s).n_rows, 0);
  assert_int_equal(labels[0] + label, 14);
  size_t n = 5;
  const int32_t wrong[3] = {0, -2, 3};
  assert_int_equal(crucible_segment_runs(wrong, 3, NULL, 0, &n),
                   CRUCIBLE_E_INVALID);
  says("labels[1] is -2");
  assert_int_equal(crucible_segment_runs(wrong, 3, NULL, 1, &n),
                   CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_segment_runs(NULL, 3, NULL, 0, &n),
                   CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_segment_transitions(wrong + 2, 1, 3, NULL, NULL),
                   CRUCIBLE_E_INVALID);
  says("labels[0] is 3: must be from -1 to 2");
  assert_int_equal(crucible_segment_transitions(NULL, 0, 32769, NULL, NULL),
                   CRUCIBLE_E_INVALID);
  assert_int_equal(n, 5);
  crucible_segmenter_destroy(s);
  crucible_segmenter_destroy(NULL);
}

/* ---- want of memory ---- */

typedef struct path_data {
  double rows[300 * 3];
  int32_t truth[300];
} path_data;

static crucible_status whole_path(void *data) {
  const path_data *d = data;
  crucible_segment_options options = segment_regimes(3, 120, 60);
  crucible_matrix m = regime_matrix(d->rows, 250, 3);
  crucible_segmenter *one = NULL, *other = NULL;
  unsigned char bytes[60000];
  int32_t labels[300];
  size_t needed = 0;
  crucible_status status = crucible_segmenter_create(&options, &one);
  if (status == CRUCIBLE_OK)
    status = crucible_segmenter_run(one, &m, NULL, NULL, labels);
  for (size_t i = 250; status == CRUCIBLE_OK && i < 300; ++i)
    status =
        crucible_segmenter_push(one, d->rows + 3 * i, NULL, NULL, labels + i);
  if (status == CRUCIBLE_OK)
    status = crucible_segmenter_save(one, bytes, sizeof bytes, &needed);
  if (status == CRUCIBLE_OK)
    status = crucible_segmenter_create(&options, &other);
  if (status == CRUCIBLE_OK)
    status = crucible_segmenter_load(other, bytes, needed, NULL);
  crucible_segmenter_destroy(one);
  crucible_segmenter_destroy(other);
  return status;
}

static void all_of_it_survives_want_of_memory(void **state) {
  (void)state;
  path_data *d = malloc(sizeof *d);
  assert_non_null(d);
  segment_rows(2, 300, 3, d->rows, d->truth);
  assert_true(failing_alloc_run(whole_path, d) >= 60);
  free(d);
}

/* A push that fails in its fit can be tried again, with the same outcome. */
static void a_fit_that_fails_changes_nothing(void **state) {
  (void)state;
  enum { N = 260 };
  double rows[N * 3];
  int32_t truth[N];
  segment_rows(4, N, 3, rows, truth);
  crucible_segment_options options = segment_regimes(3, 100, 20);
  crucible_segmenter *one = make(&options), *other = make(&options);
  size_t failures = 0;
  for (size_t i = 0; i < N; ++i) {
    int32_t label = 9;
    crucible_status status = CRUCIBLE_E_NOMEM;
    for (size_t k = 1; status != CRUCIBLE_OK; ++k) {
      failing_alloc_at(k, 1);
      status = crucible_segmenter_push(one, rows + 3 * i, NULL, NULL, &label);
      failures += status != CRUCIBLE_OK;
    }
    failing_alloc_at(0, 0);
    assert_int_equal(push(other, rows + 3 * i), label);
  }
  assert_true(failures >= 100);
  crucible_segmenter_destroy(one);
  crucible_segmenter_destroy(other);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(terciles_are_cut_as_numpy_cuts_them),
      cmocka_unit_test(a_fit_sees_the_latest_window_and_labels_what_follows),
      cmocka_unit_test(forecasts_that_are_all_equal_are_low),
      cmocka_unit_test(an_unknown_value_is_not_labelled_and_does_not_count),
      cmocka_unit_test(planted_regimes_are_found_and_keep_their_names),
      cmocka_unit_test(a_vanished_name_comes_back_where_it_was),
      cmocka_unit_test(a_window_without_clusters_forgets_no_name),
      cmocka_unit_test(names_follow_a_regime_that_drifts),
      cmocka_unit_test(the_larger_part_of_a_split_keeps_the_name),
      cmocka_unit_test(a_column_that_does_not_vary_counts_for_nothing),
      cmocka_unit_test(rows_that_never_vary_are_noise),
      cmocka_unit_test(absurd_values_are_survived),
      cmocka_unit_test(labels_are_counted),
      cmocka_unit_test(create_refuses_bad_options),
      cmocka_unit_test(calls_refuse_bad_arguments),
      cmocka_unit_test(all_of_it_survives_want_of_memory),
      cmocka_unit_test(a_fit_that_fails_changes_nothing),
  };
  failing_alloc_install();
  return cmocka_run_group_tests(tests, NULL, NULL);
}
