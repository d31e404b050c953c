/* SPDX-License-Identifier: Apache-2.0 */
#include "comma_locale.h"

#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

void comma_locale_set(const char *name) {
  char command[2048], here[2048], printed[32];
  /* localedef's 1 means warnings: the other categories are not defined */
  (void)snprintf(command, sizeof command,
                 "mkdir -p locales && PATH=$PATH:/usr/bin:/usr/sbin localedef "
                 "-c --no-archive -i '%s/tests/data/base/%s.locale' "
                 "-f '%s/tests/data/base/numeric.charmap' 'locales/%s' "
                 ">localedef.log 2>&1",
                 CRUCIBLE_SOURCE_DIR, name, CRUCIBLE_SOURCE_DIR, name);
  int result = system(command);
  assert_non_null(getcwd(here, sizeof here - sizeof "/locales"));
  (void)strcat(here, "/locales");
  assert_int_equal(setenv("LOCPATH", here, 1), 0);
  if (setlocale(LC_ALL, name) == NULL)
    fail_msg("no locale %s: localedef returned %d, see localedef.log", name,
             result);
  (void)snprintf(printed, sizeof printed, "%.1f", 1.5);
  assert_string_not_equal(printed, "1.5");
}

void comma_locale_reset(void) { (void)setlocale(LC_ALL, "C"); }
