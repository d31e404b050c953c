/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Drawdowns, noted while the equity goes by: two comparisons a bar, more only
 * where a peak or a valley moves. A drawdown ends as soon as the equity is at
 * the peak again, as crucible__return_sums has it.
 */
#ifndef CRUCIBLE__DRAWDOWNS_H
#define CRUCIBLE__DRAWDOWNS_H

#include "backtest/record_table.h"

/* The peak and the lowest since; valley == peak: no drawdown. Bars are counted
   within a part of a run, times and counts go on from part to part. */
typedef struct crucible__dip {
  double peak, valley;
  int64_t peak_ms, valley_ms;
  uint64_t origin;     /* first bar of the part */
  uint64_t first;      /* first close of the part below the peak */
  uint64_t n_before;   /* closes below the peak in the parts before */
  uint64_t is_carried; /* peak_ms is known from them */
} crucible__dip;

static inline void crucible__dip_init(crucible__dip *dip, double equity) {
  *dip = (crucible__dip){.peak = equity, .valley = equity};
}

/* Before the first bar of a part, also of the first one. */
static inline void crucible__dip_begin_part(crucible__dip *dip,
                                            uint64_t first_bar) {
  dip->origin = dip->first = first_bar;
}

/* Whether a close moves the peak or the valley. A vector kernel may ask for
   eight accounts at once and note only those. */
static inline int crucible__dip_moves(const crucible__dip *dip, double equity) {
  return !(equity < dip->peak) || equity < dip->valley;
}

/*
 * Notes the close of a bar; closes that do not move the dip may be left out.
 * open_ms: [bars of the part] open times. E_NOMEM changes nothing.
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

/* After the last bar of a part: records the drawdown that is open, if there is
   one, and stands ready for the next part. */
crucible_status crucible__dip_end_part(crucible__dip *dip,
                                       crucible__drawdown_table *drawdowns,
                                       uint32_t column, const int64_t *open_ms,
                                       uint64_t last_bar, double equity);

#endif
