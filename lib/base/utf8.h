/* SPDX-License-Identifier: Apache-2.0 */
/* UTF-8 as RFC 3629 has it: no overlong forms, no surrogates. */
#ifndef CRUCIBLE__UTF8_H
#define CRUCIBLE__UTF8_H

#include <stddef.h>
#include <stdint.h>

/* Bytes of the character at p, 1 to 4, or 0 if there is no valid one. */
static inline int crucible__utf8_length(const char *text, const char *end) {
  const unsigned char *p = (const unsigned char *)text;
  ptrdiff_t room = end - text;
  if (room <= 0)
    return 0;
  if (p[0] < 0x80)
    return 1;
  int n = p[0] < 0xc2 ? 0 : p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;
  if (n == 0 || p[0] > 0xf4 || room < n)
    return 0;
  unsigned low = 0x80, high = 0xbf; /* of the second byte */
  if (p[0] == 0xe0)
    low = 0xa0;
  if (p[0] == 0xed)
    high = 0x9f;
  if (p[0] == 0xf0)
    low = 0x90;
  if (p[0] == 0xf4)
    high = 0x8f;
  if (p[1] < low || p[1] > high)
    return 0;
  for (int i = 2; i < n; ++i)
    if ((p[i] & 0xc0) != 0x80)
      return 0;
  return n;
}

/* Writes a code point that is no surrogate; returns its bytes. */
static inline int crucible__utf8_write(uint32_t c, char to[4]) {
  if (c < 0x80) {
    to[0] = (char)c;
    return 1;
  }
  int n = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
  for (int i = n - 1; i > 0; --i, c >>= 6)
    to[i] = (char)(0x80 | (c & 0x3f));
  to[0] = (char)((n == 2 ? 0xc0 : n == 3 ? 0xe0 : 0xf0) | c);
  return n;
}

#endif
