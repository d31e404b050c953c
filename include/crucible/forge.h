/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file crucible/forge.h
 * @brief Trains a genome: labels, purged walk-forward, a model to deploy.
 *
 * A label is the net result of the genome's own trade plan from each bar, by
 * the same fill step that trades it later. Folds walk forward; a training row
 * whose label interval reaches into what is tested after it is purged. Early
 * stopping and thresholds use the inner tail of the training window, never the
 * test fold. What is deployed is fitted by the fold's procedure on data ending
 * at the end of the window. The last bars of the window can be held out: no
 * fold sees them, and a stage of its own tests on them.
 *
 * Threads: one at a time per object; the work runs on the caller's pool, one
 * thread per model.
 */
#ifndef CRUCIBLE_FORGE_H
#define CRUCIBLE_FORGE_H

#include <stddef.h>
#include <stdint.h>

#include <crucible/backtest.h>
#include <crucible/export.h>
#include <crucible/features.h>
#include <crucible/genome.h>
#include <crucible/model.h>
#include <crucible/runtime.h>
#include <crucible/status.h>

CRUCIBLE_BEGIN_DECLS

enum {
  CRUCIBLE_FOLDS_MAX = 64 /**< folds a walk-forward can have */
};

/** Parts of a forging, as bits of crucible_forge_options.stages. */
enum {
  CRUCIBLE_FORGE_FOLDS = 1,   /**< walk-forward: train and test each fold */
  CRUCIBLE_FORGE_HOLDOUT = 2, /**< train on what lies before the holdout, test
                                   on the holdout */
  CRUCIBLE_FORGE_DEPLOY = 4   /**< train the model to deploy, on everything to
                                   the window's end */
};

/**
 * Where the time went. Each field is added to: start with 0. Work of several
 * threads at once counts once for each.
 */
typedef struct crucible_forge_times {
  size_t struct_size; /**< set by the caller */
  double features;    /**< seconds: feature columns */
  double labels;      /**< seconds: labels */
  double training;    /**< seconds: tables, models, thresholds */
  double backtest;    /**< seconds: predictions and back-tests of what is out
                           of sample */
} crucible_forge_times;

/** What a genome is trained on. */
typedef struct crucible_forge_data {
  size_t struct_size;            /**< set by the caller */
  const crucible_market *market; /**< bars of the genome's timeframe from the
                                        series' start, with forecasts */
  const crucible_instrument *instrument;     /**< the genome's */
  const crucible_backtest_options *backtest; /**< NULL for the defaults */
  size_t begin;                  /**< first bar of the training window */
  size_t end;                    /**< one past its last bar */
  crucible_feature_cache *cache; /**< of the market's bars, shared by forgings
                                      of the same data; NULL: none */
  crucible_forge_times *times;   /**< added to also on failure; one forging at a
                                    time; NULL: not wanted */
} crucible_forge_data;

/** One fold. Frozen. */
typedef struct crucible_fold {
  size_t train_begin;  /**< first bar trained on */
  size_t train_end;    /**< one past the last bar of the inner tail */
  size_t inner_begin;  /**< first bar of the inner tail */
  size_t test_begin;   /**< first bar tested */
  size_t test_end;     /**< one past the last bar tested */
  uint64_t n_train;    /**< rows after purging, inner tail left out */
  uint64_t n_purged;   /**< rows dropped by label interval */
  uint64_t n_trades;   /**< out of sample */
  double total_return; /**< out of sample, fraction */
  double sharpe;       /**< per bar, out of sample; NaN if not defined */
  double theta_in;     /**< used in the test */
  double theta_out;    /**< used in the test */
  uint32_t rounds;     /**< kept by early stopping */
  uint32_t reserved;   /**< 0 */
} crucible_fold;

/** How a walk-forward goes. */
typedef struct crucible_fold_progress {
  size_t struct_size;        /**< of this struct */
  uint32_t n_folds_done;     /**< >= 1 */
  uint32_t n_folds;          /**< of the forging */
  double sharpe;             /**< per bar, all test bars so far; NaN if not
                                  defined */
  double sharpe_base;        /**< per bar of options.base_timeframe_ms */
  double total_return;       /**< all test bars so far, compounded */
  uint64_t n_trades;         /**< all test bars so far */
  const crucible_fold *fold; /**< the last one */
} crucible_fold_progress;

/**
 * Called after each fold, in their order, on the thread that called
 * crucible_forge_run().
 *
 * @param[in] progress   Valid until the callback returns.
 * @param[in] user_data  That of the options.
 * @return 0: go on. 1: prune, which ends the forging with what there is.
 *         Another value: fail with CRUCIBLE_E_CALLBACK.
 */
typedef int32_t (*crucible_fold_cb)(const crucible_fold_progress *progress,
                                    void *user_data);

/** How to train; start from crucible_forge_options_init(). */
typedef struct crucible_forge_options {
  size_t struct_size;  /**< set by init */
  uint64_t seed;       /**< of everything random; default 1 */
  uint32_t n_folds;    /**< walk-forward steps, 1 to 64; default 4 */
  uint32_t max_rounds; /**< boosting rounds at most; default 300 */
  uint32_t patience;   /**< early stopping; default 20 */
  uint32_t min_trades; /**< out of sample, below which a genome is infeasible;
                            default 10 */
  double test_share;   /**< part of the window that the test folds cover
                            together, in (0, 0.9]; default 0.5 */
  double inner_tail;   /**< part of each training window kept for early stopping
                            and thresholds, in [0.05, 0.5]; default 0.2 */
  uint32_t stages;     /**< CRUCIBLE_FORGE_* bits; default FOLDS and DEPLOY */
  uint32_t holdout_bars; /**< last bars of the window that the folds do not see
                              and no label of theirs reaches; default 0; above
                              0 with stage HOLDOUT */
  crucible_fold_cb on_fold; /**< NULL, or called after each fold; the folds then
                                 run one after the other whatever the pool */
  void *user_data;          /**< for on_fold */
  int64_t base_timeframe_ms; /**< of the bar that sharpe_base is per; default
                                  0: the genome's own */
} crucible_forge_options;

/** What a training came to; set struct_size before the call. */
typedef struct crucible_forge_report {
  size_t struct_size;  /**< set by the caller */
  uint32_t n_folds;    /**< folds run */
  int32_t is_feasible; /**< 1: every stage asked for could be done, and it
                            traded enough; see infeasible_reason */
  char infeasible_reason[128]; /**< "" if feasible */
  uint64_t n_labels;           /**< bars with a label before the holdout */
  double mean_label;           /**< net return per unit notional */
  uint64_t n_trades;           /**< out of sample, all folds */
  double total_return;         /**< out of sample, compounded over folds */
  double sharpe;               /**< per bar, all test bars in order */
  double psr;                  /**< against 0, all test bars */
  double max_drawdown;         /**< largest within a fold */
  double win_rate;             /**< of the trades */
  double profit_factor;        /**< of the trades */
  crucible_costs costs;        /**< of the trades */
  double gross;                /**< sum before costs, quote currency */
  double net;                  /**< sum after costs, quote currency */
  uint32_t deployed_rounds;    /**< of the model that is deployed; 0: none */
  int32_t is_pruned;           /**< 1: on_fold ended it after n_folds */
  double sharpe_base;      /**< sharpe * sqrt(options.base_timeframe_ms / the
                           genome's): comparable between timeframes */
  double skewness;         /**< of the returns of all test bars */
  double kurtosis;         /**< Pearson, of the returns of all test bars */
  uint64_t n_test_bars;    /**< returns behind sharpe */
  uint64_t deployed_begin; /**< first bar the deployed model learnt from */
  uint64_t deployed_end;   /**< one past the last; 0: none */
  double holdout_net;      /**< change of equity over the holdout, quote
                                   currency, after costs; NaN without */
  crucible_fold holdout;   /**< all 0 without stage HOLDOUT */
  int32_t has_holdout;     /**< 1: a model was tested on the holdout */
  uint32_t reserved;       /**< 0 */
  crucible_fold folds[CRUCIBLE_FOLDS_MAX]; /**< n_folds of them */
} crucible_forge_report;

/** A genome with its trained model. */
typedef struct crucible_forged crucible_forged;

/**
 * Fills options with the defaults.
 *
 * @param[out] options      All struct_size bytes are written.
 * @param[in]  struct_size  sizeof *options, as the caller compiled it.
 * @since 0.1
 */
CRUCIBLE_API void crucible_forge_options_init(crucible_forge_options *options,
                                              size_t struct_size);

/**
 * Trains one genome.
 *
 * A stage gives the same bits alone and with others. What the folds report
 * depends on no bar of the holdout. The holdout is tested with the model that
 * a forging would deploy whose window ends where the holdout begins; after
 * folds that were pruned or found infeasible it is not read.
 *
 * @param[in]  genome   What to train.
 * @param[in]  data     On what.
 * @param[in]  options  NULL for the defaults.
 * @param[in]  pool     Folds run in parallel; NULL = one thread. Same bits.
 * @param[in]  cancel   NULL: cannot be cancelled.
 * @param[out] forged   NULL on failure. An infeasible genome is not a failure:
 *                      the report says so.
 * @retval CRUCIBLE_OK            Done.
 * @retval CRUCIBLE_E_INVALID     NULL pointer, a window outside the series, a
 *                                genome of another symbol or timeframe, or a
 *                                wrong option.
 * @retval CRUCIBLE_E_VERSION     A field that this library does not know
 *                                is set.
 * @retval CRUCIBLE_E_TOO_SHORT   The window holds too few labelled bars for the
 *                                folds: the text says how many it needs.
 * @retval CRUCIBLE_E_UNSUPPORTED A feature's column is absent, or perpetuals
 *                                without funding.
 * @retval CRUCIBLE_E_MODEL       The model backend failed.
 * @retval CRUCIBLE_E_CALLBACK    on_fold said so.
 * @retval CRUCIBLE_E_CANCELLED   Cancelled.
 * @retval CRUCIBLE_E_NOMEM       Out of memory.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status crucible_forge_run(
    const crucible_genome *genome, const crucible_forge_data *data,
    const crucible_forge_options *options, crucible_pool *pool,
    const crucible_cancel *cancel, crucible_forged **forged);

/**
 * Frees a result.
 *
 * @param[in] forged  NULL is allowed.
 * @since 0.1
 */
CRUCIBLE_API void crucible_forged_destroy(crucible_forged *forged);

/**
 * How it went.
 *
 * @param[in]     forged  Not NULL.
 * @param[in,out] report  struct_size in, the rest out.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer, or a struct_size that is wrong.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status crucible_forged_report(
    const crucible_forged *forged, crucible_forge_report *report);

/**
 * The deployed model's bytes, lent until the result ends.
 *
 * @param[in]  forged   Not NULL.
 * @param[out] bytes    [n_bytes] for crucible_model_load().
 * @param[out] n_bytes  Their number.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer.
 * @retval CRUCIBLE_E_STATE   There is none: stage DEPLOY was not asked for, the
 *                            forging was pruned, or the genome is infeasible:
 *                            the text says which.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status crucible_forged_model(
    const crucible_forged *forged, const void **bytes, size_t *n_bytes);

/**
 * The genome's plan with the deployed model's thresholds; NaN if there is no
 * model.
 *
 * @param[in]     forged  Not NULL.
 * @param[in,out] plan    struct_size in, the rest out.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer, or a struct_size that is wrong.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status
crucible_forged_plan(const crucible_forged *forged, crucible_plan *plan);

/**
 * The out-of-sample trades of all folds (column = fold), lent until the result
 * ends.
 *
 * @param[in]     forged  Not NULL.
 * @param[in,out] trades  struct_size in, the rest out.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer, or a struct_size that is wrong.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status
crucible_forged_trades(const crucible_forged *forged, crucible_trades *trades);

/**
 * Signed exposure of each holdout bar at its close: position * close / equity,
 * 0 when flat; what the diversity of two genomes is judged by. Lent until the
 * result ends.
 *
 * @param[in]  forged     Not NULL.
 * @param[out] positions  [n].
 * @param[out] n          Bars of the holdout.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer.
 * @retval CRUCIBLE_E_STATE   No model was tested on a holdout.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status crucible_forged_positions(
    const crucible_forged *forged, const double **positions, size_t *n);

/**
 * The same of a model that is there already, such as a living agent's: flat at
 * the open of data->begin, then trading by its plan.
 *
 * @param[in]  genome       The model's.
 * @param[in]  model        [model_bytes] for crucible_model_load().
 * @param[in]  model_bytes  Their number.
 * @param[in]  plan         With its thresholds.
 * @param[in]  data         Bars [begin, end) are traded.
 * @param[out] positions    [end - begin]; written only on success.
 * @return As crucible_forge_run() for genome and data and
 *         crucible_model_load() for the model.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status
crucible_forge_positions(const crucible_genome *genome, const void *model,
                         size_t model_bytes, const crucible_plan *plan,
                         const crucible_forge_data *data, double *positions);

CRUCIBLE_END_DECLS

#endif /* CRUCIBLE_FORGE_H */
