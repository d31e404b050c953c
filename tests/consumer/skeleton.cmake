# SPDX-License-Identifier: Apache-2.0
if(TARGET crucible AND NOT crucible_sanitizers)
  add_test(NAME consumer COMMAND ${CRUCIBLE_FRAGMENT_DIR}/consumer.sh
                                 ${PROJECT_SOURCE_DIR} ${CMAKE_BINARY_DIR})
  set_tests_properties(
    consumer
    PROPERTIES LABELS consumer TIMEOUT 600 ENVIRONMENT
               "LC_ALL=C.UTF-8;CC=${CMAKE_C_COMPILER};CXX=${CRUCIBLE_CXX}")
endif()
