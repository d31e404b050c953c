/* SPDX-License-Identifier: Apache-2.0 */
#include "run_progress.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "run_text.h"

enum { TERMINAL_COLUMNS = 79 };
static const double TERMINAL_SECONDS = 0.1; /* between two lines */
static const double LOG_SECONDS = 5.0;

double progress_now(void) {
  struct timespec now = {0};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static void write_line(run_progress *progress, const char *line) {
  if (progress->is_terminal) {
    (void)fprintf(stderr, "\r%-*.*s", TERMINAL_COLUMNS, TERMINAL_COLUMNS, line);
    progress->is_line_open = 1;
  } else {
    (void)fprintf(stderr, "%s\n", line);
  }
  (void)fflush(stderr);
}

static void close_line(run_progress *progress) {
  if (progress->is_line_open)
    (void)fputc('\n', stderr);
  progress->is_line_open = 0;
}

void progress_say(run_progress *progress, const char *format, ...) {
  if (progress->is_quiet)
    return;
  char line[256];
  va_list list;
  va_start(list, format);
  (void)vsnprintf(line, sizeof line, format, list);
  va_end(list);
  close_line(progress);
  (void)fprintf(stderr, "%s\n", line);
}

void progress_begin(run_progress *progress, int is_quiet, uint64_t n_bars,
                    uint64_t n_train_bars) {
  *progress = (run_progress){.is_quiet = is_quiet,
                             .is_terminal = isatty(STDERR_FILENO),
                             .n_bars = n_bars,
                             .n_train_bars = n_train_bars,
                             .started = progress_now()};
}

/* Whether the last line is old enough for another one. */
static int is_due(run_progress *progress, double now, int is_milestone) {
  double pause = progress->is_terminal ? TERMINAL_SECONDS : LOG_SECONDS;
  if (progress->is_quiet || (now - progress->said < pause && !is_milestone))
    return 0;
  progress->said = now;
  return 1;
}

/* ", 12 s left" by what is done of all; empty while nothing is known. */
static figure left(double seconds, double done, double all) {
  figure out = {""};
  if (done > 0 && done < all && seconds > 0.5)
    (void)snprintf(out.text, sizeof out.text, ", %.30s left",
                   figure_duration(seconds * (all - done) / done).text);
  return out;
}

void progress_forging(const crucible_progress *at, void *user_data) {
  run_progress *progress = user_data;
  double now = progress_now();
  int is_first = !progress->is_forging;
  if (is_first) {
    progress->is_forging = 1;
    progress->started = now;
  }
  if (!is_due(progress, now, is_first || at->n_agents >= at->n_wanted))
    return;
  char line[160];
  (void)snprintf(
      line, sizeof line,
      "forging: %" PRIu32 " of %" PRIu64 " agents, %" PRIu64
      " genomes trained%s",
      at->n_agents, at->n_wanted, at->n_forged,
      left(now - progress->started, at->n_agents, (double)at->n_wanted).text);
  write_line(progress, line);
}

void progress_bar(run_progress *progress, const crucible_progress *at) {
  double now = progress_now();
  if (at->phase != CRUCIBLE_PHASE_TRADING) {
    if (at->n_bars == 1 && !progress->is_quiet)
      progress_say(progress, "collecting %s bars to train on",
                   figure_count(progress->n_train_bars).text);
    return;
  }
  int is_first = !progress->is_trading;
  if (is_first) {
    progress->is_trading = 1;
    progress->started = now;
  }
  if (!is_due(progress, now, is_first || at->n_bars == progress->n_bars))
    return;
  double seconds = now - progress->started;
  double done = (double)(at->n_bars - progress->n_train_bars);
  double all = (double)(progress->n_bars - progress->n_train_bars);
  figure speed = {""};
  if (seconds > 0 && done > 1)
    (void)snprintf(speed.text, sizeof speed.text, ", %.30s bars/s",
                   figure_number(done / seconds, 0).text);
  char line[240];
  if (done < 1)
    (void)snprintf(line, sizeof line, "trading: %s bars, %" PRIu32 " agents",
                   figure_number(all, 0).text, at->n_agents);
  else
    (void)snprintf(line, sizeof line,
                   "trading: bar %s of %s, %" PRIu32 " agents, %s trades%s%s",
                   figure_number(done, 0).text, figure_number(all, 0).text,
                   at->n_agents, figure_count(at->n_trades).text, speed.text,
                   left(seconds, done, all).text);
  write_line(progress, line);
}

void progress_end(run_progress *progress, const crucible_progress *at) {
  close_line(progress);
  if (progress->is_quiet || at == NULL)
    return;
  (void)fprintf(
      stderr, "done: %s bars, %s genomes trained, %s orders, %s trades\n",
      figure_count(at->n_bars).text, figure_count(at->n_forged).text,
      figure_count(at->n_orders).text, figure_count(at->n_trades).text);
}
