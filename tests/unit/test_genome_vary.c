/* SPDX-License-Identifier: Apache-2.0 */
/* Children of DNA, and how far genomes are apart. */
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
#include <crucible/model.h>

#include "support/failing_alloc.h"
#include "support/near.h"
#include "support/some_dna.h"
#include "support/statuses.h"

typedef struct world {
  crucible_space *space;
  size_t n;
  int32_t roots[DNA_POINT_MAX]; /* first parameter of each one's block */
} world;

static int set_up(void **state) {
  static world w;
  w.space = dna_space(8);
  w.n = crucible_space_count(w.space);
  for (size_t i = 0; i < w.n; ++i) {
    crucible_param p = {.struct_size = sizeof p};
    assert_ok(crucible_space_get(w.space, i, &p));
    w.roots[i] = p.parent < 0 ? (int32_t)i : w.roots[p.parent];
  }
  *state = &w;
  return 0;
}

static int tear_down(void **state) {
  world *w = *state;
  crucible_space_destroy(w->space);
  return 0;
}

static int is_same(double a, double b) {
  return a == b || (isnan(a) && isnan(b));
}

static size_t differences(const world *w, const double *a, const double *b) {
  size_t n = 0;
  for (size_t i = 0; i < w->n; ++i)
    n += !is_same(a[i], b[i]);
  return n;
}

static int is_switch(const world *w, size_t i) {
  crucible_param p = {.struct_size = sizeof p};
  assert_ok(crucible_space_get(w->space, i, &p));
  return p.parent < 0 && strncmp(p.name, "feature.", 8) == 0;
}

static size_t count_features(const world *w, const double *point) {
  size_t n = 0;
  for (size_t i = 0; i < w->n; ++i)
    n += is_switch(w, i) && point[i] == 1;
  return n;
}

static void vary(const world *w, const double *mother, const double *father,
                 uint64_t id, double *child) {
  const double *parents[2] = {mother, father};
  uint32_t n = mother == NULL ? 0 : father == NULL ? 1 : 2;
  assert_ok(crucible_genome_vary(w->space, parents, n, 7, id, child, NULL));
}

static void draw_point(const world *w, uint64_t id, double *point) {
  crucible_genome *genome = dna_drawn(w->space, id);
  assert_ok(crucible_genome_point(genome, w->space, point));
  crucible_genome_destroy(genome);
}

static void assert_is_genome(const world *w, const double *point) {
  crucible_genome *genome;
  assert_ok(crucible_genome_create(w->space, point, "BTCUSDT", NULL, &genome));
  crucible_genome_destroy(genome);
}

/* ---- what a child is ---- */

static void thousands_of_children_are_genomes_and_no_parents(void **state) {
  const world *w = *state;
  double a[DNA_POINT_MAX], b[DNA_POINT_MAX], child[DNA_POINT_MAX];
  enum { N = 1500 };
  draw_point(w, 0, a);
  draw_point(w, 1, b);
  for (uint64_t id = 0; id < N; ++id) {
    vary(w, NULL, NULL, id, child);
    assert_is_genome(w, child);
    vary(w, a, NULL, id, child);
    assert_is_genome(w, child);
    assert_true(differences(w, a, child) > 0);
    vary(w, a, b, id, child);
    assert_is_genome(w, child);
    assert_true(differences(w, a, child) > 0);
    assert_true(differences(w, b, child) > 0);
    memcpy(b, a, sizeof a); /* go on with the family */
    memcpy(a, child, sizeof a);
    if (differences(w, a, b) < 20)
      draw_point(w, id + 2, b);
  }
}

static void a_crossed_child_takes_each_block_from_a_parent(void **state) {
  const world *w = *state;
  double a[DNA_POINT_MAX], b[DNA_POINT_MAX], child[DNA_POINT_MAX];
  size_t from_a = 0, from_b = 0;
  for (uint64_t id = 0; id < 1000; ++id) {
    draw_point(w, 2 * id, a);
    draw_point(w, 2 * id + 1, b);
    vary(w, a, b, id, child);
    for (size_t i = 0; i < w->n; ++i) {
      if (w->roots[i] != (int32_t)i)
        continue;
      int is_a = 1, is_b = 1;
      for (size_t j = i; j < w->n; ++j) {
        if (w->roots[j] != (int32_t)i)
          continue;
        is_a &= is_same(child[j], a[j]);
        is_b &= is_same(child[j], b[j]);
      }
      assert_true(is_a || is_b);
      from_a += is_a && !is_b;
      from_b += is_b && !is_a;
    }
  }
  double n = (double)(from_a + from_b); /* a fair coin, five sigma */
  assert_true(fabs((double)from_a - n / 2) < 5 * sqrt(n) / 2);
}

static void every_gene_is_mutated_sometimes(void **state) {
  const world *w = *state;
  static size_t changed[DNA_POINT_MAX], moved[DNA_POINT_MAX];
  double a[DNA_POINT_MAX], child[DNA_POINT_MAX];
  memset(changed, 0, sizeof changed);
  memset(moved, 0, sizeof moved);
  enum { N = 20000 };
  for (uint64_t id = 0; id < N; ++id) {
    if (id % 10 == 0)
      draw_point(w, id, a);
    vary(w, a, NULL, id, child);
    for (size_t i = 0; i < w->n; ++i) {
      changed[i] += !is_same(a[i], child[i]);
      moved[i] += !isnan(a[i]) && !isnan(child[i]) && a[i] != child[i];
    }
  }
  for (size_t i = 0; i < w->n; ++i) {
    crucible_param p = {.struct_size = sizeof p};
    assert_ok(crucible_space_get(w->space, i, &p));
    size_t n_values = p.kind == CRUCIBLE_PARAM_CATEGORICAL
                          ? p.n_choices
                          : (size_t)(p.high > p.low) + 1;
    if (n_values > 1 && (changed[i] == 0 || moved[i] == 0))
      fail_msg("%s: changed %zu times, moved %zu", p.name, changed[i],
               moved[i]);
  }
}

static void a_mutation_is_a_handful_of_genes(void **state) {
  const world *w = *state;
  double a[DNA_POINT_MAX], child[DNA_POINT_MAX], sum = 0;
  enum { N = 4000 };
  size_t one = 0;
  for (uint64_t id = 0; id < N; ++id) {
    draw_point(w, id, a);
    vary(w, a, NULL, id, child);
    size_t blocks = 0;
    for (size_t i = 0; i < w->n; ++i) {
      int differs = 0;
      for (size_t j = i; w->roots[i] == (int32_t)i && j < w->n; ++j)
        differs |= w->roots[j] == (int32_t)i && !is_same(a[j], child[j]);
      blocks += (size_t)differs;
    }
    assert_true(blocks >= 1);
    one += blocks == 1;
    sum += (double)blocks;
  }
  /* two moves on average, an exchange of features changes two blocks, two moves
     may hit the same */
  assert_in_range(one, N * 2 / 5, N * 3 / 5);
  assert_true(sum / N > 1.7 && sum / N < 2.3);
}

/* ---- neutral breeding ---- */

enum { FAMILIES = 400, GENERATIONS = 50 };

typedef double population[FAMILIES][DNA_POINT_MAX];

static void draw_families(const world *w, population all) {
  for (size_t i = 0; i < FAMILIES; ++i)
    draw_point(w, i, all[i]);
}

static void count_moments(const world *w, population all, double *mean,
                          double *variance) {
  double sum = 0, squares = 0;
  for (size_t i = 0; i < FAMILIES; ++i) {
    double n = (double)count_features(w, all[i]);
    sum += n;
    squares += n * n;
  }
  *mean = sum / FAMILIES;
  *variance = squares / FAMILIES - *mean * *mean;
}

/* Where a number lies on its scale, [0, 1]. */
static double place_of(const crucible_param *p, double x) {
  return p->is_log ? log(x / p->low) / log(p->high / p->low)
                   : (x - p->low) / (p->high - p->low);
}

/* Numbers outside features are uniform on their scales; 0.03 is for those with
   few values, whose cells are wide. */
static void assert_uniform(const world *w, population all) {
  for (size_t i = 0; i < w->n; ++i) {
    crucible_param p = {.struct_size = sizeof p};
    assert_ok(crucible_space_get(w->space, i, &p));
    if (p.kind == CRUCIBLE_PARAM_CATEGORICAL ||
        strncmp(p.name, "feature.", 8) == 0)
      continue;
    double sum = 0, squares = 0;
    size_t n = 0;
    for (size_t k = 0; k < FAMILIES; ++k) {
      if (isnan(all[k][i]))
        continue;
      double u = place_of(&p, all[k][i]) - 0.5;
      sum += u;
      squares += u * u;
      ++n;
    }
    /* 5 standard deviations of mean and of variance (1/12, sd 0.0745) */
    double mean = sum / (double)n, variance = squares / (double)n;
    if (!(fabs(mean) < 5 * 0.29 / sqrt((double)n) + 0.03) ||
        !(fabs(variance - 1.0 / 12) < 5 * 0.0745 / sqrt((double)n) + 0.03))
      fail_msg("%s: mean %.3f, variance %.4f of %zu", p.name, 0.5 + mean,
               variance, n);
  }
}

/* 400 families of mutants, each with one child a generation: what was drawn
   stays as if it were drawn. The feature count is binomial: with 8 expected of
   the space's N it has variance 8 (1 - 8 / N), so its mean over 400 families
   has a standard deviation of 0.13, its variance one of about 0.5. */
static void neutral_mutation_keeps_what_was_drawn(void **state) {
  const world *w = *state;
  population *all = malloc(sizeof *all);
  assert_non_null(all);
  double mean, variance;
  draw_families(w, *all);
  assert_uniform(w, *all);
  for (uint64_t g = 0; g < GENERATIONS; ++g)
    for (size_t i = 0; i < FAMILIES; ++i)
      vary(w, (*all)[i], NULL, g * FAMILIES + i, (*all)[i]);
  count_moments(w, *all, &mean, &variance);
  print_message("features after %d mutations: mean %.2f, variance %.2f\n",
                GENERATIONS, mean, variance);
  assert_near(mean, 8, 0, 4 * 0.13);
  assert_near(variance, 7.1, 0, 4 * 0.5);
  assert_uniform(w, *all);
  free(all);
}

/* A child of two has half of what both have, on average. The coin's variance
   is a quarter of the features that one alone has, about 14. */
static void neutral_crossover_keeps_the_number_of_features(void **state) {
  const world *w = *state;
  enum { N = 4000 };
  double a[DNA_POINT_MAX], b[DNA_POINT_MAX], child[DNA_POINT_MAX], excess = 0;
  for (uint64_t id = 0; id < N; ++id) {
    draw_point(w, 2 * id, a);
    draw_point(w, 2 * id + 1, b);
    vary(w, a, b, id, child);
    excess += (double)count_features(w, child) -
              0.5 * (double)(count_features(w, a) + count_features(w, b));
  }
  print_message("features of a crossed child above the mean: %.3f\n",
                excess / N);
  assert_near(excess / N, 0, 0, 4 * sqrt(14.0 / 4 / N));
}

/* Both at once, parents by lot. Which parents have children is chance too (that
   alone moves the mean by up to the root of 50 generations' worth), so this
   bound is wide; the two above are sharp. */
static void neutral_breeding_keeps_the_number_of_features(void **state) {
  const world *w = *state;
  population *all = malloc(2 * sizeof *all);
  assert_non_null(all);
  draw_families(w, all[0]);
  for (uint64_t g = 0; g < GENERATIONS; ++g)
    for (size_t i = 0; i < FAMILIES; ++i) {
      uint64_t id = g * FAMILIES + i;
      uint64_t lot = id * UINT64_C(6364136223846793005) + 1442695040888963407u;
      const double *mother = all[g % 2][(lot >> 33) % FAMILIES];
      const double *father = all[g % 2][(lot >> 13) % FAMILIES];
      vary(w, mother, i % 2 == 0 || father == mother ? NULL : father, id,
           all[(g + 1) % 2][i]);
    }
  double mean, variance;
  count_moments(w, all[GENERATIONS % 2], &mean, &variance);
  print_message("features after %d generations: mean %.2f, variance %.2f\n",
                GENERATIONS, mean, variance);
  assert_near(mean, 8, 0, 2);
  free(all);
}

/* Whoever starts with too many comes back to what is drawn, slowly. */
static void a_crowd_of_features_thins_out(void **state) {
  const world *w = *state;
  crucible_space *crowded = dna_space(40);
  crucible_genome *genome = dna_drawn(crowded, 1);
  double point[DNA_POINT_MAX];
  assert_ok(crucible_genome_point(genome, w->space, point));
  size_t before = count_features(w, point);
  for (uint64_t id = 0; id < 1000; ++id)
    vary(w, point, NULL, id, point);
  size_t after = count_features(w, point);
  assert_true(before > 25 && after < 20);
  crucible_genome_destroy(genome);
  crucible_space_destroy(crowded);
}

/* ---- determinism ---- */

static void the_same_seed_and_id_give_the_same_child(void **state) {
  const world *w = *state;
  double a[DNA_POINT_MAX], b[DNA_POINT_MAX], x[DNA_POINT_MAX], y[DNA_POINT_MAX];
  draw_point(w, 0, a);
  draw_point(w, 1, b);
  const double *parents[2] = {a, b};
  for (uint32_t n = 0; n <= 2; ++n) {
    size_t same = 0;
    for (uint64_t id = 0; id < 100; ++id) {
      assert_ok(crucible_genome_vary(w->space, parents, n, 1, id, x, NULL));
      assert_ok(crucible_genome_vary(w->space, parents, n, 1, id, y, NULL));
      assert_same_bits_n(x, y, w->n);
      assert_ok(crucible_genome_vary(w->space, parents, n, 1, id + 1, y, NULL));
      same += differences(w, x, y) == 0;
      assert_ok(crucible_genome_vary(w->space, parents, n, 2, id, y, NULL));
      same += differences(w, x, y) == 0;
    }
    assert_true(same < 10); /* a mutation of one choice may come twice */
  }
  memcpy(x, a, sizeof x); /* into the parent's own array */
  const double *own[1] = {x};
  assert_ok(crucible_genome_vary(w->space, parents, 1, 1, 5, y, NULL));
  assert_ok(crucible_genome_vary(w->space, own, 1, 1, 5, x, NULL));
  assert_same_bits_n(x, y, w->n);
}

static void fresh_children_are_not_those_of_a_draw(void **state) {
  const world *w = *state;
  double a[DNA_POINT_MAX], b[DNA_POINT_MAX];
  for (uint64_t id = 0; id < 20; ++id) {
    assert_ok(crucible_space_draw(w->space, 7, id, a));
    vary(w, NULL, NULL, id, b);
    assert_true(differences(w, a, b) > 0);
  }
}

/* ---- corners ---- */

static void parents_that_cannot_be_crossed_are_mutated(void **state) {
  const world *w = *state;
  double a[DNA_POINT_MAX], b[DNA_POINT_MAX], child[DNA_POINT_MAX];
  draw_point(w, 4, a);
  memcpy(b, a, sizeof b);
  for (uint64_t id = 0; id < 200; ++id) {
    vary(w, a, b, id, child); /* the same */
    assert_is_genome(w, child);
    assert_true(differences(w, a, child) > 0);
  }
  size_t side;
  assert_ok(crucible_space_find(w->space, "side", &side));
  b[side] = 1 - b[side];
  for (uint64_t id = 0; id < 200; ++id) {
    vary(w, a, b, id, child); /* all but */
    assert_is_genome(w, child);
    assert_true(differences(w, a, child) > 0);
    assert_true(differences(w, b, child) > 0);
  }
}

static void without_a_feature_there_is_no_child(void **state) {
  const world *w = *state;
  double a[DNA_POINT_MAX], b[DNA_POINT_MAX], child[DNA_POINT_MAX];
  size_t rsi, period;
  draw_point(w, 5, a);
  for (size_t i = 0; i < w->n; ++i) {
    crucible_param p = {.struct_size = sizeof p};
    assert_ok(crucible_space_get(w->space, i, &p));
    if (strncmp(p.name, "feature.", 8) == 0)
      a[i] = p.parent < 0 ? 0 : (double)NAN;
  }
  memcpy(b, a, sizeof b); /* no genome, but a point: such a parent is allowed */
  assert_ok(crucible_space_find(w->space, "feature.RSI", &rsi));
  assert_ok(crucible_space_find(w->space, "feature.RSI.timeperiod", &period));
  a[rsi] = 1;
  a[period] = 14;
  for (uint64_t id = 0; id < 500; ++id) {
    vary(w, a, NULL, id, child);
    assert_true(count_features(w, child) >= 1);
    vary(w, b, NULL, id, child);
    assert_true(count_features(w, child) >= 1);
    vary(w, a, b, id, child);
    assert_true(count_features(w, child) >= 1);
  }
}

static void bad_arguments_of_vary_are_refused_by_name(void **state) {
  const world *w = *state;
  double a[DNA_POINT_MAX], out[DNA_POINT_MAX], child[DNA_POINT_MAX];
  const double *parents[3] = {a, out, a};
  const double *null[2] = {a, NULL};
  draw_point(w, 0, a);
  memcpy(out, a, sizeof out);
  out[0] = 9;
  child[0] = 77;
#define VARY(space, p, n, id, c)                                               \
  crucible_genome_vary(space, p, n, 1, id, c, NULL)
  assert_fails(VARY(NULL, parents, 1, 0, child), CRUCIBLE_E_INVALID,
               "space is NULL");
  assert_fails(VARY(w->space, parents, 1, 0, NULL), CRUCIBLE_E_INVALID,
               "child is NULL");
  assert_fails(VARY(w->space, NULL, 1, 0, child), CRUCIBLE_E_INVALID,
               "parents is NULL");
  assert_fails(VARY(w->space, null, 2, 0, child), CRUCIBLE_E_INVALID,
               "parents[1] is NULL");
  assert_fails(VARY(w->space, parents, 2, 0, child), CRUCIBLE_E_INVALID,
               "parents[1]: timeframe_ms is 9");
  assert_fails(VARY(w->space, parents, 3, 0, child), CRUCIBLE_E_INVALID,
               "n_parents is 3");
  assert_fails(VARY(w->space, parents, 1, UINT64_C(1) << 48, child),
               CRUCIBLE_E_INVALID, "below 2^48");
  crucible_space *other;
  assert_ok(crucible_space_create(&other));
  assert_fails(VARY(other, NULL, 0, 0, child), CRUCIBLE_E_INVALID,
               "no parameter");
  crucible_space_destroy(other);
#undef VARY
  assert_same_bits(child[0], 77);
}

static crucible_status breed_all(void *data) {
  const world *w = data;
  double a[DNA_POINT_MAX], b[DNA_POINT_MAX], child[DNA_POINT_MAX];
  const double *parents[2] = {a, b};
  crucible_status status =
      crucible_genome_vary(w->space, NULL, 0, 1, 1, a, NULL);
  if (status == CRUCIBLE_OK)
    status = crucible_genome_vary(w->space, parents, 1, 1, 2, b, NULL);
  if (status == CRUCIBLE_OK)
    status = crucible_genome_vary(w->space, parents, 2, 1, 3, child, NULL);
  return status;
}

static void breeding_survives_running_out_of_memory(void **state) {
  assert_true(failing_alloc_run(breed_all, *state) > 10);
}

/* ---- distance ---- */

static double distance(const crucible_genome *a, const crucible_genome *b) {
  double d;
  assert_ok(crucible_genome_distance(a, b, &d));
  return d;
}

/* Drawn ones and a family: near and far pairs. */
static void the_distance_is_a_metric(void **state) {
  const world *w = *state;
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
  crucible_genome *a, *b;
  assert_ok(crucible_genome_parse(base, strlen(base), &a));
  for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
    char text[2048];
    const char *at = strstr(base, cases[i].from);
    assert_non_null(at);
    snprintf(text, sizeof text, "%.*s%s%s", (int)(at - base), base, cases[i].to,
             at + strlen(cases[i].from));
    assert_ok(crucible_genome_parse(text, strlen(text), &b));
    assert_near(distance(a, b), cases[i].distance, 1e-12, 1e-15);
    assert_near(distance(b, a), cases[i].distance, 1e-12, 1e-15);
    crucible_genome_destroy(b);
  }
  crucible_genome_destroy(a);
}

static void a_child_is_nearer_to_its_parent_than_a_stranger(void **state) {
  const world *w = *state;
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
  const world *w = *state;
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
  failing_alloc_install();
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(thousands_of_children_are_genomes_and_no_parents),
      cmocka_unit_test(a_crossed_child_takes_each_block_from_a_parent),
      cmocka_unit_test(every_gene_is_mutated_sometimes),
      cmocka_unit_test(a_mutation_is_a_handful_of_genes),
      cmocka_unit_test(neutral_mutation_keeps_what_was_drawn),
      cmocka_unit_test(neutral_crossover_keeps_the_number_of_features),
      cmocka_unit_test(a_crowd_of_features_thins_out),
      cmocka_unit_test(neutral_breeding_keeps_the_number_of_features),
      cmocka_unit_test(the_same_seed_and_id_give_the_same_child),
      cmocka_unit_test(fresh_children_are_not_those_of_a_draw),
      cmocka_unit_test(parents_that_cannot_be_crossed_are_mutated),
      cmocka_unit_test(without_a_feature_there_is_no_child),
      cmocka_unit_test(bad_arguments_of_vary_are_refused_by_name),
      cmocka_unit_test(breeding_survives_running_out_of_memory),
      cmocka_unit_test(the_distance_is_a_metric),
      cmocka_unit_test(distances_are_those_of_the_formula),
      cmocka_unit_test(a_child_is_nearer_to_its_parent_than_a_stranger),
      cmocka_unit_test(bad_arguments_of_distance_are_refused_by_name),
  };
  return cmocka_run_group_tests(tests, set_up, tear_down);
}
