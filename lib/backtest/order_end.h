/* SPDX-License-Identifier: Apache-2.0 */
/* Orders end: each leaves one record. */
#ifndef CRUCIBLE__ORDER_END_H
#define CRUCIBLE__ORDER_END_H

#include "backtest/deal.h"

/* An order that opens, adds or was requested ends with what it has filled, the
   deal (NULL: none) its last part. */
void crucible__end_order(crucible__account *account, crucible__order *order,
                         const crucible__deal *deal, int64_t open_ms,
                         int32_t status, int32_t reason,
                         crucible__events *events);

/* An order that only leaves the position ends: purpose says which. rung: of a
   TARGET. deal: its last part, NULL: none. */
void crucible__end_exit(crucible__account *account, int32_t purpose,
                        uint32_t rung, const crucible__deal *deal,
                        int64_t open_ms, int32_t status, int32_t reason,
                        crucible__events *events);

/* A part was filled, and the order goes on. */
void crucible__note_part(crucible__fills *done, const crucible__deal *deal);

#endif
