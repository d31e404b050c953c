/* SPDX-License-Identifier: Apache-2.0 */
/* crucible__eigenvectors() for one vector level. */
#ifndef CRUCIBLE__EIGENVECTORS_KERNEL_H
#define CRUCIBLE__EIGENVECTORS_KERNEL_H

#include <stddef.h>

typedef int (*crucible__eigenvector_call)(double *a, size_t n, size_t stride,
                                          double *values, double *vectors,
                                          double *scratch);

#endif
