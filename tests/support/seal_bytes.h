/* SPDX-License-Identifier: Apache-2.0 */
/* Makes damaged states whole again, so that a fuzzer gets past the digest. */
#ifndef TESTS_SEAL_BYTES_H
#define TESTS_SEAL_BYTES_H

#include <stdint.h>
#include <string.h>

#include "base/sha256.h"

enum { SEAL = 40 }; /* bytes: a digest after its length */

/* The first n - SEAL bytes of data (all where there are no more) and their
   digest, as crucible__sealed_end() writes it; how many bytes that are. */
static inline size_t seal_bytes(const uint8_t *data, size_t n, uint8_t *whole) {
  const size_t body = n > SEAL ? n - SEAL : n;
  crucible__sha256 hash;
  crucible__sha256_init(&hash);
  crucible__sha256_add(&hash, data, body);
  memcpy(whole, data, body);
  memset(whole + body, 0, 8);
  whole[body] = 32;
  crucible__sha256_end(&hash, whole + body + 8);
  return body + SEAL;
}

#endif
