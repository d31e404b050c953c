/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file crucible/tournament.h
 * @brief A tournament: forge agents, let them trade, write everything down.
 *
 * Its only input is a pushed event. The first train_bars bars are what the
 * first agents are trained on; then each bar steps the arena, the watchtower
 * judges, who ends leaves its slot, and the factory searches for who takes it,
 * seeded with the elite DNA. Every bar is one transaction of the journal: inputs
 * (as a running hash), orders, trades, verdicts, searches; a checkpoint every
 * 256 bars. Equity is derived.
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
#include <crucible/watchtower.h>

CRUCIBLE_BEGIN_DECLS

/** Kinds of events. */
enum {
  CRUCIBLE_EVENT_BAR = 1, /**< a closed bar of the shortest timeframe */
  CRUCIBLE_EVENT_STOP = 2 /**< nothing follows: ledgers are written */
};

/** An event. */
typedef struct crucible_event {
  size_t struct_size; /**< set by the caller */
  int32_t kind;       /**< CRUCIBLE_EVENT_* */
  int32_t is_early;   /**< of a STOP, 1: before the input ended; the tournament
                           is paused and can be resumed */
  crucible_bar bar;   /**< of a BAR */
} crucible_event;

/** Where a tournament stands. */
enum {
  CRUCIBLE_PHASE_COLLECTING = 1, /**< bars to train on are coming in */
  CRUCIBLE_PHASE_TRADING = 2,    /**< agents act */
  CRUCIBLE_PHASE_FINISHED = 3,   /**< stopped, final */
  CRUCIBLE_PHASE_PAUSED = 4,     /**< stopped early, can be resumed */
  CRUCIBLE_PHASE_RESUMING = 5    /**< taking the bars that the journal holds */
};

/** How far a tournament has come. */
typedef struct crucible_progress {
  size_t struct_size;    /**< set by who fills it */
  int32_t phase;         /**< CRUCIBLE_PHASE_* */
  uint32_t n_agents;     /**< active in the slots */
  uint32_t n_champions;  /**< active outside of them */
  uint32_t n_ended;      /**< terminated so far */
  uint64_t n_wanted;     /**< slots */
  uint64_t n_bars;       /**< bars taken, by this and earlier runs */
  uint64_t n_studies;    /**< searches so far */
  uint64_t n_trials;     /**< genomes tried in them */
  uint64_t n_orders;     /**< ended orders */
  uint64_t n_trades;     /**< closed trades */
  uint64_t n_trained;    /**< genomes trained by this process; what is read from
                              the journal is not */
  uint64_t n_repeated;   /**< bars stepped once more to resume */
  uint64_t search_done;  /**< trials of the running search that ended */
  uint64_t search_total; /**< trials of the running search; 0: none runs */
  int64_t time_ms;       /**< close of the last bar */
} crucible_progress;

/**
 * Hears of progress while a search runs, on the thread that pushes.
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
  uint32_t has;               /**< CRUCIBLE_NEEDS_* columns they have */
  int32_t accept_new_machine; /**< 1: resume what another build or machine
                                   began, where the same bits are not promised */
  int32_t is_live;   /**< 1: every commit is on the disk before the next event;
                          0 (default): it survives the process */
  uint32_t reserved; /**< 0 */
  uint64_t seed;     /**< of everything random; default 1 */
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
 * What a configuration says of the watchtower: the rules that act, their
 * thresholds and windows.
 *
 * @param[in]     text   JSON, comments allowed; NULL: the defaults.
 * @param[in]     name   Stands for the text in error messages.
 * @param[in,out] rules  struct_size in, the rest out.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer or a wrong struct_size.
 * @retval CRUCIBLE_E_DATA    As in crucible_config_resolve().
 * @retval CRUCIBLE_E_NOMEM   Out of memory.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status crucible_config_watchtower(
    const char *text, const char *name, crucible_watchtower_options *rules);

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
 * A tournament in a store: a new one, or the one that is there. To resume, push
 * the same bars from the first one on: those that the journal holds are taken
 * quickly up to its last checkpoint, the few after that are stepped once more,
 * and no training that was journalled is done again. A finished one is there to
 * be read: what is pushed is only held against the bars that it has seen.
 *
 * @param[in]  store       Opened with CRUCIBLE_STORE_CREATE or _RESUME; lent.
 * @param[in]  options     instrument and timeframe must be given.
 * @param[out] tournament  NULL on failure.
 * @retval CRUCIBLE_OK            Done.
 * @retval CRUCIBLE_E_INVALID     NULL pointer or a wrong option.
 * @retval CRUCIBLE_E_VERSION     A field that this library does not know
 *                                is set.
 * @retval CRUCIBLE_E_DATA        The configuration is wrong.
 * @retval CRUCIBLE_E_STATE       What is there was begun with another
 *                                configuration, seed, instrument, timeframe or
 *                                columns, or by another build or machine: the
 *                                text names the difference.
 * @retval CRUCIBLE_E_UNSUPPORTED A perpetual without funding.
 * @retval CRUCIBLE_E_STORE       The journal cannot be written, or is damaged.
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
 * Takes an event. A bar at which a search ends takes long.
 *
 * @param[in,out] tournament  After a failure other than E_INVALID and E_DATA it
 *                            takes no more events.
 * @param[in]     event       The next event.
 * @retval CRUCIBLE_OK          Done, and durable in the journal's sense.
 * @retval CRUCIBLE_E_INVALID   NULL pointer or another kind.
 * @retval CRUCIBLE_E_DATA      A bar is malformed or does not follow; nothing
 *                              has changed. Of a journal that was there also:
 *                              these are not the bars that its run has seen.
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

CRUCIBLE_END_DECLS

#endif /* CRUCIBLE_TOURNAMENT_H */
