/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "args.h"
#include "run.h"
#include "run_config.h"
#include "run_file.h"
#include "run_input.h"
#include "run_progress.h"
#include "run_report.h"
#include "run_signal.h"

typedef struct options {
  input_options input;
  const char *db;
  const char *report;
  const char *config;
  arg_list set;
  uint64_t seed;
  uint64_t threads;
  int accept_new_machine;
  int json;
  int quiet;
} options;

static const arg_option OPTIONS[] = {
    INPUT_OPTIONS(options),
    {"--db", "PATH", ARG_TEXT, 1, offsetof(options, db), 0, 0,
     "database: journal, agents, models. One that is there is gone\n"
     "on with: same bars, configuration and seed"},
    {"--report", "PATH", ARG_TEXT, 0, offsetof(options, report), 0, 0,
     "writes an HTML report at the end (\"-\" = stdout, and\n"
     "nothing else there)"},
    CONFIG_OPTIONS(options),
    {"--seed", "N", ARG_WHOLE, 0, offsetof(options, seed), 0, 9e15,
     "of everything random (default 1)"},
    {"--threads", "N", ARG_WHOLE, 0, offsetof(options, threads), 0, 1024,
     "0 (default): one per processor; no result depends on it"},
    {"--accept-new-machine", NULL, ARG_FLAG, 0,
     offsetof(options, accept_new_machine), 0, 0,
     "goes on with what another build or processor began, which\n"
     "may give other bits from there on"},
    {"--json", NULL, ARG_FLAG, 0, offsetof(options, json), 0, 0,
     "prints the result as JSON instead of the leaderboard"},
    {"--quiet", NULL, ARG_FLAG, 0, offsetof(options, quiet), 0, 0,
     "no progress on stderr"},
};

static const arg_command COMMAND = {
    "tournament",
    "Trains agents on the first part of recorded bars and lets each trade the "
    "rest with\npaper money of its own. Who fails ends, who proves itself is "
    "promoted, and searches\nbred from the best DNA fill the slots. A journal "
    "of everything survives anything.",
    "--replay FILE... --db PATH [OPTION...]",
    "Ctrl-C pauses it (exit code 130). The same command goes on where it was "
    "paused or\nkilled, with the same result as if it never had been; of one "
    "that is finished it\nprints the result.\n\n"
    "  crucible-run tournament --replay examples/data/BTCUSDT-5m-*.csv \\\n"
    "      --config examples/demo.json --db demo.db --report demo.html",
    OPTIONS,
    RUN_COUNT(OPTIONS)};

/* A tournament while it runs. */
typedef struct runner {
  run_input input;
  run_config config;
  crucible_pool *pool;
  crucible_cancel *cancel;
  crucible_store *store;
  crucible_tournament *tournament;
  run_progress progress;
  uint64_t n_train_bars;
  int was_there;  /* the database, before this run */
  int is_trading; /* the journal holds more than bars to train on */
  int had_agents; /* ... and somebody has traded */
} runner;

/* What the configuration leaves to the replay: the timeframe of the bars and,
   with train_bars = 0, how many of them are trained on. */
static int resolve(const options *given, runner *run) {
  int code = config_load(given->config, &given->set, &run->config);
  if (code == RUN_OK)
    code = input_read(&given->input, &run->input);
  if (code != RUN_OK)
    return code;
  const char *shortest = config_item(&run->config, "tournament.timeframes", 0);
  int64_t timeframe_ms;
  if (shortest == NULL ||
      crucible_timeframe_parse(shortest, &timeframe_ms) != CRUCIBLE_OK)
    return run_fail(RUN_FAILED, "the configuration has no timeframe");
  code = input_resample(&run->input, timeframe_ms);
  double train_bars = 0;
  if (code == RUN_OK)
    code = config_number(&run->config, "tournament.train_bars", &train_bars);
  if (code != RUN_OK)
    return code;
  size_t n = run->input.bars.n;
  run->n_train_bars = train_bars > 0 ? (uint64_t)train_bars : n / 2;
  if (run->n_train_bars == 0 || run->n_train_bars >= n)
    return run_fail(RUN_DATA,
                    "%zu bars, of which %" PRIu64
                    " are to train on (tournament.train_bars): nothing is "
                    "left to trade",
                    n, run->n_train_bars);
  char setting[64];
  snprintf(setting, sizeof setting, "tournament.train_bars=%" PRIu64,
           run->n_train_bars);
  return config_set(&run->config, setting);
}

static int create(const options *given, runner *run) {
  crucible_tournament_options how;
  struct stat about;
  crucible_tournament_options_init(&how, sizeof how);
  how.config = run->config.json;
  how.instrument = &run->input.instrument;
  how.timeframe_ms = run->input.bars.timeframe_ms;
  how.has = input_has(&run->input.bars);
  how.seed = given->seed;
  how.accept_new_machine = given->accept_new_machine;
  how.cancel = run->cancel;
  how.progress = progress_search;
  how.user_data = &run->progress;
  crucible_status status =
      crucible_pool_create((uint32_t)given->threads, &run->pool);
  how.pool = run->pool;
  run->was_there = stat(given->db, &about) == 0;
  if (status == CRUCIBLE_OK)
    status = crucible_store_open(given->db, CRUCIBLE_STORE_RESUME, &run->store);
  if (status != CRUCIBLE_OK)
    return run_fail_status(status, NULL);
  status = crucible_tournament_create(run->store, &how, &run->tournament);
  return status == CRUCIBLE_OK
             ? RUN_OK
             : run_fail_status(status, run->was_there ? given->db : NULL);
}

static crucible_status push(runner *run, int32_t kind, const crucible_bar *bar,
                            crucible_progress *at) {
  crucible_event event = {.struct_size = sizeof event, .kind = kind};
  event.is_early = kind == CRUCIBLE_EVENT_STOP && signal_is_requested();
  if (bar != NULL)
    event.bar = *bar;
  crucible_status status = crucible_tournament_push(run->tournament, &event);
  at->struct_size = sizeof *at;
  if (status == CRUCIBLE_OK)
    status = crucible_tournament_progress(run->tournament, at);
  return status;
}

/* How an interrupted run is left. */
static int interrupted(const crucible_progress *at) {
  return run_fail(RUN_INTERRUPTED,
                  "interrupted after %s bars: the same command goes on with "
                  "them",
                  figure_count(at->n_bars).text);
}

/* Pushes the bars, then the stop. An interrupt ends the loop between two bars;
   during a search it cancels the push, of which nothing remains. */
static int replay(const options *given, runner *run) {
  const crucible_bars *bars = &run->input.bars;
  crucible_progress at = {.struct_size = sizeof at};
  crucible_status status = crucible_tournament_progress(run->tournament, &at);
  progress_begin(&run->progress, run->progress.is_quiet, bars->n,
                 run->n_train_bars);
  int was_finished =
      status == CRUCIBLE_OK && at.phase == CRUCIBLE_PHASE_FINISHED;
  for (size_t i = 0; i < bars->n && status == CRUCIBLE_OK; ++i) {
    if (signal_is_requested())
      break;
    crucible_bar bar = input_bar(bars, i);
    status = push(run, CRUCIBLE_EVENT_BAR, &bar, &at);
    if (status != CRUCIBLE_OK)
      break;
    run->is_trading |= i + 1 >= run->n_train_bars;
    run->had_agents |= at.n_agents + at.n_champions + at.n_ended > 0;
    if (!was_finished)
      progress_bar(&run->progress, &at);
  }
  if (status == CRUCIBLE_OK)
    status = push(run, CRUCIBLE_EVENT_STOP, NULL, &at);
  if (was_finished && status == CRUCIBLE_OK) {
    progress_say(&run->progress, "this tournament is finished: its result");
    return RUN_OK;
  }
  progress_end(&run->progress, status == CRUCIBLE_OK ? &at : NULL);
  if (status != CRUCIBLE_OK && status != CRUCIBLE_E_CANCELLED)
    return run_fail_status(status, was_finished ? given->db : NULL);
  return signal_is_requested() ? interrupted(&at) : RUN_OK;
}

/* Leaderboard and report. */
static int show(const options *given, runner *run) {
  run_report report;
  int code = report_load(run->store, &report);
  if (code == RUN_OK && given->report != NULL) {
    run_text page = {0};
    report_write_html(&report, &page);
    code = file_write(given->report, &page);
    text_free(&page);
  }
  int is_page = given->report != NULL && strcmp(given->report, "-") == 0;
  if (code == RUN_OK && !is_page)
    code = given->json ? report_print_json(&report) : report_print(&report);
  if (code == RUN_OK && given->report != NULL && !is_page)
    progress_say(&run->progress, "report: %s", given->report);
  report_free(&report);
  return code;
}

/* One that this run has made and that failed before anyone traded would be in
   the way of a next try with other settings. */
static void remove_database(const char *path) {
  static const char *const suffixes[] = {"", "-wal", "-shm", "-journal"};
  for (size_t i = 0; i < RUN_COUNT(suffixes); ++i) {
    run_text name = {0};
    text_addf(&name, "%s%s", path, suffixes[i]);
    if (!name.failed)
      unlink(name.data);
    text_free(&name);
  }
}

/* Where the results go, before hours of work. */
static int check_outputs(const options *given) {
  int code = file_check_writable(given->db, "--db");
  if (code != RUN_OK || given->report == NULL)
    return code;
  code = file_check_writable(given->report, "--report");
  if (code == RUN_OK)
    code = file_check_apart(given->report, "--report", given->db);
  if (code == RUN_OK)
    code = file_check_apart(given->report, "--report", given->config);
  return code != RUN_OK
             ? code
             : input_check_apart(&given->input, given->report, "--report");
}

static int run_tournament(const options *given) {
  runner run = {.progress = {.is_quiet = given->quiet}};
  int code = check_outputs(given);
  if (code == RUN_OK)
    code = resolve(given, &run);
  if (code == RUN_OK && crucible_cancel_create(&run.cancel) != CRUCIBLE_OK)
    code = run_fail_as(RUN_FAILED, NULL);
  if (code == RUN_OK) {
    signal_begin(run.cancel);
    code = create(given, &run);
    if (code == RUN_OK)
      code = replay(given, &run);
    signal_end();
  }
  crucible_tournament_destroy(run.tournament);
  if (run.is_trading && (code == RUN_OK || code == RUN_INTERRUPTED)) {
    int shown = show(given, &run);
    code = code == RUN_OK ? shown : code;
  }
  crucible_store_close(run.store);
  if (run.store != NULL && !run.was_there && !run.had_agents &&
      code != RUN_OK && code != RUN_INTERRUPTED)
    remove_database(given->db);
  crucible_pool_destroy(run.pool);
  crucible_cancel_destroy(run.cancel);
  config_free(&run.config);
  input_free(&run.input);
  return code;
}

int cmd_tournament(int argc, char **argv) {
  options given = {.seed = 1};
  int outcome = args_parse(&COMMAND, argc, argv, &given);
  int code = outcome == ARGS_WRONG ? RUN_USAGE : RUN_OK;
  if (outcome == ARGS_RUN)
    code = run_tournament(&given);
  args_free(&COMMAND, &given);
  return code;
}
