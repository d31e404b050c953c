/* SPDX-License-Identifier: Apache-2.0 */
/* Walk-forward windows and the rows that may be learnt from in them. */
#ifndef CRUCIBLE__FOLDS_H
#define CRUCIBLE__FOLDS_H

#include <stddef.h>

#include <crucible/forge.h>

#include "forge/labels.h"

/* Lays out options->n_folds test folds over the last test_share of
   [begin, end), and after them the window of the model that is deployed, whose
   test is empty: folds[n_folds]. */
crucible_status crucible__folds_make(const crucible_genes *genes, size_t begin,
                                     size_t end,
                                     const crucible_forge_options *options,
                                     crucible_fold *folds);

/*
 * Rows in [begin, end) that are warm and labelled, and whose label interval
 * [i, end of the trade] ends before until. rows may be NULL to count them;
 * *n_purged counts those that only the interval keeps out.
 */
size_t crucible__fold_rows(const crucible__lessons *lessons, size_t begin,
                           size_t end, size_t until, size_t *rows,
                           size_t *n_purged);

#endif
