/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One job at a time. The caller describes it, opens the gate and starts with
 * the items itself, so that a small job never waits for a thread to wake up.
 * Workers that come while the gate is open take part; the caller closes it when
 * no item is left and waits for those inside. A worker without a job looks for
 * the next one for about as long as a wake-up costs, then sleeps: at worst
 * twice the cost of the better choice.
 */
#define _GNU_SOURCE /* sched_getaffinity */
#include "base/pool.h"

#include <assert.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

#include "base/base_alloc.h"
#include "base/base_status.h"
#include "base/clock.h"

enum {
  THREADS_MAX = 1024,
  SPIN_NS = 20000,  /* what a wake-up costs on a virtual machine */
  SPIN_PAUSES = 16, /* between two looks at the clock */
  SHARE = 8,        /* a thread takes 1 / SHARE of its part of what is left */
  CHUNK_MAX = 64,   /* items at once */
  CACHE_LINE = 128, /* and the one beside it, which is fetched along */
  ERROR_TEXT = 1024
};
static const unsigned CLOSED = 1U << 31; /* in gate; below it: who is inside */

typedef struct worker {
  crucible_pool *pool;
  pthread_t thread;
  uint32_t number;
} worker;

/* The job that the gate guards: written while it is closed and empty. */
typedef struct job {
  size_t n;
  crucible__pool_item item;
  void *data;
  const crucible_cancel *cancel;
} job;

struct crucible_pool {
  job job;
  uint32_t n_threads; /* the caller's included */
  uint32_t n_workers; /* started */
  int64_t spin_ns;    /* 0 if threads have to share processors */
  worker *workers;    /* [n_workers] */
  pthread_mutex_t lock;
  pthread_cond_t wake;    /* a job or the end has come */
  pthread_cond_t done;    /* the gate is closed and nobody is inside */
  crucible_status status; /* of the failed item, under lock */
  char error[ERROR_TEXT]; /* its text, under lock */
  char pad0[CACHE_LINE];
  atomic_uint generation; /* number of the job; wakes the workers */
  atomic_int stop;
  atomic_int sleepers;
  atomic_int busy; /* a job runs */
  char pad1[CACHE_LINE];
  atomic_size_t next;   /* first item that nobody took */
  atomic_size_t failed; /* number of the lowest failed item, or SIZE_MAX */
  atomic_int cancelled; /* a cancellation was seen */
  char pad2[CACHE_LINE];
  atomic_uint gate;
  atomic_int caller_sleeps;
};

/* The pool and number that this thread works for, for jobs within jobs. */
static _Thread_local const crucible_pool *own_pool;
static _Thread_local uint32_t own_number;

static void relax(void) {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ __volatile__("isb");
#endif
}

static void note_failure(crucible_pool *pool, size_t i,
                         crucible_status status) {
  (void)pthread_mutex_lock(&pool->lock);
  if (i < atomic_load(&pool->failed)) {
    atomic_store(&pool->failed, i);
    pool->status = status;
    (void)snprintf(pool->error, sizeof pool->error, "%s",
                   crucible_last_error());
  }
  (void)pthread_mutex_unlock(&pool->lock);
}

/* Takes the next items, the fewer the fewer are left; 0 if there are none. */
static size_t take_items(crucible_pool *pool, size_t n, size_t *first) {
  size_t i = atomic_load_explicit(&pool->next, memory_order_relaxed);
  size_t chunk;
  do {
    if (i >= n)
      return 0;
    chunk = (n - i) / ((size_t)SHARE * pool->n_threads);
    chunk = chunk < 1 ? 1 : chunk > CHUNK_MAX ? CHUNK_MAX : chunk;
  } while (!atomic_compare_exchange_weak_explicit(
      &pool->next, &i, i + chunk, memory_order_relaxed, memory_order_relaxed));
  *first = i;
  return chunk;
}

/*
 * Items are taken in ascending order and those below the lowest failed one
 * always run: the failure reported is the one a single thread would meet.
 */
static void work(crucible_pool *pool, uint32_t number) {
  const job task = pool->job;
  size_t first, count;
  while ((count = take_items(pool, task.n, &first)) > 0)
    for (size_t i = first; i < first + count; ++i) {
      if (i >= atomic_load_explicit(&pool->failed, memory_order_relaxed))
        return; /* all that follow are higher */
      if (crucible_cancel_is_requested(task.cancel)) {
        atomic_store(&pool->cancelled, 1);
        return;
      }
      crucible_status status = task.item(i, number, task.data);
      if (status != CRUCIBLE_OK)
        note_failure(pool, i, status);
    }
}

static void enter_and_work(worker *self) {
  crucible_pool *pool = self->pool;
  if (!(atomic_fetch_add(&pool->gate, 1) & CLOSED))
    work(pool, self->number);
  unsigned left = atomic_fetch_sub(&pool->gate, 1) - 1;
  if (left == CLOSED && atomic_load(&pool->caller_sleeps)) {
    (void)pthread_mutex_lock(&pool->lock);
    (void)pthread_cond_signal(&pool->done);
    (void)pthread_mutex_unlock(&pool->lock);
  }
}

/* Until *word is wanted (or, with wanted_not, is anything else) or the time to
   spin is over: 1 if it came. */
static int spin(const crucible_pool *pool, atomic_uint *word, unsigned value,
                int wanted_not) {
  if ((atomic_load(word) == value) != wanted_not)
    return 1;
  if (pool->spin_ns == 0)
    return 0;
  int64_t until = crucible__clock_monotonic_ns() + pool->spin_ns;
  do {
    for (int i = 0; i < SPIN_PAUSES; ++i) {
      relax();
      if ((atomic_load(word) == value) != wanted_not)
        return 1;
    }
  } while (crucible__clock_monotonic_ns() < until);
  return 0;
}

/* Waits for a job other than number seen and returns its number. */
static unsigned await_job(crucible_pool *pool, unsigned seen) {
  if (spin(pool, &pool->generation, seen, 1))
    return atomic_load(&pool->generation);
  unsigned now;
  (void)pthread_mutex_lock(&pool->lock);
  atomic_fetch_add(&pool->sleepers, 1);
  while ((now = atomic_load(&pool->generation)) == seen)
    (void)pthread_cond_wait(&pool->wake, &pool->lock);
  atomic_fetch_sub(&pool->sleepers, 1);
  (void)pthread_mutex_unlock(&pool->lock);
  return now;
}

static void *run_worker(void *data) {
  worker *self = data;
  crucible_pool *pool = self->pool;
  own_pool = pool;
  own_number = self->number;
  unsigned seen = 0;
  for (;;) {
    seen = await_job(pool, seen);
    if (atomic_load(&pool->stop))
      return NULL;
    enter_and_work(self);
  }
}

/* Announces a new generation; wakes as many sleepers as have something to do. */
static void announce(crucible_pool *pool, size_t n_wanted) {
  atomic_fetch_add(&pool->generation, 1);
  if (atomic_load(&pool->sleepers) == 0)
    return;
  /* whoever is about to sleep does so before, or sees the new number */
  (void)pthread_mutex_lock(&pool->lock);
  (void)pthread_mutex_unlock(&pool->lock);
  if (n_wanted >= pool->n_workers)
    (void)pthread_cond_broadcast(&pool->wake);
  else
    for (size_t i = 0; i < n_wanted; ++i)
      (void)pthread_cond_signal(&pool->wake);
}

static void close_gate(crucible_pool *pool) {
  if (atomic_fetch_or(&pool->gate, CLOSED) == 0)
    return;
  if (spin(pool, &pool->gate, CLOSED, 0))
    return;
  (void)pthread_mutex_lock(&pool->lock);
  atomic_store(&pool->caller_sleeps, 1);
  while (atomic_load(&pool->gate) != CLOSED)
    (void)pthread_cond_wait(&pool->done, &pool->lock);
  atomic_store(&pool->caller_sleeps, 0);
  (void)pthread_mutex_unlock(&pool->lock);
}

static crucible_status fail_cancelled(void) {
  return crucible__fail(CRUCIBLE_E_CANCELLED, "cancelled by request");
}

static crucible_status run_serially(const job *task, uint32_t number) {
  for (size_t i = 0; i < task->n; ++i) {
    if (crucible_cancel_is_requested(task->cancel))
      return fail_cancelled();
    crucible_status status = task->item(i, number, task->data);
    if (status != CRUCIBLE_OK)
      return status;
  }
  return CRUCIBLE_OK;
}

/* What became of the job, once the gate is closed. */
static crucible_status outcome(const crucible_pool *pool) {
  if (atomic_load(&pool->failed) != SIZE_MAX)
    return crucible__fail(pool->status, "%s", pool->error);
  return atomic_load(&pool->cancelled) ? fail_cancelled() : CRUCIBLE_OK;
}

crucible_status crucible__pool_run(crucible_pool *pool, size_t n,
                                   crucible__pool_item item, void *data,
                                   const crucible_cancel *cancel) {
  assert(item != NULL);
  const job task = {n, item, data, cancel};
  int within = pool != NULL && own_pool == pool;
  if (pool == NULL || within || n < 2 || pool->n_workers == 0 ||
      atomic_exchange(&pool->busy, 1))
    return run_serially(&task, within ? own_number : 0);
  const crucible_pool *outer_pool = own_pool;
  uint32_t outer_number = own_number;
  own_pool = pool;
  own_number = 0;
  pool->job = task;
  atomic_store_explicit(&pool->next, 0, memory_order_relaxed);
  atomic_store_explicit(&pool->failed, SIZE_MAX, memory_order_relaxed);
  atomic_store_explicit(&pool->cancelled, 0, memory_order_relaxed);
  atomic_fetch_and(&pool->gate, ~CLOSED);
  announce(pool, n - 1);
  work(pool, 0);
  close_gate(pool);
  crucible_status status = outcome(pool);
  own_pool = outer_pool;
  own_number = outer_number;
  atomic_store(&pool->busy, 0);
  return status;
}

static uint32_t usable_processors(void) {
  cpu_set_t set;
  int n = 0;
  if (sched_getaffinity(0, sizeof set, &set) == 0)
    n = CPU_COUNT(&set);
  else /* more processors than cpu_set_t has bits */
    n = (int)sysconf(_SC_NPROCESSORS_ONLN);
  return n < 1 ? 1 : n > THREADS_MAX ? THREADS_MAX : (uint32_t)n;
}

/* The caller's signals are the caller's: no handler runs on a worker. */
static int start_workers(crucible_pool *pool) {
  sigset_t all, before;
  (void)sigfillset(&all);
  if (pthread_sigmask(SIG_SETMASK, &all, &before) != 0)
    return 0;
  while (pool->n_workers < pool->n_threads - 1) {
    worker *w = &pool->workers[pool->n_workers];
    w->pool = pool;
    w->number = pool->n_workers + 1;
    if (pthread_create(&w->thread, NULL, run_worker, w) != 0)
      break;
    ++pool->n_workers;
  }
  (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
  return pool->n_workers == pool->n_threads - 1;
}

crucible_status crucible_pool_create(uint32_t n_threads, crucible_pool **pool) {
  if (pool == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "pool is NULL: give the address of a pointer");
  *pool = NULL;
  if (n_threads > THREADS_MAX)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "n_threads is %u: at most %d are allowed",
                          (unsigned)n_threads, THREADS_MAX);
  crucible_pool *made = crucible__alloc_zero(1, sizeof *made);
  if (made == NULL)
    return CRUCIBLE_E_NOMEM;
  made->n_threads = n_threads == 0 ? usable_processors() : n_threads;
  made->workers = crucible__alloc_zero(made->n_threads, sizeof *made->workers);
  if (made->workers == NULL) {
    crucible__free(made);
    return CRUCIBLE_E_NOMEM;
  }
  made->spin_ns = made->n_threads <= usable_processors() ? SPIN_NS : 0;
  atomic_init(&made->gate, CLOSED);
  /* on Linux these cannot fail without attributes */
  (void)pthread_mutex_init(&made->lock, NULL);
  (void)pthread_cond_init(&made->wake, NULL);
  (void)pthread_cond_init(&made->done, NULL);
  if (!start_workers(made)) {
    uint32_t n = made->n_workers;
    crucible_pool_destroy(made);
    return crucible__fail(CRUCIBLE_E_NOMEM,
                          "n_threads is %u: only %u threads could be started",
                          (unsigned)n_threads, (unsigned)n + 1);
  }
  *pool = made;
  return CRUCIBLE_OK;
}

void crucible_pool_destroy(crucible_pool *pool) {
  if (pool == NULL)
    return;
  assert(!atomic_load(&pool->busy));
  atomic_store(&pool->stop, 1);
  announce(pool, pool->n_workers);
  for (uint32_t i = 0; i < pool->n_workers; ++i)
    (void)pthread_join(pool->workers[i].thread, NULL);
  (void)pthread_cond_destroy(&pool->done);
  (void)pthread_cond_destroy(&pool->wake);
  (void)pthread_mutex_destroy(&pool->lock);
  crucible__free(pool->workers);
  crucible__free(pool);
}

uint32_t crucible_pool_threads(const crucible_pool *pool) {
  return pool == NULL ? 1 : pool->n_threads;
}
