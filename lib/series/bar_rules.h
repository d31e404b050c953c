/* SPDX-License-Identifier: Apache-2.0 */
/* What makes a bar right: one set of rules for readers and views. */
#ifndef CRUCIBLE__BAR_RULES_H
#define CRUCIBLE__BAR_RULES_H

#include <float.h>
#include <stddef.h>
#include <stdint.h>

#include <crucible/types.h>

#include "base/internal.h"

/* The columns that a series can hold, in the order of the kline layout. */
enum {
  CRUCIBLE__OPEN_TIME = 0,
  CRUCIBLE__OPEN = 1,
  CRUCIBLE__HIGH = 2,
  CRUCIBLE__LOW = 3,
  CRUCIBLE__CLOSE = 4,
  CRUCIBLE__VOLUME = 5,
  CRUCIBLE__QUOTE_VOLUME = 6, /* this and what follows is optional */
  CRUCIBLE__TRADES = 7,
  CRUCIBLE__TAKER_BUY_BASE = 8,
  CRUCIBLE__N_COLUMNS = 9
};

enum { CRUCIBLE__RULE_TEXT = 160 };

/* Limits of open times: the years 0001 to 9999. */
#define CRUCIBLE__TIME_FIRST (-62135596800000)
#define CRUCIBLE__TIME_LAST 253402300799999

/* The longest timeframe: a hundred years, so that no sum of times overflows. */
#define CRUCIBLE__TIMEFRAME_MAX 3155760000000

/* "open_time", "open", ... */
const char *crucible__column_name(int column);

/*
 * Whether the figures of a bar hold together; has is a set of bits, 1 << column
 * for each optional column that is present. Its time is not looked at.
 */
static inline int crucible__bar_is_sound(const crucible_bar *b, unsigned has) {
  int ok = b->low > 0 && b->low <= b->open && b->low <= b->close &&
           b->open <= b->high && b->close <= b->high && b->high <= DBL_MAX &&
           b->volume >= 0 && b->volume <= DBL_MAX;
  if (has & 1U << CRUCIBLE__QUOTE_VOLUME)
    ok &= b->quote_volume >= 0 && b->quote_volume <= DBL_MAX;
  if (has & 1U << CRUCIBLE__TRADES) /* whole, and exact as a double */
    ok &= b->trades >= 0 && b->trades <= 9007199254740992.0 &&
          b->trades == (double)(int64_t)b->trades;
  if (has & 1U << CRUCIBLE__TAKER_BUY_BASE)
    ok &= b->taker_buy_base >= 0 && b->taker_buy_base <= b->volume;
  return ok;
}

/*
 * Says of a bar that is not sound which rule it breaks, as "high 3 is below
 * low 4". Returns the column at fault.
 */
CRUCIBLE__SHARED int crucible__bar_explain(const crucible_bar *bar,
                                           unsigned has,
                                           char text[CRUCIBLE__RULE_TEXT]);

#endif
