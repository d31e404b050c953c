/* SPDX-License-Identifier: Apache-2.0 */
#include "regime/segmenter.h"

#include <math.h>
#include <string.h>

#include "base/base_alloc.h"
#include "base/base_status.h"

static const double MOST = 1e100; /* squares of sums stay in range */

/* Rows that are labelled at once. */
enum { BLOCK = 4096 };

void crucible__segmenter_free(crucible_segmenter *segmenter,
                              const crucible__segment_fit *lent) {
  if (segmenter == NULL)
    return;
  if (segmenter->fit != lent)
    crucible__segment_fit_free(segmenter->fit);
  crucible__free(segmenter->ring);
  crucible__free(segmenter->spare.row);
  crucible__free(segmenter->spare.nearest);
  crucible__free(segmenter);
}

void crucible_segmenter_destroy(crucible_segmenter *segmenter) {
  crucible__segmenter_free(segmenter, NULL);
}

crucible_status crucible__segmenter_make(const crucible_segment_options *read,
                                         crucible_segmenter **segmenter) {
  crucible_segmenter *s = crucible__alloc_zero(1, sizeof *s);
  if (s == NULL)
    return CRUCIBLE_E_NOMEM;
  s->options = *read;
  s->left = read->first > 0 ? read->first : read->window;
  s->ring =
      crucible__alloc((size_t)read->window * read->n_columns, sizeof *s->ring);
  s->spare.row = crucible__alloc(read->n_columns, sizeof *s->spare.row);
  s->spare.nearest = crucible__alloc(crucible__segment_neighbours(read),
                                     sizeof *s->spare.nearest);
  if (s->ring == NULL || s->spare.row == NULL || s->spare.nearest == NULL) {
    crucible__segmenter_free(s, NULL);
    return CRUCIBLE_E_NOMEM;
  }
  *segmenter = s;
  return CRUCIBLE_OK;
}

void crucible__segmenter_become(crucible_segmenter *segmenter,
                                crucible_segmenter *from) {
  const crucible_segmenter old = *segmenter;
  *segmenter = *from;
  *from = old;
  crucible__segmenter_free(from, segmenter->fit);
}

/* ---- rows ---- */

/* 1: no value is missing. */
static int is_complete(const double *row, size_t columns) {
  for (size_t j = 0; j < columns; ++j)
    if (isnan(row[j]))
      return 0;
  return 1;
}

static crucible_status check_value(double x, size_t i, size_t j) {
  if (isnan(x) || fabs(x) <= MOST)
    return CRUCIBLE_OK;
  return crucible__fail(CRUCIBLE_E_INVALID,
                        "row %zu, column %zu is %g: at most 1e100 in size, or "
                        "NaN where it is not known",
                        i, j, x);
}

/* Room for the next row; the ring is full of the latest. */
static void append(crucible_segmenter *s, const double *row) {
  const size_t columns = s->options.n_columns,
               window = (size_t)s->options.window;
  memcpy(s->ring + s->next * columns, row, columns * sizeof *row);
  s->next = s->next + 1 < window ? s->next + 1 : 0;
  s->count += s->count < window;
  ++s->n_complete;
}

/* ---- fits ---- */

/* Every k-th row of the ring counted from the latest, oldest first. */
static crucible_status points_of(const crucible_segmenter *s, double **points,
                                 size_t *n) {
  const size_t columns = s->options.n_columns,
               window = (size_t)s->options.window;
  size_t step = 1;
  if (s->options.kind == CRUCIBLE_SEGMENT_REGIMES && s->options.max_points > 0)
    step = (size_t)((s->count - 1) / s->options.max_points + 1);
  *n = (s->count - 1) / step + 1;
  *points = crucible__alloc(*n * columns, sizeof **points);
  if (*points == NULL)
    return CRUCIBLE_E_NOMEM;
  for (size_t i = 0; i < *n; ++i) {
    const size_t ago = (*n - 1 - i) * step + 1; /* 1: the latest */
    const size_t at = s->next >= ago ? s->next - ago : s->next + window - ago;
    memcpy(*points + i * columns, s->ring + at * columns,
           columns * sizeof **points);
  }
  return CRUCIBLE_OK;
}

/* The fit that is due; that before it is freed unless it is lent. */
static crucible_status refit(crucible_segmenter *s,
                             const crucible__segment_fit *lent,
                             crucible_pool *pool,
                             const crucible_cancel *cancel) {
  double *points;
  size_t n;
  crucible__segment_fit *fit;
  CRUCIBLE__TRY(points_of(s, &points, &n));
  CRUCIBLE__TRY(
      crucible__segment_fit_make(&s->options, points, n, pool, cancel, &fit));
  const crucible_status status =
      crucible__segment_names_give(&s->options, fit, s->fit, pool, cancel);
  if (status != CRUCIBLE_OK) {
    crucible__segment_fit_free(fit);
    return status;
  }
  if (s->fit != lent)
    crucible__segment_fit_free(s->fit);
  s->fit = fit;
  s->fitted_at = s->n_rows;
  ++s->n_fits;
  s->left = s->options.refit;
  return CRUCIBLE_OK;
}

static int32_t name_of(const crucible_segmenter *s, int32_t segment) {
  return segment >= 0 ? s->fit->names[segment] : -1;
}

/* ---- many rows ---- */

typedef struct block {
  double *rows;      /* [BLOCK][columns] complete ones */
  int32_t *segments; /* [BLOCK] */
  size_t n, begin, end;
} block;

/* The rows from begin on, up to the one after which a fit is due. */
static void fill(const crucible_segmenter *s, const crucible_matrix *rows,
                 size_t begin, block *b) {
  const size_t columns = s->options.n_columns;
  const size_t most = s->left > 0 && s->left < BLOCK ? (size_t)s->left : BLOCK;
  b->begin = b->end = begin;
  for (b->n = 0; b->n < most && b->end < rows->rows; ++b->end) {
    double *row = b->rows + b->n * columns;
    for (size_t j = 0; j < columns; ++j)
      row[j] = rows->data[(ptrdiff_t)b->end * rows->row_stride +
                          (ptrdiff_t)j * rows->col_stride];
    b->n += (size_t)is_complete(row, columns);
  }
}

static int is_complete_at(const crucible_matrix *rows, size_t i) {
  for (size_t j = 0; j < rows->cols; ++j)
    if (isnan(rows->data[(ptrdiff_t)i * rows->row_stride +
                         (ptrdiff_t)j * rows->col_stride]))
      return 0;
  return 1;
}

static crucible_status
step_block(crucible_segmenter *s, block *b, const crucible_matrix *rows,
           const crucible__segment_fit *lent, crucible_pool *pool,
           const crucible_cancel *cancel, int32_t *labels) {
  if (s->fit != NULL)
    CRUCIBLE__TRY(crucible__segments_of(&s->options, s->fit, b->rows, b->n,
                                        pool, cancel, b->segments));
  for (size_t i = b->begin, k = 0; i < b->end; ++i) {
    labels[i] = -1;
    if (!is_complete_at(rows, i))
      continue;
    if (s->fit != NULL)
      labels[i] = name_of(s, b->segments[k]);
    append(s, b->rows + k++ * s->options.n_columns);
  }
  s->n_rows += b->end - b->begin;
  if (s->left == 0)
    return CRUCIBLE_OK;
  s->left -= b->n;
  return s->left == 0 ? refit(s, lent, pool, cancel) : CRUCIBLE_OK;
}

static crucible_status run(crucible_segmenter *s, const crucible_matrix *rows,
                           const crucible__segment_fit *lent,
                           crucible_pool *pool, const crucible_cancel *cancel,
                           int32_t *labels) {
  block b = {.rows = crucible__alloc((size_t)BLOCK * s->options.n_columns,
                                     sizeof *b.rows),
             .segments = crucible__alloc(BLOCK, sizeof *b.segments)};
  crucible_status status = CRUCIBLE_E_NOMEM;
  if (b.rows != NULL && b.segments != NULL)
    status = CRUCIBLE_OK;
  for (size_t i = 0; status == CRUCIBLE_OK && i < rows->rows; i = b.end) {
    fill(s, rows, i, &b);
    status = step_block(s, &b, rows, lent, pool, cancel, labels);
  }
  crucible__free(b.rows);
  crucible__free(b.segments);
  return status;
}

/* On a copy, so that a failure leaves the segmenter as it was. */
static crucible_status
run_copy(crucible_segmenter *segmenter, const crucible_matrix *rows,
         crucible_pool *pool, const crucible_cancel *cancel, int32_t *labels) {
  crucible_segmenter *copy;
  CRUCIBLE__TRY(crucible__segmenter_make(&segmenter->options, &copy));
  const crucible_segmenter fresh = *copy;
  *copy = *segmenter;
  copy->ring = fresh.ring;
  copy->spare = fresh.spare;
  memcpy(copy->ring, segmenter->ring,
         segmenter->count * segmenter->options.n_columns * sizeof *copy->ring);
  const crucible_status status =
      run(copy, rows, segmenter->fit, pool, cancel, labels);
  if (status == CRUCIBLE_OK)
    crucible__segmenter_become(segmenter, copy);
  else
    crucible__segmenter_free(copy, segmenter->fit);
  return status;
}

crucible_status crucible_segmenter_run(crucible_segmenter *segmenter,
                                       const crucible_matrix *rows,
                                       crucible_pool *pool,
                                       const crucible_cancel *cancel,
                                       int32_t *labels) {
  if (segmenter == NULL || rows == NULL || labels == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "%s is NULL",
                          segmenter == NULL ? "segmenter"
                          : rows == NULL    ? "rows"
                                            : "labels");
  if (rows->cols != segmenter->options.n_columns)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "rows->cols is %zu: the segmenter has %u columns",
                          rows->cols, (unsigned)segmenter->options.n_columns);
  if (rows->data == NULL && rows->rows > 0)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "rows->data is NULL with %zu rows", rows->rows);
  for (size_t i = 0; i < rows->rows; ++i)
    for (size_t j = 0; j < rows->cols; ++j)
      CRUCIBLE__TRY(check_value(rows->data[(ptrdiff_t)i * rows->row_stride +
                                           (ptrdiff_t)j * rows->col_stride],
                                i, j));
  int32_t *made = crucible__alloc(rows->rows, sizeof *made);
  if (made == NULL)
    return CRUCIBLE_E_NOMEM;
  const crucible_status status = run_copy(segmenter, rows, pool, cancel, made);
  if (status == CRUCIBLE_OK && rows->rows > 0)
    memcpy(labels, made, rows->rows * sizeof *labels);
  crucible__free(made);
  return status;
}

crucible_status crucible_segmenter_push(crucible_segmenter *segmenter,
                                        const double *row, crucible_pool *pool,
                                        const crucible_cancel *cancel,
                                        int32_t *label) {
  if (segmenter == NULL || row == NULL || label == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "%s is NULL",
                          segmenter == NULL ? "segmenter"
                          : row == NULL     ? "row"
                                            : "label");
  const size_t columns = segmenter->options.n_columns;
  for (size_t j = 0; j < columns; ++j)
    CRUCIBLE__TRY(check_value(row[j], (size_t)segmenter->n_rows, j));
  if (!is_complete(row, columns)) {
    ++segmenter->n_rows;
    *label = -1;
    return CRUCIBLE_OK;
  }
  if (segmenter->left == 1) { /* a fit is due, which may fail */
    const crucible_matrix one = {row, 1, columns, (ptrdiff_t)columns, 1};
    return run_copy(segmenter, &one, pool, cancel, label);
  }
  *label = -1;
  if (segmenter->fit != NULL)
    *label = name_of(segmenter, crucible__segment_of(segmenter->fit, row,
                                                     &segmenter->spare));
  append(segmenter, row);
  ++segmenter->n_rows;
  segmenter->left -= segmenter->left > 0;
  return CRUCIBLE_OK;
}

/* ---- what there is ---- */

crucible_status crucible_segmenter_get(const crucible_segmenter *segmenter,
                                       crucible_segmenter_info *info) {
  if (segmenter == NULL || info == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "%s is NULL",
                          segmenter == NULL ? "segmenter" : "info");
  const crucible__segment_fit *fit = segmenter->fit;
  const crucible_segmenter_info found = {
      .struct_size = sizeof found,
      .n_rows = segmenter->n_rows,
      .n_complete = segmenter->n_complete,
      .n_fits = segmenter->n_fits,
      .fitted_at = segmenter->fitted_at,
      .n_points = fit != NULL ? fit->n : 0,
      .n_segments = fit != NULL ? fit->n_segments : 0,
      .n_names = fit != NULL ? fit->n_names : 0};
  return crucible__result_write(info, &found, sizeof found,
                                "crucible_segmenter_info");
}

crucible_status crucible_segmenter_segments(const crucible_segmenter *segmenter,
                                            int32_t *names, double *centres,
                                            double *cuts) {
  if (segmenter == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "segmenter is NULL");
  const crucible__segment_fit *fit = segmenter->fit;
  if (fit == NULL || fit->n_segments == 0)
    return CRUCIBLE_OK;
  if (names != NULL)
    memcpy(names, fit->names, fit->n_segments * sizeof *names);
  if (centres != NULL)
    memcpy(centres, fit->centres,
           fit->n_segments * fit->columns * sizeof *centres);
  if (cuts != NULL && fit->cuts != NULL)
    memcpy(cuts, fit->cuts, (fit->n_segments - 1) * sizeof *cuts);
  return CRUCIBLE_OK;
}
