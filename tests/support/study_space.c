/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "support/study_space.h"

static crucible_status add(crucible_space *space, const char *name,
                           int32_t kind, double low, double high, double step,
                           int32_t is_log, int32_t parent, uint64_t choices) {
  crucible_param p;
  crucible_param_init(&p, sizeof p);
  p.name = name;
  p.kind = kind;
  p.low = low;
  p.high = high;
  p.step = step;
  p.is_log = is_log;
  p.parent = parent;
  p.parent_choices = choices;
  return crucible_space_add(space, &p);
}

static crucible_status add_choices(crucible_space *space, const char *name,
                                   const char *const *choices, uint32_t n) {
  crucible_param p;
  crucible_param_init(&p, sizeof p);
  p.name = name;
  p.kind = CRUCIBLE_PARAM_CATEGORICAL;
  p.choices = choices;
  p.n_choices = n;
  return crucible_space_add(space, &p);
}

crucible_space *study_space(void) {
  static const char *const kinds[] = {"tree", "net", "rule"};
  static const char *const flags[] = {"no", "yes"};
  enum { REAL = CRUCIBLE_PARAM_FLOAT, WHOLE = CRUCIBLE_PARAM_INT };
  crucible_space *s;
  assert_int_equal(crucible_space_create(&s), CRUCIBLE_OK);
  assert_int_equal(add_choices(s, "kind", kinds, 3), CRUCIBLE_OK);
  assert_int_equal(add(s, "depth", WHOLE, 2, 9, 0, 0, 0, 1), CRUCIBLE_OK);
  assert_int_equal(add(s, "rate", REAL, 1e-3, 1, 0, 1, 0, 3), CRUCIBLE_OK);
  assert_int_equal(add(s, "width", WHOLE, 1, 256, 0, 1, 0, 2), CRUCIBLE_OK);
  assert_int_equal(add(s, "share", REAL, 0.05, 0.95, 0.05, 0, -1, 0),
                   CRUCIBLE_OK);
  assert_int_equal(add_choices(s, "flag", flags, 2), CRUCIBLE_OK);
  assert_int_equal(add(s, "shift", REAL, -5, 5, 0, 0, STUDY_FLAG, 2),
                   CRUCIBLE_OK);
  assert_int_equal(add(s, "big", WHOLE, 1, 1000000, 0, 0, -1, 0), CRUCIBLE_OK);
  return s;
}
