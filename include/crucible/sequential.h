/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file crucible/sequential.h
 * @brief Skill or luck while one watches: statistics of a track record that
 * keep their error rate however often they are looked at and whenever one
 * stops; the end of an edge; many agents at once.
 *
 * A PSR or a t-test is right at one length fixed beforehand. Looked at on each
 * bar until it pleases, it promotes nearly everything. What stands here may be
 * looked at on each bar.
 *
 * Sharpe ratios are per observation, never annualised: an annual ratio of 2 is
 * 2 / sqrt(105120) = 0.0062 on five-minute bars. Evidence (e-values) is handled
 * as its natural logarithm. Functions without an object are pure, any thread;
 * an object is used by one thread at a time. Nothing allocates but create, load
 * and where it is said.
 */
#ifndef CRUCIBLE_SEQUENTIAL_H
#define CRUCIBLE_SEQUENTIAL_H

#include <stddef.h>
#include <stdint.h>

#include <crucible/export.h>
#include <crucible/status.h>

CRUCIBLE_BEGIN_DECLS

/**
 * The tuning of a confidence sequence that makes it tightest at a given number
 * of observations: (-W(-a^2 / e) - 1) / t_opt with the lower branch of
 * Lambert's W, a = alpha for two sides, 2 alpha for one.
 *
 * @param[in]  t_opt  Observations, > 0.
 * @param[in]  alpha  Error, in (0, 1) for two sides, in (0, 0.5) for one.
 * @param[in]  sides  1 or 2.
 * @param[out] rho2   Written only on success.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer, or an argument out of its range.
 * @source Waudby-Smith, Arbour, Sinha, Kennedy, Ramdas (2024), Time-uniform
 *         central limit theory, Annals of Statistics 52(6), 2613-2640.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status crucible_sequence_best_rho2(
    double t_opt, double alpha, int32_t sides, double *rho2);

/**
 * Half width of the asymptotic confidence sequence of a mean, in standard
 * deviations of one observation: with r = t rho2 + 1,
 * sqrt(r ln(r / alpha^2) / (t^2 rho2)) for two sides,
 * sqrt(2 r ln(1 + sqrt(r) / (2 alpha)) / (t^2 rho2)) for one.
 *
 * @param[in]  t       Observations, > 0.
 * @param[in]  rho2    Tuning, > 0.
 * @param[in]  alpha   Error, in (0, 1).
 * @param[in]  sides   1 or 2.
 * @param[out] margin  Written only on success.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer, or an argument out of its range.
 * @source As crucible_sequence_best_rho2().
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status crucible_sequence_margin(
    double t, double rho2, double alpha, int32_t sides, double *margin);

/**
 * The tuning of a normal mixture that suits an intrinsic time; for two sides
 * v_opt / (2 ln(1 / alpha) + ln(1 + 2 ln(1 / alpha))), for one with 2 alpha.
 *
 * @param[in]  v_opt  Intrinsic time, > 0.
 * @param[in]  alpha  Error, in (0, 1) for two sides, in (0, 0.5) for one.
 * @param[in]  sides  1 or 2.
 * @param[out] rho    Written only on success.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer, or an argument out of its range.
 * @source Howard, Ramdas, McAuliffe, Sekhon (2021), Time-uniform Chernoff
 *         bounds via nonnegative supermartingales, Probab. Surveys 17; the
 *         figures are those of the package confseq.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status crucible_mixture_best_rho(
    double v_opt, double alpha, int32_t sides, double *rho);

/**
 * Logarithm of the normal mixture supermartingale of a sum s at intrinsic time
 * v, that is, of evidence against a mean of zero (two sides) or of at most zero
 * (one side). Finite for whatever s.
 *
 * @param[in]  s        Sum of what has mean zero, |s| at most 1e150.
 * @param[in]  v        Its variance, >= 0.
 * @param[in]  rho      Tuning, > 0; 1 / rho2 of the sequences above.
 * @param[in]  sides    1 or 2.
 * @param[out] log_e    Written only on success.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer, or an argument out of its range.
 * @source As crucible_mixture_best_rho().
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status crucible_mixture_log(
    double s, double v, double rho, int32_t sides, double *log_e);

/** Options of crucible_sharpe_sequence_create(). */
typedef struct crucible_sharpe_sequence_options {
  size_t struct_size; /**< set by init */
  double alpha;       /**< error of each side, in (0, 0.5); default 0.05 */
  double
      benchmark_per_observation; /**< SR0: the ratio to be above; default 0 */
  double floor_per_observation;  /**< ratio to be below for "bad"; default 0 */
  double t_opt;     /**< observations at which the bounds are tightest; default
                     500 */
  uint32_t burn_in; /**< observations before it says anything, >= 2; default
                         500 */
  uint32_t lags;    /**< autocorrelation that the variance allows for, 0
                         (none, the default) to 64 observations */
} crucible_sharpe_sequence_options;

/**
 * A record as it stands. What needs a Sharpe ratio is NaN where there is none:
 * fewer than two observations, or all equal (to rounding). Bounds and evidence
 * are NaN before the burn-in is over; the maxima and the anytime PSR are then 0.
 */
typedef struct crucible_sharpe_sequence_state {
  size_t struct_size;    /**< set by the caller */
  uint64_t n;            /**< observations so far */
  double sharpe;         /**< per observation */
  double standard_error; /**< of it; with lags, the long-run one */
  double lower;       /**< the true ratio is above, at all times together, with
                     probability 1 - alpha */
  double upper;       /**< and below, likewise */
  double log_e;       /**< evidence that the ratio exceeds the benchmark */
  double log_e_max;   /**< largest so far, >= 0 */
  double anytime_psr; /**< 1 - exp(-log_e_max), in [0, 1) */
  double log_e_bad;   /**< evidence that the ratio is below the floor */
  double log_e_bad_max; /**< largest so far, >= 0 */
  double anytime_bad;   /**< 1 - exp(-log_e_bad_max), in [0, 1) */
  int32_t is_speaking;  /**< 1: the burn-in is over and a ratio defined */
  int32_t reserved;     /**< 0 */
} crucible_sharpe_sequence_state;

/**
 * Bounds of the Sharpe ratio of a stream of returns, valid at all times
 * together, and the evidence for skill.
 *
 * The estimate's influence function psi = z - SR/2 (z^2 - 1), z the
 * standardised return, makes it a mean, whose variance V is
 * 1 - g3 SR + (g4 - 1)/4 SR^2, the numerator of PSR. With r = t rho2 + 1:
 *
 *     lower = SR - sqrt(V) sqrt(2 r / (t^2 rho2) ln(1 + sqrt(r) / (2 alpha)))
 *     E     = 2 / sqrt(r) exp(x^2 / 2) Phi(x),
 *     x     = t (SR - SR0) / sqrt(V) sqrt(rho2 / r)
 *
 * and rho2 of crucible_sequence_best_rho2() for one side. P(some E >= 1/alpha)
 * is at most alpha where SR <= SR0, so that 1 - 1/max E is a PSR that may be
 * watched. Both are asymptotic: right for large n, whence the burn-in.
 *
 * lags: V is then the long-run variance of psi with Bartlett's weights (Newey,
 * West), psi always that of the present mean and deviation, from sums of lagged
 * products; O(lags) per observation. What autocorrelation takes away from the
 * variance is not credited: V is the larger of both.
 */
typedef struct crucible_sharpe_sequence crucible_sharpe_sequence;

/**
 * Fills options with the defaults.
 *
 * @param[out] options      All struct_size bytes are written.
 * @param[in]  struct_size  sizeof *options, as the caller compiled it.
 * @since 0.1
 */
CRUCIBLE_API void
crucible_sharpe_sequence_options_init(crucible_sharpe_sequence_options *options,
                                      size_t struct_size);

/**
 * A record before its first observation.
 *
 * @param[in]  options   NULL for the defaults.
 * @param[out] sequence  NULL on failure.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer, or an option out of its range.
 * @retval CRUCIBLE_E_VERSION An option that this library does not know.
 * @retval CRUCIBLE_E_NOMEM   Out of memory.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status
crucible_sharpe_sequence_create(const crucible_sharpe_sequence_options *options,
                                crucible_sharpe_sequence **sequence);

/**
 * Frees it.
 *
 * @param[in] sequence  NULL is allowed.
 * @since 0.1
 */
CRUCIBLE_API void
crucible_sharpe_sequence_destroy(crucible_sharpe_sequence *sequence);

/**
 * Takes an observation; O(1), with lags O(lags).
 *
 * @param[in,out] sequence  Unchanged on failure.
 * @param[in]     value     Return per bar, finite, at most 1e60 in size.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer, or a value that is not finite or
 *                            too large.
 * @source As crucible_sequence_best_rho2().
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status
crucible_sharpe_sequence_push(crucible_sharpe_sequence *sequence, double value);

/**
 * Batch: takes [n] observations; same bits as pushing them one by one.
 *
 * @param[in,out] sequence     Unchanged on failure.
 * @param[in]     values       [n] as for push, oldest first.
 * @param[in]     n            0 is allowed.
 * @param[out]    lower        [n] after observation i; may be NULL.
 * @param[out]    upper        [n] likewise.
 * @param[out]    anytime_psr  [n] likewise.
 * @return As crucible_sharpe_sequence_push(); the text names the index.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status crucible_sharpe_sequence_run(
    crucible_sharpe_sequence *sequence, const double *values, size_t n,
    double *lower, double *upper, double *anytime_psr);

/**
 * The record as it stands.
 *
 * @param[in]     sequence  Not NULL.
 * @param[in,out] state     struct_size in, the rest out, only on success.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer or a wrong struct_size.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status
crucible_sharpe_sequence_get(const crucible_sharpe_sequence *sequence,
                             crucible_sharpe_sequence_state *state);

/**
 * The record as bytes.
 *
 * @param[in]  sequence  Not NULL.
 * @param[out] bytes     [capacity], or NULL with capacity 0.
 * @param[in]  capacity  Bytes there is room for.
 * @param[out] needed    Bytes of the state; where capacity is less nothing
 *                       is written.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer.
 * @retval CRUCIBLE_E_NOMEM   Out of memory.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status
crucible_sharpe_sequence_save(const crucible_sharpe_sequence *sequence,
                              void *bytes, size_t capacity, size_t *needed);

/**
 * Goes on from saved bytes: whatever follows has the same bits as if the saved
 * record had gone on itself.
 *
 * @param[in,out] sequence  Unchanged on failure; created with the same options
 *                          as the saved one.
 * @param[in]     bytes     [n] of crucible_sharpe_sequence_save().
 * @param[in]     n         Their number.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer.
 * @retval CRUCIBLE_E_STORE   The bytes are damaged, of another version, or of a
 *                            record with other options.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status crucible_sharpe_sequence_load(
    crucible_sharpe_sequence *sequence, const void *bytes, size_t n);

CRUCIBLE_END_DECLS

#endif /* CRUCIBLE_SEQUENTIAL_H */
