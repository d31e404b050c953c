/* SPDX-License-Identifier: Apache-2.0 */
/* From a decision to an order: how much, at which limit, with which bracket. */
#ifndef CRUCIBLE__SIZING_H
#define CRUCIBLE__SIZING_H

#include "backtest/fill.h"

/* Sends an entry order of the plan, decided at that close; side 1 or -1. */
void crucible__send_entry(crucible__account *account,
                          const crucible__terms *terms, double close,
                          int32_t side, const crucible__wish *wish);

/* Sends a market order that closes the position and opens one of the other
   side as large as an entry would be. */
void crucible__send_reversal(crucible__account *account,
                             const crucible__terms *terms, double close,
                             const crucible__wish *wish);

/* Sends a market order that changes the position by so many lots. */
void crucible__send_change(crucible__account *account,
                           const crucible__terms *terms, double close,
                           double change, const crucible__wish *wish);

/* The most that an entry of the plan could be at a price, before it is rounded
   to lots: sized by risk, in a market that stands still. */
double crucible__largest_entry(const crucible__account *account,
                               const crucible__terms *terms, double price);

#endif
