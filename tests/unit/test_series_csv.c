/* SPDX-License-Identifier: Apache-2.0 */
/* The CSV reader: what it understands and what it refuses, with the place. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <zlib.h>

#include <crucible/series.h>

#include "support/near.h"
#include "support/series_files.h"

/* 2024-03-01T00:00:00Z and the minutes after it. */
#define T0 1709251200000
#define HEADER "open_time,open,high,low,close,volume\n"
#define ROW0 "1709251200000,100,102,99,101,5\n"
#define ROW1 "1709251260000,101,103,100,102,6\n"
#define ROW2 "1709251320000,102,104,101,103,7\n"
#define FULL_HEADER                                                            \
  "open_time,open,high,low,close,volume,close_time,quote_volume,trades,"       \
  "taker_buy_base,taker_buy_quote\n"

static crucible_csv_options options(void) {
  crucible_csv_options o;
  crucible_csv_options_init(&o, sizeof o);
  return o;
}

/* Three minutes from T0 on with the figures of ROW0 to ROW2. */
static void check_three(const crucible_series *series) {
  const crucible_bars b = view_of(series);
  assert_int_equal(b.n, 3);
  assert_int_equal(b.timeframe_ms, 60000);
  for (int i = 0; i < 3; ++i) {
    assert_int_equal(b.open_time_ms[i], T0 + i * 60000);
    assert_same_bits(b.open[i], 100 + i);
    assert_same_bits(b.high[i], 102 + i);
    assert_same_bits(b.low[i], 99 + i);
    assert_same_bits(b.close[i], 101 + i);
    assert_same_bits(b.volume[i], 5 + i);
  }
}

static const struct {
  const char *what, *text, *columns;
} forms[] = {
    {"header", HEADER ROW0 ROW1 ROW2, NULL},
    {"no header", ROW0 ROW1 ROW2, NULL},
    {"no last line end", HEADER ROW0 ROW1 "1709251320000,102,104,101,103,7",
     NULL},
    {"blank lines at the end", HEADER ROW0 ROW1 ROW2 "\n\r\n\n", NULL},
    {"blank lines between", "\n" HEADER "\n" ROW0 "\n\n" ROW1 ROW2, NULL},
    {"byte order mark", "\xef\xbb\xbf" HEADER ROW0 ROW1 ROW2, NULL},
    {"byte order mark without header", "\xef\xbb\xbf" ROW0 ROW1 ROW2, NULL},
    {"CRLF",
     "open_time,open,high,low,close,volume\r\n"
     "1709251200000,100,102,99,101,5\r\n1709251260000,101,103,100,102,6\r\n"
     "1709251320000,102,104,101,103,7\r\n",
     NULL},
    {"quotes",
     "\"open_time\",\"open\",\"high\",\"low\",\"close\",\"volume\"\n"
     "\"1709251200000\",\"100\",\"102\",\"99\",\"101\",\"5\"\n" ROW1
     "1709251320000,\"102\" ,104,101, \"103\" ,7\n",
     NULL},
    {"blanks",
     " open_time , open,high ,low,close,volume\n"
     " 1709251200000 , 100\t,102,99,101,5 \n" ROW1 ROW2,
     NULL},
    {"a field that is not needed holds delimiters and quotes",
     "note,open_time,open,high,low,close,volume\n"
     "\"a,b \"\"c\"\"\",1709251200000,100,102,99,101,5\n"
     "\"\",1709251260000,101,103,100,102,6\n"
     ",1709251320000,102,104,101,103,7\n",
     NULL},
    {"semicolons",
     "open_time;open;high;low;close;volume\n"
     "1709251200000;100;102;99;101;5\n1709251260000;101;103;100;102;6\n"
     "1709251320000;102;104;101;103;7\n",
     NULL},
    {"semicolons and a long field that is not needed",
     "note;open_time;open;high;low;close;volume\n"
     "0123456789;1709251200000;100;102;99;101;5\n"
     "a-longer-note-of-no-use;1709251260000;101;103;100;102;6\n"
     "x;1709251320000;102;104;101;103;7\n",
     NULL},
    {"tabs",
     "open_time\topen\thigh\tlow\tclose\tvolume\n"
     "1709251200000\t100\t102\t99\t101\t5\n"
     "1709251260000\t101\t103\t100\t102\t6\n"
     "1709251320000\t102\t104\t101\t103\t7\n",
     NULL},
    {"numbers in other forms",
     HEADER "1709251200000,1e2,102.0,9.9E1,+101,5.\n"
            "1709251260000,101.00000000,103,1000e-1,102,0.6e1\n" ROW2,
     NULL},
    {"seconds",
     HEADER "1709251200,100,102,99,101,5\n1709251260,101,103,100,102,6\n"
            "1709251320,102,104,101,103,7\n",
     NULL},
    {"seconds with a point, as pandas writes them",
     HEADER "1709251200.0,100,102,99,101,5\n"
            "1709251260.0,101,103,100,102,6\n"
            "1709251320.0,102,104,101,103,7\n",
     NULL},
    {"microseconds",
     HEADER "1709251200000000,100,102,99,101,5\n"
            "1709251260000000,101,103,100,102,6\n"
            "1709251320000000,102,104,101,103,7\n",
     NULL},
    {"from milliseconds to microseconds, as Binance's spot archive",
     ROW0 ROW1 "1709251320000000,102,104,101,103,7\n", NULL},
    {"nanoseconds",
     HEADER "1709251200000000000,100,102,99,101,5\n"
            "1709251260000000000,101,103,100,102,6\n"
            "1709251320000000000,102,104,101,103,7\n",
     NULL},
    {"ISO times",
     "date,open,high,low,close,volume\n2024-03-01T00:00:00Z,100,102,99,101,"
     "5\n"
     "2024-03-01 00:01:00,101,103,100,102,6\n"
     "2024-03-01T02:02:00.000+02:00,102,104,101,103,7\n",
     NULL},
    {"ISO times without header",
     "2024-03-01 00:00:00 UTC,100,102,99,101,5\n"
     "2024-03-01 00:01,101,103,100,102,6\n"
     "2024-03-01T00:02Z,102,104,101,103,7\n",
     NULL},
    {"names of other sources", "Timestamp,O,H,L,C,Vol\n" ROW0 ROW1 ROW2, NULL},
    {"another order",
     "volume,close,low,high,open,open_time\n5,101,99,102,100,1709251200000\n"
     "6,102,100,103,101,1709251260000\n7,103,101,104,102,1709251320000\n",
     NULL},
    {"an index of a data frame",
     ",open_time,open,high,low,close,volume\n0," ROW0 "1," ROW1 "2," ROW2,
     NULL},
    {"mapping by name", "a,b,c,d,e,f\n" ROW0 ROW1 ROW2,
     "open_time=a,open=b,high=c,low=d,close=e,volume=f"},
    {"mapping by number", "a,b,c,d,e,f\n" ROW0 ROW1 ROW2,
     "open_time=1,open=2,high=3,low=4,close=5,volume=6"},
    {"mapping without header", "7," ROW0 "7," ROW1 "7," ROW2,
     "open_time=2,open=3,high=4,low=5,close=6,volume=7"},
    {"mapping of a part, the rest by header",
     "open_time,bid,high,low,close,volume\n" ROW0 ROW1 ROW2, "open=bid"},
    {"mapping decides between two",
     "date,time,open,high,low,close,volume\n1," ROW0 "2," ROW1 "3," ROW2,
     "open_time=time"},
    {"mapping by another spelling",
     "Open Time,open,high,low,close,Base Vol.\n" ROW0 ROW1 ROW2,
     "volume=base vol"},
};

static void the_same_bars_read_from_many_forms_of_text(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof forms / sizeof forms[0]; ++i) {
    crucible_csv_options o = options();
    crucible_series *series;
    o.columns = forms[i].columns;
    if (crucible_series_parse_csv(forms[i].text, strlen(forms[i].text),
                                  "X-1m.csv", &o, &series) != CRUCIBLE_OK)
      fail_msg("%s: %s", forms[i].what, crucible_last_error());
    check_three(series);
    assert_null(view_of(series).quote_volume);
    assert_null(view_of(series).trades);
    assert_null(view_of(series).taker_buy_base);
    crucible_series_destroy(series);
  }
}

static void
the_kline_layout_reads_by_order_and_by_both_of_its_headers(void **s) {
  (void)s;
  static const char rows[] =
      "1709251200000,100,102,99,101,5,1709251259999,500.5,7,2.5,250,0\n"
      "1709251260000,101,103,100,102,6,1709251319999,600.5,8,3.5,350,0\n";
  static const char *const headers[] = {
      "",
      "open_time,open,high,low,close,volume,close_time,quote_volume,count,"
      "taker_buy_volume,taker_buy_quote_volume,ignore\n",
      "Open time,Open,High,Low,Close,Volume,Close time,Quote asset volume,"
      "Number of trades,Taker buy base asset volume,"
      "Taker buy quote asset volume,Ignore\n"};
  for (size_t i = 0; i < sizeof headers / sizeof headers[0]; ++i) {
    char text[512];
    (void)snprintf(text, sizeof text, "%s%s", headers[i], rows);
    crucible_series *series = parse_text(text, NULL);
    const crucible_bars b = view_of(series);
    assert_int_equal(b.n, 2);
    assert_same_bits(b.quote_volume[1], 600.5);
    assert_same_bits(b.trades[1], 8);
    assert_same_bits(b.taker_buy_base[1], 3.5);
    crucible_series_destroy(series);
  }
}

static void a_column_that_is_empty_in_every_row_is_absent(void **state) {
  (void)state;
  crucible_series *series = parse_text(
      FULL_HEADER "1709251200000,100,102,99,101,5,1709251259999,,7,,\n"
                  "1709251260000,101,103,100,102,6,1709251319999,\"\",8, ,\n",
      NULL);
  const crucible_bars b = view_of(series);
  assert_null(b.quote_volume);
  assert_null(b.taker_buy_base);
  assert_same_bits(b.trades[1], 8);
  crucible_series_destroy(series);
}

static void a_mapping_to_nothing_leaves_a_column_out(void **state) {
  (void)state;
  crucible_csv_options o = options();
  o.columns = "trades=,taker_buy_base=";
  crucible_series *series =
      parse_text(FULL_HEADER "1709251200000,100,102,99,101,5,0,500,x,,0\n"
                             "1709251260000,101,103,100,102,6,0,600,y,3,0\n",
                 &o);
  assert_null(view_of(series).trades);
  assert_null(view_of(series).taker_buy_base);
  assert_same_bits(view_of(series).quote_volume[1], 600);
  crucible_series_destroy(series);
}

/* Text, what the reader must say, and how it is called. */
typedef struct refusal {
  const char *text, *says;
  crucible_status status;
  const char *columns;
  int64_t timeframe_ms;
  int32_t time_unit;
} refusal;

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
      {HEADER ROW0 "1709251260000,101,103,nan,102,6\n",
       "d/X-1m.csv:3:23: low \"nan\" is not a number", CRUCIBLE_E_DATA, 0, 0,
       0},
      {HEADER ROW0 "1709251260000,101,103,100,102,NaN\n",
       ":3:31: volume \"NaN\" is not a number", CRUCIBLE_E_DATA, 0, 0, 0},
      {HEADER ROW0 "1709251260000,101,inf,100,102,6\n",
       ":3:19: high \"inf\" is not a number", CRUCIBLE_E_DATA, 0, 0, 0},
      {HEADER ROW0 "1709251260000,101,1e999,100,102,6\n",
       ":3:19: high \"1e999\" is too large", CRUCIBLE_E_DATA, 0, 0, 0},
      {HEADER ROW0 "1709251260000,101,103,0x10,102,6\n",
       ":3:23: low \"0x10\" is not a number", CRUCIBLE_E_DATA, 0, 0, 0},
      {HEADER ROW0 "1709251260000,101,10\x01\xff,100,102,6\n",
       ":3:19: high \"10??\" is not a number", CRUCIBLE_E_DATA, 0, 0, 0},
      {HEADER ROW0 "1709251260000,101,,100,102,6\n",
       ":3:19: high \"\" is empty, and every bar needs it", CRUCIBLE_E_DATA, 0,
       0, 0},
      {HEADER ROW0 ROW1 ROW1,
       ":4:1: open_time 2024-03-01T00:01:00Z is there twice", CRUCIBLE_E_DATA,
       0, 0, 0},
      {HEADER ROW0 ROW2 ROW1,
       ":4:1: open_time 2024-03-01T00:01:00Z is before 2024-03-01T00:02:00Z",
       CRUCIBLE_E_DATA, 0, 0, 0},
      {HEADER ROW0 "1709251260000,101,99,100,102,6\n",
       ":3:19: high 99 is below low 100: correct the row or remove it",
       CRUCIBLE_E_DATA, 0, 0, 0},
      {HEADER ROW0 "1709251260000,104,103,100,102,6\n",
       ":3:15: open 104 is above high 103", CRUCIBLE_E_DATA, 0, 0, 0},
      {HEADER ROW0 "1709251260000,101,103,100,99.5,6\n",
       ":3:27: close 99.5 is below low 100", CRUCIBLE_E_DATA, 0, 0, 0},
      {HEADER ROW0 "1709251260000,101,103,-1,102,6\n",
       ":3:23: low -1 is not above 0", CRUCIBLE_E_DATA, 0, 0, 0},
      {HEADER ROW0 "1709251260000,101,103,0,102,6\n",
       ":3:23: low 0 is not above 0", CRUCIBLE_E_DATA, 0, 0, 0},
      {HEADER ROW0 "1709251260000,101,103,100,102,-6\n",
       ":3:31: volume -6 is negative", CRUCIBLE_E_DATA, 0, 0, 0},
      {HEADER ROW0 "1709251260000,101,103,100,102\n",
       ":3:30: the row has only 5 columns, where the first line has 6",
       CRUCIBLE_E_DATA, 0, 0, 0},
      {HEADER ROW0 "1709251260000,101,103,100,102,6,7\n",
       ":3:32: the row has more than 6 columns", CRUCIBLE_E_DATA, 0, 0, 0},
      {HEADER ROW0 "  \n" ROW1, ":3:1: open_time \"\" is empty",
       CRUCIBLE_E_DATA, 0, 0, 0},
      {HEADER ROW0 HEADER ROW1,
       ":3:1: open_time \"open_time\" is neither a whole number",
       CRUCIBLE_E_DATA, 0, 0, 0},
      {HEADER ROW0 "\"1709251260000,101,103,100,102,6\n",
       ":3:1: open_time \"1709251260000,101,103,100,102,6\" its quotes are not "
       "closed",
       CRUCIBLE_E_DATA, 0, 0, 0},
      {HEADER ROW0 "1709251260000,\"101\"x,103,100,102,6\n",
       ":3:15: open \"101\" something follows its closing quote",
       CRUCIBLE_E_DATA, 0, 0, 0},
      {"note," HEADER "x," ROW0 "\"x," ROW1,
       ":3:2: a field is wrong: its quotes are not closed", CRUCIBLE_E_DATA, 0,
       0, 0},
      {HEADER ROW0 "1709251260000,101,103\r,100,102,6\n",
       ":3:19: high \"103?\" is not a number", CRUCIBLE_E_DATA, 0, 0, 0},
      {HEADER "\n\n" ROW0 "\r\n"
              "1709251260000,101,x,100,102,6\n",
       ":6:19: high \"x\" is not a number", CRUCIBLE_E_DATA, 0, 0, 0},
  };
  check_refusals(refusals, sizeof refusals / sizeof refusals[0]);
}

static void a_wrong_optional_column_is_refused_with_its_place(void **state) {
  (void)state;
#define R0 "1709251200000,100,102,99,101,5,0,"
#define R1 "1709251260000,101,103,100,102,6,0,"
  static const refusal refusals[] = {
      {FULL_HEADER R0 "500,7,2,\n" R1 ",8,3,\n",
       ":3:35: quote_volume is empty here and filled in the rows before",
       CRUCIBLE_E_DATA, 0, 0, 0},
      {FULL_HEADER R0 "500,7,,\n" R1 "600,8,3,\n",
       ":3:41: taker_buy_base is filled here and empty in the rows before",
       CRUCIBLE_E_DATA, 0, 0, 0},
      {FULL_HEADER R0 "500,7,2,\n" R1 "600,8.5,3,\n",
       ":3:39: trades 8.5 is not a whole number", CRUCIBLE_E_DATA, 0, 0, 0},
      {FULL_HEADER R0 "500,7,2,\n" R1 "600,8,6.5,\n",
       ":3:41: taker_buy_base 6.5 is above volume 6", CRUCIBLE_E_DATA, 0, 0, 0},
      {FULL_HEADER R0 "500,7,2,\n" R1 "-600,8,3,\n",
       ":3:35: quote_volume -600 is negative", CRUCIBLE_E_DATA, 0, 0, 0},
      {FULL_HEADER R0 "500,7,2,\n" R1 "600,-8,3,\n",
       ":3:39: trades -8 is negative", CRUCIBLE_E_DATA, 0, 0, 0},
      {FULL_HEADER R0 "500,7,2,\n" R1 "600,8,none,\n",
       ":3:41: taker_buy_base \"none\" is not a number", CRUCIBLE_E_DATA, 0, 0,
       0},
  };
  check_refusals(refusals, sizeof refusals / sizeof refusals[0]);
}

static void a_time_that_is_wrong_is_refused_with_its_place(void **state) {
  (void)state;
#define REST ",100,102,99,101,5\n"
  static const refusal refusals[] = {
      {HEADER "2024-13-01T00:00:00Z" REST,
       ":2:1: open_time \"2024-13-01T00:00:00Z\" is neither", CRUCIBLE_E_DATA,
       0, 0, 0},
      {HEADER "1/4/1999" REST, ":2:1: open_time \"1/4/1999\" is neither",
       CRUCIBLE_E_DATA, 0, 0, 0},
      {HEADER "20240301" REST,
       ":2:1: open_time \"20240301\" is too small to tell its unit",
       CRUCIBLE_E_DATA, 0, 0, 0},
      {HEADER "1709251200.5" REST,
       ":2:1: open_time \"1709251200.5\" is neither", CRUCIBLE_E_DATA, 0, 0, 0},
      {HEADER "1709251200000500" REST,
       ":2:1: open_time \"1709251200000500\" is not a whole millisecond",
       CRUCIBLE_E_DATA, 0, 0, 0},
      {HEADER "99999999999999999999" REST,
       ":2:1: open_time \"99999999999999999999\" is neither", CRUCIBLE_E_DATA,
       0, 0, 0},
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
      {HEADER "1709251200000" REST "1709251260000" REST "1709251350000" REST
              "1709251410000" REST,
       ":4:1: open_time 2024-03-01T00:02:30Z is 90000 ms after the row before, "
       "not a multiple of the timeframe of 60000 ms (the smallest",
       CRUCIBLE_E_DATA, 0, 0, 0},
      {HEADER "1709251200000" REST "1709251290000" REST "1709251350000" REST,
       ":3:1: open_time 2024-03-01T00:01:30Z is 90000 ms after",
       CRUCIBLE_E_DATA, 0, 0, 0},
      {HEADER "1709251200000" REST "1709251260000" REST "1709251305000" REST
              "1709251320000" REST "1709251325000" REST "1709251332000" REST,
       ":7:1: open_time 2024-03-01T00:02:12Z is 7000 ms after", CRUCIBLE_E_DATA,
       0, 0, 0},
      {HEADER "1709251205000" REST "1709251265000" REST,
       ":2:1: open_time 2024-03-01T00:00:05Z is not a multiple of the "
       "timeframe of 60000 ms (the smallest",
       CRUCIBLE_E_DATA, 0, 0, 0},
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
      {"open_time,open,high,low,close\n",
       ":1:1: no column is known to be "
       "volume: say which by columns=",
       CRUCIBLE_E_DATA, 0, 0, 0},
      {"date,time,open,high,low,close,volume\n",
       ":1:6: columns 1 and 2 of the header may both be open_time: say which "
       "by "
       "columns=\"open_time=1\"",
       CRUCIBLE_E_DATA, 0, 0, 0},
      {"1709251200000,100,102,99,101,5,6\n",
       ":1:1: there is no header, and 7 columns are not the kline layout",
       CRUCIBLE_E_DATA, 0, 0, 0},
      {"{\"openTime\": 1709251200000}\n", "X-1m.csv:1:1: no column is known",
       CRUCIBLE_E_DATA, 0, 0, 0},
      {"a,\"b\nc\",d\n", ":1:4: column 2: its quotes are not closed",
       CRUCIBLE_E_DATA, 0, 0, 0},
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

static void one_row_reads_with_the_timeframe_given(void **state) {
  (void)state;
  crucible_csv_options o = options();
  o.timeframe_ms = 60000;
  o.price_tick = 0.01;
  o.lot_step = 0.001;
  crucible_series *series = parse_text(HEADER ROW0, &o);
  assert_int_equal(view_of(series).n, 1);
  assert_int_equal(view_of(series).timeframe_ms, 60000);
  assert_same_bits(view_of(series).price_tick, 0.01);
  assert_same_bits(view_of(series).lot_step, 0.001);
  crucible_series_destroy(series);
}

static void times_before_1970_read_in_a_given_unit(void **state) {
  (void)state;
  crucible_csv_options o = options();
  o.time_unit = CRUCIBLE_TIME_SECONDS;
  crucible_series *series =
      parse_text(HEADER "-120" REST "-60" REST "0" REST, &o);
  assert_int_equal(view_of(series).open_time_ms[0], -120000);
  assert_int_equal(view_of(series).timeframe_ms, 60000);
  crucible_series_destroy(series);
}

static void the_range_cuts_what_is_kept_and_nothing_else(void **state) {
  (void)state;
  crucible_csv_options o = options();
  crucible_series *series;
  o.from_ms = T0 + 60000;
  o.until_ms = T0 + 120000;
  series = parse_text(HEADER ROW0 ROW1 ROW2, &o);
  assert_int_equal(view_of(series).n, 1);
  assert_int_equal(view_of(series).open_time_ms[0], T0 + 60000);
  assert_int_equal(view_of(series).timeframe_ms, 60000);
  crucible_series_destroy(series);
  /* a wrong row outside is refused all the same */
  static const char wrong[] = HEADER ROW0 ROW1 "1709251320000,x,1,1,1,1\n";
  assert_int_equal(
      crucible_series_parse_csv(wrong, strlen(wrong), "X", &o, &series),
      CRUCIBLE_E_DATA);
  o.from_ms = T0 + 180000;
  o.until_ms = INT64_MAX;
  static const char text[] = HEADER ROW0 ROW1;
  assert_int_equal(
      crucible_series_parse_csv(text, strlen(text), "X", &o, &series),
      CRUCIBLE_E_TOO_SHORT);
  assert_string_equal(crucible_last_error(),
                      "X: has no bar in the range that from_ms and until_ms "
                      "give: it holds 2024-03-01T00:00:00Z to "
                      "2024-03-01T00:01:00Z");
}

static void refused_gaps_are_those_of_the_range_at_the_right_row(void **state) {
  (void)state;
  static const struct {
    const char *text, *says; /* NULL: no gap */
    int64_t from_ms, until_ms;
  } cases[] = {
      {HEADER "60" REST "120" REST "240" REST,
       "X:4:1: 1 bar is missing from 1970-01-01T00:03:00Z", INT64_MIN,
       INT64_MAX},
      {HEADER "60" REST "240" REST "300" REST "600" REST,
       "X:3:1: 2 bars are missing from 1970-01-01T00:02:00Z", INT64_MIN,
       INT64_MAX},
      {HEADER "60" REST "240" REST "300" REST "360" REST, NULL, 240000,
       INT64_MAX},
      {HEADER "60" REST "120" REST "240" REST "300" REST, NULL, INT64_MIN,
       240000},
      /* the timeframe shows late: what looked like neighbours were gaps */
      {HEADER "60" REST "180" REST "300" REST "360" REST,
       "X:3:1: 1 bar is missing from 1970-01-01T00:02:00Z", INT64_MIN,
       INT64_MAX},
      {HEADER "60" REST "180" REST "300" REST "420" REST "480" REST,
       "X:4:1: 1 bar is missing from 1970-01-01T00:04:00Z", 180000, INT64_MAX},
      {HEADER "60" REST "180" REST "300" REST "360" REST, NULL, 300000,
       INT64_MAX},
      {HEADER "60" REST "180" REST "300" REST "360" REST, NULL, INT64_MIN,
       120000},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; ++i) {
    crucible_csv_options o = options();
    crucible_series *series;
    o.time_unit = CRUCIBLE_TIME_SECONDS;
    o.gaps = CRUCIBLE_GAPS_REFUSE;
    o.from_ms = cases[i].from_ms;
    o.until_ms = cases[i].until_ms;
    crucible_status status = crucible_series_parse_csv(
        cases[i].text, strlen(cases[i].text), "X", &o, &series);
    if (status != (cases[i].says != NULL ? CRUCIBLE_E_DATA : CRUCIBLE_OK) ||
        (status != CRUCIBLE_OK &&
         strstr(crucible_last_error(), cases[i].says) == NULL))
      fail_msg("case %zu: %s, %s", i, crucible_status_name(status),
               crucible_last_error());
    crucible_series_destroy(series);
  }
}

static void the_symbol_is_the_begin_of_the_name_of_the_file(void **state) {
  (void)state;
  static const char *const names[][2] = {
      {"a-b/BTCUSDT-5m-2024.csv.gz", "BTCUSDT"},
      {"ETHUSDT.csv", "ETHUSDT"},
      {"SOL", "SOL"},
      {"-x", NULL},
      {"", NULL}};
  static const char text[] = HEADER ROW0 ROW1;
  for (size_t i = 0; i < sizeof names / sizeof names[0]; ++i) {
    crucible_series *series;
    assert_int_equal(crucible_series_parse_csv(text, strlen(text), names[i][0],
                                               NULL, &series),
                     CRUCIBLE_OK);
    const char *symbol = view_of(series).symbol;
    if (names[i][1] == NULL)
      assert_null(symbol);
    else
      assert_string_equal(symbol, names[i][1]);
    crucible_series_destroy(series);
  }
  crucible_csv_options o = options();
  o.symbol = "OTHER";
  crucible_series *series = parse_text(text, &o);
  assert_string_equal(view_of(series).symbol, "OTHER");
  crucible_series_destroy(series);
}

static void a_name_that_is_too_long_is_shown_by_its_end(void **state) {
  (void)state;
  char name[2000];
  memset(name, 'n', sizeof name);
  (void)snprintf(name + 1900, 100, "/end.csv");
  crucible_series *series;
  static const char text[] = HEADER "x" REST;
  assert_int_equal(
      crucible_series_parse_csv(text, strlen(text), name, NULL, &series),
      CRUCIBLE_E_DATA);
  assert_int_equal(strncmp(crucible_last_error(), "...nnn", 6), 0);
  assert_non_null(strstr(crucible_last_error(),
                         "n/end.csv:2:1: open_time \"x\" is neither"));
}

/* ---- gzip ---- */

typedef struct packed {
  unsigned char bytes[1 << 18];
  size_t n;
} packed;

static void pack(packed *p, const char *text, size_t n) {
  z_stream z = {0};
  assert_int_equal(deflateInit2(&z, 9, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY),
                   Z_OK);
  z.next_in = (unsigned char *)(uintptr_t)text;
  z.avail_in = (uInt)n;
  z.next_out = p->bytes + p->n;
  z.avail_out = (uInt)(sizeof p->bytes - p->n);
  assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
  p->n = sizeof p->bytes - z.avail_out;
  assert_int_equal(deflateEnd(&z), Z_OK);
}

static crucible_status parse_packed(const packed *p, size_t n,
                                    crucible_series **series) {
  return crucible_series_parse_csv((const char *)p->bytes, n, "X-1m.csv.gz",
                                   NULL, series);
}

static const char gzip_text[] = HEADER ROW0 ROW1 ROW2;

static void gzip_reads_in_one_and_in_several_members(void **state) {
  (void)state;
  packed p = {.n = 0};
  crucible_series *series;
  pack(&p, gzip_text, strlen(gzip_text));
  assert_int_equal(parse_packed(&p, p.n, &series), CRUCIBLE_OK);
  check_three(series);
  crucible_series_destroy(series);
  p.n = 0;
  pack(&p, gzip_text, 50); /* in the middle of a row */
  pack(&p, "", 0);
  pack(&p, gzip_text + 50, strlen(gzip_text) - 50);
  assert_int_equal(parse_packed(&p, p.n, &series), CRUCIBLE_OK);
  check_three(series);
  crucible_series_destroy(series);
}

static void gzip_that_is_cut_off_anywhere_is_refused(void **state) {
  (void)state;
  packed p = {.n = 0};
  crucible_series *series;
  pack(&p, gzip_text, strlen(gzip_text));
  for (size_t n = 2; n < p.n; ++n) {
    char says[100];
    assert_int_equal(parse_packed(&p, n, &series), CRUCIBLE_E_IO);
    assert_null(series);
    (void)snprintf(says, sizeof says,
                   "X-1m.csv.gz: the gzip stream is cut off after byte %zu: "
                   "fetch the file again",
                   n);
    assert_string_equal(crucible_last_error(), says);
  }
}

static void gzip_with_any_bit_of_its_data_turned_is_refused(void **state) {
  (void)state;
  packed p = {.n = 0};
  crucible_series *series;
  pack(&p, gzip_text, strlen(gzip_text));
  enum {
    HEAD = 10,
    TRAILER = 8
  }; /* a turned bit in the head may mean nothing,
                                      nor does the filling before the trailer */
  for (size_t bit = 8 * HEAD; bit < 8 * p.n; ++bit) {
    p.bytes[bit / 8] ^= (unsigned char)(1U << bit % 8);
    if (parse_packed(&p, p.n, &series) == CRUCIBLE_OK) {
      assert_int_equal(bit / 8, p.n - TRAILER - 1);
      check_three(series);
      crucible_series_destroy(series);
    } else {
      assert_non_null(strstr(crucible_last_error(), "X-1m.csv.gz: the gzip"));
      assert_null(series);
    }
    p.bytes[bit / 8] ^= (unsigned char)(1U << bit % 8);
  }
}

/* The wrong row is in the first block of the reader, the damage far behind. */
static void damage_is_told_where_it_first_shows_as_a_wrong_row(void **state) {
  (void)state;
  enum { ROWS = 20000 };
  static char wrong[ROWS * 32];
  static packed p;
  size_t n = 0;
  for (int i = 0; i < ROWS; ++i)
    n += (size_t)snprintf(wrong + n, sizeof wrong - n, "%lld,1,1,%s,1,1\n",
                          T0 + i * 60000LL, i == 2 ? "x" : "1");
  crucible_series *series;
  p.n = 0;
  pack(&p, wrong, n);
  assert_int_equal(parse_packed(&p, p.n, &series), CRUCIBLE_E_DATA);
  assert_non_null(strstr(crucible_last_error(),
                         "X-1m.csv.gz:3:19: low \"x\" is not a number"));
  p.bytes[p.n - 8] ^= 1; /* the checksum */
  assert_int_equal(parse_packed(&p, p.n, &series), CRUCIBLE_E_IO);
  assert_non_null(strstr(crucible_last_error(), "is damaged at byte"));
  assert_int_equal(parse_packed(&p, p.n - 9, &series), CRUCIBLE_E_IO);
  assert_non_null(strstr(crucible_last_error(), "is cut off after byte"));
  assert_null(series);
}

static void what_follows_the_gzip_stream_is_refused(void **state) {
  (void)state;
  packed p = {.n = 0};
  crucible_series *series;
  pack(&p, gzip_text, strlen(gzip_text));
  char says[120];
  (void)snprintf(says, sizeof says,
                 "X-1m.csv.gz: something that is not gzip follows the gzip "
                 "stream, which ends at byte %zu: fetch the file again",
                 p.n);
  memcpy(p.bytes + p.n, "tail", 4);
  for (size_t n = 1; n <= 4; ++n) {
    assert_int_equal(parse_packed(&p, p.n + n, &series), CRUCIBLE_E_IO);
    assert_string_equal(crucible_last_error(), says);
  }
  p.bytes[p.n] = 0x1f; /* the begin of one more member */
  p.bytes[p.n + 1] = 0x8b;
  assert_int_equal(parse_packed(&p, p.n + 4, &series), CRUCIBLE_E_IO);
}

/* ---- files and arguments ---- */

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
      cmocka_unit_test(the_same_bars_read_from_many_forms_of_text),
      cmocka_unit_test(
          the_kline_layout_reads_by_order_and_by_both_of_its_headers),
      cmocka_unit_test(a_column_that_is_empty_in_every_row_is_absent),
      cmocka_unit_test(a_mapping_to_nothing_leaves_a_column_out),
      cmocka_unit_test(a_wrong_row_is_refused_with_its_line_and_column),
      cmocka_unit_test(a_wrong_optional_column_is_refused_with_its_place),
      cmocka_unit_test(a_time_that_is_wrong_is_refused_with_its_place),
      cmocka_unit_test(a_layout_that_is_not_clear_is_refused),
      cmocka_unit_test(a_file_without_bars_is_refused),
      cmocka_unit_test(one_row_reads_with_the_timeframe_given),
      cmocka_unit_test(times_before_1970_read_in_a_given_unit),
      cmocka_unit_test(the_range_cuts_what_is_kept_and_nothing_else),
      cmocka_unit_test(refused_gaps_are_those_of_the_range_at_the_right_row),
      cmocka_unit_test(the_symbol_is_the_begin_of_the_name_of_the_file),
      cmocka_unit_test(a_name_that_is_too_long_is_shown_by_its_end),
      cmocka_unit_test(gzip_reads_in_one_and_in_several_members),
      cmocka_unit_test(gzip_that_is_cut_off_anywhere_is_refused),
      cmocka_unit_test(gzip_with_any_bit_of_its_data_turned_is_refused),
      cmocka_unit_test(damage_is_told_where_it_first_shows_as_a_wrong_row),
      cmocka_unit_test(what_follows_the_gzip_stream_is_refused),
      cmocka_unit_test(what_is_no_readable_file_is_refused),
      cmocka_unit_test(options_that_contradict_are_refused),
      cmocka_unit_test(a_line_without_end_is_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
