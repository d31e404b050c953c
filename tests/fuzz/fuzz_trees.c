/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Trees from UBJSON as they are behind the checksum of a model's bytes: any
 * bytes are refused or make trees that predict a finite number without reading
 * anything that is not theirs.
 */
#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <crucible/model.h>

#include "model/tree_model.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

enum { COLS_MAX = 256 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
  crucible__trees *trees;
  crucible_model *model;
  if (crucible_model_load(n > 0 ? (const void *)data : "", n, &model) ==
      CRUCIBLE_OK)
    crucible_model_destroy(model);
  if (crucible__trees_load(data, n, &trees) != CRUCIBLE_OK)
    return 0;
  size_t cols = crucible__trees_cols(trees);
  if (cols <= COLS_MAX) {
    float *slots = malloc(2 * cols * sizeof *slots); /* all it may read */
    if (slots == NULL)
      abort();
    for (int round = 0; round < 3; ++round) {
      for (size_t j = 0; j < cols; ++j)
        crucible__trees_put(slots, j,
                            round == 0   ? NAN
                            : round == 1 ? -1e30f
                                         : (float)j - 2);
      (void)crucible__trees_predict(trees, slots);
    }
    free(slots);
  }
  crucible__trees_free(trees);
  return 0;
}
