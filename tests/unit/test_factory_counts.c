/* SPDX-License-Identifier: Apache-2.0 */
/* What is counted behind a winner: the trials and the variance of the deflated
   ratio, the bars that its ancestors lived. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "factory/search_job.h"
#include "support/a_sharpe_record.h"
#include "support/factory_world.h"
#include "support/near.h"

/* ---- deflated ratio ---- */

/* Distinct genomes of the trials that ran a fold, the latest first seen. */
typedef struct counted {
  uint8_t id[CRUCIBLE_GENOME_ID_BYTES];
  double sharpe;
} counted;

static size_t recount(crucible_search *const *searches, size_t n_searches,
                      counted *all) {
  size_t n = 0;
  for (size_t s = n_searches; s-- > 0;)
    for (uint64_t i = 0; i < report_of_search(searches[s]).n_trials; ++i) {
      crucible_factory_trial t = trial_of(searches[s], i);
      counted c = {.sharpe = t.sharpe_base};
      size_t k = 0;
      if (t.report == NULL || t.report->n_folds == 0)
        continue;
      assert_ok(crucible_genome_id(t.genome, c.id));
      while (k < n && memcmp(all[k].id, c.id, sizeof c.id) != 0)
        ++k;
      if (k == n)
        all[n++] = c;
    }
  return n;
}

static void n_and_v_are_those_of_an_independent_recount(void **state) {
  factory_world w = *(const factory_world *)*state;
  static counted all[256];
  crucible_factory *factory = make_factory(&w);
  crucible_search *searches[3];
  crucible_elite elites[3];
  for (size_t s = 0; s < 3; ++s) {
    w.request.study = s + 1;
    if (s > 0) { /* the winners of the study before are its elites */
      uint32_t n = report_of_search(searches[s - 1]).n_replacements;
      assert_true(n > 0 && n <= 3);
      for (uint32_t i = 0; i < n; ++i)
        elites[i] =
            (crucible_elite){.struct_size = sizeof elites[i],
                             .genome = winner_of(searches[s - 1], i).genome,
                             .label = CRUCIBLE_ELITE_PROMOTED};
      w.request.elites = elites;
      w.request.n_elites = n;
    }
    searches[s] = search_in(&w, factory, NULL);
    crucible_search_report r = report_of_search(searches[s]);
    size_t n = recount(searches, s + 1, all), n_ratios = 0;
    double sum = 0, square = 0;
    for (size_t i = 0; i < n; ++i) {
      if (!isfinite(all[i].sharpe))
        continue;
      ++n_ratios;
      sum += all[i].sharpe;
      square += all[i].sharpe * all[i].sharpe;
    }
    double v = (square - sum * sum / (double)n_ratios) / (double)(n_ratios - 1);
    assert_int_equal(r.n_ancestral, s);
    assert_int_equal(r.n_genomes, n);
    assert_int_equal(r.n_variance, n_ratios);
    assert_near(r.sharpe_variance, v, 1e-9, 0);
    assert_true(n_ratios > 2 && r.n_genomes > r.n_genomes_here * s);
    assert_true(r.mean_correlation >= 0 && r.mean_correlation <= 1);
    assert_near(r.n_effective,
                r.mean_correlation + (1 - r.mean_correlation) * (double)n,
                1e-12, 0);
    for (uint32_t i = 0; i < r.n_replacements; ++i) {
      crucible_replacement x = winner_of(searches[s], i);
      const crucible_forge_report *f = x.report;
      double ratio = is_slow(x.genome) ? 3 : 1, best;
      crucible_dsr_options o;
      crucible_dsr_options_init(&o, sizeof o);
      o.n_trials = n;
      o.trial_sharpe_variance = v * ratio;
      crucible_dsr_result d = {.struct_size = sizeof d};
      const crucible_sharpe_record record =
          a_sharpe_record(f->sharpe, f->n_test_bars, f->skewness, f->kurtosis);
      assert_ok(crucible_dsr(&record, &o, &d));
      assert_near(x.dsr_select, d.dsr, 1e-9, 0);
      assert_near(x.z, d.z, 1e-9, 0);
      assert_ok(crucible_expected_max_sharpe(n, v, &best));
      assert_near(x.expected_max_sharpe, best, 1e-9, 0);
    }
    assert_ok(crucible_factory_admit(factory, searches[s]));
  }
  for (size_t s = 0; s < 3; ++s)
    crucible_search_destroy(searches[s]);
  crucible_factory_destroy(factory);
}

/* The mean over all pairs, pair by pair. */
static void
effective_n_comes_from_the_correlation_of_fold_results(void **state) {
  const factory_world *w = *state;
  crucible_factory *factory = make_factory(w);
  crucible_search *search = search_in(w, factory, NULL);
  crucible_search_report r = report_of_search(search);
  double sum = 0;
  uint64_t n_pairs = 0;
  for (uint64_t i = 0; i < r.n_trials; ++i)
    for (uint64_t k = 0; k < i; ++k) {
      crucible_factory_trial t = trial_of(search, i), u = trial_of(search, k);
      double a[3], b[3];
      if (t.n_folds != 3 || u.n_folds != 3)
        continue;
      for (int f = 0; f < 3; ++f) {
        a[f] = t.report->folds[f].sharpe;
        b[f] = u.report->folds[f].sharpe;
        a[f] = isnan(a[f]) ? 0 : a[f];
        b[f] = isnan(b[f]) ? 0 : b[f];
      }
      if ((a[0] == a[1] && a[1] == a[2]) || (b[0] == b[1] && b[1] == b[2]))
        continue;
      sum += crucible__positions_correlation(a, b, 3);
      ++n_pairs;
    }
  assert_true(n_pairs > 3);
  assert_near(r.mean_correlation, fmax(0, sum / (double)n_pairs), 1e-9, 1e-12);
  crucible_search_destroy(search);
  crucible_factory_destroy(factory);
}

/* ---- bars that ancestors lived ---- */

static void bars_that_an_ancestor_traded_are_counted(void **state) {
  factory_world w = *(const factory_world *)*state;
  const crucible_bars *bars = &w.lanes[0].bars;
  /* elite 0 lived twice, overlapping; elite 1 during the holdout */
  crucible_lived lived[3] = {
      {.from_ms = bars->open_time_ms[bars->n - 700],
       .until_ms = bars->open_time_ms[bars->n - 600]},
      {.from_ms = bars->open_time_ms[bars->n - 640],
       .until_ms = bars->open_time_ms[bars->n - 560]},
      {.from_ms = bars->open_time_ms[bars->n - 100],
       .until_ms = bars->open_time_ms[bars->n - 10]},
  };
  assert_ok(crucible_genome_id(w.elite_genomes[0], lived[0].genome_id));
  assert_ok(crucible_genome_id(w.elite_genomes[0], lived[1].genome_id));
  assert_ok(crucible_genome_id(w.elite_genomes[1], lived[2].genome_id));
  w.request.lived = lived;
  w.request.n_lived = 3;
  w.request.n_wanted = 100;
  crucible_genetic_options genetic; /* children of the elites at once */
  crucible_genetic_options_init(&genetic, sizeof genetic);
  genetic.startup = 1;
  w.options.genetic = &genetic;
  w.options.batch = WORLD_ELITES;
  crucible_factory *factory = make_factory(&w);
  crucible_search *search = search_in(&w, factory, NULL);
  crucible_search_report r = report_of_search(search);
  uint64_t n_marked = 0;
  for (uint64_t i = 0; i < r.n_trials; ++i) {
    crucible_factory_trial t = trial_of(search, i);
    int has[2] = {0, 0}; /* descends from elite 0, 1 */
    uint8_t queue[64][CRUCIBLE_GENOME_ID_BYTES];
    size_t n = 1;
    assert_ok(crucible_genome_id(t.genome, queue[0]));
    for (size_t q = 0; q < n; ++q) {
      for (int e = 0; e < 2; ++e)
        has[e] |= memcmp(queue[q], lived[e * 2].genome_id, 16) == 0;
      for (uint64_t k = 0; k <= i && n < 60; ++k) {
        crucible_factory_trial u = trial_of(search, k);
        uint8_t id[CRUCIBLE_GENOME_ID_BYTES];
        assert_ok(crucible_genome_id(u.genome, id));
        crucible_lineage lineage = lineage_of(u.genome);
        for (uint32_t p = 0;
             memcmp(id, queue[q], 16) == 0 && p < lineage.n_parents; ++p)
          memcpy(queue[n++], lineage.parents[p], 16);
      }
    }
    uint64_t expected = 0;
    if (t.n_folds > 0) {
      const crucible_bars *own = &w.lanes[is_slow(t.genome)].bars;
      for (size_t b = t.report->folds[0].test_begin;
           b < t.report->folds[t.n_folds - 1].test_end; ++b) {
        int64_t open = own->open_time_ms[b];
        expected +=
            (has[0] && open >= lived[0].from_ms && open < lived[1].until_ms) ||
            (has[1] && open >= lived[2].from_ms && open < lived[2].until_ms);
      }
    }
    assert_int_equal(t.n_ancestor_bars, expected);
    n_marked += expected > 0;
    if (t.rank == 0)
      continue;
    crucible_replacement x = winner_of(search, t.rank - 1);
    assert_int_equal(x.n_ancestor_bars, expected);
    assert_int_equal(x.n_ancestor_holdout, !has[1]             ? 0
                                           : is_slow(t.genome) ? 30
                                                               : 90);
  }
  assert_true(n_marked > 1);
  crucible_search_destroy(search);
  crucible_factory_destroy(factory);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(n_and_v_are_those_of_an_independent_recount),
      cmocka_unit_test(effective_n_comes_from_the_correlation_of_fold_results),
      cmocka_unit_test(bars_that_an_ancestor_traded_are_counted),
  };
  return cmocka_run_group_tests(tests, set_up_factory_world,
                                tear_down_factory_world);
}
