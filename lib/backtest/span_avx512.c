/* SPDX-License-Identifier: Apache-2.0 */
#define SPAN_NAME crucible__span_avx512
#include "backtest/span_body.h"
