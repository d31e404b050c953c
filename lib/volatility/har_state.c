/* SPDX-License-Identifier: Apache-2.0 */
/* A HAR as bytes. */
#include <math.h>
#include <string.h>

#include "base/base_alloc.h"
#include "base/base_status.h"
#include "base/pack.h"
#include "volatility/har.h"

enum { BLOCK = CRUCIBLE__HAR_BLOCK, LAGS = CRUCIBLE_HAR_LAGS_MAX };

static const char mark[] = "har_1";

static void pack_har(crucible__pack *out, const crucible_har *har) {
  const crucible_har_options *o = &har->options;
  crucible__pack_mark(out, mark);
  for (size_t i = 0; i < LAGS; ++i)
    crucible__pack_u64(out, o->lags[i]);
  crucible__pack_u64(out, o->horizon);
  crucible__pack_u64(out, o->window);
  crucible__pack_u64(out, o->first);
  crucible__pack_u64(out, o->refit);
  crucible__pack_f64(out, o->floor);
  crucible__pack_u64(out, har->count);
  crucible__pack_u64(out, har->to_fit);
  crucible__pack_u64(out, har->info.n);
  crucible__pack_f64(out, har->info.constant);
  crucible__pack_f64s(out, har->info.coefficients, LAGS);
  crucible__pack_f64(out, har->info.r_squared);
  crucible__pack_f64(out, har->low);
  crucible__pack_f64(out, har->high);
  crucible__pack_f64s(out, har->last, har->ring);
  crucible__pack_f64s(out, har->block, har->ring / BLOCK);
  crucible__pack_u64(out, har->rows);
  if (har->rows > 0) {
    crucible__pack_f64s(out, har->mean + har->begin * har->k,
                        har->rows * har->k);
    crucible__pack_f64s(out, har->target + har->begin, har->rows);
  }
}

crucible_status crucible_har_save(const crucible_har *har, void *bytes,
                                  size_t capacity, size_t *needed) {
  crucible__pack out = {.data = NULL};
  if (har == NULL || needed == NULL || (bytes == NULL && capacity > 0))
    return crucible__fail(CRUCIBLE_E_INVALID, "%s is NULL: give one",
                          har == NULL      ? "har"
                          : needed == NULL ? "needed"
                                           : "bytes");
  pack_har(&out, har);
  return crucible__pack_hand_out(&out, bytes, capacity, needed);
}

static crucible_status damaged(void) {
  return crucible__fail(CRUCIBLE_E_STORE,
                        "the state of a HAR is damaged: push the past "
                        "variances to a new one");
}

static uint32_t unpack_small(crucible__unpack *in) {
  const uint64_t value = crucible__unpack_u64(in);
  if (value > UINT32_MAX)
    in->failed = 1;
  return in->failed ? 0 : (uint32_t)value;
}

static crucible_har_options unpack_options(crucible__unpack *in) {
  crucible_har_options o;
  crucible_har_options_init(&o, sizeof o);
  for (size_t i = 0; i < LAGS; ++i)
    o.lags[i] = unpack_small(in);
  o.horizon = unpack_small(in);
  o.window = unpack_small(in);
  o.first = unpack_small(in);
  o.refit = unpack_small(in);
  o.floor = crucible__unpack_f64(in);
  return o;
}

static int are_variances(const double *values, size_t n, double most) {
  for (size_t i = 0; i < n; ++i)
    if (!(values[i] >= 0 && values[i] <= most))
      return 0;
  return 1;
}

static int is_sound(const crucible_har *har) {
  const crucible_har_info *info = &har->info;
  const uint32_t longer = har->options.first > har->options.refit
                              ? har->options.first
                              : har->options.refit;
  int sound = har->count <= INT64_MAX && har->to_fit >= 1 &&
              har->to_fit <= longer && info->n <= har->options.window &&
              isfinite(info->constant) && isfinite(info->r_squared);
  for (size_t i = 0; i < LAGS; ++i)
    sound = sound && isfinite(info->coefficients[i]);
  if (info->n > 0) /* only rows that horizon more have followed were fitted */
    sound = sound && har->rows > har->options.horizon && har->low > 0 &&
            har->low <= har->high && isfinite(har->high);
  const uint64_t longest = har->options.lags[har->k - 1];
  const uint64_t seen = har->count < longest ? 0 : har->count - longest + 1;
  const uint64_t most = har->room / 2;
  return sound && har->rows == (seen < most ? seen : most) &&
         are_variances(har->last, har->ring, 1e100) &&
         are_variances(har->block, har->ring / BLOCK, 1e103);
}

static crucible_status unpack_har(crucible__unpack *in, crucible_har *har) {
  har->count = crucible__unpack_u64(in);
  har->to_fit = crucible__unpack_u64(in);
  har->info.n = crucible__unpack_u64(in);
  har->info.constant = crucible__unpack_f64(in);
  crucible__unpack_f64s(in, har->info.coefficients, LAGS);
  har->info.r_squared = crucible__unpack_f64(in);
  har->low = crucible__unpack_f64(in);
  har->high = crucible__unpack_f64(in);
  crucible__unpack_f64s(in, har->last, har->ring);
  crucible__unpack_f64s(in, har->block, har->ring / BLOCK);
  const size_t rows = crucible__unpack_count(in, 8 * (har->k + 1));
  if (in->failed || rows > har->room / 2)
    return damaged();
  har->rows = rows;
  crucible__unpack_f64s(in, har->mean, rows * har->k);
  crucible__unpack_f64s(in, har->target, rows);
  if (in->failed || !is_sound(har) ||
      !are_variances(har->mean, rows * har->k, 1e103) ||
      !are_variances(har->target, rows, 1e103))
    return damaged();
  return crucible__unpack_end(in, "a HAR");
}

crucible_status crucible_har_load(const void *bytes, size_t n,
                                  crucible_har **har) {
  if (har == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "har is NULL: give a place for the object");
  *har = NULL;
  if (bytes == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "bytes is NULL: give those of "
                                              "crucible_har_save()");
  crucible__unpack in = {.data = bytes, .length = n};
  crucible_har *made = NULL;
  crucible__unpack_mark(&in, mark);
  const crucible_har_options options = unpack_options(&in);
  if (in.failed)
    return damaged();
  crucible_status status = crucible__har_make(&options, &made);
  if (status != CRUCIBLE_OK)
    return status == CRUCIBLE_E_NOMEM ? status : damaged();
  status = unpack_har(&in, made);
  if (status == CRUCIBLE_OK)
    *har = made;
  else
    crucible_har_destroy(made);
  return status;
}
