/* SPDX-License-Identifier: Apache-2.0 */
/* A forecast that is fitted anew now and then, on past returns alone. */
#include <math.h>
#include <string.h>

#include <crucible/volatility.h>

#include "base/base_alloc.h"
#include "base/base_status.h"
#include "volatility/egarch_spec.h"

enum { FIRST_MIN = 100, WINDOW_MAX = 1 << 24 };

struct crucible_egarch_rolling {
  crucible_egarch_rolling_options options;
  double *returns; /* [2 * window]: the last ones, oldest first */
  size_t begin;    /* of the window in returns */
  size_t held;     /* returns in the window */
  uint64_t to_fit; /* returns still to come before the next fit */
  crucible_egarch_filter *filter; /* NULL before the first fit */
  crucible_egarch_params params;  /* behind filter */
};

static crucible_egarch_rolling_options rolling_defaults(void) {
  return (crucible_egarch_rolling_options){
      .struct_size = sizeof(crucible_egarch_rolling_options),
      .window = 4032,
      .first = 1008,
      .refit = 2016,
      .model = crucible__egarch_defaults()};
}

void crucible_egarch_rolling_options_init(
    crucible_egarch_rolling_options *options, size_t struct_size) {
  const crucible_egarch_rolling_options defaults = rolling_defaults();
  crucible__options_init(options, struct_size, &defaults, sizeof defaults);
}

static crucible_status
rolling_options_read(crucible_egarch_rolling_options *out,
                     const crucible_egarch_rolling_options *options) {
  crucible_egarch_rolling_options read = rolling_defaults();
  CRUCIBLE__TRY(crucible__options_read(&read, sizeof read, options,
                                       "crucible_egarch_rolling_options"));
  const crucible_egarch_options model = read.model;
  CRUCIBLE__TRY(crucible__egarch_options_read(&read.model, &model));
  if (read.first < FIRST_MIN + read.model.ar || read.first > read.window)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "first is %u: a fit needs %u returns, and no more "
                          "than the window of %u",
                          read.first, FIRST_MIN + read.model.ar, read.window);
  if (read.window > WINDOW_MAX)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "window is %u: give at most %d returns", read.window,
                          WINDOW_MAX);
  if (read.refit < 1)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "refit is 0: give the returns between two fits");
  if (read.reserved != 0)
    return crucible__fail(CRUCIBLE_E_VERSION,
                          "reserved is %u: leave it 0 or upgrade",
                          read.reserved);
  *out = read;
  return CRUCIBLE_OK;
}

crucible_status
crucible_egarch_rolling_create(const crucible_egarch_rolling_options *options,
                               crucible_egarch_rolling **rolling) {
  crucible_egarch_rolling_options chosen = rolling_defaults();
  if (rolling == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "rolling is NULL: give a place for the object");
  *rolling = NULL;
  CRUCIBLE__TRY(rolling_options_read(&chosen, options));
  crucible_egarch_rolling *made = crucible__alloc_zero(1, sizeof *made);
  if (made == NULL)
    return CRUCIBLE_E_NOMEM;
  made->options = chosen;
  made->to_fit = chosen.first;
  made->returns =
      crucible__alloc((size_t)chosen.window * 2, sizeof *made->returns);
  if (made->returns == NULL) {
    crucible_egarch_rolling_destroy(made);
    return CRUCIBLE_E_NOMEM;
  }
  *rolling = made;
  return CRUCIBLE_OK;
}

void crucible_egarch_rolling_destroy(crucible_egarch_rolling *rolling) {
  if (rolling == NULL)
    return;
  crucible_egarch_filter_destroy(rolling->filter);
  crucible__free(rolling->returns);
  crucible__free(rolling);
}

/* Puts value behind the window's end. Undone by nothing more than not counting
   it, since the window's own values stay where they are. */
static void append(crucible_egarch_rolling *rolling, double value) {
  if (rolling->begin + rolling->held == (size_t)rolling->options.window * 2) {
    memmove(rolling->returns, rolling->returns + rolling->begin,
            rolling->held * sizeof *rolling->returns);
    rolling->begin = 0;
  }
  rolling->returns[rolling->begin + rolling->held] = value;
}

/*
 * Fits the window that ends with the value just appended. No new filter and
 * CRUCIBLE_OK if these returns have no fit that is worth a change.
 */
static crucible_status fit(const crucible_egarch_rolling *rolling,
                           crucible_egarch_fit_result *found,
                           crucible_egarch_filter **filter) {
  const size_t n = rolling->held + 1;
  const size_t used = n < rolling->options.window ? n : rolling->options.window;
  *filter = NULL;
  const crucible_status status = crucible_egarch_fit(
      rolling->returns + rolling->begin + n - used, used,
      &rolling->options.model,
      rolling->filter == NULL ? NULL : &rolling->params, found);
  if (status == CRUCIBLE_E_DOMAIN)
    return CRUCIBLE_OK; /* the parameters there were go on */
  if (status != CRUCIBLE_OK)
    return status;
  if ((found->warnings & CRUCIBLE_FIT_NOT_CONVERGED) && rolling->filter != NULL)
    return CRUCIBLE_OK;
  return crucible_egarch_filter_start(
      &found->params, rolling->returns + rolling->begin + n - used, used,
      filter);
}

crucible_status crucible_egarch_rolling_push(crucible_egarch_rolling *rolling,
                                             double value, double *sigma) {
  if (rolling == NULL || sigma == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "%s is NULL: give one",
                          rolling == NULL ? "rolling" : "sigma");
  if (!isfinite(value))
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "value is %g: push finite returns only", value);
  crucible_egarch_fit_result found = {.struct_size = sizeof found};
  crucible_egarch_filter *fresh = NULL;
  append(rolling, value);
  if (rolling->to_fit == 1)
    CRUCIBLE__TRY(fit(rolling, &found, &fresh));
  rolling->to_fit =
      rolling->to_fit == 1 ? rolling->options.refit : rolling->to_fit - 1;
  if (rolling->held < rolling->options.window)
    ++rolling->held;
  else
    ++rolling->begin;
  if (fresh != NULL) { /* it has seen this return */
    crucible_egarch_filter_destroy(rolling->filter);
    rolling->filter = fresh;
    rolling->params = found.params;
    return crucible_egarch_filter_get_sigma(fresh, sigma);
  }
  if (rolling->filter != NULL)
    return crucible_egarch_filter_push(rolling->filter, value, sigma);
  *sigma = (double)NAN;
  return CRUCIBLE_OK;
}

crucible_status crucible_egarch_rolling_forecasts(
    const crucible_egarch_rolling_options *options, const double *close,
    size_t n, double *sigma) {
  crucible_egarch_rolling *rolling = NULL;
  if (close == NULL || sigma == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "%s is NULL: give an array",
                          close == NULL ? "close" : "sigma");
  if (n < 1)
    return crucible__fail(CRUCIBLE_E_TOO_SHORT,
                          "n is 0: at least 1 close is needed");
  for (size_t i = 0; i < n; ++i)
    if (!(close[i] > 0) || !isfinite(close[i]))
      return crucible__fail(CRUCIBLE_E_INVALID,
                            "close[%zu] is %g: prices are > 0", i, close[i]);
  /* Written only on success: fits run into a copy. */
  double *found = crucible__alloc(n, sizeof *found);
  if (found == NULL)
    return CRUCIBLE_E_NOMEM;
  crucible_status status = crucible_egarch_rolling_create(options, &rolling);
  found[0] = (double)NAN;
  for (size_t i = 1; i < n && status == CRUCIBLE_OK; ++i)
    status = crucible_egarch_rolling_push(rolling, log(close[i] / close[i - 1]),
                                          &found[i]);
  if (status == CRUCIBLE_OK)
    memcpy(sigma, found, n * sizeof *sigma);
  crucible_egarch_rolling_destroy(rolling);
  crucible__free(found);
  return status;
}
