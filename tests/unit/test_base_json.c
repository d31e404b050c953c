/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/json.h"
#include "base/rng.h"
#include "support/comma_locale.h"
#include "support/failing_alloc.h"
#include "support/json_reference.h"
#include "support/near.h"

static crucible__json *parse(const char *text, uint32_t flags) {
  crucible__json *json;
  crucible_status status =
      crucible__json_parse(text, strlen(text), "t", flags, &json);
  if (status != CRUCIBLE_OK)
    fail_msg("%s", crucible_last_error());
  return json;
}

static void check_refused_n(const char *text, size_t n, uint32_t flags,
                            const char *error) {
  crucible__json *json = (crucible__json *)(void *)&n;
  assert_int_equal(crucible__json_parse(text, n, "t", flags, &json),
                   CRUCIBLE_E_DATA);
  assert_null(json);
  assert_string_equal(crucible_last_error(), error);
}

static void check_refused(const char *text, uint32_t flags, const char *error) {
  check_refused_n(text, strlen(text), flags, error);
}

/* --- reading -------------------------------------------------------------- */

static void a_document_gives_back_what_it_says(void **state) {
  (void)state;
  crucible__json *json =
      parse(" {\"a\" : 1.5, \"b\":[true,false,null,\"x\\n\"],\"c\":{} } ", 0);
  crucible__json_at root = crucible__json_root(json);
  crucible__json_at a = crucible__json_get(&root, "a");
  crucible__json_at b = crucible__json_get(&root, "b");
  crucible__json_at c = crucible__json_get(&root, "c");
  crucible__json_at none = crucible__json_get(&root, "d");
  assert_true(crucible__json_is_object(&root));
  assert_int_equal(crucible__json_size(&root), 3);
  assert_true(crucible__json_is_number(&a));
  double x = 0;
  assert_int_equal(crucible__json_double(&a, 0, 2, &x), CRUCIBLE_OK);
  assert_same_bits(x, 1.5);
  assert_true(crucible__json_is_array(&b));
  assert_int_equal(crucible__json_size(&b), 4);
  crucible__json_at item = crucible__json_item(&b, 0);
  int truth = 7;
  assert_int_equal(crucible__json_bool(&item, &truth), CRUCIBLE_OK);
  assert_int_equal(truth, 1);
  item = crucible__json_item(&b, 1);
  assert_int_equal(crucible__json_bool(&item, &truth), CRUCIBLE_OK);
  assert_int_equal(truth, 0);
  item = crucible__json_item(&b, 3);
  const char *s = NULL;
  assert_true(crucible__json_is_string(&item));
  assert_int_equal(crucible__json_string(&item, &s), CRUCIBLE_OK);
  assert_string_equal(s, "x\n");
  item = crucible__json_item(&b, 4);
  assert_false(crucible__json_is_present(&item));
  assert_true(crucible__json_is_object(&c));
  assert_int_equal(crucible__json_size(&c), 0);
  assert_false(crucible__json_is_present(&none));
  crucible__json_at member = crucible__json_member(&root, 1);
  assert_string_equal(member.key, "b");
  assert_ptr_equal(member.node, b.node);
  member = crucible__json_member(&root, 3);
  assert_false(crucible__json_is_present(&member));
  crucible__json_free(json);
  crucible__json_free(NULL);
}

static void what_is_no_json_is_refused_with_its_place(void **state) {
  (void)state;
  static const struct {
    const char *text, *error;
  } cases[] = {
      {"", "t:1:1: expected a value, the text is empty"},
      {" \n ", "t:2:2: expected a value, the text is empty"},
      {"{", "t:1:2: expected a key in double quotes, found the end of the "
            "text"},
      {"[", "t:1:2: expected a value, found the end of the text"},
      {"[1", "t:1:3: expected ',' or ']', found the end of the text"},
      {"[1 2]", "t:1:4: expected ',' or ']', found '2'"},
      {"[1,]", "t:1:3: no comma may stand before ']'"},
      {"{\"a\":1,}", "t:1:7: no comma may stand before '}'"},
      {"[,1]", "t:1:2: expected a value, found ','"},
      {"{\"a\" 1}", "t:1:6: expected ':' after the key, found '1'"},
      {"{\"a\":}", "t:1:6: expected a value, found '}'"},
      {"{a:1}", "t:1:2: expected a key in double quotes, found 'a'"},
      {"{'a':1}", "t:1:2: expected a key in double quotes, found '''"},
      {"{1:1}", "t:1:2: expected a key in double quotes, found '1'"},
      {"{\"a\":1]", "t:1:7: expected ',' or '}', found ']'"},
      {"[1}", "t:1:3: expected ',' or ']', found '}'"},
      {"]", "t:1:1: expected a value, found ']'"},
      {"1 2", "t:1:3: expected the end of the text, found '2'"},
      {"{}\n\n  x", "t:3:3: expected the end of the text, found 'x'"},
      {"tru", "t:1:1: expected a value, found 't'"},
      {"True", "t:1:1: expected a value, found 'T'"},
      {"nul", "t:1:1: expected a value, found 'n'"},
      {"truex", "t:1:5: expected the end of the text, found 'x'"},
      {"NaN", "t:1:1: expected a value, found 'N'"},
      {"[-Infinity]", "t:1:3: expected a digit, found 'I'"},
      {"-", "t:1:2: expected a digit, found the end of the text"},
      {"+1", "t:1:1: expected a value, found '+'"},
      {".5", "t:1:1: expected a value, found '.'"},
      {"[5.]", "t:1:4: expected a digit after the point, found ']'"},
      {"01", "t:1:1: a number must not start with a zero"},
      {"-00", "t:1:1: a number must not start with a zero"},
      {"1e", "t:1:3: expected a digit of the exponent, found the end of the "
             "text"},
      {"1e+", "t:1:4: expected a digit of the exponent, found the end of the "
              "text"},
      {"0x10", "t:1:2: expected the end of the text, found 'x'"},
      {"[1e999]", "t:1:2: the number is too large"},
      {"[1,5\n,-1e309]", "t:2:2: the number is too large"},
      {"1\xd9\xab"
       "5",
       "t:1:2: expected the end of the text, found '\xd9\xab'"},
      {"\"abc", "t:1:1: the string has no closing quote"},
      {"\"abc\\\"", "t:1:1: the string has no closing quote"},
      {"[\"a\nb\"]", "t:1:4: byte 0x0a in a string: close the string or write "
                     "it as an escape"},
      {"\"\t\"", "t:1:2: byte 0x09 in a string: close the string or write it "
                 "as an escape"},
      {"\"\\x\"", "t:1:2: no such escape: \\ goes with \" \\ / b f n r t or u "
                  "and four digits"},
      {"\"\\", "t:1:2: no such escape: \\ goes with \" \\ / b f n r t or u and "
               "four digits"},
      {"\"\\u12\"", "t:1:2: \\u needs four hexadecimal digits"},
      {"\"\\u12g4\"", "t:1:2: \\u needs four hexadecimal digits"},
      {"\"\\u0000\"", "t:1:2: a zero character is not allowed"},
      {"\"\\ud800\"", "t:1:2: \\ud800 is half of a pair"},
      {"\"\\ud800\\u0041\"", "t:1:2: \\ud800 is half of a pair"},
      {"\"\\udc00\"", "t:1:2: \\udc00 is half of a pair"},
      {"\x01", "t:1:1: expected a value, found byte 0x01"},
      {"{\"\xc3\xa9\": x}", "t:1:7: expected a value, found 'x'"},
      {"[1, // no\n2]", "t:1:5: comments are not allowed here"},
      {"/**/1", "t:1:1: comments are not allowed here"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i)
    check_refused(cases[i].text, 0, cases[i].error);
}

static void bytes_that_are_no_utf8_are_refused_with_their_place(void **state) {
  (void)state;
  static const struct {
    const char *text, *error;
  } cases[] = {
      {"\"\x80\"", "t:1:2: byte 0x80 is not valid UTF-8"},
      {"\"\xc0\xaf\"", "t:1:2: byte 0xc0 is not valid UTF-8"},
      {"\"\xc1\xbf\"", "t:1:2: byte 0xc1 is not valid UTF-8"},
      {"\"\xe0\x9f\xbf\"", "t:1:2: byte 0xe0 is not valid UTF-8"},
      {"\"\xed\xa0\x80\"", "t:1:2: byte 0xed is not valid UTF-8"},
      {"\"\xf0\x8f\xbf\xbf\"", "t:1:2: byte 0xf0 is not valid UTF-8"},
      {"\"\xf4\x90\x80\x80\"", "t:1:2: byte 0xf4 is not valid UTF-8"},
      {"\"\xf5\x80\x80\x80\"", "t:1:2: byte 0xf5 is not valid UTF-8"},
      {"\"\xc3\xa9\xc3(\"", "t:1:3: byte 0xc3 is not valid UTF-8"},
      {"[1,\n\"\xe2\x82\"]", "t:2:2: byte 0xe2 is not valid UTF-8"},
      {"\xff\xfe", "t:1:1: byte 0xff is not valid UTF-8"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i)
    check_refused(cases[i].text, 0, cases[i].error);
  check_refused_n("[1,\0 2]", 7, 0, "t:1:4: a zero byte is not allowed");
  check_refused_n("1\0", 2, 0, "t:1:2: a zero byte is not allowed");
  crucible__json *json = parse("\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\"", 0);
  crucible__json_free(json);
}

static void escapes_become_the_characters_they_name(void **state) {
  (void)state;
  crucible__json *json = parse(
      "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u0041\\u00e9\\u20AC\\ud83d\\uDE00\"", 0);
  crucible__json_at root = crucible__json_root(json);
  const char *s = NULL;
  assert_int_equal(crucible__json_string(&root, &s), CRUCIBLE_OK);
  assert_string_equal(s,
                      "\"\\/\b\f\n\r\tA\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80");
  crucible__json_free(json);
}

static void a_byte_order_mark_is_passed_over(void **state) {
  (void)state;
  crucible__json *json = parse("\xef\xbb\xbf{}", 0);
  crucible__json_free(json);
  check_refused("\xef\xbb\xbf{x", 0,
                "t:1:2: expected a key in double quotes, found 'x'");
}

static void comments_are_read_where_they_are_allowed(void **state) {
  (void)state;
  const uint32_t allowed = CRUCIBLE__JSON_COMMENTS;
  crucible__json *json = parse("// one\n/* two\n * lines */{/**/\"a//b\"/**/:"
                               "// x\n\"/* c */\"//\n,\"d\":1/*\"*/}//end",
                               allowed);
  crucible__json_at root = crucible__json_root(json);
  crucible__json_at a = crucible__json_get(&root, "a//b");
  const char *s = NULL;
  assert_int_equal(crucible__json_string(&a, &s), CRUCIBLE_OK);
  assert_string_equal(s, "/* c */");
  assert_int_equal(crucible__json_size(&root), 2);
  crucible__json_free(json);
  check_refused("[1, /* 2]", allowed, "t:1:5: the comment has no end");
  check_refused("/*/", allowed, "t:1:1: the comment has no end");
  check_refused("[1 / 2]", allowed,
                "t:1:4: '/' starts no comment: // and /* do");
  check_refused("/", allowed, "t:1:1: '/' starts no comment: // and /* do");
  check_refused("/* a\n b */ x", allowed, "t:2:7: expected a value, found 'x'");
  check_refused("// nothing", allowed,
                "t:1:11: expected a value, the text is empty");
}

static void a_key_that_comes_twice_is_refused(void **state) {
  (void)state;
  check_refused("{\"a\":1,\n \"b\":2, \"a\":3}", 0,
                "t:2:9: the key \"a\" appears twice in this object");
  check_refused("{\"x\\n\":1,\"x\\u000a\":3}", 0,
                "t:1:10: the key \"x\\n\" appears twice in this object");
  /* many members are sorted: still the first that is one too many */
  check_refused("{\"j\":0,\"i\":0,\"h\":0,\"g\":0,\"f\":0,\"e\":0,\"d\":0,"
                "\"c\":0,\"b\":0,\n\"d\":0,\"a\":0,\"a\":0}",
                0, "t:2:1: the key \"d\" appears twice in this object");
  check_refused("{\"k\":0,\n\"k\":0,\"k\":0,\"k\":0,\"k\":0,\"k\":0,\"k\":0,"
                "\"k\":0,\"k\":0,\"k\":0,\"k\":0,\"k\":0,\"k\":0,\"k\":0}",
                0, "t:2:1: the key \"k\" appears twice in this object");
  crucible__json *json = parse("{\"a\":{\"a\":1},\"A\":{\"a\":2}}", 0);
  crucible__json_free(json);
}

static void nesting_has_a_limit(void **state) {
  (void)state;
  char text[400];
  for (int n = 127; n <= 130; ++n) {
    memset(text, '[', (size_t)n);
    memset(text + n, ']', (size_t)n);
    text[2 * n] = '\0';
    if (n <= 128)
      crucible__json_free(parse(text, 0));
    else
      check_refused(text, 0, "t:1:129: more than 128 levels of nesting");
  }
  crucible__json_free(parse("[[1],[2],[[3]],{\"a\":[]}]", 0));
}

static void many_members_are_all_found(void **state) {
  (void)state;
  for (int n = 0; n < 300; n = n < 20 ? n + 1 : n + 93) {
    crucible__text text = {0};
    crucible__text_add(&text, "{");
    for (int i = 0; i < n; ++i) /* 7 * i mod 1009: no two the same */
      crucible__text_addf(&text, "%s\"k%d\":%d", i ? "," : "", 7 * i % 1009, i);
    crucible__text_add(&text, "}");
    crucible__json *json = parse(text.data, 0);
    crucible__json_at root = crucible__json_root(json);
    assert_int_equal(crucible__json_size(&root), n);
    for (int i = 0; i < n; ++i) {
      char key[32];
      int64_t value = -1;
      (void)snprintf(key, sizeof key, "k%d", 7 * i % 1009);
      crucible__json_at at = crucible__json_get(&root, key);
      assert_int_equal(crucible__json_int64(&at, 0, n, &value), CRUCIBLE_OK);
      assert_int_equal(value, i);
      assert_int_equal(at.index, i);
    }
    crucible__json_at none = crucible__json_get(&root, "k");
    assert_false(crucible__json_is_present(&none));
    crucible__json_free(json);
    crucible__text_free(&text);
  }
}

/* --- as cJSON reads ------------------------------------------------------- */

static void make_characters(crucible__text *text, crucible__rng *rng) {
  static const char *const parts[] = {
      "a",        "key", " ", "\\n",  "\\\"",           "\\u00e9",
      "\xc3\xa9", "/*",  "0", "\\\\", "\\ud83d\\ude00", "}"};
  for (uint64_t n = crucible__rng_below(rng, 6); n > 0; --n)
    crucible__text_add(text, parts[crucible__rng_below(rng, 12)]);
}

static void make_value(crucible__text *text, crucible__rng *rng, int depth);

static void make_container(crucible__text *text, crucible__rng *rng, int depth,
                           int is_object) {
  uint64_t n = crucible__rng_below(rng, 14);
  crucible__text_add(text, is_object ? "{" : "[");
  for (uint64_t i = 0; i < n; ++i) {
    if (i > 0)
      crucible__text_add(text, ",");
    if (is_object) { /* each key begins with a number of its own */
      crucible__text_addf(text, "\"%d:", (int)(i * 5 % 14));
      make_characters(text, rng);
      crucible__text_add(text, "\" :");
    }
    make_value(text, rng, depth + 1);
  }
  crucible__text_add(text, is_object ? "}" : "]");
}

static void make_value(crucible__text *text, crucible__rng *rng, int depth) {
  static const char *const words[] = {"true", "false", "null", "0", "-0.0"};
  static const char *const spaces[] = {"", " ", "\n", "\r\n\t"};
  uint64_t kind = crucible__rng_below(rng, depth > 3 ? 4 : 6);
  crucible__text_add(text, spaces[crucible__rng_below(rng, 4)]);
  if (kind == 0) {
    crucible__text_add(text, words[crucible__rng_below(rng, 5)]);
  } else if (kind == 1) {
    crucible__text_add(text, "\"");
    make_characters(text, rng);
    crucible__text_add(text, "\"");
  } else if (kind == 2) {
    int64_t whole =
        (int64_t)(crucible__rng_u64(rng) >> (1 + crucible__rng_below(rng, 62)));
    crucible__text_addf(text, "-%lld", (long long)whole);
  } else if (kind == 3) {
    crucible__text_add_double(text, crucible__rng_normal(rng) * 1e5);
  } else {
    make_container(text, rng, depth, kind == 5);
  }
  crucible__text_add(text, spaces[crucible__rng_below(rng, 4)]);
}

static void documents_read_as_cjson_reads_them(void **state) {
  (void)state;
  crucible__rng rng;
  crucible__rng_init(&rng, 1, CRUCIBLE__RNG_TEST, 1);
  for (int i = 0; i < 2000; ++i) {
    crucible__text text = {0}, written = {0};
    make_value(&text, &rng, 0);
    crucible__json *json = parse(text.data, 0);
    if (!json_same_as_cjson(json, text.data, text.length))
      fail_msg("%s", text.data);
    /* and survive being written and read again */
    crucible__json_at root = crucible__json_root(json);
    json_write(&written, &root);
    crucible__json *again = parse(written.data, 0);
    assert_true(json_same(json, again));
    crucible__json_free(again);
    crucible__json_free(json);
    crucible__text_free(&text);
    crucible__text_free(&written);
  }
}

static void each_cut_document_is_refused(void **state) {
  (void)state;
  static const char text[] =
      "{\"a\": [1.5e-3, true, null, \"\\u00e9\\n\"], \"b\": {\"c\": -2}}";
  for (size_t n = 0; n < sizeof text - 1; ++n) {
    char *cut = malloc(n > 0 ? n : 1); /* the sanitizer sees its end */
    assert_non_null(cut);
    memcpy(cut, text, n);
    crucible__json *json;
    assert_int_equal(crucible__json_parse(cut, n, "t", 0, &json),
                     CRUCIBLE_E_DATA);
    free(cut);
  }
}

static void numbers_do_not_follow_the_locale(void **state) {
  (void)state;
  comma_locale_set("comma");
  crucible__json *json = parse("[1.5,1,5]", 0);
  comma_locale_reset();
  crucible__json_at root = crucible__json_root(json);
  crucible__json_at first = crucible__json_item(&root, 0);
  double x = 0;
  assert_int_equal(crucible__json_size(&root), 3);
  assert_int_equal(crucible__json_double(&first, 0, 2, &x), CRUCIBLE_OK);
  assert_same_bits(x, 1.5);
  crucible__json_free(json);
}

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
      cmocka_unit_test(a_document_gives_back_what_it_says),
      cmocka_unit_test(what_is_no_json_is_refused_with_its_place),
      cmocka_unit_test(bytes_that_are_no_utf8_are_refused_with_their_place),
      cmocka_unit_test(escapes_become_the_characters_they_name),
      cmocka_unit_test(a_byte_order_mark_is_passed_over),
      cmocka_unit_test(comments_are_read_where_they_are_allowed),
      cmocka_unit_test(a_key_that_comes_twice_is_refused),
      cmocka_unit_test(nesting_has_a_limit),
      cmocka_unit_test(many_members_are_all_found),
      cmocka_unit_test(documents_read_as_cjson_reads_them),
      cmocka_unit_test(each_cut_document_is_refused),
      cmocka_unit_test(numbers_do_not_follow_the_locale),
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
