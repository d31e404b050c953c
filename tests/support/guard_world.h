/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The recorded bars, every feature of them, and what the tests of the guards
 * ask for. Include after <cmocka.h>; link series_files.c.
 */
#ifndef TESTS_SUPPORT_GUARD_WORLD_H
#define TESTS_SUPPORT_GUARD_WORLD_H

#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <crucible/crucible.h>

#include "support/series_files.h"

enum { FEATURES_MAX = 256 };

typedef struct world {
  crucible_series *series;
  crucible_bars bars;
} world;

static inline int set_up(void **state) {
  static const char bitcoin[] =
      CRUCIBLE_SOURCE_DIR "/examples/data/BTCUSDT-5m-2023-03-20_2023-03-28.csv";
  world *w = calloc(1, sizeof *w);
  assert_non_null(w);
  if (crucible_series_read_csv(bitcoin, NULL, &w->series) != CRUCIBLE_OK)
    return -1;
  w->bars = view_of(w->series);
  *state = w;
  return 0;
}

static inline int tear_down(void **state) {
  world *w = *state;
  crucible_series_destroy(w->series);
  free(w);
  return 0;
}

static inline void must(crucible_status status) {
  if (status != CRUCIBLE_OK)
    fail_msg("%s: %s", crucible_status_name(status), crucible_last_error());
}

static inline crucible_column_source source_of(crucible_columns_cb compute,
                                               size_t n_columns, int32_t kind) {
  return (crucible_column_source){.struct_size = sizeof(crucible_column_source),
                                  .compute = compute,
                                  .n_columns = n_columns,
                                  .kind = kind};
}

/* ---- features ---- */

typedef struct feature_list {
  crucible_feature_spec specs[FEATURES_MAX];
  int32_t is_recursive[FEATURES_MAX];
  size_t n;
} feature_list;

/* Those that the bars have the columns for, with their usual parameters. */
static inline void every_feature(const crucible_bars *bars,
                                 feature_list *list) {
  const double usual = (double)NAN;
  uint32_t has =
      (bars->quote_volume != NULL ? CRUCIBLE_NEEDS_QUOTE_VOLUME : 0U) |
      (bars->trades != NULL ? CRUCIBLE_NEEDS_TRADES : 0U) |
      (bars->taker_buy_base != NULL ? CRUCIBLE_NEEDS_TAKER_BUY_BASE : 0U);
  list->n = 0;
  for (size_t i = 0; i < crucible_feature_count(); ++i) {
    crucible_feature_info info = {.struct_size = sizeof info};
    must(crucible_feature_at(i, &info));
    if ((info.needs & ~has) != 0)
      continue;
    assert_true(list->n < FEATURES_MAX);
    list->is_recursive[list->n] = info.is_recursive;
    list->specs[list->n++] =
        (crucible_feature_spec){info.name, {usual, usual, usual, usual}};
  }
}

/* A source's callback; its data are the list. */
static inline int32_t features(const crucible_bars *bars, void *values,
                               void *data) {
  const feature_list *list = data;
  return crucible_features_compute(list->specs, list->n, bars, NULL, values);
}

#endif
