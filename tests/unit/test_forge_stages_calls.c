/* SPDX-License-Identifier: Apache-2.0 */
/* Stages of a forging: pruning, infeasible genomes, bad input, the cache,
   want of memory. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "support/failing_alloc.h"
#include "support/forge_folds.h"
#include "support/forge_world.h"
#include "support/near.h"

/* ---- pruning ---- */

typedef struct heard {
  uint32_t n_calls, prune_at; /* 0: never */
  int32_t answer;
  crucible_fold_progress last;
  crucible_fold folds[CRUCIBLE_FOLDS_MAX];
} heard;

static int32_t listen(const crucible_fold_progress *progress, void *data) {
  heard *h = data;
  assert_int_equal(progress->struct_size, sizeof *progress);
  assert_int_equal(progress->n_folds_done, h->n_calls + 1);
  assert_int_equal(progress->n_folds, 3);
  h->folds[h->n_calls++] = *progress->fold;
  h->last = *progress;
  return h->n_calls == h->prune_at ? h->answer : 0;
}

static void each_fold_is_told_in_turn_and_changes_no_bit(void **state) {
  world w = *(const world *)*state;
  crucible_genome *genome = with("", "");
  crucible_pool *pool;
  heard h = {0};
  assert_ok(crucible_pool_create(2, &pool));
  w.options.stages = ALL;
  w.options.holdout_bars = HOLDOUT;
  w.options.base_timeframe_ms = 75000;
  crucible_forged *silent = forge_it(&w, genome, pool);
  w.options.on_fold = listen;
  w.options.user_data = &h;
  crucible_forged *told = forge_it(&w, genome, pool);
  crucible_forge_report r = report_of(told);
  assert_true(is_same(silent, told));
  assert_int_equal(h.n_calls, 3);
  assert_memory_equal(h.folds, r.folds, 3 * sizeof *h.folds);
  assert_same_bits(h.last.sharpe, r.sharpe);
  assert_same_bits(h.last.sharpe_base, r.sharpe_base);
  assert_near(r.sharpe_base, r.sharpe / 2, 1e-15, 0);
  assert_same_bits(h.last.total_return, r.total_return);
  assert_int_equal(h.last.n_trades, r.n_trades);

  /* pruned: what the folds so far came to */
  for (uint32_t at = 1; at <= 3; ++at) {
    heard p = {.prune_at = at, .answer = 1};
    w.options.user_data = &p;
    crucible_forged *pruned = forge_it(&w, genome, pool);
    crucible_forge_report s = report_of(pruned);
    const void *bytes;
    const double *positions;
    size_t n;
    uint64_t n_trades = 0;
    double compound = 1;
    for (uint32_t k = 0; k < at; ++k) {
      n_trades += r.folds[k].n_trades;
      compound *= 1 + r.folds[k].total_return;
    }
    assert_int_equal(s.is_pruned, 1);
    assert_int_equal(s.is_feasible, 0);
    assert_int_equal(s.n_folds, at);
    assert_int_equal(p.n_calls, at);
    assert_memory_equal(s.folds, r.folds, at * sizeof *s.folds);
    assert_int_equal(s.n_trades, n_trades);
    assert_near(1 + s.total_return, compound, 1e-12, 0);
    assert_int_equal(s.n_test_bars,
                     s.folds[at - 1].test_end - s.folds[0].test_begin);
    assert_int_equal(s.has_holdout, 0);
    assert_fails(crucible_forged_model(pruned, &bytes, &n), CRUCIBLE_E_STATE,
                 "pruned after");
    assert_fails(crucible_forged_positions(pruned, &positions, &n),
                 CRUCIBLE_E_STATE, "of 3 folds");
    crucible_forged_destroy(pruned);
  }
  heard p = {.prune_at = 2, .answer = -1};
  w.options.user_data = &p;
  crucible_forged *none;
  assert_fails(
      crucible_forge_run(genome, &w.data, &w.options, pool, NULL, &none),
      CRUCIBLE_E_CALLBACK, "on_fold returned -1 after fold 2");
  assert_null(none);
  crucible_forged_destroy(silent);
  crucible_forged_destroy(told);
  crucible_pool_destroy(pool);
  crucible_genome_destroy(genome);
}

/* ---- infeasible ---- */

static void an_infeasible_genome_leaves_the_holdout_unread(void **state) {
  world w = *(const world *)*state;
  crucible_genome *genome = with("", "");
  const double *positions;
  size_t n;
  w.options.stages = ALL;
  w.options.holdout_bars = HOLDOUT;
  w.options.min_trades = 100000;
  crucible_forged *forged = forge_it(&w, genome, NULL);
  crucible_forge_report r = report_of(forged);
  assert_int_equal(r.is_feasible, 0);
  assert_int_equal(r.has_holdout, 0);
  assert_int_equal(r.holdout.test_end, 0);
  assert_fails(crucible_forged_positions(forged, &positions, &n),
               CRUCIBLE_E_STATE, "100000 are needed");
  crucible_forged_destroy(forged);
  crucible_genome_destroy(genome);
}

/* The price at the window's end is the deployed model's concern alone. */
static void
an_order_that_only_the_end_forbids_leaves_the_folds_be(void **state) {
  world w = *(const world *)*state;
  crucible_genome *genome = with("", "");
  size_t end = w.data.end, bars = 1;
  double high = w.bars.close[end - 1];
  while (w.bars.close[end - 1 - bars] > 0.997 * high)
    ++bars;
  assert_in_range(bars, 2, 600);
  double low = w.bars.close[end - 1 - bars];
  w.instrument.lot_step = floor(1e7 * 0.9 * 200 / (0.5 * (low + high))) / 1e7;
  w.instrument.min_quantity = w.instrument.min_notional = 0;
  w.data.instrument = &w.instrument;
  w.options.holdout_bars = (uint32_t)bars;
  w.options.min_trades = 0;
  w.options.stages = CRUCIBLE_FORGE_FOLDS | CRUCIBLE_FORGE_DEPLOY;
  crucible_forged *both = forge_it(&w, genome, NULL);
  w.options.stages = CRUCIBLE_FORGE_FOLDS;
  crucible_forged *folds = forge_it(&w, genome, NULL);
  crucible_forge_report r = report_of(both), s = report_of(folds);
  assert_int_equal(s.is_feasible, 1);
  assert_int_equal(r.is_feasible, 0);
  assert_non_null(strstr(r.infeasible_reason, "below the lot"));
  assert_int_equal(r.n_folds, 3);
  assert_int_equal(r.deployed_end, 0);
  assert_memory_equal(r.folds, s.folds, sizeof r.folds);
  crucible_forged_destroy(both);
  crucible_forged_destroy(folds);
  crucible_genome_destroy(genome);
}

/* ---- bad input ---- */

static void wrong_stages_and_windows_are_refused_by_name(void **state) {
  world w = *(const world *)*state;
  const crucible_forge_options usual_options = w.options;
  crucible_genome *genome = with("", "");
  crucible_forged *forged;
#define REFUSED(status, part)                                                  \
  assert_fails(                                                                \
      crucible_forge_run(genome, &w.data, &w.options, NULL, NULL, &forged),    \
      status, part);                                                           \
  assert_null(forged);                                                         \
  w.options = usual_options
  w.options.stages = 0;
  REFUSED(CRUCIBLE_E_INVALID, "options.stages is 0");
  w.options.stages = 9;
  REFUSED(CRUCIBLE_E_INVALID, "options.stages is 9");
  w.options.stages = CRUCIBLE_FORGE_HOLDOUT;
  REFUSED(CRUCIBLE_E_INVALID, "options.holdout_bars is 0");
  w.options.holdout_bars = (uint32_t)(w.data.end - w.data.begin);
  REFUSED(CRUCIBLE_E_TOO_SHORT, "options.holdout_bars is");
  w.options.holdout_bars = (uint32_t)(w.data.end - w.data.begin) - 200;
  REFUSED(CRUCIBLE_E_TOO_SHORT, "fold 1 learns from");
  w.options.stages = CRUCIBLE_FORGE_HOLDOUT;
  w.options.holdout_bars = (uint32_t)(w.data.end - w.data.begin) - 50;
  REFUSED(CRUCIBLE_E_TOO_SHORT, "the model of the holdout learns from");
  w.options.stages = CRUCIBLE_FORGE_HOLDOUT;
  w.options.holdout_bars = 1;
  REFUSED(CRUCIBLE_E_TOO_SHORT, "the model of the holdout tests 1");
  w.options.base_timeframe_ms = -1;
  REFUSED(CRUCIBLE_E_INVALID, "base_timeframe_ms is -1");
  own_world *o = own_of(&w);
  crucible_feature_cache *cache;
  assert_ok(crucible_feature_cache_create(&o->w.bars, &cache));
  w.data.cache = cache;
  REFUSED(CRUCIBLE_E_INVALID, "data.cache is of other bars");
#undef REFUSED
  crucible_feature_cache_destroy(cache);
  free(o);
  crucible_genome_destroy(genome);
}

static void positions_of_what_is_no_model_are_refused(void **state) {
  world w = *(const world *)*state;
  crucible_genome *genome = with("", "");
  crucible_plan plan;
  const void *bytes;
  const double *positions;
  size_t n, n_bytes;
  double out[HOLDOUT], before[HOLDOUT];
  w.options.stages = CRUCIBLE_FORGE_DEPLOY;
  crucible_forged *forged = forge_it(&w, genome, NULL);
  plan.struct_size = sizeof plan;
  assert_ok(crucible_forged_plan(forged, &plan));
  assert_ok(crucible_forged_model(forged, &bytes, &n_bytes));
  w.data.begin = w.data.end - HOLDOUT;
  memset(out, 7, sizeof out);
  memcpy(before, out, sizeof out);
#define REFUSED(genome_, bytes_, n_, plan_, data_, out_, status, part)         \
  assert_fails(                                                                \
      crucible_forge_positions(genome_, bytes_, n_, plan_, data_, out_),       \
      status, part)
  REFUSED(NULL, bytes, n_bytes, &plan, &w.data, out, CRUCIBLE_E_INVALID,
          "genome is NULL");
  REFUSED(genome, NULL, n_bytes, &plan, &w.data, out, CRUCIBLE_E_INVALID,
          "model is NULL");
  REFUSED(genome, bytes, n_bytes, NULL, &w.data, out, CRUCIBLE_E_INVALID,
          "plan is NULL");
  REFUSED(genome, bytes, n_bytes, &plan, NULL, out, CRUCIBLE_E_INVALID,
          "data is NULL");
  REFUSED(genome, bytes, n_bytes, &plan, &w.data, NULL, CRUCIBLE_E_INVALID,
          "positions is NULL");
  REFUSED(genome, bytes, n_bytes - 9, &plan, &w.data, out, CRUCIBLE_E_MODEL,
          "damaged");
  crucible_plan wrong = plan;
  wrong.horizon_bars = UINT32_MAX;
  wrong.sizing_value = -1;
  REFUSED(genome, bytes, n_bytes, &wrong, &w.data, out, CRUCIBLE_E_INVALID,
          "sizing_value");
  crucible_genome *other = with("\"HOUR_SIN\":{},", "");
  REFUSED(other, bytes, n_bytes, &plan, &w.data, out, CRUCIBLE_E_INVALID,
          "columns");
  crucible_genome_destroy(other);
#undef REFUSED
  assert_memory_equal(out, before, sizeof out);
  assert_fails(crucible_forged_positions(NULL, &positions, &n),
               CRUCIBLE_E_INVALID, "forged is NULL");
  assert_fails(crucible_forged_positions(forged, NULL, &n), CRUCIBLE_E_INVALID,
               "positions is NULL");
  assert_fails(crucible_forged_positions(forged, &positions, NULL),
               CRUCIBLE_E_INVALID, "n is NULL");
  crucible_forged_destroy(forged);
  crucible_genome_destroy(genome);
}

/* ---- the cache, and memory ---- */

static void a_cache_of_features_changes_no_bit(void **state) {
  world w = *(const world *)*state;
  crucible_genome *genome = with("", "");
  w.options.stages = ALL;
  w.options.holdout_bars = HOLDOUT;
  crucible_forged *plain = forge_it(&w, genome, NULL);
  assert_ok(crucible_feature_cache_create(&w.bars, &w.data.cache));
  for (int i = 0; i < 2; ++i) { /* empty, then full */
    crucible_forged *cached = forge_it(&w, genome, NULL);
    assert_true(is_same(plain, cached));
    crucible_forged_destroy(cached);
  }
  crucible_feature_cache_destroy(w.data.cache);
  crucible_forged_destroy(plain);
  crucible_genome_destroy(genome);
}

typedef struct path {
  world *w;
  const crucible_genome *genome;
} path;

static crucible_status run_once(void *data) {
  const path *p = data;
  crucible_forge_data given = p->w->data;
  crucible_forged *forged = NULL;
  crucible_plan plan = {.struct_size = sizeof plan};
  const void *bytes;
  size_t n_bytes;
  double positions[HOLDOUT];
  crucible_status status =
      crucible_feature_cache_create(&p->w->bars, &given.cache);
  if (status != CRUCIBLE_OK)
    return status;
  status = crucible_forge_run(p->genome, &given, &p->w->options, NULL, NULL,
                              &forged);
  if (status == CRUCIBLE_OK)
    status = crucible_forged_model(forged, &bytes, &n_bytes);
  if (status == CRUCIBLE_OK)
    status = crucible_forged_plan(forged, &plan);
  given.begin = given.end - HOLDOUT;
  if (status == CRUCIBLE_OK)
    status = crucible_forge_positions(p->genome, bytes, n_bytes, &plan, &given,
                                      positions);
  crucible_forged_destroy(forged);
  crucible_feature_cache_destroy(given.cache);
  return status;
}

static void all_stages_survive_running_out_of_memory(void **state) {
  world w = *(const world *)*state;
  w.options.n_folds = 1;
  w.options.max_rounds = 2;
  w.options.min_trades = 0;
  w.options.stages = ALL;
  w.options.holdout_bars = 50;
  w.data.begin = 1900;
  crucible_genome *genome = with("", "");
  path p = {&w, genome};
  assert_true(failing_alloc_run(run_once, &p) > 80);
  crucible_genome_destroy(genome);
}

int main(void) {
  failing_alloc_install();
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(each_fold_is_told_in_turn_and_changes_no_bit),
      cmocka_unit_test(an_infeasible_genome_leaves_the_holdout_unread),
      cmocka_unit_test(an_order_that_only_the_end_forbids_leaves_the_folds_be),
      cmocka_unit_test(wrong_stages_and_windows_are_refused_by_name),
      cmocka_unit_test(positions_of_what_is_no_model_are_refused),
      cmocka_unit_test(a_cache_of_features_changes_no_bit),
      cmocka_unit_test(all_stages_survive_running_out_of_memory),
  };
  return cmocka_run_group_tests(tests, open_world, close_world);
}
