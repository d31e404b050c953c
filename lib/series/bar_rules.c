/* SPDX-License-Identifier: Apache-2.0 */
#include "series/bar_rules.h"

#include <stdio.h>

#include "base/base_status.h"
#include "base/numtext.h"
#include "series/bars.h"

const char *crucible__column_name(int column) {
  static const char *const names[CRUCIBLE__N_COLUMNS] = {
      "open_time", "open",         "high",   "low",           "close",
      "volume",    "quote_volume", "trades", "taker_buy_base"};
  return names[column];
}

static double value_of(const crucible_bar *bar, int column) {
  const double values[CRUCIBLE__N_COLUMNS] = {0,
                                              bar->open,
                                              bar->high,
                                              bar->low,
                                              bar->close,
                                              bar->volume,
                                              bar->quote_volume,
                                              bar->trades,
                                              bar->taker_buy_base};
  return values[column];
}

typedef struct explanation {
  const crucible_bar *bar;
  char *text;
} explanation;

static int breaks(const explanation *e, int column, const char *rule) {
  char value[CRUCIBLE__DOUBLE_TEXT];
  size_t n = crucible__write_double(value_of(e->bar, column), value);
  (void)snprintf(e->text, CRUCIBLE__RULE_TEXT, "%s %.*s is %s",
                 crucible__column_name(column), (int)n, value, rule);
  return column;
}

static int breaks_order(const explanation *e, int column, const char *relation,
                        int other) {
  char value[CRUCIBLE__DOUBLE_TEXT], rule[CRUCIBLE__RULE_TEXT / 2];
  size_t n = crucible__write_double(value_of(e->bar, other), value);
  (void)snprintf(rule, sizeof rule, "%s %s %.*s", relation,
                 crucible__column_name(other), (int)n, value);
  return breaks(e, column, rule);
}

int crucible__bar_explain(const crucible_bar *bar, unsigned has,
                          char text[CRUCIBLE__RULE_TEXT]) {
  const explanation e = {bar, text};
  for (int c = CRUCIBLE__OPEN; c < CRUCIBLE__N_COLUMNS; ++c) {
    double x = value_of(bar, c);
    if (c >= CRUCIBLE__QUOTE_VOLUME && !(has & 1U << c))
      continue;
    if (!(x >= -DBL_MAX && x <= DBL_MAX))
      return breaks(&e, c, "not a finite number");
    if (c <= CRUCIBLE__CLOSE && x <= 0)
      return breaks(&e, c, "not above 0, as a price must be");
    if (x < 0)
      return breaks(&e, c, "negative");
  }
  if (bar->high < bar->low)
    return breaks_order(&e, CRUCIBLE__HIGH, "below", CRUCIBLE__LOW);
  for (int c = CRUCIBLE__OPEN; c <= CRUCIBLE__CLOSE; ++c) {
    if (value_of(bar, c) > bar->high)
      return breaks_order(&e, c, "above", CRUCIBLE__HIGH);
    if (value_of(bar, c) < bar->low)
      return breaks_order(&e, c, "below", CRUCIBLE__LOW);
  }
  if (has & 1U << CRUCIBLE__TAKER_BUY_BASE && bar->taker_buy_base > bar->volume)
    return breaks_order(&e, CRUCIBLE__TAKER_BUY_BASE, "above",
                        CRUCIBLE__VOLUME);
  return breaks(&e, CRUCIBLE__TRADES, "not a whole number");
}

/* Whether the open time of bar i may stand where it does. */
static crucible_status check_time(const crucible_bars *bars, size_t i) {
  int64_t t = bars->open_time_ms[i];
  if (t < CRUCIBLE__TIME_FIRST || t > CRUCIBLE__TIME_LAST)
    return crucible__fail(CRUCIBLE_E_DATA,
                          "bar %zu: open_time %lld ms is outside the years "
                          "1 to 9999: give ms since 1970",
                          i, (long long)t);
  char shown[CRUCIBLE__TIME_TEXT];
  int n = (int)crucible__write_time(t, shown);
  if (i > 0 && t <= bars->open_time_ms[i - 1])
    return crucible__fail(CRUCIBLE_E_DATA,
                          "bar %zu: open_time %.*s %s: sort the bars and keep "
                          "one of each time",
                          i, n, shown,
                          t == bars->open_time_ms[i - 1]
                              ? "repeats that of the bar before"
                              : "is earlier than that of the bar before");
  if (t % bars->timeframe_ms != 0)
    return crucible__fail(CRUCIBLE_E_DATA,
                          "bar %zu: open_time %.*s is not a multiple of the "
                          "timeframe of %lld ms: correct one of them",
                          i, n, shown, (long long)bars->timeframe_ms);
  return CRUCIBLE_OK;
}

crucible_status crucible_bars_validate(const crucible_bars *bars) {
  crucible_bars view;
  CRUCIBLE__TRY(crucible__bars_check_view(bars, &view));
  unsigned has =
      (view.quote_volume != NULL ? 1U << CRUCIBLE__QUOTE_VOLUME : 0) |
      (view.trades != NULL ? 1U << CRUCIBLE__TRADES : 0) |
      (view.taker_buy_base != NULL ? 1U << CRUCIBLE__TAKER_BUY_BASE : 0);
  int64_t before = INT64_MIN;
  for (size_t i = 0; i < view.n; ++i) {
    const int64_t t = view.open_time_ms[i];
    if (t <= before || t < CRUCIBLE__TIME_FIRST || t > CRUCIBLE__TIME_LAST ||
        t % view.timeframe_ms != 0)
      return check_time(&view, i);
    before = t;
    const crucible_bar bar = crucible__bars_at(&view, i);
    if (!crucible__bar_is_sound(&bar, has)) {
      char text[CRUCIBLE__RULE_TEXT];
      (void)crucible__bar_explain(&bar, has, text);
      return crucible__fail(CRUCIBLE_E_DATA, "bar %zu: %s", i, text);
    }
  }
  return CRUCIBLE_OK;
}
