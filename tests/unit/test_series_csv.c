/* SPDX-License-Identifier: Apache-2.0 */
/* Bars read from text: forms, columns, times, ranges, symbols. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include <crucible/series.h>

#include "support/csv_text.h"
#include "support/near.h"
#include "support/series_files.h"

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

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_same_bars_read_from_many_forms_of_text),
      cmocka_unit_test(
          the_kline_layout_reads_by_order_and_by_both_of_its_headers),
      cmocka_unit_test(a_column_that_is_empty_in_every_row_is_absent),
      cmocka_unit_test(a_mapping_to_nothing_leaves_a_column_out),
      cmocka_unit_test(one_row_reads_with_the_timeframe_given),
      cmocka_unit_test(times_before_1970_read_in_a_given_unit),
      cmocka_unit_test(the_range_cuts_what_is_kept_and_nothing_else),
      cmocka_unit_test(refused_gaps_are_those_of_the_range_at_the_right_row),
      cmocka_unit_test(the_symbol_is_the_begin_of_the_name_of_the_file),
      cmocka_unit_test(a_name_that_is_too_long_is_shown_by_its_end),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
