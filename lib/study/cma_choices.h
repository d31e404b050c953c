/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A distribution over the choices of several categorical parameters that moves
 * towards those of the better trials by an adaptive natural gradient: Akimoto et
 * al. (2019), ICML 36 (ASNG); its place beside a CMA-ES and the least
 * probability: Hamano et al. (2024), CatCMA, GECCO '24; as in the cmaes package
 * 0.13.1.
 */
#ifndef CRUCIBLE__CMA_CHOICES_H
#define CRUCIBLE__CMA_CHOICES_H

#include <stddef.h>
#include <stdint.h>

#include <crucible/space.h>
#include <crucible/status.h>

typedef struct crucible__cma_choices {
  size_t n;      /* parameters */
  size_t *from;  /* [n + 1] where their probabilities begin */
  double *p;     /* [from[n]] */
  double *first; /* [from[n]] as they were at the start */
  double *least; /* [n] the least probability; of a choice without weight 0 */
  double *gradient;              /* [from[n]] */
  double *whitened;              /* [from[n]] */
  double *path;                  /* [from[n]] */
  double length, rate, expected; /* 1 / Delta, delta, gamma of the paper */
} crucible__cma_choices;

/* params[n]: categorical ones of two choices at least. */
crucible_status crucible__cma_choices_init(crucible__cma_choices *c,
                                           const crucible_param *const *params,
                                           size_t n);
void crucible__cma_choices_free(crucible__cma_choices *c);
void crucible__cma_choices_restart(crucible__cma_choices *c);

/* Leans parameter i towards choices that were seen so often: [n_choices]. */
void crucible__cma_choices_lean(crucible__cma_choices *c, size_t i,
                                const double *seen);

/* The choice of parameter i at u in [0, 1). */
double crucible__cma_choices_draw(const crucible__cma_choices *c, size_t i,
                                  double u);

/* A generation: choices [population][n], best first; the weights of the best
   parents add up to 1. */
void crucible__cma_choices_tell(crucible__cma_choices *c, const double *choices,
                                const double *weights, size_t parents);

#endif
