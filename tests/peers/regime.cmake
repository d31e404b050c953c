# SPDX-License-Identifier: Apache-2.0
#
# Runs with the Python that has hdbscan, named by -DCRUCIBLE_PEERS_PYTHON=...;
# skipped where there is none. features.cmake declares the variable.
if(CRUCIBLE_PEERS_PYTHON)
  add_test(NAME regime_peers COMMAND ${CRUCIBLE_PEERS_PYTHON}
                                     ${CRUCIBLE_FRAGMENT_DIR}/peers_hdbscan.py)
  add_test(NAME segment_peers
           COMMAND ${CRUCIBLE_PEERS_PYTHON}
                   ${CRUCIBLE_FRAGMENT_DIR}/peers_segments.py)
  set_tests_properties(
    regime_peers segment_peers
    PROPERTIES
      LABELS peers SKIP_RETURN_CODE 77 TIMEOUT 900 ENVIRONMENT
      "LC_ALL=C.UTF-8;CRUCIBLE_LIBRARY=$<TARGET_FILE:crucible>;PYTHONPATH=${PROJECT_SOURCE_DIR}/examples/python;PYTHONDONTWRITEBYTECODE=1"
  )
endif()
