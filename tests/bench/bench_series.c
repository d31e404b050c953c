/* SPDX-License-Identifier: Apache-2.0 */
/* Reading, writing and resampling of recorded bars. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <crucible/series.h>

#include "bench.h"

/* A file of all 11 columns, and one whose last four are empty; where there are
   no shared data, the small sample of the repository. MB are of plain text. */
static const char full_file[] =
    "data/klines/spot-5m-full/BTCUSDT-5m-2023-10_2024-08.csv.gz";
static const char short_file[] = "data/klines/spot-5m/BTCUSDT-5m-2023.csv.gz";
static const char sample_file[] =
    "examples/data/BTCUSDT-5m-2023-03-20_2023-03-28.csv";

typedef struct input {
  crucible_series *series; /* what was read first */
  uint8_t digest[32];
  char path[64]; /* written copy */
  char *text;    /* its content */
  size_t n_text;
  crucible_series *result; /* of the last pass */
} input;

static crucible_bars view_of(const crucible_series *series) {
  crucible_bars bars = {.struct_size = sizeof bars};
  bench_must(crucible_series_view(series, &bars));
  return bars;
}

static void load(input *in) {
  FILE *file = fopen(in->path, "rb");
  if (file == NULL || fseek(file, 0, SEEK_END) != 0)
    abort();
  in->n_text = (size_t)ftell(file);
  rewind(file);
  in->text = malloc(in->n_text);
  if (in->text == NULL || fread(in->text, 1, in->n_text, file) != in->n_text)
    abort();
  (void)fclose(file);
}

/* The recorded file as it is, unpacked; the sample where it is not there. */
static input *open_input(bench_context *context, const char *file) {
  input *in = calloc(1, sizeof *in);
  char path[1024];
  if (in == NULL)
    abort();
  if (context->shared != NULL && !context->is_quick) {
    (void)snprintf(path, sizeof path, "gzip -dc '%s/%s' > BTCUSDT-bench.csv",
                   context->shared, file);
  } else {
    (void)snprintf(path, sizeof path, "cp '%s/%s' BTCUSDT-bench.csv",
                   context->source, sample_file);
  }
  if (system(path) != 0)
    abort();
  (void)snprintf(in->path, sizeof in->path, "BTCUSDT-bench.csv");
  bench_must(crucible_series_read_csv(in->path, NULL, &in->series));
  const crucible_bars bars = view_of(in->series);
  bench_must(crucible_bars_hash(&bars, in->digest));
  load(in);
  context->work = (double)in->n_text / 1e6;
  return in;
}

static void *start_full(bench_context *context) {
  return open_input(context, full_file);
}

static void *start_short(bench_context *context) {
  return open_input(context, short_file);
}

static void *start_gzip(bench_context *context) {
  input *in = open_input(context, full_file);
  const crucible_bars bars = view_of(in->series);
  (void)remove(in->path);
  (void)snprintf(in->path, sizeof in->path, "BTCUSDT-bench.csv.gz");
  bench_must(crucible_bars_write_csv(&bars, in->path));
  return in;
}

static void *start_resample(bench_context *context) {
  input *in = open_input(context, full_file);
  context->work = (double)view_of(in->series).n / 1e6;
  return in;
}

static void stop(void *data) {
  input *in = data;
  (void)remove(in->path);
  crucible_series_destroy(in->series);
  crucible_series_destroy(in->result);
  free(in->text);
  free(in);
}

static void keep(input *in, crucible_series *result) {
  crucible_series_destroy(in->result);
  in->result = result;
}

static void pass_parse(void *data) {
  input *in = data;
  crucible_series *series;
  bench_must(
      crucible_series_parse_csv(in->text, in->n_text, in->path, NULL, &series));
  keep(in, series);
}

static void pass_read(void *data) {
  input *in = data;
  crucible_series *series;
  bench_must(crucible_series_read_csv(in->path, NULL, &series));
  keep(in, series);
}

static void pass_write(void *data) {
  input *in = data;
  const crucible_bars bars = view_of(in->series);
  bench_must(crucible_bars_write_csv(&bars, in->path));
}

static void pass_resample(void *data) {
  input *in = data;
  crucible_series *coarse;
  bench_must(crucible_series_resample(
      in->series, 3 * view_of(in->series).timeframe_ms, &coarse));
  keep(in, coarse);
}

/* The same bars as were read first, whose digest the unit tests know. */
static int check_digest(void *data) {
  input *in = data;
  uint8_t digest[32];
  const crucible_bars bars = view_of(in->result);
  bench_must(crucible_bars_hash(&bars, digest));
  return memcmp(digest, in->digest, sizeof digest) == 0;
}

static int check_written(void *data) {
  pass_read(data);
  return check_digest(data);
}

static double trades_of(const crucible_bars *bars) {
  double sum = 0;
  for (size_t i = 0; i < bars->n; ++i)
    sum += bars->trades[i];
  return sum;
}

/* No trade is lost: the files begin and end with whole days. */
static int check_resampled(void *data) {
  input *in = data;
  const crucible_bars fine = view_of(in->series), bars = view_of(in->result);
  double difference = trades_of(&fine) - trades_of(&bars);
  return bars.n >= fine.n / 3 && bars.n <= fine.n &&
         crucible_bars_validate(&bars) == CRUCIBLE_OK && difference <= 0 &&
         difference >= 0;
}

extern const bench_case bench_series[];
const bench_case bench_series[] = {
    {"csv_parse_11_columns", "MB/s", start_full, pass_parse, 0, check_digest,
     stop},
    {"csv_parse_6_columns", "MB/s", start_short, pass_parse, 0, check_digest,
     stop},
    {"csv_read_file", "MB/s", start_full, pass_read, 0, check_digest, stop},
    {"csv_read_gzip", "MB/s", start_gzip, pass_read, 0, check_digest, stop},
    {"csv_write", "MB/s", start_full, pass_write, 0, check_written, stop},
    {"resample_5m_15m", "Mbar/s", start_resample, pass_resample, 0,
     check_resampled, stop},
    {0}};
