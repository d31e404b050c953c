/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "support/csv_column.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <zlib.h>

double *csv_column(const char *file, int header, int column, size_t *n) {
  char path[1024], line[4096];
  double *out = NULL;
  size_t room = 0;
  *n = 0;
  if (CRUCIBLE_SHARED_DIR[0] == 0)
    skip();
  snprintf(path, sizeof path, "%s/%s", CRUCIBLE_SHARED_DIR, file);
  gzFile stream = gzopen(path, "rb"); /* reads plain files too */
  if (stream == NULL)
    fail_msg("cannot open %s", path);
  while (gzgets(stream, line, sizeof line) != NULL) {
    char *cell = line, *end;
    if (header-- > 0)
      continue;
    for (int i = 0; i < column && cell != NULL; ++i) {
      cell = strchr(cell, ',');
      cell = cell == NULL ? NULL : cell + 1;
    }
    if (cell == NULL)
      fail_msg("%s, row %zu has no column %d", path, *n, column);
    if (*n == room) {
      room = room == 0 ? 4096 : room * 2;
      double *grown = realloc(out, room * sizeof *grown);
      assert_non_null(grown);
      out = grown;
    }
    out[*n] = strtod(cell, &end);
    assert_ptr_not_equal(end, cell);
    ++*n;
  }
  gzclose(stream);
  assert_true(*n > 0);
  return out;
}
