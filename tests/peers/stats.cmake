# SPDX-License-Identifier: Apache-2.0
#
# Runs with the Python that has vectorbt, named by -DCRUCIBLE_PEERS_PYTHON=...;
# skipped where there is none. features.cmake declares the variable.
if(CRUCIBLE_PEERS_PYTHON)
  add_test(NAME stats_peers COMMAND ${CRUCIBLE_PEERS_PYTHON}
                                    ${CRUCIBLE_FRAGMENT_DIR}/peers_metrics.py)
  set_tests_properties(
    stats_peers
    PROPERTIES LABELS peers SKIP_RETURN_CODE 77 TIMEOUT 600 ENVIRONMENT
               "CRUCIBLE_LIBRARY=$<TARGET_FILE:crucible>")
endif()
