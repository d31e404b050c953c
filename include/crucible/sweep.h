/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file crucible/sweep.h
 * @brief Grids of rule strategies: indicator to signal without the matrices.
 *
 * A rule compares two operands at each close: a feature of the registry, a
 * column of the bars, or a number; parameters may differ per column of the
 * sweep. Rules joined by and, or, not give four flags per bar and column:
 * enter long, exit long, enter short, exit short.
 *
 * The flags are made block by block, 64 bars a word, where they are needed: by
 * crucible_sweep_source() inside a simulation, or by crucible_sweep_flags() as
 * arrays. Each distinct feature is computed once however many columns use it,
 * in blocks that stay in the cache, so memory grows with the distinct features
 * and the columns, not with the bars. The bits do not depend on the size of the
 * blocks, the number of threads or the processor.
 *
 * A comparison with a value that is still warming up (NaN) is false; so its
 * "not" is true: prefer AT_MOST to not ABOVE.
 *
 * Threads: one at a time per sweep.
 */
#ifndef CRUCIBLE_SWEEP_H
#define CRUCIBLE_SWEEP_H

#include <stddef.h>
#include <stdint.h>

#include <crucible/export.h>
#include <crucible/features.h>
#include <crucible/runtime.h>
#include <crucible/simulate.h>
#include <crucible/status.h>
#include <crucible/types.h>

CRUCIBLE_BEGIN_DECLS

enum {
  CRUCIBLE_RULES_MAX = 64,         /**< rules of a sweep */
  CRUCIBLE_RULE_PROGRAM_MAX = 1024 /**< steps of a program */
};

/** Kinds of operands. */
enum {
  CRUCIBLE_OPERAND_FEATURE = 1, /**< a feature of the registry */
  CRUCIBLE_OPERAND_BAR = 2,     /**< a column of the bars */
  CRUCIBLE_OPERAND_NUMBER = 3   /**< a number */
};

/** Columns of the bars. */
enum {
  CRUCIBLE_BAR_OPEN = 1,          /**< open */
  CRUCIBLE_BAR_HIGH = 2,          /**< high */
  CRUCIBLE_BAR_LOW = 3,           /**< low */
  CRUCIBLE_BAR_CLOSE = 4,         /**< close */
  CRUCIBLE_BAR_VOLUME = 5,        /**< volume */
  CRUCIBLE_BAR_QUOTE_VOLUME = 6,  /**< quote_volume */
  CRUCIBLE_BAR_TRADES = 7,        /**< trades */
  CRUCIBLE_BAR_TAKER_BUY_BASE = 8 /**< taker_buy_base */
};

/** How the left operand compares with the right one. Crossings mean what
    vectorbt's crossed_above means: above at this bar and not at the one before,
    after it was below at least once since both were warm. */
enum {
  CRUCIBLE_IS_ABOVE = 1,      /**< left > right */
  CRUCIBLE_IS_BELOW = 2,      /**< left < right */
  CRUCIBLE_IS_AT_LEAST = 3,   /**< left >= right */
  CRUCIBLE_IS_AT_MOST = 4,    /**< left <= right */
  CRUCIBLE_CROSSES_ABOVE = 5, /**< goes above */
  CRUCIBLE_CROSSES_BELOW = 6  /**< goes below */
};

/** One side of a rule. Frozen: no field will ever be added. */
typedef struct crucible_operand {
  int32_t kind;        /**< CRUCIBLE_OPERAND_* */
  int32_t bar;         /**< BAR: CRUCIBLE_BAR_* */
  const char *feature; /**< FEATURE: name in the registry */
  double value[CRUCIBLE_FEATURE_PARAMS_MAX]; /**< FEATURE: its parameters, NaN
                           the default; NUMBER: the number is value[0] */
  const double *values[CRUCIBLE_FEATURE_PARAMS_MAX]; /**< [n_columns] in place
                           of value[i], one per column; NULL: value[i] */
} crucible_operand;

/** A comparison at each close. Frozen: no field will ever be added. */
typedef struct crucible_rule {
  crucible_operand left;  /**< left side */
  crucible_operand right; /**< right side */
  int32_t comparison;     /**< CRUCIBLE_IS_* or CRUCIBLE_CROSSES_* */
  int32_t reserved;       /**< 0 */
} crucible_rule;

/** Steps of a program beside the numbers of rules. */
enum {
  CRUCIBLE_RULE_AND = -1, /**< of the two on top */
  CRUCIBLE_RULE_OR = -2,  /**< of the two on top */
  CRUCIBLE_RULE_NOT = -3  /**< of the one on top */
};

/** Rules joined, in postfix order: {0, 1, CRUCIBLE_RULE_AND} is "rule 0 and
    rule 1". Frozen: no field will ever be added. */
typedef struct crucible_rule_program {
  const int32_t *steps; /**< [n] number of a rule, or CRUCIBLE_RULE_* */
  size_t n;             /**< 0: never */
} crucible_rule_program;

/** What is swept; start from crucible_sweep_spec_init(). */
typedef struct crucible_sweep_spec {
  size_t struct_size;                /**< set by init */
  size_t n_columns;                  /**< parameter sets times series */
  const uint32_t *series_of;         /**< [n_columns] series of each column;
                                          NULL: column % n_series */
  const crucible_rule *rules;        /**< [n_rules] */
  size_t n_rules;                    /**< 1 to CRUCIBLE_RULES_MAX */
  crucible_rule_program enter_long;  /**< default: never */
  crucible_rule_program exit_long;   /**< default: never */
  crucible_rule_program enter_short; /**< default: never */
  crucible_rule_program exit_short;  /**< default: never */
} crucible_sweep_spec;

/** What a sweep came to. */
typedef struct crucible_sweep_info {
  size_t struct_size; /**< set by the caller */
  size_t n_columns;   /**< columns */
  size_t n_bars;      /**< bars of each series */
  size_t n_words;     /**< words of flags a column: 64 bars each */
  size_t n_features;  /**< distinct features that are computed */
  size_t look_back;   /**< bars before the last of them is warm */
  size_t memory;      /**< bytes that the sweep holds */
} crucible_sweep_info;

/** A grid of rule strategies over one or more series. */
typedef struct crucible_sweep crucible_sweep;

/**
 * Fills a spec with the defaults.
 *
 * @param[out] spec         All struct_size bytes are written.
 * @param[in]  struct_size  sizeof *spec, as the caller compiled it.
 * @since 0.1
 */
CRUCIBLE_API void crucible_sweep_spec_init(crucible_sweep_spec *spec,
                                           size_t struct_size);

/**
 * Prepares a sweep: checks everything, finds the distinct features.
 *
 * @param[in]  series    [n_series] bars, all of the same number and open
 *                       times; their columns are lent until the sweep ends.
 * @param[in]  n_series  >= 1.
 * @param[in]  spec      Copied, what it points to included.
 * @param[in]  pool      Features of a block are computed in parallel; NULL =
 *                       one thread. Lent until the sweep ends.
 * @param[out] sweep     NULL on failure.
 * @retval CRUCIBLE_OK            Done.
 * @retval CRUCIBLE_E_INVALID     NULL pointer, an unknown feature, a parameter
 *                                out of its range, a program that does not end
 *                                with one value, ...: the text names rule, side
 *                                and column.
 * @retval CRUCIBLE_E_VERSION     A field that this library does not know is
 *                                set.
 * @retval CRUCIBLE_E_UNSUPPORTED A column that the series lacks is needed.
 * @retval CRUCIBLE_E_DATA        A bar is malformed, or the series' times
 *                                differ: the text names series and bar.
 * @retval CRUCIBLE_E_NOMEM       Out of memory.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status
crucible_sweep_create(const crucible_bars *const *series, size_t n_series,
                      const crucible_sweep_spec *spec, crucible_pool *pool,
                      crucible_sweep **sweep);

/**
 * Frees a sweep; no simulation may be using it.
 *
 * @param[in] sweep  NULL is allowed.
 * @since 0.1
 */
CRUCIBLE_API void crucible_sweep_destroy(crucible_sweep *sweep);

/**
 * What a sweep came to.
 *
 * @param[in]     sweep  Not NULL.
 * @param[in,out] info   struct_size in, the rest out.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer, or a struct_size that is wrong.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status
crucible_sweep_describe(const crucible_sweep *sweep, crucible_sweep_info *info);

/**
 * Makes the flags of some columns as arrays: bar i is bit i % 64 of word
 * i / 64; bits beyond the last bar are 0. The same bits as in a simulation.
 *
 * @param[in,out] sweep         Not NULL; no simulation is using it.
 * @param[in]     first_column  First column wanted.
 * @param[in]     n_columns     >= 1.
 * @param[out]    enter_long    [n_columns * n_words] column after column; NULL:
 *                              not wanted.
 * @param[out]    exit_long     Likewise.
 * @param[out]    enter_short   Likewise.
 * @param[out]    exit_short    Likewise.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL sweep, or columns that there are not.
 * @retval CRUCIBLE_E_NOMEM   Out of memory.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status crucible_sweep_flags(
    crucible_sweep *sweep, size_t first_column, size_t n_columns,
    uint64_t *enter_long, uint64_t *exit_long, uint64_t *enter_short,
    uint64_t *exit_short);

/**
 * The sweep as the signals of a simulation, made where they are used. Column c
 * of the simulation is column c of the sweep; its market should have the bars
 * of that column's series. The same sweep may serve one simulation after
 * another.
 *
 * @param[in,out] sweep      Lent until no simulation uses the source.
 * @param[in]     first_bar  Bar of the sweep that is bar 0 of the simulation,
 *                           a multiple of 64; 0 unless a run goes on where
 *                           another ended (crucible_simulate_next()).
 * @param[in,out] source     struct_size in, the rest out; the sweep's sources
 *                           given before follow this first_bar, too.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer, first_bar is no multiple of 64 or
 *                            beyond the bars, or a struct_size that is wrong.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status crucible_sweep_source(
    crucible_sweep *sweep, size_t first_bar, crucible_signal_source *source);

/** Values of one parameter. Frozen: no field will ever be added. */
typedef struct crucible_grid_axis {
  const double *values; /**< [n] */
  size_t n;             /**< >= 1 */
} crucible_grid_axis;

/** Keeps the points where the value of one axis is below that of another.
    Frozen: no field will ever be added. */
typedef struct crucible_grid_order {
  uint32_t less;    /**< axis with the smaller value */
  uint32_t greater; /**< axis with the greater value */
} crucible_grid_order;

/**
 * Every combination of the axes' values, the last axis running fastest.
 *
 * @param[in]  axes      [n_axes]
 * @param[in]  n_axes    1 to 64.
 * @param[in]  orders    [n_orders] combinations that break one are left out.
 * @param[in]  n_orders  0: all combinations; orders may then be NULL.
 * @param[in]  capacity  Combinations there is room for; 0: count them alone.
 * @param[out] values    [n_axes * capacity] axis j's value of combination i at
 *                       values[j * capacity + i]; NULL if capacity is 0.
 * @param[out] n         Combinations that there are; values is written up to
 *                       the lesser of n and capacity.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer, an axis without values, a value that
 *                            is not a number, an order of axes that there are
 *                            not, or more than 2^32 combinations.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status
crucible_sweep_grid(const crucible_grid_axis *axes, size_t n_axes,
                    const crucible_grid_order *orders, size_t n_orders,
                    size_t capacity, double *values, size_t *n);

CRUCIBLE_END_DECLS

#endif /* CRUCIBLE_SWEEP_H */
