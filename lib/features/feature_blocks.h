/* SPDX-License-Identifier: Apache-2.0 */
/* Kinds of features that go over many bars at once; see feature_kind.h. */
#ifndef CRUCIBLE__FEATURE_BLOCKS_H
#define CRUCIBLE__FEATURE_BLOCKS_H

#include <stddef.h>

#include "features/feature_kind.h"

#define CRUCIBLE__DECLARE_BLOCK(name)                                          \
  void crucible__##name##_block(const struct crucible__feature_lane *lanes,    \
                                size_t n, const crucible_bars *bars,           \
                                size_t begin, size_t end, double *values,      \
                                size_t stride)
CRUCIBLE__DECLARE_BLOCK(sma);   /* state unused: the bars tell all */
CRUCIBLE__DECLARE_BLOCK(ema);   /* state: crucible__ema */
CRUCIBLE__DECLARE_BLOCK(max);   /* greatest close; state unused */
CRUCIBLE__DECLARE_BLOCK(min);   /* least close */
CRUCIBLE__DECLARE_BLOCK(upper); /* greatest high */
CRUCIBLE__DECLARE_BLOCK(lower); /* least low */
#undef CRUCIBLE__DECLARE_BLOCK

#endif
