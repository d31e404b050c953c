/* SPDX-License-Identifier: Apache-2.0 */
/* Orders and trades in columns that grow as needed. */
#ifndef CRUCIBLE__RECORD_TABLE_H
#define CRUCIBLE__RECORD_TABLE_H

#include "backtest/fill.h"

/* A table is one block of memory: column after column, each with room for
   capacity values. */
typedef struct crucible__table {
  unsigned char *block;
  size_t n, capacity;
} crucible__table;

/* All zero at the start. */
typedef struct crucible__records {
  crucible__table orders, trades;
} crucible__records;

/* Makes room for that many more; E_NOMEM changes nothing. */
crucible_status crucible__records_reserve(crucible__records *records,
                                          size_t n_orders, size_t n_trades);

/* Adds a bar's events under a column's number; there must be room. */
void crucible__records_add(crucible__records *records, uint32_t column,
                           const crucible__events *events);

/* Appends all of from; there must be room. */
void crucible__records_append(crucible__records *records,
                              const crucible__records *from);

void crucible__records_free(crucible__records *records);

/* Fills the public views (NULL: not wanted); a wrong struct_size changes
   neither. */
crucible_status crucible__records_lend(const crucible__records *records,
                                       crucible_orders *orders,
                                       crucible_trades *trades);

#endif
