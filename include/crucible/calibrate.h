/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file crucible/calibrate.h
 * @brief How often the watchtower's rules are wrong, measured on your bars.
 *
 * Agents that know nothing trade markets made of recorded bars: they enter and
 * leave at random, through the same fills, fees, spread and slippage as any
 * other, and the rules judge their records bar by bar. Whoever is promoted among
 * them is a false promotion.
 *
 * Markets: stretches of recorded bars in random order (the stationary bootstrap
 * of Politis and Romano, 1994, JASA 89, 1303-1313), each turned upside down or
 * not by the toss of a coin; or the recorded bars themselves.
 *
 * An agent without skill pays fees, so its mean return is below zero, and to
 * tell it from a good one is easy. The null that matters has a mean of exactly
 * zero, net: to each bar's return the same small amount is added for the time in
 * the market, such that the mean over all agents is zero. What is left has the
 * fees, the sparseness and the skewness of trading. With more of that amount a
 * record has any Sharpe ratio one likes: how long until it is promoted?
 *
 * An account lives for 2,048 bars and is followed by a new one, out of the
 * market: fees would eat a single one in some months, since what is given back
 * for them is given to the record.
 *
 * Every agent is judged alone (N = 1: nothing is deflated), so that the figures
 * are those of the rules and not of the number of agents. A tournament, in which
 * N counts and ended agents are replaced, is played beside.
 *
 * Results depend on the seed alone, not on threads.
 */
#ifndef CRUCIBLE_CALIBRATE_H
#define CRUCIBLE_CALIBRATE_H

#include <stddef.h>
#include <stdint.h>

#include <crucible/backtest.h>
#include <crucible/costs.h>
#include <crucible/export.h>
#include <crucible/runtime.h>
#include <crucible/status.h>
#include <crucible/types.h>
#include <crucible/watchtower.h>

CRUCIBLE_BEGIN_DECLS

/** What the agents trade. */
enum {
  CRUCIBLE_NULL_FLIPPED = 1,   /**< bootstrapped stretches, each turned upside
                                    down or not (default): no drift at all */
  CRUCIBLE_NULL_BOOTSTRAP = 2, /**< bootstrapped stretches as they are */
  CRUCIBLE_NULL_RECORDED = 3   /**< the recorded bars, from a random one on */
};

/** Whose judgement a row is of. */
enum {
  CRUCIBLE_SET_BLUEPRINT = 0, /**< CRUCIBLE_RULES_BLUEPRINT */
  CRUCIBLE_SET_ANYTIME = 1,   /**< CRUCIBLE_RULES_ANYTIME */
  CRUCIBLE_SET_ACTING = 2,    /**< rules.rules */
  CRUCIBLE_N_SETS = 3
};

/** What to calibrate; start from crucible_calibrate_options_init(). */
typedef struct crucible_calibrate_options {
  size_t struct_size;       /**< set by init */
  int32_t market;           /**< CRUCIBLE_NULL_*; default FLIPPED */
  uint32_t n_agents;        /**< of each Sharpe ratio, 1 to 1,000,000; default
                                   2,000 */
  uint32_t n_bars;          /**< of each record, 100 to 10,000,000; default
                                   8,640 */
  int32_t side;             /**< CRUCIBLE_SIDE_*; default LONG */
  double block_bars;        /**< mean length of a stretch, >= 1; default 288 */
  double hold_bars;         /**< mean bars in a position, >= 1; default 12 */
  double in_market;         /**< share of the time, (0, 0.95]; default 0.3 */
  double stop_fraction;     /**< of the entry price, < 1; default 0: none */
  double target_fraction;   /**< likewise, a target; default 0: none */
  uint64_t seed;            /**< default 1 */
  const double *sharpes;    /**< [n_sharpes] annual, net; NULL: 0 alone */
  size_t n_sharpes;         /**< at most 64 */
  const uint32_t *horizons; /**< [n_horizons] bars at which shares are told,
                                   ascending, at most n_bars; NULL: n_bars */
  size_t n_horizons;        /**< at most 64 */
  uint32_t n_slots;         /**< of the tournament beside, at most 1,024;
                                   default 10; 0: none is played */
  uint32_t n_tournaments;   /**< of n_bars each; default 20 */
  double periods_per_year;  /**< for annual ratios; 0 (default): by the
                                   timeframe, 365 days of 24 hours */
  crucible_watchtower_options rules;  /**< its struct_size is set by init */
  crucible_backtest_options backtest; /**< cash and costs; likewise */
} crucible_calibrate_options;

/** A share of a number of agents, with the exact interval of Clopper and
    Pearson (1934). Frozen: no field will ever be added. */
typedef struct crucible_share {
  uint64_t count; /**< agents */
  uint64_t of;    /**< of so many */
  double low;     /**< lower end, 95 % */
  double high;    /**< upper end */
} crucible_share;

/** How a set of rules judged agents of one Sharpe ratio by one horizon. */
typedef struct crucible_calibration_row {
  size_t struct_size;      /**< set by the caller */
  double annual_sharpe;    /**< net, as asked for */
  double sharpe;           /**< per bar */
  int32_t rule_set;        /**< CRUCIBLE_SET_* */
  uint32_t horizon;        /**< bars */
  crucible_share promoted; /**< at some time up to the horizon */
  crucible_share ended;    /**< likewise, before any promotion, by any rule */
  crucible_share killed;   /**< of these, by a rule about skill: decay,
                                proved_bad, edge_gone */
  double promote_bars;  /**< median bars to promotion over all agents; infinite
                                if fewer than half were promoted */
  double promoted_bars; /**< median over those who were; NaN: nobody */
  double kill_bars;     /**< median over those who were killed; NaN: nobody */
} crucible_calibration_row;

/** The tournament with replacement, agents without skill (mean 0, net). */
typedef struct crucible_calibration_tournament {
  size_t struct_size;    /**< set by the caller */
  int32_t rule_set;      /**< CRUCIBLE_SET_* */
  uint32_t n_slots;      /**< agents at a time */
  uint64_t n_agents;     /**< that ever lived, over all tournaments */
  uint64_t n_promotions; /**< all of them false */
  double months;         /**< all tournaments together, of 30 days */
  double per_month;      /**< promotions in a month of one tournament */
  double low;            /**< lower end of it, 95 %, exact Poisson */
  double high;           /**< upper end */
} crucible_calibration_tournament;

/** What was measured of the agents before any tilt. */
typedef struct crucible_calibration_head {
  size_t struct_size;    /**< set by the caller */
  size_t n_rows;         /**< for crucible_calibration_row_at() */
  size_t n_tournaments;  /**< sets of rules that a tournament was played for */
  double mean;           /**< net return per bar of agents without skill */
  double stddev;         /**< of it */
  double in_market;      /**< share of bars with a position */
  double trades_per_day; /**< closed, per agent */
  double tilt;           /**< added per bar in the market for a mean of 0 */
  double periods_per_year; /**< bars a year: its root makes a ratio annual */
} crucible_calibration_head;

/** The result. */
typedef struct crucible_calibration crucible_calibration;

/** Told now and then, from any thread: share in [0, 1]. */
typedef void (*crucible_calibrate_progress)(void *data, double share);

/**
 * Fills options with the defaults.
 *
 * @param[out] options      All struct_size bytes are written.
 * @param[in]  struct_size  sizeof *options, as the caller compiled it.
 * @since 0.1
 */
CRUCIBLE_API void
crucible_calibrate_options_init(crucible_calibrate_options *options,
                                size_t struct_size);

/**
 * Runs the rules over agents without skill and agents with a planted edge.
 *
 * @param[in]  market      Recorded bars with the forecasts that costs need. Bars
 *                         without forecasts (cold) are not drawn. Perpetuals:
 *                         funding is not charged, a mean of 0 has it in it.
 * @param[in]  instrument  What it costs to trade it.
 * @param[in]  options     NULL for the defaults.
 * @param[in]  pool        Agents run in parallel; NULL = one thread.
 * @param[in]  cancel      NULL: cannot be cancelled.
 * @param[in]  progress    NULL: nobody is told.
 * @param[in]  data        Given to progress.
 * @param[out] calibration NULL on failure.
 * @retval CRUCIBLE_OK          Done.
 * @retval CRUCIBLE_E_INVALID   NULL pointer or an option that is wrong, also
 *                              those of rules and backtest: the text names it.
 * @retval CRUCIBLE_E_VERSION   A field that this library does not know is set.
 * @retval CRUCIBLE_E_TOO_SHORT Fewer than 100 bars have forecasts, or fewer than
 *                              n_bars with RECORDED.
 * @retval CRUCIBLE_E_DATA      A bar or a forecast is malformed.
 * @retval CRUCIBLE_E_DOMAIN    The agents never trade, or have no variance.
 * @retval CRUCIBLE_E_CANCELLED Cancelled.
 * @retval CRUCIBLE_E_NOMEM     Out of memory.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status crucible_calibrate(
    const crucible_market *market, const crucible_instrument *instrument,
    const crucible_calibrate_options *options, crucible_pool *pool,
    const crucible_cancel *cancel, crucible_calibrate_progress progress,
    void *data, crucible_calibration **calibration);

/**
 * Frees a calibration.
 *
 * @param[in] calibration  NULL is allowed.
 * @since 0.1
 */
CRUCIBLE_API void
crucible_calibration_destroy(crucible_calibration *calibration);

/**
 * What was measured before any rule was asked.
 *
 * @param[in]     calibration  Not NULL.
 * @param[in,out] head         struct_size in, the rest out.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer or a wrong struct_size.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status crucible_calibration_get(
    const crucible_calibration *calibration, crucible_calibration_head *head);

/**
 * A row: by Sharpe ratio, then by set of rules, then by horizon.
 *
 * @param[in]     calibration  Not NULL.
 * @param[in]     index        Below n_rows.
 * @param[in,out] row          struct_size in, the rest out.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer, no such row or a wrong struct_size.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status
crucible_calibration_row_at(const crucible_calibration *calibration,
                            size_t index, crucible_calibration_row *row);

/**
 * The tournament under one set of rules.
 *
 * @param[in]     calibration  Not NULL.
 * @param[in]     index        Below n_tournaments.
 * @param[in,out] tournament   struct_size in, the rest out.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer, no such index or a wrong
 *                            struct_size.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status
crucible_calibration_tournament_at(const crucible_calibration *calibration,
                                   size_t index,
                                   crucible_calibration_tournament *tournament);

CRUCIBLE_END_DECLS

#endif /* CRUCIBLE_CALIBRATE_H */
