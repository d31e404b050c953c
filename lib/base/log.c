/* SPDX-License-Identifier: Apache-2.0 */
#include "base/base_log.h"

#include <pthread.h>
#include <stdarg.h>

#include "base/format.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static crucible_log_cb hook;
static void *hook_data;
static int32_t hook_level;

void crucible_set_log(crucible_log_cb callback, void *user_data,
                      int32_t level) {
  (void)pthread_mutex_lock(&lock);
  hook = callback;
  hook_data = user_data;
  hook_level = level;
  (void)pthread_mutex_unlock(&lock);
}

void crucible__log(int32_t level, const char *module, const char *format, ...) {
  char text[1024];
  va_list arguments;
  va_start(arguments, format);
  (void)crucible__vformat(text, sizeof text, format, arguments);
  va_end(arguments);
  (void)pthread_mutex_lock(&lock);
  if (hook != NULL && level <= hook_level)
    hook(level, module, text, hook_data);
  (void)pthread_mutex_unlock(&lock);
}
