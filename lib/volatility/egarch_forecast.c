/* SPDX-License-Identifier: Apache-2.0 */
/* Beyond the next return: expectations, quantiles, simulated series. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <crucible/volatility.h>

#include "base/base_alloc.h"
#include "base/base_status.h"
#include "volatility/egarch_expect.h"
#include "volatility/egarch_filter.h"
#include "volatility/egarch_spec.h"

enum {
  LAGS = CRUCIBLE__EGARCH_LAGS,
  ALPHA = CRUCIBLE__EGARCH_ALPHA,
  OMEGA = CRUCIBLE__EGARCH_OMEGA,
  HORIZON_MAX = 100000,
  PATHS_MIN = 100,
  PATHS_MAX = 1000000
};

static const double cells_max = 1e8; /* paths x steps */

static crucible_egarch_forecast_options forecast_defaults(void) {
  return (crucible_egarch_forecast_options){
      .struct_size = sizeof(crucible_egarch_forecast_options), .paths = 10000};
}

void crucible_egarch_forecast_options_init(
    crucible_egarch_forecast_options *options, size_t struct_size) {
  const crucible_egarch_forecast_options defaults = forecast_defaults();
  crucible__options_init(options, struct_size, &defaults, sizeof defaults);
}

static crucible_status
options_read(crucible_egarch_forecast_options *out, uint32_t horizon,
             const crucible_egarch_forecast_options *options) {
  crucible_egarch_forecast_options read = forecast_defaults();
  CRUCIBLE__TRY(crucible__options_read(&read, sizeof read, options,
                                       "crucible_egarch_forecast_options"));
  if (horizon < 1 || horizon > HORIZON_MAX)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "horizon is %u: give 1 to %d steps", horizon,
                          HORIZON_MAX);
  if (read.n_levels > 0 && (read.levels == NULL || read.quantiles == NULL))
    return crucible__fail(
        CRUCIBLE_E_INVALID, "n_levels is %zu, but %s is NULL: give an array",
        read.n_levels, read.levels == NULL ? "levels" : "quantiles");
  for (size_t i = 0; i < read.n_levels; ++i)
    if (!(read.levels[i] > 0 && read.levels[i] < 1))
      return crucible__fail(CRUCIBLE_E_INVALID,
                            "levels[%zu] is %g: give a probability inside "
                            "(0, 1)",
                            i, read.levels[i]);
  if (read.n_levels > 0 && (read.paths < PATHS_MIN || read.paths > PATHS_MAX ||
                            (double)read.paths * horizon > cells_max))
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "paths is %u: give %d to %d, and at most %g paths x "
                          "steps",
                          read.paths, PATHS_MIN, PATHS_MAX, cells_max);
  *out = read;
  return CRUCIBLE_OK;
}

/* Value i steps before step t (1 is the next return): among those to come, or
   of the filter's past. */
static double before(const double *to_come, const double *past, uint32_t t,
                     uint32_t i) {
  return t > i ? to_come[t - i - 1] : past[i - t];
}

/* E ln s2 of each step: the recursion with the expected news. */
static void fill_mean_log(const crucible_egarch_filter *filter,
                          uint32_t horizon, double size, double sign,
                          double *mean_log) {
  const crucible__egarch_form *form = &filter->form;
  const double *theta = filter->theta;
  mean_log[0] = filter->next;
  for (uint32_t t = 2; t <= horizon; ++t) {
    double h = theta[OMEGA];
    for (uint32_t i = 1; i <= (uint32_t)form->p; ++i)
      h += theta[ALPHA + i - 1] *
           (t > i ? size - filter->kappa
                  : filter->live[i - t] *
                        (fabs(filter->z[i - t]) - filter->kappa));
    for (uint32_t i = 1; i <= (uint32_t)form->o; ++i)
      h += theta[(uint32_t)form->gamma + i - 1] *
           (t > i ? sign : filter->z[i - t]);
    for (uint32_t i = 1; i <= (uint32_t)form->q; ++i)
      h += theta[(uint32_t)form->beta + i - 1] *
           before(mean_log, filter->h, t, i);
    mean_log[t - 1] = h;
  }
}

/*
 * ln E s2_t = E ln s2_t + sum over the news to come of
 * ln E exp(A (|z| - kappa) + G z) - E(A (|z| - kappa) + G z), A and G being
 * what news of k steps ago weigh: A_k = alpha_k + sum_i beta_i A_{k-i}. Returns
 * the first step at which there is no expectation, 0 if none.
 */
static uint32_t fill_mean(const crucible_egarch_filter *filter,
                          uint32_t horizon, double size, double sign,
                          const double *mean_log, double *mean) {
  const crucible__egarch_form *form = &filter->form;
  const double *theta = filter->theta;
  const crucible__egarch_law law = crucible__egarch_law_by(&filter->params);
  double a[LAGS] = {0}, g[LAGS] = {0}, more = 0;
  uint32_t infinite = 0;
  for (uint32_t t = 1; t <= horizon; ++t) {
    if (t > 1 && infinite == 0) {
      const int k = (int)(t - 1 < 1000000 ? t - 1 : 1000000);
      double by_size = k <= form->p ? theta[ALPHA + k - 1] : 0;
      double by_sign = k <= form->o ? theta[form->gamma + k - 1] : 0;
      for (int i = 0; i < form->q; ++i) {
        by_size += theta[form->beta + i] * a[i];
        by_sign += theta[form->beta + i] * g[i];
      }
      for (int i = LAGS - 1; i > 0; --i) {
        a[i] = a[i - 1];
        g[i] = g[i - 1];
      }
      a[0] = by_size;
      g[0] = by_sign;
      more += crucible__egarch_ln_moment(&law, form->cap, by_size, by_sign) -
              by_size * size - by_sign * sign;
    }
    mean[t - 1] = exp(mean_log[t - 1] + more);
    if (infinite == 0 && !isfinite(mean[t - 1]))
      infinite = t;
    if (infinite > 0)
      mean[t - 1] = (double)NAN;
  }
  return infinite;
}

static int by_value(const void *a, const void *b) {
  const double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

/* h [horizon][paths]: ln s2 of simulated futures, one stream per path. */
static void simulate_paths(const crucible_egarch_filter *filter,
                           const crucible_egarch_forecast_options *options,
                           uint32_t horizon, double *h) {
  const crucible__egarch_law law = crucible__egarch_law_by(&filter->params);
  for (uint32_t path = 0; path < options->paths; ++path) {
    crucible_egarch_filter at = *filter;
    crucible__rng rng;
    crucible__rng_init(&rng, options->seed, CRUCIBLE__RNG_EGARCH, path);
    for (uint32_t t = 0; t < horizon; ++t) {
      h[(size_t)t * options->paths + path] = at.next;
      crucible__egarch_push_residual(&at, crucible__egarch_draw(&law, &rng));
    }
  }
}

/* Linear between the order statistics, as R's type 7 and NumPy. */
static void fill_quantiles(const crucible_egarch_forecast_options *options,
                           uint32_t horizon, double *h, double *out) {
  const size_t paths = options->paths;
  for (uint32_t t = 0; t < horizon; ++t) {
    double *row = h + (size_t)t * paths;
    qsort(row, paths, sizeof *row, by_value);
    for (size_t i = 0; i < options->n_levels; ++i) {
      const double place = options->levels[i] * (double)(paths - 1);
      const size_t low = (size_t)place;
      const size_t high = low + 1 < paths ? low + 1 : low;
      const double low_value = exp(row[low]), high_value = exp(row[high]);
      out[(size_t)t * options->n_levels + i] =
          low_value + (place - (double)low) * (high_value - low_value);
    }
  }
}

crucible_status crucible_egarch_filter_forecast(
    const crucible_egarch_filter *filter, uint32_t horizon,
    const crucible_egarch_forecast_options *options, double *mean_log,
    double *mean, crucible_egarch_forecast_result *result) {
  crucible_egarch_forecast_options chosen = forecast_defaults();
  crucible_egarch_forecast_result found = {.struct_size = sizeof found};
  double size, sign, *logs = NULL, *means = NULL, *paths = NULL;
  if (filter == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "filter is NULL: give one of "
                                              "crucible_egarch_filter_start()");
  CRUCIBLE__TRY(options_read(&chosen, horizon, options));
  if (mean_log == NULL && mean == NULL && chosen.n_levels == 0)
    return crucible__fail(
        CRUCIBLE_E_INVALID,
        "mean_log, mean and quantiles are NULL: give an array "
        "for what is wanted");
  logs = crucible__alloc(horizon, 2 * sizeof *logs);
  if (logs != NULL && chosen.n_levels > 0)
    paths = crucible__alloc((size_t)chosen.paths * horizon, sizeof *paths);
  if (logs == NULL || (paths == NULL && chosen.n_levels > 0)) {
    crucible__free(logs);
    return CRUCIBLE_E_NOMEM;
  }
  means = logs + horizon;
  const crucible__egarch_law law = crucible__egarch_law_by(&filter->params);
  crucible__egarch_news_means(&law, filter->form.cap, &size, &sign);
  fill_mean_log(filter, horizon, size, sign, logs);
  if (mean != NULL)
    found.infinite_from = fill_mean(filter, horizon, size, sign, logs, means);
  crucible_status status = CRUCIBLE_OK;
  if (result != NULL)
    status = crucible__result_write(result, &found, sizeof found,
                                    "crucible_egarch_forecast_result");
  if (status == CRUCIBLE_OK) {
    if (mean_log != NULL)
      memcpy(mean_log, logs, horizon * sizeof *logs);
    if (mean != NULL)
      memcpy(mean, means, horizon * sizeof *means);
    if (paths != NULL) {
      simulate_paths(filter, &chosen, horizon, paths);
      fill_quantiles(&chosen, horizon, paths, chosen.quantiles);
    }
  }
  crucible__free(paths);
  crucible__free(logs);
  return status;
}

crucible_status
crucible_egarch_innovations(const crucible_egarch_params *params, uint64_t seed,
                            size_t n, double *innovations) {
  crucible_egarch_params read = {0};
  crucible__rng rng;
  if (innovations == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "innovations is NULL: give an array");
  CRUCIBLE__TRY(crucible__egarch_params_read(&read, params));
  const crucible__egarch_law law = crucible__egarch_law_by(&read);
  crucible__rng_init(&rng, seed, CRUCIBLE__RNG_EGARCH,
                     (UINT64_C(1) << 48) - 1); /* no path of a forecast */
  for (size_t i = 0; i < n; ++i)
    innovations[i] = crucible__egarch_draw(&law, &rng);
  return CRUCIBLE_OK;
}

crucible_status crucible_egarch_simulate(const crucible_egarch_filter *filter,
                                         const double *innovations, size_t n,
                                         double *returns, double *sigma) {
  if (filter == NULL || innovations == NULL || returns == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "%s is NULL: give one",
                          filter == NULL        ? "filter"
                          : innovations == NULL ? "innovations"
                                                : "returns");
  for (size_t i = 0; i < n; ++i)
    if (!(fabs(innovations[i]) <= 1e100))
      return crucible__fail(CRUCIBLE_E_INVALID,
                            "innovations[%zu] is %g: give finite ones, at "
                            "most 1e100",
                            i, innovations[i]);
  crucible_egarch_filter at = *filter;
  for (size_t i = 0; i < n; ++i) {
    const double s = 1 / at.inverse;
    returns[i] = crucible__egarch_push_residual(&at, innovations[i]);
    if (sigma != NULL)
      sigma[i] = s;
  }
  return CRUCIBLE_OK;
}
