/* SPDX-License-Identifier: Apache-2.0 */
#define BALANCE_NAME crucible__balance_avx2
#include "backtest/rebalance_body.h"
