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
  double *values;               /* [window] the newer part from the start and
                                   what is left of the older part at the end,
                                   each oldest first */
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

/* Sums of the older part from its values, which stand at the end of values[]:
   it comes from a full window, and the newer part has not reached them. */
static void sum_older(crucible_rolling_moments *rolling, size_t n) {
  const double *end = rolling->values + rolling->window;
  crucible__moment_sums sums = {.n = 0};
  for (size_t i = 0; i < n; ++i) {
    sums = crucible__moment_sums_add(&sums, end[-1 - (ptrdiff_t)i]);
    rolling->older[i] = sums;
  }
  rolling->n_old = n;
}

/* Makes the newer part of a full window the older one, youngest value at the
   bottom. */
static void turn(crucible_rolling_moments *rolling) {
  sum_older(rolling, rolling->n_new);
  rolling->n_new = 0;
  rolling->newer = (crucible__moment_sums){.n = 0};
}

static void add_newer(crucible_rolling_moments *rolling, double value) {
  rolling->values[rolling->n_new++] = value;
  rolling->newer = crucible__moment_sums_add(&rolling->newer, value);
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
  add_newer(rolling, value);
  return CRUCIBLE_OK;
}

crucible__moment_sums
crucible__rolling_moments_sums(const crucible_rolling_moments *rolling) {
  if (rolling->n_old == 0)
    return rolling->newer;
  return crucible__moment_sums_merge(&rolling->older[rolling->n_old - 1],
                                     &rolling->newer);
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
  const crucible__moment_sums sums = crucible__rolling_moments_sums(rolling);
  CRUCIBLE__TRY(crucible__moments_from(&sums, moments));
  if (n != NULL)
    *n = held;
  return CRUCIBLE_OK;
}

/* The sums follow from the values in the order in which they were added, to
   the bit; so the values are all there is to save. */
void crucible__rolling_moments_save(const crucible_rolling_moments *rolling,
                                    crucible__pack *pack) {
  const double *end = rolling->values + rolling->window;
  crucible__pack_mark(pack, "rolling");
  crucible__pack_u64(pack, rolling->window);
  crucible__pack_u64(pack, rolling->n_old);
  crucible__pack_u64(pack, rolling->n_new);
  crucible__pack_f64s(pack, end - rolling->n_old, rolling->n_old);
  crucible__pack_f64s(pack, rolling->values, rolling->n_new);
}

static int all_finite(const double *x, size_t n) {
  for (size_t i = 0; i < n; ++i)
    if (!isfinite(x[i]))
      return 0;
  return 1;
}

crucible_status
crucible__rolling_moments_load(size_t window, crucible__unpack *unpack,
                               crucible_rolling_moments **rolling) {
  *rolling = NULL;
  crucible__unpack_mark(unpack, "rolling");
  const uint64_t saved = crucible__unpack_u64(unpack);
  const size_t n_old = crucible__unpack_count(unpack, 0);
  const size_t n_new = crucible__unpack_count(unpack, 0);
  if (saved != window || n_old > window || n_new > window - n_old ||
      (n_old > 0 && n_old + n_new != window))
    unpack->failed = 1;
  if (unpack->failed)
    return CRUCIBLE_OK;
  crucible_rolling_moments *made = NULL;
  CRUCIBLE__TRY(crucible_rolling_moments_create(window, &made));
  double *older = made->values + (window - n_old);
  crucible__unpack_f64s(unpack, older, n_old);
  crucible__unpack_f64s(unpack, made->values, n_new);
  if (unpack->failed || !all_finite(older, n_old) ||
      !all_finite(made->values, n_new)) {
    unpack->failed = 1;
    crucible_rolling_moments_destroy(made);
    return CRUCIBLE_OK;
  }
  sum_older(made, n_old);
  for (size_t i = 0; i < n_new; ++i)
    add_newer(made, made->values[i]);
  *rolling = made;
  return CRUCIBLE_OK;
}
