/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The scans for the level a file is compiled for; SCAN_NAME names their table.
 * Only kd_scan_baseline.c, kd_scan_avx2.c and kd_scan_avx512.c include this.
 */
#include "regime/kd_scan.h"

#include "base/lanes.h"

enum { N = CRUCIBLE__LANE_COUNT, GROUPS = CRUCIBLE__KD_BLOCK / N };

typedef crucible__lanes v8;
#define load crucible__lanes_load
#define store crucible__lanes_store
#define all crucible__lanes_all
#define add crucible__lanes_add
#define sub crucible__lanes_sub
#define mul crucible__lanes_mul
#define most crucible__lanes_most
#define INLINE static inline __attribute__((always_inline))

INLINE v8 take_in(int32_t metric, v8 sum, v8 apart) {
  if (metric == CRUCIBLE_METRIC_EUCLIDEAN)
    return add(sum, mul(apart, apart));
  apart = crucible__lanes_abs(apart);
  return metric == CRUCIBLE_METRIC_MANHATTAN ? add(sum, apart)
                                             : most(sum, apart);
}

INLINE v8 measure_group(int32_t metric, const double *block,
                        const double *point, size_t dims) {
  v8 sum = all(0);
  for (size_t j = 0; j < dims; ++j)
    sum = take_in(metric, sum,
                  sub(load(block + j * CRUCIBLE__KD_BLOCK), all(point[j])));
  return sum;
}

INLINE uint32_t within(int32_t metric, const double *block, const double *point,
                       size_t dims, double limit, double *measure) {
  uint32_t bits = 0;
  for (int g = 0; g < GROUPS; ++g) {
    v8 sum = measure_group(metric, block + g * N, point, dims);
    store(measure + g * N, sum);
    bits |= crucible__lanes_less_equal(sum, all(limit)) << (g * N);
  }
  return bits;
}

INLINE uint32_t reach(int32_t metric, const double *block, const double *point,
                      size_t dims, double limit, double scale, double floor,
                      const double *floors, double *measure) {
  uint32_t bits = 0;
  for (int g = 0; g < GROUPS; ++g) {
    v8 sum = mul(measure_group(metric, block + g * N, point, dims), all(scale));
    sum = most(most(sum, all(floor)), load(floors + g * N));
    store(measure + g * N, sum);
    bits |= crucible__lanes_less_equal(sum, all(limit)) << (g * N);
  }
  return bits;
}

INLINE uint32_t touch(int32_t metric, const double *block, const double *box,
                      size_t dims, double scale, const double *limits) {
  uint32_t bits = 0;
  for (int g = 0; g < GROUPS; ++g) {
    v8 sum = all(0);
    for (size_t j = 0; j < dims; ++j) {
      v8 at = load(block + j * CRUCIBLE__KD_BLOCK + g * N);
      v8 below = sub(all(box[j]), at), above = sub(at, all(box[dims + j]));
      sum = take_in(metric, sum, most(most(below, above), all(0)));
    }
    sum = mul(sum, all(scale));
    bits |= crucible__lanes_less_equal(sum, load(limits + g * N)) << (g * N);
  }
  return bits;
}

INLINE double apart(int32_t metric, const double *box, const double *other,
                    size_t dims) {
  double sum = 0;
  for (size_t j = 0; j < dims; ++j) {
    double below = other[j] - box[dims + j], above = box[j] - other[dims + j];
    double gap = below > above ? below : above;
    if (!(gap > 0))
      continue;
    if (metric == CRUCIBLE_METRIC_EUCLIDEAN)
      sum += gap * gap;
    else if (metric == CRUCIBLE_METRIC_MANHATTAN)
      sum += gap;
    else
      sum = sum > gap ? sum : gap;
  }
  return sum;
}

#define SCANS_OF(metric, suffix)                                               \
  static uint32_t within_##suffix(const double *block, const double *point,    \
                                  size_t dims, double limit,                   \
                                  double *measure) {                           \
    return within(metric, block, point, dims, limit, measure);                 \
  }                                                                            \
  static uint32_t reach_##suffix(                                              \
      const double *block, const double *point, size_t dims, double limit,     \
      double scale, double floor, const double *floors, double *measure) {     \
    return reach(metric, block, point, dims, limit, scale, floor, floors,      \
                 measure);                                                     \
  }                                                                            \
  static uint32_t touch_##suffix(const double *block, const double *box,       \
                                 size_t dims, double scale,                    \
                                 const double *limits) {                       \
    return touch(metric, block, box, dims, scale, limits);                     \
  }                                                                            \
  static double apart_##suffix(const double *box, const double *other,         \
                               size_t dims) {                                  \
    return apart(metric, box, other, dims);                                    \
  }
SCANS_OF(CRUCIBLE_METRIC_EUCLIDEAN, euclidean)
SCANS_OF(CRUCIBLE_METRIC_MANHATTAN, manhattan)
SCANS_OF(CRUCIBLE_METRIC_CHEBYSHEV, chebyshev)

/* By metric, from 1. */
extern const crucible__kd_scan SCAN_NAME[3];
const crucible__kd_scan SCAN_NAME[3] = {
    {within_euclidean, reach_euclidean, touch_euclidean, apart_euclidean},
    {within_manhattan, reach_manhattan, touch_manhattan, apart_manhattan},
    {within_chebyshev, reach_chebyshev, touch_chebyshev, apart_chebyshev},
};
