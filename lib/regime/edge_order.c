/* SPDX-License-Identifier: Apache-2.0 */
/* Merge sort: runs in parallel, then merges in parallel while there are any. */
#include <string.h>

#include "base/base_status.h"
#include "base/pool.h"
#include "regime/boruvka.h"

enum { RUN = 8192, SMALL = 16 };

typedef struct edge_job {
  crucible__edge *from, *to;
  size_t n, width;
} edge_job;

static void merge(const crucible__edge *a, size_t n_a, const crucible__edge *b,
                  size_t n_b, crucible__edge *to) {
  const crucible__edge *a_end = a + n_a, *b_end = b + n_b;
  while (a < a_end && b < b_end)
    *to++ = crucible__edge_before(b, a) ? *b++ : *a++;
  while (a < a_end)
    *to++ = *a++;
  while (b < b_end)
    *to++ = *b++;
}

static void insertion_sort(crucible__edge *edges, size_t n) {
  for (size_t i = 1; i < n; ++i) {
    crucible__edge kept = edges[i];
    size_t k = i;
    for (; k > 0 && crucible__edge_before(&kept, &edges[k - 1]); --k)
      edges[k] = edges[k - 1];
    edges[k] = kept;
  }
}

/* One width of merges, from and to by turns. */
static void merge_width(crucible__edge *from, crucible__edge *to, size_t n,
                        size_t width) {
  for (size_t i = 0; i < n; i += 2 * width) {
    size_t n_a = n - i < width ? n - i : width;
    size_t n_b = n - i - n_a < width ? n - i - n_a : width;
    merge(from + i, n_a, from + i + n_a, n_b, to + i);
  }
}

/* SMALL, 2 SMALL, .. RUN is an odd number of doublings away: ends in to. */
static crucible_status sort_run(size_t i, uint32_t worker, void *data) {
  (void)worker;
  edge_job *job = data;
  size_t first = i * RUN, n = job->n - first < RUN ? job->n - first : RUN;
  crucible__edge *from = job->from + first, *to = job->to + first;
  for (size_t k = 0; k < n; k += SMALL)
    insertion_sort(from + k, n - k < SMALL ? n - k : SMALL);
  for (size_t width = SMALL; width < RUN; width *= 2) {
    merge_width(from, to, n, width);
    crucible__edge *turn = from;
    from = to;
    to = turn;
  }
  return CRUCIBLE_OK;
}

static crucible_status merge_pair(size_t i, uint32_t worker, void *data) {
  (void)worker;
  edge_job *job = data;
  size_t first = i * 2 * job->width;
  size_t n = job->n - first;
  n = n < 2 * job->width ? n : 2 * job->width;
  merge_width(job->from + first, job->to + first, n, job->width);
  return CRUCIBLE_OK;
}

crucible_status crucible__edges_sort(crucible__edge *edges,
                                     crucible__edge *spare, size_t n,
                                     crucible_pool *pool) {
  edge_job job = {.from = edges, .to = spare, .n = n, .width = RUN};
  CRUCIBLE__TRY(
      crucible__pool_run(pool, (n + RUN - 1) / RUN, sort_run, &job, NULL));
  job.from = spare; /* nine doublings */
  job.to = edges;
  for (; job.width < n; job.width *= 2) {
    size_t pairs = (n + 2 * job.width - 1) / (2 * job.width);
    CRUCIBLE__TRY(crucible__pool_run(pool, pairs, merge_pair, &job, NULL));
    crucible__edge *turn = job.from;
    job.from = job.to;
    job.to = turn;
  }
  if (job.from != edges)
    memcpy(edges, job.from, n * sizeof *edges);
  return CRUCIBLE_OK;
}
