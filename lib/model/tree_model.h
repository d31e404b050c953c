/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Boosted regression trees laid out flat for prediction, read from XGBoost's
 * UBJSON. Sums in XGBoost's order and precision: base score, then tree by
 * tree, in single precision.
 */
#ifndef CRUCIBLE__TREE_MODEL_H
#define CRUCIBLE__TREE_MODEL_H

#include <math.h>
#include <stddef.h>
#include <stdint.h>

#include <crucible/status.h>

enum { CRUCIBLE__TREE_COLS_MAX = 32767 /* two slots each, by 16 bits */ };

typedef struct crucible__trees crucible__trees;

/* E_MODEL if the bytes are damaged or hold what is not known here, such as
   categorical splits. */
crucible_status crucible__trees_load(const uint8_t *ubjson, size_t n_bytes,
                                     crucible__trees **trees);
void crucible__trees_free(crucible__trees *trees);

size_t crucible__trees_count(const crucible__trees *trees);
size_t crucible__trees_cols(const crucible__trees *trees);
size_t crucible__trees_nodes(const crucible__trees *trees);

/*
 * Column number col of a row, two slots each: a missing value (NaN) is below
 * every split in the first and above every split in the second, and a split
 * looks at the one that sends it the way that was learnt. x: finite or NaN.
 */
static inline void crucible__trees_put(float *slots, size_t col, float x) {
  slots[2 * col] = isnan(x) ? -INFINITY : x;
  slots[2 * col + 1] = isnan(x) ? INFINITY : x;
}

/* slots: [2 * cols] */
float crucible__trees_predict(const crucible__trees *trees, const float *slots);

#endif
