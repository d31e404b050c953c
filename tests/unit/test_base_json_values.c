/* SPDX-License-Identifier: Apache-2.0 */
/* JSON: what is asked of a document, files, memory, and what is written. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/json.h"
#include "base/rng.h"
#include "support/failing_alloc.h"
#include "support/json_documents.h"
#include "support/near.h"

/* --- values --------------------------------------------------------------- */
static const char config[] = "{\n"
                             "  \"costs\": {\"fee_bps\": -1, \"n\": 12},\n"
                             "  \"list\": [true, {\"odd key\": \"x\"}, null],\n"
                             "  \"mode\": \"fsat\"\n"
                             "}\n";

static void a_wrong_value_is_named_with_its_place(void **state) {
  (void)state;
  static const char *const modes[] = {"fast", "slow"};
  crucible__json *json = parse(config, 0);
  crucible__json_at root = crucible__json_root(json);
  crucible__json_at costs = crucible__json_get(&root, "costs");
  crucible__json_at fee = crucible__json_get(&costs, "fee_bps");
  crucible__json_at n = crucible__json_get(&costs, "n");
  crucible__json_at none = crucible__json_get(&costs, "maker");
  crucible__json_at deeper = crucible__json_get(&none, "deeper");
  crucible__json_at list = crucible__json_get(&root, "list");
  crucible__json_at second = crucible__json_item(&list, 1);
  crucible__json_at odd = crucible__json_get(&second, "odd key");
  crucible__json_at third = crucible__json_item(&list, 2);
  crucible__json_at ninth = crucible__json_item(&list, 9);
  crucible__json_at mode = crucible__json_get(&root, "mode");
  double x = 42;
  int64_t k = 42;
  int truth = 42;
  size_t choice = 42;
  const char *s = "42";
#define CHECK(call, text)                                                      \
  assert_int_equal(call, CRUCIBLE_E_DATA);                                     \
  assert_string_equal(crucible_last_error(), text)
  CHECK(crucible__json_double(&fee, 0, 100, &x),
        "t:2:24: $.costs.fee_bps: is -1, must be a number from 0 to 100");
  CHECK(crucible__json_double(&fee, 0.5, (double)INFINITY, &x),
        "t:2:24: $.costs.fee_bps: is -1, must be a number of at least 0.5");
  CHECK(crucible__json_double(&n, -(double)INFINITY, 1e-7, &x),
        "t:2:33: $.costs.n: is 12, must be a number of at most 1e-07");
  CHECK(crucible__json_double(&mode, -(double)INFINITY, (double)INFINITY, &x),
        "t:4:11: $.mode: is \"fsat\", must be a number");
  CHECK(crucible__json_int64(&n, 20, 30, &k),
        "t:2:33: $.costs.n: is 12, must be a whole number from 20 to 30");
  CHECK(crucible__json_int64(&third, INT64_MIN, INT64_MAX, &k),
        "t:3:36: $.list[2]: is null, must be a whole number");
  CHECK(crucible__json_bool(&second, &truth),
        "t:3:18: $.list[1]: is an object, must be true or false");
  CHECK(crucible__json_string(&list, &s),
        "t:3:11: $.list: is an array, must be a string");
  CHECK(crucible__json_want_array(&odd),
        "t:3:30: $.list[1][\"odd key\"]: is \"x\", must be an array");
  CHECK(crucible__json_want_object(&ninth),
        "t:3:11: $.list[9]: is missing, must be an object");
  CHECK(crucible__json_double(&none, 0, 1, &x),
        "t:2:12: $.costs.maker: is missing, must be a number from 0 to 1");
  CHECK(crucible__json_string(&deeper, &s),
        "t:2:12: $.costs.maker.deeper: is missing, must be a string");
  CHECK(crucible__json_choice(&mode, modes, 2, &choice),
        "t:4:11: $.mode: is \"fsat\", must be one of \"fast\", \"slow\"; did "
        "you mean \"fast\"?");
  CHECK(crucible__json_choice(&n, modes, 2, &choice),
        "t:2:33: $.costs.n: is 12, must be one of \"fast\", \"slow\"");
  CHECK(crucible__json_fail(&root, "has %d faults", 3),
        "t:1:1: $: has 3 faults");
#undef CHECK
  assert_same_bits(x, 42);
  assert_int_equal(k, 42);
  assert_int_equal(truth, 42);
  assert_int_equal(choice, 42);
  assert_string_equal(s, "42");
  crucible__json_free(json);
}

static void whole_numbers_keep_all_their_digits(void **state) {
  (void)state;
  static const struct {
    const char *text;
    int is_whole;
    int64_t value;
  } cases[] = {
      {"9223372036854775807", 1, INT64_MAX},
      {"-9223372036854775808", 1, INT64_MIN},
      {"9007199254740993", 1, 9007199254740993},
      {"1e3", 1, 1000},
      {"5.0", 1, 5},
      {"-0", 1, 0},
      {"25e-1", 0, 0},
      {"0.5", 0, 0},
      {"9223372036854775808", 0, 0},
      {"1e300", 0, 0},
      {"1.0e16", 0, 0}, /* may have been rounded */
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
    crucible__json *json = parse(cases[i].text, 0);
    crucible__json_at root = crucible__json_root(json);
    int64_t value = 42;
    assert_int_equal(crucible__json_int64(&root, INT64_MIN, INT64_MAX, &value),
                     cases[i].is_whole ? CRUCIBLE_OK : CRUCIBLE_E_DATA);
    assert_int_equal(value, cases[i].is_whole ? cases[i].value : 42);
    crucible__json_free(json);
  }
}

static void an_unknown_key_is_named_with_the_nearest_known_one(void **state) {
  (void)state;
  static const char *const keys[] = {"fee_bps", "slippage", "seed", "threads"};
  static const struct {
    const char *text, *error; /* NULL: nothing wrong */
  } cases[] = {
      {"{}", NULL},
      {"{\"seed\":1,\"threads\":2}", NULL},
      {"{\"seed\":1,\n\"fee_bsp\":2,\"x\":3}",
       "t:2:1: $.fee_bsp: unknown key; did you mean \"fee_bps\"?"},
      {"{\"slipage\":1}",
       "t:1:2: $.slipage: unknown key; did you mean \"slippage\"?"},
      {"{\"sseed\":1}", "t:1:2: $.sseed: unknown key; did you mean \"seed\"?"},
      {"{\"Seed\":1}", "t:1:2: $.Seed: unknown key; did you mean \"seed\"?"},
      {"{\"colour\":1}", "t:1:2: $.colour: unknown key; known are \"fee_bps\", "
                         "\"slippage\", \"seed\", \"threads\""},
      {"{\"\":1}", "t:1:2: $[\"\"]: unknown key; known are \"fee_bps\", "
                   "\"slippage\", \"seed\", \"threads\""},
      {"{\"a\\nb\":1}",
       "t:1:2: $[\"a\\nb\"]: unknown key; known are \"fee_bps\", "
       "\"slippage\", \"seed\", \"threads\""},
      {"[1]", "t:1:1: $: is an array, must be an object"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
    crucible__json *json = parse(cases[i].text, 0);
    crucible__json_at root = crucible__json_root(json);
    crucible_status status = crucible__json_only(&root, keys, 4);
    assert_int_equal(status, cases[i].error ? CRUCIBLE_E_DATA : CRUCIBLE_OK);
    if (cases[i].error != NULL)
      assert_string_equal(crucible_last_error(), cases[i].error);
    crucible__json_free(json);
  }
}

static void long_names_do_not_break_the_error_text(void **state) {
  (void)state;
  static const char *const keys[] = {"seed"};
  crucible__text text = {0};
  crucible__text_add(&text, "{\"");
  for (int i = 0; i < 3000; ++i)
    crucible__text_add(&text, "\xc3\xa9");
  crucible__text_add(&text, "\":{\"");
  for (int i = 0; i < 3000; ++i)
    crucible__text_add(&text, "k");
  crucible__text_add(&text, "\":\"");
  for (int i = 0; i < 3000; ++i)
    crucible__text_add(&text, "v");
  crucible__text_add(&text, "\"}}");
  crucible__json *json = parse(text.data, 0);
  crucible__json_at root = crucible__json_root(json);
  crucible__json_at a = crucible__json_member(&root, 0);
  crucible__json_at b = crucible__json_member(&a, 0);
  double x;
  assert_int_equal(crucible__json_only(&root, keys, 1), CRUCIBLE_E_DATA);
  assert_true(strlen(crucible_last_error()) < 500);
  assert_non_null(strstr(crucible_last_error(), "...\"]: unknown key"));
  assert_int_equal(crucible__json_double(&b, 0, 1, &x), CRUCIBLE_E_DATA);
  assert_non_null(strstr(crucible_last_error(), "must be a number"));
  crucible__json_free(json);
  crucible__text_free(&text);
}

/* --- files, memory, writing ------------------------------------------------ */
static void write_file(const char *path, const char *text) {
  FILE *file = fopen(path, "wb");
  assert_non_null(file);
  assert_int_equal(fwrite(text, 1, strlen(text), file), strlen(text));
  assert_int_equal(fclose(file), 0);
}

static void a_file_is_read_under_its_name(void **state) {
  (void)state;
  crucible__json *json;
  write_file("good.json", config);
  assert_int_equal(crucible__json_read_file("good.json", 0, &json),
                   CRUCIBLE_OK);
  crucible__json_at root = crucible__json_root(json);
  assert_int_equal(crucible__json_size(&root), 3);
  crucible__json_free(json);
  write_file("bad.json", "{\n  \"a\": ?}");
  assert_int_equal(crucible__json_read_file("bad.json", 0, &json),
                   CRUCIBLE_E_DATA);
  assert_null(json);
  assert_string_equal(crucible_last_error(),
                      "bad.json:2:8: expected a value, found '?'");
  write_file("empty.json", "");
  assert_int_equal(crucible__json_read_file("empty.json", 0, &json),
                   CRUCIBLE_E_DATA);
  assert_int_equal(crucible__json_read_file("none.json", 0, &json),
                   CRUCIBLE_E_IO);
  assert_non_null(
      strstr(crucible_last_error(), "none.json: cannot be opened (errno 2"));
  assert_int_equal(crucible__json_read_file(".", 0, &json), CRUCIBLE_E_IO);
  assert_non_null(strstr(crucible_last_error(), ".: cannot be read"));
  assert_null(json);
}

static void a_large_file_is_read_whole(void **state) {
  (void)state;
  crucible__text text = {0};
  crucible__text_add(&text, "[0");
  for (int i = 1; i < 100000; ++i)
    crucible__text_addf(&text, ",\n%d", i);
  crucible__text_add(&text, "]");
  write_file("large.json", text.data);
  crucible__json *json;
  assert_int_equal(crucible__json_read_file("large.json", 0, &json),
                   CRUCIBLE_OK);
  crucible__json_at root = crucible__json_root(json);
  assert_int_equal(crucible__json_size(&root), 100000);
  crucible__json_at last = crucible__json_item(&root, 99999);
  int64_t value = 0;
  assert_int_equal(crucible__json_int64(&last, 0, 99999, &value), CRUCIBLE_OK);
  assert_int_equal(value, 99999);
  crucible__json_free(json);
  crucible__text_free(&text);
}

static crucible_status parse_with_failures(void *data) {
  crucible__json *json;
  const char *text = data;
  crucible_status status =
      crucible__json_parse(text, strlen(text), "t", 0, &json);
  assert_true((status == CRUCIBLE_OK) == (json != NULL));
  crucible__json_free(json);
  return status;
}

static crucible_status read_with_failures(void *data) {
  crucible__json *json;
  crucible_status status = crucible__json_read_file(data, 0, &json);
  assert_true((status == CRUCIBLE_OK) == (json != NULL));
  crucible__json_free(json);
  return status;
}

static void a_document_survives_want_of_memory(void **state) {
  (void)state;
  crucible__text text = {0};
  crucible__rng rng;
  crucible__rng_init(&rng, 2, CRUCIBLE__RNG_TEST, 1);
  crucible__text_add(&text, "[0");
  while (text.length < 20000) {
    crucible__text_add(&text, ",");
    make_container(&text, &rng, 0, 1);
  }
  crucible__text_add(&text, "]");
  assert_true(failing_alloc_run(parse_with_failures, text.data) > 6);
  write_file("random.json", text.data);
  char path[] = "random.json";
  assert_true(failing_alloc_run(read_with_failures, path) > 6);
  crucible__text_free(&text);
}

static void strings_and_numbers_are_written_as_json(void **state) {
  (void)state;
  crucible__text text = {0};
  crucible__json_add_string(&text, "a\"b\\c/\b\f\n\r\t\x01\x1f\x7f\xc3\xa9");
  assert_string_equal(text.data, "\"a\\\"b\\\\c/\\b\\f\\n\\r\\t\\u0001\\u001f"
                                 "\\u007f\xc3\xa9\"");
  crucible__text_free(&text);
  crucible__json_add_string(&text, "x\xff\xc3(\xe2\x82");
  assert_string_equal(text.data, "\"x\xef\xbf\xbd\xef\xbf\xbd(\xef\xbf\xbd"
                                 "\xef\xbf\xbd\"");
  crucible__text_free(&text);
  crucible__json_add_string(&text, "");
  crucible__json_add_double(&text, 0.1);
  crucible__text_add(&text, " ");
  crucible__json_add_double(&text, (double)NAN);
  crucible__text_add(&text, " ");
  crucible__json_add_double(&text, -(double)INFINITY);
  assert_string_equal(text.data, "\"\"0.1 null null");
  crucible__text_free(&text);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_wrong_value_is_named_with_its_place),
      cmocka_unit_test(whole_numbers_keep_all_their_digits),
      cmocka_unit_test(an_unknown_key_is_named_with_the_nearest_known_one),
      cmocka_unit_test(long_names_do_not_break_the_error_text),
      cmocka_unit_test(a_file_is_read_under_its_name),
      cmocka_unit_test(a_large_file_is_read_whole),
      cmocka_unit_test(a_document_survives_want_of_memory),
      cmocka_unit_test(strings_and_numbers_are_written_as_json),
  };
  failing_alloc_install();
  return cmocka_run_group_tests(tests, NULL, NULL);
}
