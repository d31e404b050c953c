/* SPDX-License-Identifier: Apache-2.0 */
#define EIGENVECTORS_NAME crucible__eigenvectors_avx2
#include "math/eigenvectors_body.h"
