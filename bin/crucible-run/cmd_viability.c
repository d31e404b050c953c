/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "args.h"
#include "json_records.h"
#include "run.h"
#include "run_config.h"
#include "run_input.h"
#include "run_market.h"
#include "run_table.h"
#include "viability_realised.h"

typedef struct options {
  input_options input;
  const char *config;
  arg_list set;
  const char *timeframes;
  const char *hold;
  const char *fees;
  double notional;
  const char *db;
  int json;
} options;

static const arg_option OPTIONS[] = {
    INPUT_OPTIONS(options),
    {"--timeframes", "LIST", ARG_TEXT, 0, offsetof(options, timeframes), 0, 0,
     "default 1m,5m,15m,1h; those finer than the bars are\nleft out"},
    {"--hold", "LIST", ARG_TEXT, 0, offsetof(options, hold), 0, 0,
     "holding periods in bars; default 1,3,6,12,24,48"},
    {"--fees", "LIST", ARG_TEXT, 0, offsetof(options, fees), 0, 0,
     "taker fees to look at, as 0.001,0.0005 (default: the\n"
     "instrument's)"},
    {"--notional", "AMOUNT", ARG_NUMBER, 0, offsetof(options, notional), 1e-6,
     1e15, "of each trade (default: account.cash)"},
    {"--db", "PATH", ARG_TEXT, 0, offsetof(options, db), 0, 0,
     "a tournament's database: what its agents' trades really\n"
     "brought against their costs"},
    CONFIG_OPTIONS(options),
    {"--json", NULL, ARG_FLAG, 0, offsetof(options, json), 0, 0,
     "prints the result as JSON"},
};

static const arg_command COMMAND = {
    "viability",
    "Does a timeframe move enough to pay for trading it?",
    "--replay FILE... [OPTION...]",
    "Ceiling: the mean move over a holding period, which a perfect forecast "
    "would take,\nagainst the cost of a round trip with market orders. Below "
    "twice the cost a\ntimeframe is too fast; above, \"needs\" is the share of "
    "right directions from which\ngross profit is twice the cost.\n"
    "Realised: mean gross profit per trade against mean cost, with a 95 % "
    "lower bound.",
    OPTIONS,
    RUN_COUNT(OPTIONS)};

enum { VALUES_MAX = 16 };

/* A timeframe, fee and holding period. */
typedef struct ceiling_row {
  int64_t timeframe_ms;
  double fee;
  uint32_t hold;
  crucible_ceiling ceiling;
} ceiling_row;

typedef struct ceiling_table {
  ceiling_row rows[VALUES_MAX * VALUES_MAX * VALUES_MAX];
  size_t n;
  int64_t timeframes_ms[VALUES_MAX];
  size_t n_timeframes;
  double fees[VALUES_MAX];
  size_t n_fees;
  double holds[VALUES_MAX];
  size_t n_holds;
  double notional;
} ceiling_table;

/* Cuts text at commas; calls take for each piece. Exit code. */
static int each(const char *option, const char *text,
                int (*take)(const char *option, const char *word,
                            ceiling_table *table),
                ceiling_table *table) {
  for (;;) {
    char word[32];
    size_t length = strcspn(text, ",");
    if (length == 0 || length >= sizeof word)
      return run_fail(RUN_USAGE, "%s: give values with commas between them",
                      option);
    memcpy(word, text, length);
    word[length] = 0;
    int code = take(option, word, table);
    if (code != RUN_OK || text[length] == 0)
      return code;
    text += length + 1;
  }
}

static int too_many(const char *option) {
  return run_fail(RUN_USAGE, "%s has more than %d values", option, VALUES_MAX);
}

static int take_timeframe(const char *option, const char *word,
                          ceiling_table *table) {
  if (table->n_timeframes == VALUES_MAX)
    return too_many(option);
  int64_t *timeframe_ms = &table->timeframes_ms[table->n_timeframes++];
  if (crucible_timeframe_parse(word, timeframe_ms) != CRUCIBLE_OK)
    return run_fail_as(RUN_USAGE, option);
  return RUN_OK;
}

static int take_fee(const char *option, const char *word,
                    ceiling_table *table) {
  if (table->n_fees == VALUES_MAX)
    return too_many(option);
  double *fee = &table->fees[table->n_fees++];
  if (!args_number(word, fee) || *fee < 0 || *fee >= 0.1)
    return run_fail(RUN_USAGE,
                    "%s: \"%s\" is no fraction from 0 to 0.1 (0.001 = 0.1 %%)",
                    option, word);
  return RUN_OK;
}

static int take_hold(const char *option, const char *word,
                     ceiling_table *table) {
  if (table->n_holds == VALUES_MAX)
    return too_many(option);
  double *hold = &table->holds[table->n_holds++];
  if (!args_number(word, hold) || *hold < 1 || *hold > 1e6 ||
      *hold != floor(*hold))
    return run_fail(RUN_USAGE, "%s: \"%s\" is no number of bars", option, word);
  return RUN_OK;
}

/* The rows of one timeframe, whose bars input has. */
static int add_rows(const run_input *input, const run_config *config,
                    ceiling_table *table) {
  crucible_backtest_options how;
  run_market market = {.sigma = NULL};
  int code = market_options(config, &how);
  if (code == RUN_OK)
    code = market_make(&input->bars, config, &market);
  for (size_t f = 0; f < table->n_fees && code == RUN_OK; ++f)
    for (size_t h = 0; h < table->n_holds && code == RUN_OK; ++h) {
      ceiling_row *row = &table->rows[table->n];
      crucible_instrument instrument = input->instrument;
      instrument.taker_fee = table->fees[f];
      row->timeframe_ms = input->bars.timeframe_ms;
      row->fee = table->fees[f];
      row->hold = (uint32_t)table->holds[h];
      row->ceiling.struct_size = sizeof row->ceiling;
      crucible_status status = crucible_viability_ceiling(
          &market.market, &instrument, row->hold, table->notional, &how.costs,
          &row->ceiling);
      if (status == CRUCIBLE_OK)
        ++table->n;
      else if (status != CRUCIBLE_E_TOO_SHORT)
        code = run_fail_status(status, NULL);
    }
  market_free(&market);
  return code;
}

static int by_length(const void *a, const void *b) {
  const int64_t *left = a, *right = b;
  return (*left > *right) - (*left < *right);
}

/* Each timeframe is made from the recorded bars anew. */
static int fill(const options *given, const run_config *config,
                ceiling_table *table, run_input *recorded) {
  int code = RUN_OK;
  for (size_t i = 0; i < table->n_timeframes && code == RUN_OK; ++i) {
    int64_t timeframe_ms = table->timeframes_ms[i];
    if (timeframe_ms < recorded->bars.timeframe_ms) {
      if (given->timeframes != NULL)
        fprintf(stderr,
                "crucible-run: %s is finer than the bars (%s): left out\n",
                figure_timeframe(timeframe_ms).text,
                figure_timeframe(recorded->bars.timeframe_ms).text);
      continue;
    }
    run_input input;
    double first = 0;
    code = input_read(&given->input, &input);
    if (code == RUN_OK)
      code = input_resample(&input, timeframe_ms);
    if (code == RUN_OK)
      code = config_number(config, "volatility.first", &first);
    if (code == RUN_OK && (double)input.bars.n <= first + 2)
      fprintf(stderr,
              "crucible-run: %s: %zu bars are too few for the volatility "
              "forecast (--set volatility.first=N): left out\n",
              figure_timeframe(timeframe_ms).text, input.bars.n);
    else if (code == RUN_OK)
      code = add_rows(&input, config, table);
    input_free(&input);
  }
  return code;
}

static int print_ceiling(const ceiling_table *table) {
  static const char *const names[] = {"bars",   "held",     "move", "fees",
                                      "spread", "slippage", "cost", "ratio",
                                      "needs",  "periods"};
  run_table out = {0};
  for (size_t i = 0; i < RUN_COUNT(names); ++i)
    table_column(&out, names[i], 0);
  if (table->n_fees > 1)
    table_column(&out, "taker fee", 0);
  for (size_t i = 0; i < table->n; ++i) {
    const ceiling_row *row = &table->rows[i];
    const crucible_ceiling *ceiling = &row->ceiling;
    table_cell(&out, figure_timeframe(row->timeframe_ms).text);
    table_cell(&out, figure_timeframe(row->timeframe_ms * row->hold).text);
    table_cell(&out, figure_number(100 * ceiling->mean_absolute_move, 4).text);
    table_cell(&out, figure_number(100 * ceiling->fee_cost, 4).text);
    table_cell(&out, figure_number(100 * ceiling->spread_cost, 4).text);
    table_cell(&out, figure_number(100 * ceiling->slippage_cost, 4).text);
    table_cell(&out, figure_number(100 * ceiling->round_trip_cost, 4).text);
    table_cell(&out, figure_number(ceiling->ratio, 2).text);
    table_cell(&out, ceiling->hit_rate_needed > 1
                         ? "never"
                         : figure_percent(ceiling->hit_rate_needed).text);
    table_cell(&out, figure_count(ceiling->n).text);
    if (table->n_fees > 1)
      table_cell(&out, figure_percent(row->fee).text);
  }
  printf("Ceiling: a perfect forecast against market orders both ways, in "
         "percent of the\nprice\n\n");
  return table_print(&out);
}

/* The first row, by timeframe and then by holding period, from which twice the
   cost can be reached at all. */
static const ceiling_row *smallest(const ceiling_table *table) {
  for (size_t i = 0; i < table->n; ++i)
    if (table->rows[i].ceiling.ratio >= 2)
      return &table->rows[i];
  return NULL;
}

static void print_verdict(const ceiling_table *table,
                          const realised_table *realised) {
  const ceiling_row *row = smallest(table);
  if (row == NULL)
    printf("\nNo timeframe here is viable: none moves twice its cost.\n");
  else
    printf("\nThe smallest timeframe that moves twice its cost is %s, held for "
           "%s: ratio %s.\nGross profit is twice the cost from %s of right "
           "directions on. Whether a\nmodel can do that, only its trades out "
           "of sample tell.\n",
           figure_timeframe(row->timeframe_ms).text,
           figure_timeframe(row->timeframe_ms * row->hold).text,
           figure_number(row->ceiling.ratio, 2).text,
           figure_percent(row->ceiling.hit_rate_needed).text);
  if (realised->n == 0)
    return;
  int64_t viable_ms = realised_smallest(realised);
  if (viable_ms == 0)
    printf("By its agents' trades no timeframe is viable.\n");
  else
    printf("By its agents' trades %s is viable.\n",
           figure_timeframe(viable_ms).text);
}

static int print_json(const ceiling_table *table,
                      const realised_table *realised) {
  run_json json = {.depth = 0};
  json_begin_object(&json, NULL);
  json_number(&json, "notional", table->notional);
  json_begin_array(&json, "ceiling");
  for (size_t i = 0; i < table->n; ++i) {
    const ceiling_row *row = &table->rows[i];
    json_begin_object(&json, NULL);
    json_int(&json, "timeframe_ms", row->timeframe_ms);
    json_count(&json, "hold_bars", row->hold);
    json_number(&json, "taker_fee", row->fee);
    json_count(&json, "n", row->ceiling.n);
    json_number(&json, "mean_absolute_move", row->ceiling.mean_absolute_move);
    json_number(&json, "round_trip_cost", row->ceiling.round_trip_cost);
    json_number(&json, "fee_cost", row->ceiling.fee_cost);
    json_number(&json, "spread_cost", row->ceiling.spread_cost);
    json_number(&json, "slippage_cost", row->ceiling.slippage_cost);
    json_number(&json, "ratio", row->ceiling.ratio);
    json_number(&json, "hit_rate_needed", row->ceiling.hit_rate_needed);
    json_end_object(&json);
  }
  json_end_array(&json);
  const ceiling_row *row = smallest(table);
  if (row != NULL)
    json_int(&json, "smallest_timeframe_ms", row->timeframe_ms);
  else
    json_raw(&json, "smallest_timeframe_ms", NULL);
  realised_add_json(realised, &json);
  json_end_object(&json);
  return json_print(&json);
}

static int read_lists(const options *given, const run_config *config,
                      const run_input *recorded, ceiling_table *table) {
  int code =
      each("--timeframes",
           given->timeframes != NULL ? given->timeframes : "1m,5m,15m,1h",
           take_timeframe, table);
  qsort(table->timeframes_ms, table->n_timeframes, sizeof *table->timeframes_ms,
        by_length);
  if (code == RUN_OK)
    code = each("--hold", given->hold != NULL ? given->hold : "1,3,6,12,24,48",
                take_hold, table);
  if (code == RUN_OK && given->fees != NULL)
    code = each("--fees", given->fees, take_fee, table);
  if (given->fees == NULL)
    table->fees[table->n_fees++] = recorded->instrument.taker_fee;
  table->notional = given->notional;
  if (code == RUN_OK && given->notional == 0)
    code = config_number(config, "account.cash", &table->notional);
  return code;
}

static int run_viability(const options *given) {
  run_config config = {.json = NULL};
  run_input recorded = {.series = NULL};
  realised_table realised = {.n = 0};
  ceiling_table *table = calloc(1, sizeof *table);
  int code = table == NULL ? run_fail(RUN_FAILED, "out of memory") : RUN_OK;
  if (code == RUN_OK)
    code = config_load(given->config, &given->set, &config);
  if (code == RUN_OK)
    code = input_read(&given->input, &recorded);
  if (code == RUN_OK)
    code = read_lists(given, &config, &recorded, table);
  if (code == RUN_OK && given->db != NULL)
    code = realised_read(given->db, &realised);
  if (code == RUN_OK)
    code = fill(given, &config, table, &recorded);
  if (code == RUN_OK && table->n == 0)
    code = run_fail(RUN_DATA, "no timeframe has bars enough");
  if (code == RUN_OK && given->json) {
    code = print_json(table, &realised);
  } else if (code == RUN_OK) {
    code = print_ceiling(table);
    if (code == RUN_OK && given->db != NULL)
      code = realised_print(&realised);
    print_verdict(table, &realised);
  }
  free(table);
  input_free(&recorded);
  config_free(&config);
  return code;
}

int cmd_viability(int argc, char **argv) {
  options given = {0};
  int outcome = args_parse(&COMMAND, argc, argv, &given);
  int code = outcome == ARGS_WRONG ? RUN_USAGE : RUN_OK;
  if (outcome == ARGS_RUN)
    code = run_viability(&given);
  args_free(&COMMAND, &given);
  return code;
}
