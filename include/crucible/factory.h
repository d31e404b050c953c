/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file crucible/factory.h
 * @brief Keeps elite DNA; searches for replacements seeded with all of it.
 *
 * A search is one study: first every elite of the request, then trials that
 * the genetic sampler breeds from them, from the best trials of earlier
 * studies and from each other; poor ones are pruned between folds. Its value
 * is the Sharpe ratio of the walk-forward's test bars. The best that is
 * feasible, passes the gate on a holdout that the study never saw, and holds
 * positions unlike those of every living agent, is refitted on all data and
 * handed out. Fewer than wanted is no failure: the report says why.
 *
 * Every winner carries its deflated Sharpe ratio. The number of trials behind
 * it is counted by the factory: distinct genomes evaluated in the study and in
 * the studies that it descends from.
 *
 * A search changes nothing in the factory. crucible_factory_admit() does, once
 * its replacements are admitted; a search that was cut off never happened.
 *
 * Threads: one at a time per object; the work runs on the caller's pool.
 * Results do not depend on the number of threads. While a search runs the
 * factory's elite pool may be used from another thread, but nothing else.
 */
#ifndef CRUCIBLE_FACTORY_H
#define CRUCIBLE_FACTORY_H

#include <stddef.h>
#include <stdint.h>

#include <crucible/backtest.h>
#include <crucible/costs.h>
#include <crucible/export.h>
#include <crucible/forge.h>
#include <crucible/genome.h>
#include <crucible/pruners.h>
#include <crucible/runtime.h>
#include <crucible/samplers.h>
#include <crucible/space.h>
#include <crucible/status.h>
#include <crucible/study.h>

CRUCIBLE_BEGIN_DECLS

/** What a winner's holdout decides. */
enum {
  CRUCIBLE_GATE_EXPLORE = 1, /**< nothing: it stands beside its name */
  CRUCIBLE_GATE_HOLDOUT = 2, /**< its net result must not be negative */
  CRUCIBLE_GATE_VIABLE = 3   /**< and the walk-forward's trades must bring twice
                                  their costs, at a lower bound of 95 % */
};

/** Why a feasible trial was not handed out. */
enum {
  CRUCIBLE_DOWN_SAME_ID = 1,     /**< it lives already, or was picked already */
  CRUCIBLE_DOWN_GATE = 2,        /**< see the text */
  CRUCIBLE_DOWN_CORRELATION = 3, /**< its positions are too much alike */
  CRUCIBLE_DOWN_TRAINING = 4     /**< the model for the holdout, or the one to
                                      deploy, could not be trained or cannot
                                      trade */
};

/** Whom a winner's positions resemble most. */
enum {
  CRUCIBLE_ALIKE_NOBODY = 0, /**< there was no one to compare with */
  CRUCIBLE_ALIKE_AGENT = 1,  /**< a living agent, by its number */
  CRUCIBLE_ALIKE_PICKED = 2  /**< a winner of the same search, by its trial */
};

/** Options; start from crucible_factory_options_init(). */
typedef struct crucible_factory_options {
  size_t struct_size;          /**< set by init */
  const crucible_space *space; /**< of crucible_genome_space_create(); lent for
                                    the factory's life */
  const crucible_instrument *instrument;     /**< copied */
  const crucible_backtest_options *backtest; /**< NULL: defaults; copied */
  const crucible_forge_options *forge;       /**< NULL: defaults; copied. Seed,
                              stages, holdout, base timeframe and callback are
                              the factory's */
  const crucible_elite_options *elites;      /**< NULL: defaults; copied */
  const crucible_genetic_options
      *genetic; /**< NULL: defaults; copied. It varies
                                      by crucible_genome_vary() */
  const crucible_percentile_options *median; /**< NULL: defaults; copied */
  uint64_t seed;     /**< of everything random; default 1 */
  uint32_t n_trials; /**< of a search besides the elites, >= 1; default 24 */
  uint32_t batch;   /**< trials side by side, 1 to 1,024; default 8. Decides the
                          result; the number of threads does not */
  uint32_t n_prior; /**< best trials of earlier studies that the sampler may
                          breed from at once; default 16 */
  uint32_t holdout_bars;  /**< of the base timeframe, >= 2, at the end of the
                            data; scaled for longer ones; default 2,016 */
  uint32_t window_bars;   /**< of the base timeframe that a search looks back,
                            holdout included; 0 (default): all */
  int32_t gate;           /**< CRUCIBLE_GATE_*; default EXPLORE */
  double max_correlation; /**< of positions, in [0, 1]; default 0.7 */
  int64_t base_timeframe_ms; /**< the shortest; Sharpe ratios are per bar of it;
                                  must be given */
} crucible_factory_options;

/** A living agent: what diversity is judged against. */
typedef struct crucible_living {
  size_t struct_size;            /**< set by the caller */
  uint32_t agent;                /**< its number, for the record; UINT32_MAX:
                                      it waits on the bench */
  uint32_t reserved;             /**< 0 */
  const crucible_genome *genome; /**< lent */
  const void *model;             /**< [model_bytes] of its model; lent */
  size_t model_bytes;            /**< their number */
  const crucible_plan *plan;     /**< lent */
} crucible_living;

/** Bars that an agent traded live: out of sample no more for its descendants.
    Frozen. */
typedef struct crucible_lived {
  uint8_t genome_id[CRUCIBLE_GENOME_ID_BYTES]; /**< of its genome */
  int64_t from_ms;  /**< open time of its first bar */
  int64_t until_ms; /**< close of its last */
} crucible_lived;

/** How far a search has come. Frozen. */
typedef struct crucible_factory_progress {
  uint64_t n_done;     /**< trials that ended */
  uint64_t n_total;    /**< trials of the search */
  uint64_t n_feasible; /**< of those that ended */
  uint64_t n_picked;   /**< replacements so far */
} crucible_factory_progress;

/**
 * Hears of progress, on the thread that searches, after each batch and after
 * each round of picking.
 *
 * @param progress   How far it is.
 * @param user_data  Of the request.
 */
typedef void (*crucible_factory_progress_cb)(
    const crucible_factory_progress *progress, void *user_data);

/** What is asked of a factory. All pointers are lent for the search. */
typedef struct crucible_factory_request {
  size_t struct_size; /**< set by the caller */
  uint64_t study;     /**< its number, >= 1, not admitted before: decides all
                           that is random, with the factory's seed */
  uint64_t bar;       /**< number of the bar at whose close it was asked */
  uint32_t n_wanted;  /**< slots and bench places to fill, >= 1 */
  uint32_t n_markets; /**< timeframes */
  const crucible_market *markets; /**< [n_markets] one per timeframe, the base
                        timeframe first, from the series' start to the close
                        at which it was asked */
  const crucible_elite *elites; /**< [n_elites] the pool as it was when asked */
  size_t n_elites;              /**< may be 0 */
  const crucible_living *living; /**< [n_living] */
  size_t n_living;               /**< may be 0 */
  const crucible_lived *lived;   /**< [n_lived] of every agent ever activated */
  size_t n_lived;                /**< may be 0 */
  crucible_factory_progress_cb progress; /**< may be NULL */
  void *user_data;                       /**< passed to it */
} crucible_factory_request;

/** One trial as it went; pointers are lent until the search ends. */
typedef struct crucible_factory_trial {
  size_t struct_size;            /**< set by the caller */
  uint64_t number;               /**< 0, 1, ...; the elites come first */
  const crucible_genome *genome; /**< with its lineage; NULL: the point is no
                                      genome */
  const crucible_forge_report *report; /**< NULL: it was not trained */
  int32_t state;       /**< CRUCIBLE_TRIAL_COMPLETE, _PRUNED or _FAILED */
  int32_t how;         /**< CRUCIBLE_BRED_*; 0 for an elite */
  uint32_t elite;      /**< place in the request's elites, from 1; 0: none */
  uint32_t rank;       /**< place among the replacements, from 1; 0: none */
  int32_t is_feasible; /**< 1: complete, and it may be handed out */
  uint32_t n_folds;    /**< folds that were run: it counts among N if > 0 */
  double value;        /**< what the study was told; NaN: nothing */
  double violation;    /**< > 0: infeasible; trades that are missing, or 1 */
  double sharpe_base;  /**< of its test bars, per base bar; NaN: not defined */
  uint64_t n_ancestor_bars; /**< of its test bars, traded live by itself or an
                                 ancestor before: not out of sample for it */
  char reason[128];         /**< why it failed or is infeasible; "" otherwise */
} crucible_factory_trial;

/** A winner; pointers are lent until the search ends. */
typedef struct crucible_replacement {
  size_t struct_size;            /**< set by the caller */
  uint64_t trial;                /**< its trial's number */
  const crucible_genome *genome; /**< with its lineage */
  const crucible_plan *plan;     /**< with the deployed model's thresholds */
  const void *model;             /**< [model_bytes] of the deployed model */
  size_t model_bytes;            /**< their number */
  const crucible_forge_report *report; /**< of folds, holdout, deployment */
  int32_t alike;            /**< CRUCIBLE_ALIKE_*: whom it resembles most */
  uint32_t reserved;        /**< 0 */
  uint64_t alike_with;      /**< that agent's number, or trial's */
  double max_correlation;   /**< of positions over the holdout with that one; 0
                               where one of the two never changed */
  uint64_t n_ancestor_bars; /**< as its trial's */
  uint64_t n_ancestor_holdout; /**< of the holdout's bars, likewise */
  double dsr_select;           /**< deflated Sharpe ratio, [0, 1] */
  double z;                    /**< the argument of the normal law in it */
  double expected_max_sharpe;  /**< that luck alone would show, per base bar */
  int32_t is_viable; /**< 1: trades bring twice their costs, see ratio_low */
  int32_t has_viability; /**< 0: too few trades to tell */
  double ratio;          /**< mean gross / mean cost of its trades */
  double ratio_low;      /**< lower bound of 95 %, block bootstrap */
} crucible_replacement;

/** A feasible trial that was not handed out. */
typedef struct crucible_turned_down {
  size_t struct_size;  /**< set by the caller */
  uint64_t trial;      /**< its number */
  int32_t why;         /**< CRUCIBLE_DOWN_* */
  int32_t has_holdout; /**< 1: its holdout was read */
  double holdout_net;  /**< quote currency; NaN if not read */
  double correlation;  /**< highest; NaN if not looked at */
  char text[128];      /**< the same in words */
} crucible_turned_down;

/** What a search came to. */
typedef struct crucible_search_report {
  size_t struct_size;         /**< set by the caller */
  uint64_t study;             /**< of the request */
  uint64_t bar;               /**< of the request */
  uint32_t n_wanted;          /**< of the request */
  uint32_t n_replacements;    /**< found */
  uint64_t n_trials;          /**< elites included */
  uint64_t n_elites;          /**< of them */
  uint64_t n_prior;           /**< known trials of earlier studies */
  uint64_t n_complete;        /**< trials told complete, infeasible included */
  uint64_t n_infeasible;      /**< of them */
  uint64_t n_pruned;          /**< trials */
  uint64_t n_failed;          /**< trials */
  uint64_t n_turned_down;     /**< feasible, but not handed out */
  uint64_t n_holdout_reads;   /**< looks at the holdout */
  uint64_t n_genomes;         /**< N: distinct ones evaluated, here and in the
                                   ancestral studies, pruned ones included */
  uint64_t n_genomes_here;    /**< of them, in this study */
  uint64_t n_ancestral;       /**< ancestral studies */
  double n_effective;         /**< r + (1 - r) N, r the mean correlation of the
                                   trials' fold results, in [0, 1] */
  double mean_correlation;    /**< that r; 0 if it is not defined */
  double sharpe_variance;     /**< V, per base bar; NaN: see n_variance */
  uint64_t n_variance;        /**< genomes behind V; 0: there were fewer than
                                   two, and 1 / test bars stands for V, as it is
                                   without skill */
  crucible_forge_times times; /**< spent by all forgings; its struct_size is
                                   set */
  char why[256];              /**< "" or, where places stay empty, "no viable
                                   model: " and the reason */
} crucible_search_report;

/** Elites, and what was searched so far. */
typedef struct crucible_factory crucible_factory;

/** A search that has ended. */
typedef struct crucible_search crucible_search;

/**
 * Fills options with the defaults.
 *
 * @param[out] options      All struct_size bytes are written.
 * @param[in]  struct_size  sizeof *options, as the caller compiled it.
 * @since 0.1
 */
CRUCIBLE_API void
crucible_factory_options_init(crucible_factory_options *options,
                              size_t struct_size);

/**
 * A factory that knows nothing yet.
 *
 * @param[in]  options  space, instrument and base_timeframe_ms must be given.
 * @param[out] factory  NULL on failure.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer or a wrong option: the text names it.
 * @retval CRUCIBLE_E_VERSION A field that this library does not know is set.
 * @retval CRUCIBLE_E_NOMEM   Out of memory.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status crucible_factory_create(
    const crucible_factory_options *options, crucible_factory **factory);

/**
 * Frees a factory and its pool; searches stay.
 *
 * @param[in] factory  NULL is allowed.
 * @since 0.1
 */
CRUCIBLE_API void crucible_factory_destroy(crucible_factory *factory);

/**
 * The factory's elite pool, to offer to and to take snapshots of.
 *
 * @param[in] factory  Not NULL.
 * @return Lent for the factory's life; NULL for NULL.
 * @since 0.1
 */
CRUCIBLE_API crucible_elite_pool *
crucible_factory_pool(crucible_factory *factory);

/**
 * Searches for replacements. The factory stays as it is.
 *
 * @param[in]  factory  Not NULL.
 * @param[in]  request  What is wanted, on what.
 * @param[in]  pool     A batch's trials run in parallel; NULL = one thread.
 * @param[in]  cancel   NULL: cannot be cancelled.
 * @param[out] search   NULL on failure. That nothing was found is none.
 * @retval CRUCIBLE_OK          Done.
 * @retval CRUCIBLE_E_INVALID   NULL pointer, a study that was admitted before,
 *                              an elite outside of the space, a living agent of
 *                              a timeframe without market, markets of different
 *                              ends, ...: the text names it.
 * @retval CRUCIBLE_E_VERSION   A field that this library does not know is set.
 * @retval CRUCIBLE_E_TOO_SHORT The base market has fewer bars than the holdout.
 * @retval CRUCIBLE_E_CANCELLED Cancelled.
 * @retval CRUCIBLE_E_NOMEM     Out of memory.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status crucible_factory_search(
    const crucible_factory *factory, const crucible_factory_request *request,
    crucible_pool *pool, const crucible_cancel *cancel,
    crucible_search **search);

/**
 * Makes a search part of what the factory knows: its genomes count among the
 * trials of the studies that descend from it, its best trials are bred from.
 *
 * @param[in,out] factory  Unchanged on failure.
 * @param[in]     search   Of this factory.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer, or a study that was admitted before.
 * @retval CRUCIBLE_E_NOMEM   Out of memory.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status crucible_factory_admit(
    crucible_factory *factory, const crucible_search *search);

/**
 * Studies that were admitted.
 *
 * @param[in] factory  NULL counts as empty.
 * @return Their number.
 * @since 0.1
 */
CRUCIBLE_API uint64_t crucible_factory_studies(const crucible_factory *factory);

/**
 * Frees a search and all it lent.
 *
 * @param[in] search  NULL is allowed.
 * @since 0.1
 */
CRUCIBLE_API void crucible_search_destroy(crucible_search *search);

/**
 * What it came to.
 *
 * @param[in]     search  Not NULL.
 * @param[in,out] report  struct_size in, the rest out.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer, or a struct_size that is wrong.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status crucible_search_report_of(
    const crucible_search *search, crucible_search_report *report);

/**
 * One trial.
 *
 * @param[in]     search  Not NULL.
 * @param[in]     number  Below the report's n_trials.
 * @param[in,out] trial   struct_size in, the rest out.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer, no such trial, or a struct_size that
 *                            is wrong.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status
crucible_search_trial(const crucible_search *search, uint64_t number,
                      crucible_factory_trial *trial);

/**
 * One winner.
 *
 * @param[in]     search       Not NULL.
 * @param[in]     index        Below the report's n_replacements; the best
 *                             first.
 * @param[in,out] replacement  struct_size in, the rest out.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer, no such winner, or a struct_size
 *                            that is wrong.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status
crucible_search_replacement(const crucible_search *search, uint32_t index,
                            crucible_replacement *replacement);

/**
 * One feasible trial that was turned down.
 *
 * @param[in]     search  Not NULL.
 * @param[in]     index   Below the report's n_turned_down; in the order in
 *                        which it was decided.
 * @param[in,out] turned_down  struct_size in, the rest out.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer, no such entry, or a struct_size that
 *                            is wrong.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status
crucible_search_turned_down(const crucible_search *search, uint64_t index,
                            crucible_turned_down *turned_down);

CRUCIBLE_END_DECLS

#endif /* CRUCIBLE_FACTORY_H */
