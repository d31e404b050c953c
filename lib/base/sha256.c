/* SPDX-License-Identifier: Apache-2.0 */
/* FIPS 180-4, sections 4.1.2, 4.2.2, 5.1.1, 5.3.3 and 6.2. */
#include "base/sha256.h"

#include <string.h>

static const uint32_t round_constant[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1,
    0x923f82a4, 0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3,
    0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786,
    0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147,
    0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13,
    0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b,
    0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a,
    0x5b9cca4f, 0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208,
    0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

static uint32_t rotate(uint32_t x, int n) { return x >> n | x << (32 - n); }

static uint32_t load_big(const uint8_t *p) {
  return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 |
         p[3];
}

static void store_big(uint8_t *p, uint32_t x) {
  p[0] = (uint8_t)(x >> 24);
  p[1] = (uint8_t)(x >> 16);
  p[2] = (uint8_t)(x >> 8);
  p[3] = (uint8_t)x;
}

static void add_block(uint32_t state[8], const uint8_t *block) {
  uint32_t w[64];
  for (int t = 0; t < 16; ++t)
    w[t] = load_big(block + 4 * t);
  for (int t = 16; t < 64; ++t) {
    uint32_t x = w[t - 15], y = w[t - 2];
    w[t] = w[t - 16] + (rotate(x, 7) ^ rotate(x, 18) ^ x >> 3) + w[t - 7] +
           (rotate(y, 17) ^ rotate(y, 19) ^ y >> 10);
  }
  uint32_t a = state[0], b = state[1], c = state[2], d = state[3];
  uint32_t e = state[4], f = state[5], g = state[6], h = state[7];
  for (int t = 0; t < 64; ++t) {
    uint32_t one = h + (rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)) +
                   ((e & f) ^ (~e & g)) + round_constant[t] + w[t];
    uint32_t two = (rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)) +
                   ((a & b) ^ (a & c) ^ (b & c));
    h = g;
    g = f;
    f = e;
    e = d + one;
    d = c;
    c = b;
    b = a;
    a = one + two;
  }
  state[0] += a;
  state[1] += b;
  state[2] += c;
  state[3] += d;
  state[4] += e;
  state[5] += f;
  state[6] += g;
  state[7] += h;
}

void crucible__sha256_init(crucible__sha256 *hash) {
  static const uint32_t initial[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372,
                                      0xa54ff53a, 0x510e527f, 0x9b05688c,
                                      0x1f83d9ab, 0x5be0cd19};
  memset(hash, 0, sizeof *hash);
  memcpy(hash->state, initial, sizeof initial);
}

void crucible__sha256_add(crucible__sha256 *hash, const void *bytes,
                          size_t n_bytes) {
  const uint8_t *p = bytes;
  size_t used = (size_t)(hash->n_bytes % sizeof hash->block);
  hash->n_bytes += n_bytes;
  if (used > 0) {
    size_t room = sizeof hash->block - used;
    size_t part = n_bytes < room ? n_bytes : room;
    if (part > 0)
      memcpy(hash->block + used, p, part);
    if (part < room)
      return;
    add_block(hash->state, hash->block);
    p += part;
    n_bytes -= part;
  }
  for (; n_bytes >= sizeof hash->block; n_bytes -= sizeof hash->block) {
    add_block(hash->state, p);
    p += sizeof hash->block;
  }
  if (n_bytes > 0)
    memcpy(hash->block, p, n_bytes);
}

void crucible__sha256_end(crucible__sha256 *hash, uint8_t digest[32]) {
  static const uint8_t padding[64] = {0x80};
  uint64_t n_bits = hash->n_bytes * 8;
  size_t used = (size_t)(hash->n_bytes % sizeof hash->block);
  uint8_t length[8];
  store_big(length, (uint32_t)(n_bits >> 32));
  store_big(length + 4, (uint32_t)n_bits);
  crucible__sha256_add(hash, padding, used < 56 ? 56 - used : 120 - used);
  crucible__sha256_add(hash, length, sizeof length);
  for (int i = 0; i < 8; ++i)
    store_big(digest + 4 * i, hash->state[i]);
}

void crucible__hex(const uint8_t *bytes, size_t n_bytes, char *hex) {
  static const char digits[] = "0123456789abcdef";
  for (size_t i = 0; i < n_bytes; ++i) {
    hex[2 * i] = digits[bytes[i] >> 4];
    hex[2 * i + 1] = digits[bytes[i] & 15];
  }
  hex[2 * n_bytes] = '\0';
}
