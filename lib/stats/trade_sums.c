/* SPDX-License-Identifier: Apache-2.0 */
/* Figures of closed trades, from what is remembered of each. */
#include <math.h>

#include "base/base_status.h"
#include "stats/figures.h"

static const double none = (double)NAN;

static double larger(double a, double b) { return b > a ? b : a; }
static uint64_t longer(uint64_t a, uint64_t b) { return b > a ? b : a; }

static void count_sign(crucible_trade_sums *s, const crucible_closed_trade *t) {
  const int64_t sign = (t->result > 0) - (t->result < 0);
  s->streak = sign == s->streak_sign ? s->streak + 1 : 1;
  s->streak_sign = sign;
  s->bars += t->bars;
  s->max_bars = longer(s->max_bars, t->bars);
  if (sign > 0) {
    ++s->n_won;
    s->gains += t->result;
    s->max_won_streak = longer(s->max_won_streak, s->streak);
    s->bars_won += t->bars;
    s->max_bars_won = longer(s->max_bars_won, t->bars);
  } else if (sign < 0) {
    ++s->n_lost;
    s->losses -= t->result;
    s->down2 += t->result * t->result;
    s->max_lost_streak = longer(s->max_lost_streak, s->streak);
    s->bars_lost += t->bars;
    s->max_bars_lost = longer(s->max_bars_lost, t->bars);
  }
}

/* The running sum of results against its peak, as it stood between trades and,
   by their excursions, inside of them. */
static void count_drawdown(crucible_trade_sums *s,
                           const crucible_closed_trade *t) {
  s->peak_inside =
      larger(s->peak_inside, s->total + t->mfe * t->entry_notional);
  s->max_drawdown_inside =
      larger(s->max_drawdown_inside,
             s->peak_inside - (s->total - t->mae * t->entry_notional));
  s->total += t->result;
  if (s->total >= s->peak) {
    s->peak = s->total;
    s->below_peak = 0;
  } else {
    ++s->below_peak;
    s->max_below_peak = longer(s->max_below_peak, s->below_peak);
    s->max_drawdown = larger(s->max_drawdown, s->peak - s->total);
  }
}

void crucible__trade_sums_push(crucible_trade_sums *s,
                               const crucible_closed_trade *t) {
  const double gained = t->result / t->entry_notional; /* a fraction */
  const double giveback = t->mfe - gained, d = t->result - s->mean;
  const int is_first = s->n == 0;
  ++s->n;
  s->mean += d / (double)s->n;
  s->m2 += d * (t->result - s->mean);
  s->n_long += t->side > 0;
  s->n_short += t->side < 0;
  s->best = is_first || t->result > s->best ? t->result : s->best;
  s->worst = is_first || t->result < s->worst ? t->result : s->worst;
  s->returns += gained;
  s->returns_won += t->result > 0 ? gained : 0;
  s->returns_lost += t->result < 0 ? gained : 0;
  s->best_return =
      is_first || gained > s->best_return ? gained : s->best_return;
  s->worst_return =
      is_first || gained < s->worst_return ? gained : s->worst_return;
  s->mae += t->mae;
  s->mfe += t->mfe;
  s->giveback += giveback;
  s->max_mae = larger(s->max_mae, t->mae);
  s->max_mfe = larger(s->max_mfe, t->mfe);
  s->max_giveback =
      is_first || giveback > s->max_giveback ? giveback : s->max_giveback;
  s->fee += t->fee;
  s->spread += t->spread;
  s->slippage += t->slippage;
  s->impact += t->impact;
  s->funding += t->funding;
  s->dust += t->dust;
  count_sign(s, t);
  count_drawdown(s, t);
}

static crucible_status check_finite(double value, const char *name) {
  if (!isfinite(value))
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "trade->%s is %g: give a finite number", name, value);
  return CRUCIBLE_OK;
}

/* NaN says that it is not known. */
static crucible_status check_share(double value, const char *name) {
  if (value < 0 || isinf(value))
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "trade->%s is %g: give a fraction >= 0, or NaN if it "
                          "is not known",
                          name, value);
  return CRUCIBLE_OK;
}

static crucible_status check_trade(const crucible_closed_trade *t) {
  CRUCIBLE__TRY(check_finite(t->result, "result"));
  CRUCIBLE__TRY(check_finite(t->fee, "fee"));
  CRUCIBLE__TRY(check_finite(t->spread, "spread"));
  CRUCIBLE__TRY(check_finite(t->slippage, "slippage"));
  CRUCIBLE__TRY(check_finite(t->impact, "impact"));
  CRUCIBLE__TRY(check_finite(t->funding, "funding"));
  CRUCIBLE__TRY(check_finite(t->dust, "dust"));
  CRUCIBLE__TRY(check_share(t->mae, "mae"));
  CRUCIBLE__TRY(check_share(t->mfe, "mfe"));
  if (t->entry_notional <= 0 || isinf(t->entry_notional))
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "trade->entry_notional is %g: give one > 0, or NaN "
                          "if it is not known",
                          t->entry_notional);
  if (t->side < -1 || t->side > 1)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "trade->side is %lld: give 1, -1, or 0 if it is not "
                          "known",
                          (long long)t->side);
  return CRUCIBLE_OK;
}

crucible_status crucible_trade_sums_push(crucible_trade_sums *sums,
                                         const crucible_closed_trade *trade) {
  if (sums == NULL || trade == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "%s is NULL: give one",
                          sums == NULL ? "sums" : "trade");
  CRUCIBLE__TRY(check_trade(trade));
  crucible__trade_sums_push(sums, trade);
  return CRUCIBLE_OK;
}

static void set_durations(const crucible_trade_sums *s,
                          crucible_trade_metrics *m) {
  m->mean_bars = crucible__or_nan((double)s->bars / (double)s->n);
  m->mean_bars_won = crucible__or_nan((double)s->bars_won / (double)s->n_won);
  m->mean_bars_lost =
      crucible__or_nan((double)s->bars_lost / (double)s->n_lost);
  m->max_bars = s->max_bars;
  m->max_bars_won = s->max_bars_won;
  m->max_bars_lost = s->max_bars_lost;
  m->median_bars = m->median_bars_won = m->median_bars_lost = none;
}

/* What is NaN where one trade's notional or excursion is not known; a sum that
   is not finite tells. */
static void set_fractions(const crucible_trade_sums *s,
                          crucible_trade_metrics *m) {
  const double n = (double)s->n;
  const int has_returns = s->n > 0 && isfinite(s->returns);
  const int has_mae = s->n > 0 && isfinite(s->mae);
  const int has_mfe = s->n > 0 && isfinite(s->mfe);
  m->mean_return = crucible__or_nan(s->returns / n);
  m->mean_return_won = crucible__or_nan(s->returns_won / (double)s->n_won);
  m->mean_return_lost = crucible__or_nan(s->returns_lost / (double)s->n_lost);
  m->best_return = has_returns ? crucible__or_nan(s->best_return) : none;
  m->worst_return = has_returns ? crucible__or_nan(s->worst_return) : none;
  m->mean_mae = crucible__or_nan(s->mae / n);
  m->max_mae = has_mae ? s->max_mae : none;
  m->mean_mfe = crucible__or_nan(s->mfe / n);
  m->max_mfe = has_mfe ? s->max_mfe : none;
  m->mean_giveback = crucible__or_nan(s->giveback / n);
  m->max_giveback =
      has_mfe && has_returns ? crucible__or_nan(s->max_giveback) : none;
  m->max_drawdown_inside = has_mae && has_mfe && has_returns
                               ? crucible__or_nan(s->max_drawdown_inside)
                               : none;
}

static void set_costs(const crucible_trade_sums *s, crucible_trade_metrics *m) {
  const double n = (double)s->n;
  const double cost = ((s->fee + s->spread) + (s->slippage + s->impact)) +
                      (s->funding + s->dust);
  const double gross = s->total + cost;
  m->mean_cost = crucible__or_nan(cost / n);
  m->mean_fee = crucible__or_nan(s->fee / n);
  m->mean_spread = crucible__or_nan(s->spread / n);
  m->mean_slippage = crucible__or_nan(s->slippage / n);
  m->mean_impact = crucible__or_nan(s->impact / n);
  m->mean_funding = crucible__or_nan(s->funding / n);
  m->mean_dust = crucible__or_nan(s->dust / n);
  m->cost_share = gross > 0 ? crucible__or_nan(cost / gross) : none;
}

static void set_dispersion(const crucible_trade_sums *s,
                           crucible_trade_metrics *m) {
  const double n = (double)s->n;
  m->stddev = s->n > 1 ? crucible__or_nan(sqrt(s->m2 / (n - 1))) : none;
  m->downside_deviation = crucible__or_nan(sqrt(s->down2 / n));
  m->sharpe = crucible__or_nan(m->mean_result / m->stddev);
  m->sortino = crucible__or_nan(m->mean_result / m->downside_deviation);
  m->sqn = crucible__or_nan(m->sharpe * sqrt(n));
}

void crucible__trade_metrics_from_sums(const crucible_trade_sums *s,
                                       crucible_trade_metrics *m) {
  const double n = (double)s->n;
  const double n_won = (double)s->n_won, n_lost = (double)s->n_lost;
  *m = (crucible_trade_metrics){.struct_size = sizeof *m, .n_trades = s->n};
  /* 0 / 0 is the NaN that the header promises. */
  m->win_rate = crucible__or_nan(n_won / n);
  m->profit_factor = crucible__or_nan(s->gains / s->losses);
  m->mean_result = crucible__or_nan((s->gains - s->losses) / n);
  m->mean_gain = crucible__or_nan(s->gains / n_won);
  m->mean_loss = crucible__or_nan(-s->losses / n_lost);
  m->best = s->n > 0 ? s->best : none;
  m->worst = s->n > 0 ? s->worst : none;
  m->expectancy = crucible__or_nan(m->mean_result / -m->mean_loss);
  m->n_won = s->n_won;
  m->n_lost = s->n_lost;
  m->n_long = s->n_long;
  m->n_short = s->n_short;
  m->loss_rate = crucible__or_nan(n_lost / n);
  m->win_loss_ratio = crucible__or_nan(n_won / n_lost);
  m->payoff_ratio = crucible__or_nan(m->mean_gain / -m->mean_loss);
  m->total = s->n > 0 ? crucible__or_nan(s->total) : none;
  m->max_won_streak = s->max_won_streak;
  m->max_lost_streak = s->max_lost_streak;
  m->max_drawdown = s->n > 0 ? crucible__or_nan(s->max_drawdown) : none;
  m->max_drawdown_trades = s->max_below_peak;
  m->profit_to_drawdown = crucible__or_nan(m->total / m->max_drawdown);
  m->median_result = none;
  set_dispersion(s, m);
  set_durations(s, m);
  set_fractions(s, m);
  set_costs(s, m);
}

crucible_status crucible_trade_sums_get(const crucible_trade_sums *sums,
                                        crucible_trade_metrics *metrics) {
  crucible_trade_metrics found;
  if (sums == NULL || metrics == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "%s is NULL: give one",
                          sums == NULL ? "sums" : "metrics");
  crucible__trade_metrics_from_sums(sums, &found);
  return crucible__result_write(metrics, &found, sizeof found,
                                "crucible_trade_metrics");
}
