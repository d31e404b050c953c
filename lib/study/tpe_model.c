/* SPDX-License-Identifier: Apache-2.0 */
#include "study/tpe_model.h"

#include <math.h>
#include <string.h>

#include "base/base_alloc.h"
#include "base/base_status.h"
#include "base/normal.h"
#include "space/points.h"

enum {
  BELOW = CRUCIBLE__TPE_BELOW,
  ABOVE = CRUCIBLE__TPE_ABOVE,
  SIDES = CRUCIBLE__TPE_SIDES,
  RECENT = 25 /* trials that count in full; older ones count less */
};

/* The prior is a kernel of width 1 in the middle: Phi(-1/2), and the mass
   between 0 and 1 */
static const double PRIOR_BELOW = 0.30853753872598689637;
static const double PRIOR_MASS = 0.38292492254802620728;
static const double DENSITY_AT_0 = 0.39894228040143267794;
static const double NARROW = 1e-3; /* taken by its middle */
/* Kernels that together add less than 2^-36 of the prior are left out. */
static const double NEGLIGIBLE = 36;
static const double LARGEST_EXPONENT = 900;
static const double LOG2_E = 1.4426950408889634074;
static const double LEAST_SHARE = 1e-300;

double crucible__tpe_uniform(crucible__tpe_draws *draws) {
  return draws->mt != NULL ? crucible__mt_uniform(draws->mt)
                           : crucible__rng_uniform(&draws->rng);
}

void crucible__tpe_model_destroy(crucible__tpe_model *m) {
  if (m == NULL)
    return;
  for (int side = 0; side < SIDES; ++side) {
    crucible__parzen_free(&m->sides[side]);
    crucible__free(m->numbers[side]);
  }
  crucible__free(m->axes);
  crucible__free(m->kinds);
  crucible__free(m->centres);
  crucible__free(m->places);
  crucible__free(m->at);
  crucible__free(m->scores);
  crucible__free(m->drawn);
  crucible__free(m->queries);
  crucible__free(m);
}

crucible_status crucible__tpe_model_create(const crucible_space *space,
                                           const size_t *indices, size_t n_axes,
                                           size_t n_candidates,
                                           crucible__tpe_model **model) {
  crucible__tpe_model *m = crucible__alloc_zero(1, sizeof *m);
  *model = NULL;
  if (m == NULL)
    return CRUCIBLE_E_NOMEM;
  m->n_axes = n_axes;
  m->n_candidates = n_candidates;
  m->axes = crucible__alloc(n_axes, sizeof *m->axes);
  m->kinds = crucible__alloc(n_axes, sizeof *m->kinds);
  m->centres = crucible__alloc(n_axes, sizeof *m->centres);
  m->places = crucible__alloc(n_candidates, n_axes * sizeof *m->places);
  m->at = crucible__alloc_zero(n_candidates, 2 * n_axes * sizeof *m->at);
  m->scores = crucible__alloc(n_candidates, sizeof *m->scores);
  m->drawn = crucible__alloc(n_candidates, sizeof *m->drawn);
  m->queries = crucible__alloc(n_candidates, sizeof *m->queries);
  if (m->axes == NULL || m->kinds == NULL || m->centres == NULL ||
      m->places == NULL || m->at == NULL || m->scores == NULL ||
      m->drawn == NULL || m->queries == NULL) {
    crucible__tpe_model_destroy(m);
    return CRUCIBLE_E_NOMEM;
  }
  for (size_t a = 0; a < n_axes; ++a) {
    crucible__tpe_axis_init(&m->axes[a], &space->params[indices[a]],
                            indices[a]);
    m->kinds[a] = m->axes[a].kind;
  }
  for (int side = 0; side < SIDES; ++side)
    crucible__parzen_init(&m->sides[side], m->kinds, n_axes, side == BELOW);
  *model = m;
  return CRUCIBLE_OK;
}

/* The axes' places of a point; 0 if it lacks one. */
static int read_point(crucible__tpe_model *m, const double *point) {
  for (size_t a = 0; a < m->n_axes; ++a) {
    const double value = point[m->axes[a].index];
    if (isnan(value))
      return 0;
    m->centres[a] = crucible__tpe_centre(&m->axes[a], value);
  }
  return 1;
}

/* Where a trial stands, or would, among those of a side. */
static size_t rank_of(const crucible__tpe_model *m, int side, uint64_t number) {
  size_t from = 0, to = m->sides[side].n;
  if (to > 0 && m->numbers[side][to - 1] < number)
    return to;
  while (from < to) {
    const size_t middle = from + (to - from) / 2;
    if (m->numbers[side][middle] < number)
      from = middle + 1;
    else
      to = middle;
  }
  return from;
}

crucible_status crucible__tpe_model_put(crucible__tpe_model *m, int side,
                                        uint64_t number, const double *point) {
  if (!read_point(m, point))
    return CRUCIBLE_OK;
  const size_t n = m->sides[side].n, rank = rank_of(m, side, number);
  void *grown = m->numbers[side];
  CRUCIBLE__TRY(crucible__grow(&grown, &m->capacity[side], n + 1,
                               sizeof *m->numbers[side]));
  m->numbers[side] = grown;
  CRUCIBLE__TRY(crucible__parzen_insert(&m->sides[side], rank, m->centres));
  memmove(m->numbers[side] + rank + 1, m->numbers[side] + rank,
          (n - rank) * sizeof *m->numbers[side]);
  m->numbers[side][rank] = number;
  return CRUCIBLE_OK;
}

void crucible__tpe_model_take(crucible__tpe_model *m, int side, uint64_t number,
                              const double *point) {
  const size_t n = m->sides[side].n, rank = rank_of(m, side, number);
  if (rank == n || m->numbers[side][rank] != number || !read_point(m, point))
    return;
  crucible__parzen_remove(&m->sides[side], rank, m->centres);
  memmove(m->numbers[side] + rank, m->numbers[side] + rank + 1,
          (n - 1 - rank) * sizeof *m->numbers[side]);
}

/* The ramp from 1 / n up to 1 over all but the 25 youngest, who have 1. */
static crucible__parzen_weights weights_of(size_t n) {
  if (n <= RECENT)
    return (crucible__parzen_weights){1, 0};
  const double first = 1 / (double)n;
  return (crucible__parzen_weights){
      first, n == RECENT + 1 ? 1 : (1 - first) / (double)(n - RECENT - 1)};
}

static double weight_at(const crucible__parzen_weights *weights, size_t rank) {
  return fmin(1, weights->oldest + weights->more * (double)rank);
}

/* Draws the kernels of the candidates by weight; the prior is number n. */
static void draw_kernels(crucible__tpe_model *m, crucible__tpe_draws *draws) {
  const size_t n = m->sides[BELOW].n;
  const crucible__parzen_weights weights = weights_of(n);
  double total = 1;
  for (size_t k = 0; k < n; ++k)
    total += weight_at(&weights, k);
  for (size_t i = 0; i < m->n_candidates; ++i) {
    const double u = crucible__tpe_uniform(draws) * total;
    double sum = 0;
    size_t k = 0;
    while (k < n && (sum += weight_at(&weights, k)) <= u)
      ++k;
    m->drawn[i] = k;
  }
}

/* A choice from kernel k, or from the prior. */
static double draw_choice(const crucible__tpe_model *m, size_t axis, size_t k,
                          double u) {
  const crucible__tpe_axis *x = &m->axes[axis];
  const size_t n = m->sides[BELOW].n;
  const double n_choices = x->param->n_choices, n_kernels = (double)n + 1;
  const double seen = k < n ? crucible__parzen_at(&m->sides[BELOW], k, axis,
                                                  CRUCIBLE__PARZEN_CENTRE)
                            : -1;
  const double total = k < n ? n_kernels + n_choices : n_choices;
  double sum = 0, last = 0;
  for (uint32_t c = 0; c < x->param->n_choices; ++c) {
    const double share = n_choices * crucible__tpe_share(x, c) +
                         ((double)c == seen ? n_kernels : 0);
    sum += share;
    if (share > 0)
      last = c;
    if (sum >= u * total && share > 0)
      return c;
  }
  return last;
}

/* A place from kernel k, or from the prior: the quantile u of its cut law. */
static double draw_place(const crucible__tpe_model *m, size_t axis, size_t k,
                         double u) {
  const crucible__parzen *side = &m->sides[BELOW];
  double centre = 0.5, width = 1, below = PRIOR_BELOW, mass = PRIOR_MASS;
  if (k < side->n) {
    centre = crucible__parzen_at(side, k, axis, CRUCIBLE__PARZEN_CENTRE);
    width = 1 / crucible__parzen_at(side, k, axis, CRUCIBLE__PARZEN_INVERSE);
    below = crucible__parzen_at(side, k, axis, CRUCIBLE__PARZEN_BELOW);
    mass = crucible__parzen_at(side, k, axis, CRUCIBLE__PARZEN_MASS);
  }
  const double p = below + u * mass;
  const double z = p <= 0.5 ? crucible__normal_quantile(p)
                            : -crucible__normal_quantile(
                                  fmax(0, 1 - below - mass) + (1 - u) * mass);
  const double x = centre + width * z;
  return x < 0 ? 0 : x > 1 ? 1 : x;
}

/* Candidates' places, in the order of Optuna's random numbers: kernels, then
   choices axis by axis, then numbers axis by axis. */
static void draw_candidates(crucible__tpe_model *m,
                            crucible__tpe_draws *draws) {
  draw_kernels(m, draws);
  for (int choices = 1; choices >= 0; --choices)
    for (size_t a = 0; a < m->n_axes; ++a) {
      if ((m->kinds[a] == CRUCIBLE__PARZEN_CHOICE) != choices)
        continue;
      for (size_t i = 0; i < m->n_candidates; ++i) {
        const double u = crucible__tpe_uniform(draws);
        m->places[i * m->n_axes + a] = choices
                                           ? draw_choice(m, a, m->drawn[i], u)
                                           : draw_place(m, a, m->drawn[i], u);
      }
    }
}

/* Mass of the prior between two places, itself cut at 0 and 1. */
static double prior_mass(double low, double high) {
  const double width = high - low, middle = (low + high) / 2 - 0.5;
  const double mass =
      width < NARROW
          ? width * exp(-0.5 * middle * middle) * DENSITY_AT_0 *
                (1 + (middle * middle - 1) * width * width / 24)
          : crucible__normal_cdf(high - 0.5) - crucible__normal_cdf(low - 0.5);
  return mass / PRIOR_MASS;
}

/* Log density (base 2) of the prior at a query, and what the choices' rows have in
   common, for a side with so many kernels; completes the query's choices. */
static double prior_of(const crucible__tpe_model *m, double *at,
                       double n_kernels, double *common) {
  double log_density = 0;
  *common = 0;
  for (size_t a = 0; a < m->n_axes; ++a, at += 2) {
    if (m->kinds[a] == CRUCIBLE__PARZEN_CONTINUOUS) {
      log_density -=
          0.5 * LOG2_E * (at[0] - 0.5) * (at[0] - 0.5) + log2(PRIOR_MASS);
    } else if (m->kinds[a] == CRUCIBLE__PARZEN_DISCRETE) {
      log_density += log2(prior_mass(at[0], at[1]));
    } else {
      /* a kernel's row: n_choices * share, and n_kernels for its own choice,
         over the sum */
      const double n_choices = m->axes[a].param->n_choices;
      const double share =
          fmax(crucible__tpe_share(&m->axes[a], at[0]), LEAST_SHARE);
      const double own = n_choices * share + n_kernels;
      at[1] = log2(own / (n_choices * share));
      *common += log2(own / (n_choices + n_kernels));
      log_density += log2(share * (n_choices + n_kernels) / own);
    }
  }
  return log_density;
}

/* No kernel's log density is larger. */
static double highest(const crucible__tpe_model *m, double floor_width) {
  double peak = 0;
  for (size_t a = 0; a < m->n_axes; ++a)
    if (m->kinds[a] != CRUCIBLE__PARZEN_CHOICE)
      peak += log2(
          m->kinds[a] == CRUCIBLE__PARZEN_CONTINUOUS ? 2.7 / floor_width : 2.7);
  return peak;
}

/* Adds sign * log density of a side to the scores of the first n queries. */
static void score(crucible__tpe_model *m, int side, double floor_width,
                  double sign, size_t n_queries) {
  const crucible__parzen *parzen = &m->sides[side];
  const double n = (double)parzen->n, peak = highest(m, floor_width);
  const double aside = NEGLIGIBLE + log2(n + 1);
  const crucible__parzen_weights weights = weights_of(parzen->n);
  for (size_t i = 0; i < n_queries; ++i) {
    crucible__parzen_query *q = &m->queries[i];
    double common;
    double *at = m->at + 2 * i * m->n_axes;
    const double prior = prior_of(m, at, n + 1, &common);
    *q = (crucible__parzen_query){.at = at,
                                  .reference =
                                      fmax(prior, peak - LARGEST_EXPONENT),
                                  .least = prior - aside};
    m->scores[i] += sign * common;
    q->sum[0] = exp2(prior - q->reference);
  }
  crucible__parzen_add(parzen, &weights, m->queries, n_queries);
  for (size_t i = 0; i < n_queries; ++i) {
    const double *x = m->queries[i].sum;
    const double sum =
        ((x[0] + x[4]) + (x[2] + x[6])) + ((x[1] + x[5]) + (x[3] + x[7]));
    m->scores[i] +=
        sign * (m->queries[i].reference + log2(fmax(sum, LEAST_SHARE)));
  }
}

/* Keeps the first of candidates at one place: later ones cannot win. */
static size_t drop_copies(crucible__tpe_model *m) {
  const size_t size = m->n_axes * sizeof *m->places;
  size_t n = 0;
  for (size_t a = 0; a < m->n_axes; ++a)
    if (m->kinds[a] == CRUCIBLE__PARZEN_CONTINUOUS)
      return m->n_candidates;
  for (size_t i = 0; i < m->n_candidates; ++i) {
    const double *at = m->at + 2 * i * m->n_axes;
    size_t k = 0;
    while (k < n && memcmp(m->at + 2 * k * m->n_axes, at, 2 * size) != 0)
      ++k;
    if (k < n)
      continue;
    memmove(m->at + 2 * n * m->n_axes, at, 2 * size);
    memmove(m->places + n * m->n_axes, m->places + i * m->n_axes, size);
    ++n;
  }
  return n;
}

void crucible__tpe_model_ask(crucible__tpe_model *m, const double floors[SIDES],
                             crucible__tpe_draws *draws, double *point) {
  for (int side = 0; side < SIDES; ++side)
    crucible__parzen_refresh(&m->sides[side], floors[side]);
  draw_candidates(m, draws);
  for (size_t i = 0; i < m->n_candidates * m->n_axes; ++i) {
    m->at[2 * i + 1] = 0;
    m->places[i] = crucible__tpe_value(&m->axes[i % m->n_axes], m->places[i],
                                       m->at + 2 * i);
  }
  const size_t n = drop_copies(m);
  memset(m->scores, 0, n * sizeof *m->scores);
  score(m, BELOW, floors[BELOW], 1, n);
  score(m, ABOVE, floors[ABOVE], -1, n);
  size_t best = 0;
  for (size_t i = 1; i < n; ++i)
    if (m->scores[i] > m->scores[best])
      best = i;
  for (size_t a = 0; a < m->n_axes; ++a)
    point[m->axes[a].index] = m->places[best * m->n_axes + a];
}
