/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CRUCIBLE__EGARCH_LAW_H
#define CRUCIBLE__EGARCH_LAW_H

#include <stdint.h>

/* What a law contributes at its shape: each with two derivatives by nu. */
typedef struct crucible__egarch_law {
  int32_t law;        /* CRUCIBLE_LAW_* */
  double nu;          /* degrees of freedom; 0 for the normal law */
  double constant[3]; /* of the log density of the standardised residual */
  double kappa[3];    /* E|z|, or sqrt(2/pi) and 0, 0 */
} crucible__egarch_law;

/* nu > 2 for Student's t, else unused. */
crucible__egarch_law crucible__egarch_law_at(int32_t law, int32_t kappa,
                                             double nu);

#endif
