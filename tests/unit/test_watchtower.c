/* SPDX-License-Identifier: Apache-2.0 */
/* Each rule fires at the bar it should, and not at the one before. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <string.h>

#include <crucible/watchtower.h>

#include "support/failing_alloc.h"
#include "support/near.h"
#include "watchtower/watchtower_state.h"

enum { ROOM = 8 };

typedef struct stage {
  crucible_watchtower_options options;
  crucible_watchtower *tower;
  crucible_verdict verdicts[ROOM];
  size_t n;
} stage;

static stage a_stage(void) {
  stage s;
  memset(&s, 0, sizeof s);
  crucible_watchtower_options_init(&s.options, sizeof s.options);
  s.verdicts[0].struct_size = sizeof s.verdicts[0];
  return s;
}

static void begin(stage *s) {
  assert_int_equal(crucible_watchtower_create(&s->options, &s->tower),
                   CRUCIBLE_OK);
}

static void add(stage *s, uint32_t agent) {
  assert_int_equal(crucible_watchtower_add(s->tower, agent, 200), CRUCIBLE_OK);
}

static void end(stage *s) {
  crucible_watchtower_destroy(s->tower);
  s->tower = NULL;
}

static crucible_observation at(uint32_t agent, double equity) {
  return (crucible_observation){.struct_size = sizeof(crucible_observation),
                                .agent = agent,
                                .equity = equity};
}

static crucible_status try_push(stage *s, const crucible_observation *seen,
                                size_t n) {
  return crucible_watchtower_push(s->tower, seen, n, s->verdicts, &s->n);
}

/* One bar of one agent; the rule that was met, 0 if none. */
static int32_t see(stage *s, crucible_observation seen) {
  assert_int_equal(try_push(s, &seen, 1), CRUCIBLE_OK);
  if (s->n == 0)
    return 0;
  assert_int_equal(s->n, 1);
  assert_int_equal(s->verdicts[0].agent, seen.agent);
  assert_int_equal(s->verdicts[0].track.agent, seen.agent);
  assert_true(isnan(s->verdicts[0].lower) && isnan(s->verdicts[0].upper));
  return s->verdicts[0].rule;
}

static crucible_track track_of(const stage *s, uint32_t agent) {
  crucible_track track = {.struct_size = sizeof track};
  assert_int_equal(crucible_watchtower_track(s->tower, agent, &track),
                   CRUCIBLE_OK);
  return track;
}

static void assert_verdict(const stage *s, int32_t action, double statistic,
                           double threshold) {
  assert_int_equal(s->verdicts[0].action, action);
  assert_same_bits(s->verdicts[0].statistic, statistic);
  assert_same_bits(s->verdicts[0].threshold, threshold);
}

/* ---- rules without statistics ---- */

static void death_comes_at_half_of_the_initial_capital(void **state) {
  (void)state;
  stage s = a_stage();
  begin(&s);
  add(&s, 3);
  assert_int_equal(see(&s, at(3, 400)), 0);
  assert_int_equal(see(&s, at(3, 190)), 0); /* half of the peak is no death */
  assert_int_equal(see(&s, at(3, 100.01)), 0);
  assert_int_equal(see(&s, at(3, 100)), CRUCIBLE_RULE_DEATH);
  assert_verdict(&s, CRUCIBLE_ACTION_TERMINATE, 100, 100);
  assert_near(s.verdicts[0].track.drawdown, 0.75, 1e-15, 0);
  assert_int_equal(s.verdicts[0].track.n_bars, 4);
  assert_int_equal(s.verdicts[0].track.is_sentenced, 1);
  /* observed until it is flat, without another verdict */
  assert_int_equal(see(&s, at(3, 90)), 0);
  assert_near(track_of(&s, 3).equity, 90, 0, 0);
  assert_int_equal(crucible_watchtower_close(s.tower, 3), CRUCIBLE_OK);
  assert_int_equal(try_push(&s, NULL, 0), CRUCIBLE_OK);
  assert_int_equal(track_of(&s, 3).is_closed, 1);
  end(&s);
}

static void an_agent_that_cannot_trade_is_terminated_at_once(void **state) {
  (void)state;
  stage s = a_stage();
  begin(&s);
  add(&s, 0);
  crucible_observation seen = at(0, 200);
  assert_int_equal(see(&s, seen), 0);
  seen.cannot_trade = 1;
  assert_int_equal(see(&s, seen), CRUCIBLE_RULE_CANNOT_TRADE);
  assert_verdict(&s, CRUCIBLE_ACTION_TERMINATE, 1, 1);
  end(&s);
}

static void inactivity_is_counted_from_the_latest_fill_or_trade(void **state) {
  (void)state;
  for (int kind = 0; kind < 3; ++kind) {
    stage s = a_stage();
    begin(&s);
    add(&s, 0);
    for (int t = 1; t <= 863; ++t)
      assert_int_equal(see(&s, at(0, 200)), 0);
    crucible_observation seen = at(0, 200);
    if (kind == 1)
      seen.n_fills = 1;
    if (kind == 2)
      seen.n_trades = 1;
    if (kind == 0) {
      assert_int_equal(see(&s, seen), CRUCIBLE_RULE_INACTIVE);
      assert_verdict(&s, CRUCIBLE_ACTION_TERMINATE, 864, 864);
      assert_true(isnan(s.verdicts[0].track.sharpe));
      assert_true(isnan(s.verdicts[0].track.dsr_live));
      assert_true(isnan(s.verdicts[0].track.min_track_bars));
    } else {
      assert_int_equal(see(&s, seen), 0);
      for (int t = 1; t <= 863; ++t)
        assert_int_equal(see(&s, at(0, 200)), 0);
      assert_int_equal(see(&s, at(0, 200)), CRUCIBLE_RULE_INACTIVE);
    }
    end(&s);
  }
}

static void an_agent_expires_after_thirty_days(void **state) {
  (void)state;
  stage s = a_stage();
  begin(&s);
  add(&s, 0);
  for (int t = 1; t <= 8640; ++t) {
    crucible_observation seen = at(0, 200);
    seen.n_fills = t % 100 == 0;
    assert_int_equal(see(&s, seen), t < 8640 ? 0 : CRUCIBLE_RULE_EXPIRED);
  }
  assert_verdict(&s, CRUCIBLE_ACTION_TERMINATE, 8640, 8640);
  end(&s);
}

/* ---- promotion and the minimums ---- */

/* Equity of an agent that is right three times out of four. */
static double good_equity(double equity, int t) {
  return equity * (t % 4 == 0 ? 0.999 : 1.001);
}

static void promotion_waits_for_500_bars_and_30_trades(void **state) {
  (void)state;
  for (int late_trades = 0; late_trades < 2; ++late_trades) {
    stage s = a_stage();
    begin(&s);
    add(&s, 0);
    double equity = 200;
    const int first = late_trades ? 600 : 500; /* bar with both minimums */
    for (int t = 1; t <= first; ++t) {
      crucible_observation seen = at(0, equity = good_equity(equity, t));
      seen.n_fills = 1;
      seen.n_trades = late_trades ? t > 570 : t <= 30;
      seen.trade_result = seen.n_trades;
      assert_int_equal(see(&s, seen), t < first ? 0 : CRUCIBLE_RULE_PROMOTION);
    }
    const crucible_track *track = &s.verdicts[0].track;
    assert_verdict(&s, CRUCIBLE_ACTION_PROMOTE, track->dsr_live, 0.99);
    assert_true(track->dsr_live > 0.99 && track->z > 2.3263);
    assert_int_equal(track->is_sentenced, 0);
    assert_int_equal(track->variance_agents, 0);
    assert_near(track->sharpe_variance, 1.0 / first, 1e-15, 0);
    assert_true(track->min_track_bars < first);
    /* asked for again until it is done, then no more */
    assert_int_equal(see(&s, at(0, equity = good_equity(equity, 1))),
                     CRUCIBLE_RULE_PROMOTION);
    assert_int_equal(crucible_watchtower_promote(s.tower, 0), CRUCIBLE_OK);
    assert_int_equal(see(&s, at(0, equity = good_equity(equity, 2))), 0);
    assert_int_equal(track_of(&s, 0).is_champion, 1);
    assert_int_equal(crucible_watchtower_promote(s.tower, 0), CRUCIBLE_E_STATE);
    end(&s);
  }
}

/* A curve without volatility has no Sharpe ratio, however steep: rounding of
   its equity must not look like skill. */
static void rounding_is_not_taken_for_skill(void **state) {
  (void)state;
  stage s = a_stage();
  begin(&s);
  add(&s, 0);
  double equity = 200;
  for (int t = 1; t <= 1000; ++t) {
    crucible_observation seen = at(0, equity *= 1.01);
    seen.n_trades = seen.n_fills = 1;
    seen.trade_result = equity - equity / 1.01;
    assert_int_equal(see(&s, seen), 0);
  }
  assert_true(isnan(track_of(&s, 0).sharpe));
  assert_true(isnan(track_of(&s, 0).rolling_psr));
  end(&s);
}

/* ---- order, champions ---- */

enum { LAST = 320, WINDOW = 20 };

/* A record that meets every rule at bar LAST and none before: a mean above zero
   over the whole, a last window of steady losses, half of the capital gone. */
static int32_t play_to_the_end(uint32_t rules, int champion, int32_t *action) {
  stage s = a_stage();
  s.options.rules = rules;
  s.options.decay = CRUCIBLE_DECAY_LEVEL;
  s.options.promote_dsr = s.options.decay_dsr = 0.02;
  s.options.window = WINDOW;
  s.options.min_bars = s.options.inactive_bars = s.options.expired_bars = LAST;
  s.options.min_trades = 0;
  begin(&s);
  add(&s, 0);
  double equity = 200;
  int32_t rule = 0;
  for (int t = 1; t <= LAST; ++t) {
    crucible_observation seen = at(0, equity);
    if (t <= LAST - WINDOW)
      seen.equity *= t % 2 == 0 ? 1.2 : 0.8333;
    else
      seen.equity *= t == LAST ? 0.955 : t % 2 == 0 ? 0.965 : 0.966;
    equity = seen.equity;
    seen.cannot_trade = t == LAST;
    rule = see(&s, seen);
    assert_true(t == LAST || rule == 0);
    if (t == 1 && champion)
      assert_int_equal(crucible_watchtower_promote(s.tower, 0), CRUCIBLE_OK);
  }
  *action = s.verdicts[0].action;
  end(&s);
  return rule;
}

static void rules_are_asked_in_their_order(void **state) {
  (void)state;
  const int32_t order[] = {CRUCIBLE_RULE_DEATH,     CRUCIBLE_RULE_CANNOT_TRADE,
                           CRUCIBLE_RULE_PROMOTION, CRUCIBLE_RULE_DECAY_PSR,
                           CRUCIBLE_RULE_DECAY_DSR, CRUCIBLE_RULE_INACTIVE,
                           CRUCIBLE_RULE_EXPIRED,   0};
  uint32_t rules = a_stage().options.rules;
  int32_t action;
  for (size_t i = 0; i < sizeof order / sizeof order[0]; ++i) {
    assert_int_equal(play_to_the_end(rules, 0, &action), order[i]);
    if (order[i] != 0)
      assert_int_equal(action, order[i] == CRUCIBLE_RULE_PROMOTION
                                   ? CRUCIBLE_ACTION_PROMOTE
                                   : CRUCIBLE_ACTION_TERMINATE);
    rules &= ~(1u << order[i]);
  }
  assert_int_equal(rules, 0);
}

static void
a_champion_is_demoted_and_neither_promoted_nor_expired(void **state) {
  (void)state;
  const int32_t order[] = {CRUCIBLE_RULE_DEATH, CRUCIBLE_RULE_CANNOT_TRADE,
                           CRUCIBLE_RULE_DECAY_PSR, CRUCIBLE_RULE_DECAY_DSR,
                           CRUCIBLE_RULE_INACTIVE};
  uint32_t rules = a_stage().options.rules;
  int32_t action;
  for (size_t i = 0; i < sizeof order / sizeof order[0]; ++i) {
    assert_int_equal(play_to_the_end(rules, 1, &action), order[i]);
    assert_int_equal(action, i < 2 ? CRUCIBLE_ACTION_TERMINATE
                                   : CRUCIBLE_ACTION_DEMOTE);
    rules &= ~(1u << order[i]);
  }
  assert_int_equal(play_to_the_end(rules, 1, &action), 0);
}

static void verdicts_come_in_order_of_agents(void **state) {
  (void)state;
  stage s = a_stage();
  begin(&s);
  add(&s, 2);
  add(&s, 5);
  add(&s, 900);
  const crucible_observation seen[] = {at(2, 50), at(5, 200), at(900, 10)};
  assert_int_equal(try_push(&s, seen, 3), CRUCIBLE_OK);
  assert_int_equal(s.n, 2);
  assert_int_equal(s.verdicts[0].agent, 2);
  assert_int_equal(s.verdicts[1].agent, 900);
  assert_int_equal(s.verdicts[1].struct_size, sizeof s.verdicts[1]);
  assert_int_equal(s.verdicts[1].track.n_agents, 3);
  assert_int_equal(crucible_watchtower_close(s.tower, 5), CRUCIBLE_OK);
  const crucible_observation rest[] = {at(2, 40), at(900, 9)};
  assert_int_equal(try_push(&s, rest, 2), CRUCIBLE_OK);
  assert_int_equal(s.n, 0);
  assert_int_equal(crucible_watchtower_count(s.tower), 3);
  end(&s);
}

/* ---- degenerate records ---- */

static void returns_end_where_nothing_is_left(void **state) {
  (void)state;
  stage s = a_stage();
  s.options.rules &= ~(1u << CRUCIBLE_RULE_DEATH);
  begin(&s);
  add(&s, 0);
  const double equity[] = {210, 190, -5, 0, 100, 300};
  for (size_t t = 0; t < 6; ++t)
    assert_int_equal(see(&s, at(0, equity[t])), 0);
  const crucible_track track = track_of(&s, 0);
  assert_int_equal(track.n_bars, 6);
  assert_int_equal(track.n_returns, 3);
  assert_int_equal(track.rolling_n, 3);
  const double returns[] = {210.0 / 200 - 1, 190.0 / 210 - 1, -5.0 / 190 - 1};
  const double mean = (returns[0] + returns[1] + returns[2]) / 3;
  double m2 = 0;
  for (size_t t = 0; t < 3; ++t)
    m2 += (returns[t] - mean) * (returns[t] - mean);
  assert_near(track.sharpe, mean / sqrt(m2 / 2), 1e-13, 0);
  assert_near(track.equity, 300, 0, 0);
  end(&s);
}

static void a_record_without_bars_has_no_figures(void **state) {
  (void)state;
  stage s = a_stage();
  begin(&s);
  add(&s, 0);
  const crucible_track track = track_of(&s, 0);
  const double *const none[] = {&track.sharpe,
                                &track.psr,
                                &track.dsr_live,
                                &track.z,
                                &track.expected_max_sharpe,
                                &track.sharpe_variance,
                                &track.rolling_sharpe,
                                &track.rolling_psr,
                                &track.rolling_dsr,
                                &track.min_track_bars,
                                &track.mean_trade,
                                &track.trade_sharpe,
                                &track.trade_psr};
  for (size_t i = 0; i < sizeof none / sizeof none[0]; ++i)
    assert_true(isnan(*none[i]));
  assert_int_equal(track.n_agents, 1);
  assert_near(track.equity, 200, 0, 0);
  end(&s);
}

static void trades_of_one_bar_count_with_their_mean(void **state) {
  (void)state;
  stage s = a_stage();
  begin(&s);
  add(&s, 0);
  crucible_observation seen = at(0, 201);
  seen.n_trades = 3;
  seen.trade_result = 6;
  assert_int_equal(see(&s, seen), 0);
  seen = at(0, 200);
  seen.n_trades = 1;
  seen.trade_result = -2;
  assert_int_equal(see(&s, seen), 0);
  const crucible_track track = track_of(&s, 0);
  assert_int_equal(track.n_trades, 4);
  assert_near(track.mean_trade, 1, 1e-15, 0);
  assert_near(track.trade_sharpe, 1 / 2.0, 1e-14, 0);
  end(&s);
}

/* ---- bad input ---- */

#define REFUSED(change, status, text)                                          \
  do {                                                                         \
    stage s_ = a_stage();                                                      \
    s_.options.change;                                                         \
    assert_int_equal(crucible_watchtower_create(&s_.options, &s_.tower),       \
                     (status));                                                \
    assert_null(s_.tower);                                                     \
    assert_non_null(strstr(crucible_last_error(), (text)));                    \
  } while (0)

static void options_out_of_range_are_refused(void **state) {
  (void)state;
  const int32_t wrong = CRUCIBLE_E_INVALID;
  REFUSED(rules |= 1u << 8, CRUCIBLE_E_UNSUPPORTED, "rules is 0x1fe");
  REFUSED(decay = 3, wrong, "decay is 3");
  REFUSED(death_equity = 1, wrong, "death_equity is 1");
  REFUSED(death_equity = -0.1, wrong, "death_equity is -0.1");
  REFUSED(decay_psr = 0, wrong, "decay_psr is 0");
  REFUSED(decay_dsr = 1, wrong, "decay_dsr is 1");
  REFUSED(promote_dsr = (double)NAN, wrong, "promote_dsr is");
  REFUSED(promote_dsr = 0.89, wrong, "below decay_dsr");
  REFUSED(window = 1, wrong, "window is 1");
  REFUSED(window = 1u << 31, wrong, "window is 2147483648");
  REFUSED(min_bars = 1, wrong, "min_bars is 1");
  REFUSED(inactive_bars = 0, wrong, "inactive_bars is 0");
  REFUSED(expired_bars = 0, wrong, "expired_bars is 0");
  REFUSED(reserved = 1, wrong, "reserved is 1");
  REFUSED(struct_size = 3, wrong, "struct_size is 3");
  assert_int_equal(crucible_watchtower_create(NULL, NULL), wrong);
  crucible_watchtower *tower;
  assert_int_equal(crucible_watchtower_create(NULL, &tower), CRUCIBLE_OK);
  crucible_watchtower_destroy(tower);
}

static void agents_are_added_once_in_ascending_order(void **state) {
  (void)state;
  stage s = a_stage();
  begin(&s);
  const double wrong[] = {0, -1, (double)NAN, (double)INFINITY};
  for (size_t i = 0; i < 4; ++i)
    assert_int_equal(crucible_watchtower_add(s.tower, 4, wrong[i]),
                     CRUCIBLE_E_INVALID);
  add(&s, 4);
  assert_int_equal(crucible_watchtower_add(s.tower, 4, 200),
                   CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_watchtower_add(s.tower, 3, 200),
                   CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_watchtower_add(NULL, 5, 200), CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_watchtower_count(s.tower), 1);
  assert_int_equal(crucible_watchtower_count(NULL), 0);
  end(&s);
}

static void calls_for_nobody_are_refused(void **state) {
  (void)state;
  stage s = a_stage();
  crucible_track track = {.struct_size = sizeof track};
  begin(&s);
  add(&s, 4);
  assert_int_equal(crucible_watchtower_promote(s.tower, 5), CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_watchtower_close(s.tower, 3), CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_watchtower_track(s.tower, 9, &track),
                   CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_watchtower_track(s.tower, 4, NULL),
                   CRUCIBLE_E_INVALID);
  track.struct_size = 0;
  assert_int_equal(crucible_watchtower_track(s.tower, 4, &track),
                   CRUCIBLE_E_INVALID);
  assert_int_equal(see(&s, at(4, 1)), CRUCIBLE_RULE_DEATH);
  assert_int_equal(crucible_watchtower_promote(s.tower, 4), CRUCIBLE_E_STATE);
  assert_int_equal(crucible_watchtower_close(s.tower, 4), CRUCIBLE_OK);
  assert_int_equal(crucible_watchtower_close(s.tower, 4), CRUCIBLE_E_STATE);
  assert_int_equal(crucible_watchtower_promote(s.tower, 4), CRUCIBLE_E_STATE);
  assert_string_equal(crucible_rule_name(CRUCIBLE_RULE_DECAY_DSR), "decay_dsr");
  assert_string_equal(crucible_rule_name(CRUCIBLE_RULE_PROMOTION), "promotion");
  assert_string_equal(crucible_rule_name(0), "?");
  assert_string_equal(crucible_rule_name(8), "?");
  assert_string_equal(crucible_rule_name(-1), "?");
  end(&s);
}

static void assert_refused(stage *s, const crucible_observation *seen, size_t n,
                           const char *text) {
  crucible__pack before = {0}, after = {0};
  crucible__watchtower_save(s->tower, &before);
  s->n = 77;
  assert_int_equal(try_push(s, seen, n), CRUCIBLE_E_INVALID);
  assert_non_null(strstr(crucible_last_error(), text));
  crucible__watchtower_save(s->tower, &after);
  assert_int_equal(before.length, after.length);
  assert_memory_equal(before.data, after.data, after.length);
  assert_int_equal(s->n, 77);
  crucible__pack_free(&before);
  crucible__pack_free(&after);
}

static void a_bar_is_taken_whole_or_not_at_all(void **state) {
  (void)state;
  stage s = a_stage();
  begin(&s);
  add(&s, 1);
  add(&s, 2);
  crucible_observation seen[] = {at(1, 201), at(2, 202), at(3, 203)};
  assert_refused(&s, seen, 1, "agent 2 is missing");
  assert_refused(&s, seen + 1, 1, "agent 1 was due");
  assert_refused(&s, seen, 3, "only 2 records are open");
  assert_refused(&s, NULL, 2, "observations is NULL");
  seen[1].equity = (double)NAN;
  assert_refused(&s, seen, 2, "equity of agent 2");
  seen[1] = at(2, 1e308);
  assert_int_equal(try_push(&s, seen, 2), CRUCIBLE_OK);
  seen[1].cannot_trade = 2;
  assert_refused(&s, seen, 2, "cannot_trade of agent 2 is 2");
  seen[1] = at(2, 200);
  seen[1].trade_result = 1;
  assert_refused(&s, seen, 2, "trade_result of agent 2 is 1 of 0 trades");
  seen[1].n_trades = 1;
  seen[1].trade_result = (double)INFINITY;
  assert_refused(&s, seen, 2, "trade_result of agent 2");
  seen[1] = at(2, 200);
  seen[1].struct_size = 8;
  assert_refused(&s, seen, 2, "observations[1].struct_size is 8");
  seen[0].struct_size = 7;
  assert_refused(&s, seen, 2, "observations[0].struct_size is 7");
  seen[0].struct_size = seen[1].struct_size = sizeof seen[0];
  s.verdicts[0].struct_size = 0;
  assert_refused(&s, seen, 2, "verdicts[0].struct_size is 0");
  assert_int_equal(crucible_watchtower_push(s.tower, seen, 2, NULL, &s.n),
                   CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_watchtower_push(s.tower, seen, 2, s.verdicts, NULL),
                   CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_watchtower_push(NULL, seen, 2, s.verdicts, &s.n),
                   CRUCIBLE_E_INVALID);
  end(&s);
}

/* Structs of a caller that knows more fields, or fewer, than the library. */
static void structs_of_other_versions_are_read_by_their_size(void **state) {
  (void)state;
  struct longer {
    crucible_observation seen;
    uint64_t more;
  } seen[2] = {{at(1, 99), 0}, {at(2, 50), 0}};
  struct longer_verdict {
    crucible_verdict verdict;
    uint64_t more;
  } verdicts[2];
  stage s = a_stage();
  size_t n;
  begin(&s);
  add(&s, 1);
  add(&s, 2);
  memset(verdicts, 7, sizeof verdicts);
  seen[0].seen.struct_size = seen[1].seen.struct_size = sizeof seen[0];
  verdicts[0].verdict.struct_size = sizeof verdicts[0];
  seen[1].more = 1;
  assert_int_equal(crucible_watchtower_push(s.tower, &seen[0].seen, 2,
                                            &verdicts[0].verdict, &n),
                   CRUCIBLE_E_VERSION);
  seen[1].more = 0;
  assert_int_equal(crucible_watchtower_push(s.tower, &seen[0].seen, 2,
                                            &verdicts[0].verdict, &n),
                   CRUCIBLE_OK);
  assert_int_equal(n, 2);
  assert_int_equal(verdicts[1].verdict.agent, 2);
  assert_int_equal(verdicts[1].verdict.rule, CRUCIBLE_RULE_DEATH);
  assert_int_equal(verdicts[1].verdict.struct_size, sizeof verdicts[0]);
  assert_near(verdicts[1].verdict.track.equity, 50, 0, 0);
  assert_int_equal(verdicts[1].more, 0x0707070707070707u);
  end(&s);
}

/* ---- saved state ---- */

static void other_options_are_refused_at_loading(void **state) {
  (void)state;
  stage s = a_stage();
  crucible__pack pack = {0};
  crucible_watchtower *loaded = NULL;
  begin(&s);
  add(&s, 1);
  crucible__watchtower_save(s.tower, &pack);
  const crucible_watchtower_options saved = s.options;
  for (int field = 0; field < 11; ++field) {
    crucible_watchtower_options *o = &s.options;
    *o = saved;
    double *const reals[] = {&o->death_equity, &o->decay_psr, &o->decay_dsr,
                             &o->promote_dsr};
    uint32_t *const counts[] = {&o->window,       &o->min_bars,
                                &o->min_trades,   &o->inactive_bars,
                                &o->expired_bars, &o->rules};
    if (field < 4)
      *reals[field] += 0.001;
    else if (field < 10)
      *counts[field - 4] -= 2;
    else
      o->decay = CRUCIBLE_DECAY_LEVEL;
    crucible__unpack unpack = {.data = pack.data, .length = pack.length};
    assert_int_equal(crucible__watchtower_load(o, &unpack, &loaded),
                     CRUCIBLE_E_INVALID);
    assert_non_null(strstr(crucible_last_error(), "go on with the same rules"));
    assert_null(loaded);
  }
  crucible__pack_free(&pack);
  end(&s);
}

/* Whatever the bytes are: refused, or a watchtower that works. */
static void damaged_state_is_refused_or_harmless(void **state) {
  (void)state;
  stage s = a_stage();
  crucible__pack pack = {0};
  size_t refused = 0;
  s.options.window = 4;
  begin(&s);
  add(&s, 1);
  add(&s, 2);
  for (int t = 0; t < 7; ++t) {
    const crucible_observation seen[] = {at(1, 200 + t), at(2, 210 - t * t)};
    assert_int_equal(try_push(&s, seen, 2), CRUCIBLE_OK);
  }
  assert_int_equal(crucible_watchtower_close(s.tower, 2), CRUCIBLE_OK);
  crucible__watchtower_save(s.tower, &pack);
  for (size_t i = 0; i < pack.length; ++i) {
    crucible_watchtower *loaded = NULL;
    crucible__unpack unpack = {.data = pack.data, .length = i};
    assert_int_equal(crucible__watchtower_load(&s.options, &unpack, &loaded),
                     CRUCIBLE_E_STORE);
    for (int bit = 0; bit < 8; ++bit) {
      pack.data[i] ^= (unsigned char)(1 << bit);
      unpack = (crucible__unpack){.data = pack.data, .length = pack.length};
      const crucible_status status =
          crucible__watchtower_load(&s.options, &unpack, &loaded);
      pack.data[i] ^= (unsigned char)(1 << bit);
      if (status != CRUCIBLE_OK) {
        ++refused;
        assert_null(loaded);
        continue;
      }
      const crucible_observation seen = at(1, 205);
      for (int t = 0; t < 9; ++t)
        (void)!crucible_watchtower_push(loaded, &seen, 1, s.verdicts, &s.n);
      crucible_watchtower_destroy(loaded);
    }
  }
  assert_true(refused > 500);
  crucible__pack_free(&pack);
  end(&s);
}

/* ---- out of memory ---- */

static crucible_status a_life(void *data) {
  crucible_watchtower *tower = NULL, *loaded = NULL;
  crucible__pack pack = {0};
  stage s = a_stage();
  crucible_status status;
  (void)data;
  s.options.window = 3;
  status = crucible_watchtower_create(&s.options, &tower);
  for (uint32_t i = 0; status == CRUCIBLE_OK && i < 18; ++i) {
    const uint64_t n = crucible_watchtower_count(tower);
    status = crucible_watchtower_add(tower, i, 200);
    assert_int_equal(crucible_watchtower_count(tower),
                     n + (status == CRUCIBLE_OK));
    if (i >= 2 && status == CRUCIBLE_OK)
      status = crucible_watchtower_close(tower, i);
  }
  if (status == CRUCIBLE_OK) {
    const crucible_observation seen[] = {at(0, 201), at(1, 202)};
    status = crucible_watchtower_push(tower, seen, 2, s.verdicts, &s.n);
  }
  if (status == CRUCIBLE_OK) {
    crucible__watchtower_save(tower, &pack);
    status = crucible__pack_end(&pack);
  }
  if (status == CRUCIBLE_OK) {
    crucible__unpack unpack = {.data = pack.data, .length = pack.length};
    status = crucible__watchtower_load(&s.options, &unpack, &loaded);
  }
  crucible__pack_free(&pack);
  crucible_watchtower_destroy(loaded);
  crucible_watchtower_destroy(tower);
  return status;
}

static void every_allocation_may_fail(void **state) {
  (void)state;
  assert_true(failing_alloc_run(a_life, NULL) > 20);
  crucible_watchtower_destroy(NULL);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(death_comes_at_half_of_the_initial_capital),
      cmocka_unit_test(an_agent_that_cannot_trade_is_terminated_at_once),
      cmocka_unit_test(inactivity_is_counted_from_the_latest_fill_or_trade),
      cmocka_unit_test(an_agent_expires_after_thirty_days),
      cmocka_unit_test(promotion_waits_for_500_bars_and_30_trades),
      cmocka_unit_test(rounding_is_not_taken_for_skill),
      cmocka_unit_test(rules_are_asked_in_their_order),
      cmocka_unit_test(a_champion_is_demoted_and_neither_promoted_nor_expired),
      cmocka_unit_test(verdicts_come_in_order_of_agents),
      cmocka_unit_test(returns_end_where_nothing_is_left),
      cmocka_unit_test(a_record_without_bars_has_no_figures),
      cmocka_unit_test(trades_of_one_bar_count_with_their_mean),
      cmocka_unit_test(options_out_of_range_are_refused),
      cmocka_unit_test(agents_are_added_once_in_ascending_order),
      cmocka_unit_test(calls_for_nobody_are_refused),
      cmocka_unit_test(a_bar_is_taken_whole_or_not_at_all),
      cmocka_unit_test(structs_of_other_versions_are_read_by_their_size),
      cmocka_unit_test(other_options_are_refused_at_loading),
      cmocka_unit_test(damaged_state_is_refused_or_harmless),
      cmocka_unit_test(every_allocation_may_fail),
  };
  failing_alloc_install();
  return cmocka_run_group_tests_name("watchtower", tests, NULL, NULL);
}
