/* SPDX-License-Identifier: Apache-2.0 */
/* The Hungarian method with potentials: shortest augmenting paths, one line at
   a time (Kuhn 1955; Jonker, Volgenant 1987). */
#include "regime/best_pairs.h"

#include "base/base_alloc.h"

typedef struct board {
  const uint64_t *weights;
  size_t rows, columns;
  size_t n, m;       /* lines and places, n <= m, from 1; 0 is no place */
  int64_t *line_of;  /* [m + 1] line that a place is given to; 0: none */
  int64_t *before;   /* [m + 1] place that comes before on the path */
  int64_t *slack;    /* [m + 1] least reduced cost seen */
  int64_t *is_seen;  /* [m + 1] */
  int64_t *of_line;  /* [n + 1] potentials */
  int64_t *of_place; /* [m + 1] */
} board;

/* Lines are rows, unless there are fewer columns. */
static int64_t cost(const board *b, size_t line, size_t place) {
  return b->rows <= b->columns
             ? -(int64_t)b->weights[(line - 1) * b->columns + place - 1]
             : -(int64_t)b->weights[(place - 1) * b->columns + line - 1];
}

/* Looks along the line of a place; returns the next place of the path. */
static size_t look(board *b, size_t place) {
  const size_t line = (size_t)b->line_of[place];
  int64_t least = INT64_MAX;
  size_t next = 0;
  b->is_seen[place] = 1;
  for (size_t j = 1; j <= b->m; ++j) {
    if (b->is_seen[j])
      continue;
    const int64_t reduced =
        cost(b, line, j) - b->of_line[line] - b->of_place[j];
    if (reduced < b->slack[j]) {
      b->slack[j] = reduced;
      b->before[j] = (int64_t)place;
    }
    if (b->slack[j] < least) {
      least = b->slack[j];
      next = j;
    }
  }
  for (size_t j = 0; j <= b->m; ++j)
    if (b->is_seen[j]) {
      b->of_line[b->line_of[j]] += least;
      b->of_place[j] -= least;
    } else {
      b->slack[j] -= least;
    }
  return next;
}

static void assign(board *b) {
  for (size_t line = 1; line <= b->n; ++line) {
    for (size_t j = 0; j <= b->m; ++j) {
      b->slack[j] = INT64_MAX / 2;
      b->is_seen[j] = 0;
    }
    size_t place = 0;
    b->line_of[0] = (int64_t)line;
    do
      place = look(b, place);
    while (b->line_of[place] != 0);
    while (place != 0) {
      const size_t from = (size_t)b->before[place];
      b->line_of[place] = b->line_of[from];
      place = from;
    }
  }
}

crucible_status crucible__best_pairs(const uint64_t *weights, size_t rows,
                                     size_t columns, size_t *partner) {
  board b = {.weights = weights, .rows = rows, .columns = columns};
  b.n = rows < columns ? rows : columns;
  b.m = rows < columns ? columns : rows;
  int64_t *all = crucible__alloc_zero(5 * (b.m + 1) + b.n + 1, sizeof *all);
  if (all == NULL)
    return CRUCIBLE_E_NOMEM;
  b.line_of = all;
  b.before = b.line_of + b.m + 1;
  b.slack = b.before + b.m + 1;
  b.is_seen = b.slack + b.m + 1;
  b.of_place = b.is_seen + b.m + 1;
  b.of_line = b.of_place + b.m + 1;
  assign(&b);
  for (size_t i = 0; i < rows; ++i)
    partner[i] = columns;
  for (size_t j = 1; j <= b.m; ++j) {
    const size_t line = (size_t)b.line_of[j];
    if (line == 0 || cost(&b, line, j) == 0)
      continue;
    if (rows <= columns)
      partner[line - 1] = j - 1;
    else
      partner[j - 1] = line - 1;
  }
  crucible__free(all);
  return CRUCIBLE_OK;
}
