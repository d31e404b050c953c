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
  double now = progress_now();
  *progress = (run_progress){.is_quiet = is_quiet,
                             .is_terminal = isatty(STDERR_FILENO),
                             .n_bars = n_bars,
                             .n_train_bars = n_train_bars,
                             .started = now,
                             .bar_ended = now,
                             .said = now};
}

/* Whether lines that are as old as that are old enough for another one. */
static int is_due(const run_progress *progress, double now, double said) {
  double pause = progress->is_terminal ? TERMINAL_SECONDS : LOG_SECONDS;
  return !progress->is_quiet && now - said >= pause;
}

/* ", 12 s left" by what is done of all; empty while it is not known or less
   than a second. */
static figure left(char mark, double seconds, double done, double all) {
  figure out = {""};
  double rest = done > 0 ? seconds * (all - done) / done : 0;
  if (seconds > 0.5 && rest >= 1)
    (void)snprintf(out.text, sizeof out.text, "%c %.30s left", mark,
                   figure_duration(rest).text);
  return out;
}

/* "bar 403 of 1,136", of the bars traded. */
static figure place(const run_progress *progress, uint64_t n_bars) {
  figure out;
  uint64_t before = progress->n_train_bars;
  (void)snprintf(out.text, sizeof out.text, "bar %.15s of %.15s",
                 figure_count(n_bars > before ? n_bars - before : 0).text,
                 figure_count(progress->n_bars - before).text);
  return out;
}

/* A search is part of a bar: it began when the bar before had ended. */
void progress_search(const crucible_progress *at, void *user_data) {
  run_progress *progress = user_data;
  double now = progress_now();
  figure bar = place(progress, at->n_bars);
  char line[320];
  if (at->search_total == 0 || !is_due(progress, now, progress->said))
    return;
  progress->said = now;
  if (at->search_done < at->search_total)
    (void)snprintf(line, sizeof line, "search %s at %s: trial %s of %s%s",
                   figure_count(at->n_studies).text, bar.text,
                   figure_count(at->search_done).text,
                   figure_count(at->search_total).text,
                   left(',', now - progress->bar_ended, (double)at->search_done,
                        (double)at->search_total)
                       .text);
  else
    (void)snprintf(line, sizeof line, "search %s at %s: picking from %s trials",
                   figure_count(at->n_studies).text, bar.text,
                   figure_count(at->search_total).text);
  write_line(progress, line);
}

/* What comes before anybody trades. */
static int say_before(run_progress *progress, const crucible_progress *at) {
  if (at->phase == CRUCIBLE_PHASE_COLLECTING && at->n_bars == 1)
    progress_say(progress, "collecting %s bars to train on",
                 figure_count(progress->n_train_bars).text);
  if (at->phase == CRUCIBLE_PHASE_RESUMING && at->n_bars == 1)
    progress_say(progress, "resuming: taking the bars of the journal");
  if (at->phase == CRUCIBLE_PHASE_TRADING && progress->phase != at->phase &&
      at->n_trials == 0)
    progress_say(progress, "searching for the first %s agents",
                 figure_count(at->n_wanted).text);
  return at->phase == CRUCIBLE_PHASE_COLLECTING || at->n_trials == 0;
}

static void say_trading(run_progress *progress, const crucible_progress *at,
                        double now) {
  char champions[32] = "", line[320];
  double since = (double)(at->n_bars - progress->first_bar);
  double all = (double)(progress->n_bars - progress->first_bar);
  if (at->n_champions > 0)
    (void)snprintf(champions, sizeof champions, ", %" PRIu32 " champion%s",
                   at->n_champions, at->n_champions == 1 ? "" : "s");
  (void)snprintf(line, sizeof line, "%s: %" PRIu32 " agent%s%s, %s ended%s",
                 place(progress, at->n_bars).text, at->n_agents,
                 at->n_agents == 1 ? "" : "s", champions,
                 figure_count(at->n_ended).text,
                 left(';', now - progress->started, since, all).text);
  write_line(progress, line);
}

/* The clock of what is left begins anew with each phase and with the first
   agents, whose search is longer than all others. */
void progress_bar(run_progress *progress, const crucible_progress *at) {
  double now = progress_now();
  int is_before = say_before(progress, at);
  int is_first =
      !is_before && (progress->phase != at->phase || progress->first_bar == 0);
  progress->bar_ended = now;
  progress->phase = at->phase;
  if (is_first) {
    progress->first_bar = at->n_bars;
    progress->started = now;
  }
  int is_last = progress->is_terminal && at->n_bars == progress->n_bars;
  if (at->phase == CRUCIBLE_PHASE_RESUMING || is_before || progress->is_quiet ||
      !(is_first || is_last || is_due(progress, now, progress->bar_said)))
    return;
  progress->said = progress->bar_said = now;
  say_trading(progress, at, now);
}

void progress_share(run_progress *progress, const char *what, double share) {
  double now = progress_now();
  char line[320];
  if (!is_due(progress, now, progress->said))
    return;
  progress->said = now;
  (void)snprintf(line, sizeof line, "%s: %.0f %%%s", what, 100 * share,
                 left(',', now - progress->started, share, 1).text);
  write_line(progress, line);
}

void progress_end(run_progress *progress, const crucible_progress *at) {
  close_line(progress);
  if (progress->is_quiet || at == NULL)
    return;
  (void)fprintf(
      stderr, "%s: %s bars, %s searches, %s trials, %s orders, %s trades\n",
      at->phase == CRUCIBLE_PHASE_FINISHED ? "done" : "paused",
      figure_count(at->n_bars).text, figure_count(at->n_studies).text,
      figure_count(at->n_trials).text, figure_count(at->n_orders).text,
      figure_count(at->n_trades).text);
}
