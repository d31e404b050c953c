/* SPDX-License-Identifier: Apache-2.0 */
/* What a study tries, what it is told, and what does not matter to it. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/rng.h"
#include "factory/factory_state.h"
#include "support/factory_world.h"
#include "support/near.h"

/* ---- what is tried ---- */

static void the_first_trials_of_a_study_are_the_elite_dna(void **state) {
  factory_world w = *(const factory_world *)*state;
  crucible_factory *factory = make_factory(&w);
  for (uint64_t study = 1; study <= 2; ++study) {
    w.request.study = study;
    crucible_search *search = search_in(&w, factory, NULL);
    crucible_search_report r = report_of_search(search);
    assert_int_equal(r.n_elites, WORLD_ELITES);
    assert_int_equal(r.n_trials, WORLD_ELITES + 16);
    for (uint64_t i = 0; i < r.n_trials; ++i) {
      crucible_factory_trial t = trial_of(search, i);
      assert_int_equal(t.number, i);
      assert_int_equal(t.elite, i < WORLD_ELITES ? i + 1 : 0);
      if (i < WORLD_ELITES) {
        /* all of it, lineage included */
        assert_string_equal(crucible_genome_json(t.genome, 1),
                            crucible_genome_json(w.elites[i].genome, 1));
        assert_int_equal(t.how, CRUCIBLE_BRED_NOT);
      }
    }
    assert_ok(crucible_factory_admit(factory, search));
    crucible_search_destroy(search);
  }
  crucible_factory_destroy(factory);
}

/* The genome of a parent: an elite, an earlier trial, or of a study before. */
static const crucible_genome *
find_parent(const uint8_t *id, const crucible_search *const *searches,
            size_t n_searches, uint64_t before) {
  uint8_t own[CRUCIBLE_GENOME_ID_BYTES];
  for (size_t s = 0; s < n_searches; ++s) {
    uint64_t n =
        s + 1 == n_searches ? before : report_of_search(searches[s]).n_trials;
    for (uint64_t i = 0; i < n; ++i) {
      crucible_factory_trial t = trial_of(searches[s], i);
      assert_ok(crucible_genome_id(t.genome, own));
      if (memcmp(own, id, sizeof own) == 0)
        return t.genome;
    }
  }
  return NULL;
}

/* Whether each gene is one of the parents'. Not so where parents differ so
   little that crossing them gives nothing new: one is mutated then. */
static int is_crossed(const crucible_space *space, const crucible_genome *child,
                      const crucible_genome *const *parents) {
  double points[3][512];
  size_t n = crucible_space_count(space);
  assert_in_range(n, 1, 512);
  assert_ok(crucible_genome_point(child, space, points[0]));
  assert_ok(crucible_genome_point(parents[0], space, points[1]));
  assert_ok(crucible_genome_point(parents[1], space, points[2]));
  for (size_t i = 0; i < n; ++i)
    if (near_bits(points[0][i]) != near_bits(points[1][i]) &&
        near_bits(points[0][i]) != near_bits(points[2][i]))
      return 0;
  return 1;
}

static void children_name_their_parents_and_where_they_were_born(void **state) {
  factory_world w = *(const factory_world *)*state;
  w.options.batch = 4;
  crucible_factory *factory = make_factory(&w);
  const crucible_search *searches[2];
  uint64_t n_bred = 0, n_crossed = 0, n_pure = 0, n_from_prior = 0;
  for (size_t s = 0; s < 2; ++s) {
    w.request.study = s + 1;
    w.request.n_elites = s == 0 ? WORLD_ELITES : 1;
    crucible_search *search = search_in(&w, factory, NULL);
    searches[s] = search;
    crucible_search_report r = report_of_search(search);
    for (uint64_t i = r.n_elites; i < r.n_trials; ++i) {
      crucible_factory_trial t = trial_of(search, i);
      crucible_lineage lineage = lineage_of(t.genome);
      assert_int_equal(lineage.study, s + 1);
      assert_int_equal(lineage.trial, i);
      assert_int_equal(lineage.n_parents, t.how - CRUCIBLE_BRED_DRAWN);
      assert_int_equal(lineage.origin, t.how == CRUCIBLE_BRED_MUTATED
                                           ? CRUCIBLE_ORIGIN_MUTATED
                                       : t.how == CRUCIBLE_BRED_CROSSED
                                           ? CRUCIBLE_ORIGIN_CROSSED
                                           : CRUCIBLE_ORIGIN_DRAWN);
      const crucible_genome *parents[2];
      uint32_t generation = 0;
      for (uint32_t p = 0; p < lineage.n_parents; ++p) {
        /* only trials of earlier batches were known */
        uint64_t before = i - i % 4;
        const crucible_genome *parent =
            find_parent(lineage.parents[p], searches, s + 1, before);
        assert_non_null(parent);
        parents[p] = parent;
        crucible_lineage older = lineage_of(parent);
        if (older.generation >= generation)
          generation = older.generation + 1;
        n_from_prior += s == 1 && older.study == 1;
      }
      assert_int_equal(lineage.generation, generation);
      if (lineage.n_parents == 2)
        n_pure += (uint64_t)is_crossed(w.space, t.genome, parents);
      n_bred += lineage.n_parents > 0;
      n_crossed += lineage.n_parents == 2;
    }
    assert_ok(crucible_factory_admit(factory, search));
  }
  assert_true(n_bred > 12 && n_crossed > 4 && n_from_prior > 4);
  assert_true(n_pure > n_crossed / 2);
  for (size_t s = 0; s < 2; ++s)
    crucible_search_destroy((crucible_search *)(uintptr_t)searches[s]);
  crucible_factory_destroy(factory);
}

static void the_warm_prior_is_known_but_not_tried_again(void **state) {
  factory_world w = *(const factory_world *)*state;
  w.options.n_prior = 3;
  crucible_factory *factory = make_factory(&w);
  crucible_search *first = search_in(&w, factory, NULL);
  crucible_search_report r = report_of_search(first);
  uint64_t n_feasible = r.n_complete - r.n_infeasible;
  assert_int_equal(r.n_prior, 0);
  assert_int_equal(r.n_ancestral, 0);
  assert_int_equal(r.n_genomes, r.n_genomes_here);
  assert_true(n_feasible >= 3);
  assert_ok(crucible_factory_admit(factory, first));
  /* the best three by value */
  assert_int_equal(factory->memory.n_prior, 3);
  for (size_t k = 0; k < 3; ++k) {
    uint64_t n_better = 0;
    for (uint64_t i = 0; i < r.n_trials; ++i) {
      crucible_factory_trial t = trial_of(first, i);
      n_better += t.is_feasible && t.value > factory->memory.prior[k].value;
    }
    assert_int_equal(n_better, k);
  }
  w.request.study = 2;
  w.request.n_elites = 0;
  crucible_search *second = search_in(&w, factory, NULL);
  crucible_search_report s = report_of_search(second);
  assert_int_equal(s.n_prior, 3);
  assert_int_equal(s.n_trials, 16);
  assert_true(s.n_genomes_here <= 16);
  assert_int_equal(s.n_ancestral, 1);
  crucible_search_destroy(first);
  crucible_search_destroy(second);
  crucible_factory_destroy(factory);
}

/* ---- what is told ---- */

static void each_trial_is_told_what_its_forging_reported(void **state) {
  factory_world w = *(const factory_world *)*state;
  w.forge.min_trades = 25;
  crucible_factory *factory = make_factory(&w);
  crucible_search *search = search_in(&w, factory, NULL);
  crucible_search_report r = report_of_search(search);
  uint64_t n_pruned = 0, n_infeasible = 0, n_failed = 0, n_feasible = 0;
  for (uint64_t i = 0; i < r.n_trials; ++i) {
    crucible_factory_trial t = trial_of(search, i);
    switch (t.state) {
    case CRUCIBLE_TRIAL_COMPLETE:
      assert_int_equal(t.is_feasible, t.violation == 0);
      if (t.is_feasible) {
        ++n_feasible;
        assert_true(t.report->n_trades >= 25 && t.report->is_feasible);
        assert_same_bits(t.value, t.report->sharpe_base);
        assert_string_equal(t.reason, "");
      } else {
        ++n_infeasible;
        assert_true(t.reason[0] != '\0');
        if (t.report->n_folds == 0)
          assert_true(t.violation == 1);
        else if (t.report->n_trades < 25)
          assert_true(t.violation == 25 - (double)t.report->n_trades);
        else
          assert_true(t.violation == 1);
      }
      break;
    case CRUCIBLE_TRIAL_PRUNED:
      ++n_pruned;
      assert_true(t.report->is_pruned && t.report->n_folds < 3);
      assert_true(!t.is_feasible && isfinite(t.value));
      break;
    default:
      ++n_failed;
      assert_int_equal(t.state, CRUCIBLE_TRIAL_FAILED);
      assert_true(isnan(t.value) && t.reason[0] != '\0');
      break;
    }
    assert_int_equal(t.n_folds, t.report != NULL ? t.report->n_folds : 0);
  }
  assert_int_equal(r.n_pruned, n_pruned);
  assert_int_equal(r.n_infeasible, n_infeasible);
  assert_int_equal(r.n_failed, n_failed);
  assert_int_equal(r.n_complete, n_infeasible + n_feasible);
  assert_true(n_pruned > 0 && n_infeasible > 0 && n_feasible > 0);
  assert_true(r.times.training > 0 && r.times.labels > 0 &&
              r.times.features > 0 && r.times.backtest > 0);
  crucible_search_destroy(search);
  crucible_factory_destroy(factory);
}

/* The Sharpe ratio is that of a forging on its own. */
static void a_value_is_that_of_the_forging_alone(void **state) {
  const factory_world *w = *state;
  crucible_factory *factory = make_factory(w);
  crucible_search *search = search_in(w, factory, NULL);
  uint64_t n = 0;
  for (uint64_t i = 0; i < report_of_search(search).n_trials; ++i) {
    crucible_factory_trial t = trial_of(search, i);
    if (!t.is_feasible)
      continue;
    crucible_genes genes = {.struct_size = sizeof genes};
    assert_ok(crucible_genome_genes(t.genome, &genes));
    size_t lane = genes.timeframe_ms == 900000;
    crucible_forge_options options = w->forge;
    crucible_forged *forged;
    crucible_forge_report alone = {.struct_size = sizeof alone};
    crucible_forge_data data = {.struct_size = sizeof data,
                                .market = &w->markets[lane],
                                .instrument = &w->instrument,
                                .end = w->lanes[lane].bars.n};
    crucible__rng rng;
    crucible__rng_init(&rng, 1, CRUCIBLE__RNG_FORGE, 1);
    options.seed = crucible__rng_u64(&rng);
    options.stages = CRUCIBLE_FORGE_FOLDS;
    options.holdout_bars = lane ? 96 : 288;
    assert_ok(
        crucible_forge_run(t.genome, &data, &options, NULL, NULL, &forged));
    assert_ok(crucible_forged_report(forged, &alone));
    assert_near(t.value, alone.sharpe * (lane ? sqrt(1.0 / 3) : 1), 1e-12, 0);
    assert_int_equal(t.report->n_trades, alone.n_trades);
    /* the study did not see the holdout */
    assert_int_equal(alone.folds[2].test_end, data.end - options.holdout_bars);
    crucible_forged_destroy(forged);
    ++n;
  }
  assert_true(n > 2);
  crucible_search_destroy(search);
  crucible_factory_destroy(factory);
}

static void nothing_is_handed_out_where_no_order_can_be_placed(void **state) {
  factory_world w = *(const factory_world *)*state;
  w.instrument.min_notional = 1e6;
  crucible_factory *factory = make_factory(&w);
  crucible_search *search = search_in(&w, factory, NULL);
  crucible_search_report r = report_of_search(search);
  assert_int_equal(r.n_replacements, 0);
  assert_int_equal(r.n_infeasible, r.n_trials);
  assert_non_null(strstr(r.why, "no viable model: all of 19 trials"));
  assert_non_null(strstr(r.why, "below the"));
  for (uint64_t i = 0; i < r.n_trials; ++i) {
    crucible_factory_trial t = trial_of(search, i);
    assert_true(t.violation == 1 && t.n_folds == 0);
  }
  /* nothing was measured */
  assert_int_equal(r.n_genomes, 0);
  assert_int_equal(r.n_holdout_reads, 0);
  assert_ok(crucible_factory_admit(factory, search));
  assert_int_equal(factory->memory.n_prior, 0);
  crucible_search_destroy(search);
  crucible_factory_destroy(factory);
}

static int needs_takers(const crucible_genome *genome) {
  return strstr(crucible_genome_json(genome, 0), "TAKER") != NULL;
}

/* A column that the venue stops giving fails those that look at it, alone. */
static void a_feature_that_becomes_unavailable_fails_its_genomes(void **state) {
  factory_world w = *(const factory_world *)*state;
  crucible_genome *drawn = NULL;
  for (uint64_t id = 0; drawn == NULL || !needs_takers(drawn); ++id) {
    crucible_genome_destroy(drawn);
    assert_ok(crucible_genome_draw(w.space, 3, id, "BTCUSDT", &drawn));
  }
  /* trained while the column was there, and alive */
  w.elites[0].genome = drawn;
  w.request.elites = w.elites;
  w.request.n_elites = 1;
  crucible_factory *factory = make_factory(&w);
  crucible_search *before = search_in(&w, factory, NULL);
  assert_true(needs_takers(trial_of(before, 0).genome));
  crucible_replacement x = winner_of(before, 0);
  crucible_living living = {.struct_size = sizeof living,
                            .agent = 5,
                            .genome = drawn,
                            .model = x.model,
                            .model_bytes = x.model_bytes,
                            .plan = x.plan};
  for (size_t i = 0; i < WORLD_LANES; ++i) {
    w.lanes[i].bars.taker_buy_base = NULL;
    w.markets[i].bars = &w.lanes[i].bars;
  }
  w.request.markets = w.markets;
  w.request.living = &living;
  w.request.n_living = 1;
  crucible_search *search = search_in(&w, factory, NULL);
  crucible_search_report r = report_of_search(search);
  uint64_t n_failed = 0;
  for (uint64_t i = 0; i < r.n_trials; ++i) {
    crucible_factory_trial t = trial_of(search, i);
    int fails = needs_takers(t.genome);
    assert_int_equal(t.state == CRUCIBLE_TRIAL_FAILED, fails);
    if (fails)
      assert_non_null(strstr(t.reason, "taker_buy_base"));
    n_failed += (uint64_t)fails;
  }
  assert_int_equal(r.n_failed, n_failed);
  assert_true(n_failed > 0 && r.n_replacements > 0);
  /* who cannot trade resembles nobody */
  assert_true(winner_of(search, 0).alike == CRUCIBLE_ALIKE_AGENT &&
              winner_of(search, 0).max_correlation == 0);
  crucible_search_destroy(search);
  crucible_search_destroy(before);
  crucible_factory_destroy(factory);
  crucible_genome_destroy(drawn);
}

static void a_study_in_which_every_trial_fails_is_no_failure(void **state) {
  factory_world w = *(const factory_world *)*state;
  w.options.window_bars = 330; /* 42 without the holdout */
  crucible_factory *factory = make_factory(&w);
  crucible_search *search = search_in(&w, factory, NULL);
  crucible_search_report r = report_of_search(search);
  assert_int_equal(r.n_failed, r.n_trials);
  assert_int_equal(r.n_replacements, 0);
  assert_non_null(strstr(r.why, "no viable model: all of 19 trials failed"));
  assert_non_null(strstr(r.why, "too short"));
  assert_ok(crucible_factory_admit(factory, search));
  assert_int_equal(crucible_factory_studies(factory), 1);
  crucible_search_destroy(search);
  crucible_factory_destroy(factory);
}

/* ---- what does not matter ---- */

static void assert_same_search(const crucible_search *a,
                               const crucible_search *b) {
  crucible_search_report r = report_of_search(a), s = report_of_search(b);
  r.times = s.times = (crucible_forge_times){0};
  assert_memory_equal(&r, &s, sizeof r);
  for (uint64_t i = 0; i < r.n_trials; ++i) {
    crucible_factory_trial t = trial_of(a, i), u = trial_of(b, i);
    assert_string_equal(crucible_genome_json(t.genome, 1),
                        crucible_genome_json(u.genome, 1));
    assert_int_equal(t.report == NULL, u.report == NULL);
    if (t.report != NULL)
      assert_memory_equal(t.report, u.report, sizeof *t.report);
    t.genome = u.genome = NULL;
    t.report = u.report = NULL;
    assert_memory_equal(&t, &u, sizeof t);
  }
  for (uint64_t i = 0; i < r.n_turned_down; ++i) {
    crucible_turned_down t = down_of(a, i), u = down_of(b, i);
    assert_memory_equal(&t, &u, sizeof t);
  }
  for (uint32_t i = 0; i < r.n_replacements; ++i) {
    crucible_replacement t = winner_of(a, i), u = winner_of(b, i);
    assert_int_equal(t.model_bytes, u.model_bytes);
    assert_memory_equal(t.model, u.model, t.model_bytes);
    assert_memory_equal(t.plan, u.plan, sizeof *t.plan);
    assert_memory_equal(t.report, u.report, sizeof *t.report);
    t.genome = u.genome = NULL;
    t.model = u.model = NULL;
    t.plan = u.plan = NULL;
    t.report = u.report = NULL;
    assert_memory_equal(&t, &u, sizeof t);
  }
}

/* A first search, and a second among the first one's living winners. */
static void a_search_is_the_same_on_any_number_of_threads(void **state) {
  factory_world w = *(const factory_world *)*state;
  crucible_factory *factory = make_factory(&w);
  crucible_search *alone[2];
  crucible_living living[3];
  for (uint64_t study = 1; study <= 2; ++study) {
    w.request.study = study;
    alone[study - 1] = search_in(&w, factory, NULL);
    for (uint32_t n = 2; n <= 3; ++n) {
      crucible_pool *pool;
      assert_ok(crucible_pool_create(n, &pool));
      crucible_search *together = search_in(&w, factory, pool);
      assert_same_search(alone[study - 1], together);
      crucible_search_destroy(together);
      crucible_pool_destroy(pool);
    }
    uint32_t n = report_of_search(alone[study - 1]).n_replacements;
    assert_in_range(n, 1, 3);
    for (uint32_t i = 0; i < n; ++i) {
      crucible_replacement x = winner_of(alone[study - 1], i);
      living[i] = (crucible_living){.struct_size = sizeof living[i],
                                    .agent = i,
                                    .genome = x.genome,
                                    .model = x.model,
                                    .model_bytes = x.model_bytes,
                                    .plan = x.plan};
    }
    w.request.living = living;
    w.request.n_living = n;
    assert_ok(crucible_factory_admit(factory, alone[study - 1]));
  }
  for (size_t i = 0; i < 2; ++i)
    crucible_search_destroy(alone[i]);
  crucible_factory_destroy(factory);
}

static void what_is_random_depends_on_seed_and_study_alone(void **state) {
  factory_world w = *(const factory_world *)*state;
  crucible_factory *factory = make_factory(&w);
  crucible_search *first = search_in(&w, factory, NULL);
  w.request.study = 2;
  crucible_search *other = search_in(&w, factory, NULL);
  w.options.seed = 2;
  w.request.study = 1;
  crucible_factory *seeded = make_factory(&w);
  crucible_search *another = search_in(&w, seeded, NULL);
  crucible_factory_trial t = trial_of(first, WORLD_ELITES),
                         u = trial_of(other, WORLD_ELITES),
                         v = trial_of(another, WORLD_ELITES);
  assert_false(is_same_genome(t.genome, u.genome));
  assert_false(is_same_genome(t.genome, v.genome));
  crucible_search_destroy(first);
  crucible_search_destroy(other);
  crucible_search_destroy(another);
  crucible_factory_destroy(factory);
  crucible_factory_destroy(seeded);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_first_trials_of_a_study_are_the_elite_dna),
      cmocka_unit_test(children_name_their_parents_and_where_they_were_born),
      cmocka_unit_test(the_warm_prior_is_known_but_not_tried_again),
      cmocka_unit_test(each_trial_is_told_what_its_forging_reported),
      cmocka_unit_test(a_value_is_that_of_the_forging_alone),
      cmocka_unit_test(nothing_is_handed_out_where_no_order_can_be_placed),
      cmocka_unit_test(a_feature_that_becomes_unavailable_fails_its_genomes),
      cmocka_unit_test(a_study_in_which_every_trial_fails_is_no_failure),
      cmocka_unit_test(a_search_is_the_same_on_any_number_of_threads),
      cmocka_unit_test(what_is_random_depends_on_seed_and_study_alone),
  };
  return cmocka_run_group_tests(tests, set_up_factory_world,
                                tear_down_factory_world);
}
