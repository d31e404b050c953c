/* SPDX-License-Identifier: Apache-2.0 */
/* Volume against its past, and volume with a sign by price. */
#include "features/feature_list.h"
#include "features/window.h"

#define FAMILY CRUCIBLE_FAMILY_VOLUME

/* ---- volume against its past ---- */

static size_t zscore_init(void *state, crucible__setup *setup) {
  size_t n = crucible__count_param(setup, 0);
  crucible__spread_init(state, n, setup);
  return n - 1;
}

static double volume_zscore_step(void *state, const crucible__tick *tick) {
  crucible__sums *w = state;
  double x = tick->bar->volume;
  crucible__spread s = crucible__spread_push(w, tick->slot, x);
  return crucible__ratio(x - s.mean, sqrt(s.squares / (double)w->span.n));
}

typedef struct relative {
  crucible__sums sum;
  double before; /* of the bars before this one */
} relative;

static size_t rvol_init(void *state, crucible__setup *setup) {
  size_t n = crucible__count_param(setup, 0);
  crucible__sum_init(&((relative *)state)->sum, n, setup);
  return n;
}

static double rvol_step(void *state, const crucible__tick *tick) {
  relative *s = state;
  double x = tick->bar->volume, n = (double)s->sum.span.n;
  double value = s->before > 0 ? x / (s->before / n) : 0.0;
  s->before = crucible__sum_push(&s->sum, tick->slot, x);
  return value;
}

DEFINE_FEATURE(VOLUME_ZSCORE,
               "(volume - mean) / standard deviation over timeperiod bars; 0 "
               "if flat",
               IN_RATIO, PARAMS1(PERIOD(48)),
               RUNS(crucible__sums, zscore_init, volume_zscore_step));
DEFINE_FEATURE(RVOL,
               "volume / mean volume of the timeperiod bars before; 0 if they "
               "had none",
               IN_RATIO, FROM_TALIB, PARAMS1(PERIOD(20)),
               RUNS(relative, rvol_init, rvol_step));

typedef struct averages {
  crucible__ema fast, slow;
} averages;

/* TA-Lib swaps the two periods if they are in the wrong order. */
static size_t pvo_init(void *state, crucible__setup *setup) {
  averages *s = state;
  size_t a = crucible__count_param(setup, 0);
  size_t b = crucible__count_param(setup, 1);
  crucible__ema_init(&s->fast, a < b ? a : b);
  crucible__ema_init(&s->slow, a < b ? b : a);
  return s->slow.n - 1;
}

static double pvo_step(void *state, const crucible__tick *tick) {
  averages *s = state;
  double fast = crucible__ema_push(&s->fast, tick->bar->volume);
  double slow = crucible__ema_push(&s->slow, tick->bar->volume);
  return 100 * crucible__ratio(fast - slow, slow);
}

DEFINE_FEATURE(PVO,
               "100 (EMA(fastperiod) / EMA(slowperiod) - 1) of volume; 0 if "
               "there was none",
               IN_RATIO, FROM_TALIB, RECURSIVE,
               PARAMS2(PERIOD_NAMED("fastperiod", 2, 12),
                       PERIOD_NAMED("slowperiod", 3, 26)),
               RUNS(averages, pvo_init, pvo_step));

/* ---- running totals: every older bar counts ---- */

static size_t total_init(void *state, crucible__setup *setup) {
  (void)state;
  (void)setup;
  return 0;
}

static double obv_step(void *state, const crucible__tick *tick) {
  double *total = state, change = tick->bar->close - tick->prev->close;
  if (change > 0 || tick->index == 0)
    *total += tick->bar->volume;
  else if (change < 0)
    *total -= tick->bar->volume;
  return *total;
}

/* -1 where the close is the low, 1 where it is the high. */
static double location(const crucible_bar *bar) {
  return crucible__ratio((bar->close - bar->low) - (bar->high - bar->close),
                         bar->high - bar->low);
}

static double ad_step(void *state, const crucible__tick *tick) {
  double *total = state;
  *total += location(tick->bar) * tick->bar->volume;
  return *total;
}

DEFINE_FEATURE(OBV,
               "running total of volume, signed by the change of close "
               "(Granville 1963)",
               IN_BASE, FROM_TALIB, RECURSIVE,
               RUNS(double, total_init, obv_step));
DEFINE_FEATURE(AD,
               "running total of volume times the close's place in the bar, "
               "-1 to 1 (Chaikin)",
               IN_BASE, FROM_TALIB, RECURSIVE,
               RUNS(double, total_init, ad_step));

typedef struct adosc {
  double total, fast, slow, fast_weight, slow_weight;
} adosc;

static size_t adosc_init(void *state, crucible__setup *setup) {
  adosc *s = state;
  double fast = setup->params[0], slow = setup->params[1];
  s->fast_weight = 2 / (fast + 1);
  s->slow_weight = 2 / (slow + 1);
  return (size_t)fmax(fast, slow) - 1;
}

static double adosc_step(void *state, const crucible__tick *tick) {
  adosc *s = state;
  double total = ad_step(&s->total, tick);
  if (tick->index == 0)
    s->fast = s->slow = total;
  s->fast = s->fast_weight * total + (1 - s->fast_weight) * s->fast;
  s->slow = s->slow_weight * total + (1 - s->slow_weight) * s->slow;
  return s->fast - s->slow;
}

DEFINE_FEATURE(ADOSC, "EMA(fastperiod) - EMA(slowperiod) of AD (Chaikin)",
               IN_BASE, FROM_TALIB, RECURSIVE,
               PARAMS2(PERIOD_NAMED("fastperiod", 2, 3),
                       PERIOD_NAMED("slowperiod", 3, 10)),
               RUNS(adosc, adosc_init, adosc_step));

static size_t efi_init(void *state, crucible__setup *setup) {
  size_t n = crucible__count_param(setup, 0);
  crucible__ema_init(state, n);
  return n;
}

static double efi_step(void *state, const crucible__tick *tick) {
  double change = tick->bar->close - tick->prev->close;
  return tick->index > 0 ? crucible__ema_push(state, change * tick->bar->volume)
                         : 0.0;
}

DEFINE_FEATURE(EFI, "EMA of change of close * volume: force index (Elder 1993)",
               IN_QUOTE, FROM_TALIB, RECURSIVE, PARAMS1(PERIOD(13)),
               RUNS(crucible__ema, efi_init, efi_step));

/* ---- windows of signed volume ---- */

static size_t pair_init(void *state, crucible__setup *setup) {
  size_t n = crucible__count_param(setup, 0);
  crucible__sum2_init(state, n, setup);
  return n - 1;
}

static size_t change_pair_init(void *state, crucible__setup *setup) {
  return pair_init(state, setup) + 1;
}

/* Rising and falling money in two sums, so that neither ever cancels. */
static double mfi_step(void *state, const crucible__tick *tick) {
  const crucible_bar *now = tick->bar, *before = tick->prev;
  double typical = (now->high + now->low + now->close) / 3;
  double old = (before->high + before->low + before->close) / 3;
  double change = typical - old, sums[2];
  double money = typical * now->volume;
  if (crucible__is_rounding(change, typical + old))
    change = 0;
  crucible__sum2_push(state, tick->slot, change > 0 ? money : 0.0,
                      change < 0 ? money : 0.0, sums);
  return 100 * crucible__ratio(sums[0], sums[0] + sums[1]);
}

static double share_of_signed(crucible__sums *w, const crucible__tick *tick,
                              double sign) {
  double sums[2], volume = tick->bar->volume;
  crucible__sum2_push(w, tick->slot, sign * volume, volume, sums);
  return crucible__ratio(sums[0], sums[1]);
}

static double cmf_step(void *state, const crucible__tick *tick) {
  return share_of_signed(state, tick, location(tick->bar));
}

static double signed_volume_step(void *state, const crucible__tick *tick) {
  double change = tick->bar->close - tick->prev->close;
  return share_of_signed(state, tick, change > 0 ? 1 : change < 0 ? -1 : 0);
}

DEFINE_FEATURE(MFI,
               "100 rising / (rising + falling) money, typical price * volume; "
               "0 if there was none (Quong, Soudack 1989)",
               IN_RATIO, FROM_TALIB, PARAMS1(PERIOD(14)),
               RUNS(crucible__sums, change_pair_init, mfi_step));
DEFINE_FEATURE(CMF,
               "sum of volume times the close's place in the bar / sum of "
               "volume; 0 if there was none (Chaikin)",
               IN_RATIO, FROM_TALIB, PARAMS1(PERIOD(20)),
               RUNS(crucible__sums, pair_init, cmf_step));
DEFINE_FEATURE(SIGNED_VOLUME,
               "sum of volume, signed by the change of close / sum of volume; "
               "0 if there was none",
               IN_RATIO, PARAMS1(PERIOD(20)),
               RUNS(crucible__sums, change_pair_init, signed_volume_step));

/* ---- prices weighted by volume ---- */

/* Without volume there is no weight: the close itself. */
static double weighted(crucible__sums *w, const crucible__tick *tick,
                       double turnover) {
  double sums[2];
  crucible__sum2_push(w, tick->slot, turnover, tick->bar->volume, sums);
  return sums[1] > 0 && sums[0] > 0 ? sums[0] / sums[1] : tick->bar->close;
}

static double vwma_step(void *state, const crucible__tick *tick) {
  return weighted(state, tick, tick->bar->close * tick->bar->volume);
}

static double vwap_distance_step(void *state, const crucible__tick *tick) {
  return log(tick->bar->close / weighted(state, tick, tick->bar->quote_volume));
}

DEFINE_FEATURE(VWMA,
               "average of closes weighted by volume; the close if there was "
               "none",
               IN_PRICE, FROM_TALIB, PARAMS1(PERIOD(30)),
               RUNS(crucible__sums, pair_init, vwma_step));
DEFINE_FEATURE(VWAP_DISTANCE,
               "log(close / (sum of quote volume / sum of volume)); 0 if there "
               "was none",
               IN_RATIO, NEEDS(CRUCIBLE_NEEDS_QUOTE_VOLUME),
               PARAMS1(PERIOD(48)),
               RUNS(crucible__sums, pair_init, vwap_distance_step));
