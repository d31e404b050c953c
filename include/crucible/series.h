/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file crucible/series.h
 * @brief Recorded bars: reading, checking, writing, cutting, resampling.
 *
 * A crucible_series owns its columns; crucible_series_view() lends them as
 * crucible_bars. A gap (a bar that the source lacks) is data, never filled.
 * Threads: one at a time per object; a series that is no longer changed may be
 * read from any thread.
 */
#ifndef CRUCIBLE_SERIES_H
#define CRUCIBLE_SERIES_H

#include <stddef.h>
#include <stdint.h>

#include <crucible/export.h>
#include <crucible/status.h>
#include <crucible/types.h>

CRUCIBLE_BEGIN_DECLS

/** Bars of one symbol and timeframe, owned. */
typedef struct crucible_series crucible_series;

/** What to do with a bar that is missing. */
enum {
  CRUCIBLE_GAPS_ALLOW = 0, /**< gaps are data (the default) */
  CRUCIBLE_GAPS_REFUSE = 1 /**< the first gap is an error */
};

/** Unit of the times in a file. */
enum {
  CRUCIBLE_TIME_AUTO = 0,         /**< by each value's size or form */
  CRUCIBLE_TIME_SECONDS = 1,      /**< since 1970 UTC */
  CRUCIBLE_TIME_MILLISECONDS = 2, /**< since 1970 UTC */
  CRUCIBLE_TIME_MICROSECONDS = 3, /**< since 1970 UTC */
  CRUCIBLE_TIME_NANOSECONDS = 4,  /**< since 1970 UTC */
  CRUCIBLE_TIME_ISO = 5 /**< ISO 8601, UTC unless an offset is given */
};

/** Options of the readers; start from crucible_csv_options_init(). */
typedef struct crucible_csv_options {
  size_t struct_size; /**< set by init */
  /**
   * Where each column stands, as "open_time=date,open=o,close=4,...": our name
   * = the file's header name, or its column number counted from 1; nothing
   * after the '=' leaves the column out. What is not listed is found by header
   * (Binance names and usual synonyms). NULL: all by header, or in the Binance
   * kline order where there is none.
   */
  const char *columns;
  const char *symbol;   /**< NULL: from the file's name up to the first '-' */
  int64_t timeframe_ms; /**< 0: the smallest distance between two rows */
  int32_t time_unit;    /**< CRUCIBLE_TIME_*; default AUTO */
  int32_t gaps;         /**< CRUCIBLE_GAPS_*; default ALLOW */
  double price_tick;    /**< for the view; 0 = unknown */
  double lot_step;      /**< for the view; 0 = unknown */
  int64_t from_ms;      /**< first open time wanted; default INT64_MIN */
  int64_t until_ms;     /**< open times before this; default INT64_MAX */
} crucible_csv_options;

/** A run of missing bars. Frozen: no field will ever be added. */
typedef struct crucible_gap {
  size_t index;    /**< the bar after the gap */
  int64_t from_ms; /**< open time of the first missing bar */
  uint64_t n_bars; /**< missing bars */
} crucible_gap;

/** A trading session: bars without an interruption. Frozen. */
typedef struct crucible_session {
  size_t begin; /**< its first bar */
  size_t end;   /**< one past its last bar */
} crucible_session;

/**
 * Fills options with the defaults.
 *
 * @param[out] options      All struct_size bytes are written.
 * @param[in]  struct_size  sizeof *options, as the caller compiled it.
 * @since 0.1
 */
CRUCIBLE_API void crucible_csv_options_init(crucible_csv_options *options,
                                            size_t struct_size);

/**
 * Reads a CSV file of bars, plain or gzip.
 *
 * Every row is checked: times ascending without duplicates and on the
 * timeframe's grid, prices positive and finite, low <= open, close <= high,
 * volume and quote volume >= 0, trades whole, taker_buy_base within the volume.
 * A column that is absent, or empty in every row, stays absent; one that is
 * empty in some rows is an error. Rows out of from_ms..until_ms are checked but
 * not kept; a gap is looked for in what is kept.
 *
 * @param[in]  path     The file; recognised as gzip by its content.
 * @param[in]  options  NULL for the defaults.
 * @param[out] series   NULL on failure.
 * @retval CRUCIBLE_OK          Done.
 * @retval CRUCIBLE_E_INVALID   NULL pointer, or options that contradict.
 * @retval CRUCIBLE_E_VERSION   A field that this library does not know is set.
 * @retval CRUCIBLE_E_IO        The file cannot be read, or its gzip stream is
 *                              damaged or cut off.
 * @retval CRUCIBLE_E_DATA      A row is wrong: the text gives
 *                              file:line:column, the value and the rule.
 * @retval CRUCIBLE_E_TOO_SHORT No bar, or one bar without a timeframe given.
 * @retval CRUCIBLE_E_NOMEM     Out of memory.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status
crucible_series_read_csv(const char *path, const crucible_csv_options *options,
                         crucible_series **series);

/**
 * The same from memory.
 *
 * @param[in]  bytes    [n_bytes] the file's content, plain or gzip.
 * @param[in]  n_bytes  Its length.
 * @param[in]  name     Stands for the path in error texts.
 * @param[in]  options  NULL for the defaults.
 * @param[out] series   NULL on failure.
 * @return As crucible_series_read_csv().
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status crucible_series_parse_csv(
    const char *bytes, size_t n_bytes, const char *name,
    const crucible_csv_options *options, crucible_series **series);

/**
 * Copies bars that the caller has, after checking them as a reader does.
 *
 * @param[in]  bars    What to copy.
 * @param[out] series  NULL on failure.
 * @retval CRUCIBLE_OK          Done.
 * @retval CRUCIBLE_E_INVALID   NULL pointer, or a struct_size that is wrong.
 * @retval CRUCIBLE_E_DATA      A bar is wrong: the text names its index.
 * @retval CRUCIBLE_E_TOO_SHORT No bar.
 * @retval CRUCIBLE_E_NOMEM     Out of memory.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status
crucible_series_create(const crucible_bars *bars, crucible_series **series);

/**
 * Frees a series.
 *
 * @param[in] series  NULL is allowed.
 * @since 0.1
 */
CRUCIBLE_API void crucible_series_destroy(crucible_series *series);

/**
 * Lends the columns until the series changes or ends.
 *
 * @param[in]     series  Not NULL.
 * @param[in,out] bars    struct_size in, the rest out.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer, or a struct_size that is wrong.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status
crucible_series_view(const crucible_series *series, crucible_bars *bars);

/**
 * Appends the bars of another series of the same symbol and timeframe.
 *
 * @param[in,out] series  Unchanged on failure.
 * @param[in]     tail    Begins after the last bar of @p series. A column that
 *                        only one of them has becomes absent.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer, or another symbol or timeframe.
 * @retval CRUCIBLE_E_DATA    The times overlap.
 * @retval CRUCIBLE_E_NOMEM   Out of memory.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status
crucible_series_append(crucible_series *series, const crucible_series *tail);

/**
 * Bars of a longer timeframe, exactly: first open, highest high, lowest low,
 * last close, sums of the rest.
 *
 * The sums are those of the decimal figures, rounded once: what the venue
 * itself publishes for the longer timeframe, as long as the figures have 15
 * digits or fewer.
 *
 * A bar is made from what its interval holds; an interval without any bar
 * stays a gap. The first and the last interval may be cut by the begin and the
 * end of the series: the first is left out unless the bar that opens it is
 * there, the last unless the bar that closes it is there.
 *
 * @param[in]  series        The finer bars.
 * @param[in]  timeframe_ms  A multiple of the series' timeframe.
 * @param[out] coarse        NULL on failure.
 * @retval CRUCIBLE_OK          Done.
 * @retval CRUCIBLE_E_INVALID   NULL pointer, or not a multiple.
 * @retval CRUCIBLE_E_DATA      A sum is too large for a double.
 * @retval CRUCIBLE_E_TOO_SHORT Not one complete interval.
 * @retval CRUCIBLE_E_NOMEM     Out of memory.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status
crucible_series_resample(const crucible_series *series, int64_t timeframe_ms,
                         crucible_series **coarse);

/**
 * Writes bars as a CSV file in the Binance kline layout with a header.
 *
 * Prices and volumes are the shortest decimals that read back to the same
 * bits; absent columns stay empty, and so does taker_buy_quote, which a series
 * does not keep. The bars are checked first. The file appears complete or not
 * at all: it is written beside as "<path>.tmp0" and renamed, so a link is
 * replaced, not followed.
 *
 * @param[in] bars  What to write.
 * @param[in] path  A name ending in ".gz" is written as gzip.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer, or a struct_size that is wrong.
 * @retval CRUCIBLE_E_DATA    A bar is wrong: the text names index and rule.
 * @retval CRUCIBLE_E_IO      The file cannot be written, or @p path is there
 *                            and no regular file.
 * @retval CRUCIBLE_E_NOMEM   Out of memory.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status
crucible_bars_write_csv(const crucible_bars *bars, const char *path);

/**
 * Checks bars as the readers do, without copying.
 *
 * @param[in] bars  What to check.
 * @retval CRUCIBLE_OK        All is well.
 * @retval CRUCIBLE_E_INVALID NULL pointer, or a struct_size that is wrong.
 * @retval CRUCIBLE_E_DATA    A bar is wrong: the text names index and rule.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status
crucible_bars_validate(const crucible_bars *bars);

/**
 * Lists the gaps.
 *
 * @param[in]  bars      What to search.
 * @param[out] gaps      [capacity] the first of them; may be NULL with 0.
 * @param[in]  capacity  Room in @p gaps.
 * @param[out] n         Number of gaps in all.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer, or a struct_size that is wrong.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status crucible_bars_gaps(
    const crucible_bars *bars, crucible_gap *gaps, size_t capacity, size_t *n);

/**
 * Lists the sessions: runs of bars in which no break is longer than a limit.
 *
 * @param[in]  bars          What to search.
 * @param[in]  max_break_ms  A distance between the close of a bar and the next
 *                           open above this begins a session; >= 0.
 * @param[out] sessions      [capacity] the first of them; may be NULL with 0.
 * @param[in]  capacity      Room in @p sessions.
 * @param[out] n             Number of sessions in all.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer, a negative limit, or a struct_size
 *                            that is wrong.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status
crucible_bars_sessions(const crucible_bars *bars, int64_t max_break_ms,
                       crucible_session *sessions, size_t capacity, size_t *n);

/**
 * A part of a view: bars with from_ms <= open time < until_ms, not copied.
 *
 * @param[in]     bars      The whole.
 * @param[in]     from_ms   First open time wanted.
 * @param[in]     until_ms  End, itself left out.
 * @param[in,out] slice     struct_size in, the rest out; may have n = 0.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer, or a struct_size that is wrong.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status
crucible_bars_slice(const crucible_bars *bars, int64_t from_ms,
                    int64_t until_ms, crucible_bars *slice);

/**
 * SHA-256 over symbol, timeframe, times and all columns that are present: the
 * identity of an input in a journal.
 *
 * Over these bytes, every number as 8 bytes, the lowest first: "crucible bars
 * 1" and a zero; length of the symbol, timeframe_ms, n, the set of columns (bit
 * 0 open_time_ms, then in the order of crucible_bars); the symbol; the columns
 * that are present, one after the other.
 *
 * @param[in]  bars    What to hash.
 * @param[out] digest  [32] bytes.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer, or a struct_size that is wrong.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status
crucible_bars_hash(const crucible_bars *bars, uint8_t digest[32]);

/**
 * Reads a timeframe such as "1m", "5m", "1h", "1d", "90s".
 *
 * @param[in]  text          A whole number and one of s, m, h, d, w.
 * @param[out] timeframe_ms  Its length.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer, or not of that form.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status
crucible_timeframe_parse(const char *text, int64_t *timeframe_ms);

CRUCIBLE_END_DECLS

#endif /* CRUCIBLE_SERIES_H */
