/* SPDX-License-Identifier: Apache-2.0 */
#include "support/json_reference.h"

#include <math.h>
#include <string.h>

#include <cjson/cJSON.h>

enum { KINDS = 0xff }; /* the bits of cJSON's type that tell kinds apart */

static int same_text(const char *a, const char *b) {
  return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static int same_tree(const cJSON *a, const cJSON *b, int numbers) {
  if ((a->type & KINDS) != (b->type & KINDS) ||
      !same_text(a->string, b->string))
    return 0;
  if (cJSON_IsString(a) && !same_text(a->valuestring, b->valuestring))
    return 0;
  if (numbers && cJSON_IsNumber(a) &&
      (memcmp(&a->valuedouble, &b->valuedouble, sizeof(double)) != 0 ||
       a->valueint != b->valueint))
    return 0;
  const cJSON *x = a->child, *y = b->child;
  for (; x != NULL && y != NULL; x = x->next, y = y->next)
    if (!same_tree(x, y, numbers))
      return 0;
  return x == NULL && y == NULL;
}

static int has_long_number(const char *text, size_t n) {
  size_t run = 0;
  for (size_t i = 0; i < n; ++i) {
    run = strchr("0123456789+-.eE", text[i]) != NULL ? run + 1 : 0;
    if (run > 60)
      return 1;
  }
  return 0;
}

static const cJSON *tree_of(const crucible__json *json) {
  return crucible__json_root(json).node;
}

int json_same_as_cjson(const crucible__json *json, const char *text, size_t n) {
  if (n >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) {
    text += 3; /* cJSON 1.7.15 passes over the mark of longer texts only */
    n -= 3;
  }
  cJSON *theirs = cJSON_ParseWithLength(text, n);
  int same = theirs != NULL &&
             same_tree(tree_of(json), theirs, !has_long_number(text, n));
  cJSON_Delete(theirs);
  return same;
}

int json_same(const crucible__json *a, const crucible__json *b) {
  return same_tree(tree_of(a), tree_of(b), 1);
}

static void write_scalar(crucible__text *text, const crucible__json_at *at) {
  const char *s;
  double x;
  int truth;
  if (crucible__json_string(at, &s) == CRUCIBLE_OK)
    crucible__json_add_string(text, s);
  else if (crucible__json_double(at, -HUGE_VAL, HUGE_VAL, &x) == CRUCIBLE_OK)
    crucible__json_add_double(text, x);
  else if (crucible__json_bool(at, &truth) == CRUCIBLE_OK)
    crucible__text_add(text, truth ? "true" : "false");
  else
    crucible__text_add(text, "null");
}

void json_write(crucible__text *text, const crucible__json_at *at) {
  int is_object = crucible__json_is_object(at);
  if (!is_object && !crucible__json_is_array(at)) {
    write_scalar(text, at);
    return;
  }
  crucible__text_add(text, is_object ? "{" : "[");
  for (size_t i = 0; i < crucible__json_size(at); ++i) {
    crucible__json_at child =
        is_object ? crucible__json_member(at, i) : crucible__json_item(at, i);
    if (i > 0)
      crucible__text_add(text, ",");
    if (is_object) {
      crucible__json_add_string(text, child.key);
      crucible__text_add(text, ":");
    }
    json_write(text, &child);
  }
  crucible__text_add(text, is_object ? "}" : "]");
}
