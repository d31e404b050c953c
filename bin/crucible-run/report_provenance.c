/* SPDX-License-Identifier: Apache-2.0 */
/* Where a report's figures come from. */
#include <cjson/cJSON.h>

#include "report_parts.h"

static void add_pair(run_text *page, const char *name, const char *text) {
  text_addf(page, "<dt>%s</dt><dd>", name);
  text_add_html(page, text);
  text_add(page, "</dd>\n");
}

static void add_json(run_text *page, const char *name, const char *json) {
  cJSON *tree = cJSON_Parse(json);
  char *pretty = tree != NULL ? cJSON_Print(tree) : NULL;
  text_addf(page,
            "<details><summary><span>%s</span></summary><div class=\"body\">"
            "<pre>",
            name);
  text_add_html(page, pretty != NULL ? pretty : json);
  text_add(page, "</pre></div></details>\n");
  cJSON_free(pretty);
  cJSON_Delete(tree);
}

static void add_bars(run_text *page, const crucible_report_head *head) {
  run_text text = {0};
  text_addf(
      &text, "%s bars of %s from %s to %s, the first %s to train on; gaps: %s",
      figure_count(head->n_bars).text,
      figure_timeframe(head->timeframe_ms).text,
      figure_time(head->first_ms).text, figure_time(head->until_ms).text,
      figure_count(head->n_train_bars).text, figure_count(head->n_gaps).text);
  add_pair(page, "bars", text.failed ? "" : text.data);
  page->failed |= text.failed;
  text_free(&text);
}

static void add_instrument(run_text *page,
                           const crucible_instrument *instrument) {
  run_text text = {0};
  text_addf(
      &text,
      "%s on %s; maker fee %s %%, taker fee %s %%, taken in %s; tick %s, lot "
      "%s, least notional %s",
      instrument->symbol, instrument->venue,
      figure_number(100 * instrument->maker_fee, 4).text,
      figure_number(100 * instrument->taker_fee, 4).text,
      instrument->fee_asset == CRUCIBLE_FEE_IN_BASE
          ? "what is received"
          : instrument->quote_currency,
      figure_in_units(instrument->price_tick, instrument->price_tick).text,
      figure_in_units(instrument->lot_step, instrument->lot_step).text,
      figure_money(instrument->min_notional).text);
  add_pair(page, "instrument", text.failed ? "" : text.data);
  page->failed |= text.failed;
  text_free(&text);
}

/* Where the time went; the parts of a search are inside of it. */
static void add_times(run_text *page, const run_report *report) {
  run_text text = {0};
  for (size_t i = 0; i < report->head.n_parts; ++i) {
    const char *part;
    uint64_t n;
    int64_t ns;
    if (crucible_report_get_time(report->report, i, &part, &n, &ns) !=
        CRUCIBLE_OK)
      continue;
    text_addf(&text, "%s%s %s", text.length > 0 ? "; " : "", part,
              figure_duration((double)ns * 1e-9).text);
    if (n > 0)
      text_addf(&text, " (%s, %s ms each)", figure_count(n).text,
                figure_number((double)ns * 1e-6 / (double)n, 2).text);
  }
  if (text.length > 0)
    add_pair(page, "time", text.data);
  page->failed |= text.failed;
  text_free(&text);
}

void html_provenance(run_text *page, const run_report *report) {
  const crucible_report_head *head = &report->head;
  run_text text = {0};
  text_add(page, "<h2>Where this comes from</h2>\n<dl>\n");
  add_instrument(page, &head->instrument);
  add_bars(page, head);
  add_pair(page, "hash of the bars", head->input_hash);
  add_pair(page, "funding", head->funding);
  text_addf(&text, "%s tried, %s of them infeasible or failed",
            figure_count(head->n_trials).text,
            figure_count(head->n_infeasible).text);
  add_pair(page, "genomes", text.failed ? "" : text.data);
  page->failed |= text.failed;
  text_free(&text);
  add_times(page, report);
  text_addf(page, "<dt>seed</dt><dd>%llu</dd>\n</dl>\n",
            (unsigned long long)head->seed);
  add_json(page, "Configuration", head->config);
  add_json(page, "Build", head->build);
}
