/* SPDX-License-Identifier: Apache-2.0 */
#include "study/tpe_axis.h"

#include <math.h>

#include "space/points.h"
#include "study/parzen_kernel.h"

int crucible__tpe_is_single(const crucible_param *p) {
  if (p->kind == CRUCIBLE_PARAM_CATEGORICAL)
    return p->n_choices == 1;
  return p->low == p->high || crucible__param_nearest(p, p->high) == p->low;
}

void crucible__tpe_axis_init(crucible__tpe_axis *axis, const crucible_param *p,
                             size_t index) {
  *axis = (crucible__tpe_axis){.param = p, .index = index};
  if (p->kind == CRUCIBLE_PARAM_CATEGORICAL) {
    axis->kind = CRUCIBLE__PARZEN_CHOICE;
    for (uint32_t c = 0; c < p->n_choices; ++c)
      axis->total += p->weights == NULL ? 1 : p->weights[c];
    return;
  }
  axis->kind =
      p->step > 0 ? CRUCIBLE__PARZEN_DISCRETE : CRUCIBLE__PARZEN_CONTINUOUS;
  double low = p->low - p->step / 2;
  double high = crucible__param_nearest(p, p->high) + p->step / 2;
  if (p->is_log) {
    low = log(low);
    high = log(high);
  }
  axis->low = low;
  axis->length = high - low;
}

static double place(const crucible__tpe_axis *axis, double value) {
  const double x =
      ((axis->param->is_log ? log(value) : value) - axis->low) / axis->length;
  return x < 0 ? 0 : x > 1 ? 1 : x;
}

double crucible__tpe_centre(const crucible__tpe_axis *axis, double value) {
  return axis->kind == CRUCIBLE__PARZEN_CHOICE ? value : place(axis, value);
}

double crucible__tpe_value(const crucible__tpe_axis *axis, double x,
                           double at[2]) {
  const crucible_param *p = axis->param;
  at[0] = x;
  if (axis->kind == CRUCIBLE__PARZEN_CHOICE)
    return x;
  const double scaled = axis->low + x * axis->length;
  const double value =
      crucible__param_nearest(p, p->is_log ? exp(scaled) : scaled);
  if (axis->kind == CRUCIBLE__PARZEN_DISCRETE) {
    at[0] = place(axis, value - p->step / 2);
    at[1] = place(axis, value + p->step / 2);
  }
  return value;
}

double crucible__tpe_share(const crucible__tpe_axis *axis, double choice) {
  const double *weights = axis->param->weights;
  return (weights == NULL ? 1 : weights[(size_t)choice]) / axis->total;
}
