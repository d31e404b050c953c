/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tree behind json.h. Its nodes are cJSON's, so that cJSON's readers work
 * on them, but filled by our own strict reader in our own memory: cJSON's reads
 * numbers by the process's locale, takes what is no JSON, forgets where a value
 * stood, and allocates through hooks that belong to the whole process.
 */
#ifndef CRUCIBLE__JSON_NODE_H
#define CRUCIBLE__JSON_NODE_H

#include <stddef.h>

#include <cjson/cJSON.h>

#include "base/json.h"

typedef struct crucible__json_node {
  cJSON value; /* linked as cJSON links it; never given to cJSON_Delete */
  const struct crucible__json_node *parent;
  size_t index;      /* in parent */
  size_t offset;     /* of the value in the text */
  size_t key_offset; /* of the key, if it has one */
  size_t n_children;
  struct crucible__json_node **children; /* [n_children] as in the text */
  struct crucible__json_node **by_key;   /* the same, sorted; NULL if few */
} crucible__json_node;

enum { CRUCIBLE__JSON_FEW = 8 }; /* members that are searched one by one */

typedef struct crucible__json_block { /* memory of nodes and strings */
  struct crucible__json_block *next;
  size_t used, size;
  max_align_t data[];
} crucible__json_block;

struct crucible__json {
  char *name;
  char *text; /* [length], as given */
  size_t length;
  crucible__json_block *blocks;
  const crucible__json_node *root;
};

/* Reads document->text into document->root. */
crucible_status crucible__json_parse_text(crucible__json *json, uint32_t flags);

/* Line and column of a place, from 1, in characters. */
void crucible__json_place(const crucible__json *json, size_t offset,
                          size_t *line, size_t *column);

/* s in quotes with escapes, cut to what fits, for error texts. */
enum { CRUCIBLE__JSON_QUOTED = 96 };
const char *crucible__json_quote(const char *s,
                                 char quoted[CRUCIBLE__JSON_QUOTED]);

#endif
