# SPDX-License-Identifier: Apache-2.0
crucible_test(arena LABELS unit property SOURCES test_arena.c
              ../support/arena_agents.c ../support/series_files.c
              ../support/failing_alloc.c TIMEOUT 600)
