/* SPDX-License-Identifier: Apache-2.0 */
#include "base/sealed.h"

#include <string.h>

#include "base/sha256.h"

enum { DIGEST = 32, LENGTH = 8 }; /* bytes of a digest, of a blob's length */

static void digest_of(const void *bytes, size_t n, uint8_t digest[DIGEST]) {
  crucible__sha256 hash;
  crucible__sha256_init(&hash);
  crucible__sha256_add(&hash, bytes, n);
  crucible__sha256_end(&hash, digest);
}

crucible_status crucible__sealed_end(crucible__pack *pack, void *bytes,
                                     size_t capacity, size_t *needed) {
  uint8_t digest[DIGEST];
  if (!pack->failed) {
    digest_of(pack->data, pack->length, digest);
    crucible__pack_bytes(pack, digest, sizeof digest);
  }
  return crucible__pack_hand_out(pack, bytes, capacity, needed);
}

crucible__unpack crucible__sealed_begin(const void *bytes, size_t n) {
  const size_t tail = DIGEST + LENGTH;
  crucible__unpack unpack = {.data = bytes, .length = n > tail ? n - tail : 0};
  crucible__unpack end = {.data = bytes, .length = n, .at = unpack.length};
  uint8_t saved[DIGEST], made[DIGEST];
  crucible__unpack_into(&end, saved, sizeof saved);
  digest_of(bytes, unpack.length, made);
  unpack.failed = n <= tail || end.failed || end.at != end.length ||
                  memcmp(saved, made, sizeof made) != 0;
  return unpack;
}
