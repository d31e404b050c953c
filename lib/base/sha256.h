/* SPDX-License-Identifier: Apache-2.0 */
/* SHA-256 (FIPS 180-4). */
#ifndef CRUCIBLE__SHA256_H
#define CRUCIBLE__SHA256_H

#include <stddef.h>
#include <stdint.h>

#include "base/internal.h"

typedef struct crucible__sha256 {
  uint32_t state[8];
  uint64_t n_bytes;
  uint8_t block[64];
} crucible__sha256;

CRUCIBLE__SHARED void crucible__sha256_init(crucible__sha256 *hash);
CRUCIBLE__SHARED void crucible__sha256_add(crucible__sha256 *hash,
                                           const void *bytes, size_t n_bytes);
/* The digest of what was added; hash is spent. */
CRUCIBLE__SHARED void crucible__sha256_end(crucible__sha256 *hash,
                                           uint8_t digest[32]);
/* Lower-case hexadecimal with a closing zero: hex[2 * n_bytes + 1]. */
CRUCIBLE__SHARED void crucible__hex(const uint8_t *bytes, size_t n_bytes,
                                    char *hex);

#endif
