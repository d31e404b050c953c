/* SPDX-License-Identifier: Apache-2.0 */
/* Columns on threads: what a worker has, what a column needs, in which order
   they run. */
#include <math.h>
#include <string.h>

#include "backtest/inputs.h"
#include "backtest/kernel.h"
#include "backtest/panel.h"
#include "backtest/record_gather.h"
#include "backtest/record_positions.h"
#include "backtest/run_result.h"
#include "base/base_alloc.h"
#include "base/base_status.h"
#include "base/pool.h"
#include "stats/figures.h"

enum { BLOCK_WORDS = 64 }; /* of signals that are made as they are used */

/* What one thread works with. */
typedef struct worker {
  crucible__lift lift;   /* of a market, as far as the run has come */
  crucible__tick *ticks; /* in ticks_room, on whole cache lines */
  unsigned char *ticks_room;
  crucible__odd_bars odd;
  size_t market, lifted_to; /* SIZE_MAX: no market yet */
  /* the market's own record over the bars of sums_key, begun with sums_start */
  crucible__market_sums market_sums, sums_start;
  size_t sums_key[3];
  int has_sums;
  double *curve;   /* [bars + 1] where it is needed but not kept */
  double *fees;    /* [bars] */
  uint64_t *words; /* [4][BLOCK_WORDS] of a source */
  crucible__records records;
  crucible__events events;
} worker;

typedef struct run {
  crucible_backtest *result;
  const crucible_backtest *before; /* or NULL */
  const crucible__inputs *inputs;
  const crucible__span_calls *calls;
  crucible__panel panel;
  crucible__gather gather;
  worker *workers;
  crucible_metrics_options metrics;
  crucible__records *records; /* [n_columns] of a source's columns */
  size_t from, to;            /* bars under way */
  int is_last;                /* they are the last ones */
} run;

/* ---- a worker's market ---- */

static crucible_status make_room(double **room, size_t n) {
  if (*room == NULL)
    *room = crucible__alloc(n, sizeof **room);
  return *room != NULL ? CRUCIBLE_OK : CRUCIBLE_E_NOMEM;
}

static crucible_status make_lift(const run *job, worker *own) {
  size_t n = job->inputs->n_bars, n_words = (n + 63) / 64;
  CRUCIBLE__TRY(make_room(&own->lift.half, n));
  CRUCIBLE__TRY(make_room(&own->lift.change, n));
  enum { LINE = sizeof(crucible__tick) };
  if (own->ticks_room == NULL)
    own->ticks_room = crucible__alloc(n + 1, LINE);
  if (own->ticks_room == NULL)
    return CRUCIBLE_E_NOMEM;
  size_t over = (uintptr_t)own->ticks_room % LINE;
  own->ticks = (void *)(own->ticks_room + (over > 0 ? LINE - over : 0));
  if (own->odd.always == NULL)
    own->odd.always = crucible__alloc(2 * n_words, sizeof *own->odd.always);
  if (own->odd.always == NULL)
    return CRUCIBLE_E_NOMEM;
  own->odd.holding = own->odd.always + n_words;
  return CRUCIBLE_OK;
}

/* Lifts the bars under way of a column's market, unless they are. */
static crucible_status take_market(const run *job, worker *own, size_t column) {
  const crucible__inputs *in = job->inputs;
  size_t market = crucible__inputs_market(in, column);
  if (own->market == market && own->lifted_to == job->to)
    return CRUCIBLE_OK;
  CRUCIBLE__TRY(make_lift(job, own));
  const crucible__market_view *view = &in->markets[market];
  const crucible__terms *terms = crucible__inputs_terms(in, column);
  crucible__lift *lift = &own->lift;
  lift->open = view->bars.open;
  lift->high = view->bars.high;
  lift->low = view->bars.low;
  lift->close = view->bars.close;
  lift->n = in->n_bars;
  lift->close_before = 0;
  lift->spread_before = (double)NAN;
  if (job->before != NULL) {
    lift->close_before = job->before->tails[market].close;
    lift->spread_before = job->before->tails[market].spread;
  }
  job->calls->lift(lift, view->spread, terms->usual_spread, terms->half_tick,
                   job->from, job->to);
  crucible__ticks_take(own->ticks, view, job->from, job->to);
  crucible__odd_bars_find(&own->odd, view, terms, job->from, job->to);
  own->market = market;
  own->lifted_to = job->to;
  return CRUCIBLE_OK;
}

/* The rate of leaving bar by bar, where it is given. */
static crucible_status take_fees(const run *job, worker *own, size_t column,
                                 crucible__course *course) {
  const crucible__inputs *in = job->inputs;
  if (in->taker_fee.data == NULL)
    return CRUCIBLE_OK;
  CRUCIBLE__TRY(make_room(&own->fees, in->n_bars));
  double usual = course->terms->instrument.taker_fee;
  for (size_t i = job->from; i < job->to; ++i) {
    double fee = crucible__field_at(&in->taker_fee, i, column);
    own->fees[i] = fee >= 0 ? fee : usual;
  }
  course->fees = own->fees;
  return CRUCIBLE_OK;
}

/* ---- a column ---- */

static void start_column(const run *job, size_t column) {
  crucible_backtest *result = job->result;
  if (job->before != NULL)
    result->columns[column] = job->before->columns[column];
  else
    crucible__column_init(&result->columns[column],
                          crucible__inputs_terms(job->inputs, column));
  crucible__dip_begin_part(&result->columns[column].dip,
                           crucible__inputs_first(job->inputs, column));
  if (result->equity == NULL)
    return;
  double *curve = result->equity + column * (result->n_bars + 1);
  for (size_t i = 0; i <= crucible__inputs_first(job->inputs, column); ++i)
    curve[i] = result->columns[column].account.equity;
}

static double *curve_of(const run *job, worker *own, size_t column) {
  size_t length = job->inputs->n_bars + 1;
  if (job->result->equity != NULL)
    return job->result->equity + column * length + 1;
  return job->result->keeps_drawdowns ? own->curve : NULL;
}

/* The bars under way of one column. */
static crucible_status run_column(const run *job, worker *own, size_t column,
                                  const crucible__signals *signals,
                                  crucible__records *records) {
  const crucible__inputs *in = job->inputs;
  crucible_backtest *result = job->result;
  size_t first = crucible__inputs_first(in, column);
  size_t end = crucible__inputs_end(in, column);
  size_t from = first > job->from ? first : job->from;
  size_t to = end < job->to ? end : job->to;
  if (from >= to)
    return CRUCIBLE_OK;
  CRUCIBLE__TRY(take_market(job, own, column));
  if (result->keeps_drawdowns && result->equity == NULL)
    CRUCIBLE__TRY(make_room(&own->curve, in->n_bars));
  size_t market = crucible__inputs_market(in, column);
  crucible__course course = {
      .inputs = in,
      .terms = crucible__inputs_terms(in, column),
      .market = &in->markets[market],
      .lift = &own->lift,
      .ticks = own->ticks,
      .odd = &own->odd,
      .calls = job->calls,
      .signals = *signals,
      .index = column,
      .first_bar = (uint32_t)first,
      .records = records,
      .keeps_records = result->keeps_records,
      .curve = curve_of(job, own, column),
      .notes_drawdowns = result->keeps_drawdowns,
      .events = &own->events,
  };
  course.has_fill_terms = in->has_fill_inputs || course.market->funding != NULL;
  course.decides_alone =
      !course.has_fill_terms && course.book == NULL &&
      in->decides != CRUCIBLE_DECIDE_TARGETS &&
      course.terms->options.fill_at == CRUCIBLE_FILL_NEXT_OPEN;
  CRUCIBLE__TRY(take_fees(job, own, column, &course));
  if (job->before != NULL && from == first)
    crucible__column_resume(&result->columns[column], &course, from);
  return crucible__column_run(&result->columns[column], &course, from, to);
}

/* ---- what it came to ---- */

/* Bars [first, end) of the market, after what the run before saw of it. */
static const crucible__market_sums *sum_market(const run *job, worker *own,
                                               size_t column) {
  const crucible__inputs *in = job->inputs;
  const crucible__market_sums start = job->result->columns[column].market;
  size_t key[] = {crucible__inputs_market(in, column),
                  crucible__inputs_first(in, column),
                  crucible__inputs_end(in, column)};
  if (own->has_sums && memcmp(key, own->sums_key, sizeof key) == 0 &&
      memcmp(&start, &own->sums_start, sizeof start) == 0)
    return &own->market_sums;
  own->has_sums = 1;
  memcpy(own->sums_key, key, sizeof key);
  own->sums_start = own->market_sums = start;
  for (size_t i = key[1]; i < key[2]; ++i)
    crucible__market_sums_push(&own->market_sums, own->lift.change[i]);
  return &own->market_sums;
}

static void summarise(const run *job, worker *own, size_t column) {
  const crucible__inputs *in = job->inputs;
  const crucible__terms *terms = crucible__inputs_terms(in, column);
  const crucible__market_view *market =
      &in->markets[crucible__inputs_market(in, column)];
  crucible__column *state = &job->result->columns[column];
  size_t first = crucible__inputs_first(in, column);
  size_t end = crucible__inputs_end(in, column);
  const double none = (double)NAN;
  crucible_summary *summary = &job->result->summaries[column];
  *summary = (crucible_summary){.struct_size = sizeof *summary};
  crucible__account_ledger(&state->account, terms, &summary->ledger);
  if (first < end && state->account.n_bars == end - first)
    state->first_open = market->bars.open[first];
  double bars = (double)state->account.n_bars;
  summary->exposure =
      bars > 0 ? (double)state->account.n_bars_in_position / bars : none;
  summary->buy_and_hold =
      first < end ? market->bars.close[end - 1] / state->first_open - 1 : none;
  summary->turnover = none;
  if (terms->options.metrics) {
    if (first < end)
      state->market = *sum_market(job, own, column);
    crucible_metrics_options options = job->metrics;
    crucible__metrics_from_sums(&state->sums, &state->market, &options,
                                &summary->metrics);
    crucible__trade_metrics_from_sums(&state->trades, &summary->trades);
    if (bars > 0)
      summary->turnover = state->account.traded_notional /
                          (crucible__return_sums_equity(&state->sums) / bars);
  } else {
    crucible__metrics_undefined(&summary->metrics);
    crucible__trade_metrics_from_sums(&state->trades, &summary->trades);
  }
}

/* Records that are due at the end, and the equity of bars that are not traded
   any more. */
static crucible_status end_column(const run *job, worker *own, size_t column,
                                  crucible__records *records) {
  crucible_backtest *result = job->result;
  const crucible__inputs *in = job->inputs;
  size_t first = crucible__inputs_first(in, column);
  size_t end = crucible__inputs_end(in, column);
  crucible__column *state = &result->columns[column];
  if (result->equity != NULL) {
    double *curve = result->equity + column * (result->n_bars + 1);
    for (size_t i = end + 1; i <= result->n_bars; ++i)
      curve[i] = state->account.equity;
  }
  if (result->keeps_drawdowns && first < end)
    CRUCIBLE__TRY(crucible__dip_end_part(
        &state->dip, &records->drawdowns, (uint32_t)column,
        in->markets[crucible__inputs_market(in, column)].bars.open_time_ms,
        end - 1, state->account.equity));
  summarise(job, own, column);
  return CRUCIBLE_OK;
}

/* ---- all columns ---- */

static size_t column_of(const run *job, size_t item) {
  const crucible__panel *panel = &job->panel;
  return panel->n == job->inputs->n_columns
             ? crucible__gather_account(panel->n, item)
             : panel->first + item;
}

/* A whole column, with the signals of the panel. */
static crucible_status run_whole(size_t item, uint32_t w, void *data) {
  run *job = data;
  worker *own = &job->workers[w];
  size_t column = column_of(job, item);
  crucible__signals signals = crucible__panel_signals(&job->panel, column);
  crucible__records *records;
  CRUCIBLE__TRY(
      crucible__gather_place(&job->gather, column, &own->records, &records));
  start_column(job, column);
  crucible_status status = run_column(job, own, column, &signals, records);
  if (status == CRUCIBLE_OK)
    status = end_column(job, own, column, records);
  if (status != CRUCIBLE_OK)
    return crucible__fail_at(status, "column %zu", column);
  return crucible__gather_take(&job->gather, column, records);
}

static crucible_status run_panels(run *job, crucible_pool *pool,
                                  const crucible_cancel *cancel) {
  size_t n = job->inputs->n_columns;
  job->from = 0;
  job->to = job->inputs->n_bars;
  CRUCIBLE__TRY(crucible__panel_init(&job->panel, job->inputs));
  crucible_status status = CRUCIBLE_OK;
  for (size_t first = 0; first < n && status == CRUCIBLE_OK;) {
    size_t width = n - first < job->panel.most ? n - first : job->panel.most;
    status = crucible__panel_make(&job->panel, first, width, pool, cancel);
    if (status == CRUCIBLE_OK)
      status = crucible__pool_run(pool, width, run_whole, job, cancel);
    first += width;
  }
  crucible__panel_free(&job->panel);
  return status;
}

/* A block of one column, with signals made for it. */
static crucible_status run_block(size_t column, uint32_t w, void *data) {
  run *job = data;
  worker *own = &job->workers[w];
  size_t first = job->from / 64, n = (job->to - job->from + 63) / 64;
  if (own->words == NULL)
    own->words = crucible__alloc(4 * (size_t)BLOCK_WORDS, sizeof *own->words);
  if (own->words == NULL)
    return CRUCIBLE_E_NOMEM;
  uint64_t *words[4];
  for (size_t k = 0; k < 4; ++k)
    words[k] = k < 2 || job->inputs->is_long_short
                   ? own->words + k * BLOCK_WORDS
                   : NULL;
  const crucible_signal_source *source = &job->inputs->source;
  crucible_status status = source->make(source->data, column, first, n,
                                        words[0], words[1], words[2], words[3]);
  const crucible__signals signals = {
      {words[0], words[1], words[2], words[3]}, NULL, first};
  crucible__records *records = &job->records[column];
  if (job->from == 0)
    start_column(job, column);
  if (status == CRUCIBLE_OK)
    status = run_column(job, own, column, &signals, records);
  if (status == CRUCIBLE_OK && job->is_last) {
    status = end_column(job, own, column, records);
    if (status == CRUCIBLE_OK)
      status = crucible__gather_take(&job->gather, column, records);
  }
  return status == CRUCIBLE_OK
             ? status
             : crucible__fail_at(status, "column %zu", column);
}

static crucible_status run_blocks(run *job, crucible_pool *pool,
                                  const crucible_cancel *cancel) {
  const crucible_signal_source *source = &job->inputs->source;
  size_t n_bars = job->inputs->n_bars, n = job->inputs->n_columns;
  job->records = crucible__alloc_zero(n, sizeof *job->records);
  if (job->records == NULL)
    return CRUCIBLE_E_NOMEM;
  crucible_status status = CRUCIBLE_OK;
  for (size_t from = 0; from < n_bars && status == CRUCIBLE_OK;
       from = job->to) {
    job->from = from;
    job->to =
        n_bars - from < BLOCK_WORDS * 64 ? n_bars : from + BLOCK_WORDS * 64;
    job->is_last = job->to == n_bars;
    if (source->begin != NULL)
      status =
          source->begin(source->data, from / 64, (job->to - from + 63) / 64);
    if (status == CRUCIBLE_OK)
      status = crucible__pool_run(pool, n, run_block, job, cancel);
  }
  for (size_t c = 0; c < n; ++c)
    crucible__records_free(&job->records[c]);
  crucible__free(job->records);
  return status;
}

static void free_worker(worker *own) {
  crucible__free(own->lift.half);
  crucible__free(own->lift.change);
  crucible__free(own->ticks_room);
  crucible__free(own->odd.always);
  crucible__free(own->curve);
  crucible__free(own->fees);
  crucible__free(own->words);
  crucible__records_free(&own->records);
}

static crucible_status run_all(run *job, crucible_pool *pool,
                               const crucible_cancel *cancel) {
  crucible_backtest *result = job->result;
  uint32_t n_workers = crucible_pool_threads(pool);
  job->workers = crucible__alloc_zero(n_workers, sizeof *job->workers);
  if (job->workers == NULL)
    return CRUCIBLE_E_NOMEM;
  for (uint32_t w = 0; w < n_workers; ++w)
    job->workers[w].market = SIZE_MAX;
  crucible_status status =
      crucible__gather_init(&job->gather, &result->records, result->n_columns);
  if (status == CRUCIBLE_OK) {
    status = job->inputs->source.make != NULL ? run_blocks(job, pool, cancel)
                                              : run_panels(job, pool, cancel);
    if (status == CRUCIBLE_OK)
      status = crucible__gather_finish(&job->gather);
    crucible__gather_free(&job->gather);
  }
  for (uint32_t w = 0; w < n_workers; ++w)
    free_worker(&job->workers[w]);
  crucible__free(job->workers);
  return status;
}

static crucible_status make_result(run *job) {
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

static crucible_status find_positions(const run *job) {
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
  run job = {
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
