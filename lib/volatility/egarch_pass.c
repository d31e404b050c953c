/* SPDX-License-Identifier: Apache-2.0 */
#include "volatility/egarch_pass.h"

#include <math.h>
#include <string.h>

#include <crucible/volatility.h>

enum {
  MU = CRUCIBLE__EGARCH_MU,
  OMEGA = CRUCIBLE__EGARCH_OMEGA,
  ALPHA = CRUCIBLE__EGARCH_ALPHA,
  GAMMA = CRUCIBLE__EGARCH_GAMMA,
  BETA = CRUCIBLE__EGARCH_BETA,
  NU = CRUCIBLE__EGARCH_NU,
  K = CRUCIBLE__EGARCH_K
};

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

int crucible__egarch_data_init(crucible__egarch_data *data,
                               const double *returns, size_t n, double scale,
                               int32_t presample) {
  double sum = 0, rest = 0, squares = 0;
  for (size_t i = 0; i < n; ++i)
    sum += returns[i] * scale;
  const double rough = sum / (double)n;
  for (size_t i = 0; i < n; ++i)
    rest += returns[i] * scale - rough;
  const double mean = rough + rest / (double)n;
  for (size_t i = 0; i < n; ++i) {
    const double e = returns[i] * scale - mean;
    squares += e * e;
  }
  const double variance = squares / (double)n;
  if (!(variance > CRUCIBLE__EGARCH_VARIANCE_MIN &&
        variance < CRUCIBLE__EGARCH_VARIANCE_MAX))
    return 0;
  const double backcast =
      log(crucible__egarch_backcast(returns, n, scale, mean, variance));
  const double level = log(variance);
  *data = (crucible__egarch_data){
      .returns = returns,
      .n = n,
      .scale = scale,
      .mean = mean,
      .variance = variance,
      .backcast = backcast,
      .low = fmin(level, backcast) - CRUCIBLE__EGARCH_REACH,
      .high = fmax(level, backcast) + CRUCIBLE__EGARCH_REACH,
      .presample = presample};
  return 1;
}

/* ln s2 with its first and second derivatives; e is the lower triangle. */
typedef struct jet {
  double h;
  double shrink; /* product of |dh'/dh| */
  double d[K];
  double e[K][K];
} jet;

static inline int keep_inside(const crucible__egarch_data *data, double *h) {
  if (*h >= data->low && *h <= data->high)
    return 1;
  *h = *h > data->high ? data->high : data->low; /* a NaN goes low */
  return 0;
}

/*
 * One step of the recursion and of its derivatives up to order, by
 *   dz = -z/2 dh - [mu] / s,   h' = omega + alpha(|z| - kappa) + gamma z
 *                                   + beta h.
 * |z| has no derivative at 0; the right-hand one stands in. Returns dh'/dh.
 */
static inline __attribute__((always_inline)) double
advance(jet *at, const crucible__egarch_data *data,
        const crucible__egarch_law *law, const double *theta, double z,
        double inverse, int order, int k) {
  const double sign = z < 0 ? -1.0 : 1.0;
  const double news = theta[ALPHA] * sign + theta[GAMMA];
  const double decay = theta[BETA] - 0.5 * z * news;
  double dz[K], d[K];
  at->shrink *= fabs(decay);
  double h = crucible__egarch_next(theta, law->kappa[0], z, at->h);
  if (!keep_inside(data, &h)) {
    *at = (jet){.h = h, .shrink = at->shrink};
    return 0;
  }
  if (order >= 1) {
    for (int i = 0; i < k; ++i)
      d[i] = decay * at->d[i];
    d[MU] -= news * inverse;
    d[OMEGA] += 1;
    d[ALPHA] += sign * z - law->kappa[0];
    d[GAMMA] += z;
    d[BETA] += at->h;
    if (k > NU)
      d[NU] -= theta[ALPHA] * law->kappa[1];
  }
  if (order >= 2) {
    for (int i = 0; i < k; ++i)
      dz[i] = -0.5 * z * at->d[i];
    dz[MU] -= inverse;
    for (int i = 0; i < k; ++i)
      for (int j = 0; j <= i; ++j)
        at->e[i][j] =
            decay * at->e[i][j] + 0.25 * news * z * (at->d[i] * at->d[j]);
    for (int i = 0; i < k; ++i) { /* each row and column meets (i, i) twice */
      at->e[i][MU] += 0.5 * news * inverse * at->d[i];
      at->e[i > ALPHA ? i : ALPHA][i > ALPHA ? ALPHA : i] += sign * dz[i];
      at->e[i > GAMMA ? i : GAMMA][i > GAMMA ? GAMMA : i] += dz[i];
      at->e[i > BETA ? i : BETA][i > BETA ? BETA : i] += at->d[i];
    }
    at->e[MU][MU] += 0.5 * news * inverse * at->d[MU];
    at->e[ALPHA][ALPHA] += sign * dz[ALPHA];
    at->e[GAMMA][GAMMA] += dz[GAMMA];
    at->e[BETA][BETA] += at->d[BETA];
    if (k > NU) {
      at->e[NU][ALPHA] -= law->kappa[1];
      at->e[NU][NU] -= theta[ALPHA] * law->kappa[2];
    }
  }
  at->h = h;
  if (order >= 1)
    memcpy(at->d, d, (size_t)k * sizeof *d);
  return decay;
}

/* ln s2 of the first return, by the chosen convention. */
static jet start_of(const crucible__egarch_data *data,
                    const crucible__egarch_law *law, const double *theta,
                    int order, int k) {
  jet at = {.h = data->backcast, .shrink = 1};
  if (data->presample == CRUCIBLE_PRESAMPLE_ARCH) { /* without news terms */
    at.h = theta[OMEGA] + theta[BETA] * data->backcast;
    at.d[OMEGA] = 1;
    at.d[BETA] = data->backcast;
    if (!keep_inside(data, &at.h))
      at = (jet){.h = at.h, .shrink = 1};
    return at;
  }
  /* ln of the mean square at mu: v = variance + shift^2 */
  const double shift = data->mean - theta[MU];
  const double v = data->variance + shift * shift;
  const double slope = -2 * shift / v;
  at.h = log(v);
  at.d[MU] = slope;
  at.e[MU][MU] = 2 / v - slope * slope;
  if (!keep_inside(data, &at.h))
    at = (jet){.h = at.h, .shrink = 1};
  if (data->presample == CRUCIBLE_PRESAMPLE_RUGARCH)
    return at;
  /* One step from a residual that is the mean one, shift / sqrt(v), or 0
     whatever the parameters are: then dz/dmu is 0, not -1/s. */
  const int mean = data->presample == CRUCIBLE_PRESAMPLE_FCP_MEAN;
  const double inverse = mean ? exp(-0.5 * at.h) : 0;
  (void)advance(&at, data, law, theta, shift * inverse, inverse, order, k);
  return at;
}

/* What a pass computes beside the likelihood. */
enum { LOGLIK, SCORE, HESSIAN, CLOSING };

/* Sums of a pass; matrices as lower triangles. */
typedef struct sums {
  double loglik;
  double score[K];
  double matrix[K][K]; /* Hessian, or outer products when closing */
  double last, next;
} sums;

/* The density at z: what the score and the Hessian need of it. */
typedef struct density {
  double f;  /* d ln f / dz */
  double ff; /* its derivative by z */
  double fn; /* its derivative by nu */
  double n;  /* d ln f / dnu less the constant's, without the logarithm */
  double nn; /* second derivative by nu, less the constant's */
} density;

static inline __attribute__((always_inline)) density
density_at(const crucible__egarch_law *law, double z, int is_t, double below) {
  if (!is_t)
    return (density){.f = -z, .ff = -1};
  const double b = law->nu + 1, zz = z * z;
  const double u = 1 / (law->nu - 2 + zz);
  return (density){.f = -b * z * u,
                   .ff = -b * u * (1 - 2 * zz * u),
                   .fn = z * u * (b * u - 1),
                   .n = -0.5 * b * (u - below),
                   .nn = below - u + 0.5 * b * (u * u - below * below)};
}

/* With dz = -z/2 dh - [mu] / s written out, so that each product of first
   derivatives is formed once. */
static inline __attribute__((always_inline)) void
add_hessian(sums *out, const jet *at, const density *q, double constant_nn,
            double z, double inverse, int is_t, int k) {
  const double weight = -0.5 - 0.5 * z * q->f;
  const double both = 0.25 * z * (q->f + q->ff * z);
  const double mu = 0.5 * inverse * (q->f + q->ff * z);
  for (int i = 0; i < k; ++i)
    for (int j = 0; j <= i; ++j)
      out->matrix[i][j] += weight * at->e[i][j] + both * (at->d[i] * at->d[j]);
  for (int i = 0; i < k; ++i)
    out->matrix[i][MU] += mu * at->d[i];
  out->matrix[MU][MU] += mu * at->d[MU] + q->ff * inverse * inverse;
  if (is_t) {
    const double nu = -0.5 * z * q->fn;
    for (int i = 0; i < k; ++i)
      out->matrix[NU][i] += nu * at->d[i];
    out->matrix[NU][MU] -= q->fn * inverse;
    out->matrix[NU][NU] += nu * at->d[NU] + constant_nn + q->nn;
  }
}

static inline __attribute__((always_inline)) void
add_outer(sums *out, const jet *at, const density *q, double constant_n,
          double z, double inverse, double log_ratio, int is_t, int k) {
  const double weight = -0.5 - 0.5 * z * q->f;
  double s[K] = {0};
  for (int i = 0; i < k; ++i)
    s[i] = weight * at->d[i];
  /* NOLINTBEGIN(clang-analyzer-core.uninitialized.Assign): k > MU, NU */
  s[MU] -= q->f * inverse;
  if (is_t)
    s[NU] += constant_n + q->n - 0.5 * log_ratio;
  /* NOLINTEND(clang-analyzer-core.uninitialized.Assign) */
  for (int i = 0; i < k; ++i)
    for (int j = 0; j <= i; ++j)
      out->matrix[i][j] += s[i] * s[j];
}

/*
 * The pass. The logarithms of the t density are taken of products of a few
 * hundred factors: one logarithm per return would double the time.
 */
static inline __attribute__((always_inline)) void
run(const crucible__egarch_data *data, const crucible__egarch_law *law,
    const double *theta, sums *out, double *variance,
    const crucible__egarch_links *links, int is_t, int what) {
  const int k = is_t ? K : NU, order = what == CLOSING ? SCORE : what;
  const double below = is_t ? 1 / (law->nu - 2) : 0;
  double log_sum = 0, product = 1, sum_h = 0, sum_zz = 0, log_shrink = 0;
  jet at = start_of(data, law, theta, order, k);
  for (size_t t = 0; t < data->n; ++t) {
    const double inverse = exp(-0.5 * at.h);
    const double z = (data->returns[t] * data->scale - theta[MU]) * inverse;
    const density q = density_at(law, z, is_t, below);
    const double weight = -0.5 - 0.5 * z * q.f, ratio = z * z * below;
    out->last = at.h;
    if (what == LOGLIK && variance != NULL)
      variance[t] = exp(at.h);
    sum_h += at.h;
    if (is_t) {
      product *= 1 + ratio;
      if (product > 1e100) {
        log_sum += log(product);
        product = 1;
      }
    } else {
      sum_zz += z * z;
    }
    if (what != LOGLIK) {
      for (int i = 0; i < k; ++i)
        out->score[i] += weight * at.d[i];
      out->score[MU] -= q.f * inverse;
      if (is_t)
        out->score[NU] += q.n;
    }
    if (what == HESSIAN)
      add_hessian(out, &at, &q, law->constant[2], z, inverse, is_t, k);
    if (what == CLOSING)
      add_outer(out, &at, &q, law->constant[1], z, inverse,
                is_t ? log1p(ratio) : 0, is_t, k);
    const double slope = advance(&at, data, law, theta, z, inverse, order, k);
    if (what == CLOSING) {
      links->weight[t] = weight;
      links->decay[t] = slope;
      links->inverse[t] = inverse;
    }
    if (!(at.shrink > 1e-100 && at.shrink < 1e100)) {
      log_shrink += log(at.shrink);
      at.shrink = 1;
    }
  }
  const double n = (double)data->n;
  out->next = at.h;
  if (is_t) {
    log_sum += log(product);
    out->loglik =
        n * law->constant[0] - 0.5 * sum_h - 0.5 * (law->nu + 1) * log_sum;
    out->score[NU] += n * law->constant[1] - 0.5 * log_sum;
  } else {
    out->loglik = n * law->constant[0] - 0.5 * sum_h - 0.5 * sum_zz;
  }
  if (data->wall && !(log_shrink + log(at.shrink) < 0))
    out->loglik = -HUGE_VAL;
}

/* The pass for either law, each compiled on its own. */
static inline __attribute__((always_inline)) sums
pass(const crucible__egarch_data *data, const crucible__egarch_law *law,
     const double *theta, double *variance, const crucible__egarch_links *links,
     int what) {
  sums out = {.loglik = 0};
  if (law->law == CRUCIBLE_LAW_STUDENT_T)
    run(data, law, theta, &out, variance, links, 1, what);
  else
    run(data, law, theta, &out, variance, links, 0, what);
  return out;
}

static void unfold(const sums *from, double *matrix) {
  for (int i = 0; i < K; ++i)
    for (int j = 0; j < K; ++j)
      matrix[i * K + j] = from->matrix[i > j ? i : j][i > j ? j : i];
}

double crucible__egarch_loglik(const crucible__egarch_data *data,
                               const crucible__egarch_law *law,
                               const double *theta, double *variance) {
  return pass(data, law, theta, variance, NULL, LOGLIK).loglik;
}

void crucible__egarch_logliks(
    const crucible__egarch_data *data, const crucible__egarch_law *law,
    double theta[CRUCIBLE__EGARCH_LANES][CRUCIBLE__EGARCH_K],
    double loglik[CRUCIBLE__EGARCH_LANES]) {
  enum { LANES = CRUCIBLE__EGARCH_LANES };
  const int is_t = law->law == CRUCIBLE_LAW_STUDENT_T;
  const double below = is_t ? 1 / (law->nu - 2) : 0, n = (double)data->n;
  double h[LANES], product[LANES], sum_h[LANES] = {0}, sum[LANES] = {0};
  for (int i = 0; i < LANES; ++i) {
    h[i] = start_of(data, law, theta[i], LOGLIK, is_t ? K : NU).h;
    product[i] = 1;
  }
  for (size_t t = 0; t < data->n; ++t) {
    double inverse[LANES];
    for (int i = 0; i < LANES; ++i)
      inverse[i] = exp(-0.5 * h[i]);
    for (int i = 0; i < LANES; ++i) {
      const double z =
          (data->returns[t] * data->scale - theta[i][MU]) * inverse[i];
      sum_h[i] += h[i];
      product[i] *= 1 + z * z * below;
      sum[i] += is_t ? 0 : z * z;
      if (product[i] > 1e100) {
        sum[i] += log(product[i]);
        product[i] = 1;
      }
      h[i] = crucible__egarch_next(theta[i], law->kappa[0], z, h[i]);
      (void)keep_inside(data, &h[i]);
    }
  }
  for (int i = 0; i < LANES; ++i)
    loglik[i] =
        n * law->constant[0] - 0.5 * sum_h[i] -
        0.5 * (is_t ? (law->nu + 1) * (sum[i] + log(product[i])) : sum[i]);
}

double crucible__egarch_score(const crucible__egarch_data *data,
                              const crucible__egarch_law *law,
                              const double *theta, double *score) {
  const sums out = pass(data, law, theta, NULL, NULL, SCORE);
  memcpy(score, out.score, sizeof out.score);
  return out.loglik;
}

double crucible__egarch_hessian(const crucible__egarch_data *data,
                                const crucible__egarch_law *law,
                                const double *theta, double *score,
                                double *hessian) {
  const sums out = pass(data, law, theta, NULL, NULL, HESSIAN);
  memcpy(score, out.score, sizeof out.score);
  unfold(&out, hessian);
  return out.loglik;
}

double crucible__egarch_close(const crucible__egarch_data *data,
                              const crucible__egarch_law *law,
                              const double *theta,
                              const crucible__egarch_links *links,
                              crucible__egarch_closing *closing) {
  const sums out = pass(data, law, theta, NULL, links, CLOSING);
  memcpy(closing->score, out.score, sizeof out.score);
  unfold(&out, closing->outer);
  closing->last = out.last;
  closing->next = out.next;
  return out.loglik;
}
