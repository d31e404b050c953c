/* SPDX-License-Identifier: Apache-2.0 */
/* Views and series: checks, gaps, sessions, slices, digests. */
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
#include "support/near.h"
#include "support/sample_bars.h"
#include "support/series_files.h"

static void a_series_is_a_copy_of_the_bars(void **state) {
  (void)state;
  sample s, kept;
  sample_fill(&s);
  sample_fill(&kept);
  crucible_series *series = series_of(&s.bars);
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
  sample_fill(&s);
  s.bars.trades = NULL;
  s.bars.symbol = NULL;
  crucible_series *series = series_of(&s.bars);
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
    sample_fill(&s);
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
  sample_fill(&s);
  size_t n;
  uint8_t digest[32];
  crucible_series *series = series_of(&s.bars), *other;
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
  sample_fill(&s);
  s.bars.price_tick = -1;
  assert_int_equal(crucible_series_create(&s.bars, &other), CRUCIBLE_E_INVALID);
  crucible_series_destroy(series);
}

static void a_shorter_struct_of_the_caller_is_served(void **state) {
  (void)state;
  sample s;
  sample_fill(&s);
  /* a caller whose struct ends with timeframe_ms: the rest is unknown */
  s.bars.struct_size = offsetof(crucible_bars, symbol);
  crucible_series *series = series_of(&s.bars);
  assert_null(view_of(series).symbol);
  crucible_bars shorter;
  memset(&shorter, 0x55, sizeof shorter);
  const crucible_bars before = shorter;
  shorter.struct_size = offsetof(crucible_bars, symbol);
  assert_int_equal(crucible_series_view(series, &shorter), CRUCIBLE_OK);
  assert_int_equal(shorter.n, SAMPLE_BARS);
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
  sample_fill(&longer.s);
  longer.s.bars.struct_size = sizeof longer.s.bars + sizeof longer.added;
  assert_int_equal(crucible_bars_validate(&longer.s.bars), CRUCIBLE_OK);
  longer.added[1] = 1;
  assert_int_equal(crucible_bars_validate(&longer.s.bars), CRUCIBLE_E_VERSION);
}

static void gaps_and_sessions_are_found(void **state) {
  (void)state;
  sample s;
  sample_fill(&s);
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
  assert_int_equal(sessions[1].end, SAMPLE_BARS);
  assert_int_equal(crucible_bars_sessions(&s.bars, MINUTE, sessions, 3, &n),
                   CRUCIBLE_OK);
  assert_int_equal(n, 1);
  assert_int_equal(sessions[0].end, SAMPLE_BARS);
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
  sample_fill(&s);
  static const struct {
    int64_t from, until;
    size_t begin, n;
  } cuts[] = {{INT64_MIN, INT64_MAX, 0, SAMPLE_BARS},
              {MINUTE, 3 * MINUTE, 1, 2},
              {MINUTE - 1, 3 * MINUTE + 1, 1, 3},
              {4 * MINUTE, 5 * MINUTE, 4, 0}, /* the gap */
              {4 * MINUTE, 6 * MINUTE, 4, 1},
              {9 * MINUTE, 10 * MINUTE, SAMPLE_BARS, 0},
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
  sample_fill(&s);
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
  sample_fill(&s);
  double *const columns[] = {s.open,   s.high,  s.low,    s.close,
                             s.volume, s.quote, s.trades, s.taker};
  uint8_t first[32], other[32];
  assert_int_equal(crucible_bars_hash(&s.bars, first), CRUCIBLE_OK);
  for (size_t c = 0; c < sizeof columns / sizeof columns[0]; ++c)
    for (int i = 0; i < SAMPLE_BARS; ++i) {
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
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
