/* SPDX-License-Identifier: Apache-2.0 */
#define SPAN_NAME crucible__span_baseline
#include "backtest/span_body.h"
