/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The covariance matrix adaptation evolution strategy, a generation at a time:
 * Hansen (2016), The CMA evolution strategy: a tutorial, arXiv 1604.00772, with
 * negative weights; its diagonal variant is sep-CMA-ES: Ros, Hansen (2008), PPSN
 * X. Constants and order as in the cmaes package 0.13.1. Smaller values are
 * better.
 */
#ifndef CRUCIBLE__CMA_H
#define CRUCIBLE__CMA_H

#include <stddef.h>
#include <stdint.h>

#include <crucible/status.h>

typedef struct crucible__cma {
  size_t n, stride, population, parents;
  int is_diagonal;
  /* constants */
  double mu_eff, c_path, c_one, c_many, c_step, damping, mean_norm;
  double *weights; /* [population] best first */
  /* the distribution and its paths */
  double step, first_step;
  double *mean;       /* [n] */
  double *covariance; /* [n * stride], diagonal: [n] */
  double *axes;       /* [n * stride] rows: eigenvectors; not if diagonal */
  double *lengths;    /* [n] square roots of the eigenvalues */
  int has_axes;       /* axes and lengths are those of the covariance */
  double *path_step, *path_one; /* [n] */
  size_t generation;
  /* best and worst values of the last generations */
  double *history; /* [2 * n_history] a ring */
  size_t n_history;
  double *scratch; /* [(n + 2 * population + 8) * stride] */
} crucible__cma;

/* 4 + floor(3 ln n). */
size_t crucible__cma_population(size_t n);

/* An empty one; start() before use. */
crucible_status crucible__cma_init(crucible__cma *cma, size_t n,
                                   size_t population, int is_diagonal);
void crucible__cma_free(crucible__cma *cma);

/* covariance: [n * n], NULL: the identity. */
void crucible__cma_start(crucible__cma *cma, const double *mean, double step,
                         const double *covariance);

/* The point that a standard normal one becomes. */
void crucible__cma_draw(crucible__cma *cma, const double *z, double *x);

/* |C^(-1/2) (x - mean)| / step, C the covariance. */
double crucible__cma_distance(crucible__cma *cma, const double *x);

/* A generation: points [population][n], best first, and the values of the best
   and the worst. is_foreign: [population] points that were not drawn from the
   present distribution, NULL: none; of a poor one nothing is learnt about the
   covariance, since how far away it lies says nothing. */
void crucible__cma_tell(crucible__cma *cma, const double *points,
                        const uint8_t *is_foreign, double best, double worst);

/* Whether a restart is due: nothing moves any more, or it has diverged. */
int crucible__cma_should_stop(crucible__cma *cma);

#endif
