/* SPDX-License-Identifier: Apache-2.0 */
/* One adaptive window, as the streams of a crucible_drift need it. */
#ifndef CRUCIBLE__ADWIN_OBJECT_H
#define CRUCIBLE__ADWIN_OBJECT_H

#include <crucible/drift.h>

#include "base/pack.h"
#include "drift/adwin_window.h"

#define CRUCIBLE__ADWIN_VALUE_MAX 1e60
#define CRUCIBLE__ADWIN_N_MAX (UINT64_C(1) << 50)

struct crucible_adwin {
  crucible_adwin_options options;
  crucible__adwin_test test;
  crucible__adwin_buckets buckets;
  uint64_t n_values;
  uint64_t n_detections;
  uint64_t start;       /* of the regime */
  uint64_t detected_at; /* latest detection */
  uint32_t left;        /* values until the next check, >= 1 */
  int32_t is_drift;     /* 1: seen with the latest value */
  double slots[];       /* see adwin_window.h */
};

/* Bytes of an object. */
size_t crucible__adwin_size(uint32_t max_buckets);

/* Reads and checks options over the defaults. */
crucible_status
crucible__adwin_options_read(crucible_adwin_options *read,
                             const crucible_adwin_options *options);

/* Takes up to n values that were checked, n >= 1, and stops behind the first
   check. Returns how many it took. */
size_t crucible__adwin_take(crucible_adwin *adwin, const double *values,
                            size_t n);

static inline int crucible__adwin_value_is_right(double value) {
  return (value >= -CRUCIBLE__ADWIN_VALUE_MAX) &
         (value <= CRUCIBLE__ADWIN_VALUE_MAX);
}

void crucible__adwin_pack(const crucible_adwin *adwin, crucible__pack *pack);

/* Into an object that was created with the options of the saved one: fails the
   reader where the bytes cannot be a state of such a window. */
void crucible__adwin_unpack(crucible_adwin *adwin, crucible__unpack *unpack);

#endif
