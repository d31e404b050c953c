/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file crucible/watchtower.h
 * @brief Skill or luck: a track per agent, verdicts with their evidence.
 *
 * The watchtower sees numbers, never agents: per bar, the equity of agent
 * number i and how often it traded. It keeps the record of every agent that
 * ever lived and says which rule an agent has met; what follows from a verdict
 * is the caller's work: crucible_watchtower_promote(), or liquidation and then
 * crucible_watchtower_close().
 *
 * Returns are net, per bar of the shortest timeframe, for every agent alike;
 * Sharpe ratios are per bar, never annualised. The deflated ratio is that of
 * the live record: N counts every agent ever added, the dead included, V is
 * the variance of their Sharpe ratios on this same clock. What a study tried
 * before deployment enters neither.
 *
 * Threads: one at a time per object.
 */
#ifndef CRUCIBLE_WATCHTOWER_H
#define CRUCIBLE_WATCHTOWER_H

#include <stddef.h>
#include <stdint.h>

#include <crucible/export.h>
#include <crucible/status.h>

CRUCIBLE_BEGIN_DECLS

/** The rules, in the order of their numbers; rules to come get later ones.
    Promotion asks for all of its rules that are on. */
enum {
  CRUCIBLE_RULE_DEATH = 1,        /**< equity <= a share of initial capital */
  CRUCIBLE_RULE_DECAY_PSR = 2,    /**< the rolling PSR drops */
  CRUCIBLE_RULE_DECAY_DSR = 3,    /**< the rolling DSR drops */
  CRUCIBLE_RULE_INACTIVE = 4,     /**< no trade for long */
  CRUCIBLE_RULE_EXPIRED = 5,      /**< no promotion for long */
  CRUCIBLE_RULE_CANNOT_TRADE = 6, /**< its largest entry is too small */
  CRUCIBLE_RULE_PROMOTION = 7,    /**< DSR of the whole record */
  CRUCIBLE_RULE_PROVED_BAD = 8, /**< upper bound of the Sharpe ratio too low */
  CRUCIBLE_RULE_EDGE_GONE = 9,  /**< the e-detector's alarm */
  CRUCIBLE_RULE_BOUND = 10,     /**< promotion: lower bound of the Sharpe
                                       ratio high enough */
  CRUCIBLE_RULE_DISCOVERY = 11  /**< promotion: the agent's e-value against
                                       the level that false discovery over all
                                       agents ever added leaves it */
};

/** Sets of rules: sums of 1 << CRUCIBLE_RULE_*. */
enum {
  CRUCIBLE_RULES_BLUEPRINT = 0x0fe, /**< the mission's, as it words them */
  CRUCIBLE_RULES_ANYTIME = 0x772,   /**< the same questions, with the error
                                         rates they promise however often they
                                         are asked */
  CRUCIBLE_RULES_DEFAULT = 0x7fe    /**< both; promotion needs both */
};

/** What a verdict asks for. */
enum {
  CRUCIBLE_ACTION_NONE = 0,      /**< nothing */
  CRUCIBLE_ACTION_TERMINATE = 1, /**< end the agent */
  CRUCIBLE_ACTION_PROMOTE = 2,   /**< make it a champion */
  CRUCIBLE_ACTION_DEMOTE = 3     /**< end its time as a champion */
};

/** When the decay rules speak. */
enum {
  CRUCIBLE_DECAY_CROSSING = 1, /**< below, after having been at or above */
  CRUCIBLE_DECAY_LEVEL = 2     /**< whenever below: kills most agents that have
                                    an edge, too */
};

/** How to judge; start from crucible_watchtower_options_init(). */
typedef struct crucible_watchtower_options {
  size_t struct_size;     /**< set by init */
  uint32_t rules;         /**< those that act, sum of 1 << CRUCIBLE_RULE_*;
                               default CRUCIBLE_RULES_DEFAULT. What the
                               blueprint's and the anytime rules alone would
                               have done is told beside, in the track */
  int32_t decay;          /**< CRUCIBLE_DECAY_*; default CROSSING */
  double death_equity;    /**< share of initial capital, [0, 1); default 0.5 */
  double decay_psr;       /**< (0, 1); default 0.9 */
  double decay_dsr;       /**< (0, 1), at most promote_dsr; default 0.9 */
  double promote_dsr;     /**< (0, 1); default 0.99 */
  uint32_t window;        /**< of the rolling figures, bars, 2 to 2^30; default
                               2016 (a week of 5m) */
  uint32_t min_bars;      /**< returns that a record must have before a
                               statistical rule speaks or its Sharpe ratio
                               counts in V, >= 2; default 500 */
  uint32_t min_trades;    /**< closed trades before a statistical rule speaks;
                               default 30 */
  uint32_t inactive_bars; /**< without a fill or a closed trade, >= 1; default
                               864 (3 days of 5m) */
  uint32_t expired_bars; /**< without promotion, >= 1; default 8640 (30 days) */
  uint32_t lags;         /**< autocovariances behind the bounds' width, at most
                              64; default 0: returns are taken as uncorrelated */
  uint32_t bound_bars;   /**< record length at which the bounds are tightest,
                              >= 1; default 4000, about half of
                              expired_bars */
  uint32_t reserved;     /**< 0 */
  double alpha;          /**< error of each bound, in (0, 0.5): the chance that
                              BOUND is ever met by an agent whose Sharpe ratio is
                              promote_sharpe, or PROVED_BAD by one whose ratio
                              is bad_sharpe; default 0.05 */
  double promote_sharpe; /**< per bar, what BOUND has to exceed; default 0 */
  double bad_sharpe;     /**< per bar, at most promote_sharpe; default 0 */
  double edge_sharpe;    /**< per bar: EDGE_GONE looks for a time from which on
                              the ratio is below it; default 0 */
  double edge_run;       /**< bars to a false alarm of EDGE_GONE, on average at
                              least, >= 10; default 172800 (600 days of 5m) */
  double discovery_alpha; /**< share of false ones among the discoveries, in
                               (0, 1); default 0.1 */
} crucible_watchtower_options;

/** One bar of one agent. */
typedef struct crucible_observation {
  size_t struct_size;   /**< set by the caller, the same in a whole array */
  uint32_t agent;       /**< its number */
  int32_t cannot_trade; /**< 1: its largest entry is below the minimum */
  double equity;        /**< at this close, quote currency, finite */
  uint32_t n_trades;    /**< closed in this bar */
  uint32_t n_fills;     /**< entries and exits filled in this bar */
  double trade_result;  /**< sum of the closed trades' results, quote
                              currency; 0 if none was closed */
} crucible_observation;

/**
 * Everything known of a track: the evidence of a verdict and the figures of a
 * report. A figure that is not defined is NaN: a Sharpe ratio of returns that
 * are all equal, or of fewer than two.
 */
typedef struct crucible_track {
  size_t struct_size;        /**< set by the caller */
  uint32_t agent;            /**< its number */
  int32_t is_champion;       /**< 1: promoted */
  int32_t is_sentenced;      /**< 1: a verdict has ended it; it gets no other */
  int32_t is_closed;         /**< 1: its record has ended */
  uint64_t n_bars;           /**< observed */
  uint64_t n_returns;        /**< n_bars, but for bars after an equity <= 0 */
  uint64_t n_trades;         /**< closed */
  uint64_t bars_since_trade; /**< since the last fill or closed trade */
  double initial;            /**< capital at activation, quote currency */
  double equity;             /**< at the latest close */
  double peak;               /**< highest equity, the initial one included */
  double drawdown;           /**< 1 - equity / peak, fraction */
  double sharpe;             /**< whole record, per bar */
  double skewness;           /**< whole record */
  double kurtosis;           /**< whole record, Pearson */
  double psr;                /**< whole record, against 0 */
  double dsr_live;           /**< whole record, against
                                  expected_max_sharpe */
  double z; /**< argument of the normal law in dsr_live: the pool's score */
  double expected_max_sharpe; /**< best of N agents without skill, per bar */
  uint64_t n_agents;          /**< N: ever added */
  uint64_t variance_agents;   /**< records behind V; 0: fewer than two of
                                   min_bars returns, and V is 1 / n_returns,
                                   that of ratios without skill */
  double sharpe_variance;     /**< V */
  double rolling_sharpe;      /**< of the window, per bar */
  double rolling_psr;         /**< of the window, against 0 */
  double rolling_dsr;         /**< of the window, same N and V (V = 1 /
                                   rolling_n where variance_agents is 0) */
  uint64_t rolling_n;         /**< returns in the window */
  int32_t psr_armed;          /**< 1: rolling_psr has been >= decay_psr */
  int32_t dsr_armed;          /**< 1: rolling_dsr has been >= decay_dsr */
  double min_track_bars;      /**< record length that would reach promote_dsr if
                              sharpe and expected_max_sharpe stayed as they are;
                              infinite if sharpe is not above it */
  double mean_trade;          /**< mean result per trade, quote currency */
  double trade_sharpe;        /**< mean / standard deviation of the trades */
  double trade_psr;           /**< probability that it is above 0 */
  double lower;     /**< anytime-valid lower bound of the Sharpe ratio per bar;
                         NaN before min_bars */
  double upper;     /**< anytime-valid upper bound, likewise */
  double log_e;     /**< log of the e-value against promote_sharpe, now */
  double log_e_max; /**< highest so far */
  double anytime_psr;   /**< 1 - 1 / highest e-value, at least 0 */
  double edge_evidence; /**< of the e-detector that the edge has gone; the alarm
                             is at edge_run */
  double discovery_log; /**< log of the e-value from which on it is a discovery,
                             fixed when it was added */
  int32_t is_discovery; /**< 1: it was reached */
  int32_t blueprint_rule; /**< by which the blueprint's rules alone have ended
                               it; 0: they have not */
  int32_t anytime_rule;   /**< likewise the anytime rules */
  int32_t reserved;       /**< 0 */
  uint64_t
      blueprint_promoted;    /**< bars of its record when the blueprint's rules
                                    alone promoted it; 0: they have not */
  uint64_t blueprint_ended;  /**< likewise ended or demoted it */
  uint64_t anytime_promoted; /**< likewise the anytime rules */
  uint64_t anytime_ended;    /**< likewise */
  double bound_bars; /**< record length at which BOUND would be met if the ratio
                          and its error per bar stayed as they are; infinite if
                          the ratio is not above promote_sharpe */
} crucible_track;

/** What the watchtower says of an agent. */
typedef struct crucible_verdict {
  size_t struct_size; /**< set by the caller in the first of an array, which all
                           others then have */
  uint32_t agent;     /**< its number */
  int32_t action;     /**< CRUCIBLE_ACTION_* */
  int32_t rule;       /**< CRUCIBLE_RULE_* */
  int32_t reserved;   /**< 0 */
  double statistic;   /**< what met the rule: equity, a probability, bars */
  double threshold;   /**< what it was held against, in the same unit */
  double lower;       /**< anytime-valid bound of the Sharpe ratio per bar;
                           NaN before there is one */
  double upper;       /**< likewise */
  crucible_track track; /**< at that moment */
} crucible_verdict;

/** Tracks of all agents and the rules over them. */
typedef struct crucible_watchtower crucible_watchtower;

/**
 * Name of a rule, as reports print it.
 *
 * @param[in] rule  CRUCIBLE_RULE_*.
 * @return "death", "decay_psr", "decay_dsr", "inactive", "expired",
 *         "cannot_trade", "promotion", "proved_bad", "edge_gone", "bound",
 *         "discovery"; "?" for any other number.
 * @since 0.1
 */
CRUCIBLE_API const char *crucible_rule_name(int32_t rule);

/**
 * Fills options with the defaults.
 *
 * @param[out] options      All struct_size bytes are written.
 * @param[in]  struct_size  sizeof *options, as the caller compiled it.
 * @since 0.1
 */
CRUCIBLE_API void
crucible_watchtower_options_init(crucible_watchtower_options *options,
                                 size_t struct_size);

/**
 * A watchtower over no agents.
 *
 * @param[in]  options     NULL for the defaults.
 * @param[out] watchtower  NULL on failure.
 * @retval CRUCIBLE_OK            Done.
 * @retval CRUCIBLE_E_INVALID     NULL pointer, an option out of range, or
 *                                rules that contradict each other: promotion
 *                                below the threshold of decay.
 * @retval CRUCIBLE_E_VERSION     A field that this library does not know is
 *                                set.
 * @retval CRUCIBLE_E_UNSUPPORTED A rule that this library does not know is on.
 * @retval CRUCIBLE_E_NOMEM       Out of memory.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status
crucible_watchtower_create(const crucible_watchtower_options *options,
                           crucible_watchtower **watchtower);

/**
 * Frees a watchtower.
 *
 * @param[in] watchtower  NULL is allowed.
 * @since 0.1
 */
CRUCIBLE_API void crucible_watchtower_destroy(crucible_watchtower *watchtower);

/**
 * Begins an agent's record; N grows by one for good.
 *
 * @param[in,out] watchtower  Unchanged on failure.
 * @param[in]     agent       Its number, above that of every other so far.
 * @param[in]     initial_equity  Quote currency, > 0: the first bar's return
 *                                is taken from it.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer, a number that does not ascend, or a
 *                            capital that is not > 0 and finite.
 * @retval CRUCIBLE_E_NOMEM   Out of memory.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status crucible_watchtower_add(
    crucible_watchtower *watchtower, uint32_t agent, double initial_equity);

/**
 * One bar: first all observations, then V, then the verdicts. An agent gets at
 * most one, by the first rule that it meets in this order: death,
 * cannot_trade, promotion, proved_bad, decay_psr, decay_dsr, edge_gone,
 * inactive, expired. Promotion is met when all of its rules that are on are; it
 * names the first of them. For a champion, proved_bad, decay, edge_gone and
 * inactive ask for demotion, promotion and expired ask nothing. An agent that was
 * terminated or demoted gets no other verdict; it is observed until it is closed.
 *
 * @param[in,out] watchtower    Unchanged on failure.
 * @param[in]     observations  [n] one for every agent whose record is open,
 *                              in ascending order of their numbers.
 * @param[in]     n             Number of open records; may be 0.
 * @param[out]    verdicts      [n] room; struct_size of the first in.
 * @param[out]    n_verdicts    Verdicts written, in order of agents.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer, a wrong struct_size, an agent that
 *                            is missing, unknown or closed, or a value that is
 *                            not possible; the text names the agent.
 * @retval CRUCIBLE_E_VERSION A field that this library does not know is set.
 * @retval CRUCIBLE_E_NOMEM   Out of memory.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status crucible_watchtower_push(
    crucible_watchtower *watchtower, const crucible_observation *observations,
    size_t n, crucible_verdict *verdicts, size_t *n_verdicts);

/**
 * Makes an agent a champion: it stays watched by the rules named at
 * crucible_watchtower_push().
 *
 * @param[in,out] watchtower  Not NULL.
 * @param[in]     agent       Its number.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer or no such agent.
 * @retval CRUCIBLE_E_STATE   It is a champion already, or a verdict has ended
 *                            it, or its record is closed.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status
crucible_watchtower_promote(crucible_watchtower *watchtower, uint32_t agent);

/**
 * Ends an agent's record, which goes on counting in N and V as it is.
 *
 * @param[in,out] watchtower  Not NULL.
 * @param[in]     agent       Its number.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer or no such agent.
 * @retval CRUCIBLE_E_STATE   It is closed already.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status
crucible_watchtower_close(crucible_watchtower *watchtower, uint32_t agent);

/**
 * Figures of an agent, open or closed. Those of the record end with it; N and V
 * are today's for every agent, so that scores can be compared.
 *
 * @param[in]     watchtower  Not NULL.
 * @param[in]     agent       Its number.
 * @param[in,out] track       struct_size in, the rest out.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer, no such agent, or a wrong
 *                            struct_size.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status
crucible_watchtower_track(const crucible_watchtower *watchtower, uint32_t agent,
                          crucible_track *track);

/**
 * N: agents ever added.
 *
 * @param[in] watchtower  NULL counts as none.
 * @return The number.
 * @since 0.1
 */
CRUCIBLE_API uint64_t
crucible_watchtower_count(const crucible_watchtower *watchtower);

CRUCIBLE_END_DECLS

#endif /* CRUCIBLE_WATCHTOWER_H */
