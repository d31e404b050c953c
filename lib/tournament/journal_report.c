/* SPDX-License-Identifier: Apache-2.0 */
#include <crucible/tournament.h>

#include <stdio.h>
#include <string.h>

#include "base/base_alloc.h"
#include "base/base_status.h"
#include "base/sha256.h"
#include "tournament/journal.h"
#include "tournament/journal_rows.h"

/* Orders or trades as columns that this room owns: the public view comes
   first, its pointers lead to blocks of ours. */
typedef struct columns {
  union {
    crucible_orders orders;
    crucible_trades trades;
  } view;
  uint32_t *agent; /* what the view calls column */
} columns;

typedef struct report_agent {
  crucible_report_agent head;
  char *genome_id, *genome, *state, *reason;
  double *curve; /* [1 + n] the starting cash first */
  columns orders, trades;
} report_agent;

struct crucible_report {
  crucible_report_head head;
  char *config, *build;
  char input_hash[65];
  int64_t *times; /* [n_times] closes of the bars traded */
  size_t n_times;
  double *holder; /* [n_times] */
  report_agent *agents;
  uint32_t n_agents;
};

static void free_columns(columns *table, const crucible__row *row) {
  for (int i = 0; i < row->n; ++i) {
    void *column;
    memcpy(&column, (unsigned char *)&table->view + row->fields[i].offset,
           sizeof column);
    crucible__free(column);
  }
  crucible__free(table->agent);
}

void crucible_report_destroy(crucible_report *report) {
  if (report == NULL)
    return;
  for (uint32_t i = 0; i < report->n_agents; ++i) {
    report_agent *agent = &report->agents[i];
    crucible__free(agent->genome_id);
    crucible__free(agent->genome);
    crucible__free(agent->state);
    crucible__free(agent->reason);
    crucible__free(agent->curve);
    free_columns(&agent->orders, &crucible__row_order);
    free_columns(&agent->trades, &crucible__row_trade);
  }
  crucible__free(report->agents);
  crucible__free(report->config);
  crucible__free(report->build);
  crucible__free(report->times);
  crucible__free(report->holder);
  crucible__free(report);
}

/* "SELECT <own>, <row's columns> FROM <from>" */
static crucible_status select_row(crucible_store *store, const char *own,
                                  const crucible__row *row, const char *from,
                                  crucible__statement **statement) {
  crucible__text sql = {0};
  crucible__text_addf(&sql, "SELECT %s, ", own);
  crucible__row_names(row, &sql);
  crucible__text_addf(&sql, " FROM %s", from);
  crucible_status status =
      sql.failed ? crucible__fail(CRUCIBLE_E_NOMEM, "out of memory")
                 : crucible__statement_prepare(store, sql.data, statement);
  crucible__text_free(&sql);
  return status;
}

static crucible_status missing(const char *what) {
  return crucible__fail(CRUCIBLE_E_STORE,
                        "the journal holds no %s: the run ended before it was "
                        "written",
                        what);
}

static crucible_status copy_text(crucible__statement *statement, int column,
                                 char **text) {
  crucible__free(*text);
  *text = crucible__strdup(crucible__column_text(statement, column));
  return *text ? CRUCIBLE_OK : CRUCIBLE_E_NOMEM;
}

/* ---- the head ---- */

static crucible_status fill_head(crucible_report *report,
                                 crucible__statement *s) {
  crucible_report_head *head = &report->head;
  size_t n_bytes;
  CRUCIBLE__TRY(copy_text(s, 0, &report->config));
  head->seed = (uint64_t)crucible__column_int(s, 1);
  head->timeframe_ms = crucible__column_int(s, 2);
  head->phase = (int32_t)crucible__column_int(s, 3);
  head->n_bars = (uint64_t)crucible__column_int(s, 4);
  head->n_train_bars = (uint64_t)crucible__column_int(s, 5);
  head->n_gaps = (uint64_t)crucible__column_int(s, 6);
  head->n_forged = (uint64_t)crucible__column_int(s, 7);
  head->n_infeasible = (uint64_t)crucible__column_int(s, 8);
  head->first_ms = crucible__column_int(s, 9);
  head->trade_from_ms = crucible__column_int(s, 10);
  head->until_ms = crucible__column_int(s, 11);
  const void *hash = crucible__column_blob(s, 12, &n_bytes);
  if (n_bytes != 32)
    return crucible__fail(CRUCIBLE_E_STORE, "the input's hash is damaged");
  crucible__hex(hash, 32, report->input_hash);
  head->input_hash = report->input_hash;
  head->config = report->config;
  return CRUCIBLE_OK;
}

static crucible_status read_head(crucible_store *store,
                                 crucible_report *report) {
  crucible__statement *s;
  int has_row;
  CRUCIBLE__TRY(crucible__statement_prepare(
      store,
      "SELECT config, seed, timeframe_ms, phase, n_bars, n_train_bars, n_gaps, "
      "n_forged, n_infeasible, first_ms, trade_from_ms, until_ms, input_hash "
      "FROM tournament",
      &s));
  crucible_status status = crucible__statement_next(s, &has_row);
  if (status == CRUCIBLE_OK)
    status = has_row ? fill_head(report, s) : missing("tournament");
  crucible__statement_destroy(s);
  return status;
}

static crucible_status read_instrument(crucible_store *store,
                                       crucible_report *report) {
  crucible__statement *s;
  int has_row;
  crucible_report_head *head = &report->head;
  CRUCIBLE__TRY(
      select_row(store, "id", &crucible__row_instrument, "instrument", &s));
  crucible_status status = crucible__statement_next(s, &has_row);
  if (status == CRUCIBLE_OK && !has_row)
    status = missing("instrument");
  if (status == CRUCIBLE_OK) {
    head->instrument.struct_size = sizeof head->instrument;
    crucible__row_read(&crucible__row_instrument, s, 1, &head->instrument);
    head->funding =
        head->instrument.market_type == CRUCIBLE_MARKET_LINEAR_PERPETUAL
            ? "unavailable"
            : "not applicable";
  }
  crucible__statement_destroy(s);
  return status;
}

static crucible_status read_build(crucible_store *store,
                                  crucible_report *report) {
  crucible__statement *s;
  int has_row;
  CRUCIBLE__TRY(crucible__statement_prepare(
      store, "SELECT value FROM about_run WHERE key = 'build'", &s));
  crucible_status status = crucible__statement_next(s, &has_row);
  if (status == CRUCIBLE_OK && !has_row)
    status = missing("build");
  if (status == CRUCIBLE_OK)
    status = copy_text(s, 0, &report->build);
  report->head.build = report->build;
  crucible__statement_destroy(s);
  return status;
}

/* ---- curves ---- */

static crucible_status count_times(crucible_store *store, size_t *n) {
  crucible__statement *s;
  int has_row;
  CRUCIBLE__TRY(crucible__statement_prepare(
      store, "SELECT coalesce(sum(length(close_ms)), 0) / 8 FROM curve_times",
      &s));
  crucible_status status = crucible__statement_next(s, &has_row);
  if (status == CRUCIBLE_OK)
    *n = (size_t)crucible__column_int(s, 0);
  crucible__statement_destroy(s);
  return status;
}

/* Joins blocks of 8-byte values; there must be n of them in all. */
static crucible_status read_blocks(crucible__statement *s, void *values,
                                   size_t n) {
  size_t n_read = 0;
  for (int has_row;;) {
    size_t n_bytes;
    CRUCIBLE__TRY(crucible__statement_next(s, &has_row));
    if (!has_row)
      break;
    const void *bytes = crucible__column_blob(s, 0, &n_bytes);
    if (n_bytes % 8 != 0 || n_bytes / 8 > n - n_read)
      return crucible__fail(CRUCIBLE_E_STORE, "a curve is damaged");
    if (n_bytes > 0)
      memcpy((unsigned char *)values + 8 * n_read, bytes, n_bytes);
    n_read += n_bytes / 8;
  }
  return n_read == n ? CRUCIBLE_OK
                     : crucible__fail(CRUCIBLE_E_STORE,
                                      "a curve has %zu points instead of %zu",
                                      n_read, n);
}

static crucible_status read_curve(crucible_store *store, int64_t agent,
                                  double *values, size_t n) {
  crucible__statement *s;
  CRUCIBLE__TRY(crucible__statement_prepare(
      store, "SELECT equity FROM curves WHERE agent = ?1 ORDER BY first_bar",
      &s));
  crucible__bind_int(s, agent);
  crucible_status status = read_blocks(s, values, n);
  crucible__statement_destroy(s);
  return status;
}

static crucible_status read_times(crucible_store *store,
                                  crucible_report *report) {
  crucible__statement *s;
  CRUCIBLE__TRY(count_times(store, &report->n_times));
  report->times = crucible__alloc(report->n_times, sizeof *report->times);
  report->holder = crucible__alloc(report->n_times, sizeof *report->holder);
  if (report->times == NULL || report->holder == NULL)
    return CRUCIBLE_E_NOMEM;
  CRUCIBLE__TRY(crucible__statement_prepare(
      store, "SELECT close_ms FROM curve_times ORDER BY first_bar", &s));
  crucible_status status = read_blocks(s, report->times, report->n_times);
  crucible__statement_destroy(s);
  CRUCIBLE__TRY(status);
  return read_curve(store, CRUCIBLE__HOLDER, report->holder, report->n_times);
}

/* ---- agents ---- */

static crucible_status read_records(crucible_store *store, const char *table,
                                    int64_t agent, const crucible__row *row,
                                    columns *into, size_t *n) {
  char from[80];
  crucible__statement *s;
  int has_row;
  (void)snprintf(from, sizeof from, "%s WHERE agent = ?1 ORDER BY seq", table);
  char count[96];
  (void)snprintf(count, sizeof count,
                 "SELECT count(*) FROM %s WHERE agent = ?1", table);
  CRUCIBLE__TRY(crucible__statement_prepare(store, count, &s));
  crucible__bind_int(s, agent);
  crucible_status status = crucible__statement_next(s, &has_row);
  *n = status == CRUCIBLE_OK ? (size_t)crucible__column_int(s, 0) : 0;
  crucible__statement_destroy(s);
  CRUCIBLE__TRY(status);
  into->agent = crucible__alloc_zero(*n, sizeof *into->agent);
  if (into->agent == NULL)
    return CRUCIBLE_E_NOMEM;
  for (int i = 0; i < row->n; ++i) {
    void *column =
        crucible__alloc(*n, crucible__row_field_size(&row->fields[i]));
    if (column == NULL)
      return CRUCIBLE_E_NOMEM;
    memcpy((unsigned char *)&into->view + row->fields[i].offset, &column,
           sizeof column);
  }
  CRUCIBLE__TRY(select_row(store, "agent", row, from, &s));
  crucible__bind_int(s, agent);
  for (size_t i = 0;; ++i) {
    status = crucible__statement_next(s, &has_row);
    if (status != CRUCIBLE_OK || !has_row || i == *n)
      break;
    into->agent[i] = (uint32_t)agent;
    crucible__row_read_element(row, s, 1, &into->view, i);
  }
  crucible__statement_destroy(s);
  return status;
}

static crucible_status read_ledger(crucible_store *store, int64_t agent,
                                   crucible_ledger *ledger) {
  crucible__statement *s;
  int has_row;
  ledger->struct_size = sizeof *ledger;
  CRUCIBLE__TRY(select_row(store, "agent", &crucible__row_ledger,
                           "ledgers WHERE agent = ?1", &s));
  crucible__bind_int(s, agent);
  crucible_status status = crucible__statement_next(s, &has_row);
  if (status == CRUCIBLE_OK && !has_row)
    status = missing("ledger of an agent");
  if (status == CRUCIBLE_OK)
    crucible__row_read(&crucible__row_ledger, s, 1, ledger);
  crucible__statement_destroy(s);
  return status;
}

static crucible_status read_folds(crucible_store *store, int64_t forging,
                                  crucible_forge_report *report) {
  crucible__statement *s;
  int has_row;
  CRUCIBLE__TRY(select_row(store, "fold", &crucible__row_fold,
                           "folds WHERE forging = ?1 ORDER BY fold", &s));
  crucible__bind_int(s, forging);
  crucible_status status;
  for (uint32_t i = 0;; ++i) {
    status = crucible__statement_next(s, &has_row);
    if (status != CRUCIBLE_OK || !has_row || i == CRUCIBLE_FOLDS_MAX)
      break;
    crucible__row_read(&crucible__row_fold, s, 1, &report->folds[i]);
  }
  crucible__statement_destroy(s);
  return status;
}

static crucible_status read_forging(crucible_store *store, int64_t forging,
                                    crucible_forge_report *report) {
  crucible__statement *s;
  int has_row;
  report->struct_size = sizeof *report;
  CRUCIBLE__TRY(select_row(store, "number", &crucible__row_forging,
                           "forgings WHERE number = ?1", &s));
  crucible__bind_int(s, forging);
  crucible_status status = crucible__statement_next(s, &has_row);
  if (status == CRUCIBLE_OK && !has_row)
    status = missing("training of an agent");
  if (status == CRUCIBLE_OK)
    crucible__row_read(&crucible__row_forging, s, 1, report);
  crucible__statement_destroy(s);
  CRUCIBLE__TRY(status);
  return read_folds(store, forging, report);
}

/* Figures that follow from the records. */
static crucible_status fill_figures(crucible_report *report,
                                    report_agent *agent) {
  crucible_metrics_options options;
  crucible_report_agent *head = &agent->head;
  crucible_metrics_options_init(&options, sizeof options);
  options.periods_per_year =
      365.0 * 86400000.0 / (double)report->head.timeframe_ms;
  head->metrics.struct_size = sizeof head->metrics;
  head->trades.struct_size = sizeof head->trades;
  if (report->n_times > 0)
    CRUCIBLE__TRY(crucible_metrics_of(agent->curve, report->n_times + 1,
                                      &options, &head->metrics));
  return crucible_trade_metrics_of(agent->trades.view.trades.result,
                                   agent->trades.view.trades.n, &head->trades);
}

static crucible_status fill_agent(crucible_store *store,
                                  crucible_report *report, uint32_t number,
                                  crucible__statement *s) {
  report_agent *agent = &report->agents[number];
  crucible_report_agent *head = &agent->head;
  CRUCIBLE__TRY(copy_text(s, 1, &agent->genome_id));
  CRUCIBLE__TRY(copy_text(s, 2, &agent->state));
  CRUCIBLE__TRY(copy_text(s, 3, &agent->reason));
  CRUCIBLE__TRY(copy_text(s, 4, &agent->genome));
  CRUCIBLE__TRY(
      read_forging(store, crucible__column_int(s, 5), &head->forging));
  CRUCIBLE__TRY(read_ledger(store, number, &head->ledger));
  agent->curve = crucible__alloc(report->n_times + 1, sizeof *agent->curve);
  if (agent->curve == NULL)
    return CRUCIBLE_E_NOMEM;
  agent->curve[0] = head->ledger.initial_cash;
  CRUCIBLE__TRY(read_curve(store, number, agent->curve + 1, report->n_times));
  size_t n;
  CRUCIBLE__TRY(read_records(store, "orders", number, &crucible__row_order,
                             &agent->orders, &n));
  agent->orders.view.orders.struct_size = sizeof(crucible_orders);
  agent->orders.view.orders.n = n;
  agent->orders.view.orders.column = agent->orders.agent;
  CRUCIBLE__TRY(read_records(store, "trades", number, &crucible__row_trade,
                             &agent->trades, &n));
  agent->trades.view.trades.struct_size = sizeof(crucible_trades);
  agent->trades.view.trades.n = n;
  agent->trades.view.trades.column = agent->trades.agent;
  head->struct_size = sizeof *head;
  head->agent = number;
  head->genome_id = agent->genome_id;
  head->genome = agent->genome;
  head->state = agent->state;
  head->reason = agent->reason;
  head->curve_ms = report->times;
  head->curve = agent->curve + 1;
  head->n_curve = report->n_times;
  return fill_figures(report, agent);
}

static crucible_status count_agents(crucible_store *store, uint32_t *n) {
  crucible__statement *s;
  int has_row;
  CRUCIBLE__TRY(
      crucible__statement_prepare(store, "SELECT count(*) FROM agents", &s));
  crucible_status status = crucible__statement_next(s, &has_row);
  if (status == CRUCIBLE_OK)
    *n = (uint32_t)crucible__column_int(s, 0);
  crucible__statement_destroy(s);
  return status;
}

static crucible_status read_agents(crucible_store *store,
                                   crucible_report *report) {
  crucible__statement *s;
  uint32_t n;
  CRUCIBLE__TRY(count_agents(store, &n));
  report->agents = crucible__alloc_zero(n, sizeof *report->agents);
  if (report->agents == NULL)
    return CRUCIBLE_E_NOMEM;
  report->n_agents = n;
  CRUCIBLE__TRY(crucible__statement_prepare(
      store,
      "SELECT a.agent, a.genome, a.state, a.reason, g.json, a.forging "
      "FROM agents a JOIN genomes g ON g.id = a.genome ORDER BY a.agent",
      &s));
  crucible_status status = CRUCIBLE_OK;
  for (uint32_t i = 0; i < n && status == CRUCIBLE_OK; ++i) {
    int has_row;
    status = crucible__statement_next(s, &has_row);
    if (status == CRUCIBLE_OK &&
        (!has_row || crucible__column_int(s, 0) != (int64_t)i))
      status = missing("genome of an agent");
    if (status == CRUCIBLE_OK)
      status = fill_agent(store, report, i, s);
  }
  crucible__statement_destroy(s);
  return status;
}

/* ---- the whole ---- */

static crucible_status fill_totals(crucible_store *store,
                                   crucible_report *report) {
  crucible_report_head *head = &report->head;
  crucible_ledger holder;
  head->struct_size = sizeof *head;
  head->n_agents = report->n_agents;
  for (uint32_t i = 0; i < report->n_agents; ++i) {
    const crucible_ledger *ledger = &report->agents[i].head.ledger;
    head->capital += ledger->initial_cash;
    head->equity += ledger->equity;
    head->costs.fee += ledger->costs.fee;
    head->costs.spread += ledger->costs.spread;
    head->costs.slippage += ledger->costs.slippage;
    head->costs.impact += ledger->costs.impact;
    head->costs.funding += ledger->costs.funding;
    head->costs.dust += ledger->costs.dust;
  }
  if (head->n_train_bars == 0 || report->n_agents == 0)
    return CRUCIBLE_OK;
  CRUCIBLE__TRY(read_ledger(store, CRUCIBLE__HOLDER, &holder));
  head->buy_and_hold = holder.equity * report->n_agents;
  return CRUCIBLE_OK;
}

static crucible_status fill_report(crucible_store *store,
                                   crucible_report *report) {
  CRUCIBLE__TRY(crucible__journal_check(store));
  CRUCIBLE__TRY(read_head(store, report));
  CRUCIBLE__TRY(read_instrument(store, report));
  CRUCIBLE__TRY(read_build(store, report));
  CRUCIBLE__TRY(read_times(store, report));
  CRUCIBLE__TRY(read_agents(store, report));
  return fill_totals(store, report);
}

crucible_status crucible_report_create(crucible_store *store,
                                       crucible_report **report) {
  if (store == NULL || report == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "%s is NULL",
                          store == NULL ? "store" : "report");
  *report = NULL;
  crucible_report *made = crucible__alloc_zero(1, sizeof *made);
  if (made == NULL)
    return CRUCIBLE_E_NOMEM;
  crucible_status status = fill_report(store, made);
  if (status != CRUCIBLE_OK) {
    crucible_report_destroy(made);
    return status;
  }
  *report = made;
  return CRUCIBLE_OK;
}

crucible_status crucible_report_get_head(const crucible_report *report,
                                         crucible_report_head *head) {
  if (report == NULL || head == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "%s is NULL",
                          report == NULL ? "report" : "head");
  return crucible__result_write(head, &report->head, sizeof report->head,
                                "crucible_report_head");
}

crucible_status crucible_report_get_agent(const crucible_report *report,
                                          uint32_t index,
                                          crucible_report_agent *agent,
                                          crucible_orders *orders,
                                          crucible_trades *trades) {
  if (report == NULL || agent == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "%s is NULL",
                          report == NULL ? "report" : "agent");
  if (index >= report->n_agents)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "index is %u: the report has %u agents",
                          (unsigned)index, (unsigned)report->n_agents);
  const report_agent *found = &report->agents[index];
  if (orders != NULL)
    CRUCIBLE__TRY(crucible__result_write(orders, &found->orders.view.orders,
                                         sizeof *orders, "crucible_orders"));
  if (trades != NULL)
    CRUCIBLE__TRY(crucible__result_write(trades, &found->trades.view.trades,
                                         sizeof *trades, "crucible_trades"));
  return crucible__result_write(agent, &found->head, sizeof found->head,
                                "crucible_report_agent");
}

crucible_status crucible_report_get_market(const crucible_report *report,
                                           const int64_t **time_ms,
                                           const double **equity, size_t *n) {
  if (report == NULL || time_ms == NULL || equity == NULL || n == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "a pointer is NULL");
  *time_ms = report->times;
  *equity = report->holder;
  *n = report->n_times;
  return CRUCIBLE_OK;
}
