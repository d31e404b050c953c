/* SPDX-License-Identifier: Apache-2.0 */
/* A window as bytes: what was observed, and a digest over all of it. */
#include <math.h>
#include <string.h>

#include <crucible/drift.h>

#include "base/base_alloc.h"
#include "base/base_status.h"
#include "base/sealed.h"
#include "drift/adwin_object.h"

static const char MARK[] = "adwin 1";

static void pack_options(const crucible_adwin_options *options,
                         crucible__pack *pack) {
  crucible__pack_f64(pack, options->delta);
  crucible__pack_f64(pack, options->range);
  crucible__pack_u64(pack, options->clock);
  crucible__pack_u64(pack, options->max_buckets);
  crucible__pack_u64(pack, options->min_window_length);
  crucible__pack_u64(pack, options->grace_period);
  crucible__pack_i64(pack, options->after_cut);
}

static int are_same(const crucible_adwin_options *options,
                    crucible__unpack *unpack) {
  int same = crucible__unpack_f64(unpack) == options->delta;
  same &= crucible__unpack_f64(unpack) == options->range;
  same &= crucible__unpack_u64(unpack) == options->clock;
  same &= crucible__unpack_u64(unpack) == options->max_buckets;
  same &= crucible__unpack_u64(unpack) == options->min_window_length;
  same &= crucible__unpack_u64(unpack) == options->grace_period;
  same &= crucible__unpack_i64(unpack) == options->after_cut;
  return same;
}

void crucible__adwin_pack(const crucible_adwin *adwin, crucible__pack *pack) {
  const crucible__adwin_buckets *buckets = &adwin->buckets;
  const size_t n_slots = crucible__adwin_slots(buckets->max_buckets);
  crucible__pack_mark(pack, MARK);
  pack_options(&adwin->options, pack);
  crucible__pack_u64(pack, adwin->n_values);
  crucible__pack_u64(pack, adwin->n_detections);
  crucible__pack_u64(pack, adwin->start);
  crucible__pack_u64(pack, adwin->detected_at);
  crucible__pack_u64(pack, adwin->left);
  crucible__pack_u64(pack, (uint64_t)adwin->is_drift);
  crucible__pack_f64(pack, buckets->total);
  crucible__pack_f64(pack, buckets->squares);
  crucible__pack_u64(pack, buckets->n_waiting);
  for (size_t level = 0; level < CRUCIBLE__ADWIN_LEVELS; ++level) {
    const double *sums = adwin->slots + buckets->place[level];
    const size_t count = buckets->count[level];
    const size_t settled = level == 0 ? count - buckets->n_waiting : count;
    crucible__pack_u64(pack, count);
    crucible__pack_f64s(pack, sums, count);
    crucible__pack_f64s(pack, sums + n_slots, settled);
  }
}

/* Whether sums and squares of [n] buckets can be such of size values each. */
static int are_possible(const double *sums, const double *squares, size_t n,
                        double size) {
  for (size_t k = 0; k < n; ++k)
    if (!(fabs(sums[k]) <= 2 * CRUCIBLE__ADWIN_VALUE_MAX * size &&
          squares[k] >= 0 && isfinite(squares[k])))
      return 0;
  return 1;
}

static void unpack_level(crucible_adwin *adwin, size_t level,
                         crucible__unpack *unpack) {
  crucible__adwin_buckets *buckets = &adwin->buckets;
  const size_t waiting = level == 0 ? buckets->n_waiting : 0;
  const size_t count = crucible__unpack_count(unpack, 8);
  double *sums = adwin->slots + buckets->place[level];
  double *squares = sums + crucible__adwin_slots(buckets->max_buckets);
  if (count < waiting || count - waiting > buckets->max_buckets)
    unpack->failed = 1;
  if (unpack->failed)
    return;
  const size_t settled = count - waiting;
  const double size = (double)(UINT64_C(1) << level);
  crucible__unpack_f64s(unpack, sums, count);
  crucible__unpack_f64s(unpack, squares, settled);
  memset(squares + settled, 0, waiting * sizeof *squares);
  if (!are_possible(sums, squares, count, size))
    unpack->failed = 1;
  buckets->count[level] = (uint32_t)count;
  buckets->width += (uint64_t)settled << level;
  if (settled > 0)
    buckets->n_levels = (uint32_t)level + 1;
}

/* What later steps rely on. */
static int is_sound(const crucible_adwin *adwin) {
  const crucible__adwin_buckets *buckets = &adwin->buckets;
  const uint64_t width = buckets->width + buckets->n_waiting;
  const double n = (double)width;
  return adwin->n_values <= CRUCIBLE__ADWIN_N_MAX && width <= adwin->n_values &&
         adwin->start <= adwin->n_values - width &&
         (adwin->options.after_cut == CRUCIBLE_ADWIN_RESET ||
          adwin->start == adwin->n_values - width) &&
         adwin->n_detections <= adwin->n_values &&
         adwin->detected_at <= adwin->n_values && adwin->left >= 1 &&
         adwin->left <= adwin->options.clock &&
         fabs(buckets->total) <= 2 * CRUCIBLE__ADWIN_VALUE_MAX * n &&
         buckets->squares >= 0 && isfinite(buckets->squares);
}

void crucible__adwin_unpack(crucible_adwin *adwin, crucible__unpack *unpack) {
  crucible__adwin_buckets *buckets = &adwin->buckets;
  crucible__adwin_clear(buckets, adwin->options.max_buckets);
  crucible__unpack_mark(unpack, MARK);
  if (!are_same(&adwin->options, unpack))
    unpack->failed = 1;
  adwin->n_values = crucible__unpack_u64(unpack);
  adwin->n_detections = crucible__unpack_u64(unpack);
  adwin->start = crucible__unpack_u64(unpack);
  adwin->detected_at = crucible__unpack_u64(unpack);
  const uint64_t left = crucible__unpack_u64(unpack);
  const uint64_t is_drift = crucible__unpack_u64(unpack);
  buckets->total = crucible__unpack_f64(unpack);
  buckets->squares = crucible__unpack_f64(unpack);
  const uint64_t waiting = crucible__unpack_u64(unpack);
  if (left > UINT32_MAX || is_drift > 1 || waiting >= CRUCIBLE__ADWIN_PENDING)
    unpack->failed = 1;
  if (unpack->failed)
    return;
  adwin->left = (uint32_t)left;
  adwin->is_drift = (int32_t)is_drift;
  buckets->n_waiting = (uint32_t)waiting;
  buckets->changed = CRUCIBLE__ADWIN_LEVELS;
  for (size_t level = 0; level < CRUCIBLE__ADWIN_LEVELS && !unpack->failed;
       ++level)
    unpack_level(adwin, level, unpack);
  if (!unpack->failed && !is_sound(adwin))
    unpack->failed = 1;
}

crucible_status crucible_adwin_save(const crucible_adwin *adwin, void *bytes,
                                    size_t capacity, size_t *needed) {
  if (adwin == NULL || needed == NULL || (bytes == NULL && capacity > 0))
    return crucible__fail(CRUCIBLE_E_INVALID, "%s is NULL",
                          adwin == NULL    ? "adwin"
                          : needed == NULL ? "needed"
                                           : "bytes");
  crucible__pack pack = {0};
  crucible__adwin_pack(adwin, &pack);
  return crucible__sealed_end(&pack, bytes, capacity, needed);
}

crucible_status crucible_adwin_load(crucible_adwin *adwin, const void *bytes,
                                    size_t n) {
  crucible_adwin *made;
  if (adwin == NULL || bytes == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "%s is NULL",
                          adwin == NULL ? "adwin" : "bytes");
  crucible__unpack unpack = crucible__sealed_begin(bytes, n);
  CRUCIBLE__TRY(crucible_adwin_create(&adwin->options, &made));
  crucible__adwin_unpack(made, &unpack);
  const crucible_status status =
      crucible__unpack_end(&unpack, "the saved window (or its options differ)");
  if (status == CRUCIBLE_OK)
    memcpy(adwin, made, crucible__adwin_size(made->options.max_buckets));
  crucible_adwin_destroy(made);
  return status;
}
