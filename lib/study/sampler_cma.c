/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/base_alloc.h"
#include "base/base_status.h"
#include "base/rng.h"
#include "space/points.h"
#include "study/cma_search.h"
#include "study/merit.h"
#include "study/parzen_kernel.h"
#include "study/study_state.h"
#include "study/tpe_axis.h"

enum {
  TRIES = 100, /* of a point between 0 and 1 before it is cut off */
  MOST_POPULATION = 100000
};

/* Streams of a request's seed; the study uses those below. */
static const uint64_t FIRST_STREAM = (uint64_t)1 << 32;

/* A trial that was asked for and has not ended. */
typedef struct asked {
  uint64_t number, run;
  size_t generation;
  int is_altered; /* a given value is in it */
  double *values; /* [n numbers + n choices] as drawn */
} asked;

typedef struct cma_state {
  const crucible_study *study;
  crucible__tpe_axis *axes; /* [n + n_choices] numbers, then choices */
  size_t *axis_of;          /* [parameters] its axis, or SIZE_MAX */
  size_t n, n_choices;      /* at least one number, if need be one of no use */
  int is_dummy;             /* the only number is that one */
  crucible__cma_search search;
  uint64_t n_read, n_taken_back;
  asked *asked; /* [n_asked] */
  size_t n_asked, asked_capacity;
  /* the present generation, in order of ends */
  uint64_t *numbers;   /* [n_told] */
  double *values;      /* [n_told * (n + n_choices)] */
  uint8_t *is_foreign; /* [n_told] not of the present distribution */
  size_t n_told, number_capacity, value_capacity, foreign_capacity;
  int is_judged;  /* it was looked at whether the run is over */
  double *points; /* [population * n] and picks, sorted: scratch */
  double *picks;
  uint8_t *sorted_foreign;
  size_t *order; /* of trials by merit */
  size_t point_capacity, pick_capacity, sorted_capacity, order_capacity;
} cma_state;

void crucible_cma_options_init(crucible_cma_options *options,
                               size_t struct_size) {
  crucible_cma_options defaults = {.struct_size = sizeof defaults,
                                   .restarts = CRUCIBLE_CMA_IPOP,
                                   .width = 1.0 / 6,
                                   .warm_share = 0.1,
                                   .warm_width = 0.1};
  crucible__options_init(options, struct_size, &defaults, sizeof defaults);
}

static void close_state(const void *self, void *state) {
  (void)self;
  cma_state *s = state;
  crucible__cma_search_free(&s->search);
  for (size_t i = 0; i < s->n_asked; ++i)
    crucible__free(s->asked[i].values);
  crucible__free(s->asked);
  crucible__free(s->axes);
  crucible__free(s->axis_of);
  crucible__free(s->numbers);
  crucible__free(s->values);
  crucible__free(s->is_foreign);
  crucible__free(s->sorted_foreign);
  crucible__free(s->order);
  crucible__free(s->points);
  crucible__free(s->picks);
  crucible__free(s);
}

/* Puts the axes in order, numbers first. */
static void list_axes(cma_state *s, const crucible_space *space) {
  for (int choices = 0; choices < 2; ++choices)
    for (size_t i = 0; i < space->n; ++i) {
      const crucible_param *p = &space->params[i];
      if ((p->kind == CRUCIBLE_PARAM_CATEGORICAL) != choices)
        continue;
      s->axis_of[i] = SIZE_MAX;
      if (crucible__tpe_is_single(p))
        continue;
      s->axis_of[i] = s->n + s->n_choices;
      crucible__tpe_axis_init(&s->axes[s->axis_of[i]], p, i);
      ++*(choices ? &s->n_choices : &s->n);
    }
}

/* How many values an axis has, 0 for any number; steps of a logarithm differ,
   so they count as numbers. */
static double cells_of(const crucible__tpe_axis *axis) {
  return axis->kind == CRUCIBLE__PARZEN_DISCRETE && !axis->param->is_log
             ? round(axis->length / axis->param->step)
             : 0;
}

static crucible_status open_search(cma_state *s,
                                   const crucible_cma_options *options) {
  const size_t n = s->n + (size_t)s->is_dummy;
  double *cells = crucible__alloc_zero(n, sizeof *cells);
  const crucible_param **params = crucible__alloc(s->n_choices, sizeof *params);
  crucible_status status =
      cells == NULL || params == NULL ? CRUCIBLE_E_NOMEM : CRUCIBLE_OK;
  for (size_t i = 0; i < s->n && status == CRUCIBLE_OK; ++i)
    cells[i] = cells_of(&s->axes[i]);
  for (size_t i = 0; i < s->n_choices && status == CRUCIBLE_OK; ++i)
    params[i] = s->axes[s->n + i].param;
  if (status == CRUCIBLE_OK)
    status = crucible__cma_search_init(&s->search, options, s->study->seed,
                                       cells, n, params, s->n_choices);
  crucible__free(cells);
  crucible__free(params);
  return status;
}

static crucible_status open_state(const void *self, const crucible_study *study,
                                  void **state) {
  cma_state *s = crucible__alloc_zero(1, sizeof *s);
  if (s == NULL)
    return CRUCIBLE_E_NOMEM;
  s->study = study;
  s->axes = crucible__alloc(study->space->n, sizeof *s->axes);
  s->axis_of = crucible__alloc(study->space->n, sizeof *s->axis_of);
  crucible_status status =
      s->axes == NULL || s->axis_of == NULL ? CRUCIBLE_E_NOMEM : CRUCIBLE_OK;
  if (status == CRUCIBLE_OK) {
    list_axes(s, study->space);
    s->is_dummy = s->n == 0;
    status = open_search(s, self);
  }
  if (status != CRUCIBLE_OK) {
    close_state(self, s);
    return status;
  }
  *state = s;
  return CRUCIBLE_OK;
}

/* Numbers of a drawn point, choices of it included. */
static size_t width(const cma_state *s) { return s->search.n + s->n_choices; }

static double *picks_of(const cma_state *s, double *values) {
  return values + s->search.n;
}

/* Where a trial of other origin lies: what it lacks is the mean, or the first
   choice. */
static void locate(const cma_state *s, const double *point, double *values) {
  memcpy(values, s->search.cma.mean, s->search.n * sizeof *values);
  for (size_t i = 0; i < s->n; ++i)
    if (!isnan(point[s->axes[i].index]))
      values[i] = crucible__tpe_centre(&s->axes[i], point[s->axes[i].index]);
  for (size_t i = 0; i < s->n_choices; ++i) {
    const double pick = point[s->axes[s->n + i].index];
    picks_of(s, values)[i] = isnan(pick) ? 0 : pick;
  }
}

/* Draws a point nearer, so that one from elsewhere does not throw the
   distribution about: Hansen (2011). */
static void draw_near(cma_state *s, double *values) {
  const double n = (double)s->search.n;
  const double most = sqrt(n) + 2 * n / (n + 2);
  const double distance = crucible__cma_distance(&s->search.cma, values);
  const double *mean = s->search.cma.mean;
  if (distance > most)
    for (size_t i = 0; i < s->search.n; ++i)
      values[i] = mean[i] + (values[i] - mean[i]) * (most / distance);
}

static size_t find_asked(const cma_state *s, uint64_t number) {
  size_t i = 0;
  while (i < s->n_asked && s->asked[i].number != number)
    ++i;
  return i;
}

static void drop_asked(cma_state *s, size_t i) {
  crucible__free(s->asked[i].values);
  memmove(s->asked + i, s->asked + i + 1,
          (--s->n_asked - i) * sizeof *s->asked);
}

static crucible_status reserve_doubles(double **items, size_t *capacity,
                                       size_t need) {
  void *grown = *items;
  CRUCIBLE__TRY(crucible__grow(&grown, capacity, need, sizeof **items));
  *items = grown;
  return CRUCIBLE_OK;
}

static crucible_status reserve_flags(uint8_t **flags, size_t *capacity,
                                     size_t need) {
  void *grown = *flags;
  CRUCIBLE__TRY(crucible__grow(&grown, capacity, need, sizeof **flags));
  *flags = grown;
  return CRUCIBLE_OK;
}

/* Told as a smaller value being better. */
static double loss_of(const crucible_study *study, uint64_t number) {
  const crucible__trial *t = &study->trials[number];
  if (t->state != CRUCIBLE_TRIAL_COMPLETE || t->violation > 0)
    return (double)INFINITY;
  return study->direction == CRUCIBLE_MINIMIZE ? t->value : -t->value;
}

/* Ranks trials numbers[n] into s->order. */
static crucible_status rank(cma_state *s, const uint64_t *numbers, size_t n) {
  void *grown = s->order;
  CRUCIBLE__TRY(
      crucible__grow(&grown, &s->order_capacity, 2 * n, sizeof *s->order));
  s->order = grown;
  crucible__rank_trials(s->study, numbers, n, s->order, s->order + n);
  return CRUCIBLE_OK;
}

/* Sorts the rows of trials, best first, into points and picks. */
static crucible_status sort_rows(cma_state *s) {
  const size_t n = s->search.n, count = s->n_told;
  CRUCIBLE__TRY(reserve_doubles(&s->points, &s->point_capacity, count * n));
  CRUCIBLE__TRY(
      reserve_doubles(&s->picks, &s->pick_capacity, count * s->n_choices + 1));
  CRUCIBLE__TRY(reserve_flags(&s->sorted_foreign, &s->sorted_capacity, count));
  CRUCIBLE__TRY(rank(s, s->numbers, count));
  for (size_t i = 0; i < count; ++i) {
    double *values = s->values + s->order[i] * width(s);
    s->sorted_foreign[i] = s->is_foreign[s->order[i]];
    memcpy(s->points + i * n, values, n * sizeof *values);
    memcpy(s->picks + i * s->n_choices, picks_of(s, values),
           s->n_choices * sizeof *values);
  }
  return CRUCIBLE_OK;
}

static crucible_status end_generation(cma_state *s) {
  double best = (double)INFINITY, worst = -(double)INFINITY;
  for (size_t i = 0; i < s->n_told; ++i) {
    best = fmin(best, loss_of(s->study, s->numbers[i]));
    worst = fmax(worst, loss_of(s->study, s->numbers[i]));
  }
  CRUCIBLE__TRY(sort_rows(s));
  crucible__cma_search_tell(&s->search, s->points, s->picks, s->sorted_foreign,
                            best, worst);
  s->n_told = 0;
  s->is_judged = 0;
  return CRUCIBLE_OK;
}

/* Adds a trial that has ended to the present generation. */
static crucible_status read_end(cma_state *s, uint64_t number) {
  const size_t at = find_asked(s, number), n = width(s);
  const int is_ours = at < s->n_asked;
  const int32_t ended = s->study->trials[number].state;
  if ((ended != CRUCIBLE_TRIAL_COMPLETE && ended != CRUCIBLE_TRIAL_PRUNED) ||
      (is_ours && s->asked[at].run != s->search.run)) {
    if (is_ours)
      drop_asked(s, at);
    return CRUCIBLE_OK;
  }
  void *grown = s->numbers;
  CRUCIBLE__TRY(crucible__grow(&grown, &s->number_capacity, s->n_told + 1,
                               sizeof *s->numbers));
  s->numbers = grown;
  CRUCIBLE__TRY(
      reserve_doubles(&s->values, &s->value_capacity, (s->n_told + 1) * n));
  CRUCIBLE__TRY(
      reserve_flags(&s->is_foreign, &s->foreign_capacity, s->n_told + 1));
  double *values = s->values + s->n_told * n;
  int is_near = 0;
  if (is_ours) {
    memcpy(values, s->asked[at].values, n * sizeof *values);
    is_near = !s->asked[at].is_altered &&
              s->asked[at].generation == s->search.cma.generation;
    drop_asked(s, at);
  } else {
    locate(s, crucible__study_point(s->study, number), values);
  }
  if (!is_near)
    draw_near(s, values);
  s->is_foreign[s->n_told] = is_near ? 0 : 1;
  s->numbers[s->n_told++] = number;
  return CRUCIBLE_OK;
}

/* Starts the search from the best of the trials that are COMPLETE. */
static crucible_status start(cma_state *s) {
  const crucible_study *study = s->study;
  const double share = s->search.options.warm_share;
  const size_t n_ended = study->n_finished;
  uint64_t *numbers = crucible__alloc(n_ended, sizeof *numbers);
  if (numbers == NULL)
    return CRUCIBLE_E_NOMEM;
  size_t n = 0;
  for (size_t i = 0; i < n_ended && share > 0; ++i)
    if (study->trials[study->finished[i]].state == CRUCIBLE_TRIAL_COMPLETE)
      numbers[n++] = study->finished[i];
  const size_t n_best = (size_t)ceil(share * (double)n);
  crucible_status status = rank(s, numbers, n);
  if (status == CRUCIBLE_OK)
    status = reserve_doubles(&s->points, &s->point_capacity,
                             (n_best + 1) * s->search.n);
  if (status == CRUCIBLE_OK)
    status = reserve_doubles(&s->picks, &s->pick_capacity,
                             n_best * s->n_choices + 1);
  if (status == CRUCIBLE_OK)
    status = reserve_doubles(&s->values, &s->value_capacity, width(s));
  for (size_t i = 0; i < s->search.n; ++i)
    s->search.cma.mean[i] = 0.5; /* of what a trial lacks */
  for (size_t k = 0; k < n_best && status == CRUCIBLE_OK; ++k) {
    locate(s, crucible__study_point(study, numbers[s->order[k]]), s->values);
    memcpy(s->points + k * s->search.n, s->values,
           s->search.n * sizeof *s->values);
    memcpy(s->picks + k * s->n_choices, picks_of(s, s->values),
           s->n_choices * sizeof *s->values);
  }
  crucible__free(numbers);
  if (status == CRUCIBLE_OK)
    status =
        crucible__cma_search_start(&s->search, s->points, s->picks, n_best);
  if (status == CRUCIBLE_OK)
    s->n_read = n_ended;
  return status;
}

/* Learns what has ended. */
static crucible_status update(cma_state *s, uint64_t number) {
  for (size_t i = s->n_asked; i-- > 0;)
    if (s->asked[i].number == number ||
        s->asked[i].number >= s->study->n_trials)
      drop_asked(s, i); /* it was taken back */
  if (s->search.run == 0)
    return start(s);
  for (;;) {
    if (s->n_told >= s->search.cma.population)
      CRUCIBLE__TRY(end_generation(s));
    if (!s->is_judged && crucible__cma_search_is_over(&s->search))
      CRUCIBLE__TRY(crucible__cma_search_restart(&s->search));
    s->is_judged = 1;
    if (s->n_read == s->study->n_finished)
      return CRUCIBLE_OK;
    CRUCIBLE__TRY(read_end(s, s->study->finished[s->n_read]));
    ++s->n_read;
  }
}

/* A point between 0 and 1; whole steps may lie beyond, they are put into cells
   anyway. */
static void draw(cma_state *s, crucible__rng *rng, double *z, double *x) {
  const size_t n = s->search.n;
  const double *step = s->search.margin.step;
  for (int try = 0;; ++try) {
    size_t n_outside = 0;
    for (size_t i = 0; i < n; ++i)
      z[i] = crucible__rng_normal(rng);
    crucible__cma_draw(&s->search.cma, z, x);
    for (size_t i = 0; i < n; ++i)
      n_outside += !(step[i] > 0) && !(x[i] >= 0 && x[i] <= 1);
    if (n_outside == 0)
      return;
    if (try == TRIES)
      break;
  }
  for (size_t i = 0; i < n; ++i)
    if (!(step[i] > 0))
      x[i] = x[i] < 0 ? 0 : x[i] > 1 ? 1 : x[i];
}

/* Fills the point from the drawn values; given ones go into these. */
static void fill_point(const cma_state *s,
                       const crucible_sampler_request *request,
                       const double *encoded, asked *a, double *point) {
  const crucible_space *space = s->study->space;
  double at[2];
  for (size_t i = 0; i < space->n; ++i) {
    const crucible_param *p = &space->params[i];
    const size_t axis = s->axis_of[i];
    if (!crucible__param_is_active(p, point)) {
      point[i] = (double)NAN;
    } else if (request->fixed != NULL && !isnan(request->fixed[i])) {
      point[i] = request->fixed[i];
      a->is_altered = 1;
      if (axis < s->n)
        a->values[axis] = crucible__tpe_centre(&s->axes[axis], point[i]);
      else if (axis != SIZE_MAX)
        picks_of(s, a->values)[axis - s->n] = point[i];
    } else if (axis == SIZE_MAX) {
      point[i] = p->kind == CRUCIBLE_PARAM_CATEGORICAL ? 0 : p->low;
    } else if (axis < s->n) {
      point[i] = crucible__tpe_value(&s->axes[axis], encoded[axis], at);
    } else {
      point[i] = picks_of(s, a->values)[axis - s->n];
    }
  }
}

static crucible_status ask(const void *self, void *state,
                           const crucible_study *study,
                           const crucible_sampler_request *request,
                           double *point, crucible_sampler_origin *origin) {
  (void)self;
  (void)study;
  cma_state *s = state;
  crucible__rng rng;
  CRUCIBLE__TRY(update(s, request->number));
  void *grown = s->asked;
  CRUCIBLE__TRY(crucible__grow(&grown, &s->asked_capacity, s->n_asked + 1,
                               sizeof *s->asked));
  s->asked = grown;
  CRUCIBLE__TRY(
      reserve_doubles(&s->points, &s->point_capacity, 2 * s->search.n));
  asked a = {.number = request->number,
             .run = s->search.run,
             .generation = s->search.cma.generation,
             .values = crucible__alloc(width(s), sizeof *a.values)};
  if (a.values == NULL)
    return CRUCIBLE_E_NOMEM;
  crucible__rng_init(&rng, request->seed, CRUCIBLE__RNG_SAMPLER, FIRST_STREAM);
  double *encoded = s->points;
  draw(s, &rng, encoded, a.values);
  crucible__cma_margin_encode(&s->search.margin, &s->search.cma, a.values,
                              encoded);
  for (size_t i = 0; i < s->n_choices; ++i)
    picks_of(s, a.values)[i] = crucible__cma_choices_draw(
        &s->search.choices, i, crucible__rng_uniform(&rng));
  fill_point(s, request, encoded, &a, point);
  s->asked[s->n_asked++] = a;
  origin->how = CRUCIBLE_BRED_NOT;
  return CRUCIBLE_OK;
}

static void destroy(void *self) { crucible__free(self); }

static const crucible_sampler_backend cma_backend = {.struct_size =
                                                         sizeof cma_backend,
                                                     .name = "cma",
                                                     .open = open_state,
                                                     .ask = ask,
                                                     .close = close_state,
                                                     .destroy = destroy};

static crucible_status check_options(const crucible_cma_options *o) {
  if (o->restarts < CRUCIBLE_CMA_STAY || o->restarts > CRUCIBLE_CMA_BIPOP)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "options.restarts is %d: must be one of "
                          "CRUCIBLE_CMA_STAY (%d), _IPOP and _BIPOP (%d)",
                          (int)o->restarts, CRUCIBLE_CMA_STAY,
                          CRUCIBLE_CMA_BIPOP);
  if (o->covariance < 0 || o->covariance > CRUCIBLE_CMA_DIAGONAL)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "options.covariance is %d: must be CRUCIBLE_CMA_FULL "
                          "(%d), CRUCIBLE_CMA_DIAGONAL (%d) or 0",
                          (int)o->covariance, CRUCIBLE_CMA_FULL,
                          CRUCIBLE_CMA_DIAGONAL);
  if (o->population != 0 &&
      (o->population < 4 || o->population > MOST_POPULATION))
    return crucible__fail(
        CRUCIBLE_E_INVALID,
        "options.population is %u: must be from 4 to %d, or 0", o->population,
        MOST_POPULATION);
  if (o->reserved != 0)
    return crucible__fail(CRUCIBLE_E_VERSION,
                          "options.reserved is %u, must be 0", o->reserved);
  if (!(o->warm_share >= 0 && o->warm_share <= 1))
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "options.warm_share is %g: must lie in [0, 1]",
                          o->warm_share);
  const double width = o->width > 0 && o->width <= 1 ? o->warm_width : o->width;
  if (!(width > 0 && width <= 1))
    return crucible__fail(
        CRUCIBLE_E_INVALID, "options.%s is %g: must lie in (0, 1]",
        o->width > 0 && o->width <= 1 ? "warm_width" : "width", width);
  return CRUCIBLE_OK;
}

crucible_status crucible_sampler_cma(const crucible_cma_options *options,
                                     crucible_sampler **sampler) {
  if (sampler == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "sampler is NULL");
  *sampler = NULL;
  crucible_cma_options *o = crucible__alloc(1, sizeof *o);
  if (o == NULL)
    return CRUCIBLE_E_NOMEM;
  crucible_cma_options_init(o, sizeof *o);
  crucible_status status = CRUCIBLE_OK;
  if (options != NULL)
    status =
        crucible__options_read(o, sizeof *o, options, "crucible_cma_options");
  if (status == CRUCIBLE_OK)
    status = check_options(o);
  if (status == CRUCIBLE_OK)
    status = crucible_sampler_create(&cma_backend, o, sampler);
  if (status != CRUCIBLE_OK)
    crucible__free(o);
  return status;
}
