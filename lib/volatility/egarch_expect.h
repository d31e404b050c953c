/* SPDX-License-Identifier: Apache-2.0 */
/* Expectations of the news under a law, and draws from it. */
#ifndef CRUCIBLE__EGARCH_EXPECT_H
#define CRUCIBLE__EGARCH_EXPECT_H

#include "base/rng.h"
#include "volatility/egarch_law.h"

/* E|z| and E z with |z| held at cap; HUGE_VAL for no cap. */
void crucible__egarch_news_means(const crucible__egarch_law *law, double cap,
                                 double *size, double *sign);

/*
 * ln E exp(a |z| + g z) with |z| held at cap. HUGE_VAL where the expectation
 * does not exist: a tail falls by a power of z and the exponent grows with it.
 */
double crucible__egarch_ln_moment(const crucible__egarch_law *law, double cap,
                                  double a, double g);

/* One standardised innovation. */
double crucible__egarch_draw(const crucible__egarch_law *law,
                             crucible__rng *rng);

#endif
