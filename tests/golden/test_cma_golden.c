/* SPDX-License-Identifier: Apache-2.0 */
/* Generations of the cmaes package: tests/data/gen/gen_cma.py. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "study/cma.h"
#include "study/cma_margin.h"
#include "support/golden_rows.h"
#include "support/near.h"
#include "support/statuses.h"

enum { MOST_N = 8, MOST_POPULATION = 32 };
static const double RTOL = 1e-12;

typedef struct solution {
  double value, x[MOST_N];
} solution;

typedef struct game {
  crucible__cma cma;
  crucible__cma_margin margin;
  double low[MOST_N], step[MOST_N], last[MOST_N], stretch[MOST_N];
  solution told[MOST_POPULATION];
  size_t n_told, n_rows, n_states;
} game;

static void start(game *g, const golden_row *row) {
  crucible__cma_free(&g->cma);
  const size_t n = (size_t)row->cell[2];
  assert_ok(
      crucible__cma_init(&g->cma, n, (size_t)row->cell[3], (int)row->cell[4]));
  crucible__cma_start(&g->cma, row->cell + 6, row->cell[5], NULL);
  g->margin = (crucible__cma_margin){.n = 0};
}

static void start_margin(game *g, const golden_row *row) {
  const size_t n = g->cma.n;
  for (size_t i = 0; i < n; ++i) {
    g->low[i] = 0;
    g->step[i] = row->cell[1 + i];
    g->last[i] = g->step[i] > 0 ? round(1 / g->step[i]) : 0;
    g->stretch[i] = 1;
  }
  g->margin =
      (crucible__cma_margin){.n = n,
                             .margin = 1 / (double)(n * g->cma.population),
                             .low = g->low,
                             .step = g->step,
                             .last = g->last,
                             .stretch = g->stretch};
}

static int compare(const void *a, const void *b) {
  const double x = ((const solution *)a)->value;
  const double y = ((const solution *)b)->value;
  return (x > y) - (x < y);
}

static void tell(game *g) {
  double points[MOST_POPULATION * MOST_N];
  const size_t n = g->cma.n, population = g->cma.population;
  qsort(g->told, population, sizeof *g->told, compare);
  for (size_t k = 0; k < population; ++k)
    memcpy(points + k * n, g->told[k].x, n * sizeof *points);
  crucible__cma_tell(&g->cma, points, NULL, g->told[0].value,
                     g->told[population - 1].value);
  crucible__cma_margin_correct(&g->margin, &g->cma);
  g->n_told = 0;
  g->n_rows = 0;
  ++g->n_states;
}

static void assert_all(const double *actual, const double *expected, size_t n,
                       const char *what, size_t line) {
  double size = 0;
  for (size_t i = 0; i < n; ++i)
    size = fmax(size, fabs(expected[i]));
  for (size_t i = 0; i < n; ++i)
    if (!near_holds(actual[i], expected[i], RTOL, RTOL * size))
      fail_msg("row %zu, %s [%zu]: %.17g, expected %.17g", line, what, i,
               actual[i], expected[i]);
}

static void generations_are_those_of_cmaes(void **state) {
  (void)state;
  golden_rows rows = golden_rows_read("study/cma.csv");
  game g = {.n_told = 0};
  for (size_t i = 0; i < rows.n; ++i) {
    const golden_row *row = &rows.row[i];
    const double *cell = row->cell + 1;
    const size_t n = g.cma.n;
    if (strcmp(row->word, "case") == 0) {
      start(&g, row);
    } else if (strcmp(row->word, "step") == 0) {
      start_margin(&g, row);
    } else if (strcmp(row->word, "solution") == 0) {
      g.told[g.n_told].value = cell[0];
      memcpy(g.told[g.n_told++].x, cell + 1, n * sizeof *cell);
      assert_true(g.n_told <= g.cma.population);
    } else if (strcmp(row->word, "encoded") == 0) {
      double encoded[MOST_N];
      crucible__cma_margin_encode(&g.margin, &g.cma, g.told[g.n_told - 1].x,
                                  encoded);
      assert_all(encoded, cell, n, "encoded", i);
    } else if (strcmp(row->word, "state") == 0) {
      tell(&g);
      assert_all(&g.cma.step, cell, 1, "step", i);
      assert_all(g.cma.mean, cell + 1, n, "mean", i);
    } else if (strcmp(row->word, "path") == 0) {
      assert_all(g.cma.path_step, cell, n, "path", i);
    } else if (strcmp(row->word, "stretch") == 0) {
      assert_all(g.stretch, cell, n, "stretch", i);
    } else {
      assert_string_equal(row->word, "row");
      assert_all(g.cma.covariance + g.n_rows++ * g.cma.stride, cell, n,
                 "covariance", i);
    }
  }
  assert_true(g.n_states > 120);
  crucible__cma_free(&g.cma);
  golden_rows_free(&rows);
}

/* A drawn point is the mean plus the root of the covariance times z. */
static void points_have_the_covariance_of_the_state(void **state) {
  (void)state;
  enum { N = 3 };
  static const double mean[N] = {1, -2, 3};
  static const double covariance[N * N] = {4, 1, 0.5, 1, 2, -0.3, 0.5, -0.3, 1};
  for (int is_diagonal = 0; is_diagonal < 2; ++is_diagonal) {
    crucible__cma c;
    double sum[N][N] = {{0}}, x[N];
    assert_ok(crucible__cma_init(&c, N, 8, is_diagonal));
    crucible__cma_start(&c, mean, 0.5, covariance);
    for (size_t k = 0; k < N; ++k) {
      double z[N] = {0};
      z[k] = 1;
      crucible__cma_draw(&c, z, x);
      assert_near(crucible__cma_distance(&c, x), 1, 1e-13, 0);
      for (size_t i = 0; i < N; ++i)
        for (size_t j = 0; j < N; ++j)
          sum[i][j] += (x[i] - mean[i]) * (x[j] - mean[j]);
    }
    for (size_t i = 0; i < N; ++i)
      for (size_t j = 0; j < N; ++j)
        assert_near(sum[i][j],
                    is_diagonal && i != j ? 0 : 0.25 * covariance[i * N + j],
                    1e-13, 1e-14);
    crucible__cma_free(&c);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(generations_are_those_of_cmaes),
      cmocka_unit_test(points_have_the_covariance_of_the_state),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
