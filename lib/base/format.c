/* SPDX-License-Identifier: Apache-2.0 */
#include "base/format.h"

#include <locale.h>
#include <stdio.h>

int crucible__vformat(char *text, size_t size, const char *format,
                      va_list arguments) {
  /* of this thread alone; glibc keeps the C locale ready and allocates none */
  locale_t c = newlocale(LC_ALL_MASK, "C", (locale_t)0);
  locale_t before = c != (locale_t)0 ? uselocale(c) : (locale_t)0;
  int n = vsnprintf(text, size, format, arguments);
  if (c != (locale_t)0) {
    (void)uselocale(before);
    freelocale(c);
  }
  return n;
}

int crucible__format(char *text, size_t size, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  int n = crucible__vformat(text, size, format, arguments);
  va_end(arguments);
  return n;
}
