/* SPDX-License-Identifier: Apache-2.0 */
/* Orders end: each leaves one record. */
#ifndef CRUCIBLE__ORDER_END_H
#define CRUCIBLE__ORDER_END_H

#include "backtest/deal.h"

/* An order that opens, adds or was requested ends with the parts that were
   noted, or with the deal that filled it at once (NULL: none). */
void crucible__end_order(crucible__account *account, crucible__order *order,
                         const crucible__deal *deal, int64_t open_ms,
                         int32_t status, int32_t reason,
                         crucible__events *events);

/* The same for one that only leaves the position: purpose says which. rung: of
   a TARGET. */
void crucible__end_exit(crucible__account *account, int32_t purpose,
                        uint32_t rung, const crucible__deal *deal,
                        int64_t open_ms, int32_t status, int32_t reason,
                        crucible__events *events);

/* A part was filled, be it the last of several. */
void crucible__note_part(const crucible__terms *terms, crucible__fills *done,
                         const crucible__deal *deal);

#endif
