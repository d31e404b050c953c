/* SPDX-License-Identifier: Apache-2.0 */
/* Heterogeneous autoregression of variances. */
#include "volatility/har.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "base/base_alloc.h"
#include "base/base_status.h"
#include "math/small_matrix.h"

enum {
  BLOCK = CRUCIBLE__HAR_BLOCK,
  LAGS = CRUCIBLE_HAR_LAGS_MAX,
  LAG_MAX = 1 << 20,
  WINDOW_MAX = 1 << 20,
  FIRST_MIN = 50
};

static crucible_har_options har_defaults(void) {
  return (crucible_har_options){.struct_size = sizeof(crucible_har_options),
                                .lags = {1, 12, 288, 2016},
                                .horizon = 1,
                                .window = 8064,
                                .first = 2016,
                                .refit = 288,
                                .floor = 0.1};
}

void crucible_har_options_init(crucible_har_options *options,
                               size_t struct_size) {
  const crucible_har_options defaults = har_defaults();
  crucible__options_init(options, struct_size, &defaults, sizeof defaults);
}

static crucible_status check_lags(const uint32_t *lags) {
  if (lags[0] == 0)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "lags[0] is 0: give the bars behind the first mean");
  int ended = 0;
  for (size_t i = 0; i < LAGS; ++i) {
    if (lags[i] > LAG_MAX)
      return crucible__fail(CRUCIBLE_E_INVALID,
                            "lags[%zu] is %u: give at most %d", i, lags[i],
                            LAG_MAX);
    if (i > 0 && lags[i] != 0 && (ended || lags[i] <= lags[i - 1]))
      return crucible__fail(CRUCIBLE_E_INVALID,
                            "lags[%zu] is %u after %u: give them ascending, "
                            "then 0",
                            i, lags[i], lags[i - 1]);
    ended = ended || lags[i] == 0;
  }
  return CRUCIBLE_OK;
}

static crucible_status options_read(crucible_har_options *out,
                                    const crucible_har_options *options) {
  crucible_har_options read = har_defaults();
  CRUCIBLE__TRY(crucible__options_read(&read, sizeof read, options,
                                       "crucible_har_options"));
  CRUCIBLE__TRY(check_lags(read.lags));
  if (read.horizon < 1 || read.horizon > LAG_MAX)
    return crucible__fail(CRUCIBLE_E_INVALID, "horizon is %u: give 1 to %d",
                          read.horizon, LAG_MAX);
  if (read.first < FIRST_MIN || read.first > read.window)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "first is %u: a fit needs %d observations, and no "
                          "more than the window of %u",
                          read.first, FIRST_MIN, read.window);
  if (read.window > WINDOW_MAX)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "window is %u: give at most %d observations",
                          read.window, WINDOW_MAX);
  if (read.refit < 1)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "refit is 0: give the bars between two fits");
  if (!(read.floor > 0 && read.floor <= 1))
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "floor is %g: give a number in (0, 1]", read.floor);
  *out = read;
  return CRUCIBLE_OK;
}

crucible_status crucible__har_make(const crucible_har_options *options,
                                   crucible_har **har) {
  crucible_har_options chosen;
  *har = NULL;
  CRUCIBLE__TRY(options_read(&chosen, options));
  crucible_har *made = crucible__alloc_zero(1, sizeof *made);
  if (made == NULL)
    return CRUCIBLE_E_NOMEM;
  made->options = chosen;
  while (made->k < LAGS && chosen.lags[made->k] > 0)
    ++made->k;
  const size_t longest = chosen.lags[made->k - 1] > chosen.horizon
                             ? chosen.lags[made->k - 1]
                             : chosen.horizon;
  made->ring = (longest / BLOCK + 2) * BLOCK;
  made->room = 2 * ((size_t)chosen.window + chosen.horizon);
  made->to_fit = chosen.first;
  made->last = crucible__alloc_zero(made->ring, sizeof *made->last);
  made->block = crucible__alloc_zero(made->ring / BLOCK, sizeof *made->block);
  made->mean = crucible__alloc(made->room, made->k * sizeof *made->mean);
  made->target = crucible__alloc(made->room, sizeof *made->target);
  if (made->last == NULL || made->block == NULL || made->mean == NULL ||
      made->target == NULL) {
    crucible_har_destroy(made);
    return CRUCIBLE_E_NOMEM;
  }
  *har = made;
  return CRUCIBLE_OK;
}

crucible_status crucible_har_create(const crucible_har_options *options,
                                    crucible_har **har) {
  if (har == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "har is NULL: give a place for the object");
  return crucible__har_make(options, har);
}

void crucible_har_destroy(crucible_har *har) {
  if (har == NULL)
    return;
  crucible__free(har->last);
  crucible__free(har->block);
  crucible__free(har->mean);
  crucible__free(har->target);
  crucible__free(har);
}

/* ---- means of the last variances ---- */

static void take(crucible_har *har, double variance) {
  const size_t at = (size_t)(har->count % har->ring);
  har->last[at] = variance;
  ++har->count;
  if (at % BLOCK != BLOCK - 1)
    return;
  double sum = 0;
  for (size_t i = at + 1 - BLOCK; i <= at; ++i)
    sum += har->last[i];
  har->block[at / BLOCK] = sum;
}

/* Of the last n, n <= count. */
static double mean_of_last(const crucible_har *har, size_t n) {
  uint64_t i = har->count - n;
  double sum = 0;
  while (i < har->count) {
    const size_t at = (size_t)(i % har->ring);
    if (at % BLOCK == 0 && i + BLOCK <= har->count) {
      sum += har->block[at / BLOCK];
      i += BLOCK;
    } else {
      sum += har->last[at];
      ++i;
    }
  }
  return sum / (double)n;
}

/* ---- observations ---- */

static void append(crucible_har *har) {
  const size_t k = har->k, most = har->room / 2;
  if (har->begin + har->rows == har->room) {
    memmove(har->mean, har->mean + har->begin * k,
            har->rows * k * sizeof *har->mean);
    memmove(har->target, har->target + har->begin,
            har->rows * sizeof *har->target);
    har->begin = 0;
  }
  double *row = har->mean + (har->begin + har->rows) * k;
  for (size_t j = 0; j < k; ++j)
    row[j] = mean_of_last(har, har->options.lags[j]);
  har->target[har->begin + har->rows] = 0;
  if (har->rows < most)
    ++har->rows;
  else
    ++har->begin;
}

/* ---- least squares ---- */

typedef struct moments {
  double x[LAGS], y;
  double xx[LAGS * LAGS], xy[LAGS], yy;
  double highest;
} moments;

static moments moments_of(const crucible_har *har, const double *mean,
                          const double *target, size_t n) {
  const size_t k = har->k;
  moments m = {.y = 0};
  for (size_t i = 0; i < n; ++i) {
    for (size_t j = 0; j < k; ++j)
      m.x[j] += mean[i * k + j];
    m.y += target[i];
    m.highest = fmax(m.highest, target[i]);
  }
  for (size_t j = 0; j < k; ++j)
    m.x[j] /= (double)n;
  m.y /= (double)n;
  if (!(m.y > 0))
    return m;
  for (size_t i = 0; i < n; ++i) { /* in units of the mean target */
    double e[LAGS];
    const double u = (target[i] - m.y) / m.y;
    for (size_t j = 0; j < k; ++j)
      e[j] = (mean[i * k + j] - m.x[j]) / m.y;
    for (size_t j = 0; j < k; ++j) {
      for (size_t l = 0; l <= j; ++l)
        m.xx[j * k + l] += e[j] * e[l];
      m.xy[j] += e[j] * u;
    }
    m.yy += u * u;
  }
  return m;
}

/* With the rows whose targets are known, the newest window of them. */
static void fit(crucible_har *har) {
  const size_t known = har->rows - har->options.horizon, k = har->k;
  const size_t n = known < har->options.window ? known : har->options.window;
  const size_t from = har->begin + known - n;
  moments m = moments_of(har, har->mean + from * k, har->target + from, n);
  double b[LAGS];
  memcpy(b, m.xy, sizeof b);
  if (!(m.y >= DBL_MIN) || !crucible__cholesky(m.xx, k))
    return; /* the fit there was goes on */
  crucible__solve_lower(m.xx, k, b);
  crucible__solve_lower_transposed(m.xx, k, b);
  crucible_har_info info = {.n = n, .constant = m.y};
  double explained = 0;
  for (size_t j = 0; j < k; ++j) {
    info.coefficients[j] = b[j];
    info.constant -= b[j] * m.x[j];
    explained += b[j] * m.xy[j];
  }
  info.r_squared = m.yy > 0 ? explained / m.yy : 0;
  har->info = info;
  har->low = fmax(har->options.floor * m.y, DBL_MIN);
  har->high = m.highest;
}

static double forecast_of(const crucible_har *har) {
  if (har->info.n == 0)
    return (double)NAN;
  const double *row = har->mean + (har->begin + har->rows - 1) * har->k;
  double sum = har->info.constant;
  for (size_t j = 0; j < har->k; ++j)
    sum += har->info.coefficients[j] * row[j];
  return fmin(fmax(sum, har->low), har->high);
}

crucible_status crucible_har_push(crucible_har *har, double variance,
                                  double *forecast) {
  if (har == NULL || forecast == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "%s is NULL: give one",
                          har == NULL ? "har" : "forecast");
  if (!(variance >= 0 && variance <= 1e100))
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "variance is %g: push variances in [0, 1e100]; leave "
                          "out bars with gaps",
                          variance);
  const size_t horizon = har->options.horizon;
  take(har, variance);
  if (har->rows >= horizon) /* the row that saw horizon fewer */
    har->target[har->begin + har->rows - horizon] = mean_of_last(har, horizon);
  if (har->count >= har->options.lags[har->k - 1]) {
    append(har);
    if (har->rows > horizon && --har->to_fit == 0) {
      fit(har);
      har->to_fit = har->options.refit;
    }
  }
  *forecast = forecast_of(har);
  return CRUCIBLE_OK;
}

crucible_status crucible_har_get_info(const crucible_har *har,
                                      crucible_har_info *info) {
  if (har == NULL || info == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "%s is NULL: give one",
                          har == NULL ? "har" : "info");
  return crucible__result_write(info, &har->info, sizeof har->info,
                                "crucible_har_info");
}

crucible_status crucible_har_forecasts(const crucible_har_options *options,
                                       const double *variance, size_t n,
                                       double *forecast) {
  crucible_har *har = NULL;
  if (variance == NULL || forecast == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "%s is NULL: give an array",
                          variance == NULL ? "variance" : "forecast");
  if (n < 1)
    return crucible__fail(CRUCIBLE_E_TOO_SHORT,
                          "n is 0: at least 1 variance is needed");
  for (size_t i = 0; i < n; ++i)
    if (!(variance[i] >= 0 && variance[i] <= 1e100))
      return crucible__fail(CRUCIBLE_E_INVALID,
                            "variance[%zu] is %g: give variances in [0, "
                            "1e100]; leave out bars with gaps",
                            i, variance[i]);
  crucible_status status = crucible_har_create(options, &har);
  for (size_t i = 0; i < n && status == CRUCIBLE_OK; ++i)
    status = crucible_har_push(har, variance[i], &forecast[i]);
  crucible_har_destroy(har);
  return status;
}
