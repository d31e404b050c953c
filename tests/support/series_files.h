/* SPDX-License-Identifier: Apache-2.0 */
/* Series for tests: from shared files and from text. Include after cmocka.h. */
#ifndef TESTS_SUPPORT_SERIES_FILES_H
#define TESTS_SUPPORT_SERIES_FILES_H

#include <stddef.h>

#include <crucible/series.h>

/* Path of a file below the folder of shared data; skips the test if there is
   no such folder. Valid until the next call. */
const char *shared_data(const char *file);

/* Reads a file of the shared data; fails the test if that fails. */
crucible_series *read_shared(const char *file,
                             const crucible_csv_options *options);

/* Reads text as if it were the file X-1m.csv; fails the test if that fails. */
crucible_series *parse_text(const char *text,
                            const crucible_csv_options *options);

/* The view of a series. */
crucible_bars view_of(const crucible_series *series);

/* Fails the test unless two views are equal to the bit, absent columns and
   symbol included. */
void assert_same_bars(const crucible_bars *a, const crucible_bars *b);

/* The resampled series; fails the test if that fails. */
crucible_series *resampled(const crucible_series *series, int64_t timeframe_ms);

#endif
