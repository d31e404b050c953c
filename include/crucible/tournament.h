/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file crucible/tournament.h
 * @brief A tournament: forge agents, let them trade, write everything down.
 *
 * Its only input is a pushed event. The first train_bars bars are what the
 * agents are trained on; then each bar steps the arena. Every bar is one
 * transaction of the journal: inputs (as a running hash), orders, trades,
 * states; a checkpoint every 256 bars. Equity is derived.
 *
 * Threads: one at a time per tournament.
 */
#ifndef CRUCIBLE_TOURNAMENT_H
#define CRUCIBLE_TOURNAMENT_H

#include <stddef.h>
#include <stdint.h>

#include <crucible/arena.h>
#include <crucible/costs.h>
#include <crucible/export.h>
#include <crucible/forge.h>
#include <crucible/genome.h>
#include <crucible/runtime.h>
#include <crucible/status.h>
#include <crucible/store.h>
#include <crucible/types.h>

CRUCIBLE_BEGIN_DECLS

/** Kinds of events. */
enum {
  CRUCIBLE_EVENT_BAR = 1, /**< a closed bar of the shortest timeframe */
  CRUCIBLE_EVENT_STOP = 2 /**< nothing follows: final ledgers are written */
};

/** An event. */
typedef struct crucible_event {
  size_t struct_size; /**< set by the caller */
  int32_t kind;       /**< CRUCIBLE_EVENT_* */
  int32_t is_early;   /**< of a STOP, 1: by request, before the input ended */
  crucible_bar bar;   /**< of a BAR */
} crucible_event;

/** Where a tournament stands. */
enum {
  CRUCIBLE_PHASE_COLLECTING = 1, /**< bars to train on are coming in */
  CRUCIBLE_PHASE_TRADING = 2,    /**< agents act */
  CRUCIBLE_PHASE_FINISHED = 3    /**< stopped, final */
};

/** How far a tournament has come. */
typedef struct crucible_progress {
  size_t struct_size; /**< set by who fills it */
  int32_t phase;      /**< CRUCIBLE_PHASE_* */
  uint32_t n_agents;  /**< active */
  uint64_t n_bars;    /**< bars taken */
  uint64_t n_forged;  /**< genomes trained so far, infeasible ones included */
  uint64_t n_wanted;  /**< agents wanted */
  uint64_t n_orders;  /**< ended orders */
  uint64_t n_trades;  /**< closed trades */
  int64_t time_ms;    /**< close of the last bar */
} crucible_progress;

/**
 * Hears of progress while genomes are forged, on the thread that pushes.
 *
 * @param progress   How far it is.
 * @param user_data  As given to crucible_tournament_create().
 */
typedef void (*crucible_progress_cb)(const crucible_progress *progress,
                                     void *user_data);

/** What surrounds a tournament; start from its init. */
typedef struct crucible_tournament_options {
  size_t struct_size; /**< set by init */
  const char *config; /**< JSON as crucible_config_resolve() gives it;
                                   NULL = all defaults */
  const crucible_instrument *instrument; /**< what is traded; copied */
  int64_t timeframe_ms;                  /**< of the bars that will be pushed */
  uint32_t has;                  /**< CRUCIBLE_NEEDS_* columns they have */
  uint32_t reserved;             /**< 0 */
  uint64_t seed;                 /**< of everything random; default 1 */
  crucible_pool *pool;           /**< lent; NULL = one thread */
  const crucible_cancel *cancel; /**< lent; NULL: cannot be cancelled */
  crucible_progress_cb progress; /**< may be NULL */
  void *user_data;               /**< passed to it */
} crucible_tournament_options;

/** A running tournament. */
typedef struct crucible_tournament crucible_tournament;

/**
 * The defaults of a configuration as commented JSON, one line per field.
 *
 * @return A static string.
 * @since 0.1
 */
CRUCIBLE_API const char *crucible_config_defaults(void);

/**
 * The JSON schema (draft 2020-12) of a configuration.
 *
 * @return A static string.
 * @since 0.1
 */
CRUCIBLE_API const char *crucible_config_schema(void);

/**
 * Merges a configuration over the defaults, then single settings over that,
 * and checks the result.
 *
 * @param[in]  text      JSON, comments allowed; NULL: the defaults.
 * @param[in]  name      Stands for the text in error messages.
 * @param[in]  settings  [n_settings] each "path=value", such as
 *                       "tournament.agents=20".
 * @param[in]  n_settings  May be 0.
 * @param[out] resolved  [capacity] the whole configuration as canonical JSON
 *                       with a closing zero; NULL with capacity 0.
 * @param[in]  capacity  Room.
 * @param[out] length    Bytes needed without the closing zero.
 * @retval CRUCIBLE_OK        Done; cut off if length >= capacity.
 * @retval CRUCIBLE_E_INVALID NULL pointer, or a setting that is not of that
 *                            form.
 * @retval CRUCIBLE_E_DATA    An unknown key, a wrong type, a value out of its
 *                            range: the text gives the JSON path and the rule.
 * @retval CRUCIBLE_E_NOMEM   Out of memory.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status crucible_config_resolve(
    const char *text, const char *name, const char *const *settings,
    size_t n_settings, char *resolved, size_t capacity, size_t *length);

/**
 * Fills options with the defaults.
 *
 * @param[out] options      All struct_size bytes are written.
 * @param[in]  struct_size  sizeof *options, as the caller compiled it.
 * @since 0.1
 */
CRUCIBLE_API void
crucible_tournament_options_init(crucible_tournament_options *options,
                                 size_t struct_size);

/**
 * A tournament in an empty store.
 *
 * @param[in]  store       Opened with CRUCIBLE_STORE_CREATE; lent.
 * @param[in]  options     instrument and timeframe must be given.
 * @param[out] tournament  NULL on failure.
 * @retval CRUCIBLE_OK            Done.
 * @retval CRUCIBLE_E_INVALID     NULL pointer or a wrong option.
 * @retval CRUCIBLE_E_VERSION     A field that this library does not know
 *                                is set.
 * @retval CRUCIBLE_E_DATA        The configuration is wrong.
 * @retval CRUCIBLE_E_UNSUPPORTED A perpetual without funding.
 * @retval CRUCIBLE_E_STORE       The journal cannot be written.
 * @retval CRUCIBLE_E_NOMEM       Out of memory.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status crucible_tournament_create(
    crucible_store *store, const crucible_tournament_options *options,
    crucible_tournament **tournament);

/**
 * Frees a tournament; what was pushed is in the journal.
 *
 * @param[in] tournament  NULL is allowed.
 * @since 0.1
 */
CRUCIBLE_API void crucible_tournament_destroy(crucible_tournament *tournament);

/**
 * Takes an event. The one that completes the training bars forges the agents
 * and takes long.
 *
 * @param[in,out] tournament  After a failure other than E_INVALID and E_DATA it
 *                            takes no more events.
 * @param[in]     event       The next event.
 * @retval CRUCIBLE_OK          Done, and durable in the journal's sense.
 * @retval CRUCIBLE_E_INVALID   NULL pointer or another kind.
 * @retval CRUCIBLE_E_DATA      A bar is malformed or does not follow; nothing
 *                              has changed.
 * @retval CRUCIBLE_E_STATE     It is finished or has failed before.
 * @retval CRUCIBLE_E_TOO_SHORT The training bars are too few for the forge.
 * @retval CRUCIBLE_E_CANCELLED Cancelled.
 * @retval CRUCIBLE_E_STORE     The journal cannot be written.
 * @retval CRUCIBLE_E_MODEL     The model backend failed.
 * @retval CRUCIBLE_E_NOMEM     Out of memory.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status crucible_tournament_push(
    crucible_tournament *tournament, const crucible_event *event);

/**
 * How far it has come.
 *
 * @param[in]     tournament  Not NULL.
 * @param[in,out] progress    struct_size in, the rest out.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer, or a struct_size that is wrong.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status crucible_tournament_progress(
    const crucible_tournament *tournament, crucible_progress *progress);

/** A tournament's journal, read for people. */
typedef struct crucible_report crucible_report;

/** The head of a report. Strings are lent until the report ends. */
typedef struct crucible_report_head {
  size_t struct_size;             /**< set by the caller */
  const char *config;             /**< resolved JSON */
  const char *build;              /**< crucible_build_info() of the run */
  const char *input_hash;         /**< SHA-256 of all bars, hexadecimal */
  const char *funding;            /**< "not applicable" or "unavailable" */
  crucible_instrument instrument; /**< its struct_size is set */
  uint64_t seed;                  /**< of the run */
  int32_t phase;                  /**< CRUCIBLE_PHASE_* */
  uint32_t n_agents;              /**< ever activated */
  int64_t timeframe_ms;           /**< of the bars pushed */
  uint64_t n_bars;                /**< pushed */
  uint64_t n_train_bars;          /**< of these trained on */
  uint64_t n_gaps;                /**< runs of missing bars */
  int64_t first_ms;               /**< open of the first bar */
  int64_t trade_from_ms;          /**< open of the first bar traded */
  int64_t until_ms;               /**< close of the last bar */
  uint64_t n_forged;              /**< genomes trained */
  uint64_t n_infeasible;          /**< of these infeasible */
  double capital;                 /**< issued to all agents, quote currency */
  double equity;                  /**< of all agents at the end */
  double buy_and_hold;  /**< equity of the same capital, bought with a taker
                               order at the first bar traded and marked as any
                               position is */
  crucible_costs costs; /**< of all agents */
} crucible_report_head;

/** One agent of a report. Strings are lent until the report ends. */
typedef struct crucible_report_agent {
  size_t struct_size;            /**< set by the caller */
  uint32_t agent;                /**< its number */
  uint32_t reserved;             /**< 0 */
  const char *genome_id;         /**< hexadecimal */
  const char *genome;            /**< canonical JSON with lineage */
  const char *state;             /**< such as "active" */
  const char *reason;            /**< of the state */
  crucible_ledger ledger;        /**< at the last bar; its struct_size is set */
  crucible_metrics metrics;      /**< of the equity per bar; likewise */
  crucible_trade_metrics trades; /**< of the closed trades; likewise */
  crucible_forge_report forging; /**< out of sample, before it went live */
  const int64_t *curve_ms;       /**< [n_curve] close times */
  const double *curve;           /**< [n_curve] equity */
  size_t n_curve;                /**< points */
} crucible_report_agent;

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
 * @param[in]     index   Below n_agents, by number of agent.
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
 * The price beside the agents' curves: one point per curve step.
 *
 * @param[in]  report   Not NULL.
 * @param[out] time_ms  [n] close times.
 * @param[out] equity   [n] buy-and-hold equity of one agent's capital.
 * @param[out] n        Points.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status crucible_report_get_market(
    const crucible_report *report, const int64_t **time_ms,
    const double **equity, size_t *n);

CRUCIBLE_END_DECLS

#endif /* CRUCIBLE_TOURNAMENT_H */
