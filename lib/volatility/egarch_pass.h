/* SPDX-License-Identifier: Apache-2.0 */
/* One pass of EGARCH(1,1,1) over the returns: likelihood and derivatives. */
#ifndef CRUCIBLE__EGARCH_PASS_H
#define CRUCIBLE__EGARCH_PASS_H

#include <stddef.h>
#include <stdint.h>

#include "volatility/egarch_law.h"

/* Order of the parameters in every vector; the normal law stops before nu. */
enum {
  CRUCIBLE__EGARCH_MU,
  CRUCIBLE__EGARCH_OMEGA,
  CRUCIBLE__EGARCH_ALPHA,
  CRUCIBLE__EGARCH_GAMMA,
  CRUCIBLE__EGARCH_BETA,
  CRUCIBLE__EGARCH_NU,
  CRUCIBLE__EGARCH_K
};

/* Returns as the pass sees them: value * scale, with what depends on the data
   and not on the parameters. */
typedef struct crucible__egarch_data {
  const double *returns; /* [n] */
  size_t n;
  double scale;     /* a power of two: scaling rounds nothing */
  double mean;      /* of the scaled returns */
  double variance;  /* divisor n */
  double backcast;  /* ln of arch's presample variance */
  double low, high; /* ln s2 is kept between them */
  int32_t presample;
  int32_t wall; /* 1: chaos has no likelihood; 0 after data_init */
} crucible__egarch_data;

/* ln s2 leaves its start by no more than this: e^16 = 9e6 in the variance. */
#define CRUCIBLE__EGARCH_REACH 16.0

/* Variances in this range times e^+-REACH, and 1e-8 of them, are still numbers
   with all their digits. */
#define CRUCIBLE__EGARCH_VARIANCE_MIN 0x1p-900
#define CRUCIBLE__EGARCH_VARIANCE_MAX 0x1p900

/* n >= 2 finite returns that are not all equal; 0 if their variance is out of
   that range. */
int crucible__egarch_data_init(crucible__egarch_data *data,
                               const double *returns, size_t n, double scale,
                               int32_t presample);

/* Decaying mean of the first 75 squared deviations from the mean, at least
   1e-8 of the variance. */
double crucible__egarch_backcast(const double *returns, size_t n, double scale,
                                 double mean, double variance);

/* ln s2 of the next return. z: this return's, h: ln of its s2. */
static inline double crucible__egarch_next(const double *theta, double kappa,
                                           double z, double h) {
  const double size = z < 0 ? -z : z;
  return theta[CRUCIBLE__EGARCH_OMEGA] +
         theta[CRUCIBLE__EGARCH_ALPHA] * (size - kappa) +
         theta[CRUCIBLE__EGARCH_GAMMA] * z + theta[CRUCIBLE__EGARCH_BETA] * h;
}

/*
 * Each returns the log-likelihood; or, with data->wall, -HUGE_VAL where the
 * recursion is chaotic: mean ln |dh'/dh| >= 0, so that the variances depend on
 * the presample for ever and no filter can find them from the returns
 * (Wintenberger 2013, Scand. J. Statistics 40). By accident such points can
 * have the higher likelihood.
 */

/* variance [n] in units of the scaled returns; may be NULL. */
double crucible__egarch_loglik(const crucible__egarch_data *data,
                               const crucible__egarch_law *law,
                               const double *theta, double *variance);

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

/* What the score is made of, return by return: arrays of [n]. */
typedef struct crucible__egarch_links {
  double *weight;  /* share of the return's own density in d loglik / dh */
  double *decay;   /* dh'/dh */
  double *inverse; /* 1 / s */
} crucible__egarch_links;

/* What is asked at the end of a search. */
typedef struct crucible__egarch_closing {
  double score[CRUCIBLE__EGARCH_K];
  double outer[CRUCIBLE__EGARCH_K * CRUCIBLE__EGARCH_K]; /* sum of the scores'
                                                            outer products */
  double last, next; /* ln s2 of the last return and of the one after it */
} crucible__egarch_closing;

double crucible__egarch_close(const crucible__egarch_data *data,
                              const crucible__egarch_law *law,
                              const double *theta,
                              const crucible__egarch_links *links,
                              crucible__egarch_closing *closing);

#endif
