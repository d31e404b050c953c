/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file crucible/realized.h
 * @brief Realised variance, cheap forecasts of it, and how good forecasts are.
 *
 * Variances are in squared log returns of one bar. Forecasts are made from the
 * past alone, one step as a stream, the same bits as in a batch.
 *
 * Threads: calls without an object from any thread; an object is used by one
 * thread at a time.
 */
#ifndef CRUCIBLE_REALIZED_H
#define CRUCIBLE_REALIZED_H

#include <stddef.h>
#include <stdint.h>

#include <crucible/export.h>
#include <crucible/status.h>
#include <crucible/types.h>

CRUCIBLE_BEGIN_DECLS

enum { CRUCIBLE_HAR_LAGS_MAX = 8 /**< most components of a HAR */ };

/** How a forecast of a variance is judged by what was realised. */
enum {
  CRUCIBLE_LOSS_QLIKE = 1, /**< ln forecast + realised / forecast */
  CRUCIBLE_LOSS_MSE = 2    /**< (realised - forecast)^2 */
};

/**
 * Realised variance of bars: the sum of the squared log returns of finer ones.
 *
 * The first return of a bar starts from the close of the finer bar that ends
 * where the bar opens; where that one is missing, from the open of the first
 * finer bar inside. A finer bar that is missing in between makes one return
 * over the gap.
 *
 * @param[in]  fine          Such as bars of 1 minute.
 * @param[in]  open_time_ms  [n] of the bars: ascending multiples of the
 *                           timeframe.
 * @param[in]  n             Number of bars.
 * @param[in]  timeframe_ms  Of the bars: a multiple of the finer one.
 * @param[in]  least         Finer bars that a bar must hold; 0: all.
 * @param[out] variance      [n] NaN where a bar holds fewer.
 * @param[out] found         [n] finer bars in each bar; may be NULL.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer, a struct_size, a timeframe, a time
 *                            or a price that is wrong.
 * @source Andersen, Bollerslev (1998), International Economic Review 39(4).
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status crucible_realized_variance(
    const crucible_bars *fine, const int64_t *open_time_ms, size_t n,
    int64_t timeframe_ms, uint32_t least, double *variance, uint32_t *found);

/* ---- EWMA ---- */

/**
 * A decaying mean of squared returns. Plain data: copy it to keep it. Frozen:
 * no field will ever be added.
 */
typedef struct crucible_ewma {
  double lambda; /**< weight of the past, in (0, 1) */
  double sum;    /**< of weighted squares */
  double weight; /**< of sum */
} crucible_ewma;

/**
 * A mean of nothing.
 *
 * @param[out] ewma    Filled.
 * @param[in]  lambda  In (0, 1); 0: 0.94, RiskMetrics' for days.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer, or lambda out of its range.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status
crucible_ewma_init(crucible_ewma *ewma, double lambda);

/**
 * Takes a return and forecasts the next one's variance: sum lambda^k r^2 / sum
 * lambda^k over all returns so far, k counting back from this one.
 *
 * @param[in,out] ewma      Unchanged on failure.
 * @param[in]     value     The return, at most 1e100 in size.
 * @param[out]    variance  >= 0; 0 while all returns were.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer, a return out of that range, or an
 *                            object that crucible_ewma_init() has not filled.
 * @source J.P. Morgan/Reuters (1996), RiskMetrics Technical Document, 4th ed.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status
crucible_ewma_push(crucible_ewma *ewma, double value, double *variance);

/**
 * Batch: what pushes would tell, the same bits.
 *
 * @param[in]  lambda    As for crucible_ewma_init().
 * @param[in]  returns   [n]
 * @param[in]  n         >= 1.
 * @param[out] variance  [n] forecast made after return i for i + 1.
 * @retval CRUCIBLE_E_TOO_SHORT n is 0.
 * @return Otherwise as crucible_ewma_init() and crucible_ewma_push().
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status crucible_ewma_forecasts(
    double lambda, const double *returns, size_t n, double *variance);

/* ---- HAR ---- */

/** A regression on means of past variances, fitted anew now and then. */
typedef struct crucible_har crucible_har;

/** Options of crucible_har_create(); start from crucible_har_options_init(). */
typedef struct crucible_har_options {
  size_t struct_size;                   /**< set by init */
  uint32_t lags[CRUCIBLE_HAR_LAGS_MAX]; /**< bars behind each mean, ascending,
                                             then 0; at most 2^20; default 1,
                                             12, 288, 2016: bar, hour, day and
                                             week of 5-minute bars. Corsi has 1,
                                             5, 22 of days */
  uint32_t horizon; /**< the mean of so many variances to come is forecast, 1
                          to 2^20; default 1 */
  uint32_t window;  /**< observations behind a fit, >= first, at most 2^20;
                          default 8,064 */
  uint32_t first;   /**< observations before the first fit, >= 50; default
                          2,016 */
  uint32_t refit;   /**< bars between two fits, >= 1; default 288 */
  double floor;     /**< in (0, 1]: a forecast is at least this part of the
                          mean of what the fit was to explain, and at most the
                          largest of it; default 0.1 */
} crucible_har_options;

/** What the present fit is; set struct_size before the call. */
typedef struct crucible_har_info {
  size_t struct_size;                         /**< set by the caller */
  uint64_t n;                                 /**< observations behind it */
  double constant;                            /**< of the regression */
  double coefficients[CRUCIBLE_HAR_LAGS_MAX]; /**< of the means, then 0 */
  double r_squared;                           /**< in the window */
} crucible_har_info;

/**
 * Fills options with the defaults.
 *
 * @param[out] options      All struct_size bytes are written.
 * @param[in]  struct_size  sizeof *options, as the caller compiled it.
 * @since 0.1
 */
CRUCIBLE_API void crucible_har_options_init(crucible_har_options *options,
                                            size_t struct_size);

/**
 * A HAR before its first variance.
 *
 * Least squares of the mean of the next variances on a constant and the means
 * of the last ones. An observation is used once all of its horizon has passed.
 * A fit whose means are not independent (constant variances) leaves the one
 * there was.
 *
 * @param[in]  options  NULL for the defaults.
 * @param[out] har      NULL on failure.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer or a wrong option.
 * @retval CRUCIBLE_E_VERSION A field that this library does not know is set.
 * @retval CRUCIBLE_E_NOMEM   Out of memory.
 * @source Corsi (2009), J. of Financial Econometrics 7(2), 174-196.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status
crucible_har_create(const crucible_har_options *options, crucible_har **har);

/**
 * Frees it.
 *
 * @param[in] har  NULL is allowed.
 * @since 0.1
 */
CRUCIBLE_API void crucible_har_destroy(crucible_har *har);

/**
 * Takes the variance of a bar that has closed.
 *
 * @param[in,out] har       Unchanged on failure.
 * @param[in]     variance  In [0, 1e100].
 * @param[out]    forecast  Mean variance of the next horizon bars, > 0; NaN
 *                          before the first fit.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer, or a variance out of that range.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status
crucible_har_push(crucible_har *har, double variance, double *forecast);

/**
 * The present fit.
 *
 * @param[in]     har   Not NULL.
 * @param[in,out] info  struct_size in, the rest out; n = 0 before the first.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer, or a struct_size that is wrong.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status
crucible_har_get_info(const crucible_har *har, crucible_har_info *info);

/**
 * Batch: what pushes would tell, the same bits.
 *
 * @param[in]  options   NULL for the defaults.
 * @param[in]  variance  [n]
 * @param[in]  n         >= 1.
 * @param[out] forecast  [n] made after variance i; NaN before the first fit.
 * @retval CRUCIBLE_E_TOO_SHORT n is 0.
 * @return Otherwise as crucible_har_create() and crucible_har_push().
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status
crucible_har_forecasts(const crucible_har_options *options,
                       const double *variance, size_t n, double *forecast);

/**
 * The state as bytes.
 *
 * @param[in]  har       Not NULL.
 * @param[out] bytes     [capacity], or NULL with capacity 0.
 * @param[in]  capacity  Bytes there is room for.
 * @param[out] needed    Bytes of the state; where capacity is less nothing is
 *                       written.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer.
 * @retval CRUCIBLE_E_NOMEM   Out of memory.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status crucible_har_save(
    const crucible_har *har, void *bytes, size_t capacity, size_t *needed);

/**
 * A HAR that goes on from saved bytes, to the bit.
 *
 * @param[in]  bytes  [n] of crucible_har_save().
 * @param[in]  n      Number of bytes.
 * @param[out] har    NULL on failure.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer.
 * @retval CRUCIBLE_E_STORE   Not such bytes, or damaged.
 * @retval CRUCIBLE_E_NOMEM   Out of memory.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status
crucible_har_load(const void *bytes, size_t n, crucible_har **har);

/* ---- how good a forecast is ---- */

/**
 * Losses of forecasts of a variance.
 *
 * Both kinds rank forecasts by a noisy proxy as they would by the variance
 * itself, if the proxy is right on average (Patton 2011). QLIKE is without the
 * terms in which forecasts do not differ, so that a realised 0 is no infinite
 * loss; it minds relative errors, MSE those of the wildest bars.
 *
 * @param[in]  kind      CRUCIBLE_LOSS_*
 * @param[in]  forecast  [n] variances, in (0, 1e100].
 * @param[in]  realized  [n] variances, in [0, 1e100].
 * @param[in]  n         >= 1.
 * @param[out] loss      [n]; may be NULL.
 * @param[out] mean      Of the losses; may be NULL.
 * @retval CRUCIBLE_OK          Done.
 * @retval CRUCIBLE_E_INVALID   NULL pointer, an unknown kind, or a value out of
 *                              its range: the text names its index.
 * @retval CRUCIBLE_E_TOO_SHORT n is 0.
 * @source Patton (2011), J. of Econometrics 160(1), 246-256.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status crucible_forecast_losses(
    int32_t kind, const double *forecast, const double *realized, size_t n,
    double *loss, double *mean);

/** Two forecasts compared; set struct_size before the call. */
typedef struct crucible_loss_comparison {
  size_t struct_size;     /**< set by the caller */
  double mean_difference; /**< of a's losses less b's; < 0: a is better */
  double standard_error;  /**< of it, by Newey and West */
  double statistic;       /**< their ratio, normal if there is no difference */
  double p_value;         /**< of a statistic as far from 0 */
  uint32_t lags;          /**< that were used */
  uint32_t reserved;      /**< 0 */
} crucible_loss_comparison;

/**
 * Diebold and Mariano's test: is one forecast better than the other?
 *
 * @param[in]     a       [n] losses, finite.
 * @param[in]     b       [n] losses of the same steps.
 * @param[in]     n       >= 10.
 * @param[in]     lags    Autocovariances in the standard error, with Bartlett's
 *                        weights, < n; -1: 4 (n / 100)^(2/9), rounded down.
 * @param[in,out] result  struct_size in, the rest out, only on success.
 * @retval CRUCIBLE_OK          Done.
 * @retval CRUCIBLE_E_INVALID   NULL pointer, lags out of their range, or a loss
 *                              that is not finite.
 * @retval CRUCIBLE_E_TOO_SHORT n < 10.
 * @retval CRUCIBLE_E_DOMAIN    All differences are equal.
 * @source Diebold, Mariano (1995), J. of Business & Economic Statistics 13(3),
 *         253-263; Newey, West (1987), Econometrica 55(3), 703-708.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status
crucible_loss_compare(const double *a, const double *b, size_t n, int32_t lags,
                      crucible_loss_comparison *result);

CRUCIBLE_END_DECLS

#endif /* CRUCIBLE_REALIZED_H */
