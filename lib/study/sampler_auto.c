/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Chooses for the caller: Parzen estimators first, which need no start and take
 * any space; then, where most of the search is numbers that are always there, a
 * CMA-ES that starts from the best of what they found.
 */
#include "base/base_alloc.h"
#include "base/base_status.h"
#include "space/points.h"
#include "study/study_state.h"
#include "study/tpe_axis.h"

enum { TRIALS_PER_NUMBER = 20, LEAST_TRIALS = 60 };
static const double WARM_WIDTH = 0.03;

typedef struct auto_sampler {
  crucible_auto_options options;
  crucible_sampler *early, *late;
} auto_sampler;

typedef struct auto_state {
  void *early, *late;
  uint64_t hand_over; /* trials that have ended before it; UINT64_MAX: never */
} auto_state;

void crucible_auto_options_init(crucible_auto_options *options,
                                size_t struct_size) {
  crucible_auto_options defaults = {.struct_size = sizeof defaults};
  crucible__options_init(options, struct_size, &defaults, sizeof defaults);
}

static void close_state(const void *self, void *state) {
  const auto_sampler *a = self;
  auto_state *s = state;
  if (s->early != NULL)
    a->early->backend->close(a->early->self, s->early);
  if (s->late != NULL)
    a->late->backend->close(a->late->self, s->late);
  crucible__free(s);
}

/* When to hand over: never where choices or conditions are the greater part. */
static uint64_t hand_over_of(const crucible_auto_options *o,
                             const crucible_space *space) {
  size_t n_numbers = 0, n_others = 0;
  for (size_t i = 0; i < space->n; ++i) {
    const crucible_param *p = &space->params[i];
    if (crucible__tpe_is_single(p))
      continue;
    if (p->kind != CRUCIBLE_PARAM_CATEGORICAL && p->parent < 0)
      ++n_numbers;
    else
      ++n_others;
  }
  if (n_numbers < 2 || n_others > n_numbers)
    return UINT64_MAX;
  if (o->hand_over > 0)
    return o->hand_over;
  const size_t n = TRIALS_PER_NUMBER * n_numbers;
  return n > LEAST_TRIALS ? n : LEAST_TRIALS;
}

static crucible_status open_state(const void *self, const crucible_study *study,
                                  void **state) {
  const auto_sampler *a = self;
  auto_state *s = crucible__alloc_zero(1, sizeof *s);
  if (s == NULL)
    return CRUCIBLE_E_NOMEM;
  s->hand_over = hand_over_of(&a->options, study->space);
  crucible_status status =
      a->early->backend->open(a->early->self, study, &s->early);
  if (status == CRUCIBLE_OK)
    status = a->late->backend->open(a->late->self, study, &s->late);
  if (status != CRUCIBLE_OK) {
    close_state(self, s);
    return status;
  }
  *state = s;
  return CRUCIBLE_OK;
}

static crucible_status ask(const void *self, void *state,
                           const crucible_study *study,
                           const crucible_sampler_request *request,
                           double *point, crucible_sampler_origin *origin) {
  const auto_sampler *a = self;
  const auto_state *s = state;
  const int is_late = study->n_state[CRUCIBLE_TRIAL_COMPLETE] +
                          study->n_state[CRUCIBLE_TRIAL_PRUNED] >=
                      s->hand_over;
  const crucible_sampler *sampler = is_late ? a->late : a->early;
  return sampler->backend->ask(sampler->self, is_late ? s->late : s->early,
                               study, request, point, origin);
}

static void destroy(void *self) {
  auto_sampler *a = self;
  crucible_sampler_destroy(a->early);
  crucible_sampler_destroy(a->late);
  crucible__free(a);
}

static const crucible_sampler_backend auto_backend = {.struct_size =
                                                          sizeof auto_backend,
                                                      .name = "auto",
                                                      .open = open_state,
                                                      .ask = ask,
                                                      .close = close_state,
                                                      .destroy = destroy};

crucible_status crucible_sampler_auto(const crucible_auto_options *options,
                                      crucible_sampler **sampler) {
  if (sampler == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "sampler is NULL");
  *sampler = NULL;
  auto_sampler *a = crucible__alloc_zero(1, sizeof *a);
  if (a == NULL)
    return CRUCIBLE_E_NOMEM;
  crucible_auto_options_init(&a->options, sizeof a->options);
  crucible_status status = CRUCIBLE_OK;
  if (options != NULL)
    status = crucible__options_read(&a->options, sizeof a->options, options,
                                    "crucible_auto_options");
  if (status == CRUCIBLE_OK && a->options.reserved != 0)
    status =
        crucible__fail(CRUCIBLE_E_VERSION, "options.reserved is %u, must be 0",
                       a->options.reserved);
  if (status == CRUCIBLE_OK)
    status = crucible_sampler_tpe(NULL, &a->early);
  crucible_cma_options c;
  crucible_cma_options_init(&c, sizeof c);
  c.warm_width = WARM_WIDTH;
  if (status == CRUCIBLE_OK)
    status = crucible_sampler_cma(&c, &a->late);
  if (status == CRUCIBLE_OK)
    status = crucible_sampler_create(&auto_backend, a, sampler);
  if (status != CRUCIBLE_OK)
    destroy(a);
  return status;
}
