/* SPDX-License-Identifier: Apache-2.0 */
/* A funding history beside bars. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <crucible/costs.h>

#include "support/error_names.h"
#include "support/failing_alloc.h"
#include "support/near.h"

enum { BARS = 48 };

static const int64_t START = 1700006400000, HOUR = 3600000; /* midnight */

/* Hourly bars of two days, all prices 1. */
typedef struct hours {
  crucible_bars view;
  int64_t time[BARS];
  double price[BARS], funding[BARS];
} hours;

static hours *two_days(hours *h) {
  for (size_t i = 0; i < BARS; ++i) {
    h->time[i] = START + (int64_t)i * HOUR;
    h->price[i] = 1;
    h->funding[i] = -7;
  }
  h->view = (crucible_bars){.struct_size = sizeof h->view,
                            .n = BARS,
                            .open_time_ms = h->time,
                            .open = h->price,
                            .high = h->price,
                            .low = h->price,
                            .close = h->price,
                            .volume = h->price,
                            .timeframe_ms = HOUR};
  return h;
}

static void a_rate_falls_on_the_open_it_is_stamped_at(void **state) {
  (void)state;
  hours h;
  const int64_t at[] = {0,
                        8 * HOUR + 5,
                        16 * HOUR + 60000,
                        24 * HOUR + 60001,
                        32 * HOUR - 1,
                        40 * HOUR};
  const double rate[] = {1e-4, 2e-4, -3e-4, 4e-4, 5e-4, 6e-4};
  const size_t bar[] = {0, 8, 16, 25, 32, 40};
  int64_t time[6];
  for (size_t i = 0; i < 6; ++i)
    time[i] = START + at[i];
  assert_int_equal(crucible_funding_align(&two_days(&h)->view, time, rate, 6,
                                          8 * HOUR, h.funding),
                   CRUCIBLE_OK);
  for (size_t i = 0, k = 0; i < BARS; ++i) {
    double expected = k < 6 && bar[k] == i ? rate[k++] : 0;
    assert_same_bits(h.funding[i], expected);
  }
}

/* A minute late is no small part of a bar of a minute. */
static void on_short_bars_less_than_half_of_one_counts_as_late(void **state) {
  (void)state;
  hours h;
  two_days(&h);
  for (size_t i = 0; i < BARS; ++i)
    h.time[i] = START + (int64_t)i * 60000;
  h.view.timeframe_ms = 60000;
  const int64_t time[] = {START + 60000 + 30000, START + 3 * 60000 + 30001};
  const double rate[] = {1e-4, 2e-4};
  assert_int_equal(crucible_funding_align(&h.view, time, rate, 2, 0, h.funding),
                   CRUCIBLE_OK);
  assert_same_bits(h.funding[1], 1e-4);
  assert_same_bits(h.funding[3], 0);
  assert_same_bits(h.funding[4], 2e-4);
}

/* Bars 5 to 20 are missing: who holds through them pays both rates. */
static void rates_in_a_gap_add_up_at_its_end(void **state) {
  (void)state;
  hours h;
  two_days(&h);
  for (size_t i = 5; i < BARS; ++i)
    h.time[i] += 16 * HOUR;
  const int64_t time[] = {START - 8 * HOUR, START + 8 * HOUR, START + 16 * HOUR,
                          START + 24 * HOUR, START + 500 * HOUR};
  const double rate[] = {0.5, 1e-4, 2e-4, 4e-4, 0.25};
  assert_int_equal(crucible_funding_align(&h.view, time, rate, 5, 0, h.funding),
                   CRUCIBLE_OK);
  assert_near(h.funding[5], 3e-4, 1e-15, 0);
  assert_same_bits(h.funding[8], 4e-4);
  double sum = 0;
  for (size_t i = 0; i < BARS; ++i)
    sum += h.funding[i];
  assert_near(sum, 7e-4, 1e-12, 0); /* neither what is before nor behind */
}

static void no_history_is_no_funding_only_if_one_says_so(void **state) {
  (void)state;
  hours h;
  assert_int_equal(
      crucible_funding_align(&two_days(&h)->view, NULL, NULL, 0, 0, h.funding),
      CRUCIBLE_OK);
  for (size_t i = 0; i < BARS; ++i)
    assert_same_bits(h.funding[i], 0);
  assert_int_equal(
      crucible_funding_align(&h.view, NULL, NULL, 0, 8 * HOUR, h.funding),
      CRUCIBLE_E_DATA);
  assert_error_names("interval_ms 0");
  assert_int_equal(
      crucible_funding_align(&h.view, NULL, NULL, 0, 49 * HOUR, h.funding),
      CRUCIBLE_OK);
}

static void holes_are_refused_where_bars_are(void **state) {
  (void)state;
  hours h;
  two_days(&h);
  const struct {
    int64_t at[6];
    size_t n;
    const char *place; /* NULL: no hole */
  } cases[] = {
      {{0, 8, 16, 24, 32, 40}, 6, NULL},
      {{8, 16, 24, 32, 40}, 5, NULL},
      {{9, 16, 24, 32, 40}, 5, "2023-11-15T00:00:00"},
      {{0, 8, 24, 32, 40}, 5, "2023-11-15T08:00:00"},
      {{0, 8, 16, 24, 32}, 5, "2023-11-16T08:00:00"},
      /* one is due at the very last open, or just after it */
      {{7, 15, 23, 31, 39}, 5, "2023-11-16T15:00:00"},
      {{8, 16, 24, 32, 40}, 5, NULL},
      {{-300, -8, 0, 8, 16, 24}, 6, "2023-11-16T00:00:00"},
  };
  for (size_t c = 0; c < sizeof cases / sizeof *cases; ++c) {
    int64_t time[6];
    double rate[6] = {0};
    for (size_t i = 0; i < cases[c].n; ++i)
      time[i] = START + cases[c].at[i] * HOUR;
    const char *place = cases[c].place;
    crucible_status status = crucible_funding_align(
        &h.view, time, rate, cases[c].n, 8 * HOUR, h.funding);
    assert_int_equal(status, place == NULL ? CRUCIBLE_OK : CRUCIBLE_E_DATA);
    if (place != NULL)
      assert_error_names(place);
  }
}

static void wrong_rates_are_refused_by_row(void **state) {
  (void)state;
  hours h;
  two_days(&h);
  const double nan = (double)NAN, inf = (double)INFINITY;
  const struct {
    int64_t time[3];
    double rate[3];
    const char *row, *word;
  } cases[] = {
      {{START, START + 8, START + 8}, {0, 0, 0}, "rate 2", "twice"},
      {{START, START + 8, START + 7}, {0, 0, 0}, "rate 2", "sort"},
      {{START, START + 8, START + 9}, {0, nan, 0}, "rate 1", "0.0001"},
      {{START, START + 8, START + 9}, {inf, 0, 0}, "rate 0", "0.0001"},
      {{START, START + 8, START + 9}, {0, 0, 1}, "rate 2", "0.0001"},
      {{INT64_MIN, START + 8, START + 9}, {0, 0, 0}, "rate 0", "since 1970"},
      {{START, START + 8, INT64_MAX}, {0, 0, 0}, "rate 2", "since 1970"},
  };
  for (size_t c = 0; c < sizeof cases / sizeof *cases; ++c) {
    assert_int_equal(crucible_funding_align(&h.view, cases[c].time,
                                            cases[c].rate, 3, 0, h.funding),
                     CRUCIBLE_E_DATA);
    assert_error_names(cases[c].row);
    assert_error_names(cases[c].word);
  }
  assert_same_bits(h.funding[0], -7);
  const int64_t *time = cases[0].time;
  const double *rate = cases[0].rate;
  assert_int_equal(crucible_funding_align(&h.view, NULL, rate, 1, 0, h.funding),
                   CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_funding_align(&h.view, time, NULL, 1, 0, h.funding),
                   CRUCIBLE_E_INVALID);
  assert_int_equal(
      crucible_funding_align(&h.view, time, rate, 1, -1, h.funding),
      CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_funding_align(&h.view, time, rate, 1, 0, NULL),
                   CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_funding_align(NULL, time, rate, 1, 0, h.funding),
                   CRUCIBLE_E_INVALID);
  h.time[3] = h.time[2];
  assert_int_equal(crucible_funding_align(&h.view, time, rate, 1, 0, h.funding),
                   CRUCIBLE_E_DATA);
}

/* ---- files ---- */

enum { ROOM = 8 };

typedef struct history {
  int64_t time[ROOM];
  double rate[ROOM];
  size_t n;
} history;

/* Writes text to a file of its own and reads it. */
static crucible_status read_text(const char *text, history *h) {
  char path[] = "/tmp/crucible-funding-XXXXXX";
  int file = mkstemp(path);
  assert_true(file >= 0);
  assert_int_equal(write(file, text, strlen(text)), strlen(text));
  assert_int_equal(close(file), 0);
  h->n = 99;
  crucible_status status =
      crucible_funding_read_csv(path, h->time, h->rate, ROOM, &h->n);
  assert_int_equal(unlink(path), 0);
  return status;
}

static void histories_are_read_as_venues_write_them(void **state) {
  (void)state;
  const char *const texts[] = {
      "calc_time,funding_interval_hours,last_funding_rate\n"
      "1700006400003,8,0.00010000\n1700035200000,8,-0.00002500\n",
      "symbol,fundingRate,fundingRateTimestamp\r\n"
      "BTCUSDT,0.0001,1700006400003\r\nBTCUSDT,-2.5e-5,1700035200000\r\n",
      "\n\"Funding Time\" , \"Realized Rate\"\n"
      "2023-11-15T00:00:00.003Z,0.0001\n\n2023-11-15 08:00,-0.000025",
      "1700006400003,0.0001\n1700035200000,-0.000025\n",
      "\xef\xbb\xbftime,rate\n1700006400003000,0.0001\n"
      "1700035200000000000,-0.000025\n"};
  for (size_t i = 0; i < sizeof texts / sizeof *texts; ++i) {
    history h;
    if (read_text(texts[i], &h) != CRUCIBLE_OK)
      fail_msg("%zu: %s", i, crucible_last_error());
    assert_int_equal(h.n, 2);
    assert_int_equal(h.time[0], START + 3);
    assert_int_equal(h.time[1], START + 8 * HOUR);
    assert_same_bits(h.rate[0], 0.0001);
    assert_same_bits(h.rate[1], -0.000025);
  }
}

static void wrong_files_are_refused_by_line_and_column(void **state) {
  (void)state;
  const struct {
    const char *text, *place, *word;
    crucible_status status;
  } cases[] = {
      {"time,rate\n1700006400000,0.0001\n1700006400000,0\n", ":3:1: ", "twice",
       CRUCIBLE_E_DATA},
      {"time,rate\n1700035200000,0.0001\n1700006400000,0\n", ":3:1: ", "sort",
       CRUCIBLE_E_DATA},
      {"time,rate\n1700006400000,nan\n", ":2:15: ", "not a number",
       CRUCIBLE_E_DATA},
      {"time,rate\n1700006400000,\n", ":2:15: ", "not a number",
       CRUCIBLE_E_DATA},
      {"time,rate\n\n1700006400000,1.5\n", ":3:1: ", "0.0001", CRUCIBLE_E_DATA},
      {"time,rate\nyesterday,0.1\n", ":2:1: ", "yesterday", CRUCIBLE_E_DATA},
      {"time,rate\n1700006400000\n", ":2:1: ", "lacks", CRUCIBLE_E_DATA},
      {"time,fee\n1700006400000,0.1\n", ":1:1: ", "funding_rate",
       CRUCIBLE_E_DATA},
      {"1700006400000,8,0.0001\n", ":1:1: ", "header", CRUCIBLE_E_DATA},
      {"time,\"rate\n1,2\n", ":1:6: ", "quotes", CRUCIBLE_E_DATA},
      {"time,rate\n", ": ", "no rate", CRUCIBLE_E_TOO_SHORT},
      {"", ": ", "no rate", CRUCIBLE_E_TOO_SHORT},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
    history h;
    assert_int_equal(read_text(cases[i].text, &h), cases[i].status);
    assert_int_equal(h.n, 99);
    assert_error_names(cases[i].place);
    assert_error_names(cases[i].word);
  }
  size_t n = 99;
  assert_int_equal(
      crucible_funding_read_csv("/nowhere/f.csv", NULL, NULL, 0, &n),
      CRUCIBLE_E_IO);
  assert_int_equal(crucible_funding_read_csv(NULL, NULL, NULL, 0, &n),
                   CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_funding_read_csv("f", NULL, NULL, 1, &n),
                   CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_funding_read_csv("f", NULL, NULL, 0, NULL),
                   CRUCIBLE_E_INVALID);
  assert_int_equal(n, 99);
}

static crucible_status read_any(void *data) {
  size_t n;
  return crucible_funding_read_csv(data, NULL, NULL, 0, &n);
}

static void a_history_survives_want_of_memory(void **state) {
  (void)state;
  char path[] = "/tmp/crucible-funding-XXXXXX";
  int file = mkstemp(path);
  const char text[] = "time,rate\n1700006400000,0.0001\n";
  assert_int_equal(write(file, text, sizeof text - 1), sizeof text - 1);
  assert_int_equal(close(file), 0);
  failing_alloc_run(read_any, path);
  assert_int_equal(unlink(path), 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_rate_falls_on_the_open_it_is_stamped_at),
      cmocka_unit_test(on_short_bars_less_than_half_of_one_counts_as_late),
      cmocka_unit_test(rates_in_a_gap_add_up_at_its_end),
      cmocka_unit_test(no_history_is_no_funding_only_if_one_says_so),
      cmocka_unit_test(holes_are_refused_where_bars_are),
      cmocka_unit_test(wrong_rates_are_refused_by_row),
      cmocka_unit_test(histories_are_read_as_venues_write_them),
      cmocka_unit_test(wrong_files_are_refused_by_line_and_column),
      cmocka_unit_test(a_history_survives_want_of_memory),
  };
  failing_alloc_install();
  return cmocka_run_group_tests(tests, NULL, NULL);
}
