/* SPDX-License-Identifier: Apache-2.0 */
/* Decisions of Optuna's pruners, report by report: tests/data/gen/gen_pruners.py. */
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
#include "support/statuses.h"
#include "support/study_space.h"

typedef struct game {
  crucible_space *space;
  crucible_study *study;
  crucible_pruner *pruner, *wrapped;
} game;

static void end_game(game *g) {
  crucible_study_destroy(g->study);
  crucible_pruner_destroy(g->pruner);
  crucible_pruner_destroy(g->wrapped);
  g->study = NULL;
  g->pruner = g->wrapped = NULL;
}

static crucible_pruner *percentile(const double *cell) {
  crucible_percentile_options o;
  crucible_pruner *pruner;
  crucible_percentile_options_init(&o, sizeof o);
  o.percentile = cell[0];
  o.n_startup_trials = (uint32_t)cell[1];
  o.n_warmup_steps = (uint32_t)cell[2];
  o.interval_steps = (uint32_t)cell[3];
  o.n_min_trials = (uint32_t)cell[4];
  assert_ok(crucible_pruner_percentile(&o, &pruner));
  return pruner;
}

static crucible_pruner *halving(const double *cell) {
  crucible_halving_options o;
  crucible_pruner *pruner;
  crucible_halving_options_init(&o, sizeof o);
  o.min_resource = (uint32_t)cell[0];
  o.reduction_factor = (uint32_t)cell[1];
  o.min_early_stopping_rate = (uint32_t)cell[2];
  o.bootstrap_count = (uint32_t)cell[3];
  assert_ok(crucible_pruner_halving(&o, &pruner));
  return pruner;
}

static crucible_pruner *hyperband(const double *cell) {
  crucible_hyperband_options o;
  crucible_pruner *pruner;
  crucible_hyperband_options_init(&o, sizeof o);
  o.min_resource = (uint32_t)cell[0];
  o.max_resource = (uint32_t)cell[1];
  o.reduction_factor = (uint32_t)cell[2];
  o.bootstrap_count = (uint32_t)cell[3];
  o.name = "bench";
  assert_ok(crucible_pruner_hyperband(&o, &pruner));
  return pruner;
}

static crucible_pruner *patient(game *g, const double *cell) {
  crucible_patient_options o;
  crucible_pruner *pruner;
  crucible_patient_options_init(&o, sizeof o);
  o.patience = (uint32_t)cell[0];
  o.min_delta = cell[1];
  if (cell[2] > 0)
    o.wrapped = g->wrapped = percentile(cell + 3);
  assert_ok(crucible_pruner_patient(&o, &pruner));
  return pruner;
}

static crucible_pruner *threshold(const double *cell) {
  crucible_threshold_options o;
  crucible_pruner *pruner;
  crucible_threshold_options_init(&o, sizeof o);
  o.lower = cell[0];
  o.upper = cell[1];
  o.n_warmup_steps = (uint32_t)cell[2];
  o.interval_steps = (uint32_t)cell[3];
  assert_ok(crucible_pruner_threshold(&o, &pruner));
  return pruner;
}

static crucible_pruner *wilcoxon(const double *cell) {
  crucible_wilcoxon_options o;
  crucible_pruner *pruner;
  crucible_wilcoxon_options_init(&o, sizeof o);
  o.p_threshold = cell[0];
  o.n_startup_steps = (uint32_t)cell[1];
  assert_ok(crucible_pruner_wilcoxon(&o, &pruner));
  return pruner;
}

static void begin_game(game *g, const golden_row *row) {
  const double *cell = row->cell + 3;
  const char *kind = row->second;
  end_game(g);
  g->pruner = strcmp(kind, "percentile") == 0  ? percentile(cell)
              : strcmp(kind, "halving") == 0   ? halving(cell)
              : strcmp(kind, "hyperband") == 0 ? hyperband(cell)
              : strcmp(kind, "patient") == 0   ? patient(g, cell)
              : strcmp(kind, "threshold") == 0 ? threshold(cell)
                                               : wilcoxon(cell);
  crucible_study_options o;
  crucible_study_options_init(&o, sizeof o);
  o.space = g->space;
  o.direction = (int32_t)row->cell[2];
  o.pruner = g->pruner;
  assert_ok(crucible_study_create(&o, &g->study));
}

static void report(const game *g, const golden_row *row, const char *kind,
                   size_t line) {
  const uint64_t number = (uint64_t)row->cell[1];
  int32_t prune;
  assert_ok(crucible_study_report(g->study, number, (uint32_t)row->cell[2],
                                  row->cell[3]));
  assert_ok(crucible_study_should_prune(g->study, number, &prune));
  if (prune != (int32_t)row->cell[4])
    fail_msg("row %zu, %s, trial %llu, step %g: pruned %d, Optuna %g", line,
             kind, (unsigned long long)number, row->cell[2], (int)prune,
             row->cell[4]);
}

static void pruners_decide_as_optuna(void **state) {
  (void)state;
  golden_rows rows = golden_rows_read("study/pruners.csv");
  game g = {.space = study_space()};
  const char *kind = "";
  size_t n[2] = {0};
  uint64_t number;
  for (size_t i = 0; i < rows.n; ++i) {
    const golden_row *row = &rows.row[i];
    if (strcmp(row->word, "study") == 0) {
      begin_game(&g, row);
      kind = row->second;
    } else if (strcmp(row->word, "ask") == 0) {
      assert_ok(crucible_study_ask(g.study, 1, &number));
      assert_int_equal(number, (uint64_t)row->cell[1]);
    } else if (strcmp(row->word, "report") == 0) {
      report(&g, row, kind, i);
      ++n[(int)row->cell[4]];
    } else {
      assert_string_equal(row->word, "tell");
      assert_ok(crucible_study_tell(g.study, (uint64_t)row->cell[1],
                                    (int32_t)row->cell[2], row->cell[3], 0));
    }
  }
  assert_true(n[0] > 4000 && n[1] > 500);
  end_game(&g);
  crucible_space_destroy(g.space);
  golden_rows_free(&rows);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(pruners_decide_as_optuna),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
