/* SPDX-License-Identifier: Apache-2.0 */
#define TRIP_NAME crucible__trips_avx512
#include "backtest/round_trip_body.h"
