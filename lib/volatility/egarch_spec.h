/* SPDX-License-Identifier: Apache-2.0 */
/* What a caller asks for, checked, and as the passes need it. */
#ifndef CRUCIBLE__EGARCH_SPEC_H
#define CRUCIBLE__EGARCH_SPEC_H

#include <crucible/volatility.h>

#include "volatility/egarch_pass.h"

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

/* What of them is not a number to be estimated. */
crucible__egarch_form
crucible__egarch_form_of(const crucible_egarch_options *options);
crucible__egarch_form
crucible__egarch_form_at(const crucible_egarch_params *params);

/* Between the public struct and the vector, theta[K]. */
void crucible__egarch_to_theta(const crucible_egarch_params *params,
                               double *theta);
crucible_egarch_params
crucible__egarch_from_theta(const crucible__egarch_form *form,
                            const double *theta);

/* The law of parameters that were read. */
crucible__egarch_law
crucible__egarch_law_by(const crucible_egarch_params *params);

/* E_INVALID with the index of the first return that is not finite, E_DOMAIN
   if all are equal, E_TOO_SHORT below n_min. */
crucible_status crucible__egarch_check_returns(const double *returns, size_t n,
                                               size_t n_min);

/* E_DOMAIN's text for returns whose variance is no normal number. */
crucible_status crucible__egarch_no_variance(void);

#endif
