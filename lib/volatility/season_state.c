/* SPDX-License-Identifier: Apache-2.0 */
/* A season as bytes. */
#include "volatility/season_state.h"

#include <math.h>
#include <string.h>

#include "base/base_alloc.h"
#include "base/base_status.h"
#include "volatility/season_sample.h"

enum { WEEK = CRUCIBLE__SEASON_WEEK };

static const char mark[] = "season_1";

static crucible_status damaged(void) {
  return crucible__fail(CRUCIBLE_E_STORE,
                        "the state of a season is damaged: fit one from the "
                        "returns");
}

void crucible__season_pack_options(crucible__pack *out,
                                   const crucible_season_options *options) {
  const int64_t words[] = {options->timeframe_ms, options->break_ms,
                           options->smooth_ms,    options->method,
                           options->levels,       options->shapes,
                           options->harmonics,    options->min_days};
  for (size_t i = 0; i < sizeof words / sizeof *words; ++i)
    crucible__pack_i64(out, words[i]);
  crucible__pack_f64(out, options->shrink_days);
  crucible__pack_f64(out, options->shrink_returns);
  crucible__pack_f64(out, options->zero_floor);
}

crucible_status
crucible__season_unpack_options(crucible__unpack *in,
                                crucible_season_options *options) {
  crucible_season_options read = crucible__season_defaults();
  int64_t small[5];
  read.timeframe_ms = crucible__unpack_i64(in);
  read.break_ms = crucible__unpack_i64(in);
  read.smooth_ms = crucible__unpack_i64(in);
  for (size_t i = 0; i < 5; ++i) {
    small[i] = crucible__unpack_i64(in);
    if (small[i] < 0 || small[i] > CRUCIBLE__SEASON_DAYS_MAX)
      in->failed = 1;
  }
  read.shrink_days = crucible__unpack_f64(in);
  read.shrink_returns = crucible__unpack_f64(in);
  read.zero_floor = crucible__unpack_f64(in);
  if (in->failed)
    return damaged();
  read.method = (int32_t)small[0];
  read.levels = (uint32_t)small[1];
  read.shapes = (uint32_t)small[2];
  read.harmonics = (uint32_t)small[3];
  read.min_days = (uint32_t)small[4];
  if (crucible__season_options_read(options, &read) != CRUCIBLE_OK)
    return damaged();
  return CRUCIBLE_OK;
}

void crucible__season_pack(crucible__pack *out, const crucible_season *season) {
  const crucible_season_info *info = &season->info;
  crucible__pack_mark(out, mark);
  crucible__season_pack_options(out, &season->options);
  crucible__pack_u64(out, info->n_returns);
  crucible__pack_u64(out, info->n_breaks);
  crucible__pack_u64(out, info->n_days);
  crucible__pack_u64(out, info->n_times);
  crucible__pack_f64(out, info->break_factor);
  crucible__pack_f64(out, info->lowest);
  crucible__pack_f64(out, info->highest);
  crucible__pack_f64s(out, season->factor, WEEK * season->bins);
}

crucible_status crucible__season_unpack(crucible__unpack *in,
                                        crucible_season **season) {
  crucible_season at = {.bins = 0};
  *season = NULL;
  crucible__unpack_mark(in, mark);
  CRUCIBLE__TRY(crucible__season_unpack_options(in, &at.options));
  at.bins = (size_t)(CRUCIBLE__SEASON_DAY_MS / at.options.timeframe_ms);
  at.info.n_returns = crucible__unpack_u64(in);
  at.info.n_breaks = crucible__unpack_u64(in);
  const uint64_t days = crucible__unpack_u64(in);
  const uint64_t times = crucible__unpack_u64(in);
  at.info.break_factor = crucible__unpack_f64(in);
  at.info.lowest = crucible__unpack_f64(in);
  at.info.highest = crucible__unpack_f64(in);
  if (in->failed || days > UINT32_MAX || times > UINT32_MAX ||
      WEEK * at.bins > (in->length - in->at) / 8)
    return damaged();
  at.info.n_days = (uint32_t)days;
  at.info.n_times = (uint32_t)times;
  at.factor = crucible__alloc(WEEK * at.bins, sizeof *at.factor);
  crucible_season *made = crucible__alloc(1, sizeof *made);
  if (at.factor == NULL || made == NULL) {
    crucible__free(at.factor);
    crucible__free(made);
    return CRUCIBLE_E_NOMEM;
  }
  crucible__unpack_f64s(in, at.factor, WEEK * at.bins);
  *made = at;
  if (in->failed || !crucible__season_is_sound(made)) {
    crucible_season_destroy(made);
    return damaged();
  }
  *season = made;
  return CRUCIBLE_OK;
}

crucible_status crucible_season_save(const crucible_season *season, void *bytes,
                                     size_t capacity, size_t *needed) {
  crucible__pack out = {.data = NULL};
  if (season == NULL || needed == NULL || (bytes == NULL && capacity > 0))
    return crucible__fail(CRUCIBLE_E_INVALID, "%s is NULL: give one",
                          season == NULL   ? "season"
                          : needed == NULL ? "needed"
                                           : "bytes");
  crucible__season_pack(&out, season);
  return crucible__pack_hand_out(&out, bytes, capacity, needed);
}

crucible_status crucible_season_load(const void *bytes, size_t n,
                                     crucible_season **season) {
  crucible_season *made = NULL;
  if (season == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "season is NULL: give a place for the object");
  *season = NULL;
  if (bytes == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "bytes is NULL: give those of "
                                              "crucible_season_save()");
  crucible__unpack in = {.data = bytes, .length = n};
  CRUCIBLE__TRY(crucible__season_unpack(&in, &made));
  const crucible_status status = crucible__unpack_end(&in, "a season");
  if (status == CRUCIBLE_OK)
    *season = made;
  else
    crucible_season_destroy(made);
  return status;
}
