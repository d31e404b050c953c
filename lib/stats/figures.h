/* SPDX-License-Identifier: Apache-2.0 */
/* Figures from sums, for those who keep the sums themselves: no checks, no
   error texts. */
#ifndef CRUCIBLE__FIGURES_H
#define CRUCIBLE__FIGURES_H

#include <crucible/metrics.h>

#include "stats/return_sums.h"

/* The caller's options, or the defaults, once they are found to be right; the
   benchmark's prices are left to who knows their number. */
crucible_status
crucible__metrics_options_read(const crucible_metrics_options *given,
                               crucible_metrics_options *chosen);

/* Figures of no return at all: NaN, counts of 0, this library's struct_size. */
void crucible__metrics_undefined(crucible_metrics *metrics);

/* Writes all fields; struct_size is this library's. market: of the same bars,
   or NULL. options as read above; with a target_return other than 0 the three
   figures about it are NaN, as are those of the curve alone. Sums without a
   return give undefined ones. */
void crucible__metrics_from_sums(const crucible__return_sums *sums,
                                 const crucible__market_sums *market,
                                 const crucible_metrics_options *options,
                                 crucible_metrics *metrics);

/* The figures about options->target_return, from the sums of max(r - target,
   0), max(target - r, 0) and the squares of the latter. */
void crucible__metrics_set_target(double gain, double loss, double down2,
                                  const crucible_metrics_options *options,
                                  crucible_metrics *metrics);

/* What "not defined here" looks like, also for what no double can hold. */
double crucible__or_nan(double value);

/* As crucible_trade_sums_push() and _get(), of what is right already. */
void crucible__trade_sums_push(crucible_trade_sums *sums,
                               const crucible_closed_trade *trade);
void crucible__trade_metrics_from_sums(const crucible_trade_sums *sums,
                                       crucible_trade_metrics *metrics);

#endif
