/* SPDX-License-Identifier: Apache-2.0 */
/* The features of a series, block by block. */
#ifndef CRUCIBLE__FEATURE_BATCH_H
#define CRUCIBLE__FEATURE_BATCH_H

#include <stddef.h>

#include <crucible/features.h>

/*
 * A set for crucible__features_block(): as crucible_feature_set_create(), and
 * checks every bar. view is a checked one.
 */
crucible_status crucible__features_open(const crucible_feature_spec *specs,
                                        size_t n, const crucible_bars *view,
                                        crucible_feature_set **set);

/*
 * The values of bars [begin, end), feature j's at values + j * stride; the
 * same bits as crucible_features_compute(). Ranges follow one another from 0,
 * or from 0 again after crucible_feature_set_reset(); such a set takes no
 * pushes. Cannot fail.
 */
void crucible__features_block(crucible_feature_set *set,
                              const crucible_bars *view, size_t begin,
                              size_t end, crucible_pool *pool, double *values,
                              size_t stride);

#endif
