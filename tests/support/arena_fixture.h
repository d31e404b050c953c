/* SPDX-License-Identifier: Apache-2.0 */
/* An arena on the sample's bars with agents to put into it. Include after
   <cmocka.h>. */
#ifndef TESTS_SUPPORT_ARENA_FIXTURE_H
#define TESTS_SUPPORT_ARENA_FIXTURE_H

#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <crucible/crucible.h>

#include "support/an_instrument.h"
#include "support/arena_agents.h"
#include "support/series_files.h"
#include "support/statuses.h"

enum { TRAIN_END = 1200, FIVE = 300000, FIFTEEN = 900000 };

/* The sample, which has a gap, and its agents: number 0 to N_SHORT - 1 on five
   minutes, the rest on quarters of an hour. */
enum { N_SHORT = 4, N_AGENTS = 7 };

typedef struct fixture {
  crucible_series *series, *quarters;
  crucible_bars bars, longer;
  crucible_instrument instrument;
  test_agent agents[N_AGENTS];
} fixture;

static inline int set_up_arena(void **state) {
  fixture *f = calloc(1, sizeof *f);
  assert_non_null(f);
  assert_ok(crucible_series_read_csv(
      CRUCIBLE_SOURCE_DIR "/examples/data/BTCUSDT-5m-2023-03-20_2023-03-28.csv",
      NULL, &f->series));
  f->quarters = resampled(f->series, FIFTEEN);
  f->bars = view_of(f->series);
  f->longer = view_of(f->quarters);
  f->instrument = btcusdt_spot();
  make_agents(&f->bars, TRAIN_END, &f->instrument, f->agents, N_SHORT);
  make_agents(&f->longer, TRAIN_END / 3, &f->instrument, f->agents + N_SHORT,
              N_AGENTS - N_SHORT);
  *state = f;
  return 0;
}

static inline int tear_down_arena(void **state) {
  fixture *f = *state;
  free_agents(f->agents, N_AGENTS);
  crucible_series_destroy(f->quarters);
  crucible_series_destroy(f->series);
  free(f);
  return 0;
}

static inline crucible_arena *make_arena(const fixture *f,
                                         crucible_pool *pool) {
  static const int64_t timeframes[] = {FIVE, FIFTEEN};
  crucible_arena_options options;
  crucible_arena *arena;
  crucible_arena_options_init(&options, sizeof options);
  options.instrument = &f->instrument;
  options.timeframes_ms = timeframes;
  options.n_timeframes = 2;
  options.sigma_first = 300;
  options.sigma_refit = 500;
  options.sigma_window = 900;
  assert_ok(crucible_arena_create(&options, pool, &arena));
  return arena;
}

static inline crucible_agent_spec spec_of(const test_agent *agent) {
  crucible_agent_spec spec = {.struct_size = sizeof spec,
                              .genome = agent->genome,
                              .plan = &agent->plan};
  assert_ok(crucible_model_bytes(agent->model, &spec.model, &spec.model_bytes));
  return spec;
}

static inline uint32_t add(crucible_arena *arena, const test_agent *agent) {
  uint32_t number;
  crucible_agent_spec spec = spec_of(agent);
  assert_ok(crucible_arena_add_agent(arena, &spec, &number));
  return number;
}

static inline crucible_bar bar_at(const crucible_bars *bars, size_t i) {
  return (crucible_bar){bars->open_time_ms[i], bars->open[i],  bars->high[i],
                        bars->low[i],          bars->close[i], bars->volume[i],
                        (double)NAN,           (double)NAN,    (double)NAN};
}

static inline void push(crucible_arena *arena, const crucible_bars *bars,
                        size_t i, crucible_agent_step_cb callback, void *data) {
  crucible_bar bar = bar_at(bars, i);
  assert_ok(crucible_arena_push(arena, &bar, callback, data));
}

static inline int32_t state_of(const crucible_arena *arena, uint32_t agent) {
  int32_t state;
  assert_ok(crucible_arena_agent_state(arena, agent, &state));
  return state;
}

static inline crucible_ledger ledger_of(const crucible_arena *arena,
                                        uint32_t agent) {
  crucible_ledger ledger = {.struct_size = sizeof ledger};
  assert_ok(crucible_arena_ledger(arena, agent, &ledger));
  return ledger;
}

static inline void assert_refused(crucible_status status, const char *is,
                                  const char *remedy) {
  assert_int_equal(status, CRUCIBLE_E_STATE);
  assert_non_null(strstr(crucible_last_error(), is));
  assert_non_null(strstr(crucible_last_error(), remedy));
}

#endif
