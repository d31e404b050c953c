/* SPDX-License-Identifier: Apache-2.0 */
/* Decisions of Optuna, event by event: tests/data/gen/gen_study.py. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <crucible/pruners.h>
#include <crucible/study.h>

#include "support/golden_rows.h"
#include "support/near.h"
#include "support/study_space.h"

static void ok(crucible_status status, size_t row) {
  if (status != CRUCIBLE_OK)
    fail_msg("row %zu: %s: %s", row, crucible_status_name(status),
             crucible_last_error());
}

typedef struct game {
  crucible_space *space;
  crucible_study *study;
  crucible_pruner *pruner;
} game;

static void end_game(game *g) {
  crucible_study_destroy(g->study);
  crucible_pruner_destroy(g->pruner);
  g->study = NULL;
  g->pruner = NULL;
}

static void begin_game(game *g, const golden_row *row) {
  end_game(g);
  crucible_study_options o;
  crucible_study_options_init(&o, sizeof o);
  o.space = g->space;
  if (row->n > 2) {
    crucible_percentile_options m;
    crucible_percentile_options_init(&m, sizeof m);
    o.direction = (int32_t)row->cell[2];
    m.n_startup_trials = (uint32_t)row->cell[3];
    m.n_warmup_steps = (uint32_t)row->cell[4];
    m.interval_steps = (uint32_t)row->cell[5];
    m.n_min_trials = (uint32_t)row->cell[6];
    ok(crucible_pruner_percentile(&m, &g->pruner), 0);
    o.pruner = g->pruner;
  }
  ok(crucible_study_create(&o, &g->study), 0);
}

static void assert_prune(const game *g, uint64_t number, double expected,
                         size_t row) {
  int32_t prune;
  ok(crucible_study_should_prune(g->study, number, &prune), row);
  if (prune != (int32_t)expected)
    fail_msg("row %zu, trial %llu: pruned %d, Optuna %g", row,
             (unsigned long long)number, (int)prune, expected);
}

static void assert_asked(const game *g, double expected, size_t row) {
  uint64_t number;
  ok(crucible_study_ask(g->study, 1, &number), row);
  if (number != (uint64_t)expected)
    fail_msg("row %zu: trial %llu, Optuna %g", row, (unsigned long long)number,
             expected);
}

static void the_median_pruner_decides_as_optuna(void **state) {
  (void)state;
  golden_rows rows = golden_rows_read("study/prune.csv");
  game g = {.space = study_space()};
  int n[2] = {0};
  for (size_t i = 0; i < rows.n; ++i) {
    const golden_row *row = &rows.row[i];
    uint64_t number = (uint64_t)row->cell[1];
    if (strcmp(row->word, "study") == 0) {
      begin_game(&g, row);
    } else if (strcmp(row->word, "ask") == 0) {
      assert_asked(&g, row->cell[1], i);
    } else if (strcmp(row->word, "decide") == 0) {
      assert_prune(&g, number, row->cell[2], i);
    } else if (strcmp(row->word, "report") == 0) {
      ok(crucible_study_report(g.study, number, (uint32_t)row->cell[2],
                               row->cell[3]),
         i);
      assert_prune(&g, number, row->cell[4], i);
      ++n[(int)row->cell[4]];
    } else {
      assert_string_equal(row->word, "tell");
      ok(crucible_study_tell(g.study, number, (int32_t)row->cell[2],
                             row->cell[3], 0),
         i);
      crucible_trial t = {.struct_size = sizeof t};
      ok(crucible_study_trial(g.study, number, &t), i);
      assert_near(t.value, row->cell[3], 0, 0);
    }
  }
  assert_true(n[0] > 1000 && n[1] > 400);
  end_game(&g);
  crucible_space_destroy(g.space);
  golden_rows_free(&rows);
}

/* The point in a row's cells from `at` on; an empty cell is not given. */
static void read_point(const golden_row *row, size_t at, double *point,
                       uint8_t *is_given) {
  for (size_t i = 0; i < STUDY_PARAMS; ++i) {
    point[i] = at + i < row->n ? row->cell[at + i] : (double)NAN;
    is_given[i] = (uint8_t)!isnan(point[i]);
  }
}

static void the_queue_skips_and_yields_as_optuna(void **state) {
  (void)state;
  golden_rows rows = golden_rows_read("study/enqueue.csv");
  game g = {.space = study_space()};
  int n_skipped = 0;
  double point[STUDY_PARAMS];
  uint8_t is_given[STUDY_PARAMS];
  for (size_t i = 0; i < rows.n; ++i) {
    const golden_row *row = &rows.row[i];
    if (strcmp(row->word, "study") == 0) {
      begin_game(&g, row);
    } else if (strcmp(row->word, "ask") == 0) {
      assert_asked(&g, row->cell[1], i);
    } else if (strcmp(row->word, "known") == 0) {
      read_point(row, 1, point, is_given);
      ok(crucible_study_add_known(g.study, point, 1, 0, NULL), i);
    } else {
      assert_string_equal(row->word, "enqueue");
      read_point(row, 3, point, is_given);
      uint64_t before = crucible_study_count(g.study), number;
      ok(crucible_study_enqueue(g.study, point, is_given, (int32_t)row->cell[1],
                                &number),
         i);
      uint64_t added = crucible_study_count(g.study) - before;
      if (added != (uint64_t)row->cell[2])
        fail_msg("row %zu: added %d, Optuna %g", i, (int)added, row->cell[2]);
      assert_true(added == 1 ? number == before : number < before);
      n_skipped += added == 0;
    }
  }
  assert_true(n_skipped > 200);
  end_game(&g);
  crucible_space_destroy(g.space);
  golden_rows_free(&rows);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_median_pruner_decides_as_optuna),
      cmocka_unit_test(the_queue_skips_and_yields_as_optuna),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
