/* SPDX-License-Identifier: Apache-2.0 */
/* The watchtower's anytime rules: its figures are those of crucible/sequential.h
   on the same returns, and each set of rules is told as if it stood alone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <crucible/sequential.h>
#include <crucible/watchtower.h>

#include "base/pack.h"
#include "support/made_bars.h"
#include "support/near.h"
#include "support/statuses.h"
#include "watchtower/watchtower_state.h"

enum { AGENTS = 12, BARS = 1500 };

/* Records of some skill, none, or less, sparse and skewed. */
typedef struct records {
  uint64_t random;
  double equity[AGENTS];
} records;

static records new_records(uint64_t seed) {
  records r = {.random = seed};
  for (int i = 0; i < AGENTS; ++i)
    r.equity[i] = 200;
  return r;
}

static void next_bar(records *r, int t, crucible_observation *seen) {
  for (int i = 0; i < AGENTS; ++i) {
    const double u = made_uniform(&r->random), v = made_uniform(&r->random);
    const double drift = 0.0004 * (i - AGENTS / 2) / AGENTS;
    const double noise = (v - 0.5) * 0.004 + (u < 0.02 ? 0.003 : 0);
    r->equity[i] *= 1 + (i % 3 == 0 && u > 0.4 ? 0 : drift + noise - 0.00006);
    seen[i] = (crucible_observation){.struct_size = sizeof seen[i],
                                     .agent = (uint32_t)i,
                                     .equity = r->equity[i],
                                     .n_trades = t % 5 == 0,
                                     .n_fills = t % 5 == 0};
  }
}

static crucible_watchtower_options quick(uint32_t rules) {
  crucible_watchtower_options o;
  crucible_watchtower_options_init(&o, sizeof o);
  o.rules = rules;
  o.window = 150;
  o.min_bars = 100;
  o.min_trades = 5;
  o.promote_dsr = 0.6;
  o.decay_dsr = 0.2;
  o.decay_psr = 0.25;
  o.expired_bars = 1200;
  o.alpha = 0.3;
  o.bound_bars = 300;
  o.edge_run = 400;
  o.discovery_alpha = 0.4;
  return o;
}

static crucible_watchtower *tower_of(const crucible_watchtower_options *o) {
  crucible_watchtower *tower = NULL;
  assert_ok(crucible_watchtower_create(o, &tower));
  for (uint32_t i = 0; i < AGENTS; ++i)
    assert_ok(crucible_watchtower_add(tower, i, 200));
  return tower;
}

static crucible_track track_of(const crucible_watchtower *tower, uint32_t i) {
  crucible_track track = {.struct_size = sizeof track};
  assert_ok(crucible_watchtower_track(tower, i, &track));
  return track;
}

/* When a tower promoted and ended an agent, and why. */
typedef struct life {
  uint64_t promoted, ended;
  int32_t rule;
} life;

static crucible_watchtower *play(const crucible_watchtower_options *o,
                                 uint64_t seed, life *lives) {
  crucible_watchtower *tower = tower_of(o);
  records r = new_records(seed);
  memset(lives, 0, AGENTS * sizeof *lives);
  for (int t = 1; t <= BARS; ++t) {
    crucible_observation seen[AGENTS];
    crucible_verdict verdicts[AGENTS];
    size_t n;
    verdicts[0].struct_size = sizeof verdicts[0];
    next_bar(&r, t, seen);
    assert_ok(crucible_watchtower_push(tower, seen, AGENTS, verdicts, &n));
    for (size_t v = 0; v < n; ++v) {
      life *l = &lives[verdicts[v].agent];
      if (verdicts[v].action == CRUCIBLE_ACTION_PROMOTE) {
        l->promoted = (uint64_t)t;
        assert_ok(crucible_watchtower_promote(tower, verdicts[v].agent));
      } else {
        l->ended = (uint64_t)t;
        l->rule = verdicts[v].rule;
      }
    }
  }
  return tower;
}

static void each_set_is_told_as_if_it_stood_alone(void **state) {
  (void)state;
  uint64_t promoted = 0, ended = 0;
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    life both[AGENTS], lives[AGENTS];
    const crucible_watchtower_options o = quick(CRUCIBLE_RULES_DEFAULT);
    crucible_watchtower *tower = play(&o, seed, both);
    for (int set = 0; set < 2; ++set) {
      const crucible_watchtower_options alone =
          quick(set == 0 ? CRUCIBLE_RULES_BLUEPRINT : CRUCIBLE_RULES_ANYTIME);
      crucible_watchtower_destroy(play(&alone, seed, lives));
      for (uint32_t i = 0; i < AGENTS; ++i) {
        const crucible_track t = track_of(tower, i);
        assert_int_equal(set == 0 ? t.blueprint_promoted : t.anytime_promoted,
                         lives[i].promoted);
        assert_int_equal(set == 0 ? t.blueprint_ended : t.anytime_ended,
                         lives[i].ended);
        assert_int_equal(set == 0 ? t.blueprint_rule : t.anytime_rule,
                         lives[i].rule);
        promoted += lives[i].promoted > 0;
        ended += lives[i].rule == CRUCIBLE_RULE_PROVED_BAD ||
                 lives[i].rule == CRUCIBLE_RULE_EDGE_GONE;
        /* Promotion by both is never before that by either. */
        if (both[i].promoted > 0 && lives[i].ended == 0)
          assert_true(lives[i].promoted > 0 &&
                      lives[i].promoted <= both[i].promoted);
      }
    }
    crucible_watchtower_destroy(tower);
  }
  assert_true(promoted > 20 && ended > 20);
}

static void figures_are_those_of_the_sequences(void **state) {
  (void)state;
  for (uint32_t lags = 0; lags <= 8; lags += 8) {
    crucible_watchtower_options o = quick(0);
    o.lags = lags;
    o.promote_sharpe = 0.01;
    crucible_watchtower *tower = tower_of(&o);
    crucible_sharpe_sequence_options how;
    crucible_edge_detector_options edge;
    crucible_sharpe_sequence *sequence[AGENTS];
    crucible_edge_detector *detector[AGENTS];
    crucible_sharpe_sequence_options_init(&how, sizeof how);
    how.alpha = o.alpha;
    how.benchmark_per_observation = o.promote_sharpe;
    how.t_opt = o.bound_bars;
    how.burn_in = o.min_bars;
    how.lags = lags;
    crucible_edge_detector_options_init(&edge, sizeof edge);
    edge.run_length = o.edge_run;
    edge.burn_in = o.min_bars;
    for (int i = 0; i < AGENTS; ++i) {
      assert_ok(crucible_sharpe_sequence_create(&how, &sequence[i]));
      assert_ok(crucible_edge_detector_create(&edge, &detector[i]));
    }
    records r = new_records(7 + lags);
    for (int t = 1; t <= 400; ++t) {
      crucible_observation seen[AGENTS];
      crucible_verdict verdicts[AGENTS];
      double before[AGENTS];
      size_t n;
      verdicts[0].struct_size = sizeof verdicts[0];
      memcpy(before, r.equity, sizeof before);
      next_bar(&r, t, seen);
      assert_ok(crucible_watchtower_push(tower, seen, AGENTS, verdicts, &n));
      assert_int_equal(n, 0);
      for (uint32_t i = 0; i < AGENTS; ++i) {
        const double value = r.equity[i] / before[i] - 1;
        crucible_sharpe_sequence_state s = {.struct_size = sizeof s};
        crucible_edge_detector_state e = {.struct_size = sizeof e};
        assert_ok(crucible_sharpe_sequence_push(sequence[i], value));
        assert_ok(crucible_edge_detector_push(detector[i], value, NULL));
        assert_ok(crucible_sharpe_sequence_get(sequence[i], &s));
        assert_ok(crucible_edge_detector_get(detector[i], &e));
        const crucible_track track = track_of(tower, i);
        assert_same_bits(track.lower, s.lower);
        assert_same_bits(track.upper, s.upper);
        assert_same_bits(track.log_e, s.log_e);
        assert_same_bits(track.log_e_max, s.log_e_max);
        assert_same_bits(track.anytime_psr, s.anytime_psr);
        assert_same_bits(track.edge_evidence, e.evidence);
        assert_int_equal(track.is_discovery,
                         track.log_e_max >= track.discovery_log);
      }
    }
    for (int i = 0; i < AGENTS; ++i) {
      crucible_sharpe_sequence_destroy(sequence[i]);
      crucible_edge_detector_destroy(detector[i]);
    }
    crucible_watchtower_destroy(tower);
  }
}

/* Agents born after a discovery need less evidence; none born before does. */
static void discoveries_lower_the_level_of_those_born_later(void **state) {
  (void)state;
  const crucible_watchtower_options o = quick(0);
  crucible_watchtower *tower = tower_of(&o);
  crucible_online_fdr *online = NULL;
  assert_ok(crucible_online_fdr_create(o.discovery_alpha, &online));
  for (uint32_t i = 0; i < AGENTS; ++i) {
    double threshold;
    assert_ok(crucible_online_fdr_birth(online, NULL, &threshold));
    assert_same_bits(track_of(tower, i).discovery_log, threshold);
  }
  double equity = 200;
  uint64_t random = 3;
  crucible_watchtower *lone = NULL;
  assert_ok(crucible_watchtower_create(&o, &lone));
  assert_ok(crucible_watchtower_add(lone, 0, 200));
  for (int t = 1; t <= 400; ++t) {
    crucible_verdict verdict = {.struct_size = sizeof verdict};
    equity *= 1 + 0.002 * (made_uniform(&random) - 0.2);
    const crucible_observation seen = {.struct_size = sizeof seen,
                                       .equity = equity};
    size_t n;
    assert_ok(crucible_watchtower_push(lone, &seen, 1, &verdict, &n));
  }
  assert_int_equal(track_of(lone, 0).is_discovery, 1);
  assert_ok(crucible_watchtower_add(lone, 1, 200));
  assert_near(track_of(lone, 1).discovery_log,
              track_of(tower, 1).discovery_log - log(2), 0, 1e-12);
  crucible_online_fdr_destroy(online);
  crucible_watchtower_destroy(lone);
  crucible_watchtower_destroy(tower);
}

/* The record length that is told is the one at which the bound would be met. */
static void bars_to_the_bound_are_those_at_which_it_is_met(void **state) {
  (void)state;
  life lives[AGENTS];
  const crucible_watchtower_options o = quick(0);
  crucible_watchtower *tower = play(&o, 5, lives);
  int seen = 0;
  for (uint32_t i = 0; i < AGENTS; ++i) {
    const crucible_track track = track_of(tower, i);
    if (!(track.sharpe > 0)) {
      assert_true(isinf(track.bound_bars));
      continue;
    }
    const double width = (track.sharpe - track.lower) /* now */;
    double rho2, now, then, before;
    assert_ok(crucible_sequence_best_rho2(o.bound_bars, o.alpha, 1, &rho2));
    assert_ok(crucible_sequence_margin((double)track.n_returns, rho2, o.alpha,
                                       1, &now));
    assert_ok(
        crucible_sequence_margin(track.bound_bars, rho2, o.alpha, 1, &then));
    assert_ok(crucible_sequence_margin(track.bound_bars - 1, rho2, o.alpha, 1,
                                       &before));
    assert_true(width / now * then < track.sharpe);
    if (track.bound_bars > o.min_bars)
      assert_true(width / now * before >= track.sharpe * (1 - 1e-9));
    ++seen;
  }
  assert_true(seen > 2);
  crucible_watchtower_destroy(tower);
}

static void a_saved_watchtower_goes_on_to_the_bit(void **state) {
  (void)state;
  for (uint32_t lags = 0; lags <= 5; lags += 5) {
    crucible_watchtower_options o = quick(CRUCIBLE_RULES_DEFAULT);
    o.lags = lags;
    crucible_watchtower *one = tower_of(&o), *other = NULL;
    records r = new_records(11);
    for (int t = 1; t <= 600; ++t) {
      crucible_observation seen[AGENTS];
      crucible_verdict a[AGENTS], b[AGENTS];
      size_t n, m;
      a[0].struct_size = b[0].struct_size = sizeof a[0];
      if (t == 311) { /* in the midst of a window */
        crucible__pack pack = {0};
        crucible__watchtower_save(one, &pack);
        crucible__unpack unpack = {.data = pack.data, .length = pack.length};
        assert_ok(crucible__watchtower_load(&o, &unpack, &other));
        crucible__pack_free(&pack);
      }
      next_bar(&r, t, seen);
      assert_ok(crucible_watchtower_push(one, seen, AGENTS, a, &n));
      if (other == NULL)
        continue;
      assert_ok(crucible_watchtower_push(other, seen, AGENTS, b, &m));
      assert_int_equal(n, m);
      for (uint32_t i = 0; i < AGENTS; ++i) {
        const crucible_track x = track_of(one, i), y = track_of(other, i);
        assert_memory_equal(&x, &y, sizeof x);
      }
    }
    crucible_watchtower_destroy(other);
    crucible_watchtower_destroy(one);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(each_set_is_told_as_if_it_stood_alone),
      cmocka_unit_test(figures_are_those_of_the_sequences),
      cmocka_unit_test(discoveries_lower_the_level_of_those_born_later),
      cmocka_unit_test(bars_to_the_bound_are_those_at_which_it_is_met),
      cmocka_unit_test(a_saved_watchtower_goes_on_to_the_bit),
  };
  return cmocka_run_group_tests_name("watchtower_anytime", tests, NULL, NULL);
}
