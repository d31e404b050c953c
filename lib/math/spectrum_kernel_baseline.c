/* SPDX-License-Identifier: Apache-2.0 */
#define SPECTRUM_KERNEL_NAME crucible__spectrum_baseline
#include "math/spectrum_kernel_body.h"
