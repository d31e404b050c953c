/* SPDX-License-Identifier: Apache-2.0 */
#include "stats/figures.h"

#include <float.h>
#include <math.h>

#include "stats/moments.h"
#include "stats/sharpe_law.h"

static const double none = (double)NAN;

double crucible__or_nan(double value) { return isfinite(value) ? value : none; }

/* growth over so many bars, as the growth of a year, - 1 */
static double annualised(double growth, double bars, double per_year) {
  return growth > 0 ? crucible__or_nan(expm1(log(growth) / (bars / per_year)))
                    : -1;
}

/* (1 + x)^n - 1 */
static double compound(double x, double n) { return expm1(n * log1p(x)); }

/* What n additions in lanes may have lost, relative to the sum of the sizes of
   what was added: each lane rounds n / 8 times by at most half an epsilon, and
   equal values round to the same side. */
static double rounding_of(double n) { return (n / 4 + 16) * DBL_EPSILON; }

/* Whether squared deviations m2 that were left of raw squares tell no more
   than that the values are equal. */
static int is_noise(double n, double mean, double m2, double raw) {
  const crucible__moment_sums sums = {.n = n, .mean = mean, .m2 = m2};
  return m2 <= rounding_of(n) * raw || crucible__moments_are_noise(&sums);
}

void crucible__metrics_undefined(crucible_metrics *m) {
  *m = (crucible_metrics){.struct_size = sizeof *m};
  m->total_return = m->annualised_return = m->annualised_volatility = none;
  m->sharpe = m->annualised_sharpe = m->sortino = m->annualised_sortino = none;
  m->max_drawdown = m->calmar = m->skewness = m->kurtosis = none;
  m->psr = m->min_trl = m->dsr = m->mean_return = m->stddev = none;
  m->best_return = m->worst_return = m->share_up = m->share_down = none;
  m->downside_deviation = m->annualised_downside_deviation = m->omega = none;
  m->mean_drawdown = m->mean_drawdown_bars = m->open_drawdown = none;
  m->ulcer_index = m->martin = none;
  m->value_at_risk = m->conditional_value_at_risk = none;
  m->tail_ratio = m->common_sense = none;
  m->benchmark_return = m->annualised_benchmark_return = none;
  m->beta = m->alpha = m->tracking_error = m->information_ratio = none;
  m->treynor = m->capture = m->up_capture = m->down_capture = none;
}

/* Third and fourth moments of what differs. What cancels takes digits along:
   they are not defined where less than six would be left. */
static void set_shape(const crucible__return_sums *sums, double mean, double m2,
                      crucible_metrics *m) {
  const double n = (double)sums->n, variance = m2 / n, square = mean * mean;
  const double r2 = crucible__lanes_sum(sums->r2);
  const double r3 = crucible__lanes_sum(sums->r3);
  const double r4 = crucible__lanes_sum(sums->r4);
  const double m3 = r3 - 3 * mean * r2 + 2 * n * square * mean;
  const double m4 =
      r4 - 4 * mean * r3 + 6 * square * r2 - 3 * n * square * square;
  const double size3 =
      fabs(r3) + 3 * fabs(mean) * r2 + 2 * n * square * fabs(mean);
  const double size4 =
      r4 + 4 * fabs(mean * r3) + 6 * square * r2 + 3 * n * square * square;
  const double unit3 = variance * sqrt(variance), unit4 = variance * variance;
  const double lost = rounding_of(n) * 1e6;
  if (!isnormal(unit4) || !(lost * size3 <= n * unit3) ||
      !(lost * size4 <= n * unit4))
    return;
  m->skewness = crucible__or_nan(m3 / n / unit3);
  m->kurtosis = crucible__or_nan(m4 / n / unit4);
}

static void set_ratios(const crucible__return_sums *sums,
                       const crucible_metrics_options *options,
                       crucible_metrics *m) {
  const double n = (double)sums->n, root = sqrt(options->periods_per_year);
  const double r1 = crucible__lanes_sum(sums->r1);
  const double r2 = crucible__lanes_sum(sums->r2);
  const double mean = r1 / n, m2 = r2 - mean * r1;
  m->mean_return = crucible__or_nan(mean);
  if (sums->n < 2 || !isfinite(m2))
    return;
  if (is_noise(n, mean, m2, r2)) {
    m->stddev = m->annualised_volatility = 0;
    return;
  }
  m->stddev = sqrt(m2 / (n - 1));
  m->annualised_volatility = crucible__or_nan(m->stddev * root);
  m->sharpe = crucible__or_nan((mean - options->risk_free) / m->stddev);
  m->annualised_sharpe = crucible__or_nan(m->sharpe * root);
  set_shape(sums, mean, m2, m);
  const crucible__sharpe_law law =
      crucible__sharpe_law_from(m->sharpe, m->skewness, m->kurtosis, n);
  m->psr = crucible__sharpe_p(&law, options->benchmark_sharpe);
  m->dsr = crucible__sharpe_p(&law, 0);
  m->min_trl = crucible__sharpe_min_trl(&law, options->benchmark_sharpe, 0.95);
}

void crucible__metrics_set_target(double gain, double loss, double down2,
                                  const crucible_metrics_options *options,
                                  crucible_metrics *m) {
  const double root = sqrt(options->periods_per_year);
  const double downside = sqrt(down2 / (double)m->n_returns);
  m->downside_deviation = crucible__or_nan(downside);
  m->annualised_downside_deviation = crucible__or_nan(downside * root);
  m->sortino =
      crucible__or_nan((m->mean_return - options->target_return) / downside);
  m->annualised_sortino = crucible__or_nan(m->sortino * root);
  m->omega = crucible__or_nan(gain / loss);
}

static void set_drawdowns(const crucible__return_sums *sums,
                          crucible_metrics *m) {
  const double d = sums->peak - sums->previous;
  const double squares =
      sums->squared_depths + crucible__return_sums_below2(sums) +
      (double)sums->idle * (d * d) / (sums->peak * sums->peak);
  const int is_open = sums->trough < sums->peak;
  const uint64_t n = sums->n_drawdowns + (is_open ? 1 : 0);
  m->open_drawdown = is_open ? 1 - sums->trough / sums->peak : 0;
  m->open_drawdown_bars = sums->bars - sums->peak_at;
  m->n_drawdowns = n;
  m->max_drawdown = fmax(sums->max_drawdown, m->open_drawdown);
  m->max_drawdown_bars = m->open_drawdown_bars > sums->max_drawdown_bars
                             ? m->open_drawdown_bars
                             : sums->max_drawdown_bars;
  m->mean_drawdown =
      crucible__or_nan((sums->drawdown_sum + m->open_drawdown) / (double)n);
  m->mean_drawdown_bars = crucible__or_nan(
      (double)(sums->drawdown_bars + m->open_drawdown_bars) / (double)n);
  m->ulcer_index = crucible__or_nan(sqrt(squares / (double)sums->bars));
}

/* Growth of a year from the lanes' products over n bars, - 1; in logarithms,
   since a product over years of bars that all rose leaves the doubles. */
static double annualised_lanes(const double lane[CRUCIBLE__LANES], uint64_t n,
                               double per_year) {
  double logs[CRUCIBLE__LANES];
  for (size_t i = 0; i < CRUCIBLE__LANES; ++i)
    logs[i] = log(lane[i]);
  return expm1(crucible__lanes_sum(logs) / ((double)n / per_year));
}

static double growth_of(const crucible__market_sums *market) {
  double growth = 1;
  for (size_t i = 0; i < CRUCIBLE__LANES; ++i)
    growth *= market->up[i] * market->down[i];
  return growth;
}

/* Against the benchmark, over the same bars. */
static void set_market(const crucible__return_sums *sums,
                       const crucible__market_sums *market,
                       const crucible_metrics_options *options,
                       crucible_metrics *m) {
  const double n = (double)market->n, per_year = options->periods_per_year;
  const double growth = growth_of(market);
  m->benchmark_return = crucible__or_nan(growth - 1);
  m->annualised_benchmark_return = annualised(growth, n, per_year);
  if (market->n != sums->n)
    return;
  m->capture =
      crucible__or_nan(m->annualised_return / m->annualised_benchmark_return);
  m->up_capture =
      crucible__or_nan(annualised_lanes(sums->up, market->n_up, per_year) /
                       annualised_lanes(market->up, market->n_up, per_year));
  m->down_capture = crucible__or_nan(
      annualised_lanes(sums->down, market->n_down, per_year) /
      annualised_lanes(market->down, market->n_down, per_year));
  if (market->n < 2)
    return;
  const double r2 = crucible__lanes_sum(sums->r2);
  const double b1 = crucible__lanes_sum(market->b1), mean = b1 / n;
  const double b2 = crucible__lanes_sum(market->b2);
  const double rb = crucible__lanes_sum(sums->with_market);
  const double active = m->mean_return - mean;
  const double squares = r2 - 2 * rb + b2 - n * (active * active);
  if (is_noise(n, active, squares, r2 + b2)) {
    m->tracking_error = 0;
  } else {
    const double stddev = sqrt(squares / (n - 1));
    m->tracking_error = crucible__or_nan(stddev * sqrt(per_year));
    m->information_ratio = crucible__or_nan(active / stddev);
  }
  const double variance = b2 - mean * b1;
  if (is_noise(n, mean, variance, b2))
    return;
  const double rf = options->risk_free;
  m->beta = crucible__or_nan((rb - m->mean_return * b1) / variance);
  m->alpha = crucible__or_nan(
      compound((m->mean_return - rf) - m->beta * (mean - rf), per_year));
  m->treynor = crucible__or_nan(
      (compound(m->mean_return, per_year) - compound(rf, per_year)) / m->beta);
}

void crucible__metrics_from_sums(const crucible__return_sums *sums,
                                 const crucible__market_sums *market,
                                 const crucible_metrics_options *options,
                                 crucible_metrics *m) {
  crucible__metrics_undefined(m);
  m->n_returns = sums->n;
  if (sums->n == 0)
    return;
  const double n = (double)sums->n, per_year = options->periods_per_year;
  const double growth = sums->previous / sums->first;
  m->total_return = crucible__or_nan(growth - 1);
  m->annualised_return = annualised(growth, (double)sums->bars, per_year);
  m->best_return = crucible__or_nan(sums->best);
  m->worst_return = crucible__or_nan(sums->worst);
  m->share_up = (double)sums->n_up / n;
  m->share_down = (double)sums->n_down / n;
  set_drawdowns(sums, m);
  m->calmar = crucible__or_nan(m->annualised_return / m->max_drawdown);
  m->martin = crucible__or_nan(
      (m->annualised_return - compound(options->risk_free, per_year)) /
      m->ulcer_index);
  set_ratios(sums, options, m);
  if (options->target_return == 0) {
    const double gain = crucible__lanes_sum(sums->gain);
    crucible__metrics_set_target(gain, gain - crucible__lanes_sum(sums->r1),
                                 crucible__lanes_sum(sums->down2), options, m);
  }
  if (market != NULL && market->n > 0)
    set_market(sums, market, options, m);
}
