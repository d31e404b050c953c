/* SPDX-License-Identifier: Apache-2.0 */
/* JSON documents: what is read and what is refused. */
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
#include "support/json_documents.h"
#include "support/json_reference.h"
#include "support/near.h"

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
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
