/* SPDX-License-Identifier: Apache-2.0 */
/* Wilder's directional movement, the parabolic stop, the vortex. */
#include "features/feature_list.h"
#include "features/window.h"

#define FAMILY CRUCIBLE_FAMILY_TREND

/* ---- directional movement ---- */

typedef struct movement {
  crucible__delay old; /* ADXR: ADX n - 1 bars ago */
  double n;
  double plus, minus, range; /* Wilder's sums */
  double dx;
  double adx;
} movement;

static size_t movement_init(void *state, crucible__setup *setup) {
  ((movement *)state)->n = setup->params[0];
  return crucible__count_param(setup, 0);
}

static size_t adx_init(void *state, crucible__setup *setup) {
  return 2 * movement_init(state, setup) - 1;
}

static size_t adxr_init(void *state, crucible__setup *setup) {
  movement *s = state;
  size_t n = movement_init(state, setup);
  crucible__delay_init(&s->old, n - 1, setup);
  return 3 * n - 2;
}

/* The first n - 1 bars are summed, from then on a share 1 / n leaves. */
static void movement_push(movement *s, const crucible__tick *tick) {
  double up = tick->bar->high - tick->prev->high;
  double down = tick->prev->low - tick->bar->low;
  if (tick->index == 0)
    return;
  if ((double)tick->index >= s->n) {
    s->plus -= s->plus / s->n;
    s->minus -= s->minus / s->n;
    s->range -= s->range / s->n;
  }
  if (down > 0 && up < down)
    s->minus += down;
  else if (up > 0 && up > down)
    s->plus += up;
  s->range += crucible__true_range(tick);
}

static double plus_di_step(void *state, const crucible__tick *tick) {
  movement *s = state;
  movement_push(s, tick);
  return 100 * crucible__ratio(s->plus, s->range);
}

static double minus_di_step(void *state, const crucible__tick *tick) {
  movement *s = state;
  movement_push(s, tick);
  return 100 * crucible__ratio(s->minus, s->range);
}

/* Whether the bar has a DX; without movement the one before stays. */
static int dx_push(movement *s, const crucible__tick *tick) {
  movement_push(s, tick);
  double sum = s->plus + s->minus;
  if (!(sum > 0 && s->range > 0) || (double)tick->index < s->n)
    return 0;
  s->dx = 100 * (fabs(s->minus - s->plus) / sum);
  return 1;
}

static double dx_step(void *state, const crucible__tick *tick) {
  movement *s = state;
  (void)dx_push(s, tick);
  return s->dx;
}

static double adx_step(void *state, const crucible__tick *tick) {
  movement *s = state;
  int has_dx = dx_push(s, tick);
  double index = (double)tick->index;
  if (index < 2 * s->n) { /* the first ADX is the mean of n DX */
    s->adx += has_dx ? s->dx : 0.0;
    if (index == 2 * s->n - 1)
      s->adx /= s->n;
  } else if (has_dx) {
    s->adx = (s->adx * (s->n - 1) + s->dx) / s->n;
  }
  return s->adx;
}

static double adxr_step(void *state, const crucible__tick *tick) {
  movement *s = state;
  double adx = adx_step(state, tick);
  return (adx + crucible__delay_push(&s->old, adx)) / 2;
}

DEFINE_FEATURE(PLUS_DI,
               "upward movement beyond the previous high in percent of the "
               "true range, Wilder's sums (1978)",
               IN_RATIO, FROM_TALIB, RECURSIVE, PARAMS1(PERIOD(14)),
               RUNS(movement, movement_init, plus_di_step));
DEFINE_FEATURE(MINUS_DI, "downward movement, as PLUS_DI", IN_RATIO, FROM_TALIB,
               RECURSIVE, PARAMS1(PERIOD(14)),
               RUNS(movement, movement_init, minus_di_step));
DEFINE_FEATURE(DX, "100 |PLUS_DI - MINUS_DI| / (PLUS_DI + MINUS_DI)", IN_RATIO,
               FROM_TALIB, RECURSIVE, PARAMS1(PERIOD(14)),
               RUNS(movement, movement_init, dx_step));
DEFINE_FEATURE(ADX, "Wilder's average of DX: strength of the trend", IN_RATIO,
               FROM_TALIB, RECURSIVE, PARAMS1(PERIOD(14)),
               RUNS(movement, adx_init, adx_step));
DEFINE_FEATURE(ADXR, "mean of ADX and ADX timeperiod - 1 bars ago", IN_RATIO,
               FROM_TALIB, RECURSIVE, PARAMS1(PERIOD(14)),
               RUNS(movement, adxr_init, adxr_step));

/* ---- parabolic stop and reverse ---- */

typedef struct parabolic {
  double acceleration, most;
  double stop;    /* of the next bar */
  double extreme; /* of the trend */
  double factor;
  int is_long;
} parabolic;

static size_t sar_init(void *state, crucible__setup *setup) {
  parabolic *s = state;
  s->most = setup->params[1];
  s->acceleration = fmin(setup->params[0], s->most);
  return 1;
}

/* The trend begins with the second bar: down if its low falls further than
   its high rises. */
static void sar_begin(parabolic *s, const crucible__tick *tick) {
  double up = tick->bar->high - tick->prev->high;
  double down = tick->prev->low - tick->bar->low;
  s->is_long = !(down > 0 && up < down);
  s->extreme = s->is_long ? tick->bar->high : tick->bar->low;
  s->stop = s->is_long ? tick->prev->low : tick->prev->high;
  s->factor = s->acceleration;
}

/* Seen from the trend: with it is up, negated while short. */
static double sar_step(void *state, const crucible__tick *tick) {
  parabolic *s = state;
  if (tick->index == 0)
    return 0;
  if (tick->index == 1)
    sar_begin(s, tick);
  /* As TA-Lib: the second bar stands for the first, too. */
  const crucible_bar *now = tick->bar,
                     *before = tick->index == 1 ? now : tick->prev;
  double sign = s->is_long ? 1 : -1;
  double with =
      s->is_long ? fmax(now->high, before->high) : -fmin(now->low, before->low);
  double against =
      s->is_long ? fmin(now->low, before->low) : -fmax(now->high, before->high);
  double reached = s->is_long ? now->high : -now->low;
  double touched = s->is_long ? now->low : -now->high;
  double stop = sign * s->stop, extreme = sign * s->extreme;
  double shown = stop;
  if (touched <= stop) { /* hit: turn around, beyond the last two bars */
    shown = fmax(extreme, with);
    extreme = touched;
    s->is_long = !s->is_long;
    s->factor = s->acceleration;
    stop = fmax(shown + s->factor * (extreme - shown), with);
  } else {
    if (reached > extreme) {
      extreme = reached;
      s->factor = fmin(s->factor + s->acceleration, s->most);
    }
    stop = fmin(shown + s->factor * (extreme - shown), against);
  }
  s->stop = sign * stop;
  s->extreme = sign * extreme;
  return sign * shown;
}

DEFINE_FEATURE(SAR, "Wilder's parabolic stop and reverse (1978)", IN_PRICE,
               FROM_TALIB, RECURSIVE,
               PARAMS2(FACTOR("acceleration", 0.001, 0.2, 0.02,
                              "step of the factor at each new extreme"),
                       FACTOR("maximum", 0.02, 1, 0.2, "greatest factor")),
               RUNS(parabolic, sar_init, sar_step));

/* ---- vortex ---- */

typedef struct vortex {
  crucible__sums sums; /* movement, true range */
} vortex;

static size_t vortex_init(void *state, crucible__setup *setup) {
  size_t n = crucible__count_param(setup, 0);
  crucible__sum2_init(&((vortex *)state)->sums, n, setup);
  return n;
}

static double vortex_push(vortex *s, const crucible__tick *tick,
                          double movement_of_bar) {
  double sums[2];
  crucible__sum2_push(&s->sums, tick->slot, fabs(movement_of_bar),
                      crucible__true_range(tick), sums);
  return crucible__ratio(sums[0], sums[1]);
}

static double vortex_plus_step(void *state, const crucible__tick *tick) {
  return vortex_push(state, tick, tick->bar->high - tick->prev->low);
}

static double vortex_minus_step(void *state, const crucible__tick *tick) {
  return vortex_push(state, tick, tick->bar->low - tick->prev->high);
}

DEFINE_FEATURE(VORTEX_PLUS,
               "sum of |high - previous low| / sum of the true ranges; 0 if "
               "flat (Botes, Siepman 2010)",
               IN_RATIO, FROM_TALIB, PARAMS1(PERIOD(14)),
               RUNS(vortex, vortex_init, vortex_plus_step));
DEFINE_FEATURE(VORTEX_MINUS,
               "sum of |low - previous high| / sum of the true ranges; 0 if "
               "flat",
               IN_RATIO, FROM_TALIB, PARAMS1(PERIOD(14)),
               RUNS(vortex, vortex_init, vortex_minus_step));
