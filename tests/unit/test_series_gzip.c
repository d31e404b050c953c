/* SPDX-License-Identifier: Apache-2.0 */
/* Text packed by gzip: whole, in several members, cut off, damaged. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include <zlib.h>

#include <crucible/series.h>

#include "support/csv_text.h"

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

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(gzip_reads_in_one_and_in_several_members),
      cmocka_unit_test(gzip_that_is_cut_off_anywhere_is_refused),
      cmocka_unit_test(gzip_with_any_bit_of_its_data_turned_is_refused),
      cmocka_unit_test(damage_is_told_where_it_first_shows_as_a_wrong_row),
      cmocka_unit_test(what_follows_the_gzip_stream_is_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
