# SPDX-License-Identifier: Apache-2.0
# crucible-run from outside, with the system's Python and no package.
function(run_test name timeout)
  if(NOT TARGET crucible-run)
    return()
  endif()
  if(crucible_sanitizers)
    math(EXPR timeout "${timeout} * 6")
  endif()
  add_test(NAME ${name} COMMAND ${CRUCIBLE_PYTHON}
                                ${CRUCIBLE_FRAGMENT_DIR}/test_${name}.py)
  set_tests_properties(
    ${name}
    PROPERTIES
      LABELS
      unit
      TIMEOUT
      ${timeout}
      ENVIRONMENT
      "${CRUCIBLE_TEST_ENVIRONMENT};CRUCIBLE_RUN=$<TARGET_FILE:crucible-run>;CRUCIBLE_SOURCE_DIR=${PROJECT_SOURCE_DIR};CRUCIBLE_SHARED_DIR=${CRUCIBLE_SHARED};PYTHONDONTWRITEBYTECODE=1"
  )
endfunction()

run_test(run_cli 120)
run_test(run_refusals 180)
run_test(run_resume 240)
run_test(run_tournament 240)
run_test(run_life 120)
run_test(run_guards 180)
run_test(run_inputs 180)
run_test(run_calibrate 180)
