/* SPDX-License-Identifier: Apache-2.0 */
#define KERNEL_NAME crucible__feature_kernel_baseline
#include "features/feature_kernel_body.h"
