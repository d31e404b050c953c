/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <stdint.h>

#include <crucible/backtest.h>

#include "backtest/leave.h"
#include "backtest/market_view.h"
#include "base/base_alloc.h"
#include "base/base_status.h"
#include "base/pool.h"

enum { BLOCK = 512 /* decisions per item of work */ };

typedef struct labels {
  crucible__market_view market;
  crucible__terms terms;
  double score; /* that makes the plan enter */
  double notional;
  double *worst, *best; /* quotes of a bar that a position could be left at;
                           NaN: it has to be stepped through */
  double *outcome;
  size_t *end;
} labels;

/*
 * A bar that trades, follows the last one, and finds market orders priced: all
 * that it can do to a position depends on its worst and its best quote.
 */
static void measure_bar(labels *job, size_t k, int32_t side) {
  const crucible__market_view *market = &job->market;
  const crucible_bars *bars = &market->bars;
  crucible__account before;
  job->worst[k] = job->best[k] = (double)NAN;
  if (k == 0 || !(bars->volume[k] > 0) ||
      bars->open_time_ms[k] - bars->open_time_ms[k - 1] != bars->timeframe_ms)
    return;
  crucible__outlook outlook = crucible__market_outlook(market, k - 1);
  crucible__take_outlook(&before, &job->terms, &outlook);
  if (!crucible__can_take(&before) || before.funding != 0)
    return;
  double half = crucible__half_spread(&before, &job->terms, bars->open[k]);
  double low = bars->low[k], high = bars->high[k];
  job->worst[k] = crucible__quote(side > 0 ? low : high, half, side);
  job->best[k] = crucible__quote(side > 0 ? high : low, half, side);
}

/*
 * Takes the bars after bar k that reach neither stop nor target nor the plan's
 * time; they do no more than pass. What is left behind (the mark, the equity)
 * the next step makes anew. Returns the last bar taken, or k.
 */
static size_t pass_quiet_bars(const labels *job, crucible__account *account,
                              size_t k) {
  int32_t side = account->side;
  if (side == 0 || account->exit_purpose != 0 || account->trailing >= 0 ||
      account->entry.state != CRUCIBLE__ORDER_NONE ||
      (side < 0 && job->terms.borrow_per_interval > 0))
    return k;
  double guard = side * crucible__guard_of(account);
  double target = side * account->target;
  uint64_t closes = account->n_bars - account->entry_bar + 1;
  size_t most = (size_t)(job->terms.plan.horizon_bars - closes - 1), n = 0;
  const double *worst = job->worst + k + 1, *best = job->best + k + 1;
  if (most > job->market.bars.n - k - 1)
    most = job->market.bars.n - k - 1;
  while (n < most && side * worst[n] > guard && side * best[n] < target)
    ++n;
  if (n == 0)
    return k;
  k += n;
  crucible_bar bar = crucible__market_bar(&job->market, k);
  crucible__outlook before = crucible__market_outlook(&job->market, k - 1);
  crucible__outlook outlook = crucible__market_outlook(&job->market, k);
  crucible__account_skip(account, NULL, &job->terms, n, &bar, &before,
                         &outlook);
  return k;
}

/* The account that decides to enter at the close of bar i and then never hears
   of a score again. */
static void label_one(const labels *job, size_t i) {
  crucible__account account;
  crucible__events events;
  crucible__wish enter = crucible__wish_none;
  enter.score = job->score;
  crucible__account_init(&account, &job->terms);
  job->outcome[i] = (double)NAN;
  job->end[i] = i;
  for (size_t k = i; k < job->market.bars.n; ++k) {
    crucible_bar bar = crucible__market_bar(&job->market, k);
    crucible__outlook outlook = crucible__market_outlook(&job->market, k);
    crucible__account_step(&account, NULL, &job->terms, &bar, &outlook,
                           k == i ? &enter : &crucible__wish_none, &events);
    if (account.n_trades > 0) {
      job->outcome[i] = account.trade_results / job->notional;
      job->end[i] = k;
      return;
    }
    if (account.side == 0 && account.entry.state == CRUCIBLE__ORDER_NONE)
      return;
    k = pass_quiet_bars(job, &account, k);
  }
}

static crucible_status label_block(size_t block, uint32_t worker, void *data) {
  const labels *job = data;
  size_t n = job->market.bars.n, first = block * BLOCK;
  (void)worker;
  for (size_t i = first; i < n && i < first + BLOCK; ++i)
    label_one(job, i);
  return CRUCIBLE_OK;
}

/* The plan's trade alone: no score ends it, and neither lots nor minimums nor
   the account's means change its size. */
static void isolate(crucible__terms *terms, double notional) {
  terms->plan.decides = CRUCIBLE_DECIDE_SCORES;
  terms->options.participation = 0;
  terms->plan.sizing = CRUCIBLE_SIZE_CASH;
  terms->plan.sizing_value = notional;
  terms->plan.theta_out = -(double)INFINITY;
  terms->instrument.min_quantity = terms->instrument.min_notional = 0;
  terms->options.initial_cash = 10 * notional;
  terms->lot.scale *= 1e6;
  terms->lot.value = terms->lot.units / terms->lot.scale;
}

static crucible_status check(const crucible_plan *plan, int32_t direction,
                             double notional) {
  if (direction != 1 && direction != -1)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "direction is %d: give 1 (long) or -1 (short)",
                          (int)direction);
  if (direction < 0 && plan->side != CRUCIBLE_SIDE_LONG_SHORT)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "direction is -1: plan.side is long or flat");
  if (plan->horizon_bars == 0)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "plan.horizon_bars is 0: a label needs an end, give "
                          "at least 1");
  if (!(notional > 0 && notional <= CRUCIBLE__NUMBER_MOST / 10))
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "notional is %g: it must be > 0 and at most 1e99",
                          notional);
  return CRUCIBLE_OK;
}

crucible_status crucible_backtest_outcomes(
    const crucible_market *market, const crucible_instrument *instrument,
    const crucible_plan *plan, int32_t direction, double notional,
    const crucible_backtest_options *options, crucible_pool *pool,
    const crucible_cancel *cancel, double *outcome, size_t *end) {
  labels job = {.notional = notional, .outcome = outcome, .end = end};
  CRUCIBLE__TRY(crucible__market_take(market, &job.market));
  CRUCIBLE__TRY(crucible__market_need_forecasts(&job.market));
  size_t n = job.market.bars.n;
  if (n > 0 && (outcome == NULL || end == NULL))
    return crucible__fail(CRUCIBLE_E_INVALID, "%s is NULL",
                          outcome == NULL ? "outcome" : "end");
  CRUCIBLE__TRY(crucible__terms_of_market(&job.terms, plan, instrument,
                                          &job.market, options));
  CRUCIBLE__TRY(
      crucible__market_check_tick(&job.market, &job.terms.instrument));
  CRUCIBLE__TRY(check(&job.terms.plan, direction, notional));
  isolate(&job.terms, notional);
  job.score = direction * (double)INFINITY;
  job.worst = crucible__alloc(n, sizeof *job.worst);
  job.best = crucible__alloc(n, sizeof *job.best);
  crucible_status status = CRUCIBLE_E_NOMEM;
  if (job.worst != NULL && job.best != NULL) {
    for (size_t k = 0; k < n; ++k)
      measure_bar(&job, k, direction);
    size_t n_blocks = n / BLOCK + (n % BLOCK != 0);
    status = crucible__pool_run(pool, n_blocks, label_block, &job, cancel);
  }
  crucible__free(job.worst);
  crucible__free(job.best);
  return status;
}
