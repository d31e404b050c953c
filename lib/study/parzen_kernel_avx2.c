/* SPDX-License-Identifier: Apache-2.0 */
#define PARZEN_KERNEL_NAME crucible__parzen_avx2
#include "study/parzen_kernel_body.h"
