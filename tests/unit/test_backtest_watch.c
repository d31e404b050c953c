/* SPDX-License-Identifier: Apache-2.0 */
/* An account that is only stepped when its watch calls, and skips the bars
   between, ends in the bits of one that takes each bar. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "backtest/deal.h"
#include "series/bars.h"
#include "support/made_bars.h"
#include "support/recorded.h"

#define FOLDER CRUCIBLE_SOURCE_DIR "/examples/data/"

enum { N_BARS = 1500 };

typedef struct feed {
  const recorded *market;
  crucible_bar bars[N_BARS];
  crucible__outlook outlooks[N_BARS];
  crucible__wish wishes[N_BARS];
} feed;

static uint64_t next(uint64_t *state) {
  *state = *state * 6364136223846793005u + 1442695040888963407u;
  return *state >> 33;
}

static void fill_feed(feed *f, uint64_t seed, int32_t decides) {
  const recorded *r = f->market;
  double *scores = recorded_scores(r, 1, seed);
  uint64_t random = seed;
  for (size_t i = 0; i < N_BARS; ++i) {
    f->bars[i] = crucible__bars_at(&r->bars, i);
    f->outlooks[i] = crucible__outlook_none;
    f->outlooks[i].sigma = r->sigma[i];
    f->outlooks[i].volume_forecast = r->forecast[i];
    if (r->spread != NULL)
      f->outlooks[i].spread = r->spread[i];
    if (seed % 3 == 0)
      f->outlooks[i].taker_fee = 1e-4 * (double)(next(&random) % 10);
    f->wishes[i] = crucible__wish_none;
    if (decides == CRUCIBLE_DECIDE_SCORES)
      f->wishes[i].score = scores[i];
    else if (next(&random) % 20 == 0)
      f->wishes[i].signals = (uint32_t)(next(&random) % 16);
  }
  free(scores);
}

/* SCORES: what the score would be as signals. */
static uint32_t signals_of(const crucible__wish *wish,
                           const crucible__terms *terms) {
  const crucible_plan *plan = &terms->plan;
  double score = wish->score;
  if (plan->decides != CRUCIBLE_DECIDE_SCORES)
    return wish->signals;
  return (score > plan->theta_in ? CRUCIBLE_ENTER_LONG : 0u) |
         (-score > plan->theta_in ? CRUCIBLE_ENTER_SHORT : 0u) |
         (score < plan->theta_out ? CRUCIBLE_EXIT_LONG : 0u) |
         (-score < plan->theta_out ? CRUCIBLE_EXIT_SHORT : 0u);
}

/* Whether bar i is quiet for the account, which knows its outlook (known). */
static int is_quiet(const feed *f, size_t i, const crucible__account *known,
                    const crucible__terms *terms,
                    const crucible__watch *watch) {
  const crucible_bar *bar = &f->bars[i];
  if (i == 0 || !(bar->volume > 0) || !crucible__can_take(known) ||
      bar->open_time_ms - f->bars[i - 1].open_time_ms != terms->timeframe_ms)
    return 0;
  double half = crucible__half_spread(known, terms, bar->open);
  return bar->low - half > watch->sell_below &&
         bar->high - half < watch->sell_above &&
         bar->low + half > watch->buy_below &&
         bar->high + half < watch->buy_above &&
         (signals_of(&f->wishes[i], terms) & watch->signals) == 0;
}

/* Skips as far as it may and returns the next bar to step. */
static size_t pass_quiet(const feed *f, size_t i, crucible__account *account,
                         const crucible__terms *terms) {
  crucible__watch watch;
  crucible__account_watch(account, NULL, terms, &watch);
  if (watch.is_busy)
    return i;
  crucible__account known = *account; /* for the spread */
  size_t k = i;
  for (; k < N_BARS && account->n_bars + (k - i) < watch.until_bar; ++k) {
    if (!is_quiet(f, k, &known, terms, &watch))
      break;
    double half = crucible__half_spread(&known, terms, f->bars[k].open);
    if (account->side != 0)
      crucible__account_see(
          account, crucible__quote(f->bars[k].low, half, account->side),
          crucible__quote(f->bars[k].high, half, account->side));
    crucible__take_outlook(&known, terms, &f->outlooks[k]);
  }
  if (k > i)
    crucible__account_skip(account, NULL, terms, k - i, &f->bars[k - 1],
                           k - i > 1 ? &f->outlooks[k - 2] : NULL,
                           &f->outlooks[k - 1]);
  return k;
}

static size_t compare(const feed *f, const crucible__terms *terms,
                      size_t *n_trades) {
  static crucible__account steps[N_BARS + 1];
  crucible__account quick;
  crucible__events events;
  size_t n_skipped = 0;
  crucible__account_init(&quick, terms);
  steps[0] = quick;
  for (size_t i = 0; i < N_BARS; ++i) {
    steps[i + 1] = steps[i];
    crucible__account_step(&steps[i + 1], NULL, terms, &f->bars[i],
                           &f->outlooks[i], &f->wishes[i], &events);
  }
  for (size_t i = 0; i < N_BARS;) {
    size_t to = pass_quiet(f, i, &quick, terms);
    n_skipped += to - i;
    assert_memory_equal(&quick, &steps[to], sizeof quick);
    if (to < N_BARS) {
      crucible__account_step(&quick, NULL, terms, &f->bars[to],
                             &f->outlooks[to], &f->wishes[to], &events);
      assert_memory_equal(&quick, &steps[to + 1], sizeof quick);
      ++to;
    }
    i = to;
  }
  *n_trades += quick.n_trades;
  return n_skipped;
}

static void skipping_quiet_bars_gives_the_bits_of_the_step(void **state) {
  (void)state;
  static feed f;
  recorded *r =
      recorded_read(FOLDER "BTCUSDT-5m-2023-03-20_2023-03-28.csv", N_BARS, 1);
  size_t n_skipped = 0, n_trades = 0;
  f.market = r;
  for (uint64_t k = 0; k < 400; ++k) {
    drawn d = drawn_plan(k, r->bars.close[0]);
    crucible__terms terms;
    d.plan.decides = k % 2 ? CRUCIBLE_DECIDE_SIGNALS : CRUCIBLE_DECIDE_SCORES;
    d.plan.on_opposite = (int32_t)(k / 2 % 3);
    fill_feed(&f, k, d.plan.decides);
    assert_int_equal(crucible__terms_init(&terms, &d.plan, &d.instrument,
                                          r->bars.timeframe_ms, &d.options),
                     CRUCIBLE_OK);
    n_skipped += compare(&f, &terms, &n_trades);
  }
  recorded_free(r);
  assert_true(n_skipped > 100000);
  assert_true(n_trades > 4000);
}

/* A liquidation does not end the orders beside it: the next open does. */
static void an_order_of_a_stopped_account_wakes_it(void **state) {
  (void)state;
  drawn d = drawn_plan(1, 100);
  crucible__terms terms;
  crucible__account account;
  crucible__watch watch;
  d.plan.decides = CRUCIBLE_DECIDE_ORDERS;
  d.plan.entry = CRUCIBLE_ENTRY_MARKET;
  assert_int_equal(crucible__terms_init(&terms, &d.plan, &d.instrument,
                                        MADE_STEP_MS, &d.options),
                   CRUCIBLE_OK);
  crucible__account_init(&account, &terms);
  account.sigma = 0.001;
  account.volume_forecast = 1;
  crucible__book book = {.n = 1};
  book.orders[0].state = CRUCIBLE__ORDER_RESTING;
  book.orders[0].kind = CRUCIBLE_KIND_LIMIT;
  book.orders[0].side = 1;
  book.orders[0].limit = 1;
  crucible__account_watch(&account, &book, &terms, &watch);
  assert_false(watch.is_busy);
  account.is_stopped = 1;
  crucible__account_watch(&account, &book, &terms, &watch);
  assert_true(watch.is_busy);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(skipping_quiet_bars_gives_the_bits_of_the_step),
      cmocka_unit_test(an_order_of_a_stopped_account_wakes_it),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
