/* SPDX-License-Identifier: Apache-2.0 */
/* A user of libcrucible-base: C and C++ both compile this file. */
#include <crucible/runtime.h>
#include <crucible/status.h>
#include <crucible/version.h>

#include <stdio.h>
#include <string.h>

int main(void) {
  crucible_pool *pool = NULL;
  if (crucible_version() != CRUCIBLE_VERSION) {
    fprintf(stderr, "headers %d, library %s\n", CRUCIBLE_VERSION,
            crucible_version_string());
    return 1;
  }
  if (crucible_pool_create(2, &pool) != CRUCIBLE_OK ||
      crucible_pool_threads(pool) != 2) {
    fprintf(stderr, "%s\n", crucible_last_error());
    return 1;
  }
  crucible_pool_destroy(pool);
  if (crucible_pool_create(2, NULL) != CRUCIBLE_E_INVALID ||
      strcmp(crucible_status_name(CRUCIBLE_E_INVALID), "CRUCIBLE_E_INVALID"))
    return 1;
  printf("%s\n", crucible_build_info());
  return 0;
}
