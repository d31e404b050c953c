/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kill -9: a tournament runs in a process of its own that is killed at random
 * moments, again and again, and resumed each time. However often, its digest
 * is that of the run that nobody disturbed.
 *
 * Usage: test_tournament_kill [KILLS] (default 20, fewer with sanitizers; nightly 200)
 */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "support/tournament_run.h"

static const char file[] = "kill_test.db";

#ifdef __SANITIZE_ADDRESS__ /* everything takes many times longer */
enum { DEFAULT_KILLS = 6 };
#else
enum { DEFAULT_KILLS = 20 };
#endif

/* A splitmix64 generator: the moments need no better one. */
static uint64_t next(uint64_t *state) {
  uint64_t z = *state += 0x9e3779b97f4a7c15u;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

static double now(void) {
  struct timespec t;
  (void)clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* What the child does: goes on with whatever is there, to the end. */
static int run_to_the_end(uint32_t n_threads) {
  run r = run_begin(file, n_threads, 7, run_config);
  crucible_status status = run_open(&r, CRUCIBLE_STORE_RESUME);
  if (status == CRUCIBLE_OK &&
      run_progress_of(&r).phase == CRUCIBLE_PHASE_FINISHED)
    return 0;
  if (status == CRUCIBLE_OK)
    status = run_push(&r, 0, r.bars.n);
  if (status == CRUCIBLE_OK)
    status = run_stop(&r, 0);
  if (status != CRUCIBLE_OK)
    (void)fprintf(stderr, "child: %s\n", crucible_last_error());
  run_drop(&r);
  return status == CRUCIBLE_OK ? 0 : 1;
}

static pid_t start(uint32_t n_threads) {
  pid_t child = fork();
  if (child == 0)
    _exit(run_to_the_end(n_threads));
  if (child < 0)
    abort();
  return child;
}

/* 1: the child has ended by itself, well; 0: it was killed. */
static int end(pid_t child, double after) {
  int code = 0;
  double until = now() + after;
  while (now() < until) {
    if (waitpid(child, &code, WNOHANG) == child)
      goto ended;
    (void)nanosleep(&(struct timespec){.tv_nsec = 200000}, NULL);
  }
  (void)kill(child, SIGKILL);
  if (waitpid(child, &code, 0) != child)
    abort();
  if (WIFSIGNALED(code) && WTERMSIG(code) == SIGKILL)
    return 0;
ended:
  if (!WIFEXITED(code) || WEXITSTATUS(code) != 0) {
    (void)fprintf(stderr, "the child ended with %x\n", (unsigned)code);
    exit(1);
  }
  return 1;
}

static void digest_of_file(char hex[65]) {
  uint8_t digest[32];
  crucible_store *store;
  if (crucible_store_open(file, CRUCIBLE_STORE_READ, &store) != CRUCIBLE_OK ||
      crucible_store_digest(store, digest) != CRUCIBLE_OK) {
    (void)fprintf(stderr, "%s\n", crucible_last_error());
    exit(1);
  }
  crucible_store_close(store);
  for (int i = 0; i < 32; ++i)
    (void)snprintf(hex + 2 * i, 3, "%02x", digest[i]);
}

static long n_kills = DEFAULT_KILLS;

static void however_often_it_is_killed_the_digest_is_the_same(void **unused) {
  (void)unused;
  uint64_t state = 20231117;
  char whole[65], resumed[65];
  long n_done = 0, n_runs = 1;
  run_remove(file);
  double begin = now();
  assert_int_equal(end(start(2), 600), 1);
  double length = now() - begin;
  digest_of_file(whole);
  run_remove(file);
  while (n_done < n_kills) {
    /* from at once to a third of a whole run: making the file, collecting,
       searching, committing, checkpointing, resuming are all hit */
    double after = length / 3 * (double)(next(&state) >> 11) * 0x1p-53;
    if (!end(start((uint32_t)(next(&state) % 3)), after)) {
      ++n_done;
      continue;
    }
    digest_of_file(resumed);
    assert_string_equal(resumed, whole);
    run_remove(file);
    ++n_runs;
  }
  assert_int_equal(end(start(1), 600), 1);
  digest_of_file(resumed);
  assert_string_equal(resumed, whole);
  (void)printf("%ld kills over %ld runs of %.1f s\n", n_done, n_runs, length);
  run_remove(file);
}

int main(int argc, char **argv) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(however_often_it_is_killed_the_digest_is_the_same),
  };
  if (argc > 1)
    n_kills = strtol(argv[1], NULL, 10);
  return cmocka_run_group_tests(tests, NULL, NULL);
}
