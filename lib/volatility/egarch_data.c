/* SPDX-License-Identifier: Apache-2.0 */
/* What a fit knows of the returns before any parameter. */
#include <math.h>
#include <string.h>

#include "math/small_matrix.h"
#include "volatility/egarch_pass.h"

enum { AR = CRUCIBLE__EGARCH_AR };

double crucible__egarch_backcast(const double *returns, size_t n, double scale,
                                 double mean, double variance) {
  const size_t tau = n < 75 ? n : 75;
  double weight = 1, weights = 0, sum = 0;
  for (size_t i = 0; i < tau; ++i) {
    const double e = returns[i] * scale - mean;
    sum += weight * (e * e);
    weights += weight;
    weight *= 0.94;
  }
  return fmax(sum / weights, 1e-8 * variance);
}

/* Means and covariances of y_t, y_{t-1}, .. in two passes each. */
static void moments_of(crucible__egarch_data *data) {
  const int ar = data->form.ar;
  const double *y = data->returns, scale = data->scale, n = (double)data->n;
  crucible__egarch_moments *m = &data->moments;
  for (int l = 0; l <= ar; ++l) {
    const double *x = y - l;
    double sum = 0, rest = 0;
    for (size_t i = 0; i < data->n; ++i)
      sum += x[i] * scale;
    const double rough = sum / n;
    for (size_t i = 0; i < data->n; ++i)
      rest += x[i] * scale - rough;
    m->mean[l] = rough + rest / n;
  }
  for (int l = 0; l <= ar; ++l)
    for (int j = 0; j <= l; ++j) {
      double sum = 0;
      for (size_t i = 0; i < data->n; ++i)
        sum += (y[(ptrdiff_t)i - l] * scale - m->mean[l]) *
               (y[(ptrdiff_t)i - j] * scale - m->mean[j]);
      m->cov[l][j] = m->cov[j][l] = sum / n;
    }
}

/* Least squares on the lags: phi, the constant, and the variance left over. */
static void regress(crucible__egarch_data *data) {
  const crucible__egarch_moments *m = &data->moments;
  const size_t ar = (size_t)data->form.ar;
  double factor[AR * AR + 1], b[AR + 1];
  data->mean = data->constant = m->mean[0];
  data->variance = m->cov[0][0];
  for (size_t i = 0; i < ar; ++i) {
    b[i] = m->cov[0][i + 1];
    for (size_t j = 0; j < ar; ++j)
      factor[i * ar + j] = m->cov[i + 1][j + 1];
  }
  if (ar == 0 || !crucible__cholesky(factor, ar))
    return;
  crucible__solve_lower(factor, ar, b);
  crucible__solve_lower_transposed(factor, ar, b);
  double left = data->variance;
  for (size_t i = 0; i < ar; ++i) {
    data->phi[i] = b[i];
    data->constant -= b[i] * m->mean[i + 1];
    left -= b[i] * m->cov[0][i + 1];
  }
  data->variance = fmax(left, 1e-12 * m->cov[0][0]);
}

/* As above, but of the residuals of the regression. */
static double regressed_backcast(const crucible__egarch_data *data) {
  double e[75];
  const size_t n = data->n < 75 ? data->n : 75;
  for (size_t i = 0; i < n; ++i) {
    e[i] = data->returns[i] * data->scale - data->constant;
    for (int l = 0; l < data->form.ar; ++l)
      e[i] -= data->phi[l] * data->returns[(ptrdiff_t)i - 1 - l] * data->scale;
  }
  return crucible__egarch_backcast(e, n, 1, 0, data->variance);
}

int crucible__egarch_data_init(crucible__egarch_data *data,
                               const double *returns, size_t n, double scale,
                               const crucible__egarch_form *form) {
  *data = (crucible__egarch_data){.returns = returns + form->ar,
                                  .n = n - (size_t)form->ar,
                                  .scale = scale,
                                  .form = *form};
  moments_of(data);
  regress(data);
  if (!(data->variance > CRUCIBLE__EGARCH_VARIANCE_MIN &&
        data->variance < CRUCIBLE__EGARCH_VARIANCE_MAX))
    return 0;
  const double centre = form->mean == CRUCIBLE_MEAN_ZERO ? 0 : data->mean;
  data->backcast = log(
      form->ar > 0 ? regressed_backcast(data)
                   : crucible__egarch_backcast(data->returns, data->n, scale,
                                               centre, data->variance));
  const double level = log(data->variance);
  data->low = fmin(level, data->backcast) - CRUCIBLE__EGARCH_REACH;
  data->high = fmax(level, data->backcast) + CRUCIBLE__EGARCH_REACH;
  return 1;
}
