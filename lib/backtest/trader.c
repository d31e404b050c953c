/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include <crucible/portfolio.h>

#include "backtest/bar_check.h"
#include "backtest/book.h"
#include "backtest/record_table.h"
#include "backtest/wish.h"
#include "base/base_alloc.h"
#include "base/base_status.h"
#include "base/pack.h"

struct crucible_trader {
  crucible__account account;
  crucible__book book; /* of a plan that decides by ORDERS */
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
  double price = trader->account.price; /* given for this bar */
  if (trader->account.n_bars > 0 && (price < bar->low || price > bar->high))
    return crucible__fail(CRUCIBLE_E_DATA,
                          "outlook.price was %g for this bar, which went from "
                          "%g to %g: give a price that it trades at",
                          price, bar->low, bar->high);
  int keeps = trader->terms.options.keep_records;
  if (keeps) /* the step cannot fail any more, so the room comes first */
    CRUCIBLE__TRY(crucible__records_reserve(
        &trader->records, CRUCIBLE__EVENTS_MAX, CRUCIBLE__EVENTS_MAX));
  int has_book = trader->terms.plan.decides == CRUCIBLE_DECIDE_ORDERS;
  crucible__account_step(&trader->account, has_book ? &trader->book : NULL,
                         &trader->terms, bar, outlook, wish, &trader->events);
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
  crucible_request requests[CRUCIBLE_REQUESTS_MOST];
  CRUCIBLE__TRY(crucible__outlook_take(outlook, &known));
  CRUCIBLE__TRY(crucible__wish_take(wish, &trader->terms, requests, &wanted));
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

/* ---- as bytes ---- */

/* What a trader must have in common with the bytes it goes on from. */
static void pack_terms(const crucible__terms *terms, crucible__pack *pack) {
  crucible__pack_bytes(pack, &terms->plan, sizeof terms->plan);
  crucible__pack_bytes(pack, &terms->instrument, sizeof terms->instrument);
  crucible__pack_bytes(pack, &terms->options, sizeof terms->options);
  crucible__pack_i64(pack, terms->timeframe_ms);
}

static const char MARK[] = "trader 1";

crucible_status crucible_trader_save(const crucible_trader *trader, void *bytes,
                                     size_t capacity, size_t *needed) {
  if (trader == NULL || needed == NULL || (bytes == NULL && capacity > 0))
    return crucible__fail(CRUCIBLE_E_INVALID, "%s is NULL",
                          trader == NULL   ? "trader"
                          : needed == NULL ? "needed"
                                           : "bytes");
  crucible__pack pack = {0};
  crucible__pack_mark(&pack, MARK);
  pack_terms(&trader->terms, &pack);
  crucible__pack_bytes(&pack, &trader->account, sizeof trader->account);
  crucible__pack_bytes(&pack, &trader->book, sizeof trader->book);
  return crucible__pack_hand_out(&pack, bytes, capacity, needed);
}

/* Fails unless the state begins with the very terms. */
static crucible_status compare_terms(const crucible__terms *terms,
                                     crucible__unpack *unpack) {
  crucible__pack own = {0};
  crucible__unpack_mark(unpack, MARK);
  crucible__pack_mark(&own, MARK);
  pack_terms(terms, &own);
  crucible_status status = crucible__pack_end(&own);
  if (unpack->length < own.length)
    unpack->failed = 1;
  if (status == CRUCIBLE_OK && !unpack->failed &&
      memcmp(unpack->data, own.data, own.length) != 0)
    status =
        crucible__fail(CRUCIBLE_E_STORE,
                       "bytes are of another trader: create one with the plan, "
                       "instrument, timeframe and options it had");
  unpack->at = own.length;
  crucible__pack_free(&own);
  return status;
}

crucible_status crucible_trader_load(crucible_trader *trader, const void *bytes,
                                     size_t n) {
  if (trader == NULL || bytes == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "%s is NULL",
                          trader == NULL ? "trader" : "bytes");
  crucible__unpack unpack = {.data = bytes, .length = n};
  crucible__account account = {0};
  crucible__book book = {0};
  CRUCIBLE__TRY(compare_terms(&trader->terms, &unpack));
  crucible__unpack_into(&unpack, &account, sizeof account);
  crucible__unpack_into(&unpack, &book, sizeof book);
  CRUCIBLE__TRY(crucible__unpack_end(&unpack, "trader"));
  if (!crucible__account_is_sound(&account) || !crucible__book_is_sound(&book))
    return crucible__fail(CRUCIBLE_E_STORE,
                          "bytes are damaged: what they hold cannot be an "
                          "account");
  trader->account = account;
  trader->book = book;
  crucible__records_free(&trader->records);
  return CRUCIBLE_OK;
}
