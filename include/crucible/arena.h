/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file crucible/arena.h
 * @brief Many agents on one market, each with its own ledger, bar by bar.
 *
 * An agent is a genome, a model and an account. The arena takes the closed
 * bars of one instrument in its shortest timeframe, makes the longer ones
 * itself, forecasts volatility and volume, computes each feature once however
 * many agents look at it, and steps the agents. Results do not depend on the
 * number of threads.
 *
 * Where bars of several timeframes close together the shorter acts first.
 *
 * An agent is active until it is promoted (it goes on trading on the champion
 * bench: the arena treats it the same, its caller fills its slot again) or
 * terminated. Who is terminated leaves the market in order: its orders are
 * cancelled, its position is closed at the next price that can be had, and
 * until then it is closing. A terminated agent is final: its ledger can be
 * read for ever, model and features are freed, its number is not used again.
 *
 * Threads: one at a time per arena.
 */
#ifndef CRUCIBLE_ARENA_H
#define CRUCIBLE_ARENA_H

#include <stddef.h>
#include <stdint.h>

#include <crucible/backtest.h>
#include <crucible/export.h>
#include <crucible/genome.h>
#include <crucible/runtime.h>
#include <crucible/status.h>
#include <crucible/types.h>

CRUCIBLE_BEGIN_DECLS

/** Where an agent stands in its life. */
enum {
  CRUCIBLE_AGENT_ACTIVE = 1,    /**< trades, in a slot */
  CRUCIBLE_AGENT_PROMOTED = 2,  /**< trades, on the champion bench */
  CRUCIBLE_AGENT_CLOSING = 3,   /**< has to leave its position or order */
  CRUCIBLE_AGENT_TERMINATED = 4 /**< flat and final */
};

/** Options; start from crucible_arena_options_init(). */
typedef struct crucible_arena_options {
  size_t struct_size;                    /**< set by init */
  const crucible_instrument *instrument; /**< what is traded; copied */
  const int64_t *timeframes_ms; /**< [n_timeframes] ascending; each a multiple
                                     of the first, whose bars are pushed */
  size_t n_timeframes;          /**< 1 to 8 */
  uint32_t has;                 /**< CRUCIBLE_NEEDS_* columns the bars have */
  uint32_t volume_window;       /**< closed bars behind the volume forecast;
                                 default 12 */
  uint32_t sigma_window; /**< returns behind each EGARCH fit; default 4,032 */
  uint32_t sigma_refit;  /**< bars between two fits; default 2,016 */
  uint32_t sigma_first;  /**< returns before the first fit; default 1,008 */
  uint32_t reserved;     /**< 0 */
  crucible_backtest_options backtest; /**< capital, costs, path; its
                                           struct_size is set by init */
} crucible_arena_options;

/** An agent to be. */
typedef struct crucible_agent_spec {
  size_t struct_size;            /**< set by the caller */
  const crucible_genome *genome; /**< lent for the agent's life */
  const void *model;             /**< [model_bytes] of crucible_forged_model();
                                      copied */
  size_t model_bytes;            /**< their number */
  const crucible_plan *plan;     /**< of crucible_forged_plan(); copied */
} crucible_agent_spec;

/**
 * What an agent did at one bar of the shortest timeframe; arrays are lent until
 * the next push.
 *
 * An agent of a longer timeframe acts only where a bar of its own closes. At
 * the other closes its account is marked at the price one would leave at, so
 * that all equity is on one clock.
 */
typedef struct crucible_agent_step {
  size_t struct_size;   /**< set by who fills it */
  uint32_t agent;       /**< its number */
  int32_t cannot_trade; /**< 1: an entry was rejected for its size and even the
                             largest one would be; it takes no more entries */
  int32_t state;        /**< CRUCIBLE_AGENT_* after this bar; TERMINATED: this
                             is the last that is heard of it */
  int32_t is_mark_only; /**< 1: no bar of its own closed: equity is a mark, and
                             there are no orders or trades */
  double prediction;    /**< at its own close; NaN while features are warming
                             up, while closing, and with is_mark_only */
  double equity;        /**< at this close, quote currency */
  crucible_orders orders; /**< that ended since it was last reported */
  crucible_trades trades; /**< that closed since then */
} crucible_agent_step;

/**
 * Hears what agents did, on the thread that pushes: every agent that is not
 * terminated, once for each bar that is pushed, those of shorter timeframes
 * first and those of one timeframe in order of their numbers. (A closing agent
 * counts to the shortest.) The arena must not be called meanwhile but to look.
 *
 * @param step       Of one agent.
 * @param user_data  As given to crucible_arena_push().
 * @return 0, or non-zero to stop with CRUCIBLE_E_CALLBACK.
 */
typedef int32_t (*crucible_agent_step_cb)(const crucible_agent_step *step,
                                          void *user_data);

/** Agents and their market. */
typedef struct crucible_arena crucible_arena;

/**
 * Fills options with the defaults.
 *
 * @param[out] options      All struct_size bytes are written.
 * @param[in]  struct_size  sizeof *options, as the caller compiled it.
 * @since 0.1
 */
CRUCIBLE_API void crucible_arena_options_init(crucible_arena_options *options,
                                              size_t struct_size);

/**
 * An arena without agents.
 *
 * @param[in]  options  instrument and timeframes must be given.
 * @param[in]  pool     Lent for the arena's life; NULL = one thread.
 * @param[out] arena    NULL on failure.
 * @retval CRUCIBLE_OK            Done.
 * @retval CRUCIBLE_E_INVALID     NULL pointer or a wrong option.
 * @retval CRUCIBLE_E_VERSION     A field that this library does not know
 *                                is set.
 * @retval CRUCIBLE_E_UNSUPPORTED A perpetual without funding.
 * @retval CRUCIBLE_E_NOMEM       Out of memory.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status
crucible_arena_create(const crucible_arena_options *options,
                      crucible_pool *pool, crucible_arena **arena);

/**
 * Frees an arena and its agents.
 *
 * @param[in] arena  NULL is allowed.
 * @since 0.1
 */
CRUCIBLE_API void crucible_arena_destroy(crucible_arena *arena);

/**
 * Adds an agent, which acts from the next bar on. Its features are computed
 * over all bars so far first, so that they are as warm as if it had always
 * been there.
 *
 * @param[in,out] arena  Unchanged on failure.
 * @param[in]     spec   The agent.
 * @param[out]    agent  Its number: 0, 1, 2, ...
 * @retval CRUCIBLE_OK            Done.
 * @retval CRUCIBLE_E_INVALID     NULL pointer, a genome of another symbol or
 *                                of a timeframe that the arena lacks, or a
 *                                plan that cannot be traded.
 * @retval CRUCIBLE_E_UNSUPPORTED A feature's column is absent.
 * @retval CRUCIBLE_E_MODEL       The model does not load or wants other
 *                                columns than the genome's features.
 * @retval CRUCIBLE_E_STATE       In the midst of a bar, or after a failure.
 * @retval CRUCIBLE_E_NOMEM       Out of memory.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status crucible_arena_add_agent(
    crucible_arena *arena, const crucible_agent_spec *spec, uint32_t *agent);

/**
 * Name of a state, as reports show it.
 *
 * @param[in] state  CRUCIBLE_AGENT_*.
 * @return Such as "active"; "unknown" for any other number. Static.
 * @since 0.1
 */
CRUCIBLE_API const char *crucible_agent_state_name(int32_t state);

/**
 * An active agent goes to the champion bench and trades on.
 *
 * @param[in,out] arena  Between two bars.
 * @param[in]     agent  Its number.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer or no such agent.
 * @retval CRUCIBLE_E_STATE   It is not active: the text says what it is and
 *                            what can be done; or the arena is in the midst of
 *                            a bar or has failed.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status
crucible_arena_promote(crucible_arena *arena, uint32_t agent);

/**
 * An active or promoted agent has to go. With neither position nor order it is
 * terminated at once. Else it is closing: an entry that waits is cancelled at
 * the next bar, a position is closed there at the open by the step of
 * crucible_trader_close() with CRUCIBLE_PURPOSE_LIQUIDATION, or later where a
 * bar has no volume or nothing is forecast yet; it is terminated by the bar in
 * which it is flat, whose report says so. From now on its bars are those of the
 * shortest timeframe: what has passed of a longer one is its last of that kind,
 * so that no exit is ever priced at an open before this call.
 *
 * @param[in,out] arena  Between two bars.
 * @param[in]     agent  Its number.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer or no such agent.
 * @retval CRUCIBLE_E_STATE   It is closing or terminated, or as
 *                            crucible_arena_promote().
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status
crucible_arena_terminate(crucible_arena *arena, uint32_t agent);

/**
 * A refit: another model and other thresholds for the same genome, from the
 * next bar on. The account goes on, an open position keeps its stop and target
 * and an order that waits its terms.
 *
 * @param[in,out] arena  Between two bars; unchanged on failure.
 * @param[in]     agent  Its number.
 * @param[in]     spec   Genome of the same id; a plan that differs from the
 *                       agent's in theta_in and theta_out alone.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer, no such agent, another genome, or
 *                            another plan: the text names its field.
 * @retval CRUCIBLE_E_STATE   It is closing or terminated, or as
 *                            crucible_arena_promote().
 * @retval CRUCIBLE_E_MODEL   As crucible_arena_add_agent().
 * @retval CRUCIBLE_E_NOMEM   Out of memory.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status crucible_arena_set_model(
    crucible_arena *arena, uint32_t agent, const crucible_agent_spec *spec);

/**
 * Where an agent stands.
 *
 * @param[in]  arena  Not NULL.
 * @param[in]  agent  Its number.
 * @param[out] state  CRUCIBLE_AGENT_*.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer or no such agent.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status crucible_arena_agent_state(
    const crucible_arena *arena, uint32_t agent, int32_t *state);

/**
 * Number of agents in a state.
 *
 * @param[in] arena  NULL counts as none.
 * @param[in] state  CRUCIBLE_AGENT_*; any other counts none.
 * @return The number.
 * @since 0.1
 */
CRUCIBLE_API uint32_t crucible_arena_count(const crucible_arena *arena,
                                           int32_t state);

/**
 * The step: one closed bar of the shortest timeframe.
 *
 * @param[in,out] arena      Unchanged by CRUCIBLE_E_INVALID and _E_DATA; after
 *                           any other failure it takes no more bars.
 * @param[in]     bar        The next bar.
 * @param[in]     callback   Hears what agents did; may be NULL.
 * @param[in]     user_data  Passed to it.
 * @retval CRUCIBLE_OK         Done.
 * @retval CRUCIBLE_E_INVALID  NULL pointer.
 * @retval CRUCIBLE_E_DATA     The bar is malformed or does not follow.
 * @retval CRUCIBLE_E_STATE    It has failed before, or was called by its own
 *                             callback.
 * @retval CRUCIBLE_E_CALLBACK The callback asked to stop.
 * @retval CRUCIBLE_E_NOMEM    Out of memory.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status
crucible_arena_push(crucible_arena *arena, const crucible_bar *bar,
                    crucible_agent_step_cb callback, void *user_data);

/**
 * Number of agents ever added.
 *
 * @param[in] arena  NULL counts as none.
 * @return The number.
 * @since 0.1
 */
CRUCIBLE_API uint32_t crucible_arena_agents(const crucible_arena *arena);

/**
 * An agent's ledger after its last bar.
 *
 * @param[in]     arena   Not NULL.
 * @param[in]     agent   Its number.
 * @param[in,out] ledger  struct_size in, the rest out.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer, no such agent, or a struct_size
 *                            that is wrong.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status crucible_arena_ledger(
    const crucible_arena *arena, uint32_t agent, crucible_ledger *ledger);

/**
 * Bars of a timeframe so far with their forecasts, lent until the next push:
 * what a forge trains on.
 *
 * @param[in]     arena         Not NULL.
 * @param[in]     timeframe_ms  One of the arena's.
 * @param[in,out] bars          struct_size in, the rest out.
 * @param[in,out] market        struct_size in, the rest out; refers to bars.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer, no such timeframe, or a struct_size
 *                            that is wrong.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status
crucible_arena_market(const crucible_arena *arena, int64_t timeframe_ms,
                      crucible_bars *bars, crucible_market *market);

CRUCIBLE_END_DECLS

#endif /* CRUCIBLE_ARENA_H */
