/* SPDX-License-Identifier: Apache-2.0 */
/* The writer, and what it leaves behind when it fails. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <glob.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <crucible/series.h>

#include "support/series_files.h"

static const char text_of_bars[] =
    "open_time,open,high,low,close,volume,close_time,quote_volume,trades,"
    "taker_buy_base,taker_buy_quote\n"
    "1709251200000,100.1,102,99,101,5e-07,1709251259999,500.25,7,1e-08,\n"
    "1709251320000,101,103.75,100,102,123456789012,1709251379999,600,0,0,\n";

static crucible_csv_options options(void) {
  crucible_csv_options o;
  crucible_csv_options_init(&o, sizeof o);
  o.symbol = "X";
  o.timeframe_ms = 60000; /* one of the three minutes is missing */
  return o;
}

static crucible_series *sample(void) {
  const crucible_csv_options o = options();
  return parse_text(text_of_bars, &o);
}

/* The whole content of a small file; "" if there is none. */
static const char *content(const char *path) {
  static char text[4096];
  FILE *file = fopen(path, "rb");
  size_t n = file != NULL ? fread(text, 1, sizeof text - 1, file) : 0;
  if (file != NULL)
    (void)fclose(file);
  text[n] = '\0';
  return text;
}

static void put(const char *path, const char *text) {
  FILE *file = fopen(path, "wb");
  assert_non_null(file);
  assert_true(fputs(text, file) >= 0);
  assert_int_equal(fclose(file), 0);
}

static size_t n_temporary(void) {
  glob_t found;
  size_t n = glob("*.tmp*", 0, NULL, &found) == 0 ? found.gl_pathc : 0;
  globfree(&found);
  return n;
}

static int clean(void **state) {
  (void)state;
  static const char *const names[] = {"a.csv",      "a.csv.gz", "b.csv.gz",
                                      "a.csv.tmp0", "link.csv", "dir.csv",
                                      "fifo.csv"};
  for (size_t i = 0; i < sizeof names / sizeof names[0]; ++i)
    (void)remove(names[i]);
  return 0;
}

static void the_text_is_the_kline_layout(void **state) {
  (void)state;
  crucible_series *series = sample();
  const crucible_bars bars = view_of(series);
  assert_int_equal(crucible_bars_write_csv(&bars, "a.csv"), CRUCIBLE_OK);
  assert_string_equal(content("a.csv"), text_of_bars);
  assert_int_equal(n_temporary(), 0);
  crucible_series_destroy(series);
}

static void absent_columns_are_written_empty(void **state) {
  (void)state;
  crucible_series *series = sample();
  crucible_bars bars = view_of(series);
  bars.quote_volume = bars.trades = bars.taker_buy_base = NULL;
  bars.n = 1;
  assert_int_equal(crucible_bars_write_csv(&bars, "a.csv"), CRUCIBLE_OK);
  assert_non_null(strstr(content("a.csv"),
                         "\n1709251200000,100.1,102,99,101,5e-07,"
                         "1709251259999,,,,\n"));
  crucible_series_destroy(series);
}

static void no_bar_gives_a_header_alone(void **state) {
  (void)state;
  crucible_series *series = sample();
  crucible_bars bars = view_of(series);
  bars.n = 0;
  assert_int_equal(crucible_bars_write_csv(&bars, "a.csv"), CRUCIBLE_OK);
  assert_int_equal(strlen(content("a.csv")),
                   strchr(text_of_bars, '\n') + 1 - text_of_bars);
  crucible_series_destroy(series);
}

static void gzip_is_the_same_bytes_each_time_and_reads_back(void **state) {
  (void)state;
  crucible_series *series = sample(), *back;
  const crucible_bars bars = view_of(series);
  assert_int_equal(crucible_bars_write_csv(&bars, "a.csv.gz"), CRUCIBLE_OK);
  assert_int_equal(crucible_bars_write_csv(&bars, "b.csv.gz"), CRUCIBLE_OK);
  assert_int_equal(system("cmp a.csv.gz b.csv.gz && gzip -t a.csv.gz"), 0);
  const crucible_csv_options o = options();
  assert_int_equal(crucible_series_read_csv("a.csv.gz", &o, &back),
                   CRUCIBLE_OK);
  const crucible_bars read = view_of(back);
  assert_same_bars(&read, &bars);
  crucible_series_destroy(series);
  crucible_series_destroy(back);
}

static void an_old_file_is_replaced_and_its_neighbours_kept(void **state) {
  (void)state;
  crucible_series *series = sample();
  const crucible_bars bars = view_of(series);
  put("a.csv", "old");
  put("a.csv.tmp0", "somebody else's");
  assert_int_equal(crucible_bars_write_csv(&bars, "a.csv"), CRUCIBLE_OK);
  assert_string_equal(content("a.csv"), text_of_bars);
  assert_string_equal(content("a.csv.tmp0"), "somebody else's");
  crucible_series_destroy(series);
}

static void the_file_has_the_mode_that_the_process_gives_files(void **state) {
  (void)state;
  crucible_series *series = sample();
  const crucible_bars bars = view_of(series);
  mode_t before = umask(027);
  assert_int_equal(crucible_bars_write_csv(&bars, "a.csv"), CRUCIBLE_OK);
  (void)umask(before);
  struct stat there;
  assert_int_equal(stat("a.csv", &there), 0);
  assert_int_equal(there.st_mode & 0777, 0640);
  crucible_series_destroy(series);
}

static void
a_disk_that_is_full_leaves_the_old_file_and_nothing_else(void **state) {
  (void)state;
  crucible_series *series = sample();
  crucible_bars bars = view_of(series);
  static const char *const paths[] = {"a.csv", "a.csv.gz"};
  for (size_t i = 0; i < 2; ++i) {
    put(paths[i], "old");
    struct rlimit before, small;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    small = before;
    small.rlim_cur = 30;
    assert_true(signal(SIGXFSZ, SIG_IGN) != SIG_ERR);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    crucible_status status = crucible_bars_write_csv(&bars, paths[i]);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    assert_int_equal(status, CRUCIBLE_E_IO);
    assert_non_null(strstr(crucible_last_error(), ": cannot write: "));
    assert_non_null(strstr(crucible_last_error(), "; nothing was written"));
    assert_string_equal(content(paths[i]), "old");
    assert_int_equal(n_temporary(), 0);
  }
  crucible_series_destroy(series);
}

static void what_is_no_regular_file_is_not_replaced(void **state) {
  (void)state;
  crucible_series *series = sample();
  const crucible_bars bars = view_of(series);
  struct stat there;
  /* never a real device here: the test would destroy it by failing */
  assert_int_equal(mkfifo("fifo.csv", 0666), 0);
  assert_int_equal(crucible_bars_write_csv(&bars, "fifo.csv"), CRUCIBLE_E_IO);
  assert_int_equal(stat("fifo.csv", &there), 0);
  assert_true(S_ISFIFO(there.st_mode));
  assert_int_equal(mkdir("dir.csv", 0777), 0);
  assert_int_equal(crucible_bars_write_csv(&bars, "dir.csv"), CRUCIBLE_E_IO);
  assert_string_equal(crucible_last_error(),
                      "dir.csv: cannot replace what is no regular file: Is a "
                      "directory; nothing was written");
  assert_int_equal(crucible_bars_write_csv(&bars, "no/such/a.csv"),
                   CRUCIBLE_E_IO);
  assert_string_equal(crucible_last_error(),
                      "no/such/a.csv: cannot create a file beside it: No such "
                      "file or directory; nothing was written");
  crucible_series_destroy(series);
}

static void a_link_is_replaced_and_not_followed(void **state) {
  (void)state;
  crucible_series *series = sample();
  const crucible_bars bars = view_of(series);
  put("a.csv", "old");
  assert_int_equal(symlink("a.csv", "link.csv"), 0);
  assert_int_equal(crucible_bars_write_csv(&bars, "link.csv"), CRUCIBLE_OK);
  assert_string_equal(content("a.csv"), "old");
  assert_string_equal(content("link.csv"), text_of_bars);
  crucible_series_destroy(series);
}

static void wrong_arguments_leave_nothing(void **state) {
  (void)state;
  crucible_series *series = sample();
  crucible_bars bars = view_of(series);
  assert_int_equal(crucible_bars_write_csv(NULL, "a.csv"), CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_bars_write_csv(&bars, NULL), CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_bars_write_csv(&bars, ""), CRUCIBLE_E_INVALID);
  const double wrong[] = {5, -1};
  bars.volume = wrong;
  assert_int_equal(crucible_bars_write_csv(&bars, "a.csv"), CRUCIBLE_E_DATA);
  assert_int_equal(access("a.csv", F_OK), -1);
  assert_int_equal(n_temporary(), 0);
  crucible_series_destroy(series);
}

int main(void) {
#define CASE(name) cmocka_unit_test_setup_teardown(name, clean, clean)
  const struct CMUnitTest tests[] = {
      CASE(the_text_is_the_kline_layout),
      CASE(absent_columns_are_written_empty),
      CASE(no_bar_gives_a_header_alone),
      CASE(gzip_is_the_same_bytes_each_time_and_reads_back),
      CASE(an_old_file_is_replaced_and_its_neighbours_kept),
      CASE(the_file_has_the_mode_that_the_process_gives_files),
      CASE(a_disk_that_is_full_leaves_the_old_file_and_nothing_else),
      CASE(what_is_no_regular_file_is_not_replaced),
      CASE(a_link_is_replaced_and_not_followed),
      CASE(wrong_arguments_leave_nothing),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
