/* SPDX-License-Identifier: Apache-2.0 */
#include "study/merit.h"

#include <math.h>
#include <string.h>

#include "study/study_state.h"

/* How good an ended trial is: by rank, then first, then second, less being
   better; then by number. */
typedef struct merit {
  int rank; /* COMPLETE, PRUNED, infeasible */
  double first, second;
} merit;

static merit merit_of(const crucible_study *study, uint64_t number) {
  const crucible__trial *t = &study->trials[number];
  const double sign = study->direction == CRUCIBLE_MINIMIZE ? 1 : -1;
  if (t->violation > 0)
    return (merit){2, t->violation, 0};
  if (t->state == CRUCIBLE_TRIAL_COMPLETE)
    return (merit){0, sign * t->value, 0};
  if (t->n_reports == 0)
    return (merit){1, 1, 0};
  const double last = t->reports[t->n_reports - 1];
  return (merit){1, -(double)t->steps[t->n_reports - 1],
                 isnan(last) ? (double)INFINITY : sign * last};
}

int crucible__trial_outranks(const crucible_study *study, uint64_t a,
                             uint64_t b) {
  const merit x = merit_of(study, a), y = merit_of(study, b);
  if (x.rank != y.rank)
    return x.rank < y.rank;
  if (x.first != y.first)
    return x.first < y.first;
  if (x.second != y.second)
    return x.second < y.second;
  return a < b;
}

/* Merges the sorted runs [from, middle) and [middle, to) of order. */
static void merge(const crucible_study *study, const uint64_t *numbers,
                  size_t *order, size_t from, size_t middle, size_t to,
                  size_t *scratch) {
  size_t left = from, right = middle;
  for (size_t i = from; i < to; ++i) {
    const int takes_right =
        left == middle ||
        (right < to && crucible__trial_outranks(study, numbers[order[right]],
                                                numbers[order[left]]));
    scratch[i] = order[takes_right ? right++ : left++];
  }
  memcpy(order + from, scratch + from, (to - from) * sizeof *order);
}

void crucible__rank_trials(const crucible_study *study, const uint64_t *numbers,
                           size_t n, size_t *order, size_t *scratch) {
  for (size_t i = 0; i < n; ++i)
    order[i] = i;
  for (size_t length = 1; length < n; length *= 2)
    for (size_t from = 0; from + length < n; from += 2 * length)
      merge(study, numbers, order, from, from + length,
            from + 2 * length < n ? from + 2 * length : n, scratch);
}
