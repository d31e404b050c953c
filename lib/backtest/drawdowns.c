/* SPDX-License-Identifier: Apache-2.0 */
#include "backtest/drawdowns.h"

#include "base/base_status.h"

/* Adds the present drawdown as it stands at the close of a bar. */
static crucible_status add(const crucible__dip *dip,
                           crucible__drawdown_table *to, uint32_t column,
                           const int64_t *open_ms, uint64_t bar, double equity,
                           int is_open) {
  if (to->table.n == to->table.capacity)
    CRUCIBLE__TRY(crucible__table_reserve(to, &crucible__drawdown_kind, 1));
  size_t i = to->table.n++;
  to->peak_ms[i] = dip->peak_ms;
  to->valley_ms[i] = dip->valley_ms;
  to->end_ms[i] = open_ms[bar];
  to->peak[i] = dip->peak;
  to->valley[i] = dip->valley;
  to->end[i] = equity;
  to->depth[i] = 1 - dip->valley / dip->peak;
  to->column[i] = column;
  to->bars[i] =
      (uint32_t)(dip->n_before + bar - dip->first + (uint64_t)is_open);
  to->is_open[i] = (int8_t)is_open;
  return CRUCIBLE_OK;
}

crucible_status crucible__dip_note(crucible__dip *dip,
                                   crucible__drawdown_table *drawdowns,
                                   uint32_t column, const int64_t *open_ms,
                                   uint64_t bar, double equity) {
  if (equity < dip->peak) {
    if (!(equity < dip->valley))
      return CRUCIBLE_OK;
    if (dip->valley == dip->peak) {
      dip->first = bar;
      if (bar > dip->origin)
        dip->peak_ms = open_ms[bar - 1];
      else if (!dip->is_carried)
        dip->peak_ms = open_ms[bar];
    }
    dip->valley = equity;
    dip->valley_ms = open_ms[bar];
    return CRUCIBLE_OK;
  }
  if (dip->valley < dip->peak)
    CRUCIBLE__TRY(add(dip, drawdowns, column, open_ms, bar, equity, 0));
  dip->peak = dip->valley = equity;
  dip->n_before = 0;
  return CRUCIBLE_OK;
}

crucible_status crucible__dip_note_curve(crucible__dip *dip,
                                         crucible__drawdown_table *drawdowns,
                                         uint32_t column,
                                         const int64_t *open_ms, uint64_t from,
                                         uint64_t to, const double *curve) {
  for (uint64_t i = from; i < to; ++i)
    if (crucible__dip_moves(dip, curve[i]))
      CRUCIBLE__TRY(
          crucible__dip_note(dip, drawdowns, column, open_ms, i, curve[i]));
  return CRUCIBLE_OK;
}

crucible_status crucible__dip_end_part(crucible__dip *dip,
                                       crucible__drawdown_table *drawdowns,
                                       uint32_t column, const int64_t *open_ms,
                                       uint64_t last_bar, double equity) {
  if (dip->valley < dip->peak) {
    CRUCIBLE__TRY(add(dip, drawdowns, column, open_ms, last_bar, equity, 1));
    dip->n_before += last_bar + 1 - dip->first;
  } else {
    dip->peak_ms = open_ms[last_bar];
  }
  dip->is_carried = 1;
  return CRUCIBLE_OK;
}
