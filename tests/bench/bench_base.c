/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers as text, JSON, SHA-256, random streams, and handing jobs to the
   pool. Each is checked against an independent way to the same result. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/numtext.h"
#include "base/pool.h"
#include "base/rng.h"
#include "base/sha256.h"
#include "bench.h"

typedef struct numbers {
  double *value; /* [n] as a market has them, 0 to 8 digits after the point */
  size_t n;
  crucible__text text;    /* one a line */
  crucible__json *parsed; /* of the last pass */
  double sum;             /* of the last pass */
} numbers;

static void stop_numbers(void *data) {
  numbers *d = data;
  crucible__json_free(d->parsed);
  crucible__text_free(&d->text);
  free(d->value);
  free(d);
}

static numbers *make_numbers(bench_context *context) {
  numbers *d = calloc(1, sizeof *d);
  if (d == NULL)
    abort();
  d->n = context->is_quick ? 1000 : 500000;
  d->value = malloc(d->n * sizeof(double));
  if (d->value == NULL)
    abort();
  crucible__rng rng;
  crucible__rng_init(&rng, context->seed, CRUCIBLE__RNG_TEST, 1);
  for (size_t i = 0; i < d->n; ++i) {
    char fixed[CRUCIBLE__DOUBLE_TEXT * 12];
    double x = exp2(30 * crucible__rng_uniform(&rng) - 4);
    int digits = (int)crucible__rng_below(&rng, 9);
    (void)crucible__write_fixed(x, digits, fixed);
    d->value[i] = strtod(fixed, NULL); /* the bench runs in the C locale */
    crucible__text_add(&d->text, fixed);
    crucible__text_add(&d->text, "\n");
  }
  return d;
}

/* --- reading and printing ------------------------------------------------- */

static void *start_read(bench_context *context) {
  numbers *d = make_numbers(context);
  context->work = (double)d->text.length / 1e6;
  return d;
}

static void pass_read(void *data) {
  numbers *d = data;
  const char *p = d->text.data, *end = p + d->text.length;
  double sum = 0, x;
  while (p < end) {
    p = crucible__read_double(p, end, &x) + 1;
    sum += x;
  }
  d->sum = sum;
}

static void pass_strtod(void *data) {
  numbers *d = data;
  char *p = d->text.data, *end = p + d->text.length;
  double sum = 0;
  while (p < end) {
    sum += strtod(p, &p);
    ++p;
  }
  d->sum = sum;
}

static int check_sum(void *data) {
  const numbers *d = data;
  double sum = 0;
  for (size_t i = 0; i < d->n; ++i)
    sum += d->value[i];
  return memcmp(&sum, &d->sum, sizeof sum) == 0;
}

static void *start_write(bench_context *context) {
  numbers *d = make_numbers(context);
  context->work = (double)d->n;
  return d;
}

static void pass_write(void *data) {
  numbers *d = data;
  char text[CRUCIBLE__DOUBLE_TEXT];
  size_t length = 0;
  for (size_t i = 0; i < d->n; ++i)
    length += crucible__write_double(d->value[i], text);
  bench_keep((double)length);
}

static int check_write(void *data) {
  const numbers *d = data;
  char text[CRUCIBLE__DOUBLE_TEXT];
  for (size_t i = 0; i < d->n; ++i) {
    (void)crucible__write_double(d->value[i], text);
    double back = strtod(text, NULL);
    if (memcmp(&back, &d->value[i], sizeof back) != 0)
      return 0;
  }
  return 1;
}

/* --- JSON: rows as venues send them ---------------------------------------- */

static void *start_json(bench_context *context) {
  numbers *d = make_numbers(context);
  crucible__text text = {0};
  crucible__text_add(&text, "{\"rows\":[");
  for (size_t i = 0; i + 4 <= d->n; i += 4) {
    crucible__text_addf(&text, "%s{\"t\":%zu,\"s\":\"BTCUSDT\"", i ? "," : "",
                        1700000000000 + i);
    for (size_t k = 0; k < 4; ++k) {
      crucible__text_addf(&text, ",\"%c\":", "ohlc"[k]);
      crucible__text_add_double(&text, d->value[i + k]);
    }
    crucible__text_add(&text, ",\"closed\":true}");
  }
  crucible__text_add(&text, "]}");
  crucible__text_free(&d->text);
  d->text = text;
  context->work = (double)text.length / 1e6;
  return d;
}

static void pass_json(void *data) {
  numbers *d = data;
  crucible__json_free(d->parsed);
  bench_must(crucible__json_parse(d->text.data, d->text.length, "bench", 0,
                                  &d->parsed));
}

static int check_json(void *data) {
  const numbers *d = data;
  crucible__json_at root = crucible__json_root(d->parsed);
  crucible__json_at rows = crucible__json_get(&root, "rows");
  if (crucible__json_size(&rows) != d->n / 4)
    return 0;
  for (size_t i = 0; i + 4 <= d->n; ++i) {
    static const char *const keys[] = {"o", "h", "l", "c"};
    crucible__json_at row = crucible__json_item(&rows, i / 4);
    crucible__json_at at = crucible__json_get(&row, keys[i % 4]);
    double x = 0;
    if (crucible__json_double(&at, 0, 1e12, &x) != CRUCIBLE_OK ||
        memcmp(&x, &d->value[i], sizeof x) != 0)
      return 0;
  }
  return 1;
}

/* --- SHA-256 ---------------------------------------------------------------- */

enum { HASHED = 1000000 };

static void *start_sha256(bench_context *context) {
  unsigned char *bytes = malloc(HASHED + 32);
  if (bytes == NULL)
    abort();
  memset(bytes, 'a', HASHED);
  context->work = HASHED / 1e6;
  return bytes;
}

static void pass_sha256(void *data) {
  unsigned char *bytes = data;
  crucible__sha256 hash;
  crucible__sha256_init(&hash);
  crucible__sha256_add(&hash, bytes, HASHED);
  crucible__sha256_end(&hash, bytes + HASHED);
}

/* NIST's example of a million times the letter a. */
static int check_sha256(void *data) {
  char hex[65];
  crucible__hex((unsigned char *)data + HASHED, 32, hex);
  return strcmp(hex, "cdc76e5c9914fb9281a1c7e284d73e67"
                     "f1809a48a497200e046d39ccc7112cd0") == 0;
}

/* --- random streams --------------------------------------------------------- */

enum { DRAWS = 100000 };

static void *start_draws(bench_context *context) {
  crucible__rng *rng = malloc(sizeof *rng);
  if (rng == NULL)
    abort();
  crucible__rng_init(rng, context->seed, CRUCIBLE__RNG_TEST, 2);
  context->work = DRAWS;
  return rng;
}

static double sum_of_draws(crucible__rng *rng,
                           double (*draw)(crucible__rng *)) {
  double sum = 0;
  for (int i = 0; i < DRAWS; ++i)
    sum += draw(rng);
  return sum;
}

static void pass_uniform(void *data) {
  bench_keep(sum_of_draws(data, crucible__rng_uniform));
}

static void pass_normal(void *data) {
  bench_keep(sum_of_draws(data, crucible__rng_normal));
}

/* Means within six standard errors. */
static int check_uniform(void *data) {
  double mean = sum_of_draws(data, crucible__rng_uniform) / DRAWS;
  return fabs(mean - 0.5) < 6 * sqrt(1.0 / 12 / DRAWS);
}

static int check_normal(void *data) {
  double mean = sum_of_draws(data, crucible__rng_normal) / DRAWS;
  return fabs(mean) < 6 * sqrt(1.0 / DRAWS);
}

/* --- the pool ---------------------------------------------------------------- */

enum { JOBS = 200, FEW_ITEMS = 10, MANY_ITEMS = 1000 };

typedef struct jobs {
  crucible_pool *pool;
  size_t n_items;
  int work;        /* of an item */
  uint64_t *drawn; /* [n_items] */
} jobs;

static void stop_jobs(void *data) {
  jobs *d = data;
  crucible_pool_destroy(d->pool);
  free(d->drawn);
  free(d);
}

static jobs *make_jobs(bench_context *context, uint32_t threads, size_t n_items,
                       int work) {
  jobs *d = calloc(1, sizeof *d);
  uint64_t *drawn = calloc(n_items, sizeof *drawn);
  if (d == NULL || drawn == NULL)
    abort();
  bench_must(crucible_pool_create(threads, &d->pool));
  d->n_items = n_items;
  d->work = work;
  d->drawn = drawn;
  context->work = JOBS;
  return d;
}

static crucible_status draw_item(size_t i, uint32_t worker, void *data) {
  jobs *d = data;
  crucible__rng rng;
  uint64_t sum = 0;
  (void)worker;
  crucible__rng_init(&rng, 1, CRUCIBLE__RNG_TEST, i);
  for (int k = 0; k < d->work; ++k)
    sum += crucible__rng_u64(&rng);
  d->drawn[i] = sum;
  return CRUCIBLE_OK;
}

static void *start_handed(bench_context *context) {
  return make_jobs(context, 2, FEW_ITEMS, 0);
}

static void *start_one_thread(bench_context *context) {
  return make_jobs(context, 1, MANY_ITEMS, 100);
}

static void *start_two_threads(bench_context *context) {
  return make_jobs(context, 2, MANY_ITEMS, 100);
}

static void pass_jobs(void *data) {
  jobs *d = data;
  for (int i = 0; i < JOBS; ++i) {
    bench_must(crucible__pool_run(d->pool, d->n_items, draw_item, d, NULL));
  }
}

/* What one thread alone draws. */
static int check_jobs(void *data) {
  jobs *d = data;
  int same = 1;
  uint64_t *drawn = malloc(d->n_items * sizeof *drawn);
  if (drawn == NULL)
    abort();
  memcpy(drawn, d->drawn, d->n_items * sizeof *drawn);
  for (size_t i = 0; i < d->n_items; ++i)
    same = same && draw_item(i, 0, d) == CRUCIBLE_OK && d->drawn[i] == drawn[i];
  free(drawn);
  return same;
}

extern const bench_case bench_base[];
const bench_case bench_base[] = {
    {"read_double", "MB/s", start_read, pass_read, 0, check_sum, stop_numbers},
    {"read_double_strtod", "MB/s", start_read, pass_strtod, 0, check_sum,
     stop_numbers},
    {"write_double", "ns", start_write, pass_write, 0, check_write,
     stop_numbers},
    {"json_parse", "MB/s", start_json, pass_json, 0, check_json, stop_numbers},
    {"sha256", "MB/s", start_sha256, pass_sha256, 0, check_sha256, free},
    {"rng_uniform", "ns", start_draws, pass_uniform, 0, check_uniform, free},
    {"rng_normal", "ns", start_draws, pass_normal, 0, check_normal, free},
    {"pool_job_of_10_handed", "us", start_handed, pass_jobs, 0, check_jobs,
     stop_jobs},
    {"pool_job_of_1000_one_thread", "us", start_one_thread, pass_jobs, 0,
     check_jobs, stop_jobs},
    {"pool_job_of_1000_two_threads", "us", start_two_threads, pass_jobs, 0,
     check_jobs, stop_jobs},
    {0}};
