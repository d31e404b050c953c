/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "backtest_check.h"
#include "backtest_run.h"
#include "run.h"
#include "run_file.h"

static const arg_option OPTIONS[] = {
    {"Rules", NULL, ARG_HEADING, 0, 0, 0, 0, NULL},
    {"--enter", "RULE", ARG_TEXT, 0, offsetof(backtest_options, rules[0]), 0, 0,
     "go long where it holds, such as \"RSI(14) < 30\""},
    {"--exit", "RULE", ARG_TEXT, 0, offsetof(backtest_options, rules[1]), 0, 0,
     "leave a long (default: where --enter no longer holds,\n"
     "unless --horizon, --stop, --target or --trail does)"},
    {"--short", "RULE", ARG_TEXT, 0, offsetof(backtest_options, rules[2]), 0, 0,
     "go short, where the instrument allows it"},
    {"--cover", "RULE", ARG_TEXT, 0, offsetof(backtest_options, rules[3]), 0, 0,
     "leave a short (default: as --exit)"},
    {"--sweep", "NAME=VALUES", ARG_LIST, 0, offsetof(backtest_options, sweep),
     0, 0,
     "{NAME} in a rule takes each value: 5,10,20 or 5:25:5;\n"
     "several sweeps multiply"},
    {"Scores instead of rules", NULL, ARG_HEADING, 0, 0, 0, 0, NULL},
    {"--scores", "FILE", ARG_TEXT, 0, offsetof(backtest_options, scores), 0, 0,
     "lines open_time_ms,score of what was predicted at that\n"
     "bar's close"},
    {"--scores-from", "COMMAND", ARG_TEXT, 0,
     offsetof(backtest_options, program), 0, 0,
     "a program that gets the bars as CSV on its standard\n"
     "input and prints such lines"},
    {"--theta-in", "NUMBER", ARG_NUMBER, 0,
     offsetof(backtest_options, theta_in), -1e9, 1e9,
     "enter above it (default 0)"},
    {"--theta-out", "NUMBER", ARG_NUMBER, 0,
     offsetof(backtest_options, theta_out), -1e9, 1e9,
     "leave below it (default 0)"},
    {"--both-sides", NULL, ARG_FLAG, 0, offsetof(backtest_options, is_both), 0,
     0, "shorts as well: enter below minus --theta-in"},
    {"Orders", NULL, ARG_HEADING, 0, 0, 0, 0, NULL},
    {"--entry", "KIND", ARG_TEXT, 0, offsetof(backtest_options, entry), 0, 0,
     "market (default: at the next open), limit, post-only,\n"
     "stop or stop-limit"},
    {"--offset", "DISTANCE", ARG_TEXT, 0, offsetof(backtest_options, offset), 0,
     0,
     "how far a limit or trigger stands from the close:\n"
     "standard deviations of a bar, 2, or a share, 0.5%"},
    {"--limit-beyond", "SHARE", ARG_TEXT, 0,
     offsetof(backtest_options, limit_beyond), 0, 0,
     "stop-limit: how far behind its trigger the limit is,\n"
     "such as 0.1%"},
    {"--ttl", "BARS", ARG_WHOLE, 0, offsetof(backtest_options, ttl), 1, 1e6,
     "how long a limit stands (default 1)"},
    {"--horizon", "BARS", ARG_WHOLE, 0, offsetof(backtest_options, horizon), 0,
     1e6, "leave after so many bars"},
    {"--stop", "DISTANCE", ARG_TEXT, 0, offsetof(backtest_options, stop_at), 0,
     0, "stop at that distance from the entry"},
    {"--target", "DISTANCE", ARG_TEXT, 0, offsetof(backtest_options, target_at),
     0, 0, "take profit, likewise"},
    {"--rungs", "AT:PART,...", ARG_TEXT, 0, offsetof(backtest_options, rungs),
     0, 0,
     "parts that leave on the way to --target: 0.5:0.3,1:0.7\n"
     "is 30 % half way and 70 % there"},
    {"--trail", "DISTANCE", ARG_TEXT, 0, offsetof(backtest_options, trail_at),
     0, 0, "trailing stop, from the best price since the entry"},
    {"--size", "AMOUNT", ARG_NUMBER, 0, offsetof(backtest_options, size), 1e-9,
     1e12, "how much to buy (default 0.95)"},
    {"--size-in", "UNIT", ARG_TEXT, 0, offsetof(backtest_options, size_in), 0,
     0,
     "fraction of the equity (default), risk of it at the\n"
     "stop, cash, or units of the base asset"},
    {"--path", "ORDER", ARG_TEXT, 0, offsetof(backtest_options, path), 0, 0,
     "of a bar's extremes: pessimistic (default), ohlc,\n"
     "olhc, adaptive (the one nearer the open first), or\n"
     "fine: the recorded bars inside those of --timeframe"},
    {"--fill", "WHEN", ARG_TEXT, 0, offsetof(backtest_options, fill), 0, 0,
     "next-open (default) or same-close, which is optimistic"},
    {"--participation", "SHARE", ARG_NUMBER, 0,
     offsetof(backtest_options, participation), 0, 1,
     "most of a bar's volume that fills (default: all of it)"},
    {"--remainder", "WHAT", ARG_TEXT, 0, offsetof(backtest_options, remainder),
     0, 0, "what it cuts off: carry (default) or cancel"},
    {"Costs beside those of the profile and the configuration", NULL,
     ARG_HEADING, 0, 0, 0, 0, NULL},
    {"--funding", "FILE", ARG_TEXT, 0, offsetof(backtest_options, funding), 0,
     0,
     "a perpetual's funding rates: CSV with the columns time\n"
     "and rate, or as the venue names them"},
    {"--taker-fee", "FEE", ARG_TEXT, 0, offsetof(backtest_options, taker_fee),
     0, 0, "instead of the profile's: 0.0005, or 0.05%"},
    {"--maker-fee", "FEE", ARG_TEXT, 0, offsetof(backtest_options, maker_fee),
     0, 0, "likewise; below zero the venue pays"},
    {"Input and output", NULL, ARG_HEADING, 0, 0, 0, 0, NULL},
    INPUT_OPTIONS(backtest_options),
    {"--timeframe", "5m", ARG_TEXT, 0, offsetof(backtest_options, timeframe), 0,
     0, "makes longer bars of the recorded ones first"},
    CONFIG_OPTIONS(backtest_options),
    {"--trades", "FILE", ARG_TEXT, 0, offsetof(backtest_options, trades), 0, 0,
     "writes all closed trades as CSV"},
    {"--orders", "FILE", ARG_TEXT, 0, offsetof(backtest_options, tables[0]), 0,
     0,
     "writes all orders, rejected ones with their reason, as\n"
     "CSV or, if it is called so, as .json"},
    {"--positions", "FILE", ARG_TEXT, 0, offsetof(backtest_options, tables[1]),
     0, 0, "likewise what was held from flat to flat"},
    {"--drawdowns", "FILE", ARG_TEXT, 0, offsetof(backtest_options, tables[2]),
     0, 0, "likewise the equity's falls from its peaks"},
    {"--equity", "FILE", ARG_TEXT, 0, offsetof(backtest_options, equity), 0, 0,
     "writes price and equity at each close as CSV"},
    {"--top", "N", ARG_WHOLE, 0, offsetof(backtest_options, top), 1, 1e9,
     "rows printed of a sweep (default 20)"},
    {"--threads", "N", ARG_WHOLE, 0, offsetof(backtest_options, threads), 0,
     1024, "0 (default): one per processor"},
    {"--check-lookahead", NULL, ARG_FLAG, 0,
     offsetof(backtest_options, check_lookahead), 0, 0,
     "no backtest: does any of it know the future?"},
    {"--check-warmup", NULL, ARG_FLAG, 0,
     offsetof(backtest_options, check_warmup), 0, 0,
     "no backtest: how much history does it need?"},
    {"--cuts", "N", ARG_WHOLE, 0, offsetof(backtest_options, cuts), 1, 1e9,
     "numbers of bars that the look-ahead check tries\n(default: 200, with a "
     "program 50)"},
    {"--json", NULL, ARG_FLAG, 0, offsetof(backtest_options, json), 0, 0,
     "prints the result as JSON"},
};

static const arg_command COMMAND = {
    "backtest",
    "Trades rules over recorded bars through the costs of the instrument: "
    "fees,\nspread, slippage by the EGARCH forecast, tick, lot and minimums.",
    "--replay FILE... --enter RULE [OPTION...]",
    "A rule compares features (the registry follows TA-Lib), the columns OPEN "
    "HIGH\nLOW CLOSE VOLUME, numbers, and numbers times these; \"and\" joins "
    "clauses. It is\nlooked at when a bar closes; orders reach the market from "
    "the next open. Capital\nand costs are those of the configuration "
    "(account.*, costs.*, volatility.*).\n\n"
    "  crucible-run backtest --replay examples/data/BTCUSDT-5m-*.csv \\\n"
    "      --enter \"SMA({fast}) > SMA({slow})\" --sweep fast=5,10,20 \\\n"
    "      --sweep slow=50,100",
    OPTIONS,
    RUN_COUNT(OPTIONS)};

/* A swept name that no rule has would multiply equal runs, and the number of
   trials with them. */
static int check_names(const backtest_options *given, const run_sweep *sweep) {
  for (size_t i = 0; i < sweep->n_names; ++i) {
    char wanted[32];
    (void)snprintf(wanted, sizeof wanted, "{%s}", sweep->names[i].name);
    int is_used = 0;
    for (size_t j = 0; j < RUN_COUNT(given->rules); ++j)
      is_used |=
          given->rules[j] != NULL && strstr(given->rules[j], wanted) != NULL;
    if (!is_used)
      return run_fail(RUN_USAGE, "--sweep %s: no rule has %s in it",
                      sweep->names[i].name, wanted);
  }
  return RUN_OK;
}

/* One of rules, a file and a program, and nothing that belongs to another. */
static int check_source(const backtest_options *given) {
  const char *external = given->scores != NULL    ? "--scores"
                         : given->program != NULL ? "--scores-from"
                                                  : NULL;
  if (given->scores != NULL && given->program != NULL)
    return run_fail(RUN_USAGE, "--scores and --scores-from: give one of them");
  if (external == NULL && given->rules[RULE_ENTER] == NULL)
    return run_fail(RUN_USAGE,
                    "nothing to trade by: give --enter RULE, --scores FILE or "
                    "--scores-from COMMAND");
  for (size_t i = 0; i < RUN_COUNT(given->rules) && external != NULL; ++i)
    if (given->rules[i] != NULL)
      return run_fail(RUN_USAGE, "%s trades scores: leave the rule \"%s\" out",
                      external, given->rules[i]);
  if (external != NULL && given->sweep.n > 0)
    return run_fail(RUN_USAGE, "%s: there is no rule that --sweep could vary",
                    external);
  if (external == NULL &&
      (given->theta_in != 0 || given->theta_out != 0 || given->is_both))
    return run_fail(RUN_USAGE,
                    "--theta-in, --theta-out and --both-sides belong to "
                    "--scores and --scores-from: rules say it themselves");
  return RUN_OK;
}

static int check_checks(const backtest_options *given) {
  if (!given->check_lookahead && !given->check_warmup)
    return RUN_OK;
  if (given->scores != NULL)
    return run_fail(RUN_USAGE,
                    "--scores %s cannot be computed again from fewer bars, "
                    "which is what the checks do: give the program that made "
                    "it as --scores-from COMMAND, or call check_lookahead() "
                    "of crucible.py in it",
                    given->scores);
  const char *output = given->json             ? "--json"
                       : given->trades != NULL ? "--trades"
                       : given->equity != NULL ? "--equity"
                                               : NULL;
  for (size_t i = 0; i < BACKTEST_TABLES && output == NULL; ++i)
    output = given->tables[i] != NULL ? BACKTEST_TABLE_OPTIONS[i] : NULL;
  if (output != NULL)
    return run_fail(RUN_USAGE,
                    "%s: a check runs no backtest that it could print: leave "
                    "it out",
                    output);
  return RUN_OK;
}

/* Can be written, and takes the place of nothing that is read. */
static int check_output(const backtest_options *given, const char *path,
                        const char *option) {
  if (path == NULL)
    return RUN_OK;
  int code = file_check_writable(path, option);
  if (code == RUN_OK)
    code = file_check_apart(path, option, given->config);
  if (code == RUN_OK)
    code = file_check_apart(path, option, given->scores);
  if (code == RUN_OK)
    code = file_check_apart(path, option, given->funding);
  return code == RUN_OK ? input_check_apart(&given->input, path, option) : code;
}

static int check(const backtest_options *given) {
  int outcome = check_source(given);
  if (outcome == RUN_OK)
    outcome = check_checks(given);
  if (outcome != RUN_OK)
    return outcome;
  if (given->rules[3] != NULL && given->rules[2] == NULL)
    return run_fail(RUN_USAGE, "--cover needs --short");
  run_sweep sweep;
  int code = sweep_parse(&given->sweep, &sweep);
  if (code == RUN_OK)
    code = check_names(given, &sweep);
  sweep_free(&sweep);
  const char *const of_one[] = {given->equity, given->tables[0],
                                given->tables[1], given->tables[2]};
  const char *const names[] = {"--equity", BACKTEST_TABLE_OPTIONS[0],
                               BACKTEST_TABLE_OPTIONS[1],
                               BACKTEST_TABLE_OPTIONS[2]};
  for (size_t i = 0; i < RUN_COUNT(of_one) && code == RUN_OK; ++i) {
    if (of_one[i] != NULL && given->sweep.n > 0)
      code =
          run_fail(RUN_USAGE, "%s is of one run: leave --sweep out", names[i]);
    if (code == RUN_OK)
      code = check_output(given, of_one[i], names[i]);
    for (size_t j = 0; j < i && code == RUN_OK && of_one[i] != NULL; ++j)
      code = file_check_apart(of_one[i], names[i], of_one[j]);
    if (code == RUN_OK && of_one[i] != NULL)
      code = file_check_apart(of_one[i], names[i], given->trades);
  }
  if (code == RUN_OK)
    code = check_output(given, given->trades, "--trades");
  return code;
}

int cmd_backtest(int argc, char **argv) {
  backtest_options given = {.size = 0.95, .ttl = 1, .top = 20};
  int outcome = args_parse(&COMMAND, argc, argv, &given);
  int code = outcome == ARGS_WRONG ? RUN_USAGE : RUN_OK;
  if (outcome == ARGS_RUN)
    code = check(&given);
  int is_check = given.check_lookahead || given.check_warmup;
  if (outcome == ARGS_RUN && code == RUN_OK && is_check)
    code = backtest_check(&given);
  if (outcome == ARGS_RUN && code == RUN_OK && !is_check) {
    backtest_run run;
    code = backtest_go(&given, &run);
    if (code == RUN_OK && given.trades != NULL)
      code = file_write(given.trades, &run.trades);
    if (code == RUN_OK && given.equity != NULL)
      code = file_write(given.equity, &run.equity);
    if (code == RUN_OK)
      code = given.json ? backtest_print_json(&given, &run)
                        : backtest_print(&given, &run);
    backtest_free(&run);
  }
  args_free(&COMMAND, &given);
  return code;
}
