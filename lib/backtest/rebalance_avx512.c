/* SPDX-License-Identifier: Apache-2.0 */
#define BALANCE_NAME crucible__balance_avx512
#include "backtest/rebalance_body.h"
