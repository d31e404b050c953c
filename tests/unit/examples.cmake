# SPDX-License-Identifier: Apache-2.0
add_test(NAME docs_code_is_from_examples
         COMMAND ${CRUCIBLE_PYTHON} ${CRUCIBLE_FRAGMENT_DIR}/test_docs_code.py
                 ${PROJECT_SOURCE_DIR})
set_tests_properties(docs_code_is_from_examples PROPERTIES LABELS unit TIMEOUT
                                                           60)
