/* SPDX-License-Identifier: Apache-2.0 */
/* Saved windows: go on to the bit, and refused if anything in them is off. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

#include <crucible/drift.h>

#include "support/drift_series.h"
#include "support/failing_alloc.h"
#include "support/near.h"

enum { MOST = 4000, ROOM = 20000 };

static crucible_adwin *create(uint32_t clock, int32_t after_cut) {
  crucible_adwin_options options;
  crucible_adwin *adwin;
  crucible_adwin_options_init(&options, sizeof options);
  options.clock = clock;
  options.after_cut = after_cut;
  assert_int_equal(crucible_adwin_create(&options, &adwin), CRUCIBLE_OK);
  return adwin;
}

static size_t save(const crucible_adwin *adwin, unsigned char *bytes) {
  size_t n, asked;
  assert_int_equal(crucible_adwin_save(adwin, NULL, 0, &asked), CRUCIBLE_OK);
  assert_true(asked <= ROOM);
  memset(bytes, 0x5a, ROOM);
  assert_int_equal(crucible_adwin_save(adwin, bytes, asked - 1, &n),
                   CRUCIBLE_OK);
  assert_int_equal(bytes[0], 0x5a);
  assert_int_equal(crucible_adwin_save(adwin, bytes, ROOM, &n), CRUCIBLE_OK);
  assert_int_equal(n, asked);
  assert_int_equal(bytes[n], 0x5a);
  return n;
}

/* Saved after each of many numbers of values, restored, run to the end: all
   bytes of the later state are those of the window that never stopped. */
static void a_restored_window_goes_on_to_the_bit(void **state) {
  (void)state;
  static double values[MOST];
  static unsigned char bytes[ROOM], one[ROOM], other[ROOM];
  drift_levels(MOST, 1, values);
  const uint32_t clocks[] = {1, 32, 100};
  for (size_t c = 0; c < 3; ++c)
    for (int32_t after = 0; after < 2; ++after)
      for (size_t stop = 0; stop < MOST; stop += 1 + stop / 7) {
        crucible_adwin *a = create(clocks[c], after);
        crucible_adwin *b = create(clocks[c], after);
        assert_int_equal(crucible_adwin_run(a, values, stop, NULL, NULL),
                         CRUCIBLE_OK);
        /* whatever was in b before */
        assert_int_equal(crucible_adwin_run(b, values + 1, 77, NULL, NULL),
                         CRUCIBLE_OK);
        size_t n = save(a, bytes);
        assert_int_equal(crucible_adwin_load(b, bytes, n), CRUCIBLE_OK);
        assert_int_equal(save(b, other), n);
        assert_memory_equal(bytes, other, n);
        assert_int_equal(
            crucible_adwin_run(a, values + stop, MOST - stop, NULL, NULL),
            CRUCIBLE_OK);
        assert_int_equal(
            crucible_adwin_run(b, values + stop, MOST - stop, NULL, NULL),
            CRUCIBLE_OK);
        n = save(a, one);
        assert_int_equal(save(b, other), n);
        assert_memory_equal(one, other, n);
        crucible_adwin_destroy(a);
        crucible_adwin_destroy(b);
      }
}

static void expect_refused(crucible_adwin *adwin, const unsigned char *bytes,
                           size_t n, const unsigned char *before, size_t size) {
  static unsigned char after[ROOM];
  assert_int_equal(crucible_adwin_load(adwin, bytes, n), CRUCIBLE_E_STORE);
  assert_true(crucible_last_error()[0] != 0);
  assert_int_equal(save(adwin, after), size);
  assert_memory_equal(before, after, size);
}

static void damaged_bytes_are_refused_and_change_nothing(void **state) {
  (void)state;
  static double values[MOST];
  static unsigned char bytes[ROOM], before[ROOM];
  drift_levels(MOST, 1, values);
  crucible_adwin *saved = create(32, 0), *other = create(32, 0);
  assert_int_equal(crucible_adwin_run(saved, values, 1777, NULL, NULL),
                   CRUCIBLE_OK);
  assert_int_equal(crucible_adwin_run(other, values, 99, NULL, NULL),
                   CRUCIBLE_OK);
  const size_t n = save(saved, bytes), size = save(other, before);
  for (size_t i = 0; i < n; ++i) {
    expect_refused(other, bytes, i, before, size); /* the rest is missing */
    const unsigned char kept = bytes[i];
    bytes[i] ^= (unsigned char)(1u << i % 8);
    expect_refused(other, bytes, n, before, size);
    bytes[i] = kept;
  }
  expect_refused(other, bytes, n + 1, before, size);
  assert_int_equal(crucible_adwin_load(other, NULL, n), CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_adwin_load(NULL, bytes, n), CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_adwin_save(NULL, bytes, ROOM, &(size_t){0}),
                   CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_adwin_save(saved, NULL, 1, &(size_t){0}),
                   CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_adwin_load(other, bytes, n), CRUCIBLE_OK);
  crucible_adwin_destroy(saved);
  crucible_adwin_destroy(other);
}

static void the_options_must_be_those_it_had(void **state) {
  (void)state;
  static unsigned char bytes[ROOM], before[ROOM];
  crucible_adwin *saved = create(32, 0);
  const size_t n = save(saved, bytes);
  for (int k = 0; k < 7; ++k) {
    crucible_adwin_options options;
    crucible_adwin *other;
    crucible_adwin_options_init(&options, sizeof options);
    options.delta *= k == 0 ? 0.5 : 1;
    options.range *= k == 1 ? 0.5 : 1;
    options.clock += k == 2;
    options.max_buckets += k == 3;
    options.min_window_length += k == 4;
    options.grace_period += k == 5;
    options.after_cut += k == 6;
    assert_int_equal(crucible_adwin_create(&options, &other), CRUCIBLE_OK);
    const size_t size = save(other, before);
    expect_refused(other, bytes, n, before, size);
    crucible_adwin_destroy(other);
  }
  crucible_adwin_destroy(saved);
}

static crucible_drift *create_streams(uint32_t at_least) {
  crucible_drift_options options;
  crucible_drift *drift;
  crucible_drift_options_init(&options, sizeof options);
  options.n_streams = 2;
  options.at_least = at_least;
  assert_int_equal(crucible_drift_create(&options, &drift), CRUCIBLE_OK);
  return drift;
}

static void streams_are_restored_too(void **state) {
  (void)state;
  static double values[MOST];
  static unsigned char bytes[ROOM], one[ROOM], other[ROOM];
  drift_levels(MOST, 1, values);
  crucible_drift *a = create_streams(2), *b = create_streams(2);
  crucible_drift *any = create_streams(1);
  const crucible_matrix first = {values, 900, 2, 2, 1};
  const crucible_matrix rest = {values + 1800, 1000, 2, 2, 1};
  size_t n, n_one, n_other;
  assert_int_equal(crucible_drift_run(a, &first, NULL, NULL), CRUCIBLE_OK);
  assert_int_equal(crucible_drift_save(a, bytes, ROOM, &n), CRUCIBLE_OK);
  assert_true(n < ROOM);
  for (size_t i = 0; i < n; ++i) {
    bytes[i] ^= 4;
    assert_int_equal(crucible_drift_load(b, bytes, n), CRUCIBLE_E_STORE);
    bytes[i] ^= 4;
    assert_int_equal(crucible_drift_load(b, bytes, i), CRUCIBLE_E_STORE);
  }
  assert_int_equal(crucible_drift_load(any, bytes, n), CRUCIBLE_E_STORE);
  assert_int_equal(crucible_drift_load(b, bytes, n), CRUCIBLE_OK);
  assert_int_equal(crucible_drift_run(a, &rest, NULL, NULL), CRUCIBLE_OK);
  assert_int_equal(crucible_drift_run(b, &rest, NULL, NULL), CRUCIBLE_OK);
  assert_int_equal(crucible_drift_save(a, one, ROOM, &n_one), CRUCIBLE_OK);
  assert_int_equal(crucible_drift_save(b, other, ROOM, &n_other), CRUCIBLE_OK);
  assert_int_equal(n_one, n_other);
  assert_memory_equal(one, other, n_one);
  crucible_drift_destroy(a);
  crucible_drift_destroy(b);
  crucible_drift_destroy(any);
}

typedef struct spare {
  unsigned char bytes[ROOM];
  size_t n;
} spare;

static crucible_status use_window(void *data) {
  spare *s = data;
  crucible_adwin *adwin = NULL;
  crucible_status status = crucible_adwin_create(NULL, &adwin);
  if (status == CRUCIBLE_OK)
    status = crucible_adwin_push(adwin, 1, NULL);
  if (status == CRUCIBLE_OK)
    status = crucible_adwin_save(adwin, s->bytes, ROOM, &s->n);
  if (status == CRUCIBLE_OK)
    status = crucible_adwin_load(adwin, s->bytes, s->n);
  crucible_adwin_destroy(adwin);
  return status;
}

static crucible_status use_streams(void *data) {
  spare *s = data;
  crucible_drift *drift = NULL;
  const double values[4] = {1, 2, 3, 4};
  crucible_status status = crucible_drift_create(NULL, &drift);
  if (status == CRUCIBLE_OK)
    status = crucible_drift_push(drift, values, NULL);
  if (status == CRUCIBLE_OK)
    status = crucible_drift_save(drift, s->bytes, ROOM, &s->n);
  if (status == CRUCIBLE_OK)
    status = crucible_drift_load(drift, s->bytes, s->n);
  crucible_drift_destroy(drift);
  return status;
}

static void want_of_memory_is_told_and_nothing_leaks(void **state) {
  (void)state;
  static spare s;
  assert_true(failing_alloc_run(use_window, &s) >= 3);
  assert_true(failing_alloc_run(use_streams, &s) >= 10);
}

/* Whatever is pushed, no memory is asked for. */
static void values_need_no_memory(void **state) {
  (void)state;
  static double values[MOST];
  drift_levels(MOST, 1, values);
  crucible_adwin *adwin = create(1, 0);
  failing_alloc_at(0, 0);
  assert_int_equal(crucible_adwin_run(adwin, values, MOST, NULL, NULL),
                   CRUCIBLE_OK);
  assert_int_equal(failing_alloc_count(), 0);
  crucible_adwin_destroy(adwin);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_restored_window_goes_on_to_the_bit),
      cmocka_unit_test(damaged_bytes_are_refused_and_change_nothing),
      cmocka_unit_test(the_options_must_be_those_it_had),
      cmocka_unit_test(streams_are_restored_too),
      cmocka_unit_test(want_of_memory_is_told_and_nothing_leaks),
      cmocka_unit_test(values_need_no_memory),
  };
  failing_alloc_install();
  return cmocka_run_group_tests(tests, NULL, NULL);
}
