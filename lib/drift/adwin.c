/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <string.h>

#include <crucible/drift.h>

#include "base/base_alloc.h"
#include "base/base_status.h"
#include "drift/adwin_object.h"

static const crucible_adwin_options defaults = {
    .struct_size = sizeof defaults,
    .delta = 0.002,
    .range = 1,
    .clock = 32,
    .max_buckets = 5,
    .min_window_length = 5,
    .grace_period = 10,
    .after_cut = CRUCIBLE_ADWIN_KEEP,
};

enum { MAX_BUCKETS = 1024 };

void crucible_adwin_options_init(crucible_adwin_options *options,
                                 size_t struct_size) {
  crucible__options_init(options, struct_size, &defaults, sizeof defaults);
}

crucible_status
crucible__adwin_options_read(crucible_adwin_options *read,
                             const crucible_adwin_options *options) {
  *read = defaults;
  CRUCIBLE__TRY(crucible__options_read(read, sizeof *read, options,
                                       "crucible_adwin_options"));
  if (!(read->delta > 0 && read->delta < 1))
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "delta is %g: give a number between 0 and 1",
                          read->delta);
  if (!(read->range >= 1e-60 && read->range <= 1e60))
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "range is %g: give the distance between the smallest "
                          "and the largest possible value, 1e-60 to 1e60",
                          read->range);
  if (read->clock < 1 || read->min_window_length < 1)
    return crucible__fail(CRUCIBLE_E_INVALID, "%s is 0: give at least 1",
                          read->clock < 1 ? "clock" : "min_window_length");
  if (read->max_buckets < 1 || read->max_buckets > MAX_BUCKETS)
    return crucible__fail(CRUCIBLE_E_INVALID, "max_buckets is %u: give 1 to %d",
                          read->max_buckets, MAX_BUCKETS);
  if (read->after_cut != CRUCIBLE_ADWIN_KEEP &&
      read->after_cut != CRUCIBLE_ADWIN_RESET)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "after_cut is %d: give a CRUCIBLE_ADWIN_* constant",
                          read->after_cut);
  if (read->reserved != 0)
    return crucible__fail(CRUCIBLE_E_VERSION, "reserved is %u: leave it 0",
                          read->reserved);
  return CRUCIBLE_OK;
}

size_t crucible__adwin_size(uint32_t max_buckets) {
  return sizeof(crucible_adwin) +
         sizeof(double) * crucible__adwin_doubles(max_buckets);
}

crucible_status crucible_adwin_create(const crucible_adwin_options *options,
                                      crucible_adwin **adwin) {
  crucible_adwin_options read;
  if (adwin == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "adwin is NULL: give a place for the object");
  *adwin = NULL;
  CRUCIBLE__TRY(crucible__adwin_options_read(&read, options));
  crucible_adwin *made =
      crucible__alloc_zero(1, crucible__adwin_size(read.max_buckets));
  if (made == NULL)
    return CRUCIBLE_E_NOMEM;
  made->options = read;
  made->test = (crucible__adwin_test){.delta = read.delta,
                                      .range = read.range,
                                      .min_length = read.min_window_length};
  made->left = read.clock;
  crucible__adwin_clear(&made->buckets, read.max_buckets);
  *adwin = made;
  return CRUCIBLE_OK;
}

void crucible_adwin_destroy(crucible_adwin *adwin) { crucible__free(adwin); }

static void check(crucible_adwin *adwin) {
  crucible__adwin_buckets *buckets = &adwin->buckets;
  adwin->left = adwin->options.clock;
  crucible__adwin_settle(buckets, adwin->slots);
  if (buckets->width <= adwin->options.grace_period ||
      !crucible__adwin_cut(buckets, adwin->slots, &adwin->test))
    return;
  adwin->is_drift = 1;
  ++adwin->n_detections;
  adwin->detected_at = adwin->n_values - 1;
  adwin->start = adwin->n_values - buckets->width;
}

size_t crucible__adwin_take(crucible_adwin *adwin, const double *values,
                            size_t n) {
  crucible__adwin_buckets *buckets = &adwin->buckets;
  if (adwin->is_drift && adwin->options.after_cut == CRUCIBLE_ADWIN_RESET) {
    crucible__adwin_clear(buckets, adwin->options.max_buckets);
    adwin->left = adwin->options.clock;
  }
  adwin->is_drift = 0;
  const uint32_t room = CRUCIBLE__ADWIN_PENDING - buckets->n_waiting;
  uint32_t taken = adwin->left < room ? adwin->left : room;
  if (n < taken)
    taken = (uint32_t)n;
  double *to = adwin->slots + buckets->count[0];
  for (uint32_t i = 0; i < taken; ++i)
    to[i] = values[i];
  buckets->count[0] += taken;
  buckets->n_waiting += taken;
  adwin->n_values += taken;
  adwin->left -= taken;
  if (adwin->left == 0)
    check(adwin);
  else if (buckets->n_waiting == CRUCIBLE__ADWIN_PENDING)
    crucible__adwin_settle(buckets, adwin->slots);
  return taken;
}

static crucible_status no_room(void) {
  return crucible__fail(CRUCIBLE_E_STATE,
                        "2^50 values were pushed: create another window");
}

crucible_status crucible_adwin_push(crucible_adwin *adwin, double value,
                                    int32_t *is_drift) {
  if (adwin == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "adwin is NULL: create one");
  if (!crucible__adwin_value_is_right(value))
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "value is %g: push finite values of at most 1e60 in "
                          "size",
                          value);
  if (adwin->n_values >= CRUCIBLE__ADWIN_N_MAX)
    return no_room();
  (void)crucible__adwin_take(adwin, &value, 1);
  if (is_drift != NULL)
    *is_drift = adwin->is_drift;
  return CRUCIBLE_OK;
}

static crucible_status check_values(const double *values, size_t n) {
  int right = 1;
  for (size_t i = 0; i < n; ++i)
    right &= crucible__adwin_value_is_right(values[i]);
  for (size_t i = 0; i < n && !right; ++i)
    if (!crucible__adwin_value_is_right(values[i]))
      return crucible__fail(CRUCIBLE_E_INVALID,
                            "values[%zu] is %g: push finite values of at most "
                            "1e60 in size",
                            i, values[i]);
  return CRUCIBLE_OK;
}

crucible_status crucible_adwin_run(crucible_adwin *adwin, const double *values,
                                   size_t n, int32_t *is_drift,
                                   uint64_t *drift_start) {
  if (adwin == NULL || (values == NULL && n > 0))
    return crucible__fail(CRUCIBLE_E_INVALID, "%s is NULL",
                          adwin == NULL ? "adwin" : "values");
  CRUCIBLE__TRY(check_values(values, n));
  if (n > CRUCIBLE__ADWIN_N_MAX - adwin->n_values)
    return no_room();
  for (size_t i = 0; i < n;) {
    const uint64_t start = adwin->start;
    const size_t end = i + crucible__adwin_take(adwin, values + i, n - i);
    for (size_t k = i; k < end && is_drift != NULL; ++k)
      is_drift[k] = k + 1 == end ? adwin->is_drift : 0;
    for (size_t k = i; k < end && drift_start != NULL; ++k)
      drift_start[k] = k + 1 == end ? adwin->start : start;
    i = end;
  }
  return CRUCIBLE_OK;
}

crucible_status crucible_adwin_drift_start(const crucible_adwin *adwin,
                                           uint64_t *index) {
  if (adwin == NULL || index == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "%s is NULL",
                          adwin == NULL ? "adwin" : "index");
  *index = adwin->start;
  return CRUCIBLE_OK;
}

crucible_status crucible_adwin_get(const crucible_adwin *adwin,
                                   crucible_adwin_window *window) {
  if (adwin == NULL || window == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "%s is NULL",
                          adwin == NULL ? "adwin" : "window");
  const crucible__adwin_buckets *buckets = &adwin->buckets;
  const uint32_t waiting = buckets->n_waiting;
  crucible_adwin_window found = {
      .struct_size = sizeof found,
      .n_values = adwin->n_values,
      .width = buckets->width + waiting,
      .drift_start = adwin->start,
      .n_detections = adwin->n_detections,
      .detected_at = adwin->detected_at,
      .total = buckets->total,
      .sum_squares = buckets->squares,
  };
  crucible__adwin_add(buckets->width, &found.total, &found.sum_squares,
                      adwin->slots + buckets->count[0] - waiting, waiting);
  if (found.width > 0) {
    found.mean = found.total / (double)found.width;
    found.variance = found.sum_squares / (double)found.width;
  }
  return crucible__result_write(window, &found, sizeof found,
                                "crucible_adwin_window");
}
