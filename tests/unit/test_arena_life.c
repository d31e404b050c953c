/* SPDX-License-Identifier: Apache-2.0 */
/* How agents of the arena live and end, on real bars. */
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
#include "support/statuses.h"

/* ---- states ---- */

static void refused_transitions_name_the_state_and_the_remedy(void **state) {
  const fixture *f = *state;
  crucible_arena *arena = make_arena(f, NULL);
  crucible_agent_spec spec = spec_of(&f->agents[0]);
  uint32_t agent = add(arena, &f->agents[0]);
  assert_int_equal(state_of(arena, agent), CRUCIBLE_AGENT_ACTIVE);
  assert_ok(crucible_arena_promote(arena, agent));
  assert_int_equal(state_of(arena, agent), CRUCIBLE_AGENT_PROMOTED);
  assert_int_equal(crucible_arena_count(arena, CRUCIBLE_AGENT_PROMOTED), 1);
  assert_int_equal(crucible_arena_count(arena, CRUCIBLE_AGENT_ACTIVE), 0);
  assert_refused(crucible_arena_promote(arena, agent), "promoted", "bench");
  assert_ok(crucible_arena_terminate(arena, agent)); /* flat: at once */
  assert_int_equal(state_of(arena, agent), CRUCIBLE_AGENT_TERMINATED);
  assert_int_equal(crucible_arena_count(arena, CRUCIBLE_AGENT_TERMINATED), 1);
  assert_refused(crucible_arena_terminate(arena, agent), "is terminated",
                 "add a new agent");
  assert_refused(crucible_arena_promote(arena, agent), "is terminated",
                 "add a new agent");
  assert_refused(crucible_arena_set_model(arena, agent, &spec), "is terminated",
                 "add a new agent");
  assert_int_equal(crucible_arena_terminate(arena, 1), CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_arena_promote(NULL, 0), CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_arena_set_model(arena, 0, NULL),
                   CRUCIBLE_E_INVALID);
  int32_t found;
  assert_int_equal(crucible_arena_agent_state(arena, 1, &found),
                   CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_arena_count(NULL, CRUCIBLE_AGENT_ACTIVE), 0);
  assert_int_equal(crucible_arena_count(arena, 77), 0);
  assert_string_equal(crucible_agent_state_name(CRUCIBLE_AGENT_CLOSING),
                      "closing");
  assert_string_equal(crucible_agent_state_name(0), "unknown");
  /* its number is not used again */
  assert_int_equal(add(arena, &f->agents[1]), 1);
  crucible_arena_destroy(arena);
}

typedef struct caller {
  crucible_arena *arena;
  const fixture *f;
  uint32_t n_calls;
} caller;

static int32_t call_back_in(const crucible_agent_step *step, void *user_data) {
  caller *c = user_data;
  crucible_agent_spec spec = spec_of(&c->f->agents[0]);
  crucible_bar bar = bar_at(&c->f->bars, 1);
  uint32_t number;
  const char is[] = "in the midst of a bar", remedy[] = "has returned";
  assert_refused(crucible_arena_terminate(c->arena, step->agent), is, remedy);
  assert_refused(crucible_arena_promote(c->arena, step->agent), is, remedy);
  assert_refused(crucible_arena_set_model(c->arena, step->agent, &spec), is,
                 remedy);
  assert_refused(crucible_arena_add_agent(c->arena, &spec, &number), is,
                 remedy);
  assert_refused(crucible_arena_push(c->arena, &bar, NULL, NULL), is, remedy);
  ++c->n_calls;
  return 0;
}

static void the_callback_may_look_but_not_touch(void **state) {
  const fixture *f = *state;
  caller c = {.arena = make_arena(f, NULL), .f = f};
  add(c.arena, &f->agents[0]);
  push(c.arena, &f->bars, 0, call_back_in, &c);
  push(c.arena, &f->bars, 1, call_back_in, &c);
  assert_int_equal(c.n_calls, 2);
  crucible_arena_destroy(c.arena);
}

/* ---- leaving ---- */

/* What one agent did, as the callback told it. */
typedef struct record {
  uint32_t agent;
  history did;
  size_t n_reports, n_orders, n_trades;
  crucible_agent_step last;
  int64_t exit_ms, exit_placed_ms; /* of the last order that left */
  double exit_price;
  int32_t exit_purpose;
} record;

static int32_t listen(const crucible_agent_step *step, void *user_data) {
  record *r = user_data;
  if (step->agent != r->agent)
    return 0;
  r->last = *step;
  ++r->n_reports;
  r->n_orders += step->orders.n;
  r->n_trades += step->trades.n;
  if (step->is_mark_only)
    assert_int_equal(step->orders.n + step->trades.n, 0);
  for (size_t i = 0; i < step->orders.n; ++i)
    if (step->orders.purpose[i] != CRUCIBLE_PURPOSE_ENTRY &&
        step->orders.status[i] == CRUCIBLE_ORDER_FILLED) {
      r->exit_ms = step->orders.ended_ms[i];
      r->exit_placed_ms = step->orders.placed_ms[i];
      r->exit_price = step->orders.fill_price[i];
      r->exit_purpose = step->orders.purpose[i];
    }
  note_orders(&r->did, &step->orders, 0);
  note_trades(&r->did, &step->trades, 0);
  note(&r->did, &step->equity, sizeof step->equity);
  return 0;
}

/* The trader of the backtest room on the arena's columns, closed after bar
   `last` as crucible_arena_terminate() does, until it is flat. */
static void trade_alone(const fixture *f, const crucible_bars *bars,
                        const test_agent *agent, size_t first, size_t last,
                        const crucible_arena *columns, history *did) {
  crucible_backtest_options options;
  crucible_trader *trader;
  crucible_bars seen = {.struct_size = sizeof seen};
  crucible_market market = {.struct_size = sizeof market};
  crucible_backtest_options_init(&options, sizeof options);
  assert_ok(crucible_arena_market(columns, FIVE, &seen, &market));
  assert_ok(crucible_trader_create(&agent->plan, &f->instrument, FIVE, &options,
                                   &trader));
  size_t n_orders = 0, n_trades = 0;
  for (size_t t = first; t < seen.n; ++t) {
    crucible_bar bar = bar_at(bars, t);
    crucible_ledger ledger = {.struct_size = sizeof ledger};
    crucible_orders orders = {.struct_size = sizeof orders};
    crucible_trades trades = {.struct_size = sizeof trades};
    assert_ok(crucible_trader_push(trader, &bar, market.sigma[t],
                                   market.volume_forecast[t], (double)NAN,
                                   agent->scores[t]));
    assert_ok(crucible_trader_records(trader, &orders, &trades));
    note_orders(did, &orders, n_orders);
    note_trades(did, &trades, n_trades);
    n_orders = orders.n;
    n_trades = trades.n;
    assert_ok(crucible_trader_ledger(trader, &ledger));
    note(did, &ledger.equity, sizeof ledger.equity);
    if (t == last)
      assert_ok(crucible_trader_close(trader, CRUCIBLE_PURPOSE_LIQUIDATION));
    if (t > last && ledger.position == 0)
      break;
  }
  crucible_trader_destroy(trader);
}

/* The first bar from `from` on at whose close the agent holds something. */
static size_t push_until_held(crucible_arena *arena, const crucible_bars *bars,
                              size_t from, uint32_t agent, record *r) {
  for (size_t t = from; t < bars->n; ++t) {
    push(arena, bars, t, listen, r);
    if (ledger_of(arena, agent).position != 0)
      return t;
  }
  fail_msg("the agent never held anything");
  return 0;
}

static void compare_leaving(const fixture *f, const crucible_bars *bars,
                            const test_agent *agent, size_t stop,
                            int is_champion) {
  crucible_arena *arena = make_arena(f, NULL);
  history alone = {0};
  for (size_t t = 0; t < TRAIN_END; ++t)
    push(arena, bars, t, NULL, NULL);
  record r = {.agent = add(arena, agent)};
  for (size_t t = TRAIN_END; t < stop; ++t)
    push(arena, bars, t, listen, &r);
  if (is_champion)
    assert_ok(crucible_arena_promote(arena, r.agent));
  size_t last = push_until_held(arena, bars, stop, r.agent, &r);
  assert_ok(crucible_arena_terminate(arena, r.agent));
  assert_int_equal(state_of(arena, r.agent), CRUCIBLE_AGENT_CLOSING);
  assert_refused(crucible_arena_terminate(arena, r.agent), "is closing",
                 "push bars");
  assert_refused(crucible_arena_promote(arena, r.agent), "is closing",
                 "push bars");
  for (size_t t = last + 1; t < bars->n; ++t) {
    size_t n_before = r.n_reports;
    int had_ended = state_of(arena, r.agent) == CRUCIBLE_AGENT_TERMINATED;
    push(arena, bars, t, listen, &r);
    assert_int_equal(r.n_reports - n_before, had_ended ? 0 : 1);
    if (!had_ended)
      assert_int_equal(r.last.state, state_of(arena, r.agent));
  }
  assert_int_equal(state_of(arena, r.agent), CRUCIBLE_AGENT_TERMINATED);
  crucible_ledger ledger = ledger_of(arena, r.agent);
  assert_true(ledger.position == 0 && ledger.equity == ledger.cash);
  assert_int_equal(ledger.n_orders, r.n_orders);
  assert_int_equal(ledger.n_trades, r.n_trades);
  trade_alone(f, bars, agent, TRAIN_END, last, arena, &alone);
  assert_same_history(&alone, &r.did);
  free(alone.bytes);
  free(r.did.bytes);
  crucible_arena_destroy(arena);
}

static void leaving_is_the_step_closed_by_liquidation(void **state) {
  const fixture *f = *state;
  for (size_t i = 0; i < N_SHORT; ++i)
    for (size_t stop = TRAIN_END; stop < 1800; stop += 190)
      compare_leaving(f, &f->bars, &f->agents[i], stop, i % 2 == 0);
}

/* Three bars without a trade and then an hour without bars: the exit is the
   open of the first bar that trades. */
static void leaving_waits_for_a_bar_that_trades(void **state) {
  const fixture *f = *state;
  crucible_arena *arena = make_arena(f, NULL);
  for (size_t t = 0; t < TRAIN_END; ++t)
    push(arena, &f->bars, t, NULL, NULL);
  record r = {.agent = add(arena, &f->agents[0])};
  size_t last = push_until_held(arena, &f->bars, TRAIN_END, r.agent, &r);
  assert_ok(crucible_arena_terminate(arena, r.agent));
  for (size_t t = last + 1; t <= last + 3; ++t) {
    crucible_bar bar = bar_at(&f->bars, t);
    bar.volume = 0;
    assert_ok(crucible_arena_push(arena, &bar, listen, &r));
    assert_int_equal(r.last.state, CRUCIBLE_AGENT_CLOSING);
    assert_true(ledger_of(arena, r.agent).position > 0);
  }
  push(arena, &f->bars, last + 16, listen, &r);
  assert_int_equal(r.last.state, CRUCIBLE_AGENT_TERMINATED);
  assert_int_equal(r.exit_ms, f->bars.open_time_ms[last + 16]);
  assert_int_equal(r.exit_placed_ms, f->bars.open_time_ms[last] + FIVE);
  assert_int_equal(r.exit_purpose, CRUCIBLE_PURPOSE_LIQUIDATION);
  free(r.did.bytes);
  crucible_arena_destroy(arena);
}

/* Whether some agent's order waits at the close of bar t, in a run without any
   interruption: the bar where it ends tells when it was placed. */
static void an_order_that_waits_is_cancelled_at_the_next_bar(void **state) {
  const fixture *f = *state;
  size_t n_cancelled = 0;
  for (size_t stop = TRAIN_END; stop < TRAIN_END + 300; stop += 3) {
    crucible_arena *arena = make_arena(f, NULL);
    for (size_t t = 0; t < TRAIN_END; ++t)
      push(arena, &f->bars, t, NULL, NULL);
    record r = {.agent = add(arena, &f->agents[0])};
    for (size_t t = TRAIN_END; t < stop; ++t)
      push(arena, &f->bars, t, listen, &r);
    int is_flat = ledger_of(arena, r.agent).position == 0;
    assert_ok(crucible_arena_terminate(arena, r.agent));
    if (is_flat && state_of(arena, r.agent) == CRUCIBLE_AGENT_CLOSING) {
      size_t n_orders = r.n_orders;
      push(arena, &f->bars, stop, listen, &r);
      assert_int_equal(r.last.state, CRUCIBLE_AGENT_TERMINATED);
      assert_int_equal(r.n_orders, n_orders + 1);
      assert_int_equal(r.last.orders.status[0], CRUCIBLE_ORDER_CANCELLED);
      assert_int_equal(r.last.orders.reason[0], CRUCIBLE_REASON_STOPPED);
      ++n_cancelled;
    }
    free(r.did.bytes);
    crucible_arena_destroy(arena);
  }
  assert_true(n_cancelled > 0);
}

/* In the midst of a quarter of an hour: out at the open of the next five
   minutes, at its price, never at the open of the quarter, which is past. */
static void a_longer_agent_leaves_at_the_next_short_bar(void **state) {
  const fixture *f = *state;
  size_t n_left[3] = {0};
  for (size_t k = N_SHORT; k < N_AGENTS; ++k)
    for (size_t stop = TRAIN_END; stop < 1700; stop += 37) {
      crucible_arena *arena = make_arena(f, NULL);
      for (size_t t = 0; t < TRAIN_END; ++t)
        push(arena, &f->bars, t, NULL, NULL);
      record r = {.agent = add(arena, &f->agents[k])};
      for (size_t t = TRAIN_END; t < stop; ++t)
        push(arena, &f->bars, t, listen, &r);
      int64_t decided_ms = f->bars.open_time_ms[stop - 1] + FIVE;
      assert_ok(crucible_arena_terminate(arena, r.agent));
      crucible_ledger before = ledger_of(arena, r.agent);
      int was_held = before.position != 0;
      if (state_of(arena, r.agent) == CRUCIBLE_AGENT_CLOSING) {
        push(arena, &f->bars, stop, listen, &r);
        assert_int_equal(r.last.state, CRUCIBLE_AGENT_TERMINATED);
        assert_false(r.last.is_mark_only);
      }
      crucible_ledger after = ledger_of(arena, r.agent);
      assert_int_equal(after.n_orders, r.n_orders);
      assert_int_equal(after.n_trades, r.n_trades);
      if (was_held) {
        double open = f->bars.open[stop];
        assert_int_equal(r.exit_purpose, CRUCIBLE_PURPOSE_LIQUIDATION);
        assert_int_equal(r.exit_placed_ms, decided_ms);
        assert_int_equal(r.exit_ms, f->bars.open_time_ms[stop]);
        assert_true(r.exit_price < open && r.exit_price > 0.998 * open);
        ++n_left[decided_ms / FIVE % 3];
      }
      free(r.did.bytes);
      crucible_arena_destroy(arena);
    }
  /* at each place within the quarter */
  assert_true(n_left[0] > 0 && n_left[1] > 0 && n_left[2] > 0);
}

/* ---- marks ---- */

typedef struct marks {
  const crucible_arena *arena;
  const crucible_bars *bars;
  size_t t;
  size_t n_reports[N_AGENTS], n_orders[N_AGENTS], n_trades[N_AGENTS];
  size_t n_marked_positions;
} marks;

static int32_t check_mark(const crucible_agent_step *step, void *user_data) {
  marks *m = user_data;
  crucible_ledger l = ledger_of(m->arena, step->agent);
  double close = m->bars->close[m->t];
  ++m->n_reports[step->agent];
  m->n_orders[step->agent] += step->orders.n;
  m->n_trades[step->agent] += step->trades.n;
  assert_int_equal(step->state, CRUCIBLE_AGENT_ACTIVE);
  assert_int_equal(l.n_orders, m->n_orders[step->agent]);
  assert_int_equal(l.n_trades, m->n_trades[step->agent]);
  if (step->agent < N_SHORT)
    assert_false(step->is_mark_only);
  /* the position at this close, less the fee of leaving and half a spread */
  double most = l.cash + l.position * close * 0.999;
  assert_true(step->equity <= most);
  assert_true(step->equity >= most - l.position * close * 0.0005);
  if (l.position == 0)
    assert_same_bits(step->equity, l.cash);
  else if (step->is_mark_only)
    ++m->n_marked_positions;
  return 0;
}

/* The sample has a gap, after which quarters of an hour close late. */
static void every_agent_is_marked_once_at_every_short_bar(void **state) {
  const fixture *f = *state;
  crucible_arena *arena = make_arena(f, NULL);
  marks m = {.arena = arena, .bars = &f->bars};
  for (; m.t < TRAIN_END; ++m.t)
    push(arena, &f->bars, m.t, NULL, NULL);
  for (size_t i = 0; i < N_AGENTS; ++i)
    add(arena, &f->agents[i]);
  for (; m.t < f->bars.n; ++m.t) {
    push(arena, &f->bars, m.t, check_mark, &m);
    for (size_t i = 0; i < N_AGENTS; ++i)
      assert_int_equal(m.n_reports[i], m.t - TRAIN_END + 1);
  }
  assert_true(m.n_marked_positions > 0);
  crucible_arena_destroy(arena);
}

/* ---- refits ---- */

typedef struct predictions {
  double of[N_AGENTS];
} predictions;

static int32_t note_prediction(const crucible_agent_step *step,
                               void *user_data) {
  predictions *p = user_data;
  p->of[step->agent] = step->prediction;
  return 0;
}

static void a_refit_predicts_from_the_next_bar_on(void **state) {
  const fixture *f = *state;
  enum { REFIT = TRAIN_END + 100 };
  test_agent newer[1] = {{0}};
  predictions p;
  crucible_arena *arena = make_arena(f, NULL);
  /* trained on fewer bars: another model of the same genome */
  make_agents(&f->bars, TRAIN_END - 400, &f->instrument, newer, 1);
  newer[0].plan.theta_in = 1; /* no prediction is as high */
  crucible_agent_spec spec = spec_of(&newer[0]);
  size_t n_differ = 0;
  for (size_t t = 0; t < TRAIN_END; ++t)
    push(arena, &f->bars, t, NULL, NULL);
  uint32_t agent = add(arena, &f->agents[0]);
  for (size_t t = TRAIN_END; t < REFIT; ++t) {
    push(arena, &f->bars, t, note_prediction, &p);
    assert_same_bits(p.of[agent], f->agents[0].scores[t]);
  }
  crucible_ledger before = ledger_of(arena, agent);
  assert_ok(crucible_arena_set_model(arena, agent, &spec));
  crucible_ledger after = ledger_of(arena, agent);
  assert_memory_equal(&before, &after, sizeof before);
  uint64_t n_trades = 0;
  for (size_t t = REFIT; t < f->bars.n; ++t) {
    push(arena, &f->bars, t, note_prediction, &p);
    assert_same_bits(p.of[agent], newer[0].scores[t]);
    n_differ += p.of[agent] != f->agents[0].scores[t];
    if (t == REFIT + 100)
      n_trades = ledger_of(arena, agent).n_trades;
  }
  assert_true(n_differ > 0 && before.n_trades > 0);
  assert_int_equal(ledger_of(arena, agent).n_trades, n_trades);
  crucible_arena_destroy(arena);
  free_agents(newer, 1);
}

static void a_refit_with_the_same_model_changes_nothing(void **state) {
  const fixture *f = *state;
  record r[2] = {{.agent = 0}, {.agent = 0}};
  for (int refits = 0; refits < 2; ++refits) {
    crucible_arena *arena = make_arena(f, NULL);
    add(arena, &f->agents[1]);
    for (size_t t = 0; t < f->bars.n; ++t) {
      crucible_agent_spec spec = spec_of(&f->agents[1]);
      if (refits && t % 7 == 0)
        assert_ok(crucible_arena_set_model(arena, 0, &spec));
      push(arena, &f->bars, t, listen, &r[refits]);
    }
    crucible_arena_destroy(arena);
  }
  assert_true(r[0].n_trades > 0);
  assert_same_history(&r[0].did, &r[1].did);
  free(r[0].did.bytes);
  free(r[1].did.bytes);
}

static void a_wrong_refit_is_refused_and_changes_nothing(void **state) {
  const fixture *f = *state;
  crucible_arena *arena = make_arena(f, NULL);
  predictions p;
  for (size_t t = 0; t < TRAIN_END; ++t)
    push(arena, &f->bars, t, NULL, NULL);
  add(arena, &f->agents[0]);
  crucible_agent_spec spec = spec_of(&f->agents[1]); /* of another genome */
  assert_int_equal(crucible_arena_set_model(arena, 0, &spec),
                   CRUCIBLE_E_INVALID);
  assert_non_null(strstr(crucible_last_error(), "spec.genome"));
  spec = spec_of(&f->agents[0]);
  crucible_plan plan = *spec.plan;
  spec.plan = &plan;
  plan.horizon_bars += 1;
  assert_int_equal(crucible_arena_set_model(arena, 0, &spec),
                   CRUCIBLE_E_INVALID);
  assert_non_null(strstr(crucible_last_error(), "spec.plan.horizon_bars"));
  spec.plan = &f->agents[0].plan;
  spec.model_bytes -= 1;
  assert_int_equal(crucible_arena_set_model(arena, 0, &spec), CRUCIBLE_E_MODEL);
  spec.struct_size = 3;
  assert_int_equal(crucible_arena_set_model(arena, 0, &spec),
                   CRUCIBLE_E_INVALID);
  for (size_t t = TRAIN_END; t < f->bars.n; ++t) {
    push(arena, &f->bars, t, note_prediction, &p);
    assert_same_bits(p.of[0], f->agents[0].scores[t]);
  }
  crucible_arena_destroy(arena);
}

/* ---- what is left of the dead ---- */

typedef struct memory {
  uint32_t agent;
  double prediction;
} memory;

static int32_t note_own(const crucible_agent_step *step, void *user_data) {
  memory *m = user_data;
  if (step->agent == m->agent)
    m->prediction = step->prediction;
  return 0;
}

/* Every agent comes, looks at its features as if it had always been there, and
   goes; nothing but its ledger stays. */
static void nothing_but_the_ledger_of_a_terminated_agent_stays(void **state) {
  const fixture *f = *state;
  enum { ROUNDS = 40 };
  crucible_arena *arena = make_arena(f, NULL);
  size_t t = 0, live = 0;
  for (; t < TRAIN_END; ++t)
    push(arena, &f->bars, t, NULL, NULL);
  for (uint32_t round = 0; round < ROUNDS; ++round) {
    const test_agent *which = &f->agents[round % N_SHORT];
    uint32_t agent = add(arena, which);
    assert_int_equal(agent, round);
    for (int i = 0; i < 10; ++i, ++t) {
      memory m = {agent, (double)NAN};
      push(arena, &f->bars, t, note_own, &m);
      assert_same_bits(m.prediction, which->scores[t]);
    }
    assert_ok(crucible_arena_terminate(arena, agent));
    while (state_of(arena, agent) != CRUCIBLE_AGENT_TERMINATED)
      push(arena, &f->bars, t++, NULL, NULL);
    if (round == 8)
      live = failing_alloc_live();
    if (round > 8) /* one block per agent ever */
      assert_int_equal(failing_alloc_live(), live + round - 8);
  }
  for (uint32_t i = 0; i < ROUNDS; ++i)
    assert_int_equal(ledger_of(arena, i).n_bars > 0, 1);
  crucible_arena_destroy(arena);
}

/* ---- threads ---- */

static int32_t note_crowd(const crucible_agent_step *step, void *user_data) {
  history *h = user_data;
  note(h, &step->agent, 4);
  note(h, &step->state, 4);
  note(h, &step->prediction, 8);
  note(h, &step->equity, 8);
  note_orders(h, &step->orders, 0);
  note_trades(h, &step->trades, 0);
  return 0;
}

/* Enough of them to be worth more than one thread. */
static history run_crowd(const fixture *f, uint32_t n_threads) {
  enum { N_CROWD = 300 };
  crucible_pool *pool;
  assert_ok(crucible_pool_create(n_threads, &pool));
  crucible_arena *arena = make_arena(f, pool);
  history h = {0};
  for (size_t t = 0; t < TRAIN_END + 200; ++t) {
    for (uint32_t i = 0; t == TRAIN_END && i < N_CROWD; ++i)
      add(arena, &f->agents[i % N_AGENTS]);
    push(arena, &f->bars, t, note_crowd, &h);
    if (t > TRAIN_END)
      assert_ok(crucible_arena_terminate(arena, (uint32_t)(t - TRAIN_END - 1)));
  }
  crucible_arena_destroy(arena);
  crucible_pool_destroy(pool);
  return h;
}

static void a_crowd_does_the_same_on_any_number_of_threads(void **state) {
  const fixture *f = *state;
  history one = run_crowd(f, 1);
  for (uint32_t n_threads = 2; n_threads <= 3; ++n_threads) {
    history more = run_crowd(f, n_threads);
    assert_same_history(&one, &more);
    free(more.bytes);
  }
  free(one.bytes);
}

int main(void) {
  failing_alloc_install();
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(refused_transitions_name_the_state_and_the_remedy),
      cmocka_unit_test(the_callback_may_look_but_not_touch),
      cmocka_unit_test(leaving_is_the_step_closed_by_liquidation),
      cmocka_unit_test(leaving_waits_for_a_bar_that_trades),
      cmocka_unit_test(an_order_that_waits_is_cancelled_at_the_next_bar),
      cmocka_unit_test(a_longer_agent_leaves_at_the_next_short_bar),
      cmocka_unit_test(every_agent_is_marked_once_at_every_short_bar),
      cmocka_unit_test(a_refit_predicts_from_the_next_bar_on),
      cmocka_unit_test(a_refit_with_the_same_model_changes_nothing),
      cmocka_unit_test(a_wrong_refit_is_refused_and_changes_nothing),
      cmocka_unit_test(nothing_but_the_ledger_of_a_terminated_agent_stays),
      cmocka_unit_test(a_crowd_does_the_same_on_any_number_of_threads),
  };
  return cmocka_run_group_tests(tests, set_up_arena, tear_down_arena);
}
