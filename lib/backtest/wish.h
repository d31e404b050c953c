/* SPDX-License-Identifier: Apache-2.0 */
/* A caller's wish and outlook, checked once before the step sees them. */
#ifndef CRUCIBLE__WISH_H
#define CRUCIBLE__WISH_H

#include "backtest/fill.h"

/* outlook: NULL for one that knows nothing. Its values are checked by
   crucible__outlook_check(). */
crucible_status crucible__outlook_take(const crucible_outlook *outlook,
                                       crucible__outlook *taken);

/* E_INVALID with the field's name unless the plan can trade such a wish; wish:
   NULL for one that wants nothing. requests: [CRUCIBLE_REQUESTS_MOST] room for
   its requests. */
crucible_status crucible__wish_take(const crucible_wish *wish,
                                    const crucible__terms *terms,
                                    crucible_request *requests,
                                    crucible__wish *taken);

/* E_INVALID with the field's name; request: of this library's size. */
crucible_status crucible__request_check(const crucible_request *request);

#endif
