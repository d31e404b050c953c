/* SPDX-License-Identifier: Apache-2.0 */
/* What a report says in words: verdicts, what a promotion takes, where DNA
   comes from. */
#ifndef REPORT_WORDS_H
#define REPORT_WORDS_H

#include "run_report.h"

/* "champion", "living", "ended", "dead": also CSS classes. */
const char *fate_name(agent_fate fate);
/* "promotion", "decay", ... of the rule. */
const char *rule_words(int32_t rule);
/* Why an agent ended, in one or two words; "" while it lives. */
const char *end_words(const agent_view *view);
/* "complete", "pruned", ...; "drawn", "mutated", ...; "promoted", ... */
const char *trial_state_name(int32_t state);
const char *bred_name(int32_t how);
const char *elite_label_name(int32_t label);
const char *elite_outcome_name(int32_t outcome);
const char *gate_words(int32_t why);

/* The evidence of a verdict as a sentence without its stop. */
void words_verdict(run_text *text, const crucible_report_verdict *verdict,
                   int64_t timeframe_ms);
/* What a living agent's record lacks for a promotion; likewise. */
void words_need(run_text *text, const run_report *report,
                const agent_view *view);
/* Whether anyone was promoted, and who is nearest; whole sentences. */
void words_promotion(run_text *text, const run_report *report);

/* What it takes, one sentence. */
void words_takes(run_text *text, const run_report *report);
/* What a set of rules alone did after so many bars of a record (0: it did not):
   "promoted 12.3 d, edge gone 25.0 d", or "-". */
void words_alone(run_text *text, uint64_t promoted, uint64_t ended,
                 int32_t rule, int64_t timeframe_ms);
/* Bars that a living agent's record lacks at its present Sharpe ratio; infinite:
   no length would do; NaN: it has none, or does not live. */
double bars_to_promotion(const run_report *report, const agent_view *view);

/* "12.3 d" of bars; "never" if infinite, "-" if NaN. */
figure figure_days(double n_bars, int64_t timeframe_ms);
/* "12 d 3 h" of bars. */
figure figure_bars(double n_bars, int64_t timeframe_ms);

#endif
