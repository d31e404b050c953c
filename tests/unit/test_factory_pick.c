/* SPDX-License-Identifier: Apache-2.0 */
/* Who is handed out: holdout, likeness, deployment, gates. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/rng.h"
#include "factory/search_job.h"
#include "support/factory_world.h"
#include "support/near.h"

enum { HOLDOUT = 288, HOLDOUT_15 = 96 };

/* A stage on its own, as the factory ought to run it in study 1. */
static crucible_forged *forge_stage(const factory_world *w,
                                    const crucible_genome *genome,
                                    uint32_t stage) {
  int slow = is_slow(genome);
  crucible_forge_options options = w->forge;
  crucible_forge_data data = {.struct_size = sizeof data,
                              .market = &w->markets[slow],
                              .instrument = &w->instrument,
                              .end = w->lanes[slow].bars.n};
  crucible_forged *forged;
  crucible__rng rng;
  crucible__rng_init(&rng, 1, CRUCIBLE__RNG_FORGE, 1);
  options.seed = crucible__rng_u64(&rng);
  options.stages = stage;
  options.holdout_bars = slow ? HOLDOUT_15 : HOLDOUT;
  assert_ok(crucible_forge_run(genome, &data, &options, NULL, NULL, &forged));
  return forged;
}

/* Positions over the holdout per bar of five minutes. The last bar of 15
   minutes ends with the last of 5. */
static void positions_of(const factory_world *w, const crucible_genome *genome,
                         double *held) {
  crucible_forged *forged = forge_stage(w, genome, CRUCIBLE_FORGE_HOLDOUT);
  const double *positions;
  size_t n;
  assert_ok(crucible_forged_positions(forged, &positions, &n));
  int slow = is_slow(genome);
  assert_int_equal(n, slow ? HOLDOUT_15 : HOLDOUT);
  for (size_t i = 0; i < HOLDOUT; ++i) {
    if (!slow)
      held[i] = positions[i];
    else /* known from the close of its own bar on */
      held[i] = i < 2 ? 0 : positions[(i + 1) / 3 - 1];
  }
  crucible_forged_destroy(forged);
}

/* Pearson's, in another way than the library: by raw sums. */
static double correlation(const double *a, const double *b) {
  double sa = 0, sb = 0, saa = 0, sbb = 0, sab = 0, n = HOLDOUT;
  for (size_t i = 0; i < HOLDOUT; ++i) {
    sa += a[i];
    sb += b[i];
    saa += a[i] * a[i];
    sbb += b[i] * b[i];
    sab += a[i] * b[i];
  }
  double va = n * saa - sa * sa, vb = n * sbb - sb * sb;
  if (va <= 1e-12 || vb <= 1e-12)
    return 0;
  return (n * sab - sa * sb) / sqrt(va * vb);
}

/* ---- winners ---- */

static void winners_are_the_best_and_trained_on_everything(void **state) {
  const factory_world *w = *state;
  crucible_factory *factory = make_factory(w);
  crucible_search *search = search_in(w, factory, NULL);
  crucible_search_report r = report_of_search(search);
  assert_int_equal(r.n_replacements, 3);
  assert_string_equal(r.why, "");
  double before = (double)INFINITY;
  for (uint32_t i = 0; i < r.n_replacements; ++i) {
    crucible_replacement x = winner_of(search, i);
    crucible_factory_trial t = trial_of(search, x.trial);
    assert_int_equal(t.rank, i + 1);
    assert_true(t.is_feasible && t.value <= before);
    before = t.value;
    /* no better one was passed over without a reason */
    for (uint64_t k = 0; k < r.n_trials; ++k) {
      crucible_factory_trial u = trial_of(search, k);
      int found = !u.is_feasible || u.value <= t.value || u.rank > 0;
      for (uint64_t d = 0; d < r.n_turned_down; ++d)
        found |= down_of(search, d).trial == k;
      assert_true(found);
    }
    crucible_forged *deployed = forge_stage(w, x.genome, CRUCIBLE_FORGE_DEPLOY);
    const void *bytes;
    size_t n;
    crucible_plan plan = {.struct_size = sizeof plan};
    crucible_model *model;
    assert_ok(crucible_forged_model(deployed, &bytes, &n));
    assert_int_equal(n, x.model_bytes);
    assert_memory_equal(bytes, x.model, n);
    assert_ok(crucible_forged_plan(deployed, &plan));
    assert_memory_equal(&plan, x.plan, sizeof plan);
    assert_ok(crucible_model_load(x.model, x.model_bytes, &model));
    crucible_model_destroy(model);
    assert_int_equal(x.report->deployed_end,
                     w->lanes[is_slow(x.genome)].bars.n);
    crucible_forged_destroy(deployed);
    /* the holdout's result stands beside its name */
    crucible_forged *held = forge_stage(w, x.genome, CRUCIBLE_FORGE_HOLDOUT);
    crucible_forge_report alone = {.struct_size = sizeof alone};
    assert_ok(crucible_forged_report(held, &alone));
    assert_int_equal(x.report->has_holdout, 1);
    assert_same_bits(x.report->holdout_net, alone.holdout_net);
    assert_same_bits(x.report->sharpe, t.report->sharpe);
    crucible_forged_destroy(held);
  }
  assert_int_equal(r.n_holdout_reads, 3 + r.n_turned_down);
  crucible_search_destroy(search);
  crucible_factory_destroy(factory);
}

static void more_places_than_models_is_said_with_its_reason(void **state) {
  factory_world w = *(const factory_world *)*state;
  w.request.n_wanted = 100;
  crucible_factory *factory = make_factory(&w);
  crucible_search *search = search_in(&w, factory, NULL);
  crucible_search_report r = report_of_search(search);
  assert_true(r.n_replacements > 0 && r.n_replacements < 19);
  assert_int_equal(r.n_replacements + r.n_turned_down,
                   r.n_complete - r.n_infeasible);
  assert_int_equal(strncmp(r.why, "no viable model: of 19 trials", 29), 0);
  crucible_search_destroy(search);
  crucible_factory_destroy(factory);
}

/* ---- likeness ---- */

static void whoever_holds_the_same_as_another_is_turned_down(void **state) {
  factory_world w = *(const factory_world *)*state;
  static double held[32][HOLDOUT];
  w.options.max_correlation = 0.15;
  w.request.n_wanted = 100;
  crucible_factory *factory = make_factory(&w);
  crucible_search *search = search_in(&w, factory, NULL);
  crucible_search_report r = report_of_search(search);
  uint32_t n_alike = 0;
  assert_true(r.n_replacements > 1);
  for (uint32_t i = 0; i < r.n_replacements; ++i) {
    crucible_replacement x = winner_of(search, i);
    double highest = -2;
    positions_of(&w, x.genome, held[i]);
    for (uint32_t k = 0; k < i; ++k)
      highest = fmax(highest, correlation(held[i], held[k]));
    assert_true(highest <= 0.15);
    assert_int_equal(x.alike,
                     i > 0 ? CRUCIBLE_ALIKE_PICKED : CRUCIBLE_ALIKE_NOBODY);
    if (i > 0)
      assert_near(x.max_correlation, highest, 1e-9, 1e-12);
  }
  for (uint64_t d = 0; d < r.n_turned_down; ++d) {
    crucible_turned_down down = down_of(search, d);
    if (down.why != CRUCIBLE_DOWN_CORRELATION)
      continue;
    crucible_factory_trial t = trial_of(search, down.trial);
    double highest = -2, own[HOLDOUT];
    positions_of(&w, t.genome, own);
    for (uint32_t k = 0; k < r.n_replacements; ++k)
      if (trial_of(search, winner_of(search, k).trial).value >= t.value)
        highest = fmax(highest, correlation(own, held[k]));
    assert_true(highest > 0.15);
    assert_near(down.correlation, highest, 1e-9, 1e-12);
    assert_non_null(strstr(down.text, "at most 0.150 is allowed"));
    assert_int_equal(down.has_holdout, 1);
    ++n_alike;
  }
  assert_true(n_alike > 0);
  crucible_search_destroy(search);
  crucible_factory_destroy(factory);
}

static void the_living_come_first(void **state) {
  factory_world w = *(const factory_world *)*state;
  crucible_factory *factory = make_factory(&w);
  crucible_search *before = search_in(&w, factory, NULL);
  crucible_search_report s = report_of_search(before);
  crucible_living living[3];
  assert_int_equal(s.n_replacements, 3);
  for (uint32_t i = 0; i < 3; ++i) {
    crucible_replacement x = winner_of(before, i);
    living[i] = (crucible_living){.struct_size = sizeof living[i],
                                  .agent = 40 + i,
                                  .genome = x.genome,
                                  .model = x.model,
                                  .model_bytes = x.model_bytes,
                                  .plan = x.plan};
  }
  /* the same study again, now with its winners alive */
  w.request.living = living;
  w.request.n_living = 3;
  w.request.n_wanted = 100;
  crucible_search *search = search_in(&w, factory, NULL);
  crucible_search_report r = report_of_search(search);
  for (uint32_t i = 0; i < 3; ++i) {
    crucible_turned_down down = down_of(search, i);
    assert_int_equal(down.why, CRUCIBLE_DOWN_SAME_ID);
    assert_int_equal(down.has_holdout, 0);
    assert_int_equal(down.trial, winner_of(before, i).trial);
    assert_non_null(strstr(down.text, "living agent 4"));
  }
  for (uint32_t i = 0; i < r.n_replacements; ++i) {
    crucible_replacement x = winner_of(search, i);
    double own[HOLDOUT], other[HOLDOUT], highest = -2;
    positions_of(&w, x.genome, own);
    for (size_t k = 0; k < 3; ++k) {
      int slow = is_slow(living[k].genome);
      size_t n = slow ? HOLDOUT_15 : HOLDOUT;
      crucible_forge_data data = {.struct_size = sizeof data,
                                  .market = &w.markets[slow],
                                  .instrument = &w.instrument,
                                  .begin = w.lanes[slow].bars.n - n,
                                  .end = w.lanes[slow].bars.n};
      double positions[HOLDOUT];
      assert_ok(crucible_forge_positions(living[k].genome, living[k].model,
                                         living[k].model_bytes, living[k].plan,
                                         &data, positions));
      for (size_t j = 0; j < HOLDOUT; ++j)
        other[j] = !slow   ? positions[j]
                   : j < 2 ? 0
                           : positions[(j + 1) / 3 - 1];
      highest = fmax(highest, correlation(own, other));
    }
    assert_true(highest <= 0.7);
    assert_true(x.alike != CRUCIBLE_ALIKE_NOBODY &&
                x.max_correlation >= highest - 1e-9);
    if (x.alike == CRUCIBLE_ALIKE_AGENT) {
      assert_near(x.max_correlation, highest, 1e-9, 1e-12);
      assert_in_range(x.alike_with, 40, 42);
    }
  }
  crucible_search_destroy(search);
  crucible_search_destroy(before);
  crucible_factory_destroy(factory);
}

/* An elite that is given twice is tried twice and handed out once; one that
   waits on the bench is not handed out again. */
static void a_genome_is_handed_out_once(void **state) {
  factory_world w = *(const factory_world *)*state;
  w.request.n_wanted = 100;
  crucible_factory *factory = make_factory(&w);
  crucible_search *before = search_in(&w, factory, NULL);
  crucible_replacement x = winner_of(before, 0), y = winner_of(before, 1);
  w.elites[0].genome = w.elites[1].genome = x.genome;
  w.elites[2].genome = y.genome;
  w.request.elites = w.elites;
  crucible_living living = {.struct_size = sizeof living,
                            .agent = UINT32_MAX,
                            .genome = y.genome,
                            .model = y.model,
                            .model_bytes = y.model_bytes,
                            .plan = y.plan};
  w.request.living = &living;
  w.request.n_living = 1;
  crucible_search *search = search_in(&w, factory, NULL);
  crucible_search_report r = report_of_search(search);
  assert_same_bits(trial_of(search, 0).value, trial_of(search, 1).value);
  assert_true(trial_of(search, 1).is_feasible);
  assert_int_equal(trial_of(search, 1).rank, 0);
  uint64_t n_twice = 0, n_waiting = 0;
  for (uint64_t d = 0; d < r.n_turned_down; ++d) {
    crucible_turned_down down = down_of(search, d);
    if (down.trial == 1) {
      assert_string_equal(down.text, "trial 0 has the same genome");
      ++n_twice;
    }
    if (down.trial == 2) {
      assert_string_equal(down.text,
                          "a model on the bench has the same genome");
      ++n_waiting;
    }
  }
  assert_true(n_twice == 1 && n_waiting == 1);
  crucible_search_destroy(search);
  crucible_search_destroy(before);
  crucible_factory_destroy(factory);
}

static void positions_that_never_change_correlate_with_nobody(void **state) {
  (void)state;
  static const double a[] = {1, 2, 3, 4}, b[] = {2, 4, 6, 8.5},
                      c[] = {4, 4, 4, 4}, d[] = {4, 3, 2, 1};
  assert_true(crucible__positions_correlation(a, c, 4) == 0);
  assert_true(crucible__positions_correlation(c, c, 4) == 0);
  assert_near(crucible__positions_correlation(a, a, 4), 1, 1e-15, 0);
  assert_near(crucible__positions_correlation(a, d, 4), -1, 1e-15, 0);
  /* Python 3.11: statistics.correlation([1, 2, 3, 4], [2, 4, 6, 8.5]) */
  assert_near(crucible__positions_correlation(a, b, 4), 0.9983814394570299,
              1e-12, 0);
}

static void slower_positions_are_held_from_their_close_on(void **state) {
  (void)state;
  int64_t fast[8], slow[3] = {0, 900000, 1800000};
  for (int i = 0; i < 8; ++i)
    fast[i] = 300000 * i;
  crucible__lane base = {.bars = {.open_time_ms = fast, .timeframe_ms = 300000},
                         .end = 8,
                         .holdout_bars = 6};
  crucible__lane lane = {.bars = {.open_time_ms = slow, .timeframe_ms = 900000},
                         .end = 3,
                         .holdout_bars = 2};
  /* bars 2 .. 7 close at 15, 20, 25, 30, 35, 40 minutes; slow bars 0, 1, 2 at
     15, 30, 45; bar 2 has not closed */
  const double positions[] = {7, 8, 9};
  double held[6];
  crucible__positions_spread(&base, &lane, 0, positions, held);
  assert_same_bits_n(held, ((double[]){7, 7, 7, 8, 8, 8}), 6);
  crucible__positions_spread(&base, &lane, 1, positions + 1, held);
  assert_same_bits_n(held, ((double[]){0, 0, 0, 8, 8, 8}), 6);
}

/* ---- gates ---- */

static void the_gate_of_the_holdout_lets_no_loss_through(void **state) {
  factory_world w = *(const factory_world *)*state;
  w.request.n_wanted = 100;
  uint64_t n_explored = 0, n_losing = 0;
  crucible_factory *factory = make_factory(&w);
  crucible_search *search = search_in(&w, factory, NULL);
  n_explored = report_of_search(search).n_replacements;
  for (uint32_t i = 0; i < n_explored; ++i)
    n_losing += winner_of(search, i).report->holdout_net < 0;
  assert_true(n_losing > 0);
  crucible_search_destroy(search);
  crucible_factory_destroy(factory);
  w.options.gate = CRUCIBLE_GATE_HOLDOUT;
  factory = make_factory(&w);
  search = search_in(&w, factory, NULL);
  crucible_search_report r = report_of_search(search);
  uint64_t n_shut = 0;
  for (uint32_t i = 0; i < r.n_replacements; ++i)
    assert_true(winner_of(search, i).report->holdout_net >= 0);
  for (uint64_t d = 0; d < r.n_turned_down; ++d) {
    crucible_turned_down down = down_of(search, d);
    if (down.why != CRUCIBLE_DOWN_GATE)
      continue;
    ++n_shut;
    assert_true(down.has_holdout && down.holdout_net < 0);
    assert_non_null(strstr(down.text, "net result over the holdout -"));
  }
  assert_true(n_shut >= n_losing && r.n_replacements < n_explored);
  crucible_search_destroy(search);
  crucible_factory_destroy(factory);
}

static void
viability_is_that_of_the_trades_and_can_shut_the_gate(void **state) {
  factory_world w = *(const factory_world *)*state;
  w.request.n_wanted = 100;
  crucible_factory *factory = make_factory(&w);
  crucible_search *search = search_in(&w, factory, NULL);
  crucible_search_report r = report_of_search(search);
  uint64_t n_viable = 0;
  for (uint32_t i = 0; i < r.n_replacements; ++i) {
    crucible_replacement x = winner_of(search, i);
    crucible_forged *forged = forge_stage(&w, x.genome, CRUCIBLE_FORGE_FOLDS);
    crucible_trades t = {.struct_size = sizeof t};
    crucible_viability v = {.struct_size = sizeof v};
    double cost[4096];
    assert_ok(crucible_forged_trades(forged, &t));
    for (size_t k = 0; k < t.n; ++k)
      cost[k] = t.gross[k] - t.result[k];
    crucible_status status =
        crucible_viability_realised(t.gross, cost, t.n, 0.95, 1, &v);
    assert_int_equal(x.has_viability, status == CRUCIBLE_OK);
    if (x.has_viability) {
      assert_same_bits(x.ratio, v.ratio);
      assert_same_bits(x.ratio_low, v.ratio_low);
      assert_int_equal(x.is_viable, v.ratio_low >= 2);
    }
    n_viable += x.is_viable && x.report->holdout_net >= 0;
    crucible_forged_destroy(forged);
  }
  crucible_search_destroy(search);
  crucible_factory_destroy(factory);
  w.options.gate = CRUCIBLE_GATE_VIABLE;
  factory = make_factory(&w);
  search = search_in(&w, factory, NULL);
  r = report_of_search(search);
  assert_true(r.n_replacements >= n_viable);
  for (uint32_t i = 0; i < r.n_replacements; ++i)
    assert_true(winner_of(search, i).is_viable &&
                winner_of(search, i).report->holdout_net >= 0);
  uint64_t n_not = 0;
  for (uint64_t d = 0; d < r.n_turned_down; ++d)
    n_not += strncmp(down_of(search, d).text, "not viable: ", 12) == 0;
  assert_true(n_not > 0);
  assert_int_equal(strncmp(r.why, "no viable model", 15), 0);
  crucible_search_destroy(search);
  crucible_factory_destroy(factory);
}

/* With hardly any costs whatever gains is viable. */
static void the_gate_of_viability_opens_for_what_is_viable(void **state) {
  factory_world w = *(const factory_world *)*state;
  crucible_backtest_options account;
  crucible_backtest_options_init(&account, sizeof account);
  account.costs.impact_y = 0;
  account.costs.spread_bps = 0;
  w.instrument.maker_fee = w.instrument.taker_fee = 1e-8;
  w.options.backtest = &account;
  w.options.gate = CRUCIBLE_GATE_VIABLE;
  w.options.n_trials = 40;
  crucible_factory *factory = make_factory(&w);
  crucible_search *search = search_in(&w, factory, NULL);
  crucible_search_report r = report_of_search(search);
  assert_true(r.n_replacements > 0);
  for (uint32_t i = 0; i < r.n_replacements; ++i) {
    crucible_replacement x = winner_of(search, i);
    assert_true(x.is_viable && x.ratio_low >= 2 && x.report->net > 0 &&
                x.report->holdout_net >= 0);
  }
  crucible_search_destroy(search);
  crucible_factory_destroy(factory);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(winners_are_the_best_and_trained_on_everything),
      cmocka_unit_test(more_places_than_models_is_said_with_its_reason),
      cmocka_unit_test(whoever_holds_the_same_as_another_is_turned_down),
      cmocka_unit_test(the_living_come_first),
      cmocka_unit_test(a_genome_is_handed_out_once),
      cmocka_unit_test(positions_that_never_change_correlate_with_nobody),
      cmocka_unit_test(slower_positions_are_held_from_their_close_on),
      cmocka_unit_test(the_gate_of_the_holdout_lets_no_loss_through),
      cmocka_unit_test(viability_is_that_of_the_trades_and_can_shut_the_gate),
      cmocka_unit_test(the_gate_of_viability_opens_for_what_is_viable),
  };
  return cmocka_run_group_tests(tests, set_up_factory_world,
                                tear_down_factory_world);
}
