/* SPDX-License-Identifier: Apache-2.0 */
#include "report_words.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "run.h"

const char *fate_name(agent_fate fate) {
  static const char *const names[] = {"champion", "living", "ended", "dead"};
  return names[fate];
}

static const char *name_of(const char *const *names, size_t n, int32_t value) {
  return value >= 0 && (size_t)value < n ? names[value] : "?";
}

const char *rule_words(int32_t rule) {
  static const char *const names[] = {
      "?",          "drawdown",  "PSR decayed",  "DSR decayed",
      "inactive",   "expired",   "cannot trade", "promotion",
      "proved bad", "edge gone", "bound",        "discovery"};
  return name_of(names, RUN_COUNT(names), rule);
}

const char *end_words(const agent_view *view) {
  const crucible_report_agent *agent = &view->agent;
  if (view->fate == FATE_CHAMPION || view->fate == FATE_LIVING)
    return agent->life == CRUCIBLE_AGENT_CLOSING ? "closing" : "";
  if (strncmp(agent->reason, "retired", 7) == 0)
    return "retired";
  return agent->n_verdicts > 0 ? rule_words(agent->verdict.verdict.rule)
                               : "ended";
}

const char *trial_state_name(int32_t state) {
  static const char *const names[] = {"running", "complete", "pruned", "failed",
                                      "waiting"};
  return name_of(names, RUN_COUNT(names), state);
}

const char *bred_name(int32_t how) {
  static const char *const names[] = {"elite", "drawn", "mutated", "crossed"};
  return name_of(names, RUN_COUNT(names), how);
}

const char *elite_label_name(int32_t label) {
  static const char *const names[] = {"?", "promoted", "terminated",
                                      "provisional, unproven"};
  return name_of(names, RUN_COUNT(names), label);
}

const char *elite_outcome_name(int32_t outcome) {
  static const char *const names[] = {"taken",    "score too low", "duplicate",
                                      "too near", "full",          "too old"};
  return name_of(names, RUN_COUNT(names), outcome);
}

const char *gate_words(int32_t why) {
  static const char *const names[] = {"?", "lives already", "gate",
                                      "positions too much alike",
                                      "no model to deploy"};
  return name_of(names, RUN_COUNT(names), why);
}

figure figure_days(double n_bars, int64_t timeframe_ms) {
  figure out = {"never"};
  double days = n_bars * (double)timeframe_ms / 86400000;
  if (isnan(days))
    return (figure){"-"};
  if (isfinite(days))
    (void)snprintf(out.text, sizeof out.text, days < 1000 ? "%.1f d" : "%.3g d",
                   days);
  return out;
}

figure figure_bars(double n_bars, int64_t timeframe_ms) {
  return figure_duration(n_bars * (double)timeframe_ms / 1000);
}

void words_verdict(run_text *text, const crucible_report_verdict *verdict,
                   int64_t timeframe_ms) {
  const crucible_verdict *v = &verdict->verdict;
  switch (v->rule) {
  case CRUCIBLE_RULE_DEATH:
    text_addf(text,
              "its equity of %s had fallen to half or less of its capital of "
              "%s (the limit is %s)",
              figure_money(v->statistic).text,
              figure_money(v->track.initial).text,
              figure_money(v->threshold).text);
    break;
  case CRUCIBLE_RULE_DECAY_PSR:
  case CRUCIBLE_RULE_DECAY_DSR:
    text_addf(text, "its rolling %s over %s bars had dropped to %s, below %s",
              v->rule == CRUCIBLE_RULE_DECAY_PSR ? "PSR" : "DSR",
              figure_count(v->track.rolling_n).text,
              figure_percent(v->statistic).text,
              figure_percent(v->threshold).text);
    break;
  case CRUCIBLE_RULE_INACTIVE:
    text_addf(text, "it had not traded for %s (%s bars; %s are allowed)",
              figure_bars(v->statistic, timeframe_ms).text,
              figure_number(v->statistic, 0).text,
              figure_number(v->threshold, 0).text);
    break;
  case CRUCIBLE_RULE_EXPIRED:
    text_addf(text,
              "after %s (%s bars) it had not been promoted; its DSR was %s",
              figure_bars(v->statistic, timeframe_ms).text,
              figure_number(v->statistic, 0).text,
              figure_percent(v->track.dsr_live).text);
    break;
  case CRUCIBLE_RULE_CANNOT_TRADE:
    text_addf(text,
              "with an equity of %s its largest entry is below the "
              "smallest order",
              figure_money(v->track.equity).text);
    break;
  case CRUCIBLE_RULE_PROMOTION:
    text_addf(
        text, "the DSR of its whole live record of %s bars was %s, above %s",
        figure_count(v->track.n_bars).text, figure_percent(v->statistic).text,
        figure_percent(v->threshold).text);
    if (isfinite(v->lower))
      text_addf(text,
                "; its Sharpe ratio was at least %s per bar, whenever "
                "one looks",
                figure_number(v->lower, 4).text);
    break;
  case CRUCIBLE_RULE_BOUND:
    text_addf(text,
              "its Sharpe ratio over %s bars was at least %s per bar, above "
              "%s, whenever one looks",
              figure_count(v->track.n_bars).text,
              figure_number(v->statistic, 4).text,
              figure_number(v->threshold, 4).text);
    break;
  case CRUCIBLE_RULE_DISCOVERY:
    text_addf(text,
              "the evidence for its skill came to exp(%s), and exp(%s) is what "
              "the agents before it leave for a discovery",
              figure_number(v->statistic, 2).text,
              figure_number(v->threshold, 2).text);
    break;
  case CRUCIBLE_RULE_PROVED_BAD:
    text_addf(text,
              "its Sharpe ratio over %s bars was at most %s per bar, below %s, "
              "whenever one looks",
              figure_count(v->track.n_bars).text,
              figure_number(v->statistic, 4).text,
              figure_number(v->threshold, 4).text);
    break;
  case CRUCIBLE_RULE_EDGE_GONE:
    text_addf(text,
              "the evidence that its edge had gone reached %s; with the edge "
              "still there that takes %s on average, at least",
              figure_number(v->statistic, 0).text,
              figure_bars(v->threshold, timeframe_ms).text);
    break;
  default:
    text_addf(text, "%s: %.6g against %.6g", crucible_rule_name(v->rule),
              v->statistic, v->threshold);
  }
}

void words_alone(run_text *text, uint64_t promoted, uint64_t ended,
                 int32_t rule, int64_t timeframe_ms) {
  if (promoted > 0)
    text_addf(text, "promoted %s",
              figure_days((double)promoted, timeframe_ms).text);
  if (promoted > 0 && ended > 0)
    text_add(text, ", ");
  if (ended > 0)
    text_addf(text, "%s %s", rule_words(rule),
              figure_days((double)ended, timeframe_ms).text);
  if (promoted == 0 && ended == 0)
    text_add(text, "-");
}

static figure figure_sharpe(double threshold) {
  return figure_number(threshold, threshold == 0 ? 0 : 4);
}

static int acts(const run_report *report, int32_t rule) {
  return (report->head.rules.rules >> rule & 1) != 0;
}

double bars_to_promotion(const run_report *report, const agent_view *view) {
  const crucible_track *track = &view->agent.track;
  double length = 0;
  if (view->fate != FATE_LIVING || !view->agent.has_track ||
      isnan(track->sharpe))
    return (double)NAN;
  if (acts(report, CRUCIBLE_RULE_PROMOTION))
    length = track->min_track_bars;
  if (acts(report, CRUCIBLE_RULE_BOUND) && !(track->bound_bars <= length))
    length = track->bound_bars;
  return fmax(length - (double)track->n_bars, 0);
}

/* When the record would be long enough for one of promotion's rules. */
static void add_wait(run_text *text, const run_report *report,
                     const crucible_track *track, double length) {
  double need = length - (double)track->n_bars;
  if (need <= 0)
    text_add(text, "now");
  else if (isfinite(need))
    text_addf(text, "after %s more (%s bars in all)",
              figure_bars(need, report->head.timeframe_ms).text,
              figure_number(ceil(length), 0).text);
  else
    text_add(text, "never");
}

void words_need(run_text *text, const run_report *report,
                const agent_view *view) {
  const crucible_track *track = &view->agent.track;
  if (!view->agent.has_track || isnan(track->sharpe)) {
    text_addf(text, "agent %u has no record yet that could be judged",
              view->agent.agent);
    return;
  }
  text_addf(text,
            "agent %u has a Sharpe ratio of %s per bar over %s bars and %s "
            "closed trades; if it stays",
            view->agent.agent, figure_number(track->sharpe, 4).text,
            figure_count(track->n_bars).text,
            figure_count(track->n_trades).text);
  if (acts(report, CRUCIBLE_RULE_PROMOTION)) {
    text_addf(text, ", its DSR is above %s ",
              figure_percent(report->head.rules.promote_dsr).text);
    add_wait(text, report, track, track->min_track_bars);
    text_addf(text, " (the best of %s without any skill would show %s)",
              figure_count(track->n_agents).text,
              figure_number(track->expected_max_sharpe, 4).text);
  }
  if (acts(report, CRUCIBLE_RULE_BOUND)) {
    text_addf(text, ", its lower bound is above %s ",
              figure_sharpe(report->head.rules.promote_sharpe).text);
    add_wait(text, report, track, track->bound_bars);
  }
}

/* The living agent that lacks the fewest bars; NULL if none can get there. */
static const agent_view *find_nearest(const run_report *report) {
  const agent_view *best = NULL;
  double least = (double)INFINITY;
  for (uint32_t i = 0; i < report->head.n_agents; ++i) {
    const agent_view *view = report->board[i];
    double need = bars_to_promotion(report, view);
    if (need < least) {
      least = need;
      best = view;
    }
  }
  return best;
}

void words_takes(run_text *text, const run_report *report) {
  const crucible_watchtower_options *rules = &report->head.rules;
  const char *separator = " ";
  text_add(text, "A promotion takes");
  if (acts(report, CRUCIBLE_RULE_PROMOTION)) {
    text_addf(text, " a deflated Sharpe ratio (DSR) above %s",
              figure_percent(rules->promote_dsr).text);
    separator = " and ";
  }
  if (acts(report, CRUCIBLE_RULE_BOUND)) {
    text_addf(text,
              "%sa lower bound of the Sharpe ratio above %s that is wrong in "
              "%s of all agents at most, however often one looks",
              separator, figure_sharpe(rules->promote_sharpe).text,
              figure_percent(rules->alpha).text);
    separator = " and ";
  }
  if (acts(report, CRUCIBLE_RULE_DISCOVERY))
    text_addf(text, "%sto be a discovery, of which %s may be false", separator,
              figure_percent(rules->discovery_alpha).text);
  text_add(text, ".");
}

void words_promotion(run_text *text, const run_report *report) {
  const crucible_report_head *head = &report->head;
  if (head->n_promotions > 0)
    text_addf(text, "%s agent%s promoted. ",
              figure_count(head->n_promotions).text,
              head->n_promotions == 1 ? " was" : "s were");
  else
    text_add(text, "No agent was promoted. ");
  words_takes(text, report);
  if (head->n_promotions > 0 || head->n_living == 0)
    return;
  const agent_view *nearest = find_nearest(report);
  if (nearest == NULL) {
    text_add(text, " No living agent has a Sharpe ratio that would do with any "
                   "length of record.");
    return;
  }
  text_add(text, " The nearest: ");
  words_need(text, report, nearest);
  text_add(text, ".");
}
