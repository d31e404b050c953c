/* SPDX-License-Identifier: Apache-2.0 */
/* Replay: bars per second through an arena of 10, of 1,000 and of no agents;
   agents per second that join late. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <crucible/crucible.h>

#include "bench.h"
#include "support/an_instrument.h"

enum {
  N_MODELS = 250, /* genomes; more agents than that share them */
  ROUNDS = 40,
  TRAIN_BARS = 3000,
  HORIZON = 12,
  LATE_BARS = 100000
};

typedef struct arena_case {
  crucible_series *series;
  crucible_bars bars;
  crucible_instrument instrument;
  crucible_pool *pool;
  crucible_arena *arena;
  crucible_genome **genomes;
  crucible_model **models;
  size_t n_models, n_agents, bars_in_pass;
  size_t next;      /* bar to push */
  int64_t later_ms; /* added to its time: the series comes round again */
} arena_case;

static void push_bar(arena_case *c) {
  const crucible_bars *b = &c->bars;
  size_t i = c->next;
  crucible_bar bar = {b->open_time_ms[i] + c->later_ms,
                      b->open[i],
                      b->high[i],
                      b->low[i],
                      b->close[i],
                      b->volume[i],
                      (double)NAN,
                      (double)NAN,
                      (double)NAN};
  bench_must(crucible_arena_push(c->arena, &bar, NULL, NULL));
  if (++c->next == b->n) {
    c->next = 0;
    c->later_ms +=
        b->open_time_ms[b->n - 1] - b->open_time_ms[0] + b->timeframe_ms;
  }
}

/* A model of the move over the horizon, trained on the first bars. */
static void train(arena_case *c, size_t i) {
  crucible_genes genes = {.struct_size = sizeof genes};
  crucible_bars part = c->bars;
  crucible_model_task task;
  part.n = TRAIN_BARS;
  bench_must(crucible_genome_genes(c->genomes[i], &genes));
  size_t n = genes.n_features;
  double *features = malloc(part.n * n * sizeof *features);
  double *target = malloc(part.n * sizeof *target);
  if (features == NULL || target == NULL)
    bench_must(CRUCIBLE_E_NOMEM);
  bench_must(crucible_features_compute(crucible_genome_features(c->genomes[i]),
                                       n, &part, NULL, features));
  for (size_t t = 0; t < part.n; ++t)
    target[t] = log(c->bars.close[t + HORIZON] / c->bars.close[t]);
  crucible_model_task_init(&task, sizeof task);
  task.features = (crucible_matrix){features, part.n, n, 1, (ptrdiff_t)part.n};
  task.target = target;
  task.max_rounds = ROUNDS;
  bench_must(crucible_model_fit(
      genes.model_kind, crucible_genome_model_params(c->genomes[i]),
      genes.n_model_params, &task, &c->models[i], NULL));
  free(features);
  free(target);
}

static void draw_models(arena_case *c, uint64_t seed) {
  crucible_genome_space_options options;
  crucible_space *space;
  crucible_genome_space_options_init(&options, sizeof options);
  options.instrument = &c->instrument;
  options.timeframes_ms = &c->bars.timeframe_ms;
  options.n_timeframes = 1;
  bench_must(crucible_genome_space_create(&options, &space));
  double *point = malloc(crucible_space_count(space) * sizeof *point);
  uint64_t id = 0;
  for (size_t i = 0; i < c->n_models; ++i) {
    crucible_status status;
    do { /* a draw without any feature is no genome */
      bench_must(crucible_space_draw(space, seed, id++, point));
      status =
          crucible_genome_create(space, point, "BTCUSDT", NULL, &c->genomes[i]);
    } while (status == CRUCIBLE_E_DOMAIN);
    bench_must(status);
    train(c, i);
  }
  free(point);
  crucible_space_destroy(space);
}

static void add_agents(arena_case *c) {
  for (size_t i = 0; i < c->n_agents; ++i) {
    size_t k = i % c->n_models;
    crucible_genes genes = {.struct_size = sizeof genes};
    bench_must(crucible_genome_genes(c->genomes[k], &genes));
    genes.plan.theta_in = 0.0002;
    genes.plan.theta_out = 0;
    crucible_agent_spec spec = {.struct_size = sizeof spec,
                                .genome = c->genomes[k],
                                .plan = &genes.plan};
    uint32_t agent;
    bench_must(
        crucible_model_bytes(c->models[k], &spec.model, &spec.model_bytes));
    bench_must(crucible_arena_add_agent(c->arena, &spec, &agent));
  }
}

static void stop_arena(void *data) {
  arena_case *c = data;
  crucible_arena_destroy(c->arena);
  crucible_pool_destroy(c->pool);
  for (size_t i = 0; i < c->n_models; ++i) {
    crucible_model_destroy(c->models[i]);
    crucible_genome_destroy(c->genomes[i]);
  }
  crucible_series_destroy(c->series);
  free(c->genomes);
  free(c->models);
  free(c);
}

static void *start_arena(bench_context *context, size_t n_agents,
                         uint32_t n_threads) {
  char path[1024];
  arena_case *c = calloc(1, sizeof *c);
  if (c == NULL)
    bench_must(CRUCIBLE_E_NOMEM);
  if (context->shared != NULL && !context->is_quick)
    (void)snprintf(path, sizeof path,
                   "%s/data/klines/spot-5m/BTCUSDT-5m-2023.csv.gz",
                   context->shared);
  else if (context->is_quick)
    (void)snprintf(path, sizeof path,
                   "%s/examples/data/IFL8-5m-2023-12-04_2024-09-27.csv",
                   context->source);
  else {
    (void)snprintf(context->reason, sizeof context->reason,
                   "it wants the shared bars");
    free(c);
    return NULL;
  }
  crucible_csv_options csv;
  crucible_csv_options_init(&csv, sizeof csv);
  csv.symbol = "BTCUSDT";
  bench_must(crucible_series_read_csv(path, &csv, &c->series));
  c->bars.struct_size = sizeof c->bars;
  bench_must(crucible_series_view(c->series, &c->bars));
  c->instrument = btcusdt_spot();
  c->n_agents = context->is_quick ? 5 : n_agents;
  c->n_models = c->n_agents < N_MODELS ? c->n_agents : N_MODELS;
  c->bars_in_pass = context->is_quick ? 100 : n_agents > 100 ? 100 : 4000;
  context->work = (double)c->bars_in_pass;
  c->genomes = calloc(c->n_models, sizeof(crucible_genome *));
  c->models = calloc(c->n_models, sizeof(crucible_model *));
  if (c->genomes == NULL || c->models == NULL)
    bench_must(CRUCIBLE_E_NOMEM);
  draw_models(c, context->seed);
  crucible_arena_options options;
  crucible_arena_options_init(&options, sizeof options);
  options.instrument = &c->instrument;
  options.timeframes_ms = &c->bars.timeframe_ms;
  options.n_timeframes = 1;
  /* a fit in one of the passes would be the only thing that is timed in it */
  options.sigma_refit = 100000000;
  bench_must(crucible_pool_create(n_threads, &c->pool));
  bench_must(crucible_arena_create(&options, c->pool, &c->arena));
  while (c->next < TRAIN_BARS)
    push_bar(c);
  add_agents(c);
  return c;
}

static void *start_10(bench_context *context) {
  return start_arena(context, 10, 1);
}

static void *start_10_two_threads(bench_context *context) {
  return start_arena(context, 10, 2);
}

/* Ten agents that join after as many bars as a year has, and leave at once. */
static void *start_joining(bench_context *context) {
  arena_case *c = start_arena(context, 10, 1);
  if (c == NULL)
    return NULL;
  while (c->next < (context->is_quick ? TRAIN_BARS + 100 : LATE_BARS))
    push_bar(c);
  context->work = (double)c->n_agents;
  return c;
}

static void pass_joining(void *data) {
  arena_case *c = data;
  uint32_t first = crucible_arena_agents(c->arena);
  add_agents(c);
  for (uint32_t i = first; i < crucible_arena_agents(c->arena); ++i)
    bench_must(crucible_arena_terminate(c->arena, i));
}

/* What a recovery begins with: an arena that takes a year's bars. */
static void *start_recovering(bench_context *context) {
  arena_case *c = start_arena(context, 1, 1);
  if (c == NULL)
    return NULL;
  c->bars_in_pass = context->is_quick ? 2000 : LATE_BARS;
  context->work = (double)c->bars_in_pass;
  return c;
}

static void pass_recovering(void *data) {
  static const int64_t timeframes[] = {300000, 900000};
  arena_case *c = data;
  crucible_arena_options options;
  crucible_arena_destroy(c->arena);
  c->arena = NULL;
  crucible_arena_options_init(&options, sizeof options);
  options.instrument = &c->instrument;
  options.timeframes_ms = timeframes;
  options.n_timeframes = 2;
  bench_must(crucible_arena_create(&options, c->pool, &c->arena));
  for (c->next = 0; c->next < c->bars_in_pass;)
    push_bar(c);
}

static int check_recovering(void *data) {
  const arena_case *c = data;
  crucible_bars bars = {.struct_size = sizeof bars};
  crucible_market market = {.struct_size = sizeof market};
  bench_must(crucible_arena_market(c->arena, 300000, &bars, &market));
  return bars.n == c->bars_in_pass && market.sigma[bars.n - 1] > 0;
}

static void *start_1000(bench_context *context) {
  return start_arena(context, 1000, 1);
}

static void *start_1000_two_threads(bench_context *context) {
  return start_arena(context, 1000, 2);
}

static void pass_arena(void *data) {
  arena_case *c = data;
  for (size_t i = 0; i < c->bars_in_pass; ++i)
    push_bar(c);
}

/* The identities of every ledger. */
static int check_arena(void *data) {
  arena_case *c = data;
  for (uint32_t i = 0; i < c->n_agents; ++i) {
    crucible_ledger l = {.struct_size = sizeof l};
    bench_must(crucible_arena_ledger(c->arena, i, &l));
    double marked = l.position == 0 ? 0 : l.position * l.mark_price;
    if (!(fabs(l.cash + marked - l.exit_fee - l.equity) < 1e-9) ||
        !(fabs(l.initial_cash + l.trade_results + l.open_result - l.equity) <
          1e-9))
      return 0;
  }
  return 1;
}

const bench_case bench_arena[] = {{.name = "replay_10_agents",
                                   .unit = "bars/s",
                                   .start = start_10,
                                   .pass = pass_arena,
                                   .check = check_arena,
                                   .stop = stop_arena},
                                  {.name = "replay_10_agents_2_threads",
                                   .unit = "bars/s",
                                   .start = start_10_two_threads,
                                   .pass = pass_arena,
                                   .check = check_arena,
                                   .stop = stop_arena},
                                  {.name = "join_after_100000_bars",
                                   .unit = "agents/s",
                                   .start = start_joining,
                                   .pass = pass_joining,
                                   .check = check_arena,
                                   .stop = stop_arena},
                                  {.name = "recover_100000_bars",
                                   .unit = "bars/s",
                                   .start = start_recovering,
                                   .pass = pass_recovering,
                                   .check = check_recovering,
                                   .stop = stop_arena},
                                  {.name = "replay_1000_agents",
                                   .unit = "bars/s",
                                   .start = start_1000,
                                   .pass = pass_arena,
                                   .check = check_arena,
                                   .stop = stop_arena},
                                  {.name = "replay_1000_agents_2_threads",
                                   .unit = "bars/s",
                                   .start = start_1000_two_threads,
                                   .pass = pass_arena,
                                   .check = check_arena,
                                   .stop = stop_arena},
                                  {0}};
