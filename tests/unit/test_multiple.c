/* SPDX-License-Identifier: Apache-2.0 */
/* e-BH and e-LOND: definitions, false discoveries among agents that share a
   market, bytes, refusals. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

#include <crucible/sequential.h>

#include "base/rng.h"
#include "stats/multiple.h"
#include "support/failing_alloc.h"
#include "support/near.h"

enum { AGENTS = 60, ROOM = 4000 };

static int downwards(const void *a, const void *b) {
  const double x = *(const double *)a, y = *(const double *)b;
  return (x < y) - (x > y);
}

/* The definition, by sorting. */
static size_t by_sorting(const double *log_e, size_t n, double alpha) {
  double sorted[AGENTS];
  size_t best = 0;
  memcpy(sorted, log_e, n * sizeof *sorted);
  qsort(sorted, n, sizeof *sorted, downwards);
  for (size_t k = 1; k <= n; ++k)
    if (exp(sorted[k - 1]) >= (double)n / ((double)k * alpha))
      best = k;
  return best;
}

static void ebh_rejects_what_its_definition_does(void **state) {
  (void)state;
  crucible__rng rng;
  crucible__rng_init(&rng, 1, CRUCIBLE__RNG_TEST, 1);
  size_t total = 0;
  for (int round = 0; round < 2000; ++round) {
    double log_e[AGENTS];
    int32_t is_rejected[AGENTS];
    size_t found, count = 0;
    const size_t n = 1 + (size_t)crucible__rng_below(&rng, AGENTS);
    double least = (double)INFINITY, most = -(double)INFINITY;
    for (size_t i = 0; i < n; ++i)
      log_e[i] = 2 + 3 * crucible__rng_normal(&rng);
    assert_int_equal(crucible_ebh(log_e, n, 0.1, is_rejected, &found), 0);
    assert_int_equal(found, by_sorting(log_e, n, 0.1));
    for (size_t i = 0; i < n; ++i) {
      count += (size_t)is_rejected[i];
      if (is_rejected[i])
        least = fmin(least, log_e[i]);
      else
        most = fmax(most, log_e[i]);
    }
    assert_int_equal(count, found);
    assert_true(least > most);
    total += found;
  }
  assert_true(total > 1000);
}

/* n = 4, alpha = 0.1: thresholds 40, 20, 13.3, 10. */
static void ebh_agrees_with_cases_worked_by_hand(void **state) {
  (void)state;
  static const struct {
    double e[4];
    size_t found;
  } cases[] = {{{40, 1, 1, 1}, 1},
               {{39.9, 1, 1, 1}, 0},
               {{20, 20, 0, 5}, 2},
               {{39, 19, 14, 1}, 3},
               {{10, 10, 10, 10}, 4},
               {{9.9, 10, 10, 10}, 0},
               {{(double)INFINITY, 0, 0, 0}, 1},
               {{0, 0, 0, 0}, 0}};
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; ++i) {
    double log_e[4];
    int32_t is_rejected[4];
    size_t found;
    for (int k = 0; k < 4; ++k)
      log_e[k] = log(cases[i].e[k]);
    assert_int_equal(crucible_ebh(log_e, 4, 0.1, is_rejected, &found), 0);
    assert_int_equal(found, cases[i].found);
  }
}

static void levels_sum_to_alpha_and_grow_with_discoveries(void **state) {
  (void)state;
  long double sum = 0;
  for (uint64_t j = 1; j <= 1000000; ++j) {
    const double level = exp(-crucible__elond_log_threshold(0.05, j, 0));
    sum += (long double)level;
    assert_true(level > 0);
  }
  /* what is left for those to come: alpha / sqrt(1000001) */
  assert_near((double)sum, 0.05 * (1 - 1 / sqrt(1000001)), 1e-9, 0);
  assert_near(crucible__elond_log_threshold(0.05, 9, 3),
              crucible__elond_log_threshold(0.05, 9, 0) - log(4), 1e-14, 0);
}

static void a_level_is_fixed_at_birth_and_a_rejection_is_final(void **state) {
  (void)state;
  crucible_online_fdr *online;
  uint64_t index, born, rejected;
  double first, second, third;
  int32_t is_rejected;
  assert_int_equal(crucible_online_fdr_create(0.1, &online), 0);
  assert_int_equal(crucible_online_fdr_birth(online, &index, &first), 0);
  assert_int_equal(index, 0);
  assert_near(first, -log(0.1 * (1 - sqrt(0.5))), 1e-14, 0);
  assert_int_equal(crucible_online_fdr_birth(online, &index, &second), 0);
  assert_int_equal(
      crucible_online_fdr_push(online, 0, first - 1e-9, &is_rejected), 0);
  assert_int_equal(is_rejected, 0);
  assert_int_equal(crucible_online_fdr_push(online, 0, first, &is_rejected), 0);
  assert_int_equal(is_rejected, 1);
  assert_int_equal(crucible_online_fdr_push(online, 0, -5, &is_rejected), 0);
  assert_int_equal(is_rejected, 1);
  /* the second was born before: it has gained nothing */
  assert_int_equal(
      crucible_online_fdr_push(online, 1, second - 1e-9, &is_rejected), 0);
  assert_int_equal(is_rejected, 0);
  assert_int_equal(crucible_online_fdr_birth(online, &index, &third), 0);
  assert_near(third, -log(0.1 * 2 * (1 / sqrt(3) - 0.5)), 1e-12, 0);
  assert_int_equal(crucible_online_fdr_count(online, &born, &rejected), 0);
  assert_true(born == 3 && rejected == 1);
  crucible_online_fdr_destroy(online);
}

/*
 * Agents that share a market: returns are a common factor and their own noise,
 * correlated by 0.9 with signs at random; each has an e-process, bet by bet,
 * prod(1 + 0.3 x) of uniform x, a true martingale where there is no skill.
 */
typedef struct crowd {
  double log_e[AGENTS];
  double side[AGENTS];
  int skilled[AGENTS];
} crowd;

static void crowd_start(crowd *all, crucible__rng *rng, size_t skilled) {
  for (size_t i = 0; i < AGENTS; ++i) {
    all->log_e[i] = 0;
    all->side[i] = crucible__rng_below(rng, 4) == 0 ? -1 : 1;
    all->skilled[i] =
        i % (AGENTS / (skilled > 0 ? skilled : AGENTS)) == 0 && skilled > 0;
  }
}

static void crowd_step(crowd *all, crucible__rng *rng, size_t n) {
  const double market = 2 * crucible__rng_uniform(rng) - 1;
  for (size_t i = 0; i < n; ++i) {
    const double own = 2 * crucible__rng_uniform(rng) - 1;
    const double luck = all->side[i] * (0.9 * market) + 0.1 * own;
    all->log_e[i] += log1p(0.6 * (luck + (all->skilled[i] ? 0.4 : 0)));
  }
}

/* Mean and standard error of the false share. */
typedef struct share {
  double sum, squares, found;
  size_t n;
} share;

static void share_add(share *s, size_t wrong, size_t found) {
  const double part = found > 0 ? (double)wrong / (double)found : 0;
  s->sum += part;
  s->squares += part * part;
  s->found += (double)found;
  ++s->n;
}

static double share_upper(const share *s) {
  const double n = (double)s->n, mean = s->sum / n;
  return mean + 2 * sqrt((s->squares / n - mean * mean) / n);
}

static void ebh_keeps_its_rate_among_agents_of_one_market(void **state) {
  (void)state;
  const double alpha = 0.2;
  for (size_t skilled = 0; skilled <= 12; skilled += 12) {
    share result = {0};
    for (uint64_t round = 0; round < 3000; ++round) {
      crowd all;
      int32_t is_rejected[AGENTS];
      size_t found, wrong = 0;
      crucible__rng rng;
      crucible__rng_init(&rng, 5 + skilled, CRUCIBLE__RNG_TEST, round);
      crowd_start(&all, &rng, skilled);
      for (int t = 0; t < 60; ++t)
        crowd_step(&all, &rng, AGENTS);
      assert_int_equal(
          crucible_ebh(all.log_e, AGENTS, alpha, is_rejected, &found), 0);
      for (size_t i = 0; i < AGENTS; ++i)
        wrong += (size_t)(is_rejected[i] && !all.skilled[i]);
      share_add(&result, wrong, found);
    }
    assert_true(share_upper(&result) <= alpha);
    assert_true(result.found > 0 && result.sum > 0);
    if (skilled > 0)
      assert_true(result.found > 0.5 * 12 * (double)result.n);
  }
}

/* Agents are born one after the other while others run, and are shown at each
   step: stopping at the best moment is part of the promise. */
static void elond_keeps_its_rate_while_agents_come_and_go(void **state) {
  (void)state;
  const double alpha = 0.2;
  for (size_t skilled = 0; skilled <= 12; skilled += 12) {
    share result = {0};
    for (uint64_t round = 0; round < 2000; ++round) {
      crowd all;
      crucible_online_fdr *online;
      uint64_t found;
      size_t wrong = 0;
      crucible__rng rng;
      crucible__rng_init(&rng, 50 + skilled, CRUCIBLE__RNG_TEST, round);
      assert_int_equal(crucible_online_fdr_create(alpha, &online), 0);
      crowd_start(&all, &rng, skilled);
      for (size_t t = 0; t < 3 * AGENTS; ++t) {
        const size_t n = t / 3 + 1;
        if (t % 3 == 0)
          assert_int_equal(crucible_online_fdr_birth(online, NULL, NULL), 0);
        crowd_step(&all, &rng, n);
        for (size_t i = 0; i < n; ++i)
          assert_int_equal(
              crucible_online_fdr_push(online, i, all.log_e[i], NULL), 0);
      }
      for (size_t i = 0; i < AGENTS; ++i) {
        int32_t is_rejected;
        assert_int_equal(crucible_online_fdr_push(online, i, -(double)INFINITY,
                                                  &is_rejected),
                         0);
        wrong += (size_t)(is_rejected && !all.skilled[i]);
      }
      assert_int_equal(crucible_online_fdr_count(online, NULL, &found), 0);
      share_add(&result, wrong, (size_t)found);
      crucible_online_fdr_destroy(online);
    }
    assert_true(share_upper(&result) <= alpha);
    assert_true(result.sum > 0);
    if (skilled > 0)
      assert_true(result.found > 0.5 * 12 * (double)result.n);
  }
}

static crucible_online_fdr *some(size_t n) {
  crucible_online_fdr *online;
  assert_int_equal(crucible_online_fdr_create(0.1, &online), 0);
  for (size_t i = 0; i < n; ++i) {
    assert_int_equal(crucible_online_fdr_birth(online, NULL, NULL), 0);
    assert_int_equal(
        crucible_online_fdr_push(online, i, i % 3 == 0 ? 20 : 0, NULL), 0);
  }
  return online;
}

static void saved_hypotheses_go_on_and_damage_is_refused(void **state) {
  (void)state;
  unsigned char bytes[ROOM], before[ROOM], after[ROOM];
  size_t n, m, k;
  double here, there;
  crucible_online_fdr *a = some(40), *b = some(7), *c;
  assert_int_equal(crucible_online_fdr_save(a, NULL, 0, &k), 0);
  assert_int_equal(crucible_online_fdr_save(a, bytes, ROOM, &n), 0);
  assert_int_equal(k, n);
  assert_int_equal(crucible_online_fdr_save(b, before, ROOM, &m), 0);
  for (size_t i = 0; i < n; ++i) {
    assert_int_equal(crucible_online_fdr_load(b, bytes, i), CRUCIBLE_E_STORE);
    bytes[i] ^= (unsigned char)(1u << i % 8);
    assert_int_equal(crucible_online_fdr_load(b, bytes, n), CRUCIBLE_E_STORE);
    bytes[i] ^= (unsigned char)(1u << i % 8);
  }
  assert_int_equal(crucible_online_fdr_save(b, after, ROOM, &k), 0);
  assert_int_equal(k, m);
  assert_memory_equal(before, after, m);
  assert_int_equal(crucible_online_fdr_load(b, bytes, n), 0);
  assert_int_equal(crucible_online_fdr_save(b, after, ROOM, &k), 0);
  assert_int_equal(k, n);
  assert_memory_equal(bytes, after, n);
  assert_int_equal(crucible_online_fdr_birth(a, NULL, &here), 0);
  assert_int_equal(crucible_online_fdr_birth(b, NULL, &there), 0);
  assert_same_bits(here, there);
  assert_int_equal(crucible_online_fdr_create(0.2, &c), 0);
  assert_int_equal(crucible_online_fdr_load(c, bytes, n), CRUCIBLE_E_STORE);
  crucible_online_fdr_destroy(a);
  crucible_online_fdr_destroy(b);
  crucible_online_fdr_destroy(c);
}

static void what_is_wrong_is_refused(void **state) {
  (void)state;
  const double log_e[] = {1, (double)NAN};
  int32_t is_rejected[2] = {7, 7};
  size_t found = 9;
  const double alphas[] = {0, 1, -1, (double)NAN};
  crucible_online_fdr *online = some(2);
  assert_int_equal(crucible_ebh(log_e, 2, 0.1, is_rejected, &found),
                   CRUCIBLE_E_INVALID);
  assert_non_null(strstr(crucible_last_error(), "log_e[1]"));
  assert_int_equal(crucible_ebh(log_e, 0, 0.1, is_rejected, &found),
                   CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_ebh(NULL, 1, 0.1, is_rejected, &found),
                   CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_ebh(log_e, 1, 0.1, NULL, &found),
                   CRUCIBLE_E_INVALID);
  for (size_t i = 0; i < 4; ++i) {
    crucible_online_fdr *none;
    assert_int_equal(crucible_ebh(log_e, 1, alphas[i], is_rejected, &found),
                     CRUCIBLE_E_INVALID);
    assert_int_equal(crucible_online_fdr_create(alphas[i], &none),
                     CRUCIBLE_E_INVALID);
    assert_null(none);
  }
  assert_true(is_rejected[0] == 7 && found == 9);
  assert_int_equal(crucible_online_fdr_push(online, 2, 1, NULL),
                   CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_online_fdr_push(online, 0, (double)NAN, NULL),
                   CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_online_fdr_birth(NULL, NULL, NULL),
                   CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_online_fdr_count(NULL, NULL, NULL),
                   CRUCIBLE_E_INVALID);
  crucible_online_fdr_destroy(online);
}

static crucible_status make_and_use(void *data) {
  crucible_online_fdr *online = NULL, *other = NULL;
  unsigned char bytes[ROOM];
  int32_t is_rejected[3];
  size_t n = 0;
  crucible_status status = crucible_ebh(data, 3, 0.1, is_rejected, NULL);
  if (status == CRUCIBLE_OK)
    status = crucible_online_fdr_create(0.1, &online);
  if (status == CRUCIBLE_OK)
    status = crucible_online_fdr_create(0.1, &other);
  for (int i = 0; i < 40 && status == CRUCIBLE_OK; ++i)
    status = crucible_online_fdr_birth(online, NULL, NULL);
  if (status == CRUCIBLE_OK)
    status = crucible_online_fdr_save(online, bytes, sizeof bytes, &n);
  if (status == CRUCIBLE_OK)
    status = crucible_online_fdr_load(other, bytes, n);
  crucible_online_fdr_destroy(online);
  crucible_online_fdr_destroy(other);
  return status;
}

static void memory_may_run_out_anywhere(void **state) {
  (void)state;
  double log_e[] = {1, 5, 0};
  assert_true(failing_alloc_run(make_and_use, log_e) >= 5);
}

int main(void) {
  failing_alloc_install();
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(ebh_rejects_what_its_definition_does),
      cmocka_unit_test(ebh_agrees_with_cases_worked_by_hand),
      cmocka_unit_test(levels_sum_to_alpha_and_grow_with_discoveries),
      cmocka_unit_test(a_level_is_fixed_at_birth_and_a_rejection_is_final),
      cmocka_unit_test(ebh_keeps_its_rate_among_agents_of_one_market),
      cmocka_unit_test(elond_keeps_its_rate_while_agents_come_and_go),
      cmocka_unit_test(saved_hypotheses_go_on_and_damage_is_refused),
      cmocka_unit_test(what_is_wrong_is_refused),
      cmocka_unit_test(memory_may_run_out_anywhere)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
