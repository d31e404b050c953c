/* SPDX-License-Identifier: Apache-2.0 */
/* What a checkpoint keeps of an arena, and what memory it can do without. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <crucible/crucible.h>

#include "support/arena_fixture.h"
#include "support/arena_history.h"
#include "support/failing_alloc.h"
#include "support/near.h"

#include "arena/arena_object.h"
#include "arena/arena_state.h"
#include "arena/streams.h"
#include "support/statuses.h"

enum { N_EVER = 24 };

/* A life of its own: who comes, rises, is refitted and goes at which bar is
   drawn from the bar's number alone. */
typedef struct life {
  const fixture *f;
  const test_agent *newer; /* [N_AGENTS] refits */
  crucible_arena *arena;
  int is_newer[N_EVER]; /* which model an agent has */
  history did;
} life;

static int32_t note_all(const crucible_agent_step *step, void *user_data) {
  history *h = user_data;
  note(h, &step->agent, 4);
  note(h, &step->cannot_trade, 4);
  note(h, &step->state, 4);
  note(h, &step->is_mark_only, 4);
  note(h, &step->prediction, 8);
  note(h, &step->equity, 8);
  note_orders(h, &step->orders, 0);
  note_trades(h, &step->trades, 0);
  return 0;
}

static const test_agent *model_of(const life *l, uint32_t agent) {
  return l->is_newer[agent] ? &l->newer[agent % N_AGENTS]
                            : &l->f->agents[agent % N_AGENTS];
}

static void live_on(life *l, size_t t) {
  uint32_t n = crucible_arena_agents(l->arena);
  uint64_t draw = (t + 7) * 6364136223846793005U + 1442695040888963407U;
  draw ^= draw >> 29;
  push(l->arena, &l->f->bars, t, note_all, &l->did);
  if (t >= TRAIN_END && t % 29 == 0 && n < N_EVER) {
    l->is_newer[n] = 0;
    assert_int_equal(add(l->arena, &l->f->agents[n % N_AGENTS]), n);
  }
  if (n == 0)
    return;
  uint32_t agent = (uint32_t)(draw % n);
  int32_t state = state_of(l->arena, agent);
  int decides =
      state == CRUCIBLE_AGENT_ACTIVE || state == CRUCIBLE_AGENT_PROMOTED;
  uint64_t what = draw / n % 16;
  if (what == 0 && decides) {
    assert_ok(crucible_arena_terminate(l->arena, agent));
  } else if (what == 1 && state == CRUCIBLE_AGENT_ACTIVE) {
    assert_ok(crucible_arena_promote(l->arena, agent));
  } else if (what < 4 && decides) {
    l->is_newer[agent] = !l->is_newer[agent];
    crucible_agent_spec spec = spec_of(model_of(l, agent));
    assert_ok(crucible_arena_set_model(l->arena, agent, &spec));
  }
}

static crucible_status find_agent(uint32_t agent, crucible_agent_spec *spec,
                                  void *data) {
  *spec = spec_of(model_of(data, agent));
  return CRUCIBLE_OK;
}

/* A checkpoint after each bar. */
typedef struct checkpoint {
  crucible__pack pack;
  size_t n_did; /* of the history so far */
  uint32_t n_closing;
  int is_newer[N_EVER];
} checkpoint;

static void keep(const life *l, checkpoint *c) {
  assert_ok(crucible__arena_save(l->arena, &c->pack));
  c->n_did = l->did.n;
  memcpy(c->is_newer, l->is_newer, sizeof c->is_newer);
}

static crucible__unpack reader(const checkpoint *c) {
  return (crucible__unpack){.data = c->pack.data, .length = c->pack.length};
}

/* From the checkpoint after bar t to the end, on n threads. */
static void resume(const life *whole, const checkpoint *at, size_t t,
                   uint32_t n_threads) {
  crucible_pool *pool;
  assert_ok(crucible_pool_create(n_threads, &pool));
  const fixture *f = whole->f;
  life l = {.f = f, .newer = whole->newer, .arena = make_arena(f, pool)};
  for (size_t i = 0; i <= t; ++i)
    push(l.arena, &f->bars, i, NULL, NULL);
  memcpy(l.is_newer, at->is_newer, sizeof l.is_newer);
  crucible__unpack unpack = reader(at);
  assert_ok(crucible__arena_load(l.arena, &unpack, find_agent, &l));
  assert_ok(crucible__unpack_end(&unpack, "the test"));
  checkpoint again = {0};
  keep(&l, &again);
  assert_int_equal(again.pack.length, at->pack.length);
  assert_memory_equal(again.pack.data, at->pack.data, at->pack.length);
  crucible__pack_free(&again.pack);
  for (size_t i = t + 1; i < f->bars.n; ++i)
    live_on(&l, i);
  assert_int_equal(l.did.n, whole->did.n - at->n_did);
  if (l.did.n > 0)
    assert_memory_equal(l.did.bytes, whole->did.bytes + at->n_did, l.did.n);
  for (uint32_t i = 0; i < N_EVER; ++i) {
    crucible_ledger a = ledger_of(l.arena, i), b = ledger_of(whole->arena, i);
    assert_memory_equal(&a, &b, sizeof a);
  }
  free(l.did.bytes);
  crucible_arena_destroy(l.arena);
  crucible_pool_destroy(pool);
}

static void make_newer(const fixture *f, test_agent *newer) {
  make_agents(&f->bars, TRAIN_END + 300, &f->instrument, newer, N_SHORT);
  make_agents(&f->longer, TRAIN_END / 3 + 100, &f->instrument, newer + N_SHORT,
              N_AGENTS - N_SHORT);
}

static void a_loaded_checkpoint_goes_on_with_the_same_bits(void **state) {
  const fixture *f = *state;
  test_agent newer[N_AGENTS] = {{0}};
  make_newer(f, newer);
  life whole = {.f = f, .newer = newer, .arena = make_arena(f, NULL)};
  checkpoint *all = calloc(f->bars.n, sizeof *all);
  assert_non_null(all);
  size_t n_resumed = 0, n_closing = 0, n_refits = 0;
  uint32_t n_promoted = 0;
  for (size_t t = 0; t < f->bars.n; ++t) {
    live_on(&whole, t);
    keep(&whole, &all[t]);
    all[t].n_closing =
        crucible_arena_count(whole.arena, CRUCIBLE_AGENT_CLOSING);
    uint32_t promoted =
        crucible_arena_count(whole.arena, CRUCIBLE_AGENT_PROMOTED);
    n_promoted = promoted > n_promoted ? promoted : n_promoted;
  }
  assert_int_equal(crucible_arena_agents(whole.arena), N_EVER);
  for (uint32_t i = 0; i < N_EVER; ++i)
    n_refits += (size_t)whole.is_newer[i];
  assert_true(n_promoted > 1 && n_refits > 1);
  assert_true(crucible_arena_count(whole.arena, CRUCIBLE_AGENT_TERMINATED) > 4);
  /* every so often, and whenever somebody is closing */
  for (size_t t = 0; t < f->bars.n; ++t)
    if (t % 199 == 17 || all[t].n_closing > 0) {
      resume(&whole, &all[t], t, (uint32_t)(n_resumed++ % 3 + 1));
      n_closing += all[t].n_closing;
    }
  assert_true(n_closing > 3);
  for (size_t t = 0; t < f->bars.n; ++t)
    crucible__pack_free(&all[t].pack);
  free(all);
  free(whole.did.bytes);
  crucible_arena_destroy(whole.arena);
  free_agents(newer, N_AGENTS);
}

static crucible_status find_wrong(uint32_t agent, crucible_agent_spec *spec,
                                  void *data) {
  const fixture *f = data;
  *spec = spec_of(&f->agents[agent + 1]);
  return CRUCIBLE_OK;
}

static crucible_status find_none(uint32_t agent, crucible_agent_spec *spec,
                                 void *data) {
  (void)agent;
  (void)spec;
  (void)data;
  return CRUCIBLE_E_IO;
}

static void assert_not_loaded(crucible_arena *arena, const checkpoint *from,
                              crucible__arena_find find, void *data,
                              crucible_status status) {
  crucible__unpack unpack = reader(from);
  assert_int_equal(crucible__arena_load(arena, &unpack, find, data), status);
  assert_int_equal(crucible_arena_agents(arena), 0);
}

/* An agent that is held, one that is closing and one that is terminated. */
static life make_small_life(const fixture *f, checkpoint *at, size_t *n_bars) {
  life l = {.f = f, .newer = f->agents, .arena = make_arena(f, NULL)};
  size_t t = 0;
  for (; t < TRAIN_END; ++t)
    push(l.arena, &f->bars, t, NULL, NULL);
  for (size_t i = 0; i < 3; ++i)
    add(l.arena, &f->agents[i]);
  assert_ok(crucible_arena_terminate(l.arena, 2));
  while (ledger_of(l.arena, 0).position == 0 ||
         ledger_of(l.arena, 1).position == 0)
    push(l.arena, &f->bars, t++, NULL, NULL);
  assert_ok(crucible_arena_terminate(l.arena, 1));
  *n_bars = t;
  keep(&l, at);
  return l;
}

static void a_wrong_checkpoint_is_refused_and_leaves_no_agents(void **state) {
  fixture *f = *state;
  size_t n_bars;
  checkpoint at = {0};
  life l = make_small_life(f, &at, &n_bars);
  crucible_arena *arena = make_arena(f, NULL);
  for (size_t t = 0; t + 1 < n_bars; ++t)
    push(arena, &f->bars, t, NULL, NULL);
  assert_not_loaded(arena, &at, find_agent, &l, CRUCIBLE_E_STATE);
  assert_non_null(strstr(crucible_last_error(), "push those first"));
  push(arena, &f->bars, n_bars - 1, NULL, NULL);
  crucible__unpack unpack = reader(&at);
  assert_refused(crucible__arena_load(l.arena, &unpack, find_agent, &l),
                 "3 agents already", "into a new one");
  assert_not_loaded(arena, &at, find_wrong, f, CRUCIBLE_E_STORE);
  assert_non_null(strstr(crucible_last_error(), "agent 0"));
  assert_not_loaded(arena, &at, find_none, f, CRUCIBLE_E_IO);
  /* cut off anywhere */
  checkpoint damaged = at;
  for (size_t n = 0; n < at.pack.length; n += 7) {
    damaged.pack.length = n;
    assert_not_loaded(arena, &damaged, find_agent, &l, CRUCIBLE_E_STORE);
  }
  /* other bytes are refused or taken, but nothing worse */
  size_t n_refused = 0;
  for (size_t i = 0; i < at.pack.length; i += 3) {
    at.pack.data[i] ^= 0x81;
    crucible__unpack changed = reader(&at);
    if (crucible__arena_load(arena, &changed, find_agent, &l) != CRUCIBLE_OK)
      ++n_refused;
    else
      crucible__arena_drop_agents(arena);
    at.pack.data[i] ^= 0x81;
  }
  assert_true(n_refused > 0);
  crucible__pack_free(&at.pack);
  crucible_arena_destroy(l.arena);
  crucible_arena_destroy(arena);
}

/* ---- memory of features ---- */

static crucible_feature_spec spec_at(size_t i, int place) {
  crucible_feature_info info = {.struct_size = sizeof info};
  assert_ok(crucible_feature_at(i, &info));
  crucible_feature_spec spec = {.name = info.name};
  for (uint32_t k = 0; k < CRUCIBLE_FEATURE_PARAMS_MAX; ++k) {
    const crucible_feature_param *p = &info.params[k];
    spec.params[k] = (double)NAN;
    if (k < info.n_params && place != 0)
      spec.params[k] = place < 0            ? p->low
                       : p->high < 3 * 50.0 ? p->high
                                            : 3 * p->default_value;
    if (k < info.n_params && spec.params[k] > p->high)
      spec.params[k] = p->high;
  }
  return spec;
}

static void make_lane(crucible__lane *lane) {
  crucible_egarch_rolling_options rolling;
  crucible_egarch_rolling_options_init(&rolling, sizeof rolling);
  rolling.first = rolling.window = 100000; /* no fit in the sample */
  assert_ok(crucible__lane_init(lane, FIVE, 0, 12, &rolling));
}

/* A feature that is looked at late gives the bits of one that was there from
   the first bar on, though it has seen only what it can remember. */
static void a_late_look_gives_the_same_bits_for_every_feature(void **state) {
  const fixture *f = *state;
  enum { LATE = 2000 };
  size_t n_short = 0;
  for (size_t i = 0; i < crucible_feature_count(); ++i)
    for (int place = -1; place <= 1; ++place) {
      crucible_feature_spec spec = spec_at(i, place);
      crucible_feature_info info = {.struct_size = sizeof info};
      assert_ok(crucible_feature_at(i, &info));
      if (info.needs != 0)
        continue;
      size_t lookback, a, b;
      crucible__lane early, late;
      if (crucible_feature_lookback(&spec, &lookback) != CRUCIBLE_OK)
        continue; /* such as a fast period above the slow one */
      make_lane(&early);
      make_lane(&late);
      assert_ok(crucible__lane_look(&early, &spec, &a));
      for (size_t t = 0; t < f->bars.n; ++t) {
        crucible_bar bar = bar_at(&f->bars, t);
        assert_ok(crucible__lane_push(&early, &bar, NULL));
        assert_ok(crucible__lane_push(&late, &bar, NULL));
        if (t == LATE) {
          assert_ok(crucible__lane_look(&late, &spec, &b));
          assert_ok(crucible__lane_warm_up(&late, NULL));
          n_short += late.streams[b].memory_bars < LATE;
        }
        if (t >= LATE)
          assert_same_bits(late.values[b], early.values[a]);
      }
      crucible__lane_clear(&early);
      crucible__lane_clear(&late);
    }
  assert_true(n_short > 100);
}

/* Looks at every feature with one whole number after the other for its first
   parameter, until there are n streams. */
static size_t look_at_many(crucible__lane *lane, size_t n) {
  for (int value = 2; lane->n_streams < n && value < 100; ++value)
    for (size_t i = 0; i < crucible_feature_count(); ++i) {
      crucible_feature_info info = {.struct_size = sizeof info};
      assert_ok(crucible_feature_at(i, &info));
      crucible_feature_spec spec = {
          .name = info.name,
          .params = {value, (double)NAN, (double)NAN, (double)NAN}};
      size_t stream, lookback;
      if (info.needs == 0 && info.n_params > 0 &&
          crucible_feature_lookback(&spec, &lookback) == CRUCIBLE_OK)
        assert_ok(crucible__lane_look(lane, &spec, &stream));
    }
  return lane->n_streams;
}

static void many_features_are_the_same_on_any_number_of_threads(void **state) {
  const fixture *f = *state;
  enum { MANY = 1500, LATE = 500, LAST = 700 };
  crucible_pool *pool;
  crucible__lane alone, shared;
  assert_ok(crucible_pool_create(3, &pool));
  make_lane(&alone);
  make_lane(&shared);
  for (size_t t = 0; t < LAST; ++t) {
    crucible_bar bar = bar_at(&f->bars, t);
    assert_ok(crucible__lane_push(&alone, &bar, NULL));
    assert_ok(crucible__lane_push(&shared, &bar, pool));
    if (t == LATE) {
      assert_true(look_at_many(&alone, MANY) >= MANY);
      assert_true(look_at_many(&shared, MANY) >= MANY);
      assert_ok(crucible__lane_warm_up(&alone, NULL));
      assert_ok(crucible__lane_warm_up(&shared, pool));
    }
    if (t >= LATE)
      assert_same_bits_n(shared.values, alone.values, alone.n_streams);
  }
  crucible__lane_clear(&alone);
  crucible__lane_clear(&shared);
  crucible_pool_destroy(pool);
}

static crucible_status live_and_load(void *data) {
  const fixture *f = data;
  static const int64_t timeframes[] = {FIVE, FIFTEEN};
  crucible_arena_options options;
  crucible_arena *arenas[2] = {NULL, NULL};
  life l = {.f = f, .newer = f->agents};
  crucible__pack pack = {0};
  crucible_agent_spec spec = spec_of(&f->agents[0]);
  uint32_t number;
  crucible_arena_options_init(&options, sizeof options);
  options.instrument = &f->instrument;
  options.timeframes_ms = timeframes;
  options.n_timeframes = 2;
  crucible_status status = CRUCIBLE_OK;
  for (int i = 0; i < 2 && status == CRUCIBLE_OK; ++i)
    status = crucible_arena_create(&options, NULL, &arenas[i]);
  for (size_t t = 0; t < 40 && status == CRUCIBLE_OK; ++t)
    for (int i = 0; i < 2 && status == CRUCIBLE_OK; ++i) {
      crucible_bar bar = bar_at(&f->bars, t);
      status = crucible_arena_push(arenas[i], &bar, NULL, NULL);
    }
  for (int i = 0; i < 2 && status == CRUCIBLE_OK; ++i)
    status = crucible_arena_add_agent(arenas[0], &spec, &number);
  if (status == CRUCIBLE_OK)
    status = crucible_arena_set_model(arenas[0], 0, &spec);
  if (status == CRUCIBLE_OK)
    status = crucible_arena_terminate(arenas[0], 1);
  if (status == CRUCIBLE_OK)
    status = crucible__arena_save(arenas[0], &pack);
  crucible__unpack unpack = {.data = pack.data, .length = pack.length};
  if (status == CRUCIBLE_OK)
    status = crucible__arena_load(arenas[1], &unpack, find_agent, &l);
  crucible__pack_free(&pack);
  crucible_arena_destroy(arenas[0]);
  crucible_arena_destroy(arenas[1]);
  return status;
}

static void running_out_of_memory_is_an_error(void **state) {
  assert_true(failing_alloc_run(live_and_load, *state) > 0);
}

int main(void) {
  failing_alloc_install();
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_loaded_checkpoint_goes_on_with_the_same_bits),
      cmocka_unit_test(a_wrong_checkpoint_is_refused_and_leaves_no_agents),
      cmocka_unit_test(a_late_look_gives_the_same_bits_for_every_feature),
      cmocka_unit_test(many_features_are_the_same_on_any_number_of_threads),
      cmocka_unit_test(running_out_of_memory_is_an_error),
  };
  return cmocka_run_group_tests(tests, set_up_arena, tear_down_arena);
}
