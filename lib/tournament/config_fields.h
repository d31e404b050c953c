/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every field of a configuration, in one place: the struct, the defaults, the
 * schema and the reader are all made from this list.
 *
 * F(kind, section, key, low, high, default, doc) for each field but a
 * section's last, L(...) for that. Kinds: INT and NUM with a range, BOOL,
 * CHOICE (low: array of names, high: their JSON list), SET (likewise: some of
 * the names), TIMES (timeframes).
 */
#ifndef CRUCIBLE__CONFIG_FIELDS_H
#define CRUCIBLE__CONFIG_FIELDS_H

#define CRUCIBLE__CONFIG_TOURNAMENT(F, L)                                      \
  F(INT, tournament, agents, 1, 100000, 10, "agents that trade at once")       \
  F(INT, tournament, train_bars, 0, 1000000000, 0,                             \
    "first bars, used for training alone; 0: half of what is replayed")        \
  F(INT, tournament, forging_delay, 0, 10000, 1,                               \
    "bars from the wish for a replacement to its first bar, at least")         \
  F(INT, tournament, bench, 0, 1000, 2,                                        \
    "trained agents kept ready outside the slots")                             \
  F(INT, tournament, bench_age, 1, 100000000, 2016,                            \
    "bars after which one that was not needed is too old")                     \
  F(INT, tournament, retry, 1, 100000000, 288,                                 \
    "bars until the next search after one that found nothing")                 \
  L(TIMES, tournament, timeframes, 1, 8, "[\"5m\"]",                           \
    "bars that agents may act on; the first is what is pushed")

#define CRUCIBLE__CONFIG_ACCOUNT(F, L)                                         \
  F(NUM, account, cash, 0.01, 1e12, 200,                                       \
    "starting capital of each agent, quote currency")                          \
  F(NUM, account, leverage, 1, 125, 1, "highest notional / equity")            \
  F(CHOICE, account, path, crucible__path_names,                               \
    "[\"pessimistic\",\"ohlc\",\"olhc\",\"adaptive\"]", pessimistic,           \
    "order of the extremes inside a bar; adaptive: the one nearer the open "   \
    "first")                                                                   \
  F(NUM, account, borrow_rate, 0, 1000, 0,                                     \
    "a year, on what is sold short, fraction; perpetuals pay funding instead") \
  L(CHOICE, account, funding, crucible__funding_names,                         \
    "[\"refuse\",\"unavailable\"]", refuse,                                    \
    "a perpetual without funding history is refused or traded without")

#define CRUCIBLE__CONFIG_COSTS(F, L)                                           \
  F(CHOICE, costs, spread, crucible__spread_names, "[\"fixed\",\"edge\"]",     \
    fixed,                                                                     \
    "spread_bps, or estimated from the closed bars (EDGE), for which spread_"  \
    "bps stands in until there is an estimate; a tournament takes fixed")      \
  F(NUM, costs, spread_bps, 0, 1000, 1,                                        \
    "modelled spread, 1e-4 of the price, never less than a tick")              \
  F(INT, costs, edge_window, 3, 1000000, 288,                                  \
    "closed bars behind an estimate")                                          \
  F(INT, costs, edge_refit, 1, 1000000, 12, "bars between two estimates")      \
  F(NUM, costs, impact_y, 0, 100, 1, "Y of slippage Y * sigma * (Q/V)^e")      \
  F(NUM, costs, impact_exponent, 0.01, 1, 0.5, "e of the slippage")            \
  F(CHOICE, costs, impact_law, crucible__impact_names,                         \
    "[\"power\",\"linear\",\"almgren\",\"fixed\"]", power,                     \
    "how an order moves the price: as above, with e = 1, by Almgren et al. "   \
    "(2005), or by a fixed fraction")                                          \
  F(NUM, costs, fixed_slippage, 0, 0.99, 0, "that fraction of the price")      \
  F(NUM, costs, almgren_gamma, 0, 1000, 0.314, "permanent impact of Almgren")  \
  F(NUM, costs, almgren_eta, 0, 1000, 0.142, "temporary impact of Almgren")    \
  F(NUM, costs, bars_per_day, 0, 86400000, 0,                                  \
    "bars of a trading day, for Almgren; 0: 24 hours by the timeframe")        \
  L(INT, costs, volume_window, 1, 64, 12,                                      \
    "closed bars behind the volume forecast")

#define CRUCIBLE__CONFIG_VOLATILITY(F, L)                                      \
  F(INT, volatility, window, 100, 1000000, 4032,                               \
    "returns behind each EGARCH fit")                                          \
  F(INT, volatility, first, 100, 1000000, 1008,                                \
    "returns before the first fit; nothing trades earlier")                    \
  L(INT, volatility, refit, 1, 1000000, 2016, "bars between two fits")

#define CRUCIBLE__CONFIG_GENOME(F, L)                                          \
  F(BOOL, genome, allow_short, 0, 0, true,                                     \
    "short sides too, where the instrument allows it")                         \
  F(INT, genome, min_horizon_bars, 1, 100000, 3, "shortest label horizon")     \
  F(INT, genome, max_horizon_bars, 1, 100000, 48, "longest label horizon")     \
  F(INT, genome, min_train_bars, 100, 100000000, 2000,                         \
    "shortest training window of a fixed horizon")                             \
  L(INT, genome, max_train_bars, 100, 100000000, 40000,                        \
    "longest training window of a fixed horizon")

#define CRUCIBLE__CONFIG_FORGE(F, L)                                           \
  F(INT, forge, window, 0, 1000000000, 0,                                      \
    "last bars that a search trains and tests on; 0: as many as train_bars")   \
  F(INT, forge, folds, 1, 64, 4, "walk-forward steps")                         \
  F(INT, forge, max_rounds, 1, 100000, 300, "boosting rounds at most")         \
  F(INT, forge, patience, 1, 100000, 20,                                       \
    "rounds without a better inner error before training stops")               \
  F(INT, forge, min_trades, 0, 1000000, 0,                                     \
    "trades out of sample below which a genome is infeasible; 0: as often as " \
    "the watchtower has to see it trade to judge it before it expires")        \
  F(NUM, forge, test_share, 0.01, 0.9, 0.5,                                    \
    "part of the training bars that the test folds cover together")            \
  F(NUM, forge, inner_tail, 0.05, 0.5, 0.2,                                    \
    "part of each training window for early stopping and thresholds")          \
  F(INT, forge, holdout, 2, 100000000, 2016,                                   \
    "last bars that the search never sees, read once by its winner")           \
  L(CHOICE, forge, gate, crucible__gate_names,                                 \
    "[\"explore\",\"holdout\",\"viable\"]", explore,                           \
    "who is deployed: any winner, one whose holdout did not lose, one whose "  \
    "trades also pay twice their costs")

#define CRUCIBLE__CONFIG_STUDY(F, L)                                           \
  F(INT, study, trials, 1, 1000000, 24, "genomes tried besides the elites")    \
  F(INT, study, batch, 1, 1024, 8,                                             \
    "trials that run side by side and know nothing of each other")             \
  F(INT, study, prior, 0, 10000, 16,                                           \
    "best trials of earlier studies to breed from at once")                    \
  F(INT, study, population, 2, 10000, 16, "best trials that breed")            \
  F(NUM, study, fresh, 0, 1, 0.15, "share of the trials drawn anew")           \
  F(NUM, study, crossover, 0, 1, 0.5, "share of the bred with two parents")    \
  F(INT, study, startup_trials, 0, 100000, 5,                                  \
    "complete trials before the median pruner speaks")                         \
  F(INT, study, warmup_folds, 0, 64, 0, "folds before it may stop a trial")    \
  L(NUM, study, max_correlation, 0, 1, 0.7,                                    \
    "of a replacement's positions with those of any living agent")

#define CRUCIBLE__CONFIG_ELITES(F, L)                                          \
  F(INT, elites, capacity, 1, 10000, 16, "genomes in the pool")                \
  F(INT, elites, terminated, 0, 10000, 5,                                      \
    "best recently terminated ones in it at most")                             \
  F(INT, elites, provisional, 0, 10000, 5,                                     \
    "best living ones in it while nothing is promoted")                        \
  F(INT, elites, recent, 1, 100000000, 8640,                                   \
    "bars that a terminated one stays")                                        \
  F(NUM, elites, half_life, 1, 1e9, 8640,                                      \
    "bars in which a score loses half of its weight")                          \
  F(NUM, elites, shrink, 0, 1e9, 2016,                                         \
    "length of a record that counts as much as its lineage's")                 \
  L(NUM, elites, min_distance, 0, 1, 0.05,                                     \
    "genomes nearer than this to a better one stay out")

#define CRUCIBLE__CONFIG_WATCHTOWER(F, L)                                      \
  F(NUM, watchtower, death_equity, 0, 0.99, 0.5,                               \
    "share of its starting capital at which an agent dies")                    \
  F(SET, watchtower, rules, crucible__rules_names,                             \
    "[\"blueprint\",\"anytime\",\"death\",\"decay_psr\",\"decay_dsr\","        \
    "\"inactive\",\"expired\",\"cannot_trade\",\"promotion\",\"proved_bad\","  \
    "\"edge_gone\",\"bound\",\"discovery\"]",                                  \
    "[\"blueprint\", \"anytime\"]",                                            \
    "which rules act: the mission's as worded, those that hold however often " \
    "one looks, and any other by its name; what the two sets alone would "     \
    "have done is told in any case")                                           \
  F(CHOICE, watchtower, decay, crucible__decay_names,                          \
    "[\"crossing\",\"level\",\"off\"]", crossing,                              \
    "an agent ends when its rolling PSR or DSR drops below the threshold, "    \
    "whenever it is below, or never")                                          \
  F(NUM, watchtower, decay_psr, 0.001, 0.999999, 0.9,                          \
    "threshold of the rolling PSR")                                            \
  F(NUM, watchtower, decay_dsr, 0.001, 0.999999, 0.9,                          \
    "threshold of the rolling DSR")                                            \
  F(NUM, watchtower, promote_dsr, 0.001, 0.999999, 0.99,                       \
    "DSR of the whole live record above which an agent is promoted")           \
  F(NUM, watchtower, alpha, 1e-9, 0.499999, 0.05,                              \
    "chance that bound ever promotes an agent whose Sharpe ratio is "          \
    "promote_sharpe, and proved_bad ever ends one whose ratio is bad_sharpe")  \
  F(NUM, watchtower, promote_sharpe, -1, 1, 0,                                 \
    "per bar, what the lower bound has to exceed")                             \
  F(NUM, watchtower, bad_sharpe, -1, 1, 0,                                     \
    "per bar, what the upper bound has to stay above")                         \
  F(INT, watchtower, bound_bars, 1, 100000000, 4000,                           \
    "length of record at which the bounds are tightest")                       \
  F(INT, watchtower, lags, 0, 64, 0,                                           \
    "autocovariances behind the bounds' width; 0: uncorrelated returns")       \
  F(NUM, watchtower, edge_sharpe, 0, 1, 0,                                     \
    "per bar; an edge has gone when the ratio is below it from some time on")  \
  F(NUM, watchtower, edge_run, 10, 1e12, 172800,                               \
    "bars to a false alarm that an edge has gone, on average at least")        \
  F(NUM, watchtower, discovery_alpha, 0.000001, 0.999999, 0.1,                 \
    "share of false ones among the discoveries over all agents ever born")     \
  F(INT, watchtower, window, 2, 1000000, 2016, "bars behind rolling figures")  \
  F(INT, watchtower, min_bars, 2, 100000000, 500,                              \
    "bars before a statistical rule speaks")                                   \
  F(INT, watchtower, min_trades, 0, 1000000, 30,                               \
    "closed trades before a statistical rule speaks")                          \
  F(INT, watchtower, inactive, 1, 100000000, 864,                              \
    "bars without a trade that end an agent")                                  \
  L(INT, watchtower, expired, 1, 100000000, 8640,                              \
    "bars without promotion that end an agent")

#endif
