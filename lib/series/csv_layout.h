/* SPDX-License-Identifier: Apache-2.0 */
/* Which field of a row is which column: by header, by order or by request. */
#ifndef CRUCIBLE__CSV_LAYOUT_H
#define CRUCIBLE__CSV_LAYOUT_H

#include <stddef.h>
#include <stdint.h>

#include <crucible/status.h>

#include "series/bar_rules.h"

enum {
  CRUCIBLE__CSV_FIELDS = 512, /* in a row; more is no file of bars */
  CRUCIBLE__CSV_UNUSED = CRUCIBLE__N_COLUMNS
};

typedef struct crucible__csv_layout {
  char delimiter;
  size_t n_fields;
  uint8_t column_of[CRUCIBLE__CSV_FIELDS]; /* field -> column, or UNUSED */
  unsigned mapped; /* bits of the columns that have a field */
  int has_header;  /* the line that was looked at is one */
} crucible__csv_layout;

/*
 * Learns the layout from the first line that is not blank, which ends with its
 * '\n', and from the option `columns` (NULL: none). On failure the text has no
 * place; *field is the field at fault, or NULL.
 */
crucible_status crucible__csv_layout_learn(crucible__csv_layout *layout,
                                           const char *line, const char *end,
                                           const char *columns,
                                           const char **field);

#endif
