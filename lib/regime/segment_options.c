/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>

#include "base/base_alloc.h"
#include "base/base_status.h"
#include "regime/hdbscan.h"
#include "regime/segmenter.h"

enum { QUANTILES_MAX = 1000, WINDOW_MAX = 1 << 24, CLUSTERS_MAX = 1024 };

void crucible_segment_options_init(crucible_segment_options *options,
                                   size_t struct_size) {
  crucible_segment_options defaults = {.kind = CRUCIBLE_SEGMENT_QUANTILES,
                                       .n_columns = 1,
                                       .n_quantiles = 3,
                                       .scaling = CRUCIBLE_SEGMENT_STANDARD,
                                       .window = 8640,
                                       .refit = 288,
                                       .min_overlap = 0.5,
                                       .return_within = 0.5};
  crucible_hdbscan_options_init(&defaults.hdbscan, sizeof defaults.hdbscan);
  defaults.hdbscan.min_cluster_size = 100;
  defaults.hdbscan.min_samples = 10;
  crucible__options_init(options, struct_size, &defaults, sizeof defaults);
}

static crucible_status check_kind(const crucible_segment_options *o) {
  const int is_regimes = o->kind == CRUCIBLE_SEGMENT_REGIMES;
  if (!is_regimes && o->kind != CRUCIBLE_SEGMENT_QUANTILES)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "options.kind is %d: must be "
                          "CRUCIBLE_SEGMENT_QUANTILES or _REGIMES",
                          (int)o->kind);
  if (o->n_columns == 0 || (!is_regimes && o->n_columns > 1))
    return crucible__fail(
        CRUCIBLE_E_INVALID, "options.n_columns is %u: must be %s",
        (unsigned)o->n_columns, is_regimes ? "at least 1" : "1 for quantiles");
  if (o->n_columns > CRUCIBLE_HDBSCAN_DIMS_MAX)
    return crucible__fail(CRUCIBLE_E_UNSUPPORTED,
                          "options.n_columns is %u: at most %d",
                          (unsigned)o->n_columns, CRUCIBLE_HDBSCAN_DIMS_MAX);
  if (o->n_quantiles < 2 || o->n_quantiles > QUANTILES_MAX)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "options.n_quantiles is %u: must be from 2 to %d",
                          (unsigned)o->n_quantiles, QUANTILES_MAX);
  if (o->scaling < CRUCIBLE_SEGMENT_STANDARD ||
      o->scaling > CRUCIBLE_SEGMENT_AS_IS)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "options.scaling is %d: must be "
                          "CRUCIBLE_SEGMENT_STANDARD, _ROBUST or _AS_IS",
                          (int)o->scaling);
  return CRUCIBLE_OK;
}

static crucible_status check_window(const crucible_segment_options *o) {
  if (o->window == 0)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "options.window is 0: must be at least 1");
  if (o->window > WINDOW_MAX)
    return crucible__fail(CRUCIBLE_E_UNSUPPORTED,
                          "options.window is %llu: at most %d",
                          (unsigned long long)o->window, WINDOW_MAX);
  if (o->first > o->window)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "options.first is %llu: must be at most the window, "
                          "%llu",
                          (unsigned long long)o->first,
                          (unsigned long long)o->window);
  if (!(o->min_overlap > 0 && o->min_overlap <= 1))
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "options.min_overlap is %g: must be above 0 and at "
                          "most 1",
                          o->min_overlap);
  if (!(o->return_within >= 0 && isfinite(o->return_within)))
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "options.return_within is %g: must be finite and "
                          ">= 0",
                          o->return_within);
  return CRUCIBLE_OK;
}

/* Fewest and most points of a fit, once every k-th row is taken. */
static void points_of(const crucible_segment_options *o, uint64_t *least,
                      uint64_t *most) {
  *least = o->first > 0 ? o->first : o->window;
  *most = o->window;
  if (o->max_points == 0 || o->max_points >= o->window)
    return;
  const uint64_t thinned = o->max_points / 2 + 1;
  *least = *least < thinned ? *least : thinned;
  *most = o->max_points;
}

static crucible_status check_points(const crucible_segment_options *o) {
  uint64_t least, most;
  points_of(o, &least, &most);
  if (o->kind == CRUCIBLE_SEGMENT_QUANTILES) {
    least = o->first > 0 ? o->first : o->window;
    if (least >= o->n_quantiles)
      return CRUCIBLE_OK;
    return crucible__fail(CRUCIBLE_E_TOO_SHORT,
                          "options.%s is %llu: fewer rows than the %u "
                          "quantiles",
                          o->first > 0 ? "first" : "window",
                          (unsigned long long)least, (unsigned)o->n_quantiles);
  }
  const uint64_t others = crucible__hdbscan_others(&o->hdbscan);
  if (least < 2 || others >= least)
    return crucible__fail(CRUCIBLE_E_TOO_SHORT,
                          "options.first, window and max_points allow fits of "
                          "%llu points: hdbscan.min_samples needs %llu",
                          (unsigned long long)least,
                          (unsigned long long)(others < 1 ? 2 : others + 1));
  if (most / CLUSTERS_MAX > o->hdbscan.min_cluster_size)
    return crucible__fail(CRUCIBLE_E_UNSUPPORTED,
                          "options.hdbscan.min_cluster_size is %llu: at least "
                          "1 / %d of a fit's %llu points",
                          (unsigned long long)o->hdbscan.min_cluster_size,
                          CLUSTERS_MAX, (unsigned long long)most);
  return CRUCIBLE_OK;
}

static crucible_status read_hdbscan(crucible_hdbscan_options *options) {
  crucible_hdbscan_options read;
  crucible_hdbscan_options_init(&read, sizeof read);
  CRUCIBLE__TRY(crucible__options_read(&read, sizeof read, options,
                                       "crucible_hdbscan_options"));
  *options = read;
  return crucible__hdbscan_options_check(options);
}

crucible_status
crucible_segmenter_create(const crucible_segment_options *options,
                          crucible_segmenter **segmenter) {
  if (segmenter == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "segmenter is NULL: pass where to put it");
  *segmenter = NULL;
  crucible_segment_options read;
  crucible_segment_options_init(&read, sizeof read);
  CRUCIBLE__TRY(crucible__options_read(&read, sizeof read, options,
                                       "crucible_segment_options"));
  CRUCIBLE__TRY(check_kind(&read));
  CRUCIBLE__TRY(check_window(&read));
  const crucible_status status = read_hdbscan(&read.hdbscan);
  if (status != CRUCIBLE_OK)
    return crucible__fail_at(status, "hdbscan");
  CRUCIBLE__TRY(check_points(&read));
  return crucible__segmenter_make(&read, segmenter);
}
