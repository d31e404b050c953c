# SPDX-License-Identifier: Apache-2.0
#
# Runs with the Python that has pyarrow, named by -DCRUCIBLE_PEERS_PYTHON=...;
# skipped where there is none. features.cmake declares the variable.
if(CRUCIBLE_PEERS_PYTHON)
  add_test(NAME records_peers
           COMMAND ${CRUCIBLE_PEERS_PYTHON}
                   ${CRUCIBLE_FRAGMENT_DIR}/peers_records.py
                   ${PROJECT_SOURCE_DIR}/examples/data)
  set_tests_properties(
    records_peers
    PROPERTIES
      LABELS peers SKIP_RETURN_CODE 77 TIMEOUT 300 ENVIRONMENT
      "CRUCIBLE_LIBRARY=$<TARGET_FILE:crucible>;PYTHONPATH=${PROJECT_SOURCE_DIR}/examples/python"
  )
endif()
