/* SPDX-License-Identifier: Apache-2.0 */
#include "costs/spread_stream.h"

#include <math.h>
#include <string.h>

#include "base/base_alloc.h"
#include "base/base_status.h"
#include "series/bar_rules.h"

static const crucible_spread_options defaults = {
    .struct_size = sizeof defaults, .method = CRUCIBLE_SPREAD_EDGE};

#define WINDOW_MAX 1000000 /* times TIMEFRAME_MAX: no overflow */

void crucible_spread_options_init(crucible_spread_options *options,
                                  size_t struct_size) {
  crucible__options_init(options, struct_size, &defaults, sizeof defaults);
}

crucible_status
crucible__spread_options_read(crucible_spread_options *read,
                              const crucible_spread_options *options) {
  *read = defaults;
  CRUCIBLE__TRY(crucible__options_read(read, sizeof *read, options,
                                       "crucible_spread_options"));
  if (read->method < CRUCIBLE_SPREAD_EDGE ||
      read->method > CRUCIBLE_SPREAD_ROLL)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "method is %d: give one of CRUCIBLE_SPREAD_EDGE to "
                          "CRUCIBLE_SPREAD_ROLL",
                          read->method);
  if (read->negative < CRUCIBLE_SPREAD_SIGNED ||
      read->negative > CRUCIBLE_SPREAD_ZERO)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "negative is %d: give one of CRUCIBLE_SPREAD_SIGNED "
                          "to CRUCIBLE_SPREAD_ZERO",
                          read->negative);
  if (read->gaps != CRUCIBLE_SPREAD_GAPS_JOIN &&
      read->gaps != CRUCIBLE_SPREAD_GAPS_SKIP)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "gaps is %d: give a CRUCIBLE_SPREAD_GAPS_* constant",
                          read->gaps);
  if (!(read->price_tick >= 0 && isfinite(read->price_tick)))
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "price_tick is %g: give the tick, or 0 for none",
                          read->price_tick);
  if (read->reserved != 0)
    return crucible__fail(CRUCIBLE_E_VERSION, "reserved is %d: leave it 0",
                          read->reserved);
  return CRUCIBLE_OK;
}

int64_t crucible__spread_block_end(int64_t time_ms, int64_t block_ms) {
  const int64_t into = time_ms % block_ms;
  return time_ms - (into < 0 ? into + block_ms : into) + block_ms;
}

int64_t crucible__spread_cell_end(int64_t time_ms, size_t n,
                                  int64_t timeframe_ms) {
  const int64_t block_ms = (int64_t)n * timeframe_ms;
  const int64_t cell_ms = (int64_t)crucible__spread_cell(n) * timeframe_ms;
  const int64_t end = crucible__spread_block_end(time_ms, block_ms);
  const int64_t into = time_ms - (end - block_ms);
  const int64_t cell_end = end - block_ms + into - into % cell_ms + cell_ms;
  return cell_end < end ? cell_end : end;
}

void crucible__spread_fold(crucible__spread_sums *sums) {
  for (size_t k = 0; k < CRUCIBLE__SPREAD_TERMS; ++k) {
    sums->whole[k] += sums->part[k];
    sums->part[k] = 0;
  }
}

crucible_status crucible__spread_check_window(size_t window) {
  if (window >= 3 && window <= WINDOW_MAX)
    return CRUCIBLE_OK;
  return crucible__fail(CRUCIBLE_E_INVALID, "window is %zu: give 3 to %d bars",
                        window, WINDOW_MAX);
}

void crucible__spread_stream_clear(crucible_spread_stream *stream) {
  stream->next_ms = stream->cell_ms = INT64_MIN;
  stream->head = stream->n_bars = 0;
  stream->joined = 0;
}

crucible_status
crucible_spread_stream_create(const crucible_spread_options *options,
                              size_t window, int64_t timeframe_ms,
                              crucible_spread_stream **stream) {
  crucible_spread_stream ready = {.window = window};
  crucible__spread_stream_clear(&ready);
  if (stream == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "stream is NULL: give a place for the object");
  *stream = NULL;
  CRUCIBLE__TRY(crucible__spread_options_read(&ready.options, options));
  CRUCIBLE__TRY(crucible__spread_check_window(window));
  if (timeframe_ms <= 0 || timeframe_ms > CRUCIBLE__TIMEFRAME_MAX)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "timeframe_ms is %lld: give the length of a bar",
                          (long long)timeframe_ms);
  ready.timeframe_ms = timeframe_ms;
  ready.n = window - crucible__spread_lag(ready.options.method);
  crucible_spread_stream *made = crucible__alloc(1, sizeof *made);
  if (made == NULL)
    return CRUCIBLE_E_NOMEM;
  *made = ready;
  made->basis =
      crucible__alloc_zero(ready.n, CRUCIBLE__SPREAD_RING * sizeof(double));
  made->backward = crucible__alloc_zero(
      ready.n,
      crucible__spread_terms_of(ready.options.method) * sizeof(double));
  if (made->basis == NULL || made->backward == NULL) {
    crucible_spread_stream_destroy(made);
    return CRUCIBLE_E_NOMEM;
  }
  *stream = made;
  return CRUCIBLE_OK;
}

void crucible_spread_stream_destroy(crucible_spread_stream *stream) {
  if (stream == NULL)
    return;
  crucible__free(stream->basis);
  crucible__free(stream->backward);
  crucible__free(stream);
}

/* A block begins: the sums from each older bar to the newest of them. */
static void begin_block(crucible_spread_stream *stream, int64_t time_ms) {
  const int32_t method = stream->options.method;
  const size_t terms = crucible__spread_terms_of(method);
  crucible__spread_sums sums = {{0}, {0}};
  stream->next_ms = crucible__spread_block_end(
      time_ms, (int64_t)stream->n * stream->timeframe_ms);
  stream->since = 0;
  memset(&stream->forward, 0, sizeof stream->forward);
  size_t k = stream->head;
  for (size_t i = 1; i < stream->n; ++i) {
    k = k == 0 ? stream->n - 1 : k - 1;
    const double *basis = stream->basis + k * CRUCIBLE__SPREAD_RING;
    double *to = stream->backward + k * terms;
    crucible__spread_add(method, basis, sums.part);
    for (size_t term = 0; term < terms; ++term)
      to[term] = sums.whole[term] + sums.part[term];
    if (basis[CRUCIBLE__SPREAD_BASIS] != 0)
      crucible__spread_fold(&sums);
  }
}

/* Where the ring takes the next basis; a cell may begin. */
static double *next_basis(crucible_spread_stream *stream, int64_t time_ms) {
  double *basis = stream->basis + stream->head * CRUCIBLE__SPREAD_RING;
  const int begins = time_ms >= stream->cell_ms;
  if (time_ms >= stream->next_ms)
    begin_block(stream, time_ms);
  else if (begins)
    crucible__spread_fold(&stream->forward);
  if (begins)
    stream->cell_ms =
        crucible__spread_cell_end(time_ms, stream->n, stream->timeframe_ms);
  basis[CRUCIBLE__SPREAD_BASIS] = begins;
  return basis;
}

int crucible__spread_advance(crucible_spread_stream *stream, int64_t time_ms,
                             const crucible__spread_bar *bar, double *sums) {
  static const double none[CRUCIBLE__SPREAD_TERMS] = {0};
  const int32_t method = stream->options.method;
  const size_t terms = crucible__spread_terms_of(method);
  if (stream->joined > 0 && stream->options.gaps == CRUCIBLE_SPREAD_GAPS_SKIP &&
      time_ms != stream->time_ms + stream->timeframe_ms)
    stream->joined = 0;
  double *basis = next_basis(stream, time_ms);
  crucible__spread_basis(method, bar, stream->before, stream->joined, basis);
  crucible__spread_add(method, basis, stream->forward.part);
  ++stream->since;
  stream->head = stream->head + 1 == stream->n ? 0 : stream->head + 1;
  stream->before[1] = stream->before[0];
  stream->before[0] = *bar;
  stream->time_ms = time_ms;
  stream->joined += stream->joined < 2;
  stream->n_bars += stream->n_bars < stream->window;
  /* where the ring is full, its head is the oldest bar of the window */
  const double *older = stream->since < stream->n
                            ? stream->backward + stream->head * terms
                            : none;
  for (size_t k = 0; k < terms; ++k)
    sums[k] = older[k] + (stream->forward.whole[k] + stream->forward.part[k]);
  return stream->n_bars == stream->window;
}

crucible_status crucible_spread_stream_push(crucible_spread_stream *stream,
                                            const crucible_bar *bar,
                                            double *spread) {
  if (stream == NULL || bar == NULL || spread == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "%s is NULL",
                          stream == NULL ? "stream"
                          : bar == NULL  ? "bar"
                                         : "spread");
  if (!(bar->low > 0 && bar->low <= bar->open && bar->low <= bar->close &&
        bar->open <= bar->high && bar->close <= bar->high &&
        isfinite(bar->high)))
    return crucible__fail(
        CRUCIBLE_E_DATA,
        "bar has open %g, high %g, low %g, close %g: low must "
        "be > 0 and the others between low and high",
        bar->open, bar->high, bar->low, bar->close);
  if (bar->open_time_ms < CRUCIBLE__TIME_FIRST ||
      bar->open_time_ms > CRUCIBLE__TIME_LAST ||
      bar->open_time_ms % stream->timeframe_ms != 0 ||
      (stream->n_bars > 0 && bar->open_time_ms <= stream->time_ms))
    return crucible__fail(CRUCIBLE_E_DATA,
                          "bar.open_time_ms is %lld: give a multiple of "
                          "timeframe_ms after the bar before",
                          (long long)bar->open_time_ms);
  const crucible__spread_bar next =
      crucible__spread_bar_of(bar->open, bar->high, bar->low, bar->close);
  double sums[CRUCIBLE__SPREAD_TERMS], told = (double)NAN;
  if (crucible__spread_advance(stream, bar->open_time_ms, &next, sums))
    told = crucible__spread_told(
        &stream->options,
        crucible__spread_of_sums(stream->options.method, stream->n, sums),
        bar->close);
  *spread = told;
  return CRUCIBLE_OK;
}
