/* SPDX-License-Identifier: Apache-2.0 */
#include "volatility/egarch_start.h"

#include <math.h>
#include <string.h>

enum {
  MU = CRUCIBLE__EGARCH_MU,
  OMEGA = CRUCIBLE__EGARCH_OMEGA,
  ALPHA = CRUCIBLE__EGARCH_ALPHA,
  K = CRUCIBLE__EGARCH_K,
  LANES = CRUCIBLE__EGARCH_LANES,
  BETAS = CRUCIBLE__EGARCH_GRID,
  GRID_RETURNS = 1000 /* enough to tell good starts from bad ones */
};

double crucible__egarch_start_nu(const crucible__egarch_data *data) {
  double m4 = 0;
  if (data->form.law == CRUCIBLE_LAW_GED)
    return 1.5;
  for (size_t i = 0; i < data->n; ++i) {
    const double e = data->returns[i] * data->scale - data->mean;
    m4 += e * e * (e * e);
  }
  const double v = data->form.ar > 0 ? data->moments.cov[0][0] : data->variance;
  const double k = m4 / (double)data->n / (v * v);
  return fmin(fmax(k > 3.75 ? (4 * k - 6) / (k - 3) : 12, 4), 300);
}

void crucible__egarch_grid(const crucible__egarch_problem *problem,
                           double starts[BETAS][K]) {
  static const double alphas[LANES] = {0.01, 0.05, 0.1, 0.2};
  static const double gammas[] = {-0.1, 0, 0.1};
  static const double betas[BETAS] = {0.5, 0.7, 0.9, 0.98};
  const crucible__egarch_form *form = &problem->data->form;
  crucible__egarch_data few = *problem->data;
  double best[BETAS], theta[K] = {0};
  few.n = few.n < GRID_RETURNS ? few.n : GRID_RETURNS;
  if (form->mean != CRUCIBLE_MEAN_ZERO)
    theta[MU] = few.constant;
  for (int l = 0; l < form->ar; ++l)
    theta[form->phi + l] = few.phi[l];
  if (crucible__egarch_shapes(form->law) > 0)
    theta[form->nu] = crucible__egarch_start_nu(problem->data);
  const crucible__egarch_law law =
      crucible__egarch_law_at(form->law, form->kappa, theta[form->nu], 0);
  for (int b = 0; b < BETAS; ++b) {
    const double beta = form->q > 0 ? betas[b] : 0;
    double row[K] = {0};
    best[b] = -HUGE_VAL;
    theta[OMEGA] = (1 - beta) * log(few.variance);
    if (form->q > 0)
      theta[form->beta] = beta;
    for (int g = 0; g < 3; ++g) {
      double at[LANES][K], loglik[LANES];
      if (form->o > 0)
        theta[form->gamma] = gammas[g];
      for (int i = 0; i < LANES; ++i) {
        if (form->p > 0)
          theta[ALPHA] = alphas[i];
        memcpy(at[i], theta, sizeof at[i]);
      }
      crucible__egarch_logliks(&few, &law, at, loglik);
      for (int i = 0; i < LANES; ++i)
        if (loglik[i] > best[b] || g + i == 0) {
          best[b] = loglik[i];
          memcpy(row, at[i], sizeof row);
        }
    }
    int at = b; /* into its place by insertion */
    for (; at > 0 && best[at - 1] < best[b]; --at)
      memcpy(starts[at], starts[at - 1], sizeof row);
    memcpy(starts[at], row, sizeof row);
    const double kept = best[b];
    for (int i = b; i > at; --i)
      best[i] = best[i - 1];
    best[at] = kept;
  }
  for (int b = 0; b < BETAS; ++b) {
    memcpy(theta, starts[b], sizeof theta);
    crucible__egarch_summed(form, theta, starts[b]);
  }
}

/* The parameters of base in the places of form; lags beyond the first are 0. */
static void embed(const crucible__egarch_form *base, const double *theta,
                  const crucible__egarch_form *form, double *out) {
  memset(out, 0, K * sizeof *out);
  out[MU] = theta[MU];
  out[OMEGA] = theta[OMEGA];
  if (form->p > 0)
    out[ALPHA] = theta[ALPHA];
  if (form->o > 0)
    out[form->gamma] = theta[base->gamma];
  if (form->q > 0)
    out[form->beta] = theta[base->beta];
  for (int i = 0; i < crucible__egarch_shapes(form->law); ++i)
    out[form->nu + i] = theta[base->nu + i];
  for (int i = 0; i < form->ar; ++i)
    out[form->phi + i] = theta[base->phi + i];
}

/* The first of n news weights, spread over its lags: first, then last, then
   even shares between. */
static void share(double *weight, int n, double first, double last) {
  const double whole = weight[0];
  if (n < 2)
    return;
  for (int i = 1; i + 1 < n; ++i)
    weight[i] = whole * (1 - first - last) / (n - 2);
  weight[0] = whole * (n > 2 ? first : 1 - last);
  weight[n - 1] = whole * last;
}

static void share_news(const crucible__egarch_form *form, double *out,
                       double first, double last) {
  share(out + ALPHA, form->p, first, last);
  share(out + form->gamma, form->o, first, last);
}

/* As much news of every lag as of the first. */
static void share_whole(const crucible__egarch_form *form, double *out) {
  for (int i = 1; i < form->p; ++i)
    out[ALPHA + i] = out[ALPHA];
  for (int i = 1; i < form->o; ++i)
    out[form->gamma + i] = out[form->gamma];
}

/* The sum of beta, with the same level of ln s2, in even shares. */
static void remember(const crucible__egarch_form *form, double *out,
                     double sum) {
  if (form->q < 1)
    return;
  out[OMEGA] *= (1 - sum) / fmax(1 - out[form->beta], 1e-3);
  out[form->beta] = sum; /* the first is the sum */
  for (int i = 1; i < form->q; ++i)
    out[form->beta + i] = sum / form->q;
}

int crucible__egarch_relatives(const crucible__egarch_form *base,
                               const double *theta,
                               const crucible__egarch_form *form,
                               double starts[CRUCIBLE__EGARCH_RELATIVES][K]) {
  static const double factors[] = {-0.9, -0.5, 0.5, 0.9};
  static const double shares[][2] = {{0, 1}, {1.8, -0.8}, {-0.8, 1.8}};
  const double third = 1.0 / 3;
  int n = 0;
  embed(base, theta, form, starts[n++]);
  for (int i = 0; i < 4 && form->q > 1; ++i, ++n) {
    const double by = factors[i];
    double *out = starts[n];
    embed(base, theta, form, out);
    const double b = out[form->beta];
    out[form->beta] = b + by - b * by; /* the sum of both */
    out[form->beta + 1] = -b * by;
    if (form->p > 1)
      out[ALPHA + 1] = -by * out[ALPHA];
    if (form->o > 1)
      out[form->gamma + 1] = -by * out[form->gamma];
    out[OMEGA] *= 1 - by;
  }
  const double memory = form->q > 0 ? theta[base->beta] : 0;
  for (int i = 0; i < 3; ++i) { /* memory: as it is, shorter, short */
    embed(base, theta, form, starts[n]);
    share(starts[n] + ALPHA, form->p, third, form->p > 2 ? third : 0.5);
    share(starts[n] + form->gamma, form->o, third, form->o > 2 ? third : 0.5);
    remember(form, starts[n++],
             i == 0   ? memory
             : i == 1 ? fmin(memory, 0.8)
                      : 0.3);
  }
  for (int i = 0; i < 3; ++i) {
    embed(base, theta, form, starts[n]);
    share_news(form, starts[n++], shares[i][0], shares[i][1]);
  }
  for (int sign = -1; sign <= 1; sign += 2) { /* news that are taken back */
    embed(base, theta, form, starts[n]);
    remember(form, starts[n], 0.95);
    for (int i = 0; i < form->p && form->p > 1; ++i)
      starts[n][ALPHA + i] = i == 0             ? 0.1 * sign
                             : i == form->p - 1 ? -0.1 * sign
                                                : 0;
    for (int i = 0; i < form->o && form->o > 1 && form->p < 2; ++i)
      starts[n][form->gamma + i] = i == 0             ? 0.1 * sign
                                   : i == form->o - 1 ? -0.1 * sign
                                                      : 0;
    ++n;
  }
  for (int i = 0; i < 3 && form->q > 1; ++i, ++n) { /* at the last lag: */
    double *out = starts[n], *beta = out + form->beta;
    embed(base, theta, form, out);
    if (i == 0) { /* all memory */
      beta[form->q - 1] = beta[0];
    } else if (i == 1) { /* a shorter one, with the whole news of each lag */
      share_whole(form, out);
      remember(form, out, 0.8);
      memset(beta + 1, 0, (size_t)(form->q - 1) * sizeof *beta);
      beta[form->q - 1] = beta[0];
    } else { /* half of it, and the news */
      share_news(form, out, 0, 1);
      for (int j = 1; j < form->q; ++j)
        beta[j] = 0;
      beta[form->q - 1] = beta[0] / 2;
    }
  }
  return n;
}
