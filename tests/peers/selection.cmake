# SPDX-License-Identifier: Apache-2.0
#
# Runs with a Python that has arch, scikit-learn and skfolio, named by
# -DCRUCIBLE_PEERS_PYTHON=...; skipped where there is none. features.cmake
# declares the variable.
if(CRUCIBLE_PEERS_PYTHON)
  add_test(NAME selection_peers
           COMMAND ${CRUCIBLE_PEERS_PYTHON}
                   ${CRUCIBLE_FRAGMENT_DIR}/peers_selection.py)
  set_tests_properties(
    selection_peers
    PROPERTIES LABELS peers SKIP_RETURN_CODE 77 TIMEOUT 600 ENVIRONMENT
               "CRUCIBLE_LIBRARY=$<TARGET_FILE:crucible>")
endif()
