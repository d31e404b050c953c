/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keeps a CMA-ES from freezing on whole steps: the probability of leaving the
 * present cell of an axis never falls below a margin. Hamano, Saito, Nomura,
 * Shirakawa (2022), CMA-ES with margin, GECCO '22; as in the cmaes package
 * 0.13.1.
 */
#ifndef CRUCIBLE__CMA_MARGIN_H
#define CRUCIBLE__CMA_MARGIN_H

#include <stddef.h>

#include "study/cma.h"

typedef struct crucible__cma_margin {
  size_t n;
  double margin;
  double *low, *step; /* [n] of an axis; step 0: any number */
  double *last;       /* [n] number of the last cell, from 0 */
  double *stretch;    /* [n] of the steps before they are put into cells */
} crucible__cma_margin;

/* The cell's value that a drawn point stands for. */
void crucible__cma_margin_encode(const crucible__cma_margin *m,
                                 const crucible__cma *cma, const double *x,
                                 double *encoded);

/* After a generation. */
void crucible__cma_margin_correct(crucible__cma_margin *m, crucible__cma *cma);

#endif
