/* SPDX-License-Identifier: Apache-2.0 */
#define TRIP_NAME crucible__trips_avx2
#include "backtest/round_trip_body.h"
