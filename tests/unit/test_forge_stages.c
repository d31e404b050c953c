/* SPDX-License-Identifier: Apache-2.0 */
/* Holdout, pruning, positions, times. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

#include "support/failing_alloc.h"
#include "support/forge_world.h"
#include "support/near.h"

enum { HOLDOUT = 288, ALL = 7 };

/* The market's columns, to be changed at will. */
typedef struct own_world {
  world w;
  double open[BARS_MAX], high[BARS_MAX], low[BARS_MAX], close[BARS_MAX];
  double volume[BARS_MAX];
} own_world;

static own_world *own_of(const world *from) {
  own_world *o = malloc(sizeof *o);
  assert_non_null(o);
  o->w = *from;
  size_t size = from->bars.n * sizeof(double);
  memcpy(o->open, from->bars.open, size);
  memcpy(o->high, from->bars.high, size);
  memcpy(o->low, from->bars.low, size);
  memcpy(o->close, from->bars.close, size);
  memcpy(o->volume, from->bars.volume, size);
  o->w.bars.open = o->open;
  o->w.bars.high = o->high;
  o->w.bars.low = o->low;
  o->w.bars.close = o->close;
  o->w.bars.volume = o->volume;
  o->w.market.bars = &o->w.bars;
  o->w.market.sigma = o->w.sigma;
  o->w.market.volume_forecast = o->w.volume;
  o->w.data.market = &o->w.market;
  o->w.data.instrument = &o->w.instrument;
  return o;
}

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
  char text[TEXT_MAX];
  snprintf(text, sizeof text, "%s", usual);
  memcpy(strstr(text, "\"colsample_bytree\":0.8"), "\"colsample_bytree\":1.0",
         22);
  memcpy(strstr(text, "\"subsample\":0.8"), "\"subsample\":1.0", 15);
  crucible_genome *genome;
  assert_ok(crucible_genome_parse(text, strlen(text), &genome));
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
      cmocka_unit_test(the_folds_do_not_see_one_bit_of_the_holdout),
      cmocka_unit_test(a_stage_gives_the_same_bits_alone_and_with_others),
      cmocka_unit_test(a_label_that_ends_after_the_test_is_none_for_the_fold),
      cmocka_unit_test(
          the_holdout_is_what_a_model_deployed_at_its_begin_makes_of_it),
      cmocka_unit_test(the_moments_are_those_of_the_test_returns),
      cmocka_unit_test(times_are_added_and_are_no_part_of_the_report),
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
