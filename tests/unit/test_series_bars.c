/* SPDX-License-Identifier: Apache-2.0 */
/* Views and series: checks, gaps, sessions, slices, appending, resampling. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <float.h>
#include <math.h>
#include <string.h>

#include <crucible/series.h>

#include "base/sha256.h"
#include "series/bars.h"
#include "series/resample.h"
#include "support/near.h"
#include "support/series_files.h"

enum { N = 6, MINUTE = 60000 };

/* Six minutes from 0 on; the fifth is missing. */
typedef struct sample {
  int64_t time[N];
  double open[N], high[N], low[N], close[N], volume[N], quote[N], trades[N],
      taker[N];
  crucible_bars bars;
} sample;

static void fill(sample *s) {
  for (int i = 0; i < N; ++i) {
    s->time[i] = (int64_t)MINUTE * (i < 4 ? i : i + 1);
    s->open[i] = 100 + i;
    s->high[i] = 103 + i;
    s->low[i] = 99 + i;
    s->close[i] = 101 + i;
    s->volume[i] = (i + 1) / 10.0;
    s->quote[i] = 101 * (i + 1) / 10.0;
    s->trades[i] = i;
    s->taker[i] = (i + 1) / 20.0;
  }
  s->bars = (crucible_bars){.struct_size = sizeof s->bars,
                            .n = N,
                            .open_time_ms = s->time,
                            .open = s->open,
                            .high = s->high,
                            .low = s->low,
                            .close = s->close,
                            .volume = s->volume,
                            .quote_volume = s->quote,
                            .trades = s->trades,
                            .taker_buy_base = s->taker,
                            .timeframe_ms = MINUTE,
                            .symbol = "X",
                            .price_tick = 0.01,
                            .lot_step = 0.001};
}

static crucible_series *made(const crucible_bars *bars) {
  crucible_series *series;
  if (crucible_series_create(bars, &series) != CRUCIBLE_OK)
    fail_msg("%s", crucible_last_error());
  return series;
}

static void a_series_is_a_copy_of_the_bars(void **state) {
  (void)state;
  sample s, kept;
  fill(&s);
  fill(&kept);
  crucible_series *series = made(&s.bars);
  memset(s.volume, 0, sizeof s.volume);
  const crucible_bars view = view_of(series);
  assert_same_bars(&view, &kept.bars);
  assert_same_bits(view.price_tick, 0.01);
  assert_same_bits(view.lot_step, 0.001);
  crucible_series_destroy(series);
  crucible_series_destroy(NULL);
}

static void absent_columns_stay_absent(void **state) {
  (void)state;
  sample s;
  fill(&s);
  s.bars.trades = NULL;
  s.bars.symbol = NULL;
  crucible_series *series = made(&s.bars);
  const crucible_bars view = view_of(series);
  assert_null(view.trades);
  assert_null(view.symbol);
  assert_true(isnan(crucible__bars_at(&view, 0).trades));
  assert_same_bits(crucible__bars_at(&view, 1).quote_volume, s.quote[1]);
  crucible_series_destroy(series);
}

/* One change of a sample and what is said of it. */
typedef struct fault {
  const char *says;
  crucible_status status;
  void (*apply)(sample *s);
} fault;

static void nan_open(sample *s) { s->open[2] = (double)NAN; }
static void infinite_high(sample *s) { s->high[2] = (double)INFINITY; }
static void zero_low(sample *s) { s->low[2] = 0; }
static void high_below_low(sample *s) { s->high[2] = 100.5; }
static void close_above_high(sample *s) { s->close[2] = 105.5; }
static void negative_volume(sample *s) { s->volume[2] = -1; }
static void nan_quote(sample *s) { s->quote[2] = (double)NAN; }
static void half_trade(sample *s) { s->trades[2] = 1.5; }
static void huge_trades(sample *s) { s->trades[2] = 1e300; }
static void much_taker(sample *s) { s->taker[2] = 9; }
static void twice(sample *s) { s->time[2] = s->time[1]; }
static void backwards(sample *s) { s->time[2] = 0; }
static void off_grid(sample *s) { s->time[2] += 1; }
static void far_time(sample *s) { s->time[2] = INT64_MAX; }
static void no_size(sample *s) { s->bars.struct_size = 0; }
static void short_size(sample *s) { s->bars.struct_size -= 40; }
static void huge_size(sample *s) { s->bars.struct_size = SIZE_MAX; }
static void no_close(sample *s) { s->bars.close = NULL; }
static void no_time(sample *s) { s->bars.open_time_ms = NULL; }
static void no_timeframe(sample *s) { s->bars.timeframe_ms = 0; }
static void long_timeframe(sample *s) { s->bars.timeframe_ms = INT64_MAX; }

static const fault faults[] = {
    {"bar 2: open nan is not a finite number", CRUCIBLE_E_DATA, nan_open},
    {"bar 2: high inf is not a finite number", CRUCIBLE_E_DATA, infinite_high},
    {"bar 2: low 0 is not above 0", CRUCIBLE_E_DATA, zero_low},
    {"bar 2: high 100.5 is below low 101", CRUCIBLE_E_DATA, high_below_low},
    {"bar 2: close 105.5 is above high 105", CRUCIBLE_E_DATA, close_above_high},
    {"bar 2: volume -1 is negative", CRUCIBLE_E_DATA, negative_volume},
    {"bar 2: quote_volume nan is not a finite", CRUCIBLE_E_DATA, nan_quote},
    {"bar 2: trades 1.5 is not a whole number", CRUCIBLE_E_DATA, half_trade},
    {"bar 2: trades 1e+300 is not a whole number", CRUCIBLE_E_DATA,
     huge_trades},
    {"bar 2: taker_buy_base 9 is above volume 0.3", CRUCIBLE_E_DATA,
     much_taker},
    {"bar 2: open_time 1970-01-01T00:01:00Z repeats that of the bar before",
     CRUCIBLE_E_DATA, twice},
    {"bar 2: open_time 1970-01-01T00:00:00Z is earlier than that",
     CRUCIBLE_E_DATA, backwards},
    {"bar 2: open_time 1970-01-01T00:02:00.001Z is not a multiple of the "
     "timeframe of 60000 ms",
     CRUCIBLE_E_DATA, off_grid},
    {"bar 2: open_time 9223372036854775807 ms is outside the years",
     CRUCIBLE_E_DATA, far_time},
    {"bars.struct_size is 0: set it to sizeof(crucible_bars)",
     CRUCIBLE_E_INVALID, no_size},
    {"set it to sizeof(crucible_bars)", CRUCIBLE_E_INVALID, short_size},
    {"set it to sizeof(crucible_bars)", CRUCIBLE_E_INVALID, huge_size},
    {"bars.close is NULL with n = 6", CRUCIBLE_E_INVALID, no_close},
    {"bars.open_time_ms is NULL", CRUCIBLE_E_INVALID, no_time},
    {"bars.timeframe_ms is 0", CRUCIBLE_E_INVALID, no_timeframe},
    {"bars.timeframe_ms is 9223372036854775807", CRUCIBLE_E_INVALID,
     long_timeframe},
};

static void a_wrong_bar_is_refused_with_its_index(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof faults / sizeof faults[0]; ++i) {
    sample s;
    fill(&s);
    faults[i].apply(&s);
    crucible_status status = crucible_bars_validate(&s.bars);
    if (status != faults[i].status ||
        strstr(crucible_last_error(), faults[i].says) == NULL)
      fail_msg("%s\n  is %s: %s", faults[i].says, crucible_status_name(status),
               crucible_last_error());
    crucible_series *series = (crucible_series *)&s;
    assert_int_equal(crucible_series_create(&s.bars, &series),
                     faults[i].status);
    assert_null(series);
  }
}

static void arguments_that_are_missing_are_refused(void **state) {
  (void)state;
  sample s;
  fill(&s);
  size_t n;
  uint8_t digest[32];
  crucible_series *series = made(&s.bars), *other;
  crucible_bars view = {.struct_size = sizeof view}, none = {0};
  assert_int_equal(crucible_series_create(NULL, &other), CRUCIBLE_E_INVALID);
  assert_null(other);
  assert_int_equal(crucible_series_create(&s.bars, NULL), CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_series_view(NULL, &view), CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_series_view(series, NULL), CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_series_view(series, &none), CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_series_append(NULL, series), CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_series_append(series, NULL), CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_series_resample(NULL, MINUTE, &other),
                   CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_series_resample(series, MINUTE, NULL),
                   CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_bars_validate(NULL), CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_bars_gaps(&s.bars, NULL, 1, &n),
                   CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_bars_gaps(&s.bars, NULL, 0, NULL),
                   CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_bars_gaps(&none, NULL, 0, &n), CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_bars_sessions(&s.bars, -1, NULL, 0, &n),
                   CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_bars_sessions(&s.bars, 0, NULL, 1, &n),
                   CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_bars_slice(&s.bars, 0, 1, NULL),
                   CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_bars_slice(&s.bars, 0, 1, &none),
                   CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_bars_hash(&s.bars, NULL), CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_bars_hash(NULL, digest), CRUCIBLE_E_INVALID);
  s.bars.n = 0;
  assert_int_equal(crucible_series_create(&s.bars, &other),
                   CRUCIBLE_E_TOO_SHORT);
  assert_null(other);
  fill(&s);
  s.bars.price_tick = -1;
  assert_int_equal(crucible_series_create(&s.bars, &other), CRUCIBLE_E_INVALID);
  crucible_series_destroy(series);
}

static void a_shorter_struct_of_the_caller_is_served(void **state) {
  (void)state;
  sample s;
  fill(&s);
  /* a caller whose struct ends with timeframe_ms: the rest is unknown */
  s.bars.struct_size = offsetof(crucible_bars, symbol);
  crucible_series *series = made(&s.bars);
  assert_null(view_of(series).symbol);
  crucible_bars shorter;
  memset(&shorter, 0x55, sizeof shorter);
  const crucible_bars before = shorter;
  shorter.struct_size = offsetof(crucible_bars, symbol);
  assert_int_equal(crucible_series_view(series, &shorter), CRUCIBLE_OK);
  assert_int_equal(shorter.n, N);
  assert_int_equal(shorter.struct_size, offsetof(crucible_bars, symbol));
  assert_memory_equal(&shorter.symbol, &before.symbol,
                      sizeof shorter - offsetof(crucible_bars, symbol));
  crucible_series_destroy(series);
}

static void
a_longer_struct_of_the_caller_is_served_while_its_end_is_zero(void **state) {
  (void)state;
  struct {
    sample s;
    double added[2];
  } longer = {.added = {0, 0}};
  fill(&longer.s);
  longer.s.bars.struct_size = sizeof longer.s.bars + sizeof longer.added;
  assert_int_equal(crucible_bars_validate(&longer.s.bars), CRUCIBLE_OK);
  longer.added[1] = 1;
  assert_int_equal(crucible_bars_validate(&longer.s.bars), CRUCIBLE_E_VERSION);
}

static void gaps_and_sessions_are_found(void **state) {
  (void)state;
  sample s;
  fill(&s);
  crucible_gap gaps[2] = {{0}};
  crucible_session sessions[3] = {{0}};
  size_t n;
  assert_int_equal(crucible_bars_gaps(&s.bars, gaps, 2, &n), CRUCIBLE_OK);
  assert_int_equal(n, 1);
  assert_int_equal(gaps[0].index, 4);
  assert_int_equal(gaps[0].from_ms, 4 * MINUTE);
  assert_int_equal(gaps[0].n_bars, 1);
  assert_int_equal(crucible_bars_sessions(&s.bars, MINUTE - 1, sessions, 3, &n),
                   CRUCIBLE_OK);
  assert_int_equal(n, 2);
  assert_int_equal(sessions[0].begin, 0);
  assert_int_equal(sessions[0].end, 4);
  assert_int_equal(sessions[1].begin, 4);
  assert_int_equal(sessions[1].end, N);
  assert_int_equal(crucible_bars_sessions(&s.bars, MINUTE, sessions, 3, &n),
                   CRUCIBLE_OK);
  assert_int_equal(n, 1);
  assert_int_equal(sessions[0].end, N);
  assert_int_equal(crucible_bars_sessions(&s.bars, 0, sessions, 1, &n),
                   CRUCIBLE_OK);
  assert_int_equal(n, 2); /* all are counted, one is listed */
  assert_int_equal(sessions[0].end, 4);
  s.bars.n = 0;
  assert_int_equal(crucible_bars_gaps(&s.bars, NULL, 0, &n), CRUCIBLE_OK);
  assert_int_equal(n, 0);
  assert_int_equal(crucible_bars_sessions(&s.bars, 0, NULL, 0, &n),
                   CRUCIBLE_OK);
  assert_int_equal(n, 0);
}

static void a_slice_is_a_part_of_the_view(void **state) {
  (void)state;
  sample s;
  fill(&s);
  static const struct {
    int64_t from, until;
    size_t begin, n;
  } cuts[] = {{INT64_MIN, INT64_MAX, 0, N},
              {MINUTE, 3 * MINUTE, 1, 2},
              {MINUTE - 1, 3 * MINUTE + 1, 1, 3},
              {4 * MINUTE, 5 * MINUTE, 4, 0}, /* the gap */
              {4 * MINUTE, 6 * MINUTE, 4, 1},
              {9 * MINUTE, 10 * MINUTE, N, 0},
              {3 * MINUTE, MINUTE, 0, 0}};
  for (size_t i = 0; i < sizeof cuts / sizeof cuts[0]; ++i) {
    crucible_bars part = {.struct_size = sizeof part};
    assert_int_equal(
        crucible_bars_slice(&s.bars, cuts[i].from, cuts[i].until, &part),
        CRUCIBLE_OK);
    assert_int_equal(part.n, cuts[i].n);
    assert_int_equal(part.timeframe_ms, MINUTE);
    assert_string_equal(part.symbol, "X");
    if (part.n == 0)
      continue;
    assert_ptr_equal(part.open_time_ms, s.time + cuts[i].begin);
    assert_ptr_equal(part.open, s.open + cuts[i].begin);
    assert_ptr_equal(part.high, s.high + cuts[i].begin);
    assert_ptr_equal(part.low, s.low + cuts[i].begin);
    assert_ptr_equal(part.close, s.close + cuts[i].begin);
    assert_ptr_equal(part.volume, s.volume + cuts[i].begin);
    assert_ptr_equal(part.quote_volume, s.quote + cuts[i].begin);
    assert_ptr_equal(part.trades, s.trades + cuts[i].begin);
    assert_ptr_equal(part.taker_buy_base, s.taker + cuts[i].begin);
  }
  s.bars.trades = NULL;
  crucible_bars part = {.struct_size = sizeof part};
  assert_int_equal(crucible_bars_slice(&s.bars, MINUTE, INT64_MAX, &part),
                   CRUCIBLE_OK);
  assert_null(part.trades);
}

/* The digest of one bar, by the documented bytes:
   python3 -c 'import hashlib,struct as s; h=hashlib.sha256(
   b"crucible bars 1\0"+s.pack("<4Q",1,60000,1,63)+b"X"+s.pack("<q5d",
   60000,100.,103.,99.,101.,.1)); print(h.hexdigest())' */
static void the_digest_is_that_of_the_documented_bytes(void **state) {
  (void)state;
  sample s;
  fill(&s);
  s.time[0] = MINUTE;
  s.bars.n = 1;
  s.bars.quote_volume = s.bars.trades = s.bars.taker_buy_base = NULL;
  uint8_t digest[32];
  char hex[65];
  assert_int_equal(crucible_bars_hash(&s.bars, digest), CRUCIBLE_OK);
  crucible__hex(digest, 32, hex);
  assert_string_equal(
      hex, "f35588a3c77972a1a75ae9f556c34eab03001f2b45ad5a70455ee60a46245d3d");
}

static void the_digest_depends_on_every_figure(void **state) {
  (void)state;
  sample s;
  fill(&s);
  double *const columns[] = {s.open,   s.high,  s.low,    s.close,
                             s.volume, s.quote, s.trades, s.taker};
  uint8_t first[32], other[32];
  assert_int_equal(crucible_bars_hash(&s.bars, first), CRUCIBLE_OK);
  for (size_t c = 0; c < sizeof columns / sizeof columns[0]; ++c)
    for (int i = 0; i < N; ++i) {
      double kept = columns[c][i];
      columns[c][i] = nextafter(kept, DBL_MAX);
      assert_int_equal(crucible_bars_hash(&s.bars, other), CRUCIBLE_OK);
      assert_memory_not_equal(first, other, 32);
      columns[c][i] = kept;
    }
  s.time[5] += MINUTE;
  assert_int_equal(crucible_bars_hash(&s.bars, other), CRUCIBLE_OK);
  assert_memory_not_equal(first, other, 32);
  s.time[5] -= MINUTE;
  const crucible_bars whole = s.bars;
  s.bars.symbol = "Y";
  assert_int_equal(crucible_bars_hash(&s.bars, other), CRUCIBLE_OK);
  assert_memory_not_equal(first, other, 32);
  s.bars = whole;
  s.bars.timeframe_ms = MINUTE / 2;
  assert_int_equal(crucible_bars_hash(&s.bars, other), CRUCIBLE_OK);
  assert_memory_not_equal(first, other, 32);
  s.bars = whole;
  s.bars.trades = NULL;
  assert_int_equal(crucible_bars_hash(&s.bars, other), CRUCIBLE_OK);
  assert_memory_not_equal(first, other, 32);
  s.bars = whole; /* what is no data of the market stays out */
  s.bars.price_tick = 1;
  assert_int_equal(crucible_bars_hash(&s.bars, other), CRUCIBLE_OK);
  assert_memory_equal(first, other, 32);
}

static void appending_refuses_what_does_not_follow(void **state) {
  (void)state;
  sample s, t;
  fill(&s);
  fill(&t);
  crucible_series *series = made(&s.bars), *tail;
  assert_int_equal(crucible_series_append(series, series), CRUCIBLE_E_DATA);
  for (int i = 0; i < N; ++i)
    t.time[i] += 6 * MINUTE; /* begins with the last bar of s */
  tail = made(&t.bars);
  assert_int_equal(crucible_series_append(series, tail), CRUCIBLE_E_DATA);
  assert_string_equal(crucible_last_error(),
                      "tail begins at 1970-01-01T00:06:00Z, series ends at "
                      "1970-01-01T00:06:00Z: cut the bars that both have, or "
                      "append in order of time");
  crucible_series_destroy(tail);
  for (int i = 0; i < N; ++i)
    t.time[i] += MINUTE;
  t.bars.symbol = "Y";
  tail = made(&t.bars);
  assert_int_equal(crucible_series_append(series, tail), CRUCIBLE_E_INVALID);
  crucible_series_destroy(tail);
  t.bars.symbol = NULL;
  tail = made(&t.bars);
  assert_int_equal(crucible_series_append(series, tail), CRUCIBLE_E_INVALID);
  crucible_series_destroy(tail);
  t.bars.symbol = "X";
  t.bars.timeframe_ms = MINUTE / 2;
  tail = made(&t.bars);
  assert_int_equal(crucible_series_append(series, tail), CRUCIBLE_E_INVALID);
  crucible_series_destroy(tail);
  const crucible_bars view = view_of(series);
  assert_same_bars(&view, &s.bars);
  crucible_series_destroy(series);
}

static void a_column_that_only_one_of_two_has_is_dropped(void **state) {
  (void)state;
  sample s, t;
  fill(&s);
  fill(&t);
  s.bars.trades = NULL;
  t.bars.quote_volume = NULL;
  for (int i = 0; i < N; ++i)
    t.time[i] += 8 * MINUTE;
  crucible_series *series = made(&s.bars), *tail = made(&t.bars);
  assert_int_equal(crucible_series_append(series, tail), CRUCIBLE_OK);
  const crucible_bars view = view_of(series);
  assert_int_equal(view.n, 2 * N);
  assert_null(view.trades);
  assert_null(view.quote_volume);
  assert_same_bits_n(view.taker_buy_base, s.taker, N);
  assert_same_bits_n(view.taker_buy_base + N, t.taker, N);
  assert_same_bits_n(view.close + N, t.close, N);
  assert_int_equal(view.open_time_ms[N], 8 * MINUTE);
  assert_int_equal(crucible_bars_validate(&view), CRUCIBLE_OK);
  crucible_series_destroy(series);
  crucible_series_destroy(tail);
}

/* Minutes 0 1 2 3 5 6 in intervals of three: the second lacks its middle, the
   third its end. */
static void an_interval_is_made_of_what_it_holds(void **state) {
  (void)state;
  sample s;
  fill(&s);
  crucible_series *series = made(&s.bars);
  crucible_series *coarse = resampled(series, 3 * MINUTE);
  const crucible_bars b = view_of(coarse);
  assert_int_equal(b.n, 2);
  assert_int_equal(b.timeframe_ms, 3 * MINUTE);
  assert_int_equal(b.open_time_ms[0], 0);
  assert_int_equal(b.open_time_ms[1], 3 * MINUTE);
  assert_string_equal(b.symbol, "X");
  assert_same_bits(b.price_tick, 0.01);
  const double open[] = {100, 103}, high[] = {105, 107}, low[] = {99, 102},
               close[] = {103, 105}, volume[] = {0.6, 0.9}, trades[] = {3, 7},
               taker[] = {0.3, 0.45};
  assert_same_bits_n(b.open, open, 2);
  assert_same_bits_n(b.high, high, 2);
  assert_same_bits_n(b.low, low, 2);
  assert_same_bits_n(b.close, close, 2);
  assert_same_bits_n(b.volume, volume, 2);
  assert_same_bits_n(b.trades, trades, 2);
  assert_same_bits_n(b.taker_buy_base, taker, 2);
  crucible_series_destroy(coarse);
  crucible_series_destroy(series);
}

static void intervals_cut_by_begin_and_end_are_left_out(void **state) {
  (void)state;
  sample s;
  fill(&s);
  const crucible_bars whole = s.bars;
  static const struct {
    size_t begin, n; /* of the minutes 0 1 2 3 5 6 */
    size_t n_coarse;
    int64_t first;
  } cuts[] = {{0, 6, 2, 0}, {0, 5, 2, 0}, {0, 4, 1, 0},
              {1, 5, 1, 3}, {3, 2, 1, 3}, {3, 3, 1, 3}};
  for (size_t i = 0; i < sizeof cuts / sizeof cuts[0]; ++i) {
    assert_int_equal(
        crucible_bars_slice(&whole, s.time[cuts[i].begin], INT64_MAX, &s.bars),
        CRUCIBLE_OK);
    s.bars.n = cuts[i].n;
    crucible_series *series = made(&s.bars);
    crucible_series *coarse = resampled(series, 3 * MINUTE);
    assert_int_equal(view_of(coarse).n, cuts[i].n_coarse);
    assert_int_equal(view_of(coarse).open_time_ms[0], cuts[i].first * MINUTE);
    crucible_series_destroy(coarse);
    crucible_series_destroy(series);
  }
}

static void resampling_refuses_what_it_cannot_do(void **state) {
  (void)state;
  sample s;
  fill(&s);
  crucible_series *series = made(&s.bars), *coarse;
  static const int64_t wrong[] = {0,          -MINUTE,   MINUTE + 1,
                                  MINUTE / 2, INT64_MAX, INT64_MIN};
  for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; ++i) {
    coarse = series;
    assert_int_equal(crucible_series_resample(series, wrong[i], &coarse),
                     CRUCIBLE_E_INVALID);
    assert_null(coarse);
  }
  assert_int_equal(crucible_series_resample(series, 60 * MINUTE, &coarse),
                   CRUCIBLE_E_TOO_SHORT);
  assert_null(coarse);
  crucible_series_destroy(series);
  s.volume[0] = s.volume[1] = DBL_MAX;
  series = made(&s.bars);
  assert_int_equal(crucible_series_resample(series, 3 * MINUTE, &coarse),
                   CRUCIBLE_E_DATA);
  assert_string_equal(
      crucible_last_error(),
      "bars 0 to 2 together: volume inf is not a finite number");
  assert_null(coarse);
  crucible_series_destroy(series);
}

static void intervals_before_1970_begin_where_they_should(void **state) {
  (void)state;
  sample s;
  fill(&s);
  for (int i = 0; i < N; ++i) /* -6 -5 -4 -2 -1 0: the second lacks its begin */
    s.time[i] = (int64_t)(i < 3 ? i - N : i - N + 1) * MINUTE;
  crucible_series *series = made(&s.bars);
  crucible_series *coarse = resampled(series, 3 * MINUTE);
  assert_int_equal(view_of(coarse).n, 2);
  assert_int_equal(view_of(coarse).open_time_ms[0], -6 * MINUTE);
  assert_int_equal(view_of(coarse).open_time_ms[1], -3 * MINUTE);
  crucible_series_destroy(coarse);
  crucible_series_destroy(series);
}

/* 0.7 + 0.1 is 0.8 as decimals and less as doubles; 1e-30 is too far away for
   decimals. */
static void two_ways_of_rounding_do_not_put_takers_above_volume(void **state) {
  (void)state;
  sample s;
  fill(&s);
  s.volume[0] = s.taker[0] = 0.7;
  s.volume[1] = s.taker[1] = 0.1;
  s.volume[2] = 1e-30;
  s.taker[2] = 0;
  crucible_series *series = made(&s.bars);
  crucible_series *coarse = resampled(series, 3 * MINUTE);
  assert_same_bits(view_of(coarse).volume[0], 0.7 + 0.1);
  assert_same_bits(view_of(coarse).taker_buy_base[0], 0.7 + 0.1);
  crucible_series_destroy(coarse);
  crucible_series_destroy(series);
}

/* Expected by hand: decimal sums, rounded once. */
static void decimal_sums_are_exact(void **state) {
  (void)state;
  static const struct {
    double figures[6];
    size_t n;
    double sum;
  } sums[] = {
      {{0.1, 0.2}, 2, 0.3}, /* 0.30000000000000004 by plain addition */
      {{0.1, 0.1, 0.1, 0.1, 0.1, 0.1}, 6, 0.6},
      {{0}, 0, 0},
      {{0, 0, 0}, 3, 0},
      {{1e-8, 1, 1e8}, 3, 100000001.00000001},
      {{123456789.12345678, 0.00000001}, 2, 123456789.12345679},
      {{9007199254740992, 1, 1}, 3, 9007199254740994},
      {{1e22, 1e22}, 2, 2e22},
      {{1e300, 1e-300}, 2, 1e300},
      {{1e-7, 2e-7}, 2, 3e-7},
      {{5e-324, 5e-324}, 2, 1e-323},
      {{0.30000000000000004, 0.1}, 2, 0.4}, /* 0.40000000000000004 is no
                                               double of its own */
  };
  for (size_t i = 0; i < sizeof sums / sizeof sums[0]; ++i)
    assert_same_bits(crucible__decimal_sum(sums[i].figures, sums[i].n),
                     sums[i].sum);
}

static void timeframes_parse(void **state) {
  (void)state;
  static const struct {
    const char *text;
    int64_t ms;
  } good[] = {{"1s", 1000},     {"90s", 90000},           {"1m", 60000},
              {"5m", 300000},   {"15m", 900000},          {"1h", 3600000},
              {"4h", 14400000}, {"1d", 86400000},         {"1w", 604800000},
              {"05m", 300000},  {"36525d", 3155760000000}};
  static const char *const bad[] = {
      "",    "5",    "m",    "0m",     "-5m",
      "+5m", "5 m",  " 5m",  "5m ",    "5M",
      "5x",  "1e3m", "1.5h", "36526d", "99999999999999999999m",
      "5mm", "m5"};
  for (size_t i = 0; i < sizeof good / sizeof good[0]; ++i) {
    int64_t ms = 0;
    assert_int_equal(crucible_timeframe_parse(good[i].text, &ms), CRUCIBLE_OK);
    assert_int_equal(ms, good[i].ms);
  }
  for (size_t i = 0; i < sizeof bad / sizeof bad[0]; ++i) {
    int64_t ms = 77;
    assert_int_equal(crucible_timeframe_parse(bad[i], &ms), CRUCIBLE_E_INVALID);
    assert_int_equal(ms, 77);
  }
  int64_t ms;
  assert_int_equal(crucible_timeframe_parse(NULL, &ms), CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_timeframe_parse("5m", NULL), CRUCIBLE_E_INVALID);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_series_is_a_copy_of_the_bars),
      cmocka_unit_test(absent_columns_stay_absent),
      cmocka_unit_test(a_wrong_bar_is_refused_with_its_index),
      cmocka_unit_test(arguments_that_are_missing_are_refused),
      cmocka_unit_test(a_shorter_struct_of_the_caller_is_served),
      cmocka_unit_test(
          a_longer_struct_of_the_caller_is_served_while_its_end_is_zero),
      cmocka_unit_test(gaps_and_sessions_are_found),
      cmocka_unit_test(a_slice_is_a_part_of_the_view),
      cmocka_unit_test(the_digest_is_that_of_the_documented_bytes),
      cmocka_unit_test(the_digest_depends_on_every_figure),
      cmocka_unit_test(appending_refuses_what_does_not_follow),
      cmocka_unit_test(a_column_that_only_one_of_two_has_is_dropped),
      cmocka_unit_test(an_interval_is_made_of_what_it_holds),
      cmocka_unit_test(intervals_cut_by_begin_and_end_are_left_out),
      cmocka_unit_test(resampling_refuses_what_it_cannot_do),
      cmocka_unit_test(intervals_before_1970_begin_where_they_should),
      cmocka_unit_test(two_ways_of_rounding_do_not_put_takers_above_volume),
      cmocka_unit_test(decimal_sums_are_exact),
      cmocka_unit_test(timeframes_parse),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
