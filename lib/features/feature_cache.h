/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CRUCIBLE__FEATURE_CACHE_H
#define CRUCIBLE__FEATURE_CACHE_H

#include <crucible/features.h>

/* Whether the cache's series begins with all of these bars: the same arrays,
   at least as long, of the same timeframe. */
int crucible__feature_cache_is_of(const crucible_feature_cache *cache,
                                  const crucible_bars *bars);

/* Checks specs as crucible_feature_set_create() does, and creates nothing. */
crucible_status crucible__features_check(const crucible_feature_spec *specs,
                                         size_t n, const crucible_bars *bars);

#endif
