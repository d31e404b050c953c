# SPDX-License-Identifier: Apache-2.0
crucible_test(backtest_fills LABELS unit SOURCES test_backtest_fills.c)
