# SPDX-License-Identifier: Apache-2.0
# kill -9 at random moments. 200 of them are for the nightly run.
crucible_test(
  tournament_kill
  LABELS
  property
  SOURCES
  test_tournament_kill.c
  ../support/tournament_run.c
  TIMEOUT
  600)
set(folder ${CMAKE_CURRENT_BINARY_DIR}/run/tournament_kill_long)
file(MAKE_DIRECTORY ${folder})
add_test(
  NAME tournament_kill_long
  COMMAND test_tournament_kill 200
  WORKING_DIRECTORY ${folder})
set_tests_properties(
  tournament_kill_long PROPERTIES LABELS long TIMEOUT 3600 ENVIRONMENT
                                  "${CRUCIBLE_TEST_ENVIRONMENT}")
crucible_test(
  tournament_edge
  LABELS
  property
  SOURCES
  test_tournament_edge.c
  ../support/tournament_run.c
  INTERNAL
  TIMEOUT
  900)
