# SPDX-License-Identifier: Apache-2.0
crucible_fuzz(volatility SOURCES fuzz_volatility.c)
