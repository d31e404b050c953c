/* SPDX-License-Identifier: Apache-2.0 */
/* Spread, impact and illiquidity from bars. */
#include "features/feature_list.h"
#include "features/window.h"

#define FAMILY CRUCIBLE_FAMILY_MICROSTRUCTURE

/* ---- shape of the bar ---- */

static size_t bar_init(void *state, crucible__setup *setup) {
  (void)state;
  (void)setup;
  return 0;
}

static size_t two_bars_init(void *state, crucible__setup *setup) {
  return bar_init(state, setup) + 1;
}

static double location_step(void *state, const crucible__tick *tick) {
  const crucible_bar *bar = tick->bar;
  (void)state;
  return crucible__ratio((bar->close - bar->low) - (bar->high - bar->close),
                         bar->high - bar->low);
}

static double upper_shadow_step(void *state, const crucible__tick *tick) {
  const crucible_bar *bar = tick->bar;
  (void)state;
  return crucible__ratio(bar->high - fmax(bar->open, bar->close),
                         bar->high - bar->low);
}

static double lower_shadow_step(void *state, const crucible__tick *tick) {
  const crucible_bar *bar = tick->bar;
  (void)state;
  return crucible__ratio(fmin(bar->open, bar->close) - bar->low,
                         bar->high - bar->low);
}

static double open_gap_step(void *state, const crucible__tick *tick) {
  (void)state;
  return log(tick->bar->open / tick->prev->close);
}

DEFINE_FEATURE(CLOSE_LOCATION,
               "place of the close in the bar: -1 the low, 1 the high; 0 if "
               "flat",
               IN_RATIO, RUNS_WITHOUT_STATE(bar_init, location_step));
DEFINE_FEATURE(UPPER_SHADOW,
               "(high - greater of open and close) / (high - low); 0 if flat",
               IN_RATIO, RUNS_WITHOUT_STATE(bar_init, upper_shadow_step));
DEFINE_FEATURE(LOWER_SHADOW,
               "(lesser of open and close - low) / (high - low); 0 if flat",
               IN_RATIO, RUNS_WITHOUT_STATE(bar_init, lower_shadow_step));
DEFINE_FEATURE(OPEN_GAP, "log(open / previous close)", IN_RATIO,
               RUNS_WITHOUT_STATE(two_bars_init, open_gap_step));

/* ---- illiquidity ---- */

static size_t returns_mean_init(void *state, crucible__setup *setup) {
  size_t n = crucible__count_param(setup, 0);
  crucible__sum_init(state, n, setup);
  return n;
}

static double mean_of(crucible__sums *w, const crucible__tick *tick, double x) {
  return crucible__sum_push(w, tick->slot, x) / (double)w->span.n;
}

static double amihud_step(void *state, const crucible__tick *tick) {
  double turnover = tick->bar->volume * tick->bar->close;
  double size = fabs(tick->log_return);
  return 1e6 * mean_of(state, tick, crucible__ratio(size, turnover));
}

static double zero_returns_step(void *state, const crucible__tick *tick) {
  double is_zero = tick->bar->close == tick->prev->close ? 1 : 0;
  return mean_of(state, tick, is_zero);
}

DEFINE_FEATURE(AMIHUD,
               "10^6 times the mean of |log return| / (volume * close); a bar "
               "without volume counts 0 (Amihud 2002)",
               IN_PER_QUOTE, PARAMS1(PERIOD(48)), USES(CRUCIBLE__USES_RETURN),
               RUNS(crucible__sums, returns_mean_init, amihud_step));
DEFINE_FEATURE(ZERO_RETURNS,
               "share of bars that close where the last one did (Lesmond et "
               "al. 1999)",
               IN_RATIO, PARAMS1(PERIOD(48)),
               RUNS(crucible__sums, returns_mean_init, zero_returns_step));

/* ---- spread ---- */

typedef struct roll {
  crucible__sums pairs;
  double last;
} roll;

static size_t roll_init(void *state, crucible__setup *setup) {
  size_t n = crucible__count_param(setup, 0);
  crucible__joint_init(&((roll *)state)->pairs, n, setup);
  return n + 1;
}

static double roll_step(void *state, const crucible__tick *tick) {
  roll *s = state;
  double n = (double)s->pairs.span.n;
  crucible__joint j =
      crucible__joint_push(&s->pairs, tick->slot, tick->log_return, s->last);
  s->last = tick->log_return;
  return j.xy < 0 ? 2 * sqrt(-j.xy / (n - 1)) : 0.0;
}

DEFINE_FEATURE(ROLL_SPREAD,
               "2 root of - covariance of a log return and the one before, "
               "divisor timeperiod - 1; 0 if the covariance is positive (Roll "
               "1984)",
               IN_RATIO, PARAMS1(PERIOD(48)), USES(CRUCIBLE__USES_RETURN),
               RUNS(roll, roll_init, roll_step));

typedef struct corwin_schultz {
  crucible__sums mean;
  double square; /* of the log range of the bar before */
} corwin_schultz;

static size_t corwin_schultz_init(void *state, crucible__setup *setup) {
  return returns_mean_init(&((corwin_schultz *)state)->mean, setup);
}

/* For the common range a bar is moved to where the last one closed. */
static double corwin_schultz_step(void *state, const crucible__tick *tick) {
  corwin_schultz *s = state;
  const crucible_bar *now = tick->bar, *before = tick->prev;
  const double k = 0.1715728752538099; /* 3 - 2 sqrt(2) */
  double close = before->close, move = 1;
  if (now->high < close)
    move = close / now->high;
  else if (now->low > close)
    move = close / now->low;
  double both = log(fmax(now->high * move, before->high) /
                    fmin(now->low * move, before->low));
  double range = log(now->high / now->low), beta = range * range + s->square;
  s->square = range * range;
  double alpha = (sqrt(2 * beta) - sqrt(beta)) / k - fabs(both) / sqrt(k);
  double spread = 2 * tanh(alpha / 2); /* 2 (e^a - 1) / (e^a + 1) */
  return mean_of(&s->mean, tick, fmax(spread, 0));
}

DEFINE_FEATURE(CORWIN_SCHULTZ,
               "mean spread by the ranges of two bars apart and together, "
               "negative ones counted as 0 (Corwin, Schultz 2012)",
               IN_RATIO, PARAMS1(PERIOD(48)),
               RUNS(corwin_schultz, corwin_schultz_init, corwin_schultz_step));

typedef struct abdi_ranaldo {
  crucible__sums mean;
  double middle; /* of the bar before */
} abdi_ranaldo;

static size_t abdi_ranaldo_init(void *state, crucible__setup *setup) {
  return returns_mean_init(&((abdi_ranaldo *)state)->mean, setup);
}

/* Logs over the previous close, which is 0 then. */
static double abdi_ranaldo_step(void *state, const crucible__tick *tick) {
  abdi_ranaldo *s = state;
  const crucible_bar *now = tick->bar, *before = tick->prev;
  double close = before->close;
  double middle = (log(now->high / close) + log(now->low / close)) / 2;
  double square = 4 * s->middle * middle;
  /* For the next bar, over this close. */
  s->middle = (log(now->high / now->close) + log(now->low / now->close)) / 2;
  return mean_of(&s->mean, tick, square > 0 ? sqrt(square) : 0.0);
}

DEFINE_FEATURE(ABDI_RANALDO,
               "mean root of 4 (c - m)(c - m'), c the close, m the middle of "
               "the log range of the same bar and m' of the next; negative "
               "products count 0 (Abdi, Ranaldo 2017)",
               IN_RATIO, PARAMS1(PERIOD(48)),
               RUNS(abdi_ranaldo, abdi_ranaldo_init, abdi_ranaldo_step));

/* ---- impact of the order flow ---- */

typedef struct impact {
  crucible__sums pairs;
  crucible__sums volume;
} impact;

static size_t impact_init(void *state, crucible__setup *setup) {
  impact *s = state;
  size_t n = crucible__count_param(setup, 0);
  crucible__joint_init(&s->pairs, n, setup);
  crucible__sum_init(&s->volume, n, setup);
  return n;
}

static crucible__joint impact_push(impact *s, const crucible__tick *tick) {
  const crucible_bar *bar = tick->bar;
  return crucible__joint_push(&s->pairs, tick->slot,
                              2 * bar->taker_buy_base - bar->volume,
                              tick->log_return);
}

static double kyle_lambda_step(void *state, const crucible__tick *tick) {
  impact *s = state;
  crucible__joint j = impact_push(s, tick);
  double volume = mean_of(&s->volume, tick, tick->bar->volume);
  return crucible__ratio(j.xy, j.xx) * volume;
}

static double flow_correl_step(void *state, const crucible__tick *tick) {
  crucible__joint j = impact_push(state, tick);
  return crucible__correlation(&j);
}

#define OF_FLOW                                                                \
  NEEDS(CRUCIBLE_NEEDS_TAKER_BUY_BASE), USES(CRUCIBLE__USES_RETURN)

DEFINE_FEATURE(KYLE_LAMBDA,
               "slope of log return on taker buys - taker sells, times the "
               "mean volume: return per usual bar of net buying; 0 if flat "
               "(after Kyle 1985)",
               IN_RATIO, OF_FLOW, PARAMS1(PERIOD(48)),
               RUNS(impact, impact_init, kyle_lambda_step));
DEFINE_FEATURE(FLOW_CORREL,
               "correlation of log return and taker buys - taker sells; 0 if "
               "flat",
               IN_RATIO, OF_FLOW, PARAMS1(PERIOD_NAMED("timeperiod", 3, 48)),
               RUNS(impact, impact_init, flow_correl_step));
