/* SPDX-License-Identifier: Apache-2.0 */
/* One pass of an EGARCH over the returns: likelihood and derivatives. */
#ifndef CRUCIBLE__EGARCH_PASS_H
#define CRUCIBLE__EGARCH_PASS_H

#include <stddef.h>
#include <stdint.h>

#include <crucible/volatility.h>

#include "volatility/egarch_law.h"

/*
 * Order of the parameters in every vector: mu, omega, alpha.., gamma.., beta..,
 * nu, lambda, phi.., as many of each as the model has.
 */
enum {
  CRUCIBLE__EGARCH_MU,
  CRUCIBLE__EGARCH_OMEGA,
  CRUCIBLE__EGARCH_ALPHA,
  CRUCIBLE__EGARCH_LAGS = CRUCIBLE_EGARCH_ORDER_MAX,
  CRUCIBLE__EGARCH_AR = CRUCIBLE_EGARCH_AR_MAX,
  CRUCIBLE__EGARCH_K = CRUCIBLE__EGARCH_ALPHA + 3 * CRUCIBLE__EGARCH_LAGS + 2 +
                       CRUCIBLE__EGARCH_AR
};

/* A model: what is fixed in a fit. */
typedef struct crucible__egarch_form {
  int32_t law, kappa, mean, presample;
  int p, o, q, ar;
  int m;      /* the longest of p, o, q; at least 1 */
  int k;      /* parameters */
  double cap; /* of |z| in the news; HUGE_VAL for none */
  /* where the first of each is */
  int gamma, beta, nu, lambda, phi;
} crucible__egarch_form;

/* The mean and what it is regressed on: y and its lags. */
typedef struct crucible__egarch_moments {
  double mean[1 + CRUCIBLE__EGARCH_AR];
  double cov[1 + CRUCIBLE__EGARCH_AR][1 + CRUCIBLE__EGARCH_AR];
} crucible__egarch_moments;

/* Returns as the pass sees them: value * scale, with what depends on the data
   and not on the parameters. */
typedef struct crucible__egarch_data {
  const double *returns; /* [n], with form.ar more before them */
  size_t n;
  double scale;     /* a power of two: scaling rounds nothing */
  double mean;      /* of the scaled returns */
  double variance;  /* divisor n, of what least squares leave of them */
  double backcast;  /* ln of arch's presample variance */
  double low, high; /* ln s2 is kept between them */
  double phi[CRUCIBLE__EGARCH_AR]; /* least squares, and its constant */
  double constant;
  crucible__egarch_form form;
  crucible__egarch_moments moments;
  int32_t wall; /* 1: chaos has no likelihood; 0 after data_init */
} crucible__egarch_data;

/* ln s2 leaves its start by no more than this: e^16 = 9e6 in the variance. */
#define CRUCIBLE__EGARCH_REACH 16.0

/* Variances in this range times e^+-REACH, and 1e-8 of them, are still numbers
   with all their digits. */
#define CRUCIBLE__EGARCH_VARIANCE_MIN 0x1p-900
#define CRUCIBLE__EGARCH_VARIANCE_MAX 0x1p900

/* n finite returns, form.ar + 2 or more, that are not all equal; 0 if their
   variance is out of that range. */
int crucible__egarch_data_init(crucible__egarch_data *data,
                               const double *returns, size_t n, double scale,
                               const crucible__egarch_form *form);

/* Decaying mean of the first 75 squared deviations from the mean, at least
   1e-8 of the variance. */
double crucible__egarch_backcast(const double *returns, size_t n, double scale,
                                 double mean, double variance);

/* |z| held at the cap, and z likewise: what news are made of. */
static inline double crucible__egarch_held(double z, double cap) {
  return z > cap ? cap : z < -cap ? -cap : z;
}

/*
 * Each returns the log-likelihood; or, with data->wall, -HUGE_VAL where the
 * recursion is chaotic: mean ln |dh'/dh| >= 0, so that the variances depend on
 * the presample for ever and no filter can find them from the returns
 * (Wintenberger 2013, Scand. J. Statistics 40). By accident such points can
 * have the higher likelihood.
 */

/* variance [n] in units of the scaled returns, residual [n]; may be NULL. */
double crucible__egarch_loglik(const crucible__egarch_data *data,
                               const crucible__egarch_law *law,
                               const double *theta, double *variance,
                               double *residual);

/* Of several parameter vectors with one law at a time, in hardly more time than
   of one: most of a pass is waiting for its own last exponential. No wall. */
enum { CRUCIBLE__EGARCH_LANES = 4 };
void crucible__egarch_logliks(
    const crucible__egarch_data *data, const crucible__egarch_law *law,
    double theta[CRUCIBLE__EGARCH_LANES][CRUCIBLE__EGARCH_K],
    double loglik[CRUCIBLE__EGARCH_LANES]);

/* With score[K]. */
double crucible__egarch_score(const crucible__egarch_data *data,
                              const crucible__egarch_law *law,
                              const double *theta, double *score);

/* With score[K] and hessian[K x K]. */
double crucible__egarch_hessian(const crucible__egarch_data *data,
                                const crucible__egarch_law *law,
                                const double *theta, double *score,
                                double *hessian);

/* What the score is made of, return by return. */
typedef struct crucible__egarch_links {
  double *weight;  /* [n] share of the return's own density in d loglik / dh */
  double *inverse; /* [n] 1 / s, 0 where the news were held at the cap */
  double *decay;   /* [n x m] dh_{t+1} / dh_{t-i} */
} crucible__egarch_links;

/* What is asked at the end of a search. */
typedef struct crucible__egarch_closing {
  double score[CRUCIBLE__EGARCH_K];
  double outer[CRUCIBLE__EGARCH_K * CRUCIBLE__EGARCH_K]; /* sum of the scores'
                                                            outer products */
  double last, next; /* ln s2 of the last return and of the one after it */
  double chaos;      /* mean ln of what a step leaves of a change of ln s2 */
} crucible__egarch_closing;

/* links may be NULL */
double crucible__egarch_close(const crucible__egarch_data *data,
                              const crucible__egarch_law *law,
                              const double *theta,
                              const crucible__egarch_links *links,
                              crucible__egarch_closing *closing);

#endif
