/* SPDX-License-Identifier: Apache-2.0 */
#include "calibrate_print.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "json_life.h"
#include "report_words.h"
#include "run.h"
#include "run_table.h"

crucible_calibration_row calibration_row(const calibration_view *view,
                                         size_t sharpe, int32_t set,
                                         size_t horizon) {
  crucible_calibration_row row = {.struct_size = sizeof row};
  const size_t n = view->options.n_horizons;
  const size_t index = (sharpe * CRUCIBLE_N_SETS + (size_t)set) * n + horizon;
  /* cannot fail: the index is below head.n_rows */
  if (crucible_calibration_row_at(view->calibration, index, &row) !=
      CRUCIBLE_OK)
    run_say("%s", crucible_last_error());
  return row;
}

const char *rule_set_name(const calibration_view *view, int32_t set) {
  const uint32_t acting = view->options.rules.rules;
  if (set == CRUCIBLE_SET_BLUEPRINT)
    return "blueprint";
  if (set == CRUCIBLE_SET_ANYTIME)
    return "anytime";
  if (acting == CRUCIBLE_RULES_BLUEPRINT || acting == CRUCIBLE_RULES_ANYTIME)
    return NULL;
  return acting == CRUCIBLE_RULES_DEFAULT ? "both" : "chosen";
}

figure share_figure(const crucible_share *share) {
  return figure_percent((double)share->count / (double)share->of);
}

figure share_interval(const crucible_share *share) {
  figure out;
  (void)snprintf(out.text, sizeof out.text, "%.1f to %.1f %%", 100 * share->low,
                 100 * share->high);
  return out;
}

figure calibration_days(const calibration_view *view, double bars,
                        uint32_t horizon) {
  const int64_t timeframe_ms = view->bars.timeframe_ms;
  figure out;
  if (isnan(bars) || isfinite(bars))
    return figure_days(bars, timeframe_ms);
  (void)snprintf(out.text, sizeof out.text, "> %.40s",
                 figure_days(horizon, timeframe_ms).text);
  return out;
}

void calibration_words(run_text *text, const calibration_view *view) {
  static const char *const markets[] = {
      "?", "stretches of them in random order, each upside down or not",
      "stretches of them in random order", "them as they were"};
  const crucible_calibration_head *head = &view->head;
  const crucible_calibrate_options *o = &view->options;
  const crucible_bars *bars = &view->bars;
  text_addf(
      text, "%s, %s bars of %s from %s to %s (UTC). ", view->instrument.symbol,
      figure_count(bars->n).text, figure_timeframe(bars->timeframe_ms).text,
      figure_time(bars->open_time_ms[0]).text,
      figure_time(bars->open_time_ms[bars->n - 1] + bars->timeframe_ms).text);
  text_addf(
      text, "%s agents that know nothing trade %s bars (%s) each, on %s. ",
      figure_count(o->n_agents).text, figure_count(o->n_bars).text,
      figure_days(o->n_bars, bars->timeframe_ms).text, markets[o->market]);
  text_addf(text,
            "They are in the market %s of the time and close %s trades a day; "
            "a bar brings them %s on average, net, with a standard deviation "
            "of %s. ",
            figure_percent(head->in_market).text,
            figure_number(head->trades_per_day, 1).text,
            figure_number(head->mean, 8).text,
            figure_number(head->stddev, 6).text);
  text_addf(text,
            "%s more for each bar in the market makes that exactly 0; what is "
            "more than that makes any Sharpe ratio.",
            figure_number(head->tilt, 8).text);
}

/* ---- the tables ---- */

static void add_share(run_table *table, const crucible_share *share) {
  table_cell(table, share_figure(share).text);
  table_cell(table, share_interval(share).text);
}

static void add_row(run_table *table, const calibration_view *view,
                    size_t sharpe, int32_t set, size_t horizon,
                    int has_sharpe) {
  const crucible_calibration_row row =
      calibration_row(view, sharpe, set, horizon);
  if (has_sharpe)
    table_cell(table, figure_number(row.annual_sharpe, 1).text);
  table_cell(table, rule_set_name(view, set));
  table_cell(table, figure_days(row.horizon, view->bars.timeframe_ms).text);
  add_share(table, &row.promoted);
  table_cell(table, calibration_days(view, row.promote_bars, row.horizon).text);
  add_share(table, &row.killed);
  table_cell(table, calibration_days(view, row.kill_bars, row.horizon).text);
  table_cell(table, share_figure(&row.ended).text);
}

/* Of the agents without skill, or of those with an edge. */
static int print_rows(const calibration_view *view, int has_edge) {
  static const char *const names[] = {"after",  "promoted", "95 %",   "median",
                                      "killed", "95 %",     "median", "ended"};
  run_table table = {0};
  const crucible_calibrate_options *o = &view->options;
  const size_t first = view->shows_horizons ? 0 : o->n_horizons - 1;
  if (has_edge)
    table_column(&table, "Sharpe", 0);
  table_column(&table, "rules", 1);
  for (size_t i = 0; i < RUN_COUNT(names); ++i)
    table_column(&table, names[i], 0);
  for (size_t s = 0; s < o->n_sharpes; ++s) {
    if ((o->sharpes[s] != 0) != has_edge)
      continue;
    for (int32_t set = 0; set < CRUCIBLE_N_SETS; ++set)
      for (size_t h = first;
           h < o->n_horizons && rule_set_name(view, set) != NULL; ++h)
        add_row(&table, view, s, set, h, has_edge);
  }
  return table_print(&table);
}

static int has_rows(const calibration_view *view, int has_edge) {
  for (size_t s = 0; s < view->options.n_sharpes; ++s)
    if ((view->options.sharpes[s] != 0) == has_edge)
      return 1;
  return 0;
}

static crucible_calibration_tournament
tournament_at(const calibration_view *view, size_t index) {
  crucible_calibration_tournament t = {.struct_size = sizeof t};
  if (crucible_calibration_tournament_at(view->calibration, index, &t) !=
      CRUCIBLE_OK) /* cannot fail either */
    run_say("%s", crucible_last_error());
  return t;
}

static int print_tournaments(const calibration_view *view) {
  static const char *const names[] = {"agents", "promotions", "months",
                                      "a month", "95 %"};
  run_table table = {0};
  table_column(&table, "rules", 1);
  for (size_t i = 0; i < RUN_COUNT(names); ++i)
    table_column(&table, names[i], 0);
  for (size_t i = 0; i < view->head.n_tournaments; ++i) {
    const crucible_calibration_tournament t = tournament_at(view, i);
    if (rule_set_name(view, t.rule_set) == NULL)
      continue;
    table_cell(&table, rule_set_name(view, t.rule_set));
    table_cell(&table, figure_count(t.n_agents).text);
    table_cell(&table, figure_count(t.n_promotions).text);
    table_cell(&table, figure_number(t.months, 1).text);
    table_cell(&table, figure_number(t.per_month, 3).text);
    figure interval;
    (void)snprintf(interval.text, sizeof interval.text, "%.3f to %.3f", t.low,
                   t.high);
    table_cell(&table, interval.text);
  }
  return table_print(&table);
}

/* A paragraph in lines of at most 79 characters. */
static void print_folded(const char *text) {
  enum { COLUMNS = 79 };
  size_t length = strlen(text);
  while (length > COLUMNS) {
    size_t end = COLUMNS;
    while (end > 0 && text[end] != ' ')
      --end;
    end = end > 0 ? end : COLUMNS;
    printf("%.*s\n", (int)end, text);
    text += end + (text[end] == ' ');
    length = strlen(text);
  }
  printf("%s\n", text);
}

int calibration_print(const calibration_view *view) {
  run_text words = {0};
  int code = RUN_OK;
  calibration_words(&words, view);
  if (words.failed)
    code = run_fail(RUN_FAILED, "out of memory");
  else
    print_folded(words.data);
  text_free(&words);
  if (code == RUN_OK && has_rows(view, 0)) {
    printf("\nWithout skill: whoever is promoted is a false promotion\n\n");
    code = print_rows(view, 0);
  }
  if (code == RUN_OK && has_rows(view, 1)) {
    printf(
        "\nWith an edge, by the Sharpe ratio of a year: whoever is killed is a "
        "false kill\n\n");
    code = print_rows(view, 1);
  }
  if (code == RUN_OK && view->head.n_tournaments > 0) {
    printf("\nTournaments of %u slots without skill, ended agents replaced: "
           "false promotions\n\n",
           view->options.n_slots);
    code = print_tournaments(view);
  }
  if (code == RUN_OK)
    printf("\npromoted: at some time up to then. killed: ended by a rule about "
           "skill (decay,\nproved bad, edge gone) before any promotion. ended: "
           "by any rule. 95 %%: exact\nintervals. median: days to a promotion "
           "over all agents, days to a kill over those\nkilled. Every agent is "
           "judged alone (N = 1); in a tournament N counts.\n");
  return code;
}

/* ---- JSON ---- */

static void json_share(run_json *json, const char *key,
                       const crucible_share *share) {
  json_begin_object(json, key);
  JSON_FIELD(json, share, count);
  JSON_FIELD(json, share, of);
  JSON_FIELD(json, share, low);
  JSON_FIELD(json, share, high);
  json_end_object(json);
}

static const char *set_key(int32_t set) {
  static const char *const names[] = {"blueprint", "anytime", "acting"};
  return names[set];
}

static void json_row(run_json *json, const crucible_calibration_row *row) {
  json_begin_object(json, NULL);
  JSON_FIELD(json, row, annual_sharpe);
  JSON_FIELD(json, row, sharpe);
  json_string(json, "rules", set_key(row->rule_set));
  json_count(json, "horizon", row->horizon);
  json_share(json, "promoted", &row->promoted);
  json_share(json, "ended", &row->ended);
  json_share(json, "killed", &row->killed);
  JSON_FIELD(json, row, promote_bars);
  JSON_FIELD(json, row, promoted_bars);
  JSON_FIELD(json, row, kill_bars);
  json_end_object(json);
}

static void json_head(run_json *json, const calibration_view *view) {
  const crucible_calibrate_options *o = &view->options;
  const crucible_calibration_head *head = &view->head;
  json_string(json, "instrument", view->instrument.symbol);
  json_int(json, "timeframe_ms", view->bars.timeframe_ms);
  json_count(json, "n_recorded", view->bars.n);
  json_string(json, "null", view->null_name);
  JSON_FIELD(json, o, n_agents);
  JSON_FIELD(json, o, n_bars);
  json_bool(json, "both_sides", o->side == CRUCIBLE_SIDE_LONG_SHORT);
  JSON_FIELD(json, o, block_bars);
  JSON_FIELD(json, o, hold_bars);
  json_number(json, "in_market_wanted", o->in_market);
  JSON_FIELD(json, o, stop_fraction);
  JSON_FIELD(json, o, target_fraction);
  JSON_FIELD(json, o, seed);
  JSON_FIELD(json, o, n_slots);
  JSON_FIELD(json, o, n_tournaments);
  JSON_FIELD(json, head, mean);
  JSON_FIELD(json, head, stddev);
  JSON_FIELD(json, head, in_market);
  JSON_FIELD(json, head, trades_per_day);
  JSON_FIELD(json, head, tilt);
  JSON_FIELD(json, head, periods_per_year);
  json_add_rules(json, "watchtower", &o->rules);
}

int calibration_print_json(const calibration_view *view) {
  run_json json = {.depth = 0};
  json_begin_object(&json, NULL);
  json_head(&json, view);
  json_begin_array(&json, "rows");
  for (size_t s = 0; s < view->options.n_sharpes; ++s)
    for (int32_t set = 0; set < CRUCIBLE_N_SETS; ++set)
      for (size_t h = 0; h < view->options.n_horizons; ++h) {
        const crucible_calibration_row row = calibration_row(view, s, set, h);
        json_row(&json, &row);
      }
  json_end_array(&json);
  json_begin_array(&json, "tournaments");
  for (size_t i = 0; i < view->head.n_tournaments; ++i) {
    const crucible_calibration_tournament t = tournament_at(view, i);
    const crucible_calibration_tournament *of = &t;
    json_begin_object(&json, NULL);
    json_string(&json, "rules", set_key(t.rule_set));
    JSON_FIELD(&json, of, n_slots);
    JSON_FIELD(&json, of, n_agents);
    JSON_FIELD(&json, of, n_promotions);
    JSON_FIELD(&json, of, months);
    JSON_FIELD(&json, of, per_month);
    JSON_FIELD(&json, of, low);
    JSON_FIELD(&json, of, high);
    json_end_object(&json);
  }
  json_end_array(&json);
  json_end_object(&json);
  return json_print(&json);
}
