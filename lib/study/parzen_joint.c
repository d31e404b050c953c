/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/base_alloc.h"
#include "base/base_status.h"
#include "study/parzen.h"

enum { LANES = CRUCIBLE__PARZEN_LANES };

static size_t row_of(size_t axis, size_t row) {
  return CRUCIBLE__PARZEN_AXES + CRUCIBLE__PARZEN_AXIS_ROWS * axis + row;
}

static double *cell(const crucible__parzen *p, size_t rank, size_t row) {
  return p->as.joint.blocks +
         rank / LANES * crucible__parzen_stride(p->n_axes) + row * LANES +
         rank % LANES;
}

static double centre_of(const crucible__parzen *p, size_t rank, size_t axis) {
  return *cell(p, rank, row_of(axis, CRUCIBLE__PARZEN_CENTRE));
}

double crucible__parzen_at(const crucible__parzen *p, size_t rank, size_t axis,
                           size_t row) {
  return *cell(p, rank, row_of(axis, row));
}

static uint32_t *order_of(const crucible__parzen *p, size_t axis) {
  return p->as.joint.order + axis * p->as.joint.capacity * LANES;
}

void crucible__joint_free(crucible__parzen_joint *joint) {
  crucible__free(joint->blocks);
  crucible__free(joint->order);
  crucible__free(joint->is_stale);
}

/* Room for one more observation. */
static crucible_status reserve(crucible__parzen *p) {
  crucible__parzen_joint *j = &p->as.joint;
  if (p->n < j->capacity * LANES)
    return CRUCIBLE_OK;
  const size_t stride = crucible__parzen_stride(p->n_axes);
  const size_t capacity = j->capacity > 0 ? 2 * j->capacity : 4;
  crucible__parzen_joint grown = {
      .blocks = crucible__alloc_zero(capacity, stride * sizeof *grown.blocks),
      .order =
          crucible__alloc(capacity * LANES, p->n_axes * sizeof *grown.order),
      .is_stale = crucible__alloc_zero(capacity, sizeof *grown.is_stale),
      .capacity = capacity};
  if (grown.blocks == NULL || grown.order == NULL || grown.is_stale == NULL) {
    crucible__joint_free(&grown);
    return CRUCIBLE_E_NOMEM;
  }
  if (j->capacity > 0) {
    memcpy(grown.blocks, j->blocks,
           j->capacity * stride * sizeof *grown.blocks);
    memcpy(grown.is_stale, j->is_stale, j->capacity);
  }
  for (size_t a = 0; a < p->n_axes && p->n > 0; ++a)
    memcpy(grown.order + a * capacity * LANES, order_of(p, a),
           p->n * sizeof *grown.order);
  crucible__joint_free(j);
  *j = grown;
  for (size_t i = p->n; i < capacity * LANES; ++i)
    *cell(p, i, CRUCIBLE__PARZEN_AGE) = (double)i;
  return CRUCIBLE_OK;
}

/* The gap of the kernel at a place, counted from the left of an axis. */
static void set_gap(crucible__parzen *p, size_t axis, size_t place) {
  const uint32_t *order = order_of(p, axis);
  const double before = place > 0 ? centre_of(p, order[place - 1], axis) : 0;
  const double after =
      place + 1 < p->n ? centre_of(p, order[place + 1], axis) : 1;
  *cell(p, order[place], row_of(axis, CRUCIBLE__PARZEN_GAP)) =
      crucible__parzen_gap(place, p->n, before,
                           centre_of(p, order[place], axis), after);
  p->as.joint.is_stale[order[place] / LANES] = 1;
}

static void set_gaps(crucible__parzen *p, size_t axis, size_t from,
                     size_t last) {
  for (size_t place = from; place <= last && place < p->n; ++place)
    set_gap(p, axis, place);
}

/* The first place among n whose kernel lies right of another, by centre, then
   by rank. */
static size_t place_of(const crucible__parzen *p, size_t axis, size_t n,
                       double centre, size_t rank) {
  const uint32_t *order = order_of(p, axis);
  size_t from = 0, to = n;
  while (from < to) {
    const size_t middle = from + (to - from) / 2;
    const double other = centre_of(p, order[middle], axis);
    if (other < centre || (other == centre && order[middle] <= rank))
      from = middle + 1;
    else
      to = middle;
  }
  return from;
}

/* Ranks from one on go up or down by one, in the rows and the orders. */
static void shift(crucible__parzen *p, size_t rank, int is_up) {
  const size_t n_rows = row_of(p->n_axes, 0);
  const size_t n = p->n;
  for (size_t row = CRUCIBLE__PARZEN_AXES; row < n_rows; ++row) {
    if (is_up)
      for (size_t i = n; i > rank; --i)
        *cell(p, i, row) = *cell(p, i - 1, row);
    else
      for (size_t i = rank; i + 1 < n; ++i)
        *cell(p, i, row) = *cell(p, i + 1, row);
  }
  for (size_t a = 0; a < p->n_axes; ++a) {
    uint32_t *order = order_of(p, a);
    if (p->kinds[a] == CRUCIBLE__PARZEN_CHOICE)
      continue;
    for (size_t i = 0; i < n; ++i)
      order[i] =
          is_up ? order[i] + (order[i] >= rank) : order[i] - (order[i] > rank);
  }
  for (size_t b = rank / LANES; b <= n / LANES && b < p->as.joint.capacity; ++b)
    p->as.joint.is_stale[b] = 1;
}

crucible_status crucible__joint_insert(crucible__parzen *p, size_t rank,
                                       const double *centres) {
  CRUCIBLE__TRY(reserve(p));
  if (rank < p->n)
    shift(p, rank, 1);
  p->as.joint.is_stale[rank / LANES] = 1;
  ++p->n;
  for (size_t a = 0; a < p->n_axes; ++a) {
    *cell(p, rank, row_of(a, CRUCIBLE__PARZEN_CENTRE)) = centres[a];
    if (p->kinds[a] == CRUCIBLE__PARZEN_CHOICE)
      continue;
    uint32_t *order = order_of(p, a);
    const size_t place = place_of(p, a, p->n - 1, centres[a], rank);
    memmove(order + place + 1, order + place,
            (p->n - 1 - place) * sizeof *order);
    order[place] = (uint32_t)rank;
    set_gaps(p, a, place > 0 ? place - 1 : 0, place + 1);
  }
  return CRUCIBLE_OK;
}

void crucible__joint_remove(crucible__parzen *p, size_t rank) {
  for (size_t a = 0; a < p->n_axes; ++a) {
    if (p->kinds[a] == CRUCIBLE__PARZEN_CHOICE)
      continue;
    uint32_t *order = order_of(p, a);
    const size_t place = place_of(p, a, p->n, centre_of(p, rank, a), rank) - 1;
    memmove(order + place, order + place + 1,
            (p->n - 1 - place) * sizeof *order);
    --p->n; /* for the gaps */
    set_gaps(p, a, place > 0 ? place - 1 : 0, place);
    order[p->n] = (uint32_t)rank; /* so that it holds every kernel until all
                                     are shifted */
    ++p->n;
  }
  shift(p, rank, 0);
  --p->n;
}

void crucible__joint_refresh(crucible__parzen *p, double floor_width) {
  crucible__parzen_joint *j = &p->as.joint;
  const crucible__parzen_calls *calls = crucible__parzen_calls_now();
  const int is_new_floor = floor_width != p->floor_width;
  const size_t stride = crucible__parzen_stride(p->n_axes);
  for (size_t b = 0; b * LANES < p->n; ++b) {
    if (!j->is_stale[b] && !is_new_floor)
      continue;
    const size_t rest = p->n - b * LANES;
    calls->refresh(j->blocks + b * stride, rest < LANES ? rest : LANES,
                   p->kinds, p->n_axes, floor_width);
    j->is_stale[b] = 0;
  }
}
