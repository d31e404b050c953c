/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a report holds, and how its readers read. All of it lies in pieces of
 * memory that end together; a list is one query over a whole table, ordered so
 * that what belongs to one study or one agent stands side by side.
 */
#ifndef CRUCIBLE__JOURNAL_REPORT_H
#define CRUCIBLE__JOURNAL_REPORT_H

#include <stddef.h>
#include <stdint.h>

#include <crucible/report.h>

#include "store/store_sql.h"
#include "tournament/journal.h"
#include "tournament/journal_rows.h"

/* DNA of the journal with what its lineage says. */
typedef struct crucible__report_genome {
  const char *id, *json;
  const char *parents[CRUCIBLE_GENOME_PARENTS_MAX];
  uint32_t n_parents, generation;
} crucible__report_genome;

/* Orders or trades as columns that this room owns: the public view comes
   first, its pointers lead to memory of ours. */
typedef struct crucible__report_columns {
  union {
    crucible_orders orders;
    crucible_trades trades;
  } view;
  uint32_t *agent; /* what the view calls column */
} crucible__report_columns;

typedef struct crucible__report_agent {
  crucible_report_agent head;
  uint64_t first_bar; /* of the curve */
  crucible__report_columns orders, trades;
} crucible__report_agent;

/* A training without its folds, which would be most of it: they lie in the
   report's list of folds. */
typedef struct crucible__report_forging {
  uint64_t study, trial;
  size_t first_fold, n_folds; /* the holdout's, if there is one, comes first */
  _Alignas(crucible_forge_report) unsigned char head[offsetof(
      crucible_forge_report, folds)];
} crucible__report_forging;

typedef struct crucible__report_fold {
  uint64_t study, trial;
  int64_t number;
  crucible_fold fold;
} crucible__report_fold;

typedef struct crucible__report_trial {
  uint64_t study;
  const crucible__report_forging *forging; /* NULL: none */
  crucible_report_trial head;
} crucible__report_trial;

typedef struct crucible__report_replacement {
  uint64_t study;
  crucible_report_replacement head;
  crucible_report_gene *genes;
} crucible__report_replacement;

/* Elite DNA that a study began with. */
typedef struct crucible__report_seed {
  uint64_t study;
  crucible_report_elite head;
} crucible__report_seed;

typedef struct crucible__report_turned_down {
  uint64_t study;
  crucible_turned_down head;
} crucible__report_turned_down;

typedef struct crucible__report_study {
  crucible_report_study head;
  crucible__report_seed *seeds;
  crucible__report_trial *trials;
  crucible__report_replacement *replacements;
  crucible__report_turned_down *turned_down;
} crucible__report_study;

typedef struct crucible__report_part {
  const char *name;
  uint64_t n;
  int64_t ns;
} crucible__report_part;

typedef struct crucible__report_piece crucible__report_piece;

struct crucible_report {
  crucible__report_piece *pieces;
  crucible_report_head head;
  double cash;        /* of each account, from the configuration */
  uint64_t first_bar; /* of times */
  int64_t *times;     /* [n_times] closes of the bars traded */
  double *holder;     /* [n_times] */
  size_t n_times;
  crucible__report_genome *genomes;           /* by id */
  crucible__report_agent *agents;             /* [head.n_agents] by number */
  crucible__report_study *studies;            /* [head.n_studies] by number */
  crucible__report_forging *forgings;         /* by study and trial */
  crucible__report_fold *folds;               /* likewise, then by number */
  crucible__report_trial *trials;             /* of all studies */
  crucible__report_replacement *replacements; /* of all studies */
  crucible_report_verdict *verdicts;
  crucible_report_event *events;
  crucible_report_elite *pool, *offers;
  crucible_report_generation *generations;
  crucible__report_part *parts;
  uint32_t *correlated; /* [head.n_correlated] numbers of agents */
  double *correlations;
  size_t n_genomes, n_forgings, n_folds, n_trials, n_replacements;
};

/* ---- memory: all of it ends with the report ---- */

/* n * size zero bytes; NULL and the error's text on failure. */
void *crucible__report_take(crucible_report *report, size_t n, size_t size);
/* A copy; *copy is left alone on failure. */
crucible_status crucible__report_copy(crucible_report *report, const char *text,
                                      const char **copy);
void crucible__report_free_pieces(crucible_report *report);

/* ---- reading ---- */

/* Rows of one table: columns of its own, then those of a struct. */
typedef struct crucible__report_query {
  const char *own;          /* columns */
  const crucible__row *row; /* further columns; NULL: none */
  const char *from;         /* table, and WHERE with ?1 for the key */
  const char *order;        /* columns; NULL: the order does not matter */
  int64_t key;
} crucible__report_query;

/* Takes the present row into an item. */
typedef crucible_status (*crucible__report_take_cb)(crucible_report *report,
                                                    crucible__statement *s,
                                                    void *item);

/* Reads all rows into items of a size, zero at first. *items is [*n]. */
crucible_status crucible__report_list(crucible_report *report,
                                      crucible_store *store,
                                      const crucible__report_query *query,
                                      crucible__report_take_cb take,
                                      size_t size, void *items, size_t *n);
/* Reads at most one row; *found may be NULL where none is a damaged journal,
   which then lacks what. */
crucible_status crucible__report_one(crucible_report *report,
                                     crucible_store *store,
                                     const crucible__report_query *query,
                                     crucible__report_take_cb take, void *item,
                                     const char *what, int *found);
/* Text of a column. */
crucible_status crucible__report_text(crucible_report *report,
                                      crucible__statement *s, int column,
                                      const char **text);
/* Runs a query that gives one whole number. */
crucible_status crucible__report_number(crucible_store *store, const char *sql,
                                        int64_t *number);

/* ---- the readers, in the order in which they need each other ---- */

crucible_status crucible__report_read_head(crucible_report *report,
                                           crucible_store *store);
crucible_status crucible__report_read_genomes(crucible_report *report,
                                              crucible_store *store);
crucible_status crucible__report_read_curves(crucible_report *report,
                                             crucible_store *store);
crucible_status crucible__report_read_studies(crucible_report *report,
                                              crucible_store *store);
crucible_status crucible__report_read_elites(crucible_report *report,
                                             crucible_store *store);
crucible_status crucible__report_read_agents(crucible_report *report,
                                             crucible_store *store);
/* What follows from what was read. */
crucible_status crucible__report_add_lineage(crucible_report *report);
crucible_status crucible__report_add_totals(crucible_report *report);
crucible_status crucible__report_add_correlation(crucible_report *report);
crucible_status crucible__report_add_generations(crucible_report *report);

/* NULL if it is not there. */
const crucible__report_genome *
crucible__report_genome_of(const crucible_report *report, const char *id);
/* NULL if the trial was not trained. */
const crucible__report_forging *
crucible__report_forging_of(const crucible_report *report, uint64_t study,
                            uint64_t trial);
/* The whole of it. */
void crucible__report_whole_forging(const crucible_report *report,
                                    const crucible__report_forging *forging,
                                    crucible_forge_report *whole);
/* The equity of account agent at each close; *first_bar is that of the first
   block. */
crucible_status crucible__report_read_curve(crucible_report *report,
                                            crucible_store *store,
                                            int64_t agent, double **equity,
                                            size_t *n, uint64_t *first_bar);

#endif
