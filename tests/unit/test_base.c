/* SPDX-License-Identifier: Apache-2.0 */
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include <crucible/log.h>
#include <crucible/version.h>

#include "base/base_alloc.h"
#include "base/base_log.h"
#include "base/base_status.h"
#include "base/clock.h"
#include "support/comma_locale.h"
#include "support/failing_alloc.h"
#include "support/near.h"

/* --- status ------------------------------------------------------------- */

static void each_code_has_a_name_and_a_text(void **state) {
  (void)state;
#define CHECK(name, value, text)                                               \
  assert_int_equal(CRUCIBLE_##name, value);                                    \
  assert_string_equal(crucible_status_name(value), "CRUCIBLE_" #name);         \
  assert_string_equal(crucible_status_text(value), text);
  CRUCIBLE_STATUS_MAP(CHECK)
#undef CHECK
  assert_string_equal(crucible_status_name(1), "CRUCIBLE_E_?");
  assert_string_equal(crucible_status_text(-99), "unknown status");
  assert_string_equal(crucible_status_name(INT32_MIN), "CRUCIBLE_E_?");
}

static void *first_text_of_a_thread(void *data) {
  *(int *)data = crucible_last_error()[0] == '\0';
  (void)crucible__fail(CRUCIBLE_E_IO, "of the other thread");
  return NULL;
}

static void the_error_text_belongs_to_its_thread(void **state) {
  (void)state;
  int empty = 0;
  pthread_t thread;
  assert_int_equal(crucible__fail(CRUCIBLE_E_DATA, "x is %d: %s", 7, "no"),
                   CRUCIBLE_E_DATA);
  assert_int_equal(
      pthread_create(&thread, NULL, first_text_of_a_thread, &empty), 0);
  assert_int_equal(pthread_join(thread, NULL), 0);
  assert_true(empty);
  assert_string_equal(crucible_last_error(), "x is 7: no");
}

static void a_place_is_put_before_the_text(void **state) {
  (void)state;
  (void)crucible__fail(CRUCIBLE_E_DATA, "not a number");
  assert_int_equal(crucible__fail_at(CRUCIBLE_E_DATA, "a.csv:%d", 12),
                   CRUCIBLE_E_DATA);
  assert_string_equal(crucible_last_error(), "a.csv:12: not a number");
  assert_int_equal(
      crucible__fail(CRUCIBLE_E_IO, "again: %s", crucible_last_error()),
      CRUCIBLE_E_IO);
  assert_string_equal(crucible_last_error(), "again: a.csv:12: not a number");
}

static void a_long_error_text_is_cut_between_characters(void **state) {
  (void)state;
  for (size_t shift = 0; shift < 4; ++shift) {
    char value[4096] = "xxx";
    for (size_t i = shift; i + 2 < sizeof value; i += 2)
      memcpy(value + i, "\xc3\xa9", 2); /* e acute */
    value[sizeof value - 1] = '\0';
    (void)crucible__fail(CRUCIBLE_E_INVALID, "%s", value);
    const char *text = crucible_last_error();
    size_t n = strlen(text);
    assert_true(n > 1000 && n < 1024);
    assert_string_equal(text + n - 3, "...");
    assert_int_equal((unsigned char)text[n - 4], 0xa9);
  }
  char place[2000];
  memset(place, 'p', sizeof place);
  place[sizeof place - 1] = '\0';
  for (int i = 0; i < 10; ++i)
    (void)crucible__fail_at(CRUCIBLE_E_DATA, "%s", place);
  assert_true(strlen(crucible_last_error()) < 1024);
}

static void error_texts_do_not_follow_the_locale(void **state) {
  (void)state;
  comma_locale_set("comma");
  (void)crucible__fail(CRUCIBLE_E_INVALID, "x is %g", 0.5);
  comma_locale_reset();
  assert_string_equal(crucible_last_error(), "x is 0.5");
}

/* --- options ------------------------------------------------------------ */

typedef struct options_v1 {
  size_t struct_size;
  double a;
} options_v1;

typedef struct options_v2 { /* what the library knows */
  size_t struct_size;
  double a;
  int64_t b;
} options_v2;

typedef struct options_v3 {
  size_t struct_size;
  double a;
  int64_t b;
  double c;
} options_v3;

static const options_v2 defaults = {sizeof defaults, 1.5, 7};

static void no_options_mean_the_defaults(void **state) {
  (void)state;
  options_v2 read = defaults;
  assert_int_equal(
      crucible__options_read(&read, sizeof read, NULL, "crucible_x_options"),
      CRUCIBLE_OK);
  assert_memory_equal(&read, &defaults, sizeof read);
}

static void a_short_struct_keeps_the_new_fields_defaults(void **state) {
  (void)state;
  options_v1 given;
  crucible__options_init(&given, sizeof given, &defaults, sizeof defaults);
  assert_int_equal(given.struct_size, sizeof given);
  assert_same_bits(given.a, 1.5);
  given.a = 2.5;
  options_v2 read = defaults;
  assert_int_equal(crucible__options_read(&read, sizeof read, &given, "x"),
                   CRUCIBLE_OK);
  assert_int_equal(read.struct_size, sizeof read);
  assert_same_bits(read.a, 2.5);
  assert_int_equal(read.b, 7);
}

static void a_long_struct_passes_while_its_tail_is_zero(void **state) {
  (void)state;
  options_v3 given;
  memset(&given, 0xff, sizeof given);
  crucible__options_init(&given, sizeof given, &defaults, sizeof defaults);
  assert_int_equal(given.struct_size, sizeof given);
  assert_same_bits(given.c, 0);
  given.b = 8;
  options_v2 read = defaults;
  assert_int_equal(crucible__options_read(&read, sizeof read, &given, "x"),
                   CRUCIBLE_OK);
  assert_int_equal(read.struct_size, sizeof read);
  assert_int_equal(read.b, 8);
  given.c = 1;
  read = defaults;
  assert_int_equal(crucible__options_read(&read, sizeof read, &given, "x"),
                   CRUCIBLE_E_VERSION);
  assert_non_null(strstr(crucible_last_error(), "x sets a field unknown"));
  assert_memory_equal(&read, &defaults, sizeof read);
}

static void a_struct_size_that_nobody_set_is_refused(void **state) {
  (void)state;
  static const size_t sizes[] = {0, 1, sizeof(size_t) - 1, 65537, SIZE_MAX};
  for (size_t i = 0; i < sizeof sizes / sizeof *sizes; ++i) {
    options_v2 given = defaults, read = defaults;
    given.struct_size = sizes[i];
    assert_int_equal(crucible__options_read(&read, sizeof read, &given, "opt"),
                     CRUCIBLE_E_INVALID);
    assert_non_null(strstr(crucible_last_error(), "opt.struct_size"));
    assert_memory_equal(&read, &defaults, sizeof read);
    assert_int_equal(
        crucible__result_write(&given, &defaults, sizeof given, "result"),
        CRUCIBLE_E_INVALID);
    assert_int_equal(given.struct_size, sizes[i]);
  }
  crucible__options_init(NULL, sizeof defaults, &defaults, sizeof defaults);
}

static void a_result_fills_as_much_as_the_caller_knows(void **state) {
  (void)state;
  options_v1 small = {sizeof small, 0};
  assert_int_equal(
      crucible__result_write(&small, &defaults, sizeof defaults, "r"),
      CRUCIBLE_OK);
  assert_int_equal(small.struct_size, sizeof small);
  assert_same_bits(small.a, 1.5);
  options_v3 large = {sizeof large, 0, 0, 9};
  assert_int_equal(
      crucible__result_write(&large, &defaults, sizeof defaults, "r"),
      CRUCIBLE_OK);
  assert_int_equal(large.struct_size, sizeof large);
  assert_int_equal(large.b, 7);
  assert_same_bits(large.c, 9);
}

/* --- allocator ---------------------------------------------------------- */

static void the_allocator_is_refused_once_it_was_used(void **state) {
  (void)state;
  crucible__free(crucible__alloc(1, 1));
  crucible_allocator none = {0};
  assert_int_equal(crucible_set_allocator(NULL), CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_set_allocator(&none), CRUCIBLE_E_INVALID);
  failing_alloc_at(0, 0);
  crucible_allocator full;
  failing_alloc_copy(&full);
  assert_int_equal(crucible_set_allocator(&full), CRUCIBLE_E_STATE);
  full.free = NULL;
  assert_int_equal(crucible_set_allocator(&full), CRUCIBLE_E_INVALID);
}

static void all_memory_comes_from_the_callers_allocator(void **state) {
  (void)state;
  size_t live = failing_alloc_live();
  void *a = crucible__alloc(3, 5), *b = crucible__alloc_zero(0, 8);
  void *c = crucible__alloc(0, 0);
  char *d = crucible__strdup("text");
  assert_non_null(a);
  assert_non_null(b);
  assert_non_null(c);
  assert_string_equal(d, "text");
  assert_int_equal(failing_alloc_live(), live + 4);
  a = crucible__realloc(a, 100, 8);
  assert_non_null(a);
  assert_int_equal(failing_alloc_live(), live + 4);
  crucible__free(a);
  crucible__free(b);
  crucible__free(c);
  crucible__free(d);
  crucible__free(NULL);
  assert_int_equal(failing_alloc_live(), live);
}

static void zeroed_memory_is_zero(void **state) {
  (void)state;
  unsigned char *p = crucible__alloc_zero(7, 11);
  for (size_t i = 0; i < 77; ++i)
    assert_int_equal(p[i], 0);
  crucible__free(p);
}

static void sizes_that_overflow_are_refused(void **state) {
  (void)state;
  assert_null(crucible__alloc(SIZE_MAX / 2, 3));
  assert_non_null(strstr(crucible_last_error(), "out of memory"));
  assert_null(crucible__alloc_zero(SIZE_MAX, SIZE_MAX));
  char *p = crucible__strdup("kept");
  assert_null(crucible__realloc(p, SIZE_MAX, 2));
  assert_string_equal(p, "kept");
  crucible__free(p);
  void *items = NULL;
  size_t capacity = 0;
  assert_int_equal(crucible__grow(&items, &capacity, SIZE_MAX, 1),
                   CRUCIBLE_E_NOMEM);
  assert_null(items);
  assert_int_equal(capacity, 0);
}

static crucible_status grow_an_array(void *data) {
  (void)data;
  int *items = NULL;
  size_t capacity = 0;
  crucible_status status = CRUCIBLE_OK;
  for (size_t n = 1; n <= 1000 && status == CRUCIBLE_OK; ++n) {
    void *grown = items;
    status = crucible__grow(&grown, &capacity, n, sizeof *items);
    items = grown;
    if (status == CRUCIBLE_OK)
      items[n - 1] = (int)n;
  }
  for (int i = 0; status == CRUCIBLE_OK && i < 1000; ++i)
    assert_int_equal(items[i], i + 1);
  crucible__free(items);
  return status;
}

static void an_array_that_cannot_grow_stays_as_it_is(void **state) {
  (void)state;
  assert_int_equal(failing_alloc_run(grow_an_array, NULL), 7);
}

static crucible_status make_a_cancel_flag(void *data) {
  (void)data;
  crucible_cancel *cancel = (crucible_cancel *)(void *)&data;
  crucible_status status = crucible_cancel_create(&cancel);
  if (status != CRUCIBLE_OK)
    assert_null(cancel);
  crucible_cancel_destroy(cancel);
  return status;
}

static void a_cancel_flag_survives_want_of_memory(void **state) {
  (void)state;
  assert_int_equal(failing_alloc_run(make_a_cancel_flag, NULL), 1);
}

/* --- log ---------------------------------------------------------------- */

typedef struct heard {
  int n;
  int32_t level;
  char module[32];
  char text[2048];
} heard;

static void hear(int32_t level, const char *module, const char *text,
                 void *user_data) {
  heard *h = user_data;
  ++h->n;
  h->level = level;
  (void)snprintf(h->module, sizeof h->module, "%s", module);
  (void)snprintf(h->text, sizeof h->text, "%s", text);
}

static void messages_go_to_the_hook_up_to_its_level(void **state) {
  (void)state;
  heard h = {0};
  crucible__log(CRUCIBLE_LOG_ERROR, "base", "nobody listens");
  crucible_set_log(hear, &h, CRUCIBLE_LOG_INFO);
  crucible__log(CRUCIBLE_LOG_DEBUG, "base", "too detailed");
  assert_int_equal(h.n, 0);
  crucible__log(CRUCIBLE_LOG_INFO, "series", "%d bars", 12);
  assert_int_equal(h.n, 1);
  assert_int_equal(h.level, CRUCIBLE_LOG_INFO);
  assert_string_equal(h.module, "series");
  assert_string_equal(h.text, "12 bars");
  crucible__log(CRUCIBLE_LOG_WARN, "base", "%02000d", 7);
  assert_int_equal(h.n, 2);
  assert_true(strlen(h.text) < 1024);
  crucible_set_log(NULL, NULL, CRUCIBLE_LOG_DEBUG);
  crucible__log(CRUCIBLE_LOG_ERROR, "base", "nobody listens");
  assert_int_equal(h.n, 2);
}

/* --- clock, cancel, version --------------------------------------------- */

static int64_t fixed_clock(void *user_data) { return *(int64_t *)user_data; }

/* Not time(), which may lag behind by a tick and be in the second before. */
static int64_t system_ms(void) {
  struct timespec now = {0}; /* MSan does not know timespec_get() */
  assert_int_equal(timespec_get(&now, TIME_UTC), TIME_UTC);
  return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void the_clock_is_the_callers_or_the_systems(void **state) {
  (void)state;
  int64_t time_ms = 1709251500123;
  crucible_set_clock(fixed_clock, &time_ms);
  assert_int_equal(crucible__clock_now_ms(), 1709251500123);
  time_ms = -5;
  assert_int_equal(crucible__clock_now_ms(), -5);
  crucible_set_clock(NULL, NULL);
  int64_t before = system_ms();
  int64_t now = crucible__clock_now_ms();
  int64_t after = system_ms();
  assert_true(before <= now && now <= after);
}

static crucible_cancel *signalled;

static void on_signal(int number) {
  (void)number;
  crucible_cancel_request(signalled);
}

static void a_signal_handler_may_cancel(void **state) {
  (void)state;
  assert_int_equal(crucible_cancel_create(NULL), CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_cancel_create(&signalled), CRUCIBLE_OK);
  assert_false(crucible_cancel_is_requested(signalled));
  struct sigaction action = {0}, before;
  action.sa_handler = on_signal;
  assert_int_equal(sigaction(SIGUSR1, &action, &before), 0);
  assert_int_equal(raise(SIGUSR1), 0);
  assert_int_equal(sigaction(SIGUSR1, &before, NULL), 0);
  assert_true(crucible_cancel_is_requested(signalled));
  crucible_cancel_destroy(signalled);
}

static void no_cancel_flag_is_never_cancelled(void **state) {
  (void)state;
  crucible_cancel_request(NULL);
  assert_false(crucible_cancel_is_requested(NULL));
  crucible_cancel_destroy(NULL);
}

static void the_version_is_that_of_the_headers(void **state) {
  (void)state;
  char text[64];
  (void)snprintf(text, sizeof text, "%d.%d.%d", CRUCIBLE_VERSION_MAJOR,
                 CRUCIBLE_VERSION_MINOR, CRUCIBLE_VERSION_PATCH);
  assert_int_equal(crucible_version(), CRUCIBLE_VERSION);
  assert_string_equal(crucible_version_string(), text);
  assert_non_null(strstr(crucible_build_info(), "\"compiler\":"));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(each_code_has_a_name_and_a_text),
      cmocka_unit_test(the_error_text_belongs_to_its_thread),
      cmocka_unit_test(a_place_is_put_before_the_text),
      cmocka_unit_test(a_long_error_text_is_cut_between_characters),
      cmocka_unit_test(error_texts_do_not_follow_the_locale),
      cmocka_unit_test(no_options_mean_the_defaults),
      cmocka_unit_test(a_short_struct_keeps_the_new_fields_defaults),
      cmocka_unit_test(a_long_struct_passes_while_its_tail_is_zero),
      cmocka_unit_test(a_struct_size_that_nobody_set_is_refused),
      cmocka_unit_test(a_result_fills_as_much_as_the_caller_knows),
      cmocka_unit_test(the_allocator_is_refused_once_it_was_used),
      cmocka_unit_test(all_memory_comes_from_the_callers_allocator),
      cmocka_unit_test(zeroed_memory_is_zero),
      cmocka_unit_test(sizes_that_overflow_are_refused),
      cmocka_unit_test(an_array_that_cannot_grow_stays_as_it_is),
      cmocka_unit_test(a_cancel_flag_survives_want_of_memory),
      cmocka_unit_test(messages_go_to_the_hook_up_to_its_level),
      cmocka_unit_test(the_clock_is_the_callers_or_the_systems),
      cmocka_unit_test(a_signal_handler_may_cancel),
      cmocka_unit_test(no_cancel_flag_is_never_cancelled),
      cmocka_unit_test(the_version_is_that_of_the_headers),
  };
  failing_alloc_install();
  return cmocka_run_group_tests(tests, NULL, NULL);
}
