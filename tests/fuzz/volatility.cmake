# SPDX-License-Identifier: Apache-2.0
crucible_fuzz(volatility SOURCES fuzz_volatility.c)
crucible_fuzz(season SOURCES fuzz_season.c)
crucible_fuzz(har SOURCES fuzz_har.c)
