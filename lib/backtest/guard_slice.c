/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <string.h>

#include "backtest/guard.h"
#include "base/base_alloc.h"
#include "base/base_status.h"
#include "series/bars.h"

/* How far behind the end a callback may read and still find NaN. Whoever goes
   further leaves the block, which memory checkers see. */
enum { BEHIND = 64 };

crucible_status crucible__guard_slice_make(size_t n_bars,
                                           crucible__guard_slice *slice) {
  *slice = (crucible__guard_slice){.capacity = n_bars};
  size_t stride = n_bars + BEHIND;
  int64_t *block =
      crucible__alloc(stride, (CRUCIBLE__GUARD_COLUMNS + 1) * sizeof *block);
  if (block == NULL)
    return CRUCIBLE_E_NOMEM;
  slice->time = block;
  for (size_t i = 0; i < CRUCIBLE__GUARD_COLUMNS; ++i)
    slice->column[i] = (double *)(void *)(block + (i + 1) * stride);
  return CRUCIBLE_OK;
}

void crucible__guard_slice_free(crucible__guard_slice *slice) {
  crucible__free(slice->time);
  *slice = (crucible__guard_slice){.capacity = 0};
}

static void set_view(crucible__guard_slice *slice, const crucible_bars *bars,
                     size_t n) {
  crucible_bars *view = &slice->view;
  *view = *bars; /* symbol, timeframe, tick, lot */
  view->n = n;
  view->open_time_ms = slice->time;
  view->open = slice->column[0];
  view->high = slice->column[1];
  view->low = slice->column[2];
  view->close = slice->column[3];
  view->volume = slice->column[4];
  view->quote_volume = bars->quote_volume != NULL ? slice->column[5] : NULL;
  view->trades = bars->trades != NULL ? slice->column[6] : NULL;
  view->taker_buy_base = bars->taker_buy_base != NULL ? slice->column[7] : NULL;
}

void crucible__guard_slice_fill(crucible__guard_slice *slice,
                                const crucible_bars *bars, size_t begin,
                                size_t end) {
  const double *const from[CRUCIBLE__GUARD_COLUMNS] = {
      bars->open,   bars->high,         bars->low,    bars->close,
      bars->volume, bars->quote_volume, bars->trades, bars->taker_buy_base};
  size_t n = end - begin, room = slice->capacity + BEHIND;
  memcpy(slice->time, bars->open_time_ms + begin, n * sizeof *slice->time);
  for (size_t i = n; i < room; ++i)
    slice->time[i] = INT64_MAX;
  for (size_t c = 0; c < CRUCIBLE__GUARD_COLUMNS; ++c) {
    if (from[c] == NULL)
      continue;
    memcpy(slice->column[c], from[c] + begin, n * sizeof(double));
    for (size_t i = n; i < room; ++i)
      slice->column[c][i] = (double)NAN;
  }
  set_view(slice, bars, n);
}

void crucible__guard_slice_add_still(crucible__guard_slice *slice,
                                     const crucible_bars *bars, size_t index) {
  size_t last = slice->view.n++;
  double price = slice->column[3][last - 1];
  slice->time[last] = bars->open_time_ms[index];
  for (size_t c = 0; c < 4; ++c)
    slice->column[c][last] = price;
  double volume = 2 * bars->volume[index];
  slice->column[4][last] = volume;
  if (bars->quote_volume != NULL)
    slice->column[5][last] = volume * price;
  if (bars->trades != NULL)
    slice->column[6][last] = 2 * bars->trades[index];
  if (bars->taker_buy_base != NULL)
    slice->column[7][last] = volume / 2;
}

crucible_status crucible__guard_source(const crucible_column_source *given,
                                       crucible_column_source *source) {
  *source = (crucible_column_source){.struct_size = sizeof *source};
  if (given == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "source is NULL");
  CRUCIBLE__TRY(
      crucible__options_read(source, sizeof *source, given, "source"));
  if (source->compute == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "source.compute is NULL: give the function that "
                          "computes the columns");
  if (source->n_columns == 0)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "source.n_columns is 0: give the number of columns "
                          "that compute fills");
  if (source->kind != CRUCIBLE_COLUMNS_DOUBLES &&
      source->kind != CRUCIBLE_COLUMNS_FLAGS)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "source.kind is %d: give CRUCIBLE_COLUMNS_DOUBLES or "
                          "_FLAGS",
                          (int)source->kind);
  if (source->is_thread_safe != 0 && source->is_thread_safe != 1)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "source.is_thread_safe is %d: give 0 or 1",
                          (int)source->is_thread_safe);
  return CRUCIBLE_OK;
}

crucible_status crucible__guard_bars(const crucible_bars *given, size_t least,
                                     crucible_bars *bars) {
  CRUCIBLE__TRY(crucible__bars_check_view(given, bars));
  if (bars->n < least)
    return crucible__fail(CRUCIBLE_E_TOO_SHORT,
                          "bars.n is %zu: the test needs at least %zu", bars->n,
                          least);
  return crucible_bars_validate(bars);
}

crucible_status crucible__guard_answer(int32_t answer, const char *callback,
                                       size_t n_bars, int *is_short) {
  *is_short = answer == CRUCIBLE_E_TOO_SHORT;
  if (answer == 0 || *is_short)
    return CRUCIBLE_OK;
  return crucible__fail(CRUCIBLE_E_CALLBACK,
                        "%s returned %d on %zu bars: 0 is success, %d (%s) "
                        "means that they are too few",
                        callback, (int)answer, n_bars, CRUCIBLE_E_TOO_SHORT,
                        crucible_status_name(CRUCIBLE_E_TOO_SHORT));
}

crucible_status crucible__guard_compute(const crucible_column_source *source,
                                        const crucible__guard_slice *slice,
                                        void *values, int *is_short) {
  size_t n = slice->view.n * source->n_columns;
  if (source->kind == CRUCIBLE_COLUMNS_FLAGS) {
    memset(values, 0, n);
  } else {
    double *numbers = values;
    for (size_t i = 0; i < n; ++i)
      numbers[i] = (double)NAN;
  }
  int32_t answer = source->compute(&slice->view, values, source->user_data);
  return crucible__guard_answer(answer, "source.compute", slice->view.n,
                                is_short);
}

crucible_status crucible__guard_desks_make(uint32_t n, size_t n_bars,
                                           const crucible_column_source *source,
                                           crucible__guard_desk **desks) {
  *desks = crucible__alloc_zero(n, sizeof **desks);
  if (*desks == NULL)
    return CRUCIBLE_E_NOMEM;
  for (uint32_t i = 0; i < n; ++i) {
    crucible__guard_desk *desk = &(*desks)[i];
    CRUCIBLE__TRY(crucible__guard_slice_make(n_bars, &desk->slice));
    desk->values = crucible__alloc(source->n_columns,
                                   n_bars * crucible__guard_width(source));
    if (desk->values == NULL)
      return CRUCIBLE_E_NOMEM;
  }
  return CRUCIBLE_OK;
}

void crucible__guard_desks_free(uint32_t n, crucible__guard_desk *desks) {
  for (uint32_t i = 0; i < n && desks != NULL; ++i) {
    crucible__guard_slice_free(&desks[i].slice);
    crucible__free(desks[i].values);
  }
  crucible__free(desks);
}
