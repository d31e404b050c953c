/* SPDX-License-Identifier: Apache-2.0 */
/* Include after <cmocka.h>. */
#ifndef TESTS_SUPPORT_ERROR_NAMES_H
#define TESTS_SUPPORT_ERROR_NAMES_H

#include <string.h>

#include <crucible/status.h>

/* The latest error's text has the word that the user needs to find it. */
static inline void assert_error_names(const char *word) {
  if (strstr(crucible_last_error(), word) == NULL)
    fail_msg("\"%s\" does not name \"%s\"", crucible_last_error(), word);
}

#endif
