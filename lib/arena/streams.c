/* SPDX-License-Identifier: Apache-2.0 */
/* Which features of a lane are computed, and for how many who look at them. */
#include "arena/streams.h"

#include <math.h>
#include <string.h>

#include "base/base_alloc.h"
#include "base/base_status.h"
#include "base/pool.h"
#include "series/bars.h"

static int is_same_spec(const crucible_feature_spec *a,
                        const crucible_feature_spec *b) {
  if (strcmp(a->name, b->name) != 0)
    return 0;
  for (int i = 0; i < CRUCIBLE_FEATURE_PARAMS_MAX; ++i)
    if (a->params[i] != b->params[i] &&
        !(isnan(a->params[i]) && isnan(b->params[i])))
      return 0;
  return 1;
}

/* The spec with every parameter as it counts; its name outlives the genome. */
static crucible_status resolve(const crucible_feature_spec *spec,
                               crucible__stream *stream) {
  crucible_feature_info info = {.struct_size = sizeof info};
  CRUCIBLE__TRY(crucible_feature_find(spec->name, &info));
  stream->spec = *spec;
  stream->spec.name = info.name;
  for (uint32_t i = 0; i < CRUCIBLE_FEATURE_PARAMS_MAX; ++i)
    if (i >= info.n_params)
      stream->spec.params[i] = (double)NAN;
    else if (isnan(stream->spec.params[i]))
      stream->spec.params[i] = info.params[i].default_value;
  size_t lookback;
  CRUCIBLE__TRY(crucible_feature_lookback(&stream->spec, &lookback));
  stream->memory_bars = info.is_recursive ? SIZE_MAX : lookback + 1;
  return CRUCIBLE_OK;
}

/* The first empty place, or a new one at the end. */
static crucible_status find_place(crucible__lane *lane, size_t *place) {
  size_t n = lane->n_streams;
  for (*place = 0; *place < n; ++*place)
    if (lane->streams[*place].set == NULL)
      return CRUCIBLE_OK;
  CRUCIBLE__TRY(crucible__grow((void **)&lane->streams, &lane->streams_capacity,
                               n + 1, sizeof *lane->streams));
  return crucible__grow((void **)&lane->values, &lane->values_capacity, n + 1,
                        sizeof *lane->values);
}

crucible_status crucible__lane_look(crucible__lane *lane,
                                    const crucible_feature_spec *spec,
                                    size_t *stream) {
  crucible__stream wanted = {.n_users = 1, .is_cold = 1};
  CRUCIBLE__TRY(resolve(spec, &wanted));
  for (size_t i = 0; i < lane->n_streams; ++i)
    if (lane->streams[i].set != NULL &&
        is_same_spec(&lane->streams[i].spec, &wanted.spec)) {
      ++lane->streams[i].n_users;
      *stream = i;
      return CRUCIBLE_OK;
    }
  size_t place;
  CRUCIBLE__TRY(find_place(lane, &place));
  CRUCIBLE__TRY(crucible_feature_set_create(&wanted.spec, 1, lane->has,
                                            lane->timeframe_ms, &wanted.set));
  lane->streams[place] = wanted;
  lane->values[place] = (double)NAN;
  if (place == lane->n_streams)
    ++lane->n_streams;
  *stream = place;
  return CRUCIBLE_OK;
}

void crucible__lane_look_away(crucible__lane *lane, size_t stream) {
  if (--lane->streams[stream].n_users > 0)
    return;
  crucible_feature_set_destroy(lane->streams[stream].set);
  lane->streams[stream].set = NULL;
  while (lane->n_streams > 0 && lane->streams[lane->n_streams - 1].set == NULL)
    --lane->n_streams;
}

static crucible_status warm_up(size_t i, uint32_t worker, void *data) {
  crucible__lane *lane = data;
  crucible__stream *stream = &lane->streams[i];
  (void)worker;
  if (stream->set == NULL || !stream->is_cold)
    return CRUCIBLE_OK;
  crucible_bars bars = crucible__lane_bars(lane, NULL, 0, 0);
  size_t from = bars.n > stream->memory_bars ? bars.n - stream->memory_bars : 0;
  double value = (double)NAN;
  for (size_t t = from; t < bars.n; ++t) {
    crucible_bar bar = crucible__bars_at(&bars, t);
    CRUCIBLE__TRY(crucible_feature_set_push(stream->set, &bar, &value));
  }
  lane->values[i] = value;
  stream->is_cold = 0;
  return CRUCIBLE_OK;
}

crucible_status crucible__lane_warm_up(crucible__lane *lane,
                                       crucible_pool *pool) {
  return crucible__pool_run(pool, lane->n_streams, warm_up, lane, NULL);
}
