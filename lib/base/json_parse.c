/* SPDX-License-Identifier: Apache-2.0 */
/* RFC 8259 to the letter, with comments on request. */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/base_alloc.h"
#include "base/base_status.h"
#include "base/format.h"
#include "base/json_node.h"
#include "base/utf8.h"

enum { DEPTH_MAX = 128, BLOCK_MIN = 4096, BLOCK_MAX = 1 << 20, MESSAGE = 256 };

typedef crucible__json_node node;

typedef struct parser {
  crucible__json *json;
  const char *p, *end;
  uint32_t flags;
  int depth;
  node **stack; /* children of the values that are open */
  size_t n_stack, stack_capacity;
} parser;

/* --- errors --------------------------------------------------------------- */

void crucible__json_place(const crucible__json *json, size_t offset,
                          size_t *line, size_t *column) {
  *line = *column = 1;
  size_t i =
      json->length >= 3 && memcmp(json->text, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
  for (; i < offset && i < json->length; ++i) {
    if (json->text[i] == '\n') {
      ++*line;
      *column = 1;
    } else if (((unsigned char)json->text[i] & 0xc0) != 0x80) {
      ++*column;
    }
  }
}

static crucible_status fail_at(const parser *ps, const char *place,
                               const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static crucible_status fail_at(const parser *ps, const char *place,
                               const char *format, ...) {
  char message[MESSAGE];
  size_t line, column;
  va_list arguments;
  va_start(arguments, format);
  (void)crucible__vformat(message, sizeof message, format, arguments);
  va_end(arguments);
  crucible__json_place(ps->json, (size_t)(place - ps->json->text), &line,
                       &column);
  return crucible__fail(CRUCIBLE_E_DATA, "%s:%zu:%zu: %s", ps->json->name, line,
                        column, message);
}

/* What stands at p, for an error text. */
static const char *found(const parser *ps, const char *p, char buffer[32]) {
  int n = crucible__utf8_length(p, ps->end);
  if (p >= ps->end)
    return "the end of the text";
  if ((unsigned char)*p < 0x20 || *p == 0x7f || n == 0)
    (void)snprintf(buffer, 32, "byte 0x%02x", (unsigned)(unsigned char)*p);
  else
    (void)snprintf(buffer, 32, "'%.*s'", n, p);
  return buffer;
}

static crucible_status fail_expected(const parser *ps, const char *wanted) {
  char buffer[32];
  return fail_at(ps, ps->p, "expected %s, found %s", wanted,
                 found(ps, ps->p, buffer));
}

/* --- memory --------------------------------------------------------------- */

static void *take(crucible__json *json, size_t n_bytes) {
  const size_t unit = sizeof(max_align_t);
  if (n_bytes > SIZE_MAX / 2) {
    (void)crucible__fail(CRUCIBLE_E_NOMEM, "out of memory for %zu bytes",
                         n_bytes);
    return NULL;
  }
  size_t size = (n_bytes + unit - 1) / unit * unit;
  crucible__json_block *block = json->blocks;
  if (block == NULL || block->size - block->used < size) {
    size_t room = block == NULL             ? BLOCK_MIN
                  : block->size < BLOCK_MAX ? block->size * 2
                                            : BLOCK_MAX;
    room = room < size ? size : room;
    block = crucible__alloc(1, sizeof *block + room);
    if (block == NULL)
      return NULL;
    *block = (crucible__json_block){.next = json->blocks, .size = room};
    json->blocks = block;
  }
  void *p = (char *)block->data + block->used;
  block->used += size;
  return p;
}

/* --- characters ----------------------------------------------------------- */

/* The whole text is UTF-8 without zero bytes. */
static crucible_status check_text(const parser *ps) {
  const char *p = ps->p;
  while (p < ps->end) {
    int n = crucible__utf8_length(p, ps->end);
    if (n == 0)
      return fail_at(ps, p, "byte 0x%02x is not valid UTF-8",
                     (unsigned)(unsigned char)*p);
    if (*p == '\0')
      return fail_at(ps, p, "a zero byte is not allowed");
    p += n;
  }
  return CRUCIBLE_OK;
}

static crucible_status skip_comment(parser *ps) {
  const char *start = ps->p;
  if (!(ps->flags & CRUCIBLE__JSON_COMMENTS))
    return fail_at(ps, start, "comments are not allowed here");
  if (ps->end - start < 2 || (start[1] != '/' && start[1] != '*'))
    return fail_at(ps, start, "'/' starts no comment: // and /* do");
  ps->p += 2;
  if (start[1] == '/') {
    while (ps->p < ps->end && *ps->p != '\n')
      ++ps->p;
    return CRUCIBLE_OK;
  }
  for (; ps->end - ps->p >= 2; ++ps->p)
    if (ps->p[0] == '*' && ps->p[1] == '/') {
      ps->p += 2;
      return CRUCIBLE_OK;
    }
  return fail_at(ps, start, "the comment has no end");
}

static crucible_status skip_space(parser *ps) {
  for (; ps->p < ps->end; ++ps->p) {
    while (ps->p < ps->end && *ps->p == '/')
      CRUCIBLE__TRY(skip_comment(ps));
    if (ps->p == ps->end ||
        (*ps->p != ' ' && *ps->p != '\t' && *ps->p != '\n' && *ps->p != '\r'))
      break;
  }
  return CRUCIBLE_OK;
}

/* --- strings -------------------------------------------------------------- */

/* Four hexadecimal digits at *p, or -1. */
static int32_t take_hex(const char **p, const char *end) {
  int32_t value = 0;
  if (end - *p < 4)
    return -1;
  for (int i = 0; i < 4; ++i, ++*p) {
    char c = **p;
    int digit = c >= '0' && c <= '9'   ? c - '0'
                : c >= 'a' && c <= 'f' ? c - 'a' + 10
                : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                       : -1;
    if (digit < 0)
      return -1;
    value = value * 16 + digit;
  }
  return value;
}

/* \uXXXX, the second half of a pair as well; ps->p is after the u. */
static crucible_status take_unicode(parser *ps, const char *escape, char **to) {
  int32_t c = take_hex(&ps->p, ps->end);
  if (c < 0)
    return fail_at(ps, escape, "\\u needs four hexadecimal digits");
  if (c == 0)
    return fail_at(ps, escape, "a zero character is not allowed");
  if (c >= 0xd800 && c <= 0xdbff) {
    int32_t low = -1;
    if (ps->end - ps->p >= 2 && ps->p[0] == '\\' && ps->p[1] == 'u') {
      ps->p += 2;
      low = take_hex(&ps->p, ps->end);
    }
    if (low < 0xdc00 || low > 0xdfff)
      return fail_at(ps, escape, "\\u%04x is half of a pair", (unsigned)c);
    c = 0x10000 + (c - 0xd800) * 0x400 + (low - 0xdc00);
  } else if (c >= 0xdc00 && c <= 0xdfff) {
    return fail_at(ps, escape, "\\u%04x is half of a pair", (unsigned)c);
  }
  *to += crucible__utf8_write((uint32_t)c, *to);
  return CRUCIBLE_OK;
}

static crucible_status take_escape(parser *ps, char **to) {
  static const char names[] = "\"\\/bfnrt", values[] = "\"\\/\b\f\n\r\t";
  const char *escape = ps->p++;
  char c = ps->p < ps->end ? *ps->p : '\0';
  const char *known = c != '\0' ? strchr(names, c) : NULL;
  if (known == NULL && c != 'u')
    return fail_at(ps, escape,
                   "no such escape: \\ goes with \" \\ / b f n r t "
                   "or u and four digits");
  ++ps->p;
  if (c == 'u')
    return take_unicode(ps, escape, to);
  *(*to)++ = values[known - names];
  return CRUCIBLE_OK;
}

/* The string at ps->p, which is its opening quote. */
static crucible_status take_string(parser *ps, char **string) {
  const char *start = ps->p, *close = start + 1;
  while (close < ps->end && *close != '"' && (unsigned char)*close >= 0x20)
    close += *close == '\\' && ps->end - close >= 2 ? 2 : 1;
  /* no escape is shorter than what it stands for */
  char *to = take(ps->json, (size_t)(close - start));
  if (to == NULL)
    return CRUCIBLE_E_NOMEM;
  *string = to;
  for (++ps->p; ps->p < ps->end && *ps->p != '"';) {
    if ((unsigned char)*ps->p < 0x20)
      return fail_at(ps, ps->p,
                     "byte 0x%02x in a string: close the string "
                     "or write it as an escape",
                     (unsigned)(unsigned char)*ps->p);
    if (*ps->p == '\\')
      CRUCIBLE__TRY(take_escape(ps, &to));
    else
      *to++ = *ps->p++;
  }
  if (ps->p == ps->end)
    return fail_at(ps, start, "the string has no closing quote");
  ++ps->p;
  *to = '\0';
  return CRUCIBLE_OK;
}

/* --- numbers and words ---------------------------------------------------- */

static int is_digit(const parser *ps) {
  return ps->p < ps->end && *ps->p >= '0' && *ps->p <= '9';
}

static crucible_status skip_digits(parser *ps, const char *wanted) {
  if (!is_digit(ps))
    return fail_expected(ps, wanted);
  while (is_digit(ps))
    ++ps->p;
  return CRUCIBLE_OK;
}

static crucible_status take_number(parser *ps, cJSON *value) {
  const char *start = ps->p;
  if (*ps->p == '-')
    ++ps->p;
  if (ps->p < ps->end && *ps->p == '0') {
    ++ps->p;
    if (is_digit(ps))
      return fail_at(ps, start, "a number must not start with a zero");
  } else {
    CRUCIBLE__TRY(skip_digits(ps, "a digit"));
  }
  if (ps->p < ps->end && *ps->p == '.') {
    ++ps->p;
    CRUCIBLE__TRY(skip_digits(ps, "a digit after the point"));
  }
  if (ps->p < ps->end && (*ps->p == 'e' || *ps->p == 'E')) {
    ++ps->p;
    if (ps->p < ps->end && (*ps->p == '-' || *ps->p == '+'))
      ++ps->p;
    CRUCIBLE__TRY(skip_digits(ps, "a digit of the exponent"));
  }
  double number = 0;
  (void)crucible__read_double(start, ps->p, &number);
  if (!isfinite(number))
    return fail_at(ps, start, "the number is too large");
  value->type = cJSON_Number;
  value->valuedouble = number;
  value->valueint = number >= INT32_MAX   ? INT32_MAX /* as cJSON does */
                    : number <= INT32_MIN ? INT32_MIN
                                          : (int)number;
  return CRUCIBLE_OK;
}

static crucible_status take_word(parser *ps, cJSON *value) {
  static const struct {
    const char *word;
    int type;
  } words[] = {
      {"true", cJSON_True}, {"false", cJSON_False}, {"null", cJSON_NULL}};
  for (size_t i = 0; i < sizeof words / sizeof *words; ++i) {
    size_t n = strlen(words[i].word);
    if ((size_t)(ps->end - ps->p) < n || memcmp(ps->p, words[i].word, n) != 0)
      continue;
    ps->p += n;
    value->type = words[i].type;
    value->valueint = value->type == cJSON_True;
    return CRUCIBLE_OK;
  }
  return fail_expected(ps, "a value");
}

/* --- arrays and objects --------------------------------------------------- */

static crucible_status push(parser *ps, node *child) {
  void *stack = ps->stack;
  crucible_status status = crucible__grow(&stack, &ps->stack_capacity,
                                          ps->n_stack + 1, sizeof(node *));
  ps->stack = stack;
  if (status == CRUCIBLE_OK)
    ps->stack[ps->n_stack++] = child;
  return status;
}

/* By key, equal keys in the order of the text. */
static int is_before(const node *a, const node *b) {
  int order = strcmp(a->value.string, b->value.string);
  return order < 0 || (order == 0 && a->index < b->index);
}

static void sift(node **heap, size_t i, size_t n) {
  node *moving = heap[i];
  for (size_t child; (child = 2 * i + 1) < n; i = child) {
    if (child + 1 < n && is_before(heap[child], heap[child + 1]))
      ++child;
    if (!is_before(moving, heap[child]))
      break;
    heap[i] = heap[child];
  }
  heap[i] = moving;
}

/* Heap sort: glibc's qsort may allocate behind our back. */
static void sort_by_key(node **items, size_t n) {
  for (size_t i = n / 2; i-- > 0;)
    sift(items, i, n);
  for (size_t left = n; left > 1;) {
    node *largest = items[0];
    items[0] = items[--left];
    items[left] = largest;
    sift(items, 0, left);
  }
}

static crucible_status refuse_duplicate(const parser *ps, const node *again) {
  char quoted[CRUCIBLE__JSON_QUOTED];
  return fail_at(ps, ps->json->text + again->key_offset,
                 "the key %s appears twice in this object",
                 crucible__json_quote(again->value.string, quoted));
}

/* Sorts the members if they are many; no two have the same key. */
static crucible_status index_members(parser *ps, node *object) {
  size_t n = object->n_children;
  if (n <= CRUCIBLE__JSON_FEW) {
    for (size_t i = 1; i < n; ++i)
      for (size_t k = 0; k < i; ++k)
        if (strcmp(object->children[i]->value.string,
                   object->children[k]->value.string) == 0)
          return refuse_duplicate(ps, object->children[i]);
    return CRUCIBLE_OK;
  }
  object->by_key = take(ps->json, n * sizeof(node *));
  if (object->by_key == NULL)
    return CRUCIBLE_E_NOMEM;
  memcpy(object->by_key, object->children, n * sizeof(node *));
  sort_by_key(object->by_key, n);
  const node *first = NULL; /* the first in the text that is one too many */
  for (size_t i = 1; i < n; ++i) {
    const node *b = object->by_key[i];
    if (strcmp(object->by_key[i - 1]->value.string, b->value.string) == 0 &&
        (first == NULL || b->index < first->index))
      first = b;
  }
  return first != NULL ? refuse_duplicate(ps, first) : CRUCIBLE_OK;
}

/* Makes the stack from base on the children of parent. */
static crucible_status adopt(parser *ps, node *parent, size_t base) {
  size_t n = ps->n_stack - base;
  parent->n_children = n;
  if (n == 0)
    return CRUCIBLE_OK;
  parent->children = take(ps->json, n * sizeof(node *));
  if (parent->children == NULL)
    return CRUCIBLE_E_NOMEM;
  node **given = ps->stack + base;
  for (size_t i = 0; i < n; ++i) {
    parent->children[i] = given[i];
    given[i]->parent = parent;
    given[i]->index = i;
    given[i]->value.next = i + 1 < n ? &given[i + 1]->value : NULL;
    given[i]->value.prev = &given[i > 0 ? i - 1 : n - 1]->value;
  }
  ps->n_stack = base;
  parent->value.child = &parent->children[0]->value;
  return cJSON_IsObject(&parent->value) ? index_members(ps, parent)
                                        : CRUCIBLE_OK;
}

static crucible_status take_value(parser *ps, node **made);

/* "key": before a member; ps->p is where the key should be. */
static crucible_status take_key(parser *ps, char **key) {
  if (ps->p == ps->end || *ps->p != '"')
    return fail_expected(ps, "a key in double quotes");
  CRUCIBLE__TRY(take_string(ps, key));
  CRUCIBLE__TRY(skip_space(ps));
  if (ps->p == ps->end || *ps->p != ':')
    return fail_expected(ps, "':' after the key");
  ++ps->p;
  return skip_space(ps);
}

/* [ ] or { }; ps->p is the opening bracket. */
static crucible_status take_container(parser *ps, node *parent) {
  int is_object = *ps->p == '{';
  char close = is_object ? '}' : ']';
  size_t base = ps->n_stack;
  parent->value.type = is_object ? cJSON_Object : cJSON_Array;
  if (++ps->depth > DEPTH_MAX)
    return fail_at(ps, ps->p, "more than %d levels of nesting", DEPTH_MAX);
  ++ps->p;
  CRUCIBLE__TRY(skip_space(ps));
  int is_empty = ps->p < ps->end && *ps->p == close;
  while (!is_empty) {
    char *key = NULL;
    size_t key_offset = (size_t)(ps->p - ps->json->text);
    if (is_object)
      CRUCIBLE__TRY(take_key(ps, &key));
    node *child;
    CRUCIBLE__TRY(take_value(ps, &child));
    child->value.string = key;
    child->key_offset = key_offset;
    CRUCIBLE__TRY(push(ps, child));
    CRUCIBLE__TRY(skip_space(ps));
    if (ps->p == ps->end || *ps->p != ',')
      break;
    const char *comma = ps->p++;
    CRUCIBLE__TRY(skip_space(ps));
    if (ps->p < ps->end && *ps->p == close)
      return fail_at(ps, comma, "no comma may stand before '%c'", close);
  }
  if (ps->p == ps->end || *ps->p != close)
    return fail_expected(ps, is_object ? "',' or '}'" : "',' or ']'");
  ++ps->p;
  --ps->depth;
  return adopt(ps, parent, base);
}

static crucible_status take_value(parser *ps, node **made) {
  node *value = take(ps->json, sizeof *value);
  if (value == NULL)
    return CRUCIBLE_E_NOMEM;
  *value = (node){.offset = (size_t)(ps->p - ps->json->text)};
  *made = value;
  switch (ps->p < ps->end ? *ps->p : '\0') {
  case '{':
  case '[':
    return take_container(ps, value);
  case '"':
    value->value.type = cJSON_String;
    return take_string(ps, &value->value.valuestring);
  case '-':
  case '0':
  case '1':
  case '2':
  case '3':
  case '4':
  case '5':
  case '6':
  case '7':
  case '8':
  case '9':
    return take_number(ps, &value->value);
  default:
    return take_word(ps, &value->value);
  }
}

static crucible_status take_document(parser *ps) {
  if (ps->end - ps->p >= 3 && memcmp(ps->p, "\xef\xbb\xbf", 3) == 0)
    ps->p += 3; /* a byte order mark, as some editors write it */
  CRUCIBLE__TRY(check_text(ps));
  CRUCIBLE__TRY(skip_space(ps));
  if (ps->p == ps->end)
    return fail_at(ps, ps->p, "expected a value, the text is empty");
  node *root;
  CRUCIBLE__TRY(take_value(ps, &root));
  CRUCIBLE__TRY(skip_space(ps));
  if (ps->p < ps->end)
    return fail_expected(ps, "the end of the text");
  ps->json->root = root;
  return CRUCIBLE_OK;
}

crucible_status crucible__json_parse_text(crucible__json *json,
                                          uint32_t flags) {
  parser ps = {.json = json,
               .p = json->text,
               .end = json->text + json->length,
               .flags = flags};
  crucible_status status = take_document(&ps);
  crucible__free(ps.stack);
  return status;
}
