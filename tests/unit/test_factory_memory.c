/* SPDX-License-Identifier: Apache-2.0 */
/* What a factory remembers: ancestors, N and V, prior; as bytes and learnt. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/base_alloc.h"
#include "factory/factory_state.h"
#include "support/factory_world.h"
#include "support/failing_alloc.h"
#include "support/near.h"

enum { ID = CRUCIBLE_GENOME_ID_BYTES, GENOMES = 12 };

typedef struct world {
  factory_world factory;
  crucible_genome *drawn[GENOMES];
} world;

static int open_world(void **state) {
  static world w;
  open_factory_world(&w.factory);
  for (size_t i = 0; i < GENOMES; ++i)
    assert_ok(
        crucible_genome_draw(w.factory.space, 5, i, "BTCUSDT", &w.drawn[i]));
  *state = &w;
  return 0;
}

static int close_world(void **state) {
  world *w = *state;
  for (size_t i = 0; i < GENOMES; ++i)
    crucible_genome_destroy(w->drawn[i]);
  close_factory_world(&w->factory);
  return 0;
}

/* A complete, feasible trial. */
static crucible_factory_trial row(const crucible_genome *genome, double value) {
  return (crucible_factory_trial){.struct_size = sizeof(crucible_factory_trial),
                                  .genome = genome,
                                  .state = CRUCIBLE_TRIAL_COMPLETE,
                                  .is_feasible = 1,
                                  .n_folds = 4,
                                  .value = value,
                                  .sharpe_base = value};
}

/* The genome with another birth. */
static crucible_genome *born(const world *w, size_t i, uint64_t study,
                             const crucible_genome *parent) {
  double *point = calloc(crucible_space_count(w->factory.space), sizeof *point);
  crucible_lineage lineage = {.struct_size = sizeof lineage,
                              .origin = CRUCIBLE_ORIGIN_DRAWN,
                              .study = study};
  crucible_genome *genome;
  if (parent != NULL) {
    lineage.origin = CRUCIBLE_ORIGIN_MUTATED;
    lineage.n_parents = 1;
    lineage.generation = 1;
    assert_ok(crucible_genome_id(parent, lineage.parents[0]));
  }
  assert_ok(crucible_genome_point(w->drawn[i], w->factory.space, point));
  assert_ok(crucible_genome_create(w->factory.space, point, "BTCUSDT", &lineage,
                                   &genome));
  free(point);
  return genome;
}

static void assert_ancestors(const crucible_factory *factory,
                             const crucible_genome *elite,
                             const uint64_t *expected, size_t n_expected) {
  uint64_t *studies;
  size_t n;
  assert_ok(crucible__memory_ancestors(&factory->memory, &elite, elite != NULL,
                                       &studies, &n));
  assert_int_equal(n, n_expected);
  for (size_t i = 0; i < n; ++i)
    assert_int_equal(studies[i], expected[i]);
  crucible__free(studies);
}

static void
ancestral_studies_are_those_of_elites_and_prior_and_theirs(void **state) {
  const world *w = *state;
  factory_world f = w->factory;
  f.options.n_prior = 0;
  crucible_factory *factory = make_factory(&f);
  crucible_genome *a = born(w, 0, 1, NULL), *b = born(w, 1, 2, NULL),
                  *c = born(w, 2, 3, NULL), *d = born(w, 3, 9, NULL);
  /* 1 found a; 2, of nothing, b; 3, seeded with a, found c */
  crucible_factory_trial t[2] = {row(a, 1), row(c, 2)};
  assert_ok(crucible__factory_learn(factory, 1, t, 1));
  t[0] = row(b, 1);
  assert_ok(crucible__factory_learn(factory, 2, t, 1));
  t[0] = row(a, 1);
  t[0].elite = 1;
  assert_ok(crucible__factory_learn(factory, 3, t, 2));
  assert_ancestors(factory, NULL, NULL, 0);
  assert_ancestors(factory, a, (uint64_t[]){1}, 1);
  assert_ancestors(factory, b, (uint64_t[]){2}, 1);
  assert_ancestors(factory, c, (uint64_t[]){1, 3}, 2);
  assert_ancestors(factory, d, NULL, 0); /* 9 is not known */
  /* 4, seeded with b, hands a out again: a comes from both now */
  t[0] = row(b, 1);
  t[0].elite = 1;
  t[1] = row(a, 1);
  t[1].rank = 1;
  assert_ok(crucible__factory_learn(factory, 4, t, 2));
  assert_ancestors(factory, a, (uint64_t[]){1, 2, 4}, 3);
  crucible_factory_destroy(factory);
  /* with a prior, whose trials it contains is an ancestor */
  factory = make_factory(&w->factory);
  t[0] = row(a, 1);
  assert_ok(crucible__factory_learn(factory, 1, t, 1));
  t[0] = row(b, -1);
  t[0].is_feasible = 0;
  assert_ok(crucible__factory_learn(factory, 2, t, 1));
  assert_ancestors(factory, NULL, (uint64_t[]){1}, 1);
  crucible_factory_destroy(factory);
  crucible_genome_destroy(a);
  crucible_genome_destroy(b);
  crucible_genome_destroy(c);
  crucible_genome_destroy(d);
}

static void a_genome_counts_once_with_its_latest_ratio(void **state) {
  const world *w = *state;
  crucible_factory *factory = make_factory(&w->factory);
  crucible_factory_trial t[5];
  for (size_t i = 0; i < 4; ++i)
    t[i] = row(w->drawn[i], (double)i);
  t[2].n_folds = 0; /* never evaluated */
  t[3].sharpe_base = (double)NAN;
  assert_ok(crucible__factory_learn(factory, 1, t, 4));
  t[0] = row(w->drawn[0], 7); /* again, and twice */
  t[1] = row(w->drawn[0], 8);
  t[2] = row(w->drawn[4], 5);
  t[2].state = CRUCIBLE_TRIAL_PRUNED;
  t[2].is_feasible = 0;
  t[3] = (crucible_factory_trial){.state = CRUCIBLE_TRIAL_FAILED};
  assert_ok(crucible__factory_learn(factory, 2, t, 4));
  crucible__breadth b;
  const uint64_t studies[] = {1, 2};
  assert_ok(
      crucible__memory_breadth(&factory->memory, studies, 2, NULL, 0, &b));
  /* 0 with 7, 1 with 1, 3 without, 4 with 5 */
  assert_int_equal(b.n_genomes, 4);
  assert_int_equal(b.n_here, 0);
  assert_int_equal(b.n_variance, 3);
  assert_near(b.variance, 28.0 / 3, 1e-12,
              0); /* statistics.variance([7,1,5]) */
  assert_ok(
      crucible__memory_breadth(&factory->memory, studies, 1, NULL, 0, &b));
  assert_int_equal(b.n_genomes, 3);
  assert_near(b.variance, 0.5, 1e-12, 0); /* 0 and 1 */
  /* those of the study itself come before all */
  crucible__known here[2];
  t[0] = row(w->drawn[1], 3);
  t[1] = row(w->drawn[5], 4);
  for (size_t i = 0; i < 2; ++i)
    assert_ok(crucible__known_of(&t[i], &here[i]));
  assert_ok(
      crucible__memory_breadth(&factory->memory, studies, 2, here, 2, &b));
  assert_int_equal(b.n_genomes, 5);
  assert_int_equal(b.n_here, 2);
  assert_near(b.variance, 35.0 / 12, 1e-12, 0); /* variance([7,3,5,4]) */
  assert_ok(crucible__memory_breadth(&factory->memory, NULL, 0, here, 1, &b));
  assert_int_equal(b.n_variance, 1);
  assert_true(isnan(b.variance));
  crucible_factory_destroy(factory);
}

static void assert_prior(const crucible_factory *factory,
                         const crucible_genome *const *genomes,
                         const double *values, size_t n) {
  assert_int_equal(factory->memory.n_prior, n);
  for (size_t i = 0; i < n; ++i) {
    assert_true(is_same_genome(factory->memory.prior[i].genome, genomes[i]));
    assert_true(factory->memory.prior[i].value == values[i]);
  }
}

static void the_prior_holds_the_latest_result_of_the_best(void **state) {
  const world *w = *state;
  crucible_genome *const *g = w->drawn;
  factory_world f = w->factory;
  f.options.n_prior = 3;
  crucible_factory *factory = make_factory(&f);
  crucible_factory_trial t[4] = {row(g[0], 1), row(g[1], 4), row(g[2], 3),
                                 row(g[3], 2)};
  t[1].is_feasible = 0;
  assert_ok(crucible__factory_learn(factory, 1, t, 4));
  assert_prior(factory, (const crucible_genome *[]){g[2], g[3], g[0]},
               (double[]){3, 2, 1}, 3);
  /* 2 did worse when tried again; 3 was pruned; 0 could not be trained */
  t[0] = row(g[2], 0.5);
  t[1] = row(g[3], 9);
  t[1].state = CRUCIBLE_TRIAL_PRUNED;
  t[1].is_feasible = 0;
  t[2] = row(g[0], (double)NAN);
  t[2].state = CRUCIBLE_TRIAL_FAILED;
  t[2].is_feasible = 0;
  t[3] = row(g[4], 1);
  assert_ok(crucible__factory_learn(factory, 2, t, 4));
  /* of equal ones the later study first */
  assert_prior(factory, (const crucible_genome *[]){g[4], g[0], g[2]},
               (double[]){1, 1, 0.5}, 3);
  crucible_factory_destroy(factory);
}

static void a_lineage_goes_back_through_all_studies(void **state) {
  const world *w = *state;
  crucible_factory *factory = make_factory(&w->factory);
  crucible_genome *a = born(w, 0, 1, NULL), *b = born(w, 1, 1, a),
                  *c = born(w, 2, 2, b), *d = born(w, 3, 3, c),
                  *e = born(w, 4, 1, NULL), *again = born(w, 2, 2, e);
  crucible_factory_trial t = row(b, 1);
  assert_ok(crucible__factory_learn(factory, 1, &t, 1));
  t = row(again, 1); /* c once more, of another parent */
  assert_ok(crucible__factory_learn(factory, 2, &t, 1));
  crucible__known here[2], of;
  t = row(c, 1);
  assert_ok(crucible__known_of(&t, &here[0]));
  t = row(d, 1);
  assert_ok(crucible__known_of(&t, &of));
  uint8_t(*ids)[ID] = NULL, id[ID];
  size_t capacity = 0, n;
  assert_ok(crucible__memory_lineage(&factory->memory, here, 1, &of, &ids,
                                     &capacity, &n));
  const crucible_genome *expected[] = {d, c, b, e, a};
  assert_int_equal(n, 5);
  for (size_t i = 0; i < 5; ++i) {
    assert_ok(crucible_genome_id(expected[i], id));
    assert_memory_equal(ids[i], id, ID);
  }
  crucible__free(ids);
  crucible_genome_destroy(e);
  crucible_genome_destroy(again);
  crucible_genome_destroy(a);
  crucible_genome_destroy(b);
  crucible_genome_destroy(c);
  crucible_genome_destroy(d);
  crucible_factory_destroy(factory);
}

/* ---- as bytes ---- */

static crucible__pack save(const crucible_factory *factory) {
  crucible__pack pack = {0};
  crucible__factory_save(factory, &pack);
  assert_ok(crucible__pack_end(&pack));
  return pack;
}

static void assert_same_state(const crucible_factory *a,
                              const crucible_factory *b) {
  crucible__pack p = save(a), q = save(b);
  assert_int_equal(p.length, q.length);
  assert_memory_equal(p.data, q.data, p.length);
  crucible__pack_free(&p);
  crucible__pack_free(&q);
}

/* What a journal keeps of a search, its genomes through their JSON. */
static void learn_rows(crucible_factory *factory,
                       const crucible_search *search) {
  crucible_search_report r = report_of_search(search);
  crucible_factory_trial *rows = calloc(r.n_trials, sizeof *rows);
  crucible_genome **genomes = calloc(r.n_trials, sizeof(crucible_genome *));
  for (uint64_t i = 0; i < r.n_trials; ++i) {
    crucible_factory_trial t = trial_of(search, i);
    rows[i] = (crucible_factory_trial){.struct_size = sizeof rows[i],
                                       .number = i,
                                       .state = t.state,
                                       .elite = t.elite,
                                       .rank = t.rank,
                                       .is_feasible = t.is_feasible,
                                       .n_folds = t.n_folds,
                                       .value = t.value,
                                       .sharpe_base = t.sharpe_base};
    if (isnan(t.sharpe_base)) /* a NULL in the journal: any NaN */
      rows[i].sharpe_base = -(double)NAN;
    if (t.genome == NULL)
      continue;
    const char *json = crucible_genome_json(t.genome, 1);
    assert_ok(crucible_genome_parse(json, strlen(json), &genomes[i]));
    rows[i].genome = genomes[i];
  }
  assert_ok(crucible__factory_learn(factory, r.study, rows, r.n_trials));
  for (uint64_t i = 0; i < r.n_trials; ++i)
    crucible_genome_destroy(genomes[i]);
  free(genomes);
  free(rows);
}

/* Two searches, the second with the first's winners as elites. */
static void learning_from_the_journal_leaves_the_same_bytes(void **state) {
  factory_world f = ((const world *)*state)->factory;
  f.options.n_prior = 5;
  crucible_factory *ran = make_factory(&f), *learnt = make_factory(&f);
  crucible_elite elites[3];
  for (uint64_t study = 1; study <= 2; ++study) {
    f.request.study = study;
    crucible_search *search = search_in(&f, ran, NULL);
    assert_ok(crucible_factory_admit(ran, search));
    learn_rows(learnt, search);
    uint32_t n = report_of_search(search).n_replacements;
    assert_in_range(n, 1, 3);
    for (uint32_t i = 0; i < n; ++i) {
      int32_t outcome;
      elites[i] = (crucible_elite){.struct_size = sizeof elites[i],
                                   .genome = winner_of(search, i).genome,
                                   .label = CRUCIBLE_ELITE_PROMOTED,
                                   .agent = (uint32_t)study * 10 + i,
                                   .z = 1 + i,
                                   .dsr = 0.9,
                                   .n_bars = 3000,
                                   .bar = study * 100};
      assert_ok(crucible_elite_pool_offer(
          crucible_factory_pool(ran), &elites[i], study * 100, &outcome, NULL));
      assert_ok(crucible_elite_pool_offer(crucible_factory_pool(learnt),
                                          &elites[i], study * 100, &outcome,
                                          NULL));
    }
    crucible_search_destroy(search);
    /* the pool keeps its own copies */
    f.request.n_elites = crucible_elite_pool_count(crucible_factory_pool(ran));
    if (f.request.n_elites > 3)
      f.request.n_elites = 3;
    for (size_t i = 0; i < f.request.n_elites; ++i) {
      elites[i].struct_size = sizeof elites[i];
      assert_ok(
          crucible_elite_pool_get(crucible_factory_pool(ran), i, &elites[i]));
    }
    f.request.elites = elites;
    if (study == 1) {
      assert_same_state(ran, learnt);
      f.request.n_elites = f.request.n_elites > 2 ? 2 : f.request.n_elites;
    }
  }
  assert_same_state(ran, learnt);
  crucible_factory_destroy(ran);
  crucible_factory_destroy(learnt);
}

static void a_loaded_factory_goes_on_as_if_it_had_never_stopped(void **state) {
  factory_world f = ((const world *)*state)->factory;
  crucible_factory *factory = make_factory(&f), *loaded;
  crucible_search *first = search_in(&f, factory, NULL);
  assert_ok(crucible_factory_admit(factory, first));
  crucible__pack pack = save(factory);
  crucible__unpack unpack = {.data = pack.data, .length = pack.length};
  crucible_factory_options options = factory_options_of(&f);
  assert_ok(crucible__factory_load(&options, &unpack, &loaded));
  assert_ok(crucible__unpack_end(&unpack, "factory"));
  assert_same_state(factory, loaded);
  f.request.study = 2;
  crucible_search *a = search_in(&f, factory, NULL),
                  *b = search_in(&f, loaded, NULL);
  crucible_search_report r = report_of_search(a), s = report_of_search(b);
  assert_true(r.n_prior > 0);
  assert_int_equal(s.n_genomes, r.n_genomes);
  assert_same_bits(s.sharpe_variance, r.sharpe_variance);
  for (uint64_t i = 0; i < r.n_trials; ++i)
    assert_string_equal(crucible_genome_json(trial_of(a, i).genome, 1),
                        crucible_genome_json(trial_of(b, i).genome, 1));
  assert_ok(crucible_factory_admit(factory, a));
  assert_ok(crucible_factory_admit(loaded, b));
  assert_same_state(factory, loaded);
  crucible_search_destroy(first);
  crucible_search_destroy(a);
  crucible_search_destroy(b);
  crucible__pack_free(&pack);
  crucible_factory_destroy(factory);
  crucible_factory_destroy(loaded);
}

/* Cut off anywhere, or with a byte that is another: refused or read, no more. */
static void damaged_bytes_are_refused(void **state) {
  const world *w = *state;
  crucible_factory *factory = make_factory(&w->factory), *loaded;
  crucible_factory_trial t[2] = {row(w->drawn[0], 1), row(w->drawn[1], 2)};
  assert_ok(crucible__factory_learn(factory, 1, t, 2));
  crucible__pack pack = save(factory);
  crucible_factory_options options = factory_options_of(&w->factory);
  for (size_t length = 0; length < pack.length; length += 7) {
    crucible__unpack unpack = {.data = pack.data, .length = length};
    assert_int_not_equal(crucible__factory_load(&options, &unpack, &loaded),
                         CRUCIBLE_OK);
    assert_null(loaded);
  }
  for (size_t i = 0; i < pack.length; i += 3) {
    pack.data[i] ^= 0x55;
    crucible__unpack unpack = {.data = pack.data, .length = pack.length};
    if (crucible__factory_load(&options, &unpack, &loaded) == CRUCIBLE_OK)
      crucible_factory_destroy(loaded);
    pack.data[i] ^= 0x55;
  }
  crucible__pack_free(&pack);
  crucible_factory_destroy(factory);
}

typedef struct path {
  const world *w;
  const crucible__pack *pack;
} path;

static crucible_status learn_and_save(void *data) {
  const path *p = data;
  crucible_factory *factory;
  crucible__pack pack = {0};
  crucible_factory_options options = factory_options_of(&p->w->factory);
  crucible_status status = crucible_factory_create(&options, &factory);
  for (uint64_t study = 1; status == CRUCIBLE_OK && study <= 3; ++study) {
    crucible_factory_trial t[3] = {row(p->w->drawn[study], 1),
                                   row(p->w->drawn[study + 1], 2),
                                   row(p->w->drawn[study + 2], 3)};
    t[0].elite = 1;
    status = crucible__factory_learn(factory, study, t, 3);
  }
  if (status == CRUCIBLE_OK) {
    crucible__factory_save(factory, &pack);
    status = crucible__pack_end(&pack);
  }
  crucible__pack_free(&pack);
  crucible_factory_destroy(factory);
  return status;
}

static crucible_status load(void *data) {
  const path *p = data;
  crucible_factory *factory;
  crucible__unpack unpack = {.data = p->pack->data, .length = p->pack->length};
  crucible_factory_options options = factory_options_of(&p->w->factory);
  crucible_status status = crucible__factory_load(&options, &unpack, &factory);
  crucible_factory_destroy(factory);
  return status;
}

static void a_memory_survives_running_out_of_memory(void **state) {
  const world *w = *state;
  path p = {.w = w};
  assert_true(failing_alloc_run(learn_and_save, &p) > 20);
  crucible_factory *factory = make_factory(&w->factory);
  crucible_factory_trial t = row(w->drawn[0], 1);
  assert_ok(crucible__factory_learn(factory, 1, &t, 1));
  crucible__pack pack = save(factory);
  p.pack = &pack;
  assert_true(failing_alloc_run(load, &p) > 10);
  crucible__pack_free(&pack);
  crucible_factory_destroy(factory);
}

/* An admission that fails leaves the factory as it was. */
static void a_failed_admission_changes_nothing(void **state) {
  const world *w = *state;
  crucible_factory *factory = make_factory(&w->factory);
  crucible_factory_trial t[2] = {row(w->drawn[0], 1), row(w->drawn[1], 2)};
  assert_ok(crucible__factory_learn(factory, 1, t, 2));
  crucible__pack before = save(factory);
  t[0] = row(w->drawn[2], 5);
  for (size_t i = 1;; ++i) {
    failing_alloc_at(i, 0);
    crucible_status status = crucible__factory_learn(factory, 2, t, 2);
    failing_alloc_at(0, 0);
    if (status == CRUCIBLE_OK)
      break;
    assert_int_equal(status, CRUCIBLE_E_NOMEM);
    crucible__pack after = save(factory);
    assert_int_equal(after.length, before.length);
    assert_memory_equal(after.data, before.data, before.length);
    crucible__pack_free(&after);
  }
  assert_int_equal(crucible_factory_studies(factory), 2);
  crucible__pack_free(&before);
  crucible_factory_destroy(factory);
}

int main(void) {
  failing_alloc_install();
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(
          ancestral_studies_are_those_of_elites_and_prior_and_theirs),
      cmocka_unit_test(a_genome_counts_once_with_its_latest_ratio),
      cmocka_unit_test(the_prior_holds_the_latest_result_of_the_best),
      cmocka_unit_test(a_lineage_goes_back_through_all_studies),
      cmocka_unit_test(learning_from_the_journal_leaves_the_same_bytes),
      cmocka_unit_test(a_loaded_factory_goes_on_as_if_it_had_never_stopped),
      cmocka_unit_test(damaged_bytes_are_refused),
      cmocka_unit_test(a_memory_survives_running_out_of_memory),
      cmocka_unit_test(a_failed_admission_changes_nothing),
  };
  return cmocka_run_group_tests(tests, open_world, close_world);
}
