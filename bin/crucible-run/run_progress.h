/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How far a tournament is, on stderr: one line that is written over on a
 * terminal, a plain log elsewhere.
 */
#ifndef RUN_PROGRESS_H
#define RUN_PROGRESS_H

#include <crucible/crucible.h>

typedef struct run_progress {
  int is_quiet;
  int is_terminal;
  uint64_t n_bars;       /* to be replayed */
  uint64_t n_train_bars; /* of these trained on */
  int32_t phase;         /* CRUCIBLE_PHASE_* of the last bar; 0: none yet */
  uint64_t first_bar;    /* from which on the time left is counted */
  double started;        /* seconds, when it ended */
  double bar_ended;      /* seconds, when the last bar did */
  double said;           /* seconds, of the last line */
  double bar_said;       /* seconds, of the last line on a bar */
  int is_line_open;      /* a line on a terminal waits to be written over */
} run_progress;

/* Seconds on a clock that never goes back. */
double progress_now(void);

void progress_begin(run_progress *progress, int is_quiet, uint64_t n_bars,
                    uint64_t n_train_bars);
/* While a search runs; user_data is the run_progress. */
void progress_search(const crucible_progress *at, void *user_data);
/* After a bar. */
void progress_bar(run_progress *progress, const crucible_progress *at);
/* "calibrating: 34 %, 12 s left"; share in [0, 1]. */
void progress_share(run_progress *progress, const char *what, double share);
/* Closes the line and, unless it is NULL, says how it ended. */
void progress_end(run_progress *progress, const crucible_progress *at);
/* A message between the lines of progress. */
void progress_say(run_progress *progress, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
