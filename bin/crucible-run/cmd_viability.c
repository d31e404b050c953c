/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "args.h"
#include "backtest_run.h"
#include "run.h"
#include "run_config.h"
#include "run_file.h"
#include "run_input.h"
#include "run_market.h"
#include "viability_print.h"
#include "viability_realised.h"

typedef struct options {
  input_options input;
  const char *config;
  arg_list set;
  const char *timeframes;
  const char *hold;
  const char *fees;
  double notional;
  const char *funding;
  const char *db;
  backtest_options rule;
  uint64_t threads;
  const char *csv;
  int json;
} options;

static const arg_option OPTIONS[] = {
    {"What to look at", NULL, ARG_HEADING, 0, 0, 0, 0, NULL},
    {"--timeframes", "LIST", ARG_TEXT, 0, offsetof(options, timeframes), 0, 0,
     "default 1m,5m,15m,1h; those finer than the bars are\nleft out"},
    {"--hold", "LIST", ARG_TEXT, 0, offsetof(options, hold), 0, 0,
     "holding periods in bars; default 1,3,6,12,24,48"},
    {"--fees", "LIST", ARG_TEXT, 0, offsetof(options, fees), 0, 0,
     "taker fees to look at, as 0.001,0.0005 (default: the\n"
     "instrument's, with market and with limit orders)"},
    {"--notional", "AMOUNT", ARG_NUMBER, 0, offsetof(options, notional), 1e-6,
     1e15, "of each trade (default: account.cash)"},
    {"--funding", "FILE", ARG_TEXT, 0, offsetof(options, funding), 0, 0,
     "a perpetual's funding rates: CSV with the columns time\n"
     "and rate, or as the venue names them"},
    {"Trades to hold against it", NULL, ARG_HEADING, 0, 0, 0, 0, NULL},
    {"--db", "PATH", ARG_TEXT, 0, offsetof(options, db), 0, 0,
     "a tournament's database: what its agents' trades really\n"
     "brought against their costs"},
    {"--enter", "RULE", ARG_TEXT, 0, offsetof(options, rule.rules[0]), 0, 0,
     "a rule such as \"RSI(14) < 30\", run over each timeframe:\n"
     "what its trades brought (see crucible-run backtest)"},
    {"--exit", "RULE", ARG_TEXT, 0, offsetof(options, rule.rules[1]), 0, 0,
     "leave a long (default: where --enter no longer holds,\n"
     "unless --horizon, --stop or --target says when)"},
    {"--short", "RULE", ARG_TEXT, 0, offsetof(options, rule.rules[2]), 0, 0,
     "go short, where the instrument allows it"},
    {"--cover", "RULE", ARG_TEXT, 0, offsetof(options, rule.rules[3]), 0, 0,
     "leave a short (default: as --exit)"},
    {"--horizon", "BARS", ARG_WHOLE, 0, offsetof(options, rule.horizon), 0, 1e6,
     "leave after so many bars"},
    {"--stop", "SIGMA", ARG_NUMBER, 0, offsetof(options, rule.stop), 0, 1000,
     "stop at so many standard deviations of a bar"},
    {"--target", "SIGMA", ARG_NUMBER, 0, offsetof(options, rule.target), 0,
     1000, "take profit, likewise"},
    {"Input and output", NULL, ARG_HEADING, 0, 0, 0, 0, NULL},
    INPUT_OPTIONS(options),
    CONFIG_OPTIONS(options),
    {"--threads", "N", ARG_WHOLE, 0, offsetof(options, threads), 0, 1024,
     "0 (default): one per processor"},
    {"--csv", "FILE", ARG_TEXT, 0, offsetof(options, csv), 0, 0,
     "writes all rows as CSV; \"-\": prints them instead"},
    {"--json", NULL, ARG_FLAG, 0, offsetof(options, json), 0, 0,
     "prints the result as JSON"},
};

static const arg_command COMMAND = {
    "viability",
    "Does a timeframe move enough to pay for trading it?",
    "--replay FILE... [OPTION...]",
    "Ceiling: the mean move over a holding period, which a perfect forecast "
    "would take,\nagainst the cost of a round trip. Below twice the cost a "
    "timeframe is too fast;\nabove, the table tells which share of the "
    "directions has to be right.\n"
    "Realised, of --db or --enter: mean gross profit per trade against mean "
    "cost and\nits parts, with a 95 % lower bound.",
    OPTIONS,
    RUN_COUNT(OPTIONS)};

enum { VALUES_MAX = 16 };

/* What the lists say. */
typedef struct lists {
  int64_t timeframes_ms[VALUES_MAX];
  crucible_fee_tier tiers[VALUES_MAX];
  uint32_t holds[VALUES_MAX];
  size_t n_timeframes, n_tiers, n_holds;
} lists;

static int too_many(const char *option) {
  return run_fail(RUN_USAGE, "%s has more than %d values", option, VALUES_MAX);
}

static int take_timeframe(const char *option, const char *word, void *into) {
  lists *table = into;
  if (table->n_timeframes == VALUES_MAX)
    return too_many(option);
  int64_t *timeframe_ms = &table->timeframes_ms[table->n_timeframes++];
  if (crucible_timeframe_parse(word, timeframe_ms) != CRUCIBLE_OK)
    return run_fail_as(RUN_USAGE, option);
  return RUN_OK;
}

static int take_fee(const char *option, const char *word, void *into) {
  lists *table = into;
  if (table->n_tiers == VALUES_MAX)
    return too_many(option);
  double *fee = &table->tiers[table->n_tiers].taker_fee;
  table->tiers[table->n_tiers].entry = CRUCIBLE_LIQUIDITY_TAKER;
  table->tiers[table->n_tiers++].exit = CRUCIBLE_LIQUIDITY_TAKER;
  if (!args_number(word, fee) || *fee < 0 || *fee >= 0.1)
    return run_fail(RUN_USAGE,
                    "%s: \"%s\" is no fraction from 0 to 0.1 (0.001 = 0.1 %%)",
                    option, word);
  return RUN_OK;
}

static int take_hold(const char *option, const char *word, void *into) {
  lists *table = into;
  if (table->n_holds == VALUES_MAX)
    return too_many(option);
  uint64_t hold;
  if (!args_whole(word, &hold) || hold < 1 || hold > 1000000)
    return run_fail(RUN_USAGE, "%s: \"%s\" is no number of bars", option, word);
  table->holds[table->n_holds++] = (uint32_t)hold;
  return RUN_OK;
}

static int read_lists(const options *given, lists *table) {
  int code = RUN_OK;
  if (given->timeframes != NULL)
    code = args_each("--timeframes", given->timeframes, take_timeframe, table);
  if (code == RUN_OK && given->hold != NULL)
    code = args_each("--hold", given->hold, take_hold, table);
  if (code == RUN_OK && given->fees != NULL)
    code = args_each("--fees", given->fees, take_fee, table);
  return code;
}

/* ---- the run ---- */

/* All that is made on the way. */
typedef struct viability_run {
  run_config config;
  run_input input;
  run_funding funding;
  crucible_pool *pool;
  crucible_viability_table *table;
  ceiling_view view;
  realised_table agents, rule;
} viability_run;

static void free_run(viability_run *run) {
  crucible_viability_table_destroy(run->table);
  crucible_pool_destroy(run->pool);
  input_free(&run->input);
  funding_free(&run->funding);
  config_free(&run->config);
}

static int check(const options *given) {
  const char *const *rules = given->rule.rules;
  if (rules[0] == NULL && (rules[1] != NULL || rules[2] != NULL ||
                           rules[3] != NULL || given->rule.horizon > 0 ||
                           given->rule.stop > 0 || given->rule.target > 0))
    return run_fail(RUN_USAGE, "a rule's other parts need --enter");
  if (rules[3] != NULL && rules[2] == NULL)
    return run_fail(RUN_USAGE, "--cover needs --short");
  if (given->csv == NULL)
    return RUN_OK;
  if (given->json && strcmp(given->csv, "-") == 0)
    return run_fail(RUN_USAGE, "--json and --csv - both print: give --csv a "
                               "file");
  int code = RUN_OK;
  if (strcmp(given->csv, "-") != 0)
    code = file_check_writable(given->csv, "--csv");
  if (code == RUN_OK)
    code = file_check_apart(given->csv, "--csv", given->config);
  if (code == RUN_OK)
    code = file_check_apart(given->csv, "--csv", given->db);
  if (code == RUN_OK)
    code = file_check_apart(given->csv, "--csv", given->funding);
  if (code == RUN_OK)
    code = input_check_apart(&given->input, given->csv, "--csv");
  return code;
}

static int make_options(const options *given, const run_config *config,
                        const lists *table, run_forecasts *forecasts,
                        crucible_viability_options *made) {
  crucible_backtest_options how;
  crucible_viability_options_init(made, sizeof *made);
  int code = market_options(config, &how);
  if (code == RUN_OK)
    code = market_forecasts(config, forecasts);
  if (code != RUN_OK)
    return code;
  made->volatility = forecasts->volatility;
  made->volume_window = forecasts->volume_window;
  made->costs = how.costs;
  made->notional = given->notional > 0 ? given->notional : how.initial_cash;
  if (table->n_timeframes > 0)
    made->timeframes_ms = table->timeframes_ms;
  made->n_timeframes = table->n_timeframes;
  if (table->n_holds > 0)
    made->hold_bars = table->holds;
  made->n_holds = table->n_holds;
  if (table->n_tiers > 0)
    made->tiers = table->tiers;
  made->n_tiers = table->n_tiers;
  return RUN_OK;
}

/* The ceiling has one spread for all of the time: that of all bars. */
static int estimate_spread(const crucible_bars *bars,
                           crucible_cost_options *costs) {
  double spread = 0;
  if (crucible_spread_estimate(bars, NULL, &spread) != CRUCIBLE_OK)
    return run_fail_as(RUN_DATA, "costs.spread edge");
  costs->spread_bps = spread > 0 ? 1e4 * spread : 0;
  return RUN_OK;
}

static int make_table(const options *given,
                      const crucible_viability_options *how,
                      viability_run *run) {
  crucible_status status =
      crucible_pool_create((uint32_t)given->threads, &run->pool);
  if (status == CRUCIBLE_OK)
    status =
        crucible_viability_table_make(&run->input.bars, &run->input.instrument,
                                      how, run->pool, NULL, &run->table);
  if (status != CRUCIBLE_OK)
    return run_fail_status(status, NULL);
  ceiling_view *view = &run->view;
  *view = (ceiling_view){.table = run->table,
                         .tiers = how->tiers,
                         .instrument = run->input.instrument,
                         .bars = run->input.bars,
                         .notional = how->notional,
                         .has_funding = how->n_funding > 0,
                         .has_impact =
                             how->costs.impact_law == CRUCIBLE_IMPACT_ALMGREN,
                         .names_finer = given->timeframes != NULL};
  status = crucible_viability_table_size(run->table, &view->n_timeframes,
                                         &view->n_tiers, &view->n_holds);
  return status == CRUCIBLE_OK ? RUN_OK : run_fail_status(status, NULL);
}

/* The rule's trades over each timeframe that can be made of the bars. */
static int run_rule(const options *given, viability_run *run) {
  backtest_options rule = given->rule;
  double first = 0;
  int code = config_number(&run->config, "volatility.first", &first);
  rule.input = given->input;
  rule.config = given->config;
  rule.set = given->set;
  rule.threads = given->threads;
  if (run->input.instrument.market_type == CRUCIBLE_MARKET_LINEAR_PERPETUAL)
    rule.funding = given->funding;
  for (size_t t = 0; t < run->view.n_timeframes && code == RUN_OK; ++t) {
    crucible_viability_row row;
    code = ceiling_row(&run->view, t * run->view.n_tiers * run->view.n_holds,
                       &row);
    if (code != RUN_OK || row.state == CRUCIBLE_ROW_FINER)
      continue;
    code = (double)row.n_bars > first + 1
               ? realised_run(&rule, row.timeframe_ms, &run->rule)
               : realised_skip(row.timeframe_ms, &run->rule);
  }
  return code;
}

static int print_text(const options *given, const viability_run *run) {
  int code = ceiling_print(&run->view);
  if (code == RUN_OK && given->db != NULL)
    code = realised_print(&run->agents, "the agents");
  if (code == RUN_OK && given->rule.rules[0] != NULL)
    code = realised_print(&run->rule, "the rule");
  if (code == RUN_OK)
    code = ceiling_print_verdict(&run->view);
  if (code == RUN_OK && given->db != NULL)
    realised_print_verdict(&run->agents, "the agents");
  if (code == RUN_OK && given->rule.rules[0] != NULL)
    realised_print_verdict(&run->rule, "the rule");
  return code;
}

static int print_json(const options *given, const viability_run *run) {
  run_json json = {.depth = 0};
  json_begin_object(&json, NULL);
  int code = ceiling_add_json(&run->view, &json);
  realised_add_json(&run->agents, "realised", &json);
  if (given->rule.rules[0] != NULL)
    realised_add_json(&run->rule, "rule", &json);
  json_end_object(&json);
  if (code == RUN_OK)
    return json_print(&json);
  text_free(&json.text);
  return code;
}

static int write_csv(const options *given, const viability_run *run) {
  run_text csv = {0};
  int code = ceiling_add_csv(&run->view, &csv);
  realised_add_csv(&run->agents, "agents", &csv);
  realised_add_csv(&run->rule, "rule", &csv);
  if (code == RUN_OK && csv.failed)
    code = run_fail(RUN_FAILED, "out of memory");
  if (code == RUN_OK)
    code = file_write(given->csv, &csv);
  text_free(&csv);
  return code;
}

static int go(const options *given, viability_run *run) {
  lists table = {.n_tiers = 0};
  crucible_viability_options how = {.n_funding = 0};
  run_forecasts forecasts;
  int code = check(given);
  if (code == RUN_OK)
    code = read_lists(given, &table);
  if (code == RUN_OK)
    code = config_load(given->config, &given->set, &run->config);
  if (code == RUN_OK)
    code = make_options(given, &run->config, &table, &forecasts, &how);
  if (code == RUN_OK)
    code = input_read(&given->input, &run->input);
  if (code == RUN_OK && forecasts.has_spread)
    code = estimate_spread(&run->input.bars, &how.costs);
  if (code == RUN_OK && given->funding != NULL)
    code = funding_read(given->funding, &run->funding);
  how.funding_time_ms = run->funding.time_ms;
  how.funding_rate = run->funding.rate;
  how.n_funding = run->funding.n;
  for (size_t i = 0; i < table.n_tiers; ++i)
    table.tiers[i].maker_fee = run->input.instrument.maker_fee;
  if (code == RUN_OK && given->db != NULL)
    code = realised_read(given->db, &run->agents);
  if (code == RUN_OK)
    code = make_table(given, &how, run);
  if (code == RUN_OK && given->rule.rules[0] != NULL)
    code = run_rule(given, run);
  if (code == RUN_OK && given->csv != NULL)
    code = write_csv(given, run);
  if (code != RUN_OK || (given->csv != NULL && strcmp(given->csv, "-") == 0))
    return code;
  return given->json ? print_json(given, run) : print_text(given, run);
}

int cmd_viability(int argc, char **argv) {
  options given = {.rule = {.size = 0.95, .ttl = 1, .top = 1}};
  int outcome = args_parse(&COMMAND, argc, argv, &given);
  int code = outcome == ARGS_WRONG ? RUN_USAGE : RUN_OK;
  if (outcome == ARGS_RUN) {
    viability_run run = {.table = NULL};
    code = go(&given, &run);
    free_run(&run);
  }
  args_free(&COMMAND, &given);
  return code;
}
