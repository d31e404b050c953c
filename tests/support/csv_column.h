/* SPDX-License-Identifier: Apache-2.0 */
/* One column of numbers of a CSV file in the shared data, plain or gzip. */
#ifndef TESTS_SUPPORT_CSV_COLUMN_H
#define TESTS_SUPPORT_CSV_COLUMN_H

#include <stddef.h>

/*
 * Reads column (from 0) of CRUCIBLE_SHARED_DIR/file after header lines of it;
 * malloc()ed, its length in *n. Skips the test where there are no shared data;
 * fails it where the file cannot be read.
 */
double *csv_column(const char *file, int header, int column, size_t *n);

#endif
