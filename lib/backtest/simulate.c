/* SPDX-License-Identifier: Apache-2.0 */
/* Columns on threads, in which order, and what a run leaves behind. */
#include <math.h>

#include "backtest/group.h"
#include "backtest/rebalance.h"
#include "backtest/record_positions.h"
#include "backtest/round_trip.h"
#include "backtest/worker.h"
#include "base/base_alloc.h"
#include "base/base_status.h"
#include "base/pool.h"

/* ---- all columns ---- */

/*
 * Columns are run side by side, TILE bars of each in turn, so that the bars are
 * still in the cache when the next column reads them.
 */
enum { TILE = 8192 };

/* Columns side by side: which, what they hear and where they write. */
typedef struct batch {
  size_t n, column[CRUCIBLE__ABREAST];
  crucible__signals signals[CRUCIBLE__ABREAST];
  crucible__log *logs; /* [n] */
} batch;

/* The bars under way of a batch. */
static crucible_status run_abreast(crucible__run *job, crucible__worker *own,
                                   const batch *b) {
  crucible__course courses[CRUCIBLE__ABREAST];
  crucible__route routes[CRUCIBLE__ABREAST];
  size_t from[CRUCIBLE__ABREAST], to[CRUCIBLE__ABREAST];
  size_t end = 0, begin = job->to;
  for (size_t k = 0; k < b->n; ++k) {
    CRUCIBLE__TRY(crucible__course_make(job, own, b->column[k], &b->signals[k],
                                        &b->logs[k], &courses[k], &from[k],
                                        &to[k]));
    end = from[k] < to[k] && to[k] > end ? to[k] : end;
    begin = from[k] < begin ? from[k] : begin;
  }
  for (size_t tile = begin; tile < end; tile += TILE) {
    size_t n_routes = 0;
    for (size_t k = 0; k < b->n; ++k) {
      crucible__route *it = &routes[n_routes];
      it->column = &job->result->columns[b->column[k]];
      it->course = &courses[k];
      it->at = from[k] > tile ? from[k] : tile;
      it->to = to[k] < tile + TILE ? to[k] : tile + TILE;
      n_routes += it->at < it->to;
    }
    CRUCIBLE__TRY(crucible__routes_rebalance(routes, n_routes)
                      ? crucible__rebalance_run(routes, n_routes)
                      : crucible__routes_run(routes, n_routes));
  }
  for (size_t k = 0; k < b->n; ++k)
    if (from[k] < to[k])
      crucible__worker_sum_market(job, own, b->column[k], &courses[k], from[k],
                                  to[k]);
  return CRUCIBLE_OK;
}

static void start_batch(crucible__run *job, const batch *b) {
  for (size_t k = 0; k < b->n; ++k)
    crucible__column_start(job, b->column[k]);
}

static crucible_status end_batch(crucible__run *job, const batch *b) {
  for (size_t k = 0; k < b->n; ++k) {
    CRUCIBLE__TRY(crucible__column_end(job, b->column[k], &b->logs[k]));
    CRUCIBLE__TRY(
        crucible__gather_take(&job->gather, b->column[k], &b->logs[k]));
  }
  return CRUCIBLE_OK;
}

static crucible_status name_columns(crucible_status status, const batch *b) {
  return status == CRUCIBLE_OK
             ? status
             : crucible__fail_at(status, "columns %zu to %zu", b->column[0],
                                 b->column[b->n - 1]);
}

/* How many columns may be run abreast: those that read the same arrays. */
static size_t abreast(const crucible__inputs *inputs) {
  return inputs->n_markets == 1 && inputs->taker_fee.data == NULL
             ? CRUCIBLE__ABREAST
             : 1;
}

/* Some columns from their first bar to their last, by signals of the panel. */
static crucible_status run_columns(size_t item, uint32_t w, void *data) {
  crucible__run *job = data;
  crucible__worker *own = &job->workers[w];
  const crucible__panel *panel = &job->panel;
  size_t width = abreast(job->inputs), at = item * width;
  batch b = {.n = panel->n - at < width ? panel->n - at : width,
             .logs = own->logs};
  for (size_t k = 0; k < b.n; ++k) {
    b.column[k] = panel->first + at + k;
    b.signals[k] = crucible__panel_signals(panel, b.column[k]);
  }
  start_batch(job, &b);
  crucible_status status = run_abreast(job, own, &b);
  if (status == CRUCIBLE_OK)
    status = end_batch(job, &b);
  return name_columns(status, &b);
}

/* The room for records goes by the entries there may be. */
static void weigh_columns(crucible__run *job) {
  const crucible__panel *panel = &job->panel;
  size_t n_words = (job->inputs->n_bars + 63) / 64;
  for (size_t c = 0; c < panel->n; ++c) {
    const crucible__signals signals =
        crucible__panel_signals(panel, panel->first + c);
    double n = 1;
    for (size_t k = 0; k < 4; k += 2)
      for (size_t w = 0; signals.flags[k] != NULL && w < n_words; ++w)
        n += __builtin_popcountll(signals.flags[k][w]);
    crucible__gather_weigh(&job->gather, panel->first + c, n);
  }
}

static crucible_status run_panels(crucible__run *job, crucible_pool *pool,
                                  const crucible_cancel *cancel) {
  size_t n = job->inputs->n_columns, width = abreast(job->inputs);
  job->from = 0;
  job->to = job->inputs->n_bars;
  CRUCIBLE__TRY(crucible__panel_init(&job->panel, job->inputs, width));
  crucible_status status = CRUCIBLE_OK;
  for (size_t first = 0; first < n && status == CRUCIBLE_OK;) {
    size_t part = n - first;
    if (part > job->panel.most)
      part = job->panel.most / width * width;
    status = crucible__panel_make(&job->panel, first, part, pool, cancel);
    if (status == CRUCIBLE_OK && part == n)
      weigh_columns(job);
    if (status == CRUCIBLE_OK)
      status = crucible__pool_run(pool, (part + width - 1) / width, run_columns,
                                  job, cancel);
    first += part;
  }
  crucible__panel_free(&job->panel);
  return status;
}

/* ---- columns that share their cash ---- */

/* What the members of a group need beside a worker. */
typedef struct group_room {
  crucible__member *members;
  crucible__events *events;
  crucible__log *logs;
} group_room;

static crucible_status run_members(crucible__run *job, crucible__worker *own,
                                   size_t first, size_t n, group_room *room) {
  size_t from = 0, to = 0;
  for (size_t m = 0; m < n; ++m) {
    crucible__column_start(job, first + m);
    room->members[m].column = &job->result->columns[first + m];
  }
  if (job->before == NULL)
    crucible__group_init(room->members, n);
  for (size_t m = 0; m < n; ++m) {
    crucible__signals signals = crucible__panel_signals(&job->panel, first + m);
    crucible__course *course = &room->members[m].course;
    CRUCIBLE__TRY(crucible__course_make(job, own, first + m, &signals,
                                        &room->logs[m], course, &from, &to));
    course->events = &room->events[m];
    if (job->result->equity == NULL)
      course->curve = NULL;
  }
  if (from < to) {
    CRUCIBLE__TRY(crucible__group_run(room->members, n, from, to));
    for (size_t m = 0; m < n; ++m)
      crucible__worker_sum_market(job, own, first + m, &room->members[m].course,
                                  from, to);
  }
  for (size_t m = 0; m < n; ++m) {
    CRUCIBLE__TRY(crucible__column_end(job, first + m, &room->logs[m]));
    CRUCIBLE__TRY(
        crucible__gather_take(&job->gather, first + m, &room->logs[m]));
  }
  return CRUCIBLE_OK;
}

static crucible_status run_group(size_t item, uint32_t w, void *data) {
  crucible__run *job = data;
  size_t group = job->first_group + item;
  size_t first = job->groups[group], n = job->groups[group + 1] - first;
  group_room room = {
      .members = crucible__alloc_zero(n, sizeof *room.members),
      .events = crucible__alloc(n, sizeof *room.events),
      .logs = crucible__alloc_zero(n, sizeof *room.logs),
  };
  crucible_status status = CRUCIBLE_E_NOMEM;
  if (room.members != NULL && room.events != NULL && room.logs != NULL)
    status = run_members(job, &job->workers[w], first, n, &room);
  for (size_t m = 0; m < n && room.logs != NULL; ++m)
    crucible__log_free(&room.logs[m]);
  crucible__free(room.members);
  crucible__free(room.events);
  crucible__free(room.logs);
  return status == CRUCIBLE_OK ? status
                               : crucible__fail_at(status, "group %zu", group);
}

static crucible_status take_ground(size_t market, uint32_t w, void *data) {
  crucible__run *job = data;
  (void)w;
  return crucible__ground_take(job, &job->grounds[market], market);
}

/* Where each group begins, and how many members the largest has. */
static size_t find_groups(crucible__run *job, size_t *largest) {
  const crucible__inputs *in = job->inputs;
  size_t n_groups = 0;
  *largest = 0;
  for (size_t c = 0; c < in->n_columns; ++c)
    if (c == 0 || in->group_of[c] != in->group_of[c - 1])
      job->groups[n_groups++] = c;
  job->groups[n_groups] = in->n_columns;
  for (size_t g = 0; g < n_groups; ++g)
    if (job->groups[g + 1] - job->groups[g] > *largest)
      *largest = job->groups[g + 1] - job->groups[g];
  return n_groups;
}

static crucible_status run_group_panels(crucible__run *job, crucible_pool *pool,
                                        const crucible_cancel *cancel) {
  size_t largest, n_groups = find_groups(job, &largest);
  CRUCIBLE__TRY(crucible__panel_init(&job->panel, job->inputs, largest));
  crucible_status status = crucible__pool_run(pool, job->inputs->n_markets,
                                              take_ground, job, cancel);
  for (size_t g = 0; g < n_groups && status == CRUCIBLE_OK;) {
    size_t end = g + 1, first = job->groups[g];
    while (end < n_groups && job->groups[end + 1] - first <= job->panel.most)
      ++end;
    job->first_group = g;
    status = crucible__panel_make(&job->panel, first, job->groups[end] - first,
                                  pool, cancel);
    if (status == CRUCIBLE_OK)
      status = crucible__pool_run(pool, end - g, run_group, job, cancel);
    g = end;
  }
  crucible__panel_free(&job->panel);
  return status;
}

static crucible_status run_groups(crucible__run *job, crucible_pool *pool,
                                  const crucible_cancel *cancel) {
  size_t n_markets = job->inputs->n_markets;
  job->from = 0;
  job->to = job->inputs->n_bars;
  job->groups =
      crucible__alloc(job->inputs->n_columns + 1, sizeof *job->groups);
  job->grounds = crucible__alloc_zero(n_markets, sizeof *job->grounds);
  crucible_status status = CRUCIBLE_E_NOMEM;
  if (job->groups != NULL && job->grounds != NULL) {
    for (size_t m = 0; m < n_markets; ++m)
      job->grounds[m].market = SIZE_MAX;
    status = run_group_panels(job, pool, cancel);
  }
  for (size_t m = 0; m < n_markets && job->grounds != NULL; ++m)
    crucible__ground_free(&job->grounds[m]);
  crucible__free(job->grounds);
  crucible__free(job->groups);
  return status;
}

/* ---- signals from a source ---- */

/* Makes the signals of a block of some columns. */
static crucible_status make_signals(const crucible__run *job,
                                    crucible__worker *own, batch *b) {
  const crucible_signal_source *source = &job->inputs->source;
  size_t first = job->from / 64, n_words = (job->to - job->from + 63) / 64;
  enum { WORDS = 4 * CRUCIBLE__BLOCK_WORDS };
  if (own->words == NULL)
    own->words =
        crucible__alloc((size_t)CRUCIBLE__ABREAST * WORDS, sizeof *own->words);
  if (own->words == NULL)
    return CRUCIBLE_E_NOMEM;
  for (size_t k = 0; k < b->n; ++k) {
    uint64_t *words[4];
    for (size_t f = 0; f < 4; ++f)
      words[f] = f < 2 || job->inputs->is_long_short
                     ? own->words + k * WORDS + f * CRUCIBLE__BLOCK_WORDS
                     : NULL;
    crucible_status status =
        source->make(source->data, b->column[k], first, n_words, words[0],
                     words[1], words[2], words[3]);
    if (status != CRUCIBLE_OK)
      return crucible__fail_at(status, "column %zu", b->column[k]);
    b->signals[k] = (crucible__signals){
        {words[0], words[1], words[2], words[3]}, NULL, first};
  }
  return CRUCIBLE_OK;
}

/* A block of some columns, with signals made for it. */
static crucible_status run_block(size_t item, uint32_t w, void *data) {
  crucible__run *job = data;
  crucible__worker *own = &job->workers[w];
  size_t width = abreast(job->inputs), first = item * width;
  size_t n = job->inputs->n_columns - first;
  batch b = {.n = n < width ? n : width, .logs = &job->logs[first]};
  for (size_t k = 0; k < b.n; ++k)
    b.column[k] = first + k;
  CRUCIBLE__TRY(make_signals(job, own, &b));
  if (job->from == 0)
    start_batch(job, &b);
  crucible_status status = run_abreast(job, own, &b);
  if (status == CRUCIBLE_OK && job->is_last) {
    status = end_batch(job, &b);
    for (size_t k = 0; k < b.n; ++k)
      crucible__log_free(&b.logs[k]); /* lest all rows be there twice */
  }
  return name_columns(status, &b);
}

static crucible_status run_blocks(crucible__run *job, crucible_pool *pool,
                                  const crucible_cancel *cancel) {
  const crucible_signal_source *source = &job->inputs->source;
  size_t n_bars = job->inputs->n_bars, n = job->inputs->n_columns;
  size_t width = abreast(job->inputs);
  job->logs = crucible__alloc_zero(n, sizeof *job->logs);
  if (job->logs == NULL)
    return CRUCIBLE_E_NOMEM;
  crucible_status status = CRUCIBLE_OK;
  for (size_t from = 0; from < n_bars && status == CRUCIBLE_OK;
       from = job->to) {
    job->from = from;
    job->to = n_bars - from < CRUCIBLE__BLOCK_WORDS * 64
                  ? n_bars
                  : from + CRUCIBLE__BLOCK_WORDS * 64;
    job->is_last = job->to == n_bars;
    if (source->begin != NULL)
      status =
          source->begin(source->data, from / 64, (job->to - from + 63) / 64);
    if (status == CRUCIBLE_OK)
      status = crucible__pool_run(pool, (n + width - 1) / width, run_block, job,
                                  cancel);
  }
  for (size_t c = 0; c < n; ++c)
    crucible__log_free(&job->logs[c]);
  crucible__free(job->logs);
  return status;
}

static crucible_status run_all(crucible__run *job, crucible_pool *pool,
                               const crucible_cancel *cancel) {
  crucible_backtest *result = job->result;
  uint32_t n_workers = crucible_pool_threads(pool);
  job->workers = crucible__alloc_zero(n_workers, sizeof *job->workers);
  if (job->workers == NULL)
    return CRUCIBLE_E_NOMEM;
  for (uint32_t w = 0; w < n_workers; ++w)
    job->workers[w].ground.market = SIZE_MAX;
  crucible_status status =
      crucible__gather_init(&job->gather, &result->records, result->n_columns);
  if (status == CRUCIBLE_OK) {
    if (job->inputs->group_of != NULL)
      status = run_groups(job, pool, cancel);
    else if (job->inputs->source.make != NULL)
      status = run_blocks(job, pool, cancel);
    else
      status = run_panels(job, pool, cancel);
    if (status == CRUCIBLE_OK)
      status = crucible__gather_finish(&job->gather);
    crucible__gather_free(&job->gather);
  }
  for (uint32_t w = 0; w < n_workers; ++w)
    crucible__worker_free(&job->workers[w]);
  crucible__free(job->workers);
  return status;
}

static crucible_status make_result(crucible__run *job) {
  const crucible__inputs *in = job->inputs;
  const crucible_backtest_options *options = &in->terms->options;
  crucible_backtest *made = crucible__alloc_zero(1, sizeof *made);
  if (made == NULL)
    return CRUCIBLE_E_NOMEM;
  job->result = made;
  made->n_bars = in->n_bars;
  made->n_columns = in->n_columns;
  made->n_markets = in->n_markets;
  made->timeframe_ms = in->markets->bars.timeframe_ms;
  made->decides = in->decides;
  made->keeps_records = options->keep_records;
  made->keeps_positions = options->keep_positions;
  made->keeps_drawdowns = options->keep_drawdowns;
  made->summaries =
      crucible__alloc_zero(in->n_columns, sizeof *made->summaries);
  made->columns = crucible__alloc_zero(in->n_columns, sizeof *made->columns);
  made->tails = crucible__alloc_zero(in->n_markets, sizeof *made->tails);
  if (made->summaries == NULL || made->columns == NULL || made->tails == NULL)
    return CRUCIBLE_E_NOMEM;
  if (in->decides == CRUCIBLE_DECIDE_ORDERS) {
    made->books = crucible__alloc_zero(in->n_columns, sizeof *made->books);
    if (made->books == NULL)
      return CRUCIBLE_E_NOMEM;
  }
  if (options->keep_equity && in->n_bars < SIZE_MAX / sizeof(double) - 1)
    made->equity =
        crucible__alloc(in->n_columns, (in->n_bars + 1) * sizeof(double));
  if (options->keep_equity && made->equity == NULL)
    return CRUCIBLE_E_NOMEM;
  for (size_t m = 0; m < in->n_markets; ++m) {
    const crucible__market_view *market = &in->markets[m];
    size_t n = market->bars.n;
    made->tails[m] = (crucible__market_tail){.spread = (double)NAN};
    if (job->before != NULL)
      made->tails[m] = job->before->tails[m];
    if (n == 0)
      continue;
    made->tails[m] = (crucible__market_tail){
        .open_ms = market->bars.open_time_ms[n - 1],
        .close = market->bars.close[n - 1],
        .spread = market->spread != NULL ? market->spread[n - 1] : (double)NAN,
    };
  }
  return CRUCIBLE_OK;
}

/* Whether a run can go on from the one before. */
static crucible_status check_before(const crucible__inputs *in,
                                    const crucible_backtest *before) {
  if (before->n_columns != in->n_columns ||
      before->n_markets != in->n_markets || before->decides != in->decides ||
      before->timeframe_ms != in->markets->bars.timeframe_ms)
    return crucible__fail(
        CRUCIBLE_E_STATE,
        "the run before had %zu columns on %zu markets with "
        "bars of %lld ms, decided by %d; this one has %zu on "
        "%zu with %lld, by %d",
        before->n_columns, before->n_markets, (long long)before->timeframe_ms,
        (int)before->decides, in->n_columns, in->n_markets,
        (long long)in->markets->bars.timeframe_ms, (int)in->decides);
  if (in->n_bars == 0 || !(before->tails[0].close > 0))
    return CRUCIBLE_OK;
  int64_t first = in->markets->bars.open_time_ms[0];
  int64_t last = before->tails[0].open_ms;
  if (first < last + before->timeframe_ms)
    return crucible__fail(CRUCIBLE_E_DATA,
                          "bar 0 opens at %lld ms, the last bar of the run "
                          "before at %lld: give bars that follow it",
                          (long long)first, (long long)last);
  return CRUCIBLE_OK;
}

static crucible_status find_positions(const crucible__run *job) {
  const crucible__inputs *in = job->inputs;
  crucible_backtest *result = job->result;
  crucible__trade_event *open =
      crucible__alloc_zero(in->n_columns, sizeof *open);
  if (open == NULL)
    return CRUCIBLE_E_NOMEM;
  for (size_t c = 0; c < in->n_columns; ++c) {
    size_t first = crucible__inputs_first(in, c);
    size_t end = crucible__inputs_end(in, c);
    if (first == end)
      continue;
    const crucible_bars *bars =
        &in->markets[crucible__inputs_market(in, c)].bars;
    crucible__account_open_trade(&result->columns[c].account,
                                 crucible__inputs_terms(in, c),
                                 bars->open_time_ms[end - 1], &open[c]);
    open[c].entry_bar += (uint32_t)first;
    open[c].exit_bar += (uint32_t)first;
  }
  crucible_status status = crucible__positions_of(
      &result->records.trades, open, in->n_columns, &result->positions);
  crucible__free(open);
  return status;
}

static crucible_status simulate(const crucible__inputs *inputs,
                                const crucible_backtest *before,
                                crucible_pool *pool,
                                const crucible_cancel *cancel,
                                crucible_backtest **backtest) {
  static const double MS_PER_YEAR = 365.0 * 24 * 3600 * 1000;
  const crucible_backtest_options *options = &inputs->terms->options;
  crucible__run job = {
      .inputs = inputs, .before = before, .calls = crucible__span_calls_now()};
  if (before != NULL)
    CRUCIBLE__TRY(check_before(inputs, before));
  crucible_metrics_options_init(&job.metrics, sizeof job.metrics);
  job.metrics.periods_per_year =
      options->periods_per_year > 0
          ? options->periods_per_year
          : MS_PER_YEAR / (double)inputs->markets->bars.timeframe_ms;
  crucible_status status = make_result(&job);
  if (status == CRUCIBLE_OK)
    status = run_all(&job, pool, cancel);
  if (status == CRUCIBLE_OK && job.result->keeps_positions)
    status = find_positions(&job);
  if (status != CRUCIBLE_OK)
    crucible_backtest_destroy(job.result);
  else
    *backtest = job.result;
  return status;
}

static crucible_status start(const crucible_simulation *simulation,
                             const crucible_backtest *before,
                             crucible_pool *pool, const crucible_cancel *cancel,
                             crucible_backtest **backtest) {
  crucible__inputs inputs;
  CRUCIBLE__TRY(crucible__inputs_take(simulation, &inputs));
  crucible_status status = simulate(&inputs, before, pool, cancel, backtest);
  crucible__inputs_free(&inputs);
  return status;
}

crucible_status crucible_simulate(const crucible_simulation *simulation,
                                  crucible_pool *pool,
                                  const crucible_cancel *cancel,
                                  crucible_backtest **backtest) {
  if (backtest == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "backtest is NULL");
  *backtest = NULL;
  return start(simulation, NULL, pool, cancel, backtest);
}

crucible_status crucible_simulate_next(const crucible_simulation *simulation,
                                       const crucible_backtest *before,
                                       crucible_pool *pool,
                                       const crucible_cancel *cancel,
                                       crucible_backtest **backtest) {
  if (backtest == NULL || before == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "%s is NULL",
                          backtest == NULL ? "backtest" : "before");
  *backtest = NULL;
  return start(simulation, before, pool, cancel, backtest);
}

static crucible_status check_scores(const crucible_matrix *scores) {
  if (scores == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "scores is NULL");
  if (scores->cols >= UINT32_MAX)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "scores has %zu columns: too many", scores->cols);
  if (scores->data == NULL && scores->rows > 0 && scores->cols > 0)
    return crucible__fail(CRUCIBLE_E_INVALID, "scores.data is NULL");
  return CRUCIBLE_OK;
}

crucible_status crucible_backtest_run(
    const crucible_market *market, const crucible_instrument *instrument,
    const crucible_matrix *scores, const crucible_plan *plans, size_t n_plans,
    const crucible_backtest_options *options, crucible_pool *pool,
    const crucible_cancel *cancel, crucible_backtest **backtest) {
  if (backtest == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "backtest is NULL");
  *backtest = NULL;
  CRUCIBLE__TRY(check_scores(scores));
  crucible_simulation simulation;
  crucible_simulation_init(&simulation, sizeof simulation);
  simulation.markets = market;
  simulation.instruments = instrument;
  simulation.n_columns = scores->cols;
  simulation.plans = plans;
  simulation.n_plans = n_plans;
  simulation.options = options;
  simulation.scores = *scores;
  return start(&simulation, NULL, pool, cancel, backtest);
}
