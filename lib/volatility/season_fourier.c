/* SPDX-License-Identifier: Apache-2.0 */
/* The flexible Fourier form: least squares over the cells of a week. */
#include <math.h>

#include "base/base_alloc.h"
#include "base/base_status.h"
#include "math/small_matrix.h"
#include "volatility/season_sample.h"

enum { WEEK = CRUCIBLE__SEASON_WEEK, TERMS_MAX = 2 * 16 + 2 };

#define TWO_PI 6.28318530717958647693

/* Columns: a level per group that has days, then terms per group of shapes
   that has times. */
typedef struct form {
  const crucible__season_sample *sample;
  const crucible_season_options *options;
  double *wave;       /* [shapes][2 * bins]: cosines of k / times, then sines */
  size_t level[WEEK]; /* column of a group's level */
  size_t shape[WEEK]; /* first column of a group's terms */
  size_t columns;
} form;

static size_t terms_of(const form *f, size_t group) {
  const int is_session = f->sample->times[group] < f->sample->bins;
  return 2 * (size_t)f->options->harmonics + (is_session ? 2 : 0);
}

static crucible_status form_init(form *f) {
  uint32_t days[WEEK] = {0};
  for (size_t d = 0; d < WEEK; ++d)
    days[crucible__season_group(d, f->options->levels)] += f->sample->days[d];
  for (size_t g = 0; g < f->options->levels; ++g)
    if (days[g] > 0)
      f->level[g] = f->columns++;
  for (size_t g = 0; g < f->options->shapes; ++g) {
    if (f->sample->times[g] == 0)
      continue;
    if (f->sample->times[g] < terms_of(f, g) + 1)
      return crucible__fail(CRUCIBLE_E_TOO_SHORT,
                            "bars open at %zu times of day: too few for "
                            "harmonics = %u, lower it",
                            f->sample->times[g], f->options->harmonics);
    f->shape[g] = f->columns;
    f->columns += terms_of(f, g);
  }
  return CRUCIBLE_OK;
}

static void make_waves(form *f) {
  const size_t bins = f->sample->bins;
  for (size_t g = 0; g < f->options->shapes; ++g) {
    double *wave = f->wave + g * 2 * bins;
    for (size_t k = 0; k < f->sample->times[g]; ++k) {
      const double angle = TWO_PI * (double)k / (double)f->sample->times[g];
      wave[k] = cos(angle);
      wave[bins + k] = sin(angle);
    }
  }
}

/* The terms of a time of day and how many: terms_of(). */
static size_t terms_at(const form *f, size_t group, size_t bin, double *term) {
  const size_t bins = f->sample->bins, times = f->sample->times[group];
  const double *wave = f->wave + group * 2 * bins;
  const size_t at = (size_t)f->sample->position[group * bins + bin] + 1;
  size_t k = 0;
  for (size_t p = 1; p <= f->options->harmonics; ++p) {
    term[k++] = wave[p * at % times];
    term[k++] = wave[bins + p * at % times];
  }
  if (k < terms_of(f, group)) {
    const double n = (double)at, all = (double)times;
    term[k++] = n / ((all + 1) / 2);
    term[k++] = n * n / ((all + 1) * (all + 2) / 6);
  }
  return k;
}

/* The normal equations; equal rows are added as one with a weight. */
static void add_cell(const form *f, size_t cell, double n, double sum,
                     double *matrix, double *b) {
  const size_t weekday = cell / f->sample->bins, K = f->columns;
  const size_t group = crucible__season_group(weekday, f->options->shapes);
  const size_t level =
      f->level[crucible__season_group(weekday, f->options->levels)];
  const size_t from = f->shape[group];
  double term[TERMS_MAX];
  const size_t terms = terms_at(f, group, cell % f->sample->bins, term);
  matrix[level * K + level] += n;
  b[level] += sum;
  for (size_t j = 0; j < terms; ++j) { /* levels stand before terms */
    matrix[(from + j) * K + level] += n * term[j];
    b[from + j] += sum * term[j];
    for (size_t k = 0; k <= j; ++k)
      matrix[(from + j) * K + from + k] += n * term[j] * term[k];
  }
}

static double log_square(double z, double least) {
  return 2 * log(fmax(fabs(z), least));
}

static void evaluate(const form *f, const double *b, double *variance) {
  const size_t bins = f->sample->bins;
  double level[WEEK] = {0}, term[TERMS_MAX];
  for (size_t g = 0; g < f->options->levels; ++g)
    level[g] = b[f->level[g]];
  crucible__season_shrink_levels(f->sample, f->options, level);
  for (size_t d = 0; d < WEEK; ++d) {
    const size_t group = crucible__season_group(d, f->options->shapes);
    if (f->sample->days[d] == 0)
      continue;
    for (size_t bin = 0; bin < bins; ++bin) {
      if (f->sample->position[group * bins + bin] < 0)
        continue;
      double sum = level[crucible__season_group(d, f->options->levels)];
      const size_t terms = terms_at(f, group, bin, term);
      for (size_t j = 0; j < terms; ++j)
        sum += b[f->shape[group] + j] * term[j];
      variance[d * bins + bin] = exp(sum);
    }
  }
}

/* Sums by cell first: a long window then costs little more than a week. */
static crucible_status solve(const form *f, double *n, double *sum,
                             double *matrix, double *b) {
  const crucible__season_sample *sample = f->sample;
  for (size_t i = 0; i < sample->n; ++i) {
    n[sample->cell[i]] += 1;
    sum[sample->cell[i]] += log_square(sample->z[i], f->options->zero_floor);
  }
  for (size_t cell = 0; cell < WEEK * sample->bins; ++cell)
    if (n[cell] > 0)
      add_cell(f, cell, n[cell], sum[cell], matrix, b);
  if (!crucible__cholesky(matrix, f->columns))
    return crucible__fail(CRUCIBLE_E_TOO_SHORT,
                          "the returns do not determine %zu terms: lower "
                          "harmonics, shapes or levels, or give more days",
                          f->columns);
  crucible__solve_lower(matrix, f->columns, b);
  crucible__solve_lower_transposed(matrix, f->columns, b);
  return CRUCIBLE_OK;
}

crucible_status crucible__season_fourier(const crucible__season_sample *sample,
                                         const crucible_season_options *options,
                                         double *variance, double *broken) {
  form f = {.sample = sample, .options = options};
  CRUCIBLE__TRY(form_init(&f));
  const size_t cells = WEEK * sample->bins;
  double *sums = crucible__alloc_zero(2 * cells, sizeof *sums);
  double *matrix =
      crucible__alloc_zero((f.columns + 1) * f.columns, sizeof *matrix);
  f.wave = crucible__alloc(options->shapes * 2 * sample->bins, sizeof *f.wave);
  crucible_status status = CRUCIBLE_E_NOMEM;
  if (sums != NULL && matrix != NULL && f.wave != NULL) {
    make_waves(&f);
    double *b = matrix + f.columns * f.columns;
    status = solve(&f, sums, sums + cells, matrix, b);
    if (status == CRUCIBLE_OK)
      evaluate(&f, b, variance);
  }
  double sum = 0;
  for (size_t i = 0; i < sample->n_breaks; ++i)
    sum += log_square(sample->broken[i], options->zero_floor);
  *broken = exp(sum / (double)sample->n_breaks);
  crucible__free(sums);
  crucible__free(matrix);
  crucible__free(f.wave);
  return status;
}
