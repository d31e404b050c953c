/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes JSON for machines: numbers with 17 digits, so that they read back to
 * the same bits; what is not finite becomes null.
 */
#ifndef RUN_JSON_H
#define RUN_JSON_H

#include <stdint.h>

#include "run_text.h"

/* Zero is a writer at the start of a document. */
typedef struct run_json {
  run_text text;
  int depth;       /* of objects and arrays */
  int needs_comma; /* a value stands before the next one */
} run_json;

/* key: the name inside an object, NULL inside an array and at the top. */
void json_begin_object(run_json *json, const char *key);
void json_begin_array(run_json *json, const char *key);
void json_end_object(run_json *json);
void json_end_array(run_json *json);
void json_string(run_json *json, const char *key, const char *value);
void json_number(run_json *json, const char *key, double value);
void json_int(run_json *json, const char *key, int64_t value);
void json_count(run_json *json, const char *key, uint64_t value);
void json_bool(run_json *json, const char *key, int value);
/* A field of a struct under its own name; an int32_t is a flag. */
#define JSON_FIELD(json, of, name)                                             \
  _Generic((of)->name,                                                         \
      double: json_number,                                                     \
      int64_t: json_int,                                                       \
      uint64_t: json_count,                                                    \
      uint32_t: json_count,                                                    \
      int32_t: json_bool,                                                      \
      char *: json_string,                                                     \
      const char *: json_string)((json), #name, (of)->name)
/* A piece that is JSON already; null if it is NULL or empty. */
void json_raw(run_json *json, const char *key, const char *value);

/* Prints the document on stdout and frees it; exit code. */
int json_print(run_json *json);

#endif
