/* SPDX-License-Identifier: Apache-2.0 */
/* Memory of a report, and rows into lists. */
#include <string.h>

#include "base/base_alloc.h"
#include "base/base_status.h"
#include "tournament/journal_report.h"

enum { PIECE_BYTES = 64 * 1024 };

/* Small things are cut from one piece; a large one is a piece by itself. */
struct crucible__report_piece {
  crucible__report_piece *next;
  size_t used, size;
  _Alignas(max_align_t) unsigned char bytes[];
};

static crucible__report_piece *add_piece(crucible_report *report, size_t size) {
  crucible__report_piece *piece = crucible__alloc_zero(1, sizeof *piece + size);
  if (piece == NULL)
    return NULL;
  piece->size = size;
  /* the newest small one stays in front, where the next cut looks for room */
  if (size > PIECE_BYTES && report->pieces != NULL) {
    piece->next = report->pieces->next;
    report->pieces->next = piece;
  } else {
    piece->next = report->pieces;
    report->pieces = piece;
  }
  return piece;
}

void *crucible__report_take(crucible_report *report, size_t n, size_t size) {
  if (size != 0 && n > (SIZE_MAX / 2 - PIECE_BYTES) / size) {
    (void)crucible__fail(CRUCIBLE_E_NOMEM, "out of memory");
    return NULL;
  }
  size_t align = _Alignof(max_align_t);
  size_t wanted = (n * size + align) / align * align; /* never none */
  crucible__report_piece *piece = report->pieces;
  if (piece == NULL || piece->size - piece->used < wanted)
    piece = add_piece(report, wanted > PIECE_BYTES ? wanted : PIECE_BYTES);
  if (piece == NULL)
    return NULL;
  void *bytes = piece->bytes + piece->used;
  piece->used += wanted;
  return bytes;
}

crucible_status crucible__report_copy(crucible_report *report, const char *text,
                                      const char **copy) {
  size_t length = strlen(text);
  char *bytes = crucible__report_take(report, length + 1, 1);
  if (bytes == NULL)
    return CRUCIBLE_E_NOMEM;
  memcpy(bytes, text, length + 1);
  *copy = bytes;
  return CRUCIBLE_OK;
}

void crucible__report_free_pieces(crucible_report *report) {
  while (report->pieces != NULL) {
    crucible__report_piece *next = report->pieces->next;
    crucible__free(report->pieces);
    report->pieces = next;
  }
}

crucible_status crucible__report_text(crucible_report *report,
                                      crucible__statement *s, int column,
                                      const char **text) {
  return crucible__report_copy(report, crucible__column_text(s, column), text);
}

/* "SELECT <columns> FROM <from> [ORDER BY <order>]", with its key bound. */
static crucible_status prepare(crucible_store *store,
                               const crucible__report_query *query,
                               int is_count, crucible__statement **statement) {
  crucible__text sql = {0};
  *statement = NULL;
  crucible__text_addf(&sql, "SELECT %s", is_count ? "count(*)" : query->own);
  if (query->row != NULL && !is_count) {
    crucible__text_add(&sql, ", ");
    crucible__row_names(query->row, &sql);
  }
  crucible__text_addf(&sql, " FROM %s", query->from);
  if (query->order != NULL && !is_count)
    crucible__text_addf(&sql, " ORDER BY %s", query->order);
  crucible_status status =
      sql.failed ? crucible__fail(CRUCIBLE_E_NOMEM, "out of memory")
                 : crucible__statement_prepare(store, sql.data, statement);
  crucible__text_free(&sql);
  if (status == CRUCIBLE_OK && strstr(query->from, "?1") != NULL)
    crucible__bind_int(*statement, query->key);
  return status;
}

static crucible_status count(crucible_store *store,
                             const crucible__report_query *query, size_t *n) {
  crucible__statement *s;
  int has_row;
  CRUCIBLE__TRY(prepare(store, query, 1, &s));
  crucible_status status = crucible__statement_next(s, &has_row);
  *n = status == CRUCIBLE_OK ? (size_t)crucible__column_int(s, 0) : 0;
  crucible__statement_destroy(s);
  return status;
}

crucible_status crucible__report_list(crucible_report *report,
                                      crucible_store *store,
                                      const crucible__report_query *query,
                                      crucible__report_take_cb take,
                                      size_t size, void *items, size_t *n) {
  crucible__statement *s;
  CRUCIBLE__TRY(count(store, query, n));
  unsigned char *list = crucible__report_take(report, *n, size);
  if (list == NULL)
    return CRUCIBLE_E_NOMEM;
  memcpy(items, &list, sizeof list);
  CRUCIBLE__TRY(prepare(store, query, 0, &s));
  crucible_status status = CRUCIBLE_OK;
  for (size_t i = 0; status == CRUCIBLE_OK; ++i) {
    int has_row;
    status = crucible__statement_next(s, &has_row);
    if (status != CRUCIBLE_OK || !has_row || i == *n)
      break;
    status = take(report, s, list + i * size);
  }
  crucible__statement_destroy(s);
  return status;
}

crucible_status crucible__report_one(crucible_report *report,
                                     crucible_store *store,
                                     const crucible__report_query *query,
                                     crucible__report_take_cb take, void *item,
                                     const char *what, int *found) {
  crucible__statement *s;
  int has_row;
  CRUCIBLE__TRY(prepare(store, query, 0, &s));
  crucible_status status = crucible__statement_next(s, &has_row);
  if (status == CRUCIBLE_OK && has_row)
    status = take(report, s, item);
  if (status == CRUCIBLE_OK && !has_row && found == NULL)
    status = crucible__fail(CRUCIBLE_E_STORE,
                            "the journal holds no %s: the run ended before it "
                            "was written, or the file is damaged",
                            what);
  if (status == CRUCIBLE_OK && found != NULL)
    *found = has_row;
  crucible__statement_destroy(s);
  return status;
}

crucible_status crucible__report_number(crucible_store *store, const char *sql,
                                        int64_t *number) {
  crucible__statement *s;
  int has_row;
  CRUCIBLE__TRY(crucible__statement_prepare(store, sql, &s));
  crucible_status status = crucible__statement_next(s, &has_row);
  if (status == CRUCIBLE_OK)
    *number = crucible__column_int(s, 0);
  crucible__statement_destroy(s);
  return status;
}
