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
} input;

static input *start(bench_context *context, uint32_t threads) {
  input *in = calloc(1, sizeof *in);
  const size_t rows = context->is_quick ? T_QUICK : T;
  const size_t cols = context->is_quick ? N_QUICK : N;
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

static void *start_alone(bench_context *context) { return start(context, 1); }
static void *start_two(bench_context *context) { return start(context, 2); }

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

extern const bench_case bench_selection[];
const bench_case bench_selection[] = {{"pbo_5000_trials_16_blocks", "ms",
                                       start_alone, pass_pbo, 0, check_pbo,
                                       stop},
                                      {"pbo_5000_trials_2_threads", "ms",
                                       start_two, pass_pbo, 0, check_pbo, stop},
                                      {0}};
