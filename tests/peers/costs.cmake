# SPDX-License-Identifier: Apache-2.0
#
# Runs with the Python that has bidask, named by -DCRUCIBLE_PEERS_PYTHON=...;
# skipped where there is none. features.cmake declares the variable.
if(CRUCIBLE_PEERS_PYTHON)
  add_test(NAME spread_peers
           COMMAND ${CRUCIBLE_PEERS_PYTHON}
                   ${CRUCIBLE_FRAGMENT_DIR}/peers_spread.py
                   $<TARGET_FILE:crucible>)
  set_tests_properties(spread_peers PROPERTIES LABELS peers SKIP_RETURN_CODE 77
                                               TIMEOUT 300)
endif()

# The same with statsmodels.
if(CRUCIBLE_PEERS_PYTHON)
  add_test(NAME impact_peers
           COMMAND ${CRUCIBLE_PEERS_PYTHON}
                   ${CRUCIBLE_FRAGMENT_DIR}/peers_impact.py
                   $<TARGET_FILE:crucible>)
  set_tests_properties(impact_peers PROPERTIES LABELS peers SKIP_RETURN_CODE 77
                                               TIMEOUT 300)
endif()
