/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file crucible/season.h
 * @brief The pattern of volatility over the day and the week.
 *
 * s_i = f(time of day, day of week) u_i: f, the factor, is estimated on past
 * returns alone; u is what a volatility model such as EGARCH should see, and
 * its forecast is multiplied by the factor of the bar to come. Factors are
 * such that their squares have the mean 1 over the bars of a week.
 *
 * A return belongs to the bar that opens at its time: from the close before to
 * this bar's close. The clock is that of the times given: UTC for a market
 * that never closes; for one that keeps a local time with summer time give
 * local times. Times of day at which no bar ever opens have no factor, so
 * sessions need no description. Returns over a break between two bars of at
 * least break_ms (overnight, lunch) are a class of their own with one factor.
 *
 * Estimation: days count that have three quarters of the returns of the
 * fullest day of the same weekday. A return less the mean is divided by the
 * scale of its day, taken from the seven days around it within the window, so
 * that each weekday is in every scale and the week's own pattern stays. Then
 *
 * FOURIER (Andersen, Bollerslev 1997) regresses x = 2 ln |z| on a level for
 * each group of days and on sines and cosines of the time of day, by least
 * squares. The scale is the root mean square. A return of zero has no
 * logarithm: |z| is held at zero_floor from below, for all returns alike.
 * Where bars do not fill the day, positions are counted among the times that
 * occur, and a linear and a quadratic term lift the condition that the end of
 * the session meet its begin.
 *
 * ROBUST (Boudt, Croux, Laurent 2011) takes the weighted standard deviation of
 * each time of day: returns beyond the 99 % point as measured by the shortest
 * half do not count. The scale is bipower variation. A time of day with n
 * returns is drawn towards its neighbourhood: (n own + shrink_returns
 * neighbours) / (n + shrink_returns). The level of a group of days is the
 * weighted standard deviation of all its returns.
 *
 * In both a level, in logarithms, keeps m / (m + shrink_days) of its distance
 * from the mean of levels after m days.
 *
 * Threads: an object is used by one thread at a time; a fitted season may be
 * read from any.
 */
#ifndef CRUCIBLE_SEASON_H
#define CRUCIBLE_SEASON_H

#include <stddef.h>
#include <stdint.h>

#include <crucible/export.h>
#include <crucible/status.h>
#include <crucible/volatility.h>

CRUCIBLE_BEGIN_DECLS

/** How the factor is estimated. */
enum {
  CRUCIBLE_SEASON_FOURIER = 1, /**< flexible Fourier form */
  CRUCIBLE_SEASON_ROBUST = 2   /**< weighted standard deviation of each bin
                                    (default) */
};

/** How a season is fitted; start from crucible_season_options_init(). */
typedef struct crucible_season_options {
  size_t struct_size;    /**< set by init */
  int64_t timeframe_ms;  /**< of the bars: divides a day, >= 10,000; default
                             300,000 */
  int64_t break_ms;      /**< from a close to the next open, from which on a
                             return is one over a break, > 0; default 1 h */
  int64_t smooth_ms;     /**< ROBUST: the neighbourhood reaches so far to either
                             side, >= 0; default 1 h */
  int32_t method;        /**< CRUCIBLE_SEASON_*; default ROBUST */
  uint32_t levels;       /**< groups of days with a level each: 1 (no level), 2
                             (Saturday and Sunday apart) or 7; default 7 */
  uint32_t shapes;       /**< groups of days with a pattern over the day each:
                             1, 2 or 7; default 1 */
  uint32_t harmonics;    /**< FOURIER: P, sines and cosines each, 0 to 16;
                             default 6 */
  uint32_t min_days;     /**< days that must count, 1 to 3,660; default 7 */
  uint32_t reserved;     /**< 0 */
  double shrink_days;    /**< >= 0; default 4; 0: levels as estimated */
  double shrink_returns; /**< ROBUST: >= 0; default 150; 0: bins on their own */
  double zero_floor;     /**< FOURIER: in (0, 0.5]; default 0.05 */
} crucible_season_options;

/** A fitted pattern; never changes. */
typedef struct crucible_season crucible_season;

/** What a season was made of; set struct_size before the call. */
typedef struct crucible_season_info {
  size_t struct_size;  /**< set by the caller */
  uint64_t n_returns;  /**< used, those over breaks left out */
  uint64_t n_breaks;   /**< returns over a break on days that counted */
  uint32_t n_days;     /**< that counted */
  uint32_t n_times;    /**< times of day that have a factor */
  double break_factor; /**< of returns over a break; NaN with fewer than 4 */
  double lowest;       /**< factor */
  double highest;      /**< factor */
} crucible_season_info;

/**
 * Fills options with the defaults.
 *
 * @param[out] options      All struct_size bytes are written.
 * @param[in]  struct_size  sizeof *options, as the caller compiled it.
 * @since 0.1
 */
CRUCIBLE_API void crucible_season_options_init(crucible_season_options *options,
                                               size_t struct_size);

/**
 * Estimates the pattern from returns.
 *
 * @param[in]  options       NULL for the defaults.
 * @param[in]  open_time_ms  [n] of the bars: ascending multiples of the
 *                           timeframe.
 * @param[in]  returns       [n] finite, each to the close of its bar.
 * @param[in]  n             Number of returns.
 * @param[out] season        NULL on failure.
 * @retval CRUCIBLE_OK          Done.
 * @retval CRUCIBLE_E_INVALID   NULL pointer, a wrong option, or a return or a
 *                              time that is wrong: the text names its index.
 * @retval CRUCIBLE_E_VERSION   A field that this library does not know is set.
 * @retval CRUCIBLE_E_TOO_SHORT Fewer than min_days days count, or a day has
 *                              fewer times than the form has terms.
 * @retval CRUCIBLE_E_DOMAIN    All returns are equal, or some so large beside
 *                              the others that factors overflow.
 * @retval CRUCIBLE_E_NOMEM     Out of memory.
 * @source Andersen, Bollerslev (1997), J. of Empirical Finance 4, 115-158.
 *         Boudt, Croux, Laurent (2011), J. of Empirical Finance 18, 353-367.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status crucible_season_fit(
    const crucible_season_options *options, const int64_t *open_time_ms,
    const double *returns, size_t n, crucible_season **season);

/**
 * Frees a season.
 *
 * @param[in] season  NULL is allowed.
 * @since 0.1
 */
CRUCIBLE_API void crucible_season_destroy(crucible_season *season);

/**
 * The factor of a bar's return.
 *
 * @param[in]  season        Not NULL.
 * @param[in]  open_time_ms  Of the bar: a multiple of the timeframe.
 * @param[in]  after_break   1: the return is one over a break. Where breaks
 *                           have no factor, that of the time of day.
 * @param[out] factor        > 0; NaN at a time that has none.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer, or a time off the bars' grid.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status
crucible_season_factor(const crucible_season *season, int64_t open_time_ms,
                       int32_t after_break, double *factor);

/**
 * The factor of the return after a bar, known at that bar's close: that of the
 * time that follows or, if no bar opens then, that of a return over a break.
 *
 * @param[in]  season        Not NULL.
 * @param[in]  open_time_ms  Of the last bar.
 * @param[out] factor        > 0; NaN if neither has one.
 * @return As crucible_season_factor().
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status crucible_season_next_factor(
    const crucible_season *season, int64_t open_time_ms, double *factor);

/**
 * What the season was made of.
 *
 * @param[in]     season  Not NULL.
 * @param[in,out] info    struct_size in, the rest out.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer, or a struct_size that is wrong.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status crucible_season_get_info(
    const crucible_season *season, crucible_season_info *info);

/**
 * A season as bytes.
 *
 * @param[in]  season    Not NULL.
 * @param[out] bytes     [capacity], or NULL with capacity 0.
 * @param[in]  capacity  Bytes there is room for.
 * @param[out] needed    Bytes of the state; where capacity is less nothing is
 *                       written.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer.
 * @retval CRUCIBLE_E_NOMEM   Out of memory.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status
crucible_season_save(const crucible_season *season, void *bytes,
                     size_t capacity, size_t *needed);

/**
 * The season that was saved.
 *
 * @param[in]  bytes   [n] of crucible_season_save().
 * @param[in]  n       Number of bytes.
 * @param[out] season  NULL on failure.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer.
 * @retval CRUCIBLE_E_STORE   Not such bytes, or damaged.
 * @retval CRUCIBLE_E_NOMEM   Out of memory.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status
crucible_season_load(const void *bytes, size_t n, crucible_season **season);

/** A season that is fitted anew every so many days on the last ones. */
typedef struct crucible_season_rolling crucible_season_rolling;

/** Options of crucible_season_rolling_create(). */
typedef struct crucible_season_rolling_options {
  size_t struct_size;   /**< set by init */
  uint32_t window_days; /**< calendar days behind each fit, >= min_days, at
                             most 3,660; default 56 */
  uint32_t refit_days;  /**< days between two fits, >= 1; default 1 */
  crucible_season_options season; /**< its struct_size is set by init */
} crucible_season_rolling_options;

/**
 * Fills options with the defaults.
 *
 * @param[out] options      All struct_size bytes are written.
 * @param[in]  struct_size  sizeof *options, as the caller compiled it.
 * @since 0.1
 */
CRUCIBLE_API void
crucible_season_rolling_options_init(crucible_season_rolling_options *options,
                                     size_t struct_size);

/**
 * A rolling season before its first return.
 *
 * A fit is made at the close of the first bar that ends on a new day, from the
 * returns up to it alone. One that fails (too few days, all returns equal)
 * leaves the season there was.
 *
 * @param[in]  options  NULL for the defaults.
 * @param[out] rolling  NULL on failure.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer or a wrong option.
 * @retval CRUCIBLE_E_VERSION A field that this library does not know is set.
 * @retval CRUCIBLE_E_NOMEM   Out of memory.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status
crucible_season_rolling_create(const crucible_season_rolling_options *options,
                               crucible_season_rolling **rolling);

/**
 * Frees it.
 *
 * @param[in] rolling  NULL is allowed.
 * @since 0.1
 */
CRUCIBLE_API void
crucible_season_rolling_destroy(crucible_season_rolling *rolling);

/**
 * Takes the return of a bar that has closed and tells the factor of the next.
 *
 * @param[in,out] rolling       Unchanged on failure.
 * @param[in]     open_time_ms  Of the bar: after the last one's, a multiple of
 *                              the timeframe.
 * @param[in]     value         The return, finite.
 * @param[out]    factor        As crucible_season_next_factor(); NaN before
 *                              the first fit.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer, or a time or a return that is
 *                            wrong.
 * @retval CRUCIBLE_E_NOMEM   Out of memory in a fit.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status crucible_season_rolling_push(
    crucible_season_rolling *rolling, int64_t open_time_ms, double value,
    double *factor);

/**
 * The present season.
 *
 * @param[in]  rolling  Not NULL.
 * @param[out] season   Lent until the next push; NULL before the first fit.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status crucible_season_rolling_get(
    const crucible_season_rolling *rolling, const crucible_season **season);

/**
 * Batch: what pushes would tell, the same bits.
 *
 * @param[in]  options       NULL for the defaults.
 * @param[in]  open_time_ms  [n]
 * @param[in]  returns       [n]
 * @param[in]  n             >= 1.
 * @param[out] factor        [n] known at the close of bar i, for the return
 *                           after it; NaN before the first fit.
 * @return As crucible_season_rolling_create() and
 *         crucible_season_rolling_push().
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status crucible_season_rolling_factors(
    const crucible_season_rolling_options *options, const int64_t *open_time_ms,
    const double *returns, size_t n, double *factor);

/**
 * The state as bytes.
 *
 * @param[in]  rolling   Not NULL.
 * @param[out] bytes     [capacity], or NULL with capacity 0.
 * @param[in]  capacity  Bytes there is room for.
 * @param[out] needed    Bytes of the state; where capacity is less nothing is
 *                       written.
 * @return As crucible_season_save().
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status
crucible_season_rolling_save(const crucible_season_rolling *rolling,
                             void *bytes, size_t capacity, size_t *needed);

/**
 * A rolling season that goes on from saved bytes, to the bit.
 *
 * @param[in]  bytes    [n] of crucible_season_rolling_save().
 * @param[in]  n        Number of bytes.
 * @param[out] rolling  NULL on failure.
 * @return As crucible_season_load().
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status crucible_season_rolling_load(
    const void *bytes, size_t n, crucible_season_rolling **rolling);

/** EGARCH on returns without their season, the forecast with it. */
typedef struct crucible_season_egarch crucible_season_egarch;

/** Options of crucible_season_egarch_create(). */
typedef struct crucible_season_egarch_options {
  size_t struct_size;                     /**< set by init */
  crucible_season_rolling_options season; /**< its struct_size is set by init */
  crucible_egarch_rolling_options volatility; /**< likewise */
} crucible_season_egarch_options;

/**
 * Fills options with the defaults.
 *
 * @param[out] options      All struct_size bytes are written.
 * @param[in]  struct_size  sizeof *options, as the caller compiled it.
 * @since 0.1
 */
CRUCIBLE_API void
crucible_season_egarch_options_init(crucible_season_egarch_options *options,
                                    size_t struct_size);

/**
 * A forecast before its first return.
 *
 * Each return is divided by the factor that was known before it (1 where there
 * is none) and pushed to a rolling EGARCH, whose forecast is multiplied by the
 * next factor. The first season is applied to the returns of its own window,
 * which the EGARCH then takes in one go: it never sees a return with its
 * season. Its state is not saved: push the past returns again.
 *
 * @param[in]  options   NULL for the defaults.
 * @param[out] forecast  NULL on failure.
 * @return As crucible_season_rolling_create() and
 *         crucible_egarch_rolling_create().
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status
crucible_season_egarch_create(const crucible_season_egarch_options *options,
                              crucible_season_egarch **forecast);

/**
 * Frees it.
 *
 * @param[in] forecast  NULL is allowed.
 * @since 0.1
 */
CRUCIBLE_API void
crucible_season_egarch_destroy(crucible_season_egarch *forecast);

/**
 * Takes the return of a bar that has closed and forecasts the next one's
 * standard deviation.
 *
 * @param[in,out] forecast      Unchanged on failure.
 * @param[in]     open_time_ms  Of the bar: after the last one's, a multiple of
 *                              the timeframe.
 * @param[in]     value         The return, finite.
 * @param[out]    sigma         > 0; NaN before both the first season and the
 *                              first fit of the EGARCH.
 * @return As crucible_season_rolling_push() and crucible_egarch_rolling_push().
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status
crucible_season_egarch_push(crucible_season_egarch *forecast,
                            int64_t open_time_ms, double value, double *sigma);

/**
 * Batch: forecasts at each close of a price series, from log returns of
 * closes; same bits as pushing them one by one.
 *
 * @param[in]  options       NULL for the defaults.
 * @param[in]  open_time_ms  [n] of the bars: ascending multiples of the
 *                           timeframe.
 * @param[in]  close         [n] > 0, finite.
 * @param[in]  n             >= 1.
 * @param[out] sigma         [n] forecast made at close i for the return after
 *                           it; NaN before the first fit.
 * @retval CRUCIBLE_E_TOO_SHORT n is 0.
 * @return Otherwise as crucible_season_egarch_push().
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status
crucible_season_egarch_forecasts(const crucible_season_egarch_options *options,
                                 const int64_t *open_time_ms,
                                 const double *close, size_t n, double *sigma);

CRUCIBLE_END_DECLS

#endif /* CRUCIBLE_SEASON_H */
