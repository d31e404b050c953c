/* SPDX-License-Identifier: Apache-2.0 */
/* The score of elites, and who yields to whom. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include <crucible/genome.h>

#include "genome/elite_state.h"
#include "support/elites.h"
#include "support/near.h"
#include "support/some_dna.h"

/* Without shrinking and ageing a score is z. */
static crucible_elite_options plain(void) {
  crucible_elite_options o;
  crucible_elite_options_init(&o, sizeof o);
  o.shrink_bars = 0;
  o.half_life_bars = (double)INFINITY;
  return o;
}

static int32_t offer(crucible_elite_pool *pool, const crucible_genome *genome,
                     int32_t label, uint32_t agent, double z, uint64_t bar) {
  crucible_elite e = elite(genome, label, agent, z, bar);
  int32_t outcome;
  char reason[CRUCIBLE_ELITE_REASON_SIZE];
  assert_ok(crucible_elite_pool_offer(pool, &e, bar, &outcome, reason));
  assert_int_equal(outcome == CRUCIBLE_ELITE_TAKEN, reason[0] == '\0');
  return outcome;
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
  assert_ok(crucible_elite_pool_get_rejected(pool, 0, &e, &outcome, reason));
  assert_int_equal(e.agent, 4);
  assert_int_equal(outcome, CRUCIBLE_ELITE_REJECTED_SCORE);
  assert_string_equal(reason,
                      "score 1.5000 is not above the pool's median, 1.5000");
  assert_ok(crucible_elite_pool_get_rejected(pool, 1, &e, NULL, reason));
  assert_int_equal(e.agent, 1);
  assert_string_equal(reason,
                      "score 0.0000 is not above the empty pool's, 0.0000");
  crucible_elite_pool_destroy(pool);
}

/* The latest on record. */
static int32_t latest(const crucible_elite_pool *pool, uint32_t *agent) {
  crucible_elite e = {.struct_size = sizeof e};
  int32_t outcome;
  assert_ok(crucible_elite_pool_get_rejected(pool, 0, &e, &outcome, NULL));
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
  assert_ok(crucible_elite_pool_refresh(pool, 100 + 8640));
  assert_near(member(pool, 0).score, 0.75, 1e-15, 0);
  assert_same_bits(member(pool, 1).score, -1.5); /* age is no merit */
  assert_ok(crucible_elite_pool_refresh(pool, 100 + 3 * 8640));
  assert_near(member(pool, 0).score, 1.5 / 8, 1e-15, 0);
  /* an old record is aged at once */
  crucible_elite e = elite(w->strangers[2], PROMOTED, 3, 2, 100 + 2 * 8640);
  e.n_bars = 3 * 2016;
  int32_t outcome;
  assert_ok(
      crucible_elite_pool_offer(pool, &e, 100 + 3 * 8640, &outcome, NULL));
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
  assert_ok(crucible_elite_pool_offer(pool, &e, 0, &outcome, NULL));
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
  assert_ok(crucible_elite_pool_offer(pool, &old, 0, &outcome, NULL));
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
    assert_ok(crucible_elite_pool_offer(pool, &e, 0, &outcome, NULL));
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
  assert_ok(crucible_elite_pool_get_rejected(pool, 0, &e, NULL, NULL));
  assert_same_bits(e.score, -4 + 0.5 * (2 + 0) / 2);
  assert_int_equal(offer(pool, sister, PROMOTED, 3, 0, 0), 0);
  assert_same_bits(member(pool, 1).score, 0.5 * (-3.5 + 2) / 2);
  /* another record of the same genome is the nearest relative */
  assert_int_equal(offer(pool, child, PROMOTED, 4, 0, 0),
                   CRUCIBLE_ELITE_REJECTED_DUPLICATE);
  assert_ok(crucible_elite_pool_get_rejected(pool, 0, &e, NULL, NULL));
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
  assert_ok(crucible_elite_pool_set_provisional(pool, &living, 1, 3));
  assert_agents(pool, AGENTS(1, 2));
  assert_int_equal(offer(pool, w->strangers[0], TERMINATED, 1, 0.2, 3),
                   CRUCIBLE_ELITE_REJECTED_SCORE);
  assert_agents(pool, AGENTS(2));
  assert_ok(crucible_elite_pool_set_provisional(pool, &living, 1, 3));
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
  assert_ok(crucible_genome_distance(pair[0], pair[1], &d));
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
  assert_ok(crucible_elite_pool_set_provisional(pool, living, 2, 0));
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
  assert_ok(crucible_elite_pool_set_provisional(pool, &living, 1, 0));
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
  assert_ok(crucible_elite_pool_refresh(pool, 60));
  assert_agents(pool, AGENTS(1, 2));
  assert_ok(crucible_elite_pool_refresh(pool, 61));
  assert_agents(pool, AGENTS(1)); /* the promoted one stays */
  assert_int_equal(latest(pool, &agent), CRUCIBLE_ELITE_REJECTED_OLD);
  assert_int_equal(agent, 2);
  crucible_elite e = elite(w->strangers[2], TERMINATED, 3, 2, 10);
  int32_t outcome;
  assert_ok(crucible_elite_pool_offer(pool, &e, 61, &outcome, NULL));
  assert_int_equal(outcome, CRUCIBLE_ELITE_REJECTED_OLD);
  e.bar = 11;
  assert_ok(crucible_elite_pool_offer(pool, &e, 61, &outcome, NULL));
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
  assert_ok(crucible_elite_pool_set_provisional(pool, living, 7, 5));
  assert_agents(pool, AGENTS(1, 14, 10, 13));
  assert_int_equal(member(pool, 1).label, PROVISIONAL);
  /* they count for the median: 1, 3, 2, -1 */
  assert_int_equal(offer(pool, w->strangers[5], TERMINATED, 2, 1.5, 5),
                   CRUCIBLE_ELITE_REJECTED_SCORE);
  assert_ok(crucible_elite_pool_set_provisional(pool, &living[5], 1, 6));
  assert_agents(pool, AGENTS(1, 15));
  /* dies and is offered: it is not the pool's median by itself */
  assert_int_equal(offer(pool, w->strangers[4], TERMINATED, 15, 1.5, 6), 0);
  assert_agents(pool, AGENTS(15, 1));
  assert_ok(crucible_elite_pool_set_provisional(pool, &living[3], 2, 6));
  assert_agents(pool, AGENTS(15, 1, 14, 13));
  assert_int_equal(offer(pool, w->strangers[6], PROMOTED, 20, -3, 7), 0);
  assert_agents(pool, AGENTS(20, 15, 1));
  assert_ok(crucible_elite_pool_set_provisional(pool, living, 7, 8));
  assert_agents(pool, AGENTS(20, 15, 1));
  assert_ok(crucible_elite_pool_set_provisional(pool, NULL, 0, 9));
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
      assert_ok(crucible_elite_pool_get_rejected(pool, k, &e, NULL, NULL));
      assert_int_equal(e.agent, i - k);
      assert_true(dna_is_same(e.genome, w->strangers[(i - k) % STRANGERS]));
    }
    assert_int_equal(crucible_elite_pool_get_rejected(pool, i < 64 ? i + 1 : 64,
                                                      &e, NULL, NULL),
                     CRUCIBLE_E_INVALID);
  }
  crucible_elite_pool_destroy(pool);
}

int main(void) {
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
  };
  return cmocka_run_group_tests(tests, set_up, tear_down);
}
