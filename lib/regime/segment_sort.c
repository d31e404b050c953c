/* SPDX-License-Identifier: Apache-2.0 */
#include "regime/segment_sort.h"

#include <math.h>

#include <crucible/segment.h>

/* Smaller spreads are none; and none is so small beside the span that a value
   would leave the range whose squares hdbscan adds up. */
static const double LEAST_SPREAD = 1e-150, LEAST_SHARE = 1e-100;
/* Standard deviation of a normal law over its median and its mean deviation. */
static const double PER_MEDIAN = 1.4826022185056018,
                    PER_MEAN = 1.2533141373155003;

static void sink(double *x, size_t i, size_t n) {
  const double value = x[i];
  for (size_t child = 2 * i + 1; child < n; child = 2 * i + 1) {
    child += child + 1 < n && x[child + 1] > x[child];
    if (!(x[child] > value))
      break;
    x[i] = x[child];
    i = child;
  }
  x[i] = value;
}

void crucible__values_sort(double *x, size_t n) {
  for (size_t i = n / 2; i > 0; --i)
    sink(x, i - 1, n);
  for (size_t end = n; end > 1; --end) {
    const double largest = x[0];
    x[0] = x[end - 1];
    sink(x, 0, end - 1);
    x[end - 1] = largest;
  }
}

double crucible__sorted_quantile(const double *sorted, size_t n, size_t part,
                                 size_t of) {
  const size_t place = (n - 1) * part;
  const size_t low = place / of, rest = place % of;
  if (rest == 0)
    return sorted[low];
  const double share = (double)rest / (double)of;
  return sorted[low] + (sorted[low + 1] - sorted[low]) * share;
}

static double mean_of(const double *x, size_t n) {
  double sum = 0;
  for (size_t i = 0; i < n; ++i)
    sum += x[i];
  return sum / (double)n;
}

static double deviation(const double *x, size_t n, double mean) {
  double squares = 0;
  for (size_t i = 0; i < n; ++i)
    squares += (x[i] - mean) * (x[i] - mean);
  return sqrt(squares / (double)n);
}

/* x is sorted, then lost. */
static double robust_deviation(double *x, size_t n, double median) {
  double span = x[n - 1] - x[0];
  for (size_t i = 0; i < n; ++i)
    x[i] = fabs(x[i] - median);
  crucible__values_sort(x, n);
  double spread = PER_MEDIAN * crucible__sorted_quantile(x, n, 1, 2);
  if (spread < LEAST_SPREAD)
    spread = PER_MEAN * mean_of(x, n);
  return spread > LEAST_SHARE * span ? spread : LEAST_SHARE * span;
}

void crucible__column_scale(double *x, size_t n, int32_t scaling,
                            double *centre, double *scale) {
  double spread = 1;
  *centre = 0;
  crucible__values_sort(x, n);
  if (!(x[n - 1] - x[0] >= LEAST_SPREAD)) {
    *centre = x[0];
    *scale = 0;
    return;
  }
  if (scaling == CRUCIBLE_SEGMENT_STANDARD) {
    *centre = mean_of(x, n);
    spread = deviation(x, n, *centre);
  } else if (scaling == CRUCIBLE_SEGMENT_ROBUST) {
    *centre = crucible__sorted_quantile(x, n, 1, 2);
    spread = robust_deviation(x, n, *centre);
  }
  *scale = spread >= LEAST_SPREAD ? 1 / spread : 0;
}
