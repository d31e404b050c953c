# SPDX-License-Identifier: Apache-2.0
# The step against a second one in Python, over recorded bars. A sanitized
# library cannot be loaded into a Python that is not.
if(NOT crucible_sanitizers)
  function(reference_test name script label cases seed timeout)
    add_test(
      NAME ${name}
      COMMAND
        ${CRUCIBLE_PYTHON} ${CRUCIBLE_FRAGMENT_DIR}/${script}
        $<TARGET_FILE:crucible> ${PROJECT_SOURCE_DIR}/examples/data --cases
        ${cases} --seed ${seed})
    set_tests_properties(
      ${name} PROPERTIES LABELS "${label}" TIMEOUT ${timeout} ENVIRONMENT
                         "${CRUCIBLE_TEST_ENVIRONMENT}")
  endfunction()
  reference_test(backtest_reference test_backtest_reference.py
                 "property;python" 100 1 300)
  reference_test(backtest_invariants test_backtest_invariants.py
                 "property;python" 100 1 300)
  reference_test(backtest_reference_long test_backtest_reference.py long 1000 2
                 7200)
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
crucible_test(
  backtest_mirror
  LABELS
  property
  SOURCES
  test_backtest_mirror.c
  ../support/made_bars.c
  ../support/recorded.c
  INTERNAL)
crucible_test(
  simulate
  LABELS
  property
  SOURCES
  test_simulate.c
  ../support/drawn_setting.c
  ../support/made_bars.c
  ../support/recorded.c
  INTERNAL)
crucible_test(
  costs_attribution
  LABELS
  property
  SOURCES
  test_costs_attribution.c
  ../support/cost_audit.c
  ../support/made_bars.c
  ../support/recorded.c)
crucible_test(
  costs_targets
  LABELS
  property
  SOURCES
  test_costs_targets.c
  ../support/cost_audit.c
  ../support/made_bars.c
  ../support/recorded.c)
# The memory of a process: not where a sanitizer keeps what was freed.
if(NOT crucible_sanitizers)
  crucible_test(
    simulate_growth
    LABELS
    long
    SOURCES
    test_simulate_growth.c
    ../support/made_bars.c
    ../support/recorded.c
    TIMEOUT
    600)
endif()
add_test(NAME simulate_long COMMAND test_simulate)
set_tests_properties(
  simulate_long
  PROPERTIES LABELS long TIMEOUT 3600 ENVIRONMENT
             "${CRUCIBLE_TEST_ENVIRONMENT};CRUCIBLE_TEST_SEEDS=20000")
