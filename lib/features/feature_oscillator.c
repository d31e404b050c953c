/* SPDX-License-Identifier: Apache-2.0 */
/* Momentum by smoothed gains and losses, and by differences of averages. */
#include "features/feature_list.h"
#include "features/window.h"

#define FAMILY CRUCIBLE_FAMILY_MOMENTUM

/* ---- relative strength ---- */

typedef struct strength {
  crucible__ema gain, loss;
} strength;

static size_t strength_init(void *state, crucible__setup *setup) {
  strength *s = state;
  size_t n = crucible__count_param(setup, 0);
  crucible__wilder_init(&s->gain, n);
  crucible__wilder_init(&s->loss, n);
  return n;
}

static void strength_push(strength *s, const crucible__tick *tick) {
  double change = tick->bar->close - tick->prev->close;
  if (tick->index == 0)
    return;
  (void)crucible__wilder_push(&s->gain, change > 0 ? change : 0.0);
  (void)crucible__wilder_push(&s->loss, change < 0 ? -change : 0.0);
}

static double rsi_step(void *state, const crucible__tick *tick) {
  strength *s = state;
  strength_push(s, tick);
  return 100 * crucible__ratio(s->gain.value, s->gain.value + s->loss.value);
}

DEFINE_FEATURE(RSI,
               "relative strength: 100 gains / (gains + losses) of closes, "
               "Wilder's averages; 0 if flat (Wilder 1978)",
               IN_RATIO, FROM_TALIB, RECURSIVE, PARAMS1(PERIOD(14)),
               RUNS(strength, strength_init, rsi_step));

/* ---- convergence and divergence of two averages ---- */

typedef struct macd {
  crucible__ema fast, slow, signal;
  size_t fast_from; /* bar at which the fast average begins */
  double line;
} macd;

/* TA-Lib swaps the two periods if they are in the wrong order. */
static void macd_averages(macd *m, const crucible__setup *setup) {
  size_t a = crucible__count_param(setup, 0);
  size_t b = crucible__count_param(setup, 1);
  size_t fast = a < b ? a : b, slow = a < b ? b : a;
  crucible__ema_init(&m->fast, fast);
  crucible__ema_init(&m->slow, slow);
  m->fast_from = slow - fast; /* so that both are seeded on the same bar */
}

static size_t macd_init(void *state, crucible__setup *setup) {
  macd *m = state;
  macd_averages(m, setup);
  return m->slow.n - 1;
}

static size_t macd_signal_init(void *state, crucible__setup *setup) {
  macd *m = state;
  macd_averages(m, setup);
  crucible__ema_init(&m->signal, crucible__count_param(setup, 2));
  return m->slow.n - 1 + m->signal.n - 1;
}

static double macd_step(void *state, const crucible__tick *tick) {
  macd *m = state;
  double close = tick->bar->close;
  if (tick->index >= m->fast_from)
    (void)crucible__ema_push(&m->fast, close);
  (void)crucible__ema_push(&m->slow, close);
  m->line = m->fast.value - m->slow.value;
  return m->line;
}

static double macd_signal_step(void *state, const crucible__tick *tick) {
  macd *m = state;
  double line = macd_step(state, tick);
  return crucible__ema_is_warm(&m->slow) ? crucible__ema_push(&m->signal, line)
                                         : 0.0;
}

static double macd_hist_step(void *state, const crucible__tick *tick) {
  double signal = macd_signal_step(state, tick);
  return ((macd *)state)->line - signal;
}

#define FAST PERIOD_NAMED("fastperiod", 2, 12)
#define SLOW PERIOD_NAMED("slowperiod", 3, 26)
#define SIGNAL PERIOD_NAMED("signalperiod", 2, 9)

DEFINE_FEATURE(MACD, "EMA(fastperiod) - EMA(slowperiod) of closes (Appel)",
               IN_PRICE, FROM_TALIB, RECURSIVE, PARAMS2(FAST, SLOW),
               RUNS(macd, macd_init, macd_step));
DEFINE_FEATURE(MACD_SIGNAL, "EMA(signalperiod) of MACD", IN_PRICE, FROM_TALIB,
               RECURSIVE, PARAMS3(FAST, SLOW, SIGNAL),
               RUNS(macd, macd_signal_init, macd_signal_step));
DEFINE_FEATURE(MACD_HIST, "MACD - MACD_SIGNAL", IN_PRICE, FROM_TALIB, RECURSIVE,
               PARAMS3(FAST, SLOW, SIGNAL),
               RUNS(macd, macd_signal_init, macd_hist_step));
