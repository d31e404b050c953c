/* SPDX-License-Identifier: Apache-2.0 */
#define PBO_KERNEL_NAME crucible__pbo_baseline
#include "stats/pbo_kernel_body.h"
