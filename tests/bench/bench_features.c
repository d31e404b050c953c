/* SPDX-License-Identifier: Apache-2.0 */
/* Features with their defaults on recorded bars: ns for one value. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <crucible/features.h>
#include <crucible/series.h>

#include "bench.h"

/* A year of bars with all columns; where there are no shared data, the small
   sample of the repository. */
static const char shared_file[] =
    "data/klines/spot-5m-full/BTCUSDT-5m-2023-10_2024-08.csv.gz";
static const char sample_file[] =
    "examples/data/BTCUSDT-5m-2023-03-20_2023-03-28.csv";

typedef struct input {
  crucible_series *series;
  crucible_bars bars;
  crucible_feature_spec *specs;
  size_t n;
  double *values; /* [n * bars.n] of the batch */
  double *row;    /* [n] of the last step */
  crucible_feature_set *set;
  crucible_pool *pool;
} input;

static uint32_t columns_of(const crucible_bars *bars) {
  uint32_t has = 0;
  has |= bars->quote_volume ? (uint32_t)CRUCIBLE_NEEDS_QUOTE_VOLUME : 0;
  has |= bars->trades ? (uint32_t)CRUCIBLE_NEEDS_TRADES : 0;
  has |= bars->taker_buy_base ? (uint32_t)CRUCIBLE_NEEDS_TAKER_BUY_BASE : 0;
  return has;
}

/* only NULL: all features that the bars have the columns for. */
static void choose(input *in, const char *only) {
  size_t count = crucible_feature_count();
  in->specs = calloc(count, sizeof *in->specs);
  for (size_t i = 0; i < count; ++i) {
    crucible_feature_info info = {.struct_size = sizeof info};
    bench_must(crucible_feature_at(i, &info));
    if ((info.needs & ~columns_of(&in->bars)) != 0 ||
        (only != NULL && strcmp(only, info.name) != 0))
      continue;
    in->specs[in->n].name = info.name;
    for (size_t p = 0; p < CRUCIBLE_FEATURE_PARAMS_MAX; ++p)
      in->specs[in->n].params[p] = (double)NAN;
    in->n += 1;
  }
}

static void *open_input(bench_context *context, const char *only,
                        uint32_t threads) {
  input *in = calloc(1, sizeof *in);
  int is_shared = context->shared != NULL && !context->is_quick;
  char path[1024];
  (void)snprintf(path, sizeof path, "%s/%s",
                 is_shared ? context->shared : context->source,
                 is_shared ? shared_file : sample_file);
  bench_must(crucible_series_read_csv(path, NULL, &in->series));
  in->bars.struct_size = sizeof in->bars;
  bench_must(crucible_series_view(in->series, &in->bars));
  choose(in, only);
  if (in->n == 0) {
    (void)snprintf(context->reason, sizeof context->reason,
                   "the bars lack a column");
    crucible_series_destroy(in->series);
    free(in->specs);
    free(in);
    return NULL;
  }
  in->values = calloc(in->n * in->bars.n, sizeof *in->values);
  in->row = calloc(in->n, sizeof *in->row);
  bench_must(crucible_feature_set_create(in->specs, in->n,
                                         columns_of(&in->bars),
                                         in->bars.timeframe_ms, &in->set));
  if (threads > 1)
    bench_must(crucible_pool_create(threads, &in->pool));
  context->work = (double)in->n * (double)in->bars.n;
  return in;
}

static void stop(void *data) {
  input *in = data;
  crucible_pool_destroy(in->pool);
  crucible_feature_set_destroy(in->set);
  crucible_series_destroy(in->series);
  free(in->specs);
  free(in->values);
  free(in->row);
  free(in);
}

static void pass_batch(void *data) {
  input *in = data;
  bench_must(crucible_features_compute(in->specs, in->n, &in->bars, in->pool,
                                       in->values));
  bench_keep(in->values[in->n * in->bars.n - 1]);
}

static double cell(const double *column, size_t i) {
  return column ? column[i] : (double)NAN;
}

static void pass_push(void *data) {
  input *in = data;
  const crucible_bars *b = &in->bars;
  crucible_feature_set_reset(in->set);
  for (size_t i = 0; i < b->n; ++i) {
    crucible_bar bar = {b->open_time_ms[i],
                        b->open[i],
                        b->high[i],
                        b->low[i],
                        b->close[i],
                        b->volume[i],
                        cell(b->quote_volume, i),
                        cell(b->trades, i),
                        cell(b->taker_buy_base, i)};
    bench_must(crucible_feature_set_push(in->set, &bar, in->row));
  }
  bench_keep(in->row[in->n - 1]);
}

static uint64_t bits_of(double x) {
  uint64_t bits;
  memcpy(&bits, &x, sizeof bits);
  return bits;
}

/* Batch and steps end with the same numbers, to the bit. */
static int check(void *data) {
  input *in = data;
  pass_batch(data);
  pass_push(data);
  for (size_t j = 0; j < in->n; ++j) {
    double last = in->values[(j + 1) * in->bars.n - 1];
    if (!isfinite(last) || bits_of(last) != bits_of(in->row[j]))
      return 0;
  }
  return 1;
}

static void *start_all(bench_context *context) {
  return open_input(context, NULL, 1);
}

static void *start_all_on_2(bench_context *context) {
  return open_input(context, NULL, 2);
}

/* One feature of each way to go over a window. */
#define EACH(XX)                                                               \
  XX(AUTOCORREL)                                                               \
  XX(CCI)                                                                      \
  XX(EMA)                                                                      \
  XX(FRACDIFF)                                                                 \
  XX(KURT)                                                                     \
  XX(LINEARREG)                                                                \
  XX(LOGRET)                                                                   \
  XX(MAX)                                                                      \
  XX(PERCENTRANK)                                                              \
  XX(RSI)                                                                      \
  XX(SMA)                                                                      \
  XX(STDDEV)                                                                   \
  XX(YANG_ZHANG)

#define START(id)                                                              \
  static void *start_##id(bench_context *context) {                            \
    return open_input(context, #id, 1);                                        \
  }
EACH(START)
#undef START

extern const bench_case bench_features[];
const bench_case bench_features[] = {
    {"batch_all", "ns", start_all, pass_batch, 0, check, stop},
    {"batch_all_2_threads", "ns", start_all_on_2, pass_batch, 0, check, stop},
    {"push_all", "ns", start_all, pass_push, 0, check, stop},
#define CASE(id) {"batch_" #id, "ns", start_##id, pass_batch, 0, check, stop},
    EACH(CASE)
#undef CASE
        {0}};
