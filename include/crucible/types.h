/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file crucible/types.h
 * @brief Data that more than one module passes around: bars, quotes, matrices.
 *
 * Flat views of the caller's memory. Nothing here owns anything.
 */
#ifndef CRUCIBLE_TYPES_H
#define CRUCIBLE_TYPES_H

#include <stddef.h>
#include <stdint.h>

#include <crucible/export.h>

CRUCIBLE_BEGIN_DECLS

/**
 * Bars of one symbol and timeframe, oldest first: a borrowed struct of arrays.
 *
 * Times are UTC milliseconds since 1970, strictly ascending, multiples of
 * timeframe_ms. A bar that is missing is simply absent: a gap is data. An
 * optional column that the source does not have is NULL.
 */
typedef struct crucible_bars {
  size_t struct_size;           /**< set by the caller, or by who fills it */
  size_t n;                     /**< number of bars */
  const int64_t *open_time_ms;  /**< [n] UTC, ms */
  const double *open;           /**< [n] quote currency, > 0 */
  const double *high;           /**< [n] quote currency */
  const double *low;            /**< [n] quote currency */
  const double *close;          /**< [n] quote currency */
  const double *volume;         /**< [n] base asset, >= 0 */
  const double *quote_volume;   /**< [n] quote currency, or NULL */
  const double *trades;         /**< [n] number of trades, or NULL */
  const double *taker_buy_base; /**< [n] base asset bought by takers, or NULL */
  int64_t timeframe_ms;         /**< length of a bar, > 0 */
  const char *symbol;           /**< such as "BTCUSDT", or NULL */
  double price_tick;            /**< quote currency, 0 = unknown */
  double lot_step;              /**< base asset, 0 = unknown */
} crucible_bars;

/** One closed bar by value. Frozen: no field will ever be added. */
typedef struct crucible_bar {
  int64_t open_time_ms;  /**< UTC, ms */
  double open;           /**< quote currency */
  double high;           /**< quote currency */
  double low;            /**< quote currency */
  double close;          /**< quote currency */
  double volume;         /**< base asset */
  double quote_volume;   /**< quote currency; NaN if the source has none */
  double trades;         /**< count; NaN if the source has none */
  double taker_buy_base; /**< base asset; NaN if the source has none */
} crucible_bar;

/** Top of the book at one moment. Frozen: no field will ever be added. */
typedef struct crucible_quote {
  int64_t time_ms; /**< UTC, ms, of the exchange */
  double bid;      /**< quote currency, > 0 */
  double ask;      /**< quote currency, >= bid */
} crucible_quote;

/**
 * A strided view of doubles, as NumPy has them. Element (i, j) is
 * data[i * row_stride + j * col_stride]. Frozen: no field will ever be added.
 */
typedef struct crucible_matrix {
  const double *data;   /**< not NULL unless rows * cols = 0 */
  size_t rows;          /**< observations */
  size_t cols;          /**< variables */
  ptrdiff_t row_stride; /**< in elements; 1 = column-major */
  ptrdiff_t col_stride; /**< in elements */
} crucible_matrix;

CRUCIBLE_END_DECLS

#endif /* CRUCIBLE_TYPES_H */
