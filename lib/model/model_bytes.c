/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The form of a model's bytes, little-endian:
 *
 *    0  magic "CRUCMODL"
 *    8  version of this form (1)
 *   12  version of the kind's bytes
 *   16  kind, padded with zeros to 32
 *   48  length of the payload, 64 bits
 *   56  payload: the kind's bytes
 *    .  SHA-256 of all before
 *
 * Damage is noticed here, before any backend sees a byte.
 */
#include <string.h>

#include "base/base_status.h"
#include "base/sha256.h"
#include "model/model_kinds.h"

enum { FORM_VERSION = 1, KIND_SIZE = 32 };

static const char magic[8] = "CRUCMODL";

static void put(uint8_t *to, uint64_t value, int n) {
  for (int i = 0; i < n; ++i)
    to[i] = (uint8_t)(value >> (8 * i));
}

static uint64_t get(const uint8_t *from, int n) {
  uint64_t value = 0;
  for (int i = 0; i < n; ++i)
    value |= (uint64_t)from[i] << (8 * i);
  return value;
}

static void digest_of(const uint8_t *bytes, size_t n, uint8_t digest[32]) {
  crucible__sha256 hash;
  crucible__sha256_init(&hash);
  crucible__sha256_add(&hash, bytes, n);
  crucible__sha256_end(&hash, digest);
}

void crucible__model_wrap_bytes(const crucible_model_backend *backend,
                                uint8_t *bytes, size_t n) {
  size_t n_payload = n - CRUCIBLE__MODEL_HEAD - CRUCIBLE__MODEL_TAIL;
  memset(bytes, 0, CRUCIBLE__MODEL_HEAD);
  memcpy(bytes, magic, sizeof magic);
  put(bytes + 8, FORM_VERSION, 4);
  put(bytes + 12, backend->version, 4);
  memcpy(bytes + 16, backend->kind, strlen(backend->kind));
  put(bytes + 48, n_payload, 8);
  digest_of(bytes, n - CRUCIBLE__MODEL_TAIL, bytes + n - CRUCIBLE__MODEL_TAIL);
}

static crucible_status damaged(const char *what) {
  return crucible__fail(CRUCIBLE_E_MODEL, "the model's bytes are damaged: %s",
                        what);
}

crucible_status crucible__model_unwrap(const uint8_t *bytes, size_t n,
                                       crucible__model_wrap *wrap) {
  if (n < sizeof magic || memcmp(bytes, magic, sizeof magic) != 0)
    return crucible__fail(CRUCIBLE_E_MODEL,
                          "these %zu bytes are no model: they do not begin "
                          "with CRUCMODL",
                          n);
  if (n < CRUCIBLE__MODEL_HEAD + CRUCIBLE__MODEL_TAIL)
    return damaged("they end early");
  uint64_t form = get(bytes + 8, 4);
  if (form > FORM_VERSION)
    return crucible__fail(CRUCIBLE_E_VERSION,
                          "the model has form %llu, this library knows up to "
                          "%d: upgrade it",
                          (unsigned long long)form, FORM_VERSION);
  uint64_t n_payload = get(bytes + 48, 8);
  if (n_payload != n - CRUCIBLE__MODEL_HEAD - CRUCIBLE__MODEL_TAIL)
    return damaged("their number is not what they say");
  uint8_t digest[32];
  digest_of(bytes, n - CRUCIBLE__MODEL_TAIL, digest);
  if (memcmp(digest, bytes + n - CRUCIBLE__MODEL_TAIL, sizeof digest) != 0)
    return damaged("their checksum does not match");

  char kind[KIND_SIZE + 1] = {0};
  memcpy(kind, bytes + 16, KIND_SIZE);
  if (crucible__model_kind(kind, &wrap->backend) != CRUCIBLE_OK)
    return crucible__fail_at(CRUCIBLE_E_MODEL, "the model");
  wrap->version = (uint32_t)get(bytes + 12, 4);
  if (wrap->version > wrap->backend->version)
    return crucible__fail(CRUCIBLE_E_VERSION,
                          "the model is of version %u of %s, this library "
                          "knows up to %u: upgrade it",
                          wrap->version, kind, wrap->backend->version);
  wrap->payload = bytes + CRUCIBLE__MODEL_HEAD;
  wrap->n_payload = (size_t)n_payload;
  return CRUCIBLE_OK;
}
