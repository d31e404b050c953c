/* SPDX-License-Identifier: Apache-2.0 */
#define SCAN_NAME crucible__adwin_scan_avx512
#include "drift/adwin_scan_body.h"
