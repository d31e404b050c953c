/* SPDX-License-Identifier: Apache-2.0 */
/* Trials that the caller puts in: enqueued ones and known ones. */
#include <crucible/study.h>

#include <math.h>
#include <string.h>

#include "base/base_alloc.h"
#include "base/base_status.h"
#include "space/points.h"
#include "study/study_state.h"

/*
 * skip_if_exists. Trials are compared by their keys: what was given of an
 * enqueued trial, the active values of any other; NaN: not a key. Keys are
 * alike if the same ones are there, choices are equal and numbers close:
 * |a - b| <= RTOL * |b|. To find such trials in constant time, close numbers
 * are hashed together: the logarithms of all numbers that may be close and
 * not equal are added up with odd weights, the sum cut into cells. Alike keys
 * have sums that are at most `slack` apart, a small part of a cell's width, so
 * that they lie in one cell or in two neighbours.
 */
#define RTOL 1e-5
#define SLACK 1.1e-5 /* bounds |log(a / b)| of close numbers */
enum { CELL = 8 };   /* width of a cell in slacks */

static const double *keys_of(const crucible_study *study, uint64_t number) {
  const crucible__trial *trial = &study->trials[number];
  return trial->fixed != NULL ? trial->fixed
                              : crucible__study_point(study, number);
}

/* Whether two different values of p can be close. */
static int is_loose(const crucible_param *p) {
  return p->kind != CRUCIBLE_PARAM_CATEGORICAL &&
         !(p->step > SLACK * fmax(fabs(p->low), fabs(p->high)));
}

/* Hash of all that must be equal; *sum and *slack of what must be close. */
static uint64_t hash_keys(const crucible_space *space, const double *keys,
                          double *sum, double *slack) {
  uint64_t hash = 1;
  *sum = *slack = 0;
  for (size_t i = 0; i < space->n; ++i) {
    uint64_t word = crucible__hash_bits(keys[i]);
    if (!isnan(keys[i]) && keys[i] != 0 && is_loose(&space->params[i])) {
      double weight = 0.5 + (double)(crucible__hash_mix(7, i) >> 11) * 0x1p-53;
      *sum += weight * log(fabs(keys[i]));
      *slack += weight * SLACK;
      word = keys[i] < 0 ? 2 : 1;
    }
    hash = crucible__hash_mix(hash, word);
  }
  return hash;
}

static uint64_t hash_cell(uint64_t hash, double sum, double slack) {
  double cell = slack > 0 ? floor(sum / (CELL * slack)) : 0;
  return crucible__hash_mix(hash, crucible__hash_bits(cell));
}

static int are_alike(const crucible_space *space, const double *new_keys,
                     const double *old) {
  for (size_t i = 0; i < space->n; ++i) {
    if (isnan(new_keys[i]) != isnan(old[i]))
      return 0;
    if (isnan(old[i]) || new_keys[i] == old[i])
      continue;
    if (space->params[i].kind == CRUCIBLE_PARAM_CATEGORICAL ||
        !(fabs(new_keys[i] - old[i]) <= RTOL * fabs(old[i])))
      return 0;
  }
  return 1;
}

/* Brings the index up to the last trial; trials with the same bits as an
   earlier one are left out, so that no chain grows long. */
static crucible_status note_alike(crucible_study *study) {
  size_t n = study->space->n;
  CRUCIBLE__TRY(crucible__point_index_reserve(
      &study->alike, study->n_trials - study->n_alike));
  for (; study->n_alike < study->n_trials; ++study->n_alike) {
    const double *keys = keys_of(study, study->n_alike);
    double sum, slack;
    uint64_t hash = hash_keys(study->space, keys, &sum, &slack), other;
    hash = hash_cell(hash, sum, slack);
    size_t cursor = 0, i = 0;
    while (crucible__point_index_next(&study->alike, hash, &cursor, &other)) {
      const double *old = keys_of(study, other);
      for (i = 0; i < n; ++i)
        if (crucible__hash_bits(keys[i]) != crucible__hash_bits(old[i]))
          break;
      if (i == n)
        break;
    }
    if (i < n)
      crucible__point_index_add(&study->alike, hash, study->n_alike);
  }
  return CRUCIBLE_OK;
}

/* The first trial that is alike, or TRIAL_NONE. */
static uint64_t find_alike(const crucible_study *study, const double *keys) {
  double sum, slack;
  uint64_t hash = hash_keys(study->space, keys, &sum, &slack);
  uint64_t below = hash_cell(hash, sum - slack, slack);
  uint64_t above = hash_cell(hash, sum + slack, slack);
  uint64_t first = CRUCIBLE_TRIAL_NONE, number;
  for (int side = 0; side < (above == below ? 1 : 2); ++side) {
    size_t cursor = 0;
    while (crucible__point_index_next(&study->alike, side == 0 ? below : above,
                                      &cursor, &number))
      if (number < first &&
          are_alike(study->space, keys, keys_of(study, number)))
        first = number;
  }
  return first;
}

enum { INACTIVE, ACTIVE, UNKNOWN };

/* Whether parameter i is active, as far as the given choices tell. */
static int activity(const crucible_space *space, size_t i, const double *keys,
                    const uint8_t *seen) {
  const crucible_param *p = &space->params[i];
  if (p->parent < 0)
    return ACTIVE;
  int parent = seen[p->parent];
  if (parent == INACTIVE)
    return INACTIVE;
  if (isnan(keys[p->parent]))
    return UNKNOWN;
  return crucible__param_is_active(p, keys) ? parent : INACTIVE;
}

/*
 * Checks what is given and copies it to keys, NaN where nothing is. *is_whole:
 * nothing is left to choose. seen: [n] scratch.
 */
static crucible_status read_given(const crucible_space *space,
                                  const double *point, const uint8_t *is_given,
                                  double *keys, uint8_t *seen, int *is_whole) {
  *is_whole = 1;
  for (size_t i = 0; i < space->n; ++i) {
    const crucible_param *p = &space->params[i];
    keys[i] = (double)NAN;
    seen[i] = (uint8_t)activity(space, i, keys, seen);
    if (is_given != NULL && !is_given[i]) {
      *is_whole = *is_whole && seen[i] == INACTIVE;
      continue;
    }
    if (seen[i] == INACTIVE) {
      if (!isnan(point[i]))
        return crucible__fail(CRUCIBLE_E_INVALID,
                              "%s is %g: must be NaN, for %s makes it inactive",
                              p->name, point[i], space->params[p->parent].name);
      continue;
    }
    if (isnan(point[i]))
      return crucible__fail(CRUCIBLE_E_INVALID,
                            "%s has no value (NaN): leave it to the sampler by "
                            "is_given, or give it",
                            p->name);
    CRUCIBLE__TRY(crucible__param_check(p, point[i]));
    keys[i] = point[i];
    *is_whole = *is_whole && seen[i] == ACTIVE;
  }
  return CRUCIBLE_OK;
}

/* The trial of checked keys; takes keys over if they are in part. */
static crucible_status enqueue(crucible_study *study, double **keys,
                               int is_whole, int skip_if_exists,
                               uint64_t *number) {
  if (skip_if_exists) {
    CRUCIBLE__TRY(note_alike(study));
    *number = find_alike(study, *keys);
    if (*number != CRUCIBLE_TRIAL_NONE)
      return CRUCIBLE_OK;
  }
  CRUCIBLE__TRY(crucible__study_reserve(study, 1));
  *number = study->n_trials;
  crucible__trial *trial = crucible__study_add(study, CRUCIBLE_TRIAL_WAITING,
                                               CRUCIBLE_TRIAL_ENQUEUED);
  memcpy(crucible__study_point(study, *number), *keys,
         study->space->n * sizeof **keys);
  if (is_whole) {
    crucible__study_note_point(study, *number);
    return CRUCIBLE_OK;
  }
  trial->fixed = *keys;
  *keys = NULL;
  return CRUCIBLE_OK;
}

crucible_status crucible_study_enqueue(crucible_study *study,
                                       const double *point,
                                       const uint8_t *is_given,
                                       int32_t skip_if_exists,
                                       uint64_t *number) {
  if (study == NULL || point == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "%s is NULL",
                          study == NULL ? "study" : "point");
  size_t n = study->space->n;
  uint8_t *seen = crucible__alloc(n, sizeof *seen);
  double *keys = crucible__alloc(n, sizeof *keys);
  crucible_status status =
      seen == NULL || keys == NULL ? CRUCIBLE_E_NOMEM : CRUCIBLE_OK;
  int is_whole = 0;
  if (status == CRUCIBLE_OK)
    status = read_given(study->space, point, is_given, keys, seen, &is_whole);
  uint64_t made;
  if (status == CRUCIBLE_OK)
    status = enqueue(study, &keys, is_whole, skip_if_exists != 0, &made);
  if (status == CRUCIBLE_OK && number != NULL)
    *number = made;
  crucible__free(keys);
  crucible__free(seen);
  return status;
}

crucible_status crucible_study_add_known(crucible_study *study,
                                         const double *point, double value,
                                         double violation, uint64_t *number) {
  if (study == NULL || point == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "%s is NULL",
                          study == NULL ? "study" : "point");
  CRUCIBLE__TRY(crucible_space_check(study->space, point));
  if (isnan(value))
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "value is NaN: a known trial has a value");
  static const crucible__trial no_reports;
  CRUCIBLE__TRY(crucible__study_reserve(study, 1));
  CRUCIBLE__TRY(
      crucible__study_reserve_end(study, &no_reports, CRUCIBLE_TRIAL_COMPLETE));
  uint64_t added = study->n_trials;
  crucible__study_add(study, CRUCIBLE_TRIAL_RUNNING, CRUCIBLE_TRIAL_GIVEN);
  memcpy(crucible__study_point(study, added), point,
         study->space->n * sizeof *point);
  crucible__study_note_point(study, added);
  crucible__study_end(study, added, CRUCIBLE_TRIAL_COMPLETE, value, violation);
  if (number != NULL)
    *number = added;
  return CRUCIBLE_OK;
}
