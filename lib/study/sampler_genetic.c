/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Breeds points from the best trials. The population is a function of the set
 * of trials that have ended, not of their order, and all random numbers come
 * from the trial's number: see crucible/sys/sampler.h.
 */
#include <math.h>
#include <string.h>

#include "base/base_alloc.h"
#include "base/base_status.h"
#include "base/rng.h"
#include "study/study_state.h"
#include "study/vary_point.h"

/* Streams of a request's seed; the study uses those below. */
static const uint64_t FIRST_STREAM = (uint64_t)1 << 32;

enum { MOST_ROUNDS = 10000 }; /* a point must not take forever */

typedef struct genetic {
  crucible_genetic_options options;
  crucible_variation variation;
} genetic;

typedef struct genetic_state {
  uint64_t *members; /* [n] numbers of trials, best first */
  size_t n, capacity;
  uint64_t n_read; /* ends that were looked at */
} genetic_state;

void crucible_genetic_options_init(crucible_genetic_options *options,
                                   size_t struct_size) {
  crucible_genetic_options defaults = {.struct_size = sizeof defaults,
                                       .population = 16,
                                       .tournament = 3,
                                       .fresh = 0.15,
                                       .crossover = 0.5,
                                       .max_duplicates = 16,
                                       .startup = 8};
  crucible__options_init(options, struct_size, &defaults, sizeof defaults);
}

static void close_state(const void *self, void *state) {
  (void)self;
  genetic_state *s = state;
  crucible__free(s->members);
  crucible__free(s);
}

static crucible_status open_state(const void *self, const crucible_study *study,
                                  void **state) {
  (void)self;
  (void)study;
  *state = crucible__alloc_zero(1, sizeof(genetic_state));
  return *state == NULL ? CRUCIBLE_E_NOMEM : CRUCIBLE_OK;
}

/* Takes a trial into the population; there is room for one more. */
static void enter(genetic_state *s, const crucible_study *study,
                  uint64_t number, size_t population) {
  uint64_t point = study->trials[number].duplicate_of;
  for (size_t i = 0; i < s->n; ++i) {
    if (study->trials[s->members[i]].duplicate_of != point)
      continue;
    if (!crucible__trial_is_better(study, number, s->members[i]))
      return;
    memmove(s->members + i, s->members + i + 1,
            (--s->n - i) * sizeof *s->members);
    break;
  }
  size_t at = s->n;
  while (at > 0 && crucible__trial_is_better(study, number, s->members[at - 1]))
    --at;
  memmove(s->members + at + 1, s->members + at,
          (s->n - at) * sizeof *s->members);
  s->members[at] = number;
  if (s->n < population)
    ++s->n;
}

/* Looks at the trials that have ended since the last time. */
static crucible_status catch_up(genetic_state *s, const crucible_study *study,
                                size_t population) {
  for (; s->n_read < study->n_finished; ++s->n_read) {
    uint64_t number = study->finished[s->n_read];
    if (study->trials[number].state != CRUCIBLE_TRIAL_COMPLETE)
      continue;
    void *grown = s->members;
    CRUCIBLE__TRY(
        crucible__grow(&grown, &s->capacity, s->n + 1, sizeof *s->members));
    s->members = grown;
    enter(s, study, number, population);
  }
  return CRUCIBLE_OK;
}

/* Place of the best of `rounds` members, drawn from those but `not_this`. */
static size_t pick(size_t n, size_t not_this, uint32_t rounds,
                   crucible__rng *rng) {
  uint64_t n_others = not_this < n ? n - 1 : n;
  uint64_t best = n_others;
  for (uint32_t i = 0; i < rounds; ++i) {
    uint64_t drawn = crucible__rng_below(rng, n_others);
    best = drawn < best ? drawn : best;
  }
  return (size_t)best + (best >= not_this);
}

static crucible_status breed(const genetic *g, const genetic_state *s,
                             const crucible_study *study,
                             const crucible_sampler_request *request,
                             uint32_t attempt, double *point,
                             crucible_sampler_origin *origin) {
  const crucible_genetic_options *o = &g->options;
  crucible__rng rng;
  crucible__rng_init(&rng, request->seed, CRUCIBLE__RNG_SAMPLER,
                     FIRST_STREAM + attempt);
  uint64_t seed = crucible__rng_u64(&rng);
  double is_fresh = crucible__rng_uniform(&rng);
  double is_crossed = crucible__rng_uniform(&rng);
  const double *parents[2] = {NULL, NULL};
  size_t places[2] = {s->n, s->n};
  uint32_t n_parents = 0;
  if (s->n > 0 && study->n_state[CRUCIBLE_TRIAL_COMPLETE] >= o->startup &&
      is_fresh >= o->fresh)
    n_parents = s->n > 1 && is_crossed < o->crossover ? 2 : 1;
  for (uint32_t i = 0; i < n_parents; ++i)
    places[i] = pick(s->n, places[0], o->tournament, &rng);
  if (n_parents == 2 && places[1] < places[0]) {
    size_t worse = places[0];
    places[0] = places[1];
    places[1] = worse;
  }
  for (uint32_t i = 0; i < n_parents; ++i) {
    origin->parents[i] = s->members[places[i]];
    parents[i] = crucible__study_point(study, origin->parents[i]);
  }
  origin->n_parents = n_parents;
  origin->how = CRUCIBLE_BRED_DRAWN + (int32_t)n_parents;
  return g->variation.vary(study->space, parents, n_parents, seed, attempt,
                           point, g->variation.user_data);
}

static crucible_status ask(const void *self, void *state,
                           const crucible_study *study,
                           const crucible_sampler_request *request,
                           double *point, crucible_sampler_origin *origin) {
  const genetic *g = self;
  genetic_state *s = state;
  CRUCIBLE__TRY(catch_up(s, study, g->options.population));
  for (uint32_t attempt = 0;; ++attempt) {
    CRUCIBLE__TRY(breed(g, s, study, request, attempt, point, origin));
    uint64_t earlier;
    CRUCIBLE__TRY(crucible_study_find(study, point, &earlier));
    if (earlier == CRUCIBLE_TRIAL_NONE || request->fixed != NULL ||
        attempt >= g->options.max_duplicates)
      return CRUCIBLE_OK;
  }
}

static const crucible_sampler_backend genetic_backend = {
    .struct_size = sizeof genetic_backend,
    .name = "genetic",
    .open = open_state,
    .ask = ask,
    .close = close_state,
    .destroy = crucible__free};

static crucible_status check(const crucible_genetic_options *o) {
  if (o->population == 0 || o->tournament == 0)
    return crucible__fail(CRUCIBLE_E_INVALID, "options.%s is 0, must be >= 1",
                          o->population == 0 ? "population" : "tournament");
  if (o->tournament > MOST_ROUNDS || o->max_duplicates > MOST_ROUNDS)
    return crucible__fail(
        CRUCIBLE_E_INVALID, "options.%s is %u, must be at most %d",
        o->tournament > MOST_ROUNDS ? "tournament" : "max_duplicates",
        o->tournament > MOST_ROUNDS ? o->tournament : o->max_duplicates,
        MOST_ROUNDS);
  if (!(o->fresh >= 0 && o->fresh <= 1))
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "options.fresh is %g, must be in [0, 1]", o->fresh);
  if (!(o->crossover >= 0 && o->crossover <= 1))
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "options.crossover is %g, must be in [0, 1]",
                          o->crossover);
  return CRUCIBLE_OK;
}

crucible_status
crucible_sampler_genetic(const crucible_genetic_options *options,
                         crucible_sampler **sampler) {
  if (sampler == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "sampler is NULL");
  *sampler = NULL;
  genetic g = {.variation = {.struct_size = sizeof g.variation,
                             .vary = crucible__vary_point}};
  crucible_genetic_options_init(&g.options, sizeof g.options);
  CRUCIBLE__TRY(crucible__options_read(&g.options, sizeof g.options, options,
                                       "crucible_genetic_options"));
  CRUCIBLE__TRY(check(&g.options));
  CRUCIBLE__TRY(crucible__options_read(&g.variation, sizeof g.variation,
                                       g.options.variation,
                                       "crucible_variation"));
  if (g.variation.vary == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "options.variation.vary is NULL: give a function, or "
                          "no variation for the library's own");
  g.options.variation = NULL; /* copied */
  genetic *self = crucible__alloc(1, sizeof *self);
  if (self == NULL)
    return CRUCIBLE_E_NOMEM;
  *self = g;
  crucible_status status =
      crucible_sampler_create(&genetic_backend, self, sampler);
  if (status != CRUCIBLE_OK)
    crucible__free(self);
  return status;
}
