/* SPDX-License-Identifier: Apache-2.0 */
/* A tournament's life as JSON: verdicts, tracks, searches, elite DNA. */
#ifndef JSON_LIFE_H
#define JSON_LIFE_H

#include <crucible/crucible.h>

#include "run_json.h"

/* Those that act, and what they are held against. */
void json_add_rules(run_json *json, const char *key,
                    const crucible_watchtower_options *rules);
void json_add_track(run_json *json, const char *key,
                    const crucible_track *track);
void json_add_verdict(run_json *json, const char *key,
                      const crucible_report_verdict *verdict);
/* With its genes beside its parents'; its place is study and rank. */
void json_add_replacement(run_json *json, const char *key,
                          const crucible_report *report,
                          const crucible_report_replacement *replacement);
/* Ids of parents. */
void json_add_parents(run_json *json, const char *const *parents, uint32_t n);

/* Lists of the whole report. */
void json_add_verdicts(run_json *json, const char *key,
                       const crucible_report *report, size_t n);
void json_add_events(run_json *json, const char *key,
                     const crucible_report *report, size_t n);
void json_add_elites(run_json *json, const char *key,
                     const crucible_report *report, int32_t elites,
                     size_t study, size_t n);
void json_add_studies(run_json *json, const char *key,
                      const crucible_report *report, size_t n);
void json_add_generations(run_json *json, const char *key,
                          const crucible_report *report, size_t n);
void json_add_correlation(run_json *json, const char *key,
                          const crucible_report *report);
void json_add_times(run_json *json, const char *key,
                    const crucible_report *report, size_t n);

#endif
