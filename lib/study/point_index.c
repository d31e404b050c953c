/* SPDX-License-Identifier: Apache-2.0 */
/* Open addressing with linear probing, at most half full. */
#include "study/point_index.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "base/base_alloc.h"
#include "base/base_status.h"

enum { SMALLEST = 64 };

uint64_t crucible__hash_mix(uint64_t hash, uint64_t word) {
  /* the finaliser of splitmix64 (Steele, Lea, Flood, OOPSLA '14) */
  uint64_t x = (hash ^ word) + UINT64_C(0x9e3779b97f4a7c15);
  x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
  x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
  return x ^ x >> 31;
}

uint64_t crucible__hash_bits(double x) {
  uint64_t bits;
  if (isnan(x))
    return UINT64_MAX;
  x += 0.0; /* -0 becomes 0 */
  memcpy(&bits, &x, sizeof bits);
  return bits;
}

static size_t first_slot(const crucible__point_index *index, uint64_t hash) {
  return (size_t)(hash ^ hash >> 32) & (index->capacity - 1);
}

static void put(crucible__point_index *index, crucible__point_slot entry) {
  size_t i = first_slot(index, entry.hash);
  while (index->slots[i].number != 0)
    i = (i + 1) & (index->capacity - 1);
  index->slots[i] = entry;
}

crucible_status crucible__point_index_reserve(crucible__point_index *index,
                                              size_t n_more) {
  if (n_more > SIZE_MAX / 8 - index->n)
    return crucible__fail(CRUCIBLE_E_NOMEM, "no memory for %zu trials", n_more);
  size_t capacity = index->capacity == 0 ? SMALLEST : index->capacity;
  while (capacity / 2 < index->n + n_more)
    capacity *= 2;
  if (capacity == index->capacity)
    return CRUCIBLE_OK;
  crucible__point_index grown = {NULL, capacity, index->n};
  grown.slots = crucible__alloc_zero(capacity, sizeof *grown.slots);
  if (grown.slots == NULL)
    return CRUCIBLE_E_NOMEM;
  for (size_t i = 0; i < index->capacity; ++i)
    if (index->slots[i].number != 0)
      put(&grown, index->slots[i]);
  crucible__free(index->slots);
  *index = grown;
  return CRUCIBLE_OK;
}

void crucible__point_index_add(crucible__point_index *index, uint64_t hash,
                               uint64_t number) {
  assert(index->n < index->capacity / 2);
  put(index, (crucible__point_slot){hash, number + 1});
  ++index->n;
}

void crucible__point_index_undo(crucible__point_index *index, uint64_t hash,
                                uint64_t number) {
  size_t i = first_slot(index, hash);
  while (index->slots[i].hash != hash || index->slots[i].number != number + 1)
    i = (i + 1) & (index->capacity - 1);
  /* nothing came later, so nothing was pushed on by this entry */
  index->slots[i] = (crucible__point_slot){0, 0};
  --index->n;
}

int crucible__point_index_next(const crucible__point_index *index,
                               uint64_t hash, size_t *cursor,
                               uint64_t *number) {
  if (index->capacity == 0)
    return 0;
  for (;;) {
    size_t i = (first_slot(index, hash) + (*cursor)++) & (index->capacity - 1);
    if (index->slots[i].number == 0)
      return 0;
    if (index->slots[i].hash == hash) {
      *number = index->slots[i].number - 1;
      return 1;
    }
  }
}

void crucible__point_index_free(crucible__point_index *index) {
  crucible__free(index->slots);
  *index = (crucible__point_index){NULL, 0, 0};
}
