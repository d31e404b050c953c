/* SPDX-License-Identifier: Apache-2.0 */
#include "study/tpe_state.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/base_alloc.h"
#include "base/base_status.h"
#include "space/points.h"
#include "study/merit.h"
#include "study/study_state.h"

enum { BELOW = CRUCIBLE__TPE_BELOW, ABOVE = CRUCIBLE__TPE_ABOVE };

/* Of n ended trials so many are below. */
static size_t count_below(int32_t mode, uint64_t n) {
  const double share = mode == CRUCIBLE_TPE_OPTUNA ? 0.1 : 0.05;
  return (size_t)fmin(ceil(share * (double)n), CRUCIBLE__TPE_MOST_BELOW);
}

static void destroy_group(crucible__tpe_group *group) {
  crucible__free(group->is_in);
  crucible__tpe_model_destroy(group->model);
}

void crucible__tpe_forget(crucible__tpe_state *s) {
  for (size_t i = 0; i < s->n_groups; ++i)
    destroy_group(&s->groups[i]);
  s->n_groups = 0;
  for (size_t i = 0; i < s->study->space->n; ++i) {
    crucible__tpe_model_destroy(s->alone[i]);
    s->alone[i] = NULL;
  }
  s->split.n_read = s->split.n_finished = 0;
  s->split.n_leaders = s->split.n_below = s->split.n_sides = 0;
  s->split.n_running = 0;
}

static size_t find_shadow(const crucible__tpe_state *s, uint64_t number) {
  size_t i = 0;
  while (i < s->n_shadows && s->shadows[i].number != number)
    ++i;
  return i;
}

static void drop_shadow(crucible__tpe_state *s, size_t i) {
  crucible__free(s->shadows[i].point);
  s->shadows[i] = s->shadows[--s->n_shadows];
}

crucible_status crucible__tpe_keep_shadow(crucible__tpe_state *s,
                                          uint64_t number, const double *point,
                                          double **shadow) {
  const size_t n = s->study->space->n;
  void *grown = s->shadows;
  CRUCIBLE__TRY(crucible__grow(&grown, &s->shadow_capacity, s->n_shadows + 1,
                               sizeof *s->shadows));
  s->shadows = grown;
  double *copy = crucible__alloc(n, sizeof *copy);
  if (copy == NULL)
    return CRUCIBLE_E_NOMEM;
  memcpy(copy, point, n * sizeof *copy);
  s->shadows[s->n_shadows++] = (crucible__tpe_shadow){number, copy};
  *shadow = copy;
  return CRUCIBLE_OK;
}

/* What the models are to count of a trial. */
static const double *point_of(const crucible__tpe_state *s, uint64_t number) {
  const size_t i = find_shadow(s, number);
  return i < s->n_shadows ? s->shadows[i].point
                          : crucible__study_point(s->study, number);
}

/* Calls of all models that there are. */
static crucible_status put(crucible__tpe_state *s, int side, uint64_t number) {
  const double *point = point_of(s, number);
  for (size_t i = 0; i < s->n_groups; ++i)
    if (s->groups[i].model != NULL)
      CRUCIBLE__TRY(
          crucible__tpe_model_put(s->groups[i].model, side, number, point));
  for (size_t i = 0; i < s->study->space->n; ++i)
    if (s->alone[i] != NULL)
      CRUCIBLE__TRY(crucible__tpe_model_put(s->alone[i], side, number, point));
  return CRUCIBLE_OK;
}

static void take(crucible__tpe_state *s, int side, uint64_t number) {
  const double *point = point_of(s, number);
  for (size_t i = 0; i < s->n_groups; ++i)
    if (s->groups[i].model != NULL)
      crucible__tpe_model_take(s->groups[i].model, side, number, point);
  for (size_t i = 0; i < s->study->space->n; ++i)
    if (s->alone[i] != NULL)
      crucible__tpe_model_take(s->alone[i], side, number, point);
}

/* Puts a trial on a side, or on none (-1). */
static crucible_status move(crucible__tpe_state *s, uint64_t number, int side) {
  uint8_t *place = &s->split.sides[number];
  const int before = (int)*place - 1;
  if (before == side)
    return CRUCIBLE_OK;
  if (before >= 0)
    take(s, before, number);
  *place = (uint8_t)(side + 1);
  return side >= 0 ? put(s, side, number) : CRUCIBLE_OK;
}

static crucible_status reserve_sides(crucible__tpe_split *split, size_t n) {
  void *grown = split->sides;
  CRUCIBLE__TRY(
      crucible__grow(&grown, &split->capacity, n, sizeof *split->sides));
  split->sides = grown;
  if (n > split->n_sides) {
    memset(split->sides + split->n_sides, 0, n - split->n_sides);
    split->n_sides = n;
  }
  return CRUCIBLE_OK;
}

static int compare_numbers(const void *a, const void *b) {
  const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
  return (x > y) - (x < y);
}

/* Reads which trials have ended into fresh. */
static crucible_status read_ends(crucible__tpe_state *s) {
  crucible__tpe_split *split = &s->split;
  const size_t n = s->study->n_finished - (size_t)split->n_read;
  void *grown = split->fresh;
  CRUCIBLE__TRY(
      crucible__grow(&grown, &split->fresh_capacity, n, sizeof *split->fresh));
  split->fresh = grown;
  split->n_fresh = n;
  if (n == 0)
    return CRUCIBLE_OK;
  memcpy(split->fresh, s->study->finished + split->n_read,
         n * sizeof *split->fresh);
  qsort(split->fresh, n, sizeof *split->fresh, compare_numbers);
  split->n_read += n;
  return CRUCIBLE_OK;
}

/* Trials that have ended count as they are, and one that is asked anew has no
   values yet. */
static crucible_status drop_shadows(crucible__tpe_state *s, uint64_t asked) {
  for (size_t i = s->n_shadows; i-- > 0;) {
    const uint64_t number = s->shadows[i].number;
    if (number < s->study->n_trials && number != asked &&
        s->study->trials[number].state == CRUCIBLE_TRIAL_RUNNING)
      continue;
    if (number < s->split.n_sides)
      CRUCIBLE__TRY(move(s, number, -1));
    drop_shadow(s, i);
  }
  return CRUCIBLE_OK;
}

static int counts(const crucible_study *study, uint64_t number) {
  const int32_t state = study->trials[number].state;
  return state == CRUCIBLE_TRIAL_COMPLETE || state == CRUCIBLE_TRIAL_PRUNED;
}

/* Takes a trial among the leaders if it is good enough; *out: who leaves them,
   or TRIAL_NONE. */
static void lead(crucible__tpe_split *split, const crucible_study *study,
                 uint64_t number, uint64_t *out) {
  size_t at = split->n_leaders;
  *out = CRUCIBLE_TRIAL_NONE;
  while (at > 0 &&
         crucible__trial_outranks(study, number, split->leaders[at - 1]))
    --at;
  if (at == CRUCIBLE__TPE_MOST_BELOW)
    return;
  if (split->n_leaders == CRUCIBLE__TPE_MOST_BELOW)
    *out = split->leaders[--split->n_leaders];
  memmove(split->leaders + at + 1, split->leaders + at,
          (split->n_leaders - at) * sizeof *split->leaders);
  split->leaders[at] = number;
  ++split->n_leaders;
}

/* Ranks the fresh trials and moves all whose side changes. */
static crucible_status rank_fresh(crucible__tpe_state *s) {
  crucible__tpe_split *split = &s->split;
  uint64_t out;
  for (size_t i = 0; i < split->n_fresh; ++i) {
    const uint64_t number = split->fresh[i];
    if (!counts(s->study, number)) {
      CRUCIBLE__TRY(move(s, number, -1));
      continue;
    }
    ++split->n_finished;
    lead(split, s->study, number, &out);
    if (out != CRUCIBLE_TRIAL_NONE && split->sides[out] != 0)
      CRUCIBLE__TRY(move(s, out, ABOVE));
  }
  split->n_below = count_below(s->options.mode, split->n_finished);
  for (size_t i = 0; i < split->n_fresh; ++i)
    if (counts(s->study, split->fresh[i])) {
      size_t k = 0;
      while (k < split->n_below && k < split->n_leaders &&
             split->leaders[k] != split->fresh[i])
        ++k;
      if (k == split->n_below || k == split->n_leaders)
        CRUCIBLE__TRY(move(s, split->fresh[i], ABOVE));
    }
  for (size_t k = split->n_below; k < split->n_leaders; ++k)
    CRUCIBLE__TRY(move(s, split->leaders[k], ABOVE));
  for (size_t k = 0; k < split->n_below && k < split->n_leaders; ++k)
    CRUCIBLE__TRY(move(s, split->leaders[k], BELOW));
  return CRUCIBLE_OK;
}

/* Running trials count as poor ones. */
static crucible_status read_running(crucible__tpe_state *s, uint64_t asked) {
  crucible__tpe_split *split = &s->split;
  const crucible_study *study = s->study;
  void *grown = split->running;
  CRUCIBLE__TRY(crucible__grow(&grown, &split->running_capacity,
                               study->n_running, sizeof *split->running));
  split->running = grown;
  split->n_running = 0;
  for (size_t i = 0; i < study->n_running; ++i) {
    if (study->running[i] == asked)
      continue;
    CRUCIBLE__TRY(move(s, study->running[i], ABOVE));
    split->running[split->n_running++] = study->running[i];
  }
  return CRUCIBLE_OK;
}

static crucible__tpe_group *add_group(crucible__tpe_state *s,
                                      crucible_status *status) {
  void *grown = s->groups;
  *status = crucible__grow(&grown, &s->group_capacity, s->n_groups + 1,
                           sizeof *s->groups);
  if (*status != CRUCIBLE_OK)
    return NULL;
  s->groups = grown;
  crucible__tpe_group *group = &s->groups[s->n_groups];
  *group = (crucible__tpe_group){
      .is_in = crucible__alloc_zero(s->study->space->n, 1)};
  if (group->is_in == NULL) {
    *status = CRUCIBLE_E_NOMEM;
    return NULL;
  }
  ++s->n_groups;
  return group;
}

/* Parameters of the first group that a trial lacks leave it. */
static crucible_status intersect(crucible__tpe_state *s, const double *point) {
  crucible_status status = CRUCIBLE_OK;
  const size_t n = s->study->space->n;
  if (s->n_groups == 0) {
    crucible__tpe_group *all = add_group(s, &status);
    if (all == NULL)
      return status;
    memset(all->is_in, 1, n);
  }
  crucible__tpe_group *group = &s->groups[0];
  for (size_t i = 0; i < n; ++i)
    if (group->is_in[i] && isnan(point[i])) {
      group->is_in[i] = 0;
      crucible__tpe_model_destroy(group->model);
      group->model = NULL;
    }
  return CRUCIBLE_OK;
}

/* Splits group number g into what a trial has and what it lacks, in this order;
   rest: what no group so far has had of the trial. *is_two: it was split. */
static crucible_status split_group(crucible__tpe_state *s, size_t g,
                                   const double *point, uint8_t *rest,
                                   int *is_two) {
  const size_t n = s->study->space->n;
  size_t n_in = 0, n_shared = 0;
  for (size_t i = 0; i < n; ++i) {
    n_in += s->groups[g].is_in[i];
    n_shared += s->groups[g].is_in[i] && !isnan(point[i]);
    if (s->groups[g].is_in[i])
      rest[i] = 0;
  }
  *is_two = n_shared > 0 && n_shared < n_in;
  if (!*is_two)
    return CRUCIBLE_OK;
  crucible_status status;
  crucible__tpe_group *lacks = add_group(s, &status);
  if (lacks == NULL)
    return status;
  crucible__tpe_group *has = &s->groups[g];
  for (size_t i = 0; i < n; ++i)
    if (has->is_in[i] && isnan(point[i])) {
      lacks->is_in[i] = 1;
      has->is_in[i] = 0;
    }
  crucible__tpe_model_destroy(has->model);
  has->model = NULL;
  const crucible__tpe_group moved = *lacks;
  memmove(has + 2, has + 1, (s->n_groups - g - 2) * sizeof *has);
  has[1] = moved;
  return CRUCIBLE_OK;
}

/* Optuna's _SearchSpaceGroup.add_distributions(). */
static crucible_status decompose(crucible__tpe_state *s, const double *point) {
  const size_t n = s->study->space->n;
  uint8_t *rest = crucible__alloc(n, 1);
  crucible_status status = rest == NULL ? CRUCIBLE_E_NOMEM : CRUCIBLE_OK;
  size_t n_rest = 0;
  if (status == CRUCIBLE_OK)
    for (size_t i = 0; i < n; ++i)
      rest[i] = (uint8_t)(isnan(point[i]) ? 0 : 1);
  for (size_t g = 0; g < s->n_groups && status == CRUCIBLE_OK; ++g) {
    int is_two = 0;
    status = split_group(s, g, point, rest, &is_two);
    g += is_two != 0;
  }
  for (size_t i = 0; i < n && status == CRUCIBLE_OK; ++i)
    n_rest += rest[i];
  if (n_rest > 0) {
    crucible__tpe_group *group = add_group(s, &status);
    if (group != NULL)
      memcpy(group->is_in, rest, n);
  }
  crucible__free(rest);
  return status;
}

static crucible_status update_groups(crucible__tpe_state *s) {
  for (size_t i = 0; i < s->split.n_fresh; ++i) {
    const uint64_t number = s->split.fresh[i];
    const double *point = crucible__study_point(s->study, number);
    if (!counts(s->study, number) ||
        s->options.joint == CRUCIBLE_TPE_UNIVARIATE)
      continue;
    CRUCIBLE__TRY(s->options.joint == CRUCIBLE_TPE_MULTIVARIATE
                      ? intersect(s, point)
                      : decompose(s, point));
  }
  return CRUCIBLE_OK;
}

static crucible_status update(crucible__tpe_state *s, uint64_t asked) {
  CRUCIBLE__TRY(reserve_sides(&s->split, s->study->n_trials));
  CRUCIBLE__TRY(drop_shadows(s, asked));
  CRUCIBLE__TRY(read_ends(s));
  CRUCIBLE__TRY(update_groups(s));
  CRUCIBLE__TRY(rank_fresh(s));
  return s->options.uses_running ? read_running(s, asked) : CRUCIBLE_OK;
}

crucible_status crucible__tpe_update(crucible__tpe_state *s, uint64_t asked) {
  if (s->is_broken || s->n_taken_back != s->study->n_taken_back)
    crucible__tpe_forget(s);
  s->n_taken_back = s->study->n_taken_back;
  const crucible_status status = update(s, asked);
  s->is_broken = status != CRUCIBLE_OK;
  return status;
}

/* A model of what is_in, with all trials that are on a side. */
static crucible_status make_model(crucible__tpe_state *s, const uint8_t *is_in,
                                  crucible__tpe_model **model) {
  const crucible_space *space = s->study->space;
  size_t *indices = crucible__alloc(space->n, sizeof *indices), n = 0;
  *model = NULL;
  if (indices == NULL)
    return CRUCIBLE_E_NOMEM;
  for (size_t i = 0; i < space->n; ++i) {
    const size_t param = s->by_name[i];
    if (is_in[param] && !crucible__tpe_is_single(&space->params[param]))
      indices[n++] = param;
  }
  crucible_status status = CRUCIBLE_OK;
  if (n > 0)
    status = crucible__tpe_model_create(space, indices, n,
                                        s->options.candidates, model);
  for (size_t i = 0; i < s->split.n_sides && status == CRUCIBLE_OK && n > 0;
       ++i)
    if (s->split.sides[i] != 0)
      status = crucible__tpe_model_put(*model, s->split.sides[i] - 1, i,
                                       point_of(s, i));
  crucible__free(indices);
  if (status != CRUCIBLE_OK) {
    crucible__tpe_model_destroy(*model);
    *model = NULL;
  }
  return status;
}

crucible_status crucible__tpe_group_model(crucible__tpe_state *s,
                                          crucible__tpe_group *group,
                                          crucible__tpe_model **model) {
  if (group->model == NULL)
    CRUCIBLE__TRY(make_model(s, group->is_in, &group->model));
  *model = group->model;
  return CRUCIBLE_OK;
}

crucible_status crucible__tpe_alone_model(crucible__tpe_state *s, size_t param,
                                          crucible__tpe_model **model) {
  if (s->alone[param] == NULL) {
    uint8_t *is_in = crucible__alloc_zero(s->study->space->n, 1);
    if (is_in == NULL)
      return CRUCIBLE_E_NOMEM;
    is_in[param] = 1;
    const crucible_status status = make_model(s, is_in, &s->alone[param]);
    crucible__free(is_in);
    CRUCIBLE__TRY(status);
  }
  *model = s->alone[param];
  return CRUCIBLE_OK;
}
