/* SPDX-License-Identifier: Apache-2.0 */
/* What picking among many trials costs to judge. */
#include <math.h>
#include <stdlib.h>

#include <crucible/selection.h>

#include "bench.h"
#include "support/lcg_series.h"

enum { T = 2000, N = 5000, T_QUICK = 160, N_QUICK = 60 };

typedef struct input {
  double *data;
  crucible_matrix returns;
  crucible_pool *pool;
  crucible_pbo_result pbo;
  double effective;
  crucible_trials_clusters_result clusters;
  crucible_reality_check_result checked;
} input;

static input *start(bench_context *context, uint32_t threads, size_t share) {
  input *in = calloc(1, sizeof *in);
  const size_t rows = context->is_quick ? T_QUICK : T / share;
  const size_t cols = context->is_quick ? N_QUICK : N / share;
  if (in == NULL)
    abort();
  in->data = malloc(rows * cols * sizeof *in->data);
  if (in->data == NULL)
    abort();
  lcg_series("returns", (uint32_t)context->seed, rows * cols, in->data);
  in->returns = (crucible_matrix){in->data, rows, cols, 1, (ptrdiff_t)rows};
  bench_must(crucible_pool_create(threads, &in->pool));
  context->work = 1;
  return in;
}

static void *start_alone(bench_context *context) {
  return start(context, 1, 1);
}
static void *start_two(bench_context *context) { return start(context, 2, 1); }

static void *start_small(bench_context *context) {
  return start(context, 1, 5);
}

static void stop(void *data) {
  input *in = data;
  crucible_pool_destroy(in->pool);
  free(in->data);
  free(in);
}

static void pass_pbo(void *data) {
  input *in = data;
  crucible_pbo_options options;
  crucible_pbo_options_init(&options, sizeof options);
  options.pool = in->pool;
  in->pbo.struct_size = sizeof in->pbo;
  bench_must(crucible_pbo(&in->returns, &options, &in->pbo, NULL, 0));
}

/* Trials without skill: the best of them is as good as any out of sample. */
static int check_pbo(void *data) {
  const input *in = data;
  return in->pbo.n_combinations == 12870 && in->pbo.pbo > 0.1 &&
         in->pbo.pbo <= 1 && fabs(in->pbo.mean_logit) < 3;
}

static void pass_rank(void *data) {
  input *in = data;
  bench_must(crucible_trials_effective_rank(&in->returns, in->pool, NULL,
                                            &in->effective));
}

/* Independent trials of T observations span at most T - 1 directions. */
static int check_rank(void *data) {
  const input *in = data;
  const double most =
      (double)(in->returns.rows < in->returns.cols ? in->returns.rows - 1
                                                   : in->returns.cols);
  return in->effective > most / 2 && in->effective < most;
}

static void pass_clusters(void *data) {
  input *in = data;
  in->clusters.struct_size = sizeof in->clusters;
  bench_must(crucible_trials_clusters(&in->returns, NULL, &in->clusters, NULL));
}

/* There are none to find. */
static int check_clusters(void *data) {
  const input *in = data;
  return in->clusters.n_clusters >= 2 && fabs(in->clusters.silhouette) < 0.2;
}

static void pass_reality(void *data) {
  input *in = data;
  crucible_reality_check_options options;
  crucible_reality_check_options_init(&options, sizeof options);
  options.n_resamples = 100;
  in->checked.struct_size = sizeof in->checked;
  bench_must(crucible_reality_check(&in->returns, &options, &in->checked));
}

static int check_reality(void *data) {
  const input *in = data;
  return in->checked.p_lower <= in->checked.p_consistent &&
         in->checked.p_consistent <= in->checked.p_upper;
}

extern const bench_case bench_selection[];
const bench_case bench_selection[] = {
    {"pbo_5000_trials_16_blocks", "ms", start_alone, pass_pbo, 0, check_pbo,
     stop},
    {"pbo_5000_trials_2_threads", "ms", start_two, pass_pbo, 0, check_pbo,
     stop},
    {"effective_rank_5000_x_2000", "ms", start_alone, pass_rank, 0, check_rank,
     stop},
    {"effective_rank_2_threads", "ms", start_two, pass_rank, 0, check_rank,
     stop},
    {"clusters_1000_x_400", "ms", start_small, pass_clusters, 0, check_clusters,
     stop},
    {"spa_5000_x_2000_100_resamples", "ms", start_alone, pass_reality, 0,
     check_reality, stop},
    {0}};
