/* SPDX-License-Identifier: Apache-2.0 */
/* The watchtower's rules, their order, and degenerate records. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>

#include <crucible/watchtower.h>

#include "support/near.h"
#include "support/watch_stage.h"

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
  uint32_t rules = CRUCIBLE_RULES_BLUEPRINT;
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
  uint32_t rules = CRUCIBLE_RULES_BLUEPRINT;
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
  };
  return cmocka_run_group_tests_name("watchtower", tests, NULL, NULL);
}
