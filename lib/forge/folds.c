/* SPDX-License-Identifier: Apache-2.0 */
#include "forge/folds.h"

#include <math.h>
#include <string.h>

#include "base/base_status.h"

/* A training window that ends before bar until. */
static void set_window(crucible_fold *fold, const crucible_genes *genes,
                       size_t begin, size_t until,
                       const crucible_forge_options *options) {
  memset(fold, 0, sizeof *fold);
  fold->train_begin = begin;
  fold->train_end = until;
  if (genes->train_horizon == CRUCIBLE_HORIZON_FIXED &&
      until - begin > genes->train_bars)
    fold->train_begin = until - genes->train_bars;
  size_t length = until - fold->train_begin;
  fold->inner_begin =
      until - (size_t)floor((double)length * options->inner_tail);
  fold->sharpe = (double)NAN;
}

crucible_status crucible__folds_make(const crucible_genes *genes, size_t begin,
                                     size_t end,
                                     const crucible_forge_options *options,
                                     crucible_fold *folds) {
  size_t n = options->n_folds;
  size_t tested = (size_t)floor((double)(end - begin) * options->test_share);
  size_t first = end - tested;
  if (tested < 10 * n)
    return crucible__fail(CRUCIBLE_E_TOO_SHORT,
                          "%zu bars make %zu test folds of %zu: give at least "
                          "%.0f bars, or fewer folds",
                          end - begin, n, tested / n,
                          ceil((double)(10 * n) / options->test_share));
  for (size_t k = 0; k < n; ++k) {
    size_t from = first + tested * k / n;
    set_window(&folds[k], genes, begin, from, options);
    folds[k].test_begin = from;
    folds[k].test_end = first + tested * (k + 1) / n;
  }
  set_window(&folds[n], genes, begin, end, options);
  folds[n].test_begin = folds[n].test_end = end;
  return CRUCIBLE_OK;
}

size_t crucible__fold_rows(const crucible__lessons *lessons, size_t begin,
                           size_t end, size_t until, size_t *rows,
                           size_t *n_purged) {
  size_t n = 0;
  *n_purged = 0;
  for (size_t i = begin; i < end; ++i) {
    if (!lessons->is_warm[i] || isnan(lessons->label[i]))
      continue;
    if (lessons->end[i] >= until) {
      ++*n_purged;
      continue;
    }
    if (rows != NULL)
      rows[n] = i;
    ++n;
  }
  return n;
}
