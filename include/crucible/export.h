/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file crucible/export.h
 * @brief Linkage and visibility of the public functions.
 */
#ifndef CRUCIBLE_EXPORT_H
#define CRUCIBLE_EXPORT_H

#ifdef __cplusplus
#define CRUCIBLE_BEGIN_DECLS extern "C" { /**< before C declarations */
#define CRUCIBLE_END_DECLS }              /**< after C declarations */
#else
#define CRUCIBLE_BEGIN_DECLS /**< before C declarations */
#define CRUCIBLE_END_DECLS   /**< after C declarations */
#endif

/** A function that the shared library exports. */
#define CRUCIBLE_API __attribute__((visibility("default")))

/** The result carries success or failure and has to be looked at. */
#define CRUCIBLE_NODISCARD __attribute__((warn_unused_result))

#endif /* CRUCIBLE_EXPORT_H */
