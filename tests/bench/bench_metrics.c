/* SPDX-License-Identifier: Apache-2.0 */
/* Figures of curves and trades: what one bar and one trade cost. */
#include <math.h>
#include <stdlib.h>

#include <crucible/metrics.h>

#include "bench.h"
#include "stats/return_sums.h"
#include "support/lcg_series.h"

enum { N = 100000, N_QUICK = 3000 };

typedef struct input {
  double *equity;                /* [n + 1] */
  double *benchmark;             /* [n + 1] */
  double *b;                     /* [n] its returns */
  crucible_closed_trade *trades; /* [n] */
  size_t n;
  crucible__return_sums sums;
  crucible_metrics metrics;
  crucible_trade_sums trade_sums;
} input;

static void *room(size_t n, size_t size) {
  void *made = calloc(n, size);
  if (made == NULL)
    abort();
  return made;
}

static void *start(bench_context *context) {
  input *in = room(1, sizeof *in);
  const size_t n = in->n = context->is_quick ? N_QUICK : N;
  in->equity = room(n + 1, sizeof(double));
  in->benchmark = room(n + 1, sizeof(double));
  in->b = room(n, sizeof(double));
  in->trades = room(n, sizeof *in->trades);
  lcg_series("returns", (uint32_t)context->seed, n, in->equity + 1);
  lcg_series("returns", (uint32_t)context->seed + 1, n, in->benchmark + 1);
  in->equity[0] = in->benchmark[0] = 200;
  for (size_t t = 0; t < n; ++t) {
    in->trades[t] = (crucible_closed_trade){.result = 1e3 * in->equity[t + 1],
                                            .entry_notional = 200,
                                            .mae = 0.01,
                                            .mfe = 0.02,
                                            .bars = t % 50,
                                            .side = 1,
                                            .fee = 0.1};
    in->equity[t + 1] = in->equity[t] * (1 + in->equity[t + 1]);
    in->benchmark[t + 1] = in->benchmark[t] * (1 + in->benchmark[t + 1]);
    in->b[t] = in->benchmark[t + 1] / in->benchmark[t] - 1;
  }
  context->work = (double)n;
  return in;
}

static void stop(void *data) {
  input *in = data;
  free(in->equity);
  free(in->benchmark);
  free(in->b);
  free(in->trades);
  free(in);
}

static void pass_push(void *data) {
  input *in = data;
  crucible__return_sums_init(&in->sums, in->equity[0]);
  for (size_t t = 0; t < in->n; ++t)
    crucible__return_sums_push(&in->sums, in->equity[t + 1], in->b[t]);
}

static int check_push(void *data) {
  const input *in = data;
  double sum = 0;
  for (size_t t = 0; t < in->n; ++t)
    sum += in->equity[t + 1] / in->equity[t] - 1;
  return fabs(crucible__lanes_sum(in->sums.r1) - sum) < 1e-10 &&
         in->sums.n == in->n;
}

static void pass_curve(void *data) {
  input *in = data;
  crucible_metrics_options options;
  crucible_metrics_options_init(&options, sizeof options);
  options.benchmark = in->benchmark;
  in->metrics.struct_size = sizeof in->metrics;
  bench_must(
      crucible_metrics_of(in->equity, in->n + 1, &options, &in->metrics));
}

static int check_curve(void *data) {
  const input *in = data;
  return in->metrics.total_return == in->equity[in->n] / in->equity[0] - 1 &&
         isfinite(in->metrics.beta) && isfinite(in->metrics.tail_ratio);
}

static void pass_trades(void *data) {
  input *in = data;
  in->trade_sums = (crucible_trade_sums){0};
  for (size_t i = 0; i < in->n; ++i)
    bench_must(crucible_trade_sums_push(&in->trade_sums, &in->trades[i]));
}

static int check_trades(void *data) {
  const input *in = data;
  double sum = 0;
  for (size_t i = 0; i < in->n; ++i)
    sum += in->trades[i].result;
  return fabs(in->trade_sums.total - sum) < 1e-9 && in->trade_sums.n == in->n;
}

extern const bench_case bench_metrics[];
const bench_case bench_metrics[] = {
    {"push_bar", "ns", start, pass_push, 0, check_push, stop},
    {"curve_per_bar", "ns", start, pass_curve, 0, check_curve, stop},
    {"push_trade", "ns", start, pass_trades, 0, check_trades, stop},
    {0}};
