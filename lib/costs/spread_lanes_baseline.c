/* SPDX-License-Identifier: Apache-2.0 */
#define SPREAD_CALLS crucible__spread_baseline
#include "costs/spread_lanes_body.h"
