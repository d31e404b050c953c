/* SPDX-License-Identifier: Apache-2.0 */
/* What agents did, as bytes to compare. Include after <cmocka.h>. */
#ifndef TESTS_SUPPORT_ARENA_HISTORY_H
#define TESTS_SUPPORT_ARENA_HISTORY_H

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <crucible/backtest.h>

typedef struct history {
  unsigned char *bytes; /* free() it */
  size_t n, capacity;
} history;

static inline void note(history *h, const void *bytes, size_t n) {
  if (h->n + n > h->capacity) {
    h->capacity = 2 * (h->n + n);
    h->bytes = realloc(h->bytes, h->capacity);
    assert_non_null(h->bytes);
  }
  memcpy(h->bytes + h->n, bytes, n);
  h->n += n;
}

static inline void note_orders(history *h, const crucible_orders *o,
                               size_t from) {
  for (size_t i = from; i < o->n; ++i) {
    note(h, &o->side[i], 1);
    note(h, &o->purpose[i], 1);
    note(h, &o->status[i], 1);
    note(h, &o->reason[i], 1);
    note(h, &o->placed_ms[i], 8);
    note(h, &o->ended_ms[i], 8);
    note(h, &o->quantity[i], 8);
    note(h, &o->filled[i], 8);
    note(h, &o->fill_price[i], 8);
    note(h, &o->fee[i], 8);
    note(h, &o->spread[i], 8);
    note(h, &o->slippage[i], 8);
  }
}

static inline void note_trades(history *h, const crucible_trades *t,
                               size_t from) {
  for (size_t i = from; i < t->n; ++i) {
    note(h, &t->side[i], 1);
    note(h, &t->exit[i], 1);
    note(h, &t->entry_ms[i], 8);
    note(h, &t->exit_ms[i], 8);
    note(h, &t->result[i], 8);
    note(h, &t->gross[i], 8);
    note(h, &t->dust[i], 8);
  }
}

static inline void assert_same_history(const history *a, const history *b) {
  assert_int_equal(a->n, b->n);
  assert_memory_equal(a->bytes, b->bytes, a->n);
}

#endif
