# SPDX-License-Identifier: Apache-2.0
#
# Runs with the Python that has arch, named by -DCRUCIBLE_PEERS_PYTHON=...;
# skipped where there is none. features.cmake declares the variable.
if(CRUCIBLE_PEERS_PYTHON)
  add_test(
    NAME volatility_peers
    COMMAND
      ${CRUCIBLE_PEERS_PYTHON} ${CRUCIBLE_FRAGMENT_DIR}/peers_volatility.py
      $<TARGET_FILE:crucible> --shared ${CRUCIBLE_SHARED} --sizes 500,2000 --models
      40)
  set_tests_properties(volatility_peers PROPERTIES LABELS peers SKIP_RETURN_CODE
                                                   77 TIMEOUT 900)
endif()
