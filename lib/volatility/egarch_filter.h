/* SPDX-License-Identifier: Apache-2.0 */
/* A filter's state. */
#ifndef CRUCIBLE__EGARCH_FILTER_H
#define CRUCIBLE__EGARCH_FILTER_H

#include <crucible/volatility.h>

#include "volatility/egarch_pass.h"

struct crucible_egarch_filter {
  crucible_egarch_params params;
  crucible__egarch_form form;
  double theta[CRUCIBLE__EGARCH_K];
  double kappa;
  double next;      /* ln s2 of the next return */
  double inverse;   /* 1 / s of the next return */
  double low, high; /* next stays between them */
  /* of the last returns, newest first: */
  double h[CRUCIBLE__EGARCH_LAGS];    /* ln s2 */
  double z[CRUCIBLE__EGARCH_LAGS];    /* held at the cap */
  double live[CRUCIBLE__EGARCH_LAGS]; /* 1, or 0 where there are no news */
  double r[CRUCIBLE__EGARCH_AR];
  uint32_t held; /* returns to come whose variance is the first one again */
};

/* Coefficients, and what follows from them, of params that were read; the state
   stays. */
void crucible__egarch_filter_set(crucible_egarch_filter *filter,
                                 const crucible_egarch_params *params);

/* Takes the next residual; the return that it stands for. */
double crucible__egarch_push_residual(crucible_egarch_filter *filter, double z);

#endif
