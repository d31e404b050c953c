/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file crucible/volatility.h
 * @brief EGARCH: how much the next bar will move.
 *
 * ln s2_t = omega + sum_i alpha_i (|z_{t-i}| - kappa) + sum_j gamma_j z_{t-j}
 *           + sum_k beta_k ln s2_{t-k},   z = (r - mu) / s,
 * with kappa = E|z| of the chosen law. alpha weighs the size of the news and
 * gamma its sign, as in Python's arch; R's rugarch swaps the two names.
 *
 * Orders 0 to 3 each, at least one of p and o; with news_cap the news enter as
 * if |z| never exceeded it (Huber), so that one outlier cannot raise the
 * variance without bound. The mean may be constant, 0, or an autoregression:
 * r_t = mu + sum_l phi_l r_{t-l} + s_t z_t.
 *
 * Threads: calls without an object from any thread; a filter is used by one
 * thread at a time.
 */
#ifndef CRUCIBLE_VOLATILITY_H
#define CRUCIBLE_VOLATILITY_H

#include <stddef.h>
#include <stdint.h>

#include <crucible/export.h>
#include <crucible/status.h>

CRUCIBLE_BEGIN_DECLS

enum {
  CRUCIBLE_EGARCH_ORDER_MAX = 3, /**< highest p, o and q */
  CRUCIBLE_EGARCH_AR_MAX = 3     /**< most lags of the mean */
};

/** Law of the standardised residuals. */
enum {
  CRUCIBLE_LAW_NORMAL = 1,    /**< standard normal */
  CRUCIBLE_LAW_STUDENT_T = 2, /**< t scaled to variance 1, nu degrees */
  CRUCIBLE_LAW_SKEWED_T = 3,  /**< Hansen (1994): nu degrees, skew lambda */
  CRUCIBLE_LAW_GED = 4        /**< generalised error, exponent nu > 1 */
};

/** What kappa is. */
enum {
  CRUCIBLE_KAPPA_EXACT = 1, /**< E|z| of the law (default; as rugarch) */
  CRUCIBLE_KAPPA_NORMAL = 2 /**< sqrt(2/pi) whatever the law (as arch) */
};

/** The mean of the returns. */
enum {
  CRUCIBLE_MEAN_CONSTANT = 1, /**< estimated */
  CRUCIBLE_MEAN_ZERO = 2,     /**< fixed at 0 */
  CRUCIBLE_MEAN_AR = 3        /**< a constant and ar lags, estimated */
};

/** What stands for the values before the first return. */
enum {
  CRUCIBLE_PRESAMPLE_ARCH = 1,    /**< backcast: decaying mean of the first 75
                                    squares; no news terms (default). Squares
                                    of deviations from the mean, of returns
                                    (MEAN_ZERO) or of what least squares leave
                                    (MEAN_AR); a mean of lags starts after
                                    them, which are not in the likelihood */
  CRUCIBLE_PRESAMPLE_RUGARCH = 2, /**< first variance = mean square at the
                                       current mu (for the first max(p, o, q)
                                       returns) */
  CRUCIBLE_PRESAMPLE_FCP = 3, /**< variance before the first = mean square at
                                   the current mu, z before the first = 0 */
  CRUCIBLE_PRESAMPLE_FCP_MEAN = 4 /**< the same, but z before the first = mean
                                       residual / root of that variance */
};

/** What may be odd about a fit: a set of bits. */
enum {
  CRUCIBLE_FIT_NOT_CONVERGED = 1,  /**< the search ended at its limit */
  CRUCIBLE_FIT_ON_BOUND = 2,       /**< a parameter stands on its bound, or mu
                                        on a corner of the likelihood: on 0
                                        where many returns are 0 */
  CRUCIBLE_FIT_NEAR_UNIT_ROOT = 4, /**< sum of all beta > 0.999 */
  CRUCIBLE_FIT_NO_COVARIANCE = 8,  /**< no standard errors: the Hessian is not
                                        positive definite */
  CRUCIBLE_FIT_NOT_INVERTIBLE = 16 /**< the likelihood rises towards parameters
                                        whose variances depend on their start
                                        for ever; the search ended before */
};

/** Model and search; start from crucible_egarch_options_init(). */
typedef struct crucible_egarch_options {
  size_t struct_size;       /**< set by init */
  uint32_t p;               /**< lags of |z|; default 1 */
  uint32_t o;               /**< lags of the sign of z; default 1 */
  uint32_t q;               /**< lags of ln s2; default 1 */
  int32_t law;              /**< CRUCIBLE_LAW_*; default STUDENT_T */
  int32_t kappa;            /**< CRUCIBLE_KAPPA_*; default EXACT */
  int32_t mean;             /**< CRUCIBLE_MEAN_*; default CONSTANT */
  int32_t presample;        /**< CRUCIBLE_PRESAMPLE_*; default ARCH */
  uint32_t max_evaluations; /**< of the likelihood, from one place each with
                                 more lags than (1, 1, 1); default 500 */
  double tolerance; /**< relative, of the log-likelihood; default 1e-10. Two
                         tops of one hill that differ by less than 1e5 times
                         this are not told apart */
  uint32_t ar;      /**< lags of the mean, 1 to 3, with MEAN_AR; else 0 */
  uint32_t starts;  /**< places to search from when no start is given: 0 for 1
                         that converges with (1, 1, 1), 4 with lags in the mean
                         and for all that there are (up to 20) with more lags;
                         default 0. With 1 a start that is given is the only
                         place */
  double news_cap;  /**< |z| in the news is held at it; 0 (default): never */
} crucible_egarch_options;

/** Parameters, in units of the returns given. Unused ones are 0. */
typedef struct crucible_egarch_params {
  size_t struct_size;                      /**< set by the caller */
  uint32_t p;                              /**< lags of |z| */
  uint32_t o;                              /**< lags of z */
  uint32_t q;                              /**< lags of ln s2 */
  int32_t law;                             /**< CRUCIBLE_LAW_* */
  int32_t kappa;                           /**< CRUCIBLE_KAPPA_* */
  int32_t presample;                       /**< CRUCIBLE_PRESAMPLE_* */
  double mu;                               /**< mean return */
  double omega;                            /**< constant of ln s2 */
  double alpha[CRUCIBLE_EGARCH_ORDER_MAX]; /**< of |z| - kappa */
  double gamma[CRUCIBLE_EGARCH_ORDER_MAX]; /**< of z */
  double beta[CRUCIBLE_EGARCH_ORDER_MAX];  /**< of ln s2 */
  double nu;     /**< degrees of freedom (both t), > 2; exponent (GED), > 1 */
  double lambda; /**< skewness (skewed t), inside (-1, 1) */
  uint32_t ar;   /**< lags of the mean */
  int32_t mean;  /**< CRUCIBLE_MEAN_*; 0 means CONSTANT */
  double phi[CRUCIBLE_EGARCH_AR_MAX]; /**< of earlier returns, in the mean */
  double news_cap;                    /**< as in the options */
} crucible_egarch_params;

/** Result of crucible_egarch_fit(); set struct_size before the call. */
typedef struct crucible_egarch_fit_result {
  size_t struct_size;            /**< set by the caller */
  double loglik;                 /**< at the optimum, sum over the returns */
  double aic;                    /**< 2 k - 2 loglik */
  double bic;                    /**< k ln n - 2 loglik */
  double last_variance;          /**< s2 of the last return */
  double next_variance;          /**< forecast of s2 for the return after it */
  uint64_t n;                    /**< returns used */
  uint32_t n_evaluations;        /**< likelihoods computed */
  uint32_t warnings;             /**< CRUCIBLE_FIT_* bits */
  crucible_egarch_params params; /**< estimates */
  crucible_egarch_params se_classic; /**< standard errors by the inverse
                                          Hessian; NaN where there is none */
  crucible_egarch_params se_robust;  /**< Bollerslev-Wooldridge ones */
} crucible_egarch_fit_result;

/** A running variance with fixed parameters; O(1) per return. */
typedef struct crucible_egarch_filter crucible_egarch_filter;

/**
 * Fills options with the defaults.
 *
 * @param[out] options      All struct_size bytes are written.
 * @param[in]  struct_size  sizeof *options, as the caller compiled it.
 * @since 0.1
 */
CRUCIBLE_API void crucible_egarch_options_init(crucible_egarch_options *options,
                                               size_t struct_size);

/**
 * Maximum likelihood with the analytic score, from several starts.
 *
 * The returns are scaled internally, so that 5-minute returns of 1e-4 fit as
 * well as percent returns. Parameters without an invertible filter (mean
 * ln |d ln s2_{t+1} / d ln s2_t| >= 0: Wintenberger 2013) are not searched.
 *
 * @param[in]     returns  [n] finite, oldest first.
 * @param[in]     n        >= 100.
 * @param[in]     options  NULL for the defaults.
 * @param[in]     start    A first guess that replaces the grid of starts, such
 *                         as an earlier fit's, while the search from it
 *                         converges; NULL for none.
 * @param[in,out] result   struct_size in (that of the nested structs is set by
 *                         the call), the rest out, only on success.
 * @retval CRUCIBLE_OK            Done; look at warnings.
 * @retval CRUCIBLE_E_INVALID     NULL pointer, a return that is not finite, or
 *                                a wrong option.
 * @retval CRUCIBLE_E_VERSION     A field that this library does not know
 *                                is set.
 * @retval CRUCIBLE_E_TOO_SHORT   n < 100 + ar.
 * @retval CRUCIBLE_E_DOMAIN      All returns are equal.
 * @retval CRUCIBLE_E_NOMEM       Out of memory.
 * @source Nelson (1991), Econometrica 59(2), 347-370.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status crucible_egarch_fit(
    const double *returns, size_t n, const crucible_egarch_options *options,
    const crucible_egarch_params *start, crucible_egarch_fit_result *result);

/**
 * Log-likelihood and variances at given parameters.
 *
 * @param[in]  params   Orders, law and values.
 * @param[in]  returns  [n] finite, oldest first.
 * @param[in]  n        >= 2.
 * @param[out] loglik   Sum over the returns; may be NULL.
 * @param[out] variance [n] s2 of each return, known before it; NaN for the
 *                      first ar of them; may be NULL.
 * @param[out] score    [2 + p + o + q + s + ar] derivatives of the sum by mu,
 *                      omega, alpha.., gamma.., beta.., nu, lambda, phi..; s is
 *                      0, 1 or 2: the normal law has neither nu nor lambda, and
 *                      the skewed t alone has both; may be NULL.
 * @return As crucible_egarch_fit(), but any n >= 2 will do.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status crucible_egarch_likelihood(
    const crucible_egarch_params *params, const double *returns, size_t n,
    double *loglik, double *variance, double *score);

/**
 * A filter before its first return.
 *
 * @param[in]  params            Orders, law and values.
 * @param[in]  initial_variance  s2 that the first return is measured by, > 0:
 *                               crucible_egarch_presample_variance() of past
 *                               returns, or the next_variance of a fit whose
 *                               returns end before it.
 * @param[out] filter            NULL on failure.
 * @retval CRUCIBLE_OK            Done.
 * @retval CRUCIBLE_E_INVALID     NULL pointer, or a value that is not finite
 *                                or out of its range.
 * @retval CRUCIBLE_E_NOMEM       Out of memory.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status crucible_egarch_filter_create(
    const crucible_egarch_params *params, double initial_variance,
    crucible_egarch_filter **filter);

/**
 * A filter after the returns given, begun by the presample convention of
 * params: it goes on where a fit of these returns ended.
 *
 * @param[in]  params   Orders, law and values.
 * @param[in]  returns  [n] finite, oldest first.
 * @param[in]  n        >= 2 + ar.
 * @param[out] filter   NULL on failure.
 * @return As crucible_egarch_likelihood(), and CRUCIBLE_E_NOMEM.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status crucible_egarch_filter_start(
    const crucible_egarch_params *params, const double *returns, size_t n,
    crucible_egarch_filter **filter);

/**
 * Frees a filter.
 *
 * @param[in] filter  NULL is allowed.
 * @since 0.1
 */
CRUCIBLE_API void
crucible_egarch_filter_destroy(crucible_egarch_filter *filter);

/**
 * Takes a return and forecasts the next one's standard deviation: the
 * one-step forecast, made at this bar's close. An outlier or an explosive
 * parameter set cannot overflow it: ln s2 is kept within +-16 of its start.
 *
 * @param[in,out] filter  Unchanged on failure.
 * @param[in]     value   The return, finite.
 * @param[out]    sigma   Forecast for the next return, > 0.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer, or the return is not finite.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status crucible_egarch_filter_push(
    crucible_egarch_filter *filter, double value, double *sigma);

/**
 * The present forecast: what the last push gave.
 *
 * @param[in]  filter  Not NULL.
 * @param[out] sigma   Forecast for the next return, > 0.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status
crucible_egarch_filter_get_sigma(const crucible_egarch_filter *filter,
                                 double *sigma);

/**
 * Standardised residuals of a whole series, same bits as a filter that begins
 * by the same convention and takes the returns one by one.
 *
 * @param[in]  params     Orders, law and values.
 * @param[in]  returns    [n] finite, oldest first.
 * @param[in]  n          >= 2 + ar.
 * @param[out] sigma      [n] standard deviation of each return, known before
 *                        it; NaN for the first ar; may be NULL.
 * @param[out] residuals  [n] (return - mean) / sigma; NaN for the first ar; may
 *                        be NULL.
 * @return As crucible_egarch_likelihood().
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status crucible_egarch_residuals(
    const crucible_egarch_params *params, const double *returns, size_t n,
    double *sigma, double *residuals);

/**
 * Batch: the filter's forecasts after each of the returns, same bits as
 * pushing them one by one.
 *
 * @param[in]  params            Orders, law and values.
 * @param[in]  initial_variance  As for crucible_egarch_filter_create().
 * @param[in]  returns           [n] finite.
 * @param[in]  n                 >= 1.
 * @param[out] sigma             [n] forecast made after return i for i + 1.
 * @return As crucible_egarch_filter_create() and
 *         crucible_egarch_filter_push().
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status crucible_egarch_forecasts(
    const crucible_egarch_params *params, double initial_variance,
    const double *returns, size_t n, double *sigma);

/**
 * The filter's state as bytes.
 *
 * @param[in]  filter    Not NULL.
 * @param[out] bytes     [capacity], or NULL with capacity 0.
 * @param[in]  capacity  Bytes there is room for.
 * @param[out] needed    Bytes of the state; where capacity is less nothing is
 *                       written.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer.
 * @retval CRUCIBLE_E_NOMEM   Out of memory.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status
crucible_egarch_filter_save(const crucible_egarch_filter *filter, void *bytes,
                            size_t capacity, size_t *needed);

/**
 * A filter that goes on from saved bytes, to the bit.
 *
 * @param[in]  bytes   [n] of crucible_egarch_filter_save().
 * @param[in]  n       Number of bytes.
 * @param[out] filter  NULL on failure.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer.
 * @retval CRUCIBLE_E_STORE   Not such bytes, or damaged.
 * @retval CRUCIBLE_E_NOMEM   Out of memory.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status crucible_egarch_filter_load(
    const void *bytes, size_t n, crucible_egarch_filter **filter);

/** What crucible_egarch_filter_forecast() simulates. */
typedef struct crucible_egarch_forecast_options {
  size_t struct_size;   /**< set by init */
  const double *levels; /**< [n_levels] probabilities inside (0, 1) */
  double *quantiles;    /**< out: [horizon][n_levels] of s2 */
  size_t n_levels;      /**< 0 (default): no simulation */
  uint64_t seed;        /**< of the simulated futures; default 0 */
  uint32_t paths;       /**< simulated futures, 100 to 1e6; default 10,000 */
  uint32_t reserved;    /**< 0 */
} crucible_egarch_forecast_options;

/** What a forecast is like; set struct_size before the call. */
typedef struct crucible_egarch_forecast_result {
  size_t struct_size;     /**< set by the caller */
  uint32_t infinite_from; /**< first step, 1 being the next return, from which
                               on E s2 does not exist or exceeds a double; 0:
                               all exist, or no mean was asked for */
  uint32_t reserved;      /**< 0 */
} crucible_egarch_forecast_result;

/**
 * Fills options with the defaults.
 *
 * @param[out] options      All struct_size bytes are written.
 * @param[in]  struct_size  sizeof *options, as the caller compiled it.
 * @since 0.1
 */
CRUCIBLE_API void
crucible_egarch_forecast_options_init(crucible_egarch_forecast_options *options,
                                      size_t struct_size);

/**
 * The variances of the next returns: expectations and quantiles.
 *
 * E ln s2 is exact. E s2 is exact too where it exists: the product over the
 * news to come of E exp(A |z| + G z), in closed form for the normal law and by
 * quadrature otherwise. It does not exist beyond the next return with either t
 * law, unless the news are held at a cap or A + |G| <= 0 for all of them: such
 * steps are NaN and infinite_from names the first (a mean over simulated
 * futures would be a number without a meaning). exp(E ln s2) is no forecast of
 * s2: it is too low. Quantiles are those of simulated futures, one random
 * stream each; they exist for every law.
 *
 * @param[in]     filter    Stands before the first return that is forecast.
 * @param[in]     horizon   Steps, 1 to 100,000; step 1 is the next return.
 * @param[in]     options   NULL for the defaults: no quantiles.
 * @param[out]    mean_log  [horizon] E ln s2; may be NULL.
 * @param[out]    mean      [horizon] E s2, NaN where it does not exist; may be
 *                          NULL.
 * @param[in,out] result    struct_size in, the rest out; may be NULL.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer or a wrong option.
 * @retval CRUCIBLE_E_VERSION A field that this library does not know is set.
 * @retval CRUCIBLE_E_NOMEM   Out of memory.
 * @source Nelson (1991), Econometrica 59(2), 347-370, appendix 1.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status crucible_egarch_filter_forecast(
    const crucible_egarch_filter *filter, uint32_t horizon,
    const crucible_egarch_forecast_options *options, double *mean_log,
    double *mean, crucible_egarch_forecast_result *result);

/**
 * Returns that given innovations make after a filter's last one.
 *
 * @param[in]  filter       Where to begin; not moved.
 * @param[in]  innovations  [n] standardised, at most 1e100 in size.
 * @param[in]  n            Number of returns.
 * @param[out] returns      [n] in place of innovations allowed.
 * @param[out] sigma        [n] standard deviation of each; may be NULL.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer, or a value that is not finite.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status crucible_egarch_simulate(
    const crucible_egarch_filter *filter, const double *innovations, size_t n,
    double *returns, double *sigma);

/**
 * Innovations by the law of params: mean 0, variance 1.
 *
 * @param[in]  params       Its law and shapes.
 * @param[in]  seed         Same seed, same numbers.
 * @param[in]  n            How many.
 * @param[out] innovations  [n]
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer or a wrong parameter.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status
crucible_egarch_innovations(const crucible_egarch_params *params, uint64_t seed,
                            size_t n, double *innovations);

/** A test of residuals; set struct_size before the call. */
typedef struct crucible_residual_test {
  size_t struct_size; /**< set by the caller */
  double statistic;   /**< chi-squared with degrees if nothing is left */
  double p_value;     /**< probability of a statistic as large, [0, 1] */
  uint32_t degrees;   /**< of freedom */
  uint32_t reserved;  /**< 0 */
} crucible_residual_test;

/**
 * Ljung and Box's test: are values correlated with earlier ones?
 *
 * @param[in]     x        [n] finite: standardised residuals.
 * @param[in]     n        >= lags + 2.
 * @param[in]     lags     1 to 1,000.
 * @param[in]     squared  1: of the squares (volatility that is left), else 0.
 * @param[in]     fitted   Degrees to take off, < lags: lags of a fitted mean.
 * @param[in,out] result   struct_size in, the rest out, only on success.
 * @retval CRUCIBLE_OK          Done.
 * @retval CRUCIBLE_E_INVALID   NULL pointer, a wrong number of lags, or a value
 *                              that is not finite.
 * @retval CRUCIBLE_E_TOO_SHORT n < lags + 2.
 * @retval CRUCIBLE_E_DOMAIN    All values are equal.
 * @source Ljung, Box (1978), Biometrika 65(2), 297-303.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status
crucible_ljung_box(const double *x, size_t n, uint32_t lags, int32_t squared,
                   uint32_t fitted, crucible_residual_test *result);

/**
 * Engle's Lagrange multiplier test: do earlier squares explain the squares?
 *
 * @param[in]     x       [n] finite: standardised residuals.
 * @param[in]     n       >= 2 lags + 3.
 * @param[in]     lags    1 to 15.
 * @param[in,out] result  struct_size in, the rest out, only on success.
 * @return As crucible_ljung_box().
 * @source Engle (1982), Econometrica 50(4), 987-1007.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status crucible_arch_lm(
    const double *x, size_t n, uint32_t lags, crucible_residual_test *result);

/**
 * The variance that the arch convention puts before the first return: decaying
 * mean of the first 75 squared deviations.
 *
 * @param[in]  returns   [n] finite.
 * @param[in]  n         >= 2.
 * @param[out] variance  > 0.
 * @retval CRUCIBLE_OK          Done.
 * @retval CRUCIBLE_E_INVALID   NULL pointer, or a return that is not finite.
 * @retval CRUCIBLE_E_TOO_SHORT n < 2.
 * @retval CRUCIBLE_E_DOMAIN    All of them are equal.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status
crucible_egarch_presample_variance(const double *returns, size_t n,
                                   double *variance);

/** An EGARCH forecast whose parameters are fitted anew now and then. */
typedef struct crucible_egarch_rolling crucible_egarch_rolling;

/** Options of crucible_egarch_rolling_create(). */
typedef struct crucible_egarch_rolling_options {
  size_t struct_size; /**< set by init */
  uint32_t window;    /**< returns behind each fit, >= first; default 4,032 */
  uint32_t first;     /**< returns before the first fit, >= 100; def. 1,008 */
  uint32_t refit;     /**< returns between two fits, >= 1; default 2,016 */
  uint32_t reserved;  /**< 0 */
  crucible_egarch_options model; /**< its struct_size is set by init */
} crucible_egarch_rolling_options;

/**
 * Fills options with the defaults.
 *
 * @param[out] options      All struct_size bytes are written.
 * @param[in]  struct_size  sizeof *options, as the caller compiled it.
 * @since 0.1
 */
CRUCIBLE_API void
crucible_egarch_rolling_options_init(crucible_egarch_rolling_options *options,
                                     size_t struct_size);

/**
 * A rolling forecast before its first return.
 *
 * Each fit uses the returns up to the present one alone and starts from the
 * last one's parameters; the result depends on the returns and nothing else.
 * A fit that fails (all returns equal) or does not converge keeps the
 * parameters there were.
 *
 * @param[in]  options  NULL for the defaults.
 * @param[out] rolling  NULL on failure.
 * @retval CRUCIBLE_OK            Done.
 * @retval CRUCIBLE_E_INVALID     NULL pointer or a wrong option.
 * @retval CRUCIBLE_E_VERSION     A field that this library does not know
 *                                is set.
 * @retval CRUCIBLE_E_NOMEM       Out of memory.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status
crucible_egarch_rolling_create(const crucible_egarch_rolling_options *options,
                               crucible_egarch_rolling **rolling);

/**
 * Frees it.
 *
 * @param[in] rolling  NULL is allowed.
 * @since 0.1
 */
CRUCIBLE_API void
crucible_egarch_rolling_destroy(crucible_egarch_rolling *rolling);

/**
 * Takes a return and forecasts the next one's standard deviation.
 *
 * @param[in,out] rolling  Unchanged on failure.
 * @param[in]     value    The return, finite.
 * @param[out]    sigma    Forecast for the next return, > 0; NaN before the
 *                         first fit.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer, or the return is not finite.
 * @retval CRUCIBLE_E_NOMEM   Out of memory in a fit.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status crucible_egarch_rolling_push(
    crucible_egarch_rolling *rolling, double value, double *sigma);

/**
 * Batch: forecasts at each close of a price series, from log returns of
 * closes; same bits as pushing them one by one.
 *
 * @param[in]  options  NULL for the defaults.
 * @param[in]  close    [n] > 0, finite.
 * @param[in]  n        >= 1.
 * @param[out] sigma    [n] forecast made at close i for the return after it;
 *                      NaN before the first fit.
 * @return As crucible_egarch_rolling_create() and
 *         crucible_egarch_rolling_push().
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status
crucible_egarch_rolling_forecasts(
    const crucible_egarch_rolling_options *options, const double *close,
    size_t n, double *sigma);

CRUCIBLE_END_DECLS

#endif /* CRUCIBLE_VOLATILITY_H */
