/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/base_alloc.h"
#include "base/base_status.h"
#include "base/rng.h"
#include "space/points.h"
#include "study/study_state.h"
#include "study/tpe_state.h"

enum { BELOW = CRUCIBLE__TPE_BELOW, ABOVE = CRUCIBLE__TPE_ABOVE };
enum { MOST_CANDIDATES = 10000 };

/* Streams of a request's seed; the study uses those below. */
static const uint64_t FIRST_STREAM = (uint64_t)1 << 32;

/* The least width is 1 / least(WIDTHS, 1 + kernels), prior included; in mode
   SHARP that of the trials below goes on with the number of all trials. */
static const double OPTUNA_WIDTHS = 100, SHARP_WIDTHS = 1000, SHARP_RATE = 0.2;

void crucible_tpe_options_init(crucible_tpe_options *options,
                               size_t struct_size) {
  crucible_tpe_options defaults = {.struct_size = sizeof defaults,
                                   .mode = CRUCIBLE_TPE_SHARP,
                                   .startup = 10,
                                   .uses_running = 1};
  crucible__options_init(options, struct_size, &defaults, sizeof defaults);
}

static void close_state(const void *self, void *state) {
  (void)self;
  crucible__tpe_state *s = state;
  if (s->alone != NULL)
    crucible__tpe_forget(s);
  while (s->n_shadows > 0)
    crucible__free(s->shadows[--s->n_shadows].point);
  crucible__free(s->shadows);
  crucible__free(s->groups);
  crucible__free(s->alone);
  crucible__free(s->by_name);
  crucible__free(s->joint);
  crucible__free(s->split.sides);
  crucible__free(s->split.fresh);
  crucible__free(s->split.running);
  crucible__free(s);
}

/* Numbers of the parameters, sorted by name. */
static void sort_by_name(const crucible_space *space, size_t *by_name) {
  for (size_t i = 0; i < space->n; ++i) {
    size_t at = i;
    while (at > 0 && strcmp(space->params[by_name[at - 1]].name,
                            space->params[i].name) > 0) {
      by_name[at] = by_name[at - 1];
      --at;
    }
    by_name[at] = i;
  }
}

static crucible_status open_state(const void *self, const crucible_study *study,
                                  void **state) {
  crucible__tpe_state *s = crucible__alloc_zero(1, sizeof *s);
  if (s == NULL)
    return CRUCIBLE_E_NOMEM;
  s->study = study;
  s->options = *(const crucible_tpe_options *)self;
  s->by_name = crucible__alloc(study->space->n, sizeof *s->by_name);
  s->alone = crucible__alloc_zero(study->space->n, sizeof *s->alone);
  s->joint = crucible__alloc(study->space->n, sizeof *s->joint);
  if (s->by_name == NULL || s->alone == NULL || s->joint == NULL) {
    close_state(self, s);
    return CRUCIBLE_E_NOMEM;
  }
  sort_by_name(study->space, s->by_name);
  crucible__mt_init(&s->choices, (uint32_t)study->seed);
  s->startup = s->choices;
  *state = s;
  return CRUCIBLE_OK;
}

/* A value as optuna.samplers.RandomSampler draws it. */
static double draw_as_optuna(const crucible_param *p, crucible__mt19937 *mt) {
  if (p->kind == CRUCIBLE_PARAM_CATEGORICAL) {
    double best = -1, choice = 0;
    for (uint32_t c = 0; c < p->n_choices; ++c) {
      const double u = crucible__mt_uniform(mt);
      if (u > best) {
        best = u;
        choice = c;
      }
    }
    return choice;
  }
  double low = p->low - p->step / 2;
  double high = crucible__param_nearest(p, p->high) + p->step / 2;
  if (p->is_log) {
    low = log(low);
    high = log(high);
  }
  const double u = crucible__mt_uniform(mt);
  const double x = low + (high - low) * u;
  if (p->step > 0 || p->is_log)
    return crucible__param_nearest(p, p->is_log ? exp(x) : x);
  return fmin(x, nextafter(p->high, p->low));
}

/* Least widths of the kernels of a model. */
static void set_floors(const crucible__tpe_state *s,
                       const crucible__tpe_model *model, double floors[2]) {
  for (int side = BELOW; side <= ABOVE; ++side) {
    double widths = 2 + (double)model->sides[side].n;
    if (s->options.mode == CRUCIBLE_TPE_OPTUNA) {
      widths = fmin(OPTUNA_WIDTHS, widths);
    } else {
      if (side == BELOW)
        widths = fmax(widths, SHARP_RATE * (double)s->split.n_finished);
      widths = fmin(SHARP_WIDTHS, widths);
    }
    floors[side] = 1 / widths;
  }
}

static void ask_model(const crucible__tpe_state *s, crucible__tpe_model *model,
                      crucible__tpe_draws *draws, double *point) {
  double floors[2];
  set_floors(s, model, floors);
  crucible__tpe_model_ask(model, floors, draws, point);
}

/* What one trial is asked with. */
typedef struct asking {
  const crucible_sampler_request *request;
  crucible__tpe_draws draws;
  int is_startup;
  int has_joint;  /* groups were asked */
  double *shadow; /* or NULL */
} asking;

/* Draws what groups of parameters get together, once per trial. Like Optuna not
   before a parameter needs it, so that a trial whose values are all given
   leaves the random numbers alone. */
static crucible_status ask_groups(crucible__tpe_state *s, asking *asked) {
  if (asked->has_joint || asked->is_startup || s->n_groups == 0)
    return CRUCIBLE_OK;
  for (size_t i = 0; i < s->study->space->n; ++i)
    s->joint[i] = (double)NAN;
  for (size_t g = 0; g < s->n_groups; ++g) {
    crucible__tpe_model *model;
    CRUCIBLE__TRY(crucible__tpe_group_model(s, &s->groups[g], &model));
    if (model != NULL)
      ask_model(s, model, &asked->draws, s->joint);
  }
  asked->has_joint = 1;
  return s->options.mode == CRUCIBLE_TPE_OPTUNA
             ? crucible__tpe_keep_shadow(s, asked->request->number, s->joint,
                                         &asked->shadow)
             : CRUCIBLE_OK;
}

/* The value of an active parameter. */
static crucible_status ask_value(crucible__tpe_state *s, asking *asked,
                                 size_t param, double *point) {
  const crucible_param *p = &s->study->space->params[param];
  const double *fixed = asked->request->fixed;
  if (fixed != NULL && !isnan(fixed[param])) {
    point[param] = fixed[param];
    return CRUCIBLE_OK;
  }
  if (crucible__tpe_is_single(p)) {
    point[param] = p->kind == CRUCIBLE_PARAM_CATEGORICAL ? 0 : p->low;
    return CRUCIBLE_OK;
  }
  CRUCIBLE__TRY(ask_groups(s, asked));
  if (asked->has_joint && !isnan(s->joint[param])) {
    point[param] = s->joint[param];
  } else if (!asked->is_startup) {
    crucible__tpe_model *model;
    CRUCIBLE__TRY(crucible__tpe_alone_model(s, param, &model));
    ask_model(s, model, &asked->draws, point);
  } else if (asked->draws.mt != NULL) {
    point[param] = draw_as_optuna(p, asked->draws.mt);
  } else {
    point[param] =
        crucible__param_draw(p, crucible__tpe_uniform(&asked->draws));
  }
  return CRUCIBLE_OK;
}

static crucible_status ask(const void *self, void *state,
                           const crucible_study *study,
                           const crucible_sampler_request *request,
                           double *point, crucible_sampler_origin *origin) {
  (void)self;
  crucible__tpe_state *s = state;
  CRUCIBLE__TRY(crucible__tpe_update(s, request->number));
  asking asked = {.request = request,
                  .is_startup = s->split.n_finished < s->options.startup};
  if (s->options.mode == CRUCIBLE_TPE_OPTUNA)
    asked.draws.mt = asked.is_startup ? &s->startup : &s->choices;
  else
    crucible__rng_init(&asked.draws.rng, request->seed, CRUCIBLE__RNG_SAMPLER,
                       FIRST_STREAM);
  for (size_t i = 0; i < study->space->n; ++i) {
    point[i] = (double)NAN;
    if (crucible__param_is_active(&study->space->params[i], point))
      CRUCIBLE__TRY(ask_value(s, &asked, i, point));
  }
  for (size_t i = 0; i < study->space->n && asked.shadow != NULL; ++i)
    if (!isnan(point[i]))
      asked.shadow[i] = point[i];
  origin->how = asked.is_startup ? CRUCIBLE_BRED_DRAWN : CRUCIBLE_BRED_NOT;
  return CRUCIBLE_OK;
}

static void destroy(void *self) { crucible__free(self); }

static const crucible_sampler_backend tpe_backend = {.struct_size =
                                                         sizeof tpe_backend,
                                                     .name = "tpe",
                                                     .open = open_state,
                                                     .ask = ask,
                                                     .close = close_state,
                                                     .destroy = destroy};

static crucible_status check_options(const crucible_tpe_options *o) {
  if (o->mode != CRUCIBLE_TPE_SHARP && o->mode != CRUCIBLE_TPE_OPTUNA)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "options.mode is %d: must be CRUCIBLE_TPE_SHARP (%d) "
                          "or CRUCIBLE_TPE_OPTUNA (%d)",
                          (int)o->mode, CRUCIBLE_TPE_SHARP,
                          CRUCIBLE_TPE_OPTUNA);
  if (o->joint < 0 || o->joint > CRUCIBLE_TPE_GROUPED)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "options.joint is %d: must be one of CRUCIBLE_TPE_"
                          "UNIVARIATE (%d), _MULTIVARIATE and _GROUPED (%d), "
                          "or 0",
                          (int)o->joint, CRUCIBLE_TPE_UNIVARIATE,
                          CRUCIBLE_TPE_GROUPED);
  if (o->candidates > MOST_CANDIDATES)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "options.candidates is %u: must be at most %d",
                          o->candidates, MOST_CANDIDATES);
  if (o->uses_running != 0 && o->uses_running != 1)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "options.uses_running is %d: must be 0 or 1",
                          (int)o->uses_running);
  if (o->reserved != 0)
    return crucible__fail(CRUCIBLE_E_VERSION,
                          "options.reserved is %u, must be 0", o->reserved);
  return CRUCIBLE_OK;
}

crucible_status crucible_sampler_tpe(const crucible_tpe_options *options,
                                     crucible_sampler **sampler) {
  if (sampler == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "sampler is NULL");
  *sampler = NULL;
  crucible_tpe_options *o = crucible__alloc(1, sizeof *o);
  if (o == NULL)
    return CRUCIBLE_E_NOMEM;
  crucible_tpe_options_init(o, sizeof *o);
  crucible_status status = CRUCIBLE_OK;
  if (options != NULL)
    status =
        crucible__options_read(o, sizeof *o, options, "crucible_tpe_options");
  if (status == CRUCIBLE_OK)
    status = check_options(o);
  const int is_optuna = o->mode == CRUCIBLE_TPE_OPTUNA;
  if (o->joint == 0)
    o->joint = is_optuna ? CRUCIBLE_TPE_MULTIVARIATE : CRUCIBLE_TPE_GROUPED;
  if (o->candidates == 0)
    o->candidates = is_optuna ? 24 : 64;
  if (status == CRUCIBLE_OK)
    status = crucible_sampler_create(&tpe_backend, o, sampler);
  if (status != CRUCIBLE_OK)
    crucible__free(o);
  return status;
}
