/* SPDX-License-Identifier: Apache-2.0 */
#include "model/ubjson.h"

#include <string.h>

enum { DEPTH_MAX = 32 }; /* XGBoost's files nest 7 deep */

/* Bytes of a number of a type; 0 if the marker is no number's. */
static size_t width(uint8_t type) {
  switch (type) {
  case 'i':
  case 'U':
    return 1;
  case 'I':
    return 2;
  case 'l':
  case 'd':
    return 4;
  case 'L':
  case 'D':
    return 8;
  default:
    return 0;
  }
}

static size_t left(const crucible__ubj *u) { return (size_t)(u->end - u->at); }

static int take(crucible__ubj *u, uint8_t marker) {
  if (u->at == u->end || *u->at != marker)
    return 0;
  ++u->at;
  return 1;
}

/* A big-endian number of n <= 8 bytes. */
static uint64_t big_endian(const uint8_t *bytes, size_t n) {
  uint64_t x = 0;
  for (size_t i = 0; i < n; ++i)
    x = x << 8 | bytes[i];
  return x;
}

static int64_t whole(const uint8_t *bytes, uint8_t type) {
  size_t n = width(type);
  uint64_t x = big_endian(bytes, n);
  if (type == 'U' || n == 0 || n == 8)
    return (int64_t)x;
  uint64_t sign = (uint64_t)1 << (8 * n - 1);
  return (int64_t)(x ^ sign) - (int64_t)sign;
}

/* A length: a marker of a whole type and the number. */
static int take_length(crucible__ubj *u, size_t *n) {
  if (u->at == u->end)
    return 0;
  uint8_t type = *u->at++;
  if (type == 'd' || type == 'D' || width(type) == 0 || left(u) < width(type))
    return 0;
  int64_t value = whole(u->at, type);
  u->at += width(type);
  /* no count can be above the number of bytes: each item takes at least one */
  if (value < 0 || (uint64_t)value > left(u))
    return 0;
  *n = (size_t)value;
  return 1;
}

static int take_text(crucible__ubj *u, crucible__ubj_text *text) {
  if (!take_length(u, &text->n))
    return 0;
  text->data = (const char *)u->at;
  u->at += text->n;
  return 1;
}

int crucible__ubj_text_is(const crucible__ubj_text *text, const char *s) {
  return strlen(s) == text->n && memcmp(text->data, s, text->n) == 0;
}

int crucible__ubj_enter_object(crucible__ubj *u) { return take(u, '{'); }

int crucible__ubj_next_key(crucible__ubj *u, crucible__ubj_text *key,
                           int *has) {
  *has = !take(u, '}');
  return *has ? take_text(u, key) : 1;
}

int crucible__ubj_enter_array(crucible__ubj *u, size_t *n) {
  return take(u, '[') && take(u, '#') && take_length(u, n);
}

int crucible__ubj_read_text(crucible__ubj *u, crucible__ubj_text *text) {
  return take(u, 'S') && take_text(u, text);
}

int crucible__ubj_read_array(crucible__ubj *u, crucible__ubj_array *array) {
  if (!take(u, '[') || !take(u, '$') || u->at == u->end)
    return 0;
  array->type = *u->at++;
  size_t size = width(array->type);
  if (size == 0 || !take(u, '#') || !take_length(u, &array->n) ||
      array->n > left(u) / size)
    return 0;
  array->data = u->at;
  u->at += array->n * size;
  return 1;
}

static int skip(crucible__ubj *u, int depth);

static int skip_array(crucible__ubj *u, int depth) {
  crucible__ubj typed = *u;
  crucible__ubj_array array;
  if (crucible__ubj_read_array(&typed, &array)) {
    *u = typed;
    return 1;
  }
  ++u->at;
  if (u->at != u->end && *u->at != '#') { /* of unknown length */
    while (!take(u, ']'))
      if (!skip(u, depth + 1))
        return 0;
    return 1;
  }
  size_t n;
  if (!take(u, '#') || !take_length(u, &n))
    return 0;
  for (size_t i = 0; i < n; ++i)
    if (!skip(u, depth + 1))
      return 0;
  return 1;
}

static int skip_object(crucible__ubj *u, int depth) {
  crucible__ubj_text key;
  int has;
  ++u->at;
  for (;;) {
    if (!crucible__ubj_next_key(u, &key, &has))
      return 0;
    if (!has)
      return 1;
    if (!skip(u, depth + 1))
      return 0;
  }
}

static int skip(crucible__ubj *u, int depth) {
  if (u->at == u->end || depth > DEPTH_MAX)
    return 0;
  uint8_t marker = *u->at;
  crucible__ubj_text text;
  switch (marker) {
  case '{':
    return skip_object(u, depth);
  case '[':
    return skip_array(u, depth);
  case 'S':
    return crucible__ubj_read_text(u, &text);
  case 'Z':
  case 'T':
  case 'F':
    ++u->at;
    return 1;
  default:
    ++u->at;
    if (width(marker) == 0 || left(u) < width(marker))
      return 0;
    u->at += width(marker);
    return 1;
  }
}

int crucible__ubj_skip(crucible__ubj *u) { return skip(u, 0); }

int crucible__ubj_find(crucible__ubj *u, const char *key) {
  crucible__ubj_text found;
  int has;
  if (!crucible__ubj_enter_object(u))
    return 0;
  for (;;) {
    if (!crucible__ubj_next_key(u, &found, &has) || !has)
      return 0;
    if (crucible__ubj_text_is(&found, key))
      return 1;
    if (!crucible__ubj_skip(u))
      return 0;
  }
}

int crucible__ubj_is_whole(const crucible__ubj_array *array) {
  return array->type != 'd' && array->type != 'D';
}

int64_t crucible__ubj_int64(const crucible__ubj_array *array, size_t i) {
  if (!crucible__ubj_is_whole(array))
    return 0;
  return whole(array->data + i * width(array->type), array->type);
}

float crucible__ubj_float(const crucible__ubj_array *array, size_t i) {
  const uint8_t *bytes = array->data + i * width(array->type);
  if (array->type == 'd') {
    uint32_t bits = (uint32_t)big_endian(bytes, 4);
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
  }
  if (array->type == 'D') {
    uint64_t bits = big_endian(bytes, 8);
    double x;
    memcpy(&x, &bits, sizeof x);
    return (float)x;
  }
  return (float)whole(bytes, array->type);
}
