# SPDX-License-Identifier: Apache-2.0
crucible_test(config LABELS unit SOURCES test_config.c
              ../support/failing_alloc.c)
crucible_test(tournament LABELS unit SOURCES test_tournament.c
              ../support/series_files.c ../support/failing_alloc.c
              INTERNAL TIMEOUT 600)
