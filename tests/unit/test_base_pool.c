/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE /* pthread_attr_setdefault_np, sched_getaffinity */
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "base/base_status.h"
#include "base/pool.h"
#include "base/rng.h"
#include "support/failing_alloc.h"
#include "support/near.h"

static crucible_pool *pool_of(uint32_t n_threads) {
  crucible_pool *pool;
  assert_int_equal(crucible_pool_create(n_threads, &pool), CRUCIBLE_OK);
  assert_int_equal(crucible_pool_threads(pool), n_threads);
  return pool;
}

static void sleep_us(long us) {
  const struct timespec time = {us / 1000000, us % 1000000 * 1000};
  (void)nanosleep(&time, NULL);
}

/* --- all items, once each ------------------------------------------------- */

enum { ITEMS_MAX = 5000, WORKERS_MAX = 8 };

typedef struct tally {
  atomic_int runs[ITEMS_MAX];
  atomic_int on_worker[WORKERS_MAX]; /* items of it that run now */
  atomic_int wrong;                  /* what must not happen */
  uint32_t n_workers;
} tally;

static crucible_status count_run(size_t i, uint32_t worker, void *data) {
  tally *t = data;
  if (worker >= t->n_workers || atomic_fetch_add(&t->on_worker[worker], 1) != 0)
    atomic_fetch_add(&t->wrong, 1);
  atomic_fetch_add(&t->runs[i], 1);
  atomic_fetch_sub(&t->on_worker[worker], 1);
  return CRUCIBLE_OK;
}

static void each_item_runs_once_on_a_worker_of_its_own(void **state) {
  (void)state;
  static const size_t sizes[] = {0, 1, 2, 3, 7, 64, 1000, ITEMS_MAX};
  for (uint32_t threads = 0; threads <= 5; ++threads) {
    crucible_pool *pool = threads == 0 ? NULL : pool_of(threads);
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; ++s) {
      tally *t = calloc(1, sizeof *t);
      assert_non_null(t);
      t->n_workers = crucible_pool_threads(pool);
      assert_int_equal(crucible__pool_run(pool, sizes[s], count_run, t, NULL),
                       CRUCIBLE_OK);
      for (size_t i = 0; i < ITEMS_MAX; ++i)
        assert_int_equal(t->runs[i], i < sizes[s]);
      assert_int_equal(t->wrong, 0);
      free(t);
    }
    crucible_pool_destroy(pool);
  }
}

static void many_short_jobs_lose_nothing(void **state) {
  (void)state;
  for (uint32_t threads = 2; threads <= 4; ++threads) {
    crucible_pool *pool = pool_of(threads);
    tally *t = calloc(1, sizeof *t);
    assert_non_null(t);
    t->n_workers = threads;
    enum { JOBS = 20000 };
    for (int job = 0; job < JOBS; ++job) {
      assert_int_equal(crucible__pool_run(pool, 3, count_run, t, NULL),
                       CRUCIBLE_OK);
      for (size_t i = 0; i < 3; ++i) /* all have ended when the call returns */
        assert_int_equal(t->runs[i], job + 1);
      if (job % 500 == 0)
        sleep_us(200); /* the workers fall asleep */
    }
    assert_int_equal(t->wrong, 0);
    free(t);
    crucible_pool_destroy(pool);
  }
}

static crucible_status draw(size_t i, uint32_t worker, void *data) {
  (void)worker;
  crucible__rng rng;
  crucible__rng_init(&rng, 9, CRUCIBLE__RNG_TEST, i);
  ((double *)data)[i] = crucible__rng_normal(&rng);
  return CRUCIBLE_OK;
}

static void results_do_not_depend_on_the_number_of_threads(void **state) {
  (void)state;
  static double one[ITEMS_MAX], many[ITEMS_MAX];
  assert_int_equal(crucible__pool_run(NULL, ITEMS_MAX, draw, one, NULL),
                   CRUCIBLE_OK);
  for (uint32_t threads = 1; threads <= 4; ++threads) {
    crucible_pool *pool = pool_of(threads);
    memset(many, 0, sizeof many);
    assert_int_equal(crucible__pool_run(pool, ITEMS_MAX, draw, many, NULL),
                     CRUCIBLE_OK);
    assert_same_bits_n(many, one, ITEMS_MAX);
    crucible_pool_destroy(pool);
  }
}

static crucible_status meet(size_t i, uint32_t worker, void *data) {
  (void)i;
  (void)worker;
  atomic_int *there = data;
  atomic_fetch_add(there, 1);
  for (int tries = 0; atomic_load(there) < 3; ++tries) {
    if (tries > 20000)
      return crucible__fail(CRUCIBLE_E_STATE, "the others never came");
    sleep_us(1000);
  }
  return CRUCIBLE_OK;
}

static void all_threads_work_on_a_job(void **state) {
  (void)state;
  crucible_pool *pool = pool_of(3);
  for (int job = 0; job < 20; ++job) {
    atomic_int there = 0;
    assert_int_equal(crucible__pool_run(pool, 3, meet, &there, NULL),
                     CRUCIBLE_OK);
  }
  crucible_pool_destroy(pool);
}

/* --- failures ------------------------------------------------------------- */

typedef struct failing {
  size_t lowest; /* this one and all above it fail */
  int late;      /* it fails after those above, else before them */
  atomic_int ran_below, ran;
} failing;

static crucible_status fail_from(size_t i, uint32_t worker, void *data) {
  (void)worker;
  failing *f = data;
  atomic_fetch_add(&f->ran, 1);
  int sometimes = i <= f->lowest && (f->lowest - i) % 8 == 0;
  if (f->late ? sometimes : i > f->lowest || (sometimes && i < f->lowest))
    sleep_us(100);
  if (i < f->lowest) {
    atomic_fetch_add(&f->ran_below, 1);
    return CRUCIBLE_OK;
  }
  return crucible__fail(i % 2 ? CRUCIBLE_E_DATA : CRUCIBLE_E_MODEL,
                        "item %zu failed", i);
}

static void the_failure_reported_is_that_of_the_lowest_item(void **state) {
  (void)state;
  for (uint32_t threads = 1; threads <= 4; ++threads) {
    crucible_pool *pool = pool_of(threads);
    for (size_t k = 0; k < 200; ++k) {
      const size_t lowest = k / 2;
      failing f = {.lowest = lowest, .late = k % 2 == 0};
      char text[64];
      (void)snprintf(text, sizeof text, "item %zu failed", lowest);
      assert_int_equal(crucible__pool_run(pool, 1000, fail_from, &f, NULL),
                       lowest % 2 ? CRUCIBLE_E_DATA : CRUCIBLE_E_MODEL);
      assert_string_equal(crucible_last_error(), text);
      assert_int_equal(f.ran_below, lowest);
      if (threads == 1)
        assert_int_equal(f.ran, lowest + 1);
      else
        assert_true(f.ran < 1000); /* the handing out stopped */
      (void)crucible__fail(CRUCIBLE_E_IO, "stale");
    }
    /* and the pool is as good as new */
    tally *t = calloc(1, sizeof *t);
    assert_non_null(t);
    t->n_workers = threads;
    assert_int_equal(crucible__pool_run(pool, 100, count_run, t, NULL),
                     CRUCIBLE_OK);
    free(t);
    crucible_pool_destroy(pool);
  }
}

/* --- cancellation --------------------------------------------------------- */

typedef struct cancelled {
  crucible_cancel *cancel;
  size_t at; /* the item that asks to stop */
  atomic_int ran;
} cancelled;

static crucible_status cancel_at(size_t i, uint32_t worker, void *data) {
  (void)worker;
  cancelled *c = data;
  atomic_fetch_add(&c->ran, 1);
  if (i == c->at)
    crucible_cancel_request(c->cancel);
  sleep_us(200);
  return CRUCIBLE_OK;
}

static void a_cancelled_job_stops_promptly(void **state) {
  (void)state;
  for (uint32_t threads = 1; threads <= 3; ++threads) {
    crucible_pool *pool = pool_of(threads);
    cancelled c = {.at = 5};
    assert_int_equal(crucible_cancel_create(&c.cancel), CRUCIBLE_OK);
    assert_int_equal(crucible__pool_run(pool, 100000, cancel_at, &c, c.cancel),
                     CRUCIBLE_E_CANCELLED);
    assert_string_equal(crucible_last_error(), "cancelled by request");
    assert_true(c.ran >= 6 && c.ran < 5000);
    int before = c.ran; /* the flag is still set: nothing runs */
    assert_int_equal(crucible__pool_run(pool, 10, cancel_at, &c, c.cancel),
                     CRUCIBLE_E_CANCELLED);
    assert_int_equal(c.ran, before);
    crucible_cancel_destroy(c.cancel);
    crucible_pool_destroy(pool);
  }
}

static void a_cancellation_after_the_last_item_changes_nothing(void **state) {
  (void)state;
  cancelled c = {.at = 9};
  assert_int_equal(crucible_cancel_create(&c.cancel), CRUCIBLE_OK);
  assert_int_equal(crucible__pool_run(NULL, 10, cancel_at, &c, c.cancel),
                   CRUCIBLE_OK);
  assert_int_equal(c.ran, 10);
  crucible_cancel_destroy(c.cancel);
}

/* --- jobs within jobs, and beside each other ------------------------------ */

typedef struct nested {
  crucible_pool *pool;
  atomic_int wrong, inner_runs;
} nested;

typedef struct outer_item {
  nested *all;
  pthread_t thread;
  uint32_t worker;
  size_t next;
} outer_item;

static crucible_status run_inner(size_t i, uint32_t worker, void *data) {
  outer_item *outer = data;
  if (!pthread_equal(pthread_self(), outer->thread) ||
      worker != outer->worker || i != outer->next++)
    atomic_fetch_add(&outer->all->wrong, 1);
  atomic_fetch_add(&outer->all->inner_runs, 1);
  return i == 7 ? crucible__fail(CRUCIBLE_E_DOMAIN, "inner") : CRUCIBLE_OK;
}

static crucible_status run_outer(size_t i, uint32_t worker, void *data) {
  nested *all = data;
  outer_item outer = {all, pthread_self(), worker, 0};
  sleep_us(100); /* so that no thread does them all */
  size_t n = i == 40 ? 9 : 5;
  return crucible__pool_run(all->pool, n, run_inner, &outer, NULL);
}

static void a_job_within_a_job_runs_in_order_on_its_own_thread(void **state) {
  (void)state;
  nested all = {.pool = pool_of(3)};
  assert_int_equal(crucible__pool_run(all.pool, 40, run_outer, &all, NULL),
                   CRUCIBLE_OK);
  assert_int_equal(all.wrong, 0);
  assert_int_equal(all.inner_runs, 200);
  assert_int_equal(crucible__pool_run(all.pool, 41, run_outer, &all, NULL),
                   CRUCIBLE_E_DOMAIN);
  assert_string_equal(crucible_last_error(), "inner");
  assert_int_equal(all.wrong, 0);
  crucible_pool_destroy(all.pool);
}

static void *run_beside(void *data) {
  crucible_pool *pool = data;
  static const size_t n = 50;
  intptr_t wrong = 0;
  for (int job = 0; job < 500; ++job) {
    tally *t = calloc(1, sizeof *t);
    t->n_workers = crucible_pool_threads(pool);
    if (crucible__pool_run(pool, n, count_run, t, NULL) != CRUCIBLE_OK)
      ++wrong;
    for (size_t i = 0; i < n; ++i)
      wrong += atomic_load(&t->runs[i]) != 1;
    wrong += atomic_load(&t->wrong);
    free(t);
  }
  return (void *)wrong;
}

static void callers_on_several_threads_do_not_disturb_each_other(void **state) {
  (void)state;
  crucible_pool *pool = pool_of(3);
  pthread_t threads[3];
  for (int i = 0; i < 3; ++i)
    assert_int_equal(pthread_create(&threads[i], NULL, run_beside, pool), 0);
  for (int i = 0; i < 3; ++i) {
    void *wrong = NULL;
    assert_int_equal(pthread_join(threads[i], &wrong), 0);
    assert_null(wrong);
  }
  crucible_pool_destroy(pool);
}

static crucible_status check_signals(size_t i, uint32_t worker, void *data) {
  sigset_t set;
  (void)pthread_sigmask(SIG_SETMASK, NULL, &set);
  if (worker > 0 && (!sigismember(&set, SIGINT) || !sigismember(&set, SIGTERM)))
    return crucible__fail(CRUCIBLE_E_STATE, "item %zu could be signalled", i);
  return meet(i, worker, data);
}

static void no_signal_is_handled_on_a_worker(void **state) {
  (void)state;
  crucible_pool *pool = pool_of(3);
  atomic_int there = 0;
  assert_int_equal(crucible__pool_run(pool, 3, check_signals, &there, NULL),
                   CRUCIBLE_OK);
  crucible_pool_destroy(pool);
}

/* --- create and destroy ---------------------------------------------------- */

static void wrong_arguments_of_a_pool_are_refused(void **state) {
  (void)state;
  crucible_pool *pool = (crucible_pool *)(void *)&state;
  assert_int_equal(crucible_pool_create(2, NULL), CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_pool_create(1025, &pool), CRUCIBLE_E_INVALID);
  assert_non_null(strstr(crucible_last_error(), "n_threads is 1025"));
  assert_null(pool);
  crucible_pool_destroy(NULL);
  assert_int_equal(crucible_pool_threads(NULL), 1);
}

static void zero_threads_mean_one_per_usable_processor(void **state) {
  (void)state;
  cpu_set_t before, one;
  assert_int_equal(sched_getaffinity(0, sizeof before, &before), 0);
  crucible_pool *pool;
  assert_int_equal(crucible_pool_create(0, &pool), CRUCIBLE_OK);
  assert_int_equal(crucible_pool_threads(pool), CPU_COUNT(&before));
  crucible_pool_destroy(pool);
  CPU_ZERO(&one);
  for (size_t i = 0; i < CPU_SETSIZE && CPU_COUNT(&one) == 0; ++i)
    if (CPU_ISSET(i, &before))
      CPU_SET(i, &one);
  assert_int_equal(sched_setaffinity(0, sizeof one, &one), 0);
  assert_int_equal(crucible_pool_create(0, &pool), CRUCIBLE_OK);
  assert_int_equal(crucible_pool_threads(pool), 1);
  crucible_pool_destroy(pool);
  assert_int_equal(sched_setaffinity(0, sizeof before, &before), 0);
}

static void threads_that_cannot_start_fail_the_pool(void **state) {
  (void)state;
  pthread_attr_t before, huge;
  size_t live = failing_alloc_live();
  assert_int_equal(pthread_getattr_default_np(&before), 0);
  assert_int_equal(pthread_attr_init(&huge), 0);
  assert_int_equal(pthread_attr_setstacksize(&huge, (size_t)1 << 46), 0);
  assert_int_equal(pthread_setattr_default_np(&huge), 0);
  crucible_pool *pool;
  crucible_status status = crucible_pool_create(8, &pool);
  assert_int_equal(pthread_setattr_default_np(&before), 0);
  assert_int_equal(pthread_attr_destroy(&huge), 0);
  assert_int_equal(pthread_attr_destroy(&before), 0);
  assert_int_equal(status, CRUCIBLE_E_NOMEM);
  assert_non_null(strstr(crucible_last_error(), "could be started"));
  assert_null(pool);
  assert_int_equal(failing_alloc_live(), live);
}

static crucible_status make_and_use(void *data) {
  crucible_pool *pool;
  crucible_status status = crucible_pool_create(3, &pool);
  if (status == CRUCIBLE_OK) {
    status = crucible__pool_run(pool, ITEMS_MAX, draw, data, NULL);
    crucible_pool_destroy(pool);
  } else {
    assert_null(pool);
  }
  return status;
}

static void a_pool_survives_want_of_memory(void **state) {
  (void)state;
  static double drawn[ITEMS_MAX];
  assert_int_equal(failing_alloc_run(make_and_use, drawn), 2);
}

static void an_idle_pool_uses_no_processor_time(void **state) {
  (void)state;
  crucible_pool *pool = pool_of(4);
  struct timespec before, after;
  sleep_us(20000);
  assert_int_equal(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &before), 0);
  sleep_us(300000);
  assert_int_equal(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &after), 0);
  double used = (double)(after.tv_sec - before.tv_sec) +
                1e-9 * (double)(after.tv_nsec - before.tv_nsec);
  assert_true(used < 0.05); /* one spinning thread would use 0.3 */
  crucible_pool_destroy(pool);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(each_item_runs_once_on_a_worker_of_its_own),
      cmocka_unit_test(many_short_jobs_lose_nothing),
      cmocka_unit_test(results_do_not_depend_on_the_number_of_threads),
      cmocka_unit_test(all_threads_work_on_a_job),
      cmocka_unit_test(the_failure_reported_is_that_of_the_lowest_item),
      cmocka_unit_test(a_cancelled_job_stops_promptly),
      cmocka_unit_test(a_cancellation_after_the_last_item_changes_nothing),
      cmocka_unit_test(a_job_within_a_job_runs_in_order_on_its_own_thread),
      cmocka_unit_test(callers_on_several_threads_do_not_disturb_each_other),
      cmocka_unit_test(no_signal_is_handled_on_a_worker),
      cmocka_unit_test(wrong_arguments_of_a_pool_are_refused),
      cmocka_unit_test(zero_threads_mean_one_per_usable_processor),
      cmocka_unit_test(threads_that_cannot_start_fail_the_pool),
      cmocka_unit_test(a_pool_survives_want_of_memory),
      cmocka_unit_test(an_idle_pool_uses_no_processor_time),
  };
  failing_alloc_install();
  return cmocka_run_group_tests(tests, NULL, NULL);
}
