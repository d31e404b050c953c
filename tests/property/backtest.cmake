# SPDX-License-Identifier: Apache-2.0
# The step against a second one in Python, over recorded bars. A sanitized
# library cannot be loaded into a Python that is not.
if(NOT crucible_sanitizers)
  add_test(
    NAME backtest_reference
    COMMAND
      ${CRUCIBLE_PYTHON} ${CRUCIBLE_FRAGMENT_DIR}/test_backtest_reference.py
      $<TARGET_FILE:crucible> ${PROJECT_SOURCE_DIR}/examples/data --plans 400)
  set_tests_properties(
    backtest_reference
    PROPERTIES LABELS "property;python" TIMEOUT 300 ENVIRONMENT
               "${CRUCIBLE_TEST_ENVIRONMENT}")
endif()
crucible_test(
  backtest_property
  LABELS
  property
  SOURCES
  test_backtest_property.c
  ../support/made_bars.c
  ../support/recorded.c
  INTERNAL)
