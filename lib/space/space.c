/* SPDX-License-Identifier: Apache-2.0 */
#include "space/points.h"

#include <math.h>
#include <string.h>

#include "base/base_alloc.h"
#include "base/base_status.h"

static const double LARGEST_WHOLE = 9007199254740992.0; /* 2^53 */

void crucible_param_init(crucible_param *param, size_t struct_size) {
  crucible_param defaults = {
      .struct_size = sizeof defaults,
      .kind = CRUCIBLE_PARAM_FLOAT,
      .parent = -1,
  };
  crucible__options_init(param, struct_size, &defaults, sizeof defaults);
}

crucible_status crucible_space_create(crucible_space **space) {
  if (space == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "space is NULL");
  *space = crucible__alloc_zero(1, sizeof **space);
  return *space == NULL ? CRUCIBLE_E_NOMEM : CRUCIBLE_OK;
}

static void free_param(crucible_param *p) {
  if (p->choices != NULL)
    for (uint32_t c = 0; c < p->n_choices; ++c)
      crucible__free((void *)(uintptr_t)p->choices[c]);
  crucible__free((void *)(uintptr_t)p->choices);
  crucible__free((void *)(uintptr_t)p->weights);
  crucible__free((void *)(uintptr_t)p->name);
}

void crucible__space_truncate(crucible_space *space, size_t n) {
  while (space->n > n)
    free_param(&space->params[--space->n]);
}

void crucible_space_destroy(crucible_space *space) {
  if (space == NULL)
    return;
  crucible__space_truncate(space, 0);
  crucible__free(space->params);
  crucible__free(space);
}

/* Copies what p points to; on failure nothing stays allocated. */
static crucible_status copy_param(const crucible_param *p,
                                  crucible_param *copy) {
  *copy = *p;
  copy->struct_size = sizeof *copy;
  copy->choices = NULL;
  copy->weights = NULL;
  copy->name = crucible__strdup(p->name);
  if (copy->name == NULL)
    return CRUCIBLE_E_NOMEM;
  if (p->kind != CRUCIBLE_PARAM_CATEGORICAL)
    return CRUCIBLE_OK;
  const char **choices = crucible__alloc_zero(p->n_choices, sizeof *choices);
  if (choices == NULL)
    goto fail;
  copy->choices = choices;
  for (uint32_t c = 0; c < p->n_choices; ++c) {
    choices[c] = crucible__strdup(p->choices[c]);
    if (choices[c] == NULL)
      goto fail;
  }
  if (p->weights != NULL) {
    double *weights = crucible__alloc(p->n_choices, sizeof *weights);
    if (weights == NULL)
      goto fail;
    memcpy(weights, p->weights, p->n_choices * sizeof *weights);
    copy->weights = weights;
  }
  return CRUCIBLE_OK;

fail:
  free_param(copy);
  return CRUCIBLE_E_NOMEM;
}

static int is_whole(double x) {
  return x >= -LARGEST_WHOLE && x <= LARGEST_WHOLE && x == floor(x);
}

static crucible_status check_range(const crucible_param *p) {
  if (!isfinite(p->low) || !isfinite(p->high) || p->low > p->high)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "parameter %s: the range [%g, %g] is empty or not "
                          "finite",
                          p->name, p->low, p->high);
  if (!isfinite(p->step) || p->step < 0)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "parameter %s: step is %g, must be >= 0", p->name,
                          p->step);
  if (p->is_log && !(p->low > 0))
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "parameter %s: low is %g, must be > 0 on a "
                          "logarithmic scale",
                          p->name, p->low);
  if (p->is_log && p->step != 0 &&
      !(p->kind == CRUCIBLE_PARAM_INT && p->step == 1))
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "parameter %s: a logarithmic scale takes no step "
                          "(it is %g)",
                          p->name, p->step);
  if (p->kind == CRUCIBLE_PARAM_INT &&
      (!is_whole(p->low) || !is_whole(p->high) || !is_whole(p->step)))
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "parameter %s: low %g, high %g and step %g must be "
                          "whole and at most 2^53",
                          p->name, p->low, p->high, p->step);
  if (p->step > 0 && (p->high - p->low) / p->step > 1e12)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "parameter %s: step %g is too small for [%g, %g]",
                          p->name, p->step, p->low, p->high);
  return CRUCIBLE_OK;
}

static crucible_status check_choices(const crucible_param *p) {
  if (p->choices == NULL || p->n_choices == 0)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "parameter %s: a categorical one needs choices",
                          p->name);
  double sum = 0;
  for (uint32_t c = 0; c < p->n_choices; ++c) {
    if (p->choices[c] == NULL)
      return crucible__fail(CRUCIBLE_E_INVALID,
                            "parameter %s: choice %u is NULL", p->name, c);
    for (uint32_t d = 0; d < c; ++d)
      if (strcmp(p->choices[c], p->choices[d]) == 0)
        return crucible__fail(CRUCIBLE_E_INVALID,
                              "parameter %s: choice \"%s\" is there twice",
                              p->name, p->choices[c]);
    if (p->weights == NULL)
      continue;
    if (!isfinite(p->weights[c]) || p->weights[c] < 0)
      return crucible__fail(CRUCIBLE_E_INVALID,
                            "parameter %s: the weight of \"%s\" is %g, must "
                            "be >= 0",
                            p->name, p->choices[c], p->weights[c]);
    sum += p->weights[c];
  }
  if (p->weights != NULL && !(sum > 0 && isfinite(sum)))
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "parameter %s: the weights add up to %g", p->name,
                          sum);
  return CRUCIBLE_OK;
}

static crucible_status check_parent(const crucible_space *space,
                                    const crucible_param *p) {
  if (p->parent == -1)
    return CRUCIBLE_OK;
  if (p->parent < 0 || (size_t)p->parent >= space->n)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "parameter %s: parent %d does not come before it "
                          "(%zu parameters so far)",
                          p->name, (int)p->parent, space->n);
  const crucible_param *parent = &space->params[p->parent];
  if (parent->kind != CRUCIBLE_PARAM_CATEGORICAL || parent->n_choices > 64)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "parameter %s: its parent %s is not categorical "
                          "with at most 64 choices",
                          p->name, parent->name);
  uint64_t known = parent->n_choices == 64
                       ? UINT64_MAX
                       : ((uint64_t)1 << parent->n_choices) - 1;
  if (p->parent_choices == 0 || (p->parent_choices & ~known) != 0)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "parameter %s: parent_choices 0x%llx names no choice "
                          "of %s or one that it lacks",
                          p->name, (unsigned long long)p->parent_choices,
                          parent->name);
  return CRUCIBLE_OK;
}

crucible_status crucible_space_add(crucible_space *space,
                                   const crucible_param *param) {
  if (space == NULL || param == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "%s is NULL",
                          space == NULL ? "space" : "param");
  crucible_param p;
  crucible_param_init(&p, sizeof p);
  CRUCIBLE__TRY(crucible__options_read(&p, sizeof p, param, "crucible_param"));
  if (p.name == NULL || p.name[0] == '\0')
    return crucible__fail(CRUCIBLE_E_INVALID, "param.name is missing");
  size_t index;
  for (index = 0; index < space->n; ++index)
    if (strcmp(space->params[index].name, p.name) == 0)
      return crucible__fail(CRUCIBLE_E_INVALID,
                            "parameter %s is there already (number %zu)",
                            p.name, index);
  if (p.kind == CRUCIBLE_PARAM_CATEGORICAL)
    CRUCIBLE__TRY(check_choices(&p));
  else if (p.kind == CRUCIBLE_PARAM_FLOAT || p.kind == CRUCIBLE_PARAM_INT)
    CRUCIBLE__TRY(check_range(&p));
  else
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "parameter %s: kind %d is none of CRUCIBLE_PARAM_*",
                          p.name, (int)p.kind);
  if (p.kind == CRUCIBLE_PARAM_INT && p.step == 0)
    p.step = 1;
  CRUCIBLE__TRY(check_parent(space, &p));

  void *grown = space->params;
  CRUCIBLE__TRY(
      crucible__grow(&grown, &space->capacity, space->n + 1, sizeof p));
  space->params = grown;
  CRUCIBLE__TRY(copy_param(&p, &space->params[space->n]));
  ++space->n;
  return CRUCIBLE_OK;
}

size_t crucible_space_count(const crucible_space *space) {
  return space == NULL ? 0 : space->n;
}

crucible_status crucible_space_get(const crucible_space *space, size_t index,
                                   crucible_param *param) {
  if (space == NULL || param == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "%s is NULL",
                          space == NULL ? "space" : "param");
  if (index >= space->n)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "index is %zu: the space has %zu parameters", index,
                          space->n);
  return crucible__result_write(param, &space->params[index],
                                sizeof space->params[index], "crucible_param");
}

crucible_status crucible_space_find(const crucible_space *space,
                                    const char *name, size_t *index) {
  if (space == NULL || name == NULL || index == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "%s is NULL",
                          space == NULL  ? "space"
                          : name == NULL ? "name"
                                         : "index");
  for (size_t i = 0; i < space->n; ++i) {
    if (strcmp(space->params[i].name, name) == 0) {
      *index = i;
      return CRUCIBLE_OK;
    }
  }
  return crucible__fail(CRUCIBLE_E_INVALID, "the space has no parameter %s",
                        name);
}
