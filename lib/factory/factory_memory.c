/* SPDX-License-Identifier: Apache-2.0 */
#include "factory/factory_memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/base_alloc.h"
#include "base/base_status.h"

enum { ID = CRUCIBLE_GENOME_ID_BYTES };

static void free_record(crucible__study_record *record) {
  crucible__free(record->seeds);
  crucible__free(record->known);
}

static void free_prior(crucible__prior *prior, size_t n) {
  for (size_t i = 0; prior != NULL && i < n; ++i)
    crucible_genome_destroy(prior[i].genome);
  crucible__free(prior);
}

void crucible__memory_free(crucible__memory *memory) {
  for (size_t i = 0; i < memory->n; ++i)
    free_record(&memory->records[i]);
  crucible__free(memory->records);
  free_prior(memory->prior, memory->n_prior);
  *memory = (crucible__memory){0};
}

const crucible__study_record *
crucible__memory_find(const crucible__memory *memory, uint64_t study) {
  for (size_t i = 0; i < memory->n; ++i)
    if (memory->records[i].study == study)
      return &memory->records[i];
  return NULL;
}

crucible_status crucible__known_of(const crucible_factory_trial *trial,
                                   crucible__known *known) {
  crucible_lineage lineage = {.struct_size = sizeof lineage};
  CRUCIBLE__TRY(crucible_genome_lineage(trial->genome, &lineage));
  *known = (crucible__known){.n_parents = lineage.n_parents,
                             .is_evaluated = trial->n_folds > 0,
                             .is_winner = trial->rank > 0,
                             .sharpe_base = isfinite(trial->sharpe_base)
                                                ? trial->sharpe_base
                                                : (double)NAN};
  memcpy(known->parents, lineage.parents, (size_t)lineage.n_parents * ID);
  return crucible_genome_id(trial->genome, known->id);
}

/* ---- ancestral studies ---- */

typedef struct numbers {
  uint64_t *items;
  size_t n, capacity;
} numbers;

static crucible_status add_number(numbers *set, uint64_t number) {
  for (size_t i = 0; i < set->n; ++i)
    if (set->items[i] == number)
      return CRUCIBLE_OK;
  CRUCIBLE__TRY(crucible__grow((void **)&set->items, &set->capacity, set->n + 1,
                               sizeof *set->items));
  set->items[set->n++] = number;
  return CRUCIBLE_OK;
}

static int ascending(const void *a, const void *b) {
  uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
  return (x > y) - (x < y);
}

static void sort_numbers(numbers *set) {
  if (set->n > 1)
    qsort(set->items, set->n, sizeof *set->items, ascending);
}

/* Studies that an elite comes from. */
static crucible_status add_elite(const crucible__memory *memory,
                                 const crucible_genome *elite, numbers *set) {
  uint8_t id[ID];
  crucible_lineage lineage = {.struct_size = sizeof lineage};
  CRUCIBLE__TRY(crucible_genome_id(elite, id));
  CRUCIBLE__TRY(crucible_genome_lineage(elite, &lineage));
  if (crucible__memory_find(memory, lineage.study) != NULL)
    CRUCIBLE__TRY(add_number(set, lineage.study));
  for (size_t i = 0; i < memory->n; ++i) {
    const crucible__study_record *record = &memory->records[i];
    for (size_t k = 0; k < record->n_known; ++k)
      if (record->known[k].is_winner &&
          memcmp(record->known[k].id, id, ID) == 0)
        CRUCIBLE__TRY(add_number(set, record->study));
  }
  return CRUCIBLE_OK;
}

/* What seeds a study directly. */
static crucible_status add_seeds(const crucible__memory *memory,
                                 const crucible_genome *const *elites,
                                 size_t n_elites, numbers *set) {
  for (size_t i = 0; i < n_elites; ++i)
    CRUCIBLE__TRY(add_elite(memory, elites[i], set));
  for (size_t i = 0; i < memory->n_prior; ++i)
    CRUCIBLE__TRY(add_number(set, memory->prior[i].study));
  return CRUCIBLE_OK;
}

crucible_status crucible__memory_ancestors(const crucible__memory *memory,
                                           const crucible_genome *const *elites,
                                           size_t n_elites, uint64_t **studies,
                                           size_t *n) {
  numbers set = {0};
  crucible_status status = add_seeds(memory, elites, n_elites, &set);
  /* the set grows while it is walked */
  for (size_t i = 0; status == CRUCIBLE_OK && i < set.n; ++i) {
    const crucible__study_record *record =
        crucible__memory_find(memory, set.items[i]);
    for (size_t k = 0;
         status == CRUCIBLE_OK && record != NULL && k < record->n_seeds; ++k)
      status = add_number(&set, record->seeds[k]);
  }
  if (status != CRUCIBLE_OK) {
    crucible__free(set.items);
    return status;
  }
  sort_numbers(&set);
  *studies = set.items;
  *n = set.n;
  return CRUCIBLE_OK;
}

/* ---- admission ---- */

/* Best first; of equal ones the later study, then the earlier trial: a stable
   order needs no more, since trials come in order. */
static int is_before(const crucible__prior *a, const crucible__prior *b) {
  if (a->value != b->value)
    return a->value > b->value;
  return a->study > b->study;
}

static int has_id(const crucible_genome *genome, const uint8_t id[ID]) {
  uint8_t own[ID];
  return crucible_genome_id(genome, own) == CRUCIBLE_OK &&
         memcmp(own, id, ID) == 0;
}

/* Puts an entry into its place among n that are sorted, with room for max. */
static size_t insert(crucible__prior *prior, size_t n, size_t max,
                     const crucible__prior *entry) {
  size_t at = n;
  while (at > 0 && is_before(entry, &prior[at - 1]))
    --at;
  if (at >= max)
    return n;
  if (n < max)
    ++n;
  memmove(prior + at + 1, prior + at, (n - 1 - at) * sizeof *prior);
  prior[at] = *entry;
  return n;
}

/* 1 if one of the trials has a result of the genome. */
static int is_newer(const crucible_genome *genome,
                    const crucible_factory_trial *trials, size_t n) {
  uint8_t id[ID];
  if (crucible_genome_id(genome, id) != CRUCIBLE_OK)
    return 0;
  for (size_t i = 0; i < n; ++i)
    if (trials[i].genome != NULL && trials[i].state != CRUCIBLE_TRIAL_FAILED &&
        has_id(trials[i].genome, id))
      return 1;
  return 0;
}

static int is_repeated(const crucible_factory_trial *trials, size_t i) {
  return is_newer(trials[i].genome, trials, i);
}

/*
 * The best of old and new: a genome that was evaluated again counts with its
 * latest result, whatever that was. Entries borrow their genomes.
 */
static size_t merge_prior(const crucible__memory *memory, size_t max,
                          uint64_t study, const crucible_factory_trial *trials,
                          size_t n_trials, crucible__prior *merged) {
  size_t n = 0;
  for (size_t i = 0; i < memory->n_prior; ++i)
    if (!is_newer(memory->prior[i].genome, trials, n_trials))
      n = insert(merged, n, max, &memory->prior[i]);
  for (size_t i = 0; i < n_trials; ++i) {
    const crucible_factory_trial *t = &trials[i];
    crucible__prior entry = {(crucible_genome *)(uintptr_t)t->genome, t->value,
                             study};
    if (t->genome != NULL && t->is_feasible && !is_repeated(trials, i))
      n = insert(merged, n, max, &entry);
  }
  return n;
}

static crucible_status copy_genome(const crucible_genome *genome,
                                   crucible_genome **copy) {
  const char *json = crucible_genome_json(genome, 1);
  return crucible_genome_parse(json, strlen(json), copy);
}

static crucible_status make_prior(const crucible__memory *memory, size_t max,
                                  uint64_t study,
                                  const crucible_factory_trial *trials,
                                  size_t n_trials, crucible__prior **prior,
                                  size_t *n_prior) {
  crucible__prior *made = crucible__alloc_zero(max, sizeof *made);
  if (made == NULL)
    return CRUCIBLE_E_NOMEM;
  size_t n = merge_prior(memory, max, study, trials, n_trials, made);
  for (size_t i = 0; i < n; ++i) {
    crucible_genome *copy;
    crucible_status status = copy_genome(made[i].genome, &copy);
    if (status != CRUCIBLE_OK) {
      free_prior(made, i);
      return status;
    }
    made[i].genome = copy;
  }
  *prior = made;
  *n_prior = n;
  return CRUCIBLE_OK;
}

static crucible_status make_record(const crucible__memory *memory,
                                   const crucible_factory_trial *trials,
                                   size_t n, crucible__study_record *record) {
  numbers seeds = {0};
  const crucible_genome **elites = crucible__alloc(n, sizeof *elites);
  record->known = crucible__alloc_zero(n, sizeof *record->known);
  crucible_status status =
      elites != NULL && record->known != NULL ? CRUCIBLE_OK : CRUCIBLE_E_NOMEM;
  size_t n_elites = 0;
  for (size_t i = 0; status == CRUCIBLE_OK && i < n; ++i) {
    if (trials[i].genome == NULL)
      continue;
    if (trials[i].elite > 0)
      elites[n_elites++] = trials[i].genome;
    status = crucible__known_of(&trials[i], &record->known[record->n_known++]);
  }
  if (status == CRUCIBLE_OK)
    status = add_seeds(memory, elites, n_elites, &seeds);
  crucible__free(elites);
  sort_numbers(&seeds);
  record->seeds = seeds.items;
  record->n_seeds = seeds.n;
  return status;
}

crucible_status crucible__memory_add(crucible__memory *memory, size_t max_prior,
                                     uint64_t study,
                                     const crucible_factory_trial *trials,
                                     size_t n) {
  crucible__study_record record = {.study = study};
  crucible__prior *prior = NULL;
  size_t n_prior = 0;
  crucible_status status = make_record(memory, trials, n, &record);
  if (status == CRUCIBLE_OK)
    status = make_prior(memory, max_prior, study, trials, n, &prior, &n_prior);
  if (status == CRUCIBLE_OK)
    status = crucible__grow((void **)&memory->records, &memory->capacity,
                            memory->n + 1, sizeof *memory->records);
  if (status != CRUCIBLE_OK) {
    free_record(&record);
    free_prior(prior, n_prior);
    return status;
  }
  memory->records[memory->n++] = record;
  free_prior(memory->prior, memory->n_prior);
  memory->prior = prior;
  memory->n_prior = n_prior;
  return CRUCIBLE_OK;
}

/* ---- N and V ---- */

/* An evaluation, to be sorted: genomes together, the latest first. */
typedef struct evaluation {
  uint8_t id[ID];
  uint64_t age; /* 0: of the study itself; else the later the smaller */
  size_t trial;
  double sharpe;
} evaluation;

static int by_genome(const void *a, const void *b) {
  const evaluation *x = a, *y = b;
  int order = memcmp(x->id, y->id, ID);
  if (order != 0)
    return order;
  if (x->age != y->age)
    return x->age < y->age ? -1 : 1;
  return (x->trial > y->trial) - (x->trial < y->trial);
}

static size_t add_evaluations(evaluation *all, size_t n, uint64_t age,
                              const crucible__known *known, size_t n_known) {
  for (size_t i = 0; i < n_known; ++i) {
    if (!known[i].is_evaluated)
      continue;
    all[n] =
        (evaluation){.age = age, .trial = i, .sharpe = known[i].sharpe_base};
    memcpy(all[n].id, known[i].id, ID);
    ++n;
  }
  return n;
}

/* Divisor n - 1. */
static double variance(const evaluation *all, size_t n) {
  double mean = 0, sum = 0;
  for (size_t i = 0; i < n; ++i)
    mean += all[i].sharpe;
  mean /= (double)n;
  for (size_t i = 0; i < n; ++i)
    sum += (all[i].sharpe - mean) * (all[i].sharpe - mean);
  return sum / (double)(n - 1);
}

static void count(evaluation *all, size_t n, crucible__breadth *breadth) {
  size_t kept = 0;
  *breadth = (crucible__breadth){.variance = (double)NAN};
  if (n > 0)
    qsort(all, n, sizeof *all, by_genome);
  for (size_t i = 0; i < n; ++i) {
    if (i > 0 && memcmp(all[i].id, all[i - 1].id, ID) == 0)
      continue;
    ++breadth->n_genomes;
    breadth->n_here += all[i].age == 0;
    if (isfinite(all[i].sharpe)) {
      /* never over one that is still to come, nor the id compared next */
      all[kept].sharpe = all[i].sharpe;
      ++kept;
    }
  }
  breadth->n_variance = kept;
  if (kept >= 2)
    breadth->variance = variance(all, kept);
}

crucible_status crucible__memory_breadth(const crucible__memory *memory,
                                         const uint64_t *ancestors,
                                         size_t n_ancestors,
                                         const crucible__known *here,
                                         size_t n_here,
                                         crucible__breadth *breadth) {
  size_t most = n_here, n;
  for (size_t i = 0; i < memory->n; ++i)
    most += memory->records[i].n_known;
  evaluation *all = crucible__alloc(most, sizeof *all);
  if (all == NULL)
    return CRUCIBLE_E_NOMEM;
  n = add_evaluations(all, 0, 0, here, n_here);
  for (size_t i = 0; i < n_ancestors; ++i) {
    const crucible__study_record *record =
        crucible__memory_find(memory, ancestors[i]);
    if (record != NULL) /* later studies have higher numbers */
      n = add_evaluations(all, n, UINT64_MAX - record->study, record->known,
                          record->n_known);
  }
  count(all, n, breadth);
  crucible__free(all);
  return CRUCIBLE_OK;
}

/* ---- ancestors of a genome ---- */

static crucible_status add_id(uint8_t (**ids)[ID], size_t *capacity, size_t *n,
                              const uint8_t id[ID]) {
  for (size_t i = 0; i < *n; ++i)
    if (memcmp((*ids)[i], id, ID) == 0)
      return CRUCIBLE_OK;
  CRUCIBLE__TRY(crucible__grow((void **)ids, capacity, *n + 1, sizeof **ids));
  memcpy((*ids)[(*n)++], id, ID);
  return CRUCIBLE_OK;
}

/* A genome may have come about more than once, of other parents each time: all
   of them are its ancestors. */
static crucible_status add_parents(const crucible__known *known, size_t n_known,
                                   const uint8_t id[ID], uint8_t (**ids)[ID],
                                   size_t *capacity, size_t *n) {
  uint8_t own[ID]; /* the list that it lies in may move */
  memcpy(own, id, ID);
  for (size_t i = 0; i < n_known; ++i)
    if (known[i].n_parents > 0 && memcmp(known[i].id, own, ID) == 0)
      for (uint32_t p = 0; p < known[i].n_parents; ++p)
        CRUCIBLE__TRY(add_id(ids, capacity, n, known[i].parents[p]));
  return CRUCIBLE_OK;
}

crucible_status crucible__memory_lineage(
    const crucible__memory *memory, const crucible__known *here, size_t n_here,
    const crucible__known *of, uint8_t (**ids)[CRUCIBLE_GENOME_ID_BYTES],
    size_t *capacity, size_t *n) {
  *n = 0;
  CRUCIBLE__TRY(add_id(ids, capacity, n, of->id));
  for (uint32_t p = 0; p < of->n_parents; ++p)
    CRUCIBLE__TRY(add_id(ids, capacity, n, of->parents[p]));
  for (size_t i = 0; i < *n; ++i) {
    CRUCIBLE__TRY(add_parents(here, n_here, (*ids)[i], ids, capacity, n));
    for (size_t k = 0; k < memory->n; ++k)
      CRUCIBLE__TRY(add_parents(memory->records[k].known,
                                memory->records[k].n_known, (*ids)[i], ids,
                                capacity, n));
  }
  return CRUCIBLE_OK;
}

/* ---- as bytes ---- */

void crucible__memory_save(const crucible__memory *memory,
                           crucible__pack *pack) {
  crucible__pack_mark(pack, "factory memory");
  crucible__pack_u64(pack, memory->n);
  for (size_t i = 0; i < memory->n; ++i) {
    const crucible__study_record *record = &memory->records[i];
    crucible__pack_u64(pack, record->study);
    crucible__pack_u64(pack, record->n_seeds);
    for (size_t k = 0; k < record->n_seeds; ++k)
      crucible__pack_u64(pack, record->seeds[k]);
    crucible__pack_u64(pack, record->n_known);
    crucible__pack_bytes(pack, record->known,
                         record->n_known * sizeof *record->known);
  }
  crucible__pack_u64(pack, memory->n_prior);
  for (size_t i = 0; i < memory->n_prior; ++i) {
    crucible__pack_text(pack, crucible_genome_json(memory->prior[i].genome, 1));
    crucible__pack_f64(pack, memory->prior[i].value);
    crucible__pack_u64(pack, memory->prior[i].study);
  }
}

static crucible_status load_record(crucible__unpack *unpack,
                                   crucible__study_record *record) {
  record->study = crucible__unpack_u64(unpack);
  record->n_seeds = crucible__unpack_count(unpack, 8);
  record->seeds = crucible__alloc_zero(record->n_seeds, sizeof *record->seeds);
  if (record->seeds == NULL)
    return CRUCIBLE_E_NOMEM;
  for (size_t k = 0; k < record->n_seeds; ++k)
    record->seeds[k] = crucible__unpack_u64(unpack);
  size_t n = crucible__unpack_count(unpack, sizeof *record->known);
  record->known = crucible__alloc_zero(n, sizeof *record->known);
  if (record->known == NULL)
    return CRUCIBLE_E_NOMEM;
  record->n_known = n;
  crucible__unpack_into(unpack, record->known, n * sizeof *record->known);
  for (size_t k = 0; k < n; ++k)
    if (record->known[k].n_parents > CRUCIBLE_GENOME_PARENTS_MAX)
      unpack->failed = 1;
  return CRUCIBLE_OK;
}

crucible_status crucible__memory_load(crucible__memory *memory,
                                      crucible__unpack *unpack) {
  crucible__unpack_mark(unpack, "factory memory");
  memory->n = memory->capacity = crucible__unpack_count(unpack, 24);
  memory->records = crucible__alloc_zero(memory->n, sizeof *memory->records);
  if (memory->records == NULL) {
    memory->n = 0;
    return CRUCIBLE_E_NOMEM;
  }
  for (size_t i = 0; i < memory->n; ++i)
    CRUCIBLE__TRY(load_record(unpack, &memory->records[i]));
  size_t n = crucible__unpack_count(unpack, 24);
  memory->prior = crucible__alloc_zero(n, sizeof *memory->prior);
  if (memory->prior == NULL)
    return CRUCIBLE_E_NOMEM;
  memory->n_prior = n;
  for (size_t i = 0; i < n; ++i) {
    const char *json = crucible__unpack_text(unpack);
    memory->prior[i].value = crucible__unpack_f64(unpack);
    memory->prior[i].study = crucible__unpack_u64(unpack);
    if (unpack->failed)
      break;
    CRUCIBLE__TRY(
        crucible_genome_parse(json, strlen(json), &memory->prior[i].genome));
  }
  return CRUCIBLE_OK;
}
