/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/json_node.h"
#include "base/utf8.h"

enum { ESCAPED_MAX = 8 };

/* The first character of *s as it stands in a JSON string; moves *s on. Bytes
   that are no UTF-8 become U+FFFD, since JSON cannot hold them. */
static size_t escape(const char **s, const char *end, char to[ESCAPED_MAX]) {
  static const char special[] = "\"\\\b\f\n\r\t", names[] = "\"\\bfnrt";
  char c = **s;
  const char *known = strchr(special, c);
  int n = crucible__utf8_length(*s, end);
  *s += n > 0 ? n : 1;
  if (n > 1) {
    memcpy(to, *s - n, (size_t)n);
    return (size_t)n;
  }
  if (n == 0)
    return (size_t)crucible__utf8_write(0xfffd, to);
  if (known != NULL) {
    to[0] = '\\';
    to[1] = names[known - special];
    return 2;
  }
  if ((unsigned char)c < 0x20 || c == 0x7f)
    return (size_t)snprintf(to, ESCAPED_MAX, "\\u%04x", (unsigned)c);
  to[0] = c;
  return 1;
}

void crucible__json_add_string(crucible__text *text, const char *s) {
  char escaped[ESCAPED_MAX];
  const char *end = s + strlen(s);
  crucible__text_add_n(text, "\"", 1);
  while (s < end) {
    const char *plain = s; /* as much as needs no escape at once */
    while (s < end && (unsigned char)*s >= 0x20 && (unsigned char)*s < 0x7f &&
           *s != '"' && *s != '\\')
      ++s;
    crucible__text_add_n(text, plain, (size_t)(s - plain));
    if (s < end)
      crucible__text_add_n(text, escaped, escape(&s, end, escaped));
  }
  crucible__text_add_n(text, "\"", 1);
}

void crucible__json_add_double(crucible__text *text, double value) {
  if (isfinite(value))
    crucible__text_add_double(text, value);
  else
    crucible__text_add_n(text, "null", 4);
}

const char *crucible__json_quote(const char *s,
                                 char quoted[CRUCIBLE__JSON_QUOTED]) {
  static const char cut[] = "...\"";
  const char *end = s + strlen(s);
  size_t n = 0, room = CRUCIBLE__JSON_QUOTED - sizeof cut;
  quoted[n++] = '"';
  while (s < end) {
    char escaped[ESCAPED_MAX];
    size_t size = escape(&s, end, escaped);
    if (n + size > room) {
      memcpy(quoted + n, cut, sizeof cut);
      return quoted;
    }
    memcpy(quoted + n, escaped, size);
    n += size;
  }
  memcpy(quoted + n, "\"", 2);
  return quoted;
}
