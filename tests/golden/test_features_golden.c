/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Features against other people's code on the same bars. Every value lies
 * within 1e-9, relatively or (where the value is small beside what it is the
 * difference of) against the largest value of the column.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <crucible/features.h>

#include "support/made_bars.h"
#include "support/near.h"

#define FOLDER CRUCIBLE_SOURCE_DIR "/tests/data/features/"
#define TOLERANCE 1e-9

typedef struct golden {
  crucible_feature_spec spec;
  char name[40];
  size_t row;
  double value;
} golden;

static int read_golden(char *line, golden *g) {
  char *cell[7], *rest = line;
  for (size_t i = 0; i < 7; ++i) {
    cell[i] = rest;
    rest = strchr(rest, i < 6 ? ',' : '\n');
    assert_non_null(rest);
    *rest++ = '\0';
  }
  if (strcmp(cell[0], "feature") == 0)
    return 0;
  (void)snprintf(g->name, sizeof g->name, "%s", cell[0]);
  for (size_t i = 0; i < 4; ++i)
    g->spec.params[i] = *cell[1 + i] ? strtod(cell[1 + i], NULL) : (double)NAN;
  g->row = strtoul(cell[5], NULL, 10);
  g->value = strtod(cell[6], NULL);
  return 1;
}

static int same_spec(const golden *a, const golden *b) {
  int same = strcmp(a->name, b->name) == 0;
  for (size_t i = 0; i < CRUCIBLE_FEATURE_PARAMS_MAX; ++i)
    same &= near_bits(a->spec.params[i]) == near_bits(b->spec.params[i]);
  return same;
}

static double greatest(const double *x, size_t n) {
  double most = 0;
  for (size_t i = 0; i < n; ++i)
    most = fmax(most, isnan(x[i]) ? 0 : fabs(x[i]));
  return most;
}

static void compute(golden *g, const made_bars *bars, double *column) {
  g->spec.name = g->name;
  if (crucible_features_compute(&g->spec, 1, &bars->view, NULL, column) !=
      CRUCIBLE_OK)
    fail_msg("%s", crucible_last_error());
}

/* 1 and a line of text if the value is wrong. */
static size_t is_wrong(const golden *g, const double *column, double most) {
  if (near_holds(column[g->row], g->value, TOLERANCE, TOLERANCE * most))
    return 0;
  print_error("%s(%g, %g, %g, %g) in row %zu is %.17g, expected %.17g\n",
              g->name, g->spec.params[0], g->spec.params[1], g->spec.params[2],
              g->spec.params[3], g->row, column[g->row], g->value);
  return 1;
}

/* Compares all lines of a file; the number of them. */
static size_t check_file(const char *path) {
  made_bars *bars = made_bars_read(FOLDER "bars.csv");
  double *column = calloc(bars->view.n, sizeof *column);
  FILE *file = fopen(path, "r");
  char line[256];
  golden last = {.row = 0}, g = {.row = 0};
  double most = 0;
  size_t n = 0, wrong = 0;
  assert_non_null(file);
  while (fgets(line, sizeof line, file) != NULL) {
    if (line[0] == '#' || !read_golden(line, &g))
      continue;
    if (!same_spec(&g, &last)) {
      compute(&g, bars, column);
      most = greatest(column, bars->view.n);
      last = g;
    }
    wrong += is_wrong(&g, column, most);
    n += 1;
  }
  (void)fclose(file);
  free(column);
  made_bars_free(bars);
  assert_int_equal(wrong, 0);
  return n;
}

/* ---- spreads of a published sample ---- */

static made_bars *read_published(const char *path) {
  FILE *file = fopen(path, "r");
  assert_non_null(file);
  made_bars *bars = made_bars_generate(MADE_SILENT, 10000, 1);
  char line[256];
  size_t n = 0;
  while (fgets(line, sizeof line, file) != NULL) {
    char *p = line;
    for (size_t j = 0; j < 4 && line[0] != '"'; ++j, p += *p == ',')
      bars->column[j][n] = strtod(p, &p);
    n += line[0] != '"';
  }
  (void)fclose(file);
  assert_int_equal(n, bars->view.n);
  return bars;
}

/* 9999 pairs of bars are 3333 windows of 3: their mean is that of all. */
static double mean_of_windows(const char *name, const made_bars *bars) {
  golden g = {.spec = {.params = {3}}};
  double *column = calloc(bars->view.n, sizeof *column), sum = 0;
  (void)snprintf(g.name, sizeof g.name, "%s", name);
  compute(&g, bars, column);
  for (size_t i = 3; i < bars->view.n; i += 3)
    sum += column[i];
  free(column);
  return sum / 3333;
}

/* shared/golden/golden.json, "spreads edge_ohlc.csv": CS2 and AR2 by the R
   code of eguidotti/bidask. */
static void spreads_are_those_of_bidask(void **state) {
  (void)state;
  if (CRUCIBLE_SHARED_DIR[0] == '\0')
    skip();
  made_bars *bars = read_published(CRUCIBLE_SHARED_DIR "/golden/edge_ohlc.csv");
  assert_near(mean_of_windows("CORWIN_SCHULTZ", bars), 0.00392710352058551,
              1e-12, 0);
  assert_near(mean_of_windows("ABDI_RANALDO", bars), 0.010979966825471529,
              1e-12, 0);
  made_bars_free(bars);
}

/* ---- golden files ---- */

static int file_has(const char *path, const char *name) {
  FILE *file = fopen(path, "r");
  char line[256];
  int found = 0;
  assert_non_null(file);
  while (!found && fgets(line, sizeof line, file) != NULL)
    found = strncmp(line, name, strlen(name)) == 0 && line[strlen(name)] == ',';
  (void)fclose(file);
  return found;
}

static void every_feature_has_a_golden_value(void **state) {
  (void)state;
  for (size_t i = 0; i < crucible_feature_count(); ++i) {
    crucible_feature_info info = {.struct_size = sizeof info};
    assert_int_equal(crucible_feature_at(i, &info), CRUCIBLE_OK);
    const char *path = info.is_talib ? FOLDER "talib.csv" : FOLDER "numpy.csv";
    if (!file_has(path, info.name))
      fail_msg("%s is not in %s", info.name, path);
  }
}

static void values_are_those_of_ta_lib(void **state) {
  (void)state;
  assert_true(check_file(FOLDER "talib.csv") > 4000);
}

static void values_are_those_of_their_definitions(void **state) {
  (void)state;
  assert_true(check_file(FOLDER "numpy.csv") > 3000);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(values_are_those_of_ta_lib),
      cmocka_unit_test(values_are_those_of_their_definitions),
      cmocka_unit_test(every_feature_has_a_golden_value),
      cmocka_unit_test(spreads_are_those_of_bidask),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
