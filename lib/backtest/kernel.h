/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The kernel: one column over many bars. It steps the bars in which something
 * can happen to the account and passes over all others at once: what it leaves
 * behind is what a step per bar would leave, to the bit.
 */
#ifndef CRUCIBLE__KERNEL_H
#define CRUCIBLE__KERNEL_H

#include <stddef.h>
#include <stdint.h>

#include "backtest/drawdowns.h"
#include "backtest/fill.h"
#include "backtest/inputs.h"
#include "backtest/panel.h"
#include "backtest/record_log.h"
#include "backtest/span.h"
#include "stats/return_sums.h"

/* What a column is between two bars: plain data, a copy is a saved state. */
typedef struct crucible__column {
  crucible__account account;
  crucible__return_sums sums;
  crucible_trade_sums trades;
  crucible__market_sums market; /* of the bars it has traded */
  crucible__dip dip;
  double first_open; /* of its first bar */
} crucible__column;

/* Bars of a market that are not like the others: bar i is bit i % 64 of word
   i / 64. */
typedef struct crucible__odd_bars {
  uint64_t *always;  /* the first, after a gap, without a trade */
  uint64_t *holding; /* of funding or of a borrow interval's start */
} crucible__odd_bars;

/* What is read of a bar that has to be stepped, side by side: one cache line
   where eight columns would be as many. NaN: not known. */
typedef struct crucible__bar_line {
  int64_t open_ms;
  double open, high, low, close, volume;
  double sigma, volume_forecast; /* for the next bar */
} crucible__bar_line;

_Static_assert(sizeof(crucible__bar_line) == 64, "it fills a cache line");

/* Fills the lines of the bars [from, to). */
void crucible__bar_lines_take(crucible__bar_line *lines,
                              const crucible__market_view *market, size_t from,
                              size_t to);

/* All that a column reads while it runs. */
typedef struct crucible__course {
  const crucible__inputs *inputs;
  const crucible__terms *terms;
  const crucible__market_view *market;
  const crucible__lift *lift;
  const crucible__bar_line *lines; /* [bars] */
  const crucible__odd_bars *odd;
  const crucible__span_calls *calls;
  crucible__signals signals;
  crucible__book *book; /* NULL: no explicit orders */
  size_t index;         /* of the column */
  const double *fees;   /* [bars] of leaving, or NULL: the instrument's */
  double *curve;        /* [bars] equity after each, or NULL */
  crucible__log *log;
  crucible__events *events; /* room for those of a bar */
  uint32_t first_bar;       /* of the column */
  int has_fill_terms;       /* fees, slippage, price or funding by bar */
  int decides_alone;   /* a decision is heard of at the next open alone, and
                          needs nothing that is given by bar */
  int keeps_records;   /* orders and trades */
  int notes_drawdowns; /* then there is a curve */
} crucible__course;

void crucible__column_init(crucible__column *column,
                           const crucible__terms *terms);

/* Before bar i of a run that goes on: what its fills cost was not given yet
   when the run before ended. */
void crucible__column_resume(crucible__column *column,
                             const crucible__course *course, size_t i);

/* The bar as the step takes it. */
static inline crucible_bar crucible__course_bar(const crucible__course *course,
                                                size_t i) {
  const crucible__bar_line *line = &course->lines[i];
  return (crucible_bar){.open_time_ms = line->open_ms,
                        .open = line->open,
                        .high = line->high,
                        .low = line->low,
                        .close = line->close,
                        .volume = line->volume};
}

/* What is known at the close of bar i for the next one; what is wanted then.
   Both start out as nothing: crucible__outlook_none, crucible__wish_none. */
void crucible__course_outlook(const crucible__course *course, size_t i,
                              crucible__outlook *outlook);
void crucible__course_wish(const crucible__course *course, size_t i,
                           crucible__wish *wish);

/* Where a column has to be looked at again. */
typedef struct crucible__wake {
  size_t bar;
  int only_decides; /* 1: nothing but its close matters */
} crucible__wake;

/* The first bar of [from, to) in which something may happen, or to. */
crucible__wake crucible__column_wake(const crucible__column *column,
                                     const crucible__course *course,
                                     size_t from, size_t to);

/* Takes the bars [from, to) before that one, from < to. */
crucible_status crucible__column_pass(crucible__column *column,
                                      const crucible__course *course,
                                      size_t from, size_t to);

/* Keeps what bar i, which the account has taken, brought. is_idle: see
   crucible__return_sums_idle(). */
crucible_status crucible__column_noted(crucible__column *column,
                                       const crucible__course *course, size_t i,
                                       int is_idle);

/* Tells the metrics of a trade. */
void crucible__column_tell(crucible__column *column,
                           const crucible__trade_event *event);

/* The decision at the close of bar i, which has been passed over. */
crucible_status crucible__column_decide(crucible__column *column,
                                        const crucible__course *course,
                                        size_t i);

/* Whether there is neither a position nor anything that waits. */
static inline int crucible__is_at_rest(const crucible__account *account) {
  return account->side == 0 && account->entry.state == CRUCIBLE__ORDER_NONE &&
         !account->is_stopped && !account->is_after_gap;
}

/* Takes the bars [from, to), or, rest not being NULL, those before *rest: the
   first one that finds the account at rest. E_NOMEM: no room for a record. */
crucible_status crucible__column_run(crucible__column *column,
                                     const crucible__course *course,
                                     size_t from, size_t to, size_t *rest);

/* Marks what is odd about the bars [from, to) of a market, from being the first
   of a word; both arrays have a word for each 64 bars. */
void crucible__odd_bars_find(const crucible__odd_bars *odd,
                             const crucible__market_view *market,
                             const crucible__terms *terms, size_t from,
                             size_t to);

#endif
