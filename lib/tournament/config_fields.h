/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every field of a configuration, in one place: the struct, the defaults, the
 * schema and the reader are all made from this list.
 *
 * F(kind, section, key, low, high, default, doc) for each field but a
 * section's last, L(...) for that. Kinds: INT and NUM with a range, BOOL,
 * CHOICE (low: array of names, high: their JSON list), TIMES (timeframes).
 */
#ifndef CRUCIBLE__CONFIG_FIELDS_H
#define CRUCIBLE__CONFIG_FIELDS_H

#define CRUCIBLE__CONFIG_TOURNAMENT(F, L)                                      \
  F(INT, tournament, agents, 1, 100000, 10, "agents that trade at once")       \
  F(INT, tournament, train_bars, 0, 1000000000, 0,                             \
    "first bars, used for training alone; 0: half of what is replayed")        \
  L(TIMES, tournament, timeframes, 1, 8, "[\"5m\"]",                           \
    "bars that agents may act on; the first is what is pushed")

#define CRUCIBLE__CONFIG_ACCOUNT(F, L)                                         \
  F(NUM, account, cash, 0.01, 1e12, 200,                                       \
    "starting capital of each agent, quote currency")                          \
  F(NUM, account, leverage, 1, 125, 1, "highest notional / equity")            \
  F(CHOICE, account, path, crucible__path_names,                               \
    "[\"pessimistic\",\"ohlc\",\"olhc\"]", pessimistic,                        \
    "order of the extremes inside a bar")                                      \
  L(CHOICE, account, funding, crucible__funding_names,                         \
    "[\"refuse\",\"unavailable\"]", refuse,                                    \
    "a perpetual without funding history is refused or traded without")

#define CRUCIBLE__CONFIG_COSTS(F, L)                                           \
  F(NUM, costs, spread_bps, 0, 1000, 1,                                        \
    "modelled spread, 1e-4 of the price, never less than a tick")              \
  F(NUM, costs, impact_y, 0, 100, 1, "Y of slippage Y * sigma * (Q/V)^e")      \
  F(NUM, costs, impact_exponent, 0.01, 1, 0.5, "e of the slippage")            \
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
  F(INT, forge, folds, 1, 64, 4, "walk-forward steps")                         \
  F(INT, forge, max_rounds, 1, 100000, 300, "boosting rounds at most")         \
  F(INT, forge, patience, 1, 100000, 20,                                       \
    "rounds without a better inner error before training stops")               \
  F(INT, forge, min_trades, 0, 1000000, 10,                                    \
    "trades out of sample below which a genome is infeasible")                 \
  F(NUM, forge, test_share, 0.01, 0.9, 0.5,                                    \
    "part of the training bars that the test folds cover together")            \
  F(NUM, forge, inner_tail, 0.05, 0.5, 0.2,                                    \
    "part of each training window for early stopping and thresholds")          \
  F(INT, forge, batch, 1, 1024, 8, "genomes trained side by side")             \
  L(INT, forge, max_draws, 1, 10000000, 200,                                   \
    "genomes drawn at most to fill the slots")

#endif
