# SPDX-License-Identifier: Apache-2.0
# The checks of the tree itself, and the check of those checks.
set(ci ${PROJECT_SOURCE_DIR}/.ci)

function(abi_test name)
  add_test(NAME ${name} COMMAND ${ARGN})
  set_tests_properties(
    ${name}
    PROPERTIES LABELS abi TIMEOUT 300 ENVIRONMENT
               "LC_ALL=C.UTF-8;CC=${CMAKE_C_COMPILER};CXX=${CRUCIBLE_CXX}")
endfunction()

abi_test(check_layers ${CRUCIBLE_PYTHON} ${ci}/check_layers.py)
abi_test(check_words ${CRUCIBLE_PYTHON} ${ci}/check_words)
abi_test(check_summary ${CRUCIBLE_PYTHON}
         ${CRUCIBLE_FRAGMENT_DIR}/test_summary.py)
abi_test(check_headers ${ci}/check_headers.sh)
if(NOT crucible_sanitizers) # those add symbols of their own
  abi_test(check_symbols ${ci}/check_symbols.sh ${CMAKE_BINARY_DIR}/lib)
  abi_test(
    check_the_checks ${CRUCIBLE_PYTHON} ${CRUCIBLE_FRAGMENT_DIR}/test_checks.py
    ${CMAKE_BINARY_DIR}/lib)
endif()
