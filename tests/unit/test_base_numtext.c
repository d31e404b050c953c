/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/numtext.h"
#include "support/comma_locale.h"
#include "support/failing_alloc.h"
#include "support/near.h"

static const char *read_all(const char *text, double *value) {
  return crucible__read_double(text, text + strlen(text), value);
}

/* A column of text and one of bits: text,0123456789abcdef */
typedef void (*golden_check)(const char *text, double value);

static void for_golden(const char *name, golden_check check) {
  char path[1024], line[4096];
  (void)snprintf(path, sizeof path, "%s/tests/data/base/%s",
                 CRUCIBLE_SOURCE_DIR, name);
  FILE *file = fopen(path, "r");
  assert_non_null(file);
  size_t n = 0;
  while (fgets(line, (int)sizeof line, file) != NULL) {
    if (line[0] == '#')
      continue;
    char *comma = strrchr(line, ',');
    assert_non_null(comma);
    *comma = '\0';
    uint64_t bits = strtoull(comma + 1, NULL, 16);
    double value;
    memcpy(&value, &bits, sizeof value);
    check(line, value);
    ++n;
  }
  assert_int_equal(fclose(file), 0);
  assert_true(n > 1000);
}

static void check_read(const char *text, double expected) {
  double value;
  const char *after = read_all(text, &value);
  if (after == NULL || near_bits(value) != near_bits(expected))
    print_error("text: %s\n", text);
  assert_ptr_equal(after, text + strlen(text));
  assert_same_bits(value, expected);
}

static void check_write(const char *text, double value) {
  char written[CRUCIBLE__DOUBLE_TEXT];
  size_t n = crucible__write_double(value, written);
  assert_string_equal(written, text);
  assert_int_equal(n, strlen(text));
  check_read(text, value);
}

static void golden_texts_read_as_cpython_reads_them(void **state) {
  (void)state;
  for_golden("read_double.csv", check_read);
}

static void golden_doubles_print_as_cpython_prints_them(void **state) {
  (void)state;
  for_golden("write_double.csv", check_write);
}

/* A plain generator: the library's own is under test elsewhere. */
static uint64_t next_random(uint64_t *state) {
  uint64_t z = *state += 0x9e3779b97f4a7c15;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

static void every_double_reads_back_from_its_shortest_text(void **state) {
  (void)state;
  uint64_t random = 1;
  for (int i = 0; i < 500000; ++i) {
    uint64_t bits = next_random(&random);
    double value, back;
    memcpy(&value, &bits, sizeof value);
    if (!isfinite(value))
      continue;
    char text[CRUCIBLE__DOUBLE_TEXT];
    size_t n = crucible__write_double(value, text);
    assert_true(n < CRUCIBLE__DOUBLE_TEXT);
    const char *after = crucible__read_double(text, text + n, &back);
    assert_ptr_equal(after, text + n);
    assert_same_bits(back, value);
    assert_same_bits(strtod(text, NULL), value);
  }
}

static void no_shorter_text_reads_back_to_the_same_double(void **state) {
  (void)state;
  uint64_t random = 2;
  for (int i = 0; i < 200000; ++i) {
    uint64_t bits = next_random(&random);
    double value;
    memcpy(&value, &bits, sizeof value);
    if (!isfinite(value))
      continue;
    char text[CRUCIBLE__DOUBLE_TEXT], shorter[64];
    (void)crucible__write_double(value, text);
    int digits = 0, zeros = 0; /* significant ones; zeros that may close */
    for (const char *p = text; *p != '\0' && *p != 'e'; ++p) {
      if (*p < '0' || *p > '9' || (*p == '0' && digits == 0))
        continue;
      ++digits;
      zeros = *p == '0' ? zeros + 1 : 0;
    }
    digits -= zeros;
    if (digits < 2)
      continue;
    (void)snprintf(shorter, sizeof shorter, "%.*e", digits - 2, value);
    assert_true(near_bits(strtod(shorter, NULL)) != near_bits(value));
  }
}

static void random_decimals_read_as_strtod_reads_them(void **state) {
  (void)state;
  uint64_t random = 3;
  for (int i = 0; i < 1000000; ++i) {
    uint64_t r = next_random(&random), digits = next_random(&random);
    char text[64];
    int n_digits = (int)(r % 20);
    r >>= 8;
    for (int k = 0; k < n_digits; ++k)
      digits /= 10;
    if (i % 2 == 0)
      (void)snprintf(text, sizeof text, "%llue%d", (unsigned long long)digits,
                     (int)(r % 680) - 350);
    else
      (void)snprintf(text, sizeof text, "%llu.%08u", (unsigned long long)digits,
                     (unsigned)(r % 100000000));
    double value;
    assert_non_null(read_all(text, &value));
    if (near_bits(value) != near_bits(strtod(text, NULL)))
      print_error("text: %s\n", text);
    assert_same_bits(value, strtod(text, NULL));
  }
}

static void a_number_ends_where_its_grammar_ends(void **state) {
  (void)state;
  static const struct {
    const char *text;
    ptrdiff_t length; /* -1: no number */
    double value;
  } cases[] = {
      {"", -1, 0},
      {"-", -1, 0},
      {"+", -1, 0},
      {".", -1, 0},
      {"-.", -1, 0},
      {".e5", -1, 0},
      {"e5", -1, 0},
      {"nan", -1, 0},
      {"inf", -1, 0},
      {"-inf", -1, 0},
      {"infinity", -1, 0},
      {" 1", -1, 0},
      {"--1", -1, 0},
      {"+-1", -1, 0},
      {",5", -1, 0},
      {"x10", -1, 0},
      {"0x10", 1, 0},
      {"1,5", 1, 1},
      {"1.5.2", 3, 1.5},
      {"1e", 1, 1},
      {"1e+", 1, 1},
      {"1e-x", 1, 1},
      {"1E5 ", 3, 1e5},
      {"1.e2;", 4, 100},
      {"12 34", 2, 12},
      {"1_000", 1, 1},
      {"5.", 2, 5},
      {".5", 2, 0.5},
      {"+2.5", 4, 2.5},
      {"-0", 2, -0.0},
      {"1\xd9\xab"
       "5",
       1, 1},
      {"00012.50", 8, 12.5},
      {"1e5e5", 3, 1e5},
      {"1234567\0001234", 7, 1234567},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
    double value = 42;
    const char *after = read_all(cases[i].text, &value);
    if (cases[i].length < 0) {
      assert_null(after);
      assert_same_bits(value, 42);
      continue;
    }
    assert_int_equal(after - cases[i].text, cases[i].length);
    assert_same_bits(value, cases[i].value);
  }
}

static void reading_stops_at_the_end_given(void **state) {
  (void)state;
  static const char text[] = "12345678.87654321e12";
  double value;
  for (size_t n = 1; n < sizeof text; ++n) {
    char *copy = malloc(n); /* exactly n bytes: the sanitizer sees the rest */
    assert_non_null(copy);
    memcpy(copy, text, n);
    char closed[sizeof text] = {0};
    memcpy(closed, text, n);
    char *expected_end;
    double expected = strtod(closed, &expected_end);
    const char *after = crucible__read_double(copy, copy + n, &value);
    assert_non_null(after);
    assert_int_equal(after - copy, expected_end - closed);
    assert_same_bits(value, expected);
    free(copy);
  }
}

static void reading_leaves_errno_alone(void **state) {
  (void)state;
  char text[900];
  memset(text, '9', sizeof text);
  double value;
  errno = 0;
  assert_non_null(crucible__read_double(text, text + sizeof text, &value));
  assert_true(isinf(value));
  assert_int_equal(errno, 0);
}

static void whole_numbers_read_up_to_the_ends_of_their_range(void **state) {
  (void)state;
  static const struct {
    const char *text;
    ptrdiff_t length;
    int64_t value;
  } cases[] = {
      {"0", 1, 0},
      {"-0", 2, 0},
      {"+7", 2, 7},
      {"9223372036854775807", 19, INT64_MAX},
      {"-9223372036854775808", 20, INT64_MIN},
      {"9223372036854775808", -1, 0},
      {"-9223372036854775809", -1, 0},
      {"99999999999999999999", -1, 0},
      {"18446744073709551617", -1, 0},
      {"0000000000000000000000012", 25, 12},
      {"12.5", 2, 12},
      {"1e3", 1, 1},
      {"", -1, 0},
      {"-", -1, 0},
      {" 1", -1, 0},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
    int64_t value = 42;
    const char *text = cases[i].text;
    const char *after = crucible__read_int64(text, text + strlen(text), &value);
    if (cases[i].length < 0) {
      assert_null(after);
      assert_int_equal(value, 42);
      continue;
    }
    assert_int_equal(after - text, cases[i].length);
    assert_int_equal(value, cases[i].value);
  }
}

static void what_is_not_finite_prints_as_a_word(void **state) {
  (void)state;
  char text[CRUCIBLE__DOUBLE_TEXT], fixed[CRUCIBLE__DOUBLE_TEXT * 12];
  static const struct {
    double value;
    const char *text;
  } cases[] = {{(double)NAN, "nan"},
               {-(double)NAN, "nan"},
               {(double)INFINITY, "inf"},
               {-(double)INFINITY, "-inf"}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
    assert_int_equal(crucible__write_double(cases[i].value, text),
                     strlen(cases[i].text));
    assert_string_equal(text, cases[i].text);
    assert_int_equal(crucible__write_fixed(cases[i].value, 3, fixed),
                     strlen(cases[i].text));
    assert_string_equal(fixed, cases[i].text);
  }
}

static void check_fixed(void) {
  static const struct {
    double value;
    int digits;
    const char *text;
  } cases[] = {
      {0, 0, "0"},
      {0, 2, "0.00"},
      {-0.0, 1, "-0.0"},
      {2.5, 0, "2"},
      {3.5, 0, "4"},
      {0.125, 2, "0.12"},
      {0.375, 2, "0.38"},
      {2.675, 2, "2.67"}, /* 2.67499999999999982236431605997495353221893... */
      {-1234567.891, 2, "-1234567.89"},
      {1e-20, 15, "0.000000000000000"},
      {0.1, 15, "0.100000000000000"},
      {9.995, 2, "9.99"},
      {1e22, 1, "10000000000000000000000.0"},
  };
  char text[CRUCIBLE__DOUBLE_TEXT * 12];
  for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
    size_t n = crucible__write_fixed(cases[i].value, cases[i].digits, text);
    assert_string_equal(text, cases[i].text);
    assert_int_equal(n, strlen(text));
  }
  assert_int_equal(crucible__write_fixed(-1.7976931348623157e308, 15, text),
                   1 + 309 + 1 + 15);
}

static void a_fixed_number_of_digits_is_rounded_correctly(void **state) {
  (void)state;
  check_fixed();
}

static void in_locale(const char *name) {
  comma_locale_set(name);
  check_fixed();
  for_golden("read_double.csv", check_read);
  for_golden("write_double.csv", check_write);
  comma_locale_reset();
}

static void numbers_do_not_follow_a_locale_with_a_comma(void **state) {
  (void)state;
  in_locale("comma");
}

static void numbers_do_not_follow_a_point_of_two_bytes(void **state) {
  (void)state;
  in_locale("two_bytes");
}

static void times_print_as_utc_and_read_back(void **state) {
  (void)state;
  /* from CPython: datetime.fromtimestamp(ms / 1000, timezone.utc) */
  static const struct {
    int64_t time_ms;
    const char *text;
  } cases[] = {
      {0, "1970-01-01T00:00:00Z"},
      {1, "1970-01-01T00:00:00.001Z"},
      {-1, "1969-12-31T23:59:59.999Z"},
      {1709251500000, "2024-03-01T00:05:00Z"},
      {1709164800000, "2024-02-29T00:00:00Z"},
      {951782400000, "2000-02-29T00:00:00Z"},
      {4107542399999, "2100-02-28T23:59:59.999Z"},
      {4107542400000, "2100-03-01T00:00:00Z"},
      {-62135596800000, "0001-01-01T00:00:00Z"},
      {253402300799999, "9999-12-31T23:59:59.999Z"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
    char text[CRUCIBLE__TIME_TEXT];
    size_t n = crucible__write_time(cases[i].time_ms, text);
    assert_string_equal(text, cases[i].text);
    assert_int_equal(n, strlen(text));
    int64_t back = 42;
    assert_ptr_equal(crucible__read_time(text, text + n, &back), text + n);
    assert_int_equal(back, cases[i].time_ms);
  }
}

static void times_beyond_four_digits_of_the_year_still_print(void **state) {
  (void)state;
  char text[CRUCIBLE__TIME_TEXT];
  (void)crucible__write_time(INT64_MAX, text);
  assert_string_equal(text, "292278994-08-17T07:12:55.807Z");
  (void)crucible__write_time(INT64_MIN, text);
  assert_string_equal(text, "-292275055-05-16T16:47:04.192Z");
}

static void each_day_of_four_centuries_follows_the_one_before(void **state) {
  (void)state;
  static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  int64_t ms = -(int64_t)25567 * 86400000; /* 1900-01-01 */
  for (int year = 1900; year < 2301; ++year) {
    int leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    for (int month = 1; month <= 12; ++month)
      for (int day = 1; day <= days[month - 1] + (month == 2 && leap); ++day) {
        char text[CRUCIBLE__TIME_TEXT], expected[64];
        (void)snprintf(expected, sizeof expected, "%04d-%02d-%02dT00:00:00Z",
                       year, month, day);
        size_t n = crucible__write_time(ms, text);
        assert_string_equal(text, expected);
        int64_t back = 0;
        assert_non_null(crucible__read_time(text, text + n, &back));
        assert_int_equal(back, ms);
        ms += 86400000;
      }
  }
}

static void times_read_in_their_usual_forms(void **state) {
  (void)state;
  static const struct {
    const char *text;
    ptrdiff_t length; /* -1: no time */
    int64_t time_ms;
  } cases[] = {
      {"2024-03-01T00:05:00", 19, 1709251500000},
      {"2024-03-01 00:05:00", 19, 1709251500000},
      {"2024-03-01 00:05", 16, 1709251500000},
      {"2024-03-01", 10, 1709251200000},
      {"2024-03-01,5", 10, 1709251200000},
      {"2024-03-01 open", 10, 1709251200000},
      {"2024-03-01T00:05:00.25Z", 23, 1709251500250},
      {"2024-03-01T00:05:00.123456789", 29, 1709251500123},
      {"2024-03-01T00:05:00.9999Z", 25, 1709251500999},
      {"2024-03-01T00:05:00.", 19, 1709251500000},
      {"2024-03-01T01:05:00+01:00", 25, 1709251500000},
      {"2024-03-01T01:05:00+0100", 24, 1709251500000},
      {"2024-03-01T01:05:00+01", 22, 1709251500000},
      {"2024-02-29T19:05:00-05:00", 25, 1709251500000},
      {"2024-03-01T05:35:00+05:30", 25, 1709251500000},
      {"2024-03-01 00:05:00+00:00", 25, 1709251500000},
      {"0000-01-01", 10, -62167219200000},
      {"", -1, 0},
      {"2024", -1, 0},
      {"2024-3-1", -1, 0},
      {"2024-00-01", -1, 0},
      {"2024-13-01", -1, 0},
      {"2023-02-29", -1, 0},
      {"2100-02-29", -1, 0},
      {"2024-04-31", -1, 0},
      {"2024-04-00", -1, 0},
      {"2024-03-01T24:00:00", -1, 0},
      {"2024-03-01T00:60:00", -1, 0},
      {"2024-03-01T00:00:60", -1, 0},
      {"2024-03-01T00:00:0", -1, 0},
      {"2024-03-01T0:00:00", -1, 0},
      {"2024-03-01T00:05:00+15:00", -1, 0},
      {"2024-03-01T00:05:00+01:60", -1, 0},
      {"2024-03-01T00:05:00+01:", -1, 0},
      {"-2024-03-01", -1, 0},
      {"1709251500000", -1, 0},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
    int64_t value = 42;
    const char *text = cases[i].text;
    const char *after = crucible__read_time(text, text + strlen(text), &value);
    if (cases[i].length < 0) {
      if (after != NULL)
        print_error("text: %s\n", text);
      assert_null(after);
      assert_int_equal(value, 42);
      continue;
    }
    assert_non_null(after);
    assert_int_equal(after - text, cases[i].length);
    assert_int_equal(value, cases[i].time_ms);
  }
}

static void a_text_grows_by_what_is_added(void **state) {
  (void)state;
  crucible__text text = {0};
  crucible__text_add(&text, "");
  assert_string_equal(text.data, "");
  crucible__text_add(&text, "a");
  crucible__text_add_n(&text, "bcd", 2);
  crucible__text_addf(&text, "%d-%s", 7, "x");
  crucible__text_add_double(&text, 0.1);
  assert_string_equal(text.data, "abc7-x0.1");
  assert_int_equal(text.length, 9);
  for (int i = 0; i < 1000; ++i)
    crucible__text_addf(&text, "%d,", i);
  assert_int_equal(text.length, 9 + 3890);
  assert_int_equal(strlen(text.data), text.length);
  assert_false(text.failed);
  crucible__text_free(&text);
  assert_null(text.data);
}

static crucible_status build_text(void *data) {
  (void)data;
  crucible__text text = {0};
  for (int i = 0; i < 100; ++i) {
    crucible__text_addf(&text, "%d,", i);
    crucible__text_add(&text, "some words ");
  }
  int failed = text.failed;
  if (failed) {
    assert_null(text.data);
    assert_int_equal(text.length, 0);
  }
  crucible__text_free(&text);
  return failed ? CRUCIBLE_E_NOMEM : CRUCIBLE_OK;
}

static void a_text_without_memory_stays_failed_and_empty(void **state) {
  (void)state;
  assert_true(failing_alloc_run(build_text, NULL) >= 2);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(golden_texts_read_as_cpython_reads_them),
      cmocka_unit_test(golden_doubles_print_as_cpython_prints_them),
      cmocka_unit_test(every_double_reads_back_from_its_shortest_text),
      cmocka_unit_test(no_shorter_text_reads_back_to_the_same_double),
      cmocka_unit_test(random_decimals_read_as_strtod_reads_them),
      cmocka_unit_test(a_number_ends_where_its_grammar_ends),
      cmocka_unit_test(reading_stops_at_the_end_given),
      cmocka_unit_test(reading_leaves_errno_alone),
      cmocka_unit_test(whole_numbers_read_up_to_the_ends_of_their_range),
      cmocka_unit_test(what_is_not_finite_prints_as_a_word),
      cmocka_unit_test(a_fixed_number_of_digits_is_rounded_correctly),
      cmocka_unit_test(numbers_do_not_follow_a_locale_with_a_comma),
      cmocka_unit_test(numbers_do_not_follow_a_point_of_two_bytes),
      cmocka_unit_test(times_print_as_utc_and_read_back),
      cmocka_unit_test(times_beyond_four_digits_of_the_year_still_print),
      cmocka_unit_test(each_day_of_four_centuries_follows_the_one_before),
      cmocka_unit_test(times_read_in_their_usual_forms),
      cmocka_unit_test(a_text_grows_by_what_is_added),
      cmocka_unit_test(a_text_without_memory_stays_failed_and_empty),
  };
  failing_alloc_install();
  return cmocka_run_group_tests(tests, NULL, NULL);
}
