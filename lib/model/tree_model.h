/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Boosted regression trees laid out flat for prediction, read from XGBoost's
 * UBJSON. Sums in XGBoost's order and precision: base score, then tree by
 * tree, in single precision.
 */
#ifndef CRUCIBLE__TREE_MODEL_H
#define CRUCIBLE__TREE_MODEL_H

#include <stddef.h>
#include <stdint.h>

#include <crucible/status.h>

typedef struct crucible__trees crucible__trees;

/* E_MODEL if the bytes are damaged or hold what is not known here, such as
   categorical splits. */
crucible_status crucible__trees_load(const uint8_t *ubjson, size_t n_bytes,
                                     crucible__trees **trees);
void crucible__trees_free(crucible__trees *trees);

size_t crucible__trees_count(const crucible__trees *trees);
size_t crucible__trees_cols(const crucible__trees *trees);
size_t crucible__trees_nodes(const crucible__trees *trees);

/* row: [cols] finite or NaN (missing). */
float crucible__trees_predict(const crucible__trees *trees, const float *row);

#endif
