/* SPDX-License-Identifier: Apache-2.0 */
/* Options, the batch, and what an estimate is used for. */
#include <math.h>

#include "base/base_status.h"
#include "costs/cost_model.h"
#include "costs/impact_fit.h"
#include "costs/impact_stream.h"
#include "series/bar_rules.h"

static const crucible_impact_options defaults = {.struct_size = sizeof defaults,
                                                 .horizon_ms = 300000,
                                                 .window = 12,
                                                 .share_min = 0x1p-20,
                                                 .share_max = 1,
                                                 .max_exponent_se = 0.25,
                                                 .min_orders = 100,
                                                 .min_blocks = 10};

void crucible_impact_options_init(crucible_impact_options *options,
                                  size_t struct_size) {
  crucible__options_init(options, struct_size, &defaults, sizeof defaults);
}

static crucible_status check_kinds(const crucible_impact_options *options) {
  if (options->measure < CRUCIBLE_IMPACT_OF_ORDERS ||
      options->measure > CRUCIBLE_IMPACT_OF_FLOW)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "measure is %d: give a CRUCIBLE_IMPACT_OF_* constant",
                          options->measure);
  if (options->reference != CRUCIBLE_IMPACT_FROM_PRINT &&
      options->reference != CRUCIBLE_IMPACT_FROM_QUOTE)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "reference is %d: give a CRUCIBLE_IMPACT_FROM_* "
                          "constant",
                          options->reference);
  if (options->errors != CRUCIBLE_IMPACT_ERRORS_BLOCKS &&
      options->errors != CRUCIBLE_IMPACT_ERRORS_INDEPENDENT)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "errors is %d: give a CRUCIBLE_IMPACT_ERRORS_* "
                          "constant",
                          options->errors);
  if (options->reserved != 0)
    return crucible__fail(CRUCIBLE_E_VERSION, "reserved is %d: leave it 0",
                          options->reserved);
  return CRUCIBLE_OK;
}

crucible_status
crucible__impact_options_read(crucible_impact_options *read,
                              const crucible_impact_options *options) {
  *read = defaults;
  CRUCIBLE__TRY(crucible__options_read(read, sizeof *read, options,
                                       "crucible_impact_options"));
  CRUCIBLE__TRY(check_kinds(read));
  if (read->horizon_ms < 1 || read->horizon_ms > INT64_C(86400000000))
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "horizon_ms is %lld: give the length of a bar, 1 ms "
                          "to 1,000 days",
                          (long long)read->horizon_ms);
  if (read->window < 1 || read->window > 100000)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "window is %zu: give 1 to 100,000 bars",
                          read->window);
  if (!(read->exponent >= 0 && read->exponent <= 1))
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "exponent is %g: give > 0 and <= 1 to hold it, or 0 "
                          "to estimate it",
                          read->exponent);
  if (!(read->share_min > 0 && read->share_min <= read->share_max &&
        read->share_max <= 1e6))
    return crucible__fail(
        CRUCIBLE_E_INVALID,
        "share_min is %g and share_max %g: give 0 < share_min "
        "<= share_max <= 1e6",
        read->share_min, read->share_max);
  if (!(read->max_exponent_se > 0))
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "max_exponent_se is %g: give a standard error > 0",
                          read->max_exponent_se);
  if (read->min_orders < 3 || read->min_blocks < 3 || read->min_blocks > 32)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "min_orders is %llu and min_blocks %llu: give at "
                          "least 3, and at most 32 blocks",
                          (unsigned long long)read->min_orders,
                          (unsigned long long)read->min_blocks);
  return CRUCIBLE_OK;
}

crucible_status crucible_impact_stream_fit(const crucible_impact_stream *stream,
                                           crucible_impact_fit *fit) {
  if (stream == NULL || fit == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "%s is NULL",
                          stream == NULL ? "stream" : "fit");
  crucible_impact_fit made = {.struct_size = sizeof made,
                              .horizon_ms = stream->options.horizon_ms,
                              .n_warmup = stream->n_warmup,
                              .n_still = stream->n_still,
                              .n_outside = stream->n_outside,
                              .n_thin = stream->n_thin,
                              .n_unquoted = stream->n_unquoted};
  crucible__impact_fit_sums(&stream->sums, &stream->options, &made);
  return crucible__result_write(fit, &made, sizeof made, "fit");
}

crucible_status
crucible_impact_stream_curve(const crucible_impact_stream *stream,
                             crucible_impact_point *points, size_t capacity,
                             size_t *n) {
  if (stream == NULL || n == NULL || (points == NULL && capacity > 0))
    return crucible__fail(CRUCIBLE_E_INVALID, "%s is NULL",
                          stream == NULL ? "stream"
                          : n == NULL    ? "n"
                                         : "points");
  size_t count = 0;
  for (size_t k = 0; k < CRUCIBLE__IMPACT_BINS; ++k) {
    const crucible__impact_bin *bin = &stream->sums.bin[k];
    if (bin->n == 0)
      continue;
    if (count < capacity)
      points[count] =
          (crucible_impact_point){.share = crucible__impact_bin_share(k),
                                  .cost_sigma = bin->c / bin->s,
                                  .n_orders = bin->n};
    ++count;
  }
  *n = count;
  return CRUCIBLE_OK;
}

static crucible_status push_all(crucible_impact_stream *stream,
                                const crucible_prints *prints,
                                const crucible_quote *quotes, size_t n_quotes) {
  size_t q = 0;
  for (size_t i = 0; i <= prints->n; ++i) {
    for (; q < n_quotes &&
           (i == prints->n || quotes[q].time_ms < prints->time_ms[i]);
         ++q) {
      crucible_status status =
          crucible_impact_stream_push_quote(stream, &quotes[q]);
      if (status != CRUCIBLE_OK)
        return crucible__fail_at(status, "quotes[%zu]", q);
    }
    if (i == prints->n)
      break;
    const crucible_print print = {.time_ms = prints->time_ms[i],
                                  .price = prints->price[i],
                                  .quantity = prints->quantity[i],
                                  .side = prints->side[i]};
    crucible_status status = crucible_impact_stream_push_print(stream, &print);
    if (status != CRUCIBLE_OK)
      return crucible__fail_at(status, "prints[%zu]", i);
  }
  return CRUCIBLE_OK;
}

crucible_status crucible_impact_estimate(const crucible_prints *prints,
                                         const crucible_quote *quotes,
                                         size_t n_quotes,
                                         const crucible_impact_options *options,
                                         crucible_impact_fit *fit) {
  crucible_prints read = {.struct_size = sizeof read};
  if (prints == NULL || fit == NULL || (quotes == NULL && n_quotes > 0))
    return crucible__fail(CRUCIBLE_E_INVALID, "%s is NULL",
                          prints == NULL ? "prints"
                          : fit == NULL  ? "fit"
                                         : "quotes");
  CRUCIBLE__TRY(
      crucible__options_read(&read, sizeof read, prints, "crucible_prints"));
  if (read.n > 0 && (read.time_ms == NULL || read.price == NULL ||
                     read.quantity == NULL || read.side == NULL))
    return crucible__fail(CRUCIBLE_E_INVALID, "prints.%s is NULL",
                          read.time_ms == NULL    ? "time_ms"
                          : read.price == NULL    ? "price"
                          : read.quantity == NULL ? "quantity"
                                                  : "side");
  crucible_impact_stream *stream;
  CRUCIBLE__TRY(crucible_impact_stream_create(options, &stream));
  crucible_status status =
      stream->options.measure == CRUCIBLE_IMPACT_OF_BOOK
          ? crucible__fail(CRUCIBLE_E_INVALID,
                           "measure is CRUCIBLE_IMPACT_OF_BOOK, but there are "
                           "no books here: push them to a stream")
          : push_all(stream, &read, quotes, n_quotes);
  if (status == CRUCIBLE_OK)
    status = crucible_impact_stream_fit(stream, fit);
  crucible_impact_stream_destroy(stream);
  return status;
}

static crucible_status take_fit(const crucible_impact_fit *fit,
                                crucible_impact_fit *read) {
  *read = (crucible_impact_fit){.struct_size = sizeof *read};
  CRUCIBLE__TRY(
      crucible__options_read(read, sizeof *read, fit, "crucible_impact_fit"));
  if (!(read->y >= 0 && read->y <= 1e6))
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "fit.y is %g: costs take 0 to 1e6; hold the exponent "
                          "(options.exponent = 0.5) or keep the default",
                          read->y);
  if (read->horizon_ms <= 0)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "fit.horizon_ms is %lld: give an estimate of "
                          "crucible_impact_stream_fit()",
                          (long long)read->horizon_ms);
  return CRUCIBLE_OK;
}

crucible_status crucible_impact_cost(const crucible_impact_fit *fit,
                                     double share, double *cost_sigma,
                                     double *se) {
  crucible_impact_fit read;
  if (fit == NULL || cost_sigma == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "%s is NULL",
                          fit == NULL ? "fit" : "cost_sigma");
  CRUCIBLE__TRY(take_fit(fit, &read));
  if (!(share > 0 && share <= 1e6))
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "share is %g: give Q/V, > 0 and <= 1e6", share);
  const double l = log(share), root = exp(read.exponent * l);
  const double variance =
      read.y_se * read.y_se + 2 * read.y * l * read.covariance +
      read.y * read.y * l * l * read.exponent_se * read.exponent_se;
  *cost_sigma = read.y * root;
  if (se != NULL)
    *se = root * sqrt(fmax(0, variance));
  return CRUCIBLE_OK;
}

crucible_status crucible_impact_apply(const crucible_impact_fit *fit,
                                      int64_t timeframe_ms,
                                      crucible_cost_options *options) {
  crucible_impact_fit read;
  crucible_cost_options made;
  if (fit == NULL || options == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "%s is NULL",
                          fit == NULL ? "fit" : "options");
  CRUCIBLE__TRY(take_fit(fit, &read));
  crucible_cost_options_init(&made, sizeof made);
  CRUCIBLE__TRY(crucible__options_read(&made, sizeof made, options,
                                       "crucible_cost_options"));
  if (timeframe_ms <= 0 || timeframe_ms > CRUCIBLE__TIMEFRAME_MAX)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "timeframe_ms is %lld: give the length of a bar",
                          (long long)timeframe_ms);
  if (!(read.exponent > 0 && read.exponent <= 1))
    return crucible__fail(
        CRUCIBLE_E_INVALID,
        "fit.exponent is %g: costs take > 0 and <= 1; hold it "
        "(options.exponent = 0.5) and estimate Y alone",
        read.exponent);
  made.impact_law = CRUCIBLE_IMPACT_POWER;
  made.impact_exponent = read.exponent;
  made.impact_y = read.y * pow((double)timeframe_ms / (double)read.horizon_ms,
                               read.exponent - 0.5);
  CRUCIBLE__TRY(crucible__cost_options_check(&made, "cost_options"));
  return crucible__result_write(options, &made, sizeof made, "options");
}
