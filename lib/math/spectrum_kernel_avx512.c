/* SPDX-License-Identifier: Apache-2.0 */
#define SPECTRUM_KERNEL_NAME crucible__spectrum_avx512
#include "math/spectrum_kernel_body.h"
