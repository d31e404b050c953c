/* SPDX-License-Identifier: Apache-2.0 */
/* Children of DNA: what they take from whom. */
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
#include "support/failing_alloc.h"
#include "support/near.h"

static int is_same(double a, double b) {
  return a == b || (isnan(a) && isnan(b));
}

static size_t differences(const dna_world *w, const double *a,
                          const double *b) {
  size_t n = 0;
  for (size_t i = 0; i < w->n; ++i)
    n += !is_same(a[i], b[i]);
  return n;
}

static void assert_is_genome(const dna_world *w, const double *point) {
  crucible_genome *genome;
  assert_ok(crucible_genome_create(w->space, point, "BTCUSDT", NULL, &genome));
  crucible_genome_destroy(genome);
}

/* ---- what a child is ---- */

static void thousands_of_children_are_genomes_and_no_parents(void **state) {
  const dna_world *w = *state;
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
  const dna_world *w = *state;
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
  const dna_world *w = *state;
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
  const dna_world *w = *state;
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

/* ---- determinism ---- */

static void the_same_seed_and_id_give_the_same_child(void **state) {
  const dna_world *w = *state;
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
  const dna_world *w = *state;
  double a[DNA_POINT_MAX], b[DNA_POINT_MAX];
  for (uint64_t id = 0; id < 20; ++id) {
    assert_ok(crucible_space_draw(w->space, 7, id, a));
    vary(w, NULL, NULL, id, b);
    assert_true(differences(w, a, b) > 0);
  }
}

/* ---- corners ---- */

static void parents_that_cannot_be_crossed_are_mutated(void **state) {
  const dna_world *w = *state;
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
  const dna_world *w = *state;
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
  const dna_world *w = *state;
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
  const dna_world *w = data;
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

int main(void) {
  failing_alloc_install();
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(thousands_of_children_are_genomes_and_no_parents),
      cmocka_unit_test(a_crossed_child_takes_each_block_from_a_parent),
      cmocka_unit_test(every_gene_is_mutated_sometimes),
      cmocka_unit_test(a_mutation_is_a_handful_of_genes),
      cmocka_unit_test(the_same_seed_and_id_give_the_same_child),
      cmocka_unit_test(fresh_children_are_not_those_of_a_draw),
      cmocka_unit_test(parents_that_cannot_be_crossed_are_mutated),
      cmocka_unit_test(without_a_feature_there_is_no_child),
      cmocka_unit_test(bad_arguments_of_vary_are_refused_by_name),
      cmocka_unit_test(breeding_survives_running_out_of_memory),
  };
  return cmocka_run_group_tests(tests, open_dna_world, close_dna_world);
}
