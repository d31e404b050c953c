/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a call came to, with the library's own words where it is not that.
 *
 *   assert_ok(call)                     CRUCIBLE_OK
 *   assert_fails(call, expected, part)  that status, and part is in the text
 *
 * Include after <cmocka.h>.
 */
#ifndef TESTS_SUPPORT_STATUSES_H
#define TESTS_SUPPORT_STATUSES_H

#include <string.h>

#include <crucible/status.h>

static inline void status_check(crucible_status status,
                                crucible_status expected, const char *part,
                                const char *text, const char *file, int line) {
  const char *told = status == CRUCIBLE_OK ? "" : crucible_last_error();
  if (status == expected && strstr(told, part) != NULL)
    return;
  print_error("%s\n  is       %s: \"%s\"\n  expected %s naming \"%s\"\n", text,
              crucible_status_name(status), told,
              crucible_status_name(expected), part);
  _fail(file, line);
}

#define assert_ok(call)                                                        \
  status_check((call), CRUCIBLE_OK, "", #call, __FILE__, __LINE__)

#define assert_fails(call, expected, part)                                     \
  status_check((call), (expected), (part), #call, __FILE__, __LINE__)

#endif
