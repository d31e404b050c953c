# SPDX-License-Identifier: Apache-2.0
crucible_fuzz(stats SOURCES fuzz_stats.c)
crucible_fuzz(saved SOURCES fuzz_saved.c)
