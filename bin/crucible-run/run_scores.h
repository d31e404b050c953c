/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Scores made elsewhere: lines "open_time_ms,score" in order of time, after a
 * line of names if there is one. A bar without a line has no score. A program
 * gets the bars as CSV on its standard input and prints such lines.
 */
#ifndef RUN_SCORES_H
#define RUN_SCORES_H

#include <crucible/crucible.h>

/* One score per bar, NaN where there is none. Exit code. */
int scores_read(const char *path, const crucible_bars *bars, double *scores);
int scores_ask(const char *command, const crucible_bars *bars, double *scores);

#endif
