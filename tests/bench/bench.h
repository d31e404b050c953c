/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The benchmark program. A room adds tests/bench/bench_<room>.c (re-run cmake
 * after that), which defines
 *
 *   const bench_case bench_<room>[] = {
 *       {.name = "psr_update", .unit = "ns", .start = start_psr,
 *        .pass = pass_psr, .work = 1000, .check = check_psr, .stop = stop_psr},
 *       {0}};
 *
 * A pass is timed many times over. Before that it is run and checked once, so
 * that no speed is bought with a wrong answer.
 */
#ifndef TESTS_BENCH_H
#define TESTS_BENCH_H

#include <stddef.h>
#include <stdint.h>

#include <crucible/series.h>

typedef struct bench_context {
  uint64_t seed;      /* of whatever is drawn */
  int is_quick;       /* small inputs: the test that the cases work */
  const char *shared; /* folder of shared data, or NULL */
  const char *source; /* root of the source tree */
  char reason[160];   /* why start() cannot: set by it */
  double work;        /* bench_case.work, if that is 0: set by start() */
} bench_context;

typedef struct bench_case {
  const char *name; /* of the case in its room, such as "csv_parse" */
  /* "ns", "us", "ms": time for one unit of work, smaller is better; anything
     else, such as "MB/s": units of work per second, larger is better. */
  const char *unit;
  /* Makes what the passes need. NULL: cannot, context->reason says why. */
  void *(*start)(bench_context *context);
  void (*pass)(void *data);
  double work; /* units in one pass: values, megabytes, ...; 0: start says */
  int (*check)(void *data); /* whether the result of a pass is right */
  void (*stop)(void *data);
} bench_case;

/* Keeps the compiler from leaving out what computes value. */
void bench_keep(double value);

/* Stops the program with a text where a call that must not fail has failed. */
void bench_must(int32_t status);

/* BTCUSDT, 5 minutes: a year of the shared data, or else 9 days of the tree's.
   The caller destroys the series. */
void bench_read_bitcoin(const bench_context *context, crucible_series **series,
                        crucible_bars *bars);

#endif
