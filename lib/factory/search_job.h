/* SPDX-License-Identifier: Apache-2.0 */
/* One search while it runs, and what is left of it. */
#ifndef CRUCIBLE__SEARCH_JOB_H
#define CRUCIBLE__SEARCH_JOB_H

#include <stddef.h>
#include <stdint.h>

#include <crucible/factory.h>

#include "factory/factory_state.h"

/* ---- what is left ---- */

typedef struct crucible__searched {
  crucible_factory_trial row; /* genome and report point to those below */
  crucible_genome *genome;
  crucible_forge_report *report;
  crucible_forged *forged; /* of the folds: its trades */
} crucible__searched;

typedef struct crucible__winner {
  crucible_replacement row;
  crucible_forge_report report;
  crucible_plan plan;
  crucible_forged *deployed; /* owns the model's bytes */
} crucible__winner;

struct crucible_search {
  const crucible_factory *factory; /* to be admitted to; never looked into */
  crucible_search_report report;
  crucible__searched *trials; /* [report.n_trials] */
  crucible__winner *winners;  /* [report.n_replacements] */
  crucible_turned_down *down; /* [report.n_turned_down], room for all */
};

/* ---- while it runs ---- */

enum { CRUCIBLE__LANES_MAX = 16 };

/* One timeframe. */
typedef struct crucible__lane {
  crucible_market market;
  crucible_bars bars;
  crucible_feature_cache *cache;
  size_t begin, end;   /* the window, holdout included */
  size_t holdout_bars; /* of this timeframe */
} crucible__lane;

typedef struct crucible__search_job {
  const crucible_factory *factory;
  crucible_factory_request request;
  crucible_elite *elites;  /* [request.n_elites] */
  crucible_living *living; /* [request.n_living] */
  crucible_pool *pool;
  const crucible_cancel *cancel;
  crucible_search *search;
  crucible__lane lanes[CRUCIBLE__LANES_MAX];
  uint32_t n_lanes;
  crucible_study *study;
  crucible_sampler *sampler;
  crucible_pruner *pruner;
  const crucible__prior **prior; /* [n_prior] those that entered */
  size_t n_prior;
  uint64_t study_seed, forge_seed;
  uint64_t n_done;        /* trials that ended */
  crucible__known *known; /* [n_known] of the trials, once all ended */
  size_t n_known;
  uint64_t *ancestors; /* [n_ancestors] studies */
  size_t n_ancestors;
} crucible__search_job;

/* Of a timeframe; NULL: there is none. */
crucible__lane *crucible__search_lane(crucible__search_job *job,
                                      int64_t timeframe_ms);

void crucible__search_progress(const crucible__search_job *job);

/* What a forging of these stages runs on; times are the caller's. */
void crucible__search_forge_data(const crucible__search_job *job,
                                 const crucible__lane *lane,
                                 crucible_forge_times *times,
                                 crucible_forge_data *data);
void crucible__search_forge_options(const crucible__search_job *job,
                                    const crucible__lane *lane, uint32_t stages,
                                    crucible_forge_options *options);
/* What one genome alone is to blame for; the rest ends the search. */
int crucible__is_genomes_fault(crucible_status status);
void crucible__search_add_times(crucible_search *search,
                                const crucible_forge_times *times);

/* The study: elites, prior, batches. */
crucible_status crucible__search_study(crucible__search_job *job);

/* N, V, effective N, bars that ancestors traded. */
crucible_status crucible__search_count(crucible__search_job *job);
/* Of a winner, from its report and the search's N and V. */
void crucible__search_deflate(const crucible__search_job *job,
                              crucible__winner *winner);
/* Of bars [begin, end) of a lane: those that the genome of a trial, or an
   ancestor of it, traded live. */
crucible_status crucible__search_lived(const crucible__search_job *job,
                                       const crucible__lane *lane,
                                       const crucible_genome *genome,
                                       size_t begin, size_t end, uint64_t *n);

/* Replacements. */
crucible_status crucible__search_pick(crucible__search_job *job);

/* ---- positions ---- */

/* Positions per base bar of the holdout from those of a lane's bars
   [begin, end): what was held at each base bar's close. held: [holdout]. */
void crucible__positions_spread(const crucible__lane *base,
                                const crucible__lane *lane, size_t begin,
                                const double *positions, double *held);

/* Pearson's; 0 if one of the two never changes. */
double crucible__positions_correlation(const double *a, const double *b,
                                       size_t n);

/* [holdout of the base lane] of every living agent, one after the other. */
crucible_status crucible__search_living(crucible__search_job *job,
                                        double *held);

#endif
