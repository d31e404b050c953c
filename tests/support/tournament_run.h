/* SPDX-License-Identifier: Apache-2.0 */
/* A small tournament over the recorded sample that has everything: searches,
   deaths, elites, refits; and its store, made or found again. */
#ifndef TESTS_SUPPORT_TOURNAMENT_RUN_H
#define TESTS_SUPPORT_TOURNAMENT_RUN_H

#include <stddef.h>
#include <stdint.h>

#include <crucible/crucible.h>

enum { RUN_TRAIN_BARS = 1300 };

/* Slots, searches and rules so small that 1,276 bars see many of each. */
extern const char run_config[];

typedef struct run {
  const char *file;
  crucible_series *series;
  crucible_bars bars;
  crucible_instrument instrument;
  crucible_store *store;
  crucible_pool *pool;
  crucible_cancel *cancel;
  crucible_tournament *tournament;
  crucible_tournament_options options;
} run;

/* Bars, instrument, pool; no store yet. Stops the program on failure. */
run run_begin(const char *file, uint32_t n_threads, uint64_t seed,
              const char *config);
/* Opens the store with a mode and creates the tournament in it. */
crucible_status run_open(run *r, int32_t mode);
/* Closes both as the end of a process would, without a word to them. */
void run_drop(run *r);
void run_end(run *r); /* and removes the file */
void run_remove(const char *file);

crucible_event run_bar(const run *r, size_t i);
crucible_status run_push(run *r, size_t from, size_t until);
crucible_status run_stop(run *r, int32_t is_early);
crucible_progress run_progress_of(const run *r);
void run_digest(const run *r, uint8_t digest[32]);

#endif
