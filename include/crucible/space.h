/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file crucible/space.h
 * @brief The one description of parameters: names, ranges, conditions.
 *
 * Model families declare their hyper-parameters in a space, a study searches
 * it, a genome is a point in it. A point has one double per parameter: the
 * value itself, the number of the choice for a categorical one, NaN where the
 * parameter is not active.
 *
 * Values with a step are decimals: the double nearest to low + k * step. A
 * drawn real value has six significant digits, so that a draw does not depend
 * on the last bit of a machine's exp() and prints short.
 *
 * Threads: one at a time while it is built, any thread after that.
 */
#ifndef CRUCIBLE_SPACE_H
#define CRUCIBLE_SPACE_H

#include <stddef.h>
#include <stdint.h>

#include <crucible/export.h>
#include <crucible/status.h>

CRUCIBLE_BEGIN_DECLS

/** Kinds of parameters. */
enum {
  CRUCIBLE_PARAM_FLOAT = 1,      /**< real, in [low, high] */
  CRUCIBLE_PARAM_INT = 2,        /**< whole, in [low, high] */
  CRUCIBLE_PARAM_CATEGORICAL = 3 /**< one of named choices */
};

/** One parameter; start from crucible_param_init(). */
typedef struct crucible_param {
  size_t struct_size; /**< set by init */
  const char *name;   /**< unique in its space, such as "model.max_depth" */
  int32_t kind;       /**< CRUCIBLE_PARAM_*; default FLOAT */
  int32_t is_log;     /**< 1: searched on a logarithmic scale, low > 0 */
  double low;         /**< smallest value */
  double high;        /**< largest value */
  double step;        /**< 0 = none (1 for INT); values are low + k * step;
                           not with is_log */
  const char *const *choices; /**< [n_choices] names of a categorical one */
  uint32_t n_choices;         /**< >= 1 for a categorical one */
  int32_t parent;          /**< number of the categorical parameter that decides
                           whether this one is active; -1 (default): always */
  uint64_t parent_choices; /**< bit c: active where the parent is choice c */
  const double *weights; /**< [n_choices] how often each is drawn, >= 0, finite,
                              not all 0; NULL (default): equally often */
} crucible_param;

/** A set of parameters. */
typedef struct crucible_space crucible_space;

/**
 * Fills a parameter with the defaults.
 *
 * @param[out] param        All struct_size bytes are written.
 * @param[in]  struct_size  sizeof *param, as the caller compiled it.
 * @since 0.1
 */
CRUCIBLE_API void crucible_param_init(crucible_param *param,
                                      size_t struct_size);

/**
 * An empty space.
 *
 * @param[out] space  NULL on failure.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer.
 * @retval CRUCIBLE_E_NOMEM   Out of memory.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status
crucible_space_create(crucible_space **space);

/**
 * Frees a space.
 *
 * @param[in] space  NULL is allowed.
 * @since 0.1
 */
CRUCIBLE_API void crucible_space_destroy(crucible_space *space);

/**
 * Adds a parameter; it gets the next number.
 *
 * @param[in,out] space  Unchanged on failure.
 * @param[in]     param  Copied with its strings.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer, a name that is there already, an
 *                            empty range, or a parent that is not categorical
 *                            or comes later: the text names it.
 * @retval CRUCIBLE_E_VERSION A field that this library does not know is set.
 * @retval CRUCIBLE_E_NOMEM   Out of memory.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status
crucible_space_add(crucible_space *space, const crucible_param *param);

/**
 * Number of parameters.
 *
 * @param[in] space  NULL counts as empty.
 * @return The number.
 * @since 0.1
 */
CRUCIBLE_API size_t crucible_space_count(const crucible_space *space);

/**
 * One parameter, its strings lent until the space ends.
 *
 * @param[in]     space  Not NULL.
 * @param[in]     index  Below crucible_space_count().
 * @param[in,out] param  struct_size in, the rest out.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer, no such number, or a struct_size
 *                            that is wrong.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status crucible_space_get(
    const crucible_space *space, size_t index, crucible_param *param);

/**
 * Number of a parameter by name.
 *
 * @param[in]  space  Not NULL.
 * @param[in]  name   Its name.
 * @param[out] index  Its number.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer, or no such name.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status crucible_space_find(
    const crucible_space *space, const char *name, size_t *index);

/**
 * A random point: each active parameter uniform on its scale, choices by their
 * weights. What is drawn for a parameter does not depend on which others are
 * active.
 *
 * @param[in]  space  Not NULL.
 * @param[in]  seed   Of the draw.
 * @param[in]  id     Number of the draw, < 2^48: the same seed and id give the
 *                    same point, in any order of calls.
 * @param[out] point  [n] one value per parameter.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer, or an id that is too large.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status crucible_space_draw(
    const crucible_space *space, uint64_t seed, uint64_t id, double *point);

/**
 * Checks that a point lies in the space.
 *
 * @param[in] space  Not NULL.
 * @param[in] point  [n].
 * @retval CRUCIBLE_OK        It does.
 * @retval CRUCIBLE_E_INVALID NULL pointer, a value outside its range or off
 *                            its step, an active one that is NaN, or one that
 *                            should be NaN since it is not active: the text
 *                            names it.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status
crucible_space_check(const crucible_space *space, const double *point);

CRUCIBLE_END_DECLS

#endif /* CRUCIBLE_SPACE_H */
