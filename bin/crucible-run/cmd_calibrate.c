/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "args.h"
#include "calibrate_print.h"
#include "run.h"
#include "run_config.h"
#include "run_file.h"
#include "run_input.h"
#include "run_market.h"
#include "run_progress.h"
#include "run_signal.h"

enum { VALUES_MAX = 64, CURVE = 12 /* horizons of a chart */ };

typedef struct options {
  input_options input;
  const char *config;
  arg_list set;
  uint64_t agents, bars;
  const char *null;
  const char *sharpes;
  const char *horizons;
  double hold, in_market, block, stop, target;
  int is_both_sides;
  uint64_t slots, tournaments, seed, threads;
  const char *report;
  int json, is_quiet;
} options;

static const arg_option OPTIONS[] = {
    {"What is measured", NULL, ARG_HEADING, 0, 0, 0, 0, NULL},
    {"--agents", "N", ARG_WHOLE, 0, offsetof(options, agents), 1, 1e6,
     "of each Sharpe ratio (default 2000)"},
    {"--bars", "N", ARG_WHOLE, 0, offsetof(options, bars), 100, 1e7,
     "that each of them trades (default 8640: 30 days of 5m)"},
    {"--sharpe", "LIST", ARG_TEXT, 0, offsetof(options, sharpes), 0, 0,
     "true Sharpe ratios of a year, net of costs; 0: no skill\n"
     "(default 0,1,2,4,8,16)"},
    {"--horizons", "LIST", ARG_TEXT, 0, offsetof(options, horizons), 0, 0,
     "when to look at what was judged: bars, or days as 7d,30d\n"
     "(default: at the end)"},
    {"--slots", "N", ARG_WHOLE, 0, offsetof(options, slots), 0, 1024,
     "of a tournament without skill, played beside (default\n"
     "10; 0: none)"},
    {"--tournaments", "N", ARG_WHOLE, 0, offsetof(options, tournaments), 1, 1e6,
     "how many of them (default 20)"},
    {"The market and the agents", NULL, ARG_HEADING, 0, 0, 0, 0, NULL},
    {"--null", "flipped|bootstrap|recorded", ARG_TEXT, 0,
     offsetof(options, null), 0, 0,
     "stretches of the bars in random order, each upside down\n"
     "or not (default); the stretches as they are; the bars\n"
     "as they were"},
    {"--block", "BARS", ARG_NUMBER, 0, offsetof(options, block), 1, 1e9,
     "mean length of a stretch (default 288)"},
    {"--hold", "BARS", ARG_NUMBER, 0, offsetof(options, hold), 1, 1e9,
     "mean time in a position (default 12)"},
    {"--in-market", "SHARE", ARG_NUMBER, 0, offsetof(options, in_market), 0.001,
     0.95, "of the time (default 0.3)"},
    {"--both-sides", NULL, ARG_FLAG, 0, offsetof(options, is_both_sides), 0, 0,
     "go short as well; the instrument must allow it"},
    {"--stop", "SHARE", ARG_NUMBER, 0, offsetof(options, stop), 0, 0.99,
     "of the entry price, such as 0.01 (default 0: none)"},
    {"--target", "SHARE", ARG_NUMBER, 0, offsetof(options, target), 0, 100,
     "likewise"},
    {"--seed", "N", ARG_WHOLE, 0, offsetof(options, seed), 0, 1.8e19,
     "of all that is random (default 1)"},
    {"Input and output", NULL, ARG_HEADING, 0, 0, 0, 0, NULL},
    INPUT_OPTIONS(options),
    CONFIG_OPTIONS(options),
    {"--threads", "N", ARG_WHOLE, 0, offsetof(options, threads), 0, 1024,
     "0 (default): one per processor"},
    {"--report", "FILE", ARG_TEXT, 0, offsetof(options, report), 0, 0,
     "writes an HTML page there (\"-\" = stdout)"},
    {"--json", NULL, ARG_FLAG, 0, offsetof(options, json), 0, 0,
     "prints the result as JSON"},
    {"--quiet", NULL, ARG_FLAG, 0, offsetof(options, is_quiet), 0, 0,
     "no progress"},
};

static const arg_command COMMAND = {
    "calibrate",
    "How often do the watchtower's rules promote luck and kill skill?",
    "--replay FILE... [OPTION...]",
    "Agents that enter and leave at random trade markets made of the recorded "
    "bars, with\nthe fees, spread and slippage of the configuration, and are "
    "judged bar by bar by\nits rules (watchtower.*). What their trading costs "
    "is given back to them, so that\ntheir mean return is exactly 0, net; "
    "whoever is promoted then is a false promotion.\nMore than that plants an "
    "edge of any Sharpe ratio: how long until it is found?\nThe result depends "
    "on the seed, not on threads.",
    OPTIONS,
    RUN_COUNT(OPTIONS)};

/* What the lists say. */
typedef struct lists {
  double sharpes[VALUES_MAX];
  uint32_t horizons[VALUES_MAX];
  size_t n_sharpes, n_horizons;
  int64_t timeframe_ms;
  uint32_t n_bars;
} lists;

static int too_many(const char *option) {
  return run_fail(RUN_USAGE, "%s has more than %d values", option, VALUES_MAX);
}

static int take_sharpe(const char *option, const char *word, void *into) {
  lists *table = into;
  if (table->n_sharpes == VALUES_MAX)
    return too_many(option);
  double *sharpe = &table->sharpes[table->n_sharpes++];
  if (!args_number(word, sharpe) || fabs(*sharpe) > 1000)
    return run_fail(RUN_USAGE,
                    "%s: \"%s\" is no Sharpe ratio of a year from -1000 to "
                    "1000",
                    option, word);
  return RUN_OK;
}

/* "8640" or "30d". */
static int take_horizon(const char *option, const char *word, void *into) {
  lists *table = into;
  if (table->n_horizons == VALUES_MAX)
    return too_many(option);
  char number[32];
  const size_t length = strlen(word);
  const int is_days = word[length - 1] == 'd';
  memcpy(number, word, length + 1);
  number[length - (size_t)is_days] = 0;
  double bars = 0;
  if (!args_number(number, &bars))
    return run_fail(RUN_USAGE, "%s: \"%s\" is no number of bars or days (30d)",
                    option, word);
  bars = floor(is_days ? bars * 86400000 / (double)table->timeframe_ms : bars);
  const size_t n = table->n_horizons++;
  const double least = n > 0 ? (double)table->horizons[n - 1] + 1 : 1;
  if (!(bars >= least && bars <= table->n_bars))
    return run_fail(RUN_USAGE,
                    "%s: \"%s\" is %.0f bars: give ascending ones up to --bars "
                    "(%u)",
                    option, word, bars, table->n_bars);
  table->horizons[n] = (uint32_t)bars;
  return RUN_OK;
}

static int read_lists(const options *given, lists *table) {
  static const double usual[] = {0, 1, 2, 4, 8, 16};
  int code = RUN_OK;
  if (given->sharpes != NULL) {
    code = args_each("--sharpe", given->sharpes, take_sharpe, table);
  } else {
    memcpy(table->sharpes, usual, sizeof usual);
    table->n_sharpes = RUN_COUNT(usual);
  }
  if (code == RUN_OK && given->horizons != NULL)
    return args_each("--horizons", given->horizons, take_horizon, table);
  table->n_horizons = CURVE; /* --bars is 100 at least */
  for (uint32_t i = 0; i < CURVE; ++i)
    table->horizons[i] = (uint32_t)((uint64_t)table->n_bars * (i + 1) / CURVE);
  return code;
}

/* ---- the run ---- */

typedef struct calibrate_run {
  run_config config;
  run_input input;
  run_market market;
  lists table;
  crucible_pool *pool;
  crucible_cancel *cancel;
  crucible_calibration *calibration;
  run_progress progress;
  atomic_flag is_saying;
  calibration_view view;
} calibrate_run;

static void free_run(calibrate_run *run) {
  crucible_calibration_destroy(run->calibration);
  crucible_cancel_destroy(run->cancel);
  crucible_pool_destroy(run->pool);
  market_free(&run->market);
  input_free(&run->input);
  config_free(&run->config);
}

static int find_null(const char *name, int32_t *market) {
  static const char *const names[] = {"flipped", "bootstrap", "recorded"};
  for (int32_t i = 0; i < 3; ++i)
    if (strcmp(names[i], name) == 0) {
      *market = CRUCIBLE_NULL_FLIPPED + i;
      return RUN_OK;
    }
  return run_fail(RUN_USAGE,
                  "--null: \"%s\" is none of flipped, bootstrap, recorded",
                  name);
}

static int check(const options *given) {
  int32_t market;
  int code = find_null(given->null, &market);
  if (code != RUN_OK || given->report == NULL)
    return code;
  const int is_stdout = strcmp(given->report, "-") == 0;
  if (given->json && is_stdout)
    return run_fail(RUN_USAGE, "--json and --report - both print: give "
                               "--report a file");
  if (!is_stdout)
    code = file_check_writable(given->report, "--report");
  if (code == RUN_OK)
    code = file_check_apart(given->report, "--report", given->config);
  if (code == RUN_OK)
    code = input_check_apart(&given->input, given->report, "--report");
  return code;
}

static int make_options(const options *given, calibrate_run *run,
                        crucible_calibrate_options *how) {
  crucible_calibrate_options_init(how, sizeof *how);
  int code = find_null(given->null, &how->market);
  if (code == RUN_OK)
    code = market_options(&run->config, &how->backtest);
  if (code == RUN_OK && crucible_config_watchtower(run->config.json, NULL,
                                                   &how->rules) != CRUCIBLE_OK)
    code = run_fail_as(RUN_USAGE, NULL);
  how->n_agents = (uint32_t)given->agents;
  how->n_bars = (uint32_t)given->bars;
  how->side =
      given->is_both_sides ? CRUCIBLE_SIDE_LONG_SHORT : CRUCIBLE_SIDE_LONG;
  how->block_bars = given->block;
  how->hold_bars = given->hold;
  how->in_market = given->in_market;
  how->stop_fraction = given->stop;
  how->target_fraction = given->target;
  how->seed = given->seed;
  how->sharpes = run->table.sharpes;
  how->n_sharpes = run->table.n_sharpes;
  how->horizons = run->table.horizons;
  how->n_horizons = run->table.n_horizons;
  how->n_slots = (uint32_t)given->slots;
  how->n_tournaments = (uint32_t)given->tournaments;
  return code;
}

/* From any thread: whoever comes while another one is saying it goes on. */
static void say(void *data, double share) {
  calibrate_run *run = data;
  if (atomic_flag_test_and_set(&run->is_saying))
    return;
  progress_share(&run->progress, "calibrating", share);
  atomic_flag_clear(&run->is_saying);
}

static int measure(const options *given, calibrate_run *run) {
  crucible_calibrate_options *how = &run->view.options;
  crucible_status status =
      crucible_pool_create((uint32_t)given->threads, &run->pool);
  if (status == CRUCIBLE_OK)
    status = crucible_cancel_create(&run->cancel);
  if (status != CRUCIBLE_OK)
    return run_fail_status(status, NULL);
  signal_begin(run->cancel);
  progress_begin(&run->progress, given->is_quiet, 0, 0);
  status =
      crucible_calibrate(&run->market.market, &run->input.instrument, how,
                         run->pool, run->cancel, say, run, &run->calibration);
  progress_end(&run->progress, NULL);
  signal_end();
  calibration_view *view = &run->view;
  view->calibration = run->calibration;
  view->head.struct_size = sizeof view->head;
  if (status == CRUCIBLE_OK)
    status = crucible_calibration_get(run->calibration, &view->head);
  view->instrument = run->input.instrument;
  view->bars = run->input.bars;
  view->null_name = given->null;
  view->shows_horizons = given->horizons != NULL;
  return status == CRUCIBLE_OK ? RUN_OK : run_fail_status(status, NULL);
}

static int write_report(const options *given, const calibrate_run *run) {
  run_text page = {0};
  calibration_write_html(&run->view, &page);
  int code = page.failed ? run_fail(RUN_FAILED, "out of memory")
                         : file_write(given->report, &page);
  text_free(&page);
  return code;
}

static int go(const options *given, calibrate_run *run) {
  const run_funding no_funding = {.path = NULL}; /* see crucible_calibrate() */
  int code = check(given);
  if (code == RUN_OK)
    code = config_load(given->config, &given->set, &run->config);
  if (code == RUN_OK)
    code = input_read(&given->input, &run->input);
  run->table.timeframe_ms = run->input.bars.timeframe_ms;
  run->table.n_bars = (uint32_t)given->bars;
  if (code == RUN_OK)
    code = read_lists(given, &run->table);
  if (code == RUN_OK)
    code = make_options(given, run, &run->view.options);
  if (code == RUN_OK)
    code =
        market_make(&run->input.bars, &run->config, &no_funding, &run->market);
  if (code == RUN_OK)
    code = measure(given, run);
  if (code == RUN_OK && given->report != NULL)
    code = write_report(given, run);
  if (code != RUN_OK ||
      (given->report != NULL && strcmp(given->report, "-") == 0))
    return code;
  return given->json ? calibration_print_json(&run->view)
                     : calibration_print(&run->view);
}

int cmd_calibrate(int argc, char **argv) {
  options given = {.agents = 2000,
                   .bars = 8640,
                   .null = "flipped",
                   .hold = 12,
                   .in_market = 0.3,
                   .block = 288,
                   .slots = 10,
                   .tournaments = 20,
                   .seed = 1};
  int outcome = args_parse(&COMMAND, argc, argv, &given);
  int code = outcome == ARGS_WRONG ? RUN_USAGE : RUN_OK;
  if (outcome == ARGS_RUN) {
    calibrate_run run = {.is_saying = ATOMIC_FLAG_INIT};
    code = go(&given, &run);
    free_run(&run);
  }
  args_free(&COMMAND, &given);
  return code;
}
