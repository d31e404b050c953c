/* SPDX-License-Identifier: Apache-2.0 */
/* Weighted standard deviations of the times of day. */
#include <math.h>
#include <string.h>

#include "base/base_alloc.h"
#include "base/base_status.h"
#include "volatility/season_sample.h"

enum { WEEK = CRUCIBLE__SEASON_WEEK, HALF_MIN = 8 };

/* Boudt, Croux, Laurent (2011): the 99 % point of chi squared with 1 degree,
   and what makes a variance without the squares beyond it right for a normal
   law; the shortest half of a normal law likewise. */
#define FAR 6.635
#define FAR_CORRECTION 1.081
#define HALF_CORRECTION 0.741

static void sort(double *x, size_t n) {
  for (size_t gap = n / 2; gap > 0; gap = gap == 2 ? 1 : gap * 5 / 11)
    for (size_t i = gap; i < n; ++i) {
      const double value = x[i];
      size_t j = i;
      for (; j >= gap && x[j - gap] > value; j -= gap)
        x[j] = x[j - gap];
      x[j] = value;
    }
}

/* Length of the shortest half of sorted values. */
static double shortest_half(const double *x, size_t n) {
  const size_t h = n / 2 + 1;
  double least = x[h - 1] - x[0];
  for (size_t i = 1; i + h <= n; ++i)
    least = fmin(least, x[i + h - 1] - x[i]);
  return HALF_CORRECTION * least;
}

/* Variance of values of standard deviation about size, without those far out;
   0 if all are. */
static double weighted_variance(const double *x, size_t n, double size) {
  double sum = 0;
  size_t kept = 0;
  for (size_t i = 0; i < n; ++i)
    if (x[i] * x[i] <= FAR * size * size) {
      sum += x[i] * x[i];
      ++kept;
    }
  return kept > 0 ? FAR_CORRECTION * sum / (double)kept : 0;
}

typedef struct work {
  const crucible__season_sample *sample;
  const crucible_season_options *options;
  double *sorted; /* [n] values by time of day, each sorted */
  size_t *begin;  /* [bins + 1] in sorted */
  double *half;   /* [bins] shortest half, relative; 0: not known */
  double *own;    /* [bins] variance of the time of day alone */
  double *shape;  /* [7 * bins] of the groups of shapes, their mean 1 */
} work;

static int in_group(const work *w, size_t i, size_t group) {
  const size_t weekday = w->sample->cell[i] / w->sample->bins;
  return crucible__season_group(weekday, w->options->shapes) == group;
}

/* The group's values, by time of day. */
static void gather(work *w, size_t group) {
  const crucible__season_sample *sample = w->sample;
  const size_t bins = sample->bins;
  memset(w->begin, 0, (bins + 1) * sizeof *w->begin);
  for (size_t i = 0; i < sample->n; ++i)
    if (in_group(w, i, group))
      ++w->begin[sample->cell[i] % bins + 1];
  for (size_t b = 0; b < bins; ++b)
    w->begin[b + 1] += w->begin[b];
  for (size_t i = 0; i < sample->n; ++i)
    if (in_group(w, i, group)) /* moves begin to the next bin's, undone below */
      w->sorted[w->begin[sample->cell[i] % bins]++] = sample->z[i];
  for (size_t b = bins; b > 0; --b)
    w->begin[b] = w->begin[b - 1];
  w->begin[0] = 0;
}

/* Variances of the times by themselves. */
static void measure(work *w) {
  const size_t bins = w->sample->bins;
  double squares = 0;
  size_t known = 0;
  for (size_t b = 0; b < bins; ++b) {
    const size_t n = w->begin[b + 1] - w->begin[b];
    double *values = w->sorted + w->begin[b];
    sort(values, n);
    w->half[b] = n >= HALF_MIN ? shortest_half(values, n) : 0;
    squares += w->half[b] * w->half[b];
    known += w->half[b] > 0;
  }
  const double mean = known > 0 ? sqrt(squares / (double)known) : 1;
  for (size_t b = 0; b < bins; ++b) {
    const size_t n = w->begin[b + 1] - w->begin[b];
    const double relative = w->half[b] > 0 ? w->half[b] / mean : 1;
    w->own[b] = weighted_variance(w->sorted + w->begin[b], n, relative);
  }
}

/* Mean variance of the times around a bin: round the clock where bars fill the
   day, else up to the ends of what occurs. */
static double neighbours(const work *w, size_t bin, int is_session) {
  const int64_t bins = (int64_t)w->sample->bins;
  int64_t reach = w->options->smooth_ms / w->options->timeframe_ms;
  reach = reach > (bins - 1) / 2 ? (bins - 1) / 2 : reach;
  double sum = 0, all = 0;
  for (int64_t k = -reach; k <= reach; ++k) {
    int64_t at = (int64_t)bin + k;
    if (is_session && (at < 0 || at >= bins))
      continue;
    at = (at + bins) % bins;
    const double n = (double)(w->begin[at + 1] - w->begin[at]);
    sum += n * w->own[at];
    all += n;
  }
  return sum / all;
}

static void shape_of(work *w, size_t group) {
  const size_t bins = w->sample->bins;
  double *shape = w->shape + group * bins, sum = 0;
  gather(w, group);
  measure(w);
  const int is_session = w->sample->times[group] < bins;
  for (size_t b = 0; b < bins; ++b) {
    const double n = (double)(w->begin[b + 1] - w->begin[b]);
    if (n == 0)
      continue;
    shape[b] = (n * w->own[b] +
                w->options->shrink_returns * neighbours(w, b, is_session)) /
               (n + w->options->shrink_returns);
    sum += shape[b];
  }
  const double mean = sum / (double)w->sample->times[group];
  for (size_t b = 0; b < bins; ++b)
    shape[b] = mean > 0 ? shape[b] / mean : 1;
}

static double shape_at(const work *w, size_t cell) {
  const size_t bins = w->sample->bins;
  const size_t group = crucible__season_group(cell / bins, w->options->shapes);
  /* a time that never moved moves a little */
  return fmax(w->shape[group * bins + cell % bins], 1e-4);
}

/* Levels of the groups of days, of the values without their shape. */
static void levels_of(work *w, double *level) {
  const crucible__season_sample *sample = w->sample;
  for (size_t g = 0; g < w->options->levels; ++g) {
    size_t n = 0;
    for (size_t i = 0; i < sample->n; ++i) {
      const size_t weekday = sample->cell[i] / sample->bins;
      if (crucible__season_group(weekday, w->options->levels) == g)
        w->sorted[n++] = sample->z[i] / sqrt(shape_at(w, sample->cell[i]));
    }
    if (n == 0)
      continue;
    sort(w->sorted, n);
    const double half = shortest_half(w->sorted, n);
    level[g] =
        log(fmax(weighted_variance(w->sorted, n, half > 0 ? half : 1), 1e-4));
  }
  crucible__season_shrink_levels(sample, w->options, level);
}

static void evaluate(work *w, double *variance) {
  const size_t bins = w->sample->bins;
  double level[WEEK] = {0};
  levels_of(w, level);
  for (size_t d = 0; d < WEEK; ++d) {
    const size_t group = crucible__season_group(d, w->options->shapes);
    for (size_t b = 0; b < bins && w->sample->days[d] > 0; ++b)
      if (w->sample->position[group * bins + b] >= 0)
        variance[d * bins + b] =
            exp(level[crucible__season_group(d, w->options->levels)]) *
            shape_at(w, d * bins + b);
  }
}

static void free_work(work *w) {
  crucible__free(w->sorted);
  crucible__free(w->begin);
  crucible__free(w->half);
  crucible__free(w->shape);
}

crucible_status crucible__season_robust(const crucible__season_sample *sample,
                                        const crucible_season_options *options,
                                        double *variance, double *broken) {
  const size_t bins = sample->bins;
  const size_t most =
      sample->n > sample->n_breaks ? sample->n : sample->n_breaks;
  work w = {.sample = sample, .options = options};
  w.sorted = crucible__alloc(most, sizeof *w.sorted);
  w.begin = crucible__alloc(bins + 1, sizeof *w.begin);
  w.half = crucible__alloc(2 * bins, sizeof *w.half);
  w.shape = crucible__alloc_zero(WEEK * bins, sizeof *w.shape);
  if (w.sorted == NULL || w.begin == NULL || w.half == NULL ||
      w.shape == NULL) {
    free_work(&w);
    return CRUCIBLE_E_NOMEM;
  }
  w.own = w.half + bins;
  for (size_t g = 0; g < options->shapes; ++g)
    if (sample->times[g] > 0)
      shape_of(&w, g);
  evaluate(&w, variance);
  for (size_t i = 0; i < sample->n_breaks; ++i)
    w.sorted[i] = sample->broken[i];
  *broken = 0;
  if (sample->n_breaks > 0) {
    sort(w.sorted, sample->n_breaks);
    const double half = shortest_half(w.sorted, sample->n_breaks);
    *broken =
        weighted_variance(w.sorted, sample->n_breaks, half > 0 ? half : 1);
  }
  free_work(&w);
  return CRUCIBLE_OK;
}
