/* SPDX-License-Identifier: Apache-2.0 */
#include <crucible/report.h>

#include <stdio.h>

#include "base/base_alloc.h"
#include "base/base_status.h"
#include "tournament/journal_report.h"

/* ---- making one ---- */

static crucible_status fill_report(crucible_store *store,
                                   crucible_report *report) {
  CRUCIBLE__TRY(crucible__report_read_head(report, store));
  CRUCIBLE__TRY(crucible__report_read_genomes(report, store));
  CRUCIBLE__TRY(crucible__report_read_curves(report, store));
  CRUCIBLE__TRY(crucible__report_read_studies(report, store));
  CRUCIBLE__TRY(crucible__report_read_elites(report, store));
  CRUCIBLE__TRY(crucible__report_read_agents(report, store));
  CRUCIBLE__TRY(crucible__report_add_lineage(report));
  CRUCIBLE__TRY(crucible__report_add_totals(report));
  CRUCIBLE__TRY(crucible__report_add_correlation(report));
  return crucible__report_add_generations(report);
}

static crucible_status end_reading(crucible_store *store,
                                   crucible_status status) {
  char text[512];
  (void)snprintf(text, sizeof text, "%s", crucible_last_error());
  (void)crucible__store_exec(store, "ROLLBACK");
  return crucible__fail(status, "%s", text);
}

/* All of it as one moment of a journal that may be written meanwhile: only a
   transaction that reads, which any store can have. */
static crucible_status read_journal(crucible_store *store,
                                    crucible_report *report) {
  CRUCIBLE__TRY(crucible__journal_check(store));
  CRUCIBLE__TRY(crucible__store_exec(store, "BEGIN"));
  crucible_status status = fill_report(store, report);
  return status == CRUCIBLE_OK ? crucible__store_exec(store, "COMMIT")
                               : end_reading(store, status);
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
  crucible_status status = read_journal(store, made);
  if (status != CRUCIBLE_OK) {
    crucible_report_destroy(made);
    return status;
  }
  *report = made;
  return CRUCIBLE_OK;
}

void crucible_report_destroy(crucible_report *report) {
  if (report == NULL)
    return;
  crucible__report_free_pieces(report);
  crucible__free(report);
}

/* ---- reading one ---- */

static crucible_status check(const void *report, const void *out,
                             const char *name) {
  return report != NULL && out != NULL
             ? CRUCIBLE_OK
             : crucible__fail(CRUCIBLE_E_INVALID, "%s is NULL",
                              report == NULL ? "report" : name);
}

static crucible_status check_index(const char *name, size_t index, size_t n,
                                   const char *what) {
  return index < n
             ? CRUCIBLE_OK
             : crucible__fail(CRUCIBLE_E_INVALID, "%s is %zu: there are %zu %s",
                              name, index, n, what);
}

static crucible_status find_study(const crucible_report *report, size_t index,
                                  const crucible__report_study **study) {
  CRUCIBLE__TRY(check_index("study", index, report->head.n_studies, "studies"));
  *study = &report->studies[index];
  return CRUCIBLE_OK;
}

crucible_status crucible_report_get_head(const crucible_report *report,
                                         crucible_report_head *head) {
  CRUCIBLE__TRY(check(report, head, "head"));
  return crucible__result_write(head, &report->head, sizeof *head,
                                "crucible_report_head");
}

crucible_status crucible_report_get_agent(const crucible_report *report,
                                          uint32_t index,
                                          crucible_report_agent *agent,
                                          crucible_orders *orders,
                                          crucible_trades *trades) {
  CRUCIBLE__TRY(check(report, agent, "agent"));
  CRUCIBLE__TRY(check_index("index", index, report->head.n_agents, "agents"));
  const crucible__report_agent *found = &report->agents[index];
  if (orders != NULL)
    CRUCIBLE__TRY(crucible__result_write(orders, &found->orders.view.orders,
                                         sizeof *orders, "crucible_orders"));
  if (trades != NULL)
    CRUCIBLE__TRY(crucible__result_write(trades, &found->trades.view.trades,
                                         sizeof *trades, "crucible_trades"));
  return crucible__result_write(agent, &found->head, sizeof *agent,
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

crucible_status crucible_report_get_verdict(const crucible_report *report,
                                            size_t index,
                                            crucible_report_verdict *verdict) {
  CRUCIBLE__TRY(check(report, verdict, "verdict"));
  CRUCIBLE__TRY(
      check_index("index", index, report->head.n_verdicts, "verdicts"));
  return crucible__result_write(verdict, &report->verdicts[index],
                                sizeof *verdict, "crucible_report_verdict");
}

crucible_status crucible_report_get_event(const crucible_report *report,
                                          size_t index,
                                          crucible_report_event *event) {
  CRUCIBLE__TRY(check(report, event, "event"));
  CRUCIBLE__TRY(check_index("index", index, report->head.n_events, "events"));
  return crucible__result_write(event, &report->events[index], sizeof *event,
                                "crucible_report_event");
}

crucible_status crucible_report_get_study(const crucible_report *report,
                                          size_t index,
                                          crucible_report_study *study) {
  const crucible__report_study *found;
  CRUCIBLE__TRY(check(report, study, "study"));
  CRUCIBLE__TRY(find_study(report, index, &found));
  return crucible__result_write(study, &found->head, sizeof *study,
                                "crucible_report_study");
}

crucible_status crucible_report_get_trial(const crucible_report *report,
                                          size_t study, size_t index,
                                          crucible_report_trial *trial,
                                          crucible_forge_report *forging) {
  const crucible__report_study *found;
  CRUCIBLE__TRY(check(report, trial, "trial"));
  CRUCIBLE__TRY(find_study(report, study, &found));
  CRUCIBLE__TRY(check_index("index", index, found->head.n_trials, "trials"));
  if (forging != NULL) {
    crucible_forge_report whole;
    crucible__report_whole_forging(report, found->trials[index].forging,
                                   &whole);
    CRUCIBLE__TRY(crucible__result_write(forging, &whole, sizeof whole,
                                         "crucible_forge_report"));
  }
  return crucible__result_write(trial, &found->trials[index].head,
                                sizeof *trial, "crucible_report_trial");
}

static crucible_status
find_replacement(const crucible_report *report, size_t study, size_t index,
                 const char *name,
                 const crucible__report_replacement **replacement) {
  const crucible__report_study *found;
  CRUCIBLE__TRY(find_study(report, study, &found));
  CRUCIBLE__TRY(
      check_index(name, index, found->head.n_replacements, "replacements"));
  *replacement = &found->replacements[index];
  return CRUCIBLE_OK;
}

crucible_status
crucible_report_get_replacement(const crucible_report *report, size_t study,
                                size_t index,
                                crucible_report_replacement *replacement) {
  const crucible__report_replacement *found;
  CRUCIBLE__TRY(check(report, replacement, "replacement"));
  CRUCIBLE__TRY(find_replacement(report, study, index, "index", &found));
  return crucible__result_write(replacement, &found->head, sizeof *replacement,
                                "crucible_report_replacement");
}

crucible_status crucible_report_get_gene(const crucible_report *report,
                                         size_t study, size_t replacement,
                                         size_t index,
                                         crucible_report_gene *gene) {
  const crucible__report_replacement *found;
  CRUCIBLE__TRY(check(report, gene, "gene"));
  CRUCIBLE__TRY(
      find_replacement(report, study, replacement, "replacement", &found));
  CRUCIBLE__TRY(check_index("index", index, found->head.n_genes, "genes"));
  return crucible__result_write(gene, &found->genes[index], sizeof *gene,
                                "crucible_report_gene");
}

crucible_status
crucible_report_get_turned_down(const crucible_report *report, size_t study,
                                size_t index,
                                crucible_turned_down *turned_down) {
  const crucible__report_study *found;
  CRUCIBLE__TRY(check(report, turned_down, "turned_down"));
  CRUCIBLE__TRY(find_study(report, study, &found));
  CRUCIBLE__TRY(check_index("index", index, found->head.n_turned_down,
                            "that were turned down"));
  return crucible__result_write(turned_down, &found->turned_down[index].head,
                                sizeof *turned_down, "crucible_turned_down");
}

crucible_status crucible_report_get_elite(const crucible_report *report,
                                          int32_t list, size_t study,
                                          size_t index,
                                          crucible_report_elite *elite) {
  const crucible_report_elite *found;
  CRUCIBLE__TRY(check(report, elite, "elite"));
  if (list == CRUCIBLE_REPORT_SEEDS) {
    const crucible__report_study *of;
    CRUCIBLE__TRY(find_study(report, study, &of));
    CRUCIBLE__TRY(check_index("index", index, of->head.n_seeds, "seeds"));
    found = &of->seeds[index].head;
  } else if (list == CRUCIBLE_REPORT_POOL) {
    CRUCIBLE__TRY(check_index("index", index, report->head.n_pool, "members"));
    found = &report->pool[index];
  } else if (list == CRUCIBLE_REPORT_OFFERS) {
    CRUCIBLE__TRY(check_index("index", index, report->head.n_offers, "offers"));
    found = &report->offers[index];
  } else {
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "list is %d: give one of CRUCIBLE_REPORT_POOL, "
                          "_OFFERS and _SEEDS",
                          (int)list);
  }
  return crucible__result_write(elite, found, sizeof *elite,
                                "crucible_report_elite");
}

crucible_status crucible_report_get_correlation(const crucible_report *report,
                                                const uint32_t **agents,
                                                const double **matrix,
                                                size_t *n) {
  if (report == NULL || agents == NULL || matrix == NULL || n == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "a pointer is NULL");
  *agents = report->correlated;
  *matrix = report->correlations;
  *n = report->head.n_correlated;
  return CRUCIBLE_OK;
}

crucible_status
crucible_report_get_generation(const crucible_report *report, size_t index,
                               crucible_report_generation *generation) {
  CRUCIBLE__TRY(check(report, generation, "generation"));
  CRUCIBLE__TRY(
      check_index("index", index, report->head.n_generations, "generations"));
  return crucible__result_write(generation, &report->generations[index],
                                sizeof *generation,
                                "crucible_report_generation");
}

crucible_status crucible_report_get_time(const crucible_report *report,
                                         size_t index, const char **part,
                                         uint64_t *n, int64_t *ns) {
  if (report == NULL || part == NULL || n == NULL || ns == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "a pointer is NULL");
  CRUCIBLE__TRY(check_index("index", index, report->head.n_parts, "parts"));
  *part = report->parts[index].name;
  *n = report->parts[index].n;
  *ns = report->parts[index].ns;
  return CRUCIBLE_OK;
}
