/* SPDX-License-Identifier: Apache-2.0 */
#include "backtest_check.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "run.h"
#include "run_signal.h"
#include "run_table.h"

enum {
  DECISIONS_MOST = 64, /* combinations whose decisions are checked */
  FORECAST_CUTS = 20,  /* a forecast is fitted anew for each */
  RUN_CUTS = 20,
  RULE_CUTS = 200, /* unless --cuts says */
  PROGRAM_CUTS = 50,
  STARTUPS = 7 /* crucible_warmup_options' default */
};

/* Columns of one check, and how they are called. */
typedef struct check {
  const backtest_run *run;
  run_forecasts forecasts;
  size_t n_decisions;
  crucible_cancel *cancel;
  crucible_lookahead_options options;
} check;

/* ---- what is recomputed ---- */

/* Features, then the decisions of each combination. */
static int32_t compute_columns(const crucible_bars *bars, void *values,
                               void *data) {
  const check *c = data;
  const strategy *used = &c->run->strategy;
  double *features = values;
  double *scores = features + used->features.n * bars->n;
  crucible_status status = strategy_features(used, bars, NULL, features);
  if (status != CRUCIBLE_OK)
    return status;
  for (size_t i = 0; i < c->n_decisions; ++i)
    if (strategy_scores(used, bars, features, i, scores + i * bars->n) !=
        RUN_OK)
      return CRUCIBLE_E_DATA;
  return CRUCIBLE_OK;
}

static int32_t compute_forecasts(const crucible_bars *bars, void *values,
                                 void *data) {
  double *columns = values;
  const check *c = data;
  return market_forecast(&c->forecasts, bars, columns, columns + bars->n,
                         columns + 2 * bars->n);
}

/* Funding is what was paid, not what was reckoned: it is no subject of a check.
   A shorter history of bars may have its last rate due after its end. */
static crucible_status align_funding(const backtest_run *run,
                                     const crucible_bars *bars, double *rates,
                                     crucible_market *market) {
  const run_funding *funding = &run->funding;
  if (funding->path == NULL)
    return CRUCIBLE_OK;
  market->funding = rates;
  return crucible_funding_align(bars, funding->time_ms, funding->rate,
                                funding->n, 0, rates);
}

/* Of a cut's last bar the open alone is known, and nothing inside of it. */
static crucible_bars known_fine(const backtest_run *run,
                                const crucible_bars *bars) {
  crucible_bars fine = run->input.fine;
  size_t last = bars->n - 1;
  while (bars->high[last] == bars->low[last] && fine.n > 0 &&
         fine.open_time_ms[fine.n - 1] >= bars->open_time_ms[last])
    --fine.n;
  return fine;
}

/* A whole backtest of the first combination. */
static int32_t rerun(const crucible_bars *bars, crucible_backtest **backtest,
                     void *data) {
  const check *c = data;
  const backtest_run *run = c->run;
  size_t n = bars->n, n_features = run->strategy.features.n;
  double *room = calloc(n_features + 5, n * sizeof *room);
  if (room == NULL)
    return CRUCIBLE_E_NOMEM;
  double *sigma = room, *volume = room + n, *spread = room + 2 * n;
  double *score = room + 3 * n, *funding = room + 4 * n;
  double *features = room + 5 * n;
  crucible_bars fine = known_fine(run, bars);
  crucible_market market = run->market.market;
  market.bars = bars;
  market.fine = fine.n > 0 ? &fine : NULL;
  market.sigma = sigma;
  market.volume_forecast = volume;
  market.spread = c->forecasts.has_spread ? spread : NULL;
  crucible_status status =
      market_forecast(&c->forecasts, bars, sigma, volume, spread);
  if (status == CRUCIBLE_OK)
    status = align_funding(run, bars, funding, &market);
  if (status == CRUCIBLE_OK)
    status = strategy_features(&run->strategy, bars, NULL, features);
  if (status == CRUCIBLE_OK &&
      strategy_scores(&run->strategy, bars, features, 0, score) != RUN_OK)
    status = CRUCIBLE_E_DATA;
  if (status == CRUCIBLE_OK) {
    crucible_matrix scores = {score, n, 1, 1, (ptrdiff_t)n};
    crucible_backtest_options how = run->how;
    how.keep_records = 1;
    if (market.fine == NULL && how.path == CRUCIBLE_PATH_FINE)
      how.path = CRUCIBLE_PATH_PESSIMISTIC;
    status = crucible_backtest_run(&market, &run->input.instrument, &scores,
                                   &run->plan, 1, &how, NULL, NULL, backtest);
  }
  free(room);
  return status;
}

/* A program may share a file or a cache between its runs. */
static int is_thread_safe(const check *c) {
  return c->run->strategy.given.program == NULL;
}

static crucible_column_source columns_of(check *c, int is_forecasts) {
  return (crucible_column_source){
      .struct_size = sizeof(crucible_column_source),
      .compute = is_forecasts ? compute_forecasts : compute_columns,
      .user_data = c,
      .n_columns = is_forecasts ? 2 + (size_t)c->forecasts.has_spread
                                : c->run->strategy.features.n + c->n_decisions,
      .is_thread_safe = is_thread_safe(c)};
}

static crucible_run_source runs_of(check *c) {
  return (crucible_run_source){.struct_size = sizeof(crucible_run_source),
                               .rerun = rerun,
                               .user_data = c,
                               .is_thread_safe = is_thread_safe(c)};
}

/* ---- names ---- */

/* "RSI(14)", "decision fast=5 slow=20", "sigma". */
static void add_name(const check *c, int is_forecasts, size_t column,
                     run_text *name) {
  const strategy *used = &c->run->strategy;
  if (is_forecasts) {
    text_add(name, column == 0   ? "volatility forecast"
                   : column == 1 ? "volume forecast"
                                 : "spread forecast");
    return;
  }
  if (column < used->features.n) {
    const crucible_feature_spec *spec = &used->features.specs[column];
    text_add(name, spec->name);
    const char *separator = "(";
    for (size_t i = 0; i < CRUCIBLE_FEATURE_PARAMS_MAX; ++i)
      if (!isnan(spec->params[i])) {
        text_addf(name, "%s%g", separator, spec->params[i]);
        separator = ",";
      }
    text_add(name, separator[0] == ',' ? ")" : "");
    return;
  }
  text_add(name, used->sets != NULL ? "decision" : "score");
  const run_sweep *sweep = &c->run->sweep;
  for (size_t i = 0; i < sweep->n_names; ++i)
    text_addf(name, " %s=%g", sweep->names[i].name,
              sweep_value(sweep, column - used->features.n, i));
}

/* A number, or what the score of rules says. */
static figure value_of(const check *c, int is_forecasts, size_t column,
                       double value) {
  figure shown;
  const strategy *used = &c->run->strategy;
  if (!is_forecasts && used->sets != NULL && column >= used->features.n)
    (void)snprintf(shown.text, sizeof shown.text, "%s", strategy_word(value));
  else if (isnan(value))
    (void)snprintf(shown.text, sizeof shown.text, "nothing");
  else
    (void)snprintf(shown.text, sizeof shown.text, "%.10g", value);
  return shown;
}

/* ---- look-ahead ---- */

static int print_findings(const check *c, int is_forecasts,
                          const crucible_lookahead_result *r,
                          const crucible_lookahead_finding *findings,
                          size_t n_columns) {
  run_table table = {0};
  run_text name = {0};
  static const char *const heads[] = {
      "column", "bar", "opens", "with all bars", "with first", "only these"};
  for (size_t i = 0; i < RUN_COUNT(heads); ++i)
    table_column(&table, heads[i], i == 0);
  for (size_t i = 0; i < n_columns; ++i) {
    const crucible_lookahead_finding *f = &findings[i];
    if (f->n_cuts_changed == 0)
      continue;
    name.length = 0;
    add_name(c, is_forecasts, i, &name);
    table_cell(&table, name.failed ? "?" : name.data);
    table_cell(&table, figure_count(f->bar).text);
    table_cell(&table, figure_time(f->open_time_ms).text);
    table_cell(&table, value_of(c, is_forecasts, i, f->with_future).text);
    table_cell(&table, figure_count(f->cut).text);
    table_cell(&table, value_of(c, is_forecasts, i, f->without_future).text);
  }
  text_free(&name);
  int code = table_print(&table);
  if (r->is_repeatable)
    printf("The first of them needs %s bar%s after its own to be what it is.\n",
           figure_count(r->needs).text, r->needs == 1 ? "" : "s");
  return code;
}

static int check_columns(check *c, int is_forecasts, int *has_failed) {
  crucible_column_source source = columns_of(c, is_forecasts);
  crucible_lookahead_finding *findings =
      calloc(source.n_columns, sizeof *findings);
  if (findings == NULL)
    return run_fail(RUN_FAILED, "out of memory");
  crucible_lookahead_options options = c->options;
  if (is_forecasts && options.max_cuts > FORECAST_CUTS)
    options.max_cuts = FORECAST_CUTS;
  crucible_lookahead_result r = {.struct_size = sizeof r};
  crucible_status status =
      crucible_lookahead_check(&source, &c->run->input.bars, &options,
                               c->run->pool, c->cancel, &r, findings);
  int code = status == CRUCIBLE_OK ? RUN_OK : run_fail_status(status, NULL);
  if (code == RUN_OK && (r.is_found || !r.is_repeatable)) {
    *has_failed = 1;
    printf("%s\n", r.is_repeatable
                       ? "LOOK-AHEAD: values change when later bars are taken "
                         "away"
                       : "NOT REPEATABLE: the same bars gave other values when "
                         "asked again");
    code = print_findings(c, is_forecasts, &r, findings, source.n_columns);
  } else if (code == RUN_OK) {
    printf("  %-34s the same at %s%s cuts\n",
           is_forecasts && c->forecasts.has_spread
               ? "forecasts of sigma, volume, spread"
           : is_forecasts ? "forecasts of volatility and volume"
           : c->run->strategy.sets != NULL ? "features and decisions"
                                           : "scores",
           r.is_exhaustive ? "all " : "", figure_count(r.n_cuts).text);
  }
  free(findings);
  return code;
}

static void print_run(const crucible_run_lookahead_result *r) {
  static const char *const kinds[] = {"?", "order", "trade", "decision"};
  printf("%s: with the first %s bars another backtest\n",
         r->is_repeatable ? "LOOK-AHEAD" : "NOT REPEATABLE",
         figure_count(r->cut).text);
  printf("  %s of %s, %s (%s) ", kinds[r->kind], figure_time(r->time_ms).text,
         r->side > 0 ? "buy" : "sell", purpose_name(r->purpose));
  if (r->how == CRUCIBLE_ONLY_WITH)
    printf("is only there when later bars are\n");
  else if (r->how == CRUCIBLE_ONLY_WITHOUT)
    printf("is not there when later bars are\n");
  else
    printf("has %s %.10g with all bars, %.10g without\n", r->field,
           r->with_future, r->without_future);
}

static int check_run(check *c, int *has_failed) {
  crucible_run_source source = runs_of(c);
  crucible_lookahead_options options = c->options;
  if (options.max_cuts > RUN_CUTS)
    options.max_cuts = RUN_CUTS;
  crucible_run_lookahead_result r = {.struct_size = sizeof r};
  crucible_status status = crucible_lookahead_check_run(
      &source, &c->run->input.bars, &options, c->run->pool, c->cancel, &r);
  if (status != CRUCIBLE_OK)
    return run_fail_status(status, NULL);
  if (r.is_found || !r.is_repeatable) {
    *has_failed = 1;
    print_run(&r);
  } else {
    printf("  %-34s the same at %s%s cuts\n", "orders and trades",
           r.is_exhaustive ? "all " : "", figure_count(r.n_cuts).text);
  }
  return RUN_OK;
}

static int check_lookahead(check *c, int *has_failed) {
  printf(
      "look-ahead: recomputed on the first bars, for many numbers of them\n");
  int failed = 0;
  int code = check_columns(c, 0, &failed);
  if (code == RUN_OK)
    code = check_columns(c, 1, &failed);
  if (code == RUN_OK)
    code = check_run(c, &failed);
  if (code == RUN_OK)
    printf("%s\n", failed ? "failed: do not believe this backtest"
                          : "passed: nothing of it knows the future");
  *has_failed |= failed;
  return code;
}

/* ---- warm-up ---- */

static void add_warmup_rows(const check *c, int is_forecasts, run_table *table,
                            const crucible_warmup_finding *findings,
                            const double *differences, size_t n) {
  run_text name = {0};
  for (size_t i = 0; i < n; ++i) {
    name.length = 0;
    add_name(c, is_forecasts, i, &name);
    table_cell(table, name.failed ? "?" : name.data);
    table_cell(table, findings[i].bars == CRUCIBLE_WARMUP_NEVER
                          ? "never"
                          : figure_count(findings[i].bars).text);
    for (size_t s = 0; s < STARTUPS; ++s) {
      double apart = differences[i * STARTUPS + s];
      char cell[32] = "-"; /* too few bars are left to compare */
      if (isinf(apart))
        (void)snprintf(cell, sizeof cell, "missing");
      else if (!isnan(apart))
        (void)snprintf(cell, sizeof cell, apart > 0 ? "%.1e" : "0", apart);
      table_cell(table, cell);
    }
  }
  text_free(&name);
}

static int warmup_columns(check *c, int is_forecasts, run_table *table,
                          int *has_failed) {
  crucible_column_source source = columns_of(c, is_forecasts);
  size_t n = source.n_columns;
  crucible_warmup_finding *findings = calloc(n, sizeof *findings);
  double *differences = calloc(n, STARTUPS * sizeof *differences);
  int code = RUN_OK;
  if (findings == NULL || differences == NULL)
    code = run_fail(RUN_FAILED, "out of memory");
  crucible_warmup_result r = {.struct_size = sizeof r};
  if (code == RUN_OK) {
    crucible_status status =
        crucible_warmup_check(&source, &c->run->input.bars, NULL, c->run->pool,
                              c->cancel, &r, findings, differences);
    code = status == CRUCIBLE_OK ? RUN_OK : run_fail_status(status, NULL);
  }
  if (code == RUN_OK) {
    add_warmup_rows(c, is_forecasts, table, findings, differences, n);
    *has_failed |= r.bars == CRUCIBLE_WARMUP_NEVER && !is_forecasts;
  }
  free(findings);
  free(differences);
  return code;
}

static int warmup_run(check *c) {
  crucible_run_source source = runs_of(c);
  crucible_run_warmup_row rows[STARTUPS];
  crucible_status status = crucible_warmup_check_run(
      &source, &c->run->input.bars, NULL, c->run->pool, c->cancel, rows);
  if (status != CRUCIBLE_OK)
    return run_fail_status(status, NULL);
  printf("\ntrades entered after so many bars, of runs that begin later\n");
  run_table table = {0};
  static const char *const heads[] = {"bars", "with all", "later", "the same"};
  for (size_t i = 0; i < RUN_COUNT(heads); ++i)
    table_column(&table, heads[i], 0);
  for (size_t i = 0; i < STARTUPS; ++i) {
    table_cell(&table, figure_count(rows[i].startup).text);
    table_cell(&table, figure_count(rows[i].n_full).text);
    table_cell(&table, figure_count(rows[i].n_late).text);
    table_cell(&table, figure_count(rows[i].n_same).text);
  }
  return table_print(&table);
}

static int check_warmup(check *c, int *has_failed) {
  printf("warm-up: recomputed on bars that begin later; largest difference "
         "that is left,\nrelative, after so many bars of history\n");
  run_table table = {0};
  int failed = 0;
  crucible_warmup_options options;
  crucible_warmup_options_init(&options, sizeof options);
  table_column(&table, "column", 1);
  table_column(&table, "needs", 0);
  for (size_t s = 0; s < STARTUPS; ++s)
    table_column(&table, figure_count(options.startups[s]).text, 0);
  int code = warmup_columns(c, 0, &table, &failed);
  if (code == RUN_OK)
    code = warmup_columns(c, 1, &table, &failed);
  int printed = table_print(&table); /* frees it in any case */
  if (code == RUN_OK)
    code = printed;
  if (code == RUN_OK)
    code = warmup_run(c);
  if (code == RUN_OK)
    printf("\nThe volatility forecast is fitted to the history there is; so is "
           "every slippage.\n%s\n",
           failed ? "failed: a feature or decision never settles in these bars"
                  : "passed: every feature and decision settles");
  *has_failed |= failed;
  return code;
}

/* ---- both ---- */

static void print_subject(const backtest_run *run) {
  const crucible_bars *bars = &run->input.bars;
  printf(
      "%s, %s bars of %s from %s to %s (UTC)\n", run->input.instrument.symbol,
      figure_count(bars->n).text, figure_timeframe(bars->timeframe_ms).text,
      figure_time(bars->open_time_ms[0]).text,
      figure_time(bars->open_time_ms[bars->n - 1] + bars->timeframe_ms).text);
  if (run->strategy.n_columns > DECISIONS_MOST)
    printf("%zu combinations: all features, decisions of the first %d\n",
           run->strategy.n_columns, DECISIONS_MOST);
  printf("\n");
}

int backtest_check(const backtest_options *given) {
  backtest_run run;
  check c = {.run = &run};
  int code = backtest_prepare(given, &run), has_failed = 0;
  if (code == RUN_OK)
    code = market_forecasts(&run.config, &c.forecasts);
  if (code == RUN_OK && crucible_cancel_create(&c.cancel) != CRUCIBLE_OK)
    code = run_fail_as(RUN_FAILED, NULL);
  if (code == RUN_OK) {
    size_t n = run.strategy.n_columns;
    c.n_decisions = n < DECISIONS_MOST ? n : DECISIONS_MOST;
    crucible_lookahead_options_init(&c.options, sizeof c.options);
    c.options.max_cuts = given->cuts > 0          ? given->cuts
                         : given->program != NULL ? PROGRAM_CUTS
                                                  : RULE_CUTS;
    signal_begin(c.cancel);
    print_subject(&run);
    if (given->check_lookahead)
      code = check_lookahead(&c, &has_failed);
    if (code == RUN_OK && given->check_lookahead && given->check_warmup)
      printf("\n");
    if (code == RUN_OK && given->check_warmup)
      code = check_warmup(&c, &has_failed);
    signal_end();
  }
  crucible_cancel_destroy(c.cancel);
  backtest_free(&run);
  return code == RUN_OK && has_failed ? RUN_CHECK : code;
}
