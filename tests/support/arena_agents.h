/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Agents for tests: genomes drawn from the space, each with a small model
 * trained on real bars. Include after <cmocka.h>.
 */
#ifndef TESTS_SUPPORT_ARENA_AGENTS_H
#define TESTS_SUPPORT_ARENA_AGENTS_H

#include <stddef.h>

#include <crucible/crucible.h>

typedef struct test_agent {
  crucible_genome *genome;
  crucible_model *model;
  crucible_plan plan;
  double *scores; /* [n bars] the model's predictions; NaN where it has none */
} test_agent;

/* Fills agents with the genomes of draws 0, 1, ...; each model learns the sign
   of the move over its horizon from the bars before train_end, with few rounds.
   The thresholds let them trade often. */
void make_agents(const crucible_bars *bars, size_t train_end,
                 const crucible_instrument *instrument, test_agent *agents,
                 size_t n);
void free_agents(test_agent *agents, size_t n);

#endif
