/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file crucible/arrow.h
 * @brief Tables of a run through the Arrow C Data Interface, without a copy.
 *
 * The two structures are the interface's own, under its names and its guard,
 * so that this header and another library's agree. An exported table is a
 * struct array with a child per column: times are timestamps (ms, UTC), words
 * are int8 whose field metadata "crucible.words" names the values
 * ("1=filled,2=rejected,..."), nothing is null (a figure that does not exist is
 * NaN).
 *
 * An exported array holds on to the run: it may be destroyed before the array
 * is released, and its memory ends with the last of them. Release may be called
 * from any thread.
 *
 * @source Apache Arrow, The Arrow C data interface, version 1.
 */
#ifndef CRUCIBLE_ARROW_H
#define CRUCIBLE_ARROW_H

#include <stdint.h>

#include <crucible/backtest.h>
#include <crucible/export.h>
#include <crucible/status.h>

CRUCIBLE_BEGIN_DECLS

#ifndef ARROW_C_DATA_INTERFACE
/** The name under which other libraries declare the same structs. */
#define ARROW_C_DATA_INTERFACE

#define ARROW_FLAG_DICTIONARY_ORDERED 1 /**< a dictionary's order counts */
#define ARROW_FLAG_NULLABLE 2           /**< values may be missing */
#define ARROW_FLAG_MAP_KEYS_SORTED 4    /**< keys of a map are sorted */

/** Type of an array; see the interface's specification. */
struct ArrowSchema {
  const char *format;                    /**< type, "+s" for a struct */
  const char *name;                      /**< of the field, or NULL */
  const char *metadata;                  /**< keys and values, or NULL */
  int64_t flags;                         /**< ARROW_FLAG_* */
  int64_t n_children;                    /**< fields of a struct */
  struct ArrowSchema **children;         /**< [n_children] */
  struct ArrowSchema *dictionary;        /**< NULL here */
  void (*release)(struct ArrowSchema *); /**< NULL once released */
  void *private_data;                    /**< the producer's */
};

/** Values of an array; see the interface's specification. */
struct ArrowArray {
  int64_t length;                       /**< rows */
  int64_t null_count;                   /**< 0 here */
  int64_t offset;                       /**< 0 here */
  int64_t n_buffers;                    /**< 1 for a struct, 2 for a column */
  int64_t n_children;                   /**< columns */
  const void **buffers;                 /**< [n_buffers] validity, values */
  struct ArrowArray **children;         /**< [n_children] */
  struct ArrowArray *dictionary;        /**< NULL here */
  void (*release)(struct ArrowArray *); /**< NULL once released */
  void *private_data;                   /**< the producer's */
};
#endif /* ARROW_C_DATA_INTERFACE */

/**
 * Exports a table of a run.
 *
 * @param[in]  backtest  Not NULL; held until the array is released.
 * @param[in]  table     CRUCIBLE_TABLE_*. Records are not copied; summaries
 *                       are, as they are rows and not columns.
 * @param[out] schema    Not NULL; written only on success, then the caller's to
 *                       release.
 * @param[out] array     Likewise.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer, or no such table.
 * @retval CRUCIBLE_E_STATE   The run did not keep that table.
 * @retval CRUCIBLE_E_NOMEM   Out of memory.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status crucible_backtest_export_arrow(
    const crucible_backtest *backtest, int32_t table,
    struct ArrowSchema *schema, struct ArrowArray *array);

CRUCIBLE_END_DECLS

#endif /* CRUCIBLE_ARROW_H */
