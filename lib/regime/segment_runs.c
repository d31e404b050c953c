/* SPDX-License-Identifier: Apache-2.0 */
/* What labels say by themselves. */
#include <string.h>

#include <crucible/segment.h>

#include "base/base_status.h"

enum { NAMES_MAX = 1 << 15 };

static crucible_status check_labels(const int32_t *labels, size_t n,
                                    int64_t n_names) {
  if (labels == NULL && n > 0)
    return crucible__fail(CRUCIBLE_E_INVALID, "labels is NULL with %zu bars",
                          n);
  for (size_t i = 0; i < n; ++i)
    if (labels[i] < -1 || labels[i] >= n_names)
      return crucible__fail(CRUCIBLE_E_INVALID,
                            "labels[%zu] is %d: must be from -1 to %lld", i,
                            (int)labels[i], (long long)n_names - 1);
  return CRUCIBLE_OK;
}

crucible_status crucible_segment_runs(const int32_t *labels, size_t n,
                                      crucible_segment_run *runs,
                                      size_t capacity, size_t *n_runs) {
  if (n_runs == NULL || (runs == NULL && capacity > 0))
    return crucible__fail(CRUCIBLE_E_INVALID, "%s is NULL",
                          n_runs == NULL ? "n_runs" : "runs");
  CRUCIBLE__TRY(check_labels(labels, n, (int64_t)INT32_MAX + 1));
  size_t count = n > 0;
  for (size_t i = 1; i < n; ++i)
    count += labels[i] != labels[i - 1];
  *n_runs = count;
  if (count > capacity)
    return CRUCIBLE_OK;
  for (size_t begin = 0, end; begin < n; begin = end) {
    for (end = begin + 1; end < n && labels[end] == labels[begin]; ++end)
      continue;
    *runs++ = (crucible_segment_run){begin, end, labels[begin], 0};
  }
  return CRUCIBLE_OK;
}

crucible_status crucible_segment_transitions(const int32_t *labels, size_t n,
                                             size_t n_names, uint64_t *bars,
                                             uint64_t *transitions) {
  if (n_names > NAMES_MAX)
    return crucible__fail(CRUCIBLE_E_INVALID, "n_names is %zu: at most %d",
                          n_names, NAMES_MAX);
  CRUCIBLE__TRY(check_labels(labels, n, (int64_t)n_names));
  const size_t k = n_names + 1;
  if (bars != NULL) {
    memset(bars, 0, k * sizeof *bars);
    for (size_t i = 0; i < n; ++i)
      ++bars[labels[i] + 1];
  }
  if (transitions != NULL) {
    memset(transitions, 0, k * k * sizeof *transitions);
    for (size_t i = 1; i < n; ++i)
      ++transitions[(size_t)(labels[i - 1] + 1) * k + (size_t)(labels[i] + 1)];
  }
  return CRUCIBLE_OK;
}
