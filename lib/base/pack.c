/* SPDX-License-Identifier: Apache-2.0 */
#include "base/pack.h"

#include <string.h>

#include "base/base_alloc.h"
#include "base/base_status.h"

void crucible__pack_free(crucible__pack *pack) {
  crucible__free(pack->data);
  *pack = (crucible__pack){0};
}

static void add(crucible__pack *pack, const void *bytes, size_t n) {
  if (n == 0 || pack->failed)
    return;
  if (n > SIZE_MAX - pack->length ||
      crucible__grow((void **)&pack->data, &pack->capacity, pack->length + n,
                     1) != CRUCIBLE_OK) {
    pack->failed = 1;
    return;
  }
  memcpy(pack->data + pack->length, bytes, n);
  pack->length += n;
}

void crucible__pack_u64(crucible__pack *pack, uint64_t value) {
  unsigned char bytes[8];
  for (int i = 0; i < 8; ++i)
    bytes[i] = (unsigned char)(value >> (8 * i));
  add(pack, bytes, sizeof bytes);
}

void crucible__pack_i64(crucible__pack *pack, int64_t value) {
  crucible__pack_u64(pack, (uint64_t)value);
}

void crucible__pack_f64(crucible__pack *pack, double value) {
  uint64_t bits;
  memcpy(&bits, &value, sizeof bits);
  crucible__pack_u64(pack, bits);
}

void crucible__pack_f64s(crucible__pack *pack, const double *values, size_t n) {
  for (size_t i = 0; i < n; ++i)
    crucible__pack_f64(pack, values[i]);
}

void crucible__pack_bytes(crucible__pack *pack, const void *bytes, size_t n) {
  crucible__pack_u64(pack, n);
  add(pack, bytes, n);
}

void crucible__pack_text(crucible__pack *pack, const char *text) {
  crucible__pack_bytes(pack, text, strlen(text) + 1);
}

void crucible__pack_mark(crucible__pack *pack, const char *name) {
  crucible__pack_text(pack, name);
}

crucible_status crucible__pack_end(const crucible__pack *pack) {
  return pack->failed ? crucible__fail(CRUCIBLE_E_NOMEM,
                                       "out of memory for %zu bytes of state",
                                       pack->length)
                      : CRUCIBLE_OK;
}

crucible_status crucible__pack_hand_out(crucible__pack *pack, void *bytes,
                                        size_t capacity, size_t *needed) {
  const crucible_status status = crucible__pack_end(pack);
  if (status == CRUCIBLE_OK) {
    if (pack->length <= capacity)
      memcpy(bytes, pack->data, pack->length);
    *needed = pack->length;
  }
  crucible__pack_free(pack);
  return status;
}

/* The next n bytes, or NULL, and the reader has failed. */
static const unsigned char *take(crucible__unpack *unpack, size_t n) {
  if (unpack->failed || n > unpack->length - unpack->at) {
    unpack->failed = 1;
    return NULL;
  }
  const unsigned char *place = unpack->data + unpack->at;
  unpack->at += n;
  return place;
}

uint64_t crucible__unpack_u64(crucible__unpack *unpack) {
  const unsigned char *bytes = take(unpack, 8);
  uint64_t value = 0;
  for (int i = 7; bytes != NULL && i >= 0; --i)
    value = value << 8 | bytes[i];
  return value;
}

int64_t crucible__unpack_i64(crucible__unpack *unpack) {
  return (int64_t)crucible__unpack_u64(unpack);
}

double crucible__unpack_f64(crucible__unpack *unpack) {
  uint64_t bits = crucible__unpack_u64(unpack);
  double value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

void crucible__unpack_f64s(crucible__unpack *unpack, double *values, size_t n) {
  for (size_t i = 0; i < n; ++i)
    values[i] = crucible__unpack_f64(unpack);
}

size_t crucible__unpack_count(crucible__unpack *unpack, size_t size) {
  uint64_t n = crucible__unpack_u64(unpack);
  if (size > 0 && n > (unpack->length - unpack->at) / size)
    unpack->failed = 1;
  return unpack->failed ? 0 : (size_t)n;
}

const void *crucible__unpack_bytes(crucible__unpack *unpack, size_t *n) {
  *n = crucible__unpack_count(unpack, 1);
  const unsigned char *bytes = take(unpack, *n);
  return bytes != NULL ? (const void *)bytes : "";
}

void crucible__unpack_into(crucible__unpack *unpack, void *bytes, size_t n) {
  size_t given;
  const void *place = crucible__unpack_bytes(unpack, &given);
  if (given != n)
    unpack->failed = 1;
  if (n > 0 && !unpack->failed)
    memcpy(bytes, place, n);
  else if (n > 0)
    memset(bytes, 0, n);
}

const char *crucible__unpack_text(crucible__unpack *unpack) {
  size_t n;
  const char *text = crucible__unpack_bytes(unpack, &n);
  if (n == 0 || text[n - 1] != '\0')
    unpack->failed = 1;
  return unpack->failed ? "" : text;
}

void crucible__unpack_mark(crucible__unpack *unpack, const char *name) {
  if (strcmp(crucible__unpack_text(unpack), name) != 0)
    unpack->failed = 1;
}

crucible_status crucible__unpack_end(const crucible__unpack *unpack,
                                     const char *what) {
  if (unpack->failed || unpack->at != unpack->length)
    return crucible__fail(CRUCIBLE_E_STORE,
                          "%s: its bytes are damaged or of another build "
                          "(%zu of %zu read)",
                          what, unpack->at, unpack->length);
  return CRUCIBLE_OK;
}
