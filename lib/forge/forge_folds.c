/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <stdio.h>

#include "base/base_alloc.h"
#include "base/base_status.h"
#include "forge/forge_job.h"

void crucible__part_name(const crucible__forge *forge, size_t k,
                         char name[CRUCIBLE__PART_NAME]) {
  if (k == crucible__deploy_part(forge))
    (void)snprintf(name, CRUCIBLE__PART_NAME, "the model to deploy");
  else if (k == crucible__holdout_part(forge))
    (void)snprintf(name, CRUCIBLE__PART_NAME, "the model of the holdout");
  else
    (void)snprintf(name, CRUCIBLE__PART_NAME, "fold %zu", k + 1);
}

/* Bars that part k trains on end with the first, and those it tests on with
   the second. */
static void cut(const crucible__forge *forge, size_t k,
                crucible__fold_span *span) {
  size_t n_folds = forge->options.n_folds;
  size_t window = forge->fold_end - forge->begin;
  size_t tested = (size_t)((double)window * forge->options.test_share);
  size_t first = forge->fold_end - tested;
  span->test_end = forge->end;
  if (k == crucible__deploy_part(forge)) {
    span->train_end = forge->end;
  } else if (k == crucible__holdout_part(forge)) {
    span->train_end = forge->fold_end;
  } else {
    span->train_end =
        first + tested / n_folds * k + tested % n_folds * k / n_folds;
    ++k;
    span->test_end =
        first + tested / n_folds * k + tested % n_folds * k / n_folds;
  }
}

crucible__fold_span crucible__fold_span_of(const crucible__forge *forge,
                                           size_t k) {
  crucible__fold_span span = {.train_begin = forge->begin};
  cut(forge, k, &span);
  if (forge->genes.train_horizon == CRUCIBLE_HORIZON_FIXED &&
      span.train_end - span.train_begin > forge->genes.train_bars)
    span.train_begin = span.train_end - forge->genes.train_bars;
  if (span.train_begin < forge->usable)
    span.train_begin =
        forge->usable < span.train_end ? forge->usable : span.train_end;
  size_t length = span.train_end - span.train_begin;
  span.inner_begin =
      span.train_end - (size_t)((double)length * forge->options.inner_tail);
  return span;
}

static int is_row(const crucible__forge *forge, size_t i) {
  return forge->is_warm[i] && !isnan(forge->label[i]);
}

crucible_status crucible__fold_rows_of(const crucible__forge *forge,
                                       const crucible__fold_span *span,
                                       crucible__fold_rows *rows) {
  size_t n = span->train_end - span->train_begin;
  *rows = (crucible__fold_rows){
      .train = crucible__alloc(n, sizeof *rows->train),
      .inner = crucible__alloc(n, sizeof *rows->inner),
  };
  if (rows->train == NULL || rows->inner == NULL) {
    crucible__fold_rows_free(rows);
    return CRUCIBLE_E_NOMEM;
  }
  for (size_t i = span->train_begin; i < span->train_end; ++i) {
    int is_inner = i >= span->inner_begin;
    size_t next = is_inner ? span->train_end : span->inner_begin;
    if (!is_row(forge, i) || forge->label_end[i] >= span->test_end)
      continue;
    if (forge->label_end[i] >= next)
      ++rows->n_purged;
    else if (is_inner)
      rows->inner[rows->n_inner++] = i;
    else
      rows->train[rows->n_train++] = i;
  }
  return CRUCIBLE_OK;
}

void crucible__fold_rows_free(crucible__fold_rows *rows) {
  crucible__free(rows->train);
  crucible__free(rows->inner);
  *rows = (crucible__fold_rows){0};
}

/* Forecasts are warm, so that an order could be priced. */
static int is_priced(const crucible__forge *forge, size_t i) {
  return forge->market.sigma[i] >= 0 && forge->market.volume_forecast[i] >= 0;
}

static crucible_status too_short(const crucible__forge *forge, size_t k,
                                 const char *does, size_t has, int needed) {
  char name[CRUCIBLE__PART_NAME];
  crucible__part_name(forge, k, name);
  return crucible__fail(CRUCIBLE_E_TOO_SHORT,
                        "too short: %s %s %zu bars of [%zu, %zu), %d are "
                        "needed: more bars, fewer folds, less holdout",
                        name, does, has, forge->begin, forge->end, needed);
}

crucible_status crucible__folds_prepare(crucible__forge *forge) {
  const int needed = CRUCIBLE__MIN_TRAIN_ROWS + CRUCIBLE__MIN_INNER_ROWS;
  forge->usable = forge->begin;
  for (size_t k = 0; k <= crucible__deploy_part(forge); ++k) {
    if (!crucible__has_part(forge, k))
      continue;
    crucible__fold_span span = crucible__fold_span_of(forge, k);
    size_t test = span.test_end - span.train_end, train = 0;
    for (size_t i = span.train_begin; i < span.train_end; ++i)
      train += (size_t)is_priced(forge, i);
    if (train < (size_t)needed)
      return too_short(forge, k, "learns from", train, needed);
    if (k != crucible__deploy_part(forge) && test < 2)
      return too_short(forge, k, "tests", test, 2);
  }
  while (forge->usable < forge->end &&
         !(is_priced(forge, forge->usable) && forge->is_warm[forge->usable]))
    ++forge->usable;
  return CRUCIBLE_OK;
}
