/* SPDX-License-Identifier: Apache-2.0 */
/* Tracks against figures computed anew from all returns, and against their own
   saved state. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <string.h>

#include <crucible/stats.h>
#include <crucible/watchtower.h>

#include "support/a_sharpe_record.h"
#include "support/failing_alloc.h"
#include "support/golden_rows.h"
#include "support/near.h"
#include "support/simple_agents.h"
#include "watchtower/watchtower_state.h"

enum { N_AGENTS = 7, N_BARS = 2301 };

/* As in tests/data/gen/gen_watchtower.py. */
static const struct life {
  simple_agent agent;
  size_t first, last; /* bars; closed after the last */
} LIVES[N_AGENTS] = {
    {{12, 1, 0, 0, 200, 0}, 1, 9999},
    {{48, -1, 1e-5, 0, 200, 0}, 1, 900},
    {{6, -1, 0, 0, 200, 0}, 300, 9999},
    {{5, 0, 0, 0, 200, 0}, 300, 9999},
    {{100, 1, 0, 0, 200, 0}, 600, 700},
    {{24, -1, 1e-5, 0, 200, 0}, 1200, 9999},
    {{3, 1, 1e-4, 0, 200, 0}, 1201, 2000},
};

typedef struct run {
  crucible_watchtower_options options;
  crucible_watchtower *tower;
  simple_agent agents[N_AGENTS];
  crucible_verdict verdicts[N_AGENTS];
  size_t n_verdicts; /* of the latest bar */
} run;

static void run_init(run *r) {
  memset(r, 0, sizeof *r);
  crucible_watchtower_options_init(&r->options, sizeof r->options);
  for (size_t i = 0; i < N_AGENTS; ++i)
    r->agents[i] = LIVES[i].agent;
  r->verdicts[0].struct_size = sizeof r->verdicts[0];
}

static void run_start(run *r) {
  assert_int_equal(crucible_watchtower_create(&r->options, &r->tower),
                   CRUCIBLE_OK);
}

/* Bar t: who begins, what they did, who ends. */
static void run_bar(run *r, const double *close, size_t t) {
  crucible_observation seen[N_AGENTS];
  size_t n = 0;
  for (uint32_t i = 0; i < N_AGENTS; ++i) {
    if (t == LIVES[i].first)
      assert_int_equal(crucible_watchtower_add(r->tower, i, 200), CRUCIBLE_OK);
    if (t >= LIVES[i].first && t <= LIVES[i].last)
      seen[n++] = simple_step(&r->agents[i], i, close, t);
  }
  assert_int_equal(
      crucible_watchtower_push(r->tower, seen, n, r->verdicts, &r->n_verdicts),
      CRUCIBLE_OK);
  for (uint32_t i = 0; i < N_AGENTS; ++i)
    if (t == LIVES[i].last)
      assert_int_equal(crucible_watchtower_close(r->tower, i), CRUCIBLE_OK);
}

static crucible_track track_of(const crucible_watchtower *tower,
                               uint32_t agent) {
  crucible_track track = {.struct_size = sizeof track};
  assert_int_equal(crucible_watchtower_track(tower, agent, &track),
                   CRUCIBLE_OK);
  return track;
}

static void compare(const crucible_track *track, const double *cell) {
  assert_int_equal(track->n_returns, cell[2]);
  assert_int_equal(track->n_trades, cell[3]);
  assert_near(track->sharpe, cell[4], 1e-9, 1e-12);
  assert_near(track->skewness, cell[5], 1e-9, 1e-9);
  assert_near(track->kurtosis, cell[6], 1e-9, 0);
  assert_near(track->psr, cell[7], 1e-9, 0);
  assert_int_equal(track->n_agents, cell[8]);
  assert_int_equal(track->variance_agents, cell[9]);
  assert_near(track->sharpe_variance, cell[10], 1e-9, 0);
  assert_near(track->expected_max_sharpe, cell[11], 1e-9, 0);
  assert_near(track->dsr_live, cell[12], 1e-9, 0);
  assert_near(track->z, cell[13], 1e-9, 1e-9);
  assert_int_equal(track->rolling_n, cell[14]);
  assert_near(track->rolling_sharpe, cell[15], 1e-9, 1e-12);
  assert_near(track->rolling_psr, cell[16], 1e-9, 0);
  assert_near(track->rolling_dsr, cell[17], 1e-9, 0);
  assert_near(track->min_track_bars, cell[18], 1e-8, 0);
  assert_near(track->mean_trade, cell[19], 1e-9, 1e-12);
  assert_near(track->trade_sharpe, cell[20], 1e-9, 1e-12);
  assert_near(track->trade_psr, cell[21], 1e-9, 0);
  assert_near(track->drawdown, cell[22], 1e-12, 1e-15);
}

static void tracks_equal_numpy_and_scipy_on_recorded_bars(void **state) {
  (void)state;
  golden_rows rows = golden_rows_read("watchtower/tracks.csv");
  crucible_bars bars;
  crucible_series *series = simple_bars(&bars);
  run r;
  size_t at = 0;
  run_init(&r);
  r.options.rules = 0;
  run_start(&r);
  for (size_t t = 1; t < N_BARS; ++t) {
    run_bar(&r, bars.close, t);
    assert_int_equal(r.n_verdicts, 0);
    for (; at < rows.n && (size_t)rows.row[at].cell[1] == t; ++at) {
      const double *cell = rows.row[at].cell;
      const crucible_track track = track_of(r.tower, (uint32_t)cell[0]);
      compare(&track, cell);
    }
  }
  assert_int_equal(at, rows.n);
  assert_int_equal(crucible_watchtower_count(r.tower), N_AGENTS);
  crucible_watchtower_destroy(r.tower);
  crucible_series_destroy(series);
  golden_rows_free(&rows);
}

static void assert_same_tracks(const crucible_watchtower *a,
                               const crucible_watchtower *b) {
  const uint64_t n = crucible_watchtower_count(a);
  assert_int_equal(crucible_watchtower_count(b), n);
  for (uint32_t i = 0; i < n; ++i) {
    const crucible_track of_a = track_of(a, i), of_b = track_of(b, i);
    assert_memory_equal(&of_a, &of_b, sizeof of_a);
  }
}

static crucible_watchtower *
saved_and_loaded(const crucible_watchtower *tower,
                 const crucible_watchtower_options *options) {
  crucible__pack pack = {0}, again = {0};
  crucible_watchtower *loaded = NULL;
  crucible__watchtower_save(tower, &pack);
  assert_int_equal(crucible__pack_end(&pack), CRUCIBLE_OK);
  crucible__unpack unpack = {.data = pack.data, .length = pack.length};
  assert_int_equal(crucible__watchtower_load(options, &unpack, &loaded),
                   CRUCIBLE_OK);
  assert_int_equal(crucible__unpack_end(&unpack, "watchtower"), CRUCIBLE_OK);
  crucible__watchtower_save(loaded, &again);
  assert_int_equal(again.length, pack.length);
  assert_memory_equal(again.data, pack.data, pack.length);
  crucible__pack_free(&pack);
  crucible__pack_free(&again);
  return loaded;
}

/* One run goes on; the other is saved and loaded at bars drawn at random. The
   window is short, so that it turns many times; rules are on. */
static void a_loaded_watchtower_goes_on_with_the_same_bits(void **state) {
  (void)state;
  crucible_bars bars;
  crucible_series *series = simple_bars(&bars);
  run a, b;
  uint32_t seed = 5, times = 0;
  uint64_t verdicts = 0;
  run_init(&a);
  a.options.window = 150;
  a.options.min_bars = 100;
  a.options.min_trades = 5;
  a.options.decay_psr = a.options.decay_dsr = 0.3;
  b = a;
  run_start(&a);
  run_start(&b);
  for (size_t t = 1; t < N_BARS; ++t) {
    seed = 1664525u * seed + 1013904223u;
    if (seed >> 26 == 0) {
      crucible_watchtower *loaded = saved_and_loaded(b.tower, &b.options);
      crucible_watchtower_destroy(b.tower);
      b.tower = loaded;
      ++times;
    }
    run_bar(&a, bars.close, t);
    run_bar(&b, bars.close, t);
    assert_int_equal(a.n_verdicts, b.n_verdicts);
    assert_memory_equal(a.verdicts, b.verdicts,
                        a.n_verdicts * sizeof a.verdicts[0]);
    assert_same_tracks(a.tower, b.tower);
    verdicts += a.n_verdicts;
  }
  assert_true(times > 20);
  assert_true(verdicts >= 3);
  crucible_watchtower_destroy(a.tower);
  crucible_watchtower_destroy(b.tower);
  crucible_series_destroy(series);
}

/* ---- verdicts against the batch functions ---- */

enum { SLOTS = 6, MOST_AGENTS = 400 };

/* One agent as a reader of the rules would keep it: all its returns. */
typedef struct whole_life {
  simple_agent agent;
  double returns[N_BARS];
  size_t n, n_trades, since_trade;
  int is_champion, psr_armed, dsr_armed;
  double sharpe; /* of the record so far; NaN if not defined */
} whole_life;

typedef struct reference {
  crucible_watchtower_options options;
  whole_life *lives; /* [n] */
  size_t n;
  uint32_t slots[SLOTS]; /* who is open, ascending */
  size_t met[CRUCIBLE_RULE_PROMOTION + 1];
} reference;

static crucible_moments nothing(void) {
  return (crucible_moments){(double)NAN, (double)NAN, (double)NAN, (double)NAN};
}

static crucible_moments last_of(const whole_life *life, size_t window) {
  crucible_moments m = nothing();
  const size_t n = life->n < window ? life->n : window;
  if (crucible_moments_of(life->returns + life->n - n, n, &m) != CRUCIBLE_OK)
    return nothing();
  return m;
}

static uint32_t newcomer(reference *ref, crucible_watchtower *tower) {
  const uint32_t i = (uint32_t)ref->n++;
  assert_true(i < MOST_AGENTS);
  whole_life *life = &ref->lives[i];
  memset(life, 0, sizeof *life);
  life->sharpe = (double)NAN;
  life->agent = (simple_agent){.look = 3 + 7 * i % 97,
                               .sign = i % 5 == 4   ? 0
                                       : i % 2 == 0 ? 1
                                                    : -1,
                               .cost = i % 3 == 0 ? 1e-5 : 0,
                               .equity = 200};
  assert_int_equal(crucible_watchtower_add(tower, i, 200), CRUCIBLE_OK);
  return i;
}

static double dsr_of(const reference *ref, const crucible_moments *m,
                     size_t n) {
  crucible_dsr_options options;
  crucible_dsr_result result = {.struct_size = sizeof result};
  double mean = 0, squares = 0;
  size_t ratios = 0;
  for (size_t i = 0; i < ref->n; ++i)
    if (ref->lives[i].n >= ref->options.min_bars &&
        !isnan(ref->lives[i].sharpe)) {
      ++ratios;
      mean += ref->lives[i].sharpe;
    }
  mean /= (double)ratios;
  for (size_t i = 0; i < ref->n; ++i)
    if (ref->lives[i].n >= ref->options.min_bars &&
        !isnan(ref->lives[i].sharpe))
      squares += pow(ref->lives[i].sharpe - mean, 2);
  crucible_dsr_options_init(&options, sizeof options);
  options.n_trials = ref->n;
  options.trial_sharpe_variance =
      ratios < 2 ? 1 / (double)n : squares / (double)(ratios - 1);
  const crucible_sharpe_record record =
      a_sharpe_record(m->mean / m->stddev, n, m->skewness, m->kurtosis);
  if (isnan(m->mean) || crucible_dsr(&record, &options, &result) != CRUCIBLE_OK)
    return (double)NAN;
  return result.dsr;
}

/* The rule that a reader of the documents would find met. */
static int32_t rule_met(reference *ref, whole_life *life) {
  const crucible_watchtower_options *o = &ref->options;
  const size_t recent = life->n < o->window ? life->n : o->window;
  const crucible_moments whole = last_of(life, life->n);
  const crucible_moments rolling = last_of(life, o->window);
  const int level = o->decay == CRUCIBLE_DECAY_LEVEL;
  double psr = (double)NAN, dsr = (double)NAN, live = (double)NAN;
  if (life->n >= o->min_bars && life->n_trades >= o->min_trades) {
    live = dsr_of(ref, &whole, life->n);
    dsr = dsr_of(ref, &rolling, recent);
    const crucible_sharpe_record record =
        a_sharpe_record(rolling.mean / rolling.stddev, recent, rolling.skewness,
                        rolling.kurtosis);
    if (!isnan(rolling.mean))
      assert_int_equal(
          crucible_psr(&record, 0, CRUCIBLE_VARIANCE_AT_ESTIMATE, &psr),
          CRUCIBLE_OK);
  }
  const int psr_drops = (level || life->psr_armed) && psr < o->decay_psr;
  const int dsr_drops = (level || life->dsr_armed) && dsr < o->decay_dsr;
  life->psr_armed |= psr >= o->decay_psr;
  life->dsr_armed |= dsr >= o->decay_dsr;
  if (life->agent.equity <= 100)
    return CRUCIBLE_RULE_DEATH;
  if (!life->is_champion && live > o->promote_dsr)
    return CRUCIBLE_RULE_PROMOTION;
  if (psr_drops)
    return CRUCIBLE_RULE_DECAY_PSR;
  if (dsr_drops)
    return CRUCIBLE_RULE_DECAY_DSR;
  if (life->since_trade >= o->inactive_bars)
    return CRUCIBLE_RULE_INACTIVE;
  if (!life->is_champion && life->n >= o->expired_bars)
    return CRUCIBLE_RULE_EXPIRED;
  return 0;
}

static void take(whole_life *life, double before,
                 const crucible_observation *seen) {
  life->returns[life->n++] = seen->equity / before - 1;
  life->n_trades += seen->n_trades;
  life->since_trade =
      seen->n_fills + seen->n_trades > 0 ? 0 : life->since_trade + 1;
  const crucible_moments m = last_of(life, life->n);
  life->sharpe = m.mean / m.stddev;
}

/* What the caller does about a verdict: the slot of one that ends is filled
   again. */
static void act(reference *ref, crucible_watchtower *tower,
                const crucible_verdict *verdict) {
  if (verdict->action == CRUCIBLE_ACTION_PROMOTE) {
    ref->lives[verdict->agent].is_champion = 1;
    assert_int_equal(crucible_watchtower_promote(tower, verdict->agent),
                     CRUCIBLE_OK);
    return;
  }
  size_t i = 0;
  assert_int_equal(crucible_watchtower_close(tower, verdict->agent),
                   CRUCIBLE_OK);
  while (ref->slots[i] != verdict->agent)
    ++i;
  for (; i + 1 < SLOTS; ++i)
    ref->slots[i] = ref->slots[i + 1];
  ref->slots[SLOTS - 1] = newcomer(ref, tower);
}

static void play_bar(reference *ref, crucible_watchtower *tower,
                     const double *close, size_t t) {
  crucible_observation seen[SLOTS];
  crucible_verdict verdicts[SLOTS];
  size_t n, at = 0;
  verdicts[0].struct_size = sizeof verdicts[0];
  for (size_t i = 0; i < SLOTS; ++i) {
    whole_life *life = &ref->lives[ref->slots[i]];
    const double before = life->agent.equity;
    seen[i] = simple_step(&life->agent, ref->slots[i], close, t);
    take(life, before, &seen[i]);
  }
  assert_int_equal(crucible_watchtower_push(tower, seen, SLOTS, verdicts, &n),
                   CRUCIBLE_OK);
  for (size_t i = 0; i < SLOTS; ++i) {
    const int32_t rule = rule_met(ref, &ref->lives[ref->slots[i]]);
    ++ref->met[rule];
    if (rule == 0)
      continue;
    assert_true(at < n);
    assert_int_equal(verdicts[at].agent, ref->slots[i]);
    assert_int_equal(verdicts[at++].rule, rule);
  }
  assert_int_equal(at, n);
  for (size_t i = 0; i < n; ++i)
    act(ref, tower, &verdicts[i]);
}

static void play_with_reference(int32_t decay, const double *close,
                                size_t *met) {
  reference ref = {.n = 0};
  crucible_watchtower *tower;
  ref.lives = test_malloc(MOST_AGENTS * sizeof *ref.lives);
  crucible_watchtower_options_init(&ref.options, sizeof ref.options);
  ref.options.rules = CRUCIBLE_RULES_BLUEPRINT;
  ref.options.decay = decay;
  ref.options.window = 150;
  ref.options.min_bars = 100;
  ref.options.min_trades = 5;
  ref.options.promote_dsr = 0.6;
  ref.options.decay_dsr = 0.2;
  ref.options.decay_psr = 0.25;
  ref.options.inactive_bars = 130;
  ref.options.expired_bars = 400;
  assert_int_equal(crucible_watchtower_create(&ref.options, &tower),
                   CRUCIBLE_OK);
  for (size_t i = 0; i < SLOTS; ++i)
    ref.slots[i] = newcomer(&ref, tower);
  for (size_t t = 1; t < N_BARS; ++t)
    play_bar(&ref, tower, close, t);
  memcpy(met, ref.met, sizeof ref.met);
  crucible_watchtower_destroy(tower);
  test_free(ref.lives);
}

static void verdicts_fall_at_the_bar_that_batch_functions_say(void **state) {
  (void)state;
  crucible_bars bars;
  crucible_series *series = simple_bars(&bars);
  size_t crossing[CRUCIBLE_RULE_PROMOTION + 1];
  size_t level[CRUCIBLE_RULE_PROMOTION + 1];
  play_with_reference(CRUCIBLE_DECAY_CROSSING, bars.close, crossing);
  play_with_reference(CRUCIBLE_DECAY_LEVEL, bars.close, level);
  for (int32_t rule = 1; rule <= CRUCIBLE_RULE_PROMOTION; ++rule)
    print_message("%-12s crossing %zu, level %zu\n", crucible_rule_name(rule),
                  crossing[rule], level[rule]);
  assert_true(crossing[CRUCIBLE_RULE_DECAY_PSR] > 0);
  assert_true(crossing[CRUCIBLE_RULE_DECAY_DSR] > 0);
  assert_true(crossing[CRUCIBLE_RULE_PROMOTION] > 0);
  assert_true(crossing[CRUCIBLE_RULE_INACTIVE] > 0);
  assert_true(crossing[CRUCIBLE_RULE_EXPIRED] > 0);
  assert_true(level[CRUCIBLE_RULE_DECAY_PSR] > 0);
  assert_true(level[CRUCIBLE_RULE_DECAY_DSR] > 0);
  crucible_series_destroy(series);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(tracks_equal_numpy_and_scipy_on_recorded_bars),
      cmocka_unit_test(a_loaded_watchtower_goes_on_with_the_same_bits),
      cmocka_unit_test(verdicts_fall_at_the_bar_that_batch_functions_say),
  };
  failing_alloc_install();
  return cmocka_run_group_tests_name("watchtower_golden", tests, NULL, NULL);
}
