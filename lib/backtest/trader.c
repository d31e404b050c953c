/* SPDX-License-Identifier: Apache-2.0 */
#include <crucible/backtest.h>

#include "backtest/bar_check.h"
#include "backtest/fill.h"
#include "backtest/record_table.h"
#include "backtest/wish.h"
#include "base/base_alloc.h"
#include "base/base_status.h"

struct crucible_trader {
  crucible__account account;
  crucible__terms terms;
  crucible__records records;
  crucible__events events;
};

crucible_status crucible_trader_create(const crucible_plan *plan,
                                       const crucible_instrument *instrument,
                                       int64_t timeframe_ms,
                                       const crucible_backtest_options *options,
                                       crucible_trader **trader) {
  if (trader == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "trader is NULL");
  *trader = NULL;
  crucible__terms terms;
  CRUCIBLE__TRY(
      crucible__terms_init(&terms, plan, instrument, timeframe_ms, options));
  crucible_trader *made = crucible__alloc_zero(1, sizeof *made);
  if (made == NULL)
    return CRUCIBLE_E_NOMEM;
  made->terms = terms;
  crucible__account_init(&made->account, &made->terms);
  *trader = made;
  return CRUCIBLE_OK;
}

void crucible_trader_destroy(crucible_trader *trader) {
  if (trader == NULL)
    return;
  crucible__records_free(&trader->records);
  crucible__free(trader);
}

static crucible_status step(crucible_trader *trader, const crucible_bar *bar,
                            const crucible__outlook *outlook,
                            const crucible__wish *wish) {
  CRUCIBLE__TRY(crucible__bar_check(bar, trader->terms.timeframe_ms,
                                    trader->account.n_bars == 0,
                                    trader->account.last_close_ms));
  CRUCIBLE__TRY(crucible__bar_check_tick(bar, &trader->terms.instrument));
  CRUCIBLE__TRY(crucible__outlook_check(outlook));
  int keeps = trader->terms.options.keep_records;
  if (keeps) /* the step cannot fail any more, so the room comes first */
    CRUCIBLE__TRY(crucible__records_reserve(
        &trader->records, CRUCIBLE__EVENTS_MAX, CRUCIBLE__EVENTS_MAX));
  crucible__account_step(&trader->account, NULL, &trader->terms, bar, outlook,
                         wish, &trader->events);
  if (keeps)
    crucible__records_add(&trader->records, 0, &trader->events);
  return CRUCIBLE_OK;
}

static crucible_status check_pushed(const crucible_trader *trader,
                                    const crucible_bar *bar) {
  if (trader != NULL && bar != NULL)
    return CRUCIBLE_OK;
  return crucible__fail(CRUCIBLE_E_INVALID, "%s is NULL",
                        trader == NULL ? "trader" : "bar");
}

crucible_status crucible_trader_push(crucible_trader *trader,
                                     const crucible_bar *bar, double sigma,
                                     double volume_forecast, double spread,
                                     double score) {
  CRUCIBLE__TRY(check_pushed(trader, bar));
  crucible__outlook outlook = crucible__outlook_none;
  crucible__wish wish = crucible__wish_none;
  outlook.sigma = sigma;
  outlook.volume_forecast = volume_forecast;
  outlook.spread = spread;
  wish.score = score;
  return step(trader, bar, &outlook, &wish);
}

crucible_status crucible_trader_step(crucible_trader *trader,
                                     const crucible_bar *bar,
                                     const crucible_outlook *outlook,
                                     const crucible_wish *wish) {
  CRUCIBLE__TRY(check_pushed(trader, bar));
  crucible__outlook known;
  crucible__wish wanted;
  CRUCIBLE__TRY(crucible__outlook_take(outlook, &known));
  CRUCIBLE__TRY(crucible__wish_take(wish, &trader->terms, &wanted));
  return step(trader, bar, &known, &wanted);
}

crucible_status crucible_trader_close(crucible_trader *trader,
                                      int32_t purpose) {
  if (trader == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "trader is NULL");
  if (purpose != CRUCIBLE_PURPOSE_LIQUIDATION &&
      purpose != CRUCIBLE_PURPOSE_END)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "purpose is %d: give CRUCIBLE_PURPOSE_LIQUIDATION or "
                          "_END",
                          (int)purpose);
  crucible__account_close(&trader->account, purpose);
  return CRUCIBLE_OK;
}

crucible_status crucible_trader_ledger(const crucible_trader *trader,
                                       crucible_ledger *ledger) {
  if (trader == NULL || ledger == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "%s is NULL",
                          trader == NULL ? "trader" : "ledger");
  crucible_ledger made;
  crucible__account_ledger(&trader->account, &trader->terms, &made);
  return crucible__result_write(ledger, &made, sizeof made, "ledger");
}

crucible_status crucible_trader_records(const crucible_trader *trader,
                                        crucible_orders *orders,
                                        crucible_trades *trades) {
  if (trader == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "trader is NULL");
  return crucible__records_lend(&trader->records, orders, trades);
}
