/* SPDX-License-Identifier: Apache-2.0 */
/* What a caller asks for, checked, and as the passes need it. */
#ifndef CRUCIBLE__EGARCH_SPEC_H
#define CRUCIBLE__EGARCH_SPEC_H

#include <crucible/volatility.h>

#include "volatility/egarch_pass.h"

#define CRUCIBLE__EGARCH_NU_MIN 2.05
#define CRUCIBLE__EGARCH_NU_MAX 500.0

/* The header's defaults. */
crucible_egarch_options crucible__egarch_defaults(void);

/* Reads options over the defaults and refuses wrong ones. */
crucible_status
crucible__egarch_options_read(crucible_egarch_options *out,
                              const crucible_egarch_options *options);

/* Reads a caller's parameters and refuses wrong ones. */
crucible_status
crucible__egarch_params_read(crucible_egarch_params *out,
                             const crucible_egarch_params *params);

/* Between the public struct and the vector; theta[K], nu 0 if unused. */
void crucible__egarch_to_theta(const crucible_egarch_params *params,
                               double *theta);
crucible_egarch_params
crucible__egarch_from_theta(const crucible_egarch_options *options,
                            const double *theta);

/* E_INVALID with the index of the first return that is not finite, E_DOMAIN
   if all are equal, E_TOO_SHORT below n_min. */
crucible_status crucible__egarch_check_returns(const double *returns, size_t n,
                                               size_t n_min);

/* E_DOMAIN's text for returns whose variance is no normal number. */
crucible_status crucible__egarch_no_variance(void);

#endif
