/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The Arrow C Data Interface. A consumer may move any child out of an array and
 * release it by itself, before or after its parent: so every struct holds a
 * share of what all of them stand in, and the last one frees it.
 */
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <crucible/arrow.h>

#include "backtest/export_table.h"
#include "backtest/run_result.h"
#include "base/base_alloc.h"
#include "base/base_status.h"
#include "base/numtext.h"

/* ---- schema ---- */

typedef struct schema_share {
  atomic_size_t holders;
  char *texts; /* metadata of all columns */
  struct ArrowSchema *pointers[CRUCIBLE__EXPORT_COLUMNS];
  struct ArrowSchema children[CRUCIBLE__EXPORT_COLUMNS];
} schema_share;

static void leave_schema(schema_share *share) {
  if (atomic_fetch_sub(&share->holders, 1) > 1)
    return;
  crucible__free(share->texts);
  crucible__free(share);
}

static void release_schema(struct ArrowSchema *schema) {
  schema_share *share = schema->private_data;
  for (int64_t i = 0; i < schema->n_children; ++i)
    if (schema->children[i]->release != NULL)
      schema->children[i]->release(schema->children[i]);
  schema->release = NULL;
  leave_schema(share);
}

/* The interface's form of one key and its value: their number, then the length
   and the bytes of each. */
static void add_pair(crucible__text *text, const char *key, const char *value) {
  const int32_t numbers[] = {1, (int32_t)strlen(key), (int32_t)strlen(value)};
  crucible__text_add_n(text, (const char *)&numbers[0], sizeof *numbers);
  crucible__text_add_n(text, (const char *)&numbers[1], sizeof *numbers);
  crucible__text_add(text, key);
  crucible__text_add_n(text, (const char *)&numbers[2], sizeof *numbers);
  crucible__text_add(text, value);
}

/* "1=filled,2=rejected,..." as metadata, at the end of texts. */
static void add_words(crucible__text *texts, const crucible__words *words) {
  crucible__text value = {.data = NULL};
  for (int32_t i = 0; i < words->n; ++i)
    if (words->texts[i] != NULL)
      crucible__text_addf(&value, "%s%d=%s", value.length > 0 ? "," : "",
                          (int)(words->first + i), words->texts[i]);
  if (value.failed || value.data == NULL)
    texts->failed = 1;
  else
    add_pair(texts, "crucible.words", value.data);
  crucible__text_free(&value);
}

static const char *format_of(char type) {
  switch (type) {
  case 'd':
    return "g";
  case 'l':
    return "tsm:UTC";
  case 'q':
    return "L";
  case 'u':
    return "I";
  case 'i':
    return "i";
  default:
    return "c";
  }
}

static crucible_status make_schema(const crucible__export *table,
                                   struct ArrowSchema *schema) {
  schema_share *share = crucible__alloc_zero(1, sizeof *share);
  if (share == NULL)
    return CRUCIBLE_E_NOMEM;
  size_t at[CRUCIBLE__EXPORT_COLUMNS];
  crucible__text texts = {.data = NULL};
  for (size_t i = 0; i < table->n_columns; ++i) {
    at[i] = texts.length;
    if (table->columns[i].words != NULL)
      add_words(&texts, table->columns[i].words);
  }
  if (texts.failed) {
    crucible__text_free(&texts);
    crucible__free(share);
    return crucible__fail(CRUCIBLE_E_NOMEM, "out of memory for the schema");
  }
  share->texts = texts.data;
  atomic_init(&share->holders, table->n_columns + 1);
  for (size_t i = 0; i < table->n_columns; ++i) {
    const crucible__export_column *column = &table->columns[i];
    share->pointers[i] = &share->children[i];
    share->children[i] = (struct ArrowSchema){
        .format = format_of(column->type),
        .name = column->name,
        .metadata = column->words != NULL ? texts.data + at[i] : NULL,
        .release = release_schema,
        .private_data = share,
    };
  }
  *schema = (struct ArrowSchema){
      .format = "+s",
      .name = table->name,
      .n_children = (int64_t)table->n_columns,
      .children = share->pointers,
      .release = release_schema,
      .private_data = share,
  };
  return CRUCIBLE_OK;
}

/* ---- values ---- */

typedef struct array_share {
  atomic_size_t holders;
  crucible_backtest *run; /* what the values lie in */
  unsigned char *copied;  /* or this, where they were no columns */
  const void *none;       /* the buffers of the parent: no validity */
  const void *buffers[CRUCIBLE__EXPORT_COLUMNS][2];
  struct ArrowArray *pointers[CRUCIBLE__EXPORT_COLUMNS];
  struct ArrowArray children[CRUCIBLE__EXPORT_COLUMNS];
} array_share;

static void leave_array(array_share *share) {
  if (atomic_fetch_sub(&share->holders, 1) > 1)
    return;
  crucible_backtest_destroy(share->run);
  crucible__free(share->copied);
  crucible__free(share);
}

static void release_array(struct ArrowArray *array) {
  array_share *share = array->private_data;
  for (int64_t i = 0; i < array->n_children; ++i)
    if (array->children[i]->release != NULL)
      array->children[i]->release(array->children[i]);
  array->release = NULL;
  leave_array(share);
}

static size_t width_of(char type) {
  return type == 'b' ? 1 : type == 'u' || type == 'i' ? 4 : 8;
}

/* Rows become columns of their own, 8 bytes to a value at most. */
static crucible_status copy_columns(const crucible__export *table,
                                    array_share *share) {
  size_t room = table->n_rows;
  if (room > SIZE_MAX / 8 / CRUCIBLE__EXPORT_COLUMNS)
    return crucible__fail(CRUCIBLE_E_NOMEM, "out of memory for %s",
                          table->name);
  share->copied = crucible__alloc(table->n_columns, 8 * room);
  if (share->copied == NULL)
    return CRUCIBLE_E_NOMEM;
  for (size_t c = 0; c < table->n_columns; ++c) {
    const crucible__export_column *column = &table->columns[c];
    size_t width = width_of(column->type);
    unsigned char *to = share->copied + c * 8 * room;
    for (size_t i = 0; i < table->n_rows; ++i)
      memcpy(to + i * width, column->first + i * column->stride, width);
    share->buffers[c][1] = to;
  }
  return CRUCIBLE_OK;
}

static crucible_status make_array(const crucible__export *table, int is_copied,
                                  struct ArrowArray *array,
                                  array_share **made) {
  array_share *share = crucible__alloc_zero(1, sizeof *share);
  if (share == NULL)
    return CRUCIBLE_E_NOMEM;
  if (is_copied) {
    crucible_status status = copy_columns(table, share);
    if (status != CRUCIBLE_OK) {
      crucible__free(share);
      return status;
    }
  }
  atomic_init(&share->holders, table->n_columns + 1);
  for (size_t c = 0; c < table->n_columns; ++c) {
    if (!is_copied)
      share->buffers[c][1] = table->columns[c].first;
    share->pointers[c] = &share->children[c];
    share->children[c] = (struct ArrowArray){
        .length = (int64_t)table->n_rows,
        .n_buffers = 2,
        .buffers = share->buffers[c],
        .release = release_array,
        .private_data = share,
    };
  }
  *array = (struct ArrowArray){
      .length = (int64_t)table->n_rows,
      .n_buffers = 1,
      .n_children = (int64_t)table->n_columns,
      .buffers = &share->none,
      .children = share->pointers,
      .release = release_array,
      .private_data = share,
  };
  *made = share;
  return CRUCIBLE_OK;
}

crucible_status
crucible_backtest_export_arrow(const crucible_backtest *backtest, int32_t table,
                               struct ArrowSchema *schema,
                               struct ArrowArray *array) {
  crucible__export exported;
  array_share *share;
  struct ArrowSchema made_schema;
  struct ArrowArray made_array;
  if (schema == NULL || array == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "%s is NULL",
                          schema == NULL ? "schema" : "array");
  CRUCIBLE__TRY(crucible__export_of_run(backtest, table, &exported));
  CRUCIBLE__TRY(make_schema(&exported, &made_schema));
  crucible_status status = make_array(
      &exported, table == CRUCIBLE_TABLE_SUMMARIES, &made_array, &share);
  if (status != CRUCIBLE_OK) {
    made_schema.release(&made_schema);
    return status;
  }
  if (share->copied == NULL)
    share->run = crucible__backtest_hold(backtest);
  *schema = made_schema;
  *array = made_array;
  return CRUCIBLE_OK;
}
