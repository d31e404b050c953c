/* SPDX-License-Identifier: Apache-2.0 */
/* Text, files and options that are no bars: refused with their place. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <crucible/series.h>

#include "support/csv_text.h"

/* Text, what the reader must say, and how it is called. */
typedef struct refusal {
  const char *text, *says;
  crucible_status status;
  const char *columns;
  int64_t timeframe_ms;
  int32_t time_unit;
} refusal;

/* The usual one: wrong data, read with the default options. */
#define DATA(text, says)                                                       \
  { text, says, CRUCIBLE_E_DATA, NULL, 0, 0 }

static void check_refusals(const refusal *refusals, size_t n) {
  for (size_t i = 0; i < n; ++i) {
    const refusal *r = &refusals[i];
    crucible_csv_options o = options();
    o.columns = r->columns;
    o.timeframe_ms = r->timeframe_ms;
    o.time_unit = r->time_unit;
    crucible_series *series = (crucible_series *)&o;
    crucible_status status = crucible_series_parse_csv(
        r->text, strlen(r->text), "d/X-1m.csv", &o, &series);
    assert_null(series);
    if (status != r->status || strstr(crucible_last_error(), r->says) == NULL)
      fail_msg("%s\n  gives   %s: %s\n  expected %s: %s", r->text,
               crucible_status_name(status), crucible_last_error(),
               crucible_status_name(r->status), r->says);
  }
}

static void a_wrong_row_is_refused_with_its_line_and_column(void **state) {
  (void)state;
  static const refusal refusals[] = {
      DATA(HEADER ROW0 "1709251260000,101,103,nan,102,6\n",
           "d/X-1m.csv:3:23: low \"nan\" is not a number"),
      DATA(HEADER ROW0 "1709251260000,101,103,100,102,NaN\n",
           ":3:31: volume \"NaN\" is not a number"),
      DATA(HEADER ROW0 "1709251260000,101,inf,100,102,6\n",
           ":3:19: high \"inf\" is not a number"),
      DATA(HEADER ROW0 "1709251260000,101,1e999,100,102,6\n",
           ":3:19: high \"1e999\" is too large"),
      DATA(HEADER ROW0 "1709251260000,101,103,0x10,102,6\n",
           ":3:23: low \"0x10\" is not a number"),
      DATA(HEADER ROW0 "1709251260000,101,10\x01\xff,100,102,6\n",
           ":3:19: high \"10??\" is not a number"),
      DATA(HEADER ROW0 "1709251260000,101,,100,102,6\n",
           ":3:19: high \"\" is empty, and every bar needs it"),
      DATA(HEADER ROW0 ROW1 ROW1,
           ":4:1: open_time 2024-03-01T00:01:00Z is there twice"),
      DATA(HEADER ROW0 ROW2 ROW1, ":4:1: open_time 2024-03-01T00:01:00Z is "
                                  "before 2024-03-01T00:02:00Z"),
      DATA(HEADER ROW0 "1709251260000,101,99,100,102,6\n",
           ":3:19: high 99 is below low 100: correct the row or remove it"),
      DATA(HEADER ROW0 "1709251260000,104,103,100,102,6\n",
           ":3:15: open 104 is above high 103"),
      DATA(HEADER ROW0 "1709251260000,101,103,100,99.5,6\n",
           ":3:27: close 99.5 is below low 100"),
      DATA(HEADER ROW0 "1709251260000,101,103,-1,102,6\n",
           ":3:23: low -1 is not above 0"),
      DATA(HEADER ROW0 "1709251260000,101,103,0,102,6\n",
           ":3:23: low 0 is not above 0"),
      DATA(HEADER ROW0 "1709251260000,101,103,100,102,-6\n",
           ":3:31: volume -6 is negative"),
      DATA(HEADER ROW0 "1709251260000,101,103,100,102\n",
           ":3:30: the row has only 5 columns, where the first line has 6"),
      DATA(HEADER ROW0 "1709251260000,101,103,100,102,6,7\n",
           ":3:32: the row has more than 6 columns"),
      DATA(HEADER ROW0 "  \n" ROW1, ":3:1: open_time \"\" is empty"),
      DATA(HEADER ROW0 HEADER ROW1,
           ":3:1: open_time \"open_time\" is neither a whole number"),
      DATA(HEADER ROW0 "\"1709251260000,101,103,100,102,6\n",
           ":3:1: open_time \"1709251260000,101,103,100,102,6\" its quotes are "
           "not "
           "closed"),
      DATA(HEADER ROW0 "1709251260000,\"101\"x,103,100,102,6\n",
           ":3:15: open \"101\" something follows its closing quote"),
      DATA("note," HEADER "x," ROW0 "\"x," ROW1,
           ":3:2: a field is wrong: its quotes are not closed"),
      DATA(HEADER ROW0 "1709251260000,101,103\r,100,102,6\n",
           ":3:19: high \"103?\" is not a number"),
      DATA(HEADER "\n\n" ROW0 "\r\n"
                  "1709251260000,101,x,100,102,6\n",
           ":6:19: high \"x\" is not a number"),
  };
  check_refusals(refusals, sizeof refusals / sizeof refusals[0]);
}

static void a_wrong_optional_column_is_refused_with_its_place(void **state) {
  (void)state;
#define R0 "1709251200000,100,102,99,101,5,0,"
#define R1 "1709251260000,101,103,100,102,6,0,"
  static const refusal refusals[] = {
      DATA(FULL_HEADER R0 "500,7,2,\n" R1 ",8,3,\n",
           ":3:35: quote_volume is empty here and filled in the rows before"),
      DATA(FULL_HEADER R0 "500,7,,\n" R1 "600,8,3,\n",
           ":3:41: taker_buy_base is filled here and empty in the rows before"),
      DATA(FULL_HEADER R0 "500,7,2,\n" R1 "600,8.5,3,\n",
           ":3:39: trades 8.5 is not a whole number"),
      DATA(FULL_HEADER R0 "500,7,2,\n" R1 "600,8,6.5,\n",
           ":3:41: taker_buy_base 6.5 is above volume 6"),
      DATA(FULL_HEADER R0 "500,7,2,\n" R1 "-600,8,3,\n",
           ":3:35: quote_volume -600 is negative"),
      DATA(FULL_HEADER R0 "500,7,2,\n" R1 "600,-8,3,\n",
           ":3:39: trades -8 is negative"),
      DATA(FULL_HEADER R0 "500,7,2,\n" R1 "600,8,none,\n",
           ":3:41: taker_buy_base \"none\" is not a number"),
  };
  check_refusals(refusals, sizeof refusals / sizeof refusals[0]);
}

static void a_time_that_is_wrong_is_refused_with_its_place(void **state) {
  (void)state;
  static const refusal refusals[] = {
      DATA(HEADER "2024-13-01T00:00:00Z" REST,
           ":2:1: open_time \"2024-13-01T00:00:00Z\" is neither"),
      DATA(HEADER "1/4/1999" REST, ":2:1: open_time \"1/4/1999\" is neither"),
      DATA(HEADER "20240301" REST,
           ":2:1: open_time \"20240301\" is too small to tell its unit"),
      DATA(HEADER "1709251200.5" REST,
           ":2:1: open_time \"1709251200.5\" is neither"),
      DATA(HEADER "1709251200000500" REST,
           ":2:1: open_time \"1709251200000500\" is not a whole millisecond"),
      DATA(HEADER "99999999999999999999" REST,
           ":2:1: open_time \"99999999999999999999\" is neither"),
      {HEADER "300000000000" REST,
       ":2:1: open_time \"300000000000\" is outside the years 1 to 9999",
       CRUCIBLE_E_DATA, 0, 0, CRUCIBLE_TIME_SECONDS},
      {HEADER "-62135596800001" REST,
       ":2:1: open_time \"-62135596800001\" is outside the years 1 to 9999",
       CRUCIBLE_E_DATA, 0, 0, CRUCIBLE_TIME_MILLISECONDS},
      {HEADER "9223372036854775807" REST,
       ":2:1: open_time \"9223372036854775807\" is outside the years",
       CRUCIBLE_E_DATA, 0, 0, CRUCIBLE_TIME_SECONDS},
      {HEADER "1709251200000" REST,
       ":2:1: open_time \"1709251200000\" is not an ISO 8601 time",
       CRUCIBLE_E_DATA, 0, 0, CRUCIBLE_TIME_ISO},
      {HEADER "2024-03-01" REST,
       ":2:1: open_time \"2024-03-01\" is not a whole number of the time_unit",
       CRUCIBLE_E_DATA, 0, 0, CRUCIBLE_TIME_MILLISECONDS},
      /* off the grid, with the timeframe found and given */
      DATA(HEADER "1709251200000" REST "1709251260000" REST "1709251350000" REST
                  "1709251410000" REST,
           ":4:1: open_time 2024-03-01T00:02:30Z is 90000 ms after the row "
           "before, "
           "not a multiple of the timeframe of 60000 ms (the smallest"),
      DATA(HEADER "1709251200000" REST "1709251290000" REST
                  "1709251350000" REST,
           ":3:1: open_time 2024-03-01T00:01:30Z is 90000 ms after"),
      DATA(HEADER "1709251200000" REST "1709251260000" REST "1709251305000" REST
                  "1709251320000" REST "1709251325000" REST
                  "1709251332000" REST,
           ":7:1: open_time 2024-03-01T00:02:12Z is 7000 ms after"),
      DATA(HEADER "1709251205000" REST "1709251265000" REST,
           ":2:1: open_time 2024-03-01T00:00:05Z is not a multiple of the "
           "timeframe of 60000 ms (the smallest"),
      {HEADER "1709251205000" REST,
       ":2:1: open_time 2024-03-01T00:00:05Z is not a multiple of the "
       "timeframe of 60000 ms: bars",
       CRUCIBLE_E_DATA, 0, 60000, 0},
      {HEADER "1709251200000" REST "1709251260000" REST "1709251320000" REST,
       ":3:1: open_time 2024-03-01T00:01:00Z is 60000 ms after the row before, "
       "not a multiple of the timeframe of 300000 ms: correct",
       CRUCIBLE_E_DATA, 0, 300000, 0},
  };
  check_refusals(refusals, sizeof refusals / sizeof refusals[0]);
}

static void a_layout_that_is_not_clear_is_refused(void **state) {
  (void)state;
  static const refusal refusals[] = {
      DATA("open_time,open,high,low,close\n", ":1:1: no column is known to be "
                                              "volume: say which by columns="),
      DATA("date,time,open,high,low,close,volume\n",
           ":1:6: columns 1 and 2 of the header may both be open_time: say "
           "which "
           "by "
           "columns=\"open_time=1\""),
      DATA("1709251200000,100,102,99,101,5,6\n",
           ":1:1: there is no header, and 7 columns are not the kline layout"),
      DATA("{\"openTime\": 1709251200000}\n",
           "X-1m.csv:1:1: no column is known"),
      DATA("a,\"b\nc\",d\n", ":1:4: column 2: its quotes are not closed"),
      {HEADER ROW0, "columns: \"opening=open\" is not of the form name=field",
       CRUCIBLE_E_INVALID, "opening=open", 0, 0},
      {HEADER ROW0, "columns: \"open\" is not of the form name=field",
       CRUCIBLE_E_INVALID, "open", 0, 0},
      {HEADER ROW0, "columns: \"\" is not of the form", CRUCIBLE_E_INVALID,
       "open=2,,high=3", 0, 0},
      {HEADER ROW0, ":1:1: columns maps open to \"bid\", which is neither",
       CRUCIBLE_E_INVALID, "open=bid", 0, 0},
      {HEADER ROW0, "columns maps open to \"7\", which is neither",
       CRUCIBLE_E_INVALID, "open=7", 0, 0},
      {HEADER ROW0, "columns maps open to \"0\", which is neither",
       CRUCIBLE_E_INVALID, "open=0", 0, 0},
      {HEADER ROW0, "columns names open twice", CRUCIBLE_E_INVALID,
       "open=2,open=3", 0, 0},
      {HEADER ROW0, "columns maps both open and high to \"open\"",
       CRUCIBLE_E_INVALID, "open=2,high=open", 0, 0},
      {ROW0, "no column is known to be open_time", CRUCIBLE_E_DATA, "open=2", 0,
       0},
  };
  check_refusals(refusals, sizeof refusals / sizeof refusals[0]);
}

static void a_file_without_bars_is_refused(void **state) {
  (void)state;
  static const refusal refusals[] = {
      {"", "d/X-1m.csv:1:1: the file is empty", CRUCIBLE_E_TOO_SHORT, 0, 0, 0},
      {"\n\n", "the file is empty", CRUCIBLE_E_TOO_SHORT, 0, 0, 0},
      {HEADER, "d/X-1m.csv:2:1: no row follows the header",
       CRUCIBLE_E_TOO_SHORT, 0, 0, 0},
      {HEADER ROW0, "d/X-1m.csv: one row does not tell the timeframe",
       CRUCIBLE_E_TOO_SHORT, 0, 0, 0},
      {"\xff\xfeo\0p\0", "d/X-1m.csv: is UTF-16 text", CRUCIBLE_E_IO, 0, 0, 0},
      {"PK\3\4\n", "d/X-1m.csv: is a zip archive", CRUCIBLE_E_IO, 0, 0, 0},
  };
  check_refusals(refusals, sizeof refusals / sizeof refusals[0]);
}

static void what_is_no_readable_file_is_refused(void **state) {
  (void)state;
  crucible_series *series;
  assert_int_equal(crucible_series_read_csv("no/such.csv", NULL, &series),
                   CRUCIBLE_E_IO);
  assert_string_equal(crucible_last_error(),
                      "no/such.csv: cannot open: No such file or directory");
  assert_int_equal(crucible_series_read_csv("/", NULL, &series), CRUCIBLE_E_IO);
  assert_string_equal(crucible_last_error(), "/: cannot read: Is a directory");
  assert_int_equal(crucible_series_read_csv("/dev/null", NULL, &series),
                   CRUCIBLE_E_TOO_SHORT);
  assert_int_equal(crucible_series_read_csv("", NULL, &series),
                   CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_series_read_csv(NULL, NULL, &series),
                   CRUCIBLE_E_INVALID);
  assert_null(series);
  assert_int_equal(crucible_series_read_csv("/dev/null", NULL, NULL),
                   CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_series_parse_csv(NULL, 0, "X", NULL, &series),
                   CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_series_parse_csv("", 0, NULL, NULL, &series),
                   CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_series_parse_csv("", 0, "X", NULL, NULL),
                   CRUCIBLE_E_INVALID);
}

static void options_that_contradict_are_refused(void **state) {
  (void)state;
  crucible_csv_options wrong[8];
  for (size_t i = 0; i < 8; ++i)
    wrong[i] = options();
  wrong[0].timeframe_ms = -1;
  wrong[1].time_unit = 6;
  wrong[2].time_unit = -1;
  wrong[3].gaps = 2;
  wrong[4].from_ms = wrong[4].until_ms = 5;
  wrong[5].price_tick = -0.01;
  wrong[6].lot_step = (double)NAN;
  wrong[7].struct_size = 0;
  for (size_t i = 0; i < 8; ++i) {
    crucible_series *series;
    assert_int_equal(crucible_series_parse_csv("", 0, "X", &wrong[i], &series),
                     CRUCIBLE_E_INVALID);
    assert_null(series);
  }
}

static void a_line_without_end_is_refused(void **state) {
  (void)state;
  size_t n = (1 << 18) + 1;
  char *text = malloc(n);
  assert_non_null(text);
  memset(text, '1', n);
  crucible_series *series;
  assert_int_equal(crucible_series_parse_csv(text, n, "X", NULL, &series),
                   CRUCIBLE_E_DATA);
  assert_non_null(strstr(crucible_last_error(), "X:1:1: the line is longer"));
  memset(text, ',', n - 1);
  text[n - 2] = '\n';
  assert_int_equal(crucible_series_parse_csv(text, n - 1, "X", NULL, &series),
                   CRUCIBLE_E_DATA);
  assert_non_null(strstr(crucible_last_error(), "more than 512 columns"));
  free(text);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_wrong_row_is_refused_with_its_line_and_column),
      cmocka_unit_test(a_wrong_optional_column_is_refused_with_its_place),
      cmocka_unit_test(a_time_that_is_wrong_is_refused_with_its_place),
      cmocka_unit_test(a_layout_that_is_not_clear_is_refused),
      cmocka_unit_test(a_file_without_bars_is_refused),
      cmocka_unit_test(what_is_no_readable_file_is_refused),
      cmocka_unit_test(options_that_contradict_are_refused),
      cmocka_unit_test(a_line_without_end_is_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
