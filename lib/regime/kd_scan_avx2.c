/* SPDX-License-Identifier: Apache-2.0 */
#define SCAN_NAME crucible__kd_scan_avx2
#include "regime/kd_scan_body.h"
