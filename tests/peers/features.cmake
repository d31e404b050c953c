# SPDX-License-Identifier: Apache-2.0
#
# Runs with the Python that has TA-Lib, named by -DCRUCIBLE_PEERS_PYTHON=...;
# skipped where there is none or no shared data.
if(CRUCIBLE_SHARED AND NOT crucible_sanitizers)
  set(CRUCIBLE_PEERS_PYTHON
      "${CRUCIBLE_PYTHON}"
      CACHE FILEPATH "Python with the packages that the peers tests compare to")
  add_test(
    NAME features_peers
    COMMAND
      ${CRUCIBLE_PEERS_PYTHON} ${CRUCIBLE_FRAGMENT_DIR}/peers_features.py
      $<TARGET_FILE:crucible>
      ${CRUCIBLE_SHARED}/data/klines/spot-5m/BTCUSDT-5m-2023.csv.gz
      ${CRUCIBLE_SHARED}/data/klines/usdm-5m-full/SOLUSDT-5m-2025-01_2025-08.csv.gz
  )
  set_tests_properties(features_peers PROPERTIES LABELS peers SKIP_RETURN_CODE
                                                 77 TIMEOUT 600)
endif()
