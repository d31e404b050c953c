/* SPDX-License-Identifier: Apache-2.0 */
/* Tables as CSV and JSON, read back; what cannot be written. */
#include <glob.h>
#include <math.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include <crucible/arrow.h>
#include <crucible/backtest.h>
#include <crucible/status.h>

#include "support/failing_alloc.h"
#include "support/near.h"
#include "support/recorded.h"
#include "support/recorded_run.h"

static char text[1 << 22];

static const char *content(const char *path) {
  FILE *file = fopen(path, "rb");
  assert_non_null(file);
  size_t n = fread(text, 1, sizeof text - 1, file);
  assert_int_equal(fclose(file), 0);
  text[n] = '\0';
  return text;
}

static void assert_nothing_left_over(void) {
  glob_t found;
  assert_int_equal(glob("*.tmp*", 0, NULL, &found), GLOB_NOMATCH);
}

/* ---- text ---- */

static const uint32_t column[] = {0, 7};
static const int8_t side[] = {1, -1}, purpose[] = {1, 4}, entry[] = {2, 1};
static const int8_t ended_as[] = {1, 2}, reason[] = {0, 6},
                    liquidity[] = {1, 0};
static const int64_t placed_ms[] = {1679270400000, -1};
static const int64_t ended_ms[] = {1679270700250, 0};
static const double quantity[] = {0.1, 1e-7}, filled[] = {0.1, 0};
static const double price[] = {28000.01, (double)NAN};
static const double fee[] = {1.0 / 3, 0}, zero[] = {0, -0.0};
static const uint32_t id[] = {0, 4294967295u};

static crucible_orders two_orders(void) {
  return (crucible_orders){
      .struct_size = sizeof(crucible_orders),
      .n = 2,
      .column = column,
      .side = side,
      .purpose = purpose,
      .entry = entry,
      .status = ended_as,
      .reason = reason,
      .liquidity = liquidity,
      .placed_ms = placed_ms,
      .ended_ms = ended_ms,
      .quantity = quantity,
      .limit_price = price,
      .filled = filled,
      .fill_price = price,
      .fee = fee,
      .spread = zero,
      .slippage = zero,
      .impact = zero,
      .id = id,
  };
}

static void csv_names_words_times_and_shortest_numbers(void **state) {
  (void)state;
  crucible_orders orders = two_orders();
  assert_int_equal(
      crucible_orders_write(&orders, CRUCIBLE_FORMAT_CSV, "orders.csv"),
      CRUCIBLE_OK);
  assert_string_equal(
      content("orders.csv"),
      "column,side,purpose,entry,status,reason,liquidity,placed_time,placed_ms,"
      "ended_time,ended_ms,quantity,limit_price,filled,fill_price,fee,spread,"
      "slippage,impact,id\n"
      "0,buy,entry,limit,filled,none,maker,2023-03-20T00:00:00Z,1679270400000,"
      "2023-03-20T00:05:00.250Z,1679270700250,0.1,28000.01,0.1,28000.01,"
      "0.3333333333333333,0,0,0,0\n"
      "7,sell,stop,market,rejected,no_forecast,none,1969-12-31T23:59:59.999Z,-"
      "1,"
      "1970-01-01T00:00:00Z,0,1e-07,,0,,0,-0,-0,-0,4294967295\n");
  assert_nothing_left_over();
}

static void json_is_an_array_of_objects(void **state) {
  (void)state;
  crucible_orders orders = two_orders();
  assert_int_equal(
      crucible_orders_write(&orders, CRUCIBLE_FORMAT_JSON, "orders.json"),
      CRUCIBLE_OK);
  assert_string_equal(
      content("orders.json"),
      "[\n{\"column\": 0, \"side\": \"buy\", \"purpose\": \"entry\", "
      "\"entry\": \"limit\", \"status\": \"filled\", \"reason\": \"none\", "
      "\"liquidity\": \"maker\", \"placed_time\": \"2023-03-20T00:00:00Z\", "
      "\"placed_ms\": 1679270400000, \"ended_time\": "
      "\"2023-03-20T00:05:00.250Z\", \"ended_ms\": 1679270700250, "
      "\"quantity\": 0.1, \"limit_price\": 28000.01, \"filled\": 0.1, "
      "\"fill_price\": 28000.01, \"fee\": 0.3333333333333333, \"spread\": 0, "
      "\"slippage\": 0, \"impact\": 0, \"id\": 0},\n"
      "{\"column\": 7, \"side\": \"sell\", \"purpose\": \"stop\", "
      "\"entry\": \"market\", \"status\": \"rejected\", "
      "\"reason\": \"no_forecast\", \"liquidity\": \"none\", "
      "\"placed_time\": \"1969-12-31T23:59:59.999Z\", \"placed_ms\": -1, "
      "\"ended_time\": \"1970-01-01T00:00:00Z\", \"ended_ms\": 0, "
      "\"quantity\": 1e-07, \"limit_price\": null, \"filled\": 0, "
      "\"fill_price\": null, \"fee\": 0, \"spread\": -0, \"slippage\": -0, "
      "\"impact\": -0, \"id\": 4294967295}\n]\n");
}

static void absent_columns_and_older_structs_are_left_out(void **state) {
  (void)state;
  static const int8_t strange[] = {99, 2}, last[] = {1, 0};
  crucible_trades trades = {.struct_size = sizeof trades,
                            .n = 2,
                            .exit = strange,
                            .exit_ms = ended_ms,
                            .is_last = last};
  assert_int_equal(
      crucible_trades_write(&trades, CRUCIBLE_FORMAT_CSV, "trades.csv"),
      CRUCIBLE_OK);
  assert_string_equal(content("trades.csv"),
                      "exit,exit_time,exit_ms,is_last\n"
                      "99,2023-03-20T00:05:00.250Z,1679270700250,true\n"
                      "exit_score,1970-01-01T00:00:00Z,0,false\n");
  trades.struct_size = offsetof(crucible_trades, exit_ms);
  assert_int_equal(
      crucible_trades_write(&trades, CRUCIBLE_FORMAT_JSON, "trades.json"),
      CRUCIBLE_OK);
  assert_string_equal(content("trades.json"),
                      "[\n{\"exit\": 99},\n{\"exit\": \"exit_score\"}\n]\n");
}

static void an_empty_table_still_has_its_names(void **state) {
  (void)state;
  crucible_trades none = {.struct_size = offsetof(crucible_trades, entry_ms)};
  assert_int_equal(
      crucible_trades_write(&none, CRUCIBLE_FORMAT_CSV, "none.csv"),
      CRUCIBLE_OK);
  assert_string_equal(content("none.csv"), "column,side,exit\n");
  assert_int_equal(
      crucible_trades_write(&none, CRUCIBLE_FORMAT_JSON, "none.json"),
      CRUCIBLE_OK);
  assert_string_equal(content("none.json"), "[\n]\n");
}

static void what_cannot_be_written_is_refused(void **state) {
  (void)state;
  crucible_orders orders = two_orders();
  crucible_trades trades = {.struct_size = 3};
  (void)mkdir("folder", 0777);
  const struct {
    const crucible_orders *orders;
    int32_t format;
    const char *path, *says;
    crucible_status status;
  } cases[] = {
      {NULL, 1, "x", "orders is NULL", CRUCIBLE_E_INVALID},
      {&orders, 0, "x", "format is 0", CRUCIBLE_E_INVALID},
      {&orders, 3, "x", "format is 3", CRUCIBLE_E_INVALID},
      {&orders, 1, NULL, "path is NULL", CRUCIBLE_E_INVALID},
      {&orders, 1, "", "path is empty", CRUCIBLE_E_INVALID},
      {&orders, 1, "folder", "regular file", CRUCIBLE_E_IO},
      {&orders, 1, "/dev/full", "regular file", CRUCIBLE_E_IO},
      {&orders, 1, "nowhere/x.csv", "nowhere/x.csv", CRUCIBLE_E_IO},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
    assert_int_equal(
        crucible_orders_write(cases[i].orders, cases[i].format, cases[i].path),
        cases[i].status);
    assert_non_null(strstr(crucible_last_error(), cases[i].says));
  }
  assert_int_equal(crucible_trades_write(&trades, CRUCIBLE_FORMAT_CSV, "x"),
                   CRUCIBLE_E_INVALID);
  assert_int_equal(access("x", F_OK), -1);
  assert_nothing_left_over();
}

/* ---- a run ---- */

/* Cell [row] of a column of a CSV text, as it stands. */
static const char *cell(const char *csv, const char *name, size_t row) {
  static char found[64];
  size_t at = 0, length = strlen(name);
  const char *p = csv;
  while (strncmp(p, name, length) != 0 || strchr(",\n", p[length]) == NULL) {
    p += strcspn(p, ",\n");
    assert_int_equal(*p, ',');
    ++p;
    ++at;
  }
  for (size_t i = 0; i <= row; ++i) {
    csv = strchr(csv, '\n');
    assert_non_null(csv);
    ++csv;
  }
  for (size_t i = 0; i < at; ++i) {
    csv += strcspn(csv, ",\n");
    assert_int_equal(*csv, ',');
    ++csv;
  }
  length = strcspn(csv, ",\n");
  assert_true(length < sizeof found);
  memcpy(found, csv, length);
  found[length] = '\0';
  return found;
}

static double number(const char *csv, const char *name, size_t row) {
  const char *found = cell(csv, name, row);
  return *found == '\0' ? (double)NAN : strtod(found, NULL);
}

static size_t lines_of(const char *csv) {
  size_t n = 0;
  for (; *csv != '\0'; ++csv)
    n += *csv == '\n';
  return n;
}

static void trades_of_a_run_read_back_to_the_bit(void **state) {
  (void)state;
  run r = start();
  crucible_trades trades = {.struct_size = sizeof trades};
  assert_int_equal(crucible_backtest_records(r.backtest, NULL, &trades),
                   CRUCIBLE_OK);
  assert_true(trades.n > 30);
  assert_int_equal(crucible_backtest_write(r.backtest, CRUCIBLE_TABLE_TRADES,
                                           CRUCIBLE_FORMAT_CSV, "run.csv"),
                   CRUCIBLE_OK);
  const char *csv = content("run.csv");
  assert_int_equal(lines_of(csv), trades.n + 1);
  for (size_t i = 0; i < trades.n; ++i) {
    assert_same_bits(number(csv, "result", i), trades.result[i]);
    assert_same_bits(number(csv, "exit_price", i), trades.exit_price[i]);
    assert_near(number(csv, "column", i), trades.column[i], 0, 0);
    assert_near(number(csv, "exit_ms", i), (double)trades.exit_ms[i], 0, 0);
  }
  end(&r);
}

static void summaries_have_a_row_per_column(void **state) {
  (void)state;
  run r = start();
  assert_int_equal(crucible_backtest_write(r.backtest, CRUCIBLE_TABLE_SUMMARIES,
                                           CRUCIBLE_FORMAT_CSV, "run.csv"),
                   CRUCIBLE_OK);
  const char *csv = content("run.csv");
  assert_int_equal(lines_of(csv), COLUMNS + 1);
  for (size_t c = 0; c < COLUMNS; ++c) {
    crucible_summary s = {.struct_size = sizeof s};
    assert_int_equal(crucible_backtest_summary(r.backtest, c, &s), CRUCIBLE_OK);
    assert_same_bits(number(csv, "ledger.equity", c), s.ledger.equity);
    assert_same_bits(number(csv, "ledger.costs.fee", c), s.ledger.costs.fee);
    assert_same_bits(number(csv, "metrics.psr", c), s.metrics.psr);
    assert_same_bits(number(csv, "trades.win_rate", c), s.trades.win_rate);
    assert_near(number(csv, "ledger.n_orders", c), (double)s.ledger.n_orders, 0,
                0);
    assert_string_equal(cell(csv, "ledger.is_stopped", c), "false");
    assert_same_bits(number(csv, "buy_and_hold", c), s.buy_and_hold);
  }
  end(&r);
}

/* A limit on the size of files stands for a disk that is full. */
static void a_full_disk_leaves_the_old_file(void **state) {
  (void)state;
  run r = start();
  struct rlimit before, small;
  assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
  small = before;
  small.rlim_cur = 2000;
  assert_int_equal(crucible_backtest_write(r.backtest, CRUCIBLE_TABLE_TRADES,
                                           CRUCIBLE_FORMAT_JSON, "full.json"),
                   CRUCIBLE_OK);
  char *old = strdup(content("full.json"));
  assert_true(strlen(old) > 4000);
  void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);
  assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
  crucible_status status = crucible_backtest_write(
      r.backtest, CRUCIBLE_TABLE_ORDERS, CRUCIBLE_FORMAT_JSON, "full.json");
  assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
  (void)signal(SIGXFSZ, handler);
  assert_int_equal(status, CRUCIBLE_E_IO);
  assert_non_null(strstr(crucible_last_error(), "nothing was written"));
  assert_string_equal(content("full.json"), old);
  assert_nothing_left_over();
  free(old);
  end(&r);
}

static void tables_that_were_not_kept_are_refused(void **state) {
  (void)state;
  run r = start();
  crucible_matrix matrix = {r.scores, r.market->bars.n, 1, 1,
                            (ptrdiff_t)r.market->bars.n};
  crucible_instrument instrument = recorded_bitcoin();
  crucible_plan plan;
  crucible_backtest_options options;
  crucible_backtest *bare;
  crucible_plan_init(&plan, sizeof plan);
  crucible_backtest_options_init(&options, sizeof options);
  options.keep_records = 0;
  assert_int_equal(crucible_backtest_run(&r.market->market, &instrument,
                                         &matrix, &plan, 1, &options, NULL,
                                         NULL, &bare),
                   CRUCIBLE_OK);
  struct ArrowSchema schema = {.name = "as it was"};
  struct ArrowArray array = {.length = -7};
  crucible_positions positions = {.struct_size = sizeof positions};
  crucible_drawdowns drawdowns = {.struct_size = sizeof drawdowns};
  for (int32_t table = CRUCIBLE_TABLE_ORDERS; table < CRUCIBLE_TABLE_SUMMARIES;
       ++table) {
    assert_int_equal(
        crucible_backtest_write(bare, table, CRUCIBLE_FORMAT_CSV, "bare.csv"),
        CRUCIBLE_E_STATE);
    assert_non_null(strstr(crucible_last_error(), "options.keep_"));
    assert_int_equal(
        crucible_backtest_export_arrow(bare, table, &schema, &array),
        CRUCIBLE_E_STATE);
  }
  assert_int_equal(crucible_backtest_positions(bare, &positions),
                   CRUCIBLE_E_STATE);
  assert_int_equal(crucible_backtest_drawdowns(bare, &drawdowns),
                   CRUCIBLE_E_STATE);
  assert_int_equal(crucible_backtest_positions(NULL, &positions),
                   CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_backtest_positions(bare, NULL), CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_backtest_drawdowns(NULL, &drawdowns),
                   CRUCIBLE_E_INVALID);
  for (int32_t table = -1; table < 7; table += 7) {
    assert_int_equal(
        crucible_backtest_write(bare, table, CRUCIBLE_FORMAT_CSV, "bare.csv"),
        CRUCIBLE_E_INVALID);
    assert_int_equal(
        crucible_backtest_export_arrow(bare, table, &schema, &array),
        CRUCIBLE_E_INVALID);
  }
  assert_int_equal(crucible_backtest_export_arrow(NULL, 1, &schema, &array),
                   CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_backtest_export_arrow(bare, 5, NULL, &array),
                   CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_backtest_export_arrow(bare, 5, &schema, NULL),
                   CRUCIBLE_E_INVALID);
  assert_string_equal(schema.name, "as it was");
  assert_int_equal(array.length, -7);
  assert_int_equal(access("bare.csv", F_OK), -1);
  crucible_backtest_destroy(bare);
  end(&r);
}

static void one_table_kept_does_not_stand_for_another(void **state) {
  (void)state;
  run r = start();
  crucible_matrix matrix = {r.scores, r.market->bars.n, 1, 1,
                            (ptrdiff_t)r.market->bars.n};
  crucible_instrument instrument = recorded_bitcoin();
  crucible_plan plan;
  crucible_plan_init(&plan, sizeof plan);
  for (int k = 0; k < 2; ++k) {
    crucible_backtest_options options;
    crucible_backtest *one;
    crucible_backtest_options_init(&options, sizeof options);
    options.keep_positions = k == 0;
    options.keep_drawdowns = k == 1;
    assert_int_equal(crucible_backtest_run(&r.market->market, &instrument,
                                           &matrix, &plan, 1, &options, NULL,
                                           NULL, &one),
                     CRUCIBLE_OK);
    assert_int_equal(crucible_backtest_write(one, CRUCIBLE_TABLE_POSITIONS,
                                             CRUCIBLE_FORMAT_CSV, "one.csv"),
                     k == 0 ? CRUCIBLE_OK : CRUCIBLE_E_STATE);
    assert_int_equal(crucible_backtest_write(one, CRUCIBLE_TABLE_DRAWDOWNS,
                                             CRUCIBLE_FORMAT_CSV, "one.csv"),
                     k == 1 ? CRUCIBLE_OK : CRUCIBLE_E_STATE);
    crucible_backtest_destroy(one);
  }
  end(&r);
}

/* ---- memory ---- */

static crucible_status export_all(void *data) {
  const crucible_backtest *backtest = data;
  for (int32_t table = CRUCIBLE_TABLE_ORDERS; table <= CRUCIBLE_TABLE_SUMMARIES;
       ++table) {
    struct ArrowSchema schema;
    struct ArrowArray array;
    crucible_status status =
        crucible_backtest_export_arrow(backtest, table, &schema, &array);
    if (status != CRUCIBLE_OK)
      return status;
    schema.release(&schema);
    array.release(&array);
    status = crucible_backtest_write(backtest, table, CRUCIBLE_FORMAT_CSV,
                                     "memory.csv");
    if (status != CRUCIBLE_OK)
      return status;
  }
  return CRUCIBLE_OK;
}

static crucible_status run_once(void *data) {
  const run *r = data;
  crucible_backtest *backtest = NULL;
  crucible_status status = run_it(r->market, r->scores, &backtest);
  crucible_backtest_destroy(backtest);
  return status;
}

static void runs_and_exports_survive_any_failing_allocation(void **state) {
  (void)state;
  run r = start();
  (void)failing_alloc_run(run_once, &r);
  (void)failing_alloc_run(export_all, r.backtest);
  end(&r);
}

int main(void) {
  failing_alloc_install();
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(csv_names_words_times_and_shortest_numbers),
      cmocka_unit_test(json_is_an_array_of_objects),
      cmocka_unit_test(absent_columns_and_older_structs_are_left_out),
      cmocka_unit_test(an_empty_table_still_has_its_names),
      cmocka_unit_test(what_cannot_be_written_is_refused),
      cmocka_unit_test(trades_of_a_run_read_back_to_the_bit),
      cmocka_unit_test(summaries_have_a_row_per_column),
      cmocka_unit_test(a_full_disk_leaves_the_old_file),
      cmocka_unit_test(tables_that_were_not_kept_are_refused),
      cmocka_unit_test(one_table_kept_does_not_stand_for_another),
      cmocka_unit_test(runs_and_exports_survive_any_failing_allocation),
  };
  return cmocka_run_group_tests_name("export", tests, NULL, NULL);
}
