/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as JSON: refused with a text that names the place, or a document
 * that cJSON reads the same way and that survives being written and read. The
 * first byte says whether comments are allowed.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "support/json_reference.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void expect(int promise) {
  if (!promise)
    abort();
}

/* Every way leads to its value and has a name. */
static void walk(const crucible__json_at *at) {
  static const char *const keys[] = {"a", "key", "costs", "fee_bps"};
  size_t choice;
  expect(crucible__json_fail(at, "seen") == CRUCIBLE_E_DATA);
  expect(strstr(crucible_last_error(), ": $") != NULL);
  (void)crucible__json_only(at, keys, 4);
  (void)crucible__json_choice(at, keys, 4, &choice);
  for (size_t i = 0; i < crucible__json_size(at); ++i) {
    crucible__json_at child = crucible__json_is_object(at)
                                  ? crucible__json_member(at, i)
                                  : crucible__json_item(at, i);
    if (crucible__json_is_object(at)) {
      crucible__json_at found = crucible__json_get(at, child.key);
      expect(found.node == child.node);
    }
    walk(&child);
  }
}

static void check_written(const crucible__json *json,
                          const crucible__json_at *root) {
  crucible__text text = {0};
  crucible__json *again;
  json_write(&text, root);
  expect(crucible__json_parse(text.data, text.length, "written", 0, &again) ==
         CRUCIBLE_OK);
  expect(json_same(json, again));
  crucible__json_free(again);
  crucible__text_free(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
  if (n == 0)
    return 0;
  uint32_t flags = data[0] % 2 ? CRUCIBLE__JSON_COMMENTS : 0;
  const char *text = (const char *)data + 1;
  crucible__json *json;
  crucible_status status =
      crucible__json_parse(text, n - 1, "input", flags, &json);
  if (status != CRUCIBLE_OK) {
    expect(status == CRUCIBLE_E_DATA && json == NULL);
    expect(strncmp(crucible_last_error(), "input:", 6) == 0);
    return 0;
  }
  crucible__json_at root = crucible__json_root(json);
  if (flags == 0)
    expect(json_same_as_cjson(json, text, n - 1));
  walk(&root);
  check_written(json, &root);
  crucible__json_free(json);
  return 0;
}
