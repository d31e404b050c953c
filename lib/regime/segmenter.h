/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CRUCIBLE__SEGMENTER_H
#define CRUCIBLE__SEGMENTER_H

#include <crucible/segment.h>

#include "regime/segment_fit.h"

struct crucible_segmenter {
  crucible_segment_options options;
  uint64_t n_rows, n_complete, n_fits, fitted_at;
  uint64_t left; /* complete rows until the next fit; 0: none will follow */
  double *ring;  /* [window][n_columns] complete rows */
  size_t count;  /* of them, there */
  size_t next;   /* where the next one goes */
  crucible__segment_fit *fit; /* NULL before the first */
  crucible__segment_spare spare;
};

/* A window of the same kind, without rows. */
crucible_status crucible__segmenter_make(const crucible_segment_options *read,
                                         crucible_segmenter **segmenter);

/* Frees a segmenter, but not its fit where that is lent. */
void crucible__segmenter_free(crucible_segmenter *segmenter,
                              const crucible__segment_fit *lent);

/* Takes over what from has: a segmenter of the same options. from is freed. */
void crucible__segmenter_become(crucible_segmenter *segmenter,
                                crucible_segmenter *from);

#endif
