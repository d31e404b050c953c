/* SPDX-License-Identifier: Apache-2.0 */
/* Calibration on the sample in the tree: what it promises of the rules, and
   what it refuses. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <crucible/calibrate.h>
#include <crucible/volatility.h>

#include "support/failing_alloc.h"
#include "support/near.h"
#include "support/simple_agents.h"
#include "support/statuses.h"
#include "watchtower/calibration.h"

/* Recorded bars with forecasts. */
typedef struct market {
  crucible_series *series;
  crucible_bars bars;
  double *sigma, *volume;
  crucible_instrument instrument;
  crucible_market market;
} market;

static void open_market(market *m) {
  m->series = simple_bars(&m->bars);
  const size_t n = m->bars.n;
  m->sigma = malloc(n * sizeof *m->sigma);
  m->volume = malloc(n * sizeof *m->volume);
  assert_ok(
      crucible_egarch_rolling_forecasts(NULL, m->bars.close, n, m->sigma));
  assert_ok(crucible_volume_forecast(m->bars.volume, n, 12, m->volume));
  m->instrument.struct_size = sizeof m->instrument;
  assert_ok(crucible_instrument_read(CRUCIBLE_SOURCE_DIR
                                     "/examples/data/instruments.json",
                                     "BTCUSDT", &m->instrument));
  m->market = (crucible_market){.struct_size = sizeof m->market,
                                .bars = &m->bars,
                                .sigma = m->sigma,
                                .volume_forecast = m->volume};
}

static void close_market(market *m) {
  free(m->sigma);
  free(m->volume);
  crucible_series_destroy(m->series);
}

static crucible_calibrate_options few(void) {
  crucible_calibrate_options o;
  crucible_calibrate_options_init(&o, sizeof o);
  o.n_agents = 200;
  o.n_bars = 1500;
  o.n_tournaments = 2;
  o.rules.expired_bars = 1400;
  o.rules.bound_bars = 1000;
  return o;
}

static crucible_calibration *calibrate(const market *m,
                                       const crucible_calibrate_options *o,
                                       uint32_t threads) {
  crucible_pool *pool = NULL;
  crucible_calibration *c = NULL;
  if (threads > 0)
    assert_ok(crucible_pool_create(threads, &pool));
  assert_ok(crucible_calibrate(&m->market, &m->instrument, o, pool, NULL, NULL,
                               NULL, &c));
  crucible_pool_destroy(pool);
  return c;
}

static crucible_calibration_row row_of(const crucible_calibration *c,
                                       size_t index) {
  crucible_calibration_row row = {.struct_size = sizeof row};
  assert_ok(crucible_calibration_row_at(c, index, &row));
  return row;
}

static void skill_is_promoted_and_luck_is_not(void **state) {
  const market *m = *state;
  const double sharpes[] = {-16, 0, 32};
  crucible_calibrate_options o = few();
  o.sharpes = sharpes;
  o.n_sharpes = 3;
  crucible_calibration *c = calibrate(m, &o, 2);
  crucible_calibration_head head = {.struct_size = sizeof head};
  assert_ok(crucible_calibration_get(c, &head));
  assert_int_equal(head.n_rows, 9);
  assert_true(head.mean < 0 && head.tilt > 0); /* fees */
  assert_near(head.tilt * head.in_market, -head.mean, 0, 1e-15);
  assert_true(head.in_market > 0.25 && head.in_market < 0.35);
  for (size_t s = 0; s < 3; ++s)
    for (int set = 0; set < CRUCIBLE_N_SETS; ++set) {
      const crucible_calibration_row row =
          row_of(c, s * CRUCIBLE_N_SETS + (size_t)set);
      assert_int_equal(row.rule_set, set);
      assert_near(row.annual_sharpe, sharpes[s], 0, 0);
      assert_int_equal(row.promoted.of, 200);
      assert_true(row.promoted.count + row.ended.count <= 200 &&
                  row.killed.count <= row.ended.count);
      if (set != CRUCIBLE_SET_ANYTIME)
        continue;
      const double share = (double)row.promoted.count / 200;
      assert_true(s == 2 ? share > 0.4 : s == 1 ? share < 0.08 : share < 0.01);
    }
  /* What is bad is proved bad, what is good is not. */
  assert_true(row_of(c, CRUCIBLE_SET_ANYTIME).killed.count >
              20 + row_of(c, 6 + CRUCIBLE_SET_ANYTIME).killed.count);
  crucible_calibration_destroy(c);
}

/* Fees would have eaten the account: then nobody trades, and what is given back
   would be given for a part of the time. */
static void
agents_trade_as_much_in_a_long_record_as_in_a_short_one(void **state) {
  const market *m = *state;
  crucible_calibration_head head[2];
  for (int i = 0; i < 2; ++i) {
    crucible_calibrate_options o = few();
    o.n_agents = i == 0 ? 200 : 10;
    o.n_bars = i == 0 ? 2048 : 60000;
    o.n_slots = 0;
    o.hold_bars = 3;
    crucible_calibration *c = calibrate(m, &o, 2);
    head[i].struct_size = sizeof head[i];
    assert_ok(crucible_calibration_get(c, &head[i]));
    crucible_calibration_destroy(c);
  }
  assert_near(head[1].in_market, head[0].in_market, 0.02, 0);
  assert_near(head[1].mean, head[0].mean, 0.05, 0);
  assert_near(head[1].stddev, head[0].stddev, 0.05, 0);
  assert_near(head[1].trades_per_day, head[0].trades_per_day, 0.02, 0);
}

static void results_depend_on_the_seed_alone(void **state) {
  const market *m = *state;
  const uint32_t horizons[] = {700, 1500};
  crucible_calibrate_options o = few();
  o.n_agents = 70;
  o.horizons = horizons;
  o.n_horizons = 2;
  for (int32_t null = CRUCIBLE_NULL_FLIPPED; null <= CRUCIBLE_NULL_RECORDED;
       ++null) {
    o.market = null;
    if (null == CRUCIBLE_NULL_RECORDED) {
      o.n_bars = 700;
      o.n_horizons = 1;
    }
    crucible_calibration *one = calibrate(m, &o, 0);
    crucible_calibration *two = calibrate(m, &o, 3);
    crucible_calibration_head a = {.struct_size = sizeof a};
    crucible_calibration_head b = {.struct_size = sizeof b};
    assert_ok(crucible_calibration_get(one, &a));
    assert_ok(crucible_calibration_get(two, &b));
    assert_memory_equal(&a, &b, sizeof a);
    for (size_t i = 0; i < a.n_rows; ++i) {
      const crucible_calibration_row x = row_of(one, i), y = row_of(two, i);
      assert_memory_equal(&x, &y, sizeof x);
    }
    for (size_t i = 0; i < a.n_tournaments; ++i) {
      crucible_calibration_tournament x = {.struct_size = sizeof x};
      crucible_calibration_tournament y = {.struct_size = sizeof y};
      assert_ok(crucible_calibration_tournament_at(one, i, &x));
      assert_ok(crucible_calibration_tournament_at(two, i, &y));
      assert_memory_equal(&x, &y, sizeof x);
      assert_true(x.n_agents >= 2 * o.n_slots);
    }
    o.seed = 2;
    crucible_calibration *third = calibrate(m, &o, 2);
    assert_ok(crucible_calibration_get(third, &b));
    assert_true(b.mean != a.mean);
    o.seed = 1;
    crucible_calibration_destroy(third);
    crucible_calibration_destroy(one);
    crucible_calibration_destroy(two);
  }
}

/* Flipped markets have no drift: without costs agents earn nothing, and turning
   all signals would change nothing. */
static void a_flipped_market_pays_nobody(void **state) {
  const market *m = *state;
  crucible_calibrate_options o = few();
  market free = *m;
  o.n_slots = 0;
  o.n_agents = 400;
  free.instrument.taker_fee = free.instrument.maker_fee = 0;
  o.backtest.costs.spread_bps = 0;
  o.backtest.costs.impact_y = 0;
  crucible_calibration *c = calibrate(&free, &o, 2);
  crucible_calibration_head head = {.struct_size = sizeof head};
  assert_ok(crucible_calibration_get(c, &head));
  const double error = head.stddev / sqrt(400.0 * o.n_bars);
  assert_true(fabs(head.mean) < 4 * error);
  crucible_calibration_destroy(c);
}

/* scipy.stats.binomtest(k, n).proportion_ci(0.95, "exact") and
   scipy.stats.chi2.ppf(p, df) / 2, scipy 1.17.1. */
static void intervals_are_the_exact_ones(void **state) {
  (void)state;
  static const struct {
    uint64_t k, n;
    double low, high;
  } table[] = {{0, 10, 0, 0.3084971078187629},
               {5, 10, 0.1870860284474045, 0.8129139715525955},
               {10, 10, 0.6915028921812371, 1},
               {3, 2000, 0.0003094429490792165, 0.004377320104663236},
               {100, 2000, 0.04086426771825676, 0.06048172208311033},
               {1, 1, 0.02500000000000002, 1},
               {9999, 10000, 0.999442963002013, 0.9999974682224367}};
  for (size_t i = 0; i < sizeof table / sizeof table[0]; ++i) {
    const crucible_share s = crucible__share_of(table[i].k, table[i].n);
    assert_near(s.low, table[i].low, 0, 1e-10);
    assert_near(s.high, table[i].high, 0, 1e-10);
  }
  static const struct {
    uint64_t k;
    double low, high;
  } counts[] = {{0, 0, 3.688879454113935},
                {1, 0.02531780798428988, 5.571643390938898},
                {3, 0.6186721228956014, 8.767273069742323},
                {10, 4.795388696132433, 18.39035604201778},
                {250, 219.9679956309373, 282.9877050423161}};
  for (size_t i = 0; i < sizeof counts / sizeof counts[0]; ++i) {
    double low, high;
    crucible__poisson_interval(counts[i].k, &low, &high);
    assert_near(low, counts[i].low, 0, 1e-9);
    assert_near(high, counts[i].high, 0, 1e-9);
  }
}

#define REFUSED(change, status, text)                                          \
  do {                                                                         \
    crucible_calibrate_options o = few();                                      \
    crucible_calibration *c_ = NULL;                                           \
    o.change;                                                                  \
    assert_int_equal(crucible_calibrate(&m->market, &m->instrument, &o, NULL,  \
                                        NULL, NULL, NULL, &c_),                \
                     (status));                                                \
    assert_null(c_);                                                           \
    assert_non_null(strstr(crucible_last_error(), (text)));                    \
  } while (0)

static void wrong_options_are_refused(void **state) {
  const market *m = *state;
  static const double nan_list[] = {1, (double)NAN};
  static const uint32_t falling[] = {700, 600};
  const int32_t wrong = CRUCIBLE_E_INVALID;
  REFUSED(market = 4, wrong, "market is 4");
  REFUSED(n_agents = 0, wrong, "n_agents is 0");
  REFUSED(n_bars = 99, wrong, "n_bars is 99");
  REFUSED(n_slots = 1025, wrong, "n_slots is 1025");
  REFUSED(n_tournaments = 0, wrong, "n_tournaments is 0");
  REFUSED(block_bars = 0.5, wrong, "block_bars is 0.5");
  REFUSED(hold_bars = (double)NAN, wrong, "hold_bars is");
  REFUSED(in_market = 0, wrong, "in_market is 0");
  REFUSED(in_market = 0.96, wrong, "in_market is 0.96");
  REFUSED(n_sharpes = 1, wrong, "sharpes and its number");
  REFUSED(sharpes = nan_list; o.n_sharpes = 2, wrong, "sharpes[1] is");
  REFUSED(horizons = falling; o.n_horizons = 2, wrong, "horizons[1] is 600");
  REFUSED(periods_per_year = -1, wrong, "periods_per_year is -1");
  REFUSED(rules.alpha = 0.7, wrong, "alpha is 0.7");
  REFUSED(side = 3, wrong, "side");
  REFUSED(market = CRUCIBLE_NULL_RECORDED;
          o.n_bars = 100000, CRUCIBLE_E_TOO_SHORT, "100000 are needed");
  REFUSED(backtest.initial_cash = 1e-3, CRUCIBLE_E_DOMAIN, "agents traded");
  assert_int_equal(crucible_calibrate(NULL, &m->instrument, NULL, NULL, NULL,
                                      NULL, NULL, NULL),
                   wrong);
  crucible_calibration *c = NULL;
  assert_int_equal(crucible_calibrate(NULL, &m->instrument, NULL, NULL, NULL,
                                      NULL, NULL, &c),
                   wrong);
  crucible_market bare = m->market;
  bare.sigma = NULL;
  assert_int_equal(crucible_calibrate(&bare, &m->instrument, NULL, NULL, NULL,
                                      NULL, NULL, &c),
                   wrong);
  assert_non_null(strstr(crucible_last_error(), "market.sigma is NULL"));
}

static void told(void *data, double share) {
  double *last = data;
  assert_true(share > 0 && share <= 1);
  *last = fmax(*last, share);
}

static void it_can_be_cancelled_and_tells_how_far_it_is(void **state) {
  const market *m = *state;
  crucible_calibrate_options o = few();
  crucible_cancel *cancel = NULL;
  crucible_calibration *c = NULL;
  double last = 0;
  o.n_agents = 40;
  assert_ok(crucible_calibrate(&m->market, &m->instrument, &o, NULL, NULL, told,
                               &last, &c));
  assert_near(last, 1, 0, 0);
  crucible_calibration_destroy(c);
  assert_ok(crucible_cancel_create(&cancel));
  crucible_cancel_request(cancel);
  assert_int_equal(crucible_calibrate(&m->market, &m->instrument, &o, NULL,
                                      cancel, NULL, NULL, &c),
                   CRUCIBLE_E_CANCELLED);
  assert_null(c);
  crucible_cancel_destroy(cancel);
}

static void rows_that_are_not_there_are_refused(void **state) {
  const market *m = *state;
  crucible_calibrate_options o = few();
  o.n_agents = 3;
  o.n_bars = 200;
  o.n_slots = 0;
  crucible_calibration *c = calibrate(m, &o, 0);
  crucible_calibration_row row = {.struct_size = sizeof row};
  crucible_calibration_tournament t = {.struct_size = sizeof t};
  assert_int_equal(crucible_calibration_row_at(c, 3, &row), CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_calibration_row_at(NULL, 0, &row),
                   CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_calibration_tournament_at(c, 0, &t),
                   CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_calibration_get(c, NULL), CRUCIBLE_E_INVALID);
  crucible_calibration_destroy(c);
  crucible_calibration_destroy(NULL);
}

static crucible_status calibrate_a_little(void *data) {
  const market *m = data;
  crucible_calibrate_options o = few();
  crucible_calibration *c = NULL;
  o.n_agents = 2;
  o.n_bars = 100;
  o.n_slots = 1;
  o.n_tournaments = 1;
  o.rules.window = 20;
  const crucible_status status = crucible_calibrate(
      &m->market, &m->instrument, &o, NULL, NULL, NULL, NULL, &c);
  crucible_calibration_destroy(c);
  return status;
}

static void it_survives_want_of_memory(void **state) {
  assert_true(failing_alloc_run(calibrate_a_little, *state) > 10);
}

static int set_up(void **state) {
  static market m;
  open_market(&m);
  *state = &m;
  return 0;
}

static int tear_down(void **state) {
  close_market(*state);
  return 0;
}

int main(void) {
  failing_alloc_install();
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(skill_is_promoted_and_luck_is_not),
      cmocka_unit_test(agents_trade_as_much_in_a_long_record_as_in_a_short_one),
      cmocka_unit_test(results_depend_on_the_seed_alone),
      cmocka_unit_test(a_flipped_market_pays_nobody),
      cmocka_unit_test(intervals_are_the_exact_ones),
      cmocka_unit_test(wrong_options_are_refused),
      cmocka_unit_test(it_can_be_cancelled_and_tells_how_far_it_is),
      cmocka_unit_test(rows_that_are_not_there_are_refused),
      cmocka_unit_test(it_survives_want_of_memory),
  };
  return cmocka_run_group_tests_name("calibrate", tests, set_up, tear_down);
}
