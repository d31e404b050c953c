/* SPDX-License-Identifier: Apache-2.0 */
/* Pools of elites at random, saved and loaded; bad input, want of memory. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <crucible/genome.h>

#include "base/pack.h"
#include "genome/elite_state.h"
#include "support/elites.h"
#include "support/failing_alloc.h"
#include "support/some_dna.h"

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
      assert_ok(crucible_genome_distance(e.genome, better.genome, &d));
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
      assert_ok(crucible_elite_pool_set_provisional(pool, two, 2, i * 100));
    } else {
      assert_ok(crucible_elite_pool_offer(pool, &e, i * 100, &outcome, NULL));
    }
    crucible_genome_destroy(child);
    assert_sound(pool, i * 100);
  }
}

static crucible__pack saved(const crucible_elite_pool *pool) {
  crucible__pack pack = {0};
  crucible__elite_pool_save(pool, &pack);
  assert_ok(crucible__pack_end(&pack));
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
    assert_ok(load(bytes.data, bytes.length, NULL, &rest));
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
      cmocka_unit_test(a_loaded_pool_goes_on_with_the_same_bits),
      cmocka_unit_test(damaged_bytes_are_refused),
      cmocka_unit_test(wrong_options_of_a_pool_are_refused_by_name),
      cmocka_unit_test(a_wrong_candidate_is_refused_and_changes_nothing),
      cmocka_unit_test(a_pool_survives_running_out_of_memory),
      cmocka_unit_test(without_memory_a_pool_stays_as_it_is),
  };
  return cmocka_run_group_tests(tests, set_up, tear_down);
}
