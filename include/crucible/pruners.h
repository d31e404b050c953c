/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file crucible/pruners.h
 * @brief What stops a study's trials early.
 *
 * A pruner holds options and never changes: any number of studies may use one,
 * on any threads. Own ones: crucible/sys/pruner.h.
 */
#ifndef CRUCIBLE_PRUNERS_H
#define CRUCIBLE_PRUNERS_H

#include <stddef.h>
#include <stdint.h>

#include <crucible/export.h>
#include <crucible/space.h>
#include <crucible/status.h>
#include <crucible/study.h>

CRUCIBLE_BEGIN_DECLS

/** Options of the percentile pruner; start from crucible_percentile_options_init().
 */
typedef struct crucible_percentile_options {
  size_t struct_size;        /**< set by init */
  double percentile;         /**< share of the trials that is kept, in percent,
                                  [0, 100]; default 50: the median pruner */
  uint32_t n_startup_trials; /**< COMPLETE trials before any is pruned;
                                  default 5 */
  uint32_t n_warmup_steps;   /**< no pruning below this step; default 0 */
  uint32_t interval_steps;   /**< of each so many steps from n_warmup_steps on,
                                  the first report counts; >= 1; default 1 */
  uint32_t n_min_trials;     /**< COMPLETE trials with a report of the very
                                  step; >= 1; default 1 */
} crucible_percentile_options;

/**
 * Fills options with the defaults.
 *
 * @param[out] options      All struct_size bytes are written.
 * @param[in]  struct_size  sizeof *options, as the caller compiled it.
 * @since 0.1
 */
CRUCIBLE_API void
crucible_percentile_options_init(crucible_percentile_options *options,
                                 size_t struct_size);

/**
 * A pruner that stops a trial whose best report so far is worse than a percentile
 * of what the COMPLETE trials reported at the same step: Optuna's
 * PercentilePruner, with 50 its MedianPruner, decision by decision.
 * docs/modules/study.md has the rules.
 *
 * @param[in]  options  NULL for the defaults.
 * @param[out] pruner   NULL on failure.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer, or an option out of its range: the
 *                            text names it.
 * @retval CRUCIBLE_E_VERSION @p options sets a field unknown to this library.
 * @retval CRUCIBLE_E_NOMEM   Out of memory.
 * @source Akiba et al. (2019), Optuna, KDD '19; optuna.pruners.PercentilePruner.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status crucible_pruner_percentile(
    const crucible_percentile_options *options, crucible_pruner **pruner);

/** Options of successive halving; start from crucible_halving_options_init(). */
typedef struct crucible_halving_options {
  size_t struct_size;    /**< set by init */
  uint32_t min_resource; /**< step of the first rung; 0 (default): a hundredth
                                  of the last step of the COMPLETE trials when
                                  the first decision is made, 1 at least */
  uint32_t
      reduction_factor; /**< one trial of so many passes a rung, and the next
                                  rung is so many times as far; >= 2; default 4 */
  uint32_t
      min_early_stopping_rate; /**< rungs that are left out at the beginning;
                                         default 0 */
  uint32_t
      bootstrap_count; /**< trials that a rung takes before any passes it; not
                                 with min_resource 0; default 0 */
} crucible_halving_options;

/**
 * Fills options with the defaults.
 *
 * @param[out] options      All struct_size bytes are written.
 * @param[in]  struct_size  sizeof *options, as the caller compiled it.
 * @since 0.1
 */
CRUCIBLE_API void
crucible_halving_options_init(crucible_halving_options *options,
                              size_t struct_size);

/**
 * Asynchronous successive halving: at each rung a trial goes on if its value is
 * among the best one in reduction_factor of those that have been there: Optuna's
 * SuccessiveHalvingPruner. Trials that still run beside it are not compared with,
 * so that decisions do not depend on threads.
 *
 * @param[in]  options  NULL for the defaults.
 * @param[out] pruner   NULL on failure.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer, or an option out of its range: the
 *                            text names it.
 * @retval CRUCIBLE_E_VERSION @p options sets a field unknown to this library.
 * @retval CRUCIBLE_E_NOMEM   Out of memory.
 * @source Li et al. (2020), A system for massively parallel hyperparameter tuning,
 *         MLSys 2; optuna.pruners.SuccessiveHalvingPruner.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status crucible_pruner_halving(
    const crucible_halving_options *options, crucible_pruner **pruner);

/** Options of Hyperband; start from crucible_hyperband_options_init(). */
typedef struct crucible_hyperband_options {
  size_t struct_size;        /**< set by init */
  uint32_t min_resource;     /**< step of the first rung; >= 1; default 1 */
  uint32_t max_resource;     /**< steps of a trial; 0 (default): of the longest
                                  COMPLETE trial when the first decision is made */
  uint32_t reduction_factor; /**< as of successive halving; >= 2; default 3 */
  uint32_t bootstrap_count; /**< the same; not with max_resource 0; default 0 */
  const char *name; /**< decides, with a trial's number, in which bracket it is:
                         Optuna's study name; copied; NULL (default): empty */
} crucible_hyperband_options;

/**
 * Fills options with the defaults.
 *
 * @param[out] options      All struct_size bytes are written.
 * @param[in]  struct_size  sizeof *options, as the caller compiled it.
 * @since 0.1
 */
CRUCIBLE_API void
crucible_hyperband_options_init(crucible_hyperband_options *options,
                                size_t struct_size);

/**
 * Hyperband: trials are dealt out to brackets of successive halving that begin at
 * different rungs, and compared within their bracket: Optuna's HyperbandPruner.
 * The sampler still learns from the trials of all brackets.
 *
 * @param[in]  options  NULL for the defaults.
 * @param[out] pruner   NULL on failure.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer, or an option out of its range: the
 *                            text names it.
 * @retval CRUCIBLE_E_VERSION @p options sets a field unknown to this library.
 * @retval CRUCIBLE_E_NOMEM   Out of memory.
 * @source Li et al. (2018), Hyperband, JMLR 18(185);
 *         optuna.pruners.HyperbandPruner.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status crucible_pruner_hyperband(
    const crucible_hyperband_options *options, crucible_pruner **pruner);

/** Options of the patient pruner; start from crucible_patient_options_init(). */
typedef struct crucible_patient_options {
  size_t struct_size;             /**< set by init */
  const crucible_pruner *wrapped; /**< asked once patience is at its end; lent;
                                       NULL (default): then the trial is pruned */
  double min_delta;  /**< least improvement that counts, >= 0; default 0 */
  uint32_t patience; /**< reports without improvement that are tolerated;
                          default 0 */
  uint32_t reserved; /**< 0 */
} crucible_patient_options;

/**
 * Fills options with the defaults.
 *
 * @param[out] options      All struct_size bytes are written.
 * @param[in]  struct_size  sizeof *options, as the caller compiled it.
 * @since 0.1
 */
CRUCIBLE_API void
crucible_patient_options_init(crucible_patient_options *options,
                              size_t struct_size);

/**
 * Prunes, or asks another pruner, once the best of the last patience + 1 reports
 * is worse than the best before them: Optuna's PatientPruner.
 *
 * @param[in]  options  NULL for the defaults.
 * @param[out] pruner   NULL on failure.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer, or an option out of its range: the
 *                            text names it.
 * @retval CRUCIBLE_E_VERSION @p options sets a field unknown to this library.
 * @retval CRUCIBLE_E_NOMEM   Out of memory.
 * @source optuna.pruners.PatientPruner.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status crucible_pruner_patient(
    const crucible_patient_options *options, crucible_pruner **pruner);

/** Options of the threshold pruner; start from crucible_threshold_options_init().
 */
typedef struct crucible_threshold_options {
  size_t struct_size;      /**< set by init */
  double lower;            /**< default -infinity */
  double upper;            /**< default +infinity; >= lower */
  uint32_t n_warmup_steps; /**< as of the percentile pruner; default 0 */
  uint32_t interval_steps; /**< the same; >= 1; default 1 */
} crucible_threshold_options;

/**
 * Fills options with the defaults.
 *
 * @param[out] options      All struct_size bytes are written.
 * @param[in]  struct_size  sizeof *options, as the caller compiled it.
 * @since 0.1
 */
CRUCIBLE_API void
crucible_threshold_options_init(crucible_threshold_options *options,
                                size_t struct_size);

/**
 * Prunes a trial whose last report is NaN or outside of [lower, upper]: Optuna's
 * ThresholdPruner. One of the bounds must be given.
 *
 * @param[in]  options  Not NULL.
 * @param[out] pruner   NULL on failure.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer, or an option out of its range: the
 *                            text names it.
 * @retval CRUCIBLE_E_VERSION @p options sets a field unknown to this library.
 * @retval CRUCIBLE_E_NOMEM   Out of memory.
 * @source optuna.pruners.ThresholdPruner.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status crucible_pruner_threshold(
    const crucible_threshold_options *options, crucible_pruner **pruner);

/** Options of the Wilcoxon pruner; start from crucible_wilcoxon_options_init(). */
typedef struct crucible_wilcoxon_options {
  size_t struct_size; /**< set by init */
  double p_threshold; /**< prune below this p-value, [0, 1]; default 0.1 */
  uint32_t n_startup_steps; /**< common steps before any is pruned, 2 at least
                                 are; default 2 */
  uint32_t reserved;        /**< 0 */
} crucible_wilcoxon_options;

/**
 * Fills options with the defaults.
 *
 * @param[out] options      All struct_size bytes are written.
 * @param[in]  struct_size  sizeof *options, as the caller compiled it.
 * @since 0.1
 */
CRUCIBLE_API void
crucible_wilcoxon_options_init(crucible_wilcoxon_options *options,
                               size_t struct_size);

/**
 * Compares a trial with the best one, instance by instance: steps are folds or
 * markets, each report the value on one of them. Prunes by a one-sided signed-rank
 * test on the common steps, unless the trial's average is better all the same:
 * Optuna's WilcoxonPruner, p-values as scipy's (exact up to 50 pairs, up to 13
 * with ties or zeros, else the normal approximation; zeros are split).
 *
 * @param[in]  options  NULL for the defaults.
 * @param[out] pruner   NULL on failure.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer, or an option out of its range: the
 *                            text names it.
 * @retval CRUCIBLE_E_VERSION @p options sets a field unknown to this library.
 * @retval CRUCIBLE_E_NOMEM   Out of memory.
 * @source Wilcoxon (1945), Biometrics Bulletin 1(6); optuna.pruners.WilcoxonPruner.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status crucible_pruner_wilcoxon(
    const crucible_wilcoxon_options *options, crucible_pruner **pruner);

/** Options of the PSR pruner; start from crucible_psr_options_init(). */
typedef struct crucible_psr_options {
  size_t struct_size;       /**< set by init */
  double least_probability; /**< prune below it, (0, 1); default 0.05 */
  double benchmark;         /**< Sharpe ratio per observation to be beaten; NaN
                                  (default): the best trial's value */
  uint32_t observations;    /**< returns per step, >= 1; default 1 */
  uint32_t n_warmup_steps;  /**< no pruning below this step; default 0 */
} crucible_psr_options;

/**
 * Fills options with the defaults.
 *
 * @param[out] options      All struct_size bytes are written.
 * @param[in]  struct_size  sizeof *options, as the caller compiled it.
 * @since 0.1
 */
CRUCIBLE_API void crucible_psr_options_init(crucible_psr_options *options,
                                            size_t struct_size);

/**
 * For backtests that report their Sharpe ratio so far: step k stands for
 * k * observations returns, the report for the ratio per observation over them.
 * Prunes once the probability that the true ratio is above the benchmark falls
 * below a bound: the probabilistic Sharpe ratio of normal returns. The bound is
 * meant for one look; over many looks a trial as good as the benchmark is stopped
 * more often than the bound says.
 *
 * @param[in]  options  NULL for the defaults.
 * @param[out] pruner   NULL on failure.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer, or an option out of its range: the
 *                            text names it.
 * @retval CRUCIBLE_E_VERSION @p options sets a field unknown to this library.
 * @retval CRUCIBLE_E_NOMEM   Out of memory.
 * @source Bailey, Lopez de Prado (2012), The Sharpe ratio efficient frontier,
 *         Journal of Risk 15(2).
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status crucible_pruner_psr(
    const crucible_psr_options *options, crucible_pruner **pruner);

/**
 * Frees a pruner; no study may use it any more.
 *
 * @param[in] pruner  NULL is allowed.
 * @since 0.1
 */
CRUCIBLE_API void crucible_pruner_destroy(crucible_pruner *pruner);

CRUCIBLE_END_DECLS

#endif /* CRUCIBLE_PRUNERS_H */
