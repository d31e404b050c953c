/* SPDX-License-Identifier: Apache-2.0 */
/* Optuna's SuccessiveHalvingPruner and HyperbandPruner. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/base_alloc.h"
#include "base/base_status.h"
#include "study/pruner_parts.h"
#include "study/study_state.h"

enum { MOST_RUNGS = 64, MOST_BRACKETS = 64 };

void crucible_halving_options_init(crucible_halving_options *options,
                                   size_t struct_size) {
  crucible_halving_options defaults = {.struct_size = sizeof defaults,
                                       .reduction_factor = 4};
  crucible__options_init(options, struct_size, &defaults, sizeof defaults);
}

void crucible_hyperband_options_init(crucible_hyperband_options *options,
                                     size_t struct_size) {
  crucible_hyperband_options defaults = {
      .struct_size = sizeof defaults, .min_resource = 1, .reduction_factor = 3};
  crucible__options_init(options, struct_size, &defaults, sizeof defaults);
}

uint32_t crucible__first_last_step(const crucible_study *study) {
  /* every trial that is asked at a time reads the same last_step */
  _Atomic uint32_t *first =
      &((crucible_study *)(uintptr_t)study)->first_last_step;
  uint32_t none = 0;
  if (study->last_step > 0)
    (void)atomic_compare_exchange_strong(first, &none, study->last_step);
  return atomic_load(first);
}

/* Notes the value of the trial's next rung; touches this trial alone. */
static crucible_status note_rung(crucible__trial *trial, uint32_t bracket,
                                 double value) {
  void *grown = trial->rungs;
  CRUCIBLE__TRY(crucible__grow(&grown, &trial->rung_capacity,
                               trial->n_rungs + 1, sizeof *trial->rungs));
  trial->rungs = grown;
  trial->rungs[trial->n_rungs++] = value;
  trial->bracket = bracket;
  return CRUCIBLE_OK;
}

/* How many of n ascending values are below x, or at most x. */
static size_t count(const double *values, size_t n, double x, int at_most) {
  size_t low = 0, high = n;
  while (low < high) {
    const size_t middle = low + (high - low) / 2;
    if (values[middle] < x || (at_most && values[middle] == x))
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

/* Whether the value is among the best one in factor, its own included. */
static int passes(const crucible__halving *h, const crucible_study *study,
                  size_t rung, double value) {
  const crucible__step *there = crucible__curves_find(
      &study->rungs, crucible__rung_key(h->bracket, rung));
  const size_t n = there != NULL ? there->n : 0;
  if (n + 1 <= h->bootstrap)
    return 0;
  const double *values = there != NULL ? there->values : NULL;
  const size_t n_better = study->direction == CRUCIBLE_MINIMIZE
                              ? count(values, n, value, 0)
                              : n - count(values, n, value, 1);
  const size_t most = (n + 1) / h->factor;
  return n_better < (most > 0 ? most : 1);
}

crucible_status crucible__halve(const crucible__halving *h,
                                const crucible_study *study,
                                const crucible_trial *trial, int32_t *answer) {
  crucible__trial *own = &study->trials[trial->number];
  const uint32_t step = trial->steps[trial->n_reports - 1];
  const double value = trial->reports[trial->n_reports - 1];
  *answer = 0;
  while (own->n_rungs < MOST_RUNGS) {
    const size_t rung = own->n_rungs;
    const double at =
        h->minimum * pow(h->factor, (double)h->rate + (double)rung);
    if ((double)step < at)
      return CRUCIBLE_OK;
    *answer = 1;
    if (isnan(value))
      return CRUCIBLE_OK;
    CRUCIBLE__TRY(note_rung(own, h->bracket, value));
    if (!passes(h, study, rung, value))
      return CRUCIBLE_OK;
    *answer = 0;
  }
  return CRUCIBLE_OK;
}

static crucible_status halving_prunes(const void *self,
                                      const crucible_study *study,
                                      const crucible_trial *trial,
                                      int32_t *answer) {
  const crucible_halving_options *o = self;
  *answer = 0;
  if (trial->n_reports == 0)
    return CRUCIBLE_OK;
  crucible__halving h = {.minimum = o->min_resource,
                         .factor = o->reduction_factor,
                         .rate = o->min_early_stopping_rate,
                         .bootstrap = o->bootstrap_count};
  if (h.minimum == 0) {
    const uint32_t last = crucible__first_last_step(study);
    if (last == 0)
      return CRUCIBLE_OK;
    h.minimum = (last - 1) / 100 > 1 ? (last - 1) / 100 : 1;
  }
  return crucible__halve(&h, study, trial, answer);
}

/* CRC-32 as of zlib and binascii, of text after text. */
static uint32_t crc32_of(uint32_t crc, const char *text) {
  crc = ~crc;
  for (; *text != '\0'; ++text) {
    crc ^= (unsigned char)*text;
    for (int bit = 0; bit < 8; ++bit)
      crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0);
  }
  return ~crc;
}

typedef struct hyperband {
  crucible_hyperband_options options;
  char *name;
} hyperband;

/* Share of the trials that a bracket gets. */
static double budget_of(const hyperband *h, uint32_t n_brackets,
                        uint32_t bracket) {
  const double s = n_brackets - 1 - bracket;
  return ceil(n_brackets * pow(h->options.reduction_factor, s) / (s + 1));
}

static uint32_t bracket_of(const hyperband *h, uint32_t n_brackets,
                           uint64_t number) {
  char text[32];
  double total = 0;
  for (uint32_t b = 0; b < n_brackets; ++b)
    total += budget_of(h, n_brackets, b);
  (void)snprintf(text, sizeof text, "_%llu", (unsigned long long)number);
  double place = fmod(crc32_of(crc32_of(0, h->name), text), total);
  for (uint32_t b = 0; b + 1 < n_brackets; ++b) {
    place -= budget_of(h, n_brackets, b);
    if (place < 0)
      return b;
  }
  return n_brackets - 1;
}

static crucible_status hyperband_prunes(const void *self,
                                        const crucible_study *study,
                                        const crucible_trial *trial,
                                        int32_t *answer) {
  const hyperband *band = self;
  const crucible_hyperband_options *o = &band->options;
  *answer = 0;
  uint32_t most = o->max_resource;
  if (most == 0)
    most = crucible__first_last_step(study);
  if (trial->n_reports == 0 || most == 0)
    return CRUCIBLE_OK;
  const double n_brackets =
      floor(log((double)most / o->min_resource) / log(o->reduction_factor)) + 1;
  if (n_brackets < 1)
    return CRUCIBLE_OK;
  const uint32_t bracket = bracket_of(
      band, (uint32_t)fmin(n_brackets, MOST_BRACKETS), trial->number);
  const crucible__halving h = {.minimum = o->min_resource,
                               .factor = o->reduction_factor,
                               .rate = bracket,
                               .bracket = bracket,
                               .bootstrap = o->bootstrap_count};
  return crucible__halve(&h, study, trial, answer);
}

static const crucible_pruner_backend halving_backend = {
    .struct_size = sizeof halving_backend,
    .name = "halving",
    .should_prune = halving_prunes,
    .destroy = crucible__free};

static void destroy_hyperband(void *self) {
  crucible__free(((hyperband *)self)->name);
  crucible__free(self);
}

static const crucible_pruner_backend hyperband_backend = {
    .struct_size = sizeof hyperband_backend,
    .name = "hyperband",
    .should_prune = hyperband_prunes,
    .destroy = destroy_hyperband};

/* What both have; auto_field: 0 where the resource is found out. */
static crucible_status check_halving(uint32_t factor, uint32_t bootstrap,
                                     uint32_t resource, const char *field) {
  if (factor < 2)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "options.reduction_factor is %u, must be >= 2",
                          factor);
  if (bootstrap > 0 && resource == 0)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "options.bootstrap_count is %u: give %s as well",
                          bootstrap, field);
  return CRUCIBLE_OK;
}

crucible_status crucible_pruner_halving(const crucible_halving_options *options,
                                        crucible_pruner **pruner) {
  if (pruner == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "pruner is NULL");
  *pruner = NULL;
  crucible_halving_options o;
  crucible_halving_options_init(&o, sizeof o);
  if (options != NULL)
    CRUCIBLE__TRY(crucible__options_read(&o, sizeof o, options,
                                         "crucible_halving_options"));
  CRUCIBLE__TRY(check_halving(o.reduction_factor, o.bootstrap_count,
                              o.min_resource, "min_resource"));
  return crucible__pruner_of(&halving_backend, &o, sizeof o, pruner);
}

crucible_status
crucible_pruner_hyperband(const crucible_hyperband_options *options,
                          crucible_pruner **pruner) {
  if (pruner == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "pruner is NULL");
  *pruner = NULL;
  hyperband band;
  crucible_hyperband_options_init(&band.options, sizeof band.options);
  if (options != NULL)
    CRUCIBLE__TRY(crucible__options_read(&band.options, sizeof band.options,
                                         options,
                                         "crucible_hyperband_options"));
  const crucible_hyperband_options *o = &band.options;
  CRUCIBLE__TRY(check_halving(o->reduction_factor, o->bootstrap_count,
                              o->max_resource, "max_resource"));
  if (o->min_resource == 0 ||
      (o->max_resource != 0 && o->max_resource < o->min_resource))
    return crucible__fail(
        CRUCIBLE_E_INVALID,
        "options.min_resource is %u: must be >= 1 and at most "
        "max_resource (%u)",
        o->min_resource, o->max_resource);
  band.name = crucible__strdup(o->name != NULL ? o->name : "");
  if (band.name == NULL)
    return CRUCIBLE_E_NOMEM;
  crucible_status status =
      crucible__pruner_of(&hyperband_backend, &band, sizeof band, pruner);
  if (status != CRUCIBLE_OK)
    crucible__free(band.name);
  return status;
}
