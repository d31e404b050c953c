/* SPDX-License-Identifier: Apache-2.0 */
/* A bar of the watchtower: 10 agents that live among 200 that are dead, one
   alone, and a hundred thousand, of whom no cache holds more than a few. */
#include <math.h>
#include <stdlib.h>

#include <crucible/stats.h>
#include <crucible/watchtower.h>

#include "bench.h"
#include "support/lcg_series.h"

enum {
  OPEN = 10,
  DEAD = 200,
  DEAD_BARS = 600,
  BARS = 4000,
  BARS_QUICK = 700,
  CROWD = 100000,
  CROWD_QUICK = 200,
  CROWD_BARS = 4
};

typedef struct input {
  crucible_watchtower *tower;
  double *returns; /* [n] of each open agent, each its own stretch */
  size_t n;
  double equity[OPEN];
  uint64_t bars; /* pushed since the open agents were added */
} input;

static crucible_observation seen_of(uint32_t agent, double equity, int trades) {
  return (crucible_observation){.struct_size = sizeof(crucible_observation),
                                .agent = agent,
                                .equity = equity,
                                .n_trades = (uint32_t)trades,
                                .n_fills = (uint32_t)trades,
                                .trade_result = trades ? 0.1 : 0};
}

static void bury(crucible_watchtower *tower, uint32_t agent) {
  double returns[DEAD_BARS], equity = 200;
  crucible_verdict verdict = {.struct_size = sizeof verdict};
  size_t n;
  lcg_series("returns", agent + 1, DEAD_BARS, returns);
  bench_must(crucible_watchtower_add(tower, agent, equity));
  for (size_t t = 0; t < DEAD_BARS; ++t) {
    const crucible_observation seen =
        seen_of(agent, equity *= 1 + returns[t], 0);
    bench_must(crucible_watchtower_push(tower, &seen, 1, &verdict, &n));
  }
  bench_must(crucible_watchtower_close(tower, agent));
}

static void *start(bench_context *context) {
  input *in = calloc(1, sizeof *in);
  if (in == NULL)
    abort();
  in->n = context->is_quick ? BARS_QUICK : BARS;
  in->returns = malloc(OPEN * in->n * sizeof *in->returns);
  if (in->returns == NULL)
    abort();
  lcg_series("returns", (uint32_t)context->seed, OPEN * in->n, in->returns);
  crucible_watchtower_options options;
  crucible_watchtower_options_init(&options, sizeof options);
  options.rules &= ~(1u << CRUCIBLE_RULE_EXPIRED | 1u << CRUCIBLE_RULE_DEATH);
  options.promote_dsr = 1 - 1e-12;
  options.decay_psr = options.decay_dsr = 1e-12;
  bench_must(crucible_watchtower_create(&options, &in->tower));
  for (uint32_t i = 0; i < DEAD; ++i)
    bury(in->tower, i);
  for (uint32_t i = 0; i < OPEN; ++i) {
    in->equity[i] = 200;
    bench_must(crucible_watchtower_add(in->tower, DEAD + i, 200));
  }
  context->work = (double)(in->n * OPEN);
  return in;
}

static void stop(void *data) {
  input *in = data;
  crucible_watchtower_destroy(in->tower);
  free(in->returns);
  free(in);
}

static void pass(void *data) {
  input *in = data;
  crucible_verdict verdicts[OPEN];
  crucible_observation seen[OPEN];
  size_t n;
  verdicts[0].struct_size = sizeof verdicts[0];
  for (size_t t = 0; t < in->n; ++t) {
    for (uint32_t i = 0; i < OPEN; ++i) {
      in->equity[i] *= 1 + in->returns[i * in->n + t];
      seen[i] = seen_of(DEAD + i, in->equity[i], t % 12 == 0);
    }
    bench_must(crucible_watchtower_push(in->tower, seen, OPEN, verdicts, &n));
    ++in->bars;
  }
}

/* The first pass, which is the one that is checked: the record anew. */
static int check(void *data) {
  input *in = data;
  crucible_sharpe_record record = {.struct_size = sizeof record};
  crucible_dsr_options options;
  crucible_dsr_result result = {.struct_size = sizeof result};
  crucible_track track = {.struct_size = sizeof track};
  bench_must(crucible_watchtower_track(in->tower, DEAD, &track));
  bench_must(crucible_sharpe_record_of(in->returns, in->n, &record));
  crucible_dsr_options_init(&options, sizeof options);
  options.n_trials = DEAD + OPEN;
  options.trial_sharpe_variance = track.sharpe_variance;
  bench_must(crucible_dsr(&record, &options, &result));
  return in->bars == in->n && track.variance_agents == DEAD + OPEN &&
         fabs(result.z - track.z) < 1e-7 * fabs(track.z);
}

/* ---- many agents ---- */

typedef struct crowd {
  crucible_watchtower *tower;
  crucible_observation *seen; /* [n] */
  crucible_verdict *verdicts; /* [n] */
  double *returns;            /* [bars] by which agents move, each later */
  size_t n, bars, at;
  uint64_t pushed;
} crowd;

/* A bar: out of the market two thirds of the time, a trade an hour or so. */
static void crowd_bar(crowd *c) {
  size_t n;
  for (uint32_t i = 0; i < c->n; ++i) {
    const size_t t = c->at + 7 * (size_t)i;
    const int is_in = t % 36 < 12, ends = t % 36 == 11;
    crucible_observation *o = &c->seen[i];
    if (is_in)
      o->equity *= 1 + c->returns[t % c->bars];
    o->n_trades = (uint32_t)ends;
    o->n_fills = (uint32_t)(ends || t % 36 == 0);
    o->trade_result = ends ? 0.1 : 0;
  }
  ++c->at;
  ++c->pushed;
  c->verdicts[0].struct_size = sizeof c->verdicts[0];
  bench_must(
      crucible_watchtower_push(c->tower, c->seen, c->n, c->verdicts, &n));
}

static void *start_many(bench_context *context, size_t n, size_t warm,
                        size_t bars) {
  crowd *c = calloc(1, sizeof *c);
  if (c == NULL)
    abort();
  c->n = n;
  c->bars = 8192;
  c->seen = calloc(n, sizeof *c->seen);
  c->verdicts = calloc(n, sizeof *c->verdicts);
  c->returns = malloc(c->bars * sizeof *c->returns);
  if (c->seen == NULL || c->verdicts == NULL || c->returns == NULL)
    abort();
  lcg_series("returns", (uint32_t)context->seed, c->bars, c->returns);
  crucible_watchtower_options options;
  crucible_watchtower_options_init(&options, sizeof options);
  options.rules &= ~(1u << CRUCIBLE_RULE_EXPIRED | 1u << CRUCIBLE_RULE_DEATH);
  options.min_bars = 100;
  options.min_trades = 2;
  options.window = 288;
  options.promote_dsr = 1 - 1e-12;
  options.decay_psr = options.decay_dsr = 1e-12;
  bench_must(crucible_watchtower_create(&options, &c->tower));
  for (uint32_t i = 0; i < n; ++i) {
    c->seen[i] = seen_of(i, 200, 0);
    bench_must(crucible_watchtower_add(c->tower, i, 200));
  }
  for (size_t t = 0; t < warm; ++t)
    crowd_bar(c);
  context->work = (double)(n * bars);
  return c;
}

static void *start_one(bench_context *context) {
  return start_many(context, 1, 400, 4000);
}

static void *start_crowd(bench_context *context) {
  return start_many(context, context->is_quick ? CROWD_QUICK : CROWD, 120,
                    CROWD_BARS);
}

static void stop_many(void *data) {
  crowd *c = data;
  crucible_watchtower_destroy(c->tower);
  free(c->seen);
  free(c->verdicts);
  free(c->returns);
  free(c);
}

static void pass_one(void *data) {
  for (size_t t = 0; t < 4000; ++t)
    crowd_bar(data);
}

static void pass_crowd(void *data) {
  for (size_t t = 0; t < CROWD_BARS; ++t)
    crowd_bar(data);
}

static int check_many(void *data) {
  const crowd *c = data;
  crucible_track track = {.struct_size = sizeof track};
  bench_must(crucible_watchtower_track(c->tower, 0, &track));
  return track.n_bars == c->pushed && track.lower < track.sharpe &&
         track.n_agents == c->n;
}

extern const bench_case bench_watchtower[];
const bench_case bench_watchtower[] = {
    {"agent_bar_10_of_210", "ns", start, pass, 0, check, stop},
    {"agent_bar_alone", "ns", start_one, pass_one, 0, check_many, stop_many},
    {"agent_bar_of_100000", "ns", start_crowd, pass_crowd, 0, check_many,
     stop_many},
    {0}};
