/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support/arena_agents.h"
#include "support/statuses.h"

/* Predictions of every bar whose features are warm. */
static void predict_all(const double *features, size_t n_bars, size_t n,
                        test_agent *agent) {
  double *row = calloc(n, sizeof *row);
  assert_non_null(row);
  for (size_t t = 0; t < n_bars; ++t) {
    int is_warm = 1;
    for (size_t j = 0; j < n; ++j) {
      row[j] = features[j * n_bars + t];
      is_warm = is_warm && !isnan(row[j]);
    }
    crucible_matrix one = {row, 1, n, (ptrdiff_t)n, 1};
    agent->scores[t] = (double)NAN;
    if (is_warm)
      assert_ok(crucible_model_predict(agent->model, &one, &agent->scores[t]));
  }
  free(row);
}

static size_t first_warm(const double *features, size_t n_bars, size_t n) {
  size_t first = 0;
  for (size_t j = 0; j < n; ++j)
    for (size_t t = 0; t < n_bars; ++t)
      if (!isnan(features[j * n_bars + t])) {
        first = t > first ? t : first;
        break;
      }
  return first;
}

static void train(const crucible_bars *bars, size_t train_end,
                  const double *features, size_t n, size_t horizon,
                  uint64_t seed, test_agent *agent) {
  crucible_genes genes = {.struct_size = sizeof genes};
  assert_ok(crucible_genome_genes(agent->genome, &genes));
  size_t begin = first_warm(features, bars->n, n);
  assert_true(begin + horizon + 100 < train_end);
  double *target = calloc(bars->n, sizeof *target);
  assert_non_null(target);
  for (size_t t = begin; t + horizon < train_end; ++t)
    target[t - begin] = log(bars->close[t + horizon] / bars->close[t]);
  crucible_model_task task;
  crucible_model_task_init(&task, sizeof task);
  task.features = (crucible_matrix){
      features + begin, train_end - horizon - begin, n, 1, (ptrdiff_t)bars->n};
  task.target = target;
  task.max_rounds = 8;
  task.seed = seed;
  assert_ok(crucible_model_fit(
      genes.model_kind, crucible_genome_model_params(agent->genome),
      genes.n_model_params, &task, &agent->model, NULL));
  free(target);
}

/* A plan that trades often: thresholds at the middle of the predictions. */
static void set_thresholds(const crucible_bars *bars, test_agent *agent) {
  double sum = 0;
  size_t n = 0;
  for (size_t t = 0; t < bars->n; ++t)
    if (!isnan(agent->scores[t])) {
      sum += agent->scores[t];
      ++n;
    }
  double mean = sum / (double)n;
  agent->plan.theta_in = mean > 0 ? mean : 0;
  agent->plan.theta_out = mean > 0 ? 0 : mean;
}

static int draw_agent(const crucible_space *space, double *point, uint64_t id,
                      const crucible_instrument *instrument,
                      test_agent *agent) {
  assert_ok(crucible_space_draw(space, 11, id, point));
  crucible_status status = crucible_genome_create(
      space, point, instrument->symbol, NULL, &agent->genome);
  assert_true(status == CRUCIBLE_OK || status == CRUCIBLE_E_DOMAIN);
  return status == CRUCIBLE_OK;
}

void make_agents(const crucible_bars *bars, size_t train_end,
                 const crucible_instrument *instrument, test_agent *agents,
                 size_t n) {
  crucible_genome_space_options options;
  crucible_space *space;
  crucible_genome_space_options_init(&options, sizeof options);
  options.instrument = instrument;
  options.timeframes_ms = &bars->timeframe_ms;
  options.n_timeframes = 1;
  options.has = 0;
  assert_ok(crucible_genome_space_create(&options, &space));
  double *point = calloc(crucible_space_count(space), sizeof *point);
  assert_non_null(point);
  uint64_t id = 0;
  for (size_t i = 0; i < n; ++i) {
    test_agent *agent = &agents[i];
    crucible_genes genes = {.struct_size = sizeof genes};
    while (!draw_agent(space, point, id++, instrument, agent))
      ;
    assert_ok(crucible_genome_genes(agent->genome, &genes));
    double *features = calloc(bars->n * genes.n_features, sizeof *features);
    agent->scores = calloc(bars->n, sizeof *agent->scores);
    assert_non_null(features);
    assert_non_null(agent->scores);
    assert_ok(crucible_features_compute(crucible_genome_features(agent->genome),
                                        genes.n_features, bars, NULL,
                                        features));
    train(bars, train_end, features, genes.n_features, genes.horizon_bars, id,
          agent);
    predict_all(features, bars->n, genes.n_features, agent);
    agent->plan = genes.plan;
    set_thresholds(bars, agent);
    free(features);
  }
  free(point);
  crucible_space_destroy(space);
}

void free_agents(test_agent *agents, size_t n) {
  for (size_t i = 0; i < n; ++i) {
    crucible_genome_destroy(agents[i].genome);
    crucible_model_destroy(agents[i].model);
    free(agents[i].scores);
  }
}
