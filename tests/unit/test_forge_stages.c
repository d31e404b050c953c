/* SPDX-License-Identifier: Apache-2.0 */
/* Stages of a forging: the holdout, and the figures of the report. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

#include "support/forge_folds.h"
#include "support/forge_world.h"
#include "support/near.h"

/* What the folds alone decide. */
static crucible_forge_report folds_of(const crucible_forge_report *r) {
  crucible_forge_report f = *r;
  memset(&f.holdout, 0, sizeof f.holdout);
  f.holdout_net = 0;
  f.has_holdout = 0;
  f.deployed_rounds = 0;
  f.deployed_begin = f.deployed_end = 0;
  if (strstr(f.infeasible_reason, "to deploy") != NULL) {
    memset(f.infeasible_reason, 0, sizeof f.infeasible_reason);
    f.is_feasible = 1;
  }
  return f;
}

static void assert_same_folds(const crucible_forge_report *a,
                              const crucible_forge_report *b) {
  crucible_forge_report x = folds_of(a), y = folds_of(b);
  assert_memory_equal(&x, &y, sizeof x);
}

static void assert_same_model(const crucible_forged *a,
                              const crucible_forged *b) {
  const void *p, *q;
  size_t n, m;
  crucible_plan x = {.struct_size = sizeof x}, y = {.struct_size = sizeof y};
  assert_ok(crucible_forged_model(a, &p, &n));
  assert_ok(crucible_forged_model(b, &q, &m));
  assert_int_equal(n, m);
  assert_memory_equal(p, q, n);
  assert_ok(crucible_forged_plan(a, &x));
  assert_ok(crucible_forged_plan(b, &y));
  assert_same_bits(x.theta_in, y.theta_in);
  assert_same_bits(x.theta_out, y.theta_out);
}

/* ---- the holdout ---- */

static void the_folds_do_not_see_one_bit_of_the_holdout(void **state) {
  static const char *const genes[][2] = {
      {"", ""},
      {"\"side\":\"long\"", "\"side\":\"long_short\""},
      {"\"fraction\",\"value\":0.9", "\"units\",\"value\":0.005"},
      {"\"horizon_bars\":8", "\"horizon_bars\":200"},
  };
  for (size_t g = 0; g < sizeof genes / sizeof *genes; ++g) {
    own_world *o = own_of(*state);
    world *w = &o->w;
    crucible_genome *genome = with(genes[g][0], genes[g][1]);
    w->options.stages = ALL;
    w->options.holdout_bars = HOLDOUT;
    w->options.min_trades = 0;
    crucible_forged *a = forge_it(w, genome, NULL);
    crucible_forge_report r = report_of(a), s;
    assert_int_equal(r.has_holdout, 1);
    assert_int_equal(r.folds[2].test_end, w->data.end - HOLDOUT);
    assert_int_equal(r.holdout.train_end, w->data.end - HOLDOUT);
    assert_int_equal(r.holdout.test_end, w->data.end);
    assert_int_equal(r.deployed_end, w->data.end);
    for (size_t i = w->data.end - HOLDOUT; i < w->data.end; ++i) {
      o->open[i] *= 1.25;
      o->low[i] *= 1.2;
      o->close[i] *= i % 3 == 0 ? 1.3 : 1.22;
      o->high[i] *= 1.5;
      o->volume[i] *= 3;
      w->sigma[i] *= 4;
      w->volume[i] *= 0.1;
    }
    crucible_forged *b = forge_it(w, genome, NULL);
    s = report_of(b);
    assert_same_folds(&r, &s);
    assert_true(r.holdout.total_return != s.holdout.total_return);
    /* its model neither: what it learnt ends before */
    assert_same_bits(r.holdout.theta_in, s.holdout.theta_in);
    assert_int_equal(r.holdout.rounds, s.holdout.rounds);
    crucible_trades t = trades_of(a), u = trades_of(b);
    assert_int_equal(t.n, u.n);
    assert_memory_equal(t.result, u.result, t.n * sizeof *t.result);
    crucible_forged_destroy(a);
    crucible_forged_destroy(b);
    crucible_genome_destroy(genome);
    free(o);
  }
}

static void a_stage_gives_the_same_bits_alone_and_with_others(void **state) {
  world w = *(const world *)*state;
  crucible_genome *genome = with("\"long\"", "\"long_short\"");
  crucible_forged *alone[3], *all;
  const double *p, *q;
  size_t n, m;
  w.options.holdout_bars = HOLDOUT;
  for (uint32_t s = 0; s < 3; ++s) {
    w.options.stages = 1u << s;
    alone[s] = forge_it(&w, genome, NULL);
  }
  w.options.stages = ALL;
  all = forge_it(&w, genome, NULL);
  crucible_forge_report r = report_of(all), folds = report_of(alone[0]),
                        holdout = report_of(alone[1]),
                        deploy = report_of(alone[2]);
  assert_same_folds(&r, &folds);
  assert_memory_equal(&r.holdout, &holdout.holdout, sizeof r.holdout);
  assert_same_bits(r.holdout_net, holdout.holdout_net);
  assert_int_equal(r.deployed_rounds, deploy.deployed_rounds);
  assert_int_equal(r.deployed_begin, deploy.deployed_begin);
  assert_same_model(all, alone[2]);
  assert_ok(crucible_forged_positions(all, &p, &n));
  assert_ok(crucible_forged_positions(alone[1], &q, &m));
  assert_int_equal(n, HOLDOUT);
  assert_int_equal(m, HOLDOUT);
  assert_memory_equal(p, q, n * sizeof *p);
  /* and what was not asked for is not there */
  const void *bytes;
  assert_int_equal(folds.has_holdout, 0);
  assert_int_equal(folds.deployed_end, 0);
  assert_int_equal(holdout.n_folds, 0);
  assert_true(isnan(holdout.sharpe) && isnan(deploy.holdout_net));
  assert_true(folds.is_feasible && holdout.is_feasible && deploy.is_feasible);
  assert_fails(crucible_forged_model(alone[0], &bytes, &n), CRUCIBLE_E_STATE,
               "DEPLOY was not asked for");
  assert_fails(crucible_forged_positions(alone[2], &p, &n), CRUCIBLE_E_STATE,
               "HOLDOUT was not asked for");
  for (uint32_t s = 0; s < 3; ++s)
    crucible_forged_destroy(alone[s]);
  crucible_forged_destroy(all);
  crucible_genome_destroy(genome);
}

/* Whether it was purged or never came about cannot be known yet. */
static void
a_label_that_ends_after_the_test_is_none_for_the_fold(void **state) {
  world w = *(const world *)*state;
#define ENTRY "\"entry\":{\"kind\":\"market\",\"quantile\":0.8},"
  /* nothing but time ends a trade */
  crucible_genome *genome =
      with("8," ENTRY "\"exit\":{\"quantile\":0.3,\"stop_sigma\":6,"
           "\"target_sigma\":8}",
           "240," ENTRY "\"exit\":{\"quantile\":0.3}");
#undef ENTRY
  w.options.holdout_bars = HOLDOUT;
  w.options.stages = CRUCIBLE_FORGE_FOLDS;
  crucible_forged *alone = forge_it(&w, genome, NULL);
  w.options.stages = ALL;
  crucible_forged *all = forge_it(&w, genome, NULL);
  crucible_forge_report r = report_of(alone), s = report_of(all);
  size_t test = r.folds[2].test_end - r.folds[2].test_begin;
  assert_in_range(test, 100, 239);
  assert_true(r.folds[2].n_purged > 50);
  assert_same_folds(&r, &s);
  crucible_forged_destroy(alone);
  crucible_forged_destroy(all);
  crucible_genome_destroy(genome);
}

/* A back-test of a deployed model over the bars after its training. */
static crucible_backtest *test_after(const world *w,
                                     const crucible_genome *genome,
                                     const crucible_forged *forged,
                                     size_t begin, size_t end) {
  crucible_genes genes = {.struct_size = sizeof genes};
  crucible_plan plan = {.struct_size = sizeof plan};
  const void *bytes;
  size_t n_bytes, n = w->bars.n;
  crucible_model *model;
  assert_ok(crucible_genome_genes(genome, &genes));
  assert_ok(crucible_forged_plan(forged, &plan));
  assert_ok(crucible_forged_model(forged, &bytes, &n_bytes));
  assert_ok(crucible_model_load(bytes, n_bytes, &model));
  double *features = malloc(n * genes.n_features * sizeof *features);
  double *scores = malloc(n * sizeof *scores);
  assert_true(features && scores);
  assert_ok(crucible_features_compute(crucible_genome_features(genome),
                                      genes.n_features, &w->bars, NULL,
                                      features));
  crucible_matrix rows = {features, n, genes.n_features, 1, (ptrdiff_t)n};
  assert_ok(crucible_model_predict(model, &rows, scores));
  crucible_bars bars = {.struct_size = sizeof bars};
  assert_ok(crucible_bars_slice(&w->bars, w->bars.open_time_ms[begin],
                                w->bars.open_time_ms[end - 1] + 1, &bars));
  crucible_market market = {.struct_size = sizeof market,
                            .bars = &bars,
                            .sigma = w->sigma + begin,
                            .volume_forecast = w->volume + begin};
  crucible_matrix column = {scores + begin, bars.n, 1, 1, 1};
  crucible_backtest_options options;
  crucible_backtest_options_init(&options, sizeof options);
  options.keep_equity = 1;
  crucible_backtest *run;
  assert_ok(crucible_backtest_run(&market, &w->instrument, &column, &plan, 1,
                                  &options, NULL, NULL, &run));
  free(features);
  free(scores);
  crucible_model_destroy(model);
  return run;
}

static void check_holdout(world w, const char *genes, int sides) {
  size_t end = w.data.end, cut = end - HOLDOUT;
  crucible_genome *genome = with("\"side\":\"long\",\"horizon_bars\":8", genes);
  w.options.stages = CRUCIBLE_FORGE_HOLDOUT;
  w.options.holdout_bars = HOLDOUT;
  crucible_forged *held = forge_it(&w, genome, NULL);
  crucible_forge_report r = report_of(held);
  w.options.stages = CRUCIBLE_FORGE_DEPLOY;
  w.options.holdout_bars = 0;
  w.data.end = cut;
  crucible_forged *deployed = forge_it(&w, genome, NULL);
  crucible_forge_report d = report_of(deployed);
  crucible_plan plan = {.struct_size = sizeof plan};
  assert_ok(crucible_forged_plan(deployed, &plan));
  assert_same_bits(r.holdout.theta_in, plan.theta_in);
  assert_same_bits(r.holdout.theta_out, plan.theta_out);
  assert_int_equal(r.holdout.rounds, d.deployed_rounds);
  assert_int_equal(r.holdout.train_begin, d.deployed_begin);
  assert_int_equal(r.holdout.train_end, d.deployed_end);

  crucible_backtest *run = test_after(&w, genome, deployed, cut, end);
  crucible_summary summary = {.struct_size = sizeof summary};
  assert_ok(crucible_backtest_summary(run, 0, &summary));
  assert_true(summary.ledger.n_trades > 5);
  assert_int_equal(r.holdout.n_trades, summary.ledger.n_trades);
  assert_same_bits(r.holdout.sharpe, summary.metrics.sharpe);
  assert_same_bits(r.holdout_net, summary.ledger.equity - 200);

  /* positions: what the trades say, and what the model's bytes give again */
  const double *positions;
  double again[HOLDOUT];
  const void *bytes;
  size_t n, n_bytes, n_held[2] = {0};
  crucible_trades t = {.struct_size = sizeof t};
  crucible_matrix equity;
  assert_ok(crucible_forged_positions(held, &positions, &n));
  assert_int_equal(n, HOLDOUT);
  assert_ok(crucible_backtest_records(run, NULL, &t));
  assert_ok(crucible_backtest_equity(run, &equity));
  for (size_t i = 0; i < n; ++i) {
    int64_t at = w.bars.open_time_ms[cut + i];
    double expected = 0;
    if (at > t.exit_ms[t.n - 1])
      break; /* a trade that is open has no record */
    for (size_t k = 0; k < t.n; ++k)
      if (t.entry_ms[k] <= at && at < t.exit_ms[k])
        expected =
            t.side[k] * t.quantity[k] * w.bars.close[cut + i] / equity.data[i];
    assert_near(positions[i], expected, 1e-12, 0);
    n_held[0] += positions[i] > 0;
    n_held[1] += positions[i] < 0;
  }
  assert_true(n_held[0] > 20);
  assert_int_equal(n_held[1] > 0, sides == 2);
  w.data.begin = cut;
  w.data.end = end;
  assert_ok(crucible_forged_model(deployed, &bytes, &n_bytes));
  assert_ok(
      crucible_forge_positions(genome, bytes, n_bytes, &plan, &w.data, again));
  assert_memory_equal(positions, again, sizeof again);
  crucible_backtest_destroy(run);
  crucible_forged_destroy(held);
  crucible_forged_destroy(deployed);
  crucible_genome_destroy(genome);
}

static void
the_holdout_is_what_a_model_deployed_at_its_begin_makes_of_it(void **state) {
  check_holdout(*(const world *)*state, "\"side\":\"long\",\"horizon_bars\":4",
                1);
  check_holdout(*(const world *)*state,
                "\"side\":\"long_short\",\"horizon_bars\":4", 2);
}

/* ---- figures ---- */

static void the_moments_are_those_of_the_test_returns(void **state) {
  world w = *(const world *)*state;
  /* without random rows and columns a model has no stream of its own */
  char rows[DNA_TEXT_MAX], text[DNA_TEXT_MAX];
  dna_reword(usual, "\"subsample\":0.8", "\"subsample\":1", rows);
  dna_reword(rows, "\"colsample_bytree\":0.8", "\"colsample_bytree\":1", text);
  crucible_genome *genome = dna_parse(text);
  w.options.n_folds = 1;
  w.options.base_timeframe_ms = 60000;
  crucible_forged *forged = forge_it(&w, genome, NULL);
  crucible_forge_report r = report_of(forged);
  crucible_fold f = r.folds[0];
  w.data.end = f.train_end;
  w.options.stages = CRUCIBLE_FORGE_DEPLOY;
  crucible_forged *deployed = forge_it(&w, genome, NULL);
  crucible_backtest *run =
      test_after(&w, genome, deployed, f.test_begin, f.test_end);
  crucible_matrix equity;
  assert_ok(crucible_backtest_equity(run, &equity));
  double m[5] = {0}, last = 200, n = (double)equity.rows;
  double *x = malloc(equity.rows * sizeof *x);
  assert_non_null(x);
  for (size_t i = 0; i < equity.rows; last = equity.data[i++]) {
    x[i] = equity.data[i] / last - 1;
    m[1] += x[i] / n;
  }
  for (size_t i = 0; i < equity.rows; ++i)
    for (int k = 2; k < 5; ++k)
      m[k] += pow(x[i] - m[1], k) / n;
  assert_int_equal(r.n_test_bars, equity.rows);
  assert_near(r.skewness, m[3] / pow(m[2], 1.5), 1e-7, 0);
  assert_near(r.kurtosis, m[4] / (m[2] * m[2]), 1e-7, 0);
  assert_near(r.sharpe, m[1] / sqrt(m[2] * n / (n - 1)), 1e-9, 0);
  assert_near(r.sharpe_base, r.sharpe / sqrt(5), 1e-12, 0);
  free(x);
  crucible_backtest_destroy(run);
  crucible_forged_destroy(deployed);
  crucible_forged_destroy(forged);
  crucible_genome_destroy(genome);
}

static void times_are_added_and_are_no_part_of_the_report(void **state) {
  world w = *(const world *)*state;
  crucible_genome *genome = with("", "");
  crucible_forge_times times = {.struct_size = sizeof times}, first;
  struct timespec from, to;
  crucible_forged *plain = forge_it(&w, genome, NULL);
  w.data.times = &times;
  clock_gettime(CLOCK_MONOTONIC, &from);
  crucible_forged *timed = forge_it(&w, genome, NULL);
  clock_gettime(CLOCK_MONOTONIC, &to);
  assert_true(is_same(plain, timed));
  double elapsed = (double)(to.tv_sec - from.tv_sec) +
                   1e-9 * (double)(to.tv_nsec - from.tv_nsec);
  double sum = times.features + times.labels + times.training + times.backtest;
  assert_true(times.features > 0 && times.labels > 0);
  assert_true(times.training > 0 && times.backtest > 0);
  assert_true(sum < elapsed && sum > 0.5 * elapsed);
  first = times;
  for (int i = 0; i < 3; ++i) {
    crucible_forged_destroy(timed);
    timed = forge_it(&w, genome, NULL);
  }
  assert_true(times.training > 2 * first.training);
  times.struct_size = 3;
  crucible_forged *none;
  assert_fails(
      crucible_forge_run(genome, &w.data, &w.options, NULL, NULL, &none),
      CRUCIBLE_E_INVALID, "crucible_forge_times.struct_size is 3");
  crucible_forged_destroy(timed);
  crucible_forged_destroy(plain);
  crucible_genome_destroy(genome);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_folds_do_not_see_one_bit_of_the_holdout),
      cmocka_unit_test(a_stage_gives_the_same_bits_alone_and_with_others),
      cmocka_unit_test(a_label_that_ends_after_the_test_is_none_for_the_fold),
      cmocka_unit_test(
          the_holdout_is_what_a_model_deployed_at_its_begin_makes_of_it),
      cmocka_unit_test(the_moments_are_those_of_the_test_returns),
      cmocka_unit_test(times_are_added_and_are_no_part_of_the_report),
  };
  return cmocka_run_group_tests(tests, open_world, close_world);
}
