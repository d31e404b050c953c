/* SPDX-License-Identifier: Apache-2.0 */
/* zlib on the library's allocator. */
#ifndef CRUCIBLE__ZLIB_ALLOC_H
#define CRUCIBLE__ZLIB_ALLOC_H

#include <zlib.h>

#include "base/base_alloc.h"

static inline void *crucible__zlib_alloc(void *unused, uInt n, uInt n_bytes) {
  (void)unused;
  return crucible__alloc_zero(n, n_bytes);
}

static inline void crucible__zlib_free(void *unused, void *block) {
  (void)unused;
  crucible__free(block);
}

#endif
