/* SPDX-License-Identifier: Apache-2.0 */
/* Seasons against factors that numpy computed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <crucible/season.h>

#include "support/golden_rows.h"
#include "support/near.h"

typedef struct series {
  int64_t *time_ms;
  double *returns;
  size_t n;
} series;

static series series_of(const golden_rows *rows, const char *name) {
  series s = {calloc(rows->n, sizeof *s.time_ms),
              calloc(rows->n, sizeof *s.returns), 0};
  assert_true(s.time_ms != NULL && s.returns != NULL);
  for (size_t i = 0; i < rows->n; ++i)
    if (strcmp(rows->row[i].word, name) == 0) {
      s.time_ms[s.n] = (int64_t)rows->row[i].cell[1];
      s.returns[s.n++] = rows->row[i].cell[2];
    }
  assert_true(s.n > 100);
  return s;
}

static crucible_season_options options_of(const golden_row *row) {
  crucible_season_options options;
  crucible_season_options_init(&options, sizeof options);
  options.method = (int32_t)row->cell[2];
  options.timeframe_ms = (int64_t)row->cell[3];
  options.smooth_ms = (int64_t)row->cell[4];
  options.harmonics = (uint32_t)row->cell[5];
  options.levels = (uint32_t)row->cell[6];
  options.shapes = (uint32_t)row->cell[7];
  options.shrink_days = row->cell[8];
  options.shrink_returns = row->cell[9];
  options.zero_floor = row->cell[10];
  return options;
}

/* A time on that weekday and in that bin. */
static int64_t time_of(int weekday, int bin, int64_t timeframe_ms) {
  return (int64_t)(20213 + weekday) * 86400000 + bin * timeframe_ms;
}

static void compare(const golden_rows *rows, const char *factors,
                    const crucible_season *season, int64_t timeframe_ms) {
  int compared = 0, given = 0;
  double factor;
  for (size_t i = 0; i < rows->n; ++i) {
    const golden_row *row = &rows->row[i];
    if (strcmp(row->word, factors) != 0)
      continue;
    const int weekday = (int)row->cell[1], bin = (int)row->cell[2];
    if (weekday < 0) {
      crucible_season_info info = {.struct_size = sizeof info};
      assert_int_equal(crucible_season_get_info(season, &info), CRUCIBLE_OK);
      assert_near(info.break_factor, row->cell[3], 1e-9, 0);
      continue;
    }
    assert_int_equal(crucible_season_factor(season,
                                            time_of(weekday, bin, timeframe_ms),
                                            0, &factor),
                     CRUCIBLE_OK);
    assert_near(factor, row->cell[3], 1e-9, 0);
    ++compared;
  }
  for (int weekday = 0; weekday < 7; ++weekday)
    for (int bin = 0; bin < 86400000 / timeframe_ms; ++bin) {
      assert_int_equal(
          crucible_season_factor(season, time_of(weekday, bin, timeframe_ms), 0,
                                 &factor),
          CRUCIBLE_OK);
      given += !isnan(factor);
    }
  assert_true(compared > 50);
  assert_int_equal(given, compared);
}

static void factors_are_those_of_numpy(void **state) {
  (void)state;
  golden_rows rows = golden_rows_read("volatility/season.csv");
  for (int k = 0; k < 10; ++k) {
    char name[32];
    crucible_season *season;
    snprintf(name, sizeof name, "case%d", k);
    const golden_row *row = golden_rows_find(&rows, name);
    const crucible_season_options options = options_of(row);
    series s = series_of(&rows, row->second);
    assert_int_equal(
        crucible_season_fit(&options, s.time_ms, s.returns, s.n, &season),
        CRUCIBLE_OK);
    snprintf(name, sizeof name, "factor%d", k);
    compare(&rows, name, season, options.timeframe_ms);
    crucible_season_destroy(season);
    free(s.time_ms);
    free(s.returns);
  }
  golden_rows_free(&rows);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(factors_are_those_of_numpy),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
