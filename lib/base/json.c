/* SPDX-License-Identifier: Apache-2.0 */
/* Documents and the way through them. */
#include "base/json.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/base_alloc.h"
#include "base/base_status.h"
#include "base/json_node.h"

typedef crucible__json_node node;

enum { READ_AT_ONCE = 65536, FILE_MAX = 1 << 28 };

static const node *node_of(const crucible__json_at *at) { return at->node; }

/* --- documents ------------------------------------------------------------ */

void crucible__json_free(crucible__json *json) {
  if (json == NULL)
    return;
  while (json->blocks != NULL) {
    crucible__json_block *next = json->blocks->next;
    crucible__free(json->blocks);
    json->blocks = next;
  }
  crucible__free(json->text);
  crucible__free(json->name);
  crucible__free(json);
}

/* Makes a document of text, which it frees in the end. */
static crucible_status parse_owned(char *text, size_t length, const char *name,
                                   uint32_t flags, crucible__json **json) {
  crucible__json *made = crucible__alloc_zero(1, sizeof *made);
  if (made == NULL) {
    crucible__free(text);
    return CRUCIBLE_E_NOMEM;
  }
  made->text = text;
  made->length = length;
  made->name = crucible__strdup(name);
  crucible_status status = made->name == NULL
                               ? CRUCIBLE_E_NOMEM
                               : crucible__json_parse_text(made, flags);
  if (status == CRUCIBLE_OK)
    *json = made;
  else
    crucible__json_free(made);
  return status;
}

crucible_status crucible__json_parse(const char *text, size_t length,
                                     const char *name, uint32_t flags,
                                     crucible__json **json) {
  *json = NULL;
  char *copy = crucible__alloc(length, 1);
  if (copy == NULL)
    return CRUCIBLE_E_NOMEM;
  if (length > 0)
    memcpy(copy, text, length);
  return parse_owned(copy, length, name, flags, json);
}

static crucible_status fail_file(const char *path, const char *what) {
  char why[128];
  int error = errno;
  if (strerror_r(error, why, sizeof why) != 0)
    why[0] = '\0';
  return crucible__fail(CRUCIBLE_E_IO, "%s: %s (errno %d, %s)", path, what,
                        error, why);
}

/* Appends what is left of the file to *text. */
static crucible_status read_rest(int file, const char *path, char **text,
                                 size_t *length) {
  size_t capacity = 0;
  for (;;) {
    void *grown = *text;
    crucible_status status =
        crucible__grow(&grown, &capacity, *length + READ_AT_ONCE, 1);
    *text = grown;
    if (status != CRUCIBLE_OK)
      return status;
    ssize_t n = read(file, *text + *length, READ_AT_ONCE);
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0)
      return fail_file(path, "cannot be read");
    if (n == 0)
      return CRUCIBLE_OK;
    *length += (size_t)n;
    if (*length > FILE_MAX)
      return crucible__fail(CRUCIBLE_E_DATA,
                            "%s: more than %d MiB, not a file of this kind",
                            path, FILE_MAX >> 20);
  }
}

crucible_status crucible__json_read_file(const char *path, uint32_t flags,
                                         crucible__json **json) {
  *json = NULL;
  int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0)
    return fail_file(path, "cannot be opened");
  char *text = NULL;
  size_t length = 0;
  crucible_status status = read_rest(file, path, &text, &length);
  (void)close(file);
  if (status == CRUCIBLE_OK)
    return parse_owned(text, length, path, flags, json);
  crucible__free(text);
  return status;
}

/* --- ways ----------------------------------------------------------------- */

crucible__json_at crucible__json_root(const crucible__json *json) {
  return (crucible__json_at){.node = json->root, .document = json};
}

static crucible__json_at child_of(const crucible__json_at *at,
                                  const node *child) {
  return (crucible__json_at){.node = child,
                             .document = at->document,
                             .parent = at,
                             .key = child->value.string,
                             .index = child->index};
}

static const node *find_member(const node *object, const char *key) {
  if (object->by_key == NULL) {
    for (size_t i = 0; i < object->n_children; ++i)
      if (strcmp(object->children[i]->value.string, key) == 0)
        return object->children[i];
    return NULL;
  }
  size_t low = 0, high = object->n_children;
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    int order = strcmp(object->by_key[middle]->value.string, key);
    if (order == 0)
      return object->by_key[middle];
    if (order < 0)
      low = middle + 1;
    else
      high = middle;
  }
  return NULL;
}

crucible__json_at crucible__json_get(const crucible__json_at *at,
                                     const char *key) {
  const node *child =
      crucible__json_is_object(at) ? find_member(node_of(at), key) : NULL;
  if (child != NULL)
    return child_of(at, child);
  return (crucible__json_at){
      .document = at->document, .parent = at, .key = key};
}

crucible__json_at crucible__json_item(const crucible__json_at *at,
                                      size_t index) {
  if (crucible__json_is_array(at) && index < node_of(at)->n_children)
    return child_of(at, node_of(at)->children[index]);
  return (crucible__json_at){
      .document = at->document, .parent = at, .index = index};
}

crucible__json_at crucible__json_member(const crucible__json_at *at,
                                        size_t index) {
  if (crucible__json_is_object(at) && index < node_of(at)->n_children)
    return child_of(at, node_of(at)->children[index]);
  return (crucible__json_at){
      .document = at->document, .parent = at, .index = index};
}

size_t crucible__json_size(const crucible__json_at *at) {
  return at->node == NULL ? 0 : node_of(at)->n_children;
}

/* --- kinds; cJSON's functions take a NULL ---------------------------------- */

int crucible__json_is_present(const crucible__json_at *at) {
  return at->node != NULL;
}

int crucible__json_is_object(const crucible__json_at *at) {
  return cJSON_IsObject(at->node);
}

int crucible__json_is_array(const crucible__json_at *at) {
  return cJSON_IsArray(at->node);
}

int crucible__json_is_string(const crucible__json_at *at) {
  return cJSON_IsString(at->node);
}

int crucible__json_is_number(const crucible__json_at *at) {
  return cJSON_IsNumber(at->node);
}
