/* SPDX-License-Identifier: Apache-2.0 */
/* How far genomes are apart. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <crucible/genome.h>

#include "support/dna_world.h"
#include "support/near.h"

static double distance(const crucible_genome *a, const crucible_genome *b) {
  double d;
  assert_ok(crucible_genome_distance(a, b, &d));
  return d;
}

/* Drawn ones and a family: near and far pairs. */
static void the_distance_is_a_metric(void **state) {
  const dna_world *w = *state;
  enum { N = 60 };
  crucible_genome *g[N];
  static double d[N][N];
  for (uint64_t i = 0; i < N; ++i)
    g[i] = i < N / 3 ? dna_drawn(w->space, i)
           : i < 2 * (N / 3)
               ? dna_child(w->space, g[i - N / 3], NULL, i)
               : dna_child(w->space, g[i - N / 3], g[(i * 7) % (N / 3)], i);
  for (int i = 0; i < N; ++i)
    for (int j = 0; j < N; ++j)
      d[i][j] = distance(g[i], g[j]);
  for (int i = 0; i < N; ++i)
    for (int j = 0; j < N; ++j) {
      assert_same_bits(d[i][j], d[j][i]);
      assert_true(d[i][j] >= 0 && d[i][j] <= 1);
      assert_int_equal(d[i][j] == 0, dna_is_same(g[i], g[j]));
      for (int k = 0; k < N; ++k)
        assert_true(d[i][k] <= d[i][j] + d[j][k] + 1e-12);
    }
  for (int i = 0; i < N; ++i)
    crucible_genome_destroy(g[i]);
}

/* By hand from the words of the header. */
static void distances_are_those_of_the_formula(void **state) {
  (void)state;
  static const char base[] =
      "{\"entry\":{\"kind\":\"market\",\"quantile\":0.9},\"exit\":{"
      "\"quantile\":0.5,\"stop_sigma\":3},\"features\":{\"HOUR_SIN\":{},"
      "\"TAKER_IMBALANCE\":{}},\"horizon_bars\":12,\"model\":{\"kind\":"
      "\"xgboost\",\"params\":{\"colsample_bytree\":0.8,\"gamma\":0.5,"
      "\"grow_policy\":\"lossguide\",\"learning_rate\":0.05,\"max_bin\":64,"
      "\"max_leaves\":15,\"min_child_weight\":20,\"reg_alpha\":0.1,"
      "\"reg_lambda\":1,\"subsample\":0.7}},\"side\":\"long\",\"sizing\":{"
      "\"kind\":\"fraction\",\"value\":0.5},\"symbol\":\"BTCUSDT\","
      "\"timeframe_ms\":300000,\"train\":{\"bars\":5000,\"horizon\":\"fixed\"},"
      "\"version\":1}";
  static const struct {
    const char *from, *to;
    double distance;
  } cases[] = {
      {"", "", 0},
      {"\"long\"", "\"long_short\"", 0.4 / 12},
      {"\"horizon_bars\":12", "\"horizon_bars\":24", 0.4 / 12 / 4},
      {"\"horizon_bars\":12", "\"horizon_bars\":12000", 0.4 / 12},
      {"\"kind\":\"market\",\"quantile\":0.9",
       "\"kind\":\"market\",\"quantile\":0.975", 0.4 / 12 / 2},
      {"\"quantile\":0.5", "\"quantile\":0.25", 0.4 / 12 / 4},
      {"\"stop_sigma\":3", "\"stop_sigma\":12", 0.4 / 12 / 2},
      {",\"stop_sigma\":3", "", 0.4 / 12},
      {"\"kind\":\"fraction\"", "\"kind\":\"cash\"", 0.4 / 12},
      {"\"bars\":5000,\"horizon\":\"fixed\"", "\"horizon\":\"expanding\"",
       0.4 / 12},
      {"\"kind\":\"market\"",
       "\"kind\":\"limit\",\"offset_sigma\":0,\"ttl_bars\":1", 0.4 / 12},
      {"\"BTCUSDT\"", "\"ETHUSDT\"", 0.4 / 12},
      {"\"version\":1", "\"version\":2,\"refit\":\"retire\"", 0.4 / 12},
      {",\"TAKER_IMBALANCE\":{}", "", 0.4 / 2},
      {"\"HOUR_SIN\"", "\"HOUR_COS\"", 0.4 * 2 / 3},
      {"\"lossguide\"", "\"depthwise\"", 0.2 / 10},
  };
  crucible_genome *a = dna_parse(base), *b;
  for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
    char text[DNA_TEXT_MAX];
    dna_reword(base, cases[i].from, cases[i].to, text);
    b = dna_parse(text);
    assert_near(distance(a, b), cases[i].distance, 1e-12, 1e-15);
    assert_near(distance(b, a), cases[i].distance, 1e-12, 1e-15);
    crucible_genome_destroy(b);
  }
  crucible_genome_destroy(a);
}

static void a_child_is_nearer_to_its_parent_than_a_stranger(void **state) {
  const dna_world *w = *state;
  double near = 0, far = 0;
  enum { N = 300 };
  for (uint64_t i = 0; i < N; ++i) {
    crucible_genome *a = dna_drawn(w->space, 2 * i),
                    *b = dna_drawn(w->space, 2 * i + 1),
                    *child = dna_child(w->space, a, NULL, i);
    near += distance(a, child) / N;
    far += distance(a, b) / N;
    crucible_genome_destroy(a);
    crucible_genome_destroy(b);
    crucible_genome_destroy(child);
  }
  print_message("distance: parent and child %.3f, strangers %.3f\n", near, far);
  assert_true(near < 0.15 && far > 0.4);
}

static void bad_arguments_of_distance_are_refused_by_name(void **state) {
  const dna_world *w = *state;
  crucible_genome *a = dna_drawn(w->space, 0);
  double d;
  assert_fails(crucible_genome_distance(NULL, a, &d), CRUCIBLE_E_INVALID,
               "a is NULL");
  assert_fails(crucible_genome_distance(a, NULL, &d), CRUCIBLE_E_INVALID,
               "b is NULL");
  assert_fails(crucible_genome_distance(a, a, NULL), CRUCIBLE_E_INVALID,
               "distance is NULL");
  crucible_genome_destroy(a);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_distance_is_a_metric),
      cmocka_unit_test(distances_are_those_of_the_formula),
      cmocka_unit_test(a_child_is_nearer_to_its_parent_than_a_stranger),
      cmocka_unit_test(bad_arguments_of_distance_are_refused_by_name),
  };
  return cmocka_run_group_tests(tests, open_dna_world, close_dna_world);
}
