/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ask and tell of ten real parameters with so many random trials behind them;
 * CMA-ES: of ten and of fifty.
 * Several studies take turns, so that none grows much while it is timed.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include <crucible/samplers.h>
#include <crucible/study.h>

#include "bench.h"
#include "support/lcg_series.h"

enum { TURNS = 10 };

typedef struct input {
  crucible_space *space;
  crucible_sampler *sampler;
  crucible_study **studies; /* [n_studies] */
  size_t n_studies, turn;
  size_t n; /* parameters */
  uint64_t n_behind;
} input;

static double value_at(const double *point, size_t n) {
  double sum = 0;
  for (size_t i = 0; i < n; ++i) {
    const double d = point[i] - 0.1 * (double)i;
    sum += d * d;
  }
  return sum;
}

static void ask_and_tell(crucible_study *study, size_t n, int32_t state) {
  uint64_t number;
  crucible_trial t = {.struct_size = sizeof t};
  bench_must(crucible_study_ask(study, 1, &number));
  bench_must(crucible_study_trial(study, number, &t));
  bench_must(
      crucible_study_tell(study, number, state, value_at(t.point, n), 0));
}

static crucible_study *make_study(const input *in, uint64_t seed) {
  crucible_study_options o;
  crucible_study *study;
  double *point = calloc(in->n, sizeof *point);
  uint32_t state = (uint32_t)seed + 1;
  if (point == NULL)
    abort();
  crucible_study_options_init(&o, sizeof o);
  o.space = in->space;
  o.sampler = in->sampler;
  o.direction = CRUCIBLE_MINIMIZE;
  o.seed = seed;
  bench_must(crucible_study_create(&o, &study));
  for (uint64_t k = 0; k < in->n_behind; ++k) {
    for (size_t i = 0; i < in->n; ++i)
      point[i] = 10 * lcg_next(&state) - 5;
    bench_must(crucible_study_add_known(study, point, value_at(point, in->n), 0,
                                        NULL));
  }
  free(point);
  ask_and_tell(study, in->n, CRUCIBLE_TRIAL_FAILED); /* so that all is read */
  return study;
}

static void *start_with(bench_context *context, size_t n, uint64_t n_behind,
                        crucible_sampler *sampler) {
  crucible_param p;
  char name[8];
  input *in = calloc(1, sizeof *in);
  if (in == NULL)
    abort();
  in->sampler = sampler;
  in->n = n;
  in->n_behind = context->is_quick ? n_behind / 20 + 20 : n_behind;
  in->n_studies = (size_t)(in->n_behind < 100 ? 4 : 40000 / in->n_behind);
  bench_must(crucible_space_create(&in->space));
  for (size_t i = 0; i < n; ++i) {
    crucible_param_init(&p, sizeof p);
    (void)snprintf(name, sizeof name, "x%zu", i);
    p.name = name;
    p.low = -5;
    p.high = 5;
    bench_must(crucible_space_add(in->space, &p));
  }
  in->studies = calloc(in->n_studies, sizeof(crucible_study *));
  if (in->studies == NULL)
    abort();
  for (size_t i = 0; i < in->n_studies; ++i)
    in->studies[i] = make_study(in, context->seed + i);
  context->work = TURNS;
  return in;
}

static void *start_tpe(bench_context *context, uint64_t n_behind, int32_t mode,
                       int32_t joint) {
  crucible_tpe_options o;
  crucible_sampler *sampler;
  crucible_tpe_options_init(&o, sizeof o);
  o.mode = mode;
  o.joint = joint;
  bench_must(crucible_sampler_tpe(&o, &sampler));
  return start_with(context, 10, n_behind, sampler);
}

static void *start_random_5000(bench_context *context) {
  crucible_sampler *sampler;
  bench_must(crucible_sampler_random(&sampler));
  return start_with(context, 10, 5000, sampler);
}

/* 20 trials are behind it, so that it starts warm. */
static void *start_cma(bench_context *context, size_t n) {
  crucible_cma_options o;
  crucible_sampler *sampler;
  crucible_cma_options_init(&o, sizeof o);
  bench_must(crucible_sampler_cma(&o, &sampler));
  return start_with(context, n, 20, sampler);
}
static void *start_cma_10(bench_context *context) {
  return start_cma(context, 10);
}
static void *start_cma_50(bench_context *context) {
  return start_cma(context, 50);
}

#define START(name, n, mode, joint)                                            \
  static void *start_##name##_##n(bench_context *context) {                    \
    return start_tpe(context, n, CRUCIBLE_TPE_##mode, CRUCIBLE_TPE_##joint);   \
  }
START(joint, 100, OPTUNA, MULTIVARIATE)
START(joint, 1000, OPTUNA, MULTIVARIATE)
START(joint, 5000, OPTUNA, MULTIVARIATE)
START(alone, 100, OPTUNA, UNIVARIATE)
START(alone, 1000, OPTUNA, UNIVARIATE)
START(alone, 5000, OPTUNA, UNIVARIATE)
START(sharp, 100, SHARP, GROUPED)
START(sharp, 1000, SHARP, GROUPED)
START(sharp, 5000, SHARP, GROUPED)

static void stop(void *data) {
  input *in = data;
  for (size_t i = 0; i < in->n_studies; ++i)
    crucible_study_destroy(in->studies[i]);
  crucible_sampler_destroy(in->sampler);
  crucible_space_destroy(in->space);
  free(in->studies);
  free(in);
}

static void pass(void *data) {
  input *in = data;
  crucible_study *study = in->studies[in->turn++ % in->n_studies];
  for (int i = 0; i < TURNS; ++i)
    ask_and_tell(study, in->n, CRUCIBLE_TRIAL_COMPLETE);
}

/* All trials have a value, but for the first one asked. */
static int check(void *data) {
  const input *in = data;
  int right = 1;
  for (size_t i = 0; i < in->n_studies; ++i) {
    crucible_study_summary s = {.struct_size = sizeof s};
    bench_must(crucible_study_summarize(in->studies[i], &s));
    right = right && s.n_failed == 1 && s.n_complete + 1 == s.n_trials &&
            s.n_complete >= in->n_behind;
  }
  return right;
}

extern const bench_case bench_study[];
const bench_case bench_study[] = {
    {"random_5000", "us", start_random_5000, pass, 0, check, stop},
    {"cma_10", "us", start_cma_10, pass, 0, check, stop},
    {"cma_50", "us", start_cma_50, pass, 0, check, stop},
    {"tpe_multivariate_100", "us", start_joint_100, pass, 0, check, stop},
    {"tpe_multivariate_1000", "us", start_joint_1000, pass, 0, check, stop},
    {"tpe_multivariate_5000", "us", start_joint_5000, pass, 0, check, stop},
    {"tpe_univariate_100", "us", start_alone_100, pass, 0, check, stop},
    {"tpe_univariate_1000", "us", start_alone_1000, pass, 0, check, stop},
    {"tpe_univariate_5000", "us", start_alone_5000, pass, 0, check, stop},
    {"tpe_sharp_100", "us", start_sharp_100, pass, 0, check, stop},
    {"tpe_sharp_1000", "us", start_sharp_1000, pass, 0, check, stop},
    {"tpe_sharp_5000", "us", start_sharp_5000, pass, 0, check, stop},
    {0}};
