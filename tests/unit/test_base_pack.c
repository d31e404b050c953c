/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <math.h>

#include "base/pack.h"
#include "support/failing_alloc.h"
#include "support/near.h"

static void write_sample(crucible__pack *pack) {
  static const double values[] = {1.5, -0.0, 1e-310};
  crucible__pack_mark(pack, "sample");
  crucible__pack_u64(pack, UINT64_MAX);
  crucible__pack_i64(pack, -7);
  crucible__pack_f64(pack, (double)NAN);
  crucible__pack_u64(pack, 3);
  crucible__pack_f64s(pack, values, 3);
  crucible__pack_bytes(pack, "abc", 3);
  crucible__pack_bytes(pack, NULL, 0);
  crucible__pack_text(pack, "text");
}

/* Reads what write_sample() wrote; whatever the bytes are, nothing outside of
   them is touched. */
static crucible_status read_sample(crucible__unpack *unpack) {
  double values[3] = {0};
  char bytes[3];
  size_t n;
  crucible__unpack_mark(unpack, "sample");
  uint64_t most = crucible__unpack_u64(unpack);
  int64_t least = crucible__unpack_i64(unpack);
  double none = crucible__unpack_f64(unpack);
  size_t n_values = crucible__unpack_count(unpack, sizeof *values);
  crucible__unpack_f64s(unpack, values, n_values == 3 ? 3 : 0);
  crucible__unpack_into(unpack, bytes, sizeof bytes);
  (void)crucible__unpack_bytes(unpack, &n);
  const char *text = crucible__unpack_text(unpack);
  crucible_status status = crucible__unpack_end(unpack, "the sample");
  if (status != CRUCIBLE_OK)
    return status;
  assert_true(most == UINT64_MAX && least == -7 && isnan(none));
  assert_true(values[0] == 1.5 && values[2] == 1e-310);
  assert_true(values[1] == 0 && signbit(values[1]));
  assert_memory_equal(bytes, "abc", 3);
  assert_int_equal(n, 0);
  assert_string_equal(text, "text");
  return CRUCIBLE_OK;
}

static void what_was_packed_comes_back(void **state) {
  (void)state;
  crucible__pack pack = {0};
  write_sample(&pack);
  assert_int_equal(crucible__pack_end(&pack), CRUCIBLE_OK);
  crucible__unpack unpack = {.data = pack.data, .length = pack.length};
  assert_int_equal(read_sample(&unpack), CRUCIBLE_OK);
  crucible__pack_free(&pack);
}

static void every_shorter_text_is_refused(void **state) {
  (void)state;
  crucible__pack pack = {0};
  write_sample(&pack);
  for (size_t length = 0; length < pack.length; ++length) {
    crucible__unpack unpack = {.data = pack.data, .length = length};
    assert_int_equal(read_sample(&unpack), CRUCIBLE_E_STORE);
  }
  crucible__pack_free(&pack);
}

static void a_longer_text_and_a_wrong_length_are_refused(void **state) {
  (void)state;
  crucible__pack pack = {0};
  write_sample(&pack);
  size_t length = pack.length;
  crucible__pack_u64(&pack, 0);
  crucible__unpack unpack = {.data = pack.data, .length = pack.length};
  assert_int_equal(read_sample(&unpack), CRUCIBLE_E_STORE);
  pack.data[1] = 0xff; /* the mark's length */
  unpack = (crucible__unpack){.data = pack.data, .length = length};
  assert_int_equal(read_sample(&unpack), CRUCIBLE_E_STORE);
  crucible__pack_free(&pack);
}

static crucible_status pack_and_free(void *data) {
  crucible__pack pack = {0};
  (void)data;
  write_sample(&pack);
  crucible_status status = crucible__pack_end(&pack);
  crucible__pack_free(&pack);
  return status;
}

static void out_of_memory_is_told_at_the_end(void **state) {
  (void)state;
  (void)failing_alloc_run(pack_and_free, NULL);
}

int main(void) {
  failing_alloc_install();
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(what_was_packed_comes_back),
      cmocka_unit_test(every_shorter_text_is_refused),
      cmocka_unit_test(a_longer_text_and_a_wrong_length_are_refused),
      cmocka_unit_test(out_of_memory_is_told_at_the_end),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
