/* SPDX-License-Identifier: Apache-2.0 */
/* Searches: trials, trainings, who was handed out, who was turned down; and
   elite DNA. */
#include <stdlib.h>
#include <string.h>

#include "base/base_status.h"
#include "tournament/journal_report.h"

/* ---- trainings ---- */

static crucible_status take_fold(crucible_report *report,
                                 crucible__statement *s, void *item) {
  crucible__report_fold *fold = item;
  (void)report;
  fold->study = (uint64_t)crucible__column_int(s, 0);
  fold->trial = (uint64_t)crucible__column_int(s, 1);
  fold->number = crucible__column_int(s, 2);
  crucible__row_read(&crucible__row_fold, s, 3, &fold->fold);
  return CRUCIBLE_OK;
}

static crucible_status take_forging(crucible_report *report,
                                    crucible__statement *s, void *item) {
  crucible__report_forging *forging = item;
  (void)report;
  forging->study = (uint64_t)crucible__column_int(s, 0);
  forging->trial = (uint64_t)crucible__column_int(s, 1);
  crucible__row_read(&crucible__row_forging, s, 2, forging->head);
  return CRUCIBLE_OK;
}

static int by_trial(uint64_t study_a, uint64_t trial_a, uint64_t study_b,
                    uint64_t trial_b) {
  if (study_a != study_b)
    return study_a < study_b ? -1 : 1;
  return trial_a < trial_b ? -1 : trial_a > trial_b;
}

/* Both lists are in order of studies and trials. */
static crucible_status read_forgings(crucible_report *report,
                                     crucible_store *store) {
  static const crucible__report_query forgings = {"study, trial",
                                                  &crucible__row_forging,
                                                  "forgings", "study, trial",
                                                  0},
                                      folds = {"study, trial, fold",
                                               &crucible__row_fold, "folds",
                                               "study, trial, fold", 0};
  CRUCIBLE__TRY(crucible__report_list(report, store, &forgings, take_forging,
                                      sizeof *report->forgings,
                                      &report->forgings, &report->n_forgings));
  CRUCIBLE__TRY(crucible__report_list(report, store, &folds, take_fold,
                                      sizeof *report->folds, &report->folds,
                                      &report->n_folds));
  size_t at = 0;
  for (size_t i = 0; i < report->n_forgings; ++i) {
    crucible__report_forging *forging = &report->forgings[i];
    while (at < report->n_folds &&
           by_trial(report->folds[at].study, report->folds[at].trial,
                    forging->study, forging->trial) < 0)
      ++at;
    forging->first_fold = at;
    while (at < report->n_folds && report->folds[at].study == forging->study &&
           report->folds[at].trial == forging->trial)
      ++at;
    forging->n_folds = at - forging->first_fold;
  }
  return CRUCIBLE_OK;
}

static int find_forging(const void *key, const void *item) {
  const crucible__report_forging *a = key, *b = item;
  return by_trial(a->study, a->trial, b->study, b->trial);
}

const crucible__report_forging *
crucible__report_forging_of(const crucible_report *report, uint64_t study,
                            uint64_t trial) {
  crucible__report_forging key;
  key.study = study;
  key.trial = trial;
  return report->n_forgings == 0
             ? NULL
             : bsearch(&key, report->forgings, report->n_forgings,
                       sizeof *report->forgings, find_forging);
}

void crucible__report_whole_forging(const crucible_report *report,
                                    const crucible__report_forging *forging,
                                    crucible_forge_report *whole) {
  memset(whole, 0, sizeof *whole);
  if (forging != NULL)
    memcpy(whole, forging->head, sizeof forging->head);
  whole->struct_size = sizeof *whole;
  if (forging == NULL)
    return;
  uint32_t n = 0;
  whole->has_holdout = 0;
  for (size_t i = 0; i < forging->n_folds; ++i) {
    const crucible__report_fold *fold = &report->folds[forging->first_fold + i];
    if (fold->number == CRUCIBLE__FOLD_HOLDOUT) {
      whole->holdout = fold->fold;
      whole->has_holdout = 1;
    } else if (n < CRUCIBLE_FOLDS_MAX) {
      whole->folds[n++] = fold->fold;
    }
  }
  whole->n_folds = n;
}

/* ---- searches ---- */

static crucible_status take_study(crucible_report *report,
                                  crucible__statement *s, void *item) {
  crucible__report_study *study = item;
  crucible_report_study *head = &study->head;
  (void)report;
  head->struct_size = sizeof *head;
  head->number = (uint64_t)crucible__column_int(s, 0);
  head->bar = (uint64_t)crucible__column_int(s, 1);
  head->time_ms = crucible__column_int(s, 2);
  head->admit_bar = (uint64_t)crucible__column_int(s, 3);
  head->n_wanted = (uint32_t)crucible__column_int(s, 4);
  head->is_done = (int32_t)crucible__column_int(s, 5);
  head->asked = "";
  crucible__row_read(&crucible__row_study, s, 6, &head->search);
  head->search.struct_size = sizeof head->search;
  head->search.study = head->number;
  head->search.bar = head->bar;
  head->search.n_wanted = head->n_wanted;
  head->search.times.struct_size = sizeof head->search.times;
  return CRUCIBLE_OK;
}

/* What the DNA of an id is; nothing where the journal lacks it. */
static const crucible__report_genome *
genome_at(const crucible_report *report, crucible__statement *s, int column) {
  return crucible__report_genome_of(report, crucible__column_text(s, column));
}

static crucible_status take_trial(crucible_report *report,
                                  crucible__statement *s, void *item) {
  crucible__report_trial *trial = item;
  crucible_report_trial *head = &trial->head;
  const crucible__report_genome *genome = genome_at(report, s, 2);
  trial->study = (uint64_t)crucible__column_int(s, 0);
  head->struct_size = sizeof *head;
  head->figures.struct_size = sizeof head->figures;
  crucible__row_read(&crucible__row_trial, s, 3, &head->figures);
  head->figures.number = (uint64_t)crucible__column_int(s, 1);
  trial->forging =
      crucible__report_forging_of(report, trial->study, head->figures.number);
  head->has_forging = trial->forging != NULL;
  if (genome == NULL)
    return CRUCIBLE_OK;
  head->genome_id = genome->id;
  head->genome = genome->json;
  head->n_parents = genome->n_parents;
  head->generation = genome->generation;
  memcpy(head->parents, genome->parents, sizeof head->parents);
  return CRUCIBLE_OK;
}

static crucible_status take_replacement(crucible_report *report,
                                        crucible__statement *s, void *item) {
  crucible__report_replacement *replacement = item;
  crucible_report_replacement *head = &replacement->head;
  const crucible__report_genome *genome = genome_at(report, s, 2);
  if (genome == NULL)
    return crucible__fail(CRUCIBLE_E_STORE, "a replacement has no genome");
  head->struct_size = sizeof *head;
  head->study = replacement->study = (uint64_t)crucible__column_int(s, 0);
  head->rank = (uint32_t)crucible__column_int(s, 1);
  head->theta_in = crucible__column_double(s, 3);
  head->theta_out = crucible__column_double(s, 4);
  head->agent = crucible__column_int(s, 6);
  head->figures.struct_size = sizeof head->figures;
  crucible__row_read(&crucible__row_winner, s, 7, &head->figures);
  head->genome_id = genome->id;
  head->genome = genome->json;
  head->generation = genome->generation;
  return crucible__report_text(report, s, 5, &head->state);
}

static crucible_status take_turned_down(crucible_report *report,
                                        crucible__statement *s, void *item) {
  crucible__report_turned_down *down = item;
  (void)report;
  down->study = (uint64_t)crucible__column_int(s, 0);
  crucible__row_read(&crucible__row_turned_down, s, 1, &down->head);
  down->head.struct_size = sizeof down->head;
  return CRUCIBLE_OK;
}

static crucible_status fill_elite(crucible_report *report,
                                  crucible__statement *s, int genome_column,
                                  int row_column, crucible_report_elite *head) {
  const crucible__report_genome *genome = genome_at(report, s, genome_column);
  head->struct_size = sizeof *head;
  head->figures.struct_size = sizeof head->figures;
  crucible__row_read(&crucible__row_elite, s, row_column, &head->figures);
  head->generation = genome != NULL ? genome->generation : 0;
  head->why = "";
  return crucible__report_text(report, s, genome_column, &head->genome_id);
}

static crucible_status take_seed(crucible_report *report,
                                 crucible__statement *s, void *item) {
  crucible__report_seed *seed = item;
  seed->study = (uint64_t)crucible__column_int(s, 0);
  return fill_elite(report, s, 1, 2, &seed->head);
}

static crucible_status take_member(crucible_report *report,
                                   crucible__statement *s, void *item) {
  return fill_elite(report, s, 0, 1, item);
}

static crucible_status take_offer(crucible_report *report,
                                  crucible__statement *s, void *item) {
  crucible_report_elite *head = item;
  CRUCIBLE__TRY(fill_elite(report, s, 0, 4, head));
  head->at_bar = (uint64_t)crucible__column_int(s, 1);
  head->outcome = (int32_t)crucible__column_int(s, 2);
  return crucible__report_text(report, s, 3, &head->why);
}

crucible_status crucible__report_read_elites(crucible_report *report,
                                             crucible_store *store) {
  static const crucible__report_query members = {"genome", &crucible__row_elite,
                                                 "pool", "place", 0},
                                      offers = {"genome, at_bar, outcome, why",
                                                &crucible__row_elite, "offers",
                                                "seq", 0};
  CRUCIBLE__TRY(crucible__report_list(report, store, &members, take_member,
                                      sizeof *report->pool, &report->pool,
                                      &report->head.n_pool));
  return crucible__report_list(report, store, &offers, take_offer,
                               sizeof *report->offers, &report->offers,
                               &report->head.n_offers);
}

/* Everything of a study stands side by side in its list: how many, with *at behind
   the last of them. The study's number is each item's first field. */
static size_t slice(const void *items, size_t n, size_t size, uint64_t study,
                    size_t *at) {
  const unsigned char *bytes = items;
  size_t first = *at;
  for (uint64_t number; *at < n; ++*at) {
    memcpy(&number, bytes + *at * size, sizeof number);
    if (number > study)
      break;
    if (number < study) /* of no study that there is */
      first = *at + 1;
  }
  return *at - first;
}

static void find_best(crucible__report_study *study) {
  crucible_report_study *head = &study->head;
  double best = 0;
  for (size_t i = 0; i < head->n_trials; ++i) {
    const crucible_factory_trial *trial = &study->trials[i].head.figures;
    if (trial->is_feasible && (!head->has_best || trial->value > best)) {
      head->has_best = 1;
      head->best_trial = trial->number;
      best = trial->value;
    }
  }
}

typedef struct lists {
  crucible__report_seed *seeds;
  crucible__report_turned_down *turned_down;
  size_t n_seeds, n_turned_down;
} lists;

static crucible_status share_out(crucible_report *report, const lists *all) {
  size_t at[4] = {0, 0, 0, 0};
  for (size_t i = 0; i < report->head.n_studies; ++i) {
    crucible__report_study *study = &report->studies[i];
    crucible_report_study *head = &study->head;
    if (head->number != i + 1)
      return crucible__fail(CRUCIBLE_E_STORE, "the journal lacks study %zu",
                            i + 1);
    head->n_seeds = slice(all->seeds, all->n_seeds, sizeof *all->seeds,
                          head->number, &at[0]);
    study->seeds = all->seeds + (at[0] - head->n_seeds);
    head->n_trials = slice(report->trials, report->n_trials,
                           sizeof *report->trials, head->number, &at[1]);
    study->trials = report->trials + (at[1] - head->n_trials);
    for (size_t k = 0; k < head->n_trials; ++k)
      if (study->trials[k].head.figures.number != k)
        return crucible__fail(CRUCIBLE_E_STORE,
                              "the journal lacks trial %zu of study %zu", k,
                              i + 1);
    head->n_replacements =
        slice(report->replacements, report->n_replacements,
              sizeof *report->replacements, head->number, &at[2]);
    study->replacements = report->replacements + (at[2] - head->n_replacements);
    head->n_turned_down = slice(all->turned_down, all->n_turned_down,
                                sizeof *all->turned_down, head->number, &at[3]);
    study->turned_down = all->turned_down + (at[3] - head->n_turned_down);
    find_best(study);
    report->head.n_holdout_reads += head->search.n_holdout_reads;
  }
  return CRUCIBLE_OK;
}

crucible_status crucible__report_read_studies(crucible_report *report,
                                              crucible_store *store) {
  static const crucible__report_query
      studies = {"number, bar, time_ms, admit_bar, n_wanted, is_done",
                 &crucible__row_study, "studies", "number", 0},
      trials = {"study, number, genome", &crucible__row_trial, "trials",
                "study, number", 0},
      replacements = {"study, rank, genome, theta_in, theta_out, state, agent",
                      &crucible__row_winner, "replacements", "study, rank", 0},
      downs = {"study", &crucible__row_turned_down, "turned_down",
               "study, place", 0},
      seeds = {"study, genome", &crucible__row_elite, "study_elites",
               "study, place", 0};
  lists all;
  CRUCIBLE__TRY(read_forgings(report, store));
  CRUCIBLE__TRY(crucible__report_list(report, store, &studies, take_study,
                                      sizeof *report->studies, &report->studies,
                                      &report->head.n_studies));
  CRUCIBLE__TRY(crucible__report_list(report, store, &trials, take_trial,
                                      sizeof *report->trials, &report->trials,
                                      &report->n_trials));
  CRUCIBLE__TRY(
      crucible__report_list(report, store, &replacements, take_replacement,
                            sizeof *report->replacements, &report->replacements,
                            &report->n_replacements));
  CRUCIBLE__TRY(crucible__report_list(report, store, &downs, take_turned_down,
                                      sizeof *all.turned_down, &all.turned_down,
                                      &all.n_turned_down));
  CRUCIBLE__TRY(crucible__report_list(report, store, &seeds, take_seed,
                                      sizeof *all.seeds, &all.seeds,
                                      &all.n_seeds));
  return share_out(report, &all);
}
