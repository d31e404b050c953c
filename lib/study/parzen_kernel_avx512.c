/* SPDX-License-Identifier: Apache-2.0 */
#define PARZEN_KERNEL_NAME crucible__parzen_avx512
#include "study/parzen_kernel_body.h"
