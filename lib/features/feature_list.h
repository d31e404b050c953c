/* SPDX-License-Identifier: Apache-2.0 */
/* Every feature, in the order of strcmp(); each is defined in its family. */
#ifndef CRUCIBLE__FEATURE_LIST_H
#define CRUCIBLE__FEATURE_LIST_H

#include "features/feature_blocks.h"
#include "features/feature_kind.h"

#define CRUCIBLE__FEATURES(XX)                                                 \
  XX(ABDI_RANALDO)                                                             \
  XX(AD)                                                                       \
  XX(ADOSC)                                                                    \
  XX(ADX)                                                                      \
  XX(ADXR)                                                                     \
  XX(AMIHUD)                                                                   \
  XX(AROONOSC)                                                                 \
  XX(AROON_DOWN)                                                               \
  XX(AROON_UP)                                                                 \
  XX(ATR)                                                                      \
  XX(AUTOCORREL)                                                               \
  XX(AVGDEV)                                                                   \
  XX(BBANDS_LOWER)                                                             \
  XX(BBANDS_MIDDLE)                                                            \
  XX(BBANDS_PERCENT)                                                           \
  XX(BBANDS_UPPER)                                                             \
  XX(BBANDS_WIDTH)                                                             \
  XX(BOP)                                                                      \
  XX(CCI)                                                                      \
  XX(CLOSE_LOCATION)                                                           \
  XX(CMF)                                                                      \
  XX(CMO)                                                                      \
  XX(CMOU)                                                                     \
  XX(CORWIN_SCHULTZ)                                                           \
  XX(DEMA)                                                                     \
  XX(DONCHIAN_LOWER)                                                           \
  XX(DONCHIAN_UPPER)                                                           \
  XX(DOWNSIDE_SHARE)                                                           \
  XX(DOWNSIDE_VOL)                                                             \
  XX(DX)                                                                       \
  XX(EFI)                                                                      \
  XX(EMA)                                                                      \
  XX(EMA_DISTANCE)                                                             \
  XX(ER)                                                                       \
  XX(EWMA_VOL)                                                                 \
  XX(FLOW_CORREL)                                                              \
  XX(FLOW_TOXICITY)                                                            \
  XX(FRACDIFF)                                                                 \
  XX(FUNDING_PHASE)                                                            \
  XX(GARMAN_KLASS)                                                             \
  XX(HIGH_DISTANCE)                                                            \
  XX(HMA)                                                                      \
  XX(HOUR_COS)                                                                 \
  XX(HOUR_SIN)                                                                 \
  XX(IMI)                                                                      \
  XX(JUMP_SHARE)                                                               \
  XX(KAMA)                                                                     \
  XX(KURT)                                                                     \
  XX(KYLE_LAMBDA)                                                              \
  XX(LINEARREG)                                                                \
  XX(LINEARREG_SLOPE)                                                          \
  XX(LOGRET)                                                                   \
  XX(LOWER_SHADOW)                                                             \
  XX(LOW_DISTANCE)                                                             \
  XX(MACD)                                                                     \
  XX(MACD_HIST)                                                                \
  XX(MACD_SIGNAL)                                                              \
  XX(MAX)                                                                      \
  XX(MFI)                                                                      \
  XX(MIDPOINT)                                                                 \
  XX(MIDPRICE)                                                                 \
  XX(MIN)                                                                      \
  XX(MINUS_DI)                                                                 \
  XX(MISSING_BARS)                                                             \
  XX(MOM)                                                                      \
  XX(NATR)                                                                     \
  XX(OBV)                                                                      \
  XX(OPEN_GAP)                                                                 \
  XX(PARKINSON)                                                                \
  XX(PERCENTRANK)                                                              \
  XX(PLUS_DI)                                                                  \
  XX(PPO)                                                                      \
  XX(PRICE_TO_EMA)                                                             \
  XX(PRICE_TO_SMA)                                                             \
  XX(PVO)                                                                      \
  XX(REALIZED_VOL)                                                             \
  XX(RETURN_VOLUME_CORREL)                                                     \
  XX(RETURN_ZSCORE)                                                            \
  XX(RMA)                                                                      \
  XX(ROC)                                                                      \
  XX(ROGERS_SATCHELL)                                                          \
  XX(ROLL_SPREAD)                                                              \
  XX(RSI)                                                                      \
  XX(RVOL)                                                                     \
  XX(SAR)                                                                      \
  XX(SESSION_AMERICA)                                                          \
  XX(SESSION_ASIA)                                                             \
  XX(SESSION_EUROPE)                                                           \
  XX(SIGNED_VOLUME)                                                            \
  XX(SKEW)                                                                     \
  XX(SLOPE_RATIO)                                                              \
  XX(SMA)                                                                      \
  XX(STDDEV)                                                                   \
  XX(STOCHF_FASTK)                                                             \
  XX(STOCHRSI_FASTD)                                                           \
  XX(STOCHRSI_FASTK)                                                           \
  XX(STOCH_SLOWD)                                                              \
  XX(STOCH_SLOWK)                                                              \
  XX(T3)                                                                       \
  XX(TAKER_FLOW_ZSCORE)                                                        \
  XX(TAKER_IMBALANCE)                                                          \
  XX(TAKER_IMBALANCE_SUM)                                                      \
  XX(TEMA)                                                                     \
  XX(TIME_CORREL)                                                              \
  XX(TRADES_ZSCORE)                                                            \
  XX(TRADE_SIZE)                                                               \
  XX(TRADE_SIZE_RATIO)                                                         \
  XX(TRANGE)                                                                   \
  XX(TRIMA)                                                                    \
  XX(TRIX)                                                                     \
  XX(TSF)                                                                      \
  XX(TSI)                                                                      \
  XX(ULTOSC)                                                                   \
  XX(UPPER_SHADOW)                                                             \
  XX(VAR)                                                                      \
  XX(VARIANCE_RATIO)                                                           \
  XX(VHF)                                                                      \
  XX(VOLUME_RANK)                                                              \
  XX(VOLUME_ZSCORE)                                                            \
  XX(VOL_RATIO)                                                                \
  XX(VORTEX_MINUS)                                                             \
  XX(VORTEX_PLUS)                                                              \
  XX(VWAP_DISTANCE)                                                            \
  XX(VWMA)                                                                     \
  XX(WEEKDAY_COS)                                                              \
  XX(WEEKDAY_SIN)                                                              \
  XX(WEEKEND)                                                                  \
  XX(WILLR)                                                                    \
  XX(WMA)                                                                      \
  XX(YANG_ZHANG)                                                               \
  XX(ZERO_RETURNS)                                                             \
  XX(ZSCORE)

#define CRUCIBLE__FEATURE(name) const crucible__feature crucible__feature_##name

#define CRUCIBLE__DECLARE_FEATURE(name) extern CRUCIBLE__FEATURE(name);
CRUCIBLE__FEATURES(CRUCIBLE__DECLARE_FEATURE)
#undef CRUCIBLE__DECLARE_FEATURE

/*
 * How a family's file writes down a feature, FAMILY being its constant:
 *
 *   DEFINE_FEATURE(SMA, "simple average of the last timeperiod closes",
 *                  IN_PRICE, FROM_TALIB, PARAMS1(PERIOD(30)),
 *                  RUNS(crucible__sums, sma_init, sma_step));
 */
#define DEFINE_FEATURE(id, text, ...)                                          \
  CRUCIBLE__FEATURE(id) = {                                                    \
      .info.name = #id, .info.doc = text, .info.family = FAMILY, __VA_ARGS__}

#define IN_RATIO .info.unit = CRUCIBLE_UNIT_RATIO
#define IN_PRICE .info.unit = CRUCIBLE_UNIT_PRICE
#define IN_PRICE_SQUARED .info.unit = CRUCIBLE_UNIT_PRICE_SQUARED
#define IN_LOG_PRICE .info.unit = CRUCIBLE_UNIT_LOG_PRICE
#define IN_BASE .info.unit = CRUCIBLE_UNIT_BASE
#define IN_QUOTE .info.unit = CRUCIBLE_UNIT_QUOTE
#define IN_PER_QUOTE .info.unit = CRUCIBLE_UNIT_PER_QUOTE
#define FROM_TALIB .info.is_talib = 1
#define RECURSIVE .info.is_recursive = 1
#define NEEDS(columns) .info.needs = columns
#define USES(quotients) .uses = quotients
#define PARAMS1(a) .info.n_params = 1, .info.params = {a}
#define PARAMS2(a, b) .info.n_params = 2, .info.params = {a, b}
#define PARAMS3(a, b, c) .info.n_params = 3, .info.params = {a, b, c}
#define RUNS(state, init_function, step_function)                              \
  .state_size = sizeof(state), .init = init_function, .step = step_function
#define BLOCK(name) .block = crucible__##name##_block
#define RUNS_WITHOUT_STATE(init_function, step_function)                       \
  .init = init_function, .step = step_function

/* Parameters: a number of bars, named and bounded or the usual one. */
#define PERIOD_NAMED(period_name, lowest, standard)                            \
  {                                                                            \
    .name = period_name, .low = lowest, .high = CRUCIBLE__LONGEST,             \
    .default_value = standard, .is_integer = 1, .is_log = 1, .doc = "bars"     \
  }
#define PERIOD(standard) PERIOD_NAMED("timeperiod", 2, standard)

/* A real number. */
#define FACTOR(factor_name, lowest, highest, standard, text)                   \
  {                                                                            \
    .name = factor_name, .low = lowest, .high = highest,                       \
    .default_value = standard, .doc = text                                     \
  }

#endif
