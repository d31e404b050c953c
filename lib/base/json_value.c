/* SPDX-License-Identifier: Apache-2.0 */
/* Values of the kind and range that is wanted, or an error that says where
   something else stands, what it is and what is wanted. */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/base_status.h"
#include "base/format.h"
#include "base/json_node.h"

enum {
  PLACE_MAX = 384,
  WANTED_MAX = 384,
  NUMBER_SHOWN = 40,
  HINT_MAX = 64 /* longest key that is compared for a hint */
};

typedef crucible__json_node node;

/* A text of fixed room; what does not fit is cut. */
typedef struct line {
  char *data;
  size_t size, length;
} line;

static void add(line *to, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void add(line *to, const char *format, ...) {
  va_list arguments;
  size_t room = to->size - to->length;
  va_start(arguments, format);
  int n = crucible__vformat(to->data + to->length, room, format, arguments);
  va_end(arguments);
  if (n > 0)
    to->length += (size_t)n < room ? (size_t)n : room - 1;
}

/* --- where ---------------------------------------------------------------- */

static int is_plain_key(const char *key) {
  size_t n = 0;
  for (; key[n] != '\0'; ++n)
    if (!(key[n] == '_' || key[n] == '-' || (key[n] >= '0' && key[n] <= '9') ||
          (key[n] >= 'a' && key[n] <= 'z') || (key[n] >= 'A' && key[n] <= 'Z')))
      return 0;
  return n > 0 && n < HINT_MAX;
}

static void add_step(line *to, const char *key, size_t index) {
  char quoted[CRUCIBLE__JSON_QUOTED];
  if (key == NULL)
    add(to, "[%zu]", index);
  else if (is_plain_key(key))
    add(to, ".%s", key);
  else
    add(to, "[%s]", crucible__json_quote(key, quoted));
}

/* No deeper than the reader lets a document be. */
static void add_path(line *to, const node *value) {
  if (value->parent == NULL) {
    add(to, "$");
    return;
  }
  add_path(to, value->parent);
  add_step(to, value->value.string, value->index);
}

static void add_way(line *to, const crucible__json_at *at) {
  if (at->node != NULL) {
    add_path(to, at->node);
  } else if (at->parent == NULL) {
    add(to, "$");
  } else {
    add_way(to, at->parent);
    add_step(to, at->key, at->index);
  }
}

/* "name:line:column: $.path", of what contains it if it is absent. */
static void describe_place(const crucible__json_at *at, int of_key,
                           char place[PLACE_MAX]) {
  line to = {place, PLACE_MAX, 0};
  const crucible__json_at *there = at;
  while (there->node == NULL && there->parent != NULL)
    there = there->parent;
  add(&to, "%s:", at->document->name);
  if (there->node != NULL) {
    const node *value = there->node;
    size_t row, column;
    crucible__json_place(at->document,
                         of_key ? value->key_offset : value->offset, &row,
                         &column);
    add(&to, "%zu:%zu:", row, column);
  }
  add(&to, " ");
  add_way(&to, at);
}

static crucible_status fail_with(const crucible__json_at *at, int of_key,
                                 const char *text) {
  char place[PLACE_MAX];
  describe_place(at, of_key, place);
  return crucible__fail(CRUCIBLE_E_DATA, "%s: %s", place, text);
}

crucible_status crucible__json_fail(const crucible__json_at *at,
                                    const char *format, ...) {
  char text[PLACE_MAX + WANTED_MAX];
  va_list arguments;
  va_start(arguments, format);
  (void)crucible__vformat(text, sizeof text, format, arguments);
  va_end(arguments);
  return fail_with(at, 0, text);
}

/* --- what ----------------------------------------------------------------- */

static int number_length(const crucible__json *json, size_t offset) {
  size_t n = 0;
  while (n < NUMBER_SHOWN && offset + n < json->length &&
         json->text[offset + n] != '\0' &&
         strchr("+-.0123456789eE", json->text[offset + n]) != NULL)
    ++n;
  return (int)n;
}

static void add_what(line *to, const crucible__json_at *at) {
  const node *value = at->node;
  char quoted[CRUCIBLE__JSON_QUOTED];
  if (value == NULL)
    add(to, "is missing");
  else if (cJSON_IsObject(&value->value))
    add(to, "is an object");
  else if (cJSON_IsArray(&value->value))
    add(to, "is an array");
  else if (cJSON_IsString(&value->value))
    add(to, "is %s", crucible__json_quote(value->value.valuestring, quoted));
  else if (cJSON_IsNumber(&value->value))
    add(to, "is %.*s", number_length(at->document, value->offset),
        at->document->text + value->offset);
  else
    add(to, "is %s",
        cJSON_IsNull(&value->value)   ? "null"
        : cJSON_IsTrue(&value->value) ? "true"
                                      : "false");
}

/* "$.a: is 7, must be <wanted>" */
static crucible_status fail_wanted(const crucible__json_at *at,
                                   const char *wanted) {
  char text[PLACE_MAX + WANTED_MAX];
  line to = {text, sizeof text, 0};
  add_what(&to, at);
  add(&to, ", must be %s", wanted);
  return fail_with(at, 0, text);
}

static crucible_status fail_range(const crucible__json_at *at, const char *kind,
                                  const char *low, const char *high) {
  char wanted[WANTED_MAX];
  line to = {wanted, sizeof wanted, 0};
  add(&to, "%s", kind);
  if (low != NULL && high != NULL)
    add(&to, " from %s to %s", low, high);
  else if (low != NULL)
    add(&to, " of at least %s", low);
  else if (high != NULL)
    add(&to, " of at most %s", high);
  return fail_wanted(at, wanted);
}

crucible_status crucible__json_double(const crucible__json_at *at, double low,
                                      double high, double *value) {
  if (crucible__json_is_number(at)) {
    double x = ((const node *)at->node)->value.valuedouble;
    if (x >= low && x <= high) {
      *value = x;
      return CRUCIBLE_OK;
    }
  }
  char low_text[CRUCIBLE__DOUBLE_TEXT], high_text[CRUCIBLE__DOUBLE_TEXT];
  (void)crucible__write_double(low, low_text);
  (void)crucible__write_double(high, high_text);
  return fail_range(at, "a number", isfinite(low) ? low_text : NULL,
                    isfinite(high) ? high_text : NULL);
}

/* Also 1e3 and 5.0; exact for all of int64_t when written as digits. */
static int as_int64(const crucible__json_at *at, int64_t *value) {
  const node *number = at->node;
  const char *text = at->document->text + number->offset;
  const char *end = at->document->text + at->document->length;
  const char *after = crucible__read_int64(text, end, value);
  if (after != NULL &&
      (after == end || (*after != '.' && *after != 'e' && *after != 'E')))
    return 1;
  double x = number->value.valuedouble;
  if (!(x >= -0x1p53 && x <= 0x1p53) || x != (double)(int64_t)x)
    return 0;
  *value = (int64_t)x;
  return 1;
}

crucible_status crucible__json_int64(const crucible__json_at *at, int64_t low,
                                     int64_t high, int64_t *value) {
  int64_t x;
  if (crucible__json_is_number(at) && as_int64(at, &x) && x >= low &&
      x <= high) {
    *value = x;
    return CRUCIBLE_OK;
  }
  char low_text[32], high_text[32];
  (void)snprintf(low_text, sizeof low_text, "%lld", (long long)low);
  (void)snprintf(high_text, sizeof high_text, "%lld", (long long)high);
  return fail_range(at, "a whole number", low > INT64_MIN ? low_text : NULL,
                    high < INT64_MAX ? high_text : NULL);
}

crucible_status crucible__json_bool(const crucible__json_at *at, int *value) {
  if (!cJSON_IsBool(at->node))
    return fail_wanted(at, "true or false");
  *value = cJSON_IsTrue(at->node);
  return CRUCIBLE_OK;
}

crucible_status crucible__json_string(const crucible__json_at *at,
                                      const char **value) {
  if (!crucible__json_is_string(at))
    return fail_wanted(at, "a string");
  *value = ((const node *)at->node)->value.valuestring;
  return CRUCIBLE_OK;
}

crucible_status crucible__json_want_object(const crucible__json_at *at) {
  return crucible__json_is_object(at) ? CRUCIBLE_OK
                                      : fail_wanted(at, "an object");
}

crucible_status crucible__json_want_array(const crucible__json_at *at) {
  return crucible__json_is_array(at) ? CRUCIBLE_OK
                                     : fail_wanted(at, "an array");
}

/* --- names ---------------------------------------------------------------- */

static int least(int a, int b) { return a < b ? a : b; }

/* Edits from a to b: insert, delete, replace a byte, swap two neighbours. */
static int edit_distance(const char *a, const char *b) {
  int row[3][HINT_MAX + 1]; /* two rows before and this one, in turn */
  int n = (int)strlen(a), m = (int)strlen(b);
  for (int k = 0; k <= m; ++k)
    row[0][k] = k;
  for (int i = 1; i <= n; ++i) {
    int *now = row[i % 3], *last = row[(i + 2) % 3];
    const int *before = row[(i + 1) % 3];
    now[0] = i;
    for (int k = 1; k <= m; ++k) {
      now[k] = least(least(last[k], now[k - 1]) + 1,
                     last[k - 1] + (a[i - 1] != b[k - 1]));
      if (i > 1 && k > 1 && a[i - 1] == b[k - 2] && a[i - 2] == b[k - 1])
        now[k] = least(now[k], before[k - 2] + 1);
    }
  }
  return row[n % 3][m];
}

/* The nearest of the names if it is near: a third of the letters may differ. */
static const char *nearest(const char *given, const char *const *names,
                           size_t n) {
  const char *best = NULL;
  size_t length = strlen(given);
  int allowed = (int)length / 3 < 1 ? 1 : (int)length / 3;
  if (length > HINT_MAX)
    return NULL;
  for (size_t i = 0; i < n; ++i) {
    if (strlen(names[i]) > HINT_MAX)
      continue;
    int distance = edit_distance(given, names[i]);
    if (distance > allowed)
      continue;
    allowed = distance - 1; /* the next must be nearer */
    best = names[i];
  }
  return best;
}

static void add_hint(line *to, const char *given, const char *const *names,
                     size_t n) {
  const char *hint = nearest(given, names, n);
  if (hint != NULL)
    add(to, "; did you mean \"%s\"?", hint);
}

static void add_names(line *to, const char *const *names, size_t n) {
  for (size_t i = 0; i < n; ++i)
    add(to, "%s\"%s\"", i > 0 ? ", " : "", names[i]);
}

crucible_status crucible__json_choice(const crucible__json_at *at,
                                      const char *const *names, size_t n,
                                      size_t *value) {
  char wanted[WANTED_MAX];
  line to = {wanted, sizeof wanted, 0};
  const char *given = NULL;
  if (crucible__json_is_string(at)) {
    given = ((const node *)at->node)->value.valuestring;
    for (size_t i = 0; i < n; ++i)
      if (strcmp(given, names[i]) == 0) {
        *value = i;
        return CRUCIBLE_OK;
      }
  }
  add(&to, "one of ");
  add_names(&to, names, n);
  if (given != NULL)
    add_hint(&to, given, names, n);
  return fail_wanted(at, wanted);
}

static int is_among(const char *key, const char *const *keys, size_t n) {
  for (size_t i = 0; i < n; ++i)
    if (strcmp(key, keys[i]) == 0)
      return 1;
  return 0;
}

crucible_status crucible__json_only(const crucible__json_at *at,
                                    const char *const *keys, size_t n) {
  CRUCIBLE__TRY(crucible__json_want_object(at));
  for (size_t i = 0; i < crucible__json_size(at); ++i) {
    crucible__json_at member = crucible__json_member(at, i);
    if (is_among(member.key, keys, n))
      continue;
    char text[WANTED_MAX];
    line to = {text, sizeof text, 0};
    add(&to, "unknown key");
    if (nearest(member.key, keys, n) != NULL) {
      add_hint(&to, member.key, keys, n);
    } else if (n > 0) {
      add(&to, "; known are ");
      add_names(&to, keys, n);
    }
    return fail_with(&member, 1, text);
  }
  return CRUCIBLE_OK;
}
