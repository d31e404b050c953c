/* SPDX-License-Identifier: Apache-2.0 */
/* A calibration of the watchtower's rules for the terminal, as JSON and as an
   HTML page. */
#ifndef CALIBRATE_PRINT_H
#define CALIBRATE_PRINT_H

#include <crucible/crucible.h>

#include "run_json.h"
#include "run_text.h"

typedef struct calibration_view {
  const crucible_calibration *calibration;
  crucible_calibration_head head;
  crucible_calibrate_options options; /* sharpes and horizons are set */
  crucible_instrument instrument;
  crucible_bars bars;
  const char *null_name; /* "flipped", ... */
  int shows_horizons;    /* the user's; else the text has the last alone */
} calibration_view;

/* A row by Sharpe ratio, set of rules and horizon. */
crucible_calibration_row calibration_row(const calibration_view *view,
                                         size_t sharpe, int32_t set,
                                         size_t horizon);
/* "blueprint", "anytime"; what acts: "both", or "chosen". NULL: the same as one
   of the two. */
const char *rule_set_name(const calibration_view *view, int32_t set);

/* "1.25 %"; "0.4 to 3.8 %"; "12.3 d", "> 30.0 d" beyond the horizon, "-". */
figure share_figure(const crucible_share *share);
figure share_interval(const crucible_share *share);
figure calibration_days(const calibration_view *view, double bars,
                        uint32_t horizon);

/* What was traded, in sentences. */
void calibration_words(run_text *text, const calibration_view *view);

/* Exit codes. */
int calibration_print(const calibration_view *view);
int calibration_print_json(const calibration_view *view);
/* Adds the page. */
void calibration_write_html(const calibration_view *view, run_text *page);

#endif
