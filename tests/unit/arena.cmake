# SPDX-License-Identifier: Apache-2.0
crucible_test(arena LABELS unit property SOURCES test_arena.c
              ../support/arena_agents.c ../support/series_files.c
              ../support/failing_alloc.c TIMEOUT 600)
crucible_test(arena_life LABELS unit property SOURCES test_arena_life.c
              ../support/arena_agents.c ../support/series_files.c
              ../support/failing_alloc.c TIMEOUT 600)
crucible_test(arena_checkpoint LABELS unit property SOURCES
              test_arena_checkpoint.c ../support/arena_agents.c
              ../support/series_files.c ../support/failing_alloc.c INTERNAL
              TIMEOUT 600)
