/* SPDX-License-Identifier: Apache-2.0 */
/* A tournament that ended anywhere goes on as if it had not: the same digest,
   no journalled training done again, nothing but the same run accepted. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include <cmocka.h>

#include <crucible/crucible.h>

#include "store/store_sql.h"
#include "support/statuses.h"
#include "support/tournament_run.h"

static const char file[] = "resume_test.db";

static void whole_run(uint32_t n_threads, uint8_t digest[32],
                      crucible_progress *progress) {
  run r = run_begin(file, n_threads, 7, run_config);
  run_remove(file);
  assert_ok(run_open(&r, CRUCIBLE_STORE_CREATE));
  assert_ok(run_push(&r, 0, r.bars.n));
  *progress = run_progress_of(&r);
  assert_ok(run_stop(&r, 0));
  run_digest(&r, digest);
  run_end(&r);
}

static void assert_lively(const crucible_progress *progress) {
  assert_true(progress->n_studies >= 8);
  assert_true(progress->n_ended >= 8);
  assert_int_equal(progress->n_agents, 4);
  assert_true(progress->n_trades > 50);
}

/* The run that is not cut off: on no, one and three threads the same. */
static uint8_t whole[32];
static crucible_progress all;

static void the_digest_is_the_same_on_any_number_of_threads(void **state) {
  (void)state;
  uint8_t one[32], three[32];
  crucible_progress progress;
  whole_run(0, whole, &all);
  assert_lively(&all);
  whole_run(1, one, &progress);
  whole_run(3, three, &progress);
  assert_memory_equal(whole, one, 32);
  assert_memory_equal(whole, three, 32);
}

/* Cuts: while bars are collected, at the first search, around checkpoints
   (bar 1,556 and every 256 after), anywhere else. */
static const size_t cuts[] = {3,    1299, 1300, 1301, 1303, 1304, 1400,
                              1555, 1556, 1557, 1700, 1811, 1812, 1813,
                              2000, 2068, 2300, 2500, 2575, 2576};
enum { N_CUTS = sizeof cuts / sizeof *cuts };

/* Every one of them is worth its time but where each costs many times more. */
#ifdef __SANITIZE_ADDRESS__
enum { EVERY = 4 };
#else
enum { EVERY = 1 };
#endif

static uint64_t last_checkpoint(size_t bar) {
  return bar < RUN_TRAIN_BARS + 256
             ? 0
             : RUN_TRAIN_BARS + (bar - RUN_TRAIN_BARS) / 256 * 256;
}

static void goes_on(size_t cut, int is_paused) {
  uint8_t digest[32];
  run r = run_begin(file, 0, 7, run_config);
  run_remove(file);
  assert_ok(run_open(&r, CRUCIBLE_STORE_CREATE));
  assert_ok(run_push(&r, 0, cut));
  crucible_progress before = run_progress_of(&r);
  if (is_paused)
    assert_ok(run_stop(&r, 1));
  run_drop(&r);
  assert_ok(run_open(&r, CRUCIBLE_STORE_RESUME));
  assert_ok(run_push(&r, 0, cut));
  crucible_progress again = run_progress_of(&r);
  assert_int_equal(again.n_trained, 0); /* all of it was read */
  assert_int_equal(again.n_repeated,
                   cut <= RUN_TRAIN_BARS
                       ? 0
                       : cut - (last_checkpoint(cut) ? last_checkpoint(cut)
                                                     : RUN_TRAIN_BARS));
  assert_int_equal(again.n_trades, before.n_trades);
  assert_int_equal(again.n_ended, before.n_ended);
  assert_int_equal(again.n_agents, before.n_agents);
  assert_ok(run_push(&r, cut, r.bars.n));
  crucible_progress after = run_progress_of(&r);
  assert_int_equal(before.n_trained + after.n_trained, all.n_trained);
  assert_ok(run_stop(&r, 0));
  run_digest(&r, digest);
  if (memcmp(digest, whole, 32) != 0)
    fail_msg("cut off at %zu%s the digest is another", cut,
             is_paused ? ", paused," : "");
  run_end(&r);
}

static void a_run_cut_off_anywhere_goes_on_to_the_same_digest(void **state) {
  (void)state;
  for (size_t i = 0; i < N_CUTS; i += EVERY)
    goes_on(cuts[i], 0);
}

static void a_pause_leaves_no_trace(void **state) {
  (void)state;
  for (size_t i = 0; i < N_CUTS; i += 3 * EVERY)
    goes_on(cuts[i], 1);
}

static void a_resumed_run_may_be_cut_off_while_it_resumes(void **state) {
  (void)state;
  uint8_t digest[32];
  run r = run_begin(file, 0, 7, run_config);
  run_remove(file);
  assert_ok(run_open(&r, CRUCIBLE_STORE_CREATE));
  assert_ok(run_push(&r, 0, 1900));
  for (size_t until = 100; until < 2000; until += 450) {
    run_drop(&r);
    assert_ok(run_open(&r, CRUCIBLE_STORE_RESUME));
    assert_ok(run_push(&r, 0, until));
    if (until < 1900)
      assert_ok(run_stop(&r, 1));
  }
  run_drop(&r);
  assert_ok(run_open(&r, CRUCIBLE_STORE_RESUME));
  assert_ok(run_push(&r, 0, r.bars.n));
  assert_ok(run_stop(&r, 0));
  run_digest(&r, digest);
  assert_memory_equal(digest, whole, 32);
  run_end(&r);
}

/* No genome is viable here: what waits over the checkpoint at bar 1,556 is when
   to search again. */
static const char barren_config[] =
    "{\"tournament\": {\"agents\": 2, \"train_bars\": 1300, \"retry\": 700},"
    " \"volatility\": {\"window\": 1000, \"first\": 300, \"refit\": 500},"
    " \"genome\": {\"min_train_bars\": 300, \"max_train_bars\": 900},"
    " \"forge\": {\"folds\": 1, \"max_rounds\": 3, \"holdout\": 144,"
    "             \"min_trades\": 1000000},"
    " \"study\": {\"trials\": 3}}";

static void a_run_without_a_viable_model_waits_as_long(void **state) {
  (void)state;
  uint8_t digests[2][32];
  for (int is_cut = 0; is_cut < 2; ++is_cut) {
    run r = run_begin(file, 0, 7, barren_config);
    run_remove(file);
    assert_ok(run_open(&r, CRUCIBLE_STORE_CREATE));
    if (is_cut) {
      assert_ok(run_push(&r, 0, 1600));
      run_drop(&r);
      assert_ok(run_open(&r, CRUCIBLE_STORE_RESUME));
    }
    assert_ok(run_push(&r, 0, r.bars.n));
    assert_int_equal(run_progress_of(&r).n_studies, 2);
    assert_ok(run_stop(&r, 0));
    run_digest(&r, digests[is_cut]);
    run_end(&r);
  }
  assert_memory_equal(digests[0], digests[1], 32);
}

static void a_finished_run_is_there_to_be_read(void **state) {
  (void)state;
  uint8_t before[32], after[32];
  run r = run_begin(file, 0, 7, run_config);
  run_remove(file);
  assert_ok(run_open(&r, CRUCIBLE_STORE_CREATE));
  assert_ok(run_push(&r, 0, 1400));
  assert_ok(run_stop(&r, 0));
  run_digest(&r, before);
  run_drop(&r);
  assert_ok(run_open(&r, CRUCIBLE_STORE_RESUME));
  crucible_progress progress = run_progress_of(&r);
  assert_int_equal(progress.phase, CRUCIBLE_PHASE_FINISHED);
  assert_int_equal(progress.n_bars, 1400);
  assert_ok(run_push(&r, 0, 1400));
  assert_int_equal(run_push(&r, 1400, 1401), CRUCIBLE_E_DATA);
  assert_non_null(strstr(crucible_last_error(), "1400 bars, here are more"));
  assert_ok(run_stop(&r, 0));
  run_drop(&r);
  assert_ok(run_open(&r, CRUCIBLE_STORE_RESUME));
  assert_ok(run_push(&r, 0, 1399));
  assert_int_equal(run_stop(&r, 0), CRUCIBLE_E_DATA);
  assert_non_null(strstr(crucible_last_error(), "1400 bars, here are fewer"));
  run_drop(&r);
  assert_ok(run_open(&r, CRUCIBLE_STORE_RESUME));
  crucible_event event = run_bar(&r, 0);
  event.bar.close = event.bar.low;
  assert_ok(crucible_tournament_push(r.tournament, &event));
  assert_int_equal(run_push(&r, 1, 1400), CRUCIBLE_E_DATA);
  assert_non_null(strstr(crucible_last_error(), "SHA-256"));
  run_digest(&r, after);
  assert_memory_equal(before, after, 32);
  run_end(&r);
}

/* A disk that fills in the midst of a bar costs that bar; with room again the
   run goes on. */
static void a_full_disk_costs_one_bar(void **state) {
  (void)state;
  uint8_t digest[32];
  struct rlimit old, small;
  run r = run_begin(file, 0, 7, run_config);
  run_remove(file);
  assert_ok(run_open(&r, CRUCIBLE_STORE_CREATE));
  assert_ok(run_push(&r, 0, 1800));
  (void)signal(SIGXFSZ, SIG_IGN);
  assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
  small = old;
  small.rlim_cur = 32 * 1024; /* less than database and log have already */
  assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
  crucible_status status = run_push(&r, 1800, r.bars.n);
  uint64_t n_bars = run_progress_of(&r).n_bars;
  assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
  assert_int_equal(status, CRUCIBLE_E_STORE);
  assert_non_null(strstr(crucible_last_error(), file));
  assert_int_equal(run_push(&r, n_bars, n_bars + 1), CRUCIBLE_E_STATE);
  run_drop(&r);
  assert_ok(run_open(&r, CRUCIBLE_STORE_RESUME));
  assert_ok(run_push(&r, 0, r.bars.n));
  assert_ok(run_stop(&r, 0));
  run_digest(&r, digest);
  assert_memory_equal(digest, whole, 32);
  run_end(&r);
}

/* ---- what is not the same run ---- */

static void refused(run *r, crucible_status status, const char *text) {
  assert_int_equal(run_open(r, CRUCIBLE_STORE_RESUME), status);
  if (strstr(crucible_last_error(), text) == NULL)
    fail_msg("\"%s\" lacks \"%s\"", crucible_last_error(), text);
}

static void another_run_is_refused_and_the_difference_named(void **state) {
  (void)state;
  uint8_t before[32], after[32];
  char other[2048];
  run r = run_begin(file, 0, 7, run_config);
  run_remove(file);
  assert_ok(run_open(&r, CRUCIBLE_STORE_CREATE));
  assert_ok(run_push(&r, 0, 40));
  run_digest(&r, before);
  run_drop(&r);
  r.options.seed = 8;
  refused(&r, CRUCIBLE_E_STATE, "another seed: 7, not 8");
  r.options.seed = 7;
  (void)snprintf(other, sizeof other, "%s", run_config);
  memcpy(strstr(other, "\"folds\": 3"), "\"folds\": 2", 10);
  r.options.config = other;
  refused(&r, CRUCIBLE_E_STATE,
          "$.forge has \"folds\":3 there and \"folds\":2 here");
  r.options.config = run_config;
  r.options.has = 0;
  refused(&r, CRUCIBLE_E_STATE, "set of columns");
  r.options.has = CRUCIBLE_NEEDS_QUOTE_VOLUME | CRUCIBLE_NEEDS_TRADES |
                  CRUCIBLE_NEEDS_TAKER_BUY_BASE;
  r.instrument.taker_fee = 0.0005;
  refused(&r, CRUCIBLE_E_STATE, "another instrument: its taker_fee differs");
  r.instrument.taker_fee = 0.001;
  assert_ok(run_open(&r, CRUCIBLE_STORE_RESUME));
  run_digest(&r, after);
  assert_memory_equal(before, after, 32);
  run_end(&r);
}

static void other_bars_are_refused(void **state) {
  (void)state;
  uint8_t before[32], after[32];
  run r = run_begin(file, 0, 7, run_config);
  run_remove(file);
  assert_ok(run_open(&r, CRUCIBLE_STORE_CREATE));
  assert_ok(run_push(&r, 0, 1700));
  run_digest(&r, before);
  run_drop(&r);
  assert_ok(run_open(&r, CRUCIBLE_STORE_RESUME));
  assert_ok(run_push(&r, 0, 1000));
  crucible_event event = run_bar(&r, 1000);
  event.bar.volume += 1;
  assert_ok(crucible_tournament_push(r.tournament, &event));
  assert_int_equal(run_push(&r, 1001, 1556), CRUCIBLE_E_DATA);
  assert_non_null(strstr(crucible_last_error(), "first 1556 bars"));
  run_drop(&r);
  assert_ok(run_open(&r, CRUCIBLE_STORE_RESUME));
  assert_ok(run_push(&r, 0, 1600));
  assert_int_equal(run_stop(&r, 0), CRUCIBLE_E_DATA);
  assert_non_null(strstr(crucible_last_error(), "1700 bars, 1600 were pushed"));
  run_digest(&r, after);
  assert_memory_equal(before, after, 32);
  run_end(&r);
}

static void execute(const char *sql) {
  crucible_store *store;
  assert_ok(crucible_store_open(file, CRUCIBLE_STORE_RESUME, &store));
  assert_ok(crucible__store_exec(store, sql));
  crucible_store_close(store);
}

static void another_machine_has_to_be_accepted(void **state) {
  (void)state;
  run r = run_begin(file, 0, 7, run_config);
  run_remove(file);
  assert_ok(run_open(&r, CRUCIBLE_STORE_CREATE));
  assert_ok(run_push(&r, 0, 40));
  run_drop(&r);
  execute("UPDATE about_run SET value = 'abacus' WHERE key = 'processor'");
  refused(&r, CRUCIBLE_E_STATE, "There: abacus.");
  r.options.accept_new_machine = 1;
  assert_ok(run_open(&r, CRUCIBLE_STORE_RESUME));
  assert_ok(run_push(&r, 0, 60));
  run_end(&r);
}

/* A damaged part is refused by name before anything is written. */
static void a_damaged_journal_is_refused(void **state) {
  (void)state;
  static const struct {
    const char *sql, *text;
    size_t cut; /* 0: 1700 */
  } damages[] = {
      {"UPDATE checkpoints SET state = substr(state, 2)", "checkpoint", 0},
      {"UPDATE replacements SET model = substr(model, 1, length(model) - 9)",
       "model", 0},
      {"DELETE FROM replacements", "model of an agent", 0},
      /* refits since the last checkpoint: no retirements */
      {"DELETE FROM models WHERE bar > 2068", "model of an agent", 2300},
      {"DELETE FROM instrument", "instrument", 0},
      {"UPDATE tournament SET input_hash = x'00'", "hash of the bars", 0},
      {"UPDATE tournament SET n_trades = n_trades + 1", "trades", 0},
  };
  for (size_t i = 0; i < sizeof damages / sizeof *damages; ++i) {
    size_t cut = damages[i].cut > 0 ? damages[i].cut : 1700;
    run r = run_begin(file, 0, 7, run_config);
    run_remove(file);
    assert_ok(run_open(&r, CRUCIBLE_STORE_CREATE));
    assert_ok(run_push(&r, 0, cut));
    run_drop(&r);
    execute(damages[i].sql);
    crucible_status status = run_open(&r, CRUCIBLE_STORE_RESUME);
    if (status == CRUCIBLE_OK)
      status = run_push(&r, 0, cut + 1);
    if (status != CRUCIBLE_E_STORE && status != CRUCIBLE_E_MODEL)
      fail_msg("%s: status %d", damages[i].sql, (int)status);
    if (strstr(crucible_last_error(), damages[i].text) == NULL)
      fail_msg("\"%s\" lacks \"%s\"", crucible_last_error(), damages[i].text);
    run_end(&r);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_digest_is_the_same_on_any_number_of_threads),
      cmocka_unit_test(a_run_cut_off_anywhere_goes_on_to_the_same_digest),
      cmocka_unit_test(a_pause_leaves_no_trace),
      cmocka_unit_test(a_resumed_run_may_be_cut_off_while_it_resumes),
      cmocka_unit_test(a_full_disk_costs_one_bar),
      cmocka_unit_test(a_run_without_a_viable_model_waits_as_long),
      cmocka_unit_test(a_finished_run_is_there_to_be_read),
      cmocka_unit_test(another_run_is_refused_and_the_difference_named),
      cmocka_unit_test(other_bars_are_refused),
      cmocka_unit_test(another_machine_has_to_be_accepted),
      cmocka_unit_test(a_damaged_journal_is_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
