/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Symbols of libcrucible-base that its sister libraries use and nobody else:
 * exported under the version node CRUCIBLE_PRIVATE.
 */
#ifndef CRUCIBLE__BASE_INTERNAL_H
#define CRUCIBLE__BASE_INTERNAL_H

#define CRUCIBLE__SHARED __attribute__((visibility("default")))

#endif
