/* SPDX-License-Identifier: Apache-2.0 */
/* Combinations of parameter values. Threads: any. */
#include <math.h>
#include <stddef.h>
#include <stdint.h>

#include <crucible/sweep.h>

#include "base/base_status.h"

enum { AXES_MAX = 64 };

#define POINTS_MAX ((uint64_t)1 << 32)

static crucible_status check_axes(const crucible_grid_axis *axes,
                                  size_t n_axes) {
  uint64_t points = 1;
  if (axes == NULL || n_axes == 0 || n_axes > AXES_MAX)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "axes is %s with n_axes = %zu: give 1 to %d",
                          axes ? "an array" : "NULL", n_axes, AXES_MAX);
  for (size_t j = 0; j < n_axes; ++j) {
    if (axes[j].values == NULL || axes[j].n == 0)
      return crucible__fail(CRUCIBLE_E_INVALID,
                            "axes[%zu] has %zu values at %s: give at least one",
                            j, axes[j].n, axes[j].values ? "values" : "NULL");
    for (size_t i = 0; i < axes[j].n; ++i)
      if (isnan(axes[j].values[i]))
        return crucible__fail(CRUCIBLE_E_INVALID,
                              "axes[%zu].values[%zu] is NaN: give a number", j,
                              i);
    if (axes[j].n > POINTS_MAX / points)
      return crucible__fail(CRUCIBLE_E_INVALID,
                            "the axes up to %zu have more than %llu "
                            "combinations: take fewer values",
                            j, (unsigned long long)POINTS_MAX);
    points *= axes[j].n;
  }
  return CRUCIBLE_OK;
}

static crucible_status check_orders(const crucible_grid_order *orders,
                                    size_t n_orders, size_t n_axes) {
  if (orders == NULL && n_orders > 0)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "orders is NULL with n_orders = %zu", n_orders);
  for (size_t i = 0; i < n_orders; ++i)
    if (orders[i].less >= n_axes || orders[i].greater >= n_axes ||
        orders[i].less == orders[i].greater)
      return crucible__fail(CRUCIBLE_E_INVALID,
                            "orders[%zu] wants axis %u below axis %u: there "
                            "are axes 0 to %zu, and two are wanted",
                            i, orders[i].less, orders[i].greater, n_axes - 1);
  return CRUCIBLE_OK;
}

static int keeps(const double *point, const crucible_grid_order *orders,
                 size_t n_orders) {
  for (size_t i = 0; i < n_orders; ++i)
    if (!(point[orders[i].less] < point[orders[i].greater]))
      return 0;
  return 1;
}

/* To the next combination; 0 after the last. */
static int advance(const crucible_grid_axis *axes, size_t n_axes, size_t *at) {
  for (size_t j = n_axes; j-- > 0;) {
    if (++at[j] < axes[j].n)
      return 1;
    at[j] = 0;
  }
  return 0;
}

crucible_status crucible_sweep_grid(const crucible_grid_axis *axes,
                                    size_t n_axes,
                                    const crucible_grid_order *orders,
                                    size_t n_orders, size_t capacity,
                                    double *values, size_t *n) {
  if (n == NULL || (values == NULL && capacity > 0))
    return crucible__fail(CRUCIBLE_E_INVALID, "%s is NULL",
                          n == NULL ? "n" : "values");
  CRUCIBLE__TRY(check_axes(axes, n_axes));
  CRUCIBLE__TRY(check_orders(orders, n_orders, n_axes));
  size_t at[AXES_MAX] = {0}, count = 0;
  double point[AXES_MAX];
  do {
    for (size_t j = 0; j < n_axes; ++j)
      point[j] = axes[j].values[at[j]];
    if (!keeps(point, orders, n_orders))
      continue;
    for (size_t j = 0; j < n_axes && count < capacity; ++j)
      values[j * capacity + count] = point[j];
    count += 1;
  } while (advance(axes, n_axes, at));
  *n = count;
  return CRUCIBLE_OK;
}
