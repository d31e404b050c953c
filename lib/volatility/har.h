/* SPDX-License-Identifier: Apache-2.0 */
/* What a HAR holds. */
#ifndef CRUCIBLE__HAR_H
#define CRUCIBLE__HAR_H

#include <crucible/realized.h>

enum { CRUCIBLE__HAR_BLOCK = 32 };

struct crucible_har {
  crucible_har_options options;
  size_t k;       /* components */
  uint64_t count; /* variances taken */
  /* The last variances, each at its number modulo ring, and the sums of whole
     blocks of them: a mean is the same whatever was before its values. */
  size_t ring;   /* a multiple of the block */
  double *last;  /* [ring] */
  double *block; /* [ring / block] */
  /* Observations: rows of means, and what came after them; the newest horizon
     rows wait for it. */
  size_t room;            /* 2 (window + horizon) */
  size_t begin;           /* of the window in the rows */
  size_t rows;            /* in it, those that wait included */
  double *mean;           /* [room][k] */
  double *target;         /* [room] */
  uint64_t to_fit;        /* observations still to come before the next fit */
  crucible_har_info info; /* n = 0 before the first fit */
  double low, high;       /* of forecasts */
};

/* With room for what the options say, nothing taken. */
crucible_status crucible__har_make(const crucible_har_options *options,
                                   crucible_har **har);

#endif
