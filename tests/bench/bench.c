/* SPDX-License-Identifier: Apache-2.0 */
#include "bench.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <crucible/status.h>
#include <crucible/version.h>

#include "base/simd.h"

/* The rooms, by cmake: BENCH_ROOM(series) ... */
#define BENCH_ROOM(room) extern const bench_case bench_##room[];
#include "bench_rooms.inc"
#undef BENCH_ROOM

enum { PASSES_MAX = 1000, NAME_TEXT = 96 };
static const double SPREAD_MAX = 0.25;

static const struct room {
  const char *name;
  const bench_case *cases;
} rooms[] = {
#define BENCH_ROOM(room) {#room, bench_##room},
#include "bench_rooms.inc"
#undef BENCH_ROOM
};

typedef struct settings {
  const char *filter, *json;
  int is_list, n_passes;
  double pass_seconds;
  bench_context context;
} settings;

typedef struct row {
  double minimum, median, maximum, spread; /* seconds per pass; a fraction */
  size_t runs;                             /* of the pass in each timing */
} row;

static volatile double sink;
void bench_keep(double value) { sink = value; }

void bench_must(int32_t status) {
  if (status == CRUCIBLE_OK)
    return;
  (void)fprintf(stderr, "%s: %s\n", crucible_status_name(status),
                crucible_last_error());
  exit(1);
}

void bench_read_bitcoin(const bench_context *context, crucible_series **series,
                        crucible_bars *bars) {
  int is_year = context->shared != NULL && !context->is_quick;
  char path[1024];
  (void)snprintf(
      path, sizeof path, "%s/%s", is_year ? context->shared : context->source,
      is_year ? "data/klines/spot-5m/BTCUSDT-5m-2023.csv.gz"
              : "examples/data/BTCUSDT-5m-2023-03-20_2023-03-28.csv");
  bench_must(crucible_series_read_csv(path, NULL, series));
  bars->struct_size = sizeof *bars;
  bench_must(crucible_series_view(*series, bars));
}

static double now(void) {
  struct timespec t;
  (void)clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static double time_runs(const bench_case *c, void *data, size_t runs) {
  double begin = now();
  for (size_t i = 0; i < runs; ++i)
    c->pass(data);
  return (now() - begin) / (double)runs;
}

static int by_size(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static row measure(const bench_case *c, void *data, const settings *s) {
  double seconds[PASSES_MAX];
  row r = {.runs = 1};
  /* as warm-up: how many runs make a timing long enough */
  for (double once = time_runs(c, data, 1);
       once * (double)r.runs < s->pass_seconds && r.runs < SIZE_MAX / 2;
       once = time_runs(c, data, r.runs))
    r.runs *= 2;
  for (int i = 0; i < s->n_passes; ++i)
    seconds[i] = time_runs(c, data, r.runs);
  qsort(seconds, (size_t)s->n_passes, sizeof seconds[0], by_size);
  r.minimum = seconds[0];
  r.median = seconds[s->n_passes / 2];
  r.maximum = seconds[s->n_passes - 1];
  r.spread = r.median / r.minimum - 1;
  return r;
}

/* A time of a pass in the unit of the case. */
static double in_unit(const bench_case *c, double seconds, double work) {
  if (strcmp(c->unit, "ns") == 0)
    return 1e9 * seconds / work;
  if (strcmp(c->unit, "us") == 0)
    return 1e6 * seconds / work;
  if (strcmp(c->unit, "ms") == 0)
    return 1e3 * seconds / work;
  return work / seconds;
}

static void print_row(const char *name, const bench_case *c, const row *r,
                      double work) {
  (void)printf("%-32s %12.4g %12.4g %-8s %7.1f %%%s\n", name,
               in_unit(c, r->minimum, work), in_unit(c, r->median, work),
               c->unit, 100 * r->spread,
               r->spread > SPREAD_MAX ? "  void: the machine is too busy" : "");
}

static void json_row(FILE *json, int is_first, const char *name,
                     const bench_case *c, const row *r, double work) {
  (void)fprintf(json,
                "%s\n  {\"case\":\"%s\",\"unit\":\"%s\",\"best\":%.6g,"
                "\"median\":%.6g,\"worst\":%.6g,\"spread\":%.4g,\"void\":%s,"
                "\"runs_per_timing\":%zu}",
                is_first ? "" : ",", name, c->unit,
                in_unit(c, r->minimum, work), in_unit(c, r->median, work),
                in_unit(c, r->maximum, work), r->spread,
                r->spread > SPREAD_MAX ? "true" : "false", r->runs);
}

/* Returns 0 if the case gives a wrong result. */
static int run_case(const char *name, const bench_case *c, settings *s,
                    FILE *json, int *is_first) {
  bench_context context = s->context;
  void *data = c->start(&context);
  if (data == NULL) {
    (void)printf("%-32s left out: %s\n", name, context.reason);
    return 1;
  }
  const double work = c->work > 0 ? c->work : context.work;
  c->pass(data);
  int is_right = c->check(data);
  if (!is_right) {
    (void)printf("%-32s WRONG RESULT\n", name);
  } else {
    row r = measure(c, data, s);
    print_row(name, c, &r, work);
    if (json != NULL)
      json_row(json, *is_first, name, c, &r, work);
    *is_first = 0;
  }
  c->stop(data);
  return is_right;
}

static int run_all(settings *s, FILE *json) {
  int all_right = 1, is_first = 1;
  if (!s->is_list)
    (void)printf("%-32s %12s %12s %-8s %9s\n", "case", "best", "median", "unit",
                 "spread");
  for (size_t i = 0; i < sizeof rooms / sizeof rooms[0]; ++i)
    for (const bench_case *c = rooms[i].cases; c->name != NULL; ++c) {
      char name[NAME_TEXT];
      (void)snprintf(name, sizeof name, "%s/%s", rooms[i].name, c->name);
      if (s->filter != NULL && strstr(name, s->filter) == NULL)
        continue;
      if (s->is_list)
        (void)printf("%s (%s)\n", name, c->unit);
      else
        all_right &= run_case(name, c, s, json, &is_first);
    }
  return all_right;
}

static void usage(void) {
  (void)fputs(
      "Usage: crucible_bench [options]\n"
      "  --list         names and units of the cases\n"
      "  --filter TEXT  only cases whose name holds TEXT\n"
      "  --seed N       of drawn inputs, default 1\n"
      "  --passes N     timings of each case, default 15\n"
      "  --simd LEVEL   no vector level above it: 0 none, 1 AVX2, 2 AVX-512\n"
      "  --quick        small inputs, two timings: do the cases work?\n"
      "  --json FILE    the rows as JSON as well\n"
      "best and median of the timings; spread is how far the median is from\n"
      "the best. A row with more than 25 % is void.\n",
      stdout);
}

static int parse(int argc, char **argv, settings *s) {
  for (int i = 1; i < argc; ++i) {
    const char *value = i + 1 < argc ? argv[i + 1] : NULL;
    if (strcmp(argv[i], "--list") == 0) {
      s->is_list = 1;
    } else if (strcmp(argv[i], "--quick") == 0) {
      s->context.is_quick = 1;
      s->n_passes = 2;
      s->pass_seconds = 0;
    } else if (value == NULL) {
      return 0;
    } else if (strcmp(argv[i], "--filter") == 0) {
      s->filter = argv[++i];
    } else if (strcmp(argv[i], "--json") == 0) {
      s->json = argv[++i];
    } else if (strcmp(argv[i], "--seed") == 0) {
      s->context.seed = strtoull(argv[++i], NULL, 10);
    } else if (strcmp(argv[i], "--simd") == 0) {
      (void)crucible__simd_force(atoi(argv[++i]));
    } else if (strcmp(argv[i], "--passes") == 0) {
      s->n_passes = atoi(argv[++i]);
    } else {
      return 0;
    }
  }
  return s->n_passes >= 1 && s->n_passes <= PASSES_MAX;
}

int main(int argc, char **argv) {
  settings s = {.n_passes = 15,
                .pass_seconds = 0.05,
                .context = {.seed = 1,
                            .shared = *CRUCIBLE_SHARED_DIR != '\0'
                                          ? CRUCIBLE_SHARED_DIR
                                          : NULL,
                            .source = CRUCIBLE_SOURCE_DIR}};
  if (!parse(argc, argv, &s)) {
    usage();
    return 2;
  }
  FILE *json = NULL;
  if (s.json != NULL && (json = fopen(s.json, "w")) == NULL) {
    perror(s.json);
    return 1;
  }
  if (json != NULL)
    (void)fprintf(json, "{\"build\":%s,\"seed\":%" PRIu64 ",\"rows\":[",
                  crucible_build_info(), s.context.seed);
  int all_right = run_all(&s, json);
  if (json != NULL) {
    (void)fputs("\n]}\n", json);
    if (fclose(json) != 0) {
      perror(s.json);
      return 1;
    }
  }
  return all_right ? 0 : 1;
}
