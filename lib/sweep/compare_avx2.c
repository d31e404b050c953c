/* SPDX-License-Identifier: Apache-2.0 */
#define COMPARE_NAME crucible__compare_avx2
#include "sweep/compare_body.h"
