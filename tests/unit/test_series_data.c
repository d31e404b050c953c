/* SPDX-License-Identifier: Apache-2.0 */
/* Recorded klines: every file, and one recording against another. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

#include <crucible/series.h>

#include "base/numtext.h"
#include "base/sha256.h"
#include "support/near.h"
#include "support/series_files.h"

enum { MINUTE = 60000 };

/* The table of the shared data's README. */
static const struct recorded {
  const char *file, *symbol;
  int minutes;
  const char *first, *last;
  size_t n, missing, gaps, zero_volume;
  int is_full; /* all columns, else OHLCV */
} recorded_files[] = {
    {"klines/spot-15m-full/BTCUSDT-15m-2024-12-30_2025-08-31.csv.gz", "BTCUSDT",
     15, "2024-12-30T00:00:00Z", "2025-08-31T23:45:00Z", 23520, 0, 0, 0, 1},
    {"klines/spot-15m-full/DOGEUSDT-15m-2024-12-30_2025-08-31.csv.gz",
     "DOGEUSDT", 15, "2024-12-30T00:00:00Z", "2025-08-31T23:45:00Z", 23520, 0,
     0, 0, 1},
    {"klines/spot-15m-full/ETHUSDT-15m-2024-12-30_2025-08-31.csv.gz", "ETHUSDT",
     15, "2024-12-30T00:00:00Z", "2025-08-31T23:45:00Z", 23520, 0, 0, 0, 1},
    {"klines/spot-15m-full/LINKUSDT-15m-2024-12-30_2025-08-31.csv.gz",
     "LINKUSDT", 15, "2024-12-30T00:00:00Z", "2025-08-31T23:45:00Z", 23520, 0,
     0, 0, 1},
    {"klines/spot-15m-full/SOLUSDT-15m-2024-12-30_2025-08-31.csv.gz", "SOLUSDT",
     15, "2024-12-30T00:00:00Z", "2025-08-31T23:45:00Z", 23520, 0, 0, 0, 1},
    {"klines/spot-15m-full/XRPUSDT-15m-2024-12-30_2025-08-31.csv.gz", "XRPUSDT",
     15, "2024-12-30T00:00:00Z", "2025-08-31T23:45:00Z", 23520, 0, 0, 0, 1},
    {"klines/spot-5m-full/BTCUSDT-5m-2023-10_2024-08.csv.gz", "BTCUSDT", 5,
     "2023-10-01T00:00:00Z", "2024-08-31T23:55:00Z", 96768, 0, 0, 0, 1},
    {"klines/spot-5m/BTCUSDT-5m-2023.csv.gz", "BTCUSDT", 5,
     "2023-01-01T00:00:00Z", "2023-12-30T23:55:00Z", 104816, 16, 1, 14, 0},
    {"klines/spot-5m/BTCUSDT-5m-2024-01_2024-09.csv.gz", "BTCUSDT", 5,
     "2024-01-01T00:00:00Z", "2024-09-06T04:40:00Z", 71769, 0, 0, 0, 0},
    {"klines/spot-5m/DOGEUSDT-5m-2024-01_2024-09.csv.gz", "DOGEUSDT", 5,
     "2024-01-01T00:00:00Z", "2024-09-07T02:20:00Z", 72029, 0, 0, 0, 0},
    {"klines/spot-5m/ETHUSDT-5m-2023.csv.gz", "ETHUSDT", 5,
     "2023-01-01T00:00:00Z", "2023-12-30T23:55:00Z", 104816, 16, 1, 14, 0},
    {"klines/spot-5m/ETHUSDT-5m-2024-01_2024-09.csv.gz", "ETHUSDT", 5,
     "2024-01-01T00:00:00Z", "2024-09-06T04:40:00Z", 71769, 0, 0, 0, 0},
    {"klines/spot-5m/ETHUSDT-5m-2024-09_2025-08.csv.gz", "ETHUSDT", 5,
     "2024-09-06T04:45:00Z", "2025-08-26T23:55:00Z", 102183, 0, 0, 0, 0},
    {"klines/spot-5m/LINKUSDT-5m-2024-01_2024-09.csv.gz", "LINKUSDT", 5,
     "2024-01-01T00:00:00Z", "2024-09-07T02:20:00Z", 72029, 0, 0, 0, 0},
    {"klines/spot-5m/SOLUSDT-5m-2024-01_2024-09.csv.gz", "SOLUSDT", 5,
     "2024-01-01T00:00:00Z", "2024-09-07T02:15:00Z", 72028, 0, 0, 0, 0},
    {"klines/spot-5m/XRPUSDT-5m-2024-01_2024-09.csv.gz", "XRPUSDT", 5,
     "2024-01-01T00:00:00Z", "2024-09-07T02:15:00Z", 72028, 0, 0, 0, 0},
    {"klines/usdm-1m-full/LINKUSDT-1m-2023-02.csv.gz", "LINKUSDT", 1,
     "2023-02-01T00:00:00Z", "2023-02-28T23:59:00Z", 40320, 0, 0, 0, 1},
    {"klines/usdm-1m/BTCUSDT-1m-2025-05-04.csv.gz", "BTCUSDT", 1,
     "2025-05-04T15:33:00Z", "2025-06-03T15:31:00Z", 43199, 0, 0, 0, 0},
    {"klines/usdm-1m/ETHUSDT-1m-2025-05-04.csv.gz", "ETHUSDT", 1,
     "2025-05-04T15:33:00Z", "2025-06-15T10:43:00Z", 60191, 0, 0, 0, 0},
    {"klines/usdm-1m/SOLUSDT-1m-2025-05-04.csv.gz", "SOLUSDT", 1,
     "2025-05-04T15:33:00Z", "2025-06-03T15:32:00Z", 43200, 0, 0, 0, 0},
    {"klines/usdm-5m-full/BTCUSDT-5m-2025-01_2025-08.csv.gz", "BTCUSDT", 5,
     "2025-01-01T00:00:00Z", "2025-08-31T23:55:00Z", 69984, 0, 0, 5, 1},
    {"klines/usdm-5m-full/SOLUSDT-5m-2025-01_2025-08.csv.gz", "SOLUSDT", 5,
     "2025-01-01T00:00:00Z", "2025-08-31T23:55:00Z", 69984, 0, 0, 5, 1},
    {"sample/BTCUSDT-5m-2024-03-01_2024-03-15.csv", "BTCUSDT", 5,
     "2024-03-01T00:00:00Z", "2024-03-15T23:55:00Z", 4320, 0, 0, 0, 0},
    {"sample/BTCUSDT-5m-full-2024-03-01_2024-03-08.csv", "BTCUSDT", 5,
     "2024-03-01T00:00:00Z", "2024-03-08T23:55:00Z", 2304, 0, 0, 0, 1},
};

static int64_t time_of(const char *text) {
  int64_t ms = 0;
  const char *end = text + strlen(text);
  assert_ptr_equal(crucible__read_time(text, end, &ms), end);
  return ms;
}

static void check_gaps(const struct recorded *r, const crucible_bars *bars) {
  crucible_gap gap = {0};
  size_t n;
  assert_int_equal(crucible_bars_gaps(bars, &gap, 1, &n), CRUCIBLE_OK);
  assert_int_equal(n, r->gaps);
  assert_int_equal(gap.n_bars, r->missing);
  if (n > 0) /* the halt of Binance's spot market */
    assert_int_equal(gap.from_ms, time_of("2023-03-24T12:40:00Z"));
}

static void every_recorded_file_reads_as_the_table_says(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof recorded_files / sizeof recorded_files[0];
       ++i) {
    const struct recorded *r = &recorded_files[i];
    crucible_series *series = read_shared(r->file, NULL);
    crucible_bars bars = view_of(series);
    assert_string_equal(bars.symbol, r->symbol);
    assert_int_equal(bars.timeframe_ms, r->minutes * MINUTE);
    assert_int_equal(bars.n, r->n);
    assert_int_equal(bars.open_time_ms[0], time_of(r->first));
    assert_int_equal(bars.open_time_ms[bars.n - 1], time_of(r->last));
    assert_int_equal(bars.quote_volume != NULL, r->is_full);
    assert_int_equal(bars.trades != NULL, r->is_full);
    assert_int_equal(bars.taker_buy_base != NULL, r->is_full);
    size_t zero = 0;
    for (size_t k = 0; k < bars.n; ++k)
      zero += fabs(bars.volume[k]) <= 0;
    assert_int_equal(zero, r->zero_volume);
    check_gaps(r, &bars);
    assert_int_equal(crucible_bars_validate(&bars), CRUCIBLE_OK);
    crucible_series_destroy(series);
  }
}

static void a_gap_is_refused_on_request_with_its_place(void **state) {
  (void)state;
  crucible_csv_options options;
  crucible_csv_options_init(&options, sizeof options);
  options.gaps = CRUCIBLE_GAPS_REFUSE;
  crucible_series *series;
  assert_int_equal(crucible_series_read_csv(
                       shared_data("klines/spot-5m/BTCUSDT-5m-2023.csv.gz"),
                       &options, &series),
                   CRUCIBLE_E_DATA);
  assert_null(series);
  /* zcat ... | grep -n 1679666400000: 23770 (the header is line 1) */
  assert_non_null(strstr(crucible_last_error(),
                         "BTCUSDT-5m-2023.csv.gz:23770:1: 16 bars are missing "
                         "from 2023-03-24T12:40:00Z on"));
  options.until_ms = time_of("2023-03-24T12:40:00Z");
  series = read_shared("klines/spot-5m/BTCUSDT-5m-2023.csv.gz", &options);
  assert_int_equal(view_of(series).n, 23768);
  crucible_series_destroy(series);
}

static void check_digest(const crucible_series *series, const char *expected,
                         const char *what) {
  crucible_bars bars = view_of(series);
  uint8_t digest[32];
  char hex[65];
  assert_int_equal(crucible_bars_hash(&bars, digest), CRUCIBLE_OK);
  crucible__hex(digest, sizeof digest, hex);
  if (strcmp(hex, expected) != 0)
    fail_msg("%s: digest %s, expected %s", what, hex, expected);
}

static void digests_are_those_of_an_independent_reader(void **state) {
  (void)state;
  (void)shared_data("");
  FILE *golden =
      fopen(CRUCIBLE_SOURCE_DIR "/tests/data/series/digests.csv", "r");
  assert_non_null(golden);
  char line[256], file[128], expected[65];
  size_t n_checked = 0;
  while (fgets(line, sizeof line, golden) != NULL) {
    long long timeframe, n;
    if (line[0] == '#')
      continue;
    assert_int_equal(
        sscanf(line, "%127[^,],%lld,%lld,%64s", file, &timeframe, &n, expected),
        4);
    crucible_series *series = read_shared(file, NULL);
    crucible_series *coarse = resampled(series, timeframe);
    assert_int_equal(view_of(coarse).n, n);
    check_digest(coarse, expected, line);
    crucible_series_destroy(coarse);
    crucible_series_destroy(series);
    ++n_checked;
  }
  assert_int_equal(fclose(golden), 0);
  assert_true(n_checked >= 42);
}

/* Bars of both that have the same time must be equal; returns how many. */
static size_t compare_common(const crucible_bars *a, const crucible_bars *b) {
  size_t i = 0, k = 0, n = 0;
  while (i < a->n && k < b->n) {
    if (a->open_time_ms[i] < b->open_time_ms[k]) {
      ++i;
    } else if (a->open_time_ms[i] > b->open_time_ms[k]) {
      ++k;
    } else {
      assert_same_bits(a->open[i], b->open[k]);
      assert_same_bits(a->high[i], b->high[k]);
      assert_same_bits(a->low[i], b->low[k]);
      assert_same_bits(a->close[i], b->close[k]);
      assert_same_bits(a->volume[i], b->volume[k]);
      ++i;
      ++k;
      ++n;
    }
  }
  return n;
}

/* Two recordings by different people, one resampled, bit by bit. */
static void resampled_bars_are_those_that_the_venue_published(void **state) {
  (void)state;
  static const struct {
    const char *fine, *coarse;
    int minutes;
    size_t n;
  } pairs[] = {
      {"klines/usdm-1m/BTCUSDT-1m-2025-05-04.csv.gz",
       "klines/usdm-5m-full/BTCUSDT-5m-2025-01_2025-08.csv.gz", 5, 8639},
      {"klines/usdm-1m/SOLUSDT-1m-2025-05-04.csv.gz",
       "klines/usdm-5m-full/SOLUSDT-5m-2025-01_2025-08.csv.gz", 5, 8639},
      /* 2024-12-30 to 2025-08-26: 240 days of 96 */
      {"klines/spot-5m/ETHUSDT-5m-2024-09_2025-08.csv.gz",
       "klines/spot-15m-full/ETHUSDT-15m-2024-12-30_2025-08-31.csv.gz", 15,
       23040},
  };
  for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; ++i) {
    crucible_series *fine = read_shared(pairs[i].fine, NULL);
    crucible_series *coarse = read_shared(pairs[i].coarse, NULL);
    crucible_series *made = resampled(fine, (int64_t)pairs[i].minutes * MINUTE);
    crucible_bars a = view_of(made), b = view_of(coarse);
    assert_int_equal(compare_common(&a, &b), pairs[i].n);
    crucible_series_destroy(fine);
    crucible_series_destroy(coarse);
    crucible_series_destroy(made);
  }
}

static void quote_bars_of_another_layout_read_by_a_mapping(void **state) {
  (void)state;
  crucible_csv_options options;
  crucible_csv_options_init(&options, sizeof options);
  options.columns = "open=bid_open,high=bid_high,low=bid_low,close=bid_close,"
                    "volume=bid_size";
  options.symbol = "BTCUSD";
  crucible_series *series = read_shared(
      "quotes/bars/coinbase-BTCUSD-1m-20170904-quote.csv.gz", &options);
  crucible_bars bars = view_of(series);
  assert_string_equal(bars.symbol, "BTCUSD");
  assert_int_equal(bars.n, 1438);
  assert_int_equal(bars.open_time_ms[0], time_of("2017-09-04T00:00:00Z"));
  assert_int_equal(bars.open_time_ms[1437], time_of("2017-09-04T23:58:00Z"));
  assert_same_bits(bars.close[0], 4626.04);
  assert_same_bits(bars.volume[0], 6.1153319800000006);
  options.columns = "open=7,high=8,low=9,close=10,volume=11";
  crucible_series *asks = read_shared(
      "quotes/bars/coinbase-BTCUSD-1m-20170904-quote.csv.gz", &options);
  assert_same_bits(view_of(asks).close[0], 4626.05);
  crucible_series_destroy(series);
  crucible_series_destroy(asks);
}

static void iso_times_of_another_layout_read_by_their_form(void **state) {
  (void)state;
  crucible_series *series =
      read_shared("klines/other/btc-perp-20211231-20220201_1m.csv.gz", NULL);
  crucible_bars bars = view_of(series);
  assert_int_equal(bars.n, 45031);
  assert_int_equal(bars.open_time_ms[0], time_of("2021-12-31T23:01:00Z"));
  assert_int_equal(bars.open_time_ms[45030], time_of("2022-02-01T05:31:00Z"));
  assert_null(bars.trades);
  crucible_series_destroy(series);
}

static void two_files_that_follow_each_other_append_without_a_gap(void **s) {
  (void)s;
  crucible_series *a =
      read_shared("klines/spot-5m/ETHUSDT-5m-2024-01_2024-09.csv.gz", NULL);
  crucible_series *b =
      read_shared("klines/spot-5m/ETHUSDT-5m-2024-09_2025-08.csv.gz", NULL);
  assert_int_equal(crucible_series_append(a, b), CRUCIBLE_OK);
  crucible_bars bars = view_of(a);
  size_t n;
  assert_int_equal(bars.n, 71769 + 102183);
  assert_int_equal(crucible_bars_gaps(&bars, NULL, 0, &n), CRUCIBLE_OK);
  assert_int_equal(n, 0);
  assert_int_equal(crucible_bars_validate(&bars), CRUCIBLE_OK);
  assert_int_equal(crucible_series_append(a, b), CRUCIBLE_E_DATA);
  assert_int_equal(view_of(a).n, 71769 + 102183);
  crucible_series_destroy(a);
  crucible_series_destroy(b);
}

/* Needs no shared data. 200 trading days of the CSI 300 future, 48 bars each: a
   morning from 01:30 to 03:30 UTC and an afternoon from 05:00 to 07:00. */
static void the_sample_of_the_repository_reads(void **state) {
  (void)state;
  static const struct {
    const char *file;
    size_t n, sessions, days;
    int is_full;
  } samples[] = {{"BTCUSDT-5m-2023-03-20_2023-03-28.csv", 2576, 2, 1, 1},
                 {"ETHUSDT-5m-2023-03-20_2023-03-28.csv", 2576, 2, 1, 1},
                 {"SOLUSDT-5m-2023-03-20_2023-03-28.csv", 2576, 2, 1, 1},
                 {"IFL8-5m-2023-12-04_2024-09-27.csv", 9600, 400, 200, 0}};
  for (size_t i = 0; i < sizeof samples / sizeof samples[0]; ++i) {
    char path[1024];
    (void)snprintf(path, sizeof path, "%s/examples/data/%s",
                   CRUCIBLE_SOURCE_DIR, samples[i].file);
    crucible_series *series;
    if (crucible_series_read_csv(path, NULL, &series) != CRUCIBLE_OK)
      fail_msg("%s", crucible_last_error());
    const crucible_bars bars = view_of(series);
    size_t n;
    assert_int_equal(bars.n, samples[i].n);
    assert_int_equal(bars.timeframe_ms, 5 * MINUTE);
    assert_int_equal(bars.trades != NULL, samples[i].is_full);
    assert_int_equal(crucible_bars_sessions(&bars, 0, NULL, 0, &n),
                     CRUCIBLE_OK);
    assert_int_equal(n, samples[i].sessions);
    assert_int_equal(
        crucible_bars_sessions(&bars, (int64_t)120 * MINUTE, NULL, 0, &n),
        CRUCIBLE_OK);
    assert_int_equal(n, samples[i].days);
    crucible_series_destroy(series);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_recorded_file_reads_as_the_table_says),
      cmocka_unit_test(a_gap_is_refused_on_request_with_its_place),
      cmocka_unit_test(digests_are_those_of_an_independent_reader),
      cmocka_unit_test(resampled_bars_are_those_that_the_venue_published),
      cmocka_unit_test(quote_bars_of_another_layout_read_by_a_mapping),
      cmocka_unit_test(iso_times_of_another_layout_read_by_their_form),
      cmocka_unit_test(the_sample_of_the_repository_reads),
      cmocka_unit_test(two_files_that_follow_each_other_append_without_a_gap),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
