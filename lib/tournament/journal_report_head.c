/* SPDX-License-Identifier: Apache-2.0 */
/* The run itself: its head, the market's curve, events, times. */
#include <string.h>

#include "base/base_status.h"
#include "base/sha256.h"
#include "tournament/config.h"
#include "tournament/journal_report.h"

static crucible_status take_head(crucible_report *report,
                                 crucible__statement *s, void *item) {
  crucible_report_head *head = item;
  size_t n_bytes;
  CRUCIBLE__TRY(crucible__report_text(report, s, 0, &head->config));
  head->seed = (uint64_t)crucible__column_int(s, 1);
  head->timeframe_ms = crucible__column_int(s, 2);
  head->phase = (int32_t)crucible__column_int(s, 3);
  head->n_bars = (uint64_t)crucible__column_int(s, 4);
  head->n_train_bars = (uint64_t)crucible__column_int(s, 5);
  head->n_gaps = (uint64_t)crucible__column_int(s, 6);
  head->n_trials = (uint64_t)crucible__column_int(s, 7);
  head->n_infeasible = (uint64_t)crucible__column_int(s, 8);
  head->first_ms = crucible__column_int(s, 9);
  head->trade_from_ms = crucible__column_int(s, 10);
  head->until_ms = crucible__column_int(s, 11);
  const void *hash = crucible__column_blob(s, 12, &n_bytes);
  if (n_bytes != 32)
    return crucible__fail(CRUCIBLE_E_STORE, "the hash of the bars is damaged");
  char *hex = crucible__report_take(report, 65, 1);
  if (hex == NULL)
    return CRUCIBLE_E_NOMEM;
  crucible__hex(hash, 32, hex);
  head->input_hash = hex;
  return CRUCIBLE_OK;
}

static crucible_status take_instrument(crucible_report *report,
                                       crucible__statement *s, void *item) {
  crucible_instrument *instrument = item;
  (void)report;
  instrument->struct_size = sizeof *instrument;
  crucible__row_read(&crucible__row_instrument, s, 1, instrument);
  return CRUCIBLE_OK;
}

static crucible_status take_text(crucible_report *report,
                                 crucible__statement *s, void *item) {
  return crucible__report_text(report, s, 0, item);
}

static crucible_status take_event(crucible_report *report,
                                  crucible__statement *s, void *item) {
  crucible_report_event *event = item;
  event->struct_size = sizeof *event;
  event->bar = (uint64_t)crucible__column_int(s, 0);
  event->time_ms = crucible__column_int(s, 1);
  event->agent = crucible__column_int(s, 2);
  CRUCIBLE__TRY(crucible__report_text(report, s, 3, &event->kind));
  return crucible__report_text(report, s, 4, &event->detail);
}

static crucible_status take_part(crucible_report *report,
                                 crucible__statement *s, void *item) {
  crucible__report_part *part = item;
  part->n = (uint64_t)crucible__column_int(s, 1);
  part->ns = crucible__column_int(s, 2);
  return crucible__report_text(report, s, 0, &part->name);
}

static crucible_status read_config(crucible_report *report) {
  crucible__config config;
  const char *text = report->head.config;
  CRUCIBLE__TRY(crucible__config_read(text, strlen(text),
                                      "the journal's configuration", &config));
  report->cash = config.account.cash;
  report->head.n_slots = (uint32_t)config.tournament.agents;
  crucible__config_watchtower(&config, &report->head.rules);
  return CRUCIBLE_OK;
}

crucible_status crucible__report_read_head(crucible_report *report,
                                           crucible_store *store) {
  static const crucible__report_query
      run = {"config, seed, timeframe_ms, phase, n_bars, n_train_bars, n_gaps, "
             "n_trials, n_infeasible, first_ms, trade_from_ms, until_ms, "
             "input_hash",
             NULL, "tournament", NULL, 0},
      instrument = {"id", &crucible__row_instrument, "instrument", NULL, 0},
      build = {"value", NULL, "about_run WHERE key = 'build'", NULL, 0},
      events = {"bar, time_ms, agent, kind, detail", NULL, "events", "seq", 0},
      parts = {"part, n, ns", NULL, "about_times", "part", 0};
  crucible_report_head *head = &report->head;
  head->struct_size = sizeof *head;
  CRUCIBLE__TRY(crucible__report_one(report, store, &run, take_head, head,
                                     "tournament", NULL));
  CRUCIBLE__TRY(crucible__report_one(report, store, &instrument,
                                     take_instrument, &head->instrument,
                                     "instrument", NULL));
  CRUCIBLE__TRY(crucible__report_one(report, store, &build, take_text,
                                     &head->build, "build", NULL));
  head->funding =
      head->instrument.market_type == CRUCIBLE_MARKET_LINEAR_PERPETUAL
          ? "unavailable"
          : "not applicable";
  CRUCIBLE__TRY(crucible__report_list(report, store, &events, take_event,
                                      sizeof *report->events, &report->events,
                                      &head->n_events));
  CRUCIBLE__TRY(crucible__report_list(report, store, &parts, take_part,
                                      sizeof *report->parts, &report->parts,
                                      &head->n_parts));
  return read_config(report);
}

/* ---- curves: blocks of 8-byte values, each with its first bar ---- */

typedef struct block {
  uint64_t first_bar;
  const void *values;
  size_t n;
} block;

static crucible_status take_block(crucible_report *report,
                                  crucible__statement *s, void *item) {
  block *into = item;
  size_t n_bytes;
  const void *bytes = crucible__column_blob(s, 1, &n_bytes);
  into->first_bar = (uint64_t)crucible__column_int(s, 0);
  into->n = n_bytes / 8;
  void *copy = crucible__report_take(report, into->n, 8);
  if (copy == NULL)
    return CRUCIBLE_E_NOMEM;
  if (n_bytes % 8 != 0)
    return crucible__fail(CRUCIBLE_E_STORE, "a curve is damaged");
  if (n_bytes > 0)
    memcpy(copy, bytes, n_bytes);
  into->values = copy;
  return CRUCIBLE_OK;
}

/* Joins blocks, which must follow each other. */
static crucible_status join(crucible_report *report, crucible_store *store,
                            const crucible__report_query *query, void **values,
                            size_t *n, uint64_t *first_bar) {
  block *blocks;
  size_t n_blocks;
  CRUCIBLE__TRY(crucible__report_list(report, store, query, take_block,
                                      sizeof *blocks, &blocks, &n_blocks));
  *n = 0;
  for (size_t i = 0; i < n_blocks; ++i) {
    if (blocks[i].first_bar != blocks[0].first_bar + *n)
      return crucible__fail(CRUCIBLE_E_STORE, "a curve lacks bars");
    *n += blocks[i].n;
  }
  *first_bar = n_blocks > 0 ? blocks[0].first_bar : 0;
  unsigned char *joined = crucible__report_take(report, *n, 8);
  if (joined == NULL)
    return CRUCIBLE_E_NOMEM;
  *values = joined;
  for (size_t i = 0; i < n_blocks; ++i) {
    if (blocks[i].n > 0)
      memcpy(joined, blocks[i].values, 8 * blocks[i].n);
    joined += 8 * blocks[i].n;
  }
  return CRUCIBLE_OK;
}

crucible_status crucible__report_read_curve(crucible_report *report,
                                            crucible_store *store,
                                            int64_t agent, double **equity,
                                            size_t *n, uint64_t *first_bar) {
  const crucible__report_query query = {
      "first_bar, equity", NULL, "curves WHERE agent = ?1", "first_bar", agent};
  void *values = NULL;
  CRUCIBLE__TRY(join(report, store, &query, &values, n, first_bar));
  *equity = values;
  return CRUCIBLE_OK;
}

crucible_status crucible__report_read_curves(crucible_report *report,
                                             crucible_store *store) {
  static const crucible__report_query query = {"first_bar, close_ms", NULL,
                                               "curve_times", "first_bar", 0};
  void *values = NULL;
  uint64_t first_bar;
  size_t n;
  CRUCIBLE__TRY(join(report, store, &query, &values, &report->n_times,
                     &report->first_bar));
  report->times = values;
  if (report->n_times > 0)
    report->head.ledgers_ms = report->times[report->n_times - 1];
  CRUCIBLE__TRY(crucible__report_read_curve(report, store, CRUCIBLE__HOLDER,
                                            &report->holder, &n, &first_bar));
  return n == report->n_times && (n == 0 || first_bar == report->first_bar)
             ? CRUCIBLE_OK
             : crucible__fail(CRUCIBLE_E_STORE,
                              "the curve of buying and holding has %zu points "
                              "instead of %zu",
                              n, report->n_times);
}
