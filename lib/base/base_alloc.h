/* SPDX-License-Identifier: Apache-2.0 */
/* Every allocation of the library goes through these. */
#ifndef CRUCIBLE__BASE_ALLOC_H
#define CRUCIBLE__BASE_ALLOC_H

#include <stddef.h>

#include <crucible/alloc.h>

#include "base/internal.h"

/* n * size bytes, checked for overflow. NULL and E_NOMEM's text on failure;
   never NULL for n == 0. */
CRUCIBLE__SHARED void *crucible__alloc(size_t n, size_t size);

/* The same, all bytes zero. */
CRUCIBLE__SHARED void *crucible__alloc_zero(size_t n, size_t size);

/* Grows or shrinks; old stays valid on failure. old may be NULL. */
CRUCIBLE__SHARED void *crucible__realloc(void *old, size_t n, size_t size);

/* NULL is allowed. */
CRUCIBLE__SHARED void crucible__free(void *old);

/* Asks for large pages where a block is: touching a page for the first time
   costs more than filling it does. Advice alone: it may well be refused. */
CRUCIBLE__SHARED void crucible__prefer_large_pages(void *block, size_t bytes);

/* A copy of text; NULL on failure. */
CRUCIBLE__SHARED char *crucible__strdup(const char *text);

/* Makes room for need items in a growing array: doubles *capacity. */
CRUCIBLE__SHARED crucible_status crucible__grow(void **items, size_t *capacity,
                                                size_t need, size_t size);

#endif
