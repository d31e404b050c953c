/* SPDX-License-Identifier: Apache-2.0 */
/* Documents parsed, and documents made at random. Include after <cmocka.h>. */
#ifndef TESTS_SUPPORT_JSON_DOCUMENTS_H
#define TESTS_SUPPORT_JSON_DOCUMENTS_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/json.h"
#include "base/rng.h"

static inline crucible__json *parse(const char *text, uint32_t flags) {
  crucible__json *json;
  crucible_status status =
      crucible__json_parse(text, strlen(text), "t", flags, &json);
  if (status != CRUCIBLE_OK)
    fail_msg("%s", crucible_last_error());
  return json;
}

static inline void make_characters(crucible__text *text, crucible__rng *rng) {
  static const char *const parts[] = {
      "a",        "key", " ", "\\n",  "\\\"",           "\\u00e9",
      "\xc3\xa9", "/*",  "0", "\\\\", "\\ud83d\\ude00", "}"};
  for (uint64_t n = crucible__rng_below(rng, 6); n > 0; --n)
    crucible__text_add(text, parts[crucible__rng_below(rng, 12)]);
}

static inline void make_value(crucible__text *text, crucible__rng *rng,
                              int depth);

static inline void make_container(crucible__text *text, crucible__rng *rng,
                                  int depth, int is_object) {
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

static inline void make_value(crucible__text *text, crucible__rng *rng,
                              int depth) {
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

#endif
