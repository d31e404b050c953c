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
  o.half_life_bars = INFINITY;
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

/* A pool after many offers at random, saved half way, goes on as it was. */
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
                             (lot >> 18) % 5 == 0 ? PROMOTED : TERMINATED,
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
  }
}

static crucible__pack saved(const crucible_elite_pool *pool) {
  crucible__pack pack = {0};
  crucible__elite_pool_save(pool, &pack);
  DNA_OK(crucible__pack_end(&pack));
  return pack;
}

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
    crucible__unpack unpack = {.data = bytes.data, .length = bytes.length};
    DNA_OK(crucible__elite_pool_load(&unpack, NULL, &rest));
    DNA_OK(crucible__unpack_end(&unpack, "pool"));
    crucible__pack again = saved(rest);
    assert_int_equal(again.length, bytes.length);
    assert_memory_equal(again.data, bytes.data, bytes.length);
    play(w, rest, cut, 400);
    crucible__pack after = saved(rest);
    assert_int_equal(after.length, expected.length);
    assert_memory_equal(after.data, expected.data, expected.length);
    crucible__pack_free(&bytes);
    crucible__pack_free(&again);
    crucible__pack_free(&after);
    crucible_elite_pool_destroy(rest);
  }
  crucible__pack_free(&expected);
  crucible_elite_pool_destroy(whole);
}

int main(void) {
  failing_alloc_install();
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_terminated_one_must_beat_the_median),
      cmocka_unit_test(a_loaded_pool_goes_on_with_the_same_bits),
  };
  return cmocka_run_group_tests(tests, set_up, tear_down);
}
