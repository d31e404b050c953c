/* SPDX-License-Identifier: Apache-2.0 */
/* A state as bytes with a digest of all before it, so that whatever changed on
   the way is noticed. */
#ifndef CRUCIBLE__SEALED_H
#define CRUCIBLE__SEALED_H

#include "base/pack.h"

/* Ends a state with its digest and copies it out where capacity is enough;
   frees the pack in any case. */
CRUCIBLE__SHARED crucible_status crucible__sealed_end(crucible__pack *pack,
                                                      void *bytes,
                                                      size_t capacity,
                                                      size_t *needed);

/* Begins to read one: fails the reader where the digest is another one. */
CRUCIBLE__SHARED crucible__unpack crucible__sealed_begin(const void *bytes,
                                                         size_t n);

#endif
