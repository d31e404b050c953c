/* SPDX-License-Identifier: Apache-2.0 */
/* Breeding without a choice keeps what was drawn. */
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

enum { FAMILIES = 400, GENERATIONS = 50 };

typedef double population[FAMILIES][DNA_POINT_MAX];

static void draw_families(const dna_world *w, population all) {
  for (size_t i = 0; i < FAMILIES; ++i)
    draw_point(w, i, all[i]);
}

static void count_moments(const dna_world *w, population all, double *mean,
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
static void assert_uniform(const dna_world *w, population all) {
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
  const dna_world *w = *state;
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
  const dna_world *w = *state;
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
  const dna_world *w = *state;
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
  const dna_world *w = *state;
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

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(neutral_mutation_keeps_what_was_drawn),
      cmocka_unit_test(neutral_crossover_keeps_the_number_of_features),
      cmocka_unit_test(a_crowd_of_features_thins_out),
      cmocka_unit_test(neutral_breeding_keeps_the_number_of_features),
  };
  return cmocka_run_group_tests(tests, open_dna_world, close_dna_world);
}
