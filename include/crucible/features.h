/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file crucible/features.h
 * @brief What a model sees: indicators of closed bars, batch and streaming.
 *
 * A feature is a name from the registry with parameters, such as "RSI" with
 * timeperiod 14; it has one output. Names, parameters and values follow TA-Lib
 * where TA-Lib has the function (an output of a function with several is named
 * after it: "MACD", "MACD_SIGNAL", "BBANDS_UPPER").
 *
 * The streaming step takes O(1) time and memory that does not grow; the batch
 * call is the loop over the step, with the same bits. Warm-up is NaN and
 * nothing else is. The value of a feature with a finite look-back depends on
 * the last lookback + 1 bars alone, to the bit; a recursive one says so.
 *
 * Threads: one at a time per set; calls without a set from any thread.
 */
#ifndef CRUCIBLE_FEATURES_H
#define CRUCIBLE_FEATURES_H

#include <stddef.h>
#include <stdint.h>

#include <crucible/export.h>
#include <crucible/runtime.h>
#include <crucible/status.h>
#include <crucible/types.h>

CRUCIBLE_BEGIN_DECLS

enum {
  CRUCIBLE_FEATURE_PARAMS_MAX = 4 /**< parameters a feature can have */
};

/** Kinds of features. */
enum {
  CRUCIBLE_FAMILY_TREND = 1,          /**< averages, direction */
  CRUCIBLE_FAMILY_MOMENTUM = 2,       /**< rates, oscillators */
  CRUCIBLE_FAMILY_VOLATILITY = 3,     /**< ranges and deviations */
  CRUCIBLE_FAMILY_VOLUME = 4,         /**< volume and order flow */
  CRUCIBLE_FAMILY_MICROSTRUCTURE = 5, /**< spread, impact, illiquidity */
  CRUCIBLE_FAMILY_CALENDAR = 6,       /**< time of day, day of week */
  CRUCIBLE_FAMILY_TRANSFORM = 7       /**< fractional differencing, ranks */
};

/** Unit of a feature's value; a model of several instruments wants the ones
    that do not depend on the price level. */
enum {
  CRUCIBLE_UNIT_RATIO = 1, /**< dimensionless */
  CRUCIBLE_UNIT_PRICE = 2, /**< quote currency, moves with the price level */
  CRUCIBLE_UNIT_BASE = 3,  /**< base asset, moves with the volume level */
  CRUCIBLE_UNIT_QUOTE = 4, /**< quote currency of turnover */
  CRUCIBLE_UNIT_PER_QUOTE = 5,     /**< one over quote currency of turnover */
  CRUCIBLE_UNIT_PRICE_SQUARED = 6, /**< of a variance of prices */
  CRUCIBLE_UNIT_LOG_PRICE = 7 /**< shifts as the price level is multiplied */
};

/** Optional columns of crucible_bars that a feature needs: a set of bits. */
enum {
  CRUCIBLE_NEEDS_QUOTE_VOLUME = 1,  /**< quote_volume */
  CRUCIBLE_NEEDS_TRADES = 2,        /**< trades */
  CRUCIBLE_NEEDS_TAKER_BUY_BASE = 4 /**< taker_buy_base */
};

/** A parameter of a feature. Frozen: no field will ever be added. */
typedef struct crucible_feature_param {
  const char *name;     /**< such as "timeperiod" */
  double low;           /**< lowest value allowed */
  double high;          /**< highest value allowed */
  double default_value; /**< TA-Lib's default where it has one */
  int32_t is_integer;   /**< 1: whole numbers only */
  int32_t is_log;       /**< 1: search it on a logarithmic scale */
  const char *doc;      /**< one line */
} crucible_feature_param;

/** What the registry knows of a feature; all strings are static. */
typedef struct crucible_feature_info {
  size_t struct_size;   /**< set by the caller */
  const char *name;     /**< such as "RSI" */
  const char *doc;      /**< one line with the formula and its source */
  int32_t family;       /**< CRUCIBLE_FAMILY_* */
  int32_t unit;         /**< CRUCIBLE_UNIT_* */
  uint32_t needs;       /**< CRUCIBLE_NEEDS_* */
  uint32_t n_params;    /**< <= CRUCIBLE_FEATURE_PARAMS_MAX */
  int32_t is_recursive; /**< 1: the look-back is infinite */
  int32_t is_talib;     /**< 1: TA-Lib has it and the values follow it */
  crucible_feature_param params[CRUCIBLE_FEATURE_PARAMS_MAX]; /**< their order
                                                       is that of the values */
} crucible_feature_info;

/** One feature with its parameters. Frozen: no field will ever be added. */
typedef struct crucible_feature_spec {
  const char *name; /**< in the registry, upper case */
  double params[CRUCIBLE_FEATURE_PARAMS_MAX]; /**< NaN: the default */
} crucible_feature_spec;

/** Several features of one series, with their streaming state. */
typedef struct crucible_feature_set crucible_feature_set;

/**
 * Number of features in the registry.
 *
 * @return Constant within a version.
 * @since 0.1
 */
CRUCIBLE_API size_t crucible_feature_count(void);

/**
 * What the registry knows of feature number index.
 *
 * @param[in]     index  Below crucible_feature_count(); sorted by name.
 * @param[in,out] info   struct_size in, the rest out.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer, or no such number.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status
crucible_feature_at(size_t index, crucible_feature_info *info);

/**
 * The same by name.
 *
 * @param[in]     name   Such as "RSI".
 * @param[in,out] info   struct_size in, the rest out.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer, or no such feature: the text names
 *                            the nearest.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status
crucible_feature_find(const char *name, crucible_feature_info *info);

/**
 * Bars before the first value: value number lookback (from 0) is the first
 * that is not NaN.
 *
 * @param[in]  spec      Name and parameters.
 * @param[out] lookback  Bars.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer, unknown name, or a parameter out of
 *                            its range (the text names it, value and range).
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status
crucible_feature_lookback(const crucible_feature_spec *spec, size_t *lookback);

/**
 * Prepares features for one series.
 *
 * @param[in]  specs  [n] which.
 * @param[in]  n      >= 1.
 * @param[in]  has    CRUCIBLE_NEEDS_* bits of the columns the series has.
 * @param[in]  timeframe_ms  Length of the series' bars.
 * @param[out] set    NULL on failure.
 * @retval CRUCIBLE_OK            Done.
 * @retval CRUCIBLE_E_INVALID     As crucible_feature_lookback(), with the
 *                                number of the feature.
 * @retval CRUCIBLE_E_UNSUPPORTED A feature needs a column that the series
 *                                lacks: the text names both.
 * @retval CRUCIBLE_E_NOMEM       Out of memory.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status crucible_feature_set_create(
    const crucible_feature_spec *specs, size_t n, uint32_t has,
    int64_t timeframe_ms, crucible_feature_set **set);

/**
 * Frees a set.
 *
 * @param[in] set  NULL is allowed.
 * @since 0.1
 */
CRUCIBLE_API void crucible_feature_set_destroy(crucible_feature_set *set);

/**
 * Feeds one closed bar and gives the features at its close.
 *
 * @param[in,out] set     Its streaming state goes on by one bar.
 * @param[in]     bar     The next bar; a gap before it is data.
 * @param[out]    values  [n] in the order of the specs; NaN while warming up.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer.
 * @retval CRUCIBLE_E_DATA    A needed field of the bar is not finite, the prices
 *                            are out of order (low <= open, close <= high) or
 *                            out of [1e-30, 1e30], an amount is neither 0 nor
 *                            within, or the time does not ascend by a timeframe
 *                            or more; the state is unchanged.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status crucible_feature_set_push(
    crucible_feature_set *set, const crucible_bar *bar, double *values);

/**
 * Forgets all bars, as if just created.
 *
 * @param[in,out] set  Not NULL.
 * @since 0.1
 */
CRUCIBLE_API void crucible_feature_set_reset(crucible_feature_set *set);

/**
 * Batch: the features of a whole series, bit-identical to pushing its bars one
 * by one into a fresh set.
 *
 * @param[in]  specs   [n] which.
 * @param[in]  n       >= 1.
 * @param[in]  bars    The series.
 * @param[in]  pool    Features are computed in parallel; NULL = one thread.
 * @param[out] values  [bars->n * n] column-major: column j is feature j.
 * @return As crucible_feature_set_create() and crucible_feature_set_push().
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status crucible_features_compute(
    const crucible_feature_spec *specs, size_t n, const crucible_bars *bars,
    crucible_pool *pool, double *values);

/** Columns of one series that are computed once and kept. */
typedef struct crucible_feature_cache crucible_feature_cache;

/**
 * A cache without columns. It keeps every column it is asked for until it
 * ends: 8 bytes a bar each.
 *
 * @param[in]  bars   The series; its columns are lent until the cache ends and
 *                    must not change.
 * @param[out] cache  NULL on failure.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer, or bars that are no view.
 * @retval CRUCIBLE_E_VERSION A field that this library does not know is set.
 * @retval CRUCIBLE_E_NOMEM   Out of memory.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status crucible_feature_cache_create(
    const crucible_bars *bars, crucible_feature_cache **cache);

/**
 * Frees a cache; nothing may be using it.
 *
 * @param[in] cache  NULL is allowed.
 * @since 0.1
 */
CRUCIBLE_API void crucible_feature_cache_destroy(crucible_feature_cache *cache);

/**
 * The same bits as crucible_features_compute() over the series' first n_bars
 * bars. May be called from any number of threads at once.
 *
 * @param[in,out] cache   Not NULL.
 * @param[in]     specs   [n] which.
 * @param[in]     n       >= 1.
 * @param[in]     n_bars  Up to the cache's bars.
 * @param[in]     pool    Columns that are not there yet are computed in
 *                        parallel; NULL = one thread.
 * @param[out]    values  [n_bars * n] column-major: column j is feature j.
 * @retval CRUCIBLE_E_INVALID Also: n_bars is more than the series has.
 * @return Otherwise as crucible_features_compute(), judged on all bars of the
 *         series.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status crucible_feature_cache_compute(
    crucible_feature_cache *cache, const crucible_feature_spec *specs, size_t n,
    size_t n_bars, crucible_pool *pool, double *values);

CRUCIBLE_END_DECLS

#endif /* CRUCIBLE_FEATURES_H */
