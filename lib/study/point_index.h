/* SPDX-License-Identifier: Apache-2.0 */
/* A hash table from 64-bit hashes to numbers of trials; hashes may repeat. */
#ifndef CRUCIBLE__POINT_INDEX_H
#define CRUCIBLE__POINT_INDEX_H

#include <stddef.h>
#include <stdint.h>

#include <crucible/status.h>

typedef struct crucible__point_slot {
  uint64_t hash;
  uint64_t number; /* of the trial, plus one; 0: free */
} crucible__point_slot;

typedef struct crucible__point_index {
  crucible__point_slot *slots; /* [capacity], a power of two, or NULL */
  size_t capacity, n;
} crucible__point_index;

/* Room for n_more entries. */
crucible_status crucible__point_index_reserve(crucible__point_index *index,
                                              size_t n_more);

/* Adds an entry; there must be room. */
void crucible__point_index_add(crucible__point_index *index, uint64_t hash,
                               uint64_t number);

/* Takes the entry out that was added last (no reserve in between). */
void crucible__point_index_undo(crucible__point_index *index, uint64_t hash,
                                uint64_t number);

/*
 * Numbers that were added with a hash: starts with *cursor = 0 and returns 0
 * when there is none left.
 */
int crucible__point_index_next(const crucible__point_index *index,
                               uint64_t hash, size_t *cursor, uint64_t *number);

void crucible__point_index_free(crucible__point_index *index);

/* One step of a 64-bit hash. */
uint64_t crucible__hash_mix(uint64_t hash, uint64_t word);

/* Bits of a double, with one zero and one NaN. */
uint64_t crucible__hash_bits(double x);

#endif
