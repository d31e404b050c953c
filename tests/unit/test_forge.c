/* SPDX-License-Identifier: Apache-2.0 */
/* What a forging reports, what its labels know, and what changes its bits. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "base/rng.h"
#include "forge/forge_job.h"
#include "support/forge_world.h"
#include "support/near.h"

/* ---- what is reported ---- */

/* One fold done again by public calls and plain loops. */
typedef struct redone {
  double *features, *label, *scores;
  size_t *end;
  crucible_genes genes;
  double theta_in, theta_out;
  crucible_model *model;
  uint32_t rounds;
  size_t n_train, n_inner;
} redone;

static int compare(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static redone begin_again(const world *w, const crucible_genome *genome) {
  redone r = {.genes.struct_size = sizeof r.genes};
  size_t n = w->bars.n;
  assert_ok(crucible_genome_genes(genome, &r.genes));
  r.features = malloc(n * r.genes.n_features * sizeof *r.features);
  r.label = malloc(n * sizeof *r.label);
  r.scores = malloc(n * sizeof *r.scores);
  r.end = malloc(n * sizeof *r.end);
  assert_true(r.features && r.label && r.scores && r.end);
  assert_ok(crucible_features_compute(crucible_genome_features(genome),
                                      r.genes.n_features, &w->bars, NULL,
                                      r.features));
  crucible_plan plan = r.genes.plan;
  plan.theta_in = plan.theta_out = 0;
  assert_ok(crucible_backtest_outcomes(&w->market, &w->instrument, &plan, 1,
                                       0.9 * 200, w->data.backtest, NULL, NULL,
                                       r.label, r.end));
  return r;
}

static void end_again(redone *r) {
  free(r->features);
  free(r->label);
  free(r->scores);
  free(r->end);
}

/* Rows [begin, end) with a label that ends before the end, copied together. */
static size_t copy_rows(const redone *r, size_t n, size_t begin, size_t end,
                        double *x, double *y) {
  size_t rows = 0, cols = r->genes.n_features;
  for (size_t i = begin; i < end; ++i) {
    if (isnan(r->label[i]) || r->end[i] >= end)
      continue;
    for (size_t j = 0; j < cols; ++j)
      x[rows * cols + j] = r->features[j * n + i];
    y[rows++] = r->label[i];
  }
  return rows;
}

static void train_again(const world *w, const crucible_genome *genome,
                        const crucible_fold *f, uint64_t k, redone *r) {
  size_t n = w->bars.n, cols = r->genes.n_features;
  size_t most = f->train_end - f->train_begin;
  double *x = malloc(most * cols * sizeof *x), *y = malloc(most * sizeof *y);
  double *vx = malloc(most * cols * sizeof *x), *vy = malloc(most * sizeof *y);
  assert_true(x && y && vx && vy);
  crucible_model_task t;
  crucible_model_report report = {.struct_size = sizeof report};
  crucible__rng rng;
  crucible_model_task_init(&t, sizeof t);
  crucible__rng_init(&rng, w->options.seed, CRUCIBLE__RNG_FORGE, k);
  t.seed = crucible__rng_u64(&rng);
  t.max_rounds = w->options.max_rounds;
  t.patience = w->options.patience;
  r->n_train = copy_rows(r, n, f->train_begin, f->inner_begin, x, y);
  r->n_inner = copy_rows(r, n, f->inner_begin, f->train_end, vx, vy);
  t.features = (crucible_matrix){x, r->n_train, cols, (ptrdiff_t)cols, 1};
  t.target = y;
  t.valid_features =
      (crucible_matrix){vx, r->n_inner, cols, (ptrdiff_t)cols, 1};
  t.valid_target = vy;
  assert_ok(crucible_model_fit("xgboost", crucible_genome_model_params(genome),
                               r->genes.n_model_params, &t, &r->model,
                               &report));
  r->rounds = report.best_rounds;
  crucible_matrix all = {r->features, n, cols, 1, (ptrdiff_t)n};
  assert_ok(crucible_model_predict(r->model, &all, r->scores));
  size_t inner = f->train_end - f->inner_begin;
  double *sorted = malloc(inner * sizeof *sorted), theta[2];
  assert_non_null(sorted);
  memcpy(sorted, r->scores + f->inner_begin, inner * sizeof *sorted);
  qsort(sorted, inner, sizeof *sorted, compare);
  const double q[] = {r->genes.entry_quantile, r->genes.exit_quantile};
  for (int i = 0; i < 2; ++i) {
    double at = sorted[(size_t)(q[i] * (double)(inner - 1))], below = at;
    for (size_t m = 0; m < inner; ++m)
      if (sorted[m] < at)
        below = sorted[m];
    theta[i] = below + 0.5 * (at - below);
  }
  r->theta_in = theta[0];
  r->theta_out = theta[1];
  free(sorted);
  free(x);
  free(y);
  free(vx);
  free(vy);
}

static void check_test_again(const world *w, const crucible_fold *f, uint32_t k,
                             const redone *r, const crucible_trades *all) {
  crucible_bars bars = {.struct_size = sizeof bars};
  assert_ok(crucible_bars_slice(&w->bars, w->bars.open_time_ms[f->test_begin],
                                w->bars.open_time_ms[f->test_end - 1] + 1,
                                &bars));
  crucible_market market = {.struct_size = sizeof market,
                            .bars = &bars,
                            .sigma = w->sigma + f->test_begin,
                            .volume_forecast = w->volume + f->test_begin};
  crucible_matrix column = {r->scores + f->test_begin, bars.n, 1, 1, 1};
  crucible_plan plan = r->genes.plan;
  plan.theta_in = r->theta_in;
  plan.theta_out = r->theta_out;
  crucible_backtest *run;
  assert_ok(crucible_backtest_run(&market, &w->instrument, &column, &plan, 1,
                                  w->data.backtest, NULL, NULL, &run));
  crucible_trades trades = {.struct_size = sizeof trades};
  crucible_summary summary = {.struct_size = sizeof summary};
  assert_ok(crucible_backtest_records(run, NULL, &trades));
  assert_ok(crucible_backtest_summary(run, 0, &summary));
  assert_int_equal(f->n_trades, trades.n);
  assert_same_bits(f->sharpe, summary.metrics.sharpe);
  assert_same_bits(f->total_return, summary.ledger.equity / 200 - 1);
  size_t at = 0;
  for (size_t i = 0; i < all->n; ++i) {
    if (all->column[i] != k)
      continue;
    assert_int_equal(all->entry_ms[i], trades.entry_ms[at]);
    assert_same_bits(all->result[i], trades.result[at]);
    ++at;
  }
  assert_int_equal(at, trades.n);
  crucible_backtest_destroy(run);
}

static void every_fold_comes_out_the_same_when_done_by_hand(void **state) {
  const world *w = *state;
  crucible_genome *genome = with("", "");
  crucible_forged *forged = forge_it(w, genome, NULL);
  crucible_forge_report report = report_of(forged);
  crucible_trades trades = trades_of(forged);
  redone r = begin_again(w, genome);
  assert_int_equal(report.n_folds, 3);
  for (uint32_t k = 0; k < report.n_folds; ++k) {
    const crucible_fold *f = &report.folds[k];
    train_again(w, genome, f, k, &r);
    assert_int_equal(f->n_train, r.n_train);
    assert_int_equal(f->rounds, r.rounds);
    assert_same_bits(f->theta_in, r.theta_in);
    assert_same_bits(f->theta_out, r.theta_out);
    check_test_again(w, f, k, &r, &trades);
    crucible_model_destroy(r.model);
  }
  /* the deployed model: the same on the window's last bars */
  size_t n = w->bars.n, inner = (size_t)(900 * 0.2);
  const crucible_fold last = {
      .train_begin = n - 900, .inner_begin = n - inner, .train_end = n};
  const void *bytes, *again;
  size_t n_bytes, n_again;
  crucible_plan plan = {.struct_size = sizeof plan};
  train_again(w, genome, &last, report.n_folds, &r);
  assert_ok(crucible_forged_model(forged, &bytes, &n_bytes));
  assert_ok(crucible_model_bytes(r.model, &again, &n_again));
  assert_int_equal(n_bytes, n_again);
  assert_memory_equal(bytes, again, n_bytes);
  assert_ok(crucible_forged_plan(forged, &plan));
  assert_same_bits(plan.theta_in, r.theta_in);
  assert_same_bits(plan.theta_out, r.theta_out);
  assert_int_equal(report.deployed_rounds, r.rounds);
  crucible_model_destroy(r.model);
  end_again(&r);
  crucible_forged_destroy(forged);
  crucible_genome_destroy(genome);
}

static void the_report_adds_up_to_its_folds_and_trades(void **state) {
  const world *w = *state;
  crucible_genome *genome = with("", "");
  crucible_forged *forged = forge_it(w, genome, NULL);
  crucible_forge_report r = report_of(forged);
  crucible_trades t = trades_of(forged);
  double compound = 1;
  uint64_t n_trades = 0;
  for (uint32_t k = 0; k < r.n_folds; ++k) {
    const crucible_fold *f = &r.folds[k];
    compound *= 1 + f->total_return;
    n_trades += f->n_trades;
    assert_int_equal(f->train_end, f->test_begin);
    assert_true(f->train_begin < f->inner_begin);
    assert_true(f->inner_begin < f->train_end);
    assert_true(f->train_end - f->train_begin <= 900);
    assert_int_equal(f->test_begin,
                     k == 0 ? w->data.end - (w->data.end - w->data.begin) / 2
                            : r.folds[k - 1].test_end);
    assert_true(f->rounds >= 1 && f->rounds <= 40);
  }
  assert_int_equal(r.folds[r.n_folds - 1].test_end, w->data.end);
  assert_near(1 + r.total_return, compound, 1e-12, 0);
  assert_int_equal(r.n_trades, n_trades);
  assert_int_equal(r.n_trades, t.n);
  assert_int_equal(r.is_feasible, t.n >= 10);
  double net = 0, gross = 0, costs = 0, wins = 0;
  for (size_t i = 0; i < t.n; ++i) {
    const crucible_fold *f = &r.folds[t.column[i]];
    net += t.result[i];
    gross += t.gross[i];
    costs += t.fee[i] + t.spread[i] + t.slippage[i] + t.impact[i] +
             t.funding[i] + t.dust[i];
    wins += t.result[i] > 0;
    assert_true(t.entry_ms[i] > w->bars.open_time_ms[f->test_begin]);
    assert_true(t.exit_ms[i] <= w->bars.open_time_ms[f->test_end - 1]);
  }
  assert_near(r.net, net, 1e-12, 0);
  assert_near(r.gross, gross, 1e-12, 0);
  assert_near(r.gross - r.net, costs, 1e-9, 1e-9);
  assert_near(r.costs.fee + r.costs.spread + r.costs.slippage + r.costs.dust,
              costs, 1e-9, 1e-9);
  assert_near(r.win_rate, wins / (double)t.n, 1e-12, 0);
  crucible_forged_destroy(forged);
  crucible_genome_destroy(genome);
}

/* ---- labels and purging ---- */

static crucible__forge job_of(const world *w, const crucible_genome *genome) {
  crucible__forge job = {.genome = genome,
                         .options = w->options,
                         .instrument = &w->instrument,
                         .market = w->market,
                         .bars = w->bars,
                         .begin = w->data.begin,
                         .end = w->data.end,
                         .fold_end = w->data.end,
                         .usable = w->data.begin};
  job.genes.struct_size = sizeof job.genes;
  assert_ok(crucible_genome_genes(genome, &job.genes));
  job.plan = job.genes.plan;
  job.plan.theta_in = job.plan.theta_out = 0;
  crucible_backtest_options_init(&job.backtest, sizeof job.backtest);
  job.is_warm = malloc(job.end);
  assert_non_null(job.is_warm);
  memset(job.is_warm, 1, job.end);
  assert_ok(crucible__forge_label(&job, NULL));
  return job;
}

static void free_job(crucible__forge *job) {
  free(job->is_warm);
  job->is_warm = NULL;
  crucible__forge_free(job);
}

static void no_training_row_knows_what_comes_after_it(void **state) {
  const world *w = *state;
  static const char *const entries[] = {
      "\"kind\":\"market\"",
      "\"kind\":\"limit\",\"offset_sigma\":0.5,\"ttl_bars\":4"};
  for (int e = 0; e < 2; ++e) {
    crucible_genome *genome = with("\"kind\":\"market\"", entries[e]);
    crucible__forge job = job_of(w, genome);
    uint64_t purged = 0;
    for (size_t k = 0; k <= job.options.n_folds; ++k) {
      crucible__fold_span span = crucible__fold_span_of(&job, k);
      crucible__fold_rows rows;
      assert_ok(crucible__fold_rows_of(&job, &span, &rows));
      size_t labelled = 0, last = 0;
      for (size_t i = 0; i < rows.n_train; ++i) {
        size_t row = rows.train[i];
        assert_in_range(row, span.train_begin, span.inner_begin - 1);
        assert_true(job.label_end[row] < span.inner_begin);
        assert_true(job.label_end[row] > row && !isnan(job.label[row]));
        last = job.label_end[row] > last ? job.label_end[row] : last;
      }
      if (e == 0) /* no more is dropped than has to be */
        assert_true(last + 1 == span.inner_begin);
      for (size_t i = 0; i < rows.n_inner; ++i) {
        assert_in_range(rows.inner[i], span.inner_begin, span.train_end - 1);
        assert_true(job.label_end[rows.inner[i]] < span.train_end);
      }
      for (size_t i = span.train_begin; i < span.train_end; ++i)
        labelled += (size_t)!isnan(job.label[i]);
      assert_int_equal(rows.n_train + rows.n_inner + rows.n_purged, labelled);
      purged += rows.n_purged;
      crucible__fold_rows_free(&rows);
    }
    assert_true(purged > 4);
    free_job(&job);
    crucible_genome_destroy(genome);
  }
}

static void a_label_is_the_outcome_of_the_plans_own_trade(void **state) {
  const world *w = *state;
  size_t n = w->bars.n;
  crucible_genome *genome = with("\"long\"", "\"long_short\"");
  crucible__forge job = job_of(w, genome);
  double *outcome[2];
  size_t *end[2], both = 0;
  for (int side = 0; side < 2; ++side) {
    outcome[side] = malloc(n * sizeof(double));
    end[side] = malloc(n * sizeof(size_t));
    /* on the whole series: the window's own bars decide alone */
    assert_ok(crucible_backtest_outcomes(&w->market, &w->instrument, &job.plan,
                                         side == 0 ? 1 : -1, 0.9 * 200, NULL,
                                         NULL, NULL, outcome[side], end[side]));
  }
  for (size_t i = job.begin; i < job.end; ++i) {
    double expected = (outcome[0][i] - outcome[1][i]) / 2;
    assert_near(job.label[i], expected, 1e-12, 0);
    if (isnan(expected))
      continue;
    ++both;
    assert_int_equal(job.label_end[i],
                     end[0][i] > end[1][i] ? end[0][i] : end[1][i]);
  }
  assert_true(both > 1400);
  for (int side = 0; side < 2; ++side) {
    free(outcome[side]);
    free(end[side]);
  }
  free_job(&job);
  crucible_genome_destroy(genome);
}

/* Bars after the window may be anything. */
static void what_comes_after_the_window_changes_nothing(void **state) {
  world w = *(const world *)*state;
  crucible_genome *genome = with("", "");
  w.data.end = 2300;
  crucible_forged *a = forge_it(&w, genome, NULL);
  double *columns[5];
  const double *from[] = {w.bars.open, w.bars.high, w.bars.low, w.bars.close,
                          w.bars.volume};
  for (int c = 0; c < 5; ++c) {
    columns[c] = malloc(w.bars.n * sizeof *columns[c]);
    memcpy(columns[c], from[c], w.bars.n * sizeof *columns[c]);
    for (size_t i = w.data.end; i < w.bars.n; ++i)
      columns[c][i] = (double)NAN;
  }
  w.bars.open = columns[0];
  w.bars.high = columns[1];
  w.bars.low = columns[2];
  w.bars.close = columns[3];
  w.bars.volume = columns[4];
  w.market.bars = &w.bars;
  for (size_t i = w.data.end; i < w.bars.n; ++i)
    w.sigma[i] = w.volume[i] = -1;
  w.market.sigma = w.sigma;
  w.market.volume_forecast = w.volume;
  w.data.market = &w.market;
  crucible_forged *b = forge_it(&w, genome, NULL);
  assert_true(is_same(a, b));
  crucible_forged_destroy(b);
  w.bars.n = w.data.end;
  b = forge_it(&w, genome, NULL);
  assert_true(is_same(a, b));
  for (int c = 0; c < 5; ++c)
    free(columns[c]);
  crucible_forged_destroy(a);
  crucible_forged_destroy(b);
  crucible_genome_destroy(genome);
}

/* A fold is not touched by the bars after its test: what it reports is what a
   forging reports whose window ends there. */
static void a_fold_does_not_see_later_folds(void **state) {
  world w = *(const world *)*state;
  crucible_genome *genome = with("", "");
  crucible_forged *whole = forge_it(&w, genome, NULL);
  crucible_forge_report r = report_of(whole);
  /* one fold over the same test bars */
  w.data.end = r.folds[0].test_end;
  w.options.n_folds = 1;
  size_t test = r.folds[0].test_end - r.folds[0].test_begin;
  w.options.test_share =
      ((double)test + 0.5) / (double)(w.data.end - w.data.begin);
  crucible_forged *part = forge_it(&w, genome, NULL);
  crucible_forge_report s = report_of(part);
  assert_memory_equal(&s.folds[0], &r.folds[0], sizeof s.folds[0]);
  crucible_forged_destroy(part);
  crucible_forged_destroy(whole);
  crucible_genome_destroy(genome);
}

/* Cold bars are no part of a training window, and move no test. */
static void training_begins_where_all_is_warm(void **state) {
  world w = *(const world *)*state;
  crucible_genome *genome =
      with("\"horizon\":\"fixed\",\"bars\":900", "\"horizon\":\"expanding\"");
  size_t warm = 0;
  while (!(w.sigma[warm] >= 0))
    ++warm;
  assert_in_range(warm, 900, 1100);
  w.data.begin = 500;
  crucible_forged *forged = forge_it(&w, genome, NULL);
  crucible_forge_report r = report_of(forged);
  for (uint32_t k = 0; k < r.n_folds; ++k) {
    const crucible_fold *f = &r.folds[k];
    size_t length = f->train_end - warm;
    assert_int_equal(f->train_begin, warm);
    assert_int_equal(f->inner_begin,
                     f->train_end - (size_t)((double)length * 0.2));
  }
  size_t tested = (size_t)((double)(w.data.end - 500) * 0.5);
  assert_int_equal(r.folds[0].test_begin, w.data.end - tested);
  crucible_forged_destroy(forged);
  crucible_genome_destroy(genome);
}

/* ---- same bits ---- */

static void threads_change_no_bit_and_neither_does_a_second_run(void **state) {
  const world *w = *state;
  crucible_genome *genome = with("", "");
  crucible_forged *once = forge_it(w, genome, NULL);
  for (uint32_t threads = 1; threads <= 4; ++threads) {
    crucible_pool *pool;
    assert_ok(crucible_pool_create(threads, &pool));
    crucible_forged *again = forge_it(w, genome, pool);
    assert_true(is_same(once, again));
    crucible_forged_destroy(again);
    crucible_pool_destroy(pool);
  }
  crucible_forged_destroy(once);
  crucible_genome_destroy(genome);
}

static void another_seed_gives_another_model(void **state) {
  world w = *(const world *)*state;
  crucible_genome *genome = with("", "");
  crucible_forged *a = forge_it(&w, genome, NULL);
  w.options.seed = 2;
  crucible_forged *b = forge_it(&w, genome, NULL);
  assert_false(is_same(a, b));
  crucible_forged_destroy(a);
  crucible_forged_destroy(b);
  crucible_genome_destroy(genome);
}

/* All genes but the refit policy: the forge trains once, what follows when the
   model's time is over is the tournament's, and tested there. */
static void no_gene_is_without_effect(void **state) {
  world own = *(const world *)*state, *w = &own;
  crucible_backtest_options account;
  crucible_backtest_options_init(&account, sizeof account);
  /* a spread of one tick: orders at the close do cross on arrival */
  account.costs.spread_bps = 0;
  w->data.backtest = &account;
  static const struct {
    const char *from, *to;
  } flips[] = {
      {"\"side\":\"long\"", "\"side\":\"long_short\""},
      {"\"horizon_bars\":8", "\"horizon_bars\":9"},
      {"\"kind\":\"market\"",
       "\"kind\":\"limit\",\"offset_sigma\":0.2,\"ttl_bars\":2"},
      {"\"kind\":\"market\"",
       "\"kind\":\"limit\",\"offset_sigma\":0.3,\"ttl_bars\":2"},
      {"\"kind\":\"market\"",
       "\"kind\":\"limit\",\"offset_sigma\":0.2,\"ttl_bars\":3"},
      {"\"kind\":\"market\"",
       "\"kind\":\"post_only\",\"offset_sigma\":0,\"ttl_bars\":2"},
      {"\"kind\":\"market\"",
       "\"kind\":\"limit\",\"offset_sigma\":0,\"ttl_bars\":2"},
      {"\"quantile\":0.8", "\"quantile\":0.9"},
      {"\"quantile\":0.3", "\"quantile\":0.5"},
      {"\"stop_sigma\":6", "\"stop_sigma\":5"},
      {"\"stop_sigma\":6,", ""},
      {"\"target_sigma\":8", "\"target_sigma\":7"},
      {",\"target_sigma\":8", ""},
      {"\"fraction\",\"value\":0.9", "\"fraction\",\"value\":0.8"},
      {"\"fraction\",\"value\":0.9", "\"risk\",\"value\":0.01"},
      {"\"fraction\",\"value\":0.9", "\"cash\",\"value\":150"},
      {"\"fraction\",\"value\":0.9", "\"units\",\"value\":0.005"},
      {"\"horizon\":\"fixed\",\"bars\":900", "\"horizon\":\"expanding\""},
      {"\"bars\":900", "\"bars\":850"},
      {"\"RSI\":{\"timeperiod\":14},", ""},
      {"\"timeperiod\":14", "\"timeperiod\":15"},
      {"\"HOUR_SIN\"", "\"HOUR_COS\""},
      {"\"colsample_bytree\":0.8", "\"colsample_bytree\":0.4"},
      {"\"gamma\":0.02", "\"gamma\":5"},
      {"\"depthwise\"", "\"lossguide\""},
      {"\"learning_rate\":0.1", "\"learning_rate\":0.12"},
      {"\"max_bin\":64", "\"max_bin\":60"},
      {"\"max_leaves\":8", "\"max_leaves\":7"},
      {"\"min_child_weight\":20", "\"min_child_weight\":30"},
      {"\"reg_alpha\":0.05", "\"reg_alpha\":0.5"},
      {"\"reg_lambda\":1", "\"reg_lambda\":2"},
      {"\"subsample\":0.8", "\"subsample\":0.7"},
  };
  enum { N = sizeof flips / sizeof *flips };
  crucible_forged *all[N + 1];
  crucible_genome *genome = with("", "");
  all[N] = forge_it(w, genome, NULL);
  crucible_genome_destroy(genome);
  for (size_t i = 0; i < N; ++i) {
    genome = with(flips[i].from, flips[i].to);
    all[i] = forge_it(w, genome, NULL);
    crucible_genome_destroy(genome);
    for (size_t j = 0; j < i; ++j)
      if (is_same(all[i], all[j]))
        fail_msg("%s is without effect beside %s", flips[i].to, flips[j].to);
    if (is_same(all[i], all[N]))
      fail_msg("%s is without effect", flips[i].to);
  }
  for (size_t i = 0; i <= N; ++i)
    crucible_forged_destroy(all[i]);
}

/* ---- cancelling, infeasible, wrong ---- */

static void a_threshold_lets_the_value_at_its_quantile_through(void **state) {
  (void)state;
  const double x[] = {1, 2, 4, 8, 16}, ties[] = {1, 3, 3, 5, 5, 5};
  assert_same_bits(crucible__threshold(x, 5, 0.5), 3);
  assert_same_bits(crucible__threshold(x, 5, 0.99), 6);
  assert_same_bits(crucible__threshold(x, 5, 1), 12);
  assert_same_bits(crucible__threshold(x, 5, 0.1), 1);
  assert_same_bits(crucible__threshold(ties, 6, 0.99), 4);
  assert_same_bits(crucible__threshold(ties, 6, 0.5), 2);
  assert_same_bits(crucible__threshold(ties + 3, 3, 0.5), 5); /* none above */
  assert_same_bits(crucible__threshold(x, 1, 0.3), 1);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_fold_comes_out_the_same_when_done_by_hand),
      cmocka_unit_test(the_report_adds_up_to_its_folds_and_trades),
      cmocka_unit_test(no_training_row_knows_what_comes_after_it),
      cmocka_unit_test(a_label_is_the_outcome_of_the_plans_own_trade),
      cmocka_unit_test(what_comes_after_the_window_changes_nothing),
      cmocka_unit_test(a_fold_does_not_see_later_folds),
      cmocka_unit_test(training_begins_where_all_is_warm),
      cmocka_unit_test(threads_change_no_bit_and_neither_does_a_second_run),
      cmocka_unit_test(another_seed_gives_another_model),
      cmocka_unit_test(no_gene_is_without_effect),
      cmocka_unit_test(a_threshold_lets_the_value_at_its_quantile_through),
  };
  return cmocka_run_group_tests(tests, open_world, close_world);
}
