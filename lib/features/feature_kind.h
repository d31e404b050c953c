/* SPDX-License-Identifier: Apache-2.0 */
/* What the registry holds of a feature, and what its step sees. */
#ifndef CRUCIBLE__FEATURE_KIND_H
#define CRUCIBLE__FEATURE_KIND_H

#include <math.h>
#include <stddef.h>
#include <stdint.h>

#include <crucible/features.h>

/* Quotients that several features of a set share, computed once per bar. */
enum {
  CRUCIBLE__USES_RETURN = 1, /* log_return */
  CRUCIBLE__USES_RANGE = 2   /* log_ho, log_lo, log_co */
};

/* One bar as a step sees it. */
typedef struct crucible__tick {
  const crucible_bar *bar;
  const crucible_bar *prev; /* the bar before; bar itself at index 0 */
  uint64_t index;           /* bars before this one since the reset */
  int64_t slot;             /* floor(open time / timeframe), ascending */
  double log_return;        /* log(close / previous close), 0 at index 0 */
  double log_ho;            /* log(high / open) >= 0 */
  double log_lo;            /* log(low / open) <= 0 */
  double log_co;            /* log(close / open) */
} crucible__tick;

/* What an init function is given. */
typedef struct crucible__setup {
  const double *params; /* checked, defaults filled in */
  int64_t timeframe_ms;
  double *memory; /* all zero; NULL while the need is counted */
  size_t used;    /* of memory */
} crucible__setup;

/* n doubles of the feature's memory: NULL while the need is counted, so an
   init function keeps the pointer and never follows it. */
static inline double *crucible__take(crucible__setup *setup, size_t n) {
  double *p = setup->memory ? setup->memory + setup->used : NULL;
  setup->used += n;
  return p;
}

/* A whole-number parameter. */
static inline size_t crucible__count_param(const crucible__setup *setup,
                                           size_t i) {
  return (size_t)setup->params[i];
}

enum { CRUCIBLE__STATE_MAX = 1024 }; /* bytes of any feature's state */

/* Fills a zeroed state and returns the look-back: the number of bars whose
   value is part of the warm-up. */
typedef size_t (*crucible__feature_init)(void *state, crucible__setup *setup);

/* Takes the next bar. What it returns during the warm-up is not shown. */
typedef double (*crucible__feature_step)(void *state,
                                         const crucible__tick *tick);

struct crucible__feature_lane;

/*
 * Many bars at once: the values of bars [begin, end) of lanes [n] of this
 * kind, lane j's at values + j * stride, with the bits of the step. Called
 * with ascending ranges that follow one another; keeps in the states what it
 * needs between them. What it gives for the warm-up is not shown.
 */
typedef void (*crucible__feature_block)(
    const struct crucible__feature_lane *lanes, size_t n,
    const crucible_bars *bars, size_t begin, size_t end, double *values,
    size_t stride);

/* A feature. */
typedef struct crucible__feature {
  crucible_feature_info info; /* struct_size 0 */
  size_t state_size;          /* bytes, <= CRUCIBLE__STATE_MAX; 0: none */
  uint32_t uses;              /* CRUCIBLE__USES_* */
  crucible__feature_init init;
  crucible__feature_step step;
  crucible__feature_block block; /* NULL: the loop over the step */
} crucible__feature;

/* Longest window of the registry; the memory of a feature grows with it. */
#define CRUCIBLE__LONGEST 500

/* Whether a difference of two computed prices is nothing but rounding; by
   TA-Lib's measure, with the sum of the two. */
static inline int crucible__is_rounding(double difference, double sum) {
  return fabs(difference) <= 1e-14 * sum;
}

/* x / y, or 0 where y is not above 0: what a flat market gives. */
static inline double crucible__ratio(double x, double y) {
  return y > 0 ? x / y : 0.0;
}

/* Number index of the registry, in the order of the names. */
const crucible__feature *crucible__feature_by_index(size_t index);

/* Checks a spec and fills in the defaults. */
crucible_status
crucible__feature_resolve(const crucible_feature_spec *spec,
                          const crucible__feature **feature,
                          double params[CRUCIBLE_FEATURE_PARAMS_MAX]);

/* Look-back and doubles of memory of a resolved feature. */
size_t crucible__feature_measure(const crucible__feature *feature,
                                 const double *params, size_t *memory);

#endif
