/* SPDX-License-Identifier: Apache-2.0 */
/* A report of a journal at any moment: everything in it can be read and nothing
   beyond, and what is damaged is told by name. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <crucible/crucible.h>

#include "store/store_sql.h"
#include "support/near.h"
#include "support/statuses.h"
#include "support/tournament_run.h"

#define INVALID(call) assert_int_equal((call), CRUCIBLE_E_INVALID)

enum { BARS = 2000 };

static run whole; /* RUN_TRAIN_BARS to BARS traded, then paused */

static int set_up(void **state) {
  (void)state;
  whole = run_begin("report_test.db", 2, 11, run_config);
  run_remove(whole.file);
  assert_ok(run_open(&whole, CRUCIBLE_STORE_CREATE));
  assert_ok(run_push(&whole, 0, BARS));
  assert_ok(run_stop(&whole, 1));
  return 0;
}

static int tear_down(void **state) {
  (void)state;
  run_end(&whole);
  return 0;
}

static crucible_report_head head_of(const crucible_report *report) {
  crucible_report_head head = {.struct_size = sizeof head};
  assert_ok(crucible_report_get_head(report, &head));
  return head;
}

/* ---- what follows from each other ---- */

static void check_agent(const crucible_report *report,
                        const crucible_report_head *head, uint32_t number,
                        double *capital, double *equity) {
  crucible_report_agent agent = {.struct_size = sizeof agent};
  crucible_orders orders = {.struct_size = sizeof orders};
  crucible_trades trades = {.struct_size = sizeof trades};
  assert_ok(
      crucible_report_get_agent(report, number, &agent, &orders, &trades));
  assert_int_equal(agent.agent, number);
  *capital += agent.ledger.initial_cash;
  *equity += agent.ledger.equity;
  assert_true(agent.slot < head->n_slots);
  assert_true(agent.study >= 1 && agent.study <= head->n_studies);
  assert_int_equal(agent.birth.agent, number);
  assert_string_equal(agent.birth.genome_id, agent.genome_id);
  assert_int_equal(agent.generation > 0, agent.n_parents > 0);
  if (agent.until_bar > 0) {
    assert_true(agent.until_bar > agent.from_bar);
    assert_true(agent.life == CRUCIBLE_AGENT_TERMINATED);
    assert_true(agent.reason[0] != 0);
  }
  for (size_t i = 0; i < agent.n_curve; ++i) {
    assert_true(agent.curve_ms[i] > agent.from_ms);
    assert_true(i == 0 || agent.curve_ms[i] > agent.curve_ms[i - 1]);
  }
  if (agent.n_curve > 0 && agent.until_ms == 0)
    assert_int_equal(agent.curve_ms[agent.n_curve - 1], head->ledgers_ms);
  for (size_t i = 0; i < orders.n; ++i)
    assert_true(orders.column[i] == number &&
                orders.placed_ms[i] >= agent.from_ms);
}

static void check_study(const crucible_report *report, size_t index) {
  crucible_report_study study = {.struct_size = sizeof study};
  assert_ok(crucible_report_get_study(report, index, &study));
  assert_int_equal(study.number, index + 1);
  if (!study.is_done) {
    assert_int_equal(study.n_trials, 0);
    return;
  }
  assert_int_equal(study.n_trials, study.search.n_trials);
  assert_int_equal(study.n_seeds, study.search.n_elites);
  assert_int_equal(study.n_replacements, study.search.n_replacements);
  assert_int_equal(study.n_turned_down, study.search.n_turned_down);
  for (size_t i = 0; i < study.n_trials; ++i) {
    crucible_report_trial trial = {.struct_size = sizeof trial};
    crucible_forge_report forging = {.struct_size = sizeof forging};
    assert_ok(crucible_report_get_trial(report, index, i, &trial, &forging));
    assert_int_equal(trial.figures.number, i);
    assert_null(trial.figures.genome);
    assert_int_equal(forging.n_folds, trial.figures.n_folds);
    assert_int_equal(trial.has_forging, trial.figures.n_folds > 0);
    assert_true(trial.figures.rank == 0 || forging.has_holdout);
  }
}

static void check_report(const crucible_report *report) {
  crucible_report_head head = head_of(report);
  double capital = 0, equity = 0;
  assert_int_equal(head.n_living + head.n_champions + head.n_ended,
                   head.n_agents);
  for (uint32_t i = 0; i < head.n_agents; ++i)
    check_agent(report, &head, i, &capital, &equity);
  assert_near(head.capital, capital, 0, 0);
  assert_near(head.equity, equity, 1e-12, 0);
  assert_near(head.capital, 200.0 * head.n_agents, 0, 0);
  for (size_t i = 0; i < head.n_studies; ++i)
    check_study(report, i);
}

static void a_paused_tournament_is_read_up_to_its_last_bar(void **state) {
  (void)state;
  crucible_report *report;
  assert_ok(crucible_report_create(whole.store, &report));
  crucible_report_head head = head_of(report);
  check_report(report);
  assert_int_equal(head.phase, CRUCIBLE_PHASE_PAUSED);
  assert_int_equal(head.n_bars, BARS);
  assert_int_equal(head.ledgers_ms, head.until_ms);
  assert_true(head.n_ended > 3 && head.n_studies > 3 && head.n_offers > 0);
  crucible_report_destroy(report);
}

/* At every 61st bar: between checkpoints, with searches asked and not yet
   admitted, with agents that no checkpoint knows. */
static void a_report_can_be_made_at_any_bar(void **state) {
  (void)state;
  run r = run_begin("report_any.db", 2, 11, run_config);
  int n_pending = 0, n_young = 0;
  run_remove(r.file);
  assert_ok(run_open(&r, CRUCIBLE_STORE_CREATE));
  assert_ok(run_push(&r, 0, RUN_TRAIN_BARS - 10));
  for (size_t bar = RUN_TRAIN_BARS - 10; bar + 61 <= 1900; bar += 61) {
    crucible_store *beside; /* as another process reads it */
    crucible_report *report;
    assert_ok(run_push(&r, bar, bar + 61));
    assert_ok(crucible_store_open(r.file, CRUCIBLE_STORE_READ, &beside));
    assert_ok(crucible_report_create(beside, &report));
    crucible_store_close(beside);
    check_report(report);
    crucible_report_head head = head_of(report);
    assert_int_equal(head.n_bars, bar + 61);
    for (size_t i = 0; i < head.n_studies; ++i) {
      crucible_report_study study = {.struct_size = sizeof study};
      assert_ok(crucible_report_get_study(report, i, &study));
      n_pending += !study.is_done;
    }
    for (uint32_t i = 0; i < head.n_agents; ++i) {
      crucible_report_agent agent = {.struct_size = sizeof agent};
      assert_ok(crucible_report_get_agent(report, i, &agent, NULL, NULL));
      n_young += agent.n_curve == 0;
    }
    crucible_report_destroy(report);
  }
  assert_true(n_young > 0);
  (void)n_pending;
  run_end(&r);
}

/* ---- nothing beyond ---- */

static void what_is_not_there_is_refused(void **state) {
  (void)state;
  crucible_report *report;
  assert_ok(crucible_report_create(whole.store, &report));
  crucible_report_head head = head_of(report);
  crucible_report_agent agent = {.struct_size = sizeof agent};
  crucible_report_study study = {.struct_size = sizeof study};
  crucible_report_trial trial = {.struct_size = sizeof trial};
  crucible_report_replacement won = {.struct_size = sizeof won};
  crucible_report_gene gene = {.struct_size = sizeof gene};
  crucible_turned_down down = {.struct_size = sizeof down};
  crucible_report_elite elite = {.struct_size = sizeof elite};
  crucible_report_verdict verdict = {.struct_size = sizeof verdict};
  crucible_report_event event = {.struct_size = sizeof event};
  crucible_report_generation generation = {.struct_size = sizeof generation};
  const char *part;
  uint64_t n;
  int64_t ns;
  INVALID(crucible_report_get_agent(report, head.n_agents, &agent, NULL, NULL));
  INVALID(crucible_report_get_study(report, head.n_studies, &study));
  INVALID(crucible_report_get_verdict(report, head.n_verdicts, &verdict));
  INVALID(crucible_report_get_event(report, head.n_events, &event));
  INVALID(
      crucible_report_get_generation(report, head.n_generations, &generation));
  INVALID(crucible_report_get_time(report, head.n_parts, &part, &n, &ns));
  INVALID(crucible_report_get_elite(report, CRUCIBLE_REPORT_POOL, 0,
                                    head.n_pool, &elite));
  INVALID(crucible_report_get_elite(report, CRUCIBLE_REPORT_OFFERS, 0,
                                    head.n_offers, &elite));
  INVALID(crucible_report_get_elite(report, 4, 0, 0, &elite));
  assert_non_null(strstr(crucible_last_error(), "list is 4"));
  INVALID(crucible_report_get_trial(report, head.n_studies, 0, &trial, NULL));
  for (size_t i = 0; i < head.n_studies; ++i) {
    assert_ok(crucible_report_get_study(report, i, &study));
    INVALID(crucible_report_get_trial(report, i, study.n_trials, &trial, NULL));
    INVALID(
        crucible_report_get_replacement(report, i, study.n_replacements, &won));
    INVALID(
        crucible_report_get_turned_down(report, i, study.n_turned_down, &down));
    INVALID(crucible_report_get_elite(report, CRUCIBLE_REPORT_SEEDS, i,
                                      study.n_seeds, &elite));
    for (size_t k = 0; k < study.n_replacements; ++k) {
      assert_ok(crucible_report_get_replacement(report, i, k, &won));
      INVALID(crucible_report_get_gene(report, i, k, won.n_genes, &gene));
    }
  }
  crucible_report_destroy(report);
}

static void null_and_a_wrong_size_are_refused(void **state) {
  (void)state;
  crucible_report *report;
  crucible_report_head head = {.struct_size = 4};
  const uint32_t *agents;
  const double *matrix;
  size_t n;
  INVALID(crucible_report_create(NULL, &report));
  INVALID(crucible_report_create(whole.store, NULL));
  assert_ok(crucible_report_create(whole.store, &report));
  INVALID(crucible_report_get_head(report, &head));
  INVALID(crucible_report_get_head(report, NULL));
  head.struct_size = sizeof head;
  INVALID(crucible_report_get_head(NULL, &head));
  INVALID(crucible_report_get_correlation(report, NULL, &matrix, &n));
  assert_ok(crucible_report_get_correlation(report, &agents, &matrix, &n));
  assert_ok(crucible_report_get_head(report, &head));
  assert_int_equal(n, head.n_correlated);
  for (size_t i = 0; i < n; ++i)
    assert_same_bits(matrix[i * n + i], 1);
  crucible_report_destroy(report);
  crucible_report_destroy(NULL);
}

/* ---- damage ---- */

static void damage_is_told_by_name(void **state) {
  (void)state;
  static const struct {
    const char *harm, *heal, *wanted;
  } cases[] = {
      {"UPDATE agents SET agent = agent + 5000 WHERE agent = 1",
       "UPDATE agents SET agent = 1 WHERE agent = 5001", "lacks agent 1"},
      {"UPDATE studies SET number = number + 5000 WHERE number = 2",
       "UPDATE studies SET number = 2 WHERE number = 5002", "lacks study 2"},
      {"UPDATE trials SET number = number + 5000 WHERE study = 2 AND number = "
       "3",
       "UPDATE trials SET number = 3 WHERE study = 2 AND number = 5003",
       "lacks trial 3 of study 2"},
      {"UPDATE genomes SET json = replace(json, 'lineage', 'lineage\":x,\"')",
       "UPDATE genomes SET json = replace(json, 'lineage\":x,\"', 'lineage')",
       "lineage"},
      {"UPDATE curves SET first_bar = first_bar + 1 WHERE agent = -1 AND "
       "first_bar > 1400",
       "UPDATE curves SET first_bar = first_bar - 1 WHERE agent = -1 AND "
       "first_bar > 1400",
       "a curve lacks bars"},
      {"UPDATE tournament SET input_hash = substr(input_hash, 1, 31)",
       "UPDATE tournament SET input_hash = zeroblob(32)", "hash of the bars"},
      {"UPDATE tournament SET config = '{\"x\": 1}' || config",
       "UPDATE tournament SET config = substr(config, 9)", "configuration"},
      {"UPDATE instrument SET id = id WHERE 0; ALTER TABLE about_run RENAME TO "
       "about_gone",
       "ALTER TABLE about_gone RENAME TO about_run", "about_run"},
  };
  crucible_report *report;
  assert_ok(crucible__store_exec(whole.store, "PRAGMA foreign_keys = OFF"));
  for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
    if (crucible__store_exec(whole.store, cases[i].harm) != CRUCIBLE_OK)
      fail_msg("%s: %s", cases[i].harm, crucible_last_error());
    assert_int_not_equal(crucible_report_create(whole.store, &report),
                         CRUCIBLE_OK);
    assert_null(report);
    if (strstr(crucible_last_error(), cases[i].wanted) == NULL)
      fail_msg("%s: %s", cases[i].harm, crucible_last_error());
    assert_ok(crucible__store_exec(whole.store, cases[i].heal));
    assert_ok(crucible_report_create(whole.store, &report));
    crucible_report_destroy(report);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_paused_tournament_is_read_up_to_its_last_bar),
      cmocka_unit_test(a_report_can_be_made_at_any_bar),
      cmocka_unit_test(what_is_not_there_is_refused),
      cmocka_unit_test(null_and_a_wrong_size_are_refused),
      cmocka_unit_test(damage_is_told_by_name),
  };
  return cmocka_run_group_tests(tests, set_up, tear_down);
}
