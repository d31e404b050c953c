# SPDX-License-Identifier: Apache-2.0
crucible_fuzz(backtest SOURCES fuzz_backtest.c)
