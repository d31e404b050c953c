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
  double benchmark_per_observation; /**< SR0, to be above; default 0 */
  double floor_per_observation;     /**< to be below where bad; default 0 */
  double caution;   /**< standard errors of V that are put on it, 0 to 10;
                         default 1.5; 0: the published form */
  double t_opt;     /**< observations at which the bounds are tightest; default
                         2000 */
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
  double standard_error; /**< sqrt(V / n), V that of the bounds */
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
 * caution: V is estimated from the same returns as SR, and where few of them
 * matter (rare trades, a rare large loss, heavy tails) it is too small just when
 * SR is too large. With c > 0, max(1, V) (1 + c sqrt((g4 - 1) / n)) takes its
 * place: skewness is not credited (V is 1 where SR is 0), and the standard error
 * of a sample variance is put on top. It vanishes as n grows.
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

/** Options of crucible_edge_detector_create(). */
typedef struct crucible_edge_detector_options {
  size_t struct_size;          /**< set by init */
  double edge_per_observation; /**< Sharpe ratio to be kept, >= 0; default 0 */
  double
      run_length;   /**< observations between false alarms, on average at least,
                          1 to 1e12; default 172800: in 30 days of five-minute
                          bars a false alarm in 5 % of records at most */
  double half_life; /**< observations after which one counts half in the scale,
                          >= 1; 0: all count the same; default 2016 */
  double bet_max;   /**< largest bet, in (0, 1]; default 0.16 */
  uint32_t n_bets;  /**< 1 to 8: each half of the one before; default 5 */
  uint32_t burn_in; /**< observations for the scale alone, >= 2; default 500 */
} crucible_edge_detector_options;

/** A detector as it stands. */
typedef struct crucible_edge_detector_state {
  size_t struct_size; /**< set by the caller */
  uint64_t n;         /**< observations so far */
  uint64_t n_tested;  /**< of them, since the start of the evidence */
  double mean;        /**< as the scale sees it */
  double scale;       /**< standard deviation; 0 before two returns differ */
  double evidence;    /**< M, at most 1e300; alarm from run_length on */
  uint64_t alarm_at;  /**< n at the first alarm since the start; 0: none */
  int32_t is_alarm;   /**< 1: there was an alarm */
  int32_t reserved;   /**< 0 */
} crucible_edge_detector_state;

/**
 * Has the edge gone? Looks for the time from which a stream of returns no longer
 * earns edge times its scale per observation.
 *
 * As long as each return, given all before it, is expected to be at least edge
 * times the scale s of the time before, an alarm comes once in run_length
 * observations on average at most, whatever the law of the returns, however
 * skewed, and however their volatility changes. With z = (x - edge s) / s and
 * bets b,
 *
 *     M_b <- (1 + M_b) max(0, 1 - b z),   M = mean of M_b over the bets:
 *
 * a Shiryaev-Roberts e-detector, whose M - n has no upward drift. The only
 * approximation is the zero, that is, gains above s / b that count as s / b: each
 * bet is therefore kept below half of one over the largest gain so far (in
 * scales), so that only a gain twice as large as any before is cut.
 *
 * Where the scale is 0 a return is not tested. The evidence goes on after an
 * alarm until it is restarted.
 */
typedef struct crucible_edge_detector crucible_edge_detector;

/**
 * Fills options with the defaults.
 *
 * @param[out] options      All struct_size bytes are written.
 * @param[in]  struct_size  sizeof *options, as the caller compiled it.
 * @since 0.1
 */
CRUCIBLE_API void
crucible_edge_detector_options_init(crucible_edge_detector_options *options,
                                    size_t struct_size);

/**
 * A detector before its first observation.
 *
 * @param[in]  options   NULL for the defaults.
 * @param[out] detector  NULL on failure.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer, or an option out of its range.
 * @retval CRUCIBLE_E_VERSION An option that this library does not know.
 * @retval CRUCIBLE_E_NOMEM   Out of memory.
 * @source Shin, Ramdas, Rinaldo (2024), E-detectors: a nonparametric framework
 *         for sequential change detection, New England J. Stat. Data Sci. 2(2).
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status
crucible_edge_detector_create(const crucible_edge_detector_options *options,
                              crucible_edge_detector **detector);

/**
 * Frees it.
 *
 * @param[in] detector  NULL is allowed.
 * @since 0.1
 */
CRUCIBLE_API void
crucible_edge_detector_destroy(crucible_edge_detector *detector);

/**
 * Takes an observation; O(n_bets).
 *
 * @param[in,out] detector  Unchanged on failure.
 * @param[in]     value     Return per bar, finite, at most 1e60 in size.
 * @param[out]    is_alarm  1: there was an alarm, now or before; may be NULL.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer, or a value that is not finite or
 *                            too large.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status crucible_edge_detector_push(
    crucible_edge_detector *detector, double value, int32_t *is_alarm);

/**
 * Batch: takes [n] observations; same bits as pushing them one by one.
 *
 * @param[in,out] detector  Unchanged on failure.
 * @param[in]     values    [n] as for push, oldest first.
 * @param[in]     n         0 is allowed.
 * @param[out]    evidence  [n] M after observation i; may be NULL.
 * @param[out]    is_alarm  [n] 1: there was an alarm by then; may be NULL.
 * @return As crucible_edge_detector_push(); the text names the index.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status crucible_edge_detector_run(
    crucible_edge_detector *detector, const double *values, size_t n,
    double *evidence, int32_t *is_alarm);

/**
 * The detector as it stands.
 *
 * @param[in]     detector  Not NULL.
 * @param[in,out] state     struct_size in, the rest out, only on success.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer or a wrong struct_size.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status
crucible_edge_detector_get(const crucible_edge_detector *detector,
                           crucible_edge_detector_state *state);

/**
 * Starts the evidence anew, after an alarm that was dealt with; the scale goes
 * on.
 *
 * @param[in,out] detector  Not NULL.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status
crucible_edge_detector_restart(crucible_edge_detector *detector);

/**
 * The detector as bytes.
 *
 * @param[in]  detector  Not NULL.
 * @param[out] bytes     [capacity], or NULL with capacity 0.
 * @param[in]  capacity  Bytes there is room for.
 * @param[out] needed    Bytes of the state; where capacity is less nothing
 *                       is written.
 * @return As crucible_sharpe_sequence_save().
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status
crucible_edge_detector_save(const crucible_edge_detector *detector, void *bytes,
                            size_t capacity, size_t *needed);

/**
 * Goes on from saved bytes, to the bit.
 *
 * @param[in,out] detector  Unchanged on failure; created with the same options
 *                          as the saved one.
 * @param[in]     bytes     [n] of crucible_edge_detector_save().
 * @param[in]     n         Their number.
 * @return As crucible_sharpe_sequence_load().
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status crucible_edge_detector_load(
    crucible_edge_detector *detector, const void *bytes, size_t n);

/**
 * Which of many hypotheses to reject so that among the rejected a share of at
 * most alpha is wrong on average (false discovery rate), however they depend on
 * each other, as agents in one market do: with e sorted descending, the first
 * k = max{k: e_(k) >= n / (k alpha)}. Allocates [n] doubles for the time of the
 * call.
 *
 * @param[in]  log_e        [n] logarithms of e-values; -inf and +inf are allowed,
 *                          NaN is not. Of an e-process take the value as it
 *                          stands (log_e), not its maximum.
 * @param[in]  n            Hypotheses, >= 1.
 * @param[in]  alpha        Rate, in (0, 1).
 * @param[out] is_rejected  [n] 0 or 1; written only on success.
 * @param[out] n_rejected   Their number; may be NULL.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer, n = 0, alpha out of its range, NaN.
 * @retval CRUCIBLE_E_NOMEM   Out of memory.
 * @source Wang, Ramdas (2022), False discovery rate control with e-values,
 *         J. Royal Statistical Society B 84(3), 822-852.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status
crucible_ebh(const double *log_e, size_t n, double alpha, int32_t *is_rejected,
             size_t *n_rejected);

/**
 * The same for a stream of hypotheses, such as agents in the order of their
 * birth, of which nobody knows how many will come: e-LOND. Hypothesis j (from 1)
 * gets at its birth, for good, the level
 *
 *     alpha_j = alpha gamma_j (rejections so far + 1),
 *     gamma_j = 1 / sqrt(j) - 1 / sqrt(j + 1), which sum to 1,
 *
 * and is rejected when its evidence reaches 1 / alpha_j, whenever that is. At
 * every time the expected share of false rejections is at most alpha, however
 * the hypotheses depend on each other and overlap: docs/modules/sequential.md has
 * the argument. Rejections are final.
 */
typedef struct crucible_online_fdr crucible_online_fdr;

/**
 * Before the first hypothesis.
 *
 * @param[in]  alpha   Rate, in (0, 1).
 * @param[out] online  NULL on failure.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer, or alpha out of its range.
 * @retval CRUCIBLE_E_NOMEM   Out of memory.
 * @source Xu, Ramdas (2024), Online multiple testing with e-values, AISTATS.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status
crucible_online_fdr_create(double alpha, crucible_online_fdr **online);

/**
 * Frees it.
 *
 * @param[in] online  NULL is allowed.
 * @since 0.1
 */
CRUCIBLE_API void crucible_online_fdr_destroy(crucible_online_fdr *online);

/**
 * A hypothesis is born and gets its level; allocates 16 bytes, amortised.
 *
 * @param[in,out] online         Unchanged on failure.
 * @param[out]    index          Of the hypothesis, from 0, in order of birth; may
 *                               be NULL.
 * @param[out]    log_threshold  Evidence from which it is rejected, as logarithm:
 *                               -ln(alpha_j); may be NULL.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer.
 * @retval CRUCIBLE_E_NOMEM   Out of memory.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status crucible_online_fdr_birth(
    crucible_online_fdr *online, uint64_t *index, double *log_threshold);

/**
 * Shows the evidence on a hypothesis as it stands, as often as one likes.
 *
 * @param[in,out] online       Unchanged on failure.
 * @param[in]     index        Of crucible_online_fdr_birth().
 * @param[in]     log_e        Logarithm of its e-process; not NaN.
 * @param[out]    is_rejected  1: it is rejected, now or before; may be NULL.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer, no such hypothesis, NaN.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status
crucible_online_fdr_push(crucible_online_fdr *online, uint64_t index,
                         double log_e, int32_t *is_rejected);

/**
 * How many were born and how many of them rejected.
 *
 * @param[in]  online      Not NULL.
 * @param[out] n_born      May be NULL.
 * @param[out] n_rejected  May be NULL.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status crucible_online_fdr_count(
    const crucible_online_fdr *online, uint64_t *n_born, uint64_t *n_rejected);

/**
 * The state as bytes.
 *
 * @param[in]  online    Not NULL.
 * @param[out] bytes     [capacity], or NULL with capacity 0.
 * @param[in]  capacity  Bytes there is room for.
 * @param[out] needed    Bytes of the state; where capacity is less nothing
 *                       is written.
 * @return As crucible_sharpe_sequence_save().
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status
crucible_online_fdr_save(const crucible_online_fdr *online, void *bytes,
                         size_t capacity, size_t *needed);

/**
 * Goes on from saved bytes.
 *
 * @param[in,out] online  Unchanged on failure; created with the same alpha as
 *                        the saved one.
 * @param[in]     bytes   [n] of crucible_online_fdr_save().
 * @param[in]     n       Their number.
 * @return As crucible_sharpe_sequence_load(), or CRUCIBLE_E_NOMEM.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status crucible_online_fdr_load(
    crucible_online_fdr *online, const void *bytes, size_t n);

CRUCIBLE_END_DECLS

#endif /* CRUCIBLE_SEQUENTIAL_H */
