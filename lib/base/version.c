/* SPDX-License-Identifier: Apache-2.0 */
#include <crucible/version.h>

#include "build_info.h" /* made by lib/build_info.cmake */

#define TEXT_OF(x) #x
#define TEXT(x) TEXT_OF(x)

uint32_t crucible_version(void) { return CRUCIBLE_VERSION; }

const char *crucible_version_string(void) {
  return TEXT(CRUCIBLE_VERSION_MAJOR) "." TEXT(CRUCIBLE_VERSION_MINOR) "." TEXT(
      CRUCIBLE_VERSION_PATCH);
}

const char *crucible_build_info(void) { return CRUCIBLE__BUILD_INFO; }
