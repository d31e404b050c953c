/* SPDX-License-Identifier: Apache-2.0 */
#include "backtest/worker.h"

#include <math.h>
#include <string.h>

#include "base/base_alloc.h"
#include "base/base_status.h"
#include "stats/figures.h"

/* ---- a worker's market ---- */

static crucible_status make_room(double **room, size_t n) {
  if (*room == NULL)
    *room = crucible__alloc(n, sizeof **room);
  return *room != NULL ? CRUCIBLE_OK : CRUCIBLE_E_NOMEM;
}

static crucible_status make_ground(const crucible__run *job,
                                   crucible__ground *own) {
  size_t n = job->inputs->n_bars, n_words = (n + 63) / 64;
  CRUCIBLE__TRY(make_room(&own->lift.half, n));
  CRUCIBLE__TRY(make_room(&own->lift.change, n));
  enum { LINE = sizeof(crucible__bar_line) };
  if (own->lines_room == NULL)
    own->lines_room = crucible__alloc(n + 1, LINE);
  if (own->lines_room == NULL)
    return CRUCIBLE_E_NOMEM;
  crucible__prefer_large_pages(own->lines_room, (n + 1) * LINE);
  size_t over = (uintptr_t)own->lines_room % LINE;
  own->lines = (void *)(own->lines_room + (over > 0 ? LINE - over : 0));
  if (own->odd.always == NULL)
    own->odd.always = crucible__alloc(2 * n_words, sizeof *own->odd.always);
  if (own->odd.always == NULL)
    return CRUCIBLE_E_NOMEM;
  own->odd.holding = own->odd.always + n_words;
  return CRUCIBLE_OK;
}

crucible_status crucible__ground_take(const crucible__run *job,
                                      crucible__ground *ground, size_t market) {
  const crucible__inputs *in = job->inputs;
  if (ground->market == market && ground->lifted_to == job->to)
    return CRUCIBLE_OK;
  CRUCIBLE__TRY(make_ground(job, ground));
  const crucible__market_view *view = &in->markets[market];
  const crucible__terms *terms = crucible__inputs_market_terms(in, market);
  crucible__lift *lift = &ground->lift;
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
  crucible__bar_lines_take(ground->lines, view, job->from, job->to);
  crucible__odd_bars_find(&ground->odd, view, terms, job->from, job->to);
  ground->market = market;
  ground->lifted_to = job->to;
  return CRUCIBLE_OK;
}

void crucible__ground_free(crucible__ground *ground) {
  crucible__free(ground->lift.half);
  crucible__free(ground->lift.change);
  crucible__free(ground->lines_room);
  crucible__free(ground->odd.always);
}

/* The rate of leaving bar by bar, where it is given. */
static crucible_status take_fees(const crucible__run *job,
                                 crucible__worker *own, size_t column,
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

void crucible__column_start(const crucible__run *job, size_t column) {
  crucible_backtest *result = job->result;
  if (job->before != NULL && result->books != NULL)
    result->books[column] = job->before->books[column];
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

static double *curve_of(const crucible__run *job, crucible__worker *own,
                        size_t column) {
  size_t length = job->inputs->n_bars + 1;
  if (job->result->equity != NULL)
    return job->result->equity + column * length + 1;
  return job->result->keeps_drawdowns ? own->curve : NULL;
}

static crucible_status take_ground(const crucible__run *job,
                                   crucible__worker *own, size_t market,
                                   const crucible__ground **ground) {
  if (job->grounds != NULL) {
    *ground = &job->grounds[market];
    return CRUCIBLE_OK;
  }
  *ground = &own->ground;
  return crucible__ground_take(job, &own->ground, market);
}

crucible_status crucible__course_make(const crucible__run *job,
                                      crucible__worker *own, size_t column,
                                      const crucible__signals *signals,
                                      crucible__log *log,
                                      crucible__course *course, size_t *from,
                                      size_t *to) {
  const crucible__inputs *in = job->inputs;
  const crucible_backtest *result = job->result;
  size_t first = crucible__inputs_first(in, column);
  size_t end = crucible__inputs_end(in, column);
  size_t market = crucible__inputs_market(in, column);
  *from = first > job->from ? first : job->from;
  *to = end < job->to ? end : job->to;
  if (*from >= *to)
    return CRUCIBLE_OK;
  const crucible__ground *ground;
  CRUCIBLE__TRY(take_ground(job, own, market, &ground));
  if (result->keeps_drawdowns && result->equity == NULL)
    CRUCIBLE__TRY(make_room(&own->curve, in->n_bars));
  *course = (crucible__course){
      .inputs = in,
      .terms = crucible__inputs_terms(in, column),
      .market = &in->markets[market],
      .lift = &ground->lift,
      .lines = ground->lines,
      .odd = &ground->odd,
      .calls = job->calls,
      .signals = *signals,
      .book = result->books != NULL ? &job->result->books[column] : NULL,
      .index = column,
      .first_bar = (uint32_t)first,
      .log = log,
      .keeps_records = result->keeps_records,
      .curve = curve_of(job, own, column),
      .notes_drawdowns = result->keeps_drawdowns,
      .events = &own->events,
  };
  course->has_fill_terms =
      in->has_fill_inputs || course->market->funding != NULL;
  course->decides_alone =
      !course->has_fill_terms && course->book == NULL &&
      in->decides != CRUCIBLE_DECIDE_TARGETS &&
      course->terms->options.fill_at == CRUCIBLE_FILL_NEXT_OPEN;
  CRUCIBLE__TRY(take_fees(job, own, column, course));
  if (job->before != NULL && *from == first)
    crucible__column_resume(&job->result->columns[column], course, *from);
  return CRUCIBLE_OK;
}

/* ---- what it came to ---- */

void crucible__worker_sum_market(const crucible__run *job,
                                 crucible__worker *own, size_t column,
                                 const crucible__course *course, size_t from,
                                 size_t to) {
  if (!course->terms->options.metrics)
    return;
  crucible__market_sums *sums = &job->result->columns[column].market;
  const size_t key[] = {crucible__inputs_market(job->inputs, column), from, to};
  const unsigned char *now = (const unsigned char *)sums;
  const unsigned char *start = (const unsigned char *)&own->sums_start;
  if (!own->has_sums || memcmp(key, own->sums_key, sizeof key) != 0 ||
      memcmp(now, start, sizeof *sums) != 0) { /* padding: once more at worst */
    own->has_sums = 1;
    memcpy(own->sums_key, key, sizeof key);
    own->sums_start = own->market_sums = *sums;
    for (size_t i = from; i < to; ++i)
      crucible__market_sums_push(&own->market_sums, course->lift->change[i]);
  }
  *sums = own->market_sums;
}

static void summarise(const crucible__run *job, size_t column) {
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

crucible_status crucible__column_end(const crucible__run *job, size_t column,
                                     crucible__log *log) {
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
        &state->dip, &log->drawdowns, (uint32_t)column,
        in->markets[crucible__inputs_market(in, column)].bars.open_time_ms,
        end - 1, state->account.equity));
  summarise(job, column);
  return CRUCIBLE_OK;
}

void crucible__worker_free(crucible__worker *own) {
  crucible__ground_free(&own->ground);
  crucible__free(own->curve);
  crucible__free(own->fees);
  crucible__free(own->words);
  for (size_t k = 0; k < CRUCIBLE__ABREAST; ++k)
    crucible__log_free(&own->logs[k]);
}
