/* SPDX-License-Identifier: Apache-2.0 */
#define SCAN_NAME crucible__kd_scan_baseline
#include "regime/kd_scan_body.h"
