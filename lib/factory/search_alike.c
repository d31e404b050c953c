/* SPDX-License-Identifier: Apache-2.0 */
/* How much alike positions are: one column per base bar of the holdout. */
#include <math.h>

#include "base/base_alloc.h"
#include "base/base_status.h"
#include "base/pool.h"
#include "factory/search_job.h"

void crucible__positions_spread(const crucible__lane *base,
                                const crucible__lane *lane, size_t begin,
                                const double *positions, double *held) {
  size_t first = base->end - base->holdout_bars, at = begin;
  for (size_t i = first; i < base->end; ++i) {
    int64_t close = base->bars.open_time_ms[i] + base->bars.timeframe_ms;
    /* at: one past the last bar that has closed by then */
    while (at < lane->end &&
           lane->bars.open_time_ms[at] + lane->bars.timeframe_ms <= close)
      ++at;
    held[i - first] = at > begin ? positions[at - 1 - begin] : 0;
  }
}

double crucible__positions_correlation(const double *a, const double *b,
                                       size_t n) {
  double mean_a = 0, mean_b = 0, aa = 0, bb = 0, ab = 0;
  int changes_a = 0, changes_b = 0;
  for (size_t i = 0; i < n; ++i) {
    mean_a += a[i];
    mean_b += b[i];
    changes_a |= a[i] != a[0];
    changes_b |= b[i] != b[0];
  }
  if (!changes_a || !changes_b)
    return 0;
  mean_a /= (double)n;
  mean_b /= (double)n;
  for (size_t i = 0; i < n; ++i) {
    aa += (a[i] - mean_a) * (a[i] - mean_a);
    bb += (b[i] - mean_b) * (b[i] - mean_b);
    ab += (a[i] - mean_a) * (b[i] - mean_b);
  }
  double r = ab / (sqrt(aa) * sqrt(bb));
  return isfinite(r) ? fmax(-1, fmin(1, r)) : 0;
}

/* ---- of the living ---- */

typedef struct living_job {
  crucible__search_job *job;
  double *held;
} living_job;

static crucible_status positions_of(crucible__search_job *job,
                                    const crucible_living *living,
                                    double *held) {
  crucible_genes genes = {.struct_size = sizeof genes};
  CRUCIBLE__TRY(crucible_genome_genes(living->genome, &genes));
  const crucible__lane *base = &job->lanes[0];
  const crucible__lane *lane = crucible__search_lane(job, genes.timeframe_ms);
  crucible_forge_times times = {0};
  crucible_forge_data data;
  crucible__search_forge_data(job, lane, &times, &data);
  data.begin =
      data.end > lane->holdout_bars ? data.end - lane->holdout_bars : 0;
  size_t n = data.end - data.begin;
  double *positions = crucible__alloc_zero(n, sizeof *positions);
  if (positions == NULL)
    return CRUCIBLE_E_NOMEM;
  crucible_status status = crucible_forge_positions(
      living->genome, living->model, living->model_bytes, living->plan, &data,
      positions);
  /* without its features it cannot trade: it holds nothing */
  if (status == CRUCIBLE_E_UNSUPPORTED)
    status = CRUCIBLE_OK;
  if (status == CRUCIBLE_OK)
    crucible__positions_spread(base, lane, data.begin, positions, held);
  crucible__free(positions);
  return status;
}

static crucible_status one_living(size_t i, uint32_t worker, void *data) {
  living_job *l = data;
  (void)worker;
  crucible_status status = positions_of(
      l->job, &l->job->living[i], l->held + i * l->job->lanes[0].holdout_bars);
  return status == CRUCIBLE_OK
             ? status
             : crucible__fail_at(status, "request.living[%zu]", i);
}

crucible_status crucible__search_living(crucible__search_job *job,
                                        double *held) {
  living_job l = {job, held};
  return crucible__pool_run(job->pool, job->request.n_living, one_living, &l,
                            job->cancel);
}
