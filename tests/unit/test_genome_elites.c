/* SPDX-License-Identifier: Apache-2.0 */
/* The elite pool: who is a member, who is not, and why. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <crucible/genome.h>

#include "base/pack.h"
#include "genome/elite_state.h"
#include "support/failing_alloc.h"
#include "support/near.h"
#include "support/some_dna.h"

enum { STRANGERS = 40 };

typedef struct world {
  crucible_space *space;
  crucible_genome *strangers[STRANGERS]; /* not related, far apart */
} world;

static int set_up(void **state) {
  static world w;
  w.space = dna_space(8);
  for (uint64_t i = 0; i < STRANGERS; ++i)
    w.strangers[i] = dna_drawn(w.space, i);
  *state = &w;
  return 0;
}

static int tear_down(void **state) {
  world *w = *state;
  for (uint64_t i = 0; i < STRANGERS; ++i)
    crucible_genome_destroy(w->strangers[i]);
  crucible_space_destroy(w->space);
  return 0;
}

static crucible_elite elite(const crucible_genome *genome, int32_t label,
                            uint32_t agent, double z, uint64_t bar) {
  crucible_elite e = {.struct_size = sizeof e,
                      .genome = genome,
                      .label = label,
                      .agent = agent,
                      .z = z,
                      .dsr = 0.5,
                      .n_bars = 2016,
                      .bar = bar};
  return e;
}

/* Without shrinking and ageing a score is z. */
static crucible_elite_options plain(void) {
  crucible_elite_options o;
  crucible_elite_options_init(&o, sizeof o);
  o.shrink_bars = 0;
  o.half_life_bars = (double)INFINITY;
  return o;
}

static crucible_elite_pool *make(const crucible_elite_options *o) {
  crucible_elite_pool *pool;
  DNA_OK(crucible_elite_pool_create(o, &pool));
  return pool;
}

static int32_t offer(crucible_elite_pool *pool, const crucible_genome *genome,
                     int32_t label, uint32_t agent, double z, uint64_t bar) {
  crucible_elite e = elite(genome, label, agent, z, bar);
  int32_t outcome;
  char reason[CRUCIBLE_ELITE_REASON_SIZE];
  DNA_OK(crucible_elite_pool_offer(pool, &e, bar, &outcome, reason));
  assert_int_equal(outcome == CRUCIBLE_ELITE_TAKEN, reason[0] == '\0');
  return outcome;
}

static crucible_elite member(const crucible_elite_pool *pool, size_t i) {
  crucible_elite e = {.struct_size = sizeof e};
  DNA_OK(crucible_elite_pool_get(pool, i, &e));
  return e;
}

/* Agents of the members, best first, against a list closed by 0. */
static void assert_agents(const crucible_elite_pool *pool,
                          const uint32_t *agents) {
  size_t n = 0;
  for (; agents[n] != 0; ++n) {
    assert_true(n < crucible_elite_pool_count(pool));
    assert_int_equal(member(pool, n).agent, agents[n]);
  }
  assert_int_equal(crucible_elite_pool_count(pool), n);
}
#define AGENTS(...) ((const uint32_t[]){__VA_ARGS__, 0})

#define PROMOTED CRUCIBLE_ELITE_PROMOTED
#define TERMINATED CRUCIBLE_ELITE_TERMINATED
#define PROVISIONAL CRUCIBLE_ELITE_PROVISIONAL

static void what_an_agent_brought_in_can_be_taken_away(void **state) {
  const world *w = *state;
  crucible_elite_options o = plain();
  crucible_elite_pool *pool = make(&o);
  int has_left;
  assert_int_equal(offer(pool, w->strangers[0], PROMOTED, 1, 3, 1), 0);
  assert_int_equal(offer(pool, w->strangers[1], PROMOTED, 2, 2, 1), 0);
  assert_int_equal(offer(pool, w->strangers[2], PROMOTED, 3, 1, 1), 0);
  crucible__elite_pool_expel(pool, 2, &has_left);
  assert_true(has_left);
  assert_agents(pool, AGENTS(1, 3));
  assert_int_equal(crucible_elite_pool_rejected(pool), 0);
  crucible__elite_pool_expel(pool, 2, &has_left);
  assert_false(has_left);
  assert_agents(pool, AGENTS(1, 3));
  crucible_elite_pool_destroy(pool);
}

static void a_terminated_one_must_beat_the_median(void **state) {
  const world *w = *state;
  crucible_elite_options o = plain();
  crucible_elite_pool *pool = make(&o);
  /* an empty pool's median is 0 */
  assert_int_equal(offer(pool, w->strangers[0], TERMINATED, 1, 0, 1),
                   CRUCIBLE_ELITE_REJECTED_SCORE);
  assert_int_equal(offer(pool, w->strangers[1], TERMINATED, 2, 1e-9, 2),
                   CRUCIBLE_ELITE_TAKEN);
  assert_int_equal(offer(pool, w->strangers[2], PROMOTED, 3, 3, 3),
                   CRUCIBLE_ELITE_TAKEN);
  /* of two: the middle between them, 1.5 + 5e-10 */
  assert_int_equal(offer(pool, w->strangers[3], TERMINATED, 4, 1.5, 4),
                   CRUCIBLE_ELITE_REJECTED_SCORE);
  assert_int_equal(offer(pool, w->strangers[4], TERMINATED, 5, 1.6, 5),
                   CRUCIBLE_ELITE_TAKEN);
  /* a promoted one need not */
  assert_int_equal(offer(pool, w->strangers[5], PROMOTED, 6, -1, 6),
                   CRUCIBLE_ELITE_TAKEN);
  assert_agents(pool, AGENTS(3, 6, 5, 2));
  assert_int_equal(crucible_elite_pool_rejected(pool), 2);
  crucible_elite e = {.struct_size = sizeof e};
  int32_t outcome;
  char reason[CRUCIBLE_ELITE_REASON_SIZE];
  DNA_OK(crucible_elite_pool_get_rejected(pool, 0, &e, &outcome, reason));
  assert_int_equal(e.agent, 4);
  assert_int_equal(outcome, CRUCIBLE_ELITE_REJECTED_SCORE);
  assert_string_equal(reason,
                      "score 1.5000 is not above the pool's median, 1.5000");
  DNA_OK(crucible_elite_pool_get_rejected(pool, 1, &e, NULL, reason));
  assert_int_equal(e.agent, 1);
  assert_string_equal(reason,
                      "score 0.0000 is not above the empty pool's, 0.0000");
  crucible_elite_pool_destroy(pool);
}

/* The latest on record. */
static int32_t latest(const crucible_elite_pool *pool, uint32_t *agent) {
  crucible_elite e = {.struct_size = sizeof e};
  int32_t outcome;
  DNA_OK(crucible_elite_pool_get_rejected(pool, 0, &e, &outcome, NULL));
  *agent = e.agent;
  return outcome;
}

/* ---- score ---- */

/* 2016 bars of 2016 + 2016: half of z. Half life 8640. */
static void a_score_is_shrunk_and_halves_with_age(void **state) {
  const world *w = *state;
  crucible_elite_pool *pool = make(NULL);
  assert_int_equal(offer(pool, w->strangers[0], PROMOTED, 1, 3, 100), 0);
  assert_int_equal(offer(pool, w->strangers[1], PROMOTED, 2, -3, 100), 0);
  assert_same_bits(member(pool, 0).score, 1.5);
  assert_same_bits(member(pool, 1).score, -1.5);
  DNA_OK(crucible_elite_pool_refresh(pool, 100 + 8640));
  assert_near(member(pool, 0).score, 0.75, 1e-15, 0);
  assert_same_bits(member(pool, 1).score, -1.5); /* age is no merit */
  DNA_OK(crucible_elite_pool_refresh(pool, 100 + 3 * 8640));
  assert_near(member(pool, 0).score, 1.5 / 8, 1e-15, 0);
  /* an old record is aged at once */
  crucible_elite e = elite(w->strangers[2], PROMOTED, 3, 2, 100 + 2 * 8640);
  e.n_bars = 3 * 2016;
  int32_t outcome;
  DNA_OK(crucible_elite_pool_offer(pool, &e, 100 + 3 * 8640, &outcome, NULL));
  assert_near(member(pool, 0).score, 0.75, 1e-15, 0); /* 2 * 3/4 * 1/2 */
  assert_agents(pool, AGENTS(3, 1, 2));
  crucible_elite_pool_destroy(pool);
}

static void no_bars_prove_nothing(void **state) {
  const world *w = *state;
  crucible_elite_options o = plain(); /* 0 / 0 */
  crucible_elite_pool *pool = make(&o);
  crucible_elite e = elite(w->strangers[0], PROMOTED, 1, 5, 0);
  int32_t outcome;
  e.n_bars = 0;
  DNA_OK(crucible_elite_pool_offer(pool, &e, 0, &outcome, NULL));
  assert_same_bits(member(pool, 0).score, 0);
  crucible_elite_pool_destroy(pool);
}

/* Age changes places: below 0 nothing moves. */
static void members_are_sorted_again_as_they_age(void **state) {
  const world *w = *state;
  crucible_elite_options o = plain();
  o.half_life_bars = 100;
  crucible_elite_pool *pool = make(&o);
  crucible_elite old = elite(w->strangers[0], PROMOTED, 1, 3, 0);
  int32_t outcome;
  DNA_OK(crucible_elite_pool_offer(pool, &old, 0, &outcome, NULL));
  assert_int_equal(offer(pool, w->strangers[1], PROMOTED, 2, 2, 10), 0);
  assert_int_equal(offer(pool, w->strangers[2], PROMOTED, 3, -1, 10), 0);
  assert_agents(pool, AGENTS(1, 2, 3));
  assert_int_equal(offer(pool, w->strangers[3], PROMOTED, 4, 2, 60), 0);
  assert_agents(pool, AGENTS(4, 1, 2, 3)); /* 2, 1.98, 1.41 */
  crucible_elite_pool_destroy(pool);
}

/* The score of child after relative has z = 4, both with half weight: with the
   relative's 2 it is half of z plus 1. */
static double score_beside(const crucible_genome *first,
                           const crucible_genome *relative,
                           const crucible_genome *child) {
  crucible_elite_options o;
  crucible_elite_options_init(&o, sizeof o);
  o.min_distance = 0;
  crucible_elite_pool *pool = make(&o);
  if (first != NULL) { /* known, of score 0 */
    crucible_elite e = elite(first, PROMOTED, 9, 0, 0);
    int32_t outcome;
    DNA_OK(crucible_elite_pool_offer(pool, &e, 0, &outcome, NULL));
  }
  assert_int_equal(offer(pool, relative, PROMOTED, 1, 4, 0), 0);
  assert_int_equal(offer(pool, child, PROMOTED, 2, 0, 0), 0);
  double score = (double)NAN;
  for (size_t i = 0; i < crucible_elite_pool_count(pool); ++i)
    if (member(pool, i).agent == 2)
      score = member(pool, i).score;
  crucible_elite_pool_destroy(pool);
  return score;
}

static void a_short_record_is_shrunk_towards_its_relatives(void **state) {
  const world *w = *state;
  crucible_genome *a = w->strangers[0], *b = w->strangers[1];
  crucible_genome *child = dna_child(w->space, a, NULL, 1),
                  *sister = dna_child(w->space, a, b, 2),
                  *grandchild = dna_child(w->space, child, NULL, 3),
                  *niece = dna_child(w->space, sister, NULL, 4),
                  *great = dna_child(w->space, grandchild, NULL, 5);
  assert_same_bits(score_beside(NULL, b, a), 0);          /* strangers */
  assert_same_bits(score_beside(NULL, a, child), 1);      /* parent */
  assert_same_bits(score_beside(NULL, child, a), 1);      /* child */
  assert_same_bits(score_beside(NULL, child, sister), 1); /* a parent shared */
  assert_same_bits(score_beside(NULL, child, b), 0);
  /* a grandparent: only by way of a parent that is known */
  assert_same_bits(score_beside(NULL, a, grandchild), 0);
  assert_same_bits(score_beside(child, a, grandchild), 0.5 * (0 + 2) / 2);
  assert_same_bits(score_beside(NULL, niece, grandchild), 0);
  /* further up there is no lineage: child alone counts, 0.5 * (0.5 * 0) */
  assert_same_bits(score_beside(NULL, a, great), 0);
  crucible_genome_destroy(child);
  crucible_genome_destroy(sister);
  crucible_genome_destroy(grandchild);
  crucible_genome_destroy(niece);
  crucible_genome_destroy(great);
}

/* A mean of those that were taken alone would be one of survivors. */
static void relatives_that_were_turned_down_count_too(void **state) {
  const world *w = *state;
  crucible_elite_options o;
  crucible_elite_options_init(&o, sizeof o);
  o.min_distance = 0;
  crucible_elite_pool *pool = make(&o);
  crucible_genome *child = dna_child(w->space, w->strangers[0], NULL, 1),
                  *sister = dna_child(w->space, w->strangers[0], NULL, 2);
  assert_int_equal(offer(pool, w->strangers[0], TERMINATED, 1, -4, 0),
                   CRUCIBLE_ELITE_REJECTED_SCORE); /* score -2 */
  assert_int_equal(offer(pool, child, PROMOTED, 2, 6, 0), 0);
  assert_same_bits(member(pool, 0).score, 3 - 1);
  assert_int_equal(offer(pool, sister, PROMOTED, 3, 0, 0), 0);
  assert_same_bits(member(pool, 1).score, 0.5 * (-2 + 2) / 2);
  /* the same record again: not its own relative, and the latest counts */
  assert_int_equal(offer(pool, w->strangers[0], TERMINATED, 1, -8, 0),
                   CRUCIBLE_ELITE_REJECTED_SCORE);
  crucible_elite e = {.struct_size = sizeof e};
  DNA_OK(crucible_elite_pool_get_rejected(pool, 0, &e, NULL, NULL));
  assert_same_bits(e.score, -4 + 0.5 * (2 + 0) / 2);
  assert_int_equal(offer(pool, sister, PROMOTED, 3, 0, 0), 0);
  assert_same_bits(member(pool, 1).score, 0.5 * (-3.5 + 2) / 2);
  /* another record of the same genome is the nearest relative */
  assert_int_equal(offer(pool, child, PROMOTED, 4, 0, 0),
                   CRUCIBLE_ELITE_REJECTED_DUPLICATE);
  DNA_OK(crucible_elite_pool_get_rejected(pool, 0, &e, NULL, NULL));
  assert_near(e.score, 0.5 * (2 - 0.375 - 3.5) / 3, 1e-15, 0);
  crucible_genome_destroy(child);
  crucible_genome_destroy(sister);
  crucible_elite_pool_destroy(pool);
}

/* ---- who yields to whom ---- */

static void of_one_genome_the_better_record_stays(void **state) {
  const world *w = *state;
  crucible_elite_options o = plain();
  crucible_elite_pool *pool = make(&o);
  uint32_t agent;
  crucible_genome *g = w->strangers[0];
  assert_int_equal(offer(pool, g, TERMINATED, 1, 2, 0), 0);
  assert_int_equal(offer(pool, g, TERMINATED, 2, 1.9, 0),
                   CRUCIBLE_ELITE_REJECTED_DUPLICATE);
  assert_int_equal(offer(pool, g, TERMINATED, 3, 2.1, 0), 0);
  assert_int_equal(latest(pool, &agent), CRUCIBLE_ELITE_REJECTED_DUPLICATE);
  assert_int_equal(agent, 1);
  assert_agents(pool, AGENTS(3));
  /* promoted is better, whatever the score */
  assert_int_equal(offer(pool, g, PROMOTED, 4, 1, 0), 0);
  assert_int_equal(offer(pool, g, TERMINATED, 5, 9, 0),
                   CRUCIBLE_ELITE_REJECTED_DUPLICATE);
  assert_agents(pool, AGENTS(4));
  assert_int_equal(crucible_elite_pool_rejected(pool), 4);
  crucible_elite_pool_destroy(pool);
}

/* What decays was promoted once: its later record takes the place of the
   earlier one, and if that is not good enough it leaves. */
static void the_same_agent_again_replaces_its_record(void **state) {
  const world *w = *state;
  crucible_elite_options o = plain();
  crucible_elite_pool *pool = make(&o);
  crucible_elite living = elite(w->strangers[5], PROVISIONAL, 7, 1, 3);
  assert_int_equal(offer(pool, w->strangers[0], PROMOTED, 1, 3, 0), 0);
  assert_int_equal(offer(pool, w->strangers[1], TERMINATED, 2, 4, 0), 0);
  assert_int_equal(offer(pool, w->strangers[0], PROMOTED, 1, 2.5, 1), 0);
  assert_same_bits(member(pool, 0).z, 2.5);
  assert_int_equal(crucible_elite_pool_rejected(pool), 0);
  DNA_OK(crucible_elite_pool_set_provisional(pool, &living, 1, 3));
  assert_agents(pool, AGENTS(1, 2));
  assert_int_equal(offer(pool, w->strangers[0], TERMINATED, 1, 0.2, 3),
                   CRUCIBLE_ELITE_REJECTED_SCORE);
  assert_agents(pool, AGENTS(2));
  DNA_OK(crucible_elite_pool_set_provisional(pool, &living, 1, 3));
  assert_agents(pool, AGENTS(2, 7));
  /* an agent of the same number with other DNA is another record */
  assert_int_equal(offer(pool, w->strangers[3], PROMOTED, 2, 1, 4), 0);
  assert_agents(pool, AGENTS(2, 2));
  crucible_elite_pool_destroy(pool);
}

/* Two that are near, and their distance. */
static double near_pair(const world *w, crucible_genome *pair[2]) {
  double d;
  pair[0] = w->strangers[0];
  pair[1] = dna_child(w->space, pair[0], NULL, 1);
  DNA_OK(crucible_genome_distance(pair[0], pair[1], &d));
  assert_true(d > 0 && d < 0.3);
  return d;
}

static void whoever_is_near_a_better_one_is_turned_down(void **state) {
  const world *w = *state;
  crucible_genome *pair[2];
  crucible_elite_options o = plain();
  uint32_t agent;
  o.min_distance = near_pair(w, pair); /* not nearer than that: allowed */
  crucible_elite_pool *pool = make(&o);
  assert_int_equal(offer(pool, pair[0], PROMOTED, 1, 1, 0), 0);
  assert_int_equal(offer(pool, pair[1], PROMOTED, 2, 2, 0), 0);
  assert_agents(pool, AGENTS(2, 1));
  crucible_elite_pool_destroy(pool);

  o.min_distance = nextafter(o.min_distance, 1);
  pool = make(&o);
  assert_int_equal(offer(pool, pair[0], PROMOTED, 1, 1, 0), 0);
  assert_int_equal(offer(pool, pair[1], PROMOTED, 2, 0.9, 0),
                   CRUCIBLE_ELITE_REJECTED_NEAR);
  /* a worse one gives way */
  assert_int_equal(offer(pool, pair[1], PROMOTED, 3, 1.1, 0), 0);
  assert_int_equal(latest(pool, &agent), CRUCIBLE_ELITE_REJECTED_NEAR);
  assert_int_equal(agent, 1);
  assert_agents(pool, AGENTS(3));
  /* promoted DNA enters beside whatever is not promoted */
  crucible_elite_pool_destroy(pool);
  pool = make(&o);
  assert_int_equal(offer(pool, pair[0], TERMINATED, 1, 5, 0), 0);
  assert_int_equal(offer(pool, pair[1], PROMOTED, 2, 1, 0), 0);
  assert_agents(pool, AGENTS(2));
  crucible_elite_pool_destroy(pool);
  crucible_genome_destroy(pair[1]);
}

static void the_best_of_the_terminated_stay(void **state) {
  const world *w = *state;
  crucible_elite_options o = plain();
  uint32_t agent;
  o.max_terminated = 2;
  crucible_elite_pool *pool = make(&o);
  assert_int_equal(offer(pool, w->strangers[0], PROMOTED, 1, -5, 0), 0);
  assert_int_equal(offer(pool, w->strangers[1], TERMINATED, 2, 1, 0), 0);
  assert_int_equal(offer(pool, w->strangers[2], TERMINATED, 3, 2, 0), 0);
  /* above the median, 1, and the worst of three */
  assert_int_equal(offer(pool, w->strangers[3], TERMINATED, 4, 1.5, 0), 0);
  assert_int_equal(latest(pool, &agent), CRUCIBLE_ELITE_REJECTED_FULL);
  assert_int_equal(agent, 2);
  assert_agents(pool, AGENTS(1, 3, 4));
  /* the median is that of -5, 1.5, 2 */
  assert_int_equal(offer(pool, w->strangers[4], TERMINATED, 5, 1.5, 0),
                   CRUCIBLE_ELITE_REJECTED_SCORE);
  assert_int_equal(offer(pool, w->strangers[5], PROMOTED, 6, -5, 0), 0);
  /* now of -5, -5, 1.5, 2: -1.75 */
  assert_int_equal(offer(pool, w->strangers[6], TERMINATED, 7, 1.2, 0),
                   CRUCIBLE_ELITE_REJECTED_FULL);
  assert_agents(pool, AGENTS(1, 6, 3, 4));
  crucible_elite_pool_destroy(pool);
  o.max_terminated = 0;
  pool = make(&o);
  assert_int_equal(offer(pool, w->strangers[1], TERMINATED, 2, 1, 0),
                   CRUCIBLE_ELITE_REJECTED_FULL);
  crucible_elite_pool_destroy(pool);
}

static void a_full_pool_sends_its_worst_away(void **state) {
  const world *w = *state;
  crucible_elite_options o = plain();
  o.capacity = 3;
  crucible_elite_pool *pool = make(&o);
  crucible_elite living[2] = {elite(w->strangers[8], PROVISIONAL, 8, 3, 0),
                              elite(w->strangers[9], PROVISIONAL, 9, 4, 0)};
  assert_int_equal(offer(pool, w->strangers[1], TERMINATED, 1, 1, 0), 0);
  assert_int_equal(offer(pool, w->strangers[2], TERMINATED, 2, 2, 0), 0);
  DNA_OK(crucible_elite_pool_set_provisional(pool, living, 2, 0));
  assert_agents(pool, AGENTS(2, 1, 9)); /* one place was free */
  assert_int_equal(offer(pool, w->strangers[3], TERMINATED, 3, 2.5, 0), 0);
  assert_agents(pool, AGENTS(3, 2, 1));
  assert_int_equal(crucible_elite_pool_rejected(pool), 0); /* no trace */
  assert_int_equal(offer(pool, w->strangers[4], PROMOTED, 4, -1, 0), 0);
  assert_agents(pool, AGENTS(4, 3, 2));
  assert_int_equal(offer(pool, w->strangers[5], PROMOTED, 5, 0, 0), 0);
  assert_int_equal(offer(pool, w->strangers[6], PROMOTED, 6, 1, 0), 0);
  assert_agents(pool, AGENTS(6, 5, 4));
  assert_int_equal(offer(pool, w->strangers[7], PROMOTED, 7, -2, 0),
                   CRUCIBLE_ELITE_REJECTED_FULL);
  assert_int_equal(offer(pool, w->strangers[0], TERMINATED, 8, 8, 0),
                   CRUCIBLE_ELITE_REJECTED_FULL);
  crucible_elite_pool_destroy(pool);
}

/* A candidate that finds no room does not drive out those near to it. */
static void who_is_turned_down_sends_nobody_away(void **state) {
  const world *w = *state;
  crucible_genome *pair[2];
  crucible_elite_options o = plain();
  o.min_distance = 2 * near_pair(w, pair);
  o.max_terminated = 1;
  crucible_elite_pool *pool = make(&o);
  crucible_elite living = elite(pair[0], PROVISIONAL, 1, -3, 0);
  assert_int_equal(offer(pool, w->strangers[2], TERMINATED, 2, 4, 0), 0);
  DNA_OK(crucible_elite_pool_set_provisional(pool, &living, 1, 0));
  assert_agents(pool, AGENTS(2, 1));
  assert_int_equal(offer(pool, pair[1], TERMINATED, 3, 3, 0),
                   CRUCIBLE_ELITE_REJECTED_FULL);
  assert_agents(pool, AGENTS(2, 1));
  crucible_elite_pool_destroy(pool);
  crucible_genome_destroy(pair[1]);
}

static void the_terminated_leave_when_they_are_no_longer_recent(void **state) {
  const world *w = *state;
  crucible_elite_options o = plain();
  uint32_t agent;
  o.recent_bars = 50;
  crucible_elite_pool *pool = make(&o);
  assert_int_equal(offer(pool, w->strangers[0], PROMOTED, 1, -9, 10), 0);
  assert_int_equal(offer(pool, w->strangers[1], TERMINATED, 2, 2, 10), 0);
  DNA_OK(crucible_elite_pool_refresh(pool, 60));
  assert_agents(pool, AGENTS(1, 2));
  DNA_OK(crucible_elite_pool_refresh(pool, 61));
  assert_agents(pool, AGENTS(1)); /* the promoted one stays */
  assert_int_equal(latest(pool, &agent), CRUCIBLE_ELITE_REJECTED_OLD);
  assert_int_equal(agent, 2);
  crucible_elite e = elite(w->strangers[2], TERMINATED, 3, 2, 10);
  int32_t outcome;
  DNA_OK(crucible_elite_pool_offer(pool, &e, 61, &outcome, NULL));
  assert_int_equal(outcome, CRUCIBLE_ELITE_REJECTED_OLD);
  e.bar = 11;
  DNA_OK(crucible_elite_pool_offer(pool, &e, 61, &outcome, NULL));
  assert_int_equal(outcome, CRUCIBLE_ELITE_TAKEN);
  crucible_elite_pool_destroy(pool);
}

static void provisional_ones_are_there_while_none_is_promoted(void **state) {
  const world *w = *state;
  crucible_genome *pair[2];
  crucible_elite_options o = plain();
  o.min_distance = near_pair(w, pair) * 1.01;
  o.max_provisional = 3;
  crucible_elite_pool *pool = make(&o);
  assert_int_equal(offer(pool, w->strangers[1], TERMINATED, 1, 1, 0), 0);
  crucible_elite living[] = {
      elite(pair[0], PROVISIONAL, 10, 2, 0),
      elite(w->strangers[1], PROVISIONAL, 11, 9, 0), /* a member's DNA */
      elite(pair[1], PROVISIONAL, 12, 1, 0),         /* near to 10 */
      elite(w->strangers[2], PROVISIONAL, 13, -1, 0),
      elite(w->strangers[3], PROVISIONAL, 14, 3, 0),
      elite(w->strangers[4], PROVISIONAL, 15, -2, 0), /* one too many */
      elite(w->strangers[3], PROVISIONAL, 16, 2, 0),  /* 14's DNA */
  };
  DNA_OK(crucible_elite_pool_set_provisional(pool, living, 7, 5));
  assert_agents(pool, AGENTS(1, 14, 10, 13));
  assert_int_equal(member(pool, 1).label, PROVISIONAL);
  /* they count for the median: 1, 3, 2, -1 */
  assert_int_equal(offer(pool, w->strangers[5], TERMINATED, 2, 1.5, 5),
                   CRUCIBLE_ELITE_REJECTED_SCORE);
  DNA_OK(crucible_elite_pool_set_provisional(pool, &living[5], 1, 6));
  assert_agents(pool, AGENTS(1, 15));
  /* dies and is offered: it is not the pool's median by itself */
  assert_int_equal(offer(pool, w->strangers[4], TERMINATED, 15, 1.5, 6), 0);
  assert_agents(pool, AGENTS(15, 1));
  DNA_OK(crucible_elite_pool_set_provisional(pool, &living[3], 2, 6));
  assert_agents(pool, AGENTS(15, 1, 14, 13));
  assert_int_equal(offer(pool, w->strangers[6], PROMOTED, 20, -3, 7), 0);
  assert_agents(pool, AGENTS(20, 15, 1));
  DNA_OK(crucible_elite_pool_set_provisional(pool, living, 7, 8));
  assert_agents(pool, AGENTS(20, 15, 1));
  DNA_OK(crucible_elite_pool_set_provisional(pool, NULL, 0, 9));
  assert_int_equal(crucible_elite_pool_rejected(pool), 1);
  crucible_elite_pool_destroy(pool);
  crucible_genome_destroy(pair[1]);
}

static void the_last_64_are_on_record(void **state) {
  const world *w = *state;
  crucible_elite_options o = plain();
  crucible_elite_pool *pool = make(&o);
  crucible_elite e = {.struct_size = sizeof e};
  for (uint32_t i = 0; i < 150; ++i) {
    assert_int_equal(
        offer(pool, w->strangers[i % STRANGERS], TERMINATED, i, -1.0 - i, i),
        CRUCIBLE_ELITE_REJECTED_SCORE);
    assert_int_equal(crucible_elite_pool_rejected(pool), i + 1);
    for (uint32_t k = 0; k < 64 && k <= i; ++k) {
      DNA_OK(crucible_elite_pool_get_rejected(pool, k, &e, NULL, NULL));
      assert_int_equal(e.agent, i - k);
      assert_true(dna_is_same(e.genome, w->strangers[(i - k) % STRANGERS]));
    }
    assert_int_equal(crucible_elite_pool_get_rejected(pool, i < 64 ? i + 1 : 64,
                                                      &e, NULL, NULL),
                     CRUCIBLE_E_INVALID);
  }
  crucible_elite_pool_destroy(pool);
}

/* ---- at random ---- */

/* What holds whatever is offered. */
static void assert_sound(const crucible_elite_pool *pool, uint64_t bar) {
  size_t n = crucible_elite_pool_count(pool), labels[4] = {0};
  assert_true(n <= 16);
  for (size_t i = 0; i < n; ++i) {
    crucible_elite e = member(pool, i);
    ++labels[e.label];
    assert_true(e.label != TERMINATED || bar - e.bar <= 8640);
    for (size_t k = 0; k < i; ++k) {
      crucible_elite better = member(pool, k);
      double d;
      assert_true(better.label < e.label ||
                  (better.label == e.label && better.score >= e.score));
      DNA_OK(crucible_genome_distance(e.genome, better.genome, &d));
      assert_true(d >= 0.05);
    }
  }
  assert_true(labels[TERMINATED] <= 5 && labels[PROVISIONAL] <= 5);
  assert_true(labels[PROMOTED] == 0 || labels[PROVISIONAL] == 0);
}

static void play(const world *w, crucible_elite_pool *pool, uint64_t from,
                 uint64_t to) {
  for (uint64_t i = from; i < to; ++i) {
    uint64_t lot = (i + 1) * UINT64_C(0x9e3779b97f4a7c15);
    lot ^= lot >> 29;
    double z = (double)(lot % 1000) / 200 - 2;
    const crucible_genome *mother = w->strangers[lot % STRANGERS];
    const crucible_genome *father = w->strangers[(lot >> 8) % STRANGERS];
    crucible_genome *child =
        dna_child(w->space, mother, lot >> 16 & 1 ? father : NULL, i % 50);
    crucible_elite e = elite(lot >> 17 & 1 ? child : mother,
                             (lot >> 18) % 8 == 0 ? PROMOTED : TERMINATED,
                             (uint32_t)(i % 60), z, i * 100);
    e.n_bars = lot >> 20 & 0xfff;
    int32_t outcome;
    if (i % 7 == 3) {
      e.label = PROVISIONAL;
      crucible_elite two[2] = {e, e};
      two[1].genome = father;
      two[1].agent = 100;
      DNA_OK(crucible_elite_pool_set_provisional(pool, two, 2, i * 100));
    } else {
      DNA_OK(crucible_elite_pool_offer(pool, &e, i * 100, &outcome, NULL));
    }
    crucible_genome_destroy(child);
    assert_sound(pool, i * 100);
  }
}

static crucible__pack saved(const crucible_elite_pool *pool) {
  crucible__pack pack = {0};
  crucible__elite_pool_save(pool, &pack);
  DNA_OK(crucible__pack_end(&pack));
  return pack;
}

static void assert_same_pack(const crucible__pack *a, const crucible__pack *b) {
  assert_int_equal(a->length, b->length);
  assert_memory_equal(a->data, b->data, a->length);
}

static crucible_status load(const unsigned char *data, size_t length,
                            const crucible_elite_options *options,
                            crucible_elite_pool **pool) {
  crucible__unpack unpack = {.data = data, .length = length};
  crucible_status status = crucible__elite_pool_load(&unpack, options, pool);
  assert_true(status == CRUCIBLE_OK || *pool == NULL);
  return status == CRUCIBLE_OK ? crucible__unpack_end(&unpack, "pool") : status;
}

/* Saved at some point, a pool goes on as one that never was. */
static void a_loaded_pool_goes_on_with_the_same_bits(void **state) {
  const world *w = *state;
  crucible_elite_pool *whole = make(NULL);
  play(w, whole, 0, 400);
  crucible__pack expected = saved(whole);
  assert_true(crucible_elite_pool_rejected(whole) > 100);
  for (uint64_t cut = 0; cut < 400; cut += 57) {
    crucible_elite_pool *half = make(NULL), *rest;
    play(w, half, 0, cut);
    crucible__pack bytes = saved(half);
    crucible_elite_pool_destroy(half);
    DNA_OK(load(bytes.data, bytes.length, NULL, &rest));
    crucible__pack again = saved(rest);
    assert_same_pack(&again, &bytes);
    play(w, rest, cut, 400);
    crucible__pack after = saved(rest);
    assert_same_pack(&after, &expected);
    crucible__pack_free(&bytes);
    crucible__pack_free(&again);
    crucible__pack_free(&after);
    crucible_elite_pool_destroy(rest);
  }
  crucible__pack_free(&expected);
  crucible_elite_pool_destroy(whole);
}

/* ---- bad input ---- */

static void damaged_bytes_are_refused(void **state) {
  const world *w = *state;
  crucible_elite_pool *pool = make(NULL), *other;
  play(w, pool, 0, 12);
  crucible__pack bytes = saved(pool);
  crucible_elite_pool_destroy(pool);
  size_t n = bytes.length;
  assert_true(n > 5000);
  for (size_t length = 0; length < n; length += length < 200 ? 1 : 37)
    assert_int_equal(load(bytes.data, length, NULL, &other), CRUCIBLE_E_STORE);
  for (size_t i = 0; i < n; i += 5) {
    bytes.data[i] ^= 0x41; /* a digit of a score, say, may pass */
    crucible_status status = load(bytes.data, n, NULL, &other);
    assert_true(status == CRUCIBLE_OK || status == CRUCIBLE_E_STORE ||
                status == CRUCIBLE_E_STATE);
    if (other != NULL)
      crucible_elite_pool_destroy(other);
    bytes.data[i] ^= 0x41;
  }
  crucible_elite_options o;
  crucible_elite_options_init(&o, sizeof o);
  o.shrink_bars = 2015;
  assert_int_equal(load(bytes.data, n, &o, &other), CRUCIBLE_E_STATE);
  assert_non_null(strstr(crucible_last_error(), "other options"));
  crucible__pack_free(&bytes);
}

static void assert_invalid(crucible_status status, const char *part) {
  if (status != CRUCIBLE_E_INVALID ||
      strstr(crucible_last_error(), part) == NULL)
    fail_msg("%s: \"%s\" should name \"%s\"", crucible_status_name(status),
             crucible_last_error(), part);
}

static void wrong_options_of_a_pool_are_refused_by_name(void **state) {
  (void)state;
  crucible_elite_pool *pool;
  crucible_elite_options o;
#define REFUSED(field, value, part)                                            \
  crucible_elite_options_init(&o, sizeof o);                                   \
  o.field = value;                                                             \
  pool = (crucible_elite_pool *)&o;                                            \
  assert_invalid(crucible_elite_pool_create(&o, &pool), part);                 \
  assert_null(pool)
  REFUSED(capacity, 0, "options.capacity is 0");
  REFUSED(capacity, 4097, "options.capacity is 4097");
  REFUSED(reserved, 1, "options.reserved is 1");
  REFUSED(half_life_bars, 0, "half_life_bars is 0");
  REFUSED(half_life_bars, (double)NAN, "half_life_bars is nan");
  REFUSED(shrink_bars, -1, "shrink_bars is -1");
  REFUSED(shrink_bars, (double)INFINITY, "shrink_bars is inf");
  REFUSED(min_distance, -0.1, "min_distance is -0.1");
  REFUSED(min_distance, 1.5, "min_distance is 1.5");
  REFUSED(struct_size, 3, "struct_size is 3");
#undef REFUSED
  assert_invalid(crucible_elite_pool_create(NULL, NULL), "pool is NULL");
}

static void a_wrong_candidate_is_refused_and_changes_nothing(void **state) {
  const world *w = *state;
  crucible_elite_pool *pool = make(NULL);
  play(w, pool, 0, 30);
  crucible__pack before = saved(pool);
  crucible_elite e;
  int32_t outcome = 77;
#define REFUSED(field, value, part)                                            \
  e = elite(w->strangers[0], PROMOTED, 1, 1, 5000);                            \
  e.field = value;                                                             \
  assert_invalid(crucible_elite_pool_offer(pool, &e, 5000, &outcome, NULL),    \
                 part)
  REFUSED(genome, NULL, "candidate.genome is NULL");
  REFUSED(label, 0, "candidate.label is 0");
  REFUSED(label, PROVISIONAL, "_set_provisional");
  REFUSED(z, (double)NAN, "candidate.z is nan");
  REFUSED(z, (double)INFINITY, "candidate.z is inf");
  REFUSED(z, 1e101, "candidate.z is 1e+101");
  REFUSED(dsr, 1.1, "candidate.dsr is 1.1");
  REFUSED(dsr, (double)NAN, "candidate.dsr is nan");
  REFUSED(bar, 5001, "candidate.bar is 5001, after the present bar 5000");
#undef REFUSED
  e = elite(w->strangers[0], PROMOTED, 1, 1, 0);
  assert_invalid(crucible_elite_pool_offer(pool, &e, 2899, &outcome, NULL),
                 "bar is 2899, before bar 2900");
  assert_invalid(crucible_elite_pool_offer(NULL, &e, 5000, &outcome, NULL),
                 "pool is NULL");
  assert_invalid(crucible_elite_pool_offer(pool, NULL, 5000, &outcome, NULL),
                 "candidate is NULL");
  assert_invalid(crucible_elite_pool_offer(pool, &e, 5000, NULL, NULL),
                 "outcome is NULL");
  assert_invalid(crucible_elite_pool_refresh(pool, 0), "bar is 0");
  assert_invalid(crucible_elite_pool_refresh(NULL, 0), "pool is NULL");
  crucible_elite two[2] = {elite(w->strangers[0], PROVISIONAL, 1, 1, 0), e};
  assert_invalid(crucible_elite_pool_set_provisional(pool, two, 2, 5000),
                 "candidates[1]: candidate.label is 1");
  assert_invalid(crucible_elite_pool_set_provisional(pool, two, 1, 0),
                 "bar is 0");
  assert_invalid(crucible_elite_pool_set_provisional(pool, NULL, 1, 5000),
                 "candidates is NULL");
  assert_invalid(crucible_elite_pool_set_provisional(NULL, two, 1, 5000),
                 "pool is NULL");
  assert_invalid(crucible_elite_pool_get(pool, 1000, &e), "index is 1000");
  assert_invalid(crucible_elite_pool_get(NULL, 0, &e), "pool is NULL");
  assert_invalid(crucible_elite_pool_get(pool, 0, NULL), "member is NULL");
  assert_invalid(crucible_elite_pool_get_rejected(pool, 64, &e, NULL, NULL),
                 "index is 64");
  assert_invalid(crucible_elite_pool_get_rejected(pool, 0, NULL, NULL, NULL),
                 "elite is NULL");
  assert_int_equal(crucible_elite_pool_count(NULL), 0);
  assert_int_equal(crucible_elite_pool_rejected(NULL), 0);
  assert_int_equal(outcome, 77);
  crucible__pack after = saved(pool);
  assert_same_pack(&after, &before);
  crucible__pack_free(&before);
  crucible__pack_free(&after);
  crucible_elite_pool_destroy(pool);
}

/* ---- out of memory ---- */

static crucible_status live_and_load(void *data) {
  const world *w = data;
  crucible_elite_pool *pool = NULL, *other = NULL;
  crucible__pack pack = {0};
  crucible_elite e = elite(w->strangers[0], TERMINATED, 1, 1, 0);
  crucible_elite living = elite(w->strangers[1], PROVISIONAL, 2, 1, 0);
  int32_t outcome;
  crucible_status status = crucible_elite_pool_create(NULL, &pool);
  if (status == CRUCIBLE_OK)
    status = crucible_elite_pool_offer(pool, &e, 0, &outcome, NULL);
  if (status == CRUCIBLE_OK)
    status = crucible_elite_pool_set_provisional(pool, &living, 1, 0);
  if (status == CRUCIBLE_OK) {
    e.z = -1;
    status = crucible_elite_pool_offer(pool, &e, 0, &outcome, NULL);
  }
  if (status == CRUCIBLE_OK) {
    crucible__elite_pool_save(pool, &pack);
    status = crucible__pack_end(&pack);
  }
  if (status == CRUCIBLE_OK)
    status = load(pack.data, pack.length, NULL, &other);
  crucible_elite_pool_destroy(pool);
  crucible_elite_pool_destroy(other);
  crucible__pack_free(&pack);
  return status;
}

static void a_pool_survives_running_out_of_memory(void **state) {
  assert_true(failing_alloc_run(live_and_load, *state) > 100);
}

static void without_memory_a_pool_stays_as_it_is(void **state) {
  const world *w = *state;
  crucible_elite_pool *pool = make(NULL);
  play(w, pool, 0, 30);
  crucible__pack before = saved(pool);
  crucible_elite e = elite(w->strangers[0], PROMOTED, 1, 9, 90000);
  crucible_elite living[2] = {elite(w->strangers[1], PROVISIONAL, 2, 1, 0),
                              elite(w->strangers[2], PROVISIONAL, 3, 1, 0)};
  int32_t outcome;
  for (int provisional = 0; provisional < 2; ++provisional)
    for (size_t i = 1;; i += 3) {
      failing_alloc_at(i, 0);
      crucible_status status =
          provisional
              ? crucible_elite_pool_set_provisional(pool, living, 2, 90000)
              : crucible_elite_pool_offer(pool, &e, 90000, &outcome, NULL);
      failing_alloc_at(0, 0);
      crucible__pack after = saved(pool);
      if (status == CRUCIBLE_OK) {
        crucible__pack_free(&before);
        before = after;
        break;
      }
      assert_int_equal(status, CRUCIBLE_E_NOMEM);
      assert_same_pack(&after, &before);
      crucible__pack_free(&after);
    }
  crucible__pack_free(&before);
  crucible_elite_pool_destroy(pool);
}

int main(void) {
  failing_alloc_install();
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(what_an_agent_brought_in_can_be_taken_away),
      cmocka_unit_test(a_terminated_one_must_beat_the_median),
      cmocka_unit_test(a_score_is_shrunk_and_halves_with_age),
      cmocka_unit_test(no_bars_prove_nothing),
      cmocka_unit_test(members_are_sorted_again_as_they_age),
      cmocka_unit_test(a_short_record_is_shrunk_towards_its_relatives),
      cmocka_unit_test(relatives_that_were_turned_down_count_too),
      cmocka_unit_test(of_one_genome_the_better_record_stays),
      cmocka_unit_test(the_same_agent_again_replaces_its_record),
      cmocka_unit_test(whoever_is_near_a_better_one_is_turned_down),
      cmocka_unit_test(the_best_of_the_terminated_stay),
      cmocka_unit_test(a_full_pool_sends_its_worst_away),
      cmocka_unit_test(who_is_turned_down_sends_nobody_away),
      cmocka_unit_test(the_terminated_leave_when_they_are_no_longer_recent),
      cmocka_unit_test(provisional_ones_are_there_while_none_is_promoted),
      cmocka_unit_test(the_last_64_are_on_record),
      cmocka_unit_test(a_loaded_pool_goes_on_with_the_same_bits),
      cmocka_unit_test(damaged_bytes_are_refused),
      cmocka_unit_test(wrong_options_of_a_pool_are_refused_by_name),
      cmocka_unit_test(a_wrong_candidate_is_refused_and_changes_nothing),
      cmocka_unit_test(a_pool_survives_running_out_of_memory),
      cmocka_unit_test(without_memory_a_pool_stays_as_it_is),
  };
  return cmocka_run_group_tests(tests, set_up, tear_down);
}
