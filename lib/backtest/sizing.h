/* SPDX-License-Identifier: Apache-2.0 */
/* From a decision to an order: how much, and at which limit. */
#ifndef CRUCIBLE__SIZING_H
#define CRUCIBLE__SIZING_H

#include "backtest/fill.h"

/* Sends an entry order of the plan, decided at that close; side 1 or -1. */
void crucible__send_entry(crucible__account *account,
                          const crucible__terms *terms, double close,
                          int32_t side);

/* The most that an entry of the plan could be at a price, before it is rounded
   to lots: sized by risk, in a market that stands still. */
double crucible__largest_entry(const crucible__account *account,
                               const crucible__terms *terms, double price);

#endif
