# SPDX-License-Identifier: Apache-2.0
#
# The parity part of tests/bench/peers/backtest.py, small: needs the network once
# for the pinned peers (in build/peers of the tree), so only the nightly runs it.
if(TARGET crucible AND NOT crucible_sanitizers)
  add_test(
    NAME backtest_peers
    COMMAND
      ${CRUCIBLE_PYTHON} ${PROJECT_SOURCE_DIR}/tests/bench/peers/backtest.py
      --parity --path gbm --bars 5000 --library $<TARGET_FILE:crucible>
      --environments ${PROJECT_BINARY_DIR}/peers --only libcrucible vectorbt
      RaptorBT)
  set_tests_properties(backtest_peers PROPERTIES LABELS peers SKIP_RETURN_CODE
                                                 77 TIMEOUT 1200)
endif()
