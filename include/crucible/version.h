/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file crucible/version.h
 * @brief Version of the header and of the library that is linked.
 *
 * Threads: any.
 */
#ifndef CRUCIBLE_VERSION_H
#define CRUCIBLE_VERSION_H

#include <stdint.h>

#include <crucible/export.h>

CRUCIBLE_BEGIN_DECLS

#define CRUCIBLE_VERSION_MAJOR 0 /**< of these headers */
#define CRUCIBLE_VERSION_MINOR 1 /**< of these headers */
#define CRUCIBLE_VERSION_PATCH 0 /**< of these headers */

/** The version of these headers as crucible_version() counts. */
#define CRUCIBLE_VERSION                                                       \
  ((CRUCIBLE_VERSION_MAJOR << 16) | (CRUCIBLE_VERSION_MINOR << 8) |            \
   CRUCIBLE_VERSION_PATCH)

/**
 * Version of the library that is running.
 *
 * @return major << 16 | minor << 8 | patch.
 * @since 0.1
 */
CRUCIBLE_API uint32_t crucible_version(void);

/**
 * The same as text, such as "0.1.0".
 *
 * @return A static string.
 * @since 0.1
 */
CRUCIBLE_API const char *crucible_version_string(void);

/**
 * How this library was built, as one line of JSON: version, compiler, flags,
 * build type and source id. Every stored run records it.
 *
 * @return A static string.
 * @since 0.1
 */
CRUCIBLE_API const char *crucible_build_info(void);

CRUCIBLE_END_DECLS

#endif /* CRUCIBLE_VERSION_H */
