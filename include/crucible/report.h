/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file crucible/report.h
 * @brief A tournament's journal, read for people.
 *
 * A report is made from a store alone: of a run that goes on, that has ended,
 * that was paused or was cut off. Agents, trials, searches and verdicts are
 * those of the last bar that was committed; ledgers, curves and tracks are
 * those of the last checkpoint, of a pause or of the end.
 *
 * Everything a report hands out is lent until it ends. Strings are never NULL
 * unless it is said. Sharpe ratios are per bar of the shortest timeframe.
 *
 * Threads: a report never changes; any thread.
 */
#ifndef CRUCIBLE_REPORT_H
#define CRUCIBLE_REPORT_H

#include <stddef.h>
#include <stdint.h>

#include <crucible/backtest.h>
#include <crucible/costs.h>
#include <crucible/export.h>
#include <crucible/factory.h>
#include <crucible/forge.h>
#include <crucible/genome.h>
#include <crucible/metrics.h>
#include <crucible/status.h>
#include <crucible/store.h>
#include <crucible/watchtower.h>

CRUCIBLE_BEGIN_DECLS

/** A report. */
typedef struct crucible_report crucible_report;

/** The head of a report. */
typedef struct crucible_report_head {
  size_t struct_size;             /**< set by the caller */
  const char *config;             /**< resolved JSON */
  const char *build;              /**< crucible_build_info() of the run */
  const char *input_hash;         /**< SHA-256 of all bars, hexadecimal */
  const char *funding;            /**< "not applicable" or "unavailable" */
  crucible_instrument instrument; /**< its struct_size is set */
  uint64_t seed;                  /**< of the run */
  int32_t phase;                  /**< CRUCIBLE_PHASE_* */
  uint32_t n_slots;               /**< agents that may trade at once */
  uint32_t n_agents;              /**< ever activated */
  uint32_t n_living;        /**< active in the slots, or closing: they have
                                       left theirs and still leave a position */
  uint32_t n_champions;     /**< promoted and still there */
  uint32_t n_ended;         /**< terminated */
  uint32_t n_promotions;    /**< verdicts that promoted */
  uint32_t n_correlated;    /**< rows of crucible_report_get_correlation() */
  int64_t timeframe_ms;     /**< of the bars pushed */
  uint64_t n_bars;          /**< pushed */
  uint64_t n_train_bars;    /**< of these before the first agent */
  uint64_t n_gaps;          /**< runs of missing bars */
  int64_t first_ms;         /**< open of the first bar */
  int64_t trade_from_ms;    /**< open of the first bar traded */
  int64_t until_ms;         /**< close of the last bar */
  int64_t ledgers_ms;       /**< close up to which the curves go; 0: none */
  uint64_t n_trials;        /**< genomes tried, in all searches */
  uint64_t n_infeasible;    /**< of these infeasible */
  uint64_t n_holdout_reads; /**< looks at a holdout, in all searches */
  size_t n_studies;         /**< for crucible_report_get_study() */
  size_t n_verdicts;        /**< for crucible_report_get_verdict() */
  size_t n_events;          /**< for crucible_report_get_event() */
  size_t n_pool;            /**< members of the elite pool */
  size_t n_offers;          /**< offers to it */
  size_t n_generations;     /**< for crucible_report_get_generation() */
  size_t n_parts;           /**< for crucible_report_get_time() */
  double capital;           /**< issued to all agents ever activated, quote
                             currency */
  double equity;            /**< of all of them, the ended ones included */
  double buy_and_hold; /**< equity of the same capital, each agent's bought with
                             a taker order when the agent began and marked as any
                             position is */
  crucible_costs costs;              /**< of all agents */
  crucible_watchtower_options rules; /**< by which agents were judged; its
                                          struct_size is set */
  double
      mean_correlation; /**< over the pairs of n_correlated living agents; NaN
                                with fewer than two */
  double
      effective_bets; /**< n^2 / sum of all n^2 squared correlations, from 1 to
                              n = n_correlated; NaN for none */
} crucible_report_head;

/** A verdict. */
typedef struct crucible_report_verdict {
  size_t struct_size; /**< set by the caller */
  uint64_t bar;       /**< number of the bar at whose close it was given */
  int64_t time_ms;    /**< that close */
  crucible_verdict verdict; /**< rule, statistic, threshold and the track */
} crucible_report_verdict;

/** What a search handed out. */
typedef struct crucible_report_replacement {
  size_t struct_size;    /**< set by the caller */
  uint64_t study;        /**< its number; 0: not known */
  uint32_t rank;         /**< among the study's, from 1 */
  uint32_t generation;   /**< of its genome; 0 without parents */
  int64_t agent;         /**< that it became; -1: none */
  const char *state;     /**< "ready", "active", or why it never traded */
  const char *genome_id; /**< hexadecimal */
  const char *genome;    /**< canonical JSON with lineage */
  size_t n_genes;        /**< for crucible_report_get_gene() */
  double theta_in;       /**< of the model that was deployed */
  double theta_out;      /**< of it */
  crucible_replacement figures; /**< its pointers are NULL */
} crucible_report_replacement;

/** One agent. */
typedef struct crucible_report_agent {
  size_t struct_size;    /**< set by the caller */
  uint32_t agent;        /**< its number */
  uint32_t slot;         /**< that it was born into */
  const char *genome_id; /**< hexadecimal */
  const char *genome;    /**< canonical JSON with lineage */
  const char *parents[CRUCIBLE_GENOME_PARENTS_MAX];   /**< ids; NULL past
                                                         n_parents */
  int64_t parent_agents[CRUCIBLE_GENOME_PARENTS_MAX]; /**< the latest agent
                        before it that traded that genome; -1: none did */
  const char *state;                                  /**< such as "active" */
  const char *reason;                                 /**< of the state */
  int32_t life;                                       /**< CRUCIBLE_AGENT_* */
  uint32_t n_parents;                                 /**< of its genome */
  uint32_t generation; /**< of its genome; 0 without parents */
  uint32_t n_models;   /**< versions of its model, the first one included */
  uint64_t study;      /**< that found it */
  uint64_t from_bar;   /**< number of its first bar */
  int64_t from_ms;     /**< when that opened */
  uint64_t until_bar;  /**< number of the bar it ended with; 0: it lives */
  int64_t until_ms;    /**< close of that; 0: it lives */
  uint64_t refit_bar;  /**< when it got its latest model; 0: it has its first */
  uint32_t n_verdicts; /**< on it */
  int32_t has_track;   /**< 1: there is one */
  crucible_track track;              /**< live record, N and V */
  crucible_report_verdict verdict;   /**< the latest, if n_verdicts > 0 */
  crucible_ledger ledger;            /**< its struct_size is set */
  crucible_metrics metrics;          /**< of the equity per bar; likewise */
  crucible_trade_metrics trades;     /**< of the closed trades; likewise */
  crucible_report_replacement birth; /**< what the search said of it */
  crucible_forge_report forging;     /**< out of sample, before it went live */
  const int64_t *curve_ms;           /**< [n_curve] close times, of its life */
  const double *curve;               /**< [n_curve] equity */
  size_t n_curve; /**< points; 0: it began after ledgers_ms */
} crucible_report_agent;

/** A search. */
typedef struct crucible_report_study {
  size_t struct_size;    /**< set by the caller */
  uint64_t number;       /**< from 1 */
  uint64_t bar;          /**< at whose close it was asked */
  int64_t time_ms;       /**< that close */
  uint64_t admit_bar;    /**< number of the bar that admitted its result */
  uint32_t n_wanted;     /**< replacements */
  int32_t is_done;       /**< 0: the journal ends before it was admitted */
  const char *asked;     /**< why, in words */
  size_t n_seeds;        /**< elites that it began with */
  size_t n_trials;       /**< for crucible_report_get_trial(), if is_done */
  size_t n_replacements; /**< for crucible_report_get_replacement() */
  size_t n_turned_down;  /**< for crucible_report_get_turned_down() */
  int32_t has_best;      /**< 1: a trial was feasible */
  uint32_t reserved;     /**< 0 */
  uint64_t best_trial;   /**< number of the best feasible one */
  crucible_search_report search; /**< counts, N, V; 0 until is_done */
} crucible_report_study;

/** A trial. */
typedef struct crucible_report_trial {
  size_t struct_size;    /**< set by the caller */
  const char *genome_id; /**< hexadecimal; NULL: the point was no genome */
  const char *genome;    /**< canonical JSON with lineage; NULL likewise */
  const char *parents[CRUCIBLE_GENOME_PARENTS_MAX]; /**< ids; NULL past
                                                         n_parents */
  uint32_t n_parents;                               /**< of its genome */
  uint32_t generation;            /**< of its genome; 0 without parents */
  int32_t has_forging;            /**< 1: it was trained */
  uint32_t reserved;              /**< 0 */
  crucible_factory_trial figures; /**< its pointers are NULL */
} crucible_report_trial;

/** Where a gene's value comes from. */
enum {
  CRUCIBLE_GENE_NEW = 0,    /**< no parent has this value */
  CRUCIBLE_GENE_FIRST = 1,  /**< the first parent's */
  CRUCIBLE_GENE_SECOND = 2, /**< the second parent's */
  CRUCIBLE_GENE_BOTH = 3    /**< each parent has it */
};

/** A gene beside its parents'. A feature is a gene with its parameters. */
typedef struct crucible_report_gene {
  size_t struct_size; /**< set by the caller */
  const char *name;   /**< such as "horizon_bars", "feature RSI" */
  const char *value;  /**< JSON; NULL: a parent's gene that is gone */
  const char *parents[CRUCIBLE_GENOME_PARENTS_MAX]; /**< theirs; NULL: none */
  int32_t from;      /**< CRUCIBLE_GENE_*; of one that is gone: who had it */
  uint32_t reserved; /**< 0 */
} crucible_report_gene;

/** Lists of elite DNA. */
enum {
  CRUCIBLE_REPORT_POOL = 1,   /**< members at the end, best first */
  CRUCIBLE_REPORT_OFFERS = 2, /**< what was offered, in order */
  CRUCIBLE_REPORT_SEEDS = 3   /**< what a study began with */
};

/** Elite DNA. */
typedef struct crucible_report_elite {
  size_t struct_size;     /**< set by the caller */
  const char *genome_id;  /**< hexadecimal */
  uint64_t at_bar;        /**< of an offer: when; else 0 */
  int32_t outcome;        /**< of an offer: CRUCIBLE_ELITE_TAKEN, ... */
  uint32_t generation;    /**< of its genome; 0 without parents */
  const char *why;        /**< of an offer: the outcome in words */
  crucible_elite figures; /**< its genome is NULL */
} crucible_report_elite;

/** What else happened. */
typedef struct crucible_report_event {
  size_t struct_size; /**< set by the caller */
  uint64_t bar;       /**< number of the bar */
  int64_t time_ms;    /**< its close */
  int64_t agent;      /**< whom it was about; below 0: no agent */
  const char *kind;   /**< a word or two */
  const char *detail; /**< the rest */
} crucible_report_event;

/** One generation of DNA: 0 has no parents. */
typedef struct crucible_report_generation {
  size_t struct_size;   /**< set by the caller */
  uint32_t generation;  /**< its number */
  uint32_t n_agents;    /**< that traded */
  uint32_t n_promoted;  /**< of them promoted */
  uint32_t n_measured;  /**< of them with a live Sharpe ratio */
  uint64_t n_trials;    /**< evaluated, not counting elites tried once more */
  uint64_t n_feasible;  /**< of them complete and feasible */
  double best_sharpe;   /**< of these out of sample; NaN: none */
  double median_sharpe; /**< of these; NaN: none */
  double live_sharpe;   /**< mean over the agents; NaN: none */
  double live_return;   /**< mean over the agents; NaN: none */
} crucible_report_generation;

/**
 * Reads a journal.
 *
 * @param[in]  store   Opened in any mode; lent for the call.
 * @param[out] report  NULL on failure.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer.
 * @retval CRUCIBLE_E_STORE   Not a tournament's journal, or damaged.
 * @retval CRUCIBLE_E_NOMEM   Out of memory.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status
crucible_report_create(crucible_store *store, crucible_report **report);

/**
 * Frees a report.
 *
 * @param[in] report  NULL is allowed.
 * @since 0.1
 */
CRUCIBLE_API void crucible_report_destroy(crucible_report *report);

/**
 * The head.
 *
 * @param[in]     report  Not NULL.
 * @param[in,out] head    struct_size in, the rest out.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer, or a struct_size that is wrong.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status crucible_report_get_head(
    const crucible_report *report, crucible_report_head *head);

/**
 * One agent, with its records.
 *
 * @param[in]     report  Not NULL.
 * @param[in]     index   Below n_agents; its number.
 * @param[in,out] agent   struct_size in, the rest out.
 * @param[in,out] orders  struct_size in, the rest out; may be NULL.
 * @param[in,out] trades  struct_size in, the rest out; may be NULL.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer, no such agent, or a struct_size
 *                            that is wrong.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status crucible_report_get_agent(
    const crucible_report *report, uint32_t index, crucible_report_agent *agent,
    crucible_orders *orders, crucible_trades *trades);

/**
 * The price beside the agents' curves: one agent's capital, bought with the
 * first bar traded.
 *
 * @param[in]  report   Not NULL.
 * @param[out] time_ms  [n] close times.
 * @param[out] equity   [n] its equity.
 * @param[out] n        Points.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status crucible_report_get_market(
    const crucible_report *report, const int64_t **time_ms,
    const double **equity, size_t *n);

/**
 * One verdict, in the order in which they were given.
 *
 * @param[in]     report   Not NULL.
 * @param[in]     index    Below n_verdicts.
 * @param[in,out] verdict  struct_size in, the rest out.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer, no such verdict, or a struct_size
 *                            that is wrong.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status
crucible_report_get_verdict(const crucible_report *report, size_t index,
                            crucible_report_verdict *verdict);

/**
 * One event, in their order.
 *
 * @param[in]     report  Not NULL.
 * @param[in]     index   Below n_events.
 * @param[in,out] event   struct_size in, the rest out.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer, no such event, or a struct_size that
 *                            is wrong.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status crucible_report_get_event(
    const crucible_report *report, size_t index, crucible_report_event *event);

/**
 * One search, by number.
 *
 * @param[in]     report  Not NULL.
 * @param[in]     index   Below n_studies; number index + 1.
 * @param[in,out] study   struct_size in, the rest out.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer, no such study, or a struct_size that
 *                            is wrong.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status crucible_report_get_study(
    const crucible_report *report, size_t index, crucible_report_study *study);

/**
 * One trial of a search.
 *
 * @param[in]     report   Not NULL.
 * @param[in]     study    Index of the study.
 * @param[in]     index    Below its n_trials; the trial's number.
 * @param[in,out] trial    struct_size in, the rest out.
 * @param[in,out] forging  struct_size in, the rest out, all 0 without
 *                         has_forging; may be NULL.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer, no such trial, or a struct_size that
 *                            is wrong.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status crucible_report_get_trial(
    const crucible_report *report, size_t study, size_t index,
    crucible_report_trial *trial, crucible_forge_report *forging);

/**
 * One that a search handed out.
 *
 * @param[in]     report       Not NULL.
 * @param[in]     study        Index of the study.
 * @param[in]     index        Below its n_replacements; rank index + 1.
 * @param[in,out] replacement  struct_size in, the rest out.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer, no such replacement, or a
 *                            struct_size that is wrong.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status crucible_report_get_replacement(
    const crucible_report *report, size_t study, size_t index,
    crucible_report_replacement *replacement);

/**
 * One gene of a replacement beside its parents': what it inherited from whom,
 * what changed, and what it lost. First its own genes, then the lost ones; none
 * at all if its genome or a parent's cannot be read.
 *
 * @param[in]     report       Not NULL.
 * @param[in]     study        Index of the study.
 * @param[in]     replacement  Index among its replacements.
 * @param[in]     index        Below the replacement's n_genes.
 * @param[in,out] gene         struct_size in, the rest out.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer, no such gene, or a struct_size that
 *                            is wrong.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status crucible_report_get_gene(
    const crucible_report *report, size_t study, size_t replacement,
    size_t index, crucible_report_gene *gene);

/**
 * One feasible trial that was not handed out.
 *
 * @param[in]     report       Not NULL.
 * @param[in]     study        Index of the study.
 * @param[in]     index        Below its n_turned_down.
 * @param[in,out] turned_down  struct_size in, the rest out.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer, no such entry, or a struct_size that
 *                            is wrong.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status crucible_report_get_turned_down(
    const crucible_report *report, size_t study, size_t index,
    crucible_turned_down *turned_down);

/**
 * Elite DNA: of the pool, of an offer to it, of the seeds of a study.
 *
 * @param[in]     report  Not NULL.
 * @param[in]     list    CRUCIBLE_REPORT_POOL, _OFFERS or _SEEDS.
 * @param[in]     study   Index of the study for _SEEDS; 0 otherwise.
 * @param[in]     index   Below n_pool, n_offers or the study's n_seeds.
 * @param[in,out] elite   struct_size in, the rest out.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer, no such entry, or a struct_size that
 *                            is wrong.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status crucible_report_get_elite(
    const crucible_report *report, int32_t list, size_t study, size_t index,
    crucible_report_elite *elite);

/**
 * Correlations of the returns per bar of the living agents that have at least
 * 32 returns, not all 0; each over the bars that both have lived. NaN where one
 * of the two never changed over these.
 *
 * @param[in]  report  Not NULL.
 * @param[out] agents  [n] their numbers.
 * @param[out] matrix  [n * n] row by row; 1 on the diagonal.
 * @param[out] n       Their number.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status crucible_report_get_correlation(
    const crucible_report *report, const uint32_t **agents,
    const double **matrix, size_t *n);

/**
 * One generation of DNA.
 *
 * @param[in]     report      Not NULL.
 * @param[in]     index       Below n_generations; its number.
 * @param[in,out] generation  struct_size in, the rest out.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer, no such generation, or a struct_size
 *                            that is wrong.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status
crucible_report_get_generation(const crucible_report *report, size_t index,
                               crucible_report_generation *generation);

/**
 * How long a part of the work took, in all runs of the tournament together. The
 * parts of a search are inside of "searches".
 *
 * @param[in]  report  Not NULL.
 * @param[in]  index   Below n_parts.
 * @param[out] part    Its name.
 * @param[out] n       How often it was done: bars, searches, refits.
 * @param[out] ns      Nanoseconds; of work on several threads at once each
 *                     thread's.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer, or no such part.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status
crucible_report_get_time(const crucible_report *report, size_t index,
                         const char **part, uint64_t *n, int64_t *ns);

CRUCIBLE_END_DECLS

#endif /* CRUCIBLE_REPORT_H */
