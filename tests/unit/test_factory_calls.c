/* SPDX-License-Identifier: Apache-2.0 */
/* Studies of the factory: progress, cancelling, bad input, want of memory. */
#include <math.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "support/factory_world.h"
#include "support/failing_alloc.h"

/* ---- progress, cancelling ---- */

typedef struct heard {
  uint64_t n_calls, n_done, n_total, n_picked;
} heard;

static void hear(const crucible_factory_progress *progress, void *user_data) {
  heard *h = user_data;
  assert_true(progress->n_done >= h->n_done &&
              progress->n_picked >= h->n_picked);
  h->n_done = progress->n_done;
  h->n_total = progress->n_total;
  h->n_picked = progress->n_picked;
  ++h->n_calls;
}

static void progress_is_told_after_each_batch(void **state) {
  factory_world w = *(const factory_world *)*state;
  heard h = {0};
  w.request.progress = hear;
  w.request.user_data = &h;
  crucible_factory *factory = make_factory(&w);
  crucible_search *search = search_in(&w, factory, NULL);
  assert_int_equal(h.n_calls, 3 + 1); /* 19 trials in batches of 8, picking */
  assert_int_equal(h.n_done, 19);
  assert_int_equal(h.n_total, 19);
  assert_int_equal(h.n_picked, report_of_search(search).n_replacements);
  crucible_search_destroy(search);
  crucible_factory_destroy(factory);
}

static void *request_stop(void *cancel) {
  struct timespec wait = {0, 100000000};
  nanosleep(&wait, NULL);
  crucible_cancel_request(cancel);
  return NULL;
}

static void a_search_stops_within_a_second_when_cancelled(void **state) {
  factory_world w = *(const factory_world *)*state;
  w.forge.max_rounds = w.forge.patience = 1000000;
  crucible_factory *factory = make_factory(&w);
  crucible_cancel *cancel;
  crucible_pool *pool;
  crucible_search *search;
  pthread_t thread;
  struct timespec from, to;
  assert_ok(crucible_cancel_create(&cancel));
  assert_ok(crucible_pool_create(2, &pool));
  assert_int_equal(pthread_create(&thread, NULL, request_stop, cancel), 0);
  clock_gettime(CLOCK_MONOTONIC, &from);
  assert_int_equal(
      crucible_factory_search(factory, &w.request, pool, cancel, &search),
      CRUCIBLE_E_CANCELLED);
  clock_gettime(CLOCK_MONOTONIC, &to);
  assert_null(search);
  assert_true((double)(to.tv_sec - from.tv_sec) +
                  1e-9 * (double)(to.tv_nsec - from.tv_nsec) <
              1.1);
  pthread_join(thread, NULL);
  crucible_pool_destroy(pool);
  crucible_cancel_destroy(cancel);
  crucible_factory_destroy(factory);
}

/* ---- bad input ---- */

static void wrong_options_are_refused_by_name(void **state) {
  const factory_world *w = *state;
  crucible_factory *factory;
  static const struct {
    size_t offset;
    uint32_t value;
    const char *part;
  } cases[] = {
      {offsetof(crucible_factory_options, n_trials), 0, "n_trials is 0"},
      {offsetof(crucible_factory_options, batch), 0, "batch is 0"},
      {offsetof(crucible_factory_options, batch), 1025, "batch is 1025"},
      {offsetof(crucible_factory_options, n_prior), 1u << 30, "n_prior"},
      {offsetof(crucible_factory_options, holdout_bars), 1,
       "holdout_bars is 1"},
      {offsetof(crucible_factory_options, window_bars), 288, "window_bars is"},
      {offsetof(crucible_factory_options, gate), 0, "gate is 0"},
      {offsetof(crucible_factory_options, gate), 4, "gate is 4"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
    crucible_factory_options o = factory_options_of(w);
    memcpy((char *)&o + cases[i].offset, &cases[i].value, sizeof(uint32_t));
    assert_fails(crucible_factory_create(&o, &factory), CRUCIBLE_E_INVALID,
                 cases[i].part);
    assert_null(factory);
  }
  crucible_factory_options o = factory_options_of(w);
  o.max_correlation = (double)NAN;
  assert_fails(crucible_factory_create(&o, &factory), CRUCIBLE_E_INVALID,
               "max_correlation is nan");
  o = factory_options_of(w);
  o.base_timeframe_ms = 0;
  assert_fails(crucible_factory_create(&o, &factory), CRUCIBLE_E_INVALID,
               "base_timeframe_ms is 0");
  o = factory_options_of(w);
  o.space = NULL;
  assert_fails(crucible_factory_create(&o, &factory), CRUCIBLE_E_INVALID,
               "space is NULL");
  o = factory_options_of(w);
  o.instrument = NULL;
  assert_fails(crucible_factory_create(&o, &factory), CRUCIBLE_E_INVALID,
               "instrument is NULL");
  crucible_genetic_options genetic;
  crucible_genetic_options_init(&genetic, sizeof genetic);
  genetic.crossover = 2;
  o = factory_options_of(w);
  o.genetic = &genetic;
  assert_fails(crucible_factory_create(&o, &factory), CRUCIBLE_E_INVALID,
               "crossover");
  assert_fails(crucible_factory_create(NULL, &factory), CRUCIBLE_E_INVALID,
               "options is NULL");
  assert_fails(crucible_factory_create(&o, NULL), CRUCIBLE_E_INVALID,
               "factory is NULL");
  assert_null(crucible_factory_pool(NULL));
  assert_int_equal(crucible_factory_studies(NULL), 0);
  crucible_factory_destroy(NULL);
  crucible_search_destroy(NULL);
}

static void assert_refused(const factory_world *w,
                           const crucible_factory *factory,
                           crucible_status status, const char *part) {
  crucible_search *search = (crucible_search *)8;
  assert_fails(
      crucible_factory_search(factory, &w->request, NULL, NULL, &search),
      status, part);
  assert_null(search);
}

static void wrong_requests_are_refused_by_name(void **state) {
  const factory_world *good = *state;
  crucible_factory *factory = make_factory(good);
  factory_world w = *good;
  w.request.study = 0;
  assert_refused(&w, factory, CRUCIBLE_E_INVALID, "study is 0");
  w = *good;
  w.request.n_wanted = 0;
  assert_refused(&w, factory, CRUCIBLE_E_INVALID, "n_wanted is 0");
  w = *good;
  w.request.n_markets = 0;
  assert_refused(&w, factory, CRUCIBLE_E_INVALID, "n_markets is 0");
  w = *good;
  w.request.elites = NULL;
  assert_refused(&w, factory, CRUCIBLE_E_INVALID, "elites is NULL");
  w = *good;
  w.elites[1].genome = NULL;
  w.request.elites = w.elites;
  assert_refused(&w, factory, CRUCIBLE_E_INVALID, "elites[1].genome is NULL");
  w = *good;
  w.request.markets = w.markets + 1;
  w.request.n_markets = 1;
  assert_refused(&w, factory, CRUCIBLE_E_INVALID, "markets[0] has bars of");
  w = *good; /* no market for genomes of 15 minutes */
  w.request.n_markets = 1;
  assert_refused(&w, factory, CRUCIBLE_E_INVALID, "900000 ms");
  w = *good; /* a longer market that knows the future */
  w.lanes[0].bars.n -= 3;
  w.markets[0].bars = &w.lanes[0].bars;
  w.request.markets = w.markets;
  assert_refused(&w, factory, CRUCIBLE_E_INVALID, "markets[1] ends at");
  w = *good;
  w.lanes[0].bars.n = 200;
  w.markets[0].bars = &w.lanes[0].bars;
  w.request.markets = w.markets;
  w.request.n_markets = 1;
  assert_refused(&w, factory, CRUCIBLE_E_TOO_SHORT, "holdout alone takes 288");
  w = *good; /* the same timeframe twice */
  w.markets[1] = w.markets[0];
  w.request.markets = w.markets;
  assert_refused(&w, factory, CRUCIBLE_E_INVALID, "markets[0] and [1] both");
  w = *good; /* no multiple of the base */
  w.lanes[1].bars.timeframe_ms = 400000;
  w.markets[1].bars = &w.lanes[1].bars;
  w.request.markets = w.markets;
  assert_refused(&w, factory, CRUCIBLE_E_INVALID, "markets[1] has bars of");
  w = *good;
  w.lanes[1].bars.n = 0;
  w.markets[1].bars = &w.lanes[1].bars;
  w.request.markets = w.markets;
  assert_refused(&w, factory, CRUCIBLE_E_INVALID, "markets[1] has no bars");
  w = *good;
  w.markets[1].bars = NULL;
  w.request.markets = w.markets;
  assert_refused(&w, factory, CRUCIBLE_E_INVALID, "markets[1].bars is NULL");
  w = *good;
  w.elites[1].struct_size = 8;
  w.request.elites = w.elites;
  assert_refused(&w, factory, CRUCIBLE_E_INVALID, "elites[1].struct_size is 8");
  w = *good;
  w.elites[0].struct_size = 3;
  w.request.elites = w.elites;
  assert_refused(&w, factory, CRUCIBLE_E_INVALID, "elites[0].struct_size is 3");
  w = *good;
  crucible_lived lived = {.from_ms = 5, .until_ms = 4};
  w.request.lived = &lived;
  w.request.n_lived = 1;
  assert_refused(&w, factory, CRUCIBLE_E_INVALID, "lived[0] ends before");
  w = *good;
  crucible_living living = {.struct_size = sizeof living,
                            .genome = w.elite_genomes[0]};
  w.request.living = &living;
  w.request.n_living = 1;
  assert_refused(&w, factory, CRUCIBLE_E_INVALID, "living[0].model is NULL");
  crucible_plan plan;
  crucible_plan_init(&plan, sizeof plan);
  living.model = "no model";
  living.model_bytes = 8;
  living.plan = &plan;
  assert_refused(&w, factory, CRUCIBLE_E_MODEL, "living[0]");
  w = *good;
  w.request.struct_size = sizeof w.request + 8;
  assert_int_equal(crucible_factory_search(NULL, &w.request, NULL, NULL, NULL),
                   CRUCIBLE_E_INVALID);
  crucible_factory_destroy(factory);
}

/* An elite of another space. */
static void an_elite_outside_of_the_space_is_refused(void **state) {
  const factory_world *good = *state;
  factory_world w = *good;
  crucible_genome_space_options options;
  crucible_genome_space_options_init(&options, sizeof options);
  options.instrument = &w.instrument;
  int64_t hour = 3600000;
  options.timeframes_ms = &hour;
  options.n_timeframes = 1;
  crucible_space *space;
  crucible_genome *foreign;
  assert_ok(crucible_genome_space_create(&options, &space));
  assert_ok(crucible_genome_draw(space, 1, 1, "BTCUSDT", &foreign));
  w.elites[2].genome = foreign;
  w.request.elites = w.elites;
  crucible_factory *factory = make_factory(&w);
  assert_refused(&w, factory, CRUCIBLE_E_INVALID, "request.elites[2]");
  crucible_factory_destroy(factory);
  crucible_genome_destroy(foreign);
  crucible_space_destroy(space);
}

static void a_study_is_admitted_once(void **state) {
  factory_world w = *(const factory_world *)*state;
  w.options.window_bars = 330; /* quick: all fail */
  crucible_factory *factory = make_factory(&w);
  crucible_search *search = search_in(&w, factory, NULL);
  assert_int_equal(crucible_factory_studies(factory), 0);
  assert_ok(crucible_factory_admit(factory, search));
  assert_fails(crucible_factory_admit(factory, search), CRUCIBLE_E_INVALID,
               "study 1 was admitted before");
  assert_int_equal(crucible_factory_studies(factory), 1);
  assert_refused(&w, factory, CRUCIBLE_E_INVALID, "admitted before");
  assert_fails(crucible_factory_admit(NULL, search), CRUCIBLE_E_INVALID,
               "factory is NULL");
  assert_fails(crucible_factory_admit(factory, NULL), CRUCIBLE_E_INVALID,
               "search is NULL");
  crucible_factory_trial t = {.struct_size = sizeof t};
  crucible_replacement x = {.struct_size = sizeof x};
  crucible_turned_down d = {.struct_size = sizeof d};
  assert_fails(crucible_search_trial(search, 19, &t), CRUCIBLE_E_INVALID,
               "trial 19: the search has 19");
  assert_fails(crucible_search_replacement(search, 0, &x), CRUCIBLE_E_INVALID,
               "replacement 0: the search has 0");
  assert_fails(crucible_search_turned_down(search, 0, &d), CRUCIBLE_E_INVALID,
               "turned down 0");
  assert_fails(crucible_search_report_of(search, NULL), CRUCIBLE_E_INVALID,
               "report is NULL");
  crucible_search_destroy(search);
  crucible_factory_destroy(factory);
}

/* ---- memory ---- */

static crucible_status search_once(void *data) {
  const factory_world *w = data;
  crucible_factory *factory;
  crucible_search *search = NULL;
  crucible_factory_options options = factory_options_of(w);
  crucible_status status = crucible_factory_create(&options, &factory);
  if (status == CRUCIBLE_OK)
    status = crucible_factory_search(factory, &w->request, NULL, NULL, &search);
  if (status == CRUCIBLE_OK)
    status = crucible_factory_admit(factory, search);
  crucible_search_destroy(search);
  crucible_factory_destroy(factory);
  return status;
}

static void a_failing_study_survives_running_out_of_memory(void **state) {
  factory_world w = *(const factory_world *)*state;
  w.options.window_bars = 330;
  w.options.n_trials = 2;
  w.options.batch = 2;
  w.request.n_elites = 1;
  assert_true(failing_alloc_run(search_once, &w) > 50);
}

/* A search that hands out; too long to fail at every place: at some fifty. */
static void a_search_survives_running_out_of_memory(void **state) {
  factory_world w = *(const factory_world *)*state;
  w.forge.max_rounds = 2;
  w.forge.n_folds = 1;
  w.forge.min_trades = 1;
  w.options.window_bars = 1000;
  w.options.n_trials = 2;
  w.request.n_elites = 1;
  w.request.n_wanted = 1;
  failing_alloc_at(0, 0);
  assert_ok(search_once(&w));
  size_t n = failing_alloc_count(), live = failing_alloc_live();
  assert_true(n > 500);
  for (size_t i = 1; i <= n; i += 1 + n / 50) {
    failing_alloc_at(i, i % 2 == 0);
    assert_int_equal(search_once(&w), CRUCIBLE_E_NOMEM);
    failing_alloc_at(0, 0);
    assert_int_equal(failing_alloc_live(), live);
  }
}

int main(void) {
  failing_alloc_install();
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(progress_is_told_after_each_batch),
      cmocka_unit_test(a_search_stops_within_a_second_when_cancelled),
      cmocka_unit_test(wrong_options_are_refused_by_name),
      cmocka_unit_test(wrong_requests_are_refused_by_name),
      cmocka_unit_test(an_elite_outside_of_the_space_is_refused),
      cmocka_unit_test(a_study_is_admitted_once),
      cmocka_unit_test(a_failing_study_survives_running_out_of_memory),
      cmocka_unit_test(a_search_survives_running_out_of_memory),
  };
  return cmocka_run_group_tests(tests, set_up_factory_world,
                                tear_down_factory_world);
}
