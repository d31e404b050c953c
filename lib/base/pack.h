/* SPDX-License-Identifier: Apache-2.0 */
/*
 * State as bytes, for checkpoints: numbers little-endian and eight bytes wide,
 * doubles by their bits, blobs after their length. A writer remembers that
 * memory ran out, a reader the first thing that was not as expected, so that
 * neither needs a check per field.
 */
#ifndef CRUCIBLE__PACK_H
#define CRUCIBLE__PACK_H

#include <stddef.h>
#include <stdint.h>

#include <crucible/status.h>

#include "base/internal.h"

typedef struct crucible__pack {
  unsigned char *data; /* [length] */
  size_t length, capacity;
  int failed; /* 1: out of memory */
} crucible__pack;

CRUCIBLE__SHARED void crucible__pack_free(crucible__pack *pack);

CRUCIBLE__SHARED void crucible__pack_u64(crucible__pack *pack, uint64_t value);
CRUCIBLE__SHARED void crucible__pack_i64(crucible__pack *pack, int64_t value);
CRUCIBLE__SHARED void crucible__pack_f64(crucible__pack *pack, double value);
CRUCIBLE__SHARED void crucible__pack_f64s(crucible__pack *pack,
                                          const double *values, size_t n);
/* bytes may be NULL where n is 0. */
CRUCIBLE__SHARED void crucible__pack_bytes(crucible__pack *pack,
                                           const void *bytes, size_t n);
CRUCIBLE__SHARED void crucible__pack_text(crucible__pack *pack,
                                          const char *text);

/* Begins a section, so that a reader that is out of step notices. */
CRUCIBLE__SHARED void crucible__pack_mark(crucible__pack *pack,
                                          const char *name);

/* E_NOMEM if something could not be written. */
CRUCIBLE__SHARED crucible_status crucible__pack_end(const crucible__pack *pack);

/* Ends it as every save does: *needed is its length, and where capacity is
   enough it is copied out. Frees the pack in any case. */
CRUCIBLE__SHARED crucible_status crucible__pack_hand_out(crucible__pack *pack,
                                                         void *bytes,
                                                         size_t capacity,
                                                         size_t *needed);

/* Set data and length; the rest zero. */
typedef struct crucible__unpack {
  const unsigned char *data; /* [length], lent */
  size_t length, at;
  int failed; /* 1: not what was expected; every later value is zero */
} crucible__unpack;

CRUCIBLE__SHARED uint64_t crucible__unpack_u64(crucible__unpack *unpack);
CRUCIBLE__SHARED int64_t crucible__unpack_i64(crucible__unpack *unpack);
CRUCIBLE__SHARED double crucible__unpack_f64(crucible__unpack *unpack);
CRUCIBLE__SHARED void crucible__unpack_f64s(crucible__unpack *unpack,
                                            double *values, size_t n);
/* A number of things to come of which each takes at least size bytes: fails,
   and gives 0, where so many do not fit into what is left. */
CRUCIBLE__SHARED size_t crucible__unpack_count(crucible__unpack *unpack,
                                               size_t size);
/* Lent from data; "" with n = 0 after a failure. */
CRUCIBLE__SHARED const void *crucible__unpack_bytes(crucible__unpack *unpack,
                                                    size_t *n);
/* Exactly n bytes, copied; fails where the blob has another length. */
CRUCIBLE__SHARED void crucible__unpack_into(crucible__unpack *unpack,
                                            void *bytes, size_t n);
/* With its closing zero, lent from data. */
CRUCIBLE__SHARED const char *crucible__unpack_text(crucible__unpack *unpack);
CRUCIBLE__SHARED void crucible__unpack_mark(crucible__unpack *unpack,
                                            const char *name);

/* E_STORE unless everything was read, and as expected; what: whose state. */
CRUCIBLE__SHARED crucible_status
crucible__unpack_end(const crucible__unpack *unpack, const char *what);

#endif
