/* SPDX-License-Identifier: Apache-2.0 */
/* What follows from what was read: totals, why searches were asked for, how
   alike the living are, how generations do. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <crucible/arena.h>

#include "base/base_alloc.h"
#include "base/base_status.h"
#include "tournament/journal_report.h"

enum { RETURNS_MIN = 32 }; /* that a correlation is taken of */

/* ---- totals ---- */

static void add_account(crucible_report_head *head,
                        const crucible_report_agent *agent) {
  const crucible_ledger *ledger = &agent->ledger;
  head->capital += ledger->initial_cash;
  head->equity += ledger->equity;
  head->costs.fee += ledger->costs.fee;
  head->costs.spread += ledger->costs.spread;
  head->costs.slippage += ledger->costs.slippage;
  head->costs.impact += ledger->costs.impact;
  head->costs.funding += ledger->costs.funding;
  head->costs.dust += ledger->costs.dust;
  head->n_living += agent->life == CRUCIBLE_AGENT_ACTIVE ||
                    agent->life == CRUCIBLE_AGENT_CLOSING;
  head->n_champions += agent->life == CRUCIBLE_AGENT_PROMOTED;
  head->n_ended += agent->life == CRUCIBLE_AGENT_TERMINATED;
}

/* What an agent's capital had become, had it been held instead since the agent
   began: the account that holds gives the move of the price, both taker fees
   come off for one that was bought later than that account's. */
static double held(const crucible_report *report,
                   const crucible_report_agent *agent) {
  double cash = agent->ledger.initial_cash;
  size_t n = report->n_times, first = 0;
  if (n == 0)
    return cash;
  while (first < n && report->times[first] <= agent->from_ms)
    ++first;
  double end = report->holder[n - 1];
  if (first == 0 || report->holder[first - 1] == report->cash)
    return end * (cash / report->cash); /* that account has yet to buy */
  double kept = 1 - report->head.instrument.taker_fee;
  return cash * (end / report->holder[first - 1]) * kept * kept;
}

/* ---- why searches were asked for ---- */

static void add_reason(crucible__text *text, uint32_t agent, const char *what,
                       const char *why) {
  crucible__text_addf(text, "%sagent %u %s (%s)", text->length > 0 ? ", " : "",
                      (unsigned)agent, what, why);
}

static crucible_status add_reasons(const crucible_report *report,
                                   uint64_t after, uint64_t until,
                                   crucible__text *text) {
  for (size_t i = 0; i < report->head.n_verdicts; ++i) {
    const crucible_report_verdict *given = &report->verdicts[i];
    int32_t action = given->verdict.action;
    if (given->bar > after && given->bar <= until)
      add_reason(text, given->verdict.agent,
                 action == CRUCIBLE_ACTION_PROMOTE  ? "was promoted"
                 : action == CRUCIBLE_ACTION_DEMOTE ? "was demoted"
                                                    : "ended",
                 crucible_rule_name(given->verdict.rule));
  }
  for (size_t i = 0; i < report->head.n_events; ++i) {
    const crucible_report_event *event = &report->events[i];
    if (event->bar > after && event->bar <= until && event->agent >= 0 &&
        strcmp(event->kind, "retired") == 0)
      add_reason(text, (uint32_t)event->agent, "retired", event->detail);
  }
  return text->failed ? crucible__fail(CRUCIBLE_E_NOMEM, "out of memory")
                      : CRUCIBLE_OK;
}

/* Who left a slot since the search before it. */
static crucible_status explain(crucible_report *report, size_t i) {
  crucible_report_study *study = &report->studies[i].head;
  if (i == 0) {
    study->asked = "the first agents";
    return CRUCIBLE_OK;
  }
  crucible__text text = {0};
  crucible_status status =
      add_reasons(report, report->studies[i - 1].head.bar, study->bar, &text);
  if (status == CRUCIBLE_OK && text.length > 0)
    status = crucible__report_copy(report, text.data, &study->asked);
  else if (status == CRUCIBLE_OK)
    study->asked = "a slot or a place on the bench was still empty";
  crucible__text_free(&text);
  return status;
}

crucible_status crucible__report_add_totals(crucible_report *report) {
  for (uint32_t i = 0; i < report->head.n_agents; ++i) {
    const crucible_report_agent *agent = &report->agents[i].head;
    add_account(&report->head, agent);
    report->head.buy_and_hold += held(report, agent);
  }
  for (size_t i = 0; i < report->head.n_studies; ++i)
    CRUCIBLE__TRY(explain(report, i));
  return CRUCIBLE_OK;
}

/* ---- correlation ---- */

static double return_at(const crucible_report_agent *agent, size_t i) {
  double before = i > 0 ? agent->curve[i - 1] : agent->ledger.initial_cash;
  return before > 0 ? agent->curve[i] / before - 1 : 0;
}

static int is_measured(const crucible_report_agent *agent) {
  if (agent->life == CRUCIBLE_AGENT_TERMINATED || agent->n_curve < RETURNS_MIN)
    return 0;
  for (size_t i = 0; i < agent->n_curve; ++i)
    if (return_at(agent, i) != 0)
      return 1;
  return 0;
}

/* Over the bars that both have lived. */
static double correlation(const crucible_report *report, uint32_t a,
                          uint32_t b) {
  const crucible__report_agent *left = &report->agents[a];
  const crucible__report_agent *right = &report->agents[b];
  uint64_t first =
      left->first_bar > right->first_bar ? left->first_bar : right->first_bar;
  uint64_t end_left = left->first_bar + left->head.n_curve;
  uint64_t end_right = right->first_bar + right->head.n_curve;
  uint64_t end = end_left < end_right ? end_left : end_right;
  if (end < first + RETURNS_MIN)
    return (double)NAN;
  double n = (double)(end - first), x_sum = 0, y_sum = 0;
  for (uint64_t bar = first; bar < end; ++bar) {
    x_sum += return_at(&left->head, bar - left->first_bar);
    y_sum += return_at(&right->head, bar - right->first_bar);
  }
  double xx = 0, yy = 0, xy = 0;
  for (uint64_t bar = first; bar < end; ++bar) {
    double x = return_at(&left->head, bar - left->first_bar) - x_sum / n;
    double y = return_at(&right->head, bar - right->first_bar) - y_sum / n;
    xx += x * x;
    yy += y * y;
    xy += x * y;
  }
  double r = xy / sqrt(xx * yy);
  return xx > 0 && yy > 0 ? (r > 1 ? 1 : r < -1 ? -1 : r) : (double)NAN;
}

/* Effective bets: the participation ratio of the matrix's eigenvalues, whose
   sum is n and the sum of whose squares is that of all its elements. */
crucible_status crucible__report_add_correlation(crucible_report *report) {
  crucible_report_head *head = &report->head;
  head->mean_correlation = head->effective_bets = (double)NAN;
  report->correlated =
      crucible__report_take(report, head->n_agents, sizeof *report->correlated);
  if (report->correlated == NULL)
    return CRUCIBLE_E_NOMEM;
  for (uint32_t i = 0; i < head->n_agents; ++i)
    if (is_measured(&report->agents[i].head))
      report->correlated[head->n_correlated++] = i;
  size_t n = head->n_correlated, n_pairs = 0;
  double *matrix = crucible__report_take(report, n * n, sizeof *matrix);
  if (matrix == NULL)
    return CRUCIBLE_E_NOMEM;
  report->correlations = matrix;
  double sum = 0, squares = (double)n;
  for (size_t i = 0; i < n; ++i) {
    matrix[i * n + i] = 1;
    for (size_t k = 0; k < i; ++k) {
      double r =
          correlation(report, report->correlated[i], report->correlated[k]);
      matrix[i * n + k] = matrix[k * n + i] = r;
      if (isnan(r))
        continue;
      ++n_pairs;
      sum += r;
      squares += 2 * r * r;
    }
  }
  if (n_pairs > 0)
    head->mean_correlation = sum / (double)n_pairs;
  if (n > 0)
    head->effective_bets = (double)n * (double)n / squares;
  return CRUCIBLE_OK;
}

/* ---- generations ---- */

typedef struct scored {
  uint32_t generation;
  double sharpe;
} scored;

static int by_generation(const void *a, const void *b) {
  const scored *left = a, *right = b;
  if (left->generation != right->generation)
    return left->generation < right->generation ? -1 : 1;
  return left->sharpe < right->sharpe ? -1 : left->sharpe > right->sharpe;
}

static void add_trials(crucible_report *report, scored *list) {
  size_t n = 0;
  for (size_t i = 0; i < report->n_trials; ++i) {
    const crucible_report_trial *trial = &report->trials[i].head;
    if (trial->genome == NULL || trial->figures.elite > 0 ||
        trial->figures.n_folds == 0)
      continue;
    ++report->generations[trial->generation].n_trials;
    if (trial->figures.is_feasible && isfinite(trial->figures.sharpe_base))
      list[n++] = (scored){trial->generation, trial->figures.sharpe_base};
  }
  qsort(list, n, sizeof *list, by_generation);
  for (size_t i = 0, end; i < n; i = end) {
    crucible_report_generation *g = &report->generations[list[i].generation];
    for (end = i; end < n && list[end].generation == list[i].generation;)
      ++end;
    size_t middle = i + (end - i) / 2;
    g->n_feasible = end - i;
    g->best_sharpe = list[end - 1].sharpe;
    g->median_sharpe =
        (end - i) % 2 != 0
            ? list[middle].sharpe
            : 0.5 * (list[middle - 1].sharpe + list[middle].sharpe);
  }
}

static void add_agents(crucible_report *report) {
  for (uint32_t i = 0; i < report->head.n_agents; ++i) {
    const crucible_report_agent *agent = &report->agents[i].head;
    crucible_report_generation *g = &report->generations[agent->generation];
    if (g->n_agents++ == 0)
      g->live_return = 0;
    g->live_return += agent->ledger.equity / agent->ledger.initial_cash - 1;
    if (!isfinite(agent->metrics.sharpe))
      continue;
    if (g->n_measured++ == 0)
      g->live_sharpe = 0;
    g->live_sharpe += agent->metrics.sharpe;
  }
  for (size_t i = 0; i < report->head.n_verdicts; ++i) {
    const crucible_verdict *verdict = &report->verdicts[i].verdict;
    if (verdict->action == CRUCIBLE_ACTION_PROMOTE &&
        verdict->agent < report->head.n_agents)
      ++report->generations[report->agents[verdict->agent].head.generation]
            .n_promoted;
  }
}

crucible_status crucible__report_add_generations(crucible_report *report) {
  size_t n = 0;
  for (size_t i = 0; i < report->n_trials; ++i)
    if (report->trials[i].head.genome != NULL &&
        report->trials[i].head.generation >= n)
      n = (size_t)report->trials[i].head.generation + 1;
  for (uint32_t i = 0; i < report->head.n_agents; ++i)
    if (report->agents[i].head.generation >= n)
      n = (size_t)report->agents[i].head.generation + 1;
  report->generations =
      crucible__report_take(report, n, sizeof *report->generations);
  scored *list = crucible__alloc(report->n_trials, sizeof *list);
  if (report->generations == NULL || list == NULL) {
    crucible__free(list);
    return CRUCIBLE_E_NOMEM;
  }
  report->head.n_generations = n;
  for (size_t i = 0; i < n; ++i) {
    crucible_report_generation *g = &report->generations[i];
    g->struct_size = sizeof *g;
    g->generation = (uint32_t)i;
    g->best_sharpe = g->median_sharpe = g->live_sharpe = g->live_return =
        (double)NAN;
  }
  add_trials(report, list);
  add_agents(report);
  crucible__free(list);
  for (size_t i = 0; i < n; ++i) {
    crucible_report_generation *g = &report->generations[i];
    g->live_return /= g->n_agents;
    g->live_sharpe /= g->n_measured;
  }
  return CRUCIBLE_OK;
}
