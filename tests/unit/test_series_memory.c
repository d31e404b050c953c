/* SPDX-License-Identifier: Apache-2.0 */
/* Every path of the room with allocation 1, 2, ... failing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <glob.h>
#include <stdio.h>
#include <string.h>

#include <crucible/series.h>

#include "support/failing_alloc.h"
#include "support/series_files.h"

enum { ROWS = 3000 }; /* more than the first room of a series */
static char text[ROWS * 64];

static int make_text(void **state) {
  (void)state;
  size_t n = 0;
  for (int i = 0; i < ROWS; ++i)
    n += (size_t)snprintf(text + n, sizeof text - n,
                          "%lld,100,102,99,101,%d,0,500,7,1,9\n",
                          1709251200000LL + i * 60000LL, i + 1);
  return 0;
}

static crucible_status parse(crucible_series **series) {
  return crucible_series_parse_csv(text, strlen(text), "X-1m.csv", NULL,
                                   series);
}

static crucible_status parse_path(void *data) {
  (void)data;
  crucible_series *series;
  crucible_status status = parse(&series);
  assert_true((series == NULL) == (status != CRUCIBLE_OK));
  crucible_series_destroy(series);
  return status;
}

static crucible_status read_path(void *path) {
  crucible_series *series;
  crucible_status status = crucible_series_read_csv(path, NULL, &series);
  assert_true((series == NULL) == (status != CRUCIBLE_OK));
  crucible_series_destroy(series);
  return status;
}

static crucible_status write_path(void *path) {
  crucible_series *series;
  crucible_status status = parse(&series);
  if (status == CRUCIBLE_OK) {
    const crucible_bars bars = view_of(series);
    status = crucible_bars_write_csv(&bars, path);
  }
  crucible_series_destroy(series);
  return status;
}

static crucible_status create_path(void *data) {
  const int64_t time[] = {0, 60000};
  const double one[] = {1, 1};
  const crucible_bars bars = {.struct_size = sizeof bars,
                              .n = 2,
                              .open_time_ms = time,
                              .open = one,
                              .high = one,
                              .low = one,
                              .close = one,
                              .volume = one,
                              .trades = one,
                              .timeframe_ms = 60000,
                              .symbol = "X"};
  crucible_series *series;
  (void)data;
  crucible_status status = crucible_series_create(&bars, &series);
  assert_true((series == NULL) == (status != CRUCIBLE_OK));
  crucible_series_destroy(series);
  return status;
}

static crucible_status resample_path(void *data) {
  crucible_series *coarse;
  crucible_status status = crucible_series_resample(data, 120000, &coarse);
  assert_true((coarse == NULL) == (status != CRUCIBLE_OK));
  crucible_series_destroy(coarse);
  return status;
}

/* Appending fails whole: the series is as it was, and it may be tried again. */
static crucible_status append_path(void *data) {
  const crucible_bars whole = view_of(data);
  crucible_bars part = {.struct_size = sizeof part};
  crucible_series *head = NULL, *tail = NULL;
  int64_t cut = whole.open_time_ms[1000];
  crucible_status status = crucible_bars_slice(&whole, 0, cut, &part);
  if (status == CRUCIBLE_OK)
    status = crucible_series_create(&part, &head);
  if (status == CRUCIBLE_OK)
    status = crucible_bars_slice(&whole, cut, INT64_MAX, &part);
  part.trades = NULL;
  if (status == CRUCIBLE_OK)
    status = crucible_series_create(&part, &tail);
  if (status == CRUCIBLE_OK) {
    status = crucible_series_append(head, tail);
    assert_int_equal(view_of(head).n, status == CRUCIBLE_OK ? ROWS : 1000);
    assert_true((view_of(head).trades == NULL) == (status == CRUCIBLE_OK));
    const crucible_bars bars = view_of(head);
    assert_int_equal(crucible_bars_validate(&bars), CRUCIBLE_OK);
  }
  crucible_series_destroy(head);
  crucible_series_destroy(tail);
  return status;
}

static void no_allocation_that_fails_does_harm(void **state) {
  (void)state;
  assert_true(failing_alloc_run(create_path, NULL) > 5);
  assert_true(failing_alloc_run(parse_path, NULL) > 10);
  static char plain[] = "memory-1m.csv", packed[] = "memory-1m.csv.gz";
  (void)remove(plain);
  (void)remove(packed);
  (void)failing_alloc_run(write_path, plain);
  (void)failing_alloc_run(write_path, packed);
  (void)failing_alloc_run(read_path, plain);
  (void)failing_alloc_run(read_path, packed);
  glob_t left;
  assert_int_equal(glob("memory*.tmp*", 0, NULL, &left), GLOB_NOMATCH);
  globfree(&left);
  crucible_series *series;
  failing_alloc_at(0, 0);
  assert_int_equal(parse(&series), CRUCIBLE_OK);
  (void)failing_alloc_run(resample_path, series);
  (void)failing_alloc_run(append_path, series);
  crucible_series_destroy(series);
  assert_int_equal(failing_alloc_live(), 0);
}

int main(void) {
  failing_alloc_install();
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup(no_allocation_that_fails_does_harm, make_text),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
