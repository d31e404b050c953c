/* SPDX-License-Identifier: Apache-2.0 */
#define _DEFAULT_SOURCE /* madvise */
#include "base/base_alloc.h"

#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/base_status.h"

static void *system_malloc(size_t n, void *user_data) {
  (void)user_data;
  return malloc(n);
}

static void *system_calloc(size_t n, size_t size, void *user_data) {
  (void)user_data;
  return calloc(n, size);
}

static void *system_realloc(void *old, size_t n, void *user_data) {
  (void)user_data;
  return realloc(old, n);
}

static void system_free(void *old, void *user_data) {
  (void)user_data;
  free(old);
}

static crucible_allocator allocator = {
    .malloc = system_malloc,
    .calloc = system_calloc,
    .realloc = system_realloc,
    .free = system_free,
};
static atomic_int allocated; /* the allocator may no longer change */

crucible_status crucible_set_allocator(const crucible_allocator *given) {
  if (given == NULL || given->malloc == NULL || given->calloc == NULL ||
      given->realloc == NULL || given->free == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "allocator: all of malloc, calloc, realloc and free "
                          "must be given");
  if (atomic_load(&allocated))
    return crucible__fail(CRUCIBLE_E_STATE,
                          "the library has allocated already: call "
                          "crucible_set_allocator() before anything else");
  allocator = *given;
  return CRUCIBLE_OK;
}

static void *refuse(size_t n, size_t size) {
  (void)crucible__fail(CRUCIBLE_E_NOMEM, "out of memory for %zu x %zu bytes", n,
                       size);
  return NULL;
}

static void first_use(void) {
  if (!atomic_load_explicit(&allocated, memory_order_relaxed))
    atomic_store_explicit(&allocated, 1, memory_order_relaxed);
}

void *crucible__realloc(void *old, size_t n, size_t size) {
  first_use();
  if (size != 0 && n > SIZE_MAX / size)
    return refuse(n, size);
  size_t bytes = n * size;
  void *p =
      old == NULL
          ? allocator.malloc(bytes ? bytes : 1, allocator.user_data)
          : allocator.realloc(old, bytes ? bytes : 1, allocator.user_data);
  return p ? p : refuse(n, size);
}

void *crucible__alloc(size_t n, size_t size) {
  return crucible__realloc(NULL, n, size);
}

void *crucible__alloc_zero(size_t n, size_t size) {
  first_use();
  if (size != 0 && n > SIZE_MAX / size)
    return refuse(n, size);
  void *p = n != 0 && size != 0 ? allocator.calloc(n, size, allocator.user_data)
                                : allocator.calloc(1, 1, allocator.user_data);
  return p ? p : refuse(n, size);
}

void crucible__free(void *old) {
  if (old != NULL)
    allocator.free(old, allocator.user_data);
}

void crucible__prefer_large_pages(void *block, size_t bytes) {
  const uintptr_t page = 1 << 21;
  uintptr_t begin = ((uintptr_t)block + page - 1) / page * page;
  uintptr_t end = ((uintptr_t)block + bytes) / page * page;
  if (begin < end)
    (void)madvise((void *)begin, end - begin, MADV_HUGEPAGE);
}

char *crucible__strdup(const char *text) {
  size_t n = strlen(text) + 1;
  char *copy = crucible__alloc(n, 1);
  if (copy != NULL)
    memcpy(copy, text, n);
  return copy;
}

crucible_status crucible__grow(void **items, size_t *capacity, size_t need,
                               size_t size) {
  if (need <= *capacity)
    return CRUCIBLE_OK;
  size_t room = *capacity < 16 ? 16 : *capacity;
  while (room < need) {
    if (room > SIZE_MAX / 2)
      return crucible__fail(CRUCIBLE_E_NOMEM, "out of memory for %zu items",
                            need);
    room *= 2;
  }
  void *grown = crucible__realloc(*items, room, size);
  if (grown == NULL)
    return CRUCIBLE_E_NOMEM;
  *items = grown;
  *capacity = room;
  return CRUCIBLE_OK;
}
