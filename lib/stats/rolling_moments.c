/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Moments of a moving window as a queue of two stacks. The older part keeps,
 * for each of its values, the sums from that value to the part's end; the
 * newer part keeps one running sum. When the older part is used up, the newer
 * one is turned into it. No sum is ever corrected by subtraction, so a value
 * that has left has not left a rounding error behind.
 */
#include <math.h>
#include <stdint.h>

#include "base/base_alloc.h"
#include "base/base_status.h"
#include "math/moment_sums.h"
#include "stats/moments.h"

enum { WINDOW_MAX = 1 << 30 };

struct crucible_rolling_moments {
  size_t window;
  size_t n_old; /* values in the older part */
  size_t n_new; /* values in the newer part, values[0 .. n_new) */
  crucible__moment_sums newer;
  double *values;               /* [window] newer part, oldest first */
  crucible__moment_sums *older; /* [window] older[i]: sums of its i + 1
                                   youngest values; top at n_old - 1 */
};

crucible_status
crucible_rolling_moments_create(size_t window,
                                crucible_rolling_moments **rolling) {
  if (rolling == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "rolling is NULL: give a place for the object");
  *rolling = NULL;
  if (window < 2 || window > WINDOW_MAX)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "window is %zu: give 2 to %d observations", window,
                          WINDOW_MAX);
  crucible_rolling_moments *made = crucible__alloc_zero(1, sizeof *made);
  if (made == NULL)
    return CRUCIBLE_E_NOMEM;
  made->window = window;
  made->values = crucible__alloc(window, sizeof *made->values);
  if (made->values != NULL)
    made->older = crucible__alloc(window, sizeof *made->older);
  if (made->older == NULL) {
    crucible_rolling_moments_destroy(made);
    return CRUCIBLE_E_NOMEM;
  }
  *rolling = made;
  return CRUCIBLE_OK;
}

void crucible_rolling_moments_destroy(crucible_rolling_moments *rolling) {
  if (rolling == NULL)
    return;
  crucible__free(rolling->older);
  crucible__free(rolling->values);
  crucible__free(rolling);
}

/* Makes the newer part the older one, youngest value at the bottom. */
static void turn(crucible_rolling_moments *rolling) {
  crucible__moment_sums sums = {.n = 0};
  for (size_t i = 0; i < rolling->n_new; ++i) {
    sums = crucible__moment_sums_add(&sums,
                                     rolling->values[rolling->n_new - 1 - i]);
    rolling->older[i] = sums;
  }
  rolling->n_old = rolling->n_new;
  rolling->n_new = 0;
  rolling->newer = (crucible__moment_sums){.n = 0};
}

crucible_status crucible_rolling_moments_push(crucible_rolling_moments *rolling,
                                              double value) {
  if (rolling == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "rolling is NULL: create one");
  if (!isfinite(value))
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "value is %g: push finite returns only", value);
  if (rolling->n_old + rolling->n_new == rolling->window) {
    if (rolling->n_old == 0)
      turn(rolling);
    --rolling->n_old;
  }
  rolling->values[rolling->n_new++] = value;
  rolling->newer = crucible__moment_sums_add(&rolling->newer, value);
  return CRUCIBLE_OK;
}

crucible_status
crucible_rolling_moments_get(const crucible_rolling_moments *rolling,
                             crucible_moments *moments, size_t *n) {
  if (rolling == NULL || moments == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "%s is NULL: give one",
                          rolling == NULL ? "rolling" : "moments");
  const size_t held = rolling->n_old + rolling->n_new;
  if (held < 2)
    return crucible__fail(CRUCIBLE_E_TOO_SHORT,
                          "the window holds %zu of the 2 returns that moments "
                          "need: push more",
                          held);
  crucible__moment_sums sums = rolling->newer;
  if (rolling->n_old > 0)
    sums = crucible__moment_sums_merge(&rolling->older[rolling->n_old - 1],
                                       &rolling->newer);
  CRUCIBLE__TRY(crucible__moments_from(&sums, moments));
  if (n != NULL)
    *n = held;
  return CRUCIBLE_OK;
}
