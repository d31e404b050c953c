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

static double cmo_step(void *state, const crucible__tick *tick) {
  strength *s = state;
  strength_push(s, tick);
  return 100 * crucible__ratio(s->gain.value - s->loss.value,
                               s->gain.value + s->loss.value);
}

DEFINE_FEATURE(CMO,
               "Chande: 100 (gains - losses) / (gains + losses) of closes, "
               "Wilder's averages; 0 if flat (1994)",
               IN_RATIO, FROM_TALIB, RECURSIVE, PARAMS1(PERIOD(14)),
               RUNS(strength, strength_init, cmo_step));

/* ---- gains and losses in a window ---- */

static size_t changes_init(void *state, crucible__setup *setup) {
  size_t n = crucible__count_param(setup, 0);
  crucible__sum2_init(state, n, setup);
  return n;
}

static size_t bodies_init(void *state, crucible__setup *setup) {
  return changes_init(state, setup) - 1;
}

static void gains_push(crucible__sums *w, const crucible__tick *tick,
                       double change, double sums[2]) {
  crucible__sum2_push(w, tick->slot, change > 0 ? change : 0.0,
                      change < 0 ? -change : 0.0, sums);
}

static double cmou_step(void *state, const crucible__tick *tick) {
  double sums[2];
  gains_push(state, tick, tick->bar->close - tick->prev->close, sums);
  return 100 * crucible__ratio(sums[0] - sums[1], sums[0] + sums[1]);
}

static double imi_step(void *state, const crucible__tick *tick) {
  double sums[2];
  gains_push(state, tick, tick->bar->close - tick->bar->open, sums);
  double all = sums[0] + sums[1];
  return all > 0 ? 100 * (sums[0] / all) : 50;
}

DEFINE_FEATURE(CMOU,
               "100 (gains - losses) / (gains + losses), plain sums; 0 if flat",
               IN_RATIO, FROM_TALIB, PARAMS1(PERIOD(14)),
               RUNS(crucible__sums, changes_init, cmou_step));
DEFINE_FEATURE(IMI,
               "100 gains / (gains + losses) from open to close; 50 if flat "
               "(Chande, Kroll 1994)",
               IN_RATIO, FROM_TALIB, PARAMS1(PERIOD(14)),
               RUNS(crucible__sums, bodies_init, imi_step));

/* ---- balance of power ---- */

static size_t bop_init(void *state, crucible__setup *setup) {
  (void)state;
  (void)setup;
  return 0;
}

static double bop_step(void *state, const crucible__tick *tick) {
  const crucible_bar *bar = tick->bar;
  (void)state;
  return crucible__ratio(bar->close - bar->open, bar->high - bar->low);
}

DEFINE_FEATURE(BOP, "(close - open) / (high - low); 0 if flat (Livshin 2001)",
               IN_RATIO, FROM_TALIB, RUNS_WITHOUT_STATE(bop_init, bop_step));

/* ---- true strength ---- */

typedef struct true_strength {
  crucible__ema change[2], way[2];
} true_strength;

static size_t tsi_init(void *state, crucible__setup *setup) {
  true_strength *s = state;
  size_t n[2] = {crucible__count_param(setup, 0),
                 crucible__count_param(setup, 1)};
  for (size_t i = 0; i < 2; ++i) {
    crucible__ema_init(&s->change[i], n[i]);
    crucible__ema_init(&s->way[i], n[i]);
  }
  return n[0] + n[1] - 1;
}

static double tsi_step(void *state, const crucible__tick *tick) {
  true_strength *s = state;
  double change = tick->bar->close - tick->prev->close;
  if (tick->index == 0)
    return 0;
  double first = crucible__ema_push(&s->change[0], change);
  double way = crucible__ema_push(&s->way[0], fabs(change));
  if (!crucible__ema_is_warm(&s->way[0]))
    return 0;
  return 100 * crucible__ratio(crucible__ema_push(&s->change[1], first),
                               crucible__ema_push(&s->way[1], way));
}

DEFINE_FEATURE(TSI,
               "100 EMA of EMA of changes / EMA of EMA of |changes|; 0 if flat "
               "(Blau 1991)",
               IN_RATIO, FROM_TALIB, RECURSIVE,
               PARAMS2(PERIOD_NAMED("firstperiod", 2, 25),
                       PERIOD_NAMED("secondperiod", 2, 13)),
               RUNS(true_strength, tsi_init, tsi_step));

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

/* Here TA-Lib seeds each average with the first closes there are. */
static size_t ppo_init(void *state, crucible__setup *setup) {
  macd *m = state;
  macd_averages(m, setup);
  m->fast_from = 0;
  return m->slow.n - 1;
}

static double ppo_step(void *state, const crucible__tick *tick) {
  macd *m = state;
  return 100 * (macd_step(state, tick) / m->slow.value);
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
DEFINE_FEATURE(PPO, "100 (EMA(fastperiod) / EMA(slowperiod) - 1) of closes",
               IN_RATIO, FROM_TALIB, RECURSIVE, PARAMS2(FAST, SLOW),
               RUNS(macd, ppo_init, ppo_step));
DEFINE_FEATURE(MACD_SIGNAL, "EMA(signalperiod) of MACD", IN_PRICE, FROM_TALIB,
               RECURSIVE, PARAMS3(FAST, SLOW, SIGNAL),
               RUNS(macd, macd_signal_init, macd_signal_step));
DEFINE_FEATURE(MACD_HIST, "MACD - MACD_SIGNAL", IN_PRICE, FROM_TALIB, RECURSIVE,
               PARAMS3(FAST, SLOW, SIGNAL),
               RUNS(macd, macd_signal_init, macd_hist_step));
