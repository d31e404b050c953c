/* SPDX-License-Identifier: Apache-2.0 */
/* What a search hands out when it has ended. */
#include "base/base_alloc.h"
#include "base/base_status.h"
#include "factory/search_job.h"

void crucible_search_destroy(crucible_search *search) {
  if (search == NULL)
    return;
  for (uint64_t i = 0; search->trials != NULL && i < search->report.n_trials;
       ++i) {
    crucible__searched *trial = &search->trials[i];
    crucible_genome_destroy(trial->genome);
    crucible_forged_destroy(trial->forged);
    crucible__free(trial->report);
  }
  for (uint32_t i = 0; i < search->report.n_replacements; ++i)
    crucible_forged_destroy(search->winners[i].deployed);
  crucible__free(search->trials);
  crucible__free(search->winners);
  crucible__free(search->down);
  crucible__free(search);
}

static crucible_status check(const crucible_search *search, const void *result,
                             const char *name) {
  if (search == NULL || result == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "%s is NULL",
                          search == NULL ? "search" : name);
  return CRUCIBLE_OK;
}

static crucible_status no_such(const char *what, uint64_t index, uint64_t n) {
  return crucible__fail(CRUCIBLE_E_INVALID, "%s %llu: the search has %llu",
                        what, (unsigned long long)index, (unsigned long long)n);
}

crucible_status crucible_search_report_of(const crucible_search *search,
                                          crucible_search_report *report) {
  CRUCIBLE__TRY(check(search, report, "report"));
  return crucible__result_write(report, &search->report, sizeof search->report,
                                "crucible_search_report");
}

crucible_status crucible_search_trial(const crucible_search *search,
                                      uint64_t number,
                                      crucible_factory_trial *trial) {
  CRUCIBLE__TRY(check(search, trial, "trial"));
  if (number >= search->report.n_trials)
    return no_such("trial", number, search->report.n_trials);
  return crucible__result_write(trial, &search->trials[number].row,
                                sizeof search->trials[number].row,
                                "crucible_factory_trial");
}

crucible_status crucible_search_replacement(const crucible_search *search,
                                            uint32_t index,
                                            crucible_replacement *replacement) {
  CRUCIBLE__TRY(check(search, replacement, "replacement"));
  if (index >= search->report.n_replacements)
    return no_such("replacement", index, search->report.n_replacements);
  return crucible__result_write(replacement, &search->winners[index].row,
                                sizeof search->winners[index].row,
                                "crucible_replacement");
}

crucible_status crucible_search_turned_down(const crucible_search *search,
                                            uint64_t index,
                                            crucible_turned_down *turned_down) {
  CRUCIBLE__TRY(check(search, turned_down, "turned_down"));
  if (index >= search->report.n_turned_down)
    return no_such("turned down", index, search->report.n_turned_down);
  return crucible__result_write(turned_down, &search->down[index],
                                sizeof search->down[index],
                                "crucible_turned_down");
}
