/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Drawdowns, noted while the equity goes by: two comparisons a bar, more only
 * where a peak or a valley moves. A drawdown ends as soon as the equity is at
 * the peak again, as crucible__return_sums has it.
 */
#ifndef CRUCIBLE__DRAWDOWNS_H
#define CRUCIBLE__DRAWDOWNS_H

#include "backtest/record_table.h"

/* The peak and the lowest since; valley == peak: no drawdown. */
typedef struct crucible__dip {
  double peak, valley;
  uint64_t first;      /* bar that closed below the peak first */
  uint64_t valley_bar; /* first bar at the valley */
} crucible__dip;

static inline void crucible__dip_init(crucible__dip *dip, double equity) {
  *dip = (crucible__dip){.peak = equity, .valley = equity};
}

/* Whether a close moves the peak or the valley. A vector kernel may ask for
   eight accounts at once and note only those. */
static inline int crucible__dip_moves(const crucible__dip *dip, double equity) {
  return !(equity < dip->peak) || equity < dip->valley;
}

/*
 * Notes the close of a bar; closes that do not move the dip may be left out.
 * open_ms: [bars of the run] open times. E_NOMEM changes nothing.
 */
crucible_status crucible__dip_note(crucible__dip *dip,
                                   crucible__drawdown_table *drawdowns,
                                   uint32_t column, const int64_t *open_ms,
                                   uint64_t bar, double equity);

/* The same for bars [from, to), whose closes curve[from ..] shows. */
crucible_status crucible__dip_note_curve(crucible__dip *dip,
                                         crucible__drawdown_table *drawdowns,
                                         uint32_t column,
                                         const int64_t *open_ms, uint64_t from,
                                         uint64_t to, const double *curve);

/* Records the drawdown that is open after the last bar, if there is one; the
   dip stays, so that a run can be continued. */
crucible_status crucible__dip_end(const crucible__dip *dip,
                                  crucible__drawdown_table *drawdowns,
                                  uint32_t column, const int64_t *open_ms,
                                  uint64_t last_bar, double equity);

#endif
