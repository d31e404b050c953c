/* SPDX-License-Identifier: Apache-2.0 */
#include "failing_alloc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { PATH_MAX_ALLOCATIONS = 1000000 };

typedef struct block {
  uint64_t mark; /* ALIVE or DEAD */
  size_t size;
  max_align_t data[];
} block;

static const uint64_t ALIVE = 0x616c697665626c6b;
static const uint64_t DEAD = 0x64656164626c6f63;

static atomic_size_t count, failed, live;
static atomic_size_t fail_at;
static atomic_int fail_after;

static block *block_of(void *data) {
  block *b = (block *)(void *)((unsigned char *)data - offsetof(block, data));
  if (b->mark != ALIVE) {
    (void)fprintf(stderr, "freed twice or not allocated here: %p\n", data);
    abort();
  }
  return b;
}

static int is_refused(void) {
  size_t number = atomic_fetch_add(&count, 1) + 1;
  size_t at = atomic_load(&fail_at);
  if (at == 0 || number < at || (number > at && !atomic_load(&fail_after)))
    return 0;
  atomic_fetch_add(&failed, 1);
  return 1;
}

static void *give(size_t n) {
  if (is_refused() || n > SIZE_MAX - sizeof(block))
    return NULL;
  block *b = malloc(sizeof(block) + n);
  if (b == NULL)
    return NULL;
  b->mark = ALIVE;
  b->size = n;
  memset(b->data, 0xa5, n);
  atomic_fetch_add(&live, 1);
  return b->data;
}

static void take(void *old) {
  if (old == NULL)
    return;
  block *b = block_of(old);
  memset(b->data, 0x5a, b->size);
  b->mark = DEAD;
  free(b);
  atomic_fetch_sub(&live, 1);
}

static void *give_malloc(size_t n, void *user_data) {
  (void)user_data;
  return give(n);
}

static void *give_calloc(size_t n, size_t size, void *user_data) {
  (void)user_data;
  if (size != 0 && n > SIZE_MAX / size)
    return NULL;
  void *p = give(n * size);
  if (p != NULL)
    memset(p, 0, n * size);
  return p;
}

static void *give_realloc(void *old, size_t n, void *user_data) {
  (void)user_data;
  if (old == NULL)
    return give(n);
  size_t size = block_of(old)->size;
  void *p = give(n);
  if (p == NULL)
    return NULL;
  memcpy(p, old, size < n ? size : n);
  take(old);
  return p;
}

static void take_free(void *old, void *user_data) {
  (void)user_data;
  take(old);
}

void failing_alloc_copy(crucible_allocator *allocator) {
  *allocator = (crucible_allocator){
      .malloc = give_malloc,
      .calloc = give_calloc,
      .realloc = give_realloc,
      .free = take_free,
  };
}

void failing_alloc_install(void) {
  crucible_allocator allocator;
  failing_alloc_copy(&allocator);
  if (crucible_set_allocator(&allocator) != CRUCIBLE_OK) {
    (void)fprintf(stderr, "failing_alloc_install: %s\n", crucible_last_error());
    abort();
  }
}

void failing_alloc_at(size_t i, int and_after) {
  atomic_store(&count, 0);
  atomic_store(&failed, 0);
  atomic_store(&fail_after, and_after);
  atomic_store(&fail_at, i);
}

size_t failing_alloc_count(void) { return atomic_load(&count); }
size_t failing_alloc_failed(void) { return atomic_load(&failed); }
size_t failing_alloc_live(void) { return atomic_load(&live); }

/* One run; 1 if a failure was met. */
static int run_once(failing_alloc_path path, void *data, size_t i,
                    int and_after) {
  size_t live_before = failing_alloc_live();
  failing_alloc_at(i, and_after);
  crucible_status status = path(data);
  size_t met = failing_alloc_failed();
  size_t live_after = failing_alloc_live();
  crucible_status wanted = met > 0 ? CRUCIBLE_E_NOMEM : CRUCIBLE_OK;
  if (status != wanted || live_after != live_before ||
      (met > 0 && crucible_last_error()[0] == '\0')) {
    fail_msg("allocation %zu%s failing: %s (%s), %zu blocks before, %zu after",
             i, and_after ? " and all later" : "", crucible_status_name(status),
             crucible_last_error(), live_before, live_after);
  }
  return met > 0;
}

size_t failing_alloc_run(failing_alloc_path path, void *data) {
  size_t i = 1;
  for (; i < PATH_MAX_ALLOCATIONS; ++i) {
    int met = run_once(path, data, i, 0);
    int met_too = run_once(path, data, i, 1);
    if (!met && !met_too)
      break;
  }
  failing_alloc_at(0, 0);
  if (i == 1)
    fail_msg("the path allocates nothing: is failing_alloc_install() called?");
  return i - 1;
}
