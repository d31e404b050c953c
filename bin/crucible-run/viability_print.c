/* SPDX-License-Identifier: Apache-2.0 */
#include "viability_print.h"

#include <math.h>
#include <stdio.h>

#include "run.h"
#include "run_table.h"

/* The usual tiers: their numbers in the library's order. */
enum { BOTH_MARKET, LIMIT_IN, BOTH_LIMIT };

static const char *tier_name(const ceiling_view *view, uint32_t tier) {
  static const char *const names[] = {"market", "limit in", "limit both"};
  return view->tiers == NULL ? names[tier] : "market";
}

int ceiling_row(const ceiling_view *view, size_t index,
                crucible_viability_row *row) {
  row->struct_size = sizeof *row;
  crucible_status status =
      crucible_viability_table_row(view->table, index, row);
  return status == CRUCIBLE_OK ? RUN_OK : run_fail_status(status, NULL);
}

static size_t row_count(const ceiling_view *view) {
  return view->n_timeframes * view->n_tiers * view->n_holds;
}

static double taker_fee(const ceiling_view *view, uint32_t tier) {
  return view->tiers != NULL ? view->tiers[tier].taker_fee
                             : view->instrument.taker_fee;
}

/* ---- the table ---- */

static figure needs(const crucible_ceiling *ceiling) {
  figure never = {"never"}, unknown = {"-"};
  if (isnan(ceiling->hit_rate_needed))
    return unknown;
  return ceiling->hit_rate_needed > 1
             ? never
             : figure_percent(ceiling->hit_rate_needed);
}

static void add_columns(const ceiling_view *view, run_table *out) {
  static const char *const first[] = {"bars", "held",   "a day",   "move",
                                      "fees", "spread", "slippage"};
  for (size_t i = 0; i < RUN_COUNT(first); ++i)
    table_column(out, first[i], 0);
  if (view->has_impact)
    table_column(out, "impact", 0);
  if (view->has_funding)
    table_column(out, "funding", 0);
  table_column(out, "cost", 0);
  table_column(out, "ratio", 0);
  if (view->tiers != NULL) {
    table_column(out, "needs", 0);
    table_column(out, "taker fee", 0);
    return;
  }
  for (uint32_t tier = 0; tier < view->n_tiers; ++tier)
    table_column(out, tier_name(view, tier), 0);
}

static void add_cells(const ceiling_view *view,
                      const crucible_viability_row *row, run_table *out) {
  const crucible_ceiling *c = &row->ceiling;
  table_cell(out, figure_timeframe(row->timeframe_ms).text);
  table_cell(out, figure_timeframe(row->timeframe_ms * row->hold_bars).text);
  table_cell(out,
             figure_number(c->trades_per_day, c->trades_per_day < 10).text);
  table_cell(out, figure_number(100 * c->mean_absolute_move, 4).text);
  table_cell(out, figure_number(100 * c->fee_cost, 4).text);
  table_cell(out, figure_number(100 * c->spread_cost, 4).text);
  table_cell(out, figure_number(100 * c->slippage_cost, 4).text);
  if (view->has_impact)
    table_cell(out, figure_number(100 * c->impact_cost, 4).text);
  if (view->has_funding)
    table_cell(out, figure_number(100 * c->funding_cost, 4).text);
  table_cell(out, figure_number(100 * c->round_trip_cost, 4).text);
  table_cell(out, figure_number(c->ratio, 2).text);
}

static void print_head(const ceiling_view *view) {
  double days = (double)(view->bars.open_time_ms[view->bars.n - 1] -
                         view->bars.open_time_ms[0] + view->bars.timeframe_ms) /
                86400000;
  printf("Ceiling: what %s moves on average while a position is held, which a "
         "perfect\nforecast would take, against what the two market orders "
         "cost. Percent of the\nprice; orders of %s %s; %s days of recorded "
         "bars.\n\n",
         view->instrument.symbol, figure_money(view->notional).text,
         view->instrument.quote_currency, figure_number(days, 1).text);
}

/* What the columns of shares mean, and what is not in the table. */
static void print_foot(const ceiling_view *view) {
  if (view->tiers == NULL)
    printf("\nThe last columns: share of right directions from which gross "
           "profit is twice the\ncost, by the way in and out. \"market\": as "
           "above; \"limit in\": a resting order to\nget in, a market order to "
           "get out; \"limit both\": resting orders both ways. A\nresting "
           "order pays the maker's fee and neither spread nor slippage, if "
           "someone\ntakes it: these two are better than what can be had.\n");
  else
    printf("\nneeds: share of right directions from which gross profit is "
           "twice the cost.\n");
  if (!view->has_funding && view->instrument.funding_interval_ms > 0)
    printf("Funding is not in it: there is no history of its rates.\n");
}

/* Timeframes without figures, or with a short warm-up; once each. */
static int print_notes(const ceiling_view *view) {
  size_t n_each = view->n_tiers * view->n_holds;
  for (size_t i = 0; i < row_count(view); i += n_each) {
    crucible_viability_row row;
    int code = ceiling_row(view, i, &row);
    if (code != RUN_OK)
      return code;
    figure length = figure_timeframe(row.timeframe_ms);
    if (row.state == CRUCIBLE_ROW_FINER && view->names_finer)
      printf("%s cannot be made of the recorded bars (%s): left out.\n",
             length.text, figure_timeframe(view->bars.timeframe_ms).text);
    else if (row.state == CRUCIBLE_ROW_TOO_SHORT)
      printf("%s: %s bars are too few for the volatility forecast and a "
             "holding period.\n",
             length.text, figure_count(row.n_bars).text);
    else if (row.state == CRUCIBLE_ROW_MEASURED &&
             row.n_bars < 5 * (uint64_t)row.warm_up)
      printf("%s: of its %s bars %s go into the first volatility forecast.\n",
             length.text, figure_count(row.n_bars).text,
             figure_count(row.warm_up).text);
  }
  return RUN_OK;
}

int ceiling_print(const ceiling_view *view) {
  run_table out = {0};
  size_t n_each = view->n_tiers * view->n_holds;
  int code = RUN_OK;
  add_columns(view, &out);
  for (size_t i = 0; i < row_count(view) && code == RUN_OK; ++i) {
    crucible_viability_row row;
    code = ceiling_row(view, i, &row);
    if (code != RUN_OK || row.state != CRUCIBLE_ROW_MEASURED ||
        (view->tiers == NULL && row.tier != BOTH_MARKET))
      continue;
    add_cells(view, &row, &out);
    if (view->tiers != NULL) {
      table_cell(&out, needs(&row.ceiling).text);
      table_cell(&out, figure_percent(taker_fee(view, row.tier)).text);
      continue;
    }
    for (size_t k = 0; k < view->n_tiers && code == RUN_OK; ++k) {
      crucible_viability_row same;
      code = ceiling_row(
          view, i / n_each * n_each + k * view->n_holds + i % view->n_holds,
          &same);
      table_cell(&out, needs(&same.ceiling).text);
    }
  }
  print_head(view);
  if (code == RUN_OK)
    code = table_print(&out);
  print_foot(view);
  return code == RUN_OK ? print_notes(view) : code;
}

/* ---- the verdict ---- */

static int smallest(const ceiling_view *view, uint32_t tier,
                    crucible_viability_row *row) {
  row->struct_size = sizeof *row;
  crucible_status status = crucible_viability_smallest(view->table, tier, row);
  return status == CRUCIBLE_OK ? RUN_OK : run_fail_status(status, NULL);
}

static void print_smallest(const crucible_viability_row *row) {
  const crucible_ceiling *c = &row->ceiling;
  printf("The smallest viable timeframe is %s, held for %s (%u bars): there "
         "the price moves\n%s on average, %s times the cost of a round trip "
         "(%s). Viable means\nthat it can be done at all: gross profit is "
         "twice the cost once %s of the\ndirections are right, where tossing "
         "a coin gets half of them. Whether a model\ncan do that, only its "
         "trades tell.\n",
         figure_timeframe(row->timeframe_ms).text,
         figure_timeframe(row->timeframe_ms * row->hold_bars).text,
         row->hold_bars, figure_percent(c->mean_absolute_move).text,
         figure_number(c->ratio, 2).text,
         figure_percent(c->round_trip_cost).text,
         figure_percent(c->hit_rate_needed).text);
}

/* The row of a tier that needs the fewest right directions. */
static int print_least(const ceiling_view *view, uint32_t tier) {
  crucible_viability_row row, least = {.ceiling = {.hit_rate_needed = 2}};
  for (size_t i = 0; i < row_count(view); ++i) {
    int code = ceiling_row(view, i, &row);
    if (code != RUN_OK)
      return code;
    if (row.tier == tier &&
        row.ceiling.hit_rate_needed < least.ceiling.hit_rate_needed)
      least = row;
  }
  if (least.ceiling.hit_rate_needed <= 1)
    printf("The least that is needed anywhere in the table is %s: %s, held for "
           "%s.\n",
           figure_percent(least.ceiling.hit_rate_needed).text,
           figure_timeframe(least.timeframe_ms).text,
           figure_timeframe(least.timeframe_ms * least.hold_bars).text);
  return RUN_OK;
}

static void print_none(const ceiling_view *view) {
  printf("No timeframe here is viable: even a trader who knew every move in "
         "advance would\nnot take twice what the orders cost. Longer holding "
         "periods (--hold), longer\nbars (--timeframes)%s would have to "
         "change that.\n",
         view->tiers == NULL ? ", or a venue with lower fees (--fees)"
                             : ", or lower fees");
}

/* Of one tier; exit code. */
static int print_tier(const ceiling_view *view, uint32_t tier,
                      crucible_viability_row *row) {
  int code = smallest(view, tier, row);
  if (code != RUN_OK)
    return code;
  if (view->n_tiers > 1 && view->tiers != NULL)
    printf("With a fee of %s:\n", figure_percent(taker_fee(view, tier)).text);
  if (row->timeframe_ms == 0) {
    print_none(view);
    return RUN_OK;
  }
  print_smallest(row);
  return print_least(view, tier);
}

int ceiling_print_verdict(const ceiling_view *view) {
  crucible_viability_row row, limits;
  printf("\n");
  int code = print_tier(view, BOTH_MARKET, &row);
  for (uint32_t k = 1; view->tiers != NULL && k < view->n_tiers; ++k)
    if (code == RUN_OK)
      code = print_tier(view, k, &row);
  if (code != RUN_OK || view->tiers != NULL)
    return code;
  code = smallest(view, BOTH_LIMIT, &limits);
  if (code == RUN_OK && limits.timeframe_ms != 0 &&
      (limits.timeframe_ms != row.timeframe_ms ||
       limits.hold_bars != row.hold_bars))
    printf("With resting orders both ways, always filled, the smallest would "
           "be %s, held for\n%s.\n",
           figure_timeframe(limits.timeframe_ms).text,
           figure_timeframe(limits.timeframe_ms * limits.hold_bars).text);
  return code;
}

/* ---- for machines ---- */

static void add_json_row(const ceiling_view *view,
                         const crucible_viability_row *row, run_json *json) {
  const crucible_ceiling *c = &row->ceiling;
  json_begin_object(json, NULL);
  json_int(json, "timeframe_ms", row->timeframe_ms);
  json_count(json, "hold_bars", row->hold_bars);
  json_string(json, "orders", tier_name(view, row->tier));
  json_number(json, "taker_fee", taker_fee(view, row->tier));
  json_count(json, "n", c->n);
  json_number(json, "mean_absolute_move", c->mean_absolute_move);
  json_number(json, "round_trip_cost", c->round_trip_cost);
  json_number(json, "fee_cost", c->fee_cost);
  json_number(json, "spread_cost", c->spread_cost);
  json_number(json, "slippage_cost", c->slippage_cost);
  json_number(json, "impact_cost", c->impact_cost);
  json_number(json, "funding_cost", c->funding_cost);
  json_number(json, "ratio", c->ratio);
  json_number(json, "hit_rate_needed", c->hit_rate_needed);
  json_number(json, "trades_per_day", c->trades_per_day);
  json_end_object(json);
}

static void add_json_smallest(const char *key,
                              const crucible_viability_row *row,
                              run_json *json) {
  if (row->timeframe_ms != 0)
    json_int(json, key, row->timeframe_ms);
  else
    json_raw(json, key, NULL);
}

int ceiling_add_json(const ceiling_view *view, run_json *json) {
  crucible_viability_row row;
  json_number(json, "notional", view->notional);
  json_begin_array(json, "ceiling");
  for (size_t i = 0; i < row_count(view); ++i) {
    int code = ceiling_row(view, i, &row);
    if (code != RUN_OK)
      return code;
    if (row.state == CRUCIBLE_ROW_MEASURED)
      add_json_row(view, &row, json);
  }
  json_end_array(json);
  json_begin_array(json, "left_out");
  for (size_t i = 0; i < row_count(view); i += view->n_tiers * view->n_holds) {
    int code = ceiling_row(view, i, &row);
    if (code != RUN_OK)
      return code;
    if (row.state == CRUCIBLE_ROW_MEASURED)
      continue;
    json_begin_object(json, NULL);
    json_int(json, "timeframe_ms", row.timeframe_ms);
    json_string(json, "reason",
                row.state == CRUCIBLE_ROW_FINER ? "finer than the bars"
                                                : "too few bars");
    json_end_object(json);
  }
  json_end_array(json);
  int code = smallest(view, BOTH_MARKET, &row);
  if (code == RUN_OK)
    add_json_smallest("smallest_timeframe_ms", &row, json);
  if (code == RUN_OK && view->tiers == NULL) {
    code = smallest(view, LIMIT_IN, &row);
    if (code == RUN_OK)
      add_json_smallest("smallest_timeframe_limit_in_ms", &row, json);
    if (code == RUN_OK)
      code = smallest(view, BOTH_LIMIT, &row);
    if (code == RUN_OK)
      add_json_smallest("smallest_timeframe_limit_both_ms", &row, json);
  }
  return code;
}

void csv_add_number(run_text *csv, double value) {
  if (isfinite(value))
    text_addf(csv, ",%.17g", value);
  else
    text_add(csv, ",");
}

int ceiling_add_csv(const ceiling_view *view, run_text *csv) {
  text_add(csv, "table,timeframe_ms,hold_bars,orders,taker_fee,n,gross,cost,"
                "fee,spread,slippage,impact,funding,dust,ratio,ratio_low,"
                "hit_rate_needed,hit_rate,trades_per_day,verdict\n");
  for (size_t i = 0; i < row_count(view); ++i) {
    crucible_viability_row row;
    int code = ceiling_row(view, i, &row);
    if (code != RUN_OK)
      return code;
    const crucible_ceiling *c = &row.ceiling;
    if (row.state != CRUCIBLE_ROW_MEASURED)
      continue;
    text_addf(csv, "ceiling,%lld,%u,%s,%.17g,%llu", (long long)row.timeframe_ms,
              row.hold_bars, tier_name(view, row.tier),
              taker_fee(view, row.tier), (unsigned long long)c->n);
    const double none = (double)NAN;
    const double figures[] = {c->mean_absolute_move,
                              c->round_trip_cost,
                              c->fee_cost,
                              c->spread_cost,
                              c->slippage_cost,
                              c->impact_cost,
                              c->funding_cost,
                              none,
                              c->ratio,
                              none,
                              c->hit_rate_needed,
                              none,
                              c->trades_per_day};
    for (size_t j = 0; j < RUN_COUNT(figures); ++j)
      csv_add_number(csv, figures[j]);
    text_addf(csv, ",%s\n", c->ratio >= 2 ? "possible" : "too fast");
  }
  return RUN_OK;
}
