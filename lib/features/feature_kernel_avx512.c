/* SPDX-License-Identifier: Apache-2.0 */
#define KERNEL_NAME crucible__feature_kernel_avx512
#include "features/feature_kernel_body.h"
