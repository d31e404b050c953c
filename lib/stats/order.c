/* SPDX-License-Identifier: Apache-2.0 */
#include "stats/order.h"

#include <math.h>
#include <stdint.h>

static void swap(double *x, size_t i, size_t j) {
  const double kept = x[i];
  x[i] = x[j];
  x[j] = kept;
}

double crucible__order_place(double *x, size_t n, size_t k) {
  size_t low = 0, high = n - 1;
  uint32_t state = 1;
  while (low < high) {
    /* A drawn pivot, so that no input with a simple pattern is slow. */
    state = 1664525u * state + 1013904223u;
    const size_t span = high - low + 1;
    const double pivot = x[low + (size_t)((uint64_t)state * span >> 32)];
    /* Hoare: equal values stop both ends, so that ties halve the range too. */
    size_t i = low, j = high;
    for (;;) {
      while (x[i] < pivot)
        ++i;
      while (x[j] > pivot)
        --j;
      if (i >= j)
        break;
      swap(x, i++, j--);
    }
    /* What is before i is at most the pivot, what is behind j at least. */
    if (i == j && k == i)
      return x[k]; /* the pivot between the two parts */
    if (k < i)
      high = i == j ? i - 1 : j;
    else
      low = i == j ? i + 1 : i;
  }
  return x[k];
}

double crucible__order_quantile(double *x, size_t n, double share) {
  const double place = share * (double)(n - 1);
  const size_t k = (size_t)place;
  const double here = crucible__order_place(x, n, k);
  if (k + 1 >= n)
    return here;
  double next = x[k + 1]; /* the least of those behind */
  for (size_t i = k + 2; i < n; ++i)
    next = x[i] < next ? x[i] : next;
  const double part = place - (double)k, between = next - here;
  return isfinite(between) ? here + part * between
                           : here * (1 - part) + next * part;
}
