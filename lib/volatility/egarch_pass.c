/* SPDX-License-Identifier: Apache-2.0 */
#include "volatility/egarch_pass.h"

#include <math.h>
#include <string.h>

enum {
  MU = CRUCIBLE__EGARCH_MU,
  OMEGA = CRUCIBLE__EGARCH_OMEGA,
  ALPHA = CRUCIBLE__EGARCH_ALPHA,
  LAGS = CRUCIBLE__EGARCH_LAGS,
  AR = CRUCIBLE__EGARCH_AR,
  K = CRUCIBLE__EGARCH_K
};

#define INLINE static inline __attribute__((always_inline))

/* A return that the recursion still needs: ln s2 with its first and second
   derivatives (e: the lower triangle), and its news. */
typedef struct lag {
  double h;
  double z;       /* held at the cap */
  double sign;    /* of z; 0 before the first return of arch's convention */
  double inverse; /* 1 / s, 0 if held: -dz/dmu */
  double zs;      /* z, 0 if held: -2 dz/dh */
  double live;    /* 1, or 0 where there are no news */
  double chaos;   /* derivative by an earlier ln s2 */
  double x[AR];   /* what phi multiplies */
  double d[K];
  double e[K][K];
} lag;

/* Orders as numbers that the compiler knows where they are (1, 1, 1). */
typedef struct orders {
  int p, o, q, m, ar;
  int32_t law;
} orders;

INLINE int shapes_of(const orders *f) {
  return crucible__egarch_shapes(f->law);
}
INLINE int nu_at(const orders *f) { return ALPHA + f->p + f->o + f->q; }
INLINE int phi_at(const orders *f) { return nu_at(f) + shapes_of(f); }
INLINE int k_of(const orders *f) { return phi_at(f) + f->ar; }

/* matrix + w (u v' + v u') with u = 1 at row p, lower triangle */
INLINE void add_row(double matrix[K][K], int p, int k, double w,
                    const double *v) {
  for (int i = 0; i < p; ++i)
    matrix[p][i] += w * v[i];
  for (int i = p; i < k; ++i)
    matrix[i][p] += w * v[i];
  matrix[p][p] += w * v[p];
}

INLINE int keep_inside(const crucible__egarch_data *data, double *h) {
  if (*h >= data->low && *h <= data->high)
    return 1;
  *h = *h > data->high ? data->high : data->low; /* a NaN goes low */
  return 0;
}

INLINE double next_h(const orders *f, lag *const *at, const double *theta,
                     double kappa) {
  double h = theta[OMEGA];
  for (int i = 0; i < f->p; ++i)
    h += theta[ALPHA + i] * (at[i]->live * (fabs(at[i]->z) - kappa));
  for (int i = 0; i < f->o; ++i)
    h += theta[ALPHA + f->p + i] * at[i]->z;
  for (int i = 0; i < f->q; ++i)
    h += theta[ALPHA + f->p + f->o + i] * at[i]->h;
  return h;
}

/* What lag i adds to the second derivatives. */
INLINE void bend(const orders *f, double e[K][K], const lag *at,
                 const double *theta, const crucible__egarch_law *law,
                 double news, int i) {
  const int k = k_of(f), nu = nu_at(f), phi = phi_at(f);
  double dz[K] = {0};
  for (int j = 0; j < k; ++j)
    dz[j] = -0.5 * at->zs * at->d[j];
  dz[MU] -= at->inverse;
  for (int l = 0; l < f->ar; ++l)
    dz[phi + l] -= at->inverse * at->x[l];
  const double mean = 0.5 * news * at->inverse;
  add_row(e, MU, k, mean, at->d);
  for (int l = 0; l < f->ar; ++l)
    add_row(e, phi + l, k, mean * at->x[l], at->d);
  if (i < f->p) {
    add_row(e, ALPHA + i, k, at->sign, dz);
    for (int s = 0; s < shapes_of(f); ++s)
      e[nu + s][ALPHA + i] -= at->live * law->kappa.d[s];
    for (int s = 0; s < shapes_of(f); ++s)
      for (int r = 0; r <= s; ++r)
        e[nu + s][nu + r] -= theta[ALPHA + i] * at->live * law->kappa.e[s + r];
  }
  if (i < f->o)
    add_row(e, ALPHA + f->p + i, k, at->live, dz);
  if (i < f->q)
    add_row(e, ALPHA + f->p + f->o + i, k, 1, at->d);
}

/*
 * One step of the recursion and of its derivatives up to order, by
 *   dz = -z/2 dh - x / s, x = 1 for mu and the earlier returns for phi,
 *   h' = omega + sum alpha(|z| - kappa) + sum gamma z + sum beta h.
 * |z| has no derivative at 0; the right-hand one stands in. at[i]: the return
 * i before the last; the new values replace those of the oldest one. decay[i]:
 * dh'/dh of each.
 */
INLINE void advance(const orders *f, lag *const *at,
                    const crucible__egarch_data *data,
                    const crucible__egarch_law *law, const double *theta,
                    int order, double *decay) {
  const int k = k_of(f), m = f->m, nu = nu_at(f), phi = phi_at(f);
  lag *out = at[m - 1];
  double news[LAGS], d[K], chaos = 0;
  double h = next_h(f, at, theta, law->kappa.v);
  for (int i = 0; i < m; ++i) {
    news[i] = (i < f->p ? theta[ALPHA + i] * at[i]->sign : 0) +
              (i < f->o ? theta[ALPHA + f->p + i] * at[i]->live : 0);
    decay[i] = (i < f->q ? theta[ALPHA + f->p + f->o + i] : 0) -
               0.5 * at[i]->zs * news[i];
    chaos += decay[i] * at[i]->chaos;
  }
  if (!keep_inside(data, &h)) {
    *out = (lag){.h = h, .chaos = chaos};
    for (int i = 0; i < m; ++i)
      decay[i] = 0;
    return;
  }
  if (order >= 1) {
    for (int j = 0; j < k; ++j)
      d[j] = decay[m - 1] * out->d[j];
    for (int i = 0; i < m - 1; ++i)
      for (int j = 0; j < k; ++j)
        d[j] += decay[i] * at[i]->d[j];
    for (int i = 0; i < m; ++i) {
      d[MU] -= news[i] * at[i]->inverse;
      for (int l = 0; l < f->ar; ++l)
        d[phi + l] -= news[i] * at[i]->inverse * at[i]->x[l];
    }
    d[OMEGA] += 1;
    for (int i = 0; i < f->p; ++i)
      d[ALPHA + i] += at[i]->live * (fabs(at[i]->z) - law->kappa.v);
    for (int i = 0; i < f->o; ++i)
      d[ALPHA + f->p + i] += at[i]->z;
    for (int i = 0; i < f->q; ++i)
      d[ALPHA + f->p + f->o + i] += at[i]->h;
    for (int s = 0; s < shapes_of(f); ++s)
      for (int i = 0; i < f->p; ++i)
        d[nu + s] -= theta[ALPHA + i] * at[i]->live * law->kappa.d[s];
  }
  if (order >= 2) {
    const double own = 0.25 * news[m - 1] * out->zs;
    for (int a = 0; a < k; ++a)
      for (int b = 0; b <= a; ++b)
        out->e[a][b] =
            decay[m - 1] * out->e[a][b] + own * (out->d[a] * out->d[b]);
    bend(f, out->e, out, theta, law, news[m - 1], m - 1);
    for (int i = 0; i < m - 1; ++i) {
      const double w = 0.25 * news[i] * at[i]->zs;
      for (int a = 0; a < k; ++a)
        for (int b = 0; b <= a; ++b)
          out->e[a][b] +=
              decay[i] * at[i]->e[a][b] + w * (at[i]->d[a] * at[i]->d[b]);
      bend(f, out->e, at[i], theta, law, news[i], i);
    }
  }
  out->h = h;
  out->chaos = chaos;
  if (order >= 1)
    memcpy(out->d, d, (size_t)k * sizeof *d);
}

/* The one that is new after a step comes first. */
INLINE void rotate(lag **at, int m) {
  lag *newest = at[m - 1];
  for (int i = m - 1; i > 0; --i)
    at[i] = at[i - 1];
  at[0] = newest;
}

/* ln of the mean square at mu and phi, a quadratic form of the moments. */
static lag mean_square(const orders *f, const crucible__egarch_data *data,
                       const double *theta) {
  const crucible__egarch_moments *m = &data->moments;
  const int phi = phi_at(f);
  lag at = {.live = 1};
  double shift = m->mean[0] - theta[MU], rest = m->cov[0][0], slope[AR + 1];
  for (int l = 1; l <= f->ar; ++l) {
    const double by = theta[phi + l - 1];
    shift -= by * m->mean[l];
    rest -= 2 * by * m->cov[0][l];
    for (int j = 1; j <= f->ar; ++j)
      rest += by * theta[phi + j - 1] * m->cov[l][j];
  }
  const double v = fmax(rest, 0) + shift * shift;
  slope[0] = at.d[MU] = -2 * shift / v;
  for (int l = 1; l <= f->ar; ++l) {
    double sum = -shift * m->mean[l] - m->cov[0][l];
    for (int j = 1; j <= f->ar; ++j)
      sum += theta[phi + j - 1] * m->cov[l][j];
    slope[l] = at.d[phi + l - 1] = 2 * sum / v;
    at.x[l - 1] = m->mean[l];
  }
  at.h = log(v);
  at.e[MU][MU] = 2 / v - slope[0] * slope[0];
  for (int l = 1; l <= f->ar; ++l) {
    at.e[phi + l - 1][MU] = 2 * m->mean[l] / v - slope[l] * slope[0];
    for (int j = 1; j <= l; ++j)
      at.e[phi + l - 1][phi + j - 1] =
          2 * (m->mean[l] * m->mean[j] + m->cov[l][j]) / v -
          slope[l] * slope[j];
  }
  if (!keep_inside(data, &at.h))
    at = (lag){.h = at.h};
  if (data->form.presample == CRUCIBLE_PRESAMPLE_FCP_MEAN) {
    at.inverse = exp(-0.5 * at.h);
    at.z = at.zs = shift * at.inverse;
  }
  if (data->form.presample != CRUCIBLE_PRESAMPLE_RUGARCH)
    at.live = 1;
  at.sign = at.z < 0 ? -1.0 : 1.0;
  return at;
}

/* The lags when the first return comes, by the chosen convention. */
static void start_of(const orders *f, lag **at,
                     const crucible__egarch_data *data,
                     const crucible__egarch_law *law, const double *theta,
                     int order) {
  double decay[LAGS];
  const int32_t presample = data->form.presample;
  lag before = {.h = data->backcast};
  if (presample != CRUCIBLE_PRESAMPLE_ARCH)
    before = mean_square(f, data, theta);
  for (int i = 0; i < f->m; ++i)
    *at[i] = before;
  if (presample != CRUCIBLE_PRESAMPLE_RUGARCH) {
    advance(f, at, data, law, theta, order, decay);
    rotate(at, f->m);
  }
  for (int i = 0; i < f->m; ++i)
    at[i]->chaos = i == 0;
}

/* What a pass computes beside the likelihood. */
enum { LOGLIK, SCORE, HESSIAN, CLOSING };

/* Sums of a pass; matrices as lower triangles. */
typedef struct sums {
  double loglik;
  double score[K];
  double matrix[K][K]; /* Hessian, or outer products when closing */
  double last, next, chaos;
} sums;

/* Room for what a pass returns by return; NULL where nobody asks. */
typedef struct columns {
  double *variance, *residual;
  const crucible__egarch_links *links;
} columns;

/* With dz = -z/2 dh - x / s written out, so that each product of first
   derivatives is formed once. */
INLINE void add_hessian(const orders *f, sums *out, const lag *at,
                        const crucible__egarch_density *q, double z,
                        double inverse) {
  const int k = k_of(f), nu = nu_at(f), phi = phi_at(f);
  const double weight = -0.5 - 0.5 * z * q->f;
  const double both = 0.25 * z * (q->f + q->ff * z);
  const double mean = 0.5 * inverse * (q->f + q->ff * z);
  const double square = q->mm * inverse * inverse;
  for (int i = 0; i < k; ++i)
    for (int j = 0; j <= i; ++j)
      out->matrix[i][j] += weight * at->e[i][j] + both * (at->d[i] * at->d[j]);
  add_row(out->matrix, MU, k, mean, at->d);
  out->matrix[MU][MU] += square;
  for (int l = 0; l < f->ar; ++l) {
    add_row(out->matrix, phi + l, k, mean * at->x[l], at->d);
    out->matrix[phi + l][MU] += square * at->x[l];
    for (int j = 0; j <= l; ++j)
      out->matrix[phi + l][phi + j] += square * at->x[l] * at->x[j];
  }
  for (int s = 0; s < shapes_of(f); ++s) {
    add_row(out->matrix, nu + s, k, -0.5 * z * q->fs[s], at->d);
    out->matrix[nu + s][MU] -= q->fs[s] * inverse;
    for (int l = 0; l < f->ar; ++l)
      out->matrix[phi + l][nu + s] -= q->fs[s] * inverse * at->x[l];
    for (int r = 0; r <= s; ++r)
      out->matrix[nu + s][nu + r] += q->ss[s + r];
  }
}

INLINE void add_outer(const orders *f, sums *out, const lag *at,
                      const crucible__egarch_density *q,
                      const crucible__egarch_law *law, double z, double inverse,
                      double log_ratio) {
  const int k = k_of(f), nu = nu_at(f), phi = phi_at(f);
  const double weight = -0.5 - 0.5 * z * q->f;
  double s[K];
  for (int i = 0; i < k; ++i)
    s[i] = weight * at->d[i];
  s[MU] -= q->f * inverse;
  for (int l = 0; l < f->ar; ++l)
    s[phi + l] -= q->f * inverse * at->x[l];
  for (int i = 0; i < shapes_of(f); ++i)
    s[nu + i] += law->constant.d[i] + q->s[i];
  if (shapes_of(f) > 0)
    s[nu] -= 0.5 * log_ratio;
  for (int i = 0; i < k; ++i)
    for (int j = 0; j <= i; ++j)
      out->matrix[i][j] += s[i] * s[j];
}

/* The tangent of the recursion, kept in range. */
INLINE void rescale_chaos(lag *const *at, int m, double *log_chaos) {
  double most = fabs(at[0]->chaos);
  for (int i = 1; i < m; ++i)
    most = fmax(most, fabs(at[i]->chaos));
  if (most > 1e-100 && most < 1e100)
    return;
  *log_chaos += log(most);
  for (int i = 0; i < m; ++i) /* 0 and infinity: a new direction */
    at[i]->chaos = most > 0 && most < HUGE_VAL ? at[i]->chaos / most : i == 0;
}

/* The residual's news, as the steps to come need them. */
INLINE void take(const orders *f, lag *at, const double *returns, double scale,
                 double z, double inverse, double cap) {
  at->z = at->zs = z;
  at->inverse = inverse;
  if (fabs(z) > cap) {
    at->z = crucible__egarch_held(z, cap);
    at->zs = at->inverse = 0;
  }
  at->sign = z < 0 ? -1.0 : 1.0;
  at->live = 1;
  for (int l = 0; l < f->ar; ++l)
    at->x[l] = *(returns - 1 - l) * scale;
}

INLINE double residual_of(const orders *f, const double *returns, double scale,
                          const double *theta) {
  double e = *returns * scale - theta[MU];
  for (int l = 0; l < f->ar; ++l)
    e -= theta[phi_at(f) + l] * (*(returns - 1 - l) * scale);
  return e;
}

/*
 * The pass. The logarithms of the t densities are taken of products of a few
 * hundred factors: one logarithm per return would double the time.
 */
INLINE void run(const orders *f, const crucible__egarch_data *data,
                const crucible__egarch_law *law, const double *theta, sums *out,
                const columns *to, int what) {
  const int k = k_of(f), order = what == CLOSING ? SCORE : what;
  const int nu = nu_at(f), phi = phi_at(f), m = f->m;
  const int is_t =
      f->law == CRUCIBLE_LAW_STUDENT_T || f->law == CRUCIBLE_LAW_SKEWED_T;
  const double cap = data->form.cap;
  double log_sum = 0, product = 1, sum_h = 0, sum = 0, log_chaos = 0;
  double decay[LAGS];
  lag slots[LAGS], *at[LAGS] = {slots, slots + 1, slots + 2};
  const size_t held =
      data->form.presample == CRUCIBLE_PRESAMPLE_RUGARCH ? (size_t)m : 1;
  start_of(f, at, data, law, theta, order);
  for (size_t t = 0; t < data->n; ++t) {
    const double *here = data->returns + t;
    lag *now = at[0];
    const double inverse = exp(-0.5 * now->h);
    const double z = residual_of(f, here, data->scale, theta) * inverse;
    const crucible__egarch_density q =
        crucible__egarch_density_at(law, f->law, z);
    const double weight = -0.5 - 0.5 * z * q.f;
    take(f, now, here, data->scale, z, inverse, cap);
    out->last = now->h;
    if (what == LOGLIK && to->variance != NULL)
      to->variance[t] = exp(now->h);
    if (what == LOGLIK && to->residual != NULL)
      to->residual[t] = z;
    sum_h += now->h;
    if (is_t) {
      product *= 1 + q.ratio;
      if (product > 1e100) {
        log_sum += log(product);
        product = 1;
      }
    } else {
      sum += q.ratio;
    }
    if (what != LOGLIK) {
      for (int i = 0; i < k; ++i)
        out->score[i] += weight * now->d[i];
      out->score[MU] -= q.f * inverse;
      for (int l = 0; l < f->ar; ++l)
        out->score[phi + l] -= q.f * inverse * now->x[l];
      for (int s = 0; s < shapes_of(f); ++s)
        out->score[nu + s] += q.s[s];
    }
    if (what == HESSIAN)
      add_hessian(f, out, now, &q, z, inverse);
    if (what == CLOSING)
      add_outer(f, out, now, &q, law, z, inverse, is_t ? log1p(q.ratio) : 0);
    if (what == CLOSING && to->links != NULL) {
      to->links->weight[t] = weight;
      to->links->inverse[t] = now->inverse;
    }
    if (m > 1 && t + 1 < held) { /* the mean square once more */
      *at[m - 1] = mean_square(f, data, theta);
      at[m - 1]->chaos = 0;
      for (int i = 0; i < m; ++i)
        decay[i] = 0;
    } else {
      advance(f, at, data, law, theta, order, decay);
    }
    rotate(at, m);
    if (what == CLOSING && to->links != NULL)
      for (int i = 0; i < m; ++i)
        to->links->decay[t * (size_t)m + (size_t)i] = decay[i];
    rescale_chaos(at, m, &log_chaos);
  }
  const double n = (double)data->n;
  double most = 0;
  for (int i = 0; i < m; ++i)
    most = fmax(most, fabs(at[i]->chaos));
  log_chaos += log(most);
  out->next = at[0]->h;
  out->chaos = log_chaos / n;
  for (int s = 0; s < shapes_of(f); ++s)
    out->score[nu + s] += n * law->constant.d[s];
  for (int s = 0; s < shapes_of(f) && what == HESSIAN; ++s)
    for (int r = 0; r <= s; ++r)
      out->matrix[nu + s][nu + r] += n * law->constant.e[s + r];
  if (is_t) {
    log_sum += log(product);
    out->loglik =
        n * law->constant.v - 0.5 * sum_h - 0.5 * (law->nu + 1) * log_sum;
    out->score[nu] -= 0.5 * log_sum;
  } else {
    out->loglik = n * law->constant.v - 0.5 * sum_h - 0.5 * sum;
  }
  if (data->wall && !(log_chaos < 0))
    out->loglik = -HUGE_VAL;
}

/* Orders are checked where they are read; here the compiler, and those who read
   with it, see what room they need. */
static int within(int n, int least, int most) {
  return n < least ? least : n > most ? most : n;
}

/* The pass, compiled on its own for (1, 1, 1) and each law. */
INLINE sums pass(const crucible__egarch_data *data,
                 const crucible__egarch_law *law, const double *theta,
                 const columns *to, int what) {
  const crucible__egarch_form *form = &data->form;
  sums out = {.loglik = 0};
  if (form->p == 1 && form->o == 1 && form->q == 1 && form->ar == 0) {
    const orders normal = {1, 1, 1, 1, 0, CRUCIBLE_LAW_NORMAL};
    const orders t = {1, 1, 1, 1, 0, CRUCIBLE_LAW_STUDENT_T};
    const orders skewed = {1, 1, 1, 1, 0, CRUCIBLE_LAW_SKEWED_T};
    const orders ged = {1, 1, 1, 1, 0, CRUCIBLE_LAW_GED};
    if (form->law == CRUCIBLE_LAW_NORMAL)
      run(&normal, data, law, theta, &out, to, what);
    else if (form->law == CRUCIBLE_LAW_STUDENT_T)
      run(&t, data, law, theta, &out, to, what);
    else if (form->law == CRUCIBLE_LAW_SKEWED_T)
      run(&skewed, data, law, theta, &out, to, what);
    else
      run(&ged, data, law, theta, &out, to, what);
    return out;
  }
  const orders any = {within(form->p, 0, LAGS), within(form->o, 0, LAGS),
                      within(form->q, 0, LAGS), within(form->m, 1, LAGS),
                      within(form->ar, 0, AR),  form->law};
  run(&any, data, law, theta, &out, to, what);
  return out;
}

static void unfold(const sums *from, double *matrix) {
  for (int i = 0; i < K; ++i)
    for (int j = 0; j < K; ++j)
      matrix[i * K + j] = from->matrix[i > j ? i : j][i > j ? j : i];
}

double crucible__egarch_loglik(const crucible__egarch_data *data,
                               const crucible__egarch_law *law,
                               const double *theta, double *variance,
                               double *residual) {
  const columns to = {.variance = variance, .residual = residual};
  return pass(data, law, theta, &to, LOGLIK).loglik;
}

/* With (1, 1, 1), a law that the compiler knows, and no derivatives. */
INLINE void run_lanes(const orders *f, const crucible__egarch_data *data,
                      const crucible__egarch_law *law,
                      double theta[CRUCIBLE__EGARCH_LANES][K],
                      double loglik[CRUCIBLE__EGARCH_LANES]) {
  enum { LANES = CRUCIBLE__EGARCH_LANES };
  const int is_t =
      f->law == CRUCIBLE_LAW_STUDENT_T || f->law == CRUCIBLE_LAW_SKEWED_T;
  const double n = (double)data->n, cap = data->form.cap;
  double h[LANES], product[LANES], sum_h[LANES] = {0}, sum[LANES] = {0};
  for (int i = 0; i < LANES; ++i) {
    lag slot, *at[1] = {&slot};
    start_of(f, at, data, law, theta[i], LOGLIK);
    h[i] = slot.h;
    product[i] = 1;
  }
  for (size_t t = 0; t < data->n; ++t) {
    double inverse[LANES];
    for (int i = 0; i < LANES; ++i)
      inverse[i] = exp(-0.5 * h[i]);
    for (int i = 0; i < LANES; ++i) {
      const double z =
          (data->returns[t] * data->scale - theta[i][MU]) * inverse[i];
      const double news = crucible__egarch_held(z, cap);
      const crucible__egarch_density q =
          crucible__egarch_density_at(law, f->law, z);
      sum_h[i] += h[i];
      product[i] *= is_t ? 1 + q.ratio : 1;
      sum[i] += is_t ? 0 : q.ratio;
      if (product[i] > 1e100) {
        sum[i] += log(product[i]);
        product[i] = 1;
      }
      h[i] = theta[i][OMEGA] + theta[i][ALPHA] * (fabs(news) - law->kappa.v) +
             theta[i][ALPHA + 1] * news + theta[i][ALPHA + 2] * h[i];
      (void)keep_inside(data, &h[i]);
    }
  }
  for (int i = 0; i < LANES; ++i)
    loglik[i] =
        n * law->constant.v - 0.5 * sum_h[i] -
        0.5 * (is_t ? (law->nu + 1) * (sum[i] + log(product[i])) : sum[i]);
}

void crucible__egarch_logliks(
    const crucible__egarch_data *data, const crucible__egarch_law *law,
    double theta[CRUCIBLE__EGARCH_LANES][CRUCIBLE__EGARCH_K],
    double loglik[CRUCIBLE__EGARCH_LANES]) {
  static const orders one[] = {{1, 1, 1, 1, 0, CRUCIBLE_LAW_NORMAL},
                               {1, 1, 1, 1, 0, CRUCIBLE_LAW_STUDENT_T}};
  const crucible__egarch_form *form = &data->form;
  const int simple =
      form->p == 1 && form->o == 1 && form->q == 1 && form->ar == 0;
  if (simple && form->law == CRUCIBLE_LAW_NORMAL) {
    run_lanes(&one[0], data, law, theta, loglik);
  } else if (simple && form->law == CRUCIBLE_LAW_STUDENT_T) {
    run_lanes(&one[1], data, law, theta, loglik);
  } else {
    crucible__egarch_data open = *data;
    open.wall = 0;
    for (int i = 0; i < CRUCIBLE__EGARCH_LANES; ++i)
      loglik[i] = crucible__egarch_loglik(&open, law, theta[i], NULL, NULL);
  }
}

double crucible__egarch_score(const crucible__egarch_data *data,
                              const crucible__egarch_law *law,
                              const double *theta, double *score) {
  const columns to = {.links = NULL};
  const sums out = pass(data, law, theta, &to, SCORE);
  memcpy(score, out.score, sizeof out.score);
  return out.loglik;
}

double crucible__egarch_hessian(const crucible__egarch_data *data,
                                const crucible__egarch_law *law,
                                const double *theta, double *score,
                                double *hessian) {
  const columns to = {.links = NULL};
  const sums out = pass(data, law, theta, &to, HESSIAN);
  memcpy(score, out.score, sizeof out.score);
  unfold(&out, hessian);
  return out.loglik;
}

double crucible__egarch_close(const crucible__egarch_data *data,
                              const crucible__egarch_law *law,
                              const double *theta,
                              const crucible__egarch_links *links,
                              crucible__egarch_closing *closing) {
  const columns to = {.links = links};
  const sums out = pass(data, law, theta, &to, CLOSING);
  memcpy(closing->score, out.score, sizeof out.score);
  unfold(&out, closing->outer);
  closing->last = out.last;
  closing->next = out.next;
  closing->chaos = out.chaos;
  return out.loglik;
}
