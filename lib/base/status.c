/* SPDX-License-Identifier: Apache-2.0 */
#include "base/base_status.h"

#include <stdarg.h>
#include <string.h>

#include "base/format.h"

enum {
  ERROR_TEXT = 1024,
  OPTIONS_MAX = 65536 /* a larger struct_size is a forgotten init */
};

static _Thread_local char last_error[ERROR_TEXT];

const char *crucible_status_name(crucible_status status) {
  switch (status) {
#define STATUS_NAME(name, value, text)                                         \
  case (value):                                                                \
    return "CRUCIBLE_" #name;
    CRUCIBLE_STATUS_MAP(STATUS_NAME)
#undef STATUS_NAME
  default:
    return "CRUCIBLE_E_?";
  }
}

const char *crucible_status_text(crucible_status status) {
  switch (status) {
#define STATUS_TEXT(name, value, text)                                         \
  case (value):                                                                \
    return (text);
    CRUCIBLE_STATUS_MAP(STATUS_TEXT)
#undef STATUS_TEXT
  default:
    return "unknown status";
  }
}

const char *crucible_last_error(void) { return last_error; }

#undef crucible__fail /* what only an analyzer sees */
#undef crucible__fail_at

/* Marks a text that was too long, at the start of a UTF-8 character. */
static void mark_cut(char *text, size_t size) {
  size_t at = size - sizeof "...";
  while (at > 0 && ((unsigned char)text[at] & 0xc0) == 0x80)
    --at;
  memcpy(text + at, "...", sizeof "...");
}

crucible_status crucible__fail(crucible_status status, const char *format,
                               ...) {
  char text[ERROR_TEXT]; /* an argument may be last_error itself */
  va_list arguments;
  va_start(arguments, format);
  int n = crucible__vformat(text, sizeof text, format, arguments);
  va_end(arguments);
  if (n < 0) /* cannot be formatted: the format is still worth something */
    n = crucible__format(text, sizeof text, "%s", format);
  if (n >= (int)sizeof text)
    mark_cut(text, sizeof text);
  memcpy(last_error, text, sizeof text);
  return status;
}

crucible_status crucible__fail_at(crucible_status status, const char *format,
                                  ...) {
  char place[ERROR_TEXT / 2];
  va_list arguments;
  va_start(arguments, format);
  (void)crucible__vformat(place, sizeof place, format, arguments);
  va_end(arguments);
  return crucible__fail(status, "%s: %s", place, last_error);
}

crucible_status crucible__options_read(void *dst, size_t known, const void *src,
                                       const char *name) {
  size_t given;
  if (src == NULL)
    return CRUCIBLE_OK; /* dst already holds the defaults */
  memcpy(&given, src, sizeof given);
  if (given < sizeof given || given > OPTIONS_MAX)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "%s.struct_size is %zu: call %s_init first", name,
                          given, name);
  for (size_t i = known; i < given; ++i)
    if (((const unsigned char *)src)[i] != 0)
      return crucible__fail(CRUCIBLE_E_VERSION,
                            "%s sets a field unknown to this library "
                            "(byte %zu of %zu): leave it zero or upgrade",
                            name, i, given);
  memcpy(dst, src, given < known ? given : known);
  memcpy(dst, &known, sizeof known);
  return CRUCIBLE_OK;
}

void crucible__options_init(void *dst, size_t given, const void *defaults,
                            size_t known) {
  if (dst == NULL || given < sizeof given)
    return;
  memset(dst, 0, given);
  memcpy(dst, defaults, given < known ? given : known);
  memcpy(dst, &given, sizeof given);
}

crucible_status crucible__result_write(void *dst, const void *result,
                                       size_t known, const char *name) {
  size_t given;
  memcpy(&given, dst, sizeof given);
  if (given < sizeof given || given > OPTIONS_MAX)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "%s.struct_size is %zu: set it to sizeof(%s)", name,
                          given, name);
  size_t size = given < known ? given : known;
  memcpy((unsigned char *)dst + sizeof given,
         (const unsigned char *)result + sizeof given, size - sizeof given);
  return CRUCIBLE_OK;
}
