/* SPDX-License-Identifier: Apache-2.0 */
/* Order statistics of a column, and what a column is measured in. */
#ifndef CRUCIBLE__SEGMENT_SORT_H
#define CRUCIBLE__SEGMENT_SORT_H

#include <stddef.h>
#include <stdint.h>

/* Sorts n finite values in place; neither recursion nor memory. */
void crucible__values_sort(double *x, size_t n);

/* The quantile part / of of sorted values, linear between two of them.
   n >= 1, part <= of. */
double crucible__sorted_quantile(const double *sorted, size_t n, size_t part,
                                 size_t of);

/*
 * What to take from a column's values and what to multiply the rest with, by
 * CRUCIBLE_SEGMENT_STANDARD, _ROBUST or _AS_IS; *scale 0: the values are one.
 * x: [n] each |x| <= 1e100, n >= 1; its order is lost.
 */
void crucible__column_scale(double *x, size_t n, int32_t scaling,
                            double *centre, double *scale);

#endif
