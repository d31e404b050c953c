/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"

#include <pthread.h>
#include <stddef.h>
#include <time.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static crucible_clock_cb hook;
static void *hook_data;

void crucible_set_clock(crucible_clock_cb callback, void *user_data) {
  (void)pthread_mutex_lock(&lock);
  hook = callback;
  hook_data = user_data;
  (void)pthread_mutex_unlock(&lock);
}

int64_t crucible__clock_now_ms(void) {
  (void)pthread_mutex_lock(&lock);
  crucible_clock_cb callback = hook;
  void *user_data = hook_data;
  (void)pthread_mutex_unlock(&lock);
  if (callback != NULL)
    return callback(user_data);
  struct timespec now;
  (void)clock_gettime(CLOCK_REALTIME, &now); /* cannot fail for this clock */
  return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t crucible__clock_monotonic_ns(void) {
  struct timespec now;
  (void)clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}
