# SPDX-License-Identifier: Apache-2.0
crucible_test(config LABELS unit SOURCES test_config.c
              ../support/failing_alloc.c INTERNAL)
crucible_test(tournament LABELS unit SOURCES test_tournament.c
              ../support/series_files.c ../support/failing_alloc.c
              INTERNAL TIMEOUT 600)
crucible_test(tournament_resume LABELS property SOURCES test_tournament_resume.c
              ../support/tournament_run.c INTERNAL TIMEOUT 900)
crucible_test(report LABELS unit SOURCES test_report.c
              ../support/tournament_run.c INTERNAL TIMEOUT 300)
