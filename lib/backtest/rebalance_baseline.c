/* SPDX-License-Identifier: Apache-2.0 */
#define BALANCE_NAME crucible__balance_baseline
#include "backtest/rebalance_body.h"
