/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One axis, kernels by centre and those at one place by age, in chunks of up to
 * eight blocks, so that an insertion moves few of them.
 */
#include <math.h>
#include <string.h>

#include "base/base_alloc.h"
#include "base/base_status.h"
#include "study/parzen.h"

enum {
  LANES = CRUCIBLE__PARZEN_LANES,
  ROWS = CRUCIBLE__PARZEN_AXES + CRUCIBLE__PARZEN_AXIS_ROWS,
  BLOCKS = 8,
  CHUNK = BLOCKS * LANES
};

static const size_t CENTRE = CRUCIBLE__PARZEN_AXES + CRUCIBLE__PARZEN_CENTRE;
static const size_t GAP = CRUCIBLE__PARZEN_AXES + CRUCIBLE__PARZEN_GAP;

static const double LN_2 = 0.69314718055994530942;

struct crucible__parzen_chunk {
  size_t n;
  int is_stale;
  double from, to, widest;          /* centres lie within; the largest width */
  double low[BLOCKS], high[BLOCKS]; /* centres of a block lie within */
  double width[BLOCKS];             /* its largest */
  double rows[BLOCKS * ROWS * LANES];
};

typedef crucible__parzen_chunk chunk_t;

static double *cell(chunk_t *c, size_t i, size_t row) {
  return c->rows + (i / LANES * ROWS + row) * LANES + i % LANES;
}

static double centre_of(const chunk_t *c, size_t i) {
  return c->rows[(i / LANES * ROWS + CENTRE) * LANES + i % LANES];
}

static double age_of(const chunk_t *c, size_t i) {
  return c->rows[(i / LANES * ROWS + CRUCIBLE__PARZEN_AGE) * LANES + i % LANES];
}

void crucible__line_free(crucible__parzen_line *line) {
  for (size_t i = 0; i < line->n_chunks; ++i)
    crucible__free(line->chunks[i]);
  crucible__free(line->chunks);
}

static int is_left(const chunk_t *c, size_t i, double centre, size_t rank) {
  const double other = centre_of(c, i);
  return other < centre || (other == centre && age_of(c, i) < (double)rank);
}

/* The last chunk whose first kernel is left of a place, else the first one. */
static size_t chunk_of(const crucible__parzen_line *line, double centre,
                       size_t rank) {
  size_t from = 0, to = line->n_chunks;
  while (to - from > 1) {
    const size_t middle = from + (to - from) / 2;
    if (is_left(line->chunks[middle], 0, centre, rank))
      from = middle;
    else
      to = middle;
  }
  return from;
}

/* Kernels of a chunk left of a place. */
static size_t place_of(const chunk_t *c, double centre, size_t rank) {
  size_t from = 0, to = c->n;
  while (from < to) {
    const size_t middle = from + (to - from) / 2;
    if (is_left(c, middle, centre, rank))
      from = middle + 1;
    else
      to = middle;
  }
  return from;
}

static void copy_kernel(chunk_t *to, size_t i, const chunk_t *from, size_t k) {
  *cell(to, i, CRUCIBLE__PARZEN_AGE) = age_of(from, k);
  *cell(to, i, CENTRE) = centre_of(from, k);
  *cell(to, i, GAP) = from->rows[(k / LANES * ROWS + GAP) * LANES + k % LANES];
}

/* Sets the gap of kernel i of a chunk, if there is one. */
static void set_gap(crucible__parzen *p, size_t chunk, size_t i) {
  crucible__parzen_line *line = &p->as.line;
  chunk_t *c = line->chunks[chunk];
  if (i >= c->n)
    return;
  const chunk_t *left = i > 0 ? c : chunk > 0 ? line->chunks[chunk - 1] : NULL;
  const chunk_t *right = i + 1 < c->n                 ? c
                         : chunk + 1 < line->n_chunks ? line->chunks[chunk + 1]
                                                      : NULL;
  const double before =
      left == NULL ? 0 : centre_of(left, i > 0 ? i - 1 : left->n - 1);
  const double after =
      right == NULL ? 1 : centre_of(right, i + 1 < c->n ? i + 1 : 0);
  *cell(c, i, GAP) = crucible__parzen_gap(left == NULL    ? 0
                                          : right == NULL ? p->n - 1
                                                          : 1,
                                          p->n, before, centre_of(c, i), after);
  c->is_stale = 1;
}

/* The gaps of the two neighbours of what is, or was, before kernel i. */
static void set_gaps_around(crucible__parzen *p, size_t chunk, size_t i) {
  crucible__parzen_line *line = &p->as.line;
  if (i > 0)
    set_gap(p, chunk, i - 1);
  else if (chunk > 0)
    set_gap(p, chunk - 1, line->chunks[chunk - 1]->n - 1);
  if (i < line->chunks[chunk]->n)
    set_gap(p, chunk, i);
  else if (chunk + 1 < line->n_chunks)
    set_gap(p, chunk + 1, 0);
}

/* Puts an empty chunk at a place of the list. */
static crucible_status add_chunk(crucible__parzen_line *line, size_t at) {
  void *grown = line->chunks;
  CRUCIBLE__TRY(crucible__grow(&grown, &line->capacity, line->n_chunks + 1,
                               sizeof *line->chunks));
  line->chunks = grown;
  chunk_t *c = crucible__alloc_zero(1, sizeof *c);
  if (c == NULL)
    return CRUCIBLE_E_NOMEM;
  memmove(line->chunks + at + 1, line->chunks + at,
          (line->n_chunks - at) * sizeof(chunk_t *));
  line->chunks[at] = c;
  ++line->n_chunks;
  return CRUCIBLE_OK;
}

static void split(chunk_t *c, chunk_t *right) {
  for (size_t i = CHUNK / 2; i < CHUNK; ++i)
    copy_kernel(right, i - CHUNK / 2, c, i);
  c->n = right->n = CHUNK / 2;
  c->is_stale = right->is_stale = 1;
}

/* Ages from one on go up or down by one. */
static void shift_ages(crucible__parzen_line *line, double from, double by) {
  for (size_t k = 0; k < line->n_chunks; ++k)
    for (size_t i = 0; i < line->chunks[k]->n; ++i) {
      double *age = cell(line->chunks[k], i, CRUCIBLE__PARZEN_AGE);
      if (*age >= from)
        *age += by;
    }
}

crucible_status crucible__line_insert(crucible__parzen *p, size_t rank,
                                      double centre) {
  crucible__parzen_line *line = &p->as.line;
  if (line->n_chunks == 0)
    CRUCIBLE__TRY(add_chunk(line, 0));
  size_t at = chunk_of(line, centre, rank);
  if (line->chunks[at]->n == CHUNK) {
    CRUCIBLE__TRY(add_chunk(line, at + 1));
    split(line->chunks[at], line->chunks[at + 1]);
    at += is_left(line->chunks[at + 1], 0, centre, rank) ? 1 : 0;
  }
  if (rank < p->n)
    shift_ages(line, (double)rank, 1);
  chunk_t *c = line->chunks[at];
  const size_t place = place_of(c, centre, rank);
  for (size_t i = c->n; i > place; --i)
    copy_kernel(c, i, c, i - 1);
  *cell(c, place, CENTRE) = centre;
  *cell(c, place, CRUCIBLE__PARZEN_AGE) = (double)rank;
  ++c->n;
  ++p->n;
  set_gap(p, at, place);
  set_gaps_around(p, at, place);     /* the left one */
  set_gaps_around(p, at, place + 1); /* the right one */
  return CRUCIBLE_OK;
}

void crucible__line_remove(crucible__parzen *p, size_t rank, double centre) {
  crucible__parzen_line *line = &p->as.line;
  /* place_of() counts what is left of it: the kernel is the next */
  size_t at = chunk_of(line, centre, rank + 1);
  chunk_t *c = line->chunks[at];
  size_t place = place_of(c, centre, rank);
  for (size_t i = place; i + 1 < c->n; ++i)
    copy_kernel(c, i, c, i + 1);
  --c->n;
  --p->n;
  c->is_stale = 1;
  if (c->n == 0) {
    crucible__free(c);
    --line->n_chunks;
    memmove(line->chunks + at, line->chunks + at + 1,
            (line->n_chunks - at) * sizeof(chunk_t *));
    if (at == line->n_chunks && at > 0) {
      --at;
      place = line->chunks[at]->n;
    } else {
      place = 0;
    }
  }
  shift_ages(line, (double)rank + 1, -1);
  if (p->n > 0)
    set_gaps_around(p, at, place);
}

static void refresh_chunk(chunk_t *c, const int32_t *kinds,
                          double floor_width) {
  crucible__parzen_calls_now()->refresh(c->rows, c->n, kinds, 1, floor_width);
  for (size_t b = 0; b * LANES < c->n; ++b) {
    const size_t last = (b + 1) * LANES < c->n ? (b + 1) * LANES : c->n;
    c->low[b] = centre_of(c, b * LANES);
    c->high[b] = centre_of(c, last - 1);
    c->width[b] = floor_width;
    for (size_t i = b * LANES; i < last; ++i)
      c->width[b] = fmax(c->width[b], fmin(*cell(c, i, GAP), 1));
    c->widest = fmax(b == 0 ? 0 : c->widest, c->width[b]);
  }
  c->from = centre_of(c, 0);
  c->to = centre_of(c, c->n - 1);
  c->is_stale = 0;
}

void crucible__line_refresh(crucible__parzen *p, double floor_width) {
  const crucible__parzen_line *line = &p->as.line;
  for (size_t k = 0; k < line->n_chunks; ++k)
    if (line->chunks[k]->is_stale || floor_width != p->floor_width)
      refresh_chunk(line->chunks[k], p->kinds, floor_width);
}

/* Densities of the blocks of a chunk that reach a query. */
static void add_near(const chunk_t *c, const int32_t *kinds, double reach,
                     const crucible__parzen_weights *weights,
                     crucible__parzen_query *q) {
  const double left = q->at[0];
  const double right = q->at[kinds[0] == CRUCIBLE__PARZEN_CONTINUOUS ? 0 : 1];
  const size_t n_blocks = (c->n + LANES - 1) / LANES;
  size_t from = n_blocks, to = 0;
  for (size_t b = 0; b < n_blocks; ++b) {
    const double r = reach * c->width[b];
    if (c->low[b] - r <= right && c->high[b] + r >= left) {
      from = from < b ? from : b;
      to = b + 1;
    }
  }
  if (from < to)
    crucible__parzen_calls_now()->add(c->rows + from * ROWS * LANES, to - from,
                                      kinds, 1, weights, q, 1);
}

void crucible__line_add(const crucible__parzen *p,
                        const crucible__parzen_weights *weights,
                        crucible__parzen_query *queries, size_t n_queries) {
  const crucible__parzen_line *line = &p->as.line;
  const int is_value = p->kinds[0] == CRUCIBLE__PARZEN_CONTINUOUS;
  /* a peak is no higher than that of the least width at an end of the axis */
  const double peak = log2(is_value ? 2 / p->floor_width : 3);
  double depth = 0;
  for (size_t i = 0; i < n_queries; ++i)
    depth = fmax(depth, peak - queries[i].least);
  const double reach = sqrt(2 * depth * LN_2);
  for (size_t k = 0; k < line->n_chunks; ++k) {
    const chunk_t *c = line->chunks[k];
    const double left = c->from - reach * c->widest;
    const double right = c->to + reach * c->widest;
    for (size_t i = 0; i < n_queries; ++i)
      if (queries[i].at[0] <= right && queries[i].at[is_value ? 0 : 1] >= left)
        add_near(c, p->kinds, reach, weights, &queries[i]);
  }
}
