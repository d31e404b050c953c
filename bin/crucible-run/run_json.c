/* SPDX-License-Identifier: Apache-2.0 */
#include "run_json.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "run.h"

static void add_quoted(run_text *text, const char *value) {
  text_add(text, "\"");
  for (const unsigned char *c = (const unsigned char *)value; *c != 0; ++c)
    if (*c == '"' || *c == '\\')
      text_addf(text, "\\%c", *c);
    else if (*c < 0x20)
      text_addf(text, "\\u%04x", *c);
    else
      text_add_bytes(text, (const char *)c, 1);
  text_add(text, "\"");
}

static void begin_value(run_json *json, const char *key) {
  if (json->needs_comma)
    text_add(&json->text, ",");
  if (json->depth > 0 && json->depth <= 3)
    text_addf(&json->text, "\n%*s", 2 * json->depth, "");
  json->needs_comma = 1;
  if (key == NULL)
    return;
  add_quoted(&json->text, key);
  text_add(&json->text, ":");
}

static void begin(run_json *json, const char *key, const char *bracket) {
  begin_value(json, key);
  text_add(&json->text, bracket);
  ++json->depth;
  json->needs_comma = 0;
}

static void end(run_json *json, const char *bracket) {
  --json->depth;
  if (json->needs_comma && json->depth < 3)
    text_addf(&json->text, "\n%*s", 2 * json->depth, "");
  text_add(&json->text, bracket);
  json->needs_comma = 1;
}

void json_begin_object(run_json *json, const char *key) {
  begin(json, key, "{");
}

void json_begin_array(run_json *json, const char *key) {
  begin(json, key, "[");
}

void json_end_object(run_json *json) { end(json, "}"); }

void json_end_array(run_json *json) { end(json, "]"); }

void json_string(run_json *json, const char *key, const char *value) {
  begin_value(json, key);
  if (value == NULL)
    text_add(&json->text, "null");
  else
    add_quoted(&json->text, value);
}

void json_number(run_json *json, const char *key, double value) {
  char shortest[40];
  begin_value(json, key);
  if (!isfinite(value)) {
    text_add(&json->text, "null");
    return;
  }
  for (int digits = 15; digits <= 17; ++digits) {
    (void)snprintf(shortest, sizeof shortest, "%.*g", digits, value);
    if (strtod(shortest, NULL) == value)
      break;
  }
  text_add(&json->text, shortest);
}

void json_int(run_json *json, const char *key, int64_t value) {
  begin_value(json, key);
  text_addf(&json->text, "%" PRId64, value);
}

void json_count(run_json *json, const char *key, uint64_t value) {
  begin_value(json, key);
  text_addf(&json->text, "%" PRIu64, value);
}

void json_bool(run_json *json, const char *key, int value) {
  begin_value(json, key);
  text_add(&json->text, value ? "true" : "false");
}

void json_raw(run_json *json, const char *key, const char *value) {
  begin_value(json, key);
  text_add(&json->text, value != NULL && value[0] != 0 ? value : "null");
}

int json_print(run_json *json) {
  int code = RUN_OK;
  text_add(&json->text, "\n");
  if (json->text.failed)
    code = run_fail(RUN_FAILED, "out of memory");
  else
    (void)fwrite(json->text.data, 1, json->text.length, stdout);
  text_free(&json->text);
  return code;
}
