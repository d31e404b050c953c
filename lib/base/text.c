/* SPDX-License-Identifier: Apache-2.0 */
/* The growing text of numtext.h. */
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include "base/base_alloc.h"
#include "base/format.h"
#include "base/numtext.h"

/* Room for n more bytes and the closing zero; NULL after a failure. */
static char *reserve(crucible__text *text, size_t n) {
  if (text->failed)
    return NULL;
  size_t need = text->length + n + 1;
  void *data = text->data;
  if (need <= n ||
      crucible__grow(&data, &text->capacity, need, 1) != CRUCIBLE_OK) {
    crucible__text_free(text);
    text->failed = 1;
    return NULL;
  }
  text->data = data;
  return text->data + text->length;
}

void crucible__text_add_n(crucible__text *text, const char *s, size_t n) {
  char *to = reserve(text, n);
  if (to == NULL)
    return;
  if (n > 0)
    memcpy(to, s, n);
  to[n] = '\0';
  text->length += n;
}

void crucible__text_add(crucible__text *text, const char *s) {
  crucible__text_add_n(text, s, strlen(s));
}

void crucible__text_addf(crucible__text *text, const char *format, ...) {
  va_list arguments, again;
  va_start(arguments, format);
  va_copy(again, arguments);
  int n = crucible__vformat(NULL, 0, format, arguments);
  va_end(arguments);
  char *to = reserve(text, n < 0 ? SIZE_MAX : (size_t)n);
  if (to != NULL) {
    (void)crucible__vformat(to, (size_t)n + 1, format, again);
    text->length += (size_t)n;
  }
  va_end(again);
}

void crucible__text_add_double(crucible__text *text, double value) {
  char number[CRUCIBLE__DOUBLE_TEXT];
  crucible__text_add_n(text, number, crucible__write_double(value, number));
}

void crucible__text_free(crucible__text *text) {
  crucible__free(text->data);
  *text = (crucible__text){0};
}
