/* SPDX-License-Identifier: Apache-2.0 */
#define EIGENVECTORS_NAME crucible__eigenvectors_baseline
#include "math/eigenvectors_body.h"
