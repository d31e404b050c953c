/* SPDX-License-Identifier: Apache-2.0 */
/* One agent of the HTML report: curve, ledger, costs, trades. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "report_chart.h"
#include "report_parts.h"
#include "report_words.h"
#include "run.h"

enum { LAST_TRADES = 20 };

static figure cents(int64_t amount) {
  return figure_money((double)amount / 100);
}

static figure signed_cents(int64_t amount) {
  return figure_signed_money((double)amount / 100);
}

/* The parts are rounded so that they add up as printed: the last part of each
   sum takes the cent that rounding leaves. */
static void add_ledger(run_text *page, const crucible_ledger *ledger,
                       const crucible_instrument *instrument) {
  int64_t equity = cents_of(ledger->equity);
  int64_t initial = cents_of(ledger->initial_cash);
  int64_t cash = cents_of(ledger->cash);
  int64_t results = cents_of(ledger->trade_results);
  int64_t marked = equity - cash, open = equity - initial - results;
  text_add(page, "<div><h3>Ledger</h3><table>\n");
  html_row(page, "starting capital", cents(initial).text);
  html_row_signed(page, "results of closed trades", (double)results,
                  signed_cents(results));
  html_row_signed(page, "result of the open position", (double)open,
                  signed_cents(open));
  text_add(page, "<tr class=\"total\">");
  html_cell(page, "equity");
  html_cell(page, cents(equity).text);
  text_add(page, "</tr>\n");
  html_row(page, "cash", cents(cash).text);
  html_row(page, "position, marked, less exit fee", cents(marked).text);
  text_add(page, "<tr class=\"total\">");
  html_cell(page, "equity");
  html_cell(page, cents(equity).text);
  text_add(page, "</tr>\n</table>\n");
  if (ledger->position != 0)
    text_addf(page,
              "<p class=\"note\">Holds %s %s, entered at %s, marked at "
              "%s.</p>\n",
              figure_in_units(ledger->position, instrument->lot_step).text,
              instrument->base_currency,
              figure_in_units(ledger->entry_price, instrument->price_tick).text,
              figure_in_units(ledger->mark_price, instrument->price_tick).text);
  text_add(page, "</div>\n");
}

static void add_costs(run_text *page, const crucible_ledger *ledger) {
  const crucible_costs *costs = &ledger->costs;
  const struct {
    const char *name;
    double amount;
  } rows[] = {{"fees", costs->fee},          {"spread", costs->spread},
              {"slippage", costs->slippage}, {"impact", costs->impact},
              {"funding", costs->funding},   {"dust", costs->dust}};
  int64_t net = cents_of(ledger->equity) - cents_of(ledger->initial_cash);
  int64_t before = net;
  for (size_t i = 0; i < RUN_COUNT(rows); ++i)
    before += cents_of(rows[i].amount);
  text_add(page, "<div><h3>Costs</h3><table>\n");
  html_row_signed(page, "result before costs", (double)before,
                  signed_cents(before));
  for (size_t i = 0; i < RUN_COUNT(rows); ++i)
    if (i < 3 || cents_of(rows[i].amount) != 0)
      html_row(page, rows[i].name, cents(-cents_of(rows[i].amount)).text);
  text_add(page, "<tr class=\"total\">");
  html_cell(page, "net result");
  html_cell_signed(page, (double)net, signed_cents(net));
  text_add(page, "</tr>\n</table></div>\n");
}

static void add_figures(run_text *page, const crucible_report_agent *agent) {
  const crucible_ledger *ledger = &agent->ledger;
  const crucible_metrics *metrics = &agent->metrics;
  double exposure = ledger->n_bars > 0 ? (double)ledger->n_bars_in_position /
                                             (double)ledger->n_bars
                                       : (double)NAN;
  text_add(page, "<div><h3>Figures</h3><table>\n");
  html_row(page, "closed trades", figure_count(ledger->n_trades).text);
  html_row(page, "orders", figure_count(ledger->n_orders).text);
  html_row(page, "orders rejected", figure_count(ledger->n_rejected).text);
  html_row(page, "wins", figure_percent(agent->trades.win_rate).text);
  html_row(page, "profit factor",
           figure_number(agent->trades.profit_factor, 2).text);
  html_row_signed(page, "mean trade", agent->trades.mean_result,
                  figure_signed_money(agent->trades.mean_result));
  html_row_signed(page, "best trade", agent->trades.best,
                  figure_signed_money(agent->trades.best));
  html_row_signed(page, "worst trade", agent->trades.worst,
                  figure_signed_money(agent->trades.worst));
  html_row(page, "bars in position", figure_percent(exposure).text);
  html_row(page, "Sharpe per bar", figure_number(metrics->sharpe, 4).text);
  html_row(page, "Sortino per bar", figure_number(metrics->sortino, 4).text);
  html_row(page, "max drawdown", figure_percent(metrics->max_drawdown).text);
  text_add(page, "</table></div>\n");
}

static void add_trade(run_text *page, const crucible_trades *trades, size_t i,
                      const crucible_instrument *instrument) {
  int64_t gross = cents_of(trades->gross[i]);
  int64_t result = cents_of(trades->result[i]);
  text_add(page, "<tr>");
  html_cell_left(page, trades->side[i] > 0 ? "long" : "short");
  html_cell_left(page, figure_time(trades->entry_ms[i]).text);
  html_cell_left(page, figure_time(trades->exit_ms[i]).text);
  html_cell(page, figure_count(trades->bars[i]).text);
  html_cell(page,
            figure_in_units(trades->quantity[i], instrument->lot_step).text);
  html_cell(
      page,
      figure_in_units(trades->entry_price[i], instrument->price_tick).text);
  html_cell(
      page,
      figure_in_units(trades->exit_price[i], instrument->price_tick).text);
  html_cell_signed(page, (double)gross, signed_cents(gross));
  html_cell(page, cents(gross - result).text);
  html_cell_signed(page, (double)result, signed_cents(result));
  html_cell_left(page, purpose_name(trades->exit[i]));
  text_add(page, "</tr>\n");
}

static void add_trades(run_text *page, const crucible_trades *trades,
                       const crucible_instrument *instrument) {
  if (trades->n == 0) {
    text_add(page, "<p class=\"note\">No trade was closed.</p>\n");
    return;
  }
  size_t first = trades->n > LAST_TRADES ? trades->n - LAST_TRADES : 0;
  text_addf(page, "<h3>%s%s trades</h3>\n<div class=\"wide\"><table>\n",
            first > 0 ? "Last 20 of " : "", figure_count(trades->n).text);
  text_add(page, "<tr><th class=\"l\"></th><th class=\"l\">entry</th>"
                 "<th class=\"l\">exit</th><th>bars</th><th>quantity</th>"
                 "<th>entry price</th><th>exit price</th>"
                 "<th>before costs</th><th>costs</th><th>result</th>"
                 "<th class=\"l\">left by</th></tr>\n");
  for (size_t i = trades->n; i-- > first;)
    add_trade(page, trades, i, instrument);
  text_add(page, "</table></div>\n");
}

/* What the market or the rules refused, by reason. */
static void add_refused(run_text *page, const crucible_orders *orders) {
  uint64_t counts[RUN_REASONS] = {0};
  uint64_t refused = count_reasons(orders, counts);
  if (refused == 0)
    return;
  text_addf(page, "<p class=\"note\">%s of %s orders were not filled: ",
            figure_count(refused).text, figure_count(orders->n).text);
  reasons_add(page, counts);
  text_add(page, ".</p>\n");
}

static void add_curve(run_text *page, const run_report *report,
                      const agent_view *view) {
  const crucible_report_agent *agent = &view->agent;
  size_t skip = 0; /* the market of its life */
  while (skip < report->n_market && agent->n_curve > 0 &&
         report->market_ms[skip] < agent->curve_ms[0])
    ++skip;
  size_t n = report->n_market - skip;
  if (n > agent->n_curve)
    n = agent->n_curve;
  chart_line lines[] = {
      {"equity",
       view->fate == FATE_CHAMPION || view->fate == FATE_LIVING
           ? chart_colour(view->place)
           : fate_name(view->fate),
       agent->curve_ms, agent->curve, agent->n_curve},
      {"bought and held since the first bar traded", "market",
       report->market_ms + skip, report->market + skip, n}};
  char id[24];
  (void)snprintf(id, sizeof id, "a%u", agent->agent);
  line_chart chart = {.id = id,
                      .label = "Equity of the agent over time",
                      .unit = report->head.instrument.quote_currency,
                      .lines = lines,
                      .n_lines = RUN_COUNT(lines),
                      .level = agent->ledger.initial_cash,
                      .width = 1080,
                      .height = 220};
  chart_add(page, &chart);
}

static void add_summary(run_text *page, const run_report *report,
                        const agent_view *view) {
  const crucible_report_agent *agent = &view->agent;
  const crucible_ledger *ledger = &agent->ledger;
  double net = ledger->equity - ledger->initial_cash;
  text_addf(
      page,
      "<details id=\"a%u\"%s><summary><i class=\"fate %s\"></i><b>agent %u</b>"
      "<span>%s</span><span class=\"%s\">%s</span><span class=\"sub\">"
      "generation %u</span><span class=\"sub\">%s trades</span><span "
      "class=\"sub\">",
      agent->agent, view->place == 0 ? " open" : "", fate_name(view->fate),
      agent->agent, figure_money(ledger->equity).text,
      net > 0   ? "up"
      : net < 0 ? "down"
                : "",
      figure_signed_percent(ledger->equity / ledger->initial_cash - 1).text,
      agent->generation, figure_count(ledger->n_trades).text);
  text_add_html(page, end_words(view)[0] != 0 ? end_words(view) : agent->state);
  text_addf(
      page,
      "</span><span class=\"sub\">%s</span></summary><div "
      "class=\"body\">\n",
      figure_bars((double)ledger->n_bars, report->head.timeframe_ms).text);
}

void html_agent(run_text *page, const run_report *report,
                const agent_view *view) {
  const crucible_report_agent *agent = &view->agent;
  const crucible_instrument *instrument = &report->head.instrument;
  int is_whole = view->place < HTML_CHARTS;
  add_summary(page, report, view);
  if (is_whole)
    add_curve(page, report, view);
  html_evidence(page, report, view);
  text_add(page, "<div class=\"cols\">\n");
  add_ledger(page, &agent->ledger, instrument);
  add_costs(page, &agent->ledger);
  add_figures(page, agent);
  text_add(page, "</div>\n");
  html_inherited(page, report, view);
  html_dna(page, agent);
  html_forging(page, agent);
  if (is_whole)
    add_trades(page, &view->trades, instrument);
  add_refused(page, &view->orders);
  text_add(page, "</div></details>\n");
}
