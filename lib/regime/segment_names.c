/* SPDX-License-Identifier: Apache-2.0 */
/* Names that keep their meaning from fit to fit. */
#include <math.h>
#include <string.h>

#include "base/base_alloc.h"
#include "base/base_status.h"
#include "regime/best_pairs.h"
#include "regime/hdbscan.h"
#include "regime/segment_fit.h"

enum { NONE = -1 };

/* shared[c][d]: points of the fit in its cluster c that the one before places
   in its cluster d; 0 where that is too little of the smaller one. */
static void count(const crucible_segment_options *options,
                  const crucible__segment_fit *fit, const int32_t *placed,
                  size_t others, uint64_t *shared, uint64_t *mine,
                  uint64_t *theirs) {
  for (size_t i = 0; i < fit->n; ++i) {
    const int32_t c = fit->model->scores.labels[i], d = placed[i];
    if (c >= 0)
      ++mine[c];
    if (d >= 0)
      ++theirs[d];
    if (c >= 0 && d >= 0)
      ++shared[(size_t)c * others + (size_t)d];
  }
  for (size_t c = 0; c < fit->n_segments; ++c)
    for (size_t d = 0; d < others; ++d) {
      const uint64_t smaller = mine[c] < theirs[d] ? mine[c] : theirs[d];
      if ((double)shared[c * others + d] <
          options->min_overlap * (double)smaller)
        shared[c * others + d] = 0;
    }
}

/* Clusters that go on keep their names. */
static crucible_status hand_on(const crucible_segment_options *options,
                               crucible__segment_fit *fit,
                               const crucible__segment_fit *before,
                               crucible_pool *pool,
                               const crucible_cancel *cancel) {
  const size_t mine = fit->n_segments, theirs = before->n_segments;
  int32_t *placed = crucible__alloc(fit->n, sizeof *placed);
  uint64_t *shared =
      crucible__alloc_zero(mine * theirs + mine + theirs, sizeof *shared);
  size_t *partner = crucible__alloc(mine, sizeof *partner);
  crucible_status status = CRUCIBLE_E_NOMEM;
  if (placed != NULL && shared != NULL && partner != NULL)
    status = crucible__segments_of(options, before, fit->points, fit->n, pool,
                                   cancel, placed);
  if (status == CRUCIBLE_OK) {
    uint64_t *sizes = shared + mine * theirs;
    count(options, fit, placed, theirs, shared, sizes, sizes + mine);
    status = crucible__best_pairs(shared, mine, theirs, partner);
  }
  if (status == CRUCIBLE_OK)
    for (size_t c = 0; c < mine; ++c)
      if (partner[c] < theirs)
        fit->names[c] = before->names[partner[c]];
  crucible__free(placed);
  crucible__free(shared);
  crucible__free(partner);
  return status;
}

static double apart(const crucible__segment_fit *fit, const double *a,
                    const double *b) {
  double squares = 0;
  for (size_t j = 0; j < fit->columns; ++j) {
    const double far = (a[j] - b[j]) * fit->scale[j];
    squares += far * far;
  }
  return sqrt(squares);
}

/* Vanished names come back, the nearest first. is_used: [n_names] */
static void bring_back(double within, crucible__segment_fit *fit,
                       const crucible__segment_fit *before,
                       unsigned char *is_used) {
  for (size_t left = fit->n_segments; left > 0; --left) {
    size_t best = 0, name = 0;
    double nearest = (double)INFINITY;
    for (size_t c = 0; c < fit->n_segments; ++c)
      for (size_t k = 0; fit->names[c] == NONE && k < before->n_names; ++k) {
        const double far = is_used[k]
                               ? (double)INFINITY
                               : apart(fit, fit->centres + c * fit->columns,
                                       before->last + k * fit->columns);
        if (far < nearest) {
          nearest = far;
          best = c;
          name = k;
        }
      }
    if (!(nearest <= within))
      return;
    fit->names[best] = (int32_t)name;
    is_used[name] = 1;
  }
}

/* New names, in the order of the clusters, and where each name was last. */
static crucible_status finish(crucible__segment_fit *fit,
                              const crucible__segment_fit *before) {
  const size_t known = before != NULL ? before->n_names : 0;
  const size_t columns = fit->columns;
  fit->n_names = known;
  for (size_t c = 0; c < fit->n_segments; ++c)
    if (fit->names[c] == NONE)
      fit->names[c] = (int32_t)fit->n_names++;
  fit->last = crucible__alloc(fit->n_names * columns, sizeof *fit->last);
  if (fit->last == NULL)
    return CRUCIBLE_E_NOMEM;
  if (known > 0)
    memcpy(fit->last, before->last, known * columns * sizeof *fit->last);
  for (size_t c = 0; c < fit->n_segments; ++c)
    memcpy(fit->last + (size_t)fit->names[c] * columns,
           fit->centres + c * columns, columns * sizeof *fit->last);
  return CRUCIBLE_OK;
}

crucible_status crucible__segment_names_give(
    const crucible_segment_options *options, crucible__segment_fit *fit,
    const crucible__segment_fit *before, crucible_pool *pool,
    const crucible_cancel *cancel) {
  for (size_t c = 0; c < fit->n_segments; ++c)
    fit->names[c] = fit->cuts != NULL ? (int32_t)c : NONE;
  if (fit->cuts != NULL) {
    fit->n_names = fit->n_segments;
    return CRUCIBLE_OK;
  }
  if (before != NULL && fit->n_segments > 0) {
    CRUCIBLE__TRY(hand_on(options, fit, before, pool, cancel));
    unsigned char *is_used = crucible__alloc_zero(before->n_names, 1);
    if (is_used == NULL)
      return CRUCIBLE_E_NOMEM;
    for (size_t c = 0; c < fit->n_segments; ++c)
      if (fit->names[c] != NONE)
        is_used[fit->names[c]] = 1;
    if (options->return_within > 0)
      bring_back(options->return_within, fit, before, is_used);
    crucible__free(is_used);
  }
  return finish(fit, before);
}
