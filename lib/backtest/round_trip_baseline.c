/* SPDX-License-Identifier: Apache-2.0 */
#define TRIP_NAME crucible__trips_baseline
#include "backtest/round_trip_body.h"
