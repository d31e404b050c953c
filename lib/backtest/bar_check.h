/* SPDX-License-Identifier: Apache-2.0 */
/* What a bar and its forecasts must be before the step sees them. */
#ifndef CRUCIBLE__BAR_CHECK_H
#define CRUCIBLE__BAR_CHECK_H

#include <stddef.h>

#include <crucible/types.h>

#include "backtest/fill.h"

/* E_DATA unless prices, volume and time are sound and the bar follows one that
   closed at last_close_ms (is_first: follows none). The text has no place. */
crucible_status crucible__bar_check(const crucible_bar *bar,
                                    int64_t timeframe_ms, int is_first,
                                    int64_t last_close_ms);

/* E_DATA if a price is less than a tick: then the profile is of something else,
   and rounding to the tick would make money. The text has no place. */
crucible_status crucible__bar_check_tick(const crucible_bar *bar,
                                         const crucible_instrument *instrument);

/* E_DATA if a forecast is negative or infinite, a fee or a rate out of its
   range; NaN is cold or not known. */
crucible_status crucible__outlook_check(const crucible__outlook *outlook);

#endif
