/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How often the blueprint's rules promote agents without any skill, whose returns are
 * recorded ones drawn at random with a random sign. Prints the table of
 * docs/modules/watchtower.md; its first argument is the number of tournaments.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <crucible/watchtower.h>

#include "support/made_bars.h"
#include "support/simple_agents.h"

enum { SLOTS = 10, MONTH = 8640, MONTHS = 3, MOST_OPEN = 64, BANDS = 7 };

/* First agent of each band, by order of activation. */
static const uint64_t BAND[BANDS + 1] = {0, 1, 2, 5, 10, 20, 50, UINT64_MAX};

typedef struct tally {
  uint64_t born[BANDS], promoted[BANDS];
  uint64_t promotions, demotions, ended[CRUCIBLE_RULE_PROMOTION + 1];
} tally;

typedef struct arena {
  crucible_watchtower *tower;
  const double *returns; /* [n] to draw from */
  size_t n;
  uint64_t random;
  uint32_t agents[MOST_OPEN]; /* [n_open] ascending */
  double equity[MOST_OPEN];
  size_t n_open;
} arena;

static size_t band_of(uint32_t agent) {
  size_t band = 0;
  while (agent >= BAND[band + 1])
    ++band;
  return band;
}

static void newcomer(arena *a, tally *sums) {
  const uint32_t agent = (uint32_t)crucible_watchtower_count(a->tower);
  assert_true(a->n_open < MOST_OPEN);
  assert_int_equal(crucible_watchtower_add(a->tower, agent, 200), CRUCIBLE_OK);
  a->agents[a->n_open] = agent;
  a->equity[a->n_open++] = 200;
  ++sums->born[band_of(agent)];
}

static void leave(arena *a, uint32_t agent) {
  size_t i = 0;
  assert_int_equal(crucible_watchtower_close(a->tower, agent), CRUCIBLE_OK);
  while (a->agents[i] != agent)
    ++i;
  for (--a->n_open; i < a->n_open; ++i) {
    a->agents[i] = a->agents[i + 1];
    a->equity[i] = a->equity[i + 1];
  }
}

/* A promotion frees the slot and the champion stays watched; an end of an agent
   frees its slot, a demotion has no slot to free. */
static void act(arena *a, const crucible_verdict *verdict, tally *sums) {
  if (verdict->action == CRUCIBLE_ACTION_PROMOTE) {
    ++sums->promotions;
    ++sums->promoted[band_of(verdict->agent)];
    assert_int_equal(crucible_watchtower_promote(a->tower, verdict->agent),
                     CRUCIBLE_OK);
    newcomer(a, sums);
    return;
  }
  ++sums->ended[verdict->rule];
  leave(a, verdict->agent);
  if (verdict->track.is_champion)
    ++sums->demotions;
  else
    newcomer(a, sums);
}

static double any_return(arena *a) {
  const double u = made_uniform(&a->random) * (double)a->n;
  const double sign = made_uniform(&a->random) < 0.5 ? -1 : 1;
  return sign * a->returns[(size_t)u];
}

/* Trades close every hour, so that only skill and luck decide. */
static void play_bar(arena *a, int t, tally *sums) {
  crucible_observation seen[MOST_OPEN];
  static crucible_verdict verdicts[MOST_OPEN];
  size_t n;
  verdicts[0].struct_size = sizeof verdicts[0];
  for (size_t i = 0; i < a->n_open; ++i) {
    a->equity[i] *= 1 + any_return(a);
    const uint32_t closes = t % 12 == 0;
    seen[i] = (crucible_observation){.struct_size = sizeof seen[i],
                                     .agent = a->agents[i],
                                     .equity = a->equity[i],
                                     .n_trades = closes,
                                     .n_fills = closes};
  }
  assert_int_equal(
      crucible_watchtower_push(a->tower, seen, a->n_open, verdicts, &n),
      CRUCIBLE_OK);
  for (size_t i = 0; i < n; ++i)
    act(a, &verdicts[i], sums);
}

/* Tournaments of the blueprint's rules, or of them without decay. */
static tally play(const double *returns, size_t n, size_t slots, int runs,
                  int has_decay) {
  tally sums = {.promotions = 0};
  crucible_watchtower_options options;
  crucible_watchtower_options_init(&options, sizeof options);
  options.rules = CRUCIBLE_RULES_BLUEPRINT;
  if (!has_decay)
    options.rules &=
        ~(1u << CRUCIBLE_RULE_DECAY_PSR | 1u << CRUCIBLE_RULE_DECAY_DSR);
  for (int k = 0; k < runs; ++k) {
    arena a = {
        .returns = returns, .n = n, .random = 1000003u * (uint64_t)k + slots};
    assert_int_equal(crucible_watchtower_create(&options, &a.tower),
                     CRUCIBLE_OK);
    for (size_t i = 0; i < slots; ++i)
      newcomer(&a, &sums);
    for (int t = 1; t <= MONTHS * MONTH; ++t)
      play_bar(&a, t, &sums);
    crucible_watchtower_destroy(a.tower);
  }
  return sums;
}

static void print_tally(const tally *sums, int runs) {
  uint64_t agents = 0;
  for (size_t band = 0; band < BANDS && sums->born[band] > 0; ++band) {
    print_message("  agents from number %2llu on %7llu, promoted %4llu, "
                  "%.2f %%\n",
                  (unsigned long long)BAND[band] + 1,
                  (unsigned long long)sums->born[band],
                  (unsigned long long)sums->promoted[band],
                  100.0 * (double)sums->promoted[band] /
                      (double)sums->born[band]);
    agents += sums->born[band];
  }
  print_message("  all %llu, promoted %llu: %.3f per tournament and month; "
                "demoted %llu\n  ended:",
                (unsigned long long)agents,
                (unsigned long long)sums->promotions,
                (double)sums->promotions / runs / MONTHS,
                (unsigned long long)sums->demotions);
  for (int32_t rule = 1; rule <= CRUCIBLE_RULE_PROMOTION; ++rule)
    if (sums->ended[rule] > 0)
      print_message(" %s %llu", crucible_rule_name(rule),
                    (unsigned long long)sums->ended[rule]);
  print_message("\n");
}

static int tournaments = 2;

/* With N = 1 the rule is a PSR that is looked at on every bar; with N counted
   it hardly ever takes luck for skill. */
static void luck_is_seldom_promoted_once_n_is_counted(void **state) {
  (void)state;
  crucible_bars bars;
  crucible_series *series = simple_bars(&bars);
  const size_t n = bars.n - 1;
  double *returns = test_malloc(n * sizeof *returns);
  for (size_t t = 0; t < n; ++t)
    returns[t] = bars.close[t + 1] / bars.close[t] - 1;
  for (int has_decay = 1; has_decay >= 0; --has_decay) {
    const int more = 10 * tournaments;
    const tally one = play(returns, n, 1, more, has_decay);
    const tally ten = play(returns, n, SLOTS, tournaments, has_decay);
    print_message("\n1 slot, %d months, %d tournaments, %s decay\n", MONTHS,
                  more, has_decay ? "with" : "without");
    print_tally(&one, more);
    print_message("\n%d slots, %d months, %d tournaments, %s decay\n", SLOTS,
                  MONTHS, tournaments, has_decay ? "with" : "without");
    print_tally(&ten, tournaments);
    assert_true(ten.promotions * 100 <= 2 * SLOTS * (uint64_t)tournaments);
    if (!has_decay)
      assert_true(one.promoted[0] * 100 > 3 * one.born[0]);
  }
  test_free(returns);
  crucible_series_destroy(series);
}

int main(int argc, char **argv) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(luck_is_seldom_promoted_once_n_is_counted),
  };
  if (argc > 1)
    tournaments = (int)strtol(argv[1], NULL, 10);
  return cmocka_run_group_tests_name("watchtower_luck", tests, NULL, NULL);
}
