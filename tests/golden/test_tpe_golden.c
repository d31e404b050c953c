/* SPDX-License-Identifier: Apache-2.0 */
/* Points of Optuna's TPESampler, trial by trial: tests/data/gen/gen_tpe.py. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <crucible/samplers.h>
#include <crucible/study.h>

#include "support/golden_rows.h"
#include "support/near.h"
#include "support/statuses.h"

enum { MOST_PARAMS = 16 };

typedef struct game {
  const golden_row *settings; /* word study */
  crucible_space *space;
  crucible_sampler *sampler;
  crucible_study *study;
} game;

static void end_game(game *g) {
  crucible_study_destroy(g->study);
  crucible_sampler_destroy(g->sampler);
  crucible_space_destroy(g->space);
  g->study = NULL;
}

static void start_game(game *g, const golden_row *settings) {
  end_game(g);
  g->settings = settings;
  assert_ok(crucible_space_create(&g->space));
}

static void add_param(const game *g, const golden_row *row) {
  static const char *const choices[] = {"0", "1", "2", "3", "4"};
  crucible_param p;
  crucible_param_init(&p, sizeof p);
  p.name = row->second;
  p.kind = (int32_t)row->cell[2];
  p.is_log = (int32_t)row->cell[3];
  p.low = row->cell[4];
  p.high = row->cell[5];
  p.step = p.is_log ? 0 : row->cell[6];
  p.n_choices = (uint32_t)row->cell[7];
  p.choices = choices;
  p.parent = (int32_t)row->cell[8];
  p.parent_choices = (uint64_t)row->cell[9];
  assert_ok(crucible_space_add(g->space, &p));
}

static void begin_study(game *g) {
  const double *setting = g->settings->cell;
  crucible_tpe_options t;
  crucible_tpe_options_init(&t, sizeof t);
  t.mode = CRUCIBLE_TPE_OPTUNA;
  t.joint = (int32_t)setting[3];
  t.uses_running = (int32_t)setting[4];
  t.startup = (uint32_t)setting[5];
  t.candidates = (uint32_t)setting[6];
  assert_ok(crucible_sampler_tpe(&t, &g->sampler));
  crucible_study_options o;
  crucible_study_options_init(&o, sizeof o);
  o.space = g->space;
  o.direction = (int32_t)setting[1];
  o.seed = (uint64_t)setting[2];
  o.sampler = g->sampler;
  assert_ok(crucible_study_create(&o, &g->study));
}

static void enqueue(const game *g, const golden_row *row) {
  uint8_t is_given[MOST_PARAMS];
  for (size_t i = 0; i < crucible_space_count(g->space); ++i)
    is_given[i] = (uint8_t)(isnan(row->cell[1 + i]) ? 0 : 1);
  assert_ok(crucible_study_enqueue(g->study, row->cell + 1, is_given, 0, NULL));
}

static void assert_point(const game *g, const golden_row *row, size_t line) {
  uint64_t number;
  crucible_trial t = {.struct_size = sizeof t};
  assert_ok(crucible_study_ask(g->study, 1, &number));
  assert_ok(crucible_study_trial(g->study, number, &t));
  assert_int_equal(number, (uint64_t)row->cell[1]);
  for (size_t i = 0; i < crucible_space_count(g->space); ++i)
    if (!near_holds(t.point[i], row->cell[2 + i], 1e-9, 1e-9))
      fail_msg("row %zu, seed %g, trial %llu, parameter %zu: %.17g, Optuna "
               "%.17g",
               line, g->settings->cell[2], (unsigned long long)number, i,
               t.point[i], row->cell[2 + i]);
}

static void points_are_those_of_optuna(void **state) {
  (void)state;
  golden_rows rows = golden_rows_read("study/tpe.csv");
  game g = {0};
  size_t n = 0;
  for (size_t i = 0; i < rows.n; ++i) {
    const golden_row *row = &rows.row[i];
    const double *cell = row->cell;
    if (strcmp(row->word, "study") == 0) {
      start_game(&g, row);
    } else if (strcmp(row->word, "param") == 0) {
      add_param(&g, row);
    } else if (strcmp(row->word, "begin") == 0) {
      begin_study(&g);
    } else if (strcmp(row->word, "enqueue") == 0) {
      enqueue(&g, row);
    } else if (strcmp(row->word, "ask") == 0) {
      assert_point(&g, row, i);
      ++n;
    } else if (strcmp(row->word, "report") == 0) {
      assert_ok(crucible_study_report(g.study, (uint64_t)cell[1],
                                      (uint32_t)cell[2], cell[3]));
    } else {
      assert_string_equal(row->word, "tell");
      assert_ok(crucible_study_tell(g.study, (uint64_t)cell[1],
                                    (int32_t)cell[2], cell[3], cell[4]));
    }
  }
  assert_true(n > 700);
  end_game(&g);
  golden_rows_free(&rows);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(points_are_those_of_optuna),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
