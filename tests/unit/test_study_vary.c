/* SPDX-License-Identifier: Apache-2.0 */
/* A parameter's scale and the library's own variation of points. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "space/points.h"
#include "study/vary_point.h"
#include "support/near.h"
#include "support/study_space.h"

/* The middle of the u that draw a value draws it again. */
static void a_value_is_drawn_at_its_place_on_the_scale(void **state) {
  (void)state;
  static const double weights[] = {0.1, 0, 0.7, 0.2};
  static const char *const choices[] = {"a", "b", "c", "d"};
  crucible_space *space = study_space();
  crucible_param weighted;
  crucible_param_init(&weighted, sizeof weighted);
  weighted.name = "weighted";
  weighted.kind = CRUCIBLE_PARAM_CATEGORICAL;
  weighted.choices = choices;
  weighted.n_choices = 4;
  weighted.weights = weights;
  assert_int_equal(crucible_space_add(space, &weighted), CRUCIBLE_OK);
  weighted.name = "constant";
  weighted.kind = CRUCIBLE_PARAM_FLOAT;
  weighted.low = weighted.high = 3;
  assert_int_equal(crucible_space_add(space, &weighted), CRUCIBLE_OK);
  for (size_t i = 0; i < space->n; ++i) {
    const crucible_param *p = &space->params[i];
    int is_real = p->kind == CRUCIBLE_PARAM_FLOAT && !(p->step > 0);
    double before = -1;
    if (p->kind != CRUCIBLE_PARAM_CATEGORICAL && !p->is_log)
      assert_near(crucible__param_scale(p, p->low) +
                      crucible__param_scale(p, p->high),
                  1, 0, 1e-12);
    for (int k = 0; k < 1000; ++k) {
      double u = (k + 0.5) / 1000, x = crucible__param_draw(p, u);
      double place = crucible__param_scale(p, x);
      assert_true(place >= before - 1e-5 && place >= 0 && place < 1);
      before = place;
      assert_near(crucible__param_draw(p, place), x, is_real ? 2e-5 : 0,
                  is_real ? 1e-5 : 0);
      if (is_real && p->high > p->low)
        assert_near(place, u, 0, 1e-5);
    }
  }
  crucible_space_destroy(space);
}

/* Sizes of steps are spread over decades, and neither end of a range is
   favoured or avoided. */
static void a_mutation_is_small_or_large_and_stays_inside(void **state) {
  (void)state;
  crucible_space *space = study_space();
  const double nan = (double)NAN;
  double parent[STUDY_PARAMS] = {2, nan, nan, nan, 0.5, 1, 4.9, 500000};
  const double *parents[] = {parent};
  double child[STUDY_PARAMS];
  int n_small = 0, n_middle = 0, n_large = 0, n_up = 0, n_down = 0;
  for (uint64_t id = 0; id < 20000; ++id) {
    assert_int_equal(
        crucible__vary_point(space, parents, 1, 11, id, child, NULL),
        CRUCIBLE_OK);
    assert_int_equal(crucible_space_check(space, child), CRUCIBLE_OK);
    double step = (child[STUDY_BIG] - parent[STUDY_BIG]) / 1e6;
    n_small += fabs(step) > 0 && fabs(step) < 0.01;
    n_middle += fabs(step) >= 0.01 && fabs(step) < 0.1;
    n_large += fabs(step) >= 0.1;
    if (child[STUDY_KIND] != 2 || isnan(child[STUDY_SHIFT]))
      continue;
    n_up += child[STUDY_SHIFT] > 4.9;
    n_down += child[STUDY_SHIFT] < 4.9;
  }
  int n = n_small + n_middle + n_large;
  /* 5 genes can change: 2/5 of the rest and 1/5 for sure */
  assert_near(n, 20000 * (0.2 + 0.8 * 0.4), 0.03, 0);
  /* |normal| times a log-uniform size from 0.003 to 0.3, by NumPy */
  assert_near(n_small, 0.3936 * n, 0.04, 0);
  assert_near(n_middle, 0.4486 * n, 0.04, 0);
  assert_near(n_large, 0.1578 * n, 0.06, 0);
  assert_true(n_up > 500 && n_down > n_up);
  crucible_space_destroy(space);
}

static void the_same_seed_and_id_make_the_same_child(void **state) {
  (void)state;
  crucible_space *space = study_space();
  double a[STUDY_PARAMS], b[STUDY_PARAMS], x[STUDY_PARAMS], y[STUDY_PARAMS];
  const double *parents[] = {a, b};
  assert_int_equal(crucible_space_draw(space, 1, 1, a), CRUCIBLE_OK);
  assert_int_equal(crucible_space_draw(space, 1, 2, b), CRUCIBLE_OK);
  for (uint32_t n = 0; n <= 2; ++n) {
    int n_differ = 0;
    for (uint64_t id = 0; id < 100; ++id) {
      assert_int_equal(crucible__vary_point(space, parents, n, 5, id, x, NULL),
                       CRUCIBLE_OK);
      assert_int_equal(crucible__vary_point(space, parents, n, 5, id, y, NULL),
                       CRUCIBLE_OK);
      assert_same_bits_n(x, y, STUDY_PARAMS);
      assert_int_equal(crucible__vary_point(space, parents, n, 6, id, y, NULL),
                       CRUCIBLE_OK);
      for (size_t i = 0; i < STUDY_PARAMS; ++i)
        if (!near_holds(x[i], y[i], 0, 0)) {
          ++n_differ;
          break;
        }
    }
    assert_true(n_differ > 90);
  }
  crucible_space_destroy(space);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_value_is_drawn_at_its_place_on_the_scale),
      cmocka_unit_test(a_mutation_is_small_or_large_and_stays_inside),
      cmocka_unit_test(the_same_seed_and_id_make_the_same_child),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
